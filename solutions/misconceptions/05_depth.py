# Known mistakes and accepted variants of 05_depth.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, the comment above the code of a mistake is what a student is told.
# Accepted variants must keep all points.

# %%
import math

import numpy as np
from scipy import integrate

# %% [markdown]
# ## gradient-norms


# %% mistake="biases too" exercise="gradient-norms" breaks=["value"]
# Your norms are too large: the entries of the bias gradients count in them as well.
# In the example of the docstring b1 is not 0, and the first norm is still 5. Which
# arrays of grads belong in the norm of a layer?
def layer_gradient_norms(grads):
    n = len(grads) // 2
    return np.array(
        [math.hypot(np.linalg.norm(grads[f"W{i}"]), np.linalg.norm(grads[f"b{i}"])) for i in range(1, n + 1)]
    )


# %% mistake="no root" exercise="gradient-norms" breaks=["value"]
# Your result is the sum of the squares: for diag(3, 4) it gives 25, and for a
# gradient twice as large it gives four times as much. By which factor should a norm
# grow then, and which step leads from 25 to 5?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(g**2) for g in weights])


# %% mistake="spectral norm" exercise="gradient-norms" breaks=["value"]
# Your result is the largest singular value of each dW: for diag(3, 4) it gives 4,
# where the text finds 5. That is another norm of a matrix. Which norm counts all
# entries, and how does the text compute it?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, 2) for g in weights])


# %% mistake="mean square" exercise="gradient-norms" breaks=["value"]
# Your result for diag(3, 4) is 2.5, half of what the text finds: your function
# averages the squares, so a layer with more entries of the same size gets no larger
# norm. Does the Frobenius norm take a mean of the squares?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.mean(g**2)) for g in weights])


# %% mistake="sum of absolute values" exercise="gradient-norms" breaks=["value"]
# Your result for diag(3, 4) is 7: the sizes of the entries add up as they are. The
# text finds 5 for this matrix. What happens to each entry before the sum, and what
# happens to the sum?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(np.abs(g)) for g in weights])


# %% mistake="largest entry" exercise="gradient-norms" breaks=["value"]
# Your result is the size of the largest entry alone: for diag(3, 4) it gives 4, and
# the 3 changes nothing. The text finds 5. How do all entries of a matrix come into
# its Frobenius norm?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.max(np.abs(g)) for g in weights])


# %% mistake="adds a constant" exercise="gradient-norms" breaks=["value"]
# Your function gives a norm above 0 even for a gradient of zeros, and for tiny
# gradients the constant outweighs the squares. The formula of the text has no such
# constant, and nothing is divided here. What should it protect?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.sum(g**2) + 1e-8) for g in weights])


# %% mistake="norm of the longest row" exercise="gradient-norms" breaks=["value"]
# Your result counts one row of each dW alone, the longest: for diag(3, 4) it gives 4,
# and the other row changes nothing. How do the entries of all rows come into one
# number for the layer?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, axis=1).max() for g in weights])


# %% mistake="last layer first" exercise="gradient-norms" breaks=["value"]
# Your norms themselves are right, but they stand the other way round: the first
# number of your result belongs to the last layer. Which layer does the docstring put
# first?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g) for g in weights[::-1]])


# %% mistake="without the last layer" exercise="gradient-norms" breaks=["value"]
# Your result has one number less than the network has layers: the last layer is
# missing. For a dict with W1 and W2 it has the length 1. How many layers are there,
# and where does your count end?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n)]
    return np.array([np.linalg.norm(g) for g in weights])


# %% mistake="sorts the names" exercise="gradient-norms" breaks=["value"]
# With more than nine layers your norms stand in a wrong order: as words, W10 and W11
# come before W2. With nine layers or fewer nobody sees it. How do you go through the
# layers in the order of their numbers?
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(grads[k], dtype=float)) for k in sorted(grads) if k.startswith("W")])


# %% mistake="order of the dict" exercise="gradient-norms" breaks=["value"]
# Your norms stand in the order in which the dict lists its keys. The keys may come in
# any order, and then your result starts with another layer than the first. What tells
# you the order of the layers, if not the dict?
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(g, dtype=float)) for k, g in grads.items() if k.startswith("W")])


# %% mistake="empties the dict" exercise="gradient-norms" breaks=["value"]
# After the call the dict of the caller has lost its weight gradients: a second call
# with the same grads gives an empty result. The training step still needs them. How
# do you read an entry without taking it out?
def layer_gradient_norms(grads):
    norms = []
    while f"W{len(norms) + 1}" in grads:
        norms.append(np.linalg.norm(np.asarray(grads.pop(f"W{len(norms) + 1}"), dtype=float)))
    return np.array(norms)


# %% mistake="norm of the sums of the columns" exercise="gradient-norms" breaks=["value"]
# Your function adds up the entries of each column before it squares: entries of
# opposite sign cancel, and the column (3, 4) gives 7 instead of 5. At which point of
# the formula is each entry squared?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    return np.array([np.linalg.norm(grads[f"W{i}"].sum(axis=0)) for i in range(1, n + 1)])


# %% accepted="root of the sum of squares" exercise="gradient-norms"
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.sum(g * g)) for g in weights])


# %% accepted="of the flat array" exercise="gradient-norms"
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g.ravel()) for g in weights])


# %% accepted="by the trace" exercise="gradient-norms"
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([math.sqrt(np.trace(g @ g.T)) for g in weights])


# %% accepted="sorted by number" exercise="gradient-norms"
def layer_gradient_norms(grads):
    names = sorted((key for key in grads if key[0] == "W"), key=lambda key: int(key[1:]))
    return np.array([np.linalg.norm(np.array(grads[name], dtype=np.float64), "fro") for name in names])


# %% accepted="until there is no layer left" exercise="gradient-norms"
def layer_gradient_norms(grads):
    norms, layer = [], 1
    while f"W{layer}" in grads:
        norms.append(math.sqrt(sum(float(v) ** 2 for v in np.ravel(grads[f"W{layer}"]))))
        layer += 1
    return np.array(norms)


# %% accepted="textbook: np.linalg.norm of each layer" exercise="gradient-norms"
def layer_gradient_norms(grads):
    L = sum(key.startswith("W") for key in grads)
    return np.array([np.linalg.norm(grads[f"W{layer}"]) for layer in range(1, L + 1)])


# %% accepted="textbook, step by step: a list of square roots" exercise="gradient-norms"
def layer_gradient_norms(grads):
    norms = []
    layer = 1
    while "W" + str(layer) in grads:
        dW = grads["W" + str(layer)]
        sum_of_squares = np.sum(np.square(dW))
        norm = np.sqrt(sum_of_squares)
        norms.append(norm)
        layer += 1
    return np.array(norms)


# %% [markdown]
# ## dead-units


# %% mistake="share of zeros" exercise="dead-units" breaks=["value"]
# Your result is the share of the entries that are not positive: for the matrix in the
# text 10 of 12. A unit that is off for some examples is not dead yet. For how many of
# its examples must a dead unit be off, and of what is the share taken?
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).mean())


# %% mistake="off for any example" exercise="dead-units" breaks=["value"]
# Your function counts each unit that is off for at least one example. Column 2 of the
# matrix in the text is positive once, and the text calls it alive. What must hold for
# all entries in the column of a dead unit?
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).any(axis=0).mean())


# %% mistake="counts examples" exercise="dead-units" breaks=["value"]
# Your result is the share of the rows without a positive entry, so it counts
# examples. Units stand in the columns of Z. Along which axis does your function ask
# whether all entries are 0 or less?
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all(axis=1).mean())


