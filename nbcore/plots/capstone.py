"""Figures of the last notebook, over the records of `nbcore.experiments.capstone`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore.data import Split
from nbcore.experiments.capstone import Baselines, Checklist, Curves, Line
from nbcore.plots._style import NEUTRAL, SEQUENTIAL, TRAIN, VALIDATION, Picture, figure, series, style

GREYS = "gray_r"
"""Digits are dark on light, as they were written."""

HIGHEST = 1e3
"""A loss that overflows is drawn here, or it would press the rest of the panel flat."""

GOOD = series(0) | {"marker": "", "linewidth": 1.8}
BAD = series(1) | {"marker": "", "linewidth": 1.8}


@style()
def digits(X: npt.ArrayLike, y: npt.ArrayLike) -> Picture:
    """Two images of each class, and mean and standard deviation of every pixel.

    X: `(m, 64)`, grey values 0 to 16. y: `(m,)`, with at least two rows of each class from 0 to 9.
    """
    rows, labels = np.asarray(X, dtype=np.float64), np.asarray(y)
    fig, axes = figure(2, 12, width=8.4, height=1.9, width_ratios=[1] * 10 + [0.25, 1.9])
    for label in range(10):
        for i, row in enumerate(rows[labels == label][:2]):
            axes[i, label].imshow(row.reshape(8, 8), cmap=GREYS, vmin=0, vmax=16)
        axes[0, label].set_title(f"{label}", size=11, loc="center")
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    for ax, values, title in ((axes[0, 11], mean, "mean"), (axes[1, 11], deviation, "deviation")):
        image = ax.imshow(values.reshape(8, 8), cmap=SEQUENTIAL, vmin=0)
        ax.set_title(title, size=10)
        bar = fig.colorbar(image, ax=ax)
        bar.set_label("grey", size=10)
        bar.ax.tick_params(labelsize=9)
    for ax in axes.flat:
        ax.set_axis_off()
    corners = deviation.reshape(8, 8)[[0, 0, -1, -1], [0, -1, 0, -1]]
    return Picture(
        fig,
        f"Two images of each digit, 8 by 8 pixels, and the mean and standard deviation of every pixel over {len(rows)} "
        f"images: the largest deviation is {deviation.max():.1f}, that of a corner at most {corners.max():.1f}.",
    )


@style()
def three_parts(found: Split) -> Picture:
    """What each part of the data is for, and the way back that is a leak.

    found: the parts, whose rows are counted.
    """
    fig, ax = figure(width=9.6, height=3.0)
    sizes = len(found.y_train), len(found.y_val), len(found.y_test)
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": NEUTRAL, "linewidth": 1.2}
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.8}
    columns = (
        (1.3, f"{sizes[0]} training rows", "give mean, deviation\nand weights"),
        (5.0, f"{sizes[1]} validation rows", "choose the design:\nasked again and again"),
        (8.7, f"{sizes[2]} test rows", "tell how good it is:\nasked once"),
    )
    for at, name, purpose in columns:
        ax.text(at, 0.0, name, ha="center", va="center", bbox=box, weight="bold")
        ax.text(at, -0.32, purpose, ha="center", va="top", color=NEUTRAL)

    def path(*points: tuple[float, float], look: dict[str, Any]) -> None:
        xs, ys = zip(*points[:-1], strict=True)
        ax.plot(xs, ys, linewidth=1.8, solid_capstyle="butt", **look)
        ax.annotate("", points[-1], points[-2], arrowprops=arrow | look)

    right = {"color": series(0)["color"], "linestyle": "-"}
    wrong = {"color": series(1)["color"], "linestyle": "--"}
    for end in (4.6, 8.3):
        path((1.0, 0.3), (1.0, 0.8), (end, 0.8), (end, 0.3), look=right)
    ax.text(2.8, 0.88, "the same numbers move and scale them", ha="center", va="bottom", color=right["color"])
    path((9.1, 0.3), (9.1, 1.35), (0.6, 1.35), (0.6, 0.3), look=wrong)
    ax.text(
        4.9, 1.43, "a leak: nothing that is chosen may come from here", ha="center", va="bottom", color=wrong["color"]
    )
    ax.set(xlim=(-0.3, 10.3), ylim=(-1.0, 1.8))
    ax.axis("off")
    return Picture(
        fig,
        f"Three boxes: {sizes[0]} training rows give mean, deviation and weights; {sizes[1]} validation rows choose "
        f"the design, and are asked again and again; {sizes[2]} test rows tell how good it is, and are asked once. "
        "Arrows lead from the training rows to both others: the same numbers move and scale them. A dashed arrow back "
        "from the test rows to the training rows is marked as a leak.",
    )


@style()
def baselines(found: Baselines) -> Picture:
    """Validation accuracy of each model with its standard error, and training accuracy beside it."""
    rows = np.arange(len(found.names))
    fig, ax = figure(width=8.0, height=2.6)
    look: dict[str, Any] = VALIDATION | {"linestyle": ""}
    ax.errorbar(found.validation, rows, xerr=2 * found.error, capsize=4, label="validation, 2 standard errors", **look)
    ax.plot(found.train, rows - 0.25, label="training", **(TRAIN | {"linestyle": ""}))
    ax.set_yticks(rows, found.names)
    ax.set(xlabel="accuracy", ylabel="model", xlim=(0, 1.04), ylim=(rows.size - 0.4, -0.6))
    gain = f"{found.gain:+.3f} ± {found.gain_error:.3f}"
    ax.set_title(f"Gain of the hidden layer, row by row: {gain}", size=12)
    ax.legend(loc="lower center")
    numbers = ", ".join(
        f"{name} {accuracy:.3f}, standard error {error:.3f}"
        for name, accuracy, error in zip(found.names, found.validation, found.error, strict=True)
    )
    return Picture(fig, f"Validation accuracy of {rows.size} models: {numbers}. Gain of the hidden layer: {gain}.")


@style()
def checklist(found: Checklist) -> Picture:
    """One panel a line: the network without the fault, and with it; a band for what is measured, and a ring there."""
    n_columns = 3
    n_rows = -(-len(found.lines) // n_columns)
    fig, axes = figure(n_rows, n_columns, width=8.4, height=2.45 * n_rows + 0.5)
    for number, (ax, line) in enumerate(zip(axes.flat, found.lines, strict=False), 1):
        _panel(ax, line, number)
    for ax in axes.flat[len(found.lines) :]:
        ax.remove()
    handles, labels = axes.flat[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=4)
    verdicts = "; ".join(
        f"{number}, {line.name}: {_short(line.good)} as it should be, {_short(line.bad)} with the fault ({line.fault})"
        for number, line in enumerate(found.lines, 1)
    )
    return Picture(fig, f"{len(found.lines)} faults, each beside the same training without it. {verdicts}.")


def _panel(ax: Any, line: Line, number: int) -> None:
    for curve, look, label in ((line.bad_curve, BAD, "with the fault"), (line.good_curve, GOOD, "without it")):
        ax.plot(line.x, np.minimum(curve, HIGHEST), label=label, **look)
    if line.at is not None:
        low = max(line.low, 1e-3) if line.log else line.low
        ax.axhspan(low, line.high, color=NEUTRAL, alpha=0.13, linewidth=0, zorder=0, label="as it should be")
        ring: dict[str, Any] = {"marker": "o", "markersize": 9, "fillstyle": "none", "markeredgewidth": 1.6}
        for value, colour in ((line.bad, BAD["color"]), (line.good, GOOD["color"])):
            ax.plot(line.x[line.at], min(value, HIGHEST), linestyle="", color=colour, label="_", **ring)
        ax.plot([], [], linestyle="", color=NEUTRAL, label="measured here", **ring)
    ax.set_title(f"{number}. {line.name}", size=11)
    ax.set_xlabel(line.xlabel, size=10)
    ax.set_ylabel(line.ylabel, size=10)
    ax.tick_params(labelsize=9)
    if line.log:
        ax.set_yscale("log")
    elif line.high <= 1:
        ax.set_ylim(-0.04, 1.04)
    if line.x[-1] / max(line.x[0], 1e-9) < 1e4 and line.x[0] > 0:
        ax.set_xscale("log")


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.0e}"


@style()
def validation_curves(rows: Curves, widths: Curves) -> Picture:
    """Training and validation accuracy, left against the number of training rows, right against the width."""
    fig, axes = figure(1, 2, width=8.4, height=3.8)
    for ax, found, xlabel, title in (
        (axes[0], rows, "training rows", "Your classifier"),
        (axes[1], widths, "hidden units", "One hidden layer"),
    ):
        for values, look, label in ((found.train, TRAIN, "training"), (found.validation, VALIDATION, "validation")):
            low, high = values.min(axis=1), values.max(axis=1)
            band = f"{label}, lowest to highest seed"
            ax.fill_between(found.values, low, high, color=look["color"], alpha=0.15, linewidth=0, label=band)
            ax.plot(found.values, values.mean(axis=1), label=label, **look)
        lowest = min(found.validation.min(), found.train.min())
        ax.set(xscale="log", xlabel=xlabel, title=title, ylim=(0.7 if lowest > 0.7 else 0, 1.02))
        ax.set_xticks(found.values, [str(value) for value in found.values], minor=False)
        ax.minorticks_off()
        ax.tick_params(axis="x", labelsize=10)
        ax.set_ylabel("accuracy")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return Picture(
        fig,
        "Accuracy on training and validation rows. Left, by number of training rows, validation: "
        f"{_series(rows)}. Right, by number of hidden units, validation: {_series(widths)}.",
    )


def _series(found: Curves) -> str:
    means = found.validation.mean(axis=1)
    return ", ".join(f"{mean:.3f} at {value}" for value, mean in zip(found.values, means, strict=True))


@style()
def confusion(counts: npt.ArrayLike, title: str = "Confusion matrix") -> Picture:
    """Counts of true class (row) and predicted class (column); mistakes are shaded by their share of the row.

    counts: `(k, k)`.
    """
    table = np.asarray(counts, dtype=np.float64)
    k = len(table)
    off = table * (1 - np.eye(k))
    share = 100 * off / np.maximum(table.sum(axis=1, keepdims=True), 1)
    fig, ax = figure(width=6.4, height=5.2)
    highest = max(share.max(), 1.0)
    image = ax.imshow(np.where(off > 0, share, np.nan), cmap=SEQUENTIAL, vmin=0, vmax=highest)
    fig.colorbar(image, ax=ax, label="share of the true class, %", shrink=0.85)
    for i in range(k):
        for j in range(k):
            if table[i, j]:
                dark = i != j and share[i, j] < 0.6 * highest
                ax.text(j, i, f"{table[i, j]:g}", ha="center", va="center", size=11, color="white" if dark else "black")
    ax.set(title=title, xlabel="predicted class", ylabel="true class")
    ax.set_xticks(range(k))
    ax.set_yticks(range(k))
    ax.grid(visible=False)
    pairs = ", ".join(f"{i} for {j}" for i, j in np.argwhere(off == off.max())[:4])
    most = f" Most often, {off.max():g} times: {pairs}." if off.any() else ""
    return Picture(
        fig,
        f"Confusion matrix of {table.sum():g} rows: {np.trace(table):g} on the diagonal, {off.sum():g} beside it."
        f"{most}",
    )
