"""Experiments of the last notebook, on the digits: baselines, a checklist of faults, validation curves, errors.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.capstone` draws them. What trains a network
comes in as arguments: functions of the earlier notebooks, or the student's `train_classifier`.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.data import FloatArray, IntArray, Split
from nbcore.experiments._clock import spent
from nbcore.experiments._student import UnfitError, experiment
from nbcore.experiments._threads import one_thread
from nbcore.probe.session import failing, listed, names_read, reached

# scikit-learn takes seconds to load, so functions import it when they are called.

Function = Callable[..., Any]
Params = dict[str, FloatArray]

N_CLASSES = 10
HIDDEN = 32
LEARNING_RATE = 0.1
BATCH = 32


@dataclass(frozen=True)
class Tools:
    """What the earlier notebooks give for training a network with softmax output and cross-entropy."""

    init_params: Function
    mlp_forward: Function
    mlp_backward: Function
    relu: Function
    relu_prime: Function
    softmax: Function
    dead_fraction: Function
    cross_entropy: Function
    one_hot: Function
    minibatches: Function
    SGD: Function


def digits_task(rng: data.Rng = 7) -> Split:
    """The digits, raw, 0 to 16, in three stratified shuffled parts: 60 % training, 20 % validation, 20 % test."""
    X, y = data.digits()
    return data.split(X, y, validation=0.2, test=0.2, stratify=True, rng=rng)


def scaled(X_train: npt.ArrayLike, X_test: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both arrays with the column means and standard deviations of the first, by scikit-learn."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test)


# The trial of a classifier -------------------------------------------------------------------------------------------

OUT_OF_REACH = ("sklearn", "scipy", "jax", "jaxlib", "optax", "torch", "tensorflow")
"""Packages that a classifier may not use."""

SETTING = 64
"""So many numbers may stand in a setting that the classifier reads from the notebook."""


def turned(parts: Split) -> Split:
    """The same rows with each image turned (its rows become columns) and each class renamed, as grading does too."""

    def turn(X: FloatArray) -> FloatArray:
        return X.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64).copy()

    names = (np.arange(N_CLASSES) + 3) % N_CLASSES
    rows = [(turn(X), names[y]) for X, y in ((parts.X_train, parts.y_train), (parts.X_val, parts.y_val))]
    return Split(*rows[0], *rows[1], turn(parts.X_test), names[parts.y_test])


def labels(predict: Any, X: FloatArray) -> IntArray:
    """What a trained classifier says of rows; TypeError or ValueError, in words, where it is not one label a row."""
    if predict is None:
        raise TypeError("train_classifier gave None: is its last line `return predict`?")
    if not callable(predict):
        raise TypeError(f"train_classifier gave {type(predict).__name__}: it should give the function predict")
    found = np.asarray(predict(X.copy()))
    if found.shape == (len(X), N_CLASSES):
        raise ValueError(f"predict gave shape {found.shape}; one label a row is wanted: which column is the largest?")
    if found.shape != (len(X),):
        raise ValueError(f"predict gave shape {found.shape} for {len(X)} rows; one label a row is wanted: which axis?")
    if found.dtype.kind not in "iu":
        raise TypeError(f"predict gave labels of type {found.dtype}; whole numbers are wanted")
    return np.asarray(found, dtype=np.int64)


def memorized(first: Any, again: Any, X: FloatArray, y: IntArray, X_new: FloatArray) -> dict[str, float]:
    """The accuracy of a classifier on rows that it was trained on; new rows that a second training labels otherwise."""
    right = float(np.mean(labels(first, X) == y))
    return {"right": right, "other labels with the same rng": int(np.sum(labels(first, X_new) != labels(again, X_new)))}


def generalized(predict: Any, X: FloatArray, y: IntArray, *, n: int = 20) -> dict[str, float]:
    """The accuracy of a classifier on new rows; how many of the first of them get another label one at a time."""
    together = labels(predict, X)
    alone = np.concatenate([labels(predict, X[i : i + 1]) for i in range(n)])
    return {
        "right, up to 0.9": min(float(np.mean(together == y)), 0.9),
        "other labels one by one": int(np.sum(alone != together[:n])),
    }


STEPS = (0.93, 0.95, 0.97)
"""Accuracies in grading that earn two points each."""


def earned(accuracy: float) -> tuple[int, str]:
    """The points that this accuracy would earn in grading, and a sentence that says so."""
    points = 2 * sum(accuracy >= step for step in STEPS)
    steps = ", ".join(f"{2 * number} from {step}" for number, step in enumerate(STEPS, 1))
    return points, f"Accuracy {accuracy:.3f}: in grading {points} of 6 points ({steps})."


def require_alone(train_classifier: Any) -> None:
    """NameError if the function, or one that it calls, reads what is not there in grading: data, or other packages.

    Functions of this package are no students': a check may have put one in place of a wrong `standardize`.
    """
    students = (f for f in reached(train_classifier) if not (f.__module__ or "").startswith("nbcore."))
    for function in students:
        for name in names_read(function.__code__):
            value = function.__globals__.get(name)
            if name.split(".")[0] in OUT_OF_REACH or _package(value) in OUT_OF_REACH or _holds_data(value):
                raise NameError(f"{function.__name__} uses {name}, which is not there in grading")


def _package(value: Any) -> str:
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return str(home or type(value).__module__).split(".")[0]


def _holds_data(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) > SETTING or any(map(_holds_data, value))
    return isinstance(value, Split) or (isinstance(value, np.ndarray) and value.size > SETTING)


def worth(accuracy: float, n_rows: int, of: Any = ()) -> str:
    """A sentence: how many points this accuracy would earn, and how far it may be off on other rows.

    of: the student's function; while it, or one that it calls, fails its test, the sentence says this instead.
    """
    if red := list(failing(of)):
        fail = "fails its test" if len(red) == 1 else "fail their tests"
        return f"Your {listed(red)} {fail} above: correct that first. Grading may give less."
    points, _ = earned(accuracy)
    error = float(standard_error(accuracy, n_rows))
    least, most = accuracy - 2 * error, min(accuracy + 2 * error, 1)
    return (
        f"That would earn {points} of 6 points.\n"
        f"On other rows it may differ by {2 * error:.3f} (two standard errors): {least:.3f} to {most:.3f}."
    )


@experiment
def accuracy(predict: Any, X: FloatArray, y: IntArray) -> float:
    """The share of rows to which a trained classifier gives the right label."""
    return float(np.mean(labels(predict, X) == y))


@experiment
def right_rows(train_classifier: Function, parts: Split, *, n_seeds: int = 3, seconds: float = 15.0) -> FloatArray:
    """`(n_val,)`: for each validation row, the share of trainings of a design, one a seed, that label it rightly.

    A slow design gets fewer trainings: none is begun after `seconds` of CPU time.
    """
    started = spent()
    found: list[FloatArray] = []
    for seed in range(n_seeds):
        if found and spent() - started > seconds:
            break
        predict = train_classifier(parts.X_train.copy(), parts.y_train.copy(), np.random.default_rng(seed))
        found.append((labels(predict, parts.X_val) == parts.y_val).astype(np.float64))
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def logistic_regression(X: FloatArray, y: IntArray, rng: np.random.Generator) -> Any:
    """A design to compare with, by scikit-learn, which is out of reach in grading: a linear layer and softmax."""
    from sklearn.linear_model import LogisticRegression

    with one_thread(), _quiet():
        fitted = LogisticRegression(max_iter=2000).fit(scaled(X, X)[0], y)
    return lambda X_new: fitted.predict(scaled(X, X_new)[1])


SHIFTS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}
"""Rows and columns by which an image moves."""


@experiment
def shifted(predict: Any, X: FloatArray, y: IntArray) -> dict[str, float]:
    """The accuracy of a trained classifier on images that were moved by one pixel, by direction; zeros come in."""
    images = np.pad(X.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    found = {}
    for name, (down, right) in SHIFTS.items():
        moved = images[:, 1 - down : 9 - down, 1 - right : 9 - right].reshape(-1, 64)
        found[name] = float(np.mean(labels(predict, moved) == y))
    return found


@experiment
def read_drawing(predict: Any, drawing: str) -> int:
    """The label that a trained classifier gives to a drawing: 8 lines of 8 characters, "#" for ink."""
    lines = drawing.split()
    if [len(line) for line in lines] != [8] * 8:
        sizes = ", ".join(str(len(line)) for line in lines)
        raise UnfitError(f"the drawing needs 8 lines of 8 characters, and its lines have {sizes}")
    image = np.array([[16.0 * (character == "#") for character in line] for line in lines])
    return int(labels(predict, image.reshape(1, 64))[0])


# Baselines -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Baselines:
    """Accuracies of models that cost no work; rows in the order of `names`."""

    names: tuple[str, ...]
    train: FloatArray  # (n_models,)
    validation: FloatArray  # (n_models,)
    error: FloatArray  # (n_models,): standard error of the validation accuracy, from the number of its rows
    spread: float  # deviation of the validation accuracy of the network over its seeds
    gain: float  # validation accuracy of the network minus that of logistic regression
    gain_error: float  # its standard error: both are measured on the same rows, so differences are taken row by row
    probabilities: FloatArray  # (n_test, 10): of the network of the first seed, on the rows of `X_test`

    def verdict(self, large: str, small: str, unclear: str) -> str:
        """One of three texts: a gain of 3 points or more, a smaller one, or one within two of its standard errors."""
        if abs(self.gain) < 2 * self.gain_error:
            return unclear
        return large if self.gain >= 0.03 else small

    def __str__(self) -> str:
        rows = zip(self.names, self.train, self.validation, self.error, strict=True)
        return "\n".join(
            f"{name:<20} training {t:.3f}   validation {v:.3f} ± {error:.3f}" for name, t, v, error in rows
        )


def baselines(parts: Split, *, n_seeds: int = 3) -> Baselines:
    """Most frequent class, nearest class mean, logistic regression and a network of scikit-learn, on scaled digits.

    `parts` is raw. The network has one hidden layer of 64 units; its row is the mean over `n_seeds` initialisations.
    """
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestCentroid

    scaled = data.standardised(parts)
    models: dict[str, list[Any]] = {
        "most frequent class": [DummyClassifier()],
        "nearest class mean": [NearestCentroid()],
        "logistic regression": [LogisticRegression(max_iter=2000)],
        "MLPClassifier": [_network(seed) for seed in range(n_seeds)],
    }
    scores = {}
    with one_thread(), _quiet():
        for name, made in models.items():
            fitted = [model.fit(scaled.X_train, scaled.y_train) for model in made]
            rows = [(m.score(scaled.X_train, scaled.y_train), m.score(scaled.X_val, scaled.y_val)) for m in fitted]
            scores[name] = np.array(rows)
        probabilities = models["MLPClassifier"][0].predict_proba(scaled.X_test)
        linear, network = (
            np.mean([model.predict(scaled.X_val) == scaled.y_val for model in models[name]], axis=0)
            for name in ("logistic regression", "MLPClassifier")
        )
    gains = network - linear  # (n_val,)
    validation = np.array([score[:, 1].mean() for score in scores.values()])
    return Baselines(
        names=tuple(models),
        train=np.array([score[:, 0].mean() for score in scores.values()]),
        validation=validation,
        error=standard_error(validation, len(parts.y_val)),
        spread=float(scores["MLPClassifier"][:, 1].std()),
        gain=float(gains.mean()),
        gain_error=float(gains.std(ddof=1) / np.sqrt(gains.size)),
        probabilities=np.asarray(probabilities, dtype=np.float64),
    )


def _network(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((64,), max_iter=60, random_state=seed)


@contextmanager
def _quiet() -> Iterator[None]:
    """60 epochs are enough for the accuracy, and pixels that are 0 in all images of a class are no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _baseline_probabilities(parts: Split) -> FloatArray:
    """`(n_test, 10)`: what the network of `baselines` with the first seed says of the rows of `X_test`."""
    scaled = data.standardised(parts)
    with one_thread(), _quiet():
        fitted = _network(0).fit(scaled.X_train, scaled.y_train)
        return np.asarray(fitted.predict_proba(scaled.X_test), dtype=np.float64)


