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
# A network has learned little until it predicts **new** data. You write five tools for that: a
# split, early stopping, L2, dropout and AdamW, and measure which of them help here.
#
# - **Time**: 90 to 120 minutes.
# - **You need**: notebooks 1 to 6 (their functions are loaded below), mean and variance: if a number takes the values $x_k$ with
#   probabilities $p_k$, its mean is $\mu = \sum p_k x_k$ and its variance $\sum p_k (x_k - \mu)^2 = \sum p_k x_k^2 - \mu^2$.
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


# %% [markdown]
# ## 7.1 Hold something back
#
# Training makes the training loss small. Whether the network **generalizes** shows on rows that it has not seen:
#
# - the **training** part fits the weights,
# - the **validation** part chooses everything else: strength of a penalty, width, when to stop,
# - the **test** part is used once, at the end. Whoever chooses by it reports a number that is too good.
#
# Here the test part is 2000 fresh rows, which nobody has in practice. We print its loss often, to see what the
# validation part can only estimate, and choose nothing by it.
#
# The split must be random. Data are often sorted, by class or by date, and the last rows are unlike the rest. Rows of `X` and
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


# %% [markdown] ladder="split"
# 1. How many draws do you make, and do `X` and `y` share it? What comes out for a fraction of 0, if you cut from the
# end with a negative index? In which order are the four arrays returned?
#
# 2. Shuffle places, not data: one permutation holds each of them once. Cut it into two pieces, where rounding gives
# the length of one, and pick rows of data and labels with each piece. So partners stay together, nobody is on both
# sides, and the caller's data are never touched. Only the given generator may be asked.
#
# 3. Five rows and a fraction of $0.4$, so $0.4 \cdot 5 = 2$ are held back. Suppose that the draw is $(2, 0, 4, 1, 3)$.
# The first two places, 2 and 0, go to one side, the places 4, 1, 3 to the other. Which of them index the arrays that
# are returned first? With a fraction of 0 the first piece is empty, and `order[:0]` says so; but `order[:-0]` is the
# same thing, and not everything. Which four lengths do you return then?
#
# 4.
#
#     order = rng.permutation(len(X))
#     n_val = round(val_fraction * len(X))
#     n_val = int(val_fraction * len(X))  # wrong
#     val, train = order[:n_val], order[n_val:]
#     return X[train], y[train], X[val], y[val]


# %% nbgrader={"grade": false, "grade_id": "helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
# What the tests below call
def split(m, share, seed=0):
    """The parts of m rows: row i holds the number i, its label is 10*i, as columns."""
    X = np.arange(float(m))[:, None]
    return train_val_split(X, 10 * X, share, np.random.default_rng(seed))


def sizes(m, share):
    return [len(part) for part in split(m, share)]


def rows(m, share):
    parts = split(m, share)
    return sorted([*np.ravel(parts[0]).tolist(), *np.ravel(parts[2]).tolist()])


def wrong_labels(m, share):
    X_tr, y_tr, X_val, y_val = (np.ravel(part) for part in split(m, share))
    return int((10 * X_tr != y_tr).sum() + (10 * X_val != y_val).sum())


def same_split(m, seed, other):
    one, two = (np.sort(np.ravel(split(m, 0.5, s)[2])) for s in (seed, other))
    return bool(np.array_equal(one, two))


# %% nbgrader={"grade": true, "grade_id": "test-split-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def shapes(y):
    parts = train_val_split(np.ones((4, 2)), y, 0.25, np.random.default_rng(0))
    return [part.shape for part in parts]


check.value("by hand", sizes, 11, 0.25, expected=[8, 8, 3, 3])
for m, share, n in [(10, 0.3, 3), (9, 0.25, 2), (4, 0.0, 0), (4, 1.0, 4)]:
    check.value(f"{share:g} of {m}", sizes, m, share, expected=[m - n] * 2 + [n] * 2)
for share in [0.0, 0.3, 0.8]:
    check.value(f"each row once, {share:g}", rows, 10, share, expected=list(range(10)))
check.value("each row with its label", wrong_labels, 10, 0.3, expected=0)
one = [(3, 2), (3,), (1, 2), (1,)]
check.value("y of shape (m,)", shapes, np.ones(4), expected=one)
two = [(3, 2), (3, 2), (1, 2), (1, 2)]
check.value("y of shape (m, 2)", shapes, np.ones((4, 2)), expected=two)
check.value("the same seed, the same split", same_split, 40, 1, 1, expected=True)
check.value("another seed, another split", same_split, 40, 1, 2, expected=False)
X, rng = np.arange(12.0).reshape(6, 2), np.random.default_rng(0)
check.purity("arguments unchanged", train_val_split, X, np.arange(6.0), 0.5, rng)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _parts(X, y, val_fraction, seed):
    """X_tr, y_tr, X_val, y_val."""
    parts = train_val_split(X, y, val_fraction, check.rng(seed))
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
            check.purity(train_val_split, *_args, _share, check.rng(_m))
### END HIDDEN TESTS

# %% [markdown]
# ## 7.2 Over-fitting
#
# Sixty noisy points of two moons, a network with 1185 parameters, Adam for 500 epochs, six seeds. The classes overlap: whoever
# gets all training points right has learned their noise. How many points of test accuracy are lost?

# %% tags=["no-marks"]
tools = experiments.Tools(  # what the experiments train networks with
    init_params=init_params,
    mlp_forward=mlp_forward,
    mlp_backward=mlp_backward,
    relu=relu,
    relu_prime=relu_prime,
    sigmoid=sigmoid,
    bce_with_logits=bce_with_logits,
    Adam=Adam,
)
moons = experiments.moons_tasks(train_val_split, 24)
tasks = moons[:6]
network = init_params(list(experiments.SIZES), "he", np.random.default_rng(0))
print(f"{sum(array.size for array in network.values())} parameters")
rises = widgets.predict(
    "By which factor does the validation loss grow from its lowest to epoch 500?"
)
rises

# %% tags=["no-marks"]
baseline = experiments.overfitting(tools, tasks)
print(baseline.table())
rises.answer(baseline.rise, because=experiments.WHY["rise"], of=train_val_split)
plots.overfitting(baseline)

