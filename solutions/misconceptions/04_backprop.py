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
# For the example in the docstring you get 12.61, not 12.01: one of your two points is
# x itself, so that the slope is taken on one side only. How do the errors of the two
# sides differ, and when do they cancel?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x)) / eps
    return slope


# %% mistake="divides by eps" exercise="numerical-gradient" breaks=["value"]
# Your slopes are twice as large as they should be: for the example in the docstring
# you get 24.02 and 10. A slope is a rise divided by a run. How far apart are the two
# points at which f is evaluated?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / eps
    return slope


# %% mistake="multiplies by eps" exercise="numerical-gradient" breaks=["value"]
# Your slopes are far too small: for the example in the docstring you get 0.12, not
# 12.01, as the difference is multiplied by eps. Python reads a / 2 * eps as (a / 2) *
# eps. What belongs below the fraction?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / 2 * eps
    return slope


# %% mistake="unequal distances" exercise="numerical-gradient" breaks=["value"]
# For the example in the docstring you get 17.1 and 7.5: on one side your point lies
# twice as far from x as on the other. Which distance do both points have in a central
# difference?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - 2 * step)) / (2 * eps)
    return slope


# %% mistake="wrong order of the difference" exercise="numerical-gradient" breaks=["value"]
# Your slopes have the wrong sign: for the example in the docstring you get -12.01 and
# -5. For f(x) = x the value grows with x. Which of the two points does the larger
# value belong to, and which value is subtracted?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x - step) - f(x + step)) / (2 * eps)
    return slope


# %% mistake="all entries at once" exercise="numerical-gradient" breaks=["value"]
# All your slopes are the same number: for the example in the docstring you get 17.01
# twice, the sum of both. All entries are moved together. Which entries have to stay
# where they are when you ask for one slope?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps))


# %% mistake="does not restore x" exercise="numerical-gradient" breaks=["value", "purity"]
# After the call x has other numbers than before, and the later slopes are taken at
# another point: each entry stays moved when the next one has its turn. When does an
# entry have to get its old value back?
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
# Your slopes are right, but after the call x has changed in its last digits: 0.5 +
# 1e-5 - 1e-5 is not 0.5 in float64. The docstring says bit for bit. Where can the old
# value wait in the meantime?
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
# Your slopes are the same for every eps: for the example in the docstring, with
# eps=0.1, you get 12.0, not 12.01. Where does your function use its argument?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-5
        slope[index] = (f(x + step) - f(x - step)) / 2e-5
    return slope


# %% mistake="a step far too small" exercise="numerical-gradient" breaks=["value"]
# Your slopes are right in a few digits only: the step is so small that round-off is a
# large part of the difference. For the docstring, with eps=0.1, you get 12.001. Which
# step does the caller ask for?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-12
        slope[index] = (f(x + step) - f(x - step)) / 2e-12
    return slope


# %% mistake="keeps the integer type" exercise="numerical-gradient" breaks=["value"]
# For an array of integers your result is wrong, for floats it is right. Such an array
# holds whole numbers only: of x + eps the part behind the point is cut off. Which
# type do the moved entries need?
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
# For an array of integers your slopes are wrong, and whole numbers; for floats they
# are right. A step of eps has no place in an array of integers, and neither has a
# slope. Which type do both need?
def numerical_gradient(f, x, eps=1e-5):
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        upper, lower = x.copy(), x.copy()
        upper[index] += eps
        lower[index] -= eps
        slope[index] = (f(upper) - f(lower)) / (2 * eps)
    return slope


