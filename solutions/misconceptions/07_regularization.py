# Known mistakes and accepted variants of 07_regularization.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, the comment above the code of a mistake is what a student is told.
# Accepted variants must keep all points.

# %%
import copy

import numpy as np
import scipy.stats

# %% [markdown]
# ## split


# %% mistake="does not shuffle" exercise="split" breaks=["value"]
# In your split some rows never come to the validation part, whatever the seed of the
# caller's generator is. By the docstring the split is random, so every row has the
# same chance. Where does rng decide about the rows in your function, and does it
# decide about all of them?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    k = round(val_fraction * m)
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="shuffles X and y separately" exercise="split" breaks=["value"]
# Your parts hold rows of X beside the y of other rows: X and y get two different
# random orders. Every row must keep its own y. How many random orders does one split
# need?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    k = round(val_fraction * m)
    X, y = X[rng.permutation(m)], y[rng.permutation(m)]
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="draws with replacement" exercise="split" breaks=["value"]
# Some rows can come twice in your validation part, and then your training part is
# larger than it should be: your row numbers are drawn independently of each other.
# Which kind of random draw uses every number exactly once?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    val = rng.choice(m, round(val_fraction * m))
    train = np.setdiff1d(np.arange(m), val)
    return X[train], y[train], X[val], y[val]


# %% mistake="validation rows stay in training" exercise="split" breaks=["value"]
# Your training part holds all rows, those of the validation part too: the validation
# loss then measures rows that the network has learned. In how many of the two parts
# does each row stand, by the docstring?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order], y[order], X[order[:k]], y[order[:k]]


# %% mistake="fraction is for training" exercise="split" breaks=["value"]
# Your parts have each other's sizes: with 10 rows and val_fraction = 0.3, training
# gets 3 rows and validation 7. Of which part is val_fraction the share, by the
# docstring?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order[:k]], y[order[:k]], X[order[k:]], y[order[k:]]


# %% mistake="truncates" exercise="split" breaks=["value"]
# Your validation part may have a row too few: for 11 rows and a share of 0.25 it has
# 2, where the text finds 3. What does your function make of 2.75, and what does the
# docstring make of it?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = int(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="rounds up" exercise="split" breaks=["value"]
# Your validation part may have a row too many: for 9 rows and a share of 0.25 it has
# 3. What does your function make of 2.25, and what does the docstring make of it?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = int(np.ceil(val_fraction * m))
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="a coin for each row" exercise="split" breaks=["value"]
# The size of your validation part changes from call to call: each row goes there by a
# draw of its own, and the share is right only on average. By the docstring, is the
# number of rows random, or only which rows they are?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    val = rng.random(m) < val_fraction
    return X[~val], y[~val], X[val], y[val]


# %% mistake="uses the global generator" exercise="split" breaks=["value"]
# Your split does not come from the rng of the caller: two generators with the same
# seed give two different splits, so that nobody can repeat a run. From which
# generator do you draw, and which one does the docstring name?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.permutation(m)  # noqa: NPY002
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="seeds its own generator" exercise="split" breaks=["value"]
# In your split some rows never come to the validation part, whatever the seed of the
# caller's generator is. By the docstring the split is random, so every row has the
# same chance. Where does rng decide about the rows in your function, and does it
# decide about all of them?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.default_rng(0).permutation(m)
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="shuffles in place" exercise="split" breaks=["value"]
# Your parts are right, but after the call the caller's X and y stand in another
# order: your function writes into the arrays that it gets. The docstring says that
# they are not changed. How can a part take its rows from X as it is?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    rng.shuffle(order := np.arange(m))
    X[:], y[:] = X[order], y[order]
    k = round(val_fraction * m)
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="wrong order of the parts" exercise="split" breaks=["value"]
# Your four results are the right ones in another order: the caller takes your
# validation rows of X for the y of the training rows. In which order does the
# docstring list the four parts?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order[k:]], X[order[:k]], y[order[k:]], y[order[:k]]


# %% mistake="shuffles each half on its own" exercise="split" breaks=["value"]
# In your split some rows never come to the validation part, whatever the seed of the
# caller's generator is. By the docstring the split is random, so every row has the
# same chance. Where does rng mix the rows in your function, and can a row of the
# second half come to the front?
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    half = (m + 1) // 2
    order = np.concatenate([rng.permutation(half), half + rng.permutation(m - half)])
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="cuts from the end" exercise="split" breaks=["value"]
# For a share of 0 your split goes wrong: all rows are in the validation part and none
# are left for training, because a slice that ends at -0 ends at 0. How do you cut the
# order so that 0 rows work too?
def train_val_split(X, y, val_fraction, rng):
    order, n = rng.permutation(len(X)), round(val_fraction * len(X))
    train, val = order[:-n], order[-n:]
    return X[train], y[train], X[val], y[val]


