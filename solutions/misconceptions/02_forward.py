# Known mistakes and accepted variants of 02_forward.
#
# Each cell is one variant of one exercise, as students write it: it defines what differs from the solution. `breaks`
# names the aspects whose points it must lose, `hint` is what a student is told. Accepted variants must keep all points.

# %%
import math

import numpy as np

# %% [markdown]
# ## perceptron


# %% mistake="strictly greater than zero" exercise="perceptron" breaks=["value", "state"]
# With zero weights every score is exactly 0, and your function answers 0 to it: the
# example in the docstring begins with one mistake, where two are right. Which class
# does a score of exactly 0 belong to?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            y_hat = 1 if w @ x + b > 0 else 0
            if y_hat != target:
                w += lr * (target - y_hat) * x
                b += lr * (target - y_hat)
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="never starts to learn" exercise="perceptron" breaks=["value", "state"]
# Your training ends after the first epoch with w = 0 and no mistakes counted,
# whatever the labels. With zero weights every score is 0, and so is its product with
# a label. Does your test for a mistake see that case?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), 2 * np.asarray(y, dtype=float) - 1
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, sign in zip(X, y):
            if sign * (w @ x + b) < 0:
                w += lr * sign * x
                b += lr * sign
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="takes a single row for a column" exercise="perceptron" breaks=["value"]
# With several rows your weights are right. With a single row all of them are the same
# number: its entries are taken for rows of one number each. Which shape has X for one
# example, and what becomes of an axis of length 1 in your function?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    w, b, mistakes, rows = np.zeros(X.shape[1]), 0.0, [], np.squeeze(X)
    for _ in range(epochs):
        count = 0
        for row, target in zip(rows, y):
            error = target - int(np.sum(w * row) + b >= 0)
            if error != 0:
                w, b = w + lr * error * row, b + lr * error
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="no bias" exercise="perceptron" breaks=["value", "state"]
# Your b is 0 after every training, and on the example in the docstring the training
# never comes to an epoch without a mistake. Without a bias the line passes through
# the origin. What moves it away from there?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            y_hat = 1 if w @ x + b >= 0 else 0
            if y_hat != target:
                w += lr * (target - y_hat) * x
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="wrong sign of the update" exercise="perceptron" breaks=["value", "state"]
# Each correction makes the next mistake on the same row more likely: on the example
# in the docstring the training never gets better. After a mistake on a row of class
# 1, does its score have to rise or to fall?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            y_hat = 1 if w @ x + b >= 0 else 0
            if y_hat != target:
                w += lr * (y_hat - target) * x
                b += lr * (y_hat - target)
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="learning rate not used" exercise="perceptron" breaks=["value"]
# Your w and b are the same for every lr: with lr=0.5 they do not change. Only the
# default lr=1 gives the right numbers. How much smaller is each correction with
# lr=0.5?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += error * x
            b += error
            count += int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="learning rate not used for the bias" exercise="perceptron" breaks=["value", "state"]
# With lr=1 your result is right. With another lr your w is corrected by less and your
# b by as much as before, so that the line moves in another direction. Is the bias
# scaled as the other weights are?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += error
            count += int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="one update per epoch" exercise="perceptron" breaks=["value", "state"]
# Your function looks at all rows with the same weights and corrects them once per
# epoch: on the example in the docstring this takes six epochs, where four are enough.
# After a mistake on one row, which weights should the next row meet?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        error = y - (X @ w + b >= 0)
        w = w + lr * X.T @ error
        b = b + lr * error.sum()
        mistakes.append(int((error != 0).sum()))
        if mistakes[-1] == 0:
            break
    return w, b, mistakes


# %% mistake="runs all epochs" exercise="perceptron" breaks=["state"]
# Your w and b are right, but the list of mistakes always has as many entries as there
# are epochs, with zeros at its end. After an epoch without a mistake, can anything
# change in the next one?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            count += int(error != 0)
        mistakes.append(count)
    return w, b, mistakes


# %% mistake="leaves out the clean epoch" exercise="perceptron" breaks=["state"]
# Your w and b are right, but the last entry of the list is missing: the example in
# the docstring ends with a 0. Is the epoch without a mistake counted in your list
# before the training stops?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            count += int(error != 0)
        if count == 0:
            break
        mistakes.append(count)
    return w, b, mistakes


# %% mistake="only the last count" exercise="perceptron" breaks=["state"]
# In place of a list your function gives one number, the count of the last epoch. The
# example in the docstring has one entry for each epoch. Where do the counts of the
# earlier epochs stay?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, count = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            count += int(error != 0)
        if count == 0:
            break
    return w, b, count


# %% mistake="sum of all mistakes" exercise="perceptron" breaks=["state"]
# Your list never falls: each entry counts all mistakes since the beginning, as in 2,
# 4, 5, 5. The example in the docstring has 2, 2, 1, 0. From which number does the
# count of each epoch start?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes, total = np.zeros(X.shape[1]), 0.0, [], 0
    for _ in range(epochs):
        before = total
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            total += int(error != 0)
        mistakes.append(total)
        if total == before:
            break
    return w, b, mistakes


# %% mistake="learns from class 1 only" exercise="perceptron" breaks=["value", "state"]
# Your training learns from rows of class 1 only: on the example in the docstring it
# stops at once with no mistakes. What is a row of class 0 with a score above 0, and
# in which direction does it have to move the weights?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            if target == 1 and w @ x + b < 0:
                w += lr * x
                b += lr
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="shuffles the rows" exercise="perceptron" breaks=["value", "state"]
# Your rows come in another order than they are given in, so that other corrections
# are made and other numbers come out. In which order does the docstring visit the
# rows of an epoch?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    rng = np.random.default_rng(0)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for i in rng.permutation(len(y)):
            error = y[i] - (1 if w @ X[i] + b >= 0 else 0)
            w += lr * error * X[i]
            b += lr * error
            count += int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="starts from random weights" exercise="perceptron" breaks=["value", "state"]
# Your training starts from weights that are not 0, so that its corrections and its
# result are other numbers than those of the docstring. From which w and b does the
# docstring start?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w, b, mistakes = np.random.default_rng(0).normal(size=X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            count += int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="forgets the weights after an epoch" exercise="perceptron" breaks=["value", "state"]
# Each epoch of your training begins anew with zero weights: the same mistakes come
# back, and the list repeats one number. From which weights does the second epoch have
# to go on?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    mistakes = []
    for _ in range(epochs):
        w, b, count = np.zeros(X.shape[1]), 0.0, 0
        for x, target in zip(X, y):
            error = target - (1 if w @ x + b >= 0 else 0)
            w += lr * error * x
            b += lr * error
            count += int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="relabels in place" exercise="perceptron" breaks=["purity"]
