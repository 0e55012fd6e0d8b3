"""Experiments and figures of the notebook on backpropagation: known numbers."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import solved

from nbcore.experiments import backprop as experiments
from nbcore.experiments import by_hand
from nbcore.experiments.backprop import Cost, FailingChecks, Folding, Graph, Training
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
def graph(course: Functions) -> Graph:
    return experiments.graph(
        by_hand.one_example(),
        course["mlp_backward"],
        course["numerical_gradient"],
        linear_forward=course["linear_forward"],
        hidden=(course["tanh"], course["tanh_prime"]),
        output=(course["sigmoid"], course["sigmoid_prime"]),
        loss=course["bce"],
    )


@pytest.fixture(scope="module")
def folding(course: Functions) -> Folding:
    names = ("fit", "mlp_forward", "init_params", "bce", "tanh", "tanh_prime", "sigmoid")
    return experiments.folding(*(course[name] for name in names))


@pytest.fixture(scope="module")
def pictures(
    failing: FailingChecks, training: Training, cost: Cost, graph: Graph, folding: Folding
) -> dict[str, Picture]:
    return {
        "graph": plots.graph(graph),
        "folding": plots.folding(folding),
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
    case = by_hand.one_example()
    grads = experiments.intermediate_gradients(
        course["numerical_gradient"],
        *case.args,
        linear_forward=course["linear_forward"],
        hidden=course["tanh"],
        output=course["sigmoid"],
        loss=course["bce"],
    )
    assert set(grads) == {*case.inner, *case.grads}
    for name, value in (case.inner | case.grads).items():
        np.testing.assert_allclose(grads[name], value, rtol=1e-7)


def test_three_ways_to_the_gradients_of_the_worked_example_agree(graph: Graph) -> None:
    for name, value in (graph.case.inner | graph.case.grads).items():
        np.testing.assert_allclose(graph.numerical[name], value, rtol=1e-7)
    for name, value in graph.case.grads.items():
        np.testing.assert_allclose(graph.yours[name], value, rtol=1e-12)
    apart = {name: np.max(np.abs(graph.numerical[name] - value)) for name, value in graph.case.inner.items()}
    assert max(apart, key=apart.__getitem__) == "A2"
    assert apart["A2"] == pytest.approx(1e-10 * 128 / 6, rel=0.05)  # "as 4.1 says"
    assert graph.loss == pytest.approx(np.log(4))
    assert [line.split()[0] for line in graph.table().splitlines()[1:4]] == ["A2", "Z2", "W2"]
    assert graph.table().endswith("\n".join(experiments.EQUATIONS))
    wrong = dataclasses.replace(graph, yours={key: 2 * grad for key, grad in graph.yours.items()})
    assert experiments.EQUATIONS[1] not in wrong.table()  # they are for those who have written them


def test_the_equations_of_the_table_are_those_of_the_backward_pass(course: Functions) -> None:
    case, slope = by_hand.two_targets(), course["tanh_prime"]
    (A0, A1, A2), (Z1, _) = case.cache["A"], case.cache["Z"]
    dZ2 = (A2 - case.y) / len(case.y)
    dZ1 = dZ2 @ case.params["W2"] * slope(Z1)
    for layer, (dZ, A) in {2: (dZ2, A1), 1: (dZ1, A0)}.items():
        np.testing.assert_allclose(dZ.T @ A, case.grads[f"W{layer}"])
        np.testing.assert_allclose(dZ.sum(axis=0), case.grads[f"b{layer}"])


def test_the_steps_of_the_way_back_start_at_the_last_layer(course: Functions) -> None:
    steps = experiments.last_first(
        course["numerical_gradient"],
        *by_hand.one_example().args,
        linear_forward=course["linear_forward"],
        hidden=course["tanh"],
        output=course["sigmoid"],
        loss=course["bce"],
    )
    assert list(steps)[:7] == ["dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]
    found = course["backward_steps"](*by_hand.one_example().args)
    for name, value in found.items():
        np.testing.assert_allclose(value, steps[name], rtol=1e-7)


def test_the_answers_of_the_predictions_are_among_their_choices(course: Functions, training: Training) -> None:
    assert training.apart() == "below 1e-12"
    names = ("fit", "mlp_forward", "mlp_backward", "init_params", "tanh", "tanh_prime", "sigmoid")
    assert experiments.symmetry(*(course[name] for name in names)).rows_of_equal_weights() == "they stay equal"
    steps = experiments.step_errors(course["numerical_gradient"])
    assert steps.least() == "(3*u)**(1/3)"
    assert experiments.STEPS[steps.least()] == pytest.approx(steps.theory_best, rel=1e-12)
    equal = experiments.STEPS["(6*u)**(1/3)"]  # where the two terms are equal
    assert equal**2 / 6 == pytest.approx(experiments.ROUNDING / equal, rel=1e-12)
    assert steps.central.min() < steps.theory_least < 3e-11


def test_a_network_winds_its_boundary_between_two_spirals(folding: Folding) -> None:
    assert folding.right[-1] == 1.0
    assert (np.diff(folding.losses) < 0).all()
    w1, w2, b = folding.weights[-1]
    beyond = folding.last_hidden[-1] @ [w1, w2] + b > 0
    assert (beyond == (folding.y.ravel() > 0.5)).all()  # the straight line of the lower row


def test_every_careless_check_misjudges_and_every_careful_one_does_not(failing: FailingChecks) -> None:
    assert [case.right for case in failing.cases] == [True, True, True, False, False, False, False, True]
    assert failing.cases[4].careless == 0  # a row and a vector broadcast without a difference, whatever their numbers
    assert failing.cases[7].careless == 1  # round-off beside exact zeros
    for case in failing.cases:
        assert case.careless_verdict == ("alarm" if case.right else "silent"), case.name
        assert case.careful_verdict == ("silent" if case.right else "alarm"), case.name
    assert [case.name for case in failing.cases if case.refused] == ["shapes"]
    assert failing.numbers("silent") == [4, 5, 6, 7]


def test_text_and_code_have_one_limit() -> None:
    text = Path(__file__).parents[2].joinpath("solutions/04_backprop.py").read_text(encoding="utf-8")
    said = f"$10^{{{round(np.log10(experiments.LIMIT))}}}$"
    assert f"up to {said} the gradients **agree**" in text
    assert f"raises an **alarm** above {said}" in text


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
    assert [level.n_params for level in levels[::2]] == [26, 113, 401]
    assert all(level.error < 1e-7 and level.n_forward == 2 * level.n_params for level in levels)
    sigmoid = {"sigmoid": (course["sigmoid"], course["sigmoid_prime"])}
    deepest = experiments.check_levels(*(course[name] for name in names), sigmoid)[-1]
    assert (deepest.size < 1e-3, deepest.verdict) == (True, "alarm")  # "so small that round-off shows"
    assert experiments.LIMIT < deepest.error < 1e-3  # between the two limits of the text
    assert 1e-6 < deepest.error < 2e-5  # "at several 1e-06"
    with_larger_step = experiments.check_levels(*(course[name] for name in names), sigmoid, eps=1e-4)[-1]
    assert with_larger_step.error < deepest.error / 8
    for level in (deepest, with_larger_step):  # the formula of 4.2 explains the error
        assert 1 < level.error / level.roundoff < 3
        assert level.error - level.roundoff < level.error / 1.2
        assert len(level.told()) <= 96
    assert with_larger_step.verdict == "alarm"


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
    assert cost.per_example[-1] < cost.per_example[0]  # a batch shares what is read and written once for it


def test_the_lines_of_the_cost_fit_into_the_page(cost: Cost) -> None:
    large = dataclasses.replace(
        cost,
        weights=cost.weights * 147456 // 4096,
        n_params=np.array([0, 0, 1_774_080]),
        forward=np.full(3, 0.1),
        backward=np.full(3, 0.2),
    )
    assert max(map(len, large.table().splitlines())) <= 96


def test_memory_that_is_freed_is_kept_for_the_next_array(course: Functions) -> None:
    """With page faults for each new array, a network of 12 layers takes much longer a layer than one of 4."""
    resource = pytest.importorskip("resource")
    names = ("mlp_forward", "mlp_backward", "init_params", "relu", "relu_prime", "sigmoid")
    forward, backward, init, hidden, slope, output = (course[name] for name in names)
    experiments._keep_freed_memory()
    params, X = init([384] * 13, rng=np.random.default_rng(0)), np.ones((256, 384))

    def faults() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        backward(X, forward(X, params, hidden, output)[1], params, slope)
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

    assert [faults() for _ in range(3)][-1] < 2000  # the arrays of the cache alone have about 5000 pages


def test_a_relu_is_cheaper_than_a_sigmoid(course: Functions) -> None:
    pairs = {name: (course[name], course[f"{name}_prime"]) for name in ("sigmoid", "relu")}
    times = experiments.activation_times(pairs)
    assert 0 < sum(times["relu"]) < sum(times["sigmoid"])


def test_products_are_counted_as_a_loop_would(cost: Cost) -> None:
    m, width = cost.batch, 64
    forward = sum(1 for _ in range(width) for _ in range(width)) * m  # one layer: each weight for each example
    assert cost.products_forward.tolist() == [forward * depth for depth in (1, 2, 4)]
    assert (cost.products_backward == 2 * cost.products_forward).all()
    assert cost.products.shape == (2, 3)
    assert (cost.products > 0).all()
    assert cost.output > 0
    deep = dataclasses.replace(cost, forward=np.full(3, 0.025), n_params=np.array([0, 0, 1_774_080]))
    assert deep.numerical == pytest.approx(24.6 * 3600, rel=0.01)
    assert deep.nearest() == "a day"
    assert cost.n_params.tolist() == [depth * (width**2 + width) for depth in (1, 2, 4)]
    assert (cost.forward > 0).all()
    assert (cost.backward > 0).all()


# Figures -------------------------------------------------------------------------------------------------------------


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], training: Training, cost: Cost, folding: Folding
) -> None:
    assert "misjudges 8 of them" in pictures["failing"].alt
    assert "judges 8 right" in pictures["failing"].alt
    assert f"last losses tanh {training.losses[0, -1]:.3f}" in pictures["training"].alt
    assert f"up to {cost.weights[-1]:,}" in pictures["cost"].alt
    assert f"{1e6 * cost.per_example[-1]:.0f} in a batch of {cost.batches[-1]}" in pictures["cost"].alt
    assert "dW2 = (-0.45, -0.6), db2 = (-0.75)" in pictures["graph"].alt
    assert "-4 of the loss, 0.1875 of the sigmoid, W2, (0.64, 0.36) of tanh, W1" in pictures["graph"].alt
    case = by_hand.one_example()  # what stands at the arrows leads from each gradient to the one on its left
    assert case.inner["A2"] * 0.1875 == pytest.approx(case.inner["Z2"])
    np.testing.assert_allclose(case.inner["A1"] * [0.64, 0.36], case.inner["Z1"])
    assert f"{folding.right[0]:.0%} after 0" in pictures["folding"].alt


def test_losses_that_come_apart_are_drawn_and_said_to(training: Training) -> None:
    assert "coincide" in plots.training(training).alt
    wrong = dataclasses.replace(training, losses=training.losses + 0.1)
    picture = plots.training(wrong)
    assert "come apart" in picture.alt
    assert picture.fig.axes[1].get_ylim()[1] > 10 * wrong.difference.max()


def test_units_of_any_size_are_in_the_frame_of_the_last_hidden_layer(folding: Folding) -> None:
    large = dataclasses.replace(folding, last_hidden=12 * folding.last_hidden)
    for record in (folding, large):
        below = plots.folding(record).fig.axes[-1]
        assert below.get_xlim()[1] > np.abs(record.last_hidden).max()
        assert below.get_ylim()[1] > np.abs(record.last_hidden).max()
