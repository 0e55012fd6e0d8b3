"""What an array, a random generator or a container holds, as plain data and back, and the types that have names.

Only the codec calls it. A name that is not in the tables is never looked up anywhere else, so a reply cannot choose a
class of its own.
"""

import builtins
import re
import struct
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import numpy as np


class WireError(Exception):
    """What came over the wire is not a message of ours, or a value has no plain form."""


_TOO_LARGE: Final = {
    "array": "an array of {} dimensions, the longest of {}",
    "bytes": "a message of {} bytes, where {} are the limit",
    "changes": "more than {} changes in one message",
    "containers": "more than {} lists, dicts, sets and arrays in one message",
    "cycle": "a value that contains itself",
    "depth": "values nested more than {} deep",
    "integer": "an integer of {} bytes, where {} are the limit",
    "objects": "more than {} functions, classes and objects in one test",
    "values": "more than {} values in one message",
}


class TooLarge(WireError):  # noqa: N818  (says what is wrong)
    """A value exceeds one of the wire's limits. Who sends measures as who receives does.

    reason: which of them, and the numbers of the sentence about it.
    """

    def __init__(self, what: str, *numbers: int) -> None:
        super().__init__(_TOO_LARGE[what].format(*numbers))
        self.reason = (what, *numbers)

    @classmethod
    def told(cls, reason: Any) -> "TooLarge | None":
        """What the other end says to be too large; None where that is no reason of ours."""
        if type(reason) is not tuple or not reason or type(reason[0]) is not str or reason[0] not in _TOO_LARGE:
            return None
        numbers = reason[1:]
        whole = len(numbers) == _TOO_LARGE[reason[0]].count("{}")
        return cls(*reason) if whole and all(type(n) is int and 0 <= n < 1 << 63 for n in numbers) else None


_KINDS: Final = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "g", "c8", "c16", "G")
DTYPES: Final = tuple(np.dtype(kind) for kind in _KINDS)
CODE_OF: Final = {dtype: code for code, dtype in enumerate(DTYPES)}
_MAX_DIMENSION: Final = 1 << 40
_MAX_DIMENSIONS: Final = 32
_SAME_HASH: Final = (
    100  # keys of a set or a dict; of 64 bits two share one by chance in no message that there is room for
)
# Bit generators whose state is a few integers with simple bounds. Others index memory by their state.
BIT_GENERATORS: Final = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM}

# An exception that ends an iteration or the process would steer the examiner's own loops: `all(map(f, xs))` is True
# when f raises StopIteration at once. Such an exception arrives as StudentError.
_STEERING = (StopIteration, StopAsyncIteration, BaseExceptionGroup)

BUILTIN_ERRORS: Final[dict[str, type[Exception]]] = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, _STEERING)
} | {"LinAlgError": np.linalg.LinAlgError, "AxisError": np.exceptions.AxisError}

WARNING_CATEGORIES: Final[dict[str, type[Warning]]] = {
    name: value for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Warning)
} | {
    "ComplexWarning": np.exceptions.ComplexWarning,
    "VisibleDeprecationWarning": np.exceptions.VisibleDeprecationWarning,
}


def _named_types() -> dict[str, Any]:
    plain = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, object, type(None))
    table: dict[str, Any] = {f"builtins.{kind.__name__}": kind for kind in plain}
    table |= {f"builtins.{name}": kind for name, kind in BUILTIN_ERRORS.items() if kind.__module__ == "builtins"}
    for code in "?bBhHiIlLqQefdFD":
        kind = np.dtype(code).type
        table[f"numpy.{kind.__name__}"] = kind
    for name in ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "ndarray"):
        table[f"numpy.{name}"] = getattr(np, name)
    table["..."] = ...
    return table


NAMED: Final[dict[str, Any]] = _named_types()
NAME_OF: Final[dict[int, str]] = {id(value): name for name, value in reversed(NAMED.items())}


_FRACTION: Final = re.compile(r"(-?[0-9]{1,4000})(?:/(0*[1-9][0-9]{0,3999}))?")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,4000}(\.[0-9]{1,4000})?(E[+-][0-9]{1,4})?")  # more would take long


