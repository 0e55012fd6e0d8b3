"""The data sets are what their docstrings say, by geometry and linear programming, and touch no global state."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nbcore import data

DATA_SETS: dict[str, Callable[..., Any]] = {
    "moons": data.moons,
    "circles": data.circles,
    "blobs": data.blobs,
    "overlapping": data.overlapping,
    "xor": data.xor,
    "spirals": data.spirals,
    "separable": data.separable,
    "regression": data.regression,
    "friedman1": data.friedman1,
}
by_name = pytest.mark.parametrize("name", DATA_SETS)


def arrays_of(result: Any) -> list[np.ndarray]:
    parts = vars(result).values() if hasattr(result, "X") else result
    return [np.asarray(part) for part in parts]


def same(first: Any, second: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(arrays_of(first), arrays_of(second), strict=True))


@by_name
def test_shapes_and_types_are_those_of_the_course(name: str) -> None:
    X, y = arrays_of(DATA_SETS[name](60, rng=0))[:2]
    assert X.shape[0] == 60
    assert X.ndim == 2
    assert X.dtype == np.float64
    assert y.shape == (60,)
    assert y.dtype == (np.float64 if name in ("regression", "friedman1") else np.int64)
    assert np.isfinite(X).all()


@by_name
def test_same_seed_same_data_and_another_seed_other_data(name: str) -> None:
    make = DATA_SETS[name]
    assert same(make(50, rng=3), make(50, rng=3))
    assert same(make(50, rng=3), make(50, rng=np.random.default_rng(3)))
    assert not same(make(50, rng=3), make(50, rng=4))


@by_name
def test_a_generator_moves_on_so_two_calls_give_two_samples(name: str) -> None:
    rng = np.random.default_rng(3)
    assert not same(DATA_SETS[name](50, rng=rng), DATA_SETS[name](50, rng=rng))


@by_name
def test_global_random_state_is_neither_read_nor_set(name: str) -> None:
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = DATA_SETS[name](50, rng=0)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    assert same(first, DATA_SETS[name](50, rng=0))


@pytest.mark.parametrize("name", ["moons", "circles", "xor", "separable"])
def test_classes_are_balanced(name: str) -> None:
    y = arrays_of(DATA_SETS[name](80, rng=0))[1]
    assert np.bincount(y).tolist() == [40, 40]


# Separable -----------------------------------------------------------------------------------------------------------


def separating_plane_exists(X: np.ndarray, y: np.ndarray) -> bool:
    """Feasibility of sign * (X @ w + b) >= 1 by linear programming."""
    from scipy.optimize import linprog

    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    A = -sign * np.hstack([X, np.ones((len(X), 1))])
    result = linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(X)), bounds=(None, None))
    assert result.status in (0, 2)
    return bool(result.status == 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("margin", "n_features"), [(0.5, 2), (0.01, 2), (2.0, 1), (0.3, 7)])
def test_margin_is_the_distance_of_the_nearest_point_and_no_larger_one_exists(
    seed: int, margin: float, n_features: int
) -> None:
    s = data.separable(101, margin=margin, n_features=n_features, rng=seed)
    assert s.margin == margin
    assert np.linalg.norm(s.w) == pytest.approx(1, abs=1e-12)
    distance = (s.X @ s.w + s.b) * np.where(s.y == 1, 1, -1)
    assert distance.min() == pytest.approx(margin, abs=1e-9)
    # A hyperplane between two points that are 2 * margin apart is at most margin away from one of them.
    between = np.linalg.norm(s.X[s.y == 1][:, None] - s.X[s.y == 0][None], axis=2)
    assert between.min() == pytest.approx(2 * margin, abs=1e-9)
    assert separating_plane_exists(s.X, s.y)


def test_the_check_by_linear_programming_can_fail() -> None:
    assert not separating_plane_exists(*data.xor(60, noise=0.1, rng=0))
    assert not separating_plane_exists(*data.overlapping(500, rng=42))


@pytest.mark.parametrize("wrong", [{"margin": 0.0}, {"margin": -1.0}, {"n_features": 0}])
def test_separable_refuses_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="got"):
        data.separable(10, rng=0, **wrong)
    with pytest.raises(ValueError, match="2 samples"):
        data.separable(1, rng=0)


# The other shapes ----------------------------------------------------------------------------------------------------


def test_xor_without_noise_is_the_four_corners() -> None:
    X, y = data.xor(8, noise=0.0, rng=0)
    assert sorted(map(tuple, X)) == sorted([(-1, -1), (-1, 1), (1, -1), (1, 1)] * 2)
    assert np.array_equal(y, (X[:, 0] != X[:, 1]).astype(int))


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_spirals_have_arms_that_are_turned_copies(n_classes: int) -> None:
    X, y = data.spirals(100 * n_classes, n_classes=n_classes, noise=0.0, turns=0.5, rng=0)
    assert np.bincount(y).tolist() == [100] * n_classes
    radius = np.hypot(*X.T)
    assert radius.max() <= 1
    turned_back = np.arctan2(X[:, 1], X[:, 0]) - 2 * np.pi * (0.5 * radius + y / n_classes)
    assert np.allclose(np.cos(turned_back), 1)


def test_circles_and_moons_without_noise_lie_on_their_circles() -> None:
    X, y = data.circles(40, noise=0.0, factor=0.5, rng=0)
    assert np.allclose(np.hypot(*X.T), np.where(y == 1, 0.5, 1.0))
    X, y = data.moons(40, noise=0.0, rng=0)
    centre = np.where(y[:, None] == 1, [1.0, 0.5], [0.0, 0.0])
    assert np.allclose(np.linalg.norm(X - centre, axis=1), 1)


def test_digits_are_the_8x8_images() -> None:
    X, y = data.digits()
    assert X.shape == (1797, 64)
    assert (X.min(), X.max()) == (0, 16)
    assert sorted(set(y.tolist())) == list(range(10))


# Regression ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "share", "count"), [(200, 0.0, 0), (200, 0.05, 10), (150, 0.1, 15), (40, 1.0, 40)])
def test_outliers_are_exactly_the_share_asked_for(n: int, share: float, count: int) -> None:
    clean = data.regression(n, rng=7)
    dirty = data.regression(n, outliers=share, outlier_size=4.0, rng=7)
    assert dirty.outlier.sum() == count
    assert np.array_equal(clean.X, dirty.X)
    assert np.allclose(dirty.y - clean.y, np.where(dirty.outlier, 4 * clean.y.std(), 0))
    assert not clean.outlier.any()


def test_regression_without_noise_is_linear_with_the_coefficients_given() -> None:
    r = data.regression(30, n_features=3, noise=0.0, rng=0)
    assert np.allclose(r.X @ r.coef, r.y)
    assert data.regression(30, n_features=1, rng=0).coef.shape == (1,)


def test_friedman1_follows_its_formula() -> None:
    X, y = data.friedman1(50, noise=0.0, rng=0)
    x0, x1, x2, x3, x4 = X[:, :5].T
    assert np.allclose(y, 10 * np.sin(np.pi * x0 * x1) + 20 * (x2 - 0.5) ** 2 + 10 * x3 + 5 * x4)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_of_outliers_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        data.regression(10, outliers=share, rng=0)


# Splits --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.2), (0.0, 0.3), (0.25, 0.0), (0.0, 0.0), (0.13, 0.27)])
def test_a_split_deals_every_row_once_with_its_label(validation: float, test: float) -> None:
    X = np.arange(101.0)[:, None]
    parts = data.split(X, X[:, 0] * 2, validation=validation, test=test, rng=0)
    assert len(parts.X_val) == round(validation * 101)
    assert len(parts.X_test) == round(test * 101)
    together = np.concatenate([parts.X_train, parts.X_val, parts.X_test])
    assert sorted(together[:, 0]) == X[:, 0].tolist()
    for X_part, y_part in [(parts.X_train, parts.y_train), (parts.X_val, parts.y_val), (parts.X_test, parts.y_test)]:
        assert np.array_equal(X_part[:, 0] * 2, y_part)
        assert X_part.shape[1:] == (1,)


def test_a_split_depends_on_its_seed_alone() -> None:
    X, y = data.moons(60, rng=0)
    first, again, other = (data.split(X, y, rng=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.X_test, again.X_test)
    assert not np.array_equal(first.X_test, other.X_test)


def test_a_stratified_split_keeps_the_shares_of_the_classes() -> None:
    y = np.repeat([0, 1], [80, 20])
    parts = data.split(np.zeros((100, 1)), y, validation=0.2, test=0.3, stratify=True, rng=0)
    assert [parts.y_train.mean(), parts.y_val.mean(), parts.y_test.mean()] == pytest.approx([0.2] * 3)


def test_standardised_takes_its_statistics_from_the_training_part() -> None:
    X, y = data.friedman1(100, rng=0)
    raw = data.split(X * 7 + 3, y, rng=0)
    parts = data.standardised(raw)
    assert np.allclose(parts.X_train.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(parts.X_train.std(axis=0), 1)
    shift, scale = raw.X_train.mean(axis=0), raw.X_train.std(axis=0)
    assert np.allclose(parts.X_val, (raw.X_val - shift) / scale)
    assert np.allclose(parts.X_test, (raw.X_test - shift) / scale)
    assert parts.y_val is raw.y_val
    assert data.standardised(data.split(X, y, validation=0.0, rng=0)).X_val.shape == (0, 10)


@pytest.mark.parametrize(
    ("rows", "shares"), [(9, {}), (10, {"validation": 0.5, "test": 0.5}), (10, {"validation": -0.1})]
)
def test_a_split_that_cannot_be_is_refused(rows: int, shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"rows|training"):
        data.split(np.zeros((10, 2)), np.zeros(rows), rng=0, **shares)
