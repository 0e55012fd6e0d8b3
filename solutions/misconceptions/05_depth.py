# Known mistakes and accepted variants of 05_depth.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import numpy as np
from scipy import integrate

# %% [markdown]
# ## gain


# %% mistake="root missing" exercise="gain" breaks=["value"] hint="The gain multiplies z, and E[f(z)^2] is of squares: is a root missing?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(f(rng.normal(size=n)) ** 2)


# %% mistake="the root itself" exercise="gain" breaks=["value"] hint="An activation that shrinks the signal needs a gain above 1."
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="mean of absolute values" exercise="gain" breaks=["value"] hint="Square first, then the mean, then the root: the mean of |f(z)| is something else."
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.mean(np.abs(f(rng.normal(size=n))))


# %% mistake="variance instead of the second moment" exercise="gain" breaks=["value"] hint="Is the mean of f(z) subtracted? E[f(z)^2] is the mean square, not the variance."
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.std(f(rng.normal(size=n)))


# %% mistake="square of the mean" exercise="gain" breaks=["value"] hint="Each f(z) is squared before the mean is taken."
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n))) ** 2)


# %% mistake="squares z" exercise="gain" breaks=["value"] hint="What is squared, z or f(z)?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=n) ** 2)))


# %% mistake="uniform numbers" exercise="gain" breaks=["value"] hint="z is standard normal: which method of rng draws normal numbers?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-1, 1, size=n)) ** 2))


# %% mistake="uniform numbers with variance 1" exercise="gain" breaks=["value"] hint="Mean 0 and variance 1 are right, but z is normal: what is the mean of z^4?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.uniform(-np.sqrt(3), np.sqrt(3), size=n)) ** 2))


# %% mistake="a grid without the density" exercise="gain" breaks=["value"] hint="On a grid all z count alike. Where is the normal density?"
def gain(f, n=200_000, rng=None):
    z = np.linspace(-5, 5, n)
    return 1 / np.sqrt(np.mean(f(z) ** 2))


# %% mistake="the density is not normed" exercise="gain" breaks=["value"] hint="The weights of the grid must add up to 1: try f(z) = 1, whose gain is 1."
def gain(f, n=200_000, rng=None):
    z = np.linspace(-8, 8, 20_001)
    return 1 / np.sqrt(np.trapezoid(f(z) ** 2 * np.exp(-(z**2) / 2), z))


# %% mistake="half of the numbers" exercise="gain" breaks=["value"] hint="z is negative half of the time, and that half counts too."
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(np.abs(rng.normal(size=n))) ** 2))


# %% mistake="too few samples" exercise="gain" breaks=["value"] recognisable=false hint="The error of a mean of n samples is about 1/sqrt(n). How many do you draw?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return 1 / np.sqrt(np.mean(f(rng.normal(size=100)) ** 2))


# %% mistake="the gain of ReLU for all" exercise="gain" breaks=["value"] hint="The square root of 2 belongs to ReLU: f is an argument."
def gain(f, n=200_000, rng=None):
    return np.sqrt(2)