# %% mistake="works in float32" exercise="numerical-gradient" breaks=["value"]
# Your slopes are right in a few digits only: they are computed in float32, which
# holds seven, and the difference of two near numbers loses most of them. Which type
# keeps enough digits for such a subtraction?
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
# For a vector your result is right. In a matrix all entries of a row get the same
# slope, the sum of the row: a whole row is moved together. How many indices has an
# entry of a matrix?
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = eps
        slope[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return slope


# %% mistake="hands f a flat array" exercise="numerical-gradient" breaks=["value"]
# For a vector your result is right. For a matrix f gets a flat array, on which it
# fails or gives something else. Which shape does the docstring promise to f?
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
# For a transposed x your slopes are 0: a reshape gives a copy there, and what is
# written into it never reaches the array that f gets. How can you address an entry of
# x itself?
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
# Your slopes are right for the first hundred entries and 0 for all others. A weight
# matrix has more. Which entries does the docstring leave out?
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
# Your error depends on the order of the two blocks: where b is larger than a, the
# difference is negative and counts as small. What tells the size of a difference,
# whatever its sign?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float((a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="mean instead of maximum" exercise="relative-error" breaks=["value"]
# For the example in the docstring you get 0.1, not 0.2: you take the mean of the
# differences, and a mean hides one wrong entry among many right ones. Which
# difference does the docstring ask for?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).mean() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="entry by entry" exercise="relative-error" breaks=["value"]
# Each difference is divided by its own entry in your function, so that an entry near
# 0, wrong by round-off alone, decides the result. The docstring has one scale for the
# whole block. Which two maxima does it come from?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float((np.abs(a - b) / np.maximum(1e-12, np.maximum(np.abs(a), np.abs(b)))).max())


# %% mistake="ratio of norms" exercise="relative-error" breaks=["value"]
# For the example in the docstring you get 0.109, not 0.2: your error is a quotient of
# lengths, and in a long vector one wrong entry has little weight. Which numbers of
# the two blocks does the docstring name?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.linalg.norm(a - b) / max(1e-12, np.linalg.norm(a) + np.linalg.norm(b)))


# %% mistake="sum of the scales" exercise="relative-error" breaks=["value"]
# For the example in the docstring you get 0.111, not 0.2: the two maxima are added
# below the fraction. A gradient with the wrong sign should have the error 2. Which
# error does it get from you?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max() + np.abs(b).max()))


# %% mistake="scale of the first block only" exercise="relative-error" breaks=["value"]
# For the example in the docstring you get 0.25, not 0.2: only the first block is in
# the scale. If a is all zeros, the error is huge. Which of the two blocks has the
# larger entry there?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max()))


# %% mistake="divides zero by zero" exercise="relative-error" breaks=["value"]
# For two blocks of zeros your result is nan: 0 is divided by 0, although the blocks
# are equal. What does the docstring put beside the two maxima, and why is it so
# small?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    with np.errstate(all="ignore"):
        return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max()))


# %% mistake="adds a constant" exercise="relative-error" breaks=["value"]
# All your errors are slightly too small: a constant is added to the scale. For the
# example in the docstring you get 0.1999999996. How does the docstring keep the scale
# from 0 without changing the others?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / (max(np.abs(a).max(), np.abs(b).max()) + 1e-8))


# %% mistake="floor too high" exercise="relative-error" breaks=["value"]
# Blocks with very small entries get an error that is far too small: your scale never
# falls below a number that is larger than they are. Gradients of 1e-9 are not zero.
# Which smallest scale does the docstring give?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-6, np.abs(a).max(), np.abs(b).max()))


# %% mistake="NaN slips through" exercise="relative-error" breaks=["value"]
# For a block with a NaN in it your result is nan, and a comparison such as nan > 1e-7
# is false: a broken gradient would pass. What does the docstring ask for there?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="NaN is left out" exercise="relative-error" breaks=["value"]
# A NaN does not count in your result: the error comes from the other entries, and a
# broken gradient passes. It is the worst error that there is. What does the docstring
# ask for there?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    return float(np.nanmax(np.abs(a - b)) / max(1e-12, np.nanmax(np.abs(a)), np.nanmax(np.abs(b))))


# %% mistake="looks for NaN in the first block only" exercise="relative-error" breaks=["value"]
# With a NaN in the first block your result is right, with one in the second block it
# is nan. In which of the blocks may a NaN stand?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="absolute error" exercise="relative-error" breaks=["value"]
# For the example in the docstring you get 1.0, not 0.2: your error is absolute. An
# error of 1e-6 is large for a gradient of 1e-6, and nothing for one of 1000. With
# what does the docstring compare it?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max())


