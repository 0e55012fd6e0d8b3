"""Figures of the notebook on activation functions, over the records of `nbcore.experiments.activations`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import Any

import numpy as np

from nbcore.experiments.activations import N_UNITS, Boundaries, Curves, FloatArray, Outputs, Shares
from nbcore.plots._style import DIVERGING, NEUTRAL, PALETTE, Picture, figure, series, style
from nbcore.plots.forward import points

ARROW: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.8}
BOX: dict[str, Any] = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": NEUTRAL, "linewidth": 1.2}


@style()
def neuron_and_network() -> Picture:
    """Left one unit, right a network of one hidden layer as boxes, with the shapes of the arrays on the arrows."""
    fig, (left, right) = figure(1, 2, width=11.0, height=2.6, width_ratios=[1, 1.4])
    centre = {"ha": "center", "va": "center"}
    for place, text in (((0.0, 1.0), "$x_1$"), ((0.0, -1.0), "$x_2$")):
        left.text(*place, text, bbox=BOX | {"boxstyle": "circle,pad=0.35"}, **centre)
    for y, weight in ((1.0, "$w_1$"), (-1.0, "$w_2$")):
        left.annotate("", (1.45, 0.3 * y), (0.3, 0.85 * y), arrowprops=ARROW | {"color": PALETTE[0]})
        left.text(1.05, 0.85 * y, weight, color=PALETTE[0], **centre)
    left.text(2.45, 0.0, "$z = w_1x_1 + w_2x_2 + b$", bbox=BOX, **centre)
    left.annotate("", (4.35, 0.0), (3.95, 0.0), arrowprops=ARROW | {"color": NEUTRAL})
    left.text(4.7, 0.0, "$f$", bbox=BOX | {"edgecolor": PALETTE[1], "linewidth": 2.2}, **centre)
    left.annotate("", (5.4, 0.0), (5.05, 0.0), arrowprops=ARROW | {"color": NEUTRAL})
    left.text(6.1, 0.0, "$a = f(z)$", **centre)
    left.set(title="One unit", xlim=(-0.4, 6.8), ylim=(-1.5, 1.5))

    steps = [(0.0, "X"), (2.6, "X @ W.T + b"), (5.2, "f"), (7.8, "A @ w + b")]
    for across, text in steps:
        edge = {"edgecolor": PALETTE[1], "linewidth": 2.2} if text == "f" else {}
        right.text(across, 0.0, text, bbox=BOX | edge, **centre)
    shapes = [(0.35, 1.4, "(m, 2)"), (3.8, 4.85, f"Z (m, {N_UNITS})"), (5.55, 6.75, f"A (m, {N_UNITS})")]
    for start, end, shape in [*shapes, (8.85, 9.55, "(m,)")]:
        right.annotate("", (end, 0.0), (start, 0.0), arrowprops=ARROW | {"color": NEUTRAL})
        right.text((start + end) / 2, 0.55, shape, fontsize=11, **centre)
    right.text(10.15, 0.0, "scores", **centre)
    for across, shape in ((2.6, f"W ({N_UNITS}, 2)"), (7.8, f"w ({N_UNITS},)")):
        right.text(across, -0.62, shape, fontsize=11, **centre)
    right.text(3.9, -1.2, f"hidden layer of {N_UNITS} units", color=NEUTRAL, **centre)
    right.text(7.8, -1.2, "output layer", color=NEUTRAL, **centre)
    right.set(title="A network, m examples at once", xlim=(-0.4, 10.8), ylim=(-1.5, 1.5))
    for ax in (left, right):
        ax.axis("off")
    return Picture(
        fig,
        "Left one unit: the inputs x1 and x2, times the weights w1 and w2, are added to the bias b; the sum z goes "
        f"through the activation f. Right a network: X of shape (m, 2) becomes Z of shape (m, {N_UNITS}) in a linear "
        f"map with W of shape ({N_UNITS}, 2), A = f(Z) of the same shape, and a score for each of the m examples in "
        f"the output layer, with w of shape ({N_UNITS},).",
    )


@style()
def chain() -> Picture:
    """Two units in a row: above the way to the loss, below the way back, with its factors on the arrows."""
    fig, ax = figure(1, 1, width=11.0, height=1.9)
    centre = {"ha": "center", "va": "center"}
    nodes = ["$w_1$", "$z_1$", "$a_1$", "$z_2$", "$a_2$", "$L$"]
    there = ["$w_1x + b_1$", "$f$", "$w_2a_1 + b_2$", "$f$", "loss"]
    back = ["$x$", "$f\\,'(z_1)$", "$w_2$", "$f\\,'(z_2)$", "$u$"]
    for i, node in enumerate(nodes):
        ax.text(2.0 * i, 0.0, node, fontsize=15, bbox=BOX | {"boxstyle": "circle,pad=0.35"}, **centre)
    for i, (forth, factor) in enumerate(zip(there, back, strict=True)):
        ends = 2.0 * i + 0.45, 2.0 * i + 1.55
        slope = "f" in factor
        look = ARROW | {"color": PALETTE[1] if slope else PALETTE[0]}
        ax.annotate("", (ends[1], 0.22), (ends[0], 0.22), arrowprops=ARROW | {"color": NEUTRAL})
        ax.annotate("", (ends[0], -0.22), (ends[1], -0.22), arrowprops=look)
        ax.text(2.0 * i + 1.0, 0.62, forth, color=NEUTRAL, **centre)
        ax.text(2.0 * i + 1.0, -0.65, factor, fontsize=15, color=look["color"], **centre)
    ax.set(xlim=(-0.6, 10.6), ylim=(-1.1, 1.1))
    ax.axis("off")
    return Picture(
        fig,
        "A chain of two units: w1 gives z1, f gives a1, w2 gives z2, f gives a2, and from it comes the loss L. On the "
        "way back the gradient is multiplied by u, f'(z2), w2, f'(z1) and x: two slopes and a weight between w1 and L.",
    )


@style()
def boundaries(found: Boundaries) -> Picture:
    """A panel for each network: its scores as a colour, the boundary where they are 0, and the training set."""
    n_columns = min(3, len(found.names))
    n_rows = -(-len(found.names) // n_columns)
    fig, axes = figure(n_rows, n_columns, width=11.0, height=3.4 * n_rows + 0.4, sharex=True, sharey=True)
    box = (found.x1[0], found.x1[-1], found.x2[0], found.x2[-1])
    look = {"aspect": "auto", "interpolation": "bilinear"}
    for ax, name, scores, accuracy in zip(axes.flat, found.names, found.scores, found.accuracy, strict=False):
        ax.imshow(scores, extent=box, origin="lower", cmap=DIVERGING, vmin=-1.5, vmax=1.5, alpha=0.7, **look)
        if scores.min() < 0 < scores.max():
            ax.contour(found.x1, found.x2, scores, levels=[0.0], colors="black", linewidths=2.0)
        points(ax, found.X, found.y, size=18)
        ax.set_title(f"{name}: {100 * accuracy:.1f} % right")
        ax.grid(False)
    for ax in np.atleast_2d(axes)[-1]:
        ax.set_xlabel("$x_1$")
    for ax in np.atleast_2d(axes)[:, 0]:
        ax.set_ylabel("$x_2$")
    axes.flat[0].plot([], [], color="black", label="score 0")
    fig.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    shares = ", ".join(f"{name} {100 * a:.1f} %" for name, a in zip(found.names, found.accuracy, strict=True))
    return Picture(
        fig,
        "Two moons of points, and for each network the boundary between the two answers that it gives. Share of fresh "
        f"points that are classified right: {shares}.",
    )


@style()
def softmax_bars(found: Shares) -> Picture:
    """Rows of logits above the probabilities that softmax makes of them."""
    n_classes = found.logits.shape[1]
    fig, axes = figure(2, len(found.names), width=9.0, height=4.6, sharex=True, sharey="row")
    classes = np.arange(1, n_classes + 1)
    for i, name in enumerate(found.names):
        for ax, heights, form, colour in (
            (axes[0, i], found.logits[i], "%g", PALETTE[0]),
            (axes[1, i], found.probabilities[i], "%.2f", PALETTE[1]),
        ):
            ax.bar_label(ax.bar(classes, heights, color=colour, width=0.6), fmt=form, padding=2)
        axes[0, i].set_title(f"logits {name}")
        axes[1, i].set(xlabel="class", ylim=(0, 1.15))
        axes[1, i].set_xticks(classes)
    axes[0, 0].set(ylabel="logit", ylim=(0, 1.2 * found.logits.max()))
    axes[1, 0].set_ylabel("probability")
    given = "; ".join(
        f"logits {', '.join(f'{x:g}' for x in z)}: {', '.join(f'{x:.2f}' for x in p)}"
        for z, p in zip(found.logits, found.probabilities, strict=True)
    )
    return Picture(fig, f"Bars of the logits {', '.join(found.names)}, and of the probabilities of softmax. {given}.")


HIGHEST = 20
"""Per cent of the outputs in one bar; a higher one is cut, and labelled."""


@style()
def outputs(out: Outputs) -> Picture:
    """How the outputs of each activation are distributed, with their mean."""
    fig, axes = figure(1, len(out.signals), width=11.0, height=3.0, sharey=True)
    mean = {name: round(number, 2) + 0.0 for name, number in out.mean.items()}  # no -0.00
    for ax, (name, signal) in zip(axes, out.signals.items(), strict=True):
        values = np.nan_to_num(signal)
        shares = np.full(values.size, 100 / values.size)
        heights, _, _ = ax.hist(values, bins=np.linspace(-3, 3, 61), weights=shares, color=PALETTE[0])
        if heights.max() > HIGHEST:
            ax.text(3.0, 0.8 * HIGHEST, f"highest bar\n{heights.max():.0f} %", ha="right", fontsize=11)
        ax.axvline(out.mean[name], color=NEUTRAL, linestyle="--", label="mean")
        ax.set(title=f"{name}\nmean {mean[name]:.2f}", xlabel="f(z)", xlim=(-1.3, 3.1), ylim=(0, HIGHEST))
    axes[0].set_ylabel("share of outputs in %")
    axes[0].legend(loc="upper right")
    means = ", ".join(f"{name} {number:.2f}" for name, number in mean.items())
    return Picture(
        fig, f"Histograms of the outputs of the activations for standard normal z. Mean of the outputs: {means}."
    )


@style()
def activation_curves(curves: Curves) -> Picture:
    """Functions in the first row, derivatives with their kinks in the second, all derivatives in the third."""
    names = list(curves.values)
    fig, axes = figure(3, len(names), width=8.6, height=7.6, sharex=True, sharey="row", height_ratios=[1, 1, 1.5])
    for i, name in enumerate(names):
        look = {"color": series(i)["color"], "linestyle": "-"}
        axes[0, i].plot(curves.z, curves.values[name], **look)
        axes[0, i].set_title(name.replace(", ", ",\n"))
        axes[1, i].plot(*_broken(curves, name), **look)
        if curves.kinks[name].size:
            at_kink = np.isin(curves.z, curves.kinks[name])
            axes[1, i].plot(curves.z[at_kink], curves.slopes[name][at_kink], "o", color=look["color"])
            beside = {"xytext": (5, 4), "textcoords": "offset points"}
            axes[1, i].annotate("kink", (curves.z[at_kink][0], curves.slopes[name][at_kink][0]), **beside)
        axes[1, i].tick_params(labelbottom=True)
        axes[1, i].set_xlabel("z")
        for ax in axes[:2, i]:
            ax.axhline(0, color=NEUTRAL, linewidth=0.8)
    axes[0, 0].set(ylabel="f(z)", ylim=_limits(curves.values, -2.0, 5.2))
    axes[1, 0].set(ylabel="f'(z)", ylim=_limits(curves.slopes, -0.6, 1.6))

    for ax in axes[2]:
        ax.remove()
    together = fig.add_subplot(axes[0, 0].get_gridspec()[2, :])
    for i, name in enumerate(names):
        look = series(i) | {"markevery": (40 + 25 * i, 125)}
        together.plot(*_broken(curves, name), label=name, **look)
    together.axhline(0, color=NEUTRAL, linewidth=0.8)
    together.set(title="All derivatives", xlabel="z", ylabel="f'(z)", xlim=(curves.z[0], curves.z[-1]))
    together.set_ylim(*_limits(curves.slopes, -0.6, 1.6))
    together.legend(loc="upper left")

    highest = ", ".join(f"{name} {curves.slopes[name].max():.2f}" for name in names)
    kinked = [name for name in names if curves.kinks[name].size]
    sentence = f" The derivative jumps at a kink for {' and '.join(kinked)}." if kinked else ""
    return Picture(
        fig,
        f"Activation functions and their derivatives for z from {curves.z[0]:g} to {curves.z[-1]:g}. "
        f"Largest derivatives: {highest}.{sentence}",
    )


def _limits(lines: dict[str, FloatArray], lowest: float, highest: float) -> tuple[float, float]:
    """Limits of an axis that holds the lines, but no more than this range: a wrong function may leave the picture."""
    everything = np.concatenate(list(lines.values()))
    seen = everything[np.isfinite(everything)]
    low, high = (max(seen.min(), lowest), min(seen.max(), highest)) if seen.size else (lowest, highest)
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _broken(curves: Curves, name: str) -> tuple[FloatArray, FloatArray]:
    """Grid and slope with a gap at each kink, so that no vertical line joins the two sides."""
    after = np.flatnonzero(np.isin(curves.z, curves.kinks[name])) + 1
    return np.insert(curves.z, after, np.nan), np.insert(curves.slopes[name], after, np.nan)
