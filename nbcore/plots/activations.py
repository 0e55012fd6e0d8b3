"""Figures of the notebook on activation functions, over the records of `nbcore.experiments.activations`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.activations import Curves, FloatArray
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
