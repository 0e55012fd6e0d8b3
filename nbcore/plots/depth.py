"""Figures of the notebook on depth, over the records of `nbcore.experiments.depth`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from nbcore.experiments.depth import (
    DepthTrains,
    DyingUnits,
    FloatArray,
    Flow,
    GainSignal,
    Revival,
    Scales,
    Untrained,
    WhatHelps,
    in_words,
)
from nbcore.plots._style import NEUTRAL, PALETTE, Picture, figure, series, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@style()
def flow(found: Flow, depth: DepthTrains) -> Picture:
    """Signal, delta and dW by layer, median and middle 80 % of the seeds; and the loss after training by depth."""
    fig, axes = figure(2, 2, width=11.0, height=8.4)
    hidden = found.n_layers
    panels: tuple[tuple[FloatArray, int, str, str], ...] = (
        (found.signals, 0, "Forward: length of the signal a", "relative to the input"),
        (found.deltas, 1, "Back: length of delta", "relative to the last hidden layer"),
        (found.weights[:, :, :hidden], 1, "Norm of dW", "relative to the last hidden layer"),
    )
    for ax, (values, first, title, label) in zip(axes.flat, panels, strict=False):
        layers = np.arange(first, hidden + 1)
        for i, name in enumerate(found.names):
            look = series(i)
            low, middle, high = np.quantile(values[i], [0.1, 0.5, 0.9], axis=0)
            ax.fill_between(layers, low, high, color=look["color"], alpha=0.2, linewidth=0)
            ax.plot(layers, middle, label=name, markevery=(i, len(found.names)), **look)
        ax.set(title=title, xlabel="layer", ylabel=label, yscale="log")
        ax.set_xticks(np.arange(0, hidden + 1, max(1, hidden // 5)))
    axes[1, 0].legend(loc="lower right")
    low = min(ax.get_ylim()[0] for ax in (axes[0, 1], axes[1, 0]))
    high = max(ax.get_ylim()[1] for ax in (axes[0, 1], axes[1, 0]))
    for ax in (axes[0, 1], axes[1, 0]):
        ax.set_ylim(low, high)

    last = axes[1, 1]
    places = np.arange(len(depth.depths))
    spread = 0.07 * (np.arange(len(depth.names)) - (len(depth.names) - 1) / 2)
    for i, name in enumerate(depth.names):
        x = np.repeat(places + spread[i], depth.losses.shape[2])
        last.plot(x, depth.losses[i].ravel(), label=name, **(series(i) | {"linestyle": "", "markersize": 7}))
    last.axhline(np.log(2), color=NEUTRAL, linestyle="--", linewidth=1.2)
    last.annotate("guessing", (places[0], np.log(2)), (0, 2), textcoords="offset points", va="bottom", color=NEUTRAL)
    last.set_xticks(places, [str(d) for d in depth.depths])
    last.set(title="Do deep networks learn?", xlabel="hidden layers", ylabel="loss after training")
    last.set_ylim(-0.03, 1.1 * max(np.log(2), float(depth.losses.max())))

    deltas = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, found.delta_ratio, strict=True))
    norms = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, found.weight_ratio, strict=True))
    signals = np.median(found.signals[:, :, -1], axis=1)
    ends = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, signals, strict=True))
    stuck = ", ".join(f"{name} {s:.0%}" for name, s in zip(depth.names, depth.stuck[:, -1], strict=True))
    return Picture(
        fig,
        f"By layer on log scales, {found.deltas.shape[1]} random networks of {hidden} hidden layers each. Length of "
        f"the signal, last layer over input: {ends}. Length of delta, first layer over last: {deltas}. Norm of dW, "
        f"first over last: {norms}. Last panel: loss after training by depth; share stuck at guessing with "
        f"{depth.depths[-1]} hidden layers: {stuck}.",
    )


@style()
def dying_units(before: Untrained, dying: DyingUnits, revived: Revival) -> Picture:
    """Dead units before training by layer, after training by learning rate, and single units that start inactive."""
    fig, (left, middle, right) = figure(1, 3, width=13.0, height=4.4)
    layers = np.arange(before.cosine.size)
    left.plot(layers, before.cosine, label="mean cosine of two examples", **series(0))
    left.plot(layers[1:], before.dead, label="dead share of the units", **series(1))
    left.set(title="Before training, by layer", xlabel="layer", ylabel="cosine, or share", ylim=(-0.07, 1.03))
    left.set_xticks(layers[:: max(1, layers.size // 5)])
    left.legend(loc="center right")

    rates = [f"{rate:g}" for rate in dying.learning_rates]
    places = np.arange(len(rates) + 1)
    shares = np.vstack([dying.before, dying.share])
    spread = np.linspace(-0.18, 0.18, shares.shape[1])  # so that equal networks do not hide each other
    for place, row in zip(places, shares, strict=True):
        label = "one network" if place == 0 else None
        middle.plot(place + spread, row, "o", color=series(0)["color"], alpha=0.55, label=label)
    middle.plot(
        places, shares.mean(axis=1), label="mean", **(series(1) | {"marker": "_", "markersize": 26, "linestyle": ""})
    )
    middle.set(title="After training", xlabel="learning rate", ylabel="dead share of the units", ylim=(-0.03, 1.03))
    middle.set_xticks(places, ["untrained", *rates])
    middle.legend(loc="upper left")

    for i, (name, losses) in enumerate(zip(revived.names, revived.losses, strict=True)):
        look = series(i) | {"markevery": (30 + 12 * i, 90)}
        right.plot(np.arange(losses.size), losses, label=name, **look)
    right.set(title="A unit that starts inactive", xlabel="step", ylabel="loss")
    right.set_ylim(-0.05 * revived.losses.max(), 1.05 * revived.losses.max())
    right.legend(loc="center right")

    means = ", ".join(f"{mean:.0%} at {rate}" for mean, rate in zip(dying.share.mean(axis=1), rates, strict=True))
    ends = ", ".join(f"{name} {losses[-1]:.2g}" for name, losses in zip(revived.names, revived.losses, strict=True))
    return Picture(
        fig,
        f"Left: before training the mean cosine of two examples rises from {before.cosine[1]:.2f} in the first layer "
        f"to {before.cosine[-1]:.2f} in the last, the dead share to {before.dead[-1]:.0%}. Middle: mean share of dead "
        f"hidden units in small networks, {dying.before.mean():.0%} before training, after it {means} (learning rate). "
        f"Right: loss of one unit that starts inactive for every example, after {revived.losses.shape[1]} steps: "
        f"{ends}.",
    )


@style()
def scales(found: Scales) -> Picture:
    """Training losses of deep networks by the scale of their initial weights, without and with batch normalization."""
    fig, axes = figure(1, 2, width=11.0, height=4.0, sharey=True)
    steps = np.arange(found.plain.shape[2])
    for ax, losses, title in zip(
        axes, (found.plain, found.normalized), ("Without normalization", "With batch normalization"), strict=True
    ):
        for i, factor in enumerate(found.factors):
            for seed, curve in enumerate(losses[i]):
                label = f"He times {factor:g}" if seed == 0 else None
                shown = np.where(np.isfinite(curve), curve, np.nan)  # a run that diverges ends
                ax.plot(steps, shown, label=label, **(series(i) | {"markevery": (16 - 8 * i, 24)}))
        ax.axhline(np.log(2), color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
        ax.set(yscale="log", xlabel="step", title=title, ylim=(0.01, 1e4))
    axes[0].set_ylabel("training loss")
    # On the left it would lie on curves
    axes[1].text(steps[-1], np.log(2) * 1.2, "guessing", ha="right", color=NEUTRAL)
    axes[1].legend(loc="upper right")

    def ends(losses: FloatArray) -> str:
        last = losses[:, :, -1].mean(axis=1)
        return ", ".join(
            f"{f'{end:.2f}' if np.isfinite(end) else 'diverged'} for {factor:g}"
            for end, factor in zip(last, found.factors, strict=True)
        )

    return Picture(
        fig,
        f"Training loss on a log scale against the step, hidden weights He's times a factor. Mean loss at the end "
        f"without normalization: {ends(found.plain)}; with batch normalization: {ends(found.normalized)}.",
    )


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
    fig, ax = figure(width=10.0, height=4.0)
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
    ax.text(0.3, -0.48, "(m, n)", ha="left", va="center", color=NEUTRAL)
    ax.text(11.0, -0.48, "(m, n)", ha="center", va="center", color=NEUTRAL)
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
    path((9.45, -0.32), (9.45, -1.15), (-0.05, -1.15), (-0.05, -0.25), color=branch, dashed=True)
    ax.text(4.7, 0.72, "skip path: x, unchanged", ha="center", va="center", color=skip)
    ax.text(4.7, 1.43, "way back: dout, unchanged", ha="center", va="center", color=skip)
    ax.plot([1.4, 1.4, 8.6, 8.6], [-0.66, -0.74, -0.74, -0.66], color=NEUTRAL, linewidth=1.2)
    ax.text(5.0, -0.94, "F(x)", ha="center", va="center")
    ax.text(4.7, -1.4, "way back through F: W2, ReLU, W1", ha="center", va="center", color=branch)
    ax.text(-0.3, -0.48, "both\nare added", ha="right", va="center", color=NEUTRAL)
    ax.set(xlim=(-1.7, 11.6), ylim=(-1.6, 1.65))
    ax.axis("off")
    return Picture(
        fig,
        "A residual block. x of shape (m, n) goes through a layer with W1 to (m, h), through a ReLU, and through a "
        "layer with W2 back to (m, n): this is F(x). A skip path takes x around them unchanged, and both are added. "
        "The gradient goes back on two ways, over the skip path unchanged and through F; at x both are added.",
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
        xticks=range(1, found.gradients.shape[2] + 1, 2),
        xlabel="block (the last point is the output of the last one)",
        ylabel="relative to the last",
        title="Norm of the gradient before training",
    )
    left.legend(loc="lower right")

    places = np.arange(len(found.rates))
    aside = np.linspace(-0.045, 0.045, found.losses.shape[2])  # so that equal losses do not hide each other
    for i, name in enumerate(found.names):
        x = (places[:, None] + 0.15 * (i - (n - 1) / 2) + aside).ravel()
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
