"""Two explorers for notebook 01: one activation function and its slope, and what a stack of slopes does to a gradient.

Both show the functions that the student has written, handed in as `{"tanh": (tanh, tanh_prime), ...}`; no formula of
any activation is here. A function that is not written yet, or fails, is said to be so, and the rest works.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore.experiments.activations import normal, takes_alpha
from nbcore.plots import NEUTRAL, PALETTE, series
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target, over_functions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Pair = tuple[Callable[..., Any], Callable[..., Any]]
Functions = Mapping[str, Pair]

Z_LIMIT = 6.0
GRID = np.linspace(-Z_LIMIT, Z_LIMIT, 601)  # holds 0, where the kinks are
NOT_WRITTEN = "not written yet"


# One activation ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """An activation and its derivative on `GRID`, and at one point; NaN where the student's code gives no number."""

    name: str
    z: float
    value: FloatArray  # (601,)
    slope: FloatArray  # (601,)
    value_at_z: float
    slope_at_z: float
    measured: tuple[float, float]  # slopes of the function itself just left and right of z
    uses_alpha: bool
    trouble: str  # why numbers are missing, or ""

    @property
    def kinked(self) -> bool:
        left, right = self.measured
        return abs(right - left) > 1e-3


@np.errstate(all="ignore")  # a wrong function may be huge
def simulate_activation(functions: Functions, *, name: str, z: float, alpha: float) -> Curve:
    """The function `name` and its derivative on `GRID` and at `z`, as the student's code gives them."""
    function, derivative = functions[name]
    h = 1e-6
    near = np.array([z - h, z, z + h])
    value, trouble_f = evaluate(function, np.concatenate([GRID, near]), alpha)
    slope, trouble_d = evaluate(derivative, np.concatenate([GRID, near]), alpha)
    left, at_z, right = value[-3:]
    return Curve(
        name=name,
        z=z,
        value=value[:-3],
        slope=slope[:-3],
        value_at_z=float(at_z),
        slope_at_z=float(slope[-2]),
        measured=(float((at_z - left) / h), float((right - at_z) / h)),
        uses_alpha=takes_alpha(function) or takes_alpha(derivative),
        trouble=" ".join(dict.fromkeys(filter(None, [trouble_f, trouble_d]))),
    )


class ActivationScene:
    """Left the function with its tangent at z, right the derivative with the same z marked."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        left.set(title="Function and tangent", xlabel="z", ylabel="f(z)", ylim=(-1.6, 3.6))
        right.set(title="Slope", xlabel="z", ylabel="f'(z)", ylim=(-0.25, 1.35))
        for ax in (left, right):
            ax.set_xlim(-1.04 * Z_LIMIT, 1.04 * Z_LIMIT)
            ax.axhline(0, color=NEUTRAL, linewidth=1)
            ax.axvline(0, color=NEUTRAL, linewidth=1)
        artists = {
            "value": left.plot([], [], color=PALETTE[0], linewidth=2.5, label="f(z)")[0],
            "tangent": left.plot([], [], color=PALETTE[1], linestyle="--", label="tangent of slope f'(z)")[0],
            "point": left.plot([], [], color=PALETTE[1], marker="o", markersize=9, linestyle="")[0],
            "slope": right.plot([], [], color=PALETTE[2], linestyle="-", linewidth=2.5)[0],
            "slope_at_z": right.plot([], [], color=PALETTE[1], marker="o", markersize=9, linestyle="")[0],
            "stem": right.plot([], [], color=PALETTE[1], linestyle="--")[0],
            "name": left.text(0.98, 0.05, "", transform=left.transAxes, ha="right", weight="bold"),
        }
        left.legend(loc="upper left")
        return artists

    def update(self, artists: Artists, arrays: Curve) -> None:
        z = arrays.z
        reach = np.array([-2.0, 2.0]) / np.hypot(1, arrays.slope_at_z)  # as long when steep as when flat
        if arrays.kinked:
            reach = reach[:0]  # a kink has no tangent
        lines: dict[str, Any] = artists
        lines["value"].set_data(GRID, arrays.value)
        lines["tangent"].set_data(z + reach, arrays.value_at_z + arrays.slope_at_z * reach)
        lines["point"].set_data([z], [arrays.value_at_z])
        lines["slope"].set_data(*_broken_at_jumps(GRID, arrays.slope))
        lines["slope_at_z"].set_data([z], [arrays.slope_at_z])
        lines["stem"].set_data([z, z], [0, arrays.slope_at_z])
        lines["name"].set_text(shorten(f"{arrays.name}: {arrays.trouble}", 38) if arrays.trouble else arrays.name)


def _broken_at_jumps(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The curve with a gap where `y` jumps between two neighbours, which a line would draw as if it were steep."""
    step = np.abs(np.diff(y, prepend=y[:1], append=y[-1:]))  # step[i] leads from i - 1 to i
    beside = np.maximum(np.roll(step, 1), np.roll(step, -1))
    jumps = np.flatnonzero(step > 0.02 + 5 * beside)
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)


