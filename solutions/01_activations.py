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
# # 1. Activation functions
#
# A network is a chain of linear maps with an **activation function** after each. You write six of these functions and
# their derivatives, and then measure with your own code what their slopes do to a gradient.
#
# - **Time**: 60 to 90 minutes.
# - **You need**: Python functions, NumPy arrays and broadcasting, derivatives, the product rule and the chain rule.
# - **Afterwards you can** write activations that are right for every input, however large; derive and check their
#   derivatives; and say why a network needs them, and what a flat slope costs.
#
# **Conventions of the course.** The batch comes first: an array `Z` of pre-activations is `(m, n)`, one row per example,
# one column per unit, and a layer computes `Z = A @ W.T + b` with `W` of shape `(n, n_in)`. Functions get float64
# arrays, elementwise ones of any shape, however these lie in memory (`Z.T`, `Z[:, ::2]`), and never change them. Results count by value, whatever the type of their numbers.
#
# **How to work.** Replace the lines `raise NotImplementedError(...)` in each exercise, then run the test cells below it. They say what
# is wrong. Grading repeats them with other shapes and numbers.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np
from scipy.special import expit  # a sigmoid that some tests compare with

from nbcore import check, widgets
from nbcore.experiments import activations as experiments
from nbcore.plots import activations as plots

# %% [markdown]
# ## 1.1 Sigmoid
#
# A layer maps the signal $a$ of one example to the **pre-activation** $z = Wa + b$ and then to $f(z)$, entry by entry.
# Without $f$ depth would be useless: $W_2(W_1x + b_1) + b_2$ is again linear in $x$, up to a constant. Training needs $f'$
# as well.
#
# The sigmoid squeezes every number into the open interval $(0, 1)$:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma(-z) = 1 - \sigma(z), \qquad \sigma'(z) = \sigma(z)\,(1 - \sigma(z)).$$
#
# The derivative follows from the chain rule. A product $s(1-s)$ is largest at $s = \frac12$, so $\sigma' \le \frac14$.
#
# **By hand.** For $z = \ln 3$: $e^{-z} = \frac13$, so $\sigma = \frac34$ and $\sigma' = \frac34 \cdot \frac14 = \frac3{16}$.
#
# **Large inputs.** float64 ends near $e^{709}$, so $e^{-z}$ overflows at $z = -1000$. Multiply numerator and denominator
# by $e^{z}$: $\sigma(z) = e^{z}/(1 + e^{z})$ is the same function, and safe where the first form is not.
#
# <details><summary>Hint</summary>
#
# `np.where` evaluates both of its branches
# everywhere, so an overflow in the branch that is not chosen still happens. What is the largest value of `np.exp(-np.abs(z))`?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid(z):
    """The sigmoid of every entry of z.

    z: array of any shape, () too.
    Returns: numbers in the shape of z. No overflow warning for |z| up to 1e4. Raises
    nothing.

    >>> sigmoid(np.array([0.0, 2.0]))
    array([0.5       , 0.88079708])

    About 3 lines.
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    ### END SOLUTION


def sigmoid_prime(z):
    """The derivative of the sigmoid at every entry of z.

    z: the pre-activation, not sigmoid(z); shapes as for `sigmoid`.
    Returns: numbers in the shape of z.

    >>> sigmoid_prime(np.array([0.0, 2.0]))
    array([0.25      , 0.10499359])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    s = sigmoid(z)
    return s * (1 - s)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-sigmoid-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array(np.log(3.0))  # a single number: an array of shape ()
