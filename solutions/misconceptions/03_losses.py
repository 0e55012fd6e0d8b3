# Known mistakes and accepted variants of 03_losses.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np
import scipy.special

# %% [markdown]
# ## mse


# %% mistake="without the half" exercise="mse" breaks=["value"]
# This course takes the factor one half: what is its use in the derivative?
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2) / len(y)


# %% mistake="mean over examples and outputs" exercise="mse" breaks=["value"]
# Divide by the number of examples alone: try two outputs.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.mean((y_hat - y) ** 2) / 2


# %% mistake="sum instead of mean" exercise="mse" breaks=["value"]
# The loss must not grow with the number of examples.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2) / 2


# %% mistake="no square" exercise="mse" breaks=["value"]
# Residuals of opposite sign must not cancel.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum(y_hat - y) / (2 * len(y))


# %% mistake="absolute error" exercise="mse" breaks=["value"]
# This is the absolute error: what happens to a residual of 2?
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum(np.abs(y_hat - y)) / (2 * len(y))


# %% mistake="root of the mean square" exercise="mse" breaks=["value"]
# No root: it would change the gradient.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sqrt(np.sum((y_hat - y) ** 2) / (2 * len(y)))


# %% mistake="a loss per output" exercise="mse" breaks=["value"]
# The result is a single number.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2, axis=0) / (2 * len(y))


# %% mistake="divides by the outputs" exercise="mse" breaks=["value"]
# Which axis holds the examples?
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2) / (2 * y.shape[-1])


# %% mistake="works in place" exercise="mse" breaks=["value"]
# Did you change the caller's array? y_hat -= y writes into it.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    y_hat -= y
    return np.sum(y_hat**2) / (2 * len(y))


# %% mistake="gradient twice as large" exercise="mse" breaks=["gradient"]
# The factor one half of the loss cancels the 2 of the derivative.
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return 2 * (y_hat - y) / len(y)


# %% mistake="gradient keeps the half" exercise="mse" breaks=["gradient"]
# What is the derivative of a square?
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return (y_hat - y) / (2 * len(y))


# %% mistake="gradient without the mean" exercise="mse" breaks=["gradient"]
# The loss is divided by the number of examples, so its gradient is too.
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return y_hat - y


# %% mistake="gradient over examples and outputs" exercise="mse" breaks=["gradient"]
# Divide by the number of examples, len(y), not by the number of entries.
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return (y_hat - y) / y.size


# %% mistake="gradient with the wrong sign" exercise="mse" breaks=["gradient"]
# The gradient points to where the loss grows: too large a prediction has a positive
# entry.
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return (y - y_hat) / len(y)


# %% mistake="averages the gradient away" exercise="mse" breaks=["gradient"]
# One entry for each prediction: which shape has your result?
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.mean(y_hat - y, axis=0)


# %% mistake="broadcasts" exercise="mse" breaks=["errors"]
# Call same_shape first: the flat array and the column would broadcast to a table.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    return (y_hat - y) / len(y)


# %% mistake="flattens both" exercise="mse" breaks=["errors"]
# Do not repair different shapes in silence: raise ValueError.
def mse(y, y_hat):
    m = len(y)
    y, y_hat = np.ravel(y).astype(float), np.ravel(y_hat).astype(float)
    if len(y) != len(y_hat):
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2) / (2 * m)


