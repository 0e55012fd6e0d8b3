# Known mistakes and accepted variants of 08_capstone.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, the comment above the code of a mistake is what a student is told.
# Accepted variants must keep all points.

# %%
import math

import numpy as np

# %% [markdown]
# ## standardize


# %% mistake="test part by its own statistics" exercise="standardize" breaks=["value"]
# Your test part is scaled by its own mean and deviation: a single row, as in the
# example of the docstring, becomes 0 everywhere. When one image arrives, nobody knows
# the mean of others. Which rows give the numbers that scale the test part?
def standardize(X_train, X_test):
    def scaled(X):
        X = np.asarray(X, dtype=float)
        constant = X.max(axis=0) == X.min(axis=0)
        return np.where(constant, 0.0, X - X.mean(axis=0)) / np.where(constant, 1.0, X.std(axis=0))

    return scaled(X_train), scaled(X_test)


# %% mistake="statistics of all rows" exercise="standardize" breaks=["value"]
# Your mean and deviation change with the test rows: the columns of your training part
# do not get mean 0. That is a leak, because the training uses rows that it will be
# measured on. From which rows may the two numbers come?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    both = np.vstack([X_train, X_test])
    constant = both.max(axis=0) == both.min(axis=0)
    mean, deviation = np.where(constant, both[0], both.mean(axis=0)), np.where(constant, 1.0, both.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="sample deviation" exercise="standardize" breaks=["value", "stability"]
# The columns of your training part have a deviation below 1: in the example by hand
# (1, 3, 5) becomes (-1, 0, 1) instead of (-1.225, 0, 1.225). Which number does the
# population deviation divide by, and which one does yours?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0, ddof=1))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="divides zero by zero" exercise="standardize" breaks=["stability"]
# For a column that is constant in training your function divides 0 by 0: the column
# becomes nan, with a warning, and it should become 0. How do you find such columns,
# and by what can you divide them?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="asks for a deviation of exactly 0" exercise="standardize" breaks=["stability"]
# A constant column of 0.1s does not become 0 in your result, but -1 or 1: rounding
# makes its deviation about 1e-17, so it does not look like 0. Which property of the
# entries themselves shows that a column is constant?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    deviation = np.where(deviation == 0, 1.0, deviation)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="adds a small number to the deviation" exercise="standardize" breaks=["value", "stability"]
# Your function adds a small number to the deviation: all columns come out a little
# too small, those with a tiny spread far too small. The text wants the other columns
# unchanged. Which columns alone need another divisor, and how do you find them?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0) + 1e-6
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="adds a small number, constant columns apart" exercise="standardize" breaks=["value"]
# Your function adds a small number to the deviation: all columns come out a little
# too small, those with a tiny spread far too small. The text wants the other columns
# unchanged. Which columns alone need another divisor, and how do you find them?
def standardize(X_train, X_test):
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0) + 1e-8)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="takes small columns for constant" exercise="standardize" breaks=["value"]
# Your function takes a column of small numbers for constant and does not scale it:
# its deviation is small, but its entries differ. What is true of the entries of a
# column that is really constant, whatever their size?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.std(axis=0) < 1e-4
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="takes a spread below 1e-6 for none" exercise="standardize" breaks=["value"]
# Your function takes a column of small numbers for constant and does not scale it:
# its deviation is small, but its entries differ. What is true of the entries of a
# column that is really constant, whatever their size?
def standardize(X_train, X_test):
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    deviation = np.where(deviation < 1e-6, 1.0, deviation)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    return (X_train - np.where(constant, X_train[0], mean)) / deviation, (X_test - mean) / deviation


# %% mistake="constant by the first two rows" exercise="standardize" breaks=["stability"]
# Your function takes a column for constant, and does not scale it, because two of its
# entries are equal, while others differ. How can you ask all entries of a column, and
# not two of them?
def standardize(X_train, X_test):
    constant = X_train[0] == X_train[1]
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="constant by the first and the last row" exercise="standardize" breaks=["stability"]
# Your function takes a column for constant, and does not scale it, because two of its
# entries are equal, while others differ. How can you ask all entries of a column, and
# not two of them?
def standardize(X_train, X_test):
    constant = X_train[0] == X_train[-1]
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="one mean for all columns" exercise="standardize" breaks=["value", "stability"]
# Your function takes one mean and one deviation over all entries: the single columns
# of your result do not have mean 0 and deviation 1. Along which axis do the entries
# of one column stand?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    mean, deviation = X_train.mean(), X_train.std()
    deviation = deviation if X_train.max() > X_train.min() else 1.0
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="statistics of each row" exercise="standardize" breaks=["value", "stability"]
# Your function scales every image by itself: the rows of your result have mean 0, and
# the columns do not. Along which axis do the entries of one column stand, and which
# numbers scale the test part?
def standardize(X_train, X_test):
    def scaled(X):
        X = np.asarray(X, dtype=float)
        deviation = X.std(axis=1, keepdims=True)
        return (X - X.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1.0, deviation)

    return scaled(X_train), scaled(X_test)


