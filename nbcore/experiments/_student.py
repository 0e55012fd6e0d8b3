"""What is added to an error that comes out of a student's function in the middle of an experiment."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

NOTE = (
    "This came up in the experiment {name}, which calls functions of this notebook on its own data. "
    "Do all test cells above it pass? If not, mend the first one that fails."
)
UNWRITTEN = "The experiment {name} calls {missing}, which is not written yet: write it first."


def experiment(function: Callable[P, R]) -> Callable[P, R]:
    """An experiment that runs students' functions: an error that leaves it says so in a note below its message."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                error.add_note(_note(function.__name__, error))
            raise

    return run


def _note(name: str, error: Exception) -> str:
    """What to do: write the function that raised, if it is a stub, or else mend the first one that its tests find."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if isinstance(error, NotImplementedError) and trace is not None:
        return UNWRITTEN.format(name=name, missing=trace.tb_frame.f_code.co_qualname)
    return NOTE.format(name=name)
