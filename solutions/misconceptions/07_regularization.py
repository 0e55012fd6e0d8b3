# Known mistakes and accepted variants of 07_regularization.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import copy

import numpy as np
import scipy.stats

# %% [markdown]
# ## split


# %% mistake="does not shuffle" exercise="split" breaks=["value"]
# Sorted data: which rows come last? The split must be random.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    k = round(val_fraction * m)
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="shuffles X and y separately" exercise="split" breaks=["value"]
# Row i of X belongs to row i of y: use one permutation for both.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    k = round(val_fraction * m)
    X, y = X[rng.permutation(m)], y[rng.permutation(m)]
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="draws with replacement" exercise="split" breaks=["value"]
# A row may be drawn twice in your code. A permutation has every index once.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    val = rng.choice(m, round(val_fraction * m))
    train = np.setdiff1d(np.arange(m), val)
    return X[train], y[train], X[val], y[val]


# %% mistake="validation rows stay in training" exercise="split" breaks=["value"]
# A row must not be in both parts.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order], y[order], X[order[:k]], y[order[:k]]


# %% mistake="fraction is for training" exercise="split" breaks=["value"]
# val_fraction is the share of the second part.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order[:k]], y[order[:k]], X[order[k:]], y[order[k:]]


# %% mistake="truncates" exercise="split" breaks=["value"]
# int() cuts the decimals off. The docstring asks for the nearest number of rows.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = int(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="rounds up" exercise="split" breaks=["value"]
# The docstring asks for the nearest number of rows, not the next one up.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = int(np.ceil(val_fraction * m))
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="a coin for each row" exercise="split" breaks=["value"]
# How many rows are for validation is fixed; which ones is random.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    val = rng.random(m) < val_fraction
    return X[~val], y[~val], X[val], y[val]


# %% mistake="uses the global generator" exercise="split" breaks=["value"]
# Use the generator that you were given.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.permutation(m)  # noqa: NPY002
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="seeds its own generator" exercise="split" breaks=["value"]
# With a fixed seed every split is the same. Use the generator that you were given.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = np.random.default_rng(0).permutation(m)
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="shuffles in place" exercise="split" breaks=["value"]
# rng.shuffle changed the caller's array.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    rng.shuffle(order := np.arange(m))
    X[:], y[:] = X[order], y[order]
    k = round(val_fraction * m)
    return X[k:], y[k:], X[:k], y[:k]


# %% mistake="wrong order of the parts" exercise="split" breaks=["value"]
# Compare the order of what you return with the docstring.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    order = rng.permutation(m)
    k = round(val_fraction * m)
    return X[order[k:]], X[order[:k]], y[order[k:]], y[order[:k]]


# %% mistake="shuffles the first half only" exercise="split" breaks=["value"]
# Every row must have the same chance to be for validation.
def train_val_split(X, y, val_fraction, rng):
    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    half = (m + 1) // 2
    order = np.concatenate([rng.permutation(half), half + rng.permutation(m - half)])
    k = round(val_fraction * m)
    return X[order[k:]], y[order[k:]], X[order[:k]], y[order[:k]]


# %% mistake="cuts from the end" exercise="split" breaks=["value"]
# val_fraction may be 0: what is order[:-0]?
def train_val_split(X, y, val_fraction, rng):
    order, n = rng.permutation(len(X)), round(val_fraction * len(X))
    train, val = order[:-n], order[-n:]
    return X[train], y[train], X[val], y[val]


