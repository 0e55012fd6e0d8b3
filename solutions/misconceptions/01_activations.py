# Known mistakes and accepted variants of 01_activations.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np
import scipy.special

# %% [markdown]
# ## sigmoid


# %% mistake="overflows" exercise="sigmoid" breaks=["stability"]
# What is exp(1000)? Can you avoid it for negative z?
def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


# %% mistake="infinity over infinity" exercise="sigmoid" breaks=["stability"]
# For large z this divides infinity by infinity. Which exponential stays small there?
def sigmoid(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / (1 + e)


# %% mistake="clips too early" exercise="sigmoid" breaks=["stability"]
# Clipping changed a value that you could compute.
def sigmoid(z):
    z = np.clip(np.asarray(z, dtype=float), -10, 10)
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return e / (1 + e) ** 2


# %% mistake="wrong sign of z" exercise="sigmoid" breaks=["value", "stability"]
# Should the function rise or fall as z grows? Check the sign at z = 2.
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, e, 1.0) / (1 + e)


# %% mistake="works on scalars only" exercise="sigmoid" breaks=["value"]
# The function must work elementwise on an array of any shape.
def sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def sigmoid_prime(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return e / (1 + e) ** 2


# %% mistake="writes into z" exercise="sigmoid" breaks=["value"]
# Did you change the caller's array?
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    positive = z >= 0
    np.negative(np.abs(z), out=z) if z.ndim else None
    e = np.exp(-np.abs(z))
    return np.where(positive, 1.0, e) / (1 + e)


# %% mistake="takes the activation" exercise="sigmoid" breaks=["gradient"]
# The argument is the pre-activation z, not the activation. What is the slope at z =
# 0?
def sigmoid_prime(z):
    z = np.asarray(z, dtype=float)
    return z * (1 - z)


# %% mistake="returns the function" exercise="sigmoid" breaks=["gradient"]
# The slope, not the height: it must fall to 0 on both sides.
def sigmoid_prime(z):
    return sigmoid(z)


# %% mistake="applies the sigmoid twice" exercise="sigmoid" breaks=["gradient"]
# Is the input of your formula already activated?
def sigmoid_prime(z):
    a = sigmoid(sigmoid(z))
    return a * (1 - a)


# %% mistake="forgets a factor" exercise="sigmoid" breaks=["gradient"]
# The slope must fall to 0 on both sides. Does yours?
def sigmoid_prime(z):
    return 1 - sigmoid(z)


# %% mistake="derivative overflows" exercise="sigmoid" breaks=["stability"]
# Your derivative is nan for large negative z. Can it reuse a stable sigmoid?
def sigmoid_prime(z):
    z = np.asarray(z, dtype=float)
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


# %% mistake="derivative overflows on the right" exercise="sigmoid" breaks=["stability"]
# Your derivative is nan for large z: exp(1000) is inf. Can it reuse a stable sigmoid?
def sigmoid_prime(z):
    return np.exp(z) / (1 + np.exp(z)) ** 2


# %% mistake="derivative writes into z" exercise="sigmoid" breaks=["gradient"]
# Did you change the caller's array?
def sigmoid_prime(z):
    s = sigmoid(z)
    if z.ndim:
        z[...] = s
    return s * (1 - s)


# %% mistake="goes through memory" exercise="sigmoid" breaks=["value", "gradient"] recognisable=false
# Is it right for Z.T and for Z[:, ::2] too? order='K' and a flat copy go by memory,
# not by index.
def sigmoid(z):
    flat = [0.5 * (1 + np.tanh(v / 2)) for v in z.ravel(order="K")]
    return np.reshape(flat, z.shape)


def sigmoid_prime(z):
    flat = [0.25 / np.cosh(v / 2) ** 2 if abs(v) < 700 else 0.0 for v in z.ravel(order="K")]
    return np.reshape(flat, z.shape)


# %% accepted="textbook, with np.where" exercise="sigmoid"
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


# %% accepted="textbook, step by step" exercise="sigmoid"
def sigmoid(z):
    result = np.zeros_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    exp_z = np.exp(z[~positive])
    result[~positive] = exp_z / (1 + exp_z)
    return result


def sigmoid_prime(z):
    a = sigmoid(z)
    derivative = a * (1 - a)
    return derivative


# %% accepted="two branches with masks" exercise="sigmoid"
def sigmoid(z):
    z = np.asarray(z, dtype=np.float64)
    out = np.empty_like(z)
    positive = z >= 0
    out[positive] = 1.0 / (1.0 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    out[~positive] = e / (1.0 + e)
    return out


def sigmoid_prime(z):
    s = sigmoid(z)
    return s * (1.0 - s)


# %% accepted="by scipy" exercise="sigmoid"
def sigmoid(z):
    return scipy.special.expit(np.asarray(z, dtype=float))


def sigmoid_prime(z):
    return scipy.special.expit(np.asarray(z, dtype=float)) * scipy.special.expit(-np.asarray(z, dtype=float))


# %% accepted="by tanh" exercise="sigmoid"
def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, dtype=float)))


