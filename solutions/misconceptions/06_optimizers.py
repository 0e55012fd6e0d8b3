# Known mistakes and accepted variants of 06_optimizers.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import copy
import math
from collections import defaultdict

import numpy as np

# %% [markdown]
# ## sgd


# %% mistake="new arrays instead of in place" exercise="sgd" breaks=["purity"]
# params[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] = params[key] - self.lr * grads[key]


# %% mistake="only a local name" exercise="sgd" breaks=["value", "purity"]
# An assignment to a local name changes nothing outside. What does the caller see?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            theta = params[key]
            theta = theta - self.lr * grads[key]


# %% mistake="climbs" exercise="sgd" breaks=["value"]
# Which way does the gradient point, up or down?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] += self.lr * grads[key]


# %% mistake="forgets the rate" exercise="sgd" breaks=["value"]
# Is lr used?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= grads[key]


# %% mistake="default rate only" exercise="sgd" breaks=["value"]
# Does your object keep the rate that it was made with?
class SGD:
    def __init__(self, lr):
        self.lr = 0.1

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


# %% mistake="scales the gradients in place" exercise="sgd" breaks=["purity"]
# grads[key] *= lr changes the caller's gradients.
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            g *= self.lr
            params[key] -= g


# %% mistake="first parameter only" exercise="sgd" breaks=["value", "purity"]
# Does your loop reach every key?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * np.asarray(grads[key], dtype=float)
            return


# %% mistake="pairs by position" exercise="sgd" breaks=["value"]
# The dicts may have their keys in different orders: look the gradient up by its key.
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key, g in zip(params, grads.values(), strict=True):
            params[key] -= self.lr * np.resize(g, params[key].shape)


# %% mistake="weights only" exercise="sgd" breaks=["value", "purity"]
# Which keys does your update leave out?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] -= self.lr * grads[key]


# %% mistake="rate decays with every call" exercise="sgd" breaks=["value"]
# The rate is the same in every step.
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]
        self.lr *= 0.9


# %% mistake="divides by the number of entries" exercise="sgd" breaks=["value"]
# The gradient holds all factors already: nothing is left to average.
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key] / grads[key].size


# %% mistake="writes into a flat copy" exercise="sgd" breaks=["value"] recognisable=false
# For a transposed array reshape gives a copy: the array itself does not change.
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            flat = params[key].reshape(-1)
            flat -= self.lr * grads[key].reshape(-1)


# %% accepted="with keys of grads" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key, g in grads.items():
            params[key] -= self.lr * g


# %% accepted="np.subtract with out" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in grads:
            np.subtract(params[key], self.lr * np.asarray(grads[key]), out=params[key])


# %% accepted="slice assignment" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.learning_rate = self.lr = float(lr)

    def step(self, params, grads):
        for key in params:
            params[key][...] = params[key] - self.lr * grads[key]


# %% accepted="a local name, changed in place" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            theta = params[key]
            theta += -self.lr * grads[key]


# %% accepted="extra argument" exercise="sgd"
class SGD:
    def __init__(self, lr, decay=0.0):
        self.lr, self.decay = lr, decay

    def step(self, params, grads):
        for key in params:
            params[key] *= 1 - self.lr * self.decay
            params[key] -= self.lr * grads[key]


# %% accepted="textbook: one line" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


# %% accepted="textbook, step by step: weights and biases of each layer" exercise="sgd"
class SGD:
    def __init__(self, lr):
        self.learning_rate = lr

    def step(self, params, grads):
        for name, parameter in params.items():
            gradient = grads[name]
            update = self.learning_rate * gradient
            parameter -= update


# %% [markdown]
# ## momentum


# %% mistake="velocity not stored" exercise="momentum" breaks=["value"]
# The first step is right. What does the second one remember?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = np.zeros_like(theta)
            v = b * v + (1 - b) * g
            theta -= self.lr * v


# %% mistake="one velocity for all parameters" exercise="momentum" breaks=["state"]
# Every object, and every key in it, needs a state of its own.
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = 0.0

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v if np.shape(self.v) == theta.shape else np.zeros_like(theta)
            v = b * v + (1 - b) * g
            self.v = v
            theta -= self.lr * v


# %% mistake="state of the class" exercise="momentum" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own.
class Momentum:
    v = {}  # noqa: RUF012

    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = v if v.shape == theta.shape else np.zeros_like(theta)
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="mutable default argument" exercise="momentum" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own.
class Momentum:
    def __init__(self, lr, beta=0.9, velocities={}):  # noqa: B006
        self.lr, self.beta, self.v = lr, beta, velocities

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = v if v.shape == theta.shape else np.zeros_like(theta)
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="writes the velocity into the gradient" exercise="momentum" breaks=["value", "state"]
# The gradients belong to the caller: did you change them?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.array(grads[key], dtype=float) if grads[key].dtype != float else grads[key]
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v
            g[...] = v


# %% mistake="new arrays instead of in place" exercise="momentum" breaks=["state"]
# params[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            params[key] = theta - self.lr * v


# %% mistake="rate twice" exercise="momentum" breaks=["value"]
# How often does lr enter the step?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * (self.lr * v)
            theta -= 0


# %% mistake="climbs" exercise="momentum" breaks=["value"]
# Which way does the gradient point, up or down?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta += self.lr * v


# %% mistake="ignores beta" exercise="momentum" breaks=["value"]
# Is the argument beta used?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, 0.9
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="another default beta" exercise="momentum" breaks=["value"]
# Which beta holds when none is given?
class Momentum:
    def __init__(self, lr, beta=0.99):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="takes 0 for no beta" exercise="momentum" breaks=["value"]
