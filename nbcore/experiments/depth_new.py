"""Experiments of the notebook on depth: what the gain keeps, and what helps a deep network.

Every function is pure and gives a frozen record of arrays, which `nbcore.plots.depth_new` draws and whose `table` a
notebook prints. Gain, layer normalization and residual blocks are the student's and come in as arguments.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment
from nbcore.experiments._threads import one_thread

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Arrays = dict[str, FloatArray]

# The gain ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GainSignal:
    """Mean squares of the pre-activations by layer, in the order of `names`."""

    names: tuple[str, ...]
    squares: FloatArray  # (n_names, n_seeds, n_layers)

    @property
    def median(self) -> FloatArray:
        """`(n_names, n_layers)`: over the seeds."""
        return np.median(self.squares, axis=1)

    def table(self) -> str:
        """The last layer over the first, a line a network."""
        head = f"{'network':<22} mean square of z: layer 1   layer {self.squares.shape[2]}"
        rows = zip(self.names, self.median, strict=True)
        return "\n".join([head, *(f"{name:<22} {row[0]:>25.3g} {row[-1]:>10.3g}" for name, row in rows)])


@experiment
@one_thread()
def gain_signal(
    mean_squares: Function, networks: Mapping[str, tuple[Function, float]], *, n_seeds: int = 10
) -> GainSignal:
    """Runs `mean_squares(f, g, rng)` for each activation f and gain g, from the same seeds."""
    squares = [
        [np.asarray(mean_squares(f, g, np.random.default_rng(seed)), dtype=np.float64) for seed in range(n_seeds)]
        for f, g in networks.values()
    ]
    return GainSignal(tuple(networks), np.array(squares))


# What helps ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deep:
    """How a stack of blocks differs from the plain one.

    gain: of the weights behind a ReLU, which have the standard deviation gain/sqrt(n_in); all others have 1/sqrt(n_in).
    norm: layer normalization before each block. skip: each block adds its input to what it gives.
    """

    gain: float = 1.0
    norm: bool = False
    skip: bool = False


@dataclass(frozen=True)
class WhatHelps:
    """Networks that differ in one thing, from the same random numbers; the first one is the plain one."""

    names: tuple[str, ...]
    rates: tuple[float, ...]
    n_steps: int
    gradients: (
        FloatArray  # (n_names, n_seeds, n_blocks + 1): at the input of each block and at the output, over the last
    )
    losses: FloatArray  # (n_names, n_rates, n_seeds): after the last step; infinity where a run has diverged

    @property
    def first_over_last(self) -> FloatArray:
        """`(n_names,)`: of the gradient, median over the seeds."""
        return np.median(self.gradients[:, :, 0], axis=1)

    @property
    def less_than_plain(self) -> tuple[FloatArray, FloatArray]:
        """`(n_names, n_rates)` each: loss of the plain network minus that of this one from the same seed, mean and
        standard error; NaN where a run has diverged."""
        runs = np.where(np.isfinite(self.losses), self.losses, np.nan)
        less = runs[0] - runs
        return less.mean(axis=2), less.std(axis=2, ddof=1) / np.sqrt(less.shape[2])

    def table(self) -> str:
        """The gradient, the losses by rate, and the paired differences by rate."""
        seeds = self.losses.shape[2]
        head = "".join(f"{f'rate {rate:g}':>18}" for rate in self.rates)
        lines = [
            f"Gradient, first over last; mean loss after {self.n_steps} steps, {seeds} seeds",
            f"{'':<20}{head}",
            *(
                f"{name:<11}{ratio:>9.2g}" + "".join(f"{in_words(row):>18}" for row in losses)
                for name, ratio, losses in zip(self.names, self.first_over_last, self.losses, strict=True)
            ),
            "By how much less than the plain network, in pairs of equal seeds, +- standard error",
        ]
        for name, *row in list(zip(self.names, *self.less_than_plain, strict=True))[1:]:
            pairs = [
                f"{less:.3f} +- {error:.3f}" if np.isfinite(less) else "-" for less, error in zip(*row, strict=True)
            ]
            lines.append(f"{name:<20}" + "".join(f"{pair:>18}" for pair in pairs))
        return "\n".join(lines)


def in_words(losses: FloatArray) -> str:
    """The mean, or how many runs have diverged."""
    lost = int(np.isinf(losses).sum())
    return f"{lost} of {losses.size} diverge" if lost else f"{losses.mean():.3f}"


@experiment
@one_thread()
def what_helps(
    networks: Mapping[str, Deep],
    stack_forward: Function,
    stack_backward: Function,
    loss: Function,
    loss_grad: Function,
    *,
    rates: Sequence[float] = (0.004, 0.015, 0.06, 0.25),
    n_blocks: int = 12,
    width: int = 16,
    n_steps: int = 80,
    n_seeds: int = 5,
    seconds: float = 20.0,
) -> WhatHelps:
    """Trains each network on moons by gradient descent, at each rate and from each seed.

    Between a layer from 2 inputs to `width` and one to a single output lie the blocks. `stack_forward(h, blocks, norm,
    skip)` gives `(h, caches)`, `stack_backward(dh, caches, norm, skip)` the gradients at the input of each block and
    at the output, and those of the parameters, a dict for each block. Slow functions get fewer seeds: after `seconds`
    of CPU time no further one is begun, but two are.
    """
    X, y = data.moons(100, rng=4)
    X, target = (X - X.mean(axis=0)) / X.std(axis=0), y[:, None].astype(np.float64)

    def train(deep: Deep, rate: float, seed: int) -> tuple[FloatArray, float]:
        blocks, first, last = _drawn(deep, n_blocks, width, np.random.default_rng(seed))
        lengths, value = np.full(n_blocks + 1, np.nan), np.inf
        for step in range(n_steps + 1):
            h, caches = stack_forward(X @ first.T, blocks, deep.norm, deep.skip)
            value = float(loss(target, h @ last.T))
            if not np.isfinite(value):
                return lengths, np.inf
            dz = loss_grad(target, h @ last.T)
            signals, grads = stack_backward(dz @ last, caches, deep.norm, deep.skip)
            if step == 0:
                lengths = np.array([np.linalg.norm(signal) for signal in signals])
            last = last - rate * dz.T @ h
            first = first - rate * signals[0].T @ X
            blocks = [
                {key: block[key] - rate * grad[key] for key in block} for block, grad in zip(blocks, grads, strict=True)
            ]
        return lengths / lengths[-1], value

    started = time.process_time()
    runs: list[list[list[tuple[FloatArray, float]]]] = []  # by seed, network, rate
    with np.errstate(all="ignore"):  # a run that diverges overflows on its way
        while len(runs) < n_seeds and (len(runs) < 2 or time.process_time() - started < seconds):
            runs.append([[train(deep, rate, len(runs)) for rate in rates] for deep in networks.values()])
    gradients = np.array([[of_rates[0][0] for of_rates in of_seed] for of_seed in runs])
    losses = np.array([[[value for _, value in of_rates] for of_rates in of_seed] for of_seed in runs])
    return WhatHelps(tuple(networks), tuple(rates), n_steps, np.moveaxis(gradients, 0, 1), np.moveaxis(losses, 0, 2))


def _drawn(
    deep: Deep, n_blocks: int, width: int, rng: np.random.Generator
) -> tuple[list[Arrays], FloatArray, FloatArray]:
    """Blocks, and the weights of the first and the last layer. All networks draw the same numbers."""

    def weights(n_out: int, n_in: int, gain: float = 1.0) -> FloatArray:
        return gain / np.sqrt(n_in) * rng.normal(size=(n_out, n_in))

    first, last = weights(width, 2), weights(1, width)
    blocks = [
        {
            "W1": weights(width, width),
            "b1": np.zeros(width),
            "W2": weights(width, width, deep.gain),
            "b2": np.zeros(width),
        }
        for _ in range(n_blocks)
    ]
    return blocks, first, last
