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
# Backpropagation gives the derivative of a loss with respect to **every** weight of a network, for about twice the price of one
# forward pass. You write it, check it against numerical derivatives, find two bugs in other people's code with your own checker,
# and train with it.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: the chain rule, matrix products, and notebooks 1 to 3 (their functions are provided below).
# - **Afterwards you can** derive and write the backward pass of a network; check any gradient, and say when such a check lies;
#   read off a report which line is wrong; and train a network.
#
# **Conventions.** The batch comes first: `Z = A @ W.T + b`, with `A` of shape `(m, n_in)` and `W` of shape `(n_out, n_in)`.
# Parameters are one dict `{"W1", "b1", "W2", ...}`, gradients a dict with the same keys and shapes. `dZ` is short for
# $\partial L/\partial Z$ and has the shape of `Z`. The loss $L$ is the mean over the $m$ examples; as an index $L$ is the last layer.
#
# **How to work.** Replace `raise NotImplementedError()` in each exercise, then run the test cells below it. Grading repeats them
# with other shapes and numbers.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from IPython.display import display

from nbcore import check, mine, widgets
from nbcore.experiments import backprop as experiments
from nbcore.mine import (
    bce,
    cross_entropy,
    init_params,
    linear_forward,
    log_softmax,
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

mine.report()

# %% [markdown]
# ## 4.1 Numerical derivatives
#
# Before we derive a gradient we need something to compare it with. Move one entry of $x$ a little to both sides and look at $f$:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2\varepsilon},$$
#
# where $e_i$ is 1 at entry $i$ and 0 elsewhere. By Taylor's theorem this **central difference** is wrong by
# about $\varepsilon^2 f'''/6$; the one-sided quotient $(f(x + \varepsilon) - f(x))/\varepsilon$ by about $\varepsilon f''/2$, which is
# far more. Round-off comes on top: $f$ is known to about $10^{-16}|f|$ only, and the difference is divided by $\varepsilon$. The **complex
# step** $\mathrm{Im}\,f(x + i\varepsilon)/\varepsilon$ subtracts nothing, but $f$ must accept complex numbers.
#
# **By hand.** $f(x) = x^3$ at $x = 2$ with $\varepsilon = 0.1$: $(9.261 - 6.859)/0.2 = 12.01$; the truth is 12. One-sided:
# $(9.261 - 8)/0.1 = 12.61$.
#
# **Two traps.** An array of integers cuts `x[i] + eps` off to a whole number. And adding `eps` and subtracting it again does not
# bring the old number back: `0.5 + 1e-5 - 1e-5` is not `0.5`.
#
# **Predict first.** Which step gives the best derivative of $e^x$ at 1: $10^{-2}$, $10^{-5}$ or $10^{-12}$? Write your guess down,
# then use the explorer below the tests.
#
# <details><summary>Hint</summary>
#
# `np.ndindex(x.shape)` runs over the indices of an array of any shape, `()` included. Work on a copy in float64.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "numerical-gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x, eps=1e-5):
    """The gradient of f at x by central differences, one entry of x at a time.

    f: takes an array of the shape of x, gives a float. eps: distance to each side.
    x: array of any shape, of floats or of integers; bit for bit as it was when the
    function returns.
    Returns: array in the shape of x. Raises nothing.

    >>> x = np.array([2.0, 7.0])
    >>> numerical_gradient(lambda x: x[0] ** 3 + 5 * x[1], x, eps=0.1)
    array([12.01,  5.  ])

    About 8 lines.
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


# %% nbgrader={"grade": true, "grade_id": "test-numerical-gradient-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def cube_and_line(x):
    return x[0] ** 3 + 5 * x[1]


# By hand
check.value(
    numerical_gradient,
    cube_and_line,
    np.array([2.0, 7.0]),
    eps=0.1,
    expected=np.array([12.01, 5.0]),
)
# An array of integers
check.value(
    numerical_gradient, cube_and_line, np.array([2, 7]), expected=np.array([12.0, 5.0])
)
# All entries of the product count: each must be what it was when the next one moves
check.value(
    numerical_gradient,
    np.prod,
    np.array([2.0, 3.0, 4.0]),
    expected=np.array([12.0, 8.0, 6.0]),
)
# Many entries
check.value(numerical_gradient, np.sum, np.zeros((15, 20)), expected=np.ones((15, 20)))
# The shape of x stays, with two axes and with three
M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
check.value(numerical_gradient, lambda x: np.sum(M * x), np.zeros((2, 3)), expected=M)
N = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
check.value(numerical_gradient, lambda x: np.sum(N * x), np.zeros(N.shape), expected=N)
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
    for _shape in [(4,), (3, 2), (2, 2), (1, 5), (2, 3, 2), (13, 17)]:
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
# These do not survive + eps - 2*eps + eps
check.purity(numerical_gradient, np.sum, np.array([0.5, 0.1, 1e6]))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _square(x):
    return float(np.sum(x**2))


_rng = check.rng(4102)
_hint = "Keep the old value of the entry, or work on a copy: x + eps - eps is not x."
with check.part("leaving x as it was counts beside right values"):
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

# %%
steps = experiments.step_errors(numerical_gradient)
print(
    f"central difference: best at eps = {steps.best('central'):.0e}, "
    f"error {steps.central.min():.0e}"
)
print(f"                    theory: (3 * 2^-53)^(1/3) = {steps.theory_best:.0e}")
print(
    f"one-sided:          best at eps = {steps.best('one_sided'):.0e}, error "
    f"{steps.one_sided.min():.0e}"
)
print(
    f"complex step:       error {steps.complex_below:.0e} at most for every eps up to "
    "1e-8, as nothing is subtracted"
)
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
# - The scale belongs to the **block**: an entry that is exactly 0 comes out as about $10^{-11}$ numerically, which is no error.
# - The floor $10^{-12}$ lets two zero blocks agree.
# - **NaN** compares false with everything, so `error > tolerance` never fires. Give infinity instead.
# - Shapes `(3,)` and `(3, 1)` broadcast to `(3, 3)` silently. Refuse.
#
# **By hand.** $a = (1, 2, -4)$, $b = (1, 2.5, -5)$: largest difference 1, scale 5, error 0.2.
#
# How to read it, in float64 with $\varepsilon = 10^{-5}$: below $10^{-7}$ the gradients agree; above $10^{-3}$ they do not. In
# between, look for a kink near by, a badly scaled loss, or a gradient so small that round-off shows, before you blame the formula.
#
# **Predict first.** Which error does a gradient have that is twice too large? One with the wrong sign?


# %% nbgrader={"grade": false, "grade_id": "relative-error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_error(a, b):
    """Largest difference between two blocks, relative to the largest entry of either.

    a, b: arrays of one shape; not changed.
    Returns: max|a - b| / max(1e-12, max|a|, max|b|), a float; infinity if there is a
    NaN in a or b.
    Raises: ValueError if the shapes differ.

    >>> relative_error(np.array([1.0, 2.0, -4.0]), np.array([1.0, 2.5, -5.0]))
    0.2

    About 6 lines.
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


# %% nbgrader={"grade": true, "grade_id": "test-relative-error-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# The example by hand
check.value(
    relative_error, np.array([1.0, 2.0, -4.0]), np.array([1.0, 2.5, -5.0]), expected=0.2
)
# Twice too large, in blocks with two axes and with three
check.value(
    relative_error, np.array([[1.0, -2.0]]), np.array([[2.0, -4.0]]), expected=0.5
)
check.value(relative_error, np.ones((2, 1, 2)), np.full((2, 1, 2), 2.0), expected=0.5)
check.value(
    relative_error,
    np.array([0.001, 10.0, 5.0]),
    np.array([0.003, 10.0, 5.0]),
    expected=2e-4,
)
# Small, and far above 1e-12
check.value(
    relative_error, np.array([2e-9, 1e-9]), np.array([2e-9, 2e-9]), expected=0.5
)
# One wrong entry among hundreds
many = np.ones((20, 15))
many[13, 7] = 3.0
check.value(relative_error, np.ones((20, 15)), many, expected=2 / 3)
# The gradient of a dead unit
check.value(relative_error, np.zeros(3), np.zeros(3), expected=0.0)
check.value(
    relative_error, np.array([1.0, np.nan]), np.array([1.0, 2.0]), expected=np.inf
)
check.value(
    relative_error, np.array([1.0, 2.0]), np.array([1.0, np.nan]), expected=np.inf
)
check.purity(relative_error, np.array([1.0, -2.0]), np.array([-3.0, 0.5]))
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
check.raises(ValueError, relative_error, np.ones(3), np.ones((3, 1)))
check.raises(ValueError, relative_error, np.ones(3), np.ones(1))
check.raises(ValueError, relative_error, np.ones((2, 3)), np.ones((3, 2)))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

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
# for example $i$, unit $j$, input $k$. The chain rule sums over every path from a quantity to the loss. $W_{jk}$ acts on $z_{ij}$
# for all examples $i$; $b_j$ too; and $a_{ik}$ acts on $z_{ij}$ for all units $j$:
#
# $$\frac{\partial L}{\partial W_{jk}} = \sum_i \frac{\partial L}{\partial z_{ij}}\, a_{ik}, \qquad
# \frac{\partial L}{\partial b_j} = \sum_i \frac{\partial L}{\partial z_{ij}}, \qquad
# \frac{\partial L}{\partial a_{ik}} = \sum_j \frac{\partial L}{\partial z_{ij}}\, W_{jk}.$$
#
# Write the sums as products of matrices. The shapes leave only one choice, unless the matrices are square: then a wrong transpose
# runs without a word. There is no division by $m$: the loss has done it, and it is inside `dZ` already.
#
# **By hand.** Two examples, two inputs, one unit:
#
# $$dZ = \begin{pmatrix} 1 \\ -2 \end{pmatrix},\ A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix},\ W = \begin{pmatrix} 5 & 6
# \end{pmatrix}:\quad dW = \begin{pmatrix} -5 & -6 \end{pmatrix},\ db = (-1),\ dA = \begin{pmatrix} 5 & 6 \\ -10 & -12 \end{pmatrix}.$$


# %% nbgrader={"grade": false, "grade_id": "linear-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_backward(dZ, A_prev, W):
    """Gradients of a layer Z = A_prev @ W.T + b, given the gradient with respect to Z.

    dZ: (m, n_out). A_prev: (m, n_in), the input of the layer. W: (n_out, n_in). Arrays;
    not changed.
    Returns: (dA_prev, dW, db), in the shapes of A_prev, W and b, which is (n_out,).
    Raises nothing.

    >>> dZ, A = np.array([[1.0], [-2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> linear_backward(dZ, A, np.array([[5.0, 6.0]]))
    (array([[  5.,   6.],
           [-10., -12.]]), array([[-5., -6.]]), array([-1.]))

    About 3 lines.
    """
    ### BEGIN SOLUTION
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-linear-backward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def weight_gradients(dZ, A_prev, W):
    return linear_backward(dZ, A_prev, W)[1:]


by_hand = (
    np.array([[1.0], [-2.0]]),
    np.array([[1.0, 2.0], [3.0, 4.0]]),
    np.array([[5.0, 6.0]]),
)
# One example, two inputs, three units
single = (
    np.array([[2.0, -1.0, 0.0]]),
    np.array([[3.0, 4.0]]),
    np.array([[1.0, 2.0], [5.0, -1.0], [6.0, 7.0]]),
)
weights_single = np.array([[6.0, 8.0], [-3.0, -4.0], [0.0, 0.0]])
check.value(
    weight_gradients, *by_hand, expected=(np.array([[-5.0, -6.0]]), np.array([-1.0]))
)
check.value(
    weight_gradients, *single, expected=(weights_single, np.array([2.0, -1.0, 0.0]))
)
check.purity(weight_gradients, *by_hand)
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


check.value(signal_gradient, *by_hand, expected=np.array([[5.0, 6.0], [-10.0, -12.0]]))
check.value(signal_gradient, *single, expected=np.array([[-3.0, 5.0]]))
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
# Chain the layers. For a sigmoid output with binary cross-entropy notebook 3 found $dZ_L = (A_L - y)/m$. Then, from the last layer
# to the first: `linear_backward` gives $dW_l$, $db_l$ and $dA_{l-1}$, and the activation adds its slope, entry by entry:
#
# $$dZ_{l-1} = dA_{l-1} \odot f'(Z_{l-1}).$$
#
# Each step uses what the forward pass kept in its cache. Nothing is computed twice: that is all the difference to 4.1, which
# starts from the beginning for every weight. Below the tests, the class `Scalar` does the same for single numbers, and a table
# compares every gradient by hand with the numerical one, with that of `Scalar`, and with yours.
#
# **By hand.** A 2-2-1 network, tanh inside, sigmoid output, one example $x = (1, 2)$ with $y = 1$:
#
# $$W_1 = \begin{pmatrix} 2 & -1 \\ -2 & 1 \end{pmatrix},\ b_1 = (\ln 2, \ln 3),\ W_2 = \begin{pmatrix} 2 & -1.5 \end{pmatrix},\
# b_2 = -\ln 3.$$
#
# Forward: $Z_1 = (\ln 2, \ln 3)$, $A_1 = (0.6, 0.8)$, $Z_2 = -\ln 3$, $A_2 = 0.25$, loss $\ln 4$.
# Backward: $dZ_2 = 0.25 - 1 = -0.75$, so $dW_2 = (-0.45, -0.6)$, $db_2 = -0.75$, $dA_1 = (-1.5, 1.125)$. With
# $\tanh' = 1 - \tanh^2 = (0.64, 0.36)$, go on yourself: $dZ_1$, $dW_1$, $db_1$.
#
# **Predict first.** Which of the four weights in $W_1$ has the largest gradient? Both rows of $dW_1$ have the ratio 1 : 2. Why?


# %% nbgrader={"grade": false, "grade_id": "mlp-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_backward(y, cache, params, hidden_prime):
    """Gradients of the binary cross-entropy for a network with a sigmoid output.

    y: (m, n_out), the targets, 0.0 or 1.0.
    cache: {"A": [A0, ..., AL], "Z": [Z1, ..., ZL]} of mlp_forward.
    params: {"W1", "b1", ...}, any number of layers, keys in any order.
    hidden_prime: slope of the hidden activation, a function of the pre-activation.
    Returns: {"W1": dW1, "b1": db1, ...}, keys and shapes of params. No argument is
    changed.
    Raises: ValueError if y has not the shape of A_L.

    >>> cache = {"A": [np.array([[1.0, 2.0]]), np.array([[0.75]])]}
    >>> cache["Z"] = [np.log([[3.0]])]
    >>> params = {"W1": np.zeros((1, 2)), "b1": np.zeros(1)}
    >>> mlp_backward(np.array([[1.0]]), cache, params, tanh_prime)
    {'W1': array([[-0.25, -0.5 ]]), 'b1': array([-0.25])}

    About 10 lines.
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


# %% nbgrader={"grade": true, "grade_id": "test-mlp-backward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])
network = {
    "W1": np.array([[2.0, -1.0], [-2.0, 1.0]]),
    "b1": np.log([2.0, 3.0]),
    "W2": np.array([[2.0, -1.5]]),
    "b2": -np.log([3.0]),
}
hand = {
    "A2": np.array([[-4.0]]),
    "Z2": np.array([[-0.75]]),
    "W2": np.array([[-0.45, -0.6]]),
    "b2": np.array([-0.75]),
    "A1": np.array([[-1.5, 1.125]]),
    "Z1": np.array([[-0.96, 0.405]]),
    "W1": np.array([[-0.96, -1.92], [0.405, 0.81]]),
    "b1": np.array([-0.96, 0.405]),
    "A0": np.array([[-2.73, 1.365]]),
}
cache = {
    "A": [x, np.array([[0.6, 0.8]]), np.array([[0.25]])],
    "Z": [np.log([[2.0, 3.0]]), -np.log([[3.0]])],
}
# A second example, x = (0, 0) with y = 0, has the same Z_1. The loss is the mean of the
# two.
y_two = np.array([[1.0], [0.0]])
cache_two = {
    "A": [np.array([[1.0, 2.0], [0.0, 0.0]])],
    "Z": [np.repeat(Z, 2, axis=0) for Z in cache["Z"]],
}
cache_two["A"] += [np.repeat(A, 2, axis=0) for A in cache["A"][1:]]
grads_two = {
    "W1": np.array([[-0.48, -0.96], [0.2025, 0.405]]),
    "b1": np.array([-0.32, 0.135]),
    "W2": np.array([[-0.15, -0.2]]),
    "b2": np.array([-0.25]),
}
grads = {key: hand[key] for key in network}
check.value(mlp_backward, y, cache, network, tanh_prime, expected=grads)
check.value(mlp_backward, y_two, cache_two, network, tanh_prime, expected=grads_two)
check.purity(mlp_backward, y_two, cache_two, network, tanh_prime)
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
    for _sizes, _m in [((2, 3, 1), 5), ((4, 2, 1), 1), ((3, 3, 3), 3), ((1, 6, 2), 4)]:
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
# A network without a hidden layer is logistic regression: its slope is never asked for.
# Here with two outputs: the loss is a mean over the examples, not over all entries.
one_layer = {"W1": np.zeros((2, 2)), "b1": np.zeros(2)}
one_cache = {
    "A": [np.array([[1.0, 2.0], [3.0, 4.0]]), np.full((2, 2), 0.5)],
    "Z": [np.zeros((2, 2))],
}
one_y = np.array([[1.0, 1.0], [0.0, 1.0]])
one_grads = {"W1": np.array([[0.5, 0.5], [-1.0, -1.5]]), "b1": np.array([0.0, -0.5])}


# Eleven layers of one unit, without activation: z = x * (product of all w), and p = 3/4
# for z = ln 3. The keys of params come in another order.
w = dict.fromkeys(range(1, 12), 1.0) | {2: 2.0, 10: 0.5, 11: np.log(3.0)}
after = {layer: np.prod([w[k] for k in w if k > layer]) for layer in w}
before = {layer: np.prod([w[k] for k in w if k < layer]) for layer in w}
chain = {f"b{layer}": np.zeros(1) for layer in w} | {
    f"W{layer}": np.array([[w[layer]]]) for layer in reversed(w)
}
chain_cache = {"Z": [np.array([[before[layer] * w[layer]]]) for layer in w]}
chain_cache["A"] = [np.ones((1, 1)), *chain_cache["Z"][:-1], np.array([[0.75]])]
chain_grads = {
    f"W{layer}": np.array([[-0.25 * after[layer] * before[layer]]]) for layer in w
}
chain_grads |= {f"b{layer}": np.array([-0.25 * after[layer]]) for layer in w}
check.value(mlp_backward, one_y, one_cache, one_layer, tanh_prime, expected=one_grads)
check.value(mlp_backward, y, chain_cache, chain, np.ones_like, expected=chain_grads)
# With the slope 1/z at z: it is 1/2 in the layers 2 to 9, and 1 in the layers 1 and 10
halved = {key: min(max(10 - int(key[1:]), 0), 8) for key in chain_grads}
chain_grads_z = {key: grad / 2 ** halved[key] for key, grad in chain_grads.items()}
check.value(mlp_backward, y, chain_cache, chain, np.reciprocal, expected=chain_grads_z)
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
for shape in [(1,), (1, 2)]:  # against (1, 1)
    check.raises(ValueError, mlp_backward, np.ones(shape), cache, network, tanh_prime)
for shape in [(1, 1), (1, 2), (2,)]:  # against (2, 1)
    wrong = np.ones(shape), cache_two, network, tanh_prime
    check.raises(ValueError, mlp_backward, *wrong)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_backward, _stand_ins

_given = _stand_ins(_linear_backward)
_rng = check.rng(4403)
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


# %%
class Scalar:
    """A number that remembers what it was made of: the reverse mode in short."""

    def __init__(self, value, parents=()):  # parents: pairs (number, local slope)
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Scalar(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        slopes = [(self, other.value), (other, self.value)]
        return Scalar(self.value * other.value, slopes)

    def apply(self, function, slope):
        return Scalar(float(function(self.value)), [(self, float(slope(self.value)))])

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)  # after everything it was made of

        visit(self)
        self.grad = 1.0
        for node in reversed(order):  # every use of a number comes before itself
            for parent, slope in node.parents:
                parent.grad += slope * node.grad


leaf = {
    key: [Scalar(v) for v in np.ravel(block)]
    for key, block in (network | {"A0": x}).items()
}
w, inputs = leaf["W1"], leaf["A0"]
z1 = [
    w[0] * inputs[0] + w[1] * inputs[1] + leaf["b1"][0],
    w[2] * inputs[0] + w[3] * inputs[1] + leaf["b1"][1],
]
a1 = [z.apply(tanh, tanh_prime) for z in z1]
z2 = leaf["W2"][0] * a1[0] + leaf["W2"][1] * a1[1] + leaf["b2"][0]
a2 = z2.apply(sigmoid, sigmoid_prime)
a2.apply(lambda p: -np.log(p), lambda p: -1 / p).backward()  # the loss for y = 1
graph = {
    key: [s.grad for s in row]
    for key, row in (leaf | {"Z1": z1, "A1": a1, "Z2": [z2], "A2": [a2]}).items()
}

_, cache = mlp_forward(x, network, tanh, sigmoid)
yours = mlp_backward(y, cache, network, tanh_prime)
numerical = experiments.intermediate_gradients(
    numerical_gradient,
    y,
    cache,
    network,
    linear_forward=linear_forward,
    hidden=tanh,
    output=sigmoid,
    loss=bce,
)
print(
    f"{'d loss/d':>8}  {'by hand':<30} largest difference to: "
    "numerical    graph   yours"
)
for name, exact in hand.items():
    print(f"{name:>8}  {np.array2string(exact.ravel(), precision=4):<30}", end="")
    print(
        f"{np.max(np.abs(numerical[name] - exact)):>32.0e} "
        f"{np.max(np.abs(graph[name] - exact.ravel())):8.0e}",
        end="",
    )
    print(
        f" {np.max(np.abs(yours[name] - exact)):7.0e}" if name in yours else "       -"
    )

# %% [markdown]
# ## 4.5 Check a gradient
#
# Put 4.1 and 4.2 together: for each block of `params` take the loss as a function of that block alone, differentiate numerically,
# and compare with the gradient that you were given. The result is one error for each block, so a report says *where* to look.
#
# A passing check ties the gradient to the loss **as coded**. It cannot see that the loss itself is wrong.
#
# **By hand.** $L = 3w_1 - 4w_2 + 2b$, and the gradients claimed are $dW = (3, -2)$, $db = 2$. Errors: $2/4 = 0.5$ for $W$, 0 for $b$.
#
# **Predict first.** The figure below the tests holds eight situations that you can already judge. In which of them does a check
# raise an **alarm** although the gradient is right, in which is it **silent** although the gradient is wrong?
#
# 1. the weights are an array of integers;
# 2. everything is float32;
# 3. a ReLU sits exactly on its kink;
# 4. a gradient is NaN;
# 5. shapes `(3,)` and `(3, 1)`;
# 6. one norm over all blocks, the error in the smallest;
# 7. all weights are 0;
# 8. the step is $10^{-12}$.
#
# <details><summary>Hint</summary>
#
# `{**params, key: block}` is a new dict with one block exchanged. A function for `numerical_gradient` can be defined inside the
# loop.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "gradient-check", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_check(loss, params, grads, eps=1e-5):
    """Relative error of every block of grads against central differences of loss.

    loss: takes a dict like params, gives a float. params: {"W1", "b1", ...}, keys in
    any order, any number of layers.
    grads: the gradients to check, same keys. eps: step of the central differences.
    Returns: {key: error} with the keys of params; an error is a float as from
    `relative_error`. No argument is changed.
    Raises: ValueError if a gradient has not the shape of its block.

    >>> def loss(p):
    ...     return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]
    >>> params = {"W1": np.ones((1, 2)), "b1": np.ones(1)}
    >>> claimed = {"W1": np.array([[3.0, -2.0]]), "b1": np.array([2.0])}
    >>> report = gradient_check(loss, params, claimed)
    >>> {key: round(error, 6) for key, error in report.items()}
    {'W1': 0.5, 'b1': 0.0}

    About 6 lines.
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


