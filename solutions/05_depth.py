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
# ## 4.8 Where does the gradient go?
#
# Write $\delta_l = \partial L/\partial z_l$ for one example. From 4.4: $\delta_{l-1} = f'(z_{l-1}) \odot W_l^\top \delta_l$, one matrix
# and one slope for each layer, so its length shrinks or grows **exponentially** with depth, unless the factor per layer is 1. The
# usual plot shows another quantity, the norms $\|dW_l\|$. For one example
#
# $$dW_l = \delta_l\, a_{l-1}^\top, \qquad \|dW_l\| = \|\delta_l\| \cdot \|a_{l-1}\|:$$
#
# a product of what shrinks on the way back and what may shrink on the way **forward**. In a ReLU network without biases the two
# balance: doubling any one $W_l$ doubles the last pre-activation $z_L$, so by **Euler's identity** the entries of
# $W_l \odot dW_l$ add up to $z_L\,\delta_L$ in every layer.
#
# **By hand.** $dW = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$ has the Frobenius norm $\sqrt{9 + 16} = 5$.
#
# **Predict first.** Twenty layers, five kinds of network. Glorot's weights are the Xavier of notebook 2, here normal; large ones
# have twice the variance of He. For ReLU with Glorot weights: does $\|\delta\|$ of the first layer differ
# from that of the last, and does $\|dW\|$? Which of sigmoid, tanh and ReLU train at all with ten hidden layers?


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
kinds = {
    "sigmoid, Glorot": experiments.Kind(sigmoid, sigmoid_prime, "glorot"),
    "tanh, Glorot": experiments.Kind(tanh, tanh_prime, "glorot"),
    "ReLU, Glorot": experiments.Kind(relu, relu_prime, "glorot"),
    "ReLU, He": experiments.Kind(relu, relu_prime, "he"),
    "ReLU, large": experiments.Kind(relu, relu_prime, "large"),
}
flow = experiments.gradient_flow(
    kinds, mlp_forward, mlp_backward, layer_gradient_norms, sigmoid
)
by_depth = ", ".join(map(str, flow.depths))
print(f"{'':<16} factor of |delta| per layer   |delta|   |dW|      spread of W.dW")
print(
    f"{'network':<16} {f'with {by_depth} layers':<29} first over last   over the layers"
)
for i, name in enumerate(flow.names):
    factors = "   ".join(f"{factor:.3f}" for factor in flow.factor[i])
    print(
        f"{name:<16} {factors:<29} {flow.delta_ratio[i]:<9.0e} "
        f"{flow.weight_ratio[i]:<9.1e} {flow.euler[i]:.0e}"
    )
depth = experiments.depth_trains(kinds, fit)
for i, name in enumerate(depth.names):
    shares = ", ".join(
        f"{d} hidden {s:.0%}" for d, s in zip(depth.depths, depth.stuck[i], strict=True)
    )
    print(f"{name:<16} stuck at ln 2, as by guessing: {shares}")
plots.gradient_flow(flow, depth)

# %%
signals = experiments.signals(mlp_forward, init_params, {"tanh": tanh, "ReLU": relu})
for i, name in enumerate(signals.activations):
    print(f"{name:<14} last deviation  factor per layer  no slope  different units")
    for j, scheme in enumerate(signals.schemes):
        print(
            f"{scheme:<14} {signals.std[i, j, -1]:14.1e}  {signals.factor[i, j]:16.3f}"
            f"  {signals.flat[i, j, -1]:8.1%}  {signals.distinct[i, j]:15d}"
        )
plots.signals(signals)

