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
# At z = -1000 your function computes exp(1000), and float64 ends near exp(709): the
# result is infinity, with a warning. Which exponential stays small there, and can you
# write the same function with it?
def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


# %% mistake="infinity over infinity" exercise="sigmoid" breaks=["stability"]
# At z = 1000 your result is nan: the exponential is infinity there, and infinity is
# divided by infinity. Which exponential stays small for large z, and can you write
# the same function with it?
def sigmoid(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / (1 + e)


# %% mistake="clips too early" exercise="sigmoid" breaks=["stability"]
# From some size of z on your result does not change any more, though float64 can
# still tell the values of the sigmoid apart there. Does a formula whose exponential
# never overflows need clipping?
def sigmoid(z):
    z = np.clip(np.asarray(z, dtype=float), -10, 10)
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return e / (1 + e) ** 2


# %% mistake="wrong sign of z" exercise="sigmoid" breaks=["value", "stability"]
# Your result falls as z grows: at z = 2 it is below one half, and the example in the
# docstring gives 0.88. Should the function rise or fall, and which sign does z have
# in the exponential?
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, e, 1.0) / (1 + e)


# %% mistake="works on scalars only" exercise="sigmoid" breaks=["value"]
# For a single number your result is right, for an array with several entries your
# function stops with an error: a comparison gives one truth value for each entry. How
# do you choose between two formulas entry by entry?
def sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def sigmoid_prime(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return e / (1 + e) ** 2


# %% mistake="writes into z" exercise="sigmoid" breaks=["value"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    positive = z >= 0
    np.negative(np.abs(z), out=z) if z.ndim else None
    e = np.exp(-np.abs(z))
    return np.where(positive, 1.0, e) / (1 + e)


# %% mistake="takes the activation" exercise="sigmoid" breaks=["gradient"]
# At z = 0 your slope is 0, and at z = 2 it is negative, though the sigmoid rises
# everywhere. The argument is the pre-activation z. Which number does your formula
# want in place of z?
def sigmoid_prime(z):
    z = np.asarray(z, dtype=float)
    return z * (1 - z)


# %% mistake="returns the function" exercise="sigmoid" breaks=["gradient"]
# Your slope goes to 1 for large z, as the sigmoid itself does. But the curve gets
# flat on both sides. What is the slope of a flat curve, and how do you get it from
# the height?
def sigmoid_prime(z):
    return sigmoid(z)


# %% mistake="applies the sigmoid twice" exercise="sigmoid" breaks=["gradient"]
# Your slope hardly changes: it lies between 0.19 and 0.25 for every z, while the
# sigmoid gets flat on both sides. How often is the sigmoid applied to z before your
# formula is used?
def sigmoid_prime(z):
    a = sigmoid(sigmoid(z))
    return a * (1 - a)


# %% mistake="forgets a factor" exercise="sigmoid" breaks=["gradient"]
# For large negative z your slope goes to 1, though the sigmoid is flat there. It has
# to fall to 0 on both sides. Which factor of the formula is small for negative z?
def sigmoid_prime(z):
    return 1 - sigmoid(z)


# %% mistake="derivative overflows" exercise="sigmoid" breaks=["stability"]
# At z = -1000 your slope is nan: exp(1000) is infinity, and infinity is divided by
# infinity. You have a sigmoid that is right there. Can the slope be written with its
# result alone?
def sigmoid_prime(z):
    z = np.asarray(z, dtype=float)
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


# %% mistake="derivative overflows on the right" exercise="sigmoid" breaks=["stability"]
# At z = 1000 your slope is nan: exp(1000) is infinity, and infinity is divided by
# infinity. You have a sigmoid that is right there. Can the slope be written with its
# result alone?
def sigmoid_prime(z):
    return np.exp(z) / (1 + np.exp(z)) ** 2


# %% mistake="derivative writes into z" exercise="sigmoid" breaks=["gradient"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def sigmoid_prime(z):
    s = sigmoid(z)
    if z.ndim:
        z[...] = s
    return s * (1 - s)


# %% mistake="goes through memory" exercise="sigmoid" breaks=["value", "gradient"] recognisable=false
# Your result is right for an array that lies in memory row by row. For Z.T and Z[:,
# ::2] the values come out in other places. Do you go through the entries by memory or
# by index?
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
# At z = 1000 your result is nan: both exponentials overflow, and infinity is divided
# by infinity. Which value does tanh have there? NumPy has a function that gives it
# without a warning.
def tanh(z):
    z = np.asarray(z, dtype=float)
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="forgets the factor 2" exercise="tanh" breaks=["value"]
# At z = 2 your function gives the tanh of 1, and at 0 it is only half as steep as it
# should be. Compare it with 2*sigmoid(2z) - 1: which multiple of z goes into the
# exponential?
def tanh(z):
    return np.tanh(np.asarray(z, dtype=float) / 2)


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="tangent instead of hyperbolic tangent" exercise="tanh" breaks=["value"]
# Your result grows beyond 1 and jumps between large positive and large negative
# numbers. That is the tangent, a function of angles. Between which two limits does
# the hyperbolic tangent stay, and what is its name in NumPy?
def tanh(z):
    return np.tan(np.asarray(z, dtype=float))


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="range from 0 to 1" exercise="tanh" breaks=["value"]
# Your result lies between 0 and 1, and at z = 0 it is one half, as for a sigmoid.
# Which value does tanh have at 0, and which limit does it reach for large negative z?
def tanh(z):
    return (1 + np.tanh(np.asarray(z, dtype=float))) / 2


def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


# %% mistake="takes the activation" exercise="tanh" breaks=["gradient"]
# At z = 2 your slope is -3, though tanh never falls, and for larger z it goes on
# falling. The argument is the pre-activation z. Which number has to be squared in
# this formula?
def tanh_prime(z):
    return 1 - np.asarray(z, dtype=float) ** 2


# %% mistake="forgets the square" exercise="tanh" breaks=["gradient"]
# For large negative z your slope goes to 2, for large positive z to 0. But tanh is as
# steep at -z as it is at z. Which power of tanh is the same on both sides?
def tanh_prime(z):
    return 1 - np.tanh(np.asarray(z, dtype=float))


# %% mistake="wrong sign of the slope" exercise="tanh" breaks=["gradient"]
# Your slope is negative or 0 everywhere: at z = 0 it is -1. But tanh never falls.
# Which of the two terms of your difference has to be the larger one?
def tanh_prime(z):
    return np.tanh(np.asarray(z, dtype=float)) ** 2 - 1


# %% mistake="derivative of the sigmoid" exercise="tanh" breaks=["gradient"]
# At z = 0 your slope is 0, and for negative z it is negative. But tanh is steepest at
# 0, and it never falls. Is a*(1 - a) the slope of tanh, or of another function?
def tanh_prime(z):
    t = np.tanh(np.asarray(z, dtype=float))
    return t * (1 - t)


# %% mistake="derivative overflows" exercise="tanh" breaks=["gradient"]
# The slope is right, but for |z| = 1000 there is an overflow warning: the hyperbolic
# cosine is infinity there. Which function of z stays between -1 and 1, and can you
# write the slope with it?
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
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def relu(z):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] = 0
        return z
    return np.maximum(z, 0)