# %% [markdown]
# ## 7.3 Early stopping
#
# After the best epoch the network becomes *sure* of its mistakes: a sure mistake has a large loss. The cheapest remedy is to stop when the validation loss no longer improves, and to return to the best
# parameters.
#
# The validation loss is noisy, so one bad epoch proves nothing. Let `best_loss` be the lowest so far. A step **improves** if
# `loss < best_loss - min_delta`. After `patience` steps in a row without improvement, stop.
#
# **By hand**, with patience 2 and losses 3, 2.5, 2.6, 2.4, 2.5, 2.3, 2.5, 2.4: the counter reads 0, 0, 1, 0, 1, 0, 1, 2: stop. The
# last loss beats the one before it, not the best. The best was step 5, counted from 0.
#
# Two traps. With NaN each of `<`, `>` and `==` is false, so `if loss < ...: improve` and `if loss >= ...: wait` differ. And training changes `params` in place: what
# you keep must be a copy of the **arrays**.
#
# <details><summary>Hint</summary>
#
# If the condition for an improvement stands in the `if`, everything else, NaN included, ends up in the `else`.
#
# </details>
#
# The best epoch is itself noisy: in the table above it is spread twice as wide by 60 validation rows as by 2000 test rows.
#
# The **standard error** of a mean of $n$ differences is their standard deviation divided by $\sqrt n$: how far off the mean
# typically is.


