"""Right versions of the functions of notebook 5, each by another way than the one that students are led to.

Hidden test cells get these definitions from the build.
"""

import numpy as np


def _layer_gradient_norms(grads):
    weights = sorted((key for key in grads if key.startswith("W")), key=lambda key: int(key[1:]))
    return np.array([np.linalg.norm(np.asarray(grads[key], dtype=np.float64)) for key in weights])


def _dead_fraction(Z):
    return sum(max(column) <= 0 for column in np.asarray(Z).T.tolist()) / np.shape(Z)[1]


# ---------------------------------------------------------------- batch normalization


def _normalized(x, gamma, beta, mean, var, eps=1e-5):
    gamma, beta, var = (np.asarray(part) for part in (gamma, beta, var))
    return gamma * (np.asarray(x) - mean) / (var + eps) ** 0.5 + beta


def _mean_and_variance(x):
    """Of each column. Complex numbers stay complex."""
    x = np.asarray(x)
    x = x.astype(np.result_type(x, np.float64))
    mean = sum(x) / len(x)
    return mean, sum((x - mean) ** 2) / len(x)


def _batchnorm(x, gamma, beta, eps=1e-5):
    """The output in training."""
    return _normalized(x, gamma, beta, *_mean_and_variance(x), eps)


def _batchnorm_backward(dout, x, gamma, beta, eps=1e-5):
    """Derivatives of sum(dout * out) by complex steps, which have no rounding error of differences."""
    arguments = [np.asarray(part, dtype=complex) for part in (x, gamma, beta)]
    found = []
    for number, argument in enumerate(arguments):
        slope = np.empty(argument.shape)
        for index in np.ndindex(argument.shape):
            moved = [part.copy() for part in arguments]
            moved[number][index] += 1e-30j
            slope[index] = np.sum(dout * _batchnorm(*moved, eps)).imag / 1e-30
        found.append(slope)
    return tuple(found)


def _running_statistics(state, batches, momentum):
    """`state` after these batches."""
    mean, var = state["mean"], state["var"]
    for batch in batches:
        own_mean, own_var = _mean_and_variance(batch)
        mean, var = momentum * mean + (1 - momentum) * own_mean, momentum * var + (1 - momentum) * own_var
    return {"mean": mean, "var": var}
