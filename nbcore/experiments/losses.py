"""Experiments of the notebook on losses: shapes and slopes, outliers, and how a saturated unit learns.

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


def _first(values: Any) -> float:
    """Of what a student's function gives: an array, or lists of the same numbers."""
    return float(np.ravel(np.asarray(values, dtype=np.float64))[0])


def _absolute(y: Any, y_hat: Any) -> float:
    return float(np.abs(np.subtract(y_hat, y, dtype=np.float64)).sum() / len(y))


def _absolute_slope(y: Any, y_hat: Any) -> FloatArray:
    return np.asarray(np.sign(np.subtract(y_hat, y, dtype=np.float64)) / len(y))


WHY = {
    "trap": "every prediction meets every target, so it is twice the variance of the targets. A constant pays the "
    "variance once, and training finds it",
    "outliers": "outliers lift MSE's whole fit by share times size, about 0.2 * 5 = 1. That adds 1 to the noise of "
    "0.09; MAE stays near the noise. The slope of the other losses is capped: they are lifted by 0.1 to 0.3",
    "forecasters": "the slope is -1/p: 1000 against 10. The loss itself, -log p, is only three times as large",
    "capped": "sigmoid(1000) is rounded to 1, so p(1 - p) is 0: gradient descent makes no step, however wrong the "
    "unit is. From the logit the slope will be 1",
    "saturated": "at logit -8 the factor p(1 - p) makes the slope 3000 times as small as BCE's. It grows by a factor "
    "of e with each unit that the logit gains, so the wait is long, but not 3000 times as long",
    "untrained": "log 10 = 2.303 is the loss of equal logits. He's weights give logits of standard deviation 1.3, so "
    "some wrong classes are far ahead. With a tenth of the last layer's weights it is 2.31",
}
"""Why, for the answers to the predictions: not in a cell, where one could read it before the guess."""


MAE = Loss(_absolute, _absolute_slope)
"""The absolute error, summed over outputs and averaged over examples; its slope at the kink is 0."""


@experiment
def on_residuals(
    mse: Callable[..., Any], mse_grad: Callable[..., Any], huber: Callable[..., Any], huber_grad: Callable[..., Any]
) -> dict[str, Loss]:
    """The student's losses that compare the prediction with the target, and the absolute error beside them."""
    return {"MSE": Loss(mse, mse_grad), "Huber": Loss(huber, huber_grad), "MAE": MAE}


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
        slopes[name] = np.array([_first(loss.gradient(target.copy(), np.full((1, 1), point))) for point in x])
    return Shapes(x, values, slopes)


# Outliers ------------------------------------------------------------------------------------------------------------

NOISE = 0.3
"""Deviation of the noise, in deviations of the signal `X @ coef`."""
N_FEATURES = 5