# %% mistake="y becomes a column" exercise="split" breaks=["value"]
# Where y has the shape (m,), your parts of y are columns with two axes: with
# predictions of shape (rows,) a loss would broadcast to a square. Which shape should
# these parts have, and where do yours get their second axis?
def train_val_split(X, y, val_fraction, rng):
    y = np.asarray(y).reshape(len(X), -1)
    order, n = rng.permutation(len(X)), round(val_fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


# %% mistake="one array, y in its last column" exercise="split" breaks=["value"]
# Where y has several columns, your parts of y hold the last one alone, and the others
# stand in the parts of X. On the way X and y are one array. How many of its columns
# belong to X, and how many to y?
def train_val_split(X, y, val_fraction, rng):
    both = np.column_stack([X, y])
    both = both[rng.permutation(len(both))]
    val, train = np.split(both, [round(val_fraction * len(X))])
    return train[:, :-1], train[:, -1], val[:, :-1], val[:, -1]


# %% accepted="by choice without replacement" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    val = rng.choice(m, size=round(val_fraction * m), replace=False)
    train = np.setdiff1d(np.arange(m), val)
    return X[train], y[train], X[val], y[val]


# %% accepted="by a shuffled index" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    index = np.arange(m)
    rng.shuffle(index)
    k = m - round(val_fraction * m)
    return X[index[:k]], y[index[:k]], X[index[k:]], y[index[k:]]


# %% accepted="by a mask" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    chosen = np.zeros(m, dtype=bool)
    chosen[rng.permutation(m)[: int(np.round(val_fraction * m))]] = True
    return X[~chosen], y[~chosen], X[chosen], y[chosen]


# %% accepted="by sorting random numbers" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.argsort(rng.random(m))
    k = round(val_fraction * m)
    val, train = order[:k], order[k:]
    return [X[train].astype(float), y[train], X[val].astype(float), y[val]]


# %% accepted="textbook: a permutation, cut in two" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    order = rng.permutation(len(X))
    n_val = round(val_fraction * len(X))
    val, train = order[:n_val], order[n_val:]
    return X[train], y[train], X[val], y[val]


# %% accepted="textbook, step by step: shuffled copies, sliced" exercise="split"
def train_val_split(X, y, val_fraction, rng):
    m = X.shape[0]
    indices = np.arange(m)
    rng.shuffle(indices)
    X_shuffled = X[indices]
    y_shuffled = y[indices]
    num_val = int(round(m * val_fraction))
    num_train = m - num_val
    X_train = X_shuffled[:num_train]
    y_train = y_shuffled[:num_train]
    X_val = X_shuffled[num_train:]
    y_val = y_shuffled[num_train:]
    return X_train, y_train, X_val, y_val


# %% [markdown]
# ## early-stopping


# %% mistake="waits one step too long" exercise="early-stopping" breaks=["value"]
# Your object stops one update too late: in the example by hand the counter reaches 2
# at the last loss, and you still go on. With patience 1, how many updates without
# improvement does it take to stop?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited > self.patience


# %% mistake="counter is not reset" exercise="early-stopping" breaks=["value"]
# Your counter never falls: in the example by hand it reads 0, 0, 1, 1, 2, and your
# object stops before it has seen the best loss. What should an improvement do to the
# counter?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="an equal loss counts as better" exercise="early-stopping" breaks=["value", "state"]
# Your object takes a loss equal to the best one for an improvement: while the loss
# stays the same for ever, it never stops, and best_step moves on. Which losses
# improve, by the rule of the text?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss <= self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="compares with the loss before" exercise="early-stopping" breaks=["value", "state"]
# Your object compares with the loss just before: in the example by hand the last
# loss, 2.4, counts as an improvement on 2.5, although the best is 2.3. With which
# loss does the rule compare, and when may best_loss change?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_step, self.waited = self.step, 0
            self.best_params = {key: value.copy() for key, value in params.items()}
        else:
            self.waited += 1
        self.best_loss = loss
        self.step += 1
        return self.waited >= self.patience


# %% mistake="NaN counts as better" exercise="early-stopping" breaks=["value", "state"]
# A loss of NaN counts as an improvement in your object: it becomes best_loss, and
# from then on every loss improves. Each comparison with NaN is false. Which branch of
# your code runs then, and which one should it be?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss >= self.best_loss - self.min_delta:
            self.waited += 1
        else:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        self.step += 1
        return self.waited >= self.patience


# %% mistake="keeps the arrays themselves" exercise="early-stopping" breaks=["state"]
# After further training your best_params hold the newest numbers, not the best ones:
# they are the very arrays that training changes in place. A copy of a dict is a new
# dict with the same arrays. What else must be copied, so that the old numbers stay?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {**params}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="copies the dict only" exercise="early-stopping" breaks=["state"]
# After further training your best_params hold the newest numbers, not the best ones:
# they are the very arrays that training changes in place. A copy of a dict is a new
# dict with the same arrays. What else must be copied, so that the old numbers stay?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = dict(params)
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="remembers the last step" exercise="early-stopping" breaks=["state"]
# Your best_step is always the number of the last update: in the example by hand it is
# 7 at the end, where the text says 5. To which update do the three attributes belong,
# by their names?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        self.best_step = self.step - 1
        return self.waited >= self.patience


# %% mistake="counts steps from 1" exercise="early-stopping" breaks=["state"]
# Your best_step is one too large: in the example by hand it is 6, where the text says
# 5. Which number does the first update have, by the docstring?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step + 1
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="counts only steps that are worse" exercise="early-stopping" breaks=["state"]
# Your count of steps stands still whenever the loss improves: in the example by hand
# best_step is 2 at the end instead of 5. Which updates are steps, those without an
# improvement or all of them?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
            self.step += 1
        return self.waited >= self.patience


# %% mistake="ignores min_delta" exercise="early-stopping" breaks=["value", "state"]
# With min_delta above 0 your object takes losses for improvements that lie less than
# min_delta below the best one, so that a tiny gain sets the counter to 0. How far
# below best_loss must a loss lie, by the rule of the text?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="min_delta with the wrong sign" exercise="early-stopping" breaks=["value", "state"]
# With min_delta above 0 your object takes losses for improvements that lie less than
# min_delta below the best one, so that a tiny gain sets the counter to 0. How far
# below best_loss must a loss lie, by the rule of the text?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss + self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="small gains move the best" exercise="early-stopping" breaks=["value", "state"]
# A gain of less than min_delta does not set your counter to 0, and that is right, but
# it moves best_loss, best_step or best_params. Many small gains in a row then never
# count. When may these attributes change, by the rule of the text?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.waited = 0
        else:
            self.waited += 1
        if loss < self.best_loss:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
        self.step += 1
        return self.waited >= self.patience


# %% mistake="starts with a best of 100" exercise="early-stopping" breaks=["value"]
# Large losses never improve in your object: where the first loss lies above the
# number that you start from, best_params stays None. By the docstring the first
# finite loss improves. Which number is larger than every finite loss?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = 100.0, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="state shared by all objects" exercise="early-stopping" breaks=["value"]
# A new object of yours does not start from 0: it goes on with the counter of an
# object that was there before, because both share it. When is the counter made, once
# for the class or once for each new object?
class EarlyStopping:
    best_loss, best_step, best_params, step = np.inf, None, None, 0
    counts = {"waited": 0}  # noqa: RUF012

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.counts["waited"] = 0
        else:
            self.counts["waited"] += 1
        self.step += 1
        return self.counts["waited"] >= self.patience


# %% mistake="returns True to go on" exercise="early-stopping" breaks=["value"]
# Your results are the opposite of what the docstring asks for: in its example your
# object gives True, True, False. What does the caller do when update gives True?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited < self.patience


# %% mistake="returns nothing while it goes on" exercise="early-stopping" breaks=["value"]
# Your object gives None instead of False as long as there is no reason to stop: in
# the example of the docstring None, None, True. Which two results does the docstring
# name, and what does your function return when it does not stop?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        if self.waited >= self.patience:
            return True
        return None


# %% mistake="takes a loss of 0 for none" exercise="early-stopping" breaks=["value", "state"]
# After a loss of exactly 0 every further loss can count as an improvement in your
# object: 0 counts as false in Python, so it looks as if there were no best loss yet.
# How do you tell a best loss of 0 from none?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = None, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        best = self.best_loss or np.inf
        if loss < best - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: np.array(value) for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% mistake="copies the weights only" exercise="early-stopping" breaks=["state"]
# Your best_params hold the weights alone: the biases are missing, and whoever goes
# back to the best parameters gets no complete network. Which keys does params have,
# and which of them should best_params have?
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {k: params[k].copy() for k in params if k[0] == "W"}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% accepted="with deepcopy" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = copy.deepcopy(params)
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


# %% accepted="by the distance from the best step" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.best_step = -1
        self.best_params = None
        self.step = -1

    def update(self, loss, params):
        self.step += 1
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.best_step = self.step
            self.best_params = {key: np.copy(params[key]) for key in params}
        return self.step - self.best_step >= self.patience


# %% accepted="with the whole history" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.improved = patience, min_delta, []
        self.best_loss = self.best_step = self.best_params = None

    def update(self, loss, params):
        better = not np.isnan(loss) and (self.best_loss is None or loss < self.best_loss - self.min_delta)
        if better:
            self.best_loss, self.best_step = float(loss), len(self.improved)
            self.best_params = {key: np.array(value, dtype=float) for key, value in params.items()}
        self.improved.append(better)
        return len(self.improved) >= self.patience and not any(self.improved[-self.patience :])


# %% accepted="answers with a NumPy boolean" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if np.less(loss, self.best_loss - self.min_delta):
            self.best_loss, self.best_step = np.float64(loss), np.int64(self.step)
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = -1
        self.waited += 1
        self.step += 1
        return np.greater_equal(self.waited, self.patience)


# %% accepted="counts the patience down" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        self.left = getattr(self, "left", self.patience) - 1
        if loss - self.best_loss < -self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value * 1.0 for key, value in params.items()}
            self.left = self.patience
        self.step += 1
        return self.left <= 0


