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
# # 6. Optimizers
#
# Backpropagation gives the gradient; an **optimizer** decides what to do with it. You write five of them, with clipping, schedules
# and mini-batches, and measure where each is better and where the choice does not matter.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: Python classes and generators, notebooks 1 to 4, and two facts. The second derivatives of a loss form a symmetric
#   matrix, the **Hessian**; its eigenvalues are the curvatures along its eigenvectors. The roots of $r^2 - pr + q = 0$ are
#   $p/2 \pm \sqrt{p^2/4 - q}$, conjugate complex numbers where $p^2 < 4q$.
# - **Afterwards you can** write SGD to Adam without the usual bugs; say how large a step may be and why; choose and schedule a
#   learning rate from measurements; and judge claims such as "Adam needs no tuning".
#
# **Conventions.** `params` and `grads` are dicts with the same keys. `optimizer.step(params, grads)` changes the arrays in `params`
# **in place**: `params["W1"]` stays the same array object. It does not change `grads`. The state of an optimizer, such as a running
# average, belongs to the object and starts at zero.

# %% nbgrader={"grade": false, "grade_id": "provided", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import partial

import numpy as np
from IPython.display import display

from nbcore import check, mine, widgets
from nbcore.experiments import optimizers as experiments
from nbcore.mine import (
    bce,
    init_params,
    mlp_backward,
    mlp_forward,
    relu,
    relu_prime,
    sigmoid,
    tanh,
    tanh_prime,
)
from nbcore.plots import optimizers as plots

mine.report()


# %% nbgrader={"grade": false, "grade_id": "helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
def network(params, X, y, hidden=tanh, hidden_prime=tanh_prime):
    """Loss and gradients of a network with a sigmoid output."""
    p, cache = mlp_forward(X, params, hidden, sigmoid)
    return bce(y, p), mlp_backward(y, cache, params, hidden_prime)


def accuracy(params, X, y):
    """Share of the rows that a ReLU network classifies correctly."""
    return float(np.mean((mlp_forward(X, params, relu, sigmoid)[0] >= 0.5) == y))


def walk(optimizer, params, gradients):
    """The parameters after one step for each of the gradients."""
    for grads in gradients:
        optimizer.step(params, grads)
    return params


# %% [markdown]
# ## 6.1 Gradient descent, and a game
#
# $$\theta \leftarrow \theta - \eta\, g, \qquad g = \nabla L(\theta),$$
#
# with the **learning rate** $\eta$. When $g$ comes from a random part of the data, this is stochastic gradient descent, SGD.
#
# How large may $\eta$ be? Take a quadratic $L = \frac12 h\theta^2$ with curvature $h > 0$. Then $g = h\theta$, and one step multiplies $\theta$ by
# $1 - \eta h$. It shrinks only while $|1 - \eta h| < 1$, that is for $\eta < 2/h$. With several directions the steepest one sets
# this limit, and the flattest one the speed: the largest curvature over the smallest is the **condition number** $\kappa$.
#
# **By hand.** $\theta = (1, 2)$, $g = (0.5, -1)$, $\eta = 0.2$: $\theta$ becomes $(0.9, 2.2)$.
#
# <details><summary>Hint</summary>
#
# `params[key] = params[key] - step` makes a new array; `params[key] -= step` writes into the old one. The network may hold the
# same array under another name. Which of the two lines changes the network?
#
# </details>
#
# **The game** stands below the tests. A chain of $d$ linear units, $f(x) = w_d \cdots w_1 x$, has to learn $f(x) = x$ with your SGD. All
# $w_i$ start equal. Move the rate, and press the button at the
# largest one that converges: how fast does it fall with depth?
#
# <details><summary>After the game</summary>
#
# All second derivatives of this chain are 1 at its minimum, so the largest curvature is $d$, and the limit $2/d$. Other networks:
# measure.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "sgd", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SGD:
    """Gradient descent: every parameter moves by -lr times its gradient.

    >>> params = {"w": np.array([1.0, 2.0])}
    >>> SGD(lr=0.2).step(params, {"w": np.array([0.5, -1.0])})
    >>> params["w"]
    array([0.9, 2.2])
    """

    def __init__(self, lr):
        """About 1 line."""
        ### BEGIN SOLUTION
        self.lr = lr
        ### END SOLUTION

    def step(self, params, grads):
        """One update of all parameters, IN PLACE: params[key] stays the same array.

        params, grads: dicts with the same keys, in any order; grads is not changed.
        Returns: nothing. About 2 lines.
        """
        ### BEGIN SOLUTION
        for key in params:
            params[key] -= self.lr * grads[key]
        ### END SOLUTION


# %% [markdown] ladder="sgd"
# 1. Somebody else holds the same array under another name. After your call, does that name show the new numbers? And
# by which name do you find the gradient that belongs to an entry of the dict?
#
# 2. A dict holds arrays, and an assignment to one of its keys only changes which array hangs there. What is wanted is
# a change inside the memory: Python's augmented operators do that for NumPy. Go through all keys, with the rate that
# the object has kept since it was made, against the direction of the slope. Leave what came in beside it untouched.
#
# 3. Let `a = params["w"]` hold $(3, -1)$, with $g = (2, -4)$ and $\eta = 0.25$. The move is $-0.25\,(2, -4) = (-0.5,
# 1)$. After `params["w"] = params["w"] + move` the dict holds $(2.5, 0)$, but `a` still holds $(3, -1)$: the network
# that owns `a` has learned nothing. Which operator makes both names show $(2.5, 0)$? And what are the numbers after a
# second call with the same $g$?
#
# 4.
#
#     def __init__(self, lr):
#         self.lr = lr
#     def step(self, params, grads):
#         for key in params:
#             params[key] -= self.lr * grads[key]
#             params[key] = params[key] - self.lr * grads[key]  # wrong


# %% nbgrader={"grade": true, "grade_id": "test-sgd-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def sgd_steps(params, gradients, lr):
    """params after one step of a new SGD(lr) for each of the gradients."""
    return walk(SGD(lr), params, gradients)


w, G = np.array([1.0, 2.0]), np.array([0.5, -1.0])
moved, three = {"w": np.array([0.9, 2.2])}, {"w": np.array([-0.5, 5.0])}
check.value("by hand", sgd_steps, {"w": w}, [{"w": G}], 0.2, expected=moved)
check.value("back", sgd_steps, {"w": w}, [{"w": G}, {"w": -G}], 0.2, expected={"w": w})
check.value("three steps", sgd_steps, {"w": w}, [{"w": G}] * 3, 1.0, expected=three)
# The gradients come in another order
two = {"W1": np.array([[1.0, 0.0]]), "b1": np.array([2.0])}
slopes = {"b1": np.array([4.0]), "W1": np.array([[-2.0, 6.0]])}
expected = {"W1": np.array([[2.0, -3.0]]), "b1": np.array([0.0])}
check.value("two parameters", sgd_steps, two, [slopes], 0.5, expected=expected)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_steps, _normal, _sgd, _steps

_rng = check.rng(5101)
_check = partial(_check_steps, SGD, _sgd, _rng)
with check.part("SGD, one step", hint="theta minus lr times the gradient."):
    for _shape in [(4,), (3, 2), (1, 5), (2, 2)]:
        _check("W1", [_rng.normal(size=_shape)], 0.3)
        _check("b2", [_rng.normal(size=_shape)], lr=1.7)
with check.part(
    "SGD, 25 steps",
    hint="Every step starts where the last one ended, with the same rate.",
):
    for _lr in [1e-3, 0.05, 2.5]:
        _check("W", _rng.normal(size=(25, 3, 4)), _lr)
with check.part(
    "SGD, several parameters, keys in another order",
    hint="Look the gradient up by its key.",
):
    _shapes = {"W1": 3, "b1": 3, "W10": 3, "W2": 3}
    _params = _normal(_rng, _shapes)
    _grads = _normal(_rng, dict(reversed(_shapes.items())))
    _expected = {k: _params[k] - 0.7 * _grads[k] for k in _params}
    check.value(_steps, lambda: SGD(0.7), _params, [_grads], expected=_expected)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-sgd-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def sgd_step(params, grads):
    SGD(lr=0.1).step(params, grads)


two = {"W1": np.array([[1.0, 0.0]]), "b1": np.array([2.0])}
slopes = {"b1": np.array([4.0]), "W1": np.array([[-2.0, 6.0]])}
check.in_place(sgd_step, two, slopes)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_grads_are_kept, _check_in_place, _problem

_make = partial(SGD, lr=0.3)
_rng = check.rng(5102)
with check.part(
    "SGD changes the arrays in params themselves",
    hint="params[key] -= ... changes the array, params[key] = ... puts another in its place.",
):
    _check_in_place(_make, *_problem(_rng, 3))
with check.part(
    "SGD leaves the gradients alone",
    hint="Does your state hold the caller's array, or one of its own?",
):
    _check_grads_are_kept(_make, *_problem(_rng, 25))
### END HIDDEN TESTS

# %% tags=["no-marks"]
widgets.register_game(SGD)

# %% [markdown]
# ## 6.2 Momentum
#
# In a narrow valley the gradient mostly points across it. **Momentum** steps along an average of the recent gradients: what
# alternates cancels, what persists remains.
#
# $$v \leftarrow \beta v + (1 - \beta)\, g, \qquad \theta \leftarrow \theta - \eta\, v.$$
#
# The gradient of $k$ steps ago has the weight $(1 - \beta)\beta^k$ in $v$, so $v$ averages over about $1/(1 - \beta)$ steps: 10 for
# $\beta = 0.9$, 100 for $0.99$ (measured in 6.5).
#
# This is the **averaging form**. The **heavy ball** (Polyak 1964; PyTorch) has $v \leftarrow \beta v + g$: its $v$ is
# $1/(1 - \beta)$ times as large. Both walk the same path when the averaging form gets $1/(1-\beta)$ times the rate. Always ask which
# form a quoted rate belongs to.
#
# `__init__` sees no parameters: each $v$ is made in the first step, as zeros.
#
# **By hand.** $\beta = \frac12$, $\eta = 1$, $g = 4$ three times: $v = 2, 3, 3.5$, so $\theta$ goes from 10 to 8, 5, 1.5.


