"""Experiments of the notebook on losses: shapes and slopes, outliers, and how a saturated unit learns or does not.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.losses` draws them. The losses and their
gradients are the student's and come in as arguments; only the absolute error, no exercise of the course, is here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

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

    @property
    def times_as_large(self) -> float:
        """Error of the first loss over the least error of the others, at the largest share of outliers."""
        final = self.error[:, -1].mean(axis=1)
        return float(final[0] / final[1:].min())

    def __str__(self) -> str:
        rows = [
            f"{share:8.0%}  " + "".join(f"{error:11.3f}" for error in row)
            for share, row in zip(self.shares, self.error.mean(axis=2).T, strict=True)
        ]
        clean = self.error[:, 0] - self.error[0, 0]  # paired: each data set is its own control
        cost = "; ".join(
            f"{name} {gap.mean() / self.error[0, 0].mean():+.1%} ± "
            f"{gap.std(ddof=1) / len(gap) ** 0.5 / self.error[0, 0].mean():.1%}"
            for name, gap in zip(self.names[1:], clean[1:], strict=True)
        )
        return "\n".join(
            [
                f"Mean squared error on clean test data, {self.error.shape[2]} data sets; the noise alone gives "
                f"{self.noise:.3f}",
                "outliers  " + "".join(f"{name:>11}" for name in self.names),
                *rows,
                f"Cost of robustness: error without outliers against {self.names[0]}, ± standard error",
                f"  {cost}",
            ]
        )


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


# Logits --------------------------------------------------------------------------------------------------------------


class Asked(Protocol):
    """A question that waits for its answer, as `nbcore.widgets.predict` gives it."""

    def answer(self, right: Any, because: str = "") -> None: ...


@dataclass(frozen=True)
class FromLogits:
    """What is lost where a loss of logits is computed from probabilities."""

    forecasts: FloatArray  # (2, 2): BCE of an event that was given 0.1 and 0.001, and its slopes
    clipped: FloatArray  # (2,): BCE of the probability, label 0, at logits 40 and 1000
    whole: FloatArray  # (2,): BCE of the logit there
    log_p: FloatArray  # (3,): log p of a class 1000 below the other: exact, log(p + 1e-7), with one c for a batch
    first: float  # cross-entropy of ten classes, for logits near 0

    def __str__(self) -> str:
        (likely, rare), slopes = self.forecasts
        exact, added, shared = self.log_p
        return "\n".join(
            [
                f"Event called 0.1 or 0.001: losses {likely:.3f} and {rare:.3f}, "
                f"slopes {slopes[0]:.0f} and {slopes[1]:.0f}",
                f"Label 0, logit 40 or 1000: from p {self.clipped[0]:.1f} and {self.clipped[1]:.1f}, "
                f"from the logit {self.whole[0]:.1f} and {self.whole[1]:.1f}",
                f"Log p of a class 1000 below: log_softmax {exact:.0f}, log(p + 1e-7) {added:.1f}\n"
                f"A row (0, 1) beside a 1000, one c for both: {shared}",
                f"Ten classes, logits near 0: loss {self.first:.3f}",
            ]
        )

    def answer(self, forecasters: Asked, capped: Asked, shared: Asked, untrained: Asked) -> None:
        """Answers the questions that were asked before the four sections."""
        likely, rare = self.forecasts[0]
        forecasters.answer(
            rare / likely, "-log 0.001 is three times -log 0.1. The slopes, -1/p, differ by a factor of 100"
        )
        capped.answer(self.clipped[1], "clipping at 1e-12 limits every loss to 12 log 10. From the logit it is 1000")
        shared.answer(self.log_p[1], "the logarithm of 1e-7 is the least that can come out")
        untrained.answer(self.first, "all logits are near 0, so every class has a probability near 1/10: log 10")


@experiment
def from_logits(
    bce: Callable[..., Any],
    bce_grad: Callable[..., Any],
    bce_with_logits: Callable[..., Any],
    log_softmax: Callable[..., Any],
    cross_entropy: Callable[..., Any],
) -> FromLogits:
    """Losses of a few examples, with the student's functions and by the shortcuts that fail."""
    from scipy.special import expit

    given, zero = (np.array([0.1]), np.array([0.001])), np.zeros(1)
    wrong = (np.array([40.0]), np.array([1000.0]))
    with np.errstate(divide="ignore"):
        shared = np.log(np.exp(np.array([0.0, 1.0]) - 1000).sum())
    labels = np.eye(10)[np.arange(100) % 10]
    return FromLogits(
        forecasts=np.array([[bce(np.ones(1), p) for p in given], [bce_grad(np.ones(1), p)[0] for p in given]]),
        clipped=np.array([bce(zero, expit(z)) for z in wrong]),
        whole=np.array([bce_with_logits(zero, z) for z in wrong]),
        log_p=np.array([log_softmax(np.array([1000.0, 0.0]))[1], np.log(1e-7), shared]),
        first=float(cross_entropy(labels, np.random.default_rng(0).normal(scale=0.1, size=(100, 10)))),
    )


def measured_logit(y: float, p: float, *, step: float = 1e-6) -> dict[str, float]:
    """Steps of the derivation for sigmoid and BCE, by central differences at the probability p."""
    z = float(np.log(p / (1 - p)))

    def loss(p: float) -> float:
        return float(-np.log(p if y else 1 - p))

    def sigmoid(z: float) -> float:
        return float(1 / (1 + np.exp(-z)))

    return {
        "1. dL/dp": (loss(p + step) - loss(p - step)) / (2 * step),
        "2. dp/dz": (sigmoid(z + step) - sigmoid(z - step)) / (2 * step),
        "3. dL/dz": (loss(sigmoid(z + step)) - loss(sigmoid(z - step))) / (2 * step),
    }


