# Known mistakes and accepted variants of 05_depth.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np
from scipy import integrate

# %% [markdown]
# ## gradient-norms


# %% mistake="biases too" exercise="gradient-norms" breaks=["value"]
# Weights only.
def layer_gradient_norms(grads):
    n = len(grads) // 2
    return np.array(
        [math.hypot(np.linalg.norm(grads[f"W{i}"]), np.linalg.norm(grads[f"b{i}"])) for i in range(1, n + 1)]
    )


# %% mistake="no root" exercise="gradient-norms" breaks=["value"]
# The norm of twice the gradient is twice the norm.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(g**2) for g in weights])


# %% mistake="spectral norm" exercise="gradient-norms" breaks=["value"]
# The largest singular value is another norm.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, 2) for g in weights])


# %% mistake="mean square" exercise="gradient-norms" breaks=["value"]
# A sum of squares, not their mean.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.mean(g**2)) for g in weights])


# %% mistake="sum of absolute values" exercise="gradient-norms" breaks=["value"]
# Squares, then the root.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(np.abs(g)) for g in weights])


# %% mistake="largest entry" exercise="gradient-norms" breaks=["value"]
# All entries count.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.max(np.abs(g)) for g in weights])


# %% mistake="adds a constant" exercise="gradient-norms" breaks=["value"]
# A gradient of 0 has the norm 0.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.sum(g**2) + 1e-8) for g in weights])


# %% mistake="norm of each row" exercise="gradient-norms" breaks=["value"]
# One number for each layer.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, axis=1).max() for g in weights])


# %% mistake="last layer first" exercise="gradient-norms" breaks=["value"]
# First layer first.
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g) for g in weights[::-1]])


# %% mistake="without the last layer" exercise="gradient-norms" breaks=["value"]
# How many layers are there?
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n)]
    return np.array([np.linalg.norm(g) for g in weights])


# %% mistake="sorts the names" exercise="gradient-norms" breaks=["value"]
# Sorted as words, W10 comes before W2.
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(grads[k], dtype=float)) for k in sorted(grads) if k.startswith("W")])


# %% mistake="order of the dict" exercise="gradient-norms" breaks=["value"]
# A dict may list its keys in any order.
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(g, dtype=float)) for k, g in grads.items() if k.startswith("W")])


# %% mistake="empties the dict" exercise="gradient-norms" breaks=["value"]
# grads belongs to the caller.
def layer_gradient_norms(grads):
    norms = []
    while f"W{len(norms) + 1}" in grads:
        norms.append(np.linalg.norm(np.asarray(grads.pop(f"W{len(norms) + 1}"), dtype=float)))
    return np.array(norms)


# %% mistake="norm of the sums of the columns" exercise="gradient-norms" breaks=["value"]
# Square each entry before anything is added up.
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
# A unit is dead if it is off for every example, not for some.
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).mean())


# %% mistake="off for any example" exercise="dead-units" breaks=["value"]
# A unit that is on for one example is alive.
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).any(axis=0).mean())


# %% mistake="counts examples" exercise="dead-units" breaks=["value"]
# Units are the columns: over which axis does all() go?
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all(axis=1).mean())


# %% mistake="zero counts as alive" exercise="dead-units" breaks=["value"]
# At exactly 0 the unit gives 0 and its slope is 0.
def dead_fraction(Z):
    return float((np.asarray(Z) < 0).all(axis=0).mean())


# %% mistake="a count, no share" exercise="dead-units" breaks=["value"]
# A share lies between 0 and 1: divide by the number of units.
def dead_fraction(Z):
    return int((np.asarray(Z) <= 0).all(axis=0).sum())


# %% mistake="divides by the examples" exercise="dead-units" breaks=["value"]
# Divide by the number of units, not of examples.
def dead_fraction(Z):
    Z = np.asarray(Z)
    return float((Z <= 0).all(axis=0).sum() / Z.shape[0])


