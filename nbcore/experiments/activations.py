"""Experiments of the notebook on activation functions: small networks, curves, and what the next layer gets.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.activations` draws them. The activations and
their derivatives are the student's and come in as arguments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Functions = Mapping[str, tuple[Function, Function]]
"""`{name: (function, derivative)}`, both elementwise."""

# Neighbours on the grid of `curves` are 0.01 apart. The steepest change of a smooth slope in the course, tanh'' = 0.77,
# moves it by 0.008 from one to the next; a kink moves it by 1 - alpha.
KINK = 0.05


N_UNITS = 20
"""Units of each hidden layer of `classify`."""


@dataclass(frozen=True)
class Boundaries:
    """Networks that tell two moons apart: what each gives on a grid, and its accuracy on fresh points."""

    names: tuple[str, ...]
    X: FloatArray  # (300, 2), the training set
    y: npt.NDArray[np.int64]  # (300,)
    x1: FloatArray  # (101,), the grid across
    x2: FloatArray  # (81,), the grid upwards
    scores: FloatArray  # (n_networks, 81, 101), above 0 for class 1
    accuracy: FloatArray  # (n_networks,), on 2000 fresh points


@experiment
def classify(
    networks: Mapping[str, tuple[Function, int]], hidden: Function, train: Function, *, seed: int = 0
) -> Boundaries:
    """A network for each `{name: (activation, number of hidden layers)}`, all on the same training set.

    The hidden layers are random and stay so: `hidden(X, layers, f)` gives what the last one puts out, and
    `train(A, y)` the weights and the bias of the output layer. Networks as deep have the same hidden layers.
    """
    X, y = data.moons(300, noise=0.15, rng=seed)
    fresh_X, fresh_y = data.moons(2000, noise=0.15, rng=seed + 1)
    x1, x2 = np.linspace(-1.6, 2.6, 101), np.linspace(-1.3, 1.8, 81)
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    scores, accuracy = [], []
    for f, n_layers in networks.values():
        rng = np.random.default_rng(seed)
        sizes = [2, *[N_UNITS] * n_layers]
        layers = [(rng.normal(size=(n, n_in)), rng.normal(size=n)) for n_in, n in pairwise(sizes)]
        w, b = train(hidden(X.copy(), layers, f), y)
        scores.append((hidden(grid.copy(), layers, f) @ w + b).reshape(x2.size, x1.size))
        accuracy.append(np.mean((hidden(fresh_X.copy(), layers, f) @ w + b > 0) == fresh_y))
    return Boundaries(tuple(networks), X, y, x1, x2, np.array(scores), np.array(accuracy))


@dataclass(frozen=True)
class Curves:
    """Activations and derivatives on one grid; a kink is a grid point after which the derivative jumps."""

    z: FloatArray  # (n_points,)
    values: dict[str, FloatArray]  # each (n_points,)
    slopes: dict[str, FloatArray]  # each (n_points,)
    kinks: dict[str, FloatArray]  # the points z of the kinks, often none

    def table(self) -> str:
        """For each activation the range of its slopes, and where the largest one is reached first."""
        rows = [
            f"{name:>10}  {slope.min():8.3f}  {slope.max():7.3f}  {self.z[slope.argmax()]:10.2f}"
            for name, slope in self.slopes.items()
        ]
        return "\n".join([f"{'slope':>10}  smallest  largest  first at z", *rows])


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
    signals: FloatArray  # (n_functions, n_examples, width)
    mean: FloatArray  # (n_functions,)
    condition: FloatArray  # (n_functions,): condition number of the second-moment matrix of the outputs
    condition_centred: FloatArray  # (n_functions,): the same after the mean of each unit is subtracted

    def table(self) -> str:
        """A row for each activation."""
        rows = [
            f"{name:>10}  {mean:6.2f}  {condition:9.1f}  {centred:15.1f}"
            for name, mean, condition, centred in zip(
                self.names, np.round(self.mean, 2) + 0.0, self.condition, self.condition_centred, strict=True
            )
        ]
        return "\n".join([f"{'outputs':>10}    mean  condition  without the mean", *rows])


@experiment
def outputs(functions: Functions, *, width: int = 50, n_examples: int = 20_000, seed: int = 0) -> Outputs:
    """Statistics of the outputs for independent standard normal pre-activations.

    The condition number of `A.T @ A / n_examples` sets how many steps gradient descent needs to fit a linear layer on
    the outputs `A` (LeCun, Bottou, Orr and Mueller 1998, section 4.3).
    """
    z = np.random.default_rng(seed).normal(size=(n_examples, width))
    signals = [np.asarray(f(z.copy()), dtype=np.float64) for f, _ in functions.values()]
    return Outputs(
        names=tuple(functions),
        signals=np.array(signals),
        mean=np.array([A.mean() for A in signals]),
        condition=np.array([np.linalg.cond(A.T @ A) for A in signals]),
        condition_centred=np.array([np.linalg.cond(np.cov(A.T)) for A in signals]),
    )


@dataclass(frozen=True)
class Products:
    """What a stack of slopes leaves of a gradient, for narrow and for wide pre-activations."""

    names: tuple[str, ...]
    std: tuple[float, float]
    product: FloatArray  # (n_functions, 2)

    @property
    @np.errstate(all="ignore")  # a wrong slope may be 0 everywhere
    def change(self) -> FloatArray:
        """How far the two products are apart, as the size of the logarithm of their ratio."""
        return np.asarray(np.abs(np.log(self.product[:, 1] / self.product[:, 0])))

    def table(self) -> str:
        """A row for each activation."""
        rows = [
            f"{name:>10}  {row[0]:13.1e}  {row[1]:13.1e}" for name, row in zip(self.names, self.product, strict=True)
        ]
        head = f"{'20 layers':>10}" + "".join(f"  {f'z with std {std:g}':>13}" for std in self.std)
        return "\n".join([head, *rows])


@experiment
def products(functions: Functions, typical: Function, *, std: tuple[float, float] = (0.5, 2.0)) -> Products:
    """`typical(slope, z)` for each derivative, at normal `z` of two standard deviations."""
    z = np.random.default_rng(0).normal(size=10_000)
    product = [[float(typical(slope, s * z)) for s in std] for _, slope in functions.values()]
    return Products(tuple(functions), std, np.array(product))


@dataclass(frozen=True)
class Shares:
    """Rows of logits and what softmax makes of them."""

    names: tuple[str, ...]
    logits: FloatArray  # (3, 3)
    probabilities: FloatArray  # (3, 3)


@experiment
def shares(softmax: Function) -> Shares:
    """The logits z = (1, 0, 2), three more in every class, and twice as much in every class."""
    z = np.array([1.0, 0.0, 2.0])
    logits = np.array([z, z + 3, 2 * z])
    return Shares(("z", "z + 3", "2z"), logits, np.asarray(softmax(logits.copy()), dtype=np.float64))
