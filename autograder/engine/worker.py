"""The examiner's own process: forked from a clean template for each notebook, because hidden tests may change the state
of the interpreter they run in. The supervisor hands it the job and two descriptors of the student's process.
"""

import json
import os
import resource
import signal
import socket
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy  # noqa: F401  (imported once, in the template)

from ..course.markup import split
from ..examiner.program import program
from ..examiner.session import Session
from ..limits import GIB, Limits, Stop
from ..mistakes.recognise import ready, recognise
from ..sandbox.watch import cpu_of
from ..wire import Channel, WireLimits
from .cells import CellJob, Job, grade
from .record import CellOutcome

MAX_MESSAGE: Final = 256 << 20
_MEMORY: Final = 8 * GIB  # generous: hidden tests are the author's; this only keeps a bad day from taking the machine


class _Process:
    """The student's process, as far as the examiner may steer it."""

    def __init__(self, pidfd: int) -> None:
        self._pidfd = pidfd

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def kill(self, stop: Stop) -> None:
        self._signal(signal.SIGKILL)

    def cpu(self) -> float:
        """Seconds that the process and its descendants have used."""
        return cpu_of(self._pidfd)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, number)


def _session(wire: int, pidfd: int, limits: Limits) -> Session:
    return Session(Channel(socket.socket(fileno=wire), WireLimits().frame_bytes), _Process(pidfd), limits)


def prepare(task: dict[str, Any]) -> None:
    """Make ready, in the template, what all submissions of an assignment share. None of its cells is executed.

    task: sources of the locked cells, each with whether it is a test, released sources of the open ones, and the file
    of what is known.
    """
    trusted: list[str] = []
    for source, is_test in task["cells"]:
        parts = split(source)
        trusted.append(parts.visible)
        if parts.hidden and is_test:
            with suppress(SyntaxError, ValueError):  # grading says so of the cell
                program(parts.hidden, trusted, task["open_sources"])
    if task["knowledge"]:
        ready(Path(task["knowledge"]))


def main(fds: list[int], task: dict[str, Any]) -> None:
    """Entry for the template. fds: the supervisor's channel, the student's wire, the student's process, and two more
    for each cell of `task["apart"]` (index and limits): wire and process of a fresh one."""
    supervisor = Channel(socket.socket(fileno=fds[0]), MAX_MESSAGE)
    limits = Limits(**task["limits"])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for name in task["imports"]:
        with suppress(ImportError):
            __import__(name)
    message = json.loads(supervisor.receive())
    cells = [CellJob(**cell) for cell in message["cells"]]
    job = Job(cells, message["open_cells"], message["cell_seconds"], message["knowledge"])
    session = _session(fds[1], fds[2], limits)
    pairs = zip(task["apart"], fds[3::2], fds[4::2], strict=True)
    apart = {index: _session(wire, pidfd, Limits(**own)) for (index, own), wire, pidfd in pairs}
    lost: set[str] = set()

    def report(outcome: CellOutcome) -> None:
        mark = outcome.mark
        if mark is not None and mark.score is not None and mark.score < mark.max_score:
            lost.add(mark.cell)
        supervisor.send(json.dumps({"cell": asdict(outcome)}).encode())

    grade(session, job, report, apart)
    mistakes = recognise(session, job, lost)
    for one in (session, *apart.values()):
        one.close()
    end = {"calls": session.calls, "waited": session.waited, "mistakes": mistakes}
    supervisor.send(json.dumps({"end": end}).encode())
    for pidfd in fds[2::2]:
        os.close(pidfd)
