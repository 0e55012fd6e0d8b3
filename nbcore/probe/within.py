"""A time limit for a student's code that nobody has asked to run. It needs no thread and no signal, so that it works on
every system and in the browser.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Late(BaseException):
    """The time is up. Not an Exception, so that no code under test handles it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises Late in what is called inside, at the first line that it begins when so many seconds are over."""
    end = time.monotonic() + seconds

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        if time.monotonic() > end:
            raise Late
        return look

    tracer = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(tracer)
