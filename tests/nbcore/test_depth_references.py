"""The solutions of the notebook on depth agree with independent oracles: NumPy, scikit-learn, and complex steps."""

from typing import Any

import numpy as np
import pytest
import solved

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    return solved.functions("05_depth")


def test_gradient_norms_are_frobenius_norms_in_the_order_of_the_layers(course: Functions) -> None:
    rng = np.random.default_rng(0)
    grads = {f"{name}{layer}": rng.normal(size=(3, 3)) for layer in range(1, 13) for name in "Wb"}
    expected = [np.linalg.norm(grads[f"W{layer}"], "fro") for layer in range(1, 13)]
    shuffled = {key: grads[key] for key in sorted(grads)}
    np.testing.assert_allclose(course["layer_gradient_norms"](shuffled), expected, rtol=1e-14)


def test_batch_normalization_in_training_is_standardisation(course: Functions) -> None:
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(2).normal(3, 2, size=(9, 4))
    state = {"mean": np.zeros(4), "var": np.zeros(4)}
    out, _ = course["batchnorm_forward"](x, np.ones(4), np.zeros(4), state, True, momentum=0.0, eps=0.0)
    scaler = StandardScaler().fit(x)
    np.testing.assert_allclose(out, scaler.transform(x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(state["mean"], scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(state["var"], scaler.var_, rtol=1e-12)
    again, _ = course["batchnorm_forward"](x[:1], np.ones(4), np.zeros(4), state, False, eps=0.0)
    np.testing.assert_allclose(again, scaler.transform(x[:1]), rtol=0, atol=1e-12)


def test_the_gradients_of_batch_normalization_equal_complex_steps(course: Functions) -> None:
    rng = np.random.default_rng(3)
    x, gamma, beta, dout = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3), rng.normal(size=(6, 3))

    def total(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> Any:
        centred = x - x.mean(axis=0)
        return np.sum(dout * (gamma * centred / np.sqrt((centred**2).mean(axis=0) + 1e-5) + beta))

    _, cache = course["batchnorm_forward"](x, gamma, beta, {"mean": np.zeros(3), "var": np.ones(3)}, True)
    for k, found in enumerate(course["batchnorm_backward"](dout, cache)):
        slope = np.empty_like(found)
        for at in np.ndindex(slope.shape):
            moved = [a.astype(complex) for a in (x, gamma, beta)]
            moved[k][at] += 1e-30j
            slope[at] = total(*moved).imag / 1e-30
        np.testing.assert_allclose(found, slope, rtol=1e-12, atol=1e-12)
