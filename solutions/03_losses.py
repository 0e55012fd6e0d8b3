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
# # 3. Losses
#
# A **loss** turns predictions and targets into one number, and its gradient tells the network how to change. You write five
# losses with their gradients, and measure what the choice does: which mistakes count, and whether learning starts at all.
#
# - **Time**: 60 to 90 minutes.
# - **You need**: notebook 1, for sigmoid and softmax; NumPy; the refresher below.
# - **Afterwards you can** derive a loss from a model of the noise; write it so that logits of 1000 do no harm; check its
#   gradient; choose a loss for data with outliers or for classes; and notice a shape mistake that raises no error.
#
# **Refresher.** Logarithms turn products into sums, $\log ab = \log a + \log b$; here $\log$ is the natural one, and
# $(\log x)' = 1/x$. Chain rule: if $z$ acts on $p$ and $p$ on $L$, then $\frac{dL}{dz} = \frac{dL}{dp}\frac{dp}{dz}$; over several ways, the
# products add up. The **likelihood** of a prediction is the probability, or density, that it gives to what was observed.
#
# **Conventions.** Every loss takes targets `y` and predictions of the **same shape**, `(m,)` or `(m, k)`: a row per example.
# It **sums** over the entries of one example and **averages** over the $m$ examples: $\frac1m$, never $\frac1{mk}$. A gradient is
# with respect to the prediction and has its shape. Arrays of float64 come in, class labels as arrays of integers; arguments stay
# unchanged.
#
# **Shapes are checked once.** Write `same_shape(y, y_hat)`, with your two arguments, whatever their names, as the first line of
# every loss and gradient. It is given below, raises a `ValueError` with both shapes if they differ, and returns nothing.
#
# ## 3.1 Squared error
#
# Where does a loss come from? **Maximum likelihood**: choose the predictions under which the observed targets are most probable.
# For independent examples the probability is a product; its negative logarithm is a sum, easier to compute and to
# differentiate, and smallest where the product is largest.
#
# Suppose that noise is added to the prediction, normal and of standard deviation $s$. Then a target has the density
# $\frac{1}{s\sqrt{2\pi}}\,e^{-(\hat y - y)^2/2s^2}$. Its negative logarithm is $\frac{(\hat y - y)^2}{2s^2}$ plus a constant. Neither the
# constant nor the factor $1/s^2$ moves the minimum, so the most likely predictions are those with the least mean squared error,
# **MSE**, here halved:
#
# $$L = \frac1{2m}\sum_{i,j}(\hat y_{ij} - y_{ij})^2, \qquad \frac{\partial L}{\partial \hat y_{ij}} = \frac{\hat y_{ij} - y_{ij}}{m}.$$
#
# **By hand.** $y = \begin{pmatrix} 1 & 0 \\ 2 & -1 \end{pmatrix}$, $\hat y = \begin{pmatrix} 2 & 0 \\ 2 & 1 \end{pmatrix}$: residuals
# $\hat y - y = \begin{pmatrix} 1 & 0 \\ 0 & 2 \end{pmatrix}$, so $L = \frac{1 + 4}{2\cdot 2} = 1.25$, and the gradient is the residual
# over $m = 2$.
#
# <details><summary>Hint</summary>
#
# `len(y)` is $m$.
#
# </details>
#
# ## 3.2 The shape trap
#
# A network with one output predicts a column, `(m, 1)`. Targets often come as a flat array, `(m,)`. NumPy then **broadcasts**:
# the column stretches to the right, the flat array downwards, and the difference is a table of every prediction against every
# target.
#
# **Predict first**, below the next cell: four targets, 1, 2, 3 and 6, are predicted perfectly, in these two shapes. What is
# the mean of the squared differences? It stands below the tests of `mse`. There 200 steps of gradient descent make the mean of
# the table smaller. No error is raised: only the shapes can tell.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np
import scipy.special  # right answers that some tests compare with
from IPython.display import display
from sklearn.metrics import log_loss

from nbcore import check, mine, widgets
from nbcore.experiments import losses as experiments
from nbcore.mine import sigmoid, sigmoid_prime, softmax
from nbcore.plots import losses as plots

mine.report()
trap = widgets.predict(
    "The targets 1, 2, 3 and 6, a flat array, are predicted perfectly, in a column. "
    "The mean of the squared differences?"
)
display(trap)


def same_shape(y, prediction):
    """ValueError with both shapes if they differ. Call it first in every function."""
    if y.shape != prediction.shape:
        raise ValueError(f"targets {y.shape} and predictions {prediction.shape} differ")


# %% nbgrader={"grade": false, "grade_id": "mse", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mse(y, y_hat):
    """Half the squared error: summed over the outputs of an example, averaged over the
    m examples.

    y: targets, y_hat: predictions, (m,) or (m, k) both. Returns: float.

    >>> mse(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    1.25

    About 2 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, y_hat)
    return float(np.sum((y_hat - y) ** 2) / (2 * len(y)))
    ### END SOLUTION


def mse_grad(y, y_hat):
    """The gradient of mse with respect to y_hat, in its shape.

    >>> mse_grad(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    array([0.5, 1. ])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, y_hat)
    return (y_hat - y) / len(y)
    ### END SOLUTION


# %% [markdown] ladder="mse"
# 1. For 3 examples with 2 outputs each: by which number do you divide in the loss, and by which in the gradient? And
# what happens in your first line when one array is a column and the other one is flat?
#
# 2. Begin both functions by asking the given helper whether the arrays fit; it raises by itself, so nothing is done
# with what it returns. Then take the residuals, prediction minus target. Their squares are added up over everything,
# and only the batch size and the half make a mean of it. Differentiating takes the exponent down, and the half is used
# up.
#
# 3. Let the residuals of three examples be $(1, 0)$, $(0, -2)$, $(2, 1)$. The squares add up to $1 + 4 + 4 + 1 = 10$.
# Halved and shared by three examples this is $10/6 \approx 1.667$, not $10/12$, although there are six numbers. For
# one prediction, the second of the second example: the loss contains $\frac{1}{2 \cdot 3} r^2$ with $r = -2$. What is
# the slope of this term with respect to $r$? Which sign does it have, and does the loss fall when this prediction
# grows?
#
# 4.
#
#     def mse(y, y_hat):
#         same_shape(y, y_hat)
#         total = np.sum((y_hat - y) ** 2)
#         return float(total / (2 * len(y)))
#         return float(total / (2 * y.size))  # wrong
#     def mse_grad(y, y_hat):
#         same_shape(y, y_hat)
#         return (y_hat - y) / len(y)

# %% nbgrader={"grade": true, "grade_id": "test-mse-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Y_hat = np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[2.0, 0.0], [2.0, 1.0]])
check.value("by hand", mse, Y, Y_hat, expected=1.25)
one, other = np.array([1.0, 2.0]), np.array([2.0, 4.0])
check.value("one output", mse, one, other, expected=1.25)
check.value("one output, as a column", mse, one[:, None], other[:, None], expected=1.25)
check.value("one example", mse, one[None], other[None], expected=2.5)
check.value("a perfect fit", mse, Y, Y, expected=0.0)
check.purity("arguments unchanged", mse, Y, Y_hat)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _mse
_rng = check.rng(3101)
with check.part(
    "mse of one output per example", hint="Half of the mean square, over the examples."
):
    for _shape in [(7,), (5, 1), (1,), (1, 1)]:
        _y, _h = _rng.normal(size=_shape), _rng.normal(size=_shape)
        check.value(mse, _y, _h, expected=_mse(_y, _h))
