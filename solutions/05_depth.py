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
# Each layer changes the size of what passes: of the signal on its way forward, of the gradient on its way back. In a deep network
# these changes multiply. You measure where signals and gradients go, and build the remedies.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: notebooks 1 to 4 (their functions are provided below). The **variance** is the mean squared distance from the
#   mean; for a mean of 0 it is $\mathrm{E}[x^2]$. Variances of independent numbers add up. For independent $a$ and $w$ the mean
#   of a product is the product of the means.
# - **Afterwards you can** predict what a layer does to a signal and to a gradient; measure it in a network of your own; recognise
#   dead units; and write batch normalization with its gradients and its two modes.
#
# **Conventions.** The batch comes first: `Z = A @ W.T + b`, with `A` of shape `(m, n_in)` and `W` of shape `(n_out, n_in)`.
# Parameters are one dict `{"W1", "b1", "W2", ...}`, gradients a dict with the same keys. No function changes its arguments,
# unless its docstring says so.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np

from nbcore import check
from nbcore.experiments import depth as experiments
from nbcore.plots import depth as plots

# The right functions of the earlier notebooks.
# provided from 01_activations: sigmoid, sigmoid_prime, silu, silu_prime
# provided from 01_activations: tanh, tanh_prime
# provided from 01_activations: relu, relu_prime, leaky_relu, leaky_relu_prime

# provided from 02_forward: linear_forward, mlp_forward, init_params

# provided from 03_losses: bce, bce_with_logits, bce_with_logits_grad

# provided from 04_backprop: linear_backward, mlp_backward, fit

# %% [markdown]
# ## 5.1 Where does the signal go, and the gradient?
#
# Take independent random weights of mean 0. One unit adds up $n_{in}$ products. One input feeds $n_{out}$ units, so on the
# way back its gradient adds up $n_{out}$ products:
#
# $$\mathrm{E}[z^2] = n_{in}\,\mathrm{Var}(w)\,\mathrm{E}[a^2], \qquad
# \mathrm{E}[dA^2] = n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[dZ^2].$$
#
# Then $\delta = \partial L/\partial z$ passes the slopes: $\delta_{l-1} = f'(z_{l-1}) \odot W_l^\top \delta_l$. Its length
# changes per layer by the root of $n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[f'(z)^2]$. **Xavier** weights have variance
# $2/(n_{in} + n_{out})$, **He** weights $2/n_{in}$.
#
# **By hand.** Equal widths, ReLU: half of the slopes are 1, so the factor is $\sqrt{1/2} \approx 0.707$ with Xavier and
# $\sqrt{2/2} = 1$ with He. For the sigmoid $f' \le \frac14$: at most 0.25 with Xavier.
#
# The usual plot shows another quantity, the norms of the weight gradients. For one example $dW_l = \delta_l\, a_{l-1}^\top$, so
# $\|dW_l\| = \|\delta_l\| \cdot \|a_{l-1}\|$: what shrinks on the way **back** times what may shrink on the way **forward**.
#
# **By hand.** $dW = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$ has the Frobenius norm $\sqrt{9 + 16} = 5$.


# %% nbgrader={"grade": false, "grade_id": "gradient-norms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_gradient_norms(grads):
    """Frobenius norms of the weight gradients, first layer first.

    grads: {"W1", "b1", "W2", ...}, keys in any order, any number of layers; not
    changed.
    Returns: (n_layers,), the root of the sum of squares of each dW_l. Biases do not
    count. Raises nothing.

    >>> grads = {"W1": np.diag([3.0, 4.0]), "b1": np.ones(2)}
    >>> grads |= {"W2": np.array([[1.0, 1.0]]), "b2": np.ones(1)}
    >>> layer_gradient_norms(grads)
    array([5.        , 1.41421356])

    About 3 lines.
    """
    ### BEGIN SOLUTION
    n_layers = sum(key.startswith("W") for key in grads)
    weights = [grads[f"W{layer}"] for layer in range(1, n_layers + 1)]
    return np.array([np.linalg.norm(dW) for dW in weights])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-gradient-norms-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
