"""Experiments and figures of the notebook on activation functions: known numbers."""

import numpy as np
import pytest
import solved
from scipy import special

from autograder.course.percent import source_notebook
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
    return experiments.curves(FUNCTIONS, alpha=0.1)


@pytest.fixture(scope="module")
def picture(curves):
    return plots.activation_curves(curves)


def test_the_grid_of_the_curves_holds_zero_and_the_kinks_lie_there(curves):
    assert curves.z.shape == (1001,)
    assert 0.0 in curves.z
    assert {name: kinks.tolist() for name, kinks in curves.kinks.items() if kinks.size} == {
        "ReLU": [0.0],
        "leaky ReLU, alpha 0.1": [0.0],
    }


def test_the_largest_slopes_are_the_known_ones(curves):
    largest = [slope.max() for slope in curves.slopes.values()]
    assert largest == pytest.approx([0.25, 1, 1, 1, 1.0998], abs=1e-4)
    assert curves.falls_to(0.1, "tanh") == pytest.approx(1.82)
    assert curves.falls_to(0.1, "ReLU") == np.inf


def test_small_slopes_and_slopes_of_0_look_different_in_the_table(curves):
    rows = {row[: -len("  smallest  largest")].strip(): row.split()[-2] for row in curves.table().splitlines()[1:]}
    assert rows["tanh"] == "0.00018"
    assert rows["ReLU"] == "0"


def test_the_means_of_the_outputs_are_those_of_the_normal_distribution():
    mean = experiments.outputs(FUNCTIONS).mean
    assert mean["sigmoid"] == pytest.approx(0.5)
    assert mean["tanh"] == pytest.approx(0, abs=1e-12)
    assert mean["ReLU"] == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-3)
    assert mean["ReLU"] / 0.5 == pytest.approx(0.8, abs=0.005)  # of the positive half, as is said after the guess


def test_steps_of_a_derivation_are_measured_as_they_are_by_hand():
    found = experiments.measured_chain(x=3.0, w_2=-4.0, z_1=np.log(3.0), z_2=0.0, u=2.0)
    assert list(found.values()) == pytest.approx([0.5, -2.0, -3 / 8, -9 / 8])
    p, u = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.0, 0.0])
    found = experiments.measured_softmax(u, p)
    assert found["4. g"] == pytest.approx([0.16, -0.06, -0.1])
    assert [found[step] for step in ("1. i = j", "2. i, j", "3. sum")] == pytest.approx([0.16, -0.06, 0.2])
    found = experiments.measured_sigmoid(np.log([3.0]))
    assert np.ravel(list(found.values())) == pytest.approx([-1 / 3, -9 / 16, 3 / 16, 3 / 16])


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


@pytest.mark.parametrize("n_units", [20, 100])
def test_more_units_do_not_help_one_layer_of_squares_and_three_layers_do_better(network, monkeypatch, n_units):
    monkeypatch.setattr(experiments, "N_UNITS", n_units)
    one, three = experiments.classify({"one": (np.square, 1), "three": (np.square, 3)}, *network).accuracy
    assert one < 0.9 < 0.97 < three


def test_with_the_same_points_many_more_units_of_tanh_are_worse(network, monkeypatch):
    few = experiments.classify({"tanh": (np.tanh, 1)}, *network).accuracy[0]
    monkeypatch.setattr(experiments, "N_UNITS", 400)
    assert experiments.classify({"tanh": (np.tanh, 1)}, *network).accuracy[0] < few - 0.05


def test_one_picture_and_twenty_draws_rank_relu_and_tanh_differently(network):
    cases = {name: (FUNCTIONS[name][0], 1) for name in ("tanh", "ReLU")}
    found = 100 * np.array([experiments.classify(cases, *network, seed=seed).accuracy for seed in range(20)])
    ahead = found[:, 0] - found[:, 1]
    assert ahead[0] < 0  # the picture of the notebook
    assert np.sum(ahead > 0) == 16
    assert ahead.mean() == pytest.approx(1.1, abs=0.05)
    assert ahead.std(ddof=1) / 20**0.5 == pytest.approx(0.3, abs=0.05)


