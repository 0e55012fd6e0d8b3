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
# Each layer makes the signal larger or smaller on its way forward, and the gradient on its way back. With depth these factors
# multiply. You measure this, and build the remedies.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: notebooks 1 to 4. The **variance** is the mean squared distance from the mean; for a mean of 0 it is
#   $\mathrm{E}[x^2]$. Variances of independent numbers add up. For independent $a$ and $w$ the mean of a product is the product of
#   the means.
# - **Afterwards you can** predict what a layer does to a signal and to a gradient; measure it in your own network; and write
#   normalizations and residual blocks with their gradients.
#
# **Conventions.** The batch comes first: `Z = A @ W.T + b`, with `A` of shape `(m, n_in)` and `W` of shape `(n_out, n_in)`.
# Parameters are one dict `{"W1", "b1", "W2", ...}`, gradients a dict with the same keys.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
from nbcore import mine
from nbcore.mine import (
    bce_with_logits,
    bce_with_logits_grad,
    fit,
    init_params,
    leaky_relu,
    leaky_relu_prime,
    linear_backward,
    linear_forward,
    mlp_backward,
    mlp_forward,
    numerical_gradient,
    relu,
    relu_prime,
    sigmoid,
    sigmoid_prime,
    silu,
    silu_prime,
    tanh,
    tanh_prime,
)

mine.report()

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np
from IPython.display import display

from nbcore import check, widgets
from nbcore.experiments import depth as experiments
from nbcore.plots import depth as plots

# %% [markdown]
# ## 5.1 Where does the signal go, and the gradient?
#
# Take independent random weights of mean 0. A unit adds up $n_{in}$ products. An input feeds $n_{out}$ units, so on the way back
# its gradient adds up $n_{out}$ products:
#
# $$\mathrm{E}[z^2] = n_{in}\,\mathrm{Var}(w)\,\mathrm{E}[a^2], \qquad
# \mathrm{E}[dA^2] = n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[dZ^2].$$
#
# Then $\delta = \partial L/\partial z$ passes the slopes. For one example, as a column, $\delta_{l-1} = f'(z_{l-1}) \odot (W_l^\top \delta_l)$,
# where $\odot$ multiplies entry by entry; for a batch this is `dZ @ W * f_prime(Z)`. Per layer
# $\mathrm{E}[\delta^2]$ is multiplied by $n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[f'(z)^2]$. For equal widths the length $\|\delta\|$ changes by the
# root of it; for others by the root with $n_{in}$ instead of $n_{out}$, because $\delta_{l-1}$ has $n_{in}$ entries.
#
# **Xavier** weights have variance $2/(n_{in} + n_{out})$, **He** weights $2/n_{in}$, "large" ones here $4/n_{in}$. All are normal here.
# Notebook 2 drew Xavier's uniformly; only the variance counts.
#
# **By hand.** Equal widths, ReLU: half of the slopes are 1, so the factor of $\|\delta\|$ is $\sqrt{1/2} \approx 0.707$ with Xavier and
# $\sqrt{2/2} = 1$ with He. For the sigmoid $f' \le \frac14$: at most 0.25 with Xavier.
#
# The usual plot shows the norms of the weight gradients. For one example $dW_l = \delta_l\, a_{l-1}^\top$, so
# $\|dW_l\| = \|\delta_l\| \cdot \|a_{l-1}\|$: what shrinks on the way **back** times what may shrink on the way **forward**.
#
# **By hand.** $dW = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$ has the Frobenius norm $\sqrt{9 + 16} = 5$.


