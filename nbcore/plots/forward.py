"""Figures of the notebook on the forward pass, over the records of `nbcore.experiments.forward`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs. `neuron` and `network` are drawings of ideas, without data.
"""

from collections.abc import Sequence
from itertools import pairwise
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
    Drawing,
    FloatArray,
    Fold,
    IntArray,
    Runs,
    Sets,
    Widths,
)
from nbcore.plots._style import (
    CLASS_COLORS,
    CLASS_MARKERS,
    DIVERGING,
    NEUTRAL,
    PALETTE,
    Picture,
    figure,
    series,
    style,
)


def points(ax: Any, X: FloatArray, y: IntArray, *, size: float = 45, label: str = "class {}") -> None:
    """The two classes of a data set, told apart by colour and marker."""
    for k in (0, 1):
        look = {"color": CLASS_COLORS[k], "marker": CLASS_MARKERS[k], "edgecolor": "white", "linewidth": 0.6}
        ax.scatter(*X[y == k].T, s=size, label=label.format(k), zorder=3, **look)


CLEAR: dict[str, Any] = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
ARROW: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 0, "shrinkB": 0}


def _unit(ax: Any, at: tuple[float, float], text: str, *, color: str = NEUTRAL, radius: float = 0.26) -> None:
    from matplotlib.patches import Circle

    ax.add_patch(Circle(at, radius, facecolor="white", edgecolor=color, linewidth=2.0, zorder=3))
    ax.text(*at, text, ha="center", va="center", zorder=4)


@style()
def neuron() -> Picture:
    """A perceptron as arrows: inputs, weights, the sum, the step, the answer."""
    fig, ax = figure(width=9.0, height=2.6)
    for height, name, weight in ((1.0, "$x_1$", "$w_1$"), (0.0, "$x_2$", "$w_2$"), (-1.0, "1", "$b$")):
        _unit(ax, (0.0, height), name)
        ax.annotate("", (3.0, 0.2 * height), (0.28, height), arrowprops=ARROW | {"color": PALETTE[0], "linewidth": 2})
        ax.text(1.5, 0.62 * height + 0.1, weight, color=PALETTE[0], ha="center", va="bottom")
    _unit(ax, (3.4, 0.0), "$\\Sigma$", radius=0.4)
    for left, right in ((3.8, 5.3), (6.7, 8.0)):
        ax.annotate("", (right, 0.0), (left, 0.0), arrowprops=ARROW | {"color": NEUTRAL, "linewidth": 2})
    ax.text(4.5, 0.12, "score", ha="center", va="bottom")
    ax.text(3.4, -0.55, "$w_1x_1 + w_2x_2 + b$", ha="center", va="top")
    ax.plot([5.3, 6.7, 6.7, 5.3, 5.3], [-0.6, -0.6, 0.6, 0.6, -0.6], "-", color=NEUTRAL, linewidth=1.2)
    ax.plot([5.45, 6.0, 6.0, 6.55], [-0.35, -0.35, 0.35, 0.35], "-", color=PALETTE[1], linewidth=2.5)
    ax.text(6.0, -0.75, "1 if the score is 0 or more", ha="center", va="top")
    ax.text(8.15, 0.0, "$\\hat y$: 0 or 1", ha="left", va="center")
    ax.set(xlim=(-0.5, 9.6), ylim=(-1.4, 1.4), aspect="equal")
    ax.axis("off")
    return Picture(
        fig,
        "A perceptron with 2 inputs. x1 is multiplied by w1, x2 by w2, and 1 by the bias b. The three products add up "
        "to the score. A step turns it into the answer: 1 if the score is 0 or more, else 0.",
    )


