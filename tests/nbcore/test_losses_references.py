"""The solutions of the notebook on losses against independent oracles, and the numbers that its prose quotes."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.special
import solved
from scipy.optimize import approx_fprime
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

from nbcore import data
from nbcore.experiments import losses as experiments

Functions = dict[str, Callable[..., Any]]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    return solved.functions("03_losses")


def names(course: Functions) -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    return {
        "mse": (course["mse"], course["mse_grad"]),
        "huber": (course["huber"], course["huber_grad"]),
        "bce": (course["bce"], course["bce_grad"]),
        "bce_with_logits": (course["bce_with_logits"], course["bce_with_logits_grad"]),
        "cross_entropy": (course["cross_entropy"], course["cross_entropy_grad"]),
    }


ALL = ["mse", "huber", "bce", "bce_with_logits", "cross_entropy"]
SHAPES = [(7, 3), (4, 4), (1, 5), (6, 1)]


def example(name: str, shape: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if name in ("mse", "huber"):
        return rng.normal(size=shape), rng.normal(scale=2, size=shape)
    if name == "cross_entropy":
        return np.eye(shape[1])[rng.integers(0, shape[1], size=shape[0])], rng.normal(scale=3, size=shape)
    prediction = rng.uniform(0.02, 0.98, size=shape) if name == "bce" else rng.normal(scale=3, size=shape)
    return rng.integers(0, 2, size=shape).astype(float), prediction


# Values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_mse_is_half_of_sklearns_times_the_number_of_outputs(course: Functions, shape: tuple[int, int]) -> None:
    y, y_hat = example("mse", shape)
    assert course["mse"](y, y_hat) == pytest.approx(shape[1] * mean_squared_error(y, y_hat) / 2, rel=1e-12)


@pytest.mark.parametrize("delta", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_huber_is_scipys(course: Functions, shape: tuple[int, int], delta: float) -> None:
    y, y_hat = example("huber", shape)
    expected = scipy.special.huber(delta, y_hat - y).sum() / shape[0]
    assert course["huber"](y, y_hat, delta) == pytest.approx(expected, rel=1e-12)


def test_bce_is_sklearns_log_loss(course: Functions) -> None:
    y, p = example("bce", (40, 1))
    assert course["bce"](y, p) == pytest.approx(log_loss(y[:, 0], p[:, 0]), rel=1e-12)
    z = scipy.special.logit(p)
    assert course["bce_with_logits"](y, z) == pytest.approx(log_loss(y[:, 0], p[:, 0]), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4])
def test_log_softmax_is_z_minus_scipys_logsumexp(course: Functions, scale: float) -> None:
    z = np.random.default_rng(1).normal(scale=scale, size=(9, 5))
    expected = z - scipy.special.logsumexp(z, axis=1, keepdims=True)
    np.testing.assert_allclose(course["log_softmax"](z), expected, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(course["log_softmax"](z[0]), expected[0], rtol=1e-12, atol=1e-12 * scale)


def test_cross_entropy_is_sklearns_log_loss(course: Functions) -> None:
    y, z = example("cross_entropy", (30, 4))
    expected = log_loss(y.argmax(axis=1), scipy.special.softmax(z, axis=1), labels=range(4))
    assert course["cross_entropy"](y, z) == pytest.approx(expected, rel=1e-12)


def test_two_classes_of_cross_entropy_are_bce(course: Functions) -> None:
    y, z = example("bce_with_logits", (25, 1))
    logits = np.hstack([np.zeros_like(z), z])
    assert course["cross_entropy"](course["one_hot"](y[:, 0], 2), logits) == pytest.approx(
        course["bce_with_logits"](y, z), rel=1e-12
    )


def test_one_hot_of_all_classes_is_the_identity(course: Functions) -> None:
    np.testing.assert_array_equal(course["one_hot"](np.arange(4), 4), np.eye(4))


# Gradients -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ALL)
def test_each_gradient_is_the_numerical_one(course: Functions, name: str, shape: tuple[int, int]) -> None:
    loss, gradient = names(course)[name]
    y, prediction = example(name, shape, seed=2)
    flat = approx_fprime(prediction.ravel(), lambda x: loss(y, x.reshape(shape)), 1e-7)
    np.testing.assert_allclose(gradient(y, prediction), flat.reshape(shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "activation"),
    [("mse", np.positive), ("bce_with_logits", scipy.special.expit), ("cross_entropy", scipy.special.softmax)],
)
def test_three_pairs_share_one_gradient(course: Functions, name: str, activation: Callable[..., Any]) -> None:
    y, z = example("cross_entropy", (6, 4))
    y_hat = activation(z, axis=1) if name == "cross_entropy" else activation(z)
    np.testing.assert_allclose(names(course)[name][1](y, z), (y_hat - y) / 6, rtol=1e-12, atol=1e-15)


# Against scikit-learn's networks -------------------------------------------------------------------------------------


def _first_loss(network: Any, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Its loss before the first step, and its output layer before the activation, of the same weights."""
    network.partial_fit(X, y, **({"classes": np.unique(y)} if isinstance(network, MLPClassifier) else {}))
    hidden = np.tanh(X @ network.coefs_[0] + network.intercepts_[0])
    return network.loss_curve_[0], hidden @ network.coefs_[1] + network.intercepts_[1]