@dataclass(frozen=True)
class Outliers:
    """Linear models fitted with several losses to training data with outliers; errors in variances of the signal."""

    names: tuple[str, ...]
    shares: FloatArray  # (n_shares,): share of the training targets that are outliers
    error: FloatArray  # (n_losses, n_shares, n_seeds): mean squared error on clean test data
    noise: float  # the same for a model that knows the truth, in expectation
    elsewhere: dict[str, FloatArray]  # share and kind of other outliers -> (n_losses,): mean error
    lift: FloatArray  # (n_losses,): mean fitted intercept at the largest share; the true one is 0
    avoidable: FloatArray  # (n_losses, n_clean): without outliers, the error beyond that of the true weights

    @property
    def times_as_large(self) -> float:
        """Error of the first loss over that of the last, at the largest share of outliers."""
        final = self.error[:, -1].mean(axis=1)
        return float(final[0] / final[-1])

    def __str__(self) -> str:
        errors = {f"{share:.0%}": row for share, row in zip(self.shares, self.error.mean(axis=2).T, strict=True)}
        rows = errors | self.elsewhere | {f"{self.shares[-1]:.0%}, intercept": self.lift}
        ratio = self.error[0, -1] / self.error[-1, -1]
        paired = (self.avoidable - self.avoidable[0]) / self.avoidable[0].mean()  # each data set is its own control
        cost = ", ".join(
            f"{name} {gap.mean():+.0%} ± {gap.std(ddof=1) / len(gap) ** 0.5:.0%}"
            for name, gap in zip(self.names[1:], paired[1:], strict=True)
        )
        return "\n".join(
            [
                f"Mean squared error on clean test data; the noise alone gives {self.noise:.3f}",
                f"{'outliers':18}" + "".join(f"{name:>11}" for name in self.names),
                *(f"{name:18}" + "".join(f"{number:11.3f}" for number in row) for name, row in rows.items()),
                f"{self.names[0]} over {self.names[-1]}, {self.shares[-1]:.0%}: {ratio.min():.1f} to {ratio.max():.1f} "
                f"in {len(ratio)} data sets",
                f"On clean data: error beyond the noise, against {self.names[0]}'s, mean ± standard error of "
                f"{paired.shape[1]} data sets",
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
    n_clean: int = 50,
) -> Outliers:
    """Fits a linear model with each loss, to targets of which a share is shifted upwards, and tests it on clean data.

    Half of the largest share is also shifted downwards, and the smallest and the largest share of an input instead.
    scipy's L-BFGS-B minimises the student's loss with the student's gradient. The absolute error (`MAE`) has a kink, at
    which such a method stops short; scikit-learn fits it as the median regression that it is, by linear programming.

    Args:
        losses: called with targets and predictions as columns, `(n_train, 1)`.
        size: shift of an outlier, in standard deviations of the clean targets.
        n_clean: data sets without outliers, for what robustness costs there.
    """

    def fits(share: float, seeds: int, kind: Kind = "above") -> tuple[FloatArray, FloatArray, FloatArray]:
        """Each `(n_losses, seeds)`: test error, error beyond that of the true weights, and intercept."""
        found = np.empty((3, len(losses), seeds))
        for seed in range(seeds):
            problem = _problem(n_train, n_test, share, size, seed, kind)
            for row, loss in enumerate(losses.values()):
                w = _fit(loss, problem)
                error = np.mean((problem.X_test @ w - problem.y_test) ** 2)
                found[:, row, seed] = error, np.sum((w - problem.truth) ** 2), w[-1]
        return found[0], found[1], found[2]

    shifted = [fits(share, n_seeds) for share in shares]
    few = min((share for share in shares if share > 0), default=shares[-1])
    others: list[tuple[float, str, Kind]] = [
        (shares[-1], "half below", "both"), (few, "in an input", "input"), (shares[-1], "in an input", "input")
    ]  # fmt: skip
    return Outliers(
        names=tuple(losses),
        shares=np.array(shares, dtype=np.float64),
        error=np.stack([error for error, _, _ in shifted], axis=1),
        noise=NOISE**2,
        elsewhere={f"{share:.0%}, {name}": fits(share, n_seeds, kind)[0].mean(axis=1) for share, name, kind in others},
        lift=shifted[-1][2].mean(axis=1),
        avoidable=fits(0.0, n_clean)[1],
    )


Kind = Literal["above", "both", "input"]
"""Targets shifted upwards, every second one downwards, or the first input shifted and the target left alone."""


@dataclass(frozen=True)
class _Problem:
    """A linear problem in units of the deviation of the signal; the last column of each X is 1."""

    X: FloatArray
    y: FloatArray
    X_test: FloatArray
    y_test: FloatArray
    truth: FloatArray  # the true weights


def _problem(n_train: int, n_test: int, share: float, size: float, seed: int, kind: Kind = "above") -> _Problem:
    # The features are standard normal, so the signal has the deviation |coef|, which does not depend on the noise.
    unit = float(np.linalg.norm(data.regression(n_train, n_features=N_FEATURES, noise=0.0, rng=seed).coef))
    train = data.regression(
        n_train, n_features=N_FEATURES, noise=NOISE * unit, outliers=share, outlier_size=size, rng=seed
    )
    X, y, coef = train.X.copy(), train.y / unit, train.coef / unit
    if kind != "above":
        rows = np.flatnonzero(train.outlier)
        clean = data.regression(n_train, n_features=N_FEATURES, noise=NOISE * unit, rng=seed).y / unit
        y[rows[::2]] = 2 * clean[rows[::2]] - y[rows[::2]]
        if kind == "input":
            y = clean
            X[rows, 0] += size
    rng = np.random.default_rng([seed, 1])
    X_test = rng.normal(size=(n_test, N_FEATURES))
    y_test = X_test @ coef + NOISE * rng.normal(size=n_test)
    return _Problem(_with_ones(X), y, _with_ones(X_test), y_test, np.append(coef, 0.0))


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


@dataclass(frozen=True)
class FirstLoss:
    """Cross-entropy of ten classes: before training, and its slope where a wrong class is far ahead."""

    equal: float  # for logits that are all 0
    networks: dict[str, FloatArray]  # name of the initialization -> (n_seeds,): of an untrained network
    spread: dict[str, float]  # the same -> standard deviation of its logits
    slopes: dict[str, float]  # loss -> slope for the logit of the right class, where a wrong one is 8 above the others

    @property
    def usual(self) -> float:
        """Mean first loss of the networks of the first initialization."""
        return float(next(iter(self.networks.values())).mean())

    def __str__(self) -> str:
        networks = "\n".join(
            f"  {name}: loss {losses.mean():.2f}, logits of standard deviation {self.spread[name]:.2f}"
            for name, losses in self.networks.items()
        )
        slopes = ", ".join(f"{name} {slope:.5f}" for name, slope in self.slopes.items())
        return (
            f"Ten classes, equal logits: loss {self.equal:.3f}. Untrained networks 64-32-10, digits:\n{networks}\n"
            f"A wrong class 8 above the others, slope for the right one:\n  {slopes}"
        )


@experiment
def first_loss(
    cross_entropy: Callable[..., Any], cross_entropy_grad: Callable[..., Any], *, n_seeds: int = 20
) -> FirstLoss:
    """Losses of untrained networks 64-32-10 with ReLU on the standardized digits, and slopes for the logits.

    The slope of half the squared error of softmax is J(p - y), with softmax's Jacobian J.
    """
    X, labels = data.digits()
    X = (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    targets = np.eye(10)[labels]
    networks, spread = {}, {}
    variances = {"He": (2 / 64, 2 / 32), "Xavier": (2 / 96, 2 / 42), "He, last layer / 10": (2 / 64, 2 / 3200)}
    for name, gains in variances.items():
        found = []
        for seed in range(n_seeds):
            rng = np.random.default_rng(seed)
            W1, W2 = (
                rng.normal(scale=variance**0.5, size=size)
                for variance, size in zip(gains, [(64, 32), (32, 10)], strict=True)
            )
            z = np.maximum(X @ W1, 0) @ W2
            found.append((z.std(), float(cross_entropy(targets.copy(), z))))
        deviations, networks[name] = np.array(found).T
        spread[name] = float(deviations.mean())
    y, z = np.eye(10)[:1], 8 * np.eye(10)[1:2]
    p = np.exp(z) / np.exp(z).sum()
    slope = _first(cross_entropy_grad(y.copy(), z.copy()))
    squared = p * (p - y - ((p - y) * p).sum())
    return FirstLoss(
        equal=float(cross_entropy(np.eye(10), np.zeros((10, 10)))),
        networks=networks,
        spread=spread,
        slopes={"cross-entropy": slope, "squared error": float(squared[0, 0])},
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


def measured_class(z: FloatArray, c: int, *, step: float = 1e-6) -> dict[str, FloatArray]:
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
    slopes = _first(bce_grad(label, p)), _first(sigmoid_prime(logit))
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


@dataclass(frozen=True)
class Confident:
    """Probabilities that are wrong, and what the clipped loss makes of them."""

    rain: dict[float, float]  # of a 1: probability -> loss
    times_as_steep: float  # the slope at the last of these probabilities over that at the first
    logits: tuple[float, ...]  # of a 0
    loss: FloatArray  # (n_logits,): from the probability
    slope: FloatArray  # (n_logits,): of it, with respect to the logit, by the chain rule

    def __str__(self) -> str:
        rain = ", ".join(f"{loss:.3f} from p = {p:g}" for p, loss in self.rain.items())
        rows = {"logit": self.logits, "loss": self.loss, "slope": self.slope}
        lines = ["  " + f"{name:5}" + "".join(f"{number:9.4g}" for number in row) for name, row in rows.items()]
        return "\n".join([f"It rained: loss {rain}", "Label 0, p = sigmoid(logit), slope for the logit:", *lines])


@experiment
def confident(bce: Callable[..., Any], bce_grad: Callable[..., Any], sigmoid: Callable[..., Any]) -> Confident:
    """Losses from two wrong probabilities, and loss and slope where the sigmoid of a large logit is wrong."""
    one, zero = np.ones(1), np.zeros(1)
    forecasts = [np.array([p]) for p in (0.1, 0.001)]
    rain = {float(p[0]): float(bce(one, p.copy())) for p in forecasts}
    first, second = (_first(bce_grad(one, p.copy())) for p in forecasts)
    logits = (10.0, 30.0, 40.0, 1000.0)
    p = [np.asarray(sigmoid(np.array([z])), dtype=np.float64) for z in logits]
    loss = np.array([float(bce(zero, each.copy())) for each in p])
    slope = np.array([_first(bce_grad(zero, each.copy()) * each * (1 - each)) for each in p])
    return Confident(rain, second / first, logits, loss, slope)


# Saturation ----------------------------------------------------------------------------------------------------------


LEARNED = 0.9
"""Accuracy above which a unit has learned to tell the two clouds apart; the best possible is 0.92."""


@dataclass(frozen=True)
class Escape:
    """What losses on a logit do with a unit that is confidently wrong; rows in the order of `names`."""

    names: tuple[str, ...]
    z: FloatArray  # (n_points,): logits
    slope: FloatArray  # (n_losses, n_points): of the loss of one example with label 1
    biases: tuple[float, ...]  # where training starts
    learning_rate: float
    accuracy: FloatArray  # (n_losses, n_starts, n_steps + 1): on the training data, before each step and at the end

    def slope_at(self, z: float) -> FloatArray:
        """`(n_losses,)`: the slope at the grid point next to `z`."""
        return self.slope[:, int(np.abs(self.z - z).argmin())]

    @property
    def steps(self) -> list[list[int | None]]:
        """For each loss and start: steps until the accuracy is above `LEARNED`; None for never."""
        above = self.accuracy > LEARNED
        return [[int(row.argmax()) if row.any() else None for row in rows] for rows in above]

    @property
    def longest(self) -> float:
        """Steps of the last loss from the last start until the accuracy is above `LEARNED`; NaN for never."""
        found = self.steps[-1][-1]
        return np.nan if found is None else float(found)

    def speed(self) -> str:
        """For each start: the steps of each loss until the accuracy is above `LEARNED`."""
        by_start = zip(self.biases, zip(*self.steps, strict=True), strict=True)
        rows = [
            f"  from bias {bias:g}: "
            + ", ".join(f"{name} {'never' if n is None else n}" for name, n in zip(self.names, counts, strict=True))
            for bias, counts in by_start
        ]
        return "\n".join([f"Steps to training accuracy {LEARNED:g} at rate {self.learning_rate:g}", *rows])

    def __str__(self) -> str:
        slopes = ", ".join(
            f"{name} {slope:.6f}" for name, slope in zip(self.names, self.slope_at(self.biases[-1]), strict=True)
        )
        steepest = ", ".join(
            f"{name} {row:.3f}" for name, row in zip(self.names, np.abs(self.slope).max(axis=1), strict=True)
        )
        return (
            f"Slope at logit {self.biases[-1]:g}, label 1: {slopes}\n"
            f"Its largest size at any logit: {steepest}\n{self.speed()}"
        )


@experiment
def escape(
    losses: Mapping[str, Loss],
    *,
    biases: Sequence[float] = (-4.0, -8.0),
    learning_rate: float = 1.0,
    n_steps: int = 3000,
    seed: int = 0,
) -> Escape:
    """Slopes over the logit, and gradient descent on one unit `z = w @ x + b` that starts at `w = 0` and each bias.

    The inputs of each class are normal with variance 1 around (1, 1) or (-1, -1), so the true log-odds are linear and
    the unit can be right. The slopes are the student's gradients with respect to the logits.

    Args:
        losses: on logits; called with labels and logits as columns.
        learning_rate, n_steps: of gradient descent on all 1000 training examples.
    """
    curves = shapes(losses, limit=10.0, n_points=201)
    X, y = _clouds(1000, np.random.default_rng(seed))
    accuracy = np.array(
        [[_train(loss, X, y, bias, learning_rate, n_steps) for bias in biases] for loss in losses.values()]
    )
    slope = np.array(list(curves.slopes.values()))
    return Escape(tuple(losses), curves.x, slope, tuple(map(float, biases)), learning_rate, accuracy)


def _clouds(n: int, rng: np.random.Generator) -> tuple[FloatArray, data.IntArray]:
    y = rng.permutation(n) % 2
    return rng.normal(size=(n, 2)) + (2 * y - 1)[:, None], y


def _train(loss: Loss, X: FloatArray, y: data.IntArray, bias: float, learning_rate: float, n_steps: int) -> FloatArray:
    """The accuracy before each step and at the end."""
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
    return accuracy


# Calibration ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calibration:
    """Mean predicted probabilities of a unit whose model is wrong, at the end of its training."""

    names: tuple[str, ...]
    ones: float  # share of examples with label 1
    mean: FloatArray  # (n_losses,): at the minimum

    def __str__(self) -> str:
        found = ", ".join(f"{name} {end:.4f}" for name, end in zip(self.names, self.mean, strict=True))
        return f"Share of ones {self.ones:.4f}; mean probability after training: {found}"


@experiment
def calibration(losses: Mapping[str, Loss], *, seed: int = 0) -> Calibration:
    """One unit, minimised to the end by L-BFGS-B on 4000 examples, of which a fifth are ones.

    The ones are spread twice as wide as the zeros, so the true log-odds are no line: no weights are right.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    rng = np.random.default_rng(seed)
    y = (np.arange(4000) % 5 == 0).astype(np.float64)[:, None]
    X = _with_ones(rng.normal(size=(4000, 2)) * (1 + y) + (2 * y - 1))
    mean = []
    for loss in losses.values():

        def objective(w: FloatArray, loss: Loss = loss) -> tuple[float, FloatArray]:
            z = X @ w[:, None]
            return float(loss.value(y.copy(), z)), (X.T @ np.asarray(loss.gradient(y.copy(), z.copy())))[:, 0]

        end = minimize(objective, np.zeros(3), jac=True, method="L-BFGS-B", options={"gtol": 1e-8}).x
        mean.append(float(expit(X @ end).mean()))
    return Calibration(tuple(losses), float(y.mean()), np.array(mean))