def describe_activation(arrays: Curve) -> list[str]:
    """The numbers at z; the slope measured on the function stands beside the derivative, as they have to agree."""
    at = f"{arrays.name} at z = {arrays.z:g}"
    if not np.isfinite(arrays.value_at_z):
        return [f"{at}: {arrays.trouble or f'f(z) = {arrays.value_at_z}, which is no finite number.'}", ""]
    left, right = arrays.measured
    measured = (
        f"{left:.3f} on the left and {right:.3f} on the right: a kink" if arrays.kinked else f"{(left + right) / 2:.4f}"
    )
    slope = arrays.trouble if np.isnan(arrays.slope_at_z) else f"f'(z) = {arrays.slope_at_z:.4f}."
    return [f"{at}: f(z) = {arrays.value_at_z:.4f}, {slope}", f"Slope measured on the function: {measured}."]


@over_functions
def activation_explorer(
    functions: Functions, *, name: str | None = None, z: float = 0.0, alpha: float = 0.01
) -> Explorer:
    """A function, its derivative, and the tangent at a point that a slider moves.

    Args:
        functions: `{name: (function, derivative)}`, elementwise; those with an argument `alpha` get the slider's value.
        name: the one to show first; the first of `functions` unless given.
        z: the point, -6 to 6.
        alpha: slope on the negative side, 0 to 0.9, for the functions that take it.

    Raises:
        ValueError: `functions` is empty or lacks `name`.
    """
    names = _names(functions)
    return Explorer(
        call="widgets.activation_explorer(functions",
        controls=[
            Choice("name", "Activation", names, "Which function to show."),
            Slider("z", "Point z", -Z_LIMIT, Z_LIMIT, 0.1, "Where the tangent touches the function."),
            Slider("alpha", "Negative slope alpha", 0.0, 0.9, 0.01, "For functions with an argument alpha."),
        ],
        values={"name": names[0] if name is None else name, "z": z, "alpha": alpha},
        scene=ActivationScene(),
        simulate=lambda **values: simulate_activation(functions, **values),
        describe=describe_activation,
        stills=[{"z": -2.0}, {"z": 0.0}, {"z": 2.0}],
        enabled=lambda arrays: {"alpha": arrays.uses_alpha},
    )


# A stack of them -----------------------------------------------------------------------------------------------------

MAX_DEPTH = 30
THRESHOLD, THRESHOLD_TEXT = 1e-6, "1e-6"
DEPTH_LIMITS = (1e-36, 1e3)