# %% nbgrader={"grade": false, "grade_id": "early-stopping", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EarlyStopping:
    """Says when to stop, and remembers the best parameters.

    patience, min_delta: see above. The first finite loss improves; NaN never.
    Attributes: best_loss; best_step, from 0; best_params, a dict of copies.
    """

    def __init__(self, patience, min_delta=0.0):
        """About 3 lines."""
        ### BEGIN SOLUTION
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0
        ### END SOLUTION

    def update(self, loss, params):
        """Takes the next loss, a number, and params, a dict of arrays that it does not
        change. Returns True when it is time to stop, else False.

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


# %% [markdown] ladder="early-stopping"
# 1. Which branch runs when the loss is NaN? Does your counter fall back to 0 after a better step? And if the caller
# writes into `params` afterwards, what has become of your best ones?
#
# 2. One question divides everything: is this result clearly below the record? Only then three things are noted, the
# record, its number and fresh arrays, and patience begins anew. Otherwise one unit of it is used up; whatever cannot
# be compared lands there by itself. A step is counted either way, after its number was used. The answer says whether
# patience has run out.
#
# 3. With `patience=2` and `min_delta=0.5` the numbers $5, 4.7, 4.4, 4.3$ arrive. The first is below infinity: record 5
# at number 0, waited 0. For $4.7$ the limit is $5 - 0.5 = 4.5$: no, the record stays at 5, waited 1. For $4.4$ the
# limit is still $4.5$: yes, so the record is $4.4$ at number 2, waited 0. What happens with $4.3$? And if a NaN comes
# next, what do you return?
#
# 4.
#
#     def update(self, loss, params):
#         if loss < self.best_loss - self.min_delta:
#             self.best_loss, self.best_step = loss, self.step
#             self.best_params = {key: np.array(value) for key, value in params.items()}
#             self.best_params = dict(params)  # wrong
#             self.waited = 0
#         else:
#             self.waited += 1
#         self.step += 1
#         return self.waited >= self.patience


# %% nbgrader={"grade": true, "grade_id": "test-early-stopping-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def answers(losses, patience, min_delta=0.0):
    watch, said = EarlyStopping(patience, min_delta), []
    while len(said) < len(losses) and not (said and said[-1]):
        said.append(watch.update(losses[len(said)], {"W1": np.ones((2, 1))}))
    return said


nan, by_hand = np.nan, [3.0, 2.5, 2.6, 2.4, 2.5, 2.3, 2.5, 2.4]
end, no = [False, False, True], [False] * 4
check.value("by hand", answers, by_hand, 2, expected=[False] * 7 + [True])
check.value("a plateau", answers, [1.0, 1.0, 1.0], 2, expected=end)
check.value("0 is the best", answers, [0.0, 0.5, 0.25], 2, expected=end)
check.value("NaN, twice", answers, [2.0, nan, nan], 2, expected=end)
check.value("NaN comes first", answers, [nan, 2.0, 1.0, 3.0], 2, expected=no)
check.value("a gain below min_delta", answers, [2.0, 1.9], 1, 0.25, expected=end[1:])
gains = [2.0, 1.875, 1.75, 1.625]
check.value("small gains add up", answers, gains, 3, 0.25, expected=no)
check.value("huge, negative", answers, [1e12, 1e11, -1.0, -2.0], 1, expected=no)
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
    """The attributes; the parameters of step i hold the number i, changed in place."""
    es = EarlyStopping(100, min_delta)
    params = {"W1": np.zeros((1, 2)), "b1": np.zeros(1)}
    for step, loss in enumerate(losses):
        params["W1"][...] = params["b1"][...] = step
        es.update(loss, params)
    kept = {key: np.array(a) for key, a in (es.best_params or {}).items()}
    return {"best_loss": es.best_loss, "best_step": es.best_step, "best_params": kept}


def best(loss, step):
    kept = {"W1": np.full((1, 2), float(step)), "b1": np.full(1, float(step))}
    return {"best_loss": loss, "best_step": step, "best_params": kept}


by_hand, equal = [3.0, 2.5, 2.6, 2.4, 2.5, 2.3, 2.5, 2.4], [3.0, 2.0, 2.0, np.nan, 2.0]
check.value("by hand", remembered, by_hand, expected=best(2.3, 5))
check.value("equal, then NaN", remembered, equal, expected=best(2.0, 1))
check.value("small", remembered, [np.nan, 2.0, 1.9], 0.25, expected=best(2.0, 1))
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

# %% tags=["no-marks"]
early = experiments.compare(
    tools,
    tasks,
    {"early stopping": experiments.Method()},
    stopper=partial(EarlyStopping, patience=20),
)
print(experiments.stopping_table(baseline, early, patience=20))
moves = widgets.predict(
    "7.4 adds a cost for large weights to the loss, L2. Its strength grows from 0 to "
    "0.1: the test loss ...",
    ["falls", "falls, then grows", "grows"],
)
moves

# %% [markdown]
# **What you see.** Early stopping trains 62 of 500 epochs: the test loss is 0.38 instead of 1.82.
#
# ## 7.4 L2: keep the weights small
#
# To jump between close points a network needs steep slopes, thus large weights. L2 adds a cost for them:
#
# $$J = L + \frac{\lambda}{2}\sum_l \lVert W_l\rVert^2, \qquad \frac{\partial J}{\partial W_l} = \frac{\partial L}{\partial W_l} + \lambda W_l .$$
#
# The factor $\frac12$ cancels against the 2 of the square. Biases stay free: no slope is steeper than the
# product of all $\lVert W_l\rVert$, whatever the biases are.
#
# **By hand.** $W_1 = \begin{pmatrix} 1 & 2 \\ 0 & -1\end{pmatrix}$, $W_2 = (3)$, $\lambda = 0.2$: the penalty is $0.1\,(6 + 9) = 1.5$.
#
# **Compare.** L1 adds $\lambda\sum|w|$. Its slope is $\pm\lambda$ however small the weight, so it pushes on until the weight is 0, where the pull
# of L2 fades. At 0 any slope from $-\lambda$ to $\lambda$ may be used (a **subgradient**). A subgradient step jumps over 0; a **proximal** step, $w \to \mathrm{sign}(w)\max(|w| - \eta\lambda, 0)$ with learning rate $\eta$, stops there.
#
# <details><summary>Hint</summary>
#
# `key.startswith("W")` picks the weights, `W10` too. Which of `a += b` and `a = a + b` changes the array that the caller holds?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "l2", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_penalty(params, lam):
    """lam/2 times the sum of all squared weights, without the biases.

    params: {"W1", "b1", ...}, any number of layers, in any order; not changed.
    About 2 lines.

    >>> print(l2_penalty({"W1": np.array([[3.0, 4.0]]), "b1": np.ones(1)}, lam=0.1))
    1.25
    """
    ### BEGIN SOLUTION
    weights = [value for key, value in params.items() if key.startswith("W")]
    return lam / 2 * sum(np.sum(W**2) for W in weights)
    ### END SOLUTION


def add_l2_grads(grads, params, lam):
    """Adds the gradient of l2_penalty to grads, in place. Returns nothing.

    grads: those of the loss, its keys in any order. params: not changed. About 3 lines.

    >>> grads = {"W1": np.array([[1.0]]), "b1": np.array([1.0])}
    >>> add_l2_grads(grads, {"W1": np.array([[4.0]]), "b1": np.array([4.0])}, lam=0.5)
    >>> grads["W1"], grads["b1"]
    (array([[3.]]), array([1.]))
    """
    ### BEGIN SOLUTION
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key]
    ### END SOLUTION


# %% [markdown] ladder="l2"
# 1. Which keys pay, and is `W10` among them? Is there a root in your sum, or a factor $\frac12$ too few? After the
# second function, does the caller's own array in `grads` hold the sum?
#
# 2. The cost looks at matrices only. Every number in them is squared, everything is added up, and half of lambda
# stands in front; the half is there so that nothing but lambda is left when one differentiates. So each number pulls
# back in proportion to itself. This pull joins what is there already, written into the same memory, while parameters
# and offsets are left alone.
#
# 3. Take $W_1 = (1, -2)$, $b_1 = (7)$, $W_2 = (2)$ and $\lambda = 0.5$. The squares are $1, 4$ and $4$, together 9;
# the 7 does not count. So the cost is $0.25 \cdot 9 = 2.25$; with a root it would be $0.75$. Now let the loss alone
# have the slopes $(1, 1)$ for $W_1$. The pull on its first number is $0.5 \cdot 1 = 0.5$, and so its slope becomes
# $1.5$. What becomes of the second slope, and of the one for $b_1$?
#
# 4.
#
#     def l2_penalty(params, lam):
#         weights = [value for key, value in params.items() if key.startswith("W")]
#         total = sum(np.sum(W**2) for W in weights)
#         return lam / 2 * total
#     def add_l2_grads(grads, params, lam):
#         for key in params:
#             if key.startswith("W"):
#                 grads[key] += lam * params[key]
#                 grads[key] = grads[key] + lam * params[key]  # wrong

# %% nbgrader={"grade": true, "grade_id": "test-l2-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
W1 = np.array([[1.0, 2.0], [0.0, -1.0]])
by_hand = {"W1": W1, "b1": np.array([5.0, -5.0])}
by_hand |= {"W2": np.array([[3.0]]), "b2": np.ones(1)}
check.value("by hand", l2_penalty, by_hand, 0.2, expected=1.5)
check.value("lam is 0", l2_penalty, by_hand, lam=0.0, expected=0.0)
# Eleven layers, the last one first
eleven = {f"W{layer}": np.array([[float(layer)]]) for layer in range(11, 0, -1)}
eleven |= {f"b{layer}": np.ones(1) for layer in range(11, 0, -1)}
check.value("eleven layers", l2_penalty, eleven, 2.0, expected=506.0)
check.purity("arguments unchanged", l2_penalty, by_hand, 0.2)
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
    """The arrays that were handed in as grads, after the call."""
    arrays, before = dict(grads), {key: array.copy() for key, array in params.items()}
    add_l2_grads(grads, params, lam)
    assert all((params[key] == before[key]).all() for key in before), "params changed"
    same = all(grads[key] is array for key, array in arrays.items())
    assert same, "grads holds new arrays: change those that are there, with +="
    return arrays


two = {"W1": np.array([[1.0, 2.0], [0.0, -1.0]]), "b1": np.array([5.0, -5.0])}
one = {"W1": np.array([[10.0, 0.0], [0.0, 0.0]]), "b1": np.ones(2)}
sums = {"W1": np.array([[10.2, 0.4], [0.0, -0.2]]), "b1": np.ones(2)}
check.value("lam is 0.2", after_adding, one, two, 0.2, expected=sums)
check.value("lam is 0", after_adding, one, two, 0.0, expected=one)
# Eleven layers, the gradients in another order
many = {f"{k}{n}": np.full((1, 1), float(n)) for n in range(1, 12) for k in "Wb"}
flat = {key: np.ones((1, 1)) for key in reversed(many)}
sums = {key: 1 + 2 * W if key[0] == "W" else flat[key] for key, W in many.items()}
check.value("eleven layers", after_adding, flat, many, 2.0, expected=sums)
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

# %% tags=["no-marks"]
strengths, Method = [0.003, 0.01, 0.03, 0.1], experiments.Method
penalties = {f"L2 {lam:g}": partial(add_l2_grads, lam=lam) for lam in strengths}
methods = {name: Method(penalty) for name, penalty in penalties.items()}
with_l2 = experiments.compare(tools, tasks, methods)
sweep, chosen = baseline.end | with_l2, with_l2.lowest()
print(f"{sweep.table()}\nchosen by validation: {chosen}")
sgd, subgradient = partial(SGD, lr=0.3), partial(experiments.l1_grads, lam=0.003)
proximal = partial(experiments.shrink, amount=0.3 * 0.003)
methods = {  # SGD in all four: the networks above train with Adam
    "SGD alone": Method(optimizer=sgd),
    f"SGD, {chosen}": Method(penalties[chosen], optimizer=sgd),
    "SGD, L1, subgradient": Method(subgradient, optimizer=sgd),
    "SGD, L1, proximal": Method(optimizer=sgd, after=proximal),
}
by_sgd = experiments.compare(tools, tasks, methods)
print(by_sgd.sparsity())
moves.answer(
    sweep.moves(),
    because=experiments.WHY["strength"],
    of=[train_val_split, add_l2_grads],
)
plots.penalties(sweep, [0, *strengths], by_sgd)

# %% [markdown]
# **What you see.** L2 0.01 is best here: test loss 0.33. L1 makes 83 % of the weights tiny; its proximal step makes 81 % exactly 0.
#
# ## 7.5 Dropout
#
# In training, set each unit of each example to 0 with probability $p$, each entry by its own draw. No unit can then rely on
# another one. **Inverted** dropout divides the kept ones by $1-p$, so that the mean of each stays (behind
# the next ReLU only roughly):
#
# $$\text{mask}_{ij} = \begin{cases} 0 & \text{with probability } p \\ \frac1{1-p} & \text{otherwise}\end{cases}, \qquad
# \text{out} = A \odot \text{mask}, \qquad \frac{\partial L}{\partial A} = \frac{\partial L}{\partial\,\text{out}} \odot \text{mask}.$$
#
# At evaluation nothing is dropped and nothing scaled: the output is $A$, the same in every call.
#
# **By hand.** $p = 0.2$: kept units are scaled by $1/0.8 = 1.25$, and the mean of a mask entry is $0.8\cdot 1.25 = 1$. With $p = \frac12$ the
# probabilities to drop and to keep are equal, and a mix-up of the two is invisible. So test with another $p$.
#
# The backward pass uses the **same** mask. A new draw would send gradients through units that took no part.
#
# <details><summary>Hint</summary>
#
# `rng.random(shape)` is uniform on $[0, 1)$: below which number is a share $p$ of it?
#
# </details>

# %% tags=["no-marks"]
plots.thinned()


# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_forward(A, p, rng, training):
    """Inverted dropout.

    A: any shape; not changed. p: the probability to drop an entry.
    rng: numpy.random.Generator; when not training it is not used, and may be None.
    Returns: (out, mask), both in the shape of A; mask is all ones when not training.

    >>> dropout_forward(np.array([[1.0, 2.0]]), 0.5, None, training=False)
    (array([[1., 2.]]), array([[1., 1.]]))

    Raises ValueError if p lies outside [0, 1). About 6 lines.
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
    """The gradient with respect to A, given that of out. Changes neither argument.
    About 1 line.

    >>> dropout_backward(np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]]))
    array([[0., 5.]])
    """
    ### BEGIN SOLUTION
    return dout * mask
    ### END SOLUTION