# %% mistake="compares the lengths only" exercise="mse" breaks=["errors"]
# Different shapes can have the same length. Compare the whole shapes.
def mse_grad(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if len(y) != len(y_hat):
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return (y_hat - y) / len(y)


# %% mistake="compares length and number of axes" exercise="mse" breaks=["errors"]
# Compare the whole shapes: how many outputs has an example?
def mse(y, y_hat):
    if len(y) != len(y_hat) or y.ndim != y_hat.ndim:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


# %% mistake="does not name the shapes" exercise="mse" breaks=["errors"]
# The message should name both shapes: they are what one needs to find the mistake.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError("shapes differ")
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


# %% mistake="compares the shapes and computes nothing" exercise="mse" breaks=["value", "gradient", "errors"]
# Arrays of one shape are the usual case: compute the loss and the gradient behind the
# comparison.
def mse(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")


def mse_grad(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")


# %% mistake="uses the return value of same_shape" exercise="mse" breaks=["value", "gradient", "errors"]
# same_shape returns None, and raises the error by itself: call it, without if or
# assert.
def mse(y, y_hat):
    if not same_shape(y, y_hat):
        raise ValueError("shapes differ")
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


def mse_grad(y, y_hat):
    if not same_shape(y, y_hat):
        raise ValueError("shapes differ")
    return (y_hat - y) / len(y)


# %% mistake="asserts the return value of same_shape" exercise="mse" breaks=["value", "gradient", "errors"]
# same_shape returns None, and raises the error by itself: call it, without if or
# assert.
def mse(y, y_hat):
    assert same_shape(y, y_hat)
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


def mse_grad(y, y_hat):
    assert same_shape(y, y_hat)
    return (y_hat - y) / len(y)


# %% mistake="asserts" exercise="mse" breaks=["errors"]
# assert raises AssertionError; the contract asks for ValueError.
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    assert y.shape == y_hat.shape, f"{y.shape} against {y_hat.shape}"
    return np.sum((y_hat - y) ** 2) / (2 * len(y))


# %% mistake="pairs entries by memory" exercise="mse" breaks=["value"] recognisable=false
# Do y and y_hat lie in memory in the same order? order='K' pairs entries by memory.
def mse(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.sum((y_hat.ravel(order="K") - y.ravel(order="K")) ** 2) / (2 * len(y))


# %% accepted="textbook, in one line" exercise="mse"
def mse(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes {y.shape} and {y_hat.shape} differ")
    return np.sum((y_hat - y) ** 2) / (2 * y.shape[0])


def mse_grad(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes {y.shape} and {y_hat.shape} differ")
    return (y_hat - y) / y.shape[0]


# %% accepted="textbook, step by step" exercise="mse"
def mse(y, y_hat):
    if not y.shape == y_hat.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(y_hat.shape))
    m = len(y)
    error = y - y_hat
    squared_error = np.square(error)
    loss = 1 / (2 * m) * np.sum(squared_error)
    return loss


def mse_grad(y, y_hat):
    if not y.shape == y_hat.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(y_hat.shape))
    m = len(y)
    grad = np.zeros_like(y_hat)
    for i in range(m):
        grad[i] = -(y[i] - y_hat[i]) / m
    return grad


# %% accepted="by a helper" exercise="mse"
def _pair(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape}, y_hat {y_hat.shape}")
    return y, y_hat


def mse(y, y_hat):
    y, y_hat = _pair(y, y_hat)
    return 0.5 * np.square(y - y_hat).sum() / y.shape[0]


def mse_grad(y, y_hat):
    y, y_hat = _pair(y, y_hat)
    return -(y - y_hat) / y.shape[0]


# %% accepted="mean of row sums" exercise="mse"
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    rows = ((y - y_hat) ** 2).reshape(len(y), -1).sum(axis=1)
    return rows.mean() / 2


# %% accepted="example by example" exercise="mse"
def mse(y, y_hat):
    if np.shape(y) != np.shape(y_hat):
        raise ValueError(f"y has shape {np.shape(y)}, y_hat {np.shape(y_hat)}")
    total = 0.0
    for a, b in zip(np.ravel(y), np.ravel(y_hat), strict=True):
        total += (float(a) - float(b)) ** 2 / 2
    return total / len(y)


def mse_grad(y, y_hat):
    if np.shape(y) != np.shape(y_hat):
        raise ValueError(f"y has shape {np.shape(y)}, y_hat {np.shape(y_hat)}")
    return np.divide(np.subtract(y_hat, y, dtype=float), len(y))


# %% accepted="a zero-dimensional array" exercise="mse"
def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.asarray(np.linalg.norm(y - y_hat) ** 2 / (2 * len(y)))


# %% [markdown]
# ## huber


# %% mistake="half instead of half delta" exercise="huber" breaks=["value"]
# At a residual of delta both branches must have the same height. Try delta = 2.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.sum(np.where(r <= delta, r**2 / 2, delta * r - 0.5 * delta)) / len(y)


# %% mistake="no absolute value" exercise="huber" breaks=["value"]
# Is a negative residual small? The loss is the same for r and -r.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    return np.sum(np.where(r <= delta, r**2 / 2, delta * (np.abs(r) - delta / 2))) / len(y)


# %% mistake="delta fixed at 1" exercise="huber" breaks=["value"]
# Is delta used? Try another value of it.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.sum(np.where(r <= 1, r**2 / 2, r - 0.5)) / len(y)


# %% mistake="square without the half" exercise="huber" breaks=["value"]
# The quadratic part is half the square.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.sum(np.where(r <= delta, r**2, delta * (r - delta / 2))) / len(y)


# %% mistake="line without delta" exercise="huber" breaks=["value"]
# How steep is the line beyond delta?
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.sum(np.where(r <= delta, r**2 / 2, r - delta / 2)) / len(y)


# %% mistake="half of the whole bracket" exercise="huber" breaks=["value"]
# Only delta inside the bracket is halved: delta (|r| - delta/2).
def huber(y, y_hat, delta=1.0):
    same_shape(y, y_hat)
    r = np.abs(y_hat - y)
    return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta) / 2)) / len(y)


# %% mistake="branches exchanged" exercise="huber" breaks=["value"]
# Which residuals are quadratic, the small or the large ones?
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.sum(np.where(r > delta, r**2 / 2, delta * (r - delta / 2))) / len(y)


# %% mistake="cuts off the loss" exercise="huber" breaks=["value"]
# Beyond delta the loss still grows, in a straight line.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.clip(y_hat - y, -delta, delta)
    return np.sum(r**2 / 2) / len(y)


# %% mistake="mean over examples and outputs" exercise="huber" breaks=["value"]
# Divide by the number of examples alone: try two outputs.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    return np.mean(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


# %% mistake="decides for the whole batch" exercise="huber" breaks=["value"]
# Each residual has its own branch.
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y_hat - y)
    if r.max() <= delta:
        return np.sum(r**2 / 2) / len(y)
    return np.sum(delta * (r - delta / 2)) / len(y)


# %% mistake="works in place" exercise="huber" breaks=["value"]
# Did you change the caller's array?
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    y_hat -= y
    r = np.abs(y_hat)
    return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))) / len(y)


# %% mistake="gradient loses the sign" exercise="huber" breaks=["gradient"]
# Too small a prediction needs a negative slope.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    return np.where(np.abs(r) <= delta, r, delta) / len(y)


# %% mistake="gradient is the sign" exercise="huber" breaks=["gradient"]
# How steep is the line beyond delta? Try delta = 2.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    return np.where(np.abs(r) <= delta, r, np.sign(r)) / len(y)


# %% mistake="gradient of the squared error" exercise="huber" breaks=["gradient"]
# The slope must not exceed delta.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return (y_hat - y) / len(y)


# %% mistake="gradient without the mean" exercise="huber" breaks=["gradient"]
# The loss is divided by the number of examples, so its gradient is too.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.clip(y_hat - y, -delta, delta)


# %% mistake="gradient clipped at 1" exercise="huber" breaks=["gradient"]
# How steep is the line beyond delta? Try delta = 2.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.clip(y_hat - y, -1, 1) / len(y)


# %% mistake="gradient clipped after the mean" exercise="huber" breaks=["gradient"]
# Which is capped by delta, the residual or the residual over m?
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.clip((y_hat - y) / len(y), -delta, delta)


# %% mistake="gradient with another default" exercise="huber" breaks=["gradient"]
# Unless it is given, delta is 1.
def huber_grad(y, y_hat, delta=2.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.clip(y_hat - y, -delta, delta) / len(y)


# %% mistake="gradient clipped on one side" exercise="huber" breaks=["gradient"]
# The cap holds on both sides: try a large negative residual.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.minimum(y_hat - y, delta) / len(y)


# %% mistake="gradient over examples and outputs" exercise="huber" breaks=["gradient"]
# Divide by the number of examples, len(y), not by the number of entries.
def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.clip(y_hat - y, -delta, delta) / y.size


# %% mistake="broadcasts" exercise="huber" breaks=["errors"]
# Call same_shape first: the flat array and the column would broadcast to a table.
def huber(y, y_hat, delta=1.0):
    r = np.abs(np.subtract(y_hat, y, dtype=float))
    return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))) / len(y)