def sigmoid_prime(z):
    return 0.25 * (1 - np.tanh(0.5 * np.asarray(z, dtype=float)) ** 2)


# %% accepted="silences its own overflow" exercise="sigmoid"
def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


# %% accepted="one number at a time" exercise="sigmoid"
def _one(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def sigmoid(z):
    z = np.asarray(z, dtype=float)
    return np.array([_one(value) for value in z.ravel()]).reshape(z.shape)


# %% accepted="with an extra optional argument" exercise="sigmoid"
def sigmoid(z, out_dtype=np.float64):
    z = np.asarray(z, dtype=out_dtype)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def sigmoid_prime(z, s=None):
    s = sigmoid(z, out_dtype=np.float64) if s is None else s
    return s - s * s


# %% [markdown]
# ## tanh


# %% mistake="infinity over infinity" exercise="tanh" breaks=["value"]
# For large z both exponentials overflow. NumPy has a function that does not.
def tanh(z):
    z = np.asarray(z, dtype=float)
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="forgets the factor 2" exercise="tanh" breaks=["value"]
# Compare with 2*sigmoid(2z) - 1: how steep is tanh at 0?
def tanh(z):
    return np.tanh(np.asarray(z, dtype=float) / 2)


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="tangent instead of hyperbolic tangent" exercise="tanh" breaks=["value"]
# tan and tanh are two functions. What are the limits of tanh?
def tanh(z):
    return np.tan(np.asarray(z, dtype=float))


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="range from 0 to 1" exercise="tanh" breaks=["value"]
# tanh is odd: tanh(0) = 0 and it reaches negative values.
def tanh(z):
    return (1 + np.tanh(np.asarray(z, dtype=float))) / 2


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="takes the activation" exercise="tanh" breaks=["gradient"]
# The argument is the pre-activation z. Test away from 0, where both formulas agree.
def tanh_prime(z):
    return 1 - np.asarray(z, dtype=float) ** 2


# %% mistake="forgets the square" exercise="tanh" breaks=["gradient"]
# The slope is even: the same at z and -z. Is yours?
def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float))


# %% mistake="wrong sign of the slope" exercise="tanh" breaks=["gradient"]
# tanh never falls. Which sign must its slope have?
def tanh_prime(z):
    return np.tanh(np.asarray(z, dtype=float)) ** 2 - 1


# %% mistake="derivative of the sigmoid" exercise="tanh" breaks=["gradient"]
# How steep is tanh at 0?
def tanh_prime(z):
    t = np.tanh(np.asarray(z, dtype=float))
    return t * (1 - t)


# %% mistake="derivative overflows" exercise="tanh" breaks=["gradient"]
# cosh(z) overflows for large z. Can you write the slope with tanh?
def tanh_prime(z):
    return 1 / np.cosh(np.asarray(z, dtype=float)) ** 2


# %% accepted="textbook, by NumPy" exercise="tanh"
def tanh(z):
    return np.tanh(z)


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


# %% accepted="textbook, step by step" exercise="tanh"
def tanh(z):
    a = 2 * sigmoid(2 * z) - 1
    return a


def tanh_prime(z):
    a = tanh(z)
    dz = 1 - np.power(a, 2)
    return dz


# %% accepted="by the sigmoid" exercise="tanh"
def tanh(z):
    return 2 * sigmoid(2 * np.asarray(z, dtype=float)) - 1


def tanh_prime(z):
    return 1 - tanh(z) ** 2


# %% accepted="by math, one number at a time" exercise="tanh"
def tanh(z):
    return np.vectorize(math.tanh, otypes=[float])(z)


