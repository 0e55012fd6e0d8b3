"""The explorer for notebook 03: the shape and the slope of a loss, at a residual or logit that a slider moves.

It shows the losses that the student has written, handed in as `{"MSE": Loss(mse, mse_grad), ...}`; no formula of
any loss is here. A loss that is not written yet, or fails, is said to be so, and the rest works.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore.experiments.losses import Loss
from nbcore.plots import NEUTRAL, series
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target, over_functions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

LIMIT = 10.0
GRID = np.linspace(-LIMIT, LIMIT, 201)  # in steps of the slider
LOSS_LIMITS, SLOPE_LIMITS = (-0.4, 10.5), (-2.3, 2.3)
WANTED_PULL = 1.6
FAR_OUT = 8.0
RATIO = 1000.0


@dataclass(frozen=True)
class Point:
    """Loss and slope on `GRID` for every loss of the chosen one's axis, and at one point; NaN for no number."""

    names: tuple[str, ...]  # of the losses over the same axis, in the order of the dictionary
    name: str
    axis: str  # "residual" or "logit"
    x: float
    delta: float
    values: FloatArray  # (n_names, 201)
    slopes: FloatArray  # (n_names, 201)
    value_at_x: FloatArray  # (n_names,)
    slope_at_x: FloatArray  # (n_names,)
    uses_delta: bool
    trouble: str  # why numbers of the chosen loss are missing, or ""

    @property
    def chosen(self) -> int:
        return self.names.index(self.name)


Curve = tuple[FloatArray, FloatArray, str]


class Curves:
    """The losses as arrays; a curve is computed once for each delta, so that a move of the point costs one call."""

    def __init__(self, losses: Mapping[str, Loss]) -> None:
        self.losses = dict(losses)
        self.on_grid = lru_cache(maxsize=64)(lambda name, delta: evaluate(self.losses[name], GRID, delta))

    def simulate(self, *, name: str, x: float, delta: float) -> Point:
        """The chosen loss and its neighbours on the same axis; `delta` goes to those that take it."""
        axis = self.losses[name].axis
        names = tuple(other for other, loss in self.losses.items() if loss.axis == axis)
        takes = {other: takes_delta(self.losses[other]) for other in names}
        curves = [self.on_grid(other, delta if takes[other] else None) for other in names]
        points = [evaluate(self.losses[other], np.array([x]), delta if takes[other] else None) for other in names]
        return Point(
            names=names,
            name=name,
            axis=axis,
            x=x,
            delta=delta,
            values=np.array([value for value, _, _ in curves]),
            slopes=np.array([slope for _, slope, _ in curves]),
            value_at_x=np.array([value[0] for value, _, _ in points]),
            slope_at_x=np.array([slope[0] for _, slope, _ in points]),
            uses_delta=takes[name],
            trouble=curves[names.index(name)][2],
        )