# %% [markdown]
# ## 1.10 What a layer does to a gradient
#
# On its way back a gradient is multiplied in each layer by the weights and by the slopes $f'(z)$ (the chain rule; notebook 4
# derives it). With $n$ inputs per unit and independent random weights of mean 0, its mean square changes by
#
# $$n\,\mathrm{Var}(w)\;\mathrm{E}[f'(z)^2],$$
#
# and its length by the root of that. **Glorot** weights have $n\,\mathrm{Var}(w) = 1$ between layers of equal width, **He** weights 2.
#
# **By hand.** About half of the pre-activations are positive, so $\mathrm{E}[\mathrm{relu}'^2] = \frac12$: factor
# $\sqrt{1/2} \approx 0.707$ with Glorot, $\sqrt{2/2} = 1$ with He. For the sigmoid $f' \le \frac14$: at most 0.25 with Glorot.
#
# **Predict first.** After 20 layers, what is left of a gradient in each of the five networks below: over a half, around a
# thousandth, or under a billionth?
#
# The last column of the table counts units whose slope is 0 for every example. Are you surprised that it is not 0 for ReLU,
# before any training?
#
# Then use the explorer, which looks at slopes alone, and reach its target. Which `std` makes tanh lose most?

# %%
stacks = {
    "sigmoid, Glorot": experiments.Stack(*functions["sigmoid"], "glorot"),
    "tanh, Glorot": experiments.Stack(*functions["tanh"], "glorot"),
    "ReLU, Glorot": experiments.Stack(*functions["ReLU"], "glorot"),
    "ReLU, He": experiments.Stack(*functions["ReLU"], "he"),
    "leaky, He": experiments.Stack(*functions["leaky ReLU"], "he"),
}
flow = experiments.gradient_flow(stacks, dead_fraction)
left = np.median(flow.norms[:, :, -1], axis=1)
print(f"{'network':<16} max f'  E[f'^2]  predicted  measured          left   dead")
for i, name in enumerate(flow.names):
    print(
        f"{name:<16} {flow.max_slope[i]:6.3f}  {flow.mean_square_slope[i]:7.4f}  "
        f"{flow.predicted[i]:9.3f}"
        f"  {flow.factor[i]:.3f} ± {flow.factor_error[i]:.3f}  {left[i]:8.1e}  "
        f"{flow.dead[i]:5.1%}"
    )
n_layers = flow.norms.shape[2] - 1
weakest = flow.factor.argmin()
print(
    "Predicted and measured factors differ by at most "
    f"{np.abs(flow.predicted - flow.factor).max():.3f}."
)
print(
    f"{flow.names[weakest]} loses most: "
    f"{left[weakest]:.1e} of a gradient is left after {n_layers} layers,"
)
print(
    f"and it takes {np.log(1e-3) / np.log(flow.factor[weakest]):.1f} "
    "layers to lose all but a thousandth."
)
plots.gradient_flow(flow)

# %% [markdown]
# ## 1.8 Dead units
#
# A ReLU unit with a pre-activation of 0 or less passes no gradient for that example. If this holds for **every** example, no
# gradient ever reaches its weights: the unit is dead, and gradient descent cannot bring it back.
#
# **By hand.** Three examples, four units:
#
# $$Z = \begin{pmatrix} -1 & 2 & 0 & -3 \\ -2 & -1 & 0 & -1 \\ -1 & -5 & 0 & 4 \end{pmatrix}$$
#
# Column 1 is never positive: dead. Column 2 is positive once: alive. Column 3 is 0 throughout: dead, as
# $\mathrm{relu}'(0) = 0$. Column 4 is alive. The share is $2/4 = 0.5$. Note that 9 of the 12 entries are not positive, which is
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
# ## 1.9 Do units die in training, and does a leak help?
#
# Left: small ReLU networks, trained on moons by plain gradient descent at four learning rates. scikit-learn trains them; your
# functions count. Right: one unit $f(wx + b)$ that starts with a negative pre-activation for every input, and should learn
# positive outputs.
#
# **Predict first.** At which learning rates will units die? Which of the four units on the right recover: ReLU, leaky ReLU with
# $\alpha = 0.01$, with $\alpha = 0.1$, SiLU? By what factor do the two leaky ones differ in speed? Write your guesses down.
#
# <details><summary>How to think about the right panel</summary>
#
# A step is the learning rate times error times slope. What is the slope of each function near $z = -2$, and what does its sign
# do to the direction of the step?
#
# </details>

