"""Grades the cells of one notebook, one after the other, over one session. Runs in the examiner's process.

A cell's full source is known here only; the student's process gets the visible lines.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..course.markup import Directives, directives, split
from ..examiner.examine import Verdict, asked_names, examine
from ..examiner.separate import ABOUT_SEPARATE, move
from ..examiner.session import CellResult, Session
from ..limits import Limits, Stop
from . import marks
from .canary import tampered
from .record import CellOutcome, Finding, Mark

Report = Callable[[CellOutcome], None]
_FAILED: Final = "HiddenTestFailed"
PROCESS_ENDED: Final = "the notebook's process ended"


@dataclass(frozen=True)
class CellJob:
    """One code cell. `points` is None unless it is an autograded test cell; `locked` says that its source is ours."""

    index: int
    source: str
    grade_id: str | None = None
    points: float | None = None
    locked: bool = False

    @property
    def name(self) -> str:
        return self.grade_id or f"number {self.index + 1}"

    @property
    def directives(self) -> Directives:
        """What the author orders for this cell. Nothing where that cannot be understood: `examine` says so."""
        if not self.locked or self.points is None:
            return Directives()
        try:
            return directives(split(self.source).hidden)
        except ValueError:
            return Directives()


@dataclass(frozen=True)
class Job:
    """Code cells in order, and by grade_id the released source of each cell that students fill in.

    knowledge: the file with what the known mistakes of this assignment give, if there is one.
    """

    cells: Sequence[CellJob]
    open_cells: dict[str, str] = field(default_factory=dict)
    cell_seconds: float | None = None
    knowledge: str | None = None

    @property
    def open_sources(self) -> list[str]:
        return list(self.open_cells.values())

    @property
    def apart(self) -> list[CellJob]:
        """The test cells whose hidden lines want a process of their own."""
        return [cell for cell in self.cells if cell.directives.separate]

    def limits(self, usual: Limits) -> Limits:
        """Those of the whole notebook: cells that may take longer do so at nobody's cost."""
        more = sum(cell.directives.cpu_seconds or 0.0 for cell in self.cells)
        return replace(usual, cpu=usual.cpu + more, wall=usual.wall + usual.patience * more)

    def limits_apart(self, cell: CellJob, usual: Limits) -> Limits:
        """Those of the process of this cell alone; it exists, idle, from the start of the notebook."""
        seconds = cell.directives.cpu_seconds or usual.cell
        whole = self.limits(usual)
        return replace(usual, cpu=2 * seconds, wall=whole.wall, cell=seconds, call=seconds)


def grade(session: Session, job: Job, report: Report, apart: Mapping[int, Session] | None = None) -> None:
    """Run and mark every cell; each outcome is reported as soon as it is known.

    `apart` holds a fresh session for each cell of `job.apart`, by its index.
    """
    rng = random.SystemRandom()
    trusted: list[str] = []
    before: list[str] = []
    warning = ""
    for cell in job.cells:
        started = time.monotonic()
        parts = split(cell.source) if cell.locked else None
        seconds = cell.directives.cpu_seconds or job.cell_seconds
        result = session.run_cell(parts.visible if parts else cell.source, seconds)
        before.append(parts.visible if parts else cell.source)
        findings = [Finding("output", text, cell.name) for text in result.dropped]
        if result.stop is not None:
            findings.append(_stopped(result.stop, cell))
        outcome = CellOutcome(cell.index, result.outputs, result.execution_count, 0.0, findings=findings)
        if parts:
            trusted.append(parts.visible)
        if parts and cell.points is not None:
            if parts.hidden:
                other = (apart or {}).get(cell.index)
                outcome.mark = _examined(session, other, job, cell, result, _Before(trusted, before), outcome)
            else:
                if not warning:
                    warning = tampered(session, rng)
                    if warning:
                        findings.append(Finding("canary", f"in-process tests cannot be trusted: {warning}", cell.name))
                outcome.mark = _in_process(cell, result, outcome, warning)
        outcome.seconds = time.monotonic() - started
        report(outcome)


@dataclass(frozen=True)
class _Before:
    """Cells up to the present one, hidden lines left out: the visible lines of locked ones, and all."""

    trusted: Sequence[str]
    every: Sequence[str]


