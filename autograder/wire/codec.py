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
    WRITTEN,
    TooLarge,
    WireError,
    array_bytes,
    array_from,
    as_plain,
    check_change,
    check_hashes,
    generator_from,
    generator_state,
    laid_out,
    layout_of,
    read,
    set_content,
    slot_kind,
    written,
)

OUTPUT: Final = "output"
"""The first part of the head of a message that holds an output of a cell."""


@dataclass(frozen=True)
class WireLimits:
    """Bounds on what one message may hold. They are far above what a test needs, and low enough to be harmless."""

    frame_bytes: int = 256 << 20
    depth: int = 100  # nested containers
    items: int = 5_000_000  # counted as often as they are reached, so that shared parts cannot multiply
    slots: int = 200_000  # mutable values in one message
    objects: int = 20_000  # functions, classes and objects of the student's in one test
    integer_bytes: int = 1 << 16
    kept_slots: int = 64  # mutable values kept in step after the call that sent them
    kept_bytes: int = 1 << 20


_INTEGER, _COMPLEX, _ARRAY, _SCALAR, _SLOT, _NAMED, _DTYPE, _FROZENSET, _RANGE, _SLICE, _FOREIGN, _WRITTEN = range(
    1, 13
)
_CONTAINERS: Final = (list, dict, set)
_SLOT_STRUCT: Final = struct.Struct("<q")
_NO_BYTES: Final = b""