def _linear_labels(parts: Split) -> IntArray:
    """`(n_test,)`: what logistic regression, as in `baselines`, says of the rows of `X_test`."""
    from sklearn.linear_model import LogisticRegression

    scaled = data.standardised(parts)
    with one_thread(), _quiet():
        fitted = LogisticRegression(max_iter=2000).fit(scaled.X_train, scaled.y_train)
    return np.asarray(fitted.predict(scaled.X_test), dtype=np.int64)


def standard_error(accuracy: npt.ArrayLike, n_rows: int) -> FloatArray:
    """Standard error of an accuracy that was measured on `n_rows` rows: that of a share, `sqrt(p*(1 - p)/n)`."""
    p = np.asarray(accuracy, dtype=np.float64)
    return np.sqrt(p * (1 - p) / n_rows)


# A network with faults -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """One way to train the network 64-32-10 of the checklist; the defaults are without a fault."""

    learning_rate: float = LEARNING_RATE
    steps: int = 340  # about ten epochs of the training part
    weight_scale: float = 1.0  # factor of the initial weights
    sign: float = 1.0  # -1: steps up the gradient
    hidden: int = HIDDEN
    shuffled: bool = True  # False: the batches follow the order of the rows
    softmax: Function | None = None  # instead of the one of the tools
    batch: int = BATCH