# %% nbgrader={"grade": false, "grade_id": "gradient-norms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_gradient_norms(grads):
    """Frobenius norms of the weight gradients, first layer first.

    grads: {"W1", "b1", "W2", ...}, keys in any order, any number of layers; not
    changed.
    Returns: (n_layers,), the root of the sum of squares of each dW_l. Biases do not
    count.

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


# %% [markdown] ladder="gradient-norms"
# 1. With eleven layers, where does your code put `W10`? Do the biases have a say, and which number do you get for one
# matrix: one for each row, or one for all of it?
#
# 2. The length of a matrix is that of the long vector of all its entries: every entry is squared, all are added up,
# and one root is taken at the end. Work out from the dict how deep the network is, then ask for the matrices by a name
# with a counter, from the first to the last. Nothing else of the dict is needed, and nothing is removed.
#
# 3. Let `W1` be $\begin{pmatrix} 1 & 2 \\ 2 & 0 \end{pmatrix}$, `b1` $(5, 5)$, `W2` $(6, 8)$ and `b2` $(1)$, listed in
# any order. The squares of the first are $1, 4, 4, 0$, together 9, so its length is 3. A sum of sizes would be 5, the
# largest singular value about $2.56$: both are other norms. What is the length of the second, and what does the array
# look like that you return? If the first were twice as large, would the 3 become 6?
#
# 4.
#
#     n_layers = sum(key.startswith("W") for key in grads)
#     weights = [grads[f"W{layer}"] for layer in range(1, n_layers + 1)]
#     weights = [grads[key] for key in sorted(grads) if key[0] == "W"]  # wrong
#     return np.array([np.linalg.norm(dW) for dW in weights])

# %% nbgrader={"grade": true, "grade_id": "test-gradient-norms-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
two = {"W1": np.diag([3.0, 4.0]), "b1": np.array([7.0, 7.0])}
two |= {"W2": np.array([[1.0, 1.0]]), "b2": np.array([9.0])}
turned = dict(reversed(two.items()))
norms = np.array([5.0, np.sqrt(2.0)])
check.value("by hand", layer_gradient_norms, two, expected=norms)
check.value("keys in another order", layer_gradient_norms, turned, expected=norms)
tall = {"W1": np.array([[3.0], [4.0]])}
check.value("a column", layer_gradient_norms, tall, expected=np.array([5.0]))
# The gradient of the first layer is zero
eleven = {f"W{layer}": np.array([[layer - 1.0]]) for layer in range(1, 12)}
check.value("eleven layers", layer_gradient_norms, eleven, expected=np.arange(11.0))
tiny, small = {key: 1e-12 * dW for key, dW in two.items()}, 1e-12 * norms
check.value("tiny gradients", layer_gradient_norms, tiny, expected=small, atol=0)
check.purity("arguments unchanged", layer_gradient_norms, two)
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

# %% tags=["no-marks"]
rng = np.random.default_rng(0)
W = rng.normal(0.0, np.sqrt(1 / 50), size=(200, 50))  # 50 inputs, 200 units
a, dz = rng.normal(size=(1000, 50)), rng.normal(size=(1000, 200))
forward_ratio = np.mean((a @ W.T) ** 2) / np.mean(a**2)
back_ratio = np.mean((dz @ W) ** 2) / np.mean(dz**2)
print(f"n_in Var(w) = 1: the mean square of z is {forward_ratio:.2f} times that of a.")
print(f"n_out Var(w) = 4: that of dA is {back_ratio:.2f} times that of dZ.")
length_ratio = np.linalg.norm(dz @ W) / np.linalg.norm(dz)
print(f"The length of dA (50 entries) is {length_ratio:.2f} times that of dZ (200).")
kinds = {
    "sigmoid, Xavier": experiments.Kind(sigmoid, sigmoid_prime, "xavier"),
    "tanh, Xavier": experiments.Kind(tanh, tanh_prime, "xavier"),
    "ReLU, Xavier": experiments.Kind(relu, relu_prime, "xavier"),
    "ReLU, He": experiments.Kind(relu, relu_prime, "he"),
    "ReLU, large": experiments.Kind(relu, relu_prime, "large"),
}
shrinks = widgets.predict(
    "Twenty layers of 100 ReLU units with Xavier weights. How many times as long is "
    "delta in the last layer as in the first one?"
)
shrinks

# %% tags=["no-marks"]
# One network of this kind; then 30 networks of each kind
Ws, Zs, a = rng.normal(0.0, 0.1, size=(20, 100, 100)), [], rng.normal(size=(1, 100))
for W in Ws:
    Zs.append(a @ W.T)
    a = relu(Zs[-1])
last = delta = rng.normal(size=(1, 100))
for layer in range(19, 0, -1):
    delta = (delta @ Ws[layer]) * relu_prime(Zs[layer - 1])
print(f"One network: {np.linalg.norm(last) / np.linalg.norm(delta):.0f} times as long")
passes = mlp_forward, mlp_backward, layer_gradient_norms, sigmoid
flow = experiments.flow(kinds, *passes)
print(flow.table())
name = "tanh, Xavier"
small = experiments.flow({name: kinds[name]}, *passes, scale=0.2)
print(f"Inputs of standard deviation 1:   {flow.steps(name)}")
print(f"Inputs of standard deviation 0.2: {small.steps(name)}")
trained = experiments.depth_trains(kinds, fit)
print(trained.table())
shrinks.answer(
    1 / flow.delta_ratio[flow.names.index("ReLU, Xavier")],
    because="half of the slopes are 0, so each layer multiplies the length by the root "
    f"of 1/2, and 19 such factors multiply: by hand {2**9.5:.0f}, and random factors "
    "make it a little more (5.3)",
)
plots.flow(flow, trained)

# %% [markdown]
# **What you see.** In the first panel the sigmoid looks better than it is: its outputs lie near $\frac12$ whatever comes in.
#
# The length of $\delta$ falls or grows **exponentially** where the factor is constant. For tanh it is not constant: where $|z|$ is
# large, tanh cuts it and has a small slope. As the signal gets smaller, both fade. Of the signal a layer leaves 0.80 at first, 0.96 later;
# with smaller inputs 0.97 (lines below the table).
#
# In a ReLU network the first $\|dW_l\|$ is about 1.2 times the last hidden one with Xavier, He and large weights, while their
# sizes ($\|dW_1\|$) lie a factor of a million apart. So compare sizes, or look at $\|\delta\|$. **Euler's identity** is one reason.
# Without biases, multiply one $W_l$ by $t > 0$: the last pre-activation becomes $t\,z$. The derivative of $L$ by $t$, at $t = 1$, is
# $z\,\partial L/\partial z$. By the chain rule it is also the sum of the entries of $W_l \odot dW_l$. So this sum is the same in all layers
# (last column). It does not fix the norm of $dW_l$.
#
# The fourth panel: networks of width 10, 200 steps at one learning rate. The sigmoid stays at the loss of guessing from four
# layers on. With ten layers two of three large ReLU networks do too: a whole layer is dead (last line
# above; 5.2). Nine factors of $\sqrt{1/2}$ make $1/23$, which does not stop training yet.
#
# ## 5.2 Dead units
#
# A ReLU unit with a pre-activation of 0 or less passes no gradient for that example. If this is so for **every** example, the unit
# is **dead**: no gradient reaches its weights.
#
# **By hand.** Three examples, four units:
#
# $$Z = \begin{pmatrix} -1 & 2 & 0 & -3 \\ -2 & -1 & 0 & -1 \\ -1 & -5 & 0 & 4 \end{pmatrix}$$
#
# Column 1 is never positive: dead. Column 2 is positive once: alive. Column 3 is 0 throughout: dead, as
# $\mathrm{relu}'(0) = 0$. Column 4 is alive. The share is $2/4 = 0.5$, although 10 of the 12 entries are not positive.


# %% nbgrader={"grade": false, "grade_id": "dead-units", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dead_fraction(Z):
    """Share of the units that are <= 0 for every example.

    Z: pre-activations, array (m, n), a row per example; not changed.
    Returns: a number from 0 to 1.

    >>> dead_fraction(np.array([[-1.0, 2.0], [-2.0, -1.0]]))
    0.5

    About 1 line.
    """
    ### BEGIN SOLUTION
    return float(np.mean(np.all(Z <= 0, axis=0)))
    ### END SOLUTION


# %% [markdown] ladder="dead-units"
# 1. Is a unit a row or a column of `Z`? And is it dead when one example leaves it off, or only when all do? What about
# exactly 0?
#
# 2. First turn every number into a yes or no: off, or on. Next, give one verdict for each unit, where being on a
# single time is enough for life. The verdicts are then averaged, since yes counts as 1 and no as 0; so the width of
# the layer stands below, whatever the size of the batch.
#
# 3. Two examples and three units, $Z = \begin{pmatrix} -1 & 3 & -2 \\ 0 & -4 & 5 \end{pmatrix}$. Off is (yes, no, yes)
# in the first row and (yes, yes, no) in the second; the 0 counts as off. Go down the columns: the first says yes
# twice. What do the second and the third say? One of three has the same answer everywhere. Which share do you return?
# The share of numbers that are off is $4/6$: why is it another question?
#
# 4.
#
#     off = Z <= 0
#     dead = np.all(off, axis=0)
#     dead = np.any(off, axis=0)  # wrong
#     return float(np.mean(dead))

# %% nbgrader={"grade": true, "grade_id": "test-dead-units-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
Z = np.array([[-1.0, 2.0, 0.0, -3.0], [-2.0, -1.0, 0.0, -1.0], [-1.0, -5.0, 0.0, 4.0]])
check.value("by hand", dead_fraction, Z, expected=0.5)
two = np.array([[-1.0, 2.0], [-2.0, -1.0]])
check.value("two examples", dead_fraction, two, expected=0.5)
check.value("one example", dead_fraction, np.array([[2.0, 4.0, 2.0]]), expected=0.0)
check.value("one unit", dead_fraction, np.array([[-1.0], [-2.0]]), expected=1.0)
late = np.array([[-0.1, -0.1], [0.1, -0.2], [-0.1, -0.3], [-0.1, -0.4]])
check.value("alive once, by a little", dead_fraction, late, expected=0.5)
check.purity("arguments unchanged", dead_fraction, Z)
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

# %% tags=["no-marks"]
of_layer_20 = widgets.predict(
    "Twenty layers of 100 ReLU units with He weights and biases 0, untrained. What "
    "share of the units of the last layer is dead for all of 32 examples?",
    unit="%",
)
of_layer_20

# %% tags=["no-marks"]
before = experiments.untrained(relu, dead_fraction)
print(before.table())
of_layer_20.answer(
    100 * before.dead[-1],
    because="the signals of all examples are nearly alike there: these units are off "
    f"for all of them, and {before.always_on[-1]:.0%} are on for all of them",
    of=dead_fraction,
)
# Networks 2-10-5-1 learn the moons at four rates; then single units f(wx + b), which
# start with a negative pre-activation for every input
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
# **What you see.** Behind a ReLU no entry is negative, so the angle between two signals is at most 90 degrees. Each layer makes them
# more alike: the cosine of the angle rises towards 1. So more and more units are on for all examples, or off for all: in layer 20
# about a third is dead, before any training, a third is always on, and only the last third still tells examples apart.
#
# In training a unit dies when a large step makes its $z$ negative for all examples: at rate 10 half of the units die, and every
# network gives one class. The inputs of the first layer never change, so a dead unit there stays dead. Those of the second layer move
# while the first one learns: about half of the dead units there came back, but hardly any at rate 10.
#
# A leaky unit always passes some gradient. SiLU is smooth, but left of its lowest point, $z = -1.28$, its slope is negative. Our unit
# starts left of that point. To raise its output, gradient descent makes $z$ still smaller: the output rises to 0 and stays there, far below the
# target.
#
# ## 5.3 The gain of an activation
#
# By 5.1, $\mathrm{E}[z^2] = n_{in}\,\mathrm{Var}(w)\,\mathrm{E}[a^2]$. A sum of many terms is nearly normal. So take $z$ from the standard normal
# distribution: $\mathrm{E}[z^2] = 1$. The next layer receives $a = f(z)$. The **gain** of $f$ says how much it shrinks:
#
# $$\text{gain}(f) = \frac{1}{\sqrt{\mathrm{E}[f(z)^2]}}, \qquad z \text{ standard normal.}$$
#
# **By hand.** The identity has gain 1. ReLU keeps $z^2$ half of the time: $\mathrm{E} = \frac12$, gain $\sqrt2$. For $f(z) = z + 1$:
# $\mathrm{E}[z^2 + 2z + 1] = 2$, gain $1/\sqrt2$, although the variance of $z + 1$ is 1. For tanh no simple formula is known: draw many
# $z$ and average, or integrate numerically.
#
# **Two steps are yours.** Which standard deviation of the weights gives $\mathrm{E}[z^2] = 1$ in the next layer too? What is the gain of the leaky ReLU with slope $\alpha$ for negative $z$?


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "gain-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gain_steps(n_in, gain_f, alpha):
    """The two steps. gain_f: of any f. alpha: of the leaky ReLU. Not graded.

    Returns: {"1. deviation": number, "2. leaky": number}
    """
    ### BEGIN SOLUTION
    return {
        "1. deviation": gain_f / np.sqrt(n_in),
        "2. leaky": np.sqrt(2 / (1 + alpha**2)),
    }
    ### END SOLUTION


rng = np.random.default_rng(5)
a = relu(rng.normal(size=(500, 100)))  # 500 examples, 100 inputs
z = a @ rng.normal(size=(2000, 100)).T  # weights with variance 1
leaky = leaky_relu(rng.normal(size=200_000), alpha=0.5)
measured = {
    "1. deviation": 1 / np.sqrt(np.mean(z**2)),
    "2. leaky": 1 / np.sqrt(np.mean(leaky**2)),
}
check.derivation(gain_steps, 100, np.sqrt(2), 0.5, numerical=measured, rtol=0.03)


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


# %% [markdown] ladder="gain"
# 1. In which order do your mean, your square and your root come? From which distribution are the $z$ drawn, and who
# draws them if the caller hands in nothing?
#
# 2. The formula is a recipe to be read from the inside out: many normal numbers, the activation of each, its second
# power, the average of these, and only then the outer operations, of which the last turns large into small. Nothing is
# subtracted anywhere. Without a generator from outside, make a fresh one; a few hundred thousand samples keep the
# error far below one per cent.
#
# 3. Take $f(z) = z^2$ and just three numbers, $-1$, $0.5$ and $2$. The activation gives $1$, $0.25$ and $4$; squared
# once more these are $1$, $0.0625$ and $16$, with the mean $5.6875$. What remains is a root, $2.385$, and its inverse,
# $0.419$. Had you averaged first and squared then, $1.75^2 = 3.0625$ would stand in the place of $5.6875$. With many
# normal numbers the mean tends to $\mathrm{E}[z^4] = 3$. Which gain does your code give for this function?
#
# 4.
#
#     rng = np.random.default_rng() if rng is None else rng
#     z = rng.normal(size=n)
#     mean_square = np.mean(f(z) ** 2)
#     mean_square = np.var(f(z))  # wrong
#     return float(1 / np.sqrt(mean_square))


# %% nbgrader={"grade": true, "grade_id": "test-gain-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def shifted(z):
    return z + 1


def scaled(z):
    return -3 * z


seed_0 = np.random.default_rng(0)
check.value("ReLU", gain, relu, rng=seed_0, expected=np.sqrt(2), rtol=0.01)
check.value("z + 1", gain, shifted, rng=seed_0, expected=1 / np.sqrt(2), rtol=0.01)
check.value("-3z", gain, scaled, rng=seed_0, expected=1 / 3, rtol=0.01)
check.value("tanh", gain, np.tanh, rng=seed_0, expected=1.5925, rtol=0.01)
# sin(z)^2 is (1 - cos(2z))/2, and the mean of cos(2z) is exp(-2)
of_sine = np.sqrt(2 / (1 - np.exp(-2)))
check.value("sine", gain, np.sin, 400_000, seed_0, expected=of_sine, rtol=0.01)
check.value("without rng", lambda f: gain(f) > 0, relu, expected=True)
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
        _generator = check.rng(7)
        check.value(gain, _f, 500_000, _generator, expected=_gain(_f), rtol=0.015)
        check.value(gain, _f, expected=_gain(_f), rtol=0.02)
### END HIDDEN TESTS


# %% tags=["no-marks"]
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
    g = gain(f, rng=np.random.default_rng(0))
    of_slopes = np.mean(slope(np.random.default_rng(0).normal(size=200_000)) ** 2)
    networks |= {f"{name}, gain {g:.2f}": (f, g), f"{name}, gain 1": (f, 1.0)}
    back = g**2 * of_slopes
    print(
        f"{name}: E[delta^2] times {back:.2f} in a layer, {back**29:.3g} in 29 layers"
    )
signal = experiments.gain_signal(mean_squares, networks)
print(signal.table())
plots.gain_signal(signal)

# %% [markdown]
# **Two names for it.** He's variance $2/n_{in}$ is gain$^2/n_{in}$ for ReLU. Xavier's $2/(n_{in}+n_{out})$ is $1/n$ for
# equal widths: gain 1, right for tanh as far as $\tanh z \approx z$.
#
# With its gain tanh stays at 1. ReLU stays at 1 in the **mean** of many networks; in a typical one it sinks, to about 0.6 after 30
# layers, and the band widens: random factors that are 1 on average mostly multiply to less than 1. That is why the measured factors
# of 5.1 lie a little below the predicted ones. Without the gain ReLU halves the mean square in every layer. tanh loses it slowly: the
# smaller $z$, the closer tanh is to the identity.
#
# On the way back (first two lines) a layer multiplies $\mathrm{E}[\delta^2]$ by $n\,\mathrm{Var}(w)\,\mathrm{E}[f'(z)^2]$, which the gain makes
# $\text{gain}^2\,\mathrm{E}[f'(z)^2]$: 1 for ReLU, about 1.2 for tanh. So there the gradient grows: its mean square by the last
# number, in 29 layers.
#
# ## 5.4 Batch normalization
#
# In training every unit gets mean 0 and variance 1 over the batch, then is stretched and shifted by learned $\gamma$, $\beta$. For a batch
# $x$ of shape $(m, n)$, column by column:
#
# $$\mu = \tfrac1m\sum_i x_i, \quad v = \tfrac1m\sum_i (x_i - \mu)^2, \quad \hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad \text{out}_i = \gamma\hat x_i + \beta .$$
#
# At evaluation a row must not depend on its neighbours: **running** statistics take the place of $\mu$ and $v$. Each training batch
# moves them: new = momentum · old + (1 - momentum) · batch.
#
# **By hand.** One column $x = (1, 3)$ with $\epsilon = 3$, $\gamma = 4$, $\beta = 1$: $\mu = 2$, $v = 1$, $\hat x = (-\frac12, \frac12)$, out $= (-1, 3)$. A running mean of 0 becomes
# $0.2$.
#
# **Back.** $\mu$ and $v$ depend on every row. With $d = \gamma\,\partial L/\partial\text{out}$ the chain rule gives
#
# $$\frac{\partial L}{\partial x_i} = \frac{1}{\sqrt{v + \epsilon}}\Bigl(d_i - \tfrac1m\sum_k d_k - \hat x_i\,\tfrac1m\sum_k d_k\hat x_k\Bigr).$$
#
# For $\partial L/\partial\text{out} = (1, 0)$: $d = (4, 0)$, $\frac1m\sum d = 2$, $\frac1m\sum d\hat x = -1$, so $\partial L/\partial x = \frac12(2 - \frac12, -2 + \frac12) = (\frac34, -\frac34)$. The sum is 0: a shift of the batch changes nothing, so a
# bias in front of the normalization has no effect. $\partial L/\partial\gamma$ and $\partial L/\partial\beta$ are yours to find.
#
# <details><summary>Hint</summary>
#
# `array[...] = value` writes into an array. All rows share both parameters: what happens to the contributions of the rows? What
# the pass back needs belongs into the cache, so that a second forward pass does no harm.
#
# </details>
#
# **What it is for.** Below the tests, a chain of your functions with eight hidden layers starts from He weights, the hidden ones times 0.3, 1 and 3.


# %% nbgrader={"grade": false, "grade_id": "batchnorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    """Batch normalization of the columns of x.

    x: (m, n); gamma, beta: (n,); not changed. state: {"mean", "var"}, arrays (n,).
    Training moves them in place: new = momentum*old + (1 - momentum)*batch, with the
    population variance. Otherwise they take the place of mean and variance.
    Returns: (out, cache): out (m, n), cache for batchnorm_backward. About 8 lines.

    >>> state = {"mean": np.zeros(1), "var": np.ones(1)}
    >>> x, gamma, beta = np.array([[1.0], [3.0]]), np.array([4.0]), np.ones(1)
    >>> batchnorm_forward(x, gamma, beta, state, training=True, eps=3.0)[0].T
    array([[-1.,  3.]])
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
    """The gradients of a training forward pass. No argument is changed.

    dout: gradient with respect to out, (m, n). cache: of batchnorm_forward.
    Returns: (dx, dgamma, dbeta), of shapes (m, n), (n,), (n,). About 4 lines.
    """
    ### BEGIN SOLUTION
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %% [markdown] ladder="batchnorm"
# 1. Over which axis do your statistics run, and which ones count when `training` is false? After a training step, has
# the array that the caller put into `state` changed itself? On the way back: do the columns of `dx` add up to 0?
#
# 2. Every unit is treated alone, with all examples of the batch. Evaluation only reads the two stored arrays; training
# takes fresh numbers, and writes mixtures into the memory of the old ones, the old part with the larger weight. Three
# things are worth keeping for later: what was normalized, one over the root, and the scale. Backwards, the two
# averages of the formula say how mean and variance answer; both shared parameters collect from every row.
#
# 3. One column $(2, 6)$, $\epsilon = 5$, $\gamma = 3$, $\beta = 2$: the mean is 4, the variance 4, the root 3, and
# $\hat x = (-\frac23, \frac23)$, so out is $(0, 4)$. With momentum $0.8$ a running mean of 1 becomes $0.8 \cdot 1 +
# 0.2 \cdot 4 = 1.6$. What becomes of a running variance of 2? Back, for $(2, 0)$ from above: $d = (6, 0)$ with average
# 3, and $d\,\hat x = (-4, 0)$ with average $-2$. The first bracket is $6 - 3 - (-\frac23)(-2) = \frac53$, and one
# third of it is $\frac59$. What is the second entry?
#
# 4.
#
#     def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
#         mean, var = state["mean"], state["var"]
#         if training:
#             mean, var = x.mean(axis=0), x.var(axis=0)
#             state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
#             state["var"][...] = momentum * state["var"] + (1 - momentum) * var
#             state["var"] = momentum * state["var"] + (1 - momentum) * var  # wrong
#         scale = 1 / np.sqrt(var + eps)
#         x_hat = (x - mean) * scale
#         return gamma * x_hat + beta, (x_hat, scale, gamma)
#     def batchnorm_backward(dout, cache):
#         x_hat, scale, gamma = cache
#         d = dout * gamma
#         dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
#         return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% nbgrader={"grade": true, "grade_id": "test-batchnorm-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def output(x, gamma, beta, mean, var, training, eps):
    state = {"mean": mean, "var": var}
    return batchnorm_forward(x, gamma, beta, state, training, eps=eps)[0]


