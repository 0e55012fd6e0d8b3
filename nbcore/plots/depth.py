"""Figures of the notebook on depth, over the records of `nbcore.experiments.depth`.

Each function gives one figure as a `Picture`, whose alt text states numbers of the very arrays that are drawn. Nothing
is computed here beyond what the drawing needs.
"""

import numpy as np

from nbcore.experiments.depth import DepthTrains, DyingUnits, FloatArray, Flow, Revival, Scales, Untrained
from nbcore.plots._style import NEUTRAL, Picture, figure, series, style


@style()
def flow(found: Flow, depth: DepthTrains) -> Picture:
    """Signal, delta and dW by layer, median and middle 80 % of the seeds; and the loss after training by depth."""
    fig, axes = figure(2, 2, width=11.0, height=8.4)
    hidden = found.n_layers
    panels: tuple[tuple[FloatArray, int, str, str], ...] = (
        (found.signals, 0, "Forward: length of the signal a", "relative to the input"),
        (found.deltas, 1, "Back: length of delta", "relative to the last hidden layer"),
        (found.weights[:, :, :hidden], 1, "Norm of dW", "relative to the last hidden layer"),
    )
    for ax, (values, first, title, label) in zip(axes.flat, panels, strict=False):
        layers = np.arange(first, hidden + 1)
        for i, name in enumerate(found.names):
            look = series(i)
            low, middle, high = np.quantile(values[i], [0.1, 0.5, 0.9], axis=0)
            ax.fill_between(layers, low, high, color=look["color"], alpha=0.2, linewidth=0)
            ax.plot(layers, middle, label=name, markevery=(i, len(found.names)), **look)
        ax.set(title=title, xlabel="layer", ylabel=label, yscale="log")
        ax.set_xticks(np.arange(0, hidden + 1, max(1, hidden // 5)))
    axes[1, 0].legend(loc="lower right")
    low = min(ax.get_ylim()[0] for ax in (axes[0, 1], axes[1, 0]))
    high = max(ax.get_ylim()[1] for ax in (axes[0, 1], axes[1, 0]))
    for ax in (axes[0, 1], axes[1, 0]):
        ax.set_ylim(low, high)

    last = axes[1, 1]
    places = np.arange(len(depth.depths))
    spread = 0.07 * (np.arange(len(depth.names)) - (len(depth.names) - 1) / 2)
    for i, name in enumerate(depth.names):
        x = np.repeat(places + spread[i], depth.losses.shape[2])
        last.plot(x, depth.losses[i].ravel(), label=name, **(series(i) | {"linestyle": "", "markersize": 7}))
    last.axhline(np.log(2), color=NEUTRAL, linestyle="--", linewidth=1.2)
    last.annotate("guessing", (places[0], np.log(2)), (0, 2), textcoords="offset points", va="bottom", color=NEUTRAL)
    last.set_xticks(places, [str(d) for d in depth.depths])
    last.set(title="Does depth train?", xlabel="hidden layers", ylabel="loss after training")
    last.set_ylim(-0.03, 1.1 * max(np.log(2), float(depth.losses.max())))

    deltas = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, found.delta_ratio, strict=True))
    norms = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, found.weight_ratio, strict=True))
    signals = np.median(found.signals[:, :, -1], axis=1)
    ends = ", ".join(f"{name} {r:.0e}" for name, r in zip(found.names, signals, strict=True))
    stuck = ", ".join(f"{name} {s:.0%}" for name, s in zip(depth.names, depth.stuck[:, -1], strict=True))
    return Picture(
        fig,
        f"By layer on log scales, {found.deltas.shape[1]} random networks of {hidden} hidden layers each. Length of "
        f"the signal, last layer over input: {ends}. Length of delta, first layer over last: {deltas}. Norm of dW, "
        f"first over last: {norms}. Last panel: loss after training by depth; share stuck at guessing with "
        f"{depth.depths[-1]} hidden layers: {stuck}.",
    )


@style()
def dying_units(before: Untrained, dying: DyingUnits, revived: Revival) -> Picture:
    """Dead units before training by layer, after training by learning rate, and single units that start inactive."""
    fig, (left, middle, right) = figure(1, 3, width=13.0, height=4.4)
    layers = np.arange(before.cosine.size)
    left.plot(layers, before.cosine, label="mean cosine of two examples", **series(0))
    left.plot(layers[1:], before.dead, label="dead share of the units", **series(1))
    left.set(title="Before training, by layer", xlabel="layer", ylabel="cosine, or share", ylim=(-0.07, 1.03))
    left.set_xticks(layers[:: max(1, layers.size // 5)])
    left.legend(loc="center right")

    rates = [f"{rate:g}" for rate in dying.learning_rates]
    places = np.arange(len(rates) + 1)
    shares = np.vstack([dying.before, dying.share])
    spread = np.linspace(-0.18, 0.18, shares.shape[1])  # so that equal networks do not hide each other
    for place, row in zip(places, shares, strict=True):
        label = "one network" if place == 0 else None
        middle.plot(place + spread, row, "o", color=series(0)["color"], alpha=0.55, label=label)
    middle.plot(places, shares.mean(axis=1), label="mean", **(series(1) | {"marker": "_", "markersize": 26}))
    middle.set(title="After training", xlabel="learning rate", ylabel="dead share of the units", ylim=(-0.03, 1.03))
    middle.set_xticks(places, ["untrained", *rates])
    middle.legend(loc="upper left")

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
        f"Left: before training the mean cosine of two examples rises from {before.cosine[1]:.2f} in the first layer "
        f"to {before.cosine[-1]:.2f} in the last, the dead share to {before.dead[-1]:.0%}. Middle: mean share of dead "
        f"hidden units in small networks, {dying.before.mean():.0%} before training, after it {means} (learning rate). "
        f"Right: loss of one unit that starts inactive for every example, after {revived.losses.shape[1]} steps: "
        f"{ends}.",
    )


@style()
def scales(found: Scales) -> Picture:
    """Training losses of deep networks by the scale of their initial weights, without and with batch normalization."""
    fig, axes = figure(1, 2, width=11.0, height=4.0, sharey=True)
    steps = np.arange(found.plain.shape[2])
    for ax, losses, title in zip(
        axes, (found.plain, found.normalized), ("Without normalization", "With batch normalization"), strict=True
    ):
        for i, factor in enumerate(found.factors):
            for seed, curve in enumerate(losses[i]):
                label = f"He times {factor:g}" if seed == 0 else None
                shown = np.where(np.isfinite(curve), curve, np.nan)  # a run that diverges ends
                ax.plot(steps, shown, label=label, **(series(i) | {"markevery": (16 - 8 * i, 24)}))
        ax.axhline(np.log(2), color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)))
        ax.set(yscale="log", xlabel="step", title=title, ylim=(0.01, 1e4))
    axes[0].set_ylabel("training loss")
    axes[1].text(steps[-1], np.log(2) * 1.1, "ln 2", ha="right", color=NEUTRAL)  # on the left it would lie on curves
    axes[1].legend(loc="upper right")

    def ends(losses: FloatArray) -> str:
        last = losses[:, :, -1].mean(axis=1)
        return ", ".join(
            f"{f'{end:.2f}' if np.isfinite(end) else 'diverged'} for {factor:g}"
            for end, factor in zip(last, found.factors, strict=True)
        )

    return Picture(
        fig,
        f"Training loss on a log scale against the step, from He weights times a factor. Mean loss at the end without "
        f"normalization: {ends(found.plain)}; with batch normalization: {ends(found.normalized)}.",
    )
