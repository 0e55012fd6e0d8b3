"""What JAX and Optax say, in double precision: functions from NumPy arrays to NumPy arrays.

`test_against_jax` calls them in a process of its own: JAX starts threads, which do not survive forks of other tests.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # compiling takes longer than all that is computed

Arrays = dict[str, np.ndarray]
Loss = Callable[[Any, Any], Any]

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "silu": jax.nn.silu,
}


def activation(name: str, z: np.ndarray, *slope: float) -> tuple[np.ndarray, np.ndarray]:
    """Values and derivatives; `slope` is that of leaky ReLU."""

    def f(x: Any) -> Any:
        return ACTIVATIONS[name](x, *slope)

    return _plain((f(z), jax.vmap(jax.grad(f))(z.ravel()).reshape(z.shape)))


def softmax(z: np.ndarray, upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Softmax, its vector-Jacobian product, and log-softmax, over the last axis."""
    p, pull = jax.vjp(jax.nn.softmax, jnp.asarray(z))
    return _plain((p, pull(jnp.asarray(upstream))[0], jax.nn.log_softmax(z)))


def _mean_of_sums(each: Any) -> Any:
    """The convention of the course: summed over the outputs of an example, averaged over the examples."""
    return jnp.sum(each) / each.shape[0]


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda y, y_hat: _mean_of_sums(optax.l2_loss(y_hat, y)),
    "huber": lambda y, y_hat, delta=1.0: _mean_of_sums(optax.huber_loss(y_hat, y, delta=delta)),
    # Optax takes logits only.
    "bce": lambda y, p: _mean_of_sums(optax.sigmoid_binary_cross_entropy(jax.scipy.special.logit(p), y)),
    "bce_with_logits": lambda y, z: _mean_of_sums(optax.sigmoid_binary_cross_entropy(z, y)),
    "cross_entropy": lambda y, z: _mean_of_sums(optax.softmax_cross_entropy(z, y)),
}


def loss(name: str, y: np.ndarray, prediction: np.ndarray, *delta: float) -> tuple[float, np.ndarray]:
    """A loss and its gradient with respect to the prediction; `delta` is that of Huber's loss."""
    value, gradient = jax.value_and_grad(LOSSES[name], argnums=1)(y, jnp.asarray(prediction), *delta)
    return float(value), np.asarray(gradient)


def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    return np.asarray(jax.nn.one_hot(labels, n_classes, dtype=jnp.float64))