# %% nbgrader={"grade": true, "grade_id": "test-gradient-check-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def line(p):
    return 3 * p["W1"][0, 0] - 4 * p["W1"][0, 1] + 2 * p["b1"][0]


def cubes(p):
    return np.sum(p["W1"] ** 3) + np.sum(p["b1"] ** 3)


point = {"W1": np.ones((1, 2)), "b1": np.ones(1)}
half = {"W1": 0.5, "b1": 0.0}
# By hand; the keys in another order
claimed = {"b1": np.array([2.0]), "W1": np.array([[3.0, -2.0]])}
check.value(gradient_check, line, point, claimed, expected=half, rtol=1e-6)
column = {"W1": np.ones((2, 1)), "b1": np.ones(1)}
doubled = {"W1": np.array([[3.0], [6.0]]), "b1": np.array([3.0])}
check.value(gradient_check, cubes, column, doubled, expected=half, rtol=1e-6)
right = {"W1": np.array([[3.0], [3.0]]), "b1": np.array([3.0])}
# With eps = 0.1 the central difference of w**3 at 1 is 3.01
coarse = {"W1": 0.01 / 3.01, "b1": 0.01 / 3.01}
check.value(gradient_check, cubes, column, right, 0.1, expected=coarse, rtol=1e-6)
# A gradient that is NaN
missing = claimed | {"b1": np.array([np.nan])}
nan = {"W1": 0.5, "b1": np.inf}
check.value(gradient_check, line, point, missing, expected=nan, rtol=1e-6)


