"""What can go wrong on the trusted side because of the student's side. All of it ends in a verdict or a finding."""

from functools import lru_cache

from ..limits import Stop
from ..wire import BUILTIN_ERRORS


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
    """A call into the student's code did not return in time."""


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
