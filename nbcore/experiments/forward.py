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

WHY = {
    "cards": "a mistake paints the 25 places of one mark, and a half has 200. Then nearly every fresh mark overlaps "
    "with a place that its own side has painted: a few mistakes are enough",
    "margin": "the bound holds for the worst data in the worst order. Most rows are far from the line, whatever the "
    "margin is. The factor itself is measured, not derived: the theorem gives no lower bound",
    "xor": "from the third epoch on each of the four rows is a mistake, and the four changes add up to 0. In any order "
    "the weights stay bounded (Block and Levin 1970), but they need not come back",
    "fold": "both corners of class 1 have x1 + x2 = 1, so they land on (1, 0). This layer lays the whole plane on one "
    "bent line, and in the plane of (h1, h2) a straight line separates the classes",
    "xavier": "with equal widths the variance 1/n_in is half of that of step 3, so a layer halves E[z^2] and "
    "multiplies the size by the root of 1/2. Twenty layers multiply it by 2**-10, about 1/1000",
    "identity": "(x @ W1.T + b1) @ W2.T + b2 = x @ (W2 @ W1).T + (b1 @ W2.T + b2): two layers are one linear map, so "
    "the border is a line",
    "starts": "from the other starts training ends where the slope is almost 0, with a corner still wrong. More units "
    "leave more ways out",
    "wider": "two lines can do it, but few starts find them, as the printed counts show. Three units find a good "
    "border from nearly every start, and 64 draw no better one",
    "twice": "with a chord of length h the error is at most max|f''| h^2 / 8. The quarter needs short pieces: of 4, "
    "each spans most of a wave",
    "smooth": "the curve and tanh are smooth, and a sum of smooth units has no corners. The price is printed above: "
    "large output weights of terms that nearly cancel",
}
"""Why the answers to the predictions are what they are; here, as a cell would give them away."""


def standard_error(values: FloatArray | IntArray) -> FloatArray:
    """Of the means of the rows."""
    return np.std(values, axis=-1, ddof=1) / np.sqrt(np.shape(values)[-1])


# Measured, to check derivations --------------------------------------------------------------------------------------


def one_mistake(u: FloatArray, w: FloatArray, x: FloatArray, e: int, R: float, gamma: float) -> dict[str, float]:
    """What a mistake `e` on the row `x` adds, from before to after; and the largest k, by trying many."""
    after, k = w + e * x, np.arange(1000)
    return {
        "1. u.w grows by": float(u @ after - u @ w),
        "2. |w|^2 grows by": float(after @ after - w @ w),
        "3. largest k": float(k[k * gamma <= np.sqrt(k) * R].max()),
    }


def random_layers(n_in: int, variance: float, mean_square_a: float, r: float) -> dict[str, float]:
    """Mean squares of 1000 rows and 1000 random units, and the variance of 100 000 uniform numbers."""
    rng = np.random.default_rng(0)
    z, V, W = rng.normal(size=(3, 1000, n_in))
    kept = np.where(z > 0, z, 0.0)
    return {
        "1. E[z^2]": float(np.mean((np.sqrt(mean_square_a) * z @ (np.sqrt(variance) * V).T) ** 2)),
        "2. share": float(np.mean(kept**2) / np.mean(z**2)),
        "3. variance": float(np.mean(z**2) / np.mean((kept @ W.T) ** 2)),
        "4. uniform": float(np.var(rng.uniform(-r, r, size=100_000))),
    }


