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
# A neural network alternates two kinds of steps: weighted sums, and a fixed function of one number, the **activation
# function**. You write six of them with their slopes, and measure what these slopes do to a gradient.
#
# - **Time**: about two hours.
# - **You need**: Python functions, NumPy arrays and broadcasting, matrix products, partial derivatives, mean and standard
#   deviation.
# - **Afterwards you can** write activations that are right for every input; derive and check their slopes; and say why a
#   network needs them, and what a flat slope costs.
#
# **Refresher.** The derivative $f'(z)$ is the **slope** of the curve at $z$: $f(z + h) \approx f(z) + f'(z)\,h$ for small $h$.
# Functions for it end in `_prime`. Product rule: $(uv)' = u'v + uv'$.
# Chain rule: the slope of $f(g(z))$ is $f'(g(z))\,g'(z)$. If $L$ depends on several $p_i$, and each of them on $z$, the changes
# add up: $\frac{\partial L}{\partial z} = \sum_i \frac{\partial L}{\partial p_i} \frac{\partial p_i}{\partial z}$. The
# **standard deviation** of numbers with mean 0 is the root of their mean square; of a normal distribution about 95 % lie within
# two of it.
#
# **Conventions of the course.** The batch comes first: an array of $m$ examples has $m$ rows. Functions get float64 arrays
# (slices and transposes too) and never change them. All but softmax work entry by entry, on any shape. Only the values are
# graded: integers and booleans are fine.
#
# **How to work.** Replace the lines `raise NotImplementedError(...)` in each exercise, then run the test cells below it. They
# say what is wrong. Grading repeats them with other shapes and numbers. Each function takes one or two lines. Functions
# called `..._steps` are not graded.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from IPython.display import display
from scipy import special  # SciPy has these functions too: tests compare with it

from nbcore import check, widgets
from nbcore.experiments import activations as experiments
from nbcore.plots import activations as plots

# %% [markdown]
# ## A network that works
#
# One **unit** (a neuron) multiplies its inputs by weights, adds a bias, and passes the sum $z$, its **pre-activation**, through
# a function $f$. Units that get the same inputs form a **layer**. Row $j$ of `W` holds the weights of unit $j$, so for all
# examples at once a layer with the inputs `A` is `Z = A @ W.T + b`, then `f(Z)`. The first step is called linear (strictly:
# affine).
#
# The second cell below holds a network: a hidden layer of 20 units and an output layer give each point of the plane a score;
# above 0 means class 1. Its $f$ is tanh (section 1.2). To keep it short, the weights of the hidden layers are random and
# stay so. Only the output layer learns, by **least squares**: the sum of the squared errors of its scores is smallest. In the
# figure the colour is the score. Percentages are of 2000 new points. Where no points lie, the boundary means nothing.

# %% tags=["no-marks"]
as_deep = widgets.predict(
    "Without f, a network with one hidden layer classifies a certain share of new "
    "points correctly. Give it three hidden layers, still without f. The share ...",
    ["falls", "stays the same", "rises"],
)
display(plots.neuron_and_network())
as_deep


# %% tags=["no-marks"]
def hidden(A, layers, f):
    """The outputs of the last hidden layer. W: (units, inputs), b: (units,)."""
    for W, b in layers:
        Z = A @ W.T + b
        A = f(Z)
    return A


def train(A, y):
    """w and b that bring the scores A @ w + b closest to 1 (class 1) and -1."""
    with_ones = np.hstack([A, np.ones((len(A), 1))])  # the last column multiplies b
    solution = np.linalg.lstsq(with_ones, 2 * y - 1)[0]  # least squares
    return solution[:-1], solution[-1]


def no_f(z):
    return z


networks = {"tanh": (np.tanh, 1), "no f": (no_f, 1), "no f, 3 layers": (no_f, 3)}
moons = experiments.classify(networks, hidden, train)
as_deep.answer(moons.compared(1, 2), because=experiments.WHY["as deep"])
plots.boundaries(moons)

# %% [markdown]
# ## 1.1 Sigmoid
#
# The sigmoid, or logistic function, squeezes every number into the open interval $(0, 1)$. The figure is below the steps. In
# float64 the result is exactly 1 from 37 on, and exactly 0 below -746.
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma(-z) = 1 - \sigma(z).$$
#
# **Derive its slope.** With $u = 1 + e^{-z}$ the sigmoid is $1/u$.
#
# 1. What is $u'(z)$?
# 2. What is the slope of $1/u$, taken as a function of $u$?
# 3. The chain rule: what is $\sigma'(z)$, written with $z$?
# 4. Write it with $s = \sigma(z)$ alone. From $s = 1/u$ you know that $e^{-z} = 1/s - 1$.
#
# **By hand.** For $z = \ln 3$: $e^{-z} = \frac13$ and $\sigma = \frac34$. Step 3 gives $\frac13 / \left(\frac43\right)^2 =
# \frac3{16}$. Does your step 4?
#
# **Large inputs.** float64 ends near $e^{709}$, so $e^{-z}$ overflows at $z = -1000$. Multiply numerator and denominator
# by $e^{z}$: $\sigma(z) = e^{z}/(1 + e^{z})$ is the same function, and safe where the first form is not.
#
# <details><summary>Hint</summary>
#
# `np.where` evaluates both of its branches everywhere, so an overflow in the branch that is not chosen still happens. What is
# the largest value of `np.exp(-np.abs(z))`?
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "sigmoid-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid_steps(z, s):
    """The four steps at the points z, where s is sigmoid(z). Not graded.

    Returns: {"1. u'": ..., "2. of 1/u": ..., "3. with z": ..., "4. with s": ...}
    """
    ### BEGIN SOLUTION
    u = 1 + np.exp(-z)
    return {
        "1. u'": -np.exp(-z),
        "2. of 1/u": -1 / u**2,
        "3. with z": np.exp(-z) / u**2,
        "4. with s": s * (1 - s),
    }
    ### END SOLUTION


