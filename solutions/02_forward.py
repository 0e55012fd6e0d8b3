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
# # 2. The forward pass
#
# A network computes its answer in one sweep from input to output. You build that sweep: first one unit that learns, the perceptron
# of 1958; then layers, their initialization, and a whole network. You see what one unit cannot do, and why a hidden layer can.
#
# - **Time**: 75 to 90 minutes.
# - **You need**: notebook 1, and products of matrices: `A @ B` of shapes $(m, n)$ and $(n, k)$ is $(m, k)$. The **dot product** is
#   $w \cdot x = \sum_k w_k x_k$, and $|w|^2 = w \cdot w$. The **variance** is the mean squared distance from the mean $\mathrm{E}[x]$; for a
#   mean of 0 it is $\mathrm{E}[x^2]$. Its root is the **standard deviation**. For independent $a$ and $w$, $\mathrm{E}[aw] = \mathrm{E}[a]\,\mathrm{E}[w]$.
#   A **normal** number follows the bell curve; a **uniform** one on $\pm r$ has the density $1/(2r)$.
# - **Afterwards you can** train a perceptron and bound its mistakes; prove that XOR needs a hidden layer; write the forward pass of
#   any network; choose an initialization that keeps a signal alive; and build a network for a given function by hand.
#
# **Conventions.** The batch comes first: `X` is `(m, n_in)`, a layer has weights `W` of shape `(n_out, n_in)` and a bias `b` of shape
# `(n_out,)`. No function changes its arguments.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from IPython.display import display

from nbcore import check, data, mine, widgets
from nbcore.experiments import by_hand
from nbcore.experiments import forward as experiments
from nbcore.mine import relu, sigmoid, softmax, tanh
from nbcore.plots import forward as plots

mine.report()

# %% [markdown]
# ## 2.1 The perceptron
#
# The perceptron answers 1 where its **score** $w \cdot x + b$ is 0 or more, else 0. The points with $w \cdot x + b = 0$ form a line (a
# hyperplane in higher dimensions); $w$ is at right angles to it and points to the side called 1.
#
# **Train one by hand first.** Move the sliders below until no point is on the wrong side. Which slider turns the line, which one
# shifts it? When a point of class 1 is wrong, in which direction do you move $w$? Then choose XOR, where class 1 has
# exactly one input 1, and find the smallest number of wrong points.
#
# <details><summary>The rule, after you have moved the sliders</summary>
#
# $w$ turns the line and $b$ shifts it; after a mistake on class 1, $w$ moves towards $x$. So start with $w = 0$, $b = 0$, visit the
# rows in order, and after each wrong answer $\hat y$ add
#
# $$w \leftarrow w + \eta\,(y - \hat y)\,x, \qquad b \leftarrow b + \eta\,(y - \hat y).$$
#
# $\eta$ is the **learning rate**. A pass over all rows is an **epoch**; training ends after the first epoch without a mistake.
#
# **By hand**, OR with $\eta = 1$, rows $(0,0), (0,1), (1,0), (1,1)$, labels $0, 1, 1, 1$. The first row scores $0 \ge 0$, so the answer
# is 1: wrong, $b = -1$. The second scores $-1$: wrong, $w = (0, 1)$, $b = 0$. The other two are right. Two mistakes. Go on: the
# epochs have 2, 2, 1, 0 mistakes, and the end is $w = (1, 1)$, $b = -1$.
#
# </details>
#
# <details><summary>Hint</summary>
#
# Two loops, one over epochs and one over rows. $y - \hat y$ is 1, $-1$ or 0.
#
# </details>

# %% tags=["no-marks"]
sample = data.separable(16, margin=0.35, rng=3)
xor = experiments.CORNERS, experiments.GATES["XOR"]
sets = {"clouds": (sample.X + 1, sample.y), "XOR": xor}
display(plots.neuron())
widgets.perceptron_explorer(sets, w1=-1.0)


# %% nbgrader={"grade": false, "grade_id": "perceptron", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perceptron_fit(X, y, lr=1.0, epochs=100):
    """Train a perceptron, row by row in the order given, from w = 0 and b = 0.

    X: (m, n). y: (m,), labels 0 and 1, an array of integers. Neither is changed.
    lr: the learning rate, positive. epochs: the largest number of passes.
    Returns: (w, b, mistakes): w (n,), b a number, mistakes a list with the number of
    mistakes of each epoch. It stops after the first epoch without a mistake, whose 0 is
    the last entry of the list.

    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> perceptron_fit(X, np.array([0, 1, 1, 1]))[2]
    [2, 2, 1, 0]

    About 14 lines.
    """
    ### BEGIN SOLUTION
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for row in range(len(y)):
            error = y[row] - (w @ X[row] + b >= 0)
            if error != 0:
                w = w + lr * error * X[row]
                b = b + lr * error
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes
    ### END SOLUTION


# %% [markdown] ladder="perceptron"
# 1. Before training every score is exactly 0: which answer does that give? And how long do you go on with the old $w$
# after a mistake: to the next row, or to the end of the pass?
#
# 2. Two loops, one inside the other. The inner one looks at a single example, compares label and output, and corrects
# both parameters at once, each by the difference times the learning rate; the bias as if its input were 1. A counter
# begins at zero in each round of the outer loop, is written into a list when the round is over, and decides whether
# another round follows.
#
# 3. Take the rows $(2, 0)$ with label 0 and $(1, 1)$ with label 1, and $\eta = 1$. First row: the score is 0, so the
# output is 1, wrong, and $y - \hat y = -1$. Hence $w = (-2, 0)$ and $b = -1$. Second row: the score is $-2 - 1 = -3$,
# the output is 0, wrong again, and $y - \hat y = 1$. Now $w = (-1, 1)$ and $b = 0$, and the list holds one number, 2.
# In the next epoch the scores are $-2$ and 0. Which outputs are these, what comes into the list, and does a third
# epoch follow?
#
# 4.
#
#     w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
#     for _ in range(epochs):
#         count = 0
#         for row in range(len(y)):
#             error = y[row] - (w @ X[row] + b >= 0)
#             error = y[row] - (w @ X[row] + b > 0)  # wrong
#             if error != 0:
#                 w = w + lr * error * X[row]
#                 b = b + lr * error
#                 count += 1
#         mistakes.append(count)
#         if count == 0:
#             break
#     return w, b, mistakes


# %% nbgrader={"grade": true, "grade_id": "test-perceptron-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def fitted(X, y, **options):  # weights and bias; the next cell looks at the mistakes
    w, b = perceptron_fit(X, y, **options)[:2]
    return w, b


corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR, XNOR = np.array([0, 1, 1, 1]), np.array([1, 0, 0, 1])
once, wanted = (np.array([0.0, 1.0]), 0.0), (np.array([1.0, 1.0]), -1.0)
check.value("by hand, one epoch", fitted, corners, OR, epochs=1, expected=once)
check.value("by hand, to the end", fitted, corners, OR, expected=wanted)
pair = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0, 0])
wanted = np.array([-1.0, -0.5]), -0.5
check.value("lr=0.5", fitted, *pair, lr=0.5, epochs=1, expected=wanted)
one_row, wanted = (pair[0][:1], pair[1][:1]), (np.array([-2.0, -1.0]), -1.0)
check.value("a single row", fitted, *one_row, expected=wanted)
rising, y = np.array([[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]), np.array([1, 0, 0])
wanted = np.array([-3.0, 2.0]), 0.0
check.value("another data set", fitted, rising, y, expected=wanted)
wanted = np.array([1.0, 0.0]), -1.0  # no line: the last weights count, not the best
check.value("no line separates", fitted, corners, XNOR, epochs=3, expected=wanted)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _check_perceptron
_rng = check.rng(2101)
with check.part(
    "perceptron, one epoch",
    hint="Go through the rule row by row. A score of exactly 0 is answered with 1.",
):
    for _m, _n in [(7, 2), (5, 5), (9, 3), (6, 2)]:
        _X, _y = _rng.normal(size=(_m, _n)), _rng.integers(0, 2, _m)
        _check_perceptron(perceptron_fit, _X, _y, epochs=1)
    for _X, _y in [
        (np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([1, 1])),
        (np.array([[1.0, -1.0], [1.0, 1.0], [0.0, 2.0]]), np.array([0, 1, 0])),
        (_rng.normal(size=(1, 3)), np.array([0])),
    ]:
        _check_perceptron(perceptron_fit, _X, _y, epochs=1)
with check.part(
    "perceptron, several epochs",
    hint="Weights and bias carry over from one epoch to the next.",
):
    for _m, _n, _epochs in [(8, 2, 2), (5, 4, 3), (12, 3, 7)]:
        _X, _y = _rng.normal(size=(_m, _n)), _rng.integers(0, 2, _m)
        _check_perceptron(perceptron_fit, _X, _y, epochs=_epochs)
    _Z = _rng.normal(size=(30, 3))
    for _X, _y in [
        (_Z + 0.4 * np.sign(_Z[:, :1]), _Z[:, 0] > 0),
        (_Z + 3, _Z[:, 0] - _Z[:, 2] > 0.2),
        (np.array([[-1, -1], [-1, 1.5], [1, -1], [1, 1]]), np.array([0, 1, 1, 0])),
        (np.array([[1.0, 2.0], [4.0, 0.0], [2.0, 2.0]]), np.array([1, 0, 0])),
        (np.array([[0.0, 0.0], [0.0, -1.0], [2.0, 0.0]]), np.array([0, 0, 1])),
        (np.zeros((4, 2)), np.array([1, 0, 0, 1])),
    ]:
        _check_perceptron(perceptron_fit, _X, _y.astype(int))
with check.part(
    "perceptron, learning rate", hint="The learning rate scales both updates."
):
    for _lr in [0.25, 0.5, 3.0]:
        _X, _y = _rng.normal(size=(9, 2)), _rng.integers(0, 2, 9)
        _check_perceptron(perceptron_fit, _X, _y, lr=_lr, epochs=3)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-perceptron-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def mistakes_of(X, y, **options):
    """One number per epoch, and none after the first 0."""
    return perceptron_fit(X, y, **options)[2]


corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR, ones = np.array([0, 1, 1, 1]), np.array([1, 1, 1, 1])
check.value("nothing to learn", mistakes_of, corners, ones, expected=[0])
check.value("by hand", mistakes_of, corners, OR, expected=[2, 2, 1, 0])
check.value("stopped early", mistakes_of, corners, OR, epochs=2, expected=[2, 2])
# The learning rate scales weights and bias alike: it changes no answer
check.value("lr=0.25", mistakes_of, corners, OR, lr=0.25, expected=[2, 2, 1, 0])
rising, y = np.array([[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]), np.array([1, 0, 0])
check.value("mistakes may grow", mistakes_of, rising, y, expected=[1, 2, 1, 0])
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _entry, _perceptron_fit
_mistakes = _entry(perceptron_fit, 2)
_rng = check.rng(2102)
with check.part(
    "mistakes of each epoch", hint="One number per epoch, counted from 0 in each."
):
    for _m, _n, _epochs in [(8, 2, 1), (5, 4, 3), (12, 3, 6), (7, 7, 4)]:
        _X, _y = _rng.normal(size=(_m, _n)), _rng.integers(0, 2, _m)
        _wanted = _perceptron_fit(_X, _y, epochs=_epochs)[2]
        check.value(_mistakes, _X, _y, epochs=_epochs, expected=_wanted)
with check.part(
    "mistakes of separable data",
    hint="The clean epoch at the end counts too, as a 0; after it there is none.",
):
    for _shift in [0.1, 0.3, 1.0]:
        _X = _rng.normal(size=(25, 3))
        _y = (_X[:, 0] > 0).astype(int)
        _X = _X + _shift * np.sign(_X[:, :1]) + 1.5
        for _options in [{}, {"lr": 0.5, "epochs": 60}]:
            _wanted = _perceptron_fit(_X, _y, **_options)[2]
            check.value(_mistakes, _X, _y, **_options, expected=_wanted)
with check.part(
    "mistakes of data that no line separates",
    hint="Without a clean epoch there are `epochs` entries.",
):
    _X = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    _y = np.array([1, 0, 0, 1])
    for _options in [{}, {"epochs": 5}]:
        _wanted = _perceptron_fit(_X, _y, **_options)[2]
        check.value(_mistakes, _X, _y, **_options, expected=_wanted)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-perceptron-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
rows, labels = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0, 1])
check.purity("arguments unchanged", perceptron_fit, rows, labels)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _check_perceptron
_rng = check.rng(2103)
with check.part(
    "leaving the arguments alone earns points only once the values are right"
):
    _X, _y = _rng.normal(size=(12, 3)) + 2.0, np.arange(12) % 2
    _check_perceptron(perceptron_fit, _X, _y, epochs=3)
with check.part(
    "perceptron_fit leaves its arguments alone",
    hint="Labels -1 and 1 are fine inside, but in your own array.",
):
    check.purity(
        perceptron_fit,
        _rng.normal(size=(6, 3)),
        np.array([0, 1, 1, 0, 1, 0]),
        epochs=3,
    )
    check.purity(
        perceptron_fit,
        _rng.normal(size=(4, 2)),
        np.array([1, 0, 0, 1]),
        lr=0.5,
        epochs=3,
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 2.2 Does it always learn? 1958
#
# In July 1958 Frank Rosenblatt showed a perceptron that told punched cards marked on the left from cards marked on the right. Your
# own code repeats it below, on cards of $20 \times 20$ places with one $5 \times 5$ mark on the left or right half, each shown once.
#
# Then the theory (Novikoff 1962). Append a 1 to every input, so that $b$ is one more weight. Let all inputs have length at most $R$,
# and let some unit vector $u$ put every input on its side with a distance of at least $\gamma > 0$, the **margin**. Then
#
# $$\text{number of mistakes} \;\le\; \left(\frac{R}{\gamma}\right)^2,$$
#
# in any order of the rows, for any number of rows. Below, the margin is the distance from the line in the plane. With the 1
# appended, divide it by $\sqrt{1 + b^2}$, for $|w| = 1$.
#
# **The proof is yours**, in three steps. Take $\eta = 1$. A mistake adds $e\,x$ to $w$, where $e = y - \hat y$ is 1 or $-1$.
#
# 1. By how much does $u \cdot w$ grow? Which lower bound does that have?
# 2. By how much does $|w|^2$ grow? Expand $|w + e\,x|^2$. Which term is never positive, and which upper bound is left?
# 3. Now $k$ mistakes. As $|u| = 1$, $u \cdot w = |w| \cos\theta \le |w|$. What is the largest $k$ that the two bounds allow?
#
# <details><summary>The two bounds, after you have tried</summary>
#
# Step 1 is the distance of $x$ from the line of $u$, so at least $\gamma$. In step 2 the score $w \cdot x$ is on the wrong side, so
# $2e\,(w \cdot x) \le 0$, and at most $R^2$ is left. Together $k\gamma \le u \cdot w \le |w| \le \sqrt{k}\,R$.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "bound-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bound_steps(u, w, x, e, R, gamma):
    """The three steps of the proof, for a mistake e on the row x. Not graded.

    Steps 1 and 2: the growths themselves, not their bounds, by formulas in u, w, x, e.
    Returns: {"1. u.w grows by": number, "2. |w|^2 grows by": ..., "3. largest k": ...}
    """
    ### BEGIN SOLUTION
    return {
        "1. u.w grows by": e * (u @ x),
        "2. |w|^2 grows by": 2 * e * (w @ x) + x @ x,
        "3. largest k": (R / gamma) ** 2,
    }
    ### END SOLUTION


u = np.array([0.6, 0.8])
below = u, np.array([2.0, -1.0]), np.array([1.0, 3.0]), 1, 5.0, 0.5
above = u, np.array([3.0, 0.0]), np.array([1.0, -3.0]), -1, 6.0, 0.4
for mistake in (below, above):
    print(f"A mistake with e = {mistake[3]}, measured before and after:")
    measured = experiments.one_mistake(*mistake)
    check.derivation(bound_steps, *mistake, numerical=measured)

# %% tags=["no-marks"]
nine_of_ten = widgets.predict(
    "How many cards until nine of ten fresh cards are right?",
    ["about 5", "about 20", "about 100", "more than 200"],
)
halved = widgets.predict(
    "The margin is halved again and again, and each time the bound grows 2.6 to 3.9 "
    "times. How many times as many mistakes are there on average?"
)
display(nine_of_ten)
halved

# %% tags=["no-marks"]
on_xor = widgets.predict(
    "Next, in 2.3: XOR, which no line separates. The weights of the perceptron ...",
    ["grow without end", "come to rest", "return to where they were"],
)
cards = experiments.punched_cards(perceptron_fit)
print(cards.table())
nine_of_ten.answer(cards.enough_in_words, experiments.WHY["cards"], of=perceptron_fit)
convergence = experiments.convergence(perceptron_fit)
print(convergence.table())
# One of these data sets, in the open
one = data.separable(100, margin=1 / 32, rng=0)
_, _, mistakes = perceptron_fit(one.X, one.y, epochs=1000)
R = np.sqrt(np.max(np.sum(one.X**2, axis=1)) + 1)  # with the 1 appended
bound = (R * np.sqrt(1 + one.b**2) / one.margin) ** 2
print(f"The first of margin 1/32: {np.sum(mistakes)} mistakes, bound {bound:.0f}.")
growth, _ = convergence.growth
halved.answer(growth, experiments.WHY["margin"], of=perceptron_fit)
display(plots.punched_cards(cards), plots.convergence(convergence))
on_xor

# %% [markdown]
# ## 2.3 Where it cannot: 1969
#
# In 1969 Minsky and Papert's book *Perceptrons* worked out what a single layer cannot compute, and XOR became the best known
# example. Every line has at least one corner on the wrong side, as you saw with the sliders and prove in 2.9. So Novikoff's bound
# says nothing about XOR.
#
# If no epoch is without a mistake, keep the best weights seen so far in a **pocket** (Gallant 1990). Gallant draws the rows at
# random. Below you train on XOR in order, then on random rows of XOR and of clouds that overlap.


# %% tags=["no-marks"]
def pocket(best, now):
    """Which of the two stays in the pocket; each is (share of rows wrong, w, b)."""
    return now if now[0] < best[0] else best


runs = experiments.runs(perceptron_fit, pocket)
print(runs.table())
on_xor.answer(runs.end, experiments.WHY["xor"], of=perceptron_fit)
plots.xor_cycle(runs)

# %% [markdown]
# ## 2.4 A layer
#
# A layer holds $n_{out}$ units side by side, each with its own weights as a **row** of $W$. For one example $z = Wa + b$; for a batch,
# with an example in each row of $A$,
#
# $$Z = A\,W^\top + b, \qquad (m, n_{out}) = (m, n_{in})\,(n_{in}, n_{out}) + (n_{out},).$$
#
# NumPy adds $b$ to every row. Check shapes first: they show most mistakes. A square $W$ hides a forgotten transpose, so
# test with $n_{in} \ne n_{out}$.
#
# **By hand.** $A = (1, 2)$, $W$ with rows $(1, 0), (0, 1), (3, -1)$, $b = (0, 1, 10)$: $Z = (1, 3, 11)$.


# %% nbgrader={"grade": false, "grade_id": "linear-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_forward(A, W, b):
    """The pre-activations of a layer.

    A: (m, n_in), a row per example. W: (n_out, n_in), a row per unit. b: (n_out,).
    None of them is changed.
    Returns: (m, n_out).

    >>> W = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -1.0]])
    >>> b = np.array([0.0, 1.0, 10.0])
    >>> linear_forward(np.array([[1.0, 2.0]]), W, b)
    array([[ 1.,  3., 11.]])

    About 1 line.
    """
    ### BEGIN SOLUTION
    return A @ W.T + b
    ### END SOLUTION


# %% [markdown] ladder="linear-forward"
# 1. Write the shapes of `A` and `W` side by side, for 5 examples, 2 inputs and 3 units. Which two numbers must stand
# next to each other in a product?
#
# 2. A matrix product sums over what is called the inner axis. Here the sum runs over the features, which are the
# columns of both arrays, so one of them has to be turned round. The vector $b$ has an entry for every unit;
# broadcasting lines it up with the last axis, so it needs no new form.
#
# 3. One example $a = (2, 1)$ and three units with the weights $(1, 2)$, $(0, -1)$, $(4, 0)$ and $b = (1, 1, 0)$. The
# first unit gives $2 \cdot 1 + 1 \cdot 2 + 1 = 5$, the second $2 \cdot 0 - 1 + 1 = 0$. What does the third give? Now
# stack a second example under the first: how many rows has your answer then, and how many columns? Which arrangement
# of the weights, $(3, 2)$ or $(2, 3)$, may be multiplied from the left by something with two columns?
#
# 4.
#
#     Z = A @ W.T
#     Z = A @ W  # wrong
#     Z = Z + b
#     return Z

# %% nbgrader={"grade": true, "grade_id": "test-linear-forward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
W, b = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -1.0]]), np.array([0.0, 1.0, 10.0])
A, wanted = np.array([[1.0, 2.0]]), np.array([[1.0, 3.0, 11.0]])
check.value("by hand", linear_forward, A, W, b, expected=wanted)
wanted = np.array([[-8.0, -7.0, -8.0]])
check.value("negative sums", linear_forward, A, W - 3.0, np.zeros(3), expected=wanted)
A, one, five = (
    np.array([[1.0, 2.0], [0.0, 1.0]]),
    np.array([[1.0, 1.0]]),
    np.array([5.0]),
)
wanted = np.array([[8.0], [6.0]])
check.value("two examples, one unit", linear_forward, A, one, five, expected=wanted)
square = np.ones((2, 2)), 2 * np.eye(2), np.array([1.0, -1.0])
check.purity("arguments unchanged", linear_forward, *square)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_forward
_rng = check.rng(2201)
with check.part(
    "linear_forward of a batch",
    hint="Write down the three shapes. A unit's weights are a row of W.",
):
    for _m, _n_in, _n_out in [
        (5, 3, 4),
        (4, 4, 4),
        (1, 6, 2),
        (7, 2, 1),
        (3, 2, 5),
        (4, 3, 4),
    ]:
        _A, _W = _rng.normal(size=(_m, _n_in)), _rng.normal(size=(_n_out, _n_in))
        _b = _rng.normal(size=_n_out)
        check.value(linear_forward, _A, _W, _b, expected=_linear_forward(_A, _W, _b))