@dataclass(frozen=True)
class Training:
    """Loss of each step on its batch, and what was recorded every few steps."""

    params: Params
    losses: FloatArray  # (n_steps,)
    at: IntArray  # (n_records,): steps before which the next three were recorded
    val_loss: FloatArray  # (n_records,)
    val_accuracy: FloatArray  # (n_records,)
    dead: FloatArray  # (n_records,): share of the hidden units that are dead on the training rows


@dataclass(frozen=True)
class Labelled:
    """Rows for training and for looking, already scaled."""

    X: FloatArray
    y: IntArray
    X_val: FloatArray
    y_val: IntArray


def train(tools: Tools, rows: Labelled, recipe: Recipe, *, seed: int = 0, every: int = 20) -> Training:
    """Mini-batch gradient descent with the student's functions; overflow is part of the experiment.

    The last layer starts at a tenth of its He weights, so that the first probabilities are nearly equal.
    """
    rng = np.random.default_rng(seed)
    output = recipe.softmax or tools.softmax
    params = tools.init_params([rows.X.shape[1], recipe.hidden, N_CLASSES], "he", rng)
    params["W2"] *= 0.1
    for key in ("W1", "W2"):
        params[key] *= recipe.weight_scale
    optimizer = tools.SGD(recipe.sign * recipe.learning_rate)
    Y, Y_val = tools.one_hot(rows.y, N_CLASSES), tools.one_hot(rows.y_val, N_CLASSES)
    losses, records = np.empty(recipe.steps), []
    with np.errstate(all="ignore"), one_thread():
        batches = _batches(tools, rows.X, Y, recipe, rng)
        for step in range(recipe.steps):
            if step % every == 0:
                records.append((step, *_look(tools, rows, Y_val, params, output)))
            X_b, y_b = next(batches)
            _, cache = tools.mlp_forward(X_b, params, tools.relu, output)
            losses[step] = tools.cross_entropy(y_b, cache["Z"][-1])
            optimizer.step(params, tools.mlp_backward(y_b, cache, params, tools.relu_prime))
        records.append((recipe.steps, *_look(tools, rows, Y_val, params, output)))
    at, val_loss, val_accuracy, dead = map(np.array, zip(*records, strict=True))
    return Training(params, losses, at, val_loss, val_accuracy, dead)