def huber_grad(y, y_hat, delta=1.0):
    return np.clip(np.subtract(y_hat, y, dtype=float), -delta, delta) / len(y)


# %% mistake="gradient broadcasts" exercise="huber" breaks=["errors"]
# The gradient must refuse different shapes as well: call same_shape first.
def huber_grad(y, y_hat, delta=1.0):
    return np.clip(np.subtract(y_hat, y, dtype=float), -delta, delta) / len(y)


# %% mistake="gradient divides by the residual" exercise="huber" breaks=["gradient"]
# A residual can be 0: what is 0/0?
def huber_grad(y, y_hat, delta=1.0):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    return np.minimum(np.abs(r), delta) * r / np.abs(r) / len(y)


# %% accepted="textbook, with np.where" exercise="huber"
def huber(y, y_hat, delta=1.0):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes {y.shape} and {y_hat.shape} differ")
    r = np.abs(y_hat - y)
    return np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)).sum() / y.shape[0]


def huber_grad(y, y_hat, delta=1.0):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes {y.shape} and {y_hat.shape} differ")
    r = y_hat - y
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r)) / y.shape[0]


# %% accepted="textbook, step by step" exercise="huber"
def huber(y, y_hat, delta=1.0):
    if not y.shape == y_hat.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(y_hat.shape))
    m = y.shape[0]
    r = y_hat - y
    is_small = np.abs(r) <= delta
    losses = np.zeros_like(r)
    losses[is_small] = 0.5 * r[is_small] ** 2
    losses[~is_small] = delta * (np.abs(r[~is_small]) - 0.5 * delta)
    return np.sum(losses) / m


def huber_grad(y, y_hat, delta=1.0):
    if not y.shape == y_hat.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(y_hat.shape))
    m = y.shape[0]
    grad = y_hat - y
    grad[grad > delta] = delta
    grad[grad < -delta] = -delta
    grad /= m
    return grad


# %% accepted="by scipy" exercise="huber"
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return scipy.special.huber(delta, y - y_hat).sum() / len(y)


def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    return np.where(np.abs(r) < delta, r, delta * np.sign(r)) / len(y)


# %% accepted="with masks" exercise="huber"
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y - y_hat)
    inside = r < delta
    return (0.5 * (r[inside] ** 2).sum() + (delta * r[~inside] - 0.5 * delta**2).sum()) / len(r)


def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = y_hat - y
    r[r > delta] = delta
    r[r < -delta] = -delta
    return r / r.shape[0]


# %% accepted="by the capped residual" exercise="huber"
def huber(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    r = np.abs(y - y_hat)
    q = np.minimum(r, delta)
    return float((0.5 * q**2 + delta * (r - q)).sum() / len(y))


def huber_grad(y, y_hat, delta=1.0):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape} and y_hat has shape {y_hat.shape}")
    return np.minimum(np.maximum(y_hat - y, -delta), delta) / len(y)


# %% accepted="by the squared error's gradient" exercise="huber"
def huber_grad(y, y_hat, delta=1.0):
    m = len(y)
    return np.clip(mse_grad(y, y_hat) * m, -delta, delta) / m


# %% accepted="one residual at a time" exercise="huber"
def _one(r, delta):
    r = abs(r)
    return r * r / 2 if r <= delta else delta * (r - delta / 2)


def huber(y, y_hat, delta=1.0):
    if np.shape(y) != np.shape(y_hat):
        raise ValueError("shapes " + str(np.shape(y)) + " and " + str(np.shape(y_hat)))
    return sum(_one(float(a) - float(b), delta) for a, b in zip(np.ravel(y), np.ravel(y_hat), strict=True)) / len(y)


# %% [markdown]
# ## bce


# %% mistake="no clipping" exercise="bce" breaks=["value"]
# What is log(0)?
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="clips at one end" exercise="bce" breaks=["value"]
# Both ends: for p = 1 the other logarithm is log(0).
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="adds a small number" exercise="bce" breaks=["value"]
# Clip instead of adding: adding shifts every loss, and makes some negative.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    eps = 1e-12
    return -np.sum(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps)) / len(y)


# %% mistake="clips too early" exercise="bce" breaks=["value"]
# Your floor is too high: a probability of 1e-6 can be computed.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-3, 1 - 1e-3)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="clips too late" exercise="bce" breaks=["value"]
# The contract clips at 1e-12, so that a loss is at most 27.6.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="sum instead of mean" exercise="bce" breaks=["value"]
# The loss must not grow with the number of examples.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


# %% mistake="mean over examples and outputs" exercise="bce" breaks=["value"]
# Divide by the number of examples alone: try two outputs.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


# %% mistake="positives only" exercise="bce" breaks=["value"]
# What do examples with y = 0 cost?
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p)) / len(y)


# %% mistake="wrong sign" exercise="bce" breaks=["value"]
# Probabilities are below 1: which sign has their logarithm?
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="logarithm to base 2" exercise="bce" breaks=["value"]
# The natural logarithm, or the gradient does not fit.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log2(p) + (1 - y) * np.log2(1 - p)) / len(y)


# %% mistake="y and p exchanged" exercise="bce" breaks=["value"]
# The logarithm belongs to the probability, not to the label.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    y = np.clip(y, 1e-12, 1 - 1e-12)
    return -np.sum(p * np.log(y) + (1 - p) * np.log(1 - y)) / len(y)


# %% mistake="clips in place" exercise="bce" breaks=["value"]
# Did you change the caller's array? Clip into a new one.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    np.clip(p, 1e-12, 1 - 1e-12, out=p)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="gradient for the logit" exercise="bce" breaks=["gradient"]
# With respect to what? This is the gradient for the logit.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / len(y)


# %% mistake="gradient without the mean" exercise="bce" breaks=["gradient"]
# The loss is divided by the number of examples, so its gradient is too.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p))