def tanh_prime(z):
    t = tanh(z)
    return (1 - t) * (1 + t)


# %% accepted="by exponentials of negative numbers" exercise="tanh"
def tanh(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-2 * np.abs(z))
    return np.sign(z) * (1 - e) / (1 + e)


def tanh_prime(z):
    return 1 - np.power(tanh(z), 2)


# %% accepted="slope by the sigmoid's slope" exercise="tanh"
def tanh_prime(z):
    return 4 * sigmoid_prime(2 * np.asarray(z, dtype=float))


# %% accepted="slope by the sigmoid" exercise="tanh"
def tanh_prime(z):
    s = sigmoid(2 * np.asarray(z, dtype=float))
    return 4 * s * (1 - s)


# %% [markdown]
# ## relu


# %% mistake="works in place" exercise="relu" breaks=["purity"]
# Did you change the caller's array? np.where and np.maximum make a new one.
def relu(z):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] = 0
        return z
    return np.maximum(z, 0)


# %% mistake="reduces an axis" exercise="relu" breaks=["value"]
# np.max and np.maximum are two functions. Is the shape kept?
def relu(z):
    return np.max(np.asarray(z, dtype=float), 0)


# %% mistake="Python's max" exercise="relu" breaks=["value", "purity"]
# max compares whole arrays. Which function works elementwise?
def relu(z):
    return max(0.0, z)


# %% mistake="absolute value" exercise="relu" breaks=["value"]
# What should come out for negative inputs?
def relu(z):
    return np.abs(np.asarray(z, dtype=float))


# %% mistake="keeps the negative half" exercise="relu" breaks=["value"]
# Check the sign: which half of the inputs is cut off?
def relu(z):
    return np.minimum(np.asarray(z, dtype=float), 0)


# %% mistake="a step" exercise="relu" breaks=["value"]
# This is the slope. The function itself grows with z.
def relu(z):
    return (np.asarray(z) > 0).astype(float)


# %% mistake="cuts off at 1" exercise="relu" breaks=["value"]
# ReLU has no upper bound.
def relu(z):
    return np.clip(np.asarray(z, dtype=float), 0, 1)


# %% mistake="slope 1 at zero" exercise="relu" breaks=["gradient"]
# The convention of this course: the slope at the kink is 0.
def relu_prime(z):
    return (np.asarray(z) >= 0).astype(float)


# %% mistake="slope of a single number only" exercise="relu" breaks=["gradient", "purity"]
# The function must work elementwise on an array of any shape: a comparison gives an
# array too.
def relu_prime(z):
    return 1.0 if z > 0 else 0.0


# %% mistake="slope one half at zero" exercise="relu" breaks=["gradient"]
# The convention of this course: the slope at the kink is 0.
def relu_prime(z):
    return np.heaviside(np.asarray(z, dtype=float), 0.5)


# %% mistake="returns the function" exercise="relu" breaks=["gradient"]
# The slope, not the height: only the values 0 and 1 can come out.
def relu_prime(z):
    return np.maximum(np.asarray(z, dtype=float), 0)


# %% mistake="masks in place in the wrong order" exercise="relu" breaks=["gradient", "purity"]
# After the first line the array no longer holds z.
def relu_prime(z):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] = 0
        z[z >= 0] = 1
        return z
    return np.float64(z > 0)


# %% mistake="sign of z" exercise="relu" breaks=["gradient"]
# What is the slope where the function is flat?
def relu_prime(z):
    return np.sign(np.asarray(z, dtype=float))


# %% mistake="writes into a flat copy" exercise="relu" breaks=["value", "purity"] recognisable=false
# For Z.T a reshape gives a copy: what is written into it is lost.
def relu(z):
    out = np.zeros_like(z)
    flat = out.reshape(-1)
    flat[:] = np.maximum(z, 0).reshape(-1)
    return out


# %% accepted="textbook, in one line" exercise="relu"
def relu(z):
    return np.maximum(0, z)


def relu_prime(z):
    return z > 0


# %% accepted="textbook, numbers for the mask" exercise="relu"
def relu(z):
    return z * (z > 0)


def relu_prime(z):
    return (z > 0).astype(float)


# %% accepted="textbook, step by step" exercise="relu"
def relu(z):
    a = z.copy()
    a[a < 0] = 0
    return a


