"""The new exercises of the notebook on depth against independent oracles, and what its experiments and prose claim."""

from typing import Any

import numpy as np
import pytest
import solved
from scipy import integrate

from nbcore.experiments import depth as experiments

Functions = dict[str, Any]
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def course() -> Functions:
    return solved.functions("05_depth", "mean_squares", "stack_forward", "stack_backward")


def second_moment(f: Any) -> float:
    """E[f(z)^2] by adaptive quadrature."""

    def weighted(z: float) -> float:
        return float(f(z)) ** 2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    return integrate.quad(weighted, -12, 0)[0] + integrate.quad(weighted, 0, 12)[0]


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (np.tanh, second_moment(np.tanh) ** -0.5),
        (lambda z: np.maximum(z, 0), np.sqrt(2)),
        (lambda z: z, 1.0),
        (lambda z: z + 1, 1 / np.sqrt(2)),
        (np.sin, np.sqrt(2 / (1 - np.exp(-2)))),  # sin(z)^2 = (1 - cos 2z)/2, E[cos 2z] = exp(-2)
    ],
)
def test_the_gain_is_that_of_quadrature(course: Functions, f: Any, expected: float) -> None:
    for seed in range(20):
        assert course["gain"](f, rng=np.random.default_rng(seed)) == pytest.approx(expected, rel=0.01)


def test_the_gain_of_tanh_is_not_that_of_a_table_of_pytorch() -> None:
    assert second_moment(np.tanh) ** -0.5 == pytest.approx(1.5925, abs=1e-4)
    assert abs(second_moment(np.tanh) ** -0.5 - 5 / 3) > 0.07


def test_a_layer_of_tanh_with_its_gain_lets_the_gradient_grow() -> None:
    of_slope = second_moment(lambda z: 1 - np.tanh(z) ** 2)
    assert of_slope / second_moment(np.tanh) == pytest.approx(1.178, abs=1e-3)
    assert (of_slope / second_moment(np.tanh)) ** 29 > 100


