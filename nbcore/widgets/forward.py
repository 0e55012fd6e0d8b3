"""Two explorers for notebook 02: a perceptron trained by hand, and what the size of initial weights does with depth.

The first shows data that are handed in as `{"name": (X, y), ...}`; the second runs the student's forward pass.
How a perceptron learns, and which initialization is right, is for the student to find: neither is here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore.plots import CLASS_COLORS, CLASS_MARKERS, NEUTRAL, PALETTE
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target, over_functions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
DataSets = Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]]

# A perceptron by hand -------------------------------------------------------------------------------------------------

LIMIT = 4.0
SCORE_LIMIT = 12.0


@dataclass(frozen=True)
class Line:
    """Two classes of points, and a line with a side for class 1; a point on the line counts to that side."""

    name: str
    X: FloatArray  # (m, 2)
    y: FloatArray  # (m,), 0 or 1
    w: FloatArray  # (2,)
    b: float
    score: FloatArray  # (m,): w . x + b
    wrong: npt.NDArray[np.bool_]  # (m,)


def simulate_perceptron(sets: DataSets, *, name: str, w1: float, w2: float, b: float) -> Line:
    """Which points of the data set `name` lie on the wrong side of `w1*x1 + w2*x2 + b = 0`."""
    X, y = (np.asarray(part, dtype=np.float64) for part in sets[name])
    w = np.array([w1, w2])
    score = X @ w + b
    return Line(name, X, y, w, b, score, (score >= 0) != (y == 1))


class PerceptronScene:
    """Left the points, the line and the half of the plane that is called class 1; right the score of every point."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2, width_ratios=[1.25, 1])
        left.set(title="Points and line", xlabel="$x_1$", ylabel="$x_2$", xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT))
        right.set(title="Score of each point", xlabel="row", ylabel="$w_1x_1 + w_2x_2 + b$", xlim=(-1, 20))
        right.set_ylim(-SCORE_LIMIT, SCORE_LIMIT)
        right.axhline(0, color=NEUTRAL, linewidth=1)
        artists: Artists = {
            "side": left.fill([0, 0, 0], [0, 0, 0], color=CLASS_COLORS[1], alpha=0.16, zorder=0.5, label="called 1")[0],
            "line": left.plot([], [], color="black", linewidth=2.2, linestyle="-", zorder=2)[0],
            "normal": left.plot([], [], "k:D", linewidth=1.6, markersize=6, markevery=[-1], label="w", zorder=2)[0],
        }
        for ax, kind in ((left, "point"), (right, "score")):
            rings = {"marker": "o", "fillstyle": "none", "color": "black", "markersize": 15, "linestyle": ""}
            artists[f"{kind} wrong"] = ax.plot([], [], label="wrong", zorder=4, **rings)[0]
            for k in (0, 1):
                look = {"color": CLASS_COLORS[k], "marker": CLASS_MARKERS[k], "markersize": 8, "linestyle": ""}
                artists[f"{kind} {k}"] = ax.plot([], [], label=f"class {k}", zorder=3, **look)[0]
        fig.legend(*left.get_legend_handles_labels(), loc="outside right upper")
        return artists

    def update(self, artists: Artists, arrays: Line) -> None:
        shapes: dict[str, Any] = artists
        rows = np.arange(arrays.y.size)
        shown = np.clip(arrays.score, -SCORE_LIMIT, SCORE_LIMIT)
        for name, mask in (("0", arrays.y == 0), ("1", arrays.y == 1), ("wrong", arrays.wrong)):
            shapes[f"point {name}"].set_data(*arrays.X[mask].T)
            shapes[f"score {name}"].set_data(rows[mask], shown[mask])
        length = float(np.linalg.norm(arrays.w))
        if length == 0:
            shapes["line"].set_data([], [])
            shapes["normal"].set_data([], [])
            corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * LIMIT * (arrays.b >= 0)
            shapes["side"].set_xy(corners)
            return
        normal = arrays.w / length
        along, foot = np.array([-normal[1], normal[0]]), -arrays.b / length * normal
        ends = np.array([foot - 20 * along, foot + 20 * along])
        shapes["line"].set_data(*ends.T)
        shapes["normal"].set_data(*np.array([foot, foot + arrays.w]).T)
        shapes["side"].set_xy(np.vstack([ends, ends[::-1] + 40 * normal]))


