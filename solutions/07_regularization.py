# ---
# jupyter:
#   jupytext:
#     notebook_metadata_filter: -jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. Regularization and generalization
#
# A network that fits its training data has learned little until it predicts **new** data. You write five tools for that: a
# split, early stopping, L2, dropout and AdamW, and measure which of them help here.
#
# - **Time**: 60 to 90 minutes.
# - **You need**: notebooks 1 to 6. Their right functions are provided below, so an old mistake does no harm here.
# - **Afterwards you can** recognise over-fitting, choose a remedy on validation data, write dropout with its
#   gradient, and say what bias and variance have to do with it.
#
# **Conventions.** Rows are examples. Parameters are a dict `{"W1": ..., "b1": ...}` with any number of layers, gradients a dict
# with the same keys. **In place** means that the array itself changes: `grads["W1"] += ...`, not `grads["W1"] = ...`. Every
# other argument stays as it was. Random numbers come from the argument `rng`, a `numpy.random.Generator`.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np

from nbcore import check, mine, widgets
from nbcore.experiments import regularization as experiments
from nbcore.mine import (
    SGD,
    Adam,
    batchnorm_backward,
    batchnorm_forward,
    bce_with_logits,
    bce_with_logits_grad,
    gradient_check,
    init_params,
    linear_backward,
    linear_forward,
    mlp_backward,
    mlp_forward,
    relu,
    relu_prime,
    sigmoid,
)
from nbcore.plots import regularization as plots

mine.report()

# What the experiments train networks with
tools = experiments.Tools(
    init_params,
    mlp_forward,
    mlp_backward,
    relu,
    relu_prime,
    sigmoid,
    bce_with_logits,
    Adam,
)