with check.part(
    "linear_forward leaves its arguments alone", hint="Did you write into A, W or b?"
):
    check.purity(
        linear_forward,
        _rng.normal(size=(3, 3)),
        _rng.normal(size=(3, 3)),
        _rng.normal(size=3),
    )
    check.purity(
        linear_forward,
        _rng.normal(size=(1, 2)),
        _rng.normal(size=(3, 2)),
        _rng.normal(size=3),
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 2.5 The forward pass
#
# A multilayer perceptron repeats two steps: a linear map, then an activation, for layers $l = 1, \dots, L$:
#
# $$A_0 = X, \qquad Z_l = A_{l-1} W_l^\top + b_l, \qquad A_l = f(Z_l), \qquad A_L = g(Z_L).$$
#
# $f$ is the hidden activation; $g$ is the output function, chosen for the task: the sigmoid for two classes, softmax for several, the
# identity for regression. Training (notebook 4) needs every $Z_l$ and $A_l$ again, so the pass keeps them in a **cache**.
#
# **By hand.** A network for XOR with two ReLU units, $g$ the identity:
#
# $$h_1 = \mathrm{relu}(x_1 + x_2), \qquad h_2 = \mathrm{relu}(x_1 + x_2 - 1), \qquad \hat y = h_1 - 2 h_2.$$
#
# At $(1, 1)$: $h = (2, 1)$, $\hat y = 2 - 2 = 0$. At $(0, 0)$: $h = (0, 0)$, $\hat y = 0$. The other two corners are yours. The
# figure below shows the shapes of another network, with two hidden layers.
#
# <details><summary>Hint</summary>
#
# The number of layers is half the number of entries of `params`. Build the keys with `f"W{layer}"`: sorting them as text puts
# `W10` before `W2`.
#
# </details>

# %% tags=["no-marks"]
places = widgets.predict(
    "The hidden layer of the XOR network by hand (two ReLU units) takes the four "
    "corners to points (h1, h2). How many different points are they?"
)
display(plots.network((2, 4, 3, 1)))
places


# %% nbgrader={"grade": false, "grade_id": "mlp-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_forward(X, params, hidden, output):
    """The forward pass of a network with any number of layers.

    X: (m, n_0). params: {"W1": (n_1, n_0), "b1": (n_1,), "W2": (n_2, n_1), ...}, the
    keys in any order. Neither is changed.
    hidden, output: functions of an array, the activation of the hidden layers and of
    the last one.
    Returns: (A_L, cache): A_L is (m, n_L); cache = {"A": [X, A_1, ..., A_L], "Z":
    [Z_1, ..., Z_L]}.

    >>> params = {"W1": np.array([[1.0], [-1.0]]), "b1": np.zeros(2)}
    >>> params |= {"W2": np.array([[1.0, 1.0]]), "b2": np.zeros(1)}
    >>> mlp_forward(np.array([[-3.0]]), params, relu, lambda z: z)[0]
    array([[3.]])

    About 8 lines.
    """
    ### BEGIN SOLUTION
    A = X
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache
    ### END SOLUTION


# %% [markdown] ladder="mlp-forward"
# 1. For a network of three layers: how many entries have `cache["A"]` and `cache["Z"]`? Which function acts after the
# last linear map, and in which order do you visit the keys of `params`?
#
# 2. Keep one array that is replaced again and again: it starts as the input, and each step makes from it a
# pre-activation and then an activation. Store both as you go. A step takes its weights by a name that you build from
# its number, since a dict promises no useful sequence. Only the final step uses the other function that was handed
# over.
#
# 3. Take $x = 1$, a hidden layer with the weights 2 and $-3$ and the biases 1 and 0, and one output unit with the
# weights $(1, 5)$ and the bias $-4$; the hidden function is ReLU. First step: $Z_1 = (3, -3)$ goes into the one list,
# $A_1 = (3, 0)$ into the other, behind $x$. Second step: $Z_2 = 3 \cdot 1 + 0 \cdot 5 - 4 = -1$. With ReLU 0 would
# come out, with a sigmoid 0.269. Which of them is asked for, and what stands at the end of each list?
#
# 4.
#
#     A = X
#     cache = {"A": [A], "Z": []}
#     n_layers = len(params) // 2
#     for layer in range(1, n_layers + 1):
#     for layer in range(1, n_layers):  # wrong
#         Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
#         A = output(Z) if layer == n_layers else hidden(Z)
#         cache["Z"].append(Z)
#         cache["A"].append(A)
#     return A, cache


# %% nbgrader={"grade": true, "grade_id": "test-mlp-forward-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def outputs(X, params, hidden, output):  # a wrong linear_forward does no harm here
    return mlp_forward(X, params, hidden, output)[0]


params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0])}
params |= {"W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
row, p = np.array([[2.0, 2.0]]), sigmoid(np.array([[-1.0]]))
xor = np.array([[0.0], [1.0], [1.0], [0.0]])
shifted = params | {"b2": np.ones(1)}
check.value("one example", outputs, row, shifted, relu, sigmoid, expected=p)
check.value("XOR by hand", outputs, corners, params, relu, lambda z: z, expected=xor)
three, seven = np.array([[3.0]]), np.array([[-7.0]])
layer = {"W1": np.array([[2.0]]), "b1": np.array([1.0])}
check.value("one layer", outputs, three, layer, relu, lambda z: -z, expected=seven)
ten = by_hand.ten_layers()  # of one unit; the keys are b9, ..., b2, b10, b1, W9, ...
halves, y = (lambda z: z / 2, lambda z: z), np.array([[18.0078125]])
check.value("ten layers", outputs, three, ten, *halves, expected=y)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_forward, _mlp_forward, _entry, _stand_ins
# provided from helpers: _affine, _arctan, _random_params
_out = _entry(mlp_forward, 0)
_given = _stand_ins(_linear_forward)
_rng = check.rng(2301)
with check.part(
    "mlp_forward, output",
    hint="Which function comes after the last layer, and which after all others?",
):
    for _sizes in [(3, 4, 2), (2, 5, 3, 1), (4, 4, 4), (3, 2), (2, 6, 1)]:
        _X, _params = _rng.normal(size=(5, _sizes[0])), _random_params(_rng, _sizes)
        for _inputs in [
            (_X, _params, _arctan, _affine),
            (_X[:1], _params, _affine, _arctan),
        ]:
            _wanted, _ = _mlp_forward(*_inputs)
            check.value(_out, *_inputs, expected=_wanted, given=_given)
with check.part(
    "mlp_forward, keys in any order",
    hint="Build the keys from the number of the layer.",
):
    _X, _params = _rng.normal(size=(4, 3)), _random_params(_rng, (3, 5, 4, 2))
    _wanted, _ = _mlp_forward(_X, _params, _arctan, _affine)
    for _keys in [
        sorted(_params),
        sorted(_params, reverse=True),
        ["b2", "W3", "b1", "W1", "b3", "W2"],
    ]:
        _mixed = {_key: _params[_key] for _key in _keys}
        check.value(_out, _X, _mixed, _arctan, _affine, expected=_wanted, given=_given)
with check.part(
    "mlp_forward, twelve layers", hint="Sorted as text, W10 comes before W2."
):
    _X = _rng.normal(size=(3, 2))
    _params = _random_params(_rng, [2] + [3] * 11 + [2], W=0.8, b=0.8)
    _square = _random_params(_rng, [3] * 12, W=0.8, b=0.8)
    _mixed = {_key: _square[_key] for _key in sorted(_square)}
    for _inputs in [
        (_X, _params, _arctan, _affine),
        (_X @ np.ones((2, 3)), _mixed, _arctan, _affine),
    ]:
        _wanted, _ = _mlp_forward(*_inputs)
        check.value(_out, *_inputs, expected=_wanted, given=_given)
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-mlp-forward-state", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def cache_of(X, params, hidden, output):  # X is the first entry of "A"
    return mlp_forward(X, params, hidden, output)[1]


params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -5.0])}
params |= {"W2": np.array([[-1.0, 2.0]]), "b2": np.array([1.0])}
rows = [2.0, 2.0], [4.0, -1.0], [4.0, 0.0], [-3.0]
X, Z1, A1, Z2 = (np.array([row]) for row in rows)
two = {"A": [X, A1, sigmoid(Z2)], "Z": [Z1, Z2]}
check.value("two layers", cache_of, X, params, relu, sigmoid, expected=two)
ten = by_hand.ten_layers()  # of one unit; the keys are b9, ..., b2, b10, b1, W9, ...
# Weights 1, biases l, and z + 1 inside: A_l = A_(l-1) + l + 1
A = [np.array([[1 + k * (k + 3) / 2]]) for k in range(11)]
Z = [array - 1 for array in A[1:]]
deep, inside = {"A": [*A[:-1], -Z[-1]], "Z": Z}, (lambda z: z + 1, lambda z: -z)
check.value("ten layers", cache_of, A[0], ten, *inside, expected=deep)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_forward, _mlp_forward, _entry, _stand_ins
# provided from helpers: _affine, _arctan, _random_params
_cache = _entry(mlp_forward, 1)
_given = _stand_ins(_linear_forward)
_rng = check.rng(2302)
with check.part(
    "mlp_forward, cache",
    hint="A starts with X and ends with the output; Z holds what goes into each activation.",
):
    for _sizes in [(3, 4, 2), (2, 5, 3, 1), (4, 4, 4, 4), (3, 2)]:
        _X = _rng.normal(size=(5, _sizes[0]))
        _params = _random_params(_rng, _sizes, b=1.0, W=1.0)
        for _inputs in [
            (_X, _params, _arctan, _affine),
            (_X[:1], _params, _affine, _arctan),
        ]:
            _, _wanted = _mlp_forward(*_inputs)
            check.value(_cache, *_inputs, expected=_wanted, given=_given)
