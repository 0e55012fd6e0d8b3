"""Owns the templates and brings student's process and examiner together for one notebook at a time.

It reads no byte that the student's process wrote, only what the examiner made of it.
"""

import atexit
import importlib.util
import json
import logging
import re
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..course.paths import RECORD_SUFFIX
from ..examiner.examine import Verdict
from ..limits import Stop
from ..sandbox import GONE, Child, Ended, Isolation, Template, TemplateError, best_isolation
from ..sandbox.jail import fingerprint
from ..wire import Channel, ChannelClosed, DeadlineExceeded
from .cells import add_hints, undecided
from .record import CellRecord, Finding, Job, Mark, NotebookRecord, from_data, to_data, writable
from .worker import MAX_MESSAGE, Ending

log: Final = logging.getLogger("autograder")
NOT_COPIED: Final = (".ipynb", RECORD_SUFFIX)  # the endings of files beside a notebook that do not come along
_SKIP: Final = tuple(f"*{ending}" for ending in NOT_COPIED)
_MARGIN: Final = 30.0  # seconds beyond the wall limit before the examiner itself is taken to hang
# What notebooks import, imported once for all: 0.2 s a submission. Importing any of it starts no thread.
_USUAL: Final = ("IPython.display", "nbcore.check", "nbcore.plots", "nbcore.widgets", "scipy.special")
# A notebook's own experiments and figures: `from nbcore.plots import losses`.
_OWN: Final = re.compile(r"^from (nbcore\.(?:experiments|plots)) import (\w+)", re.MULTILINE)
_SKLEARN: Final = tuple(
    f"sklearn.{name}"
    for name in ("datasets", "linear_model", "metrics", "model_selection", "neural_network", "preprocessing")
)
# The data sets and experiments of this course need scikit-learn too. It takes 2.5 s, so it is imported when the locked
# cells of a notebook first ask for it; and a directive of the author's may take it away from a process. Where the
# experiments are left out, their import says nothing: their use does.
_WANTS_SKLEARN: Final = re.compile(r"^\s*(import|from)\b.*\b(sklearn|experiments|data)\b", re.MULTILINE)
_USES_SKLEARN: Final = re.compile(r"\bsklearn\b|\b(experiments|data)\.\w")
_HAS_CHECKS: Final = re.compile(r"^\s*from nbcore\b", re.MULTILINE)
_MOST_PREPARED: Final = 50  # notebooks: what is prepared stays in memory as long as the grader runs
_OF_THE_PROCESS: Final = ("memory", "cpu", "wall")  # the limits that the sandbox itself enforces
_KILLED_AGAIN: Final = "the grader's own process was killed, twice, while it graded this notebook"


class _InterruptedError(TemplateError):
    """The template of a student's process was killed, and took that along. record: what was reached by then."""

    def __init__(self, record: NotebookRecord) -> None:
        super().__init__("the template process was killed while a submission ran")
        self.record = record


