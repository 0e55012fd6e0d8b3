"""The two explorers of notebook 02: a perceptron by hand, and the size of the initial weights against depth."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nbcore import data, widgets
from nbcore.experiments.forward import CORNERS, GATES
from nbcore.widgets import forward
from nbcore.widgets._explorer import Explorer

SAMPLE = data.separable(16, margin=0.35, rng=3)
CLOUDS = SAMPLE.X + 1  # as the notebook hands them in
SETS: forward.DataSets = {"clouds": (CLOUDS, SAMPLE.y), "XOR": (CORNERS, GATES["XOR"])}


def run(X: Any, params: Any, hidden: Any, output: Any) -> Any:
    signals, sums = [np.asarray(X)], []
    for layer in range(1, len(params) // 2 + 1):
        sums.append(signals[-1] @ params[f"W{layer}"].T + params[f"b{layer}"])
        signals.append(hidden(sums[-1]))
    return signals[-1], {"A": signals, "Z": sums}


def half(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, 0.0)


FUNCTIONS = {"tanh": np.tanh, "ReLU": half}
NAMES = {"widgets": widgets, "sets": SETS, "mlp_forward": run, "functions": FUNCTIONS}
MAKERS: dict[str, Callable[..., Explorer]] = {
    "perceptron": lambda **values: widgets.perceptron_explorer(SETS, **values),
    "signal": lambda **values: widgets.signal_explorer(run, FUNCTIONS, **values),
}
every = pytest.mark.parametrize("kind", MAKERS)
MOVES = [
    ("perceptron", "name", "XOR"),
    ("perceptron", "w1", -0.5),
    ("perceptron", "w2", 1.5),
    ("perceptron", "b", 2.0),
    ("signal", "name", "tanh"),
    ("signal", "gain", 2.0),
    ("signal", "depth", 7),
]


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


@pytest.mark.parametrize(("kind", "control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    kind: str, control: str, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = MAKERS[kind]()
    before, words, first = shown(explorer), explorer.alt, explorer.values[control]
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer.alt != words
    assert f"{control}={value!r}" in explorer.command
    again = eval(explorer.command, dict(NAMES))
    assert again.values == explorer.values
    assert again.frame() == explorer.frame()
    explorer.set(**{control: first})
    assert explorer.frame() == before
    assert capfd.readouterr() == ("", "")


@every
def test_axes_stay_where_they_are_whatever_moves(kind: str) -> None:
    explorer = MAKERS[kind]()
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for moved, control, value in MOVES:
        if moved == kind:
            explorer.set(**{control: value})
            explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before


@every
def test_controls_are_named_and_the_still_pictures_have_alt_text(kind: str) -> None:
    explorer = MAKERS[kind]()
    html = explorer._repr_mimebundle_()["text/html"]
    alts = re.findall(r'<img alt="([^"]+)"', html)
    assert len(alts) == len(set(alts)) == 3
    for control in explorer._panel.controls.values():
        assert control.description
        assert control.tooltip if control.has_trait("tooltip") else control.description_tooltip  # ipywidgets 8, 7


@every
def test_axes_are_labelled_and_there_is_a_legend(kind: str) -> None:
    figure = MAKERS[kind]().picture().fig
    assert all(ax.get_xlabel() and ax.get_ylabel() and ax.get_title("left") for ax in figure.axes)
    assert figure.legends or any(ax.get_legend() for ax in figure.axes)


# The perceptron by hand ----------------------------------------------------------------------------------------------


def test_the_separating_line_of_the_data_reaches_the_target() -> None:
    explorer = widgets.perceptron_explorer(SETS)
    assert "Not yet." in explorer.lines[-1]
    scale = 1.8
    explorer.set(w1=scale * SAMPLE.w[0], w2=scale * SAMPLE.w[1], b=scale * (SAMPLE.b - SAMPLE.w.sum()))
    assert explorer.lines[0] == "clouds: 0 of 16 points on the wrong side."
    assert "Reached." in explorer.lines[-1]
    assert not explorer.arrays.wrong.any()


def test_the_target_can_be_reached_by_the_steps_of_the_sliders() -> None:
    steps = np.round(np.arange(-2, 2.01, 0.1), 6)
    w = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    reached = [
        ((CLOUDS @ w.T + b >= 0) == SAMPLE.y[:, None].astype(bool)).all(axis=0).any()
        for b in np.round(np.arange(-4, 4.01, 0.1), 6)
    ]
    assert any(reached)


def test_by_hand_all_three_sliders_are_needed() -> None:
    start = {"w1": -1.0, "w2": 0.0, "b": 0.0}  # of the notebook
    assert widgets.perceptron_explorer(SETS, **start).arrays.wrong.sum() == 14
    steps = {"w1": forward.W1.steps, "w2": forward.W2.steps, "b": forward.B.steps}
    for still, value in start.items():
        moved = [name for name in start if name != still]
        fewest = min(
            int(
                forward.simulate_perceptron(SETS, name="clouds", **{still: value, moved[0]: x, moved[1]: y}).wrong.sum()
            )
            for x in steps[moved[0]]
            for y in steps[moved[1]]
        )
        assert fewest > 0, still


def test_a_point_on_the_line_is_called_1_and_zero_weights_call_all_points_1() -> None:
    on_line: forward.DataSets = {"two": ([[1.0, 0.0], [-1.0, 0.0]], [1, 0])}
    line = forward.simulate_perceptron(on_line, name="two", w1=1.0, w2=0.0, b=-1.0)
    assert not line.wrong.any()
    line = forward.simulate_perceptron(on_line, name="two", w1=0.0, w2=0.0, b=0.0)
    assert line.wrong.tolist() == [False, True]
    assert (
        "undefined"
        in forward.describe_perceptron(
            forward.simulate_perceptron({"one": ([[1.0, 0.0]], [1])}, name="one", w1=0.0, w2=0.0, b=0.0)
        )[1]
    )
    assert widgets.perceptron_explorer(on_line, w1=0.0, w2=0.0).frame()


def test_the_shaded_side_is_the_one_that_is_called_1() -> None:
    explorer = widgets.perceptron_explorer(SETS, w1=0.7, w2=-1.3, b=0.9)
    artists = explorer.scene.setup(explorer.picture().fig)
    explorer.scene.update(artists, explorer.arrays)
    path: Any = artists["side"]
    inside = path.get_path().contains_points(CLOUDS)
    assert inside.tolist() == (explorer.arrays.score > 0).tolist()


def test_the_first_wrong_row_is_told() -> None:
    explorer = widgets.perceptron_explorer({"one": ([[1.0, 2.0], [3.0, 1.0]], [1, 0])}, w1=1.0, w2=0.0, b=0.0)
    assert explorer.lines[1] == "The first: row 1, class 0, x = (3.00, 1.00), score 3.00."


@pytest.mark.parametrize(("maker", "match"), [("perceptron", "must be one of"), ("signal", "must be one of")])
def test_an_unknown_name_is_refused(maker: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        MAKERS[maker](name="no such")


def test_empty_dicts_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        widgets.perceptron_explorer({})
    with pytest.raises(ValueError, match="empty"):
        widgets.signal_explorer(run, {})


# Initialization and depth ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_gain_of_he_reaches_the_target_with_every_draw_and_others_do_not(seed: int) -> None:
    for gain, reached in [(1.0, False), (round(np.sqrt(2), 2), True), (1.8, False)]:
        explorer = widgets.signal_explorer(run, FUNCTIONS, gain=gain, seed=seed)
        assert (explorer.values["name"], explorer.values["depth"]) == ("ReLU", 20)
        assert ("Reached." in explorer.lines[-1]) is reached, gain
    explorer.set(gain=1.41, depth=19)
    assert "19 layers" in explorer.lines[-1]
    assert "Not yet." in explorer.lines[-1]
    explorer.set(name="tanh")
    assert explorer.lines[-1].startswith("No target here")


def test_the_signal_is_that_of_the_students_forward_pass() -> None:
    signal = forward.simulate_signal(run, FUNCTIONS, name="ReLU", gain=1.0, depth=20, seed=forward.SEED)
    assert signal.rms.shape == (forward.N_DRAWS, 21)
    assert signal.rms[:, 0] == pytest.approx(1, abs=0.05)
    assert (signal.mean[-1] / signal.mean[1]) ** (1 / 19) == pytest.approx(np.sqrt(0.5), rel=0.03)
    assert signal.shares.sum() == pytest.approx(1)


def test_the_draws_differ_by_the_factor_that_the_text_names() -> None:
    signal = forward.simulate_signal(run, FUNCTIONS, name="ReLU", gain=np.sqrt(2), depth=20, seed=forward.SEED)
    last = signal.rms[:, -1]
    assert 1.3 < last.max() / last.min() < 5
    assert signal.mean[1:] == pytest.approx(1, abs=0.5)  # the expected mean square is 1 in every layer


def test_the_typical_drift_of_one_draw_is_the_one_in_the_text() -> None:
    drift = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(10, 100))
        params = {f"W{layer}": rng.normal(0, np.sqrt(2 / 100), (100, 100)) for layer in range(1, 21)}
        params |= {f"b{layer}": np.zeros(100) for layer in range(1, 21)}
        first, *_, last = (np.sqrt(np.mean(A**2)) for A in run(X, params, half, half)[1]["A"][1:])
        drift.append(np.log(last / first))
    assert np.exp(np.std(drift)) == pytest.approx(1.5, abs=0.1)  # "by a factor of about 1.5"
    assert 0.02 < np.mean(np.abs(drift) > np.log(2)) < 0.25  # "at times by 2"


def test_the_signal_of_tanh_shrinks_at_gain_1() -> None:
    signal = forward.simulate_signal(run, FUNCTIONS, name="tanh", gain=1.0, depth=20, seed=forward.SEED)
    assert signal.rms[:, 1] == pytest.approx(0.62, abs=0.05)
    assert (signal.rms[:, -1] < 0.3 * signal.rms[:, 1]).all()


def test_tanh_saturates_at_a_gain_of_3_and_relu_is_flat_on_its_left_half() -> None:
    small, large, relu = (
        forward.simulate_signal(run, FUNCTIONS, name=name, gain=gain, depth=20, seed=forward.SEED)
        for name, gain in [("tanh", 1.0), ("tanh", 3.0), ("ReLU", 1.4)]
    )
    assert large.mean[-1] > 0.8 > 0.3 > small.mean[-1]
    assert large.flat_share > 0.4 > 0.01 > small.flat_share
    assert forward.MIDDLES[large.flat].tolist() == forward.MIDDLES[np.abs(forward.MIDDLES) > 1.82].tolist()
    assert relu.flat_share == pytest.approx(0.5, abs=0.1)


def stub(*_: Any) -> Any:
    raise NotImplementedError("write this")


def broken(X: Any, params: Any, hidden: Any, output: Any) -> Any:
    return X @ params["W9999"]


def without_input(X: Any, params: Any, hidden: Any, output: Any) -> Any:
    A, cache = run(X, params, hidden, output)
    return A, {"A": cache["A"][1:], "Z": cache["Z"]}


@pytest.mark.parametrize(
    ("forward_pass", "said"),
    [
        (stub, "not written yet"),
        (broken, "raises KeyError: 'W9999'."),
        (without_input, "The cache holds 20 signals for 20 layers."),
        (lambda X, params, hidden, output: None, "raises TypeError"),
    ],
)
def test_a_forward_pass_that_gives_no_numbers_is_told(
    forward_pass: Any, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = widgets.signal_explorer(forward_pass, FUNCTIONS)
    assert said in explorer.alt
    assert shown(explorer)
    assert "Not yet." in explorer.lines[-1]
    assert capfd.readouterr() == ("", "")


def test_the_seed_is_part_of_the_command() -> None:
    explorer = widgets.signal_explorer(run, FUNCTIONS, seed=2)
    again = eval(explorer.command, dict(NAMES))
    assert again.frame() == explorer.frame() != widgets.signal_explorer(run, FUNCTIONS).frame()
    assert "seed" not in widgets.signal_explorer(run, FUNCTIONS).command
