"""Experiments of the notebook on activation functions: small networks, curves, and what the next layer gets.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.activations` draws them. The activations and
their derivatives are the student's and come in as arguments.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import UnfitError, experiment

# scipy.special takes a second to load, so functions import it when they are called.

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Functions = Mapping[str, tuple[Function, Function]]
"""`{name: (function, derivative)}`, both elementwise."""

# Neighbours on the grid of `curves` are 0.01 apart. The steepest change of a smooth slope in the course, tanh'' = 0.77,
# moves it by 0.008 from one to the next; a kink moves it by 1 - alpha.
KINK = 0.05

WHY = {
    "as deep": "a linear map after a linear map is a linear map: the boundary stays a line",
    "above 1": "by the product rule the slope is sigmoid(z), plus z times the slope of the sigmoid: at z = 2 that is "
    "0.88 + 0.21",
    "a tenth": "the slope is 1 - tanh(z)**2, and tanh(z) is 0.95 there already",
    "mean": "half of the outputs are 0, and the others are the positive half of z, with the mean 0.80",
    "stuck": "the slope of the sigmoid at 8 is 0.0003, so a step moves z by 0.0003, though the output is as wrong as "
    "it can be. Only after 3011 steps is z below 0. From z = 0.5 the same 20 steps go far",
    "doubled": "doubled logits have doubled differences, which square each ratio: 2.7 to 1 becomes 7.4 to 1. Adding 3 "
    "to all of them changes no difference",
    "same": "its slope depends on the sign of z alone. Half of the slopes are 1 and half 0, so their root mean square "
    "is the root of 1/2 for every standard deviation",
}
"""What is said after the guesses: out of sight before them."""

N_UNITS = 20
"""Units of each hidden layer of `classify`."""

FRESH = 1000
"""Added to a seed for the points that test: those of no draw are the training points of another one."""


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

    def compared(self, before: int, after: int) -> str:
        """What the accuracy does from one network to another, to a tenth of a per cent."""
        return _moves(round(self.accuracy[after] - self.accuracy[before], 3))


def _moves(change: float) -> str:
    return "rises" if change > 0 else "falls" if change < 0 else "stays the same"


@experiment
def classify(
    networks: Mapping[str, tuple[Function, int]], hidden: Function, train: Function, *, seed: int = 0
) -> Boundaries:
    """A network for each `{name: (activation, number of hidden layers)}`, all on the same training set.

    The hidden layers are random and stay so: `hidden(X, layers, f)` gives the outputs of the last one, and
    `train(A, y)` the weights and the bias of the output layer. Networks as deep have the same hidden layers.
    """
    X, y = data.moons(300, noise=0.15, rng=seed)
    fresh_X, fresh_y = data.moons(2000, noise=0.15, rng=FRESH + seed)
    x1, x2 = np.linspace(-1.6, 2.6, 101), np.linspace(-1.3, 1.8, 81)
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    scores, accuracy = [], []
    for f, n_layers in networks.values():
        rng = np.random.default_rng(seed)
        sizes = [2, *[N_UNITS] * n_layers]
        layers = [(rng.normal(size=(n, n_in)), rng.normal(size=n)) for n_in, n in pairwise(sizes)]
        checked = _entry_by_entry(f)
        w, b = train(hidden(X.copy(), layers, checked), y)
        scores.append((hidden(grid.copy(), layers, checked) @ w + b).reshape(x2.size, x1.size))
        accuracy.append(np.mean((hidden(fresh_X.copy(), layers, checked) @ w + b > 0) == fresh_y))
    return Boundaries(tuple(networks), X, y, x1, x2, np.array(scores), np.array(accuracy))


def _entry_by_entry(f: Function) -> Function:
    """The same function, which raises UnfitError where it gives another shape, or no finite numbers."""
    name = getattr(f, "__name__", "the function")

    def checked(Z: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            A = np.asarray(f(Z.copy()), dtype=np.float64)
        if A.shape != Z.shape:
            raise UnfitError(
                f"{name} gives shape {A.shape} for an input of shape {Z.shape}: it has to work entry by entry"
            )
        if not (finite := np.isfinite(A)).all():
            raise UnfitError(f"{name} gives {A[~finite][0]} where z is {Z[~finite][0]:.3g}")
        return A

    return checked


@functools.cache
def normal() -> FloatArray:
    """10 000 quantiles of the standard normal distribution: means over them are exact, and no chance is in them."""
    from scipy.special import ndtri

    z: FloatArray = ndtri((np.arange(10_000) + 0.5) / 10_000)
    z.flags.writeable = False
    return z


# Derivations ---------------------------------------------------------------------------------------------------------


def measured_sigmoid(z: FloatArray) -> dict[str, FloatArray]:
    """The steps to the slope of the sigmoid at the points z, by central differences."""
    from scipy.special import expit

    slope = _slope(expit, z)
    return {
        "1. u'": _slope(lambda z: 1 + np.exp(-z), z),
        "2. of 1/u": _slope(lambda u: 1 / u, 1 + np.exp(-z)),
        "3. with z": slope,
        "4. with s": slope,
    }


def measured_softmax(u: FloatArray, p: FloatArray) -> dict[str, Any]:
    """The steps to the vector-Jacobian product of softmax where it gives p, by central differences."""
    from scipy.special import softmax

    z = np.log(p)
    J = np.stack([_slope(lambda t, e=e: softmax(z + t * e), 0.0) for e in np.eye(p.size)], axis=1)  # dp_i/dz_j
    g = u @ J
    return {"1. i = j": J[0, 0], "2. i, j": J[0, 1], "3. sum": u[0] - g[0] / p[0], "4. g": g}


def measured_chain(*, x: float, w_2: float, z_1: float, z_2: float, u: float) -> dict[str, float]:
    """How the loss u a_2 of a chain of two sigmoid units changes with z_2, a_1, z_1 and w_1, by central differences."""
    from scipy.special import expit as f

    a_1 = f(z_1)

    def of_a1(a: float) -> float:
        return float(u * f(z_2 + w_2 * (a - a_1)))

    return {
        "1. by z2": _slope(lambda z: u * f(z), z_2),
        "2. by a1": _slope(of_a1, a_1),
        "3. by z1": _slope(lambda z: of_a1(f(z)), z_1),
        "4. by w1": _slope(lambda change: of_a1(f(z_1 + change * x)), 0.0),
    }


def _slope(f: Function, z: Any, h: float = 1e-5) -> Any:
    return (f(z + h) - f(z - h)) / (2 * h)


# Functions side by side ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curves:
    """Activations and derivatives on one grid; a kink is a grid point after which the derivative jumps."""

    z: FloatArray  # (n_points,)
    values: dict[str, FloatArray]  # each (n_points,)
    slopes: dict[str, FloatArray]  # each (n_points,)
    kinks: dict[str, FloatArray]  # the points z of the kinks, often none

    def steepest(self, names: Sequence[str]) -> str:
        """Which of the names has the largest slope."""
        return max(names, key=lambda name: float(self.slopes[name].max()))

    def falls_to(self, share: float, name: str) -> float:
        """The first z above 0 at which a slope is this share of its largest value, or less; inf if there is none."""
        slope = self.slopes[name]
        found = self.z[(self.z > 0) & (slope <= share * slope.max())]
        return float(found[0]) if found.size else np.inf

    def table(self) -> str:
        """For each activation the range of its slopes."""
        width = max(map(len, self.slopes))
        rows = [f"{name:>{width}}  {slope.min():8.2g}  {slope.max():7.3g}" for name, slope in self.slopes.items()]
        return "\n".join([f"{'slope':>{width}}  smallest  largest", *rows])


@experiment
def curves(functions: Functions, *, alpha: float, limit: float = 5.0) -> Curves:
    """Each function and its derivative at 1001 points from `-limit` to `limit`; 0 is exactly one of them.

    alpha: of those that take it; their names say so.
    """
    z = np.linspace(-limit, limit, 1001)
    values, slopes = {}, {}
    for name, pair in functions.items():
        label = f"{name}, alpha {alpha:g}" if any(map(takes_alpha, pair)) else name
        values[label], slopes[label] = (
            np.asarray(f(z.copy(), **({"alpha": alpha} if takes_alpha(f) else {})), dtype=np.float64) for f in pair
        )
    return Curves(z, values, slopes, {name: _kinks(z, slope) for name, slope in slopes.items()})


def takes_alpha(function: Function) -> bool:
    """Whether `function` has an argument `alpha`; False where Python cannot tell, as for some compiled functions."""
    try:
        return "alpha" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _kinks(z: FloatArray, slope: FloatArray) -> FloatArray:
    """The points after which the slope jumps, by far more than it changes on either side of the jump."""
    jumps = np.abs(np.diff(slope))
    around = np.maximum(np.r_[0.0, jumps[:-1]], np.r_[jumps[1:], 0.0])
    return z[:-1][(jumps > KINK) & (jumps > 5 * around)]


@dataclass(frozen=True)
class Shapes:
    """What five activations look like, before a student has written any."""

    z: FloatArray  # (1001,)
    values: dict[str, FloatArray]  # each (1001,)
    alpha: float
    lowest: tuple[float, float]  # the lowest point of SiLU: z and value


def five_functions(*, alpha: float = 0.1, limit: float = 5.0) -> Shapes:
    """The five activations from `-limit` to `limit`, from SciPy and from their corners."""
    from scipy.special import expit

    z = np.linspace(-limit, limit, 1001)
    corners = [-limit, 0.0, limit]
    values = {
        "sigmoid": expit(z),
        "tanh": np.tanh(z),
        "ReLU": np.interp(z, corners, [0.0, 0.0, limit]),
        f"leaky ReLU, alpha {alpha:g}": np.interp(z, corners, [-alpha * limit, 0.0, limit]),
        "SiLU": z * expit(z),
    }
    at = int(values["SiLU"].argmin())
    return Shapes(z, values, alpha, (float(z[at]), float(values["SiLU"][at])))


@dataclass(frozen=True)
class Outputs:
    """What the layer after an activation gets as its input, for standard normal z."""

    signals: dict[str, FloatArray]  # each (10_000,)

    @functools.cached_property
    def mean(self) -> dict[str, float]:
        return {name: float(A.mean()) for name, A in self.signals.items()}

    def table(self) -> str:
        """A row for each activation."""
        rows = [
            f"{name:>10}  {round(self.mean[name], 2) + 0.0:5.2f}  {A.std():8.2f}" for name, A in self.signals.items()
        ]
        return "\n".join([f"{'outputs':>10}   mean  std. dev.", *rows])


@experiment
def outputs(functions: Functions) -> Outputs:
    """The outputs for the quantiles of the standard normal distribution."""
    return Outputs({name: np.asarray(f(normal().copy()), dtype=np.float64) for name, (f, _) in functions.items()})


# What a slope does to a gradient -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walks:
    """Where gradient descent takes a single unit."""

    start: FloatArray  # (3,): z before
    target: FloatArray  # (3,): what the unit should give
    end: dict[str, FloatArray]  # each (3,): z after

    def table(self) -> str:
        """A row for each activation."""
        head = "".join(f"  {f'{z:g}, target {goal:g}':>15}" for z, goal in zip(self.start, self.target, strict=True))
        rows = [f"{name:>10}" + "".join(f"  {round(z, 3) + 0.0:15.3f}" for z in row) for name, row in self.end.items()]
        return "\n".join([f"{'from z =':>10}{head}", *rows])


@experiment
def walks(functions: Functions, descend: Function) -> Walks:
    """`descend(f, slope, z, target)` for each activation, from near 0 and from both of its ends."""
    start, target = np.array([0.5, 8.0, -8.0]), np.array([0.0, 0.0, 1.0])
    with np.errstate(all="ignore"):  # a wrong slope may lead anywhere
        end = {name: np.asarray(descend(*pair, start.copy(), target.copy())) for name, pair in functions.items()}
    return Walks(start, target, end)


@dataclass(frozen=True)
class Products:
    """What a stack of slopes leaves of a gradient, for narrow and for wide pre-activations."""

    std: tuple[float, float]
    product: dict[str, FloatArray]  # each (2,)

    @property
    @np.errstate(all="ignore")  # a wrong slope may be 0 everywhere
    def change(self) -> dict[str, float]:
        """How far the two products are apart, as the size of the logarithm of their ratio."""
        return {name: float(abs(np.log(wide / narrow))) for name, (narrow, wide) in self.product.items()}

    def steadiest(self, names: Sequence[str]) -> str:
        """Which of the names has the product that changes least."""
        return min(names, key=self.change.__getitem__)

    def table(self) -> str:
        """A row for each activation."""
        rows = [f"{name:>10}  {row[0]:13.1e}  {row[1]:13.1e}" for name, row in self.product.items()]
        head = f"{'20 layers':>10}" + "".join(f"  {f'z with std {std:g}':>13}" for std in self.std)
        return "\n".join([head, *rows])


@experiment
def products(functions: Functions, typical: Function, *, std: tuple[float, float] = (0.5, 2.0)) -> Products:
    """`typical(slope, z)` for each derivative, at the quantiles of normal distributions of two standard deviations."""
    product = {
        name: np.array([float(typical(slope, s * normal())) for s in std]) for name, (_, slope) in functions.items()
    }
    return Products(std, product)


@dataclass(frozen=True)
class WayBack:
    """How a layer of random weights changes the mean square of a gradient: by its slopes, then by its weights."""

    n_in: int
    n_out: int
    by_inputs: float  # the factor, if the weights have the variance 2/n_in
    by_units: float  # if they have 2/n_out

    def __str__(self) -> str:
        return (
            f"Back through a ReLU layer with {self.n_in} inputs and {self.n_out} units, the mean square is multiplied "
            f"by\n  {self.by_inputs:.2f} if the weights have the mean square 2/{self.n_in}, "
            f"{self.by_units:.2f} if they have 2/{self.n_out}"
        )


@experiment
def way_back(slope: Function, *, n_in: int = 50, n_out: int = 200, n_draws: int = 20) -> WayBack:
    """`slope(Z)` and `W` act on a gradient that does not depend on `Z = A @ W.T`; means over draws of 500 examples."""
    factors = np.empty((n_draws, 2))
    for seed in range(n_draws):
        rng = np.random.default_rng(seed)
        A, W, gradient = (rng.normal(size=shape) for shape in [(500, n_in), (n_out, n_in), (500, n_out)])
        for column, variance in enumerate((2 / n_in, 2 / n_out)):
            weights = np.sqrt(variance) * W
            back = (gradient * np.asarray(slope(A @ weights.T), dtype=np.float64)) @ weights
            factors[seed, column] = np.mean(back**2) / np.mean(gradient**2)
    return WayBack(n_in, n_out, *map(float, factors.mean(axis=0)))


@dataclass(frozen=True)
class Shares:
    """Rows of logits and what softmax makes of them."""

    names: tuple[str, ...]
    logits: FloatArray  # (3, 3)
    probabilities: FloatArray  # (3, 3)

    def compared(self, before: int, after: int) -> str:
        """What the largest probability does from one row to another."""
        return _moves(round(self.probabilities[after].max() - self.probabilities[before].max(), 3))


@experiment
def shares(softmax: Function) -> Shares:
    """`softmax` of z = (1, 0, 2), of three more in every class, and of twice as much; one row at a time."""
    z = np.array([1.0, 0.0, 2.0])
    logits = np.array([z, z + 3, 2 * z])
    return Shares(("z", "z + 3", "2z"), logits, np.array([softmax(row.copy()) for row in logits], dtype=np.float64))