column, one, two = np.array([[1.0], [3.0]]), np.ones(1), np.ones(2)
train = {"gamma": 4 * one, "beta": 1 * one, "mean": 0 * one, "var": one, "eps": 3.0}
evaluate = train | {"mean": 5 * one, "training": False}
out, rows = np.array([[-1.0], [3.0]]), np.array([[-7.0], [-3.0]])
check.value("by hand", output, column, training=True, **train, expected=out)
check.value("one row", output, column[1:], training=True, **train, expected=[[1.0]])
check.value("evaluation", output, column, **evaluate, expected=rows)
check.value("one row, evaluation", output, column[1:], **evaluate, expected=rows[1:])
table, units = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]), np.array([1.0, 2.0])
wanted = np.array([[-1.0, -1.0], [0.0, -1.0], [1.0, -1.0]])
args = table, units, np.array([0.0, -1.0])
check.value("two units", output, *args, 0 * two, two, True, 4 / 3, expected=wanted)
for training in [True, False]:  # only the arrays in state may change
    kept = partial(output, mean=np.ones(2), var=np.ones(2), training=training, eps=0.1)
    check.purity(f"training={training}, x, gamma and beta stay", kept, *args)
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
    for _m, _n in [(7, 3), (3, 5), (4, 4), (2, 1), (1, 4)]:
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
def slopes(dout, x, gamma, beta, eps):
    """dx, dgamma, dbeta after a forward pass of your own, asked for twice."""
    state = {"mean": np.zeros(x.shape[1]), "var": np.ones(x.shape[1])}
    _, cache = batchnorm_forward(x, gamma, beta, state, True, eps=eps)
    batchnorm_forward(x**2, gamma, beta, state, True, eps=eps)  # of another batch
    batchnorm_backward(dout.copy(), cache)
    return batchnorm_backward(dout, cache)


