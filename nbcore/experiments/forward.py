"""Experiments of the notebook on the forward pass: perceptron, scikit-learn networks, approximation.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.forward` draws them. Perceptron,
initialisation and forward pass are the student's and come in as arguments; what is trained, scikit-learn trains.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment
from nbcore.experiments._threads import one_thread

# scikit-learn takes seconds to load, so functions import it when they are called.

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Function = Callable[..., Any]
Parameters = dict[str, FloatArray]

CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
GATES = {"AND": np.array([0, 0, 0, 1]), "OR": np.array([0, 1, 1, 1]), "XOR": np.array([0, 1, 1, 0])}
"""Labels of the four corners, in the order of `CORNERS`."""


# The perceptron ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cards:
    """A perceptron that tells cards marked on the left (class 0) from cards marked on the right (class 1)."""

    cards: FloatArray  # (n_shown, 20, 20), 0 or 1
    labels: IntArray  # (n_shown,)
    weights: FloatArray  # (20, 20): after the largest number of cards, first seed
    n_cards: IntArray  # (k,): cards seen, each once
    accuracy: FloatArray  # (k, n_seeds): on cards that were not seen


@experiment
def punched_cards(
    perceptron_fit: Function, *, n_cards: Sequence[int] = (5, 10, 20, 50, 100, 200), n_seeds: int = 10
) -> Cards:
    """The demonstration of July 1958 in small: one pass over some cards, then a test on 500 fresh ones.

    A card has 20 by 20 places, as many as Rosenblatt's Mark I had photocells, and one 5 by 5 mark on its left or right
    half. The machine learned to tell the two sides after 50 trials, as The New York Times of 8 July 1958 reports.
    """
    accuracy = np.empty((len(n_cards), n_seeds))
    weights = np.zeros((20, 20))
    for seed in range(n_seeds):
        X, y = _draw_cards(max(n_cards) + 500, np.random.default_rng(seed))
        for row, n in enumerate(n_cards):
            w, b, _ = perceptron_fit(X[:n].copy(), y[:n].copy(), epochs=1)
            w = np.asarray(w, dtype=np.float64)
            accuracy[row, seed] = np.mean((X[-500:] @ w + float(b) >= 0) == y[-500:])
        if seed == 0:
            weights = w.reshape(20, 20)
            shown, labels = X[:4].reshape(-1, 20, 20), y[:4]
    return Cards(shown, labels, weights, np.array(n_cards), accuracy)


def _draw_cards(n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    y = rng.integers(0, 2, n)
    rows, columns = rng.integers(0, 16, n), rng.integers(0, 6, n) + 10 * y
    X = np.zeros((n, 20, 20))
    for card, row, column in zip(X, rows, columns, strict=True):
        card[row : row + 5, column : column + 5] = 1
    return X.reshape(n, 400), y


@dataclass(frozen=True)
class Convergence:
    """Mistakes of the perceptron until its first clean epoch; a row is a margin, a column a data set."""

    margins: FloatArray  # (k,)
    mistakes: IntArray  # (k, n_seeds)
    epochs: IntArray  # (k, n_seeds)
    bound: FloatArray  # (k, n_seeds): (R / gamma)**2
    clean: bool  # whether the last epoch of every run was without a mistake

    @property
    def holds(self) -> bool:
        """Whether no run made more mistakes than its bound allows."""
        return bool(self.clean and np.all(self.mistakes <= self.bound))


MOST_EPOCHS = 1000
"""Of a run on separable data; the rule needs fewer than 300 on those of `convergence`."""


@experiment
def convergence(
    perceptron_fit: Function,
    *,
    margins: Sequence[float] = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0),
    n_seeds: int = 20,
    n_samples: int = 100,
) -> Convergence:
    """Runs the perceptron on separable data of known margin.

    The bound is Novikoff's (1962), for the inputs with a 1 appended, so that the bias is one more weight: R is the
    length of the longest such input, gamma the margin of the separating line that the data were made with, measured in
    this larger space.
    """
    shape = (len(margins), n_seeds)
    mistakes, epochs = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    bound, clean, patience = np.zeros(shape), True, MOST_EPOCHS
    for row, margin in enumerate(margins):
        for seed in range(n_seeds):
            sample = data.separable(n_samples, margin=margin, rng=seed)
            _, _, counts = perceptron_fit(sample.X.copy(), sample.y.copy(), epochs=patience)
            if len(counts) == MOST_EPOCHS:  # it does not stop by itself: the others need not be waited for
                patience = 20
            mistakes[row, seed], epochs[row, seed] = int(np.sum(counts)), len(counts)
            clean = clean and counts[-1] == 0
            radius_squared = np.max(np.sum(sample.X**2, axis=1)) + 1
            bound[row, seed] = radius_squared * (1 + sample.b**2) / margin**2
    return Convergence(np.array(margins, dtype=np.float64), mistakes, epochs, bound, bool(clean))


@dataclass(frozen=True)
class Runs:
    """The perceptron on data with and without a separating line, epoch by epoch."""

    names: tuple[str, ...]
    mistakes: dict[str, FloatArray]  # share of the rows with a mistake, each epoch
    wrong: dict[str, FloatArray]  # share of the rows that the weights at the end of the epoch get wrong
    cycle_w: FloatArray  # (5, 2): on XOR, before and after each visit of the last epoch
    cycle_b: FloatArray  # (5,)

    @property
    def pocket(self) -> dict[str, FloatArray]:
        """Lowest share wrong up to each epoch: what one has who keeps the best weights (Gallant 1990)."""
        return {name: np.minimum.accumulate(row) for name, row in self.wrong.items()}

    @property
    def cycles(self) -> bool:
        """Whether the weights on XOR come back to where the epoch began."""
        return bool(np.array_equal(self.cycle_w[0], self.cycle_w[-1]) and self.cycle_b[0] == self.cycle_b[-1])


@experiment
def runs(perceptron_fit: Function, *, epochs: int = 20) -> Runs:
    """Epochs of the perceptron on separable clouds, on overlapping clouds, and on the four points of XOR.

    The state after k epochs, or after k visits of single rows, is what `perceptron_fit` gives when it is stopped there.
    """
    sample = data.separable(100, margin=0.03, rng=0)
    overlapping = data.overlapping(100, class_sep=0.5, rng=1)
    sets = {"separable": (sample.X, sample.y), "overlapping": overlapping, "XOR": (CORNERS, GATES["XOR"])}
    mistakes, wrong = {}, {}
    for name, (X, y) in sets.items():
        counts, misses = np.zeros(epochs), np.zeros(epochs)
        for epoch in range(epochs):
            w, b, seen = perceptron_fit(X.copy(), y.copy(), epochs=epoch + 1)
            counts[: len(seen)] = np.asarray(seen) / len(y)
            misses[epoch] = np.mean((X @ np.asarray(w, dtype=np.float64) + float(b) >= 0) != y)
        mistakes[name], wrong[name] = counts, misses
    states = [_after_visits(perceptron_fit, 4 * (epochs - 1) + visit) for visit in range(5)]
    return Runs(tuple(sets), mistakes, wrong, np.array([w for w, _ in states]), np.array([b for _, b in states]))


def _after_visits(perceptron_fit: Function, n: int) -> tuple[FloatArray, float]:
    rows = np.arange(n) % 4
    w, b, _ = perceptron_fit(CORNERS[rows], GATES["XOR"][rows], epochs=1)
    return np.asarray(w, dtype=np.float64), float(b)


# Trained networks ----------------------------------------------------------------------------------------------------


def parameters_of(network: Any) -> Parameters:
    """Weights of a fitted scikit-learn network in the layout of the course.

    scikit-learn keeps a layer's weights as `(n_in, n_out)`, so each is transposed.
    """
    params: Parameters = {}
    for layer, (W, b) in enumerate(zip(network.coefs_, network.intercepts_, strict=True), start=1):
        params[f"W{layer}"], params[f"b{layer}"] = W.T.copy(), b.copy()
    return params


def _fit(network: Any, X: FloatArray, y: npt.NDArray[Any]) -> Any:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Where training stops is fixed by the number of steps, so that it is not at rest yet is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(X, y)


def _classifier(hidden: Sequence[int], activation: str, seed: int, *, max_iter: int = 300, alpha: float = 0.1) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        tuple(hidden), activation=activation, solver="lbfgs", alpha=alpha, max_iter=max_iter, random_state=seed
    )


@dataclass(frozen=True)
class Agreement:
    """One trained scikit-learn network, computed a second time by the student's functions."""

    task: str
    activation: str  # scikit-learn's name
    shapes: tuple[tuple[int, ...], ...]  # of W1, W2, ...
    difference: float  # largest |difference| of the outputs
    same_labels: float  # share of equal predicted labels; NaN for regression


