"""What the hidden tests hold in place of the student's functions, classes and objects.

A proxy has no comparison, no truth value, no number and no array form of its own: those would let the student's code
answer for a value. Identity works, because one object of the student's always has the same proxy.
"""

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session


class Proxy:
    """An object in the student's process. `kind` is "object", "function", "class" or "iterator"."""

    __slots__ = ("_p_doc", "_p_kind", "_p_name", "_p_number", "_p_session")

    def __init__(self, session: "Session", number: int, kind: str, name: str, doc: str | None) -> None:
        fields = {"_p_session": session, "_p_number": number, "_p_kind": kind, "_p_name": name, "_p_doc": doc}
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    def __repr__(self) -> str:
        return f"<{self._p_kind} {self._p_name} of the student>"

    def __bool__(self) -> bool:
        if self._p_kind in ("function", "class"):
            return True
        raise TypeError(f"{self!r} where True or False is expected")

    def __getattr__(self, name: str) -> Any:
        # Names with two underscores are how Python and NumPy ask a value to stand for another one.
        if name.startswith("__"):
            raise AttributeError(f"{self!r} has no attribute {name!r} here")
        return self._p_session.request("get", (self, name))

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            raise AttributeError(f"attribute {name!r} of {self!r} cannot be set")
        self._p_session.request("set", (self, name, value))

    def __iter__(self) -> Iterator[Any]:
        if self._p_kind in ("function", "class"):
            raise TypeError(f"{self!r} is not iterable")
        stream = self if self._p_kind == "iterator" else self._p_session.request("iter", (self,))
        if not isinstance(stream, Proxy):
            raise TypeError(f"{self!r} is not iterable")
        while True:
            try:
                value = self._p_session.request("next", (stream,), ends=True)
            except StopIteration:
                return
            yield value

    def __next__(self) -> Any:
        if self._p_kind != "iterator":
            raise TypeError(f"{self!r} is not an iterator")
        return self._p_session.request("next", (self,), ends=True)

    def __len__(self) -> int:
        length = self._p_session.request("len", (self,))
        if type(length) is not int or not 0 <= length < 1 << 31:
            raise TypeError(f"the length of {self!r} is not a length")
        return length

    def __getitem__(self, key: Any) -> Any:
        return self._p_session.request("item", (self, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._p_session.request("set-item", (self, key, value))

    def __delitem__(self, key: Any) -> None:
        self._p_session.request("del-item", (self, key))


class CallableProxy(Proxy):
    """A function, a method, a class, or an object that can be called."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._p_session.request("call", (self, args, tuple(kwargs.items())))

    def __cpu_seconds__(self) -> float:
        """CPU seconds that the student's process has used so far, for hidden lines that give points for speed."""
        return self._p_session.cpu()

    @property
    def __name__(self) -> str:
        return str(self._p_name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self._p_doc

    @property
    def __globals__(self) -> "GlobalsProxy":
        if self._p_kind != "function":
            raise AttributeError("__globals__")
        return GlobalsProxy(self)

    @property
    def __signature__(self) -> inspect.Signature:
        return _signature(self._p_session.request("signature", (self,)))

    def __instancecheck__(self, value: Any) -> bool:
        if self._p_kind != "class" or not isinstance(value, Proxy):
            return False
        return self._p_session.request("is-instance", (value, self)) is True


class GlobalsProxy:
    """The names of the notebook as a function of the student's sees them: `in`, reading, setting, deleting."""

    def __init__(self, function: CallableProxy) -> None:
        self._function = function

    def __contains__(self, name: object) -> bool:
        return self._request("global-has", name) is True

    def __getitem__(self, name: str) -> Any:
        return self._request("global-get", name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._request("global-set", name, value)

    def __delitem__(self, name: str) -> None:
        self._request("global-del", name)

    def _request(self, operation: str, *arguments: Any) -> Any:
        return self._function._p_session.request(operation, (self._function, *arguments))


class _Default:
    def __repr__(self) -> str:
        return "..."


def _signature(parts: Any) -> inspect.Signature:
    parameters = []
    if type(parts) is not tuple or len(parts) > 256:
        raise ValueError("no signature")
    for part in parts:
        name, kind, has_default = part
        if type(name) is not str or type(kind) is not int:
            raise ValueError("no signature")
        default = _Default() if has_default is True else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, inspect._ParameterKind(kind), default=default))
    return inspect.Signature(parameters)