z = np.array([-1.0, 0.5, 2.0])
s = special.expit(z)  # SciPy's sigmoid
check.derivation(sigmoid_steps, z, s, numerical=experiments.measured_sigmoid(z))
plots.five_functions(experiments.five_functions())


# %% nbgrader={"grade": false, "grade_id": "sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sigmoid(z):
    """The sigmoid of every entry of z.

    z: array of any shape, also (), a single number such as np.array(2.0).
    Returns: numbers in the shape of z, without an overflow warning for |z| up to 1e4.

    >>> sigmoid(np.array([0.0, 2.0]))
    array([0.5       , 0.88079708])
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    ### END SOLUTION


def sigmoid_prime(z):
    """The slope of the sigmoid at every entry of z: the pre-activation, not sigmoid(z).

    >>> sigmoid_prime(np.array([0.0, 2.0]))
    array([0.25      , 0.10499359])
    """
    ### BEGIN SOLUTION
    s = sigmoid(z)
    return s * (1 - s)
    ### END SOLUTION


# %% [markdown] ladder="sigmoid"
# 1. Take $z = -1000$ and go through your lines: what is the largest number that is handed to `np.exp`? And in the
# slope: is $s$ the value of the sigmoid, or still $z$?
#
# 2. An exponential is harmless as long as its exponent is not positive. $-|z|$ is never positive, so compute
# $e^{-|z|}$ once. For $z \ge 0$ use the first formula of the theory, for $z < 0$ the second one. Choose for each
# entry. The derivative needs no exponential of its own, because a stable function is there already.
#
# 3. For $z = (\ln 4, -\ln 4)$ the exponent is $-\ln 4$ in both entries, so $e = (\frac14, \frac14)$. The first
# fraction, $1/(1 + e)$, gives $0.8$ twice. The second, $e/(1 + e)$, gives $0.2$ twice. Only one of these is right in
# each place: which one belongs to the negative number? Then the slopes: they are equal on both sides, because the
# curve is symmetric around its middle. Put $s = 0.8$, then $s = 0.2$ into your step 4. Do both give $0.16$?
#
# 4.
#
#     def sigmoid(z):
#         e = np.exp(-np.abs(z))
#         e = np.exp(-z)  # wrong
#         return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
#     def sigmoid_prime(z):
#         s = sigmoid(z)
#         return s * (1 - s)

# %% nbgrader={"grade": true, "grade_id": "test-sigmoid-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array(np.log(3.0))  # a single number: an array of shape ()
check.value("by hand", sigmoid, z, expected=0.75)
check.value(
    "a matrix",
    sigmoid,
    np.array([[-2.0, 0.0], [2.0, -1.0]]),
    expected=np.array([[0.119202922022, 0.5], [0.880797077978, 0.268941421370]]),
)
check.value(
    "a vector",
    sigmoid,
    np.array([-1.0, 0.0, 1.0]),
    expected=np.array([0.268941421370, 0.5, 0.731058578630]),
)
check.purity("arguments unchanged", sigmoid, np.array([-1.0, 1.0]))
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
# A sigmoid that is still wrong does no harm here: the slope alone is judged.
z = np.array([-np.log(3.0), 0.0, np.log(3.0)])
check.value("by hand", sigmoid_prime, z, expected=np.array([3 / 16, 1 / 4, 3 / 16]))
check.value("a single number", sigmoid_prime, np.array(0.0), expected=0.25)
table = np.log([[1.0, 3.0], [4.0, 1 / 3]])
slopes = np.array([[1 / 4, 3 / 16], [4 / 25, 3 / 16]])
check.value("a matrix", sigmoid_prime, table, expected=slopes)
check.purity("arguments unchanged", sigmoid_prime, np.array([-1.0, 1.0]))
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
check.stability("its slope at 1000", sigmoid_prime, np.array(1000.0))
check.stability("its slope at -1000", sigmoid_prime, np.array(-1000.0))
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
# $$\tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} = 2\sigma(2z) - 1.$$
#
# It is a sigmoid stretched to the interval $(-1, 1)$ and squeezed to half the width: its values lie evenly around 0, those of
# the sigmoid around $\frac12$. Far from 0 both **saturate**: the curve is flat, and its slope is almost 0.
#
# **Derive its slope** from the second form and $\sigma' = \sigma(1 - \sigma)$, and write it with $\tanh z$ alone. How much
# steeper than the sigmoid is it at 0?
#
# **By hand.** For $z = \ln 2$: $e^{z} = 2$ and $e^{-z} = \frac12$, so $\tanh z = 1.5/2.5 = 0.6$. The other form agrees:
# $\sigma(2\ln 2) = \frac45$, and $2\cdot\frac45 - 1 = 0.6$. Your slope there must be $0.64$.
#
# <details><summary>Hint</summary>
#
# NumPy's own `np.tanh` is allowed, and safe for large inputs; the quotient of exponentials is not. At 0 the
# slopes are 1 and $\frac14$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "tanh", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh(z):
    """The hyperbolic tangent of every entry of z.

    z: array of any shape. Returns: numbers in the shape of z, without an
    overflow warning for |z| up to 1e4.

    >>> tanh(np.array([0.0, 1.0]))
    array([0.        , 0.76159416])
    """
    ### BEGIN SOLUTION
    return np.tanh(z)
    ### END SOLUTION


def tanh_prime(z):
    """The slope of tanh at every entry of z: the pre-activation, not tanh(z).

    >>> tanh_prime(np.array([0.0, 1.0]))
    array([1.        , 0.41997434])
    """
    ### BEGIN SOLUTION
    return 1 - tanh(z) ** 2
    ### END SOLUTION


# %% [markdown] ladder="tanh"
# 1. How steep is your curve at $z = 0$, and how steep at $z = 3$? And what does your formula square: the argument, or
# what `tanh` makes of it?
#
# 2. NumPy has this function, safe for every input; a quotient of exponentials becomes inf/inf. For the derivative
# start from $2\sigma(2z) - 1$. The chain rule brings one factor 2 from outside and another one from inside. Then
# replace each sigmoid by $(1 + t)/2$ with $t = \tanh z$: what is left is a short polynomial in $t$.
#
# 3. Take $z = \ln 3$. There $e^z = 3$ and $e^{-z} = \frac13$, so $t = \frac{8/3}{10/3} = 0.8$. On the other way,
# $\sigma(2\ln 3) = 0.9$, whose own derivative is $0.9 \cdot 0.1 = 0.09$. Both factors together are 4, hence the wanted
# number is $0.36$. At $-\ln 3$ we have $t = -0.8$ and again $0.36$. Which simple expression turns $0.8$ and also
# $-0.8$ into $0.36$, and $0$ into $1$?
#
# 4.
#
#     def tanh(z):
#         return np.tanh(z)
#     def tanh_prime(z):
#         t = tanh(z)
#         return 1 - t**2
#         return 1 - z**2  # wrong

# %% nbgrader={"grade": true, "grade_id": "test-tanh-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.value("by hand", tanh, np.array(np.log(2.0)), expected=0.6)
column, row = np.array([[-0.5], [1.0]]), np.array([-1.0, 0.0, 1.0])
check.value("a column", tanh, column, expected=np.tanh(column))
check.value("a vector", tanh, row, expected=np.tanh(row))
table = np.array([[-0.5, 1.0], [2.0, 0.0]])
check.value("a matrix", tanh, table, expected=np.tanh(table))
large = np.array([-1000.0, 1000.0])
check.stability("large inputs", tanh, large, expected=np.array([-1.0, 1.0]))
check.purity("arguments unchanged", tanh, np.array([-1.0, 1.0]))
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
table, slopes = np.log([[2.0, 1.0], [3.0, 0.5]]), np.array([[0.64, 1.0], [0.36, 0.64]])
check.value("a matrix", tanh_prime, table, expected=slopes)
# A slope is a limit: this compares yours with
# (tanh(z + h) - tanh(z - h)) / 2h for a small h.
z = np.array([[-np.log(2.0), 0.0, np.log(2.0)]])
check.gradient("numerically", np.tanh, tanh_prime, z)
check.stability("a large input", tanh_prime, np.array(1000.0), expected=0.0)
check.purity("arguments unchanged", tanh_prime, np.array([-1.0, 1.0]))
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
# At $z = 0$ there is a **kink**: the slope is 0 from the left and 1 from the right, and
# any number between them could stand for it. This course takes $\mathrm{relu}'(0) = 0$, as PyTorch does. In float32, where
# exact zeros come up more often, the choice can change training (Bertoin and others 2021).
#
# **By hand.** For $z = (-2, 0, 3)$: $\mathrm{relu}(z) = (0, 0, 3)$ and $\mathrm{relu}'(z) = (0, 0, 1)$.
#
# **A trap.** Assigning into `z` destroys the caller's array. Training needs the old pre-activations again, so such a function
# breaks a network far away from the line at fault.
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

    z: array of any shape; not changed. Returns: numbers in the shape of z.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    ### BEGIN SOLUTION
    return np.maximum(z, 0.0)
    ### END SOLUTION


def relu_prime(z):
    """The slope of relu at every entry of z, 0 at z = 0; z is not changed.

    >>> relu_prime(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, 0.0)
    ### END SOLUTION