# %% mistake="relative to the root of 2" exercise="gain" breaks=["value"] hint="The identity has the gain 1: is there a factor too much?"
def gain(f, n=200_000, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.sqrt(2 / np.mean(f(rng.normal(size=n)) ** 2))


# %% mistake="gain of the slope" exercise="gain" breaks=["value"] hint="The gain is about f(z), which goes forward, not about its slope."
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


# %% mistake="statistics over the examples" exercise="layernorm" breaks=["value", "gradient"] hint="That is batch normalization. Which axis holds the units of one example?"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="statistics over everything" exercise="layernorm" breaks=["value", "gradient"] hint="Each example has a mean and a variance of its own."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var() + eps)
    x_hat = (x - x.mean()) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="axis 1 for all ranks" exercise="layernorm" breaks=["value", "gradient"] hint="With three axes the units are not on axis 1. Which axis is the last one, whatever their number?"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    axis = 1 if x.ndim > 1 else 0
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="no keepdims" exercise="layernorm" breaks=["value", "gradient"] hint="Without keepdims the means of the rows broadcast along the wrong axis."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1), x.var(axis=-1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="sample variance" exercise="layernorm" breaks=["value", "gradient"] hint="Population variance: divide by n, not by n - 1."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True, ddof=1)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps outside of the root" exercise="layernorm" breaks=["value", "gradient"] hint="Where in the formula does eps stand? Try a row of equal numbers, and a large eps."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, std = x.mean(axis=-1, keepdims=True), x.std(axis=-1, keepdims=True)
    scale = 1 / (std + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="eps fixed" exercise="layernorm" breaks=["value", "gradient"] hint="Is the argument eps used?"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + 1e-5)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="divides by the variance" exercise="layernorm" breaks=["value", "gradient"] hint="Divide by the deviation, the root of the variance."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / (var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="forgets gamma and beta" exercise="layernorm" breaks=["value"] hint="After the normalization comes a learned scale and shift."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return x_hat, (x_hat, scale, gamma)


# %% mistake="beta inside of the scale" exercise="layernorm" breaks=["value"] hint="beta is added at the end: gamma does not multiply it."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * (x_hat + beta), (x_hat, scale, gamma)


# %% mistake="difference of large squares" exercise="layernorm" breaks=["value"] hint="E[x^2] - E[x]^2 loses all digits where the mean is large. Subtract the mean first."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = np.maximum((x**2).mean(axis=-1, keepdims=True) - mean**2, 0)
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


# %% mistake="normalizes in place" exercise="layernorm" breaks=["value", "gradient"] hint="Did you change the caller's array?"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x -= x.mean(axis=-1, keepdims=True)
    x *= scale
    return gamma * x + beta, (x, scale, gamma)


# %% mistake="mean and variance as constants" exercise="layernorm" breaks=["gradient"] hint="Mean and variance depend on x: their paths are missing."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    return scale * dout * gamma, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the mean missing" exercise="layernorm" breaks=["gradient"] hint="A shift of all units changes nothing: do the rows of your dx add up to 0?"
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="path of the variance missing" exercise="layernorm" breaks=["gradient"] hint="The scale depends on x as well: which term of dx is missing?"
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="x_hat missing before the second mean" exercise="layernorm" breaks=["gradient"] hint="The mean of d*x_hat comes back to each unit in proportion to its x_hat."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means of dx over the examples" exercise="layernorm" breaks=["gradient"] hint="The statistics were taken over the last axis, so the means in dx run over it too."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dx = scale * (d - d.mean(axis=rows) - x_hat * (d * x_hat).mean(axis=rows))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma forgotten in dx" exercise="layernorm" breaks=["gradient"] hint="out depends on x_hat through gamma. Test with gamma != 1."
def layernorm_backward(dout, cache):
    x_hat, scale, _ = cache
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="gamma after the means" exercise="layernorm" breaks=["gradient"] hint="gamma differs from unit to unit: multiply by it before you take means over the units."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    inner = dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return gamma * scale * inner, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="forgets the scale in dx" exercise="layernorm" breaks=["gradient"] hint="x_hat depends on x through one over the root."
def layernorm_backward(dout, cache):
    x_hat, _, gamma = cache
    d = dout * gamma
    dx = d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True)
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="sums where means belong" exercise="layernorm" breaks=["gradient"] hint="Which factor stands before the sums in the formula?"
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.sum(axis=-1, keepdims=True) - x_hat * (d * x_hat).sum(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)


# %% mistake="dgamma without x_hat" exercise="layernorm" breaks=["gradient"] hint="The slope of gamma*x_hat with respect to gamma is x_hat."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, dout.sum(axis=rows), dout.sum(axis=rows)


# %% mistake="means for dgamma and dbeta" exercise="layernorm" breaks=["gradient"] hint="gamma is shared by all rows: their contributions add up."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    rows = tuple(range(dout.ndim - 1))
    return dx, (dout * x_hat).mean(axis=rows), dout.mean(axis=rows)


# %% mistake="dgamma and dbeta over the first axis alone" exercise="layernorm" breaks=["gradient"] hint="gamma has the shape (n,): add up over all axes but the last, however many there are."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# %% mistake="dgamma and dbeta row by row" exercise="layernorm" breaks=["gradient"] hint="gamma and beta are shared by all rows, so their gradients have the shape (n,)."
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=-1, keepdims=True) - x_hat * (d * x_hat).mean(axis=-1, keepdims=True))
    return dx, dout * x_hat, dout


# %% mistake="one cache for all passes" exercise="layernorm" breaks=["gradient"] hint="A second forward pass must not change what the first one has kept."
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


# %% mistake="the pass back changes the cache" exercise="layernorm" breaks=["gradient"] hint="Call it twice with the same cache: are both results the same?"
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    d = dout * gamma
    rows = tuple(range(dout.ndim - 1))
    dgamma = (dout * x_hat).sum(axis=rows)
    x_hat *= (d * x_hat).mean(axis=-1, keepdims=True)
    return scale * (d - d.mean(axis=-1, keepdims=True) - x_hat), dgamma, dout.sum(axis=rows)


# %% mistake="writes into dout" exercise="layernorm" breaks=["gradient"] hint="Did you change the caller's array?"
def layernorm_backward(dout, cache):
    x_hat, scale, gamma = cache
    rows = tuple(range(dout.ndim - 1))
    dgamma, dbeta = (dout * x_hat).sum(axis=rows), dout.sum(axis=rows)
    dout *= gamma
    dx = scale * (dout - dout.mean(axis=-1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=-1, keepdims=True))
    return dx, dgamma, dbeta


# %% mistake="divides by gamma on the way back" exercise="layernorm" breaks=["gradient"] hint="gamma can be 0: what is 0/0?"
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


