# Known mistakes and accepted variants of 06_optimizers.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, the comment above the code of a mistake is what a student is told.
# Accepted variants must keep all points.

# %%
import copy
import math
from collections import defaultdict

import numpy as np

# %% [markdown]
# ## sgd


# %% mistake="new arrays instead of in place" exercise="sgd" breaks=["purity"]
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] = params[key] - self.lr * grads[key]


# %% mistake="only a local name" exercise="sgd" breaks=["value", "purity"]
# After your step params is as it was before: its arrays have their old numbers, and
# no new ones have taken their place. An assignment to a name inside of a function
# changes nothing outside. How do new numbers get into an array that exists already?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            theta = params[key]
            theta = theta - self.lr * grads[key]


# %% mistake="climbs" exercise="sgd" breaks=["value"]
# Your step goes up the loss: a parameter with a positive gradient becomes larger, and
# the loss grows with it. In which direction does the gradient point, and in which
# direction should the parameter move?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] += self.lr * grads[key]


# %% mistake="forgets the rate" exercise="sgd" breaks=["value"]
# Your steps are as long as the gradients themselves, whatever lr is: in the example
# by hand theta becomes (0.5, 3) instead of (0.9, 2.2). Where does the rate enter your
# step?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= grads[key]


# %% mistake="default rate only" exercise="sgd" breaks=["value"]
# Your parameters move by a tenth of the gradient, whatever lr is: two objects with
# different rates make the same steps. Does your object keep the rate that it is made
# with, and does step use it?
class SGD:
    def __init__(self, lr):
        self.lr = 0.1

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


# %% mistake="scales the gradients in place" exercise="sgd" breaks=["purity"]
# The parameters are right after your step, but the caller's gradients are not: they
# come back multiplied by the rate. The docstring says that grads is not changed. How
# do you form the step without writing into the gradient?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            g *= self.lr
            params[key] -= g


# %% mistake="first parameter only" exercise="sgd" breaks=["value", "purity"]
# Your step moves the first parameter of the dict, and all others stay where they are.
# With one parameter, as in the docstring, nobody sees it. How many keys does your
# function reach before it ends?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * np.asarray(grads[key], dtype=float)
            return


# %% mistake="pairs by position" exercise="sgd" breaks=["value"]
# Your step pairs parameters and gradients by their order in the dicts: where grads
# lists its keys in another order, a parameter moves by the gradient of another one.
# What do the two dicts have in common that tells which belong together?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key, g in zip(params, grads.values(), strict=True):
            params[key] -= self.lr * np.resize(g, params[key].shape)


# %% mistake="weights only" exercise="sgd" breaks=["value", "purity"]
# Your step moves the arrays whose name begins with W, and all others, such as the
# biases, stay where they are. Which keys of params should an update reach, by the
# docstring?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] -= self.lr * grads[key]


# %% mistake="rate decays with every call" exercise="sgd" breaks=["value"]
# Your first step is right, and every further step of the same object is shorter than
# it should be: the rate shrinks from call to call. The formula has one rate for all
# steps. Where in your class does lr change?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]
        self.lr *= 0.9


# %% mistake="divides by the number of entries" exercise="sgd" breaks=["value"]
# Your steps are too short for arrays with several entries: an array of two entries
# moves half as far as it should. Does the formula average over the entries, or does
# each of them move by its own gradient?
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key] / grads[key].size


# %% mistake="writes into a flat copy" exercise="sgd" breaks=["value"] recognisable=false
# Some arrays do not move in your step: for a transposed array a flat version is a
# copy, and the step goes into the copy. Which operation changes the array itself,
# whatever its shape and its place in memory?
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
# Your first step is right, but every later one is as if it were the first: for equal
# gradients all steps are equally long. Your object remembers nothing between two
# calls of step. Where does it keep v until the next call?
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
# The parameters in your object share one v: the step of a parameter depends on the
# gradients of the one before it in the dict. By the docstring every key has a v of
# its own. How does your object tell them apart?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# After your step the caller's gradients hold other numbers: your object writes into
# them. The docstring says that grads is not changed, and the caller may use them
# again. Which step writes into a gradient, and how can it make a new array?
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
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
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
# Your steps contain the rate twice: for lr = 0.1 they are ten times too short, and
# for lr = 1 nobody sees it. Which power of lr multiplies a gradient by the formula,
# and how often does lr enter your step?
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
# Your step goes up the loss: a parameter with a positive gradient becomes larger, and
# the loss grows with it. In which direction does the gradient point, and in which
# direction should the parameter move?
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
# Your object takes 0.9 for beta, whatever it is made with: two objects with beta =
# 0.5 and beta = 0.9 make the same steps. Does your object keep the beta that it is
# made with, and does step use it?
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
# With a beta of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of beta holds when none is given,
# by the signature of the task?
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
# For a beta of 0 your object takes its default value, so its steps still depend on
# old gradients. A beta of 0 is allowed, and 0 counts as false in Python. How do you
# tell a 0 from a value that is not given?
class Momentum:
    def __init__(self, lr, beta=None):
        self.lr, self.beta = lr, beta or 0.9
        self.v = {}

    def step(self, params, grads):
        for key in params:
            self.v[key] = self.beta * self.v.get(key, 0.0) + (1 - self.beta) * grads[key]
            params[key] -= self.lr * self.v[key]