# The perceptron ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cards:
    """A perceptron that tells cards marked on the left (class 0) from cards marked on the right (class 1)."""

    cards: FloatArray  # (n_shown, 20, 20), 0 or 1
    labels: IntArray  # (n_shown,)
    weights: FloatArray  # (20, 20): after the largest number of cards, first seed
    n_cards: IntArray  # (k,): cards seen, each once
    accuracy: FloatArray  # (k, n_seeds): on cards that were not seen
    mistakes: IntArray  # (k, n_seeds): while it learned

    @property
    def enough(self) -> float:
        """Cards until nine of ten fresh ones are right on average, on straight lines between the numbers tried."""
        return float(np.interp(0.9, self.accuracy.mean(axis=1), self.n_cards))

    @property
    def enough_in_words(self) -> str:
        """The nearest of four answers to that."""
        if self.accuracy.mean(axis=1)[-1] < 0.9:
            return f"more than {self.n_cards[-1]}"
        return f"about {min((5, 20, 100), key=lambda n: abs(np.log(n / self.enough)))}"

    def table(self) -> str:
        """A line a number of cards."""
        rows = zip(self.n_cards, self.accuracy, standard_error(self.accuracy), self.mistakes, strict=True)
        lines = [
            f"{n:3d} cards seen, {mistakes.mean():.1f} mistakes: {row.mean():6.1%} ± {error:.1%} of fresh cards right"
            for n, row, error, mistakes in rows
        ]
        lines.append(f"Means of {self.accuracy.shape[1]} draws, ± standard error.")
        if self.accuracy.mean(axis=1)[-1] >= 0.9:
            lines.append(f"Nine of ten fresh cards are right after about {self.enough:.0f} cards.")
        return "\n".join(lines)


@experiment
def punched_cards(
    perceptron_fit: Function, *, n_cards: Sequence[int] = (5, 10, 15, 20, 30, 50, 100, 200), n_seeds: int = 200
) -> Cards:
    """The demonstration of July 1958 in small: one pass over some cards, then a test on 500 fresh ones.

    A card has 20 by 20 places, as many as Rosenblatt's Mark I had photocells, and one 5 by 5 mark on its left or right
    half. The machine learned to tell the two sides after 50 trials, as The New York Times of 8 July 1958 reports.
    """
    accuracy = np.empty((len(n_cards), n_seeds))
    mistakes = np.zeros((len(n_cards), n_seeds), dtype=np.int64)
    weights = np.zeros((20, 20))
    for seed in range(n_seeds):
        X, y = _draw_cards(max(n_cards) + 500, np.random.default_rng(seed))
        for row, n in enumerate(n_cards):
            w, b, counts = perceptron_fit(X[:n].copy(), y[:n].copy(), epochs=1)
            mistakes[row, seed] = int(np.sum(counts))
            w = np.asarray(w, dtype=np.float64)
            accuracy[row, seed] = np.mean((X[-500:] @ w + float(b) >= 0) == y[-500:])
        if seed == 0:
            weights = w.reshape(20, 20)
            shown, labels = X[:4].reshape(-1, 20, 20), y[:4]
    return Cards(shown, labels, weights, np.array(n_cards), accuracy, mistakes)


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

    @property
    def growth_error(self) -> float:
        """Standard error of the growth of the mistakes."""
        halvings = np.log2(self.margins[-1] / self.margins[0])
        relative = (standard_error(self.mistakes) / self.mistakes.mean(axis=1))[[0, -1]]
        return float(self.growth[0] * np.linalg.norm(relative) / halvings)

    def table(self) -> str:
        """A line a margin, how fast both grow, and whether the bound holds."""
        lines = [
            f"margin {margin:5.3f}: mistakes {mistakes.mean():4.1f} ± {error:.1f}, median {np.median(mistakes):4.1f}; "
            f"at most {(mistakes / bound).max():5.1%} of the bound"
            for margin, mistakes, error, bound in zip(
                self.margins, self.mistakes, standard_error(self.mistakes), self.bound, strict=True
            )
        ]
        lowest = self.bound.min(axis=1)
        ratios = lowest[:-1] / lowest[1:]
        return "\n".join(
            [
                *lines,
                f"Half the margin: the lowest bound grows {ratios.min():.1f} to {ratios.max():.1f} times, "
                f"the mistakes {self.growth[0]:.2f} ± {self.growth_error:.2f} times.",
                f"{self.mistakes.shape[1]} data sets a margin, ± standard error.",
                f"Every run ended with a clean epoch and within its bound: {self.holds}.",
            ]
        )


