"""Right versions of the functions of notebook 3, each by another formula than the one that students are led to.

Hidden test cells get these definitions from the build, as results to compare with and as stand-ins. As the exercises
ask for it, losses and gradients refuse targets and predictions of different shapes.
"""

import numpy as np

from nbcore import check

from .activations import _sigmoid


def _same_shape(y, predictions):
    """Both as float64; raises ValueError with both shapes where they differ."""
    if np.shape(y) != np.shape(predictions):
        raise ValueError(f"{np.shape(y)} and {np.shape(predictions)}")
    return np.asarray(y, dtype=np.float64), np.asarray(predictions, dtype=np.float64)


# ---------------------------------------------------------------- regression


def _mse(y, y_hat):
    y, y_hat = _same_shape(y, y_hat)
    return np.vdot(y - y_hat, y - y_hat) * 0.5 / len(y)


def _mse_grad(y, y_hat):
    y, y_hat = _same_shape(y, y_hat)
    return (y_hat - y) * (1 / len(y))


def _huber(y, y_hat, delta=1.0):
    y, y_hat = _same_shape(y, y_hat)
    size = np.abs(y - y_hat)
    inside = np.minimum(size, delta)
    return np.sum(inside * (size - inside / 2)) / len(y)


def _huber_grad(y, y_hat, delta=1.0):
    y, y_hat = _same_shape(y, y_hat)
    return np.sign(y_hat - y) * np.minimum(np.abs(y_hat - y), delta) / len(y)


# ---------------------------------------------------------------- two classes


def _bce(y, p):
    y, p = _same_shape(y, p)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.sum(np.log(np.where(y == 1, p, 1 - p))) / len(p)


def _bce_grad(y, p):
    y, p = _same_shape(y, p)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.where(y == 1, -1 / p, 1 / (1 - p)) / len(p)


def _bce_with_logits(y, z):
    y, z = _same_shape(y, z)
    return np.sum(np.logaddexp(0, np.where(y == 1, -z, z))) / len(z)


def _bce_with_logits_grad(y, z):
    return _mse_grad(y, _sigmoid(z))


# ---------------------------------------------------------------- several classes


def _log_softmax(z):
    z = np.asarray(z, dtype=np.float64)
    return -np.logaddexp.reduce(z[..., None, :] - z[..., :, None], axis=-1)


def _one_hot(labels, n_classes):
    rows = np.zeros((len(labels), n_classes))
    for row, label in zip(rows, labels, strict=True):
        row[int(label)] = 1.0
    return rows


def _cross_entropy(y, z):
    y, z = _same_shape(y, z)
    return -sum(row[label] for row, label in zip(_log_softmax(z), np.argmax(y, axis=1), strict=True)) / len(z)


def _cross_entropy_grad(y, z):
    y, z = _same_shape(y, z)
    p = np.exp(_log_softmax(z))
    p[np.arange(len(p)), np.argmax(y, axis=1)] -= 1.0
    return p / len(p)


# ---------------------------------------------------------------- what to try


def _random_classes(rng, m, k):
    """One-hot targets and logits of m examples."""
    return np.eye(k)[rng.integers(0, k, size=m)], rng.normal(scale=3, size=(m, k))


def _random_targets(rng, shape):
    """Targets 0 and 1 of a loss for two classes."""
    return rng.integers(0, 2, size=shape).astype(np.float64)


def _unlike_shapes():
    """Pairs of shapes that a loss must not take for targets and predictions; most of them would broadcast."""
    return [
        ((5, 1), (5,)),
        ((5,), (5, 1)),
        ((4, 3), (1, 3)),
        ((4, 1), (4, 3)),
        ((2, 3), (3, 2)),
        ((3,), (4,)),
        ((1,), (5,)),
    ]


def _check_refused(loss, y, predictions, *settings, given=None):
    """The loss raises ValueError and names both shapes."""
    shapes = [str(np.shape(y)), str(np.shape(predictions))]
    check.raises(ValueError, loss, y, predictions, *settings, mentions=shapes, given=given)