up, x, one = np.array([[1.0], [0.0]]), np.array([[1.0], [3.0]]), np.ones(1)
by_hand = np.array([[0.75], [-0.75]]), np.array([-0.5]), np.array([1.0])
check.value("by hand", slopes, up, x, 4 * one, one, 3.0, expected=by_hand)
# x_hat is (-1, 0, 1) and 0, the roots are 2 and 2/sqrt(3)
table, ups = np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]), np.eye(3)[:, [0, 2]]
dx, sums = np.array([[1 / 3, -1.0], [-1 / 3, -1.0], [0.0, 2.0]]), np.array([-1.0, 0.0])
for title, on in [("two units", 1.0), ("gamma = 0 switches a unit off", 0.0)]:
    case = ups, table, np.array([-2.0 * on, 12**0.5]), np.zeros(2), 4 / 3
    check.value(title, slopes, *case, expected=(dx * [-on, 1.0], sums, np.ones(2)))
check.purity("dout unchanged", lambda d: slopes(d, x.copy(), 4 * one, one, 3.0), up)
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
    for _m, _n in [(6, 3), (3, 5), (4, 4), (2, 2), (1, 3)]:
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
    assert set(state) == {"mean", "var"}, "state has other keys than before"
    return {"mean": mean, "var": var}


