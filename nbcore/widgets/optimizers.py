"""Three explorers of optimizers: the learning rate on a surface, momentum, and the game of the largest rate by depth.

They walk with the optimizer classes that the student has written, handed in as `{"SGD": SGD, ...}`; no update rule is
here. A class that is not written yet, or fails, is said to be so, and the rest works.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore.experiments.optimizers import descend, rosenbrock, rosenbrock_gradient
from nbcore.plots import NEUTRAL, PALETTE, series
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target, _labelled, over_functions

if TYPE_CHECKING:  # matplotlib and ipywidgets are slow to load and wait for the first picture
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Maker = Callable[..., Any]
Optimizers = Mapping[str, Maker]

N_STEPS = 100
STEPS = np.arange(N_STEPS + 1)


# The student's code ---------------------------------------------------------------------------------------------------


def walk(
    make: Callable[[], Any], start: FloatArray, gradient: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, str]:
    """`N_STEPS` steps of the optimizer that `make` gives, and what went wrong: then the points are NaN.

    Points after a divergence are infinite. Whatever the student's code raises is for the readout: an exception in a
    widget's callback would be seen by nobody.
    """
    nothing = np.full((N_STEPS + 1, *start.shape), np.nan)
    try:
        path = descend(make(), start, gradient, N_STEPS)
    except NotImplementedError:
        return nothing, "is not written yet."
    except Exception as error:
        return nothing, f"raises {type(error).__name__}: {error}."
    return (path, "") if (path[1] != start).any() else (path, "has not moved: does step change the arrays in params?")


def momentum_argument(maker: Maker) -> str | None:
    """The constructor's argument that sets the momentum: `beta1` of Adam, `beta` of the momentum methods, or None."""
    try:
        names = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return None
    if "beta1" in names:
        return "beta1"
    return "beta" if "beta" in names and "eps" not in names else None


# The learning rate on a surface ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """A function of two variables with its minimum, a start, and the window in which it is drawn."""

    value: Callable[[FloatArray], FloatArray]  # of points (..., 2)
    gradient: Callable[[FloatArray], FloatArray]  # at one point
    start: FloatArray
    minimum: FloatArray
    window: tuple[float, float, float, float]  # x from, to, y from, to
    part: int  # the target asks for 1/part of the first value after 100 steps


BOWL = np.array([0.1, 1.0])
SURFACES = {
    "bowl": Surface(
        value=lambda x: np.asarray(np.sum(BOWL * x**2, axis=-1) / 2),
        gradient=lambda x: BOWL * x,
        start=np.array([2.0, 1.0]),
        minimum=np.zeros(2),
        window=(-2.6, 2.6, -1.7, 1.7),
        part=100_000,
    ),
    "rosenbrock": Surface(
        value=rosenbrock,
        gradient=rosenbrock_gradient,
        start=np.array([-1.2, 1.0]),
        minimum=np.ones(2),
        window=(-1.9, 1.9, -0.8, 2.2),
        part=100,
    ),
}
OWN, TOO_SMALL, DIVERGES = "own choice", "too small", "diverges"
RATE_LIMITS = (1e-5, 10.0)


@dataclass(frozen=True)
class RateWalk:
    """One optimizer at one rate on one surface."""

    name: str
    rate: float
    path: FloatArray  # (101, 2)
    values: FloatArray  # (101,)
    beta: float | None  # None for an optimizer without a momentum
    trouble: str
    preset: str = OWN

    @property
    def diverged(self) -> bool:
        """The last value is above the first, or is no number."""
        return not self.values[-1] <= self.values[0]


def simulate_rate(
    optimizers: Optimizers, surface: Surface, *, name: str, rate: float, beta: float, preset: str = OWN
) -> RateWalk:
    """100 steps of the optimizer `name` from the start of the surface; `beta` for those that have a momentum."""
    maker = optimizers[name]
    argument = momentum_argument(maker)
    settings = {argument: beta} if argument else {}
    path, trouble = walk(lambda: maker(rate, **settings), surface.start, surface.gradient)
    with np.errstate(all="ignore"):
        values = surface.value(path)
    return RateWalk(name, rate, path, values, beta if argument else None, trouble, preset)


