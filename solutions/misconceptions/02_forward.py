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
# What is the answer when the score is exactly 0? With zero weights every score is.
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
# With w = 0 and b = 0 the product of label and score is 0. Is that a mistake?
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


# %% mistake="no bias" exercise="perceptron" breaks=["value", "state"]
# The line need not pass through the origin: what moves it?
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
# After a mistake on class 1 the score of that row has to rise. Does it?
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
# Try lr=0.5: which numbers should change?
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
# The bias is one more weight. Is its update scaled as the others?
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
# The weights change right after each mistake, before the next row is visited.
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
# After the first epoch without a mistake nothing can change any more.
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
# The clean epoch is an epoch too: its number of mistakes is 0.
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
# A list is asked for, with one number per epoch.
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
# Count the mistakes of each epoch for itself.
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
# A row of class 0 that is called 1 is a mistake too.
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
# Visit the rows in the order given.
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
# Start from zeros, so that everybody gets the same numbers.
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
# An epoch goes on from the weights of the one before.
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
# Changing 0 to -1 in y changes the caller's array.
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
# Multiplying X by the labels in place changes the caller's array.
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
# The number of mistakes may grow for a while. Only an epoch without one ends the
# training.
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
# The weights after the last epoch count, not those with the fewest mistakes.
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
# Write down the shapes: a unit's weights are a row of W, not a column.
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float) + np.asarray(b, dtype=float)


# %% mistake="examples in columns" exercise="linear-forward" breaks=["value"]
# An example is a row of A, and a row of the result.
def linear_forward(A, W, b):
    return np.asarray(W, dtype=float) @ np.asarray(A, dtype=float).T + np.asarray(b, dtype=float)[:, None]


# %% mistake="forgets the bias" exercise="linear-forward" breaks=["value"]
# What does the layer give for an input of zeros?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T


# %% mistake="subtracts the bias" exercise="linear-forward" breaks=["value"]
# The bias is added, it is no threshold.
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T - np.asarray(b, dtype=float)


# %% mistake="bias as a column" exercise="linear-forward" breaks=["value"]
# One bias per unit, and units are columns of the result.
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float)[:, None]


# %% mistake="elementwise product" exercise="linear-forward" breaks=["value"]
# * multiplies entry by entry. Which operator is the matrix product?
def linear_forward(A, W, b):
    return np.asarray(A, dtype=float) * np.asarray(W, dtype=float) + np.asarray(b, dtype=float)


# %% mistake="applies an activation" exercise="linear-forward" breaks=["value"]
# The pre-activation may be negative: the activation comes later.
def linear_forward(A, W, b):
    return np.maximum(np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float), 0)


# %% mistake="divides by the inputs" exercise="linear-forward" breaks=["value"]
# A sum, no mean.
def linear_forward(A, W, b):
    A = np.asarray(A, dtype=float)
    return A @ np.asarray(W, dtype=float).T / A.shape[1] + np.asarray(b, dtype=float)


# %% mistake="drops the axis of a single example" exercise="linear-forward" breaks=["value"]
# A batch of one example is still a batch: two axes in, two axes out.
def linear_forward(A, W, b):
    return np.squeeze(np.asarray(A, dtype=float) @ np.asarray(W, dtype=float).T + np.asarray(b, dtype=float))


# %% mistake="writes into A" exercise="linear-forward" breaks=["value"]
# Did you use the memory of an argument for the result?
def linear_forward(A, W, b):
    A, W = np.asarray(A, dtype=float), np.asarray(W, dtype=float)
    Z = A @ W.T + np.asarray(b, dtype=float)
    if Z.shape == A.shape:
        A[:] = Z
        return A
    return Z


# %% mistake="goes through memory" exercise="linear-forward" breaks=["value"] recognisable=false
# Is it right for Z.T and for Z[:, ::2] too? order='K' and a flat copy go by memory,
# not by index.
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
# Which function comes after the last layer?
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
# The last layer gets the output function and nothing else.
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
# Is the argument output used?
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
# Without activations all layers together are one linear map.
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
# The input layer has no activation: A_0 is X itself.
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
# Sorted as text, W10 comes before W2.
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
# The keys may come in any order: build them from the number of the layer.
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
# Any number of layers, one and twelve too.
def mlp_forward(X, params, hidden, output):
    X = np.asarray(X, dtype=float)
    Z1 = linear_forward(X, params["W1"], params["b1"])
    A1 = hidden(Z1)
    Z2 = linear_forward(A1, params["W2"], params["b2"])
    A2 = output(Z2)
    return A2, {"A": [X, A1, A2], "Z": [Z1, Z2]}