# %% mistake="no skip path" exercise="residual" breaks=["value"] hint="With weights 0 the block gives x back: is x added?"
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="no ReLU" exercise="residual" breaks=["value", "gradient"] hint="Which values does the second layer receive: those before the ReLU or those behind it?"
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    return x + Z @ W2.T + b2, (x, Z, Z, W1, W2)


# %% mistake="a ReLU behind the sum" exercise="residual" breaks=["value"] hint="The ReLU stands inside of the block. The sum may be negative."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return np.maximum(0, x + A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="a ReLU behind the second layer" exercise="residual" breaks=["value"] hint="The second layer has no activation: what it adds may be negative."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + np.maximum(0, A @ W2.T + b2), (x, Z, A, W1, W2)


# %% mistake="weights not transposed" exercise="residual" breaks=["value", "gradient"] hint="W1 is (h, n), and x is (m, n): which of them is transposed in the product?"
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1 + b1
    A = np.maximum(0, Z)
    return x + A @ W2 + b2, (x, Z, A, W1, W2)


# %% mistake="forgets b2" exercise="residual" breaks=["value"] hint="Both layers have biases."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    return x + A @ W2.T, (x, Z, A, W1, W2)


# %% mistake="adds what the ReLU gives" exercise="residual" breaks=["value"] hint="The skip path starts at x, in front of the first layer."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    skip = A if A.shape == x.shape else x
    return skip + A @ W2.T + b2, (x, Z, A, W1, W2)


# %% mistake="adds x in place" exercise="residual" breaks=["gradient", "purity"] hint="x += ... changes the caller's array, and the cache with it. Write x + ..."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    x += A @ W2.T + b2
    return x, (x, Z, A, W1, W2)


# %% mistake="skip path forgotten on the way back" exercise="residual" breaks=["gradient"] hint="out = x + F(x): two ways lead back to x. Where is the one with slope 1?"
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="the skip path alone" exercise="residual" breaks=["gradient"] hint="x acts on out through F(x) as well."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the ReLU missing" exercise="residual" breaks=["gradient"] hint="Where the ReLU gave 0, no gradient comes back through it."
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = dout @ W2
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="slope 1 at the kink" exercise="residual" breaks=["gradient"] hint="The slope of the ReLU at 0 is 0 in this course: > or >= ?"
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z >= 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="mask of the gradient instead of Z" exercise="residual" breaks=["gradient"] hint="The mask asks for the sign of Z, not for that of the gradient."
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = np.maximum(0, dout @ W2)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="multiplies by A instead of its slope" exercise="residual" breaks=["gradient"] hint="On the way back stands the slope of the ReLU, 0 or 1, not what it gave."
def residual_backward(dout, cache):
    x, _, A, W1, W2 = cache
    dZ = (dout @ W2) * A
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="skip path into the branch" exercise="residual" breaks=["gradient"] hint="dout goes into the branch once. The two ways add up at x, not before."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (2 * dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="dW2 from Z" exercise="residual" breaks=["gradient"] hint="The second layer has received what the ReLU gave: its weights see that."
def residual_backward(dout, cache):
    x, Z, _, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ Z, "b2": dout.sum(axis=0)}


# %% mistake="means for the biases" exercise="residual" breaks=["gradient"] hint="The mean over the batch is in dout already: the contributions of the examples add up."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.mean(axis=0), "W2": dout.T @ A, "b2": dout.mean(axis=0)}


# %% mistake="dW transposed" exercise="residual" breaks=["gradient"] hint="dW1 has the shape of W1, (h, n), and dW2 that of W2, (n, h)."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": x.T @ dZ, "b1": dZ.sum(axis=0), "W2": A.T @ dout, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place" exercise="residual" breaks=["gradient", "purity"] hint="dout += ... changes the caller's array, which other layers may still need."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    dout += dZ @ W1
    return dout, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


# %% mistake="adds to dout in place at the end" exercise="residual" breaks=["purity"] hint="dout += ... changes the caller's array, which other layers may still need."
def residual_backward(dout, cache):
    x, Z, A, W1, W2 = cache
    dZ = (dout @ W2) * (Z > 0)
    grads = {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}
    dout += dZ @ W1
    return dout, grads


# %% mistake="one cache for all passes" exercise="residual" breaks=["gradient"] hint="A second forward pass must not change what the first one has kept."
def residual_forward(x, W1, b1, W2, b2):
    Z = x @ W1.T + b1
    A = np.maximum(0, Z)
    residual_forward.kept = (x, Z, A, W1, W2)
    return x + A @ W2.T + b2, None


def residual_backward(dout, cache):
    x, Z, A, W1, W2 = residual_forward.kept
    dZ = (dout @ W2) * (Z > 0)
    return dout + dZ @ W1, {"W1": dZ.T @ x, "b1": dZ.sum(axis=0), "W2": dout.T @ A, "b2": dout.sum(axis=0)}


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
