"""Figures of the notebook on activation functions, over the records of `nbcore.experiments.activations`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.activations import Curves, DyingUnits, FloatArray, GradientFlow, Revival
from nbcore.plots._style import NEUTRAL, Picture, figure, series, style


@style()
def activation_curves(curves: Curves) -> Picture:
    """Functions in the first row, derivatives with their kinks in the second, all derivatives in the third."""
    names = list(curves.values)
    fig, axes = figure(3, len(names), width=8.6, height=7.6, sharex=True, sharey="row", height_ratios=[1, 1, 1.5])
    for i, name in enumerate(names):
        look = {"color": series(i)["color"], "linestyle": "-"}
        axes[0, i].plot(curves.z, curves.values[name], **look)
        axes[0, i].set_title(name)
        axes[1, i].plot(*_broken(curves, name), **look)
        if curves.kinks[name].size:
            at_kink = np.isin(curves.z, curves.kinks[name])
            axes[1, i].plot(curves.z[at_kink], curves.slopes[name][at_kink], "o", color=look["color"], label="kink")
            axes[1, i].legend(loc="center right")
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


@style()
def gradient_flow(flow: GradientFlow) -> Picture:
    """Left the length of the gradient against the layers passed, right its factor per layer, measured and predicted.

    On the left the median of the random networks, and a band that holds the middle 80 % of them.
    """
    n_layers = flow.norms.shape[2] - 1
    layers = np.arange(n_layers + 1)
    fig, (left, right) = figure(1, 2, width=8.6, height=4.0, width_ratios=[1.25, 1])
    for i, name in enumerate(flow.names):
        low, middle, high = np.quantile(flow.norms[i], [0.1, 0.5, 0.9], axis=0)
        look = series(i)
        left.fill_between(layers, low, high, color=look["color"], alpha=0.2, linewidth=0)
        left.plot(layers, middle, label=name, markevery=(i, len(flow.names)), **look)
    left.set(
        yscale="log",
        xlabel="layers passed on the way back from the output",
        ylabel="length of the gradient",
        title="What is left of a gradient",
    )
    left.set_xticks(np.arange(0, n_layers + 1, max(1, n_layers // 10)))
    left.legend(loc="lower left")

    rows = np.arange(len(flow.names))
    right.plot(flow.factor, rows, "o", color=series(0)["color"], markersize=8, label="measured")
    right.plot(flow.predicted, rows, "s", color=series(1)["color"], fillstyle="none", markersize=12, label="predicted")
    right.axvline(1, color=NEUTRAL, linestyle="--", linewidth=1.2)
    right.set_yticks(rows, flow.names)
    right.set(
        title="Factor per layer",
        xlabel="factor",
        ylabel="network",
        xlim=(0, 1.1 * max(1.0, flow.factor.max(), flow.predicted.max())),
        ylim=(rows.size - 0.5, -0.5),
    )
    right.legend(loc="lower left")

    factors = ", ".join(f"{name} {factor:.3f}" for name, factor in zip(flow.names, flow.factor, strict=True))
    ends = ", ".join(f"{name} {np.median(flow.norms[i, :, -1]):.1e}" for i, name in enumerate(flow.names))
    return Picture(
        fig,
        f"Left: length of a gradient on a log scale against the number of layers passed, {flow.norms.shape[1]} random "
        f"networks each. Median left after {n_layers} layers: {ends}. Right: factor per layer, measured: {factors}; "
        f"the prediction is never more than {np.abs(flow.predicted - flow.factor).max():.3f} away.",
    )


@style()
def dying_units(dying: DyingUnits, revived: Revival) -> Picture:
    """Left the dead share of trained networks by learning rate, right the loss of single units that start inactive."""
    fig, (left, right) = figure(1, 2, width=8.6, height=3.8)
    rates = [f"{rate:g}" for rate in dying.learning_rates]
    places = np.arange(len(rates) + 1)
    shares = np.vstack([dying.before, dying.share])
    spread = np.linspace(-0.18, 0.18, shares.shape[1])  # so that equal networks do not hide each other
    for place, row in zip(places, shares, strict=True):
        label = "one network" if place == 0 else None
        left.plot(place + spread, row, "o", color=series(0)["color"], alpha=0.55, label=label)
    left.plot(places, shares.mean(axis=1), label="mean", **(series(1) | {"marker": "_", "markersize": 26}))
    left.set(
        title="Dead units after training",
        xlabel="learning rate",
        ylabel="dead share of the hidden units",
        ylim=(-0.03, 1.03),
    )
    left.set_xticks(places, ["untrained", *rates])
    left.legend(loc="upper left")

    for i, (name, losses) in enumerate(zip(revived.names, revived.losses, strict=True)):
        look = series(i) | {"markevery": (30 + 12 * i, 90)}
        right.plot(np.arange(losses.size), losses, label=name, **look)
    right.set(title="A unit that starts inactive", xlabel="step", ylabel="loss")
    right.set_ylim(-0.05 * revived.losses.max(), 1.05 * revived.losses.max())
    right.legend(loc="center right")

    means = ", ".join(f"{mean:.0%} at {rate}" for mean, rate in zip(dying.share.mean(axis=1), rates, strict=True))
    ends = ", ".join(f"{name} {losses[-1]:.2g}" for name, losses in zip(revived.names, revived.losses, strict=True))
    return Picture(
        fig,
        f"Left: mean share of dead hidden units, {dying.before.mean():.0%} before training, after it {means} (learning "
        f"rate). Right: loss of one unit that starts inactive for every example, after {revived.losses.shape[1]} "
        f"steps: {ends}.",
    )