@dataclass(frozen=True)
class LossScene:
    """Left the loss with its tangent, right the slope; the chosen loss is thick, those on the same axis are thin."""

    axes: Mapping[str, str]  # loss -> "residual" or "logit"

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        left.set(title="Loss and tangent", ylabel="loss of one example", ylim=LOSS_LIMITS)
        right.set(title="Slope", ylabel="slope of the loss", ylim=SLOPE_LIMITS)
        artists: Artists = {}
        for kind, ax in (("value", left), ("slope", right)):
            ax.set(xlabel="residual, or logit for label 1", xlim=(-1.04 * LIMIT, 1.04 * LIMIT))
            ax.xaxis.label.set_alpha(0)  # keeps its room; `update` writes it
            artists[f"{kind} axis"] = ax.xaxis.label
            ax.axhline(0, color=NEUTRAL, linewidth=1)
            ax.axvline(0, color=NEUTRAL, linewidth=1)
            for i, name in enumerate(self.axes):
                look = series(i) | {"markevery": (5 + 9 * i, 45), "markersize": 7}
                artists[f"{kind} {name}"] = ax.plot([], [], label=name, **look)[0]
            artists[f"{kind} point"] = ax.plot([], [], color="black", marker="o", markersize=9, linestyle="")[0]
        artists["tangent"] = left.plot([], [], color="black", linewidth=1.5)[0]
        artists["stem"] = right.plot([], [], color="black", linewidth=1.5)[0]
        artists["name"] = right.text(0.03, 0.92, "", transform=right.transAxes, weight="bold")
        for axis in dict.fromkeys(self.axes.values()):
            lines = [artists[f"value {name}"] for name in self.axes if self.axes[name] == axis]
            legend = fig.legend(handles=lines, loc="outside right upper", frameon=False)
            for i, part in enumerate([*filter(None, legend.legend_handles), *legend.get_texts()]):
                part.set_alpha(0)
                artists[f"legend {axis} {i}"] = part  # as its parts, which are drawn in a third of the time
        return artists

    def update(self, artists: Artists, arrays: Point) -> None:
        lines: dict[str, Any] = artists
        for kind, curves in (("value", arrays.values), ("slope", arrays.slopes)):
            lines[f"{kind} axis"].set(text="logit, label 1" if arrays.axis == "logit" else "residual", alpha=1)
            for name in self.axes:
                line = lines[f"{kind} {name}"]
                shown = name in arrays.names
                line.set_data(*((GRID, curves[arrays.names.index(name)]) if shown else ([], [])))
                line.set_linewidth(3.5 if name == arrays.name else 1.2)
        for key, part in lines.items():
            if key.startswith("legend "):
                part.set(alpha=1, visible=key.split()[1] == arrays.axis)
        value, slope = arrays.value_at_x[arrays.chosen], arrays.slope_at_x[arrays.chosen]
        reach = np.array([-2.0, 2.0]) / np.hypot(1, slope)
        lines["value point"].set_data([arrays.x], [value])
        lines["slope point"].set_data([arrays.x], [slope])
        lines["tangent"].set_data(arrays.x + reach, value + slope * reach)
        lines["stem"].set_data([arrays.x, arrays.x], [0, slope])
        lines["name"].set_text(shorten(f"{arrays.name}: {arrays.trouble}", 30) if arrays.trouble else arrays.name)


def describe(arrays: Point) -> list[str]:
    """Loss and slope at the point, and the slopes of the other losses there."""
    where = f"{'logit' if arrays.axis == 'logit' else 'residual'} {arrays.x:g}"
    with_delta = f", delta {arrays.delta:g}" if arrays.uses_delta else ""
    if arrays.trouble:
        first = f"{arrays.name} at {where}: {arrays.trouble}"
    else:
        value, slope = arrays.value_at_x[arrays.chosen], arrays.slope_at_x[arrays.chosen]
        first = f"{arrays.name}{with_delta} at {where}: loss {value:.4g}, slope {slope:.4g}."
    others = [
        f"{name} {slope:.4g}"
        for name, slope in zip(arrays.names, arrays.slope_at_x, strict=True)
        if name != arrays.name and np.isfinite(slope)
    ]
    return [first, f"Slopes of the others there: {', '.join(others)}." if others else ""]


def target(arrays: Point) -> Target:
    """For a loss with delta a cap on the pull of an outlier; for a loss on a logit a ratio of slopes."""
    slope = float(arrays.slope_at_x[arrays.chosen])
    if arrays.axis == "logit":
        goal = f"find the wrong logit nearest to 0 at which one loss pulls {RATIO:g} times as hard as another."
        if arrays.x >= 0:
            return Target(goal, False, "The label is 1: is this logit wrong?")
        nearer = arrays.slopes[:, int(np.abs(GRID - arrays.x).argmin()) + 1]
        return Target(goal, _apart(arrays.slope_at_x) and not _apart(nearer))
    goal = f"choose a loss and its delta so that a residual of {FAR_OUT:g} or more pulls exactly with {WANTED_PULL:g}."
    if not arrays.uses_delta:
        return Target(goal, False, "Choose a loss with a delta.")
    if arrays.x < FAR_OUT:
        return Target(goal, False, "Move the residual further out.")
    return Target(goal, bool(abs(slope - WANTED_PULL) < 1e-6))