with check.part(
    "mse of several outputs",
    hint="Sum over the outputs, divide by the number of examples alone.",
):
    for _shape in [(6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _h = _rng.normal(size=_shape), _rng.normal(size=_shape)
        check.value(mse, _y, _h, expected=_mse(_y, _h))
with check.part(
    "mse leaves its arguments alone", hint="Did you write into the caller's array?"
):
    check.purity(mse, _rng.normal(size=(4, 3)), _rng.normal(size=(4, 3)))
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-mse-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Y_hat = np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[2.0, 0.0], [2.0, 1.0]])
check.value("by hand", mse_grad, Y, Y_hat, expected=np.array([[0.5, 0.0], [0.0, 1.0]]))
one, other = np.array([1.0, 2.0]), np.array([2.0, 4.0])
check.value("one output", mse_grad, one, other, expected=np.array([0.5, 1.0]))
one, other = one[None], other[None]
check.value("one example", mse_grad, one, other, expected=np.array([[1.0, 2.0]]))
check.purity("arguments unchanged", mse_grad, Y, Y_hat)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _mse, _mse_grad, _stand_ins
_given = _stand_ins(_mse)
_rng = check.rng(3102)
with check.part(
    "mse_grad of arrays",
    hint="One entry per prediction, with the sign of the residual and the factor 1/m.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _h = _rng.normal(size=_shape), _rng.normal(size=_shape)
        check.value(mse_grad, _y, _h, expected=_mse_grad(_y, _h), given=_given)
with check.part(
    "mse_grad against central differences",
    hint="How does the loss change when one prediction moves?",
):
    _y, _h = _rng.normal(size=(3, 2)), _rng.normal(size=(3, 2))
    check.gradient(partial(_mse, _y), partial(mse_grad, _y), _h, given=_given)
with check.part(
    "mse_grad leaves its arguments alone", hint="Did you write into the caller's array?"
):
    check.purity(
        mse_grad, _rng.normal(size=(4, 3)), _rng.normal(size=(4, 3)), given=_given
    )
### END HIDDEN TESTS

# %% tags=["no-marks"]
# 3.2: perfect predictions in a column, their targets in a flat array
targets = np.array([1.0, 2.0, 3.0, 6.0])
perfect = targets[:, None]  # as a network gives it
table = perfect - targets
print("difference", table.shape, table, sep="\n")
trap.answer(np.mean(table**2), because=experiments.WHY["trap"])
trained = perfect.copy()
for _ in range(200):
    trained -= 0.1 * np.mean(trained - targets, axis=1, keepdims=True)
print("mean square, perfect predictions:", np.mean(table**2))
print(
    "after training:", np.mean((trained - targets) ** 2), "by", trained[:, 0].round(3)
)

# %% nbgrader={"grade": true, "grade_id": "test-mse-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A loss refuses different shapes, and its message names both, so that the mistake is
# found where it is made.
Y = np.array([1.0, 2.0, 3.0])
column, both = Y[:, None], ["(3,)", "(3, 1)"]
check.raises("mse", ValueError, mse, Y, column, mentions=both)
check.raises("mse_grad", ValueError, mse_grad, Y, column, mentions=both)
table, both = np.zeros((3, 3)), ["(3, 1)", "(3, 3)"]
check.raises("mse, a table", ValueError, mse, column, table, mentions=both)
check.raises("mse_grad, a table", ValueError, mse_grad, column, table, mentions=both)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _check_refused, _mse, _mse_grad, _stand_ins, _unlike_shapes
_rng = check.rng(3103)
with check.part("refusing other shapes earns points only once the values are right"):
    _y, _h = _rng.normal(size=(5, 3)), _rng.normal(size=(5, 3))
    check.value(mse, _y, _h, expected=_mse(_y, _h))
    _grad = _mse_grad(_y, _h)
    check.value(mse_grad, _y, _h, expected=_grad, given=_stand_ins(_mse))
_hint = "Compare the two shapes, orders of axes included, before you compute. Raise ValueError with both in the message."
with check.part("mse of different shapes", hint=_hint):
    for _a, _b in _unlike_shapes():
        _check_refused(mse, np.ones(_a), np.ones(_b))
with check.part("mse_grad of different shapes", hint=_hint):
    for _a, _b in _unlike_shapes():
        _check_refused(mse_grad, np.ones(_a), np.ones(_b), given=_stand_ins(_mse))
### END HIDDEN TESTS

# %% [markdown]
# ## 3.3 Huber's loss
#
# One wrong target can dominate the sum, since its residual is squared. Huber (1964) goes on in a straight line beyond a residual
# $r = \hat y - y$ of size $\delta$:
#
# $$\ell(r) = \begin{cases} \frac12 r^2 & |r| \le \delta \\ \delta\,(|r| - \frac12\delta) & |r| > \delta \end{cases} \qquad
# L = \frac1m\sum_{i,j}\ell(r_{ij}).$$
#
# The slope is the pull of an example on its prediction. At $|r| = \delta$ both branches and their slopes agree. For
# $\delta \to \infty$ this is half the squared error; for $\delta \to 0$, $\ell/\delta$ becomes the **absolute error** (MAE) $|r|$.
#
# **On paper**, as in 3.1: for which density of the noise is $|r|/s$ plus a constant the negative logarithm?
#
# <details><summary>Answer</summary>
#
# $\frac1{2s}e^{-|r|/s}$, Laplace's density. Its tails are heavier than the normal ones, and so are those behind Huber's loss.
#
# </details>
#
# **By hand.** $r = (0.4, -3)$. With $\delta = 1$: $0.08$ and $1\cdot(3 - 0.5) = 2.5$, so $L = 1.29$. The slopes are $0.4$ and $-1$,
# the gradient $(0.2, -0.5)$. With $\delta = 2$: $0.08$ and $4$, so $L = 2.04$ and the gradient $(0.2, -1)$.
#
# <details><summary>Hint</summary>
#
# The slope is the residual, cut off at $\pm\delta$. NumPy has a function that cuts off.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "huber", "locked": false, "schema_version": 3, "solution": true, "task": false}
def huber(y, y_hat, delta=1.0):
    """Huber's loss, summed over outputs, averaged over examples. Returns: float.

    y, y_hat: as for `mse`. delta: size of the residual at which the line begins, > 0.

    >>> huber(np.zeros(2), np.array([0.4, -3.0]))
    1.29

    About 4 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, y_hat)
    size = np.abs(y_hat - y)
    each = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
    return float(np.sum(each) / len(y))
    ### END SOLUTION


def huber_grad(y, y_hat, delta=1.0):
    """The gradient of huber with respect to y_hat, in its shape.

    >>> huber_grad(np.zeros(2), np.array([0.4, -3.0]))
    array([ 0.2, -0.5])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, y_hat)
    return np.clip(y_hat - y, -delta, delta) / len(y)
    ### END SOLUTION


# %% [markdown] ladder="huber"
# 1. Is the residual $-3$ small or large for your condition? And at $|r| = \delta$, with $\delta = 2$: how high and how
# steep are your two branches there?
#
# 2. Work with sizes: take the absolute value once, and let it decide between parabola and straight line, entry by
# entry. Only the correction inside the bracket is halved, so that both pieces meet. The derivative is simpler than the
# function: it is the signed residual, held between two walls, and afterwards shared among the examples.
#
# 3. With $\delta = 0.5$ and residuals $(0.2, -2)$ the first is on the parabola, $0.2^2/2 = 0.02$. The second is
# beyond: $0.5 \cdot (2 - 0.25) = 0.875$. Two examples share the sum, $0.895/2 = 0.4475$. The pull of the first is its
# own residual, $0.2$. The pull of the second may not be stronger than $0.5$. Which sign does it keep, and by what are
# both of them divided in the end? Do the division last: capping $-2/2$ would be another rule.
#
# 4.
#
#     def huber(y, y_hat, delta=1.0):
#         same_shape(y, y_hat)
#         size = np.abs(y_hat - y)
#         each = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
#         each = np.where(size <= delta, size**2 / 2, delta * (size - delta) / 2)  # wrong
#         return float(np.sum(each) / len(y))
#     def huber_grad(y, y_hat, delta=1.0):
#         same_shape(y, y_hat)
#         return np.clip(y_hat - y, -delta, delta) / len(y)

