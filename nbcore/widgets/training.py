"""An explorer of the student's own network: two of the student's optimizers train it, each at a rate of its own.

Network, loss, gradients, optimizers and the loop that trains come from the notebook; no update rule is here. Both runs
start from the same parameters, and a run is kept while its optimizer, rate and data are the same, so that the epoch can
be moved at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.plots import CLASS_COLORS, CLASS_MARKERS, NEUTRAL, PALETTE
from nbcore.widgets._explorer import Artists, Choice, Slider, Target, over_functions
from nbcore.widgets.backprop import DATA, EVERY, SIDE, Player, border

if TYPE_CHECKING:  # matplotlib is slow to load and waits for the first picture
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Params = dict[str, FloatArray]

EPOCHS = 150
SIZES = (2, 8, 1)
RATES = (1e-3, 100.0)
GOAL, SOON = 0.05, 100
"""Both losses have to be below `GOAL` by epoch `SOON`; on data where one optimizer reaches it, so do others."""
SQUARE = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "black", "linestyle": "-", "linewidth": 2.2, "label": "first"},
    {"color": PALETTE[2], "linestyle": "--", "linewidth": 2.4, "label": "second"},
)
"""Of the two networks, in colours that neither class has."""
LOWEST, HIGHEST = 1e-3, 10.0  # of the losses that are drawn


@dataclass(frozen=True)
class Parts:
    """The notebook's functions, as `training_explorer` gets them."""

    optimizers: Mapping[str, Callable[..., Any]]
    train: Callable[..., Any]
    predict: Callable[..., Any]
    init_params: Callable[..., Any]


@dataclass(frozen=True)
class Run:
    """One optimizer at one rate on one data set."""

    name: str
    rate: float
    losses: FloatArray  # (EPOCHS + 1,): before each step and after the last; infinite from where it has diverged
    states: tuple[Params, ...]  # every `EVERY` epochs
    trouble: str


@dataclass(frozen=True)
class Duel:
    """Two runs from the same start, at one epoch."""

    X: FloatArray  # (m, 2), standardised
    y: data.IntArray  # (m,)
    points: str
    runs: tuple[Run, Run]
    borders: tuple[tuple[FloatArray, FloatArray], ...]  # the lines p = 0.5 of both
    accuracy: FloatArray  # (2,); NaN where there is none
    epoch: int


def points_of(name: str, seed: int) -> tuple[FloatArray, data.IntArray]:
    """The standardised points of a data set."""
    X, y = DATA[name](120, rng=np.random.default_rng(seed))
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def run(parts: Parts, X: FloatArray, y: data.IntArray, *, name: str, rate: float, seed: int) -> Run:
    """Trains from the start that the seed gives, and keeps the parameters every `EVERY` epochs.

    Whatever the student's code raises is for the readout: an exception in a widget's callback would be seen by nobody.
    """
    targets = y[:, None].astype(np.float64)
    losses, states = np.full(EPOCHS + 1, np.inf), []
    try:
        with np.errstate(all="ignore"):
            params = parts.init_params(list(SIZES), "xavier", np.random.default_rng(seed))
            optimizer = parts.optimizers[name](rate)
            for first in range(0, EPOCHS + 1, EVERY):
                states.append({key: array.copy() for key, array in params.items()})
                steps = min(EVERY, EPOCHS + 1 - first)
                answer = np.asarray(parts.train(optimizer, params, X, targets, steps), dtype=np.float64)
                if answer.shape != (steps,):
                    return Run(name, rate, losses, tuple(states), f"train gives no list of {steps} losses.")
                if not np.isfinite(answer).all():
                    break
                losses[first : first + steps] = answer
    except NotImplementedError:
        return Run(name, rate, losses, (), "is not written yet, or a function that it needs.")
    except Exception as error:
        return Run(name, rate, losses, (), f"raises {type(error).__name__}: {error}.")
    still = len(states) > 1 and all(np.array_equal(states[0][key], states[1][key]) for key in states[0])
    return Run(name, rate, losses, tuple(states), "has not moved: does step change the arrays?" if still else "")