def relu_prime(z):
    dz = np.ones_like(z)
    dz[z <= 0] = 0
    return dz


# %% accepted="textbook, whole numbers" exercise="relu"
def relu(z):
    return np.where(z > 0, z, 0)


def relu_prime(z):
    return np.where(z > 0, 1, 0)


# %% accepted="gives lists" exercise="relu"
def relu(z):
    return np.maximum(z, 0).tolist()


def relu_prime(z):
    return (z > 0).tolist()


# %% accepted="by np.where" exercise="relu"
def relu(z):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, 0.0)


def relu_prime(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


# %% accepted="by multiplication with a mask" exercise="relu"
def relu(z):
    z = np.asarray(z, dtype=np.float64)
    return z * (z > 0)


def relu_prime(z):
    return 1.0 * (np.array(z) > 0)


# %% accepted="by the absolute value" exercise="relu"
def relu(z):
    z = np.asarray(z, dtype=float)
    return (z + abs(z)) / 2


def relu_prime(z):
    return np.heaviside(np.asarray(z, dtype=float), 0.0)


# %% accepted="on a copy" exercise="relu"
def relu(z):
    out = np.array(z, dtype=float, copy=True)
    out[out < 0] = 0.0
    return out


def relu_prime(z):
    out = np.ones(np.shape(z))
    out[np.asarray(z) <= 0] = 0.0
    return out


# %% accepted="by its slope" exercise="relu"
def relu(z):
    return np.asarray(z, dtype=float) * relu_prime(z)


# %% accepted="slope by relu itself" exercise="relu"
def relu_prime(z):
    return np.sign(relu(z))


# %% accepted="one number at a time" exercise="relu"
def relu(z):
    return np.vectorize(lambda value: max(0.0, float(value)), otypes=[float])(z)


# %% [markdown]
# ## leaky-relu


# %% mistake="alpha fixed at 0.01" exercise="leaky-relu" breaks=["value"]
# Is alpha used? Try another value of it.
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, 0.01 * z)


# %% mistake="alpha as a value" exercise="leaky-relu" breaks=["value"]
# For negative z the result is alpha times z, not alpha.
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha)


# %% mistake="sign of the leak" exercise="leaky-relu" breaks=["value"]
# For negative z the result is a small negative number.
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, -alpha * z)


# %% mistake="subtracts alpha" exercise="leaky-relu" breaks=["value"]
# The leak is a slope: it multiplies z.
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, z - alpha)


# %% mistake="leaks on both sides" exercise="leaky-relu" breaks=["value"]
# For positive z nothing is added: there the function is z.
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) + alpha * z


# %% mistake="works in place" exercise="leaky-relu" breaks=["value"]
# Did you change the caller's array?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] *= alpha
        return z
    return np.where(z > 0, z, alpha * z)


# %% mistake="slope fixed at 0.01" exercise="leaky-relu" breaks=["gradient"]
# Is alpha used? Try another value of it.
def leaky_relu_prime(z, alpha=0.01):
    return np.where(np.asarray(z) > 0, 1.0, 0.01)


# %% mistake="slope 1 at zero" exercise="leaky-relu" breaks=["gradient"]
# The convention of this course: at z = 0 the slope is alpha.
def leaky_relu_prime(z, alpha=0.01):
    return np.where(np.asarray(z) >= 0, 1.0, alpha)


# %% mistake="slope 0 at zero" exercise="leaky-relu" breaks=["gradient"]
# The convention of this course: at z = 0 the slope is alpha.
def leaky_relu_prime(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, 1.0, np.where(z < 0, alpha, 0.0))


# %% mistake="slope grows with z" exercise="leaky-relu" breaks=["gradient"]
# The slope does not depend on how negative z is.
def leaky_relu_prime(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, alpha * z)


# %% mistake="slope of ReLU" exercise="leaky-relu" breaks=["gradient"]
# For negative z the function still has a slope.
def leaky_relu_prime(z, alpha=0.01):
    return (np.asarray(z) > 0).astype(float)


# %% mistake="takes 0 for no alpha" exercise="leaky-relu" breaks=["value", "gradient"]
# alpha = 0 is allowed. What is `0.0 or 0.01`?
def leaky_relu(z, alpha=None):
    return np.where(z > 0, z, (alpha or 0.01) * z)


def leaky_relu_prime(z, alpha=None):
    return np.where(z > 0, 1.0, alpha or 0.01)