# %% mistake="y becomes a column" exercise="split" breaks=["value"]
# y keeps its shape: (m,) stays (m,), and (m, k) keeps its k columns.
def train_val_split(X, y, val_fraction, rng):
    y = np.asarray(y).reshape(len(X), -1)
    order, n = rng.permutation(len(X)), round(val_fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


# %% mistake="one array, y in its last column" exercise="split" breaks=["value"]
# y keeps its shape: (m,) stays (m,), and (m, k) keeps its k columns.
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
# With patience 1 the first update without improvement stops.
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
# The count starts again after every improvement.
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
# An improvement is strictly below the best so far.
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
# Compare with the best loss so far, not with the one just before.
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
# Every comparison with NaN is false. Which branch runs then?
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
# The arrays change in place, and a copy of the dict holds the same arrays: copy each
# array.
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
# The arrays change in place, and a copy of the dict holds the same arrays: copy each
# array.
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
# The attributes belong to the best update, not to the last.
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
# The first update is number 0.
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
# Every update is a step, the good ones too.
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
# A change of less than min_delta is no improvement.
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
# How far below the best must a loss be?
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
# If the gain is too small, best_loss stays where it is.
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
# Losses can be larger than that: which number is larger than every loss?
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
# State belongs to the object: set it in __init__.
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
# True means: stop.
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
# update returns False as long as there is no reason to stop.
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
# A best loss of 0.0 is a number as well. What is `not 0.0`?
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
# best_params holds every key of params, the biases too.
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
# The penalty has the factor lam/2, so that its gradient is lam*W.
def l2_penalty(params, lam):
    return lam * float(
        sum(np.sum(np.asarray(value, dtype=float) ** 2) for key, value in params.items() if key.startswith("W"))
    )


# %% mistake="the biases too" exercise="l2" breaks=["value"]
# Biases are free: only keys that start with W count.
def l2_penalty(params, lam):
    return lam / 2 * float(sum(np.sum(np.asarray(value, dtype=float) ** 2) for value in params.values()))


# %% mistake="sum without squares" exercise="l2" breaks=["value"]
# The squared norm: square every entry first.
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(sum(np.sum(np.asarray(value, dtype=float)) for key, value in params.items() if key.startswith("W")))
    )


# %% mistake="norm instead of squared norm" exercise="l2" breaks=["value"]
# The squared norm has no root.
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.linalg.norm(np.asarray(value, dtype=float)) for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="largest singular value" exercise="l2" breaks=["value"]
# The norm of a matrix as one long vector: with ord=2, numpy gives another one.
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
# Every weight matrix counts.
def l2_penalty(params, lam):
    weights = [value for key, value in params.items() if key.startswith("W")]
    return lam / 2 * float(np.sum(np.asarray(weights[-1], dtype=float) ** 2))


# %% mistake="two layers only" exercise="l2" breaks=["value"]
# There may be any number of layers.
def l2_penalty(params, lam):
    return lam / 2 * float(sum(np.sum(np.asarray(params[k], dtype=float) ** 2) for k in ("W1", "W2") if k in params))


# %% mistake="mean instead of sum" exercise="l2" breaks=["value"]
# Sum over the entries; the penalty does not know their number.
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.mean(np.asarray(value, dtype=float) ** 2) for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="absolute values" exercise="l2" breaks=["value"]
# That is L1. L2 takes squares.
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(
            sum(np.abs(np.asarray(value, dtype=float)).sum() for key, value in params.items() if key.startswith("W"))
        )
    )


# %% mistake="squares in place" exercise="l2" breaks=["value"]
# Did you change the caller's array?
def l2_penalty(params, lam):
    total = 0.0
    for key, value in params.items():
        if key.startswith("W"):
            squares = np.asarray(value)
            squares *= squares
            total += float(squares.sum())
    return lam / 2 * total


# %% mistake="counts up to nine layers" exercise="l2" breaks=["value"]
# There may be a W10.
def l2_penalty(params, lam):
    return (
        lam
        / 2
        * float(sum(np.sum(np.asarray(v, dtype=float) ** 2) for k, v in params.items() if k[0] == "W" and len(k) == 2))
    )


# %% mistake="gradient with the factor 2" exercise="l2" breaks=["gradient"]
# The slope of lam/2*w**2 is lam*w.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += 2 * lam * params[key]


# %% mistake="gradient with the half" exercise="l2" breaks=["gradient"]
# The slope of lam/2*w**2 is lam*w.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam / 2 * params[key]


# %% mistake="gradients of the biases too" exercise="l2" breaks=["gradient"]
# Biases are free: their gradients stay as they are.
def add_l2_grads(grads, params, lam):
    for key in params:
        grads[key] += lam * params[key]


# %% mistake="new arrays in the dict" exercise="l2" breaks=["gradient"]
# In place: the array itself must change. Compare += with = ... +.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] = grads[key] + lam * params[key]


# %% mistake="replaces the gradient" exercise="l2" breaks=["gradient"]
# The penalty's gradient is added to the one of the loss.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key][...] = lam * params[key]


# %% mistake="subtracts" exercise="l2" breaks=["gradient"]
# The gradient is added; the optimizer goes downhill.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] -= lam * params[key]


# %% mistake="shrinks the weights as well" exercise="l2" breaks=["gradient"]
# Only grads changes: the optimizer moves params.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key]
            params[key] *= 1 - lam