# %% nbgrader={"grade": true, "grade_id": "test-huber-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Y_hat = np.zeros(2), np.array([0.4, -3.0])
check.value("by hand", huber, Y, Y_hat, expected=1.29)
check.value("delta 2", huber, Y, Y_hat, 2, expected=2.04)
check.value("two outputs of one example", huber, Y[None], Y_hat[None], expected=2.58)
table = np.zeros((2, 2)), np.array([[0.4, -3.0], [2.0, 0.0]])
check.value("two outputs of two examples", huber, *table, expected=2.04)
# A large delta: half the squared error
check.value("delta 100", huber, Y, Y_hat, delta=100.0, expected=2.29)
check.purity("arguments unchanged", huber, Y + 1.0, Y_hat)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _huber, _mse, _mse_grad, _stand_ins
_given = _stand_ins(_mse, _mse_grad)
_rng = check.rng(3201)
with check.part(
    "huber of arrays",
    hint="Is it the same for r and -r? Sum over outputs, average over examples.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _h = _rng.normal(scale=2, size=_shape), _rng.normal(scale=2, size=_shape)
        check.value(huber, _y, _h, expected=_huber(_y, _h), given=_given)
with check.part(
    "huber with another delta",
    hint="At |r| = delta both branches have the same height. Is delta used in both?",
):
    for _delta in [0.1, 0.5, 2.0, 3]:
        _y, _h = _rng.normal(scale=3, size=(5, 3)), _rng.normal(scale=3, size=(5, 3))
        _loss = _huber(_y, _h, _delta)
        check.value(huber, _y, _h, _delta, expected=_loss, given=_given)
        check.value(huber, _y, _h, delta=_delta, expected=_loss, given=_given)
with check.part(
    "huber of residuals all small, all large, and at delta",
    hint="Try one residual at a time.",
):
    for _r in [0.0, 0.3, -0.3, 0.6, -0.6, 0.7, -0.7, 5.0, -5.0]:
        _y, _h = np.zeros((1, 1)), np.array([[_r]])
        check.value(huber, _y, _h, 0.6, expected=_huber(_y, _h, 0.6), given=_given)
with check.part(
    "huber leaves its arguments alone", hint="Did you write into the caller's array?"
):
    check.purity(
        huber, _rng.normal(size=(4, 3)), _rng.normal(size=(4, 3)), given=_given
    )
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-huber-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Y_hat = np.zeros(2), np.array([0.4, -3.0])
check.value("by hand", huber_grad, Y, Y_hat, expected=np.array([0.2, -0.5]))
check.value("delta 2", huber_grad, Y, Y_hat, delta=2, expected=np.array([0.2, -1.0]))
slope = np.array([[0.4, -1.0]])
check.value("two outputs", huber_grad, Y[None], Y_hat[None], expected=slope)
check.value("a perfect fit", huber_grad, Y_hat, Y_hat, expected=np.zeros(2))
# Exactly at delta
Y, Y_hat = np.zeros((2, 1)), np.array([[1.0], [-1.0]])
slope = np.array([[0.5], [-0.5]])
check.value("residuals of size delta", huber_grad, Y, Y_hat, expected=slope)
check.purity("arguments unchanged", huber_grad, Y + 1.0, 4 * Y_hat)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _huber, _huber_grad, _mse_grad, _stand_ins
_given = _stand_ins(_mse_grad, _huber)
_rng = check.rng(3202)
with check.part(
    "huber_grad of arrays",
    hint="The slope has the sign of the residual and is never steeper than delta, over m.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _h = _rng.normal(scale=2, size=_shape), _rng.normal(scale=2, size=_shape)
        check.value(huber_grad, _y, _h, expected=_huber_grad(_y, _h), given=_given)
with check.part("huber_grad with another delta", hint="Is delta used on both sides?"):
    for _delta in [0.1, 0.5, 2.0, 3]:
        _y, _h = _rng.normal(scale=3, size=(5, 3)), _rng.normal(scale=3, size=(5, 3))
        _slope = _huber_grad(_y, _h, _delta)
        check.value(huber_grad, _y, _h, _delta, expected=_slope, given=_given)
        check.value(huber_grad, _y, _h, delta=_delta, expected=_slope, given=_given)
with check.part("huber_grad of residuals 0", hint="Is something divided by |r|?"):
    for _h in [np.zeros((2, 2)), np.array([[0.0, 0.3], [5.0, 0.0]])]:
        _slope = _huber_grad(np.zeros((2, 2)), _h)
        check.value(huber_grad, np.zeros((2, 2)), _h, expected=_slope, given=_given)
with check.part(
    "huber_grad against central differences",
    hint="How does the loss change when one prediction moves?",
):
    _y, _h = np.zeros((3, 2)), np.array([[0.2, -0.4], [1.9, -2.5], [0.55, -0.9]])
    check.gradient(
        partial(_huber, _y, delta=0.7),
        partial(huber_grad, _y, delta=0.7),
        _h,
        given=_given,
    )
with check.part(
    "huber_grad leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    check.purity(
        huber_grad, _rng.normal(size=(4, 3)), _rng.normal(size=(4, 3)), given=_given
    )
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-huber-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
Y, Y_hat, both = np.zeros((3, 1)), np.zeros(3), ["(3, 1)", "(3,)"]
check.raises("huber", ValueError, huber, Y, Y_hat, mentions=both)
check.raises("huber_grad", ValueError, huber_grad, Y, Y_hat, mentions=both)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _check_refused, _huber, _huber_grad, _mse, _mse_grad, _stand_ins, _unlike_shapes
_given = _stand_ins(_mse, _mse_grad, _huber)
_rng = check.rng(3203)
with check.part("refusing other shapes earns points only once the values are right"):
    _y, _h = _rng.normal(scale=2, size=(5, 3)), _rng.normal(scale=2, size=(5, 3))
    check.value(huber, _y, _h, expected=_huber(_y, _h), given=_given)
    check.value(huber_grad, _y, _h, expected=_huber_grad(_y, _h), given=_given)
_hint = "Compare the two shapes before you compute. Raise ValueError with both in the message."
for _function in [huber, huber_grad]:
    with check.part(
        f"{getattr(_function, '__name__', 'huber')} of different shapes", hint=_hint
    ):
        for _a, _b in _unlike_shapes():
            _check_refused(_function, np.ones(_a), np.ones(_b), given=_given)
        _check_refused(_function, np.ones(2), np.ones((2, 1)), 0.5, given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 3.4 What outliers do
#
# A linear model is fitted to 200 examples by minimising each loss with your functions (scikit-learn for the absolute error,
# which has a kink). A share of the training targets is shifted upwards by 5 standard deviations of the targets. In three more
# rows, half of the outliers go down, or an input is shifted instead of the target. The intercept should be 0: it shows how far
# the fit is lifted. The last line is the cost of each loss without outliers. Test data have no outliers. Errors are mean
# squares, without the ½. The signal has standard deviation 1 and the noise 0.3, so $0.3^2 = 0.09$ is the smallest error possible;
# $\delta = 0.3$ is one standard deviation of the noise.
#
# **By hand.** Which constant fits $(1, 2, 3, 4, 100)$ best? Squared error: where the residuals sum to 0,
# the mean, 22. Absolute error: where as many residuals are positive as negative, the median, 3.
#
# Guess, and sketch the four slopes. The figure and the two questions under it belong to 3.5.

# %% tags=["no-marks"]
pull = widgets.predict(
    "A fifth of the targets are 5 standard deviations too high. How many times as "
    "large as MAE's does the error of MSE become, on clean data?"
)
forecasters = widgets.predict(
    "It rained. One forecaster gave rain the probability p = 0.1, another 0.001. How "
    "many times as steep is -log p at the second?"
)
capped = widgets.predict("The slope of bce(sigmoid(z)) at z = 1000, for label 0?")
display(pull, plots.origin(experiments.origin()), forecasters, capped)

# %% tags=["no-marks"]
regression_losses = {
    "MSE": experiments.Loss(mse, mse_grad),
    "Huber 1": experiments.Loss(huber, huber_grad),
    "Huber 0.3": experiments.Loss(
        partial(huber, delta=0.3), partial(huber_grad, delta=0.3)
    ),
    "MAE": experiments.MAE,
}
robust = experiments.outliers(regression_losses)
print(robust)
why = experiments.WHY["outliers"]
pull.answer(robust.times_as_large, because=why, of=regression_losses)
shapes = experiments.shapes(regression_losses, limit=3.0)
plots.robustness(shapes, robust)

# %% [markdown]
# **What you see.** With 20 % outliers MSE's error is 1.28, Huber 0.3's 0.11: its slope is capped.
#
# ## 3.5 Binary cross-entropy
#
# **Where it comes from.** An event that was given the probability $p$ has the **surprise** $-\log_2 p$, in bits. To name one
# of four equally likely events takes 2 bits, and $-\log_2 \frac14 = 2$. Natural logarithms give nats; 1 bit is
# $\log 2 \approx 0.693$ nats. A target of 0 or 1 is a coin toss with the likelihood $p^{\,y}(1-p)^{1-y}$. Its negative logarithm
# is its surprise, so the most likely predictions are those with the least surprise per example (first figure of 3.4, right).
# This mean is the **binary cross-entropy**, BCE:
#
# $$L = -\frac1m\sum_{i,j}\bigl[y\log p + (1-y)\log(1-p)\bigr], \qquad \frac{\partial L}{\partial p} = \frac1m\Bigl(\frac{1-y}{1-p} - \frac{y}{p}\Bigr).$$
#
# A confident mistake is expensive without bound, and $\log 0$ has no value at all. Clip $p$ to $[10^{-12}, 1 - 10^{-12}]$ first, in both
# functions. The clipped loss itself is flat outside these limits. We keep the formula at the limit as the gradient, so that a wrong 0
# still gives a steep slope; a right 0 gives 1 (before the division by $m$).
#
# **By hand.** $y = (1, 0)$, $p = (0.8, 0.25)$: $L = \frac12(-\log 0.8 - \log 0.75)$ $= \frac12(0.2231 + 0.2877) = 0.2554$. The gradient is
# $\frac12(-\frac1{0.8}, \frac1{0.75}) = (-0.625, 0.6667)$.
#
# <details><summary>Hint</summary>
#
# `np.clip` makes a new array. After clipping, logarithms and fractions are finite. The gradient is steep near a wrong 0
# or 1, up to $10^{12}$; that is right.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "bce", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bce(y, p):
    """Binary cross-entropy, summed over outputs, averaged over examples.

    y: targets 0 or 1, p: probabilities of a 1, from 0 to 1 inclusive, clipped to
    [1e-12, 1 - 1e-12]; (m,) or (m, k) both. Returns: float.

    >>> round(bce(np.array([1.0, 0.0]), np.array([0.8, 0.25])), 6)
    0.255413

    About 3 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, p)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y))
    ### END SOLUTION


def bce_grad(y, p):
    """The gradient of bce with respect to p, in its shape, at the clipped p.

    >>> bce_grad(np.array([1.0, 0.0]), np.array([0.8, 0.25]))
    array([-0.625     ,  0.66666667])

    About 3 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, p)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / len(y)
    ### END SOLUTION


# %% [markdown] ladder="bce"
# 1. Go through your lines with $p = 0$ and with $p = 1$, for both labels: where is a logarithm of 0, or a division by
# it? Does your gradient see the same $p$ as your loss?
#
# 2. First move the probabilities away from both ends, by cutting and not by adding, into an array of your own. After
# that the formula of the text is harmless. Each example pays for one of two events: the label switches between them.
# Add up, turn the sign, and share among the rows. For the slope bring both fractions together, or leave them apart.
#
# 3. Take $y = (1, 0)$ and $p = (0.5, 0.9)$. The first pays $-\log 0.5 = 0.693$, the second $-\log(1 - 0.9) = 2.303$;
# the mean is $1.498$. The slope of $-\log p$ is $-1/p = -2$: more probability would be cheaper. For the second the
# inner derivative of $1 - p$ turns the sign. What is its slope? Share both among two examples. What changes in these
# lines if the first $p$ is exactly 0, and how large is that slope then?
#
# 4.
#
#     def bce(y, p):
#         same_shape(y, p)
#         p = np.clip(p, 1e-12, 1 - 1e-12)
#         each = y * np.log(p) + (1 - y) * np.log(1 - p)
#         return float(-np.sum(each) / len(y))
#     def bce_grad(y, p):
#         same_shape(y, p)
#         p = np.clip(p, 1e-12, 1 - 1e-12)
#         slope = (1 - y) / (1 - p) - y / p
#         slope = (1 - y) / (1 - p) + y / p  # wrong
#         return slope / len(y)

# %% nbgrader={"grade": true, "grade_id": "test-bce-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, P = np.array([1.0, 0.0]), np.array([0.8, 0.25])
check.value("by hand", bce, Y, P, expected=0.255412811882995)
check.value("as scikit-learn", bce, Y[:, None], P[:, None], expected=log_loss(Y, P))
# Two outputs of one example: their sum
check.value("two outputs", bce, Y[None], P[None], expected=0.510825623765991)
table = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.8, 0.25], [0.5, 0.5]])
loss = -np.log(0.8 * 0.75 * 0.5 * 0.5) / 2
check.value("two outputs of two examples", bce, *table, expected=loss)
one, zero, largest = np.ones(1), np.zeros(1), 12 * np.log(10)
check.value("p = 0 clipped to 1e-12", bce, one, zero, expected=largest)
# To four digits: 1 - (1 - 1e-12) is 0.99998e-12
check.value("p = 1 clipped as well", bce, zero, one, expected=largest, rtol=1e-4)
# Larger numbers stay exactly as they are
check.value("p = 1e-9 kept", bce, one, np.array([1e-9]), expected=9 * np.log(10))
check.purity("arguments unchanged", bce, Y, np.array([1.0, 0.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _random_targets
_rng = check.rng(3301)
with check.part(
    "bce of one output per example",
    hint="What do examples with y = 0 cost? Divide by the number of examples.",
):
    for _shape in [(7,), (5, 1), (1,)]:
        _y, _p = _random_targets(_rng, _shape), _rng.uniform(0.01, 0.99, size=_shape)
        check.value(bce, _y, _p, expected=_bce(_y, _p))
    check.value(bce, np.ones(3), np.array([0.5, 0.25, 0.125]), expected=2 * np.log(2))
    check.value(bce, np.zeros(3), np.array([0.5, 0.75, 0.875]), expected=2 * np.log(2))
with check.part(
    "bce of several outputs",
    hint="Sum over the outputs, divide by the number of examples alone.",
):
    for _shape in [(6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _p = _random_targets(_rng, _shape), _rng.uniform(0.01, 0.99, size=_shape)
        check.value(bce, _y, _p, expected=_bce(_y, _p))
with check.part(
    "bce of small probabilities",
    hint="Clip at 1e-12, no earlier, and add nothing to p.",
):
    for _p in [1e-3, 1e-6, 1e-9, 1e-11]:
        check.value(bce, np.ones(2), np.array([_p, _p]), expected=-np.log(_p))
        _y, _p = np.zeros(2), np.array([1 - _p, _p])
        check.value(bce, _y, _p, expected=_bce(_y, _p))
with check.part(
    "bce of probabilities 0 and 1", hint="Clip at both ends: 0 times log(0) is not 0."
):
    for _y, _p in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)]:
        _y, _p = np.array([[_y]]), np.array([[_p]])
        check.stability(bce, _y, _p, expected=_bce(_y, _p), rtol=1e-4, atol=1e-9)
with check.part(
    "bce leaves its arguments alone",
    hint="Clipping in place changes the caller's array.",
):
    check.purity(bce, _random_targets(_rng, (4, 3)), _rng.uniform(size=(4, 3)))
    check.purity(bce, np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.5]))
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-bce-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, P = np.array([1.0, 0.0]), np.array([0.8, 0.25])
check.value("by hand", bce_grad, Y, P, expected=np.array([-0.625, 2 / 3]))
slope = np.array([[-1.25, 4 / 3]])
check.value("two outputs", bce_grad, Y[None], P[None], expected=slope)
# Differences of scikit-learn's loss
check.gradient("numerically", lambda P: log_loss(Y, P), partial(bce_grad, Y), P)
one, zero, slope = np.ones(1), np.zeros(1), np.array([-1e12])
# The formula at the clipped p, to four digits: 1 - p has no more of them here
check.value("steep, not infinite", bce_grad, one, zero, expected=slope, rtol=1e-4)
check.value("a wrong 1", bce_grad, zero, one, expected=-slope, rtol=1e-4)
check.value("a right 0", bce_grad, zero, zero, expected=one)
P, slope = np.array([1 - 1e-11]), np.array([1e11])
check.value("p = 1 - 1e-11 kept", bce_grad, zero, P, expected=slope, rtol=1e-4)
check.purity("arguments unchanged", bce_grad, Y, np.array([1.0, 0.0]))
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _bce, _bce_grad, _random_targets, _stand_ins
_given = _stand_ins(_bce)
_rng = check.rng(3302)
with check.part(
    "bce_grad of arrays",
    hint="With respect to p, not to a logit, and with the factor 1/m.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _p = _random_targets(_rng, _shape), _rng.uniform(0.01, 0.99, size=_shape)
        check.value(bce_grad, _y, _p, expected=_bce_grad(_y, _p), given=_given)
with check.part(
    "bce_grad against central differences",
    hint="How does the loss change when one probability moves?",
):
    _y, _p = (
        np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]),
        _rng.uniform(0.1, 0.9, size=(3, 2)),
    )
    check.gradient(partial(_bce, _y), partial(bce_grad, _y), _p, given=_given)