# %% accepted="textbook, with np.where" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    return np.where(z > 0, z, alpha * z)


def leaky_relu_prime(z, alpha=0.01):
    return np.where(z > 0, 1, alpha)


# %% accepted="textbook, step by step" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    a = np.copy(z)
    a[z < 0] = alpha * z[z < 0]
    return a


def leaky_relu_prime(z, alpha=0.01):
    dz = np.ones_like(z)
    dz[z <= 0] = alpha
    return dz


# %% accepted="by two halves" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0.0) + alpha * np.minimum(z, 0.0)


def leaky_relu_prime(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return alpha + (1.0 - alpha) * (z > 0)


# %% accepted="by the larger of two lines" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, alpha * z)


# %% accepted="by relu" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return relu(z) - alpha * relu(-z)


def leaky_relu_prime(z, alpha=0.01):
    mask = relu_prime(z)
    return mask + alpha * (1 - mask)


# %% accepted="by its slope" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    return np.asarray(z, dtype=float) * leaky_relu_prime(z, alpha)


# %% accepted="by the slope of relu" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    slope = relu_prime(z)
    return np.asarray(z, dtype=float) * (slope + alpha * (1 - slope))


# %% accepted="on a copy" exercise="leaky-relu"
def leaky_relu(z, alpha=0.01):
    out = np.array(z, dtype=np.float64)
    out[out < 0] *= alpha
    return out


def leaky_relu_prime(z, alpha=0.01):
    out = np.full(np.shape(z), float(alpha))
    out[np.asarray(z) > 0] = 1.0
    return out


# %% [markdown]
# ## silu


# %% mistake="forgets z" exercise="silu" breaks=["value"]
# SiLU is a product: which factor is missing?
def silu(z):
    return sigmoid(z)


# %% mistake="adds instead of multiplying" exercise="silu" breaks=["value"]
# SiLU multiplies z by its gate.
def silu(z):
    return np.asarray(z, dtype=float) + sigmoid(z)


# %% mistake="gates with tanh" exercise="silu" breaks=["value"]
# Which function is the gate? It lies between 0 and 1.
def silu(z):
    z = np.asarray(z, dtype=float)
    return z * np.tanh(z)


# %% mistake="gates the positive part only" exercise="silu" breaks=["value"]
# SiLU dips below 0 for negative z. Does yours?
def silu(z):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) * scipy.special.expit(z)


# %% mistake="wrong sign of the gate" exercise="silu" breaks=["value"]
# The gate opens for large positive z.
def silu(z):
    z = np.asarray(z, dtype=float)
    return z * scipy.special.expit(-z)


# %% mistake="overflows" exercise="silu" breaks=["value"]
# What is exp(1000)? Can silu reuse a stable sigmoid?
def silu(z):
    z = np.asarray(z, dtype=float)
    return z / (1 + np.exp(-z))


# %% mistake="infinity over infinity" exercise="silu" breaks=["value"]
# For large z this divides infinity by infinity. Can silu reuse a stable sigmoid?
def silu(z):
    return z * np.exp(z) / (1 + np.exp(z))


# %% mistake="writes into z" exercise="silu" breaks=["value"]
# Did you change the caller's array?
def silu(z):
    z = np.asarray(z, dtype=float)
    gate = scipy.special.expit(z)
    z *= gate
    return z


# %% mistake="forgets the product rule" exercise="silu" breaks=["gradient"]
# The slope of a product has two terms.
def silu_prime(z):
    return np.asarray(z, dtype=float) * sigmoid_prime(z)


# %% mistake="first term only" exercise="silu" breaks=["gradient"]
# The slope of a product has two terms.
def silu_prime(z):
    return sigmoid(z)


# %% mistake="derivative of the gate alone" exercise="silu" breaks=["gradient"]
# z depends on z too: use the product rule.
def silu_prime(z):
    return sigmoid_prime(z)


# %% mistake="wrong sign in the product rule" exercise="silu" breaks=["gradient"]
# Compare with a numerical slope at z = 1: one of the terms has the wrong sign.
def silu_prime(z):
    z = np.asarray(z, dtype=float)
    s = scipy.special.expit(z)
    return s - z * s * (1 - s)