def _look(
    tools: Tools, rows: Labelled, Y_val: FloatArray, params: Params, output: Function
) -> tuple[float, float, float]:
    _, cache = tools.mlp_forward(rows.X_val, params, tools.relu, output)
    logits = cache["Z"][-1]
    _, inner = tools.mlp_forward(rows.X, params, tools.relu, output)
    accuracy = float(np.mean(logits.argmax(axis=1) == rows.y_val))
    return float(tools.cross_entropy(Y_val, logits)), accuracy, float(tools.dead_fraction(inner["Z"][0]))


def _batches(
    tools: Tools, X: FloatArray, Y: FloatArray, recipe: Recipe, rng: np.random.Generator
) -> Iterator[tuple[FloatArray, FloatArray]]:
    size = recipe.batch
    while True:
        if recipe.shuffled:
            yield from tools.minibatches(X, Y, size, rng)
        else:
            for start in range(0, len(X), size):
                yield X[start : start + size], Y[start : start + size]


@dataclass(frozen=True)
class Entry:
    """What a line of the checklist looks at, and the range in which that should be."""

    name: str
    measure: str  # what is measured
    fault: str  # what is wrong in the second network
    low: float
    high: float
    xlabel: str
    ylabel: str
    log: bool = field(default=False, kw_only=True)
    at: int | None = field(default=-1, kw_only=True)  # place on the curve of what is measured; None for a ratio of two

    def holds(self, value: float) -> bool:
        """Whether a measured value is as it should be; NaN is not."""
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True)
class Line(Entry):
    """One line of the checklist, measured on a network without a fault and on one with it."""

    good: float
    bad: float
    x: FloatArray  # the horizontal axis of both curves
    good_curve: FloatArray
    bad_curve: FloatArray


@dataclass(frozen=True)
class Checklist:
    """All lines, and what a leak of the test rows into the scaling does here."""

    lines: tuple[Line, ...]
    leak: float  # validation accuracy with statistics of all rows, minus that with statistics of the training rows

    @property
    def caught(self) -> int:
        """Number of lines that hold for the network without a fault and fail for the other one."""
        return sum(line.holds(line.good) and not line.holds(line.bad) for line in self.lines)

    def __str__(self) -> str:
        rows = [f"{'':<3} {'what is measured, then the fault':<42}{'should be':>13} {'is':>10}"]
        for number, line in enumerate(self.lines, 1):
            between = f"{line.low:.2f} to {line.high:.2f}"
            rows.append(f"{number:>2}. {line.measure:<42}{between:>13} {line.good:10.3f}")
            rows.append(f"      {line.fault:<40}{'':>13} {line.bad:10.3g}")
        return "\n".join(rows)


class Measured(NamedTuple):
    """What `Line` adds to its `Entry`."""

    good: float
    bad: float
    x: FloatArray
    good_curve: FloatArray
    bad_curve: FloatArray


@dataclass(frozen=True)
class Bench:
    """What every line is measured with: the student's functions, the digits, and the training without a fault."""

    tools: Tools
    standardize: Function
    parts: Split
    rows: Labelled
    healthy: Training
    seed: int

    def faulty(self, rows: Labelled | None = None, **changes: Any) -> Training:
        """The training without a fault, but for these rows and this change of the recipe."""
        return train(self.tools, rows or self.rows, replace(Recipe(), **changes), seed=self.seed)

    def unscaled(self, factor: float) -> Labelled:
        """The raw digits, 0 to 16, times a factor."""
        parts = self.parts
        return Labelled(factor * parts.X_train, parts.y_train, factor * parts.X_val, parts.y_val)