# %% mistake="returns a new dict" exercise="l2" breaks=["gradient"]
# The caller looks into the dict that it handed in.
def add_l2_grads(grads, params, lam):
    return {key: grads[key] + (lam * params[key] if key.startswith("W") else 0) for key in grads}


# %% mistake="adds the sum of the weights" exercise="l2" breaks=["gradient"]
# Each entry has its own gradient, in the shape of W.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * params[key].sum()


# %% mistake="adds the sign" exercise="l2" breaks=["gradient"]
# That is the gradient of L1.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            grads[key] += lam * np.sign(params[key])


# %% mistake="writes into a flat copy" exercise="l2" breaks=["gradient"] recognisable=false
# For a transposed array ravel gives a copy: the array in grads does not change.
def add_l2_grads(grads, params, lam):
    for key in params:
        if key.startswith("W"):
            flat = grads[key].ravel()
            flat += lam * params[key].ravel()


# %% mistake="a sum in a new array" exercise="l2" breaks=["gradient"]
# In place: the array itself must change. Compare += with = ... +.
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
# p is the probability to drop. Try p = 0.2, not 0.5.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) < p) / (1 - p)
    return A * mask, mask


# %% mistake="scaled by 1/p" exercise="dropout" breaks=["value"]
# With p = 0.2, 80 percent are kept: by what factor is the mean too small?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (p + (p == 0))
    return A * mask, mask


# %% mistake="keeps and scales by p" exercise="dropout" breaks=["value"]
# p is the probability to drop. Try p = 0.2, not 0.5.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) < p) / (p + (p == 0))
    return A * mask, mask


# %% mistake="no scaling" exercise="dropout" breaks=["value"]
# By what are kept units scaled in training, so that the mean stays? Evaluation is the
# identity.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask, mask


# %% mistake="scaled at evaluation instead" exercise="dropout" breaks=["value"]
# By what are kept units scaled in training, so that the mean stays? Evaluation is the
# identity.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A * (1 - p), np.full_like(A, 1 - p)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask, mask


# %% mistake="multiplied by 1 - p" exercise="dropout" breaks=["value"]
# Some are dropped: must the others become larger or smaller to keep the mean?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) * (1 - p)
    return A * mask, mask


# %% mistake="the mask without its factor" exercise="dropout" breaks=["value"]
# mask already holds the factor 1/(1-p): the pass back multiplies by it alone.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p).astype(float)
    return A * mask / (1 - p), mask


# %% mistake="active at evaluation" exercise="dropout" breaks=["value"]
# When not training nothing is dropped.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    mask = (np.random.default_rng(0).random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="one mask for the whole batch" exercise="dropout" breaks=["value"]
# Each example needs its own draw.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.broadcast_to((rng.random(A.shape[-1:]) >= p) / (1 - p), A.shape).copy()
    return A * mask, mask


# %% mistake="drops whole examples" exercise="dropout" breaks=["value"]
# Each entry needs its own draw, not each row.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = np.ones_like(A) * ((rng.random((A.shape[0],) + (1,) * (A.ndim - 1)) >= p) / (1 - p))
    return A * mask, mask


# %% mistake="drops a fixed number" exercise="dropout" breaks=["value"]
# Each entry by its own draw: then the number of dropped entries varies.
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
# With a fixed seed every mask is the same. Use the generator that you were given.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (np.random.default_rng(0).random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="uses the global generator" exercise="dropout" breaks=["value"]
# Use the generator that you were given.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (np.random.rand(*A.shape) >= p) / (1 - p)  # noqa: NPY002
    return A * mask, mask


# %% mistake="writes into A" exercise="dropout" breaks=["value"]
# Did you change the caller's array?
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
# Which numbers does rng.normal give, and how many of them lie below p?
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.normal(size=A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="draws at evaluation too" exercise="dropout" breaks=["value"]
# rng may be None when not training.
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
# At evaluation out = A*mask holds as well.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.zeros_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="no error" exercise="dropout" breaks=["errors"]
# p = 1 would divide by 0. Which p are allowed?
def dropout_forward(A, p, rng, training):
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p if p != 1 else 1)
    return A * mask, mask


# %% mistake="allows p = 1" exercise="dropout" breaks=["errors"]
# For p = 1 the scale would be 1/0.
def dropout_forward(A, p, rng, training):
    if not 0 <= p <= 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p + 1e-300)
    return A * mask, mask


