# Known mistakes and accepted variants of 05_depth.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np

# %% [markdown]
# ## gradient-norms


# %% mistake="biases too" exercise="gradient-norms" breaks=["value"] hint="Weights only."
def layer_gradient_norms(grads):
    n = len(grads) // 2
    return np.array(
        [math.hypot(np.linalg.norm(grads[f"W{i}"]), np.linalg.norm(grads[f"b{i}"])) for i in range(1, n + 1)]
    )


# %% mistake="no root" exercise="gradient-norms" breaks=["value"] hint="The norm of twice the gradient is twice the norm."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(g**2) for g in weights])


# %% mistake="spectral norm" exercise="gradient-norms" breaks=["value"] hint="The largest singular value is another norm."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, 2) for g in weights])


# %% mistake="mean square" exercise="gradient-norms" breaks=["value"] hint="A sum of squares, not their mean."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.mean(g**2)) for g in weights])


# %% mistake="sum of absolute values" exercise="gradient-norms" breaks=["value"] hint="Squares, then the root."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sum(np.abs(g)) for g in weights])


# %% mistake="largest entry" exercise="gradient-norms" breaks=["value"] hint="All entries count."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.max(np.abs(g)) for g in weights])


# %% mistake="adds a constant" exercise="gradient-norms" breaks=["value"] hint="A gradient of 0 has the norm 0."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.sqrt(np.sum(g**2) + 1e-8) for g in weights])


# %% mistake="norm of each row" exercise="gradient-norms" breaks=["value"] hint="One number for each layer."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g, axis=1).max() for g in weights])


# %% mistake="last layer first" exercise="gradient-norms" breaks=["value"] hint="First layer first."
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n + 1)]
    return np.array([np.linalg.norm(g) for g in weights[::-1]])


# %% mistake="without the last layer" exercise="gradient-norms" breaks=["value"] hint="How many layers are there?"
def layer_gradient_norms(grads):
    n = sum(key.startswith("W") for key in grads)
    weights = [np.asarray(grads[f"W{i}"], dtype=float) for i in range(1, n)]
    return np.array([np.linalg.norm(g) for g in weights])


# %% mistake="sorts the names" exercise="gradient-norms" breaks=["value"] hint="Sorted as words, W10 comes before W2."
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(grads[k], dtype=float)) for k in sorted(grads) if k.startswith("W")])


# %% mistake="order of the dict" exercise="gradient-norms" breaks=["value"] hint="A dict may list its keys in any order."
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(np.asarray(g, dtype=float)) for k, g in grads.items() if k.startswith("W")])


# %% mistake="empties the dict" exercise="gradient-norms" breaks=["value"] hint="grads belongs to the caller."
def layer_gradient_norms(grads):
    norms = []
    while f"W{len(norms) + 1}" in grads:
        norms.append(np.linalg.norm(np.asarray(grads.pop(f"W{len(norms) + 1}"), dtype=float)))
    return np.array(norms)


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


# %% mistake="share of zeros" exercise="dead-units" breaks=["value"] hint="A unit is dead if it is off for every example, not for some."
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).mean())


# %% mistake="off for any example" exercise="dead-units" breaks=["value"] hint="A unit that is on for one example is alive."
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).any(axis=0).mean())


# %% mistake="counts examples" exercise="dead-units" breaks=["value"] hint="Units are the columns: over which axis does all() go?"
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all(axis=1).mean())


# %% mistake="zero counts as alive" exercise="dead-units" breaks=["value"] hint="At exactly 0 the unit gives 0 and its slope is 0."
def dead_fraction(Z):
    return float((np.asarray(Z) < 0).all(axis=0).mean())


# %% mistake="a count, no share" exercise="dead-units" breaks=["value"] hint="A share lies between 0 and 1: divide by the number of units."
def dead_fraction(Z):
    return int((np.asarray(Z) <= 0).all(axis=0).sum())


# %% mistake="divides by the examples" exercise="dead-units" breaks=["value"] hint="Divide by the number of units, not of examples."
def dead_fraction(Z):
    Z = np.asarray(Z)
    return float((Z <= 0).all(axis=0).sum() / Z.shape[0])


# %% mistake="share of living units" exercise="dead-units" breaks=["value"] hint="Dead, not alive: the two shares add up to 1."
def dead_fraction(Z):
    return float((np.asarray(Z) > 0).any(axis=0).mean())


# %% mistake="looks at the mean" exercise="dead-units" breaks=["value"] hint="A unit with a negative mean can still be on for some examples."
def dead_fraction(Z):
    return float((np.asarray(Z, dtype=float).mean(axis=0) <= 0).mean())


# %% mistake="whole layer or nothing" exercise="dead-units" breaks=["value"] hint="Ask the question for each unit by itself, then count."
def dead_fraction(Z):
    return float((np.asarray(Z) <= 0).all())


# %% mistake="writes into Z" exercise="dead-units" breaks=["value"] hint="Did you change the caller's array?"
def dead_fraction(Z):
    Z = np.asarray(Z)
    Z[Z < 0] = 0
    return float((Z == 0).all(axis=0).mean())


# %% mistake="goes through memory" exercise="dead-units" breaks=["value"] recognisable=false hint="Is it right for Z.T and for Z[:, ::2] too? order='K' and a flat copy go by memory, not by index."
def dead_fraction(Z):
    rows = np.reshape(Z.ravel(order="K"), Z.shape)
    return float(np.mean(np.all(rows <= 0, axis=0)))


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


