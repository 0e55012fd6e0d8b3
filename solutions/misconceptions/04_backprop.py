# Known mistakes and accepted variants of 04_backprop.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np

# %% [markdown]
# ## numerical-gradient


# %% mistake="one-sided difference" exercise="numerical-gradient" breaks=["value"]
# Your difference looks to one side only. What does it give for x**3 at 2 with eps =
# 0.1?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x)) / eps
    return slope


# %% mistake="divides by eps" exercise="numerical-gradient" breaks=["value"]
# How far apart are the two points at which you evaluate f?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / eps
    return slope


# %% mistake="multiplies by eps" exercise="numerical-gradient" breaks=["value"]
# Python reads a / 2 * eps as (a / 2) * eps.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / 2 * eps
    return slope


# %% mistake="unequal distances" exercise="numerical-gradient" breaks=["value"]
# Are both points at the same distance from x?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - 2 * step)) / (2 * eps)
    return slope


# %% mistake="wrong order of the difference" exercise="numerical-gradient" breaks=["value"]
# The gradient points uphill. Check the sign for f(x) = x.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x - step) - f(x + step)) / (2 * eps)
    return slope


# %% mistake="all entries at once" exercise="numerical-gradient" breaks=["value"]
# Move one entry at a time and leave the others where they are.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps))


# %% mistake="does not restore x" exercise="numerical-gradient" breaks=["value", "purity"]
# Is x the same again before the next entry is moved, and at the end?
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        upper = f(x)
        x[index] -= 2 * eps
        slope[index] = (upper - f(x)) / (2 * eps)
    return slope


# %% mistake="restores by adding eps" exercise="numerical-gradient" breaks=["purity"]
# Is 0.5 + 1e-5 - 1e-5 equal to 0.5? Keep the old value.
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        upper = f(x)
        x[index] -= 2 * eps
        slope[index] = (upper - f(x)) / (2 * eps)
        x[index] += eps
    return slope


# %% mistake="ignores eps" exercise="numerical-gradient" breaks=["value"]
# Is the argument eps used?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-5
        slope[index] = (f(x + step) - f(x - step)) / 2e-5
    return slope


# %% mistake="a step far too small" exercise="numerical-gradient" breaks=["value"]
# With a tiny step round-off takes over. Which eps does the caller ask for?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-12
        slope[index] = (f(x + step) - f(x - step)) / 2e-12
    return slope


# %% mistake="keeps the integer type" exercise="numerical-gradient" breaks=["value"]
# What is x[i] + eps in an array of integers?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + eps
        upper = f(x)
        x[index] = old - eps
        slope[index] = (upper - f(x)) / (2 * eps)
        x[index] = old
    return slope


# %% mistake="keeps the integer type, and gives it back" exercise="numerical-gradient" breaks=["value"]
# What is x[i] + eps in an array of integers?
def numerical_gradient(f, x, eps=1e-5):
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        upper, lower = x.copy(), x.copy()
        upper[index] += eps
        lower[index] -= eps
        slope[index] = (f(upper) - f(lower)) / (2 * eps)
    return slope


# %% mistake="works in float32" exercise="numerical-gradient" breaks=["value"]
# float32 has seven digits, and the difference loses most of them.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float32)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + eps
        upper = f(x)
        x[index] = old - eps
        slope[index] = (upper - f(x)) / (2 * eps)
        x[index] = old
    return slope