class Grader:
    """Starts its templates at the first notebook. One notebook at a time."""

    def __init__(
        self,
        isolation: Isolation | None = None,
        *,
        packages: Iterable[str] = ("nbcore",),
        course: str | None = None,
    ) -> None:
        self._packages = tuple(name for name in packages if _exists(name))
        self._course = course
        self.reason = ""
        if isolation is None:
            isolation, self.reason = best_isolation()
        self.isolation: Isolation = isolation
        if isolation == "none":
            log.warning(
                "Submissions run WITHOUT ISOLATION here: `autograder doctor` says what they can read and change. %s",
                self.reason,
            )
        self._students: Template | None = None
        self._examiners: Template | None = None
        self._bare: Template | None = None
        self._prepared: set[int] = set()
        self._loaded: set[str] = set()  # what the templates have beyond the usual
        self._has_hints = False

    def grade(self, job: Job) -> NotebookRecord:
        """Grade one notebook. Raises TemplateError when no process can be had at all."""
        try:
            return self._grade(job)
        except TemplateError as error:
            # It was killed: by the kernel for want of memory, or by a submission where nothing isolates.
            log.warning("The grader's processes are started anew: %s", error)
            self.close()
        try:
            return self._grade(job)
        except _InterruptedError as error:
            self.close()
            return _left_to_a_person(error.record)
        except TemplateError:
            self.close()  # the next submission starts anew
            raise

    def _grade(self, job: Job) -> NotebookRecord:
        if job.files:
            job = replace(job, beside=fingerprint(Path(job.files), job.whole_limits, _SKIP))
        students, examiners = self._templates(job)
        self._prepare(examiners, job)
        separate = job.separate
        children: list[Child] = []
        try:
            child = students.fork({}, job.whole_limits, submission=job.files, skip=_SKIP)
            children.append(child)
            for cell in separate:
                without = cell.directives.without or ()
                own = job.separate_limits(cell)
                children.append(self._bare_template().fork({"without": without}, own, without=without))
            fds = [fd for one in children for fd in (one.wire.fileno(), one.pidfd)]
            examiner = examiners.fork({}, job.whole_limits, fds=fds)
        except TemplateError:
            for one in children:
                one.kill(Stop("grader", detail="no examiner"))
                one.close()
            raise
        for one in children:
            one.wire.close()  # the examiner's from here on
        names = job.assignment
        record = NotebookRecord(
            job.student, names.name, names.notebook, self.isolation, child.missing, job.limits, seed=job.seed
        )
        try:
            self._collect(examiner.wire, job, record)
        finally:
            examiner.close()
            examiner.wait(5.0)
            ends = [one.wait(5.0) for one in children]
            for one in children:
                one.close()
        _finish(record, job, ends[0], dict(zip((cell.name for cell in separate), ends[1:], strict=True)))
        if any(end.stop == GONE for end in ends):
            raise _InterruptedError(record)
        return record

    def _prepare(self, examiners: Template, job: Job) -> None:
        """Have the examiners' template make what the submissions of an assignment have in common, once."""
        task = {
            "cells": [(cell.source, cell.points is not None) for cell in job.cells if cell.locked],
            "open_sources": job.assignment.open_sources,
            "recording": job.assignment.recording,
        }
        known = hash(json.dumps(task))
        if known not in self._prepared and len(self._prepared) < _MOST_PREPARED:
            self._prepared.add(known)
            error = examiners.prepare("autograder.engine.worker:prepare", task)
            if error:
                log.warning("Grading goes on, more slowly: %s", error)

    def close(self) -> None:
        self._prepared.clear()
        for template in (self._students, self._examiners, self._bare):
            if template is not None:
                template.close()
        self._students = self._examiners = self._bare = None
        self._loaded.clear()
        self._has_hints = False

    def _templates(self, job: Job) -> tuple[Template, Template]:
        """(students', examiners'), which start side by side."""
        locked = "\n".join(cell.source for cell in job.cells if cell.locked)
        asks = _USES_SKLEARN if any(cell.left_out for cell in job.cells) else _WANTS_SKLEARN
        wanted = list(filter(_exists, _SKLEARN)) if asks.search(locked) else []
        wanted += [".".join(match) for match in _OWN.findall(locked)]
        more = [module for module in wanted if module not in self._loaded]
        self._loaded.update(more)
        if self._students is None or self._examiners is None:
            self._students = self._students_template(_USUAL)
            self._examiners = Template(
                "autograder.engine.worker:main",
                isolation="trusted",
                preload=["autograder.engine.worker", *self._packages, *filter(_exists, _USUAL)],
                wait=False,
            )
            atexit.register(self.close)
        if more:
            for template in (self._students, self._examiners):
                template.prepare("autograder.sandbox.template:load", more)  # what is missing there a child finds out
        if not self._has_hints and _HAS_CHECKS.search(locked):
            self._students.prepare("autograder.runner.shell:read_hints", None)
            self._has_hints = True
        return self._students, self._examiners

    def _bare_template(self) -> Template:
        """For processes from which packages are taken away: what a template holds in memory no mount can hide."""
        if self._bare is None:
            self._bare = self._students_template(_USUAL)
        return self._bare

    def _students_template(self, modules: Iterable[str]) -> Template:
        return Template(
            "autograder.runner.serve:main",
            isolation=self.isolation,
            preload=["autograder.runner.serve", *self._packages, *filter(_exists, modules)],
            packages=self._packages,
            course=self._course,
            wait=False,
        )

    @staticmethod
    def _collect(wire: socket.socket, job: Job, record: NotebookRecord) -> None:
        channel = Channel(wire, MAX_MESSAGE)
        deadline = time.monotonic() + job.whole_limits.wall + _MARGIN
        try:
            channel.send(json.dumps(to_data(job)).encode(), deadline)
            while True:
                reply = writable(json.loads(channel.receive(deadline)))
                if "end" in reply:
                    ending = from_data(reply["end"], Ending)
                    record.calls, record.students_own_seconds = ending.calls, ending.waited
                    record.mistakes, record.examples, record.ended = ending.mistakes, ending.examples, ending.dead
                    record.questions = ending.questions
                    add_hints(record.cells, ending.mistakes)
                    return
                record.cells.append(from_data(reply["cell"], CellRecord))
        except (ChannelClosed, DeadlineExceeded) as error:
            text = "did not end" if isinstance(error, DeadlineExceeded) else "ended early"
            record.findings.append(Finding("examiner", f"the examiner's process {text}; later cells have no marks"))