# %%
units = {
    "ReLU": functions["ReLU"],
    "leaky, 0.01": functions["leaky ReLU"],
    "leaky, 0.1": visible_leak,
    "SiLU": functions["SiLU"],
}
dying = experiments.dying_units(relu, dead_fraction)
revived = experiments.revival(units)
print(
    f"untrained: {dying.before.mean():.1%} of the hidden units dead, mean of "
    f"{dying.before.size} networks"
)
for rate, share, accuracy, stuck in zip(
    dying.learning_rates, dying.share, dying.accuracy, dying.stuck, strict=True
):
    print(
        f"rate {rate:4g}: {share.mean():.1%} dead, accuracy {accuracy.mean():.3f}, "
        f"{stuck:.0%} no better than one class"
    )
for name, steps in zip(revived.names, revived.steps_to(0.1), strict=True):
    slope = float(units[name][1](np.array(-2.0)))
    result = (
        f"a tenth of the loss after {steps} steps"
        if steps
        else f"not there after {revived.losses.shape[1]} steps"
    )
    print(f"{name:>11}: slope {slope:6.3f} at z = -2, {result}")
plots.dying_units(dying, revived)

# %% [markdown]
# ## 7.6 Batch normalisation
#
# In training every unit is brought to mean 0 and variance 1 over the batch, then stretched and shifted by learned $\gamma$, $\beta$. For a
# batch $x$ of shape $(m, n)$, column by column:
#
# $$\mu = \tfrac1m\sum_i x_i, \quad v = \tfrac1m\sum_i (x_i - \mu)^2, \quad \hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad \text{out}_i = \gamma\hat x_i + \beta .$$
#
# At evaluation a row must not depend on its neighbours, so **running** statistics take the place of $\mu$ and $v$. Each training batch
# moves them: new = momentum · old + (1 - momentum) · batch.
#
# **By hand.** One column $x = (1, 3)$ with $\epsilon = 3$, $\gamma = 4$, $\beta = 1$: $\mu = 2$, $v = 1$, $\hat x = (-\frac12, \frac12)$, out $= (-1, 3)$. A running mean of 0 becomes
# $0.2$.
#
# **Back.** $\mu$ and $v$ depend on every row. With $d = \gamma\,\partial L/\partial\text{out}$ the chain rule gives
#
# $$\frac{\partial L}{\partial x_i} = \frac{1}{\sqrt{v + \epsilon}}\Bigl(d_i - \tfrac1m\sum_k d_k - \hat x_i\,\tfrac1m\sum_k d_k\hat x_k\Bigr).$$
#
# For $\partial L/\partial\text{out} = (1, 0)$: $d = (4, 0)$, $\frac1m\sum d = 2$, $\frac1m\sum d\hat x = -1$, so $\partial L/\partial x = \frac12(2 - \frac12, -2 + \frac12) = (\frac34, -\frac34)$. The sum is 0: a shift of the batch changes nothing.
# $\partial L/\partial\gamma$ and $\partial L/\partial\beta$ are yours to find.
#
# <details><summary>Hint</summary>
#
# `array[...] = value` writes into an array. Both parameters are shared by all rows: what happens to the contributions of the rows?
# Whatever the pass back needs belongs into the cache, so that a second forward pass does no harm.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "batchnorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    """Batch normalisation of the columns of x.

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
def output(x, gamma, beta, state, training, **settings):
    """What batchnorm_forward gives, without its cache."""
    return batchnorm_forward(x, gamma, beta, state, training, **settings)[0]


column, start = np.array([[1.0], [3.0]]), {"mean": np.zeros(1), "var": np.ones(1)}
four, one = np.array([4.0]), np.array([1.0])
# By hand
check.value(
    output, column, four, one, start, True, eps=3.0, expected=np.array([[-1.0], [3.0]])
)
check.value(
    output,
    np.array([[7.0]]),
    four,
    one,
    {"mean": np.full(1, 5.0), "var": np.ones(1)},
    False,
    eps=3.0,
    expected=np.array([[5.0]]),
)
# Three examples with two units, of which the second one is constant
table = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]])
gamma, beta = np.array([1.0, 2.0]), np.array([0.0, -1.0])
check.value(
    output,
    table,
    gamma,
    beta,
    {"mean": np.zeros(2), "var": np.ones(2)},
    True,
    eps=4 / 3,  # and 8/3 is the variance of the first one
    expected=np.array([[-1.0, -1.0], [0.0, -1.0], [1.0, -1.0]]),
)


