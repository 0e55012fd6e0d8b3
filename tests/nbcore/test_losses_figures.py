"""Experiments and figures of the notebook on losses: known numbers."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special

from nbcore.experiments import losses as experiments
from nbcore.experiments.losses import MAE, Escape, Loss, Outliers, Shapes
from nbcore.plots import Picture
from nbcore.plots import losses as plots

# Right functions, as a student may write them; nbcore holds none.


def mse(y: Any, y_hat: Any) -> float:
    return float(np.sum((y_hat - y) ** 2) / (2 * len(y)))


def mse_grad(y: Any, y_hat: Any) -> Any:
    return (y_hat - y) / len(y)


def huber(y: Any, y_hat: Any, delta: float = 1.0) -> float:
    return float(scipy.special.huber(delta, y_hat - y).sum() / len(y))


def huber_grad(y: Any, y_hat: Any, delta: float = 1.0) -> Any:
    return np.clip(y_hat - y, -delta, delta) / len(y)


def bce(y: Any, z: Any) -> float:
    return float(np.sum(np.logaddexp(0, z) - y * z) / len(y))


def bce_grad(y: Any, z: Any) -> Any:
    return (scipy.special.expit(z) - y) / len(y)


def squared(y: Any, z: Any) -> float:
    return mse(y, scipy.special.expit(z))


def squared_grad(y: Any, z: Any) -> Any:
    p = scipy.special.expit(z)
    return (p - y) * p * (1 - p) / len(y)


REGRESSION = {
    "MSE": Loss(mse, mse_grad),
    "Huber 1": Loss(huber, huber_grad),
    "Huber 0.3": Loss(partial(huber, delta=0.3), partial(huber_grad, delta=0.3)),
    "MAE": MAE,
}
ON_LOGITS = {"BCE": Loss(bce, bce_grad, "logit"), "MSE of sigmoid": Loss(squared, squared_grad, "logit")}


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return experiments.shapes(REGRESSION, limit=3.0)


@pytest.fixture(scope="module")
def robust() -> Outliers:
    return experiments.outliers(REGRESSION)


@pytest.fixture(scope="module")
def escape() -> Escape:
    return experiments.escape(ON_LOGITS)


@pytest.fixture(scope="module")
def pictures(shapes: Shapes, robust: Outliers, escape: Escape) -> dict[str, Picture]:
    return {"robustness": plots.robustness(shapes, robust), "escape": plots.escape(escape)}


# Experiments ---------------------------------------------------------------------------------------------------------


def test_shapes_are_those_of_one_example(shapes: Shapes) -> None:
    np.testing.assert_allclose(shapes.values["MSE"], shapes.x**2 / 2)
    np.testing.assert_allclose(shapes.slopes["MSE"], shapes.x)
    np.testing.assert_allclose(shapes.values["MAE"], np.abs(shapes.x))
    assert np.abs(shapes.slopes["Huber 0.3"]).max() == 0.3
    inside = np.abs(shapes.x) <= 1
    np.testing.assert_allclose(shapes.values["Huber 1"][inside], shapes.values["MSE"][inside], atol=1e-15)


def test_a_logit_is_compared_with_the_label_1() -> None:
    record = experiments.shapes(ON_LOGITS, limit=8.0, n_points=17)
    assert record.values["BCE"][0] == pytest.approx(8, abs=1e-3)
    assert record.values["BCE"][-1] == pytest.approx(0, abs=1e-3)


def test_outliers_ruin_the_squared_error_and_cost_the_robust_losses_little(robust: Outliers) -> None:
    mean = dict(zip(robust.names, robust.error.mean(axis=2), strict=True))
    assert robust.noise == pytest.approx(0.09)
    assert [rows[0] for rows in mean.values()] == pytest.approx([0.0925, 0.0925, 0.0932, 0.0944], abs=5e-4)
    assert mean["MSE"] == pytest.approx([0.093, 0.206, 0.436, 1.279], abs=0.01)
    assert mean["Huber 1"] == pytest.approx([0.093, 0.098, 0.109, 0.168], abs=0.01)
    assert mean["Huber 0.3"] == pytest.approx([0.093, 0.094, 0.096, 0.108], abs=0.005)
    assert mean["MAE"][-1] == pytest.approx(0.107, abs=0.005)
    assert dict(zip(robust.names, robust.lift, strict=True)) == pytest.approx(
        {"MSE": 1.05, "Huber 1": 0.26, "Huber 0.3": 0.12, "MAE": 0.10}, abs=0.01
    )


def test_outliers_on_both_sides_harm_less_and_those_in_an_input_harm_every_loss(robust: Outliers) -> None:
    both, few, inside = robust.elsewhere.values()
    assert list(robust.elsewhere) == ["20%, half below", "5%, in an input", "20%, in an input"]
    assert both[0] / both[-1] == pytest.approx(2.4, abs=0.1)
    assert inside == pytest.approx([0.19] * 4, abs=0.005)
    assert few == pytest.approx([0.138, 0.129, 0.105, 0.103], abs=0.002)
    harm = few - robust.error[:, 0].mean(axis=1)
    assert (harm[2:] < harm[0] / 3).all()


def test_the_table_of_outliers_says_what_its_rows_are(robust: Outliers) -> None:
    lines = str(robust).splitlines()
    assert max(map(len, lines)) <= 96
    assert "20%, intercept          1.047" in lines[9]
    assert lines[-2].endswith("against MSE's, mean ± standard error of 50 data sets")


def test_the_distance_of_outliers_counts_for_the_squared_error_alone(robust: Outliers) -> None:
    far = experiments.outliers(REGRESSION, size=50.0, n_clean=1)
    times = far.error[:, -1].mean(axis=1) / robust.error[:, -1].mean(axis=1)
    assert times == pytest.approx([93.6, 1, 1, 1], abs=0.5)  # "MSE's 94 times, the others' 1.0 times"


def test_the_model_answer_compares_the_losses_at_equal_rates() -> None:
    text = (Path(__file__).parents[2] / "solutions" / "03_losses.py").read_text().replace("\n# ", " ")
    assert "needed 35 steps with cross-entropy and 1861 with the squared error; with ten times the rate" in text
    assert "for both it was 2 and 189" in text
    assert "from $-8$ they need 35 and 1861. At ten times the rate: 1 and 14, 2 and 189." in text


def test_outliers_are_where_their_kind_says() -> None:
    clean, both, inside = (
        experiments._problem(200, 10, share, 5.0, 3, kind)
        for share, kind in [(0.0, "above"), (0.2, "both"), (0.2, "input")]
    )
    shift = (both.y - clean.y).round(9)
    assert (np.sum(shift > 0), np.sum(shift < 0), np.unique(np.abs(shift)).size) == (20, 20, 2)
    np.testing.assert_allclose(inside.y, clean.y)
    moved = (inside.X - clean.X).round(9)
    assert (np.count_nonzero(moved), np.count_nonzero(moved[:, 0]), moved.max()) == (40, 40, 5)


def test_the_squared_error_fits_what_least_squares_fits() -> None:
    problem = experiments._problem(200, 10, 0.1, 5.0, seed=3)
    expected = np.linalg.lstsq(problem.X, problem.y, rcond=None)[0]
    np.testing.assert_allclose(experiments._fit(REGRESSION["MSE"], problem), expected, atol=1e-5)


def test_huber_with_a_small_delta_fits_what_the_absolute_error_fits() -> None:
    problem = experiments._problem(200, 10, 0.1, 5.0, seed=3)
    small = Loss(partial(huber, delta=0.01), partial(huber_grad, delta=0.01))
    np.testing.assert_allclose(experiments._fit(small, problem), experiments._fit(MAE, problem), atol=0.02)


def test_a_saturated_unit_learns_with_bce_and_late_with_the_squared_error(escape: Escape) -> None:
    assert escape.slope_at(-8.0) == pytest.approx([-0.999665, -0.000335], abs=1e-6)
    assert escape.steps == [[16, 35], [135, 1861]]
    assert escape.longest == 1861
    assert np.abs(escape.slope).max(axis=1) == pytest.approx([1, 0.148], abs=1e-3)
    assert np.ptp(escape.accuracy[1, 1, :301]) == 0


def test_at_ten_times_the_rate_the_squared_error_escapes_too() -> None:
    fast = experiments.escape(ON_LOGITS, learning_rate=10.0, n_steps=300)
    assert fast.steps == [[1, 2], [14, 189]]
    assert "from bias -8: BCE 2, MSE of sigmoid 189" in fast.speed()
    short = experiments.escape(ON_LOGITS, n_steps=300)
    assert "MSE of sigmoid never" in short.speed()
    assert np.isnan(short.longest)


def test_the_table_of_outliers_states_what_robustness_costs_above_the_noise(robust: Outliers) -> None:
    assert robust.times_as_large == pytest.approx(11.9, abs=0.1)
    assert "MSE over MAE, 20%: 9.5 to 13.2 in 10 data sets" in str(robust)
    assert "Huber 1 +0% ± 0%, Huber 0.3 +13% ± 4%, MAE +58% ± 11%" in str(robust)


def test_an_untrained_network_starts_above_the_loss_of_equal_logits() -> None:
    def cross_entropy(y: Any, z: Any) -> float:
        return float(-np.sum(y * scipy.special.log_softmax(z, axis=1)) / len(y))

    first = experiments.first_loss(cross_entropy, lambda y, z: (scipy.special.softmax(z, axis=1) - y) / len(y))
    assert first.equal == pytest.approx(np.log(10))
    assert {name: losses.mean() for name, losses in first.networks.items()} == pytest.approx(
        {"He": 3.0, "Xavier": 2.68, "He, last layer / 10": 2.31}, abs=0.02
    )
    assert list(first.spread.values()) == pytest.approx([1.34, 0.95, 0.13], abs=0.01)
    assert first.usual == first.networks["He"].mean()
    z = 8 * np.eye(10)[1]
    right = np.eye(10)[0]
    step = 1e-5 * right
    half = [np.sum((scipy.special.softmax(z + sign * step) - right) ** 2) / 2 for sign in (1, -1)]
    expected = {"cross-entropy": -0.99967, "squared error": (half[0] - half[1]) / 2e-5}
    assert first.slopes == pytest.approx(expected, rel=1e-4)


def test_tosses_are_most_likely_where_their_cross_entropy_is_least() -> None:
    record = experiments.origin(n=20, ones=5, n_points=99)
    assert record.p[record.likelihood.argmax()] == record.p[record.loss.argmin()] == pytest.approx(0.25)
    assert record.loss.min() == pytest.approx(scipy.special.entr([0.25, 0.75]).sum())
    np.testing.assert_allclose(record.bits, -np.log2(record.p))


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_steps_of_the_sigmoid_lead_to_p_minus_y(y: float) -> None:
    steps = experiments.measured_logit(y, 0.3)
    expected = {"1. dL/dp": (0.3 - y) / 0.21, "2. dp/dz": 0.21, "3. dL/dz": 0.3 - y}
    assert steps == pytest.approx(expected, rel=1e-8)


def test_the_steps_of_softmax_lead_to_p_minus_y() -> None:
    z = np.array([0.5, -1.0, 2.0])
    steps, p = experiments.measured_class(z, 2), scipy.special.softmax(z)
    np.testing.assert_allclose(steps["1. dS/dz"], np.exp(z), rtol=1e-8)
    np.testing.assert_allclose(steps["2. dlogS/dz"], p, rtol=1e-8)
    np.testing.assert_allclose(steps["3. dL/dz"], p - np.eye(3)[2], rtol=1e-7)
    assert len(steps) == 3


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_probability_is_the_share_of_ones_with_cross_entropy_alone(seed: int) -> None:
    found = experiments.calibration(ON_LOGITS, seed=seed)
    assert found.ones == 0.2
    assert found.mean[0] == pytest.approx(0.2, abs=1e-4)
    assert 0.175 < found.mean[1] < 0.195


def test_experiments_repeat_and_leave_the_global_generator_alone(escape: Escape) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state that must not change
    again = experiments.escape(ON_LOGITS)
    few = [experiments.outliers(REGRESSION, n_seeds=1, n_test=50, n_clean=2).error for _ in range(2)]
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert np.array_equal(again.accuracy, escape.accuracy)
    assert np.array_equal(*few)


def test_a_function_that_writes_into_its_arguments_does_not_spoil_the_rest() -> None:
    def rude(y: Any, y_hat: Any) -> Any:
        y *= 0
        y_hat -= y
        return y_hat / len(y)

    record = experiments.escape({"rude": Loss(bce, rude, "logit"), **ON_LOGITS}, n_steps=300)
    assert np.array_equal(record.accuracy[1:], experiments.escape(ON_LOGITS, n_steps=300).accuracy)


# Figures -------------------------------------------------------------------------------------------------------------


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], robust: Outliers, escape: Escape
) -> None:
    for name, errors in zip(robust.names, robust.error.mean(axis=2), strict=True):
        assert f"{name} {errors[0]:.3f} and {errors[-1]:.3f}" in pictures["robustness"].alt
    assert "BCE -0.9997, MSE of sigmoid -0.0003351" in pictures["escape"].alt
    assert f"from bias -8: BCE 35, MSE of sigmoid {escape.steps[1][1]}" in pictures["escape"].alt


def test_the_slope_of_the_absolute_error_is_drawn_with_gaps_at_its_kink(pictures: dict[str, Picture]) -> None:
    lines = {line.get_label(): line for line in pictures["robustness"].fig.axes[1].lines}
    assert np.isnan(lines["MAE"].get_ydata()).sum() == 2
    assert not np.isnan(lines["MSE"].get_ydata()).any()


def test_the_graph_says_p_minus_y_only_of_a_product_that_is_p_minus_y() -> None:
    sigmoid = scipy.special.expit

    def drawn(gradient: Any) -> str:
        record = experiments.graph(bce, gradient, sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)))
        return " ".join(text.get_text() for text in plots.graph(record).fig.axes[0].texts)

    assert "= 0.75 = $p - y$" in drawn(lambda y, p: (p - y) / (p * (1 - p)))
    assert "= 0.1406, but $p - y$ = 0.75" in drawn(lambda y, p: p - y)


def test_the_training_of_one_unit_shows_the_accuracy_that_counts_and_every_curve(pictures: dict[str, Picture]) -> None:
    axes = pictures["escape"].fig.axes[1]
    low, high = axes.get_ylim()
    curves = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 2]
    assert len(curves) == 4
    assert low < min(map(np.min, curves))
    assert high > max(map(np.max, curves)) > experiments.LEARNED
    assert [text.get_text() for text in axes.texts] == ["0.9"]


def test_what_huber_and_the_absolute_error_cost_with_normal_noise_and_many_examples() -> None:
    """The variance of the fit over that of least squares, less 1."""

    def cost(k: float) -> float:
        kept = scipy.special.erf(k / 2**0.5)
        density = np.exp(-(k**2) / 2) / (2 * np.pi) ** 0.5
        square = kept - 2 * k * density + k**2 * (1 - kept)
        return float(square / kept**2 - 1)

    assert [cost(1.0), cost(1.345), cost(1e-6)] == pytest.approx([0.107, 0.053, np.pi / 2 - 1], abs=1e-3)