# %% mistake="gives only the output" exercise="mlp-forward" breaks=["value", "state"]
# mlp_forward returns a pair (A_L, cache); yours returns one array.
def mlp_forward(X, params, hidden, output):
    A = X
    n = len(params) // 2
    for layer in range(1, n + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n else hidden(Z)
    return A


# %% mistake="gives only the cache" exercise="mlp-forward" breaks=["value", "state"]
# mlp_forward returns a pair (A_L, cache); yours returns the cache.
def mlp_forward(X, params, hidden, output):
    cache = {"A": [X], "Z": []}
    n = len(params) // 2
    for layer in range(1, n + 1):
        Z = linear_forward(cache["A"][-1], params[f"W{layer}"], params[f"b{layer}"])
        cache["Z"].append(Z)
        cache["A"].append(output(Z) if layer == n else hidden(Z))
    return cache


# %% mistake="one layer too few" exercise="mlp-forward" breaks=["value", "state"]
# How many layers does your loop run through? Each has two arrays in params, and
# range(1, n) ends at n - 1.
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
# How many layers does your loop run through? Each has two arrays in params, and
# range(1, n) ends at n - 1.
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
# The first entry of A is the input X.
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
# Z holds what goes into the activation, A what comes out.
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
# A has one entry more than there are layers: the last one is the output.
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
# cache has two keys, and under each a list by layer.
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
# All entries of the cache are the same array, which later layers overwrite.
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
# pop removes the entry from the caller's dict.
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
# params belongs to the caller: it must be the same after the call.
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
# The activations come in as arguments.
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
# rng.normal wants the deviation, which is the root of the variance.
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
# He's variance counts the inputs of a unit. Try a layer with many inputs and few
# outputs.
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
# ReLU removes half of the signal. Which factor makes up for that?
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
# A uniform number on -r to r has variance r*r/3. Which r belongs to variance 2/(n_in
# + n_out)?
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
# Xavier's limit counts the inputs and the outputs: the root of 6/(n_in + n_out).
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
# What is the mean of your weights? rng.random lies between 0 and 1.
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
# The variance is right; here the weights are to be uniform.
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
# The variance is right; here the weights are to be normal.
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
# A unit's weights are a row: (n_out, n_in).
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
# A bias has one axis: (n_out,).
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
# Biases start at 0.
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
# The first layer is W1: the input is no layer.
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
# Every layer has its own n_in and n_out.
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
# Draw from the generator that comes in, and from nothing else.
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
# Two calls must differ, unless they get the same generator.
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
# Without rng every call is to be a fresh draw.
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
# Two layers of equal shape must not get equal weights.
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


# %% mistake="eats the list of sizes" exercise="init-params" breaks=["value", "state", "errors"]
# pop shortens the caller's list. It fails for a tuple as well.
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
# A misspelt scheme must not pass in silence.
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
# The contract asks for ValueError.
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
# Which label has p exactly at the threshold? np.round(0.5) is 0, and it knows no
# threshold.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] > threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="threshold fixed at one half" exercise="predict" breaks=["value"]
# Is the argument threshold used?
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= 0.5).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="rounds" exercise="predict" breaks=["value"]
# Which label has p exactly at the threshold? np.round(0.5) is 0, and it knows no
# threshold.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return np.round(p[:, 0]).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="labels as a column" exercise="predict" breaks=["value"]
# One label per example: the shape is (m,).
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p >= threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=1)


# %% mistake="arg max of one output" exercise="predict" breaks=["value"]
# With a single output the largest one is always the first.
def predict(X, params, hidden, output, threshold=0.5):
    return predict_proba(X, params, hidden, output).argmax(axis=1)


# %% mistake="arg max over the examples" exercise="predict" breaks=["value"]
# Each row is an example: compare within a row.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, 0] >= threshold).astype(int) if p.shape[1] == 1 else p.argmax(axis=0)