# %% mistake="zero counts as alive" exercise="dead-units" breaks=["value"]
# Your function calls a unit alive that is exactly 0 for an example. Column 3 of the
# matrix in the text is 0 throughout, and the text calls it dead. What is the slope of
# the ReLU at 0, and does a gradient pass there?
def dead_fraction(Z):
    return float((np.asarray(Z) < 0).all(axis=0).mean())


# %% mistake="a count, no share" exercise="dead-units" breaks=["value"]
# Your result is a number of units: for the matrix in the text it is 2, while the
# docstring asks for a number from 0 to 1. Of how many units is that a part?
def dead_fraction(Z):
    return int((np.asarray(Z) <= 0).all(axis=0).sum())


# %% mistake="divides by the examples" exercise="dead-units" breaks=["value"]
# Your function finds the dead units, but it divides their number by the number of
# examples: for the matrix in the text that gives 2/3 instead of 2/4. Of what is the
# share taken?
def dead_fraction(Z):
    Z = np.asarray(Z)
    return float((Z <= 0).all(axis=0).sum() / Z.shape[0])


# %% mistake="share of living units" exercise="dead-units" breaks=["value"]
# Your result is the share of the units that are alive: yours and the right one add up
# to 1. Where both are 0.5, as in the text, nobody sees it. What should a layer give
# in which all units are dead?
def dead_fraction(Z):
    return float((np.asarray(Z) > 0).any(axis=0).mean())


# %% mistake="looks at the mean" exercise="dead-units" breaks=["value"]
# Your function asks whether the mean of a column is 0 or less. A unit that is far
# below 0 for most examples and above 0 for one has such a mean, and it is alive. What
# must hold for each single entry?
def dead_fraction(Z):
    return float((np.asarray(Z, dtype=float).mean(axis=0) <= 0).mean())


# %% mistake="whole layer or nothing" exercise="dead-units" breaks=["value"]
# Your result is always 0 or 1: it is 1 only where no entry of Z at all is positive.
# The text finds 0.5 for its matrix. How do you ask the question for each unit by
# itself, and what do you do with the answers?
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all())


# %% mistake="writes into Z" exercise="dead-units" breaks=["value"]
# Your share is right, but after the call the negative entries of the caller's Z are
# 0: your function writes into the array that it gets. The caller still needs the old
# values. How can you ask the question without changing Z?
def dead_fraction(Z):
    Z = np.asarray(Z)
    Z[Z < 0] = 0
    return float((Z == 0).all(axis=0).mean())


# %% mistake="goes through memory" exercise="dead-units" breaks=["value"] recognisable=false
# Your result depends on how the array lies in memory, not on its indices alone: a
# plain array gives the right share, a transposed one such as Z.T may not. Which of
# your steps goes by memory and not by index?
def dead_fraction(Z):
    rows = np.reshape(Z.ravel(order="K"), Z.shape)
    return float(np.mean(np.all(rows <= 0, axis=0)))


# %% mistake="first and last example" exercise="dead-units" breaks=["value"]
# Your function calls a unit dead although one of its pre-activations is a little
# above 0, such as 0.1: for that example the ReLU lets the gradient through, so the
# unit still learns. Which entries of a column do you look at, and where is the border
# between off and on?
def dead_fraction(Z):
    return np.mean((Z[0] <= 0) & (Z[-1] <= 0))


# %% mistake="a threshold above 0" exercise="dead-units" breaks=["value"]
# Your function calls a unit dead although one of its pre-activations is a little
# above 0, such as 0.1: for that example the ReLU lets the gradient through, so the
# unit still learns. Which entries of a column do you look at, and where is the border
# between off and on?
def dead_fraction(Z):
    return np.mean(Z.max(axis=0) < 1)


# %% accepted="textbook, in one line" exercise="dead-units"
def dead_fraction(Z):
    return np.mean(np.all(Z <= 0, axis=0))


# %% accepted="textbook, step by step" exercise="dead-units"
def dead_fraction(Z):
    m, n = Z.shape
    dead = 0
    for j in range(n):
        if np.max(Z[:, j]) <= 0:
            dead += 1
    return dead / n


# %% accepted="by the maximum" exercise="dead-units"
def dead_fraction(Z):
    return float(np.mean(np.max(Z, axis=0) <= 0))


# %% accepted="by relu" exercise="dead-units"
def dead_fraction(Z):
    return np.mean(relu(np.asarray(Z)).sum(axis=0) == 0)


# %% accepted="by the slope of relu" exercise="dead-units"
def dead_fraction(Z):
    return 1 - relu_prime(Z).any(axis=0).mean()


# %% accepted="unit by unit" exercise="dead-units"
def dead_fraction(Z):
    Z = np.asarray(Z)
    dead = 0
    for unit in range(Z.shape[1]):
        if all(value <= 0 for value in Z[:, unit]):
            dead += 1
    return dead / Z.shape[1]


# %% accepted="by the living ones" exercise="dead-units"
def dead_fraction(Z):
    alive = np.any(np.asarray(Z) > 0, axis=0)
    return np.asarray(1 - alive.mean())


# %% [markdown]
# ## batchnorm


# %% mistake="statistics over the units" exercise="batchnorm" breaks=["value", "gradient", "state"]
# In training your function normalizes each row of x over its units. The text goes
# column by column, so that every unit gets mean 0 over the batch. Along which axis do
# the examples of one unit stand?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * x.mean()
        state["var"][...] = momentum * state["var"] + (1 - momentum) * x.var()
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="statistics over everything" exercise="batchnorm" breaks=["value", "gradient", "state"]
# In training your function takes one mean and one variance over all entries of x, so
# a unit with large values sets the scale for all others. How many means does a batch
# with n units have, by the formulas of the text?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(), x.var()
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="sample variance" exercise="batchnorm" breaks=["value", "gradient", "state"]
# Your variances are a little too large: your function divides by one less than the
# number of rows, and for a batch of one row that is a division by 0. Which number
# does the formula for v divide by?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps outside of the root" exercise="batchnorm" breaks=["value", "gradient"]
# Your function takes the root of the variance first and adds eps after it: for v = 1
# and eps = 3 it divides by 4, where the text divides by 2. Where in the formula does
# eps stand?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / (np.sqrt(var) + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="divides by the variance" exercise="batchnorm" breaks=["value", "gradient"]
# Your function divides by the variance plus eps: for v = 1 and eps = 3 by 4, where
# the text divides by 2. If x is ten times as large, your x_hat is about ten times as
# small. What should happen to x_hat then, and which step is missing?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / (var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="batch statistics at evaluation" exercise="batchnorm" breaks=["value"]
# At evaluation your function still takes mean and variance of the batch: a row gets
# another result among other rows, and a single row always gives beta. Which two
# arrays take their place when training is False?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    mean, var = x.mean(axis=0), x.var(axis=0)
    if training:
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="running statistics in training" exercise="batchnorm" breaks=["value", "gradient"]
# In training your function normalizes with the running mean and variance: before
# gamma and beta come in, the columns do not get mean 0. When do the running
# statistics count, and which mean and variance does training take?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * x.mean(axis=0)
        state["var"][...] = momentum * state["var"] + (1 - momentum) * x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="evaluation moves the statistics" exercise="batchnorm" breaks=["state"]
# Your function moves the running statistics at evaluation too: after a call with
# training=False the arrays in state hold other numbers. Then each answer depends on
# the calls before it. In which mode may state change?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
    old = np.array(mean), np.array(var)
    state["mean"][...] = momentum * state["mean"] + (1 - momentum) * x.mean(axis=0)
    state["var"][...] = momentum * state["var"] + (1 - momentum) * x.var(axis=0)
    mean, var = old
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="momentum the other way round" exercise="batchnorm" breaks=["state"]
# Your running statistics move too far: with momentum 0.9, a running mean of 0 and a
# batch mean of 2 give 1.8, where the text finds 0.2. Which of the two does momentum
# multiply, the old value or that of the batch?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = (1 - momentum) * state["mean"] + momentum * mean
        state["var"][...] = (1 - momentum) * state["var"] + momentum * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="new arrays in state" exercise="batchnorm" breaks=["state"]
