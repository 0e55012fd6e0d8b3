"""Turns plain values into bytes and back, and keeps mutable values in step on both ends of the wire.

A list, dict, set, array or random generator gets a slot number when it first crosses. Later messages carry only the
slots whose content has changed since, in both directions, so a change in place on one end shows on the other, and an
object that comes back is the object that was sent. Everything else is copied. Both ends use one `Codec` each; the
hooks for functions and objects of classes come from the owner (`foreign`, `resolve`). Never pickle.
"""

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import msgpack
import numpy as np

from .contents import (
    BIT_GENERATORS,
    CODE_OF,
    DTYPES,
    NAME_OF,
    NAMED,
    WireError,
    array_bytes,
    array_from,
    as_plain,
    generator_from,
    generator_state,
    set_content,
)


@dataclass(frozen=True)
class WireLimits:
    """Bounds on what one message may hold. They are far above what a test needs, and low enough to be harmless."""

    frame_bytes: int = 64 << 20
    depth: int = 48  # nested containers; NumPy itself stops at 64 dimensions
    items: int = 2_000_000  # counted as often as they are reached, so that shared parts cannot multiply
    slots: int = 50_000  # mutable values in one message
    integer_bytes: int = 1 << 16
    kept_slots: int = 64  # mutable values kept in step after the call that sent them
    kept_bytes: int = 1 << 20


_INTEGER, _COMPLEX, _ARRAY, _SCALAR, _SLOT, _NAMED, _DTYPE, _FROZENSET, _RANGE, _SLICE, _FOREIGN = range(1, 12)
_CONTAINERS: Final = (list, dict, set)
_SLOT_STRUCT: Final = struct.Struct("<q")
_NO_BYTES: Final = b""


