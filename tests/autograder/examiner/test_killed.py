"""The examiner under a student's process that is killed at any moment: every time a verdict, no mark, and a clean end."""

import random
import threading
import time
from collections.abc import Callable

import pytest

from autograder.engine.cells import grade
from autograder.engine.record import Assignment, CellJob, CellRecord, Job, ReleasedCell
from autograder.examiner.examine import examine
from autograder.examiner.session import Session
from autograder.limits import Limits, Stop
from autograder.sandbox import Template
from autograder.wire import Channel, WireLimits

# So long that a process which is gone is noticed by its silence alone, if at all.
LIMITS = Limits(cell=60.0, call=60.0, grace=0.3, wall=600.0)
STUDENT = (
    "import numpy as np\nprint('x' * 1000)\nclass Keep:\n    def __init__(self): self.seen = []\n"
    "    def see(self, x): self.seen.append(x); return x\n"
    "def f(x): return 2 * x\ndef g(h, x): return h(x) + 1\ndef many(n):\n    for i in range(n): yield i\n"
)
HIDDEN = """assert f(1) == 2
### BEGIN HIDDEN TESTS
import numpy as np
_x = np.ones(20_000)
_keep = Keep()
for _n in range(40):
    assert (f(_x) == 2.0).all()
    assert g(lambda y: f(y), _n) == 2 * _n + 1
    assert _keep.see(_n) == _n
    assert list(many(5)) == [0, 1, 2, 3, 4]
### END HIDDEN TESTS"""
JOB = Job(
    (CellJob(0, STUDENT, "f"), CellJob(1, HIDDEN, "t", 2.0, True), CellJob(2, "print(f(3))")),
    Assignment(cells=(ReleasedCell("f", "code", "def f(x): ..."),)),
)


class Counting(Channel):
    """Counts what is sent, and sets off the timer at one of the messages."""

    sent = 0
    last = 0  # 0: never
    timer: threading.Timer

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        super().send(frame, deadline)
        self.sent += 1
        if self.sent == self.last:
            self.timer.start()


def graded(template: Template, last: int = 0, wait: float = 0.0) -> tuple[Session, list[CellRecord], int, float]:
    """Grades, and kills the process `wait` seconds after the examiner has sent its message number `last`."""
    child = template.fork({}, LIMITS)
    channel = Counting(child.wire, WireLimits().frame_bytes)
    channel.last = last
    channel.timer = threading.Timer(wait, lambda: child.kill(Stop("grader", detail="the test")))
    session = Session(channel, child, LIMITS)
    outcomes: list[CellRecord] = []
    started = time.monotonic()
    try:
        grade(session, JOB, outcomes.append)
        return session, outcomes, channel.sent, time.monotonic() - started
    finally:
        channel.timer.cancel()
        if channel.timer.is_alive():
            channel.timer.join()
        session.close()
        child.close()
        child.wait(5.0)


def test_a_process_that_is_killed_at_any_moment_ends_cleanly(template: Template) -> None:
    session, outcomes, messages, _ = graded(template)
    assert session.dead is None
    assert [outcome.mark.score for outcome in outcomes if outcome.mark] == [2.0]
    whole = outcomes[2].outputs
    rng = random.Random(17)
    ended_early = 0
    for _ in range(40):
        # In the middle of its answer, before it, or some answers later.
        session, outcomes, _, seconds = graded(template, rng.randint(1, int(1.1 * messages)), rng.uniform(0.0, 3e-3))
        assert seconds < LIMITS.call
        assert [outcome.index for outcome in outcomes] == [0, 1, 2]
        mark = outcomes[1].mark
        assert mark is not None
        if session.dead is None:
            assert mark.score == 2.0
            continue
        ended_early += 1
        # Killed in the last cell, the mark is earned already.
        assert mark.score == (2.0 if mark.verdict.title == "" else 0.0)
        findings = [finding.text for outcome in outcomes for finding in outcome.findings]
        assert sum("process ended in cell" in text for text in findings) <= 1
        if outcomes[2].outputs == whole:  # killed when the last cell had answered
            assert mark.score == 2.0
            continue
        assert outcomes[2].outputs[-1]["output_type"] == "error"
    assert ended_early >= 10


@pytest.mark.parametrize("cut", range(0, 28, 4))
def test_a_frame_that_breaks_off_is_an_end_like_any_other(notebook: Callable[[str], Session], cut: int) -> None:
    session = notebook(
        "import os, socket\nfrom autograder.wire import Channel\nold = Channel.send\ndef f(x):\n    def send(self, frame, deadline=None):\n"
        f"        self._sock.send((len(frame).to_bytes(4, 'little') + frame)[:{cut}])\n        os._exit(0)\n"
        "    Channel.send = send\n    return x"
    )
    verdict = examine(session, "assert f(1) == 1", [], [], 3.0)
    assert not verdict.passed
    assert session.dead