@pytest.mark.parametrize("shape", [(5,), (1, 4), (6, 3), (2, 3, 4), (2, 1, 3, 2)])
def test_layer_normalization_goes_back_as_central_differences_do(course: Functions, shape: tuple[int, ...]) -> None:
    x, up, (gamma, beta) = RNG.normal(2, 3, shape), RNG.normal(size=shape), RNG.normal(size=(2, shape[-1]))

    def loss(x: Any, gamma: Any, beta: Any) -> float:
        return float(np.sum(up * course["layernorm_forward"](x, gamma, beta, eps=0.1)[0]))

    plain, _ = course["layernorm_forward"](x, np.ones(shape[-1]), np.zeros(shape[-1]), eps=0.1)
    np.testing.assert_allclose(plain.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(plain.var(axis=-1), x.var(axis=-1) / (x.var(axis=-1) + 0.1))
    _, cache = course["layernorm_forward"](x, gamma, beta, eps=0.1)
    found = course["layernorm_backward"](up, cache)
    numerical = course["numerical_gradient"]
    np.testing.assert_allclose(found[0], numerical(lambda x: loss(x, gamma, beta), x), atol=1e-8)
    np.testing.assert_allclose(found[1], numerical(lambda g: loss(x, g, beta), gamma), atol=1e-8)
    np.testing.assert_allclose(found[2], numerical(lambda b: loss(x, gamma, b), beta), atol=1e-8)


def test_a_residual_block_goes_back_as_central_differences_do(course: Functions) -> None:
    args = [RNG.normal(size=size) for size in [(5, 3), (4, 3), 4, (3, 4), 3]]
    up = RNG.normal(size=(5, 3))
    dx, grads = course["residual_backward"](up, course["residual_forward"](*args)[1])

    def loss(position: int, value: Any) -> float:
        moved = [*args[:position], value, *args[position + 1 :]]
        return float(np.sum(up * course["residual_forward"](*moved)[0]))

    for position, found in enumerate([dx, *(grads[key] for key in ("W1", "b1", "W2", "b2"))]):
        numerical = course["numerical_gradient"](lambda value, at=position: loss(at, value), args[position])
        np.testing.assert_allclose(found, numerical, atol=1e-8)


def test_the_stack_goes_back_as_central_differences_do(course: Functions) -> None:
    """The provided cell of 5.7, with both switches."""
    h, up = RNG.normal(size=(2, 4, 3))
    shapes = {"W1": (3, 3), "b1": 3, "W2": (3, 3), "b2": 3}
    blocks = [{key: RNG.normal(size=size) for key, size in shapes.items()} for _ in range(3)]
    for norm in (False, True):
        for skip in (False, True):
            _, caches = course["stack_forward"](h, blocks, norm, skip)
            signals, grads = course["stack_backward"](up, caches, norm, skip)
            assert len(signals) == 4
            assert len(grads) == 3

            def loss(h: Any, norm: bool = norm, skip: bool = skip) -> float:
                return float(np.sum(up * course["stack_forward"](h, blocks, norm, skip)[0]))

            np.testing.assert_allclose(signals[0], course["numerical_gradient"](loss, h), rtol=1e-5, atol=1e-7)


def test_the_gain_keeps_a_signal_that_is_lost_without_it(course: Functions) -> None:
    """5.3: without the gain ReLU halves the mean square in each layer, tanh loses it slowly."""
    relu, tanh = course["relu"], course["tanh"]
    networks = {"relu": (relu, 2**0.5), "relu 1": (relu, 1.0), "tanh": (tanh, 1.5925), "tanh 1": (tanh, 1.0)}
    found = experiments.gain_signal(course["mean_squares"], networks)
    kept, halved, kept_tanh, slow = found.median
    assert 0.3 < kept[-1] < 1.5
    assert halved[-1] ** (1 / 30) == pytest.approx(0.5, abs=0.02)
    assert kept_tanh[-1] == pytest.approx(1.0, abs=0.05)
    assert 0.01 < slow[-1] < 0.03
    assert "tanh 1" in found.table()


def test_what_5_7_says_of_the_five_networks_is_measured(course: Functions) -> None:
    deep = {
        "plain": experiments.Deep(),
        "gain": experiments.Deep(gain=course["gain"](course["relu"], rng=np.random.default_rng(0))),
        "layer norm": experiments.Deep(norm=True),
        "residual": experiments.Deep(skip=True),
        "norm and residual": experiments.Deep(norm=True, skip=True),
    }
    names = ("stack_forward", "stack_backward", "bce_with_logits", "bce_with_logits_grad")
    parts = [course[name] for name in names]
    found = experiments.what_helps(deep, *parts, seconds=np.inf)
    plain, gain, norm, residual, both = found.first_over_last
    assert plain < 0.02
    assert 0.2 < min(gain, norm) < max(gain, norm) < 0.5
    assert residual > both > 3
    assert np.isfinite(found.losses[:, :2]).all()
    less, error = found.less_than_plain
    assert (less[1:, :2] > 2 * error[1:, :2]).all()  # at the two small rates, where no run diverges
    assert np.isinf(found.losses[3, 2]).all()  # the residual network at the largest rate
    assert (found.losses[0, 2] < 0.6).sum() == 3  # three of five plain networks learn at 0.25
    assert found.losses[0, 2].max() > 0.69
    assert found.losses[0, :2].mean() > 0.65
    assert (found.losses[1:, :2].mean(axis=2) < found.losses[0, :2].mean(axis=1)).all()  # "a lower mean loss"
    assert found.losses[4].max() < 0.3  # norm and residual, at every rate
    less, error = found.less_at_best
    assert (less[3:] > 2.5 * error[3:]).all()
    assert (less[1:3] < 2 * error[1:3]).all()
    assert "5 of 5 diverge" in found.table()
    assert max(map(len, found.table().split("\n"))) <= 96


DEEP = {
    "gain": experiments.Deep(gain=2**0.5),
    "layer norm": experiments.Deep(norm=True),
    "residual": experiments.Deep(skip=True),
    "norm and residual": experiments.Deep(norm=True, skip=True),
}


def in_48_layers(course: Functions, names: list[str], *rates: float, n_seeds: int = 2) -> experiments.WhatHelps:
    parts = [course[name] for name in ("stack_forward", "stack_backward", "bce_with_logits", "bce_with_logits_grad")]
    deep = {name: DEEP[name] for name in names}
    return experiments.what_helps(deep, *parts, n_blocks=24, rates=rates, n_seeds=n_seeds)


def test_in_48_layers_the_ranking_depends_on_the_rate(course: Functions) -> None:
    found = in_48_layers(course, list(DEEP), 0.002, 0.04, n_seeds=3)
    small, large = np.moveaxis(found.losses, 1, 0)
    assert (small[2] < small[3] - 0.05).all()  # "at 0.002 the residual network is ahead"
    assert np.isinf(large[2]).all()  # "at 0.04 it diverges
    assert (large[3] < 0.1).all()  # and both together are ahead"
    assert (large[3] < large[:2]).all()
    at_best = found.losses.min(axis=1)
    assert (at_best[3] < at_best[:3]).all()  # for each seed
    assert found.winner == "norm and residual"
    lines = found.lines().splitlines()
    assert lines[0] == "48 layers, mean loss of 3 seeds"
    assert "residual 3 of 3 diverge" in lines[2]
    assert max(map(len, lines)) <= 96


def test_norm_and_residual_together_learn_in_64_layers(course: Functions) -> None:
    """The cell in which students look for the deepest network that learns begins with one."""
    parts = [course[name] for name in ("stack_forward", "stack_backward", "bce_with_logits", "bce_with_logits_grad")]
    deep = {"norm and residual": DEEP["norm and residual"]}
    assert experiments.what_helps(deep, *parts, n_blocks=32, rates=(0.015,), n_seeds=2).losses.max() < 0.1


def test_without_a_skip_path_all_examples_arrive_nearly_alike(course: Functions) -> None:
    gain, norm, residual, both = in_48_layers(course, list(DEEP), 0.015).cosines.mean(axis=1)
    assert min(gain, norm) > 0.97
    assert max(residual, both) < 0.9


def test_a_difference_to_a_plain_network_that_diverges_is_no_number_and_no_warning() -> None:
    losses = np.array([[[np.inf, np.inf]], [[0.1, 0.2]]])
    found = experiments.WhatHelps(("plain", "other"), (0.1,), 1, np.ones((2, 2, 3)), losses, np.ones((2, 2)))
    assert np.isnan(found.less_at_best[0]).all()
    assert found.table().splitlines()[-1].split() == ["other", "-", "-"]


def test_a_slow_student_gets_two_seeds(course: Functions) -> None:
    names = ("stack_forward", "stack_backward", "bce_with_logits", "bce_with_logits_grad")
    parts = [course[name] for name in names]
    deep = {"plain": experiments.Deep()}
    found = experiments.what_helps(deep, *parts, n_blocks=2, n_steps=2, seconds=0.0)
    assert found.losses.shape == (1, 3, 2)


def test_the_networks_of_5_7_start_from_the_same_numbers() -> None:
    plain, *_ = experiments._drawn(experiments.Deep(), 2, 4, np.random.default_rng(3))
    gained, *_ = experiments._drawn(experiments.Deep(gain=2.0), 2, 4, np.random.default_rng(3))
    for one, other in zip(plain, gained, strict=True):
        np.testing.assert_array_equal(one["W1"], other["W1"])
        np.testing.assert_allclose(2 * one["W2"], other["W2"])