# %% accepted="textbook: a counter of bad epochs" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = float("inf"), -1, None
        self.step, self.bad = 0, 0

    def update(self, loss, params):
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step, self.bad = loss, self.step, 0
            self.best_params = {key: value.copy() for key, value in params.items()}
        else:
            self.bad += 1
        self.step += 1
        return self.bad >= self.patience


# %% accepted="textbook, step by step: with a flag early_stop" exercise="early-stopping"
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.counter = 0
        self.early_stop = False
        self.current_step = -1
        self.best_loss = np.inf
        self.best_step = None
        self.best_params = {}

    def update(self, loss, params):
        self.current_step += 1
        improvement = self.best_loss - loss
        if improvement > self.min_delta:
            self.best_loss = loss
            self.best_step = self.current_step
            self.best_params = {}
            for key in params:
                self.best_params[key] = params[key].copy()
            self.counter = 0
        else:
            self.counter += 1
            if self.counter >= self.patience:
                self.early_stop = True
        return self.early_stop


# %% [markdown]
# ## l2


# %% mistake="forgets the half" exercise="l2" breaks=["value"]
# Your penalty is twice as large as it should be: in the example by hand 3 instead of
# 1.5. Which factor stands before the sum in the formula, and what becomes of it in
# the derivative?
def l2_penalty(params, lam):
    return lam * float(
        sum(np.sum(np.asarray(value, dtype=float) ** 2) for key, value in params.items() if key.startswith("W"))
    )


# %% mistake="the biases too" exercise="l2" breaks=["value"]
# Your penalty counts the biases as well: in the example of the docstring it is 1.3
# instead of 1.25. Which keys of params count, and why do the others stay free, by the
# text?
def l2_penalty(params, lam):
    return lam / 2 * float(sum(np.sum(np.asarray(value, dtype=float) ** 2) for value in params.values()))


# %% mistake="sum without squares" exercise="l2" breaks=["value"]
# Your penalty adds up the weights as they are, so that positive and negative ones
# cancel: in the example by hand it is 0.5 instead of 1.5. What happens to each weight
# before the sum, by the formula?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(sum(np.sum(np.asarray(value, dtype=float)) for key, value in params.items() if key.startswith("W")))
    )


# %% mistake="norm instead of squared norm" exercise="l2" breaks=["value"]
# Your penalty takes a root for each matrix: in the example by hand it is about 0.54
# instead of 1.5, and for weights twice as large it is only twice as large. Which
# power of the norm stands in the formula?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.linalg.norm(np.asarray(value, dtype=float)) for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="largest singular value" exercise="l2" breaks=["value"]
# For matrices your penalty is too small: it counts the largest singular value alone,
# so for diag(3, 4) the squares come to 16 instead of 25. Which norm of a matrix is
# the root of the sum of all squares?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(
                np.linalg.norm(np.asarray(value, dtype=float), 2) ** 2
                for key, value in params.items()
                if key.startswith("W")
            )
        )
    )


