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
# # 5. Depth
#
# In a deep network a signal passes many layers on its way forward, and a gradient passes them all on its way back. Each layer
# multiplies both by a factor. You find that factor, choose weights that make it 1, and write two further remedies: layer
# normalization and residual connections.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: notebooks 1 to 4, mean and variance, and the chain rule.
# - **Afterwards you can** choose the first weights for any activation, derive the backward pass of a normalization, and measure
#   what a remedy does to the gradients of a network.
#
# **Conventions.** As in notebook 4: the batch comes first, and `Z = A @ W.T + b`.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from nbcore import check
from nbcore.experiments import depth_new as experiments
from nbcore.plots import depth_new as plots

# provided from 01_activations: sigmoid, relu, relu_prime, tanh, tanh_prime

# provided from 03_losses: bce_with_logits, bce_with_logits_grad
# provided from 04_backprop: numerical_gradient


# %% [markdown]
# ## 5.3 The gain of an activation
#
# A unit computes $z = \sum_k W_k a_k$ over $n_{in}$ inputs. Before training the weights are random: independent, with mean 0 and
# variance $\sigma^2$. How large is $z$? Square the sum. The product of two different weights has mean 0, so only the squares stay:
#
# $$E[z^2] = \sum_k E[W_k^2]\, E[a_k^2].$$
#
# **Step 1 is yours.** All inputs have the same $E[a^2]$. What is $E[z^2]$? For $n_{in} = 100$, $\sigma^2 = 0.02$, $E[a^2] = 0.5$ it is 1.
#
# A sum of many terms is nearly normal. So take $z$ from the standard normal distribution, with $E[z^2] = 1$. The next layer
# receives $a = f(z)$. The **gain** of $f$ says how much it shrinks:
#
# $$\text{gain}(f) = \frac{1}{\sqrt{E[f(z)^2]}}, \qquad z \text{ standard normal.}$$
#
# **Step 2 is yours.** Which standard deviation of the weights gives $E[z^2] = 1$ in the next layer too?
#
# **By hand.** The identity: $E[z^2] = 1$, gain 1. ReLU keeps $z^2$ half of the time: $E = \frac12$, gain $\sqrt2$. For $f(z) = z + 1$:
# $E[z^2 + 2z + 1] = 2$, gain $1/\sqrt2$. Note the second moment: the variance of $z + 1$ is 1. For tanh no formula is known. Draw
# many $z$ and average, or integrate numerically.
#
# **Two names for it.** He initialization has the variance $2/n_{in}$: it is gain$^2/n_{in}$ for ReLU. Xavier (also called Glorot) has
# $2/(n_{in} + n_{out})$, so $1/n$ for $n$ units on both sides: gain 1. That is right for tanh as far as $\tanh z \approx z$.
#
# **Predict first.** A network of 30 layers, ReLU or tanh, with and without its gain. Which of the four signals are lost? Does a
# gain that keeps the signal keep the gradient, too?


# %% nbgrader={"grade": false, "grade_id": "gain-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gain_steps(n_in, variance, mean_square_a, gain_f):
    """The two steps. variance: of the weights in step 1. Costs no marks.

    Returns: {"1. E[z^2]": number, "2. deviation": number}
    """
    ### BEGIN SOLUTION
    return {
        "1. E[z^2]": n_in * variance * mean_square_a,
        "2. deviation": gain_f / np.sqrt(n_in),
    }
    ### END SOLUTION


rng = np.random.default_rng(5)
a = relu(rng.normal(size=(500, 100)))  # 500 examples, 100 inputs
z = a @ rng.normal(size=(2000, 100)).T  # weights with variance 1
measured = {
    "1. E[z^2]": 0.02 * np.mean(z**2),
    "2. deviation": 1 / np.sqrt(np.mean(z**2)),
}
check.derivation(gain_steps, 100, 0.02, 0.5, np.sqrt(2), numerical=measured, rtol=0.03)


