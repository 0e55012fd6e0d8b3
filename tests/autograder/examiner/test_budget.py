"""A cell has its seconds of CPU time: a busy machine costs no marks, an endless loop and a sleeper end."""

import time

import pytest

from autograder.examiner.session import _Budget
from autograder.limits import Stop


class Process:
    """Stands in for the student's process: it has used `share` of the time since it was made."""

    def __init__(self, share: float) -> None:
        self._share, self._started = share, time.monotonic()

    def interrupt(self) -> None: ...

    def kill(self, stop: Stop) -> None: ...

    def cpu(self) -> float:
        return self._share * (time.monotonic() - self._started)


def seconds_given(share: float, patience: float = 4.0, ends: float = float("inf")) -> float:
    """How long a budget of 0.2 s lasts for a process that gets this share of the machine."""
    started = time.monotonic()
    budget = _Budget(Process(share), 0.2, patience, ends, 0.0)
    while True:
        time.sleep(max(0.0, budget.deadline - time.monotonic()) + 0.002)
        if not budget.extend():
            return time.monotonic() - started


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [(1.0, 0.19, 0.35), (2.0, 0.19, 0.35), (0.5, 0.34, 0.6), (0.0, 0.79, 1.2), (0.01, 0.79, 1.2)],
)
def test_the_clock_runs_slower_on_a_busy_machine_up_to_a_bound(share: float, least: float, most: float) -> None:
    assert least <= seconds_given(share) <= most


def test_the_end_of_the_notebook_bounds_it_too() -> None:
    assert seconds_given(0.0, ends=time.monotonic() + 0.3) <= 0.45