# %% [markdown]
# ## 7.1 Hold something back
#
# Training makes the training loss small. Whether the network **generalizes** shows on rows that it has not seen:
#
# - the **training** part fits the weights,
# - the **validation** part chooses everything else: strength of a penalty, width, when to stop,
# - the **test** part is used once, at the end. Whoever chooses by it reports a number that is too good.
#
# In this notebook the test part is 2000 fresh rows, which nobody has in practice. We print its loss often, to see what the
# validation part can only estimate, and choose nothing by it.
#
# The split must be random. Data often lie sorted, by class or by date, and the last rows are then unlike the rest. Rows of `X` and
# `y` belong together: one permutation for both.
#
# **By hand.** 11 rows and a share of 0.25: $0.25\cdot 11 = 2.75$, rounded to 3 for validation; 8 stay for training.
#
# <details><summary>Hint</summary>
#
# `rng.permutation(m)` gives every index once, in random order. Index both arrays with the same slice of it.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "split", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_val_split(X, y, val_fraction, rng):
    """A random split of the rows into training and validation.

    X: (m, n); y: (m,) or (m, k); not changed.
    val_fraction: share of the rows for validation, round(val_fraction*m) of them. rng:
    numpy.random.Generator.
    Returns: (X_tr, y_tr, X_val, y_val); every row in exactly one part, each with its
    own y.

    >>> X, y, rng = np.ones((10, 2)), np.ones(10), np.random.default_rng(0)
    >>> [len(part) for part in train_val_split(X, y, 0.3, rng)]
    [7, 7, 3, 3]

    About 4 lines.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    val, train = np.split(order, [round(val_fraction * len(X))])
    return X[train], y[train], X[val], y[val]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-split-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def sizes(m, val_fraction):
    """Rows in each of the four parts."""
    parts = train_val_split(
        np.ones((m, 2)), np.ones(m), val_fraction, np.random.default_rng(0)
    )
    return [len(part) for part in parts]


def rows(m, val_fraction, seed):
    """All rows of both parts, sorted: row i is the number i."""
    X_tr, _, X_val, _ = train_val_split(
        np.arange(float(m))[:, None],
        np.arange(float(m)),
        val_fraction,
        np.random.default_rng(seed),
    )
    return sorted([*np.ravel(X_tr).tolist(), *np.ravel(X_val).tolist()])


def wrong_labels(m, val_fraction, seed):
    """How many rows have lost their label; row i has the label 10*i, in a column."""
    X = np.arange(float(m))[:, None]
    parts = train_val_split(X, 10 * X, val_fraction, np.random.default_rng(seed))
    X_tr, y_tr, X_val, y_val = (np.ravel(part) for part in parts)
    return int((10 * X_tr != y_tr).sum() + (10 * X_val != y_val).sum())


check.value(sizes, 10, 0.3, expected=[7, 7, 3, 3])
check.value(sizes, 11, 0.25, expected=[8, 8, 3, 3])  # the example by hand
check.value(sizes, 9, 0.25, expected=[7, 7, 2, 2])
check.value(sizes, 4, 0.0, expected=[4, 4, 0, 0])  # none for validation, and all
check.value(sizes, 4, 1.0, expected=[0, 0, 4, 4])
for share in [0.0, 0.3, 0.8]:
    check.value(rows, 10, share, 1, expected=list(range(10)))  # none lost, none twice
check.value(wrong_labels, 10, 0.3, 1, expected=0)


def same_split(m, seed, other):
    """Whether generators of these seeds choose the same half for validation."""
    halves = [
        np.sort(train_val_split(X, X, 0.5, np.random.default_rng(s))[2].ravel())
        for X in [np.arange(float(m))[:, None]]
        for s in (seed, other)
    ]
    return bool(np.array_equal(*halves))


check.value(same_split, 40, 1, 1, expected=True)  # rng is the only source of chance
check.value(same_split, 40, 1, 2, expected=False)
check.purity(
    train_val_split,
    np.arange(12.0).reshape(6, 2),
    np.arange(6.0),
    0.5,
    np.random.default_rng(0),
)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _parts(X, y, val_fraction, seed):
    """X_tr, y_tr, X_val, y_val."""
    parts = train_val_split(X, y, val_fraction, np.random.default_rng(seed))
    return [np.asarray(part) for part in parts]


def _sizes(m, val_fraction):
    return [len(part) for part in _parts(np.ones((m, 3)), np.ones(m), val_fraction, 5)]


def _all_rows(X, y, val_fraction, seed):
    X_tr, _, X_val, _ = _parts(X, y, val_fraction, seed)
    return np.sort(np.concatenate([X_tr[:, 0], X_val[:, 0]]).astype(float))


def _chosen(m, val_fraction, seed):
    """Which rows are for validation, in increasing order."""
    rows = np.arange(float(m))
    X_val = _parts(rows[:, None], rows, val_fraction, seed)[2]
    return sorted(X_val[:, 0].astype(int).tolist())


def _row_sums(X):
    return X.sum(axis=1)


def _products(X):
    return X @ np.array([[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]])


with check.part(
    "sizes of the parts",
    hint="round(val_fraction*m) rows are for validation, the others for training.",
):
    for _m, _share, _n in [
        (9, 0.4, 4),
        (13, 0.2, 3),
        (7, 0.6, 4),
        (40, 0.25, 10),
        (17, 0.9, 15),
        (6, 0.0, 0),
        (5, 1.0, 5),
        (9, 0.05, 0),
    ]:
        check.value(_sizes, _m, _share, expected=[_m - _n, _m - _n, _n, _n])
with check.part(
    "every row in exactly one part",
    hint="Draw a permutation of all rows, and cut it in two.",
):
    for _seed in range(4):
        _X = check.rng(6100 + _seed).normal(size=(23, 3))
        for _share in [0.35, 0.0, 1.0]:
            _args = (_X, _X[:, 1], _share, _seed)
            check.value(_all_rows, *_args, expected=np.sort(_X[:, 0]))
with check.part(
    "X and y stay together",
    hint="The same permutation for both. What does a second draw give?",
):
    for _seed in range(3):
        _X = check.rng(6110 + _seed).normal(size=(19, 2))
        for _right, _y in [(_right, _right(_X)) for _right in (_row_sums, _products)]:
            _X_tr, _y_tr, _X_val, _y_val = _parts(_X, _y, 0.3, _seed)
            for _X_part, _y_part in [(_X_tr, _y_tr), (_X_val, _y_val)]:
                assert (_X_part.shape[1:], _y_part.shape[1:]) == ((2,), _y.shape[1:]), (
                    "a part lost an axis"
                )
                assert np.allclose(_right(_X_part), _y_part), (
                    "a row of X has the y of another row"
                )
with check.part(
    "the rows are drawn at random, with rng",
    hint="Use the generator that you were given, for every choice.",
):
    assert _chosen(60, 0.5, 1) == _chosen(60, 0.5, 1), (
        "the same state of rng must give the same split"
    )
    assert _chosen(60, 0.5, 1) != _chosen(60, 0.5, 2), (
        "another state of rng must give another split"
    )
    _counts = np.zeros(6)
    for _seed in range(150):
        _counts[_chosen(6, 1 / 3, _seed)] += 1
    assert 15 < _counts.min() <= _counts.max() < 90, (
        "each of 6 rows should be chosen about 50 times in 150"
    )
with check.part("y as a column", hint="y may have a second axis, which stays."):
    _X = np.arange(8.0).reshape(4, 2)
    _y = _X[:, :1].copy()
    _X_tr, _y_tr, _X_val, _y_val = _parts(_X, _y, 0.25, 3)
    _shapes = [_part.shape for _part in (_X_tr, _y_tr, _X_val, _y_val)]
    assert _shapes == [(3, 2), (3, 1), (1, 2), (1, 1)], "a part has another shape"
    for _X_part, _y_part in [(_X_tr, _y_tr), (_X_val, _y_val)]:
        assert (_X_part[:, :1] == _y_part).all(), "a row of X has the y of another row"
with check.part(
    "the arguments stay as they were",
    hint="rng.shuffle works on the array itself. Shuffle indices.",
):
    _rng = check.rng(6120)
    for _m, _share in [(11, 0.3), (8, 0.5)]:
        _X = _rng.normal(size=(_m, 3))
        for _args in [(_X, _X[:, 0].copy()), (_X, _X[:, :1].copy())]:
            check.purity(train_val_split, *_args, _share, np.random.default_rng(_m))
### END HIDDEN TESTS

# %% [markdown]
# ## 7.2 Over-fitting
#
# Sixty noisy points of two moons, a network with 1185 parameters, Adam for 500 epochs, ten seeds. The classes overlap: whoever
# gets all training points right has learned their noise.
#
# **Predict first.** Sketch the training loss and the validation loss against the epoch. Do they end close to each other? When the
# validation *loss* is five times as high as at its best, what happened to the *accuracy*: fallen to a half, or by a few percent?

# %%
tasks = [experiments.moons_task(train_val_split, seed) for seed in range(10)]
baseline = experiments.overfitting(tools, tasks)
train_loss, val_loss, test_loss = baseline.losses[:, :, -1].mean(axis=1)
lowest = baseline.losses[1].min(axis=1).mean()
network = init_params(list(experiments.SIZES), "he", np.random.default_rng(0))
print(f"{sum(array.size for array in network.values())} parameters")
print(
    f"epoch {baseline.epochs[-1]:.0f}: loss {train_loss:.3f} in training, "
    f"{val_loss:.2f} in validation, {test_loss:.2f} in the test"
)
print(
    f"lowest validation loss: {lowest:.2f}, at epoch {np.median(baseline.best):.0f} "
    f"(median of {len(tasks)} networks);\n"
    f"at the end it is {val_loss / lowest:.1f} times as high"
)
print(
    f"accuracy at the end: {np.mean([s.train_accuracy for s in baseline.scores]):.3f} "
    "in training, "
    f"{np.mean([s.test_accuracy for s in baseline.scores]):.3f} in the test"
)
plots.overfitting(baseline)

# %% [markdown]
# ## 7.3 Early stopping
#
# After the best epoch the network makes a few more mistakes, and above all it becomes *sure* of its mistakes, which is what the
# loss charges for. The cheapest remedy is to stop when the validation loss no longer improves, and to return to the best
# parameters.
#
# The validation loss is noisy, so one bad epoch proves nothing. Let `best_loss` be the lowest so far. A step **improves** if
# `loss < best_loss - min_delta`. After `patience` steps in a row without improvement, stop.
#
# **By hand**, with patience 2 and losses 3, 2.5, 2.6, 2.4, 2.5, 2.3, 2.4, 2.5: the counter reads 0, 0, 1, 0, 1, 0, 1, 2: stop. The
# best was step 5, counted from 0.
#
# Two traps. With NaN each of `<`, `>` and `==` is false; think about which way round you ask. And training changes `params` in place: what
# you keep must be a copy of the **arrays**.
#
# <details><summary>Hint</summary>
#
# If the condition for an improvement stands in the `if`, everything else, NaN included, ends up in the `else`.
#
# </details>
#
# **Predict first.** The validation part has only 60 rows. How far apart will the best epochs of the ten networks lie?


# %% nbgrader={"grade": false, "grade_id": "early-stopping", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EarlyStopping:
    """Says when to stop, and remembers the best parameters.

    patience: stop after so many updates in a row without improvement. min_delta: an
    update improves if loss < best_loss - min_delta. The first finite loss improves;
    NaN and inf never do.
    Attributes: best_loss; best_step, the number of the best update, from 0;
    best_params, a dict of copies.
    """

    def __init__(self, patience, min_delta=0.0):
        """About 3 lines."""
        ### BEGIN SOLUTION
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0
        ### END SOLUTION

    def update(self, loss, params):
        """Takes the loss after one more step; returns True when it is time to stop,
        else False.

        loss: number. params: dict of arrays, not changed.

        >>> watch = EarlyStopping(patience=1)
        >>> [watch.update(loss, {"W1": np.ones((1, 1))}) for loss in [3.0, 2.0, 2.5]]
        [False, False, True]

        About 8 lines.
        """
        ### BEGIN SOLUTION
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: np.array(value) for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-early-stopping-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def answers(losses, patience, min_delta=0.0):
    """What update says after each loss, up to the first True."""
    watch, said = EarlyStopping(patience, min_delta), []
    for loss in losses:
        said.append(watch.update(loss, {"W1": np.ones((2, 1)), "b1": np.zeros(2)}))
        if said[-1]:
            break
    return said


stop = [False] * 7 + [True]
# The example by hand
check.value(answers, [3.0, 2.5, 2.6, 2.4, 2.5, 2.3, 2.4, 2.5], 2, expected=stop)
check.value(answers, [1.0, 1.0, 1.0], 2, expected=[False, False, True])  # a plateau
check.value(answers, [0.0, 0.5, 0.25], 2, expected=[False, False, True])  # 0 is best
check.value(
    answers, [2.0, float("nan"), float("nan")], 2, expected=[False, False, True]
)
# The first loss is NaN, and so no improvement either
nan_first = [float("nan"), 2.0, 1.0, 3.0]
check.value(answers, nan_first, 2, expected=[False] * 4)
# 1.9 is not better than 2.0 by more than 0.25; huge and negative losses
check.value(answers, [2.0, 1.9, 1.5], 1, 0.25, expected=[False, True])
small_gains = [2.0, 1.875, 1.75, 1.625]
check.value(answers, small_gains, 3, 0.25, expected=[False] * 4)
check.value(answers, [1e12, 1e11, -1.0, -2.0], 1, expected=[False] * 4)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _answers(losses, *settings):
    """What update says, up to the first True."""
    watch, said = EarlyStopping(*settings), []
    for loss in losses:
        said.append(watch.update(loss, {"W1": np.ones((3, 2)), "b1": np.zeros(3)}))
        if said[-1]:
            break
    return said


def _stops_at(n):
    return [False] * n + [True]


_nan = float("nan")
with check.part(
    "patience",
    hint="Count the updates since the last improvement. When does the count start again?",
):
    check.value(
        _answers, [5.0, 4.0, 4.5, 4.2, 3.9, 4.0, 3.95, 3.92], 3, expected=_stops_at(7)
    )
    check.value(_answers, [5.0, 6.0], 1, expected=_stops_at(1))
    check.value(_answers, [5.0, 4.0, 3.0, 2.0, 1.0], 1, expected=[False] * 5)
    check.value(_answers, [1.0] + [2.0] * 6, 5, expected=_stops_at(5))
    check.value(
        _answers, [4.0, 5.0, 3.0, 5.0, 2.0, 5.0, 1.0, 5.0], 2, expected=[False] * 8
    )
with check.part(
    "compared with the best so far",
    hint="Not with the loss just before. Is an equal loss better?",
):
    check.value(_answers, [1.0, 3.0, 2.0, 2.5], 3, expected=_stops_at(3))
    check.value(_answers, [1.0, 3.0, 2.9, 2.8], 3, expected=_stops_at(3))
    check.value(_answers, [0.5, 0.5, 0.5, 0.5, 0.5], 4, expected=_stops_at(4))
with check.part("losses of any size and sign", hint="With what does best_loss start?"):
    check.value(_answers, [1e12, 1e11, 1e10, 2e10], 1, expected=_stops_at(3))
    check.value(_answers, [-1.0, -2.0, -3.0, -2.5, -2.9], 2, expected=_stops_at(4))
    check.value(_answers, [0.0, -1.0, 0.0, 0.0], 2, expected=_stops_at(3))
    check.value(_answers, [1.0, 0.0, 0.0, 0.5], 2, expected=_stops_at(3))
with check.part(
    "min_delta",
    hint="An update counts only if loss < best_loss - min_delta, and only then is it the best.",
):
    check.value(_answers, [2.0, 1.75, 1.75], 2, 0.25, expected=_stops_at(2))
    check.value(_answers, [2.0, 1.875, 1.75, 1.625], 3, 0.25, expected=[False] * 4)
    check.value(_answers, [2.0, 1.875, 1.75, 1.625], 2, 0.25, expected=_stops_at(2))
    check.value(_answers, [2.0, 1.5, 1.0, 0.5], 1, 0.25, expected=[False] * 4)
with check.part(
    "a loss that is NaN",
    hint="NaN < x and NaN > x are both False. Which of your branches runs?",
):
    check.value(_answers, [_nan, _nan, 1.0], 2, expected=_stops_at(1))
    check.value(_answers, [_nan, 2.0, 1.0, 1.5, 0.5], 2, expected=[False] * 5)
    check.value(_answers, [3.0, _nan, 2.0, _nan, _nan, _nan], 3, expected=_stops_at(5))
with check.part(
    "each object counts for itself",
    hint="State belongs to the object: set it in __init__.",
):
    _first = EarlyStopping(patience=2)
    _second = EarlyStopping(patience=2, min_delta=0.0)
    _params = {"W1": np.ones((1, 1))}
    for _loss in [1.0, 2.0]:
        assert not _first.update(_loss, _params)
    assert not any([_second.update(5.0, _params), _second.update(6.0, _params)]), (
        "a fresh object stopped too early"
    )
    assert _first.update(3.0, _params), "the first object did not stop"
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-early-stopping-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def remembered(losses, min_delta=0.0):
    """best_loss, best_step and best_params at the end; the parameters of step i hold
    the number i, changed in place.
    """
    watch, params = (
        EarlyStopping(100, min_delta),
        {"W1": np.zeros((1, 2)), "b1": np.zeros(1)},
    )
    for step, loss in enumerate(losses):
        for array in params.values():
            array[...] = step
        watch.update(loss, params)
    return [watch.best_loss, watch.best_step, watch.best_params]


best = {"W1": np.array([[5.0, 5.0]]), "b1": np.array([5.0])}
# The example by hand
check.value(
    remembered, [3.0, 2.5, 2.6, 2.4, 2.5, 2.3, 2.4, 2.5], expected=[2.3, 5, best]
)
# An equal loss is no improvement, and NaN neither
second = {"W1": np.array([[1.0, 1.0]]), "b1": np.array([1.0])}
plateau = [3.0, 2.0, 2.0, float("nan"), 2.0]
check.value(remembered, plateau, expected=[2.0, 1, second])
# NaN comes first, and a gain of 0.1 is not enough
first = {"W1": np.array([[1.0, 1.0]]), "b1": np.array([1.0])}
check.value(remembered, [float("nan"), 2.0, 1.9], 0.25, expected=[2.0, 1, first])
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _filled(params, step):
    """Changes every entry of params, to a number that tells step and shape."""
    for array in params.values():
        array[...] = step + len(array)
    return params


def _zero_params():
    shapes = {"W2": (1, 3), "b2": 1, "W1": (3, 2), "b1": 3}
    return {key: np.zeros(shape) for key, shape in shapes.items()}


def _remembered(losses, min_delta=0.0):
    """The attributes after updates with params that go on changing in place."""
    watch, params = EarlyStopping(100, min_delta), _zero_params()
    for step, loss in enumerate(losses):
        watch.update(loss, _filled(params, step))
        assert all((array == step + len(array)).all() for array in params.values()), (
            "update changed params"
        )
    return [watch.best_loss, watch.best_step, watch.best_params]


def _best(loss, step):
    return [loss, step, _filled(_zero_params(), step)]


_nan = float("nan")
with check.part(
    "what is remembered",
    hint="The three attributes belong to the best update, not to the last one.",
):
    check.value(
        _remembered, [5.0, 4.0, 4.5, 4.2, 3.9, 4.0, 3.95, 3.92], expected=_best(3.9, 4)
    )
    check.value(_remembered, [1.0, 3.0, 2.0, 2.5], expected=_best(1.0, 0))
    check.value(_remembered, [4.0, 3.0, 2.0], expected=_best(2.0, 2))
    check.value(_remembered, [0.5, 0.5, 0.5], expected=_best(0.5, 0))
    check.value(_remembered, [0.0, 0.5, 0.25], expected=_best(0.0, 0))
    check.value(_remembered, [7.0, 6.0, 8.0, -1.0, 3.0], expected=_best(-1.0, 3))
with check.part(
    "what is remembered, with min_delta",
    hint="A change that is too small moves none of the attributes.",
):
    check.value(
        _remembered, [2.0, 1.875, 1.75, 1.625, 1.5], 0.25, expected=_best(1.625, 3)
    )
    check.value(_remembered, [2.0, 1.875, 1.75], 0.25, expected=_best(2.0, 0))
with check.part(
    "what is remembered, with NaN",
    hint="NaN is no improvement, but its update counts as a step.",
):
    check.value(_remembered, [_nan, 2.0, _nan, 1.0, 1.5], expected=_best(1.0, 3))
    check.value(_remembered, [3.0, 2.0, _nan, _nan], expected=_best(2.0, 1))
with check.part(
    "best_params are copies",
    hint="The optimizer changes the arrays in place. Copy each array, not the dict alone.",
):
    _watch = EarlyStopping(patience=9)
    _params = {"W1": np.array([[1.0, 2.0]]), "b1": np.array([3.0])}
    _watch.update(1.0, _params)
    for _key in _params:
        _params[_key] *= -5.0
    _watch.update(2.0, _params)
    _kept = _watch.best_params
    assert np.array_equal(_kept["W1"], [[1.0, 2.0]]), (
        "best_params changed with the arrays of params"
    )
    assert np.array_equal(_kept["b1"], [3.0]), (
        "best_params changed with the arrays of params"
    )
    _other = EarlyStopping(patience=3)
    _other.update(9.0, {"W1": np.zeros((1, 1))})
    assert [_watch.best_loss, _watch.best_step] == [1.0, 0], (
        "another object changed this one"
    )
### END HIDDEN TESTS

# %%
early = experiments.compare(
    tools,
    tasks,
    {"early stopping": experiments.Method()},
    stopper=partial(EarlyStopping, patience=20),
)
epochs = early.last_epoch[0] - 20
print(
    f"best epoch: {np.median(epochs):.0f} (median), "
    f"from {epochs.min():.0f} to {epochs.max():.0f}"
)
print(
    f"test loss {early.test_loss.mean():.2f} ± {early.test_loss.std(ddof=1):.2f} "
    f"(deviation over the networks), without stopping {test_loss:.2f}"
)
errors = 100 * (1 - np.array([s.test_accuracy for s in baseline.scores]))
fewer = errors - 100 * (1 - early.accuracy[0])  # the same networks, so in pairs
print(
    f"mistakes in the test: {errors.mean():.1f} % without stopping, "
    f"{(errors - fewer).mean():.1f} % with it;\n"
    f"{fewer.mean():.1f} ± {fewer.std(ddof=1) / np.sqrt(fewer.size):.1f} points fewer "
    "(mean difference and its standard error)"
)
print(f"epochs trained: {early.last_epoch.mean():.0f} of {baseline.epochs[-1]:.0f}")

# %% [markdown]
# ## 7.4 L2: keep the weights small
#
# To jump between close points a network needs steep slopes, thus large weights. L2 charges for them:
#
# $$J = L + \frac{\lambda}{2}\sum_l \lVert W_l\rVert^2, \qquad \frac{\partial J}{\partial W_l} = \frac{\partial L}{\partial W_l} + \lambda W_l .$$
#
# The factor $\frac12$ cancels against the 2 of the square. Biases stay free: they shift a function and make it no steeper.
#
# **By hand.** $W_1 = \begin{pmatrix} 1 & 2 \\ 0 & -1\end{pmatrix}$, $W_2 = (3)$, $\lambda = 0.2$: the penalty is $0.1\,(6 + 9) = 1.5$, whatever the
# biases are.
#
# **Compare.** L1 charges $\lambda\sum|w|$. Its slope is $\pm\lambda$ however small the weight, so it pushes on until the weight is 0. A subgradient
# step jumps over the 0; a **proximal** step, $w \to \mathrm{sign}(w)\max(|w| - \eta\lambda, 0)$ with learning rate $\eta$, stops there.
#
# <details><summary>Hint</summary>
#
# `key.startswith("W")` picks the weights, `W10` too. Which of `a += b` and `a = a + b` changes the array that the caller holds?
#
# </details>
#
# **Predict first.** As $\lambda$ grows from 0 to 0.1, where do training loss and test loss go? Which penalty gives weights that are exactly 0?


# %% nbgrader={"grade": false, "grade_id": "l2", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_penalty(params, lam):
    """lam/2 times the sum of all squared weights, without the biases.

    params: {"W1", "b1", "W2", ...}, any number of layers, in any order; not changed.
    Returns: float.

    >>> print(l2_penalty({"W1": np.array([[3.0, 4.0]]), "b1": np.ones(1)}, lam=0.1))
    1.25

    About 2 lines.
    """
    ### BEGIN SOLUTION
    weights = [value for key, value in params.items() if key.startswith("W")]
    return lam / 2 * sum(np.sum(W**2) for W in weights)
    ### END SOLUTION


def add_l2_grads(grads, params, lam):
    """Adds the gradient of l2_penalty to grads, in place: the arrays in grads
    themselves change.

    grads: the gradients of the loss, with the keys and shapes of params, in any order.
    params: not changed.
    Returns: nothing.

    >>> grads = {"W1": np.array([[1.0]]), "b1": np.array([1.0])}
    >>> add_l2_grads(grads, {"W1": np.array([[4.0]]), "b1": np.array([4.0])}, lam=0.5)
    >>> grads["W1"], grads["b1"]
    (array([[3.]]), array([1.]))

    About 3 lines.
    """
    ### BEGIN SOLUTION
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-l2-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
by_hand = {
    "W1": np.array([[1.0, 2.0], [0.0, -1.0]]),
    "b1": np.array([5.0, -5.0]),
    "W2": np.array([[3.0]]),
    "b2": np.ones(1),
}
check.value(l2_penalty, by_hand, 0.2, expected=1.5)  # the example by hand
check.value(l2_penalty, by_hand, lam=0.0, expected=0.0)
# Eleven layers, the last one first
eleven = {f"W{layer}": np.array([[float(layer)]]) for layer in range(11, 0, -1)}
eleven |= {f"b{layer}": np.ones(1) for layer in range(11, 0, -1)}
check.value(l2_penalty, eleven, 2.0, expected=506.0)  # 1 + 4 + 9 + ... + 121
check.purity(l2_penalty, by_hand, 0.2)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _l2_penalty, _params_far_from_0

_rng = check.rng(6401)
with check.part(
    "l2_penalty",
    hint="Squares, summed over every entry of every weight matrix, times lam/2. No biases.",
):
    for _sizes in [(3, 5, 1), (2, 4, 4, 3), (4, 1), (1, 6, 2)]:
        for _lam in [0.3, 0.01, 2.0]:
            _params = _params_far_from_0(_rng, _sizes)
            check.value(l2_penalty, _params, _lam, expected=_l2_penalty(_params, _lam))
with check.part(
    "l2_penalty of many layers in any order",
    hint="There may be a W10. Which keys are weights?",
):
    _params = _params_far_from_0(_rng, [2] * 13)
    check.value(l2_penalty, _params, 0.7, expected=_l2_penalty(_params, 0.7))
    _params = dict(sorted(_params_far_from_0(_rng, (3, 2, 4)).items(), reverse=True))
    check.value(l2_penalty, _params, lam=0.7, expected=_l2_penalty(_params, 0.7))
with check.part(
    "l2_penalty leaves params alone", hint="Did you write into the caller's arrays?"
):
    check.purity(l2_penalty, _params_far_from_0(_rng, (3, 2, 1)), 0.3)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-l2-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def after_adding(grads, params, lam):
    """The arrays that were handed in as grads, after the call: they must have changed
    themselves.
    """
    arrays, before = dict(grads), {key: array.copy() for key, array in params.items()}
    add_l2_grads(grads, params, lam)
    assert all((params[key] == before[key]).all() for key in before), "params changed"
    return arrays


weights = {"W1": np.array([[1.0, 2.0], [0.0, -1.0]]), "b1": np.array([5.0, -5.0])}
loss_grads = {"W1": np.array([[10.0, 0.0], [0.0, 0.0]]), "b1": np.array([1.0, 1.0])}
sums = {"W1": np.array([[10.2, 0.4], [0.0, -0.2]]), "b1": np.array([1.0, 1.0])}
check.value(after_adding, loss_grads, weights, 0.2, expected=sums)
check.value(after_adding, loss_grads, weights, 0.0, expected=loss_grads)
# Eleven layers, the gradients in another order
many = {f"W{layer}": np.array([[float(layer)]]) for layer in range(1, 12)}
all_sums = {key: 1 + 2 * weight for key, weight in many.items()}
many |= {f"b{layer}": np.ones(1) for layer in range(1, 12)}
all_sums |= {f"b{layer}": np.ones(1) for layer in range(1, 12)}
flat = {key: np.ones(array.shape) for key, array in reversed(many.items())}
check.value(after_adding, flat, many, 2.0, expected=all_sums)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _copied, _params_far_from_0, _with_l2_grads


def _grads_after(grads, params, lam, times=1):
    """The arrays of grads afterwards."""
    arrays, before = dict(grads), _copied(params)
    for _ in range(times):
        add_l2_grads(grads, params, lam)
    assert all(np.array_equal(params[key], before[key]) for key in before), (
        "params changed"
    )
    assert set(grads) == set(arrays), "grads has other keys than before"
    return arrays


_rng = check.rng(6402)
with check.part(
    "add_l2_grads",
    hint="What is the slope of lam/2*w**2? It is added to the arrays that are in grads.",
):
    for _sizes in [(3, 5, 1), (2, 4, 4, 3), (4, 1), (3, 3, 3)]:
        for _lam in [0.3, 0.01, 2.0]:
            _params, _grads = (_params_far_from_0(_rng, _sizes) for _ in range(2))
            _expected = _with_l2_grads(_grads, _params, _lam)
            check.value(_grads_after, _grads, _params, _lam, expected=_expected)
with check.part(
    "add_l2_grads is the gradient of the penalty",
    hint="Compare with a difference quotient of l2_penalty.",
):
    _params = _params_far_from_0(_rng, (3, 2, 2))
    _zeros = {key: np.zeros_like(block) for key, block in _params.items()}
    _slope = {
        key: (0.45 * (block + 1e-5) ** 2 - 0.45 * (block - 1e-5) ** 2) / 2e-5
        if key.startswith("W")
        else _zeros[key]
        for key, block in _params.items()
    }
    check.value(
        _grads_after, _zeros, _params, 0.9, expected=_slope, rtol=1e-6, atol=1e-8
    )
with check.part(
    "add_l2_grads, many layers, other order, called again",
    hint="It adds each time, and to every weight.",
):
    _params, _grads = (_params_far_from_0(_rng, [2] * 12) for _ in range(2))
    _turned = dict(reversed(_grads.items()))
    _expected = _with_l2_grads(_grads, _params, 0.4)
    check.value(_grads_after, _turned, _params, 0.4, expected=_expected)
    _expected = _with_l2_grads(_grads, _params, 1.2)
    check.value(_grads_after, _grads, _params, lam=0.4, times=3, expected=_expected)
    check.value(_grads_after, _grads, _params, 0.0, expected=_grads)
### END HIDDEN TESTS

# %%
rng = np.random.default_rng(0)
small, X, y = (
    init_params([3, 4, 1], "xavier", rng),
    rng.normal(size=(8, 3)),
    np.eye(2)[[0, 1] * 4][:, :1],
)
output, cache = mlp_forward(X, small, np.tanh, sigmoid)
grads = mlp_backward(y, cache, small, lambda z: 1 - np.tanh(z) ** 2)
add_l2_grads(grads, small, 0.5)


def penalised_loss(params):
    return bce_with_logits(
        y, mlp_forward(X, params, np.tanh, lambda z: z)[0]
    ) + l2_penalty(params, 0.5)


print(
    "gradient check of loss and penalty: worst relative error "
    f"{max(gradient_check(penalised_loss, small, grads).values()):.0e}"
)

strengths = np.array([0, 0.001, 0.003, 0.01, 0.03, 0.1])
sweep = experiments.compare(
    tools,
    tasks,
    {
        f"L2 {lam:g}": experiments.Method(penalty=partial(add_l2_grads, lam=lam))
        for lam in strengths
    },
)
sgd = partial(SGD, lr=0.3)  # all others train with Adam
l1 = experiments.compare(
    tools,
    tasks,
    {
        "SGD alone": experiments.Method(optimizer=sgd),
        "SGD, L1, subgradient": experiments.Method(
            optimizer=sgd, penalty=partial(experiments.l1_grads, lam=0.003)
        ),
        "SGD, L1, proximal": experiments.Method(
            optimizer=sgd, after=partial(experiments.shrink, amount=0.3 * 0.003)
        ),
    },
)
# One of the penalties, by the validation loss and not by the test loss
chosen = sweep.names[1 + sweep.val_loss[1:].mean(axis=1).argmin()]
for name, train, val, test, norm in zip(
    sweep.names,
    sweep.train_loss.mean(1),
    sweep.val_loss.mean(1),
    sweep.test_loss.mean(1),
    sweep.norm.mean(1),
    strict=True,
):
    print(
        f"{name:<9} loss {train:.3f} in training, {val:.2f} in validation, {test:.2f} "
        f"in the test; weights of length {norm:.1f}"
    )
print(f"chosen by validation: {chosen}")
kinds = (sweep | l1).only(
    {"L2 0": "none", chosen: chosen, **{name: name for name in l1.names}}
)
for name, tiny, zero in zip(
    kinds.names, kinds.small.mean(1), kinds.zero.mean(1), strict=True
):
    print(f"{name:<20} {tiny:.0%} of the weights below 0.01, {zero:.0%} exactly 0")
plots.penalties(sweep, strengths, kinds)

# %% [markdown]
# ## 7.5 Dropout
#
# In training, set each unit of each example to 0 with probability $p$, each entry by its own draw. No unit can then rely on
# another one. **Inverted** dropout divides the kept ones by $1-p$, so that the mean stays:
#
# $$\text{mask}_{ij} = \begin{cases} 0 & \text{with probability } p \\ \frac1{1-p} & \text{otherwise}\end{cases}, \qquad
# \text{out} = A \odot \text{mask}, \qquad \frac{\partial L}{\partial A} = \frac{\partial L}{\partial\,\text{out}} \odot \text{mask}.$$
#
# At evaluation nothing is dropped and nothing scaled: the output is $A$, the same in every call.
#
# **By hand.** $p = 0.2$: kept units are scaled by $1/0.8 = 1.25$, and the mean of a mask entry is $0.8\cdot 1.25 = 1$. With $p = \frac12$ the
# probabilities to drop and to keep are equal, and a mix-up of the two is invisible. So test with another $p$.
#
# The pass back uses the **same** mask. A new draw would send gradients through units that took no part.
#
# <details><summary>Hint</summary>
#
# `rng.random(shape)` is uniform on $[0, 1)$: below which number is a share $p$ of it?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_forward(A, p, rng, training):
    """Inverted dropout.

    A: activations, array of any shape; not changed.
    p: the probability to drop an entry. training: True or False.
    rng: numpy.random.Generator; not used when not training, and may be None then.
    Returns: (out, mask), both in the shape of A. mask holds 0 for dropped entries and
    1/(1-p) for kept ones; ones when not training. Raises ValueError if p lies outside
    [0, 1).

    >>> dropout_forward(np.array([[1.0, 2.0]]), 0.5, None, training=False)
    (array([[1., 2.]]), array([[1., 1.]]))

    About 7 lines.
    """
    ### BEGIN SOLUTION
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1), got {p}")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask
    ### END SOLUTION


def dropout_backward(dout, mask):
    """The gradient with respect to A, given the gradient with respect to out.

    mask: from dropout_forward, in the shape of dout. Neither is changed.
    Returns: an array of that shape.

    >>> dropout_backward(np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]]))
    array([[0., 5.]])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return dout * mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-dropout-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Any mask that has the right properties passes: which numbers you draw, and how, is
