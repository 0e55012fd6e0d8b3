"""Right versions of what a later notebook uses, for a student whose own is missing or wrong.

Made by `autograder build` from solutions/: do not edit.
"""

import numpy as np

TAUGHT: dict[str, tuple[str, str]] = {
    "sigmoid": ("01_activations", "sigmoid"),
    "sigmoid_prime": ("01_activations", "sigmoid"),
    "tanh": ("01_activations", "tanh"),
    "tanh_prime": ("01_activations", "tanh"),
    "relu": ("01_activations", "relu"),
    "relu_prime": ("01_activations", "relu"),
    "leaky_relu": ("01_activations", "leaky-relu"),
    "leaky_relu_prime": ("01_activations", "leaky-relu"),
    "silu": ("01_activations", "silu"),
    "silu_prime": ("01_activations", "silu"),
    "softmax": ("01_activations", "softmax"),
    "linear_forward": ("02_forward", "linear-forward"),
    "mlp_forward": ("02_forward", "mlp-forward"),
    "init_params": ("02_forward", "init-params"),
    "predict_proba": ("02_forward", "predict"),
    "bce": ("03_losses", "bce"),
    "bce_with_logits": ("03_losses", "bce-logits"),
    "bce_with_logits_grad": ("03_losses", "bce-logits"),
    "log_softmax": ("03_losses", "log-softmax"),
    "one_hot": ("03_losses", "one-hot"),
    "cross_entropy": ("03_losses", "cross-entropy"),
    "numerical_gradient": ("04_backprop", "numerical-gradient"),
    "linear_backward": ("04_backprop", "linear-backward"),
    "mlp_backward": ("04_backprop", "mlp-backward"),
    "fit": ("04_backprop", "fit"),
    "dead_fraction": ("05_depth", "dead-units"),
    "batchnorm_forward": ("05_depth", "batchnorm"),
    "batchnorm_backward": ("05_depth", "batchnorm"),
    "SGD": ("06_optimizers", "sgd"),
    "Adam": ("06_optimizers", "adam"),
    "warmup_cosine": ("06_optimizers", "schedules"),
    "minibatches": ("06_optimizers", "minibatches"),
    "train_val_split": ("07_regularization", "split"),
    "EarlyStopping": ("07_regularization", "early-stopping"),
    "dropout_forward": ("07_regularization", "dropout"),
    "dropout_backward": ("07_regularization", "dropout"),
    "AdamW": ("07_regularization", "adamw"),
}
"""The assignment and the exercise of each."""


def same_shape(y, prediction):
    """ValueError that names both shapes if they differ. Every loss and gradient calls
    it first.
    """
    if y.shape != prediction.shape:
        raise ValueError(f"targets {y.shape} and predictions {prediction.shape} differ")


def sigmoid(z):
    """The sigmoid of every entry of z.

    z: array of any shape, also (), a single number such as np.array(2.0).
    Returns: numbers in the shape of z, without an overflow warning for |z| up to 1e4.

    >>> sigmoid(np.array([0.0, 2.0]))
    array([0.5       , 0.88079708])
    """
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def sigmoid_prime(z):
    """The slope of the sigmoid at every entry of z: the pre-activation, not sigmoid(z).

    >>> sigmoid_prime(np.array([0.0, 2.0]))
    array([0.25      , 0.10499359])
    """
    s = sigmoid(z)
    return s * (1 - s)


def tanh(z):
    """The hyperbolic tangent of every entry of z.

    z: array of any shape. Returns: numbers in the shape of z, without an
    overflow warning for |z| up to 1e4.

    >>> tanh(np.array([0.0, 1.0]))
    array([0.        , 0.76159416])
    """
    return np.tanh(z)


def tanh_prime(z):
    """The slope of tanh at every entry of z: the pre-activation, not tanh(z).

    >>> tanh_prime(np.array([0.0, 1.0]))
    array([1.        , 0.41997434])
    """
    return 1 - tanh(z) ** 2


