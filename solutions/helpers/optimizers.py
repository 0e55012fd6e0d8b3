"""Right optimizers, schedules and clipping, and what the tests of all optimizers have in common.

Hidden test cells of 06_optimizers and 07_regularization get these definitions from the build. The references add up
all gradients so far, where an exercise keeps running averages: a mistake that is made in one form is not made in the
other.
"""

import numpy as np

from nbcore import check


def _normal(rng, shapes, scale=1.0):
    """A random array of each of these shapes, by key."""
    return {key: scale * rng.normal(size=shape) for key, shape in shapes.items()}


def _copied(arrays):
    return {key: array.copy() for key, array in arrays.items()}


# ---------------------------------------------------------------- references: `start` after a step for each gradient


def _sgd(start, gradients, lr):
    return start - lr * np.sum(np.asarray(gradients, dtype=np.float64), axis=0)


def _decaying_average(values, beta):
    """(1 - beta) times the sum of the values, each with the weight beta**age; the last one has the age 0."""
    return (1 - beta) * np.tensordot(beta ** np.arange(len(values) - 1, -1, -1.0), values, axes=1)


def _weighted_mean(values, beta):
    """The decaying average over the one of ones: Adam's averages after the correction."""
    return _decaying_average(values, beta) / _decaying_average(np.ones(len(values)), beta)


def _momentum(start, gradients, lr, beta=0.9):
    g = np.asarray(gradients, dtype=np.float64)
    return start - lr * sum(_decaying_average(g[:n], beta) for n in range(1, len(g) + 1))


def _nesterov(start, gradients, lr, beta=0.9):
    """The two-point form: a gradient step from the point ahead, which then goes on by beta times the last move."""
    ahead, point = start, start
    for g in gradients:
        new = ahead - lr * np.asarray(g, dtype=np.float64)
        ahead, point = new + beta * (new - point), new
    return ahead


def _rmsprop(start, gradients, lr, beta=0.9, eps=1e-8):
    g, theta = np.asarray(gradients, dtype=np.float64), start
    for n in range(1, len(g) + 1):
        theta = theta - lr * g[n - 1] / (np.sqrt(_decaying_average(g[:n] ** 2, beta)) + eps)
    return theta


def _adam(start, gradients, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    g, theta = np.asarray(gradients, dtype=np.float64), start
    for n in range(1, len(g) + 1):
        step = _weighted_mean(g[:n], beta1) / (np.sqrt(_weighted_mean(g[:n] ** 2, beta2)) + eps)
        theta = theta - lr * weight_decay * theta - lr * step
    return theta


def _adamw(params, gradients, weight_decay=1e-2, **settings):
    """All parameters after a step for each of the gradients; only weights decay."""
    decay = {key: weight_decay if key.startswith("W") else 0.0 for key in params}
    return {
        key: _adam(start, [g[key] for g in gradients], weight_decay=decay[key], **settings)
        for key, start in params.items()
    }


def _global_norm(grads):
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()])))


def _step_decay(t, lr, drop, every):
    for _ in range(every, t + 1, every):
        lr = lr * drop
    return lr


def _warmup_cosine(t, total, lr_max, lr_min=0.0, warmup=0):
    if t + 1 <= warmup:
        return (t + 1) * lr_max / warmup
    return lr_max - (lr_max - lr_min) * np.sin(0.5 * np.pi * (t - warmup) / (total - warmup)) ** 2


# ---------------------------------------------------------------- walks: `make` gives a new optimizer of the student's


def _steps(make, params, gradients):
    """params after a step for each of the gradients, of which the optimizer gets copies."""
    optimizer = make()
    for grads in gradients:
        optimizer.step(params, _copied(grads))
    return params


def _steps_in_one_buffer(make, params, gradients):
    """The arrays of params after a step for each of the gradients, which all come in the same arrays."""
    optimizer, arrays = make(), dict(params)
    buffer = {key: np.empty_like(array) for key, array in params.items()}
    for grads in gradients:
        for key, g in grads.items():
            buffer[key][...] = g
        optimizer.step(params, buffer)
        assert all(np.array_equal(buffer[key], g) for key, g in grads.items()), "grads changed"
    return arrays


def _problem(rng, n_steps):
    """Parameters, two of them of one shape, and gradients of some steps."""
    shapes = {"W1": (3, 2), "b1": (3,), "U": (3, 2), "W2": (1, 3)}
    return _normal(rng, shapes), [_normal(rng, shapes) for _ in range(n_steps)]


# ---------------------------------------------------------------- checks of any optimizer


def _check_steps(optimizer, reference, rng, key, gradients, *settings, rtol=1e-7, **named):
    """One parameter from a random start, with settings that optimizer and reference get in the same way."""
    start = rng.normal(size=np.shape(gradients[0]))
    check.value(
        _steps,
        lambda: optimizer(*settings, **named),
        {key: start},
        [{key: g} for g in gradients],
        expected={key: reference(start, gradients, *settings, **named)},
        rtol=rtol,
    )


def _check_in_place(make, params, gradients):
    """Every step writes into the arrays of params."""
    optimizer, arrays, before = make(), dict(params), _copied(params)
    for grads in gradients:
        optimizer.step(params, grads)
        assert all(params[key] is array for key, array in arrays.items())
    assert all((array != before[key]).all() for key, array in arrays.items())


def _check_grads_are_kept(make, params, gradients):
    """No step changes the gradients or lives on their arrays, which the caller uses again."""
    own = _steps_in_one_buffer(make, _copied(params), gradients)
    check.value(_steps, make, params, gradients, expected=own)


def _check_keys_apart(make, params, gradients):
    """Every parameter moves as it does alone, in whatever order the gradients come."""
    alone = {
        key: _steps(make, {key: array.copy()}, [{key: g[key]} for g in gradients])[key] for key, array in params.items()
    }
    check.value(_steps, make, params, gradients, expected=alone)
    turned = [dict(reversed(g.items())) for g in gradients]
    check.value(_steps, make, params, turned, expected=alone)


def _check_objects_apart(make, params, gradients):
    """Two optimizers that take turns on different gradients do what each does alone."""
    opposite = [{key: -g for key, g in grads.items()} for grads in gradients]
    first, second, one, two = _copied(params), _copied(params), make(), make()
    for grads, others in zip(gradients, opposite, strict=True):
        one.step(first, _copied(grads))
        two.step(second, _copied(others))
    check.value(_steps, make, params, gradients, expected=first)
    check.value(_steps, make, params, opposite, expected=second)
