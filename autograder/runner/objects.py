"""Numbers for the student's functions, classes and objects, so that the examiner can name them on the wire.

Belongs to the untrusted end; the examiner checks everything that is said here.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgpack

_DOC: Final = 2000


class Handles:
    """A table of objects that have no plain form. Numbers are never reused within a process."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._number_of: dict[int, int] = {}
        self._next = 1

    def describe(self, value: Any) -> bytes:
        """The bytes that stand for `value`: its number, its kind, and on first sight its name and docstring."""
        number = self._number_of.get(id(value))
        if number is not None:
            return bytes(msgpack.packb((number,)))
        number = self._next
        self._next += 1
        self._objects[number] = value
        self._number_of[id(value)] = number
        name = getattr(value, "__name__", type(value).__name__)
        doc = getattr(value, "__doc__", None)
        return bytes(msgpack.packb((number, _kind(value), str(name)[:200], None if doc is None else str(doc)[:_DOC])))

    def __getitem__(self, number: int) -> Any:
        return self._objects[number]

    def clear(self) -> None:
        self._objects.clear()
        self._number_of.clear()


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return "class"
    if isinstance(value, Iterator):
        return "iterator"
    if callable(value):
        return "function"
    return "object"