# %% mistake="gradient with the wrong sign" exercise="bce" breaks=["gradient"]
# If y = 1, the loss falls as p grows.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (y - p) / (p * (1 - p)) / len(y)


# %% mistake="gradient of the positives only" exercise="bce" breaks=["gradient"]
# What do examples with y = 0 pull?
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -y / p / len(y)


# %% mistake="gradient not clipped" exercise="bce" breaks=["gradient"]
# The gradient needs the clipped p too.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    return (p - y) / (p * (1 - p)) / len(y)


# %% mistake="gradient 0 where clipped" exercise="bce" breaks=["gradient"]
# The contract: the formula at the clipped p, or a confident mistake would never be
# corrected.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    inside = (p >= 1e-12) & (p <= 1 - 1e-12)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.where(inside, (p - y) / (p * (1 - p)), 0.0) / len(y)


# %% mistake="gradient clips the denominator alone" exercise="bce" breaks=["gradient"]
# The formula at the clipped p: it stands in the numerator too.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / (q * (1 - q)) / len(y)


# %% mistake="gradient adds to the denominator" exercise="bce" breaks=["gradient"]
# Clip p and take the formula there, instead of adding to the denominator.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    return (p - y) / (p * (1 - p) + 1e-12) / len(y)


# %% mistake="gradient keeps the denominator from 0" exercise="bce" breaks=["gradient"]
# Clip p, not the denominator: p stands in the numerator too.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    return (p - y) / np.maximum(p * (1 - p), 1e-12) / len(y)


# %% mistake="gradient clips below only" exercise="bce" breaks=["gradient"]
# Clip at both ends: what is 1 - p for p = 1?
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.maximum(p, 1e-12)
    return (p - y) / (p * np.maximum(1 - p, 1e-300)) / len(y)


# %% mistake="gradient adds instead of subtracting" exercise="bce" breaks=["gradient"]
# Differentiate log(1 - p): mind the inner derivative.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -(y / p + (1 - y) / (1 - p)) / len(y)


# %% mistake="gradient over examples and outputs" exercise="bce" breaks=["gradient"]
# Divide by the number of examples, len(y), not by the number of entries.
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / y.size


# %% mistake="broadcasts" exercise="bce" breaks=["errors"]
# Call same_shape first: the flat array and the column would broadcast to a table.
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.clip(np.asarray(p, dtype=float), 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.clip(np.asarray(p, dtype=float), 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / len(y)


# %% mistake="reshapes the targets" exercise="bce" breaks=["errors"]
# Do not repair different shapes in silence: raise ValueError.
def bce(y, p):
    p = np.clip(np.asarray(p, dtype=float), 1e-12, 1 - 1e-12)
    y = np.asarray(y, dtype=float).reshape(p.shape)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% accepted="textbook, in one line" exercise="bce"
def bce(y, p):
    if y.shape != p.shape:
        raise ValueError(f"shapes {y.shape} and {p.shape} differ")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / y.shape[0]


def bce_grad(y, p):
    if y.shape != p.shape:
        raise ValueError(f"shapes {y.shape} and {p.shape} differ")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / y.shape[0]


# %% accepted="textbook, step by step" exercise="bce"
def bce(y, p):
    if not y.shape == p.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(p.shape))
    m = y.shape[0]
    epsilon = 1e-12
    p = np.maximum(p, epsilon)
    p = np.minimum(p, 1 - epsilon)
    positive = y * np.log(p)
    negative = (1 - y) * np.log(1 - p)
    cost = -1 / m * np.sum(positive + negative)
    return cost


def bce_grad(y, p):
    if not y.shape == p.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(p.shape))
    m = y.shape[0]
    epsilon = 1e-12
    p = np.clip(p, epsilon, 1 - epsilon)
    dp = -(np.divide(y, p) - np.divide(1 - y, 1 - p))
    return dp / m


# %% accepted="by two fractions" exercise="bce"
def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return (-y / p + (1 - y) / (1 - p)) / len(y)


# %% accepted="by the probability of the truth" exercise="bce"
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    truth = np.where(y == 1, p, 1 - p)
    return -np.log(truth).sum() / len(truth)


def bce_grad(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.where(y == 1, -1 / p, 1 / (1 - p)) / len(y)


# %% accepted="by log1p" exercise="bce"
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-(y * np.log(p) + (1 - y) * np.log1p(-p)).sum() / y.shape[0])


# %% accepted="by scipy" exercise="bce"
def bce(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape} and p has shape {p.shape}")
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -(scipy.special.xlogy(y, p) + scipy.special.xlog1py(1 - y, -p)).sum() / len(y)


# %% accepted="one number at a time" exercise="bce"
def bce(y, p):
    if np.shape(y) != np.shape(p):
        raise ValueError(f"y {np.shape(y)} and p {np.shape(p)}")
    total = 0.0
    for label, q in zip(np.ravel(y), np.ravel(p), strict=True):
        clipped = min(max(float(q), 1e-12), 1 - 1e-12)
        total -= math.log(clipped) if label else math.log(1 - clipped)
    return total / len(y)


# %% [markdown]
# ## bce-logits


# %% mistake="logarithm of the sigmoid" exercise="bce-logits" breaks=["stability"]
# sigmoid(-1000) is 0: take the logarithm on paper first.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = sigmoid(z)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="clips the probability" exercise="bce-logits" breaks=["stability"]
# 27.63 is 12 log 10, the loss of a clipped probability: z is a logit, compute without
# p.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = np.clip(sigmoid(z), 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)


# %% mistake="by bce" exercise="bce-logits" breaks=["stability"]
# 27.63 is 12 log 10, the loss of a clipped probability: z is a logit, compute without
# p.
def bce_with_logits(y, z):
    if np.shape(y) != np.shape(z):
        raise ValueError(f"y has shape {np.shape(y)} and z has shape {np.shape(z)}")
    return bce(y, sigmoid(z))


# %% mistake="overflows" exercise="bce-logits" breaks=["stability"]
# The exponent must not be positive: use |z|.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.log1p(np.exp(z)) - y * z) / len(y)