# %% mistake="one state, made for the first parameter" exercise="momentum" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, None

    def step(self, params, grads):
        for key in params:
            if self.v is None:
                self.v = np.zeros_like(params[key])
            self.v = self.beta * self.v + (1 - self.beta) * grads[key]
            params[key] -= self.lr * self.v


# %% mistake="state shaped like the first parameter" exercise="momentum" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
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
# Your v is a weighted sum, not an average: in the example by hand it is 4, 6, 7
# instead of 2, 3, 3.5. Which weight does the new gradient get in the formula of this
# class?
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
# Your object swaps two weights: the old average fades quickly, and the new gradient
# counts most. For beta = 1/2 nobody sees it. With beta = 0.9, which share of the old
# average stays, by the docstring?
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
# Your first step is too long: it goes by the whole gradient, in the example by hand
# from 10 to 6 instead of 8. Where does v start, by the docstring, and which share of
# the first gradient does it hold after one step?
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
# Your object keeps the caller's gradient array itself: when the caller fills this
# array with new numbers, your state changes with it, and the next step is wrong. What
# can your object keep that nobody else can change?
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
# Your first steps are too long: your v is corrected for its start at zero, as in
# Adam, and in the example by hand theta goes from 10 to 6 instead of 8. Does the
# formula of this class divide v by anything?
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
# Your steps contain the rate twice: for lr = 0.1 they are ten times too short, and
# for lr = 1 nobody sees it. Which power of lr multiplies a gradient by the formula,
# and how often does lr enter your step?
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
# Your first step is right, but every later one is as if it were the first: for equal
# gradients all steps are equally long. Your object remembers nothing between two
# calls of step. Where does it keep v until the next call?
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
# The parameters in your object share one v: the step of a parameter depends on the
# gradients of the one before it in the dict. By the docstring every key has a v of
# its own. How does your object tell them apart?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# After your step the caller's gradients hold other numbers: your object writes into
# them. The docstring says that grads is not changed, and the caller may use them
# again. Which step writes into a gradient, and how can it make a new array?
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
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
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
# Your steps contain the rate twice: for lr = 0.1 they are ten times too short, and
# for lr = 1 nobody sees it. Which power of lr multiplies a gradient by the formula,
# and how often does lr enter your step?
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
# Your step goes up the loss: a parameter with a positive gradient becomes larger, and
# the loss grows with it. In which direction does the gradient point, and in which
# direction should the parameter move?
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
# Your object takes 0.9 for beta, whatever it is made with: two objects with beta =
# 0.5 and beta = 0.9 make the same steps. Does your object keep the beta that it is
# made with, and does step use it?
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
# With a beta of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of beta holds when none is given,
# by the signature of the task?
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


# %% mistake="one state, made for the first parameter" exercise="nesterov" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
class Nesterov:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, None

    def step(self, params, grads):
        for key in params:
            if self.v is None:
                self.v = np.zeros_like(params[key])
            self.v = self.beta * self.v + grads[key]
            params[key] -= self.lr * (grads[key] + self.beta * self.v)


# %% mistake="state shaped like the first parameter" exercise="nesterov" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
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
# Your object makes the steps of the plain heavy ball: in the example by hand theta
# goes from 1 to 0.6 and 0 instead of 0.4 and -0.3. Which v stands beside the gradient
# in step 4 of ahead_steps, the old or the new one?
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
# Your object makes the steps of the plain heavy ball: in the example by hand theta
# goes from 1 to 0.6 and 0 instead of 0.4 and -0.3. Which v stands beside the gradient
# in step 4 of ahead_steps, the old or the new one?
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
# Your v is an average: in the example by hand it is 2, 3 instead of 4, 6, and theta
# goes from 1 to 0.5 first. Which weight does the new gradient get in the formula of
# this class?
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
# Your first step is too long: in the example by hand theta goes from 1 to 0.2 instead
# of 0.4. The gradient and the new v both count in full. By which factor is v
# shortened in step 4 of ahead_steps?
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
# Your first step is too short: in the example by hand theta goes from 1 to 0.8
# instead of 0.4. After the first gradient v is g. Which two parts does the move have
# in step 4 of ahead_steps?
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
# Your s never falls: old squares stay in it for ever, and the steps become shorter
# and shorter. In the example by hand s is 4 and then 5 instead of 4. Which share
# of the old s stays in each step?
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
# Your first step is right, but every later one is as if it were the first: for equal
# gradients all steps are equally long. Your object remembers nothing between two
# calls of step. Where does it keep s until the next call?
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
# Your step adds eps before it takes the root: an eps of 1e-8 then acts like 1e-4
# beside the root, and for gradients around 1e-6 the steps are much too short. Where
# in the formula does eps stand?
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
# Your step divides by the average of the squares itself: for gradients ten times as
# large it is a tenth as long, where it should stay the same. What brings a square
# back to the size of the gradient?
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


