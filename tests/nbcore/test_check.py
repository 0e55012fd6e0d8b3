"""The checks pass right functions, fail wrong ones, and say what is wrong.

The patterns of a difference have tests of their own in test_check_patterns.
"""

import math
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcore import check
from nbcore.probe.call import first_change, recorder
from nbcore.probe.outcome import digest

X = np.array([-2.0, -0.5, 0.0, 1.0, 3.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])


def double(z):
    return 2 * np.asarray(z, dtype=float)


def cube(z):
    return np.asarray(z, dtype=float) ** 3


def cube_prime(z):
    return 3 * np.asarray(z, dtype=float) ** 2


def gives(result):
    """A function that returns this, whatever it is called with."""

    def answer(*args, **kwargs):
        return result

    return answer


def failure(run, *args, **kwargs) -> check.CheckFailed:
    with pytest.raises(check.CheckFailed) as caught:
        run(*args, **kwargs)
    return caught.value


# ---------------------------------------------------------------- what passes


RIGHT = {
    "array": (X * 2, X * 2),
    "view": (np.repeat(X * 2, 2)[::2], X * 2),
    "read-only": (np.broadcast_to(2.0, (3,)), np.array([2.0, 2.0, 2.0])),
    "within tolerance": (X * 2 * (1 + 5e-8), X * 2),
    "nan where expected": (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
    "infinity where expected": (np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
    "float for scalar": (0.5, 0.5),
    "np.float64 for scalar": (np.float64(0.5), 0.5),
    "0-d array for scalar": (np.array(0.5), 0.5),
    "float for 0-d array": (0.5, np.array(0.5)),
    "list for list": ([1.0, 2.5], [1.0, 2.5]),
    "tuple for list": ((1.0, 2.5), [1.0, 2.5]),
    "array for list": (np.array([1.0, 2.5]), [1.0, 2.5]),
    "list of whole numbers": ([1, 2], [1.0, 2.0]),
    "list for tuple of results": ([X, 1.0], (X, 1.0)),
    "array for list of arrays": (A, [A[0], A[1]]),
    "ragged list": ([X, A], [X, A]),
    "dict": ({"b": X, "W": A}, {"W": A, "b": X}),
    "nested": ({"A": (X, A), "Z": [A]}, {"A": [X, A], "Z": [A]}),
    "labels of another type": (np.array([1, 0], dtype=np.int32), np.array([1, 0])),
    "labels as floats": (np.array([1.0, 0.0]), np.array([1, 0])),
    "mask for numbers": (X > 0, (X > 0) * 1.0),
    "integers for floats": (np.array([[0, 1]], dtype=np.uint8), np.array([[0.0, 1.0]])),
    "integer for a scalar": (1, 1.0),
    "float32": (X.astype(np.float32), X),
    "list for array": ([1.0, 2.5], np.array([1.0, 2.5])),
    "tuple for array": ((1, 2.5), np.array([1.0, 2.5])),
    "lists in a list for array": ([[1, 0], (0.5, 2)], np.array([[1.0, 0.0], [0.5, 2.0]])),
    "nested, of other types": (([X > 0], {"W": [1, 2]}), ([(X > 0) * 1.0], {"W": np.array([1.0, 2.0])})),
    "bool": (np.bool_(True), True),
    "python bool": (False, False),
    "None": (None, None),
    "text": ("xavier", "xavier"),
}


@pytest.mark.parametrize(("result", "expected"), RIGHT.values(), ids=RIGHT)
def test_value_passes_with_one_line(result, expected, capfd):
    check.value(gives(result), X, expected=expected)
    out, err = capfd.readouterr()
    assert out.startswith("passed: ")
    assert out.count("\n") == 1
    assert err == ""


PASSING = {
    "value": lambda: check.value(double, X, expected=2 * X),
    "value of a wide matrix": lambda: check.value(double, np.ones((50, 40)), expected=np.full((50, 40), 2.0)),
    "shape": lambda: check.shape(double, A, expected=(2, 3)),
    "shape of a scalar": lambda: check.shape(np.sum, A, expected=()),
    "gradient, elementwise": lambda: check.gradient(cube, cube_prime, A),
    "gradient at one point": lambda: check.gradient(cube, cube_prime, 0.7),
    "gradient, scalar": lambda: check.gradient(lambda w: float((w**2).sum()), lambda w: 2 * w, A),
    "purity": lambda: check.purity(double, X),
    "in place": lambda: check.in_place(step, {"w": A, "b": X}, {"b": -X, "w": -A}, lr=0.5),
    "stability": lambda: check.stability(double, X),
    "stability with value": lambda: check.stability(double, X, expected=2 * X),
    "underflow": lambda: check.stability(np.exp, np.array([-1e4]), expected=np.array([0.0])),
    "infinity as expected": lambda: check.stability(gives(np.inf), 1.0, expected=np.inf),
    "raises": lambda: check.raises(ValueError, np.reshape, X, (7,), mentions=("Size 5", "(7,)")),
}


@pytest.mark.parametrize("run", PASSING.values(), ids=PASSING)
def test_a_passing_check_prints_one_short_line_on_stdout(run, capfd):
    assert run() is None
    out, err = capfd.readouterr()
    assert out.startswith("passed: ")
    assert out.count("\n") == 1
    assert len(out) < 160
    assert err == ""


# ---------------------------------------------------------------- what fails

WRONG = {  # result, expected, pattern, words of the headline
    "nothing": (None, X, "nothing-returned", "is a return missing?"),
    "nothing for a scalar": (None, 1.0, "nothing-returned", "None"),
    "nothing in a dict": ({"W": None}, {"W": A}, "nothing-returned", "in result['W']"),
    "text": ("0.5", 0.5, "kind", "a str"),
    "dict for an array": ({}, X, "kind", "a dict"),
    "array for a dict": (X, {"W": X}, "kind", "keys 'W'"),
    "number for several results": (1.0, (X, 1.0), "kind", "2 results"),
    "function": (double, X, "kind", "a function"),
    "some object": (object(), 1.0, "kind", "an object"),
    "objects in an array": (np.array([1.0, None]), np.array([1.0, 2.0]), "not-numbers", "Python objects"),
    "rows of different lengths": ([[1.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]], "ragged", "different lengths"),
    "too few results": ((X,), (X, 1.0), "count", "returned 1 results, it should return 2"),
    "missing key": ({"W": A}, {"W": A, "b": X}, "keys", "'b' is missing"),
    "extra key": ({"W": A, "V": A}, {"W": A}, "keys", "'V' is extra"),
    "wrong mask": (X >= 0, (X > 0) * 1.0, "wrong-at-zero", "except where the input is 0"),
    "wrong list": ([1.5, 2.0], np.array([1.5, 2.75]), None, "1 of 2 values is wrong"),
    "integers cut off": (np.array([1, 0, 2]), np.array([1.5, 0.25, 2.0]), "integer-truncation", "cut off"),
    "complex": (X * 1j, X, "dtype", "complex"),
    "shape (1,) for a scalar": (np.array([0.5]), 0.5, "extra-dimension", "single number"),
    "list for a scalar": ([0.5], 0.5, "extra-dimension", "single number"),
    "nan": (np.array([np.nan, 1.0]), np.array([1.0, 1.0]), "not-finite", "nan at [0]"),
    "nan for a scalar": (float("nan"), 1.0, "not-finite", "nan"),
    "infinity": (np.array([1.0, np.inf]), np.array([1.0, 2.0]), "not-finite", "inf at [1]"),
    "infinity of the other sign": (np.array([-np.inf]), np.array([np.inf]), "not-finite", "-inf"),
    "number where nan is expected": (np.array([1.0, 1.0]), np.array([np.nan, 1.0]), None, "1 of 2 values is wrong"),
    "scalar": (0.3, 0.9, None, "the value is 0.3, it should be 0.9"),
    "second of two results": ((A, 0.3), (A, 0.9), None, "in the second result"),
    "label": (np.array([1, 0, 2]), np.array([1, 1, 2]), None, "1 of 3"),
    "large integers": (np.array([2**60]), np.array([2**60 + 1]), "nearly-right", "close"),
    "bool": (True, False, None, "True"),
    "None expected": (1, None, "kind", "should be None"),
}


@pytest.mark.parametrize(("result", "expected", "pattern", "words"), WRONG.values(), ids=WRONG)
def test_value_fails_and_says_why(result, expected, pattern, words):
    failed = failure(check.value, gives(result), X, expected=expected)
    text = str(failed)
    assert words in text
    assert "answer(np.array([-2.0, -0.5, 0.0, 1.0, 3.0]))" in text  # the call
    assert "returned" in text
    if pattern is not None:
        assert failed.pattern == pattern
    assert len(text.splitlines()) <= 15
    assert text.splitlines()[0].endswith((".", "?"))


def test_a_message_shows_call_input_output_and_expectation():
    failed = failure(
        check.value, gives(np.array([1.0, 2.0, 3.0])), np.array([0.1, 0.2]), [7], alpha=0.3, expected=[9.0] * 3
    )
    assert str(failed) == (
        "answer: all 3 values are wrong.\n"
        "\n"
        "  called    answer(np.array([0.1, 0.2]), [7], alpha=0.3)\n"
        "  returned  [1.0, 2.0, 3.0]\n"
        "  expected  [9.0, 9.0, 9.0]"
    )
    assert failed.details == str(failed)


def test_returned_and_expected_look_different_when_the_difference_is_small():
    failed = failure(check.value, gives(np.array([0.00123456, 1.0])), X, expected=np.array([0.00123457, 1.0]))
    rows = [line.split(maxsplit=1)[1] for line in str(failed).splitlines() if line.strip().startswith(("ret", "exp"))]
    assert rows[0] != rows[1]
    assert len(rows[0]) == len(rows[1])


def test_large_arrays_are_abbreviated_and_the_worst_places_named():
    x = np.random.default_rng(0).normal(size=(60, 30))
    wrong = x.copy()
    wrong[3, 4] += 10
    wrong[5, 6] += 0.1
    text = str(failure(check.value, gives(wrong), x, expected=x))
    assert "array of shape (60, 30)" in text
    assert "[3, 4]: returned" in text
    assert "2 of 1800 values are wrong" in text
    assert len(text.splitlines()) <= 15
    assert max(map(len, text.splitlines())) <= 120


def test_matrices_of_the_call_give_way_when_the_message_gets_long():
    w = np.random.default_rng(0).normal(size=(4, 3))
    short = str(failure(check.value, gives(1.0), w, w, expected=2.5))
    assert short.count("[") > 6
    long = str(failure(check.value, gives(w[:, ::-1] ** 2), w, w, expected=w))
    assert long.count("array of shape (4, 3)") == 2
    assert len(long.splitlines()) <= 15


def test_many_and_odd_arguments_stay_readable():
    params = {f"W{i}": np.ones((3, 3)) for i in range(30)}
    odd = [params, np.random.default_rng(0), double, object(), "x" * 200, list(range(1000)), (1,), None, np.array(3.5)]
    text = str(failure(check.value, gives(0.0), *odd, expected=1.0))
    assert len(text.splitlines()) <= 15
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("hidden", [partial(double), lambda z: 2 * z, np.frompyfunc(lambda z: z, 1, 1)])
def test_functions_without_a_name_or_code_can_be_checked(hidden):
    assert "called" in str(failure(check.value, hidden, X, expected=X + 1))


def test_a_partial_shows_its_bound_arguments():
    assert "double(z=np.array" in str(failure(check.value, partial(double, z=X), expected=X + 1))


class Opaque:
    """Stands for a proxy: it can be called, and has a name. Looking at anything else is an error."""

    __globals__ = None  # a proxy's class has it

    def __init__(self, function, name):
        object.__setattr__(self, "_f", function)
        object.__setattr__(self, "_name", name)

    def __call__(self, *args, **kwargs):
        return object.__getattribute__(self, "_f")(*args, **kwargs)

    def __getattribute__(self, key):
        if key == "__name__":
            return object.__getattribute__(self, "_name")
        if key == "__class__":
            return Opaque
        raise AttributeError(key)


def test_opaque_proxies_are_only_called():
    right, wrong = Opaque(double, "double"), Opaque(gives(None), "double")
    check.value(right, X, expected=2 * X)
    check.purity(right, X)
    check.gradient(Opaque(cube, "cube"), Opaque(cube_prime, "cube_prime"), X)
    assert "double: the result is None" in str(failure(check.value, wrong, X, expected=X))
    assert "changed its argument 1." in str(failure(check.purity, Opaque(lambda z: z.fill(0), "f"), X))


class Liar(float):
    """A number that claims to equal everything."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __sub__(self, other):
        return 0.0


class LyingArray(np.ndarray):
    shape = (5,)

    def __sub__(self, other):
        return np.zeros(5)

    def __eq__(self, other):
        return np.ones(5, dtype=bool)

    __hash__ = None


class ConvertsBadly:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")


@pytest.mark.parametrize("lie", [Liar(3.0), [Liar(3.0)], ConvertsBadly(), np.array([7.0]).view(LyingArray)])
def test_objects_that_lie_do_not_pass(lie):
    failure(check.value, gives(lie), X, expected=1.0)
    failure(check.value, gives(lie), X, expected=X)


# ---------------------------------------------------------------- shape and dtype


def test_shape_fails():
    failed = failure(check.shape, gives(A.T), A, expected=(2, 3))
    assert failed.pattern == "transposed"
    assert "the shape is (3, 2), it should be (2, 3)" in str(failed)
    assert "nan" not in str(failed)
    assert failure(check.shape, gives(None), A, expected=()).pattern == "nothing-returned"
    assert failure(check.shape, gives([1.0]), A, expected=()).pattern == "extra-dimension"


# ---------------------------------------------------------------- gradient


def test_gradient_names_the_worst_entry():
    def slope(z):
        d = cube_prime(z)
        d[3] = 3.3
        d[1] += 0.01
        return d

    text = str(failure(check.gradient, cube, slope, X))
    assert "slope: 2 of 5 values are wrong." in text
    assert "[3]: input 1.0, returned 3.3, numerical 3.0, ratio 1.1" in text
    assert "(cube(x + 1e-05) - cube(x - 1e-05)) / 2e-05" in text


GRADIENT_MISTAKES = {
    "factor": (lambda z: 2 * cube_prime(z), "constant-factor"),
    "sign": (lambda z: -cube_prime(z), "sign-flipped"),
    "height for slope": (cube, None),
    "none": (lambda z: None, "nothing-returned"),
    "summed": (lambda z: cube_prime(z).sum(), "missing-dimension"),
    "nan": (lambda z: cube_prime(z) * np.nan, "not-finite"),
    "one too small by 1e-4": (lambda z: cube_prime(z) * (1 - 1e-4), "nearly-right"),
}


@pytest.mark.parametrize(("slope", "pattern"), GRADIENT_MISTAKES.values(), ids=GRADIENT_MISTAKES)
def test_gradient_fails(slope, pattern):
    assert failure(check.gradient, cube, slope, X + 0.25).pattern == pattern


def test_gradient_of_a_scalar_function_fails_entry_by_entry():
    failed = failure(check.gradient, lambda w: (w**2).sum() / 4, lambda w: w * np.array([0.5, 0.5, 1.0]), A)
    assert failed.pattern == "wrong-columns"
    assert "input 6.5" in str(failed)
    failed = failure(check.gradient, lambda w: (w**2).sum() / 2, lambda w: w / 2, A)
    assert "2 is also the number of rows" in str(failed)


def test_gradient_reports_a_bad_function():
    assert "None" in str(failure(check.gradient, gives(None), cube_prime, X))
    assert "complex" in str(failure(check.gradient, lambda z: z * 1j, cube_prime, X))
    assert "shape" in str(failure(check.gradient, gives(np.ones(3)), cube_prime, X))


def test_gradient_of_a_function_that_gives_float32_is_taken_with_a_step_that_its_rounding_allows():
    x = np.linspace(-4.0, 4.0, 33)

    def tanh(z):
        return np.tanh(z).astype(np.float32)

    check.gradient(tanh, lambda z: 1 - np.tanh(z) ** 2, x)
    check.gradient(lambda z: np.float32((z**2).sum()), lambda z: 2 * z, x)
    assert "values are wrong" in str(failure(check.gradient, tanh, lambda z: 1.01 * (1 - np.tanh(z) ** 2), x))


def test_gradient_passes_keywords_to_both():
    def power(z, n):
        return z**n

    def power_prime(z, n):
        return n * z ** (n - 1)

    check.gradient(power, power_prime, X, n=4)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6), st.floats(-4, 4), st.floats(-4, 4))
@settings(max_examples=40, deadline=None)
def test_gradient_accepts_every_cubic_and_refuses_a_changed_one(points, a, b):
    x = np.array(points)
    check.gradient(lambda z: a * z**3 + b * z, lambda z: 3 * a * z**2 + b, x)
    failure(check.gradient, lambda z: a * z**3 + b * z, lambda z: 3 * a * z**2 + b + 1e-3, x)


# ---------------------------------------------------------------- what is to be written into an argument


def step(params, grads, lr):
    for key in params:
        params[key] -= lr * grads[key]


def step_with_new_arrays(params, grads, lr):
    for key in params:
        params[key] = params[key] - lr * grads[key]


def step_of_one_key(params, grads, lr):
    params["w"] -= lr * grads["w"]


def step_of_copies(params, grads, lr):
    params = {key: array - lr * grads[key] for key, array in params.items()}


def step_that_forgets(params, grads, lr):
    params["w"] -= lr * grads["w"]
    del params["b"]


def step_that_scales(params, grads, lr):
    for key in params:
        grads[key] *= lr
        params[key] -= grads[key]


NOT_IN_PLACE = {  # function, words of the message
    "new arrays": (step_with_new_arrays, "params['w']: it is another array than before"),
    "one key": (step_of_one_key, "params['b']: no number in it has changed"),
    "copies": (step_of_copies, "params['w']: no number in it has changed"),
    "key gone": (step_that_forgets, "params['b']: it is another array than before"),
}


@pytest.mark.parametrize(("function", "words"), NOT_IN_PLACE.values(), ids=NOT_IN_PLACE)
def test_in_place_fails_and_names_the_array(function, words):
    mine = {"w": A.copy(), "b": X.copy()}
    failed = failure(check.in_place, function, mine, {"w": A, "b": X}, 0.5)
    assert failed.pattern == "not-in-place"
    assert f"{function.__name__}: the call should change params" in str(failed)
    assert words in str(failed)
    np.testing.assert_equal(mine, {"w": A, "b": X})


def test_in_place_leaves_the_other_arguments_alone():
    failed = failure(check.in_place, step_that_scales, {"w": A}, {"w": A}, lr=0.5)
    assert "step_that_scales: the call changed its argument grads." in str(failed)


def test_in_place_lets_an_unwritten_function_say_so():
    def untouched(params):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        check.in_place(untouched, {"w": A})


# ---------------------------------------------------------------- purity and protection of arguments


def clear(d):
    d["W1"][...] = 0


def minus_zero(d):
    d["zero"][0] = -0.0


IMPURE = {  # what it does to the argument, path named
    "array in a dict": (clear, "['W1'][0, 0]: it was 1.0 and is now 0.0"),
    "sign of zero": (minus_zero, "['zero'][0]: it was 0.0 and is now -0.0"),
    "key added": (lambda d: d.update(extra=1), "the key 'extra' was added"),
    "key removed": (lambda d: d.pop("W1"), "the key 'W1' is gone"),
    "list longer": (lambda d: d["list"].append(1), "['list']: the length was 2 and is now 3"),
    "list entry": (lambda d: d["list"].__setitem__(1, 5), "['list'][1]: it was 2 and is now 5"),
    "nested array": (lambda d: d["list2"][0].sort(), "['list2'][0][0]"),
    "shape": (lambda d: d.update(W1=d["W1"].ravel()), "its shape was (2, 3) and is now (6,)"),
    "dtype": (lambda d: d.update(W1=d["W1"].astype(int)), "its dtype was float64"),
    "array replaced": (lambda d: d.update(W1=None), "now a NoneType"),
    "number": (lambda d: d.update(n=2), "['n']: it was 1 and is now 2"),
    "number to float": (lambda d: d.update(n=1.0), "['n']: it was 1 and is now 1.0"),
    "nan": (lambda d: d["zero"].fill(np.nan), "it was 0.0 and is now nan"),
    "integers": (lambda d: d["labels"].fill(3), "['labels'][0]: it was 0 and is now 3"),
}


def state():
    return {
        "W1": A.copy(),
        "zero": np.zeros(2),
        "list": [1, 2],
        "list2": [np.array([3.0, 1.0])],
        "n": 1,
        "nan": float("nan"),
        "labels": np.array([0, 1]),
    }


@pytest.mark.parametrize(("act", "words"), IMPURE.values(), ids=IMPURE)
def test_purity_fails_and_names_the_place(act, words):
    def update(params):
        act(params)

    mine = state()
    failed = failure(check.purity, update, mine)
    assert failed.pattern == "changed-argument"
    assert "update: the call changed its argument params." in str(failed)
    assert words in str(failed)
    np.testing.assert_equal(mine, state())  # the test's own data are untouched


def by_memory(z):
    """Right for arrays that lie row by row."""
    return np.array([2 * v for v in z.ravel(order="K")]).reshape(z.shape)


def by_a_flat_view(z):
    out = np.zeros_like(z)
    flat = out.reshape(-1)
    flat[:] = 2 * z.reshape(-1)
    return out


def by_the_buffer(z):
    return 2 * np.frombuffer(z, dtype=z.dtype).reshape(z.shape)


@pytest.mark.parametrize("double", [by_memory, by_a_flat_view, by_the_buffer])
def test_value_fails_for_what_is_right_in_one_memory_layout_alone(double):
    z = np.arange(6.0).reshape(2, 3)
    with pytest.raises(check.CheckFailed, match=r"with transposed arrays|with slices with a step") as caught:
        check.value(double, z, expected=2 * z)
    assert "Traceback" not in str(caught.value)
    with pytest.raises(check.CheckFailed, match="with transposed arrays"), check.part(""):
        check.value(lambda cache: by_memory(cache["Z"][0]), {"Z": [z]}, expected=2 * z)


def test_value_passes_in_every_memory_layout_with_the_same_random_numbers():
    x, rng, seen = np.arange(6.0).reshape(2, 3), np.random.default_rng(3), []

    def noisy(x, rng, labels):
        seen.append(x.flags.c_contiguous)
        return x[labels] + rng.normal(size=x.shape)

    labels = np.array([1, 0])
    check.value(noisy, x, rng, labels, expected=x[labels] + np.random.default_rng(3).normal(size=x.shape))
    assert seen == [True, False, False]


def test_a_part_tries_other_memory_layouts_in_its_first_calls():
    seen = []

    def double(z):
        seen.append(z.flags.c_contiguous)
        return 2 * z

    for _ in range(2):
        with check.part("many calls"):
            for size in range(1, 8):
                z = np.ones((size, 2))
                check.value(double, z, expected=2 * z)
    assert (len(seen), seen.count(False)) == (2 * (7 + 3 + 3), 2 * (3 + 3))


def first(z):
    return z


def second(z):
    return first(z)


def third(z):
    return second(z)


def by_memory_after_three(z):
    return by_memory(third(second(first(z))))


def test_stand_ins_that_are_tried_use_up_no_memory_layout():
    z, same = np.arange(6.0).reshape(2, 3), {"first": first, "second": second, "third": third}
    with pytest.raises(check.CheckFailed), check.part("double"):
        check.value(by_memory_after_three, z, expected=2 * z, given=same)


def test_value_fails_where_two_arrays_are_paired_by_their_memory():
    y, p = np.arange(6.0).reshape(2, 3), np.ones((2, 3))

    def dot(y, p):
        return float(y.ravel(order="K") @ p.ravel(order="K"))

    p[0] = 2.0
    with pytest.raises(check.CheckFailed, match="with slices with a step and transposed arrays"):
        check.value(dot, y, p, expected=18.0)


def test_purity_sees_a_change_of_transposed_arrays_alone():
    def double(z):
        out = np.asfortranarray(z)
        out *= 2
        return out

    with pytest.raises(check.CheckFailed, match="changed its argument z, with transposed arrays"):
        check.purity(double, np.arange(6.0).reshape(2, 3))


def test_purity_sees_keyword_arguments():
    def zero_out(*, grads):
        grads.fill(0)

    assert "argument grads" in str(failure(check.purity, zero_out, grads=X))


def test_purity_allows_a_change_that_is_restored_and_use_of_the_generator():
    def probe(x, rng):
        old = x[0]
        x[0] = rng.normal()
        x[0] = old

    check.purity(probe, X, np.random.default_rng(0))


def in_place(z):
    z *= 2
    return z


@pytest.mark.parametrize(
    "run",
    [
        lambda x: check.value(in_place, x, expected=2 * X),
        lambda x: check.shape(in_place, x, expected=(5,)),
        lambda x: check.stability(in_place, x, expected=2 * X),
        lambda x: check.gradient(in_place, gives(np.full(5, 2.0)), x),
        lambda x: failure(check.purity, in_place, x),
        lambda x: failure(check.raises, ValueError, in_place, x),
    ],
)
def test_arguments_are_protected(run):
    mine = X.copy()
    run(mine)
    np.testing.assert_array_equal(mine, X)


def test_every_call_gets_the_same_random_numbers_and_shared_arrays_stay_shared():
    rng = np.random.default_rng(3)
    expected = np.random.default_rng(3).normal(size=4)
    for _ in range(2):
        check.value(lambda rng: rng.normal(size=4), rng, expected=expected)
    check.value(lambda x, cache: float(x is cache["A"][0]), X, {"A": [X]}, expected=1.0)


# ---------------------------------------------------------------- stability


def overflows(z):
    return 1 / (1 + np.exp(-z))


def undefined(z):
    return np.exp(z) / (1 + np.exp(z))


def test_a_right_value_reached_by_overflow_fails_and_names_the_line():
    failed = failure(check.stability, overflows, np.array([-1000.0, 0.0]), expected=np.array([0.0, 0.5]))
    assert failed.pattern == "warning"
    assert "overflow encountered in exp" in str(failed)
    assert "return 1 / (1 + np.exp(-z))" in str(failed)


@pytest.mark.parametrize("expected", [None, np.array([0.5, 1.0])])
def test_nan_fails_and_names_the_input(expected):
    failed = failure(check.stability, undefined, np.array([0.0, 1000.0]), expected=expected)
    assert failed.pattern == "not-finite"
    assert "nan at [1], where the input is 1000.0" in str(failed)
    assert ("expected" in str(failed)) == (expected is not None)


UNSTABLE = {
    "divide": (lambda z: np.where(z > 0, 1 / z, 0.0), "division by zero"),
    "invalid": (lambda z: np.where(z > 0, np.sqrt(z), 0.0), "no result"),
    "nan in a dict": (lambda z: {"W": [z, z * np.nan]}, "in result['W'][1], the result is nan"),
    "nothing": (lambda z: None, "None"),
    "infinite": (lambda z: np.inf, "the result is inf"),
    "math.exp": (lambda z: math.exp(1e4), "OverflowError"),
}


@pytest.mark.parametrize(("function", "words"), UNSTABLE.values(), ids=UNSTABLE)
def test_stability_fails(function, words):
    assert words in str(failure(check.stability, function, np.array([-1.0, 0.0, 4.0])))


def test_stability_fails_for_a_wrong_value():
    assert failure(check.stability, lambda z: 2 * z, X, expected=X).pattern == "constant-factor"
    assert failure(check.stability, lambda z: z + 1e-12, 0.0, expected=0.0) is not None


def test_stability_sees_warnings_that_a_proxy_issues_again():
    def proxy(z):
        warnings.warn("overflow encountered in exp", RuntimeWarning, stacklevel=1)
        return z

    assert failure(check.stability, proxy, X).pattern == "warning"


def test_stability_allows_silenced_overflow_and_other_warnings(recwarn):
    def silent(z):
        with np.errstate(over="ignore"):
            warnings.warn("something else", UserWarning, stacklevel=1)
            return overflows(z)

    check.stability(silent, np.array([-1000.0]), expected=np.array([0.0]))
    assert not recwarn.list


def test_stability_does_not_depend_on_the_floating_point_state_around_it():
    with np.errstate(all="ignore"):
        failure(check.stability, overflows, np.array([-1000.0]))
    with np.errstate(all="raise"):
        assert failure(check.stability, overflows, np.array([-1000.0])).pattern == "warning"


# ---------------------------------------------------------------- errors


def stumbles(z):
    return helper(z)


def helper(z):
    return z @ np.ones(99)


def test_a_students_exception_is_reported_with_call_and_line():
    failed = failure(check.value, stumbles, X, expected=X)
    text = str(failed)
    assert failed.pattern == "exception"
    assert isinstance(failed.__cause__, ValueError)
    assert failed.student_error.startswith("ValueError: matmul")
    assert "stumbles: the call raised ValueError." in text
    assert "stumbles(np.array(" in text
    assert "of stumbles: return helper(z)" in text
    assert "of helper: return z @ np.ones(99)" in text
    assert len(text.splitlines()) <= 15


def test_leaving_python_is_a_failure():
    assert "SystemExit" in str(failure(check.value, lambda z: sys.exit(0), X, expected=X))
    assert "SystemExit" in str(failure(check.raises, ValueError, lambda z: sys.exit(0), X))
    with pytest.raises(check.CheckFailed), check.part("title"):
        sys.exit(0)


def test_endless_recursion_is_reported_shortly():
    def again(z):
        return again(z)

    text = str(failure(check.value, again, X, expected=X))
    assert "RecursionError" in text
    assert len(text.splitlines()) <= 15


def test_notes_of_an_error_stand_in_for_its_lines():
    class RemoteError(Exception):
        pass

    def remote(*args):
        error = RemoteError("odd")
        error.add_note("line 3 of sigmoid: return 1 / z")
        raise error

    assert "line 3 of sigmoid" in str(
        failure(check.value, Opaque(partial(exec_elsewhere(remote)), "sigmoid"), X, expected=X)
    )


def exec_elsewhere(function):
    """The function, called from code that lies in no file of the student's; its own frame is cut from the traceback."""

    def call(*args):
        try:
            return function(*args)
        except Exception as error:
            raise error.with_traceback(None) from None

    return call


@pytest.mark.parametrize(
    "run",
    [
        lambda f: check.value(f, X, expected=X),
        lambda f: check.shape(f, X, expected=(5,)),
        lambda f: check.gradient(f, cube_prime, X),
        lambda f: check.gradient(cube, f, X),
        lambda f: check.purity(f, X),
        lambda f: check.stability(f, X),
        lambda f: check.raises(ValueError, f, X),
        lambda f: check.raises(RuntimeError, f, X),
        lambda f: check.value(f, X, expected=X, given={"double": double}),
    ],
)
def test_not_implemented_passes_through(run):
    def stub(z):
        raise NotImplementedError("write double")

    with pytest.raises(NotImplementedError, match="write double"):
        run(stub)
    with pytest.raises(NotImplementedError, match="write double"), check.part("title", "hint"):
        run(stub)


# ---------------------------------------------------------------- raises


def refuses(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has the shape {y.shape}, y_hat {y_hat.shape}")
    return 0.0


def test_raises_compares_the_message_without_regard_to_spaces_and_case():
    check.raises(ValueError, refuses, np.ones((4, 1)), np.ones(4), mentions=["(4,1)", "(4,)", "Y_HAT"])
    check.raises(ValueError, refuses, np.ones((4, 1)), np.ones(4), mentions="(4, 1)")


def test_raises_fails():
    failed = failure(check.raises, ValueError, refuses, X, X)
    assert failed.pattern == "no-exception"
    assert "should raise ValueError" in str(failed)
    failed = failure(check.raises, ValueError, refuses, X, np.ones(4), mentions=["(5,)", "(9,)"])
    assert failed.pattern == "error-message"
    assert "should name (9,)" in str(failed)
    failed = failure(check.raises, ValueError, gives(X), 1, mentions="x")
    assert "returned" in str(failed)
    failed = failure(check.raises, ValueError, lambda: {}["a"])
    assert failed.pattern == "exception"
    assert "raised KeyError, ValueError was expected" in str(failed)
    assert isinstance(failed.__cause__, KeyError)


def test_raises_can_ask_for_not_implemented():
    def stub():
        raise NotImplementedError

    check.raises(NotImplementedError, stub)


# ---------------------------------------------------------------- given: earlier exercises


def notebook(source):
    """A namespace as a notebook's, with these definitions."""
    space = {"np": np}
    exec(source, space)
    return space


EARLIER = {
    "wrong": "def half(z): return z / 3",
    "raising": "def half(z): return z @ 'x'",
    "stub": "def half(z): raise NotImplementedError",
    "none": "def half(z): return None",
    "missing": "",
}
USES_HALF = "\ndef quarter(z): return half(half(z))"


@pytest.mark.parametrize("source", EARLIER.values(), ids=EARLIER)
def test_given_rescues_and_puts_back(source, capsys):
    space = notebook(source + USES_HALF)
    before = space.get("half")
    check.value(space["quarter"], X, expected=X / 4, given={"half": lambda z: z / 2})
    assert capsys.readouterr().out.endswith("(with the right half in place of yours)\n")
    assert space.get("half") is before
    assert ("half" in space) == (source != "")


def test_given_is_not_used_when_it_is_not_needed(capsys):
    space = notebook("def half(z): return z / 2" + USES_HALF)
    check.value(space["quarter"], X, expected=X / 4, given={"half": gives(None)})
    assert "in place" not in capsys.readouterr().out


def test_given_names_only_what_was_needed(capsys):
    space = notebook("def half(z): return z\ndef third(z): return z / 3\ndef sixth(z): return half(third(z))")
    stand_ins = {"third": lambda z: z / 3, "half": lambda z: z / 2}
    check.value(space["sixth"], X, expected=X / 6, given=stand_ins)
    assert capsys.readouterr().out.endswith("(with the right half in place of yours)\n")
    space["third"] = gives(None)
    check.value(space["sixth"], X, expected=X / 6, given=stand_ins)
    assert capsys.readouterr().out.endswith("(with the right third and half in place of yours)\n")


def test_given_does_not_rescue_the_functions_own_mistake():
    space = notebook("def half(z): return z / 3\ndef quarter(z): return 5 * half(half(z))")
    before = dict(space)
    failed = failure(check.value, space["quarter"], X, expected=X / 4, given={"half": lambda z: z / 2})
    assert "every value is 5 times too large" in str(failed)
    assert str(failed).endswith("the mistake is in quarter itself.")
    assert space == before


def test_given_says_nothing_of_itself_when_it_changes_nothing():
    space = notebook("def half(z): return z / 2\ndef quarter(z): return 5 * half(half(z))")
    assert "in place of" not in str(
        failure(check.value, space["quarter"], X, expected=X / 4, given={"half": lambda z: z / 2})
    )


def test_given_puts_back_after_an_exception():
    space = notebook("def half(z): return z / 3\ndef quarter(z):\n    half(z)\n    raise KeyboardInterrupt")
    mine = space["half"]
    seen = []

    def wrong(z):
        seen.append(space["half"])
        if len(seen) > 1:
            raise KeyboardInterrupt
        return

    space["wrong"] = eval("lambda z: (half, f(z))[1]", space | {"f": wrong})
    probe = type(wrong)(wrong.__code__, space, closure=wrong.__closure__)
    with pytest.raises(KeyboardInterrupt):
        check.value(probe, X, expected=X, given={"half": double})
    assert seen == [mine, double]
    assert space["half"] is mine


class OnlyItems:
    """Globals of another process: only `in`, `[]`, `[] =` and `del` work."""

    def __init__(self, real):
        self.real = real

    def __contains__(self, name):
        return name in self.real

    def __getitem__(self, name):
        return self.real[name]

    def __setitem__(self, name, value):
        self.real[name] = value

    def __delitem__(self, name):
        del self.real[name]


@pytest.mark.parametrize("source", ["def half(z): return z / 3", ""])
def test_given_works_on_globals_of_another_process(source):
    space = notebook(source + USES_HALF)
    names = set(space)

    class Proxy:
        __name__ = "quarter"
        __globals__ = OnlyItems(space)

        def __call__(self, z):
            return space["quarter"](z)

    check.value(Proxy(), X, expected=X / 4, given={"half": lambda z: z / 2})
    assert set(space) == names


GIVEN_EVERYWHERE = {
    "shape": lambda f, g: check.shape(f, X, expected=(5,), given=g),
    "gradient": lambda f, g: check.gradient(f, gives(np.full(5, 0.25)), X, given=g),
    "gradient's derivative": lambda f, g: check.gradient(lambda z: z**2 / 8, f, X, given=g),
    "purity": lambda f, g: check.purity(f, X, given=g),
    "stability": lambda f, g: check.stability(f, X, given=g),
    "raises": lambda f, g: check.raises(ValueError, f, "x", given={"half": float}),
}


@pytest.mark.parametrize("run", GIVEN_EVERYWHERE.values(), ids=GIVEN_EVERYWHERE)
def test_every_check_takes_given(run, capsys):
    space = notebook(EARLIER["stub"] + USES_HALF)
    run(space["quarter"], {"half": lambda z: z / 2})
    assert "with the right half" in capsys.readouterr().out


# ---------------------------------------------------------------- part


def test_part_names_a_failure_and_hides_its_details():
    with pytest.raises(check.CheckFailed) as caught, check.part("Rows that differ", "See which axis you sum over."):
        check.value(double, X, expected=X)
    failed = caught.value
    assert (failed.title, failed.hint) == ("Rows that differ", "See which axis you sum over.")
    assert str(failed) == "Rows that differ\nSee which axis you sum over."
    assert failed.pattern == "constant-factor"
    assert "expected" in failed.details
    assert "expected" not in "\n".join(failed._render_traceback_())


@pytest.mark.parametrize(
    ("error", "details", "said"),
    [
        (AssertionError("a != b"), "a != b", ""),
        (AssertionError(), "an assertion failed", ""),
        (KeyError("W1"), "KeyError: 'W1'", "KeyError: 'W1'"),
        (ZeroDivisionError(), "ZeroDivisionError", "ZeroDivisionError"),
    ],
)
def test_part_turns_other_errors_into_failures(error, details, said):
    with pytest.raises(check.CheckFailed) as caught, check.part("title"):
        raise error
    failed = caught.value
    assert (failed.details, failed.student_error, failed.title) == (details, said, "title")
    assert failed.__cause__ is error
    assert str(failed) == "\n".join(filter(None, ["title", said]))


def test_part_shows_the_students_own_error():
    with pytest.raises(check.CheckFailed) as caught, check.part("title", "hint"):
        check.value(stumbles, X, expected=X)
    assert str(caught.value).startswith("title\nhint\nValueError: matmul")


TITLED = {
    "value": lambda f: check.value("by hand", f, X, expected=2 * X),
    "shape": lambda f: check.shape("by hand", f, X, expected=X.shape),
    "gradient": lambda f: check.gradient("by hand", double, f, np.array(2.0)),
    "purity": lambda f: check.purity("by hand", f, X),
    "stability": lambda f: check.stability("by hand", f, X),
    "raises": lambda f: check.raises("by hand", ValueError, f, X),
}
RIGHT_FOR = {"gradient": lambda z: np.full_like(z, 2.0), "raises": lambda z: np.reshape(z, (7,))}
WRONG_FOR = {"purity": lambda z: np.multiply(z, 2.0, out=z), "raises": double}


@pytest.mark.parametrize("name", TITLED)
def test_a_check_with_a_title_prints_it_when_it_passes_and_begins_with_it_when_it_fails(name, capsys):
    TITLED[name](RIGHT_FOR.get(name, double))
    assert capsys.readouterr().out == "by hand: passed\n"
    with pytest.raises(check.CheckFailed) as caught:
        TITLED[name](WRONG_FOR.get(name, lambda z: np.array([np.inf, 3.0])))
    first, second, *_ = str(caught.value).splitlines()
    assert first == "by hand: failed"
    assert ": " in second
    assert caught.value.title == ""
    check.purity(double, X)  # the title was of the other call alone
    assert capsys.readouterr().out.startswith("passed: double(")


def test_what_a_check_records_does_not_hang_on_its_title():
    seen = []
    token = recorder.set(lambda probes, given: seen.append([(p.kind, digest(p.args, p.kwargs)) for p in probes]))
    try:
        check.value(double, X, expected=2 * X)
        check.value("by hand", double, X, expected=2 * X)
    finally:
        recorder.reset(token)
    assert seen[0] == seen[1]


def test_the_inner_part_has_the_last_word():
    with pytest.raises(check.CheckFailed) as caught, check.part("outer"), check.part("inner"):
        raise AssertionError
    assert caught.value.title == "inner"


def test_a_part_prints_one_line_without_inputs(capsys):
    with check.part("Several rows"):
        check.value(double, X, expected=2 * X)
        check.purity(double, X)
    check.shape(double, X, expected=(5,))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Several rows: passed"
    assert len(lines) == 2


def test_part_lets_an_interrupt_pass():
    with pytest.raises(KeyboardInterrupt), check.part("title"):
        raise KeyboardInterrupt


# ---------------------------------------------------------------- laws


FLOATS = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(FLOATS, st.floats(-3e-7, 3e-7) | st.floats(-3e-9, 3e-9)), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_value_agrees_with_allclose(pairs):
    expected = np.array([e for e, _ in pairs])
    result = np.array([e + d * max(1, abs(e)) for e, d in pairs])
    if np.allclose(result, expected, rtol=1e-7, atol=1e-9):
        check.value(gives(result), X, expected=expected)
    else:
        failure(check.value, gives(result), X, expected=expected)


ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_two_arrays_are_judged_without_an_error(pairs):
    result, expected = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    with np.errstate(all="ignore"):
        right = np.allclose(result, expected, rtol=1e-7, atol=1e-9, equal_nan=True)
    if right:
        check.value(gives(result), X, expected=expected)
    else:
        text = str(failure(check.value, gives(result), expected, expected=expected))
        assert len(text.splitlines()) <= 15


# ---------------------------------------------------------------- where it runs

CELL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.colors = "nocolor"
result = shell.run_cell('''
import numpy as np
from nbcore import check
def double(z):
    return 4 * z
check.value(double, np.array([1.0, 2.5]), expected=np.array([2.0, 5.0]))
''')
print("CAUGHT", type(result.error_in_exec).__name__)
shell.run_cell('''
def double(z):
    y = z + 1
    return y + z.no_such_thing
check.value(double, np.array([1.0, 2.5]), expected=np.array([2.0, 5.0]))
''')
"""


def test_ipython_shows_the_message_and_nothing_else(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CELL],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={"IPYTHONDIR": str(tmp_path)},
    )
    first, second = done.stdout.split("CAUGHT CheckFailed\n")
    assert first.strip() == (
        "double: every value is 2 times too large.\n"
        "\n"
        "  called    double(np.array([1.0, 2.5]))\n"
        "  returned  [ 4.0, 10.0]\n"
        "  expected  [ 2.0,  5.0]\n"
        "\n"
        "See where a factor 2 or 1/2 comes in."
    )
    assert "your code  line 3 of double: return y + z.no_such_thing" in second
    assert "Traceback" not in done.stdout
    assert "nbcore" not in second


@pytest.mark.slow
def test_the_error_output_of_a_notebook_holds_the_message():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    source = "from nbcore import check\ndef one():\n    return 1.5\ncheck.value(one, expected=1.0)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nbclient.NotebookClient(
            notebook, allow_errors=True, kernel_name="python3", timeout=300, iopub_timeout=300
        ).execute()
    (output,) = [o for o in notebook.cells[0].outputs if o.output_type == "error"]
    assert output.ename == "CheckFailed"
    assert output.evalue.startswith("one: the value is 1.5, it should be 1.0.")
    assert "\n".join(output.traceback) == output.evalue


def test_the_plain_traceback_ends_with_the_message():
    failed = failure(check.value, gives(None), X, expected=X)
    assert "the result is None" in "".join(traceback.format_exception(failed))


def test_it_imports_neither_ipython_nor_matplotlib():
    code = "import sys, numpy; from nbcore import check; print('IPython' in sys.modules, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_stub_shows_one_line_that_names_the_function_still_to_do() -> None:
    def sigmoid(z):  # type: ignore[no-untyped-def]
        raise NotImplementedError("not written yet: replace this line")

    def silu(z):  # type: ignore[no-untyped-def]
        return z * sigmoid(z)

    with pytest.raises(NotImplementedError) as caught:
        check.value(silu, 1.0, expected=2.0)
    shown = caught.value._render_traceback_()  # type: ignore[attr-defined]
    assert shown == ["NotImplementedError: sigmoid: not written yet: replace this line"]


def test_a_name_error_that_names_nothing_gets_no_advice_on_a_name() -> None:
    def closed(z):  # type: ignore[no-untyped-def]
        raise NameError("closed uses data, which is not there in grading")

    failed = failure(check.value, closed, X, expected=X)
    assert "which is not there in grading" in str(failed)
    assert "There is no" not in str(failed)


STUB_LINE = ["NotImplementedError: stub: not written yet"]
OF_A_STUB: dict[str, Callable[[Any], None]] = {
    "value": lambda f: check.value(f, X, expected=X),
    "gradient": lambda f: check.gradient(f, np.sum, X),
    "stability": lambda f: check.stability(f, X),
    "purity": lambda f: check.purity(f, X),
    "raises": lambda f: check.raises(ValueError, f, X),
}


@pytest.mark.parametrize("called", OF_A_STUB.values(), ids=OF_A_STUB.keys())
def test_each_check_shows_one_line_of_a_stub(called: Callable[[Any], None]) -> None:
    def stub(z):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        called(stub)
    assert caught.value._render_traceback_() == STUB_LINE  # type: ignore[attr-defined]


NAMES = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import numpy as np\\nfrom nbcore import check")
for cell in ("x = 1", "from numpy import random as np", "check = x", "print('on')", "np, other = 1, 2"):
    print("CELL", cell)
    shell.run_cell(cell)
"""


def test_a_cell_that_takes_a_name_of_the_tests_is_told_at_once(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", NAMES],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={"IPYTHONDIR": str(tmp_path)},
    )
    said = {cell.split("\n")[0]: cell for cell in done.stdout.split("CELL ")[1:]}
    assert "the name `check` for nbcore.check, and this cell" in said["check = x"]
    assert [cell for cell, text in said.items() if "use the name" in text] == ["check = x"]


# ---------------------------------------------------------------- steps of a derivation


def test_a_derivation_says_of_each_step_whether_it_agrees_and_raises_nothing(capsys) -> None:
    steps = {"mean": np.full(2, 0.5), "var": np.array([1.0, 2.5]), "root": np.ones(2), "slope": 2.0}
    wanted = {"mean": np.full(2, 0.5), "var": np.array([1.0, 2.0]), "root": np.ones((2, 1)), "slope": 1.5, "last": 1.0}
    check.derivation(gives(steps), X, numerical=wanted)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mean: right"
    assert lines[1:4] == [
        "var: not yet: 1 of 2 values is wrong.",
        "  yours      [1.0, 2.5]",
        "  numerical  [1.0, 2.0]",
    ]
    assert lines[4:] == [
        "root: not yet: the shape is (2,), it should be (2, 1).",
        "slope: not yet: the value is 2.0, it should be 1.5.",
        "last: not written yet",
    ]


def test_a_step_that_is_left_as_dots_is_not_written_and_a_name_that_is_none_is_told(capsys) -> None:
    check.derivation(gives({"slope": ..., "slop": 1.0}), X, numerical={"slope": 1.0})
    assert capsys.readouterr().out.splitlines() == [
        "slope: not written yet",
        "'slop' is none of the steps: copy their names as they stand.",
    ]


def test_a_derivation_that_stops_or_is_not_begun_says_so(capsys) -> None:
    def untouched(z):
        raise NotImplementedError

    def broken(z):
        return z[99]

    for steps, said in [
        (untouched, "slope: not written yet"),
        (gives(2.0), "answer should return a dict with the keys slope"),
        (gives({"rise": 1.0, "run": 2.0}), "The keys of answer are rise, run; they should be slope."),
    ]:
        check.derivation(steps, X, numerical={"slope": 1.0})
        assert capsys.readouterr().out.startswith(said)
    check.derivation(broken, X, numerical={"slope": 1.0})
    stopped, where, what_to_do = capsys.readouterr().out.splitlines()
    assert stopped.startswith("broken has stopped: IndexError")
    assert where.endswith("of broken: return z[99]")
    assert what_to_do == "Steps that you leave out of the dict count as not written: the others are then checked."


def test_a_derivation_may_be_held_against_a_measurement(capsys) -> None:
    def of_a_stub():
        raise NotImplementedError("not written yet: replace this line")

    for numerical, said in [
        (lambda: {"slope": 1.5}, "slope: right"),
        (of_a_stub, "Write the functions above first: answer is compared with what it measures."),
        (lambda: {}["slope"], "answer cannot be checked yet: it is compared with what your code above does"),
    ]:
        check.derivation(gives({"slope": 1.5}), X, numerical=numerical)
        assert capsys.readouterr().out.startswith(said)


def test_the_picture_of_a_derivation_is_shown_once_all_steps_are_right(monkeypatch, capsys) -> None:
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr("IPython.get_ipython", object)
    for slope in (1.0, 1.5):
        check.derivation(gives({"slope": slope}), X, numerical={"slope": 1.5}, picture=lambda: "paths")
    assert shown == ["paths"]
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    check.derivation(gives({"slope": 1.5}), X, numerical={"slope": 1.5}, picture=lambda: "paths")
    assert shown == ["paths"]


def test_a_derivation_says_where_a_large_array_is_furthest_off_and_what_it_is_compared_with(capsys) -> None:
    right = np.linspace(0.0, 1.0, 64).reshape(32, 2)
    mine = right.copy()
    mine[10, 1] += 0.01
    told = {"against": "the loop", "advice": ", ".join}
    check.derivation(gives({"a": mine, "b": right}), X, numerical={"a": right, "b": right}, **told)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a: not yet: 1 of 64 values is wrong.")
    assert lines[-3:] == ["  furthest off at [10, 1]: 0.3433, not 0.3333", "b: right", "a"]
    assert not any("numerical" in line for line in lines)
    shown = [line.split(None, 1)[1].removeprefix("loop").strip() for line in lines if line.startswith("  yours")]
    assert all("0.3433" in text for text in shown)  # two lines that look the same are left out


def test_booleans_that_are_all_false_are_called_so(capsys) -> None:
    with pytest.raises(check.CheckFailed, match="every value is False"):
        check.value("end", gives([False, False]), X, expected=[False, True])


def test_a_derivation_lends_out_copies(capsys) -> None:
    def greedy(z):
        z[:] = 0
        return {"slope": 1.0}

    z = X.copy()
    check.derivation(greedy, z, numerical={"slope": 1.0 + 1e-9})
    assert capsys.readouterr().out == "slope: right\n"
    assert np.array_equal(z, X)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ((A, {"z": A}), "the result is a tuple of 2 results, and one is asked for"),
        ((A, A), "the result is a tuple of 2 results, and one is asked for"),
        ((0.5, {"z": A}), "the result is a tuple of 2 results, and one is asked for"),
        ((A,), "Is there a comma behind what is returned?"),
        ([["1.0", "2.0", "3.0"]], "the result holds texts, not numbers"),
    ],
)
def test_a_result_of_another_kind_is_called_what_it_is(result, said: str) -> None:
    assert said in str(failure(check.value, gives(result), A, expected=A))


def test_rows_in_a_tuple_are_an_array() -> None:
    check.value(gives((A[0], A[1])), A, expected=A)


def test_truth_values_are_compared_as_numbers_are() -> None:
    want = np.array([True, False, True])
    check.value(gives(want.copy()), X, expected=want)
    failure(check.value, gives(~want), X, expected=want)
    failure(check.value, gives(want.tolist() * 2), X, expected=want)
    failure(check.value, gives(np.ones((4, 0))), X, expected=np.ones((2, 0)))


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda z: ValueError("z"), "An error is raised, not returned"),
        (lambda z: (yield z), "A function with yield runs only when somebody goes through what it gives."),
    ],
)
def test_why_no_error_comes_is_said(function, said: str) -> None:
    assert said in str(failure(check.raises, ValueError, function, X))


