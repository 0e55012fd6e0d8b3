"""Figures of the notebook on backpropagation, over the records of `nbcore.experiments.backprop`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.backprop import LIMIT, Cost, FailingChecks, FloatArray, Training
from nbcore.plots._style import NEUTRAL, Picture, figure, series, style

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
            text = "refused" if case.refused and error == case.careful else "inf" if np.isinf(error) else "NaN"
            if not np.isfinite(error):
                ax.annotate(text, (_place(np.array([error]))[0], row), (0, 9), textcoords="offset points", ha="center")
    labels = [f"{i}. {case.name}: gradient {'right' if case.right else 'wrong'}" for i, case in enumerate(cases, 1)]
    ax.set_yticks(rows, labels)
    ax.set(
        xscale="log",
        xlim=(LOW / 300, HIGH * 30),
        ylim=(rows.size - 0.5, -0.9),
        xlabel="relative error that the check reports",
        ylabel="situation",
        title="Silent to the left of the dashed line, alarm to the right",
    )
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.14), ncols=2)
    wrong = [case.name for case in cases if (case.careless_verdict == "alarm") == case.right]
    mended = sum((case.careful_verdict == "silent") == case.right for case in cases)
    return Picture(
        fig,
        f"Errors reported by careless and careful gradient checks in {len(cases)} situations, on a log scale. The "
        f"careless check misjudges {len(wrong)} of them ({', '.join(wrong)}), the careful one judges {mended} right.",
    )


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
    left.set(title="Loss", xlabel="epoch", ylabel="loss", ylim=(0, 1.05 * record.losses.max()))
    left.legend(loc="upper right")
    right.axhline(1e-12, color=NEUTRAL, linestyle="--", linewidth=1.2)
    right.annotate("1e-12", (epochs[-1], 1e-12), (0, 4), textcoords="offset points", ha="right", color=NEUTRAL)
    right.set(
        title="Difference (0 is drawn at the bottom)",
        xlabel="epoch",
        ylabel="absolute difference of the losses",
        yscale="log",
        ylim=(FLOOR / 2, 1e-10),
    )
    right.legend(loc="upper left")
    ends = ", ".join(f"{name} {losses[-1]:.3f}" for name, losses in zip(record.names, record.losses, strict=True))
    return Picture(
        fig,
        f"Left: loss curves of fit and of scikit-learn over {epochs.size} epochs coincide; last losses {ends}. "
        f"Right: their difference on a log scale, never above {record.difference.max():.1e}.",
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

    ratio = record.backward / record.forward
    counted = record.products_backward / record.products_forward
    right.plot(record.depths, ratio, label="time", **series(0))
    right.plot(record.depths, counted, label="multiplications", **series(1))
    right.plot(record.depths, record.least_ratio, label="without dA of the inputs", **series(2))
    right.set(title="Backward over forward", xlabel="layers", ylabel="ratio", ylim=(0, 1.15 * max(ratio.max(), 2.2)))
    right.legend(loc="lower right")
    single.plot(record.batches, 1e6 * record.per_example, label="both passes", **series(0))
    single.set(title="One example", xlabel="examples in the batch", ylabel="microseconds for each", xscale="log")
    single.set_yscale("log")
    single.set_xticks(record.batches, [str(size) for size in record.batches])
    single.minorticks_off()
    single.legend(loc="upper right")
    return Picture(
        fig,
        f"Left: time of a forward and a backward pass against the number of weights, up to {record.weights[-1]:,}: "
        f"{1e3 * record.forward[-1]:.1f} and {1e3 * record.backward[-1]:.1f} ms; straight lines fit with R squared "
        f"{record.r2_forward:.3f} and {record.r2_backward:.3f}. Middle: backward over forward, multiplications "
        f"{counted[-1]:.2f}, time {ratio.min():.2f} to {ratio.max():.2f}. Right: time of both passes for one example, "
        f"{1e6 * record.per_example[0]:.0f} microseconds alone and {1e6 * record.per_example[-1]:.0f} in a batch of "
        f"{record.batches[-1]}, on log scales.",
    )
