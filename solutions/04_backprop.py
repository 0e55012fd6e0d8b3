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
# # 4. Backpropagation
#
# Backpropagation gives the derivative of a loss with respect to **every** weight of a network, for about the price of two more
# forward passes. You derive it, write it, check it, find two bugs in other people's code with your own checker, and train with it.
#
# - **Time**: about 90 minutes.
# - **You need**: matrix products, and notebooks 1 to 3 (your functions, or provided ones where a test fails). The **chain rule**: if $x$ acts on
#   $L$ through $z$, then $\frac{dL}{dx} = \frac{dL}{dz}\frac{dz}{dx}$. If it acts through several $z_i$, the products add up.
# - **Afterwards you can** derive and write the backward pass of a network; check any gradient, and say when such a check misleads;
#   read off a report which line is wrong; and train a network.
#
# **Conventions.** The batch comes first: `Z = A @ W.T + b`, with `A` of shape `(m, n_in)` and `W` of shape `(n_out, n_in)`.
# Parameters are one dict `{"W1", "b1", "W2", ...}`, gradients a dict with the same keys and shapes. `dZ` is short for
# $\partial L/\partial Z$ and has the shape of `Z`. Alone, $L$ is the loss, a mean over the $m$ examples; as an index it is the last
# layer. No function changes its arguments, unless its docstring says so. From notebooks 1 to 3 you have
# `mlp_forward(X, params, hidden, output)`, which gives `(A_L, cache)`, `bce(y, p)`, and slopes of $z$ such as `tanh_prime(z)`.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from IPython.display import display

from nbcore import check, mine, widgets
from nbcore.experiments import backprop as experiments
from nbcore.experiments import by_hand
from nbcore.mine import (
    bce,
    cross_entropy,
    init_params,
    linear_forward,
    mlp_forward,
    relu,
    relu_prime,
    sigmoid,
    sigmoid_prime,
    softmax,
    tanh,
    tanh_prime,
)
from nbcore.plots import backprop as plots

activations = {"tanh": (tanh, tanh_prime), "ReLU": (relu, relu_prime)}
activations["sigmoid"] = sigmoid, sigmoid_prime
mine.report()

# %% [markdown]
# ## 4.1 Numerical derivatives
#
# Before we derive a gradient we need something to compare it with. Move one entry of $x$ a little to both sides and look at $f$:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2\varepsilon},$$
#
# where $e_i$ is 1 at entry $i$ and 0 elsewhere. How wrong is it? In one variable, write Taylor's expansion to both sides,
#
# $$f(x \pm \varepsilon) = f \pm \varepsilon f' + \tfrac12\varepsilon^2 f'' \pm \tfrac16\varepsilon^3 f''' + \dots:$$
#
# the even terms cancel, so this **central difference** is wrong by about $\varepsilon^2 f'''/6$, while the one-sided quotient
# $(f(x + \varepsilon) - f(x))/\varepsilon$ is wrong by about $\varepsilon f''/2$, far more. Round-off comes on top: $f$ is known to about
# $u|f|$ only, with $u = 2^{-53}$, which adds about $u|f|/\varepsilon$ to the error. For $\exp$ the relative error is about
# $\varepsilon^2/6 + u/\varepsilon$. **Your turn:** for which $\varepsilon$ is this least, and how much is left there?
#
# The **complex step** $\mathrm{Im}\,f(x + i\varepsilon)/\varepsilon$ subtracts nothing, but $f$ must be differentiable for complex
# numbers too: where it takes `abs`, the result is wrong, and there is no error message.
#
# **By hand.** $f(x) = x^3$ at $x = 2$ with $\varepsilon = 0.1$: $(9.261 - 6.859)/0.2 = 12.01$; the truth is 12. One-sided:
# $(9.261 - 8)/0.1 = 12.61$. The formulas give the same errors: $0.1^2\cdot 6/6 = 0.01$, and $0.1\cdot 12/2 + 0.1^2\cdot 6/6 = 0.61$.
#
# **Two traps.** An array of integers cuts `x[i] + eps` off to a whole number. And adding `eps` and subtracting it again does not
# bring the old number back: `0.5 + 1e-5 - 1e-5` is not `0.5`.
#
# <details><summary>Hint</summary>
#
# `np.ndindex(x.shape)` runs over the indices of an array of any shape, `()` included. Work on a copy in float64.
#
# </details>

# %% tags=["no-marks"]
best_step = widgets.predict(
    "For which step eps is eps**2/6 + u/eps least, with u = 2**-53?",
    list(experiments.STEPS),
)
best_step