def test_the_written_answer_has_the_accuracies_of_the_first_page(network):
    found = experiments.classify({"tanh": (np.tanh, 1), "none": (np.positive, 3)}, *network)
    text = " ".join(cell.source for cell in source_notebook(solved.COURSE, "01_activations").cells)
    text = " ".join(text.split())
    for share in found.accuracy:
        assert f"{share:.1%}".replace("%", " %") in text


def test_no_point_that_tests_was_drawn_with_the_seed_of_training_points(network, monkeypatch):
    seeds = []

    def moons(n, *, noise, rng):
        seeds.append(rng)
        return make(n, noise=noise, rng=rng)

    make = experiments.data.moons
    monkeypatch.setattr(experiments.data, "moons", moons)
    for seed in range(20):
        experiments.classify({"tanh": (np.tanh, 1)}, *network, seed=seed)
    assert not set(seeds[::2]) & set(seeds[1::2])


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (lambda z: 1, r"<lambda> gives shape \(\) for an input of shape \(300, 20\): it has to work entry by entry"),
        (np.log, "log gives nan where z is -"),
        (lambda z: 1 / (z > 0), "<lambda> gives inf where z is -"),
    ],
)
def test_a_function_that_does_not_work_entry_by_entry_or_gives_no_numbers_is_named(network, capfd, mine, said):
    with pytest.raises(ValueError, match=said) as raised:
        experiments.classify({"mine": (mine, 1)}, *network)
    assert raised.value.told == [f"The experiment classify has stopped: {raised.value}."]
    assert capfd.readouterr() == ("", "")


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
    change = found.change
    assert change.pop("ReLU") == change.pop("leaky ReLU") == 0
    assert min(change.values()) > 1
    assert found.product["ReLU"] == pytest.approx(0.5**10)
    assert found.table().splitlines()[1].split() == ["sigmoid", "3.1e-13", "4.2e-16"]


def test_on_the_way_back_a_layer_sums_over_its_units_so_that_their_number_sets_the_weights():
    found = experiments.way_back(relu_prime)
    assert (found.by_inputs, found.by_units) == pytest.approx((200 / 50, 1), rel=0.02)
    wide = experiments.way_back(np.ones_like, n_in=200, n_out=50)  # without slopes of 0 the half is not lost
    assert (wide.by_inputs, wide.by_units) == pytest.approx((0.5, 2), rel=0.02)


def test_a_unit_on_flat_ground_hardly_moves_in_20_steps_and_silu_goes_the_wrong_way():
    found = experiments.walks(FUNCTIONS, solved.functions("01_activations", "descend")["descend"])
    assert found.end["sigmoid"] == pytest.approx([-1.23, 7.993, -7.993], abs=1e-3)
    assert found.end["tanh"][1:] == pytest.approx([8, -8], abs=1e-4)
    assert found.end["ReLU"] == pytest.approx([0, 0, -8], abs=1e-4)
    assert -8 < found.end["leaky ReLU"][2] < -7.7
    assert found.end["SiLU"][2] < -8
    assert "-0.000" not in found.table()


def test_a_unit_on_flat_ground_gets_away_in_the_end():
    z, n_steps = 8.0, 0
    while z > 0 and n_steps < 4000:
        z -= sigmoid(z) * sigmoid_prime(z)
        n_steps += 1
    assert f"after {n_steps} steps is z below 0" in experiments.WHY["stuck"]


def test_twenty_steps_are_worked_out_by_hand_closely_enough():
    """The question gives the output in so many digits that the slope, times 20, counts as right."""
    found = experiments.walks(FUNCTIONS, solved.functions("01_activations", "descend")["descend"])
    output = 0.99966
    assert sigmoid(8.0) == pytest.approx(output, abs=5e-6)
    assert 20 * output**2 * (1 - output) == pytest.approx(8 - found.end["sigmoid"][1], rel=0.05)


def test_the_typical_tanh_is_below_a_millionth_after_21_layers():
    typical = solved.functions("01_activations", "typical")["typical"]
    for std in (2.0, 10**0.3):  # as it is typed, and as the slider gives it
        z = std * experiments.normal()
        assert typical(tanh_prime, z, 21) < 1e-6 < typical(tanh_prime, z, 20)


