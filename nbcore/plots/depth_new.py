"""Figures of the notebook on depth: pictures of layer normalization and of a residual block, what the gain keeps, and
what helps a deep network.

Each function gives one figure as a `Picture`. Nothing is computed here beyond what the drawing needs.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from nbcore.experiments.depth_new import FloatArray, GainSignal, WhatHelps, in_words
from nbcore.plots._style import NEUTRAL, PALETTE, Picture, figure, series, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@style()
def gain_signal(found: GainSignal) -> Picture:
    """Mean square of the pre-activations by layer, median and middle 80 % of the seeds."""
    fig, ax = figure(width=8.5, height=4.2)
    layers = np.arange(1, found.squares.shape[2] + 1)
    for i, name in enumerate(found.names):
        _band(ax, layers, found.squares[i], i, name, len(found.names))
    ax.axhline(1.0, color=NEUTRAL, linestyle="--", linewidth=1.2)
    ax.set(yscale="log", xlabel="layer", ylabel="mean square of z", title="The signal on its way forward")
    ax.legend(loc="lower left")
    ends = ", ".join(f"{name} {row[-1]:.2g}" for name, row in zip(found.names, found.median, strict=True))
    return Picture(
        fig,
        f"Mean square of the pre-activations by layer on a log scale, {layers.size} layers, {found.squares.shape[1]} "
        f"random networks each. In the last layer: {ends}.",
    )


def _band(ax: "Axes", x: Any, values: FloatArray, i: int, name: str, n: int) -> None:
    """The i-th of n series: median and middle 80 % of the rows of `values`."""
    look = series(i)
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
    ax.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0)
    ax.plot(x, middle, label=name, markevery=(i, n), **look)


@style()
def which_axis() -> Picture:
    """A batch as a table: batch normalization takes its statistics of a column, layer normalization of a row."""
    from matplotlib.patches import Rectangle

    rows, columns = 4, 6
    fig, axes = figure(1, 2, width=9.0, height=3.0)
    for ax, title, marked in (
        (axes[0], "Batch normalization: mean(axis=0)", [(row, 2) for row in range(rows)]),
        (axes[1], "Layer normalization: mean(axis=-1)", [(1, column) for column in range(columns)]),
    ):
        for row in range(rows):
            for column in range(columns):
                face = PALETTE[1] if (row, column) in marked else "white"
                ax.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=NEUTRAL, linewidth=1.2))
        ax.text(columns / 2, rows + 0.2, "n units", ha="center", va="top")
        ax.text(-0.2, rows / 2, "m examples", ha="right", va="center", rotation=90)
        ax.set(xlim=(-0.8, columns + 0.1), ylim=(rows + 0.9, -0.1), aspect="equal", title=title)
        ax.axis("off")
    return Picture(
        fig,
        f"Two tables of {rows} examples by {columns} units. Left one column is marked: batch normalization takes mean "
        "and variance of a unit over the examples. Right one row is marked: layer normalization takes them of an "
        "example over its units.",
    )


@style()
def residual_block() -> Picture:
    """The block as boxes with shapes: the branch of two layers below, the skip path above."""
    fig, ax = figure(width=10.0, height=3.0)
    boxes = {
        2.6: ("x @ W1.T + b1", "(m, h)"),
        5.0: ("ReLU", "(m, h)"),
        7.4: ("@ W2.T + b2", "(m, n)"),
    }
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0, "linewidth": 2.0}
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": NEUTRAL, "linewidth": 1.2}
    for at, (text, shape) in boxes.items():
        ax.text(at, 0.0, text, ha="center", va="center", bbox=box)
        ax.text(at, -0.48, shape, ha="center", va="center", color=NEUTRAL)
    for at, text in ((0.0, "x"), (11.0, "out")):
        ax.text(at, 0.0, text, ha="center", va="center", bbox=box)
        ax.text(at, -0.48, "(m, n)", ha="center", va="center", color=NEUTRAL)
    ax.text(9.4, 0.0, "+", ha="center", va="center", fontsize=16, bbox=box | {"boxstyle": "circle,pad=0.25"})

    def path(*points: tuple[float, float], color: str, dashed: bool = False) -> None:
        look = {"color": color, "linestyle": "--" if dashed else "-"}
        xs, ys = zip(*points[:-1], strict=True)
        ax.plot(xs, ys, linewidth=2.0, solid_capstyle="butt", **look)
        ax.annotate("", points[-1], points[-2], arrowprops=arrow | look)

    branch, skip = PALETTE[0], PALETTE[1]
    for left, right in ((0.25, 1.65), (3.55, 4.5), (5.5, 6.45), (8.35, 9.1), (9.7, 10.6)):
        path((left, 0.0), (right, 0.0), color=branch if right < 9.5 else NEUTRAL)
    path((0.05, 0.25), (0.05, 0.95), (9.35, 0.95), (9.35, 0.32), color=skip)
    path((9.55, 0.32), (9.55, 1.2), (-0.15, 1.2), (-0.15, 0.25), color=skip, dashed=True)
    ax.text(4.7, 0.72, "skip path: x, unchanged", ha="center", va="center", color=skip)
    ax.text(4.7, 1.43, "way back: dout, unchanged", ha="center", va="center", color=skip)
    ax.set(xlim=(-0.6, 11.6), ylim=(-0.65, 1.65))
    ax.axis("off")
    return Picture(
        fig,
        "A residual block. x of shape (m, n) goes through a layer with W1 to (m, h), through a ReLU, and through a "
        "layer with W2 back to (m, n). A skip path takes x around them unchanged, and both are added. On the way back "
        "the gradient takes the skip path unchanged.",
    )


MOST = 1.0
"""Losses above are drawn here, infinite ones too."""


@style()
def what_helps(found: WhatHelps) -> Picture:
    """Left the gradient by block before training, right the losses of all seeds by learning rate."""
    fig, (left, right) = figure(1, 2, width=12.0, height=4.6)
    n = len(found.names)
    for i, name in enumerate(found.names):
        _band(left, np.arange(1, found.gradients.shape[2] + 1), found.gradients[i], i, name, n)
    left.set(
        yscale="log",
        xlabel="block (the last point is the output of the last one)",
        ylabel="relative to the last",
        title="Norm of the gradient before training",
    )
    left.legend(loc="lower right")

    places = np.arange(len(found.rates))
    for i, name in enumerate(found.names):
        x = np.repeat(places + 0.14 * (i - (n - 1) / 2), found.losses.shape[2])
        right.plot(
            x, np.minimum(found.losses[i], MOST).ravel(), label=name, **(series(i) | {"linestyle": "", "markersize": 7})
        )
    for height, text in ((np.log(2), "guessing"), (MOST, "more, or diverged")):
        right.axhline(height, color=NEUTRAL, linestyle="--", linewidth=1.2)
        right.annotate(text, (-0.5, height), (0, 3), textcoords="offset points", va="bottom", color=NEUTRAL)
    right.set_xticks(places, [f"{rate:g}" for rate in found.rates])
    right.set(
        xlabel="learning rate",
        ylabel="training loss",
        title=f"Loss after {found.n_steps} steps, one mark a seed",
        xlim=(-0.5, places[-1] + 0.5),
        ylim=(0, 1.12 * MOST),
    )
    ratios = ", ".join(f"{name} {ratio:.2g}" for name, ratio in zip(found.names, found.first_over_last, strict=True))
    losses = "; ".join(
        f"{name} {', '.join(map(in_words, row))}" for name, row in zip(found.names, found.losses, strict=True)
    )
    return Picture(
        fig,
        f"Left: norm of the gradient by block on a log scale, first over last: {ratios}. Right: training losses of "
        f"{found.losses.shape[2]} seeds after {found.n_steps} steps; means at the learning rates "
        f"{', '.join(f'{rate:g}' for rate in found.rates)}: {losses}.",
    )