class Codec:
    """One end of the wire's memory.

    `parity` is 0 at the examiner's end and 1 at the runner's: each end numbers the slots that it makes with its own.
    `foreign(value)` gives the bytes that stand for a value with no plain form, or raises WireError.
    `resolve(bytes)` gives the value for such bytes.
    `lenient` (the runner's end) sends subclasses of plain types as the plain type and gives the student's own object
    where it comes back. What arrives there is trusted.

    Each end measures what it sends as the other does: a large value is an error that names the limit, and no breach of
    the protocol.
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
        self._most = self.limits.items
        self._small = min(self.limits.frame_bytes, self.limits.items, self.limits.slots)  # bytes: within every limit
        self._parity = parity
        self._foreign = foreign
        self._resolve = resolve
        self._lenient = lenient
        self._alone = False  # whether the message that is read is an output
        self._next_slot = 2 + parity
        self._objects: dict[int, Any] = {}
        self._slot_of: dict[int, int] = {}
        self._known: dict[int, bytes] = {}  # slot -> content at the last exchange
        self._references: dict[int, msgpack.ExtType] = {}  # what stands for a value with a slot in a message
        self._fresh: list[int] = []
        self._dropped: list[int] = []
        self._pack = _packer()
        # Of the message under way: whether a container holds another one, how deep tuples nest, the longest content.
        self._linked, self._deepest, self._longest = False, 0, 0
        self._own_tuples: dict[tuple[Any, ...], Any] = {}  # of subclasses of the student's, by what is in them
        self._nesting = _NESTING  # types whose values hold others: the plain ones, and subclasses that were met
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
            list: self._container,
            dict: self._container,
            set: self._container,
            np.ndarray: self._array_value,
            np.random.Generator: self._generator_value,
        }

    # ------------------------------------------------------------------ sending

    def encode(self, head: tuple[Any, ...], body: Any) -> bytes:
        """Bytes of one message. `head` holds only None, bool, small int, float, str and tuples of them.

        An output, of which there may be any number, holds plain data and says nothing of what has changed elsewhere.
        """
        self._fresh = []
        self._linked, self._deepest, self._longest = False, 0, 0
        changed: list[tuple[int, Any]] = []
        declared: list[tuple[int, str, Any]] = []
        before: dict[int, bytes] = {}
        try:
            value = self._value(body, 0)
            refers, self._linked, outer, self._deepest = self._linked, False, self._deepest, 0
            for slot in list(self._known) if head[0] != OUTPUT else ():
                self._refresh(slot, changed, before)
            # Contents may mention values that have no slot yet; they join the queue while it is worked off.
            for count, slot in enumerate(self._fresh):
                if count >= self.limits.slots:
                    raise TooLarge("containers", self.limits.slots)
                self._declare(slot, declared, changed)
            parts = (head, tuple(self._dropped), tuple(declared), tuple(changed), value)
            packed = tuple(map(self._pack, parts))
            frame = _NO_BYTES.join(packed)
            if len(frame) > self._small:
                self._measure_frame(parts, len(frame))
            # Each value takes a byte at least; where no container holds another one, nothing multiplies or nests.
            flat = not self._linked and outer + self._deepest + 2 <= self.limits.depth
            short = len(packed[-1]) * (1 + self._longest) <= self._most
            if not short or not (flat or not (refers or changed)):
                self._measure([slot for slot, _ in changed], body)
        except Exception as error:
            # The other end knows nothing of it: all is as before.
            self._pack = _packer()
            for slot in self._fresh:
                self._remove(slot)
            self._known |= before
            if isinstance(error, WireError):
                raise
            raise WireError(f"this value cannot cross the wire: {error}") from None
        self._dropped.clear()
        return frame

    def _measure_frame(self, parts: tuple[Any, ...], length: int) -> None:
        limits = self.limits
        if length > limits.frame_bytes:
            raise TooLarge("bytes", length, limits.frame_bytes)
        if len(parts[3]) > limits.slots + limits.kept_slots:
            raise TooLarge("changes", limits.slots + limits.kept_slots)
        if length > limits.items and _extensions(parts) > limits.items:
            raise TooLarge("values", limits.items)

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
        if kind in WRITTEN and (text := written(value)):
            return msgpack.ExtType(_WRITTEN, text)
        name = NAME_OF.get(id(value))
        if name is not None:
            return msgpack.ExtType(_NAMED, name.encode())
        if issubclass(kind, np.dtype) and value in CODE_OF:
            return msgpack.ExtType(_DTYPE, bytes((CODE_OF[value],)))
        if self._lenient:
            plain = as_plain(value, kind)
            if plain is not value:
                if type(plain) in _NESTING:
                    self._nesting |= {kind}
                if type(plain) in _CONTAINERS:
                    return self._container(value, depth)
                if type(plain) is np.ndarray and plain.dtype in CODE_OF:
                    return self._references.get(id(value)) or self._refer(value)
                if type(plain) is tuple:
                    self._remember(value, plain)
                return self._value(plain, depth)
        return msgpack.ExtType(_FOREIGN, self._foreign(value))

    def _remember(self, own: Any, plain: tuple[Any, ...]) -> None:
        """A tuple has no slot: it is known again by what is in it."""
        self._own_tuples[self._inside(plain)] = own
        if len(self._own_tuples) > self.limits.kept_slots:
            del self._own_tuples[next(iter(self._own_tuples))]

    def own(self, value: Any) -> Any:
        """At the runner's end: for a tuple that has arrived, the one of the student's that was sent as such."""
        return self._own_tuples.get(self._inside(value), value) if type(value) is tuple and self._own_tuples else value

    def _inside(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        plain = (bool, int, float, complex, str, bytes, np.generic)
        return tuple(
            self._inside(item)
            if type(item) is tuple
            else (type(item), repr(item))
            if item is None or isinstance(item, plain)
            else id(item)
            for item in value
        )

    def _integer(self, value: int, depth: int) -> Any:
        if -0x8000000000000000 <= value <= 0xFFFFFFFFFFFFFFFF:
            return value
        length = value.bit_length() // 8 + 1
        if length > self.limits.integer_bytes:
            raise TooLarge("integer", length, self.limits.integer_bytes)
        return msgpack.ExtType(_INTEGER, value.to_bytes(length, "little", signed=True))

    def _tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        if depth > self._deepest:
            if depth >= self.limits.depth:
                raise TooLarge("depth", self.limits.depth)
            self._deepest = depth
        if len(value) > self._most:
            raise TooLarge("values", self._most)
        return tuple([self._value(item, depth + 1) for item in value])

    def _frozenset(self, value: frozenset[Any], depth: int) -> Any:
        return msgpack.ExtType(_FROZENSET, self._nested(tuple(value), depth))

    def _range(self, value: range, depth: int) -> Any:
        return msgpack.ExtType(_RANGE, self._nested((value.start, value.stop, value.step), depth))

    def _slice(self, value: slice, depth: int) -> Any:
        return msgpack.ExtType(_SLICE, self._nested((value.start, value.stop, value.step), depth))

    def _nested(self, value: tuple[Any, ...], depth: int) -> bytes:
        return bytes(msgpack.packb(self._tuple(value, depth + 1), unicode_errors="surrogatepass"))

    def _container(self, value: Any, depth: int) -> Any:
        self._linked = True
        return self._references.get(id(value)) or self._refer(value)

    def _refer(self, value: Any) -> msgpack.ExtType:
        slot = self._slot_of.get(id(value))
        if slot is None:
            slot = self._adopt(value)
        reference = self._references[id(value)] = msgpack.ExtType(_SLOT, _SLOT_STRUCT.pack(slot))
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
        return self._references.get(id(value)) or self._refer(value)

    def _generator_value(self, value: np.random.Generator, depth: int) -> Any:
        if type(value.bit_generator).__name__ not in BIT_GENERATORS:
            return msgpack.ExtType(_FOREIGN, self._foreign(value))
        return self._references.get(id(value)) or self._refer(value)

    def _content(self, value: Any) -> tuple[Any, bytes]:
        """What a value with a slot holds, ready to be packed, and packed."""
        kind = type(value)
        if kind not in self._exact:  # a subclass, at the runner's end
            value = as_plain(value, kind)
            kind = type(value)
        if kind is np.ndarray:
            content = array_bytes(value)
            return content, content
        if kind is np.random.Generator:
            state = self._value(generator_state(value), 1)
            return state, self._pack(state)
        if len(value) * (1 + (kind is dict)) > self._most:
            raise TooLarge("values", self._most)
        if kind is dict:
            parts = tuple([(self._value(key, 1), self._value(item, 1)) for key, item in value.items()])
        else:
            parts = tuple([self._value(item, 1) for item in value])
        packed = self._pack(parts)
        if len(packed) > self._longest:
            self._longest = len(packed)
        return parts, packed

    def _refresh(self, slot: int, changed: list[tuple[int, Any]], before: dict[int, bytes]) -> None:
        value = self._objects[slot]
        content, packed = self._content(value)
        known = self._known[slot]
        if packed != known:
            if type(content) is bytes:
                check_change(known, content)
            before[slot] = known
            self._known[slot] = packed
            changed.append((slot, content))

    def _declare(self, slot: int, declared: list[tuple[int, str, Any]], changed: list[tuple[int, Any]]) -> None:
        value = self._objects[slot]
        content, self._known[slot] = self._content(value)
        kind = slot_kind(value)
        if kind in _CONTAINERS:
            declared.append((slot, kind.__name__[0], None))
            changed.append((slot, content))
        elif kind is np.random.Generator:
            declared.append((slot, "g", content))
        else:
            # What a test may not write into, the student's code may not either; and a transposed array is one there.
            flags = "a" if self._lenient else ("a" if value.flags.writeable else "r") + layout_of(value)
            declared.append((slot, flags, content))

    # ------------------------------------------------------------------ receiving

    def decode(self, frame: bytes) -> tuple[tuple[Any, ...], Any]:
        """(head, body) of one message. Raises WireError whatever the bytes are; on that, nothing may be reused."""
        limits = self.limits
        self._budget = limits.items
        self._alone = False
        unpacker = msgpack.Unpacker(
            use_list=False,
            raw=False,
            ext_hook=self._extension,
            unicode_errors="surrogatepass",
            max_buffer_size=limits.frame_bytes,
            max_str_len=limits.frame_bytes,
            max_bin_len=limits.frame_bytes,
            max_array_len=max(limits.items, limits.slots + limits.kept_slots),  # changes stand in an array, too
            max_map_len=0,
            max_ext_len=limits.frame_bytes,
        )
        try:
            unpacker.feed(frame)
            head = unpacker.unpack()
            if type(head) is not tuple or not head:
                raise WireError("a message without a head")
            self._alone = type(head[0]) is str and head[0] == OUTPUT
            self._forget(unpacker.unpack())
            declared = unpacker.unpack()
            if self._alone and declared != ():  # nothing is forgotten while a cell runs: they would pile up
                raise WireError("an output with values that are kept in step")
            self._receive_declared(declared)
            changed = unpacker.unpack()
            if self._alone and changed != ():
                raise WireError("an output with changes")
            touched = self._receive_changed(changed)
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
            self._references.pop(id(value), None)

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
            elif kind in ("a", "r") or (self._lenient and kind in ("af", "as", "rf", "rs")):
                value = array_from(content)
                if kind[1:]:
                    value = laid_out(value, kind[1:])
                if kind[0] == "r":
                    value.flags.writeable = False
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
            set_content(value, content, trusted=self._lenient)
            touched.append(slot)
        for slot in touched:
            _, self._known[slot] = self._content(self._objects[slot])
        return touched

    def _extension(self, code: int, data: bytes) -> Any:
        self._budget -= 1
        if self._budget < 0:
            raise WireError("too many values in one message")
        if self._alone and code in (_SLOT, _FOREIGN):
            raise WireError("an output with objects")
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
        if code == _WRITTEN:
            return read(data)
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
            check_hashes(items)
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
        nesting = self._nesting
        most = self.limits.depth
        sizes: dict[int, tuple[int, int] | None] = {}  # None while the value is being walked

        def walk(value: Any, depth: int) -> tuple[int, int]:
            kind, key = type(value), id(value)
            known = sizes.get(key, _UNSEEN)
            if known is None:
                raise TooLarge("cycle")
            if depth + known[1] > most:
                raise TooLarge("depth", most)
            if known is not _UNSEEN:
                return known
            sizes[key] = None
            plain = value if kind in _NESTING else as_plain(value, kind)
            parts = plain if type(plain) is not dict else [*plain.keys(), *plain.values()]
            total, deepest = 1 + len(parts), 0
            if len(parts) < _MANY or not nesting.isdisjoint(map(type, parts)):
                for part in parts:
                    if type(part) in nesting:
                        more, below = walk(part, depth + 1) if part else _EMPTY
                        total += more - 1
                        if below > deepest:
                            deepest = below
            if total > self._most:
                raise TooLarge("values", self._most)
            if depth + deepest > most:
                raise TooLarge("depth", most)
            sizes[key] = size = total, deepest + 1
            return size

        if type(body) in nesting:
            walk(body, 0)
        for slot in touched:
            value = self._objects[slot]
            if type(value) in nesting and id(value) not in sizes:
                walk(value, 0)

    # ------------------------------------------------------------------ memory

    def forget_unheld(self) -> None:
        """The examiner's end keeps in step only what its code still holds."""
        for slot in list(self._known):
            # Two references, the table's and the argument's: nobody here can see a change.
            if sys.getrefcount(self._objects[slot]) <= 2:
                self._drop(slot)

    def forget_old(self) -> None:
        """Between calls, of what is still held the newest alone stays in step."""
        self.forget_unheld()
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
        self._own_tuples.clear()


_NESTING: Final[frozenset[type]] = frozenset((tuple, list, dict, set, frozenset))
# Number of values and height, as `walk` counts them, of what was not walked yet and of what holds nothing.
_UNSEEN: Final = (0, 0)
_EMPTY: Final = (1, 1)
_MANY: Final = 32  # parts: from here on it pays to look whether any of them nests before looking at each


def _extensions(value: Any) -> int:
    """How many values of a message ready to be packed the other end makes by `_extension`."""
    return sum(map(_extensions, value)) if type(value) is tuple else type(value) is msgpack.ExtType


def _packer() -> Callable[[Any], bytes]:
    packer = msgpack.Packer(use_bin_type=True, unicode_errors="surrogatepass", strict_types=False)
    return cast(Callable[[Any], bytes], packer.pack)


def _same(value: Any, depth: int) -> Any:
    return value


def _complex(value: complex, depth: int) -> Any:
    return msgpack.ExtType(_COMPLEX, struct.pack("<dd", value.real, value.imag))