with check.part(
    "mlp_forward, cache of twelve layers", hint="Sorted as text, W10 comes before W2."
):
    _X, _params = _rng.normal(size=(2, 3)), _random_params(_rng, [3] * 13, b=0.8, W=0.8)
    _, _wanted = _mlp_forward(_X, _params, _arctan, _affine)
    check.value(_cache, _X, _params, _arctan, _affine, expected=_wanted, given=_given)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-mlp-forward-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0])}
params |= {"W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
inputs = np.array([[1.0, 2.0]]), params, relu, sigmoid
check.purity("arguments unchanged", mlp_forward, *inputs)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _arctan, _entry, _linear_forward, _mlp_forward, _stand_ins
_given = _stand_ins(_linear_forward)
_rng = check.rng(2303)
with check.part(
    "leaving the arguments alone earns points only once the values are right"
):
    _params = {"W1": _rng.normal(size=(4, 3)), "b1": _rng.normal(size=4)}
    _inputs = _rng.normal(size=(5, 3)), _params, _arctan, _arctan
    check.value(
        _entry(mlp_forward, 0),
        *_inputs,
        expected=_mlp_forward(*_inputs)[0],
        given=_given,
    )
with check.part(
    "mlp_forward leaves X and params alone",
    hint="Work on new arrays, and take nothing out of params.",
):
    for _n, _h, _k in [(3, 4, 2), (3, 3, 3)]:
        _params = {"W1": _rng.normal(size=(_h, _n)), "b1": _rng.normal(size=_h)}
        _params |= {"b2": _rng.normal(size=_k), "W2": _rng.normal(size=(_k, _h))}
        _X = _rng.normal(size=(5, _n))
        check.purity(mlp_forward, _X, _params, _arctan, _arctan, given=_given)
### END HIDDEN TESTS

# %% tags=["no-marks"]
params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0])}
params |= {"W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
fold = experiments.fold(mlp_forward, relu, params)
print(fold.table())
places.answer(fold.n_places, experiments.WHY["fold"], of=mlp_forward)
plots.fold(fold)

# %% [markdown]
# ## 2.6 Initialization
#
# If two units of a layer have equal biases and equal weights, in and out, they compute the same and get the same updates: they stay
# equal. So weights start at random. Biases may start at 0, as the weights differ already.
#
# **How large** should the weights be? A unit adds up $n_{in}$ products: $z = \sum_k w_k a_k$. The weights have mean 0 and are independent
# of each other and of the inputs. Square the sum. Of a product of two different weights the mean is 0, so only the squares stay:
#
# $$\mathrm{E}[z^2] = \sum_k \mathrm{E}[w_k^2]\;\mathrm{E}[a_k^2].$$
#
# **Four steps are yours.**
#
# 1. All inputs have the same $\mathrm{E}[a^2]$. What is $\mathrm{E}[z^2]$?
# 2. The weights are as likely as their negatives, so $z$ is as likely as $-z$. What share of $\mathrm{E}[z^2]$ is left in
#    $\mathrm{E}[\mathrm{relu}(z)^2]$?
# 3. The next layer gets $a = \mathrm{relu}(z)$. Which variance of its weights gives it the same $\mathrm{E}[z^2]$ again?
# 4. What is the variance of a uniform number on $\pm r$? Integrate $x^2$ with its density.
#
# **Two schemes.**
#
# - **He** (He et al. 2015), for ReLU: normal, with the variance of step 3.
# - **Xavier**, also called Glorot (Glorot and Bengio 2010): uniform on $\pm\sqrt{6/(n_{in} + n_{out})}$. Near 0 tanh has slope 1, so a small
#   signal keeps its size at variance $1/n_{in}$; the gradient, on its way back (notebook 4), at $1/n_{out}$. Xavier takes one over the mean
#   of $n_{in}$ and $n_{out}$.
#
# By hand, $n_{in} = 2$, $n_{out} = 4$: Xavier is uniform on $\pm 1$; He has standard deviation 1.
#
# <details><summary>Hint for the exercise</summary>
#
# `rng.normal` takes a standard deviation, not a variance. Check the scheme before anything else, so that a misspelt one cannot pass.
#
# </details>
#
# <details><summary>For the explorer below the tests</summary>
#
# Find a gain by hand: the weights have standard deviation $\text{gain}/\sqrt{n_{in}}$, in five draws. Which gain belongs to step 3? The
# steps are about averages: in one draw of 100 units a layer the signal drifts by a factor of about 1.5 in 20 layers, at times
# by 2; in wide networks by less. Then choose tanh. Why does its signal survive a gain of 3, and what is the price?
#
# </details>
#
# <details><summary>Answers, after you have tried</summary>
#
# ReLU: $\sqrt 2$, the root of step 3 times $n_{in}$. tanh stays between $-1$ and 1, so its signal cannot grow without end. But about half
# of the units then sit where the curve is flat (the bar below the right panel), and pass almost no gradient on. At gain 1 its signal
# shrinks slowly. For ReLU the mean factor per layer is the same in every layer, for tanh it is not: notebook 5 measures both.
#
# </details>


# %% tags=["no-marks"] nbgrader={"grade": false, "grade_id": "init-steps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def init_steps(n_in, variance, mean_square_a, r):
    """Formulas in n_in, variance, mean_square_a and r, step by step. Not graded.

    variance: of the weights in step 1.
    Returns: {"1. E[z^2]": ..., "2. share": ..., "3. variance": ..., "4. uniform": ...}
    """
    ### BEGIN SOLUTION
    return {
        "1. E[z^2]": n_in * variance * mean_square_a,
        "2. share": 1 / 2,
        "3. variance": 2 / n_in,
        "4. uniform": r**2 / 3,
    }
    ### END SOLUTION


xavier_relu = widgets.predict(
    "With Xavier, 20 ReLU layers of 100 units multiply the size of a signal by ...",
    ["about 1", "about 1/30", "about 1/1000"],
)
for probe in ((100, 0.07, 5.0, 2.5), (25, 0.3, 2.0, 0.4)):
    print("n_in = {}, variance = {}, E[a^2] = {}, r = {}:".format(*probe))
    measured = experiments.random_layers(*probe)
    check.derivation(init_steps, *probe, numerical=measured, rtol=0.05)
xavier_relu


# %% nbgrader={"grade": false, "grade_id": "init-params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def init_params(sizes, scheme="xavier", rng=None):
    """Initial parameters of a network.

    sizes: numbers of units, input first, as in [2, 10, 1]; list or tuple; not changed.
    scheme: "xavier" (uniform on +-sqrt(6/(n_in + n_out))) or "he" (normal, variance
    2/n_in).
    rng: numpy.random.Generator to draw from; None for a fresh one. The global state of
    numpy.random is not used.
    Returns: {"W1": (n_1, n_0), "b1": (n_1,), "W2": ...}; biases are 0.
    Raises: ValueError for another scheme.

    >>> {key: value.shape for key, value in init_params([2, 10, 1]).items()}
    {'W1': (10, 2), 'b1': (10,), 'W2': (1, 10), 'b2': (1,)}

    About 13 lines.
    """
    ### BEGIN SOLUTION
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    if rng is None:
        rng = np.random.default_rng()
    params = {}
    for layer in range(1, len(sizes)):
        n_in, n_out = sizes[layer - 1], sizes[layer]
        if scheme == "xavier":
            limit = np.sqrt(6 / (n_in + n_out))
            params[f"W{layer}"] = rng.uniform(-limit, limit, size=(n_out, n_in))
        else:
            params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2 / n_in), size=(n_out, n_in))
        params[f"b{layer}"] = np.zeros(n_out)
    return params
    ### END SOLUTION