# %% nbgrader={"grade": false, "grade_id": "gain", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gain(f, n=200_000, rng=None):
    """1 / sqrt(E[f(z)^2]) for z from the standard normal distribution, within 1 %.

    f: elementwise. n: number of samples, where you sample. rng:
    numpy.random.Generator to draw from; None for a fresh one.
    Returns: a float.

    >>> round(gain(lambda z: 2 * z, rng=np.random.default_rng(0)), 2)
    0.5

    About 3 lines.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng() if rng is None else rng
    z = rng.normal(size=n)
    return float(1 / np.sqrt(np.mean(f(z) ** 2)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-gain-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def shifted(z):
    return z + 1


def scaled(z):
    return -3 * z


seed_0 = np.random.default_rng(0)
check.value(gain, relu, rng=seed_0, expected=np.sqrt(2), rtol=0.01)
check.value(gain, shifted, rng=seed_0, expected=1 / np.sqrt(2), rtol=0.01)
check.value(gain, scaled, rng=seed_0, expected=1 / 3, rtol=0.01)
check.value(gain, np.tanh, rng=seed_0, expected=1.5925, rtol=0.01)
# sin(z)^2 is (1 - cos(2z))/2, and the mean of cos(2z) is exp(-2)
of_sine = np.sqrt(2 / (1 - np.exp(-2)))
check.value(gain, np.sin, 400_000, seed_0, expected=of_sine, rtol=0.01)
assert abs(gain(relu) - np.sqrt(2)) < 0.03, "Without rng, gain makes a generator."
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _activations_to_scale, _gain

_rng = check.rng(5301)
with check.part(
    "gain of other activations",
    hint="One over the root of the mean of f(z)^2, over standard normal z.",
):
    for _f in _activations_to_scale(_rng):
        _seed = int(_rng.integers(2**31))
        _generator = np.random.default_rng(_seed)
        check.value(gain, _f, rng=_generator, expected=_gain(_f), rtol=0.015)
with check.part(
    "gain with more samples, and without a generator",
    hint="The gain does not depend on n; rng=None stands for a fresh generator.",
):
    for _f in _activations_to_scale(_rng)[:3]:
        _generator = np.random.default_rng(7)
        check.value(gain, _f, 500_000, _generator, expected=_gain(_f), rtol=0.015)
        check.value(gain, _f, expected=_gain(_f), rtol=0.02)
### END HIDDEN TESTS


# %%
def mean_squares(f, g, rng, n_layers=30, n=100):
    """E[z^2] in each layer of a random network with the activation f."""
    z, squares = rng.normal(size=(50, n)), []
    for _ in range(n_layers):
        W = rng.normal(0.0, g / np.sqrt(n), size=(n, n))
        z = f(z) @ W.T
        squares.append(np.mean(z**2))
    return squares


networks = {}
for name, f, slope in [("ReLU", relu, relu_prime), ("tanh", tanh, tanh_prime)]:
    g, of_slope = (gain(part, rng=np.random.default_rng(0)) for part in (f, slope))
    networks |= {f"{name}, gain {g:.2f}": (f, g), f"{name}, gain 1": (f, 1.0)}
    print(f"{name}: a layer multiplies E[delta^2] by {(g / of_slope) ** 2:.2f}")
signal = experiments.gain_signal(mean_squares, networks)
print(signal.table())
plots.gain_signal(signal)

# %% [markdown]
# With its gain, a signal stays near 1 in the median; the band of ReLU widens with depth, since a layer of 100 units only keeps it
# on average. Without the gain ReLU halves the mean square in every layer. tanh loses it slowly: the smaller $z$, the closer tanh
# is to the identity. The two first lines are the way back: a layer multiplies $E[\delta^2]$ by $n\sigma^2 E[f'(z)^2]$, so
# with the gain by $(\text{gain}(f)/\text{gain}(f'))^2$. That is 1 for ReLU. For tanh it is above 1: the forward signal is kept, the
# gradient grows.
#
# ## 5.5 Layer normalization
#
# Good first weights hold before training only. A normalization holds at every step. Batch normalization needs a batch; **layer
# normalization** takes mean and variance of one example, over its own $n$ units:
#
# $$\mu = \tfrac1n\sum_j x_j, \quad v = \tfrac1n\sum_j (x_j - \mu)^2, \quad s = \frac{1}{\sqrt{v + \epsilon}}, \quad \hat x_j = (x_j - \mu)\,s, \quad \text{out}_j = \gamma_j\hat x_j + \beta_j.$$
#
# **By hand.** $x = (1, 3)$, $\epsilon = 3$, $\gamma = (4, 2)$, $\beta = (1, 0)$: $\mu = 2$, $v = 1$, $s = \frac12$, $\hat x = (-\frac12, \frac12)$, out $= (-1, 1)$.
#
# **Back.** $x_i$ acts on $\hat x_j$ in three ways: directly where $i = j$, through $\mu$, and through $s$. Fill in the slopes of one row. Each
# one uses the one before: $\partial\mu/\partial x_i$; $\partial v/\partial x_i$; $\partial s/\partial x_i$ from $\partial v/\partial x_i$; then
# $\partial\hat x_j/\partial x_i$, by the product rule for $(x_j - \mu)\,s$.
#
# <details><summary>Hint</summary>
#
# In $\partial v/\partial x_i$ the way through $\mu$ drops out, because $\sum_j (x_j - \mu) = 0$. And $s = (v + \epsilon)^{-1/2}$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "layernorm-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_steps(x, eps):
    """Slopes for one row x of shape (n,). Costs no marks; a step may be left out.

    Returns: {"mean": (n,), "var": (n,), "scale": (n,), "x_hat": (n, n)}. Entry i is the
    slope with respect to x[i]; entry [j, i] of "x_hat" is that of x_hat[j].
    """
    n, mean = len(x), x.mean()
    scale = 1 / np.sqrt(x.var() + eps)
    ### BEGIN SOLUTION
    d_mean = np.full(n, 1 / n)
    d_var = 2 * (x - mean) / n
    d_scale = -0.5 * scale**3 * d_var
    d_x_hat = scale * (np.eye(n) - d_mean) + np.outer(x - mean, d_scale)
    return {"mean": d_mean, "var": d_var, "scale": d_scale, "x_hat": d_x_hat}
    ### END SOLUTION


row, eps = np.array([1.0, 3.0, -2.0]), 0.5
values = {
    "mean": lambda x: x.mean(),
    "var": lambda x: x.var(),
    "scale": lambda x: 1 / np.sqrt(x.var() + eps),
}
numerical = {name: numerical_gradient(f, row) for name, f in values.items()}
numerical["x_hat"] = [
    numerical_gradient(lambda x, j=j: (x[j] - x.mean()) * values["scale"](x), row)
    for j in range(3)
]
check.derivation(layernorm_steps, row, eps, numerical=numerical)

# %% [markdown]
# Your last step can be written as $\partial\hat x_j/\partial x_i = s\,(\delta_{ij} - \frac1n - \frac1n\hat x_i\hat x_j)$, where $\delta_{ij}$ is 1 for $i = j$ and 0
# elsewhere. With $d_j = \gamma_j\,\partial L/\partial\text{out}_j$ the chain rule adds up over $j$: $\partial L/\partial x_i = \sum_j d_j\,\partial\hat x_j/\partial x_i$. Write this
# sum with two means, one of $d$ and one of $d\,\hat x$. Then all rows at once: `keepdims=True` keeps the axis of a mean, so that
# it broadcasts. $\gamma$ and $\beta$ are shared by all rows, however many axes stand before the last one.
#
# **By hand**, for $\partial L/\partial\text{out} = (1, 0)$ and the row above: $d = (4, 0)$, the means are 2 and $-1$, $\partial L/\partial x = (\frac34, -\frac34)$. The
# sum is 0: a shift of all units changes nothing.


# %% nbgrader={"grade": false, "grade_id": "layernorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Layer normalization over the last axis.

    x: (..., n), any number of axes before the last one; gamma, beta: (n,).
    Returns: (out, cache): out is (..., n), with the population variance; cache is
    whatever layernorm_backward needs.

    >>> x, gamma, beta = np.array([[1.0, 3.0]]), np.array([4.0, 2.0]), np.ones(2)
    >>> layernorm_forward(x, gamma, beta, eps=3.0)[0]
    array([[-1.,  2.]])
    """
    ### BEGIN SOLUTION
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)
    ### END SOLUTION