# %% mistake="eps added to the quotient" exercise="rmsprop" breaks=["value"]
# Your eps is added to the quotient and not to its denominator: an eps of 1/2 changes
# every step by the same amount, and for a gradient of 0 the quotient is still 0/0.
# What is divided by what in the formula, and where must a bracket stand?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        for key in params:
            g = grads[key]
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * g**2
            params[key] -= self.lr * g / np.sqrt(self.s[key]) + self.eps


# %% mistake="eps added to the quotient, times the rate" exercise="rmsprop" breaks=["value"]
# Your eps is added to the quotient and not to its denominator: an eps of 1/2 changes
# every step by the same amount, and for a gradient of 0 the quotient is still 0/0.
# What is divided by what in the formula, and where must a bracket stand?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        for key in params:
            g = grads[key]
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * g**2
            params[key] -= self.lr * (g / np.sqrt(self.s[key]) + self.eps)


# %% mistake="the larger of root and eps" exercise="rmsprop" breaks=["value"]
# Your eps has no effect where the root is larger than eps: for an eps of 1/2 and a
# root of 2 the denominator is 2. In the formula it is larger than the root. What does
# the formula do with the two numbers?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        for key in params:
            g = grads[key]
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * g**2
            params[key] -= self.lr * g / np.maximum(np.sqrt(self.s[key]), self.eps)


# %% mistake="no eps" exercise="rmsprop" breaks=["value"]
# Where all gradients of an entry have been 0, your step is 0/0, and the parameter
# becomes nan. The step should be 0 there. Which part of the formula keeps the
# denominator away from 0?
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
# Your average is one of absolute values: for gradients 100 times as large the steps
# are 10 times as long, where they should stay the same. What does the formula
# average, before it takes the root?
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
# Your object swaps two weights: the old average fades quickly, and the new gradient
# counts most. For beta = 1/2 nobody sees it. With beta = 0.9, which share of the old
# average stays, by the docstring?
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
# Your first steps are too short: your s is corrected for its start at zero, as in
# Adam, and in the example by hand the first step is 0.3 instead of 0.6. Does the
# formula of this class divide s by anything?
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
# Your first step is huge: it divides by the s of the steps before, and at the start
# that is 0. Which s stands in the denominator of the formula, the one before or the
# one after the new gradient?
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
# All entries of an array share one s in your object: an entry with small gradients
# beside one with large gradients hardly moves. By the text, RMSProp divides
# elementwise. By the size of which gradients is each entry divided?
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


# %% mistake="passes over a gradient of zero" exercise="rmsprop" breaks=["value"]
# A gradient of 0 changes nothing in your function, and the step after it is too
# short. The parameter does stay where it is, but the mean of the squares goes on with
# a 0. What becomes of s in a step with g = 0, by the formula?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, {}

    def step(self, params, grads):
        for key in params:
            g, s = grads[key], self.s.get(key, 0.0)
            if not np.any(g):
                continue
            self.s[key] = self.beta * s + (1 - self.beta) * g * g
            params[key] -= self.lr * g / (np.sqrt(self.s[key]) + self.eps)


# %% mistake="ignores eps" exercise="rmsprop" breaks=["value"]
# Your steps are the same for every value of eps; it shows where eps is large beside
# the gradients. Does your object keep the eps that it is made with, and does step use
# it?
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
# With a beta of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of beta holds when none is given,
# by the signature of the task?
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
# The parameters in your object share one s: the step of a parameter depends on the
# gradients of the one before it in the dict. By the docstring every key has an s of
# its own. How does your object tell them apart?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# After your step the caller's gradients hold other numbers: your object writes into
# them. The docstring says that grads is not changed, and the caller may use them
# again. Which step writes into a gradient, and how can it make a new array?
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
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
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
# For a beta of 0 your object takes its default value, so its steps still depend on
# old gradients. A beta of 0 is allowed, and 0 counts as false in Python. How do you
# tell a 0 from a value that is not given?
class RMSProp:
    def __init__(self, lr, beta=None, eps=1e-8):
        self.lr, self.beta, self.eps = lr, beta or 0.9, eps
        self.s = {}

    def step(self, params, grads):
        for key in params:
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


# %% mistake="another default eps" exercise="rmsprop" breaks=["value"]
# With an eps of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of eps holds when none is given,
# by the signature of the task?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-10):
        self.lr, self.beta, self.eps = lr, beta, eps
        self.s = {}

    def step(self, params, grads):
        for key in params:
            self.s[key] = self.beta * self.s.get(key, 0.0) + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


# %% mistake="one state, made for the first parameter" exercise="rmsprop" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
class RMSProp:
    def __init__(self, lr, beta=0.9, eps=1e-8):
        self.lr, self.beta, self.eps, self.s = lr, beta, eps, None

    def step(self, params, grads):
        for key in params:
            if self.s is None:
                self.s = np.zeros_like(params[key])
            self.s = self.beta * self.s + (1 - self.beta) * grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.s) + self.eps)


