"""What an experiment says of the student's functions that it calls: that one fails its test, or why it has stopped."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from ..probe.cells import lines_on_the_way, tell, unwritten
from ..probe.session import drawn_with, failing, listed, told_before

P = ParamSpec("P")
R = TypeVar("R")

NOTE = (
    "This came up in the experiment {name}, which calls functions of this notebook on its own data. "
    "Do all test cells above it pass? If not, correct the first one that fails."
)
STOPPED = "The experiment {name} has stopped: {error}."
UNWRITTEN = "This cell calls {missing}, which is not written yet: write it first."


class UnfitError(ValueError):
    """What a student's function gives is of no use to an experiment; the text says all that is to be said."""


def experiment(function: Callable[P, R]) -> Callable[P, R]:
    """An experiment that runs students' functions: an error that leaves it is told in five lines, as that of a check,
    and beside what comes out stands which of the functions fail their tests, once in a cell."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [*args, *kwargs.values()]
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                note = _note(function.__name__, error, given)
                error.add_note(note)
                tell(error, _lines(function.__name__, error, note))
            raise
        if (said := drawn_with(given)) and not told_before(said):
            print(said)
        return result

    return run


def _note(name: str, error: Exception, given: list[Any]) -> str:
    """What to do: write the function that raised, if it is a stub, or else correct the first that fails a test."""
    if isinstance(error, NotImplementedError):
        return UNWRITTEN.format(missing=unwritten(error) or "a function")
    red = failing(given)
    if red:
        function, said = next(iter(red.items()))
        if len(red) == 1:
            return f"It calls your {function}, which fails its test: correct that first.\n{said}"
        return f"It calls your {listed(list(red))}, which fail their tests: correct {function} first.\n{said}"
    if isinstance(error, UnfitError):
        return STOPPED.format(name=name, error=error)
    return NOTE.format(name=name)


def _lines(name: str, error: Exception, note: str) -> list[str]:
    """What a notebook shows in place of the way through this package."""
    if isinstance(error, NotImplementedError | UnfitError):
        return note.splitlines()
    text = (str(error).splitlines() or [""])[0][:200]
    lines = [f"The experiment {name} has stopped: {type(error).__name__}{f': {text}' if text else ''}"]
    lines += [f"  {line}" for line in lines_on_the_way(error.__traceback__)[-1:]]
    return [*lines, *note.splitlines()][:5]
