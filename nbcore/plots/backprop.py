"""Figures of the notebook on backpropagation, over the records of `nbcore.experiments.backprop`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from nbcore.experiments.backprop import LIMIT, Cost, FailingChecks, FloatArray, Folding, Graph, Training
from nbcore.plots._style import CLASS_COLORS, CLASS_MARKERS, DIVERGING, NEUTRAL, PALETTE, Picture, figure, series, style

if TYPE_CHECKING:  # matplotlib is slow to load and waits for the first picture
    from matplotlib.axes import Axes
else:
    Axes = Any

FORWARD, BACKWARD = PALETTE[0], PALETTE[1]
"""Colours of what goes forward and of what comes back, in both pictures of the way back."""


@style()
def layer_backward() -> Picture:
    """On what one weight, one bias and one input of a layer act, with which factors, and what comes back."""
    fig, axes = figure(1, 3, width=12.0, height=4.2)
    examples, signals = ["$z_{00}$", "$z_{10}$", "$z_{20}$"], ["$dZ_{00}$", "$dZ_{10}$", "$dZ_{20}$"]
    factors = ["$a_{01}$", "$a_{11}$", "$a_{21}$"]
    title = "One weight: every example\n" r"$dW_{01} = \sum_i\, dZ_{i0}\, a_{i1}$"
    _fan(axes[0], "$W_{01}$", examples, factors, signals, title)
    title = "One bias: every example\n" r"$db_0 = \sum_i\, dZ_{i0}$"
    _fan(axes[1], "$b_0$", examples, ["1", "1", "1"], signals, title)
    title = "One input: every unit\n" r"$dA_{01} = \sum_j\, dZ_{0j}\, W_{j1}$"
    _fan(axes[2], "$a_{01}$", ["$z_{00}$", "$z_{01}$"], ["$W_{01}$", "$W_{11}$"], ["$dZ_{00}$", "$dZ_{01}$"], title)
    return Picture(
        fig,
        "A layer with 2 units and 3 examples, counted from 0. The weight W01 acts on unit 0 in every example i, with "
        "the factor a_i1: dW01 is the sum of dZ_i0 a_i1 over i. The bias b0 acts on the same, with the factor 1: db0 "
        "is the sum of dZ_i0. The input a01 acts on both units of its example, with the factors W01 and W11: dA01 is "
        "the sum of dZ_0j W_j1 over j.",
    )


def _fan(ax: Axes, source: str, ends: list[str], factors: list[str], signals: list[str], title: str) -> None:
    """Arrows from one quantity to all on which it acts, with the factors beside them and gradients at their ends."""
    for y, end, factor, signal in zip(np.linspace(0.85, 0.15, len(ends)), ends, factors, signals, strict=True):
        ax.annotate("", (0.66, y), (0.24, 0.5), arrowprops={"arrowstyle": "-|>", "color": FORWARD, "lw": 2.5})
        ax.text(0.46, 0.5 + 0.52 * (y - 0.5) + 0.06, factor, color=FORWARD, ha="center", va="bottom")
        _node(ax, 0.76, y, end)
        ax.text(0.88, y, signal, color=BACKWARD, ha="left", va="center")
    _node(ax, 0.14, 0.5, source)
    ax.set_title(title)
    ax.set(xlim=(0.0, 1.05), ylim=(0.0, 1.0))
    ax.axis("off")


def _node(ax: Axes, x: float, y: float, name: str) -> None:
    box = {"boxstyle": "circle,pad=0.35", "facecolor": "white", "edgecolor": NEUTRAL}
    ax.text(x, y, name, ha="center", va="center", bbox=box, fontsize=14)


@style()
def graph(record: Graph) -> Picture:
    """The computational graph of the worked example: values on the way forward, gradients on the way back."""
    case = record.case
    A, Z = case.cache["A"], case.cache["Z"]
    values = {"A0": A[0], "Z1": Z[0], "A1": A[1], "Z2": Z[1], "A2": A[2]} | case.params
    gradients = case.inner | {key: record.yours[key] for key in case.params}
    places = {"A0": 0.0, "Z1": 1.0, "A1": 2.0, "Z2": 3.0, "A2": 4.0, "loss": 5.0}
    names = {"A0": "$A_0 = x$", "Z1": "$Z_1$", "A1": "$A_1$", "Z2": "$Z_2$", "A2": "$A_2 = p$", "loss": "$L$"}
    fig, ax = figure(width=11.0, height=4.6)
    for name, x in places.items():
        _box(ax, x, 2.0, names[name])
        ax.text(x, 2.42, _short(values[name]) if name in values else f"{record.loss:.3f}", color=FORWARD, ha="center")
        ax.text(x, 2.78, _short(gradients[name]) if name in gradients else "1", color=BACKWARD, ha="center")
    p, inside = A[2].item(), ", ".join(f"{slope:.3g}" for slope in 1 - A[1].ravel() ** 2)  # tanh' = 1 - tanh^2
    at_output, of_loss = f"{p * (1 - p):.4g}", f"{-1 / p:.3g}"  # y = 1, so the loss is -ln p
    slopes = r"\cdot\, W_1", rf"\odot\, ({inside})", r"\cdot\, W_2", rf"\cdot\, {at_output}", rf"\cdot\, ({of_loss})"
    for x, slope in enumerate(slopes):
        _both_ways(ax, (x + 0.32, 2.0), (x + 0.68, 2.0), across=(0.0, 0.09))
        ax.text(x + 0.5, 1.72, f"${slope}$", color=BACKWARD, ha="center", va="top", fontsize=11)
    for x, layer in ((1.0, 1), (3.0, 2)):
        for shift, letter in ((-0.48, "W"), (0.48, "b")):
            key = f"{letter}{layer}"
            _box(ax, x + shift, 0.2, f"${letter}_{layer}$")
            ax.text(x + shift, -0.2, _short(values[key]), color=FORWARD, ha="center", va="top")
            ax.text(x + shift, -0.85, _short(gradients[key]), color=BACKWARD, ha="center", va="top")
            start, end = (x + 0.8 * shift, 0.5), (x + 0.25 * shift, 1.7)
            _both_ways(ax, start, end, across=(0.05, 0.0))
    ax.plot([], [], color=FORWARD, label="forward: values")
    ax.plot([], [], color=BACKWARD, linestyle="--", label="back: gradients of the loss")
    ax.legend(loc="upper right", ncols=2, bbox_to_anchor=(1.0, 1.04))
    ax.set(xlim=(-0.55, 5.4), ylim=(-1.55, 3.5))
    ax.set_title("One example, forward and back")
    ax.axis("off")
    told = ", ".join(f"d{key} = {_short(gradients[key])}".replace("\n", " ") for key in ("W2", "b2", "W1", "b1"))
    return Picture(
        fig,
        f"The computational graph of the worked example, from x over Z1, A1, Z2 and p to the loss {record.loss:.3f}; "
        f"W1 and b1 lead into Z1, W2 and b2 into Z2. Gradients go back along every arrow, multiplied by the slope at "
        f"it: {of_loss} of the loss, {at_output} of the sigmoid, W2, ({inside}) of tanh, W1. {told}.",
    )


def _box(ax: Axes, x: float, y: float, name: str) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": NEUTRAL}
    ax.text(x, y, name, ha="center", va="center", bbox=box, fontsize=13)


def _both_ways(ax: Axes, start: tuple[float, float], end: tuple[float, float], across: tuple[float, float]) -> None:
    """An arrow forward and a dashed one back, side by side."""
    (x0, y0), (x1, y1), (dx, dy) = start, end, across
    forward = {"arrowstyle": "-|>", "color": FORWARD, "lw": 1.8}
    back = {"arrowstyle": "-|>", "color": BACKWARD, "lw": 1.8, "linestyle": "--"}
    ax.annotate("", (x1 - dx, y1 + dy), (x0 - dx, y0 + dy), arrowprops=forward)
    ax.annotate("", (x0 + dx, y0 - dy), (x1 + dx, y1 - dy), arrowprops=back)


def _short(values: FloatArray) -> str:
    """The numbers of an array, a line a row."""
    rows = np.atleast_2d(np.asarray(values))
    return "\n".join("(" + ", ".join(f"{v:.4g}" if abs(v) < 1e4 else f"{v:.1e}" for v in row) + ")" for row in rows)


LOW, HIGH = 1e-13, 1e3
"""Ends of the axis of errors: smaller ones are drawn at the first, infinity at the second, NaN left of the first."""


@style()
def failing_checks(failing: FailingChecks) -> Picture:
    """Errors that careless and careful checks report, one row a situation, with the limit between silence and alarm."""
    cases = failing.cases
    rows = np.arange(len(cases))
    careless, careful = (np.array([getattr(case, kind) for case in cases]) for kind in ("careless", "careful"))
    fig, ax = figure(width=10.0, height=5.2)
    ax.axvline(LIMIT, color=NEUTRAL, linestyle="--", linewidth=1.2)
    ax.plot(_place(careless), rows, label="careless check", **(series(1) | {"linestyle": "", "markersize": 10}))
    ax.plot(_place(careful), rows, label="careful check", **(series(0) | {"linestyle": "", "markersize": 10}))
    for row, case in enumerate(cases):
        for error in (case.careless, case.careful):
            text = "refused" if case.refused and error == case.careful else f"{error:.0f}".replace("nan", "NaN")
            if not (np.isfinite(error) and error):
                ax.annotate(text, (_place(np.array([error]))[0], row), (0, 9), textcoords="offset points", ha="center")
    labels = [f"{i}. {case.name}: code {'right' if case.right else 'wrong'}" for i, case in enumerate(cases, 1)]
    ax.set_yticks(rows, labels)
    ax.set(
        xscale="log",
        xlim=(LOW / 300, HIGH * 30),
        ylim=(rows.size - 0.5, -0.9),
        xlabel="relative error that the check reports",
        ylabel="situation",
        title="Silent to the left of the dashed line, alarm to the right",
    )
    ax.set_xticks([LOW / 30, LOW, 1e-10, 1e-7, 1e-4, 1e-1, HIGH], ["NaN", "0", *_powers(-10, -7, -4, -1), "inf"])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.14), ncols=2)
    wrong = [case.name for case in cases if (case.careless_verdict == "alarm") == case.right]
    correct = sum((case.careful_verdict == "silent") == case.right for case in cases)
    return Picture(
        fig,
        f"Errors reported by careless and careful gradient checks in {len(cases)} situations, on a log scale. The "
        f"careless check misjudges {len(wrong)} of them ({', '.join(wrong)}), the careful one judges {correct} right.",
    )


def _powers(*exponents: int) -> list[str]:
    return [f"$10^{{{exponent}}}$" for exponent in exponents]


def _place(errors: FloatArray) -> FloatArray:
    """Where errors stand on the axis, which has room for numbers only."""
    shown = np.clip(np.nan_to_num(errors, nan=0.0, posinf=HIGH), LOW, HIGH)
    return np.asarray(np.where(np.isnan(errors), LOW / 30, shown))


FLOOR = 1e-17
"""A difference of exactly 0 is drawn here, below every difference that float64 can show for numbers near 1."""


@style()
def training(record: Training) -> Picture:
    """Left the loss curves of the student and of scikit-learn, right the difference between the two."""
    epochs = np.arange(record.losses.shape[1])
    fig, (left, right) = figure(1, 2, width=11.0, height=4.2)
    for i, name in enumerate(record.names):
        look = series(i)
        left.plot(epochs, record.losses[i], color=look["color"], linestyle=look["linestyle"], label=f"{name}, fit")
        every = slice(10 * i, None, max(1, epochs.size // 12))
        left.plot(
            epochs[every],
            record.sklearn[i, every],
            look["marker"],
            color=look["color"],
            fillstyle="none",
            markersize=8,
            label=f"{name}, scikit-learn",
        )
        right.plot(
            epochs,
            np.maximum(record.difference[i], FLOOR),
            look["marker"],
            color=look["color"],
            markersize=4,
            markevery=(i, 3),
            label=name,
        )
    left.set(title="Loss", xlabel="step", ylabel="loss", ylim=(0, 1.05 * record.losses.max()))
    left.legend(loc="upper right")
    right.axhline(1e-12, color=NEUTRAL, linestyle="--", linewidth=1.2)
    right.annotate("1e-12", (epochs[-1], 1e-12), (0, 4), textcoords="offset points", ha="right", color=NEUTRAL)
    right.set(
        title="Difference (0 is drawn at the bottom)",
        xlabel="step",
        ylabel="absolute difference of the losses",
        yscale="log",
        ylim=(FLOOR / 2, max(1e-10, 1e3 * record.difference.max())),  # a wrong gradient comes far above the line
    )
    right.legend(loc="upper left", ncols=3)
    agree = "coincide" if record.difference.max() < 1e-12 else "come apart"
    ends = ", ".join(f"{name} {losses[-1]:.3f}" for name, losses in zip(record.names, record.losses, strict=True))
    return Picture(
        fig,
        f"Left: loss curves of fit and of scikit-learn over {epochs.size} steps {agree}; last losses {ends}. "
        f"Right: their difference on a log scale, never above {record.difference.max():.1e}.",
    )


@style()
def folding(record: Folding) -> Picture:
    """Above the plane with the boundary, below the last hidden layer, where the boundary is a straight line."""
    n = len(record.epochs)
    fig, axes = figure(2, n, width=3.1 * n, height=6.4, sharey="row")
    is_one = record.y.ravel() > 0.5
    reach = 1.15 * max(1.0, float(np.abs(record.last_hidden).max()))  # tanh stays within 1, ReLU does not
    line = np.linspace(-1.15 * reach, 1.15 * reach, 50)
    for k in range(n):
        above, below = axes[:, k]
        above.contourf(record.side, record.side, record.probability[k], levels=10, cmap=DIVERGING, alpha=0.5)
        above.contour(record.side, record.side, record.probability[k], levels=[0.5], colors=[NEUTRAL], linewidths=2)
        w1, w2, b = record.weights[k]
        if abs(w2) > abs(w1):
            below.plot(line, -(w1 * line + b) / w2, color=NEUTRAL)
        elif w1:
            below.plot(-(w2 * line + b) / w1, line, color=NEUTRAL)
        for ax, points in ((above, record.X), (below, record.last_hidden[k])):
            for label in (0, 1):
                of_class = points[is_one == label]
                ax.plot(
                    *of_class.T, CLASS_MARKERS[label], color=CLASS_COLORS[label], markersize=4, label=f"class {label}"
                )
        above.set(title=f"{record.epochs[k]} steps, {record.right[k]:.0%} right", xlabel="$x_1$")
        below.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="hidden unit 1")
    axes[0, 0].set_ylabel("$x_2$")
    axes[1, 0].set_ylabel("hidden unit 2")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=2)
    told = ", ".join(f"{right:.0%} after {at}" for right, at in zip(record.right, record.epochs, strict=True))
    return Picture(
        fig,
        f"Two spirals while the network trains, points classified right: {told} steps. Above, the boundary in the "
        "plane winds itself between the arms. Below, the last hidden layer: its two units move the classes apart until "
        "a straight line is between them.",
    )


@style()
def cost(record: Cost) -> Picture:
    """Times of both passes by number of weights, their ratio by depth, and the time of one example by size of batch."""
    fig, (left, right, single) = figure(1, 3, width=13.0, height=4.2)
    for i, (name, seconds) in enumerate((("forward", record.forward), ("backward", record.backward))):
        look = series(i)
        line = np.polyval(np.polyfit(record.weights, seconds, 1), record.weights)
        left.plot(record.weights, 1e3 * seconds, look["marker"], color=look["color"], markersize=8, label=name)
        left.plot(
            record.weights,
            1e3 * line,
            color=look["color"],
            linestyle=look["linestyle"],
            label=f"{name}, straight line",
        )
    left.set(title="Time of one pass", xlabel="weights", ylabel="milliseconds")
    left.set_ylim(bottom=0)
    left.legend(loc="upper left")

    ratio, products = record.ratio, record.products_ratio
    counted = record.products_backward / record.products_forward
    right.plot(record.depths, ratio, label="time", **series(0))
    right.plot(record.depths, products, label="time of the products alone", **series(2))
    right.plot(record.depths, counted, label="multiplications", **series(1))
    top = 1.15 * max(ratio.max(), products.max(), 2.2)
    right.set(title="Backward over forward", xlabel="layers", ylabel="ratio", ylim=(0, top))
    right.legend(loc="lower right")
    single.plot(record.batches, 1e6 * record.per_example, **series(0))
    single.set(title="One example, both passes", xlabel="examples in the batch", ylabel="microseconds for each")
    single.set(xscale="log", yscale="log")
    single.set_xticks(record.batches, [str(size) for size in record.batches])
    ends = 1e6 * record.per_example.min() / 1.4, 1e6 * record.per_example.max() * 1.4
    marks = [mark * 10.0**k for k in range(-1, 6) for mark in (1, 2, 5) if ends[0] < mark * 10.0**k < ends[1]]
    single.set_yticks(marks, [f"{mark:g}" for mark in marks])
    single.set_ylim(*ends)
    single.minorticks_off()
    return Picture(
        fig,
        f"Left: time of a forward and a backward pass against the number of weights, up to {record.weights[-1]:,}: "
        f"{1e3 * record.forward[-1]:.1f} and {1e3 * record.backward[-1]:.1f} ms; straight lines fit with R squared "
        f"{record.r2_forward:.3f} and {record.r2_backward:.3f}. Middle: backward over forward, multiplications "
        f"{counted[-1]:.2f}, time {ratio.min():.2f} to {ratio.max():.2f}, of products alone {products.min():.2f} to "
        f"{products.max():.2f}. Right: time of both passes for one example, "
        f"{1e6 * record.per_example[0]:.0f} microseconds alone and {1e6 * record.per_example[-1]:.0f} in a batch of "
        f"{record.batches[-1]}, on log scales.",
    )
