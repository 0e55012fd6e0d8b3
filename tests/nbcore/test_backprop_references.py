"""The solutions of the notebook on backpropagation against independent oracles, and the numbers in its prose."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import solved

from nbcore import check
from nbcore.experiments import backprop as experiments
from nbcore.experiments import by_hand
from nbcore.widgets import backprop

Functions = dict[str, Any]
Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def course() -> Functions:
    return solved.functions("04_backprop", "suspect_backward", "report_on")


def activations(course: Functions) -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    return {
        "sigmoid": (course["sigmoid"], course["sigmoid_prime"]),
        "tanh": (course["tanh"], course["tanh_prime"]),
        "ReLU": (course["relu"], course["relu_prime"]),
    }


def network(sizes: tuple[int, ...], m: int, seed: int = 0) -> tuple[np.ndarray, Arrays]:
    rng = np.random.default_rng(seed)
    params = {}
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(sizes), 1):
        params[f"W{layer}"], params[f"b{layer}"] = rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)
    return rng.normal(size=(m, sizes[0])), params


def complex_gradients(loss: Callable[[Arrays], Any], params: Arrays) -> Arrays:
    """The gradients of an analytic loss by the complex step, exact to rounding (Squire and Trapp 1998)."""
    grads = {}
    for key, block in params.items():
        grads[key] = np.zeros(block.shape)
        for i in np.ndindex(block.shape):
            moved = block.astype(complex)
            moved[i] += 1e-30j
            grads[key][i] = loss({**params, key: moved}).imag / 1e-30
    return grads


def logits(X: np.ndarray, params: Arrays) -> np.ndarray:
    n_layers, A = len(params) // 2, X
    for layer in range(1, n_layers + 1):
        Z = A @ params[f"W{layer}"].T + params[f"b{layer}"]
        A = np.tanh(Z)
    return Z


def close(a: Arrays, b: Arrays, tolerance: float = 1e-12) -> None:
    assert a.keys() == b.keys()
    for key in a:
        assert a[key].shape == b[key].shape
        assert np.abs(a[key] - b[key]).max() <= tolerance * max(1.0, np.abs(b[key]).max()), key


SIZES = [(3, 1), (2, 4, 1), (3, 5, 2), (4, 3, 3, 3, 1)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("m", [1, 6])
def test_mlp_backward_agrees_with_the_complex_step(course: Functions, sizes: tuple[int, ...], m: int) -> None:
    X, params = network(sizes, m)
    y = np.random.default_rng(1).integers(0, 2, size=(m, sizes[-1]))

    def loss(p: Arrays) -> Any:
        z = logits(X, p)
        return np.sum(np.log(1 + np.exp(z)) - y * z) / m

    _, cache = course["mlp_forward"](X, params, course["tanh"], course["sigmoid"])
    close(course["mlp_backward"](y, cache, params, course["tanh_prime"]), complex_gradients(loss, params))


@pytest.mark.parametrize("sizes", [(3, 2), (2, 4, 3), (4, 3, 3, 5)])
def test_fixed_backward_agrees_with_the_complex_step_and_the_suspect_does_not(
    course: Functions, sizes: tuple[int, ...]
) -> None:
    X, params = network(sizes, 6)
    y = np.eye(sizes[-1])[np.random.default_rng(1).integers(0, sizes[-1], size=6)]

    def loss(p: Arrays) -> Any:
        z = logits(X, p)
        return np.sum(np.log(np.sum(np.exp(z), axis=1))) / 6 - np.sum(y * z) / 6

    _, cache = course["mlp_forward"](X, params, course["tanh"], course["softmax"])
    expected = complex_gradients(loss, params)
    close(course["fixed_backward"](y, cache, params, course["tanh_prime"]), expected)
    suspect = course["suspect_backward"](y, cache, params, course["tanh_prime"])
    close({"W": suspect[f"W{len(sizes) - 1}"]}, {"W": expected[f"W{len(sizes) - 1}"]})  # the last weights are right
    with pytest.raises(AssertionError):
        close(suspect, expected, 1e-3)


def test_the_reports_on_the_suspect_are_those_that_the_notebook_speaks_of(course: Functions) -> None:
    reports = course["report_on"](course["suspect_backward"])
    assert all(error < experiments.LIMIT or error > 1e-3 for report in reports.values() for error in report.values())
    wrong = {name: {key for key, error in report.items() if error > 1e-3} for name, report in reports.items()}
    assert wrong == {
        "tanh, 6 examples": {"W1", "b1", "W2", "b2", "b3"},
        "tanh, 1 example": {"W1", "b1", "W2", "b2"},
        "ReLU, 6 examples": {"b1", "b2", "b3"},
        "ReLU, 1 example": set(),  # where both bugs hide
    }
    assert tuple(reports) == experiments.SITUATIONS
    assert reports.silent() == "ReLU, 1 example"
    assert reports["tanh, 6 examples"]["b3"] == pytest.approx(1 - 1 / 6, rel=1e-6)  # 1/m of the truth
    clean = course["report_on"](course["fixed_backward"])
    assert max(error for report in clean.values() for error in report.values()) < experiments.LIMIT
    assert [word for word in clean.table().split() if word[0] in "Wb"][:3] == ["b3", "W3", "b2"]  # the last layer first


@pytest.mark.parametrize("shape", [(5, 3, 2), (4, 4, 4), (1, 2, 6)])
def test_linear_backward_is_the_transpose_of_a_step_forward(course: Functions, shape: tuple[int, int, int]) -> None:
    m, n_in, n_out = shape
    rng = np.random.default_rng(3)
    A, W, b, dZ = (
        rng.normal(size=(m, n_in)),
        rng.normal(size=(n_out, n_in)),
        rng.normal(size=n_out),
        rng.normal(size=(m, n_out)),
    )
    dA, dW, db = course["linear_backward"](dZ, A, W)
    for grad, moved in [(dA, lambda v: (A + v, W, b)), (dW, lambda v: (A, W + v, b)), (db, lambda v: (A, W, b + v))]:
        v = rng.normal(size=grad.shape)
        change = course["linear_forward"](*moved(v)) - course["linear_forward"](A, W, b)
        assert np.sum(grad * v) == pytest.approx(np.sum(dZ * change), abs=1e-12)


def test_training_equals_that_of_scikit_learn(course: Functions) -> None:
    record = experiments.against_sklearn(course["fit"], activations(course))
    assert record.losses.shape == (3, 300)
    assert record.difference.max() < 1e-12
    assert (record.losses[:, -1] < record.losses[:, 0]).all()


@pytest.mark.parametrize("name", ["tanh", "ReLU", "sigmoid"])
def test_small_steps_never_raise_the_loss(course: Functions, name: str) -> None:
    X, y = experiments.data.moons(60, rng=1)
    params = course["init_params"]([2, 8, 1], rng=np.random.default_rng(0))
    assert (np.diff(course["fit"](X, y[:, None], params, 0.05, 200, *activations(course)[name])) < 0).all()


def test_training_goes_on_in_place_to_the_weights_of_scikit_learn(course: Functions) -> None:
    X, y = experiments.data.moons(60, rng=1)
    start = experiments._sklearn_fit(X, y, "tanh", (4, 3), rate=1e-300, epochs=1)
    end = experiments._sklearn_fit(X, y, "tanh", (4, 3), rate=0.5, epochs=50)
    params = {f"W{i}": W.T.copy() for i, W in enumerate(start.coefs_, 1)}
    params |= {f"b{i}": b.copy() for i, b in enumerate(start.intercepts_, 1)}
    held = params["W1"]
    course["fit"](X, y[:, None], params, 0.5, 50, course["tanh"], course["tanh_prime"])
    assert held is params["W1"]
    for i, W in enumerate(end.coefs_, 1):
        np.testing.assert_allclose(params[f"W{i}"].T, W, atol=1e-12)


# The prose -----------------------------------------------------------------------------------------------------------


def test_the_numbers_by_hand_are_those_of_the_code(course: Functions) -> None:
    gradient = course["numerical_gradient"]
    assert gradient(lambda x: float(x[0] ** 3), np.array([2.0]), 0.1)[0] == pytest.approx(12.01)
    assert pytest.approx(12.61) == (2.1**3 - 2**3) / 0.1
    assert 0.5 + 1e-5 - 1e-5 != 0.5
    whole = np.array([1, -1])
    for i, old in enumerate([1, -1]):
        whole[i] = old + 1e-5
    assert whole.tolist() == [1, 0]  # cut off to whole numbers, not to the old ones
    assert (
        1e-12 < abs(gradient(lambda x: float(np.exp(x[0]) - np.e * x[0]), np.array([1.0]))[0]) < 1e-10
    )  # a slope of 0
    assert course["relative_error"](np.array([1.0, 2.0, -4.0]), np.array([1.0, 2.5, -5.0])) == pytest.approx(0.2)
    assert course["relative_error"](np.array([1.0, 3.0]), np.array([2.0, 6.0])) == 0.5
    assert course["relative_error"](np.array([1.0, 3.0]), np.array([-1.0, -3.0])) == 2.0
    example = by_hand.one_example()
    x, y, params = example.cache["A"][0], example.y, example.params
    p, cache = course["mlp_forward"](x, params, course["tanh"], course["sigmoid"])
    assert p == pytest.approx(0.25)
    assert course["bce"](y, p) == pytest.approx(np.log(4))
    for part in ("A", "Z"):
        close(dict(enumerate(cache[part])), dict(enumerate(example.cache[part])))
    course["fit"](x, y, params, 0.1, 1, course["tanh"], course["tanh_prime"])
    assert params["b2"][0] == pytest.approx(-np.log(3) + 0.075)


def test_every_case_by_hand_is_what_the_solutions_give_and_starts_at_the_last_layer(course: Functions) -> None:
    tanh_prime = course["tanh_prime"]
    for case, slope, backward in [
        (by_hand.one_example(), tanh_prime, "mlp_backward"),
        (by_hand.two_examples(), tanh_prime, "mlp_backward"),
        (by_hand.one_layer(), tanh_prime, "mlp_backward"),
        (by_hand.eleven_layers(), np.ones_like, "mlp_backward"),
        (by_hand.eleven_layers("1/z"), np.reciprocal, "mlp_backward"),
        (by_hand.softmax_regression(), tanh_prime, "fixed_backward"),
        (by_hand.three_classes(), tanh_prime, "fixed_backward"),
        (by_hand.three_layers(), np.reciprocal, "fixed_backward"),
    ]:
        close(course[backward](*case.args, slope), case.grads)
        layers = [int(key[1:]) for key in case.grads]
        assert layers == sorted(layers, reverse=True)
    for claim in by_hand.claims().values():
        assert course["gradient_check"](*claim.args) == pytest.approx(claim.report, rel=1e-6, abs=1e-9)


def test_the_loss_of_the_rising_example_rises_twice() -> None:
    assert (np.diff(by_hand.rising_loss().losses) > 0).tolist() == [True, True, False]


def test_the_complex_step_of_a_function_with_abs_is_wrong_without_an_error(course: Functions) -> None:
    """The sigmoid of the course takes abs(z)."""
    z = np.array([1.0])
    assert np.imag(course["sigmoid"](z + 1e-20j)) == 0
    assert course["sigmoid_prime"](z) == pytest.approx(0.1966, abs=1e-4)


def test_every_training_by_hand_is_what_fit_gives(course: Functions) -> None:
    tanh = course["tanh"], course["tanh_prime"]
    twice = (lambda z: 2 * z), (lambda z: np.full(z.shape, 2.0))
    trainings = [by_hand.one_unit(), by_hand.two_outputs(), by_hand.three_doubling_layers(), by_hand.rising_loss()]
    for case, hidden in zip(trainings, [tanh, tanh, twice, tanh], strict=True):
        start = {key: block.copy() for key, block in case.params.items()}
        losses = course["fit"](*case.args(len(case.losses)), *hidden)
        np.testing.assert_allclose(losses, case.losses, rtol=1e-12)
        course["fit"](case.X, case.y, start, case.rate, case.steps, *hidden)
        close(start, case.after)


def test_a_wrong_way_back_is_told_from_the_last_layer_on(course: Functions) -> None:
    """Two bugs, one in the last layer: the check names the last layer, where one starts to look."""

    def two_bugs(y: Any, cache: Any, params: Any, hidden_prime: Any) -> Arrays:
        grads = course["mlp_backward"](y, cache, params, lambda z: hidden_prime(np.tanh(z)))
        return {key: grad / len(grad) if key[0] == "b" else 2 * grad for key, grad in grads.items()}

    case = by_hand.two_examples()
    with pytest.raises(AssertionError, match=r"W2"):
        check.value("two examples", two_bugs, *case.args, course["tanh_prime"], expected=case.grads)


def test_the_products_of_weights_and_gradients_add_up_to_one_number(course: Functions) -> None:
    """Euler's identity in a ReLU network without biases: z_L times delta_L in every layer."""
    X, params = network((4, 6, 5, 1), 1)
    params |= {key: np.zeros_like(b) for key, b in params.items() if key.startswith("b")}
    p, cache = course["mlp_forward"](X, params, course["relu"], course["sigmoid"])
    grads = course["mlp_backward"](np.array([[0.0]]), cache, params, course["relu_prime"])
    sums = [np.sum(params[f"W{layer}"] * grads[f"W{layer}"]) for layer in (1, 2, 3)]
    assert abs(sums[0]) > 0.01
    assert sums == pytest.approx([cache["Z"][-1].item() * p.item()] * 3, rel=1e-12)