# After a training pass the arrays that the caller has put into state still hold their
# old numbers. How do new numbers get into an array that exists already, and what
# happens if a new array takes its place in the dict instead?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="running deviation instead of variance" exercise="batchnorm" breaks=["state"]
# Your function moves state['var'] towards the standard deviation of the batch: with a
# batch variance of 4 it heads for 2. Evaluation takes the root of these numbers once
# more. Which quantity does state['var'] hold, by the docstring?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * np.sqrt(var)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="statistics never updated" exercise="batchnorm" breaks=["state"]
# After a training pass the arrays that the caller has put into state still hold their
# old numbers. How do new numbers get into an array that exists already, and what
# happens if a new array takes its place in the dict instead?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="keeps x_hat in state" exercise="batchnorm" breaks=["state"]
# After the call state has one key more than before: values of this one batch stand
# there beside the running statistics. Which two keys does the docstring name, and
# which result of your function carries what the pass back needs?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    state["x_hat"] = x_hat
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="running statistics for one row alone" exercise="batchnorm" breaks=["value"]
# At evaluation your function takes the running statistics for a single row, but those
# of the batch for several rows: a row gets another result alone than among others.
# Which argument says which statistics count?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    elif len(x) > 1:
        mean, var = x.mean(axis=0), x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="running statistics for a batch of one in training" exercise="batchnorm" breaks=["value", "gradient", "state"]
# In training a batch of one row is normalized by the running statistics, and they do
# not move. The docstring makes no exception for it: its mean is the row itself. What
# is its population variance, and what is the output then?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    mean, var = state["mean"], state["var"]
    if training and len(x) > 1:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="momentum fixed at 0.9" exercise="batchnorm" breaks=["state"]
# Your running statistics move by the same tenth of the way for every value of
# momentum: calls with momentum 0.5 and with 0.9 leave the same numbers in state.
# Where does the argument momentum come into your function?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = 0.9 * state["mean"] + 0.1 * mean
        state["var"][...] = 0.9 * state["var"] + 0.1 * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="forgets gamma and beta" exercise="batchnorm" breaks=["value"]
# Your function returns x_hat itself: other values of gamma and beta change nothing in
# your result. In the example by hand x_hat is (-1/2, 1/2), and out is (-1, 3). What
# comes after the normalization?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return x_hat, (x_hat, scale, gamma)


# %% mistake="normalizes in place" exercise="batchnorm" breaks=["value"]
# Your result is right, but after the call the caller's x holds normalized numbers:
# your function writes into the array that it gets. The caller still needs the old x.
# How do you get x_hat without changing x?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x -= mean
    x *= scale
    x_hat = x
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="mean and variance as constants" exercise="batchnorm" breaks=["gradient"]
# Your dx treats mean and variance as fixed numbers: its columns do not add up to 0.
# If one entry of x changes, both statistics of its column change too. Which terms of
# the formula for the way back come from these two paths?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the mean missing" exercise="batchnorm" breaks=["gradient"]
# A shift of a whole column of x changes nothing in the output, so the entries of each
# column of dx must add up to 0. Yours do not. Which of the two statistics moves with
# such a shift, and where is its path in your dx?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the variance missing" exercise="batchnorm" breaks=["gradient"]
# The columns of your dx add up to 0, so the path through the mean is there. But each
# entry of x acts on the variance as well. What does a larger variance do to every
# x_hat of the column, and which term says so?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means over everything on the way back" exercise="batchnorm" breaks=["gradient"]
# The columns of your dx do not add up to 0: on the way back your function takes one
# mean over all units together. The forward pass has a mean and a variance for each
# unit. Over which entries do the sums in the formula run?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean() - x_hat * (d * x_hat).mean())
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one number for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"]
# Your dgamma and dbeta are single numbers, sums over all rows and all units. The
# docstring asks for the shape (n,), because each unit has a gamma and a beta of its
# own. Over which axis do the contributions add up?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(), dout.sum()


# %% mistake="gamma forgotten in dx" exercise="batchnorm" breaks=["gradient"]
# Your dx is the same for every gamma: it is right where gamma is 1, and there alone.
# The output depends on x_hat through gamma. What does the gradient of the output pass
# first on its way back to x?
def batchnorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="returns zeros" exercise="batchnorm" breaks=["gradient"]
# Your dx is 0 for every upstream gradient. That is right where all rows of dout are
# equal, because a shift of the whole batch changes nothing. What does the text find
# for dout = (1, 0), where the rows differ?
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = np.zeros_like(d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma without x_hat" exercise="batchnorm" breaks=["gradient"]
# Your dgamma is the same as your dbeta: it adds up the upstream gradient as it is.
# The output is gamma * x_hat + beta. What is its slope with respect to beta, and what
# is its slope with respect to gamma?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dout.sum(axis=0), dout.sum(axis=0)


# %% mistake="gamma in dgamma" exercise="batchnorm" breaks=["gradient"]
# Your dgamma has one factor gamma too many: for a gamma twice as large it is twice as
# large, and for gamma = 0 it is 0. What is the slope of gamma * x_hat with respect to
# gamma, and does gamma itself stand in it?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (d * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"]
# Your dgamma and dbeta are means over the rows: for a batch in which each row stands
# twice they stay the same. All rows share one gamma and one beta. What happens to the
# contributions of the rows to a shared parameter?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).mean(axis=0), dout.mean(axis=0)


# %% mistake="sums where means belong" exercise="batchnorm" breaks=["gradient"]
# In your dx both sums count in full: the more terms they have, the more they outweigh
# the first term, and your dx does not add up to 0. Which factor stands before such a
# sum in the formulas of the text?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.sum(axis=0) - x_hat * (d * x_hat).sum(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="forgets the scale in dx" exercise="batchnorm" breaks=["gradient"]
# Your dx does not depend on how widely x is spread: for x ten times as large it stays
# the same, although each entry of x then acts only a tenth as much on x_hat. By which
# factor does the normalization multiply x?
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one cache for all passes" exercise="batchnorm" breaks=["gradient"]
# Your pass back uses the numbers of the last forward pass, whichever cache it gets:
# after a forward pass with another batch, the gradients of the first one are wrong.
# Which result of a forward pass can carry what belongs to it?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    batchnorm_forward.kept = (x_hat, scale, gamma)
    return gamma * x_hat + beta, None


def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = batchnorm_forward.kept
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="the pass back changes the cache" exercise="batchnorm" breaks=["gradient"]
# Two calls of your pass back with the same cache can give different results: the
# first call changes an array that the cache holds. Which of your steps writes into an
# array instead of making a new one?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dgamma = (dout * x_hat).sum(axis=0)
    x_hat *= (d * x_hat).mean(axis=0)
    dx = scale * (d - d.mean(axis=0) - x_hat)
    return dx, dgamma, dout.sum(axis=0)


# %% mistake="writes into dout" exercise="batchnorm" breaks=["gradient"]
# Your gradients are right, but after the call the caller's dout holds other numbers:
# your function writes into the array that it gets. Other layers may still need it.
# Which step changes dout, and how can it make a new array?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dout *= gamma
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="batchnorm" breaks=["gradient"]
# Where gamma is 0 your gradients are not numbers: the pass back divides by gamma to
# get x_hat again, and 0/0 is nan. Which value can the forward pass keep, so that no
# division is needed?
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    scaled = gamma * (x - mean) * scale
    return scaled + beta, (scaled, scale, gamma)


def batchnorm_backward(dout, cache):
    scaled, scale, gamma = cache
    x_hat, d = scaled / gamma, dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% accepted="step by step through the graph" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = np.array(x, dtype=float), np.array(gamma, dtype=float), np.array(beta, dtype=float)
    if not training:
        return gamma * (x - state["mean"]) / np.sqrt(state["var"] + eps) + beta, None
    mu = x.mean(axis=0)
    centred = x - mu
    var = (centred**2).mean(axis=0)
    root = np.sqrt(var + eps)
    for key, batch in (("mean", mu), ("var", var)):
        state[key] *= momentum
        state[key] += (1 - momentum) * batch
    cache = {"centred": centred, "root": root, "gamma": gamma}
    return gamma * (centred / root) + beta, cache


def batchnorm_backward(dout, cache):
    dout = np.asarray(dout, dtype=float)
    centred, root, gamma = cache["centred"], cache["root"], cache["gamma"]
    m = len(dout)
    dx_hat = dout * gamma
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * root**-3
    dmu = -dx_hat.sum(axis=0) / root - 2 * dvar * centred.mean(axis=0)
    dx = dx_hat / root + dvar * 2 * centred / m + dmu / m
    return dx, (dout * centred / root).sum(axis=0), dout.sum(axis=0)


# %% accepted="by the Jacobian of each column" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, [x_hat, scale, gamma, len(x)]


def batchnorm_backward(dout, cache):
    x_hat, scale, gamma, m = cache
    dout = np.asarray(dout, dtype=float)
    dx = np.empty_like(dout)
    for j in range(dout.shape[1]):
        jacobian = np.eye(m) - 1 / m - np.outer(x_hat[:, j], x_hat[:, j]) / m
        dx[:, j] = gamma[j] * scale[j] * (jacobian @ dout[:, j])
    return [dx, np.einsum("ij,ij->j", dout, x_hat), np.sum(dout, axis=0)]


# %% accepted="difference form of the running statistics" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), np.mean((x - x.mean(axis=0)) ** 2, axis=0)
        state["mean"] += (1 - momentum) * (mean - state["mean"])
        state["var"] += (1 - momentum) * (var - state["var"])
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% accepted="keeps the input and computes again" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x, gamma, eps)


