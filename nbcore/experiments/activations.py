"""Experiments of the notebook on activation functions: curves, gradient flow at initialisation, outputs, dying units.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.activations` draws them. The activations and
their derivatives are the student's and come in as arguments.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment

# scikit-learn takes seconds to load, so functions import it when they are called.

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
class Stack:
    """One kind of network to send gradients through: an activation and the variance of its random weights.

    `scheme` is "glorot", variance `2 / (n_in + n_out)` (Glorot and Bengio 2010, eq. 12), or "he", variance `2 / n_in`
    (He et al. 2015, eq. 10).
    """

    function: Function
    derivative: Function
    scheme: str

    def variance(self, n_in: int, n_out: int) -> float:
        """Variance of each weight of a layer. ValueError for an unknown scheme."""
        if self.scheme not in ("glorot", "he"):
            raise ValueError(f"scheme must be 'glorot' or 'he', got {self.scheme!r}")
        return 2 / (n_in + n_out) if self.scheme == "glorot" else 2 / n_in


@dataclass(frozen=True)
class GradientFlow:
    """What random networks that have not been trained do to a gradient; rows are stacks, in the order of `names`."""

    names: tuple[str, ...]
    norms: FloatArray  # (n_stacks, n_seeds, n_layers + 1): length of the gradient, 1 at the output, going back
    factor: FloatArray  # (n_stacks,): factor of that length per layer, geometric mean over layers and seeds
    factor_error: FloatArray  # (n_stacks,): standard error of `factor` over the seeds
    max_slope: FloatArray  # (n_stacks,): largest derivative met
    mean_square_slope: FloatArray  # (n_stacks,): mean of the squared derivative over units, layers, seeds
    predicted: FloatArray  # (n_stacks,): sqrt(n * variance of a weight * mean_square_slope)
    dead: FloatArray  # (n_stacks,): share of units whose derivative is 0 for every example, mean over layers and seeds


@experiment
def gradient_flow(
    stacks: Mapping[str, Stack],
    dead_fraction: Function,
    *,
    n_layers: int = 20,
    width: int = 100,
    n_examples: int = 32,
    n_seeds: int = 30,
) -> GradientFlow:
    """Sends gradients back through random networks and measures what each layer leaves of their length.

    The inputs are standardised moons (2 features). A layer's Jacobian at one example is its weight matrix, each row
    scaled by the derivative of its unit; random gradients at the output are multiplied by the Jacobians, last layer
    first. Theory: a layer multiplies the mean square of a gradient by `width * variance * E[f'(z)**2]` (Glorot and
    Bengio 2010, section 4.2).

    Args:
        stacks: the networks; `dead_fraction` is called on their derivatives, `(n_examples, width)`, which are never
            positive for a unit that is dead.
        n_layers: of `width` units each, after a first layer that leads from the 2 features to `width` units.
    """
    measured = [
        [_flow(stack, dead_fraction, n_layers, width, n_examples, seed) for seed in range(n_seeds)]
        for stack in stacks.values()
    ]
    norms = np.array([[run.norms for run in runs] for runs in measured])
    log_factor = np.log(norms[:, :, -1] / norms[:, :, 0]) / n_layers
    factor = np.exp(log_factor.mean(axis=1))
    mean_square = np.array([np.mean([run.mean_square for run in runs]) for runs in measured])
    gain = np.array([width * stack.variance(width, width) for stack in stacks.values()])
    return GradientFlow(
        names=tuple(stacks),
        norms=norms,
        factor=factor,
        factor_error=factor * log_factor.std(axis=1, ddof=1) / np.sqrt(n_seeds),
        max_slope=np.array([max(run.max_slope for run in runs) for runs in measured]),
        mean_square_slope=mean_square,
        predicted=np.sqrt(gain * mean_square),
        dead=np.array([np.mean([run.dead for run in runs]) for runs in measured]),
    )


@dataclass(frozen=True)
class _Flow:
    """One random network: see `GradientFlow`."""

    norms: FloatArray
    mean_square: float
    max_slope: float
    dead: float


def _flow(stack: Stack, dead_fraction: Function, n_layers: int, width: int, n_examples: int, seed: int) -> _Flow:
    rng = np.random.default_rng(seed)
    X, _ = data.moons(n_examples, rng=rng)
    signal = (X - X.mean(axis=0)) / X.std(axis=0)
    slopes, jacobians = [], []
    for n_in in [X.shape[1]] + [width] * n_layers:
        W = rng.normal(0.0, np.sqrt(stack.variance(n_in, width)), size=(width, n_in))
        z = signal @ W.T
        signal = np.asarray(stack.function(z), dtype=np.float64)
        slopes.append(np.asarray(stack.derivative(z), dtype=np.float64))
        jacobians.append(slopes[-1][0][:, None] * W)
    # The first layer leads to another number of units, so its factor is no factor "per layer" and is left out.
    norms = [1.0]
    gradients = rng.normal(size=(16, width))
    gradients /= np.linalg.norm(gradients)
    for jacobian in reversed(jacobians[1:]):
        gradients = gradients @ jacobian
        norms.append(float(np.linalg.norm(gradients)))
    inner = np.array(slopes[1:])
    dead = float(np.mean([dead_fraction(layer.copy()) for layer in slopes[1:]]))
    return _Flow(np.array(norms), float(np.mean(inner**2)), float(inner.max()), dead)


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


@dataclass(frozen=True)
class DyingUnits:
    """Dead units of trained networks; a row is a learning rate, a column a seed."""

    learning_rates: FloatArray  # (n_rates,)
    before: FloatArray  # (n_seeds,): dead share before training
    share: FloatArray  # (n_rates, n_seeds): dead share after training
    accuracy: FloatArray  # (n_rates, n_seeds): on the training data
    majority: float  # accuracy of always predicting the more frequent class

    @property
    def stuck(self) -> FloatArray:
        """`(n_rates,)`: share of the networks that predict no better than the majority class."""
        return np.mean(self.accuracy <= self.majority, axis=1)


@experiment
def dying_units(
    relu: Function,
    dead_fraction: Function,
    *,
    learning_rates: Sequence[float] = (0.1, 1.0, 3.0, 10.0),
    n_seeds: int = 10,
    epochs: int = 300,
) -> DyingUnits:
    """Trains small ReLU networks on moons and counts the hidden units that no example activates.

    scikit-learn's `MLPClassifier` trains: hidden layers of 10 and 5 units, plain gradient descent on all examples, no
    momentum. Its pre-activations go through the student's `relu` and `dead_fraction`.
    """
    X, y = data.moons(300, rng=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)

    def dead(network: Any) -> float:
        signal, counted, units = X, 0.0, 0
        for W, b in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
            z = signal @ W + b
            counted += float(dead_fraction(z.copy())) * z.shape[1]
            units += z.shape[1]
            signal = np.asarray(relu(z), dtype=np.float64)
        return counted / units

    untrained = [_train(X, y, 1e-12, 1, seed) for seed in range(n_seeds)]  # one step too small to see
    trained = [[_train(X, y, rate, epochs, seed) for seed in range(n_seeds)] for rate in learning_rates]
    return DyingUnits(
        learning_rates=np.array(learning_rates, dtype=np.float64),
        before=np.array([dead(network) for network in untrained]),
        share=np.array([[dead(network) for network in row] for row in trained]),
        accuracy=np.array([[network.score(X, y) for network in row] for row in trained]),
        majority=float(np.bincount(y).max() / len(y)),
    )


def _train(X: FloatArray, y: data.IntArray, learning_rate: float, epochs: int, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        (10, 5),
        activation="relu",
        solver="sgd",
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        batch_size=len(X),
        shuffle=False,
        learning_rate_init=learning_rate,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=epochs + 1,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # All networks are to take the same number of steps, so that the last one is not at rest is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(X, y)


@dataclass(frozen=True)
class Revival:
    """Loss of single units that start inactive, before each step; rows in the order of `names`."""

    names: tuple[str, ...]
    losses: FloatArray  # (n_units, n_steps)

    def steps_to(self, share: float = 0.1) -> list[int | None]:
        """First step at which the loss is below `share` of the first loss, per unit; None where it never is."""
        below = self.losses < share * self.losses[:, :1]
        return [int(np.argmax(row)) if row.any() else None for row in below]


@experiment
def revival(functions: Functions, *, learning_rate: float = 0.5, n_steps: int = 600) -> Revival:
    """Gradient descent on one unit `f(w*x + b)` that starts with a negative pre-activation for every example.

    41 inputs x from -1 to 1, targets `1.5 + x/2`, which are positive; the loss is half the mean square. The unit starts
    at `w = 0.5`, `b = -2`, so its pre-activations lie between -2.5 and -1.5.
    """
    x = np.linspace(-1.0, 1.0, 41)
    target = 1.5 + x / 2
    losses = np.empty((len(functions), n_steps))
    for row, (f, derivative) in zip(losses, functions.values(), strict=True):
        w, b = 0.5, -2.0
        for step in range(n_steps):
            z = w * x + b
            error = np.asarray(f(z.copy()), dtype=np.float64) - target
            row[step] = np.mean(error**2) / 2
            pull = error * np.asarray(derivative(z), dtype=np.float64)
            w -= learning_rate * float(np.mean(pull * x))
            b -= learning_rate * float(np.mean(pull))
    return Revival(tuple(functions), losses)
