"""A cell or a call that takes all the memory there is ends in a MemoryError, and the notebook goes on."""

import re
from collections.abc import Iterator

import pytest

from autograder.examiner.examine import examine
from autograder.examiner.session import Session
from autograder.limits import MIB, Limits
from autograder.sandbox import Template, best_isolation
from autograder.wire import Channel, WireLimits

LIMITS = Limits(memory=500 * MIB)
# Whatever is left in the end is less than the smallest of these.
FILL = """
held = []
def fill():
    for size in (1 << 24, 1 << 20, 1 << 16, 1 << 12, 1 << 8):
        try:
            while True:
                held.append(bytearray(size))
        except MemoryError:
            pass
    while True:
        held.append(bytearray(1))
"""


@pytest.fixture(params=["best", "none"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    isolation = best_isolation()[0] if request.param == "best" else "none"
    with Template("autograder.runner.serve:main", isolation=isolation, preload=["autograder.runner.serve"]) as template:
        child = template.fork({}, LIMITS)
        made = Session(Channel(child.wire, WireLimits().frame_bytes), child, LIMITS)
        yield made
        made.close()
        child.close()
        child.wait(5.0)


def test_a_cell_that_fills_the_memory_is_told_so_and_the_next_ones_run(session: Session) -> None:
    assert session.run_cell(FILL).error is None
    full = session.run_cell("fill()")
    assert (full.error or ("", ""))[0] == "MemoryError"
    assert "held.append(bytearray(1))" in re.sub(r"\x1b\[[\d;]*m", "", "".join(full.outputs[-1]["traceback"]))
    assert (session.run_cell("more = bytearray(1 << 26)").error or ("", ""))[0] == "MemoryError"
    assert session.run_cell("held.clear()").error is None
    assert session.run_cell("len(bytearray(1 << 20))").outputs[0]["data"]["text/plain"] == "1048576"
    assert session.dead is None


def test_a_function_that_fills_the_memory_fails_its_test_and_no_other(session: Session) -> None:
    assert session.run_cell(FILL + "def g(x):\n    held.clear()\n    return x + 1").error is None
    verdict = examine(session, "fill()", [], [], 60.0)
    assert not verdict.passed
    assert "MemoryError" in verdict.student_error
    assert examine(session, "assert g(1) == 2", [], [], 60.0).passed
    assert session.dead is None