def _apart(slopes: FloatArray) -> bool:
    """Whether one of the losses pulls `RATIO` times as hard as another."""
    pulls = np.abs(slopes[np.isfinite(slopes)])
    return bool(pulls.size > 1 and pulls.max() >= RATIO * pulls.min() > 0)


@over_functions
def loss_explorer(
    losses: Mapping[str, Loss], *, name: str | None = None, x: float = 2.0, delta: float = 1.0
) -> Explorer:
    """A loss and its slope at a residual or logit that a slider moves, beside the other losses on the same axis.

    Args:
        losses: `{name: Loss}`; those whose functions have an argument `delta` get the slider's value.
        name: the one to show first; the first of `losses` unless given.
        x: residual of an example, or logit of an example with label 1, -10 to 10.
        delta: where the line of Huber's loss begins, 0.1 to 5.

    Raises:
        ValueError: `losses` is empty or lacks `name`.
    """
    if not losses:
        raise ValueError("losses is empty; give it as {'MSE': Loss(mse, mse_grad), ...}")
    names = tuple(losses)
    return Explorer(
        call="widgets.loss_explorer(losses",
        controls=[
            Choice("name", "Loss", names, "Which loss to show; its line is the thick one."),
            Slider("x", "Residual or logit", -LIMIT, LIMIT, 0.1, "Where the tangent touches the loss."),
            Slider("delta", "Delta", 0.1, 5.0, 0.1, "For losses with an argument delta: where the line begins."),
        ],
        values={"name": names[0] if name is None else name, "x": x, "delta": delta},
        scene=LossScene({name: loss.axis for name, loss in losses.items()}),
        simulate=Curves(losses).simulate,
        describe=describe,
        stills=[{"x": -8.0}, {"x": 0.5}, {"x": 8.0}],
        target=target,
        enabled=lambda arrays: {"delta": arrays.uses_delta},
    )


# The student's code ---------------------------------------------------------------------------------------------------


def evaluate(loss: Loss, x: FloatArray, delta: float | None) -> Curve:
    """Loss and slope of one example at each prediction in `x`, and what went wrong: then the numbers are NaN.

    The target is 0 for a residual and 1 for a logit. Whatever the student's code raises is for the readout: an
    exception in a widget's callback would be seen by nobody.
    """
    value, trouble = _numbers(loss.value, loss.axis, x, delta, "the loss")
    slope, more = _numbers(loss.gradient, loss.axis, x, delta, "the gradient")
    return value, slope, " ".join(dict.fromkeys(filter(None, [trouble, more])))


def _numbers(
    function: Callable[..., Any], axis: str, x: FloatArray, delta: float | None, what: str
) -> tuple[FloatArray, str]:
    name = getattr(function, "__name__", what)
    keywords = {} if delta is None or not _takes_delta(function) else {"delta": delta}
    numbers = np.full(x.shape, np.nan)
    try:
        with np.errstate(all="ignore"):
            for i, point in enumerate(x):
                answer = function(np.full((1, 1), float(axis == "logit")), np.full((1, 1), point), **keywords)
                if answer is None:
                    return np.full(x.shape, np.nan), f"{name} gives None: a return is missing."
                if np.size(answer) != 1:
                    return np.full(x.shape, np.nan), f"{name} gives shape {np.shape(answer)} for one example."
                numbers[i] = np.asarray(answer, dtype=np.float64).item()
    except NotImplementedError:
        return np.full(x.shape, np.nan), f"{name} is not written yet."
    except Exception as error:
        return np.full(x.shape, np.nan), f"{name} raises {type(error).__name__}: {error}."
    return numbers, ""


def takes_delta(loss: Loss) -> bool:
    """Whether the loss or its gradient has an argument `delta`."""
    return _takes_delta(loss.value) or _takes_delta(loss.gradient)


def _takes_delta(function: Callable[..., Any]) -> bool:
    try:
        return "delta" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # Python cannot tell, as for some compiled functions
        return False
