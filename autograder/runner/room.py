"""The last of the memory is for the runner: a student's code that has taken all the rest is told so, and the runner can
show it, answer, and run the next cell.
"""

import resource
from contextlib import suppress
from typing import Final

_ROOM: Final = 16 << 20  # bytes: an error is shown, and an answer sent, in less


def keep_room() -> None:
    """Before the student's code runs."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        _bound(max(0, hard - _ROOM), hard)


def use_room() -> None:
    """When it has ended."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    _bound(hard, hard)


def _bound(soft: int, hard: int) -> None:
    with suppress(ValueError, OSError):  # the student's code has lowered the limit itself
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
