"""Figures of the notebook on regularization, over the records of `nbcore.experiments.regularization`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Patch

from nbcore.experiments.regularization import (
    SMALL,
    Comparison,
    Curve,
    Decay,
    DoubleDescent,
    Overfitting,
)
from nbcore.plots._style import NEUTRAL, PALETTE, TEST, TRAIN, VALIDATION, Picture, figure, series, style


def _band(n_networks: int) -> Patch:
    """The entry of a legend for the band around a line."""
    return Patch(color=NEUTRAL, alpha=0.15, linewidth=0, label=f"band: all {n_networks} networks")


PARTS: tuple[tuple[str, dict[str, Any]], ...] = (("training", TRAIN), ("validation", VALIDATION), ("test", TEST))


@style()
def overfitting(found: Overfitting) -> Picture:
    """Loss on the three parts by epoch: the median of the networks, and a band that holds all of them."""
    fig, ax = figure(width=10.0, height=4.2)
    for (name, look), losses in zip(PARTS, found.losses, strict=True):
        ax.fill_between(
            found.epochs, losses.min(axis=0), losses.max(axis=0), color=look["color"], alpha=0.15, linewidth=0
        )
        ax.plot(found.epochs, np.median(losses, axis=0), label=f"{name}, median", markevery=4, **look)
    for i, epoch in enumerate(found.best):
        label = "epoch of the lowest validation\nloss, each network" if i == 0 else None
        ax.axvline(epoch, ymax=0.2, color=NEUTRAL, linewidth=1.2, label=label)
    ax.set(
        yscale="log",
        ylim=(0.002, 10),
        xlabel="epoch",
        ylabel="loss (cross-entropy)",
        title=f"{found.losses.shape[1]} networks without regularization",
    )
    handles, _ = ax.get_legend_handles_labels()
    ax.legend(handles=[*handles, _band(found.best.size)], loc="upper left", bbox_to_anchor=(1.0, 1.0))
    ends = ", ".join(
        f"{name} {np.mean(losses[:, -1]):.2f}" for (name, _), losses in zip(PARTS, found.losses, strict=True)
    )
    return Picture(
        fig,
        f"Loss on a log scale against the epoch for {found.losses.shape[1]} networks. Mean loss after "
        f"{found.epochs[-1]:.0f} epochs: {ends}. The validation loss is lowest at epoch {np.median(found.best):.0f} "
        f"(median; from {found.best.min():.0f} to {found.best.max():.0f}) and rises from there.",
    )


@style()
def penalties(sweep: Comparison, strengths: Sequence[float], kinds: Comparison) -> Picture:
    """Left training and test loss by strength of the L2 penalty, right small and zero weights by kind of penalty.

    strengths: one for each row of `sweep`, growing; the first may be 0 and is drawn at the left edge.
    """
    fig, (left, right) = figure(1, 2, width=11.0, height=4.2, width_ratios=[1.1, 1])
    places = np.arange(len(strengths))
    for (name, look), losses in zip((PARTS[0], PARTS[2]), (sweep.train_loss, sweep.test_loss), strict=True):
        left.fill_between(places, losses.min(axis=1), losses.max(axis=1), color=look["color"], alpha=0.15, linewidth=0)
        left.plot(places, losses.mean(axis=1), label=f"{name}, mean", **look)
    left.set_xticks(places, [f"{strength:g}" for strength in strengths])
    left.set(yscale="log", xlabel="strength of the L2 penalty", ylabel="loss (cross-entropy)", title="L2 by strength")
    handles, _ = left.get_legend_handles_labels()
    left.legend(handles=[*handles, _band(sweep.test_loss.shape[1])], loc="upper center")

    rows = np.arange(len(kinds.names))
    small, zero = kinds.small.mean(axis=1), kinds.zero.mean(axis=1)
    right.barh(rows - 0.2, small, 0.38, color=series(0)["color"], label=f"below {SMALL:g}")
    right.barh(rows + 0.2, zero, 0.38, color=series(1)["color"], hatch="//", edgecolor="white", label="exactly 0")
    right.set_yticks(rows, kinds.names)
    right.set(
        xlim=(0, 1.02), ylim=(rows.size - 0.5, -0.5), xlabel="share of the weights", ylabel="penalty", title="Sparsity"
    )
    right.legend(loc="upper right")

    best = int(sweep.test_loss.mean(axis=1).argmin())
    shares = ", ".join(f"{name} {a:.0%} and {b:.0%}" for name, a, b in zip(kinds.names, small, zero, strict=True))
    return Picture(
        fig,
        f"Left: training and test loss against the strength of an L2 penalty. The mean test loss is "
        f"{sweep.test_loss[0].mean():.2f} at strength {strengths[0]:g}, lowest, {sweep.test_loss[best].mean():.2f}, at "
        f"{strengths[best]:g}, and {sweep.test_loss[-1].mean():.2f} at {strengths[-1]:g}; the training loss grows "
        f"throughout. Right: share of the weights below {SMALL:g} in size, and exactly 0: {shares}.",
    )


@style()
def comparison(found: Comparison) -> Picture:
    """Test loss and test accuracy of every method: each network, and the mean; the lowest mean loss on top."""
    found = found.by_loss()
    rows = np.arange(len(found.names))
    fig, axes = figure(1, 2, width=11.0, height=0.42 * rows.size + 1.6, sharey=True)
    spread = np.linspace(-0.16, 0.16, found.test_loss.shape[1])
    for ax, values, label in zip(
        axes, (found.test_loss, found.accuracy), ("test loss (cross-entropy)", "test accuracy"), strict=True
    ):
        for row, numbers in zip(rows, values, strict=True):
            ax.plot(
                numbers,
                row + spread,
                "o",
                color=series(0)["color"],
                alpha=0.5,
                label="one network" if row == 0 else None,
            )
        look = series(1) | {"linestyle": "", "marker": "|", "markersize": 18, "markeredgewidth": 3}
        ax.plot(values.mean(axis=1), rows, label="mean", **look)
        ax.set(xlabel=label, ylim=(rows.size - 0.5, -0.5))
    axes[0].set(xscale="log", title="Loss: left is better", ylabel="method")
    axes[0].set_xticks([0.3, 0.5, 1, 2, 3], ["0.3", "0.5", "1", "2", "3"], minor=False)
    axes[0].minorticks_off()
    axes[1].set_title("Accuracy: right is better")
    axes[0].set_yticks(rows, found.names)
    axes[0].legend(loc="upper right")
    numbers = "; ".join(
        f"{name} {loss:.2f} and {accuracy:.3f}"
        for name, loss, accuracy in zip(
            found.names, found.test_loss.mean(axis=1), found.accuracy.mean(axis=1), strict=True
        )
    )
    return Picture(
        fig, f"Mean test loss and test accuracy of {found.test_loss.shape[1]} networks by method: {numbers}."
    )


@style()
def thinned() -> Picture:
    """What dropout makes of one hidden layer: for two examples in training other units are left out; and evaluation."""
    from matplotlib.patches import Circle

    p, inputs, output = 0.4, [(0.0, 1.0), (0.0, 0.0), (0.0, -1.0)], (4.0, 0.0)
    kept = 1 / (1 - p)
    panels: dict[str, list[float]] = {
        "training, one example": [kept, 0, kept, kept, 0],
        "training, another example": [0, kept, kept, 0, kept],
        "evaluation": [1, 1, 1, 1, 1],
    }
    fig, axes = figure(1, 3, width=10.0, height=3.2)
    for ax, (title, mask) in zip(axes, panels.items(), strict=True):
        for y, entry in zip((2.0, 1.0, 0.0, -1.0, -2.0), mask, strict=True):
            unit = (2.0, y)
            look: dict[str, Any] = (
                {"edgecolor": PALETTE[0], "linestyle": "-"} if entry else {"edgecolor": NEUTRAL, "linestyle": ":"}
            )
            ax.add_patch(Circle(unit, 0.42, facecolor="white", linewidth=1.8, zorder=3, **look))
            ax.text(*unit, f"{entry:.3g}", ha="center", va="center", size=10, zorder=4)
            for start, end in [*((at, unit) for at in inputs), (unit, output)] if entry else ():
                line = [start[0], end[0]], [start[1], end[1]]
                ax.plot(*line, "-", color=PALETTE[0], linewidth=1.2, zorder=1)
        for at in (*inputs, output):
            ax.add_patch(Circle(at, 0.3, facecolor="white", edgecolor=NEUTRAL, linewidth=1.8, zorder=3))
        ax.set(xlim=(-0.5, 4.5), ylim=(-2.6, 2.6), aspect="equal", title=title)
        ax.axis("off")
    return Picture(
        fig,
        f"Three times a network of 3 inputs, 5 hidden units and one output; in each hidden unit stands its entry of "
        f"the mask, for p = {p}. In training, units 2 and 5 have 0 and no lines for one example, units 1 and 4 for "
        f"another; those that are kept have {kept:.3g}. In evaluation all five have 1, and all lines.",
    )


@style()
def decay(found: Decay) -> Picture:
    """What is left of a weight, by the size of the noise in its gradient."""
    fig, ax = figure(width=8.0, height=3.8)
    for i, (name, left) in enumerate(zip(found.names, found.left, strict=True)):
        ax.plot(found.scales, left, label=name, **(series(i) | {"markersize": 10 - 2 * i}))
    ax.axhline(found.pure, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="decay alone")
    ax.set(
        xscale="log",
        ylim=(-0.05, 1.05),
        xlabel="standard deviation of the gradient",
        ylabel="what is left of the weight",
        title="The same penalty, by the size of the gradient",
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    ends = "; ".join(
        f"{name} from {left.min():.2f} to {left.max():.2f}" for name, left in zip(found.names, found.left, strict=True)
    )
    return Picture(
        fig,
        f"What is left of weights of size 1 after the same steps, for gradients of standard deviation "
        f"{found.scales[0]:g} to {found.scales[-1]:g}: {ends}. Decay alone leaves {found.pure:.2f}.",
    )


@style()
def curves(capacity: Curve, learning: Curve, depth: Curve) -> Picture:
    """Test and training loss by width, by number of training rows, and by depth."""
    fig, axes = figure(1, 3, width=12.0, height=4.6)
    texts = (
        ("Capacity", "units in each hidden layer", "loss (cross-entropy)"),
        ("Learning curve", "training rows", "loss (cross-entropy)"),
        ("Depth, regression", "hidden layers", "mean square / variance"),
    )
    for ax, curve, (title, xlabel, ylabel) in zip(axes, (capacity, learning, depth), texts, strict=True):
        for i, name in enumerate(curve.names):
            look = series(i)
            ax.plot(curve.x, curve.test[i].mean(axis=-1), label=f"{name}, test", **look)
            ax.plot(
                curve.x,
                np.maximum(curve.train[i].mean(axis=-1), 1e-3),
                label=f"{name}, training",
                **(look | {"linestyle": ":", "fillstyle": "none"}),
            )
        ax.set(title=f"{title}, mean of {curve.test.shape[-1]} seeds", xlabel=xlabel, ylabel=ylabel, yscale="log")
        if curve is not depth:
            ax.set_xscale("log")
        ax.set_xticks(curve.x, [f"{x:g}" for x in curve.x])
        ax.minorticks_off()
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, fontsize=9)
    axes[2].set_xlabel("hidden layers (0: a linear model)")

    def words(curve: Curve) -> str:
        return "; ".join(
            f"{name} {test[0].mean():.2f} at {curve.x[0]:g}, {test[-1].mean():.2f} at {curve.x[-1]:g}"
            for name, test in zip(curve.names, curve.test, strict=True)
        )

    return Picture(
        fig,
        f"Three panels of test loss, with training loss dotted. By width: {words(capacity)}. By training rows: "
        f"{words(learning)}. Regression by hidden layers, 0 for a linear model: {words(depth)}.",
    )


@style()
def double_descent(found: DoubleDescent) -> Picture:
    """Errors by number of features, and the parts of the test error: squared bias, variance, noise of the labels."""
    fig, (left, right) = figure(1, 2, width=11.0, height=5.0, sharex=True, sharey=True)
    names = ["no ridge" if ridge == 0 else f"ridge {ridge:g}" for ridge in found.ridges]
    x = found.n_features
    for i, name in enumerate(names):
        look = series(i)
        left.plot(x, found.test[i], label=f"test, {name}", **look)
        hollow = look | {"linestyle": ":", "fillstyle": "none"}
        left.plot(x, np.maximum(found.train[i], 1e-4), label=f"training, {name}", **hollow)
        right.plot(x, found.variance[i], label=f"variance, {name}", **look)
        right.plot(x, found.bias[i], label=f"squared bias, {name}", **hollow)
    noise = {"color": NEUTRAL, "linewidth": 1.2, "linestyle": (0, (1, 1)), "label": "noise of the labels"}
    for ax, title in ((left, "Error, median of the fits"), (right, "Its parts (gap: bias not told from 0)")):
        ax.axhline(found.noise**2, **noise)
        ax.axvline(found.n_rows, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
        ax.set(xscale="log", yscale="log", xlabel="random features", title=title, ylim=(1e-3, 30))
        ax.tick_params(labelleft=True)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)
    left.set_ylabel("mean square")
    right.set_ylabel("mean square")
    peak = found.test[0].argmax()
    first = found.test[0, : peak + 1].argmin()
    bias = "" if np.isnan(found.bias[0, -1]) else f"squared bias {found.bias[0, -1]:.3f}, "
    return Picture(
        fig,
        f"Left: test error of the least squares solution of smallest norm against the number of random features: "
        f"{found.test[0, first]:.2f} at {x[first]:g} features, a peak of {found.test[0, peak]:.1f} at {x[peak]:g} (the "
        f"dashed line is at {found.n_rows}, the number of training rows), then falling to {found.test[0, -1]:.2f} at "
        f"{x[-1]:g}. With a "
        f"small ridge there is no peak: {found.test[-1, peak]:.2f} and {found.test[-1, -1]:.2f}. Right, parts of the "
        f"mean error: at {x[-1]:g} features {bias}variance "
        f"{found.variance[0, -1]:.2f} and noise of the labels {found.noise**2:.2f}; near {found.n_rows} features the "
        "variance leaves the panel and hides the bias.",
    )