# %% mistake="reduces an axis" exercise="relu" breaks=["value"]
# Your result has fewer axes than z: along the first axis only the largest entry is
# left. Every entry of z needs a result of its own. Which function of NumPy compares
# two numbers entry by entry?
def relu(z):
    return np.max(np.asarray(z, dtype=float), 0)


# %% mistake="Python's max" exercise="relu" breaks=["value", "purity"]
# For an array with several entries your function stops with an error: it asks whether
# a whole array is larger than 0, and there is no single answer. Which function of
# NumPy compares entry by entry?
def relu(z):
    return max(0.0, z)


# %% mistake="absolute value" exercise="relu" breaks=["value"]
# At z = -2 your result is 2: negative inputs come out with the other sign. Look at
# the example in the docstring: what comes out for the negative input there?
def relu(z):
    return np.abs(np.asarray(z, dtype=float))


# %% mistake="keeps the negative half" exercise="relu" breaks=["value"]
# Your result is z for negative inputs and 0 for positive ones: at z = 3 it is 0. Look
# at the example in the docstring: which half of the inputs is cut off, and which half
# stays?
def relu(z):
    return np.minimum(np.asarray(z, dtype=float), 0)


# %% mistake="a step" exercise="relu" breaks=["value"]
# Your result is 1 for every positive z, for 3 as well as for 300. That is how steep
# the function is, not how high. How does relu itself go on when z grows?
def relu(z):
    return (np.asarray(z) > 0).astype(float)