# After the call the caller's array y holds other labels than before: your function
# writes into it. Which line does that, and how do you get a new array for labels of
# another kind?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    y[y == 0] = -1
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, sign in zip(X, y):
            if (w @ x + b >= 0) != (sign > 0):
                w += lr * sign * x
                b += lr * sign
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="flips rows in place" exercise="perceptron" breaks=["purity"]
# After the call the caller's array X holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, signs = np.asarray(X, dtype=float), 2 * np.asarray(y, dtype=float) - 1
    X *= signs[:, None]
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, sign in zip(X, signs):
            score = w @ x + sign * b
            if score < 0 or (score == 0 and sign < 0):
                w += lr * x
                b += lr * sign
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="stops when the mistakes grow" exercise="perceptron" breaks=["value", "state"]
# Your training stops at the first epoch that has more mistakes than the one before.
# But a perceptron gets worse for a while and then better. Which two things alone may
# end the training?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            error = int(label) - int(w @ x + b >= 0)
            if error:
                w = w + lr * error * x
                b = b + lr * error
                count += 1
        if mistakes and count > mistakes[-1]:
            mistakes.append(count)
            break
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


# %% mistake="keeps the best weights" exercise="perceptron" breaks=["value"]
# Your list of mistakes is right, but w and b come from an earlier epoch, the one with
# the fewest mistakes. The docstring asks for the perceptron as it is at the end.
# Which weights are these?
def perceptron_fit(X, y, lr=1.0, epochs=100):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    best = len(y) + 1, w, b
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            error = int(label) - int(w @ x + b >= 0)
            if error:
                w = w + lr * error * x
                b = b + lr * error
                count += 1
        mistakes.append(count)
        if count < best[0]:
            best = count, w, b
        if count == 0:
            break
    w, b = best[1:]
    return w, b, mistakes


# %% accepted="textbook, row by row" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    w = np.zeros(X.shape[1])
    b = 0
    mistakes = []
    for epoch in range(epochs):
        errors = 0
        for x_i, y_i in zip(X, y):
            y_hat = np.where(np.dot(w, x_i) + b >= 0, 1, 0)
            update = lr * (y_i - y_hat)
            w += update * x_i
            b += update
            errors += int(update != 0)
        mistakes.append(errors)
        if errors == 0:
            break
    return w, b, mistakes


# %% accepted="textbook, step by step" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    m, n = X.shape
    w, b = np.zeros((n,)), 0.0
    mistakes = []
    for _ in range(epochs):
        count = 0
        for i in range(m):
            score = X[i] @ w + b
            if score >= 0:
                y_hat = 1
            else:
                y_hat = 0
            if y_hat != y[i]:
                error = y[i] - y_hat
                w = w + lr * error * X[i]
                b = b + lr * error
                count = count + 1
        mistakes.append(count)
        if count == 0:
            return w, b, mistakes
    return w, b, mistakes


# %% accepted="with a column of ones" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X = np.column_stack([np.asarray(X, dtype=float), np.ones(len(X))])
    y = np.asarray(y, dtype=float)
    v, mistakes = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        count = 0
        for i in range(len(y)):
            y_hat = int(X[i] @ v >= 0)
            v += lr * (y[i] - y_hat) * X[i]
            count += y_hat != y[i]
        mistakes.append(count)
        if not count:
            break
    return v[:-1], v[-1], mistakes


# %% accepted="with a while loop and an array" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, y = np.array(X, dtype=np.float64), np.array(y, dtype=np.int64)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, np.zeros(0, dtype=int)
    while len(mistakes) < epochs and 0 not in mistakes:
        count = 0
        for row, label in zip(X, y):
            prediction = np.where(np.dot(w, row) + b >= 0, 1, 0)
            if prediction != label:
                w = w + lr * (label - prediction) * row
                b = b + lr * (label - prediction)
                count += 1
        mistakes = np.append(mistakes, count)
    return w, b, mistakes


# %% accepted="in plain Python" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    rows = [[float(value) for value in row] for row in X]
    labels = [float(label) for label in y]
    w, b, mistakes = [0.0] * len(rows[0]), 0.0, []
    for _ in range(epochs):
        count = 0
        for row, label in zip(rows, labels):
            score = sum(a * c for a, c in zip(w, row)) + b
            error = label - (1.0 if score >= 0 else 0.0)
            if error:
                w = [a + lr * error * c for a, c in zip(w, row)]
                b += lr * error
                count += 1
        mistakes.append(count)
        if not count:
            break
    return np.array(w), b, tuple(mistakes)


# %% accepted="by signed labels" exercise="perceptron"
def perceptron_fit(X, y, lr=1.0, epochs=100):
    X, signs = np.asarray(X, dtype=float), np.where(np.asarray(y) == 1, 1.0, -1.0)
    w, b, mistakes = np.zeros(X.shape[1]), 0, []
    for _ in range(epochs):
        count = 0
        for x, sign in zip(X, signs):
            if (w @ x + b >= 0) != (sign > 0):
                w, b, count = w + lr * sign * x, b + lr * sign, count + 1
        mistakes.append(count)
        if count == 0:
            return w, b, mistakes
    return w, b, mistakes


# %% [markdown]
# ## linear-forward


# %% mistake="forgets to transpose" exercise="linear-forward" breaks=["value"]
# Your product lines up the inputs of an example with the units of W. Where n_in and
# n_out differ it stops with an error, and where they agree it gives wrong numbers. Is
# a unit a row of W or a column?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float) + np.asarray(b, dtype=float)


# %% mistake="examples in columns" exercise="linear-forward" breaks=["value"]
# Your result has the shape (n_out, m): each example is a column. The docstring has an
# example in each row of A, and asks for (m, n_out). What has to change places in your
# product?
def linear_forward(A, W, b):
    return np.asarray(W, dtype=float) @ np.asarray(A, dtype=float).T + np.asarray(b, dtype=float)[:, None]


# %% mistake="forgets the bias" exercise="linear-forward" breaks=["value"]
# For an input of zeros your result is 0. There each unit of a layer gives its bias,
# and the example in the docstring has a 10 in b. Where does b enter your result?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T


# %% mistake="subtracts the bias" exercise="linear-forward" breaks=["value"]
# For an input of zeros your result is -b. The bias is no threshold that has to be
# passed: with a larger bias the pre-activation is larger. With which sign does b
# count?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T - np.asarray(b, dtype=float)