@experiment
@one_thread("sklearn")
def agreement(
    predict_proba: Function,
    predict: Function,
    hidden: Mapping[str, Function],
    outputs: Mapping[str, Function],
) -> list[Agreement]:
    """Trains networks of scikit-learn and compares their outputs with those of the student's forward pass.

    Args:
        hidden: by scikit-learn's names: "identity", "logistic", "tanh", "relu" or some of them.
        outputs: the output function for the tasks "two classes", "three classes", "regression".
    """
    from sklearn.neural_network import MLPRegressor

    rows = []
    for name, function in hidden.items():
        for task, output in outputs.items():
            X, y = _task(task)
            network: Any = _classifier((12, 7), name, 0, max_iter=100)
            if task == "regression":
                network = MLPRegressor(
                    hidden_layer_sizes=(12, 7), activation=name, solver="lbfgs", max_iter=100, random_state=0
                )
            _fit(network, X, y)
            params = parameters_of(network)
            ours = np.asarray(predict_proba(X.copy(), params, function, output))
            if task == "regression":
                theirs, same = network.predict(X)[:, None], np.nan
            else:
                theirs = network.predict_proba(X)[:, -ours.shape[1] :]  # of two classes, that of class 1
                same = float(np.mean(np.asarray(predict(X.copy(), params, function, output)) == network.predict(X)))
            shapes = tuple(params[key].shape for key in params if key.startswith("W"))
            rows.append(Agreement(task, name, shapes, float(np.abs(ours - theirs).max()), same))
    return rows