# %% mistake="share of living units" exercise="dead-units" breaks=["value"]
# Dead, not alive: the two shares add up to 1.
def dead_fraction(Z):
    return float((np.asarray(Z) > 0).any(axis=0).mean())


# %% mistake="looks at the mean" exercise="dead-units" breaks=["value"]
# A unit with a negative mean can still be on for some examples.
def dead_fraction(Z):
    return float((np.asarray(Z, dtype=float).mean(axis=0) <= 0).mean())


# %% mistake="whole layer or nothing" exercise="dead-units" breaks=["value"]
# Ask the question for each unit by itself, then count.
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all())


# %% mistake="writes into Z" exercise="dead-units" breaks=["value"]
# Did you change the caller's array?
def dead_fraction(Z):
    Z = np.asarray(Z)
    Z[Z < 0] = 0
    return float((Z == 0).all(axis=0).mean())


# %% mistake="goes through memory" exercise="dead-units" breaks=["value"] recognisable=false
# Is it right for Z.T and for Z[:, ::2] too? order='K' and a flat copy go by memory,
# not by index.
def dead_fraction(Z):
    rows = np.reshape(Z.ravel(order="K"), Z.shape)
    return float(np.mean(np.all(rows <= 0, axis=0)))


# %% mistake="first and last example" exercise="dead-units" breaks=["value"]
# A unit may be alive for an example in the middle.
def dead_fraction(Z):
    return np.mean((Z[0] <= 0) & (Z[-1] <= 0))


# %% mistake="a threshold above 0" exercise="dead-units" breaks=["value"]
# A pre-activation of 0.1 is positive: the unit is alive.
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
# Mean and variance of each column: over which axis is that?
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
# Every unit has its own mean and variance.
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
# Population variance: divide by m, not by m - 1.
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
# Where in the formula does eps stand? Try a column that hardly varies.
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
# Divide by the deviation, the root of the variance.
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
# A batch of one row has no variance. Which statistics does evaluation use?
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
# In training the statistics of the batch itself count.
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
# Only training moves the running statistics.
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
# new = momentum*old + (1 - momentum)*batch: with 0.9 the old value counts more.
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
# The arrays in state must change themselves: state['mean'][...] = value writes into
# one, state['mean'] = value makes a new one.
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
# state['var'] holds variances.
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
# The arrays in state must change themselves: state['mean'][...] = value writes into
# one, state['mean'] = value makes a new one.
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="keeps x_hat in state" exercise="batchnorm" breaks=["state"]
# What the pass back needs belongs into the cache; state keeps its two keys.
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
# training says which statistics count, not the size of the batch.
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


# %% mistake="momentum fixed at 0.9" exercise="batchnorm" breaks=["state"]
# Is the argument momentum used?
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
# After the normalisation comes a learned scale and shift.
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


# %% mistake="normalises in place" exercise="batchnorm" breaks=["value"]
# Did you change the caller's array?
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
# Mean and variance depend on x: their paths are missing.
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the mean missing" exercise="batchnorm" breaks=["gradient"]
# A shift of the batch changes nothing: do the columns of your dx add up to 0?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the variance missing" exercise="batchnorm" breaks=["gradient"]
# The variance depends on x as well.
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means over everything on the way back" exercise="batchnorm" breaks=["gradient"]
# The means in dx are taken of each column: over which axis?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean() - x_hat * (d * x_hat).mean())
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one number for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"]
# Each unit has its own gamma and beta: over which axis do the sums run?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(), dout.sum()


