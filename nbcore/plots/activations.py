"""Figures of the notebook on activation functions, over the records of `nbcore.experiments.activations`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import Any

import numpy as np

from nbcore.experiments.activations import N_UNITS, Boundaries, Curves, FloatArray, Outputs, Shapes, Shares
from nbcore.plots._style import DIVERGING, NEUTRAL, PALETTE, Picture, figure, series, style
from nbcore.plots.forward import points

ARROW: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.8}
BOX: dict[str, Any] = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": NEUTRAL, "linewidth": 1.2}


@style()
def neuron_and_network() -> Picture:
    """Left one unit, right a network of one hidden layer, with the shapes of the arrays below; one unit in colour."""
    fig, (left, right) = figure(1, 2, width=11.0, height=3.8, width_ratios=[1, 1.25])
    centre = {"ha": "center", "va": "center"}
    for place, text in (((0.0, 1.0), "$x_1$"), ((0.0, -1.0), "$x_2$")):
        left.text(*place, text, bbox=BOX | {"boxstyle": "circle,pad=0.35"}, **centre)
    for y, weight in ((1.0, "$w_1$"), (-1.0, "$w_2$")):
        left.annotate("", (1.2, 0.3 * y), (0.3, 0.85 * y), arrowprops=ARROW | {"color": PALETTE[0]})
        left.text(0.95, 0.85 * y, weight, color=PALETTE[0], **centre)
    left.text(2.35, 0.0, "$z = w_1x_1 + w_2x_2 + b$", bbox=BOX, **centre)
    left.annotate("", (4.4, 0.0), (3.95, 0.0), arrowprops=ARROW | {"color": NEUTRAL})
    left.text(4.7, 0.0, "$f$", bbox=BOX | {"edgecolor": PALETTE[1], "linewidth": 2.2}, **centre)
    left.annotate("", (5.45, 0.0), (5.0, 0.0), arrowprops=ARROW | {"color": NEUTRAL})
    left.text(6.15, 0.0, "$a = f(z)$", **centre)
    left.set(title="One unit", xlim=(-0.4, 6.9), ylim=(-2.6, 2.1))

    inputs, score = [(0.0, 0.75), (0.0, -0.75)], (8.0, 0.0)
    units = [(4.0, 1.5), (4.0, 0.6), (4.0, -1.5)]
    chosen = units[1]
    for unit in units:
        colour = PALETTE[0] if unit == chosen else "#8c8c8c"
        look = ARROW | {"color": colour, "linewidth": 2.2 if unit == chosen else 1.0, "mutation_scale": 12}
        for start in inputs:
            right.annotate("", (unit[0] - 0.3, unit[1]), (start[0] + 0.35, start[1]), arrowprops=look)
        out = look | {"color": "#8c8c8c", "linewidth": 1.0}
        right.annotate("", (score[0] - 0.55, score[1]), (unit[0] + 0.3, unit[1]), arrowprops=out)
        right.text(*unit, "$f$", bbox=BOX | {"boxstyle": "circle,pad=0.3", "edgecolor": PALETTE[1]}, **centre)
    right.text(4.0, -0.4, "\u22ee", fontsize=18, **centre)
    for k, place in enumerate(inputs, start=1):
        right.text(*place, f"$x_{k}$", bbox=BOX | {"boxstyle": "circle,pad=0.35"}, **centre)
    right.text(*score, "score", bbox=BOX, **centre)
    right.text(-0.35, 1.75, "blue: row $j$ of W", color=PALETTE[0], ha="left", va="center")
    for across, words in (
        (0.0, "inputs\nX (m, 2)"),
        (2.0, f"W ({N_UNITS}, 2)\nb ({N_UNITS},)"),
        (4.0, f"{N_UNITS} hidden units\nA (m, {N_UNITS})"),
        (6.0, f"w ({N_UNITS},)\nb, one number"),
        (8.0, "scores\n(m,)"),
    ):
        right.text(across, -2.25, words, fontsize=11, **centre)
    right.set(title="A network, m examples at once", xlim=(-0.9, 8.9), ylim=(-2.6, 2.1))
    for ax in (left, right):
        ax.axis("off")
    return Picture(
        fig,
        "Left one unit: the inputs x1 and x2, times the weights w1 and w2, are added to the bias b; the sum z goes "
        f"through the activation f. Right a network: arrows lead from both inputs, X of shape (m, 2), to each of "
        f"{N_UNITS} hidden units; those of unit j have the weights in row j of W, of shape ({N_UNITS}, 2), and b has "
        f"the shape ({N_UNITS},). Their outputs A of shape (m, {N_UNITS}) lead to one score for each of the m "
        f"examples, with w of shape ({N_UNITS},) and a bias that is one number.",
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
    fig, axes = figure(n_rows, n_columns, width=11.0, height=3.65 * n_rows + 0.4, sharex=True, sharey=True)
    box = (found.x1[0], found.x1[-1], found.x2[0], found.x2[-1])
    look = {"aspect": "auto", "interpolation": "bilinear"}
    for ax, name, scores, accuracy in zip(axes.flat, found.names, found.scores, found.accuracy, strict=False):
        ax.imshow(scores, extent=box, origin="lower", cmap=DIVERGING, vmin=-1.5, vmax=1.5, alpha=0.7, **look)
        if scores.min() < 0 < scores.max():
            ax.contour(found.x1, found.x2, scores, levels=[0.0], colors="black", linewidths=2.0)
        points(ax, found.X, found.y, size=18)
        ax.set_title(f"{name}\n{100 * accuracy:.1f} % of new points right")
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
        "Two moons of points, and for each network the boundary between the two answers that it gives. Share of new "
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


@style()
def five_functions(shapes: Shapes) -> Picture:
    """A panel for each activation, with the words that the text has for its parts."""
    fig, axes = figure(1, len(shapes.values), width=11.0, height=2.5, sharex=True, sharey=True)
    z, (at, lowest) = shapes.z, shapes.lowest
    saturates, kink = ("saturates", 3.4, 4.9, "right"), ("kink", 0.0, 0.0, "center")
    notes = dict(
        zip(shapes.values, [saturates, saturates, kink, kink, ("lowest point", at, at, "center")], strict=True)
    )
    for ax, (name, values) in zip(axes, shapes.values.items(), strict=True):
        text, across, place, align = notes[name]
        height = float(np.interp(across, z, values))
        ax.plot(z, values, color=PALETTE[0])
        ax.plot([across], [height], "o", color=PALETTE[0])
        ax.text(place, height - 0.25, text, ha=align, va="top", fontsize=11)
        ax.axhline(0, color=NEUTRAL, linewidth=0.8)
        ax.set(title=name.replace(", ", ",\n"), xlabel="z", xlim=(z[0], z[-1]), ylim=(-1.5, 3.0))
    axes[0].set_ylabel("f(z)")
    return Picture(
        fig,
        "Five curves. The sigmoid rises from 0 to 1 and tanh from -1 to 1; both are flat at their ends. ReLU is 0 for "
        f"negative z and z for positive, leaky ReLU {shapes.alpha:g} z and z, both with a kink at 0. SiLU is smooth, "
        f"with its lowest point, {lowest:.2f}, at z = {at:.2f}.",
    )


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
            zeros = 100 * np.mean(signal == 0)  # they share their bar with small numbers
            text = f"{zeros:.0f} % are\nexactly 0" if zeros > HIGHEST else f"highest bar\n{heights.max():.0f} %"
            ax.text(3.0, 0.8 * HIGHEST, text, ha="right", fontsize=11)
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
    """Functions with their kinks in the first row, slopes in the second, all slopes in the third."""
    names = list(curves.values)
    fig, axes = figure(3, len(names), width=8.6, height=7.6, sharex=True, sharey="row", height_ratios=[1, 1, 1.5])
    for i, name in enumerate(names):
        look = {"color": series(i)["color"], "linestyle": "-"}
        axes[0, i].plot(curves.z, curves.values[name], **look)
        axes[0, i].set_title(name.replace(", ", ",\n"))
        axes[1, i].plot(*_broken(curves, name), **look)
        if curves.kinks[name].size:
            at = np.flatnonzero(np.isin(curves.z, curves.kinks[name]))
            z, dot = curves.z[at], {"color": look["color"], "linestyle": ""}
            axes[0, i].plot(z, curves.values[name][at], marker="o", **dot)
            axes[1, i].plot(z, curves.slopes[name][at], marker="o", **dot)
            axes[1, i].plot(z, curves.slopes[name][at + 1], marker="o", markerfacecolor="white", **dot)
            for ax, text, height in (
                (axes[0, i], "kink", curves.values),
                (axes[1, i], "slope\ntaken at 0", curves.slopes),
            ):
                beside = {"xytext": (5, -13 if text == "kink" else 8), "textcoords": "offset points", "fontsize": 11}
                ax.annotate(text, (z[0], height[name][at[0]]), **beside)
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
    together.set(title="All slopes", xlabel="z", ylabel="f'(z)", xlim=(curves.z[0], curves.z[-1]))
    together.set_ylim(*_limits(curves.slopes, -0.6, 1.6))
    together.legend(loc="upper left")

    highest = ", ".join(f"{name} {curves.slopes[name].max():.2f}" for name in names)
    kinked = [name for name in names if curves.kinks[name].size]
    sentence = f" The slope jumps at a kink for {' and '.join(kinked)}." if kinked else ""
    return Picture(
        fig,
        f"Activation functions and their slopes for z from {curves.z[0]:g} to {curves.z[-1]:g}. "
        f"Largest slopes: {highest}.{sentence}",
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