# %% mistake="cuts off at 1" exercise="relu" breaks=["value"]
# Your result never gets larger than 1: at z = 3 it is 1. Look at the example in the
# docstring: is there an upper bound for the output of ReLU?
def relu(z):
    return np.clip(np.asarray(z, dtype=float), 0, 1)


# %% mistake="slope 1 at zero" exercise="relu" breaks=["gradient"]
# At z = 0 your slope is 1. The function has a kink there, and each slope from 0 to 1
# can be defended. Which one does the docstring ask for, and on which side of your
# comparison does 0 fall?
def relu_prime(z):
    return (np.asarray(z) >= 0).astype(float)


# %% mistake="slope of a single number only" exercise="relu" breaks=["gradient", "purity"]
# For an array with several entries your function stops with an error: a comparison of
# an array gives one truth value for each entry, and an if wants one. How do you get a
# number for each entry?
def relu_prime(z):
    return 1.0 if z > 0 else 0.0


# %% mistake="slope one half at zero" exercise="relu" breaks=["gradient"]
# At z = 0 your slope is one half. The function has a kink there, and each slope from
# 0 to 1 can be defended. Which one does the docstring ask for?
def relu_prime(z):
    return np.heaviside(np.asarray(z, dtype=float), 0.5)


# %% mistake="returns the function" exercise="relu" breaks=["gradient"]
# At z = 3 your slope is 3: it is the height of the function. The slope says how much
# the height grows when z grows by 1. Which two values alone can it have?
def relu_prime(z):
    return np.maximum(np.asarray(z, dtype=float), 0)


# %% mistake="masks in place in the wrong order" exercise="relu" breaks=["gradient", "purity"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and what does each later line find in z after
# it?
def relu_prime(z):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] = 0
        z[z >= 0] = 1
        return z
    return np.float64(z > 0)


# %% mistake="sign of z" exercise="relu" breaks=["gradient"]
# For negative z your slope is -1, as if the function went down there. But ReLU is 0
# for all negative z. What is the slope of a flat curve?
def relu_prime(z):
    return np.sign(np.asarray(z, dtype=float))


# %% mistake="writes into a flat copy" exercise="relu" breaks=["value", "purity"] recognisable=false
# Your result is right for an array that lies in memory row by row. For Z.T it is all
# zeros: a reshape gives a copy there, and what is written into it is lost. Does this
# function need a flat array?
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
# Your result is the same for every alpha: with alpha=0.1 you still get 0.01*z for
# negative z. The default is only for calls without it. Where does your function use
# its argument?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, 0.01 * z)


# %% mistake="alpha as a value" exercise="leaky-relu" breaks=["value"]
# Your result is the same number for every negative z: at -3 and at -300 you get alpha
# itself. The function goes on falling to the left. How steep is it there, and how
# does the result depend on z?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha)


# %% mistake="sign of the leak" exercise="leaky-relu" breaks=["value"]
# For negative z your result is positive: it rises again to the left of 0. Look at the
# example in the docstring: which sign does a small part of a negative number have?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, -alpha * z)


# %% mistake="subtracts alpha" exercise="leaky-relu" breaks=["value"]
# For negative z your result is nearly z itself, lower by alpha. But the leak is a
# slope: the function is almost flat there. How does a slope enter the equation of a
# line?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, z - alpha)


# %% mistake="leaks on both sides" exercise="leaky-relu" breaks=["value"]
# For negative z your result is right. For positive z it is too large by alpha*z: at z
# = 2, with alpha=0.1, you get 2.2. Which of your two terms has to be without effect
# there?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) + alpha * z


# %% mistake="works in place" exercise="leaky-relu" breaks=["value"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def leaky_relu(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    if z.ndim:
        z[z < 0] *= alpha
        return z
    return np.where(z > 0, z, alpha * z)


# %% mistake="slope fixed at 0.01" exercise="leaky-relu" breaks=["gradient"]
# Your slope for negative z is 0.01 with every alpha. The default is only for calls
# without it. Where does your function use its argument?
def leaky_relu_prime(z, alpha=0.01):
    return np.where(np.asarray(z) > 0, 1.0, 0.01)


