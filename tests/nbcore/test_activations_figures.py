"""Experiments and figures of the notebook on activation functions: known numbers."""

import numpy as np
import pytest

from nbcore.experiments import activations as experiments
from nbcore.plots import activations as plots

# Right functions, as a student may write them; nbcore holds none.


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, dtype=float)))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def relu(z):
    return np.maximum(np.asarray(z, dtype=float), 0)


def relu_prime(z):
    return np.heaviside(np.asarray(z, dtype=float), 0)


def leaky(z, alpha=0.01):
    return np.where(np.asarray(z) > 0, z, alpha * np.asarray(z, dtype=float))


def leaky_prime(z, alpha=0.01):
    return np.where(np.asarray(z) > 0, 1.0, alpha)


def silu(z):
    return z * sigmoid(z)


def silu_prime(z):
    return sigmoid(z) + z * sigmoid_prime(z)


def dead_fraction(Z):
    return float(np.mean(np.all(np.asarray(Z) <= 0, axis=0)))


FUNCTIONS = {
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (np.tanh, tanh_prime),
    "ReLU": (relu, relu_prime),
    "leaky ReLU": (leaky, leaky_prime),
    "SiLU": (silu, silu_prime),
}


@pytest.fixture(scope="module")
def curves():
    return experiments.curves(FUNCTIONS)


@pytest.fixture(scope="module")
def flow():
    stacks = {
        "sigmoid, Glorot": experiments.Stack(sigmoid, sigmoid_prime, "glorot"),
        "tanh, Glorot": experiments.Stack(np.tanh, tanh_prime, "glorot"),
        "ReLU, Glorot": experiments.Stack(relu, relu_prime, "glorot"),
        "ReLU, He": experiments.Stack(relu, relu_prime, "he"),
        "leaky, He": experiments.Stack(leaky, leaky_prime, "he"),
    }
    return experiments.gradient_flow(stacks, dead_fraction)


@pytest.fixture(scope="module")
def dying():
    return experiments.dying_units(relu, dead_fraction, n_seeds=4, epochs=150)


@pytest.fixture(scope="module")
def revived():
    return experiments.revival({name: FUNCTIONS[name] for name in ("ReLU", "leaky ReLU", "SiLU")})


@pytest.fixture(scope="module")
def pictures(curves, flow, dying, revived):
    return {
        "curves": plots.activation_curves(curves),
        "flow": plots.gradient_flow(flow),
        "dying": plots.dying_units(dying, revived),
    }


def test_the_grid_of_the_curves_holds_zero_and_the_kinks_lie_there(curves):
    assert curves.z.shape == (1001,)
    assert 0.0 in curves.z
    assert {name: kinks.tolist() for name, kinks in curves.kinks.items() if kinks.size} == {
        "ReLU": [0.0],
        "leaky ReLU": [0.0],
    }


def test_the_largest_slopes_are_the_known_ones(curves):
    largest = {name: slope.max() for name, slope in curves.slopes.items()}
    assert largest == pytest.approx({"sigmoid": 0.25, "tanh": 1, "ReLU": 1, "leaky ReLU": 1, "SiLU": 1.0998}, abs=1e-4)


def test_each_layer_leaves_of_a_gradient_what_theory_says(flow):
    assert flow.factor == pytest.approx([0.235, 0.978, 0.702, 0.991, 0.992], abs=0.006)
    assert flow.predicted == pytest.approx(flow.factor, abs=0.015)
    assert flow.factor_error.max() < 0.005


def test_only_relu_has_units_of_slope_zero_for_every_example(flow):
    assert (flow.dead > 0).tolist() == [False, False, True, True, False]


def test_a_stack_of_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="kaiming"):
        experiments.Stack(relu, relu_prime, "kaiming").variance(2, 2)


def test_weights_of_the_two_schemes_have_the_variances_of_the_papers():
    assert experiments.Stack(relu, relu_prime, "glorot").variance(30, 10) == pytest.approx(1 / 20)
    assert experiments.Stack(relu, relu_prime, "he").variance(30, 10) == pytest.approx(1 / 15)