MOST_EPOCHS = 1000
"""Of a run on separable data; the rule needs fewer than 500 on those of `convergence`."""


@experiment
def convergence(
    perceptron_fit: Function,
    *,
    margins: Sequence[float] = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0),
    n_seeds: int = 200,
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
    pocket: dict[str, FloatArray]  # the same for the weights that are kept
    logistic: float  # share of the overlapping clouds that logistic regression gets wrong

    @property
    def cycles(self) -> bool:
        """Whether the weights on XOR come back to where the epoch began."""
        return bool(np.array_equal(self.cycle_w[0], self.cycle_w[-1]) and self.cycle_b[0] == self.cycle_b[-1])

    @property
    def end(self) -> str:
        """What becomes of the weights on XOR."""
        if self.cycles:
            return "come to rest" if np.ptp(self.cycle_w, axis=0).max() == 0 else "return to where they were"
        return "grow without end"

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
                f"{name}, random rows: {late.min():.0%} to {late.max():.0%} wrong in the second half; "
                f"pocket {self.pocket[name][-1]:.0%}."
            )
        return "\n".join(
            [
                *lines,
                f"Logistic regression on the same {N_CLOUDS} rows of the clouds: {self.logistic:.0%} wrong. One row is "
                f"{1 / N_CLOUDS:.0%},",
                "and only the pocket was chosen by this count.",
            ]
        )


N_CLOUDS = 100
"""Rows of the overlapping clouds."""


@experiment
@one_thread("sklearn")
def runs(perceptron_fit: Function, keep: Function, *, epochs: int = 20, n_visits: int = 120) -> Runs:
    """Epochs of the perceptron on XOR, and visits of random rows of XOR and of overlapping clouds.

    The state after k visits of single rows is what `perceptron_fit` gives for these k rows in one epoch. After each
    visit `keep(best, now)` says which of two tuples `(share wrong, w, b)` stays in the pocket.
    """
    from sklearn.linear_model import LogisticRegression

    xor = CORNERS, GATES["XOR"]
    _, _, mistakes = perceptron_fit(*(part.copy() for part in xor), epochs=epochs)
    states = [_after(perceptron_fit, *xor, np.arange(4 * (epochs - 1) + visit) % 4) for visit in range(5)]
    wrong, pocket, logistic = {}, {}, np.nan
    for name, (X, y) in {"XOR": xor, "overlapping clouds": data.overlapping(N_CLOUDS, class_sep=0.5, rng=1)}.items():
        rows = np.random.default_rng(0).integers(0, len(y), n_visits)
        shares, kept, best = np.zeros(n_visits + 1), np.zeros(n_visits + 1), None
        for visit in range(n_visits + 1):
            w, b = _after(perceptron_fit, X, y, rows[:visit])
            now = float(np.mean((X @ w + b >= 0) != y)), w, b
            best = now if best is None else keep(best, now)
            shares[visit], kept[visit] = now[0], best[0]
        wrong[name], pocket[name] = shares, kept
        logistic = 1 - float(LogisticRegression().fit(X, y).score(X, y))
    cycle_w, cycle_b = zip(*states, strict=True)
    counts = np.array(mistakes, dtype=np.int64, ndmin=1)
    return Runs(counts, np.array(cycle_w), np.array(cycle_b), wrong, pocket, logistic)


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