def test_the_loss_falls_with_the_bugs_and_without(course: Functions) -> None:
    pair = {name: course[name] for name in ("suspect_backward", "fixed_backward")}
    names = ("mlp_forward", "init_params", "cross_entropy", "softmax", "tanh", "tanh_prime")
    falls = experiments.both_fall(pair, *(course[name] for name in names))
    for losses in falls.values():
        assert (np.diff(losses) < 0).all()
    assert falls["fixed_backward"][-1] < falls["suspect_backward"][-1] / 5


def test_rounding_does_not_decide_how_the_loss_falls(course: Functions) -> None:
    """Another NumPy rounds otherwise, as a start does that is moved in the thirteenth digit."""

    def moved(sizes: list[int], rng: np.random.Generator) -> Arrays:
        return {key: block * (1 + 1e-13) for key, block in course["init_params"](sizes, rng=rng).items()}

    pair = {name: course[name] for name in ("suspect_backward", "fixed_backward")}
    rest = [course[name] for name in ("cross_entropy", "softmax", "tanh", "tanh_prime")]
    falls, others = (
        experiments.both_fall(pair, course["mlp_forward"], init, *rest) for init in (course["init_params"], moved)
    )
    for name in pair:
        assert others[name] == pytest.approx(falls[name], rel=1e-6)