# %% mistake="forgets z in the second term" exercise="silu" breaks=["gradient"]
# In the second term the slope of the gate is multiplied by z.
def silu_prime(z):
    s = scipy.special.expit(np.asarray(z, dtype=float))
    return s + s * (1 - s)


# %% mistake="derivative overflows" exercise="silu" breaks=["gradient"]
# Your derivative is nan for large negative z. Can it reuse a stable sigmoid?
def silu_prime(z):
    z = np.asarray(z, dtype=float)
    return (1 + np.exp(-z) + z * np.exp(-z)) / (1 + np.exp(-z)) ** 2


# %% accepted="textbook, in one line" exercise="silu"
def silu(z):
    return z * sigmoid(z)


def silu_prime(z):
    return sigmoid(z) + z * sigmoid_prime(z)


# %% accepted="textbook, step by step" exercise="silu"
def silu(z):
    s = sigmoid(z)
    a = z * s
    return a


def silu_prime(z):
    s = sigmoid(z)
    ds = s * (1 - s)
    dz = s + z * ds
    return dz


# %% accepted="by scipy" exercise="silu"
def silu(z):
    z = np.asarray(z, dtype=float)
    return z * scipy.special.expit(z)


def silu_prime(z):
    z = np.asarray(z, dtype=float)
    s = scipy.special.expit(z)
    return s * (1 + z * (1 - s))


# %% accepted="by silu itself" exercise="silu"
def silu_prime(z):
    return silu(z) + sigmoid(z) * (1 - silu(z))


# %% accepted="by the earlier functions" exercise="silu"
def silu(z):
    return np.multiply(z, sigmoid(z))


def silu_prime(z):
    return sigmoid(z) + np.multiply(z, sigmoid_prime(z))


# %% accepted="one number at a time" exercise="silu"
def _gate(value):
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def silu(z):
    return np.vectorize(lambda value: value * _gate(value), otypes=[float])(np.asarray(z, dtype=float))


# %% [markdown]
# ## softmax


# %% mistake="no shift" exercise="softmax" breaks=["stability"]
# What is exp(1000)? Softmax does not change when all entries of a row are shifted.
def softmax(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="clips instead of shifting" exercise="softmax" breaks=["stability"]
# Clipping makes large logits equal. Which constant can be subtracted from a row?
def softmax(z):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="one maximum for all rows" exercise="softmax" breaks=["stability"]
# Each row has its own maximum: try rows of very different size together.
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="one sum for all rows" exercise="softmax" breaks=["value"]
# Every row must sum to 1.
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


# %% mistake="sums over the examples" exercise="softmax" breaks=["value", "purity"]
# Which axis holds the classes? Every row must sum to 1.
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


# %% mistake="two dimensions only" exercise="softmax" breaks=["value"]
# A single vector is allowed too: the last axis is axis -1.
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake="forgets keepdims" exercise="softmax" breaks=["value"]
# Print the shape of the sum: against which axis is it divided?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1)


# %% mistake="shifts in place" exercise="softmax" breaks=["purity"]
# Did you change the caller's array? z -= ... writes into it.
def softmax(z):
    z = np.asarray(z, dtype=float)
    z -= z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="adds a small number to the sum" exercise="softmax" breaks=["value"]
# Not needed: after the shift the sum is at least 1.
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + 1e-6)


# %% mistake="shifts the numerator only" exercise="softmax" breaks=["value", "stability"]
# Shift both or none: the rows must sum to 1.
def softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.exp(shifted) / np.exp(z).sum(axis=-1, keepdims=True)


# %% mistake="divides without exponentials" exercise="softmax" breaks=["value", "stability"]
# Negative logits must give positive probabilities.
def softmax(z):
    z = np.asarray(z, dtype=float)
    return z / z.sum(axis=-1, keepdims=True)


# %% mistake="only the diagonal of the Jacobian" exercise="softmax" breaks=["gradient", "purity"]
# Each output depends on all inputs of its row, not only on its own.
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return upstream * p * (1 - p)


# %% mistake="returns zeros" exercise="softmax" breaks=["gradient"]
# Zero is right only for an upstream gradient of equal entries.
def softmax_vjp(upstream, p):
    return np.zeros(np.shape(p))


# %% mistake="mixes the examples" exercise="softmax" breaks=["gradient"]
# One example must not change the gradient of another: over which axis do you sum?
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return p * (upstream - (upstream * p).sum())


