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
    assert out.condition_centred.max() < 2.5


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