# %% [markdown] ladder="dropout"
# 1. With $p = 0.2$, which share of your entries is 0, and what is the mean of the mask? Which `p` do you refuse? And
# when `training` is false, does anything touch `rng`, which may be None?
#
# 2. Draw one uniform number for each number of the input. Where it lies below the probability, the factor is 0; elsewhere
# it is 1 divided by the share that stays, so that nothing is lost on average. Multiply by this array and return it too:
# backward is a product with it again, as a product has its other factor for a derivative. In evaluation all factors are 1.
#
# 3. Let $p = 0.25$, $A = (3, 6, 9, 0)$ and the draws $(0.1, 0.7, 0.3, 0.9)$. Only the first draw lies below $0.25$.
# Those that stay get the factor $1/0.75 = \frac43$, so the factors are $(0, \frac43, \frac43, \frac43)$, and the
# output is $(0, 8, 12, 0)$. The last 0 was not dropped: it was 0 before. Now $(1, 1, 1, 1)$ comes back from above.
# What goes on to $A$, in particular at the last place? Why can one not read it off the output?
#
# 4.
#
#     def dropout_forward(A, p, rng, training):
#         if not 0 <= p < 1:
#             raise ValueError(f"p must lie in [0, 1), got {p}")
#         if not training:
#             return A.copy(), np.ones_like(A)
#         mask = (rng.random(A.shape) >= p) / (1 - p)
#         mask = (rng.random(A.shape) < p) / p  # wrong
#         return A * mask, mask
#     def dropout_backward(dout, mask):
#         return dout * mask


# %% nbgrader={"grade": false, "grade_id": "helpers-mask", "locked": true, "schema_version": 3, "solution": false, "task": false}
def mask_of(A, p, seed=1):  # this and what follows is for the tests below
    return dropout_forward(A, p, np.random.default_rng(seed), True)[1]


def values_of_out_mask_rest(p):
    A = np.full((200, 50), 4.0)
    out, mask = dropout_forward(A, p, np.random.default_rng(1), True)
    return [np.unique(np.round(1.0 * a, 9)) for a in (out, mask, out - A * mask)]


def different_rows(p):
    return len(np.unique(mask_of(np.ones((200, 50)), p) * np.ones((200, 1)), axis=0))


def equal_masks(a, b):
    return bool(np.array_equal(*(mask_of(np.ones((8, 9)), 0.5, s) for s in (a, b))))


def dropped_share(A, p):
    return round(float(np.mean(mask_of(A, p) == 0)), 1)


def different_counts(p):
    masks = [mask_of(np.ones((10, 10)), p, seed) for seed in range(20)]
    return len({int(np.sum(mask == 0)) for mask in masks}) > 1


# %% nbgrader={"grade": true, "grade_id": "test-dropout-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Any mask that has the right properties passes: how you draw is your choice.
ones, zero = np.ones((200, 50)), np.zeros((200, 50))
three = [np.array([0.0, 5.0]), np.array([0.0, 1.25]), np.zeros(1)]
what = "A is 4 everywhere: values of out, of mask, of out - A*mask"
check.value(what, values_of_out_mask_rest, 0.2, expected=three)
check.value("a share of p is 0", dropped_share, ones, 0.2, expected=0.2)
check.value("where A is 0 as well", dropped_share, zero, 0.2, expected=0.2)
check.value("each row by itself", different_rows, 0.2, expected=200)
check.value("each entry by itself", different_counts, 0.3, expected=True)
check.value("the same seed", equal_masks, 4, 4, expected=True)
check.value("another seed", equal_masks, 4, 5, expected=False)
for A in (np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(3), np.ones((2, 3, 4))):
    off, where = (A, np.ones(A.shape)), f"axes: {A.ndim}"
    check.value(
        f"evaluation, {where}", dropout_forward, A, 0.2, None, False, expected=off
    )
    rng, both = np.random.default_rng(7), (2, *A.shape)
    check.shape(f"training, {where}", dropout_forward, A, 0.2, rng, True, expected=both)
rng = np.random.default_rng(6)
check.purity("arguments unchanged", dropout_forward, np.ones((2, 3)), 0.2, rng, True)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _mask(shape, p, seed):
    return np.asarray(dropout_forward(np.ones(shape), p, check.rng(seed), True)[1])


