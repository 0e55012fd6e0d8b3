"""Owns the templates and brings student's process and examiner together for one notebook at a time.

It reads no byte that the student's process wrote, only what the examiner made of it.
"""

import atexit
import importlib.util
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from ..limits import Limits, Stop
from ..sandbox import Child, Ended, Isolation, Template, TemplateError, best_isolation
from ..wire import Channel, ChannelClosed, DeadlineExceeded
from .cells import PROCESS_ENDED, Job, add_hints
from .record import SUFFIX, CellOutcome, Finding, Mark
from .worker import MAX_MESSAGE

log: Final = logging.getLogger("autograder")
_MARGIN: Final = 30.0  # seconds beyond the wall limit before the examiner itself is taken to hang
# What notebooks import, imported once for all: 0.2 s a submission, and 0.7 s more with scikit-learn, which an order of
# the author's may take away from a process. Importing any of them starts no thread.
_USUAL: Final = ("nbcore.check", "nbcore.plots", "nbcore.widgets", "scipy.special")
_SKLEARN: Final = tuple(
    f"sklearn.{name}"
    for name in ("datasets", "linear_model", "metrics", "model_selection", "neural_network", "preprocessing")
)
_RECOGNISING: Final = ("autograder.mistakes.explain", "autograder.mistakes.recording", "autograder.mistakes.trace")
_MOST_PREPARED: Final = 50  # notebooks: what is prepared stays in memory as long as the grader runs
_OF_THE_WHOLE: Final = ("memory", "cpu", "wall")  # limits that the template watches


@dataclass
class Run:
    """What came of one notebook. `outcomes` has an entry for each code cell that was reached."""

    isolation: str
    missing: tuple[str, ...]
    outcomes: list[CellOutcome] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    limits_hit: list[str] = field(default_factory=list)
    ended: Ended = field(default_factory=lambda: Ended(0, None, 0.0, 0, 0.0))
    calls: int = 0
    waited: float = 0.0
    mistakes: list[dict[str, str]] = field(default_factory=list)