def _task(task: str) -> tuple[FloatArray, npt.NDArray[Any]]:
    if task == "two classes":
        return data.moons(200, rng=0)
    if task == "three classes":
        return data.spirals(200, rng=0)
    if task == "regression":
        X, y = data.friedman1(200, rng=0)
        return X, (y - y.mean()) / y.std()
    raise ValueError(f"no such task: {task!r}")


@dataclass(frozen=True)
class Boundaries:
    """Probabilities over the plane, and accuracies on test data; axes: data set, activation."""

    sets: tuple[str, ...]
    activations: tuple[str, ...]
    X: FloatArray  # (n_sets, n_train, 2), standardised
    y: IntArray  # (n_sets, n_train)
    axis: FloatArray  # (n_grid,): the grid, the same for both features
    probability: FloatArray  # (n_sets, n_activations, n_grid, n_grid), of class 1; rows are the second feature
    accuracy: FloatArray  # (n_sets, n_activations, n_seeds)
    baseline: FloatArray  # (n_sets, n_seeds): logistic regression
    n_test: int

    @property
    def error(self) -> FloatArray:
        """`(n_sets, n_activations)`: binomial standard error of one accuracy with `n_test` rows."""
        mean = self.accuracy.mean(axis=2)
        return np.sqrt(mean * (1 - mean) / self.n_test)