def preset_rate(simulate: Callable[[float], RateWalk], preset: str) -> float:
    """A rate of the kind that the preset names, found by trying four rates a decade.

    "too small" is the largest rate below the best one at which more than half of the first value is left. "diverges" is
    the smallest rate above it that does, or the largest of all where none does. The rates between are the reader's.
    """
    rates = np.geomspace(*RATE_LIMITS, 25)
    walks = [simulate(float(rate)) for rate in rates]
    ends = np.array([w.values[-1] if np.isfinite(w.values[-1]) else np.inf for w in walks])
    best = int(ends.argmin())
    first = walks[0].values[0]
    if preset == TOO_SMALL:
        small = [i for i in range(best) if ends[i] > first / 2]
        best = small[-1] if small else 0
    else:
        best = next((i for i in range(best, len(rates)) if walks[i].diverged), len(rates) - 1)
    return float(rates[best])


@dataclass(frozen=True)
class RateScene:
    """Left the path on contours of the surface, right the value step by step on a log axis."""

    surface: Surface

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        x0, x1, y0, y1 = self.surface.window
        x, y = np.linspace(x0, x1, 120), np.linspace(y0, y1, 100)
        height = self.surface.value(np.stack(np.meshgrid(x, y), axis=-1))
        top = float(height.max())
        left.contour(x, y, height, levels=np.geomspace(top / 3e3, top, 12), colors="#b0b0b0", linewidths=0.8)
        left.plot(*self.surface.minimum, "*", color=NEUTRAL, markersize=13)
        left.set(title="Path", xlabel="x1", ylabel="x2", xlim=(x0, x1), ylim=(y0, y1))
        first = float(self.surface.value(self.surface.start))
        right.set(title="Value", xlabel="step", ylabel="f(x)", yscale="log", xlim=(-2, N_STEPS + 2))
        right.set_ylim(first * 1e-9, first * 1e3)
        right.axhline(first, color=NEUTRAL, linewidth=1, linestyle=(0, (4, 3)))
        artists = {
            "path": left.plot([], [], color=PALETTE[0], marker="o", markersize=4, linewidth=1.4, label="path")[0],
            "end": left.plot([], [], color=PALETTE[1], marker="s", markersize=9, linestyle="", label="last point")[0],
            "value": right.plot([], [], color=PALETTE[0], linewidth=2.2, label="value")[0],
            "name": right.text(0.98, 0.93, "", transform=right.transAxes, ha="right", weight="bold"),
        }
        left.legend(loc="lower left")
        return artists

    def update(self, artists: Artists, arrays: RateWalk) -> None:
        lines: dict[str, Any] = artists
        # A point far outside of the window is drawn at a distance that the renderer can still handle.
        path = np.clip(np.nan_to_num(arrays.path, posinf=1e4), -1e4, 1e4)
        shown = not np.isnan(arrays.path).any()
        lines["path"].set_data(*(path.T if shown else ([], [])))
        lines["end"].set_data(*(([path[-1, 0]], [path[-1, 1]]) if shown else ([], [])))
        top = float(self.surface.value(self.surface.start))
        lines["value"].set_data(STEPS, np.clip(np.nan_to_num(arrays.values, nan=1e9), top * 1e-9, top * 1e3))
        lines["value"].set_visible(shown)
        label = f"{arrays.name} {arrays.trouble}" if arrays.trouble else f"{arrays.name}, rate {arrays.rate:g}"
        lines["name"].set_text(shorten(label, 40))