with check.part(
    "bce_grad near and at 0 and 1",
    hint="The formula at the clipped p, at both ends. No zero, no infinity.",
):
    for _p in [1e-6, 1e-11]:
        _y, _p = np.array([1.0, 0.0]), np.array([_p, 1 - _p])
        _slope = _bce_grad(_y, _p)
        check.value(bce_grad, _y, _p, expected=_slope, rtol=1e-4, given=_given)
    for _y, _p in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)]:
        _y, _p = np.array([[_y]]), np.array([[_p]])
        _slope = _bce_grad(_y, _p)
        check.stability(bce_grad, _y, _p, expected=_slope, rtol=1e-4, given=_given)
with check.part(
    "bce_grad leaves its arguments alone",
    hint="Clipping in place changes the caller's array.",
):
    _y, _p = _random_targets(_rng, (4, 3)), _rng.uniform(size=(4, 3))
    check.purity(bce_grad, _y, _p, given=_given)
    _y, _p = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.5])
    check.purity(bce_grad, _y, _p, given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-bce-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
Y, P, both = np.zeros(3), np.full((3, 1), 0.5), ["(3,)", "(3, 1)"]
check.raises("bce", ValueError, bce, Y, P, mentions=both)
check.raises("bce_grad", ValueError, bce_grad, Y, P, mentions=both)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _bce_grad, _huber, _huber_grad, _mse, _mse_grad
# provided from helpers: _check_refused, _random_targets, _stand_ins, _unlike_shapes
_given = _stand_ins(_mse, _mse_grad, _huber, _huber_grad, _bce)
_rng = check.rng(3303)
with check.part("refusing other shapes earns points only once the values are right"):
    _y, _p = _random_targets(_rng, (5, 3)), _rng.uniform(0.01, 0.99, size=(5, 3))
    check.value(bce, _y, _p, expected=_bce(_y, _p), given=_given)
    check.value(bce_grad, _y, _p, expected=_bce_grad(_y, _p), given=_given)
_hint = "Compare the two shapes before you compute. Raise ValueError with both in the message."
for _function in [bce, bce_grad]:
    with check.part(
        f"{getattr(_function, '__name__', 'bce')} of different shapes", hint=_hint
    ):
        for _a, _b in _unlike_shapes():
            _check_refused(_function, np.ones(_a), np.full(_b, 0.5), given=_given)
### END HIDDEN TESTS

# %% tags=["no-marks"]
confident = experiments.confident(bce, bce_grad, sigmoid)
print(confident)
why, of = experiments.WHY, [bce, bce_grad, sigmoid]
forecasters.answer(confident.times_as_steep, because=why["forecasters"], of=of)
capped.answer(confident.slope[-1], because=why["capped"], of=of)

# %% [markdown]
# ## 3.6 The same loss from logits
#
# The **logit** $z$ of a unit is its pre-activation, before the sigmoid: $p = \sigma(z)$.
#
# From $p$, logits 30 to 1000 with label 0 have the same loss, as the clip ends it; their slope shrinks, to 0 from 37
# on, where $\sigma(z)$ rounds to 1. So insert $\sigma(z)$ into the loss before you compute:
# $-\log(1 - \sigma(z)) = \log(1 + e^z)$, and $-\log\sigma(z) = \log(1 + e^{-z}) = \log(1 + e^z) - z$. For $z > 0$ take $e^z$ out of
# the bracket: $\log(1 + e^z) = z + \log(1 + e^{-z})$. Together
#
# $$\ell(z) = \log(1 + e^{z}) - y z = \max(z, 0) - y z + \log\bigl(1 + e^{-|z|}\bigr).$$
#
# The last form has no positive exponent. Now derive the slopes. **Your steps**, for one example (not graded):
#
# 1. `logit_steps`: the slope of BCE with respect to $p$; the slope of $p = \sigma(z)$, in $p$; their product, simplified.
# 2. `class_steps`, for 3.8: the slopes of $S = \sum_j e^{z_j}$, of $\log S$, and of the loss of class $c$, each an array with
#    respect to $z$. The loss is $-\log p_c = \log S - z_c$, as $p_c = e^{z_c}/S$.
#
# Once `logit_steps` is right, you see the **computational graph**: values go forward, slopes come back and multiply.
#
# **By hand.** $z = \log 3$, so $p = \frac34$. For $y = 0$: $\ell = \log 4 \approx 1.386$, slope $\frac34$. For $y = 1$:
# $\ell = \log\frac43 \approx 0.288$, slope $-\frac14$. At $z = 1000$, $y = 0$ the loss is 1000: no cap.
#
# <details><summary>Hint</summary>
#
# `np.log1p(x)` is $\log(1 + x)$, exact for small $x$ too. Sum over outputs, average over examples, as before.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "derivation-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def logit_steps(y, p):
    """The slopes of BCE: {"1. dL/dp": ..., "2. dp/dz": ..., "3. dL/dz": ...}."""
    ### BEGIN SOLUTION
    steps = {"1. dL/dp": (1 - y) / (1 - p) - y / p, "2. dp/dz": p * (1 - p)}
    return steps | {"3. dL/dz": p - y}
    ### END SOLUTION


def class_steps(z, c):
    """The slopes for class c, each (k,):
    {"1. dS/dz": ..., "2. dlogS/dz": ..., "3. dL/dz": ...}."""
    ### BEGIN SOLUTION
    p = np.exp(z) / np.exp(z).sum()
    return {"1. dS/dz": np.exp(z), "2. dlogS/dz": p, "3. dL/dz": p - np.eye(len(z))[c]}
    ### END SOLUTION


def graph():
    return plots.graph(experiments.graph(bce, bce_grad, sigmoid, sigmoid_prime))


for Y, P, picture in [(1, 0.25, None), (0, 0.7, graph)]:
    print(f"label {Y}, p = {P}; all numbers without your functions")
    right = experiments.measured_logit(Y, P)
    check.derivation(logit_steps, Y, P, numerical=right, picture=picture)
Z = np.array([0.5, -1.0, 2.0])
check.derivation(class_steps, Z, 2, numerical=experiments.measured_class(Z, 2))


# %% nbgrader={"grade": false, "grade_id": "bce-logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bce_with_logits(y, z):
    """Binary cross-entropy of sigmoid(z), without clipping. Returns: float.

    y: targets 0 or 1, z: logits, (m,) or (m, k) both. No overflow for |z| up to 1e4.

    >>> bce_with_logits(np.array([0.0]), np.array([1000.0]))
    1000.0

    About 4 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, z)
    return float(
        np.sum(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))) / len(y)
    )
    ### END SOLUTION


def bce_with_logits_grad(y, z):
    """The gradient of bce_with_logits with respect to z, in its shape.
    No overflow for |z| up to 1e4. You may call `sigmoid`.

    >>> bce_with_logits_grad(np.array([0.0, 1.0]), np.zeros(2))
    array([ 0.25, -0.25])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    same_shape(y, z)
    return (sigmoid(z) - y) / len(y)
    ### END SOLUTION


# %% [markdown] ladder="bce-logits"
# 1. Where in your code does a probability appear? In the loss it is one step too late: what is the sigmoid of $-1000$,
# and its logarithm? In the gradient: what has been cancelled on paper already?
#
# 2. Compute from the logits directly, with the last form of the text. Three terms are added for every entry: a cut at
# 0, a product with the label, and a small positive correction, which NumPy computes exactly with a function of its
# own. On the way back almost everything vanishes: prediction minus target is left, and the mean over the batch.
#
# 3. Take $z = (\ln 4, -\ln 4)$ and both labels 1. The cut gives $(1.386, 0)$, the product $(1.386, -1.386)$, and the
# correction $\log(1 + \frac14) = 0.223$ twice. The first entry costs $1.386 - 1.386 + 0.223 = 0.223$, the second $0 +
# 1.386 + 0.223 = 1.609$. Compare with $-\log 0.8$ and $-\log 0.2$. Now the slopes: the sigmoid is $0.8$ and $0.2$.
# What do you subtract from it, what is left, and what do two examples do to it?
#
# 4.
#
#     def bce_with_logits(y, z):
#         same_shape(y, z)
#         small = np.log1p(np.exp(-np.abs(z)))
#         small = np.log1p(np.exp(-z))  # wrong
#         return float(np.sum(np.maximum(z, 0) - y * z + small) / len(y))
#     def bce_with_logits_grad(y, z):
#         same_shape(y, z)
#         p = sigmoid(z)
#         return (p - y) / len(y)

# %% nbgrader={"grade": true, "grade_id": "test-bce-logits-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Z = np.array([np.log(3.0)])
check.value("by hand, y = 0", bce_with_logits, np.zeros(1), Z, expected=np.log(4.0))
Y, Z = np.ones((1, 1)), Z[None]
check.value("by hand, y = 1", bce_with_logits, Y, Z, expected=np.log(4 / 3))
Y, Z = np.array([[0.0, 1.0]]), np.zeros((1, 2))
check.value("two outputs", bce_with_logits, Y, Z, expected=2 * np.log(2))
Y, Z = np.array([[0.0, 1.0], [0.0, 0.0]]), np.log([[3.0, 1.0], [1 / 3, 3.0]])
loss = np.log(4 * 2 * 4 / 3 * 4) / 2
check.value("two outputs of two examples", bce_with_logits, Y, Z, expected=loss)
Y, Z = np.array([1.0, 0.0, 1.0]), np.array([2.5, -1.0, -3.2])
loss = log_loss(Y, scipy.special.expit(Z))
check.value("as scikit-learn", bce_with_logits, Y, Z, expected=loss)
check.purity("arguments unchanged", bce_with_logits, Y, Z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _bce_with_logits, _random_targets, _sigmoid, _stand_ins
_given = _stand_ins(_bce, _sigmoid)
_rng = check.rng(3401)
with check.part(
    "bce_with_logits of arrays",
    hint="Try y = 0 and y = 1, z < 0 and z > 0. Sum outputs, average examples.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _z = _random_targets(_rng, _shape), _rng.normal(scale=3, size=_shape)
        _loss = _bce_with_logits(_y, _z)
        check.value(bce_with_logits, _y, _z, expected=_loss, given=_given)
    for _z in [np.array([-2.5]), np.array([2.5]), np.zeros(1)]:
        for _y in [np.zeros(1), np.ones(1)]:
            _loss = _bce_with_logits(_y, _z)
            check.value(bce_with_logits, _y, _z, expected=_loss, given=_given)
with check.part(
    "bce_with_logits leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    _y, _z = _random_targets(_rng, (4, 3)), _rng.normal(size=(4, 3))
    check.purity(bce_with_logits, _y, _z, given=_given)
    _y, _z = np.array([1.0, 0.0]), np.array([-2.0, 0.5])
    check.purity(bce_with_logits, _y, _z, given=_given)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-bce-logits-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Z, slope = np.zeros(1), np.array([np.log(3.0)]), np.array([0.75])
check.value("by hand, y = 0", bce_with_logits_grad, Y, Z, expected=slope)
Y, Z, slope = np.ones((1, 1)), Z[None], np.array([[-0.25]])
check.value("by hand, y = 1", bce_with_logits_grad, Y, Z, expected=slope)
Y = np.array([0.0, 1.0, 0.0, 0.0, 1.0])
slope = np.array([0.1, -0.1, 0.1, 0.1, -0.1])
check.value("five examples", bce_with_logits_grad, Y, np.zeros(5), expected=slope)
Y, Z, slope = np.array([[0.0, 1.0]]), np.zeros((1, 2)), np.array([[0.5, -0.5]])
check.value("two outputs", bce_with_logits_grad, Y, Z, expected=slope)
check.purity("arguments unchanged", bce_with_logits_grad, Y, Z - 2.0)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _bce_grad, _bce_with_logits, _bce_with_logits_grad, _random_targets
# provided from helpers: _mse_grad, _sigmoid, _stand_ins
_given = _stand_ins(_sigmoid, _mse_grad, _bce_grad, _bce_with_logits)
_rng = check.rng(3402)
with check.part(
    "bce_with_logits_grad of arrays",
    hint="With respect to z: what is left after everything cancels? And 1/m.",
):
    for _shape in [(7,), (5, 1), (6, 3), (2, 5), (4, 4), (1, 6)]:
        _y, _z = _random_targets(_rng, _shape), _rng.normal(scale=3, size=_shape)
        _slope = _bce_with_logits_grad(_y, _z)
        check.value(bce_with_logits_grad, _y, _z, expected=_slope, given=_given)
with check.part(
    "bce_with_logits_grad against central differences",
    hint="How does the loss change when one logit moves?",
):
    _y, _z = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), _rng.normal(size=(3, 2))
    check.gradient(
        partial(_bce_with_logits, _y),
        partial(bce_with_logits_grad, _y),
        _z,
        given=_given,
    )
with check.part(
    "bce_with_logits_grad leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    _y, _z = _random_targets(_rng, (4, 3)), _rng.normal(size=(4, 3))
    check.purity(bce_with_logits_grad, _y, _z, given=_given)
    _y, _z = np.array([1.0, 0.0]), np.array([-2.0, 0.5])
    check.purity(bce_with_logits_grad, _y, _z, given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-bce-logits-stability", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The loss keeps growing
zero, one, Z = np.zeros(1), np.ones(1), np.array([1000.0])
check.stability("sure and wrong", bce_with_logits, zero, Z, expected=1000.0)
check.stability("sure and right", bce_with_logits, one, Z, expected=0.0)
check.stability("sure and right, y = 0", bce_with_logits, zero, -Z, expected=0.0)
check.stability("the gradient", bce_with_logits_grad, one, -Z, expected=-one)
check.stability("the gradient, y = 0", bce_with_logits_grad, zero, Z, expected=one)
check.stability("where it is right", bce_with_logits_grad, zero, -Z, expected=zero)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _sigmoid, _stand_ins
_given = _stand_ins(_bce, _sigmoid)
_hint = "No clipping, and no exponential of a positive number: max(z, 0) - y*z + log1p(exp(-|z|))."
with check.part("bce_with_logits of large logits", hint=_hint):
    _zero, _one = np.zeros((1, 1)), np.ones((1, 1))
    for _size in [40.0, 90.0, 710.0, 746.0, 1e4]:
        _z = np.array([[_size]])
        check.stability(bce_with_logits, _zero, _z, expected=_size, given=_given)
        check.stability(bce_with_logits, _one, -_z, expected=_size, given=_given)
    for _size in [50.0, 90.0, 710.0, 746.0, 1e4]:
        _z = np.array([[_size]])
        check.stability(bce_with_logits, _one, _z, expected=0.0, given=_given)
        check.stability(bce_with_logits, _zero, -_z, expected=0.0, given=_given)
with check.part(
    "bce_with_logits_grad of large logits",
    hint="Your stable sigmoid can do it. Nothing is divided by p(1 - p).",
):
    for _z in [90.0, 710.0, 746.0, 1e4]:
        for _y, _logit, _slope in [
            (0.0, _z, 1.0),
            (0.0, -_z, 0.0),
            (1.0, -_z, -1.0),
            (1.0, _z, 0.0),
        ]:
            check.stability(
                bce_with_logits_grad,
                np.array([[_y]]),
                np.array([[_logit]]),
                expected=np.array([[_slope]]),
                given=_given,
            )
with check.part("small and large logits together", hint=_hint):
    for _function in [bce_with_logits, bce_with_logits_grad]:
        _y, _z = np.array([0.0, 1.0, 1.0, 0.0]), np.array([-1e4, 1e4, 0.5, 0.5])
        check.stability(_function, _y, _z, given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-bce-logits-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
Y, Z, both = np.zeros(3), np.zeros((3, 1)), ["(3,)", "(3, 1)"]
check.raises("the loss", ValueError, bce_with_logits, Y, Z, mentions=both)
check.raises("its gradient", ValueError, bce_with_logits_grad, Y, Z, mentions=both)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _bce_grad, _bce_with_logits, _bce_with_logits_grad
# provided from helpers: _huber, _huber_grad, _mse, _mse_grad, _sigmoid
# provided from helpers: _check_refused, _random_targets, _stand_ins, _unlike_shapes
_given = _stand_ins(
    *[_mse, _mse_grad, _huber, _huber_grad, _bce, _bce_grad],
    *[_bce_with_logits, _sigmoid],
)
_rng = check.rng(3403)
with check.part("refusing other shapes earns points only once the values are right"):
    _y, _z = _random_targets(_rng, (5, 3)), _rng.normal(scale=3, size=(5, 3))
    _loss, _grad = _bce_with_logits(_y, _z), _bce_with_logits_grad(_y, _z)
    check.value(bce_with_logits, _y, _z, expected=_loss, given=_given)
    check.value(bce_with_logits_grad, _y, _z, expected=_grad, given=_given)
_hint = "Compare the two shapes before you compute. Raise ValueError with both in the message."
for _function in [bce_with_logits, bce_with_logits_grad]:
    with check.part(
        f"{getattr(_function, '__name__', 'bce_with_logits')} of different shapes",
        hint=_hint,
    ):
        for _a, _b in _unlike_shapes():
            _check_refused(_function, np.ones(_a), np.ones(_b), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 3.7 Log-softmax
#
# With several classes the loss needs $\log p$ for $p = \mathrm{softmax}(z)$. Even the stable softmax of notebook 1 gives $p = 0$
# for a logit 1000 below the largest, and $\log 0$ is lost. Take the logarithm on paper first:
#
# $$\log p_i = z_i - \log\sum_j e^{z_j} = (z_i - c) - \log\sum_j e^{z_j - c}, \qquad c = \max_j z_j.$$
#
# This is the **log-sum-exp** trick. Any $c$ is right, because $e^{z_j} = e^c e^{z_j - c}$, and with the maximum no exponential overflows and the sum is at least 1.
#
# Two shortcuts fail. With one $c$ for a whole batch, a row far below it has only zeros in its sum. $\log(p + 10^{-7})$ is
# never below $-16.12$.
#
# **By hand.** $z = (0, \log 3)$: $p = (\frac14, \frac34)$, so $\log p = (-1.386, -0.288)$. For $z = (1000, 1)$: $c = 1000$, and
# $\log p = (0, -999)$.
#
# ## 3.8 One-hot targets and cross-entropy
#
# A class label is a name, not a quantity: class 2 is not twice class 1. A **one-hot** row has a 1 at the class and 0 elsewhere.
# The number of classes must be given, since the highest may be missing from a batch. Indexing with $-1$ silently means the last
# class, so check the range.
#
# The likelihood of class $c$ is $p_c$. Its negative logarithm, averaged, is the **cross-entropy**; with $p = \mathrm{softmax}(z)$,
#
# $$L = -\frac1m\sum_{i,j} y_{ij}\log p_{ij}.$$
#
# The gradient is step 3 of `class_steps`, over $m$. With two classes and logits $(0, z)$ this is the binary cross-entropy of $z$.
#
# **By hand.** $z = (0, \log 3, 0)$ has $p = (0.2, 0.6, 0.2)$. If the second class is right: $L = -\log 0.6 \approx 0.511$, gradient
# $(0.2, -0.4, 0.2)$.
#
# Equal logits of $k$ classes give $\log k$, the loss of a network that knows nothing.
#
# <details><summary>Hint</summary>
#
# For `one_hot`, compare a column of labels with a row of class numbers, or index an array. For `cross_entropy`, what does
# `y * log_softmax(z)` hold?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "log-softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_softmax(z):
    """Logarithm of softmax along the last axis of z, in its shape.

    z: logits, (k,) or (m, k). No overflow and no log of 0 for |z| up to 1e4.

    >>> log_softmax(np.array([1000.0, 1.0]))
    array([   0., -999.])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    ### END SOLUTION


# %% [markdown] ladder="log-softmax"
# 1. Do you take a logarithm of numbers that may have become 0? Which shapes have the maximum and the sum, for logits
# of shape $(2, 3)$ and of shape $(3,)$?
#
# 2. The quotient disappears on paper, since a logarithm turns it into a difference. So never form a probability. Shift
# every row by its own largest entry, keep that array, and use it twice: once as it is, once inside exponentials that
# are added up. One number for each row is then taken away, and it must stay a column.
#
# 3. In $(100, 100 + \ln 4)$ the second is the maximum. Taking it away gives $(-\ln 4, 0) = (-1.386, 0)$. With `exp`
# these are $\frac14$ and 1, together $1.25$, and $\log 1.25 = 0.223$. For a row $(5, 5)$ the differences are $(0, 0)$,
# the total is 2, and $\log 2 = 0.693$. Both rows in one matrix: which two numbers are subtracted, each from what, and
# what comes out? As a test, `exp` of the first row must be $0.2$ and $0.8$.
#
# 4.
#
#     shifted = z - np.max(z, axis=-1, keepdims=True)
#     shifted = z - np.max(z)  # wrong
#     total = np.sum(np.exp(shifted), axis=-1, keepdims=True)
#     return shifted - np.log(total)


# %% nbgrader={"grade": true, "grade_id": "test-log-softmax-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Z = np.array([0.0, np.log(3.0)])
check.value("by hand", log_softmax, Z, expected=np.log([0.25, 0.75]))
Z = np.array([[1.0, 2.0, 3.0], [3.0, 0.0, -1.0]])
check.value("as SciPy", log_softmax, Z, expected=scipy.special.log_softmax(Z, axis=-1))
# One class alone has the probability 1
one_class = np.array([[-2.0], [3.0]])
check.value("one class", log_softmax, one_class, expected=np.zeros((2, 1)))
check.purity("arguments unchanged", log_softmax, Z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _log_softmax
_rng = check.rng(3501)
with check.part(
    "log_softmax of a batch",
    hint="Each row by itself: do the exponentials of a row sum to 1?",
):
    for _shape in [(4, 7), (5, 5), (3, 2), (1, 6)]:
        _z = _rng.uniform(-6, 6, size=_shape)
        check.value(log_softmax, _z, expected=_log_softmax(_z))
with check.part(
    "log_softmax of a single row, 1-D",
    hint="The last axis is axis=-1, whatever the number of axes.",
):
    for _k in [2, 5]:
        _z = _rng.normal(size=_k)
        check.value(log_softmax, _z, expected=_log_softmax(_z))
with check.part(
    "log_softmax is exact",
    hint="Nothing is added to the sum or to p: after the shift the sum is at least 1.",
):
    for _z in [
        np.array([[-18.0, 2.0]]),
        np.array([[0.0, 30.0, -3.0]]),
        np.zeros((2, 4)),
        np.array([[2.5], [0.0], [-7.0]]),
    ]:
        check.value(log_softmax, _z, expected=_log_softmax(_z), rtol=1e-9, atol=1e-12)
with check.part(
    "log_softmax leaves its argument alone",
    hint="Operators such as -= change the array itself.",
):
    check.purity(log_softmax, _rng.normal(size=(3, 4)))
    check.purity(log_softmax, _rng.normal(size=5))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-log-softmax-stability", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
Z = np.array([1000.0, 1.0])
check.stability("a large logit", log_softmax, Z, expected=np.array([0.0, -999.0]))
Z = np.array([1.0, 1e4])
check.stability("the large one last", log_softmax, Z, expected=np.array([-9999.0, 0.0]))
Z = np.array([-1e4, -1e4])
check.stability("all far below 0", log_softmax, Z, expected=-np.log([2.0, 2.0]))
Z, right = np.array([[1000.0, 0.0], [1.0, 1.0]]), np.array([[0.0, -1000.0]] * 2)
right[1] = -np.log(2.0)
check.stability("rows far apart", log_softmax, Z, expected=right)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _below_the_top(z):
    # A constant added to a row is the business of the cell above
    return np.ptp(log_softmax(z), axis=-1)


_hint = "Neither exp nor log of an extreme number: subtract the row's own maximum, and take the logarithm of the sum."
with check.part("log_softmax of large logits", hint=_hint):
    for _a, _b in [
        (1e4, 0.0),
        (0.0, -1e4),
        (1e4, 9e3),
        (-9e3, -1e4),
        (800.0, 0.0),
        (1e4, -1e4),
    ]:
        for _z in [np.array([[_a, _b], [_b, _a]]), np.array([[_b, _a], [_a, _b]])]:
            check.stability(log_softmax, _z)
            check.stability(_below_the_top, _z, expected=np.full(2, _a - _b), rtol=1e-4)
with check.part(
    "log_softmax of rows of very different size", hint="Each row has its own maximum."
):
    _z = np.array([[0.0, 1.0, 2.5], [0.0, 1.0, 2.5], [0.0, 1.0, 2.5]]) + np.array(
        [[-1e4], [0.0], [1e4]]
    )
    check.stability(log_softmax, _z)
    check.stability(_below_the_top, _z, expected=np.full(3, 2.5), rtol=1e-4)
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "one-hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(labels, n_classes):
    """One row per label, with a 1 in the label's column.

    labels: (m,), integers from 0 to n_classes - 1. Returns: array (m, n_classes).
    Raises ValueError if a label is outside the range.

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])

    About 5 lines.
    """
    ### BEGIN SOLUTION
    if np.any(labels < 0) or np.any(labels >= n_classes):
        raise ValueError(
            f"labels must be at least 0 and below {n_classes}, got {labels}"
        )
    return np.where(labels[:, None] == np.arange(n_classes), 1.0, 0.0)
    ### END SOLUTION


# %% [markdown] ladder="one-hot"
# 1. What does NumPy do with the index $-1$, and what does your function do with it, if it stands between two good
# labels? How wide is your result when the highest class is missing from the batch?
#
# 2. Before anything is built, look at all entries and complain if a single one is outside, at the lower or at the
# upper end. Then the table: each example has its line, each class its place in it. A vertical array of what you have,
# compared with a horizontal array of all possible classes, makes a whole table of answers by broadcasting.
#
# 3. Four classes and the labels $(1, 3, 0)$. Vertically they have the shape $(3, 1)$, the classes $(0, 1, 2, 3)$ have
# the shape $(4,)$, and comparing both gives a table with 3 rows and 4 columns. Its first row asks whether 1 is equal
# to 0, 1, 2, 3: (no, yes, no, no). What are the other two rows? Which numbers replace yes and no? With the labels $(1,
# 4, 0)$ the second row would hold no yes at all: who has to notice this, and when?
#
# 4.
#
#     if np.any(labels < 0) or np.any(labels >= n_classes):
#     if np.all(labels < 0) or np.all(labels >= n_classes):  # wrong
#         raise ValueError(f"labels must be from 0 to {n_classes - 1}")
#     same = labels[:, None] == np.arange(n_classes)
#     return np.where(same, 1.0, 0.0)


# %% nbgrader={"grade": true, "grade_id": "test-one-hot-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
rows = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
check.value("three classes", one_hot, np.array([2, 0]), 3, expected=rows)
rows = np.array([[0.0, 1.0, 0.0, 0.0]] * 2)
check.value("a label twice", one_hot, np.array([1, 1]), 4, expected=rows)
check.value("one class", one_hot, np.array([0, 0]), 1, expected=np.ones((2, 1)))
check.purity("arguments unchanged", one_hot, np.array([1, 0]), 2)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _one_hot
_rng = check.rng(3601)
with check.part("one_hot of labels", hint="A row per label, a column per class."):
    for _m, _k in [(7, 3), (4, 4), (1, 5), (9, 2)]:
        _labels = _rng.integers(0, _k, size=_m)
        check.value(one_hot, _labels, _k, expected=_one_hot(_labels, _k))
    check.value(one_hot, np.array([0, 0, 0]), 1, expected=np.ones((3, 1)))
with check.part(
    "one_hot with classes that do not occur",
    hint="The number of columns is n_classes, whatever the labels are.",
):
    for _labels, _k in [(np.array([1, 0, 1]), 5), (np.array([3, 3]), 4)]:
        check.value(one_hot, _labels, _k, expected=_one_hot(_labels, _k))
with check.part(
    "one_hot leaves its argument alone", hint="Did you write into the caller's array?"
):
    check.purity(one_hot, np.array([2, 0, 1]), 3)
    check.purity(one_hot, np.array([3, 0, 1]), 4)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-one-hot-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The classes are 0, 1, 2
check.raises("a label too large", ValueError, one_hot, np.array([0, 3]), 3)
check.raises("one below 0", ValueError, one_hot, np.array([-1, 2]), 3)
check.raises("all below 0", ValueError, one_hot, np.array([-1, -1]), 3)
check.raises("one in the middle", ValueError, one_hot, np.array([0, 5, 1]), 3)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _one_hot
_rng = check.rng(3602)
with check.part("refusing labels earns points only once the values are right"):
    _labels = _rng.integers(0, 4, size=6)
    check.value(one_hot, _labels, 4, expected=_one_hot(_labels, 4))
with check.part(
    "one_hot of labels outside the range",
    hint="Valid labels are 0 to n_classes - 1. An IndexError is not enough.",
):
    for _labels, _k in [
        ([4], 4),
        ([0, 1, 9], 5),
        ([2, 0], 1),
        ([0, -1], 2),
        ([-3, 0, 1], 3),
        ([1, 2, 0], 2),
    ]:
        check.raises(ValueError, one_hot, np.array(_labels), _k)
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(y, z):
    """Cross-entropy of softmax(z), averaged over the examples. Returns: float.

    y: one-hot targets, z: logits, (m, k) both. No overflow for |z| up to 1e4.
    About 2 lines.

    >>> y, z = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, np.log(3.0), 0.0]])
    >>> round(cross_entropy(y, z), 6)
    0.510826
    """
    ### BEGIN SOLUTION
    same_shape(y, z)
    return float(-np.sum(y * log_softmax(z)) / len(y))
    ### END SOLUTION


def cross_entropy_grad(y, z):
    """The gradient of cross_entropy with respect to z, an array (m, k). No overflow
    for |z| up to 1e4. You may call `softmax`. About 2 lines.

    >>> cross_entropy_grad(np.array([[0.0, 1.0]]), np.zeros((1, 2)))
    array([[ 0.5, -0.5]])
    """
    ### BEGIN SOLUTION
    same_shape(y, z)
    return (softmax(z) - y) / len(y)
    ### END SOLUTION


# %% [markdown] ladder="cross-entropy"
# 1. By which number do you divide: by the examples, or by all entries of the table? Does a logarithm of a probability
# appear, although a function for it is written already? And do your gradient's rows sum to 0?
#
# 2. Multiplying with the targets leaves one log-probability in each row, that of the true class; all else becomes 0.
# These are negative, a loss is not. Backwards, the long product of the Jacobian with the slope of the logarithm has
# become very short in step 3 of your derivation: predicted shares minus wanted shares, here for a whole batch.
#
# 3. Two examples with three classes. The logits $(\ln 2, \ln 3, \ln 5)$ give $p = (0.2, 0.3, 0.5)$, and the third is
# true: this costs $-\log 0.5 = 0.693$. Equal logits, with the first true, cost $\log 3 = 1.099$. The mean is $0.896$.
# Now the slopes of the first example: for the true one $0.5 - 1$, for the others $0.2 - 0$ and $0.3 - 0$; together 0.
# Write the same for the second example, then do to both what made the mean above.
#
# 4.
#
#     def cross_entropy(y, z):
#         same_shape(y, z)
#         picked = y * log_softmax(z)
#         return float(-np.sum(picked) / len(y))
#         return float(-np.mean(picked))  # wrong
#     def cross_entropy_grad(y, z):
#         same_shape(y, z)
#         p = softmax(z)
#         return (p - y) / len(y)

# %% nbgrader={"grade": true, "grade_id": "test-cross-entropy-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Z = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, np.log(3.0), 0.0]])
check.value("by hand", cross_entropy, Y, Z, expected=-np.log(0.6))
# log 4 for the first example, log 2 for the second
z_two = np.array([[0.0, np.log(3.0)], [0.0, 0.0]])
check.value("two examples", cross_entropy, np.eye(2), z_two, expected=1.5 * np.log(2.0))
# Equal logits: log k
equal = np.zeros((4, 4))
check.value("equal logits", cross_entropy, np.eye(4), equal, expected=np.log(4.0))
check.purity("arguments unchanged", cross_entropy, Y, Z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _cross_entropy, _log_softmax, _random_classes, _stand_ins
_given = _stand_ins(_log_softmax)
_rng = check.rng(3701)
with check.part(
    "cross_entropy of a batch",
    hint="Sum over the classes, average over the examples. Only the right class counts.",
):
    for _m, _k in [(7, 3), (4, 4), (1, 6), (5, 2), (2, 8)]:
        _y, _z = _random_classes(_rng, _m, _k)
        check.value(
            cross_entropy, _y, _z, expected=_cross_entropy(_y, _z), given=_given
        )
with check.part(
    "cross_entropy of unlikely classes",
    hint="Add nothing to p and clip nothing: log p is exact as it is.",
):
    _y = np.array([[1.0, 0.0]])
    for _z in [np.array([[0.0, 18.0]]), np.array([[-25.0, 0.0]])]:
        check.value(
            cross_entropy, _y, _z, expected=_cross_entropy(_y, _z), given=_given
        )
with check.part(
    "cross_entropy leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    check.purity(cross_entropy, *_random_classes(_rng, 4, 3), given=_given)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-cross-entropy-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Y, Z = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, np.log(3.0), 0.0]])
slope = np.array([[0.2, -0.4, 0.2]])
check.value("by hand", cross_entropy_grad, Y, Z, expected=slope)
# One class alone has the probability 1
one_class = np.ones((2, 1)), np.array([[3.0], [-1.0]])
check.value("one class", cross_entropy_grad, *one_class, expected=np.zeros((2, 1)))
quarters, equal = np.array([[-0.25, 0.25], [0.25, -0.25]]), np.zeros((2, 2))
check.value("equal logits", cross_entropy_grad, np.eye(2), equal, expected=quarters)
check.purity("arguments unchanged", cross_entropy_grad, Y, Z)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _cross_entropy, _cross_entropy_grad, _log_softmax, _mse_grad
# provided from helpers: _random_classes, _stand_ins
_given = _stand_ins(_log_softmax, _cross_entropy, _mse_grad)
_rng = check.rng(3702)
with check.part(
    "cross_entropy_grad of a batch",
    hint="Every row sums to 0, and the right class has the negative entry. And 1/m.",
):
    for _m, _k in [(7, 3), (4, 4), (1, 6), (5, 2), (2, 8), (3, 1)]:
        _y, _z = _random_classes(_rng, _m, _k)
        _slope = _cross_entropy_grad(_y, _z)
        check.value(cross_entropy_grad, _y, _z, expected=_slope, given=_given)
with check.part(
    "cross_entropy_grad against central differences",
    hint="How does the loss change when one logit moves?",
):
    _y, _z = _random_classes(_rng, 3, 4)
    check.gradient(
        partial(_cross_entropy, _y), partial(cross_entropy_grad, _y), _z, given=_given
    )
with check.part(
    "cross_entropy_grad leaves its arguments alone", hint="Subtract from a copy."
):
    check.purity(cross_entropy_grad, *_random_classes(_rng, 4, 3), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-cross-entropy-stability", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Wrong by 1000
Y, Z = np.array([[0.0, 1.0]]), np.array([[1000.0, 0.0]])
check.stability("the loss", cross_entropy, Y, Z, expected=1000.0)
slope = np.array([[1.0, -1.0]])
check.stability("its gradient", cross_entropy_grad, Y, Z, expected=slope)
Y, Z, loss = np.eye(2), np.array([[1000.0, 0.0], [1.0, 1.0]]), np.log(2.0) / 2
check.stability("rows far apart", cross_entropy, Y, Z, expected=loss)
slope = np.array([[0.0, 0.0], [0.25, -0.25]])
check.stability("their gradient", cross_entropy_grad, Y, Z, expected=slope)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _log_softmax, _stand_ins
_given = _stand_ins(_log_softmax)
_rows = [(1e4, 0.0), (0.0, -1e4), (800.0, 0.0), (1e4, 9e3), (-9e3, -1e4)]
_y, _z = np.eye(2), np.array([[1e4, 9e3], [-1e4, -9e3]])
_hint = "Take log_softmax of the logits, not the logarithm of softmax."
with check.part("cross_entropy of large logits", hint=_hint):
    for _a, _b in _rows:
        for _class, _loss in [(1, _a - _b), (0, 0.0)]:
            check.stability(
                cross_entropy,
                np.eye(2)[[_class]],
                np.array([[_a, _b]]),
                expected=_loss,
                given=_given,
            )
    check.stability(cross_entropy, _y, _z, expected=0.0, given=_given)
with check.part(
    "cross_entropy_grad of large logits",
    hint="The stable softmax can do it. Nothing is divided by p.",
):
    for _a, _b in _rows:
        for _class, _slope in [(1, [1.0, -1.0]), (0, [0.0, 0.0])]:
            check.stability(
                cross_entropy_grad,
                np.eye(2)[[_class]],
                np.array([[_a, _b]]),
                expected=np.array([_slope]),
                given=_given,
            )
    check.stability(cross_entropy_grad, _y, _z, expected=np.zeros((2, 2)), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-cross-entropy-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Labels are no one-hot rows: (3,) against (3, 3) would broadcast.
Y, Z, both = np.zeros(3), np.zeros((3, 3)), ["(3,)", "(3, 3)"]
check.raises("the loss", ValueError, cross_entropy, Y, Z, mentions=both)
check.raises("its gradient", ValueError, cross_entropy_grad, Y, Z, mentions=both)
Y, both = np.zeros((3, 1)), ["(3, 1)", "(3, 3)"]
check.raises("a column", ValueError, cross_entropy, Y, Z, mentions=both)
check.raises("its gradient", ValueError, cross_entropy_grad, Y, Z, mentions=both)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _bce, _bce_grad, _bce_with_logits, _bce_with_logits_grad
# provided from helpers: _cross_entropy, _cross_entropy_grad, _log_softmax
# provided from helpers: _huber, _huber_grad, _mse, _mse_grad
# provided from helpers: _check_refused, _random_classes, _stand_ins
_given = _stand_ins(
    *[_mse, _mse_grad, _huber, _huber_grad, _bce, _bce_grad],
    *[_bce_with_logits, _bce_with_logits_grad, _cross_entropy, _log_softmax],
)
_rng = check.rng(3703)
with check.part("refusing other shapes earns points only once the values are right"):
    _y, _z = _random_classes(_rng, 5, 3)
    _loss, _grad = _cross_entropy(_y, _z), _cross_entropy_grad(_y, _z)
    check.value(cross_entropy, _y, _z, expected=_loss, given=_given)
    check.value(cross_entropy_grad, _y, _z, expected=_grad, given=_given)
_pairs = [
    ((5,), (5, 3)),
    ((5, 1), (5, 3)),
    ((1, 3), (4, 3)),
    ((2, 3), (3, 2)),
    ((4, 3), (4, 4)),
    ((4, 4), (4,)),
    ((3, 3), (2, 3)),
]
_hint = "Compare the two shapes before you compute. Raise ValueError with both in the message."
for _function in [cross_entropy, cross_entropy_grad]:
    with check.part(
        f"{getattr(_function, '__name__', 'cross_entropy')} of different shapes",
        hint=_hint,
    ):
        for _a, _b in _pairs:
            _y = np.zeros(_a)
            _y[..., 0] = 1.0
            _check_refused(_function, _y, np.zeros(_b), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 3.9 One gradient for three pairs, and why cross-entropy
#
# Identity with MSE, sigmoid with BCE, softmax with cross-entropy: with respect to the last pre-activation each has the gradient
# $(\hat y - y)/m$. In each, the loss of an example is a function of $z$ minus $yz$ (plus what does not depend on $z$): $z^2/2$,
# $\log(1 + e^z)$, $\log\sum_j e^{z_j}$. The output activation is the derivative of that function, so the slope is prediction minus
# target.
#
# **Predict first**: the loss of untrained networks (weights of variance 2/inputs) on digits? And a unit is **saturated** on the wrong side:
# its logit is $-8$, the label 1. How many steps does it need? By the chain rule, the squared error of $\sigma(z)$ has the slope
# $(p - y)\,p\,(1 - p)$, BCE $p - y$. (For softmax it is $J(p - y)$, with notebook 1's Jacobian $J$.) The unit learns from bias $-4$ and from $-8$, on 1000 points of two clouds around $(1, 1)$ and $(-1, -1)$, until its accuracy is 0.9
# (best possible: 0.92).
#
# In the explorer, find the wrong logit at which BCE pulls 1000 times as hard as the squared error. The ratio of the slopes is
# $1/(p(1 - p))$: compute the place first.
#
# **Calibration**: of the cases that get probability 0.2, a fifth should be ones. Here only the mean is tested. Cross-entropy and
# the squared error are both smallest, on average, at the true probability. But if no weights give it, only cross-entropy keeps the
# mean right: its gradient for the bias is the mean of $p - y$, 0 at the minimum. In the cell a fifth of the labels are ones, and no
# linear model gives the true probabilities.

# %% tags=["no-marks"]
untrained = widgets.predict(
    "The mean first loss of untrained networks 64-32-10 with He's weights, on digits?"
)
saturated = widgets.predict(
    "From bias -8 BCE needs 35 steps. How many does the squared error need, with the "
    "same rate?"
)


def squared(y, z):
    return mse(y, sigmoid(z))


def squared_grad(y, z):
    return mse_grad(y, sigmoid(z)) * sigmoid_prime(z)


display(untrained)
saturated

# %% tags=["no-marks"]
first = experiments.first_loss(cross_entropy, cross_entropy_grad)
untrained.answer(first.usual, because=experiments.WHY["untrained"], of=cross_entropy)
on_logits = {
    "BCE": experiments.Loss(bce_with_logits, bce_with_logits_grad, "logit"),
    "MSE of sigmoid": experiments.Loss(squared, squared_grad, "logit"),
}
escape = experiments.escape(on_logits)
faster = experiments.escape(on_logits, learning_rate=10.0).speed()
print(first, escape, faster, experiments.calibration(on_logits), sep="\n")
saturated.answer(escape.longest, because=experiments.WHY["saturated"], of=on_logits)
display(plots.escape(escape))
losses = on_logits | experiments.on_residuals(mse, mse_grad, huber, huber_grad)
widgets.loss_explorer(losses)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-loss-choice", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 3.10 Explain
#
# In five to ten sentences: **which loss and which output activation would you choose** for (a) house prices, some of them
# with a digit too many, and (b) ten classes? Say what each loss assumes about the data, why the squared error is a poor choice for (b), and use
# at least two numbers that you measured. What does your choice for (a) cost on clean data? (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** (a) Identity output and Huber's loss. The squared error is the negative log-likelihood of normal noise, and its
# slope grows with the residual, so a few wrong prices pull the fit: with 20 percent outliers its clean test error was about 1.3, against
# about 0.11 for Huber with delta 0.3. Huber's slope is capped at delta. On clean data the part of the error that a fit can avoid grew by
# about 13 percent for delta 0.3, not measurably for delta 1, and by more than half for the absolute error, because they use less of the
# information in normal noise; delta must fit the scale of the noise. (b) Softmax output and cross-entropy, the negative log-likelihood
# of one class of ten. Its gradient for the logits is p - y, which stays near 1 for a confident mistake. The squared error multiplies
# p - y by softmax's Jacobian, which vanishes in saturation: with a wrong class 8 above the others the slopes for the right one were
# -0.9997 and -0.0007, and one unit from bias -8 needed 35 steps with cross-entropy and 1861 with the squared error; with ten
# times the rate for both it was 2 and 189.
#
# **Mark scheme.** 1 point: loss and output activation for both, with what they assume (normal noise, heavier tails, one of k classes).
# 1 point: the gradient argument, a capped pull for outliers and the vanishing factor p(1 - p) in saturation. 1 point: two measured
# numbers used correctly, and the cost of robustness on clean data. Half a point off for "cross-entropy is better" without a gradient
# or likelihood argument.
# ### END SOLUTION

# %% [markdown]
# ## 3.11 What to keep
#
# | task | assumed about the target | output | loss | slope for the last pre-activation, times $m$ |
# |---|---|---|---|---|
# | regression | normal noise | identity | MSE | $\hat y - y$ |
# | with outliers in the target | heavier tails | identity | Huber | the same, capped at $\delta$ |
# | yes or no | coin toss | sigmoid | BCE from logits | $p - y$ |
# | one of $k$ classes | one of $k$, with probabilities $p$ | softmax | cross-entropy from logits | $p - y$ |
#
# **In PyTorch 2.13** (`torch.nn.functional`). Predictions come first there, targets second.
#
# | here | there | what differs |
# |---|---|---|
# | `mse` | `mse_loss` | no $\frac12$, mean over all $mk$ entries: $2/k$ times ours; shapes that broadcast only give a warning, in `huber_loss` too; the others refuse them |
# | `huber(..., delta)` | `huber_loss(..., delta=delta)` | mean over all entries; `smooth_l1_loss(beta=delta)` is this over $\delta$ |
# | `bce` | `binary_cross_entropy` | mean over all entries; limits $\log p$ at $-100$ instead of $p$ |
# | `bce_with_logits` | `binary_cross_entropy_with_logits` | mean over all entries |
# | `log_softmax` | `log_softmax(z, dim=-1)` | nothing |
# | `one_hot` | `one_hot(labels, n_classes)` | gives integers |
# | `cross_entropy(one_hot(labels, k), z)` | `cross_entropy(z, labels)` | takes class numbers or probabilities; logits, never `softmax(z)` |
#
# **What holds in general**: derived, except for the percentages in 2.
#
# 1. Each of these losses is a negative log-likelihood, up to constants. With the output activation of the table, the slope of MSE,
#    BCE and cross-entropy is prediction minus target.
# 2. MSE is smooth, and an outlier pulls with its size. Huber caps the pull at $\delta$; the absolute error keeps only the sign. The cap
#    is on the slope for the prediction; a weight's slope is that times the input, so an outlier in an input still pulls hard.
#    Against 5 % of them Huber 0.3 and MAE helped, against 20 % none.
# 3. On a logit, cross-entropy keeps a gradient where the unit is confidently wrong; the squared error nearly loses it.
# 4. Compute from logits. Clipping hides that $p$ was rounded to 0 or 1: it caps the loss and leaves no slope.
# 5. Compare shapes before you subtract.
#
# **Measured here.** Outliers on both sides do less harm than on one: in 3.4 MSE's error was 2.4 times MAE's, not 12.
# From bias $-4$ BCE needs 16 steps and the squared error 135, from $-8$ they need 35 and 1861. At ten times the rate: 1 and 14, 2 and 189.
# The largest slope of the squared error is 0.148, of BCE 1. So it bears a larger rate, but ten times is too little: 189 against 35.
#
# **What is a rule of thumb.** A $\delta$ of one standard deviation of the noise, estimated as the median of $|r|$ over 0.67.
# Derived for normal noise: this $\delta$ adds 11 % to the error beyond the noise, the absolute error 57 % (measured: 13 ± 4, 58 ± 11).
#
# **Read more.** Huber 1964, *Robust estimation of a location parameter*. Bishop 2006, *Pattern Recognition and Machine Learning*,
# section 4.3.6 on canonical links. Guo et al. 2017, *On calibration of modern neural networks*: large ones can be overconfident.
#
# **Show it to a friend.** Outliers ten times as far away as in 3.4: how many times as large does each loss's error become? Let your
# friend guess, then run:
#
# ```python
# far = experiments.outliers(regression_losses, size=50.0)
# before, after = (found.error[:, -1].mean(axis=1) for found in (robust, far))
# print(robust.names, (after / before).round(1))
# plots.robustness(shapes, far)
# ```
#
# <details><summary>Answer</summary>
#
# MSE's 94 times, the others' 1.0 times: beyond $\delta$ the distance of an outlier does not change its pull.
#
# </details>

# %% tags=["no-marks"]
check.summary()