# %% mistake="gamma forgotten in dx" exercise="batchnorm" breaks=["gradient"]
# out depends on x_hat through gamma. Test with gamma != 1.
def batchnorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="returns zeros" exercise="batchnorm" breaks=["gradient"]
# Zero is right only for an upstream gradient of equal rows.
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = np.zeros_like(d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma without x_hat" exercise="batchnorm" breaks=["gradient"]
# The slope of gamma*x_hat with respect to gamma is x_hat.
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dout.sum(axis=0), dout.sum(axis=0)


# %% mistake="gamma in dgamma" exercise="batchnorm" breaks=["gradient"]
# gamma is not part of the slope of gamma*x_hat with respect to gamma: take the
# gradient of out, not d.
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (d * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"]
# gamma is shared by all rows: their contributions add up.
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).mean(axis=0), dout.mean(axis=0)


# %% mistake="sums where means belong" exercise="batchnorm" breaks=["gradient"]
# Which factor stands before the sums in the formula?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.sum(axis=0) - x_hat * (d * x_hat).sum(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="forgets the scale in dx" exercise="batchnorm" breaks=["gradient"]
# x_hat depends on x through one over the root.
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one cache for all passes" exercise="batchnorm" breaks=["gradient"]
# A second forward pass must not change what the first one has kept.
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
# Call it twice with the same cache: are both results the same?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dgamma = (dout * x_hat).sum(axis=0)
    x_hat *= (d * x_hat).mean(axis=0)
    dx = scale * (d - d.mean(axis=0) - x_hat)
    return dx, dgamma, dout.sum(axis=0)


# %% mistake="writes into dout" exercise="batchnorm" breaks=["gradient"]
# Did you change the caller's array?
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dout *= gamma
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="batchnorm" breaks=["gradient"]
# gamma can be 0: what is 0/0?
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
# The gain multiplies z, and E[f(z)^2] is of squares: is a root missing?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(f(rng.normal(size=n)) ** 2)


# %% mistake="the root itself" exercise="gain" breaks=["value"]
# An activation that shrinks the signal needs a gain above 1.
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="mean of absolute values" exercise="gain" breaks=["value"]
# Square first, then the mean, then the root: the mean of |f(z)| is something else.
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(np.abs(f(rng.normal(size=n))))


# %% mistake="variance instead of the second moment" exercise="gain" breaks=["value"]
# Is the mean of f(z) subtracted? E[f(z)^2] is the mean square, not the variance.
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.std(f(rng.normal(size=n)))


# %% mistake="square of the mean" exercise="gain" breaks=["value"]
# Each f(z) is squared before the mean is taken.
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n))) ** 2)


# %% mistake="square forgotten" exercise="gain" breaks=["value"]
# Whose mean does the formula take, that of f(z) or that of its square?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    with np.errstate(invalid="ignore"):
        return 1 / np.sqrt(np.mean(f(rng.normal(size=n))))


# %% mistake="ratio of the deviations" exercise="gain" breaks=["value"]
# A standard deviation subtracts the mean. Does E[f(z)^2] subtract it?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    z = rng.normal(size=n)
    return np.std(z) / np.std(f(z))


# %% mistake="no generator of its own" exercise="gain" breaks=["value"]
# What does gain draw from when the caller hands in no generator? rng is None then.
def gain(f, n=200_000, rng=None):
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="squares z" exercise="gain" breaks=["value"]
# What is squared, z or f(z)?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n) ** 2)))


# %% mistake="uniform numbers" exercise="gain" breaks=["value"]
# z is standard normal: which method of rng draws normal numbers?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-1, 1, size=n)) ** 2))


# %% mistake="uniform numbers with variance 1" exercise="gain" breaks=["value"]
# Mean 0 and variance 1 are right, but z is normal: what is the mean of z^4?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-np.sqrt(3), np.sqrt(3), size=n)) ** 2))


# %% mistake="a grid without the density" exercise="gain" breaks=["value"]
# On a grid all z count alike. Where is the normal density?
def gain(f, n=200_000, rng=None):
    z = np.linspace(-5, 5, n)
    return 1 / np.sqrt(np.mean(f(z) ** 2))