# %% mistake="no look at the shapes" exercise="relative-error" breaks=["errors"]
# For a flat array and a column your function gives a number, where the docstring asks
# for a ValueError: the two broadcast to a table, in which nothing is paired rightly.
# What has to be compared before the entries?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="compares the shapes and computes nothing" exercise="relative-error" breaks=["value", "errors"]
# For blocks of one shape your result is None: your function compares the shapes and
# comes to its end. Different shapes are the exception and one shape is the usual
# case. What has to follow behind the comparison?
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError(f"blocks have shapes {a.shape} and {b.shape}")


# %% mistake="compares sizes" exercise="relative-error" breaks=["errors"]
# Blocks of the shapes (3,) and (3, 1) pass your comparison: they have the same number
# of entries. The docstring asks for a ValueError there. What does a shape tell beyond
# the number of entries?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.size != b.size:
        raise ValueError("shapes differ")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="flattens first" exercise="relative-error" breaks=["errors"]
# Blocks of the shapes (2, 3) and (3, 2) get an error of the usual kind from you: laid
# flat, all shapes of one size look alike. The docstring asks for a ValueError. Which
# shapes have to be compared, and when?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    if a.size != b.size:
        raise ValueError("sizes")
    a, b = a.ravel(), b.ravel()
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="asserts" exercise="relative-error" breaks=["errors"]
# For different shapes your function raises an AssertionError. Which type of error
# does the docstring ask for, and what can a caller do with the right one?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="gives infinity for other shapes" exercise="relative-error" breaks=["errors"]
# For different shapes your function returns infinity, as for a NaN. The docstring
# asks for a ValueError: nothing has been compared. What is the difference between a
# bad gradient and a wrong call?
def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return np.inf
    if np.isnan(a).any() or np.isnan(b).any():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max(), np.abs(b).max()))


# %% mistake="looks at a few entries" exercise="relative-error" breaks=["value"]
# In a large block your function looks at some of the entries only: a wrong one among
# the others does not count. A single wrong entry is a wrong gradient. How many
# differences does the docstring take the maximum of?
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
# With one example your db is right, with m examples it is m times too small: you take
# a mean. The gradient dZ belongs to a loss that is an average already. How do the
# parts of the examples come together?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.mean(axis=0)


# %% mistake="db keeps an axis" exercise="linear-backward" breaks=["value"]
# The numbers of your db are right, but its shape is (1, n_out). A bias has one axis,
# (n_out,), and its gradient has the same shape. What keeps the second axis in your
# sum?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0, keepdims=True)


# %% mistake="db is one number" exercise="linear-backward" breaks=["value"]
# Your db is a single number for all units. Each unit has a bias of its own. Over
# which axis do you sum, and which one has to stay?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum()


# %% mistake="db sums over the units" exercise="linear-backward" breaks=["value"]
# Your db has one entry for each example, not for each unit: for the docstring you get
# 1 and -2. Each bias acts on all examples. Along which axis of dZ do the examples
# lie?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=1)


# %% mistake="dW divided by m" exercise="linear-backward" breaks=["value"]
# With one example your result is right, with more of them dW is too small by their
# number, and perhaps other parts too. The gradient dZ belongs to a loss that is an
# average already. How often does the factor 1/m enter?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, dZ.T @ A_prev / len(dZ), dZ.sum(axis=0)


# %% mistake="dW transposed" exercise="linear-backward" breaks=["value"]
# Your dW has the shape (n_in, n_out), that of W transposed; a square W hides it. A
# row of W belongs to a unit of this layer. Which of the two factors has to give the
# rows of dW?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, A_prev.T @ dZ, dZ.sum(axis=0)


# %% mistake="dW from the means" exercise="linear-backward" breaks=["value"]
# With one example your dW is right. With several it is the product of a mean and a
# sum, so that inputs of one example meet the gradients of another. Which products
# does the chain rule ask for, and what is summed last?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W, np.outer(dZ.mean(axis=0), A_prev.sum(axis=0)), dZ.sum(axis=0)


