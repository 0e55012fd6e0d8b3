"""The examiner's own process: forked from a clean template for each notebook, because hidden tests may change the state
of the interpreter they run in. The grader hands it the job and two descriptors of the student's process.
"""

import json
import os
import resource
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbcore import check, hints

from ..course.code import names_from_outside
from ..course.markup import split
from ..examiner.program import program
from ..examiner.session import Session
from ..limits import GIB, Limits, Stop, bound
from ..mistakes.counter_examples import CounterExample, counter_examples
from ..mistakes.recognise import RecognisedMistake, prepare_recording, recognise
from ..mistakes.recording import Recording
from ..questions.ask import questions
from ..questions.rules import Question
from ..sandbox.watch import cpu_of
from ..wire import Channel, ChannelClosed, WireLimits
from .cells import grade
from .record import CellRecord, Job, from_data, to_data

MAX_MESSAGE: Final = 256 << 20
_MEMORY: Final = 8 * GIB  # generous: hidden tests are the author's; this only keeps a bad day from taking the machine


@dataclass
class Ending:
    """What the examiner's process says when all cells are done. waited: seconds for the student's process. dead: why
    that had to be given up, if it was."""

    calls: int = 0
    waited: float = 0.0
    dead: Stop | None = None
    mistakes: list[RecognisedMistake] = field(default_factory=list)
    examples: list[CounterExample] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


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
    """Make, in the template, what all submissions of an assignment share: its programs, and the hints that a failed
    check looks up. None of its cells is executed.

    task: sources of the locked cells, each with whether it is a test, released sources of the open ones, and the file
    of the recording.
    """
    trusted: list[str] = []
    for source, is_test in task["cells"]:
        parts = split(source)
        trusted.append(parts.visible)
        names_from_outside(parts.visible)
        if parts.hidden and is_test:
            with suppress(SyntaxError, ValueError):  # grading says so of the cell
                program(parts.hidden, trusted, task["open_sources"])
    if task["recording"]:
        prepare_recording(Path(task["recording"]))
    hints.tables()


def _calls(recorded: Recording, kept: set[str]) -> dict[str, list[str]]:
    """What is asked about, for each exercise that kept all its points."""
    tests = {name: recorded.plan.tests_of(name).keys() for name in recorded.exercises}
    return {name: one.calls for name, one in recorded.exercises.items() if tests[name] and tests[name] <= kept}


def main(fds: list[int], task: dict[str, Any]) -> None:
    """Entry for the template. fds: the grader's channel, the student's wire, the student's process, and two more for
    each cell of `job.separate`: wire and process of a fresh one. task: not used."""
    with suppress(ChannelClosed):  # the grader is gone, and with it all that this was for
        _grade(fds)


def _grade(fds: list[int]) -> None:
    grader = Channel(socket.socket(fileno=fds[0]), MAX_MESSAGE)
    bound(resource.RLIMIT_AS, _MEMORY)
    job = from_data(json.loads(grader.receive()), Job)
    session = _session(fds[1], fds[2], job.whole_limits)
    separate = {
        cell.index: _session(wire, pidfd, job.separate_limits(cell))
        for cell, wire, pidfd in zip(job.separate, fds[3::2], fds[4::2], strict=True)
    }
    lost: set[str] = set()
    kept: set[str] = set()

    def report(cell: CellRecord) -> None:
        if cell.mark is not None and cell.mark.score is not None:
            (lost if cell.mark.lost else kept).add(cell.mark.cell)
        grader.send(json.dumps({"cell": to_data(cell)}).encode())

    with check.seeded(job.seed):
        grade(session, job, report, separate)
    recording = Recording.found(Path(job.assignment.recording) if job.assignment.recording else None)
    answers = {cell.grade_id: cell.source for cell in job.cells if cell.grade_id and not cell.locked}
    mistakes = recognise(session, recording, answers, lost)
    # Nothing that happens from here on stands in the record but what is found.
    ending = Ending(session.calls, session.waited, session.dead, mistakes)
    ending.examples = counter_examples(session, recording, answers, lost)
    if job.questions and recording is not None:
        ending.questions = questions(session, _calls(recording, kept), answers)
    for one in (session, *separate.values()):
        one.close()
    grader.send(json.dumps({"end": to_data(ending)}).encode())
    for pidfd in fds[2::2]:
        os.close(pidfd)