# your choice.
def numbers(p):
    """The different numbers in the mask; in the output, where A is 4; and in the output
    when not training.
    """
    A, rng = np.full((200, 50), 4.0), np.random.default_rng(1)
    out, mask = dropout_forward(A, p, rng, True)
    return [
        np.unique(np.round(a, 9))
        for a in (mask, out, dropout_forward(A, p, None, False)[0])
    ]


def dropped_share(p):
    """Share of the entries of a large mask that are 0, to one decimal."""
    return round(
        float(
            np.mean(
                dropout_forward(np.ones((200, 50)), p, np.random.default_rng(2), True)[
                    1
                ]
                == 0
            )
        ),
        1,
    )


def different_rows(p):
    """How many different rows a mask of 200 rows has."""
    return len(
        np.unique(
            dropout_forward(np.ones((200, 50)), p, np.random.default_rng(3), True)[1],
            axis=0,
        )
    )


def equal_masks(seed, other):
    """Whether two calls with generators of these seeds give the same mask."""
    first, second = (
        dropout_forward(np.ones((8, 9)), 0.5, np.random.default_rng(s), True)[1]
        for s in (seed, other)
    )
    return bool(np.array_equal(first, second))


# By hand
check.value(
    numbers,
    0.2,
    expected=[np.array([0.0, 1.25]), np.array([0.0, 5.0]), np.array([4.0])],
)
check.value(dropped_share, 0.2, expected=0.2)
check.value(different_rows, 0.2, expected=200)


