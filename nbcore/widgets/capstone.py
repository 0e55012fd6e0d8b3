"""Widget of the last notebook: a browser of the images that a classifier gets wrong.

A thin wrapper over a record of `nbcore.experiments.capstone`; it trains nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nbcore.experiments.capstone import Errors, FloatArray
from nbcore.plots import series
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

N_CLASSES = 10
ORDERS = ("surest mistakes first", "by true digit")


@dataclass(frozen=True)
class View:
    """One image, and the nearest training images of its true class and of the voted one."""

    number: int  # from 1
    n_wrong: int
    n_shown: int
    image: FloatArray  # (8, 8)
    near_true: FloatArray  # (8, 8)
    near_voted: FloatArray  # (8, 8)
    distance_true: float  # root of the summed squared pixel differences
    distance_voted: float
    y: int
    voted: int
    votes: FloatArray  # (10,)
    baseline: FloatArray  # (10,)


def simulate_error(found: Errors, *, order: str, number: int) -> View:
    """The image at place `number` of the mistakes; with no mistake at all, of the least sure right answers."""
    rows = shown_rows(found)
    if order == ORDERS[1]:
        rows = rows[np.argsort(found.y[rows], kind="stable")]
    number = min(number, len(rows))
    i = int(rows[number - 1])
    y, voted = int(found.y[i]), int(found.predicted[i])
    true, taken = (found.X_train[found.nearest(i, label)] for label in (y, voted))
    return View(
        number=number,
        n_wrong=int(found.wrong.sum()),
        n_shown=len(rows),
        image=found.X[i].reshape(8, 8),
        near_true=true.reshape(8, 8),
        near_voted=taken.reshape(8, 8),
        distance_true=float(np.linalg.norm(true - found.X[i])),
        distance_voted=float(np.linalg.norm(taken - found.X[i])),
        y=y,
        voted=voted,
        votes=found.votes[i],
        baseline=found.baseline[i],
    )


def shown_rows(found: Errors) -> Any:
    """`(n,)`: the mistakes, which come first in the record, or the ten least sure answers if there is none."""
    n_wrong = int(found.wrong.sum())
    return np.arange(n_wrong if n_wrong else min(10, len(found.y)))


class ErrorScene:
    """Three images, and the votes and the baseline's probabilities of the ten classes."""

    def setup(self, fig: "Figure") -> Artists:
        axes = fig.subplots(1, 4, width_ratios=[1, 1, 1, 1.7])
        artists: Artists = {}
        titles = ("image", "nearest, true class", "nearest, voted class")
        for key, title, ax in zip(("image", "true", "voted"), titles, axes, strict=False):
            ax.set_title(title, size=11)
            ax.set_axis_off()
            artists[key] = ax.imshow(np.zeros((8, 8)), cmap="gray_r", vmin=0, vmax=16)
            artists[f"{key} label"] = ax.text(0.5, -0.12, "", transform=ax.transAxes, ha="center", size=11)
        shares = axes[3]
        shares.set(xlabel="class", ylabel="share", xlim=(-0.6, N_CLASSES - 0.4), ylim=(-0.04, 1.3))
        shares.set_xticks(range(N_CLASSES))
        shares.set_yticks([0, 0.5, 1])
        votes = series(0) | {"linestyle": "-", "linewidth": 7, "marker": ""}
        artists["votes"] = shares.plot([], [], label="votes", solid_capstyle="butt", **votes)[0]
        look = series(1) | {"linestyle": "", "markersize": 7, "markeredgecolor": "white"}
        artists["baseline"] = shares.plot([], [], label="MLPClassifier", **look)[0]
        shares.legend(loc="upper center", ncols=2, fontsize=10, columnspacing=1.0, handlelength=1.2)
        return artists

    def update(self, artists: Artists, arrays: View) -> None:
        lines: dict[str, Any] = artists
        lines["image"].set_data(arrays.image)
        lines["true"].set_data(arrays.near_true)
        lines["voted"].set_data(arrays.near_voted)
        lines["image label"].set_text(f"a {arrays.y}, voted {arrays.voted}")
        lines["true label"].set_text(f"a {arrays.y}, {arrays.distance_true:.1f} away")
        lines["voted label"].set_text(f"a {arrays.voted}, {arrays.distance_voted:.1f} away")
        classes = np.arange(N_CLASSES)
        gaps = np.full(N_CLASSES, np.nan)  # one line with gaps is all bars at once
        lines["votes"].set_data(
            np.column_stack([classes, classes, gaps]).ravel(),
            np.column_stack([np.zeros(N_CLASSES), arrays.votes, gaps]).ravel(),
        )
        lines["baseline"].set_data(classes, arrays.baseline)


def describe_error(arrays: View) -> list[str]:
    """What the image is, what was voted, and how far the nearest training images are."""
    kind = "Mistake" if arrays.n_wrong else "No mistakes; least sure answer"
    return [
        f"{kind} {arrays.number} of {arrays.n_shown}: a {arrays.y}, voted {arrays.voted} "
        f"with {arrays.votes[arrays.voted]:.0%} of the votes; {arrays.votes[arrays.y]:.0%} say {arrays.y}.",
        f"MLPClassifier gives {arrays.baseline[arrays.voted]:.3f} to {arrays.voted}, "
        f"{arrays.baseline[arrays.y]:.3f} to {arrays.y}.",
        f"Nearest training images: a {arrays.y} at distance {arrays.distance_true:.1f}, "
        f"a {arrays.voted} at {arrays.distance_voted:.1f}.",
    ]


def error_target(arrays: View, possible: bool) -> Target:
    """A mistake whose nearest training image is of the voted class, if there is one."""
    goal = "find a mistake whose nearest training image belongs to the voted class."
    reached = arrays.y != arrays.voted and arrays.distance_voted < arrays.distance_true
    return Target(goal, reached, "" if possible else "no mistake is nearest to the voted class.", possible)


def _nearer_to_voted(found: Errors, i: int) -> bool:
    true, voted = (found.X_train[found.nearest(i, int(label))] for label in (found.y[i], found.predicted[i]))
    return bool(np.linalg.norm(voted - found.X[i]) < np.linalg.norm(true - found.X[i]))


def error_browser(found: Errors, *, order: str = ORDERS[0], number: int = 1) -> Explorer:
    """A slider through the images that a classifier gets wrong, each beside the training images nearest to it.

    Args:
        found: from `nbcore.experiments.capstone.errors`.
        order: "surest mistakes first" or "by true digit".
        number: which image, from 1.

    Raises:
        ValueError: an unknown order.
    """
    n = len(shown_rows(found))
    possible = any(_nearer_to_voted(found, int(i)) for i in np.flatnonzero(found.wrong))
    return Explorer(
        call="widgets.error_browser(found",
        controls=[
            Choice("order", "Order", ORDERS, "In which order the images come."),
            Slider("number", "Image", 1, max(n, 2), 1, "Which image to look at.", integer=True),
        ],
        values={"order": order, "number": number},
        scene=ErrorScene(),
        simulate=lambda **values: simulate_error(found, **values),
        describe=describe_error,
        stills=[{"number": k} for k in range(1, min(n, 3) + 1)],
        target=lambda arrays: error_target(arrays, possible),
    )
