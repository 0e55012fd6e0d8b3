"""Right backward passes and gradient checks, networks to try them on, and losses that watch where they are asked.

Hidden test cells of 04 get these definitions from the build.
"""

import numpy as np

from .activations import _sigmoid
from .checks import _Wrapped
from .layers import _mlp_forward, _random_params
from .losses import _bce_with_logits

# ---------------------------------------------------------------- references


def _numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    slope = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        slope[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return slope


def _numerical_gradients(loss, params, eps=1e-5):
    """The gradient of loss(params) for each block of params."""
    return {
        key: _numerical_gradient(lambda block, key=key: loss(params | {key: block}), params[key], eps) for key in params
    }


def _relative_error(a, b):
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} and {b.shape}")
    if not np.isfinite(a + b).all():
        return np.inf
    return float(np.abs(a - b).max() / max(1e-12, np.abs([a, b]).max()))


def _linear_backward(dZ, A_prev, W):
    dZ, A_prev, W = (np.asarray(part, dtype=np.float64) for part in (dZ, A_prev, W))
    return np.einsum("ij,jk->ik", dZ, W), np.einsum("ij,ik->jk", dZ, A_prev), np.einsum("ij->j", dZ)


def _mlp_backward(y, cache, params, hidden_prime):
    grads, dZ = {}, (cache["A"][-1] - np.asarray(y, dtype=np.float64)) / len(y)
    for layer in range(len(cache["Z"]), 0, -1):
        dA, grads[f"W{layer}"], grads[f"b{layer}"] = _linear_backward(dZ, cache["A"][layer - 1], params[f"W{layer}"])
        if layer > 1:
            dZ = dA * hidden_prime(cache["Z"][layer - 2])
    return grads


def _gradient_descent(X, y, params, lr, epochs, hidden, hidden_prime):
    """The losses of a network with a sigmoid output, and the parameters afterwards, in new arrays."""
    losses = []
    for _ in range(epochs):
        _, cache = _mlp_forward(X, params, hidden, _sigmoid)
        losses.append(float(_bce_with_logits(y, cache["Z"][-1])))
        grads = _mlp_backward(y, cache, params, hidden_prime)
        params = {key: params[key] - lr * grads[key] for key in params}
    return losses, params


# ---------------------------------------------------------------- what to try


def _layer_inputs(draw, m, n_in, n_out):
    """dZ, A_prev and W of a layer."""
    return draw(size=(m, n_out)), draw(size=(m, n_in)), draw(size=(n_out, n_in))


def _network(rng, sizes, m, hidden, output, targets):
    """Targets, cache and parameters of a network; targets(rng, m, n_out) draws the targets."""
    params = _random_params(rng, sizes)
    _, cache = _mlp_forward(rng.normal(size=(m, sizes[0])), params, hidden, output)
    return targets(rng, m, sizes[-1]), cache, params


def _overshooting(rng, n_outputs):
    """Inputs, targets, one layer and a rate with which the loss rises in the first two steps, whatever is drawn.

    The two examples have one input x and opposite targets. With the rate 12/(1 + |x|^2) a step leads from z to
    z - 6*tanh(z/2), and the loss is least at z = 0: from 1/2 <= |z| <= 3/2 it rises twice, and stays there.
    """
    x, first = rng.normal(size=2), _zeros_and_ones(rng, 1, n_outputs)
    W = rng.normal(size=(n_outputs, 2))
    z = rng.uniform(0.5, 1.5, size=n_outputs) * rng.choice([-1, 1], size=n_outputs)
    params = {"W1": W, "b1": z - W @ x}
    return np.tile(x, (2, 1)), np.concatenate([first, 1 - first]), params, 12 / (1 + x @ x)


def _zeros_and_ones(rng, m, n):
    return rng.integers(0, 2, size=(m, n)).astype(np.float64)


def _one_hot_rows(rng, m, n):
    return np.eye(n)[rng.integers(0, n, size=m)]


def _shuffled(rng, arrays):
    """The same dict with its keys in a random order."""
    return {key: arrays[key] for key in rng.permutation(list(arrays)).tolist()}


def _only(letter, arrays):
    """Those of the weights, "W", or of the biases, "b"."""
    return {key: array for key, array in arrays.items() if key.startswith(letter)}


class _Cubic:
    """f(x) = sum(c*x**3) + x_first*x_last, which remembers the points at which it is asked."""

    def __init__(self, rng, shape):
        self.c, self.points = rng.uniform(0.5, 2.0, size=shape), []

    def __call__(self, x):
        self.points.append(np.array(x))
        return float(np.sum(self.c * np.asarray(x) ** 3) + np.ravel(x)[0] * np.ravel(x)[-1])

    def slope(self, x, eps=0.0):
        """The gradient, or what central differences at the distance eps give."""
        x = np.asarray(x, dtype=np.float64)
        ends = np.zeros(x.size)
        ends[0] += x.ravel()[-1]
        ends[-1] += x.ravel()[0]
        return self.c * (3 * x**2 + eps**2) + ends.reshape(x.shape)


class _CubicLoss:
    """sum(c*block**3) of all blocks, times 1 + the sum of all biases; it remembers how far from `start` it is asked."""

    def __init__(self, rng, shapes):
        self.start = {
            key: rng.uniform(0.2, 1.0, size=shape) * rng.choice([-1, 1], size=shape) for key, shape in shapes.items()
        }
        self.c = {key: rng.uniform(0.5, 1.5, size=shape) for key, shape in shapes.items()}
        self.far = 0.0

    def parts(self, params):
        cubes = sum(np.sum(self.c[key] * np.asarray(params[key]) ** 3) for key in self.c)
        return cubes, 1 + sum(np.sum(params[key]) for key in _only("b", self.c))

    def __call__(self, params):
        self.far = max([self.far] + [np.abs(np.asarray(params[key]) - self.start[key]).max() for key in self.c])
        cubes, factor = self.parts(params)
        return float(cubes * factor)

    def grads(self):
        """The gradients at `start`."""
        cubes, factor = self.parts(self.start)
        return {
            key: 3 * self.c[key] * self.start[key] ** 2 * factor + (cubes if key.startswith("b") else 0.0)
            for key in self.c
        }


# ---------------------------------------------------------------- what a student's code does


def _blocks(backward, letter):
    """`backward`, as far as the gradients of the weights or of the biases go."""
    return _Wrapped(backward, lambda *args: _only(letter, backward(*args)))


def _trained(fit):
    """`fit`, giving the arrays that params held before, as they are afterwards."""

    def arrays_afterwards(X, y, params, *settings):
        arrays, inputs = dict(params), (np.array(X), np.array(y))
        fit(X, y, params, *settings)
        assert sorted(params) == sorted(arrays), "keys were added to params, or taken away"
        assert all(params[key] is arrays[key] for key in arrays), "params holds other arrays than before the call"
        assert np.array_equal(inputs[0], X), "X was changed"
        assert np.array_equal(inputs[1], y), "y was changed"
        return arrays

    return _Wrapped(fit, arrays_afterwards)