# beta = 0 is allowed. What is `0.0 or 0.9`?
class Momentum:
    def __init__(self, lr, beta=None):
        self.lr, self.beta = lr, beta or 0.9
        self.v = {}

    def step(self, params, grads):
        for key in params:
            self.v[key] = self.beta * self.v.get(key, 0.0) + (1 - self.beta) * grads[key]
            params[key] -= self.lr * self.v[key]


# %% mistake="state shaped like the first parameter" exercise="momentum" breaks=["state"]
# Every key needs a state with the shape of its own parameter.
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, {}

    def step(self, params, grads):
        shape = next(iter(params.values())).shape
        for key in params:
            old = self.v.get(key, np.zeros(shape))
            self.v[key] = self.beta * old + (1 - self.beta) * grads[key]
            params[key] -= self.lr * self.v[key]


# %% accepted="setdefault and in-place buffers" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.setdefault(key, np.zeros_like(theta))
            v[...] = b * v + (1 - b) * g
            theta -= self.lr * v


# %% accepted="state made at the first step" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, None

    def step(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(theta) for key, theta in params.items()}
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v[key]
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% accepted="defaultdict" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = defaultdict(float)

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v[key]
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% accepted="other names and slice assignment" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr = lr
        self.beta = beta
        self.memory = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.memory.get(key, 0.0)
            v = b * v + (1 - b) * g
            self.memory[key] = v
            theta[...] = theta - (self.lr * v)


# %% mistake="heavy ball form" exercise="momentum" breaks=["value"]
# Here v is an average: what is the weight of the new gradient?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="weights swapped" exercise="momentum" breaks=["value"]
# beta is the share of the old average, not of the new gradient.
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = (1 - b) * v + b * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="starts with the first gradient" exercise="momentum" breaks=["value"]
# The state starts at zero, not at the first gradient.
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, g)
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="keeps the gradient itself" exercise="momentum" breaks=["state"]
# v = g is a second name for the caller's array. What happens when the caller fills it
# anew?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)  # a copy of integers only
            last = self.v.get(key, [0.0, 0.0])
            v = b * (b * last[0] + (1 - b) * last[1]) + (1 - b) * g
            self.v[key] = [b * last[0] + (1 - b) * last[1], g]
            theta -= self.lr * v


# %% mistake="corrected for the start" exercise="momentum" breaks=["value"]
# The bias correction belongs to Adam, not here.
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        self.t = getattr(self, "t", 0) + 1
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v / (1 - b**self.t)


# %% mistake="adds beta times the whole step" exercise="momentum" breaks=["value"]
# Unroll two steps by hand: which power of lr multiplies the first gradient?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = b * self.v.get(key, 0.0) + self.lr * (1 - b) * g
            self.v[key] = v
            theta -= self.lr * v


# %% accepted="sum of scaled velocities" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            u = b * self.v.get(key, 0.0) - self.lr * (1 - b) * g
            self.v[key] = u
            theta += u


# %% accepted="interpolates" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, 0.0)
            self.v[key] = v + (1 - b) * (g - v)
            theta -= self.lr * self.v[key]


# %% accepted="textbook: a dict of velocities" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, {}

    def step(self, params, grads):
        for key in params:
            self.v[key] = self.beta * self.v.get(key, 0) + (1 - self.beta) * grads[key]
            params[key] -= self.lr * self.v[key]


# %% accepted="textbook, step by step: velocities of zeros" exercise="momentum"
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr = lr
        self.beta = beta
        self.velocity = None

    def step(self, params, grads):
        if self.velocity is None:
            self.velocity = {}
            for key, value in params.items():
                self.velocity[key] = np.zeros_like(value)
        for key in params:
            v = self.velocity[key]
            v = self.beta * v + (1 - self.beta) * grads[key]
            self.velocity[key] = v
            params[key] -= self.lr * v


# %% [markdown]
# ## nesterov


# %% mistake="velocity not stored" exercise="nesterov" breaks=["value"]
# The first step is right. What does the second one remember?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = np.zeros_like(theta)
            v = b * v + g
            theta -= self.lr * (g + b * v)


# %% mistake="one velocity for all parameters" exercise="nesterov" breaks=["state"]
# Every object, and every key in it, needs a state of its own.
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = 0.0

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v if np.shape(self.v) == theta.shape else np.zeros_like(theta)
            v = b * v + g
            self.v = v
            theta -= self.lr * (g + b * v)


# %% mistake="state of the class" exercise="nesterov" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own.
class Nesterov:
    v = {}  # noqa: RUF012

    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = v if v.shape == theta.shape else np.zeros_like(theta)
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% mistake="mutable default argument" exercise="nesterov" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own.
class Nesterov:
    def __init__(self, lr, beta=0.9, velocities={}):  # noqa: B006
        self.lr, self.beta, self.v = lr, beta, velocities

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = v if v.shape == theta.shape else np.zeros_like(theta)
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% mistake="writes the velocity into the gradient" exercise="nesterov" breaks=["state"]
# The gradients belong to the caller: did you change them?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.array(grads[key], dtype=float) if grads[key].dtype != float else grads[key]
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)
            g[...] = v


# %% mistake="new arrays instead of in place" exercise="nesterov" breaks=["state"]
# params[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            params[key] = theta - self.lr * (g + b * v)


# %% mistake="rate twice" exercise="nesterov" breaks=["value"]
# How often does lr enter the step?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (self.lr * (g + b * v))
            theta -= 0