# %% nbgrader={"grade": false, "grade_id": "momentum", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Momentum:
    """Gradient descent along an average of the gradients: v = beta*v + (1 - beta)*g,
    then theta -= lr*v. Every key of params has a v of its own, which starts at zero.

    beta: how much of the old average stays, 0 <= beta < 1.

    >>> params, optimizer = {"x": np.array([10.0])}, Momentum(lr=1.0, beta=0.5)
    >>> for _ in range(3):
    ...     optimizer.step(params, {"x": np.array([4.0])})
    ...     print(params["x"])
    [8.]
    [5.]
    [1.5]
    """

    def __init__(self, lr, beta=0.9):
        """About 2 lines."""
        ### BEGIN SOLUTION
        self.lr, self.beta = lr, beta
        self.v = {}
        ### END SOLUTION

    def step(self, params, grads):
        """As for `SGD`. About 4 lines."""
        ### BEGIN SOLUTION
        for key in params:
            g = grads[key]
            self.v[key] = self.beta * self.v.get(key, 0.0) + (1 - self.beta) * g
            params[key] -= self.lr * self.v[key]
        ### END SOLUTION


# %% [markdown] ladder="momentum"
# 1. Where is the average kept between two calls, and does every key of every object have one of its own? How much of
# the newest gradient goes into it, `beta` or the rest?
#
# 2. The object needs a memory that begins empty, a dict of its own that is made together with it. In each turn look up
# what is remembered under this name, zero where nothing is yet, and mix: the larger share old, the smaller share new.
# Store the mixture, made as a fresh array, and walk along it. The rate comes in once, at the end.
#
# 3. Take $\beta = \frac34$, $\eta = 2$, and first $g = 8$, then $g = 4$. In the first call $v = \frac34 \cdot 0 +
# \frac14 \cdot 8 = 2$, so $\theta$ goes from 10 to $10 - 2 \cdot 2 = 6$. In the second call the old share is $\frac34
# \cdot 2 = 1.5$ and the new one $\frac14 \cdot 4 = 1$. What is $v$ now, and where does $\theta$ go? Without memory the
# second move would be $2 \cdot 1 = 2$: what would $\theta$ be then?
#
# 4.
#
#     def __init__(self, lr, beta=0.9):
#         self.lr, self.beta = lr, beta
#         self.v = {}
#     def step(self, params, grads):
#         for key in params:
#             old = self.v.get(key, 0.0)
#             self.v[key] = self.beta * old + (1 - self.beta) * grads[key]
#             self.v[key] = self.beta * old + grads[key]  # wrong
#             params[key] -= self.lr * self.v[key]


# %% nbgrader={"grade": true, "grade_id": "test-momentum-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def momentum_steps(x, gradients, **settings):
    """x after one step of a new Momentum(**settings) for each of the gradients."""
    return walk(Momentum(**settings), {"x": x}, [{"x": g} for g in gradients])["x"]


x, G, half = np.array([10.0]), np.array([4.0]), {"lr": 1.0, "beta": 0.5}
for n, way in [(1, 2.0), (2, 5.0), (3, 8.5)]:
    title, gradients = f"by hand, step {n}", [G] * n
    check.value(title, momentum_steps, x, gradients, **half, expected=x - way)
check.value("no gradient", momentum_steps, x, [G, 0 * G], **half, expected=x - 3.0)
check.value(
    "beta 3/4", momentum_steps, x, [G, G], lr=0.5, beta=0.75, expected=x - 1.375
)
no_memory = {"lr": 1.0, "beta": 0.0}
check.value("beta 0 is SGD", momentum_steps, x, [G, G], **no_memory, expected=x - 8.0)
check.value("beta 0.9 unless given", momentum_steps, x, [G], lr=1.0, expected=x - 0.4)
column, slopes = np.array([[10.0], [0.0]]), np.array([[4.0], [-8.0]])
moved = np.array([[8.0], [4.0]])
check.value("a column", momentum_steps, column, [slopes], **half, expected=moved)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_steps, _momentum

_rng = check.rng(5301)
_check = partial(_check_steps, Momentum, _momentum, _rng)
with check.part(
    "Momentum, the first step",
    hint="v starts at zero; the new gradient enters with the weight 1 - beta.",
):
    for _shape in [(4,), (3, 2), (1, 5)]:
        _check("W1", [_rng.normal(size=_shape)], 0.3, 0.7)
with check.part(
    "Momentum, 25 steps", hint="Is v kept from one call of step to the next?"
):
    for _lr, _beta in [(0.3, 0.7), (0.02, 0.99), (1.5, 0.25)]:
        _check("W2", _rng.normal(size=(25, 3, 2)), lr=_lr, beta=_beta)
with check.part(
    "Momentum, beta 0.9 unless given",
    hint="Is the argument beta used, and its default 0.9?",
):
    _check("W3", _rng.normal(size=(25, 4)), 0.2)
    _check("W4", _rng.normal(size=(3, 4)), 0.2, beta=0.0)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-momentum-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def momentum_step(params, grads):
    Momentum(lr=0.1).step(params, grads)


def momentum_beside_alone(gradients, **settings):
    """How much further a parameter moves beside another one than alone."""
    return experiments.beside_alone(partial(Momentum, **settings), gradients)


one, two = np.array([[1.0], [3.0]]), np.array([2.0, 5.0, 7.0])
check.in_place(momentum_step, {"a": one, "b": two}, {"b": 2 * two, "a": -one})
settings, title = {"lr": 1.0, "beta": 0.5}, "as far as alone"
check.value(title, momentum_beside_alone, [2.0, 1.0, 3.0], **settings, expected=0.0)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_grads_are_kept, _check_in_place, _check_keys_apart, _check_objects_apart, _problem

_make = partial(Momentum, lr=0.3, beta=0.8)
_rng = check.rng(5302)
with check.part(
    "Momentum changes the arrays in params themselves",
    hint="params[key] -= ... changes the array, params[key] = ... puts another in its place.",
):
    _check_in_place(_make, *_problem(_rng, 3))
with check.part(
    "Momentum leaves the gradients alone",
    hint="Does your state hold the caller's array, or one of its own?",
):
    _check_grads_are_kept(_make, *_problem(_rng, 25))
with check.part(
    "Momentum with several parameters",
    hint="Every key needs a buffer of its own, also where two shapes are equal.",
):
    _check_keys_apart(_make, *_problem(_rng, 25))
with check.part(
    "two Momentum objects do not disturb each other",
    hint="State belongs to the object: make it in __init__.",
):
    _check_objects_apart(_make, *_problem(_rng, 25))
### END HIDDEN TESTS

# %% [markdown]
# ## 6.3 Why momentum gives the root of the condition number
#
# Take $L = \frac12 h\theta^2$ again, and $a = \eta(1 - \beta)$. The last step was $\theta_t - \theta_{t-1} = -\eta v_t$. Put $\eta v_t$ into $\eta v_{t+1} = \beta\,\eta v_t + a\,h\theta_t$:
#
# $$\theta_{t+1} = (1 + \beta - a h)\,\theta_t - \beta\, \theta_{t-1}.$$
#
# A solution $\theta_t = r^t$ needs $r^2 - (1 + \beta - ah)\, r + \beta = 0$. **Your steps:**
#
# 1. Which $2\times 2$ matrix takes $(\theta_t, \theta_{t-1})$ to $(\theta_{t+1}, \theta_t)$? Its eigenvalues are the two $r$.
# 2. The product of the two $r$ is $\beta$. Where they are complex, they are conjugate: which absolute value $|r|$ do both have?
# 3. From which $a h$ on are they complex? There $|r|$ does not depend on $h$.
# 4. Up to which $a h$ are they complex?
# 5. All curvatures from $1/\kappa$ to 1 should lie in this range. They fill it exactly when $a/\kappa$ is your answer 3 and $a$ your
#    answer 4. What is $\sqrt\beta$ then?
#
# So with this $\beta$, one for each $\kappa$, momentum needs about $\sqrt\kappa$ steps where SGD needs $\kappa$: at one rate for all steps
# SGD's best factor is $\frac{\kappa - 1}{\kappa + 1}$. When your steps are right, the cell draws these factors.
#
# **Nesterov's idea.** Momentum is about to move $\phi$ by $-\eta\beta v$, whatever the new gradient says (heavy ball). So take the gradient
# there, at $\theta = \phi - \eta\beta v$:
#
# $$v' = \beta v + \nabla L(\theta), \qquad \phi' = \phi - \eta v'.$$
#
# A network evaluates its gradient at the parameters that it stores. So store $\theta$. **Your steps** in the second function: from
# $\phi$ and the old $v$, the point ahead; the new $v'$; the next point ahead $\theta' = \phi' - \eta\beta v'$; and $\theta' - \theta$, in $g$ and $v'$ alone. The last
# step is your update.
#
# **By hand.** $\beta = \frac12$, $\eta = 0.1$, $g = 4$ twice: $v = 4, 6$, and $\theta$ goes from 1 to 0.4 to $-0.3$.
#
# <details><summary>Stuck?</summary>
#
# `theta -= lr*(g + beta*v)` with the new `v`.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "derivation-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def root_steps(a, h, beta, kappa):
    """The five steps as a dict with the keys "1. one step" (the matrix), "2. |r|",
    "3. a*h from", "4. a*h to", "5. root of beta". Leave out what is still to do.
    """
    ### BEGIN SOLUTION
    root = np.sqrt(beta)
    return {
        "1. one step": np.array([[1 + beta - a * h, -beta], [1.0, 0.0]]),
        "2. |r|": root,
        "3. a*h from": (1 - root) ** 2,
        "4. a*h to": (1 + root) ** 2,
        "5. root of beta": (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1),
    }
    ### END SOLUTION


def ahead_steps(phi, v, g, lr, beta):
    """The four steps as a dict with the keys "1. point ahead", "2. new v",
    "3. next point ahead", "4. its move"; g is the gradient at the point ahead.
    """
    ### BEGIN SOLUTION
    new_v = beta * v + g
    return {
        "1. point ahead": phi - lr * beta * v,
        "2. new v": new_v,
        "3. next point ahead": phi - lr * new_v - lr * beta * new_v,
        "4. its move": -lr * (g + beta * new_v),
    }
    ### END SOLUTION