def _values(p):
    return np.unique(np.round(_mask((150, 40), p, 11), 9))


def _share(shape, p, seed):
    return float(np.mean(_mask(shape, p, seed) == 0))


def _out_and_product(A, p, seed):
    """out, and A times the mask that came with it."""
    out, mask = dropout_forward(A, p, check.rng(seed), True)
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
        _out, _m = dropout_forward(_A, 0.3, check.rng(22), True)
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
    _generator = check.rng(20)
    dropout_forward(np.ones((2, 2)), 0.5, _generator, False)
    assert _generator.bit_generator.state == check.rng(20).bit_generator.state, (
        "rng was used"
    )
with check.part(
    "dropout_forward leaves A alone", hint="A *= mask works on the caller's array."
):
    check.purity(dropout_forward, _rng.normal(size=(5, 4)), 0.5, check.rng(21), True)
    check.purity(dropout_forward, _rng.normal(size=(5, 4)), 0.5, None, False)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-dropout-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
up, mask = np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]])
down = np.array([[0.0, 5.0]])
check.value("one row", dropout_backward, up, mask, expected=down)
pairs = np.array([[3.0, 4.0], [8.0, 1.0]]), np.array([[0.0, 1.25], [1.25, 0.0]])
two = np.array([[0.0, 5.0], [10.0, 0.0]])
check.value("two rows", dropout_backward, *pairs, expected=two)
places = np.array([0.0, 1.25, 1.25, 0.0, 1.25, 1.25, 1.25, 0.0, 1.25, 1.25])
for way, at in [("places", places), ("places, turned", places[::-1])]:
    check.value(way, dropout_backward, np.ones(10), at, expected=at)
check.value("not training", dropout_backward, up, np.ones((1, 2)), expected=up)
for shape in [(2,), (1, 1, 2)]:
    arrays, there = (up.reshape(shape), mask.reshape(shape)), down.reshape(shape)
    check.value(f"axes: {len(shape)}", dropout_backward, *arrays, expected=there)
check.purity("arguments unchanged", dropout_backward, up, mask)
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
    rng = np.random.default_rng(1)
    return list(np.shape(dropout_forward(np.ones((2, 3)), p, rng, True)[0]))


A, rng = np.array([[1.0, 2.0], [3.0, 4.0]]), np.random.default_rng(1)
for p in [1.0, 1.5, -0.1]:
    check.raises(f"p = {p:g}", ValueError, dropout_forward, A, p, rng, True)
for p in [0.0, 0.9]:
    check.value(f"p = {p:g} is allowed", shape_of_output, p, expected=[2, 3])
kept = A, np.ones((2, 2))
check.value("p = 0 keeps all", dropout_forward, A, 0.0, rng, True, expected=kept)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

with check.part(
    "p outside of [0, 1)", hint="p = 1 would divide by 0. Which other p make no sense?"
):
    for _p in [1.0, 1.5, 20.0, -0.01, -1.0]:
        _args = (np.ones((3, 2)), _p, check.rng(1), True)
        check.raises(ValueError, dropout_forward, *_args)
with check.part("p inside of [0, 1)", hint="0 is allowed, and so is every p below 1."):
    for _p in [0.0, 0.5, 0.99]:
        _args = (np.ones((3, 2)), _p, check.rng(1), True)
        check.shape(lambda *args: dropout_forward(*args)[0], *_args, expected=(3, 2))
    _A = check.rng(6221).normal(size=(5, 4))
    _args = (_A, 0.0, check.rng(3), True)
    check.value(dropout_forward, *_args, expected=(_A, np.ones((5, 4))))
### END HIDDEN TESTS

# %% [markdown]
# **Your own loop.** Write the loop once yourself, for one hidden layer: dropout after the ReLU, L2, early stopping.
# `bce_with_logits_grad(y, z)` starts the backward pass, `linear_backward(dZ, A, W)` gives `dA, dW, db`; between the two layers stand
# the mask and `relu_prime`. It is not graded; the next cell compares it with `nbcore`'s.
#
# **The explorer** below the loop asks for a low validation loss at the last epoch. Can L2 alone reach it? Can dropout alone? Look at the map: what does a larger penalty do to the black line, where both classes are equally
# likely, and to the colours? Which epoch without a penalty looks the same?


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "training-loop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(params, X, p, rng, training):
    """The logits: linear, ReLU, dropout, linear."""
    A = relu(linear_forward(X, params["W1"], params["b1"]))
    A, _ = dropout_forward(A, p, rng, training)
    return linear_forward(A, params["W2"], params["b2"])


def train(params, task, watch, rng, p=0.0, lam=0.0, epochs=300):
    """Each epoch: watch.update(loss, params) with the validation loss, without dropout;
    True ends the loop. Then one step on all rows, with dropout p and L2 of lam."""
    optimizer, X, y, grads = Adam(lr=0.01), task.X_train, task.y_train, {}
    for _ in range(epochs):
        ### BEGIN SOLUTION
        z_val = predict(params, task.X_val, p, None, training=False)
        if watch.update(bce_with_logits(task.y_val, z_val), params):
            break
        Z = linear_forward(X, params["W1"], params["b1"])
        A, mask = dropout_forward(relu(Z), p, rng, True)
        z = linear_forward(A, params["W2"], params["b2"])
        dA, grads["W2"], grads["b2"] = linear_backward(
            bce_with_logits_grad(y, z), A, params["W2"]
        )
        dZ = dropout_backward(dA, mask) * relu_prime(Z)
        _, grads["W1"], grads["b1"] = linear_backward(dZ, X, params["W1"])
        add_l2_grads(grads, params, lam)
        optimizer.step(params, grads)
        ### END SOLUTION
    return watch.best_params


forgotten = widgets.predict(
    "Networks are trained with dropout 0.5 and stopped at their best epoch. On the "
    "test rows dropout stays on by mistake. How many points of accuracy are lost?",
    unit="percentage points",
)
forgotten


# %% tags=["no-marks"]
def trained(seed, patience=300, **settings):
    start = init_params([2, 32, 1], "he", np.random.default_rng([seed, 1]))
    watch, rng = EarlyStopping(patience), np.random.default_rng([seed, 2])
    return train(start, moons[seed], watch, rng, **settings)


def weights():
    remedies = {"no remedy": {}, "L2": {"lam": 0.1}, "dropout": {"p": 0.5}}
    found = {name: trained(0, epochs=20, **how) for name, how in remedies.items()}
    found["early stopping"] = trained(2, patience=1)
    found["one step"] = trained(0, epochs=2, lam=0.1, p=0.5)
    return {name: params["W1"] for name, params in found.items()}