# %% mistake="climbs" exercise="nesterov" breaks=["value"]
# Which way does the gradient point, up or down?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta += self.lr * (g + b * v)


# %% mistake="ignores beta" exercise="nesterov" breaks=["value"]
# Is the argument beta used?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, 0.9
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% mistake="another default beta" exercise="nesterov" breaks=["value"]
# Which beta holds when none is given?
class Nesterov:
    def __init__(self, lr, beta=0.99):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% mistake="state shaped like the first parameter" exercise="nesterov" breaks=["state"]
# Every key needs a state with the shape of its own parameter.
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, {}

    def step(self, params, grads):
        shape = next(iter(params.values())).shape
        for key in params:
            old = self.v.get(key, np.zeros(shape))
            self.v[key] = self.beta * old + grads[key]
            params[key] -= self.lr * (grads[key] + self.beta * self.v[key])


# %% accepted="setdefault and in-place buffers" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.setdefault(key, np.zeros_like(theta))
            v[...] = b * v + g
            theta -= self.lr * (g + b * v)


# %% accepted="state made at the first step" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, None

    def step(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(theta) for key, theta in params.items()}
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v[key]
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% accepted="defaultdict" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = defaultdict(float)

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v[key]
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% accepted="other names and slice assignment" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr = lr
        self.beta = beta
        self.memory = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.memory.get(key, 0.0)
            v = b * v + g
            self.memory[key] = v
            theta[...] = theta - (self.lr * (g + b * v))


# %% mistake="plain heavy ball" exercise="nesterov" breaks=["value"]
# After the first gradient v is g. Does your step have this new v in it, times beta,
# beside g?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * v


# %% mistake="looks ahead with the old velocity" exercise="nesterov" breaks=["value"]
# After the first gradient v is g. Does your step have this new v in it, times beta,
# beside g?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, 0.0)
            self.v[key] = b * v + g
            theta -= self.lr * (g + b * v)


# %% mistake="averaging form" exercise="nesterov" breaks=["value"]
# Here the gradient enters v with the weight 1.
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + (1 - b) * g
            self.v[key] = v
            theta -= self.lr * (g + b * v)


# %% mistake="forgets beta in the step" exercise="nesterov" breaks=["value"]
# By how much is v shortened in the step?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * (g + v)


# %% mistake="velocity without the gradient" exercise="nesterov" breaks=["value"]
# After the first step v = g. What is the first step then?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            v = self.v.get(key, np.zeros_like(theta))
            v = b * v + g
            self.v[key] = v
            theta -= self.lr * b * v


# %% accepted="two-point form" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta = lr, beta
        self.v = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            move = self.v.get(key, 0.0)
            new = b * move - self.lr * g
            self.v[key] = new
            theta += (1 + b) * new - b * move


# %% accepted="textbook: a dict of velocities" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, {}

    def step(self, params, grads):
        for key in params:
            self.v[key] = self.beta * self.v.get(key, 0) + grads[key]
            params[key] -= self.lr * (grads[key] + self.beta * self.v[key])


# %% accepted="textbook, step by step: velocities of zeros" exercise="nesterov"
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr = lr
        self.beta = beta
        self.velocity = None

    def step(self, params, grads):
        if self.velocity is None:
            self.velocity = {}
            for key, value in params.items():
                self.velocity[key] = np.zeros_like(value)
        for key in params:
            gradient = grads[key]
            self.velocity[key] = self.beta * self.velocity[key] + gradient
            direction = gradient + self.beta * self.velocity[key]
            params[key] -= self.lr * direction


# %% [markdown]
# ## rmsprop


# %% mistake="sums without decay" exercise="rmsprop" breaks=["value"]
# Old squares must fade: by which factor?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="average not stored" exercise="rmsprop" breaks=["value"]
# The first step is right. What does the second one remember?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = (1 - b) * g**2
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="eps inside the root" exercise="rmsprop" breaks=["value"]
# eps stands outside of the root. Try a gradient of 1e-6.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s + self.eps))


# %% mistake="no root" exercise="rmsprop" breaks=["value"]
# Which units has s, and which has g?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (s + self.eps)


# %% mistake="no eps" exercise="rmsprop" breaks=["value"]
# What is 0/0?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / np.sqrt(s)


# %% mistake="absolute values instead of squares" exercise="rmsprop" breaks=["value"]
# s averages squares, not absolute values.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * np.abs(g)
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="weights swapped" exercise="rmsprop" breaks=["value"]
# beta is the share of the old average.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = (1 - b) * s + b * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="corrected for the start" exercise="rmsprop" breaks=["value"]
# The bias correction belongs to Adam, not here.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        self.t = getattr(self, "t", 0) + 1
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s / (1 - b**self.t)) + self.eps)


# %% mistake="divides before the update of s" exercise="rmsprop" breaks=["value"]
# Which s divides the step, the one before or after this gradient?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            theta -= self.lr * g / (np.sqrt(s) + self.eps)
            self.s[key] = b * s + (1 - b) * g**2


# %% mistake="one mean per array" exercise="rmsprop" breaks=["value"]
# Every entry has a size of its own: no sum, no mean.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * np.mean(g**2)
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="ignores eps" exercise="rmsprop" breaks=["value"]
# Is the argument eps used?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + 1e-8)