# %% mistake="overflows below" exercise="bce-logits" breaks=["stability"]
# For z below 0 the exponent of exp(-z) is positive: use |z|.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum((1 - y) * z + np.log1p(np.exp(-z))) / len(y)


# %% mistake="clips the logits" exercise="bce-logits" breaks=["stability"]
# The loss must keep growing: at logit 1000 it is 1000.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    z = np.clip(z, -30, 30)
    return np.sum(np.log1p(np.exp(z)) - y * z) / len(y)


# %% mistake="forgets y times z" exercise="bce-logits" breaks=["value", "stability"]
# For y = 1 the loss must fall as z grows.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.logaddexp(0, z)) / len(y)


# %% mistake="wrong sign of y times z" exercise="bce-logits" breaks=["value", "stability"]
# For y = 1 the loss must fall as z grows.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.logaddexp(0, z) + y * z) / len(y)


# %% mistake="logarithm without the 1" exercise="bce-logits" breaks=["value"]
# At z = 0 the loss is log(2).
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.maximum(z, 0) - y * z + np.exp(-np.abs(z))) / len(y)


# %% mistake="forgets the small term" exercise="bce-logits" breaks=["value"]
# At z = 0 the loss is log(2), not 0.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.maximum(z, 0) - y * z) / len(y)


# %% mistake="sum instead of mean" exercise="bce-logits" breaks=["value"]
# The loss must not grow with the number of examples.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.logaddexp(0, z) - y * z)


# %% mistake="mean over examples and outputs" exercise="bce-logits" breaks=["value"]
# Divide by the number of examples alone: try two outputs.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.mean(np.logaddexp(0, z) - y * z)


# %% mistake="divides twice" exercise="bce-logits" breaks=["value"]
# Divide by the number of examples, once.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.mean(np.logaddexp(0, z) - y * z) / len(y)


# %% mistake="takes z for a probability" exercise="bce-logits" breaks=["value", "stability"]
# 27.63 is 12 log 10, the loss of a clipped probability: z is a logit, compute without
# p.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    z = np.clip(z, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(z) + (1 - y) * np.log(1 - z)) / len(y)


# %% mistake="works in place" exercise="bce-logits" breaks=["value"]
# Did you change the caller's array?
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    loss = np.maximum(z, 0) - y * z
    np.abs(z, out=z)
    return np.sum(loss + np.log1p(np.exp(-z))) / len(y)


# %% mistake="slope of the sigmoid once more" exercise="bce-logits" breaks=["gradient", "stability"]
# p(1 - p) has cancelled already.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = sigmoid(z)
    return (p - y) * p * (1 - p) / len(y)


# %% mistake="gradient for the probability" exercise="bce-logits" breaks=["gradient", "stability"]
# With respect to what? This is the gradient for p.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = np.clip(sigmoid(z), 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / len(y)


# %% mistake="gradient without the sigmoid" exercise="bce-logits" breaks=["gradient", "stability"]
# Subtract y from the probability, not from the logit.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (z - y) / len(y)


# %% mistake="gradient without the mean" exercise="bce-logits" breaks=["gradient"]
# The loss is divided by the number of examples, so its gradient is too.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return sigmoid(z) - y


# %% mistake="gradient with the wrong sign" exercise="bce-logits" breaks=["gradient", "stability"]
# If y = 1, the loss falls as z grows.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (y - sigmoid(z)) / len(y)


# %% mistake="gradient over examples and outputs" exercise="bce-logits" breaks=["gradient"]
# Divide by the number of examples, len(y), not by the number of entries.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (sigmoid(z) - y) / y.size


# %% mistake="gradient through the quotient" exercise="bce-logits" breaks=["stability"]
# 0 divided by 0: what cancels should not be computed.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = sigmoid(z)
    return (p - y) / (p * (1 - p)) * sigmoid_prime(z) / len(y)


# %% mistake="gradient by a sigmoid that overflows" exercise="bce-logits" breaks=["stability"]
# exp(1000) is infinite, and infinity over infinity is no number: call sigmoid.
def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (np.exp(z) / (1 + np.exp(z)) - y) / len(y)


# %% mistake="broadcasts" exercise="bce-logits" breaks=["errors"]
# Call same_shape first: the flat array and the column would broadcast to a table.
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    return np.sum(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))) / len(y)


def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    return (sigmoid(z) - y) / len(y)


# %% accepted="textbook, in one line" exercise="bce-logits"
def bce_with_logits(y, z):
    if y.shape != z.shape:
        raise ValueError(f"shapes {y.shape} and {z.shape} differ")
    return np.sum(np.maximum(z, 0) - z * y + np.log(1 + np.exp(-np.abs(z)))) / y.shape[0]


def bce_with_logits_grad(y, z):
    if y.shape != z.shape:
        raise ValueError(f"shapes {y.shape} and {z.shape} differ")
    return (sigmoid(z) - y) / y.shape[0]


# %% accepted="textbook, step by step" exercise="bce-logits"
def bce_with_logits(y, z):
    if not y.shape == z.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(z.shape))
    m = len(z)
    losses = np.zeros_like(z)
    positive = z > 0
    negative = z <= 0
    losses[positive] = z[positive] + np.log1p(np.exp(-z[positive]))
    losses[negative] = np.log1p(np.exp(z[negative]))
    losses = losses - y * z
    return losses.sum() / m


def bce_with_logits_grad(y, z):
    if not y.shape == z.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(z.shape))
    m = len(z)
    p = sigmoid(z)
    dz = p - y
    dz /= m
    return dz


# %% accepted="by logaddexp" exercise="bce-logits"
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.logaddexp(0, z) - y * z) / len(y)


# %% accepted="by the sign of the label" exercise="bce-logits"
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return float(np.logaddexp(0, np.where(y == 1, -z, z)).sum() / len(z))


def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.where(y == 1, -sigmoid(-z), sigmoid(z)) / len(z)