def describe_perceptron(arrays: Line) -> list[str]:
    """How many points are wrong, and the first of them with its score."""
    n = int(arrays.wrong.sum())
    total = f"{arrays.name}: {n} of {arrays.y.size} points on the wrong side."
    if n == 0:
        length = np.linalg.norm(arrays.w)
        near = f"{np.abs(arrays.score).min() / length:.2f}" if length else "undefined, as w = 0"
        return [total, f"Distance of the nearest point from the line: {near}."]
    row = int(arrays.wrong.argmax())
    x1, x2 = arrays.X[row]
    return [
        total,
        f"The first: row {row}, class {arrays.y[row]:.0f}, x = ({x1:.2f}, {x2:.2f}), score {arrays.score[row]:.2f}.",
    ]


W1 = Slider("w1", "Weight w1", -2.0, 2.0, 0.1, "Turns the line, together with w2.")
W2 = Slider("w2", "Weight w2", -2.0, 2.0, 0.1, "Turns the line, together with w1.")
B = Slider("b", "Bias b", -4.0, 4.0, 0.1, "Moves the line along w.")


def fewest_wrong(X: npt.ArrayLike, y: npt.ArrayLike) -> int:
    """The smallest number of points on the wrong side, of all positions of the sliders."""
    score = np.stack(np.meshgrid(W1.steps, W2.steps), axis=-1).reshape(-1, 2) @ np.transpose(X)
    return min(int(((score + b >= 0) != (np.asarray(y) == 1)).sum(axis=1).min()) for b in B.steps)


def perceptron_target(arrays: Line, fewest: int) -> Target:
    """All points on their sides, or as many as can be."""
    few = "as few points as possible" if fewest else "no point"
    return Target(f"{few} of {arrays.name} on the wrong side.", bool(arrays.wrong.sum() <= fewest))


def perceptron_explorer(
    sets: DataSets, *, name: str | None = None, w1: float = 1.0, w2: float = 0.0, b: float = 0.0
) -> Explorer:
    """A perceptron whose weights and bias the sliders set, with a count of the points on the wrong side.

    Args:
        sets: `{name: (X, y)}`, `X` of shape `(m, 2)` within -4 to 4, `m` up to 20; `y` of 0 and 1.
        name: the data set to show first; the first of `sets` unless given.
        w1, w2: weights, -2 to 2. b: bias, -4 to 4.

    Raises:
        ValueError: `sets` is empty or lacks `name`.
    """
    if not sets:
        raise ValueError("sets is empty; give it as {'clouds': (X, y), ...}")
    names = tuple(sets)
    fewest = cache(lambda name: fewest_wrong(*sets[name]))
    return Explorer(
        call="widgets.perceptron_explorer(sets",
        controls=[
            Choice("name", "Data", names, "Which points to separate."),
            W1,
            W2,
            B,
        ],
        values={"name": names[0] if name is None else name, "w1": w1, "w2": w2, "b": b},
        scene=PerceptronScene(),
        simulate=lambda **values: simulate_perceptron(sets, **values),
        describe=describe_perceptron,
        stills=[{"w1": 1.0, "w2": 0.0, "b": 0.0}, {"w1": 0.5, "w2": -1.0, "b": 1.0}, {"w1": -1.0, "w2": 1.0, "b": 0.5}],
        target=lambda arrays: perceptron_target(arrays, fewest(arrays.name)),
    )


# Initialization and depth ---------------------------------------------------------------------------------------------

# Products of at most 2**18 steps stay in one thread of OpenBLAS; larger ones wait for each other when cores are busy.
WIDTH, N_EXAMPLES, MAX_DEPTH, N_DRAWS = 100, 10, 20, 5
SEED = 0
RMS_LIMITS = (1e-4, 1e4)
BINS = np.linspace(-4.0, 4.0, 41)
MIDDLES = (BINS[1:] + BINS[:-1]) / 2
FLAT = 0.1