# %% mistake="moves whole rows" exercise="numerical-gradient" breaks=["value"]
# An entry of a matrix has two indices. np.ndindex runs over all of them.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = eps
        slope[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return slope


# %% mistake="hands f a flat array" exercise="numerical-gradient" breaks=["value"]
# f wants an array of the shape of x.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    flat = x.ravel()
    slope = np.zeros(flat.shape)
    for i in range(flat.size):
        step = np.zeros(flat.shape)
        step[i] = eps
        slope[i] = (f(flat + step) - f(flat - step)) / (2 * eps)
    return slope.reshape(x.shape)


# %% mistake="writes into a flat copy" exercise="numerical-gradient" breaks=["value"] recognisable=false
# For a transposed x a reshape gives a copy: what is written into it is lost.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    flat, slope = x.reshape(-1), np.zeros(x.size)
    for i in range(x.size):
        old = flat[i]
        flat[i] = old + eps
        upper = f(x)
        flat[i] = old - eps
        slope[i] = (upper - f(x)) / (2 * eps)
        flat[i] = old
    return slope.reshape(x.shape)


# %% mistake="at most a hundred entries" exercise="numerical-gradient" breaks=["value"]
# All entries count, however many there are.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for number, index in enumerate(np.ndindex(x.shape)):
        if number == 100:
            break
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return slope


# %% accepted="unit vectors" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return slope


# %% accepted="by the flat index" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    values = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = eps
        step = step.reshape(x.shape)
        values.append((f(x + step) - f(x - step)) / (2 * eps))
    return np.array(values, dtype=float).reshape(x.shape)


# %% accepted="divides by the distance that was really taken" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        upper, lower = x.copy(), x.copy()
        upper[index] += eps
        lower[index] -= eps
        slope[index] = (f(upper) - f(lower)) / (upper[index] - lower[index])
    return slope


# %% accepted="moves x itself and restores it exactly" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + eps
        upper = f(x)
        x[index] = old - eps
        lower = f(x)
        x[index] = old
        slope[index] = (upper - lower) / (2 * eps)
    return slope


# %% accepted="with nditer" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros_like(x)
    walk = np.nditer(x, flags=["multi_index"])
    for _ in walk:
        i = walk.multi_index
        old = float(x[i])
        x[i] = old + eps
        upper = float(f(x.copy()))
        x[i] = old - eps
        lower = float(f(x.copy()))
        x[i] = old
        slope[i] = (upper - lower) / (2 * eps)
    return slope


# %% accepted="textbook: a unit vector for each entry" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = eps
        grad[i] = (f(x + e) - f(x - e)) / (2 * eps)
    return grad


# %% accepted="textbook, step by step: a flat vector of zeros, one step at a time" exercise="numerical-gradient"
def numerical_gradient(f, x, eps=1e-5):
    n = x.size
    grad = np.zeros(n)
    for i in range(n):
        perturbation = np.zeros(n)
        perturbation[i] = eps
        x_plus = x + perturbation.reshape(x.shape)
        x_minus = x - perturbation.reshape(x.shape)
        f_plus = f(x_plus)
        f_minus = f(x_minus)
        grad[i] = (f_plus - f_minus) / (2 * eps)
    return grad.reshape(x.shape)


# %% [markdown]
# ## relative-error


# %% mistake="no absolute value" exercise="relative-error" breaks=["value"]
# A difference can be negative, and then it is not small.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float((a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="mean instead of maximum" exercise="relative-error" breaks=["value"]
# A mean hides one wrong entry among many right ones.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).mean() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="entry by entry" exercise="relative-error" breaks=["value"]
# Which scale is meant: that of the entry, or that of the block?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float((np.abs(a - b) / np.maximum(1e-12, np.maximum(np.abs(a), np.abs(b)))).max())


# %% mistake="ratio of norms" exercise="relative-error" breaks=["value"]
# The largest difference counts here, not the length of the difference.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.linalg.norm(a - b) / max(1e-12, np.linalg.norm(a) + np.linalg.norm(b)))


# %% mistake="sum of the scales" exercise="relative-error" breaks=["value"]
# The larger of the two maxima, not their sum: what is the error of a gradient with
# the wrong sign?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max() + np.abs(b).max()))


# %% mistake="scale of the first block only" exercise="relative-error" breaks=["value"]
# Both blocks count for the scale.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max()))


# %% mistake="divides zero by zero" exercise="relative-error" breaks=["value"]
# What is the error of two blocks of zeros?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    with np.errstate(all="ignore"):
        return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max()))


# %% mistake="adds a constant" exercise="relative-error" breaks=["value"]
# Adding to the denominator shifts every result. Take the larger of the two instead.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / (max(np.abs(a).max(), np.abs(b).max()) + 1e-8))


# %% mistake="floor too high" exercise="relative-error" breaks=["value"]
# Gradients of 1e-9 are not zero. How low is the floor to be?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-6, np.abs(a).max(), np.abs(b).max()))


# %% mistake="NaN slips through" exercise="relative-error" breaks=["value"]
# What do you return for a gradient with a NaN in it?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="NaN is left out" exercise="relative-error" breaks=["value"]
# A NaN must not be skipped: it is the worst error there is.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    return float(np.nanmax(np.abs(a - b)) / max(1e-12, np.nanmax(np.abs(a)), np.nanmax(np.abs(b))))


# %% mistake="looks for NaN in the first block only" exercise="relative-error" breaks=["value"]
# NaN may stand in either block.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="absolute error" exercise="relative-error" breaks=["value"]
# Relative to what? 1e-6 is much for a gradient of 1e-6.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max())


# %% mistake="no look at the shapes" exercise="relative-error" breaks=["errors"]
# What is np.ones(3) - np.ones((3, 1))?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="compares the shapes and computes nothing" exercise="relative-error" breaks=["value", "errors"]
# Blocks of one shape are the usual case: compute the error behind the comparison.
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError(f"blocks have shapes {a.shape} and {b.shape}")


# %% mistake="compares sizes" exercise="relative-error" breaks=["errors"]
# (2, 3) and (3, 2) have the same size.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.size != b.size:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="flattens first" exercise="relative-error" breaks=["errors"]
# After flattening all shapes of one size look alike.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    if a.size != b.size:
        raise ValueError("sizes")
    a, b = a.ravel(), b.ravel()
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="asserts" exercise="relative-error" breaks=["errors"]
# Which type of error is asked for?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="gives infinity for other shapes" exercise="relative-error" breaks=["errors"]
# Another shape is an error to raise, not a number to return.
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return np.inf
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="looks at a few entries" exercise="relative-error" breaks=["value"]
# One wrong entry among hundreds counts: look at all of them.
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError("other shapes")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    some = np.random.default_rng(0).permutation(a.size)[:50]
    one, other = a.ravel()[some], b.ravel()[some]
    return float(np.max(np.abs(one - other)) / max(1e-12, np.max(np.abs(a)), np.max(np.abs(b))))


# %% accepted="by the norm of infinite order" exercise="relative-error"
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    size = max(1e-12, np.linalg.norm(a.ravel(), np.inf), np.linalg.norm(b.ravel(), np.inf))
    return np.linalg.norm((a - b).ravel(), np.inf) / size