def varying_counts(p):
    """Whether twenty masks drop different numbers of entries."""
    rng, A = np.random.default_rng(8), np.ones((10, 10))
    counts = [np.sum(dropout_forward(A, p, rng, True)[1] == 0) for _ in range(20)]
    return len(set(counts)) > 1


check.value(varying_counts, 0.3, expected=True)  # each entry by its own draw


def share_of_zeros(A, p):
    """Share of the entries of a mask that are 0, to one decimal."""
    mask = dropout_forward(A, p, np.random.default_rng(9), True)[1]
    return round(float(np.mean(mask == 0)), 1)


# An activation that is 0 is kept or dropped like any other
check.value(share_of_zeros, np.zeros((200, 50)), 0.2, expected=0.2)
check.value(equal_masks, 4, 4, expected=True)
check.value(equal_masks, 4, 5, expected=False)
as_it_is = (np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2)))
A = as_it_is[0].copy()
check.value(dropout_forward, A, 0.2, None, False, expected=as_it_is)
# Other shapes stay as well
for shape in [(3,), (2, 3, 4)]:
    ones = np.ones(shape)
    check.value(dropout_forward, ones, 0.2, None, False, expected=(ones, ones))
    both = 2, *shape
    rng = np.random.default_rng(7)
    check.shape(dropout_forward, ones, 0.2, rng, True, expected=both)