# %% mistake="default beta of Adam" exercise="rmsprop" breaks=["value"]
# Which beta holds when none is given?
class RMSProp:
    def __init__(self, lr, beta=0.999, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="one average for all parameters" exercise="rmsprop" breaks=["state"]
# Every object, and every key in it, needs a state of its own.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = 0.0

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s if np.shape(self.s) == theta.shape else np.zeros_like(theta)
            s = b * s + (1 - b) * g**2
            self.s = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="state of the class" exercise="rmsprop" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own.
class RMSProp:
    s = {}  # noqa: RUF012

    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = s if s.shape == theta.shape else np.zeros_like(theta)
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="squares the gradients in place" exercise="rmsprop" breaks=["state"]
# Did you change the caller's gradients?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = grads[key].astype(float)
            if grads[key].dtype == float:
                grads[key] **= 2
            s = b * self.s.get(key, 0.0) + (1 - b) * g**2
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="new arrays instead of in place" exercise="rmsprop" breaks=["state"]
# params[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, np.zeros_like(theta))
            s = b * s + (1 - b) * g**2
            self.s[key] = s
            params[key] = theta - self.lr * g / (np.sqrt(s) + self.eps)


# %% mistake="takes 0 for no beta" exercise="rmsprop" breaks=["value"]
# beta = 0 is allowed. What is `0.0 or 0.9`?
class RMSProp:
    def __init__(self, lr, beta=None, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta or 0.9, eps
        self.s = {}

    def step(self, params, grads):
        for key in params:
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


# %% mistake="another default eps" exercise="rmsprop" breaks=["value"]
# Which eps holds when none is given?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-10):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        for key in params:
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


# %% mistake="state shaped like the first parameter" exercise="rmsprop" breaks=["state"]
# Every key needs a state with the shape of its own parameter.
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        shape = next(iter(params.values())).shape
        for key in params:
            old = self.s.get(key, np.zeros(shape))
            self.s[key] = self.beta * old + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


# %% accepted="setdefault and in-place buffers" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.setdefault(key, np.zeros_like(theta))
            s *= b
            s += (1 - b) * g * g
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% accepted="state made at the first step" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        if not self.s:
            self.s = {key: np.zeros_like(theta) for key, theta in params.items()}
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            self.s[key] = b * self.s[key] + (1 - b) * np.square(g)
            theta -= self.lr / (self.eps + self.s[key] ** 0.5) * g


# %% accepted="defaultdict" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = defaultdict(float)

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            self.s[key] = b * self.s[key] + (1 - b) * g**2
            theta[...] = theta - self.lr * g / (np.sqrt(self.s[key]) + self.eps)


# %% accepted="interpolates" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.get(key, 0.0)
            s = s + (1 - b) * (g**2 - s)
            self.s[key] = s
            theta -= self.lr * g / (np.sqrt(s) + self.eps)


# %% accepted="loops over single entries" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        b = self.beta
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            s = self.s.setdefault(key, np.zeros(theta.shape))
            for i in np.ndindex(theta.shape):
                s[i] = b * s[i] + (1 - b) * g[i] ** 2
                theta[i] -= self.lr * g[i] / (math.sqrt(s[i]) + self.eps)


# %% accepted="textbook: a dict of mean squares" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        for key, g in grads.items():
            self.s[key] = self.beta * self.s.get(key, 0) + (1 - self.beta) * g**2
            params[key] -= self.lr * g / (np.sqrt(self.s[key]) + self.eps)


# %% accepted="textbook, step by step: a cache of zeros" exercise="rmsprop"
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr = lr
        self.decay_rate = beta
        self.epsilon = eps
        self.cache = {}

    def step(self, params, grads):
        for key in params:
            dx = grads[key]
            if key not in self.cache:
                self.cache[key] = np.zeros_like(params[key])
            self.cache[key] = self.decay_rate * self.cache[key] + (1 - self.decay_rate) * np.square(dx)
            root = np.sqrt(self.cache[key])
            params[key] += -self.lr * dx / (root + self.epsilon)


# %% [markdown]
# ## adam


# %% mistake="no bias correction" exercise="adam" breaks=["value"]
# How long is the first step? It should be lr.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m, v
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="corrects m only" exercise="adam" breaks=["value"]
# Both averages start at zero.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat = m / (1 - b1**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v) + self.eps)


# %% mistake="t stays 1" exercise="adam" breaks=["value"]
# Print t in every step.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t = 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="t counts parameters" exercise="adam" breaks=["state"]
# Every object, and every key in it, needs a state of its own; t counts the calls of
# step.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            self.t += 1
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="product instead of power" exercise="adam" breaks=["value"]
# After t steps beta has been multiplied t times with itself.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - min(b1 * self.t, 0.99)), v / (1 - min(b2 * self.t, 0.9999))
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="the same correction in every step" exercise="adam" breaks=["value"]
# The correction fades as t grows: where does t enter?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1), v / (1 - b2)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="keeps the corrected averages" exercise="adam" breaks=["value"]
# The next average needs m and v without the correction.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            self.m[key], self.v[key] = m_hat, v_hat
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="eps inside the root" exercise="adam" breaks=["value"]
# eps stands outside of the root. Try a gradient of 1e-6.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat + self.eps))


# %% mistake="eps beside the uncorrected root" exercise="adam" breaks=["value"]
# eps is added to the root of the corrected v_hat, as in algorithm 1 of the paper.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat = m / (1 - b1**self.t)
            theta -= self.lr * np.sqrt(1 - b2**self.t) * m_hat / (np.sqrt(v) + self.eps)


# %% mistake="no eps" exercise="adam" breaks=["value"]
# What is 0/0?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / np.sqrt(v_hat)


# %% mistake="no root" exercise="adam" breaks=["value"]
# Which units has v, and which has m?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (v_hat + self.eps)


# %% mistake="absolute values instead of squares" exercise="adam" breaks=["value"]
# v averages squares, not absolute values.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * np.abs(g)
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="betas swapped" exercise="adam" breaks=["value"]
# Which beta belongs to m, and which to v?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b2 * self.m.get(key, 0.0) + (1 - b2) * g
            v = b1 * self.v.get(key, 0.0) + (1 - b1) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b2**self.t), v / (1 - b1**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="starts counting at 0" exercise="adam" breaks=["value"]
# What is 1 - beta**0?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        self.t += 1


# %% mistake="one pair of buffers for all parameters" exercise="adam" breaks=["state"]
# Every object, and every key in it, needs a state of its own; t counts the calls of
# step.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, 0.0, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            old = self.m if np.shape(self.m) == theta.shape else np.zeros_like(theta)
            m = b1 * old + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m, self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="state of the class" exercise="adam" breaks=["value", "state"]
# Every object, and every key in it, needs a state of its own; t counts the calls of
# step.
class Adam:
    t, m, v = 0, {}, {}

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps

    def step(self, params, grads):
        Adam.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            new = np.shape(self.m.get(key)) != theta.shape
            m = b1 * (0.0 if new else self.m[key]) + (1 - b1) * g
            v = b2 * (0.0 if new else self.v[key]) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="new arrays instead of in place" exercise="adam" breaks=["state"]
# params[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            params[key] = theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="squares the gradients in place" exercise="adam" breaks=["state"]
# Did you change the caller's gradients?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = grads[key].astype(float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            if grads[key].dtype == float:
                grads[key][...] = m


# %% mistake="another default rate" exercise="adam" breaks=["value"]
# Which lr holds when none is given?
class Adam:
    def __init__(self, lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="default beta2 0.99" exercise="adam" breaks=["value"]
# Which beta2 holds when none is given?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.99, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="larger default eps" exercise="adam" breaks=["value"]
# Which eps holds when none is given?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-7):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="takes 0 for no beta" exercise="adam" breaks=["value"]
# A beta of 0 is allowed. What is `0.0 or 0.9`?
class Adam:
    def __init__(self, lr=1e-3, beta1=None, beta2=None, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1 or 0.9, beta2 or 0.999, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat, v_hat = self.m[key] / (1 - self.beta1**self.t), self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="state shaped like the first parameter" exercise="adam" breaks=["state"]
# Every key needs a state with the shape of its own parameter.
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        shape = next(iter(params.values())).shape
        self.t += 1
        for key in params:
            m, v = self.m.get(key, np.zeros(shape)), self.v.get(key, np.zeros(shape))
            self.m[key] = self.beta1 * m + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * v + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="setdefault and in-place buffers" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m, v = self.m.setdefault(key, np.zeros_like(theta)), self.v.setdefault(key, np.zeros_like(theta))
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * g * g
            theta -= self.lr * (m / (1 - b1**self.t)) / (np.sqrt(v / (1 - b2**self.t)) + self.eps)


# %% accepted="state made at the first step" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, None, None

    def step(self, params, grads):
        if self.m is None:
            self.m = {k: np.zeros_like(a) for k, a in params.items()}
            self.v = copy.deepcopy(self.m)
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="a step counter per key" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = {}, {}, {}

    def step(self, params, grads):
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            self.t[key] = self.t.get(key, 0) + 1
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - b1 ** self.t[key]), v / (1 - b2 ** self.t[key])
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="running powers of beta" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}
        self.p1 = self.p2 = 1.0

    def step(self, params, grads):
        self.p1, self.p2 = self.p1 * self.beta1, self.p2 * self.beta2
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.p1), v / (1 - self.p2)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="rescaled eps" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.beta1, self.beta2
        for key in params:
            theta = params[key]
            g = np.asarray(grads[key], dtype=float)
            m = b1 * self.m.get(key, 0.0) + (1 - b1) * g
            v = b2 * self.v.get(key, 0.0) + (1 - b2) * g**2
            self.m[key], self.v[key] = m, v
            root = math.sqrt(1 - b2**self.t)
            theta -= self.lr * root / (1 - b1**self.t) * m / (np.sqrt(v) + self.eps * root)


# %% accepted="textbook: algorithm 1 of the paper" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key, g in grads.items():
            self.m[key] = self.beta1 * self.m.get(key, 0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="textbook, step by step: four dicts, made in a function of its own" exercise="adam"
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.learning_rate = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = eps
        self.t = 0
        self.v = None
        self.s = None

    def initialize(self, params):
        self.v = {}
        self.s = {}
        for name in params:
            self.v[name] = np.zeros(params[name].shape)
            self.s[name] = np.zeros(params[name].shape)

    def step(self, params, grads):
        if self.v is None:
            self.initialize(params)
        self.t = self.t + 1
        v_corrected = {}
        s_corrected = {}
        for name in params:
            # moving average of the gradients
            self.v[name] = self.beta1 * self.v[name] + (1 - self.beta1) * grads[name]
            v_corrected[name] = self.v[name] / (1 - np.power(self.beta1, self.t))
            # moving average of the squared gradients
            self.s[name] = self.beta2 * self.s[name] + (1 - self.beta2) * np.power(grads[name], 2)
            s_corrected[name] = self.s[name] / (1 - np.power(self.beta2, self.t))
            # update
            params[name] -= self.learning_rate * v_corrected[name] / (np.sqrt(s_corrected[name]) + self.epsilon)


# %% [markdown]
# ## clip


# %% mistake="every array by its own norm" exercise="clip" breaks=["value"]
# There is one norm for all arrays together.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    for key, g in grads.items():
        own = np.linalg.norm(g)
        if own > max_norm:
            grads[key] *= max_norm / own
    return norm


# %% mistake="every array by its own norm, gives the last one back" exercise="clip" breaks=["value"]
# There is one norm for all arrays together.
def clip_by_global_norm(grads, max_norm):
    for key, g in grads.items():
        norm = float(np.linalg.norm(g))
        if norm > max_norm:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="always rescales" exercise="clip" breaks=["value", "purity"]
# What should happen to gradients that are short already?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm == 0:
        return norm
    for key in grads:
        grads[key] *= max_norm / norm
    return norm


# %% mistake="zero over zero" exercise="clip" breaks=["value", "purity"]
# What is 0/0?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    for key in grads:
        grads[key] *= min(norm, max_norm) / norm
    return norm


# %% mistake="returns the norm after" exercise="clip" breaks=["value"]
# The result is the norm before the clipping.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return min(norm, max_norm)


# %% mistake="returns nothing" exercise="clip" breaks=["value"]
# A return is missing.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm


# %% mistake="clips single entries" exercise="clip" breaks=["value"]
# Clipping the entries changes the direction. All arrays shrink by one factor.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for g in grads.values():
            np.clip(g, -max_norm, max_norm, out=g)
    return norm


# %% mistake="new arrays instead of in place" exercise="clip" breaks=["purity"]
# grads[key] = ... puts a new array into the dict. Which operator changes the array
# that is there?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] = grads[key] * (max_norm / norm)
    return norm


# %% mistake="no root" exercise="clip" breaks=["value"]
# The norm is the root of the sum of squares.
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.sum(g * g)) for g in grads.values())
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="adds a constant to the norm" exercise="clip" breaks=["value"]
# Afterwards the norm is max_norm exactly: no constant is needed in the denominator.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / (norm + 1e-6)
    return norm