def layernorm_backward(dout, cache):
    """Back through layer normalization.

    dout: gradient with respect to out, (..., n). cache: of layernorm_forward.
    Returns: (dx, dgamma, dbeta), of shapes (..., n), (n,), (n,).
    """
    ### BEGIN SOLUTION
    x_hat, scale, gamma = cache
    d = dout * gamma
    mean_d, mean_dx_hat = (part.mean(axis=-1, keepdims=True) for part in (d, d * x_hat))
    dx = scale * (d - mean_d - x_hat * mean_dx_hat)
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-layernorm-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def normalized(x, gamma, beta, **settings):
    return layernorm_forward(x, gamma, beta, **settings)[0]


pair, four, one = np.array([[1.0, 3.0]]), np.array([4.0, 2.0]), np.array([1.0, 0.0])
check.value(normalized, pair, four, one, eps=3.0, expected=np.array([[-1.0, 1.0]]))
# Two rows, the second one constant; 26/3 is the variance of the first
table = np.array([[1.0, 8.0, 3.0], [7.0, 7.0, 7.0]])
gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, -1.0])
of_table = np.array([[-0.25, 2.0, -1.75], [0.5, 0.0, -1.0]])
check.value(normalized, table, gamma, beta, eps=22 / 3, expected=of_table)
# One example without a batch; two batches of two; a large mean
check.value(normalized, table[0], gamma, beta, eps=22 / 3, expected=of_table[0])
deep = np.array([table, table[::-1]])
out = np.array([of_table, of_table[::-1]])
check.value(normalized, deep, gamma, beta, eps=22 / 3, expected=out)
check.value(normalized, table + 2.0**26, gamma, beta, eps=22 / 3, expected=of_table)
check.purity(normalized, table, gamma, beta)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _entry, _layer_normalized, _rows_to_normalize