@experiment
@one_thread("sklearn")
def boundaries(
    predict_proba: Function,
    predict: Function,
    hidden: Mapping[str, Function],
    output: Function,
    *,
    n_seeds: int = 10,
    n_grid: int = 81,
) -> Boundaries:
    """scikit-learn trains networks with hidden layers of 10 and 5 units; the student's functions predict.

    Seed 0 is the one that is drawn. A seed sets the split (30 % for testing) and the first weights.
    """
    from sklearn.linear_model import LogisticRegression

    sets = {"linear": data.overlapping(rng=0), "moons": data.moons(rng=0), "circles": data.circles(rng=0)}
    axis = np.linspace(-3, 3, n_grid)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    accuracy = np.zeros((len(sets), len(hidden), n_seeds))
    baseline = np.zeros((len(sets), n_seeds))
    probability = np.zeros((len(sets), len(hidden), n_grid, n_grid))
    drawn = []
    for i, (X, y) in enumerate(sets.values()):
        for seed in range(n_seeds):
            parts = data.standardised(data.split(X, y, validation=0, test=0.3, rng=seed))
            baseline[i, seed] = LogisticRegression().fit(parts.X_train, parts.y_train).score(parts.X_test, parts.y_test)
            for j, (name, function) in enumerate(hidden.items()):
                network = _fit(_classifier((10, 5), name, seed), parts.X_train, parts.y_train)
                params = parameters_of(network)
                labels = np.asarray(predict(parts.X_test.copy(), params, function, output))
                accuracy[i, j, seed] = np.mean(labels == parts.y_test)
                if seed == 0:
                    p = np.asarray(predict_proba(plane.copy(), params, function, output))
                    probability[i, j] = p.reshape(n_grid, n_grid)
            if seed == 0:
                drawn.append(parts)
    return Boundaries(
        sets=tuple(sets),
        activations=tuple(hidden),
        X=np.array([parts.X_train for parts in drawn]),
        y=np.array([parts.y_train for parts in drawn]),
        axis=axis,
        probability=probability,
        accuracy=accuracy,
        baseline=baseline,
        n_test=len(drawn[0].y_test),
    )


@dataclass(frozen=True)
class Widths:
    """How many hidden units tanh networks need."""

    xor_widths: IntArray  # (k,)
    solved: FloatArray  # (k,): share of the starts after which all four corners are right
    n_starts: int
    moons_widths: IntArray  # (l,)
    accuracy: FloatArray  # (l, n_seeds): on test data


@experiment
@one_thread("sklearn")
def widths(
    predict: Function,
    hidden: Function,
    output: Function,
    *,
    xor_widths: Sequence[int] = (1, 2, 3, 4, 8),
    n_starts: int = 50,
    moons_widths: Sequence[int] = (1, 2, 3, 4, 8, 16, 64),
    n_seeds: int = 10,
) -> Widths:
    """XOR from many starts, and moons, by networks with one hidden layer; `hidden` must be tanh.

    scikit-learn trains, by L-BFGS; the student's `predict` answers.
    """
    y = GATES["XOR"]
    solved = np.zeros((len(xor_widths), n_starts))
    for row, width in enumerate(xor_widths):
        for seed in range(n_starts):
            network = _fit(_classifier((width,), "tanh", seed, max_iter=100, alpha=1e-4), CORNERS, y)
            labels = predict(CORNERS.copy(), parameters_of(network), hidden, output)
            solved[row, seed] = np.array_equal(labels, y)
    X, y = data.moons(rng=0)
    accuracy = np.zeros((len(moons_widths), n_seeds))
    for seed in range(n_seeds):
        parts = data.standardised(data.split(X, y, validation=0, test=0.3, rng=seed))
        for row, width in enumerate(moons_widths):
            network = _fit(_classifier((width,), "tanh", seed), parts.X_train, parts.y_train)
            labels = np.asarray(predict(parts.X_test.copy(), parameters_of(network), hidden, output))
            accuracy[row, seed] = np.mean(labels == parts.y_test)
    return Widths(np.array(xor_widths), solved.mean(axis=1), n_starts, np.array(moons_widths), accuracy)


