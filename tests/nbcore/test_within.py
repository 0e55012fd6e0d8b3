"""The time limit of code that nobody has asked to run ends it on every system, and leaves nothing behind."""

import signal
import sys
import time
from collections.abc import Callable

import pytest

from nbcore.probe import within as module
from nbcore.probe.within import Late, within


@pytest.fixture(params=["an alarm", "each line"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "each line":
        monkeypatch.setattr(module, "IN_THE_BROWSER", True)


def endless() -> None:
    while True:
        try:
            for _ in range(1000):
                pass
        except Exception:
            continue


def asleep() -> None:
    time.sleep(0.2)
    endless()


@pytest.mark.parametrize("code", [endless, asleep])
def test_what_does_not_end_is_ended_and_what_ends_is_not(code: Callable[[], None]) -> None:
    tracer = sys.gettrace()
    with pytest.raises(Late), within(0.1):
        code()
    with within(600.0):
        assert sorted([2, 1]) == [1, 2]
    assert sys.gettrace() is tracer


def test_an_alarm_of_somebody_else_still_rings() -> None:
    alarm, rung = signal.Signals(14), []
    before = signal.signal(alarm, lambda number, frame: rung.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with within(600.0):
            pass
        until = time.monotonic() + 60.0
        while not rung and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(alarm, before)
    assert rung == [14]