def unchanged(x, gamma, beta, training):
    """Whether batchnorm_forward leaves x, gamma and beta as they were."""
    before = [array.copy() for array in (x, gamma, beta)]
    state = {"mean": np.zeros(2), "var": np.ones(2)}
    batchnorm_forward(x, gamma, beta, state, training)
    return all(map(np.array_equal, (x, gamma, beta), before))


check.value(unchanged, table, gamma, beta, True, expected=True)
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
def gradients(dout, x, gamma, beta, **settings):
    """dx, dgamma, dbeta after a forward pass of your own."""
    n = np.shape(x)[1]
    _, cache = batchnorm_forward(
        x, gamma, beta, {"mean": np.zeros(n), "var": np.ones(n)}, True, **settings
    )
    return batchnorm_backward(dout, cache)


by_hand = (np.array([[0.75], [-0.75]]), np.array([-0.5]), np.array([1.0]))
up, column = np.array([[1.0], [0.0]]), np.array([[1.0], [3.0]])
four, one = np.array([4.0]), np.array([1.0])
check.value(gradients, up, column, four, one, eps=3.0, expected=by_hand)
# Three examples and two units: x_hat is (-1, 0, 1) and 0, the roots are 2 and 2/sqrt(3)
table = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]])
ups = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
two, zeros = np.array([2.0, 2 * np.sqrt(3)]), np.zeros(2)
of_table = (
    np.array([[1 / 3, -1.0], [-1 / 3, -1.0], [0.0, 2.0]]),
    np.array([-1.0, 0.0]),
    np.array([1.0, 1.0]),
)
check.value(gradients, ups, table, two, zeros, eps=4 / 3, expected=of_table)
# A unit that gamma = 0 has switched off still has slopes of its own
switched_off = (of_table[0] * np.array([0.0, 1.0]), *of_table[1:])
off = np.array([0.0, two[1]])
check.value(gradients, ups, table, off, zeros, eps=4 / 3, expected=switched_off)


def gradients_later(dout, x, gamma, beta, between, **settings):
    """dx, dgamma, dbeta as above. In between comes a pass of another batch, or a
    pass back with the same cache.
    """
    n = np.shape(x)[1]
    state = {"mean": np.zeros(n), "var": np.ones(n)}
    _, cache = batchnorm_forward(x, gamma, beta, state, True, **settings)
    if between == "forward":
        batchnorm_forward(x**2, gamma, beta, state, True, **settings)
    else:
        batchnorm_backward(dout.copy(), cache)
    return batchnorm_backward(dout, cache)


for between in ["forward", "backward"]:
    later = up, column, four, one, between
    check.value(gradients_later, *later, eps=3.0, expected=by_hand)
check.purity(lambda dout: gradients(dout, column.copy(), four, one), up)
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
def state_after(batches, training, momentum):
    """The arrays that were handed in as state, after some batches: they must have
    changed themselves.
    """
    state = {"mean": np.zeros(1), "var": np.full(1, 2.0)}
    arrays = dict(state)
    for batch in batches:
        batchnorm_forward(
            batch, np.array([4.0]), np.ones(1), state, training, momentum=momentum
        )
    return arrays


# 0.9*0 + 0.1*2 and 0.9*2 + 0.1*1
moved = {
    "mean": np.array([0.2]),
    "var": np.array([1.9]),
}
column = np.array([[1.0], [3.0]])
still = {"mean": np.array([0.0]), "var": np.array([2.0])}
check.value(state_after, [column], True, 0.9, expected=moved)
check.value(state_after, [column], False, 0.9, expected=still)


def state_of_two_units(batch, momentum):
    """As above, for two units: each has statistics of its own."""
    state = {"mean": np.zeros(2), "var": np.full(2, 2.0)}
    arrays = dict(state)
    ones = np.ones(2)
    batchnorm_forward(batch, ones, ones, state, True, momentum=momentum)
    return arrays