# %% mistake="last layer only" exercise="l2" breaks=["value"]
# Your penalty counts one weight matrix alone, the last one in params: in the example
# by hand it is 0.9 instead of 1.5. Over which matrices does the sum in the formula
# run?
def l2_penalty(params, lam):
    weights = [value for key, value in params.items() if key.startswith("W")]
    return lam / 2 * float(np.sum(np.asarray(weights[-1], dtype=float) ** 2))


# %% mistake="two layers only" exercise="l2" breaks=["value"]
# Your penalty counts W1 and W2 and no further layer, so for a deeper network it is
# too small. The docstring allows any number of layers. What do the names of all
# weights have in common?
def l2_penalty(params, lam):
    return lam / 2 * float(sum(np.sum(np.asarray(params[k], dtype=float) ** 2) for k in ("W1", "W2") if k in params))


# %% mistake="mean instead of sum" exercise="l2" breaks=["value"]
# Your penalty averages the squares of each matrix: in the example by hand it is 1.05
# instead of 1.5, and a weight costs less in a large matrix than in a small one. Does
# the formula take a mean or a sum?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.mean(np.asarray(value, dtype=float) ** 2) for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="absolute values" exercise="l2" breaks=["value"]
# Your penalty adds up the sizes of the weights: in the example by hand it is 0.7
# instead of 1.5. That is the form of L1. What does L2 do with each weight before the
# sum?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.abs(np.asarray(value, dtype=float)).sum() for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="squares in place" exercise="l2" breaks=["value"]
# Your penalty is right, but after the call the caller's weights are squared: your
# function writes into the arrays that it gets. The docstring says that params is not
# changed. Which step can make a new array instead?
def l2_penalty(params, lam):
    total = 0.0
    for key, value in params.items():
        if key.startswith("W"):
            squares = np.asarray(value)
            squares *= squares
            total += float(squares.sum())
    return lam / 2 * total


# %% mistake="counts up to nine layers" exercise="l2" breaks=["value"]
# Your penalty counts the layers from W1 to W9 and leaves out W10 and all layers after
# it. The docstring allows any number of layers. What do the names of all weights have
# in common?
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(sum(np.sum(np.asarray(v, dtype=float) ** 2) for k, v in params.items() if k[0] == "W" and len(k) == 2))
    )


# %% mistake="gradient with the factor 2" exercise="l2" breaks=["gradient"]
# Your function adds twice as much as it should: in the example of the docstring W1
# becomes 5 instead of 3. The penalty of one weight is lam/2 times its square. What is
# the slope of that?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += 2 * lam * params[key]


# %% mistake="gradient with the half" exercise="l2" breaks=["gradient"]
# Your function adds half of what it should: in the example of the docstring W1
# becomes 2 instead of 3. The penalty of one weight is lam/2 times its square. What is
# the slope of that?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam / 2 * params[key]


# %% mistake="gradients of the biases too" exercise="l2" breaks=["gradient"]
# Your function changes the gradients of the biases too: in the example of the
# docstring b1 becomes 3 instead of 1. Which parameters stand in the penalty, and what
# is its slope with respect to all others?
def add_l2_grads(grads, params, lam):
    for key in params:
        grads[key] += lam * params[key]


# %% mistake="new arrays in the dict" exercise="l2" breaks=["gradient"]
# After the call the dict grads holds new arrays, and the arrays that were there keep
# their old numbers. Whoever holds the same array under another name sees no penalty.
# How do new numbers get into an array that exists already?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] = grads[key] + lam * params[key]


# %% mistake="replaces the gradient" exercise="l2" breaks=["gradient"]
# Your function puts the gradient of the penalty in place of that of the loss: in the
# example of the docstring W1 becomes 2 instead of 3. J is a sum of two terms. What is
# the slope of a sum?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key][...] = lam * params[key]


# %% mistake="subtracts" exercise="l2" breaks=["gradient"]
# Your function subtracts: in the example of the docstring W1 becomes -1 instead of 3,
# and the optimizer would let the weights grow. The penalty stands in J with a plus.
# Who goes downhill, this function or the optimizer?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] -= lam * params[key]


# %% mistake="shrinks the weights as well" exercise="l2" breaks=["gradient"]
# The gradients are right after your call, but the weights in params have shrunk as
# well. The docstring says that params is not changed. Which part of the training
# moves the parameters, and what is left for this function?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key]
            params[key] *= 1 - lam


# %% mistake="returns a new dict" exercise="l2" breaks=["gradient"]
# Your function gives a new dict back and leaves grads as it was: the caller looks
# into the dict that it has handed in, and finds no penalty there. How do new numbers
# get into the arrays of grads?
def add_l2_grads(grads, params, lam):
    return {key: grads[key] + (lam * params[key] if key.startswith("W") else 0) for key in grads}


# %% mistake="adds the sum of the weights" exercise="l2" breaks=["gradient"]
# Your function adds the same number to all entries of a gradient, from the sum of all
# weights of the matrix. Where a matrix has one entry, as in the docstring, nobody
# sees it. On which weight does the slope for one weight depend?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key].sum()


# %% mistake="adds the sign" exercise="l2" breaks=["gradient"]
# Your function adds lam with the sign of the weight, however large the weight is: in
# the example of the docstring W1 becomes 1.5 instead of 3. That is the slope of L1.
# What is the slope of the square in L2?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * np.sign(params[key])


# %% mistake="writes into a flat copy" exercise="l2" breaks=["gradient"] recognisable=false
# Some gradients do not change in your function: for a transposed array a flat version
# is a copy, and the penalty goes into the copy. Which operation changes the array
# itself, whatever its shape and its place in memory?
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            flat = grads[key].ravel()
            flat += lam * params[key].ravel()


