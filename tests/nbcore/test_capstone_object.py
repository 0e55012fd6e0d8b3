"""The network as an object, which the last notebook shows: names as labels, errors in time, and lines of progress."""

from typing import Any

import numpy as np
import pytest
import solved

from nbcore import data

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    return solved.functions("08_capstone", "Activation", "LeakyReLU", "Classifier", "Network")


@pytest.fixture(scope="module")
def clouds() -> tuple[np.ndarray, np.ndarray]:
    """Three classes with names that are not in alphabetical order."""
    X, y = data.blobs(90, n_classes=3, rng=1)
    return (X - X.mean(axis=0)) / X.std(axis=0), np.array(["pear", "apple", "fig"])[y]


def test_an_activation_must_define_both_parts(course: Functions) -> None:
    with pytest.raises(TypeError, match="abstract"):
        course["Activation"]()

    class Half(course["Activation"]):  # type: ignore[name-defined,misc]
        def forward(self, z: Any) -> Any:
            return z

    with pytest.raises(TypeError, match="backward"):
        Half()


def test_the_derivatives_are_those_of_the_functions(course: Functions) -> None:
    f, z = course["LeakyReLU"](), np.array([-2.0, -0.5, 0.3, 4.0])
    np.testing.assert_allclose(f.backward(z), (f.forward(z + 1e-6) - f.forward(z - 1e-6)) / 2e-6, rtol=1e-6)


def test_a_network_learns_classes_with_names(course: Functions, clouds: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = clouds
    network = course["Network"](hidden=(8,), activation=course["LeakyReLU"](0.2)).fit(X, y)
    assert network.predict(X).dtype.kind == "U"
    assert np.mean(network.predict(X) == y) > 0.97
    assert network.predict_proba(X).shape == (90, 3)
    np.testing.assert_allclose(network.predict_proba(X).sum(axis=1), 1)


def test_prediction_before_training_is_a_clear_error(course: Functions) -> None:
    for method in ("predict", "predict_proba"):
        with pytest.raises(course["NotFittedError"], match="call fit first"):
            getattr(course["Network"](), method)(np.zeros((1, 2)))


def test_lines_of_progress_come_every_so_many_epochs(
    course: Functions, clouds: tuple[np.ndarray, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    network = course["Network"](epochs=250, verbose=100).fit(*clouds, *clouds)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch   0", "epoch 100", "epoch 200"]
    assert lines[1].endswith(f"loss {network.losses[100]:.4f}, accuracy {network.val_accuracy[100]:.3f}")
    course["Network"](epochs=3).fit(*clouds)
    assert capsys.readouterr().out == ""


def test_losses_have_one_entry_more_than_steps_and_training_starts_afresh(
    course: Functions, clouds: tuple[np.ndarray, np.ndarray]
) -> None:
    network = course["Network"](epochs=20).fit(*clouds)
    assert len(network.losses) == 21
    assert network.val_accuracy == []
    first = list(network.losses)
    assert network.fit(*clouds).losses == first
