"""Figures of the notebook on optimizers, over the records of `nbcore.experiments.optimizers`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbcore.experiments.optimizers import (
    HOVER,
    SMOOTH,
    BatchSizes,
    Exploding,
    Factors,
    Landscape,
    NoiseFloor,
    Quadratics,
    RangeTest,
    Ripples,
    Sensitivity,
    Valley,
    ripple,
    rosenbrock,
)
from nbcore.plots._style import LINE_STYLES, MARKERS, NEUTRAL, PALETTE, SEQUENTIAL, Picture, figure, series, style

CONTOURS = "#dadada"  # lighter than any path
DARK = "#2d1a47"  # for the fifth of the paths: the grey of the palette is lost among contours


def _count(value: float) -> str:
    return "never" if np.isnan(value) else f"{value:.0f}"


def _decades(width: float) -> str:
    return "no good rate" if np.isnan(width) else f"{width:.2f} decades of good rates"


def _path(i: int) -> dict[str, Any]:
    """As `series`, over contours."""
    return series(i) | ({"color": DARK} if series(i)["color"] == PALETTE[4] else {})


@style()
def factors(found: Factors) -> Picture:
    """What one step multiplies a distance by, against rate times curvature, for three methods."""
    fig, ax = figure(1, 1, width=8.0, height=4.0)
    rows = [("SGD", found.sgd), (f"momentum, beta {found.beta:g}", found.heavy_ball), ("Nesterov", found.nesterov)]
    for i, (name, factor) in enumerate(rows):
        look = series(i) | {"markevery": (20 + 20 * i, 90), "markersize": 5}
        ax.plot(found.a_h, factor, label=name, **look)
    low, high = found.limits
    for limit in (low, high):
        ax.axvline(limit, color=NEUTRAL, linewidth=1.2, linestyle=(0, (1, 2)))
    ax.axhline(1, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="above: it diverges")
    ax.annotate(f"{low:.2g}", (low, 1.45), (4, 0), textcoords="offset points")
    ax.annotate(f"{high:.3g}", (high, 1.45), (4, 0), textcoords="offset points")
    ax.set(title="Factor per step in the long run", xlabel="a h: heavy-ball rate times curvature", ylabel="factor")
    ax.set(xlim=(-0.05, found.a_h[-1]), ylim=(0, 1.6))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return Picture(
        fig,
        f"Factor per step against rate times curvature. SGD: a V that is 0 at 1 and 1 at 2. Momentum with beta "
        f"{found.beta:g}: flat at {np.sqrt(found.beta):.2g} from {low:.2g} to {high:.3g}, larger outside. Nesterov: "
        f"falls from 1 to 0 at 1, and is 1 at {found.a_h[(found.nesterov > 1) & (found.a_h > 1)][0]:.2g}.",
    )


@style()
def quadratics(found: Quadratics) -> Picture:
    """Paths on the roundest quadratic, and for each condition number the distance from the minimum step by step."""
    n = len(found.conditions)
    fig, axes = figure(2, 2, width=11.0, height=8.0)
    paths, panels = axes[0, 0], axes.ravel()[1 : n + 1]
    x, y = np.linspace(-0.95, 1.1, 80), np.linspace(-0.75, 0.75, 60)
    height = x[None, :] ** 2 / found.conditions[0] + y[:, None] ** 2
    paths.contour(x, y, height, levels=np.geomspace(1e-3, 1, 9), colors=CONTOURS, linewidths=0.8)
    for i, name in enumerate(found.names):
        look = _path(i) | {"markersize": 4, "linewidth": 1.4}
        paths.plot(*found.paths[i, :60].T, label=name, **look)
    paths.plot([0], [0], "*", color=NEUTRAL, markersize=14)
    paths.set(title=f"Paths, condition {found.conditions[0]:g}", xlabel="flat direction", ylabel="steep direction")
    paths.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ends = np.isfinite(found.distances).all(axis=2)  # a run that diverges leaves the panel
    top = max([3.0, *(1.5 * found.distances[ends].max(axis=1))])
    for k, ax in enumerate(panels):
        steps = np.arange(found.distances.shape[2])
        for i, name in enumerate(found.names):
            look = _path(i) | {"markevery": (10 * i, 60), "markersize": 5}
            ax.plot(steps, np.maximum(found.distances[k, i], 1e-16), label=name, **look)
            if name == "RMSProp":  # at a rate at which it is quick, and does not stay
                fast = look | {"linestyle": ":", "marker": "", "linewidth": 1.8}
                ax.plot(steps, found.at_hover[k, i], label=f"{name} at {HOVER[0]:g}", **fast)
        ax.axhline(found.target, color=NEUTRAL, linewidth=1, linestyle=(0, (4, 3)))
        ax.set(
            yscale="log",
            ylim=(1e-8, top),
            xlim=(0, steps[-1]),
            xlabel="step",
            ylabel="distance from the minimum",
        )
        ax.set_title(f"Condition {found.conditions[k]:g}")
    fig.legend(*axes[1, 1].get_legend_handles_labels(), loc="outside lower center", ncols=n + 3)
    rows = "; ".join(
        f"condition {k:g}: " + ", ".join(f"{name} {_count(s)}" for name, s in zip(found.names, row, strict=True))
        for k, row in zip(found.conditions, found.steps, strict=True)
    )
    return Picture(
        fig,
        f"First panel: paths of {len(found.names)} optimizers to the minimum of a quadratic. The others: distance from "
        f"the minimum on a log scale against steps, RMSProp also at rate {HOVER[0]:g}. "
        f"Steps to {found.target:g} of the first distance, {rows}.",
    )


@style()
def valley(found: Valley, walks: Ripples) -> Picture:
    """Paths in Rosenbrock's valley, the value of the function step by step, and a walk over ripples."""
    fig, (left, right, bowl) = figure(1, 3, width=13.0, height=4.6, width_ratios=[1.15, 0.9, 1.05])
    x, y = np.linspace(-1.7, 1.6, 160), np.linspace(-1.25, 2.1, 150)
    height = rosenbrock(np.stack(np.meshgrid(x, y), axis=-1))
    left.contour(x, y, height, levels=np.geomspace(0.03, 1000, 12), colors=CONTOURS, linewidths=0.8)
    for i, name in enumerate(found.names):
        look = _path(i) | {"markevery": (2 * i, 25), "markersize": 5, "linewidth": 1.6}
        left.plot(*found.paths[i].T, label=f"{name}, rate {found.rates[i]:.2g}", **look)
        right.plot(np.maximum(found.values[i], 1e-14), label=name, **(look | {"markevery": (10 * i, 60)}))
    left.plot([1], [1], "*", color=NEUTRAL, markersize=14)
    left.set(title="Rosenbrock's valley", xlabel="x1", ylabel="x2", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    right.set(title="Height above the minimum", xlabel="step", ylabel="f(x)", yscale="log")
    right.set_ylim(1e-10, 1e3)
    z = np.linspace(-11, 11, 400)
    bowl.plot(z, ripple(z), color=NEUTRAL, linewidth=1.2, label="bowl with ripples")
    look = series(1) | {"marker": MARKERS[1], "markersize": 4, "linewidth": 1.0}
    bowl.plot(walks.walk, ripple(walks.walk), label=f"{walks.walker}, rate {walks.walk_rate:g}", **look)
    bowl.plot(walks.walk[-1:], ripple(walks.walk[-1:]), "*", color=PALETTE[2], markersize=13, label="its end")
    bowl.set(title="A walk over ripples", xlabel="x", ylabel="f(x)", ylim=(-0.4, 10.5))
    bowl.legend(loc="upper center", fontsize=10)
    ends = ", ".join(f"{name} {value:.1e}" for name, value in zip(found.names, found.values[:, -1], strict=True))
    return Picture(
        fig,
        f"Left: paths of {len(found.names)} optimizers from (-1.2, 1) round the bend of a valley towards (1, 1). "
        f"Middle: value of the function on a log scale, after {found.values.shape[1] - 1} steps: {ends}. Right: a "
        f"bowl with local minima; {walks.walker} at rate {walks.walk_rate:g} walks from {walks.walk[0]:.2g} to "
        f"{walks.walk[-1]:.2g}.",
    )


@style()
def sensitivity(*problems: Sensitivity) -> Picture:
    """A panel a problem: final loss against the rate, divergence drawn as crosses; last, epochs to a target."""
    fig, axes = figure(1, len(problems) + 1, width=13.0, height=4.8, width_ratios=[*[1.25] * len(problems), 1])
    for ax, found in zip(axes, problems, strict=False):
        top = 10 * found.constant
        for i, name in enumerate(found.names):
            low, high = np.quantile(np.minimum(found.final[i], top), [0.1, 0.9], axis=1)
            middle = np.where(found.median[i] <= top, found.median[i], np.nan)
            look = series(i) | {"markersize": 4, "linewidth": 1.6}
            ax.fill_between(found.rates, low, high, color=look["color"], alpha=0.15, linewidth=0)
            ax.plot(found.rates, middle, label=name, **look)
            lost = found.rates[found.diverged[i]]
            ax.plot(lost, np.full(lost.size, top * 0.85**i), "x", color=look["color"], markersize=7)
        ax.axhline(found.constant, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="best constant")
        ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel=f"loss after {found.n_epochs} epochs")
        ax.set(title=found.problem.capitalize(), ylim=(None, 1.3 * top))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=6)
    bars = axes[-1]
    thick = 0.8 / len(problems)
    for k, found in enumerate(problems):
        rows = np.arange(len(found.names)) + k * thick
        epochs = found.epochs_at(found.fastest)
        hatch = "" if k == 0 else "//"
        label = f"{found.problem}, to {found.target:g}"
        bars.barh(
            rows, np.nan_to_num(epochs), height=thick, color=PALETTE[k], hatch=hatch, edgecolor="white", label=label
        )
        for row, value in zip(rows, epochs, strict=True):
            bars.text(0 if np.isnan(value) else value, row, f" {_count(value)}", va="center", fontsize=10)
    bars.set_yticks(np.arange(len(problems[0].names)) + thick * (len(problems) - 1) / 2, problems[0].names)
    widest = max(np.nan_to_num(found.epochs_at(found.fastest)).max() for found in problems)
    bars.set(
        title="Epochs to a target",
        xlabel="epochs, at the fastest good rate",
        ylabel="optimizer",
        xlim=(0, 1.2 * widest),
    )
    bars.invert_yaxis()
    fig.legend(*bars.get_legend_handles_labels(), loc="outside lower right")
    words = []
    for found in problems:
        each = ", ".join(
            f"{name} {found.rates[lowest]:.2g} ({_decades(found.decades[i])})"
            for i, (name, lowest) in enumerate(zip(found.names, found.lowest, strict=True))
        )
        words.append(f"{found.problem}, rates of the lowest loss: {each}")
    return Picture(
        fig,
        "Final loss against the learning rate, both on log scales, median and middle 80 % of the seeds; runs that "
        f"diverged are crosses at the top. {'. '.join(words)}. Last panel: epochs to a common target, as bars.",
    )