# %% mistake="divides by the variance" exercise="standardize" breaks=["value", "stability"]
# Your columns do not get the deviation 1: in the example by hand (1, 3, 5) becomes
# (-0.75, 0, 0.75), and a column with ten times the spread comes out ten times as
# small. Which power of the spread does your function divide by?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    variance = np.where(constant, 1.0, X_train.var(axis=0))
    return (X_train - mean) / variance, (X_test - mean) / variance


# %% mistake="scales to the range 0 to 1" exercise="standardize" breaks=["value", "stability"]
# Your columns run from 0 to 1: in the example by hand (1, 3, 5) becomes (0, 0.5, 1).
# That is another scaling, by the range. Which two numbers of a column does the
# formula of the text use?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    width = np.where(high == low, 1.0, high - low)
    return (X_train - low) / width, (X_test - low) / width


# %% mistake="only centres" exercise="standardize" breaks=["value", "stability"]
# Your columns have mean 0, but still their old spread: in the example by hand (1, 3,
# 5) becomes (-2, 0, 2) instead of (-1.225, 0, 1.225). Which step of the formula is
# missing?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    return X_train - mean, X_test - mean


# %% mistake="leaves constant columns as they are" exercise="standardize" breaks=["stability"]
# A column that is constant in training comes out as it was: in the example of the
# docstring it stays 7, and it should become 0. Such a column cannot be scaled. Can it
# still be moved, and by how much?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, 0.0, X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="drops constant columns" exercise="standardize" breaks=["stability"]
# Your results have fewer columns than the arguments: the constant ones are missing.
# By the docstring the shapes stay, and a network with 64 inputs needs all of them.
# What should stand in a column that is constant in training?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    kept = X_train.max(axis=0) > X_train.min(axis=0)
    X_train, X_test = X_train[:, kept], X_test[:, kept]
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


# %% mistake="scales the training part in place" exercise="standardize" breaks=["purity"]
# Your results are right, but after the call the caller's X_train is scaled: your
# function writes into the array that it gets. The docstring says that neither array
# is changed. Which step can make a new array instead?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    X_train -= mean
    X_train /= deviation
    return X_train, (X_test - mean) / deviation


# %% mistake="scales the test part in place" exercise="standardize" breaks=["purity"]
# Your results are right, but after the call the caller's X_test is scaled: your
# function writes into the array that it gets. The docstring says that neither array
# is changed. Which step can make a new array instead?
def standardize(X_train, X_test):
    X_train, X_test = np.asarray(X_train, dtype=float), np.asarray(X_test, dtype=float)
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean = np.where(constant, X_train[0], X_train.mean(axis=0))
    deviation = np.where(constant, 1.0, X_train.std(axis=0))
    X_test -= mean
    X_test /= deviation
    return (X_train - mean) / deviation, X_test


# %% mistake="writes 0 into constant columns" exercise="standardize" breaks=["purity"]
# After the call the caller's X_test holds zeros in the columns that are constant in
# training: your function writes into the array that it gets. The docstring says that
# neither array is changed. Which step can make a new array instead?
def standardize(X_train, X_test):
    constant = X_train.max(axis=0) == X_train.min(axis=0)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    train = np.where(constant, 0.0, X_train - mean) / np.where(constant, 1.0, deviation)
    X_test[:, constant] = 0.0
    return train, np.where(constant, 0.0, X_test - mean) / np.where(constant, 1.0, deviation)