def describe_rate(arrays: RateWalk) -> list[str]:
    """First and last value, and what kind of walk it was."""
    if arrays.trouble:
        return [f"{arrays.name} {arrays.trouble}", ""]
    first, last, lowest = arrays.values[0], arrays.values[-1], np.nanmin(arrays.values)
    kind = "it diverges" if arrays.diverged else "hardly a move" if last > first / 2 else "it goes down"
    end = f"{last:.2g}" if np.isfinite(last) else "beyond all bounds"
    momentum = "" if arrays.beta is None else f", momentum {arrays.beta:g}"
    stable = arrays.preset == DIVERGES and not arrays.diverged
    note = f"No rate up to {RATE_LIMITS[1]:g} makes it diverge. " if stable else ""
    return [
        f"{arrays.name} at rate {arrays.rate:g}{momentum}: value {first:.3g} at the start, "
        f"{end} after {N_STEPS} steps: {kind}.",
        f"{note}Smallest value on the way: {lowest:.2g}.",
    ]


def rate_target(arrays: RateWalk, surface: Surface) -> Target:
    """A last value that each optimizer comes down to, at its usual momentum and a rate of the reader's own."""
    goal = f"find a rate at which 1/{surface.part:,} of the first value is left after {N_STEPS} steps."
    reached = not arrays.trouble and arrays.values[-1] <= arrays.values[0] / surface.part
    return Target(goal, bool(reached and arrays.preset == OWN))


class RateExplorer(Explorer):
    """An explorer whose presets choose the rate for the optimizer and momentum of the moment."""

    def set(self, **values: Any) -> None:
        """As for every explorer; a preset sets the rate, and a rate of one's own takes the preset away."""
        if "rate" in values:
            values.setdefault("preset", OWN)
        wanted = values.get("preset", self.values["preset"])
        if wanted in (TOO_SMALL, DIVERGES) and values.keys() & {"preset", "name", "beta"}:
            state = self.values | values
            values["rate"] = preset_rate(lambda rate: self.simulate(**(state | {"rate": rate})), wanted)
        super().set(**values)


@over_functions
def learning_rate_explorer(
    optimizers: Optimizers,
    *,
    name: str | None = None,
    rate: float = 0.1,
    beta: float = 0.9,
    preset: str = OWN,
    surface: str = "bowl",
) -> Explorer:
    """The path of an optimizer on a surface, and the value it has reached, for a rate from 1e-5 to 10.

    Args:
        optimizers: `{name: class}`, called as `class(rate)`, with `beta` or `beta1` where the class has a momentum.
        name: the optimizer to show first; the first one unless given.
        rate: 1e-5 to 10, on a log scale. beta: the momentum, 0 to 0.99.
        preset: "too small" or "diverges" chooses the rate for the optimizer; "own choice" leaves it.
        surface: "bowl", a quadratic of condition number 10, or "rosenbrock".

    Raises:
        ValueError: `optimizers` is empty or lacks `name`, or an unknown surface or preset.
    """
    if not optimizers:
        raise ValueError("optimizers is empty; give it as {'SGD': SGD, ...}")
    if surface not in SURFACES:
        raise ValueError(f"surface must be one of {', '.join(map(repr, SURFACES))}, got {surface!r}")
    names = tuple(optimizers)
    where = SURFACES[surface]
    explorer = RateExplorer(
        call="widgets.learning_rate_explorer(optimizers" + (f", surface={surface!r}" if surface != "bowl" else ""),
        controls=[
            Choice("name", "Optimizer", names, "Which of your optimizers walks."),
            Choice("preset", "Preset", (OWN, TOO_SMALL, DIVERGES), "Choose a rate of this kind."),
            Slider("rate", "Learning rate", *RATE_LIMITS, 0.05, "Size of the steps, on a log scale.", log=True),
            Slider("beta", "Momentum", 0.0, 0.99, 0.01, "beta of the momentum methods, beta1 of Adam."),
        ],
        values={"name": names[0] if name is None else name, "preset": preset, "rate": rate, "beta": beta},
        scene=RateScene(where),
        simulate=lambda **values: simulate_rate(optimizers, where, **values),
        describe=describe_rate,
        stills=[{"rate": 0.001}, {"rate": 1.0}, {"rate": 3.0}],
        target=lambda arrays: rate_target(arrays, where),
        enabled=lambda arrays: {"beta": arrays.beta is not None},
    )
    if preset != OWN:
        explorer.set(preset=preset)
    return explorer