# %% mistake="bias as a column" exercise="linear-forward" breaks=["value"]
# Your biases go down the column of the result: each example gets a bias of its own,
# and with other numbers of examples and units the call fails or the result has a
# wrong shape. Does a bias belong to an example or to a unit?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float)[:, None]


# %% mistake="elementwise product" exercise="linear-forward" breaks=["value"]
# Your function multiplies A and W entry by entry: for most shapes it stops with an
# error. A pre-activation is a sum over all inputs of a unit. Which operator
# multiplies and sums?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) * np.asarray(W, dtype=float) + np.asarray(b, dtype=float)


# %% mistake="applies an activation" exercise="linear-forward" breaks=["value"]
# Your result is never negative: below 0 it is cut off. The pre-activation is what
# goes into the activation, and it has both signs. Which step belongs to a later
# function?
def linear_forward(A, W, b):
    return np.maximum(np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float), 0)


# %% mistake="divides by the inputs" exercise="linear-forward" breaks=["value"]
# Your result is too small, except for the bias: the sum over the inputs is divided by
# their number. On the example in the docstring the last entry is 10.5, not 11. Is a
# pre-activation a sum or a mean?
def linear_forward(A, W, b):
    A = np.asarray(A, dtype=float)
    return A @ np.asarray(W, dtype=float).T / A.shape[1] + np.asarray(b, dtype=float)


# %% mistake="drops the axis of a single example" exercise="linear-forward" breaks=["value"]
# With one example, or with one unit, your result has fewer axes than it should. A
# batch of one example is a batch too: the example in the docstring gives the shape
# (1, 3). Which step takes axes of length 1 away?
def linear_forward(A, W, b):
    return np.squeeze(np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float))


# %% mistake="writes into A" exercise="linear-forward" breaks=["value"]
# After the call the caller's array A holds other numbers than before: your function
# writes into it. Which line does that, and how do you get a new array in its place?
def linear_forward(A, W, b):
    A, W = np.asarray(A, dtype=float), np.asarray(W, dtype=float)
    Z = A @ W.T + np.asarray(b, dtype=float)
    if Z.shape == A.shape:
        A[:] = Z
        return A
    return Z


# %% mistake="goes through memory" exercise="linear-forward" breaks=["value"] recognisable=false
# Your result is right for arrays that lie in memory row by row. For Z.T and Z[:, ::2]
# the entries come in another order. Do you go through the entries by memory or by
# index?
def linear_forward(A, W, b):
    return np.reshape(A.ravel(order="K"), A.shape) @ np.reshape(W.ravel(order="K"), W.shape).T + b


# %% accepted="textbook, in one line" exercise="linear-forward"
def linear_forward(A, W, b):
    return A @ W.T + b


# %% accepted="textbook, step by step" exercise="linear-forward"
def linear_forward(A, W, b):
    m = A.shape[0]
    n_out = W.shape[0]
    Z = np.zeros((m, n_out))
    for i in range(m):
        Z[i] = np.dot(W, A[i]) + b
    return Z


# %% accepted="by einsum" exercise="linear-forward"
def linear_forward(A, W, b):
    A, W, b = (np.asarray(part, dtype=np.float64) for part in (A, W, b))
    return np.einsum("ij,kj->ik", A, W) + b


# %% accepted="row by row" exercise="linear-forward"
def linear_forward(A, W, b):
    W, b = np.array(W, dtype=float), np.array(b, dtype=float)
    return np.array([W @ np.array(a, dtype=float) + b for a in A])


# %% accepted="by np.dot and reshape" exercise="linear-forward"
def linear_forward(A, W, b):
    return np.dot(np.asarray(A, float), np.transpose(np.asarray(W, float))) + np.reshape(np.asarray(b, float), (1, -1))


# %% accepted="in plain Python" exercise="linear-forward"
def linear_forward(A, W, b):
    return np.array(
        [[math.fsum(float(a) * float(w) for a, w in zip(row, unit)) + float(c) for unit, c in zip(W, b)] for row in A]
    )


# %% [markdown]
# ## mlp-forward


# %% mistake="hidden activation on the output" exercise="mlp-forward" breaks=["value", "state"]
# Your output has been through the hidden activation: with ReLU, for instance, it has
# no upper bound, where a sigmoid stays below 1. The argument output is used nowhere.
# Which layer is it for, and how does your loop know that layer?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    for layer in range(1, len(params) // 2 + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="both functions on the output" exercise="mlp-forward" breaks=["value", "state"]
# Your output has been through two functions, the hidden activation and then the
# output function: after a ReLU a sigmoid never gives less than 0.5. Which function
# alone comes after the last layer?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    for layer in range(1, len(params) // 2 + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    cache["A"][-1] = output(A)
    return cache["A"][-1], cache


# %% mistake="no output function" exercise="mlp-forward" breaks=["value", "state"]
# Your output is the last pre-activation: the argument output has no effect on it. So
# with a sigmoid it still lies below 0 and above 1. Which layer does this argument
# belong to?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = hidden(Z) if layer < n_layers else Z
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="no hidden activation" exercise="mlp-forward" breaks=["value", "state"]
# Your hidden layers give their pre-activations on: the argument hidden has no effect.
# On the example in the docstring you get 0 and not 3. What are several linear layers
# in a row, without anything between them?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = Z if layer < n_layers else output(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="activates the input" exercise="mlp-forward" breaks=["value", "state"]
# Your first layer gets hidden(X), not X: with ReLU all negative inputs are 0, and the
# first entry of cache["A"] shows it. The input is no layer. Which array comes first
# in the list of the docstring?
def mlp_forward(X, params, hidden, output):
    A = hidden(np.asarray(X, dtype=float))
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="sorts the keys as text" exercise="mlp-forward" breaks=["value", "state"]
# With ten layers or more your layers come in a wrong order: sorted as text, "W10"
# stands before "W2". The keys have numbers in them. Which order do you want, and how
# do you get each key from a number?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    weights = sorted(key for key in params if key.startswith("W"))
    for key in weights:
        Z = linear_forward(A, params[key], params["b" + key[1:]])
        A = output(Z) if key == weights[-1] else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="takes the keys in their order" exercise="mlp-forward" breaks=["value", "state"]
# Your layers come in the order in which the keys stand in params. The docstring
# allows any order, and then your function fails or gives wrong numbers. From what can
# you make the key of layer 1, 2, 3?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    weights = [key for key in params if key.startswith("W")]
    for key in weights:
        Z = linear_forward(A, params[key], params["b" + key[1:]])
        A = output(Z) if key == weights[-1] else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="two layers only" exercise="mlp-forward" breaks=["value", "state"]