# %% mistake="goes through memory" exercise="standardize" breaks=["value"] recognisable=false
# Your result depends on how the array lies in memory, not on its indices alone: a
# plain array gives the right numbers, a transposed one such as X.T may not. Which of
# your steps goes by memory and not by index?
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
# Your accuracy stays at chance, about 0.1, or below: the loss of your network rises
# in training. What does line 3 of the checklist say about the loss after a few steps,
# and in which direction does your step go?
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
# Your loss explodes or becomes nan, and the accuracy stays near chance, about 0.1:
# the steps are so long that they jump over every minimum. How does line 4 of the
# checklist find a rate, and which one does it give for your network?
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
# Your network hardly learns: its loss still falls when training stops, and the
# accuracy is low on the training rows too. What does line 5 of the checklist say, and
# how far does the loss come with a larger rate?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=1e-5)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="each batch scaled by itself" exercise="train-classifier" breaks=["value"] recognisable=false
# Your predict scales its argument by the mean and deviation of that argument: a
# single image becomes 0 everywhere, so every single image gets the same label. With
# the mean and deviation of which rows has your network learned?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X_new, X_new)[0], params, relu, softmax).argmax(axis=1)


# %% mistake="forgets to scale in predict" exercise="train-classifier" breaks=["value"] recognisable=false
# Your network learns from scaled rows, but predict hands it raw grey values: it has
# never seen such inputs, and many labels are wrong. What happens to a row in training
# before the network gets it?
def train_classifier(X, y, rng):
    scaled = (X - 200.0) / 60.0
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(10):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(X_new, params, relu, softmax).argmax(axis=1)


# %% mistake="shuffles the labels apart from the rows" exercise="train-classifier" breaks=["value"] recognisable=false
# Your accuracy stays near chance, about 0.1: rows and labels are shuffled apart, so
# most images get the label of another one. What does line 7 of the checklist say, and
# how many random orders does one epoch need?
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
# Your first loss is ln 10, as it should be, but then it hardly falls: where all
# weights are 0, the hidden units give 0 and no gradient reaches the weights. What
# makes the units of a layer differ from each other at the start?
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
# Your training goes over the same few rows again and again: the loss on these is
# almost 0, and the loss on all rows is not. How many of the training rows has your
# network seen when it stops?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    X_b, y_b = next(iter(minibatches(scaled, targets, 64, rng)))
    for _ in range(100):
        _, cache = mlp_forward(X_b, params, relu, softmax)
        optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="gives probabilities" exercise="train-classifier" breaks=["value"] recognisable=false
# Your predict gives ten probabilities for each image, an array of shape (k, 10). The
# docstring asks for integer labels of shape (k,). For which class do ten
# probabilities speak, and how do you read that off each row?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(3):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax)


# %% mistake="gives one label for all rows" exercise="train-classifier" breaks=["value"] recognisable=false
# Your predict gives a single number for all rows: the place of the largest
# probability in the whole array. The docstring asks for one label for each row. Along
# which axis of the array do the classes stand?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(3):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax()


# %% mistake="labels as floats" exercise="train-classifier" breaks=["value"] recognisable=false
# Your labels are whole numbers, but they are stored as floats: whoever uses them as
# indices gets an error. The docstring asks for integer labels. Which dtype has the
# array in which you collect them?
def train_classifier(X, y, rng):
    means = np.array([X[y == label].mean(axis=0) for label in range(10)])

    def predict(X_new):
        labels = np.zeros(len(X_new))
        for i, row in enumerate(X_new):
            labels[i] = ((means - row) ** 2).sum(axis=1).argmin()
        return labels

    return predict


