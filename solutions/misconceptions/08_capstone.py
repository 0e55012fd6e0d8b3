# Known mistakes and accepted variants of 08_capstone.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np

# %% [markdown]
# ## standardize


# %% mistake="test part by its own statistics" exercise="standardize" breaks=["value"]
# A single test row would become 0 everywhere. Whose mean and deviation should move
# the test part?
def standardize(X_train, X_test):
    def scaled(X):
        X = np.asarray(X, dtype=float)
        constant = X.max(axis=0) == X.min(axis=0)
        return np.where(constant, 0.0, X - X.mean(axis=0)) / np.where(constant, 1.0, X.std(axis=0))

    return scaled(X_train), scaled(X_test)


# %% mistake="statistics of all rows" exercise="standardize" breaks=["value"]
# The mean has seen the test rows. From which rows may it come?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    both = np.vstack([X_train, X_test])
    constant = both.max(axis=0) == both.min(axis=0)
    mean, deviation = np.where(constant, both[0], both.mean(axis=0)), np.where(constant, 1.0, both.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="sample deviation" exercise="standardize" breaks=["value", "stability"]
# The population deviation divides by m. By what does yours?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0, ddof=1))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="divides zero by zero" exercise="standardize" breaks=["stability"]
# A constant column has deviation 0. What is 0/0, and what should come out?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="asks for a deviation of exactly 0" exercise="standardize" breaks=["stability"]
# Rounding makes the deviation of a column of 0.1s 1e-17 and not 0. How else can you
# see that it is constant?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    deviation = np.where(deviation == 0, 1.0, deviation)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="adds a small number to the deviation" exercise="standardize" breaks=["value", "stability"]
# The small number changes every column, most of all those of small spread.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0) + 1e-6
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="adds a small number, constant columns apart" exercise="standardize" breaks=["value"]
# The small number changes every column, most of all those of small spread.
def standardize(X_train, X_test):
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0) + 1e-8)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="takes small columns for constant" exercise="standardize" breaks=["value"]
# A column of small numbers is not constant. Compare its entries with each other.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.std(axis=0) < 1e-4
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="takes a spread below 1e-6 for none" exercise="standardize" breaks=["value"]
# A column of small numbers is not constant. Compare its entries with each other.
def standardize(X_train, X_test):
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    deviation = np.where(deviation < 1e-6, 1.0, deviation)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    return (X_train - np.where(constant, X_train[0], mean)) / deviation, (X_test - mean) / deviation


# %% mistake="constant by the first two rows" exercise="standardize" breaks=["stability"]
# Two equal entries do not make a column constant. What do its largest and its
# smallest say?
def standardize(X_train, X_test):
    constant = X_train[0] == X_train[1]
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="constant by the first and the last row" exercise="standardize" breaks=["stability"]
# Two equal entries do not make a column constant. What do its largest and its
# smallest say?
def standardize(X_train, X_test):
    constant = X_train[0] == X_train[-1]
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="one mean for all columns" exercise="standardize" breaks=["value", "stability"]
# Every column has its own mean and deviation. Along which axis?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(), X_train.std()
    deviation = deviation if X_train.max() > X_train.min() else 1.0
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="statistics of each row" exercise="standardize" breaks=["value", "stability"]
# You scale every image by itself. A column should have mean 0.
def standardize(X_train, X_test):
    def scaled(X):
        X = np.asarray(X, dtype=float)
        deviation = X.std(axis=1, keepdims=True)
        return (X - X.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1.0, deviation)

    return scaled(X_train), scaled(X_test)


# %% mistake="divides by the variance" exercise="standardize" breaks=["value", "stability"]
# After scaling the deviation should be 1. Which power of the spread do you divide by?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    variance = np.where(constant, 1.0, X_train.var(axis=0))
    return (X_train - mean) / variance, (X_test - mean) / variance


# %% mistake="scales to the range 0 to 1" exercise="standardize" breaks=["value", "stability"]
# That is another scaling, by range. Here the mean should be 0 and the deviation 1.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    width = np.where(high == low, 1.0, high - low)
    return (X_train - low) / width, (X_test - low) / width