# Your function always runs through two layers: with one layer it fails, and with
# three it leaves one out. How can you tell from params how many layers there are, and
# what is different in the last one?
def mlp_forward(X, params, hidden, output):
    X = np.asarray(X, dtype=float)
    Z1 = linear_forward(X, params["W1"], params["b1"])
    A1 = hidden(Z1)
    Z2 = linear_forward(A1, params["W2"], params["b2"])
    A2 = output(Z2)
    return A2, {"A": [X, A1, A2], "Z": [Z1, Z2]}


# %% mistake="gives only the output" exercise="mlp-forward" breaks=["value", "state"]
# Your function gives one array, the output. The docstring asks for a pair (A_L,
# cache), and on the way back the arrays of all layers are needed. Where do A and Z of
# each layer stay?
def mlp_forward(X, params, hidden, output):
    A = X
    n = len(params) // 2
    for layer in range(1, n + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n else hidden(Z)
    return A


# %% mistake="gives only the cache" exercise="mlp-forward" breaks=["value", "state"]
# Your function gives the cache alone. The docstring asks for a pair (A_L, cache). The
# output is in your cache already: how do you give both, and in which order?
def mlp_forward(X, params, hidden, output):
    cache = {"A": [X], "Z": []}
    n = len(params) // 2
    for layer in range(1, n + 1):
        Z = linear_forward(cache["A"][-1], params[f"W{layer}"], params[f"b{layer}"])
        cache["Z"].append(Z)
        cache["A"].append(output(Z) if layer == n else hidden(Z))
    return cache


# %% mistake="one layer too few" exercise="mlp-forward" breaks=["value", "state"]
# Your output is that of an earlier layer: the loop runs through too few layers. In
# params each layer has two arrays, a weight matrix and a bias, and range(1, n) ends
# at n - 1. Which is the last layer that your loop visits?
def mlp_forward(X, params, hidden, output):
    A = X
    cache = {"A": [A], "Z": []}
    n = len(params) // 2
    for layer in range(1, n):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n - 1 else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="three arrays a layer" exercise="mlp-forward" breaks=["value", "state"]
# Your output is that of an earlier layer: the loop runs through too few layers. In
# params each layer has two arrays, a weight matrix and a bias, and range(1, n) ends
# at n - 1. Which is the last layer that your loop visits?
def mlp_forward(X, params, hidden, output):
    A = X
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 3
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="the input is not in the cache" exercise="mlp-forward" breaks=["state"]
# Your output is right, but cache["A"] has one entry too few: it begins with the first
# hidden layer. The first weights are multiplied with the input, and the way back
# needs it. Which array stands first in the docstring's list?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="activations in Z" exercise="mlp-forward" breaks=["state"]
# Your output is right, but in cache["Z"] stand the numbers that come out of the
# activations, the same ones as in cache["A"]. Z is what goes in. When do you keep
# this array, and does it still hold the pre-activation at the end?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        A = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(A) if layer == n_layers else hidden(A)
        cache["Z"].append(A)
        cache["A"].append(A)
    return A, cache


# %% mistake="the output is not in the cache" exercise="mlp-forward" breaks=["state"]
# Your output is right, but cache["A"] ends with the last hidden layer: it has as many
# entries as there are layers, where one more is needed. Which array is kept last in
# the docstring's list?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        cache["A"].append(A)
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
    return A, cache


# %% mistake="a dict instead of lists" exercise="mlp-forward" breaks=["state"]
# Your output is right, but the cache has a key for each array, as "Z1". The docstring
# asks for two keys, "A" and "Z", with a list under each. What is the entry of layer 2
# in such a list?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A0": A}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        cache[f"Z{layer}"] = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(cache[f"Z{layer}"]) if layer == n_layers else hidden(cache[f"Z{layer}"])
        cache[f"A{layer}"] = A
    return A, cache


# %% mistake="one array for all Z" exercise="mlp-forward" breaks=["state"]
# Your output is right, but in cache["Z"] stand the numbers that come out of the
# activations, the same ones as in cache["A"]. Z is what goes in. When do you keep
# this array, and does it still hold the pre-activation at the end?
def mlp_forward(X, params, hidden, output):
    A = np.array(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        result = output(Z.copy()) if layer == n_layers else hidden(Z.copy())
        Z[:] = result
        A = Z
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="takes the parameters out" exercise="mlp-forward" breaks=["purity"]
# Your output is right, but after the call arrays are missing in the caller's dict
# params: the next call with it fails. Which step takes an entry out, and how do you
# read an entry and leave it there?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params.pop(f"W{layer}"), params.pop(f"b{layer}"))
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="stores transposed weights" exercise="mlp-forward" breaks=["purity"]
# Your output is right, but after the call params holds other arrays than before: a
# second call uses transposed weights. The dict belongs to the caller. Where can you
# keep an array that only your function needs?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        params[f"W{layer}"] = np.asarray(params[f"W{layer}"], dtype=float).T
        Z = A @ params[f"W{layer}"] + params[f"b{layer}"]
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% mistake="one ReLU for all networks" exercise="mlp-forward" breaks=["value", "state"]
# Your result is the same for all functions that come in as hidden and output: a ReLU
# and a sigmoid are always used. On the example in the docstring the output is to be
# the pre-activation itself. Which names stand for the functions?
def mlp_forward(X, params, hidden, output):
    A = np.asarray(X, dtype=float)
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = sigmoid(Z) if layer == n_layers else relu(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


# %% accepted="textbook, in a loop" exercise="mlp-forward"
def mlp_forward(X, params, hidden, output):
    L = len(params) // 2
    A = X
    cache = {"A": [X], "Z": []}
    for i in range(1, L):
        Z = A @ params[f"W{i}"].T + params[f"b{i}"]
        A = hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    Z = A @ params[f"W{L}"].T + params[f"b{L}"]
    A = output(Z)
    cache["Z"].append(Z)
    cache["A"].append(A)
    return A, cache


# %% accepted="textbook, step by step" exercise="mlp-forward"
def mlp_forward(X, params, hidden, output):
    activations = [X]
    pre_activations = []
    number_of_layers = len(params) // 2
    for i in range(number_of_layers):
        W = params["W" + str(i + 1)]
        b = params["b" + str(i + 1)]
        z = linear_forward(activations[i], W, b)
        pre_activations.append(z)
        if i < number_of_layers - 1:
            activations.append(hidden(z))
        else:
            activations.append(output(z))
    cache = {"A": activations, "Z": pre_activations}
    return activations[-1], cache


# %% accepted="without linear_forward" exercise="mlp-forward"
def mlp_forward(X, params, hidden, output):
    signals, sums = [np.array(X, dtype=float)], []
    layer = 1
    while f"W{layer}" in params:
        sums.append(np.matmul(signals[-1], params[f"W{layer}"].T) + params[f"b{layer}"])
        layer += 1
        signals.append(hidden(sums[-1]) if f"W{layer}" in params else output(sums[-1]))
    return signals[-1], {"A": signals, "Z": sums}


# %% accepted="by recursion" exercise="mlp-forward"
def _rest(A, params, layer, hidden, output):
    Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
    if f"W{layer + 1}" not in params:
        return [output(Z)], [Z]
    A = hidden(Z)
    later_A, later_Z = _rest(A, params, layer + 1, hidden, output)
    return [A, *later_A], [Z, *later_Z]


def mlp_forward(X, params, hidden, output):
    X = np.asarray(X, dtype=float)
    A, Z = _rest(X, params, 1, hidden, output)
    return A[-1], {"A": [X, *A], "Z": Z}


# %% accepted="by a list of functions, with tuples" exercise="mlp-forward"
def mlp_forward(X, params, hidden, output):
    n = sum(key.startswith("W") for key in params)
    A, Z = (np.asarray(X, dtype=float),), ()
    for layer, f in enumerate([hidden] * (n - 1) + [output], start=1):
        Z += (linear_forward(A[-1], params["W" + str(layer)], params["b" + str(layer)]),)
        A += (f(Z[-1]),)
    return A[-1], dict(Z=Z, A=A)


# %% accepted="sorts the keys by number" exercise="mlp-forward"
def mlp_forward(X, params, hidden, output):
    layers = sorted(int(key[1:]) for key in params if key[0] == "W")
    A = np.asarray(X, dtype=np.float64)
    cache = {"Z": [], "A": [A]}
    for layer in layers:
        cache["Z"].append(linear_forward(A, params[f"W{layer}"], params[f"b{layer}"]))
        A = (output if layer == layers[-1] else hidden)(cache["Z"][-1])
        cache["A"].append(A)
    return A, cache


# %% [markdown]
# ## init-params


# %% mistake="variance taken for the deviation" exercise="init-params" breaks=["value"]
# Your He weights are too small: for 50 inputs their standard deviation is 0.04, where
# 0.2 is right. The docstring gives 2/n_in as the variance. Which of the two, variance
# or standard deviation, does a normal generator take?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, 2 / n_in, (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="counts the outputs for He" exercise="init-params" breaks=["value"]
# Your He weights have the variance 2/n_out. A layer with many inputs and few outputs
# shows it: its pre-activations grow far too large. Over how many terms does a unit
# sum, and which number has to make up for that?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_out), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="He without the 2" exercise="init-params" breaks=["value"]
# Your He weights have the variance 1/n_in: behind each ReLU the signal gets smaller.
# A ReLU removes about half of the mean square. Which factor in the variance makes up
# for that?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(1 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="limit taken for the deviation" exercise="init-params" breaks=["value"]
# Your Xavier weights have a third of the right variance: you use its root as the
# limit. Numbers between -r and r have the variance r*r/3, as step 4 shows. Which r
# belongs to the variance 2/(n_in + n_out)?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(2 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="Xavier counts the inputs only" exercise="init-params" breaks=["value"]
# Your Xavier weights spread too far: their limit depends on the inputs alone. Xavier
# looks at both directions, forward over the inputs and backward over the outputs.
# What does the docstring count below the fraction?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / n_in)
        W = rng.uniform(-limit, limit, (n_out, n_in))
        if scheme == "he":
            W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="Xavier weights positive only" exercise="init-params" breaks=["value"]
# All your Xavier weights are positive: they lie between 0 and the limit, so that
# their mean is not 0. The docstring asks for numbers on both sides of 0. What are the
# lower and the upper end of your draw?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else limit * rng.random((n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="Xavier from a normal distribution" exercise="init-params" breaks=["value"]
# Your Xavier weights have the right variance, but some lie beyond the limit: they
# come from a normal distribution. Which distribution does the docstring name for
# "xavier", and what is its largest number?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        variance = 2 / n_in if scheme == "he" else 2 / (n_in + n_out)
        W = rng.normal(0, np.sqrt(variance), (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="He from a uniform distribution" exercise="init-params" breaks=["value"]
# Your He weights have the right variance, but none is larger than some limit: they
# come from a uniform distribution. Which distribution does the docstring name for
# "he"?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / n_in) if scheme == "he" else np.sqrt(6 / (n_in + n_out))
        params |= {f"W{layer}": rng.uniform(-limit, limit, (n_out, n_in)), f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="inputs and outputs exchanged" exercise="init-params" breaks=["value"]
# Your weight matrices are transposed: for [2, 10, 1] the docstring has W1 of shape
# (10, 2), and yours has (2, 10). The weights of one unit are a row. How many rows and
# how many columns has a layer?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)) if he else rng.uniform(-limit, limit, (n_in, n_out))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="bias as a column" exercise="init-params" breaks=["value"]
# Your biases have the shape (n_out, 1). The docstring has (n_out,), one axis: a
# column would be added to the wrong axis of a batch. Which shape do you hand to the
# function that makes the zeros?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros((n_out, 1))}
    return params


# %% mistake="random biases" exercise="init-params" breaks=["value"]
# Your biases are random numbers. The units of a layer differ already, as their
# weights do. Which value does the docstring give to all biases at the beginning?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": 0.01 * rng.normal(size=n_out)}
    return params


# %% mistake="counts layers from 0" exercise="init-params" breaks=["value", "state"]
# Your first keys are "W0" and "b0". The input is no layer: the example in the
# docstring begins with "W1". From which number does your loop count, and which size
# belongs to the layer before?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="size of the first layer for all" exercise="init-params" breaks=["value"]
# All your layers have weights of the same spread, that of the first layer, though
# their sizes differ. Each layer has its own numbers of inputs and outputs. At which
# place of your function is the spread computed?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    limit, std = np.sqrt(6 / (sizes[0] + sizes[1])), np.sqrt(2 / sizes[0])
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        W = rng.normal(0, std, (n_out, n_in)) if scheme == "he" else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="uses the global generator" exercise="init-params" breaks=["state"]
# With the same generator your function gives other weights in each call: it draws
# from somewhere else, such as the global state of numpy.random. Which argument is
# there to draw from?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = np.random.randn(n_out, n_in) * np.sqrt(2 / n_in) if he else np.random.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="the same seed in every call" exercise="init-params" breaks=["state"]
# Your weights are the same in every call, with every generator and without one: the
# argument rng has no effect. Two networks must not begin equal. When is a new
# generator made, and with which seed?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng(42)
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="a fixed seed without a generator" exercise="init-params" breaks=["state"]
# Without rng your weights are the same in every call. The docstring asks for a fresh
# generator there, so that two networks differ. What does a fixed seed do to the
# numbers that follow?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    rng = np.random.default_rng(0) if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="the same seed in every layer" exercise="init-params" breaks=["state"]
# Two layers of equal shape get equal weights: the numbers are not drawn on from layer
# to layer, they start anew. How often may a generator be made for one network, and
# what does each draw leave behind?
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    seed = int((np.random.default_rng() if rng is None else rng).integers(2**32))
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        rng = np.random.default_rng(seed)
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="empties the list of sizes" exercise="init-params" breaks=["value", "state", "errors"]
# After the call the caller's list of sizes is not what it was: your function changes
# it. A tuple, which the docstring allows too, cannot be changed at all. How do you
# read two neighbouring sizes and leave all in place?
def init_params(sizes, scheme="xavier", rng=None):
    n_in, params, layer = sizes.pop(0), {}, 0
    rng = np.random.default_rng() if rng is None else rng
    while sizes:
        n_out, layer = sizes.pop(0), layer + 1
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
        n_in = n_out
    return params


# %% mistake="any other scheme is Xavier" exercise="init-params" breaks=["errors"]
# For a scheme that does not exist, a misspelt one for instance, your function gives
# weights as if nothing had happened. The docstring asks for a ValueError. Which names
# are allowed, and where is a name compared with both?
def init_params(sizes, scheme="xavier", rng=None):
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else rng.uniform(-limit, limit, (n_out, n_in))
        params |= {f"W{layer}": W, f"b{layer}": np.zeros(n_out)}
    return params


# %% mistake="KeyError for another scheme" exercise="init-params" breaks=["errors"]
# For a scheme that does not exist your function stops with a KeyError. The docstring
# asks for a ValueError, whose message tells the user which names there are. Where can
# the name be tested before it is used?
def init_params(sizes, scheme="xavier", rng=None):
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        limit = np.sqrt(6 / (n_in + n_out))
        draw = {
            "he": lambda: rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)),
            "xavier": lambda: rng.uniform(-limit, limit, (n_out, n_in)),
        }
        params |= {f"W{layer}": draw[scheme](), f"b{layer}": np.zeros(n_out)}
    return params


# %% accepted="textbook, layer by layer" exercise="init-params"
def init_params(sizes, scheme="xavier", rng=None):
    if rng is None:
        rng = np.random.default_rng()
    params = {}
    for i in range(1, len(sizes)):
        n_in, n_out = sizes[i - 1], sizes[i]
        if scheme == "xavier":
            limit = np.sqrt(6 / (n_in + n_out))
            params["W" + str(i)] = rng.uniform(-limit, limit, (n_out, n_in))
        elif scheme == "he":
            params["W" + str(i)] = rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)
        else:
            raise ValueError("unknown scheme: " + scheme)
        params["b" + str(i)] = np.zeros(n_out)
    return params


# %% accepted="textbook, by pairs" exercise="init-params"
def init_params(sizes, scheme="xavier", rng=None):
    if scheme not in ("xavier", "he"):
        raise ValueError(f"unknown scheme {scheme}")
    rng = rng or np.random.default_rng()
    params = {}
    for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        if scheme == "he":
            W = rng.normal(0, np.sqrt(2.0 / n_in), size=(n_out, n_in))
        else:
            r = np.sqrt(6.0 / (n_in + n_out))
            W = rng.uniform(-r, r, size=(n_out, n_in))
        params[f"W{i + 1}"] = W
        params[f"b{i + 1}"] = np.zeros((n_out,))
    return params


# %% accepted="with a loop over pairs" exercise="init-params"
def init_params(sizes, scheme="xavier", rng=None):
    rng = np.random.default_rng() if rng is None else rng
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        if scheme == "xavier":
            W = (2 * rng.random((n_out, n_in)) - 1) * np.sqrt(6.0 / (n_in + n_out))
        elif scheme == "he":
            W = rng.standard_normal((n_out, n_in)) * np.sqrt(2.0 / n_in)
        else:
            raise ValueError("scheme")
        params["b%d" % layer] = np.zeros(n_out)
        params["W%d" % layer] = W
    return params


# %% accepted="by list comprehension" exercise="init-params"
def _weights(n_in, n_out, scheme, rng):
    if scheme == "he":
        return rng.normal(scale=(2 / n_in) ** 0.5, size=(n_out, n_in))
    r = (6 / (n_in + n_out)) ** 0.5
    return rng.uniform(low=-r, high=r, size=(n_out, n_in))


def init_params(sizes, scheme="xavier", rng=None):
    if scheme != "xavier" and scheme != "he":
        raise ValueError(scheme)
    rng = rng or np.random.default_rng()
    weights = {f"W{i}": _weights(sizes[i - 1], sizes[i], scheme, rng) for i in range(1, len(sizes))}
    return weights | {f"b{i}": np.zeros((sizes[i],)) for i in range(1, len(sizes))}


# %% accepted="transposed draw" exercise="init-params"
def init_params(sizes, scheme="xavier", rng=None):
    rng = np.random.default_rng(rng)
    params = {}
    for layer in range(1, len(sizes)):
        n_in, n_out = sizes[layer - 1], sizes[layer]
        if scheme == "he":
            W = rng.normal(0.0, math.sqrt(2 / n_in), size=(n_in, n_out)).T
        elif scheme == "xavier":
            limit = math.sqrt(6 / (n_in + n_out))
            W = rng.uniform(-limit, limit, size=(n_in, n_out)).T
        else:
            raise ValueError(f"no scheme {scheme}")
        params[f"W{layer}"], params[f"b{layer}"] = W, 0 * W[:, 0]
    return params


# %% accepted="by spawned generators" exercise="init-params"
def init_params(sizes, scheme="xavier", rng=None):
    schemes = ["he", "xavier"]
    if scheme not in schemes:
        raise ValueError(f"choose one of {schemes}")
    seed = int(rng.integers(0, 2**62)) if rng is not None else None
    children = np.random.SeedSequence(seed).spawn(len(sizes) - 1)
    params = {}
    for layer, child in enumerate(children, start=1):
        own, n_in, n_out = np.random.default_rng(child), sizes[layer - 1], sizes[layer]
        limit = np.sqrt(6 / (n_in + n_out))
        he = scheme == "he"
        W = own.normal(0, np.sqrt(2 / n_in), (n_out, n_in)) if he else own.uniform(-limit, limit, (n_out, n_in))
        params[f"W{layer}"], params[f"b{layer}"] = W, np.zeros(n_out, dtype=np.float64)
    return params


# %% [markdown]
# ## predict


# %% mistake="strictly above the threshold" exercise="predict" breaks=["value"]
# An example whose p is exactly the threshold gets the label 0 from your function, all
# others are right. Read the docstring once more: which of the two labels has the
# threshold itself?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] > threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="threshold fixed at one half" exercise="predict" breaks=["value"]
# Your labels are the same for every threshold: with threshold=0.8 an example with p =
# 0.6 still gets a 1. The value 0.5 is only the default. Where does your function use
# its argument?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= 0.5).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="rounds" exercise="predict" breaks=["value"]
# Your labels do not depend on the threshold, and at p = 0.5 they are 0: rounding goes
# to the even number there. Which comparison does the docstring ask for, and with
# which number?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return np.round(p[:, 0]).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="labels as a column" exercise="predict" breaks=["value"]
# With one output unit your labels have the shape (m, 1), and the docstring asks for
# (m,), one label for each example. Which axis of the output is left over, and how do
# you take its only column?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p >= threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="arg max of one output" exercise="predict" breaks=["value"]
# With one output unit all your labels are 0. The only number of a row is always its
# largest, and no probability reaches a threshold above 1. Which of your lines runs
# there, and with what does it compare p?
def predict(X, params, hidden, output, threshold=0.5):
    return predict_proba(X, params, hidden, output).argmax(axis=1)


# %% mistake="threshold in percent" exercise="predict" breaks=["value"]
# With one output unit all your labels are 0. The only number of a row is always its
# largest, and no probability reaches a threshold above 1. Which of your lines runs
# there, and with what does it compare p?
def predict(X, params, hidden, output, threshold=50):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="two classes taken for two outputs" exercise="predict" breaks=["value"]
# With one output unit all your labels are 0. The only number of a row is always its
# largest, and no probability reaches a threshold above 1. Which of your lines runs
# there, and with what does it compare p?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p.ravel() >= threshold).astype(int) if p.shape[1] == 2 else p.argmax(axis=1)


# %% mistake="arg max over the examples" exercise="predict" breaks=["value"]
# With several outputs your result has one entry for each class, not for each example:
# the largest is looked for down the columns. An example is a row. Along which axis do
# its outputs lie?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=0)


# %% mistake="threshold for several outputs" exercise="predict" breaks=["value"]
# With several outputs an example whose largest output is below the threshold gets the
# label 0 from you. The docstring does not use the threshold there. Which class wins,
# however small its probability?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p[:, 0] >= threshold).astype(int)
    return np.where(p.max(axis=1) >= threshold, p.argmax(axis=1), 0)


# %% mistake="two outputs as one" exercise="predict" breaks=["value"]
# With two output units you compare one of them with the threshold, so that the other
# has no effect. Two are several: what does the docstring ask for there, and from
# which number of units on?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, -1] >= threshold).astype(int) if p.shape[1] <= 2 else p.argmax(axis=1)


# %% mistake="one-hot labels" exercise="predict" breaks=["value"]
# With several outputs your result has the shape (m, k), a row of zeros and a one for
# each example. The docstring asks for a label, a single number. What tells you at
# which place the one stands?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p[:, 0] >= threshold).astype(int)
    return (p == p.max(axis=1, keepdims=True)).astype(int)


# %% mistake="gives the cache too" exercise="predict" breaks=["value"]
# predict_proba gives a pair, the output together with the cache, so that predict has
# no array to compare. The forward pass returns two things. Which of them are the
# probabilities?
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)


# %% mistake="probabilities without their axis" exercise="predict" breaks=["value"]
# With one output unit or one example your probabilities lose an axis: the docstring
# asks for (m, n_out), and its example gives the shape (1, 1). Which step takes axes
# of length 1 away, and is it needed?
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)[0].squeeze()


# %% mistake="sigmoid on top of the output" exercise="predict" breaks=["value"]
# Your probabilities are too close together: for the example in the docstring you get
# 0.62, not 0.5. A sigmoid is applied to numbers that are probabilities already. Which
# function has the forward pass applied to its last layer?
def predict_proba(X, params, hidden, output):
    return sigmoid(mlp_forward(X, params, hidden, output)[0])


# %% mistake="gives the last pre-activation" exercise="predict" breaks=["value"]
# Your result lies below 0 and above 1 in places: these are the last pre-activations,
# the logits. Which of the two lists in the cache ends with what has been through the
# output function?
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)[1]["Z"][-1]