def batchnorm_backward(dout, cache):
    x, gamma, eps = cache
    dout = np.asarray(dout, dtype=float)
    scale = (x.var(axis=0) + eps) ** -0.5
    x_hat = (x - x.mean(axis=0)) * scale
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    return gamma * scale / len(x) * (len(x) * dout - dbeta - x_hat * dgamma), dgamma, dbeta


# %% accepted="copies into the arrays of state" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        np.copyto(state["mean"], momentum * state["mean"] + (1 - momentum) * mean)
        state["var"][:] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% accepted="textbook: the formula of the text" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][:] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][:] = momentum * state["var"] + (1 - momentum) * var
    else:
        mean, var = state["mean"], state["var"]
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    m = dout.shape[0]
    dgamma, dbeta = np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    dx = gamma / std / m * (m * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


# %% accepted="textbook, step by step: back through every node" exercise="batchnorm"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    cache = None
    if training:
        mu = np.mean(x, axis=0)
        xmu = x - mu
        var = np.mean(xmu**2, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        state["mean"] *= momentum
        state["mean"] += (1 - momentum) * mu
        state["var"] *= momentum
        state["var"] += (1 - momentum) * var
        cache = {"xhat": xhat, "gamma": gamma, "xmu": xmu, "ivar": ivar, "sqrtvar": sqrtvar}
    else:
        xhat = (x - state["mean"]) / np.sqrt(state["var"] + eps)
        out = gamma * xhat + beta
    return out, cache


def batchnorm_backward(dout, cache):
    N, D = dout.shape
    # scale and shift
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * cache["xhat"], axis=0)
    dxhat = dout * cache["gamma"]
    # the quotient
    divar = np.sum(dxhat * cache["xmu"], axis=0)
    dxmu1 = dxhat * cache["ivar"]
    dsqrtvar = -1.0 / (cache["sqrtvar"] ** 2) * divar
    # the variance
    dvar = 0.5 * cache["ivar"] * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * cache["xmu"] * dsq
    # the mean
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta


# %% [markdown]
# ## gain


# %% mistake="root missing" exercise="gain" breaks=["value"]
# Your function gives 1/4 for f(z) = 2z, where the docstring shows 0.5: your result is
# the square of the gain. The gain multiplies z itself, not its square. Which step of
# the formula is missing?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(f(rng.normal(size=n)) ** 2)


# %% mistake="the root itself" exercise="gain" breaks=["value"]
# Your function gives 2 for f(z) = 2z, where the docstring shows 0.5: your result is
# large where f makes the signal large. The gain must undo what f does. What does the
# formula do with the root?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="mean of absolute values" exercise="gain" breaks=["value"]
# Your function averages the sizes |f(z)|: for the identity it gives about 1.25, where
# the text finds 1. In which order do the square, the mean and the root come in the
# formula?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(np.abs(f(rng.normal(size=n))))


# %% mistake="variance instead of the second moment" exercise="gain" breaks=["value"]
# Your function takes the spread of f(z) around its mean: for f(z) = z + 1 it gives 1,
# where the text finds 1/sqrt(2). What ReLU gives has a mean above 0 too. Does
# E[f(z)^2] subtract a mean?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.std(f(rng.normal(size=n)))


# %% mistake="square of the mean" exercise="gain" breaks=["value"]
# Your function takes the mean of f(z) first and squares it after that: for the
# identity and for tanh this mean is near 0, and your gain is huge. Which comes first
# in E[f(z)^2], the square or the mean?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n))) ** 2)


# %% mistake="square forgotten" exercise="gain" breaks=["value"]
# Your function takes the mean of f(z) itself: for the identity and for tanh positive
# and negative values cancel, and your result is huge or nan. Of which quantity does
# the formula take the mean?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    with np.errstate(invalid="ignore"):
        return 1 / np.sqrt(np.mean(f(rng.normal(size=n))))


# %% mistake="ratio of the deviations" exercise="gain" breaks=["value"]
# Your function takes the spread of f(z) around its mean: for f(z) = z + 1 it gives 1,
# where the text finds 1/sqrt(2). What ReLU gives has a mean above 0 too. Does
# E[f(z)^2] subtract a mean?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    z = rng.normal(size=n)
    return np.std(z) / np.std(f(z))


# %% mistake="no generator of its own" exercise="gain" breaks=["value"]
# Without the argument rng your function raises an error: rng is None then, and None
# draws no numbers. The docstring says what None stands for. Where can your function
# get a generator from in this case?
def gain(f, n=200_000, rng=None):
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="squares z" exercise="gain" breaks=["value"]
# Your function squares z before f gets it, so f never sees a negative number: for
# f(z) = 2z it gives about 0.71 instead of 0.5. Which of the two is squared in
# E[f(z)^2], z or what f gives?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n) ** 2)))


# %% mistake="uniform numbers" exercise="gain" breaks=["value"]
# Your function gives about 1.73 for the identity, where the text finds 1: the numbers
# that you draw have the mean square 1/3, and none of them lies beyond 1. From which
# distribution does z come?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-1, 1, size=n)) ** 2))


# %% mistake="uniform numbers with variance 1" exercise="gain" breaks=["value"]
# Your z have mean 0 and variance 1, so the identity and ReLU come out right. But none
# of them lies beyond 1.74, and the mean of z^4 is 1.8, where a standard normal z has
# 3. From which distribution do you draw?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-np.sqrt(3), np.sqrt(3), size=n)) ** 2))


# %% mistake="a grid without the density" exercise="gain" breaks=["value"]
# Your function counts all z of its range alike: values near 4 weigh as much as values
# near 0, and the identity does not get the gain 1. How often does a standard normal z
# lie near 4, and where does your mean say so?
def gain(f, n=200_000, rng=None):
    z = np.linspace(-5, 5, n)
    return 1 / np.sqrt(np.mean(f(z) ** 2))


# %% mistake="the density is not normed" exercise="gain" breaks=["value"]
# Your results are all too small by the same factor: the identity gets about 0.63
# instead of 1. The weights of your z have the right proportions. What do they add up
# to, and what should f(z) = 1 give?
def gain(f, n=200_000, rng=None):
    z = np.linspace(-8, 8, 20_001)
    return 1 / np.sqrt(np.trapezoid(f(z) ** 2 * np.exp(-(z**2) / 2), z))


# %% mistake="half of the numbers" exercise="gain" breaks=["value"]
# Your f never sees a negative z: ReLU gets the gain 1, as if it changed nothing,
# where the text finds the root of 2. How often is a standard normal z negative, and
# what does ReLU make of these numbers?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(np.abs(rng.normal(size=n))) ** 2))


# %% mistake="too few samples" exercise="gain" breaks=["value"] recognisable=false
# Your result changes from call to call by several per cent, because it comes from few
# samples. The error of a mean of n samples is about 1/sqrt(n). How many does your
# function draw, and how many does an error of 1 % need?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=100)) ** 2))


# %% mistake="the gain of ReLU for all" exercise="gain" breaks=["value"]
# Your result is the root of 2, whatever f is. That is the gain of ReLU: the identity
# should get 1, and f(z) = 2z should get 0.5. Where in your function do the values of
# f come in?
def gain(f, n=200_000, rng=None):
    return np.sqrt(2)


# %% mistake="relative to the root of 2" exercise="gain" breaks=["value"]
# Your results are all too large by the same factor, the root of 2: the identity gets
# 1.41, where the text finds 1. Which number stands in the numerator of the formula,
# and to which activation does the 2 belong?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(2 / np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="gain of the slope" exercise="gain" breaks=["value"]
# Your result is about the slope of f: for ReLU it agrees with the gain, but for f(z)
# = z + 1 it gives 1, where the text finds 1/sqrt(2). Which of the two goes forward to
# the next layer, f(z) or its slope?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    z = rng.normal(size=n)
    return 1 / np.sqrt(np.mean(((f(z + 1e-5) - f(z - 1e-5)) / 2e-5) ** 2))


# %% accepted="by quadrature of scipy" exercise="gain"
def gain(f, n=200_000, rng=None):
    def weighted(z):
        return float(f(np.array(z))) ** 2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    below, _ = integrate.quad(weighted, -10, 0, limit=200)
    above, _ = integrate.quad(weighted, 0, 10, limit=200)
    return 1 / np.sqrt(below + above)


# %% accepted="by a sum over a grid" exercise="gain"
def gain(f, n=200_000, rng=None):
    z = np.linspace(-8, 8, n)
    weight = np.exp(-0.5 * z**2)
    return np.sqrt(weight.sum() / (weight * f(z) ** 2).sum())


# %% accepted="by nodes of Gauss and Hermite" exercise="gain"
def gain(f, n=200_000, rng=None):
    z, weight = np.polynomial.hermite_e.hermegauss(180)
    return (weight @ f(z) ** 2 / weight.sum()) ** -0.5


# %% accepted="antithetic samples" exercise="gain"
def gain(f, n=200_000, rng=None):
    if rng is None:
        rng = np.random.default_rng()
    z = rng.standard_normal(n)
    squares = (f(z) ** 2 + f(-z) ** 2) / 2
    return float(squares.mean() ** -0.5)


# %% accepted="textbook: one line" exercise="gain"
def gain(f, n=200_000, rng=None):
    return 1 / np.sqrt((f((rng or np.random.default_rng()).standard_normal(n)) ** 2).mean())


# %% accepted="textbook, step by step: second moment first" exercise="gain"
def gain(f, n=200_000, rng=None):
    if rng is None:
        rng = np.random.default_rng()
    z = rng.normal(0, 1, n)
    a = f(z)
    second_moment = np.sum(a * a) / n
    return 1.0 / np.sqrt(second_moment)


# %% [markdown]
# ## layernorm


# %% mistake="statistics over the examples" exercise="layernorm" breaks=["value", "gradient"]
# Your function normalizes each unit over the examples, as batch normalization does: a
# row gets another result alone than among others. By the text, the statistics belong
# to one example. Which axis of x holds its units?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="statistics over everything" exercise="layernorm" breaks=["value", "gradient"]
# Your function takes one mean and one variance over all entries of x: a row gets
# another result alone than among others. By the text, the statistics belong to one
# example. How many means does a batch of m examples have?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var() + eps)
    x_hat = (x - x.mean()) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="axis 1 for all ranks" exercise="layernorm" breaks=["value", "gradient"]
# With one or two axes your result is right. With three axes, of shape (a, b, n), your
# function takes the statistics over the middle axis, so vectors of different rows
# mix. Which axis holds the units, whatever the number of axes?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    axis = 1 if x.ndim > 1 else 0
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="no keepdims" exercise="layernorm" breaks=["value", "gradient"]
# Your means of the rows have lost an axis: for a square x they are subtracted along
# the wrong axis, and most other shapes of x give an error. Which shape must the means
# have, so that each row gets its own?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1), x.var(axis=-1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="sample variance" exercise="layernorm" breaks=["value", "gradient"]
# Your variances are a little too large: your function divides by one less than the
# number of units, and for a row of one unit that is a division by 0. Which number
# does the formula for v divide by?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True, ddof=1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps outside of the root" exercise="layernorm" breaks=["value", "gradient"]
# Your function takes the root of the variance first and adds eps after it: for v = 1
# and eps = 3 it divides by 4, where the text divides by 2. Where in the formula does
# eps stand?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, std = x.mean(axis=-1, keepdims=True), x.std(axis=-1, keepdims=True)
    scale = 1 / (std + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps fixed" exercise="layernorm" breaks=["value", "gradient"]
# Your result is the same for every value of eps: in the example by hand, with eps =
# 3, you get nearly (-3, 2), where the text finds (-1, 1). Where does the argument eps
# come into your function?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + 1e-5)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="divides by the variance" exercise="layernorm" breaks=["value", "gradient"]
# Your function divides by the variance plus eps: for v = 1 and eps = 3 by 4, where
# the text divides by 2. If x is ten times as large, your x_hat is about ten times as
# small. What should happen to x_hat then, and which step is missing?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / (var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="forgets gamma and beta" exercise="layernorm" breaks=["value"]
# Your function returns x_hat itself: other values of gamma and beta change nothing in
# your result. In the example by hand x_hat is (-1/2, 1/2), and out is (-1, 1). What
# comes after the normalization?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return x_hat, (x_hat, scale, gamma)


# %% mistake="beta inside of the scale" exercise="layernorm" breaks=["value"]
# Your function multiplies beta by gamma as well: in the example by hand the first
# unit gets 2 instead of -1. Which part of the output does gamma multiply, by the
# formula of the text?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * (x_hat + beta), (x_hat, scale, gamma)


# %% mistake="difference of large squares" exercise="layernorm" breaks=["value"]
# For large x with a small spread your variance has hardly a correct digit: your
# function subtracts two nearly equal large numbers, a mean of squares and the square
# of a mean. What does the formula for v subtract, and before or after the square?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = np.maximum((x**2).mean(axis=-1, keepdims=True) - mean**2, 0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="normalizes in place" exercise="layernorm" breaks=["value", "gradient"]
# Your result is right, but after the call the caller's x holds normalized numbers:
# your function writes into the array that it gets. The caller still needs the old x.
# How do you get x_hat without changing x?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x -= x.mean(axis=-1, keepdims=True)
    x *= scale
    return gamma * x + beta, (x, scale, gamma)


# %% mistake="mean and variance as constants" exercise="layernorm" breaks=["gradient"]
# Your dx treats mean and variance as fixed numbers: its rows do not add up to 0. If
# one entry of x changes, both statistics of its row change too. Which two means come
# into dx through these paths?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    return scale * dout * gamma, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the mean missing" exercise="layernorm" breaks=["gradient"]
# A shift of all units of an example changes nothing in its output, so the entries of
# each row of dx must add up to 0. Yours do not. Which of the two statistics moves
# with such a shift, and where is its path in your dx?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the variance missing" exercise="layernorm" breaks=["gradient"]
# The rows of your dx add up to 0, so the path through the mean is there. But each
# entry of x acts on the scale as well. What does a larger variance do to every x_hat
# of the row, and which term says so?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="x_hat missing before the second mean" exercise="layernorm" breaks=["gradient"]
# In your dx the mean of d * x_hat is subtracted from all units alike: the rows of dx
# do not add up to 0. A change of the scale acts most on the units that lie far from
# the mean. How much of this mean comes back to each unit?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means of dx over the examples" exercise="layernorm" breaks=["gradient"]
# On the way back your function takes the means over an axis of examples, not of
# units: the rows of dx do not add up to 0. The forward pass takes mean and variance
# of one example. Over which axis do the means in dx run, then?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.mean(axis=rows) - x_hat * (d * x_hat).mean(axis=rows))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="the way back of batch normalization" exercise="layernorm" breaks=["gradient"]
# On the way back your function takes the means over an axis of examples, not of
# units: the rows of dx do not add up to 0. The forward pass takes mean and variance
# of one example. Over which axis do the means in dx run, then?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means of dx over the first axis" exercise="layernorm" breaks=["gradient"]
# On the way back your function takes the means over an axis of examples, not of
# units: the rows of dx do not add up to 0. The forward pass takes mean and variance
# of one example. Over which axis do the means in dx run, then?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma forgotten in dx" exercise="layernorm" breaks=["gradient"]
# Your dx is the same for every gamma: it is right where gamma is 1, and there alone.
# The output depends on x_hat through gamma. What does the gradient of the output pass
# first on its way back to x?
def layernorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma after the means" exercise="layernorm" breaks=["gradient"]
# Your function multiplies by gamma after the means: where all gamma are equal nobody
# sees it, but where they differ, the rows of your dx do not add up to 0. On the way
# back from out, what comes first, gamma or the normalization?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    inner = dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return gamma * scale * inner, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="forgets the scale in dx" exercise="layernorm" breaks=["gradient"]
# Your dx does not depend on how widely x is spread: for x ten times as large it stays
# the same, although each entry of x then acts only a tenth as much on x_hat. By which
# factor does the normalization multiply x?
def layernorm_backward(dout, cache):
    x_hat, _, gamma = cache
    d = dout * gamma
    dx = d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="sums where means belong" exercise="layernorm" breaks=["gradient"]
# In your dx both sums count in full: the more terms they have, the more they outweigh
# the first term, and your dx does not add up to 0. Which factor stands before such a
# sum in the formulas of the text?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.sum(axis=-1, keepdims=True) - x_hat * (d * x_hat).sum(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="dgamma without x_hat" exercise="layernorm" breaks=["gradient"]
# Your dgamma is the same as your dbeta: it adds up the upstream gradient as it is.
# The output is gamma * x_hat + beta. What is its slope with respect to beta, and what
# is its slope with respect to gamma?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, dout.sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma in dgamma" exercise="layernorm" breaks=["gradient"]
# Your dgamma has one factor gamma too many: for a gamma twice as large it is twice as
# large, and for gamma = 0 it is 0. What is the slope of gamma * x_hat with respect to
# gamma, and does gamma itself stand in it?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (d * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="divides by 2 whatever the number of units" exercise="layernorm" breaks=["gradient"]
# Your dx is right for rows of two units, as in the example by hand, and wrong for
# other lengths: your two sums are divided by 2 all the same. By which number does a
# mean over a row divide?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.sum(axis=-1, keepdims=True) / 2 - x_hat * (d * x_hat).sum(axis=-1, keepdims=True) / 2)
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="the scale of the first row for all" exercise="layernorm" breaks=["gradient"]
# Your dx is right for the first row: all other rows are multiplied by the scale of
# the first one too. Each example has a variance of its own. Which shape must the
# scale have, so that each row gets its own?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    scale = scale.ravel()[0]
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="dgamma and dbeta for two or three axes alone" exercise="layernorm" breaks=["gradient"]
# Your dgamma and dbeta have the shape (n,) for some numbers of axes alone: where x
# has more axes than that, some of them are left over in the result. All rows share
# gamma and beta. Over which axes do their contributions add up?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = {1: (), 2: 0}.get(dout.ndim, (0, 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means for dgamma and dbeta" exercise="layernorm" breaks=["gradient"]
# Your dgamma and dbeta are means over the rows: for a batch in which each row stands
# twice they stay the same. All rows share one gamma and one beta. What happens to the
# contributions of the rows to a shared parameter?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).mean(axis=rows), dout.mean(axis=rows)


# %% mistake="dgamma and dbeta over the first axis alone" exercise="layernorm" breaks=["gradient"]
# Your dgamma and dbeta have the shape (n,) for some numbers of axes alone: where x
# has more axes than that, some of them are left over in the result. All rows share
# gamma and beta. Over which axes do their contributions add up?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma and dbeta row by row" exercise="layernorm" breaks=["gradient"]
# Your dgamma and dbeta have the shape of dout, so each row has gradients of its own.
# The docstring asks for (n,): all rows share one gamma and one beta. What happens to
# the contributions of the rows to a shared parameter?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, dout * x_hat, dout


# %% mistake="one cache for all passes" exercise="layernorm" breaks=["gradient"]
# Your pass back uses the numbers of the last forward pass, whichever cache it gets:
# after a forward pass with another batch, the gradients of the first one are wrong.
# Which result of a forward pass can carry what belongs to it?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    layernorm_forward.kept = (x_hat, scale, gamma)
    return gamma * x_hat + beta, None


def layernorm_backward(dout, cache):
    x_hat, scale, gamma = layernorm_forward.kept
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="the pass back changes the cache" exercise="layernorm" breaks=["gradient"]
# Two calls of your pass back with the same cache can give different results: the
# first call changes an array that the cache holds. Which of your steps writes into an
# array instead of making a new one?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dgamma = (dout * x_hat).sum(axis=rows)
    x_hat *= (d * x_hat).mean(axis=-1, keepdims=True)
    return scale * (d - d.mean(axis=-1, keepdims=True) - x_hat), dgamma, dout.sum(axis=rows)


# %% mistake="writes into dout" exercise="layernorm" breaks=["gradient"]
# Your gradients are right, but after the call the caller's dout holds other numbers:
# your function writes into the array that it gets. Other layers may still need it.
# Which step changes dout, and how can it make a new array?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    dgamma, dbeta = (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)
    dout *= gamma
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="layernorm" breaks=["gradient"]
# Where gamma is 0 your gradients are not numbers: the pass back divides by gamma to
# get x_hat again, and 0/0 is nan. Which value can the forward pass keep, so that no
# division is needed?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    scaled = gamma * (x - mean) * scale
    return scaled + beta, (scaled, scale, gamma)


def layernorm_backward(dout, cache):
    scaled, scale, gamma = cache
    x_hat, d = scaled / gamma, dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% accepted="step by step through the graph" exercise="layernorm"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    centred = x - mean
    root = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + eps)
    return gamma * (centred / root) + beta, {"centred": centred, "root": root, "gamma": gamma}


def layernorm_backward(dout, cache):
    centred, root, n = cache["centred"], cache["root"], dout.shape[-1]
    dx_hat = dout * cache["gamma"]
    dvar = (dx_hat * centred).sum(axis=-1, keepdims=True) * -0.5 * root**-3
    dmean = -dx_hat.sum(axis=-1, keepdims=True) / root
    dx = dx_hat / root + dvar * 2 * centred / n + dmean / n
    rows = (-1, dout.shape[-1])
    return dx, (dout * centred / root).reshape(rows).sum(axis=0), dout.reshape(rows).sum(axis=0)


# %% accepted="by the Jacobian of each row" exercise="layernorm"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    n = x.shape[-1]
    flat = x.reshape(-1, n)
    scale = (flat.var(axis=1) + eps) ** -0.5
    x_hat = (flat - flat.mean(axis=1)[:, None]) * scale[:, None]
    return (gamma * x_hat + beta).reshape(x.shape), [x_hat, scale, gamma]


def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    n = dout.shape[-1]
    flat = dout.reshape(-1, n)
    dx = np.empty_like(flat, dtype=float)
    for i, row in enumerate(flat):
        jacobian = scale[i] * (np.eye(n) - 1 / n - np.outer(x_hat[i], x_hat[i]) / n)
        dx[i] = jacobian @ (gamma * row)
    return dx.reshape(dout.shape), np.einsum("ij,ij->j", flat, x_hat), flat.sum(axis=0)


# %% accepted="keeps the input and computes again" exercise="layernorm"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    x_hat = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    return gamma * x_hat + beta, (x.copy(), gamma, eps)


def layernorm_backward(dout, cache):
    x, gamma, eps = cache
    scale = (x.var(-1, keepdims=True) + eps) ** -0.5
    x_hat = (x - x.mean(-1, keepdims=True)) * scale
    d = dout * gamma
    dx = scale * (d - d.mean(-1, keepdims=True) - x_hat * (d * x_hat).mean(-1, keepdims=True))
    flat = dout.reshape(-1, dout.shape[-1])
    return dx, (flat * x_hat.reshape(flat.shape)).sum(0), flat.sum(0)


# %% accepted="textbook: the formula of the text" exercise="layernorm"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def layernorm_backward(dout, cache):
    x_hat, gamma, std = cache
    n = dout.shape[-1]
    d = dout * gamma
    dx = (n * d - d.sum(axis=-1, keepdims=True) - x_hat * (d * x_hat).sum(axis=-1, keepdims=True)) / (n * std)
    axes = tuple(range(dout.ndim - 1))
    return dx, np.sum(dout * x_hat, axis=axes), np.sum(dout, axis=axes)


# %% accepted="textbook, step by step: back through every node" exercise="layernorm"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, axis=-1, keepdims=True)
    xmu = x - mu
    var = np.mean(xmu**2, axis=-1, keepdims=True)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, {"xhat": xhat, "gamma": gamma, "xmu": xmu, "ivar": ivar, "sqrtvar": sqrtvar}


def layernorm_backward(dout, cache):
    D = dout.shape[-1]
    # scale and shift
    dbeta = np.sum(dout.reshape(-1, D), axis=0)
    dgamma = np.sum((dout * cache["xhat"]).reshape(-1, D), axis=0)
    dxhat = dout * cache["gamma"]
    # the quotient
    divar = np.sum(dxhat * cache["xmu"], axis=-1, keepdims=True)
    dxmu1 = dxhat * cache["ivar"]
    dsqrtvar = -1.0 / (cache["sqrtvar"] ** 2) * divar
    # the variance
    dvar = 0.5 * cache["ivar"] * dsqrtvar
    dxmu2 = 2 * cache["xmu"] * dvar / D
    # the mean
    dx1 = dxmu1 + dxmu2
    dmu = -np.sum(dx1, axis=-1, keepdims=True)
    return dx1 + dmu / D, dgamma, dbeta


# %% [markdown]
# ## residual


# %% mistake="no skip path" exercise="residual" breaks=["value"]
# Your block gives F(x) alone: with weights and biases of 0 it gives 0, and in the
# example by hand (6.5, -3), where the text finds (7.5, -1). Which part of the sum is
# missing?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="no ReLU" exercise="residual" breaks=["value", "gradient"]
# Your block lets negative values through to the second layer: in the example by hand
# it gives (4.5, -5), where the text finds (7.5, -1). What becomes of the -1 in Z
# before the second layer receives it?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    return x + Z @ W2.T + b2, (x, Z, Z, W1, W2)


# %% mistake="a ReLU behind the sum" exercise="residual" breaks=["value"]
# Your output is never negative: where the sum of x and F(x) is below 0, your block
# gives 0. In the example by hand the second entry is -1. Where in the formula does
# the ReLU stand?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return np.maximum(0, x + A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="a ReLU behind the second layer" exercise="residual" breaks=["value"]
# Your block never adds a negative change: in the example by hand F(x) is (6.5, -3),
# and yours is (6.5, 0). Behind which of the two layers does the ReLU stand in the
# formula of F?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + np.maximum(0, A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="weights not transposed" exercise="residual" breaks=["value", "gradient"]
# Your block takes the weights as they stand: for h different from n that gives an
# error, and for square weights wrong numbers. Each row of W1 belongs to one unit of
# the inner layer. Which axis of W1 has the length of a row of x?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1 + b1
    A = np.maximum(0, Z)
    return x + A @ W2 + b2, (x, Z, A, W1, W2)


# %% mistake="forgets b2" exercise="residual" breaks=["value"]
# Your output does not depend on b2: in the example by hand its first entry is 7
# instead of 7.5. Both layers of the block have biases. At which point of the formula
# does the second one come in?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + A @ W2.T, (x, Z, A, W1, W2)


# %% mistake="adds what the ReLU gives" exercise="residual" breaks=["value"]
# Where the inner layer is as wide as x, your skip path carries what the ReLU gives:
# in the example by hand you add (3, 0) to F(x) instead of (1, 2). At which point of
# the block does the skip path begin?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    skip = A if A.shape == x.shape else x
    return skip + A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="adds x in place" exercise="residual" breaks=["gradient", "purity"]
# After the call the caller's x holds the output: your function adds into the array
# that it gets, and the x in the cache changes with it, so that dW1 comes out wrong.
# How do you form the sum without changing x?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    x += A @ W2.T + b2
    return x, (x, Z, A, W1, W2)


# %% mistake="skip path forgotten on the way back" exercise="residual" breaks=["gradient"]
# Your dx is only what comes back through F: with weights of 0 no gradient arrives,
# and in the example by hand it is (3, 3) instead of (4, 2). Which second way leads
# from out back to x, and what is its slope?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="the skip path alone" exercise="residual" breaks=["gradient"]
# Your dx is dout itself, whatever the weights are: in the example by hand it is (1,
# -1) instead of (4, 2). The skip path is there. Which second way leads from out back
# to x?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the ReLU missing" exercise="residual" breaks=["gradient"]
# Your function lets the gradient through where the ReLU is off: in the example by
# hand the inner gradient stays (3, -1), where the text goes on with (3, 0). What is
# the slope of the ReLU where its input is negative?
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = dout @ W2
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="slope 1 at the kink" exercise="residual" breaks=["gradient"]
# Where Z is exactly 0, your function lets the gradient through: there it takes 1 for
# the slope of the ReLU. Which slope does this course agree on at 0, as in relu_prime,
# and how do you ask for it?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z >= 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the gradient instead of Z" exercise="residual" breaks=["gradient"]
# Your function keeps the positive gradients and sets the negative ones to 0; in the
# example by hand that agrees by chance. Whether a unit is on does not depend on the
# gradient. Which values of the forward pass tell it?
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = np.maximum(0, dout @ W2)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="multiplies by A instead of its slope" exercise="residual" breaks=["gradient"]
# Your function multiplies by what the ReLU gives: in the example by hand the inner
# gradient becomes (9, 0), where the text goes on with (3, 0). Which two values can
# the slope of the ReLU have?
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = (dout @ W2) * A
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="skip path into the branch" exercise="residual" breaks=["gradient"]
# Your branch gets twice the gradient: in the example by hand dx is (7, 5) instead of
# (4, 2), and dW1 and db1 are twice as large as they should be. At which point do the
# two ways add up, and what enters the branch?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (2 * dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="dW2 from Z" exercise="residual" breaks=["gradient"]
# Your dW2 has entries for units that are off: in the example by hand its second
# column is (-1, 1), where it should be 0. Which values does the second layer receive
# in the forward pass?
def residual_backward(dout, cache):
    x, Z, _, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ Z, "b2": dout.sum(axis=0)}