_out = _entry(layernorm_forward, 0)
_rng = check.rng(5501)
with check.part(
    "rows of a batch",
    hint="Mean and population variance of each row, over the last axis.",
):
    for _shape in [(6, 3), (3, 5), (4, 4), (1, 7), (5, 2)]:
        _args = _rows_to_normalize(_rng, _shape)
        check.value(_out, *_args, expected=_layer_normalized(*_args))
with check.part(
    "any axes before the last one",
    hint="Which axis holds the units? Count from the end.",
):
    for _shape in [(5,), (2, 3, 4), (3, 3, 3), (2, 1, 3, 2)]:
        _args = _rows_to_normalize(_rng, _shape)
        check.value(_out, *_args, expected=_layer_normalized(*_args))
with check.part(
    "another eps, and rows that hardly vary",
    hint="Where in the formula does eps stand?",
):
    for _eps, _spread in [(1e-5, 3e-3), (1e-3, 0.02), (0.5, 1.0)]:
        _x, _gamma, _beta = _rows_to_normalize(_rng, (4, 3))
        _args = (5 + _spread * _x, _gamma, _beta)
        _want = _layer_normalized(*_args, _eps)
        check.value(_out, *_args, eps=_eps, expected=_want)
    _args = (np.full((2, 3), -4.0), np.array([2.0, 3.0, 1.0]), np.arange(3.0))
    check.value(_out, *_args, expected=np.array([[0.0, 1.0, 2.0]] * 2))
with check.part(
    "a large mean",
    hint="Subtract the mean first: a difference of large squares loses digits.",
):
    _x, _gamma, _beta = _rows_to_normalize(_rng, (3, 4))
    _args = (_x + 1e7, _gamma, _beta)
    check.value(_out, *_args, expected=_layer_normalized(*_args), rtol=1e-6, atol=1e-7)
with check.part(
    "layernorm_forward leaves its arguments alone",
    hint="Operators such as -= change the caller's array.",
):
    check.purity(_out, *_rows_to_normalize(_rng, (4, 3)))
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-layernorm-gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def gradients(dout, x, gamma, beta, eps=3.0):
    """dx, dgamma, dbeta after a forward pass of your own, asked for twice."""
    _, cache = layernorm_forward(x, gamma, beta, eps)
    layernorm_forward(1 + x**2, gamma, beta, eps)  # of another batch
    layernorm_backward(dout.copy(), cache)
    return layernorm_backward(dout, cache)