@style()
def network(sizes: Sequence[int] = (2, 4, 3, 1)) -> Picture:
    """Layers of units with all their arrows, and the shapes of weights and signals; one unit's weights in colour."""
    fig, ax = figure(width=10.0, height=4.0)
    last, step = len(sizes) - 1, 3.6
    places = [[(step * layer, (n - 1) / 2 - k) for k in range(n)] for layer, n in enumerate(sizes)]
    for layer, (before, after) in enumerate(pairwise(places), start=1):
        for k, (x, y) in enumerate(after):
            chosen = layer == 1 and k == 1
            look = {"color": PALETTE[1] if chosen else "#8c8c8c", "linewidth": 2.4 if chosen else 1.0}
            for left, height in before:
                ax.annotate("", (x - 0.28, y), (left + 0.28, height), arrowprops=ARROW | look, zorder=2 + chosen)
        shape = f"$W_{layer}$ ({sizes[layer]}, {sizes[layer - 1]})\n$b_{layer}$ ({sizes[layer]},)"
        ax.text(step * (layer - 0.5), max(sizes) / 2 - 0.1, shape, ha="center", va="bottom", color=PALETTE[0])
    for layer, column in enumerate(places):
        for k, at in enumerate(column):
            chosen = layer == 1 and k == 1
            _unit(ax, at, f"$x_{k + 1}$" if layer == 0 else "", color=PALETTE[1] if chosen else NEUTRAL)
        name = "X" if layer == 0 else f"A_{layer}"
        role = "input" if layer == 0 else "output, $g$" if layer == last else "hidden, $f$"
        words = f"${name}$ (m, {sizes[layer]})\n{role}"
        ax.text(step * layer, -max(sizes) / 2 - 0.1, words, ha="center", va="top")
    ax.text(
        step * last + 0.6,
        1.1,
        "orange: the weights of\nthe second unit, W1[1]",
        color="#b34d00",
        ha="right",
        va="center",
    )
    ax.set(xlim=(-0.9, step * last + 0.9), ylim=(-max(sizes) / 2 - 1.0, max(sizes) / 2 + 0.8), aspect="equal")
    ax.axis("off")
    shapes = ", ".join(f"W{k} ({n_out}, {n_in})" for k, (n_in, n_out) in enumerate(pairwise(sizes), start=1))
    return Picture(
        fig,
        f"A network with layers of {', '.join(map(str, sizes))} units, every unit joined with all units of the layer "
        f"before. Shapes: {shapes}. The arrows into the second hidden unit are its weights, W1[1].",
    )