# %% [markdown] ladder="relu"
# 1. Does a line of yours write into `z`, or compare the whole array with one number at once? And which slope comes out
# at exactly $z = 0$?
#
# 2. Two arrays can be compared entry by entry; the result is new memory, and nobody else's numbers change. NumPy's
# function for the larger of two does this, while the one with the short name looks for a single maximum. The
# derivative has two values only, so it is a choice by a condition. Decide on which side the kink belongs.
#
# 3. Let $z = (-4, 0, 5)$. Beside zeros, $(0, 0, 0)$, the larger entries are $(0, 0, 5)$. For the derivative ask of
# each entry whether it is positive: the answers are (no, no, yes). With the sign $\ge$ instead of $>$ they would be
# (no, yes, yes). Which of these two rows fits the convention of this course? Write the numbers that stand for no and
# for yes, in an array of the same shape.
#
# 4.
#
#     def relu(z):
#         return np.maximum(z, 0.0)
#     def relu_prime(z):
#         positive = z > 0
#         positive = z >= 0  # wrong
#         return np.where(positive, 1.0, 0.0)

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
check.purity("relu: argument unchanged", relu, np.array([-2.0, 0.5, 3.0]))
check.purity("relu_prime: argument unchanged", relu_prime, np.array([-2.0, 0.5, 3.0]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu, _relu_prime)
_rng = check.rng(1303)
_hint = "Assigning into z changes the caller's array. np.where and np.maximum make new ones."
with check.part(
    "leaving the argument alone earns points only once the values are right"
):
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
# Where $z$ is negative, ReLU is flat: a small change of $z$ changes nothing that comes after. If $z$ is negative for every
# example the unit is **dead**: no gradient reaches its weights (notebook 5). The leaky ReLU keeps a small
# slope $\alpha$, with $0 \le \alpha < 1$, on that side (Maas, Hannun and Ng 2013):
#
# $$\mathrm{leaky}(z) = \begin{cases} z & z > 0 \\ \alpha z & z \le 0 \end{cases} \qquad
# \mathrm{leaky}'(z) = \begin{cases} 1 & z > 0 \\ \alpha & z \le 0 \end{cases}$$
#
# For $\alpha = 0$ it is ReLU. At the kink this course takes $\alpha$, which then agrees with $\mathrm{relu}'(0) = 0$.
#
# **By hand.** With $\alpha = 0.1$ and $z = (-3, 0, 2)$: $\mathrm{leaky}(z) = (-0.3, 0, 2)$ and
# $\mathrm{leaky}'(z) = (0.1, 0.1, 1)$.


# %% nbgrader={"grade": false, "grade_id": "leaky-relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky_relu(z, alpha=0.01):
    """z where z > 0, alpha*z elsewhere, with 0 <= alpha < 1.

    z: array of any shape. Returns: numbers in the shape of z.

    >>> leaky_relu(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([-0.3,  0. ,  2. ])
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, z, alpha * z)
    ### END SOLUTION


def leaky_relu_prime(z, alpha=0.01):
    """The slope of leaky_relu at every entry of z, alpha at z = 0.

    >>> leaky_relu_prime(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([0.1, 0.1, 1. ])
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1.0, alpha)
    ### END SOLUTION


# %% [markdown] ladder="leaky-relu"
# 1. What does your function give for $z = -5$ with `alpha=0.2`, and with `alpha=0`? Is the number that you were given
# used in both functions?
#
# 2. On the left the graph is a line through the origin that falls more slowly than $z$ itself: alpha multiplies. On
# the right nothing is changed. Both halves can be computed everywhere, and a condition picks one for each entry. A
# derivative of a line is a constant, however far from the origin one stands; at the kink take that of the left half.
#
# 3. With $\alpha = 0.2$ and $z = (-5, 0, 4)$ the left half computed everywhere is $(-1, 0, 0.8)$, the right half is
# $(-5, 0, 4)$. The condition $z > 0$ says (no, no, yes). So the values come from the first row, the first row, the
# second row. For the derivative the two candidates are the numbers $0.2$ and $1$. Which of them do the three entries
# get, with the same condition?
#
# 4.
#
#     def leaky_relu(z, alpha=0.01):
#         return np.where(z > 0, z, alpha * z)
#         return np.where(z > 0, z, z - alpha)  # wrong
#     def leaky_relu_prime(z, alpha=0.01):
#         positive = z > 0
#         return np.where(positive, 1.0, alpha)

# %% nbgrader={"grade": true, "grade_id": "test-leaky-relu-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array([-3.0, 0.0, 2.0])
check.value("by hand", leaky_relu, z, 0.1, expected=np.array([-0.3, 0.0, 2.0]))
check.value("alpha by default", leaky_relu, z, expected=np.array([-0.03, 0.0, 2.0]))
check.value("a single number", leaky_relu, np.array(-3.0), expected=-0.03)
check.value("alpha 0", leaky_relu, z, 0.0, expected=np.array([0.0, 0.0, 2.0]))
table, right = np.array([[-3.0, 1.0], [2.0, 0.0]]), np.array([[-0.3, 1.0], [2.0, 0.0]])
check.value("a matrix", leaky_relu, table, 0.1, expected=right)
check.purity("arguments unchanged", leaky_relu, z)
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
check.purity("arguments unchanged", leaky_relu_prime, z)
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
# The sigmoid linear unit, or swish, replaces the kink of ReLU by a soft gate (Elfwing and others 2018):
#
# $$\mathrm{silu}(z) = z\,\sigma(z).$$
#
# For large $z$ the gate is open, $\mathrm{silu}(z) \approx z$; for very negative $z$ it is shut, $\mathrm{silu}(z) \approx 0$.
# It is below 0 for all negative $z$, with one lowest point: smooth, but not monotone.
#
# **Derive its slope** with the product rule, for $u = z$ and $v = \sigma(z)$.
#
# **By hand.** At $z = 0$: $\mathrm{silu} = 0$, and only one term of the product rule survives, $\sigma(0) = \frac12$. At
# $z = \ln 3$, from section 1.1: $\mathrm{silu} = \frac34\ln 3 \approx 0.824$, and your formula must give
# $\mathrm{silu}' \approx 0.956$.


# %% nbgrader={"grade": false, "grade_id": "silu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def silu(z):
    """z * sigmoid(z) for every entry of z.

    z: array of any shape. Returns: numbers in the shape of z, without an
    overflow warning for |z| up to 1e4. You may call what you wrote above.

    >>> silu(np.array([-1.0, 0.0, 2.0]))
    array([-0.26894142,  0.        ,  1.76159416])
    """
    ### BEGIN SOLUTION
    return z * sigmoid(z)
    ### END SOLUTION


def silu_prime(z):
    """The slope of silu at every entry of z.

    >>> silu_prime(np.array([-1.0, 0.0, 1.0]))
    array([0.07232949, 0.5       , 0.92767051])
    """
    ### BEGIN SOLUTION
    return sigmoid(z) + z * sigmoid_prime(z)
    ### END SOLUTION


# %% [markdown] ladder="silu"
# 1. How many terms has the slope of a product, and how many has yours? Which factor stands in each of them without a
# derivative?
#
# 2. Both parts of $z\,\sigma(z)$ depend on $z$. Let one move while the other is held, then change the roles, and add.
# You have written the gate already, safe for large inputs, and how fast it opens: call them. A new exponential here
# would overflow again.
#
# 3. Take $z = \ln 4 \approx 1.386$. The gate is $0.8$, so the value is $1.386 \cdot 0.8 \approx 1.109$. It opens at
# the rate $0.8 \cdot 0.2 = 0.16$. While the gate is held, $z$ moves at the rate 1: this contributes $1 \cdot 0.8$.
# While $z$ is held at $1.386$, the gate moves: this contributes $1.386 \cdot 0.16 \approx 0.222$. What do you do with
# both contributions? Compare with $(f(z + h) - f(z - h))/2h$ for a small $h$.
#
# 4.
#
#     def silu(z):
#         return z * sigmoid(z)
#     def silu_prime(z):
#         gate = sigmoid(z)
#         return gate + z * sigmoid_prime(z)
#         return gate * sigmoid_prime(z)  # wrong

# %% nbgrader={"grade": true, "grade_id": "test-silu-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
z = np.array(np.log(3.0))
check.value("by hand", silu, z, expected=0.75 * np.log(3.0))
z, right = (
    np.array([[-1.0, 0.0], [2.0, -3.0]]),
    np.array([[-0.268941421370, 0.0], [1.761594155956, -0.142277619533]]),
)
check.value("a matrix", silu, z, expected=right)
large = np.array([-1000.0, 1000.0])
check.stability("large inputs", silu, large, expected=np.array([0.0, 1000.0]))
check.purity("arguments unchanged", silu, z)
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
check.value("by hand, 0", silu_prime, np.array(0.0), expected=0.5)
z = np.array([np.log(3.0)])
check.value("by hand, ln 3", silu_prime, z, expected=np.array([0.955989804126]))
z = np.array([[-2.5, 0.4, 1.0]])
check.gradient("numerically", lambda z: z * special.expit(z), silu_prime, z)
z = np.array([-1000.0, 1000.0])
check.stability("large inputs", silu_prime, z, expected=np.array([0.0, 1.0]))
check.purity("arguments unchanged", silu_prime, np.array([-1.0, 1.0]))
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
# Guess first, in the next cell.
#
# Histograms show the outputs for $z$ from the standard normal distribution, a simple model of pre-activations before training.
# They are the inputs of the next layer, which learns faster when their mean is near 0 (LeCun and others 1998).
#
# The explorer below the figures draws the tangent at a point. Find a $z$ at which the slope of the sigmoid is a tenth of its
# largest value, and a $z$ below 0 at which the tangent of SiLU is level.
#
# <details><summary>Answers</summary>
#
# About $\pm 3.64$: the sigmoid is 0.974 there, not yet 1, but nine tenths of the slope are gone. About $-1.3$: to the left of
# its lowest point SiLU falls, so its slope is negative.
#
# </details>

# %% tags=["no-marks"]
above_1 = widgets.predict(
    "Which slope is larger than 1 somewhere?", ["sigmoid", "tanh", "ReLU", "SiLU"]
)
tenth = widgets.predict(
    "At which z > 0 has the slope of tanh fallen to a tenth of its largest value?"
)
mean = widgets.predict("Standard normal z: what is the mean of the outputs of ReLU?")
display(above_1, tenth, mean)

# %% tags=["no-marks"]
functions = {
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (tanh, tanh_prime),
    "ReLU": (relu, relu_prime),
    "leaky ReLU": (leaky_relu, leaky_relu_prime),
    "SiLU": (silu, silu_prime),
}
WHY = experiments.WHY
curves = experiments.curves(functions, alpha=0.1)
display(plots.activation_curves(curves))
print(curves.table())
above_1.answer(curves.steepest(above_1.choices), because=WHY["above 1"], of=functions)
tenth.answer(curves.falls_to(0.1, "tanh"), because=WHY["a tenth"], of=tanh_prime)
outputs = experiments.outputs(functions)
display(plots.outputs(outputs))
print(outputs.table())
mean.answer(outputs.mean["ReLU"], because=WHY["mean"], of=relu)
widgets.activation_explorer(functions)

# %% [markdown]
# ## 1.7 Softmax
#
# The output layer often has a function of its own. To choose among $k$ classes, softmax turns a row of $k$ numbers, the
# **logits**, into probabilities:
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}.$$
#
# `exp` makes every number positive, keeps their order, and turns differences into ratios: $p_i/p_j = e^{z_i - z_j}$. For two
# classes $p_2 = \sigma(z_2 - z_1)$: the sigmoid again.
#
# For large logits subtract the row's own maximum. The differences stay, no exponent is positive then, and the sum is at least
# 1.
#
# Every output depends on every input of its row, so the derivative is a matrix per row, the **Jacobian**
# $\partial p_i/\partial z_j$. Let $L$ be any number that depends on $p$, and $u_i = \partial L/\partial p_i$, the **upstream**
# gradient. By the chain rule, summed over all paths from $z_j$ to $L$,
#
# $$g_j = \frac{\partial L}{\partial z_j} = \sum_i u_i\,\frac{\partial p_i}{\partial z_j},$$
#
# the **vector-Jacobian product**. **Derive it** for one row, in the steps below:
#
# 1. What is $\partial p_i/\partial z_i$, written with $p_i$ alone? Write $p_i$ as $e^{z_i}/S$.
# 2. What is $\partial p_i/\partial z_j$ for $j \ne i$, written with $p_i$ and $p_j$? Only $S$ depends on $z_j$.
# 3. Insert both into $g_j$, with the term $i = j$ apart, and take out $p_j$. Complete the sum over $i \ne j$ to one over all $i$.
#    Which sum, the same for all $j$, remains?
# 4. So what is $g$, without a matrix?
#
# **By hand.** For $p = (0.2, 0.3, 0.5)$ and $u = (1, 0, 0)$ your $g$ must be $(0.16, -0.06, -0.1)$. It sums to 0. What is $g$
# when all $u_i$ are equal?
#
# <details><summary>Hint</summary>
#
# `keepdims=True` keeps a reduced axis as length 1, so that rows broadcast against their own maximum. `axis=-1` is the last
# axis of 1-D and 2-D arrays alike.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "softmax-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_steps(upstream, p):
    """The steps for one row of three classes, u = upstream and p as (3,). Not graded.

    Returns: {"1. i = j": dp[0]/dz[0], a number; "2. i, j": dp[0]/dz[1], a number;
    "3. sum": the sum of step 3, a number; "4. g": array (3,)}
    """
    ### BEGIN SOLUTION
    total = np.sum(upstream * p)
    return {
        "1. i = j": p[0] * (1 - p[0]),
        "2. i, j": -p[0] * p[1],
        "3. sum": total,
        "4. g": p * (upstream - total),
    }
    ### END SOLUTION