@dataclass(frozen=True)
class Signal:
    """A signal on its way through random layers of equal width, for several draws of the weights."""

    name: str
    gain: float
    depth: int
    rms: FloatArray  # (N_DRAWS, depth + 1): of the input, then of each layer's output; NaN where there is none
    shares: FloatArray  # (40,): histogram of the last pre-activations over BINS, what lies outside in the end bins
    flat: npt.NDArray[np.bool_]  # (40,): whether the activation has a slope below FLAT in the middle of the bin
    flat_share: float  # of the last pre-activations
    trouble: str  # why numbers are missing, or ""

    @property
    def mean(self) -> FloatArray:
        """Root mean square over all draws, (depth + 1,)."""
        return np.sqrt(np.mean(self.rms**2, axis=0))


@cache
def _draw(seed: int) -> tuple[FloatArray, FloatArray]:
    """Inputs, and weights of deviation 1 for all layers; kept, as the draw would take most of the time of a move."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N_EXAMPLES, WIDTH)), rng.normal(size=(N_DRAWS, MAX_DEPTH, WIDTH, WIDTH))


def _slope(function: Function, z: FloatArray) -> FloatArray:
    step = 1e-4
    ahead, behind = (np.asarray(function(z + move), dtype=np.float64) for move in (step, -step))
    return np.abs(ahead - behind) / (2 * step)


@np.errstate(all="ignore")  # a wrong function may be huge
def simulate_signal(
    mlp_forward: Function, functions: Mapping[str, Function], *, name: str, gain: float, depth: int, seed: int
) -> Signal:
    """Standard normal inputs through `depth` layers of weights of deviation `gain / sqrt(WIDTH)`, biases zero."""
    X, draws = _draw(seed)
    f, trouble, flat_share = functions[name], "", np.nan
    rms, shares = np.full((N_DRAWS, depth + 1), np.nan), np.full(MIDDLES.size, np.nan)
    flat = np.zeros(MIDDLES.size, dtype=bool)
    try:
        last = []
        for k, weights in enumerate(draws[:, :depth] * (gain / np.sqrt(WIDTH))):
            params = {f"W{layer}": W for layer, W in enumerate(weights, start=1)}
            params |= {f"b{layer}": np.zeros(WIDTH) for layer in range(1, depth + 1)}
            _, kept = mlp_forward(X.copy(), params, f, f)
            if len(kept["A"]) != depth + 1:
                trouble = f"The cache holds {len(kept['A'])} signals for {depth} layers."
                break
            rms[k] = [np.sqrt(np.mean(np.square(A, dtype=np.float64))) for A in kept["A"]]
            last.append(np.asarray(kept["Z"][-1], dtype=np.float64))
        else:
            z = np.concatenate(last)
            shares = np.histogram(np.clip(z, BINS[0], BINS[-1]), BINS)[0] / z.size
            flat, flat_share = _slope(f, MIDDLES) < FLAT, float(np.mean(_slope(f, z) < FLAT))
    except NotImplementedError:
        trouble = "The forward pass, or a function that it calls, is not written yet."
    except Exception as error:  # whatever the student's code raises is for the readout
        trouble = f"The forward pass raises {type(error).__name__}: {error}."
    return Signal(name, gain, depth, rms, shares, flat, flat_share, trouble)


class SignalScene:
    """Left the size of the signal by layer on a log axis, right how the last pre-activations are spread."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2, width_ratios=[1.3, 1])
        left.set(title="Size of the signal", xlabel="layer", ylabel="root mean square", yscale="log", ylim=RMS_LIMITS)
        left.set_xlim(-0.5, MAX_DEPTH + 0.5)
        left.set_xticks(range(0, MAX_DEPTH + 1, 2))
        left.axhspan(0.5, 2, color=PALETTE[2], alpha=0.25, label="0.5 to 2")
        right.set(title="Last layer", xlabel="z; end bars: all beyond", ylabel="share of the units")
        right.set(xlim=(-4.2, 4.2), ylim=(-0.06, 0.85))
        thin = {"color": NEUTRAL, "linestyle": "-", "marker": "", "linewidth": 0.9}
        artists: Artists = {
            f"draw {k}": left.plot([], [], label="a draw of the weights" if k == 0 else None, **thin)[0]
            for k in range(N_DRAWS)
        }
        artists |= {
            "mean": left.plot([], [], color=PALETTE[0], marker="o", linestyle="-", label="over all draws")[0],
            "shares": right.plot([], [], color=PALETTE[0], linestyle="-", drawstyle="steps-mid", label="z")[0],
            "flat": right.plot([], [], color=PALETTE[1], linewidth=6, linestyle="-", label=f"slope below {FLAT}")[0],
            "name": right.text(0.98, 0.9, "", transform=right.transAxes, ha="right", weight="bold"),
        }
        left.legend(loc="upper left")
        right.legend(loc="upper left")
        return artists

    def update(self, artists: Artists, arrays: Signal) -> None:
        shapes: dict[str, Any] = artists
        layers = np.arange(arrays.depth + 1)
        for k, row in enumerate(arrays.rms):
            shapes[f"draw {k}"].set_data(layers, np.clip(row, *RMS_LIMITS))
        shapes["mean"].set_data(layers, np.clip(arrays.mean, *RMS_LIMITS))
        shapes["shares"].set_data(MIDDLES, arrays.shares)
        shapes["flat"].set_data(MIDDLES, np.where(arrays.flat, -0.03, np.nan))
        shapes["name"].set_text(shorten(arrays.trouble, 34) if arrays.trouble else arrays.name)