def relu(z):
    """max(0, z) for every entry of z.

    z: array of any shape; not changed. Returns: numbers in the shape of z.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(z, 0.0)


def relu_prime(z):
    """The slope of relu at every entry of z, 0 at z = 0; z is not changed.

    >>> relu_prime(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    return np.where(z > 0, 1.0, 0.0)


def leaky_relu(z, alpha=0.01):
    """z where z > 0, alpha*z elsewhere, with 0 <= alpha < 1.

    z: array of any shape. Returns: numbers in the shape of z.

    >>> leaky_relu(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([-0.3,  0. ,  2. ])
    """
    return np.where(z > 0, z, alpha * z)


def leaky_relu_prime(z, alpha=0.01):
    """The slope of leaky_relu at every entry of z, alpha at z = 0.

    >>> leaky_relu_prime(np.array([-3.0, 0.0, 2.0]), alpha=0.1)
    array([0.1, 0.1, 1. ])
    """
    return np.where(z > 0, 1.0, alpha)


def silu(z):
    """z * sigmoid(z) for every entry of z.

    z: array of any shape. Returns: numbers in the shape of z, without an
    overflow warning for |z| up to 1e4. You may call what you wrote above.

    >>> silu(np.array([-1.0, 0.0, 2.0]))
    array([-0.26894142,  0.        ,  1.76159416])
    """
    return z * sigmoid(z)


def silu_prime(z):
    """The slope of silu at every entry of z.

    >>> silu_prime(np.array([-1.0, 0.0, 1.0]))
    array([0.07232949, 0.5       , 0.92767051])
    """
    return sigmoid(z) + z * sigmoid_prime(z)


def softmax(z):
    """Probabilities along the last axis of z.

    z: logits, array (k,) or (m, k); not changed. Returns: numbers in the shape of z;
    every row sums to 1. No overflow warning for |z| up to 1e4, also when rows differ.

    >>> softmax(np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])
    """
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def linear_forward(A, W, b):
    """The pre-activations of a layer.

    A: (m, n_in), a row per example. W: (n_out, n_in), a row per unit. b: (n_out,).
    None of them is changed.
    Returns: (m, n_out).

    >>> W = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -1.0]])
    >>> b = np.array([0.0, 1.0, 10.0])
    >>> linear_forward(np.array([[1.0, 2.0]]), W, b)
    array([[ 1.,  3., 11.]])

    About 1 line.
    """
    return A @ W.T + b


def mlp_forward(X, params, hidden, output):
    """The forward pass of a network with any number of layers.

    X: (m, n_0). params: {"W1": (n_1, n_0), "b1": (n_1,), "W2": (n_2, n_1), ...}, the
    keys in any order. Neither is changed.
    hidden, output: functions of an array, the activation of the hidden layers and of
    the last one.
    Returns: (A_L, cache): A_L is (m, n_L); cache = {"A": [X, A_1, ..., A_L], "Z":
    [Z_1, ..., Z_L]}.

    >>> params = {"W1": np.array([[1.0], [-1.0]]), "b1": np.zeros(2)}
    >>> params |= {"W2": np.array([[1.0, 1.0]]), "b2": np.zeros(1)}
    >>> mlp_forward(np.array([[-3.0]]), params, relu, lambda z: z)[0]
    array([[3.]])

    About 8 lines.
    """
    A = X
    cache = {"A": [A], "Z": []}
    n_layers = len(params) // 2
    for layer in range(1, n_layers + 1):
        Z = linear_forward(A, params[f"W{layer}"], params[f"b{layer}"])
        A = output(Z) if layer == n_layers else hidden(Z)
        cache["Z"].append(Z)
        cache["A"].append(A)
    return A, cache


def init_params(sizes, scheme="xavier", rng=None):
    """Initial parameters of a network.

    sizes: numbers of units, input first, as in [2, 10, 1]; list or tuple; not changed.
    scheme: "xavier" (uniform on +-sqrt(6/(n_in + n_out))) or "he" (normal, variance
    2/n_in).
    rng: numpy.random.Generator to draw from; None for a fresh one. The global state of
    numpy.random is not used.
    Returns: {"W1": (n_1, n_0), "b1": (n_1,), "W2": ...}; biases are 0.
    Raises: ValueError for another scheme.

    >>> {key: value.shape for key, value in init_params([2, 10, 1]).items()}
    {'W1': (10, 2), 'b1': (10,), 'W2': (1, 10), 'b2': (1,)}

    About 13 lines.
    """
    if scheme not in ("xavier", "he"):
        raise ValueError(f"scheme must be 'xavier' or 'he', got {scheme!r}")
    if rng is None:
        rng = np.random.default_rng()
    params = {}
    for layer in range(1, len(sizes)):
        n_in, n_out = sizes[layer - 1], sizes[layer]
        if scheme == "xavier":
            limit = np.sqrt(6 / (n_in + n_out))
            params[f"W{layer}"] = rng.uniform(-limit, limit, size=(n_out, n_in))
        else:
            params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2 / n_in), size=(n_out, n_in))
        params[f"b{layer}"] = np.zeros(n_out)
    return params