# %% accepted="one number at a time" exercise="relative-error"
def relative_error(a, b):
    if np.shape(a) != np.shape(b):
        raise ValueError(f"{np.shape(a)} != {np.shape(b)}")
    a, b = [float(v) for v in np.ravel(a)], [float(v) for v in np.ravel(b)]
    if any(math.isnan(v) for v in a + b):
        return math.inf
    worst = max(abs(p - q) for p, q in zip(a, b, strict=True))
    return worst / max([1e-12] + [abs(v) for v in a + b])


# %% accepted="NaN found in the difference" exercise="relative-error"
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    apart = np.abs(a - b)
    if not np.all(apart == apart):
        return float("inf")
    return np.max(apart) / max(1e-12, np.abs(a).max(), np.abs(b).max())


# %% accepted="numbers as 0-d arrays" exercise="relative-error"
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return np.asarray(np.max(np.abs(a - b)) / np.maximum(1e-12, np.maximum(np.max(np.abs(a)), np.max(np.abs(b)))))


# %% accepted="stacked" exercise="relative-error"
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    both = np.abs(np.stack([a, b]))
    return float(np.max(np.abs(np.subtract(a, b))) / max(float(both.max()), 1e-12))


# %% accepted="textbook: shapes, NaN, one quotient" exercise="relative-error"
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape}")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return np.max(np.abs(a - b)) / max(1e-12, np.max(np.abs(a)), np.max(np.abs(b)))


# %% accepted="textbook, step by step: numerator and denominator" exercise="relative-error"
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError("a has the shape " + str(a.shape) + ", b has the shape " + str(b.shape))
    numerator = np.max(np.abs(a - b))
    if np.isnan(numerator):
        return float("inf")
    largest_a = np.max(np.abs(a))
    largest_b = np.max(np.abs(b))
    denominator = max(largest_a, largest_b)
    if denominator < 1e-12:
        denominator = 1e-12
    return numerator / denominator


# %% [markdown]
# ## linear-backward


# %% mistake="db is a mean" exercise="linear-backward" breaks=["value"]
# The loss has averaged already. Sum here.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.mean(axis=0)


# %% mistake="db keeps an axis" exercise="linear-backward" breaks=["value"]
# db has the shape of b, which is (n_out,).
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0, keepdims=True)


# %% mistake="db is one number" exercise="linear-backward" breaks=["value"]
# Every unit has its own bias: over which axis do you sum?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum()


# %% mistake="db sums over the units" exercise="linear-backward" breaks=["value"]
# Sum over the examples. Which axis is the batch?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=1)


# %% mistake="dW divided by m" exercise="linear-backward" breaks=["value"]
# The factor 1/m is in dZ already: do not divide once more.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev / len(dZ), dZ.sum(axis=0)


# %% mistake="dW transposed" exercise="linear-backward" breaks=["value"]
# dW has the shape of W, also when W is square.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, A_prev.T @ dZ, dZ.sum(axis=0)


# %% mistake="dW from the means" exercise="linear-backward" breaks=["value"]
# The mean of products is not the product of means.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, np.outer(dZ.mean(axis=0), A_prev.sum(axis=0)), dZ.sum(axis=0)


# %% mistake="dA with the transposed weights" exercise="linear-backward" breaks=["value", "gradient"]
# Which axis of W belongs to the units of this layer?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W.T, dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="dW and db divided by m" exercise="linear-backward" breaks=["value"]
# The factor 1/m is in dZ already: do not divide once more.
def linear_backward(dZ, A_prev, W):
    return dZ @ W, dZ.T @ A_prev / len(dZ), dZ.sum(axis=0) / len(dZ)


# %% mistake="everything divided by m" exercise="linear-backward" breaks=["value", "gradient"]
# The factor 1/m is in dZ already: do not divide once more.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    dZ = dZ / len(dZ)
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="another order of the results" exercise="linear-backward" breaks=["value", "gradient"]
# In which order does the docstring promise the three results?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ.T @ A_prev, dZ.sum(axis=0), dZ @ W


# %% mistake="dA of the average unit" exercise="linear-backward" breaks=["gradient"]
# The paths through all units add up.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W / len(W), dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="dA with the signs lost" exercise="linear-backward" breaks=["gradient"]
# Does a negative weight turn the gradient around?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ np.abs(W), dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="writes into A_prev" exercise="linear-backward" breaks=["value"]
# A_prev belongs to the cache: it must not change.
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    dW, db = dZ.T @ A_prev, dZ.sum(axis=0)
    A_prev[:] = dZ @ W
    return A_prev, dW, db


# %% accepted="by einsum" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return np.einsum("ij,jk->ik", dZ, W), np.einsum("ij,ik->jk", dZ, A_prev), np.einsum("ij->j", dZ)


# %% accepted="example by example" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    dA, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(len(W))
    for i in range(len(dZ)):
        dA[i] = W.T @ dZ[i]
        dW += np.outer(dZ[i], A_prev[i])
        db += dZ[i]
    return dA, dW, db


# %% accepted="by transposes and a row of ones" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return (W.T @ dZ.T).T, (A_prev.T @ dZ).T, np.ones(len(dZ)) @ dZ


# %% accepted="as a list" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return [np.dot(dZ, W), np.dot(dZ.T, A_prev), np.add.reduce(dZ, axis=0)]


# %% accepted="textbook: three products" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)


# %% accepted="textbook, step by step: np.dot and np.sum" exercise="linear-backward"
def linear_backward(dZ, A_prev, W):
    dW = np.dot(dZ.T, A_prev)
    db = np.sum(dZ, axis=0)
    dA_prev = np.dot(dZ, W)

    assert dA_prev.shape == A_prev.shape
    assert dW.shape == W.shape

    return dA_prev, dW, db