class Supervisor:
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
                "Submissions run WITHOUT ISOLATION here: their code can read and change whatever you can. %s",
                self.reason,
            )
        self._students: Template | None = None
        self._examiners: Template | None = None
        self._bare: Template | None = None
        self._prepared: set[int] = set()

    def run(self, job: Job, limits: Limits, submission: str | None = None) -> Run:
        """Grade one notebook. Raises TemplateError when no process can be had at all."""
        try:
            return self._run(job, limits, submission)
        except TemplateError:
            # It was killed: by the kernel for want of memory, or by a submission where nothing isolates.
            self.close()
            return self._run(job, limits, submission)

    def _run(self, job: Job, limits: Limits, submission: str | None) -> Run:
        students, examiners = self._templates()
        self._prepare(examiners, job)
        usual, limits = limits, job.limits(limits)
        apart = [(cell, job.limits_apart(cell, usual)) for cell in job.apart]
        children: list[Child] = []
        try:
            child = students.fork({}, limits, submission=submission, skip=("*.ipynb", f"*{SUFFIX}"))
            children.append(child)
            for cell, own in apart:
                without = cell.directives.without or ()
                children.append(self._bare_template().fork({"without": without}, own, without=without))
            task = {
                "limits": limits.to_dict(),
                "imports": list(self._packages),
                "apart": [(cell.index, own.to_dict()) for cell, own in apart],
            }
            fds = [fd for one in children for fd in (one.wire.fileno(), one.pidfd)]
            examiner = examiners.fork(task, limits, fds=fds)
        except TemplateError:
            for one in children:
                one.kill(Stop("grader", detail="no process for the examiner"))
                one.close()
            raise
        for one in children:
            one.wire.close()  # the examiner's from here on
        result = Run(self.isolation, child.missing)
        try:
            self._collect(examiner.wire, job, limits, result)
        finally:
            examiner.close()
            examiner.wait(5.0)
            ends = [one.wait(5.0) for one in children]
            for one in children:
                one.close()
            result.ended = _together(ends)
        _explain(result, job, {cell.name: end for (cell, _), end in zip(apart, ends[1:], strict=True)})
        return result

    def _prepare(self, examiners: Template, job: Job) -> None:
        """Have the examiners' template read and compile what the submissions of an assignment have in common, once."""
        task = {
            "cells": [(cell.source, cell.points is not None) for cell in job.cells if cell.locked],
            "open_sources": job.open_sources,
            "knowledge": job.knowledge,
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

    def _templates(self) -> tuple[Template, Template]:
        """(students', examiners'), which start side by side."""
        if self._students is None or self._examiners is None:
            self._students = self._students_template((*_USUAL, *_SKLEARN))
            self._examiners = Template(
                "autograder.engine.worker:main",
                isolation="trusted",
                preload=[
                    "autograder.engine.worker",
                    *_RECOGNISING,
                    *self._packages,
                    *filter(_exists, (*_USUAL, *_SKLEARN)),
                ],
                wait=False,
            )
            atexit.register(self.close)
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
    def _collect(wire: Any, job: Job, limits: Limits, result: Run) -> None:
        channel = Channel(wire, MAX_MESSAGE)
        deadline = time.monotonic() + limits.wall + _MARGIN
        message = {
            "cells": [asdict(cell) for cell in job.cells],
            "open_cells": job.open_cells,
            "cell_seconds": job.cell_seconds,
            "knowledge": job.knowledge,
        }
        try:
            channel.send(json.dumps(message).encode(), deadline)
            while True:
                reply = json.loads(channel.receive(deadline))
                if "end" in reply:
                    result.calls, result.waited = reply["end"]["calls"], reply["end"]["waited"]
                    result.mistakes = reply["end"]["mistakes"]
                    add_hints(result.outcomes, result.mistakes)
                    return
                result.outcomes.append(_outcome(reply["cell"]))
        except (ChannelClosed, DeadlineExceeded) as error:
            text = "did not end" if isinstance(error, DeadlineExceeded) else "ended early"
            result.findings.append(Finding("examiner", f"the examiner's process {text}; later cells have no marks"))


def _outcome(data: dict[str, Any]) -> CellOutcome:
    mark = data.pop("mark")
    findings = [Finding(**finding) for finding in data.pop("findings")]
    if mark is not None:
        mark["asked"] = tuple(mark["asked"])
    return CellOutcome(**data, mark=Mark(**mark) if mark else None, findings=findings)


def _together(ends: list[Ended]) -> Ended:
    """The end of the notebook's own process, with what the others used added."""
    return replace(ends[0], cpu=sum(end.cpu for end in ends), memory=max(end.memory for end in ends))


def _explain(result: Run, job: Job, apart: dict[str, Ended]) -> None:
    """Say which limit ended the process, and in which cell; add the marks of cells that were never reached.

    `apart` holds, by the name of their cell, the ends of processes that were another cell's alone.
    """
    findings = [finding for outcome in result.outcomes for finding in outcome.findings]
    death = next((finding for finding in findings if finding.text.startswith(PROCESS_ENDED)), None)
    died = death.cell if death else None
    stop = result.ended.stop
    if stop is not None and stop.kind in _OF_THE_WHOLE:
        result.findings.append(Finding("limit", stop.sentence(died), died))
    elif death and stop is None and death.text == Stop("closed").sentence(died):
        result.findings.append(Finding("limit", result.ended.how.sentence(died), died))
    for name, end in apart.items():
        if end.stop is not None and end.stop.kind in _OF_THE_WHOLE:
            result.findings.append(Finding("limit", end.stop.sentence(name), name))
    for outcome in result.outcomes:
        result.findings += outcome.findings
    result.limits_hit = [finding.text for finding in result.findings if finding.kind == "limit"]
    reached = {outcome.index for outcome in result.outcomes}
    for cell in job.cells:
        if cell.index not in reached and cell.points is not None and cell.grade_id is not None:
            mark = Mark(cell.grade_id, cell.points, None, "manual", title="This test could not be run")
            result.outcomes.append(CellOutcome(cell.index, [], None, 0.0, mark))


def _exists(module: str) -> bool:
    module = module.partition(".")[0]  # to find a module inside a package, Python would import the package here
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