# %% mistake="takes 0 for no threshold" exercise="predict" breaks=["value"]
# With threshold=0 your function compares with the default 0.5, though 0 is allowed
# and gives the label 1 to all. Python counts 0.0 as false. What does `0.0 or 0.5`
# give, and how do you ask for None itself?
def predict(X, params, hidden, output, threshold=None):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p.ravel() >= (threshold or 0.5)).astype(int)
    return np.argmax(p, axis=1)


# %% accepted="textbook, in one line" exercise="predict"
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)[0]


def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return p.argmax(axis=1) if p.shape[1] > 1 else (p[:, 0] >= threshold).astype(int)


# %% accepted="textbook, step by step" exercise="predict"
def predict_proba(X, params, hidden, output):
    probabilities, cache = mlp_forward(X, params, hidden, output)
    return probabilities


def predict(X, params, hidden, output, threshold=0.5):
    probabilities = predict_proba(X, params, hidden, output)
    m, n_out = probabilities.shape
    if n_out == 1:
        labels = np.zeros(m)
        for i in range(m):
            if probabilities[i, 0] >= threshold:
                labels[i] = 1
        return labels
    return np.argmax(probabilities, axis=1)


# %% accepted="a list of labels" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return [int(row[0] >= threshold) for row in p]
    return list(np.argmax(p, axis=1))


