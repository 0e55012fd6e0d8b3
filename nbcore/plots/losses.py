"""Figures of the notebook on losses, over the records of `nbcore.experiments.losses`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.losses import Escape, FloatArray, Outliers, Shapes
from nbcore.plots._style import NEUTRAL, Picture, figure, series, style


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
        title="Linear models fitted with each loss",
        xlabel="outliers in the training data, %",
        ylabel="mean squared error on clean test data",
        yscale="log",
    )
    error.set_xticks(percent)
    ticks = [0.1, 0.2, 0.5, 1.0]
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
def escape(record: Escape) -> Picture:
    """Left the slope over the logit, in the middle the accuracy during training, right the calibration."""
    fig, (slope, accuracy, calibration) = figure(1, 3, width=11.5, height=4.2)
    for i, name in enumerate(record.names):
        look = series(i)
        slope.plot(record.z, record.slope[i], label=name, **(look | {"markevery": (20, 40)}))
        for column, bias in enumerate(record.biases):
            steps = np.arange(record.accuracy.shape[2])
            kind = series(2 * column + i) | {"color": look["color"], "markevery": (25 + 20 * i, 75)}
            accuracy.plot(steps, record.accuracy[i, column], label=f"{name}, bias {bias:g}", **kind)
        calibration.plot(record.predicted[i], record.observed[i], label=name, markersize=8, **_without_size(look))
    slope.axhline(0, color=NEUTRAL, linewidth=0.8)
    slope.set(title="Slope, label 1", xlabel="logit z", ylabel="slope of the loss")
    slope.legend(loc="lower right")
    accuracy.set(title="Training one unit", xlabel="step", ylabel="accuracy", ylim=(0.15, 1.02))
    accuracy.legend(loc="lower right", fontsize=9)
    calibration.plot([0, 1], [0, 1], color=NEUTRAL, linestyle=(0, (4, 3)), linewidth=1.2, label="perfect")
    calibration.set(
        title=f"Calibration, from bias {record.biases[0]:g}",
        xlabel="predicted probability",
        ylabel="share of ones, fresh data",
    )
    calibration.legend(loc="upper left")

    slopes = ", ".join(f"{name} {value:.4g}" for name, value in zip(record.names, record.slope_at(-8.0), strict=True))
    ends = ", ".join(
        f"{name} {final:.3f} from bias {bias:g}"
        for name, rows in zip(record.names, record.accuracy, strict=True)
        for bias, final in zip(record.biases, rows[:, -1], strict=True)
    )
    apart = np.abs(record.predicted - record.observed).max(axis=1)
    gaps = ", ".join(f"{name} {gap:.3f}" for name, gap in zip(record.names, apart, strict=True))
    return Picture(
        fig,
        f"Left: slope of each loss against the logit of an example with label 1; at logit -8: {slopes}. Middle: "
        f"accuracy of one unit after {record.accuracy.shape[2] - 1} steps: {ends}. Right: predicted probability "
        f"against the share of ones in {record.predicted.shape[1]} bins of fresh data; largest difference: {gaps}.",
    )


def _broken(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The curve with a gap where it jumps, as the slope of a loss with a kink does."""
    jumps = np.flatnonzero(np.abs(np.diff(y)) > 0.5) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)


def _without_size(look: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in look.items() if key != "markersize"}