def batch_norm(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float, upstream: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Training forward pass, and the gradients of x, gamma and beta.

    The variance is handed over, as JAX's own is E[x^2] - E[x]^2, which loses digits.
    """

    def forward(x: Any, gamma: Any, beta: Any) -> Any:
        mean, variance = jnp.mean(x, axis=0), jnp.var(x, axis=0)
        return gamma * jax.nn.standardize(x, axis=0, mean=mean, variance=variance, epsilon=eps) + beta

    out, pull = jax.vjp(forward, *map(jnp.asarray, (x, gamma, beta)))
    return _plain((out, pull(jnp.asarray(upstream))))


def batch_norm_evaluated(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray, eps: float
) -> np.ndarray:
    """The pass of an evaluation, with the statistics given."""
    return np.asarray(gamma * jax.nn.standardize(x, axis=0, mean=mean, variance=variance, epsilon=eps) + beta)


def running(old: np.ndarray, batches: list[np.ndarray], momentum: float) -> np.ndarray:
    """A running average; Optax's step size is the weight of the new value, 1 - momentum."""
    average: Any = old
    for new in batches:
        average = optax.incremental_update(jnp.asarray(new), average, 1 - momentum)
    return np.asarray(average)


def _logits(X: Any, params: Any, hidden: str) -> Any:
    n_layers, A = len(params) // 2, X
    for layer in range(1, n_layers + 1):
        Z = A @ params[f"W{layer}"].T + params[f"b{layer}"]
        A = ACTIVATIONS[hidden](Z)
    return Z


def _network_loss(params: Any, X: Any, y: Any, hidden: str, kind: str, lam: float) -> Any:
    """Sigmoid with binary or softmax with categorical cross-entropy, and lam/2 times the squares of the weights."""
    penalty = sum(jnp.sum(block**2) for key, block in params.items() if key.startswith("W"))
    return LOSSES[kind](y, _logits(X, params, hidden)) + lam / 2 * penalty


# Module level, so that it is compiled once for each set of shapes.
_network_loss_and_grads = jax.jit(jax.value_and_grad(_network_loss), static_argnums=(3, 4, 5))


def network(
    X: np.ndarray, y: np.ndarray, params: Arrays, hidden: str, kind: str, lam: float = 0.0
) -> tuple[float, Arrays]:
    """Loss of a network and the gradients of all its parameters."""
    value, grads = _network_loss_and_grads(_device(params), X, y, hidden, kind, lam)
    return float(value), _plain(grads)


def linear_vjp(
    A: np.ndarray, W: np.ndarray, b: np.ndarray, upstream: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of A, W and b of one layer, given that of its output."""
    _, pull = jax.vjp(lambda A, W, b: A @ W.T + b, *map(jnp.asarray, (A, W, b)))
    return _plain(pull(jnp.asarray(upstream)))


def _weights_only(params: Any) -> dict[str, bool]:
    return {key: key.startswith("W") for key in params}


# Name and hyper-parameters of the course -> the same rule in Optax.
OPTIMIZERS: dict[str, Callable[..., optax.GradientTransformation]] = {
    "SGD": optax.sgd,
    # Averaging form: optax.sgd(momentum=...) is the heavy ball, v = beta*v + g, so the average is built from parts.
    "Momentum": lambda lr, beta: optax.chain(optax.ema(beta, debias=False), optax.scale(-lr)),
    # The same heavy ball without the factor 1 - beta: the rate is smaller by this factor.
    "Momentum as heavy ball": lambda lr, beta: optax.sgd(lr * (1 - beta), momentum=beta),
    "Nesterov": lambda lr, beta: optax.sgd(lr, momentum=beta, nesterov=True),
    # Optax puts eps under the root unless told otherwise.
    "RMSProp": lambda lr, beta, eps: optax.rmsprop(lr, decay=beta, eps=eps, eps_in_sqrt=False),
    # eps_root is 0 by default, so eps stands outside the root of the corrected average, as in the paper.
    "Adam": lambda lr, beta1, beta2, eps: optax.adam(lr, b1=beta1, b2=beta2, eps=eps),
    # Optax adds weight_decay*theta to the step of Adam and multiplies by -lr: theta*(1 - lr*weight_decay) first.
    "AdamW": lambda lr, beta1, beta2, eps, decay: optax.adamw(
        lr, b1=beta1, b2=beta2, eps=eps, weight_decay=decay, mask=_weights_only
    ),
}


def walk(name: str, options: tuple[float, ...], params: Arrays, gradients: list[Arrays]) -> list[Arrays]:
    """The parameters after each step along given gradients."""
    rule = OPTIMIZERS[name](*options)
    at = _device(params)
    state, path = rule.init(at), []
    for grads in gradients:
        updates, state = rule.update(_device(grads), state, at)
        at = optax.apply_updates(at, updates)
        path.append(_plain(at))
    return path


def training(
    name: str, options: tuple[float, ...], params: Arrays, X: np.ndarray, y: np.ndarray, hidden: str, n_steps: int
) -> tuple[list[float], Arrays]:
    """Full-batch training of a network with a sigmoid output: the loss before each step, and the last parameters."""
    rule = OPTIMIZERS[name](*options)
    at = _device(params)
    state, losses = rule.init(at), []
    for _ in range(n_steps):
        value, grads = _network_loss_and_grads(at, X, y, hidden, "bce_with_logits", 0.0)
        losses.append(float(value))
        updates, state = rule.update(grads, state, at)
        at = optax.apply_updates(at, updates)
    return losses, _plain(at)


def clip(grads: Arrays, max_norm: float) -> tuple[float, Arrays]:
    """Global norm before, and the clipped gradients."""
    rule = optax.clip_by_global_norm(max_norm)
    given = _device(grads)
    clipped, _ = rule.update(given, rule.init(given))
    norm = jnp.linalg.norm(jnp.concatenate([g.ravel() for g in given.values()]))
    return float(norm), _plain(clipped)


def step_decay(lr: float, drop: float, every: int, steps: int) -> np.ndarray:
    schedule = optax.exponential_decay(lr, transition_steps=every, decay_rate=drop, staircase=True)
    return np.array([schedule(t) for t in range(steps)])


def warmup_cosine(total: int, lr_max: float, lr_min: float, warmup: int) -> np.ndarray:
    """The rates of steps 0 to total; step t of the rise has (t + 1)/warmup of lr_max."""
    cosine = optax.cosine_decay_schedule(lr_max, total - warmup, alpha=lr_min / lr_max)
    rates = [cosine(t) for t in range(total - warmup + 1)]
    if warmup == 0:
        return np.array(rates)
    rise = optax.linear_schedule(0.0, lr_max, warmup)
    return np.array([*(rise(t + 1) for t in range(warmup)), *rates])


def _device(tree: Any) -> Any:
    return jax.tree.map(jnp.asarray, tree)


def _plain(tree: Any) -> Any:
    return jax.tree.map(np.asarray, tree)