# %% accepted="by scipy" exercise="bce-logits"
def bce_with_logits(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -(y * scipy.special.log_expit(z) + (1 - y) * scipy.special.log_expit(-z)).sum() / len(y)


def bce_with_logits_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (scipy.special.expit(z) - y) / len(y)


# %% accepted="two branches" exercise="bce-logits"
def _softplus(z):
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


def bce_with_logits(y, z):
    if np.shape(y) != np.shape(z):
        raise ValueError(f"y {np.shape(y)} and z {np.shape(z)}")
    pairs = zip(np.ravel(y).tolist(), np.ravel(z).tolist(), strict=True)
    return sum(_softplus(-float(logit) if label else float(logit)) for label, logit in pairs) / len(z)


# %% accepted="gradient by the squared error's" exercise="bce-logits"
def bce_with_logits_grad(y, z):
    return mse_grad(y, sigmoid(z))


# %% [markdown]
# ## log-softmax


# %% mistake="logarithm of softmax" exercise="log-softmax" breaks=["stability"]
# softmax of a logit far below the others is 0: take the logarithm on paper first.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return np.log(softmax(z))


# %% mistake="adds a small number" exercise="log-softmax" breaks=["value", "stability"]
# Not needed: after the shift the sum is at least 1, and the logarithm of p need not
# be taken.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return np.log(softmax(z) + 1e-7)


# %% mistake="clips the probability" exercise="log-softmax" breaks=["stability"]
# A log-probability of -1000 is a fine number.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return np.log(np.clip(softmax(z), 1e-300, 1))


# %% mistake="no shift" exercise="log-softmax" breaks=["stability"]
# What is exp(1000)?
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


# %% mistake="one maximum for all rows" exercise="log-softmax" breaks=["stability"]
# Each row has its own maximum.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="the largest size for the maximum" exercise="log-softmax" breaks=["stability"]
# The shift is the largest logit, with its sign: then the sum is at least 1.
def log_softmax(z):
    shifted = z - np.abs(z).max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="a maximum of at least 0" exercise="log-softmax" breaks=["stability"]
# All logits may lie below 0: the shift is the largest of them.
def log_softmax(z):
    shifted = z - np.maximum(0, z.max(axis=-1, keepdims=True))
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="shifts by the first logit" exercise="log-softmax" breaks=["stability"]
# The largest logit may stand anywhere in the row.
def log_softmax(z):
    shifted = z - z[..., :1]
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="shifts by the mean" exercise="log-softmax" breaks=["stability"]
# After a shift by the mean the largest logit can still overflow.
def log_softmax(z):
    shifted = z - z.mean(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="one sum for all rows" exercise="log-softmax" breaks=["value"]
# The exponentials of every row must sum to 1.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum())


# %% mistake="no keepdims and one sum" exercise="log-softmax" breaks=["value", "stability"]
# Each row has its own maximum and its own sum, both with keepdims=True.
def log_softmax(z):
    c = z.max(axis=-1)
    return (z - c) - np.log(np.exp(z - c).sum())


# %% mistake="sums over the examples" exercise="log-softmax" breaks=["value", "stability"]
# Which axis holds the classes?
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=0, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))


# %% mistake="forgets keepdims" exercise="log-softmax" breaks=["value"]
# Print the shape of the sum: from which axis is it subtracted?
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1))


# %% mistake="two dimensions only" exercise="log-softmax" breaks=["value", "stability"]
# A single vector is allowed too: the last axis is axis -1.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# %% mistake="shift not subtracted from z" exercise="log-softmax" breaks=["value", "stability"]
# Shift both or none.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="divides instead of subtracting" exercise="log-softmax" breaks=["value", "stability"]
# The logarithm of a quotient is a difference.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted / np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% mistake="forgets the logarithm" exercise="log-softmax" breaks=["value", "stability"]
# These are probabilities. Where is their logarithm?
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return softmax(z)


# %% mistake="shifts in place" exercise="log-softmax" breaks=["value"]
# Did you change the caller's array? z -= ... writes into it.
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    z -= z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


# %% mistake="logarithm of the sigmoid for a single column" exercise="log-softmax" breaks=["value"]
# One class alone has the probability 1, whatever its logit is.
def log_softmax(z):
    if z.ndim == 2 and z.shape[1] == 1:
        return -np.logaddexp(0, -z)
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


# %% accepted="textbook, in two lines" exercise="log-softmax"
def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


# %% accepted="textbook, step by step" exercise="log-softmax"
def log_softmax(z):
    if z.ndim == 1:
        shifted = z - np.max(z)
        return shifted - np.log(np.sum(np.exp(shifted)))
    result = np.zeros_like(z)
    for i in range(z.shape[0]):
        shifted = z[i] - np.max(z[i])
        result[i] = shifted - np.log(np.sum(np.exp(shifted)))
    return result


# %% accepted="by scipy" exercise="log-softmax"
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return scipy.special.log_softmax(z, axis=-1)


# %% accepted="by log-sum-exp" exercise="log-softmax"
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return z - scipy.special.logsumexp(z, axis=-1, keepdims=True)


# %% accepted="by logaddexp" exercise="log-softmax"
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


# %% accepted="row by row" exercise="log-softmax"
def log_softmax(z):
    z = np.asarray(z, dtype=float)
    if z.ndim > 1:
        return np.stack([log_softmax(row) for row in z])
    c = max(z)
    return z - (c + math.log(sum(math.exp(value - c) for value in z)))


# %% [markdown]
# ## one-hot


# %% mistake="counts the classes itself" exercise="one-hot" breaks=["value"]
# The highest class may be missing from a batch: use n_classes.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    k = labels.max() + 1
    return np.eye(k)[labels]


# %% mistake="transposed" exercise="one-hot" breaks=["value"]
# A row per label, a column per class.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.eye(n_classes)[:, labels]


# %% mistake="off by one" exercise="one-hot" breaks=["value"]
# The first class is 0.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.roll(np.eye(n_classes)[labels], -1, axis=1)


# %% mistake="marks the others" exercise="one-hot" breaks=["value"]
# 1 at the class, 0 elsewhere.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return 1 - np.eye(n_classes)[labels]


# %% mistake="sets whole columns" exercise="one-hot" breaks=["value"]
# rows[:, labels] selects columns of all rows. Which rows do you mean?
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    rows = np.zeros((len(labels), n_classes))
    rows[:, labels] = 1
    return rows