@dataclass(frozen=True)
class Stack:
    """Products of derivatives through 0 to `MAX_DEPTH` layers, one row per activation; NaN where there is none."""

    names: tuple[str, ...]
    name: str
    depth: int
    std: float
    largest: FloatArray  # (k,) largest derivative on GRID
    best: FloatArray  # (k, 31) products if every layer had the largest derivative
    typical: FloatArray  # (k, 31) products of root mean square derivatives
    troubles: tuple[str, ...]


@np.errstate(all="ignore")  # a wrong derivative may be huge
def simulate_depth(functions: Functions, *, name: str, depth: int, std: float) -> Stack:
    """What is left of a gradient after each layer of a stack, looking at the activations alone.

    The best case takes the largest derivative in every layer. The typical case takes the root mean square of the
    derivatives for normal pre-activations of deviation `std`: by this factor the length of a gradient shrinks.
    """
    points = np.concatenate([GRID, std * normal()])
    largest, typical, troubles = [], [], []
    for _, derivative in functions.values():
        slope, trouble = evaluate(derivative, points, None)
        largest.append(slope[: GRID.size].max())
        typical.append(np.sqrt(np.mean(slope[GRID.size :] ** 2)))
        troubles.append(trouble)
    layers = np.arange(MAX_DEPTH + 1.0)
    return Stack(
        names=tuple(functions),
        name=name,
        depth=depth,
        std=std,
        largest=np.array(largest),
        best=np.power(np.array(largest)[:, None], layers),
        typical=np.power(np.array(typical)[:, None], layers),
        troubles=tuple(troubles),
    )


