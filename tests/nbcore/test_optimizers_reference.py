"""The solutions of the notebook on optimizers against independent oracles, over 25 steps and more.

Oracles are scikit-learn's optimizers, SciPy's linear filter, and plain Python with numbers of 50 digits; Optax is in
`test_against_jax`.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
import solved
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from nbcore.experiments import optimizers as experiments

Functions = dict[str, Callable[..., Any]]
Arrays = list[np.ndarray]
N_STEPS = 40
EXACT: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-13}


COURSE = solved.functions("06_optimizers")


def problem(seed: int = 0) -> tuple[dict[str, np.ndarray], list[dict[str, np.ndarray]]]:
    """Parameters, and gradients of very different sizes for 40 steps."""
    rng = np.random.default_rng(seed)
    shapes = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
    params = {k: rng.normal(size=s) for k, s in shapes.items()}
    scale = dict(zip(shapes, [1.0, 1e-3, 30.0, 1e-6], strict=True))
    return params, [{k: scale[k] * rng.normal(size=s) for k, s in shapes.items()} for _ in range(N_STEPS)]


def walked(optimizer: Any, params: dict[str, np.ndarray], gradients: list[dict[str, np.ndarray]]) -> Arrays:
    """The parameters after each step, as one long vector a step."""
    params = {k: a.copy() for k, a in params.items()}
    path = []
    for grads in gradients:
        optimizer.step(params, grads)
        path.append(np.concatenate([a.ravel() for a in params.values()]))
    return path


def sklearn_walked(make: Callable[[Arrays], Any]) -> Arrays:
    params, gradients = problem()
    arrays = list(params.values())
    optimizer = make(arrays)
    path = []
    for grads in gradients:
        optimizer.update_params(arrays, list(grads.values()))
        path.append(np.concatenate([a.ravel() for a in arrays]))
    return path


@pytest.mark.parametrize(("rate", "beta"), [(0.1, 0.9), (0.03, 0.5), (1.3, 0.99)])
def test_momentum_is_scikit_learns_heavy_ball_at_the_rate_times_one_minus_beta(rate: float, beta: float) -> None:
    theirs = sklearn_walked(lambda p: SGDOptimizer(p, rate * (1 - beta), momentum=beta, nesterov=False))
    np.testing.assert_allclose(walked(COURSE["Momentum"](rate, beta), *problem()), theirs, **EXACT)


@pytest.mark.parametrize(("rate", "beta"), [(0.1, 0.9), (0.03, 0.5), (1.3, 0.99)])
def test_nesterov_is_scikit_learns(rate: float, beta: float) -> None:
    theirs = sklearn_walked(lambda p: SGDOptimizer(p, rate, momentum=beta, nesterov=True))
    np.testing.assert_allclose(walked(COURSE["Nesterov"](rate, beta), *problem()), theirs, **EXACT)


def test_sgd_is_scikit_learns_without_momentum() -> None:
    theirs = sklearn_walked(lambda p: SGDOptimizer(p, 0.07, momentum=0.0, nesterov=False))
    np.testing.assert_allclose(walked(COURSE["SGD"](0.07), *problem()), theirs, **EXACT)


@pytest.mark.parametrize(("rate", "beta1", "beta2"), [(0.1, 0.9, 0.999), (0.03, 0.5, 0.8)])
def test_adam_is_scikit_learns_where_epsilon_does_not_matter(rate: float, beta1: float, beta2: float) -> None:
    theirs = sklearn_walked(lambda p: AdamOptimizer(p, rate, beta_1=beta1, beta_2=beta2, epsilon=0.0))
    np.testing.assert_allclose(walked(COURSE["Adam"](rate, beta1, beta2, 0.0), *problem()), theirs, **EXACT)


def test_the_two_places_of_epsilon_differ_where_gradients_are_small() -> None:
    ours = walked(COURSE["Adam"](0.1), *problem())
    theirs = sklearn_walked(lambda p: AdamOptimizer(p, 0.1))
    apart = np.abs(np.array(ours) - np.array(theirs)).max(axis=0)
    assert apart[-1] > 1e-3  # gradients of 1e-6
    assert apart[:6].max() < 1e-6  # gradients of 1


@pytest.mark.parametrize("beta", [0.9, 0.25])
def test_momentum_and_rmsprop_are_linear_filters_of_the_gradients(beta: float) -> None:
    params, gradients = problem(1)
    start = np.concatenate([a.ravel() for a in params.values()])
    g = np.array([np.concatenate([a.ravel() for a in grads.values()]) for grads in gradients])
    average = lfilter([1 - beta], [1, -beta], g, axis=0)
    expected = start - 0.2 * np.cumsum(average, axis=0)
    np.testing.assert_allclose(walked(COURSE["Momentum"](0.2, beta), params, gradients), expected, **EXACT)
    size = np.sqrt(lfilter([1 - beta], [1, -beta], g**2, axis=0))
    expected = start - np.cumsum(0.2 * g / (size + 1e-4), axis=0)
    np.testing.assert_allclose(walked(COURSE["RMSProp"](0.2, beta, 1e-4), params, gradients), expected, **EXACT)


# One parameter, 50 digits ---------------------------------------------------------------------------------------------


def decimal_walk(rule: Callable[[list[Decimal], int], Decimal], gradients: list[float]) -> list[float]:
    """Positions from 0 of a rule that gives the step from all gradients so far."""
    with localcontext() as context:
        context.prec = 50
        exact = [Decimal(g) for g in gradients]
        x, path = Decimal(0), []
        for t in range(1, len(exact) + 1):
            x -= rule(exact[:t], t)
            path.append(float(x))
    return path


def average(values: list[Decimal], beta: Decimal) -> Decimal:
    return sum(((1 - beta) * beta ** (len(values) - 1 - i) * v for i, v in enumerate(values)), Decimal(0))


def test_every_optimizer_agrees_with_fifty_digits() -> None:
    lr, b, c, eps = 0.3, 0.8, 0.95, 1e-3
    LR, B, C, EPS = map(Decimal, (lr, b, c, eps))

    def adam(g: list[Decimal], t: int) -> Decimal:
        m_hat, v_hat = average(g, B) / (1 - B**t), average([x * x for x in g], C) / (1 - C**t)
        return LR * m_hat / (v_hat.sqrt() + EPS)

    def nesterov(g: list[Decimal], t: int) -> Decimal:
        return LR * (g[-1] + B * sum((B ** (t - 1 - i) * x for i, x in enumerate(g)), Decimal(0)))

    rules: dict[str, tuple[Any, Callable[[list[Decimal], int], Decimal]]] = {
        "SGD": (COURSE["SGD"](lr), lambda g, t: LR * g[-1]),
        "Momentum": (COURSE["Momentum"](lr, b), lambda g, t: LR * average(g, B)),
        "Nesterov": (COURSE["Nesterov"](lr, b), nesterov),
        "RMSProp": (
            COURSE["RMSProp"](lr, c, eps),
            lambda g, t: LR * g[-1] / (average([x * x for x in g], C).sqrt() + EPS),
        ),
        "Adam": (COURSE["Adam"](lr, b, c, eps), adam),
    }
    gradients = [float(g) for g in np.random.default_rng(3).normal(size=30) * np.geomspace(1, 1e-4, 30)]
    for name, (optimizer, rule) in rules.items():
        path = walked(optimizer, {"x": np.zeros(1)}, [{"x": np.array([g])} for g in gradients])
        expected = decimal_walk(rule, gradients)
        np.testing.assert_allclose(np.ravel(path), expected, rtol=1e-12, atol=1e-14, err_msg=name)


# What the prose says of them ------------------------------------------------------------------------------------------


def test_adams_first_step_is_the_rate_and_its_walk_does_not_feel_the_scale() -> None:
    g = [{"x": np.array([v])} for v in (2.0, -1.0, 3.0)]
    assert walked(COURSE["Adam"](0.1), {"x": np.zeros(1)}, g)[0] == pytest.approx(-0.1, rel=1e-8)
    large = [{"x": 1000 * grads["x"]} for grads in g]
    apart = np.subtract(*(walked(COURSE["Adam"](0.1), {"x": np.zeros(1)}, h)[-1] for h in (g, large)))
    assert np.abs(apart).max() < 5e-9
    assert (1 - 0.9) / np.sqrt(1 - 0.999) == pytest.approx(3.16, abs=0.01)


def test_the_examples_by_hand() -> None:
    def path(optimizer: Any, start: float, gradients: list[float]) -> list[float]:
        return [
            float(x[0])
            for x in walked(optimizer, {"x": np.array([start], dtype=float)}, [{"x": np.array([g])} for g in gradients])
        ]

    assert path(COURSE["Momentum"](1.0, 0.5), 10, [4, 4, 4]) == pytest.approx([8, 5, 1.5])
    assert path(COURSE["Nesterov"](0.1, 0.5), 1, [4, 4]) == pytest.approx([0.4, -0.3])
    assert path(COURSE["RMSProp"](0.3, 0.75, 0.0), 1, [2, 1]) == pytest.approx([0.4, 0.1])
    first, second = path(COURSE["Adam"](0.1, 0.5, 0.75, 0.0), 1, [2, 1])
    assert (1 - first, first - second) == pytest.approx((0.1, 0.0882), abs=5e-5)


# Clipping, schedules, mini-batches ------------------------------------------------------------------------------------


@given(st.floats(1e-3, 1e3), st.floats(1e-6, 1e6), st.integers(0, 99))
def test_clipping_gives_the_norm_asked_for_and_keeps_the_direction(max_norm: float, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grads = {"W1": scale * rng.normal(size=(3, 2)), "b1": scale * rng.normal(size=3)}
    before = np.concatenate([g.ravel() for g in grads.values()])
    norm = COURSE["clip_by_global_norm"](grads, max_norm)
    after = np.concatenate([g.ravel() for g in grads.values()])
    assert norm == pytest.approx(np.linalg.norm(before), rel=1e-12)
    assert np.linalg.norm(after) == pytest.approx(min(norm, max_norm), rel=1e-9)
    np.testing.assert_allclose(after * norm, before * min(norm, max_norm), rtol=1e-12)


@given(st.integers(1, 200), st.integers(0, 50), st.floats(0, 1), st.floats(1, 10))
def test_the_cosine_starts_and_ends_where_it_should_and_falls(span: int, warmup: int, low: float, high: float) -> None:
    total = warmup + span
    rates = [COURSE["warmup_cosine"](t, total, high, low, warmup) for t in range(total + 1)]
    assert rates[warmup] == pytest.approx(high)
    assert rates[total] == pytest.approx(low, abs=1e-12)
    assert all(a >= b - 1e-12 for a, b in zip(rates[warmup:], rates[warmup + 1 :], strict=False))
    assert rates[:warmup] == pytest.approx([high * (t + 1) / warmup for t in range(warmup)])


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 9))
def test_batches_hold_every_row_once_with_its_target(m: int, batch_size: int, seed: int) -> None:
    X = np.arange(2.0 * m).reshape(m, 2)
    batches = list(COURSE["minibatches"](X, X[:, 0] ** 2, batch_size, np.random.default_rng(seed)))
    assert [len(y) for _, y in batches] == [min(batch_size, m - s) for s in range(0, m, batch_size)]
    rows = np.concatenate([b for b, _ in batches])
    np.testing.assert_array_equal(rows[rows[:, 0].argsort()], X)
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), rows[:, 0] ** 2)


def test_the_place_of_a_row_is_uniform() -> None:
    rng, X = np.random.default_rng(0), np.arange(8.0).reshape(4, 2)
    first = [float(next(iter(COURSE["minibatches"](X, X, 1, rng)))[0][0, 0]) for _ in range(4000)]
    counts = np.unique(first, return_counts=True)[1]
    assert np.abs(counts - 1000).max() < 120  # four deviations


class OneForAll:
    """Momentum that keeps one average for all parameters, or the caller's array in place of a copy."""

    def __init__(self, *, one_average: bool) -> None:
        self.one_average = one_average
        self.kept: dict[str, Any] = {}

    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        for key in params:
            name = "all" if self.one_average else key
            old = self.kept.get(name, 0.0)
            self.kept[name] = 0.5 * old + 0.5 * grads[key] if self.one_average else grads[key]
            params[key] -= self.kept[name] + (0 if self.one_average else old)


@pytest.mark.parametrize("one_average", [True, False])
def test_a_parameter_that_moves_otherwise_beside_another_one_is_seen(one_average: bool) -> None:
    assert abs(experiments.beside_alone(lambda: OneForAll(one_average=one_average), [2.0, 1.0, 3.0])) > 1e-3
    assert experiments.beside_alone(lambda: COURSE["Momentum"](0.1), [2.0, 1.0, 3.0]) == 0.0