# %% mistake="the density is not normed" exercise="gain" breaks=["value"]
# The weights of the grid must add up to 1: try f(z) = 1, whose gain is 1.
def gain(f, n=200_000, rng=None):
    z = np.linspace(-8, 8, 20_001)
    return 1 / np.sqrt(np.trapezoid(f(z) ** 2 * np.exp(-(z**2) / 2), z))


# %% mistake="half of the numbers" exercise="gain" breaks=["value"]
# z is negative half of the time, and that half counts too.
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(np.abs(rng.normal(size=n))) ** 2))


# %% mistake="too few samples" exercise="gain" breaks=["value"] recognisable=false
# The error of a mean of n samples is about 1/sqrt(n). How many do you draw?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=100)) ** 2))


# %% mistake="the gain of ReLU for all" exercise="gain" breaks=["value"]
# The square root of 2 belongs to ReLU: f is an argument.
def gain(f, n=200_000, rng=None):
    return np.sqrt(2)


# %% mistake="relative to the root of 2" exercise="gain" breaks=["value"]
# The identity has the gain 1: is there a factor too much?
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(2 / np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="gain of the slope" exercise="gain" breaks=["value"]
# The gain is about f(z), which goes forward, not about its slope.
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
# That is batch normalization. Which axis holds the units of one example?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="statistics over everything" exercise="layernorm" breaks=["value", "gradient"]
# Each example has a mean and a variance of its own.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var() + eps)
    x_hat = (x - x.mean()) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="axis 1 for all ranks" exercise="layernorm" breaks=["value", "gradient"]
# With three axes the units are not on axis 1. Which axis is the last one, whatever
# their number?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    axis = 1 if x.ndim > 1 else 0
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="no keepdims" exercise="layernorm" breaks=["value", "gradient"]
# Without keepdims the means of the rows broadcast along the wrong axis.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1), x.var(axis=-1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="sample variance" exercise="layernorm" breaks=["value", "gradient"]
# Population variance: divide by n, not by n - 1.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True, ddof=1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps outside of the root" exercise="layernorm" breaks=["value", "gradient"]
# Where in the formula does eps stand? Try a row of equal numbers, and a large eps.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, std = x.mean(axis=-1, keepdims=True), x.std(axis=-1, keepdims=True)
    scale = 1 / (std + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps fixed" exercise="layernorm" breaks=["value", "gradient"]
# Is the argument eps used?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + 1e-5)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="divides by the variance" exercise="layernorm" breaks=["value", "gradient"]
# Divide by the deviation, the root of the variance.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / (var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="forgets gamma and beta" exercise="layernorm" breaks=["value"]
# After the normalization comes a learned scale and shift.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return x_hat, (x_hat, scale, gamma)


# %% mistake="beta inside of the scale" exercise="layernorm" breaks=["value"]
# beta is added at the end: gamma does not multiply it.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * (x_hat + beta), (x_hat, scale, gamma)


# %% mistake="difference of large squares" exercise="layernorm" breaks=["value"]
# E[x^2] - E[x]^2 loses all digits where the mean is large. Subtract the mean first.
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = np.maximum((x**2).mean(axis=-1, keepdims=True) - mean**2, 0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="normalizes in place" exercise="layernorm" breaks=["value", "gradient"]
# Did you change the caller's array?
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x -= x.mean(axis=-1, keepdims=True)
    x *= scale
    return gamma * x + beta, (x, scale, gamma)


# %% mistake="mean and variance as constants" exercise="layernorm" breaks=["gradient"]
# Mean and variance depend on x: their paths are missing.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    return scale * dout * gamma, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the mean missing" exercise="layernorm" breaks=["gradient"]
# A shift of all units changes nothing: do the rows of your dx add up to 0?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the variance missing" exercise="layernorm" breaks=["gradient"]
# The scale depends on x as well: which term of dx is missing?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="x_hat missing before the second mean" exercise="layernorm" breaks=["gradient"]
# The mean of d*x_hat comes back to each unit in proportion to its x_hat.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means of dx over the examples" exercise="layernorm" breaks=["gradient"]
# The statistics were taken over the last axis, so the means in dx run over it too.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.mean(axis=rows) - x_hat * (d * x_hat).mean(axis=rows))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="the way back of batch normalization" exercise="layernorm" breaks=["gradient"]
# The statistics were taken over the last axis, so the means in dx run over it too.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means of dx over the first axis" exercise="layernorm" breaks=["gradient"]
# The statistics were taken over the last axis, so the means in dx run over it too.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma forgotten in dx" exercise="layernorm" breaks=["gradient"]
# out depends on x_hat through gamma. Test with gamma != 1.
def layernorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma after the means" exercise="layernorm" breaks=["gradient"]
# gamma differs from unit to unit: multiply by it before you take means over the
# units.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    inner = dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return gamma * scale * inner, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="forgets the scale in dx" exercise="layernorm" breaks=["gradient"]
# x_hat depends on x through one over the root.
def layernorm_backward(dout, cache):
    x_hat, _, gamma = cache
    d = dout * gamma
    dx = d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="sums where means belong" exercise="layernorm" breaks=["gradient"]
# Which factor stands before the sums in the formula?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.sum(axis=-1, keepdims=True) - x_hat * (d * x_hat).sum(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="dgamma without x_hat" exercise="layernorm" breaks=["gradient"]
# The slope of gamma*x_hat with respect to gamma is x_hat.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, dout.sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma in dgamma" exercise="layernorm" breaks=["gradient"]
# gamma is not part of the slope of gamma*x_hat with respect to gamma: take the
# gradient of out, not d.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (d * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="divides by 2 whatever the number of units" exercise="layernorm" breaks=["gradient"]
# The means run over n units: is n always 2?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.sum(axis=-1, keepdims=True) / 2 - x_hat * (d * x_hat).sum(axis=-1, keepdims=True) / 2)
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="the scale of the first row for all" exercise="layernorm" breaks=["gradient"]
# Each row has a root of its own: keepdims lets it broadcast.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    scale = scale.ravel()[0]
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="dgamma and dbeta for two or three axes alone" exercise="layernorm" breaks=["gradient"]
# gamma has the shape (n,): add up over all axes but the last, however many there are.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = {1: (), 2: 0}.get(dout.ndim, (0, 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means for dgamma and dbeta" exercise="layernorm" breaks=["gradient"]
# gamma is shared by all rows: their contributions add up.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).mean(axis=rows), dout.mean(axis=rows)


# %% mistake="dgamma and dbeta over the first axis alone" exercise="layernorm" breaks=["gradient"]
# gamma has the shape (n,): add up over all axes but the last, however many there are.
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma and dbeta row by row" exercise="layernorm" breaks=["gradient"]
# gamma and beta are shared by all rows, so their gradients have the shape (n,).
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, dout * x_hat, dout


# %% mistake="one cache for all passes" exercise="layernorm" breaks=["gradient"]
# A second forward pass must not change what the first one has kept.
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
# Call it twice with the same cache: are both results the same?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dgamma = (dout * x_hat).sum(axis=rows)
    x_hat *= (d * x_hat).mean(axis=-1, keepdims=True)
    return scale * (d - d.mean(axis=-1, keepdims=True) - x_hat), dgamma, dout.sum(axis=rows)


# %% mistake="writes into dout" exercise="layernorm" breaks=["gradient"]
# Did you change the caller's array?
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    dgamma, dbeta = (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)
    dout *= gamma
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="layernorm" breaks=["gradient"]
# gamma can be 0: what is 0/0?
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
# With weights 0 the block gives x back: is x added?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="no ReLU" exercise="residual" breaks=["value", "gradient"]
# Which values does the second layer receive: those before the ReLU or those behind
# it?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    return x + Z @ W2.T + b2, (x, Z, Z, W1, W2)


# %% mistake="a ReLU behind the sum" exercise="residual" breaks=["value"]
# The ReLU stands inside of the block. The sum may be negative.
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return np.maximum(0, x + A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="a ReLU behind the second layer" exercise="residual" breaks=["value"]
# The second layer has no activation: what it adds may be negative.
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + np.maximum(0, A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="weights not transposed" exercise="residual" breaks=["value", "gradient"]
# W1 is (h, n), and x is (m, n): which of them is transposed in the product?
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1 + b1
    A = np.maximum(0, Z)
    return x + A @ W2 + b2, (x, Z, A, W1, W2)


# %% mistake="forgets b2" exercise="residual" breaks=["value"]
# Both layers have biases.
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + A @ W2.T, (x, Z, A, W1, W2)


# %% mistake="adds what the ReLU gives" exercise="residual" breaks=["value"]
# The skip path starts at x, in front of the first layer.
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    skip = A if A.shape == x.shape else x
    return skip + A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="adds x in place" exercise="residual" breaks=["gradient", "purity"]
# x += ... changes the caller's array, and the cache with it. Write x + ...
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    x += A @ W2.T + b2
    return x, (x, Z, A, W1, W2)


# %% mistake="skip path forgotten on the way back" exercise="residual" breaks=["gradient"]
# out = x + F(x): two ways lead back to x. Where is the one with slope 1?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="the skip path alone" exercise="residual" breaks=["gradient"]
# x acts on out through F(x) as well.
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the ReLU missing" exercise="residual" breaks=["gradient"]
# Where the ReLU gave 0, no gradient comes back through it.
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = dout @ W2
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="slope 1 at the kink" exercise="residual" breaks=["gradient"]
# The slope of the ReLU at 0 is 0 in this course: > or >= ?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z >= 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the gradient instead of Z" exercise="residual" breaks=["gradient"]
# The mask asks for the sign of Z, not for that of the gradient.
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = np.maximum(0, dout @ W2)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="multiplies by A instead of its slope" exercise="residual" breaks=["gradient"]
# On the way back stands the slope of the ReLU, 0 or 1, not what it gave.
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = (dout @ W2) * A
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="skip path into the branch" exercise="residual" breaks=["gradient"]
# dout goes into the branch once. The two ways add up at x, not before.
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (2 * dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="dW2 from Z" exercise="residual" breaks=["gradient"]
# The second layer has received what the ReLU gave: its weights see that.
def residual_backward(dout, cache):
    x, Z, _, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ Z, "b2": dout.sum(axis=0)}


# %% mistake="means for the biases" exercise="residual" breaks=["gradient"]
# The mean over the batch is in dout already: the contributions of the examples add
# up.
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.mean(axis=0), "W2": dout.T @ A, "b2": dout.mean(axis=0)}


# %% mistake="dW transposed" exercise="residual" breaks=["gradient"]
# dW1 has the shape of W1, (h, n), and dW2 that of W2, (n, h).
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": x.T @ dZ, "b1": dZ.sum(axis=0), "W2": A.T @ dout, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place" exercise="residual" breaks=["gradient", "purity"]
# dout += ... changes the caller's array, which other layers may still need.
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    dout += dZ @ W1
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place at the end" exercise="residual" breaks=["purity"]
# dout += ... changes the caller's array, which other layers may still need.
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    grads = {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    dout += dZ @ W1
    return dout, grads


# %% mistake="one cache for all passes" exercise="residual" breaks=["gradient"]
# A second forward pass must not change what the first one has kept.
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
# Call it twice with the same cache: are both results the same?
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    Z[...] = (dout @ W2) * (Z > 0)
    grads = {"W1": Z.T @ x, "b1": Z.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    return dout + Z @ W1, grads


# %% mistake="uses the cache up" exercise="residual" breaks=["gradient"]
# The cache belongs to the forward pass, which may be asked twice: read it, take
# nothing out.
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