def describe_signal(arrays: Signal) -> list[str]:
    """First and last size, the mean factor per layer between them, and the share of flat units."""
    if arrays.trouble:
        return [arrays.trouble, ""]
    first, last = arrays.mean[[1, -1]]
    factor = (last / first) ** (1 / max(1, arrays.depth - 1)) if first > 0 else np.nan
    return [
        f"{arrays.name}, gain {arrays.gain:g}, {arrays.depth} layers: root mean square {first:.2g} after the first, "
        f"{last:.2g} after the last ({arrays.rms[:, -1].min():.2g} to {arrays.rms[:, -1].max():.2g} by draw).",
        f"Mean factor per layer {factor:.3f}. Units of the last layer with a slope below {FLAT}: "
        f"{arrays.flat_share:.0%}.",
    ]


def signal_target(arrays: Signal, name: str) -> Target:
    """A gain that lets the signal of the activation `name` through all layers."""
    goal = f"for {name} and {MAX_DEPTH} layers, find a gain with a last root mean square between 0.5 and 2."
    reached = arrays.depth == MAX_DEPTH and not arrays.trouble and bool(0.5 <= arrays.mean[-1] <= 2)
    if arrays.name != name:
        return Target(goal, False, f"this is {arrays.name}, the target is for {name}.", possible=False)
    return Target(goal, reached, "" if arrays.depth == MAX_DEPTH else f"There are {arrays.depth} layers.")


@over_functions
def signal_explorer(
    mlp_forward: Function,
    functions: Mapping[str, Function],
    *,
    name: str | None = None,
    gain: float = 1.0,
    depth: int = MAX_DEPTH,
    seed: int = SEED,
) -> Explorer:
    """What the size of random initial weights does to a signal, layer by layer, with a gain to find.

    Args:
        mlp_forward: the student's; called with these functions as hidden and output activation.
        functions: `{name: function}`, elementwise.
        name: the activation to show first; "ReLU" if there, else the first one, unless given.
        gain: the weights have deviation `gain / sqrt(n_in)`; 0.1 to 10.
        depth: number of layers, 1 to 20.
        seed: of the draws of inputs and weights.

    Raises:
        ValueError: `functions` is empty or lacks `name`.
    """
    if not functions:
        raise ValueError("functions is empty; give it as {'tanh': tanh, ...}")
    names = tuple(functions)
    aim = "ReLU" if "ReLU" in names else names[0]
    return Explorer(
        call="widgets.signal_explorer(mlp_forward, functions" + (f", seed={seed}" if seed != SEED else ""),
        controls=[
            Choice("name", "Activation", names, "Activation of every layer."),
            Slider("gain", "Gain", 0.1, 10.0, 0.01, "Weights have this deviation, over the root of n_in.", log=True),
            Slider("depth", "Layers", 1, MAX_DEPTH, 1, "How many layers the signal passes.", integer=True),
        ],
        values={"name": aim if name is None else name, "gain": gain, "depth": depth},
        scene=SignalScene(),
        simulate=lambda **values: simulate_signal(mlp_forward, functions, seed=seed, **values),
        describe=describe_signal,
        stills=[{"gain": 0.3}, {"gain": 1.0}, {"gain": 3.0}],
        target=lambda arrays: signal_target(arrays, aim),
    )