doubled = widgets.predict(
    "Softmax gives three classes the probabilities 0.24, 0.09 and 0.67. Then all "
    "logits are doubled. The largest probability ...",
    ["falls", "stays the same", "rises"],
)
u, p = np.array([2.0, -1.0, 0.5]), np.array([0.2, 0.3, 0.5])
check.derivation(softmax_steps, u, p, numerical=experiments.measured_softmax(u, p))
doubled

# %% tags=["no-marks"]
bars = experiments.shares(special.softmax)
display(plots.softmax_bars(bars))
doubled.answer(bars.compared(0, 2), because=experiments.WHY["doubled"])


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(z):
    """Probabilities along the last axis of z.

    z: logits, array (k,) or (m, k); not changed. Returns: numbers in the shape of z;
    every row sums to 1. No overflow warning for |z| up to 1e4, also when rows differ.

    >>> softmax(np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])
    """
    ### BEGIN SOLUTION
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION


def softmax_vjp(upstream, p):
    """g, the gradient with respect to z, from u = upstream and p = softmax(z).

    upstream, p: (k,) or (m, k), not changed. Returns: g, in the same shape. Do not call
    softmax: p is its result already.

    >>> softmax_vjp(np.array([1.0, 0.0, 0.0]), np.array([0.2, 0.3, 0.5]))
    array([ 0.16, -0.06, -0.1 ])
    """
    ### BEGIN SOLUTION
    return p * (upstream - np.sum(upstream * p, axis=-1, keepdims=True))
    ### END SOLUTION