Look = Callable[[Bench], Measured]


def _losses(pick: Callable[[FloatArray], float], **changes: Any) -> Look:
    """A number of the losses, without and with a change of the recipe."""

    def look(bench: Bench) -> Measured:
        good, bad = bench.healthy.losses, bench.faulty(**changes).losses
        return Measured(float(pick(good)), float(pick(bad)), np.arange(good.size, dtype=np.float64), good, bad)

    return look


def _at_the_end(record: str, rows: Callable[[Bench], Labelled], **changes: Any) -> Look:
    """The last of the values of a record of the training, without a fault and with these rows and changes."""

    def look(bench: Bench) -> Measured:
        good, bad = (getattr(run, record) for run in (bench.healthy, bench.faulty(rows(bench), **changes)))
        return Measured(float(good[-1]), float(bad[-1]), bench.healthy.at.astype(np.float64), good, bad)

    return look


def _end(losses: FloatArray) -> float:
    return float(losses[-20:].mean())


def _shuffled_labels(bench: Bench) -> Labelled:
    return replace(bench.rows, y=np.random.default_rng(bench.seed).permutation(bench.rows.y))


def _few_rows(bench: Bench) -> Measured:
    """Loss on 20 rows that the network should learn by heart."""
    X, y = bench.rows.X[:20], bench.rows.y[:20]
    few, recipe, softmax = Labelled(X, y, X, y), Recipe(steps=200, batch=20), bench.tools.softmax
    good, bad = (
        train(bench.tools, few, how, seed=bench.seed, every=10).losses
        for how in (recipe, replace(recipe, softmax=lambda z: softmax(z.T).T))
    )
    return Measured(float(good[-1]), float(bad[-1]), np.arange(200.0), good, bad)


def _first_epoch(bench: Bench) -> Measured:
    """Validation accuracy during the first epoch, with rows in random order and sorted by class."""
    rows = bench.rows
    by_class = np.argsort(rows.y, kind="stable")
    epoch = Recipe(steps=-(-len(rows.X) // BATCH))
    good = train(bench.tools, rows, epoch, seed=bench.seed, every=2)
    in_order = replace(rows, X=rows.X[by_class], y=rows.y[by_class])
    bad = train(bench.tools, in_order, replace(epoch, shuffled=False), seed=bench.seed, every=2)
    ends = float(good.val_accuracy[-1]), float(bad.val_accuracy[-1])
    return Measured(*ends, good.at.astype(np.float64), good.val_accuracy, bad.val_accuracy)


def _batch_statistics(bench: Bench) -> Measured:
    """Accuracy by size of the batch that is predicted, scaled by the training part or by the batch itself."""
    tools, parts = bench.tools, bench.parts
    sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128])
    good = np.empty(sizes.size)
    bad = np.empty(sizes.size)
    n = 256

    def right(X: FloatArray, y: IntArray) -> int:
        logits = tools.mlp_forward(X, bench.healthy.params, tools.relu, tools.softmax)[1]["Z"][-1]
        return int(np.sum(logits.argmax(axis=1) == y))

    with one_thread():
        for i, size in enumerate(sizes):
            batches = [(parts.X_val[at : at + size], parts.y_val[at : at + size]) for at in range(0, n, size)]
            good[i] = sum(right(bench.standardize(parts.X_train, X)[1], y) for X, y in batches) / n
            bad[i] = sum(right(bench.standardize(X, X)[0], y) for X, y in batches) / n
    return Measured(float(good[0]), float(bad[0]), sizes.astype(np.float64), good, bad)


def _overtrained(bench: Bench) -> Measured:
    """Loss on 100 rows of training and on the validation rows; the fault is to look at the first only."""
    few = replace(bench.rows, X=bench.rows.X[:100], y=bench.rows.y[:100])
    run = train(bench.tools, few, Recipe(steps=1500, learning_rate=0.3), seed=bench.seed, every=10)
    best = int(run.val_loss.argmin())
    return Measured(
        float(run.val_loss[best] / run.val_loss.min()),
        float(run.val_loss[-1] / run.val_loss.min()),
        run.at.astype(np.float64),
        np.where(run.at <= run.at[best], run.val_loss, np.nan),
        run.val_loss,
    )