def measured_softmax(z: FloatArray, c: int, *, step: float = 1e-6) -> dict[str, FloatArray]:
    """Steps of the derivation for softmax and cross-entropy of class c, by central differences at the logits z."""

    def slope(f: Callable[[FloatArray], Any]) -> FloatArray:
        moved = step * np.eye(len(z))
        return np.stack([(f(z + row) - f(z - row)) / (2 * step) for row in moved], axis=-1)

    def total(z: FloatArray) -> Any:
        return np.exp(z).sum()

    return {
        "1. dS/dz": slope(total),
        "2. dlogS/dz": slope(lambda z: np.log(total(z))),
        "3. dL/dz": slope(lambda z: np.log(total(z)) - z[c]),
        "4. dp/dz": slope(lambda z: np.exp(z) / total(z)),
    }


@dataclass(frozen=True)
class Graph:
    """A logit on its way to the loss, and the slope on its way back; one example."""

    y: float
    z: float
    p: float
    loss: float
    loss_slope: float  # of the loss, with respect to p
    p_slope: float  # of p, with respect to z


@experiment
def graph(
    bce: Callable[..., Any],
    bce_grad: Callable[..., Any],
    sigmoid: Callable[..., Any],
    sigmoid_prime: Callable[..., Any],
    *,
    y: float = 0.0,
    z: float = float(np.log(3.0)),
) -> Graph:
    """Values and slopes along the computational graph of binary cross-entropy."""
    label, logit = np.array([y]), np.array([z])
    p = sigmoid(logit)
    slopes = float(bce_grad(label, p)[0]), float(sigmoid_prime(logit)[0])
    return Graph(y, z, float(p[0]), float(bce(label, p)), *slopes)


@dataclass(frozen=True)
class Origin:
    """A coin that has shown some ones: its surprise, its likelihood, and their meeting in cross-entropy."""

    p: FloatArray  # (n_points,): probability of a one
    bits: FloatArray  # (n_points,): -log2 p
    n: int
    ones: int
    likelihood: FloatArray  # (n_points,): of the tosses in their order
    loss: FloatArray  # (n_points,): its negative logarithm per toss, in nats


def origin(n: int = 10, ones: int = 7, n_points: int = 197) -> Origin:
    """Surprise of an event by its probability, and the likelihood of tosses by the probability of a one."""
    p = np.linspace(0.01, 0.99, n_points)
    likelihood = p**ones * (1 - p) ** (n - ones)
    return Origin(p, -np.log2(p), n, ones, likelihood, -np.log(likelihood) / n)


# Saturation ----------------------------------------------------------------------------------------------------------


LEARNED = 0.9
"""Accuracy above which a unit has learned to tell the two clouds apart; the best possible is 0.92."""


VANISHES = "p - y is nearly -1 there, and the squared error multiplies it by p(1 - p), which is nearly 0"


@dataclass(frozen=True)
class Escape:
    """What losses on a logit do with a unit that is confidently wrong; rows in the order of `names`."""

    names: tuple[str, ...]
    z: FloatArray  # (n_points,): logits
    slope: FloatArray  # (n_losses, n_points): of the loss of one example with label 1
    biases: tuple[float, ...]  # where training starts
    learning_rate: float
    accuracy: FloatArray  # (n_losses, n_starts, n_steps + 1): on the training data, before each step and at the end
    ones: float  # share of examples with label 1 in the training data
    mean_probability: FloatArray  # (n_losses,): mean predicted probability of a 1 there, after training from biases[0]
    predicted: FloatArray  # (n_losses, n_bins): mean predicted probability on fresh data, by bins of equal counts
    observed: FloatArray  # (n_losses, n_bins): share of ones among the examples of the bin

    def slope_at(self, z: float) -> FloatArray:
        """`(n_losses,)`: the slope at the grid point next to `z`."""
        return self.slope[:, int(np.abs(self.z - z).argmin())]

    @property
    def learned(self) -> str:
        """The loss with which a unit learns from the last bias: a name, "both" or "neither"."""
        names = [name for name, row in zip(self.names, self.accuracy, strict=True) if row[-1, -1] > LEARNED]
        return names[0] if len(names) == 1 else "both" if names else "neither"

    def speed(self) -> str:
        """For each loss: steps from the last bias until the accuracy is above `LEARNED`."""
        above = self.accuracy[:, -1] > LEARNED
        steps = ", ".join(
            f"{name} {row.argmax() if row.any() else 'never'}" for name, row in zip(self.names, above, strict=True)
        )
        return f"Steps to accuracy {LEARNED:g} from bias {self.biases[-1]:g} at rate {self.learning_rate:g}: {steps}"

    def __str__(self) -> str:
        rows = [
            f"{name:>14}: slope {slope:.6f} at logit {self.biases[-1]:g}; accuracy "
            + ", ".join(f"{end:.3f} from bias {bias:g}" for end, bias in zip(ends, self.biases, strict=True))
            for name, slope, ends in zip(
                self.names, self.slope_at(self.biases[-1]), self.accuracy[:, :, -1], strict=True
            )
        ]
        mean = f"Share of ones {self.ones:.3f}, mean probability after {self.names[0]} {self.mean_probability[0]:.3f}"
        return "\n".join([*rows, mean])


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
        learning_rate=learning_rate,
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