two = {"W1": np.diag([3.0, 4.0]), "b1": np.array([7.0, 7.0])}
two |= {"W2": np.array([[1.0, 1.0]]), "b2": np.array([9.0])}
turned = dict(reversed(two.items()))
check.value(layer_gradient_norms, two, expected=np.array([5.0, np.sqrt(2.0)]))
check.value(layer_gradient_norms, turned, expected=np.array([5.0, np.sqrt(2.0)]))
# Eleven layers; the gradient of the first one is zero
eleven = {f"W{layer}": np.array([[layer - 1.0]]) for layer in range(1, 12)}
check.value(layer_gradient_norms, eleven, expected=np.arange(11.0))
# Tiny gradients
tiny = {key: 1e-12 * dW for key, dW in two.items()}
expected = np.array([5e-12, np.sqrt(2.0) * 1e-12])
check.value(layer_gradient_norms, tiny, expected=expected, atol=0)
check.purity(layer_gradient_norms, two)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _layer_gradient_norms, _random_params, _shuffled


def _gradients(rng, sizes):
    """Weights that grow from layer to layer, and large biases, in a random order."""
    grads = _random_params(rng, sizes)
    for key in grads:
        grads[key] *= int(key[1:]) if key.startswith("W") else 100
    return _shuffled(rng, grads)


_rng = check.rng(4801)
with check.part(
    "norms of the layers",
    hint="The root of the sum of all squares of dW_l, weights only, first layer first.",
):
    for _sizes in [(3, 2), (3, 4, 1), (4, 4, 4, 4), (2, 5, 3, 4, 2)]:
        _g = _gradients(_rng, _sizes)
        check.value(layer_gradient_norms, _g, expected=_layer_gradient_norms(_g))
with check.part(
    "norms of more than nine layers", hint="W10 comes after W9, not after W1."
):
    _g = _gradients(_rng, (3,) * 13)
    check.value(layer_gradient_norms, _g, expected=_layer_gradient_norms(_g))
with check.part("norms of tiny gradients", hint="Nothing is added under the root."):
    _h = {key: 1e-12 * a for key, a in _g.items()}
    _norms = _layer_gradient_norms(_h)
    check.value(layer_gradient_norms, _h, expected=_norms, rtol=1e-9, atol=0)
    _h = {"W1": np.zeros((2, 2)), "b1": np.ones(2)}
    check.value(layer_gradient_norms, _h, expected=np.zeros(1))
with check.part(
    "layer_gradient_norms leaves its argument alone",
    hint="Did you change the dict or an array in it?",
):
    check.purity(layer_gradient_norms, _gradients(_rng, (3, 4, 2)))
### END HIDDEN TESTS

# %%
rng = np.random.default_rng(0)
W = rng.normal(0.0, np.sqrt(1 / 50), size=(200, 50))  # 50 inputs, 200 units
a, dz = rng.normal(size=(1000, 50)), rng.normal(size=(1000, 200))
forward_ratio, back_ratio = np.mean((a @ W.T) ** 2), np.mean((dz @ W) ** 2)
print(f"n_in Var(w) = 1: the mean square of z is {forward_ratio:.2f} times that of a.")
print(f"n_out Var(w) = 4: that of dA is {back_ratio:.2f} times that of dZ.")

# %% [markdown]
# **Predict first.** Twenty layers of 100 units, five kinds of network; large weights have twice the variance of He. For ReLU
# with Xavier weights: does $\|\delta\|$ of the first layer differ from that of the last, and does $\|dW\|$? Which networks
# train at all with ten hidden layers?

# %%
kinds = {
    "sigmoid, Xavier": experiments.Kind(sigmoid, sigmoid_prime, "xavier"),
    "tanh, Xavier": experiments.Kind(tanh, tanh_prime, "xavier"),
    "ReLU, Xavier": experiments.Kind(relu, relu_prime, "xavier"),
    "ReLU, He": experiments.Kind(relu, relu_prime, "he"),
    "ReLU, large": experiments.Kind(relu, relu_prime, "large"),
}
passes = mlp_forward, mlp_backward, layer_gradient_norms, sigmoid
flow = experiments.flow(kinds, *passes)
print(flow.table())
print(flow.steps())
some = {"tanh, Xavier": kinds["tanh, Xavier"]}
small = experiments.flow(some, *passes, scale=0.2)
print(f"Inputs of standard deviation 0.2 instead of 1:\n{small.steps()}")
trained = experiments.depth_trains(kinds, fit)
print(trained.table())
plots.flow(flow, trained)

# %% [markdown]
# **What you see.** The length of $\delta$ falls or grows **exponentially** where the factor is constant. For tanh it is not:
# strong signals meet flat slopes and shrink fast; as they get smaller the factor comes closer to 1.
#
# For ReLU with Xavier weights $\|dW\|$ hides what $\|\delta\|$ shows. **Euler's identity** explains part of it. Without
# biases, doubling any one $W_l$ doubles the last pre-activation, so the entries of $W_l \odot dW_l$ have the same sum in
# every layer (last column). This fixes a sum, not the norm of $dW_l$; the norms are measured to be close.