# %% accepted="labels as floats" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= threshold).astype(float) if p.shape[1] == 1 else p.argmax(axis=1)


# %% accepted="labels as booleans" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return p[:, 0] >= threshold if p.shape[1] == 1 else p.argmax(axis=1)


# %% accepted="from the cache" exercise="predict"
def predict_proba(X, params, hidden, output):
    A_L, cache = mlp_forward(X, params, hidden, output)
    return cache["A"][-1]


def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    m, n_out = p.shape
    if n_out > 1:
        return np.argmax(p, axis=-1)
    return np.where(p.reshape(m) >= threshold, 1, 0)


# %% accepted="row by row" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    labels = []
    for row in predict_proba(X, params, hidden, output):
        labels.append(int(row[0] >= threshold) if len(row) == 1 else int(np.argmax(row)))
    return np.array(labels)


# %% accepted="without predict_proba" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    p, _ = mlp_forward(X, params, hidden, output)
    if p.shape[-1] == 1:
        return 1 - (p[:, 0] < threshold).astype(np.int32)
    return p.argmax(1).astype(np.int32)


# %% accepted="by sorting" exercise="predict"
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return np.argsort(p, axis=1)[:, -1] if p.shape[1] > 1 else (p[:, 0] >= threshold) * 1


# %% [markdown]
# ## relu-fit