def test_outputs_that_are_not_centred_condition_the_next_layer_badly():
    out = experiments.outputs(FUNCTIONS)
    mean = dict(zip(out.names, out.mean, strict=True))
    condition = dict(zip(out.names, out.condition, strict=True))
    assert mean["sigmoid"] == pytest.approx(0.5, abs=0.01)
    assert mean["tanh"] == pytest.approx(0, abs=0.01)
    assert condition["sigmoid"] > 100 * condition["tanh"]
    assert out.condition_centred.max() < 2.5


def test_units_die_at_a_large_learning_rate(dying):
    assert dying.share.shape == (4, 4)
    assert dying.share[-1].mean() > 3 * dying.share[1].mean()
    assert dying.stuck[-1] == 1
    assert dying.majority == 0.5


def test_a_dead_relu_stays_and_a_leaky_one_comes_back(revived):
    assert np.ptp(revived.losses[0]) == 0
    relu_steps, leaky_steps, silu_steps = revived.steps_to(0.1)
    assert relu_steps is None
    assert silu_steps is None
    assert leaky_steps is not None
    assert 100 < leaky_steps < 300


def test_a_larger_leak_revives_a_unit_sooner():
    leaks = {
        f"{alpha}": (lambda z, a=alpha: leaky(z, a), lambda z, a=alpha: leaky_prime(z, a))
        for alpha in (0.01, 0.05, 0.2)
    }
    steps = experiments.revival(leaks).steps_to()
    assert steps == sorted(steps, reverse=True)


def test_experiments_leave_the_global_generator_alone():
    before = np.random.get_state()  # noqa: NPY002 - the state that must not change
    experiments.dying_units(relu, dead_fraction, learning_rates=(1.0,), n_seeds=1, epochs=2)
    experiments.outputs(FUNCTIONS, n_examples=60)
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_two_runs_give_the_same_arrays(revived):
    first, second = (experiments.dying_units(relu, dead_fraction, n_seeds=2, epochs=5) for _ in range(2))
    np.testing.assert_array_equal(first.share, second.share)
    np.testing.assert_array_equal(revived.losses, experiments.revival({n: FUNCTIONS[n] for n in revived.names}).losses)


def test_alt_texts_state_the_numbers_of_the_arrays(pictures, flow, curves, dying):
    for name, factor in zip(flow.names, flow.factor, strict=True):
        assert f"{name} {factor:.3f}" in pictures["flow"].alt
    assert f"SiLU {curves.slopes['SiLU'].max():.2f}" in pictures["curves"].alt
    assert f"{dying.share[-1].mean():.0%} at 10" in pictures["dying"].alt


def test_slopes_are_drawn_with_a_gap_at_the_kink(pictures, curves):
    together = pictures["curves"].fig.axes[-1]
    lines = {line.get_label(): line for line in together.lines}
    assert np.isnan(lines["ReLU"].get_ydata()).sum() == 1
    assert not np.isnan(lines["tanh"].get_ydata()).any()


@pytest.mark.parametrize(
    "wrong", [lambda z: z * (1 - z), lambda z: np.full_like(z, np.nan), lambda z: 1e6 * np.sin(50 * z), np.exp]
)
def test_the_figure_of_wrong_functions_is_drawn_as_fast_and_stays_in_its_frame(wrong) -> None:  # type: ignore[no-untyped-def]
    """A mistake in one function must not hide the others, nor take minutes to draw."""
    curves = experiments.curves({"wrong": (wrong, wrong), "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)})
    assert curves.kinks["wrong"].size < 20
    picture = plots.activation_curves(curves)
    bottom = picture.fig.axes[-1]
    assert -0.8 <= bottom.get_ylim()[0] < bottom.get_ylim()[1] <= 1.8
    assert len(picture.fig.findobj(match=lambda artist: type(artist).__name__ == "Line2D")) < 400