# %% mistake="state shaped like the first parameter" exercise="rmsprop" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
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
# Your first step with the default values is about three times lr, where it should be
# lr: m and v start at zero, and both are too small at first. By which two factors
# does Adam correct them?
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
# Your first step with the default values is about thirty times lr, where it should be
# lr: one of the two averages is still too small. Both m and v start at zero. Which of
# them does your step correct?
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
# Your first step is right, but your correction stays that of the first step, so later
# averages come out too large. In the formula it fades as t grows. What is t in the
# second call, and where does it enter your correction?
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
# With one parameter your steps are right. With several, t grows several times in one
# call of step: the correction fades too early and differs from key to key. What does
# t count, by the docstring?
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
# Your first step is right, but later your correction is wrong: your denominators fall
# as t grows, while those of the formula rise towards 1. In which way do beta and t
# act together in the formula?
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
# Your first step is right, but your correction stays that of the first step, so later
# averages come out too large. In the formula it fades as t grows. What is t in the
# second call, and where does it enter your correction?
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
# Your first step is right, but the averages that your object keeps for the next call
# are the corrected ones, so the correction acts again and again. Which m and v does
# every key keep, by the docstring?
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
# Your step adds eps before it takes the root: an eps of 1e-8 then acts like 1e-4
# beside the root, and for gradients around 1e-6 the steps are much too short. Where
# in the formula does eps stand?
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
# With eps = 0 your steps are right. Otherwise the first ones are too short: your eps
# stands beside the root of v before the correction, and there it counts more. To
# which root does the formula add eps?
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


# %% mistake="eps added to the quotient" exercise="adam" breaks=["value"]
# Your eps is added to the quotient and not to its denominator: an eps of 1/2 changes
# every step by the same amount, and for a gradient of 0 the quotient is still 0/0.
# What is divided by what in the formula, and where must a bracket stand?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / np.sqrt(v_hat) + self.eps


# %% mistake="eps added to the quotient, times the rate" exercise="adam" breaks=["value"]
# Your eps is added to the quotient and not to its denominator: an eps of 1/2 changes
# every step by the same amount, and for a gradient of 0 the quotient is still 0/0.
# What is divided by what in the formula, and where must a bracket stand?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * (m_hat / np.sqrt(v_hat) + self.eps)


# %% mistake="the larger of root and eps" exercise="adam" breaks=["value"]
# Your eps has no effect where the root is larger than eps: for an eps of 1/2 and a
# root of 2 the denominator is 2. In the formula it is larger than the root. What does
# the formula do with the two numbers?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / np.maximum(np.sqrt(v_hat), self.eps)


# %% mistake="no eps" exercise="adam" breaks=["value"]
# Where all gradients of an entry have been 0, your step is 0/0, and the parameter
# becomes nan. The step should be 0 there. Which part of the formula keeps the
# denominator away from 0?
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
# Your step divides by the average of the squares itself: for gradients ten times as
# large it is a tenth as long, where it should stay the same. What brings a square
# back to the size of the gradient?
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
# Your average is one of absolute values: for gradients 100 times as large the steps
# are 10 times as long, where they should stay the same. What does the formula
# average, before it takes the root?
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
# Your m fades with beta2 and your v with beta1: your object forgets the squares
# quickly and the gradients slowly. Where both have the same value nobody sees it.
# Which beta belongs to which average, by the docstring?
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
# Your first step gives nan: t is 0 there, and the correction divides by 1 - beta**0.
# What is this number, and which value has t in the first call of step, by the
# docstring?
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


# %% mistake="one m for all parameters" exercise="adam" breaks=["state"]
# The parameters in your object share one m: the step of a parameter depends on the
# gradients of the one before it in the dict. By the docstring every key has an m and
# a v of its own. How does your object tell the averages of two keys apart?
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
# A new object of yours does not start at zero: its first steps use the state of an
# object that was there before, because both share it. When is the state made, once
# for the class or once for each new object?
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
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
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


# %% mistake="writes m into the gradients" exercise="adam" breaks=["state"]
# After your step the caller's gradients hold other numbers: your object writes into
# them. The docstring says that grads is not changed, and the caller may use them
# again. Which step writes into a gradient, and how can it make a new array?
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
# With an lr of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of lr holds when none is given,
# by the signature of the task?
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
# With a beta2 of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of beta2 holds when none is
# given, by the signature of the task?
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
# With an eps of the caller your steps are right, but an object that is made without
# one takes another value than the task. Which value of eps holds when none is given,
# by the signature of the task?
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
# For a beta of 0 your object takes its default value, so its steps still depend on
# old gradients. A beta of 0 is allowed, and 0 counts as false in Python. How do you
# tell a 0 from a value that is not given?
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