dropout = partial(experiments.Dropout, dropout_forward, dropout_backward)
given = tools, tasks, add_l2_grads, dropout(0.5), EarlyStopping
wanted = partial(experiments.loop_weights, *given)
check.derivation(weights, numerical=wanted, **experiments.LOOP)
networks = [trained(seed, p=0.5) for seed in range(len(moons))]
switch = experiments.forgotten_switch(predict, bce_with_logits, networks, moons, 0.5)
print(switch.table())
forgotten.answer(
    switch.worse[0], because=experiments.WHY["switch"], of=[*given, train_val_split]
)

# %% tags=["no-marks"]
task = experiments.moons_task(train_val_split, 0)
networks = experiments.grid(
    tools, task, add_l2_grads, dropout_forward, dropout_backward
)
widgets.overfitting_explorer(networks)

# %% [markdown]
# L2 alone reaches the target, with 0.003 or 0.01; dropout up to 0.6 does not. A penalty smooths the line and makes the colours
# paler. Without a penalty, some epoch between 20 and 80 looks much the same.
#
# ## 7.6 AdamW
#
# With plain gradient descent, L2 shrinks a weight by the factor $1 - \eta\lambda$ per step: **weight decay**. Under Adam it does not. There
# the penalty's gradient is part of $g$ and is divided by $\sqrt{\hat v}$ with it, so weights with large gradients hardly shrink. AdamW
# decouples the two. In each step,
#
# $$\text{first } \theta \leftarrow (1 - \eta\,\lambda)\,\theta \text{ for every weight matrix, then an Adam step}$$
#
# with the gradient of the loss alone. (In the paper the decay is multiplied by the schedule alone; PyTorch has
# $\eta\,\lambda$.) Biases, and all keys that do not start with `W`, are not decayed.
#
# **By hand.** $w = 1$, $g = 2$, $\eta = 0.1$, $\lambda = 0.5$: decay leaves 0.95, and the first Adam step has length $\eta$: 0.85. With $g = 0$: 0.95.
#
# **Derive two things**, after the tests (not graded). First dropout: the mean, the mean of the square and the variance of
# $\text{mask}\cdot x$ for one number $x$, from its two values. Then decay. A weight $w > 0$ has loss gradient 0. What is it after one
# step of (1) SGD with L2, (2) Adam with L2, where at first $\hat m = g$ and $\sqrt{\hat v} = |g|$, without $\varepsilon$, (3) AdamW? Which two agree?


# %% nbgrader={"grade": false, "grade_id": "adamw", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AdamW:
    """Adam with decoupled weight decay; only keys that start with "W" decay. You may
    use Adam of notebook 6.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        """About 2 lines."""
        ### BEGIN SOLUTION
        self.factor = 1 - lr * weight_decay
        self.adam = Adam(lr, beta1, beta2, eps)
        ### END SOLUTION

    def step(self, params, grads):
        """One step: the arrays in params change in place, grads does not.

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


# %% [markdown] ladder="adamw"
# 1. If the gradient is 0, by which factor does a weight shrink in your step? Do biases and `gamma1` shrink too? Which
# comes first, the decay or Adam's move?
#
# 2. There are two stages. The first uses no average: it multiplies each matrix, in place, by a number slightly below 1,
# made from two settings. The second is an optimizer that you have from the notebook before: make one in `__init__`, hand
# all of its settings over, and call it with the slopes of the loss as they came.
#
# 3. Take $\eta = 0.1$, $\lambda = 0.2$, and both a weight and a bias equal to 2, with the slope 3 for each. The factor
# is $1 - 0.1 \cdot 0.2 = 0.98$, so the weight becomes $1.96$ and the bias stays 2. The first way of Adam has the
# length $0.1$, whatever the slope: $1.86$ and $1.9$. In the opposite order the weight would be $1.9 \cdot 0.98 =
# 1.862$. And with the slope 0 for both, what are the two numbers after one call?
#
# 4.
#
#     def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
#         self.factor = 1 - lr * weight_decay
#         self.adam = Adam(lr, beta1, beta2, eps)
#     def step(self, params, grads):
#         for key in params:
#             if key.startswith("W"):
#                 params[key] *= self.factor
#                 grads[key] += self.factor * params[key]  # wrong
#         self.adam.step(params, grads)


# %% nbgrader={"grade": true, "grade_id": "test-adamw-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def one_step(w, b, gradient, **settings):
    """W1, b1 and gamma1, which start at w, b and b, after one step."""
    params = {"W1": np.array([[w]]), "b1": np.array([b]), "gamma1": np.array([b])}
    arrays = dict(params)
    grads = {key: np.full(array.shape, gradient) for key, array in params.items()}
    AdamW(**settings).step(params, grads)
    return [float(array.item()) for array in arrays.values()]


by_hand, rest = {"lr": 0.1, "weight_decay": 0.5}, [0.999, 0.999]
check.value("by hand", one_step, 1.0, 1.0, 2.0, **by_hand, expected=[0.85, 0.9, 0.9])
check.value(
    "decay alone", one_step, 1.0, 1.0, 0.0, **by_hand, expected=[0.95, 1.0, 1.0]
)
check.value("the defaults", one_step, 1.0, 1.0, 2.0, expected=[0.99999 - 0.001, *rest])
# A gradient of the size of eps moves by lr/2
tiny = {"lr": 0.1, "weight_decay": 0.0, "eps": 1e-3}
check.value(
    "eps beside the root", one_step, 1.0, 1.0, 1e-3, **tiny, expected=[0.95] * 3
)
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
def after(gradients, *betas):
    """The arrays W12 and b1, which start at 1, after a step with each gradient."""
    W, b, optimizer = np.ones((1, 1)), np.ones(1), AdamW(0.1, *betas, weight_decay=0.5)
    params = {"W12": W, "b1": b}
    for g in gradients:
        optimizer.step(params, {"W12": np.full((1, 1), g), "b1": np.full(1, g)})
    return [float(W[0, 0]), float(b[0])]


# With equal gradients Adam moves by lr in each step
check.value("two steps", after, [2.0, 2.0], expected=[0.95 * 0.85 - 0.1, 0.8])
check.value("three of decay alone", after, [0.0] * 3, expected=[0.95**3, 1.0])
second = 0.1 * (4 / 3) / np.sqrt(16 / 7)  # m_hat = 4/3, v_hat = 16/7
other = [0.95 * 0.85 - second, 0.9 - second]
check.value("betas 0.5 and 0.75", after, [2.0, 1.0], 0.5, 0.75, expected=other)
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


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "derivation-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_steps(x, p):
    """Returns {"1. mean": ..., "2. mean of the square": ..., "3. variance": ...}."""
    ### BEGIN SOLUTION
    kept = x / (1 - p)
    return {
        "1. mean": (1 - p) * kept,
        "2. mean of the square": (1 - p) * kept**2,
        "3. variance": x**2 * p / (1 - p),
    }
    ### END SOLUTION