# %% nbgrader={"grade": false, "grade_id": "numerical-gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x, eps=1e-5):
    """The gradient of f at x by central differences, one entry of x at a time.

    f: takes an array of the shape of x, gives a float. x: any shape, floats or
    integers; bit for bit as it was when the function returns. eps: step to each side.
    Returns: array in the shape of x.

    >>> numerical_gradient(lambda x: x[0] ** 3 + 5 * x[1], np.array([2.0, 7.0]), 0.1)
    array([12.01,  5.  ])

    About 10 lines.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)  # a copy
    slope = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + eps
        upper = f(x)
        x[index] = old - eps
        slope[index] = (upper - f(x)) / (2 * eps)
        x[index] = old
    return slope
    ### END SOLUTION


# %% [markdown] ladder="numerical-gradient"
# 1. Which entries differ from the given point while `f` is called? Is the entry exactly the old number before the next
# one moves, and what happens to your step in an array of integers?
#
# 2. Each component is a small experiment: push it up, ask the function, push it down by as much, ask again, and
# compare over the whole distance between both places. Remember the number itself and write it back; arithmetic would
# not restore it bit by bit. Do all this in a copy with decimals, and visit the positions of any shape in one loop.
#
# 3. Take $f(x) = x_0^2\,x_1$ at $(3, 2)$ with $\varepsilon = 0.5$. Move $x_0$: $f(3.5, 2) = 24.5$ and $f(2.5, 2) =
# 12.5$, which lie $1$ apart, so the slope is $12$. Put the 3 back. Now move $x_1$: $f(3, 2.5) = 22.5$ and $f(3, 1.5) =
# 13.5$. What is the second slope? If the 3 had stayed at $2.5$, the same two calls would give $15.625$ and $9.375$: a
# wrong answer that looks harmless.
#
# 4.
#
#     x = np.array(x, dtype=np.float64)
#     slope = np.empty(x.shape)
#     for index in np.ndindex(x.shape):
#         old = x[index]
#         x[index] = old + eps
#         upper = f(x)
#         x[index] = old - eps
#         slope[index] = (upper - f(x)) / (2 * eps)
#         slope[index] = (upper - f(x)) / eps  # wrong
#         x[index] = old
#     return slope


# %% nbgrader={"grade": true, "grade_id": "test-numerical-gradient-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def cube_and_line(x):
    return x[0] ** 3 + 5 * x[1]


grad, two, slopes = numerical_gradient, np.array([2.0, 7.0]), np.array([12.01, 5.0])
check.value("by hand", grad, cube_and_line, two, eps=0.1, expected=slopes)
whole, slopes = np.array([2, 7]), np.array([12.0, 5.0])
check.value("integers", grad, cube_and_line, whole, expected=slopes)
# Each entry must be what it was when the next one moves
three, products = np.array([2.0, 3.0, 4.0]), np.array([12.0, 8.0, 6.0])
check.value("a product", grad, np.prod, three, expected=products)
zeros, ones = np.zeros((8, 13)), np.ones((8, 13))
check.value("104 entries", grad, np.sum, zeros, expected=ones)
M, C = np.arange(1.0, 7.0).reshape(2, 3), np.arange(1.0, 5.0).reshape(2, 1, 2)
check.value("two axes", grad, lambda x: np.sum(M * x), 0 * M, expected=M)
check.value("three axes", grad, lambda x: np.sum(C * x), 0 * C, expected=C)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _Cubic

_rng = check.rng(4101)
_close = {"rtol": 1e-6, "atol": 1e-8}
with check.part(
    "gradient of a vector, a matrix and more axes",
    hint="One entry at a time, over all of its indices.",
):
    for _shape in [(4,), (3, 2), (2, 2), (1, 5), (2, 3, 2), (7, 15)]:
        _f, _x = _Cubic(_rng, _shape), _rng.normal(size=_shape)
        check.value(numerical_gradient, _f, _x, expected=_f.slope(_x), **_close)
    _f = _Cubic(_rng, (2, 3))
    check.value(numerical_gradient, _f, np.zeros((2, 3)), expected=np.zeros((2, 3)))
with check.part(
    "gradient with another eps",
    hint="The same distance to both sides; divide by the distance between them.",
):
    for _eps in [0.3, 0.05]:
        _f, _x = _Cubic(_rng, (2, 3)), _rng.normal(size=(2, 3))
        check.value(numerical_gradient, _f, _x, _eps, expected=_f.slope(_x, _eps))
with check.part(
    "the points at which f is evaluated",
    hint="f gets arrays like x, at the distance eps, 1e-5 by default.",
):
    for _shape in [(3,), (2, 2)]:
        _f, _x = _Cubic(_rng, _shape), _rng.normal(size=_shape)
        check.shape(numerical_gradient, _f, _x, expected=_shape)
        assert all(_point.shape == _shape for _point in _f.points), (
            "f wants an array of the shape of x"
        )
        _far = max(np.max(np.abs(_point - _x)) for _point in _f.points)
        assert abs(_far - 1e-5) < 1e-8, f"f is evaluated {_far:.3g} away from x"
with check.part(
    "gradient at integers",
    hint="Which dtype has x when eps is added to it?",
):
    for _x in [np.array([3, -2, 1]), _rng.integers(-5, 5, size=(2, 3))]:
        _f = _Cubic(_rng, _x.shape)
        check.value(numerical_gradient, _f, _x, expected=_f.slope(_x), **_close)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-numerical-gradient-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Numbers that + eps - 2*eps + eps does not bring back
awkward = np.array([0.5, 0.1, 1e6])
check.purity("arguments unchanged", numerical_gradient, np.sum, awkward)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _square(x):
    return float(np.sum(x**2))


_rng = check.rng(4102)
_hint = "Keep the old value of the entry, or work on a copy: x + eps - eps is not x."
with check.part("leaving x as it was earns points only once the values are right"):
    _x = _rng.normal(size=(3, 4))
    check.value(numerical_gradient, _square, _x, expected=2 * _x, rtol=1e-6)
with check.part("numerical_gradient leaves x as it was", hint=_hint):
    for _x in [
        np.array([0.3, -0.0, 1e8]),
        _rng.normal(scale=100, size=(3, 4)),
        np.array([[1, 2], [3, 4]]),
    ]:
        check.purity(numerical_gradient, _square, _x)
        check.purity(numerical_gradient, _square, _x, 0.07)
### END HIDDEN TESTS

# %% tags=["no-marks"]
steps = experiments.step_errors(numerical_gradient)
print(steps.table())
why = experiments.WHY["best step"]
best_step.answer(steps.least(), because=why, of=numerical_gradient)
# Then choose 1000 + exp(x), which has the same derivative. Why does the round-off rise,
# and where does the best step move? Once you reach the target, the answer is shown.
widgets.step_explorer(numerical_gradient)

# %% [markdown]
# ## 4.2 When are two gradients equal?
#
# The difference alone says little: $10^{-6}$ is nothing beside gradients of 100, and everything beside gradients of $10^{-6}$.
# So compare with the size of the whole block $a$, $b$ (a matrix $W_l$, say):
#
# $$\mathrm{error}(a, b) = \frac{\max_i |a_i - b_i|}{\max\bigl(10^{-12},\ \max_i |a_i|,\ \max_i |b_i|\bigr)}.$$
#
# - The **maximum** over the entries finds one wrong entry among thousands of right ones, where a mean would hide it.
# - The scale belongs to the **block**: an entry that is exactly 0 comes out as about $10^{-11}$ numerically, no error beside entries of 1.
# - The floor $10^{-12}$ lets two blocks of **exact zeros** agree, for example for a unit that gives 0 for every example. A gradient
#   that is 0 because several paths cancel comes out as round-off, and the error is 1: look at the size of the block before you believe it.
# - With a **NaN** the error is infinity, and other **shapes** are refused, even those that broadcast.
#
# **By hand.** $a = (1, 2, -4)$, $b = (1, 2.5, -5)$: largest difference 1, scale 5, error 0.2. A gradient that is twice too large has
# the error 0.5; one with the wrong sign has 2.
#
# How to read it, in float64 with $\varepsilon = 10^{-5}$: up to $10^{-7}$ the gradients **agree**; above $10^{-3}$ they do not. In
# between, look for a kink near by, a loss with a large constant, or a gradient so small that round-off shows (it makes an error of
# about $u|L| / (\varepsilon\max_i|a_i|)$), before you blame the formula.


# %% nbgrader={"grade": false, "grade_id": "relative-error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_error(a, b):
    """Largest difference between two blocks, relative to the largest entry of either.

    a, b: arrays of one shape.
    Returns: max|a - b| / max(1e-12, max|a|, max|b|), a float; infinity where a or b
    has a NaN. Raises: ValueError if the shapes differ.

    >>> relative_error(np.array([1.0, 2.0, -4.0]), np.array([1.0, 2.5, -5.0]))
    0.2

    About 7 lines.
    """
    ### BEGIN SOLUTION
    if a.shape != b.shape:
        raise ValueError(f"blocks of different shapes, {a.shape} and {b.shape}")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(
        np.max(np.abs(a - b)) / max(1e-12, np.max(np.abs(a)), np.max(np.abs(b)))
    )
    ### END SOLUTION


# %% [markdown] ladder="relative-error"
# 1. Which single number is the scale of your quotient, and do both blocks have a say in it? What does your function
# return for two blocks of zeros, and what if one entry is a NaN?
#
# 2. The numerator is the worst disagreement anywhere, without its sign. The denominator is one size for everything:
# the greatest of three candidates, of which one is tiny and fixed, so that it never vanishes. Two special cases come
# first. Arrays that do not match are an error to raise, even if NumPy would stretch one of them; something that is not
# a number means the worst possible result.
#
# 3. Let $a = (3, -6, 0)$ and $b = (2, -8, 0)$. The differences are $(1, 2, 0)$, their maximum is 2. The largest
# entries in size are 6 and 8, the floor is $10^{-12}$. Which of these three stands below the 2, and what is the
# quotient? For $a = (0, 0)$ and $b = (0, 0)$ the numerator is 0 and so are both sizes: who saves the division? And for
# $a = (1, 2)$, $b = (1, -2)$ the answer is 2, more than $100\,\%$. Does your code agree?
#
# 4.
#
#     if a.shape != b.shape:
#         raise ValueError(f"shapes {a.shape} and {b.shape}")
#     if np.isnan(a).any() or np.isnan(b).any():
#         return np.inf
#     largest = np.max(np.abs(a - b))
#     largest = np.abs(np.max(a - b))  # wrong
#     scale = max(1e-12, np.max(np.abs(a)), np.max(np.abs(b)))
#     return float(largest / scale)

# %% nbgrader={"grade": true, "grade_id": "test-relative-error-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
a, b = np.array([1.0, 2.0, -4.0]), np.array([1.0, 2.5, -5.0])
check.value("by hand", relative_error, a, b, expected=0.2)
row, cube = np.array([[1.0, -2.0]]), np.ones((2, 1, 2))
check.value("twice too large", relative_error, row, 2 * row, expected=0.5)
check.value("wrong sign", relative_error, row, -row, expected=2.0)
check.value("three axes", relative_error, cube, 2 * cube, expected=0.5)
a, b = np.array([0.001, 10.0, 5.0]), np.array([0.003, 10.0, 5.0])
check.value("a small entry", relative_error, a, b, expected=2e-4)
a, b = np.array([2e-9, 1e-9]), np.array([2e-9, 2e-9])
check.value("a small block", relative_error, a, b, expected=0.5)
many, one_wrong = np.ones((20, 15)), np.ones((20, 15))
one_wrong[13, 7] = 3.0
check.value("one entry of 300", relative_error, many, one_wrong, expected=2 / 3)
check.value("only zeros", relative_error, np.zeros(3), np.zeros(3), expected=0.0)
right, nan = np.array([1.0, 2.0]), np.array([1.0, np.nan])
check.value("NaN in a", relative_error, nan, right, expected=np.inf)
check.value("NaN in b", relative_error, right, nan, expected=np.inf)
check.purity("arguments unchanged", relative_error, -right, np.array([-3.0, 0.5]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relative_error

_rng = check.rng(4201)
with check.part(
    "relative error of blocks",
    hint="Largest absolute difference over largest absolute entry of both blocks.",
):
    for _shape in [(6,), (3, 4), (4, 4), (1, 5), (2, 3, 2)]:
        for _size in [1e-5, 1.0, 3e4]:
            _a = _size * _rng.normal(size=_shape)
            _noise = 0.3 * _size * _rng.normal(size=_shape)
            for _pair in [
                (_a, _a + _noise),
                (_a + _noise, _a),
                (-np.abs(_a) - _noise, -np.abs(_a)),
            ]:
                check.value(relative_error, *_pair, expected=_relative_error(*_pair))
with check.part(
    "relative error with one wrong entry",
    hint="The largest difference counts, wherever it is.",
):
    for _place in [0, *_rng.integers(600, size=8), 599]:
        _a = _rng.normal(size=(40, 15))
        _b = _a.copy()
        _b.ravel()[_place] -= 1e-4
        check.value(relative_error, _a, _b, expected=_relative_error(_a, _b), atol=0)
    _a, _b = np.array([50.0, 1e-3]), np.array([50.0, -1e-3])
    check.value(relative_error, _a, _b, expected=4e-5, atol=0)
with check.part(
    "relative error of blocks close to zero",
    hint="The denominator is never below 1e-12, and nothing is added.",
):
    check.value(relative_error, np.zeros((2, 3)), np.zeros((2, 3)), expected=0.0)
    for _a, _b, _expected in [
        ([3e-14, 0.0], [0.0, 0.0], 0.03),
        ([3e-12, 0.0], [0.0, 1e-12], 1.0),
        ([2e-9, 1e-9], [2e-9, 2e-9], 0.5),
    ]:
        check.value(
            relative_error, np.array(_a), np.array(_b), expected=_expected, atol=0
        )
with check.part(
    "relative error of blocks with NaN",
    hint="Look for NaN first: it slips through comparisons and maxima.",
):
    _right = np.array([[1.0, 2.0], [3.0, 4.0]])
    _nan = np.array([[1.0, 2.0], [np.nan, 4.0]])
    for _a, _b in [
        (_right, _nan),
        (_nan, _right),
        (_nan, _nan),
        (np.full(2, np.nan), np.zeros(2)),
    ]:
        check.value(relative_error, _a, _b, expected=np.inf)
with check.part(
    "relative_error leaves its arguments alone",
    hint="Did you write into the caller's array?",
):
    check.purity(relative_error, _rng.normal(size=(2, 3)), _rng.normal(size=(2, 3)))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-relative-error-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
for shapes in [((3,), (3, 1)), ((3,), (1,)), ((2, 3), (3, 2))]:
    a, b = map(np.ones, shapes)
    check.raises(f"{a.shape} and {b.shape}", ValueError, relative_error, a, b)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _relative_error
_rng = check.rng(4203)
with check.part("refusing other shapes earns points only once the values are right"):
    _a, _b = _rng.normal(size=(3, 4)), _rng.normal(size=(3, 4))
    check.value(relative_error, _a, _b, expected=_relative_error(_a, _b))
with check.part(
    "blocks of different shapes",
    hint="Compare the shapes before anything else, also where they broadcast.",
):
    for _one, _other in [
        ((4,), (4, 1)),
        ((1, 3), (3,)),
        ((2, 3), (3, 2)),
        ((5,), (1,)),
        ((2, 3), (3,)),
    ]:
        check.raises(ValueError, relative_error, np.ones(_one), np.ones(_other))
        check.raises(ValueError, relative_error, np.zeros(_other), np.zeros(_one))
### END HIDDEN TESTS

# %% [markdown]
# ## 4.3 Back through one layer
#
# Somebody hands you `dZ`, the gradient of the loss with respect to the pre-activations of a layer. Entry by entry the layer is
#
# $$z_{ij} = \sum_k a_{ik} W_{jk} + b_j$$
#
# for example $i$, unit $j$, input $k$. The chain rule adds up all paths from a quantity to the loss. $W_{jk}$ acts on $z_{ij}$ for
# **every example** $i$, each time with the factor $a_{ik}$:
#
# $$dW_{jk} = \sum_i dZ_{ij}\, a_{ik}.$$
#
# **Your turn, one entry at a time.** On which $z_{ij}$ does $b_j$ act? On which does $a_{ik}$ act, and with which factor? The cell
# below compares your three sums with numerical derivatives, and draws the paths when all three are right.
#
# **Then all entries at once.** $dW$ and $dA$ are products of two matrices, $db$ is a sum. The shapes leave only one choice, unless two
# sizes are equal: then a wrong transpose raises no error. There is no division by $m$: the loss has done it, and `dZ` contains it.
#
# **By hand.** Two examples, two inputs, one unit:
#
# $$dZ = \begin{pmatrix} 1 \\ -2 \end{pmatrix},\ A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix},\ W = \begin{pmatrix} 5 & 6
# \end{pmatrix}:\quad dW = \begin{pmatrix} -5 & -6 \end{pmatrix},\ db = (-1),\ dA = \begin{pmatrix} 5 & 6 \\ -10 & -12 \end{pmatrix}.$$


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "layer-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_steps(dZ, A, W, i, j, k):
    """One entry of each gradient, as a sum. i, j, k count from 0. Not graded.

    Sums that you do not have yet may be missing.
    Returns: {"dW[j, k]": number, "db[j]": number, "dA[i, k]": number}
    """
    ### BEGIN SOLUTION
    return {
        "dW[j, k]": sum(dZ[n, j] * A[n, k] for n in range(len(A))),
        "db[j]": sum(dZ[n, j] for n in range(len(A))),
        "dA[i, k]": sum(dZ[i, n] * W[n, k] for n in range(len(W))),
    }
    ### END SOLUTION


rng = np.random.default_rng(0)
signal, A = rng.normal(size=(3, 2)), rng.normal(size=(3, 3))  # dZ and A
sample = signal, A, rng.normal(size=(2, 3)), 2, 0, 1  # and W, i, j, k
check.derivation(
    layer_steps,
    *sample,
    numerical=lambda: experiments.layer_entries(numerical_gradient, *sample),
    picture=plots.layer_backward,
)


# %% nbgrader={"grade": false, "grade_id": "linear-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_backward(dZ, A_prev, W):
    """Gradients of a layer Z = A_prev @ W.T + b, given the gradient with respect to Z.

    dZ: (m, n_out). A_prev: (m, n_in), the input of the layer. W: (n_out, n_in).
    Returns: (dA_prev, dW, db), in the shapes of A_prev, W and b, which is (n_out,).

    >>> dZ, A = np.array([[1.0], [-2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> linear_backward(dZ, A, np.array([[5.0, 6.0]]))
    (array([[  5.,   6.],
           [-10., -12.]]), array([[-5., -6.]]), array([-1.]))

    About 1 line.
    """
    ### BEGIN SOLUTION
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)
    ### END SOLUTION


# %% [markdown] ladder="linear-backward"
# 1. For 5 examples, 3 inputs and 2 units: which shapes must the three results have, and over which axis does each of
# your sums run? Where do you divide, although the loss has done it?
#
# 2. Follow the paths. A weight meets every member of the batch, so its contributions are added up over the first
# index, each multiplied by the number that came in. A bias meets them too, with the factor 1. What came in meets every
# unit, so for it one adds over the units, with the weights as factors. Two of these sums are matrix products; one
# factor in one of them is transposed.
#
# 3. Let $A$ have the rows $(1, 0, 2)$ and $(3, 1, 0)$, $W$ the rows $(1, 2, 0)$ and $(0, 1, -1)$, and `dZ` the rows
# $(2, 0)$ and $(1, -1)$. The first unit sends back 2 and 1, so the first row of $dW$ is $2\,(1, 0, 2) + 1\,(3, 1, 0) =
# (5, 1, 4)$, and its bias gets $2 + 1 = 3$. What are row and bias of the second? For the first example $dA$ is $2\,(1,
# 2, 0) + 0\,(0, 1, -1) = (2, 4, 0)$. What is it for the other one?
#
# 4.
#
#     dA_prev = dZ @ W
#     dW = dZ.T @ A_prev
#     db = dZ.sum(axis=0)
#     db = dZ.mean(axis=0)  # wrong
#     return dA_prev, dW, db


# %% nbgrader={"grade": true, "grade_id": "test-linear-backward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def weight_gradients(dZ, A_prev, W):
    return linear_backward(dZ, A_prev, W)[1:]


signal, A = np.array([[1.0], [-2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
one_unit = signal, A, np.array([[5.0, 6.0]])  # dZ, A_prev, W
signal, W = np.array([[2.0, -1.0, 0.0]]), np.array([[1.0, 2], [5, -1], [6, 7]])
one_row = signal, np.array([[3.0, 4.0]]), W  # one example, two inputs, three units
right = np.array([[-5.0, -6.0]]), np.array([-1.0])
check.value("by hand", weight_gradients, *one_unit, expected=right)
right = np.array([[6.0, 8.0], [-3.0, -4.0], [0.0, 0.0]]), signal[0]
check.value("one example", weight_gradients, *one_row, expected=right)
check.purity("arguments unchanged", weight_gradients, *one_unit)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _entry, _layer_inputs, _linear_backward

_weights = _entry(linear_backward, slice(1, None))
_rng = check.rng(4301)
with check.part(
    "dW and db of a layer",
    hint="Sum over the examples. dW has the shape of W, db that of b; nothing is divided.",
):
    for _m, _n_in, _n_out in [(5, 3, 2), (4, 4, 4), (1, 3, 5), (7, 1, 2), (6, 2, 1)]:
        _inputs = _layer_inputs(_rng.normal, _m, _n_in, _n_out)
        check.value(_weights, *_inputs, expected=_linear_backward(*_inputs)[1:])
with check.part(
    "linear_backward leaves its arguments alone",
    hint="Did you write into one of the arrays?",
):
    check.purity(_weights, *_layer_inputs(_rng.normal, 4, 2, 3))
    check.purity(_weights, *_layer_inputs(_rng.normal, 3, 3, 3))
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-linear-backward-gradient", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def signal_gradient(dZ, A_prev, W):
    return linear_backward(dZ, A_prev, W)[0]


signal, A = np.array([[1.0], [-2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
one_unit = signal, A, np.array([[5.0, 6.0]])  # dZ, A_prev, W
signal, W = np.array([[2.0, -1.0, 0.0]]), np.array([[1.0, 2], [5, -1], [6, 7]])
one_row = signal, np.array([[3.0, 4.0]]), W  # one example, two inputs, three units
right = np.array([[5.0, 6.0], [-10.0, -12.0]])
check.value("dA by hand", signal_gradient, *one_unit, expected=right)
right = np.array([[-3.0, 5.0]])
check.value("dA of one example", signal_gradient, *one_row, expected=right)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _entry, _layer_inputs, _linear_backward

_signal = _entry(linear_backward, 0)
_rng = check.rng(4302)
with check.part(
    "dA_prev of a layer",
    hint="Sum over the units of the layer. dA_prev has the shape of A_prev.",
):
    for _m, _n_in, _n_out in [(5, 3, 2), (4, 4, 4), (1, 3, 5), (7, 1, 2), (6, 2, 1)]:
        _inputs = _layer_inputs(_rng.normal, _m, _n_in, _n_out)
        check.value(_signal, *_inputs, expected=_linear_backward(*_inputs)[0])
with check.part(
    "dA_prev against central differences",
    hint="How does sum(dZ * Z) change with an entry of A_prev?",
):
    _up, _A, _W = _layer_inputs(_rng.normal, 3, 4, 2)
    check.gradient(
        lambda A: float(np.sum(_up * (A @ _W.T))), lambda A: _signal(_up, A, _W), _A
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 4.4 Back through a network
#
# Chain the layers. For a sigmoid output with binary cross-entropy notebook 3 found $dZ_L = (A_L - y)/m$. Then go from the last layer
# to the first: `linear_backward` gives $dW_l$, $db_l$ and $dA_{l-1}$. Between two layers stands the activation, $a_{ij} = f(z_{ij})$.
#
# **Your turn.** On which entries of $A_{l-1}$ does an entry of $Z_{l-1}$ act, and with which factor? So how does $dZ_{l-1}$ come from $dA_{l-1}$?
#
# Each step uses what the forward pass kept in its cache. **Why backward?** Forward you would follow one weight at a time through
# all layers above it: a pass for every weight. Backward you start at one number, the loss, and all weights below a layer share its
# `dZ`: one pass for all of them. This is called **reverse mode**.
#
# **By hand.** A 2-2-1 network, tanh inside, sigmoid output, one example $x = (1, 2)$ with $y = 1$:
#
# $$W_1 = \begin{pmatrix} 2 & -1 \\ -2 & 1 \end{pmatrix},\ b_1 = (\ln 2, \ln 3),\ W_2 = \begin{pmatrix} 2 & -1.5 \end{pmatrix},\
# b_2 = -\ln 3.$$
#
# Forward: $Z_1 = (\ln 2, \ln 3)$, $A_1 = (0.6, 0.8)$, $Z_2 = -\ln 3$, $A_2 = 0.25$, loss $\ln 4$.
# Backward: $dZ_2 = 0.25 - 1 = -0.75$, so $dW_2 = (-0.45, -0.6)$, $db_2 = -0.75$.
#
# **Go on yourself** in the next cell: one line a step, the last layer first. $\tanh' = 1 - \tanh^2$ gives $(0.64, 0.36)$. A wrong step spoils
# all later ones, so correct the first that is wrong. Then put the steps into a loop. Debug it in the same order.
#
# **What it costs.** A layer with $w$ weights takes $mw$ multiplications forward and $2mw$ backward: $mw$ for $dW$ and $mw$ for $dA$. (The
# first layer needs no $dA$; the count below includes it.)
#
# <details><summary>Hint</summary>
#
# Each $z$ acts on its own $a$ only, with the factor $f'(z)$: so $dA$ is multiplied by the slope, entry by entry. In the cache
# `cache["A"][l]` is $A_l$, but `cache["Z"][l - 1]` is $Z_l$: the list of $Z$ has no entry for the input.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "backward-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_steps(y, cache, params):
    """The way back through two layers, tanh inside. Not graded.

    Steps that you do not have yet may be missing.
    Returns: {"dZ2": array, "dW2", "db2", "dA1", "dZ1", "dW1", "db1"}
    """
    ### BEGIN SOLUTION
    (A0, A1, A2), (Z1, _) = cache["A"], cache["Z"]
    dZ2 = (A2 - y) / len(y)
    dA1 = dZ2 @ params["W2"]
    dZ1 = dA1 * tanh_prime(Z1)
    found = {"dZ2": dZ2, "dW2": dZ2.T @ A1, "db2": dZ2.sum(axis=0), "dA1": dA1}
    return found | {"dZ1": dZ1, "dW1": dZ1.T @ A0, "db1": dZ1.sum(axis=0)}
    ### END SOLUTION


example = by_hand.one_example()
forward = {"linear_forward": linear_forward, "hidden": tanh, "output": sigmoid}
check.derivation(
    backward_steps,
    *example.args,
    numerical=lambda: experiments.last_first(
        numerical_gradient, *example.args, **forward, loss=bce
    ),
)
price = widgets.predict(
    "By backpropagation, the gradient of a network with 12 layers and 1.8 million "
    "parameters takes about a tenth of a second. How long does it take as in 4.1?",
    list(experiments.SPANS),
)
display(price)


# %% nbgrader={"grade": false, "grade_id": "mlp-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_backward(y, cache, params, hidden_prime):
    """Gradients of the binary cross-entropy for a network with a sigmoid output.

    y: (m, n_out), 0.0 or 1.0. cache: {"A": [A0, ..., AL], "Z": [Z1, ..., ZL]} of
    mlp_forward. params: {"W1", "b1", ...}, any number of layers, keys in any order.
    hidden_prime: slope of the hidden activation, a function of the pre-activation.
    Returns: {"W1": dW1, "b1": db1, ...}, keys and shapes of params.
    Raises: ValueError if y does not have the shape of AL.

    >>> cache = {"A": [np.array([[1.0, 2.0]]), np.array([[0.75]])]}
    >>> cache["Z"] = [np.log([[3.0]])]
    >>> params = {"W1": np.zeros((1, 2)), "b1": np.zeros(1)}
    >>> mlp_backward(np.array([[1.0]]), cache, params, tanh_prime)
    {'W1': array([[-0.25, -0.5 ]]), 'b1': array([-0.25])}

    About 12 lines.
    """
    ### BEGIN SOLUTION
    A, Z, p = cache["A"], cache["Z"], cache["A"][-1]
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape}, the output has shape {p.shape}")
    dZ = (p - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(
            dZ, A[layer - 1], params[f"W{layer}"]
        )
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads
    ### END SOLUTION


# %% [markdown] ladder="mlp-backward"
# 1. Print the shapes at layer 2 of three: which entry of `cache["Z"]` belongs to `dA`, and which entry of `cache["A"]`
# went into this layer? And what happens at layer 1: is there anything below it that has a slope?
#
# 2. At the output begin with prediction minus target, shared by the batch: the sigmoid is contained in it. From there
# a loop counts down. Each turn asks your function of the exercise before, stores two of its three answers under names
# built from the number, and turns the third into the start of the next turn, by multiplying entrywise with the
# derivative at the right pre-activations. The last turn has nothing to hand on.
#
# 3. One input $x = 2$, one tanh unit, one output, one example with $y = 1$. Forward gave $Z_1 = \ln 2$, $A_1 = 0.6$
# and $p = 0.8$; the upper weight is $0.5$. So $dZ_2 = 0.8 - 1 = -0.2$. Then $dW_2 = -0.2 \cdot 0.6 = -0.12$, $db_2 =
# -0.2$, $dA_1 = -0.2 \cdot 0.5 = -0.1$. At $Z_1$ tanh has the derivative $1 - 0.36 = 0.64$; at $0.6$ it would be
# $0.71$. What is $dZ_1$, and with which number is it multiplied for $dW_1$?
#
# 4.
#
#     A, Z, p = cache["A"], cache["Z"], cache["A"][-1]
#     if y.shape != p.shape:
#         raise ValueError(f"y has shape {y.shape}, not {p.shape}")
#     dZ = (p - y) / len(y)
#     grads = {}
#     for layer in range(len(Z), 0, -1):
#         dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
#         grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
#         if layer > 1:
#             dZ = dA * hidden_prime(Z[layer - 2])
#             dZ = dA * hidden_prime(A[layer - 1])  # wrong
#     return grads

# %% nbgrader={"grade": true, "grade_id": "test-mlp-backward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# The example by hand, and with a second one: x = (0, 0), y = 0. The loss is the mean.
# Two examples come first, the last layer of each first: a mistake begins there.
one, two = by_hand.one_example(), by_hand.two_examples()
wide = by_hand.two_targets()  # two outputs, and the mean is over the examples
check.value("two examples", mlp_backward, *two.args, tanh_prime, expected=two.grads)
check.value("by hand", mlp_backward, *one.args, tanh_prime, expected=one.grads)
check.value("two outputs", mlp_backward, *wide.args, tanh_prime, expected=wide.grads)
check.purity("arguments unchanged", mlp_backward, *two.args, tanh_prime)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_backward, _mlp_backward, _network, _sigmoid, _stand_ins, _tanh_prime, _zeros_and_ones

_given = _stand_ins(_linear_backward)
_rng = check.rng(4401)
_kinds = (np.tanh, _sigmoid, _zeros_and_ones)
with check.part(
    "gradients of a network with one hidden layer",
    hint="Start from (A_L - y)/m; the slope wants Z, not A.",
):
    for _sizes, _m in [
        ((2, 3, 1), 5),
        ((4, 2, 1), 1),
        ((3, 3, 3), 3),
        ((1, 6, 2), 4),
        ((2, 3, 4), 1),
    ]:
        _args = (*_network(_rng, _sizes, _m, *_kinds), _tanh_prime)
        _grads = _mlp_backward(*_args)
        check.value(mlp_backward, *_args, expected=_grads, given=_given)
with check.part(
    "mlp_backward leaves its arguments alone",
    hint="Operators such as -= and *= change the arrays of the cache.",
):
    _args = (*_network(_rng, (3, 4, 2), 5, *_kinds), _tanh_prime)
    check.purity(mlp_backward, *_args, given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-mlp-backward-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# No hidden layer, three inputs and two outputs: the loss is a mean over the examples,
# not over all entries. Below the first layer there is no slope.
flat = by_hand.one_layer()
check.value(
    "no hidden layer", mlp_backward, *flat.args, tanh_prime, expected=flat.grads
)
# Eleven layers of one unit, without activation: the slope is 1, then it is set to 1/z
deep = by_hand.eleven_layers()
check.value(
    "eleven layers", mlp_backward, *deep.args, np.ones_like, expected=deep.grads
)
deep = by_hand.eleven_layers("1/z")
check.value("slope 1/z", mlp_backward, *deep.args, np.reciprocal, expected=deep.grads)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _bce_with_logits, _linear_backward, _mlp_forward, _numerical_gradients, _random_params
# provided from helpers: _shuffled, _sigmoid, _stand_ins, _tanh_prime, _zeros_and_ones


def _cache(X, params):
    return _mlp_forward(X, params, np.tanh, _sigmoid)[1]


def _loss(y, X, params):
    return _bce_with_logits(y, _cache(X, params)["Z"][-1])


_given = _stand_ins(_linear_backward)
_rng = check.rng(4402)
_hint = (
    "How many layers are there? Count them, and find W10 by its name, not by sorting."
)
for _title, _sizes, _m in [
    ("gradients without a hidden layer", (3, 2), 4),
    ("gradients with two hidden layers", (2, 3, 4, 1), 5),
    ("gradients with three hidden layers of one width", (3, 3, 3, 3, 2), 3),
    ("gradients with eleven layers", (2,) * 11 + (1,), 3),
]:
    with check.part(_title, hint=_hint):
        _start = _shuffled(_rng, _random_params(_rng, _sizes))
        _X = _rng.normal(size=(_m, _sizes[0]))
        _y = _zeros_and_ones(_rng, _m, _sizes[-1])
        check.value(
            mlp_backward,
            _y,
            _cache(_X, _start),
            _start,
            _tanh_prime,
            expected=_numerical_gradients(partial(_loss, _y, _X), _start),
            rtol=1e-6,
            atol=1e-9,
            given=_given,
        )
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-mlp-backward-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
for case, shapes in [
    (by_hand.two_examples(), [(2,), (1, 2), (1, 1)]),
    (by_hand.one_example(), [(1,), (1, 2)]),
]:
    for shape in shapes:
        wrong = np.ones(shape), case.cache, case.params, tanh_prime
        title = f"{shape} against {case.y.shape}"
        check.raises(title, ValueError, mlp_backward, *wrong)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_backward, _mlp_backward, _network, _sigmoid, _stand_ins, _tanh_prime, _zeros_and_ones

_given = _stand_ins(_linear_backward)
_rng = check.rng(4403)
with check.part("refusing other targets earns points only once the values are right"):
    _kinds = (np.tanh, _sigmoid, _zeros_and_ones)
    _args = (*_network(_rng, (3, 4, 2), 5, *_kinds), _tanh_prime)
    check.value(mlp_backward, *_args, expected=_mlp_backward(*_args), given=_given)
with check.part(
    "targets of another shape than the output",
    hint="Compare y.shape with the shape of A_L before subtracting.",
):
    for (_m, _n_out), _wrong in [
        ((4, 1), (4,)),
        ((4, 1), (1, 4)),
        ((3, 3), (3,)),
        ((4, 2), (4, 1)),
        ((4, 2), (1, 2)),
    ]:
        _params = {
            "W1": np.ones((2, 2)),
            "b1": np.ones(2),
            "W2": np.ones((_n_out, 2)),
            "b2": np.ones(_n_out),
        }
        _A = [_rng.normal(size=(_m, 2)), _rng.normal(size=(_m, 2))]
        _A.append(_rng.uniform(0.1, 0.9, size=(_m, _n_out)))
        _Z = [_rng.normal(size=(_m, 2)), _rng.normal(size=(_m, _n_out))]
        _args = (np.ones(_wrong), {"A": _A, "Z": _Z}, _params, np.ones_like)
        check.raises(ValueError, mlp_backward, *_args, given=_given)
### END HIDDEN TESTS

# %% tags=["no-marks"]
parts = {"hidden": activations["tanh"], "output": activations["sigmoid"], "loss": bce}
graph = experiments.graph(
    by_hand.one_example(),
    mlp_backward,
    numerical_gradient,
    linear_forward=linear_forward,
    **parts,
)
print(graph.table())
display(plots.graph(graph))

passes = mlp_forward, mlp_backward, init_params, relu, relu_prime, sigmoid
cost = experiments.cost(*passes)
print(cost.table())
why = experiments.WHY["price"]
price.answer(cost.nearest(), because=why, of=mlp_backward)
print(experiments.activation_times(activations).table())
plots.cost(cost)

# %% [markdown]
# **What you see.** Every arrow forward has an arrow back, which multiplies what comes from the right by the local slope that stands
# below it, or by a matrix of slopes. An arrow to $W_l$ multiplies by $A_{l-1}$, the input of the layer, and one to $b_l$ by 1. The
# numerical $dA_2$ is the worst: there $L = -\ln p$, and $f''' = -2/p^3$ is $-128$. So 4.1 gives $\varepsilon^2\cdot 128/6$, which is
# $2\cdot 10^{-9}$. For each example, a batch costs far less than an example alone: every weight is read and every entry of $dW$ is
# written once for the whole batch. The last lines printed time the activations alone: a sigmoid computes an exponential, a ReLU
# only compares.
#
# ## 4.5 Check a gradient
#
# Put 4.1 and 4.2 together: for each block of `params` take the loss as a function of that block alone, differentiate numerically,
# and compare with the gradient that you were given. The result is one error for each block, so a report says *where* to look.
#
# A passing check says that gradient and loss **function** agree. If the function is wrong, both are.
#
# **By hand.** $L = 3w_1 - 4w_2 + 2b$, and the gradients claimed are $dW = (3, -2)$, $db = 2$. Errors: $2/4 = 0.5$ for $W$, 0 for $b$.
#
# **Eight situations.** A check raises an **alarm** above $10^{-7}$: then you look for a cause, which is not always the formula.
# Otherwise it is **silent**. Each of these situations misleads a careless check. Your `gradient_check` handles 1, 4, 5 and 6, and 2
# after conversion to float64. In 3, 7 and 8 it misleads you too: move the point, or look at the size of the block.
#
# 1. the weights are an array of integers;
# 2. everything is float32, with $\varepsilon = 10^{-5}$;
# 3. a ReLU sits exactly on its kink, where its slope is set to 0;
# 4. a gradient is NaN;
# 5. shapes `(3,)` and `(1, 3)`;
# 6. one norm over all blocks, the error in the smallest;
# 7. weight gradients a factor 2 too large, where all weights are 0 and there are no biases;
# 8. a bias that cancels in the loss.
#
# <details><summary>Hint</summary>
#
# `{**params, key: block}` is a new dict with one block exchanged. A function for `numerical_gradient` can be defined inside the
# loop.
#
# </details>

# %% tags=["no-marks"]
passes_wrong = widgets.predict(
    "When is a careless check silent although the code of the gradient is wrong?",
    ["1, 4, 5, 7", "3, 5, 6, 7", "4, 5, 6, 7", "4, 5, 6, 8"],
)
deep_sigmoid = widgets.predict(
    "A right gradient, but a network with six hidden layers of sigmoids. What does "
    "the check say?",
    ["silent", "alarm"],
)
display(passes_wrong, deep_sigmoid)


# %% nbgrader={"grade": false, "grade_id": "gradient-check", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_check(loss, params, grads, eps=1e-5):
    """Relative error of every block of grads against central differences of loss.

    loss: takes a dict like params, gives a float. params: {"W1", "b1", ...}, keys in
    any order. grads: the gradients to check, same keys. eps: as in 4.1.
    Returns: {key: error} with the keys of params; errors as from `relative_error`.
    Raises: ValueError if a gradient does not have the shape of its block.

    >>> def loss(p):
    ...     return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]
    >>> params = {"W1": np.ones((1, 2)), "b1": np.ones(1)}
    >>> claimed = {"W1": np.array([[3.0, -2.0]]), "b1": np.array([2.0])}
    >>> report = gradient_check(loss, params, claimed)
    >>> {key: round(error, 6) for key, error in report.items()}
    {'W1': 0.5, 'b1': 0.0}

    About 8 lines.
    """
    ### BEGIN SOLUTION
    report = {}
    for key, block in params.items():

        def loss_of_block(value, key=key):
            return loss({**params, key: value})

        # Refuses other shapes
        report[key] = relative_error(
            grads[key], numerical_gradient(loss_of_block, block, eps)
        )
    return report
    ### END SOLUTION


# %% [markdown] ladder="gradient-check"
# 1. When `numerical_gradient` moves an entry, does your `loss` see the moved one? Which gradient do you compare it
# with, found by its name or by its place? And is `eps` handed on?
#
# 2. There is a result for every key. For each of them the loss has to become a function of a single array, while all
# others stay: inside it, make a new dict in which only this one is exchanged. Differentiate that with the tool of 4.1,
# and hand both arrays, claimed and measured, to the tool of 4.2, which refuses wrong forms by itself. A function that
# is born in a loop should remember its own key.
#
# 3. Let $L = w_1^2 - 3 w_2 + b$ at $w = (2, 1)$, $b = 0$, with the claims $dW = (4, -2)$ and $db = 1$. With only $w$
# exchanged, central differences give $(4, -3)$. Largest deviation 1, largest entry 4: what comes into the report under
# `"W1"`? With only $b$ exchanged they give 1, as claimed: which number is that under `"b1"`? Suppose that for `"W1"`
# the exchange were forgotten. Then the measured slopes would all be 0: what would be reported?
#
# 4.
#
#     report = {}
#     for key, block in params.items():
#         def loss_of_block(value, key=key):
#             return loss({**params, key: value})
#             return loss(params)  # wrong
#         slope = numerical_gradient(loss_of_block, block, eps)
#         report[key] = relative_error(grads[key], slope)
#     return report


# %% nbgrader={"grade": true, "grade_id": "test-gradient-check-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def line(p):
    return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]


near = {"rtol": 1e-6, "atol": 1e-7}
point, half = {"W1": np.ones((1, 2)), "b1": np.ones(1)}, {"W1": 0.5, "b1": 0.0}
claimed = {"b1": np.array([2.0]), "W1": np.array([[3.0, -2.0]])}  # in another order
check.value("by hand", gradient_check, line, point, claimed, expected=half, rtol=1e-6)
missing, bad = claimed | {"b1": np.array([np.nan])}, {"W1": 0.5, "b1": np.inf}
check.value("NaN", gradient_check, line, point, missing, expected=bad, **near)
# Nothing depends on W2
unused, zero = point | {"W2": np.ones((1, 1))}, claimed | {"W2": np.zeros((1, 1))}
bad = half | {"W2": 0.0}
check.value("unused", gradient_check, line, unused, zero, expected=bad, **near)
for title, claim in by_hand.claims().items():
    check.value(title, gradient_check, *claim.args, expected=claim.report, **near)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _copied, _CubicLoss, _numerical_gradient, _numerical_gradients, _relative_error
# provided from helpers: _stand_ins, _Wrapped


def _line(p):
    return float(4 * p["W1"][0, 0] - 2 * p["W1"][0, 1] + 6 * p["b1"][0])


def _reach():
    """How far from params the loss is asked, in a fresh check with the default eps."""
    loss = _CubicLoss(check.rng(4504), {"W1": (2, 2), "b1": (1,)})
    gradient_check(loss, _copied(loss.start), loss.grads())
    return loss.far


_given = _stand_ins(_numerical_gradient, _relative_error)
_near = {"rtol": 1e-4, "atol": 1e-7, "given": _given}
_shapes = {"W1": (2, 3), "b1": (2,), "W2": (2, 2), "b2": (2,)}
_rng = check.rng(4501)
with check.part(
    "a report on right gradients",
    hint="Every block has its own number, and it is tiny when the gradient is right.",
):
    for _keys in [["W1", "b1", "W2", "b2"], ["b2", "W1", "b1", "W2"]]:
        _loss = _CubicLoss(_rng, {key: _shapes[key] for key in _keys})
        _grads = dict(reversed(_loss.grads().items()))
        check.value(
            gradient_check,
            _loss,
            _loss.start,
            _grads,
            expected=dict.fromkeys(_keys, 0.0),
            **_near,
        )
with check.part(
    "a report on wrong gradients",
    hint="The error belongs to the block in which the wrong entry stands: look at all entries.",
):
    for _wrong, _change in [
        ("W1", lambda g: g + 1e-3 * (np.arange(g.size) == g.size - 1).reshape(g.shape)),
        ("b1", lambda g: 2 * g),
        ("W2", lambda g: -g),
        ("b2", lambda g: g + np.array([0.0, 1e-3])),
    ]:
        _loss = _CubicLoss(_rng, _shapes)
        _right = _loss.grads()
        _grads = _right | {_wrong: _change(_right[_wrong])}
        check.value(
            gradient_check,
            _loss,
            _loss.start,
            _grads,
            expected={k: _relative_error(_grads[k], _right[k]) for k in _shapes},
            **_near,
        )
    # One wrong entry among many: the last one, the first one, and one that is drawn
    _wide = {"W1": (20, 10), "W2": (5, 6), "W3": (15, 7)}
    _loss = _CubicLoss(_rng, _wide)
    _right, _grads = _loss.grads(), _loss.grads()
    for _key, _place in zip(_wide, [199, 0, _rng.integers(105)], strict=True):
        _grads[_key].flat[_place] += 0.1 + np.abs(_right[_key]).max()
    check.value(
        gradient_check,
        _loss,
        _loss.start,
        _grads,
        expected={k: _relative_error(_grads[k], _right[k]) for k in _wide},
        **_near,
    )
with check.part("a report with another step", hint="Is eps handed on?"):
    _loss = _CubicLoss(_rng, {"W1": (2, 2)})
    _grads, _far = _loss.grads(), _numerical_gradients(_loss, _loss.start, 0.05)
    check.value(
        gradient_check,
        _loss,
        _loss.start,
        _grads,
        0.05,
        expected={"W1": _relative_error(_grads["W1"], _far["W1"])},
        rtol=1e-6,
        given=_given,
    )
    check.value(
        _Wrapped(gradient_check, _reach), expected=1e-5, rtol=1e-3, given=_given
    )
with check.part(
    "a report on many layers, zeros and NaN",
    hint="Hand every block to relative_error.",
):
    # Weights alone: the gradient of a single bias may be close to 0, where round-off shows
    _shapes = {f"W{_l}": (1, 2) for _l in range(1, 12)}
    _loss = _CubicLoss(_rng, _shapes)
    _grads = _loss.grads()
    _grads["W10"] = 3 * _grads["W10"]
    check.value(
        gradient_check,
        _loss,
        _loss.start,
        _grads,
        expected=dict.fromkeys(_grads, 0.0) | {"W10": 2 / 3},
        rtol=1e-5,
        atol=1e-7,
        given=_given,
    )
    _start = {
        "W1": np.array([[1.0, 2.0]]),
        "b1": np.array([3.0]),
        "W2": np.array([[0.5]]),
    }
    for _b1, _error in [
        (np.array([8.0]), 0.25),
        (np.array([np.nan]), np.inf),
    ]:
        check.value(
            gradient_check,
            _line,
            _start,
            {"W1": np.array([[4.0, -2.0]]), "b1": _b1, "W2": np.array([[0.0]])},
            expected={"W1": 0.0, "b1": _error, "W2": 0.0},
            rtol=1e-6,
            atol=1e-7,
            given=_given,
        )
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-gradient-check-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def line(p):
    return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]


point = {"W1": np.ones((1, 2)), "b1": np.ones(1)}
claimed = {"b1": np.array([2.0]), "W1": np.array([[3.0, -2.0]])}  # in another order
flat = claimed | {"W1": np.array([3.0, -4.0])}  # (2,) would broadcast against (1, 2)
check.raises("(2,), not (1, 2)", ValueError, gradient_check, line, point, flat)
wide = claimed | {"b1": np.array([2.0, 2.0])}
check.raises("(2,), not (1,)", ValueError, gradient_check, line, point, wide)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _numerical_gradient, _relative_error, _stand_ins


def _sum(params):
    return float(sum(np.sum(block) for block in params.values()))


_given = _stand_ins(_numerical_gradient, _relative_error)
_params = {
    "W1": np.ones((3, 2)),
    "b1": np.ones(3),
    "W2": np.ones((1, 3)),
    "b2": np.ones(1),
}
with check.part("refusing other shapes earns points only once the values are right"):
    _grads = {key: 3 * block for key, block in _params.items()}
    _errors = dict.fromkeys(_params, 2 / 3)
    _near = {"rtol": 1e-4, "given": _given}
    check.value(gradient_check, _sum, _params, _grads, expected=_errors, **_near)
with check.part(
    "gradients of another shape than their block",
    hint="Compare the shapes of every block and its gradient.",
):
    for _key, _shape in [
        ("W1", (2, 3)),
        ("b1", (3, 1)),
        ("b1", (1, 3)),
        ("W2", (3,)),
        ("b2", (1, 1)),
        ("b1", (1,)),
    ]:
        _grads = _params | {_key: np.ones(_shape)}
        check.raises(ValueError, gradient_check, _sum, _params, _grads, given=_given)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-gradient-check-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def line(p):
    return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]


# Numbers that + eps - 2*eps + eps does not bring back
awkward = {"W1": np.array([[0.1, 1e6]]), "b1": np.array([0.5])}
grads = {"W1": np.array([[3.0, -2.0]]), "b1": np.array([2.0])}
check.purity("arguments unchanged", gradient_check, line, awkward, grads)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _numerical_gradient, _relative_error, _stand_ins


def _sum_of_squares(params):
    return float(sum(np.sum(block**2) for block in params.values()))


_given = _stand_ins(_numerical_gradient, _relative_error)
_rng = check.rng(4503)
with check.part(
    "leaving params and grads as they were earns points only once the values are right"
):
    _params = {"W1": _rng.normal(size=(3, 2)), "b1": _rng.normal(size=3)}
    _grads = {key: 3 * block for key, block in _params.items()}
    check.value(
        gradient_check,
        _sum_of_squares,
        _params,
        _grads,
        expected=dict.fromkeys(_params, 1 / 3),
        rtol=1e-5,
        given=_given,
    )
with check.part(
    "gradient_check leaves params and grads as they were",
    hint="Exchange a block in a new dict, or restore it exactly.",
):
    for _size in [1.0, 1e4]:
        _params = {
            "W1": _size * _rng.normal(size=(3, 2)),
            "b1": np.array([0.1, 0.7, -0.0]),
            "W2": _rng.normal(size=(1, 3)),
        }
        _grads = {key: 2 * block for key, block in _params.items()}
        check.purity(gradient_check, _sum_of_squares, _params, _grads, given=_given)
        check.purity(
            gradient_check, _sum_of_squares, _params, _grads, 0.07, given=_given
        )
### END HIDDEN TESTS

# %% tags=["no-marks"]
parts = numerical_gradient, relative_error, gradient_check, relu, relu_prime
failing = experiments.failing_checks(*parts)
print(failing.table())
silent, why = failing.numbers("silent"), experiments.WHY["passes wrong"]
passes_wrong.answer(", ".join(map(str, silent)), because=why, of=list(parts))
display(plots.failing_checks(failing))

network = mlp_backward, mlp_forward, init_params, bce, sigmoid, activations
levels = experiments.check_levels(gradient_check, *network)
print(levels.table())
larger = experiments.check_levels(gradient_check, *network, eps=1e-4).deepest("sigmoid")
deepest, why = levels.deepest("sigmoid"), experiments.WHY["deep sigmoid"]
print(deepest.told(), larger.told(), sep="\n")
deep_sigmoid.answer(deepest.verdict, because=why, of=[gradient_check, mlp_backward])

# %% [markdown]
# ## 4.6 Find the bug
#
# The function below was written by somebody else, for a softmax output with cross-entropy, where again $dZ_L = (A_L - y)/m$. It goes
# through the examples one by one. Its author says that it is slow but correct, because "the loss falls". It has **two bugs**.
#
# Read the code for a minute at most. Then guess: your checker will look at it in four situations, tanh or ReLU inside, six examples or a
# single one. In which of them do both bugs hide?
#
# 1. Run the next cell, read `suspect_backward`, and guess.
# 2. Run the cell after it as it is: it prints the reports, the last layer first.
# 3. There, write a version without the bugs in `fixed_backward`, in any way you like.
# 4. Add a cell with `print(report_on(fixed_backward).table())`: it checks your version.
#
# <details><summary>Hint</summary>
#
# A block that is wrong by a factor that depends on the number of examples has one kind of bug. For a bug that a ReLU network does not
# show, ask at which argument the slope is taken: for ReLU, $f'(z) = f'(f(z))$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "suspect", "locked": true, "schema_version": 3, "solution": false, "task": false}
def suspect_backward(y, cache, params, hidden_prime):
    """Gradients of the cross-entropy for a softmax output. With two bugs."""
    A, m = cache["A"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(A) - 1, 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(A[layer - 1][i])
    return grads


def report_on(backward):
    network = mlp_forward, init_params, cross_entropy, softmax, activations
    return experiments.reports(gradient_check, backward, *network)


hiding = widgets.predict("Where do both bugs hide?", experiments.SITUATIONS)
hiding


# %% nbgrader={"grade": false, "grade_id": "find-the-bug", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fixed_backward(y, cache, params, hidden_prime):
    """suspect_backward without its two bugs: gradients for a softmax output.

    y: (m, k), one-hot. cache, params, hidden_prime: as for `mlp_backward`; any number
    of layers. Returns: {"W1": dW1, "b1": db1, ...}, keys and shapes of params.

    >>> p = np.array([[0.5, 0.3, 0.2]])
    >>> cache = {"A": [np.array([[2.0]]), p], "Z": [np.log(p)]}
    >>> params = {"W1": np.zeros((3, 1)), "b1": np.zeros(3)}
    >>> fixed_backward(np.array([[1.0, 0.0, 0.0]]), cache, params, tanh_prime)["b1"]
    array([-0.5,  0.3,  0.2])
    """
    ### BEGIN SOLUTION
    A, Z = cache["A"], cache["Z"]
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(len(y)):
        delta = (A[-1][i] - y[i]) / len(y)
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta  # it holds 1/m already
            if layer > 1:
                # Z, not A
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads
    ### END SOLUTION


found = report_on(suspect_backward)
print(found.table())
hiding.answer(found.silent(), because=experiments.WHY["hiding"], of=gradient_check)


# %% [markdown] ladder="find-the-bug"
# 1. Compare the reports of one example and of six: which blocks come out wrong by a factor, and which factor? Compare
# tanh with ReLU: at which argument is the slope asked for?
#
# 2. The share $1/m$ belongs into what starts the way back, once for everything; whatever is added up afterwards
# contains it, and nothing needs it again. The other mistake hides where an activation has the same derivative at its
# input and at its output. You may repair the given lines or replace them by array products.
#
# 3. Six equal examples, each with $p - y = -0.3$: the gradient of the bias is the mean, $-0.3$. A sum without a share
# gives $-1.8$, one that is shared twice $-0.05$. With a single example all three agree. Now the other mistake: let $z
# = \ln 2$, so $\tanh z = 0.6$. The derivative at $z$ is $0.64$. Asked at $0.6$ instead, it would be $1 - \tanh^2 0.6
# \approx 0.712$. For ReLU with $z = 2$ both ways give 1. In which line of the given function does each of the two
# stand, and what has to stand there?
#
# 4.
#
#     A, Z = cache["A"], cache["Z"]
#     grads = {}
#     dZ = (A[-1] - y) / len(y)
#     for layer in range(len(Z), 0, -1):
#         grads[f"W{layer}"] = dZ.T @ A[layer - 1]
#         grads[f"b{layer}"] = dZ.sum(axis=0)
#         grads[f"b{layer}"] = dZ.sum(axis=0) / len(y)  # wrong
#         if layer > 1:
#             dZ = (dZ @ params[f"W{layer}"]) * hidden_prime(Z[layer - 2])
#     return grads


# %% nbgrader={"grade": true, "grade_id": "test-find-the-bug-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def fixed_weights(y, cache, params, hidden_prime):
    grads = fixed_backward(y, cache, params, hidden_prime)
    return {key: grad for key, grad in grads.items() if key.startswith("W")}


# The weights only: the biases are tested below, so that each bug is marked for itself
flat, deep = by_hand.softmax_regression(), by_hand.three_classes()
cases = {"one layer": (flat, tanh_prime), "one hidden layer": (deep, tanh_prime)}
cases["eleven layers"] = by_hand.eleven_layers(), np.ones_like
# Three layers of one unit with A = Z + 2, and the slope 1/z at z
cases["slope 1/z"] = by_hand.three_layers(), np.reciprocal
for title, (case, prime) in cases.items():
    check.value(title, fixed_weights, *case.args, prime, expected=case.of("W"))
check.purity("arguments unchanged", fixed_backward, *deep.args, tanh_prime)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _blocks, _linear_backward, _mlp_backward, _network, _one_hot_rows, _only, _shuffled, _softmax
# provided from helpers: _stand_ins, _tanh_prime

_given = _stand_ins(_linear_backward, _mlp_backward)
_rng = check.rng(4601)
_kinds = (np.tanh, _softmax, _one_hot_rows)
_hint = "Which argument does the slope want, the pre-activation or the activation?"
for _title, _sizes, _m in [
    ("weights of softmax regression", (3, 4), 5),
    ("weights of a network with one hidden layer", (2, 5, 3), 6),
    ("weights of a network with three hidden layers", (3, 2, 4, 4, 2), 4),
    ("weights for a single example", (2, 3, 3), 1),
    ("weights of a network with eleven layers", (2,) * 12, 2),
]:
    with check.part(_title, hint=_hint):
        _y, _cache, _params = _network(_rng, _sizes, _m, *_kinds)
        _args = (_y, _cache, _shuffled(_rng, _params), _tanh_prime)
        _grads = _only("W", _mlp_backward(*_args))
        check.value(_blocks(fixed_backward, "W"), *_args, expected=_grads, given=_given)
with check.part(
    "fixed_backward leaves its arguments alone",
    hint="Did you write into the cache or the parameters?",
):
    _args = (*_network(_rng, (2, 3, 3), 4, *_kinds), _tanh_prime)
    check.purity(fixed_backward, *_args, given=_given)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-find-the-bug-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def fixed_biases(y, cache, params, hidden_prime):
    grads = fixed_backward(y, cache, params, hidden_prime)
    return {key: grad for key, grad in grads.items() if key.startswith("b")}


# One layer, so that no slope comes in
flat = by_hand.softmax_regression()
check.value("biases", fixed_biases, *flat.args, tanh_prime, expected=flat.of("b"))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _blocks, _linear_backward, _mlp_backward, _network, _one_hot_rows, _only, _relu
# provided from helpers: _relu_prime, _stand_ins

_given = _stand_ins(_linear_backward, _mlp_backward)
_rng = check.rng(4602)


def _random_shares(z):
    return _rng.dirichlet(np.ones(z.shape[1]), size=len(z))


_hint = "Try one example and six: how does the error depend on the number of examples?"
# ReLU networks, for which the slope at the activation is the slope at the pre-activation: here the biases alone count.
for _title, _sizes, _m in [
    ("biases of softmax regression", (3, 4), 5),
    ("biases of a network with one hidden layer", (2, 5, 3), 6),
    ("biases of a network with three hidden layers", (3, 3, 4, 4, 2), 4),
]:
    with check.part(_title, hint=_hint):
        _kinds = (_relu, _random_shares, _one_hot_rows)
        _args = (*_network(_rng, _sizes, _m, *_kinds), _relu_prime)
        _grads = _only("b", _mlp_backward(*_args))
        check.value(_blocks(fixed_backward, "b"), *_args, expected=_grads, given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 4.7 Train
#
# In 1986 Rumelhart, Hinton and Williams trained hidden units this way, on XOR too. Below a network with four hidden units learns XOR.
# One step of gradient
# descent on all examples, which is an epoch here:
#
# $$W_l \leftarrow W_l - \eta\, dW_l, \qquad b_l \leftarrow b_l - \eta\, db_l \qquad \text{for all } l,$$
#
# with **all** gradients taken before the first update, and learning rate $\eta$. `fit` changes the arrays of `params` **in place**:
# other variables that name this dict, or one of its arrays, see the trained values.
#
# **By hand.** The network of 4.4 with $\eta = 0.1$: loss $\ln 4 \approx 1.386$ before the step, and $b_2 = -\ln 3 + 0.075$ after it.
#
# The next cell trains with both passes of 4.6: a falling loss proves no gradient. After the tests, press play with each activation,
# also on the circles.
#
# <details><summary>Hint</summary>
#
# `W = W - lr * dW` makes a new array; `W -= lr * dW` changes the old one. Each step: `p, cache = mlp_forward(X, params, hidden,
# sigmoid)`, then `bce(y, p)`, then `mlp_backward`.
#
# </details>

# %% tags=["no-marks"]
sklearn = widgets.predict(
    "scikit-learn trains from the same weights on the same data. How far apart are its "
    "losses and yours after 300 steps?",
    ["about 1e-2", "about 1e-6", "below 1e-12"],
)
equal_rows = widgets.predict(
    "All weights of a network 2-4-1 start at 0.5, the biases at 0. What becomes of the "
    "rows of W1 in training?",
    ["they differ at once", "they differ slowly", "they stay equal"],
)
no_weights = widgets.predict(
    "The same network, 50 points of each class, all weights and biases start at 0: the "
    "loss after 300 steps?"
)
slow = widgets.predict(
    "In the player below the sigmoid leaves the circles at about 50 % for 300 steps. "
    "Is it unable to separate them, or slow?",
    ["unable", "slow"],
)
display(sklearn, equal_rows, no_weights, slow)
# "The loss falls", said the author of suspect_backward
pair = {"suspect_backward": suspect_backward, "fixed_backward": fixed_backward}
parts = mlp_forward, init_params, cross_entropy, softmax, tanh, tanh_prime
print(experiments.both_fall(pair, *parts).table())


# %% nbgrader={"grade": false, "grade_id": "fit", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    """Full-batch gradient descent on the binary cross-entropy, sigmoid output.

    X: (m, n_in). y: (m, n_out), 0.0 or 1.0. params: changed in place, any number of
    layers. lr: learning rate. epochs: number of steps. hidden, hidden_prime: hidden
    activation and its slope.
    Returns: `epochs` losses, list or array; losses[t] is the loss before step t.

    >>> params = {"W1": np.zeros((1, 1)), "b1": np.zeros(1)}
    >>> X, y = np.array([[2.0]]), np.array([[1.0]])
    >>> losses = fit(X, y, params, 2.0, 1, tanh, tanh_prime)
    >>> params
    {'W1': array([[2.]]), 'b1': array([1.])}

    About 8 lines.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses
    ### END SOLUTION


# %% [markdown] ladder="fit"
# 1. After your call, does the caller's own array hold the trained numbers, or only a new one inside your function? And
# is `losses[0]` measured before anything has moved?
#
# 2. In each epoch go forward and keep both results, compute the loss of the predictions and append it, then go backward.
# Only when every gradient is there, subtract rate times gradient from each parameter, in place. Run all epochs, also if
# the loss rises. Three functions that you have written do the work; hand the activation and its derivative on to them.
#
# 3. A single unit without hidden layers: $w = 0$, $b = 0$, one example $x = 2$, $y = 0$, rate $0.5$. Forward: $p =
# 0.5$. The first entry of the list is $\ln 2 \approx 0.693$. Backward: $dz = 0.5$, so $dw = 0.5 \cdot 2 = 1$ and $db =
# 0.5$. Move: $w = -0.5$ and $b = -0.25$. Next turn: $z = -0.5 \cdot 2 - 0.25 = -1.25$, and the cost is $\log(1 +
# e^{-1.25}) \approx 0.252$. With `epochs=1`: is $0.252$ in the list, and which array holds the $-0.5$?
#
# 4.
#
#     losses = []
#     for _ in range(epochs):
#         p, cache = mlp_forward(X, params, hidden, sigmoid)
#         losses.append(bce(y, p))
#         grads = mlp_backward(y, cache, params, hidden_prime)
#         for key in params:
#             params[key] -= lr * grads[key]
#             params[key] = params[key] - lr * grads[key]  # wrong
#     return losses

# %% nbgrader={"grade": true, "grade_id": "test-fit-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
hidden, fitted = (tanh, tanh_prime), by_hand.one_example()
first = fitted.cache["A"][0], fitted.y, fitted.params, 0.1
unit = by_hand.one_unit()  # a step of rate 2 leads from z = 0 to z = 5
outputs = by_hand.two_outputs()  # a step of rate 2 leads to w = 1 and to w = -1
doubling = by_hand.three_doubling_layers()  # f(z) = 2z: from z = 0 to z = 37/8
twice = (lambda z: 2 * z), (lambda z: np.full(z.shape, 2.0))
rising = by_hand.rising_loss()  # the rate is too large: the loss rises twice
check.value("by hand", fit, *first, 1, *hidden, expected=[np.log(4.0)])
check.value("one unit", fit, *unit.args(2), *hidden, expected=unit.losses)
check.value("two outputs", fit, *outputs.args(2), *hidden, expected=outputs.losses)
check.value("three layers", fit, *doubling.args(2), *twice, expected=doubling.losses)
check.value("rising loss", fit, *rising.args(4), *hidden, expected=rising.losses)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _gradient_descent, _linear_backward, _mlp_backward, _overshooting, _random_params, _stand_ins
# provided from helpers: _tanh_prime, _zeros_and_ones

_given = _stand_ins(_mlp_backward, _linear_backward)
_rng = check.rng(4701)


def _problem(sizes, m):
    X, y = _rng.normal(size=(m, sizes[0])), _zeros_and_ones(_rng, m, sizes[-1])
    return X, y, _random_params(_rng, sizes)


def _check_losses(*args):
    check.value(fit, *args, expected=_gradient_descent(*args)[0], given=_given)


with check.part(
    "losses of a training",
    hint="losses[t] belongs to the parameters before step t. Is lr used as it is?",
):
    for _sizes, _m, _lr, _epochs in [
        ((2, 3, 1), 6, 0.5, 4),
        ((3, 4, 2), 5, 0.3, 3),
        ((2, 2), 4, 1.5, 5),
        ((2, 3, 2, 1), 5, 0.7, 3),
    ]:
        _check_losses(*_problem(_sizes, _m), _lr, _epochs, np.tanh, _tanh_prime)
with check.part(
    "losses with another activation and many steps",
    hint="Are hidden and hidden_prime handed on?",
):
    _settings = (0.2, 25, np.arctan, lambda z: 1 / (1 + z**2))
    _X, _y, _params = _problem((2, 3, 1), 6)
    _check_losses(_X, _y, _params, *_settings)
with check.part(
    "losses of a training whose loss rises for a while",
    hint="There are `epochs` steps of one rate, whatever the loss does.",
):
    for _n_outputs in [1, 3]:
        _check_losses(*_overshooting(_rng, _n_outputs), 8, np.tanh, _tanh_prime)
with check.part(
    "losses of a training that starts again",
    hint="fit goes on from the parameters it is given.",
):
    _params = _gradient_descent(_X, _y, _params, *_settings)[1]
    _check_losses(_X, _y, _params, 0.2, 2, np.tanh, _tanh_prime)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-fit-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def params_after_fit(X, y, params, *settings):  # the arrays that fit was handed
    arrays, inputs, targets = dict(params), X.copy(), y.copy()
    fit(X, y, params, *settings)
    assert np.array_equal(X, inputs), "X was changed"
    assert np.array_equal(y, targets), "y was changed"
    assert all(params[k] is arrays[k] for k in arrays), "params holds other arrays"
    return arrays


hidden, fitted = (tanh, tanh_prime), by_hand.one_example()
first = fitted.cache["A"][0], fitted.y, fitted.params, 0.1
twice = (lambda z: 2 * z), (lambda z: np.full(z.shape, 2.0))
after = {key: fitted.params[key] - 0.1 * fitted.grads[key] for key in fitted.params}
check.value("by hand", params_after_fit, *first, 1, *hidden, expected=after)
trainings = {"one unit": (by_hand.one_unit(), hidden)}
trainings["three layers"] = by_hand.three_doubling_layers(), twice
trainings["rising loss"] = by_hand.rising_loss(), hidden
for title, (case, pair) in trainings.items():
    settings = *case.args(case.steps), *pair
    check.value(title, params_after_fit, *settings, expected=case.after)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _gradient_descent, _linear_backward, _mlp_backward, _overshooting, _random_params, _stand_ins
# provided from helpers: _tanh_prime, _trained, _zeros_and_ones

_given = _stand_ins(_mlp_backward, _linear_backward)
_rng = check.rng(4702)
_hint = "All gradients first, then all updates; change the arrays themselves, weights and biases; the last step counts too."
_tanh = np.tanh, _tanh_prime
_arctan = np.arctan, lambda z: 1 / (1 + z**2)
for _title, _sizes, _m, _epochs, _activation in [
    ("parameters after one step", (2, 3, 1), 5, 1, _tanh),
    ("parameters after several steps", (3, 4, 2), 4, 4, _arctan),
    ("parameters of a deeper network after three steps", (2, 3, 3, 2, 1), 6, 3, _tanh),
]:
    with check.part(_title, hint=_hint):
        _params = dict(reversed(_random_params(_rng, _sizes).items()))
        _X = _rng.normal(size=(_m, _sizes[0]))
        _y = _zeros_and_ones(_rng, _m, _sizes[-1])
        _args = (_X, _y, _params, 0.8, _epochs, *_activation)
        _expected = _gradient_descent(*_args)[1]
        check.value(_trained(fit), *_args, expected=_expected, given=_given)
with check.part("parameters after a training whose loss rises for a while", hint=_hint):
    _args = (*_overshooting(_rng, 2), 8, *_tanh)
    _expected = _gradient_descent(*_args)[1]
    check.value(_trained(fit), *_args, expected=_expected, given=_given)
### END HIDDEN TESTS

# %% tags=["no-marks"]
xor = experiments.xor(fit, mlp_forward, init_params, tanh, tanh_prime, sigmoid)
print(xor.table())
training = experiments.against_sklearn(fit, activations)
print(training.table())
network = mlp_forward, mlp_backward, init_params, tanh, tanh_prime, sigmoid
equal = experiments.symmetry(fit, *network)
print(equal.table())
why, of = experiments.WHY, [fit, mlp_backward]
sklearn.answer(training.apart(), because=why["sklearn"], of=of)
equal_rows.answer(equal.rows_of_equal_weights(), because=why["equal rows"], of=of)
no_weights.answer(equal.losses[0], because=why["no weights"], of=of)
display(plots.training(training))
widgets.training_player(fit, mlp_forward, init_params, activations, sigmoid)

# %% tags=["no-marks"]
# Yours to show: the network that you trained separates two spirals. Below: the same
# points in the last hidden layer, trained until one straight line separates them.
# Change seed, rate, sizes (that layer needs two units), or take relu for tanh.
patient = experiments.patience(fit, mlp_forward, init_params, sigmoid, sigmoid_prime)
print(patient.table())
slow.answer(patient.verdict(), because=experiments.WHY["slow"], of=[fit, mlp_backward])
network = mlp_forward, init_params, bce, tanh, tanh_prime, sigmoid
folding = experiments.folding(
    fit, *network, sizes=(2, 16, 2, 1), rate=0.5, stops=(0, 100, 300, 1000), seed=0
)
print(folding.table())
plots.folding(folding)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-check", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 4.8 Explain
#
# In five to ten sentences: **how can a gradient check pass a wrong gradient, and fail a right one?** Give two situations of each
# kind from 4.5 and 4.6, with the reason and at least two of the measured numbers, and say how you would set up a check
# that you trust. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** A check compares a gradient with central differences of the loss as coded, at one point, in floating-point
# numbers. It passes a wrong gradient where the mistake does not show at that point: where all weights are 0 the
# gradient is 0, and twice 0 is still 0; in a ReLU network f'(f(z)) equals f'(z), and with a single example a factor 1/m too much is
# 1, so both bugs of 4.6 hide there. It also passes where the comparison is blind: NaN is never greater than a tolerance, shapes (3,) and
# (1, 3) broadcast without a difference, and one norm over all blocks gave 2e-08 although a small block had the wrong sign. It fails a
# right gradient where the numerical one is wrong: everything in float32 gives about 1e-02, at the kink of ReLU the difference gives the
# slope 1/2 (error 0.5), and a bias that cancels in the loss has the gradient 0, while round-off gives an error of 1. A very small
# gradient suffers too: the right deep sigmoid network comes out at several 1e-06, with a step of 1e-4 at several 1e-07, both alarms;
# the shallow one far below the limit. I would check in float64 with a step near 1e-5, each block for itself with its own scale, several examples, a smooth
# activation, and random weights that are neither 0 nor on a kink.
#
# **Mark scheme.** 1 point: two ways to pass a wrong gradient, each with its reason. 1 point: two ways to fail a right one, each with
# its reason. 1 point: two measured numbers used correctly, and a set-up that avoids the situations named. Half a point off for "a
# passing check proves the gradient": it holds for the loss as coded, at the points tried.
# ### END SOLUTION

# %% [markdown]
# ## 4.9 In PyTorch
#
# What was built here, and what PyTorch 2.13 has for it.
#
# | here | PyTorch | where it differs |
# |---|---|---|
# | `mlp_backward` | `loss.backward()` | derived by the engine; it **adds** to `.grad`, so call `optimizer.zero_grad()` before each `backward()` |
# | the cache | kept by the graph | freed by `backward()`; to call it twice, give the first call `retain_graph=True` |
# | `linear_backward` | inside `nn.Linear` | `weight` is `(out, in)` as here |
# | `sigmoid`, `bce`, and $(A_L - y)/m$ | `nn.BCEWithLogitsLoss()` | takes logits; its mean runs over the outputs too |
# | `gradient_check` | `torch.autograd.gradcheck` | asks of each entry $\lvert a - n\rvert \le 10^{-5} + 10^{-3}\lvert n\rvert$, with a step of $10^{-6}$: gradients below $10^{-5}$ pass even if twice too large; says True or raises; wants float64, and tensors are float32 unless you say so |
# | the update in `fit` | `optim.SGD(model.parameters(), lr).step()` | takes a list of tensors, not a dict, and reads each tensor's `.grad` |
#
# ## 4.10 What to keep
#
# **What holds in general**
#
# 1. Backpropagation is the chain rule, from the loss backward, with a memory. A backward pass costs about two forward passes,
#    whatever the number of weights. Numerical gradients cost two forward passes for *each* parameter.
# 2. Loss and output belong together: then $dZ_L = (A_L - y)/m$, and the factor $1/m$ enters there and nowhere else.
# 3. Check new gradient code against central differences: float64, $\varepsilon$ near $10^{-5}$, every block for itself, several
#    examples, a smooth activation, weights that are neither 0 nor on a kink. Start to debug at the last layer.
#
# **What is a rule of thumb.** The limits $10^{-7}$ and $10^{-3}$, for float64 only. Notebook 5 measures where a deep network loses its gradient.
#
# **Read more.** Rumelhart, Hinton and Williams 1986, *Learning internal representations by error propagation*. Griewank and Walther
# 2008, *Evaluating Derivatives*. Baydin, Pearlmutter, Radul and Siskind 2018, *Automatic differentiation in machine learning: a
# survey*.
#
# **Further, optional.** (a) Draw $W_2$ alone at random and let all other weights start at 0.5: do the rows of $W_1$ become different? (b) Add
# a third bug to `suspect_backward` that `report_on` does not notice.
#
# <details><summary>Answers</summary>
#
# (a) Yes. The hidden units are equal, but row $j$ of $dW_1$ is $W_{2,j}$ times the same numbers, so one step makes the rows different.
# (b) For example `for i in range(min(m, 6))`: `report_on` has six examples at most. A check speaks of the cases that it tries.
#
# </details>

# %% tags=["no-marks"]
check.summary()
