"""A time limit for a student's code that nobody has asked to run."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

IN_THE_BROWSER = sys.platform == "emscripten"


class Late(BaseException):
    """The time is up. Not an Exception, so that no code under test handles it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises Late in what runs inside when so many seconds are over: by an alarm, or where a system has none (Windows,
    the browser), or in another thread, by looking at each line, which takes as long again as most code."""
    if hasattr(signal, "setitimer") and not IN_THE_BROWSER and threading.current_thread() is threading.main_thread():
        yield from _by_an_alarm(seconds)
    else:
        yield from _by_each_line(seconds)


def _by_an_alarm(seconds: float) -> Iterator[None]:
    inside = True

    def ring(number: int, frame: Any) -> None:
        if inside:
            raise Late

    before = signal.signal(signal.SIGALRM, ring)
    others, every = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, others, every)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


def _by_each_line(seconds: float) -> Iterator[None]:
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