def test_what_is_put_beside_the_arrays_of_a_caller_is_seen() -> None:
    def step(params):
        params["v"] = np.zeros(2)
        params["w"] -= 1.0

    assert "it was not there before" in str(failure(check.in_place, step, {"w": np.ones(2)}))


def test_an_argument_that_stays_is_not_put_into_words() -> None:
    assert first_change([10**5000], [10**5000]) is None  # longer than Python writes an integer


def test_a_changed_number_of_any_kind_is_shown() -> None:
    def turns(z):
        z[0] = 1 + 3j

    said = str(failure(check.purity, turns, np.array([1 + 2j])))
    assert "(1+2j)" in said
    assert "(1+3j)" in said


@pytest.mark.parametrize(("before", "after"), [([1], None), ({"a": 1}, 5), (None, X), ([1], {"a": 1})])
def test_an_argument_that_becomes_another_kind_of_thing_is_a_change(before, after) -> None:
    def swaps(table):
        table["a"] = after

    assert "is now" in str(failure(check.purity, swaps, {"a": before}))


def test_an_error_that_cannot_be_put_into_words_is_told_by_its_name() -> None:
    class Odd(Exception):  # noqa: N818
        def __str__(self):
            raise RuntimeError

    def breaks(z):
        raise Odd

    assert "the call raised Odd" in str(failure(check.value, breaks, X, expected=X))