# %% mistake="too simple a model" exercise="train-classifier" breaks=["value"] recognisable=false
# Your accuracy is low on the training rows as well, so more rows of the same kind
# would not help: the model is too simple for the task. Which design can draw other
# boundaries between the classes than yours?
def train_classifier(X, y, rng):
    means = np.array([X[y == label].mean(axis=0) for label in range(10)])
    return lambda X_new: ((X_new[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)


# %% mistake="standardizes by the notebook's rows in predict" exercise="train-classifier" breaks=["value"] recognisable=false
# Your classifier uses X_train or y_train, which do not exist in grading: there is no
# data of the notebook, and the images and classes are others. From which rows should
# this classifier learn, and how does predict remember what it needs of them?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), Adam(lr=5e-3)
    for _ in range(20):
        for X_b, y_b in minibatches(scaled, targets, 64, rng):
            _, cache = mlp_forward(X_b, params, relu, softmax)
            optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X_train, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="trains on the notebook's rows" exercise="train-classifier" breaks=["value"] recognisable=false
# Your classifier uses X_train or y_train, which do not exist in grading: there is no
# data of the notebook, and the images and classes are others. From which rows should
# this classifier learn, and how does predict remember what it needs of them?
def train_classifier(X, y, rng):
    rows, names = X_train, y_train
    return lambda X_new: np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="trains on the validation rows too" exercise="train-classifier" breaks=["value"] recognisable=false
# Your function uses X_val or y_val, which do not exist in grading. Here too they
# would lose their use: rows from which a classifier has learned cannot tell how good
# it is. Which rows may the training use, by the docstring?
def train_classifier(X, y, rng):
    rows, names = np.vstack([X, X_val]), np.concatenate([y, y_val])
    return lambda X_new: np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="diverges" exercise="train-classifier" breaks=["value"] recognisable=false
# Your loss explodes or becomes nan, and the accuracy stays near chance, about 0.1:
# the steps are so long that they jump over every minimum. How does line 4 of the
# checklist find a rate, and which one does it give for your network?
def train_classifier(X, y, rng):
    scaled, _ = standardize(X, X)
    params, targets, optimizer = init_params([64, 64, 10], "he", rng), one_hot(y, 10), SGD(1e3)
    with np.errstate(all="ignore"):
        for _ in range(10):
            for X_b, y_b in minibatches(scaled, targets, 32, rng):
                _, cache = mlp_forward(X_b, params, relu, softmax)
                optimizer.step(params, mlp_backward(y_b, cache, params, relu_prime))
    return lambda X_new: predict_proba(standardize(X, X_new)[1], params, relu, softmax).argmax(axis=1)


# %% mistake="a generator of its own" exercise="train-classifier" breaks=["value"] recognisable=false
# Two calls of your function with equal generators give two different classifiers: not
# all random numbers come from the rng of the caller. What is the only source of
# chance, by the docstring, and where do your weights and batches get their numbers?
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
# Your function gives None: the caller has no predict to call, and what was learned is
# lost when the training ends. What does the docstring say that train_classifier
# returns, and where does your function hand it back?
def train_classifier(X, y, rng):
    rows, names = X.copy(), y.copy()

    def predict(X_new):
        return np.array([names[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="knows the data set by heart" exercise="train-classifier" breaks=["value"] recognisable=false
# Your function takes images and labels from the data set, not from its arguments. In
# grading there is no such data set, the images are turned or mirrored, and the
# classes have other numbers. What can be learned from X and y alone?
_known_X, _known_y = digits.X_train, digits.y_train


def train_classifier(X, y, rng):
    known = np.vstack([digits.X_train, digits.X_val, digits.X_test])
    labels = np.concatenate([digits.y_train, digits.y_val, digits.y_test])
    return lambda X_new: np.array([labels[((known - row) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="borrows from scikit-learn" exercise="train-classifier" breaks=["value"] recognisable=false
# Your function imports scikit-learn, which is out of reach in grading: the rules
# allow NumPy and the standard library only. Which functions of this course can take
# its place, and which of them does your design need?
def train_classifier(X, y, rng):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.1, max_iter=200).fit(X, y)
    return lambda X_new: model.predict(X_new).astype(int)


# %% mistake="borrows under a name of the notebook" exercise="train-classifier" breaks=["value"] recognisable=false
# A name that your function uses comes from scikit-learn, which is out of reach in
# grading, wherever the import stands: the rules allow NumPy and the standard library
# only. Which functions of this course can take its place?
from sklearn.neighbors import KNeighborsClassifier as _Neighbors


def train_classifier(X, y, rng):
    return _Neighbors(1).fit(X, y).predict


# %% mistake="solves with scipy" exercise="train-classifier" breaks=["value"] recognisable=false
# Your function imports scipy, which is out of reach in grading: the rules allow NumPy
# and the standard library only. What does the function that you import compute, and
# which part of NumPy does the same?
def train_classifier(X, y, rng):
    from scipy.linalg import solve

    rows = np.asarray(X) / 16

    def kernel(A):
        return np.exp(-0.4 * ((A**2).sum(axis=1)[:, None] - 2 * A @ rows.T + (rows**2).sum(axis=1)))

    coefficients = solve(kernel(rows) + 1e-2 * np.eye(len(rows)), np.eye(10)[np.asarray(y, dtype=int)])
    return lambda X_new: (kernel(np.asarray(X_new) / 16) @ coefficients).argmax(axis=1)


# %% mistake="reads the labels off the notebook" exercise="train-classifier" breaks=["value"] recognisable=false
# Your function uses rows and labels that the notebook has computed from the digits.
# They do not exist in grading, and the images there are turned or mirrored, with
# other numbers for the classes. What can be learned from X and y alone?
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
# After the training the caller's X holds other values: your function writes into the
# array that it gets. The docstring says that neither argument is changed. Which step
# changes X, and how can it make a new array instead?
def train_classifier(X, y, rng):
    mean = X.mean(axis=0)
    X -= mean
    rows, labels = X.copy(), np.array(y)
    return lambda X_new: np.array([labels[((rows - (row - mean)) ** 2).sum(axis=1).argmin()] for row in X_new])


# %% mistake="predict writes into its argument" exercise="train-classifier" breaks=["purity"]
# After a call of your predict the rows that it was given hold other values: it writes
# into its argument, and a second call with the same rows may give other labels. Which
# step changes them, and how can it make a new array instead?
def train_classifier(X, y, rng):
    rows, labels = X / 16, np.array(y)

    def predict(X_new):
        X_new /= 16
        return np.array([labels[((rows - row) ** 2).sum(axis=1).argmin()] for row in X_new])

    return predict


# %% mistake="shuffles the caller's labels" exercise="train-classifier" breaks=["purity"]
# After the training the caller's labels stand in another order: your function
# shuffles the array that it gets, and the caller's X and y no longer belong together.
# Which step changes y itself, and how can it make a new array instead?
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
# Your matrix has rows and columns exchanged: in the example by hand the entry (0, 1)
# is 0 instead of 1. Which class gives the row of an entry, by the docstring, the true
# one or the predicted one?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        counts[int(p), int(t)] += 1
    return counts


# %% mistake="counts a pair once" exercise="confusion-matrix" breaks=["value"]
# Your matrix has no entry above 1: in the example by hand the pair (2, 2) occurs
# twice and is counted once. What should all entries sum to, and what does += do where
# an index occurs twice?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    counts[np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)] += 1
    return counts


# %% mistake="as large as the largest label" exercise="confusion-matrix" breaks=["value"]
# Your matrix may be too small: in the example of the docstring, where class 2 does
# not occur, it is 2 by 2 instead of 3 by 3. What says how many rows and columns there
# are, and what stands in the row of a class that does not occur?
def confusion_matrix(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)
    k = max(y_true.max(), y_pred.max()) + 1
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (y_true, y_pred), 1)
    return counts


# %% mistake="only classes that occur" exercise="confusion-matrix" breaks=["value"]
# Your matrix may be too small: in the example of the docstring, where class 2 does
# not occur, it is 2 by 2 instead of 3 by 3. What says how many rows and columns there
# are, and what stands in the row of a class that does not occur?
def confusion_matrix(y_true, y_pred, n_classes):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    classes = np.unique(np.concatenate([y_true, y_pred]))
    return np.array([[np.sum((y_true == i) & (y_pred == j)) for j in classes] for i in classes])


# %% mistake="shares of the rows" exercise="confusion-matrix" breaks=["value"]
# Each row of your matrix sums to 1 where its class occurs: in the example by hand the
# entry (2, 2) is 0.67 instead of 2. Does the docstring ask for shares of the rows or
# for counts?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


# %% mistake="only mistakes" exercise="confusion-matrix" breaks=["value"]
# The diagonal of your matrix is 0: rows whose class is predicted rightly are not
# counted, and all entries sum to the number of mistakes. Which rows does the entry
# (i, i) count, by the docstring?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        if t != p:
            counts[int(t), int(p)] += 1
    return counts


# %% mistake="last label forgotten" exercise="confusion-matrix" breaks=["value"]
# Your matrix counts one row too few: in the example by hand all entries sum to 5
# instead of 6, and the last pair, (2, 0), is missing. How many pairs are there, and
# where does your count end?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for i in range(len(y_true) - 1):
        counts[int(y_true[i]), int(y_pred[i])] += 1
    return counts


# %% mistake="labels start at 1" exercise="confusion-matrix" breaks=["value"]
# Your counts stand one place too early: class 1 is counted in the first row or column
# and class 0 in the last. Which number has the first class, by the docstring, and in
# which row should it be counted?
def confusion_matrix(y_true, y_pred, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(y_true, y_pred):
        counts[int(t) - 1, int(p) - 1] += 1
    return counts


# %% mistake="writes into the labels" exercise="confusion-matrix" breaks=["value"]
# Your matrix is right, but after the call the caller's y_true holds other numbers:
# your function writes into the array that it gets. The docstring says that the labels
# are not changed. Which step can make a new array instead?
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