@style()
def seeds(found: Sensitivity, names: Sequence[str] = ("SGD", "Adam")) -> Picture:
    """A panel an optimizer: the final loss of each run by seed and rate, as shades; crosses: far above a constant."""
    import seaborn as sns  # slow to load, and used here alone

    fig, axes = figure(1, len(names), width=13.0, height=1.4 + 0.4 * found.final.shape[2], sharey=True, squeeze=False)
    rows = [found.names.index(name) for name in names]
    limit = 10 * found.constant
    lost = found.final > limit
    levels = np.log10(np.where(lost, np.nan, np.maximum(found.final, 1e-8)))
    shown = levels[rows][np.isfinite(levels[rows])]
    low, high = (shown.min(), shown.max()) if shown.size else (0.0, 1.0)
    ticks = [f"{rate:g}" if i % 4 == 0 else "" for i, rate in enumerate(found.rates)]
    for ax, name, i in zip(axes[0], names, rows, strict=True):
        last = ax is axes[0, -1]
        sns.heatmap(
            levels[i].T,
            ax=ax,
            vmin=low,
            vmax=high,
            cmap=SEQUENTIAL,
            cbar=last,
            cbar_kws={"label": "log10 of the final loss"} if last else None,
            xticklabels=ticks,
            yticklabels=range(found.final.shape[2]),
        )
        at, seed = np.nonzero(lost[i])
        ax.plot(
            at + 0.5, seed + 0.5, "x", color=NEUTRAL, markersize=7, label=f"final loss above {limit:.1f}, or infinite"
        )
        ax.tick_params(axis="both", length=0, rotation=0)
        ax.set(title=f"{name}, {found.problem}", xlabel="learning rate", ylabel="seed" if ax is axes[0, 0] else "")
    words = []
    for name, i in zip(names, rows, strict=True):
        together = ~lost[i].any(axis=1)
        if together.any():
            widest = int(np.argmax(np.where(together, np.ptp(levels[i], axis=1), -1.0)))
            lowest, highest = found.final[i, widest].min(), found.final[i, widest].max()
            words.append(f"{name}: seeds differ most at rate {found.rates[widest]:.2g}, {lowest:.2g} to {highest:.2g}")
        words.append(f"{lost[i].sum()} of its {lost[i].size} runs end above {limit:.1f} or diverge")
    if lost[rows].any():
        fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower right")
    return Picture(
        fig,
        f"Final loss of {found.final.shape[2]} runs, one row a seed, at {found.rates.size} rates from "
        f"{found.rates[0]:g} to {found.rates[-1]:g}, a column each, as shades; crosses: runs above {limit:.1f}. "
        f"{'; '.join(words)}.",
    )


