"""What the hidden tests hold in place of the student's functions, classes and objects, and the errors that come back.

A proxy has no comparison, no truth value, no number and no array form of its own: those would let the student's code
answer for a value. Identity works, because one object of the student's always has the same proxy. That a test has asked
for one of them is kept: with another form of the right answer it would have been told what a number is told.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, Protocol

from ..limits import Stop
from ..wire import BUILTIN_ERRORS


class Answers(Protocol):
    """Whom proxies ask: a session, or what stands in its place."""

    def request(self, operation: str, arguments: tuple[Any, ...], *, ends: bool = False) -> Any: ...

    def cpu(self) -> float: ...

    def has_no_form(self, what: str) -> None: ...


class Proxy:
    """An object in the student's process. `kind` is "object", "function", "class" or "iterator"."""

    __slots__ = ("_p_doc", "_p_kind", "_p_name", "_p_number", "_p_session")

    def __init__(self, session: Answers, number: int, kind: str, name: str, doc: str | None) -> None:
        fields = {"_p_session": session, "_p_number": number, "_p_kind": kind, "_p_name": name, "_p_doc": doc}
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    def __repr__(self) -> str:
        return f"<{self._p_kind} {self._p_name} of the student>"

    def __str__(self) -> str:
        """Of an object, what it says of itself: a text as any other that the student's code gives."""
        if self._p_kind != "object":
            return repr(self)
        text = self._p_session.request("text", (self,))
        if type(text) is not str:
            raise TypeError(f"{self!r} has no text")
        return text

    def __bool__(self) -> bool:
        if self._p_kind in ("function", "class"):
            return True
        self._p_session.has_no_form(f"the truth of {self!r}")
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


def _without_form(name: str) -> Callable[[Proxy, Any], Any]:
    def operator(self: Proxy, other: Any) -> Any:
        if self._p_kind == "object" and other is not self and other is not None:
            self._p_session.has_no_form(f"{name} of {self!r}")
        return NotImplemented

    return operator


# Python goes on as it does where a class has no such operator.
_ARITHMETIC: Final = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
for _name in ("eq", "ne", "lt", "le", "gt", "ge", *_ARITHMETIC, *(f"r{name}" for name in _ARITHMETIC)):
    setattr(Proxy, f"__{_name}__", _without_form(f"__{_name}__"))


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


# ---------------------------------------------------------------- errors that come back


class StudentError(Exception):
    """An exception that left the student's code and is not exactly of a built-in type.

    `kind` is the name of its own type. It is also an instance of the nearest built-in type, so that
    `except ValueError` catches a student's subclass of ValueError.
    """

    kind = "Exception"


class ResultTooLarge(StudentError):  # noqa: N818  (says what happened)
    """What a call into the student's code gives exceeds a limit of the wire. `stop` says which."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.sentence())
        self.kind = "ResultTooLarge"
        self.stop = stop
        self.student_error = stop.sentence()


class SandboxDied(Exception):  # noqa: N818  (says what happened)
    """The student's process is gone, or was killed because it broke the protocol or a limit. `stop` says which."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.sentence())
        self.stop = stop


class CallTimeout(Exception):  # noqa: N818  (says what happened)
    """A call into the student's code did not return in time. `stop` says which."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(f"a call did not return within {stop.amount or 0:g} seconds")
        self.stop = stop


@lru_cache
def _student_error(base: str) -> type[Exception]:
    parent = BUILTIN_ERRORS[base]
    if parent is Exception:
        return StudentError
    try:
        return type("StudentError", (StudentError, parent), {"__module__": __name__})
    except TypeError:
        return StudentError


def make_error(kind: str, base: str, message: str, trace: str) -> Exception:
    """The exception to raise in the examiner. `trace` is the part of the traceback that lies in the student's code."""
    if base not in BUILTIN_ERRORS:
        base = "Exception"
    exact = kind == base
    try:
        if exact:
            error = BUILTIN_ERRORS[base](message)
        else:
            error = _student_error(base)(message if base == "KeyError" else f"{kind}: {message}")
    except TypeError:  # a type that wants other arguments, UnicodeDecodeError for one
        error = StudentError(f"{kind}: {message}")
    if isinstance(error, StudentError):
        error.kind = kind
    error.student_traceback = trace  # type: ignore[attr-defined]
    error.student_error = f"{kind}: {message}" if message else kind  # type: ignore[attr-defined]
    return error