# %% mistake="slope 1 at zero" exercise="leaky-relu" breaks=["gradient"]
# At z = 0 your slope is 1. The function has a kink there, so a convention is needed.
# Which slope does the docstring ask for, and on which side of your comparison does 0
# fall?
def leaky_relu_prime(z, alpha=0.01):
    return np.where(np.asarray(z) >= 0, 1.0, alpha)


# %% mistake="slope 0 at zero" exercise="leaky-relu" breaks=["gradient"]
# At z = 0 your slope is 0, which is the slope of neither side. The function has a
# kink there, so a convention is needed. Which slope does the docstring ask for?
def leaky_relu_prime(z, alpha=0.01):
    z = np.asarray(z)
    return np.where(z > 0, 1.0, np.where(z < 0, alpha, 0.0))


# %% mistake="slope grows with z" exercise="leaky-relu" breaks=["gradient"]
# For negative z your slope depends on z: it is the height of the function. But a line
# is equally steep at -1 and at -100. What is left of alpha*z when you take its
# derivative?
def leaky_relu_prime(z, alpha=0.01):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, alpha * z)


# %% mistake="slope of ReLU" exercise="leaky-relu" breaks=["gradient"]
# For negative z your slope is 0, as for ReLU. But this function has a leak: it still
# rises to the left of 0. How much does it rise there when z grows by 1?
def leaky_relu_prime(z, alpha=0.01):
    return (np.asarray(z) > 0).astype(float)


# %% mistake="takes 0 for no alpha" exercise="leaky-relu" breaks=["value", "gradient"]
# With alpha=0 your function takes the default 0.01, though 0 is allowed and means a
# plain ReLU. Python counts 0.0 as false. What does `0.0 or 0.01` give, and how do you
# ask for None itself?
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
# Your result goes to 1 for large z: it is the gate alone. SiLU is a product of two
# factors and goes on growing. Look at the docstring: which factor is missing?
def silu(z):
    return sigmoid(z)


# %% mistake="adds instead of multiplying" exercise="silu" breaks=["value"]
# At z = 0 your result is one half, and for z = 2 it is above 2. The gate is meant to
# let a part of z through. Which operation of z and the gate gives a part of z?
def silu(z):
    return np.asarray(z, dtype=float) + sigmoid(z)


# %% mistake="gates with tanh" exercise="silu" breaks=["value"]
# At z = -1 your result is positive, and it is the same at z and -z. SiLU is slightly
# negative there. A gate lies between 0 and 1: which of your functions does that?
def silu(z):
    z = np.asarray(z, dtype=float)
    return z * np.tanh(z)


# %% mistake="gates the positive part only" exercise="silu" breaks=["value"]
# For every negative z your result is 0. SiLU dips below 0 there and comes back
# slowly: look at the docstring, at z = -1. What of z does the gate let through, all
# of it or only its positive part?
def silu(z):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) * scipy.special.expit(z)


# %% mistake="wrong sign of the gate" exercise="silu" breaks=["value"]
# For large positive z your result goes to 0, and for large negative z it is nearly z.
# So your gate is open on the wrong side. Which sign of z opens it?
def silu(z):
    z = np.asarray(z, dtype=float)
    return z * scipy.special.expit(-z)


# %% mistake="overflows" exercise="silu" breaks=["value"]
# The value is right, but at z = -1000 there is an overflow warning: exp(1000) is more
# than float64 can hold. You have written a sigmoid that is stable there. Can silu use
# it?
def silu(z):
    z = np.asarray(z, dtype=float)
    return z / (1 + np.exp(-z))


# %% mistake="infinity over infinity" exercise="silu" breaks=["value"]
# At z = 1000 your result is nan: the exponential is infinity there, and infinity is
# divided by infinity. You have written a sigmoid that is stable there. Can silu use
# it?
def silu(z):
    return z * np.exp(z) / (1 + np.exp(z))


# %% mistake="writes into z" exercise="silu" breaks=["value"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def silu(z):
    z = np.asarray(z, dtype=float)
    gate = scipy.special.expit(z)
    z *= gate
    return z


# %% mistake="forgets the product rule" exercise="silu" breaks=["gradient"]
# At z = 0 your slope is 0, and the docstring gives 0.5. The slope of a product of two
# factors has two terms, and you have one of them. What is the other?
def silu_prime(z):
    return np.asarray(z, dtype=float) * sigmoid_prime(z)