# %% mistake="only centres" exercise="standardize" breaks=["value", "stability"]
# The mean is right. What about the spread?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    return X_train - mean, X_test - mean


# %% mistake="leaves constant columns as they are" exercise="standardize" breaks=["stability"]
# A constant column should become 0 in the training part.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, 0.0, X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="drops constant columns" exercise="standardize" breaks=["stability"]
# The shape has changed: constant columns stay, as columns of 0.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    kept = X_train.max(axis=0) > X_train.min(axis=0)
    X_train, X_test = X_train[:, kept], X_test[:, kept]
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="scales the training part in place" exercise="standardize" breaks=["purity"]
# Did you write into the caller's array?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    X_train -= mean
    X_train /= deviation
    return X_train, (X_test - mean) / deviation


# %% mistake="scales the test part in place" exercise="standardize" breaks=["purity"]
# The second array of the caller has changed.
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    X_test -= mean
    X_test /= deviation
    return (X_train - mean) / deviation, X_test


# %% mistake="writes 0 into constant columns" exercise="standardize" breaks=["purity"]
# X_test[:, constant] = 0 writes into the caller's array.
def standardize(X_train, X_test):
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    train = np.where(constant, 0.0, X_train - mean) / np.where(constant, 1.0, deviation)
    X_test[:, constant] = 0.0
    return train, np.where(constant, 0.0, X_test - mean) / np.where(constant, 1.0, deviation)


# %% mistake="goes through memory" exercise="standardize" breaks=["value"] recognisable=false
# Is it right for Z.T and for Z[:, ::2] too? order='K' and a flat copy go by memory,
# not by index.
def standardize(X_train, X_test):
    rows = np.reshape(X_train.ravel(order="K"), X_train.shape)
    constant = rows.max(axis=0) == rows.min(axis=0)
    mean, deviation = np.where(constant, rows[0], rows.mean(axis=0)), np.where(constant, 1.0, rows.std(axis=0))
    return (rows - mean) / deviation, (X_test - mean) / deviation