# %% mistake="writes the label" exercise="one-hot" breaks=["value"]
# A 1, not the label itself.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = labels
    return rows


# %% mistake="no check of the range" exercise="one-hot" breaks=["errors"]
# An index error is not enough, and -1 gives none: check the range and raise
# ValueError.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    return np.eye(n_classes)[labels]


# %% mistake="checks the upper end only" exercise="one-hot" breaks=["errors"]
# -1 is an index too: it means the last class.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.eye(n_classes)[labels]


# %% mistake="allows n_classes itself" exercise="one-hot" breaks=["errors"]
# With three classes the labels are 0, 1 and 2.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() > n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% mistake="leaves unknown labels empty" exercise="one-hot" breaks=["errors"]
# A row of zeros hides the mistake: raise ValueError.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% mistake="asks whether all are negative" exercise="one-hot" breaks=["errors"]
# One label outside the range is enough: any, not all.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if np.all(labels < 0) or np.any(labels >= n_classes):
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% mistake="asks whether all are too large" exercise="one-hot" breaks=["errors"]
# One label outside the range is enough: any, not all.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if np.any(labels < 0) or np.all(labels >= n_classes):
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% mistake="checks the first and the last label" exercise="one-hot" breaks=["errors"]
# Labels are in no order: check all of them.
def one_hot(labels, n_classes):
    for label in (labels[0], labels[-1]):
        if not 0 <= label < n_classes:
            raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.where(labels[:, None] == np.arange(n_classes), 1.0, 0.0)


# %% mistake="allows -1" exercise="one-hot" breaks=["errors"]
# -1 is an index too: it means the last class.
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if np.any(labels < -1) or np.any(labels >= n_classes):
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% accepted="textbook, by the identity matrix" exercise="one-hot"
def one_hot(labels, n_classes):
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError("label out of range")
    return np.eye(n_classes)[labels]


# %% accepted="textbook, step by step" exercise="one-hot"
def one_hot(labels, n_classes):
    m = labels.shape[0]
    result = np.zeros((m, n_classes))
    for i in range(m):
        if labels[i] < 0 or labels[i] >= n_classes:
            raise ValueError(f"label {labels[i]} out of range")
        result[i, labels[i]] = 1
    return result


# %% accepted="textbook, by indexing" exercise="one-hot"
def one_hot(labels, n_classes):
    if np.any(labels < 0) or np.any(labels >= n_classes):
        raise ValueError("label out of range")
    result = np.zeros((labels.size, n_classes), dtype=int)
    result[np.arange(labels.size), labels] = 1
    return result


# %% accepted="booleans" exercise="one-hot"
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return labels[:, None] == np.arange(n_classes)


# %% accepted="integers" exercise="one-hot"
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.eye(n_classes, dtype=int)[labels]


# %% accepted="by the identity matrix" exercise="one-hot"
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return np.eye(n_classes)[labels]


# %% accepted="by indexing" exercise="one-hot"
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    rows = np.zeros((labels.size, n_classes))
    rows[np.arange(labels.size), labels] = 1.0
    return rows


# %% accepted="by comparison" exercise="one-hot"
def one_hot(labels, n_classes):
    labels = np.asarray(labels).astype(int)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels must be at least 0 and below {n_classes}, got {labels}")
    return (labels.reshape(-1, 1) == range(n_classes)).astype(float)


# %% accepted="label by label" exercise="one-hot"
def one_hot(labels, n_classes):
    rows = np.zeros((len(labels), n_classes))
    for row, label in zip(rows, labels, strict=True):
        if not 0 <= label < n_classes:
            raise ValueError(f"label {label} is not in 0 to {n_classes - 1}")
        row[int(label)] = 1
    return rows


# %% [markdown]
# ## cross-entropy


# %% mistake="logarithm of softmax" exercise="cross-entropy" breaks=["stability"]
# softmax of a logit far below the others is 0: use log_softmax.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * np.log(softmax(z))) / len(y)


# %% mistake="adds a small number" exercise="cross-entropy" breaks=["value", "stability"]
# Adding shifts every loss: log p is exact without it.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * np.log(softmax(z) + 1e-7)) / len(y)


# %% mistake="clips the probability" exercise="cross-entropy" breaks=["stability"]
# The loss must keep growing: at a distance of 1000 it is 1000.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * np.log(np.clip(softmax(z), 1e-15, 1))) / len(y)


# %% mistake="one maximum for all rows" exercise="cross-entropy" breaks=["stability"]
# Each row has its own maximum: log_softmax knows.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    z = z - z.max()
    return -np.sum(y * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))) / len(y)


# %% mistake="mean over examples and classes" exercise="cross-entropy" breaks=["value", "stability"]
# Equal logits must give log(k): divide by the number of examples alone.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.mean(y * log_softmax(z))


# %% mistake="sum instead of mean" exercise="cross-entropy" breaks=["value"]
# The loss must not grow with the number of examples.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * log_softmax(z))


# %% mistake="wrong sign" exercise="cross-entropy" breaks=["value", "stability"]
# Log-probabilities are negative, and a loss is not.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(y * log_softmax(z)) / len(y)


# %% mistake="picks a table" exercise="cross-entropy" breaks=["value", "stability"]
# logp[:, labels] takes these columns of every row.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    labels = y.argmax(axis=1)
    return -log_softmax(z)[:, labels].mean()


# %% mistake="all classes alike" exercise="cross-entropy" breaks=["value", "stability"]
# Only the right class counts.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(log_softmax(z)) / len(y)


# %% mistake="by binary cross-entropy" exercise="cross-entropy" breaks=["value", "stability"]
# Classes exclude each other: softmax, not a sigmoid for each.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return np.sum(np.logaddexp(0, z) - y * z) / len(y)


# %% mistake="takes z for probabilities" exercise="cross-entropy" breaks=["value", "stability"]
# z holds logits: where is the softmax?
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * np.log(np.clip(z, 1e-12, 1))) / len(y)


# %% mistake="works in place" exercise="cross-entropy" breaks=["value"]
# Did you change the caller's array?
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    z -= z.max(axis=1, keepdims=True)
    return -np.sum(y * log_softmax(z)) / len(y)