# Initialization ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signals:
    """The size of a signal in ReLU networks of equal widths, at the start, by scheme of initialization."""

    rms: dict[str, FloatArray]  # by scheme, (depth + 1,): root mean square of the input, then of each layer
    width: int
    n_draws: int

    @property
    def xavier(self) -> str:
        """By what all layers together multiply the size with Xavier, as the nearest of three answers."""
        rms = self.rms["xavier"]
        sizes = {"about 1": 1.0, "about 1/30": 1 / 30, "about 1/1000": 1 / 1000}
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = [abs(np.log(rms[-1] / rms[0]) - np.log(size)) for size in sizes.values()]
        return list(sizes)[int(np.argmin(distance))]

    def table(self) -> str:
        """A line a scheme."""
        depth = len(next(iter(self.rms.values()))) - 1
        shown = sorted({0, 1, depth // 2, depth})
        lines = [f"ReLU, {depth} layers of {self.width} units, root mean square over {self.n_draws} draws"]
        for scheme, rms in self.rms.items():
            sizes = ", ".join(f"{rms[layer]:.2g} (layer {layer})" for layer in shown)
            lines.append(f"  {scheme + ':':<8} {sizes}")
        return "\n".join(lines)


@experiment
def signals(
    init_params: Function,
    mlp_forward: Function,
    relu: Function,
    *,
    schemes: Sequence[str] = ("he", "xavier"),
    depth: int = 20,
    width: int = 100,
    n_draws: int = 20,
) -> Signals:
    """Standard normal inputs on their way through networks that `init_params` starts, with ReLU in every layer."""
    squares = {scheme: np.zeros(depth + 1) for scheme in schemes}
    for scheme in schemes:
        for seed in range(n_draws):
            rng = np.random.default_rng(seed)
            X = rng.normal(size=(10, width))
            params = init_params([width] * (depth + 1), scheme, rng)
            with np.errstate(all="ignore"):  # of wrong weights the signal may be huge
                _, kept = mlp_forward(X, params, relu, relu)
                squares[scheme] += [float(np.mean(np.square(A))) for A in kept["A"]]
    return Signals({scheme: np.sqrt(row / n_draws) for scheme, row in squares.items()}, width, n_draws)


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


TOLERANCE = 1e-8
"""Of the gradient, where training stops. With scikit-learn's 1e-4 some sigmoid networks stop at once, on a plateau."""

THEIRS = {"sigmoid": "logistic"}
"""scikit-learn's names of activations, where they are not those of the course."""


def _classifier(hidden: Sequence[int], activation: str, seed: int, *, max_iter: int = 300, alpha: float = 0.1) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        tuple(hidden),
        activation=THEIRS.get(activation, activation),
        solver="lbfgs",
        alpha=alpha,
        max_iter=max_iter,
        tol=TOLERANCE,
        random_state=seed,
    )


@dataclass(frozen=True)
class Agreement:
    """One trained scikit-learn network, computed a second time by the student's functions."""

    task: str
    activation: str
    shapes: tuple[tuple[int, ...], ...]  # of W1, W2, ...
    difference: float  # largest |difference| of the outputs
    same_labels: float  # share of equal predicted labels; NaN for regression


def agreement_table(rows: Sequence[Agreement]) -> str:
    """A line a task, with the shapes of the first weights there and here, and whether all agree."""
    lines = []
    for task in dict.fromkeys(row.task for row in rows):
        those = [row for row in rows if row.task == task]
        n_out, n_in = those[0].shapes[0]
        lines.append(
            f"{task + ':':<14} W1 is ({n_in}, {n_out}) in scikit-learn, ({n_out}, {n_in}) here; largest difference "
            f"{max(row.difference for row in those):.1e}"
        )
    largest, n_activations = max(row.difference for row in rows), len({row.activation for row in rows})
    lines.append(f"Each the largest of {n_activations} activations. All below 1e-12: {largest < 1e-12}.")
    return "\n".join(lines)


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
        hidden: by name: "identity", "sigmoid", "tanh", "relu" or some of them.
        outputs: the output function for the tasks "two classes", "three classes", "regression".
    """
    from sklearn.neural_network import MLPRegressor

    rows = []
    for name, function in hidden.items():
        for task, output in outputs.items():
            X, y = _task(task)
            network: Any = _classifier((12, 7), name, 0, max_iter=100)
            if task == "regression":
                f = THEIRS.get(name, name)
                network = MLPRegressor(
                    hidden_layer_sizes=(12, 7), activation=f, solver="lbfgs", max_iter=100, random_state=0
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
class Sets:
    """Data sets with two classes in the plane, by name."""

    X: dict[str, FloatArray]  # (m, 2)
    y: dict[str, IntArray]  # (m,)


def sets() -> Sets:
    """Three data sets of 500 rows: a line is right for the first only."""
    made = {"linear": data.overlapping(rng=0), "moons": data.moons(rng=0), "circles": data.circles(rng=0)}
    return Sets({name: X for name, (X, _) in made.items()}, {name: y for name, (_, y) in made.items()})


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

    def separated(self, activation: str) -> str:
        """Which of the sets networks with this activation separate: nine of ten test rows right on average."""
        right = self.accuracy[:, self.activations.index(activation)].mean(axis=1) > 0.9
        names = [name for name, yes in zip(self.sets, right, strict=True) if yes]
        return "all three" if right.all() else f"{names[0]} only" if len(names) == 1 else " and ".join(names)

    def compared(self, name: str, first: str, second: str) -> str:
        """The mean difference of two activations on a data set, split by split, in words."""
        differences = self.difference(first, second)[self.sets.index(name)]
        return (
            f"{name}, {first} minus {second}, split by split: mean {differences.mean():.3f}, "
            f"standard error {standard_error(differences):.3f}"
        )

    def table(self) -> str:
        """A line a data set, and the error of one accuracy."""
        lines = [f"Accuracy on {self.n_test} test rows, mean and lowest of {self.accuracy.shape[2]} starts"]
        lines.append(f"{'':<8}" + "".join(f"{name:>15}" for name in self.activations) + "  logistic regression")
        for name, row, baseline in zip(self.sets, self.accuracy, self.baseline, strict=True):
            cells = "".join(f"{a.mean():8.3f}, {a.min():.3f}" for a in row)
            lines.append(f"{name:<8} {cells} {baseline.mean():20.3f}")
        lines.append(f"With {self.n_test} test rows an accuracy has a standard error of up to {self.error.max():.3f}.")
        return "\n".join(lines)

    def undecided(self, name: str, activation: str) -> str:
        """Between what a network that cannot separate a data set decides, in words."""
        i, j = self.sets.index(name), self.activations.index(activation)
        p, accuracy = self.probability[i, j], self.accuracy[i, j]
        return (
            f"{name}, {activation}: all probabilities in the picture are between {p.min():.2f} and {p.max():.2f}, so "
            f"the border\nlies where chance puts it: accuracies from {accuracy.min():.3f} to {accuracy.max():.3f}."
        )


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

    shown = sets()
    axis = np.linspace(-3, 3, n_grid)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    accuracy = np.zeros((len(shown.X), len(hidden), n_seeds))
    baseline = np.zeros((len(shown.X), n_seeds))
    probability = np.zeros((len(shown.X), len(hidden), n_grid, n_grid))
    drawn = []
    for i, (X, y) in enumerate(zip(shown.X.values(), shown.y.values(), strict=True)):
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
        sets=tuple(shown.X),
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

    @property
    def compared(self) -> str:
        """The accuracy on moons of the widest network beside that of 3 units."""
        more = self._more.mean()
        return "the same to 0.01" if abs(more) < 0.01 else f"{'higher' if more > 0 else 'lower'} than of 3"

    @property
    def _more(self) -> FloatArray:
        return self.accuracy[-1] - self.accuracy[list(self.moons_widths).index(3)]

    def table(self) -> str:
        """Both answers with their standard errors."""
        shares = [
            f"{width} units {share:.1%} ± {np.sqrt(share * (1 - share) / self.n_starts):.1%}"
            for width, share in zip(self.xor_widths, self.solved, strict=True)
        ]
        return (
            f"XOR solved from {self.n_starts} starts\n  {', '.join(shares)}\n"
            f"Moons, {self.moons_widths[-1]} units minus 3, split by split, ± standard error: "
            f"{self._more.mean():.4f} ± {standard_error(self._more):.4f}\n"
            f"Moons, accuracy above {GOOD} with {', '.join(map(str, self.moons_widths))} units:\n"
            f"  from {', '.join(map(str, self.good))} of {self.accuracy.shape[1]} starts"
        )

    @property
    def good(self) -> IntArray:
        """How many starts, by width, give an accuracy on moons that is good."""
        return np.sum(self.accuracy > GOOD, axis=1)


GOOD = 0.94
"""An accuracy on moons that no single line reaches."""


@experiment
@one_thread("sklearn")
def widths(
    predict: Function,
    hidden: Function,
    output: Function,
    *,
    xor_widths: Sequence[int] = (2, 3, 4, 8),
    n_starts: int = 200,
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
    weights: dict[str, FloatArray]  # (k, n_seeds): the largest of these output weights

    @property
    def order(self) -> float:
        """Exponent of the error of the interpolant against the width, from the last two widths."""
        return float(np.diff(np.log(self.by_hand[-2:]))[0] / np.diff(np.log(self.widths[-2:]))[0])

    @property
    def halved(self) -> str:
        """What is left of the error by hand when the last width is doubled, in words."""
        return {-1: "half", -2: "a quarter", -3: "an eighth"}.get(round(self.order), "something else")

    def beside(self, name: str) -> str:
        """The error of the most random units of this kind beside that by hand, in words."""
        ratio = self.by_hand[-1] / np.median(self.errors[name][-1])
        return "larger" if ratio < 1 else f"{'more than' if ratio > 1000 else 'up to'} 1000 times smaller"

    def table(self) -> str:
        """A line a width: by hand, and the medians of random hidden units."""
        lines = [
            "largest error"
            + "".join(f"{name:>16}" for name in ["ReLU, by hand", *(f"{name}, random" for name in self.errors)])
        ]
        for k, (width, by_hand) in enumerate(zip(self.widths, self.by_hand, strict=True)):
            medians = "".join(f"{np.median(errors[k]):16.1e}" for errors in self.errors.values())
            lines.append(f"{width:4d} units   {by_hand:16.1e}{medians}")
        lines += [
            f"By hand the error falls like the width to the power {self.order:.2f}.",
            "Random: hidden weights and knots drawn, output weights fitted by least squares; medians.",
            "The random knots of ReLU leave gaps. The theorem promises none of these rates.",
        ]
        for name, weights in self.weights.items():
            if name == "cubic":
                lines.append(
                    f"cubic stays at {np.median(self.errors[name][-1]):.1f}: with z**3 the sum is a polynomial of "
                    "degree 3, however long."
                )
            if name == "tanh":
                middle = np.median(weights[-1])
                lines.append(f"tanh, {self.widths[-1]} units: the largest output weight is {middle:.0f} (median).")
        return "\n".join(lines)


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
    errors, largest = {}, {}
    for name, f in units.items():
        found = np.array([[_least_squares(f, width, x, target, seed) for seed in range(n_seeds)] for width in widths])
        errors[name], largest[name] = found[..., 0], found[..., 1]
    pieces, knots, bias = interpolant(N_DRAWN)
    return Approximation(
        x, target, pieces.sum(axis=0) + bias, pieces, knots, np.array(widths), np.array(by_hand), errors, largest
    )


def _least_squares(function: Function, width: int, x: FloatArray, target: FloatArray, seed: int) -> tuple[float, float]:
    """The largest error, and the largest output weight (without the bias)."""
    rng = np.random.default_rng(seed)
    w, c = rng.normal(0, 3, width), rng.uniform(*INTERVAL, width)
    hidden = np.column_stack([np.asarray(function(w * (x[:, None] - c))), np.ones(len(x))])
    scale = np.abs(hidden).max(axis=0)
    hidden /= scale
    weights = np.linalg.lstsq(hidden, target, rcond=1e-12)[0]
    return float(np.abs(hidden @ weights - target).max()), float(np.abs(weights / scale)[:-1].max())


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
