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


def experiment(function: Callable[P, R]) -> Callable[P, R]:
    """An experiment that runs students' functions: an error that leaves it says so in a note below its message."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                error.add_note(NOTE.format(name=function.__name__))
            raise

    return run