# Eleven layers; the gradient of one of them is three times too large
def squares(p):
    return sum(np.sum(block**2) for block in p.values())


deep_point = {f"W{layer}": np.ones((1, 2)) for layer in range(1, 12)}
twos = {key: 2 * block for key, block in deep_point.items()}
report = dict.fromkeys(deep_point, 0.0) | {"W10": 2 / 3}
too_large = twos | {"W10": np.array([[6.0, 2.0]])}
check.value(gradient_check, squares, deep_point, too_large, expected=report, atol=1e-7)
# One wrong entry among many
wide = {"W1": np.ones((4, 6)), "b1": np.ones(1)}
one_wrong = {key: 2 * block for key, block in wide.items()}
one_wrong["W1"][2, 1] = 6.0
report = {"W1": 2 / 3, "b1": 0.0}
check.value(gradient_check, squares, wide, one_wrong, expected=report, atol=1e-7)
# Nothing depends on one of the blocks
flat_block = point | {"W2": np.array([[0.5]])}
zero = claimed | {"W2": np.zeros((1, 1))}
check.value(
    gradient_check, line, flat_block, zero, expected=half | {"W2": 0.0}, atol=1e-7
)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _copied, _CubicLoss, _numerical_gradient, _numerical_gradients, _relative_error
# provided from helpers: _stand_ins, _Wrapped


