"""Experiments and figures of the notebook on activation functions: known numbers."""

import numpy as np
import pytest
import solved

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
def picture(curves):
    return plots.activation_curves(curves)


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


def test_outputs_that_are_not_centred_condition_the_next_layer_badly():
    out = experiments.outputs(FUNCTIONS)
    mean = dict(zip(out.names, out.mean, strict=True))
    condition = dict(zip(out.names, out.condition, strict=True))
    assert mean["sigmoid"] == pytest.approx(0.5, abs=0.01)
    assert mean["tanh"] == pytest.approx(0, abs=0.01)
    assert condition["sigmoid"] > 100 * condition["tanh"]
    assert out.condition_centred.max() < 1.3


@pytest.mark.parametrize("width", [10, 50, 200])
def test_the_condition_of_sigmoid_outputs_is_that_of_their_mean_and_grows_with_the_number_of_units(width):
    z = np.random.default_rng(1).normal(size=1_000_000)
    expected = 1 + width * sigmoid(z).mean() ** 2 / sigmoid(z).var()  # of the distribution, by hand
    condition = experiments.outputs({"sigmoid": FUNCTIONS["sigmoid"]}, width=width).condition[0]
    assert condition == pytest.approx(expected, rel=0.25)


@pytest.fixture(scope="module")
def network():
    """The two functions of the network that opens the notebook."""
    course = solved.functions("01_activations", "hidden", "train")
    return course["hidden"], course["train"]


@pytest.mark.parametrize("seed", range(3))
def test_without_an_activation_the_boundary_is_a_line_at_any_depth_and_tanh_bends_it(network, seed):
    cases = {"tanh": (np.tanh, 1), "one": (np.positive, 1), "three": (np.positive, 3)}
    found = experiments.classify(cases, *network, seed=seed)
    tanh, one, three = found.accuracy
    assert one == pytest.approx(three, abs=4e-4)
    assert one < 0.9 < 0.97 < tanh
    bend = [max(np.abs(np.diff(scores, n=2, axis=axis)).max() for axis in (0, 1)) for scores in found.scores]
    assert bend[0] > 0.01
    assert max(bend[1:]) < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_squares_give_a_quadratic_function_and_stay_below_90_per_cent(network, seed):
    found = experiments.classify({"square": (np.square, 1)}, *network, seed=seed)
    assert found.accuracy.max() < 0.9
    assert max(np.abs(np.diff(found.scores[0], n=3, axis=axis)).max() for axis in (0, 1)) < 1e-9


def test_another_draw_changes_the_order_of_the_activations(network):
    cases = {name: (f, 1) for name, (f, _) in FUNCTIONS.items()}
    orders = {tuple(experiments.classify(cases, *network, seed=seed).accuracy.argsort()) for seed in range(3)}
    assert len(orders) == 3


def test_the_points_that_the_explorer_is_to_find():
    assert sigmoid_prime(np.array([-3.6, 3.6])) == pytest.approx(0.025, abs=0.001)
    assert silu_prime(-1.3) == pytest.approx(0, abs=0.01)
    assert tanh_prime(1.82) == pytest.approx(0.1, abs=0.001)


def test_the_sigmoid_is_exactly_1_from_17_on_in_float32_and_from_37_on_in_float64():
    f = solved.functions("01_activations")["sigmoid"]
    assert (f(np.array([36.0, 37.0])) == 1).tolist() == [False, True]
    single = 1 / (1 + np.exp(-np.array([16, 17], dtype=np.float32)))
    assert (single == 1).tolist() == [False, True]


def test_the_product_of_typical_slopes_of_relu_alone_does_not_depend_on_the_size_of_z():
    typical = solved.functions("01_activations", "typical")["typical"]
    found = experiments.products(FUNCTIONS, typical)
    change = dict(zip(found.names, found.change, strict=True))
    assert change.pop("ReLU") == change.pop("leaky ReLU") == 0
    assert min(change.values()) > 1
    assert found.product[found.names.index("ReLU")] == pytest.approx(0.5**10, rel=0.2)
    assert found.table().splitlines()[1].split() == ["sigmoid", "3.1e-13", "4.0e-16"]


def test_softmax_sees_differences_of_logits_alone():
    found = experiments.shares(solved.functions("01_activations")["softmax"])
    z, shifted, twice = found.probabilities
    np.testing.assert_allclose(z, shifted)
    assert twice.max() > z.max()


def test_experiments_leave_the_global_generator_alone():
    before = np.random.get_state()  # noqa: NPY002 - the state that must not change
    experiments.outputs(FUNCTIONS, n_examples=60)
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_the_alt_text_states_the_numbers_of_the_arrays(picture, curves):
    assert f"SiLU {curves.slopes['SiLU'].max():.2f}" in picture.alt


def test_slopes_are_drawn_with_a_gap_at_the_kink(picture, curves):
    together = picture.fig.axes[-1]
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
