"""The solutions of the notebook on regularization agree with independent oracles: scikit-learn, and complex steps."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import solved

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    return solved.functions("07_regularization")


def network(sizes: tuple[int, ...], seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    params = {}
    for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{layer}"] = rng.normal(size=(n_out, n_in))
        params[f"b{layer}"] = rng.normal(size=n_out)
    return params


def test_the_penalty_and_its_gradient_are_those_of_scikit_learn(course: Functions) -> None:
    """One full-batch gradient step of MLPClassifier with alpha, from the same weights; alpha/n there is lam here."""
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    alpha, rate = 1.7, 0.25
    net = MLPClassifier(
        (5, 4),
        activation="relu",
        solver="sgd",
        alpha=alpha,
        momentum=0.0,
        nesterovs_momentum=False,
        learning_rate_init=rate,
        batch_size=40,
        shuffle=False,
        random_state=0,
    )
    net.partial_fit(X, y, classes=[0, 1])
    params = {}
    for layer, (W, b) in enumerate(zip(net.coefs_, net.intercepts_, strict=True), start=1):
        params[f"W{layer}"], params[f"b{layer}"] = W.T.copy(), b.copy()
    target, lam = y[:, None].astype(float), alpha / 40
    logits, _ = course["mlp_forward"](X, params, course["relu"], lambda z: z)
    loss = course["bce_with_logits"](target, logits) + course["l2_penalty"](params, lam)
    _, cache = course["mlp_forward"](X, params, course["relu"], course["sigmoid"])
    grads = course["mlp_backward"](target, cache, params, course["relu_prime"])
    course["add_l2_grads"](grads, params, lam)

    net.partial_fit(X, y)
    assert net.loss_ == pytest.approx(loss, abs=1e-12)
    for layer, (W, b) in enumerate(zip(net.coefs_, net.intercepts_, strict=True), start=1):
        np.testing.assert_allclose(W.T, params[f"W{layer}"] - rate * grads[f"W{layer}"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(b, params[f"b{layer}"] - rate * grads[f"b{layer}"], rtol=0, atol=1e-12)


def test_adamw_over_25_steps_is_scikit_learns_adam_with_decay_before_each_step(course: Functions) -> None:
    """scikit-learn adds eps to the root of v without correction, so eps is as good as 0 here."""
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    params = network((3, 4, 2))
    other = {key: value.copy() for key, value in params.items()}
    keys = list(params)
    adam = AdamOptimizer([other[key] for key in keys], learning_rate_init=0.03, epsilon=1e-200)
    mine = course["AdamW"](lr=0.03, eps=1e-200, weight_decay=0.4)
    rng = np.random.default_rng(4)
    for _ in range(25):
        grads = {key: rng.normal(size=params[key].shape) for key in keys}
        mine.step(params, grads)
        for key in keys:
            other[key] *= 1 - 0.03 * 0.4 if key.startswith("W") else 1.0
        adam.update_params([other[key] for key in keys], [grads[key] for key in keys])
        for key in keys:
            np.testing.assert_allclose(params[key], other[key], rtol=0, atol=1e-12)


def test_dropout_keeps_the_mean_and_the_variance_that_theory_gives(course: Functions) -> None:
    """A mask entry has mean 1 and variance p/(1 - p)."""
    _, mask = course["dropout_forward"](np.ones((500, 400)), 0.3, np.random.default_rng(5), True)
    assert mask.mean() == pytest.approx(1.0, abs=0.01)
    assert mask.var() == pytest.approx(0.3 / 0.7, abs=0.01)
    np.testing.assert_array_equal(course["dropout_backward"](np.ones((500, 400)), mask), mask)


def test_the_split_has_the_sizes_of_scikit_learns(course: Functions) -> None:
    from sklearn.model_selection import train_test_split

    X, y = np.arange(60.0).reshape(30, 2), np.arange(30)
    parts = course["train_val_split"](X, y, 0.2, np.random.default_rng(6))
    other = train_test_split(X, y, test_size=0.2, random_state=0)
    assert [len(part) for part in parts] == [len(other[i]) for i in (0, 2, 1, 3)]
    np.testing.assert_array_equal(np.sort(np.concatenate([parts[1], parts[3]])), y)


def test_early_stopping_follows_the_worked_example(course: Functions) -> None:
    watch = course["EarlyStopping"](patience=2)
    said = [watch.update(loss, {}) for loss in (3, 2.5, 2.6, 2.4, 2.5, 2.3, 2.5, 2.4)]
    assert said == [False] * 7 + [True]
    assert (watch.best_loss, watch.best_step) == (2.3, 5)