# %% [markdown] ladder="softmax"
# 1. Let $z$ have the shape $(2, 3)$. Which shapes have the maximum and the sum that you compute, and along which axis
# do they then meet the rows? What happens for one row, $(3,)$?
#
# 2. Every example is treated alone: all reductions run over the classes, and they keep the reduced direction with
# length 1, so that a column of numbers is left. Subtracting makes the largest exponent 0. For the gradient, one number
# per example remains of the whole Jacobian, a mean of the upstream entries weighted with $p$. It is taken away from
# each of them before $p$ multiplies.
#
# 3. Rows $(\ln 2, \ln 6)$ and $(100 + \ln 3, 100)$. Their maxima are the column $\ln 6$ and $100 + \ln 3$. After the
# subtraction the exponentials are $(\frac13, 1)$ and $(1, \frac13)$, with totals $\frac43$ and $\frac43$. Divide:
# which row begins with $\frac14$? Now backwards, for $p = (0.5, 0.25, 0.25)$ and $u = (2, 0, 4)$. The products $u_i
# p_i$ are $(1, 0, 1)$, together $2$. Then $u$ minus this number is $(0, -2, 2)$. One multiplication is missing: with
# what? The result must add up to 0.
#
# 4.
#
#     def softmax(z):
#         e = np.exp(z - np.max(z, axis=-1, keepdims=True))
#         return e / np.sum(e, axis=-1, keepdims=True)
#     def softmax_vjp(upstream, p):
#         mean = np.sum(upstream * p, axis=-1, keepdims=True)
#         mean = np.sum(upstream, axis=-1, keepdims=True)  # wrong
#         return p * (upstream - mean)

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
p, first = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.0, 0.0])
g = np.array([0.16, -0.06, -0.1])
check.value("by hand", softmax_vjp, first, p, expected=g)
two, of_two = np.array([first, [0.0, 2.0, 0.0]]), np.array([g, [-0.12, 0.42, -0.3]])
check.value("two rows", softmax_vjp, two, np.array([p, p]), expected=of_two)
# Equal upstream: p sums to 1 whatever z is, also for a p that has reached 0 and 1
check.value("equal upstream", softmax_vjp, np.ones(3), p, expected=np.zeros(3))
sure, one = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.ones((2, 3))
check.value("p of 0 and 1", softmax_vjp, one, sure, expected=np.zeros((2, 3)))
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