column, start = np.array([[1.0], [3.0]]), (np.zeros(1), np.full(1, 2.0))
moved = {"mean": np.array([0.2]), "var": np.array([1.9])}
check.value("one batch", state_after, [column], True, 0.9, *start, expected=moved)
still = {"mean": start[0], "var": start[1]}
check.value("evaluation", state_after, [column], False, 0.9, *start, expected=still)
table, starts = np.array([[1.0, 10.0], [3.0, 20.0]]), (np.zeros(2), np.full(2, 2.0))
both = {"mean": np.array([1.0, 7.5]), "var": np.array([1.5, 13.5])}
check.value("two units", state_after, [table], True, 0.5, *starts, expected=both)
# Once more: 0.5*(0.5*0 + 0.5*2) + 0.5*4 and 0.5*(0.5*2 + 0.5*1) + 0.5*4
pair, twice = (column, 2 * column), {"mean": np.array([2.5]), "var": np.array([2.75])}
check.value("two batches", state_after, pair, True, 0.5, *start, expected=twice)
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
_batches = [_rng.normal(_i, 1 + _i, size=(_m, 3)) for _i, _m in enumerate([4, 6, 1, 3])]
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


# %% tags=["no-marks"]
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


slower = widgets.predict(
    "In front of a normalization weights start 10 times as large. How many times more "
    "slowly do they learn, relative to their size?"
)
forgotten = widgets.predict(
    "A normalized network is trained, left in training mode by mistake, and gets new "
    "rows of two equally large classes, one at a time. What is its accuracy?",
    unit="%",
)
display(slower, forgotten)


# %% tags=["no-marks"]
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
two_modes = experiments.modes(chain, init_params)
print(two_modes.table())
why, own = experiments.WHY, [batchnorm_forward, batchnorm_backward]
slower.answer(start.slower, because=why["scale"], of=own)
forgotten.answer(100 * two_modes.alone, because=why["one row"], of=own)
display(plots.scales(start), plots.which_axis())

# %% [markdown]
# **What you see.** With normalization networks of all three sizes learn: $\mu$ and $\sqrt v$ grow with the weights. The gradient
# shrinks in turn: 10 times the weights, a tenth of the gradient, so relative to its size the first layer learns 100 times more
# slowly (last line of the first table).
#
# Left in training mode, a network still looks good on large batches, although each answer depends on the other rows.
#
# ## 5.5 Layer normalization
#
# A good initialization holds before training only, a normalization at every step. Batch normalization needs a batch; **layer
# normalization** takes mean and variance of one example, over its own $n$ units (the right table above):
#
# $$\mu = \tfrac1n\sum_j x_j, \quad v = \tfrac1n\sum_j (x_j - \mu)^2, \quad s = \frac{1}{\sqrt{v + \epsilon}}, \quad \hat x_j = (x_j - \mu)\,s, \quad \text{out}_j = \gamma_j\hat x_j + \beta_j.$$
#
# **By hand.** $x = (1, 3)$, $\epsilon = 3$, $\gamma = (4, 2)$, $\beta = (1, 0)$: $\mu = 2$, $v = 1$, $s = \frac12$, $\hat x = (-\frac12, \frac12)$, out $= (-1, 1)$.
#
# **Back.** $x_i$ acts on $\hat x_j$ directly where $i = j$, through $\mu$, and through $s$. Fill in the slopes of one row:
# $\partial\mu/\partial x_i$; $\partial v/\partial x_i$; from it $\partial s/\partial x_i$; then $\partial\hat x_j/\partial x_i$, by the product rule for $(x_j - \mu)\,s$.
#
# <details><summary>Hint</summary>
#
# In $\partial v/\partial x_i$ the way through $\mu$ drops out: $\sum_j (x_j - \mu) = 0$. And $s = (v + \epsilon)^{-1/2}$.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "layernorm-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_steps(x, eps):
    """Slopes for one row x of shape (n,). Not graded; a step may be left out.

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
# <details><summary>Your last step, simplified</summary>
#
# $\partial\hat x_j/\partial x_i = s\,(e_{ij}-\frac1n-\frac1n\hat x_i\hat x_j)$, with $e_{ij}$ 1 for $i = j$, else 0, as in `np.eye(n)`.
#
# </details>
#
# With $d_j = \gamma_j\,\partial L/\partial\text{out}_j$ the chain rule gives $\partial L/\partial x_i = \sum_j d_j\,\partial\hat x_j/\partial x_i$. Write this sum with two means, one of
# $d$ and one of $d\,\hat x$. Then all rows at once: `keepdims=True` keeps the axis of a mean, so that it broadcasts. All rows
# share $\gamma$ and $\beta$, however many axes stand before the last one.
#
# **By hand**, for $\partial L/\partial\text{out} = (1, 0)$ and the row above: $d = (4, 0)$, the means are 2 and $-1$, $\partial L/\partial x = (\frac34, -\frac34)$. The
# sum is 0: a shift of all units changes nothing.


# %% nbgrader={"grade": false, "grade_id": "layernorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Layer normalization over the last axis.

    x: (..., n), any number of axes before the last one; gamma, beta: (n,).
    Returns: (out, cache): out is (..., n), with the population variance; cache is
    whatever layernorm_backward needs. About 4 lines.

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
    Returns: (dx, dgamma, dbeta), of shapes (..., n), (n,), (n,). About 6 lines.
    """
    ### BEGIN SOLUTION
    x_hat, scale, gamma = cache
    d = dout * gamma
    mean_d, mean_dx_hat = (part.mean(axis=-1, keepdims=True) for part in (d, d * x_hat))
    dx = scale * (d - mean_d - x_hat * mean_dx_hat)
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)
    ### END SOLUTION