# %% [markdown]
# ## mlp-backward


# %% mistake="no factor 1/m" exercise="mlp-backward" breaks=["value", "gradient"]
# Every gradient is m times too large: the loss is a mean.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = A[-1] - y
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="divides by all entries" exercise="mlp-backward" breaks=["value", "gradient"]
# The loss sums over the outputs and averages over the examples only.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / y.size
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="sign flipped" exercise="mlp-backward" breaks=["value", "gradient"]
# All gradients have the wrong sign: output minus target.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (y - A[-1]) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="slope of the sigmoid once more" exercise="mlp-backward" breaks=["value", "gradient"]
# The slope of the output has cancelled against the loss already.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) * A[-1] * (1 - A[-1]) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="slope at the activation" exercise="mlp-backward" breaks=["value", "gradient"]
# Which argument does hidden_prime want: z or f(z)?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(A[layer - 1])
    return grads


# %% mistake="slope forgotten" exercise="mlp-backward" breaks=["value", "gradient"]
# The activation has a slope too.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA
    return grads


# %% mistake="slope of the wrong layer" exercise="mlp-backward" breaks=["value", "gradient"]
# dA and the slope it is multiplied by belong to one layer. cache['Z'] starts at Z1:
# which entry is that of the layer below?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 1])
    return grads


# %% mistake="slope of the wrong layer, below the first layer too" exercise="mlp-backward" breaks=["value", "gradient"]
# dA and the slope it is multiplied by belong to one layer. cache['Z'] starts at Z1:
# which entry is that of the layer below?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        dZ = dA * hidden_prime(Z[layer - 1])
    return grads


# %% mistake="slope below the first layer" exercise="mlp-backward" breaks=["value", "gradient"]
# What is Z[layer - 2] for layer = 1? Below the first layer there is no
# pre-activation.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="slope below the first layer alone" exercise="mlp-backward" breaks=["value", "gradient"]
# What is Z[layer - 2] for layer = 1? Below the first layer there is no
# pre-activation.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer == 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="slope of the hidden activation at the output too" exercise="mlp-backward" breaks=["value", "gradient"]
# The slope of the output has cancelled against the loss already.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dA = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dZ = dA * hidden_prime(Z[layer - 1])
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
    return grads


# %% mistake="slope of the first layer only" exercise="mlp-backward" breaks=["gradient"]
# Right for one hidden layer, wrong for two: which Z belongs to which layer?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[0])
    return grads


# %% mistake="without the first layer" exercise="mlp-backward" breaks=["value", "gradient"]
# Are there gradients for every key of params?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 1, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="divides the biases by m again" exercise="mlp-backward" breaks=["value", "gradient"]
# The factor 1/m is in dZ already.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db / len(y)
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="biases of shape (1, n)" exercise="mlp-backward" breaks=["value", "gradient"]
# Gradients have the shapes of the parameters.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db[None, :]
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="always two layers" exercise="mlp-backward" breaks=["gradient"]
# How many layers does the cache hold?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    dA, dW2, db2 = linear_backward(dZ, A[1], params["W2"])
    _, dW1, db1 = linear_backward(dA * hidden_prime(Z[0]), A[0], params["W1"])
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


# %% mistake="sorts the names" exercise="mlp-backward" breaks=["gradient"]
# Sorted as words, W10 comes before W2.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    names = sorted(key for key in params if key.startswith("W"))
    for layer in range(len(Z), 0, -1):
        name = names[layer - 1]
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[name])
        grads[name], grads["b" + name[1:]] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="changes the cache" exercise="mlp-backward" breaks=["value"]
# A[-1] -= y changes the array in the cache.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = A[-1]
    dZ -= y
    dZ /= len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="no look at the shapes" exercise="mlp-backward" breaks=["errors"]
# (m,) minus (m, 1) is (m, m), silently.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="compares the lengths" exercise="mlp-backward" breaks=["errors"]
# Shapes (3, 3) and (3,) have the same length.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if len(np.atleast_1d(y)) != len(A[-1]):
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="reshapes y" exercise="mlp-backward" breaks=["errors"]
# Do not change the shape of y: say that it is wrong.
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    y = np.broadcast_to(y.reshape(len(A[-1]), -1) if y.size else y, A[-1].shape)
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="asserts the shape" exercise="mlp-backward" breaks=["errors"]
# Which type of error is asked for?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    assert y.shape == A[-1].shape
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% accepted="without linear_backward" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = dZ @ params[f"W{layer}"], dZ.T @ A[layer - 1], dZ.sum(axis=0)
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% accepted="deltas first" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    if np.shape(y) != np.shape(A[-1]):
        raise ValueError(f"{np.shape(y)} against {np.shape(A[-1])}")
    deltas = [(A[-1] - np.asarray(y)) / A[-1].shape[0]]
    for layer in range(len(Z), 1, -1):
        deltas.insert(0, deltas[0] @ params[f"W{layer}"] * hidden_prime(Z[layer - 2]))
    grads = {}
    for layer, delta in enumerate(deltas, start=1):
        _, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(delta, A[layer - 1], params[f"W{layer}"])
    return grads