# %% [markdown] ladder="init-params"
# 1. What does `rng.normal` want as its second argument, and what does `rng.uniform` want? For a layer from 4 to 2
# units: which shape has its matrix, and which number is $n_{in}$?
#
# 2. Neighbours in the list of sizes make one layer, so there is one layer less than there are sizes. From both numbers
# compute a spread: a limit, symmetric around 0, for the flat distribution, or a standard deviation, the root of the
# variance, for the bell. Draw from one generator all the time; make a fresh one, without a seed, only where none came
# in. Refuse an unknown scheme before anything is drawn.
#
# 3. For `[4, 2, 6]` there are two layers, $4 \to 2$ and $2 \to 6$. Xavier: the limits are $\sqrt{6/6} = 1$ and
# $\sqrt{6/8} \approx 0.866$. He: the variances are $2/4$ and $2/2$, so `rng.normal` gets $0.707$ and $1$. A unit has
# its weights in a row: the first matrix is $(2, 4)$, with a bias of two zeros. What are the shapes of the second
# matrix and bias, and under which keys do they stand?
#
# 4.
#
#     if scheme not in ("xavier", "he"):
#         raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
#     if rng is None:
#         rng = np.random.default_rng()
#     params = {}
#     for layer in range(1, len(sizes)):
#         n_in, n_out = sizes[layer - 1], sizes[layer]
#         if scheme == "xavier":
#             limit = np.sqrt(6 / (n_in + n_out))
#             params[f"W{layer}"] = rng.uniform(-limit, limit, size=(n_out, n_in))
#         else:
#             params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2 / n_in), size=(n_out, n_in))
#             params[f"W{layer}"] = rng.normal(0.0, 2 / n_in, size=(n_out, n_in))  # wrong
#         params[f"b{layer}"] = np.zeros(n_out)
#     return params


# %% nbgrader={"grade": true, "grade_id": "test-init-params-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def shapes_and_biases(sizes, scheme):
    params = init_params(sizes, scheme, np.random.default_rng(0))
    return {key: np.shape(p) if key[0] == "W" else p for key, p in params.items()}


def profile(layer, sizes, scheme):  # in units of the standard deviation asked for
    n_in, n_out = sizes[layer - 1 : layer + 1]
    unit = np.sqrt(2 / n_in) if scheme == "he" else np.sqrt(2 / (n_in + n_out))
    w = init_params(sizes, scheme, np.random.default_rng(0))[f"W{layer}"] / unit
    found = {"mean": w.mean(), "std. dev.": w.std(), "within 1": np.mean(abs(w) < 1)}
    return {name: np.round(number, 1) for name, number in found.items()}


two = {"W1": (10, 2), "b1": np.zeros(10), "W2": (1, 10), "b2": np.zeros(1)}
normal, uniform = ({"mean": 0, "std. dev.": 1, "within 1": p} for p in (0.7, 0.6))
check.value("two layers", shapes_and_biases, [2, 10, 1], "xavier", expected=two)
check.value("sizes as a tuple", shapes_and_biases, (2, 10, 1), "he", expected=two)
check.value("Xavier, uniform", profile, 1, [800, 100], "xavier", expected=uniform)
check.value("He, normal", profile, 1, [800, 100], "he", expected=normal)
check.value("He, layer 2", profile, 2, [20, 300, 200], "he", expected=normal)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _param_shapes


def _shapes(sizes, scheme):
    _params = init_params(sizes, scheme, check.rng(7))
    return {_key: np.shape(_value) for _key, _value in _params.items()}


with check.part(
    "init_params, keys and shapes",
    hint="A row of W per unit, one bias per unit, layers counted from 1.",
):
    for _sizes in [[3, 5], [2, 7, 4], (4, 4, 1, 6), [3] * 13]:
        for _scheme in ["xavier", "he"]:
            check.value(_shapes, _sizes, _scheme, expected=_param_shapes(_sizes))
with check.part("init_params, biases", hint="Biases start at 0."):
    for _scheme in ["xavier", "he"]:
        _params = init_params([4, 9, 6], _scheme, check.rng(9))
        assert np.all(np.asarray(_params["b1"]) == 0)
        assert np.all(np.asarray(_params["b2"]) == 0)
_hint = "Check n_in against n_out, the root, and the factor. Print mean, deviation, smallest and largest weight."
for _n_in, _n_out in [(600, 150), (100, 500)]:
    with check.part("init_params, xavier", hint=_hint):
        _r = np.sqrt(6 / (_n_in + _n_out))
        for _params in [
            init_params([_n_in, _n_out], "xavier", check.rng(10)),
            init_params([_n_in, _n_out], rng=check.rng(11)),
        ]:
            _w = np.ravel(_params["W1"])
            assert np.abs(_w).max() <= _r
            assert abs(_w.mean()) < 0.02 * _r
            assert abs(_w.std() / _r - 1 / np.sqrt(3)) < 0.02
            assert abs(np.mean(np.abs(_w) < _r / 2) - 0.5) < 0.02
    with check.part("init_params, he", hint=_hint):
        _w = np.ravel(
            init_params([_n_in, _n_out], "he", check.rng(12))["W1"]
        ) / np.sqrt(2 / _n_in)
        assert abs(_w.mean()) < 0.03
        assert abs(_w.std() - 1) < 0.02
        assert abs(np.mean(np.abs(_w) < 1) - 0.6827) < 0.02
        assert np.abs(_w).max() > 3
with check.part(
    "init_params, later layers", hint="Every layer has its own n_in and n_out."
):
    _params = init_params([10, 300, 200, 90], "he", check.rng(13))
    for _key, _n_in in [("W2", 300), ("W3", 200)]:
        assert abs(np.std(_params[_key]) / np.sqrt(2 / _n_in) - 1) < 0.03
    _params = init_params([10, 300, 200, 90], "xavier", check.rng(14))
    for _key, _n in [("W2", 500), ("W3", 290)]:
        assert abs(np.std(_params[_key]) / np.sqrt(2 / _n) - 1) < 0.03
