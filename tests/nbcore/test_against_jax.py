"""The solutions of all notebooks against JAX and Optax, in double precision, on several random inputs each.

Where a convention differs, `jax_oracle` translates and says how. Scalars and elementwise results agree to 1e-12
relative (or 1e-14, the rounding of numbers near 1); blocks of gradients and parameters to 1e-12 of their largest entry.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import solved
from oracle_process import Oracle, oracle_process

Arrays = dict[str, np.ndarray]
SEEDS = range(4)
N_STEPS = 25


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with oracle_process() as oracle:
        yield oracle


ACTIVATIONS = solved.functions("01_activations")
LOSSES = solved.functions("03_losses")
BACKPROP = solved.functions("04_backprop")
DEPTH = solved.functions("05_depth")
OPTIMIZERS = solved.functions("06_optimizers")
REGULARIZATION = solved.functions("07_regularization")


def elementwise(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def blockwise(found: Arrays, expected: Arrays) -> None:
    assert found.keys() == expected.keys()
    for key, block in expected.items():
        assert found[key].shape == block.shape, key
        assert np.abs(found[key] - block).max() <= 1e-12 * np.abs(block).max(), key


def network(sizes: tuple[int, ...], m: int, seed: int) -> tuple[np.ndarray, Arrays]:
    rng = np.random.default_rng(seed)
    params = {}
    for layer, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        params[f"W{layer}"] = rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in)
        params[f"b{layer}"] = 0.3 * rng.normal(size=n_out)
    return rng.normal(size=(m, sizes[0])), params


# Activations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "slope"),
    [("sigmoid", ()), ("tanh", ()), ("relu", ()), ("leaky_relu", (0.01,)), ("leaky_relu", (0.3,)), ("silu", ())],
)
def test_activations_and_their_derivatives(oracle: Oracle, name: str, slope: tuple[float, ...], seed: int) -> None:
    z = 10.0 ** (seed - 2) * np.random.default_rng(seed).normal(size=(7, 5))
    value, derivative = oracle("activation", name, z, *slope)
    elementwise(ACTIVATIONS[name](z, *slope), value)
    elementwise(ACTIVATIONS[f"{name}_prime"](z, *slope), derivative)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(5,), (6, 3), (2, 4, 3)])
def test_softmax_its_gradient_and_its_logarithm(oracle: Oracle, shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, upstream = 3 * rng.normal(size=shape), rng.normal(size=shape)
    p, gradient, logarithm = oracle("softmax", z, upstream)
    elementwise(ACTIVATIONS["softmax"](z), p)
    elementwise(ACTIVATIONS["softmax_vjp"](upstream, ACTIVATIONS["softmax"](z)), gradient)
    elementwise(LOSSES["log_softmax"](z), logarithm)


# Losses --------------------------------------------------------------------------------------------------------------


def example(name: str, shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if name in ("mse", "huber"):
        return rng.normal(size=shape), rng.normal(scale=2, size=shape)
    if name == "cross_entropy":
        return np.eye(shape[1])[rng.integers(0, shape[1], size=shape[0])], rng.normal(scale=3, size=shape)
    prediction = rng.uniform(0.02, 0.98, size=shape) if name == "bce" else rng.normal(scale=3, size=shape)
    return rng.integers(0, 2, size=shape).astype(float), prediction


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(7, 3), (1, 5), (6, 1)])
@pytest.mark.parametrize(
    ("name", "delta"),
    [
        ("mse", ()),
        ("huber", ()),
        ("huber", (0.3,)),
        ("huber", (2.5,)),
        ("bce", ()),
        ("bce_with_logits", ()),
        ("cross_entropy", ()),
    ],
)
def test_losses_and_their_gradients(
    oracle: Oracle, name: str, delta: tuple[float, ...], shape: tuple[int, int], seed: int
) -> None:
    y, prediction = example(name, shape, seed)
    value, gradient = oracle("loss", name, y, prediction, *delta)
    elementwise(LOSSES[name](y, prediction, *delta), value)
    elementwise(LOSSES[f"{name}_grad"](y, prediction, *delta), gradient)


def test_one_hot(oracle: Oracle) -> None:
    labels = np.random.default_rng(0).integers(0, 6, 20)
    np.testing.assert_array_equal(LOSSES["one_hot"](labels, 6), oracle("one_hot", labels, 6))


# Networks ------------------------------------------------------------------------------------------------------------

SIZES = [(3, 1), (2, 4, 1), (3, 5, 2), (4, 6, 5, 4, 3)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_of_a_network_with_sigmoid_and_binary_cross_entropy(
    oracle: Oracle, sizes: tuple[int, ...], hidden: str, seed: int
) -> None:
    X, params = network(sizes, 9, seed)
    y = np.random.default_rng(seed + 50).integers(0, 2, size=(9, sizes[-1])).astype(float)
    loss, grads = oracle("network", X, y, params, hidden, "bce_with_logits")
    p, cache = BACKPROP["mlp_forward"](X, params, BACKPROP[hidden], BACKPROP["sigmoid"])
    elementwise(BACKPROP["bce"](y, p), loss)
    blockwise(BACKPROP["mlp_backward"](y, cache, params, BACKPROP[f"{hidden}_prime"]), grads)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("hidden", ["tanh", "relu"])
@pytest.mark.parametrize("sizes", [(3, 2), (2, 4, 3), (4, 6, 5, 5)])
def test_gradients_of_a_network_with_softmax_and_cross_entropy(
    oracle: Oracle, sizes: tuple[int, ...], hidden: str, seed: int
) -> None:
    X, params = network(sizes, 9, seed)
    y = np.eye(sizes[-1])[np.random.default_rng(seed + 50).integers(0, sizes[-1], size=9)]
    loss, grads = oracle("network", X, y, params, hidden, "cross_entropy")
    _, cache = BACKPROP["mlp_forward"](X, params, BACKPROP[hidden], BACKPROP["softmax"])
    elementwise(LOSSES["cross_entropy"](y, cache["Z"][-1]), loss)
    blockwise(BACKPROP["fixed_backward"](y, cache, params, BACKPROP[f"{hidden}_prime"]), grads)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_of_a_network_with_a_penalty(oracle: Oracle, seed: int) -> None:
    X, params = network((3, 6, 5, 1), 8, seed)
    y = np.random.default_rng(seed + 50).integers(0, 2, size=(8, 1)).astype(float)
    loss, expected = oracle("network", X, y, params, "relu", "bce_with_logits", 0.37)
    _, cache = REGULARIZATION["mlp_forward"](X, params, REGULARIZATION["relu"], REGULARIZATION["sigmoid"])
    grads = REGULARIZATION["mlp_backward"](y, cache, params, REGULARIZATION["relu_prime"])
    REGULARIZATION["add_l2_grads"](grads, params, 0.37)
    blockwise(grads, expected)
    data_loss = REGULARIZATION["bce_with_logits"](y, cache["Z"][-1])
    elementwise(data_loss + REGULARIZATION["l2_penalty"](params, 0.37), loss)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_of_one_layer(oracle: Oracle, seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n_in, n_out = rng.integers(1, 8, size=3)
    A, W, b = rng.normal(size=(m, n_in)), rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)
    upstream = rng.normal(size=(m, n_out))
    names = ("A", "W", "b")
    found = dict(zip(names, BACKPROP["linear_backward"](upstream, A, W), strict=True))
    blockwise(found, dict(zip(names, oracle("linear_vjp", A, W, b, upstream), strict=True)))


# Batch normalisation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("shape", "eps"), [((4, 3), 1e-5), ((9, 4), 1e-3), ((40, 1), 1e-5), ((2, 3), 1.0)])
def test_batch_normalisation_forward_and_backward(
    oracle: Oracle, shape: tuple[int, int], eps: float, seed: int
) -> None:
    """Two rows get a large eps: with a small one the gradient of x is a difference that cancels nearly all digits."""
    rng = np.random.default_rng(seed)
    x, upstream = rng.normal(3, 2, size=shape), rng.normal(size=shape)
    gamma, beta = rng.normal(size=shape[1]), rng.normal(size=shape[1])
    state = {"mean": np.zeros(shape[1]), "var": np.ones(shape[1])}
    expected, gradients = oracle("batch_norm", x, gamma, beta, eps, upstream)
    out, cache = DEPTH["batchnorm_forward"](x, gamma, beta, state, True, eps=eps)
    blockwise({"out": out}, {"out": expected})
    names = ("x", "gamma", "beta")
    found = dict(zip(names, DEPTH["batchnorm_backward"](upstream, cache), strict=True))
    blockwise(found, dict(zip(names, gradients, strict=True)))


def test_statistics_of_batch_normalisation_and_its_use_in_evaluation(oracle: Oracle) -> None:
    rng = np.random.default_rng(5)
    batches = [rng.normal(2, 3, size=(8, 4)) for _ in range(6)]
    gamma, beta = rng.normal(size=4), rng.normal(size=4)
    state = {"mean": np.zeros(4), "var": np.ones(4)}
    for batch in batches:
        DEPTH["batchnorm_forward"](batch, gamma, beta, state, True, momentum=0.8)
    elementwise(state["mean"], oracle("running", np.zeros(4), [batch.mean(axis=0) for batch in batches], 0.8))
    elementwise(state["var"], oracle("running", np.ones(4), [batch.var(axis=0) for batch in batches], 0.8))
    x = rng.normal(size=(5, 4))
    out, _ = DEPTH["batchnorm_forward"](x, gamma, beta, state, False, eps=1e-3)
    elementwise(out, oracle("batch_norm_evaluated", x, gamma, beta, state["mean"], state["var"], 1e-3))


# Optimizers -----------------------------------------------------------------------------------------------------------

RULES: list[tuple[str, tuple[float, ...]]] = [
    ("SGD", (0.1,)),
    ("Momentum", (0.1, 0.9)),
    ("Momentum", (0.5, 0.5)),
    ("Nesterov", (0.05, 0.9)),
    ("Nesterov", (0.2, 0.3)),
    ("RMSProp", (0.01, 0.9, 1e-8)),
    ("RMSProp", (0.03, 0.5, 1e-2)),
    ("Adam", (0.01, 0.9, 0.999, 1e-8)),
    ("Adam", (0.1, 0.5, 0.8, 1e-3)),
    ("AdamW", (0.01, 0.9, 0.999, 1e-8, 0.01)),
    ("AdamW", (0.1, 0.5, 0.8, 1e-3, 0.5)),
]


def made(name: str, options: tuple[float, ...]) -> Any:
    return (REGULARIZATION if name == "AdamW" else OPTIMIZERS)[name](*options)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "options"), RULES)
def test_every_optimizer_over_25_steps_along_given_gradients(
    oracle: Oracle, name: str, options: tuple[float, ...], seed: int
) -> None:
    """Gradients of very different sizes, so that a misplaced epsilon shows."""
    _, params = network((2, 3, 1), 1, seed)
    rng = np.random.default_rng(seed + 100)
    sizes = dict(zip(params, [1.0, 1e-3, 30.0, 1e-6], strict=True))
    gradients = [{k: sizes[k] * rng.normal(size=a.shape) for k, a in params.items()} for _ in range(N_STEPS)]
    path = oracle("walk", name, options, params, gradients)
    optimizer, at = made(name, options), {key: block.copy() for key, block in params.items()}
    for grads, expected in zip(gradients, path, strict=True):
        optimizer.step(at, grads)
        blockwise(at, expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "options"), RULES)
def test_every_optimizer_over_25_steps_of_training_a_network(
    oracle: Oracle, name: str, options: tuple[float, ...], seed: int
) -> None:
    """Each gradient belongs to the parameters just reached, so an error of one step is carried into all later ones."""
    X, params = network((2, 5, 1), 20, seed)
    y = np.random.default_rng(seed + 100).integers(0, 2, size=(20, 1)).astype(float)
    losses, expected = oracle("training", name, options, params, X, y, "tanh", N_STEPS)
    optimizer, found = made(name, options), []
    for _ in range(N_STEPS):
        p, cache = BACKPROP["mlp_forward"](X, params, BACKPROP["tanh"], BACKPROP["sigmoid"])
        found.append(BACKPROP["bce"](y, p))
        optimizer.step(params, BACKPROP["mlp_backward"](y, cache, params, BACKPROP["tanh_prime"]))
    np.testing.assert_allclose(found, losses, rtol=1e-12)
    blockwise(params, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_fit_is_training_by_gradient_descent(oracle: Oracle, seed: int) -> None:
    X, params = network((2, 5, 1), 20, seed)
    y = np.random.default_rng(seed + 100).integers(0, 2, size=(20, 1)).astype(float)
    losses, expected = oracle("training", "SGD", (0.5,), params, X, y, "relu", N_STEPS)
    found = BACKPROP["fit"](X, y, params, 0.5, N_STEPS, BACKPROP["relu"], BACKPROP["relu_prime"])
    np.testing.assert_allclose(found, losses, rtol=1e-12)
    blockwise(params, expected)


@pytest.mark.parametrize(("rate", "beta"), [(0.1, 0.9), (1.3, 0.99)])
def test_momentum_is_the_heavy_ball_at_the_rate_times_one_minus_beta(oracle: Oracle, rate: float, beta: float) -> None:
    _, params = network((2, 3, 1), 1, 0)
    rng = np.random.default_rng(1)
    gradients = [{k: rng.normal(size=a.shape) for k, a in params.items()} for _ in range(N_STEPS)]
    expected = oracle("walk", "Momentum as heavy ball", (rate, beta), params, gradients)[-1]
    optimizer = OPTIMIZERS["Momentum"](rate, beta)
    for grads in gradients:
        optimizer.step(params, grads)
    blockwise(params, expected)


def test_a_misplaced_epsilon_does_not_pass(oracle: Oracle) -> None:
    """What the tests above would miss, they could not find: the common variants differ by far more than 1e-12."""
    _, params = network((2, 3, 1), 1, 0)
    rng = np.random.default_rng(2)
    gradients = [{k: 1e-3 * rng.normal(size=a.shape) for k, a in params.items()} for _ in range(N_STEPS)]
    right = oracle("walk", "Adam", (0.01, 0.9, 0.999, 1e-8), params, gradients)[-1]
    wrong = oracle("walk", "Adam", (0.01, 0.9, 0.999, 2e-8), params, gradients)[-1]
    with pytest.raises(AssertionError):
        blockwise(right, wrong)


# Clipping and schedules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("max_norm", [0.1, 3.0, 1e3])
def test_clipping_by_the_global_norm(oracle: Oracle, max_norm: float, seed: int) -> None:
    _, grads = network((3, 4, 2), 1, seed)
    norm, expected = oracle("clip", grads, max_norm)
    elementwise(OPTIMIZERS["clip_by_global_norm"](grads, max_norm), norm)
    blockwise(grads, expected)


def test_schedules(oracle: Oracle) -> None:
    for lr, drop, every in [(0.1, 0.5, 7), (3.0, 0.9, 1)]:
        found = [OPTIMIZERS["step_decay"](t, lr, drop, every) for t in range(30)]
        elementwise(found, oracle("step_decay", lr, drop, every, 30))
    for total, high, low, warmup in [(30, 0.3, 0.0, 0), (40, 2.0, 0.1, 7), (12, 1.0, 0.5, 1)]:
        found = [OPTIMIZERS["warmup_cosine"](t, total, high, low, warmup) for t in range(total + 1)]
        elementwise(found, oracle("warmup_cosine", total, high, low, warmup))