# %% [markdown] ladder="layernorm"
# 1. For an array of shape $(2, 5, 3)$: over which axis does your mean run, which shape has it, and which shape must
# `dgamma` have? Where does gamma come in on the way back, before the averages or after them?
#
# 2. Here an example needs no neighbours: its own units are the sample. Count axes from the end, and let the reduced
# one stay with length 1; then any number of leading axes works. Backwards, scale what arrives by the learned factors
# first, since these differ within the sample, then take both averages along the same direction as before. The
# parameters are shared by everything in front, so their sums go over all leading axes.
#
# 3. The row $(2, 6)$ with $\epsilon = 5$, $\gamma = (3, 6)$, $\beta = 0$: mean 4, variance 4, root 3, hence $\hat x =
# (-\frac23, \frac23)$ and out $= (-2, 4)$. Back, for $(0, 1)$ from above: $d = (0, 6)$, with average 3; $d\,\hat x =
# (0, 4)$, with average 2. First bracket: $0 - 3 - (-\frac23) \cdot 2 = -\frac53$. One third of it is $-\frac59$. Do
# the same for the second unit; both together must give 0. And `dgamma` for this single row is $(0, \frac23)$: where
# does that come from?
#
# 4.
#
#     def layernorm_forward(x, gamma, beta, eps=1e-5):
#         mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
#         scale = 1 / np.sqrt(var + eps)
#         x_hat = (x - mean) * scale
#         return gamma * x_hat + beta, (x_hat, scale, gamma)
#     def layernorm_backward(dout, cache):
#         x_hat, scale, gamma = cache
#         d = dout * gamma
#         means = [part.mean(axis=-1, keepdims=True) for part in (d, d * x_hat)]
#         means = [part.mean(axis=0) for part in (d, d * x_hat)]  # wrong
#         dx = scale * (d - means[0] - x_hat * means[1])
#         rows = tuple(range(dout.ndim - 1))
#         return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% nbgrader={"grade": true, "grade_id": "test-layernorm-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def normalized(x, gamma, beta, **settings):
    return layernorm_forward(x, gamma, beta, **settings)[0]


pair, four, one = np.array([[1.0, 3.0]]), np.array([4.0, 2.0]), np.array([1.0, 0.0])
by_hand = np.array([[-1.0, 1.0]])
check.value("by hand", normalized, pair, four, one, eps=3.0, expected=by_hand)
# Two rows, the second one constant; 26/3 is the variance of the first
table = np.array([[1.0, 8.0, 3.0], [7.0, 7.0, 7.0]])
gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, -1.0])
of_table = np.array([[-0.25, 2.0, -1.75], [0.5, 0.0, -1.0]])
args = {"gamma": gamma, "beta": beta, "eps": 22 / 3}
check.value("two rows", normalized, table, **args, expected=of_table)
check.value("one example", normalized, table[0], **args, expected=of_table[0])
deep, out = np.array([table, table[::-1]]), np.array([of_table, of_table[::-1]])
check.value("two batches of two", normalized, deep, **args, expected=out)
check.value("a large mean", normalized, table + 2.0**26, **args, expected=of_table)
check.purity("arguments unchanged", normalized, table, gamma, beta)
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
def gradients(dout, x, gamma, beta, eps):
    _, cache = layernorm_forward(x, gamma, beta, eps)
    layernorm_forward(1 + x**2, gamma, beta, eps)  # of another batch
    layernorm_backward(dout.copy(), cache)  # asked for twice
    return layernorm_backward(dout, cache)


args, up = (np.array([4.0, 2.0]), np.zeros(2), 3.0), np.array([[1.0, 0.0]])
x, dx = np.array([[1.0, 3.0]]), np.array([[0.75, -0.75]])
sums = np.array([-0.5, 0.0]), np.array([1.0, 0.0])
check.value("by hand", gradients, up, x, *args, expected=(dx, *sums))
check.value("one axis", gradients, up[0], x[0], *args, expected=(dx[0], *sums))
check.purity("arguments unchanged", gradients, up, x, *args)
# The last unit is off; x_hat is (2, 2, -4)/3 and 0, the roots are 3 and 1
x, ups = np.array([[3.0, 3, -3], [7, 7, 7]]), np.array([[3.0, 0, 3], [0, 3, 0]])
args, dx = (np.array([1.0, -2, 0]), np.zeros(3), 1.0), [[14, -13, -1], [54, -108, 54]]
for shape in [(2, 3), (2, 1, 3), (1, 2, 1, 3)]:
    wanted = np.reshape(dx, shape) / 27, np.array([2.0, 0, -4]), np.full(3, 3.0)
    given = ups.reshape(shape), x.reshape(shape)
    check.value(f"shape {shape}", gradients, *given, *args, expected=wanted)
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

# %% [markdown]
# A row gets the same result alone (`one example`) or among others, in training and at evaluation.
#
# ## 5.6 Residual connections
#
# A **residual block** computes a change $F(x)$ and adds it to its input:
#
# $$\text{out} = x + F(x), \qquad F(x) = \text{relu}(x W_1^T + b_1)\, W_2^T + b_2.$$
#
# $x$ and out have the same shape; the layer inside may have another width $h$. On the way back the sum copies the gradient:
# $\partial L/\partial x = \partial L/\partial\text{out}$ $+ (\text{what comes back through } F)$. However small the weights, the first part arrives.
#
# **By hand.** $x = (1, 2)$, $W_1 = \begin{pmatrix} 1 & 1 \\ 1 & -1 \end{pmatrix}$, $b_1 = 0$, $W_2 = \begin{pmatrix} 2 & 3 \\ -1 & 4 \end{pmatrix}$, $b_2 = (0.5, 0)$. Forward: $Z = (3, -1)$,
# after the ReLU $(3, 0)$, $F = (6.5, -3)$, out $= (7.5, -1)$. Back, for $\partial L/\partial\text{out} = (1, -1)$: times $W_2$ it is $(3, -1)$, the ReLU lets
# $(3, 0)$ through, times $W_1$ that is $(3, 3)$. With the skip path $\partial L/\partial x = (4, 2)$.