# %% mistake="sums over the examples on the way back" exercise="softmax" breaks=["gradient", "purity"]
# Each row for itself: the sum runs over the last axis.
def softmax_vjp(upstream, p):
    return p * (upstream - (upstream * p).sum(axis=0))


# %% mistake="a matrix for one row" exercise="softmax" breaks=["gradient", "purity"]
# np.diag takes one row. The formula of step 4 needs no matrix.
def softmax_vjp(upstream, p):
    return (np.diag(p) - np.outer(p, p)) @ upstream


# %% mistake="forgets the upstream gradient" exercise="softmax" breaks=["gradient"]
# The chain rule: the result is linear in upstream.
def softmax_vjp(upstream, p):
    p = np.asarray(p, dtype=float)
    return p * (1 - p)


# %% mistake="subtracts the plain sum" exercise="softmax" breaks=["gradient"]
# The sum over the row is weighted with p.
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return p * (upstream - upstream.sum(axis=-1, keepdims=True))


# %% mistake="takes logits for probabilities" exercise="softmax" breaks=["gradient"]
# p already is the softmax: do not apply it again.
def softmax_vjp(upstream, p):
    upstream = np.asarray(upstream, dtype=float)
    p = scipy.special.softmax(np.asarray(p, dtype=float), axis=-1)
    return p * (upstream - (upstream * p).sum(axis=-1, keepdims=True))


# %% mistake="shifts transposed logits in place" exercise="softmax" breaks=["purity"] recognisable=false
# np.asfortranarray gives the caller's own array where it is transposed already.
def softmax(z):
    e = np.asfortranarray(z)
    if e.ndim < 2 or e.flags.c_contiguous:
        e = e.copy()
    e -= np.max(e, axis=-1, keepdims=True)
    np.exp(e, out=e)
    return e / np.sum(e, axis=-1, keepdims=True)


# %% mistake="sigmoid for a single column" exercise="softmax" breaks=["value"]
# One class alone has the probability 1, whatever its logit is.
def softmax(z):
    if z.ndim == 2 and z.shape[1] == 1:
        return 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


# %% mistake="divides by p on the way back" exercise="softmax" breaks=["gradient"]
# p can be 0: what is 0/0?
def softmax_vjp(upstream, p):
    weighted = upstream * p
    return weighted - weighted / upstream * np.sum(weighted, axis=-1, keepdims=True)


# %% accepted="textbook, in one line" exercise="softmax"
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_vjp(upstream, p):
    return p * (upstream - (upstream * p).sum(axis=-1, keepdims=True))


# %% accepted="textbook, step by step" exercise="softmax"
def softmax(z):
    if z.ndim == 1:
        exps = np.exp(z - np.max(z))
        return exps / np.sum(exps)
    probabilities = np.zeros(z.shape)
    for i in range(z.shape[0]):
        exps = np.exp(z[i] - np.max(z[i]))
        probabilities[i] = exps / np.sum(exps)
    return probabilities


def softmax_vjp(upstream, p):
    if p.ndim == 1:
        jacobian = np.diag(p) - np.outer(p, p)
        return jacobian.T @ upstream
    grad = np.zeros_like(p)
    for i in range(p.shape[0]):
        jacobian = np.diag(p[i]) - np.outer(p[i], p[i])
        grad[i] = jacobian.T @ upstream[i]
    return grad


# %% accepted="by scipy" exercise="softmax"
def softmax(z):
    return scipy.special.softmax(np.asarray(z, dtype=float), axis=-1)


# %% accepted="row by row" exercise="softmax"
def softmax(z):
    z = np.asarray(z, dtype=float)
    if z.ndim > 1:
        return np.stack([softmax(row) for row in z])
    e = np.exp(z - max(z))
    return e / sum(e)


def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    if p.ndim > 1:
        return np.stack([softmax_vjp(u, q) for u, q in zip(upstream, p, strict=True)])
    return (np.diag(p) - np.outer(p, p)) @ upstream


# %% accepted="by log-sum-exp" exercise="softmax"
def softmax(z):
    z = np.asarray(z, dtype=float)
    return np.exp(z - scipy.special.logsumexp(z, axis=-1, keepdims=True))


# %% accepted="by einsum" exercise="softmax"
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    inner = np.einsum("...i,...i->...", upstream, p)
    return p * upstream - p * inner[..., np.newaxis]