def _selection(bench: Bench, *, n_rows: int = 200, n_kept: int = 10, n_repeats: int = 20) -> Measured:
    """Accuracy on held-out rows whose labels are coin flips, when the inputs are chosen by all rows or by training.

    No rule can do better than one half. The 10 of many random inputs that go best with the labels are kept, and a row
    gets the label of the nearer class mean.
    """
    counts = np.array([10, 30, 100, 300, 1000])
    good = np.zeros(counts.size)
    bad = np.zeros(counts.size)
    rng = np.random.default_rng(bench.seed)
    half = n_rows // 2
    for _ in range(n_repeats):
        y = rng.permutation(np.arange(n_rows) % 2)
        noise = rng.normal(size=(n_rows, counts[-1]))
        for i, count in enumerate(counts):
            X = noise[:, :count]
            for result, seen in ((good, half), (bad, n_rows)):
                pull = np.abs((2 * y[:seen] - 1) @ X[:seen])
                kept = X[:, np.argsort(pull)[-n_kept:]]
                low, high = (kept[:half][y[:half] == label].mean(axis=0) for label in (0, 1))
                near = ((kept[half:] - high) ** 2).sum(axis=1) < ((kept[half:] - low) ** 2).sum(axis=1)
                result[i] += np.mean(near == y[half:]) / n_repeats
    return Measured(float(good[-1]), float(bad[-1]), counts.astype(np.float64), good, bad)


CHANCE = float(np.log(N_CLASSES))
"""Cross-entropy of equal probabilities."""

_LINES: tuple[tuple[Entry, Look], ...] = (
    (Entry("first loss", "loss before the first step", "initial weights 10 times too large",
           CHANCE - 0.1, CHANCE + 0.1, "step", "loss", log=True, at=0),
     _losses(lambda losses: losses[0], weight_scale=10.0)),
    (Entry("overfit 20 rows", "loss on 20 rows after 200 steps", "softmax over the rows of the batch",
           0.0, 0.05, "step", "loss on 20 rows", log=True),
     _few_rows),
    (Entry("direction of a step", "loss after 20 steps, over the first", "wrong sign of the gradient",
           0.0, 1.0, "step", "loss", log=True, at=None),
     _losses(lambda losses: losses[20] / losses[0], sign=-1.0)),
    (Entry("rate not too large", "loss at the end", "learning rate 4", 0.0, 0.4, "step", "loss", log=True),
     _losses(_end, learning_rate=4.0)),
    (Entry("rate not too small", "loss at the end", "learning rate 0.001", 0.0, 0.4, "step", "loss", log=True),
     _losses(_end, learning_rate=1e-3)),
    (Entry("rows in random order", "validation accuracy after one epoch", "rows sorted by class, not shuffled",
           0.6, 1.0, "step", "validation accuracy"),
     _first_epoch),
    (Entry("rows with their labels", "validation accuracy at the end", "labels shuffled without the rows",
           0.9, 1.0, "step", "validation accuracy"),
     _at_the_end("val_accuracy", _shuffled_labels)),
    (Entry("units alive", "share of dead hidden units at the end", "grey values 0 to 64, not scaled",
           0.0, 0.2, "step", "share of dead units"),
     _at_the_end("dead", lambda bench: bench.unscaled(4.0))),
    (Entry("inputs scaled", "validation accuracy at the end", "grey values 0 to 255, not scaled",
           0.9, 1.0, "step", "validation accuracy"),
     _at_the_end("val_accuracy", lambda bench: bench.unscaled(16.0))),  # as most image files have them
    (Entry("scale from training", "accuracy, one row at a time", "each batch scaled by itself",
           0.9, 1.0, "rows predicted together", "accuracy", at=0),
     _batch_statistics),
    (Entry("stop by validation", "validation loss, over its lowest", "trained to the end",
           1.0, 1.02, "step", "validation loss", at=None),
     _overtrained),
    (Entry("held-out rows unseen", "accuracy on labels that are coin flips", "inputs chosen by all rows",
           0.4, 0.6, "inputs to choose from", "accuracy on noise"),
     _selection),
)  # fmt: skip


@experiment
def checklist(tools: Tools, standardize: Function, parts: Split, *, seed: int = 0) -> Checklist:
    """Twelve faults of networks and their training, each beside the same training without it.

    Args:
        standardize: the student's, `(X_train, X_other)` to the two scaled arrays.
        parts: raw digits.
    """
    rows = _scaled(standardize, parts)
    bench = Bench(tools, standardize, parts, rows, train(tools, rows, Recipe(), seed=seed), seed)
    lines = tuple(Line(**vars(entry), **look(bench)._asdict()) for entry, look in _LINES)
    everything = np.concatenate([parts.X_train, parts.X_val])
    leaking = replace(rows, X=standardize(everything, parts.X_train)[1], X_val=standardize(everything, parts.X_val)[1])
    return Checklist(lines, leak=float(bench.faulty(leaking).val_accuracy[-1] - bench.healthy.val_accuracy[-1]))