# %% mistake="dA with the transposed weights" exercise="linear-backward" breaks=["value", "gradient"]
# Your dA_prev uses W the wrong way round: where n_in and n_out differ your function
# stops with an error, and a square W hides it. Over which axis of W does the sum for
# one input run, inputs or units?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W.T, dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="dW and db divided by m" exercise="linear-backward" breaks=["value"]
# With one example your result is right, with more of them dW is too small by their
# number, and perhaps other parts too. The gradient dZ belongs to a loss that is an
# average already. How often does the factor 1/m enter?
def linear_backward(dZ, A_prev, W):
    return dZ @ W, dZ.T @ A_prev / len(dZ), dZ.sum(axis=0) / len(dZ)


# %% mistake="everything divided by m" exercise="linear-backward" breaks=["value", "gradient"]
# With one example your result is right, with more of them dW is too small by their
# number, and perhaps other parts too. The gradient dZ belongs to a loss that is an
# average already. How often does the factor 1/m enter?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    dZ = dZ / len(dZ)
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="another order of the results" exercise="linear-backward" breaks=["value", "gradient"]
# Your three results are right, but they come in another order than the docstring has
# them, so that the caller takes one for another. In which order are they promised?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ.T @ A_prev, dZ.sum(axis=0), dZ @ W


# %% mistake="dA of the average unit" exercise="linear-backward" breaks=["gradient"]
# With one unit your dA_prev is right, with n_out units it is n_out times too small:
# you take a mean over the units. An input acts on the loss through every unit. What
# does the chain rule do with several paths?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ W / len(W), dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="dA with the signs lost" exercise="linear-backward" breaks=["gradient"]
# Where all weights are positive your dA_prev is right. A negative weight counts as a
# positive one in your result. When such an input rises, what does the unit do, and
# what does it mean for the gradient?
def linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(a, dtype=float) for a in (dZ, A_prev, W))
    return dZ @ np.abs(W), dZ.T @ A_prev, dZ.sum(axis=0)


# %% mistake="writes into A_prev" exercise="linear-backward" breaks=["value"]
# After the call the caller's array A_prev holds other numbers than before: your
# function writes into it, and the cache is needed again. Which line does that, and
# how do you get a new array in its place?
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
# With one example your gradients are right, with m examples all of them are m times
# too large. The loss is an average over the examples. At which step of the way back
# does the factor 1/m come in?
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
# With one output your gradients are right, with two outputs all of them are half of
# what they should be: you divide by the number of entries of y. Over what does the
# loss average, and over what does it sum?
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