# %% mistake="means for the biases" exercise="residual" breaks=["gradient"]
# Your db1 and db2 are means over the examples: for a batch in which each example
# stands twice they stay the same. Where a loss is a mean, dout holds the factor 1/m
# already. What happens to the contributions of the examples to a shared bias?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.mean(axis=0), "W2": dout.T @ A, "b2": dout.mean(axis=0)}


# %% mistake="dW transposed" exercise="residual" breaks=["gradient"]
# Your dW1 and dW2 have rows and columns exchanged: their shapes are (n, h) and (h,
# n). A gradient has the shape of its parameter. In which order must the two factors
# of the product stand, and which of them is transposed?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": x.T @ dZ, "b1": dZ.sum(axis=0), "W2": A.T @ dout, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place" exercise="residual" breaks=["gradient", "purity"]
# After the call the caller's dout holds another gradient: your function adds into the
# array that it gets. Other layers may still need it, and so may later steps of your
# function. How do you form the sum without changing dout?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    dout += dZ @ W1
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place at the end" exercise="residual" breaks=["purity"]
# After the call the caller's dout holds another gradient: your function adds into the
# array that it gets. Other layers may still need it, and so may later steps of your
# function. How do you form the sum without changing dout?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    grads = {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    dout += dZ @ W1
    return dout, grads