# %% mistake="a sum in a new array" exercise="l2" breaks=["gradient"]
# After the call the dict grads holds new arrays, and the arrays that were there keep
# their old numbers. Whoever holds the same array under another name sees no penalty.
# How do new numbers get into an array that exists already?
def add_l2_grads(grads, params, lam):
    for k, W in params.items():
        if k.startswith("W"):
            grads[k] = grads[k] + lam * W


# %% accepted="by the number of layers" exercise="l2"
def l2_penalty(params, lam):
    n = len(params) // 2
    return 0.5 * lam * sum(float((np.asarray(params[f"W{i}"], dtype=float) ** 2).sum()) for i in range(1, n + 1))


def add_l2_grads(grads, params, lam):
    for i in range(1, len(params) // 2 + 1):
        grads[f"W{i}"] += lam * params[f"W{i}"]


# %% accepted="by the Frobenius norm" exercise="l2"
def l2_penalty(params, lam):
    total = 0.0
    for key in params:
        if "W" in key:
            total += np.linalg.norm(np.asarray(params[key], dtype=float)) ** 2
    return np.asarray(0.5 * lam * total)


# %% accepted="by vdot, and np.add with out" exercise="l2"
def l2_penalty(params, lam):
    return 0.5 * lam * sum(np.vdot(v.astype(float), v.astype(float)) for k, v in params.items() if k[0] == "W")


def add_l2_grads(grads, params, lam):
    for key, g in grads.items():
        if key[0] == "W":
            np.add(g, np.multiply(lam, params[key]), out=g)


# %% accepted="writes through a slice, and returns grads" exercise="l2"
def add_l2_grads(grads, params, lam):
    for key, g in grads.items():
        if not key.startswith("b"):
            g[:] = g + lam * params[key]
    return grads


# %% accepted="one long vector" exercise="l2"
def l2_penalty(params, lam):
    flat = np.concatenate([np.ravel(v).astype(np.float64) for k, v in params.items() if k.startswith("W")])
    return float(lam * (flat @ flat) / 2)


# %% accepted="textbook: a sum over the weights" exercise="l2"
def l2_penalty(params, lam):
    return lam / 2 * sum(np.sum(params[key] ** 2) for key in params if key.startswith("W"))


def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key]


# %% accepted="textbook, step by step: layer by layer" exercise="l2"
def l2_penalty(params, lam):
    L = len([key for key in params if key.startswith("W")])
    sum_of_squares = 0
    for layer in range(1, L + 1):
        W = params["W" + str(layer)]
        sum_of_squares += np.sum(np.square(W))
    return 0.5 * lam * sum_of_squares


def add_l2_grads(grads, params, lam):
    for key in params.keys():
        if key[0] == "W":
            regularization = lam * params[key]
            np.add(grads[key], regularization, out=grads[key])


# %% [markdown]
# ## dropout


# %% mistake="p is the probability to keep" exercise="dropout" breaks=["value"]
# Your function keeps entries with the probability p and drops the others: with p =
# 0.2 about four of five entries are 0. With p = 0.5 the two shares are equal, and
# nobody sees it. Of what is p the probability, by the docstring?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) < p) / (1 - p)
    return A * mask, mask


# %% mistake="scaled by 1/p" exercise="dropout" breaks=["value"]
# Your function drops the right share, but with p = 0.2 the kept entries are
# multiplied by 5 instead of 1.25. Four of five entries are kept. Which factor lets
# the mean of an entry stay as it is?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (p + (p == 0))
    return A * mask, mask


# %% mistake="keeps and scales by p" exercise="dropout" breaks=["value"]
# Your function keeps entries with the probability p and drops the others: with p =
# 0.2 about four of five entries are 0. With p = 0.5 the two shares are equal, and
# nobody sees it. Of what is p the probability, by the docstring?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) < p) / (p + (p == 0))
    return A * mask, mask


# %% mistake="no scaling" exercise="dropout" breaks=["value"]
# In training your function leaves the kept entries as they are: with p = 0.2 the mean
# of an entry falls to 0.8 of its value. By the text, evaluation changes nothing. By
# which factor must the kept entries grow in training, so that the mean stays?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask, mask


# %% mistake="scaled at evaluation instead" exercise="dropout" breaks=["value"]
# In training your function leaves the kept entries as they are: with p = 0.2 the mean
# of an entry falls to 0.8 of its value. By the text, evaluation changes nothing. By
# which factor must the kept entries grow in training, so that the mean stays?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A * (1 - p), np.full_like(A, 1 - p)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask, mask


# %% mistake="multiplied by 1 - p" exercise="dropout" breaks=["value"]
# Your kept entries become smaller: with p = 0.2 they are multiplied by 0.8 instead of
# 1.25. Some entries are dropped. Must the others become larger or smaller, so that
# the mean stays?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) * (1 - p)
    return A * mask, mask


# %% mistake="the mask without its factor" exercise="dropout" breaks=["value"]
# Your out is right, but your mask says only whether an entry is kept: with p = 0.2
# its kept entries should be 1.25, because the pass back multiplies by the mask alone.
# What is the slope of out with respect to A for a kept entry?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask / (1 - p), mask


# %% mistake="active at evaluation" exercise="dropout" breaks=["value"]
# Your function drops entries at evaluation too, so that A does not come back as it
# is. When training is False, nothing is dropped and nothing scaled. Where does your
# function ask for the mode?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    rng = np.random.default_rng(0) if rng is None else rng
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="one mask for the whole batch" exercise="dropout" breaks=["value"]
# All rows of your mask are alike: a unit is dropped for all examples at once. By the
# text, each entry is dropped by its own draw. How many random numbers does a matrix
# of shape (m, n) need?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.broadcast_to((rng.random(A.shape[-1:]) >= p) / (1 - p), A.shape).copy()
    return A * mask, mask