check.purity(dropout_forward, np.ones((2, 3)), 0.2, np.random.default_rng(6), True)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _mask(shape, p, seed):
    return np.asarray(
        dropout_forward(np.ones(shape), p, np.random.default_rng(seed), True)[1]
    )


def _values(p):
    return np.unique(np.round(_mask((150, 40), p, 11), 9))


def _share(shape, p, seed):
    return float(np.mean(_mask(shape, p, seed) == 0))


def _out_and_product(A, p, seed):
    """out, and A times the mask that came with it."""
    out, mask = dropout_forward(A, p, np.random.default_rng(seed), True)
    return out, A * mask


_rng = check.rng(6501)
with check.part(
    "entries of the mask",
    hint="p is the probability to drop. By what are kept units scaled?",
):
    for _p in [0.2, 0.75, 0.36]:
        _expected = np.array([0.0, 1 / (1 - _p)])
        check.value(_values, _p, expected=_expected, rtol=1e-7, atol=1e-8)
with check.part(
    "share of dropped entries", hint="p is the probability to drop, not to keep."
):
    for _p in [0.1, 0.3, 0.8]:
        check.value(_share, (100, 60), _p, 12, expected=_p, rtol=0, atol=0.05)
with check.part(
    "activations of 0",
    hint="The mask does not depend on A. Is it read off the output?",
):
    _relu_like = np.maximum(_rng.normal(size=(100, 60)), 0.0)
    for _A in [np.zeros((100, 60)), _relu_like]:
        _out, _m = dropout_forward(_A, 0.3, np.random.default_rng(22), True)
        assert abs(np.mean(np.asarray(_m) == 0) - 0.3) < 0.05, "another share of zeros"
        assert np.allclose(_out, _A * _m), "out is not A times the mask"
with check.part(
    "output", hint="out is A times the mask, entry by entry, and A keeps its values."
):
    for _shape in [(6, 3), (4, 4), (1, 7), (5,), (2, 3, 4)]:
        _A = _rng.normal(size=_shape)
        _out, _product = _out_and_product(_A, 0.4, 14)
        check.value(_out_and_product, _A, 0.4, 14, expected=(_product, _product))
        assert np.shape(_out) == _shape, "out has another shape than A"
with check.part(
    "each entry by its own draw",
    hint="Neither a row nor a column may share one draw, and no count is fixed.",
):
    _m = _mask((40, 30), 0.5, 17) > 0
    assert len({_row.tobytes() for _row in _m}) == 40, "two examples have the same mask"
    assert len({_column.tobytes() for _column in _m.T.copy()}) == 30, (
        "two units have the same mask"
    )
    _counts = [int((_mask((20, 20), 0.4, 100 + _i) == 0).sum()) for _i in range(12)]
    assert len(set(_counts)) > 2, (
        "the number of dropped entries is the same in every call"
    )
    _chance = np.mean([_mask((3, 4), 0.3, 200 + _i) == 0 for _i in range(300)], axis=0)
    assert (np.abs(_chance - 0.3) < 0.16).all(), (
        "the entries are not all dropped with the same probability"
    )