# Momentum -------------------------------------------------------------------------------------------------------------

CLOSE = 1e-6


@dataclass(frozen=True)
class MomentumWalk:
    """Momentum on (x1**2 / condition + x2**2) / 2 from (1, 1)."""

    rate: float
    beta: float
    condition: float
    path: FloatArray  # (101, 2)
    distance: FloatArray  # (101,)
    radius: float  # spectral radius of one step: what the distance is multiplied by in the long run
    trouble: str


def simulate_momentum(momentum: Maker, *, rate: float, beta: float, condition: str) -> MomentumWalk:
    """100 steps, and the factor per step of theory: the spectral radius of the linear map that a step is."""
    curvature = np.array([1 / float(condition), 1.0])
    path, trouble = walk(lambda: momentum(rate, beta=beta), np.array([1.0, 1.0]), lambda x: curvature * x)
    a = rate * (1 - beta)  # what is left of the rate in the form v = beta*v + g
    steps = [np.array([[1 + beta - a * h, -beta], [1.0, 0.0]]) for h in curvature]
    radius = max(float(np.abs(np.linalg.eigvals(step)).max()) for step in steps)
    with np.errstate(all="ignore"):
        distance = np.linalg.norm(path, axis=1)
    return MomentumWalk(rate, beta, float(condition), path, distance, radius, trouble)