def relative_to_largest(z):  # logits 100 apart: the smaller class gets e**-100
    return softmax(z) / np.max(softmax(z))


z, right = np.array([[1000.0, 900.0], [900.0, 1000.0]]), np.eye(2)
check.stability("100 apart", relative_to_largest, z, expected=right, rtol=1e-5)
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
check.purity("softmax: argument unchanged", softmax, np.array([[1.0, 2.0]]))
upstream, p = np.array([[1.0, 0.0]]), np.array([[0.25, 0.75]])
check.purity("softmax_vjp: arguments unchanged", softmax_vjp, upstream, p)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _softmax, _softmax_vjp
_rng = check.rng(1704)
_hint = (
    "Operators such as -= and /= change the array itself. z = z - m makes a new one."
)
with check.part(
    "leaving the arguments alone earns points only once the values are right"
):
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
# Training moves each weight against the slope of the **loss** $L$, which says how wrong the network is. The slopes for all
# weights together are the **gradient**. Take a chain of two units, $z_1 = w_1 x + b_1$, $a_1 = f(z_1)$, $z_2 = w_2 a_1 + b_2$,
# $a_2 = f(z_2)$, and $u = \partial L/\partial a_2$. **Derive** the slope for $w_1$, from the loss backwards:
# $\partial L/\partial z_2$, then $\partial L/\partial a_1$, $\partial L/\partial z_1$, $\partial L/\partial w_1$.
#
# **By hand.** Sigmoids, $x = 3$, $w_2 = -4$, $u = 2$, and the slopes $f'(z_1) = \frac3{16}$, $f'(z_2) = \frac14$: the last step
# must give $-\frac98$.
#
# So a chain of $n$ units multiplies $n$ slopes and the weights between them. If one slope is almost 0, so is the product, and
# $w_1$ hardly moves. The first table below shows it for single units: 20 steps of gradient descent on
# $\frac12(f(z) - \text{target})^2$, with $z$ as the only parameter.
#
# The explorer looks at the slopes alone. In the best case each layer has its largest slope. In a typical case $z$ is a normal
# number, and the slope differs from unit to unit. A layer multiplies each entry of the gradient by the $f'(z)$ of its unit. If
# the entries do not depend on $z$, this multiplies their mean square, on average, by the mean of $f'(z)^2$, and their typical
# size by the root of that, the **root mean square** slope. The weights act on top (notebook 5).
#
# Reach the explorer's target. Then set the standard deviation of $z$ to 2: after how many layers is the typical tanh below a
# millionth?
#
# <details><summary>After the experiment: what the tables say</summary>
#
# After 20 steps the units that started on flat ground have hardly moved: from 8 the sigmoid and tanh, from -8 ReLU too. Leaky
# ReLU creeps. SiLU goes the wrong way, as its slope is negative there.
#
# Each layer of ReLU multiplies by $\sqrt{1/2}$: half of its units pass nothing, the others everything. Weights
# with the mean square $2/n$ instead of $1/n$ make up for that, on average. On the way back a layer sums over its units, so $n$
# counts its units, not its inputs: the last lines have both (notebook 5). The factor of tanh is near 1 for small $z$ and near 0 for
# large; the answer is 21 layers. SiLU has the slope $\frac12$ at 0, so it loses more when $z$ stays near 0.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "chain-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def chain_steps(x, w_2, slope_1, slope_2, u):
    """How L changes with z_2, a_1, z_1 and w_1; slope_1 is f'(z_1). Not graded.

    Returns: {"1. by z2": number, "2. by a1": ..., "3. by z1": ..., "4. by w1": ...}
    """
    ### BEGIN SOLUTION
    return {
        "1. by z2": u * slope_2,
        "2. by a1": u * slope_2 * w_2,
        "3. by z1": u * slope_2 * w_2 * slope_1,
        "4. by w1": u * slope_2 * w_2 * slope_1 * x,
    }
    ### END SOLUTION