# %% [markdown]
# ## 5.2 Dead units
#
# A ReLU unit with a pre-activation of 0 or less passes no gradient for that example. If this holds for **every** example, no
# gradient reaches its weights: the unit is dead.
#
# **By hand.** Three examples, four units:
#
# $$Z = \begin{pmatrix} -1 & 2 & 0 & -3 \\ -2 & -1 & 0 & -1 \\ -1 & -5 & 0 & 4 \end{pmatrix}$$
#
# Column 1 is never positive: dead. Column 2 is positive once: alive. Column 3 is 0 throughout: dead, as
# $\mathrm{relu}'(0) = 0$. Column 4 is alive. The share is $2/4 = 0.5$. Note that 10 of the 12 entries are not positive, which is
# another question.


# %% nbgrader={"grade": false, "grade_id": "dead-units", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dead_fraction(Z):
    """Share of the units that are <= 0 for every example.

    Z: pre-activations, array (m, n), a row per example; not changed.
    Returns: a number from 0 to 1. Raises nothing.

    >>> dead_fraction(np.array([[-1.0, 2.0], [-2.0, -1.0]]))
    0.5

    About 1 line.
    """
    ### BEGIN SOLUTION
    return float(np.mean(np.all(Z <= 0, axis=0)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-dead-units-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Z = np.array([[-1.0, 2.0, 0.0, -3.0], [-2.0, -1.0, 0.0, -1.0], [-1.0, -5.0, 0.0, 4.0]])
check.value(dead_fraction, Z, expected=0.5)  # the example by hand
check.value(dead_fraction, np.array([[-1.0, 2.0], [-2.0, -1.0]]), expected=0.5)
check.value(dead_fraction, np.array([[2.0, 4.0, 2.0]]), expected=0.0)  # one example
check.value(dead_fraction, np.array([[-1.0], [-2.0]]), expected=1.0)  # one unit
check.purity(dead_fraction, Z)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _dead_fraction, _relu, _relu_prime, _stand_ins
_given = _stand_ins(_relu, _relu_prime)
_rng = check.rng(1801)
with check.part(
    "dead share of a batch",
    hint="A unit is a column. All of its entries count, and the result is a share.",
):
    for _shift in [-2.0, -1.5, -1.0, 0.0]:
        for _shape in [(6, 9), (5, 5), (4, 11)]:
            _Z = _rng.normal(size=_shape) + _shift
            check.value(dead_fraction, _Z, expected=_dead_fraction(_Z), given=_given)
with check.part(
    "dead share, units at exactly 0",
    hint="A pre-activation of 0 passes no gradient: relu_prime(0) = 0.",
):
    for _Z in [np.array([[0.0, -1.0, 3.0], [-2.0, 0.0, 0.0]]), np.zeros((3, 2))]:
        check.value(dead_fraction, _Z, expected=_dead_fraction(_Z), given=_given)
with check.part(
    "dead share, all, none, and a single example", hint="Try a batch of one row."
):
    for _Z in [
        -1 - _rng.random((3, 4)),
        1 + _rng.random((3, 4)),
        np.array([[-1.0, 2.0, 3.0, -4.0, 5.0]]),
        np.array([[-1.0], [2.0]]),
    ]:
        check.value(dead_fraction, _Z, expected=_dead_fraction(_Z), given=_given)
with check.part(
    "dead_fraction leaves its argument alone",
    hint="Did you write into the caller's array?",
):
    check.purity(dead_fraction, _rng.normal(size=(4, 3)), given=_given)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first.** A ReLU network that nobody has trained: how many units of the first layer are dead, how many of layer 20?
#
# Then small networks 2-10-5-1 learn the moons at four rates. At which do units die? Can a dead unit of the first layer come
# back, can one of the second? And last, single units $f(wx + b)$ start with a negative pre-activation for every input. Which
# recover: ReLU, leaky ReLU with $\alpha = 0.01$, with $\alpha = 0.1$, SiLU?

# %%
before = experiments.untrained(relu, dead_fraction)
print(before.table())
network = mlp_forward, init_params, relu, relu_prime, sigmoid
dying = experiments.dying_units(fit, *network, dead_fraction)
print(dying.table())
units = {
    "ReLU": (relu, relu_prime),
    "leaky, 0.01": (leaky_relu, leaky_relu_prime),
    "leaky, 0.1": tuple(partial(f, alpha=0.1) for f in (leaky_relu, leaky_relu_prime)),
    "SiLU": (silu, silu_prime),
}
revived = experiments.revival(units)
print(revived.table())
plots.dying_units(before, dying, revived)

# %% [markdown]
# **What you see.** Each ReLU layer makes the signals of different examples more alike: their cosine rises towards 1. A unit
# of a deep layer then gets nearly the same $z$ for every example. It is on for all, or off for all, and off for all is dead,
# before any training.
#
# The inputs of the first layer never change, so a dead unit there stays dead. The inputs of the second layer move while the
# first one learns, and units there came back. A leaky unit always passes some gradient. SiLU is smooth, but to the left of
# its lowest point its slope is negative: the unit moves away from its target.

# %% [markdown]
# ## 5.4 Batch normalization
#
# In training every unit is brought to mean 0 and variance 1 over the batch, then stretched and shifted by learned $\gamma$,
# $\beta$. For a batch $x$ of shape $(m, n)$, column by column:
#
# $$\mu = \tfrac1m\sum_i x_i, \quad v = \tfrac1m\sum_i (x_i - \mu)^2, \quad \hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad \text{out}_i = \gamma\hat x_i + \beta .$$
#
# At evaluation a row must not depend on its neighbours, so **running** statistics take the place of $\mu$ and $v$. Each
# training batch moves them: new = momentum · old + (1 - momentum) · batch.
#
# **By hand.** One column $x = (1, 3)$ with $\epsilon = 3$, $\gamma = 4$, $\beta = 1$: $\mu = 2$, $v = 1$, $\hat x =
# (-\frac12, \frac12)$, out $= (-1, 3)$. A running mean of 0 becomes $0.2$.
#
# **Back.** $\mu$ and $v$ depend on every row. With $d = \gamma\,\partial L/\partial\text{out}$ the chain rule gives
#
# $$\frac{\partial L}{\partial x_i} = \frac{1}{\sqrt{v + \epsilon}}\Bigl(d_i - \tfrac1m\sum_k d_k - \hat x_i\,\tfrac1m\sum_k d_k\hat x_k\Bigr).$$
#
# For $\partial L/\partial\text{out} = (1, 0)$: $d = (4, 0)$, $\frac1m\sum d = 2$, $\frac1m\sum d\hat x = -1$, so $\partial
# L/\partial x = \frac12(2 - \frac12, -2 + \frac12) = (\frac34, -\frac34)$. The sum is 0: a shift of the batch changes
# nothing. $\partial L/\partial\gamma$ and $\partial L/\partial\beta$ are yours to find.
#
# <details><summary>Hint</summary>
#
# `array[...] = value` writes into an array. Both parameters are shared by all rows: what happens to the contributions of the
# rows? Whatever the pass back needs belongs into the cache, so that a second forward pass does no harm.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "batchnorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    """Batch normalization of the columns of x.

    x: (m, n); gamma, beta: (n,); not changed. state: {"mean", "var"}, arrays (n,); when
    training, these arrays are updated in place:
    new = momentum*old + (1 - momentum)*batch, with the population variance.
    When not training, they take the place of mean and variance of the batch, and stay
    as they are.
    Returns: (out, cache): out is (m, n); cache is whatever batchnorm_backward needs.

    >>> state = {"mean": np.zeros(1), "var": np.ones(1)}
    >>> x, gamma, beta = np.array([[1.0], [3.0]]), np.array([4.0]), np.ones(1)
    >>> batchnorm_forward(x, gamma, beta, state, training=True, eps=3.0)[0]
    array([[-1.],
           [ 3.]])

    About 9 lines.
    """
    ### BEGIN SOLUTION
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)
    ### END SOLUTION


def batchnorm_backward(dout, cache):
    """The gradients of a training forward pass.

    dout: gradient with respect to out, (m, n); not changed. cache: from
    batchnorm_forward; not changed.
    Returns: (dx, dgamma, dbeta), of shapes (m, n), (n,), (n,).

    >>> state = {"mean": np.zeros(1), "var": np.ones(1)}
    >>> x, gamma, beta = np.array([[1.0], [3.0]]), np.array([4.0]), np.ones(1)
    >>> _, cache = batchnorm_forward(x, gamma, beta, state, training=True, eps=3.0)
    >>> batchnorm_backward(np.array([[1.0], [0.0]]), cache)
    (array([[ 0.75],
           [-0.75]]), array([-0.5]), array([1.]))

    About 5 lines.
    """
    ### BEGIN SOLUTION
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-batchnorm-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def output(x, gamma, beta, mean, var, training, eps):
    """What batchnorm_forward gives, without its cache."""
    state = {"mean": mean, "var": var}
    return batchnorm_forward(x, gamma, beta, state, training, eps=eps)[0]


column, one, two = np.array([[1.0], [3.0]]), np.ones(1), np.ones(2)
by_hand = np.array([[-1.0], [3.0]])
check.value(output, column, 4 * one, 1 * one, 0 * one, one, True, 3.0, expected=by_hand)
row, five = np.array([[7.0]]), np.array([[5.0]])  # evaluation: one row is enough
check.value(output, row, 4 * one, 1 * one, 5 * one, one, False, 3.0, expected=five)
# Three examples with two units, of which the second one is constant
table, units = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]), np.array([1.0, 2.0])
wanted = np.array([[-1.0, -1.0], [0.0, -1.0], [1.0, -1.0]])
shift = np.array([0.0, -1.0])
check.value(output, table, units, shift, 0 * two, two, True, 4 / 3, expected=wanted)
for training in [True, False]:  # only the arrays in state may change
    kept = partial(output, mean=np.zeros(2), var=np.ones(2), training=training, eps=0.1)
    check.purity(kept, table, units, shift)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _batchnorm, _entry, _normalized


def _state(n):
    return {"mean": np.linspace(-1.0, 2.0, n), "var": np.linspace(0.5, 3.0, n)}


_out = _entry(batchnorm_forward, 0)
_rng = check.rng(6601)
with check.part(
    "training",
    hint="Statistics of each column of the batch; population variance; eps inside the root.",
):
    for _m, _n in [(7, 3), (3, 5), (4, 4), (2, 1)]:
        _x = _rng.normal(2, 3, size=(_m, _n))
        _args = (_x, _rng.normal(size=_n), _rng.normal(size=_n))
        check.value(_out, *_args, _state(_n), True, expected=_batchnorm(*_args))
with check.part(
    "training with another eps and columns that hardly vary",
    hint="Where in the formula does eps stand?",
):
    _x = 5 + 3e-3 * _rng.normal(size=(6, 3))
    _args = (_x, np.array([1.0, 2.0, -3.0]), np.array([0.0, 1.0, 0.5]))
    for _eps in [1e-5, 1e-3, 0.5]:
        _want = _batchnorm(*_args, _eps)
        check.value(_out, *_args, _state(3), True, eps=_eps, expected=_want)
    _args = (np.full((4, 2), 7.0), np.array([2.0, 3.0]), np.array([0.5, -1.0]))
    _want = np.array([[0.5, -1.0]] * 4)
    check.value(_out, *_args, _state(2), True, expected=_want)
with check.part(
    "evaluation uses the running statistics",
    hint="A row alone must get the same as in a batch.",
):
    _x, _s = _rng.normal(size=(5, 3)), _state(3)
    _gamma, _beta = _rng.normal(size=3), _rng.normal(size=3)
    for _rows in [_x, _x[:1], _x[2:4]]:
        for _eps in [1e-5, 0.2]:
            _want = _normalized(_rows, _gamma, _beta, _s["mean"], _s["var"], _eps)
            check.value(_out, _rows, _gamma, _beta, _s, False, eps=_eps, expected=_want)
with check.part(
    "momentum does not change the output",
    hint="The running statistics are for evaluation only.",
):
    _want = _batchnorm(_x, _gamma, _beta)
    check.value(_out, _x, _gamma, _beta, _s, True, momentum=0.3, expected=_want)
with check.part(
    "batchnorm_forward leaves x, gamma and beta alone",
    hint="Only the arrays in state may change.",
):
    for _training in [True, False]:
        _arrays = [_rng.normal(size=(4, 3)), _rng.normal(size=3), _rng.normal(size=3)]
        _before = [_array.copy() for _array in _arrays]
        batchnorm_forward(*_arrays, _state(3), _training)
        assert all(map(np.array_equal, _arrays, _before)), "an argument changed"
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-batchnorm-gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def gradients(dout, x, gamma, beta, eps, busy=False):
    """dx, dgamma, dbeta. Busy: a pass of another batch and a pass back come between."""
    state = {"mean": np.zeros(x.shape[1]), "var": np.ones(x.shape[1])}
    _, cache = batchnorm_forward(x, gamma, beta, state, True, eps=eps)
    if busy:
        batchnorm_forward(x**2, gamma, beta, state, True, eps=eps)
        batchnorm_backward(dout.copy(), cache)
    return batchnorm_backward(dout, cache)


up, x, one = np.array([[1.0], [0.0]]), np.array([[1.0], [3.0]]), np.ones(1)
by_hand = np.array([[0.75], [-0.75]]), np.array([-0.5]), np.array([1.0])
for busy in [False, True]:
    check.value(gradients, up, x, 4 * one, one, 3.0, busy, expected=by_hand)
# x_hat is (-1, 0, 1) and 0, the roots are 2 and 2/sqrt(3)
table, ups = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]), np.eye(3)[:, [0, 2]]
dx, sums = np.array([[1 / 3, -1.0], [-1 / 3, -1.0], [0.0, 2.0]]), np.array([-1.0, 0.0])
for on in [1.0, 0.0]:  # gamma = 0 switches a unit off: it still has slopes of its own
    case = ups, table, np.array([2.0 * on, 12**0.5]), np.zeros(2), 4 / 3
    check.value(gradients, *case, expected=(dx * [on, 1.0], sums, np.ones(2)))
check.purity(lambda dout: gradients(dout, x.copy(), 4 * one, one, 3.0), up)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _batchnorm_backward


def _standard_state(n):
    return {"mean": np.zeros(n), "var": np.ones(n)}


def _gradients(dout, x, gamma, beta, **settings):
    state = _standard_state(np.shape(x)[1])
    _, cache = batchnorm_forward(x, gamma, beta, state, True, **settings)
    return batchnorm_backward(dout, cache)


_rng = check.rng(6602)
with check.part(
    "batchnorm_backward",
    hint="Mean and variance depend on x. Compare with a numerical gradient, gamma != 1.",
):
    for _m, _n in [(6, 3), (3, 5), (4, 4), (2, 2)]:
        _x, _dout = _rng.normal(1, 2, size=(_m, _n)), _rng.normal(size=(_m, _n))
        _gamma = _rng.uniform(0.5, 3, size=_n) * np.array([1, -1] * _n)[:_n]
        _args = (_dout, _x, _gamma, _rng.normal(size=_n))
        check.value(_gradients, *_args, expected=_batchnorm_backward(*_args))
with check.part(
    "batchnorm_backward with another eps",
    hint="The root in the gradient is the one of the forward pass.",
):
    for _eps in [0.1, 2.0]:
        _want = _batchnorm_backward(*_args, _eps)
        check.value(_gradients, *_args, eps=_eps, expected=_want)
with check.part(
    "batchnorm_backward where gamma is 0",
    hint="Nothing has to be divided by gamma.",
):
    for _off in [np.array([0.0, 1.5]), np.zeros(2)]:
        _args = (_rng.normal(size=(5, 2)), _rng.normal(size=(5, 2)), _off, np.ones(2))
        check.value(_gradients, *_args, expected=_batchnorm_backward(*_args))
with check.part(
    "a shift of the batch changes nothing",
    hint="So the entries of each column of dx add up to 0.",
):
    _args = (_rng.normal(size=(7, 3)), _rng.normal(size=(7, 3)), _rng.normal(size=3))
    _dx = np.asarray(_gradients(*_args, np.ones(3))[0])
    assert np.abs(_dx.sum(axis=0)).max() < 1e-9, "a column of dx does not add up to 0"
with check.part(
    "each cache belongs to its own forward pass",
    hint="Keep everything in cache, nothing outside of it.",
):
    _s, _gamma, _beta = _standard_state(3), np.array([2.0, -1.0, 0.5]), np.zeros(3)
    _batches = [_rng.normal(size=(5, 3)), _rng.normal(2, 4, size=(5, 3))]
    _caches = [
        batchnorm_forward(_b.copy(), _gamma.copy(), _beta.copy(), _s, True)[1]
        for _b in _batches
    ]
    _dout = _rng.normal(size=(5, 3))
    # Twice: a pass back must not change the cache.
    for _batch, _cache in [*zip(_batches, _caches, strict=True)] * 2:
        check.value(
            lambda dout, cache=_cache: batchnorm_backward(dout, cache),
            _dout,
            expected=_batchnorm_backward(_dout, _batch, _gamma, _beta),
        )
with check.part(
    "batchnorm_backward leaves dout alone",
    hint="Did you write into the caller's array?",
):
    _args = (_rng.normal(size=(4, 2)), np.array([2.0, 3.0]), np.array([0.0, 1.0]))
    _, _cache = batchnorm_forward(*_args, _standard_state(2), True)
    _dout = _rng.normal(size=(4, 2))
    _before = _dout.copy()
    batchnorm_backward(_dout, _cache)
    assert np.array_equal(_dout, _before), "dout changed"
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-batchnorm-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def state_after(batches, training, momentum, mean, var):
    """The arrays that were handed in as state: they must have changed themselves."""
    state, ones = {"mean": mean, "var": var}, np.ones(len(mean))
    for batch in batches:
        batchnorm_forward(batch, ones, ones, state, training, momentum=momentum)
    return {"mean": mean, "var": var}


column, start = np.array([[1.0], [3.0]]), (np.zeros(1), np.full(1, 2.0))
# 0.9*0 + 0.1*2 and 0.9*2 + 0.1*1
moved = {"mean": np.array([0.2]), "var": np.array([1.9])}
check.value(state_after, [column], True, 0.9, *start, expected=moved)
still = {"mean": np.array([0.0]), "var": np.array([2.0])}
check.value(state_after, [column], False, 0.9, *start, expected=still)
# Two units, each with statistics of its own
pair = np.array([[1.0, 10.0], [3.0, 20.0]])
both = {"mean": np.array([1.0, 7.5]), "var": np.array([1.5, 13.5])}
check.value(state_after, [pair], True, 0.5, np.zeros(2), np.full(2, 2.0), expected=both)
# Once more: 0.5*(0.5*0 + 0.5*2) + 0.5*4 and 0.5*(0.5*2 + 0.5*1) + 0.5*4
twice = {"mean": np.array([2.5]), "var": np.array([2.75])}
check.value(state_after, [column, 2 * column], True, 0.5, *start, expected=twice)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _copied, _running_statistics

_start = {"mean": np.array([0.5, -2.0, 4.0]), "var": np.array([1.0, 3.0, 0.2])}


def _state_after(batches, training, **settings):
    """The arrays of a state after these batches."""
    state = _copied(_start)
    arrays = dict(state)
    gamma, beta = np.array([2.0, 1.0, -1.0]), np.array([0.0, 1.0, 2.0])
    for batch in batches:
        batchnorm_forward(batch.copy(), gamma, beta, state, training, **settings)
    assert set(state) == {"mean", "var"}, "state has other keys than before"
    return arrays


_rng = check.rng(6603)
_batches = [_rng.normal(_i, 1 + _i, size=(_m, 3)) for _i, _m in enumerate([4, 6, 3])]
with check.part(
    "running statistics",
    hint="new = momentum*old + (1 - momentum)*batch, into the same arrays.",
):
    for _some, _momentum in [
        (_batches, 0.9),
        (_batches, 0.7),
        (_batches, 0.2),
        (_batches[:1], 0.0),
    ]:
        _want = _running_statistics(_start, _some, _momentum)
        check.value(_state_after, _some, True, momentum=_momentum, expected=_want)
with check.part(
    "running statistics by default", hint="The default of momentum is 0.9."
):
    _want = _running_statistics(_start, _batches, 0.9)
    check.value(_state_after, _batches, True, expected=_want)
    _want = _running_statistics(_start, _batches * 3, 0.9)
    check.value(_state_after, _batches * 3, True, eps=0.5, expected=_want)
with check.part(
    "evaluation leaves the statistics alone", hint="Only training moves them."
):
    check.value(_state_after, _batches, False, momentum=0.4, expected=_start)
with check.part(
    "each layer has its own statistics",
    hint="Everything that is remembered lies in state.",
):
    _want = _running_statistics(_start, _batches[1:], 0.6)
    check.value(_state_after, _batches[1:], True, momentum=0.6, expected=_want)
### END HIDDEN TESTS

# %% [markdown]
# **What it is for.** A network of eight hidden layers starts from He weights times 0.3, 1 and 3. It is a chain of your functions,
# forward and back.
#
# **Predict first.** Without normalization, which factor trains worst? And with it: why can multiplying all weights of a layer
# by 3 leave its normalized output unchanged? Last, the trained network predicts new rows. What happens if it is left in
# training mode and gets one row at a time?


# %%
def forward(X, params, states, training):
    """Logits, and what the way back needs; without states nothing is normalized."""
    A, kept = X, []
    n_layers = sum(key.startswith("W") for key in params)
    for k in range(1, n_layers):
        Z, cache = linear_forward(A, params[f"W{k}"], params[f"b{k}"]), None
        if states:
            gamma, beta = params[f"gamma{k}"], params[f"beta{k}"]
            Z, cache = batchnorm_forward(Z, gamma, beta, states[k - 1], training)
        kept.append((A, Z, cache))
        A = relu(Z)
    logits = linear_forward(A, params[f"W{n_layers}"], params[f"b{n_layers}"])
    return logits, [*kept, A]


# %%
def backward(dZ, kept, params):
    """Gradients of all parameters, given that of the logits."""
    n, grads = len(kept), {}
    W = params[f"W{n}"]
    dA, grads[f"W{n}"], grads[f"b{n}"] = linear_backward(dZ, kept[-1], W)
    for k in range(n - 1, 0, -1):
        A, Z, cache = kept[k - 1]
        dZ, W = dA * relu_prime(Z), params[f"W{k}"]
        if cache is not None:
            dZ, grads[f"gamma{k}"], grads[f"beta{k}"] = batchnorm_backward(dZ, cache)
        dA, grads[f"W{k}"], grads[f"b{k}"] = linear_backward(dZ, A, W)
    return grads


chain = experiments.Chain(forward, backward, bce_with_logits, bce_with_logits_grad)
start = experiments.scales(chain, init_params)
print(start.table())
print(experiments.modes(chain, init_params).table())
plots.scales(start)

# %% [markdown]
# **What you see.** With normalization the size of the weights hardly matters: $\mu$ and $\sqrt v$ grow with them. A batch of
# one row has $x = \mu$, so in training mode every row gets the same answer. Left in training mode by mistake, a network still
# looks good on large batches: the accuracy does not tell. But each answer then depends on the other rows. In evaluation mode
# it does not.

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-vanishing", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 5.8 Explain
#
# In five to ten sentences: **why do gradients vanish or explode with depth, and how would you show it for a network of your
# own?** Use the recursion for $\delta$, at least two measured numbers, and say why the ratio of $\|dW_1\|$ to $\|dW_L\|$ can
# mislead. Name two remedies. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Each layer on the way back multiplies delta by the transposed weights and by the slopes, so after n layers
# its length has changed by a product of n factors. If they are below 1 it vanishes exponentially, if above 1 it explodes.
# With Xavier weights the sigmoid leaves about 0.23 a layer, because its slope is at most a quarter, and ReLU about 0.7, as
# half of its slopes are 0; tanh leaves about 0.91, and more as the signal gets smaller. He weights double the variance and
# bring ReLU to about 1; larger ones give about 1.4, which explodes. I would plot the length of delta by layer, on a log axis,
# for many random starts. The norm of dW is the length of delta times the length of the layer's input. In a ReLU network with
# Xavier weights the input shrinks on the way forward as delta shrinks on the way back, so the first norm is 1.2 times that of
# the last hidden layer and 1.75 times that of the output layer, while delta loses a factor of a thousand. Remedies: weights
# of the right size for the activation, ReLU instead of sigmoid, normalization, residual connections.
#
# **Mark scheme.** 1 point: the product of one factor per layer, made of weights and slopes, and both directions (below and
# above 1). 1 point: two measured numbers used correctly. 1 point: the norm of dW contains the input of the layer too, and two
# remedies that fit. Half a point off for "ReLU solves it" without a word on the weights.
# ### END SOLUTION

# %% [markdown]
# ## 5.10 What to keep
#
# **What holds in general**
#
# 1. On the way forward a layer multiplies the mean square by $n_{in}\,\mathrm{Var}(w)$ and what $f$ leaves, on the way back by
#    $n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[f'^2]$. With depth such factors multiply.
# 2. Look at $\|\delta\|$. The norm of $dW$ contains the input of the layer too.
# 3. ReLU does not solve vanishing gradients by itself: it needs weights of matching size, and its units can die. A dead unit of the
#    first layer stays dead.
# 4. Batch normalization makes a layer deaf to the scale of its weights. It does not make initialization irrelevant: with all
#    weights equal, units stay equal.
# 5. Batch normalization has two modes. Forgetting to switch is a silent mistake.
#
# **What is a rule of thumb.** "Use ReLU with He weights", $\alpha = 0.01$. Our flow was measured in untrained networks of
# width 100.
#
# **Read more.** Hochreiter 1991 and Bengio, Simard and Frasconi 1994, on vanishing gradients. Glorot and Bengio 2010,
# *Understanding the difficulty of training deep feedforward neural networks*. He, Zhang, Ren and Sun 2015, *Delving deep into
# rectifiers*. Ioffe and Szegedy 2015, *Batch normalization*.
#
# **Further, optional.** (a) Add SiLU with He weights to `kinds`. Which factor do you predict from $\mathrm{E}[f'^2]$? (b) Which
# variance would make the factor of the sigmoid 1, and why does the measurement disagree?