def _fraction(text: str) -> Fraction:
    found = _FRACTION.fullmatch(text)
    if found is None:
        raise WireError("a fraction that is none")
    return Fraction(int(found[1]), int(found[2] or 1))


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise WireError("a decimal number that is none")
    return Decimal(text)


def _interval(text: str) -> timedelta:
    days, seconds, microseconds = map(int, text.split())
    return timedelta(days, seconds, microseconds)


# How a value is written that can be read again without executing anything, by its type.
WRITTEN: Final[dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]]] = {
    Fraction: (str, _fraction),
    Decimal: (str, _decimal),
    date: (date.isoformat, date.fromisoformat),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    timedelta: (lambda value: f"{value.days} {value.seconds} {value.microseconds}", _interval),
}
_WRITTEN_KINDS: Final = tuple(WRITTEN)


def written(value: Any) -> bytes | None:
    """A value of one of the types of `WRITTEN` as `read` reads it; None where it would not come back the same."""
    write, again = WRITTEN[type(value)]
    try:
        text = write(value)
        same = again(text) == value and getattr(value, "tzinfo", None) is None
    except (ValueError, TypeError, ArithmeticError, WireError):
        return None
    return bytes((_WRITTEN_KINDS.index(type(value)),)) + text.encode() if same else None


def read(data: bytes) -> Any:
    """The value that `written` gave. Raises as `array_from` does."""
    if len(data) > 8100:
        raise WireError("a number that is too long")
    return WRITTEN[_WRITTEN_KINDS[data[0]]][1](data[1:].decode())


def as_plain(value: Any, kind: type) -> Any:
    """The plain value under a subclass of a plain type, read without the subclass's own methods."""
    if issubclass(kind, np.ndarray):
        return value if kind is np.ndarray else np.ndarray.view(value, np.ndarray)
    if issubclass(kind, str):
        return str.__str__(value)
    for base, reader in (
        (int, int.__int__),
        (float, float.__float__),
        (bytes, bytes.__bytes__),
    ):
        if issubclass(kind, base):
            return reader(value)
    if issubclass(kind, complex):
        return complex.__complex__(value)
    for container in (list, tuple, set, frozenset):
        if issubclass(kind, container):
            return container(container.__iter__(value))
    if issubclass(kind, dict):
        return dict(dict.items(value))
    return value


def slot_kind(value: Any) -> type:
    """The plain type of a value that has a slot: that of which it is a subclass, where it is one of the student's."""
    return next((kind for kind in (list, dict, set, np.ndarray) if isinstance(value, kind)), type(value))


def array_bytes(value: np.ndarray) -> bytes:
    """Dtype, shape and elements of an array whose dtype has a code, in the byte order of this machine."""
    dtype = value.dtype
    code = CODE_OF.get(dtype)
    if code is None:
        code = CODE_OF[dtype.newbyteorder("=")]
        value = value.astype(dtype.newbyteorder("="))
    return _array_header(code, value.shape) + value.tobytes()


def layout_of(value: np.ndarray) -> str:
    """How an array lies in memory: "" row by row, "f" column by column, "s" as a slice with a step."""
    return "" if value.flags.c_contiguous else "f" if value.flags.f_contiguous else "s"


def laid_out(value: np.ndarray, layout: str) -> np.ndarray:
    return np.repeat(value, 2, axis=-1)[..., ::2] if layout == "s" else np.asfortranarray(value)


@lru_cache(maxsize=1024)
def _array_header(code: int, shape: tuple[int, ...]) -> bytes:
    if len(shape) > _MAX_DIMENSIONS or max(shape, default=0) > _MAX_DIMENSION:
        raise TooLarge("array", len(shape), max(shape))
    return struct.pack(f"<BB{len(shape)}q", code, len(shape), *shape)


