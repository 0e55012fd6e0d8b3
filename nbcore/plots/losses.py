"""Figures of the notebook on losses, over the records of `nbcore.experiments.losses`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.losses import LEARNED, Escape, FloatArray, Graph, Origin, Outliers, Shapes
from nbcore.plots._style import NEUTRAL, PALETTE, Picture, figure, series, style


@style()
def robustness(shapes: Shapes, outliers: Outliers) -> Picture:
    """Left the losses above their slopes, right the test error of models fitted with them, by share of outliers."""
    fig, axes = figure(2, 2, width=11.0, height=6.4, width_ratios=[1, 1.15])
    loss, slope = axes[:, 0]
    for i, name in enumerate(shapes.values):
        look = series(i) | {"markevery": (6 + 10 * i, 40)}
        loss.plot(shapes.x, shapes.values[name], label=name, **look)
        slope.plot(*_broken(shapes.x, shapes.slopes[name]), label=name, **look)
    for ax in (loss, slope):
        ax.axhline(0, color=NEUTRAL, linewidth=0.8)
        ax.set(xlabel="residual", xlim=(shapes.x[0], shapes.x[-1]))
    loss.set(title="Loss of one example", ylabel="loss")
    slope.set(title="Its slope: the pull of the example", ylabel="slope")
    loss.legend(loc="upper center")

    for ax in axes[:, 1]:
        ax.remove()
    error = fig.add_subplot(axes[0, 0].get_gridspec()[:, 1])
    percent = 100 * outliers.shares
    for i, name in enumerate(outliers.names):
        look = series(i)
        low, high = outliers.error[i].min(axis=1), outliers.error[i].max(axis=1)
        error.fill_between(percent, low, high, color=look["color"], alpha=0.2, linewidth=0)
        error.plot(percent, outliers.error[i].mean(axis=1), label=name, **look)
    error.axhline(outliers.noise, color=NEUTRAL, linestyle=(0, (4, 3)), linewidth=1.2, label="noise alone")
    error.set(
        title=f"Linear models fitted with each loss:\nmean and range of {outliers.error.shape[2]} data sets",
        xlabel="outliers in the training data, %",
        ylabel="mean squared error on clean test data",
        yscale="log",
    )
    error.set_xticks(percent)
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1.0, 10.0, 100.0) if tick <= outliers.error.max()]
    error.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    error.minorticks_off()
    error.legend(loc="upper left")

    steepest = ", ".join(f"{name} {slopes.max():.2g}" for name, slopes in shapes.slopes.items())
    ends = ", ".join(
        f"{name} {errors[0]:.3f} and {errors[-1]:.3f}"
        for name, errors in zip(outliers.names, outliers.error.mean(axis=2), strict=True)
    )
    return Picture(
        fig,
        f"Left: losses of one example and their slopes for residuals from {shapes.x[0]:g} to {shapes.x[-1]:g}; "
        f"steepest: {steepest}. Right: error on clean test data, log scale, mean and range of "
        f"{outliers.error.shape[2]} data sets, without outliers and with {outliers.shares[-1]:.0%}: {ends}. "
        f"The noise alone gives {outliers.noise:.3f}.",
    )


@style()
def origin(record: Origin) -> Picture:
    """Left the surprise of an event in bits, right the likelihood of tosses and its negative logarithm."""
    fig, (surprise, coin) = figure(1, 2, width=10.0, height=3.8)
    plain = series(0) | {"marker": ""}
    surprise.plot(record.p, record.bits, **plain)
    marks = np.array([0.5, 0.25, 0.125])
    surprise.plot(marks, -np.log2(marks), **series(0) | {"linestyle": ""})
    for p, name in zip(marks, ("1/2: 1 bit", "1/4: 2 bits", "1/8: 3 bits"), strict=True):
        surprise.annotate(name, (p, -np.log2(p)), (8, 3), textcoords="offset points", color=NEUTRAL)
    surprise.set(
        title="Surprise of one event", xlabel="probability p it was given", ylabel="$-\\log_2 p$, bits", ylim=0
    )

    best = record.ones / record.n
    lines = [
        coin.plot(record.p, record.likelihood / record.likelihood.max(), label="relative likelihood", **plain)[0],
        coin.plot(record.p, record.loss, label="cross-entropy, nats", **(series(1) | {"marker": ""}))[0],
    ]
    coin.plot([best, best], [0, 1.2], color=NEUTRAL, linestyle=(0, (4, 3)), linewidth=1.2)
    coin.annotate(f"p = {best:g}", (best, 1.2), (0, 3), textcoords="offset points", ha="center", color=NEUTRAL)
    coin.set(
        title=f"{record.ones} ones in {record.n} tosses",
        xlabel="predicted probability p of a one",
        ylabel="relative likelihood, or loss in nats",
        ylim=(0, 2.5),
    )
    coin.legend(handles=lines, loc="upper right")
    least = record.p[record.loss.argmin()]
    return Picture(
        fig,
        f"Left: surprise in bits against the probability of an event: 1 for 1/2, 2 for 1/4, 3 for 1/8. Right: for "
        f"{record.ones} ones in {record.n} tosses, the likelihood is largest at "
        f"{record.p[record.likelihood.argmax()]:.2f}. Its negative logarithm per toss, the cross-entropy, is "
        f"smallest at {least:.2f}: {record.loss.min():.3f} nats.",
    )


@style()
def graph(record: Graph) -> Picture:
    """Logit, probability and loss as boxes: values go forward above, slopes come back below."""
    fig, ax = figure(width=9.0, height=3.0)
    ax.set(xlim=(0, 10), ylim=(0, 3))
    ax.set_axis_off()
    back = record.loss_slope * record.p_slope
    boxes = {1.2: f"$z$ = {record.z:.3f}", 5.0: f"$p$ = {record.p:.3f}", 8.8: f"$L$ = {record.loss:.3f}"}
    for x, text in boxes.items():
        look = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": NEUTRAL}
        ax.text(x, 1.5, text, ha="center", va="center", bbox=look, fontsize=13)
    steps = [(2.3, 3.9, "$p = \\sigma(z)$", f"$dp/dz$ = {record.p_slope:.4g}"),
             (6.1, 7.7, f"BCE, $y$ = {record.y:g}", f"$dL/dp$ = {record.loss_slope:.4g}")]  # fmt: skip
    for left, right, forward, backward in steps:
        for (start, end), height, colour in (((left, right), 1.68, PALETTE[0]), ((right, left), 1.32, PALETTE[1])):
            arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.0, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (end, height), (start, height), arrowprops=arrow)
        ax.text((left + right) / 2, 1.95, forward, ha="center", color=PALETTE[0])
        ax.text((left + right) / 2, 0.9, backward, ha="center", color=PALETTE[1])
    rest = record.p - record.y
    closing = " = $p - y$" if np.isclose(back, rest) else f", but $p - y$ = {rest:.4g}"
    product = f"{record.loss_slope:.4g} · {record.p_slope:.4g} = {back:.4g}"
    ax.text(4.8, 0.4, f"$dL/dz$ = {product}{closing}", ha="center", color=PALETTE[1])
    ax.text(1.2, 2.5, "forward: values", ha="center", color=PALETTE[0])
    ax.text(8.8, 0.4, "backward: slopes", ha="center", color=PALETTE[1])
    return Picture(
        fig,
        f"Computational graph of binary cross-entropy for label {record.y:g}. Forward: logit z = {record.z:.3f}, "
        f"p = {record.p:.3f}, loss {record.loss:.3f}. Back: dL/dp = {record.loss_slope:.4g} times dp/dz = "
        f"{record.p_slope:.4g} is dL/dz = {back:.4g}, and p - y is {record.p - record.y:.4g}.",
    )


@style()
def escape(record: Escape) -> Picture:
    """Left the size of the slope over the logit, right the accuracy during training."""
    fig, (slope, accuracy) = figure(1, 2, width=10.0, height=4.6)
    steps = np.arange(1, record.accuracy.shape[2])
    for i, name in enumerate(record.names):
        look = series(i)
        size = np.abs(record.slope[i])
        slope.plot(record.z, np.where(size > 0, size, np.nan), label=name, **(look | {"markevery": (20, 40)}))
        for column, bias in enumerate(record.biases):
            kind = series(2 * column + i) | {"color": look["color"], "markevery": 0.12}
            label = f"{name}, bias \N{MINUS SIGN}{-bias:g}" if bias < 0 else f"{name}, bias {bias:g}"
            accuracy.plot(steps, record.accuracy[i, column, 1:], label=label, **kind)
    slope.set(title="Size of the slope, label 1", xlabel="logit z", ylabel="size of the slope, log scale", yscale="log")
    slope.legend(loc="lower left")
    accuracy.axhline(LEARNED, color=NEUTRAL, linestyle=(0, (4, 3)), linewidth=1.2)
    accuracy.annotate(f"{LEARNED:g}", (1, LEARNED), (2, 3), textcoords="offset points", color=NEUTRAL)
    low = min(0.45, float(record.accuracy.min()) - 0.02)
    accuracy.set(title="Training one unit", xlabel="step", ylabel="training accuracy", xscale="log", ylim=(low, 0.95))
    fig.legend(*accuracy.get_legend_handles_labels(), loc="outside lower right", ncols=2)

    slopes = ", ".join(f"{name} {value:.4g}" for name, value in zip(record.names, record.slope_at(-8.0), strict=True))
    return Picture(
        fig,
        f"Left: size of the slope of each loss, log scale, against the logit of an example with label 1; slope at "
        f"logit -8: {slopes}. Right: training accuracy of one unit over {record.accuracy.shape[2] - 1} steps, log "
        f"scale. {' '.join(record.speed().split())}.",
    )


def _broken(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The curve with a gap where it jumps, as the slope of a loss with a kink does."""
    jumps = np.flatnonzero(np.abs(np.diff(y)) > 0.5) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)