class MomentumScene:
    """Left both coordinates, right the distance from the minimum and the line of theory, step by step."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        left.set(title="Coordinates", xlabel="step", ylabel="position", xlim=(-2, N_STEPS + 2), ylim=(-2.2, 2.2))
        left.axhline(0, color=NEUTRAL, linewidth=1)
        right.set(title="Distance from the minimum", xlabel="step", ylabel="distance", yscale="log")
        right.set(xlim=(-2, N_STEPS + 2), ylim=(1e-10, 1e2))
        right.axhline(CLOSE, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
        looks = [series(i) | {"markevery": (3 * i, 12), "markersize": 5} for i in range(3)]
        artists = {
            "flat": left.plot([], [], label="flat direction", **looks[0])[0],
            "steep": left.plot([], [], label="steep direction", **looks[1])[0],
            "distance": right.plot([], [], label="distance", **looks[0])[0],
            "theory": right.plot([], [], label="factor of theory", **(looks[2] | {"marker": ""}))[0],
            "name": right.text(0.02, 0.04, "", transform=right.transAxes, weight="bold"),
        }
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=2)
        fig.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=2)
        return artists

    def update(self, artists: Artists, arrays: MomentumWalk) -> None:
        lines: dict[str, Any] = artists
        flat, steep = np.clip(np.nan_to_num(arrays.path.T, posinf=1e3), -1e3, 1e3)
        lines["flat"].set_data(STEPS, flat)
        lines["steep"].set_data(STEPS, steep)
        lines["distance"].set_data(STEPS, np.clip(np.nan_to_num(arrays.distance, nan=1e3), 1e-12, 1e3))
        lines["theory"].set_data(STEPS, np.clip(np.sqrt(2) * arrays.radius**STEPS, 1e-12, 1e3))
        for name in ("flat", "steep", "distance"):
            lines[name].set_visible(not np.isnan(arrays.path).any())
        lines["name"].set_text(shorten(arrays.trouble, 40))


def describe_momentum(arrays: MomentumWalk) -> list[str]:
    """The distance after all steps, beside the factor per step of theory."""
    words = "diverges" if arrays.radius > 1 else f"shrinks by {arrays.radius:.4f} a step in the long run"
    lines = [f"beta {arrays.beta:g}, condition {arrays.condition:g}. Theory: the distance {words}."]
    if arrays.trouble:
        return [*lines, f"Momentum {arrays.trouble}"]
    return [*lines, f"Distance after {N_STEPS} steps: {arrays.distance[-1]:.2g}."]


def momentum_target(arrays: MomentumWalk) -> Target:
    """A distance of `CLOSE` at a condition number of 100 or more."""
    goal = f"at condition 100, come within 1e-6 of the minimum in {N_STEPS} steps."
    reached = bool(not arrays.trouble and arrays.distance[-1] <= CLOSE)
    if arrays.condition < 100:
        return Target(goal, False, "Choose condition 100." if reached else "")
    return Target(goal, reached)


@over_functions
def momentum_explorer(momentum: Maker, *, rate: float = 1.0, beta: float = 0.0, condition: str = "100") -> Explorer:
    """Momentum on a narrow quadratic: both coordinates, the distance, and what theory says about it.

    Args:
        momentum: the class `Momentum(lr, beta)` in its averaging form.
        rate: 0.01 to 100, on a log scale. beta: 0 to 0.99.
        condition: "10", "100" or "1000".
    """
    return Explorer(
        call="widgets.momentum_explorer(Momentum",
        controls=[
            Choice("condition", "Condition number", ("10", "100", "1000"), "How much steeper one direction is."),
            Slider("rate", "Learning rate", 0.01, 100.0, 0.05, "Size of the steps, on a log scale.", log=True),
            Slider("beta", "Momentum beta", 0.0, 0.99, 0.01, "Share of the old average that stays."),
        ],
        values={"condition": condition, "rate": rate, "beta": beta},
        scene=MomentumScene(),
        simulate=lambda **values: simulate_momentum(momentum, **values),
        describe=describe_momentum,
        stills=[{"beta": 0.0}, {"beta": 0.67, "rate": 10.0}, {"beta": 0.95, "rate": 10.0}],
        target=momentum_target,
    )


# The game of the largest rate -----------------------------------------------------------------------------------------

DEPTHS = tuple(range(1, 7))
WON = 1e-3  # loss below which a run counts as converged
GAME_LIMITS = (0.01, 10.0)


@dataclass(frozen=True)
class Register:
    """The button of the game, as a control whose value is always False: pressing it is an event, no state."""

    name: str = "register"

    def clean(self, value: Any) -> bool:
        return bool(value)

    def widget(self, value: Any) -> Any:
        import ipywidgets

        button = ipywidgets.ToggleButton(False, description="Register this rate")
        return _labelled(button, "Keep this rate for this depth, and go on to the next depth.")


@dataclass(frozen=True)
class Records:
    """The registered rates as text, a rate or a dash for each depth, so that a command line can hold them."""

    name: str = "records"

    def clean(self, value: Any) -> str:
        parts = str(value).split()
        return " ".join(_number(parts[i]) if i < len(parts) else "-" for i in range(len(DEPTHS)))

    def widget(self, value: Any) -> Any:
        import ipywidgets

        text = ipywidgets.Text(value, description="Registered", continuous_update=False)
        return _labelled(text, "Largest rate that you found for each depth from 1 to 6; empty it to start again.")


def _number(text: str) -> str:
    try:
        rate = float(text)
    except ValueError:
        return "-"
    return f"{rate:.3g}" if np.isfinite(rate) and rate > 0 else "-"


def read_records(text: str) -> FloatArray:
    """`(6,)`: the registered rates, NaN where there is none."""
    return np.array([np.nan if part == "-" else float(part) for part in text.split()])


@dataclass(frozen=True)
class Game:
    """One run of a chain of single linear units, and what has been registered so far."""

    depth: int
    rate: float
    losses: FloatArray  # (101,)
    records: FloatArray  # (6,)
    largest: FloatArray  # (6,): largest rate of a fine grid that converges, where a rate is registered; else NaN
    trouble: str
    refused: npt.NDArray[np.bool_]  # (6,): typed in, and does not converge

    @property
    def converged(self) -> bool:
        """The loss is below the threshold over the last ten steps."""
        return bool(not self.trouble and (self.losses[-10:] < WON).all())


def chain_losses(sgd: Maker, depth: int, rate: float) -> tuple[FloatArray, str]:
    """Losses of f(x) = w_depth * ... * w_1 * x on the target f(x) = x, that is (w_depth ... w_1 - 1)**2 / 2.

    By the product rule the slope along w_i is (p - 1) times the product p of all others. All weights start at 0.7.
    """

    def gradient(w: FloatArray) -> FloatArray:
        others = np.prod(np.where(np.eye(depth, dtype=bool), 1.0, w), axis=1)
        return (np.prod(w) - 1) * others

    path, trouble = walk(lambda: sgd(rate), np.full(depth, 0.7), gradient)
    with np.errstate(all="ignore"):
        losses = (np.prod(path, axis=1) - 1) ** 2 / 2
    return np.asarray(np.where(np.isfinite(losses), losses, np.nan if trouble else np.inf)), trouble


def simulate_game(
    sgd: Maker, known: dict[int, float], *, depth: int, rate: float, records: str, register: bool
) -> Game:
    """The run at this depth and rate. `known` keeps the largest rates that have been searched for, by depth."""
    losses, trouble = chain_losses(sgd, depth, rate)
    registered = read_records(records)
    largest = np.full(len(DEPTHS), np.nan)
    for i in np.flatnonzero(np.isfinite(registered)):
        if DEPTHS[i] not in known:
            known[DEPTHS[i]] = _largest_rate(sgd, DEPTHS[i])
        largest[i] = known[DEPTHS[i]]
    refused = np.array([np.isfinite(r) and not _converges(sgd, d, r) for d, r in zip(DEPTHS, registered, strict=True)])
    return Game(depth, rate, losses, np.where(refused, np.nan, registered), largest, trouble, refused)


def _converges(sgd: Maker, depth: int, rate: float) -> bool:
    losses, trouble = chain_losses(sgd, depth, float(rate))
    return bool(not trouble and (losses[-10:] < WON).all())


def _largest_rate(sgd: Maker, depth: int) -> float:
    """The end of the range of rates at which the chain converges, to about 1 percent; NaN if there is none.

    A rate beyond the range may still arrive by luck, so the search goes up and stops at the first that does not.
    """

    def converges(rate: float) -> bool:
        return _converges(sgd, depth, rate)

    largest = np.nan
    for rate in np.geomspace(0.05, GAME_LIMITS[1], 28):
        if not converges(float(rate)):
            if np.isfinite(largest):
                break
            continue
        largest = float(rate)
    for rate in largest * np.geomspace(1.01, 1.2, 18) if np.isfinite(largest) else ():
        if not converges(float(rate)):
            break
        largest = float(rate)
    return largest


class GameScene:
    """Left the loss of the run, right the registered rates by depth, and the law once three are there."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        left.set(title="This run", xlabel="step", ylabel="loss", yscale="log", xlim=(-2, N_STEPS + 2))
        left.set_ylim(1e-12, 1e3)
        left.axhline(WON, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
        right.set(title="Largest rate by depth", xlabel="depth", ylabel="registered rate", ylim=(0, 2.4))
        right.set(xlim=(0.5, len(DEPTHS) + 0.5))
        right.set_xticks(DEPTHS)
        artists = {
            "loss": left.plot([], [], color=PALETTE[0], linewidth=2.2, label="loss")[0],
            "verdict": left.text(0.98, 0.93, "", transform=left.transAxes, ha="right", weight="bold"),
            "records": right.plot([], [], label="yours", **(series(1) | {"markersize": 9}))[0],
            "now": right.plot([], [], color=PALETTE[0], marker="D", fillstyle="none", markersize=10, label="now")[0],
            "theory": right.plot([], [], color=NEUTRAL, linestyle=":", label="_theory")[0],
            "formula": right.text(3.1, 0.72, "", color=NEUTRAL),
        }
        right.legend(loc="upper right")
        return artists

    def update(self, artists: Artists, arrays: Game) -> None:
        lines: dict[str, Any] = artists
        lines["loss"].set_data(STEPS, np.clip(np.nan_to_num(arrays.losses, nan=1e3), 1e-14, 1e4))
        lines["loss"].set_visible(not np.isnan(arrays.losses).any())
        lines["verdict"].set_text(shorten(arrays.trouble, 36) or ("converges" if arrays.converged else "does not"))
        there = np.isfinite(arrays.records)
        lines["records"].set_data(np.array(DEPTHS)[there], arrays.records[there])
        lines["now"].set_data([arrays.depth], [min(arrays.rate, 2.35)])
        shown = np.linspace(1, 6, 40) if there.sum() >= 3 else np.array([])
        lines["theory"].set_data(shown, 2 / np.maximum(shown, 1))
        lines["formula"].set_text("2 / depth" if shown.size else "")


def describe_game(arrays: Game) -> list[str]:
    """The run, and what is registered."""
    if arrays.trouble:
        return [f"The optimizer {arrays.trouble}", ""]
    verdict = "converges" if arrays.converged else "does not converge"
    last = arrays.losses[-1]
    kept = ", ".join(f"depth {d}: {r:g}" for d, r in zip(DEPTHS, arrays.records, strict=True) if np.isfinite(r))
    end = f"loss {last:.1e}" if np.isfinite(last) else "a loss beyond all bounds"
    return [
        f"Depth {arrays.depth}, rate {arrays.rate:g}: {end} after {N_STEPS} steps. It {verdict}.",
        f"Registered: {kept or 'nothing yet'}.",
    ]


def game_target(arrays: Game) -> Target:
    """A registered rate for every depth, each at least 0.9 times the largest that converges."""
    goal = "register for all six depths a rate of at least 0.9 times the largest one that converges."
    with np.errstate(invalid="ignore"):
        low = [d for d, r, best in zip(DEPTHS, arrays.records, arrays.largest, strict=True) if r < 0.9 * best]
    note = f"Larger ones exist for depth {', '.join(map(str, low))}." if low else ""
    if arrays.refused.any():
        refused = ", ".join(map(str, np.flatnonzero(arrays.refused) + 1))
        note = f"Not taken, as it does not converge: the rate of depth {refused}."
    return Target(goal, bool(np.isfinite(arrays.records).all() and not low), note)


class RegisterGame(Explorer):
    """An explorer with a button that keeps the present rate for the present depth."""

    def set(self, **values: Any) -> None:
        """As for every explorer; `register=True` keeps a rate that converges and goes on to the next depth."""
        pressed = values.pop("register", False)
        if values or not pressed:
            super().set(**values)
        if pressed:
            kept = self.values["records"].split()
            depth = self.values["depth"]
            if self.arrays.converged:
                kept[depth - 1] = f"{self.values['rate']:.3g}"
                depth = min(depth + 1, DEPTHS[-1])
            super().set(records=" ".join(kept), depth=depth, register=False)

    @property
    def command(self) -> str:
        """The call that gives this state again; the button has no state."""
        return super().command.replace(", register=False", "")


@over_functions
def register_game(sgd: Maker, *, depth: int = 1, rate: float = 0.1, records: str = "") -> Explorer:
    """Find the largest rate at which a chain of `depth` single linear units converges, and see it fall with depth.

    Args:
        sgd: the class `SGD(lr)`.
        depth: 1 to 6. rate: 0.01 to 10, on a log scale.
        records: rates registered so far, one for each depth from 1, a dash for none, as in "1.9 0.9 -".
    """
    known: dict[int, float] = {}
    return RegisterGame(
        call="widgets.register_game(SGD",
        controls=[
            Slider("depth", "Depth", 1, DEPTHS[-1], 1, "Number of units in the chain.", integer=True),
            Slider("rate", "Learning rate", *GAME_LIMITS, 0.01, "Size of the steps, on a log scale.", log=True),
            Register(),  # type: ignore[list-item]
            Records(),  # type: ignore[list-item]
        ],
        values={"depth": depth, "rate": rate, "register": False, "records": records},
        scene=GameScene(),
        simulate=lambda **values: simulate_game(sgd, known, **values),
        describe=describe_game,
        stills=[{"rate": 0.1}, {"rate": 1.0}, {"depth": 4, "rate": 1.0}],
        target=game_target,
    )