def _array_parts(content: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    if type(content) is not bytes or len(content) < 2:
        raise WireError("an array without a header")
    dtype, ndim = DTYPES[content[0]], content[1]
    if ndim > _MAX_DIMENSIONS:
        raise WireError(f"an array of more than {_MAX_DIMENSIONS} dimensions")
    shape = struct.unpack_from(f"<{ndim}q", content, 2)
    start = 2 + 8 * ndim
    count = 1
    for length in shape:
        if not 0 <= length <= _MAX_DIMENSION:
            raise WireError("an array with an impossible shape")
        count *= length
    if count * dtype.itemsize != len(content) - start:
        raise WireError("an array whose shape and bytes differ")
    return dtype, shape, start


def check_change(before: bytes, now: bytes) -> None:
    """Raises WireError where an array cannot have become the other one on the other end, by a change in place."""
    (old, _, old_start), (new, _, new_start) = _array_parts(before), _array_parts(now)
    if old != new or len(before) - old_start != len(now) - new_start:
        raise WireError("an array that changed its dtype or its size in place")


def array_from(content: Any) -> np.ndarray:
    """The array that `array_bytes` gave. Raises WireError, or another error of Python's, whatever `content` is."""
    dtype, shape, start = _array_parts(content)
    if len(content) == start:
        return np.empty(shape, dtype)
    if dtype.kind == "b":  # other bytes than 0 and 1 are no booleans, and NumPy does not check
        return np.asarray(np.frombuffer(content, np.uint8, offset=start).reshape(shape) != 0)
    return np.frombuffer(content, dtype, offset=start).reshape(shape).copy()


def check_hashes(keys: Iterable[Any]) -> None:
    """Raises WireError where many keys share a hash: to make a set or a dict of them takes the square of their number.

    Integers that are equal modulo 2**61 - 1 do, by the rule of CPython's documentation ("Hashing of numeric types").
    """
    seen: dict[int, int] = {}
    for key in keys:
        number = hash(key)
        seen[number] = times = seen.get(number, 0) + 1
        if times > _SAME_HASH:
            raise WireError("a set or a dict of keys that all have one hash")


def set_content(value: Any, content: Any, *, trusted: bool) -> None:
    """Give an array, generator or container that is held here already the content that has arrived.

    trusted: the content comes from the examiner, which may write where the student may not.
    """
    kind = slot_kind(value)
    if kind is np.ndarray:
        value = value if type(value) is kind else np.ndarray.view(value, np.ndarray)
        fresh = array_from(content)
        if fresh.dtype != value.dtype.newbyteorder("=") or fresh.size != value.size:
            raise WireError("an array that changed its dtype or its size")
        if fresh.shape != value.shape:
            value.shape = fresh.shape
        if fresh.tobytes() != value.tobytes():
            if not value.flags.writeable:
                if not trusted:
                    raise WireError("a change to a read-only array")
                value.flags.writeable = True
            value[...] = fresh
        return
    if kind is np.random.Generator:
        other = generator_from(content)
        if type(other.bit_generator) is not type(value.bit_generator):
            raise WireError("a random generator that changed its kind")
        value.bit_generator.state = other.bit_generator.state
        return
    if type(content) is not tuple:
        raise WireError("a container without content")
    if kind is list:
        list.__setitem__(value, slice(None), content)
    elif kind is set:
        check_hashes(content)
        fresh_set = set(content)
        set.clear(value)
        set.update(value, fresh_set)
    else:
        pairs = {}
        if not all(type(pair) is tuple and pair for pair in content):
            raise WireError("a dict without pairs")
        check_hashes(pair[0] for pair in content)
        for pair in content:
            key, item = pair
            pairs[key] = item
        dict.clear(value)
        dict.update(value, pairs)


def generator_state(value: np.random.Generator) -> tuple[Any, ...]:
    """Kind and state of a generator whose kind has an entry in `BIT_GENERATORS`."""
    state = value.bit_generator.state
    inner = state["state"]
    return state["bit_generator"], inner["state"], inner["inc"], state["has_uint32"], state["uinteger"]


def generator_from(content: Any) -> np.random.Generator:
    """The generator whose state `generator_state` gave. Raises as `array_from` does."""
    name, state, increment, has_uint32, uinteger = content
    if name not in BIT_GENERATORS or not all(type(part) is int for part in content[1:]):
        raise WireError("a random generator with an impossible state")
    if not (0 <= state < 1 << 128 and 0 <= increment < 1 << 128 and has_uint32 in (0, 1) and 0 <= uinteger < 1 << 32):
        raise WireError("a random generator with an impossible state")
    bits = BIT_GENERATORS[name](0)
    bits.state = {
        "bit_generator": name,
        "state": {"state": state, "inc": increment},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(bits)