with check.part(
    "the generator is the one handed in",
    hint="Use rng, and nothing else that is random.",
):
    assert np.array_equal(_mask((8, 9), 0.5, 18), _mask((8, 9), 0.5, 18)), (
        "the same state of rng, another mask"
    )
    assert not np.array_equal(_mask((8, 9), 0.5, 18), _mask((8, 9), 0.5, 19)), (
        "another state of rng, the same mask"
    )
with check.part(
    "evaluation", hint="Nothing is dropped, nothing is scaled, and rng may be None."
):
    for _p in [0.2, 0.9]:
        _A = _rng.normal(size=(4, 3))
        _expected, _named = (_A, np.ones((4, 3))), {"rng": None, "training": False}
        check.value(dropout_forward, _A, _p, None, False, expected=_expected)
        check.value(dropout_forward, _A, p=_p, **_named, expected=_expected)
    _generator = np.random.default_rng(20)
    dropout_forward(np.ones((2, 2)), 0.5, _generator, False)
    assert (
        _generator.bit_generator.state == np.random.default_rng(20).bit_generator.state
    ), "rng was used"
with check.part(
    "dropout_forward leaves A alone", hint="A *= mask works on the caller's array."
):
    check.purity(
        dropout_forward, _rng.normal(size=(5, 4)), 0.5, np.random.default_rng(21), True
    )
    check.purity(dropout_forward, _rng.normal(size=(5, 4)), 0.5, None, False)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-dropout-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
up, mask = np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]])
check.value(dropout_backward, up, mask, expected=np.array([[0.0, 5.0]]))
# The places count, not only how many are dropped
places = np.array([0.0, 1.25, 1.25, 0.0, 1.25, 1.25, 1.25, 0.0, 1.25, 1.25])
check.value(dropout_backward, np.ones(10), places, expected=places)
check.value(dropout_backward, np.ones(10), places[::-1], expected=places[::-1])
check.value(dropout_backward, up, np.ones((1, 2)), expected=up)  # not training
# Other shapes
for shape in [(2,), (1, 1, 2)]:
    down = np.array([0.0, 5.0]).reshape(shape)
    arrays = up.reshape(shape), mask.reshape(shape)
    check.value(dropout_backward, *arrays, expected=down)
check.purity(dropout_backward, np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

_rng = check.rng(6502)
with check.part(
    "dropout_backward",
    hint="The slope of A*mask with respect to A, times the upstream gradient.",
):
    for _shape, _p in [
        ((6, 3), 0.2),
        ((4, 4), 0.7),
        ((1, 5), 0.4),
        ((7,), 0.3),
        ((2, 3, 4), 0.5),
    ]:
        _dout, _mask = _rng.normal(size=_shape), (_rng.random(_shape) >= _p) / (1 - _p)
        _expected = np.where(_mask > 0, _dout / (1 - _p), 0.0)
        check.value(dropout_backward, _dout, _mask, expected=_expected)
        check.value(dropout_backward, _dout, np.ones(_shape), expected=_dout)
with check.part(
    "dropout_backward is the gradient of what was done",
    hint="The mask already holds the scale.",
):
    _mask, _weight = (_rng.random((4, 3)) >= 0.3) / 0.7, _rng.normal(size=(4, 3))
    for _i in range(4):
        for _j in range(3):
            _up = np.zeros((4, 3))
            _up[_i, _j] = 1.0
            _slope = np.sum(_weight * ((1.5 + _up) * _mask - 1.5 * _mask))
            assert (
                abs(np.asarray(dropout_backward(_weight, _mask))[_i, _j] - _slope)
                < 1e-9
            ), "another slope than measured"
with check.part(
    "dropout_backward leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    check.purity(dropout_backward, _rng.normal(size=(3, 4)), np.full((3, 4), 1.25))
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-dropout-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def shape_of_output(p):
    """The shape of the output for A of shape (2, 3)."""
    return list(
        np.shape(dropout_forward(np.ones((2, 3)), p, np.random.default_rng(1), True)[0])
    )


check.raises(
    ValueError, dropout_forward, np.ones((2, 2)), 1.0, np.random.default_rng(0), True
)
check.raises(
    ValueError, dropout_forward, np.ones((2, 2)), -0.1, np.random.default_rng(0), True
)
for p in [0.0, 0.9]:  # p = 0 is allowed
    check.value(shape_of_output, p, expected=[2, 3])
# Then every entry is kept as it is
as_it_is = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2))
rng = np.random.default_rng(1)
check.value(dropout_forward, as_it_is[0], 0.0, rng, True, expected=as_it_is)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

with check.part(
    "p outside of [0, 1)", hint="p = 1 would divide by 0. Which other p make no sense?"
):
    for _p in [1.0, 1.5, 20.0, -0.01, -1.0]:
        _args = (np.ones((3, 2)), _p, np.random.default_rng(1), True)
        check.raises(ValueError, dropout_forward, *_args)
with check.part("p inside of [0, 1)", hint="0 is allowed, and so is every p below 1."):
    for _p in [0.0, 0.5, 0.99]:
        _args = (np.ones((3, 2)), _p, np.random.default_rng(1), True)
        check.shape(lambda *args: dropout_forward(*args)[0], *_args, expected=(3, 2))
    _A = check.rng(6221).normal(size=(5, 4))
    _args = (_A, 0.0, np.random.default_rng(3), True)
    check.value(dropout_forward, *_args, expected=(_A, np.ones((5, 4))))
### END HIDDEN TESTS

# %% [markdown]
# **Predict first.** The explorer below asks for a low validation loss at the last epoch. Can L2 alone reach it? Can dropout alone?
#
# **Use the explorer** to find out. Networks with your L2 and your dropout are trained beforehand, so that every move is
# quick. Look at the map: what does a larger penalty do to the black line, where both classes are equally
# likely, and what to the colours? Then set both to 0 and move the epoch: which epoch looks like a network with a penalty?

# %%
task = experiments.moons_task(train_val_split, 0)
networks = experiments.grid(
    tools, task, add_l2_grads, dropout_forward, dropout_backward
)
widgets.overfitting_explorer(networks)

# %% [markdown]
# ## 7.6 AdamW
#
# With plain gradient descent, L2 shrinks a weight by the factor $1 - \eta\lambda$ per step: **weight decay**. Under Adam it does not. There
# the penalty's gradient is part of $g$ and is divided by $\sqrt{\hat v}$ with it, so weights with large gradients hardly shrink. AdamW
# decouples the two. In each step,
#
# $$\text{first } \theta \leftarrow (1 - \eta\,\lambda)\,\theta \text{ for every weight matrix, then an Adam step}$$
#
# with the gradient of the loss alone. Biases, and all keys that do not start with `W`, are not decayed. This is the form of PyTorch; in
# Loshchilov and Hutter 2019 the decay is $\lambda$ alone, without $\eta$.
#
# **By hand.** $w = 1$, $g = 2$, $\eta = 0.1$, $\lambda = 0.5$: decay leaves 0.95, and the first Adam step has length $\eta$: 0.85. With $g = 0$: 0.95.
#
# **Predict first.** Weights of size 1 get gradients that are pure noise, of deviation 0.01 to 10, and the same penalty each. How does
# what is left after 300 steps depend on the size of the noise, for each of the three optimizers?


