"""The data sets of the course: small, offline, drawn from a generator that the caller hands in.

Thin over scikit-learn, which is imported by the function that needs it. Notebooks, experiments and tests call this; it
trains nothing and draws nothing.

Everywhere `X` is `(n_samples, n_features)` float64 and `rng` is a `numpy.random.Generator`, or an integer seed for a
fresh one. The same seed gives the same data; the global state of `numpy.random` is neither read nor set. Class labels
are `(n_samples,)` int64; a network with one output unit wants them as a column, `y[:, None]`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# scikit-learn takes seconds to load, so functions import it when they are called.

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rng = np.random.Generator | int


def moons(n_samples: int = 500, *, noise: float = 0.2, rng: Rng) -> tuple[FloatArray, IntArray]:
    """Two interleaved half circles of radius 1, two classes. `noise`: standard deviation added to each coordinate.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 or 1.
    """
    from sklearn.datasets import make_moons

    return _typed(*make_moons(n_samples, noise=noise, random_state=_seed(rng)))


def circles(n_samples: int = 500, *, noise: float = 0.1, factor: float = 0.3, rng: Rng) -> tuple[FloatArray, IntArray]:
    """A circle of radius 1 (class 0) around one of radius `factor` (class 1). `noise`: as in `moons`.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 or 1.
    """
    from sklearn.datasets import make_circles

    return _typed(*make_circles(n_samples, noise=noise, factor=factor, random_state=_seed(rng)))


def blobs(n_samples: int = 500, *, n_classes: int = 4, spread: float = 1.0, rng: Rng) -> tuple[FloatArray, IntArray]:
    """One Gaussian cloud a class, of standard deviation `spread`, with centres drawn from [-10, 10] squared.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 to `n_classes - 1`.
    """
    from sklearn.datasets import make_blobs

    return _typed(*make_blobs(n_samples, centers=n_classes, cluster_std=spread, random_state=_seed(rng)))


def overlapping(n_samples: int = 500, *, class_sep: float = 2.0, rng: Rng) -> tuple[FloatArray, IntArray]:
    """Two clouds that a line separates well, but not without mistakes: about 1 % of the labels are random.

    Compare `separable`. `class_sep`: how far the centres lie from 0 along each axis.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 or 1.
    """
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples,
        2,
        n_informative=2,
        n_redundant=0,
        n_clusters_per_class=1,
        class_sep=class_sep,
        random_state=_seed(rng),
    )
    return _typed(X, y)


@dataclass(frozen=True)
class Separable:
    """Two classes and a hyperplane between them: `w @ x + b >= margin` on class 1, `<= -margin` on class 0."""

    X: FloatArray  # (n_samples, n_features)
    y: IntArray  # (n_samples,), 0 or 1
    w: FloatArray  # (n_features,), of length 1, so that w @ x + b is the signed distance from the hyperplane
    b: float
    margin: float  # distance of the nearest point; no other hyperplane that separates the classes has a larger one


def separable(n_samples: int = 200, *, margin: float = 0.5, n_features: int = 2, rng: Rng) -> Separable:
    """Two linearly separable classes of known margin, as the perceptron's convergence theorem assumes them.

    Points spread over about 4 units along the hyperplane, and from `margin` to `margin + 2` away from it. One point of
    each class lies at exactly `margin`, and these two face each other: they are `2 * margin` apart, which proves that
    `margin` is the largest one possible.

    Raises:
        ValueError: `margin` is not positive, there are fewer than 2 samples, or no features.
    """
    if margin <= 0:
        raise ValueError(f"margin must be positive, got {margin}")
    if n_samples < 2 or n_features < 1:
        raise ValueError(f"need 2 samples and 1 feature at least, got {n_samples} and {n_features}")
    rng = np.random.default_rng(rng)
    w = rng.normal(size=n_features)
    w /= np.linalg.norm(w)
    b = float(rng.uniform(-1, 1))

    y = (np.arange(n_samples) % 2).astype(np.int64)
    distance = margin + rng.uniform(0, 2, n_samples)
    along = rng.uniform(-2, 2, (n_samples, n_features))
    along -= np.outer(along @ w, w)
    distance[:2] = margin
    along[1] = along[0]

    X = along + np.outer(np.where(y == 1, distance, -distance) - b, w)
    order = rng.permutation(n_samples)
    return Separable(X[order], y[order], w, b, float(margin))


def xor(n_samples: int = 200, *, noise: float = 0.25, rng: Rng) -> tuple[FloatArray, IntArray]:
    """Four clouds at the corners (-1, -1), (-1, 1), (1, -1), (1, 1); class 1 where the signs of the corner differ.

    `noise` is the standard deviation of each coordinate; with 0 the points are the corners themselves.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 or 1.
    """
    rng = np.random.default_rng(rng)
    corner = rng.permutation(n_samples) % 4
    high_0, high_1 = corner // 2, corner % 2
    centres = 2.0 * np.stack([high_0, high_1], axis=1) - 1.0
    return centres + noise * rng.normal(size=(n_samples, 2)), (high_0 != high_1).astype(np.int64)


def spirals(
    n_samples: int = 600, *, n_classes: int = 3, noise: float = 0.05, turns: float = 0.75, rng: Rng
) -> tuple[FloatArray, IntArray]:
    """One spiral arm a class, from near the origin out to radius 1; the arms are turned copies of each other.

    Args:
        noise: standard deviation added to each coordinate.
        turns: turns that an arm makes on its way out; more is harder.

    Returns:
        X: `(n_samples, 2)`; y: `(n_samples,)`, 0 to `n_classes - 1`.
    """
    rng = np.random.default_rng(rng)
    y = rng.permutation(n_samples) % n_classes
    radius = rng.uniform(0.05, 1.0, n_samples)
    angle = 2 * np.pi * (turns * radius + y / n_classes)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + noise * rng.normal(size=X.shape), y.astype(np.int64)


@dataclass(frozen=True)
class Regression:
    """A linear regression problem whose truth is known: `y = X @ coef` plus noise, and outliers in some rows."""

    X: FloatArray  # (n_samples, n_features)
    y: FloatArray  # (n_samples,)
    coef: FloatArray  # (n_features,)
    outlier: BoolArray  # (n_samples,), True where y was shifted


def regression(
    n_samples: int = 500,
    *,
    n_features: int = 5,
    noise: float = 10.0,
    outliers: float = 0.0,
    outlier_size: float = 5.0,
    rng: Rng,
) -> Regression:
    """A linear regression problem, clean or with outliers.

    The clean part does not depend on `outliers` and `outlier_size`: with one seed, only the shifted rows differ.

    Args:
        noise: standard deviation of the noise in `y`.
        outliers: share of rows that are shifted; exactly `round(outliers * n_samples)` of them.
        outlier_size: how far, in standard deviations of the clean `y`; always upwards, as errors of one sign do
            the most harm to a squared loss.

    Raises:
        ValueError: `outliers` is outside [0, 1].
    """
    if not 0 <= outliers <= 1:
        raise ValueError(f"outliers is a share of the rows, from 0 to 1, got {outliers}")
    from sklearn.datasets import make_regression

    rng = np.random.default_rng(rng)
    X, y, coef = make_regression(
        n_samples, n_features, n_informative=n_features, noise=noise, coef=True, random_state=_seed(rng)
    )
    outlier = rng.permutation(n_samples) < round(outliers * n_samples)
    y = y + np.where(outlier, outlier_size * y.std(), 0.0)
    return Regression(X, y, np.atleast_1d(coef), outlier)


def friedman1(n_samples: int = 500, *, noise: float = 1.0, rng: Rng) -> tuple[FloatArray, FloatArray]:
    """A regression problem that no linear model solves; half of its ten features have no effect.

    `y = 10 sin(pi x0 x1) + 20 (x2 - 1/2)^2 + 10 x3 + 5 x4 + noise`, features uniform on [0, 1] (Friedman, "Multivariate
    adaptive regression splines", Annals of Statistics 19, 1991).

    Returns:
        X: `(n_samples, 10)`; y: `(n_samples,)`.
    """
    from sklearn.datasets import make_friedman1

    X, y = make_friedman1(n_samples, noise=noise, random_state=_seed(rng))
    return X, y


def digits() -> tuple[FloatArray, IntArray]:
    """Handwritten digits as 8x8 grey images, one a row: `X` is `(1797, 64)`, 0 to 16; `y` is `(1797,)`, 0 to 9.

    `X[i].reshape(8, 8)` is the i-th image. Bundled with scikit-learn, so nothing is fetched.
    """
    from sklearn.datasets import load_digits

    return _typed(*load_digits(return_X_y=True))


@dataclass(frozen=True)
class Split:
    """One data set in three parts that share no row. A part that was not asked for has no rows."""

    X_train: FloatArray
    y_train: npt.NDArray[Any]
    X_val: FloatArray
    y_val: npt.NDArray[Any]
    X_test: FloatArray
    y_test: npt.NDArray[Any]


def split(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    validation: float = 0.2,
    test: float = 0.2,
    stratify: bool = False,
    rng: Rng,
) -> Split:
    """The rows of `X` and `y`, shuffled and dealt to training, validation and test.

    Args:
        X: `(n_samples, n_features)`.
        y: `(n_samples,)` or `(n_samples, n_outputs)`.
        validation, test: shares of all rows; `round(share * n_samples)` each, the rest is for training.
        stratify: keep the shares of the classes of `y` alike in all parts.

    Raises:
        ValueError: different numbers of rows, shares outside [0, 1), or no row left for training.
    """
    from sklearn.model_selection import train_test_split

    X, y = np.asarray(X), np.asarray(y)
    m = len(X)
    if len(y) != m:
        raise ValueError(f"X has {m} rows, y has {len(y)}")
    if min(validation, test) < 0 or round(validation * m) + round(test * m) >= m:
        raise ValueError(f"validation={validation} and test={test} leave no row of {m} for training")

    rng = np.random.default_rng(rng)
    train = rng.permutation(m)
    parts = []
    for size in (round(test * m), round(validation * m)):
        held = train[:0]
        if size:
            labels = y[train] if stratify else None
            train, held = train_test_split(train, test_size=size, stratify=labels, random_state=_seed(rng))
        parts.append(held)
    held_test, held_val = parts
    return Split(X[train], y[train], X[held_val], y[held_val], X[held_test], y[held_test])


def standardised(parts: Split) -> Split:
    """The split with features of mean 0 and deviation 1 in the training part, and the other parts moved along with it.

    The shift and scale come from the training part alone, so nothing leaks. `y` stays as it is.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(parts.X_train)
    X_train, X_val, X_test = (
        scaler.transform(X) if len(X) else np.asarray(X, dtype=np.float64)
        for X in (parts.X_train, parts.X_val, parts.X_test)
    )
    return Split(X_train, parts.y_train, X_val, parts.y_val, X_test, parts.y_test)


def _seed(rng: Rng) -> int:
    """A seed for scikit-learn, which does not take a Generator."""
    return int(np.random.default_rng(rng).integers(2**32))


def _typed(X: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[FloatArray, IntArray]:
    return np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.int64)