up, zero = np.array([[1.0, 0.0]]), np.zeros(2)
by_hand = np.array([[0.75, -0.75]]), np.array([-0.5, 0.0]), np.array([1.0, 0.0])
check.value(gradients, up, pair, four, one, expected=by_hand)
# Two rows: dgamma and dbeta add up. A unit that gamma = 0 has switched off
two, ups = np.array([[1.0, 3.0], [5.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 6.0]])
dx, off = np.array([[0.75, -0.75], [0.0, 0.0]]), np.array([4.0, 0.0])
of_two = dx, np.array([-0.5, -12 / np.sqrt(7)]), np.array([1.0, 6.0])
check.value(gradients, ups, two, off, zero, expected=of_two)
# The same rows as (2, 1, 2), and one row as (2,)
of_deep = dx[:, None], *of_two[1:]
check.value(gradients, ups[:, None], two[:, None], off, zero, expected=of_deep)
single = tuple(part.reshape(2) for part in by_hand)
check.value(gradients, up[0], pair[0], four, one, expected=single)
check.purity(gradients, up, pair, four, one)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _layernorm_gradients, _rows_to_normalize


def _gradients(dout, x, gamma, beta, **settings):
    _, cache = layernorm_forward(x, gamma, beta, **settings)
    return layernorm_backward(dout, cache)


_rng = check.rng(5502)
with check.part(
    "layernorm_backward",
    hint="Mean and variance depend on x. Compare with a numerical gradient, gamma != 1.",
):
    for _shape in [(6, 3), (3, 5), (4, 4), (1, 7)]:
        _args = (_rng.normal(size=_shape), *_rows_to_normalize(_rng, _shape))
        check.value(_gradients, *_args, expected=_layernorm_gradients(*_args))
with check.part(
    "layernorm_backward with any axes before the last one",
    hint="dgamma and dbeta have the shape (n,): add up over all axes but the last.",
):
    for _shape in [(5,), (2, 3, 4), (3, 3, 3), (2, 1, 3, 2)]:
        _args = (_rng.normal(size=_shape), *_rows_to_normalize(_rng, _shape))
        check.value(_gradients, *_args, expected=_layernorm_gradients(*_args))
with check.part(
    "layernorm_backward with another eps, and where gamma is 0",
    hint="The root is the one of the forward pass, and nothing is divided by gamma.",
):
    for _eps in [0.1, 2.0]:
        _dout, _x = _rng.normal(size=(2, 5, 3))
        for _gamma in [np.array([0.0, 1.5, -2.0]), np.zeros(3)]:
            _args = (_dout, _x, _gamma, np.ones(3))
            _want = _layernorm_gradients(*_args, _eps)
            check.value(_gradients, *_args, eps=_eps, expected=_want)
with check.part(
    "each cache belongs to its own forward pass, and may be used twice",
    hint="Keep everything in cache, and change nothing in it.",
):
    _passes = [_rows_to_normalize(_rng, (4, 3)) for _ in range(2)]
    _caches = [layernorm_forward(*_args)[1] for _args in _passes]
    _dout = _rng.normal(size=(4, 3))
    for _args, _cache in [*zip(_passes, _caches, strict=True)] * 2:
        check.value(
            lambda dout, cache=_cache: layernorm_backward(dout, cache),
            _dout,
            expected=_layernorm_gradients(_dout, *_args),
        )
with check.part(
    "layernorm_backward leaves dout alone",
    hint="Did you write into the caller's array?",
):
    check.purity(
        _gradients, _rng.normal(size=(4, 3)), *_rows_to_normalize(_rng, (4, 3))
    )
### END HIDDEN TESTS

# %%
x = np.random.default_rng(0).normal(size=(32, 6))
alone = layernorm_forward(x[:1], np.ones(6), np.zeros(6))[0]
among = layernorm_forward(x, np.ones(6), np.zeros(6))[0][:1]
first, second = (
    (x[0] - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + 1e-5)
    for rows in (x[:16], x[::2])
)
print(f"Layer norm, a row alone or among 31: {np.abs(alone - among).max():.1g} apart")
print(f"Batch norm, a row in two batches:    {np.abs(first - second).max():.1g} apart")
plots.which_axis()