def predict_proba(X, params, hidden, output):
    """The output A_L itself, (m, n_out). Arguments as for `mlp_forward`. About 1 line.

    >>> params = {"W1": np.array([[2.0]]), "b1": np.zeros(1)}
    >>> predict_proba(np.array([[0.0]]), params, relu, sigmoid)
    array([[0.5]])
    """
    return mlp_forward(X, params, hidden, output)[0]


def bce(y, p):
    """Binary cross-entropy, summed over outputs, averaged over examples.

    y: targets 0 or 1, p: probabilities of a 1, from 0 to 1 inclusive, clipped to
    [1e-12, 1 - 1e-12]; (m,) or (m, k) both. Returns: float.

    >>> round(bce(np.array([1.0, 0.0]), np.array([0.8, 0.25])), 6)
    0.255413
    """
    same_shape(y, p)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y))


def bce_with_logits(y, z):
    """Binary cross-entropy of sigmoid(z), without clipping. Returns: float.

    y: targets 0 or 1, z: logits, (m,) or (m, k) both. No overflow for |z| up to 1e4.

    >>> bce_with_logits(np.array([0.0]), np.array([1000.0]))
    1000.0
    """
    same_shape(y, z)
    return float(
        np.sum(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))) / len(y)
    )


def bce_with_logits_grad(y, z):
    """The gradient of bce_with_logits with respect to z, in its shape. You may
    call `sigmoid`.

    >>> bce_with_logits_grad(np.array([0.0, 1.0]), np.zeros(2))
    array([ 0.25, -0.25])
    """
    same_shape(y, z)
    return (sigmoid(z) - y) / len(y)