stuck = widgets.predict(
    "A sigmoid gives 0.99966 at z = 8, and its target is 0. How far does z move in 20 "
    "steps of gradient descent, with rate 1?"
)
same = widgets.predict(
    "Typical slopes: whose product is the same for every standard deviation of z?",
    ["sigmoid", "tanh", "ReLU", "SiLU"],
)
z_1, z_2 = np.log(3.0), 0.0  # there the sigmoid has the slopes 3/16 and 1/4
right = experiments.measured_chain(x=3.0, w_2=-4.0, z_1=z_1, z_2=z_2, u=2.0)
given = 3.0, -4.0, 3 / 16, 1 / 4, 2.0
check.derivation(chain_steps, *given, numerical=right, picture=plots.chain)
display(stuck, same)


# %% tags=["no-marks"]
def descend(f, slope, z, target, n_steps=20):
    for _ in range(n_steps):
        z = z - (f(z) - target) * slope(z)  # rate 1
    return z


def typical(slope, z, n_layers=20):
    """Product of root mean square slopes, one factor per layer."""
    return np.sqrt(np.mean(slope(z) ** 2)) ** n_layers


walks = experiments.walks(functions, descend)
print(walks.table())
distance = 8 - walks.end["sigmoid"][1]
stuck.answer(distance, because=WHY["stuck"], of=functions["sigmoid"])
products = experiments.products(functions, typical)
print(products.table())
print(experiments.way_back(relu_prime))
same.answer(products.steadiest(same.choices), because=WHY["same"], of=functions)
widgets.depth_explorer(functions, depth=20)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-activation", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 1.9 Explain
#
# In five to ten sentences: **why is depth without an activation useless, and what does a flat slope cost?** Show the first for
# two layers with biases. For the second use the chain rule and at least two numbers from this notebook. Name one activation
# that avoids flat slopes for large positive $z$, and one disadvantage of it. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Without an activation two layers compute W2(W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2). This is one layer with
# the weights W2 W1 and the bias W2 b1 + b2, and by repetition any number of layers is one: more layers give no new functions. So
# there must be something between them that is not linear: on the moons three layers without one are right for 87.4 % of the
# points, as one layer is, and tanh for 98.1 %. In training the gradient passes this function, and the chain rule multiplies it by
# the slope at the pre-activation. Where the slope is almost 0, as for tanh at z = 3 with 0.0099 or for the sigmoid far from 0,
# almost nothing arrives, and the weights before it hardly move, however wrong the output is: a sigmoid that starts at z = 8 with
# the target 0 is at 7.993 after 20 steps. Slopes of several layers multiply:
# those of the sigmoid are 0.25 at most, so ten of them give at most 9.5e-07, even without saturation, unless weights make up for
# it. ReLU has the slope 1 for every positive z, however large. Its disadvantage is the slope 0 for negative z: a unit that is off passes
# nothing for that example.
#
# **Mark scheme.** 1 point: the composition of two layers written out, with the biases, as one layer. 1 point: the chain rule
# multiplies by the slope, so weights before a flat one hardly change; slopes multiply over layers. 1 point: two numbers used
# correctly, and an activation with its disadvantage (ReLU: no slope for negative z; leaky ReLU: a small one; SiLU: not monotone). Half a
# point off for "a network without an activation cannot learn": it learns linear functions.
# ### END SOLUTION