print("Steps 1 and 2 are measured on a walk of your Momentum: test it first.")
root = partial(
    experiments.measured_root, Momentum, rate=2.0, h=0.5, beta=0.81, condition=100.0
)
drawn = partial(plots.factors, experiments.factors(beta=0.81))
numbers = 2.0 * 0.19, 0.5, 0.81, 100.0
check.derivation(root_steps, *numbers, numerical=root, picture=drawn)
ahead = experiments.measured_look_ahead(phi=1.0, v=-2.0, h=0.5, rate=0.1, beta=0.9)
check.derivation(ahead_steps, 1.0, -2.0, 0.5 * 1.18, 0.1, 0.9, numerical=ahead)


# %% nbgrader={"grade": false, "grade_id": "nesterov", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Nesterov:
    """Momentum with the gradient taken ahead, for the point ahead as it is stored:
    v = beta*v + g as in the heavy ball, then theta moves by step 4 of `ahead_steps`.

    beta: share of the old v that stays, 0 <= beta < 1. State as in `Momentum`.

    >>> params, optimizer = {"x": np.array([1.0])}, Nesterov(lr=0.1, beta=0.5)
    >>> for _ in range(2):
    ...     optimizer.step(params, {"x": np.array([4.0])})
    ...     print(params["x"])
    [0.4]
    [-0.3]
    """

    def __init__(self, lr, beta=0.9):
        """About 2 lines."""
        ### BEGIN SOLUTION
        self.lr, self.beta = lr, beta
        self.v = {}
        ### END SOLUTION

    def step(self, params, grads):
        """As for `SGD`. About 4 lines."""
        ### BEGIN SOLUTION
        for key in params:
            g = grads[key]
            self.v[key] = self.beta * self.v.get(key, 0.0) + g
            params[key] -= self.lr * (g + self.beta * self.v[key])
        ### END SOLUTION


# %% [markdown] ladder="nesterov"
# 1. Which $v$ stands in your step, the one before this gradient or the one after it? And how many terms does step 4 of
# the derivation have?
#
# 2. What is stored is a place ahead. Coming from there, one undoes the old look ahead, walks the heavy-ball way with a
# fresh velocity, and looks ahead again, now with the fresh one. Put together the old velocity cancels: what is left
# are the slope itself and a shortened velocity, both with the rate in front. The memory works as before, but nothing
# is averaged here.
#
# 3. Let $\theta = 1$, old $v = 2$, $\eta = 0.1$, $\beta = \frac12$, and $g = 6$ at $\theta$. The look ahead was
# $\eta\beta v = 0.1$, so $\phi = 1.1$. Now $v' = \frac12 \cdot 2 + 6 = 7$, and $\phi' = 1.1 - 0.1 \cdot 7 = 0.4$. Once
# more ahead, by $0.1 \cdot \frac12 \cdot 7 = 0.35$: $\theta' = 0.05$. So the stored number has moved by $-0.95$, which
# is $-0.1 \cdot 9.5$. How do you get $9.5$ from $g = 6$, $v' = 7$ and $\beta$?
#
# 4.
#
#     def __init__(self, lr, beta=0.9):
#         self.lr, self.beta = lr, beta
#         self.v = {}
#     def step(self, params, grads):
#         for key in params:
#             g = grads[key]
#             self.v[key] = self.beta * self.v.get(key, 0.0) + g
#             ahead = self.beta * self.v[key]
#             ahead = self.beta * g  # wrong
#             params[key] -= self.lr * (g + ahead)


# %% nbgrader={"grade": true, "grade_id": "test-nesterov-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def nesterov_steps(x, gradients, **settings):
    """x after one step of a new Nesterov(**settings) for each of the gradients."""
    return walk(Nesterov(**settings), {"x": x}, [{"x": g} for g in gradients])["x"]


x, G, half = np.array([1.0]), np.array([4.0]), {"lr": 0.1, "beta": 0.5}
check.value("by hand, step 1", nesterov_steps, x, [G], **half, expected=x - 0.6)
check.value("by hand, step 2", nesterov_steps, x, [G, G], **half, expected=x - 1.3)
check.value("no gradient", nesterov_steps, x, [G, 0 * G], **half, expected=x - 0.7)
check.value("beta 3/4", nesterov_steps, x, [G], lr=0.5, beta=0.75, expected=x - 3.5)
no_memory = {"lr": 0.1, "beta": 0.0}
check.value("beta 0 is SGD", nesterov_steps, x, [G, G], **no_memory, expected=x - 0.8)
check.value("beta 0.9 unless given", nesterov_steps, x, [G], lr=1.0, expected=x - 7.6)
column, slopes = np.array([[1.0], [1.0]]), np.array([[4.0], [-2.0]])
moved = np.array([[0.4], [1.3]])
check.value("a column", nesterov_steps, column, [slopes], **half, expected=moved)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_steps, _nesterov

_rng = check.rng(5303)
_check = partial(_check_steps, Nesterov, _nesterov, _rng)
with check.part(
    "Nesterov, the first step",
    hint="After the first step v = g: how far does theta move?",
):
    for _shape in [(4,), (3, 2), (1, 5)]:
        _check("W1", [_rng.normal(size=_shape)], 0.3, 0.7)
with check.part(
    "Nesterov, 25 steps",
    hint="Which v looks ahead, the one before or the one after this gradient?",
):
    for _lr, _beta in [(0.3, 0.7), (0.02, 0.99), (1.5, 0.25)]:
        _check("W2", _rng.normal(size=(25, 3, 2)), lr=_lr, beta=_beta)
with check.part(
    "Nesterov, beta 0.9 unless given",
    hint="Is the argument beta used, and its default 0.9?",
):
    _check("W3", _rng.normal(size=(25, 4)), 0.2)
    _check("W4", _rng.normal(size=(3, 4)), 0.2, beta=0.0)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-nesterov-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def nesterov_step(params, grads):
    Nesterov(lr=0.1).step(params, grads)


def nesterov_beside_alone(gradients, **settings):
    """How much further a parameter moves beside another one than alone."""
    return experiments.beside_alone(partial(Nesterov, **settings), gradients)


one, two = np.array([[1.0], [3.0]]), np.array([2.0, 5.0, 7.0])
check.in_place(nesterov_step, {"a": one, "b": two}, {"b": 2 * two, "a": -one})
settings, title = {"lr": 0.1, "beta": 0.5}, "as far as alone"
check.value(title, nesterov_beside_alone, [2.0, 1.0, 3.0], **settings, expected=0.0)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_grads_are_kept, _check_in_place, _check_keys_apart, _check_objects_apart, _problem

_make = partial(Nesterov, lr=0.3, beta=0.8)
_rng = check.rng(5304)
with check.part(
    "Nesterov changes the arrays in params themselves",
    hint="params[key] -= ... changes the array, params[key] = ... puts another in its place.",
):
    _check_in_place(_make, *_problem(_rng, 3))
with check.part(
    "Nesterov leaves the gradients alone",
    hint="Does your state hold the caller's array, or one of its own?",
):
    _check_grads_are_kept(_make, *_problem(_rng, 25))
with check.part(
    "Nesterov with several parameters",
    hint="Every key needs a buffer of its own, also where two shapes are equal.",
):
    _check_keys_apart(_make, *_problem(_rng, 25))
with check.part(
    "two Nesterov objects do not disturb each other",
    hint="State belongs to the object: make it in __init__.",
):
    _check_objects_apart(_make, *_problem(_rng, 25))
### END HIDDEN TESTS

# %% [markdown]
# ## 6.4 A step size of its own for every parameter
#
# One rate for all parameters is a compromise. **RMSProp** divides each entry by the running size of its gradients, elementwise:
#
# $$s \leftarrow \beta s + (1 - \beta)\, g^2, \qquad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \varepsilon}.$$
#
# **By hand.** $\beta = \frac34$, $\eta = 0.3$, $\varepsilon = 0$, $g = 4, 2$: $s = 4$ both times, steps 0.6 and 0.3.
#
# **Adam** divides an average $m$ of the gradients by the root of an average $v$ of their squares. Both start at zero and are too
# small at first, by different factors: after $t$ steps the weights in them sum to $1 - \beta^t$. So Adam divides by that (in the
# letters of its paper: $m$ is momentum's $v$, and $v$ is RMSProp's $s$):
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}.$$
#
# **By hand.** $\beta_1 = \frac12$, $\beta_2 = \frac34$, $\eta = 0.1$, $\varepsilon = 0$. $g = 2$: $m = 1$, $v = 1$, $\hat m = 2$, $\hat v = 4$, step 0.1. Then $g = 1$:
# $m = 1$, $v = 1$, $\hat m = \frac43$, $\hat v = \frac{16}7$, step 0.0882.


# %% nbgrader={"grade": false, "grade_id": "rmsprop", "locked": false, "schema_version": 3, "solution": true, "task": false}
class RMSProp:
    """Steps divided by a running size of the gradient, elementwise:
    s = beta*s + (1 - beta)*g**2, then theta -= lr*g/(sqrt(s) + eps).

    beta: how much of the old s stays. eps: keeps 0/0 away. Every key of params has an s
    of its own, which starts at zero.

    >>> params, optimizer = {"x": np.array([1.0])}, RMSProp(lr=0.3, beta=0.75, eps=0.0)
    >>> for g in [4.0, 2.0]:
    ...     optimizer.step(params, {"x": np.array([g])})
    ...     print(params["x"])
    [0.4]
    [0.1]
    """

    def __init__(self, lr, beta=0.9, eps=1e-8):
        """About 2 lines."""
        ### BEGIN SOLUTION
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}
        ### END SOLUTION

    def step(self, params, grads):
        """As for `SGD`. About 4 lines."""
        ### BEGIN SOLUTION
        for key in params:
            g = grads[key]
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * g**2
            params[key] -= self.lr * g / (np.sqrt(self.s[key]) + self.eps)
        ### END SOLUTION