check.value("by hand", sigmoid, z, expected=0.75)
check.value(
    "a matrix",
    sigmoid,
    np.array([[-2.0, 0.0, 2.0]]),
    expected=np.array([[0.119202922022, 0.5, 0.880797077978]]),
)
check.value(
    "a vector",
    sigmoid,
    np.array([-1.0, 0.0, 1.0]),
    expected=np.array([0.268941421370, 0.5, 0.731058578630]),
)
check.purity("its input unchanged", sigmoid, np.array([-1.0, 1.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid
_rng = check.rng(1101)
with check.part(
    "sigmoid of arrays",
    hint="Is it elementwise? Does it rise, from 0 over one half to 1?",
):
    for _shape in [(7,), (3, 5), (4, 4), (1, 6)]:
        _z = _rng.uniform(-9, 9, size=_shape)
        check.value(sigmoid, _z, expected=_sigmoid(_z))
with check.part(
    "sigmoid of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [-1.7, 3.0, 0.4]:
        _z = np.array(_z)
        check.value(sigmoid, _z, expected=_sigmoid(_z))
with check.part(
    "sigmoid leaves its argument alone", hint="Did you write into the caller's array?"
):
    check.purity(sigmoid, _rng.normal(size=(3, 4)))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-sigmoid-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# A sigmoid that is still wrong does no harm here: the derivative alone is judged.
z = np.array([-np.log(3.0), 0.0, np.log(3.0)])
check.value("by hand", sigmoid_prime, z, expected=np.array([3 / 16, 1 / 4, 3 / 16]))
check.value("a single number", sigmoid_prime, np.array(0.0), expected=0.25)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _sigmoid_prime, _stand_ins
_given = _stand_ins(_sigmoid)
_rng = check.rng(1102)
with check.part(
    "sigmoid_prime of arrays",
    hint="The argument is the pre-activation. The slope at 0 is 1/4.",
):
    for _shape in [(6,), (4, 3), (5, 5), (1, 2)]:
        _z = _rng.uniform(-9, 9, size=_shape)
        check.value(sigmoid_prime, _z, expected=_sigmoid_prime(_z), given=_given)
    _z = _rng.normal(size=(3, 4))
    check.gradient(_sigmoid, sigmoid_prime, _z, given=_given)
with check.part(
    "sigmoid_prime of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [0.9, -2.0]:
        _z = np.array(_z)
        check.value(sigmoid_prime, _z, expected=_sigmoid_prime(_z), given=_given)
with check.part(
    "sigmoid_prime leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(sigmoid_prime, _rng.normal(size=(3, 4)), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-sigmoid-stability", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Passes only without an overflow warning on the way, even if the result looks right.
check.stability("a large input", sigmoid, np.array(1000.0), expected=1)
check.stability("a large negative input", sigmoid, np.array(-1000.0), expected=0)
check.stability("its derivative there", sigmoid_prime, np.array(-1000.0))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _stand_ins
_given = _stand_ins(_sigmoid)
_large = [-1e4, -746.0, -710.0, -90.0, 90.0, 710.0, 746.0, 1e4]
_hint = "What is exp(1000) in float64? Use a form whose exponent is never positive, and no clipping that can be seen."
with check.part("sigmoid of large numbers", hint=_hint):
    for _z in _large:
        _limit = int(_z > 0)
        check.stability(sigmoid, np.array(_z), expected=_limit, rtol=0, atol=1e-15)
with check.part(
    "sigmoid_prime of large numbers", hint="Can you write it with sigmoid(z) alone?"
):
    for _z in _large:
        check.stability(sigmoid_prime, np.array(_z), given=_given)
with check.part("sigmoid of arrays with small and large numbers", hint=_hint):
    for _f in [sigmoid, sigmoid_prime]:
        try:  # a function that fails for small arrays has lost its points in the cells above, and none here
            check.shape(_f, np.zeros((2, 3)), expected=(2, 3), given=_given)
        except check.CheckFailed:
            continue
        check.stability(_f, np.array([[-1e4, 0.0, 1e4]] * 2), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.2 Hyperbolic tangent
#
# $$\tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} = 2\sigma(2z) - 1, \qquad \tanh' z = 1 - \tanh^2 z.$$
#
# It is a sigmoid stretched to the interval $(-1, 1)$, so its outputs are centred at 0 where those of the sigmoid are
# centred at $\frac12$. The stretching makes it steeper: the largest derivative is 1, at $z = 0$, instead of $\frac14$. Far
# from 0 both **saturate**: the curve is flat, and the derivative is almost 0.
#
# **By hand.** For $z = \ln 2$: $e^{z} = 2$ and $e^{-z} = \frac12$, so $\tanh z = 1.5/2.5 = 0.6$ and
# $\tanh' z = 1 - 0.36 = 0.64$. The other form agrees: $\sigma(2\ln 2) = \frac45$, and $2\cdot\frac45 - 1 = 0.6$.
#
# <details><summary>Hint</summary>
#
# NumPy's own `np.tanh` is allowed, and safe for large inputs; the quotient of exponentials is not.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "tanh", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh(z):
    """The hyperbolic tangent of every entry of z.

    z: array of any shape, () too.
    Returns: numbers in the shape of z. No overflow warning for |z| up to 1e4. Raises
    nothing.

    >>> tanh(np.array([0.0, 1.0]))
    array([0.        , 0.76159416])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return np.tanh(z)
    ### END SOLUTION


def tanh_prime(z):
    """The derivative of tanh at every entry of z.

    z: the pre-activation; shapes as for `tanh`.
    Returns: numbers in the shape of z.

    >>> tanh_prime(np.array([0.0, 1.0]))
    array([1.        , 0.41997434])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return 1 - tanh(z) ** 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tanh-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.value("by hand", tanh, np.array(np.log(2.0)), expected=0.6)
column, row = np.array([[-0.5], [1.0]]), np.array([-1.0, 0.0, 1.0])
check.value("a column", tanh, column, expected=np.tanh(column))
check.value("a vector", tanh, row, expected=np.tanh(row))
large = np.array([-1000.0, 1000.0])
check.stability("large inputs", tanh, large, expected=np.array([-1.0, 1.0]))
check.purity("its input unchanged", tanh, np.array([-1.0, 1.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _stand_ins, _tanh
_given = _stand_ins(_sigmoid)
_rng = check.rng(1201)
with check.part("tanh of arrays", hint="Compare with np.tanh, entry by entry."):
    for _shape in [(5,), (3, 4), (4, 4), (1, 3)]:
        _z = _rng.uniform(-6, 6, size=_shape)
        check.value(tanh, _z, expected=_tanh(_z), given=_given)
with check.part(
    "tanh of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [0.3, -1.1, 2.0]:
        _z = np.array(_z)
        check.value(tanh, _z, expected=_tanh(_z), given=_given)
with check.part(
    "tanh leaves its argument alone", hint="Did you write into the caller's array?"
):
    check.purity(tanh, _rng.normal(size=(3, 4)), given=_given)
with check.part(
    "tanh of large numbers",
    hint="inf/inf has no value: which form avoids large exponentials?",
):
    for _z in [-1e4, -711.0, -30.0, 30.0, 711.0, 1e4, [[-1e4, 0.0, 1e4]]]:
        _z = np.array(_z)
        check.stability(tanh, _z, expected=_tanh(_z), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-tanh-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.value("by hand", tanh_prime, np.array(np.log(2.0)), expected=0.64)
# A derivative is a limit of slopes: this compares yours with
# (tanh(z + h) - tanh(z - h)) / 2h for a small h.
z = np.array([[-np.log(2.0), 0.0, np.log(2.0)]])
check.gradient("numerically", np.tanh, tanh_prime, z)
check.stability("a large input", tanh_prime, np.array(1000.0), expected=0.0)
check.purity("its input unchanged", tanh_prime, np.array([-1.0, 1.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _sigmoid_prime, _stand_ins, _tanh, _tanh_prime
_given = _stand_ins(_tanh, _sigmoid, _sigmoid_prime)
_rng = check.rng(1202)
with check.part(
    "tanh_prime of arrays",
    hint="Test away from 0, where several wrong formulas are right.",
):
    for _shape in [(5,), (3, 4), (4, 4), (1, 3)]:
        _z = _rng.uniform(-6, 6, size=_shape)
        check.value(tanh_prime, _z, expected=_tanh_prime(_z), given=_given)
    _z = _rng.normal(size=(2, 5))
    check.gradient(_tanh, tanh_prime, _z, given=_given)
with check.part(
    "tanh_prime of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [0.3, -1.1]:
        _z = np.array(_z)
        check.value(tanh_prime, _z, expected=_tanh_prime(_z), given=_given)
with check.part(
    "tanh_prime leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(tanh_prime, _rng.normal(size=(3, 4)), given=_given)
with check.part(
    "tanh_prime of large numbers", hint="Can you write it with tanh(z) alone?"
):
    for _z in [-1e4, -711.0, 711.0, 1e4]:
        check.stability(tanh_prime, np.array(_z), expected=0.0, given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.3 ReLU
#
# The rectified linear unit passes positive numbers and blocks the rest:
#
# $$\mathrm{relu}(z) = \max(0, z), \qquad \mathrm{relu}'(z) = 1 \text{ for } z > 0, \quad 0 \text{ for } z < 0.$$
#
# For positive $z$ it never saturates. At $z = 0$ there is a **kink**: the slope is 0 from the left and 1 from the right.
# Every number in $[0, 1]$ is a *subgradient* there, and training works with any of them. This course takes
# $\mathrm{relu}'(0) = 0$.
#
# **By hand.** For $z = (-2, 0, 3)$: $\mathrm{relu}(z) = (0, 0, 3)$ and $\mathrm{relu}'(z) = (0, 0, 1)$.
#
# **A trap.** Assigning into `z` saves a line and destroys the caller's array. Backpropagation needs the old pre-activations
# again, so such a function breaks a network far away from the line at fault.
#
# <details><summary>Hint</summary>
#
# `np.max` reduces one array to its largest entry; `np.maximum` compares two arrays entry by entry. A comparison such as
# `z > 0` gives an array of booleans, which count as 0 and 1.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(z):
    """max(0, z) for every entry of z.

    z: array of any shape, () too; it is not changed.
    Returns: numbers in the shape of z. Raises nothing.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return np.maximum(z, 0.0)
    ### END SOLUTION


def relu_prime(z):
    """The derivative of relu at every entry of z, 0 at z = 0.

    z: the pre-activation; shapes as for `relu`; it is not changed.
    Returns: numbers in the shape of z.

    >>> relu_prime(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, 0.0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-relu-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([-2.0, 0.0, 3.0])
check.value("by hand", relu, z, expected=np.array([0.0, 0.0, 3.0]))
z = np.array([[-1.0, 3.0], [0.0, -2.0]])
check.value("a matrix", relu, z, expected=np.array([[0.0, 3.0], [0.0, 0.0]]))
check.value("a single number", relu, np.array(-2.0), expected=0.0)
z = np.array([-1e4, 1e4])
check.stability("large inputs", relu, z, expected=np.array([0.0, 1e4]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu_prime)
_rng = check.rng(1301)
with check.part(
    "relu of arrays",
    hint="Positive entries stay, all others become 0, and the shape stays.",
):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.normal(scale=3, size=_shape)
        check.value(relu, _z, expected=_relu(_z), given=_given)
    _z = -np.abs(_rng.normal(size=(3, 2))) - 0.1
    check.value(relu, _z, expected=np.zeros((3, 2)), given=_given)
with check.part(
    "relu of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [2.5, -3.0, -0.4]:
        _z = np.array(_z)
        check.value(relu, _z, expected=_relu(_z), given=_given)
with check.part("relu of large numbers", hint="No exponential is needed here."):
    _z = np.array([-1e4, 1e4])
    check.stability(relu, _z, expected=np.array([0.0, 1e4]), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-relu-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([-2.0, 3.0])
check.value("both sides", relu_prime, z, expected=np.array([0.0, 1.0]))
check.value("the kink", relu_prime, np.array(0.0), expected=0.0)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu)
_rng = check.rng(1302)
with check.part(
    "relu_prime of arrays",
    hint="The slope, not the height: only the numbers 0 and 1.",
):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.normal(scale=3, size=_shape)
        _z += 0.1 * np.sign(_z)
        check.value(relu_prime, _z, expected=_relu_prime(_z), given=_given)
    check.gradient(_relu, relu_prime, _z, given=_given)
with check.part(
    "relu_prime at the kink", hint="This course defines relu_prime(0) = 0."
):
    for _z in [np.array([[0.0, -0.0, 2.0], [-1.0, 0.0, 0.0]]), np.array(0.0)]:
        check.value(relu_prime, _z, expected=_relu_prime(_z), given=_given)
with check.part(
    "relu_prime of a single number, and of large ones",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [0.3, -1.1]:
        _z = np.array(_z)
        check.value(relu_prime, _z, expected=_relu_prime(_z), given=_given)
    _z = np.array([-1e4, 1e4])
    check.stability(relu_prime, _z, expected=np.array([0.0, 1.0]), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-relu-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The array must be the same after the call
check.purity("the input of relu", relu, np.array([-2.0, 0.5, 3.0]))
check.purity("the input of relu_prime", relu_prime, np.array([-2.0, 0.5, 3.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu, _relu_prime)
_rng = check.rng(1303)
_hint = "Assigning into z changes the caller's array. np.where and np.maximum make new ones."
with check.part("leaving the argument alone counts beside right values"):
    _z = _rng.normal(size=(4, 3))
    check.value(relu, _z, expected=_relu(_z), given=_given)
    check.value(relu_prime, _z, expected=_relu_prime(_z), given=_given)
with check.part("relu leaves its argument alone", hint=_hint):
    check.purity(relu, _rng.normal(size=(4, 3)), given=_given)
    check.purity(relu, np.array([-3.0, -0.0, 0.0, 3.0]), given=_given)
with check.part("relu_prime leaves its argument alone", hint=_hint):
    check.purity(relu_prime, _rng.normal(size=(4, 3)), given=_given)
    check.purity(relu_prime, np.array([-3.0, -0.0, 0.0, 3.0]), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.4 Leaky ReLU
#
# A ReLU with a negative pre-activation passes no gradient at all. The leaky ReLU keeps a small slope
# $\alpha$, with $0 \le \alpha < 1$, on that side (Maas, Hannun and Ng 2013):
#
# $$\mathrm{leaky}(z) = \begin{cases} z & z > 0 \\ \alpha z & z \le 0 \end{cases} \qquad
# \mathrm{leaky}'(z) = \begin{cases} 1 & z > 0 \\ \alpha & z \le 0 \end{cases}$$
#
# For $\alpha = 0$ it is ReLU. At the kink this course takes $\alpha$, which then agrees with $\mathrm{relu}'(0) = 0$.
#
# **By hand.** With $\alpha = 0.1$ and $z = (-3, 0, 2)$: $\mathrm{leaky}(z) = (-0.3, 0, 2)$ and
# $\mathrm{leaky}'(z) = (0.1, 0.1, 1)$. The slope on the left does not depend on how far left.


# %% nbgrader={"grade": false, "grade_id": "leaky-relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky_relu(z, alpha=0.01):
    """z where z > 0, alpha*z elsewhere.

    z: array of any shape, () too. alpha: the slope for z <= 0, with 0 <= alpha < 1.
    Returns: numbers in the shape of z. Raises nothing.

    >>> leaky_relu(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([-0.3,  0. ,  2. ])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, z, alpha * z)
    ### END SOLUTION


def leaky_relu_prime(z, alpha=0.01):
    """The derivative of leaky_relu at every entry of z, alpha at z = 0.

    z: the pre-activation; shapes as for `leaky_relu`. alpha: as there.
    Returns: numbers in the shape of z.

    >>> leaky_relu_prime(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([0.1, 0.1, 1. ])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, alpha)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-leaky-relu-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([-3.0, 0.0, 2.0])
check.value("by hand", leaky_relu, z, 0.1, expected=np.array([-0.3, 0.0, 2.0]))
check.value("alpha by default", leaky_relu, z, expected=np.array([-0.03, 0.0, 2.0]))
check.value("a single number", leaky_relu, np.array(-3.0), expected=-0.03)
check.value("alpha 0", leaky_relu, z, 0.0, expected=np.array([0.0, 0.0, 2.0]))
check.purity("its input unchanged", leaky_relu, z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _leaky_relu, _leaky_relu_prime, _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu, _relu_prime, _leaky_relu_prime)
_rng = check.rng(1401)
with check.part(
    "leaky_relu of arrays", hint="z on the right, alpha*z on the left, entry by entry."
):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.normal(scale=3, size=_shape)
        check.value(leaky_relu, _z, expected=_leaky_relu(_z), given=_given)
with check.part("leaky_relu with another alpha", hint="Is the argument alpha used?"):
    for _alpha in [0.0, 0.05, 0.3, 0.9]:
        _z = _rng.normal(scale=3, size=(4, 3))
        _leaky = _leaky_relu(_z, _alpha)
        check.value(leaky_relu, _z, alpha=_alpha, expected=_leaky, given=_given)
        check.value(leaky_relu, _z, _alpha, expected=_leaky, given=_given)
with check.part(
    "leaky_relu of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z, _options in [(-0.3, {}), (1.1, {}), (-2.0, {"alpha": 0.25})]:
        _z = np.array(_z)
        _leaky = _leaky_relu(_z, **_options)
        check.value(leaky_relu, _z, expected=_leaky, given=_given, **_options)
with check.part(
    "leaky_relu leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(leaky_relu, _rng.normal(size=(3, 4)), given=_given)
with check.part("leaky_relu of large numbers", hint="No exponential is needed here."):
    check.stability(
        leaky_relu,
        np.array([-1e4, 1e4]),
        alpha=0.2,
        expected=np.array([-2e3, 1e4]),
        given=_given,
    )
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-leaky-relu-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([-3.0, 2.0])
check.value("both sides", leaky_relu_prime, z, expected=np.array([0.01, 1.0]))
z, slopes = np.array([-3.0, 0.0, 2.0]), np.array([0.1, 0.1, 1.0])
check.value("with the kink", leaky_relu_prime, z, alpha=0.1, expected=slopes)
check.value("a single number", leaky_relu_prime, np.array(-3.0), expected=0.01)
slopes = np.array([0.0, 0.0, 1.0])
check.value("alpha 0", leaky_relu_prime, z, alpha=0.0, expected=slopes)
check.purity("its input unchanged", leaky_relu_prime, z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _leaky_relu, _leaky_relu_prime, _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu, _relu_prime, _leaky_relu)
_rng = check.rng(1402)
with check.part(
    "leaky_relu_prime of arrays",
    hint="The slope on the left is alpha itself, wherever z is.",
):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.normal(scale=3, size=_shape)
        _z += 0.1 * np.sign(_z)
        check.value(leaky_relu_prime, _z, expected=_leaky_relu_prime(_z), given=_given)
    check.gradient(_leaky_relu, leaky_relu_prime, _z, given=_given)
with check.part(
    "leaky_relu_prime with another alpha", hint="Is the argument alpha used?"
):
    for _alpha in [0.0, 0.05, 0.3, 0.9]:
        _z = _rng.normal(scale=3, size=(4, 3))
        _z += 0.1 * np.sign(_z)
        _slope = _leaky_relu_prime(_z, _alpha)
        check.value(leaky_relu_prime, _z, alpha=_alpha, expected=_slope, given=_given)
        check.value(leaky_relu_prime, _z, _alpha, expected=_slope, given=_given)
with check.part(
    "leaky_relu_prime at the kink",
    hint="This course defines leaky_relu_prime(0) = alpha.",
):
    _z = np.array([[0.0, -0.0, 2.0]])
    _slope = np.array([[0.3, 0.3, 1.0]])
    check.value(leaky_relu_prime, _z, alpha=0.3, expected=_slope, given=_given)
    check.value(leaky_relu_prime, np.array(0.0), expected=0.01, given=_given)
with check.part(
    "leaky_relu_prime of a single number, and of large ones",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z, _options in [(-0.3, {}), (1.1, {}), (-2.0, {"alpha": 0.25})]:
        _z = np.array(_z)
        _slope = _leaky_relu_prime(_z, **_options)
        check.value(leaky_relu_prime, _z, expected=_slope, given=_given, **_options)
    check.stability(
        leaky_relu_prime,
        np.array([-1e4, 1e4]),
        expected=np.array([0.01, 1.0]),
        given=_given,
    )
with check.part(
    "leaky_relu_prime leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(leaky_relu_prime, _rng.normal(size=(3, 4)), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.5 SiLU
#
# The sigmoid linear unit, or swish, replaces the kink of ReLU by a soft gate:
#
# $$\mathrm{silu}(z) = z\,\sigma(z).$$
#
# For large $z$ the gate is open, $\mathrm{silu}(z) \approx z$; for very negative $z$ it is shut, $\mathrm{silu}(z) \approx 0$.
# In between the function dips below 0: it is smooth, but not monotone.
#
# The derivative is yours to find. The product rule says $(uv)' = u'v + uv'$; here $u = z$ and $v = \sigma(z)$, and you know
# both derivatives.
#
# **By hand.** At $z = 0$: $\mathrm{silu} = 0$, and only one term of the product rule survives, $\sigma(0) = \frac12$. At
# $z = \ln 3$, from section 1.1: $\mathrm{silu} = \frac34\ln 3 \approx 0.824$, and your formula must give
# $\mathrm{silu}' \approx 0.956$.


# %% nbgrader={"grade": false, "grade_id": "silu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def silu(z):
    """z * sigmoid(z) for every entry of z.

    z: array of any shape, () too. You may call the functions that you wrote above.
    Returns: numbers in the shape of z. No overflow warning for |z| up to 1e4. Raises
    nothing.

    >>> silu(np.array([-1.0, 0.0, 2.0]))
    array([-0.26894142,  0.        ,  1.76159416])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    return z * sigmoid(z)
    ### END SOLUTION


def silu_prime(z):
    """The derivative of silu at every entry of z.

    z: the pre-activation; shapes as for `silu`.
    Returns: numbers in the shape of z.

    >>> silu_prime(np.array([-1.0, 0.0, 2.0]))
    array([0.07232949, 0.5       , 1.09078425])

    About 2 lines.
    """
    ### BEGIN SOLUTION
    return sigmoid(z) + z * sigmoid_prime(z)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-silu-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array(np.log(3.0))
check.value("by hand", silu, z, expected=0.75 * np.log(3.0))
z, right = (
    np.array([[-1.0, 0.0, 2.0]]),
    np.array([[-0.268941421370, 0.0, 1.761594155956]]),
)
check.value("a matrix", silu, z, expected=right)
check.stability("a large negative input", silu, np.array(-1000.0), expected=0.0)
check.purity("its input unchanged", silu, z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _sigmoid_prime, _silu, _stand_ins, _tanh
_given = _stand_ins(_sigmoid, _sigmoid_prime, _tanh)
_rng = check.rng(1501)
with check.part("silu of arrays", hint="z times sigmoid(z), entry by entry."):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.uniform(-9, 9, size=_shape)
        check.value(silu, _z, expected=_silu(_z), given=_given)
with check.part(
    "silu of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [-0.3, 1.1, 2.0]:
        _z = np.array(_z)
        check.value(silu, _z, expected=_silu(_z), given=_given)
with check.part(
    "silu leaves its argument alone", hint="Did you write into the caller's array?"
):
    check.purity(silu, _rng.normal(size=(3, 4)), given=_given)
with check.part(
    "silu of large numbers",
    hint="What is exp(1000) in float64? Your stable sigmoid can help.",
):
    for _z in [-1e4, -746.0, -50.0, 0.0, 50.0, 746.0, 1e4]:
        check.stability(silu, np.array(_z), expected=max(_z, 0.0), given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-silu-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.value("by hand", silu_prime, np.array(0.0), expected=0.5)
z = np.array([[-2.5, 0.4, 1.0]])
check.gradient("numerically", lambda z: z * expit(z), silu_prime, z)
z = np.array([-1000.0, 1000.0])
check.stability("large inputs", silu_prime, z, expected=np.array([0.0, 1.0]))
check.purity("its input unchanged", silu_prime, np.array([-1.0, 1.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _sigmoid, _sigmoid_prime, _silu, _silu_prime, _stand_ins, _tanh
_given = _stand_ins(_sigmoid, _sigmoid_prime, _silu, _tanh)
_rng = check.rng(1502)
with check.part(
    "silu_prime of arrays", hint="The product rule has two terms. Test z < 0 and z > 0."
):
    for _shape in [(6,), (3, 5), (4, 4), (1, 3)]:
        _z = _rng.uniform(-9, 9, size=_shape)
        check.value(silu_prime, _z, expected=_silu_prime(_z), given=_given)
    check.gradient(_silu, silu_prime, _rng.normal(size=(3, 4)), given=_given)
with check.part(
    "silu_prime of a single number",
    hint="An array of shape () is a single number: does every line work for it?",
):
    for _z in [-0.3, 1.1]:
        _z = np.array(_z)
        check.value(silu_prime, _z, expected=_silu_prime(_z), given=_given)
with check.part(
    "silu_prime leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(silu_prime, _rng.normal(size=(3, 4)), given=_given)
with check.part(
    "silu_prime of large numbers",
    hint="What is exp(1000) in float64? Your stable sigmoid can help.",
):
    for _z in [-1e4, -746.0, 746.0, 1e4]:
        check.stability(silu_prime, np.array(_z), expected=float(_z > 0), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 1.6 Five functions side by side
#
# **Predict first.** Before you run the next cell, write down for each of the five derivatives: where is it largest, does it
# ever exceed 1, is it ever negative? Then compare with the figure, where the leaky ReLU has $\alpha = 0.1$ to make its slope
# visible.
#
# In the explorer below the figure, find a $z$ at which the slope of the sigmoid is a tenth of its largest value, and the $z$
# at which the tangent of SiLU is level. How far from 0 does tanh lose nine tenths of its slope?

# %%
functions = {
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (tanh, tanh_prime),
    "ReLU": (relu, relu_prime),
    "leaky ReLU": (leaky_relu, leaky_relu_prime),
    "SiLU": (silu, silu_prime),
}
visible_leak = (partial(leaky_relu, alpha=0.1), partial(leaky_relu_prime, alpha=0.1))
curves = experiments.curves(functions | {"leaky ReLU": visible_leak})
for name, slope in curves.slopes.items():
    peak = curves.z[slope.argmax()]
    print(
        f"{name:>10}: derivative from {slope.min():6.3f} to {slope.max():5.3f}, "
        f"largest first at z = {peak:5.2f}"
    )
plots.activation_curves(curves)

# %%
widgets.activation_explorer(functions)

# %% [markdown]
# ## 1.7 Softmax
#
# The output layer often has a function of its own. To choose among $k$ classes, softmax turns a row of $k$ numbers, the
# **logits**, into probabilities. It is not elementwise: every output depends on every input of its row, so the derivative is
# a matrix per row, the **Jacobian**.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}, \qquad \frac{\partial p_i}{\partial z_j} = p_i\,(\delta_{ij} - p_j),$$
#
# with $\delta_{ij} = 1$ for $i = j$, else 0. Adding a constant to a row changes nothing, so subtract the row's own maximum:
# no exponent is positive then, and the sum is at least 1.
#
# Training never needs the whole matrix, only its product with the gradient $u_i = \partial L/\partial p_i$ that arrives from
# above, the **vector-Jacobian product**
#
# $$g_j = \sum_i u_i\,\frac{\partial p_i}{\partial z_j}.$$
#
# Insert the derivative and simplify to a formula without a matrix.
#
# **By hand.** $p = (0.2, 0.3, 0.5)$, $u = (1, 0, 0)$: only $i = 1$ counts, so $g_1 = 0.2 \cdot 0.8 = 0.16$,
# $g_2 = -0.2 \cdot 0.3 = -0.06$, $g_3 = -0.2 \cdot 0.5 = -0.1$. They sum to 0. What is $g$ when all $u_i$ are equal?
#
# <details><summary>Hint</summary>
#
# `keepdims=True` keeps a reduced axis as length 1, so that rows broadcast against their own maximum. `axis=-1` is the last
# axis of 1-D and 2-D arrays alike. In $g_j$, split the sum at the minus sign.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(z):
    """Probabilities along the last axis of z.

    z: logits, array (k,) or (m, k); not changed.
    Returns: numbers in the shape of z; every row is positive or 0 and sums to 1.
    No overflow warning for |z| up to 1e4, also when rows differ much. Raises nothing.

    >>> softmax(np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])

    About 3 lines.
    """
    ### BEGIN SOLUTION
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION


def softmax_vjp(upstream, p):
    """Gradient with respect to the logits z, given the gradient with respect to p =
    softmax(z).

    upstream: dL/dp, array (k,) or (m, k); not changed.
    p: softmax(z), in the same shape; not changed. Call softmax nowhere: p is its result
    already.
    Returns: dL/dz, in the same shape.

    >>> softmax_vjp(np.array([1.0, 0.0, 0.0]), np.array([0.2, 0.3, 0.5]))
    array([ 0.16, -0.06, -0.1 ])

    About 3 lines.
    """
    ### BEGIN SOLUTION
    return p * (upstream - np.sum(upstream * p, axis=-1, keepdims=True))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-softmax-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([0.0, np.log(3.0)])
check.value("by hand, 1 : 3", softmax, z, expected=np.array([0.25, 0.75]))
logits = np.log([[1.0, 2.0, 1.0], [5.0, 2.0, 3.0]])
shares = np.array([[0.25, 0.5, 0.25], [0.5, 0.2, 0.3]])
check.value("each row for itself", softmax, logits, expected=shares)
equal = np.array([[7.0, 7.0]])
check.value("equal logits", softmax, equal, expected=np.array([[0.5, 0.5]]))
check.value("one class", softmax, np.array([[-2.0], [0.0]]), expected=np.ones((2, 1)))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _softmax
_rng = check.rng(1701)
with check.part(
    "softmax of a batch", hint="Does each row sum to 1? Print the shape of your sums."
):
    for _shape in [(4, 7), (5, 5), (3, 2), (1, 6)]:
        _z = _rng.uniform(-6, 6, size=_shape)
        check.value(softmax, _z, expected=_softmax(_z))
    _z = _rng.uniform(-20, 20, size=(6, 3))
    check.value(softmax, _z, expected=_softmax(_z))
with check.part(
    "softmax of a single row, 1-D",
    hint="The last axis is axis=-1, whatever the number of axes.",
):
    for _k in [2, 5]:
        _z = _rng.normal(size=_k)
        check.value(softmax, _z, expected=_softmax(_z))
with check.part(
    "softmax is exact",
    hint="The denominator needs nothing added: after the shift it is at least 1.",
):
    for _z in [
        np.zeros((2, 2)),
        np.array([[3.0], [-1.5], [0.0]]),
        np.array([[-18.0, 2.0], [0.5, 0.25]]),
        np.full((1, 3), -19.0),
    ]:
        check.value(softmax, _z, expected=_softmax(_z), rtol=1e-9, atol=0)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-softmax-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
p = np.array([0.2, 0.3, 0.5])
check.value(
    "by hand",
    softmax_vjp,
    np.array([1.0, 0.0, 0.0]),
    p,
    expected=np.array([0.16, -0.06, -0.1]),
)
check.value(
    "two rows",
    softmax_vjp,
    np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]),
    np.array([p, p]),
    expected=np.array([[0.16, -0.06, -0.1], [-0.12, 0.42, -0.3]]),
)
# Equal upstream: p sums to 1 whatever z is, also for a p that has reached 0 and 1
check.value("equal upstream", softmax_vjp, np.ones(3), p, expected=np.zeros(3))
sure = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
check.value(
    "p of 0 and 1", softmax_vjp, np.ones((2, 3)), sure, expected=np.zeros((2, 3))
)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _softmax, _softmax_vjp
_rng = check.rng(1702)
with check.part(
    "softmax_vjp of a batch",
    hint="All entries of a row interact, different rows never do.",
):
    for _shape in [(4, 7), (5, 5), (3, 2), (1, 6)]:
        _p, _u = _softmax(_rng.normal(size=_shape)), _rng.normal(size=_shape)
        check.value(softmax_vjp, _u, _p, expected=_softmax_vjp(_u, _p))
with check.part(
    "softmax_vjp against central differences",
    hint="How does sum(upstream * softmax(z)) change with z?",
):
    _z, _u = _rng.normal(size=(3, 4)), _rng.normal(size=(3, 4))
    check.gradient(
        lambda z: np.sum(_u * _softmax(z)), lambda z: softmax_vjp(_u, _softmax(z)), _z
    )
with check.part(
    "softmax_vjp of a single row, 1-D",
    hint="The last axis is axis=-1, whatever the number of axes.",
):
    _p, _u = _softmax(_rng.normal(size=5)), _rng.normal(size=5)
    check.value(softmax_vjp, _u, _p, expected=_softmax_vjp(_u, _p))
with check.part(
    "softmax_vjp where p is 0 or 1, or upstream is 0",
    hint="Nothing has to be divided by p.",
):
    for _u, _p in [
        (_rng.normal(size=(2, 3)), np.eye(3)[[2, 0]]),
        (np.zeros((2, 4)), _softmax(_rng.normal(size=(2, 4)))),
        (_rng.normal(size=(3, 1)), np.ones((3, 1))),
    ]:
        check.value(softmax_vjp, _u, _p, expected=_softmax_vjp(_u, _p))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-softmax-stability", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.stability("large logits", softmax, np.array([[1000.0, 0.0], [0.0, 1000.0]]))
check.stability("rows far apart", softmax, np.array([[1000.0, 0.0], [0.0, 1.0]]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _softmax


def _relative(z):
    p = softmax(z)
    return p / np.max(p)


_hint = "What is exp(1000) in float64? Adding a constant to a row changes nothing; each row has a maximum of its own."
with check.part("softmax of large logits", hint=_hint):
    # The same along both axes and relative to the largest: this cell judges the size of the numbers alone.
    for _a, _b in [(1e4, 9e3), (-9e3, -1e4), (1e4, -1e4), (800.0, 0.0)]:
        _z = np.array([[_a, _b], [_b, _a]])
        check.stability(softmax, _z)
        check.stability(_relative, _z, expected=np.eye(2, dtype=int), rtol=1e-5)
with check.part("softmax of rows of very different size", hint=_hint):
    _levels = np.array([[-1e4], [0.0], [1e4]])
    for _z in [
        np.array([[0.0, 1.0, 2.5]]) + _levels,
        np.array([[0.0, 5.0, -3.0]]) + _levels[::-1],
    ]:
        try:  # a function that is wrong for small logits has lost its points in the cells above, and none here
            check.value(softmax, _z / 1e3, expected=_softmax(_z / 1e3))
        except check.CheckFailed:
            continue
        check.stability(softmax, _z, expected=_softmax(_z))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-softmax-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.purity("the logits", softmax, np.array([[1.0, 2.0]]))
upstream, p = np.array([[1.0, 0.0]]), np.array([[0.25, 0.75]])
check.purity("upstream and p", softmax_vjp, upstream, p)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _softmax, _softmax_vjp
_rng = check.rng(1704)
_hint = (
    "Operators such as -= and /= change the array itself. z = z - m makes a new one."
)
with check.part("leaving the arguments alone counts beside right values"):
    _z, _u = _rng.normal(size=(3, 3)), _rng.normal(size=(3, 3))
    check.value(softmax, _z, expected=_softmax(_z))
    check.value(softmax_vjp, _u, _softmax(_z), expected=_softmax_vjp(_u, _softmax(_z)))
with check.part("softmax leaves its argument alone", hint=_hint):
    check.purity(softmax, _rng.normal(size=(3, 3)))
    check.purity(softmax, _rng.normal(size=(1, 4)))
with check.part("softmax_vjp leaves its arguments alone", hint=_hint):
    check.purity(
        softmax_vjp, _rng.normal(size=(3, 3)), _rng.dirichlet(np.ones(3), size=3)
    )
    check.purity(
        softmax_vjp, _rng.normal(size=(1, 4)), _rng.dirichlet(np.ones(4), size=1)
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 1.8 What a slope does to a gradient
#
# By the chain rule a gradient is multiplied, in each layer that it passes, by the weights and by the slopes $f'(z)$. The
# explorer looks at the slopes alone. In the best case every layer has its largest slope; the typical case takes the slopes
# at random $z$.
#
# **By hand.** The sigmoid has $f' \le \frac14$, so three layers leave at most $\frac1{64}$.
#
# **Predict first.** After how many layers is less than a millionth left of a gradient that passes sigmoids, even in the best
# case?
#
# Then reach the target of the explorer. Which `std` makes tanh lose most? Why does it not matter for ReLU?

# %%
widgets.depth_explorer(functions)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-activation", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 1.9 Explain
#
# In five to ten sentences: **why is depth without an activation useless, and what does a flat slope cost?** Show the first for two
# layers with biases. For the second use the chain rule and at least two numbers from this notebook. Name one activation that
# avoids flat slopes for large $z$, and one price of it. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Without an activation two layers compute W2(W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). This is one layer with the
# weights W2 W1 and the bias W2 b1 + b2, and by repetition any number of layers is one: more layers give no new functions. So there
# must be something between them that is not linear. In training the gradient passes this function, and the chain rule multiplies it
# by the slope at the pre-activation. Where the slope is almost 0, as for tanh at z = 3 with 0.0099 or for the sigmoid far from 0,
# almost nothing arrives, and the weights before it hardly move, however wrong the output is. Slopes of several layers multiply: the
# sigmoid has at most 0.25, so ten layers leave at most 9.5e-07, even without saturation. ReLU has the slope 1 for every positive z,
# however large. Its price is the slope 0 for negative z: a unit that is off passes nothing for that example.
#
# **Mark scheme.** 1 point: the composition of two layers written out, with the biases, as one layer. 1 point: the chain rule
# multiplies by the slope, so weights before a flat one hardly change; slopes multiply over layers. 1 point: two numbers used
# correctly, and an activation with its price (ReLU: no slope for negative z; leaky ReLU: a small one; SiLU: not monotone). Half a
# point off for "a network without an activation cannot learn": it learns linear functions.
# ### END SOLUTION

# %%
out = experiments.outputs(functions)
mean, condition, centred = (
    dict(zip(out.names, row, strict=True))
    for row in (out.mean, out.condition, out.condition_centred)
)
slopes = tanh_prime(np.array([0.0, 3.0]))
largest = curves.slopes["sigmoid"].max()
print(f"1. Sigmoid: slope at most {largest:.3f}; ten layers leave {largest**10:.1e}.")
print(f"2. Mean output: sigmoid {mean['sigmoid']:.2f}, tanh {abs(mean['tanh']):.2f}.")
print("   Condition number for the next layer:", end=" ")
print(f"sigmoid {condition['sigmoid']:.0f}, tanh {condition['tanh']:.1f},", end=" ")
print(f"sigmoid minus its mean {centred['sigmoid']:.1f}.")
print(f"   tanh saturates as well: slope {slopes[0]:.2f} at 0, {slopes[1]:.4f} at 3.")
lowest = curves.z[curves.values["SiLU"].argmin()]
print(
    f"3. SiLU is lowest at z = {lowest:.2f}: to the left of it the slope is negative."
)

# %% [markdown]
# ## 1.10 What to keep
#
# The numbers stand in the output above, line by line.
#
# **What holds in general**
#
# 1. Without an activation, layers are one linear map.
# 2. The sigmoid has values in the open interval $(0, 1)$ and slopes up to $\frac14$. The chain rule multiplies the slopes of all
#    layers: of a gradient that passes ten sigmoids at most a millionth is left.
# 3. tanh is centred at 0. The condition number says how unequal the directions are in which the next layer learns; gradient
#    descent slows down in proportion. It is small for tanh, and subtracting the mean makes it small for the sigmoid. But the
#    gradient of tanh vanishes too where it saturates.
# 4. ReLU has the slope 1 for every positive number, and none for the others. A leaky ReLU with $\alpha > 0$ always passes some
#    gradient. Notebook 5 measures both in deep networks.
#
# **What is a rule of thumb.** "Start with ReLU", $\alpha = 0.01$, and any ranking of activations by accuracy rest on experience with
# particular networks. That a smooth function is safer is not a law: to the left of its lowest point the slope of SiLU is negative.
#
# **Read more.** LeCun, Bottou, Orr and Müller 1998, *Efficient BackProp*. Nair and Hinton 2010, on rectified units. Maas, Hannun and Ng 2013, *Rectifier
# nonlinearities improve neural network acoustic models*. Hendrycks and
# Gimpel 2016; Ramachandran, Zoph and Le 2017; Elfwing, Uchibe and Doya 2018, on SiLU.
#
# **Further, optional.** (a) At which $z$ is the slope of SiLU exactly 0? (b) Pass a temperature to softmax,
# `softmax(z / T)`: what are the limits for $T \to 0$ and $T \to \infty$?

# %%
check.summary()
