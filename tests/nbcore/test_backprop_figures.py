"""Experiments and figures of the notebook on backpropagation: known numbers."""

from typing import Any

import numpy as np
import pytest
import solved

from nbcore.experiments import backprop as experiments
from nbcore.experiments.backprop import Cost, FailingChecks, Training
from nbcore.plots import Picture
from nbcore.plots import backprop as plots

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    return solved.functions("04_backprop")


@pytest.fixture(scope="module")
def failing(course: Functions) -> FailingChecks:
    names = ("numerical_gradient", "relative_error", "gradient_check", "relu", "relu_prime")
    return experiments.failing_checks(*(course[name] for name in names))


@pytest.fixture(scope="module")
def training(course: Functions) -> Training:
    return experiments.against_sklearn(course["fit"], {"tanh": (course["tanh"], course["tanh_prime"])}, epochs=40)


@pytest.fixture(scope="module")
def cost(course: Functions) -> Cost:
    names = ("mlp_forward", "mlp_backward", "init_params", "relu", "relu_prime", "sigmoid")
    return experiments.cost(
        *(course[name] for name in names), depths=(1, 2, 4), width=64, batch=32, batches=(1, 4, 32), repeats=3
    )


@pytest.fixture(scope="module")
def pictures(failing: FailingChecks, training: Training, cost: Cost) -> dict[str, Picture]:
    return {
        "failing": plots.failing_checks(failing),
        "training": plots.training(training),
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


def test_the_careful_checks_ask_of_no_function_what_types_of_numbers_it_takes(course: Functions) -> None:
    def gradient(f: Any, x: Any, eps: float = 1e-5) -> Any:
        assert x.dtype == np.float64
        return course["numerical_gradient"](f, x, eps)

    names = ("relative_error", "gradient_check", "relu", "relu_prime")
    cases = experiments.failing_checks(gradient, *(course[name] for name in names)).cases
    assert [case.careful_verdict for case in cases[:2]] == ["silent", "silent"]


def test_a_check_of_a_right_gradient_is_silent_for_every_depth_and_activation(course: Functions) -> None:
    names = ("gradient_check", "mlp_backward", "mlp_forward", "init_params", "bce", "sigmoid")
    activations = {"tanh": (course["tanh"], course["tanh_prime"]), "ReLU": (course["relu"], course["relu_prime"])}
    levels = experiments.check_levels(*(course[name] for name in names), activations)
    assert len(levels) == 6
    assert [level.n_params for level in levels[::2]] == [26, 113, 329]
    assert all(level.error < 1e-7 and level.n_forward == 2 * level.n_params for level in levels)
    sigmoid = {"sigmoid": (course["sigmoid"], course["sigmoid_prime"])}
    deepest = experiments.check_levels(*(course[name] for name in names), sigmoid)[-1]
    assert (deepest.size < 1e-3, deepest.error < 1e-6) == (True, True)  # "so small that round-off shows"
    assert deepest.error > 100 * levels[0].error


def test_equal_weights_stay_equal_and_zeros_do_not_move(course: Functions) -> None:
    names = ("fit", "mlp_forward", "mlp_backward", "init_params", "tanh", "tanh_prime", "sigmoid")
    found = experiments.symmetry(*(course[name] for name in names))
    assert found.names == ("all 0", "all 0.5", "drawn")
    assert found.gradient[0] == 0
    assert found.losses[0] == pytest.approx(np.log(2), abs=1e-12)
    assert found.apart[:2].max() < 1e-14
    assert found.apart[2] > 1
    assert found.losses[2] < found.losses[1] < found.losses[0]


def test_the_cache_grows_with_the_batch(cost: Cost) -> None:
    width, layers = 64, 2
    assert cost.cached.tolist() == [size * width * (2 * layers + 1) for size in cost.batches]
    assert cost.per_example[-1] < cost.per_example[0]  # a batch shares the work around each product


def test_a_relu_is_cheaper_than_a_sigmoid(course: Functions) -> None:
    pairs = {name: (course[name], course[f"{name}_prime"]) for name in ("sigmoid", "relu")}
    times = experiments.activation_times(pairs)
    assert 0 < sum(times["relu"]) < sum(times["sigmoid"])


def test_products_are_counted_as_a_loop_would(cost: Cost) -> None:
    m, width = cost.batch, 64
    forward = sum(1 for _ in range(width) for _ in range(width)) * m  # one layer: each weight for each example
    assert cost.products_forward.tolist() == [forward * depth for depth in (1, 2, 4)]
    assert (cost.products_backward == 2 * cost.products_forward).all()
    np.testing.assert_allclose(cost.least_ratio, [1, 1.5, 1.75])
    assert cost.n_params.tolist() == [depth * (width**2 + width) for depth in (1, 2, 4)]
    assert (cost.forward > 0).all()
    assert (cost.backward > 0).all()


# Figures -------------------------------------------------------------------------------------------------------------


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], training: Training, cost: Cost
) -> None:
    assert "misjudges 8 of them" in pictures["failing"].alt
    assert "judges 8 right" in pictures["failing"].alt
    assert f"last losses tanh {training.losses[0, -1]:.3f}" in pictures["training"].alt
    assert f"up to {cost.weights[-1]:,}" in pictures["cost"].alt
    assert f"{1e6 * cost.per_example[-1]:.0f} in a batch of {cost.batches[-1]}" in pictures["cost"].alt