# %% tags=["no-marks"]
plots.residual_block()


# %% nbgrader={"grade": false, "grade_id": "residual", "locked": false, "schema_version": 3, "solution": true, "task": false}
def residual_forward(x, W1, b1, W2, b2):
    """A residual block, x + relu(x @ W1.T + b1) @ W2.T + b2.

    x: (m, n). W1: (h, n), b1: (h,), W2: (n, h), b2: (n,). No argument is changed.
    Returns: (out, cache): out is (m, n); cache is whatever residual_backward needs.
    About 3 lines.

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
    About 9 lines.
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


# %% [markdown] ladder="residual"
# 1. How many ways lead from $x$ to the result, and does your `dx` have as many parts? Which array decides where the
# ReLU lets something back: what went into it, or what comes from above?
#
# 2. Forward, compute the branch in its three stages and keep what the second stage was given and what it made; the
# input is added at the very end. Backward, walk through the branch in reverse with the rules of any layer: weights see
# what they were multiplied by, a bias collects over the batch, a blocked place passes nothing. The direct path copies,
# and where both paths meet their gradients are summed, in a new array.
#
# 3. Let $x = (2, -1)$, $W_1 = \begin{pmatrix} 1 & 0 \\ 0 & 2 \end{pmatrix}$, $b_1 = 0$, $W_2 = \begin{pmatrix} 1 & 1
# \\ 3 & 0 \end{pmatrix}$, $b_2 = (0, -1)$. Forward: $Z = (2, -2)$, after the ReLU $(2, 0)$, then $(2, 6) + b_2 = (2,
# 5)$, so out $= (4, 4)$. Backward for $(1, 2)$: through $W_2$ this is $(1 \cdot 1 + 2 \cdot 3,\ 1 \cdot 1 + 2 \cdot 0)
# = (7, 1)$. The ReLU had been off for its second number: $(7, 0)$ is left. Through $W_1$ this stays $(7, 0)$. Is that
# the answer already? Which row of $dW_1$ is 0?
#
# 4.
#
#     def residual_forward(x, W1, b1, W2, b2):
#         Z = x @ W1.T + b1
#         A = np.maximum(0, Z)
#         return x + A @ W2.T + b2, (x, Z, A, W1, W2)
#     def residual_backward(dout, cache):
#         x, Z, A, W1, W2 = cache
#         dZ = (dout @ W2) * (Z > 0)
#         dZ = (dout @ W2) * (dout > 0)  # wrong
#         grads = {"W1": dZ.T @ x, "b1": dZ.sum(axis=0)}
#         grads |= {"W2": dout.T @ A, "b2": dout.sum(axis=0)}
#         return dout + dZ @ W1, grads


# %% nbgrader={"grade": true, "grade_id": "test-residual-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def block_output(x, W1, b1, W2, b2):
    return residual_forward(x, W1, b1, W2, b2)[0]


W1, b1 = np.array([[1.0, 1.0], [1.0, -1.0]]), np.zeros(2)
W2, b2 = np.array([[2.0, 3.0], [-1.0, 4.0]]), np.array([0.5, 0.0])
small_block = np.array([[1.0, 2.0]]), W1, b1, W2, b2
# Two examples and three units inside; the first two have pre-activations 0 and -1
x = np.array([[1.0, -2.0], [0.0, -1.0]])
wide_block = x, np.array([[2.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]), np.zeros(3)
wide_block += np.array([[1.0, 2.0, 3.0], [4.0, 5.0, -1.0]]), np.array([10.0, 20.0])
check.value("by hand", block_output, *small_block, expected=np.array([[7.5, -1.0]]))
out, none = np.array([[17.0, 16.0], [13.0, 18.0]]), np.zeros((2, 2))
check.value("three units inside", block_output, *wide_block, expected=out)
check.value("weights 0", block_output, x, none, b1, none, np.zeros(2), expected=x)
large = x, none, b1 + 1e6, np.eye(2), b1
check.value("a large b1", block_output, *large, expected=x + 1e6)
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
    """dx and grads after a forward pass of your own."""
    _, cache = residual_forward(x, W1, b1, W2, b2)
    residual_forward(1 + x**2, W1, b1, W2, b2)  # of another batch
    residual_backward(-dout, cache)  # the cache must stay as it is
    return residual_backward(dout, cache)


grads = {"W1": np.array([[3.0, 6.0], [0.0, 0.0]]), "b1": np.array([3.0, 0.0])}
grads |= {"W2": np.array([[3.0, 0.0], [-3.0, 0.0]]), "b2": np.array([1.0, -1.0])}
up, ups = np.array([[1.0, -1.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])
of_up = np.array([[4.0, 2.0]]), grads
check.value("by hand", block_gradients, up, *small_block, expected=of_up)
# Two examples: only the third unit is on, a pre-activation of 0 counts as off
grads = {"W1": np.array([[0.0, 0.0], [0.0, 0.0], [3.0, -8.0]])}
grads |= {"b1": np.array([0.0, 0.0, 5.0]), "b2": np.array([2.0, 1.0])}
grads |= {"W2": np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 1.0]])}
dx = np.array([[1.0, -3.0], [1.0, -1.0]])
check.value("two examples", block_gradients, ups, *wide_block, expected=(dx, grads))
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
check.purity("forward: arguments unchanged", block_output, *small_block)
check.purity("back: arguments unchanged", block_gradients, np.ones((2, 2)), *wide_block)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _block, _entry, _residual


def _there_and_back(dout, *args):
    _, cache = residual_forward(*args)
    return residual_backward(dout, cache)


_out = _entry(residual_forward, 0)
_rng = check.rng(5603)
with check.part(
    "leaving the arguments as they were earns points only once the values are right"
):
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
# Twelve blocks of two layers, 16 units wide, between a layer in and a layer out. In the **plain** network each block gives $F(x)$
# alone, and all weights have the standard deviation $1/\sqrt{n_{in}}$. The others change one thing: weights behind a ReLU with its **gain**;
# **layer norm** before each block ($\gamma = 1$, $\beta = 0$, not trained); the skip path of a **residual** block. The last one has
# **norm and residual**. All draw the same random numbers: losses are compared seed by seed. Then the remedies get 24 blocks, 48 layers. (For batch norm see 5.4.)


# %% tags=["no-marks"]
def stack_forward(h, blocks, norm, skip):
    """Through all blocks; each is a dict with W1, b1, W2, b2."""
    caches, ones = [], np.ones(h.shape[-1])
    for block in blocks:
        x, of_norm = h, None
        if norm:
            h, of_norm = layernorm_forward(h, ones, 0 * ones)
        out, of_block = residual_forward(h, **block)
        F = out - h  # as residual_forward gives h + F(h)
        h = x + F if skip else F
        caches.append((of_norm, of_block))
    return h, caches


def stack_backward(dh, caches, norm, skip):
    """Gradients at all inputs and at the output, and those of the parameters."""
    signals, grads = [dh], []
    for of_norm, of_block in reversed(caches):
        dx, grad = residual_backward(dh, of_block)
        dx = dx - dh  # through F alone: dh came over the skip path
        if norm:
            dx = layernorm_backward(dx, of_norm)[0]
        dh = dh + dx if skip else dx
        signals, grads = [dh, *signals], [grad, *grads]
    return signals, grads


# %% tags=["no-marks"]
deepest = widgets.predict(
    "48 layers, each network at the better of two rates, 0.002 and 0.04. Which network "
    "ends with the lowest loss?",
    ["gain", "layer norm", "residual", "norm and residual"],
)
deepest


# %% tags=["no-marks"]
deep = {
    "plain": experiments.Deep(),
    "gain": experiments.Deep(gain=gain(relu, rng=np.random.default_rng(0))),
    "layer norm": experiments.Deep(norm=True),
    "residual": experiments.Deep(skip=True),
    "norm and residual": experiments.Deep(norm=True, skip=True),
}
parts = stack_forward, stack_backward, bce_with_logits, bce_with_logits_grad
found = experiments.what_helps(deep, *parts)
print(found.table())
remedies = {name: deep[name] for name in deepest.choices}
twice = {"n_blocks": 24, "rates": (0.002, 0.04), "n_seeds": 2}
deeper = experiments.what_helps(remedies, *parts, **twice)
print(deeper.lines())
deepest.answer(deeper.winner, because=why["48 layers"], of=[gain, *parts])
plots.what_helps(found)

# %% [markdown]
# **What was measured.** The plain network loses its gradient on the way to the first block. With gain, and with layer norm, about a
# third of it arrives there (median; the seeds differ much). In the residual networks the gradient grows on its way back: every block
# adds to it.
#
# At 0.015 and 0.03 no run of 12 blocks diverges, and all remedies have a lower mean loss than plain. But at 0.25 three of five plain
# networks learn. Each at the best of **these three** rates, the residual networks beat plain from every seed. Three rates
# and five seeds cannot tell whether gain or layer norm helps. Norm and residual together learn at every rate.
#
# In 48 layers the ranking depends on the rate. At 0.002 the residual network is ahead. At 0.04 it diverges, as signal and gradient
# grow from block to block, and both together are ahead, as they are with each network at its better rate (two rates,
# two seeds).

# %% tags=["no-marks"]
# Yours to show: the deepest network that learns. Change the name, n_blocks and rates.
name = "norm and residual"
one = {name: deep[name]}
yours = experiments.what_helps(one, *parts, n_blocks=32, rates=(0.015,), n_seeds=2)
print(yours.lines())

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-vanishing", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 5.8 Explain
#
# In five to ten sentences: **why do gradients vanish or explode with depth, and how would you show it for a network of your own?**
# Use the recursion for $\delta$, at least two measured numbers, and say why the ratio of $\|dW_1\|$ to that of the last hidden layer can mislead.
# Name two remedies. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** Each layer on the way back multiplies delta by the transposed weights and by the slopes, so after n layers its
# length has changed by a product of n factors. If they are below 1 it vanishes exponentially, if above 1 it explodes. With Xavier
# weights the sigmoid leaves about 0.23 a layer, because its slope is at most a quarter, and ReLU about 0.7, as half of its slopes are
# 0; tanh leaves about 0.91, and more as the signal gets smaller. He weights double the variance and bring ReLU to about 1; larger
# ones give about 1.4, which explodes. I would plot the length of delta by layer, on a log axis, for many random starts. The norm of
# dW is the length of delta times the length of the layer's input. In a ReLU network with Xavier weights the input shrinks on the way
# forward as delta shrinks on the way back, so the first norm is 1.2 times that of the last hidden layer, while delta loses a
# factor of a thousand. Remedies: weights of the right size for the activation, ReLU instead of
# sigmoid, normalization, residual connections.
#
# **Mark scheme.** 1 point: the product of one factor per layer, made of weights and slopes, and both directions (below and above 1).
# 1 point: two measured numbers used correctly. 1 point: the norm of dW contains the input of the layer too, and two remedies that
# fit. Half a point off for "ReLU solves it" without a word on the weights.
# ### END SOLUTION

# %% [markdown]
# ## 5.9 In PyTorch
#
# | here | PyTorch 2.13 | where it differs |
# |---|---|---|
# | `gain(f)` | `nn.init.calculate_gain("relu")` | for `"tanh"` it gives 5/3, not 1.59: a fixed number |
# | standard deviation gain$/\sqrt{n_{in}}$ | `nn.init.kaiming_normal_(w, nonlinearity="relu")` | `nn.Linear` starts by itself with variance $1/(3n_{in})$ |
# | `batchnorm_forward` | `nn.BatchNorm1d(n, momentum=0.1)` | its `momentum` is 1 minus ours; its running variance is unbiased |
# | `training=True`, `False` | `model.train()`, `model.eval()` | a switch of the whole model; one row in training mode raises `ValueError` |
# | `layernorm_forward` | `nn.LayerNorm(n, eps=1e-5)` | it can also take several last axes |
# | `residual_forward` | `x + block(x)` in `forward` | no class for it; torchvision's ResNet has one more ReLU, after the sum |
#
# ## 5.10 What to keep
#
# **What holds in general**
#
# 1. A layer multiplies the mean square by $n_{in}\,\mathrm{Var}(w)$ and what $f$ leaves, on the way back by
#    $n_{out}\,\mathrm{Var}(w)\,\mathrm{E}[f'^2]$. The factors of all layers multiply.
# 2. Look at $\|\delta\|$. The norm of $dW$ contains the input of the layer too.
# 3. ReLU alone does not solve vanishing gradients: it needs weights of matching size, and its units can die, in the first layer for
#    good.
# 4. Batch normalization takes the scale of its weights out of a layer, but initialization still matters: equal units stay
#    equal. A mode that was not switched gives wrong answers.
# 5. A skip path lets very deep networks learn. Their signals grow from block to block; a normalization slows that and allows
#    larger rates.
#
# **What is a rule of thumb.** "Use ReLU with He weights"; leaky slope $0.01$.
#
# **Read more.** Hochreiter 1991 and Bengio, Simard and Frasconi 1994, on vanishing gradients. Glorot and Bengio 2010. He, Zhang,
# Ren and Sun 2015, *Delving deep into rectifiers*. Ioffe and Szegedy 2015, *Batch normalization*. Ba, Kiros and Hinton 2016, *Layer
# normalization*. He, Zhang, Ren and Sun 2016, *Deep residual learning for image recognition*.
#
# **Further, optional.** Which variance makes the factor of the sigmoid 1? ($16/n$, if $f' = \frac14$. But $|z|$ is then large: 0.62.)

# %% tags=["no-marks"]
check.summary()