def _examined(
    session: Session,
    other: Session | None,
    job: Job,
    cell: CellJob,
    result: CellResult,
    before: _Before,
    outcome: CellOutcome,
) -> Mark:
    """Full marks iff the visible lines ended without an error and the hidden ones passed in the examiner.

    The hidden lines speak to `other`, if it is there, and else to the notebook's own process.
    """
    assert cell.points is not None
    assert cell.grade_id is not None
    mark = Mark(cell.grade_id, cell.points, 0.0, "examiner")
    if session.dead is not None:
        mark.title = "The notebook's process had ended before this test"
        return mark
    if result.error is not None:
        mark.title = "The visible tests of this cell did not pass"
        return mark
    parts = split(cell.source)
    seconds = cell.directives.cpu_seconds or job.cell_seconds or session.limits.cell
    if other is not None:
        verdict = _examined_apart(session, other, job, cell, before, seconds)
    else:
        usual = session.limits
        session.limits = replace(usual, call=max(usual.call, cell.directives.cpu_seconds or 0.0))
        verdict = examine(session, parts.hidden, before.trusted, job.open_sources, seconds)
        session.limits = usual
    _copy_verdict(mark, verdict)
    if verdict.unusable:
        mark.score, mark.reached = None, "manual"
        text = f"the hidden tests of cell {cell.name} are no plain Python and could not be run: a person has to mark it"
        outcome.findings.append(Finding("mark", text, cell.name))
        return mark
    if session.dead is not None:
        outcome.findings.append(_stopped(session.dead, cell))
    elif verdict.stop is not None:
        outcome.findings.append(_stopped(verdict.stop, cell))
    if verdict.passed:
        mark.score = cell.points
        if parts.last_hidden and verdict.value is not None:
            mark.score, remark = marks.credit(verdict.value, cell.points)
            if remark:
                outcome.findings.append(Finding("mark", remark, cell.name))
    else:
        outcome.outputs.append(_shown(mark))
    return mark


def _examined_apart(
    session: Session, other: Session, job: Job, cell: CellJob, before: _Before, seconds: float
) -> Verdict:
    hidden = split(cell.source).hidden
    names = asked_names(hidden, before.trusted, job.open_sources)
    failed = move(session, other, names, before.every, seconds)
    verdict = examine(other, hidden, before.trusted, job.open_sources, seconds)
    other.close()
    if verdict.passed:
        return verdict
    details = f"{verdict.details}\nNot to be had apart:\n{failed}" if failed else verdict.details
    own = verdict.student_error
    if own:
        packages = ", ".join(cell.directives.without or ()) or "packages that are out of reach"
        own = f"{own}\n{ABOUT_SEPARATE.format(packages=packages)}"
    return replace(verdict, details=details, student_error=own)


def _stopped(stop: Stop, cell: CellJob) -> Finding:
    return Finding(stop.finding(), stop.sentence(cell.name), cell.name)


def _in_process(cell: CellJob, result: CellResult, outcome: CellOutcome, warning: str) -> Mark:
    assert cell.points is not None
    assert cell.grade_id is not None
    score, remark = marks.in_process(result.outputs, cell.source, cell.points)
    if remark:
        outcome.findings.append(Finding("mark", remark, cell.name))
    title = ""
    if warning and score:
        score, title = 0.0, "The result of this test could not be trusted"
    return Mark(cell.grade_id, cell.points, score, "in-process", title=title)


def _copy_verdict(mark: Mark, verdict: Verdict) -> None:
    mark.title, mark.hint, mark.student_error = verdict.title, verdict.hint, verdict.student_error
    mark.details, mark.printed, mark.asked = verdict.details, verdict.printed, verdict.asked


def add_hints(outcomes: Sequence[CellOutcome], mistakes: Sequence[Mapping[str, str]]) -> None:
    """Give failed hidden tests the hints of the known mistakes that were recognised in their exercise."""
    for outcome in outcomes:
        mark, last = outcome.mark, outcome.outputs[-1] if outcome.outputs else {}
        if mark is None or last.get("ename") != _FAILED:
            continue
        exercise = mark.cell.removeprefix("test-").rpartition("-")[0]
        new = [row["hint"] for row in mistakes if row["exercise"] == exercise and row["hint"] not in mark.hint]
        if new:
            mark.hint = "\n".join(dict.fromkeys([*new, mark.hint] if mark.hint else new))
            outcome.outputs[-1] = _shown(mark)


def _shown(mark: Mark) -> dict[str, object]:
    """The failed hidden test as an output of the cell: what a student may know of it."""
    lines = [line for line in (mark.title, mark.hint, mark.student_error) if line]
    return {
        "output_type": "error",
        "ename": _FAILED,
        "evalue": mark.title,
        "traceback": "\n".join(lines).splitlines(),
    }