def test_the_sigmoid_on_circles_is_slow_and_not_unable(course: Functions) -> None:
    names = ("fit", "mlp_forward", "init_params", "sigmoid", "sigmoid_prime")
    patient = experiments.patience(*(course[name] for name in names))
    assert patient.verdict() == "slow"
    np.testing.assert_allclose(patient.right, [0.5, 1.0], atol=0.05)
    parts = backprop.Parts(
        course["fit"], course["mlp_forward"], course["init_params"], activations(course), course["sigmoid"]
    )
    player = backprop.train(parts, "sigmoid", "circles", 0)
    assert player.losses[299] == pytest.approx(patient.losses[0], rel=1e-12)  # the same training
    assert player.accuracy[-1] == patient.right[0]


def test_weights_of_the_second_layer_alone_make_the_rows_of_the_first_different(course: Functions) -> None:
    """The answer to the first of the further questions."""
    params = {"W1": np.full((4, 2), 0.5), "b1": np.full(4, 0.5), "b2": np.full(1, 0.5)}
    params["W2"] = np.random.default_rng(0).normal(size=(1, 4))
    X, y = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([[1.0], [0.0]])
    cache = course["mlp_forward"](X, params, course["tanh"], course["sigmoid"])[1]
    rows = course["mlp_backward"](y, cache, params, course["tanh_prime"])["W1"]
    np.testing.assert_allclose(rows / params["W2"].T, np.tile(rows[0] / params["W2"][0, 0], (4, 1)))
    assert np.abs(np.diff(rows, axis=0)).max(axis=1).min() > 1e-3


def test_the_reports_do_not_notice_a_mistake_beyond_six_examples(course: Functions) -> None:
    """The answer to the second of the further questions."""
    right = course["fixed_backward"]

    def six_only(y, cache, params, hidden_prime):  # type: ignore[no-untyped-def]
        grads, m = {key: np.zeros(np.shape(block)) for key, block in params.items()}, len(y)
        for i in range(min(m, 6)):
            row = {name: [array[i : i + 1] for array in arrays] for name, arrays in cache.items()}
            for key, grad in right(y[i : i + 1], row, params, hidden_prime).items():
                grads[key] += grad / m
        return grads

    assert max(error for report in course["report_on"](six_only).values() for error in report.values()) < (
        experiments.LIMIT
    )


def test_xor_is_learned(course: Functions) -> None:
    names = ("fit", "mlp_forward", "init_params", "tanh", "tanh_prime", "sigmoid")
    xor = experiments.xor(*(course[name] for name in names))
    assert xor.losses[-1] < 0.01  # "a network with four hidden units learns XOR"
    assert ((xor.outputs > 0.5) == [False, True, True, False]).all()