# %% [markdown]
# A row gets the same result alone or among others. So layer normalization needs no batch and no running statistics, and it does
# the same in training and at evaluation.
#
# ## 5.6 Residual connections
#
# A **residual block** computes a change $F(x)$ and adds it to its input:
#
# $$\text{out} = x + F(x), \qquad F(x) = \text{relu}(x W_1^T + b_1)\, W_2^T + b_2.$$
#
# $x$ and out have the same shape; the layer inside may have another width $h$. On the way back the sum copies the gradient:
# $\partial L/\partial x = \partial L/\partial\text{out} + (\text{what comes back through } F)$. However small the weights are, the first part arrives: a path
# with slope 1.
#
# **By hand.** $x = (1, 2)$, $W_1 = \begin{pmatrix} 1 & 1 \\ 1 & -1 \end{pmatrix}$, $b_1 = 0$, $W_2 = \begin{pmatrix} 2 & 5 \\ -1 & 4 \end{pmatrix}$, $b_2 = (0.5, 0)$. Forward: $Z = (3, -1)$,
# after the ReLU $(3, 0)$, $F = (6.5, -3)$, out $= (7.5, -1)$. Back, for $\partial L/\partial\text{out} = (1, -1)$: times $W_2$ it is $(3, 1)$, the ReLU lets
# $(3, 0)$ through, times $W_1$ that is $(3, 3)$. With the skip path $\partial L/\partial x = (4, 2)$. The slope of the ReLU at 0 is 0, as always here.

# %%
plots.residual_block()


# %% nbgrader={"grade": false, "grade_id": "residual", "locked": false, "schema_version": 3, "solution": true, "task": false}
def residual_forward(x, W1, b1, W2, b2):
    """A residual block, x + relu(x @ W1.T + b1) @ W2.T + b2.

    x: (m, n). W1: (h, n), b1: (h,), W2: (n, h), b2: (n,). No argument is changed.
    Returns: (out, cache): out is (m, n); cache is whatever residual_backward needs.

    >>> W1, W2 = np.array([[1.0, 1.0]]), np.array([[2.0], [-1.0]])
    >>> residual_forward(np.array([[1.0, 2.0]]), W1, np.zeros(1), W2, np.zeros(2))[0]
    array([[ 7., -1.]])
    """
    ### BEGIN SOLUTION
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + A @ W2.T + b2, (x, Z, A, W1, W2)
    ### END SOLUTION


def residual_backward(dout, cache):
    """Back through a residual block.

    dout: gradient with respect to out, (m, n); not changed. cache: of residual_forward.
    Returns: (dx, grads): dx is (m, n); grads is {"W1", "b1", "W2", "b2"}.
    """
    ### BEGIN SOLUTION
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    grads = {
        "W1": dZ.T @ x,
        "b1": dZ.sum(axis=0),
        "W2": dout.T @ A,
        "b2": dout.sum(axis=0),
    }
    return dout + dZ @ W1, grads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-residual-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def block_output(x, W1, b1, W2, b2):
    return residual_forward(x, W1, b1, W2, b2)[0]