@one_thread("sklearn")
def scaling(*, n_seeds: int = 3, epochs: int = 1000) -> dict[str, float]:
    """Final training loss on moons by plain gradient descent, mean over seeds, for three scalings of the inputs."""
    from sklearn.neural_network import MLPClassifier

    X, y = data.moons(350, rng=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    inputs = {"standardised": X, "second feature times 100": X * [1, 100], "both features plus 10": X + 10}
    losses = {}
    for name, scaled in inputs.items():
        final = []
        for seed in range(n_seeds):
            network = MLPClassifier(
                (10, 5),
                activation="tanh",
                solver="sgd",
                momentum=0.0,
                nesterovs_momentum=False,
                alpha=0.0,
                batch_size=len(X),
                shuffle=False,
                learning_rate_init=0.1,
                max_iter=epochs,
                tol=0.0,
                n_iter_no_change=epochs + 1,
                random_state=seed,
            )
            final.append(_fit(network, scaled, y).loss_)
        losses[name] = float(np.mean(final))
    return losses


# Approximation -------------------------------------------------------------------------------------------------------

INTERVAL = (-3.0, 3.0)
N_DRAWN = 8


def wave(x: FloatArray) -> FloatArray:
    """The function to approximate on `INTERVAL`."""
    return np.sin(3 * x) + 0.3 * x


@dataclass(frozen=True)
class Approximation:
    """How well sums of hidden units approximate `wave`; the error is the largest one on the interval."""

    x: FloatArray  # (n_points,)
    target: FloatArray  # (n_points,)
    drawn: FloatArray  # (n_points,): the student's interpolant with N_DRAWN pieces
    pieces: FloatArray  # (n_units, n_points): its units, each times its weight
    knots: FloatArray  # (n_units,): where the slope changes
    widths: IntArray  # (k,): numbers of hidden units
    by_hand: FloatArray  # (k,): error of the student's interpolant
    errors: dict[str, FloatArray]  # (k, n_seeds): random hidden weights, output weights by least squares

    @property
    def order(self) -> float:
        """Exponent of the error of the interpolant against the width, from the last two widths."""
        return float(np.diff(np.log(self.by_hand[-2:]))[0] / np.diff(np.log(self.widths[-2:]))[0])


@experiment
@one_thread("sklearn")
def approximation(
    relu_interpolant: Function,
    relu: Function,
    units: Mapping[str, Function],
    *,
    widths: Sequence[int] = (2, 4, 8, 16, 32, 64, 128),
    n_seeds: int = 10,
) -> Approximation:
    """One hidden layer of growing width: by hand from ReLUs, and with random weights for each function of `units`.

    A random unit is `f(w*(x - c))`, `w` normal of deviation 3, `c` uniform on the interval.
    """
    x = np.linspace(*INTERVAL, 2001)
    target = wave(x)

    def interpolant(n_pieces: int) -> tuple[FloatArray, FloatArray, float]:
        points = np.linspace(*INTERVAL, n_pieces + 1)
        weights, knots, bias = relu_interpolant(points, wave(points))
        knots = np.asarray(knots, dtype=np.float64)
        return np.asarray(weights)[:, None] * np.asarray(relu(x - knots[:, None])), knots, float(bias)

    by_hand = []
    for width in widths:
        pieces, _, bias = interpolant(width)
        by_hand.append(np.abs(pieces.sum(axis=0) + bias - target).max())
    errors = {
        name: np.array([[_least_squares(f, width, x, target, seed) for seed in range(n_seeds)] for width in widths])
        for name, f in units.items()
    }
    pieces, knots, bias = interpolant(N_DRAWN)
    return Approximation(
        x, target, pieces.sum(axis=0) + bias, pieces, knots, np.array(widths), np.array(by_hand), errors
    )


def _least_squares(function: Function, width: int, x: FloatArray, target: FloatArray, seed: int) -> float:
    rng = np.random.default_rng(seed)
    w, c = rng.normal(0, 3, width), rng.uniform(*INTERVAL, width)
    hidden = np.column_stack([np.asarray(function(w * (x[:, None] - c))), np.ones(len(x))])
    hidden /= np.abs(hidden).max(axis=0)
    fitted = hidden[::5]
    weights = np.linalg.lstsq(fitted, target[::5], rcond=1e-12)[0]
    return float(np.abs(hidden @ weights - target).max())