# %% mistake="one row of a mask for the whole batch" exercise="dropout" breaks=["value", "errors"]
# All rows of your mask are alike: a unit is dropped for all examples at once. By the
# text, each entry is dropped by its own draw. How many random numbers does a matrix
# of shape (m, n) need?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape[-1]) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="drops whole examples" exercise="dropout" breaks=["value"]
# Each row of your mask has one value throughout: an example loses all of its units or
# none. By the text, each entry is dropped by its own draw. How many random numbers
# does a matrix of shape (m, n) need?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.ones_like(A) * ((rng.random((A.shape[0],) + (1,) * (A.ndim - 1)) >= p) / (1 - p))
    return A * mask, mask


# %% mistake="drops a fixed number" exercise="dropout" breaks=["value"]
# The number of dropped entries is the same in every call of your function, always the
# share p of all. By the text, each entry is dropped by its own draw. Is their number
# fixed then, or only its mean?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.full(A.size, 1 / (1 - p))
    mask[rng.permutation(A.size)[: round(p * A.size)]] = 0
    mask = mask.reshape(A.shape)
    return A * mask, mask


# %% mistake="seeds its own generator" exercise="dropout" breaks=["value"]
# Your mask is the same in every call: with another rng, or with the same one a second
# time, the same entries are dropped. From which generator do you draw, and which one
# does the docstring name?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (np.random.default_rng(0).random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="uses the global generator" exercise="dropout" breaks=["value"]
# Your mask does not come from the rng of the caller: two generators with the same
# seed give two different masks, so that nobody can repeat a run. From which generator
# do you draw, and which one does the docstring name?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (np.random.rand(*A.shape) >= p) / (1 - p)  # noqa: NPY002
    return A * mask, mask


# %% mistake="writes into A" exercise="dropout" breaks=["value"]
# Your out and your mask are right, but after the call the caller's A holds what out
# holds: your function writes into the array that it gets. The docstring says that A
# is not changed. Which step can make a new array instead?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    A *= mask
    return A, mask


# %% mistake="normal numbers" exercise="dropout" breaks=["value"]
# With p = 0.2 your function drops more than half of the entries: a standard normal
# number lies below 0.2 in 58 of 100 cases. Which kind of random number lies below p
# with the probability p?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.normal(size=A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="draws at evaluation too" exercise="dropout" breaks=["value"]
# At evaluation your function still draws from rng, although nothing is dropped there:
# with rng=None, as in the docstring, that is an error. In which mode is a generator
# needed at all?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    u = rng.random(A.shape)
    if not training:
        return A, np.ones_like(A)
    mask = (u >= p) / (1 - p)
    return A * mask, mask


# %% mistake="a mask of zeros at evaluation" exercise="dropout" breaks=["value"]
# At evaluation your out is right, but your mask is all 0: whoever multiplies by it
# gets nothing. Does out = A * mask hold for your results there, and what does the
# docstring say of the mask?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.zeros_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="no error" exercise="dropout" breaks=["errors"]
# Your function accepts every p and raises no error: for p = 1 the kept entries would
# be divided by 0, and a p outside of 0 to 1 is no probability. Which p are allowed,
# by the docstring, and where does your function ask?
def dropout_forward(A, p, rng, training):
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p if p != 1 else 1)
    return A * mask, mask


# %% mistake="allows p = 1" exercise="dropout" breaks=["errors"]
# Your function accepts p = 1: every entry is dropped then, and the scale would be
# 1/0. The docstring allows [0, 1). Which of the two ends belongs to this interval,
# and what does your function ask?
def dropout_forward(A, p, rng, training):
    if not 0 <= p <= 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p + 1e-300)
    return A * mask, mask


# %% mistake="forbids p = 0" exercise="dropout" breaks=["errors"]
# Your function raises an error for p = 0, although that is a probability: nothing is
# dropped then, and all entries stay as they are. The docstring allows [0, 1). Which
# of the two ends belongs to this interval?
def dropout_forward(A, p, rng, training):
    if not 0 < p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="an assertion instead of a ValueError" exercise="dropout" breaks=["errors"]
# For a p that is not allowed your function raises an AssertionError: Python leaves
# assertions out when it runs with -O, and the caller waits for another type. Which
# type of error does the docstring name?
def dropout_forward(A, p, rng, training):
    assert 0 <= p < 1
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="forgets the mask on the way back" exercise="dropout" breaks=["gradient"]
# Your gradient is dout as it is: units that were dropped get a gradient too, although
# they took no part in the output. What is the slope of out with respect to A for a
# dropped entry, and for a kept one?
def dropout_backward(dout, mask):
    return np.asarray(dout, dtype=float)


# %% mistake="forgets the upstream gradient" exercise="dropout" breaks=["gradient"]
# Your result is the mask itself, whatever dout is: for a dout twice as large it
# should be twice as large too. What does the chain rule do with the slope of A * mask
# and the gradient from above?
def dropout_backward(dout, mask):
    return np.asarray(mask, dtype=float)


# %% mistake="drops without the scale on the way back" exercise="dropout" breaks=["gradient"]
# Your gradient is 0 for dropped units, and that is right, but kept ones get dout
# without the factor: in the example of the docstring 4 instead of 5. What is the
# slope of A * mask with respect to A?
def dropout_backward(dout, mask):
    return np.asarray(dout, dtype=float) * (np.asarray(mask) > 0)


# %% mistake="divides by the mask" exercise="dropout" breaks=["gradient"]
# Your gradient becomes smaller where the forward pass has made the entries larger: in
# the example of the docstring it is 3.2 instead of 5. What is the slope of A * mask
# with respect to A?
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.where(mask > 0, np.asarray(dout, dtype=float) / np.where(mask > 0, mask, 1), 0)


# %% mistake="multiplies in place on the way back" exercise="dropout" breaks=["gradient"]
# Your gradient is right, but after the call the caller's dout holds it too: your
# function writes into the array that it gets. The docstring says that neither
# argument changes. Which step can make a new array instead?
def dropout_backward(dout, mask):
    dout = np.asarray(dout, dtype=float)
    dout *= np.asarray(mask)
    return dout