W1, b1 = np.array([[1.0, 1.0], [1.0, -1.0]]), np.zeros(2)
W2, b2 = np.array([[2.0, 5.0], [-1.0, 4.0]]), np.array([0.5, 0.0])
by_hand = np.array([[1.0, 2.0]]), W1, b1, W2, b2
# Two examples and three units inside; the first two have pre-activations 0 and -1
x = np.array([[1.0, -2.0], [0.0, -1.0]])
wide = x, np.array([[2.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]), np.zeros(3)
wide += np.array([[1.0, 2.0, 3.0], [4.0, 5.0, -1.0]]), np.array([10.0, 20.0])
check.value(block_output, *by_hand, expected=np.array([[7.5, -1.0]]))
check.value(block_output, *wide, expected=np.array([[17.0, 16.0], [13.0, 18.0]]))
# Without weights, and with a large b1
none = np.zeros((2, 2))
check.value(block_output, x, none, b1, none, np.zeros(2), expected=x)
check.value(block_output, x, none, b1 + 1e6, np.eye(2), b1, expected=x + 1e6)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _block, _entry, _residual

_out = _entry(residual_forward, 0)
_rng = check.rng(5601)
with check.part(
    "blocks of several sizes",
    hint="x plus the second layer of the ReLU of the first. Try a batch of one by hand.",
):
    for _m, _n, _h in [(5, 3, 4), (4, 4, 4), (1, 2, 6), (7, 1, 3), (3, 5, 1)]:
        _args = _block(_rng, _m, _n, _h)
        check.value(_out, *_args, expected=_residual(*_args))
with check.part(
    "blocks with weights 0 and with large ones",
    hint="With weights and biases 0 the block is the identity.",
):
    _x, *_params = _block(_rng, 4, 3, 2)
    check.value(_out, _x, *[0 * _part for _part in _params], expected=_x)
    _args = (_x, *[1e3 * _part for _part in _params])
    check.value(_out, *_args, expected=_residual(*_args), atol=1e-6)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-residual-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def block_gradients(dout, x, W1, b1, W2, b2):
    """dx and grads after a forward pass of your own, and one of another batch."""
    _, cache = residual_forward(x, W1, b1, W2, b2)
    residual_forward(1 + x**2, W1, b1, W2, b2)
    return residual_backward(dout, cache)


grads = {"W1": np.array([[3.0, 6.0], [0.0, 0.0]]), "b1": np.array([3.0, 0.0])}
grads |= {"W2": np.array([[3.0, 0.0], [-3.0, 0.0]]), "b2": np.array([1.0, -1.0])}
up = np.array([[1.0, -1.0]])
check.value(block_gradients, up, *by_hand, expected=(np.array([[4.0, 2.0]]), grads))
# Two examples: only the third unit is on, a pre-activation of 0 counts as off
ups = np.array([[1.0, 0.0], [1.0, 1.0]])
grads = {"W1": np.array([[0.0, 0.0], [0.0, 0.0], [3.0, -8.0]])}
grads |= {"b1": np.array([0.0, 0.0, 5.0]), "b2": np.array([2.0, 1.0])}
grads |= {"W2": np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 1.0]])}
dx = np.array([[1.0, -3.0], [1.0, -1.0]])
check.value(block_gradients, ups, *wide, expected=(dx, grads))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _block, _residual_gradients


def _block_gradients(dout, x, W1, b1, W2, b2):
    _, cache = residual_forward(x, W1, b1, W2, b2)
    return residual_backward(dout, cache)


_rng = check.rng(5602)
with check.part(
    "residual_backward",
    hint="Two ways lead back to x. Compare each block with a numerical gradient.",
):
    for _m, _n, _h in [(5, 3, 4), (4, 4, 4), (1, 2, 6), (7, 1, 3), (3, 5, 1)]:
        _args = (_rng.normal(size=(_m, _n)), *_block(_rng, _m, _n, _h))
        check.value(_block_gradients, *_args, expected=_residual_gradients(*_args))
with check.part(
    "residual_backward with weights 0, and at the kink",
    hint="The slope of the ReLU at 0 is 0; the skip path lets dout through.",
):
    _dout, _x = _rng.normal(size=(2, 4, 3))
    _zero = np.zeros((2, 3)), np.zeros(2), np.zeros((3, 2)), np.zeros(3)
    for _args in [_zero, (*_zero[:2], _rng.normal(size=(3, 2)), _zero[3])]:
        _want = _residual_gradients(_dout, _x, *_args)
        check.value(_block_gradients, _dout, _x, *_args, expected=_want)
with check.part(
    "each cache belongs to its own forward pass",
    hint="Keep everything in cache, nothing outside of it.",
):
    _blocks = [_block(_rng, 4, 3, 5) for _ in range(2)]
    _caches = [residual_forward(*_args)[1] for _args in _blocks]
    _dout = _rng.normal(size=(4, 3))
    for _args, _cache in [*zip(_blocks, _caches, strict=True)] * 2:
        check.value(
            lambda dout, cache=_cache: residual_backward(dout, cache),
            _dout,
            expected=_residual_gradients(_dout, *_args),
        )
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-residual-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# x is used twice, forward and on the way back: so is dout
check.purity(block_output, *by_hand)
check.purity(block_gradients, ups, *wide)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _block, _entry, _residual


def _there_and_back(dout, *args):
    _, cache = residual_forward(*args)
    return residual_backward(dout, cache)


_out = _entry(residual_forward, 0)
_rng = check.rng(5603)
with check.part("leaving the arguments as they were counts beside right values"):
    _args = _block(_rng, 3, 2, 4)
    check.value(_out, *_args, expected=_residual(*_args))