# %% mistake="divides by the longer side of y" exercise="mlp-backward" breaks=["value"]
# Your gradients are right where there are at least as many examples as outputs. With
# one example and several outputs they are too small: the number by which you divide
# is then the number of outputs. Which axis of y counts the examples?
def mlp_backward(y, cache, params, hidden_prime):
    A, Z, p = cache["A"], cache["Z"], cache["A"][-1]
    if y.shape != p.shape:
        raise ValueError(f"{y.shape}, not {p.shape}")
    dZ, grads = (p - y) / max(y.shape), {}
    for layer in range(len(Z), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(dZ, A[layer - 1], params[f"W{layer}"])
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


# %% mistake="sign flipped" exercise="mlp-backward" breaks=["value", "gradient"]
# All your gradients have the wrong sign: for the docstring you get 0.25, where -0.25
# is right, so that a step of gradient descent goes uphill. If the output is below its
# target, which sign has the slope of the loss?
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
# Your gradients are too small, and more so the surer the output is: for the docstring
# you get -0.047, not -0.25. The slope of the sigmoid is in them as a factor. What has
# become of it, together with the loss, in your derivation?
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
# With ReLU your gradients are right, with tanh they are wrong below the last layer.
# The slope is taken at the activation there, and ReLU hides it. At which of the two,
# z or f(z), does hidden_prime want to be asked?
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
# The gradients of your last layer are right, those of all layers below are wrong: the
# argument hidden_prime has no effect. On the way from A back to Z the signal goes
# through the activation. What does the chain rule ask for there?
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
# The slope that you multiply with dA belongs to another layer: where the layers have
# different sizes your function stops with an error. cache["Z"] begins with Z1. Which
# entry belongs to the layer that dA has come down to?
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
# The slope that you multiply with dA belongs to another layer: where the layers have
# different sizes your function stops with an error. cache["Z"] begins with Z1. Which
# entry belongs to the layer that dA has come down to?
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
# Behind the first layer your function goes one step too far: it takes a slope below
# it and stops with an error where the shapes do not fit. An index of -1 means the
# last entry. Is there a pre-activation below the first layer?
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
# Behind the first layer your function goes one step too far: it takes a slope below
# it and stops with an error where the shapes do not fit. An index of -1 means the
# last entry. Is there a pre-activation below the first layer?
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
# Even the gradients of your last layer are wrong: for the docstring you get -0.09,
# not -0.25. The slope of the hidden activation is a factor there. Which activation
# has the output, and what has become of its slope in your derivation?
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
# With one hidden layer your gradients are right, with two they are wrong: the slope
# of the first layer is used for all of them. How does the entry of cache["Z"] depend
# on the layer at which you are?
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
# Your result has no "W1" and no "b1": for the docstring it is empty. The loop ends
# one layer too early, as the end of a range is not part of it. Which layer comes last
# on the way back?
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
# Your weights have the right gradients, your biases m times too small ones. The
# factor 1/m is in dZ, and both come from dZ. How often does it enter the biases?
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
# The gradients of your biases have the shape (1, n), and the docstring asks for the
# shapes of params, (n,). In a training they would broadcast the biases to two axes.
# Where does the second axis come from?
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
# With two layers your gradients are right. With one layer your function fails, and
# with three it fails or gives other gradients. How can you tell from the cache how
# many layers there are, and what repeats in each of them?
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
# With ten layers or more your gradients are wrong or the call fails: sorted as text,
# "W10" stands before "W2". The keys have numbers in them. Which order do you want,
# and how do you get each key from a number?
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
# After the call the caller's cache is not what it was: your function writes into it,
# as operators such as -= do. Which line does that, and how do you get a new array in
# its place?
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
# For a y of another shape than the output your function gives gradients without an
# error. Such shapes can broadcast, and the gradients look like any others. The
# docstring asks for a ValueError. Which two shapes have to be compared, and when?
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
# A y of shape (3,) passes your comparison for an output of shape (3, 3): they have
# the same length. Then y broadcasts over the rows. What does a shape tell beyond the
# length?
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
# For a y of another shape than the output your function gives gradients without an
# error. Such shapes can broadcast, and the gradients look like any others. The
# docstring asks for a ValueError. Which two shapes have to be compared, and when?
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
# For a y of another shape your function raises an AssertionError. Which type of error
# does the docstring ask for, and what can a caller do with the right one?
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
# Your report has no biases: for the docstring it is {'W1': 0.5}. A wrong gradient of
# a bias is never found. Which keys does the docstring promise?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in [name for name in params if name.startswith("W")]:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="one error for all" exercise="gradient-check" breaks=["value", "errors"]
# Your report has the same error for all blocks: for the docstring W1 and b1 both get
# 0.5, though the gradient of b1 is right. Which block is wrong then? How many
# comparisons does the report need?
def gradient_check(loss, params, grads, eps=1e-5):
    numerical = {k: numerical_gradient(lambda block, k=k: loss({**params, k: block}), params[k], eps) for k in params}
    flat = [np.concatenate([np.ravel(g[k]) for k in params]) for g in (grads, numerical)]
    return dict.fromkeys(params, relative_error(*flat))


# %% mistake="ignores eps" exercise="gradient-check" breaks=["value"]
# Your report is the same for every eps: the numerical gradient is always taken with
# its default step. Where does the argument eps have to arrive?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key])
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="a smaller default step" exercise="gradient-check" breaks=["value"]
# Your errors are larger than they should be for right gradients: the step is much
# smaller than the one that comes in, and round-off grows as it shrinks. Which step
# does the docstring promise?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps / 100)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="late binding" exercise="gradient-check" breaks=["value", "purity"]
# Your report fails or is wrong for all blocks but the last: each block is put into
# the place of the last one. A function made in a loop looks up its variables when it
# is called, not when it is made. Which value has key then?
def gradient_check(loss, params, grads, eps=1e-5):
    functions = []
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(key)
        functions.append(lambda block: loss({**params, key: block}))  # noqa: B023
    pairs = zip(params, functions, strict=True)
    return {k: relative_error(grads[k], numerical_gradient(f, params[k], eps)) for k, f in pairs}


# %% mistake="never exchanges the block" exercise="gradient-check" breaks=["value"]
# Your error is 1 for every gradient but zero, the right ones too: all numerical
# slopes are 0, as the loss does not change when an entry is moved. Which dict does
# the loss get, and is the moved block in it?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss(params), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="absolute error" exercise="gradient-check" breaks=["value"]
# For the docstring you get 2.0, not 0.5: your error is absolute. It is large for
# large gradients and small for small ones, right or wrong. Which of your functions
# gives the error that the docstring asks for?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = float(np.max(np.abs(grads[key] - numerical)))
    return report


# %% mistake="ratio of norms" exercise="gradient-check" breaks=["value"]
# For W1 of the docstring your error is smaller than 0.5: it is a quotient of lengths,
# in which one wrong entry of a large block has little weight. Which of your functions
# gives the error that the docstring asks for?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = float(np.linalg.norm(grads[key] - numerical) / max(1e-12, np.linalg.norm(numerical)))
    return report


# %% mistake="ratio of norms, over their sum" exercise="gradient-check" breaks=["value"]
# For W1 of the docstring your error is smaller than 0.5: it is a quotient of lengths,
# in which one wrong entry of a large block has little weight. Which of your functions
# gives the error that the docstring asks for?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError("another shape")
        a, n = grads[key], numerical_gradient(lambda v, key=key: loss({**params, key: v}), params[key], eps)
        report[key] = np.linalg.norm(a - n) / max(1e-12, np.linalg.norm(a) + np.linalg.norm(n))
    return report


# %% mistake="true or false" exercise="gradient-check" breaks=["value"]
# Your report says True or False: for the docstring W1 gets False and b1 gets True.
# The limit depends on the network, and a number tells how far off a gradient is. What
# does the docstring promise for each key?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical) < 1e-7
    return report


# %% mistake="first row only" exercise="gradient-check" breaks=["value"]
# Your error comes from the first row of each block: a wrong entry in a later row is
# not found. The docstring compares every entry of a block. What does relative_error
# get from you?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(np.asarray(grads[key])[:1], numerical[:1])
    return report


# %% mistake="pairs by position" exercise="gradient-check" breaks=["value"]
# Your report is right while grads lists its keys in the order of params. In another
# order a block is compared with the gradient of another one. What tells which
# gradient belongs to a block?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for (key, block), grad in zip(params.items(), grads.values(), strict=True):
        if np.shape(grad) != np.shape(block):
            raise ValueError(key)
        numerical = numerical_gradient(lambda b, key=key: loss({**params, key: b}), block, eps)
        report[key] = relative_error(grad, numerical)
    return report


# %% mistake="always two layers" exercise="gradient-check" breaks=["value", "purity"]
# With two layers your report is right. With one layer your function fails, as for the
# docstring, and with three it leaves some out. Where do the names of all blocks
# stand?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in ["W1", "b1", "W2", "b2"]:
        if np.shape(grads[key]) != np.shape(params[key]):
            raise ValueError(f"gradient of {key}")
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="flattens the gradients" exercise="gradient-check" breaks=["errors"]
# A gradient of the shape (3, 1) for a block of the shape (3,) gets an error of the
# usual kind from you: laid flat, both look alike. The docstring asks for a
# ValueError. Which function of yours refuses other shapes, if it gets to see them?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(np.ravel(grads[key]), np.ravel(numerical))
    return report


# %% mistake="reshapes the gradients" exercise="gradient-check" breaks=["errors"]
# A gradient of another shape is brought into the shape of its block by your function,
# and its mistake stays hidden. The docstring asks for a ValueError. Which function of
# yours refuses other shapes, if it gets to see them?
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
# A block whose gradient has another shape is missing in your report, and nobody hears
# of it. The docstring asks for a ValueError. Which function of yours refuses other
# shapes, if it gets to see them?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key in params:
        if np.shape(grads[key]) != np.shape(params[key]):
            continue
        numerical = numerical_gradient(lambda block, key=key: loss({**params, key: block}), params[key], eps)
        report[key] = relative_error(grads[key], numerical)
    return report


# %% mistake="moves params and adds eps back" exercise="gradient-check" breaks=["purity"]
# Your errors are right, but after the call params has changed in its last digits: 0.5
# + 1e-5 - 1e-5 is not 0.5 in float64. Which of your functions takes slopes and leaves
# its array bit for bit as it is?
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
# After the call params has other numbers than before, and the later slopes are taken
# at another point: each entry stays moved when the next one has its turn. Which of
# your functions takes slopes and leaves its array as it is?
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
# In a large block your function checks some of the entries only: a wrong one among
# the others is not found. The docstring compares every entry. Which of your functions
# gives the slopes of a whole block?
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


# %% mistake="checks every fourth entry of a large block" exercise="gradient-check" breaks=["value"]
# In a large block your function checks some of the entries only: a wrong one among
# the others is not found. The docstring compares every entry. Which of your functions
# gives the slopes of a whole block?
def gradient_check(loss, params, grads, eps=1e-5):
    report = {}
    for key, block in params.items():
        if grads[key].shape != block.shape:
            raise ValueError("other shapes")
        slope, places = grads[key].copy(), list(np.ndindex(block.shape))
        for place in places[:: max(1, len(places) // 50)]:
            upper, lower = block.copy(), block.copy()
            upper[place] += eps
            lower[place] -= eps
            slope[place] = (loss({**params, key: upper}) - loss({**params, key: lower})) / (2 * eps)
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
# Some blocks of your gradients are still wrong, in some situations only. Print
# report_on(fixed_backward).table() and compare: which blocks are left, how does their
# error change with the number of examples and with the activation, and what do these
# blocks have in common?
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
# Some blocks of your gradients are still wrong, in some situations only. Print
# report_on(fixed_backward).table() and compare: which blocks are left, how does their
# error change with the number of examples and with the activation, and what do these
# blocks have in common?
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
# Some blocks of your gradients are still wrong, in some situations only. Print
# report_on(fixed_backward).table() and compare: which blocks are left, how does their
# error change with the number of examples and with the activation, and what do these
# blocks have in common?
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
# With one example your gradients are right. With m examples the biases are still
# right, but the weights are m times too large now. What do both get from the same
# signal, and where does the average over the examples come in?
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
# With one example your gradients are right, with m examples weights and biases are m
# times too large. The loss is an average over the examples. At which step of the way
# back does the factor 1/m come in?
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
# Some blocks of your gradients are still wrong, in some situations only. Print
# report_on(fixed_backward).table() and compare: which blocks are left, how does their
# error change with the number of examples and with the activation, and what do these
# blocks have in common?
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
# With one example your biases are right, with m examples they are m times too large:
# before they were too small. Compare the reports for six examples and for one. Which
# factor does the signal have already when it comes to the bias?
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
# The slope that you multiply with the signal belongs to another layer: where the
# layers have different sizes your function stops with an error. cache["Z"] begins
# with Z1. Which entry belongs to the layer that the signal has come down to?
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
# The gradients of your last layer are right, those of all layers below are wrong:
# hidden_prime has no effect any more. The bug is not that there is a slope. What is
# wrong with the slope of suspect_backward?
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
# Even the gradients of your last layer are wrong: the slope of a sigmoid is in them
# as a factor. The output is a softmax with cross-entropy. What is left of its slope
# in the derivation, as the text above the function says?
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
# With one example your gradients are right. With several only the last example
# counts: each one replaces what the earlier ones gave. What does the sum over the
# examples mean for the blocks of grads?
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
# After the call the caller's cache is not what it was: your function writes into it,
# as operators such as -= do. Which line does that, and how do you get a new array in
# its place?
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
# With one hidden layer your gradients are right, with more of them the lower layers
# are wrong: one slope is taken rightly, the others are not. What differs between the
# last hidden layer and those below it in your code?
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
# Your losses are right, but the arrays that the caller holds stay as they were:
# params has new arrays in their place. The docstring says changed in place. Which
# kind of assignment writes into an array, and which one makes another?
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
# Your losses are right, but after the call the caller's params is as untrained as
# before: for the docstring W1 is still 0. The training runs on a copy. Whose arrays
# are the steps meant for?
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
# Your list begins with the loss after the first step. The docstring says that
# losses[t] is the loss before step t, so that losses[0] belongs to the parameters
# that come in. When is each loss taken?
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
# Your list has one loss too many: the one after the last step is in it. The docstring
# promises as many losses as there are epochs. Which of them is not asked for?
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
# Every entry of your list is the last loss. The docstring asks for the loss before
# each step, from the first to the last, so that one can see the training. When does a
# loss have to be kept?
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
# Your losses are not those of the docstring, though params is trained rightly: it is
# the squared error that you keep. The gradients belong to another loss. Which one is
# it, and which function gives it?
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
# Your params are trained rightly, but your losses are too large by the number of
# examples. The binary cross-entropy of this course is an average. Which function
# gives it, and is anything left to do with its result?
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
# After your training the biases are as they were before: for the docstring b1 is
# still 0. The weights have learned. Which blocks of params have a gradient, and over
# which of them does your loop run?
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
# After your training the first layer is as it was before: for the docstring W1 is
# still 0. All other blocks have learned. Over which blocks of params does your loop
# run?
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
# Within one step your later blocks get gradients at parameters that have changed
# already: for the docstring b1 is 0.036, not 1. A step of gradient descent has one
# starting point. When are all gradients taken, and when do the updates begin?
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
# Your losses grow from step to step: for the docstring W1 goes to -2, not to 2. The
# gradient points to where the loss grows. In which direction does a step of gradient
# descent go?
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
# With one example your training is right, with m examples each step is m times too
# small. The gradients come from a loss that is an average already. How often does the
# factor 1/m enter your step?
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
# Your training is the same for every lr: for the docstring, with the rate 2, W1 gets
# 0.1, not 2. Where does your function use its argument?
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
# Your training uses ReLU whatever the caller hands in: with another activation losses
# and params are those of another network. Which arguments are there for the
# activation and its slope, and where do they belong?
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
# Your training uses tanh whatever the caller hands in: with another activation losses
# and params are those of another network. Which arguments are there for the
# activation and its slope, and where do they belong?
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
# Your first loss is right, the later ones are not: the way back uses the slope of a
# sigmoid for every activation. Which function does the caller hand in as the slope of
# the hidden activation?
def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, sigmoid_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


# %% mistake="two steps and one loss too few" exercise="fit" breaks=["value", "state"]
# Your training ends too early: from two epochs on the last loss is missing, and params
# is changed two times less often than it should be. The docstring asks for as many
# steps as there are epochs. How often are the parameters changed in your function?
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
# Your first loss is right, but each step is smaller than the one before: for the
# docstring W1 gets 1.8, not 2. The rate lr is that of every step. Where does it
# change in your function?
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
# After the call the caller's X holds other numbers than before, and your training is
# that of the scaled inputs. The docstring trains on the X that comes in. Which line
# changes it, and is it asked for?
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
# Your training ends early when the loss rises, and the list has fewer losses than
# there are epochs. With a large rate a loss may rise for a while and fall again. How
# many steps does the docstring promise?
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
# Your training ends early when the loss rises, and the list has fewer losses than
# there are epochs. With a large rate a loss may rise for a while and fall again. How
# many steps does the docstring promise?
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
# Your training is right until the loss rises. From there on the steps are smaller
# than the caller's lr. Which rate does the docstring ask for, and does it depend on
# the loss?
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