# %% mistake="scales once more" exercise="dropout" breaks=["gradient"]
# Your gradient has the scale twice: in the example of the docstring it is 6.25
# instead of 5. The mask holds the factor 1/(1-p) already. How often does the mask
# stand in the slope of A * mask?
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.asarray(dout, dtype=float) * mask * mask


# %% mistake="a new draw on the way back" exercise="dropout" breaks=["gradient"]
# Your gradient is 0 for other units than those that were dropped, so units that took
# no part get one: your pass back does not use the mask as it is handed in. What is
# the slope of out = A * mask with respect to each entry?
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.asarray(dout, dtype=float) * np.random.default_rng(0).permutation(mask.ravel()).reshape(mask.shape)


# %% mistake="reads the mask off the output" exercise="dropout" breaks=["value"]
# Where A is 0, as behind a ReLU, your mask is 0 even for kept entries: it is read off
# the output. Whether an entry is dropped does not depend on its value. Which numbers
# alone decide about the mask?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    out = np.where(rng.random(A.shape) >= p, A / (1 - p), 0.0)
    return out, (out != 0) / (1 - p)


# %% mistake="output and mask by two draws" exercise="dropout" breaks=["value"]
# Your out and your mask do not fit together: entries that are 0 in out are kept by
# the mask, and the other way round, because each has a draw of its own. How does out
# follow from A and the mask, by the formula?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * (rng.random(A.shape) >= p) / (1 - p), mask


# %% mistake="a mask of True and False" exercise="dropout" breaks=["value"]
# Your out is right, but your mask says only whether an entry is kept: with p = 0.2
# its kept entries should be 1.25, because the pass back multiplies by the mask alone.
# What is the slope of out with respect to A for a kept entry?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = rng.random(A.shape) >= p
    return A * mask / (1 - p), mask


# %% mistake="allows p above 1" exercise="dropout" breaks=["errors"]
# Your function accepts a p above 1: that is no probability, and 1/(1-p) is negative.
# The docstring allows [0, 1). Which p does your function refuse, and which ones
# should it refuse?
def dropout_forward(A, p, rng, training):
    if p == 1 or p < 0:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% accepted="keeps where the draw is above p" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    keep = rng.uniform(size=A.shape) > p
    mask = np.where(keep, 1.0 / (1.0 - p), 0.0)
    return np.where(keep, A / (1.0 - p), 0.0), mask


# %% accepted="keeps where the draw is below 1 - p" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(size=A.shape) < 1 - p).astype(np.float64)
    mask /= 1 - p
    return A * mask, mask


# %% accepted="binomial draws" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = rng.binomial(1, 1 - p, size=A.shape) / (1 - p)
    return [A * mask, mask]


# %% accepted="one number at a time" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.ones(A.shape)
    for at in np.ndindex(A.shape):
        mask[at] = 0.0 if rng.random() < p else 1 / (1 - p)
    return A * mask, mask


def dropout_backward(dout, mask):
    return np.multiply(dout, mask, dtype=np.float64)


# %% accepted="choice between two values" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = rng.choice([0.0, 1 / (1 - p)], size=A.shape, p=[p, 1 - p])
    return A * mask, mask


# %% accepted="by scipy" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = scipy.stats.bernoulli.rvs(1 - p, size=A.shape, random_state=rng) / (1 - p)
    return A * mask, mask


# %% accepted="textbook: a scaled mask of random numbers" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if p < 0 or p >= 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A, np.ones(A.shape)
    mask = (rng.random(A.shape) > p) / (1 - p)
    return A * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


# %% accepted="textbook, step by step: keep_prob, four steps" exercise="dropout"
def dropout_forward(A, p, rng, training):
    if not (0 <= p < 1):
        raise ValueError("the dropout probability has to be in [0, 1), got " + str(p))
    if training:
        keep_prob = 1 - p
        D = rng.random(size=A.shape)  # step 1: a random matrix of the shape of A
        D = D < keep_prob  # step 2: entries to 0 or 1
        mask = D / keep_prob  # step 3: the scale of what is kept
        out = np.multiply(A, mask)  # step 4: shut down some units
    else:
        mask = np.ones_like(A)
        out = A
    return out, mask


def dropout_backward(dout, mask):
    return np.multiply(dout, mask)


# %% [markdown]
# ## adamw


# %% mistake="L2 in the gradient" exercise="adamw" breaks=["value", "state"]
# With a loss gradient of 0 your step moves a weight from 1 to 0.9, where the text
# finds 0.95: the decay passes through Adam and is divided by its own size. Where does
# the decay act in AdamW, inside of the gradient or beside it, and does grads stay as
# it is?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                g = g + self.weight_decay * params[key]
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="decay without the learning rate" exercise="adamw" breaks=["value", "state"]
# Your decay does not depend on the learning rate: in the example by hand, with a
# gradient of 0, the weight goes from 1 to 0.5 instead of 0.95. Which two numbers
# stand in the factor of the formula?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="decays the biases" exercise="adamw" breaks=["value", "state"]
# Your step shrinks the biases as well: with a gradient of 0 a bias should stay where
# it is. Which keys decay, by the docstring, and where does your step look at the key?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="decays all but the biases" exercise="adamw" breaks=["value", "state"]
# Your step shrinks every key that does not start with b, a parameter such as gamma1
# too: with a gradient of 0 that one should stay where it is. Which keys decay, by the
# docstring?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if not key.startswith("b"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="decays afterwards" exercise="adamw" breaks=["value", "state"]
# Your step shrinks the weight after the Adam step: in the example by hand it ends at
# 0.855 instead of 0.85, because the new step is shrunk as well. Which of the two
# comes first in the formula?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay


# %% mistake="no decay" exercise="adamw" breaks=["value", "state"]
# Your weights do not decay: with a gradient of 0 a weight of 1 stays 1, where the
# text finds 0.95, and other values of weight_decay change nothing. Where does
# weight_decay enter your step?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="grows instead of decaying" exercise="adamw" breaks=["value", "state"]
# Your weights grow: with a gradient of 0 a weight of 1 becomes 1.05, where the text
# finds 0.95. Must the factor of a decay lie above 1 or below it, and what does the
# formula say?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 + self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="new arrays in params" exercise="adamw" breaks=["value", "state"]
# After your step the dict params holds new arrays, and the arrays that were there
# keep their old numbers. The network may hold the same array under another name, and
# then it learns nothing. How do new numbers get into an array that exists already?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] = params[key] * (1 - self.lr * self.weight_decay)
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] = params[key] - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="counts keys instead of steps" exercise="adamw" breaks=["value", "state"]
# With one parameter your steps are right. With several, t grows several times in one
# call of step: the correction fades too early and differs from key to key. What does
# t count in Adam?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        for key in params:
            self.t += 1
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="t stays 1" exercise="adamw" breaks=["state"]
# Your first step is right, but your correction stays that of the first step, so later
# averages come out too large. In the formula of Adam it fades as t grows. What is t
# in the second call of step?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t = 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="no bias correction" exercise="adamw" breaks=["value", "state"]
# With the default values the Adam part of your first step is about three times lr,
# where it should be lr: m and v start at zero, and both are too small at first. By
# which two factors does Adam correct them?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m, v
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="eps inside of the root" exercise="adamw" breaks=["value", "state"]
# Your step adds eps before it takes the root: an eps of 1e-8 then acts like 1e-4
# beside the root, and for gradients around 1e-6 the steps are much too short. Where
# in the formula of Adam does eps stand?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / np.sqrt(v_hat + self.eps)


# %% mistake="state shared by all objects" exercise="adamw" breaks=["value", "state"]
# A new object of yours does not start at zero: its first steps use the averages of an
# object that was there before, because both share them. When are they made, once for
# the class or once for each new object?
class AdamW:
    kept = ({}, {})

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = self.kept[0], self.kept[1], 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="one buffer for all keys" exercise="adamw" breaks=["value", "state"]
# Two parameters of the same shape share their averages in your object: the step of
# one depends on the gradients of the other. In Adam every key has an m and a v. How
# does your object tell two keys of the same shape apart?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(params[key].shape, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(params[key].shape, 0.0) + (1 - self.beta2) * g**2
            self.m[params[key].shape], self.v[params[key].shape] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="writes the decay into grads" exercise="adamw" breaks=["value", "state"]
# With a loss gradient of 0 your step moves a weight from 1 to 0.9, where the text
# finds 0.95: the decay passes through Adam and is divided by its own size. Where does
# the decay act in AdamW, inside of the gradient or beside it, and does grads stay as
# it is?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                g += self.weight_decay * params[key]
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="another default of weight_decay" exercise="adamw" breaks=["value", "state"]
# With a weight_decay of the caller your steps are right, but an object that is made
# without one takes another value than the task. Which value of weight_decay holds
# when none is given, by the signature of the task?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = (
            lr,
            beta1,
            beta2,
            eps,
            (0.1 if weight_decay == 1e-2 else weight_decay),
        )
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% mistake="betas are not handed on" exercise="adamw" breaks=["state"]
# Your first step is right, but later your averages fade with other betas than those
# that the caller gives. Which two betas does your object get, and which of them
# reaches the average of the gradients, which that of the squares?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.factor, self.adam = 1 - lr * weight_decay, Adam(lr, eps=eps)

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)


# %% mistake="betas in the wrong order" exercise="adamw" breaks=["state"]
# Your first step is right, but later your averages fade with other betas than those
# that the caller gives. Which two betas does your object get, and which of them
# reaches the average of the gradients, which that of the squares?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.factor, self.adam = 1 - lr * weight_decay, Adam(lr, beta2, beta1, eps)

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)


# %% mistake="decays two layers only" exercise="adamw" breaks=["value", "state"]
# Your step shrinks W1 and W2 and no further weight matrix: a deeper network decays in
# its first two layers alone. Which keys decay, by the docstring, and how many of them
# can there be?
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.factor, self.adam = 1 - lr * weight_decay, Adam(lr, beta1, beta2, eps)

    def step(self, params, grads):
        for key in ("W1", "W2"):
            if key in params:
                params[key] *= self.factor
        self.adam.step(params, grads)


# %% accepted="on its own" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="as a subclass of Adam" exercise="adamw"
class AdamW(Adam):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.shrink = lr * weight_decay

    def step(self, params, grads):
        for key in params:
            if key[0] == "W":
                params[key] -= self.shrink * params[key]
        super().step(params, grads)


# %% accepted="decay and step in one line" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            decay = self.weight_decay if key.startswith("W") else 0.0
            params[key][...] = (
                params[key] - self.lr * decay * params[key] - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            )


# %% accepted="buffers filled in place" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            m, v = (
                self.m.setdefault(key, np.zeros_like(params[key])),
                self.v.setdefault(key, np.zeros_like(params[key])),
            )
            m += (1 - self.beta1) * (g - m)
            v *= self.beta2
            v += (1 - self.beta2) * np.square(g)
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="decays all weights first" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for key in [key for key in params if "W" in key]:
            np.multiply(params[key], 1 - self.lr * self.weight_decay, out=params[key])
        for key in params:
            g = np.asarray(grads[key], dtype=float)
            m = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            v = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            self.m[key], self.v[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# %% accepted="textbook: decay, then Adam" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.adam, self.lr, self.weight_decay = Adam(lr, beta1, beta2, eps), lr, weight_decay

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] -= self.lr * self.weight_decay * params[key]
        self.adam.step(params, grads)


# %% accepted="textbook, step by step: the algorithm in full" exercise="adamw"
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self.m = {}
        self.v = {}
        self.t = 0

    def step(self, params, grads):
        if self.t == 0:
            for key in params:
                self.m[key] = np.zeros_like(params[key])
                self.v[key] = np.zeros_like(params[key])
        self.t += 1
        for key in params:
            g = grads[key]
            if key.startswith("W"):
                params[key] *= 1 - self.lr * self.weight_decay
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * (g**2)
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
