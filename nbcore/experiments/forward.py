"""Experiments of the notebook on the forward pass: perceptron, scikit-learn networks, approximation.

Every function is pure and gives a frozen record of arrays, which `nbcore.plots.forward` draws; `table` of a record is
what the notebook prints. Perceptron, forward pass and interpolant are the student's and come in as arguments; what is
trained, scikit-learn trains.
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

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
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

    @property
    def enough(self) -> float:
        """Cards until nine of ten fresh ones are right on average, on straight lines between the numbers tried."""
        return float(np.interp(0.9, self.accuracy.mean(axis=1), self.n_cards))

    def table(self) -> str:
        """A line a number of cards."""
        means = zip(self.n_cards, self.accuracy.mean(axis=1), strict=True)
        return "\n".join(f"{n:3d} cards seen: {mean:4.0%} of fresh cards right on average" for n, mean in means)


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

    @property
    def growth(self) -> tuple[float, float]:
        """By which factor half the margin changes the mean of the mistakes, and of the bound: geometric means."""
        halvings = np.log2(self.margins[-1] / self.margins[0])
        ends = [(part.mean(axis=1)[0], part.mean(axis=1)[-1]) for part in (self.mistakes, self.bound)]
        mistakes, bound = (float(narrow / wide) ** (1 / halvings) for narrow, wide in ends)
        return mistakes, bound

    def table(self) -> str:
        """A line a margin, and whether the bound holds."""
        lines = [
            f"margin {margin:5.3f}: {mistakes.mean():5.1f} mistakes on average, {mistakes.max():3d} at most; "
            f"{(mistakes / bound).max():5.1%} of the bound at most"
            for margin, mistakes, bound in zip(self.margins, self.mistakes, self.bound, strict=True)
        ]
        return "\n".join([*lines, f"Every run ended with a clean epoch and within its bound: {self.holds}."])


MOST_EPOCHS = 1000
"""Of a run on separable data; the rule needs fewer than 300 on those of `convergence`."""


@experiment
def convergence(
    perceptron_fit: Function,
    *,
    margins: Sequence[float] = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0),
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
    """The perceptron where no line separates the classes: XOR in order, and rows visited in a random order."""

    mistakes: IntArray  # (n_epochs,): on XOR
    cycle_w: FloatArray  # (5, 2): on XOR, before and after each visit of the last epoch
    cycle_b: FloatArray  # (5,)
    wrong: dict[str, FloatArray]  # by data set, (n_visits + 1,): share wrong after each visit of a random row

    @property
    def pocket(self) -> dict[str, FloatArray]:
        """Lowest share wrong up to each visit: what one has who keeps the best weights (Gallant 1990)."""
        return {name: np.minimum.accumulate(row) for name, row in self.wrong.items()}

    @property
    def cycles(self) -> bool:
        """Whether the weights on XOR come back to where the epoch began."""
        return bool(np.array_equal(self.cycle_w[0], self.cycle_w[-1]) and self.cycle_b[0] == self.cycle_b[-1])

    def table(self) -> str:
        """Mistakes on XOR, its weights around an epoch, and what the pocket keeps."""
        (w1, w2), b = self.cycle_w[0], self.cycle_b[0]
        lines = [
            f"XOR, mistakes of each epoch: {', '.join(map(str, self.mistakes[:8]))}, ...",
            f"XOR, before the last epoch: w = ({w1:g}, {w2:g}), b = {b:g}. The same after it: {self.cycles}.",
        ]
        for name, row in self.wrong.items():
            late = row[row.size // 2 :]
            lines.append(
                f"{name}, random rows: {late.min():.0%} to {late.max():.0%} of rows wrong in the second half; "
                f"pocket {row.min():.0%}."
            )
        return "\n".join(lines)


@experiment
def runs(perceptron_fit: Function, *, epochs: int = 20, n_visits: int = 120) -> Runs:
    """Epochs of the perceptron on XOR, and visits of random rows of XOR and of overlapping clouds.

    The state after k visits of single rows is what `perceptron_fit` gives for these k rows in one epoch.
    """
    xor = CORNERS, GATES["XOR"]
    _, _, mistakes = perceptron_fit(*(part.copy() for part in xor), epochs=epochs)
    states = [_after(perceptron_fit, *xor, np.arange(4 * (epochs - 1) + visit) % 4) for visit in range(5)]
    wrong = {}
    for name, (X, y) in {"XOR": xor, "overlapping clouds": data.overlapping(100, class_sep=0.5, rng=1)}.items():
        rows = np.random.default_rng(0).integers(0, len(y), n_visits)
        shares = np.zeros(n_visits + 1)
        for visit in range(n_visits + 1):
            w, b = _after(perceptron_fit, X, y, rows[:visit])
            shares[visit] = np.mean((X @ w + b >= 0) != y)
        wrong[name] = shares
    cycle_w, cycle_b = zip(*states, strict=True)
    return Runs(np.array(mistakes, dtype=np.int64, ndmin=1), np.array(cycle_w), np.array(cycle_b), wrong)


def _after(perceptron_fit: Function, X: FloatArray, y: IntArray, rows: IntArray) -> tuple[FloatArray, float]:
    """Weights and bias after visits of these rows."""
    w, b, _ = perceptron_fit(X[rows], y[rows], epochs=1)
    return np.asarray(w, dtype=np.float64), float(b)


# The forward pass ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fold:
    """The corners of XOR and the plane around them, before and after a hidden layer of two units."""

    corners: FloatArray  # (4, 2)
    labels: IntArray  # (4,)
    hidden: FloatArray  # (4, 2): A_1 of the corners
    output: FloatArray  # (4,)
    axis: FloatArray  # (n,): the grid, the same for both inputs
    z: FloatArray  # (n, n, 2): Z_1 over the plane; rows are the second input
    plane: FloatArray  # (n, n): output over the plane
    mapped: FloatArray  # (n, n, 2): A_1 over the plane
    w: FloatArray  # (2,): weights of the output unit
    b: float

    @property
    def n_places(self) -> int:
        """Number of different places on which the corners land."""
        return len(np.unique(np.round(self.hidden, 9), axis=0))

    def table(self) -> str:
        """A line a corner."""
        rows = zip(self.corners, self.hidden, self.output, strict=True)
        return "\n".join(f"x = ({x[0]:g}, {x[1]:g}): h = ({h[0]:g}, {h[1]:g}), output {out:g}" for x, h, out in rows)


@experiment
def fold(mlp_forward: Function, hidden: Function, params: Mapping[str, FloatArray]) -> Fold:
    """Where a network with two hidden units and one linear output takes the plane; `params` as for `mlp_forward`."""
    out, cache = mlp_forward(CORNERS.copy(), dict(params), hidden, lambda z: z)
    axis = np.linspace(-0.75, 1.75, 51)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1)
    over, kept = mlp_forward(plane.reshape(-1, 2), dict(params), hidden, lambda z: z)
    z, mapped = (np.reshape(kept[key][k], plane.shape) for key, k in (("Z", 0), ("A", 1)))
    return Fold(
        corners=CORNERS,
        labels=GATES["XOR"],
        hidden=np.asarray(cache["A"][1], dtype=np.float64),
        output=np.ravel(out),
        axis=axis,
        z=z,
        plane=np.reshape(over, plane.shape[:2]),
        mapped=mapped,
        w=np.ravel(params["W2"]),
        b=float(np.ravel(params["b2"])[0]),
    )


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

    def __str__(self) -> str:
        shapes = ", ".join(map(str, self.shapes))
        return f"{self.task:<13} {self.activation:<9} W: {shapes}; largest difference {self.difference:.1e}"


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

    def difference(self, first: str, second: str) -> FloatArray:
        """`(n_sets, n_seeds)`: accuracy of one activation minus that of another, seed by seed."""
        i, j = self.activations.index(first), self.activations.index(second)
        return self.accuracy[:, i] - self.accuracy[:, j]

    def table(self) -> str:
        """A line a data set, and the error of one accuracy."""
        lines = [f"Accuracy on {self.n_test} test rows, mean and lowest of {self.accuracy.shape[2]} seeds"]
        lines.append(f"{'':<8}" + "".join(f"{name:>15}" for name in self.activations) + "  logistic regression")
        for name, row, baseline in zip(self.sets, self.accuracy, self.baseline, strict=True):
            cells = "".join(f"{a.mean():8.3f}, {a.min():.3f}" for a in row)
            lines.append(f"{name:<8} {cells} {baseline.mean():20.3f}")
        lines.append(f"The {self.n_test} rows alone give an accuracy a standard error of up to {self.error.max():.3f}.")
        return "\n".join(lines)


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

    Seed 0 is the one that is drawn. A seed sets the split (30 % for testing) and the initial weights.
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

    def solved_by(self, width: int) -> float:
        """Share of the starts from which networks of this width solve XOR."""
        return float(self.solved[list(self.xor_widths).index(width)])


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

    def table(self) -> str:
        """A line a width: by hand, and the medians of random hidden units."""
        lines = [
            "largest error"
            + "".join(f"{name:>16}" for name in ["ReLU, by hand", *(f"{name}, random" for name in self.errors)])
        ]
        for k, (width, by_hand) in enumerate(zip(self.widths, self.by_hand, strict=True)):
            medians = "".join(f"{np.median(errors[k]):16.1e}" for errors in self.errors.values())
            lines.append(f"{width:4d} units   {by_hand:16.1e}{medians}")
        return "\n".join(
            [
                *lines,
                f"By hand the error falls like the width to the power {self.order:.2f}.",
                "Random: hidden weights and knots are drawn, the output weights fitted by least squares; medians.",
            ]
        )


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


# A drawing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawing:
    """A line through points, drawn by a network with one input and two outputs."""

    points: FloatArray  # (n, 2)
    line: FloatArray  # (k, 2): what the network gives for inputs from 0 to n - 1
    n_units: int  # of its hidden layer

    def __str__(self) -> str:
        weights = self.n_units * 4 + 2  # one in, two out, and the biases
        return f"{len(self.points)} points: {self.n_units} hidden units, {weights} weights and biases."


@experiment
def drawing(
    mlp_forward: Function, relu: Function, relu_interpolant: Function, network: Function, points: npt.ArrayLike
) -> Drawing:
    """Runs the network that `network(points, relu_interpolant)` gives as `params` from the first point to the last."""
    corners = np.asarray(points, dtype=np.float64)
    params = network(corners.copy(), relu_interpolant)
    time = np.linspace(0.0, len(corners) - 1.0, 40 * (len(corners) - 1) + 1)
    line, _ = mlp_forward(time[:, None], params, relu, lambda z: z)
    return Drawing(corners, np.asarray(line, dtype=np.float64), len(params["b1"]))
