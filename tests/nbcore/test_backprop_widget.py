"""The step explorer: each control moves picture and words, its targets can be reached, and broken code is named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import solved

from nbcore import widgets
from nbcore.widgets import backprop
from nbcore.widgets._explorer import Explorer


def central(f: Callable[[Any], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    return np.array([(f(x + eps) - f(x - eps)) / (2 * eps)])


def one_sided(f: Callable[[Any], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    return np.array([(f(x + eps) - f(x)) / eps])


def stub(f: Callable[[Any], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    raise NotImplementedError("write this")


def make(**values: Any) -> Explorer:
    return widgets.step_explorer(central, **values)


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


MOVES = [("name", "1000 + exp(x)"), ("eps", 1e-6), ("eps", 1e-12)]


@pytest.mark.parametrize(("control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    control: str, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = make()
    before, alt, first = shown(explorer), explorer.alt, explorer.values[control]
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer.alt != alt
    again = eval(explorer.command, {"widgets": widgets, "numerical_gradient": central})
    assert again.frame() == explorer.frame()
    explorer.set(**{control: first})
    assert shown(explorer) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", backprop.EXAMPLES)
def test_the_target_can_be_reached_but_not_by_a_one_sided_difference(name: str) -> None:
    steps = [float(eps) for eps in backprop.STEPS]

    def reached(gradient: Callable[..., Any]) -> bool:
        views = (backprop.simulate_step(gradient, name=name, eps=eps, errors=np.zeros(53)) for eps in steps)
        return any(backprop.step_target(view).reached for view in views)

    assert reached(central)
    if name != "sin(x)":  # where a one-sided difference may be right by luck
        assert not reached(one_sided)


def test_the_curve_follows_the_theory_on_both_sides_of_its_minimum() -> None:
    view = backprop.simulate_step(central, name="exp(x)", eps=0.1)
    large = backprop.STEPS > 1e-3
    np.testing.assert_allclose(view.errors[large], view.truncation[large], rtol=0.3)
    small = backprop.STEPS < 1e-7
    assert np.median(np.log10(view.errors[small] / view.rounding[small])) == pytest.approx(0, abs=1)
    assert view.error == pytest.approx(0.1**2 / 6, rel=0.01)


@pytest.mark.parametrize("name", backprop.EXAMPLES)
def test_the_best_step_is_told_once_the_target_is_reached(name: str) -> None:
    example = backprop.EXAMPLES[name]
    fine = np.logspace(-13, 0, 5000)
    sums = fine**2 * abs(example.third) / 6 + backprop.ROUNDING * abs(example.value) / fine
    best = float(fine[sums.argmin()])
    assert backprop.describe_step(backprop.simulate_step(central, name=name, eps=0.5))[2] == ""
    said = backprop.describe_step(backprop.simulate_step(central, name=name, eps=best))[2]
    assert float(said.removesuffix(".").split()[-1]) == pytest.approx(best, rel=0.1)


def test_the_curve_is_drawn_down_to_the_step_that_is_shown() -> None:
    explorer = make(eps=1e-3)
    explorer.frame()
    eps, errors = explorer._drawn().artists["errors"].get_data()
    assert (eps[0], eps[1:].min() > 1e-3, eps[-1]) == (1e-3, True, 1.0)
    assert errors[0] == explorer.arrays.error


@pytest.mark.parametrize("example", backprop.EXAMPLES.values())
def test_the_derivatives_stored_are_right(example: backprop.Example) -> None:
    h = 1e-3
    f = example.function
    assert f(1.0) == pytest.approx(example.value)
    assert (f(1 + h) - f(1 - h)) / (2 * h) == pytest.approx(example.slope, rel=1e-5)
    third = (f(1 + 2 * h) - 2 * f(1 + h) + 2 * f(1 - h) - f(1 - 2 * h)) / (2 * h**3)
    assert third == pytest.approx(example.third, rel=1e-3)


def test_axes_stay_where_they_are_whatever_moves() -> None:
    explorer = make()
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for control, value in MOVES:
        explorer.set(**{control: value})
        explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before
    assert all(ax.get_xlabel() and ax.get_ylabel() and ax.get_legend() for ax in axes)


def broken(f: Any, x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    return x.no_such_thing


def nothing(f: Any, x: np.ndarray, eps: float = 1e-5) -> None:
    return None


def scalar(f: Any, x: np.ndarray, eps: float = 1e-5) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (stub, "not written yet."),
        (broken, "raises AttributeError:"),
        (nothing, "no finite array of shape (1,)"),
        (scalar, "no finite array of shape (1,)"),
    ],
)
def test_code_that_gives_no_numbers_is_named(
    function: Callable[..., Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = widgets.step_explorer(function)
    assert said in explorer.alt
    assert shown(explorer)
    assert capfd.readouterr() == ("", "")


def test_three_stills_with_alt_text() -> None:
    bundle = make()._repr_mimebundle_()
    assert bundle["text/html"].count("<img alt=") == 3
    assert "widgets.step_explorer(numerical_gradient" in bundle["text/plain"]


# The training player --------------------------------------------------------------------------------------------------


def walk(X: Any, params: Any, hidden: Any, output: Any) -> tuple[Any, Any]:
    """A stand-in for a forward pass: one unit whose line is turned by training."""
    return 1 / (1 + np.exp(-(X @ params["w"] + params["b"])))[:, None], None


def turn(X: Any, y: Any, params: Any, lr: float, epochs: int, hidden: Any, derivative: Any) -> list[float]:
    losses = []
    for _ in range(epochs):
        p, _ = walk(X, params, hidden, None)
        losses.append(float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))))
        params["w"] -= lr * ((p - y).T @ X)[0] / len(X)
        params["b"] -= lr * np.mean(p - y)
    return losses


def start(sizes: Any, rng: Any) -> dict[str, Any]:
    return {"w": rng.normal(size=2), "b": np.zeros(1)}


ACTIVATIONS = {"tanh": (np.tanh, np.cos), "relu": (np.abs, np.sign)}


def player(fit: Callable[..., Any] = turn, **values: Any) -> Explorer:
    return widgets.training_player(fit, walk, start, ACTIVATIONS, np.tanh, **values)


def test_of_three_activations_the_sigmoid_alone_misses_the_target_on_the_circles() -> None:
    course = solved.functions("04_backprop")
    pairs = {name: (course[name], course[f"{name}_prime"]) for name in ("tanh", "relu", "sigmoid")}
    parts = backprop.Parts(course["fit"], course["mlp_forward"], course["init_params"], pairs, course["sigmoid"])
    best = {name: backprop.train(parts, name, "circles", 0).accuracy.max() for name in pairs}
    assert best["sigmoid"] < backprop.GOAL <= min(best["tanh"], best["relu"])


@pytest.mark.parametrize(("control", "value"), [("epoch", 150), ("points", "circles")])
def test_each_control_of_the_player_moves_the_picture_the_words_and_the_command(control: str, value: Any) -> None:
    explorer = player(epoch=50)
    before, alt = shown(explorer), explorer.alt
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer.alt != alt
    assert f"{control}={value!r}" in explorer.command


def test_the_player_has_buttons_that_drive_the_epoch() -> None:
    explorer = player()
    buttons, *rest = explorer.widget.children
    play, step = buttons.children
    assert type(play).__name__ == "Play"
    assert (play.min, play.max, play.step) == (0, backprop.EPOCHS, backprop.EVERY)
    assert explorer._panel.controls["epoch"] in rest
    assert explorer.widget.children[0] is buttons  # asked for again, they are the same
    step.click()
    step.click()
    assert explorer.values["epoch"] == explorer._panel.controls["epoch"].value == 2 * backprop.EVERY
    explorer.set(epoch=backprop.EPOCHS)
    step.click()
    assert explorer.values["epoch"] == backprop.EPOCHS


def test_the_player_shows_the_losses_that_fit_gives() -> None:
    course = player().arrays.course
    assert np.isfinite(course.losses).all()
    assert course.losses[-1] < course.losses[0]
    X, y = course.X, course.y[:, None].astype(float)
    rng = np.random.default_rng(0)
    backprop.DATA["moons"](120, rng=rng)
    np.testing.assert_allclose(turn(X, y, start([], rng), backprop.LEARNING_RATE, 20, None, None), course.losses[:20])
    assert ((course.probability >= 0) & (course.probability <= 1)).all()


def test_the_border_lies_where_the_probability_is_one_half() -> None:
    explorer = player(epoch=300)
    explorer.frame()
    x, y = explorer._drawn().artists["border"].get_data()
    p = explorer.arrays.course.probability[-1]
    for px, py in zip(x[:-1], y[:-1], strict=True):
        i, j = np.abs(backprop.SIDE - py).argmin(), np.abs(backprop.SIDE - px).argmin()
        assert abs(p[i, j] - 0.5) < 0.2


def test_the_target_of_the_player_is_a_good_epoch_and_the_last_one_will_do() -> None:
    explorer = player(points="moons")
    accuracy = explorer.arrays.course.accuracy
    explorer.arrays.course.accuracy[:] = np.where(np.arange(accuracy.size) >= 7, 0.97, 0.6)
    reached = []
    for epoch in range(0, 100, backprop.EVERY):
        explorer.set(epoch=epoch)
        reached.append(backprop.training_target(explorer.arrays).reached)
    assert [i for i, yes in enumerate(reached) if yes] == list(range(7, len(reached)))
    explorer.set(epoch=0)
    assert "Reached." in explorer.alt  # once is enough


def test_a_network_that_never_gets_there_is_said_to_be_so() -> None:
    explorer = player()
    explorer.arrays.course.accuracy[:] = 0.5
    said = str(backprop.training_target(explorer.arrays))
    assert said.startswith("No target here: tanh on moons does not get to 95%")


def unwritten(*args: Any) -> Any:
    raise NotImplementedError


def failing(*args: Any) -> Any:
    raise ValueError("no")


def nothing_returned(*args: Any) -> None:
    turn(*args)


def one_loss(*args: Any) -> list[float]:
    return turn(*args)[:1]


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (unwritten, "not written yet"),
        (failing, "fit raises ValueError: no"),
        (nothing_returned, "fit gives None for 5 epochs"),
        (one_loss, "for 5 epochs, not one loss for each"),
    ],
)
def test_a_fit_that_does_not_work_is_named(
    fit: Callable[..., Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = player(fit)
    assert said in explorer.alt
    assert shown(explorer)
    assert capfd.readouterr() == ("", "")


def test_stills_and_picture_of_the_player_have_labels_and_alt_text() -> None:
    explorer = player()
    assert explorer._repr_mimebundle_()["text/html"].count("<img alt=") == 3
    picture = explorer.picture()
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in picture.fig.axes)
    assert picture.fig.legends
    assert [bool(ax.get_legend()) for ax in picture.fig.axes] == [False, True]  # a map that moves would cover a legend
