"""The loss explorer: each control moves picture and words, targets can be reached, and broken code is named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nbcore import widgets
from nbcore.experiments.losses import MAE, Loss
from nbcore.widgets import losses
from nbcore.widgets._explorer import Explorer


def bowl(y: Any, y_hat: Any) -> float:
    return float(np.sum((y_hat - y) ** 2) / 2)


def bowl_slope(y: Any, y_hat: Any) -> Any:
    return y_hat - y


def bent(y: Any, y_hat: Any, delta: float = 1.0) -> float:
    r = np.minimum(np.abs(y_hat - y), delta)
    return float(np.sum(r * (np.abs(y_hat - y) - r / 2)))


def bent_slope(y: Any, y_hat: Any, delta: float = 1.0) -> Any:
    return np.clip(y_hat - y, -delta, delta)


def steep(y: Any, z: Any) -> float:
    return float(np.sum(np.logaddexp(0, z) - y * z))


def steep_slope(y: Any, z: Any) -> Any:
    return 1 / (1 + np.exp(-z)) - y


def flat(y: Any, z: Any) -> float:
    return float(np.sum((1 / (1 + np.exp(-z)) - y) ** 2) / 2)


def flat_slope(y: Any, z: Any) -> Any:
    p = 1 / (1 + np.exp(-z))
    return (p - y) * p * (1 - p)


def stub(y: Any, y_hat: Any) -> float:
    raise NotImplementedError("write this")


LOSSES = {
    "steep": Loss(steep, steep_slope, "logit"),
    "flat": Loss(flat, flat_slope, "logit"),
    "bowl": Loss(bowl, bowl_slope),
    "bent": Loss(bent, bent_slope),
    "MAE": MAE,
}


def make(**values: Any) -> Explorer:
    return widgets.loss_explorer(LOSSES, **values)


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


MOVES = [({}, "x", -3.0), ({}, "name", "bowl"), ({"name": "bent"}, "delta", 2.0)]


@pytest.mark.parametrize(("start", "control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    start: dict[str, Any], control: str, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = make(**start)
    before, alt, first = shown(explorer), explorer.alt, explorer.values[control]
    explorer._panel.controls[control].value = value  # type: ignore[union-attr]
    assert shown(explorer) != before
    assert explorer.alt != alt
    assert f"{control}={value!r}" in explorer.command
    again = eval(explorer.command, {"widgets": widgets, "losses": LOSSES})
    assert again.frame() == explorer.frame()
    explorer.set(**{control: first})
    assert shown(explorer) == before
    assert capfd.readouterr() == ("", "")


def test_axes_stay_where_they_are_whatever_moves() -> None:
    explorer = make()
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for name in LOSSES:
        explorer.set(name=name, x=7.0, delta=4.0)
        explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in axes)


def test_the_simulation_gives_the_students_numbers() -> None:
    point = make(name="bent", x=5.0, delta=2.0).arrays
    assert point.names == ("bowl", "bent", "MAE")
    assert point.value_at_x.tolist() == [12.5, 8.0, 5.0]
    assert point.slope_at_x.tolist() == [5.0, 2.0, 1.0]
    np.testing.assert_allclose(point.slopes[1], np.clip(losses.GRID, -2, 2))
    logit = make(x=-8.0).arrays
    assert (logit.axis, logit.names) == ("logit", ("steep", "flat"))
    assert logit.value_at_x[0] == pytest.approx(8.0, abs=1e-3)


def test_the_words_hold_the_numbers() -> None:
    explorer = make(x=-8.0)
    assert explorer.lines[0] == "steep at logit -8: loss 8, slope -0.9997."
    assert explorer.lines[1] == "Slopes of the others there: flat -0.0003351."
    assert make(name="bent", x=5.0, delta=2.0).lines[0] == "bent, delta 2 at residual 5: loss 8, slope 2."


def test_only_the_losses_on_the_same_axis_are_drawn() -> None:
    explorer = make(name="bowl")
    explorer.frame()
    drawn = {name for name in LOSSES if len(explorer._drawn().artists[f"value {name}"].get_xdata())}
    assert drawn == {"bowl", "bent", "MAE"}
    widths = {name: explorer._drawn().artists[f"slope {name}"].get_linewidth() for name in drawn}
    assert max(widths, key=lambda name: widths[name]) == "bowl"


def test_delta_is_off_for_losses_that_do_not_take_it() -> None:
    explorer = make()
    explorer.widget  # noqa: B018
    assert explorer._panel.controls["delta"].disabled  # type: ignore[union-attr]
    explorer.set(name="bent")
    assert not explorer._panel.controls["delta"].disabled  # type: ignore[union-attr]
    assert not losses._takes_delta(np.maximum.reduce)


def test_legend_and_axis_name_what_is_drawn() -> None:
    explorer = make()
    for name, axis, entries in [
        ("steep", "logit, label 1", ["steep", "flat"]), ("bowl", "residual", ["bowl", "bent", "MAE"])
    ]:  # fmt: skip
        explorer.set(name=name)
        fig = explorer.picture().fig
        texts = [text for legend in fig.legends for text in legend.get_texts()]
        assert [text.get_text() for text in texts if text.get_visible()] == entries
        assert [ax.get_xlabel() for ax in fig.axes] == [axis, axis]


def test_the_target_lies_where_the_slope_of_the_sigmoid_is_a_thousandth() -> None:
    p = 1 / (1 + np.exp(-losses.GRID))
    at = losses.GRID[(losses.GRID < 0) & (1 / (p * (1 - p)) >= losses.RATIO)].max()
    assert at == pytest.approx(-7.0)


@pytest.mark.parametrize(
    ("values", "reached", "note"),
    [
        ({"x": 8.0}, False, "wrong"),
        ({"x": -6.0}, False, ""),
        ({"x": -6.8}, False, ""),
        ({"x": -6.9}, False, ""),
        ({"x": -7.0}, True, ""),
        ({"x": -8.0}, False, ""),
        ({"name": "bent", "x": 5.0, "delta": 1.6}, False, "further out"),
        ({"name": "bent", "x": 8.0, "delta": 1.6}, True, ""),
        ({"name": "bent", "x": 9.0, "delta": 1.7}, False, ""),
        ({"name": "bowl", "x": 9.0}, False, "Choose a loss with a delta"),
    ],
)
def test_the_targets_can_be_reached_and_missed(values: dict[str, Any], reached: bool, note: str) -> None:
    explorer = make(**values)
    target = losses.target(explorer.arrays)
    assert target.reached is reached
    assert note in target.note
    assert ("Reached." if reached else "Not yet.") in explorer.lines[-1]


def nothing(y: Any, y_hat: Any) -> None:
    return None


def table(y: Any, y_hat: Any) -> Any:
    return np.zeros((2, 2))


def broken(y: Any, y_hat: Any) -> Any:
    return y.no_such_thing


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (stub, "stub is not written yet."),
        (nothing, "nothing gives None: a return is missing."),
        (table, "table gives shape (2, 2) for one example."),
        (broken, "broken raises AttributeError:"),
    ],
)
def test_code_that_gives_no_numbers_is_named_and_the_rest_works(
    function: Callable[..., Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for loss in (Loss(function, function), Loss(bowl, function), Loss(function, bowl_slope)):
        explorer = widgets.loss_explorer({"this": loss, "bowl": LOSSES["bowl"]})
        assert explorer.alt.count(said) == 1
        assert shown(explorer)
        explorer.set(name="bowl")
        assert "nan" not in explorer.alt
        assert shown(explorer)
    assert capfd.readouterr() == ("", "")


def test_a_huge_wrong_loss_warns_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    huge = Loss(lambda y, z: float(np.exp(1000 + z)[0, 0]), lambda y, z: 1e300 * z * z * 1e10)
    assert shown(widgets.loss_explorer({"huge": huge}, x=5.0))
    assert capfd.readouterr() == ("", "")


def test_an_empty_dict_an_unknown_name_and_an_unknown_control_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        widgets.loss_explorer({})
    with pytest.raises(ValueError, match="must be one of"):
        make(name="no such")
    with pytest.raises(TypeError, match="no control named y"):
        make().set(y=1)


def test_the_display_holds_three_still_pictures_with_alt_text() -> None:
    import re

    bundle = make()._repr_mimebundle_()
    assert len(set(re.findall(r'<img alt="([^"]+)"', bundle["text/html"]))) == 3


def test_a_move_of_the_point_calls_each_loss_once() -> None:
    calls = []

    def counted(y: Any, y_hat: Any) -> float:
        calls.append(1)
        return bowl(y, y_hat)

    explorer = widgets.loss_explorer({"counted": Loss(counted, bowl_slope)})
    calls.clear()
    explorer.set(x=4.0)
    assert len(calls) == 1


def test_only_widget_classes_of_ipywidgets_7_are_used() -> None:
    explorer = make()
    panel = explorer.widget and explorer._panel
    names = {type(widget).__name__ for widget in (panel.box, panel.screen.widget, panel.text, *panel.controls.values())}
    assert names <= {"VBox", "Image", "HTML", "Dropdown", "FloatSlider"}