def log_softmax(z):
    """Logarithm of softmax along the last axis of z, in its shape.

    z: logits, (k,) or (m, k). No overflow and no log of 0 for |z| up to 1e4.

    >>> log_softmax(np.array([1000.0, 1.0]))
    array([   0., -999.])
    """
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def one_hot(labels, n_classes):
    """One row per label, with a 1 in the label's column.

    labels: (m,), integers from 0 to n_classes - 1. Returns: (m, n_classes). Raises
    ValueError if a label is outside the range.

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    if np.any(labels < 0) or np.any(labels >= n_classes):
        raise ValueError(
            f"labels must be at least 0 and below {n_classes}, got {labels}"
        )
    return np.where(labels[:, None] == np.arange(n_classes), 1.0, 0.0)


def cross_entropy(y, z):
    """Cross-entropy of softmax(z), averaged over the examples. Returns: float.

    y: one-hot targets, z: logits, (m, k) both. No overflow for |z| up to 1e4.

    >>> y, z = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, np.log(3.0), 0.0]])
    >>> round(cross_entropy(y, z), 6)
    0.510826
    """
    same_shape(y, z)
    return float(-np.sum(y * log_softmax(z)) / len(y))


def numerical_gradient(f, x, eps=1e-5):
    """The gradient of f at x by central differences, one entry of x at a time.

    f: takes an array of the shape of x, gives a float. x: any shape, floats or
    integers; bit for bit as it was when the function returns. eps: step to each side.
    Returns: array in the shape of x.

    >>> numerical_gradient(lambda x: x[0] ** 3 + 5 * x[1], np.array([2.0, 7.0]), 0.1)
    array([12.01,  5.  ])
    """
    x = np.array(x, dtype=np.float64)  # a copy
    slope = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + eps
        upper = f(x)
        x[index] = old - eps
        slope[index] = (upper - f(x)) / (2 * eps)
        x[index] = old
    return slope


def linear_backward(dZ, A_prev, W):
    """Gradients of a layer Z = A_prev @ W.T + b, given the gradient with respect to Z.

    dZ: (m, n_out). A_prev: (m, n_in), the input of the layer. W: (n_out, n_in).
    Returns: (dA_prev, dW, db), in the shapes of A_prev, W and b, which is (n_out,).

    >>> dZ, A = np.array([[1.0], [-2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> linear_backward(dZ, A, np.array([[5.0, 6.0]]))
    (array([[  5.,   6.],
           [-10., -12.]]), array([[-5., -6.]]), array([-1.]))
    """
    return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)


def mlp_backward(y, cache, params, hidden_prime):
    """Gradients of the binary cross-entropy for a network with a sigmoid output.

    y: (m, n_out), 0.0 or 1.0. cache: {"A": [A0, ..., AL], "Z": [Z1, ..., ZL]} of
    mlp_forward. params: {"W1", "b1", ...}, any number of layers, keys in any order.
    hidden_prime: slope of the hidden activation, a function of the pre-activation.
    Returns: {"W1": dW1, "b1": db1, ...}, keys and shapes of params.
    Raises: ValueError if y has not the shape of AL.

    >>> cache = {"A": [np.array([[1.0, 2.0]]), np.array([[0.75]])]}
    >>> cache["Z"] = [np.log([[3.0]])]
    >>> params = {"W1": np.zeros((1, 2)), "b1": np.zeros(1)}
    >>> mlp_backward(np.array([[1.0]]), cache, params, tanh_prime)
    {'W1': array([[-0.25, -0.5 ]]), 'b1': array([-0.25])}
    """
    A, Z, p = cache["A"], cache["Z"], cache["A"][-1]
    if y.shape != p.shape:
        raise ValueError(f"y has shape {y.shape}, the output has shape {p.shape}")
    dZ = (p - y) / len(y)
    grads = {}
    for layer in range(len(Z), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = linear_backward(
            dZ, A[layer - 1], params[f"W{layer}"]
        )
        if layer > 1:
            dZ = dA * hidden_prime(Z[layer - 2])
    return grads


def fit(X, y, params, lr, epochs, hidden, hidden_prime):
    """Full-batch gradient descent on the binary cross-entropy, sigmoid output.

    X: (m, n_in). y: (m, n_out), 0.0 or 1.0. params: changed in place, any number of
    layers. lr: learning rate. epochs: number of steps. hidden, hidden_prime: hidden
    activation and its slope.
    Returns: `epochs` losses, list or array; losses[t] is the loss before step t.

    >>> params = {"W1": np.zeros((1, 1)), "b1": np.zeros(1)}
    >>> X, y = np.array([[2.0]]), np.array([[1.0]])
    >>> losses = fit(X, y, params, 2.0, 1, tanh, tanh_prime)
    >>> params
    {'W1': array([[2.]]), 'b1': array([1.])}
    """
    losses = []
    for _ in range(epochs):
        p, cache = mlp_forward(X, params, hidden, sigmoid)
        losses.append(bce(y, p))
        grads = mlp_backward(y, cache, params, hidden_prime)
        for key in params:
            params[key] -= lr * grads[key]
    return losses


def dead_fraction(Z):
    """Share of the units that are <= 0 for every example.

    Z: pre-activations, array (m, n), a row per example; not changed.
    Returns: a number from 0 to 1.

    >>> dead_fraction(np.array([[-1.0, 2.0], [-2.0, -1.0]]))
    0.5

    About 1 line.
    """
    return float(np.mean(np.all(Z <= 0, axis=0)))


def batchnorm_forward(x, gamma, beta, state, training, momentum=0.9, eps=1e-5):
    """Batch normalization of the columns of x.

    x: (m, n); gamma, beta: (n,); not changed. state: {"mean", "var"}, arrays (n,).
    Training moves them in place: new = momentum*old + (1 - momentum)*batch, with the
    population variance. Otherwise they take the place of mean and variance.
    Returns: (out, cache): out is (m, n); cache is whatever batchnorm_backward needs.

    >>> state = {"mean": np.zeros(1), "var": np.ones(1)}
    >>> x, gamma, beta = np.array([[1.0], [3.0]]), np.array([4.0]), np.ones(1)
    >>> batchnorm_forward(x, gamma, beta, state, training=True, eps=3.0)[0].T
    array([[-1.,  3.]])
    """
    mean, var = state["mean"], state["var"]
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0)
        state["mean"][...] = momentum * state["mean"] + (1 - momentum) * mean
        state["var"][...] = momentum * state["var"] + (1 - momentum) * var
    scale = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * scale
    return gamma * x_hat + beta, (x_hat, scale, gamma)


def batchnorm_backward(dout, cache):
    """The gradients of a training forward pass. No argument is changed.

    dout: gradient with respect to out, (m, n). cache: of batchnorm_forward.
    Returns: (dx, dgamma, dbeta), of shapes (m, n), (n,), (n,).
    """
    x_hat, scale, gamma = cache
    d = dout * gamma
    dx = scale * (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


class SGD:
    """Gradient descent: every parameter moves by -lr times its gradient.

    >>> params = {"w": np.array([1.0, 2.0])}
    >>> SGD(lr=0.2).step(params, {"w": np.array([0.5, -1.0])})
    >>> params["w"]
    array([0.9, 2.2])
    """

    def __init__(self, lr):
        """About 1 line."""
        self.lr = lr

    def step(self, params, grads):
        """One update of all parameters, IN PLACE: params[key] stays the same array.

        params, grads: dicts with the same keys, in any order; grads is not changed.
        Returns: nothing. About 2 lines.
        """
        for key in params:
            params[key] -= self.lr * grads[key]


class Adam:
    """Momentum and RMSProp together, both averages corrected for their start at zero.

    m = beta1*m + (1 - beta1)*g        m_hat = m / (1 - beta1**t)
    v = beta2*v + (1 - beta2)*g**2     v_hat = v / (1 - beta2**t)
    theta -= lr * m_hat / (sqrt(v_hat) + eps)

    t is 1 in the first call of step, 2 in the second, however many parameters there
    are. Every key has an m and a v, kept without the correction.
    (Kingma and Ba 2015, algorithm 1.)

    >>> params, g = {"x": np.array([1.0])}, {"x": np.array([2.0])}
    >>> walk(Adam(lr=0.1, beta1=0.5, beta2=0.75, eps=0.0), params, [g])
    {'x': array([0.9])}
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        """About 3 lines."""
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m, self.v = {}, {}

    def step(self, params, grads):
        """As for `SGD`. About 8 lines."""
        self.t += 1
        for key in params:
            g = grads[key]
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    """The rate for step t: up along a line, then down along half a cosine wave.

    While t < warmup it is lr_max * (t + 1) / warmup. From t = warmup to t = total it
    falls from lr_max to lr_min as cos(x) falls from 1 to -1 for x from 0 to pi.

    >>> settings = {"total": 8, "lr_max": 1.0, "lr_min": 0.2, "warmup": 4}
    >>> [f"{warmup_cosine(t, **settings):.2f}" for t in (0, 3, 4, 5, 6, 8)]
    ['0.25', '1.00', '1.00', '0.88', '0.60', '0.20']

    About 4 lines.
    """
    if t < warmup:
        return lr_max * (t + 1) / warmup
    share = (t - warmup) / (total - warmup)
    return lr_min + (lr_max - lr_min) * (1 + np.cos(np.pi * share)) / 2


def minibatches(X, y, batch_size, rng):
    """All rows once, in a new random order, in batches.

    X: (m, n), y: (m,) or (m, k); not changed. batch_size: a positive integer.
    rng: numpy.random.Generator; the only source of chance. Every call draws a new
    permutation, the same for X and y.
    Yields (or returns a list of): pairs (X_b, y_b) of batch_size rows each; the last
    pair holds what is left.

    >>> X, rng = np.arange(10.0).reshape(5, 2), np.random.default_rng(0)
    >>> [len(y_b) for X_b, y_b in minibatches(X, X[:, 0], batch_size=2, rng=rng)]
    [2, 2, 1]

    About 5 lines.
    """
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def train_val_split(X, y, val_fraction, rng):
    """A random split of the rows into training and validation.

    X: (m, n); y: (m,) or (m, k); not changed.
    val_fraction: share of the rows for validation, round(val_fraction*m) of them. rng:
    numpy.random.Generator.
    Returns: (X_tr, y_tr, X_val, y_val); every row in exactly one part, each with its
    own y.

    >>> X, y, rng = np.ones((10, 2)), np.ones(10), np.random.default_rng(0)
    >>> [len(part) for part in train_val_split(X, y, 0.3, rng)]
    [7, 7, 3, 3]

    About 4 lines.
    """
    order = rng.permutation(len(X))
    val, train = np.split(order, [round(val_fraction * len(X))])
    return X[train], y[train], X[val], y[val]


class EarlyStopping:
    """Says when to stop, and remembers the best parameters.

    patience, min_delta: see above. The first finite loss improves; NaN never.
    Attributes: best_loss; best_step, from 0; best_params, a dict of copies.
    """

    def __init__(self, patience, min_delta=0.0):
        """About 3 lines."""
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = np.inf, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        """Takes the next loss, a number, and params, a dict of arrays that it does not
        change. Returns True when it is time to stop, else False.

        >>> watch = EarlyStopping(patience=1)
        >>> [watch.update(loss, {"W1": np.ones((1, 1))}) for loss in [3.0, 2.0, 2.5]]
        [False, False, True]

        About 8 lines.
        """
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: np.array(value) for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience


def dropout_forward(A, p, rng, training):
    """Inverted dropout.

    A: any shape; not changed. p: the probability to drop an entry.
    rng: numpy.random.Generator; when not training it is not used, and may be None.
    Returns: (out, mask), both in the shape of A; mask is all ones when not training.

    >>> dropout_forward(np.array([[1.0, 2.0]]), 0.5, None, training=False)
    (array([[1., 2.]]), array([[1., 1.]]))

    Raises ValueError if p lies outside [0, 1).
    """
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1), got {p}")
    if not training:
        return A.copy(), np.ones_like(A)
    mask = (rng.random(A.shape) >= p) / (1 - p)
    return A * mask, mask


def dropout_backward(dout, mask):
    """The gradient with respect to A, given that of out. Changes neither argument.

    >>> dropout_backward(np.array([[3.0, 4.0]]), np.array([[0.0, 1.25]]))
    array([[0., 5.]])
    """
    return dout * mask


class AdamW:
    """Adam with decoupled weight decay; only keys that start with "W" decay. You may
    use Adam of notebook 6.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        """About 2 lines."""
        self.factor = 1 - lr * weight_decay
        self.adam = Adam(lr, beta1, beta2, eps)

    def step(self, params, grads):
        """One step: the arrays in params change in place, grads does not.

        >>> params = {"W1": np.array([[1.0]])}
        >>> AdamW(lr=0.1, weight_decay=0.5).step(params, {"W1": np.array([[0.0]])})
        >>> params["W1"]
        array([[0.95]])

        About 4 lines.
        """
        for key in params:
            if key.startswith("W"):
                params[key] *= self.factor
        self.adam.step(params, grads)