# %% [markdown] ladder="rmsprop"
# 1. For an entry whose gradients are all about 100, how long is your step, and how long is it where they are all about
# $0.01$? Where does `eps` stand, inside the root or behind it? What is averaged: sizes, or squares?
#
# 2. Each entry gets a ruler of its own, made from what it has seen lately. The ruler has the units of a slope, which
# is why a root is needed: what is remembered has those units twice. Renew the memory first, then measure with it. The
# tiny constant only keeps a division alive where nothing was ever seen.
#
# 3. Take $\beta = 0.84$, $\eta = 0.2$, $\varepsilon = 0$. First $g = 5$: $s = 0.84 \cdot 0 + 0.16 \cdot 25 = 4$, the
# root is 2, and the parameter moves by $-0.2 \cdot 5/2 = -0.5$. Then $g = 2$: the old share is $0.84 \cdot 4 = 3.36$,
# the new one $0.16 \cdot 4 = 0.64$. What is $s$, and by how much does the parameter move? If $s$ were a mean of sizes,
# it would be $0.8$ after the first call: which move would that give?
#
# 4.
#
#     def __init__(self, lr, beta=0.9, eps=1e-8):
#         self.lr, self.beta, self.eps = lr, beta, eps
#         self.s = {}
#     def step(self, params, grads):
#         for key in params:
#             g = grads[key]
#             self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * g**2
#             params[key] -= self.lr * g / (np.sqrt(self.s[key]) + self.eps)
#             params[key] -= self.lr * g / np.sqrt(self.s[key] + self.eps)  # wrong


# %% nbgrader={"grade": true, "grade_id": "test-rmsprop-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def rmsprop_steps(x, gradients, **settings):
    """x after one step of a new RMSProp(**settings) for each of the gradients."""
    return walk(RMSProp(**settings), {"x": x}, [{"x": g} for g in gradients])["x"]


x, G, H = np.array([1.0]), np.array([4.0]), np.array([2.0])
by_hand = {"lr": 0.3, "beta": 0.75, "eps": 0.0}
check.value("by hand, step 1", rmsprop_steps, x, [G], **by_hand, expected=x - 0.6)
check.value("by hand, step 2", rmsprop_steps, x, [G, H], **by_hand, expected=x - 0.9)
large, no_memory = by_hand | {"eps": 0.5}, by_hand | {"beta": 0.0}
check.value("eps 1/2", rmsprop_steps, x, [G], **large, expected=x - 0.48)
check.value("no memory", rmsprop_steps, x, [G, H], **no_memory, expected=x - 0.6)
three = [G, 0 * G, 2 * H]
check.value("4, 0, 4", rmsprop_steps, x, three, **by_hand, expected=x - 1.08)
column, slopes = np.ones((2, 1)), np.array([[2.0], [-1.0]])
moved = np.array([[0.4], [1.6]])
check.value("a column", rmsprop_steps, column, [slopes], **by_hand, expected=moved)
start, slopes = np.zeros(4), np.array([1.0, 100.0, 0.0, 1e-8])
moved = np.array([-3.162277560, -3.162277659, 0.0, -0.759746927])
check.value("the defaults", rmsprop_steps, start, [slopes], lr=1.0, expected=moved)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_steps, _rmsprop

_rng = check.rng(5401)
_check = partial(_check_steps, RMSProp, _rmsprop, _rng)
with check.part(
    "RMSProp, the first step", hint="After the first step s = (1 - beta)*g**2."
):
    for _shape in [(4,), (3, 2), (1, 5)]:
        _check("W1", [_rng.normal(size=_shape)], 0.3, 0.7)
with check.part(
    "RMSProp, 25 steps",
    hint="Is s kept, and does its old value fade by the factor beta?",
):
    for _lr, _beta, _eps in [(0.3, 0.7, 0.1), (0.02, 0.99, 1e-3), (1.5, 0.25, 2.0)]:
        _check("W2", 3 * _rng.normal(size=(25, 3, 2)), lr=_lr, beta=_beta, eps=_eps)
with check.part(
    "RMSProp, beta 0.9 and eps 1e-8 unless given",
    hint="Are beta and eps used, and their defaults right?",
):
    _check("W3", _rng.normal(size=(25, 4)), 0.2)
    _check("W4", 1e-8 * _rng.normal(size=(4, 4)), 0.2, 0.5)
    _check("W8", _rng.normal(size=(4, 4)), 0.2, beta=0.0)
with check.part(
    "RMSProp, small gradients",
    hint="Where does eps stand: inside or outside of the root?",
):
    _check("W5", 1e-3 * _rng.normal(size=(6, 4)), 0.2, 0.6, 1e-3)
    _check("W6", 1e-6 * _rng.normal(size=(6, 4)), 0.2)
with check.part("RMSProp, gradients of zero", hint="What is 0/(sqrt(0) + eps)?"):
    _check("W7", [np.zeros(3), np.array([0.0, 1.0, -2.0]), np.zeros(3)], 0.2)
    _check("W9", [_rng.normal(size=3), np.zeros(3), _rng.normal(size=3)], 0.2, 0.7)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-rmsprop-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def rmsprop_step(params, grads):
    RMSProp(lr=0.1).step(params, grads)


def rmsprop_beside_alone(gradients, **settings):
    """How much further a parameter moves beside another one than alone."""
    return experiments.beside_alone(partial(RMSProp, **settings), gradients)


one, two = np.array([[1.0], [3.0]]), np.array([2.0, 5.0, 7.0])
check.in_place(rmsprop_step, {"a": one, "b": two}, {"b": 2 * two, "a": -one})
settings, title = {"lr": 1.0, "beta": 0.75, "eps": 0.0}, "as far as alone"
check.value(title, rmsprop_beside_alone, [2.0, 1.0, 3.0], **settings, expected=0.0)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_grads_are_kept, _check_in_place, _check_keys_apart, _check_objects_apart, _problem

_make = partial(RMSProp, lr=0.3, beta=0.8)
_rng = check.rng(5402)
with check.part(
    "RMSProp changes the arrays in params themselves",
    hint="params[key] -= ... changes the array, params[key] = ... puts another in its place.",
):
    _check_in_place(_make, *_problem(_rng, 3))
with check.part(
    "RMSProp leaves the gradients alone",
    hint="Does your state hold the caller's array, or one of its own?",
):
    _check_grads_are_kept(_make, *_problem(_rng, 25))
with check.part(
    "RMSProp with several parameters",
    hint="Every key needs a buffer of its own, also where two shapes are equal.",
):
    _check_keys_apart(_make, *_problem(_rng, 25))