def _line(p):
    return float(4 * p["W1"][0, 0] - 2 * p["W1"][0, 1] + 6 * p["b1"][0])


def _reach():
    """How far from params the loss is asked, in a fresh check with the default eps."""
    loss = _CubicLoss(np.random.default_rng(4504), {"W1": (2, 2), "b1": (1,)})
    gradient_check(loss, _copied(loss.start), loss.grads())
    return loss.far


_given = _stand_ins(_numerical_gradient, _relative_error)
_shapes = {"W1": (3, 2), "b1": (3,), "W2": (2, 3), "b2": (2,)}
_rng = check.rng(4501)
with check.part(
    "a report on right gradients",
    hint="Every block has its own number, and it is tiny when the gradient is right.",
):
    for _keys in [["W1", "b1", "W2", "b2"], ["b2", "W1", "b1", "W2"]]:
        _loss = _CubicLoss(_rng, {key: _shapes[key] for key in _keys})
        for _grads in [_loss.grads(), dict(reversed(_loss.grads().items()))]:
            check.value(
                gradient_check,
                _loss,
                _loss.start,
                _grads,
                expected=dict.fromkeys(_keys, 0.0),
                atol=1e-7,
                given=_given,
            )
with check.part(
    "a report on wrong gradients",
    hint="The error belongs to the block in which the wrong entry stands.",
):
    for _wrong in _shapes:
        _loss = _CubicLoss(_rng, _shapes)
        _right = _loss.grads()
        for _change in [
            lambda g: 2 * g,
            lambda g: -g,
            lambda g: g + 1e-3 * (np.arange(g.size) == g.size - 1).reshape(g.shape),
        ]:
            _grads = _right | {_wrong: _change(_right[_wrong])}
            check.value(
                gradient_check,
                _loss,
                _loss.start,
                _grads,
                expected={k: _relative_error(_grads[k], _right[k]) for k in _shapes},
                rtol=1e-4,
                atol=1e-7,
                given=_given,
            )