@dataclass(frozen=True)
class DepthScene:
    """Products against depth on a log axis, left the best case, right the typical one, drawn up to the depth chosen."""

    names: tuple[str, ...]

    def setup(self, fig: "Figure") -> Artists:
        axes = fig.subplots(1, 2, sharey=True)
        artists: Artists = {}
        for ax, kind, title in zip(axes, ("best", "typical"), ("Best case", "Typical case"), strict=True):
            ax.set(title=title, xlabel="layers", yscale="log", xlim=(-0.5, MAX_DEPTH + 0.5), ylim=DEPTH_LIMITS)
            ax.set_xticks(range(0, MAX_DEPTH + 1, 5))
            ax.set_yticks([1, 1e-10, 1e-20, 1e-30], minor=False)
            ax.minorticks_off()
            ax.axhline(THRESHOLD, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
            for i, name in enumerate(self.names):
                look = series(i) | {"markevery": (i, len(self.names)), "markersize": 7}
                artists[f"{kind} {name}"] = ax.plot([], [], label=name, **look)[0]
            artists[f"{kind} depth"] = ax.plot([], [], color=NEUTRAL, linewidth=1)[0]
        axes[0].set_ylabel("product of slopes")
        axes[0].text(MAX_DEPTH, THRESHOLD * 20, "$10^{-6}$", ha="right", color=NEUTRAL, size=11)
        fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
        return artists

    def update(self, artists: Artists, arrays: Stack) -> None:
        layers = np.arange(arrays.depth + 1)
        lines: dict[str, Any] = artists
        for kind, products in (("best", arrays.best), ("typical", arrays.typical)):
            for name, row in zip(arrays.names, products, strict=True):
                line = lines[f"{kind} {name}"]
                line.set_data(layers, row[: arrays.depth + 1])
                line.set_linewidth(3.0 if name == arrays.name else 1.5)
            lines[f"{kind} depth"].set_data([arrays.depth] * 2, DEPTH_LIMITS)


def describe_depth(arrays: Stack) -> list[str]:
    """What is left at the chosen depth, for each activation."""
    lines = [f"Product of slopes at depth {arrays.depth}, pre-activations of standard deviation {arrays.std:g}:"]
    for i, name in enumerate(arrays.names):
        if arrays.troubles[i]:
            lines.append(f"{name}: {arrays.troubles[i]}")
        else:
            best, typical = arrays.best[i, arrays.depth], arrays.typical[i, arrays.depth]
            if not np.isfinite(arrays.largest[i]):
                lines.append(f"{name}: the derivative gives {arrays.largest[i]}, which is no finite number.")
                continue
            lines.append(f"{name}: largest slope {arrays.largest[i]:.3f}; best {best:.2g}, typical {typical:.2g}.")
    return lines


def depth_target(arrays: Stack) -> Target:
    """The smallest depth at which the best case of the chosen activation is below the threshold."""
    row = arrays.best[arrays.names.index(arrays.name)]
    goal = f"find the smallest depth at which even the best case of {arrays.name} is below {THRESHOLD_TEXT}."
    reached = bool(row[arrays.depth] < THRESHOLD <= row[arrays.depth - 1])
    if row[MAX_DEPTH] >= THRESHOLD:
        note = f"the best case of {arrays.name} is not below {THRESHOLD_TEXT} even at {MAX_DEPTH} layers."
        return Target(goal, False, f"{note} Choose another activation.", possible=False)
    if row[arrays.depth] < THRESHOLD and not reached:
        return Target(goal, False, "Below, but not at the smallest depth.")
    return Target(goal, reached)


@over_functions
def depth_explorer(functions: Functions, *, name: str | None = None, depth: int = 5, std: float = 1.0) -> Explorer:
    """What a stack of layers leaves of a gradient, for several activations at once, with a depth to find.

    Args:
        functions: `{name: (function, derivative)}`, elementwise; only the derivatives are called, with their defaults.
        name: the activation of the target; "sigmoid" if there, else the first one, unless given.
        depth: number of layers, 1 to 30.
        std: standard deviation of the pre-activations, 0.1 to 10.

    Raises:
        ValueError: `functions` is empty or lacks `name`.
    """
    names = _names(functions)
    first = "sigmoid" if "sigmoid" in names else names[0]
    return Explorer(
        call="widgets.depth_explorer(functions",
        controls=[
            Choice("name", "Activation", names, "Which activation the target is about; its line is the thick one."),
            Slider("depth", "Layers", 1, MAX_DEPTH, 1, "How many layers the gradient passes.", integer=True),
            Slider("std", "Std of z", 0.1, 10.0, 0.05, "Standard deviation of the pre-activations.", log=True),
        ],
        values={"name": first if name is None else name, "depth": depth, "std": std},
        scene=DepthScene(names),
        simulate=lambda **values: simulate_depth(functions, **values),
        describe=describe_depth,
        stills=[{"depth": 5}, {"depth": 10}, {"depth": MAX_DEPTH}],
        target=depth_target,
    )


# The student's code ---------------------------------------------------------------------------------------------------


def evaluate(function: Callable[..., Any], z: FloatArray, alpha: float | None) -> tuple[FloatArray, str]:
    """`function(z)` with `alpha` if it takes one, and what went wrong: then the numbers are NaN.

    Whatever the student's code raises is for the readout: an exception in a widget's callback would be seen by nobody.
    """
    name = getattr(function, "__name__", "the function")
    keywords = {"alpha": alpha} if alpha is not None and takes_alpha(function) else {}
    try:
        with np.errstate(all="ignore"):
            answer = function(z.copy(), **keywords)
            result = np.asarray(answer, dtype=np.float64)
    except NotImplementedError:
        return np.full_like(z, np.nan), f"{name} is {NOT_WRITTEN}."
    except Exception as error:
        return np.full_like(z, np.nan), f"{name} raises {type(error).__name__}: {error}."
    if answer is None:
        return np.full_like(z, np.nan), f"{name} gives None: a return is missing."
    if result.shape != z.shape:
        return np.full_like(z, np.nan), f"{name} gives shape {result.shape} for an input of shape {z.shape}."
    return result, ""


def _names(functions: Functions) -> tuple[str, ...]:
    if not functions:
        raise ValueError("functions is empty; give it as {'tanh': (tanh, tanh_prime), ...}")
    return tuple(functions)
