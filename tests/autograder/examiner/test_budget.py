"""A cell has its seconds of CPU time: a busy machine costs no marks, an endless loop and a sleeper end."""

import pytest

from autograder.examiner.session import _Budget
from autograder.limits import Stop


class Clock:
    """Stands in for the module `time`, so that no other program makes these tests slower."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("autograder.examiner.session.time", clock)
    return clock


class Process:
    """Stands in for the student's process: it has used `share` of the time since it was made."""

    def __init__(self, clock: Clock, share: float) -> None:
        self._clock, self._share, self._started = clock, share, clock.now

    def interrupt(self) -> None: ...

    def kill(self, stop: Stop) -> None: ...

    def cpu(self) -> float:
        return self._share * (self._clock.now - self._started)


def seconds_given(clock: Clock, share: float, patience: float = 4.0, ends: float = float("inf")) -> float:
    """How long a budget of 0.2 s lasts for a process that gets this share of the machine."""
    started = clock.now
    budget = _Budget(Process(clock, share), 0.2, patience, ends, 0.0)
    while True:
        clock.now = max(clock.now, budget.deadline) + 0.002
        if not budget.extend():
            return clock.now - started


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [(1.0, 0.19, 0.35), (2.0, 0.19, 0.35), (0.5, 0.34, 0.6), (0.0, 0.79, 1.2), (0.01, 0.79, 1.2)],
)
def test_the_clock_runs_slower_on_a_busy_machine_up_to_a_bound(
    clock: Clock, share: float, least: float, most: float
) -> None:
    assert least <= seconds_given(clock, share) <= most


def test_the_end_of_the_notebook_bounds_it_too(clock: Clock) -> None:
    assert seconds_given(clock, 0.0, ends=clock.now + 0.3) <= 0.45
