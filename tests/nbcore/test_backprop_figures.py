"""Experiments and figures of the notebook on backpropagation: known numbers, and what each figure must have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.bank import solution_cells
from autograder.build.source import source_notebook
from autograder.paths import Course
from nbcore.experiments import backprop as experiments
from nbcore.experiments.backprop import Cost, DepthTrains, FailingChecks, GradientFlow, Kind, Training
from nbcore.plots import Picture
from nbcore.plots import backprop as plots

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    source = source_notebook(Course.find(Path(__file__)), "04_backprop")
    provided = next(cell.source for cell in source.cells if "# provided from" in cell.source)
    space: Functions = {}
    for code in [provided, *solution_cells(source).values()]:
        exec(code, space)
    return space


@pytest.fixture(scope="module")
def kinds(course: Functions) -> dict[str, Kind]:
    relu = course["relu"], course["relu_prime"]
    return {
        "sigmoid, Glorot": Kind(course["sigmoid"], course["sigmoid_prime"], "glorot"),
        "tanh, Glorot": Kind(course["tanh"], course["tanh_prime"], "glorot"),
        "ReLU, Glorot": Kind(*relu, "glorot"),
        "ReLU, He": Kind(*relu, "he"),
        "ReLU, large": Kind(*relu, "large"),
    }


@pytest.fixture(scope="module")
def failing(course: Functions) -> FailingChecks:
    names = ("numerical_gradient", "relative_error", "gradient_check", "relu", "relu_prime")
    return experiments.failing_checks(*(course[name] for name in names))


@pytest.fixture(scope="module")
def training(course: Functions) -> Training:
    return experiments.against_sklearn(course["fit"], {"tanh": (course["tanh"], course["tanh_prime"])}, epochs=40)


@pytest.fixture(scope="module")
def flow(course: Functions, kinds: dict[str, Kind]) -> GradientFlow:
    names = ("mlp_forward", "mlp_backward", "layer_gradient_norms", "sigmoid")
    return experiments.gradient_flow(kinds, *(course[name] for name in names))


@pytest.fixture(scope="module")
def depth(course: Functions, kinds: dict[str, Kind]) -> DepthTrains:
    return experiments.depth_trains(kinds, course["fit"])


@pytest.fixture(scope="module")
def cost(course: Functions) -> Cost:
    names = ("mlp_forward", "mlp_backward", "init_params", "relu", "relu_prime", "sigmoid")
    return experiments.cost(*(course[name] for name in names), depths=(1, 2, 4), width=64, batch=32, repeats=3)


@pytest.fixture(scope="module")
def pictures(
    failing: FailingChecks, training: Training, flow: GradientFlow, depth: DepthTrains, cost: Cost
) -> dict[str, Picture]:
    return {
        "failing": plots.failing_checks(failing),
        "training": plots.training(training),
        "flow": plots.gradient_flow(flow, depth),
        "cost": plots.cost(cost),
    }


# Experiments ---------------------------------------------------------------------------------------------------------


def test_the_best_step_is_where_theory_puts_it(course: Functions) -> None:
    steps = experiments.step_errors(course["numerical_gradient"])
    assert steps.theory_best == pytest.approx(6.9e-6, rel=0.01)
    assert 1e-6 < steps.best("central") < 3e-5
    assert steps.central.min() < 5e-11
    assert 1e-9 < steps.best("one_sided") < 1e-7
    assert steps.one_sided.min() > 100 * steps.central.min()
    assert steps.complex_below < 1e-15
    large = steps.eps > 1e-3
    np.testing.assert_allclose(steps.central[large], steps.truncation[large], rtol=0.01)


def test_every_intermediate_gradient_is_right(course: Functions) -> None:
    x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])
    params = {
        "W1": np.array([[2.0, -1.0], [-2.0, 1.0]]),
        "b1": np.log([2.0, 3.0]),
        "W2": np.array([[2.0, -1.5]]),
        "b2": -np.log([3.0]),
    }
    _, cache = course["mlp_forward"](x, params, course["tanh"], course["sigmoid"])
    grads = experiments.intermediate_gradients(
        course["numerical_gradient"],
        y,
        cache,
        params,
        linear_forward=course["linear_forward"],
        hidden=course["tanh"],
        output=course["sigmoid"],
        loss=course["bce"],
    )
    expected = {"A2": [[-4]], "Z2": [[-0.75]], "A1": [[-1.5, 1.125]], "Z1": [[-0.96, 0.405]], "A0": [[-2.73, 1.365]]}
    for name, value in expected.items():
        np.testing.assert_allclose(grads[name], value, rtol=1e-7)
    assert set(grads) == {*expected, *params}


def test_every_careless_check_misjudges_and_every_careful_one_does_not(failing: FailingChecks) -> None:
    assert [case.right for case in failing.cases] == [True, True, True, False, False, False, False, True]
    for case in failing.cases:
        assert case.careless_verdict == ("alarm" if case.right else "silent"), case.name
        assert case.careful_verdict == ("silent" if case.right else "alarm"), case.name
    assert [case.name for case in failing.cases if case.refused] == ["shapes"]


def test_a_check_of_a_right_gradient_is_silent_for_every_depth_and_activation(course: Functions) -> None:
    names = ("gradient_check", "mlp_backward", "mlp_forward", "init_params", "bce", "sigmoid")
    activations = {"tanh": (course["tanh"], course["tanh_prime"]), "ReLU": (course["relu"], course["relu_prime"])}
    levels = experiments.check_levels(*(course[name] for name in names), activations)
    assert len(levels) == 6
    assert [level.n_params for level in levels[::2]] == [26, 113, 329]
    assert all(level.error < 1e-7 and level.n_forward == 2 * level.n_params for level in levels)


def test_the_factors_of_delta_are_those_of_the_theory(flow: GradientFlow) -> None:
    factor = dict(zip(flow.names, flow.factor[:, -1], strict=True))
    assert factor == pytest.approx(
        {"sigmoid, Glorot": 0.235, "tanh, Glorot": 0.97, "ReLU, Glorot": 0.70, "ReLU, He": 0.99, "ReLU, large": 1.40},
        abs=0.03,
    )


def test_the_norm_of_dw_hides_what_delta_shows(flow: GradientFlow) -> None:
    row = flow.names.index("ReLU, Glorot")
    assert flow.delta_ratio[row] < 3e-3
    assert 0.5 < flow.weight_ratio[row] < 2
    relu = [name.startswith("ReLU") for name in flow.names]
    assert flow.euler[relu].max() < 1e-12  # Euler's identity
    assert flow.euler[~np.array(relu)].min() > 0.01


def test_deep_sigmoid_networks_do_not_train_and_deep_relu_networks_do(depth: DepthTrains) -> None:
    stuck = {name: row.tolist() for name, row in zip(depth.names, depth.stuck, strict=True)}
    assert stuck["sigmoid, Glorot"] == [0.0, 1.0, 1.0]
    assert stuck["ReLU, He"] == stuck["tanh, Glorot"] == [0.0, 0.0, 0.0]


def test_an_unknown_scheme_is_refused(course: Functions) -> None:
    with pytest.raises(ValueError, match="scheme"):
        Kind(course["relu"], course["relu_prime"], "no such").draw([2, 2], np.random.default_rng(0))


def test_products_are_counted_as_a_loop_would(cost: Cost) -> None:
    m, width = cost.batch, 64
    forward = sum(1 for _ in range(width) for _ in range(width)) * m  # one layer: each weight for each example
    assert cost.products_forward.tolist() == [forward * depth for depth in (1, 2, 4)]
    assert (cost.products_backward == 2 * cost.products_forward).all()
    np.testing.assert_allclose(cost.least_ratio, [1, 1.5, 1.75])
    assert cost.n_params.tolist() == [depth * (width**2 + width) for depth in (1, 2, 4)]
    assert (cost.forward > 0).all()
    assert (cost.backward > 0).all()


def test_experiments_repeat_and_leave_the_global_generator_alone(course: Functions, kinds: dict[str, Kind]) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state that must not change
    names = ("mlp_forward", "mlp_backward", "layer_gradient_norms", "sigmoid")
    few = [
        experiments.gradient_flow(kinds, *(course[n] for n in names), depths=(3,), n_seeds=2).deltas for _ in range(2)
    ]
    assert np.array_equal(*few)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# Figures -------------------------------------------------------------------------------------------------------------

AXES = {"failing": 1, "training": 2, "flow": 3, "cost": 2}


@pytest.mark.parametrize("name", AXES)
def test_every_figure_has_labels_a_legend_and_an_alt_text(pictures: dict[str, Picture], name: str) -> None:
    picture = pictures[name]
    axes = picture.fig.axes
    assert len(axes) == AXES[name]
    assert all(ax.get_xlabel() and ax.get_ylabel() and ax.get_title(loc="left") for ax in axes)
    assert any(ax.get_legend() is not None for ax in axes)
    assert len(picture.alt) > 150
    assert picture.png().startswith(b"\x89PNG")


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], flow: GradientFlow, training: Training, cost: Cost
) -> None:
    assert "misjudges 8 of them" in pictures["failing"].alt
    assert "judges 8 right" in pictures["failing"].alt
    assert f"last losses tanh {training.losses[0, -1]:.3f}" in pictures["training"].alt
    assert f"ReLU, Glorot {flow.delta_ratio[2]:.0e}" in pictures["flow"].alt
    assert f"up to {cost.weights[-1]:,}" in pictures["cost"].alt


def test_series_differ_in_more_than_colour(pictures: dict[str, Picture]) -> None:
    for picture in pictures.values():
        for ax in picture.fig.axes:
            lines = [line for line in ax.lines if not line.get_label().startswith("_")]
            assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines), picture.alt