def _scaled(standardize: Function, parts: Split) -> Labelled:
    X, X_val = (np.asarray(X, dtype=np.float64) for X in standardize(parts.X_train, parts.X_val))
    return Labelled(X, parts.y_train, X_val, parts.y_val)


# Validation curves ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curves:
    """Accuracy against one quantity; rows of the arrays are its values, columns are seeds."""

    values: IntArray  # (n_values,)
    train: FloatArray  # (n_values, n_seeds)
    validation: FloatArray  # (n_values, n_seeds)
    right: FloatArray = field(repr=False)  # (n_values, n_val): share of the seeds that label a validation row rightly

    @property
    def last_gain(self) -> tuple[float, float]:
        """What the last value adds to the validation accuracy of the one before, with its row-by-row error."""
        gains = self.right[-1] - self.right[-2]
        return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(gains.size))

    def rises(self, unit: str) -> str:
        """That gain in a sentence: whether the curve still rises at its end."""
        if len(self.values) < 2:
            return f"Only {self.values[0]} {unit} were tried: your classifier is slow."
        gain, error = self.last_gain
        verdict = "it still rises" if gain > 2 * error else "no rise is shown"
        steps = f"From {self.values[-2]} to {self.values[-1]} {unit}"
        return f"{steps}: {gain:+.3f} ± {error:.3f}, row by row; {verdict}."


@experiment
def learning_curve(
    train_classifier: Function,
    parts: Split,
    *,
    sizes: Sequence[int] = (50, 100, 200, 400, 700, 1079),
    n_seeds: int = 2,
    seconds: float = 15.0,
) -> Curves:
    """Accuracy of the student's classifier by number of training rows, drawn anew for each seed.

    Sizes above the number of training rows are cut to it. A slow classifier gets fewer trainings: after `seconds` of
    CPU time no further seed is begun, and no further size after twice that.
    """
    started = spent()
    done: list[tuple[int, list[tuple[float, float]], FloatArray]] = []
    for size in sorted({min(size, len(parts.X_train)) for size in sizes}):
        if done and spent() - started > 2 * seconds:
            break
        scores: list[tuple[float, float]] = []
        right: list[FloatArray] = []
        for seed in range(n_seeds):
            if scores and spent() - started > seconds:
                scores.append(scores[-1])
                continue
            rows = np.random.default_rng(seed).permutation(len(parts.X_train))[:size]
            X, y = parts.X_train[rows], parts.y_train[rows]
            predict = train_classifier(X.copy(), y.copy(), np.random.default_rng(seed))
            right.append((labels(predict, parts.X_val) == parts.y_val).astype(np.float64))
            scores.append((float(np.mean(labels(predict, X) == y)), float(right[-1].mean())))
        done.append((size, scores, np.mean(right, axis=0)))
    table = np.array([scores for _, scores, _ in done])
    rows_right = np.array([right for _, _, right in done])
    return Curves(np.array([size for size, _, _ in done]), table[:, :, 0], table[:, :, 1], rows_right)


@experiment
def width_curve(
    tools: Tools,
    standardize: Function,
    parts: Split,
    *,
    widths: Sequence[int] = (1, 2, 4, 8, 16, 32, 64),
    n_seeds: int = 3,
) -> Curves:
    """Accuracy of the network of the checklist by number of hidden units.

    Each trains for 1000 steps at rate 0.3. With the 340 steps at rate 0.1 of the checklist, small networks stop long
    before they fit, and the curve would show the training and not the size.
    """
    rows = _scaled(standardize, parts)
    train_scores, val_scores, right = [], [], []
    for width in widths:
        recipe = Recipe(hidden=width, learning_rate=0.3, steps=1000)
        runs = [train(tools, rows, recipe, seed=seed, every=1000) for seed in range(n_seeds)]
        train_scores.append(
            [float(np.mean(_labels(tools, rows.X, run.params) == rows.y)) for run in runs],
        )
        val_scores.append([float(run.val_accuracy[-1]) for run in runs])
        right.append(np.mean([_labels(tools, rows.X_val, run.params) == rows.y_val for run in runs], axis=0))
    return Curves(np.array(widths), np.array(train_scores), np.array(val_scores), np.array(right))


def _labels(tools: Tools, X: FloatArray, params: Params) -> IntArray:
    return np.asarray(tools.mlp_forward(X, params, tools.relu, tools.softmax)[0].argmax(axis=1), dtype=np.int64)