# %% mistake="one state, made for the first parameter" exercise="adam" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = None, None, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            if self.m is None:
                self.m, self.v = np.zeros_like(params[key]), np.zeros_like(params[key])
            self.m = self.beta1 * self.m + (1 - self.beta1) * grads[key]
            self.v = self.beta2 * self.v + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m / (1 - self.beta1**self.t)
            v_hat = self.v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="state shaped like the first parameter" exercise="adam" breaks=["state"]
# With parameters of several shapes your step fails: a later key meets a state in the
# shape of an earlier one. By the docstring every key has a state of its own. Which
# shape has it, and where does your object keep it?
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
# Your function clips each array by its own norm: in the example by hand (3, 0)
# becomes (1, 0) and 4 becomes 1, so the direction changes. How many norms do all
# arrays have together, and by which factor does each of them shrink?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    for key, g in grads.items():
        own = np.linalg.norm(g)
        if own > max_norm:
            grads[key] *= max_norm / own
    return norm


# %% mistake="every array by its own norm, gives the last one back" exercise="clip" breaks=["value"]
# Your function clips each array by its own norm: in the example by hand (3, 0)
# becomes (1, 0) and 4 becomes 1, so the direction changes. How many norms do all
# arrays have together, and by which factor does each of them shrink?
def clip_by_global_norm(grads, max_norm):
    for key, g in grads.items():
        norm = float(np.linalg.norm(g))
        if norm > max_norm:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="always rescales" exercise="clip" breaks=["value", "purity"]
# Your function changes short gradients too: those with a norm below max_norm become
# longer, and every call ends with the norm max_norm. What should happen to gradients
# that are short already, by the docstring?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm == 0:
        return norm
    for key in grads:
        grads[key] *= max_norm / norm
    return norm


# %% mistake="zero over zero" exercise="clip" breaks=["value", "purity"]
# For gradients that are all 0 your function divides 0 by 0, and they become nan. The
# docstring says that they stay 0. For which norms must anything change at all?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    for key in grads:
        grads[key] *= min(norm, max_norm) / norm
    return norm


# %% mistake="returns the norm after" exercise="clip" breaks=["value"]
# Your result is never larger than max_norm: your function gives the norm after the
# clipping, in the example by hand 1 instead of 5. Which of the two norms does the
# docstring ask for?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return min(norm, max_norm)


# %% mistake="returns nothing" exercise="clip" breaks=["value"]
# Your gradients are clipped rightly, but your function gives None: whoever asks how
# long the gradients were gets no answer. Which number does the docstring ask for, and
# where does your function hand it back?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm


# %% mistake="returns only what was too long" exercise="clip" breaks=["value"]
# For gradients that are too long your function gives their norm, for short ones None.
# By the docstring the norm comes back in both cases. Which lines of your function run
# only where the norm is larger than max_norm?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
        return norm


# %% mistake="clips single entries" exercise="clip" breaks=["value"]
# Your function cuts single entries at max_norm: in the example by hand (3, 0) and 4
# become (1, 0) and 1, so the direction changes, and the norm is still above 1. What
# shortens a vector and keeps its direction?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for g in grads.values():
            np.clip(g, -max_norm, max_norm, out=g)
    return norm


# %% mistake="new arrays instead of in place" exercise="clip" breaks=["purity"]
# After the call the dict grads holds new arrays, and the arrays that were there keep
# their old numbers. Whoever holds the same array under another name sees no clipping.
# How do new numbers get into an array that exists already?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] = grads[key] * (max_norm / norm)
    return norm


# %% mistake="no root" exercise="clip" breaks=["value"]
# Your norm is the sum of the squares: in the example by hand it is 25 instead of 5,
# and the gradients shrink to a twenty-fifth. Which step leads from the sum of the
# squares to the norm?
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.sum(g * g)) for g in grads.values())
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="adds a constant to the norm" exercise="clip" breaks=["value"]
# After your clipping the norm is a little below max_norm, and for tiny gradients far
# below it: your function divides by more than the norm. Where a norm is larger than
# max_norm, can it be 0 at all?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / (norm + 1e-6)
    return norm


# %% mistake="sum of the norms" exercise="clip" breaks=["value"]
# Your norm is too large: in the example by hand it is 3 + 4 = 7 instead of 5. Norms
# of parts do not add up to the norm of the whole. Which number of each array may be
# added up?
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.linalg.norm(g)) for g in grads.values())
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="squared factor" exercise="clip" breaks=["value"]
# Your gradients end up too short: in the example by hand they shrink to a
# twenty-fifth, and their norm is 0.2 afterwards instead of 1. If all entries are
# multiplied by a factor, by what is their norm multiplied?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads.values()))
    if norm > max_norm:
        for key in grads:
            grads[key] *= (max_norm / norm) ** 2
    return norm