# %% mistake="one cache for all passes" exercise="residual" breaks=["gradient"]
# Your pass back uses the numbers of the last forward pass, whichever cache it gets:
# after a forward pass with another batch, the gradients of the first one are wrong.
# Which result of a forward pass can carry what belongs to it?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    residual_forward.kept = (x, Z, A, W1, W2)
    return x + A @ W2.T + b2, None


def residual_backward(dout, cache):
    x, Z, A, W1, W2 = residual_forward.kept
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="the pass back changes the cache" exercise="residual" breaks=["gradient"]
# Two calls of your pass back with the same cache can give different results: the
# first call changes an array that the cache holds. Which of your steps writes into an
# array instead of making a new one?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    Z[...] = (dout @ W2) * (Z > 0)
    grads = {"W1": Z.T @ x, "b1": Z.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    return dout + Z @ W1, grads


# %% mistake="uses the cache up" exercise="residual" breaks=["gradient"]
# A second call of your pass back with the same cache fails: the first call has taken
# everything out of it. The cache belongs to the forward pass and may be used again.
# How do you read values without removing them?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + A @ W2.T + b2, [x, Z, A, W1, W2]


def residual_backward(dout, cache):
    W2, W1, A, Z, x = (cache.pop() for _ in range(5))
    dZ = (dout @ W2) * (Z > 0)
    grads = {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    return dout + dZ @ W1, grads


# %% accepted="mask by what the ReLU gave" exercise="residual"
def residual_forward(x, W1, b1, W2, b2):
    A = np.where(x @ W1.T + b1 > 0, x @ W1.T + b1, 0.0)
    return x + (A @ W2.T + b2), {"x": x, "A": A, "W1": W1, "W2": W2}


def residual_backward(dout, cache):
    dZ = np.where(cache["A"] > 0, dout @ cache["W2"], 0.0)
    grads = {"b2": dout.sum(axis=0), "W2": dout.T @ cache["A"], "b1": dZ.sum(axis=0), "W1": dZ.T @ cache["x"]}
    return dZ @ cache["W1"] + dout, grads


# %% accepted="keeps the input and computes again" exercise="residual"
def residual_forward(x, W1, b1, W2, b2):
    return x + relu(np.dot(x, W1.T) + b1).dot(W2.T) + b2, (x, W1, b1, W2)


def residual_backward(dout, cache):
    x, W1, b1, W2 = cache
    Z = np.dot(x, W1.T) + b1
    dZ = np.dot(dout, W2) * relu_prime(Z)
    ones = np.ones(len(x))
    return dout + np.dot(dZ, W1), {
        "W1": np.dot(dZ.T, x),
        "b1": ones @ dZ,
        "W2": np.dot(dout.T, relu(Z)),
        "b2": ones @ dout,
    }


# %% accepted="example by example" exercise="residual"
def residual_forward(x, W1, b1, W2, b2):
    out = np.empty(x.shape)
    for i, row in enumerate(x):
        out[i] = row + W2 @ np.maximum(W1 @ row + b1, 0) + b2
    return out, (x, W1, b1, W2)


def residual_backward(dout, cache):
    x, W1, b1, W2 = cache
    dx, dW1, dW2 = np.empty(x.shape), np.zeros(W1.shape), np.zeros(W2.shape)
    db1, db2 = np.zeros(len(W1)), np.zeros(len(W2))
    for i, (up, row) in enumerate(zip(dout, x)):
        z = W1 @ row + b1
        dz = (W2.T @ up) * (z > 0)
        dx[i] = up + W1.T @ dz
        dW1 += np.outer(dz, row)
        dW2 += np.outer(up, np.maximum(z, 0))
        db1, db2 = db1 + dz, db2 + up
    return dx, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


# %% accepted="textbook: one line a gradient" exercise="residual"
def residual_forward(x, W1, b1, W2, b2):
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    return x + h @ W2.T + b2, (x, z, h, W1, W2)


def residual_backward(dout, cache):
    x, z, h, W1, W2 = cache
    dW2, db2 = dout.T @ h, dout.sum(axis=0)
    dz = dout @ W2
    dz[z <= 0] = 0
    dW1, db1 = dz.T @ x, dz.sum(axis=0)
    return dz @ W1 + dout, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


# %% accepted="textbook, step by step: two layers" exercise="residual"
def affine_back(d, a, W):
    return d @ W, d.T @ a, np.sum(d, axis=0)


def residual_forward(x, W1, b1, W2, b2):
    z1 = x @ W1.T + b1
    a1 = z1 * (z1 > 0)
    z2 = a1 @ W2.T + b2
    cache = {"x": x, "z1": z1, "a1": a1, "W1": W1, "W2": W2}
    return z2 + x, cache


def residual_backward(dout, cache):
    grads = {}
    da1, grads["W2"], grads["b2"] = affine_back(dout, cache["a1"], cache["W2"])
    dz1 = da1 * (cache["z1"] > 0).astype(float)
    dx, grads["W1"], grads["b1"] = affine_back(dz1, cache["x"], cache["W1"])
    dx = dx + dout
    return dx, grads