# %% mistake="slopes as weights" exercise="relu-fit" breaks=["value"]
# Your weights are the slopes of the pieces, so that the curve is right on the first
# piece and too steep or too flat behind it: all earlier units go on rising there.
# What has to be added to their slopes at each knot?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(y) / np.diff(x), x[:-1], y[0]


# %% mistake="differences as slopes" exercise="relu-fit" breaks=["value"]
# Your weights are right while neighbouring knots are 1 apart. In the example of the
# docstring the second piece is 2 long, and there you are wrong. A slope is rise over
# run: where is the run in your result?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y), prepend=0.0), x[:-1], y[0]


# %% mistake="equal distances assumed" exercise="relu-fit" breaks=["value"]
# Your weights are right while all pieces are as long as the first one. In the example
# of the docstring the second piece is twice as long, and there you are wrong. Which
# run belongs to each rise?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / (x[1] - x[0]), prepend=0.0), x[:-1], y[0]


# %% mistake="knots at the right ends" exercise="relu-fit" breaks=["value"]
# Your weights are right, but each kink comes one knot too late: up to the second knot
# your curve is flat. A unit is 0 up to its knot and rises behind it. At which end of
# its piece does a slope begin?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[1:], y[0]


# %% mistake="no bias" exercise="relu-fit" breaks=["value"]
# Your curve has the right form, but it lies too low or too high by one number: your
# bias is 0. At the first knot all units give 0. Which value does f have there?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[:-1], 0.0