def decay_steps(w, lr, lam):
    """Returns {"1. SGD with L2": ..., "2. Adam with L2": ..., "3. AdamW": ...}."""
    ### BEGIN SOLUTION
    return {
        "1. SGD with L2": w - lr * lam * w,
        "2. Adam with L2": w - lr * np.sign(w),
        "3. AdamW": (1 - lr * lam) * w,
    }
    ### END SOLUTION


check.derivation(dropout_steps, 3.0, 0.2, numerical=experiments.mask_moments(3.0, 0.2))
one_step_each = partial(experiments.one_decay, SGD, Adam, AdamW, add_l2_grads)
check.derivation(
    decay_steps, 2.0, 0.1, 0.3, numerical=one_step_each, of=[add_l2_grads, AdamW]
)
left = widgets.predict(
    "Weights of 1, 300 steps, lr 0.01, lam 0.2; gradients of mean 0 and standard "
    "deviation 0.01. Decay alone leaves 0.55. What does Adam with L2 leave?",
    ["0.94", "0.55", "0.00"],
)
left

# %% tags=["no-marks"]
l2 = partial(add_l2_grads, lam=0.2)
optimizers = {
    "SGD with L2": (partial(SGD, lr=0.01), l2),
    "Adam with L2": (partial(Adam, lr=0.01), l2),
    "AdamW": (partial(AdamW, lr=0.01, weight_decay=0.2), None),
}
decayed = experiments.decay(optimizers)
print(decayed.table())
left.answer(
    min(left.choices, key=lambda size: abs(float(size) - decayed.left[1, 0])),
    because=experiments.WHY["noise"],
    of=[add_l2_grads, AdamW],
)
helps = widgets.predict(
    "For 7.7, each at the strength that validation chose: which has the lowest test "
    "loss?",
    ["early stopping", "L2", "dropout", "AdamW"],
)
display(plots.decay(decayed), helps)

# %% [markdown]
# ## 7.7 What helps here?
#
# The strengths of L2, dropout and AdamW were chosen on the validation rows of all six data sets together; with one data set you
# would use cross-validation: the mean validation loss of several splits. Early stopping had the 60 rows of its own set. Not tuned: L1,
# dropout beside L2, the rate of SGD. In 500 epochs SGD gets less far than Adam: that alone acts like early stopping. So compare
# L1 only with the other lines of SGD. In the last column, a difference below 2.6 standard errors may be chance (six pairs). Chance
# alone exceeds that in one row of 20, and there are twelve.
#
# **Does batch normalization regularize?** In training, each row is normalized by the statistics of its batch. With all
# 60 rows these are always the same rows; with ten, drawn anew, the statistics vary like noise. In the lines "left in training mode", test rows arrive by four.

# %% tags=["no-marks"]
tried = (0.2, 0.5, 0.8, 0.9)
methods = {f"dropout {p}": Method(dropout=dropout(p)) for p in tried}
drops = experiments.compare(tools, tasks, methods)
both = {f"{chosen}, dropout 0.2": Method(penalties[chosen], dropout(0.2))}
mixed = experiments.compare(tools, tasks, both)
optimizers = {d: partial(AdamW, lr=0.01, weight_decay=d) for d in (0.01, 0.1, 1, 3, 10)}
methods = {f"AdamW {d}": Method(optimizer=make) for d, make in optimizers.items()}
decays = experiments.compare(tools, tasks, methods)
print(f"chosen by validation: {chosen}, {drops.lowest()}, {decays.lowest()}")
names = ["none", "early stopping", chosen, "SGD alone", "SGD, L1, proximal"]
names += [f"SGD, {chosen}", *drops.names, *mixed.names]
names += dict.fromkeys(["AdamW 0.01", decays.lowest()])
results = (sweep | early | by_sgd | drops | mixed | decays).only(*names).by_loss()
print(results.table(against=chosen))
four = (sweep | drops).only("none", chosen, "L2 0.1", "dropout 0.5")
print(four.parts(tasks[0].y_test))
tuned = results.only("early stopping", chosen, drops.lowest(), decays.lowest())
of = [train_val_split, EarlyStopping, add_l2_grads, dropout_forward, AdamW]
helps.answer(tuned.winner(), because=experiments.WHY["helps"], of=of)
display(plots.comparison(results))
normalize = batchnorm_forward, batchnorm_backward
layers = linear_forward, linear_backward, *normalize, bce_with_logits_grad
print(experiments.normalized(tools, experiments.Layers(*layers), tasks).table())

# %% [markdown]
# With batches of ten it acts as a regularizer here: the training loss rises, the test loss falls, both by many standard
# errors. With all rows at once neither effect is clear. But do the effects differ? On the training loss, by many
# standard errors; on the test loss, by less than one.
#
# In the first table, L2 cannot be told from L2 with dropout 0.2, nor from AdamW 3. The panels rank differently: dropout 0.5 has a poor
# loss and a good accuracy. Say first which one you need.
#
# ## 7.8 Capacity, data, depth
#
# Every method above makes the network less flexible. So would fewer units; more data would leave less noise to learn.
# Look at three things: width, with L2 and without (a layer of one ReLU may be dead from the start: then the loss is $\log 2$); from how
# many rows on L2 hardly helps (its strength stays the one chosen for 60); and on which of two regression problems a hidden layer pays at
# all, once each network is stopped early.

# %% tags=["no-marks"]
both = {"none": Method(), "L2": Method(penalties[chosen])}
capacity = experiments.capacity_curve(tools, tasks[:3], both)
learning = experiments.learning_curve(tools, train_val_split, both)
depth = experiments.depth_curve(tools, partial(EarlyStopping, patience=30))
print("test loss")
for curve, unit in ((capacity, " units"), (learning, " rows"), (depth, " layers")):
    print(curve.table(unit))
plots.curves(capacity, learning, depth)