STILL: dict[str, Any] = {
    "hidden_layer_sizes": (5,), "activation": "tanh", "solver": "sgd", "alpha": 0.0, "learning_rate_init": 1e-300,
    "batch_size": 60, "random_state": 0,
}  # fmt: skip


def test_half_mse_is_the_loss_of_sklearns_regressor(course: Functions) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 3)), rng.normal(size=(60, 1))
    loss, y_hat = _first_loss(MLPRegressor(**STILL), X, y.ravel())
    assert course["mse"](y, y_hat) == pytest.approx(loss, rel=1e-12)


def test_bce_and_cross_entropy_are_the_losses_of_sklearns_classifier(course: Functions) -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 3))
    for n_classes in (2, 4):
        labels = rng.permutation(60) % n_classes
        loss, z = _first_loss(MLPClassifier(**STILL), X, labels)
        if n_classes == 2:
            assert course["bce_with_logits"](labels[:, None], z) == pytest.approx(loss, rel=1e-12)
        else:
            assert course["cross_entropy"](course["one_hot"](labels, 4), z) == pytest.approx(loss, rel=1e-12)


# Laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_different_shapes_are_refused_by_name(course: Functions, name: str) -> None:
    for function in names(course)[name]:
        for a, b in [((6,), (6, 1)), ((6, 1), (6,)), ((4, 1), (4, 3)), ((1, 3), (4, 3)), ((2, 3), (3, 2))]:
            with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is checked below
                function(np.full(a, 0.5), np.full(b, 0.5))
            assert str(a) in str(caught.value)
            assert str(b) in str(caught.value)


@pytest.mark.parametrize("name", ["mse", "huber", "bce_with_logits", "cross_entropy"])
def test_large_predictions_do_no_harm(course: Functions, name: str) -> None:
    loss, gradient = names(course)[name]
    y = np.array([[1.0, 0.0], [0.0, 1.0]])
    for z in (1e4 * y, -1e4 * y, 1e4 * (2 * y - 1), 1e4 * (1 - 2 * y)):
        assert np.isfinite(loss(y, z))
        assert np.isfinite(gradient(y, z)).all()


def test_huber_lies_between_half_mse_and_the_absolute_error(course: Functions) -> None:
    y, y_hat = example("huber", (20, 2))
    huber = partial(course["huber"], y, y_hat)
    assert huber(1e3) == course["mse"](y, y_hat)
    assert huber(1e-6) / 1e-6 == pytest.approx(experiments.MAE.value(y, y_hat), rel=1e-5)
    np.testing.assert_allclose(
        course["huber_grad"](y, y_hat, 1e-6) / 1e-6, experiments.MAE.gradient(y, y_hat), rtol=1e-12
    )
    below, above = (huber(delta) for delta in (1 - 1e-7, 1 + 1e-7))
    assert below == pytest.approx(above, rel=1e-6)


def test_half_mse_at_twice_the_rate_makes_the_steps_of_mse(course: Functions) -> None:
    problem = data.regression(50, n_features=2, rng=0)
    y = problem.y[:, None]
    half, full = np.zeros((2, 2, 1))
    for _ in range(20):
        half = half - 0.02 * problem.X.T @ course["mse_grad"](y, problem.X @ half)
        full = full - 0.01 * problem.X.T @ (2 * (problem.X @ full - y) / 50)
    np.testing.assert_allclose(half, full, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 3])