@style()
def punched_cards(cards: Cards) -> Picture:
    """Four cards, the weights as an image, and the accuracy on fresh cards against the number of cards seen."""
    fig, axes = figure(1, 3, width=11.0, height=3.7, width_ratios=[1, 1.15, 1.2])
    axes[0].axis("off")
    for k, (card, label) in enumerate(zip(cards.cards, cards.labels, strict=True)):
        ax = axes[0].inset_axes([0.53 * (k % 2), 0.53 - 0.53 * (k // 2), 0.47, 0.38])
        ax.imshow(card, cmap="Greys", vmin=0, vmax=1.4)
        ax.axvline(9.5, color=NEUTRAL, linestyle=":", linewidth=1.2)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
        ax.set_title(f"class {label}: {('left', 'right')[label]}", fontsize="small")
        ax.grid(False)

    limit = np.abs(cards.weights).max()
    shown = axes[1].imshow(cards.weights, cmap=DIVERGING, vmin=-limit, vmax=limit)
    axes[1].set(title=f"Weights after {cards.n_cards[-1]} cards", xlabel="place across", ylabel="place down")
    axes[1].set_xticks([0, 5, 10, 15, 19])
    axes[1].set_yticks([0, 5, 10, 15, 19])
    axes[1].grid(False)
    fig.colorbar(shown, ax=axes[1], label="weight", shrink=0.8, pad=0.03)

    for k, row in enumerate(cards.accuracy):
        label = "one draw of cards" if k == 0 else None
        axes[2].plot([cards.n_cards[k]] * row.size, row, "o", color=series(0)["color"], alpha=0.08, label=label)
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
        ax.plot([margin] * row.size, row, "o", color=series(0)["color"], alpha=0.15, label=label)
    ax.plot(runs.margins, runs.mistakes.mean(axis=1), label="mean", **series(1))
    ax.plot(runs.margins, runs.bound.min(axis=1), label="lowest bound $(R/\\gamma)^2$", **series(2))
    ax.set(
        title="Mistakes of the perceptron", xlabel="margin of the data", ylabel="mistakes", xscale="log", yscale="log"
    )
    ax.set_xticks(runs.margins, [f"{m:g}" if m >= 1 else f"1/{1 / m:.3g}" for m in runs.margins])
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
    """Left the lines of one epoch on XOR, right the share wrong by visit, and that of the best weights so far."""
    fig, (left, right) = figure(1, 2, width=11.0, height=4.4, width_ratios=[1, 1.5])
    points(left, CORNERS, GATES["XOR"], size=110, label="XOR, class {}")
    reach = np.linspace(-4.0, 4.0, 801)
    for visit, (w, b) in enumerate(zip(runs.cycle_w[1:], runs.cycle_b[1:], strict=True)):
        look = series(visit) | {"marker": "", "linewidth": 2.2}
        if not w.any():
            left.plot([], [], label=f"after visit {visit + 1}: w = 0, no line", **look)
            continue
        foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
        line = foot[:, None] + along[:, None] * reach
        inside = line[:, np.abs(line - 0.5).max(axis=0) < 2]
        where = "" if inside.size else ": outside the frame"
        left.plot(*inside, label=f"after visit {visit + 1}{where}", **look)
        if not inside.size:
            continue
        start = inside[:, inside.shape[1] // 4]
        arrow = ARROW | {"color": look["color"], "linewidth": 2}
        left.annotate("", start + 0.5 * w / np.linalg.norm(w), start, arrowprops=arrow)
    left.set(
        title="One epoch on XOR; arrows: side of 1",
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-1.5, 2.5),
        ylim=(-1.5, 2.5),
        aspect="equal",
    )
    left.set(xticks=[-1, 0, 1, 2], yticks=[-1, 0, 1, 2])
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3)

    for i, (name, shares) in enumerate(runs.wrong.items()):
        look, visits = series(i) | {"marker": ""}, np.arange(shares.size)
        right.step(visits, shares, where="post", **(look | {"linewidth": 0.8, "linestyle": "-", "alpha": 0.75}))
        right.step(visits, runs.pocket[name], where="post", label=f"{name}, pocket", **(look | {"linewidth": 3.0}))
    right.set(
        title="Random rows; thin: weights of the moment",
        xlabel="visits",
        ylabel="share of the rows wrong",
        ylim=(-0.02, 1.05),
    )
    right.legend(loc="upper right")

    best = ", ".join(f"{shares[-1]:.0%} ({name})" for name, shares in runs.pocket.items())
    back = "are the same before and after it" if runs.cycles else "have changed after it"
    return Picture(
        fig,
        f"Left: the four points of XOR and the line after each visit of one epoch; the weights {back}. Right: share of "
        f"rows that the weights get wrong, by visit of a random row. It goes up and down; the best weights of "
        f"{next(iter(runs.wrong.values())).size - 1} visits are wrong on {best}.",
    )


@style()
def fold(found: Fold) -> Picture:
    """Left the corners of XOR and where a unit switches on, right where the hidden layer takes the plane."""
    fig, (left, right) = figure(1, 2, width=11.0, height=5.2)
    border = {"color": "black", "linewidth": 2.2, "linestyle": "-"}
    for ax, corners in ((left, found.corners), (right, found.hidden)):
        points(ax, corners, found.labels, size=110)
        groups: dict[tuple[float, ...], list[int]] = {}
        for k, place in enumerate(corners):
            groups.setdefault(tuple(np.round(place, 6)), []).append(k)
        for place, members in groups.items():
            text = " and ".join(f"({found.corners[k][0]:g}, {found.corners[k][1]:g})" for k in members)
            above = found.labels[members[0]] == 0
            at = {"xytext": (8, 8 if above else -8), "va": "bottom" if above else "top"}
            ax.annotate(text, place, textcoords="offset points", zorder=2, bbox=CLEAR, **at)
    for k in range(2):
        look = {"color": PALETTE[2 + k], "linestyle": ("--", ":")[k], "linewidth": 2.2}
        if found.z[..., k].min() < 0 < found.z[..., k].max():
            left.contour(
                *[found.axis] * 2, found.z[..., k], [0], colors=look["color"], linestyles=look["linestyle"], zorder=1
            )
        left.plot([], [], label=f"fold of unit {k + 1}: $z_{k + 1} = 0$", **look)
    if found.plane.min() < 0.5 < found.plane.max():
        left.contour(*[found.axis] * 2, found.plane, [0.5], colors="black", linewidths=2.2, zorder=1)
    right.plot(
        *found.mapped.reshape(-1, 2).T, ".", color="#c8c8c8", markersize=4, label="all points on the left", zorder=1
    )
    ends, limits = np.array(right.get_xlim()), right.get_ylim()
    if found.w[1] != 0:
        right.plot(ends, (0.5 - found.b - found.w[0] * ends) / found.w[1], label="output 0.5", zorder=2, **border)
    left.set(title="Input", xlabel="$x_1$", ylabel="$x_2$", xlim=found.axis[[0, -1]], ylim=found.axis[[0, -1]])
    right.set(title="Hidden layer", xlabel="$h_1$", ylabel="$h_2$", xlim=ends)
    right.set_ylim(min(limits[0], -0.4), limits[1])
    for ax in (left, right):
        ax.set_aspect("equal")  # so that right angles are right angles
    handles = {
        label: handle for ax in (left, right) for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    fig.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    places = ", ".join(f"({h[0]:g}, {h[1]:g})" for h in found.hidden)
    return Picture(
        fig,
        "Left: the corners of XOR, two lines at which the hidden units switch on, and where the output is 0.5. Right: "
        f"the plane of the two hidden units. The corners land on {found.n_places} places: {places}. The output is 0.5 "
        "on one straight line.",
    )


@style()
def data_sets(shown: Sets) -> Picture:
    """Data sets with two classes in the plane, side by side."""
    fig, axes = figure(1, len(shown.X), width=9.0, height=3.2)
    for ax, (name, X) in zip(axes, shown.X.items(), strict=True):
        points(ax, X, shown.y[name], size=14)
        ax.set(title=name, xlabel="$x_1$", ylabel="$x_2$")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    rows = ", ".join(f"{name} with {len(X)} points" for name, X in shown.X.items())
    return Picture(fig, f"Data sets with two classes: {rows}. A line is right for the first only.")


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
            mean, lowest = result.accuracy[i, j].mean(), result.accuracy[i, j].min()
            ax.set_title(f"{result.activations[j]}: {mean:.3f}\nlowest {lowest:.3f}")
            ax.grid(False)
            ax.set_xlim(low, high)
            ax.set_ylim(low, high)
        axes[i, 0].set_ylabel(f"{result.sets[i]}\n$x_2$")
    for ax in axes[-1]:
        ax.set_xlabel("$x_1$")
    starts = result.accuracy.shape[2]
    fig.suptitle(f"Test accuracy: mean and lowest of {starts} starts. Drawn: the first start and its training points")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    fig.colorbar(shown, ax=axes, label="probability of class 1; black line: 0.5", shrink=0.6)
    rows = ". ".join(
        f"{name}: " + ", ".join(f"{a} {x:.3f}" for a, x in zip(result.activations, row, strict=True))
        for name, row in zip(result.sets, result.accuracy.mean(axis=2), strict=True)
    )
    return Picture(
        fig,
        f"Decision boundaries on {n_sets} data sets for {n_activations} hidden activations, with training points. Mean "
        f"accuracy on test data, {result.accuracy.shape[2]} starts, of which the first is drawn. {rows}.",
    )


@style()
def widths(result: Widths) -> Picture:
    """Left the share of starts that solve XOR, right the accuracy on moons, both against the number of hidden units."""
    fig, (left, right) = figure(1, 2, width=11.0, height=3.8)
    places = np.arange(result.xor_widths.size)
    error = np.sqrt(result.solved * (1 - result.solved) / result.n_starts)
    of = f"of {result.n_starts} starts, ± standard error"
    left.bar(places, result.solved, yerr=error, color=series(0)["color"], width=0.6, label=of)
    for place, share in zip(places, result.solved, strict=True):
        left.text(place, share + 0.05, f"{100 * share:.3g}%", ha="center")
    left.set(title="XOR solved", xlabel="hidden tanh units", ylabel="share of the starts", ylim=(0, 1.35))
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

    solved = ", ".join(
        f"{n} units {100 * share:.3g}%" for n, share in zip(result.xor_widths, result.solved, strict=True)
    )
    means = result.accuracy.mean(axis=1)
    accurate = ", ".join(
        f"{n} {'unit' if n == 1 else 'units'} {mean:.3f}" for n, mean in zip(result.moons_widths, means, strict=True)
    )
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
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3)

    right.plot(result.widths, result.by_hand, label="ReLU, by hand", **series(0))
    for i, (name, errors) in enumerate(result.errors.items(), start=1):
        low, middle, high = np.quantile(errors, [0.1, 0.5, 0.9], axis=1)
        look = series(i)
        band = "10 to 90 % of the draws" if i == 1 else None
        right.fill_between(result.widths, low, high, color=look["color"], alpha=0.2, linewidth=0, label=band)
        right.plot(result.widths, middle, label=f"{name}, random", **look)
    right.set(title="Largest error", xlabel="hidden units", ylabel="largest error", xscale="log", yscale="log")
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


@style()
def drawing(drawn: Drawing) -> Picture:
    """The line that a network gives, and its two outputs against the input."""
    fig, (left, right) = figure(1, 2, width=10.0, height=4.2, width_ratios=[1, 1.3])
    left.plot(*drawn.line.T, color=PALETTE[0], linewidth=3.0)
    left.plot(*drawn.points.T, "o", color=PALETTE[1], markersize=5)
    left.set(title="Drawn by a network", xlabel="output 1", ylabel="output 2", aspect="equal")
    time = np.linspace(0, len(drawn.points) - 1, len(drawn.line))
    for k in range(2):
        right.plot(time, drawn.line[:, k], label=f"output {k + 1}", **(series(k) | {"marker": ""}))
    right.set(title=f"{drawn.n_units} ReLU units", xlabel="input t", ylabel="output")
    right.legend()
    error = np.abs(drawn.line[:: (len(drawn.line) - 1) // (len(drawn.points) - 1)] - drawn.points).max()
    return Picture(
        fig,
        f"Left: a line drawing through {len(drawn.points)} points, given by a network with {drawn.n_units} hidden "
        f"ReLU units as its input t grows; its largest distance from a point is {error:.0e} per coordinate. Right: its "
        "two outputs against t, both piecewise linear.",
    )
