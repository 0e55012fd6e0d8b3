"""One explorer of over-fitting: dropout and L2 against over-fitting, with a validation loss to reach.

The networks are trained beforehand, by `nbcore.experiments.regularization.grid` with the student's functions; a move
only looks one of them up and asks it for its probabilities.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore.experiments.regularization import Grid, logits
from nbcore.plots import CLASS_COLORS, CLASS_MARKERS, DIVERGING, NEUTRAL, TEST, TRAIN, VALIDATION
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target

if TYPE_CHECKING:  # matplotlib, with contourpy, is slow to load and waits for the first picture
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

X_LIMITS, Y_LIMITS = (-2.1, 3.1), (-1.7, 2.2)
N_POINTS = 45
"""Points of the map along each side."""

PARTS = (("training", TRAIN), ("validation", VALIDATION), ("test", TEST))
NEAR = 1.05
"""The target is reached within 5 % of the best network of the grid."""


@dataclass(frozen=True)
class Fit:
    """One network of the grid at one epoch."""

    lam: float
    p: float
    at: int  # which of the recorded epochs
    epochs: FloatArray  # (n_recorded,)
    losses: FloatArray  # (3, n_recorded): training, validation, test
    chance: FloatArray  # (N_POINTS, N_POINTS): logits of class 1 on the map, cut off at -4 and 4; rows go up
    boundary: FloatArray  # (2, n): the line where the logit is 0, with NaN between its pieces
    norm: float  # of all weights
    best: float  # lowest validation loss of any network of the grid at the last epoch


def simulate_overfitting(grid: Grid, *, lam: str, p: float, epoch: float) -> Fit:
    """The network trained with penalty `lam` and dropout `p`, as it was at `epoch`; the nearest that there is."""
    i = int(np.argmin(np.abs(np.array(grid.strengths) - float(lam))))
    j = int(np.argmin(np.abs(np.array(grid.probabilities) - p)))
    at = int(np.argmin(np.abs(grid.epochs - epoch)))
    params = grid.snapshots[i][j][at]
    xs, ys = np.linspace(*X_LIMITS, N_POINTS), np.linspace(*Y_LIMITS, N_POINTS)
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    z = logits(grid.tools, points, params).reshape(N_POINTS, N_POINTS)
    weights = np.concatenate([W.ravel() for key, W in params.items() if key.startswith("W")])
    return Fit(
        lam=grid.strengths[i],
        p=grid.probabilities[j],
        at=at,
        epochs=grid.epochs,
        losses=grid.losses[i, j],
        chance=np.clip(z, -4, 4),
        boundary=_zero_line(xs, ys, z),
        norm=float(np.linalg.norm(weights)),
        best=float(grid.losses[:, :, 1, -1].min()),
    )


def _zero_line(xs: FloatArray, ys: FloatArray, z: FloatArray) -> FloatArray:
    from contourpy import contour_generator

    pieces: list[Any] = [np.asarray(piece) for piece in contour_generator(xs, ys, z).lines(0.0)]
    if not pieces:
        return np.full((2, 1), np.nan)
    gap = np.full((1, 2), np.nan)
    return np.vstack([part for piece in pieces for part in (piece, gap)]).T


@dataclass(frozen=True)
class OverfittingScene:
    """Left the map of the network with the training rows, right the losses by epoch, with the epoch marked."""

    grid: Grid

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.15])
        left.set(title="What it has learned", xlabel="$x_1$", ylabel="$x_2$", xlim=X_LIMITS, ylim=Y_LIMITS)
        left.grid(False)
        step = (X_LIMITS[1] - X_LIMITS[0]) / (N_POINTS - 1) / 2, (Y_LIMITS[1] - Y_LIMITS[0]) / (N_POINTS - 1) / 2
        image = left.imshow(
            np.zeros((N_POINTS, N_POINTS)),
            cmap=DIVERGING,
            vmin=-8,
            vmax=8,
            origin="lower",
            extent=(X_LIMITS[0] - step[0], X_LIMITS[1] + step[0], Y_LIMITS[0] - step[1], Y_LIMITS[1] + step[1]),
            aspect="auto",
            interpolation="nearest",
            zorder=0.5,
        )
        left.set(xlim=X_LIMITS, ylim=Y_LIMITS)
        artists: Artists = {"map": image, "boundary": left.plot([], [], color="black", linewidth=2.2, zorder=2)[0]}
        # The points lie on the map, which moves, so they have to be drawn again with it.
        labels = self.grid.task.y_train[:, 0]
        for label in (0, 1):
            artists[f"class {label}"] = left.plot(
                *self.grid.task.X_train[labels == label].T,
                linestyle="",
                marker=CLASS_MARKERS[label],
                color=CLASS_COLORS[label],
                markeredgecolor="white",
                markersize=6,
                zorder=3,
                label=f"class {label}",
            )[0]
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=2)
        right.set(title="Loss", xlabel="epoch", yscale="log", ylim=(0.005, 10))
        right.set_xlim(-0.02 * self.grid.epochs[-1], 1.02 * self.grid.epochs[-1])
        for name, look in PARTS:
            artists[name] = right.plot([], [], label=name, markevery=4, **look)[0]
        artists["epoch"] = right.plot([], [], color=NEUTRAL, linewidth=1.5)[0]
        fig.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=3)
        return artists

    def update(self, artists: Artists, arrays: Fit) -> None:
        parts: dict[str, Any] = artists
        parts["map"].set_data(arrays.chance)
        parts["boundary"].set_data(*arrays.boundary)
        for (name, _), losses in zip(PARTS, arrays.losses, strict=True):
            parts[name].set_data(arrays.epochs, losses)
        parts["epoch"].set_data([arrays.epochs[arrays.at]] * 2, [0.005, 10])


def describe_overfitting(arrays: Fit) -> list[str]:
    """The three losses at the epoch, and how long the weights are."""
    train, val, test = arrays.losses[:, arrays.at]
    return [
        f"L2 strength {arrays.lam:g}, dropout {arrays.p:g}, epoch {arrays.epochs[arrays.at]:.0f}: "
        f"loss {train:.3f} in training, {val:.3f} in validation, {test:.3f} in the test.",
        f"Norm of all weights: {arrays.norm:.1f}.",
    ]


def overfitting_target(arrays: Fit) -> Target:
    """At the last epoch, a validation loss near the best of the grid."""
    limit = NEAR * arrays.best
    goal = f"train to epoch {arrays.epochs[-1]:.0f} and end with a validation loss of at most {limit:.3f}."
    low = bool(arrays.losses[1, arrays.at] <= limit)
    if arrays.at < arrays.epochs.size - 1:
        return Target(goal, False, "Low enough, but only because you stopped early." if low else "")
    return Target(goal, low)


def overfitting_explorer(networks: Grid, *, lam: str = "0", p: float = 0.0, epoch: int | None = None) -> Explorer:
    """A network on moons, its penalty, its dropout and the time it has trained.

    Args:
        networks: from `nbcore.experiments.regularization.grid`.
        lam: strength of the L2 penalty, one of those of the grid, as text.
        p: probability to drop a hidden unit; the nearest of the grid.
        epoch: how long it has trained; to the end unless given.
    """
    options = tuple(f"{strength:g}" for strength in networks.strengths)
    low, high = networks.probabilities[0], networks.probabilities[-1]
    last = int(networks.epochs[-1])
    return Explorer(
        call="widgets.overfitting_explorer(networks",
        controls=[
            Choice("lam", "L2 strength", options, "Factor of the L2 penalty."),
            Slider(
                "p",
                "Dropout p",
                low,
                high,
                round((high - low) / (len(networks.probabilities) - 1), 6),
                "Chance to drop.",
            ),
            Slider("epoch", "Epoch", 0, last, int(networks.epochs[1]), "How long it has trained.", integer=True),
        ],
        values={"lam": lam, "p": p, "epoch": last if epoch is None else epoch},
        scene=OverfittingScene(networks),
        simulate=lambda **values: simulate_overfitting(networks, **values),
        describe=describe_overfitting,
        stills=[{}, {"epoch": int(networks.epochs[2])}, {"lam": options[-2]}, {"p": high}],
        target=overfitting_target,
    )