# %% mistake="first term only" exercise="silu" breaks=["gradient"]
# At z = 0 your slope is right, at z = 1 it is too small: your slope is the gate
# alone. The slope of a product of two factors has two terms. Which one is 0 at z = 0?
def silu_prime(z):
    return sigmoid(z)


# %% mistake="derivative of the gate alone" exercise="silu" breaks=["gradient"]
# Your slope is the same at z and -z, and it goes to 0 for large z, where silu grows
# like z. You have the slope of the gate. But z is a factor too: what does the product
# rule say?
def silu_prime(z):
    return sigmoid_prime(z)


# %% mistake="wrong sign in the product rule" exercise="silu" breaks=["gradient"]
# At z = 0 your slope is right, at z = 1 it is too small, at z = -1 too large. The
# product rule has two terms. Compare with a measured slope at z = 1: with which sign
# does each of them count?
def silu_prime(z):
    z = np.asarray(z, dtype=float)
    s = scipy.special.expit(z)
    return s - z * s * (1 - s)


# %% mistake="forgets z in the second term" exercise="silu" breaks=["gradient"]
# At z = 0 your slope is 0.75, and the docstring gives 0.5. Your second term is the
# slope of the gate alone. By what does the product rule multiply it?
def silu_prime(z):
    s = scipy.special.expit(np.asarray(z, dtype=float))
    return s + s * (1 - s)


# %% mistake="derivative overflows" exercise="silu" breaks=["gradient"]
# At z = -1000 your slope is nan: exp(1000) is infinity, and infinity is divided by
# infinity. You have a sigmoid that is right there. Can the slope be written with its
# result?
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
# For a logit of 1000 your result is nan: its exponential is infinity, and infinity is
# divided by infinity. Softmax does not change when all logits of a row are shifted by
# the same number. Which shift makes every exponential small enough?
def softmax(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="clips instead of shifting" exercise="softmax" breaks=["stability"]
# Your result treats all logits beyond some size as equal: two of them, 800 and 900,
# get the same probability. Softmax does not change when a row is shifted by one
# number. Which shift makes clipping unnecessary?
def softmax(z):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="one maximum for all rows" exercise="softmax" breaks=["stability"]
# Your result is right while the rows have logits of similar size. With one row near 0
# and one near 1000, the first gives nan: all its exponentials are 0. By which maximum
# is each row to be shifted?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="one sum for all rows" exercise="softmax" breaks=["value"]
# Your whole matrix sums to 1, and each row only to a part of it. But every row is one
# example, with probabilities of its own. Over which axis does the sum run, and which
# shape does it keep?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


# %% mistake="sums over the examples" exercise="softmax" breaks=["value", "purity"]
# For a matrix the columns of your result sum to 1, not the rows. Each row is one
# example and each column one class. Along which axis do the probabilities of one
# example lie?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


# %% mistake="two dimensions only" exercise="softmax" breaks=["value"]
# For a matrix your result is right, but for a single vector of logits your function
# stops with an error: a vector has no axis 1. How do you name the last axis of an
# array of any shape?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake="forgets keepdims" exercise="softmax" breaks=["value"]
# For a matrix your sums have the shape (m,), and NumPy lines them up with the
# columns: your function stops with an error, or divides column j by the sum of row j.
# Which shape lines up with the rows?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1)


# %% mistake="shifts in place" exercise="softmax" breaks=["purity"]
# After the call the caller's array z holds other numbers than before: your function
# writes into it, as operators such as -= do. Which line does that, and how do you get
# a new array in its place?
def softmax(z):
    z = np.asarray(z, dtype=float)
    z -= z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


# %% mistake="adds a small number to the sum" exercise="softmax" breaks=["value"]
# Each row of your result sums to slightly less than 1: a small number is added to the
# sum below the fraction. After the shift, one of the exponentials is exp(0). Can the
# sum still be 0?
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + 1e-6)


# %% mistake="shifts the numerator only" exercise="softmax" breaks=["value", "stability"]
# The rows of your result do not sum to 1, as numerator and sum belong to different
# logits: only one of them is shifted. A shift cancels when it is in both. Which
# logits go into your sum?
def softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.exp(shifted) / np.exp(z).sum(axis=-1, keepdims=True)