# %% mistake="forbids p = 0" exercise="dropout" breaks=["errors"]
# p = 0 is allowed: then nothing is dropped.
def dropout_forward(A, p, rng, training):
    if not 0 < p < 1:
        raise ValueError("p must lie in [0, 1)")
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="an assertion instead of a ValueError" exercise="dropout" breaks=["errors"]
# The docstring says which type of error.
def dropout_forward(A, p, rng, training):
    assert 0 <= p < 1
    A = np.asarray(A, dtype=np.float64)
    if not training:
        return A, np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


# %% mistake="forgets the mask on the way back" exercise="dropout" breaks=["gradient"]
# Dropped units took no part: their gradient is 0.
def dropout_backward(dout, mask):
    return np.asarray(dout, dtype=float)


# %% mistake="forgets the upstream gradient" exercise="dropout" breaks=["gradient"]
# The chain rule: the result is linear in dout.
def dropout_backward(dout, mask):
    return np.asarray(mask, dtype=float)


# %% mistake="drops without the scale on the way back" exercise="dropout" breaks=["gradient"]
# The mask holds the scale: what is the slope of A*mask with respect to A?
def dropout_backward(dout, mask):
    return np.asarray(dout, dtype=float) * (np.asarray(mask) > 0)


# %% mistake="divides by the mask" exercise="dropout" breaks=["gradient"]
# The slope of A*mask with respect to A is mask.
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.where(mask > 0, np.asarray(dout, dtype=float) / np.where(mask > 0, mask, 1), 0)


# %% mistake="multiplies in place on the way back" exercise="dropout" breaks=["gradient"]
# Did you change the caller's array?
def dropout_backward(dout, mask):
    dout = np.asarray(dout, dtype=float)
    dout *= np.asarray(mask)
    return dout


# %% mistake="scales once more" exercise="dropout" breaks=["gradient"]
# The mask already holds the scale.
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.asarray(dout, dtype=float) * mask * mask


# %% mistake="a new draw on the way back" exercise="dropout" breaks=["gradient"]
# The pass back uses the mask of the forward pass.
def dropout_backward(dout, mask):
    mask = np.asarray(mask, dtype=float)
    return np.asarray(dout, dtype=float) * np.random.default_rng(0).permutation(mask.ravel()).reshape(mask.shape)


# %% mistake="reads the mask off the output" exercise="dropout" breaks=["value"]
# An activation can be 0 without being dropped. The mask does not depend on A.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    out = np.where(rng.random(A.shape) >= p, A / (1 - p), 0.0)
    return out, (out != 0) / (1 - p)


# %% mistake="output and mask by two draws" exercise="dropout" breaks=["value"]
# out is A times the mask that you return: draw once.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * (rng.random(A.shape) >= p) / (1 - p), mask


# %% mistake="a mask of True and False" exercise="dropout" breaks=["value"]
# mask already holds the factor 1/(1-p): the pass back multiplies by it alone.
def dropout_forward(A, p, rng, training):
    if not 0 <= p < 1:
        raise ValueError("p must lie in [0, 1)")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = rng.random(A.shape) >= p
    return A * mask / (1 - p), mask


# %% mistake="allows p above 1" exercise="dropout" breaks=["errors"]
# p is a probability below 1: which p are too large?
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
# Decoupled: the decay does not pass through Adam. Try a gradient of 0.
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
# The factor is 1 - lr*weight_decay.
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
# Only keys that start with W decay.
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
# gamma1 is no weight matrix: which keys decay?
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
# First the decay, then the Adam step.
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
# Where is weight_decay used?
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
# The weights must become smaller.
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
# In place: the arrays in params must change themselves.
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
# t is the number of calls of step, whatever the number of keys.
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
# Which step is it? Try two steps.
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
# How long is the first step of Adam?
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
# eps is added to the root of v_hat. Try a tiny gradient.
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
# Two optimizers must not share their averages: set them in __init__.
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
# Every key has averages of its own. Two keys may have the same shape.
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
# grads belongs to the caller.
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
# The defaults stand in the signature: are they used?
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
# All settings go on to Adam: lr, beta1, beta2 and eps, in this order.
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.factor, self.adam = 1 - lr * weight_decay, Adam(lr, eps=eps)

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)


# %% mistake="betas in the wrong order" exercise="adamw" breaks=["state"]
# All settings go on to Adam: lr, beta1, beta2 and eps, in this order.
class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.factor, self.adam = 1 - lr * weight_decay, Adam(lr, beta2, beta1, eps)

    def step(self, params, grads):
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)


# %% mistake="decays two layers only" exercise="adamw" breaks=["value", "state"]
# Every weight matrix decays, W10 too.
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