### END HIDDEN TESTS


# %% nbgrader={"grade": true, "grade_id": "test-init-params-state", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
def same_weights(*seeds):
    """Whether two calls give the same weights; without seeds they get no generator."""
    generators = [np.random.default_rng(seed) for seed in seeds] or [None, None]
    one, other = (init_params([3, 4], "he", rng)["W1"] for rng in generators)
    return int(np.array_equal(one, other))


def same_layers(n):
    params = init_params([n, n, n], rng=np.random.default_rng(0))
    return int(np.array_equal(params["W1"], params["W2"]))


check.value("without rng, fresh numbers", same_weights, expected=0)
check.value("equal seeds", same_weights, 1, 1, expected=1)
check.value("different seeds", same_weights, 1, 2, expected=0)
check.value("two equal layers", same_layers, 3, expected=0)
check.purity("sizes stay", init_params, [3, 4], "he", np.random.default_rng(0))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

for _scheme in ["xavier", "he"]:
    with check.part(
        "init_params, the generator",
        hint="Draw everything from rng: the same seed, the same weights.",
    ):
        for _seed in [3, 4]:
            _first = init_params([5, 6, 4], _scheme, check.rng(_seed))
            _again = init_params([5, 6, 4], _scheme, check.rng(_seed))
            assert all(np.array_equal(_first[_key], _again[_key]) for _key in _first)
        assert not np.array_equal(
            _first["W1"],
            init_params([5, 6, 4], _scheme, check.rng(5))["W1"],
        )
    with check.part(
        "init_params, fresh numbers",
        hint="Do not seed inside: layers and calls must differ.",
    ):
        _rng = check.rng(6)
        _first, _second = (
            init_params([5, 5, 5], _scheme, _rng),
            init_params([5, 5, 5], _scheme, _rng),
        )
        assert not np.array_equal(_first["W1"], _first["W2"])
        assert not np.array_equal(_first["W1"], _second["W1"])
        assert len(np.unique(_first["W1"])) == 25
        assert not np.array_equal(
            init_params([4, 3], _scheme)["W1"], init_params([4, 3], _scheme)["W1"]
        )
        assert not np.array_equal(
            init_params([4, 3], _scheme, rng=None)["W1"],
            init_params([4, 3], _scheme)["W1"],
        )
    with check.part(
        "init_params leaves sizes alone", hint="Did you pop from the list of sizes?"
    ):
        check.purity(init_params, [4, 3, 2], _scheme, check.rng(7))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-init-params-errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A misspelt scheme must not pass for another one: raise ValueError before you draw.
check.raises(ValueError, init_params, [3, 4], "glorrot", np.random.default_rng(0))
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _param_shapes


def _shapes(sizes, scheme):
    _params = init_params(sizes, scheme, check.rng(7))
    return {_key: np.shape(_value) for _key, _value in _params.items()}


with check.part(
    "refusing a scheme earns points only once the shapes of the others are right"
):
    for _scheme in ["xavier", "he"]:
        check.value(_shapes, [3, 4, 2], _scheme, expected=_param_shapes([3, 4, 2]))
with check.part(
    "init_params, unknown scheme", hint="For any other scheme, raise ValueError."
):
    for _scheme in ["lecun", "He ", "", "zeros", "xavier2"]:
        check.raises(ValueError, init_params, [3, 4, 2], _scheme)
        check.raises(
            ValueError,
            init_params,
            [3, 2],
            scheme=_scheme,
            rng=check.rng(0),
        )
### END HIDDEN TESTS

# %% tags=["no-marks"]
functions = {"ReLU": relu, "tanh": tanh}
display(widgets.signal_explorer(mlp_forward, functions))

# The weights of your init_params, in networks that are not trained
signals = experiments.signals(init_params, mlp_forward, relu)
print(signals.table())
used = [init_params, mlp_forward]
xavier_relu.answer(signals.xavier, experiments.WHY["xavier"], of=used)

# %% [markdown]
# ## 2.7 Predictions
#
# With a sigmoid output, $A_L$ is the probability of class 1, and the label is 1 where $p \ge \frac12$. The threshold is a choice: where a
# missed case is worse than a false alarm, take a lower one. With several outputs the label is the **index** of the largest.
#
# **By hand.** $p = (0.2, 0.5, 0.9)$ as a column gives the labels $0, 1, 1$. The row $(0.1, 0.7, 0.2)$ gives the label 1.


# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict_proba(X, params, hidden, output):
    """The output A_L itself, (m, n_out). Arguments as for `mlp_forward`. About 1 line.

    >>> params = {"W1": np.array([[2.0]]), "b1": np.zeros(1)}
    >>> predict_proba(np.array([[0.0]]), params, relu, sigmoid)
    array([[0.5]])
    """
    ### BEGIN SOLUTION
    return mlp_forward(X, params, hidden, output)[0]
    ### END SOLUTION


def predict(X, params, hidden, output, threshold=0.5):
    """The label of every example, (m,). Arguments as for `mlp_forward`. About 4 lines.

    One output unit: 1 where p >= threshold, else 0. Several: the index of the largest
    output of the row; threshold is not used.

    >>> params = {"W1": np.array([[2.0]]), "b1": np.zeros(1)}
    >>> predict(np.array([[1.0], [-1.0]]), params, relu, sigmoid)
    array([1, 0])
    """
    ### BEGIN SOLUTION
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p.ravel() >= threshold).astype(np.int64)
    return np.argmax(p, axis=1)
    ### END SOLUTION


# %% [markdown] ladder="predict"
# 1. Which part of what `mlp_forward` returns are the probabilities? Which label has a $p$ exactly at the threshold?
# And what is the largest entry of a row with a single number?
#
# 2. There are two kinds of networks. With one output unit every example has one probability, and a comparison makes
# the label; the column has to become flat. With more units an example has a row of numbers, and the position of its
# winner is the label, however small the winner is. So ask first how many columns there are.
#
# 3. Suppose that the threshold is $0.4$ and the column is $(0.3), (0.4), (0.8)$. Comparing gives (no, yes, yes), still
# as a column: which shape is wanted, and which numbers? Now the outputs of another network, in rows: $(0.2, 0.3, 0.1)$
# and $(0.6, 0.3, 0.1)$. All but one of these lie below $0.4$, but that does not matter here. The winner of the first
# row stands at index 1. What is the answer for both rows together?
#
# 4.
#
#     def predict_proba(X, params, hidden, output):
#         return mlp_forward(X, params, hidden, output)[0]
#     def predict(X, params, hidden, output, threshold=0.5):
#         p = predict_proba(X, params, hidden, output)
#         if p.shape[1] == 1:
#             return (p.ravel() >= threshold).astype(np.int64)
#         return np.argmax(p, axis=1)
#         return np.argmax(p, axis=0)  # wrong

# %% nbgrader={"grade": true, "grade_id": "test-predict-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
one, two, three = ({"W1": np.eye(n), "b1": np.zeros(n)} for n in (1, 2, 3))
zeros, row = np.zeros((2, 1)), np.array([[0.1, 0.7, 0.2]])
check.value("sigmoid", predict_proba, zeros, one, relu, sigmoid, expected=zeros + 0.5)
# One layer that gives its input back as output
plain, p = (relu, lambda z: z), np.array([[0.2], [0.5], [0.9]])
check.value("by hand, a row", predict, row, three, *plain, expected=np.array([1]))
check.value("by hand, a column", predict, p, one, *plain, expected=np.array([0, 1, 1]))
last = np.array([0, 0, 1])
check.value("threshold 0.6", predict, p, one, *plain, threshold=0.6, expected=last)
ends, all_1 = np.array([[0.0], [0.5], [1.0]]), np.array([1, 1, 1])
check.value("threshold 0", predict, ends, one, *plain, threshold=0.0, expected=all_1)
check.value("threshold 1", predict, ends, one, *plain, threshold=1.0, expected=last)
pairs, larger = np.array([[0.9, 0.6], [0.1, 0.2]]), np.array([0, 1])
check.value("two outputs: the larger", predict, pairs, two, *plain, expected=larger)
check.purity("arguments unchanged", predict, p, one, *plain)
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _linear_forward, _mlp_forward, _predict, _stand_ins
# provided from helpers: _arctan, _between_0_and_1, _identity, _random_params
_given = _stand_ins(_mlp_forward, _linear_forward)
_rng = check.rng(2401)
with check.part(
    "predict_proba",
    hint="The output A_L of the forward pass itself, with its two axes.",
):
    for _sizes in [(3, 4, 1), (2, 5, 3), (4, 4, 4, 4), (3, 2)]:
        _batch = _rng.normal(size=(6, _sizes[0]))
        _params = _random_params(_rng, _sizes, W=1.0, b=0.3)
        for _X in [_batch, _batch[:1]]:
            _inputs = (_X, _params, _arctan, _between_0_and_1)
            _p, _ = _mlp_forward(*_inputs)
            check.value(predict_proba, *_inputs, expected=_p, given=_given)