pair = np.array([[1.0, 10.0], [3.0, 20.0]])
both = {"mean": np.array([1.0, 7.5]), "var": np.array([1.5, 13.5])}
check.value(state_of_two_units, pair, 0.5, expected=both)
# Once more: 0.5*(0.5*0 + 0.5*2) + 0.5*4 and 0.5*(0.5*2 + 0.5*1) + 0.5*4
twice = {"mean": np.array([2.5]), "var": np.array([2.75])}
check.value(state_after, [column, 2 * column], True, 0.5, expected=twice)
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
# **What it is for.** A network of eight hidden layers, whose first weights are He weights times 0.3, 1 and 3. Read the cell: it is
# the chain of your functions, forward and back.
#
# **Predict first.** Without normalisation, which factor trains worst? And with it: why can multiplying all weights of a layer by 3
# leave its normalised output unchanged?


# %%
def loss_and_grads(X, y, params, states):
    """Loss and gradients of a ReLU network; with states, every hidden layer is
    normalised before its ReLU.
    """
    last = sum(key.startswith("W") for key in params)
    A, kept, grads = X, [], {}
    for layer in range(1, last):
        Z, cache = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"]), None
        if states:
            Z, cache = batchnorm_forward(
                Z,
                params[f"gamma{layer}"],
                params[f"beta{layer}"],
                states[layer - 1],
                True,
            )
        kept.append((A, Z, cache))
        A = relu(Z)
    logits = linear_forward(A, params[f"W{last}"], params[f"b{last}"])
    dZ = bce_with_logits_grad(y, logits)
    dA, grads[f"W{last}"], grads[f"b{last}"] = linear_backward(
        dZ, A, params[f"W{last}"]
    )
    for layer in range(last - 1, 0, -1):
        A, Z, cache = kept[layer - 1]
        dZ = dA * relu_prime(Z)
        if states:
            dZ, grads[f"gamma{layer}"], grads[f"beta{layer}"] = batchnorm_backward(
                dZ, cache
            )
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(
            dZ, A, params[f"W{layer}"]
        )
    return bce_with_logits(y, logits), grads


start = experiments.scales(loss_and_grads, tools)
for title, losses in (
    ("without normalisation", start.plain),
    ("with", start.normalised),
):
    first, end = losses[:, :, 0].mean(axis=1), losses[:, :, -1].mean(axis=1)
    print(
        f"{title:>21}, He times "
        + "; ".join(
            f"{f:g}: {a:.2g} to {b:.2g}"
            for f, a, b in zip(start.factors, first, end, strict=True)
        )
    )
plots.scales(start)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-vanishing", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 4.10 Explain
#
# In five to ten sentences: **why do gradients vanish or explode with depth, and how would you show it for a network of your own?**
# Use the recursion for $\delta$, at least two measured numbers, and say why the ratio of $\|dW_1\|$ to $\|dW_L\|$ can mislead.
# Name two remedies. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Each layer on the way back multiplies delta by the transposed weights and by the slopes, so after n layers its
# length has changed by a product of n factors. If they are below 1 it vanishes exponentially, if above 1 it explodes. With Glorot
# weights the sigmoid leaves about 0.23 a layer, because its slope is at most a quarter; tanh leaves about 0.97, ReLU about 0.7, as half
# of its slopes are 0. He weights double the variance and bring ReLU to about 1; larger ones give about 1.4, which explodes. I would
# plot the length of delta by layer, on a log axis, for many random starts. The norm of dW is the length of delta times the length
# of the layer's input. In a ReLU network with Glorot weights the input shrinks on the way forward as delta shrinks on the way back,
# and without biases Euler's identity keeps the product of W and dW the same in all layers, so the ratio stays near 1 while delta loses
# a factor of a thousand. Remedies: weights of the right size for the activation, ReLU instead of sigmoid, batch normalisation;
# clipping against explosion.
#
# **Mark scheme.** 1 point: the product of one factor per layer, made of weights and slopes, and both directions (below and above 1).
# 1 point: two measured numbers used correctly. 1 point: the norm of dW contains the input of the layer too, and two remedies that
# fit. Half a point off for "ReLU solves it" without a word on the weights.
# ### END SOLUTION