with check.part(
    "two RMSProp objects do not disturb each other",
    hint="State belongs to the object: make it in __init__.",
):
    _check_objects_apart(_make, *_problem(_rng, 25))
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "adam", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Adam:
    """Momentum and RMSProp together, both averages corrected for their start at zero.

    m = beta1*m + (1 - beta1)*g        m_hat = m / (1 - beta1**t)
    v = beta2*v + (1 - beta2)*g**2     v_hat = v / (1 - beta2**t)
    theta -= lr * m_hat / (sqrt(v_hat) + eps)

    t is 1 in the first call of step, 2 in the second, however many parameters there
    are. Every key has an m and a v, kept without the correction.
    (Kingma and Ba 2015, algorithm 1.)

    >>> params, g = {"x": np.array([1.0])}, {"x": np.array([2.0])}
    >>> walk(Adam(lr=0.1, beta1=0.5, beta2=0.75, eps=0.0), params, [g])
    {'x': array([0.9])}
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        """About 3 lines."""
        ### BEGIN SOLUTION
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m, self.v = {}, {}
        ### END SOLUTION

    def step(self, params, grads):
        """As for `SGD`. About 8 lines."""
        ### BEGIN SOLUTION
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION


# %% [markdown] ladder="adam"
# 1. How long is the very first step, whatever the gradient? How often does `t` grow in one call with two parameters?
# And do you store the averages, or what has been corrected?
#
# 2. Two memories for every name, one of slopes and one of their squares, and a single clock for the whole object,
# which ticks at the beginning of a call. What is shown to the update is enlarged: each memory is divided by the share
# of it that has been filled so far, and this share nears one. The memories themselves are never enlarged. The rest is
# a quotient, as in RMSProp.
#
# 3. Take $\beta_1 = 0.8$, $\beta_2 = 0.96$, $\eta = 0.1$, $\varepsilon = 0$. First $g = 5$: $m = 0.2 \cdot 5 = 1$ and
# $v = 0.04 \cdot 25 = 1$. At $t = 1$ they are divided by $0.2$ and $0.04$: 5 and 25, so the way is $0.1 \cdot 5/5 =
# 0.1$. Then $g = 0$: $m = 0.8$, $v = 0.96$. At $t = 2$ the shares are $1 - 0.64 = 0.36$ and $1 - 0.9216 = 0.0784$.
# Which two numbers stand in the quotient, and is the way $0.0635$?
#
# 4.
#
#     def step(self, params, grads):
#         self.t += 1
#         for key in params:
#             g = grads[key]
#             self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
#             self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
#             m_hat = self.m[key] / (1 - self.beta1**self.t)
#             v_hat = self.v[key] / (1 - self.beta2**self.t)
#             v_hat = self.v[key] / (1 - self.beta2 * self.t)  # wrong
#             params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% nbgrader={"grade": true, "grade_id": "test-adam-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def adam_steps(x, gradients, **settings):
    """x after one step of a new Adam(**settings) for each of the gradients."""
    return walk(Adam(**settings), {"x": x}, [{"x": g} for g in gradients])["x"]


x, G, H = np.array([1.0]), np.array([2.0]), np.array([1.0])
by_hand = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 0.0}
for gradients, way in [([G], 0.1), ([G, H], 0.188191710), ([G, H, H], 0.275088318)]:
    title = f"by hand, step {len(gradients)}"
    check.value(title, adam_steps, x, gradients, **by_hand, expected=x - way)
large = by_hand | {"eps": 1.0}
check.value("eps 1", adam_steps, x, [G, H], **large, expected=x - 0.119748225841)
# Without memory every step has the length lr; the first one always has
no_memory = by_hand | {"beta1": 0.0, "beta2": 0.0}
check.value("no memory", adam_steps, x, [G, H], **no_memory, expected=x - 0.2)
column, sizes = np.array([[1.0], [2.0], [3.0]]), np.array([[3.0], [-0.25], [0.0]])
moved = np.array([[0.999], [2.001], [3.0]])
check.value("the first step", adam_steps, column, [sizes], expected=moved)
check.value("the betas", adam_steps, x, [G, H], lr=0.1, expected=x - 0.193217962791)
check.value("the default eps", adam_steps, x, [1e-8 * H], lr=0.1, expected=x - 0.05)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _adam, _check_steps

_rng = check.rng(5403)
_check = partial(_check_steps, Adam, _adam, _rng)
with check.part(
    "Adam, the first step",
    hint="After the correction m_hat = g and v_hat = g**2 in the first step.",
):
    for _shape in [(4,), (3, 2), (1, 5)]:
        _g = _rng.normal(size=_shape)
        _check("W1", [_g], 0.3, 0.7, 0.8, 0.5)
        _check("b1", [_g], 0.3)
with check.part(
    "Adam, 25 steps",
    hint="t grows by 1 a step, and m and v keep their uncorrected values. Which power is needed?",
):
    for _settings in [
        {"lr": 0.3, "beta1": 0.7, "beta2": 0.8, "eps": 0.1},
        {"lr": 0.02, "beta1": 0.95, "beta2": 0.5, "eps": 1e-3},
        {"lr": 1.5, "beta1": 0.25, "beta2": 0.99, "eps": 2.0},
    ]:
        _check("W2", 3 * _rng.normal(size=(25, 3, 2)), **_settings)
with check.part(
    "Adam, its defaults",
    hint="lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8: are all four used?",
):
    _check("W3", _rng.normal(size=(25, 4)))
    _check("W4", _rng.normal(size=(25, 4)), lr=0.4)
    _check("W5", 1e-8 * _rng.normal(size=(4, 4)), 0.2)
    _check("W9", _rng.normal(size=(4, 4)), 0.2, beta1=0.0)
    _check("W10", _rng.normal(size=(4, 4)), 0.2, beta2=0.0)
with check.part(
    "Adam, small gradients",
    hint="eps stands outside of the root of the corrected v_hat.",
):
    _small = 1e-3 * _rng.normal(size=(6, 4))
    _check("W6", _small, lr=0.2, beta1=0.6, beta2=0.9, eps=1e-3)
    _check("W7", 1e-6 * _rng.normal(size=(6, 4)), 0.2)
with check.part("Adam, gradients of zero", hint="What is 0/(sqrt(0) + eps)?"):
    _check("W8", [np.zeros(3), np.array([0.0, 1.0, -2.0]), np.zeros(3)], 0.2)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-adam-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def adam_step(params, grads):
    Adam(lr=0.1).step(params, grads)


def adam_beside_alone(gradients, **settings):
    """How much further a parameter moves beside another one than alone."""
    return experiments.beside_alone(partial(Adam, **settings), gradients)


one, two = np.array([[1.0], [3.0]]), np.array([2.0, 5.0, 7.0])
check.in_place(adam_step, {"a": one, "b": two}, {"b": 2 * two, "a": -one})
settings, title = {"beta1": 0.5, "beta2": 0.75}, "as far as alone"
check.value(title, adam_beside_alone, [2.0, 1.0, 3.0], **settings, expected=0.0)
### BEGIN HIDDEN TESTS
from functools import partial

import numpy as np

from nbcore import check

# provided from helpers: _check_grads_are_kept, _check_in_place, _check_keys_apart, _check_objects_apart, _problem

_make = partial(Adam, lr=0.3, beta1=0.8, beta2=0.6)
_rng = check.rng(5404)
with check.part(
    "Adam changes the arrays in params themselves",
    hint="params[key] -= ... changes the array, params[key] = ... puts another in its place.",
):
    _check_in_place(_make, *_problem(_rng, 3))
with check.part(
    "Adam leaves the gradients alone",
    hint="Does your state hold the caller's array, or one of its own?",
):
    _check_grads_are_kept(_make, *_problem(_rng, 25))
with check.part(
    "Adam with several parameters",
    hint="Every key needs buffers of its own. t counts steps, not keys.",
):
    _check_keys_apart(_make, *_problem(_rng, 25))
with check.part(
    "two Adam objects do not disturb each other",
    hint="State belongs to the object: make it in __init__.",
):
    _check_objects_apart(_make, *_problem(_rng, 25))
### END HIDDEN TESTS

# %% [markdown]
# ## 6.5 A race on quadratics, and round a bend
#
# First: $f = \frac12(x_1^2/\kappa + x_2^2)$ with $\kappa$ = 10, 100 and 1000. SGD and momentum run at what theory calls best in the long run
# (momentum's $\beta$ too, one for each $\kappa$). Nesterov, also with a $\beta$ for each $\kappa$, runs at its usual rate 1, without a search. RMSProp and Adam have the best rate of a search, and their usual $\beta$. "Turned":
# the valley is turned by 30° against the axes.
#
# Second: Rosenbrock's valley, which bends. Third: a bowl with ripples: does momentum roll out of local minima? 16 % of the starts
# lie in the lowest one already; 0 % means that no walk comes to rest there. (Momentum's 2.5 is Nesterov's 0.25; see 6.2.) Then reach the
# targets of the two explorers.

# %% tags=["no-marks"]
longer = widgets.predict(
    "All gradients become 1000 times larger. How many times as long is the first step "
    "of Adam?"
)
growth = widgets.predict(
    "The condition number grows from 10 to 1000; rate and beta are the best for each. "
    "By what factor do the steps of momentum grow?",
    ["about 3", "about 10", "about 30", "about 100"],
)
turned = widgets.predict(
    "The valley of condition 1000 is turned. By what factor do the steps of Adam grow?",
    ["about 1", "about 3", "about 10", "about 30"],
)
hovers = widgets.predict(
    "RMSProp starts at distance 1 and takes 4000 steps at rate 0.1. How far from the "
    "minimum is it at most in the last 100 of them?"
)
rolls = widgets.predict(
    "Ripples: 16 % of the starts lie in the lowest minimum. From how many does "
    "momentum end there, at rate 2.5?",
    unit="%",
)
display(longer, growth, turned, hovers, rolls)

# %% tags=["no-marks"]
optimizers = {c.__name__: c for c in (SGD, Momentum, Nesterov, RMSProp, Adam)}
first, race = experiments.first_steps(optimizers), experiments.quadratics(optimizers)
print(first, experiments.forms(Momentum, Nesterov), race, sep="\n\n")
why, steps = experiments.WHY, race.steps
size = first.lengths[-1, 1] / first.lengths[-1, 0]
longer.answer(size, because=why["longer"], of=Adam)
grown = experiments.about(steps[-1, 1] / steps[0, 1], 3, 10, 30, 100)
growth.answer(grown, because=why["growth"], of=Momentum)
grown = experiments.about(race.steps_rotated[-1, -1] / steps[-1, -1], 1, 3, 10, 30)
turned.answer(grown, because=why["turned"], of=Adam)
hovers.answer(race.hovers[0, 3], because=why["hovers"], of=RMSProp)
display(plots.quadratics(race))
widgets.momentum_explorer(Momentum)

# %% tags=["no-marks"]
wider = widgets.predict(
    "For 6.6, with rates from 0.001 to 1000: is the range of rates that end at a low "
    "loss wider for Adam than for momentum?",
    ["on both problems", "on the regression only", "on the network only", "on neither"],
)
optimizers = {c.__name__: c for c in (SGD, Momentum, Nesterov, RMSProp, Adam)}
bend = experiments.valley(optimizers)
three = {name: optimizers[name] for name in ("SGD", "Momentum", "Nesterov")}
bowl = experiments.ripples(three)
print(bend, bowl, sep="\n\n")
out = 100 * bowl.share[1, 3]  # of momentum, at rate 2.5
rolls.answer(out, because=experiments.WHY["rolls"], of=Momentum)
display(plots.valley(bend, bowl), wider)
widgets.learning_rate_explorer(optimizers)

# %% [markdown]
# **What you see.** In the valley along the axes Adam needs 121 steps at each $\kappa$; SGD goes from 35 to 3454, momentum from 15
# to 190. Where $ah$ is large, but below 1, Nesterov's factor is smaller than $\sqrt\beta$ (figure of 6.3): it damps steep directions, in which
# the heavy ball keeps swinging. See "Distance after 20 steps", where $ah = 0.5$. RMSProp at 0.1 is near early, but does not stay (dotted).
# Nor does Adam: when $v$ has forgotten the large gradients, its steps grow, and it leaves the minimum again. At $\kappa = 1000$ momentum
# first moves away, to 5.3 times the distance.
#
# ## 6.6 How sensitive are they to the rate?
#
# 25 rates from $10^{-3}$ to $10^3$, each optimizer from the same starts: a linear regression of condition number about 90, and a
# small network on moons. The dashed line is the loss of the best constant prediction: a finite loss is not yet a success. Crosses are
# runs that diverge or end above ten times that line; RMSProp's on the regression do not diverge, they hover.
#
# A rate is **good** if the median of the final losses is at most 0.02 (regression) or 0.1 (network): the same limits for all
# optimizers. The rate
# is chosen on the validation part; the test part is used once, afterwards.
#
# Guess above, over the explorer. The last figure has a row for each seed: at which rates does the start decide?
#
# **Then train your own network.** The explorer trains your network with two of your optimizers, from the same start.
# Its last line is the code that brings your finding back.

# %% tags=["no-marks"]
optimizers = {c.__name__: c for c in (SGD, Momentum, Nesterov, RMSProp, Adam)}
linear = experiments.linear_sensitivity(optimizers)
moons = experiments.network_sensitivity(optimizers, network, init_params)
print(linear, moons, moons.starts(), moons.compared(), sep="\n\n")
found, of = experiments.wider(linear, moons, "Adam", "Momentum"), [Momentum, Adam]
wider.answer(found, because=experiments.WHY["wider"], of=of)
display(plots.sensitivity(linear, moons), plots.seeds(moons))


def train(optimizer, params, X, y, n_epochs):
    """The loss before each step."""
    losses = []
    for _ in range(n_epochs):
        loss, grads = network(params, X, y)
        losses.append(loss)
        optimizer.step(params, grads)
    return losses


def predict(params, X):
    return mlp_forward(X, params, tanh, sigmoid)[0]


widgets.training_explorer(optimizers, train, predict, init_params)

# %% [markdown]
# **What you see.** The good rates of momentum, RMSProp and Adam span one decade on the network. Once tuned, no optimizer differs from
# SGD by two standard errors.
#
# ## 6.7 Clipping and schedules
#
# Where the loss has cliffs, one huge gradient can undo all progress. **Clipping by the global norm** keeps the direction and
# limits the length: with the norm $n$ over all entries of all arrays, every array is multiplied by $c/n$ if $n > c$.
#
# **By hand.** $g_W = (3, 0)$, $g_b = (4)$: $n = \sqrt{9 + 16} = 5$. With $c = 1$ both shrink to a fifth.
#
# A **schedule** changes the rate over time: large at first, for speed, small at the end, for precision. Two common ones: drop by a
# factor every so many steps; rise linearly (**warm-up**), then fall along half a cosine.
#
# **By hand.** Cosine from 0.6 to 0 in 10 steps: half way, at $t = 5$, the cosine is 0 and the rate 0.3. At $t = 2$ the rate is still 0.54.
#
# <details><summary>Hint</summary>
#
# The share of the way from `warmup` to `total` runs from 0 to 1. $(1 + \cos(\pi \cdot \text{share}))/2$ runs from 1 to 0.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "clip", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_by_global_norm(grads, max_norm):
    """Shorten the gradients, all by one factor, so that their global norm, the root of
    the sum of all squares over all arrays, is at most max_norm.

    grads: dict of float64 arrays. Changed IN PLACE where the norm is larger than
    max_norm, else left bit for bit.
    Returns: the norm before, a float. Gradients that are all zero stay zero.

    >>> grads = {"W1": np.array([[3.0, 0.0]]), "b1": np.array([4.0])}
    >>> clip_by_global_norm(grads, max_norm=1.0), grads["W1"], grads["b1"]
    (5.0, array([[0.6, 0. ]]), array([0.8]))

    About 5 lines.
    """
    ### BEGIN SOLUTION
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm
    ### END SOLUTION


# %% [markdown] ladder="clip"
# 1. How many norms do you compute for two arrays? What happens to gradients that are short already, and which number
# do you return: that from before, or that from after?
#
# 2. Imagine all entries of all arrays in one long vector. Its length decides about everything: whether anything
# happens at all, and by which common factor. The factor makes the long vector exactly as long as allowed, so every
# array keeps its share and the direction stays. Write into the memory that is there. Zeros need no special care, as
# they are never too long.
#
# 3. Let $g_W = (2, 4)$ and $g_b = (4)$. The squares are $4, 16, 16$, together 36, so the long vector has length 6.
# Lengths of the parts do not add up: $4.47 + 4$ would be $8.47$. With $c = 3$ the factor is $3/6$. What do both arrays
# hold then, and what is returned? With $c = 10$: is there a factor, and what is returned? Check the first answer: what
# is the length afterwards?
#
# 4.
#
#     norm = float(np.sqrt(sum(np.sum(g**2) for g in grads.values())))
#     norm = float(sum(np.linalg.norm(g) for g in grads.values()))  # wrong
#     if norm > max_norm:
#         for key in grads:
#             grads[key] *= max_norm / norm
#     return norm


# %% nbgrader={"grade": true, "grade_id": "test-clip-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def clipped(grads, max_norm):
    """What clip_by_global_norm returns, and the gradients after it."""
    return clip_by_global_norm(grads, max_norm), grads


three_four = {"W1": np.array([[3.0, 0.0]]), "b1": np.array([4.0])}
shorter = {"W1": np.array([[0.6, 0.0]]), "b1": np.array([0.8])}
check.value("by hand", clipped, three_four, 1.0, expected=(5.0, shorter))
check.value("short already", clipped, three_four, 6.0, expected=(5.0, three_four))
check.value("as long as allowed", clipped, three_four, 5.0, expected=(5.0, three_four))
nothing = {"W1": np.zeros((1, 2)), "b1": np.zeros(1)}
check.value("all zero", clipped, nothing, 1.0, expected=(0.0, nothing))
several = {"W1": np.array([[1.0, -5.0], [3.0, 1.0]]), "b1": np.array([8.0, 0.0])}
halves = {key: g / 2 for key, g in several.items()}
check.value("several in an array", clipped, several, 5.0, expected=(10.0, halves))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _global_norm, _normal


def _clipped(grads, max_norm):
    return clip_by_global_norm(grads, max_norm), grads


_shapes = {"W1": (3, 4), "b1": (3,), "W2": (2, 3), "W10": (3, 4)}
_rng = check.rng(5701)
with check.part(
    "clip, the norm before",
    hint="One norm over all arrays: the root of the sum of all squares.",
):
    for _scale, _max_norm in [(1.0, 0.5), (10.0, 5.0), (1e-3, 1e-4), (0.1, 3.0)]:
        _grads = _normal(_rng, _shapes, _scale)
        _norm = _global_norm(_grads)
        check.value(clip_by_global_norm, _grads, _max_norm, expected=_norm, atol=0)
with check.part(
    "clip, gradients that are too long",
    hint="All arrays shrink by the same factor, to a norm of max_norm exactly.",
):
    for _scale, _max_norm in [(1.0, 0.5), (10.0, 5.0), (1e-3, 1e-4), (300.0, 0.02)]:
        _grads = _normal(_rng, _shapes, _scale)
        _norm = _global_norm(_grads)
        _expected = _norm, {k: g * (_max_norm / _norm) for k, g in _grads.items()}
        check.value(_clipped, _grads, _max_norm, expected=_expected, rtol=1e-9, atol=0)
    _grads, _expected = {"W": np.array([[-7.0]])}, (7.0, {"W": np.array([[-2.0]])})
    check.value(_clipped, _grads, 2.0, expected=_expected, rtol=1e-9)
with check.part(
    "clip, short gradients are not made longer",
    hint="What should happen when the norm is below max_norm?",
):
    for _scale, _max_norm in [(0.01, 5.0), (1.0, 100.0)]:
        _grads = _normal(_rng, _shapes, _scale)
        _expected = _global_norm(_grads), _grads
        check.value(_clipped, _grads, _max_norm, expected=_expected, rtol=1e-12, atol=0)
with check.part("clip, gradients of zero", hint="Beware of 0/0."):
    _zero = {"W1": np.zeros((2, 3)), "b1": np.zeros(2)}
    check.value(_clipped, _zero, 1.5, expected=(0.0, _zero))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-clip-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
long = {"W1": np.array([[30.0, 20.0]]), "b1": np.array([40.0])}
check.in_place(clip_by_global_norm, long, 5.0)
check.purity("short ones stay", clip_by_global_norm, {"b1": np.array([0.3, -0.4])}, 1.0)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _copied, _normal

_rng = check.rng(5702)
with check.part(
    "clip changes the arrays in grads themselves",
    hint="g *= factor changes the array, grads[key] = ... puts another in its place.",
):
    for _max_norm in [0.5, 0.01]:
        _grads = _normal(_rng, {"W1": (3, 4), "b1": (3,), "W2": (3, 4)})
        _arrays, _before = dict(_grads), _copied(_grads)
        clip_by_global_norm(_grads, _max_norm)
        assert list(_grads) == list(_arrays)
        assert all(_grads[k] is a for k, a in _arrays.items())
        assert all((a != _before[k]).any() for k, a in _arrays.items())
with check.part(
    "clip leaves short gradients as they are, bit for bit",
    hint="Is there anything to do when the norm is small enough?",
):
    for _max_norm in [20.0, 333.3]:
        _grads = _normal(_rng, {"W1": (3, 4), "b1": 3})
        check.purity(clip_by_global_norm, _grads, _max_norm)
    check.purity(clip_by_global_norm, {"W1": np.zeros((2, 2))}, 0.1)
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "schedules", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step_decay(t, lr, drop, every):
    """The rate for step t = 0, 1, ...: lr * drop**floor(t / every). About 1 line.

    >>> [step_decay(t, lr=0.8, drop=0.5, every=10) for t in (0, 9, 10, 25)]
    [0.8, 0.8, 0.4, 0.2]
    """
    ### BEGIN SOLUTION
    return lr * drop ** (t // every)
    ### END SOLUTION


def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    """The rate for step t: up along a line, then down along half a cosine wave.

    While t < warmup it is lr_max * (t + 1) / warmup. From t = warmup to t = total it
    falls from lr_max to lr_min as cos(x) falls from 1 to -1 for x from 0 to pi.

    >>> settings = {"total": 8, "lr_max": 1.0, "lr_min": 0.2, "warmup": 4}
    >>> [f"{warmup_cosine(t, **settings):.2f}" for t in (0, 3, 4, 5, 6, 8)]
    ['0.25', '1.00', '1.00', '0.88', '0.60', '0.20']

    About 4 lines.
    """
    ### BEGIN SOLUTION
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + (lr_max - lr_min) * (1 + np.cos(np.pi * share)) / 2
    ### END SOLUTION


# %% [markdown] ladder="schedules"
# 1. At which `t` does the first drop come, and does the rate change between two drops? How many steps has the cosine,
# if the warm-up takes some away? What is the rate at `t = 0`?
#
# 2. The stairs need a whole number, the count of complete periods so far; the factor is applied that many times. The
# second curve has two parts, so ask where you are. Going down, use a clock of its own: a fraction that begins with 0
# when the climb is over, and is 1 at the very end. A cosine of half a turn, lifted and halved, then leads from 1 to 0,
# and is stretched from one limit to the other.
#
# 3. Stairs with rate 1, factor $0.1$ and a period of 3: for $t = 0, 1, 2$ the count is 0, for $t = 3, 4, 5$ it is 1,
# so $0.1$. What is it for $t = 7$? The other curve with `total=6`, `warmup=2`, from 1 down to $0.4$. Climbing: $1/2$
# at $t = 0$, $2/2$ at $t = 1$. At $t = 3$ the fraction is $(3 - 2)/(6 - 2) = \frac14$, and $(1 + \cos\frac\pi4)/2 =
# 0.854$. The distance between the limits is $0.6$. Is the rate $0.912$? What is it at $t = 4$?
#
# 4.
#
#     def step_decay(t, lr, drop, every):
#         return lr * drop ** (t // every)
#     def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
#         if t < warmup:
#             return lr_max * (t + 1) / warmup
#         share = (t - warmup) / (total - warmup)
#         share = t / total  # wrong
#         return lr_min + (lr_max - lr_min) * (1 + np.cos(np.pi * share)) / 2

# %% nbgrader={"grade": true, "grade_id": "test-schedules-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
for at, rate in [(0, 0.8), (9, 0.8), (10, 0.4), (25, 0.2)]:
    title = f"step_decay, t = {at}"
    check.value(title, step_decay, at, lr=0.8, drop=0.5, every=10, expected=rate)
settings = {"total": 8, "lr_max": 1.0, "lr_min": 0.2, "warmup": 4}
for at, rate in [(0, 0.25), (3, 1), (4, 1), (5, 0.882842712), (6, 0.6), (8, 0.2)]:
    title = f"warmup_cosine, t = {at}"
    check.value(title, warmup_cosine, at, **settings, expected=rate)
check.value("no warm-up", warmup_cosine, 5, total=10, lr_max=0.6, expected=0.3)
### BEGIN HIDDEN TESTS
from nbcore import check

# provided from helpers: _step_decay, _warmup_cosine

with check.part(
    "step_decay",
    hint="The rate is constant between the drops, and drops first at t = every.",
):
    for _lr, _drop, _every in [
        (0.3, 0.5, 7),
        (2.0, 0.9, 1),
        (0.05, 0.1, 3),
        (1.3, 0.25, 50),
    ]:
        _named = {"lr": _lr, "drop": _drop, "every": _every}
        for _t in [0, 1, 2, 3, 6, 7, 8, 13, 14, 22]:
            _rate = _step_decay(_t, **_named)
            check.value(step_decay, _t, _lr, _drop, _every, expected=_rate, atol=1e-15)
            check.value(step_decay, _t, **_named, expected=_rate, atol=1e-15)
with check.part(
    "warmup_cosine, the warm-up",
    hint="t counts from 0: the first rate is lr_max/warmup, the last one lr_max.",
):
    for _warmup in [1, 4, 9]:
        for _t in range(_warmup):
            _args = (_t, 30, 0.7, 0.1, _warmup)
            check.value(warmup_cosine, *_args, expected=_warmup_cosine(*_args))
with check.part(
    "warmup_cosine, the cosine",
    hint="lr_max at t = warmup, half way between the rates in the middle, lr_min at t = total.",
):
    for _warmup, _low in [(4, 0.1), (9, 0.3), (1, 0.0), (0, 0.25)]:
        _named = {"total": 30, "lr_max": 0.7, "lr_min": _low, "warmup": _warmup}
        for _t in range(_warmup, 31):
            _rate = _warmup_cosine(_t, **_named)
            check.value(warmup_cosine, _t, 30, 0.7, _low, _warmup, expected=_rate)
            check.value(warmup_cosine, _t, **_named, expected=_rate)
with check.part(
    "warmup_cosine, no warm-up and an end at 0 unless given",
    hint="lr_min=0.0 and warmup=0 are the defaults.",
):
    for _t in range(18):
        for _named in [{}, {"warmup": 5}, {"lr_min": 0.5}]:
            _rate = _warmup_cosine(_t, 17, 2.5, **_named)
            check.value(warmup_cosine, _t, 17, 2.5, **_named, expected=_rate)
### END HIDDEN TESTS

# %% [markdown]
# ## 6.8 Mini-batches
#
# The gradient of a random batch is **unbiased**: its expectation is the full gradient. But it is noisy: at the minimum the gradients
# of single batches are usually not 0. So a constant rate keeps the parameters moving, and the loss stops falling at a
# **noise floor**: the higher, the larger the rate and the smaller the batch. Where the model fits every row exactly, all gradients
# are 0 there, and so is the floor.
#
# Shuffle anew in every epoch, and rows of $X$ and $y$ together.


# %% nbgrader={"grade": false, "grade_id": "minibatches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatches(X, y, batch_size, rng):
    """All rows once, in a new random order, in batches.

    X: (m, n), y: (m,) or (m, k); not changed. batch_size: a positive integer.
    rng: numpy.random.Generator; the only source of chance. Every call draws a new
    permutation, the same for X and y.
    Yields (or returns a list of): pairs (X_b, y_b) of batch_size rows each; the last
    pair holds what is left.

    >>> X, rng = np.arange(10.0).reshape(5, 2), np.random.default_rng(0)
    >>> [len(y_b) for X_b, y_b in minibatches(X, X[:, 0], batch_size=2, rng=rng)]
    [2, 2, 1]

    About 5 lines.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]
    ### END SOLUTION