def _finish(record: NotebookRecord, job: Job, end: Ended, separate: Mapping[str, Ended]) -> None:
    """Say how processes ended, and in which cell; add the marks of cells that were never reached.

    `separate` holds, by the name of their cell, the ends of processes that were another cell's alone.
    """
    ends = [end, *separate.values()]
    record.cpu, record.wall = sum(one.cpu for one in ends), end.wall
    record.memory = max(one.memory for one in ends)
    # Where the examiner has found a process gone, it does not know why. After the notebook's own process no other
    # is asked: its end is the last one that was found.
    gone = [(cell, at) for cell in record.cells for at, found in enumerate(cell.findings) if _says_gone(found)]
    if record.ended is not None and record.ended.kind == "closed" and gone:
        cell, at = gone.pop()
        record.ended = _why(end, record.ended)
        cell.findings[at] = Finding.of(record.ended, cell.name)
    elif (limit := _limit(end)) is not None:
        record.ended = limit
        record.findings.append(Finding.of(limit))
    for cell, at in gone:
        if cell.name in separate:
            cell.findings[at] = Finding.of(_why(separate[cell.name], Stop("closed")), cell.name)
    for name, one in separate.items():
        if (limit := _limit(one)) is not None and all(cell.name != name for cell, _ in gone):
            record.findings.append(Finding.of(limit, name))
    reached = {cell.index for cell in record.cells}
    for left in job.cells:
        if left.index not in reached and left.points is not None and left.grade_id is not None:
            mark = Mark(left.grade_id, left.points, None, "manual", Verdict(False, "This test could not be run"))
            record.cells.append(CellRecord(left.index, left.name, mark=mark))


def _left_to_a_person(record: NotebookRecord) -> NotebookRecord:
    """Where points were lost that the student need not have lost."""
    record.findings.append(Finding("examiner", _KILLED_AGAIN))
    for cell in record.cells:
        if cell.mark is not None and cell.mark.lost:
            cell.mark = undecided(cell, cell.mark, _KILLED_AGAIN)
    return record


def _says_gone(finding: Finding) -> bool:
    return finding.stop is not None and finding.stop.kind == "closed"


def _why(end: Ended, known: Stop) -> Stop:
    """Why a process has left the conversation. One that runs on without it has to be killed: that says nothing."""
    return known if end.stop is not None and _limit(end) is None else end.how


def _limit(end: Ended) -> Stop | None:
    """The limit at which the sandbox ended a process, if it did."""
    return end.stop if end.stop is not None and end.stop.kind in _OF_THE_PROCESS else None


def _exists(module: str) -> bool:
    module = module.partition(".")[0]  # to find a module inside a package, Python would import the package here
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