# Errors --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Errors:
    """The rows of a part that several trainings of one classifier get wrong or doubt, the surest mistakes first.

    All rows come in the order of `order`: mistakes by falling share of votes, then the other rows by rising share.
    """

    X: FloatArray  # (m, 64)
    y: IntArray  # (m,)
    predicted: IntArray  # (m,): the label with most votes
    votes: FloatArray  # (m, 10): share of the trainings that say each label
    baseline: FloatArray  # (m, 10): probabilities of the baseline network
    X_train: FloatArray = field(repr=False)
    y_train: IntArray = field(repr=False)
    single: FloatArray = field(repr=False)  # (n_trainings,): accuracy of each training alone
    gains: FloatArray = field(repr=False)  # (m,): share of trainings that are right, less logistic regression's
    linear: float  # accuracy of logistic regression on the same rows

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """`(m,)`: whether the label with most votes is not the true one."""
        return np.asarray(self.predicted != self.y)

    @property
    def accuracy(self) -> float:
        """Of the labels with most votes."""
        return float(1 - self.wrong.mean())

    @property
    def agreed(self) -> float:
        """Share of the mistakes in which all trainings agree; 0 without mistakes."""
        return float(np.mean(self.votes.max(axis=1)[self.wrong] > 0.99)) if self.wrong.any() else 0.0

    @property
    def varies(self) -> bool:
        """Whether any two trainings give some row different labels."""
        return bool(np.any((self.votes > 0) & (self.votes < 1)))

    @property
    def agreement(self) -> str:
        """That share in a sentence, with its standard error."""
        n = int(self.wrong.sum())
        if not self.varies:
            why = "only one was made" if len(self.single) == 1 else "your classifier makes no use of rng"
            return f"{n} mistakes. All trainings give the same labels, for {why}: nothing to compare."
        error = standard_error(self.agreed, max(n, 1))
        return f"{n} mistakes; in {self.agreed:.0%} ± {error:.0%} of them all trainings agree."

    @property
    def why_agreed(self) -> str:
        """The reason for much or little agreement, and how much one image is in this share."""
        n = int(self.wrong.sum())
        said = f"; one of the {n} images moves the share by {100 / n:.0f} points" if n > 1 else ""
        if self.agreed >= 0.5:
            return f"they have learned from the same rows, and some digits are hard to read{said}"
        return f"many of these images lie near a border between classes, where rng decides{said}"

    @property
    def same_rows(self) -> str:
        """A sentence that compares single trainings with logistic regression on the same rows."""
        error = self.gains.std(ddof=1) / np.sqrt(self.gains.size)
        return (
            f"Same rows: logistic regression {self.linear:.3f}, yours, one training, {self.single.mean():.3f}; "
            f"gain {self.gains.mean():+.3f} ± {error:.3f}."
        )

    def nearest(self, i: int, label: int) -> IntArray:
        """Index of the training image of class `label` that is nearest to row `i`, in squared pixel difference."""
        rows = np.flatnonzero(self.y_train == label)
        return np.asarray(rows[((self.X_train[rows] - self.X[i]) ** 2).sum(axis=1).argmin()], dtype=np.int64)


@experiment
def confusion(confusion_matrix: Function, found: Errors) -> IntArray:
    """`(10, 10)`: the student's count of the true labels (rows) and the labels with most votes (columns)."""
    return np.asarray(confusion_matrix(found.y, found.predicted, N_CLASSES))


@experiment
def errors(
    train_classifier: Function,
    parts: Split,
    probabilities: FloatArray | None = None,
    *,
    n_trainings: int = 5,
    seconds: float = 15.0,
) -> Errors:
    """Trains the student's classifier a few times on the training part and lets the results vote on the test part.

    Args:
        probabilities: `(n_test, 10)`, of a baseline network, for comparison; of the first network of `baselines` unless
            given.
        n_trainings: each with a generator of its own; a slow classifier gets fewer: none is begun after `seconds` of
            CPU time.
    """
    started = spent()
    votes = np.zeros((len(parts.y_test), N_CLASSES))
    single: list[float] = []
    share_right = np.zeros(len(parts.y_test))
    for seed in range(n_trainings):
        if seed and spent() - started > seconds:
            break
        predict = train_classifier(parts.X_train.copy(), parts.y_train.copy(), np.random.default_rng(1000 + seed))
        said = labels(predict, parts.X_test)
        single.append(float(np.mean(said == parts.y_test)))
        share_right += said == parts.y_test
        votes[np.arange(len(said)), said] += 1
    if probabilities is None:
        probabilities = _baseline_probabilities(parts)
    votes /= len(single)
    linear = _linear_labels(parts) == parts.y_test
    predicted = votes.argmax(axis=1)
    right = predicted == parts.y_test
    share = votes.max(axis=1)
    doubt = probabilities[np.arange(len(predicted)), parts.y_test]  # the baseline's, to order rows of equal votes
    order = np.lexsort((doubt, np.where(right, share, -share), right))
    return Errors(
        X=parts.X_test[order],
        y=parts.y_test[order],
        predicted=predicted[order],
        votes=votes[order],
        baseline=probabilities[order],
        X_train=parts.X_train,
        y_train=parts.y_train,
        single=np.array(single),
        gains=(share_right / len(single) - linear)[order],
        linear=float(linear.mean()),
    )