FLOOR = 1e-11  # losses below it are drawn there


@style()
def training_tools(tested: RangeTest, exploded: Exploding, noise: NoiseFloor) -> Picture:
    """Range test, a network that explodes with and without clipping, by rate, and the rates of several schedules."""
    fig, (left, middle, right) = figure(1, 3, width=13.0, height=4.4)
    left.plot(tested.rates, tested.losses, label="loss", **(series(0) | {"markevery": 10, "markersize": 4}))
    kept = tested.rates[np.isfinite(tested.losses)]
    smooth = tested.smooth[np.isfinite(tested.losses)]
    left.plot(kept, smooth, label=f"mean of {SMOOTH} steps", color="black", linewidth=1.4, linestyle=":")
    for i, (rate, text) in enumerate([(tested.steepest, "falls fastest"), (tested.lowest, "lowest")]):
        look = {"color": PALETTE[i + 1], "linestyle": LINE_STYLES[i + 1]}
        left.axvline(rate, label=f"{text}, {rate:.2g}", **look)
    left.set(xscale="log", yscale="log", title="Range test", xlabel="learning rate of the step", ylabel="loss")
    left.legend(loc="upper left", fontsize=10)
    for i, (name, losses) in enumerate(zip(exploded.names, exploded.losses, strict=True)):
        look = series(i) | {"markersize": 6}
        kept = np.where(np.isfinite(losses), np.maximum(losses, FLOOR), np.nan)
        middle.plot(exploded.rates, kept, label=name, **look)
        lost = exploded.rates[~np.isfinite(losses)]
        top = np.full(lost.size, 3 * exploded.first_loss)
        middle.plot(lost, top, "x", color=look["color"], markersize=9, markeredgewidth=3)
    middle.axhline(exploded.first_loss, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="at the start")
    middle.set(
        xscale="log", yscale="log", title="A network that explodes", xlabel="learning rate", ylabel="loss at the end"
    )
    middle.legend(loc="lower left", fontsize=10)
    for i, (name, rates) in enumerate(zip(noise.names, noise.rates, strict=True)):
        look = series(i) | {"markevery": (len(rates) // 20 * i, len(rates) // 4), "markersize": 5}
        right.plot(rates, label=name, **look)
    right.set(title="Schedules", xlabel="step", ylabel="learning rate")
    right.set_ylim(0, 1.6 * float(noise.rates.max()))  # room for the legend
    right.legend(loc="upper right", fontsize=10)
    learn = "; ".join(
        f"{name}: {', '.join(f'{rate:g}' for rate in exploded.rates[learns]) or 'none'}"
        for name, learns in zip(exploded.names, exploded.learns, strict=True)
    )
    return Picture(
        fig,
        f"Left: loss against a rate that grows step by step; fastest fall at {tested.steepest:.2g}, lowest at "
        f"{tested.lowest:.2g}. Middle: last loss of a deep network with huge weights by rate; crosses are runs that "
        f"diverge. Rates at which it learns, {learn}. Right: rates of {len(noise.names)} schedules step by step.",
    )


@style()
def noise_floor(noise: NoiseFloor, sizes: BatchSizes) -> Picture:
    """Left the excess loss by schedule, right by batch size at one constant rate."""
    fig, (left, right) = figure(1, 2, width=11.0, height=4.4)
    epochs = np.arange(noise.excess.shape[2])
    for i, name in enumerate(noise.names):
        look = series(i) | {"markevery": (3 * i, 15), "markersize": 5}
        left.fill_between(
            epochs,
            noise.excess[i].min(axis=0),
            noise.excess[i].max(axis=0),
            color=look["color"],
            alpha=0.2,
            linewidth=0,
        )
        left.plot(epochs, noise.excess[i].mean(axis=0), label=name, **look)
    left.set(yscale="log", title=f"Batches of {noise.batch_size}: schedules", xlabel="epoch", ylabel="excess loss")
    left.legend(loc="lower left", fontsize=10)
    for i, (size, curve) in enumerate(zip(sizes.sizes, sizes.excess, strict=True)):
        look = series(i) | {"markevery": (10 + 12 * i, 70), "markersize": 5, "linewidth": 1.3}
        right.plot(np.maximum(curve, 1e-8), label=f"batches of {size}", **look)
    right.axhline(sizes.target, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="target")
    right.set(yscale="log", title=f"Constant rate {sizes.rate:g}: batch sizes", xlabel="update", ylabel="excess loss")
    right.set_ylim(1e-8, None)
    right.legend(loc="lower right", fontsize=10)
    floors = ", ".join(f"{name} {noise.excess[i, :, -1].mean():.1e}" for i, name in enumerate(noise.names))
    counts = ", ".join(f"{size}: {_count(count)}" for size, count in zip(sizes.sizes, sizes.to_target, strict=True))
    return Picture(
        fig,
        f"Left: loss above the smallest one on a log scale, mean, range of {noise.excess.shape[1]} seeds, in the last "
        f"of {epochs.size} epochs: {floors}. Right: the same against updates for several batch sizes; updates to "
        f"{sizes.target:g}, by batch size: {counts}.",
    )


@style()
def landscape(found: Landscape) -> Picture:
    """The line between two solutions, a slice around one of them, and the losses at which training ended."""
    fig, (left, middle, right) = figure(1, 3, width=13.0, height=4.4, width_ratios=[1, 1.15, 1])
    left.plot(found.along, found.line, label="loss on the line", **(series(0) | {"marker": ""}))
    if np.ptp(found.renamed) < 1e-6:  # no line: both ends are one point
        left.plot([0], found.renamed[:1], "^", label="second renamed: same point", color=PALETTE[2], markersize=15)
    else:
        left.plot(found.along, found.renamed, label="second one renamed", **(series(2) | {"marker": ""}))
    ends = np.interp([0, 1], found.along, found.line)
    left.plot([0, 1], ends, "o", color=PALETTE[1], markersize=9, label="solutions")
    left.set(title="Between two solutions", xlabel="position on the line", ylabel="loss", ylim=(0, None))
    left.legend(loc="upper center", fontsize=10)
    left.set_ylim(0, 1.35 * found.line.max())  # room for the legend
    levels = np.quantile(found.plane, np.linspace(0, 1, 12))
    shades = middle.contourf(found.grid, found.grid, found.plane, levels=levels, cmap=SEQUENTIAL)
    middle.plot([0], [0], "o", color="white", markeredgecolor="black", markersize=9, label="solution")
    middle.set(title="A random slice", xlabel="first direction", ylabel="second direction")
    middle.set_xticks([-1, -0.5, 0, 0.5, 1])
    middle.grid(visible=False)
    middle.legend(loc="upper left", fontsize=10)
    fig.colorbar(shades, ax=middle, label="loss", ticks=levels[::3], format="%.2f")
    for i, (name, values) in enumerate([("all weights 0", found.at_zero), ("best solution", found.at_solution)]):
        look = series(i) | {"linestyle": "", "markersize": 7, "fillstyle": "full" if i == 0 else "none"}
        right.plot(np.arange(1, values.size + 1), values, label=name, **look)
    right.axhline(0, color=NEUTRAL, linewidth=1)
    right.set(title="Curvatures", xlabel="number of the eigenvalue", ylabel="eigenvalue of the Hessian")
    right.legend(loc="upper left", fontsize=10)
    return Picture(
        fig,
        f"Left: loss on the straight line through two solutions, {ends[0]:.3f} and {ends[1]:.3f} there, with a barrier "
        f"of {found.barrier:.2f} between them, of {found.barrier_renamed:.2f} after renaming the units. "
        f"Middle: loss on a random plane through the first one, from "
        f"{found.plane.min():.2f} to {found.plane.max():.2f}. Right: eigenvalues of the Hessian, from "
        f"{found.at_zero[0]:.2f} to {found.at_zero[-1]:.2f} where all weights are 0, a saddle, and from "
        f"{found.at_solution[0]:.1e} to {found.at_solution[-1]:.2f} at the best solution.",
    )