def test_what_is_said_after_the_guesses_are_the_right_numbers():
    ratio = np.exp(1.0)
    assert f"{ratio:.1f} to 1 becomes {ratio**2:.1f} to 1" in experiments.WHY["doubled"]
    assert f"{sigmoid_prime(8.0):.4f}" in experiments.WHY["stuck"]
    assert f"{sigmoid(2.0):.2f} + {2 * sigmoid_prime(2.0):.2f}" in experiments.WHY["above 1"]
    assert f"{np.tanh(1.82):.2f}" in experiments.WHY["a tenth"]


def test_softmax_sees_differences_of_logits_alone():
    found = experiments.shares(special.softmax)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    z, shifted, twice = found.probabilities
    np.testing.assert_allclose(z, shifted)
    assert twice.max() > z.max()
    assert (found.compared(0, 1), found.compared(0, 2), found.compared(2, 0)) == ("stays the same", "rises", "falls")
    np.testing.assert_allclose(z, [0.24, 0.09, 0.67], atol=0.006)  # as the question says


def test_what_decides_a_question_is_found_in_the_arrays(network, curves):
    cases = {"tanh": (np.tanh, 1), "one": (np.positive, 1), "three": (np.positive, 3)}
    found = experiments.classify(cases, *network)
    assert (found.compared(1, 2), found.compared(0, 1), found.compared(1, 0)) == ("stays the same", "falls", "rises")
    names = ["sigmoid", "tanh", "ReLU", "SiLU"]
    assert curves.steepest(names) == "SiLU"
    assert curves.steepest(names[:2]) == "tanh"
    products = experiments.products(FUNCTIONS, solved.functions("01_activations", "typical")["typical"])
    assert products.steadiest(names) == "ReLU"
    assert products.steadiest(["sigmoid", "tanh"]) == "sigmoid"


def test_the_five_functions_are_drawn_as_the_student_will_write_them():
    shapes = experiments.five_functions()
    for values, (f, _) in zip(shapes.values.values(), FUNCTIONS.values(), strict=True):
        np.testing.assert_allclose(values, f(shapes.z, 0.1) if f is leaky else f(shapes.z), atol=1e-12)
    z, lowest = shapes.lowest
    assert silu_prime(z) == pytest.approx(0, abs=0.01)
    assert lowest == pytest.approx(silu(z))


def test_of_relu_the_outputs_that_are_exactly_0_are_counted_not_its_highest_bar():
    texts = [text.get_text() for ax in plots.outputs(experiments.outputs(FUNCTIONS)).fig.axes for text in ax.texts]
    assert texts[0] == "50 % are\nexactly 0"
    assert all(text.startswith("highest bar") for text in texts[1:])


def test_the_kink_is_named_on_the_function_and_the_slope_has_an_open_end(picture):
    relu_axes, slope_axes = picture.fig.axes[2], picture.fig.axes[7]
    assert [text.get_text() for text in relu_axes.texts] == ["kink"]
    assert [text.get_text() for text in slope_axes.texts] == ["slope\ntaken at 0"]
    dots = {
        float(line.get_ydata()[0]): line.get_markerfacecolor() for line in slope_axes.lines if line.get_marker() == "o"
    }
    assert dots[1.0] == "white" != dots[0.0]


def test_experiments_leave_the_global_generator_alone():
    before = np.random.get_state()  # noqa: NPY002 - the state that must not change
    experiments.outputs(FUNCTIONS)
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
    functions = {"wrong": (wrong, wrong), "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)}
    curves = experiments.curves(functions, alpha=0.1)
    assert curves.kinks["wrong"].size < 20
    picture = plots.activation_curves(curves)
    bottom = picture.fig.axes[-1]
    assert -0.8 <= bottom.get_ylim()[0] < bottom.get_ylim()[1] <= 1.8
    assert len(picture.fig.findobj(match=lambda artist: type(artist).__name__ == "Line2D")) < 400
