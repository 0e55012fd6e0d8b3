"""Whatever plain value goes onto the wire comes back the same; whatever bytes come in end in a value or a WireError."""

import contextlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wire import Codec, WireError, WireLimits


def refuse(value: Any) -> bytes:
    raise WireError(f"no plain form: {type(value).__name__}")


def pair(**limits: int) -> tuple[Codec, Codec]:
    bounds = WireLimits(**limits)
    return Codec(0, refuse, refuse, bounds), Codec(1, refuse, refuse, bounds, lenient=True)


def cross(value: Any) -> Any:
    near, far = pair()
    return far.decode(near.encode(("call",), value))[1]


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(x, y) and same(v, w) for (x, v), (y, w) in zip(a.items(), b.items(), strict=True)
        )
    return bool(a == b)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
)
DTYPES = st.sampled_from(["?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"])
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
NUMBERS = hnp.arrays(DTYPES, ()).map(lambda a: a[()])
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    SCALARS | ARRAYS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(PLAIN)
def test_a_plain_value_comes_back_the_same(value: Any) -> None:
    assert same(cross(value), value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        pair()[0].decode(data)


@settings(max_examples=300, deadline=None)
@given(PLAIN, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_message_ends_in_a_value_or_a_wire_error(value: Any, damage: list[tuple[int, int]]) -> None:
    near, far = pair()
    frame = bytearray(far.encode(("return",), value))
    for where, byte in damage:
        frame[where % len(frame)] = byte
    with contextlib.suppress(WireError):
        near.decode(bytes(frame))


def test_one_value_sent_twice_is_one_object_there_and_here() -> None:
    near, far = pair()
    x = np.arange(3.0)
    _, (a, b, nested) = far.decode(near.encode(("call",), (x, x, [x])))
    assert a is b is nested[0]
    _, back = near.decode(far.encode(("return",), (nested, a)))
    assert back[1] is x


def test_a_change_in_place_shows_on_the_other_end_in_both_directions() -> None:
    near, far = pair()
    x, params = np.arange(3.0), {"W": np.ones(2)}
    names: list[Any] = [1, [2]]
    _, (far_x, far_params, far_names) = far.decode(near.encode(("call",), (x, params, names)))
    far_x += 1
    far_params["W"][0] = 7
    far_params["b"] = 1
    far_names[1].append(3)
    near.decode(far.encode(("return",), None))
    assert x.tolist() == [1, 2, 3]
    assert params["W"].tolist() == [7, 1]
    assert params["b"] == 1
    assert names == [1, [2, 3]]
    x[0] = -1
    far.decode(near.encode(("call",), None))
    assert far_x[0] == -1


def test_a_random_generator_crosses_with_its_state() -> None:
    near, far = pair()
    rng = np.random.default_rng(3)
    _, twin = far.decode(near.encode(("call",), rng))
    drawn = twin.random(3)
    near.decode(far.encode(("return",), None))
    again = np.random.default_rng(3)
    assert drawn.tolist() == again.random(3).tolist()
    assert rng.random() == again.random()


def test_a_subclass_arrives_as_the_plain_type_and_its_methods_are_not_asked() -> None:
    class Liar(float):
        def __eq__(self, other: object) -> bool:
            return True

        def __float__(self) -> float:
            return 1.0

        __hash__ = float.__hash__

    class LyingArray(np.ndarray):
        def __array_ufunc__(self, *args: Any, **kwargs: Any) -> bool:
            return True

    near, far = pair()
    lying = np.arange(2.0).view(LyingArray)
    _, (number, array) = near.decode(far.encode(("return",), (Liar(2.5), lying)))
    assert type(number) is float
    assert number == 2.5
    assert type(array) is np.ndarray


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def multiplied() -> list[Any]:
    value: list[Any] = [0]
    for _ in range(40):
        value = [value, value]
    return value


def deep() -> Any:
    value: Any = 0
    for _ in range(100):
        value = [value]
    return value


@pytest.mark.parametrize("make", [cyclic, multiplied, deep])
def test_values_that_would_trap_their_reader_are_refused(make: Any) -> None:
    near, far = pair()
    with pytest.raises(WireError):
        near.decode(far.encode(("return",), make()))


@pytest.mark.parametrize(
    "value",
    [np.array(["a"]), np.array([object()]), object(), 1 << 800_000, print],
    ids=["text", "objects", "object", "integer", "function"],
)
def test_what_has_no_plain_form_is_refused_before_it_is_sent(value: Any) -> None:
    near, _ = pair()
    with pytest.raises(WireError):
        near.encode(("call",), value)
    assert near.encode(("call",), 1)


def test_what_is_forgotten_is_sent_anew() -> None:
    near, far = pair(kept_slots=2)
    held = []
    for n in range(5):
        near_list = [n]
        held.append(near_list)
        _, twin = far.decode(near.encode(("call",), near_list))
        twin.append(0)
        near.decode(far.encode(("return",), None))
        assert near_list == [n, 0]
        near.forget_old()
    assert len(near._objects) == 2
    far.decode(near.encode(("call",), None))
    assert len(far._objects) == 2


def test_what_nobody_holds_any_more_is_not_kept() -> None:
    near, far = pair()
    far.decode(near.encode(("call",), [np.ones(3)]))
    _, result = near.decode(far.encode(("return",), np.zeros(2)))
    near.forget_old()
    near.forget_old()
    assert [type(value) for value in near._objects.values()] == [np.ndarray]
    result[0] = 1
    del result
    near.forget_old()
    assert not near._objects