# %% mistake="statistics over the units" exercise="batchnorm" breaks=["value", "gradient", "state"] hint="Mean and variance of each column: over which axis is that?"
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


# %% mistake="statistics over everything" exercise="batchnorm" breaks=["value", "gradient", "state"] hint="Every unit has its own mean and variance."
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


# %% mistake="sample variance" exercise="batchnorm" breaks=["value", "gradient", "state"] hint="Population variance: divide by m, not by m - 1."
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


# %% mistake="eps outside of the root" exercise="batchnorm" breaks=["value", "gradient"] hint="Where in the formula does eps stand? Try a column that hardly varies."
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


# %% mistake="divides by the variance" exercise="batchnorm" breaks=["value", "gradient"] hint="Divide by the deviation, the root of the variance."
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


# %% mistake="batch statistics at evaluation" exercise="batchnorm" breaks=["value"] hint="A batch of one row has no variance. Which statistics does evaluation use?"
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


# %% mistake="running statistics in training" exercise="batchnorm" breaks=["value", "gradient"] hint="In training the statistics of the batch itself count."
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * x.mean(axis=0)
        state["var"][...] = momentum * state["var"] + (1 - momentum) * x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="evaluation moves the statistics" exercise="batchnorm" breaks=["state"] hint="Only training moves the running statistics."
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


# %% mistake="momentum the other way round" exercise="batchnorm" breaks=["state"] hint="new = momentum*old + (1 - momentum)*batch: with 0.9 the old value counts more."
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


# %% mistake="new arrays in state" exercise="batchnorm" breaks=["state"] hint="In place: the arrays in state must change themselves."
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


# %% mistake="running deviation instead of variance" exercise="batchnorm" breaks=["state"] hint="state['var'] holds variances."
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


# %% mistake="statistics never updated" exercise="batchnorm" breaks=["state"] hint="Who moves the running statistics?"
def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    x, gamma, beta = (np.asarray(a, dtype=np.float64) for a in (x, gamma, beta))
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="momentum fixed at 0.9" exercise="batchnorm" breaks=["state"] hint="Is the argument momentum used?"
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


# %% mistake="forgets gamma and beta" exercise="batchnorm" breaks=["value"] hint="After the normalisation comes a learned scale and shift."
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


# %% mistake="normalises in place" exercise="batchnorm" breaks=["value"] hint="Did you change the caller's array?"
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


# %% mistake="mean and variance as constants" exercise="batchnorm" breaks=["gradient"] hint="Mean and variance depend on x: their paths are missing."
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the mean missing" exercise="batchnorm" breaks=["gradient"] hint="A shift of the batch changes nothing: do the columns of your dx add up to 0?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="path of the variance missing" exercise="batchnorm" breaks=["gradient"] hint="The variance depends on x as well."
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="means over everything on the way back" exercise="batchnorm" breaks=["gradient"] hint="The means in dx are taken of each column: over which axis?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean() - x_hat * (d * x_hat).mean())
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one number for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"] hint="Each unit has its own gamma and beta: over which axis do the sums run?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(), dout.sum()


# %% mistake="gamma forgotten in dx" exercise="batchnorm" breaks=["gradient"] hint="out depends on x_hat through gamma. Test with gamma != 1."
def batchnorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="returns zeros" exercise="batchnorm" breaks=["gradient"] hint="Zero is right only for an upstream gradient of equal rows."
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = np.zeros_like(d)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma without x_hat" exercise="batchnorm" breaks=["gradient"] hint="The slope of gamma*x_hat with respect to gamma is x_hat."
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dout.sum(axis=0), dout.sum(axis=0)


# %% mistake="means for dgamma and dbeta" exercise="batchnorm" breaks=["gradient"] hint="gamma is shared by all rows: their contributions add up."
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).mean(axis=0), dout.mean(axis=0)


# %% mistake="sums where means belong" exercise="batchnorm" breaks=["gradient"] hint="Which factor stands before the sums in the formula?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = scale * (d - d.sum(axis=0) - x_hat * (d * x_hat).sum(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="forgets the scale in dx" exercise="batchnorm" breaks=["gradient"] hint="x_hat depends on x through one over the root."
def batchnorm_backward(dout, cache):
    x_hat, _, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dx = d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="one cache for all passes" exercise="batchnorm" breaks=["gradient"] hint="A second forward pass must not change what the first one has kept."
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


# %% mistake="the pass back changes the cache" exercise="batchnorm" breaks=["gradient"] hint="Call it twice with the same cache: are both results the same?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    d = dout * gamma
    dgamma = (dout * x_hat).sum(axis=0)
    x_hat *= (d * x_hat).mean(axis=0)
    dx = scale * (d - d.mean(axis=0) - x_hat)
    return dx, dgamma, dout.sum(axis=0)


# %% mistake="writes into dout" exercise="batchnorm" breaks=["gradient"] hint="Did you change the caller's array?"
def batchnorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    dout = np.asarray(dout, dtype=np.float64)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dout *= gamma
    d = dout
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="batchnorm" breaks=["gradient"] hint="gamma can be 0: what is 0/0?"
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