def look(parts: Parts, X: FloatArray, y: data.IntArray, one: Run, epoch: int) -> tuple[Any, float]:
    """Where the probability of class 1 is one half, and the accuracy, at this epoch or the last before a divergence."""
    nothing = (np.array([np.nan]), np.array([np.nan]))
    if one.trouble or not one.states:
        return nothing, np.nan
    params = one.states[min(epoch // EVERY, len(one.states) - 1)]
    try:
        with np.errstate(all="ignore"):
            both = np.asarray(parts.predict(params, np.concatenate([SQUARE, X])), dtype=np.float64).ravel()
    except Exception:  # the readout has said what is wrong with the functions that both of them call
        return nothing, np.nan
    probability, p = both[: len(SQUARE)].reshape(SIDE.size, SIDE.size), both[len(SQUARE) :]
    if not np.isfinite(both).all():
        return nothing, np.nan
    return border(probability), float(np.mean((p >= 0.5) == (y == 1)))


class DuelScene:
    """Left the points and the borders of both networks, right both losses up to now."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.1])
        limits = (float(SIDE[0]), float(SIDE[-1]))
        left.set(title="Decision boundaries", xlabel="feature 1", ylabel="feature 2", xlim=limits, ylim=limits)
        left.grid(False)
        right.set(title="Training loss", xlabel="epoch", ylabel="loss", yscale="log")
        right.set(xlim=(-0.02 * EPOCHS, 1.02 * EPOCHS), ylim=(LOWEST, HIGHEST))
        right.plot([0, SOON], [GOAL, GOAL], color=NEUTRAL, linewidth=1.2, linestyle=":")
        right.plot([SOON, SOON], [LOWEST, GOAL], color=NEUTRAL, linewidth=1.2, linestyle=":")
        artists: Artists = {}
        for k, (color, marker) in enumerate(zip(CLASS_COLORS, CLASS_MARKERS, strict=True)):
            artists[f"class {k}"] = left.plot(
                [], [], marker, color=color, markeredgecolor="white", markersize=6, alpha=0.7, label=f"class {k}"
            )[0]
        for i, look_of in enumerate(LOOKS):
            artists[f"border {i}"] = left.plot([], [], **look_of)[0]
            artists[f"loss {i}"] = right.plot([], [], **look_of)[0]
            artists[f"name {i}"] = right.text(0.98, 0.92 - 0.09 * i, "", transform=right.transAxes, ha="right")
        fig.legend(
            *left.get_legend_handles_labels(), loc="outside lower left", ncols=4, columnspacing=1.0, handlelength=1.4
        )
        return artists

    def update(self, artists: Artists, arrays: Duel) -> None:
        lines: dict[str, Any] = artists
        for label in (0, 1):
            lines[f"class {label}"].set_data(*arrays.X[arrays.y == label].T)
        for i, one in enumerate(arrays.runs):
            lines[f"border {i}"].set_data(*arrays.borders[i])
            shown = np.clip(one.losses[: arrays.epoch + 1], LOWEST, HIGHEST)
            lines[f"loss {i}"].set_data(np.arange(shown.size), shown)
            lines[f"loss {i}"].set_visible(not one.trouble)
            said = f"{one.name} {one.trouble}" if one.trouble else f"{one.name}, rate {one.rate:g}"
            lines[f"name {i}"].set_text(f"{LOOKS[i]['label']}: {shorten(said, 34)}")


def describe_duel(arrays: Duel) -> list[str]:
    """A line each: loss and accuracy at this epoch."""
    lines = []
    for one, accuracy in zip(arrays.runs, arrays.accuracy, strict=True):
        if one.trouble:
            lines.append(f"{one.name} {one.trouble}")
            continue
        loss = one.losses[arrays.epoch]
        now = f"loss {loss:.3g}, accuracy {accuracy:.1%}" if np.isfinite(loss) else "it has diverged"
        lines.append(f"{one.name} at rate {one.rate:g} on {arrays.points}, epoch {arrays.epoch}: {now}.")
    return lines


def duel_target(arrays: Duel) -> Target:
    """Both losses are low, and soon."""
    goal = f"on {arrays.points}, bring both losses below {GOAL:g} by epoch {SOON}."
    good = [not one.trouble and bool(one.losses[arrays.epoch] < GOAL) for one in arrays.runs]
    same = arrays.runs[0].name == arrays.runs[1].name
    note = "Choose two optimizers." if same and all(good) else ""
    return Target(goal, all(good) and not same and arrays.epoch <= SOON, note)


@over_functions
def training_explorer(
    optimizers: Mapping[str, Callable[..., Any]],
    train: Callable[..., Any],
    predict: Callable[..., Any],
    init_params: Callable[..., Any],
    *,
    first: str | None = None,
    first_rate: float = 0.1,
    second: str | None = None,
    second_rate: float = 0.1,
    points: str = "moons",
    epoch: int = 0,
    seed: int = 0,
) -> Player:
    """Two optimizers train the student's own 2-8-1 network from the same start: losses and boundaries, epoch by epoch.

    Args:
        optimizers: `{name: class}`, called as `class(rate)`.
        train: `train(optimizer, params, X, y, n_epochs)` changes `params` in place and gives the loss before each step.
        predict: `predict(params, X)` gives the probability of class 1, (m, 1).
        init_params: as in notebook 02.
        first, second: which optimizers train; the first and the last one unless given. first_rate, second_rate: 0.001
            to 100, on a log scale.
        points: "moons", "circles" or "xor".
        epoch: 0 to 150, in steps of 5.
        seed: of the points and of the start.

    Raises:
        ValueError: `optimizers` is empty, or lacks one that is named.
    """
    if not optimizers:
        raise ValueError("optimizers is empty; give it as {'SGD': SGD, ...}")
    parts = Parts(optimizers, train, predict, init_params)
    known: dict[tuple[str, float, str], Run] = {}
    sets = {name: points_of(name, seed) for name in DATA}

    def simulate(*, first: str, first_rate: float, second: str, second_rate: float, points: str, epoch: int) -> Duel:
        X, y = sets[points]
        runs = []
        for name, rate in ((first, first_rate), (second, second_rate)):
            key = (name, rate, points)
            if key not in known:
                known[key] = run(parts, X, y, name=name, rate=rate, seed=seed)
            runs.append(known[key])
        looks = [look(parts, X, y, one, epoch) for one in runs]
        accuracy = np.array([share for _, share in looks])
        return Duel(X, y, points, (runs[0], runs[1]), tuple(lines for lines, _ in looks), accuracy, epoch)

    names = tuple(optimizers)
    return Player(
        call="widgets.training_explorer(optimizers, train, predict, init_params" + (f", seed={seed}" if seed else ""),
        controls=[
            Choice("first", "First optimizer", names, "Which of your optimizers trains the first network."),
            Slider("first_rate", "Its learning rate", *RATES, 0.05, "Size of its steps, on a log scale.", log=True),
            Choice("second", "Second optimizer", names, "Which of your optimizers trains the second network."),
            Slider("second_rate", "Its rate", *RATES, 0.05, "Size of its steps, on a log scale.", log=True),
            Choice("points", "Data", tuple(DATA), "The points to separate."),
            Slider("epoch", "Epoch", 0, EPOCHS, EVERY, "Steps of both since the start.", integer=True),
        ],
        values={
            "first": names[0] if first is None else first,
            "first_rate": first_rate,
            "second": names[-1] if second is None else second,
            "second_rate": second_rate,
            "points": points,
            "epoch": epoch,
        },
        scene=DuelScene(),
        simulate=simulate,
        describe=describe_duel,
        stills=[{"epoch": 0}, {"epoch": 50}, {"epoch": EPOCHS}],
        target=duel_target,
    )
