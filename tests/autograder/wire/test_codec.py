"""Whatever plain value goes onto the wire comes back the same; whatever bytes come in end in a value or a WireError."""

import contextlib
import copy
import math
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wire import OUTPUT, Codec, TooLarge, WireError, WireLimits


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
    | st.fractions()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
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


@pytest.mark.parametrize(
    "value", [Decimal("1E+100000"), Decimal("NaN"), Fraction(10**5000), datetime(2026, 1, 2, tzinfo=UTC)]
)
def test_what_would_take_long_or_come_back_otherwise_is_not_written(value: Any) -> None:
    with pytest.raises(WireError, match="no plain form"):
        cross(value)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=40) | st.from_regex(rb"[\x00-\x04]-?[0-9]*/?[0-9]*", fullmatch=True))
@example(b"\x001/0")
@example(b"\x00" + b"9" * 9000)
@example(b"\x011E+999999")
@example(b"\x04999999999999 0 0")
def test_any_bytes_for_a_number_or_a_date_end_in_a_value_or_a_wire_error(data: bytes) -> None:
    near, far = pair()
    frame = far.encode(("return",), Fraction(1, 2))
    body = msgpack.packb(msgpack.ExtType(12, data))
    with contextlib.suppress(WireError):
        near.decode(frame[: -len(msgpack.packb(msgpack.ExtType(12, b"\x001/2")))] + body)


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


def test_an_array_lies_in_the_students_memory_as_in_the_tests() -> None:
    table = np.arange(12.0).reshape(3, 4)
    for array in (table, table.T, table[:, ::2], table[::-1], np.array(1.0)):
        here = array.copy() if array is table else array
        there = cross(here)
        assert np.array_equal(there, here)
        assert there.flags.c_contiguous == here.flags.c_contiguous
        assert there.flags.f_contiguous == here.flags.f_contiguous
    near, far = pair()
    turned = np.arange(6.0).reshape(2, 3).T
    there = far.decode(near.encode(("call",), turned))[1]
    there *= 2
    near.decode(far.encode(("value",), there))
    assert turned.tolist() == [[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]]


def test_a_student_cannot_ask_for_a_memory_layout_in_the_examiner() -> None:
    near, far = pair()
    back = near.decode(far.encode(("value",), np.arange(6.0).reshape(2, 3).T))[1]
    assert back.flags.c_contiguous
    near, far = pair()
    frame = far.encode(("value",), np.arange(6.0))
    assert b"\xa1a\xc4" in frame
    with pytest.raises(WireError):
        near.decode(frame.replace(b"\xa1a\xc4", b"\xa2as\xc4"))


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


class Many(list[Any]):
    pass


class Open(dict[str, Any]):
    def __getattr__(self, name: str) -> Any:
        return self[name]


Named = namedtuple("Named", ["x", "scale"])


def test_a_subclass_comes_back_as_the_students_own_object() -> None:
    near, far = pair()
    x = np.arange(3.0)
    own = (Open(x=x), Many([x, 2.0]), np.ma.masked_array([1.0, 2.0], mask=[True, False]), Named(x, np.float64(0.5)))
    _, sent = near.decode(far.encode(("return",), own))
    assert [type(value) for value in sent] == [dict, list, np.ndarray, tuple]
    _, back = far.decode(near.encode(("call",), sent))
    assert all(far.own(value) is mine for value, mine in zip(back, own, strict=True))


def test_a_change_by_the_other_end_reaches_a_subclass_and_one_of_the_student_is_seen() -> None:
    near, far = pair()
    own = Open(x=np.zeros(2), n=1)
    _, sent = near.decode(far.encode(("return",), own))
    sent["n"], sent["x"][0] = 2, 5.0
    far.decode(near.encode(("call",), None))
    assert (own.n, own.x.tolist(), type(own)) == (2, [5.0, 0.0], Open)
    own["m"] = 3
    near.decode(far.encode(("return",), None))
    assert sent["m"] == 3


def test_another_tuple_is_not_taken_for_the_students() -> None:
    near, far = pair()
    own = Named(np.arange(3.0), 0.5)
    _, sent = near.decode(far.encode(("return",), own))
    _, back = far.decode(near.encode(("call",), (sent[0], 0.25)))
    assert far.own(back) is back


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
    for _ in range(120):
        value = [value]
    return value


