"""Experiments of the notebook on losses: shapes and slopes, outliers, and how a saturated unit learns or does not.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.losses` draws them. The losses and their
gradients are the student's and come in as arguments; only the absolute error, no exercise of the course, is here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment

# scikit-learn and SciPy take seconds to load, so functions import them when they are called.

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Loss:
    """A loss, its gradient with respect to the prediction, and what the prediction is.

    Both are called as `f(y, prediction)` with two arrays of one shape. `axis` says whether the prediction is compared
    with `y` itself ("residual"), or is a logit ("logit").
    """

    value: Callable[..., Any]
    gradient: Callable[..., Any]
    axis: Literal["residual", "logit"] = "residual"


def _absolute(y: Any, y_hat: Any) -> float:
    return float(np.abs(np.subtract(y_hat, y, dtype=np.float64)).sum() / len(y))


def _absolute_slope(y: Any, y_hat: Any) -> FloatArray:
    return np.asarray(np.sign(np.subtract(y_hat, y, dtype=np.float64)) / len(y))


MAE = Loss(_absolute, _absolute_slope)
"""The absolute error, summed over outputs and averaged over examples; its slope at the kink is 0."""


# Shapes --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shapes:
    """Losses of one example and their slopes, over one axis."""

    x: FloatArray  # (n_points,): residual, or logit of an example with label 1
    values: dict[str, FloatArray]  # each (n_points,)
    slopes: dict[str, FloatArray]  # each (n_points,)


@experiment
def shapes(losses: Mapping[str, Loss], *, limit: float = 3.0, n_points: int = 241) -> Shapes:
    """Each loss and its slope for a single example, over predictions from `-limit` to `limit`.

    The target is 0 where the prediction is compared with it, so that the prediction is the residual; it is 1 where the
    prediction is a logit.
    """
    x = np.linspace(-limit, limit, n_points)
    values, slopes = {}, {}
    for name, loss in losses.items():
        target = np.full((1, 1), float(loss.axis == "logit"))
        values[name] = np.array([float(loss.value(target.copy(), np.full((1, 1), point))) for point in x])
        slopes[name] = np.array([float(loss.gradient(target.copy(), np.full((1, 1), point))[0, 0]) for point in x])
    return Shapes(x, values, slopes)


# Outliers ------------------------------------------------------------------------------------------------------------

NOISE = 0.3
"""Deviation of the noise, in deviations of the signal `X @ coef`."""
N_FEATURES = 5


@dataclass(frozen=True)
class Outliers:
    """Test errors of linear models fitted with several losses to training data with outliers."""

    names: tuple[str, ...]
    shares: FloatArray  # (n_shares,): share of the training targets that are outliers
    error: (
        FloatArray  # (n_losses, n_shares, n_seeds): mean squared error on clean test data, in variances of the signal
    )
    noise: float  # the same for a model that knows the truth, in expectation


@experiment
def outliers(
    losses: Mapping[str, Loss],
    *,
    shares: Sequence[float] = (0.0, 0.05, 0.1, 0.2),
    n_train: int = 200,
    n_test: int = 2000,
    size: float = 5.0,
    n_seeds: int = 10,
) -> Outliers:
    """Fits a linear model with each loss, to targets of which a share is shifted upwards, and tests it on clean data.

    scipy's L-BFGS-B minimises the student's loss with the student's gradient. The absolute error (`MAE`) has a kink, at
    which such a method stops short; scikit-learn fits it as the median regression that it is, by linear programming.

    Args:
        losses: called with targets and predictions as columns, `(n_train, 1)`.
        size: shift of an outlier, in standard deviations of the clean targets.
    """
    error = np.empty((len(losses), len(shares), n_seeds))
    for seed in range(n_seeds):
        for column, share in enumerate(shares):
            problem = _problem(n_train, n_test, share, size, seed)
            for row, loss in enumerate(losses.values()):
                error[row, column, seed] = np.mean((problem.X_test @ _fit(loss, problem) - problem.y_test) ** 2)
    return Outliers(tuple(losses), np.array(shares, dtype=np.float64), error, NOISE**2)


@dataclass(frozen=True)
class _Problem:
    """A linear problem in units of the deviation of the signal; the last column of each X is 1."""

    X: FloatArray
    y: FloatArray
    X_test: FloatArray
    y_test: FloatArray


def _problem(n_train: int, n_test: int, share: float, size: float, seed: int) -> _Problem:
    # The features are standard normal, so the signal has the deviation |coef|, which does not depend on the noise.
    unit = float(np.linalg.norm(data.regression(n_train, n_features=N_FEATURES, noise=0.0, rng=seed).coef))
    train = data.regression(
        n_train, n_features=N_FEATURES, noise=NOISE * unit, outliers=share, outlier_size=size, rng=seed
    )
    rng = np.random.default_rng([seed, 1])
    X_test = rng.normal(size=(n_test, N_FEATURES))
    y_test = X_test @ (train.coef / unit) + NOISE * rng.normal(size=n_test)
    return _Problem(_with_ones(train.X), train.y / unit, _with_ones(X_test), y_test)


def _with_ones(X: FloatArray) -> FloatArray:
    return np.hstack([X, np.ones((len(X), 1))])


def _fit(loss: Loss, problem: _Problem) -> FloatArray:
    """Weights `(n_features + 1,)` that minimise the loss on the training data."""
    if loss is MAE:
        from sklearn.linear_model import QuantileRegressor

        model = QuantileRegressor(quantile=0.5, alpha=0.0, fit_intercept=False, solver="highs")
        return np.asarray(model.fit(problem.X, problem.y).coef_)
    from scipy.optimize import minimize

    target = problem.y[:, None]

    def objective(w: FloatArray) -> tuple[float, FloatArray]:
        prediction = problem.X @ w[:, None]
        slope = np.asarray(loss.gradient(target.copy(), prediction.copy()), dtype=np.float64)
        return float(loss.value(target.copy(), prediction)), (problem.X.T @ slope)[:, 0]

    start = np.zeros(problem.X.shape[1])
    return np.asarray(minimize(objective, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-8}).x)


# Saturation ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Escape:
    """What losses on a logit do with a unit that is confidently wrong; rows in the order of `names`."""

    names: tuple[str, ...]
    z: FloatArray  # (n_points,): logits
    slope: FloatArray  # (n_losses, n_points): of the loss of one example with label 1
    biases: tuple[float, ...]  # where training starts
    accuracy: FloatArray  # (n_losses, n_starts, n_steps + 1): on the training data, before each step and at the end
    ones: float  # share of examples with label 1 in the training data
    mean_probability: FloatArray  # (n_losses,): mean predicted probability of a 1 there, after training from biases[0]
    predicted: FloatArray  # (n_losses, n_bins): mean predicted probability on fresh data, by bins of equal counts
    observed: FloatArray  # (n_losses, n_bins): share of ones among the examples of the bin

    def slope_at(self, z: float) -> FloatArray:
        """`(n_losses,)`: the slope at the grid point next to `z`."""
        return self.slope[:, int(np.abs(self.z - z).argmin())]


@experiment
def escape(
    losses: Mapping[str, Loss],
    *,
    biases: Sequence[float] = (0.0, -8.0),
    learning_rate: float = 1.0,
    n_steps: int = 300,
    n_bins: int = 5,
    seed: int = 0,
) -> Escape:
    """Slopes over the logit, and gradient descent on one unit `z = w @ x + b` that starts at `w = 0` and each bias.

    The inputs of each class are normal with variance 1 around (1, 1) or (-1, -1), so the true log-odds are linear and
    the unit can be right. 1000 examples train it, 5000 fresh ones show whether the predicted probabilities come true.
    The slopes are the student's gradients with respect to the logits.

    Args:
        losses: on logits; called with labels and logits as columns.
        learning_rate, n_steps: of gradient descent on all training examples.
    """
    from scipy.special import expit

    curves = shapes(losses, limit=10.0, n_points=201)
    rng = np.random.default_rng(seed)
    X, y = _clouds(1000, rng)
    fresh, fresh_y = _clouds(5000, rng)
    accuracy = np.empty((len(losses), len(biases), n_steps + 1))
    mean_probability = np.empty(len(losses))
    predicted, observed = np.empty((2, len(losses), n_bins))
    for row, loss in enumerate(losses.values()):
        for column, bias in enumerate(biases):
            w, b, accuracy[row, column] = _train(loss, X, y, bias, learning_rate, n_steps)
            if column == 0:
                mean_probability[row] = expit(X @ w + b).mean()
                probability = expit(fresh @ w + b)
                bins = np.array_split(np.argsort(probability), n_bins)
                predicted[row] = [probability[rows].mean() for rows in bins]
                observed[row] = [fresh_y[rows].mean() for rows in bins]
    return Escape(
        names=tuple(losses),
        z=curves.x,
        slope=np.array(list(curves.slopes.values())),
        biases=tuple(map(float, biases)),
        accuracy=accuracy,
        ones=float(y.mean()),
        mean_probability=mean_probability,
        predicted=predicted,
        observed=observed,
    )


def _clouds(n: int, rng: np.random.Generator) -> tuple[FloatArray, data.IntArray]:
    y = rng.permutation(n) % 2
    return rng.normal(size=(n, 2)) + (2 * y - 1)[:, None], y


def _train(
    loss: Loss, X: FloatArray, y: data.IntArray, bias: float, learning_rate: float, n_steps: int
) -> tuple[FloatArray, float, FloatArray]:
    """Weights and bias after training, and the accuracy before each step and at the end."""
    w, b = np.zeros(X.shape[1]), bias
    label = y[:, None].astype(np.float64)
    accuracy = np.empty(n_steps + 1)
    for step in range(n_steps + 1):
        z = X @ w + b
        accuracy[step] = np.mean((z >= 0) == (y == 1))
        if step < n_steps:
            pull = np.asarray(loss.gradient(label.copy(), z[:, None]), dtype=np.float64)[:, 0]
            w = w - learning_rate * (pull @ X)
            b = b - learning_rate * float(pull.sum())
    return w, b, accuracy