class Codec:
    """One end of the wire's memory.

    `parity` is 0 at the examiner's end and 1 at the runner's: each end numbers the slots that it makes with its own.
    `foreign(value)` gives the bytes that stand for a value with no plain form, or raises WireError.
    `resolve(bytes)` gives the value for such bytes.
    `lenient` (the runner's end) turns subclasses of plain types into the plain type.
    """

    def __init__(
        self,
        parity: int,
        foreign: Callable[[Any], bytes],
        resolve: Callable[[bytes], Any],
        limits: WireLimits | None = None,
        *,
        lenient: bool = False,
    ) -> None:
        self.limits = limits or WireLimits()
        self._parity = parity
        self._foreign = foreign
        self._resolve = resolve
        self._lenient = lenient
        self._next_slot = 2 + parity
        self._objects: dict[int, Any] = {}
        self._slot_of: dict[int, int] = {}
        self._known: dict[int, bytes] = {}  # slot -> content at the last exchange
        self._references: dict[int, msgpack.ExtType] = {}  # what stands for a slot in a message
        self._fresh: list[int] = []
        self._dropped: list[int] = []
        self._pack = _packer()
        self._exact: dict[type, Callable[[Any, int], Any]] = {
            type(None): _same,
            bool: _same,
            float: _same,
            str: _same,
            bytes: _same,
            int: self._integer,
            complex: _complex,
            tuple: self._tuple,
            frozenset: self._frozenset,
            range: self._range,
            slice: self._slice,
            list: self._slotted,
            dict: self._slotted,
            set: self._slotted,
            np.ndarray: self._array_value,
            np.random.Generator: self._generator_value,
        }

    # ------------------------------------------------------------------ sending

    def encode(self, head: tuple[Any, ...], body: Any) -> bytes:
        """Bytes of one message. `head` holds only None, bool, small int, float, str and tuples of them."""
        self._fresh = []
        changed: list[tuple[int, Any]] = []
        declared: list[tuple[int, str, Any]] = []
        try:
            value = self._value(body, 0)
            for slot in list(self._known):
                self._refresh(slot, changed)
            # Contents may mention values that have no slot yet; they join the queue while it is worked off.
            for count, slot in enumerate(self._fresh):
                if count >= self.limits.slots:
                    raise WireError(f"more than {self.limits.slots} lists, dicts or arrays in one message")
                self._declare(slot, declared, changed)
            parts = (head, tuple(self._dropped), tuple(declared), tuple(changed), value)
            frame = _NO_BYTES.join(map(self._pack, parts))
            if len(frame) > self.limits.frame_bytes:
                raise WireError(f"a message of {len(frame)} bytes is longer than the limit")
        except Exception as error:
            self._pack = _packer()
            for slot in self._fresh:
                self._remove(slot)
            for slot, _ in changed:
                if slot in self._known:
                    self._known[slot] = _NO_BYTES
            if isinstance(error, WireError):
                raise
            raise WireError(f"this value cannot cross the wire: {error}") from None
        self._dropped.clear()
        return frame

    def _value(self, value: Any, depth: int) -> Any:
        encoder = self._exact.get(type(value))
        if encoder is not None:
            return encoder(value, depth)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if issubclass(kind, np.generic):
            code = CODE_OF.get(value.dtype)
            if code is not None:
                return msgpack.ExtType(_SCALAR, bytes((code,)) + value.tobytes())
        name = NAME_OF.get(id(value))
        if name is not None:
            return msgpack.ExtType(_NAMED, name.encode())
        if issubclass(kind, np.dtype) and value in CODE_OF:
            return msgpack.ExtType(_DTYPE, bytes((CODE_OF[value],)))
        if self._lenient:
            plain = as_plain(value, kind)
            if plain is not value:
                return self._value(plain, depth)
        return msgpack.ExtType(_FOREIGN, self._foreign(value))

    def _integer(self, value: int, depth: int) -> Any:
        if -0x8000000000000000 <= value <= 0xFFFFFFFFFFFFFFFF:
            return value
        length = value.bit_length() // 8 + 1
        if length > self.limits.integer_bytes:
            raise WireError(f"an integer of {length} bytes is longer than the limit")
        return msgpack.ExtType(_INTEGER, value.to_bytes(length, "little", signed=True))

    def _tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        if depth >= self.limits.depth:
            raise WireError(f"values nested more than {self.limits.depth} deep")
        return tuple([self._value(item, depth + 1) for item in value])

    def _frozenset(self, value: frozenset[Any], depth: int) -> Any:
        return msgpack.ExtType(_FROZENSET, self._nested(tuple(value), depth))

    def _range(self, value: range, depth: int) -> Any:
        return msgpack.ExtType(_RANGE, self._nested((value.start, value.stop, value.step), depth))

    def _slice(self, value: slice, depth: int) -> Any:
        return msgpack.ExtType(_SLICE, self._nested((value.start, value.stop, value.step), depth))

    def _nested(self, value: tuple[Any, ...], depth: int) -> bytes:
        return bytes(msgpack.packb(self._tuple(value, depth + 1), unicode_errors="surrogatepass"))

    def _slotted(self, value: Any, depth: int) -> Any:
        slot = self._slot_of.get(id(value))
        if slot is None:
            slot = self._adopt(value)
        reference = self._references.get(slot)
        if reference is None:
            reference = self._references[slot] = msgpack.ExtType(_SLOT, _SLOT_STRUCT.pack(slot))
        return reference

    def _adopt(self, value: Any) -> int:
        slot = self._next_slot
        self._next_slot += 2
        self._objects[slot] = value
        self._slot_of[id(value)] = slot
        self._fresh.append(slot)
        return slot

    def _array_value(self, value: np.ndarray, depth: int) -> Any:
        if value.dtype not in CODE_OF and value.dtype.newbyteorder("=") not in CODE_OF:
            return msgpack.ExtType(_FOREIGN, self._foreign(value))
        return self._slotted(value, depth)

    def _generator_value(self, value: np.random.Generator, depth: int) -> Any:
        if type(value.bit_generator).__name__ not in BIT_GENERATORS:
            return msgpack.ExtType(_FOREIGN, self._foreign(value))
        return self._slotted(value, depth)

    def _content(self, value: Any) -> Any:
        kind = type(value)
        if kind is np.ndarray:
            return array_bytes(value)
        if kind is list:
            return tuple([self._value(item, 1) for item in value])
        if kind is dict:
            return tuple([(self._value(key, 1), self._value(item, 1)) for key, item in value.items()])
        if kind is set:
            return tuple([self._value(item, 1) for item in value])
        return self._value(generator_state(value), 1)

    def _refresh(self, slot: int, changed: list[tuple[int, Any]]) -> None:
        value = self._objects[slot]
        content = self._content(value)
        packed = content if type(content) is bytes else self._pack(content)
        if packed != self._known[slot]:
            self._known[slot] = packed
            changed.append((slot, content))

    def _declare(self, slot: int, declared: list[tuple[int, str, Any]], changed: list[tuple[int, Any]]) -> None:
        value = self._objects[slot]
        content = self._content(value)
        self._known[slot] = content if type(content) is bytes else self._pack(content)
        kind = type(value)
        if kind in _CONTAINERS:
            declared.append((slot, kind.__name__[0], None))
            changed.append((slot, content))
        else:
            declared.append((slot, "a" if kind is np.ndarray else "g", content))

    # ------------------------------------------------------------------ receiving

    def decode(self, frame: bytes) -> tuple[tuple[Any, ...], Any]:
        """(head, body) of one message. Raises WireError whatever the bytes are; on that, nothing may be reused."""
        limits = self.limits
        self._budget = limits.items
        unpacker = msgpack.Unpacker(
            use_list=False,
            raw=False,
            ext_hook=self._extension,
            unicode_errors="surrogatepass",
            max_buffer_size=limits.frame_bytes,
            max_str_len=limits.frame_bytes,
            max_bin_len=limits.frame_bytes,
            max_array_len=limits.items,
            max_map_len=0,
            max_ext_len=limits.frame_bytes,
        )
        try:
            unpacker.feed(frame)
            head = unpacker.unpack()
            if type(head) is not tuple or not head:
                raise WireError("a message without a head")
            self._forget(unpacker.unpack())
            self._receive_declared(unpacker.unpack())
            touched = self._receive_changed(unpacker.unpack())
            body = unpacker.unpack()
            if unpacker.tell() != len(frame):
                raise WireError("bytes after the end of a message")
            self._measure(touched, body)
        except WireError:
            raise
        except (ValueError, TypeError, OverflowError, LookupError, AttributeError, msgpack.UnpackException) as error:
            raise WireError(f"malformed message: {type(error).__name__}") from None
        except (RecursionError, MemoryError, RuntimeError, struct.error, BufferError) as error:
            raise WireError(f"malformed message: {type(error).__name__}") from None
        return head, body

    def _forget(self, slots: Any) -> None:
        if type(slots) is not tuple or not all(type(slot) is int for slot in slots):
            raise WireError("a list of forgotten slots that is none")
        for slot in slots:
            self._remove(slot)

    def _remove(self, slot: int) -> None:
        if slot in self._objects:
            value = self._objects.pop(slot)
            self._slot_of.pop(id(value), None)
            self._known.pop(slot, None)
            self._references.pop(slot, None)

    def _receive_declared(self, declared: Any) -> None:
        if type(declared) is not tuple or len(declared) > self.limits.slots:
            raise WireError("too many lists, dicts or arrays in one message")
        for slot, kind, content in declared:
            if type(slot) is not int or slot < 2 or slot % 2 == self._parity or slot in self._objects:
                raise WireError("a slot number that is not free")
            value: Any
            if kind in ("l", "d", "s"):
                value = {"l": list, "d": dict, "s": set}[kind]()
                self._known[slot] = _NO_BYTES
            elif kind == "a":
                value = array_from(content)
                self._known[slot] = content
            elif kind == "g":
                value = generator_from(content)
                self._known[slot] = self._pack(self._value(generator_state(value), 1))
            else:
                raise WireError("an unknown kind of value")
            self._objects[slot] = value
            self._slot_of[id(value)] = slot

    def _receive_changed(self, changed: Any) -> list[int]:
        if type(changed) is not tuple or len(changed) > self.limits.slots + self.limits.kept_slots:
            raise WireError("too many changes in one message")
        touched = []
        for slot, content in changed:
            value = self._objects.get(slot) if type(slot) is int else None
            if value is None:
                raise WireError("a change to a value that nobody sent")
            set_content(value, content)
            touched.append(slot)
        for slot in touched:
            content = self._content(self._objects[slot])
            self._known[slot] = content if type(content) is bytes else self._pack(content)
        return touched

    def _extension(self, code: int, data: bytes) -> Any:
        self._budget -= 1
        if self._budget < 0:
            raise WireError("too many values in one message")
        if code == _SLOT:
            try:
                return self._objects[_SLOT_STRUCT.unpack(data)[0]]
            except KeyError:
                raise WireError("a value that nobody sent") from None
        if code == _SCALAR:
            dtype = DTYPES[data[0]]
            if len(data) != 1 + dtype.itemsize:
                raise WireError("a number of the wrong length")
            return np.frombuffer(data, dtype, 1, 1)[0]
        if code == _INTEGER:
            if len(data) > self.limits.integer_bytes:
                raise WireError("an integer that is longer than the limit")
            return int.from_bytes(data, "little", signed=True)
        if code == _COMPLEX:
            return complex(*struct.unpack("<dd", data))
        if code == _FOREIGN:
            return self._resolve(data)
        if code == _NAMED:
            return NAMED[data.decode()]
        if code == _DTYPE:
            (index,) = data
            return DTYPES[index]
        if code in (_FROZENSET, _RANGE, _SLICE):
            return self._nested_value(code, data)
        raise WireError("an unknown kind of value")

    def _nested_value(self, code: int, data: bytes) -> Any:
        if code == _FROZENSET:
            items = msgpack.unpackb(
                data, use_list=False, ext_hook=self._extension, unicode_errors="surrogatepass", max_map_len=0
            )
            if type(items) is not tuple:
                raise WireError("a set that is none")
            return frozenset(items)
        parts = msgpack.unpackb(data, use_list=False, ext_hook=self._extension, max_map_len=0)
        if code == _RANGE:
            if not all(type(part) is int for part in parts):
                raise WireError("a range that is none")
            return range(*parts)
        start, stop, step = parts
        return slice(start, stop, step)

    def _measure(self, touched: list[int], body: Any) -> None:
        """Bound depth and size as they would be met by code that walks the values, shared parts counted each time."""
        sizes: dict[int, tuple[int, int]] = {}
        open_: set[int] = set()

        def walk(value: Any, depth: int) -> tuple[int, int]:
            kind = type(value)
            if kind not in _WALKED:
                return 1, 0
            if depth > self.limits.depth:
                raise WireError(f"values nested more than {self.limits.depth} deep")
            key = id(value)
            if key in sizes:
                if depth + sizes[key][1] > self.limits.depth:
                    raise WireError(f"values nested more than {self.limits.depth} deep")
                return sizes[key]
            if key in open_:
                raise WireError("a value that contains itself")
            open_.add(key)
            total, deepest = 1, 0
            parts = value if kind is not dict else [*value.keys(), *value.values()]
            for part in parts:
                if type(part) in _WALKED:
                    size, below = walk(part, depth + 1)
                    total += size
                    deepest = max(deepest, below)
                else:
                    total += 1
            open_.discard(key)
            if total > self.limits.items:
                raise WireError("too many values in one message")
            sizes[key] = total, deepest + 1
            return sizes[key]

        walk(body, 0)
        for slot in touched:
            walk(self._objects[slot], 0)

    # ------------------------------------------------------------------ memory

    def forget_old(self) -> None:
        """Between calls, the examiner's end keeps in step only what its code still holds, and of that the newest."""
        for slot in list(self._known):
            # Two references, the table's and the argument's: nobody here can see a change.
            if sys.getrefcount(self._objects[slot]) <= 2:
                self._drop(slot)
        if len(self._known) > self.limits.kept_slots:
            for slot in list(self._known)[: -self.limits.kept_slots]:
                self._drop(slot)
        kept = sum(map(len, self._known.values()))
        for slot in list(self._known):
            if kept <= self.limits.kept_bytes:
                return
            kept -= len(self._known[slot])
            self._drop(slot)

    def _drop(self, slot: int) -> None:
        self._remove(slot)
        self._dropped.append(slot)

    def forget_all(self) -> None:
        for slot in list(self._objects):
            self._drop(slot)


_WALKED: Final = frozenset((tuple, list, dict, set, frozenset))


def _packer() -> Callable[[Any], bytes]:
    packer = msgpack.Packer(use_bin_type=True, unicode_errors="surrogatepass", strict_types=False)
    return cast(Callable[[Any], bytes], packer.pack)


def _same(value: Any, depth: int) -> Any:
    return value


def _complex(value: complex, depth: int) -> Any:
    return msgpack.ExtType(_COMPLEX, struct.pack("<dd", value.real, value.imag))