# %% [markdown] ladder="minibatches"
# 1. For 10 rows and `batch_size=4`: how many rows come out, in all? How many times is chance asked in one call, and by
# whom? Do `X` and `y` get the same order?
#
# 2. Do not move the data; shuffle numbers that stand for places. One draw at the beginning gives every place once, and
# the parts are slices of it, one after the other. A slice that reaches beyond the end is simply shorter, so the
# remainder needs no special treatment. Indexing with such a slice makes new arrays, and using it twice keeps partners
# together.
#
# 3. Five examples and parts of two. Suppose that the draw is $(3, 0, 4, 1, 2)$. The slices begin at 0, 2 and 4. The
# first holds the places 3 and 0, so the first pair is `X[[3, 0]]` and `y[[3, 0]]`. What do the second and the third
# hold, and how long is the third? If a new draw were made for each part, place 3 might come twice: what is then
# missing in this epoch?
#
# 4.
#
#     order = rng.permutation(len(X))
#     for start in range(0, len(X), batch_size):
#         rows = order[start : start + batch_size]
#         rows = rng.permutation(len(X))[:batch_size]  # wrong
#         yield X[rows], y[rows]


# %% nbgrader={"grade": true, "grade_id": "test-minibatches-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def shapes(X, y, batch_size, rng):
    """Shapes of X_b and y_b, batch by batch."""
    return [[np.shape(a) for a in pair] for pair in minibatches(X, y, batch_size, rng)]