with check.part(
    "predict, one output unit",
    hint="One label per example, shape (m,): 1 where p >= threshold.",
):
    for _m in [9, 1, 4]:
        _X = _rng.normal(size=(_m, 3))
        _params = _random_params(_rng, (3, 4, 1), W=1.0, b=0.3)
        _inputs = (_X, _params, _arctan, _between_0_and_1)
        for _options in [{"threshold": _limit} for _limit in [0.5, 0.3, 0.8]] + [{}]:
            _labels = _predict(*_inputs, **_options)
            check.value(predict, *_inputs, **_options, expected=_labels, given=_given)
with check.part(
    "predict, exactly at the threshold",
    hint="At p = threshold the label is 1. np.round does not do that.",
):
    _X, _params = [[0.25], [0.5], [0.75]], {"W1": np.ones((1, 1)), "b1": np.zeros(1)}
    _inputs = (np.array(_X), _params, _arctan, _identity)
    for _options, _labels in [
        ({}, np.array([0, 1, 1])),
        ({"threshold": 0.75}, np.array([0, 0, 1])),
        ({"threshold": 0.25}, np.array([1, 1, 1])),
        ({"threshold": 0.0}, np.array([1, 1, 1])),
        ({"threshold": 1.0}, np.array([0, 0, 0])),
    ]:
        check.value(predict, *_inputs, **_options, expected=_labels, given=_given)
with check.part(
    "predict, several output units",
    hint="The index of the largest output of each row, whatever its size.",
):
    for _m, _k in [(9, 3), (1, 4), (5, 5), (8, 2), (2, 7)]:
        _X = _rng.normal(size=(_m, 3))
        _params = _random_params(_rng, (3, 6, _k), W=1.0, b=0.3)
        for _output in [_between_0_and_1, _identity]:
            _inputs = (_X, _params, _arctan, _output)
            _labels = _predict(*_inputs)
            for _options in [{}, {"threshold": 0.9}]:
                check.value(
                    predict, *_inputs, **_options, expected=_labels, given=_given
                )
with check.part(
    "predict and predict_proba leave X and params alone",
    hint="Did you write into an argument?",
):
    for _f in [predict_proba, predict]:
        for _k in [1, 3]:
            _X = _rng.normal(size=(4, 2))
            _params = _random_params(_rng, (2, 3, _k), W=1.0, b=0.3)
            check.purity(_f, _X, _params, _arctan, _between_0_and_1, given=_given)
### END HIDDEN TESTS

# %% [markdown]
# ## 2.8 Your code and a trained network
#
# Where do good weights come from? Notebook 4 trains them; for now scikit-learn does, by a method called L-BFGS. It keeps a layer's
# weights as `(n_in, n_out)`, so each matrix is transposed, and then your functions must give the same numbers as its `predict_proba`.
#
# What can layers **without an activation** do? Guess below.
#
# Below stand three data sets of 500 points. We repeat this ten times: put 30 % of the rows aside as **test rows**, draw new random
# weights (a **start**), and train on the other rows, each feature first scaled to mean 0 and standard deviation 1. The **test
# accuracy** is the share of test rows that are right. The networks have hidden layers of 10 and 5 units.
# *Logistic regression* is a single unit with a sigmoid, trained. Answer the three questions first.

# %% tags=["no-marks"]
no_activation = widgets.predict(
    "Which of the three data sets do networks with the identity as activation "
    "separate?",
    ["linear only", "linear and moons", "all three"],
)
starts = widgets.predict(
    "Two hidden tanh units can solve XOR. From what share of the starts does training "
    "find it?",
    unit="%",
)
wider = widgets.predict(
    "With one hidden layer, the test accuracy on moons of 64 hidden units is ...",
    ["higher than of 3", "the same to 0.01", "lower than of 3"],
)
hidden = {"identity": lambda z: z, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
tasks = {"two classes": sigmoid, "three classes": softmax, "regression": lambda z: z}
agreement = experiments.agreement(predict_proba, predict, hidden, tasks)
print(experiments.agreement_table(agreement))

display(plots.data_sets(experiments.sets()), no_activation, starts)
wider

# %% tags=["no-marks"]
# This cell takes about half a minute.
used = [predict_proba, predict, *hidden.values()]
boundaries = experiments.boundaries(predict_proba, predict, hidden, sigmoid)
print(boundaries.table())
for smooth in ("tanh", "sigmoid"):
    print(boundaries.compared("moons", smooth, "relu"))
print(boundaries.undecided("circles", "identity"))
lines = boundaries.separated("identity")
no_activation.answer(lines, experiments.WHY["identity"], of=used)
display(plots.boundaries(boundaries))

widths = experiments.widths(predict, tanh, sigmoid)
print(widths.table())
starts.answer(100 * widths.solved_by(2), experiments.WHY["starts"], of=used)
wider.answer(widths.compared, experiments.WHY["wider"], of=used)
plots.widths(widths)

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-xor", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ## 2.9 Explain
#
# In eight to twelve sentences, with at least two numbers that you measured: (a) **Why can no perceptron compute XOR?** Prove it: write what the
# four points $(0,0), (0,1), (1,0), (1,1)$ demand of $w_1, w_2, b$, and find the contradiction. (b) **What happens when it tries?** (c) **How does
# a hidden layer solve it?** (d) Why would hidden layers without an activation not help? (3 points, marked by a person.)
#
# ### BEGIN SOLUTION
# **Model answer.** The four points demand $b < 0$, $w_2 + b \ge 0$, $w_1 + b \ge 0$ and $w_1 + w_2 + b < 0$. The two in the middle add up to
# $w_1 + w_2 + 2b \ge 0$, so $w_1 + w_2 + b \ge -b > 0$, which contradicts the last. Geometrically the corners of each class lie on a diagonal,
# and the diagonals cross. The rule therefore never has a clean epoch: on the corners 0 and 1 it made 3, 3, 4, 4, ... mistakes, and after
# each of the later epochs its weights were back at $w = (-1, 0)$, $b = 0$. With the sliders one wrong point was the best. A hidden layer
# first maps the points to other places: with $h_1 = \mathrm{relu}(x_1 + x_2)$ and $h_2 = \mathrm{relu}(x_1 + x_2 - 1)$ both points of
# class 1 land on $(1, 0)$, and the output $h_1 - 2h_2$ separates them from $(0, 0)$ and $(2, 1)$. Two tanh units solved XOR from about
# half of the starts, eight from all. Without an activation, layers collapse to one linear map: the identity network had about 0.51 on
# circles, like guessing.
#
# **Mark scheme.** 1 point: the four inequalities and a correct contradiction (a drawing alone earns half). 1 point: cycling, with two measured
# numbers, used correctly. 1 point: the hidden layer makes new features in which a line suffices, shown on an example, and the
# activation is necessary. Half a point off for "a deeper network can separate everything" without a condition.
# ### END SOLUTION

# %% [markdown]
# ## 2.10 Any function, by hand
#
# **Universal approximation.** Take a continuous activation that is not a polynomial, and any continuous $f$ on a closed bounded set. For every
# $\varepsilon > 0$ there is a network with one hidden layer, biases and the identity as $g$ that differs from $f$ nowhere by more than
# $\varepsilon$. With a polynomial of degree $d$ as activation one hidden layer gives only polynomials of degree at most $d$, however many
# units (Leshno et al. 1993; Cybenko 1989 for sigmoids). The theorem says neither how many units it takes, nor whether training finds them.
#
# With ReLU you can build such a network. Points $(x_0, y_0), \dots, (x_{n-1}, y_{n-1})$ are joined by $n - 1$ straight pieces with slopes $s_j$.
# The unit $\mathrm{relu}(x - x_j)$ is 0 up to $x_j$ and rises with slope 1 after it, so each unit **changes** the slope at its knot:
#
# $$f(x) = \text{bias} + \sum_{j=0}^{n-2} w_j\,\mathrm{relu}(x - x_j).$$
#
# **By hand.** $(0, 1), (1, 3), (3, 2), (4, 2)$: the slopes are $2, -\frac12, 0$. The bias is 1; the knots $0, 1, 3$ have the weights
# $2, -2.5, 0.5$.
#
# <details><summary>Hint</summary>
#
# `np.diff` gives the differences of neighbours; its argument `prepend` puts a value in front first. Which slope comes before the first piece?
#
# </details>
#
# Below the tests you approximate $\sin 3x + 0.3x$ on $[-3, 3]$: by hand, and by units with random weights and knots.


# %% nbgrader={"grade": false, "grade_id": "relu-fit", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_interpolant(x_knots, y_knots):
    """The piecewise linear function through points, as one hidden layer of ReLUs.

    x_knots: (n,), strictly increasing, n >= 2. y_knots: (n,). Neither is changed.
    Returns: (w_out, knots, bias): two arrays of the same length and a number, with
    f(x) = bias + sum_j w_out[j]*relu(x - knots[j]) through all points, and linear
    between neighbours.

    >>> x, y = np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 2.0])
    >>> relu_interpolant(x, y)[0]
    array([ 2. , -2.5,  0.5])

    About 4 lines.
    """
    ### BEGIN SOLUTION
    slopes = np.diff(y_knots) / np.diff(x_knots)
    return np.diff(slopes, prepend=0.0), x_knots[:-1], y_knots[0]
    ### END SOLUTION


# %% [markdown] ladder="relu-fit"
# 1. Behind the second knot two units rise at the same time. How steep is the curve there, if their weights are the
# slopes of the first two pieces? And what is $f$ at the first knot, where all units are 0?
#
# 2. A unit cannot be switched off again. So its weight is not how steep the graph should be from here on, but by how
# much steeper than just before. Rise over run comes from differences of neighbours in both coordinates, and then
# differences of neighbours once more; in front of everything the graph counts as level. The last point starts nothing
# new.
#
# 3. Let the points be $(0, 2), (2, 6), (3, 5), (5, 5)$. The pieces have the slopes $4/2 = 2$, $-1/1 = -1$ and $0/2 =
# 0$. The unit at 0 gets weight 2 and the constant is 2: at $x = 2$ this gives 6, as it should. At $x = 3$ it gives $2
# + 2 \cdot 3 = 8$, but 5 is wanted. So the unit at 2, which has the value 1 there, needs the weight $-3$, and that is
# $-1 - 2$. Which weight does the unit at 3 need?
#
# 4.
#
#     slopes = np.diff(y_knots) / np.diff(x_knots)
#     changes = np.diff(slopes, prepend=0.0)
#     changes = np.diff(slopes)  # wrong
#     return changes, x_knots[:-1], y_knots[0]


# %% nbgrader={"grade": true, "grade_id": "test-relu-fit-value", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def interpolant_at(x, x_knots, y_knots):
    """The function that your weights describe, at the points x."""
    w_out, knots, bias = relu_interpolant(x_knots, y_knots)
    return bias + relu(np.subtract.outer(x, knots)) @ w_out


x_knots, y_knots = np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 2.0])
x = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 3.5, 4.0])
wanted = np.array([1.0, 2.0, 3.0, 2.5, 2.0, 2.0, 2.0])
check.value("by hand", interpolant_at, x, x_knots, y_knots, expected=wanted)
ends, y = np.array([-2.0, 0.0]), np.array([5.0, 4.0])
check.value("one piece", interpolant_at, ends, ends, y, expected=y)
check.purity("arguments unchanged", relu_interpolant, x_knots[:3], y_knots[:3])
### BEGIN HIDDEN TESTS
import numpy as np