# %% mistake="gradient without the mean" exercise="cross-entropy" breaks=["gradient"]
# The loss is divided by the number of examples, so its gradient is too.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return softmax(z) - y


# %% mistake="gradient divided twice" exercise="cross-entropy" breaks=["gradient"]
# Divide by the number of examples once.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (softmax(z) - y) / len(y) / len(y)


# %% mistake="gradient over examples and classes" exercise="cross-entropy" breaks=["gradient", "stability"]
# Divide by the number of examples, len(y), not by the number of entries.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (softmax(z) - y) / y.size


# %% mistake="gradient with the wrong sign" exercise="cross-entropy" breaks=["gradient", "stability"]
# The logit of the right class must grow: its entry is negative.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (y - softmax(z)) / len(y)


# %% mistake="gradient of the right class only" exercise="cross-entropy" breaks=["gradient", "stability"]
# The other logits pull as well: every row sums to 0.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return y * (softmax(z) - y) / len(y)


# %% mistake="gradient for the probabilities" exercise="cross-entropy" breaks=["gradient", "stability"]
# With respect to what? This is the gradient for p.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -y / np.clip(softmax(z), 1e-12, 1) / len(y)


# %% mistake="gradient from the logarithm" exercise="cross-entropy" breaks=["gradient", "stability"]
# Take p, not log p: each row of the gradient sums to 0.
def cross_entropy_grad(y, z):
    same_shape(y, z)
    return (log_softmax(z) - y) / len(y)


# %% mistake="gradient through the sigmoid" exercise="cross-entropy" breaks=["gradient", "stability"]
# The probabilities are those of softmax: rows sum to 0.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (sigmoid(z) - y) / len(y)


# %% mistake="gradient through the Jacobian" exercise="cross-entropy" breaks=["stability"]
# Dividing by p fails where p is 0: let it cancel on paper.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = softmax(z)
    upstream = -y / p
    return p * (upstream - np.sum(upstream * p, axis=1, keepdims=True)) / len(y)


# %% mistake="gradient with one maximum for all rows" exercise="cross-entropy" breaks=["stability"]
# Each row has its own maximum: call softmax.
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    e = np.exp(z - z.max())
    return (e / e.sum(axis=1, keepdims=True) - y) / len(y)


# %% mistake="compares length and number of axes" exercise="cross-entropy" breaks=["errors"]
# A column of labels has as many rows and axes: compare the whole shapes.
def cross_entropy(y, z):
    if len(y) != len(z) or y.ndim != z.ndim:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * log_softmax(z)) / len(y)


# %% mistake="broadcasts" exercise="cross-entropy" breaks=["errors"]
# Call same_shape first: labels, flat or as a column, would broadcast against the rows
# of z.
def cross_entropy(y, z):
    return -np.sum(np.asarray(y, dtype=float) * log_softmax(z)) / len(y)


def cross_entropy_grad(y, z):
    return (softmax(z) - np.asarray(y, dtype=float)) / len(y)


# %% mistake="takes labels" exercise="cross-entropy" breaks=["errors"]
# The contract: y is one-hot, in the shape of z. Labels get a ValueError.
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.ndim == 1:
        y = np.eye(z.shape[1])[y.astype(int)]
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return -np.sum(y * log_softmax(z)) / len(y)


# %% accepted="textbook, in one line" exercise="cross-entropy"
def cross_entropy(y, z):
    if y.shape != z.shape:
        raise ValueError(f"shapes {y.shape} and {z.shape} differ")
    return -np.sum(y * log_softmax(z)) / y.shape[0]


def cross_entropy_grad(y, z):
    if y.shape != z.shape:
        raise ValueError(f"shapes {y.shape} and {z.shape} differ")
    return (softmax(z) - y) / y.shape[0]


# %% accepted="textbook, step by step" exercise="cross-entropy"
def cross_entropy(y, z):
    if not y.shape == z.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(z.shape))
    m = y.shape[0]
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    log_probs = shifted - log_sum
    loss = 0
    for i in range(m):
        loss -= np.sum(y[i] * log_probs[i])
    return loss / m


def cross_entropy_grad(y, z):
    if not y.shape == z.shape:
        raise ValueError("the shapes differ: " + str(y.shape) + ", " + str(z.shape))
    m = y.shape[0]
    grad = softmax(z)
    grad[range(m), np.argmax(y, axis=1)] -= 1
    grad = grad / m
    return grad


# %% accepted="picks the right class" exercise="cross-entropy"
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    rows = np.arange(len(y))
    return -log_softmax(z)[rows, y.argmax(axis=1)].mean()


def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    p = softmax(z)
    p[np.arange(len(y)), y.argmax(axis=1)] -= 1
    return p / len(y)


# %% accepted="by log-sum-exp" exercise="cross-entropy"
def cross_entropy(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return float(np.mean(scipy.special.logsumexp(z, axis=1) - (y * z).sum(axis=1)))


def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (scipy.special.softmax(z, axis=1) - y) / len(y)


# %% accepted="gradient by the logarithm" exercise="cross-entropy"
def cross_entropy_grad(y, z):
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"y has shape {y.shape} and z has shape {z.shape}")
    return (np.exp(log_softmax(z)) - y) / len(y)


# %% accepted="row by row" exercise="cross-entropy"
def cross_entropy(y, z):
    if np.shape(y) != np.shape(z):
        raise ValueError(f"y {np.shape(y)} and z {np.shape(z)}")
    return sum(-np.dot(np.asarray(a, dtype=float), log_softmax(b)) for a, b in zip(y, z, strict=True)) / len(y)


def cross_entropy_grad(y, z):
    if np.shape(y) != np.shape(z):
        raise ValueError(f"y {np.shape(y)} and z {np.shape(z)}")
    return np.stack([softmax(b) - np.asarray(a, dtype=float) for a, b in zip(y, z, strict=True)]) / len(y)


# %% accepted="gradient by the squared error's" exercise="cross-entropy"
def cross_entropy_grad(y, z):
    return mse_grad(y, softmax(z))