# %% mistake="the mean as bias" exercise="relu-fit" breaks=["value"]
# Your curve has the right form, but it lies too low or too high by one number: your
# bias is the mean of all y. At the first knot all units give 0. Which value does f
# have there?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[:-1], y.mean()


# %% mistake="the first slope is missing" exercise="relu-fit" breaks=["value"]
# Up to the second knot your curve is flat, and behind it all slopes are wrong by the
# same number: the first unit is missing. The first piece has a slope too. How large
# is the slope before the first knot?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x)), x[1:-1], y[0]


# %% mistake="a weight too many" exercise="relu-fit" breaks=["value"]
# Your w_out has one entry less than your knots, so that the formula of the docstring
# cannot pair them. Several points have one piece less than there are points. Which
# knot begins no piece?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x, y[0]


# %% mistake="wrong sign of the changes" exercise="relu-fit" breaks=["value"]
# Your curve is right on the first piece and bends the wrong way behind it: down where
# the points go up more steeply. Between two slopes, which difference is positive when
# the curve gets steeper?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slopes = np.diff(y) / np.diff(x)
    return np.concatenate([slopes[:1], slopes[:-1] - slopes[1:]]), x[:-1], y[0]


# %% mistake="run over rise" exercise="relu-fit" breaks=["value"]
# Your slopes are upside down: on a piece that rises by 2 over a length of 1 you get
# 0.5, and on a flat piece the number is huge or infinite. Which of the two, rise or
# run, is divided by the other?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    dy = np.where(np.diff(y) == 0, 1e-9, np.diff(y))
    return np.diff(np.diff(x) / dy, prepend=0.0), x[:-1], y[0]


# %% mistake="fits a straight line" exercise="relu-fit" breaks=["value"]
# Your curve is one straight line: it passes through the first and the last point and
# misses those between them. Each piece has a slope of its own. How many units does a
# curve with n - 1 pieces need?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return np.array([slope]), x[:1], y[0]


# %% mistake="shifts the knots in place" exercise="relu-fit" breaks=["value"]
# After the call the caller's array y_knots holds other numbers than before: your
# function writes into it. Which line does that, and how do you get a new array in its
# place?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    w = np.diff(np.diff(y) / np.diff(x), prepend=0.0)
    bias = float(y[0])
    y -= bias
    return w, x[:-1], bias


# %% accepted="textbook, with np.diff" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    slopes = np.diff(y_knots) / np.diff(x_knots)
    w_out = np.concatenate(([slopes[0]], np.diff(slopes)))
    return w_out, x_knots[:-1], y_knots[0]


# %% accepted="textbook, step by step" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    n = len(x_knots)
    w_out = np.zeros(n - 1)
    previous_slope = 0
    for i in range(n - 1):
        slope = (y_knots[i + 1] - y_knots[i]) / (x_knots[i + 1] - x_knots[i])
        w_out[i] = slope - previous_slope
        previous_slope = slope
    knots = x_knots[: n - 1]
    bias = y_knots[0]
    return w_out, knots, bias


# %% accepted="by a loop" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    weights, before = [], 0.0
    for i in range(len(x_knots) - 1):
        slope = (float(y_knots[i + 1]) - float(y_knots[i])) / (float(x_knots[i + 1]) - float(x_knots[i]))
        weights.append(slope - before)
        before = slope
    return np.array(weights), np.array(x_knots[:-1], dtype=float), float(y_knots[0])


# %% accepted="by solving equations" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    H = np.maximum(x[1:, None] - x[None, :-1], 0.0)
    return np.linalg.solve(H, y[1:] - y[0]), x[:-1], y[0]


# %% accepted="with a unit of weight 0 at the last knot" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slopes = np.concatenate([[0.0], np.diff(y) / np.diff(x)])
    return np.append(np.diff(slopes), 0.0), x.copy(), y[0]


# %% accepted="units far to the left" exercise="relu-fit"
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slopes = np.diff(y) / np.diff(x)
    return [slopes[0], *np.diff(slopes)], [x[0] - 1, *x[1:-1]], y[0] - slopes[0]