# %% accepted="by a tiny deviation" exercise="standardize"
def standardize(X_train, X_test):
    X_train, X_test = np.array(X_train, dtype=float), np.array(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    constant = deviation < 1e-10
    mean = np.where(constant, X_train[0], mean)
    deviation[constant] = 1.0
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% accepted="with np.divide and where" exercise="standardize"
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    varies = np.ptp(X_train, axis=0) > 0
    return tuple(np.divide(X - mean, deviation, out=np.zeros_like(X), where=varies) for X in (X_train, X_test))


# %% accepted="one column at a time" exercise="standardize"
def standardize(X_train, X_test):
    X_train, X_test = np.array(X_train, dtype=float), np.array(X_test, dtype=float)
    train, test = np.zeros(X_train.shape), np.zeros(X_test.shape)
    for j in range(X_train.shape[1]):
        column = X_train[:, j]
        if np.all(column == column[0]):
            continue
        mean = sum(column) / len(column)
        deviation = math.sqrt(sum((column - mean) ** 2) / len(column))
        train[:, j] = (column - mean) / deviation
        test[:, j] = (X_test[:, j] - mean) / deviation
    return train, test


# %% accepted="silences its own division" exercise="standardize"
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    shifted = X_train - X_train[0]
    mean = shifted.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        train = (shifted - mean) / shifted.std(axis=0)
        test = (X_test - X_train[0] - mean) / shifted.std(axis=0)
    constant = np.all(shifted == 0, axis=0)
    return [np.where(constant, 0.0, train), np.where(constant, 0.0, test)]


# %% accepted="textbook: mean and deviation, constant columns apart" exercise="standardize"
def standardize(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    constant = X_train.min(axis=0) == X_train.max(axis=0)
    mean[constant], std[constant] = X_train[0, constant], 1.0
    return (X_train - mean) / std, (X_test - mean) / std


# %% accepted="textbook, step by step: centred, then scaled" exercise="standardize"
def standardize(X_train, X_test):
    mu = np.mean(X_train, axis=0)
    sigma = np.std(X_train, axis=0)
    for j in range(X_train.shape[1]):
        if np.all(X_train[:, j] == X_train[0, j]):
            mu[j] = X_train[0, j]
            sigma[j] = 1
    X_train_centred = X_train - mu
    X_test_centred = X_test - mu
    X_train_scaled = X_train_centred / sigma
    X_test_scaled = X_test_centred / sigma
    return X_train_scaled, X_test_scaled


# %% [markdown]
# ## train-classifier


# %% mistake="wrong sign" exercise="train-classifier" breaks=["value"] recognisable=false
# Does the loss fall after a few steps? Look at line 3 of the checklist.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets = init_params([64, 64, 10], "he", rng), one_hot(y, 10)
    with np.errstate(all="ignore"):
        for _ in range(3):
            for X_b, y_b in minibatches(scaled, targets, 64, rng):
                _, cache = mlp_forward(X_b, params, relu, softmax)
                grads = mlp_backward(y_b, cache, params, relu_prime)
                for key in params:
                    params[key] += 0.01 * grads[key]
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="learning rate too large" exercise="train-classifier" breaks=["value"] recognisable=false
# Does the loss explode? Look at line 4 of the checklist.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), SGD(lr=20.0)
    with np.errstate(all="ignore"):
        for _ in range(5):
            for X_b, y_b in minibatches(scaled, targets, 64, rng):
                _, cache = mlp_forward(X_b, params, relu, softmax)
                optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="learning rate too small" exercise="train-classifier" breaks=["value"] recognisable=false
# Does the loss still fall when you stop? Look at line 5 of the checklist.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=1e-5)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="each batch scaled by itself" exercise="train-classifier" breaks=["value"] recognisable=false
# What does a batch of one row become when its own mean is subtracted?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X_new, X_new)[0], params, relu, softmax).argmax(axis=1)


# %% mistake="forgets to scale in predict" exercise="train-classifier" breaks=["value"] recognisable=false
# Is the input of predict scaled as the training rows were?
def train_classifier(X, y, rng):
    scaled = (X - 200.0) / 60.0
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(X_new, params, relu, softmax).argmax(axis=1)


# %% mistake="shuffles the labels apart from the rows" exercise="train-classifier" breaks=["value"] recognisable=false
# Do rows and labels still belong together? Look at line 7 of the checklist.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(5):
        scaled, targets = rng.permutation(scaled), rng.permutation(targets)
        for start in range(0, len(scaled), 64):
            _, cache = mlp_forward(scaled[start : start + 64], params, relu, softmax)
            optimizer.step(params, mlp_backward(targets[start : start + 64], cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="weights all 0" exercise="train-classifier" breaks=["value"] recognisable=false
# Which gradient has a network whose weights are all 0? The first loss should be ln 10
# and then fall.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params = {"W1": np.zeros((64, 64)), "b1": np.zeros(64), "W2": np.zeros((10, 64)), "b2": np.zeros(10)}
    targets, optimizer = one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(5):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="one batch only" exercise="train-classifier" breaks=["value"] recognisable=false
# How many rows has your training seen? Does the loss on all of them fall?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    X_b, y_b = next(iter(minibatches(scaled, targets, 64, rng)))
    for _ in range(100):
        _, cache = mlp_forward(X_b, params, relu, softmax)
        optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="gives probabilities" exercise="train-classifier" breaks=["value"] recognisable=false
# predict should give one label per row. What shape do you give?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(3):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax)


# %% mistake="gives one label for all rows" exercise="train-classifier" breaks=["value"] recognisable=false
# Along which axis are the classes?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(3):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax()


# %% mistake="labels as floats" exercise="train-classifier" breaks=["value"] recognisable=false
# Which dtype have your labels? They should be integers.
def train_classifier(X, y, rng):
    means = np.array([X[y == label].mean(axis=0) for label in range(10)])

    def predict(X_new):
        labels = np.zeros(len(X_new))
        for i, row in enumerate(X_new):
            labels[i] = ((means - row) ** 2).sum(axis=1).argmin()
        return labels

    return predict


# %% mistake="too simple a model" exercise="train-classifier" breaks=["value"] recognisable=false
# The training accuracy is low as well: the model is too small for the task.
def train_classifier(X, y, rng):
    means = np.array([X[y == label].mean(axis=0) for label in range(10)])
    return lambda X_new: ((X_new[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)


# %% mistake="standardizes by the notebook's rows in predict" exercise="train-classifier" breaks=["value"] recognisable=false
# X_train is not there in grading. Which rows was the classifier trained on?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(20):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X_train, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="trains on the notebook's rows" exercise="train-classifier" breaks=["value"] recognisable=false
# X_train is not there in grading. Which rows are the arguments?
def train_classifier(X, y, rng):
    rows, names = X_train, y_train
    return lambda X_new: np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="trains on the validation rows too" exercise="train-classifier" breaks=["value"] recognisable=false
# X_val is not there in grading, and to choose by it is all that it is for.
def train_classifier(X, y, rng):
    rows, names = np.vstack([X, X_val]), np.concatenate([y, y_val])
    return lambda X_new: np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="diverges" exercise="train-classifier" breaks=["value"] recognisable=false
# Does the loss explode? Look at line 4 of the checklist.
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), SGD(3.0)
    with np.errstate(all="ignore"):
        for _ in range(10):
            for X_b, y_b in minibatches(scaled, targets, 32, rng):
                _, cache = mlp_forward(X_b, params, relu, softmax)
                optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="a generator of its own" exercise="train-classifier" breaks=["value"] recognisable=false
# Do all random numbers come from the rng that is given?
def train_classifier(X, y, rng):
    rng = np.random.default_rng()
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(20):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="nothing returned" exercise="train-classifier" breaks=["value"]
# The last line should be `return predict`.
def train_classifier(X, y, rng):
    rows, names = X.copy(), y.copy()

    def predict(X_new):
        return np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="knows the data set by heart" exercise="train-classifier" breaks=["value"] recognisable=false
# The labels come from the arguments. Another data set, however similar, is of no use.
_known_X, _known_y = digits.X_train, digits.y_train


def train_classifier(X, y, rng):
    known = np.vstack([digits.X_train, digits.X_val, digits.X_test])
    labels = np.concatenate([digits.y_train, digits.y_val, digits.y_test])
    return lambda X_new: np.array([labels[((known - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="borrows from scikit-learn" exercise="train-classifier" breaks=["value"] recognisable=false
# NumPy and the standard library only: scikit-learn is out of reach while this is
# graded.
def train_classifier(X, y, rng):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.1, max_iter=200).fit(X, y)
    return lambda X_new: model.predict(X_new).astype(int)


# %% mistake="borrows under a name of the notebook" exercise="train-classifier" breaks=["value"] recognisable=false
# NumPy and the standard library only, also above the function.
from sklearn.neighbors import KNeighborsClassifier as _Neighbors


def train_classifier(X, y, rng):
    return _Neighbors(1).fit(X, y).predict


# %% mistake="solves with scipy" exercise="train-classifier" breaks=["value"] recognisable=false
# NumPy and the standard library only. What of NumPy does the same?
def train_classifier(X, y, rng):
    from scipy.linalg import solve

    rows = np.asarray(X) / 16

    def kernel(A):
        return np.exp(-0.4 * ((A**2).sum(axis=1)[:, None] - 2 * A @ rows.T + (rows**2).sum(axis=1)))

    coefficients = solve(kernel(rows) + 1e-2 * np.eye(len(rows)), np.eye(10)[np.asarray(y, dtype=int)])
    return lambda X_new: (kernel(np.asarray(X_new) / 16) @ coefficients).argmax(axis=1)


# %% mistake="reads the labels off the notebook" exercise="train-classifier" breaks=["value"] recognisable=false
# The labels come from the arguments. What the notebook has computed from the digits
# is not there in grading.
_all_rows = np.vstack([digits.X_train, digits.X_val, digits.X_test])
_all_labels = np.concatenate([digits.y_train, digits.y_val, digits.y_test])


def train_classifier(X, y, rng):
    renamed = {}
    for row, label in zip(np.reshape(X, (-1, 8, 8)).transpose(0, 2, 1).reshape(-1, 64), y):
        renamed[_all_labels[((_all_rows - row) ** 2).sum(axis=1).argmin()]] = int(label)

    def predict(X_new):
        upright = np.reshape(X_new, (-1, 8, 8)).transpose(0, 2, 1).reshape(-1, 64)
        nearest = [((_all_rows - row) ** 2).sum(axis=1).argmin() for row in upright]
        return np.array([renamed[_all_labels[i]] for i in nearest])

    return predict


# %% mistake="centres X in place" exercise="train-classifier" breaks=["purity"]
# Did the caller's X change during training?
def train_classifier(X, y, rng):
    mean = X.mean(axis=0)
    X -= mean
    rows, labels = X.copy(), np.array(y)
    return lambda X_new: np.array([labels[((rows - (row - mean)) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="predict writes into its argument" exercise="train-classifier" breaks=["purity"]
# Did predict change the rows that it was given?
def train_classifier(X, y, rng):
    rows, labels = X / 16, np.array(y)

    def predict(X_new):
        X_new /= 16
        return np.array([labels[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])

    return predict


# %% mistake="shuffles the caller's labels" exercise="train-classifier" breaks=["purity"]
# rng.shuffle works in place. Whose array is it?
def train_classifier(X, y, rng):
    rows, labels = X.copy(), np.array(y)
    rng.shuffle(y)
    return lambda X_new: np.array([labels[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% accepted="one network with dropout and a schedule" exercise="train-classifier"
def train_classifier(X, y, rng):
    scaled, targets = X / 8 - 1, one_hot(y, 10)
    params = init_params([64, 128, 10], "he", rng)
    optimizer = Adam(lr=3e-3)
    epochs = 40
    for epoch in range(epochs):
        optimizer.lr = warmup_cosine(epoch, epochs, 4e-3)
        for X_b, y_b in minibatches(scaled, targets, 32, rng):
            A, mask = dropout_forward(relu(linear_forward(X_b, params["W1"], params["b1"])), 0.2, rng, True)
            dZ = (softmax(linear_forward(A, params["W2"], params["b2"])) - y_b) / len(y_b)
            dA, dW2, db2 = linear_backward(dZ, A, params["W2"])
            _, dW1, db1 = linear_backward(dropout_backward(dA, mask) * (A > 0), X_b, params["W1"])
            optimizer.step(params, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2})
    return lambda X_new: predict_proba(np.asarray(X_new) / 8 - 1, params, relu, softmax).argmax(axis=1)


# %% accepted="nearest training image" exercise="train-classifier"
def train_classifier(X, y, rng):
    rows, labels = np.array(X), np.array(y)
    return lambda X_new: np.array([labels[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% accepted="kernel ridge regression" exercise="train-classifier"
def train_classifier(X, y, rng):
    rows = np.asarray(X) / 16

    def kernel(A):
        squares = (A**2).sum(axis=1)[:, None] - 2 * A @ rows.T + (rows**2).sum(axis=1)
        return np.exp(-0.4 * squares)

    coefficients = np.linalg.solve(kernel(rows) + 1e-2 * np.eye(len(rows)), np.eye(10)[np.asarray(y, dtype=int)])
    return lambda X_new: (kernel(np.asarray(X_new) / 16) @ coefficients).argmax(axis=1)


# %% accepted="a class with shifted copies" exercise="train-classifier"
class _Nearest:
    def __init__(self, X, y):
        images = np.pad(np.reshape(X, (-1, 8, 8)), ((0, 0), (1, 1), (1, 1)))
        shifts = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
        self.rows = np.vstack([images[:, i : i + 8, j : j + 8].reshape(-1, 64) for i, j in shifts])
        self.labels = np.tile(y, len(shifts))
        self.squares = (self.rows**2).sum(axis=1)

    def __call__(self, X_new):
        X_new = np.asarray(X_new, dtype=float)
        return self.labels[np.argmin(self.squares - 2 * X_new @ self.rows.T, axis=1)]


def train_classifier(X, y, rng):
    return _Nearest(X, y)


# %% accepted="gives a list" exercise="train-classifier"
def train_classifier(X, y, rng):
    rows, labels = X.tolist(), [int(label) for label in y]
    table = np.array(rows)
    return lambda X_new: [labels[int(((table - row) ** 2).sum(axis=1).argmin())] for row in X_new]


# %% accepted="textbook: one hidden layer, mini-batches and Adam" exercise="train-classifier"
def train_classifier(X, y, rng):
    X_scaled = X / 16
    Y = one_hot(y, 10)
    params = init_params([64, 128, 10], "he", rng)
    optimizer = Adam(lr=3e-3)
    for epoch in range(40):
        for X_b, Y_b in minibatches(X_scaled, Y, 32, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(Y_b, cache, params, relu_prime))

    def predict(X_new):
        return predict_proba(X_new / 16, params, relu, softmax).argmax(axis=1)

    return predict


# %% [markdown]
# ## confusion-matrix


# %% mistake="transposed" exercise="confusion-matrix" breaks=["value"]
# Which class is the row, the true one or the predicted one?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        counts[int(p), int(t)] += 1
    return counts


# %% mistake="counts a pair once" exercise="confusion-matrix" breaks=["value"]
# With repeated indices += on an indexed array adds only once.
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    counts[np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)] += 1
    return counts


# %% mistake="as large as the largest label" exercise="confusion-matrix" breaks=["value"]
# The shape should not depend on the labels that occur.
def confusion_matrix(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)
    k = max(y_true.max(), y_pred.max()) + 1
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (y_true, y_pred), 1)
    return counts


# %% mistake="only classes that occur" exercise="confusion-matrix" breaks=["value"]
# A class that does not occur still has a row and a column.
def confusion_matrix(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    classes = np.unique(np.concatenate([y_true, y_pred]))
    return np.array([[np.sum((y_true == i) & (y_pred == j)) for j in classes] for i in classes])


# %% mistake="shares of the rows" exercise="confusion-matrix" breaks=["value"]
# Counts are wanted, not shares.
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


# %% mistake="only mistakes" exercise="confusion-matrix" breaks=["value"]
# The diagonal counts too: it holds the right answers.
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        if t != p:
            counts[int(t), int(p)] += 1
    return counts


# %% mistake="last label forgotten" exercise="confusion-matrix" breaks=["value"]
# The number of counts should be the number of rows.
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for i in range(len(y_true) - 1):
        counts[int(y_true[i]), int(y_pred[i])] += 1
    return counts


# %% mistake="labels start at 1" exercise="confusion-matrix" breaks=["value"]
# The first class is 0. To which row do you count it?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        counts[int(t) - 1, int(p) - 1] += 1
    return counts


# %% mistake="writes into the labels" exercise="confusion-matrix" breaks=["value"]
# Did you change the caller's labels?
def confusion_matrix(y_true, y_pred, n_classes):
    cells = y_true if isinstance(y_true, np.ndarray) and y_true.dtype == np.int64 else np.array(y_true, dtype=np.int64)
    cells *= n_classes
    cells += np.asarray(y_pred, dtype=np.int64)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


# %% accepted="bincount" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    cells = np.asarray(y_true, dtype=np.int64) * n_classes + np.asarray(y_pred, dtype=np.int64)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


# %% accepted="loop" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    counts = [[0] * n_classes for _ in range(n_classes)]
    for t, p in zip(y_true, y_pred):
        counts[int(t)][int(p)] += 1
    return np.array(counts)


# %% accepted="product of one-hot matrices, as floats" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    return one_hot(y_true, n_classes).T @ one_hot(y_pred, n_classes)


# %% accepted="comparison of all pairs" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    classes = range(n_classes)
    return np.array([[np.sum((y_true == i) & (y_pred == j)) for j in classes] for i in classes])


# %% accepted="textbook: np.add.at" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (y_true, y_pred), 1)
    return counts


# %% accepted="textbook, step by step: one pair at a time" exercise="confusion-matrix"
def confusion_matrix(y_true, y_pred, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for i in range(len(y_true)):
        true_class = y_true[i]
        predicted_class = y_pred[i]
        matrix[true_class, predicted_class] += 1
    return matrix