# %% nbgrader={"grade": false, "grade_id": "adamw", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AdamW:
    """Adam with decoupled weight decay.

    weight_decay: a weight is first multiplied by 1 - lr*weight_decay, then Adam moves
    it. Only keys that start with "W" decay. You may use Adam of notebook 6, which is
    provided above.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        """About 2 lines."""
        ### BEGIN SOLUTION
        self.factor = 1 - lr * weight_decay
        self.adam = Adam(lr, beta1, beta2, eps)
        ### END SOLUTION

    def step(self, params, grads):
        """One step: the arrays in params change in place.

        params: dict of float64 arrays. grads: dict with the same keys; not changed.
        Returns: nothing.

        >>> params = {"W1": np.array([[1.0]])}
        >>> AdamW(lr=0.1, weight_decay=0.5).step(params, {"W1": np.array([[0.0]])})
        >>> params["W1"]
        array([[0.95]])

        About 4 lines.
        """
        ### BEGIN SOLUTION
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-adamw-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def one_step(w, b, gradient, **settings):
    """The arrays W1, b1 and gamma1, which start at w, b and b, after one step with this
    gradient for all.
    """
    params = {"W1": np.array([[w]]), "b1": np.array([b]), "gamma1": np.array([b])}
    arrays = dict(params)
    grads = {key: np.full(array.shape, gradient) for key, array in params.items()}
    AdamW(**settings).step(params, grads)
    return [float(array.item()) for array in arrays.values()]


# The example by hand
by_hand = {"lr": 0.1, "weight_decay": 0.5}
check.value(one_step, 1.0, 1.0, 2.0, **by_hand, expected=[0.85, 0.9, 0.9])
# The penalty alone
check.value(one_step, 1.0, 1.0, 0.0, **by_hand, expected=[0.95, 1.0, 1.0])
# The defaults
check.value(one_step, 1.0, 1.0, 2.0, expected=[0.99999 - 0.001, 0.999, 0.999])
# eps stands outside of the root: a gradient of its size moves by lr/2
tiny = {"lr": 0.1, "weight_decay": 0.0, "eps": 1e-3}
check.value(one_step, 1.0, 1.0, 1e-3, **tiny, expected=[0.95, 0.95, 0.95])
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _adamw, _normal


def _first(params, grads, **settings):
    """The arrays of params after one step."""
    arrays = dict(params)
    AdamW(**settings).step(params, grads)
    return arrays


def _check_first_step(params, grads, rtol=1e-7, **settings):
    _expected = _adamw(params, [grads], **settings)
    check.value(_first, params, grads, **settings, expected=_expected, rtol=rtol)


_shapes = {"W1": (3, 2), "b1": 3, "gamma1": 3, "W2": (2, 3), "b2": 2, "W10": (2, 2)}
_rng = check.rng(6701)
with check.part(
    "the first step",
    hint="Decay first, by the factor 1 - lr*weight_decay; then Adam, with the loss gradient.",
):
    for _lr, _decay in [(0.1, 0.5), (0.02, 3.0), (0.3, 1.0), (0.5, 0.0)]:
        _params, _grads = _normal(_rng, _shapes), _normal(_rng, _shapes)
        _check_first_step(_params, _grads, lr=_lr, weight_decay=_decay)
with check.part(
    "gradients of any size",
    hint="The decay does not depend on the gradient. Where does eps stand?",
):
    for _scale in [1e-6, 1e3]:
        _params, _grads = _normal(_rng, _shapes), _normal(_rng, _shapes, _scale)
        _check_first_step(_params, _grads, lr=0.1, weight_decay=0.5)
    _check_first_step(_params, _grads, lr=0.1, weight_decay=0.5, eps=100.0)
with check.part("zero gradients", hint="Weights shrink, and nothing else moves."):
    _zeros = {key: np.zeros(shape) for key, shape in _shapes.items()}
    _check_first_step(_params, _zeros, lr=0.2, weight_decay=0.4)
with check.part("defaults", hint="The defaults stand in the signature."):
    _check_first_step(_params, _grads, rtol=1e-9)
    _check_first_step(_params, _zeros, rtol=1e-9)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-adamw-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def after(n_steps, gradient):
    """W1 and b1, which start at 1, after some steps with the same gradient: Adam then
    moves by lr in each of them.
    """
    params, optimizer = (
        {"W1": np.ones((1, 1)), "b1": np.ones(1)},
        AdamW(lr=0.1, weight_decay=0.5),
    )
    grads = {"W1": np.full((1, 1), gradient), "b1": np.full(1, gradient)}
    for _ in range(n_steps):
        optimizer.step(params, grads)
    return [float(params["W1"][0, 0]), float(params["b1"][0])]


check.value(after, 2, 2.0, expected=[0.95 * 0.85 - 0.1, 0.8])
check.value(after, 3, 0.0, expected=[0.95**3, 1.0])
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _adamw, _copied, _normal, _steps_in_one_buffer

_shapes = {"b2": 2, "W1": (3, 2), "W2": (2, 3), "b1": 3, "gamma1": 2, "W10": (3, 2)}
_rng = check.rng(6702)
_params, *_gradients = (_normal(_rng, _shapes) for _ in range(26))


def _check_all_steps(rtol=1e-7, **settings):
    """All steps, with gradients that come in the same arrays."""
    check.value(
        _steps_in_one_buffer,
        partial(AdamW, **settings),
        _params,
        _gradients,
        expected=_adamw(_params, _gradients, **settings),
        rtol=rtol,
    )


with check.part(
    "25 steps",
    hint="What is kept from step to step: two averages per key, and one count of the steps.",
):
    _check_all_steps(lr=0.1, weight_decay=0.5)
    _check_all_steps(lr=0.05, beta1=0.6, beta2=0.8, eps=0.01, weight_decay=2.0)
    _check_all_steps(lr=0.1, weight_decay=0.0)
with check.part(
    "25 steps with the defaults", hint="The defaults stand in the signature."
):
    _check_all_steps(rtol=1e-9)
with check.part(
    "two optimizers at once",
    hint="State belongs to the object: nothing is shared between two of them.",
):
    _settings = {"lr": 0.1, "weight_decay": 0.5}
    _one, _two = AdamW(**_settings), AdamW(**_settings)
    _first, _second = _copied(_params), _copied(_params)
    for _g, _h in zip(_gradients[:4], _gradients[4:8], strict=True):
        _one.step(_first, _g)
        _two.step(_second, _h)
    for _found, _part in [(_first, _gradients[:4]), (_second, _gradients[4:8])]:
        _want = _adamw(_params, _part, **_settings)
        assert all(
            np.allclose(_found[key], _want[key], rtol=1e-7, atol=1e-9) for key in _want
        ), "another result"
### END HIDDEN TESTS

# %%
decayed = experiments.decay(
    {
        "SGD with L2": (partial(SGD, lr=0.01), partial(add_l2_grads, lam=0.2)),
        "Adam with L2": (partial(Adam, lr=0.01), partial(add_l2_grads, lam=0.2)),
        "AdamW": (partial(AdamW, lr=0.01, weight_decay=0.2), None),
    }
)
print(f"decay alone leaves {decayed.pure:.2f}")
for name, left in zip(decayed.names, decayed.left, strict=True):
    print(
        f"{name:<13} leaves {left[0]:.2f} at noise {decayed.scales[0]:g}, "
        f"{left[-1]:.2f} at noise {decayed.scales[-1]:g}"
    )
plots.decay(decayed)

# %% [markdown]
# ## 7.7 What helps here?
#
# **Predict first.** Rank the methods by test loss, then by test accuracy: nothing, early stopping, L2, L1, dropout 0.2 and 0.5, L2 with
# dropout, AdamW. Settings were chosen on validation rows, or fixed beforehand.

# %%
lam = float(chosen.split()[1])
drop = {
    p: experiments.Dropout(dropout_forward, dropout_backward, p) for p in (0.2, 0.5)
}
more = experiments.compare(
    tools,
    tasks,
    {
        "dropout 0.2": experiments.Method(dropout=drop[0.2]),
        "dropout 0.5": experiments.Method(dropout=drop[0.5]),
        f"{chosen}, dropout 0.2": experiments.Method(
            penalty=partial(add_l2_grads, lam=lam), dropout=drop[0.2]
        ),
    },
)
decays = experiments.compare(
    tools,
    tasks,
    {
        f"AdamW {decay:g}": experiments.Method(
            optimizer=partial(AdamW, lr=0.01, weight_decay=decay)
        )
        for decay in (0.01, 0.1, 1, 3, 10)
    },
)
adamw = decays.names[decays.val_loss.mean(axis=1).argmin()]  # by validation, as L2
shown = ["none", "early stopping", chosen, "SGD alone", "SGD, L1, proximal"]
results = (kinds | early | more | decays).only(
    {name: name for name in [*shown, *more.names, "AdamW 0.01", adamw]}
)
print(f"mean ± standard deviation of {len(tasks)} networks; length of the weights")
print(f"{'':<21} training loss    test loss  test accuracy  length")
for i in results.test_loss.mean(axis=1).argsort():
    loss, accuracy = results.test_loss[i], results.accuracy[i]
    print(
        f"{results.names[i]:<21} {results.train_loss[i].mean():13.3f}"
        f"  {loss.mean():.2f} ± {loss.std(ddof=1):.2f}"
        f"  {accuracy.mean():.3f} ± {accuracy.std(ddof=1):.3f}"
        f"  {results.norm[i].mean():6.1f}"
    )
plots.comparison(results)

# %% [markdown]
# **Does batch normalization regularize?** In training, each row is normalized by the statistics of the rows that came with it. With all
# 60 rows in each batch these are always the same rows; with ten, drawn anew, the statistics are a noise. **Predict first.** In which case does
# normalization change the training loss, and in which direction the test loss?

# %%
layers = experiments.Layers(
    linear_forward,
    linear_backward,
    batchnorm_forward,
    batchnorm_backward,
    bce_with_logits_grad,
)
print(experiments.normalized(tools, layers, tasks).table())

# %% [markdown]
# With batches of ten it acts as a regularizer here: the training loss rises, the test loss falls, both by many standard
# errors. With all rows at once the difference of the test losses is about twice its standard error. Batch normalization was made for
# training deep networks (notebook 5); this is a side effect of small batches.
#
# ## 7.8 Capacity, data, depth
#
# Every method above makes the network less flexible. So would fewer units, and more data would leave less noise to learn.
#
# **Predict first.** With one unit per layer, or with 64: which trains better, which tests better, and does L2 change the answer? From how
# many rows on is L2 hardly needed? (A layer of one ReLU may be dead from the start.) On two regression problems, how many hidden layers are best once each network is stopped early?

# %%
both = {
    "none": experiments.Method(),
    "L2": experiments.Method(penalty=partial(add_l2_grads, lam=lam)),
}
capacity = experiments.capacity_curve(tools, tasks[:3], both)
learning = experiments.learning_curve(tools, train_val_split, both)
depth = experiments.depth_curve(tools, partial(EarlyStopping, patience=30))
print("test loss")
for curve, unit in ((capacity, "units"), (learning, "rows"), (depth, "layers")):
    for name, losses in zip(curve.names, curve.test.mean(axis=-1), strict=True):
        print(
            f"{name:>9}: "
            + ", ".join(
                f"{loss:.3f} at {x:g}" for x, loss in zip(curve.x, losses, strict=True)
            ),
            unit,
        )
for name, added, error, control in zip(
    depth.names, *depth.over_first, depth.control.mean(axis=1), strict=True
):
    print(
        f"{name:>9}, a linear model: {control:.3f}. "
        "More layers add, with standard errors:"
    )
    lines = zip(depth.x[1:], added[1:], error[1:], strict=True)
    print(" " * 10, "; ".join(f"{x:g}: {a:+.3f} ± {e:.3f}" for x, a, e in lines))
plots.curves(capacity, learning, depth)

# %% [markdown]
# ## 7.9 Bias, variance, and double descent
#
# Train on many data sets from one source. At a point $x$ the mean squared error against the truth is
# $(\text{mean prediction} - \text{truth})^2 + \text{spread}^2$: squared **bias** plus **variance**. Inflexible models err the same way each time;
# flexible ones follow the noise. Hence the classical U of test error against capacity.
#
# It is half of the story. Take $N$ ReLU units with random, fixed weights and fit the output weights alone: that is least squares, solved
# in closed form. With forty rows an exact fit becomes possible at about $N = 40$. Among all exact fits we take the one with
# the shortest weights. Near $N = 40$ a few data sets give enormous errors, so the errors below are medians over 200 data sets, and bias
# and variance are the parts of the mean error. The mean prediction of 200 fits still varies by a 200th of the variance; that
# much is taken off the squared bias, and where it is more than the bias itself, no bias is shown.
#
# **Predict first.** Does the test error keep growing beyond $N = 40$? What does a small ridge (L2) do to the peak?

# %%
dd = experiments.double_descent(relu)
n, error = dd.n_features.astype(int), dd.test[0]
peak = error.argmax()
first = error[:peak].argmin()
print(
    f"no ridge: test error {error[first]:.3f} at {n[first]} features, "
    f"{error[peak]:.2f} at {n[peak]}, {error[-1]:.3f} at {n[-1]}"
)
exact = n[dd.train[0] < 1e-12].min()
print(f"{dd.n_rows} rows are fitted exactly from {exact} features on, of those tried")
print(
    f"ridge {dd.ridges[1]:g} at {n[peak]} features: squared bias "
    f"{dd.bias[1, peak]:.3f}, variance {dd.variance[1, peak]:.3f}"
)
print(
    f"at {n[-1]} features: squared bias {dd.bias[0, -1]:.3f}, variance "
    f"{dd.variance[0, -1]:.2f};\nlength of the weights {dd.norm[0, -1]:.1f}, "
    f"at {n[peak]} features {dd.norm[0, peak]:.0f}"
)
print(
    "the second descent "
    f"{'passes' if error[-1] < error[first] else 'stays above'} the first minimum"
)
print(
    f"ridge {dd.ridges[1]:g}: {dd.test[1, peak]:.3f} at {n[peak]} features, "
    f"{dd.test[1, -1]:.3f} at {n[-1]}"
)
plots.double_descent(dd)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-generalization", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 7.10 Explain
#
# In six to ten sentences: **why did L2 help more than dropout here, and what do bias and variance say about it?** Use at least three
# measured numbers, say on which rows the strength of the penalty must be chosen, and name a situation in which you expect another
# ranking. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Without regularization the networks reach a training loss of about 0.01 and a test loss of about 1.9: they have
# enough capacity to learn the noise of 60 points, and another sample gives another function, so the error is mostly variance. L2
# shrinks the weights (length about 25 to 5) and so the slopes; the training loss rises to about 0.2, a little bias, and the test loss
# falls to about 0.34. A penalty of 0.1 is too strong: both losses rise, which is bias. Dropout adds noise to the hidden units, but the
# weights stay large (length about 17 at p = 0.5) and the network still becomes too sure; its test loss ends near 0.7. Accuracies differ
# much less than losses, since over-confidence hardly moves the boundary. The strength belongs to the validation rows; the test rows are
# used once. With much more data all methods are close, and in wide networks on images dropout often helps more.
#
# **Mark scheme.** 1 point: variance as the problem, L2 as less variance for some bias. 1 point: three measured numbers, used correctly,
# for at least two methods. 1 point: choice on validation rows, and a sensible situation with another ranking (more data, larger networks,
# another optimizer). Half a point off for claims about accuracy that the table contradicts.
# ### END SOLUTION

# %%
loss = dict(zip(results.names, results.test_loss.mean(axis=1), strict=True))
accuracy = dict(zip(results.names, results.accuracy.mean(axis=1), strict=True))
print(
    f"1. Over-fitting: test loss {loss['none']:.2f}, training loss {train_loss:.3f}; "
    f"lowest on the way {lowest:.2f} (validation)."
)
print(
    f"2. {min(loss, key=loss.get)} ends lowest, {loss[min(loss, key=loss.get)]:.2f}; "
    f"early stopping {loss['early stopping']:.2f}."
)
dropped = min(loss["dropout 0.5"], loss["dropout 0.2"])
print(
    f"3. Dropout 0.5 ends at {loss['dropout 0.5']:.2f}, dropout 0.2 at "
    f"{loss['dropout 0.2']:.2f}: "
    f"{'weaker' if dropped > loss[chosen] else 'stronger'} than L2 here."
)
print(
    f"4. All accuracies lie between {min(accuracy.values()):.3f} and "
    f"{max(accuracy.values()):.3f}: the losses differ far more."
)
print(
    f"5. AdamW with its default decay of 0.01: {loss['AdamW 0.01']:.2f}; "
    f"{adamw}, chosen: {loss[adamw]:.2f}. The strength matters."
)
print(
    f"6. With {learning.x[-1]:.0f} rows and nothing else: "
    f"{learning.test[0, -1].mean():.2f}. L2 brings {learning.test[1, -1].mean():.2f}."
)
best_depth = [
    f"{name}: {depth.x[row.argmin()]:.0f}"
    for name, row in zip(depth.names, depth.validation.mean(axis=-1), strict=True)
]
print(f"7. Number of hidden layers chosen by validation: {', '.join(best_depth)}.")

# %% [markdown]
# ## 7.11 What to keep
#
# **What holds in general**
#
# 1. Watch training and validation loss together. A gap is normal; a validation loss that *rises* is over-fitting.
# 2. Choose on validation rows, report once on test rows. The validation loss of a chosen model is too good as well.
# 3. L2 and weight decay are the same for plain gradient descent only. Under Adam they are two methods.
# 4. Dropout has two modes, as batch normalization has. Forgetting to switch is a silent mistake.
# 5. More parameters than rows need not be a disaster: among exact fits, short weights can generalize.
#
# **What is a rule of thumb.** "Use dropout 0.5", "two or three hidden layers", "decay 0.01": the table shows how much depends on
# the data. We used 60 rows, width 32, 500 epochs and ten seeds; the averages over three seeds by width and rows in 7.8 are rough.
#
# **Read more.** Geman, Bienenstock and Doursat 1992, on bias and variance. Prechelt 1998, *Early stopping, but when?* Srivastava et al.
# 2014, *Dropout*. Loshchilov and Hutter 2019, *Decoupled weight decay
# regularization*. Belkin, Hsu, Ma and Mandal 2019, on double descent.
#
# **Further, optional.** (a) Evaluate a network with dropout left on, twice. (b) Smooth the labels to 0.05 and 0.95: is that a remedy
# for over-confidence? (c) Take the mean of the probabilities of the ten unregularized networks: which part of the error vanishes?

# %%
check.summary()