def test_the_mean_over_all_entries_has_two_over_k_times_the_gradient(course: Functions, k: int) -> None:
    y, y_hat = example("mse", (5, k))
    flat = approx_fprime(y_hat.ravel(), lambda x: np.mean((x.reshape(y.shape) - y) ** 2), 1e-7)
    np.testing.assert_allclose(flat.reshape(y.shape), 2 / k * course["mse_grad"](y, y_hat), atol=1e-6)


# Numbers that the prose quotes ---------------------------------------------------------------------------------------


def test_the_best_constants_are_the_mean_and_the_median(course: Functions) -> None:
    y = np.array([[1.0], [2.0], [3.0], [4.0], [100.0]])
    assert course["mse_grad"](y, np.full((5, 1), 22.0)).sum() == 0
    constants = np.linspace(0, 100, 1001)
    errors = [experiments.MAE.value(y, np.full((5, 1), c)) for c in constants]
    assert constants[np.argmin(errors)] == pytest.approx(3.0)


ZERO, ONE = np.zeros(1), np.ones(1)


def test_the_slopes_at_a_wrong_saturated_logit(course: Functions) -> None:
    p = scipy.special.expit(-8.0)
    assert course["bce_with_logits_grad"](ONE, np.array([-8.0]))[0] == pytest.approx(-0.9997, abs=5e-5)
    assert (p - 1) * p * (1 - p) == pytest.approx(-0.000335, abs=5e-7)  # half MSE; without the half -0.00067


def test_clipping_caps_the_loss_and_logits_do_not(course: Functions) -> None:
    assert course["bce"](ZERO, scipy.special.expit([40.0])) == pytest.approx(27.6, abs=0.05)
    assert course["bce"](ZERO, scipy.special.expit([1000.0])) == course["bce"](ZERO, scipy.special.expit([40.0]))
    assert course["bce_with_logits"](ZERO, np.array([1000.0])) == 1000


def test_the_slope_through_a_rounded_probability_is_0(course: Functions) -> None:
    for z, slope in [(10.0, 1.0), (30.0, 0.0935), (37.0, 0.0), (1000.0, 0.0)]:
        p = course["sigmoid"](np.array([z]))
        assert course["bce_grad"](ZERO, p) * p * (1 - p) == pytest.approx(slope, abs=1e-4)


def test_the_graph_of_the_loss_multiplies_its_slopes_to_p_minus_y(course: Functions) -> None:
    functions = ("bce", "bce_grad", "sigmoid", "sigmoid_prime")
    graph = experiments.graph(*(course[name] for name in functions))
    assert (graph.p, graph.loss) == pytest.approx((0.75, np.log(4)))
    assert graph.loss_slope * graph.p_slope == pytest.approx(graph.p - graph.y)


def test_the_table_of_confident_mistakes_shows_the_cap_of_the_clip_and_the_slope_that_dies(course: Functions) -> None:
    found = experiments.confident(course["bce"], course["bce_grad"], course["sigmoid"])
    assert found.times_as_steep == pytest.approx(100)
    assert found.loss == pytest.approx([10, 27.63, 27.63, 27.63], abs=0.01)
    assert found.slope == pytest.approx([1, 0.0935, 0, 0], abs=1e-4)
    assert str(found).splitlines()[-1].split() == ["slope", "1", "0.09348", "0", "0"]


def test_a_worse_forecast_costs_three_times_as_much_and_pulls_a_hundred_times_as_hard(course: Functions) -> None:
    assert course["bce"](ONE, np.array([0.001])) == pytest.approx(3 * course["bce"](ONE, np.array([0.1])))
    assert course["bce_grad"](ONE, np.array([0.001]))[0] == pytest.approx(
        100 * course["bce_grad"](ONE, np.array([0.1]))[0]
    )


def test_the_outliers_are_as_many_and_as_far_as_the_text_says() -> None:
    settings = {name: p.default for name, p in inspect.signature(experiments.outliers).parameters.items()}
    assert (settings["n_train"], settings["size"], settings["shares"]) == (200, 5.0, (0.0, 0.05, 0.1, 0.2))


def test_the_broadcast_loss_of_a_perfect_fit_is_the_variance() -> None:
    y = np.array([1.0, 2.0, 3.0, 6.0])
    broadcast = np.mean((y[:, None] - y) ** 2) / 2
    assert broadcast == pytest.approx(y.var())
    assert np.mean((y.mean() - y) ** 2) / 2 == pytest.approx(broadcast / 2)