with check.part(
    "one wrong entry among many",
    hint="Every entry has to be looked at: a few of them miss the wrong one.",
):
    _wide = {"W1": (6, 5), "b1": (6,), "W2": (5, 6)}
    _loss = _CubicLoss(_rng, _wide)
    _right, _grads = _loss.grads(), _loss.grads()
    for _key in ["W1", "W2"]:
        _place = tuple(_rng.integers(_wide[_key]))
        _grads[_key][_place] += 0.1 + np.abs(_right[_key]).max()
    check.value(
        gradient_check,
        _loss,
        _loss.start,
        _grads,
        expected={k: _relative_error(_grads[k], _right[k]) for k in _wide},
        rtol=1e-4,
        atol=1e-7,
        given=_given,
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
    _shapes = {}
    for _l in range(1, 12):
        _shapes |= {f"W{_l}": (1, 2), f"b{_l}": (1,)}
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
flat = claimed | {"W1": np.array([3.0, -4.0])}  # (2,) would broadcast against (1, 2)
check.raises(ValueError, gradient_check, line, point, flat)
wide = claimed | {"b1": np.array([2.0, 2.0])}  # (2,) against (1,)
check.raises(ValueError, gradient_check, line, point, wide)
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
# These do not survive + eps - 2*eps + eps
awkward = {"W1": np.array([[0.1, 1e6]]), "b1": np.array([0.5])}
check.purity(gradient_check, line, awkward, {key: claimed[key] for key in awkward})
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _numerical_gradient, _relative_error, _stand_ins


def _sum_of_squares(params):
    return float(sum(np.sum(block**2) for block in params.values()))


_given = _stand_ins(_numerical_gradient, _relative_error)
_rng = check.rng(4503)
with check.part("leaving params and grads as they were counts beside right values"):
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

# %%
levels = experiments.check_levels(
    gradient_check,
    mlp_backward,
    mlp_forward,
    init_params,
    bce,
    sigmoid,
    {
        "sigmoid": (sigmoid, sigmoid_prime),
        "tanh": (tanh, tanh_prime),
        "ReLU": (relu, relu_prime),
    },
)
for row in levels:
    print(f"{row.sizes!s:>22} {row.activation:>8}: {row.n_params} parameters,", end=" ")
    print(f"worst in {row.worst}: error {row.error:.0e}, gradient up to {row.size:.0e}")
slowest = levels[-1]
print(
    f"Price: {slowest.n_forward} forward passes where one backward pass does; "
    f"{slowest.times_slower:.0f} times the time.\n"
)

failing = experiments.failing_checks(
    numerical_gradient, relative_error, gradient_check, relu, relu_prime
)
for i, case in enumerate(failing.cases, 1):
    print(f"{i}. {case.name}: the gradient is {'right' if case.right else 'wrong'}.")
    print(
        f"   {case.careless_name}: {case.careless:.0e}, {case.careless_verdict}. "
        f"Yours: {case.careful_text}."
    )
plots.failing_checks(failing)

# %% [markdown]
# ## 4.6 Find the bug
#
# The function below was written by somebody else, for a softmax output with cross-entropy, where again $dZ_L = (A_L - y)/m$. It goes
# through the examples one by one: slower than yours, but correct, says its author: "the loss falls". It has **two bugs**.
#
# The cell runs your checker on it in four situations: tanh or ReLU inside, six examples or a single one.
#
# **Predict first.** Read the code for a minute at most. Then run the cell and let the reports guide you. Which blocks are wrong in
# which situation? In which situation do both bugs hide, and why?
#
# Then write the mended version. How you write it is up to you.
#
# <details><summary>Hint</summary>
#
# A block that is wrong by a factor that depends on the number of examples has one kind of bug. For a bug that a ReLU network does not
# show, look where $f'(z)$ and $f'(f(z))$ may be mixed up: for ReLU they are equal.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "suspect", "locked": true, "schema_version": 3, "solution": false, "task": false}
def suspect_backward(y, cache, params, hidden_prime):
    """Gradients of the cross-entropy for a network with a softmax output. With two
    bugs.
    """
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


def report_on(backward, hidden, hidden_prime, n_examples):
    """The report of your gradient_check for a network with two hidden layers and three
    classes.
    """
    rng = np.random.default_rng(46)
    params = init_params([2, 4, 4, 3], rng=rng)
    params |= {
        key: rng.normal(size=block.shape)
        for key, block in params.items()
        if key.startswith("b")
    }
    X, y = (
        rng.normal(size=(n_examples, 2)),
        np.eye(3)[rng.integers(0, 3, size=n_examples)],
    )

    def loss(p):
        return cross_entropy(y, mlp_forward(X, p, hidden, softmax)[1]["Z"][-1])

    _, cache = mlp_forward(X, params, hidden, softmax)
    return gradient_check(loss, params, backward(y, cache, params, hidden_prime))


for name, hidden, hidden_prime in [
    ("tanh", tanh, tanh_prime),
    ("ReLU", relu, relu_prime),
]:
    for n_examples in [6, 1]:
        report = report_on(suspect_backward, hidden, hidden_prime, n_examples)
        print(
            f"{name}, {n_examples} examples: "
            + "  ".join(f"{key} {error:.0e}" for key, error in report.items())
        )


# %% nbgrader={"grade": false, "grade_id": "find-the-bug", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fixed_backward(y, cache, params, hidden_prime):
    """suspect_backward without its two bugs: gradients of the cross-entropy for a
    softmax output.

    y: (m, k), one-hot. cache, params, hidden_prime: as for `mlp_backward`; any number
    of layers.
    Returns: {"W1": dW1, "b1": db1, ...}, keys and shapes of params. No argument is
    changed. Raises nothing.

    >>> p = np.array([[0.5, 0.3, 0.2]])
    >>> cache = {"A": [np.array([[2.0]]), p], "Z": [np.log(p)]}
    >>> params = {"W1": np.zeros((3, 1)), "b1": np.zeros(3)}
    >>> fixed_backward(np.array([[1.0, 0.0, 0.0]]), cache, params, tanh_prime)["b1"]
    array([-0.5,  0.3,  0.2])

    About 10 lines.
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


# %% nbgrader={"grade": true, "grade_id": "test-find-the-bug-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def only(letter, grads):
    """The weights or the biases only, so that each bug is marked for itself."""
    return {key: grad for key, grad in grads.items() if key.startswith(letter)}


def fixed_weights(y, cache, params, hidden_prime):
    return only("W", fixed_backward(y, cache, params, hidden_prime))


def fixed_biases(y, cache, params, hidden_prime):
    return only("b", fixed_backward(y, cache, params, hidden_prime))


# Softmax regression: one layer, two examples, p = (0.5, 0.3, 0.2) for both.
p, labels = (
    np.array([[0.5, 0.3, 0.2]] * 2),
    np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
)
soft = (
    labels,
    {"A": [np.array([[2.0], [4.0]]), p], "Z": [np.log(p)]},
    {"W1": np.zeros((3, 1)), "b1": np.zeros(3)},
    tanh_prime,
)
soft_grads = {"W1": np.array([[0.5], [0.9], [-1.4]]), "b1": np.array([0.0, 0.3, -0.3])}
# The hidden layer of 4.4 with x = (1, 2) and x = (0, 0) under three classes.
p, labels = (
    np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]),
    np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
)
deep_cache = {"A": [*cache_two["A"][:2], p], "Z": [cache_two["Z"][0], np.log(p)]}
deep_params = network | {
    "W2": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
    "b2": np.zeros(3),
}
deep_grads = {
    "W1": np.array([[-0.096, -0.192], [0.09, 0.18]]),
    "b1": np.array([0.16, 0.054]),
    "W2": np.array([[-0.09, -0.12], [-0.15, -0.2], [0.24, 0.32]]),
    "b2": np.array([-0.15, -0.25, 0.4]),
}
deep = (labels, deep_cache, deep_params, tanh_prime)
check.value(fixed_weights, *soft, expected=only("W", soft_grads))
check.value(fixed_weights, *deep, expected=only("W", deep_grads))
# The eleven layers of 4.4 again: one example, and the same (A_L - y)/m
many = np.array([[1.0]]), chain_cache, chain, np.ones_like
check.value(fixed_weights, *many, expected=only("W", chain_grads))
# Three layers of one unit with A_l = Z_l + 2, and the slope 1/z at z
three_cache = {
    "A": [np.array([[a]]) for a in (1.0, 3.0, 4.0, 0.75)],
    "Z": [np.array([[z]]) for z in (1.0, 2.0, 5.0)],
}
three_layers = {f"W{layer}": np.ones((1, 1)) for layer in (1, 2, 3)}
three_layers |= {f"b{layer}": np.zeros(1) for layer in (1, 2, 3)}
three_grads = {
    f"W{k}": np.array([[g]]) for k, g in [(1, -0.125), (2, -0.375), (3, -1.0)]
}
slopes = np.array([[1.0]]), three_cache, three_layers, np.reciprocal
check.value(fixed_weights, *slopes, expected=three_grads)
check.purity(fixed_backward, *deep)
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
# One layer, so that no slope comes in
check.value(fixed_biases, *soft, expected=only("b", soft_grads))
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
# In 1986 Rumelhart, Hinton and Williams trained hidden units this way, and XOR was no obstacle any more. One step of gradient
# descent on all examples:
#
# $$W_l \leftarrow W_l - \eta\, dW_l, \qquad b_l \leftarrow b_l - \eta\, db_l \qquad \text{for all } l,$$
#
# with **all** gradients taken before the first update, and learning rate $\eta$. `fit` changes the arrays of `params` **in place**:
# whoever holds the dict, or one of its arrays, holds the trained network afterwards.
#
# **By hand.** The network of 4.4 with $\eta = 0.1$: loss $\ln 4 \approx 1.386$ before the step, and $b_2 = -\ln 3 + 0.075$ after it.
#
# **Predict first.** scikit-learn's `MLPClassifier` gets the same start and the same data. By how much will its loss curve and yours
# differ after 300 steps: $10^{-2}$, $10^{-6}$ or $10^{-12}$? Will a single hidden layer of four units learn XOR? And what becomes of
# a network whose weights all start at 0, or all at 0.5?
# Below the figure, press play, and reach the target for each activation. Which one does not get there on the circles?
#
# <details><summary>Hint</summary>
#
# `W = W - lr * dW` makes a new array; `W -= lr * dW` changes the old one. Call `mlp_forward`, `bce` and `mlp_backward` each step.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "fit", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    """Full-batch gradient descent on the binary cross-entropy of a network with a
    sigmoid output.

    X: (m, n_in). y: (m, n_out), 0.0 or 1.0. params: changed in place, any number of
    layers.
    lr: learning rate. epochs: number of steps. hidden, hidden_prime: hidden activation
    and its slope.
    Returns: list or array of `epochs` losses; losses[t] is the loss before step t. X
    and y are not changed. Raises nothing.

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


# %% nbgrader={"grade": true, "grade_id": "test-fit-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
unit, target = {"W1": np.zeros((1, 1)), "b1": np.zeros(1)}, np.array([[1.0]])
x_unit, hidden = np.array([[2.0]]), (tanh, tanh_prime)
pair, pair_targets = np.array([[1.0], [-1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
two_units = {"W1": np.zeros((2, 1)), "b1": np.zeros(2)}
three = {"W1": np.zeros((1, 1)), "W2": np.ones((1, 1)), "W3": np.ones((1, 1))}
three |= {f"b{layer}": np.zeros(1) for layer in (1, 2, 3)}
twice = (lambda z: 2 * z), (lambda z: np.full(z.shape, 2.0))
# Two examples with x = 1, of both classes, and p = 3/4 for both
split, rate = {"W1": np.full((1, 1), np.log(3.0)), "b1": np.zeros(1)}, 6 * np.log(3.0)
ones, classes = np.ones((2, 1)), np.array([[1.0], [0.0]])
check.value(fit, x, y, network, 0.1, 1, *hidden, expected=[np.log(4.0)])
# One unit at 0 with x = 2 and y = 1: a step of rate 2 leads to w = 2, b = 1, and z = 5.
both = [np.log(2.0), np.log1p(np.exp(-5.0))]
check.value(fit, x_unit, target, unit, 2.0, 2, *hidden, expected=both)
# Two examples and two outputs: a step of rate 2 leads to w = 1 and to w = -1
both = [2 * np.log(2.0), 2 * np.log1p(np.exp(-1.0))]
check.value(fit, pair, pair_targets, two_units, 2.0, 2, *hidden, expected=both)
# Three layers, and f(z) = 2z inside. A step of rate 1/4 leads to W1 = b1 = 1/2,
# b2 = 1/4 and b3 = 1/8, and so from z = 0 to z = 37/8.
both = [np.log(2.0), np.log1p(np.exp(-37 / 8))]
check.value(fit, target, target, three, 0.25, 2, *twice, expected=both)
# A rate so large that the loss rises: training goes on, with the same rate. The first
# step leads from z = ln 3 to -2 ln 3, where p = 1/10, and the second one to 2.8 ln 3.
rising = [np.log(4.0) - np.log(3.0) / 2, np.log(10.0) - np.log(3.0)]
rising += [np.log1p(3.0**-2.8) + 1.4 * np.log(3.0)]
check.value(fit, ones, classes, split, rate, 3, *hidden, expected=rising)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _gradient_descent, _linear_backward, _mlp_backward, _random_params, _stand_ins, _tanh_prime
# provided from helpers: _zeros_and_ones

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
    for _seed in [1, 2]:
        _inputs = np.random.default_rng(_seed).normal(size=(5, 2))
        _args = (_inputs, np.eye(2)[[0, 1, 1, 0, 1]], *_problem((2, 2), 1)[2:])
        _check_losses(*_args, 8.0, 8, np.tanh, _tanh_prime)
with check.part(
    "losses of a training that starts again",
    hint="fit goes on from the parameters it is given.",
):
    _params = _gradient_descent(_X, _y, _params, *_settings)[1]
    _check_losses(_X, _y, _params, 0.2, 2, np.tanh, _tanh_prime)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-fit-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def params_after_fit(X, y, params, *settings):
    """What fit has made of the arrays that it was handed."""
    arrays, inputs, targets = dict(params), X.copy(), y.copy()
    fit(X, y, params, *settings)
    assert np.array_equal(X, inputs), "X was changed"
    assert np.array_equal(y, targets), "y was changed"
    assert all(params[key] is arrays[key] for key in arrays), (
        "params holds other arrays than before the call"
    )
    return arrays


one_step = {key: network[key] - 0.1 * hand[key] for key in network}
moved = {"W1": np.array([[2.0]]), "b1": np.array([1.0])}
check.value(params_after_fit, x, y, network, 0.1, 1, *hidden, expected=one_step)
check.value(params_after_fit, x_unit, target, unit, 2.0, 1, *hidden, expected=moved)
moved = {"W1": np.full((1, 1), 0.5), "b1": np.full(1, 0.5)}
moved |= {"W2": np.ones((1, 1)), "b2": np.full(1, 0.25)}
moved |= {"W3": np.ones((1, 1)), "b3": np.full(1, 0.125)}
check.value(params_after_fit, target, target, three, 0.25, 1, *twice, expected=moved)
# The two examples of the rising loss, after two steps: z = w + b = 2.8 ln 3,
# and b = 0.9 ln 3
moved = {"W1": np.full((1, 1), 1.9 * np.log(3.0)), "b1": np.full(1, 0.9 * np.log(3.0))}
check.value(params_after_fit, ones, classes, split, rate, 2, *hidden, expected=moved)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _gradient_descent, _linear_backward, _mlp_backward, _random_params, _stand_ins, _tanh_prime
# provided from helpers: _trained, _zeros_and_ones

_given = _stand_ins(_mlp_backward, _linear_backward)
_rng = check.rng(4702)
_hint = "All gradients first, then all updates; change the arrays themselves, weights and biases; the last step counts too."
_tanh = np.tanh, _tanh_prime
_arctan = np.arctan, lambda z: 1 / (1 + z**2)
for _title, _sizes, _m, _epochs, _activation in [
    ("parameters after one step", (2, 3, 1), 5, 1, _tanh),
    ("parameters after several steps", (3, 4, 2), 4, 4, _arctan),
    ("parameters of a deeper network after three steps", (2, 3, 3, 2, 1), 6, 3, _tanh),
    ("parameters after a training whose loss rises for a while", (2, 2), 5, 8, _tanh),
]:
    with check.part(_title, hint=_hint):
        _params = dict(reversed(_random_params(_rng, _sizes).items()))
        _X = _rng.normal(size=(_m, _sizes[0]))
        _y = _zeros_and_ones(_rng, _m, _sizes[-1])
        _rate = 8.0 if "rises" in _title else 0.8
        _args = (_X, _y, _params, _rate, _epochs, *_activation)
        _expected = _gradient_descent(*_args)[1]
        check.value(_trained(fit), *_args, expected=_expected, given=_given)
### END HIDDEN TESTS

# %%
activations = {
    "tanh": (tanh, tanh_prime),
    "relu": (relu, relu_prime),
    "logistic": (sigmoid, sigmoid_prime),
}
training = experiments.against_sklearn(fit, activations)
for name, losses, difference in zip(
    training.names, training.losses, training.difference, strict=True
):
    print(
        f"{name:>8}: loss {losses[0]:.3f} -> {losses[-1]:.3f}, largest difference to "
        f"scikit-learn {difference.max():.1e}"
    )
print(f"Equal to 1e-12: {'yes' if training.difference.max() < 1e-12 else 'no'}.")

X_xor, y_xor = (
    np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    np.array([[0.0], [1.0], [1.0], [0.0]]),
)
small = init_params([2, 4, 1], rng=np.random.default_rng(0))
xor_losses = fit(X_xor, y_xor, small, 1.0, 1000, tanh, tanh_prime)
p_xor, _ = mlp_forward(X_xor, small, tanh, sigmoid)
print(
    f"XOR: loss {xor_losses[0]:.3f} -> {xor_losses[-1]:.3f}, outputs "
    f"{np.round(p_xor.ravel(), 2)}"
)

equal = experiments.symmetry(
    fit, mlp_forward, mlp_backward, init_params, tanh, tanh_prime, sigmoid
)
for name, gradient, apart, loss in zip(
    equal.names, equal.gradient, equal.apart, equal.losses, strict=True
):
    print(
        f"Weights {name:>7}: dW up to {gradient:.0e} at first; "
        f"at the end loss {loss:.3f},",
        end=" ",
    )
    print(f"rows of W1 up to {apart:.0e} apart")
display(plots.training(training))
widgets.training_player(fit, mlp_forward, init_params, activations, sigmoid)

# %% [markdown]
# ## 4.8 What does it cost?
#
# A layer with $n_{in} n_{out}$ weights takes $m\,n_{in} n_{out}$ multiplications forward and twice that backward: one product for $dW$,
# one for $dA$. Together, for $W$ weights: $mW$ forward, $2mW$ backward. The first layer needs no $dA$, which saves $mW_1$: the ratio
# can be brought down to $2 - W_1/W$. In memory the cache holds $2m$ numbers for each unit, and $m$ for each input: it grows with
# the batch, the weights do not.
#
# **Predict first.** How much longer does the backward pass take than the forward pass, and how does that depend on the depth? Is an
# example cheaper in a batch than alone? Which activation is the cheapest? How would numerical gradients do in a network with a million
# weights?

# %%
cost = experiments.cost(
    mlp_forward, mlp_backward, init_params, relu, relu_prime, sigmoid
)
print(
    f"{'depth':>5} {'weights':>8} {'multiplications: forward':>25} {'backward':>10} "
    f"{'ratio':>6} {'time: ratio':>12}"
)
for i, n_layers in enumerate(cost.depths):
    print(
        f"{n_layers:>5} {cost.weights[i]:>8} {cost.products_forward[i]:>25} "
        f"{cost.products_backward[i]:>10}",
        end="",
    )
    print(
        f" {cost.products_backward[i] / cost.products_forward[i]:>6.2f} "
        f"{cost.backward[i] / cost.forward[i]:>12.2f}"
    )
print(
    f"Straight lines through the times: R^2 = {cost.r2_forward:.4f} forward, "
    f"{cost.r2_backward:.4f} backward."
)
print(
    "Numerical gradients of the deepest network here: "
    f"{2 * cost.n_params[-1]} forward passes,"
)
print(
    f"about {2 * cost.n_params[-1] * cost.forward[-1] / 60:.0f} minutes. "
    f"Backpropagation: {1000 * cost.backward[-1]:.0f} ms."
)
for size, seconds, kept in zip(
    cost.batches, cost.per_example, cost.cached, strict=True
):
    print(f"Batch of {size:>3}: {1e6 * seconds:6.0f} microseconds", end=" ")
    print(f"an example, {kept:>6} cached numbers beside {cost.weights[1]} weights")
elementwise = experiments.activation_times(
    {
        "sigmoid": (sigmoid, sigmoid_prime),
        "tanh": (tanh, tanh_prime),
        "ReLU": (relu, relu_prime),
    }
)
for name, (function, slope) in elementwise.items():
    print(f"A million entries, {name}: {1000 * function:.1f} ms,", end=" ")
    print(f"its slope {1000 * slope:.1f} ms")

print("\nThe measurements of this notebook, in three lines:")
misjudged = sum(
    (case.careless_verdict == "alarm") == case.right for case in failing.cases
)
careful = sum((case.careful_verdict == "alarm") == case.right for case in failing.cases)
print(
    f"1. Checks of right gradients: error at most {max(r.error for r in levels):.0e}."
)
print(
    f"   In {len(failing.cases)} situations careless checks misjudge {misjudged},",
    end=" ",
)
print(f"careful ones {careful}.")
print(f"2. fit and scikit-learn: at most {training.difference.max():.0e} apart.")
price = cost.products_backward[-1] / cost.products_forward[-1]
print(
    f"3. One backward pass: {price:.0f} times the products of a forward pass; numerical"
)
print(f"   gradients: {2 * cost.n_params[-1]} forward passes.")
plots.cost(cost)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-check", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 4.9 Explain
#
# In five to ten sentences: **how can a gradient check pass a wrong gradient, and fail a right one?** Give two situations of each
# kind from 4.5 and 4.6, with the reason and at least two of the measured numbers, and say how you would set up a check
# that you trust. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** A check compares a gradient with central differences of the loss as coded, at one point, in floating-point
# numbers. It passes a wrong gradient where the mistake does not show at that point: where all weights are 0 the
# gradient is 0, and twice 0 is still 0; in a ReLU network f'(f(z)) equals f'(z), and with a single example a factor 1/m too much is
# 1, so both bugs of 4.6 hide there. It also passes where the comparison is blind: NaN is never greater than a tolerance, and one
# norm over all blocks gave 2e-07 although a small block had the wrong sign. It fails a right gradient where the numerical one is
# wrong: with a step of 1e-12 the round-off is divided by the step (8e-05), everything in float32 gives 9e-03, and at the kink of
# ReLU the difference gives the slope 1/2 (error 0.5). A very small gradient suffers too: the right deep sigmoid network comes out
# at 1e-07, the shallow one at 4e-10. I would check in float64 with a step near 1e-5, each block for itself with its own scale,
# several examples, a smooth activation, and random weights that are neither 0 nor on a kink.
#
# **Mark scheme.** 1 point: two ways to pass a wrong gradient, each with its reason. 1 point: two ways to fail a right one, each with
# its reason. 1 point: two measured numbers used correctly, and a set-up that avoids the situations named. Half a point off for "a
# passing check proves the gradient": it holds for the loss as coded, at the points tried.
# ### END SOLUTION

# %% [markdown]
# ## 4.10 What to keep
#
# The numbers stand in the last lines of the output of 4.8.
#
# **What holds in general**
#
# 1. Backpropagation is the chain rule with a memory: reverse-mode automatic differentiation, as `Scalar` in 4.4 does it for numbers.
#    One backward pass costs about two forward passes, whatever the number of weights. Numerical gradients cost two passes for *each*.
# 2. Loss and output belong together: then $dZ_L = (A_L - y)/m$, and the factor $1/m$ enters there and nowhere else.
# 3. Check new gradient code against central differences: float64, $\varepsilon$ near $10^{-5}$, every block for itself, several
#    examples, a smooth activation, weights that are neither 0 nor on a kink.
#
# **What is a rule of thumb.** The limits $10^{-7}$ and $10^{-3}$. Notebook 5 measures where a deep network loses its gradient.
#
# **Read more.** Rumelhart, Hinton and Williams 1986, *Learning representations by back-propagating errors*. Griewank and Walther
# 2008, *Evaluating Derivatives*. Baydin, Pearlmutter, Radul and Siskind 2018, *Automatic differentiation in machine learning: a
# survey*.
#
# **Further, optional.** (a) Give `Scalar` a method for division and build `log` and `exp` from `apply`. Why must `grad` be added up,
# not set? (b) Why do the rows of $W_1$ in 4.7 stay equal for ever when all weights start at 0.5? Draw $W_2$ alone at random: do they
# part? (c) Add a third bug to
# `suspect_backward` that `report_on` does not notice.

# %%
check.summary()