# %% [markdown]
# Without L2 the loss more than triples from 8 units to 64, with L2 it does not rise. At 1500 rows L2 gains next to nothing. A hidden
# layer pays on the nonlinear problem only.
#
# ## 7.9 Bias, variance, and more features than rows
#
# Train on many data sets from one source. At a point $x$ the mean squared error against the truth is
# $(\text{mean prediction} - \text{truth})^2 + \text{spread}^2$: squared **bias** plus **variance**. Against noisy labels the variance of the
# noise comes on top, here 0.09: no model gets below it. Inflexible models err the same way each time;
# flexible ones follow the noise. Hence the classical U of test error against capacity. Below the table of
# 7.7 the squared error of the networks' probabilities is split in the same way; the noise stays in its first part.
#
# Now take $N$ ReLU units with random, fixed weights and fit the output weights alone: that is least squares, `w = np.linalg.pinv(F) @ y`
# for the matrix `F` of their outputs, divided by $\sqrt N$. With forty rows an exact fit becomes possible at about $N = 40$. Among all exact fits `pinv` gives
# the one of smallest norm, where gradient descent from 0 ends too.
#
# For each $N$ we draw the units five times, and for each draw 40 data sets. The figure shows medians, since a few fits are
# enormous; unlike the printed means, they do not add up. The mean of $n$ fits still varies, by an $n$-th of the variance: that
# is taken off the squared bias, here ($n = 40$) and in 7.7 ($n = 6$).
#
# **Write both**, without this correction, in `error_steps` (not graded), averaged over the points, and their sum.
#
# A small ridge (L2) holds back the directions of the weights on which the data say little.


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "error-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def error_steps(P, truth):
    """P: (sets, points), a prediction each; truth: (points,). Means over the points.
    Not graded.

    Returns {"1. squared bias": ..., "2. variance": ..., "3. mean squared error": ...}.
    """
    ### BEGIN SOLUTION
    squared_bias = np.mean((P.mean(axis=0) - truth) ** 2)
    variance = np.mean(P.var(axis=0))
    return {
        "1. squared bias": squared_bias,
        "2. variance": variance,
        "3. mean squared error": squared_bias + variance,
    }
    ### END SOLUTION


check.derivation(error_steps, *experiments.SETS, numerical=experiments.SPLIT)
beyond = widgets.predict(
    "From N = 40 to N = 800 random features, all training rows fitted exactly: the "
    "test error ...",
    ["grows on", "stays", "falls"],
)
beyond

# %% tags=["no-marks"]
dd = experiments.double_descent(relu)
print(dd.table())
change = np.log(dd.test[0, -1] / dd.test[0, dd.peak])
beyond.answer(
    "stays" if abs(change) < 0.1 else "grows on" if change > 0 else "falls",
    because=experiments.WHY["more features"],
)
plots.double_descent(dd)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-generalization", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 7.10 Explain
#
# In six to ten sentences: **why did L2 lower the loss more than dropout here, and what do bias and variance say about it?** Use at least three
# measured numbers, say on which rows the strength of the penalty must be chosen, and name a situation in which you expect another
# ranking. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Without regularization the networks reach a training loss of about 0.02 and a test loss of about 1.8: they have
# enough capacity to learn the noise of 60 points, and another sample gives another function: of the squared error of the probabilities,
# 0.16, 0.07 is variance. L2 shrinks the weights (norm about 24 to 5) and so the slopes; the training loss rises to about 0.2, and the
# test loss falls to about 0.33. The variance falls to 0.01, while the error of the mean network stays at 0.09. A penalty of 0.1 is too
# strong: next to no variance is left, but the error of the mean network grows to 0.13, which is bias. Dropout adds noise to the hidden
# units, but the weights stay large (norm about 17 at p = 0.5, 13 at 0.8) and the network still becomes too sure: its test loss ends near
# 0.6 and 0.4, and at 0.5 its variance, 0.02, is twice that with L2. Validation rows choose p = 0.8; at 0.9 the loss rises again. Accuracies differ less than losses:
# over-confidence hardly moves the boundary. The strength belongs to the validation rows; the test rows are used once. With
# 1500 rows networks without a remedy nearly match L2, and in wide networks on images dropout often helps more.
#
# **Mark scheme.** 1 point: variance as the problem, L2 as less variance for some bias. 1 point: three measured
# numbers, used correctly. 1 point: choice on validation rows, and a sensible situation with another ranking (more data, larger networks,
# another optimizer). Half a point off for claims about accuracy that the table contradicts.
# ### END SOLUTION

# %% [markdown]
# ## 7.11 What to keep
#
# **What holds in general.** 3 is derived, 2 is method; 1, 4 and 5 were measured.
#
# 1. Watch training and validation loss together. A gap is normal; a validation loss that *rises* is over-fitting.
# 2. Choose on validation rows, report once on test rows. The validation loss of a chosen model is too good as well.
# 3. L2 and weight decay are the same for plain gradient descent only. Under Adam they are two methods.
# 4. Dropout and batch normalization have two modes. Forgetting to switch is silent, and costs what 7.5 and 7.7 measure.
# 5. More parameters than rows need not be a disaster: among exact fits, small weights can generalize.
#
# **What is a rule of thumb.** "Use dropout 0.5", "two or three hidden layers", "decay 0.01": the table shows how much depends on
# the data.
#
# **In PyTorch 2.13**
#
# | here | there | what differs |
# |---|---|---|
# | `train_val_split` | `torch.utils.data.random_split` | takes lengths, or shares that add up to 1; gives two data sets |
# | `dropout_forward(A, p, rng, training)` | `nn.Dropout(p)` | `p = 1` is allowed; the mode is that of `model.train()` and `model.eval()` |
# | `add_l2_grads` with `SGD` | `optim.SGD(..., weight_decay=lam)` | biases decay as well, unless they get a group of their own |
# | `add_l2_grads` with `Adam` | `optim.Adam(..., weight_decay=lam)` | biases decay as well; as here, the penalty is part of $g$ |
# | `AdamW` | `optim.AdamW` | decays biases as well; `lr * weight_decay`, as here |
# | `batchnorm_forward(..., momentum=0.9)` | `nn.BatchNorm1d(n, momentum=0.1)` | momentum is 1 minus ours; its running variance is unbiased |
# | `EarlyStopping` | none | libraries on top have one |
#
# **Read more.** Geman, Bienenstock and Doursat 1992, on bias and variance. Prechelt 1998, *Early stopping, but when?* Srivastava et al.
# 2014, *Dropout*. Loshchilov and Hutter 2019, *Decoupled weight decay
# regularization*. Belkin, Hsu, Ma and Mandal 2019, on double descent.
#
# **Further, optional.** (a) Leave dropout on and average the probabilities of 50 draws: better than evaluation mode? (b) Smooth the labels to 0.05 and 0.95: is that a remedy
# for over-confidence?
#
# **To show to a friend.** In the left panel of 7.9, cover all that is right of the dashed line, and ask where the test error goes
# there.

# %% tags=["no-marks"]
check.summary()
