"""Figures of the notebook on the forward pass, over the records of `nbcore.experiments.forward`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import Any

import numpy as np

from nbcore.experiments.forward import (
    CORNERS,
    GATES,
    N_DRAWN,
    Approximation,
    Boundaries,
    Cards,
    Convergence,
    FloatArray,
    IntArray,
    Runs,
    Widths,
)
from nbcore.plots._style import CLASS_COLORS, CLASS_MARKERS, DIVERGING, NEUTRAL, Picture, figure, series, style


def points(ax: Any, X: FloatArray, y: IntArray, *, size: float = 45, label: str = "class {}") -> None:
    """The two classes of a data set, told apart by colour and marker."""
    for k in (0, 1):
        look = {"color": CLASS_COLORS[k], "marker": CLASS_MARKERS[k], "edgecolor": "white", "linewidth": 0.6}
        ax.scatter(*X[y == k].T, s=size, label=label.format(k), zorder=3, **look)


@style()
def punched_cards(cards: Cards) -> Picture:
    """Four cards, the weights as an image, and the accuracy on fresh cards against the number of cards seen."""
    fig, axes = figure(1, 3, width=11.0, height=3.7, width_ratios=[1, 1.15, 1.2])
    sheet = np.full((41, 41), np.nan)
    for k, card in enumerate(cards.cards):
        row, column = 21 * (k // 2), 21 * (k % 2)
        sheet[row : row + 20, column : column + 20] = card
    axes[0].imshow(sheet, cmap="Greys", vmin=0, vmax=1.4)
    axes[0].axhline(20, color=NEUTRAL, linewidth=0.8)
    axes[0].axvline(20, color=NEUTRAL, linewidth=0.8)
    axes[0].set(title="Four cards", xlabel="place across", ylabel="place down", xticks=[], yticks=[])

    limit = np.abs(cards.weights).max()
    shown = axes[1].imshow(cards.weights, cmap=DIVERGING, vmin=-limit, vmax=limit)
    axes[1].set(title=f"Weights after {cards.n_cards[-1]} cards", xlabel="place across", ylabel="place down")
    axes[1].set_xticks([0, 5, 10, 15, 19])
    axes[1].set_yticks([0, 5, 10, 15, 19])
    axes[1].grid(False)
    fig.colorbar(shown, ax=axes[1], label="weight", shrink=0.8)

    for k, row in enumerate(cards.accuracy):
        label = "one draw of cards" if k == 0 else None
        axes[2].plot([cards.n_cards[k]] * row.size, row, "o", color=series(0)["color"], alpha=0.4, label=label)
    axes[2].plot(cards.n_cards, cards.accuracy.mean(axis=1), label="mean", **series(1))
    axes[2].axhline(0.5, color=NEUTRAL, linestyle=":", label="guessing")
    axes[2].set(title="Fresh cards", xlabel="cards seen", ylabel="accuracy", xscale="log", ylim=(0.4, 1.03))
    axes[2].set_xticks(cards.n_cards, [str(n) for n in cards.n_cards])
    axes[2].minorticks_off()
    axes[2].legend(loc="lower right")

    middle = cards.weights.shape[1] // 2
    means = ", ".join(f"{a:.0%} after {n}" for n, a in zip(cards.n_cards, cards.accuracy.mean(axis=1), strict=True))
    return Picture(
        fig,
        "Cards of 20 by 20 places with a mark on the left or right half, the weights of a perceptron as an image (mean "
        f"{cards.weights[:, :middle].mean():.2f} on the left half, {cards.weights[:, middle:].mean():.2f} on the right "
        f"half), and its mean accuracy on fresh cards: {means}.",
    )


@style()
def convergence(runs: Convergence) -> Picture:
    """Mistakes until the first clean epoch against the margin, each data set a point, under the bound."""
    fig, ax = figure(width=8.0, height=4.2)
    for k, margin in enumerate(runs.margins):
        label = "one data set" if k == 0 else None
        row = runs.mistakes[k]
        ax.plot([margin] * row.size, row, "o", color=series(0)["color"], alpha=0.45, label=label)
    ax.plot(runs.margins, runs.mistakes.mean(axis=1), label="mean", **series(1))
    ax.plot(runs.margins, runs.bound.min(axis=1), label="lowest bound $(R/\\gamma)^2$", **series(2))
    ax.set(
        title="Mistakes of the perceptron", xlabel="margin of the data", ylabel="mistakes", xscale="log", yscale="log"
    )
    ax.set_xticks(runs.margins, [f"{margin:g}" for margin in runs.margins])
    ax.minorticks_off()
    ax.legend()
    pairs = "; ".join(
        f"margin {margin:g}: {row.mean():.1f} and {bound.min():.0f}"
        for margin, row, bound in zip(runs.margins, runs.mistakes, runs.bound, strict=True)
    )
    return Picture(
        fig,
        f"Mistakes until the first clean epoch, {runs.mistakes.shape[1]} data sets per margin, on log axes. Mean "
        f"number of mistakes and lowest bound, {pairs}. {'No' if runs.holds else 'Some'} run exceeds its bound.",
    )


@style()
def xor_cycle(runs: Runs) -> Picture:
    """Left the lines of one epoch on XOR, right mistakes per epoch on three data sets with the best weights so far."""
    fig, (left, right) = figure(1, 2, width=11.0, height=4.4, width_ratios=[1, 1.35])
    points(left, CORNERS, GATES["XOR"], size=110)
    reach = np.linspace(-4.0, 4.0, 400)
    for visit, (w, b) in enumerate(zip(runs.cycle_w[1:], runs.cycle_b[1:], strict=True)):
        look = series(visit) | {"marker": "", "linewidth": 2.2}
        if not w.any():
            left.plot([], [], label=f"visit {visit + 1}: w = 0, no line", **look)
            continue
        foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
        line = foot[:, None] + along[:, None] * reach
        left.plot(*line[:, np.abs(line).max(axis=0) < 2], label=f"after visit {visit + 1}", **look)
    left.set(title="One epoch on XOR", xlabel="$x_1$", ylabel="$x_2$", xlim=(-2, 2), ylim=(-2, 3.6), yticks=[-1, 0, 1])
    left.legend(loc="upper center", ncols=2, fontsize=11)

    epochs = np.arange(1, len(next(iter(runs.mistakes.values()))) + 1)
    for i, name in enumerate(runs.names):
        right.plot(epochs, runs.mistakes[name], label=f"{name}, mistakes", **series(i))
    for i, name in enumerate(runs.names[1:], start=1):
        look = series(i) | {"marker": "", "linewidth": 1.2}
        right.plot(epochs, runs.pocket[name], label=f"{name}, best weights so far", **look)
    right.set(title="Three data sets", xlabel="epoch", ylabel="share of the rows", ylim=(-0.04, 1.35))
    right.set_xticks(epochs[::2])
    right.legend(loc="upper right", ncols=2)

    ends = ", ".join(f"{name} {runs.mistakes[name][-1]:.0%}" for name in runs.names)
    back = "are the same before and after it" if runs.cycles else "have changed after it"
    return Picture(
        fig,
        f"Left: the four points of XOR and the line after each visit of one epoch; the weights {back}. Right: share of "
        f"rows with a mistake, by epoch; in epoch {epochs[-1]}: {ends}. Best weights so far are wrong on "
        f"{', '.join(f'{runs.pocket[name][-1]:.0%} ({name})' for name in runs.names)}.",
    )


@style()
def boundaries(result: Boundaries) -> Picture:
    """Probability of class 1 over the plane, a row per data set, a column per activation, with the training points."""
    n_sets, n_activations = result.accuracy.shape[:2]
    fig, axes = figure(n_sets, n_activations, width=11.0, height=2.9 * n_sets, sharex=True, sharey=True)
    low, high = result.axis[0], result.axis[-1]
    shown: Any = None
    for i in range(n_sets):
        for j in range(n_activations):
            ax, p = axes[i, j], result.probability[i, j]
            shown = ax.imshow(
                p, extent=(low, high, low, high), origin="lower", cmap=DIVERGING, vmin=0, vmax=1, alpha=0.8
            )
            if p.min() < 0.5 < p.max():
                ax.contour(result.axis, result.axis, p, levels=[0.5], colors="black", linewidths=1.6)
            points(ax, result.X[i], result.y[i], size=16)
            ax.set_title(f"{result.activations[j]}: {result.accuracy[i, j].mean():.3f}")
            ax.grid(False)
            ax.set_xlim(low, high)
            ax.set_ylim(low, high)
        axes[i, 0].set_ylabel(f"{result.sets[i]}\n$x_2$")
    for ax in axes[-1]:
        ax.set_xlabel("$x_1$")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    fig.colorbar(shown, ax=axes, label="probability of class 1; black line: 0.5", shrink=0.6)
    rows = ". ".join(
        f"{name}: " + ", ".join(f"{a} {x:.3f}" for a, x in zip(result.activations, row, strict=True))
        for name, row in zip(result.sets, result.accuracy.mean(axis=2), strict=True)
    )
    return Picture(
        fig,
        f"Decision boundaries on {n_sets} data sets for {n_activations} hidden activations, with training points. Mean "
        f"accuracy on test data, {result.accuracy.shape[2]} seeds. {rows}.",
    )


@style()
def widths(result: Widths) -> Picture:
    """Left the share of starts that solve XOR, right the accuracy on moons, both against the number of hidden units."""
    fig, (left, right) = figure(1, 2, width=11.0, height=3.8)
    places = np.arange(result.xor_widths.size)
    left.bar(places, result.solved, color=series(0)["color"], width=0.6, label=f"of {result.n_starts} starts")
    for place, share in zip(places, result.solved, strict=True):
        left.text(place, share + 0.02, f"{share:.0%}", ha="center")
    left.set(title="XOR solved", xlabel="hidden tanh units", ylabel="share of the starts", ylim=(0, 1.2))
    left.set_xticks(places, [str(width) for width in result.xor_widths])
    left.legend(loc="upper left")

    for k, row in enumerate(result.accuracy):
        label = "one split and start" if k == 0 else None
        right.plot([result.moons_widths[k]] * row.size, row, "o", color=series(0)["color"], alpha=0.45, label=label)
    right.plot(result.moons_widths, result.accuracy.mean(axis=1), label="mean", **series(1))
    right.set(title="Moons", xlabel="hidden tanh units", ylabel="accuracy on test data", xscale="log")
    right.set_xticks(result.moons_widths, [str(width) for width in result.moons_widths])
    right.minorticks_off()
    right.legend(loc="lower right")

    solved = ", ".join(f"{n} units {share:.0%}" for n, share in zip(result.xor_widths, result.solved, strict=True))
    means = result.accuracy.mean(axis=1)
    accurate = ", ".join(f"{n} units {mean:.3f}" for n, mean in zip(result.moons_widths, means, strict=True))
    return Picture(
        fig,
        f"Left: share of {result.n_starts} starts that solve XOR: {solved}. Right: test accuracy on moons: {accurate}.",
    )


@style()
def approximation(result: Approximation) -> Picture:
    """Left the function, the interpolant and its ReLU pieces, right the largest error against the number of units."""
    fig, (left, right) = figure(1, 2, width=11.0, height=4.6)
    for k, piece in enumerate(result.pieces):
        label = "one hidden unit times its weight" if k == 0 else None
        left.plot(result.x, piece, color=NEUTRAL, linestyle=":", linewidth=1.1, alpha=0.8, label=label)
    left.plot(result.x, result.target, label="target", **(series(0) | {"marker": ""}))
    left.plot(result.x, result.drawn, label=f"{N_DRAWN} pieces of ReLU", **(series(1) | {"marker": ""}))
    left.set(title="A network by hand", xlabel="x", ylabel="output", ylim=(-9, 9))
    left.legend(loc="lower left")

    right.plot(result.widths, result.by_hand, label="ReLU, by hand", **series(0))
    for i, (name, errors) in enumerate(result.errors.items(), start=1):
        low, middle, high = np.quantile(errors, [0.1, 0.5, 0.9], axis=1)
        look = series(i)
        right.fill_between(result.widths, low, high, color=look["color"], alpha=0.2, linewidth=0)
        right.plot(result.widths, middle, label=f"{name}, random", **look)
    right.set(title="Largest error", xlabel="hidden units", ylabel="sup error", xscale="log", yscale="log")
    right.set_xticks(result.widths, [str(width) for width in result.widths])
    right.minorticks_off()
    right.legend(loc="lower left")

    ends = ", ".join(f"{name} {np.median(errors[-1]):.1e}" for name, errors in result.errors.items())
    return Picture(
        fig,
        f"Left: a wave, and the sum of ReLU units that passes through {N_DRAWN + 1} of its points. Right: largest "
        f"error on the interval against the number of hidden units, log axes; with {result.widths[-1]} units: by hand "
        f"{result.by_hand[-1]:.1e}, with random hidden weights {ends} (median). The error of the network by hand falls "
        f"like the width to the power {result.order:.2f}.",
    )