def sorted_rows(X, y, batch_size, rng):
    """The rows of all batches, y beside X, sorted by the first column."""
    batches = minibatches(X, y, batch_size, rng)
    rows = np.concatenate([np.column_stack([X_b, y_b]) for X_b, y_b in batches])
    return rows[np.argsort(rows[:, 0])]


rows, ends = np.arange(20.0).reshape(10, 2), 100 + np.arange(10.0)
seeded, single = np.random.default_rng(0), [[(1, 2), (1,)]] * 10
check.value("one batch", shapes, rows, ends, 16, seeded, expected=[[(10, 2), (10,)]])
check.value("batches of 1", shapes, rows, ends, 1, seeded, expected=single)
for title, Y in [("one y", ends), ("two", np.column_stack([ends, -ends]))]:
    sizes, pairs = [[(n, 2), Y[:n].shape] for n in (4, 4, 2)], np.c_[rows, Y]
    check.value(f"{title}, shapes", shapes, rows, Y, 4, seeded, expected=sizes)
    check.value(f"{title}, all rows", sorted_rows, rows, Y, 4, seeded, expected=pairs)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _sizes(X, y, batch_size, rng):
    return [[len(X_b), len(y_b)] for X_b, y_b in minibatches(X, y, batch_size, rng)]


def _sorted(X, y, batch_size, rng):
    _batches = [
        np.column_stack([X_b, y_b]) for X_b, y_b in minibatches(X, y, batch_size, rng)
    ]
    _rows = np.concatenate(_batches)
    return _rows[np.argsort(_rows[:, 0])]


_cases = [(10, 4), (12, 3), (7, 7), (5, 8), (6, 1), (23, 5)]
_rng = check.rng(5901)
with check.part(
    "minibatches, sizes",
    hint="All batches have batch_size rows; the last one has what is left, if anything.",
):
    for _m, _batch in _cases:
        _X, _y = _rng.normal(size=(_m, 3)), _rng.normal(size=(_m, 1))
        _expected = [[min(_batch, _m - s)] * 2 for s in range(0, _m, _batch)]
        check.value(_sizes, _X, _y, _batch, _rng, expected=_expected)
with check.part(
    "minibatches, every row once, with its own y",
    hint="One permutation of the rows, the same for X and y.",
):
    for _m, _batch in _cases:
        _X = np.column_stack([np.arange(_m) + 0.5, _rng.normal(size=(_m, 2))])
        for _y in [_X[:, 0] ** 2, _X[:, :2] - 3]:
            _expected = np.column_stack([_X, _y])
            check.value(_sorted, _X, _y, _batch, _rng, expected=_expected)
with check.part(
    "minibatches, shapes",
    hint="A batch of X is (batch, n), a batch of y has the axes of y.",
):
    _batches = list(minibatches(_rng.normal(size=(7, 4)), _rng.normal(size=7), 3, _rng))
    assert [np.shape(X_b) for X_b, _ in _batches] == [(3, 4), (3, 4), (1, 4)]
    assert [np.shape(y_b) for _, y_b in _batches] == [(3,), (3,), (1,)]
    _batches = minibatches(np.zeros((4, 1)), np.zeros((4, 2)), 3, _rng)
    assert [np.shape(y_b) for _, y_b in _batches] == [(3, 2), (1, 2)]
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-minibatches-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def order(X, y, rng):
    return np.concatenate([y_b for _, y_b in minibatches(X, y, 10, rng)])


def two_epochs(X, y, one, other=None):
    """Have they the same order? Does the first begin with ten neighbours?"""
    first, second = (order(1 * X, 1 * y, rng) for rng in (one, other or one))
    return {"alike": np.array_equal(first, second), "ten": np.ptp(first[:10]) == 9}


rows, ends = np.arange(200.0).reshape(100, 2), np.arange(100.0)
seeded, one, same, other = (np.random.default_rng(seed) for seed in (0, 1, 1, 2))
check.purity("arguments unchanged", order, rows, ends, seeded)
new, again = {"alike": False, "ten": False}, {"alike": True, "ten": False}
check.value("two epochs, two orders", two_epochs, rows, ends, seeded, expected=new)
check.value("one seed, one order", two_epochs, rows, ends, one, same, expected=again)
check.value("two seeds, two orders", two_epochs, rows, ends, same, other, expected=new)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check


def _order(X, y, batch_size, rng):
    return np.concatenate(
        [np.ravel(X_b[:, 0]) for X_b, _ in minibatches(X, y, batch_size, rng)]
    )


def _list(X, y):
    return list(minibatches(X, y, 7, check.rng(3)))


