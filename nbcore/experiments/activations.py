"""Experiments of the notebook on activation functions: curves, and what the next layer gets.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.activations` draws them. The activations and
their derivatives are the student's and come in as arguments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore.experiments._student import experiment

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Functions = Mapping[str, tuple[Function, Function]]
"""`{name: (function, derivative)}`, both elementwise."""

# Neighbours on the grid of `curves` are 0.01 apart. The steepest change of a smooth slope in the course, tanh'' = 0.77,
# moves it by 0.008 from one to the next; a kink moves it by 1 - alpha.
KINK = 0.05


@dataclass(frozen=True)
class Curves:
    """Activations and derivatives on one grid; a kink is a grid point after which the derivative jumps."""

    z: FloatArray  # (n_points,)
    values: dict[str, FloatArray]  # each (n_points,)
    slopes: dict[str, FloatArray]  # each (n_points,)
    kinks: dict[str, FloatArray]  # the points z of the kinks, often none


@experiment
def curves(functions: Functions, *, limit: float = 5.0) -> Curves:
    """Each function and its derivative at 1001 points from `-limit` to `limit`; 0 is exactly one of them."""
    z = np.linspace(-limit, limit, 1001)
    values = {name: np.asarray(f(z.copy()), dtype=np.float64) for name, (f, _) in functions.items()}
    slopes = {name: np.asarray(d(z.copy()), dtype=np.float64) for name, (_, d) in functions.items()}
    return Curves(z, values, slopes, {name: _kinks(z, slope) for name, slope in slopes.items()})


def _kinks(z: FloatArray, slope: FloatArray) -> FloatArray:
    """The points after which the slope jumps, by far more than it changes on either side of the jump."""
    jumps = np.abs(np.diff(slope))
    around = np.maximum(np.r_[0.0, jumps[:-1]], np.r_[jumps[1:], 0.0])
    return z[:-1][(jumps > KINK) & (jumps > 5 * around)]


@dataclass(frozen=True)
class Outputs:
    """What the layer after an activation gets as its input; rows in the order of `names`."""

    names: tuple[str, ...]
    mean: FloatArray  # (n_functions,)
    condition: FloatArray  # (n_functions,): condition number of the second-moment matrix of the outputs
    condition_centred: FloatArray  # (n_functions,): the same after the mean of each unit is subtracted


@experiment
def outputs(functions: Functions, *, width: int = 50, n_examples: int = 2000, seed: int = 0) -> Outputs:
    """Statistics of the outputs for independent standard normal pre-activations.

    The condition number of `A.T @ A / n_examples` sets how many steps gradient descent needs to fit a linear layer on
    the outputs `A` (LeCun, Bottou, Orr and Mueller 1998, section 4.3).
    """
    z = np.random.default_rng(seed).normal(size=(n_examples, width))
    signals = [np.asarray(f(z.copy()), dtype=np.float64) for f, _ in functions.values()]
    return Outputs(
        names=tuple(functions),
        mean=np.array([A.mean() for A in signals]),
        condition=np.array([np.linalg.cond(A.T @ A) for A in signals]),
        condition_centred=np.array([np.linalg.cond(np.cov(A.T)) for A in signals]),
    )