# %% mistake="sum of the norms" exercise="clip" breaks=["value"]
# Norms of parts do not add up: their squares do.
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.linalg.norm(g)) for g in grads.values())
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="squared factor" exercise="clip" breaks=["value"]
# By which factor does a norm shrink when all entries shrink by a factor?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= (max_norm / norm) ** 2
    return norm


# %% mistake="mean instead of sum" exercise="clip" breaks=["value"]
# The norm sums the squares, it does not average them.
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(np.mean(np.concatenate([g.ravel() for g in grads.values()]) ** 2))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="weights only" exercise="clip" breaks=["value", "purity"]
# Which arrays does your norm leave out?
def clip_by_global_norm(grads, max_norm):
    weights = [g for k, g in grads.items() if k.startswith("W")]
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in weights))
    if norm > max_norm:
        for g in weights:
            g[...] = g * max_norm / norm
    return norm


# %% mistake="writes into a flat copy" exercise="clip" breaks=["value"] recognisable=false
# For a transposed array ravel gives a copy: the array itself does not change.
def clip_by_global_norm(grads, max_norm):
    flat = [g.ravel() for g in grads.values()]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in flat)))
    if norm > max_norm:
        for g in flat:
            g *= max_norm / norm
    return norm


# %% mistake="square of the sum" exercise="clip" breaks=["value"]
# First the squares of all entries, then their sum: where does **2 stand?
def clip_by_global_norm(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g) ** 2 for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="norm of a matrix" exercise="clip" breaks=["value"]
# np.linalg.norm(W, 2) of a matrix is its largest singular value. What is the root of
# the sum of all squares?
def clip_by_global_norm(grads, max_norm):
    norm = float(np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="first row only" exercise="clip" breaks=["value"]
# Does your norm see every entry of every array?
def clip_by_global_norm(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(np.atleast_2d(g)[0] ** 2) for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% accepted="one long vector" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return float(norm)


# %% accepted="norm of norms" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads.values()])
    factor = max_norm / max(norm, max_norm)
    if factor < 1:
        for g in grads.values():
            np.multiply(g, factor, out=g)
    return norm


# %% accepted="at the limit too" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm >= max_norm:
        for key in grads:
            grads[key] /= norm / max_norm
    return norm


# %% accepted="factor of at most one" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    factor = 1.0 if norm == 0 else min(1.0, max_norm / norm)
    for g in grads.values():
        g[...] = g * factor
    return norm


# %% accepted="sums in a loop" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    total = 0.0
    for key in grads:
        total += (grads[key] ** 2).sum()
    norm = np.sqrt(total)
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% accepted="textbook: one norm, one factor" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
    if norm > max_norm:
        for g in grads.values():
            g *= max_norm / norm
    return norm


# %% accepted="textbook, step by step: a running sum of squares" exercise="clip"
def clip_by_global_norm(grads, max_norm):
    total = 0
    for key in grads:
        total += np.sum(np.square(grads[key]))
    total_norm = np.sqrt(total)
    if total_norm > max_norm:
        scale = max_norm / total_norm
        for key in grads:
            grads[key] *= scale
    return total_norm


# %% [markdown]
# ## schedules


# %% mistake="no floor" exercise="schedules" breaks=["value"]
# Between the drops the rate is constant.
def step_decay(t, lr, drop, every):
    return lr * drop ** (t / every)


# %% mistake="drops one step early" exercise="schedules" breaks=["value"]
# At which t does the first drop come?
def step_decay(t, lr, drop, every):
    return lr * drop ** ((t + 1) // every)


# %% mistake="rounds to the nearest" exercise="schedules" breaks=["value"]
# floor, not round: the rate at t = every - 1 is still the old one.
def step_decay(t, lr, drop, every):
    return lr * drop ** round(t / every)


# %% mistake="product instead of power" exercise="schedules" breaks=["value"]
# After two drops the factor has been applied twice.
def step_decay(t, lr, drop, every):
    return lr * drop * (t // every) if t >= every else lr


# %% mistake="drops only once" exercise="schedules" breaks=["value"]
# What happens at t = 2*every?
def step_decay(t, lr, drop, every):
    return lr * drop if t >= every else lr


# %% mistake="cosine forgets lr_min" exercise="schedules" breaks=["value"]
# Where does the curve end?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    return 0.5 * lr_max * (1 + math.cos(math.pi * (t - warmup) / (total - warmup)))


# %% mistake="adds lr_min on top" exercise="schedules" breaks=["value"]
# At the start of the cosine the rate is lr_max, not more.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    return lr_min + 0.5 * lr_max * (1 + math.cos(math.pi * (t - warmup) / (total - warmup)))


# %% mistake="warm-up starts at zero" exercise="schedules" breaks=["value"]
# A rate of 0 wastes the first step: t counts from 0.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * t / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="warm-up one step too long" exercise="schedules" breaks=["value"]
# At t = warmup the cosine starts, with lr_max.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if warmup and t <= warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="cosine counts from 0" exercise="schedules" breaks=["value"]
# The cosine begins after the warm-up: what is its own clock?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = t / total
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="cosine over total steps" exercise="schedules" breaks=["value"]
# The cosine must end at t = total. How many steps does it have?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / total
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="quarter wave" exercise="schedules" breaks=["value"]
# Half a wave: the argument runs from 0 to pi.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + (lr_max - lr_min) * math.cos(math.pi * share / 2)


# %% mistake="degrees" exercise="schedules" breaks=["value"]
# The cosine takes radians.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(180 * share))


# %% mistake="warm-up from lr_min" exercise="schedules" breaks=["value"]
# While t < warmup the rate is lr_max*(t + 1)/warmup, whatever lr_min is.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_min + (lr_max - lr_min) * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="ends one step early" exercise="schedules" breaks=["value"]
# At t = total the rate is lr_min, and not before.
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / max(total - warmup - 1, 1)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="a straight line" exercise="schedules" breaks=["value"]
# At the ends and in the middle a line and half a cosine wave agree. And a quarter of
# the way down?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + (lr_max - lr_min) * (1 - share)


# %% accepted="loop of drops" exercise="schedules"
def step_decay(t, lr, drop, every):
    for _ in range(t // every):
        lr *= drop
    return lr


# %% accepted="math.floor" exercise="schedules"
def step_decay(t, lr, drop, every):
    return lr * math.pow(drop, math.floor(t / every))


# %% accepted="squared sine" exercise="schedules"
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    low = np.sin(np.pi / 2 * (t - warmup) / (total - warmup)) ** 2
    return lr_max * (1 - low) + lr_min * low


# %% accepted="conditional expression" exercise="schedules"
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    span = max(total - warmup, 1)
    wave = (1 + np.cos(np.pi * (t - warmup) / span)) / 2
    return lr_max * ((t + 1) / warmup) if t < warmup else lr_min + (lr_max - lr_min) * wave


# %% accepted="numpy floor division" exercise="schedules"
def step_decay(t, lr, drop, every):
    return lr * np.power(float(drop), np.floor_divide(t, every))


# %% accepted="textbook: floor division and one cosine" exercise="schedules"
def step_decay(t, lr, drop, every):
    return lr * drop ** (t // every)


def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    progress = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + np.cos(np.pi * progress))


# %% accepted="textbook, step by step: np.floor and named parts" exercise="schedules"
def step_decay(t, lr, drop, every):
    number_of_drops = np.floor(t / every)
    factor = np.power(drop, number_of_drops)
    return lr * factor


def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        share = (t + 1) / warmup
        rate = share * lr_max
    else:
        steps_of_decay = total - warmup
        current = t - warmup
        cosine = np.cos(np.pi * current / steps_of_decay)
        rate = lr_min + (lr_max - lr_min) / 2 * (1 + cosine)
    return rate


# %% [markdown]
# ## minibatches


# %% mistake="X and y shuffled separately" exercise="minibatches" breaks=["value"]
# Every row of X must keep its own y.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    X, y = X[rng.permutation(m)], y[rng.permutation(m)]
    for i in range(0, m, batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


# %% mistake="partial batch dropped" exercise="minibatches" breaks=["value", "state"]
# Count the rows: are all of them there?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    if m % batch_size:
        m -= m % batch_size
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="the same order in every epoch" exercise="minibatches" breaks=["state"]
# Each call must draw a new permutation from the rng that it was given.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.default_rng(0).permutation(m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="no shuffling" exercise="minibatches" breaks=["state"]
# Each call must draw a new permutation from the rng that it was given.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.arange(m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="global generator" exercise="minibatches" breaks=["state"]
# Each call must draw a new permutation from the rng that it was given.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.permutation(m)  # noqa: NPY002
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="draws with replacement" exercise="minibatches" breaks=["value", "state"]
# Every row comes once per epoch: none twice, none never.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.integers(0, m, size=m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="a fresh draw for each batch" exercise="minibatches" breaks=["value", "state"]
# One permutation per epoch: the batches must not overlap.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    for i in range(0, m, batch_size):
        rows = rng.choice(m, size=min(batch_size, m - i), replace=False)
        yield X[rows], y[rows]


# %% mistake="shuffles the caller's arrays" exercise="minibatches" breaks=["state"]
# Did the caller's X and y change?
def minibatches(X, y, batch_size, rng):
    X = X if isinstance(X, np.ndarray) else np.asarray(X)
    y = np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    X[...], y[...] = X[order], y[order]
    for i in range(0, m, batch_size):
        yield X[i : i + batch_size].copy(), y[i : i + batch_size].copy()


# %% mistake="number of batches for their size" exercise="minibatches" breaks=["value"]
# batch_size is the number of rows in a batch.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for rows in np.array_split(order, batch_size):
        yield X[rows], y[rows]


# %% mistake="even parts" exercise="minibatches" breaks=["value"]
# All batches but the last have batch_size rows.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for rows in np.array_split(order, -(-m // batch_size)):
        yield X[rows], y[rows]


# %% mistake="shuffles the batches only" exercise="minibatches" breaks=["value", "state"]
# The rows are shuffled, not the batches.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    starts = rng.permutation(np.arange(0, m, batch_size))
    for i in starts:
        yield X[i : i + batch_size], y[i : i + batch_size]


# %% mistake="columns instead of rows" exercise="minibatches" breaks=["value", "state"]
# Which axis of X holds the rows?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for i in range(0, m, batch_size):
        yield X[:, order[i : i + batch_size] % X.shape[1]], y[order[i : i + batch_size]]


# %% mistake="stops after one batch" exercise="minibatches" breaks=["value", "state"]
# Does the loop go on after the first batch?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    return [(X[order[:batch_size]], y[order[:batch_size]])]


# %% mistake="reseeds the global generator" exercise="minibatches" breaks=["state"]
# Each call must draw a new permutation from the rng that it was given.
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    np.random.seed(1)  # noqa: NPY002
    order = np.random.permutation(m)  # noqa: NPY002
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="shuffles inside each batch only" exercise="minibatches" breaks=["state"]
# Do the batches of two epochs hold the same rows? One permutation of all rows comes
# first.
def minibatches(X, y, batch_size, rng):
    for i in range(0, len(X), batch_size):
        rows = i + rng.permutation(len(X[i : i + batch_size]))
        yield X[rows], y[rows]


# %% mistake="rolls by a random offset" exercise="minibatches" breaks=["state"]
# Neighbours stay neighbours. One permutation of all rows comes first.
def minibatches(X, y, batch_size, rng):
    order = np.roll(np.arange(len(X)), -int(rng.integers(len(X))))
    for i in range(0, len(X), batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="y becomes a column" exercise="minibatches" breaks=["value"]
# y of shape (m,) should give y_b of shape (batch,): which shape has yours?
def minibatches(X, y, batch_size, rng):
    n = X.shape[1]
    rows = rng.permutation(np.column_stack([X, y]))
    for i in range(0, len(X), batch_size):
        yield rows[i : i + batch_size, :n], rows[i : i + batch_size, n:]


# %% mistake="columns of y go to X" exercise="minibatches" breaks=["value"]
# y may have several columns: which of them go to X_b?
def minibatches(X, y, batch_size, rng):
    rows = rng.permutation(np.column_stack([X, y]))
    for i in range(0, len(X), batch_size):
        batch = rows[i : i + batch_size]
        yield batch[:, :-1], batch[:, -1] if y.ndim == 1 else batch[:, -1:]


# %% accepted="a list" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    return [(X[order[i : i + batch_size]], y[order[i : i + batch_size]]) for i in range(0, m, batch_size)]


# %% accepted="shuffles an index array" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.array(X), np.array(y)
    index = np.arange(len(X))
    rng.shuffle(index)
    for first in range(0, len(index), batch_size):
        rows = index[first : first + batch_size]
        yield X[rows], y[rows]


# %% accepted="sorts random keys" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.argsort(rng.random(m))
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% accepted="shuffles copies together" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    X, y = X[order], y[order]
    while len(X):
        yield X[:batch_size], y[:batch_size]
        X, y = X[batch_size:], y[batch_size:]


# %% accepted="splits at multiples" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for rows in np.split(order, range(batch_size, m, batch_size)):
        yield X[rows], y[rows]


# %% accepted="float64 copies" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    X, y = np.array(X, dtype=float), np.array(y, dtype=float)
    m = len(X)
    order = rng.permutation(m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% accepted="textbook: slices of a permutation" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for i in range(0, len(X), batch_size):
        batch = order[i : i + batch_size]
        yield X[batch], y[batch]


# %% accepted="textbook, step by step: shuffle, whole batches, the rest" exercise="minibatches"
def minibatches(X, y, batch_size, rng):
    m = X.shape[0]
    mini_batches = []
    # step 1: shuffle
    permutation = rng.permutation(m)
    shuffled_X = X[permutation]
    shuffled_y = y[permutation]
    # step 2: batches of the full size
    num_complete = m // batch_size
    for k in range(num_complete):
        mini_batch_X = shuffled_X[k * batch_size : (k + 1) * batch_size]
        mini_batch_y = shuffled_y[k * batch_size : (k + 1) * batch_size]
        mini_batches.append((mini_batch_X, mini_batch_y))
    # step 3: what is left
    if m % batch_size != 0:
        mini_batch_X = shuffled_X[num_complete * batch_size :]
        mini_batch_y = shuffled_y[num_complete * batch_size :]
        mini_batches.append((mini_batch_X, mini_batch_y))
    return mini_batches