# %% accepted="example by example" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    y = np.asarray(y, dtype=float)
    if y.shape != cache["A"][-1].shape:
        raise ValueError("shapes")
    grads = {key: np.zeros(np.shape(block)) for key, block in params.items()}
    for i in range(len(y)):
        delta = (cache["A"][-1][i] - y[i]) / len(y)
        for layer in range(len(cache["Z"]), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, cache["A"][layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = np.asarray(params[f"W{layer}"]).T @ delta * hidden_prime(cache["Z"][layer - 2][i])
    return grads


# %% accepted="by recursion" exercise="mlp-backward"
def _back(dZ, layer, A, Z, params, hidden_prime):
    dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
    grads = {f"W{layer}": dW, f"b{layer}": db}
    if layer == 1:
        return grads
    return _back(dA * hidden_prime(Z[layer - 2]), layer - 1, A, Z, params, hidden_prime) | grads


def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.array(y, dtype=np.float64)
    if y.shape != A[-1].shape:
        raise ValueError("shapes")
    return _back((A[-1] - y) / len(y), len(Z), A, Z, params, hidden_prime)


# %% accepted="asks for the slope of the output layer too" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    y = np.asarray(y, dtype=float)
    if y.shape != A[-1].shape:
        raise ValueError("y has another shape than the output")
    dZ = (A[-1] - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, dW, db = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        grads[f"W{layer}"], grads[f"b{layer}"] = dW, db
        dZ = dA * hidden_prime(Z[layer - 2]) if layer != 1 else None
    return grads


# %% accepted="textbook: from the last layer to the first" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    A, Z, grads = cache["A"], cache["Z"], {}
    if y.shape != A[-1].shape:
        raise ValueError(f"y {y.shape}, output {A[-1].shape}")
    dZ = (A[-1] - y) / y.shape[0]
    for layer in range(len(Z), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% accepted="textbook, step by step: the output layer, then the hidden ones" exercise="mlp-backward"
def mlp_backward(y, cache, params, hidden_prime):
    activations = cache["A"]
    pre_activations = cache["Z"]
    L = len(params) // 2
    A_L = activations[L]
    m = A_L.shape[0]
    if y.shape != A_L.shape:
        raise ValueError("y and the output have the shapes %s and %s" % (y.shape, A_L.shape))

    grads = {}
    # the output layer: sigmoid with binary cross-entropy
    dZ = (1 / m) * (A_L - y)
    grads["W" + str(L)] = np.dot(dZ.T, activations[L - 1])
    grads["b" + str(L)] = np.sum(dZ, axis=0)
    # the hidden layers
    for layer in reversed(range(1, L)):
        dA = np.dot(dZ, params["W" + str(layer + 1)])
        dZ = np.multiply(dA, hidden_prime(pre_activations[layer - 1]))
        grads["W" + str(layer)] = np.dot(dZ.T, activations[layer - 1])
        grads["b" + str(layer)] = np.sum(dZ, axis=0)
    return grads


# %% [markdown]
# ## gradient-check


# %% mistake="weights only" exercise="gradient-check" breaks=["value", "errors"]
# Every block has a line in the report, biases too.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in [name for name in params if name.startswith("W")]:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="one error for all" exercise="gradient-check" breaks=["value", "errors"]
# Which block is wrong? One number for all of them cannot tell.
def gradient_check(loss, params, grads, eps=1e-5):
    numerical = {k: numerical_gradient(lambda block, k=k: loss({**params, k: block}), params[k], eps) for k in params}
    flat = [np.concatenate([np.ravel(g[k]) for k in params]) for g in (grads, numerical)]
    return dict.fromkeys(params, relative_error(*flat))


# %% mistake="ignores eps" exercise="gradient-check" breaks=["value"]
# Is eps handed on to numerical_gradient?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key])
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="a smaller default step" exercise="gradient-check" breaks=["value"]
# Round-off grows as the step shrinks. Which default does the docstring promise?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps / 100)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="late binding" exercise="gradient-check" breaks=["value", "purity"]
# A function made in a loop sees the value that the variable has when it is called.
def gradient_check(loss, params, grads, eps=1e-5):
    functions = []
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(key)
        functions.append(lambda block: loss({**params, key: block}))  # noqa: B023
    pairs = zip(params, functions, strict=True)
    return {k: relative_error(grads[k], numerical_gradient(f, params[k], eps)) for k, f in pairs}


# %% mistake="never exchanges the block" exercise="gradient-check" breaks=["value"]
# Does the loss see the entry that is moved?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss(params), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="absolute error" exercise="gradient-check" breaks=["value"]
# Large for large gradients, small for small ones: compare relative to the block.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = float(np.max(np.abs(grads[key] - numerical)))
    return report


# %% mistake="ratio of norms" exercise="gradient-check" breaks=["value"]
# A norm hides one wrong entry among many. You have a function for the error.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = float(np.linalg.norm(grads[key] - numerical) / max(1e-12, np.linalg.norm(numerical)))
    return report


# %% mistake="ratio of norms, over their sum" exercise="gradient-check" breaks=["value"]
# A norm hides one wrong entry among many. You have a function for the error.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError("another shape")
        a, n = grads[key], numerical_gradient(lambda v, key=key: loss({**params, key: v}), params[key], eps)
        report[key] = np.linalg.norm(a - n) / max(1e-12, np.linalg.norm(a) + np.linalg.norm(n))
    return report


# %% mistake="true or false" exercise="gradient-check" breaks=["value"]
# The report holds errors, not verdicts.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical) < 1e-7
    return report


# %% mistake="first row only" exercise="gradient-check" breaks=["value"]
# Every entry of a block is compared, also the last one.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(np.asarray(grads[key])[:1], numerical[:1])
    return report


# %% mistake="pairs by position" exercise="gradient-check" breaks=["value"]
# A dict may list its keys in another order.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for (key, block), grad in zip(params.items(), grads.values(), strict=True):
        if np.shape(grad) != np.shape(block):
            raise ValueError(key)
        numerical = numerical_gradient(lambda b, key=key: loss({**params, key: b}), block, eps)
        report[key] = relative_error(grad, numerical)
    return report


# %% mistake="always two layers" exercise="gradient-check" breaks=["value", "purity"]
# How many layers there are, params knows.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in ["W1", "b1", "W2", "b2"]:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="flattens the gradients" exercise="gradient-check" breaks=["errors"]
# After flattening, (3,) and (3, 1) look alike.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(np.ravel(grads[key]), np.ravel(numerical))
    return report


# %% mistake="reshapes the gradients" exercise="gradient-check" breaks=["errors"]
# Do not change the shape of a gradient: refuse it.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(
            np.broadcast_to(grads[key], np.shape(numerical))
            if np.size(grads[key]) == 1
            else np.reshape(grads[key], np.shape(numerical)),
            numerical,
        )
    return report


# %% mistake="leaves out blocks of another shape" exercise="gradient-check" breaks=["errors"]
# A gradient of another shape is an error, and the caller must hear of it.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            continue
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="moves params and adds eps back" exercise="gradient-check" breaks=["purity"]
# 0.5 + 1e-5 - 1e-5 is not 0.5.
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key, block in params.items():
        if np.shape(grads[key]) != np.shape(block):
            raise ValueError(key)
        numerical = np.zeros(block.shape)
        for i in np.ndindex(block.shape):
            block[i] += eps
            upper = loss(params)
            block[i] -= 2 * eps
            numerical[i] = (upper - loss(params)) / (2 * eps)
            block[i] += eps
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="leaves params moved" exercise="gradient-check" breaks=["value", "purity"]
# Is params as it was when the next block has its turn?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key, block in params.items():
        if np.shape(grads[key]) != np.shape(block):
            raise ValueError(key)
        numerical = np.zeros(block.shape)
        for i in np.ndindex(block.shape):
            block[i] += eps
            upper = loss(params)
            block[i] -= 2 * eps
            numerical[i] = (upper - loss(params)) / (2 * eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="checks a few entries of each block" exercise="gradient-check" breaks=["value"]
# A few entries drawn at random miss the wrong one among hundreds.
def gradient_check(loss, params, grads, eps=1e-5):
    rng, report = np.random.default_rng(0), {}
    for key, block in params.items():
        if grads[key].shape != block.shape:
            raise ValueError("other shapes")
        slope, places = grads[key].copy(), list(np.ndindex(block.shape))
        for number in rng.permutation(len(places))[:10]:
            upper, lower = block.copy(), block.copy()
            upper[places[number]] += eps
            lower[places[number]] -= eps
            rise = loss({**params, key: upper}) - loss({**params, key: lower})
            slope[places[number]] = rise / (2 * eps)
        report[key] = relative_error(grads[key], slope)
    return report


# %% accepted="in one comprehension" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    def numerical(key):
        return numerical_gradient(lambda block: loss(dict(params, **{key: block})), params[key], eps=eps)

    return {key: relative_error(np.asarray(grads[key]), numerical(key)) for key in params}


# %% accepted="moves params and restores them exactly" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key, block in params.items():
        numerical = np.zeros(block.shape)
        for i in np.ndindex(block.shape):
            old = block[i]
            block[i] = old + eps
            upper = loss(params)
            block[i] = old - eps
            numerical[i] = (upper - loss(params)) / (2 * eps)
            block[i] = old
        report[key] = relative_error(grads[key], numerical)
    return report


# %% accepted="on a copy of params" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    mine = {key: np.array(block, dtype=float) for key, block in params.items()}
    report = {}
    for key in mine:
        if np.asarray(grads[key]).shape != mine[key].shape:
            raise ValueError("shape of " + key)

        def of_block(block, key=key):
            old, mine[key] = mine[key], block
            value = loss(mine)
            mine[key] = old
            return value

        report[key] = relative_error(numerical_gradient(of_block, mine[key], eps), grads[key])
    return report


# %% accepted="with formulas of its own" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in sorted(params):
        theirs, block = np.asarray(grads[key], dtype=float), np.asarray(params[key], dtype=float)
        if theirs.shape != block.shape:
            raise ValueError(key)
        mine = np.empty(block.shape)
        for i in np.ndindex(block.shape):
            step = np.zeros(block.shape)
            step[i] = eps
            mine[i] = (loss({**params, key: block + step}) - loss({**params, key: block - step})) / (2 * eps)
        size = max(1e-12, np.abs(mine).max(), np.abs(theirs).max())
        report[key] = float("inf") if np.isnan(theirs).any() else float(np.abs(mine - theirs).max() / size)
    return report


# %% accepted="textbook: block by block" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    errors = {}
    for key in params:
        numerical = numerical_gradient(lambda block: loss({**params, key: block}), params[key], eps)
        errors[key] = relative_error(grads[key], numerical)
    return errors


# %% accepted="textbook, step by step: entry by entry, in place and restored" exercise="gradient-check"
def gradient_check(loss, params, grads, eps=1e-5):
    errors = {}
    for key in params:
        parameter = params[key]
        if grads[key].shape != parameter.shape:
            raise ValueError("the gradient of " + key + " has the wrong shape")
        numerical = np.zeros_like(parameter)
        it = np.nditer(parameter, flags=["multi_index"])
        while not it.finished:
            ix = it.multi_index
            old_value = parameter[ix].copy()
            parameter[ix] = old_value + eps
            loss_plus = loss(params)
            parameter[ix] = old_value - eps
            loss_minus = loss(params)
            parameter[ix] = old_value
            numerical[ix] = (loss_plus - loss_minus) / (2 * eps)
            it.iternext()
        errors[key] = relative_error(grads[key], numerical)
    return errors


# %% [markdown]
# ## find-the-bug


# %% mistake="nothing corrected" exercise="find-the-bug" breaks=["value", "gradient"]
# Run report_on(fixed_backward): which blocks are left, and in which situations?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(A[layer - 1][i])
    return grads


# %% mistake="biases corrected only" exercise="find-the-bug" breaks=["value"]
# Run report_on(fixed_backward): which blocks are left, and in which situations?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(A[layer - 1][i])
    return grads


# %% mistake="slope corrected only" exercise="find-the-bug" breaks=["gradient"]
# Run report_on(fixed_backward): which blocks are left, and in which situations?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="weights without 1/m" exercise="find-the-bug" breaks=["value"]
# Now the weights are m times too large.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = A[-1][i] - y[i]
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="no factor 1/m anywhere" exercise="find-the-bug" breaks=["value", "gradient"]
# The loss is a mean over the examples.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = A[-1][i] - y[i]
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="divides the weights by m too" exercise="find-the-bug" breaks=["value", "gradient"]
# Run report_on(fixed_backward): which blocks are left, and in which situations?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i]) / m
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="multiplies the biases by m" exercise="find-the-bug" breaks=["gradient"]
# Try one example and six: which factor is left?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta * m
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="slope of the wrong layer" exercise="find-the-bug" breaks=["value", "gradient"]
# Whose pre-activation belongs to the delta of this layer? Print the shapes.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 1][i])
    return grads


# %% mistake="slope left out" exercise="find-the-bug" breaks=["value", "gradient"]
# The slope was at the wrong place, not one too many.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = params[f"W{layer}"].T @ delta
    return grads


# %% mistake="slope of the output" exercise="find-the-bug" breaks=["value", "gradient"]
# For softmax with cross-entropy the slope of the output has cancelled.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) * A[-1][i] * (1 - A[-1][i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="last example only" exercise="find-the-bug" breaks=["value", "gradient"]
# The examples add up.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] = np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] = delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="changes the cache" exercise="find-the-bug" breaks=["value"]
# Is the cache the same after the call?
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    A[-1] -= y
    for i in range(m):
        delta = A[-1][i] / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% mistake="slope corrected for the last hidden layer only" exercise="find-the-bug" breaks=["value"]
# With more than one hidden layer the report is not clean yet.
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(Z), 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime((Z if layer == len(Z) else A[1:])[layer - 2][i])
    return grads


# %% accepted="calls mlp_backward" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    return mlp_backward(y, cache, params, hidden_prime)


# %% accepted="with matrices" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    A, Z = cache["A"], cache["Z"]
    dZ, grads = (A[-1] - np.asarray(y)) / len(y), {}
    for layer in range(len(Z), 0, -1):
        grads[f"W{layer}"], grads[f"b{layer}"] = dZ.T @ A[layer - 1], dZ.sum(axis=0)
        if layer > 1:
            dZ = (dZ @ params[f"W{layer}"]) * hidden_prime(Z[layer - 2])
    return grads


# %% accepted="with linear_backward" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    dZ, grads = (cache["A"][-1] - y) / len(y), {}
    for layer in reversed(range(1, len(cache["Z"]) + 1)):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(dZ, cache["A"][layer - 1], params[f"W{layer}"])
        if layer > 1:
            dZ = dA * hidden_prime(cache["Z"][layer - 2])
    return grads


# %% accepted="divides at the end" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = A[-1][i] - y[i]
        for layer in range(len(A) - 1, 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i]) / m
            grads[f"b{layer}"] += delta / m
            if layer > 1:
                delta = (delta @ params[f"W{layer}"]) * hidden_prime(Z[layer - 2][i])
    return grads


# %% accepted="textbook: by matrices" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, grads = cache["A"], cache["Z"], {}
    dZ = (A[-1] - y) / len(y)
    for layer in range(len(Z), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% accepted="textbook, step by step: the given loop with both lines corrected" exercise="find-the-bug"
def fixed_backward(y, cache, params, hidden_prime):
    A, Z, m = cache["A"], cache["Z"], len(y)
    grads = {key: np.zeros(block.shape) for key, block in params.items()}
    for i in range(m):
        delta = (A[-1][i] - y[i]) / m
        for layer in range(len(A) - 1, 0, -1):
            grads[f"W{layer}"] += np.outer(delta, A[layer - 1][i])
            grads[f"b{layer}"] += delta
            if layer > 1:
                delta = (params[f"W{layer}"].T @ delta) * hidden_prime(Z[layer - 2][i])
    return grads


# %% [markdown]
# ## fit


# %% mistake="new arrays" exercise="fit" breaks=["state"]
# W = W - ... makes a new array; the old one, which the caller has, stays untrained.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] = params[key] - lr * grads[key]
    return losses


# %% mistake="trains a copy" exercise="fit" breaks=["state"]
# The caller's params are as untrained as before.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    params = {key: block.copy() for key, block in params.items()}
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="loss after the step" exercise="fit" breaks=["value"]
# losses[0] is the loss of the parameters that came in.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        _, cache = mlp_forward(X, params, hidden, sigmoid)
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
        losses.append(bce(y, mlp_forward(X, params, hidden, sigmoid)[0]))
    return losses


# %% mistake="one loss too many" exercise="fit" breaks=["value"]
# How many losses does the docstring promise?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    losses.append(bce(y, mlp_forward(X, params, hidden, sigmoid)[0]))
    return losses


# %% mistake="last loss only" exercise="fit" breaks=["value"]
# All losses, one for each step.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses[-1:] * epochs


# %% mistake="squared error" exercise="fit" breaks=["value"]
# Which loss belongs to the gradients?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(float(np.mean((np.asarray(y) - p) ** 2) / 2))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="summed loss" exercise="fit" breaks=["value"]
# The loss is a mean over the examples.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p) * len(y))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="biases stand still" exercise="fit" breaks=["value", "state"]
# Does every block of params change?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in [name for name in params if name.startswith("W")]:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="first layer stands still" exercise="fit" breaks=["value", "state"]
# Does every block of params change?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in [name for name in params if name != "W1"]:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="update between the gradients" exercise="fit" breaks=["value", "state"]
# All gradients first, then all updates.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            _, cache = mlp_forward(X, params, hidden, sigmoid)
            grads = mlp_backward(y, cache, params, hidden_prime)
            params[key] -= lr * grads[key]
    return losses


# %% mistake="uphill" exercise="fit" breaks=["value", "state"]
# The loss grows: which direction does the gradient point to?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] += lr * grads[key]
    return losses


# %% mistake="divides by m again" exercise="fit" breaks=["value", "state"]
# The gradient is a mean already.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr / len(X) * grads[key]
    return losses


# %% mistake="ignores the learning rate" exercise="fit" breaks=["value", "state"]
# Is lr used?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= 0.1 * grads[key]
    return losses


# %% mistake="always ReLU" exercise="fit" breaks=["value", "state"]
# hidden and hidden_prime are arguments.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, relu, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, relu_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="always tanh" exercise="fit" breaks=["value", "state"]
# hidden and hidden_prime are arguments.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, tanh, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, tanh_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="slope of another activation" exercise="fit" breaks=["value", "state"]
# Does hidden_prime belong to hidden?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, sigmoid_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="one step too few" exercise="fit" breaks=["value", "state"]
# How often is params updated?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(max(1, epochs - 1)):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        if epochs > 1 and len(losses) == epochs - 1:
            break
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="decaying rate" exercise="fit" breaks=["value", "state"]
# The learning rate stays the same in every step.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        lr *= 0.9
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="scales X in place" exercise="fit" breaks=["state", "value"]
# X belongs to the caller.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    X /= np.max(np.abs(X))
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="stops when the loss rises" exercise="fit" breaks=["value", "state"]
# The loss may rise for a while: there are `epochs` steps.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="stops when the loss has risen twice" exercise="fit" breaks=["value", "state"]
# The loss may rise for a while: there are `epochs` steps.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses, rises = [], 0
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        rises = rises + 1 if len(losses) > 1 and losses[-1] > losses[-2] else 0
        if rises == 2:
            break
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="halves the rate when the loss rises" exercise="fit" breaks=["value", "state"]
# lr is the rate of every step, whatever the loss does.
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        if len(losses) > 1 and losses[-1] > losses[-2]:
            lr = lr / 2
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% accepted="with numpy's own subtraction" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            np.subtract(params[key], lr * grads[key], out=params[key])
    return losses


# %% accepted="writes into the arrays" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key][...] = params[key] - lr * np.asarray(grads[key])
    return losses


# %% accepted="losses as an array" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = np.zeros(epochs)
    for t in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses[t] = bce(y, p)
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% accepted="layer by layer, last first" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for layer in range(len(cache["Z"]), 0, -1):
            params[f"W{layer}"] -= lr * grads[f"W{layer}"]
            params[f"b{layer}"] -= lr * grads[f"b{layer}"]
    return losses


# %% accepted="in a while loop, with an extra argument" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime, verbose=False):
    losses = []
    while len(losses) < epochs:
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% accepted="textbook: forward, loss, backward, update" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        A, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, A))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% accepted="textbook, step by step: layer by layer, with a log" exercise="fit"
def fit(X, y, params, lr, epochs, hidden, hidden_prime, print_cost=False):
    costs = []
    L = len(params) // 2
    for epoch in range(epochs):
        # forward propagation
        A_L, cache = mlp_forward(X, params, hidden, sigmoid)
        # cost
        cost = bce(y, A_L)
        costs.append(cost)
        # backward propagation
        grads = mlp_backward(y, cache, params, hidden_prime)
        # update of the parameters
        for layer in range(1, L + 1):
            params["W" + str(layer)] -= lr * grads["W" + str(layer)]
            params["b" + str(layer)] -= lr * grads["b" + str(layer)]
        if print_cost and epoch % 100 == 0:
            print(f"cost after epoch {epoch}: {cost:.6f}")
    return costs