# %% mistake="mean instead of sum" exercise="clip" breaks=["value"]
# Your norm is too small: in the example by hand it is about 2.9 instead of 5, and
# more entries of the same size give no larger norm. Does the docstring take the sum
# of the squares or their mean?
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(np.mean(np.concatenate([g.ravel() for g in grads.values()]) ** 2))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="weights only" exercise="clip" breaks=["value", "purity"]
# Your norm counts the arrays whose name begins with W, and only these are shortened:
# in the example by hand it is 3, and b1 stays as it is. Over which arrays does the
# global norm run?
def clip_by_global_norm(grads, max_norm):
    weights = [g for k, g in grads.items() if k.startswith("W")]
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in weights))
    if norm > max_norm:
        for g in weights:
            g[...] = g * max_norm / norm
    return norm


# %% mistake="writes into a flat copy" exercise="clip" breaks=["value"] recognisable=false
# Some arrays do not shrink in your function: for a transposed array a flat version is
# a copy, and the factor goes into the copy. Which operation changes the array itself,
# whatever its shape and its place in memory?
def clip_by_global_norm(grads, max_norm):
    flat = [g.ravel() for g in grads.values()]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in flat)))
    if norm > max_norm:
        for g in flat:
            g *= max_norm / norm
    return norm


# %% mistake="square of the sum" exercise="clip" breaks=["value"]
# Your function adds up the entries of an array before it squares: entries of opposite
# sign cancel, and an array (3, 4) gives 7 instead of 5. Where does the docstring put
# the square, before the sum or after it?
def clip_by_global_norm(grads, max_norm):
    norm = float(np.sqrt(sum(np.sum(g) ** 2 for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="norm of a matrix" exercise="clip" breaks=["value"]
# For matrices your norm is too small: it counts the largest singular value alone, so
# for diag(3, 4) it gives 4 instead of 5. Which norm of a matrix is the root of the
# sum of all squares?
def clip_by_global_norm(grads, max_norm):
    norm = float(np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in grads.values())))
    if norm > max_norm:
        for key in grads:
            grads[key] *= max_norm / norm
    return norm


# %% mistake="first row only" exercise="clip" breaks=["value"]
# Your norm counts the first row of each array alone: for the rows (3, 0) and (0, 4)
# it gives 3 instead of 5. Which entries does your sum reach, and which should it
# reach?
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
# Your rate falls a little in every step: in the example of the docstring it is 0.43
# for t = 9 instead of 0.8. Between two drops the rate is constant. What does floor do
# to t / every?
def step_decay(t, lr, drop, every):
    return lr * drop ** (t / every)


# %% mistake="drops one step early" exercise="schedules" breaks=["value"]
# Your drops come too early: in the example of the docstring the rate for t = 9 is 0.4
# already instead of 0.8. How many whole periods lie behind at t = 9, and what does
# floor give for t / every there?
def step_decay(t, lr, drop, every):
    return lr * drop ** ((t + 1) // every)


# %% mistake="rounds to the nearest" exercise="schedules" breaks=["value"]
# Your drops come too early: in the example of the docstring the rate for t = 9 is 0.4
# already instead of 0.8. How many whole periods lie behind at t = 9, and what does
# floor give for t / every there?
def step_decay(t, lr, drop, every):
    return lr * drop ** round(t / every)


# %% mistake="product instead of power" exercise="schedules" breaks=["value"]
# After the second drop your rate is too large: in the example of the docstring it is
# 0.8 for t = 25, as at the start. Each drop multiplies the rate once more. How does
# the formula of the docstring say that?
def step_decay(t, lr, drop, every):
    return lr * drop * (t // every) if t >= every else lr


# %% mistake="drops only once" exercise="schedules" breaks=["value"]
# Your rate drops once and then stays: in the example of the docstring it is 0.4 for t
# = 25 instead of 0.2. How many drops lie behind at t = 25, and where does your
# function count them?
def step_decay(t, lr, drop, every):
    return lr * drop if t >= every else lr


# %% mistake="cosine forgets lr_min" exercise="schedules" breaks=["value"]
# Your curve falls to 0, whatever lr_min is: in the example of the docstring the rate
# for t = 8 is 0 instead of 0.2. Where should the curve end, and over which height
# does it fall?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    return 0.5 * lr_max * (1 + math.cos(math.pi * (t - warmup) / (total - warmup)))


# %% mistake="adds lr_min on top" exercise="schedules" breaks=["value"]
# Your cosine starts above lr_max: in the example of the docstring the rate for t = 4
# is 1.2 instead of 1. It should fall from lr_max to lr_min. How high is this fall?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    return lr_min + 0.5 * lr_max * (1 + math.cos(math.pi * (t - warmup) / (total - warmup)))


# %% mistake="warm-up starts at zero" exercise="schedules" breaks=["value"]
# Your warm-up starts with a rate of 0, so its first step moves nothing, and it ends
# below lr_max: in the example of the docstring 0.75 for t = 3 instead of 1. Which
# step of the warm-up is t = 0?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * t / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="warm-up one step too long" exercise="schedules" breaks=["value"]
# Your warm-up lasts one step too long: in the example of the docstring the rate for t
# = 4 is 1.25, above lr_max. To which of the two parts does t = warmup belong, by the
# docstring?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if warmup and t <= warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="cosine counts from 0" exercise="schedules" breaks=["value"]
# Your rate jumps at the end of the warm-up: in the example of the docstring it is 0.6
# for t = 4 instead of 1. The cosine begins at t = warmup. Which share of its way lies
# behind at this t?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = t / total
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="cosine over total steps" exercise="schedules" breaks=["value"]
# Your rate does not reach lr_min: in the example of the docstring it is 0.6 for t = 8
# instead of 0.2. The cosine begins after the warm-up and ends at t = total. How many
# steps does it have?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / total
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="quarter wave" exercise="schedules" breaks=["value"]
# Your curve starts and ends at the right rates, but half way it is too high: in the
# example of the docstring 0.77 for t = 6 instead of 0.60. From where to where does
# the argument of the cosine run?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + (lr_max - lr_min) * math.cos(math.pi * share / 2)


# %% mistake="degrees" exercise="schedules" breaks=["value"]
# Your curve goes up and down many times and does not end at lr_min: the cosine gets
# an angle in degrees. Which unit does the cosine of Python take, and how long is half
# a wave in it?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(180 * share))


# %% mistake="warm-up from lr_min" exercise="schedules" breaks=["value"]
# Your warm-up depends on lr_min: in the example of the docstring the rate for t = 0
# is 0.4 instead of 0.25. Which rate does the docstring give for t < warmup, and does
# lr_min stand in it?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_min + (lr_max - lr_min) * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="ends one step early" exercise="schedules" breaks=["value"]
# Your cosine is at lr_min one step before the end and rises again: in the example of
# the docstring the rate for t = 8 is 0.4 instead of 0.2. How many steps lie between t
# = warmup and t = total?
def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / max(total - warmup - 1, 1)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + math.cos(math.pi * share))


# %% mistake="a straight line" exercise="schedules" breaks=["value"]
# Your rate falls along a straight line: at both ends and half way it agrees with the
# cosine, but for t = 5 in the example of the docstring it is 0.80 instead of 0.88.
# How steeply does a cosine fall at its start?
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
# Your batches hold rows of X beside the y of other rows: X and y get two different
# random orders. Every row must keep its own y. How many random orders does one epoch
# need?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    X, y = X[rng.permutation(m)], y[rng.permutation(m)]
    for i in range(0, m, batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


# %% mistake="partial batch dropped" exercise="minibatches" breaks=["value", "state"]
# Your batches do not hold all rows: where batch_size does not divide their number,
# the last rows are left out. In the example of the docstring the lengths are 2, 2
# instead of 2, 2, 1. What does the last pair hold?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    if m % batch_size:
        m -= m % batch_size
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="the same order in every epoch" exercise="minibatches" breaks=["state"]
# The order of your rows does not come from the rng of the caller: another seed leaves
# it as it is, or the same seed does not bring it back. What is the only source of
# chance, by the docstring, and what does every call draw from it?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.default_rng(0).permutation(m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="no shuffling" exercise="minibatches" breaks=["state"]
# Your rows come in the order in which they stand in X, in every epoch and for every
# seed. Then neighbours in the data always share a batch. By the docstring every call
# has a new order. Where does your function draw it?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.arange(m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="global generator" exercise="minibatches" breaks=["state"]
# The order of your rows does not come from the rng of the caller: another seed leaves
# it as it is, or the same seed does not bring it back. What is the only source of
# chance, by the docstring, and what does every call draw from it?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.permutation(m)  # noqa: NPY002
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="draws with replacement" exercise="minibatches" breaks=["value", "state"]
# Some rows come twice in your epoch, and others never: your row numbers are drawn
# independently of each other. By the docstring all rows come once. Which kind of
# random draw uses every number exactly once?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.integers(0, m, size=m)
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="draws each batch with replacement" exercise="minibatches" breaks=["value", "state"]
# Every batch of yours has batch_size rows, also where fewer are left, and it is drawn
# from all rows anew: some rows come twice, others never. By the docstring all rows
# come once. How many draws does one epoch need?
def minibatches(X, y, batch_size, rng):
    for _ in range(0, len(X), batch_size):
        rows = rng.choice(len(X), batch_size)
        yield X[rows], y[rows]


# %% mistake="draws whole batches without replacement" exercise="minibatches" breaks=["value", "state"]
# Every batch of yours is drawn from all rows anew and has batch_size rows, so that a
# batch_size above the number of rows fails. By the docstring all rows come once, and
# the last pair holds what is left. How many draws does one epoch need?
def minibatches(X, y, batch_size, rng):
    for _ in range(0, len(X), batch_size):
        rows = rng.choice(len(X), batch_size, replace=False)
        yield X[rows], y[rows]


# %% mistake="an empty batch at the end" exercise="minibatches" breaks=["value"]
# Where batch_size divides the number of rows, your last pair has no rows: 10 rows in
# batches of 1 give 11 pairs. The mean over such a batch is nan. How many pairs are
# needed for 10 rows, in batches of 4 and in batches of 5?
def minibatches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for i in range(len(X) // batch_size + 1):
        rows = order[i * batch_size : (i + 1) * batch_size]
        yield X[rows], y[rows]


# %% mistake="a fresh draw for each batch" exercise="minibatches" breaks=["value", "state"]
# No row comes twice within one of your batches, but two batches of an epoch share
# rows, and other rows never come: each batch is drawn anew from all rows. How many
# draws does one epoch need?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    for i in range(0, m, batch_size):
        rows = rng.choice(m, size=min(batch_size, m - i), replace=False)
        yield X[rows], y[rows]


# %% mistake="shuffles the caller's arrays" exercise="minibatches" breaks=["state"]
# Your batches are right, but after the call the caller's X and y stand in another
# order: your function writes into the arrays that it gets. The docstring says that
# they are not changed. How can a batch take its rows from X as it is?
def minibatches(X, y, batch_size, rng):
    X = X if isinstance(X, np.ndarray) else np.asarray(X)
    y = np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    X[...], y[...] = X[order], y[order]
    for i in range(0, m, batch_size):
        yield X[i : i + batch_size].copy(), y[i : i + batch_size].copy()


# %% mistake="number of batches for their size" exercise="minibatches" breaks=["value"]
# Your function makes batch_size batches, whatever the number of rows: in the example
# of the docstring their lengths are 3, 2 instead of 2, 2, 1. What does batch_size
# count, by the docstring?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for rows in np.array_split(order, batch_size):
        yield X[rows], y[rows]


# %% mistake="even parts" exercise="minibatches" breaks=["value"]
# Your batches are nearly equal in length: 9 rows in batches of 4 give 3, 3, 3 instead
# of 4, 4, 1. How many rows does each pair but the last hold, by the docstring?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for rows in np.array_split(order, -(-m // batch_size)):
        yield X[rows], y[rows]


# %% mistake="shuffles the batches only" exercise="minibatches" breaks=["value", "state"]
# In your epochs rows that lie close together in X always come close together. By the
# docstring all rows come in a new random order. How many orders of five rows are
# there, and how many of them can your function give?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    starts = rng.permutation(np.arange(0, m, batch_size))
    for i in starts:
        yield X[i : i + batch_size], y[i : i + batch_size]


# %% mistake="columns instead of rows" exercise="minibatches" breaks=["value", "state"]
# Your X_b has as many rows as X itself: your function picks columns of X, while y_b
# holds a batch. Along which axis of X do the examples stand, and which axis must a
# batch cut?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    for i in range(0, m, batch_size):
        yield X[:, order[i : i + batch_size] % X.shape[1]], y[order[i : i + batch_size]]


# %% mistake="stops after one batch" exercise="minibatches" breaks=["value", "state"]
# Your function gives one batch and ends: the other rows never come. In the example of
# the docstring there are three batches, of 2, 2 and 1 rows. What does your function
# do after the first batch?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    return [(X[order[:batch_size]], y[order[:batch_size]])]


# %% mistake="reseeds the global generator" exercise="minibatches" breaks=["state"]
# The order of your rows does not come from the rng of the caller: another seed leaves
# it as it is, or the same seed does not bring it back. What is the only source of
# chance, by the docstring, and what does every call draw from it?
def minibatches(X, y, batch_size, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    np.random.seed(1)  # noqa: NPY002
    order = np.random.permutation(m)  # noqa: NPY002
    for i in range(0, m, batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="shuffles inside each batch only" exercise="minibatches" breaks=["state"]
# In your epochs rows that lie close together in X always come close together. By the
# docstring all rows come in a new random order. How many orders of five rows are
# there, and how many of them can your function give?
def minibatches(X, y, batch_size, rng):
    for i in range(0, len(X), batch_size):
        rows = i + rng.permutation(len(X[i : i + batch_size]))
        yield X[rows], y[rows]


# %% mistake="rolls by a random offset" exercise="minibatches" breaks=["state"]
# In your epochs rows that lie close together in X always come close together. By the
# docstring all rows come in a new random order. How many orders of five rows are
# there, and how many of them can your function give?
def minibatches(X, y, batch_size, rng):
    order = np.roll(np.arange(len(X)), -int(rng.integers(len(X))))
    for i in range(0, len(X), batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


# %% mistake="y becomes a column" exercise="minibatches" breaks=["value"]
# Where y has the shape (m,), your y_b is a column with two axes: with predictions of
# shape (batch,) it would broadcast to a square. Which shape should y_b have, and
# where does yours get its second axis?
def minibatches(X, y, batch_size, rng):
    n = X.shape[1]
    rows = rng.permutation(np.column_stack([X, y]))
    for i in range(0, len(X), batch_size):
        yield rows[i : i + batch_size, :n], rows[i : i + batch_size, n:]


# %% mistake="columns of y go to X" exercise="minibatches" breaks=["value"]
# Where y has several columns, your y_b holds the last one alone, and the others stand
# in X_b. On the way X and y are one array. How many of its columns belong to X, and
# how many to y?
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