# %% mistake="threshold for several outputs" exercise="predict" breaks=["value"]
# With several classes the largest output wins, even if it is below the threshold.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p[:, 0] >= threshold).astype(int)
    return np.where(p.max(axis=1) >= threshold, p.argmax(axis=1), 0)


# %% mistake="two outputs as one" exercise="predict" breaks=["value"]
# Two outputs are several outputs: take the larger one.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    return (p[:, -1] >= threshold).astype(int) if p.shape[1] <= 2 else p.argmax(axis=1)


# %% mistake="one-hot labels" exercise="predict" breaks=["value"]
# The index of the largest output, not a row of zeros and a one.
def predict(X, params, hidden, output, threshold=0.5):
    p = predict_proba(X, params, hidden, output)
    if p.shape[1] == 1:
        return (p[:, 0] >= threshold).astype(int)
    return (p == p.max(axis=1, keepdims=True)).astype(int)


# %% mistake="gives the cache too" exercise="predict" breaks=["value"]
# mlp_forward returns a pair. Which part are the probabilities?
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)


# %% mistake="probabilities without their axis" exercise="predict" breaks=["value"]
# The output A_L itself: two axes, also for one output unit.
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)[0].squeeze()


# %% mistake="sigmoid on top of the output" exercise="predict" breaks=["value"]
# The output function has been applied in the forward pass already.
def predict_proba(X, params, hidden, output):
    return sigmoid(mlp_forward(X, params, hidden, output)[0])


# %% mistake="gives the last pre-activation" exercise="predict" breaks=["value"]
# Logits are no probabilities: which list of the cache ends with the output?
def predict_proba(X, params, hidden, output):
    return mlp_forward(X, params, hidden, output)[1]["Z"][-1]


# %% mistake="takes 0 for no threshold" exercise="predict" breaks=["value"]
# A threshold of 0 is one as well. What is `0.0 or 0.5`?
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
# Behind a knot all earlier units go on rising. Which slope has to be added there?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(y) / np.diff(x), x[:-1], y[0]


# %% mistake="differences as slopes" exercise="relu-fit" breaks=["value"]
# A slope is rise over run: try knots that are not 1 apart.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y), prepend=0.0), x[:-1], y[0]


# %% mistake="equal distances assumed" exercise="relu-fit" breaks=["value"]
# Every piece has its own length.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / (x[1] - x[0]), prepend=0.0), x[:-1], y[0]


# %% mistake="knots at the right ends" exercise="relu-fit" breaks=["value"]
# The slope of a piece begins at its left end.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[1:], y[0]


# %% mistake="no bias" exercise="relu-fit" breaks=["value"]
# At the first knot all units are 0. Which value does f have there?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[:-1], 0.0


# %% mistake="the mean as bias" exercise="relu-fit" breaks=["value"]
# At the first knot all units are 0. Which value does f have there?
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x[:-1], y.mean()


# %% mistake="the first slope is missing" exercise="relu-fit" breaks=["value"]
# The first piece has a slope too: a change from 0.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x)), x[1:-1], y[0]


# %% mistake="a weight too many" exercise="relu-fit" breaks=["value"]
# n points have n - 1 pieces. w_out and knots have one length.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    return np.diff(np.diff(y) / np.diff(x), prepend=0.0), x, y[0]


# %% mistake="wrong sign of the changes" exercise="relu-fit" breaks=["value"]
# Where the curve bends upwards the weight is positive.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slopes = np.diff(y) / np.diff(x)
    return np.concatenate([slopes[:1], slopes[:-1] - slopes[1:]]), x[:-1], y[0]


# %% mistake="run over rise" exercise="relu-fit" breaks=["value"]
# Slope: the change of y for a change of x.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    dy = np.where(np.diff(y) == 0, 1e-9, np.diff(y))
    return np.diff(np.diff(x) / dy, prepend=0.0), x[:-1], y[0]


# %% mistake="fits a straight line" exercise="relu-fit" breaks=["value"]
# The function has to pass through every point.
def relu_interpolant(x_knots, y_knots):
    x, y = np.asarray(x_knots, dtype=float), np.asarray(y_knots, dtype=float)
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return np.array([slope]), x[:1], y[0]


# %% mistake="shifts the knots in place" exercise="relu-fit" breaks=["value"]
# Did you write into the caller's array?
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