# %% [markdown]
# ## 1.10 In PyTorch
#
# | here | PyTorch 2.13 | where it differs |
# |---|---|---|
# | `sigmoid(z)`, `tanh(z)` | `torch.sigmoid(z)`, `torch.tanh(z)` | numbers are float32 by default: the sigmoid is exactly 1 from about 17 on, here from 37 |
# | `relu(z)` | `torch.relu(z)`, `nn.ReLU()` | the slope at 0 is 0, as here. `nn.ReLU(inplace=True)` overwrites its input. If another operation needs that input on the way back, PyTorch raises an error; code that only reads it later gets the changed numbers (the trap of 1.3) |
# | `leaky_relu(z, alpha)` | `F.leaky_relu(z, negative_slope=alpha)` | default 0.01 too |
# | `silu(z)` | `F.silu(z)` | the same |
# | `softmax(z)` | `torch.softmax(z, dim=-1)` | `dim` has to be given; the loss for classes takes logits, without a softmax in front |
# | `softmax_vjp`, `sigmoid_prime`, ... | `loss.backward()` | each function carries such a formula; PyTorch chains them (notebook 4) |
#
# `F` is `torch.nn.functional`, `nn` is `torch.nn`.
#
# ## 1.11 What to keep
#
# **What holds in general**
#
# 1. Without an activation, any number of layers is one linear map. The boundary stays a line.
# 2. The chain rule multiplies the slopes of all layers. Those of sigmoids are $\frac14$ at most, so ten of them multiply to less than a
#    millionth. The weights multiply too, and can make up for it (notebook 5).
# 3. Where the slope is almost 0, gradient descent is slow, however wrong the unit is; where ReLU has the slope 0, an example
#    does not move the unit's weights. Another loss can remove the flat slope of an output unit (notebook 3).
# 4. Stable code avoids large exponents: the largest number of a row is subtracted before `exp`.
#
# **Which one where.** Hidden layers: ReLU or a smooth relative (SiLU; in transformers GELU). Output: sigmoid for yes or no,
# softmax for one of $k$ classes, none for a number. These are rules of thumb.
#
# **Read more.** LeCun, Bottou, Orr, Müller 1998, *Efficient BackProp*. Maas, Hannun, Ng 2013, *Rectifier nonlinearities improve
# neural network acoustic models*. Elfwing, Uchibe, Doya 2018, *Sigmoid-weighted linear units*. Bertoin and others 2021,
# *Numerical influence of ReLU'(0) on backpropagation*. Leshno and others 1993, on approximation.
#
# ## 1.12 Show it: a function of your own
#
# The network of the first page, with your functions, and one of your own: change `mine`. One picture tells no ranking: in the
# one below ReLU is ahead of tanh, but the printed line compares 20 draws of points and weights. It holds for this network only:
# its hidden weights do not learn.
#
# Then try `z**2`. It stays below 90 % with any number of units in one layer: a sum of quadratic functions is again a quadratic function, and
# its boundary is a conic section. Why do three layers, `(mine, 3)`, do better? Does `np.abs(z)` work? Does `np.sign(z)`?
#
# <details><summary>Answers</summary>
#
# Three layers of squares give a polynomial of degree 8. `np.abs` works: $|z| = 2\,\mathrm{relu}(z) - z$. `np.sign` works here,
# with steps. Its slope is 0, so training could not change hidden weights. With enough units any continuous function that is not
# a polynomial can come close to any boundary (Leshno and others 1993); finding it from 300 points is harder.
#
# </details>


# %% tags=["no-marks"]
def mine(z):
    return np.sin(z)  # any function that works entry by entry


networks = {name: (f, 1) for name, (f, _) in functions.items()}
pair = {name: networks[name] for name in ("tanh", "ReLU")}
draws = [experiments.classify(pair, hidden, train, seed=n).accuracy for n in range(20)]
behind = 100 * (np.array(draws) @ [1, -1])  # ReLU behind tanh, in points
error = np.std(behind, ddof=1) / np.sqrt(20)  # the standard error of the mean
print(f"20 draws: ReLU is behind tanh in {np.sum(behind > 0)}.")
print(f"The mean of all 20 differences is {np.mean(behind):.1f} ± {error:.1f} points.")
plots.boundaries(experiments.classify(networks | {"mine": (mine, 1)}, hidden, train))

# %% tags=["no-marks"]
check.summary()