with check.part(
    "a residual block leaves its arguments alone",
    hint="Write out = x + ..., not x += ...",
):
    for _m, _n, _h in [(3, 2, 4), (4, 4, 4), (1, 3, 2)]:
        _args = _block(_rng, _m, _n, _h)
        check.purity(_out, *_args)
        check.purity(_there_and_back, _rng.normal(size=(_m, _n)), *_args)
### END HIDDEN TESTS

# %% [markdown]
# ## 5.7 What helps?
#
# Twelve blocks of two layers, 16 units wide, between a layer in and a layer out. The **plain** network leaves the skip path away:
# each block gives $F(x)$ alone, and all weights have the deviation $1/\sqrt{n_{in}}$. The other three change one thing: weights behind a
# ReLU with the **gain** of the ReLU; **layer norm** before each block ($\gamma = 1$, $\beta = 0$, not trained); the skip path of a
# **residual** block. All draw the same random numbers, so losses can be compared seed by seed.
#
# **Predict first.** In which of the four networks does the gradient shrink on its way to the first block, and in which does it
# grow? Which ones will learn?


# %%
def stack_forward(h, blocks, norm, skip):
    """Through all blocks; each is a dict with W1, b1, W2, b2."""
    caches, ones = [], np.ones(h.shape[-1])
    for block in blocks:
        x, of_norm = h, None
        if norm:
            h, of_norm = layernorm_forward(h, ones, 0 * ones)
        out, of_block = residual_forward(h, **block)
        h = x + (out - h) if skip else out - h
        caches.append((of_norm, of_block))
    return h, caches


def stack_backward(dh, caches, norm, skip):
    """Gradients at all inputs and at the output, and those of the parameters."""
    signals, grads = [dh], []
    for of_norm, of_block in reversed(caches):
        dx, grad = residual_backward(dh, of_block)
        dx = dx - dh  # through the block alone
        if norm:
            dx = layernorm_backward(dx, of_norm)[0]
        dh = dh + dx if skip else dx
        signals, grads = [dh, *signals], [grad, *grads]
    return signals, grads


# %%
deep = {
    "plain": experiments.Deep(),
    "gain": experiments.Deep(gain=gain(relu, rng=np.random.default_rng(0))),
    "layer norm": experiments.Deep(norm=True),
    "residual": experiments.Deep(skip=True),
}
found = experiments.what_helps(
    deep, stack_forward, stack_backward, bce_with_logits, bce_with_logits_grad
)
print(found.table())
plots.what_helps(found)

# %% [markdown]
# **What was measured.** The plain network loses its gradient on the way to the first block. Gain and layer norm keep about a third
# of it. In the residual network it grows, because every block adds to the one before. At the two small rates no run diverges, and
# all three remedies have a lower loss than the plain network, each by many standard errors at 0.015. At the larger rates the plain
# network learns as well, while runs of others diverge, all of the residual ones at 0.25. So which network is best depends on the
# rate: this small task gives no order of the remedies. They are also used together: large networks of today normalize in front
# of each residual block.
#
# ## 5.9 In PyTorch
#
# What was built here, and what PyTorch 2.5 has for it.
#
# | here | PyTorch | where it differs |
# |---|---|---|
# | `gain(f)` | `nn.init.calculate_gain("relu")` | $\sqrt2$ as here. For `"tanh"` it gives 5/3, not 1.59: a fixed number from a table |
# | deviation gain$/\sqrt{n_{in}}$ | `nn.init.kaiming_normal_(w, nonlinearity="relu")` | the same. But `nn.Linear` starts by itself with variance $1/(3n_{in})$ |
# | `batchnorm_forward` | `nn.BatchNorm1d(n, momentum=0.1)` | its `momentum` is 1 minus ours, and its running variance is the unbiased one |
# | `training=True`, `False` | `model.train()`, `model.eval()` | a switch of the whole model |
# | `layernorm_forward` | `nn.LayerNorm(n, eps=1e-5)` | the same formula and the same `eps`; it can also take several last axes |
# | `residual_forward` | `x + block(x)` in `forward` | there is no class for it. The ResNet of torchvision has one more ReLU, after the sum |
# | the backward functions | `loss.backward()` | derived by the engine: notebook 8 |