from nbcore import check

# provided from helpers: _check_interpolant
_rng = check.rng(2501)
with check.part(
    "relu_interpolant, uneven knots",
    hint="A weight is the change of slope at its knot. Slope: rise over run.",
):
    for _n in [3, 4, 7, 12]:
        _x, _y = np.cumsum(_rng.uniform(0.2, 2.0, _n)) - 3, _rng.normal(size=_n)
        _check_interpolant(relu_interpolant, _x, _y)
with check.part("relu_interpolant, even knots", hint="Try knots that are not 1 apart."):
    for _x in [np.linspace(-1, 1, 9), np.arange(6.0)]:
        _check_interpolant(relu_interpolant, _x, _rng.normal(size=len(_x)))
with check.part("relu_interpolant, one piece", hint="Two points need one unit."):
    for _x, _y in [([-3.0, 2.5], [4.0, -1.0]), ([1.0, 1.5], [-2.0, 2.0])]:
        _check_interpolant(relu_interpolant, np.array(_x), np.array(_y))
with check.part(
    "relu_interpolant, constant and straight",
    hint="Where the slope does not change, the weight is 0.",
):
    for _x, _y in [
        ([-1.0, 0.5, 2.0], [3.0, 3.0, 3.0]),
        ([-1.0, 0.5, 2.0, 2.5], [-2.0, 1.0, 4.0, 5.0]),
    ]:
        _check_interpolant(relu_interpolant, np.array(_x), np.array(_y))
with check.part(
    "relu_interpolant leaves its arguments alone",
    hint="Did you write into x_knots or y_knots?",
):
    check.purity(relu_interpolant, np.array([0.0, 1.0, 2.5, 3.0]), _rng.normal(size=4))
### END HIDDEN TESTS

# %% tags=["no-marks"]
twice = widgets.predict(
    "sin 3x + 0.3x on [-3, 3] by hand. Once the pieces are short, twice as many make "
    "the largest error ...",
    ["half", "a quarter", "an eighth"],
)
random_tanh = widgets.predict(
    "128 units on the same curve. tanh with random hidden weights, only the output "
    "weights fitted: its largest error, beside that of ReLU by hand, is ...",
    ["larger", "up to 1000 times smaller", "more than 1000 times smaller"],
)
display(twice)
random_tanh

# %% tags=["no-marks"]
units = {"tanh": tanh, "ReLU": relu, "cubic": lambda z: z**3}
approximation = experiments.approximation(relu_interpolant, relu, units)
print(approximation.table())
used = [relu_interpolant, relu]
twice.answer(approximation.halved, experiments.WHY["twice"], of=used)
random_tanh.answer(approximation.beside("tanh"), experiments.WHY["smooth"], of=used)
plots.approximation(approximation)


# %% tags=["no-marks"]
# A drawing in one stroke is two functions of t. Put your own points in, for instance of
# your initial, and show a friend what your network draws.
POINTS = [[0, 0], [2, 0], [0, 2], [2, 2], [1, 3], [0, 2], [0, 0], [2, 2], [2, 0]]


def drawing_network(points, interpolant):
    """A network with the input t and two outputs, which passes points[k] at t = k."""
    t = np.arange(len(points), dtype=float)
    (w_x, knots, x_0), (w_y, _, y_0) = (interpolant(t, column) for column in points.T)
    params = {"W1": np.ones((len(knots), 1)), "b1": -knots}
    return params | {"W2": np.array([w_x, w_y]), "b2": np.array([x_0, y_0])}


parts = mlp_forward, relu, relu_interpolant, drawing_network
drawing = experiments.drawing(*parts, POINTS)
print(drawing)
plots.drawing(drawing)

# %% [markdown]
# ## 2.11 What to keep
#
# **What holds in general**
#
# 1. A perceptron finds a separating line if there is one, after at most $(R/\gamma)^2$ mistakes. If there is none, the
#    weights change for ever, but stay bounded.
# 2. Layers without an activation are one linear map. Behind a hidden layer a single unit separates what no line
#    in the inputs can.
# 3. The weights of the units of a layer must differ at the start, and have the right size. For ReLU the variance $2/n_{in}$ keeps
#    $\mathrm{E}[z^2]$.
# 4. On a closed bounded set one hidden layer comes as close as you like to any continuous function, unless its activation is a polynomial.
#
# **What is a rule of thumb.** "Start with ReLU": on moons it did not differ from tanh by more than chance, and the sigmoid was ahead by
# about 0.01 (2.8). "Two to ten times as many units as inputs": two lines are enough for XOR and for moons. With two units training found
# them from 55.5 % of 200 starts (XOR) and from 1 of 10 (moons, accuracy above 0.94), with four from all (2.8): take a few units more
# than the border needs lines. "Xavier for tanh, He for ReLU" is derived for networks before training.
#
# **In PyTorch 2.13**
#
# | here | there | what differs |
# |---|---|---|
# | `linear_forward(A, W, b)` | `nn.Linear(n_in, n_out)` | the same: `weight` is `(n_out, n_in)` too. Numbers are float32 unless you ask for float64 |
# | `init_params`, Xavier | `nn.init.xavier_uniform_(w)` | the same limits |
# | `init_params`, He | `nn.init.kaiming_normal_(w, nonlinearity="relu")` | the same. Both work in place, on one tensor. `nn.Linear` itself starts uniform on $\pm 1/\sqrt{n_{in}}$, biases too: ours need `nn.init.zeros_(b)` |
# | `mlp_forward` | `nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))` | no cache to return. Usually $g$ is left out: the losses take $Z_L$, the **logits** (notebook 3) |
# | `predict`, one output | `(logits >= 0).long()` | for threshold $\frac12$, as the sigmoid of 0 is $\frac12$; the shape stays $(m, 1)$ |
# | `predict`, several | `logits.argmax(dim=1)` | softmax keeps the order, so it is not needed |
#
# **Read more.** Rosenblatt 1958, *The perceptron*. Novikoff 1962, *On convergence proofs on perceptrons*. Minsky and Papert 1969,
# *Perceptrons*. Block and Levin 1970, on its weights without a separating line. Gallant 1990, *Perceptron-based learning algorithms*. Cybenko 1989; Leshno, Lin, Pinkus and Schocken 1993, on approximation. Glorot and
# Bengio 2010; He, Zhang, Ren and Sun 2015, on initialization.
#
# **Further, optional.** (a) Shuffle the rows of separable data: how much do the mistakes change, and why not the bound? (b) Double the weights
# and biases of layer 1 of a ReLU network and halve the weights of layer 2: what happens to the output?
#
# <details><summary>Answers</summary>
#
# (a) The proof uses no order, only $R$ and $\gamma$. (b) Nothing: $\mathrm{relu}(2z) = 2\,\mathrm{relu}(z)$.
#
# </details>

# %% tags=["no-marks"]
check.summary()