# %% mistake="divides without exponentials" exercise="softmax" breaks=["value", "stability"]
# For negative logits your result has negative numbers or numbers above 1, though each
# row sums to 1. Probabilities are never negative. Which function makes every logit
# positive before the division?
def softmax(z):
    z = np.asarray(z, dtype=float)
    return z / z.sum(axis=-1, keepdims=True)


# %% mistake="only the diagonal of the Jacobian" exercise="softmax" breaks=["gradient", "purity"]
# For upstream (1, 0, 0), as in the docstring, your result is 0 in the last two
# entries. But each logit changes all probabilities of its row, as they sum to 1.
# Which part of the Jacobian is missing?
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return upstream * p * (1 - p)


# %% mistake="returns zeros" exercise="softmax" breaks=["gradient"]
# Your result is 0 for every upstream. That is right only where all entries of
# upstream in a row are equal: then the loss sees just the sum of the probabilities,
# which is 1. What is it for others?
def softmax_vjp(upstream, p):
    return np.zeros(np.shape(p))


# %% mistake="mixes the examples" exercise="softmax" breaks=["gradient"]
# For one row your result is right. In a matrix each row of it changes when another
# row of upstream changes, though examples do not depend on each other. Over which
# entries does your sum run?
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return p * (upstream - (upstream * p).sum())


# %% mistake="sums over the examples on the way back" exercise="softmax" breaks=["gradient", "purity"]
# For one row your result is right. In a matrix your sum runs down the columns and
# mixes the examples, though each example has its own sum. Along which axis do the
# classes of one example lie?
def softmax_vjp(upstream, p):
    return p * (upstream - (upstream * p).sum(axis=0))


# %% mistake="a matrix for one row" exercise="softmax" breaks=["gradient", "purity"]
# For one row your result is right, for a matrix of several rows your function stops
# with an error. The Jacobian is a matrix for each row. Does the formula of step 4
# need that matrix?
def softmax_vjp(upstream, p):
    return (np.diag(p) - np.outer(p, p)) @ upstream


# %% mistake="forgets the upstream gradient" exercise="softmax" breaks=["gradient"]
# Your result is the same for every upstream. But when upstream is doubled, the
# gradient is doubled, and for upstream 0 it is 0. What does the chain rule do with
# the gradient that comes from above?
def softmax_vjp(upstream, p):
    p = np.asarray(p, dtype=float)
    return p * (1 - p)


# %% mistake="subtracts the plain sum" exercise="softmax" breaks=["gradient"]
# The rows of your result do not sum to 0, as they should: a shift of all logits
# changes nothing. You subtract the plain sum of upstream. Which weights make this sum
# a mean over the classes?
def softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=float), np.asarray(p, dtype=float)
    return p * (upstream - upstream.sum(axis=-1, keepdims=True))


# %% mistake="takes logits for probabilities" exercise="softmax" breaks=["gradient"]
# Your result does not fit the p that comes in: it belongs to a second softmax of it.
# The argument p already is the result of softmax. Which numbers does the formula
# want, logits or probabilities?
def softmax_vjp(upstream, p):
    upstream = np.asarray(upstream, dtype=float)
    p = scipy.special.softmax(np.asarray(p, dtype=float), axis=-1)
    return p * (upstream - (upstream * p).sum(axis=-1, keepdims=True))


# %% mistake="shifts transposed logits in place" exercise="softmax" breaks=["purity"] recognisable=false
# For transposed logits the caller's array z holds other numbers after the call.
# np.asfortranarray gives the caller's own array where its memory is in that order
# already. Which step gives a new array in every case?
def softmax(z):
    e = np.asfortranarray(z)
    if e.ndim < 2 or e.flags.c_contiguous:
        e = e.copy()
    e -= np.max(e, axis=-1, keepdims=True)
    np.exp(e, out=e)
    return e / np.sum(e, axis=-1, keepdims=True)


# %% mistake="sigmoid for a single column" exercise="softmax" breaks=["value"]
# For a matrix with a single column your result depends on the logit, as a sigmoid
# does. But with one class only, its probability is the whole sum of the row. Which
# number is that, whatever the logit?
def softmax(z):
    if z.ndim == 2 and z.shape[1] == 1:
        return 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


# %% mistake="divides by the upstream gradient" exercise="softmax" breaks=["gradient"]
# Where an entry of upstream is 0 your result is nan: 0 is divided by 0 on the way to
# it. The formula of step 4 has products and a sum. Does it need a division at all?
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
