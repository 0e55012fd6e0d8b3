"""Right versions of the functions of notebook 1, each by another formula than the one that students are led to.

Hidden test cells get these definitions from the build, as results to compare with and as stand-ins.
"""

import numpy as np


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, dtype=np.float64)))


def _sigmoid_prime(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=np.float64)))
    return e / (1 + e) ** 2


def _tanh(z):
    return np.tanh(np.asarray(z, dtype=np.float64))


def _tanh_prime(z):
    """For |z| up to 350."""
    return 1 / np.cosh(np.asarray(z, dtype=np.float64)) ** 2


def _relu(z):
    z = np.asarray(z, dtype=np.float64)
    return 0.5 * (z + np.abs(z))


def _relu_prime(z):
    return np.heaviside(np.asarray(z, dtype=np.float64), 0.0)


def _leaky_relu(z, alpha=0.01):
    return (1 - alpha) * _relu(z) + alpha * np.asarray(z, dtype=np.float64)


def _leaky_relu_prime(z, alpha=0.01):
    return (1 - alpha) * _relu_prime(z) + alpha


def _silu(z):
    return np.asarray(z, dtype=np.float64) * _sigmoid(z)


def _silu_prime(z):
    """For |z| up to 700."""
    half = 0.5 * np.asarray(z, dtype=np.float64)
    return 0.5 * (1 + np.tanh(half) + half / np.cosh(half) ** 2)


def _softmax(z):
    """For logits of a row that lie up to 700 apart."""
    z = np.asarray(z, dtype=np.float64)
    return 1 / np.sum(np.exp(z[..., None, :] - z[..., :, None]), axis=-1)


def _softmax_vjp(upstream, p):
    upstream, p = np.asarray(upstream, dtype=np.float64), np.asarray(p, dtype=np.float64)
    jacobian = p[..., :, None] * (np.eye(p.shape[-1]) - p[..., None, :])
    return (upstream[..., None, :] @ jacobian)[..., 0, :]