_X, _y = np.arange(120.0).reshape(60, 2), np.arange(60.0)
_rng = check.rng(5902)
with check.part(
    "minibatches, a new order in every epoch",
    hint="Every call draws a new permutation from rng.",
):
    _orders = [_order(_X, _y, 7, _rng) for _ in range(4)]
    assert all((a != b).any() for i, a in enumerate(_orders) for b in _orders[:i])
    assert all((a != _X[:, 0]).any() for a in _orders)
    _places = [
        int(np.flatnonzero(_order(_X, _y, 7, _rng) == 0.0)[0]) for _ in range(12)
    ]
    assert len({place // 7 for place in _places}) > 2
with check.part(
    "minibatches, rows from everywhere",
    hint="One permutation of all rows first; then cut it into batches.",
):
    for _ in range(4):
        _rows = _order(_X, _y, 7, _rng) / 2
        assert np.ptp(_rows[:7]) > 6
        assert (np.diff(_rows) % 60 != 1).any()
with check.part(
    "minibatches, rng decides",
    hint="Use the rng that you were given: no other generator, no fixed seed.",
):
    for _seed in [1, 2]:
        _first, _second = (_order(_X, _y, 7, check.rng(_seed)) for _ in range(2))
        assert (_first == _second).all()
    assert (_first != _order(_X, _y, 7, check.rng(99))).any()
with check.part(
    "minibatches leaves X and y alone", hint="Did you shuffle the caller's arrays?"
):
    check.purity(_list, _X, _y)
    check.purity(_list, _X, _X[:, :1])
### END HIDDEN TESTS

# %% [markdown]
# ## 6.9 Find a rate, survive an explosion, look at the landscape
#
# **Range test** (Smith 2017): one short run in which the rate grows with every step. Ours is on 6.6's network with full
# batches, so take the rate where the loss falls fastest; with noisy batches, a few times less. Is it one of SGD's good rates?
#
# **Explosion.** A ReLU network, five hidden layers of 50 units, weights of standard deviation 1 instead of He's 0.2 for 50 inputs, so
# that each layer but the first enlarges a signal about five times. Seven rates from $10^{-6}$ to 1, each as it is and clipped to norm 1.
#
# **Noise floor.** 6.8's mini-batches on a regression: batches of 8 under five schedules, and one rate with four batch sizes. Which
# schedule is lowest at the end?
#
# **Landscape.** A network with a hidden layer of 4 units is trained from 12 starts, with a small penalty on large weights: without it
# the loss has no minimum at all. The figure shows the loss on the line between the two best solutions, on a random slice around the
# best one, and the eigenvalues of the Hessian. At a minimum none of them is negative; at a **saddle** there are both signs. Which
# kind has weights 0, hidden biases 0, the best output bias?
#
# <details><summary>How to think about it</summary>
#
# Swapping two hidden units does not change the function, but moves the parameters. What is half way between a solution and its
# swapped copy?
#
# </details>

# %% tags=["no-marks"]
epochs = widgets.predict(
    "At rate 0.1, batches of 256, all rows, come close to the minimum in 28 epochs. "
    "How many do batches of 16 need?"
)
saves = widgets.predict(
    "A network with huge weights diverges at rate 0.01. What lets it learn?",
    ["a rate of 0.001", "clipping to norm 1", "each of the two", "neither"],
)
early = widgets.predict(
    "Which schedule is closest to the minimum after ten of 60 epochs?",
    ["constant 0.01", "step decay", "warm-up, cosine", "like 1/t"],
)
between = widgets.predict(
    "What lies on the line between two good solutions?", ["a valley", "a barrier"]
)
display(epochs, saves, early, between)

# %% tags=["no-marks"]
ramp = experiments.range_test(SGD, network, init_params)
deep = partial(network, hidden=relu, hidden_prime=relu_prime), accuracy, init_params
exploded = experiments.exploding(SGD, clip_by_global_norm, *deep)
schedules = {  # 60 epochs of 32 batches
    "constant 0.1": lambda t: 0.1,
    "constant 0.01": lambda t: 0.01,
    "step decay": partial(step_decay, lr=0.1, drop=0.5, every=240),
    "warm-up, cosine": partial(warmup_cosine, total=1920, lr_max=0.1, warmup=100),
    "like 1/t": lambda t: 0.1 / (1 + t / 100),
}
noise = experiments.noise_floor(SGD, minibatches, schedules)
batches = experiments.batch_sizes(SGD, minibatches)
print(ramp, exploded, noise, batches, sep="\n\n")
why, of_16 = experiments.WHY, batches.epochs_to_target[batches.sizes.index(16)]
epochs.answer(of_16, because=why["epochs"], of=[SGD, minibatches])
saved, used = exploded.saved_by(0.01, 0.001), [SGD, clip_by_global_norm]
saves.answer(saved, because=why["saves"], of=used)
first, used = noise.leader(early.choices), [SGD, minibatches, schedules]
early.answer(first, because=why["early"], of=used)
display(plots.training_tools(ramp, exploded, noise), plots.noise_floor(noise, batches))
land = experiments.landscape(Adam, network, init_params)
print(land)
found = "a barrier" if land.barrier > 0.05 else "a valley"
between.answer(found, because=why["between"], of=Adam)
plots.landscape(land)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-learning-rate", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 6.10 Explain
#
# In five to ten sentences: **why can a learning rate be too large, why is one that is small enough often slow, and what do
# momentum and Adam change about it?** Use the factor $1 - \eta h$, the condition number, and at least two numbers that you
# measured. Name one thing that no choice of optimizer repairs. (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** On a quadratic a step of SGD multiplies the error along a direction of curvature h by 1 - eta*h. Above eta = 2/h
# this factor exceeds 1 in size, and the error grows: in the game the largest rate fell like 2/depth, because the curvature grows
# with depth. The steepest direction sets the limit for all, so along the flattest the factor is at best (k-1)/(k+1) at one rate for
# all steps: 0.98 for condition 100, which took 346 steps to a thousandth, and 3454 for condition 1000. Momentum averages out the
# steps across the valley, tolerates larger rates and reaches (sqrt(k)-1)/(sqrt(k)+1): 54 and 190 steps. Adam scales every parameter
# by the size of its own gradients, so along the axes its 121 steps did not depend on the condition; in a turned valley it lost that
# advantage in part, with 419 steps. On the network its good rates spanned one decade, as those of momentum did. None
# of them repairs a dead unit, a bad start in another basin, the noise floor of a constant rate, or wrong gradients.
#
# **Mark scheme.** 1 point: the factor 1 - eta*h, with divergence above 2/h, and the steepest direction as the limit for all. 1
# point: the condition number as the reason for slowness, and what momentum (square root of the condition, averaging) and Adam
# (scaling by parameter, along the axes) change. 1 point: two measured numbers used correctly, and one thing that remains. Half a
# point off for "Adam needs no learning rate".
# ### END SOLUTION

# %% [markdown]
# ## 6.11 What to keep
#
# **What holds in general.** 1 and 2 follow from the formulas; 3 to 6 were measured, on small problems.
#
# 1. On a quadratic SGD needs a rate below 2 over the largest curvature. At one rate its steps grow like the condition number; those
#    of momentum like its root, if $\beta$ is chosen for it (6.5). With $\beta = 0.9$ the factor is $\sqrt\beta$ up to a condition number
#    of about 1400.
# 2. Adam does not feel the scale of a gradient, nor the condition number of a valley along the axes: each parameter then walks for
#    itself. It does feel a valley that lies across them (6.5).
# 3. The range of good rates is a property of optimizer **and** problem. Compare Adam's two in 6.6.
# 4. Momentum can carry a walk out of a shallow minimum at some rates. That is no method for finding the lowest one.
# 5. With mini-batches that disagree at the minimum, a constant rate ends at a noise floor, and a schedule lowers it. Clipping keeps
#    a huge gradient from ruining a run, and so allows larger rates. The range test found 12, a good rate (6.9).
# 6. Gradient descent stops where the gradient is 0: in practice minima, though not always the best ones. Weights of 0 are a saddle.
#
# **What is a rule of thumb.** "Adam with 0.001 first": for thousands of steps. In 6.6's 60 steps it is about 100 times too small:
# Adam needs tuning too. $\beta = 0.9$, clipping at 1, warm-up over a few percent of the steps. Rankings
# of tuned optimizers depend on the problem.
#
# **In PyTorch 2.13** (`torch.optim`)
#
# | here | there | what differs |
# |---|---|---|
# | `SGD(lr)` | `SGD(params, lr)` | nothing |
# | `Momentum(lr, beta)` | `SGD(params, lr, momentum=beta)` | heavy ball, without $1 - \beta$: give it `lr * (1 - beta)` |
# | `Nesterov(lr, beta)` | `SGD(params, lr, momentum=beta, nesterov=True)` | nothing |
# | `RMSProp(lr, beta)` | `RMSprop(params, lr, alpha=beta)` | `alpha` is 0.99 and `lr` 0.01 unless given |
# | `Adam()` | `Adam(params, betas=(0.9, 0.999))` | nothing: `eps` stands beside the corrected root in both |
# | `clip_by_global_norm` | `torch.nn.utils.clip_grad_norm_` | divides by the norm plus $10^{-6}$ |
# | `step_decay` | `lr_scheduler.StepLR` | an object whose `step()` you call |
# | `warmup_cosine` | `SequentialLR` of `LinearLR` and `CosineAnnealingLR` | `OneCycleLR` is another curve and moves the momentum |
# | `minibatches` | `DataLoader(..., shuffle=True)` | `drop_last=True` leaves the rest out |
#
# **Read more.** Polyak 1964; Nesterov 1983; Tieleman and Hinton 2012, RMSProp; Duchi, Hazan and Singer 2011, AdaGrad; Kingma and Ba 2015, Adam; Loshchilov
# and Hutter 2017, cosine schedules; Goh 2017, *Why momentum really works*; Smith 2017, on cyclical
# rates; Pascanu, Mikolov and Bengio 2013, on clipping; Li and others 2018, on landscapes.
#
# **Further, optional.** (a) scikit-learn's Adam adds $\varepsilon$ before the correction. For which gradients does that matter? (b) Write AdaGrad,
# `s += g**2`: what becomes of its steps? (c) Repeat 6.6 with `sizes=(2, 8, 8, 1)` and so on: how many hidden layers does this
# problem need? (d) `experiments.changing_rates(SGD)` gives SGD another rate in each of 64 steps, at condition number 100: its factor
# per step is 0.827, at one rate at best 0.980. Which rates are they? (Inverted Chebyshev nodes.)

# %% tags=["no-marks"]
check.summary()