@pytest.mark.parametrize("make", [cyclic, multiplied, deep])
def test_values_that_would_trap_their_reader_are_refused(make: Any) -> None:
    near, far = pair()
    with pytest.raises(TooLarge):  # at the end that sends them
        far.encode(("return",), make())
    far.decode(near.encode(("call",), 1))
    far._lenient = False  # a student's process that does not measure what it sends
    with pytest.raises(WireError):
        near.decode(far.encode(("return",), make()))


def tuples(depth: int, inner: Any) -> Any:
    for _ in range(depth):
        inner = (inner,)
    return inner


def lists(depth: int) -> Any:
    return [lists(depth - 1)] if depth else 0


FLAT, NESTED = [[n] for n in range(10)], [lists(4)]


def all_longer(given: Any, more: list[Any]) -> None:
    for one in given:
        one.extend(more)


# What the student's end does with the lists that it was given, ten flat ones or a nested one; what it sends then is
# beyond very small limits.
BEYOND: dict[str, tuple[list[Any], Callable[[Any], Any]]] = {
    "tuples around a list of tuples": (FLAT, lambda given: tuples(5, [tuples(5, 0)])),
    "tuples around a known list of lists": (NESTED, lambda given: tuples(6, given[0])),
    "lists in a known list": (FLAT, lambda given: given[0].append(lists(9))),
    "one list many times": (FLAT, lambda given: ([0] * 40,) * 10),
    "a known list many times": (FLAT, lambda given: (given[0].extend([0] * 40), (given[0],) * 10)),
    "numbers in many lists": (FLAT, lambda given: all_longer(given, [np.float64(0)] * 40)),
    "changes of many lists": (FLAT, lambda given: (all_longer(given, [0]), [[] for _ in range(13)])),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_the_other_end_would_refuse_is_not_sent_and_costs_no_more_than_what_was_in_step(name: str) -> None:
    near, far = pair(depth=8, items=300, slots=20, kept_slots=2)
    given_before, change = BEYOND[name]
    ours = copy.deepcopy(given_before)
    _, theirs = far.decode(near.encode(("call",), tuple(ours)))
    value = change(theirs)
    with pytest.raises(TooLarge):
        far.encode(("return",), value)
    far.forget_all()
    assert near.decode(far.encode(("return",), [1]))[1] == [1]
    assert ours == given_before
    assert far.decode(near.encode(("call",), ours[0]))[1] == ours[0]


TREES = st.recursive(
    st.integers(0, 3) | st.just(np.float64(1)) | st.just(Many()) | st.builds(np.zeros, st.integers(0, 3)),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.lists(inner, max_size=5).map(Many)
        | st.dictionaries(st.integers(0, 9), inner, max_size=5)
        | inner.map(lambda value: [value, value])
    ),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(TREES, TREES, st.integers(1, 12), st.integers(20, 90))
@example([[[]], [[]]], [[[]], [[]]], 4, 20)  # more changes than items
def test_what_one_end_sends_is_never_too_large_for_the_other(first: Any, second: Any, depth: int, items: int) -> None:
    near, far = pair(depth=depth, items=items, slots=20)
    held: list[Any] = []
    for value in (first, (second, first), second):
        try:
            frame = far.encode(("return",), value)
        except TooLarge:
            continue
        held.append(near.decode(frame))
        far.decode(near.encode(("call",), None))


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


ONE_HASH = [number * (2**61 - 1) for number in range(2_000)]


@pytest.mark.parametrize(
    "value", [frozenset(ONE_HASH), set(ONE_HASH), dict.fromkeys(ONE_HASH)], ids=lambda v: type(v).__name__
)
def test_keys_that_share_one_hash_are_refused(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """To make a set of them takes the square of their number: here, of what nobody could wait for."""
    near, far = pair()
    frame = near.encode(("call",), value)
    with pytest.raises(WireError, match="one hash"):
        far.decode(frame)


def test_sets_and_dicts_of_ordinary_keys_cross() -> None:
    for value in ({-1, -2, 1.0, math.inf, "a", (1, 2)}, set(range(5000)), {float(k): k for k in range(5000)}):
        assert cross(value) == value
    assert len(cross({float("nan") for _ in range(500)})) == 500


def test_an_output_says_nothing_of_what_has_changed_and_the_next_message_does() -> None:
    near, far = pair()
    _, there = far.decode(near.encode(("call",), [1]))
    there.append(2)
    assert near.decode(far.encode((OUTPUT, b"token"), ("stream", "stdout", "x"))) == (
        (OUTPUT, b"token"),
        ("stream", "stdout", "x"),
    )
    assert near.decode(far.encode(("return",), there))[1] == [1, 2]
