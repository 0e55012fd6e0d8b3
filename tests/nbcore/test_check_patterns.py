"""Each pattern of a difference is recognised where it holds, named in the message, and not where it does not hold."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nbcore import check
from nbcore.check import _patterns

RNG = np.random.default_rng(20240)
E = RNG.normal(size=(5, 3))  # what is expected
P = np.exp(E) / np.exp(E).sum(axis=1, keepdims=True)  # rows add up to 1
V = np.array([0.3, -1.2, 2.5, 0.8])
X = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
BATCH = RNG.normal(size=(7, 4))


def scaled_rows(a, factors):
    return a * np.array(factors)[:, None]


def changed(a, places, by):
    b = np.array(a, dtype=float)
    b[places] = by(b[places])
    return b


# name: result, expected, arguments, pattern, words
SHAPES = {
    "transposed": (E.T, E, (), "transposed", "Rows and columns are swapped"),
    "transposed, right values": (E.T, E, (), "transposed", "The values are right otherwise."),
    "reduced to a number": (2.5, V, (), "missing-dimension", "single number"),
    "axis summed away": (E.sum(axis=0), E, (), "missing-dimension", "Axis 0 is gone"),
    "other axis": (E.sum(axis=1), E, (), "missing-dimension", "Axis 1 is gone"),
    "length 1 lost": (V, V[:, None], (), "missing-dimension", "keepdims"),
    "length 1 too many": (V[:, None], V, (), "extra-dimension", "length 1 too many"),
    "sum missing": (E, E.sum(axis=0), (), "extra-dimension", "Axis 0 is too many"),
    "array for a loss": (E, 1.5, (), "extra-dimension", "Is a sum or a mean over the whole array missing?"),
    "one entry for a number": (np.array([1.5]), 1.5, (), "extra-dimension", "single number"),
    "broadcast (m,) and (m, 1)": (V[:, None] - V + V, V, (), "broadcast", "gives (4, 4)"),
    "broadcast from (m, 1)": (V[:, None] + V - V, V[:, None], (), "broadcast", "gives (4, 4)"),
    "one too many": (np.ones(5), V, (), "off-by-one", "one entry too many"),
    "one too few": (E[:-1], E, (), "off-by-one", "one entry along axis 0 too few"),
    "kept now and then": (V[:2], V, (), "cut-short", "The first 2 values are right"),
    "only the first kept": (V[:1], V, (), "cut-short", "The first value is right, the others are missing"),
    "a list times 2": (np.tile(V, 2), 2 * V, (), "repeated", "a list times 2 is repeated"),
    "a square matrix that no broadcast gives": (E[:2, :2], V[:2], (), "extra-dimension", "(2, 2)"),
    "another shape": (np.ones(9), V, (), "shape", "the shape is (9,), it should be (4,)"),
    "another number of axes": (np.ones((2, 3, 4)), V[:3], (), "shape", "(2, 3, 4)"),
}

VALUES = {
    "twice": (2 * V, V, (), "constant-factor", "every value is 2 times too large"),
    "half": (V / 2, V, (), "constant-factor", "every value is 2 times too small"),
    "half of a number": (0.6, 1.2, (), "constant-factor", "the value is 2 times too small"),
    "not averaged": (7 * V, V, (BATCH, V), "constant-factor", "7 is the number of rows (examples): check where"),
    "averaged twice": (V / 7, V, (BATCH, V), "constant-factor", "once too often"),
    "over all entries": (28 * V, V, (BATCH, V), "constant-factor", "28 is the number of all entries"),
    "not averaged loss": (7 * 0.37, 0.37, (BATCH,), "constant-factor", "the value is 7 times too large"),
    "number of columns": (4 * E, E, (BATCH,), "constant-factor", "4 is the number of columns"),
    "number of entries": (9 * 0.4, 0.4, (np.ones(9),), "constant-factor", "9 is the number of entries"),
    "factor and sign": (-3 * V, V, (), "constant-factor", "3 times too large and has the wrong sign"),
    "odd factor": (V * 0.3, V, (), "constant-factor", "3.333 times too small"),
    "sign": (-V, V, (), "sign-flipped", "every value has the wrong sign"),
    "sign of a number": (-0.4, 0.4, (), "sign-flipped", "the value has the wrong sign"),
    "sign lost": (np.abs(V), V, (), "sign-lost", "should be negative are positive"),
    "zeros": (0 * V, V, (), "all-zero", "every value is 0"),
    "offset": (V + 0.25, V, (), "constant-offset", "too large by 0.25"),
    "offset down": (V - 1, V, (), "constant-offset", "too small by 1.0"),
    "complement": (1 - P, P, (), "complement", "1 minus the expected one"),
    "reciprocal": (1 / V, V, (), "reciprocal", "1 divided by"),
    "squared": (V**2, V, (), "squared", "Is a square root missing?"),
    "root": (np.sqrt(V**2 + 1), V**2 + 1, (), "square-root", "square root of"),
    "truncated": (np.trunc(V), V, (), "integer-truncation", "cut off to a whole number"),
    "truncated integers": (np.array([3, 0]), np.array([3.7, 0.2]), (), "integer-truncation", "cut off"),
    "zeros are not cut off": (np.zeros(3), np.array([0.1, 0.5, 0.9]), (np.arange(3),), "all-zero", "every value is 0"),
    "one zero is not cut off": (0.0, 0.5, (np.array(0.0),), "all-zero", "the value is 0"),
    "float32": ((V * (1 + 3e-7)).astype(np.float32).astype(float), V, (), "float32", "precision of float32"),
    "added constant": (V / (1 + 1e-6 * np.arange(4)), V, (), "nearly-right", "small constant"),
    "reversed": (V[::-1], V, (), "permuted", "but from the last to the first"),
    "shuffled": (V[[1, 0, 3, 2]], V, (), "permuted", "values are right, but in another order"),
    "rows shuffled": (E[[2, 0, 1, 4, 3]], E, (), "permuted", "rows are right, but in another order"),
    "transposed square": (E[:3].T, E[:3], (), "transposed", "rows and columns are swapped"),
    "normalised by the whole": (scaled_rows(P, [0.1, 0.2, 0.3, 0.15, 0.25]), P, (), "row-factor", "keepdims"),
    "columns scaled": (E * [2.0, 3.0, 5.0], E, (), "column-factor", "each column is right up to a factor"),
    "bias forgotten": (E - [1.0, 2.0, 3.0], E, (), "column-offset", "a bias for instance"),
    "row offset": (E + np.arange(1, 6)[:, None], E, (), "row-offset", "each row is off"),
    "sum over the other axis": (np.exp(E) / np.exp(E).sum(axis=0), P, (), "wrong-axis", "columns add up to 1.0"),
    "below zero": (np.abs(X), np.maximum(X, 0), (X,), "wrong-for-negative", "only where the input is below 0"),
    "at and below": (X + 1.5, np.where(X > 0, X + 1.5, 9.1), (X,), "wrong-for-negative", "below or equal to 0"),
    "above zero": (np.minimum(X, 0), np.where(X > 0, X**2 + 1, X), (X,), "wrong-for-positive", "input is above 0"),
    "at zero": ((X >= 0) * 1.0, (X > 0) * 1.0, (X,), "wrong-at-zero", "are right, except where the input is 0"),
    "large inputs": (np.clip(X * 10, -12, 12), X * 10, (X * 10,), "wrong-for-large", "here from 30"),
    "only the first row": (changed(E, np.s_[1:], np.cos), E, (), "wrong-rows", "only row 0 is right"),
    "all but one row": (changed(E, np.s_[2], np.cos), E, (), "wrong-rows", "only row 2 is wrong"),
    "some rows": (changed(E, np.s_[[1, 3]], np.cos), E, (), "wrong-rows", "rows 1, 3 are wrong"),
    "half the rows": (changed(BATCH, np.s_[:5], np.cos), BATCH, (), "wrong-rows", "2 rows of 7 are right"),
    "one column": (changed(E, np.s_[:, 1], np.cos), E, (), "wrong-columns", "only column 1 is wrong"),
    "first step only": (changed(V, np.s_[1:], np.cos), V, (), "first-only", "only the first value is right"),
    "last only": (changed(V, np.s_[:-1], np.cos), V, (), "last-only", "only the last value is right"),
    "part has another sign": (changed(E, np.s_[[0, 2], [0, 1]], np.negative), E, (), "sign-flipped", "each of the 2"),
    "nan": (changed(V, np.s_[1], lambda v: v * np.nan), V, (), "not-finite", "nan at [1]"),
    "overflow": (np.array([0.0, np.nan]), np.array([0.0, 1.0]), (np.array([0.0, 1e3]),), "not-finite", "exponential"),
    "nan handed in": (np.array(np.nan), np.array(1.0), (np.array([np.nan, 1.0]), V), "not-finite", "holds nan already"),
    "infinity handed in": (np.array([np.nan]), np.array([1.0]), (np.array([-np.inf]),), "not-finite", "holds -inf"),
    "infinite": (np.array([np.inf, np.inf]), np.array([0.0, 1.0]), (), "not-finite", "2 of 2 values are not finite"),
}


@pytest.mark.parametrize(
    ("result", "expected", "args", "pattern", "words"), (SHAPES | VALUES).values(), ids=SHAPES | VALUES
)
def test_pattern_is_recognised_and_said(result, expected, args, pattern, words):
    def answer(*args):
        return result

    with pytest.raises(check.CheckFailed) as caught:
        check.value(answer, *args, expected=expected)
    assert caught.value.pattern == pattern
    text = str(caught.value)
    assert words in text
    for label in ("called", "returned", "expected"):
        assert f"  {label}  " in text
    assert len(text.splitlines()) <= 15
    assert max(map(len, text.splitlines())) <= 120


OUTER = np.outer([2.0, -1.0], [3.0, 4.0, 5.0])


@pytest.mark.parametrize(
    ("result", "expected", "words"),
    [
        (np.outer([2.0, 3.0], [3.0, 4.0, 5.0]), OUTER, "keepdims"),
        ((X > 0) * 1.0, np.array([0.2, 0.6, 0.5, 1.1, 1.3]), "cut off"),
        (np.array([0.7, 0.3]), np.array([0.3, 0.7]), "1 minus"),
        (np.array([0.3]), np.array([0.7]), "1 minus"),
        (scaled_rows(E, [2.0, 3.0, 4.0, 5.0, 6.0]), E, "axis"),
        (np.ones((2, 2)), np.array([[3.0], [4.0]]), "(2,)"),
    ],
    ids=["an outer product", "a step for a slope", "two in reverse", "one number", "rows with factors", "square"],
)
def test_a_diagnosis_that_another_explains_as_well_is_not_made(result, expected, words):
    def answer():
        return result

    with pytest.raises(check.CheckFailed) as caught:
        check.value(answer, expected=expected)
    assert words not in str(caught.value)


def test_every_pattern_named_in_the_source_has_a_row_here():
    source = Path(_patterns.__file__).read_text(encoding="utf-8")
    rows = {row[3] for row in (SHAPES | VALUES).values()}
    named = set(re.findall(r'Pattern\(\s*"([a-z0-9-]+)"', source))
    assert len(named) > 15
    assert named <= rows


def test_a_second_finding_is_added():
    def answer(z):
        return np.where(z < 0, -2 * z, z)

    with pytest.raises(check.CheckFailed) as caught:
        check.value(answer, X, expected=X)
    assert caught.value.pattern == "wrong-for-negative"
    assert "Each of the 2 wrong values is 2 times too large and has the wrong sign." in str(caught.value)


def test_an_elementwise_function_is_not_told_about_averages():
    def answer(z):
        return 5 * z

    with pytest.raises(check.CheckFailed) as caught:
        check.value(answer, X, expected=X)
    assert "5 times too large" in str(caught.value)
    assert "number of entries" not in str(caught.value)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (RNG.normal(size=(5, 3)), E),
        (RNG.normal(size=4), V),
        (0.123, 0.789),
        (np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]) + 0.1),
        (np.array([3.0]), np.array([0.7])),
        (5.0, 1.0),
        (0.4, 0.5),
    ],
)
def test_no_pattern_is_seen_where_there_is_none(result, expected):
    result, expected = np.asarray(result), np.asarray(expected)
    assert _patterns.of_values(result, expected, np.asarray(result != expected), ()) == []


NUMBERS = arrays(np.float64, st.integers(2, 8), elements=st.floats(0.1, 100) | st.floats(-100, -0.1))


@given(NUMBERS, st.floats(0.01, 100), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_scaled_array_is_a_constant_factor(expected, factor, negative):
    assume(abs(factor - 1) > 2e-3 and np.unique(np.abs(expected)).size > 1)
    k = -factor if negative else factor
    cut = (k * expected == np.trunc(expected)).all()
    assume(not cut)
    found = _patterns.of_values(k * expected, expected, np.full(expected.shape, True), ())
    assert [p.name for p in found] == ["constant-factor"]


@given(NUMBERS)
@settings(max_examples=50, deadline=None)
def test_a_negated_array_has_the_wrong_sign(expected):
    found = _patterns.of_values(-expected, expected, np.full(expected.shape, True), ())
    assert [p.name for p in found] == ["sign-flipped"]


ANY = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5])


@given(st.integers(1, 4), st.integers(1, 4), st.data())
@settings(max_examples=120, deadline=None)
def test_no_array_upsets_the_search(rows, columns, data):
    shape = data.draw(st.sampled_from([(), (rows,), (rows, columns), (rows, columns, 2)]))
    result, expected, x = (data.draw(arrays(np.float64, shape, elements=ANY)) for _ in range(3))
    wrong = data.draw(arrays(np.bool_, shape))
    for pattern in _patterns.of_values(result, expected, wrong, [x, rows]):
        assert pattern.name
        assert not pattern.sentence.endswith(".")


@given(st.lists(st.integers(1, 5), max_size=3), st.lists(st.integers(1, 5), max_size=3))
@settings(max_examples=100, deadline=None)
def test_every_wrong_shape_has_words(got, want):
    assume(got != want)
    pattern = _patterns.of_shape(np.ones(got), np.ones(want))
    assert str(tuple(want)) in pattern.sentence or "single number" in pattern.sentence
