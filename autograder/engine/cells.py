"""Runs and marks the cells of one notebook, one after the other, over one session. Runs in the examiner's process.

A cell's full source is known here only; the student's process gets the visible lines.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..course.code import can_be_read
from ..course.markup import TestCell, split
from ..examiner.examine import Verdict, asked_names, examine
from ..examiner.program import OwnNames
from ..examiner.separate import ABOUT_SEPARATE, move
from ..examiner.session import CellResult, Session
from ..mistakes.recognise import RecognisedMistake
from . import in_process
from .record import CellJob, CellRecord, Finding, Job, Mark, Reached

Report = Callable[[CellRecord], None]
_FAILED: Final = "HiddenTestFailed"
LEFT_OUT: Final = "This cell was not run when the notebook was graded: no mark depends on it."
_LEFT_OUT: Final = {"output_type": "stream", "name": "stdout", "text": f"{LEFT_OUT}\n"}
_NO_PROCESS: Final = Verdict(False, "The notebook's process had ended before this test")
_NOT_VISIBLE: Final = Verdict(False, "The visible tests of this cell did not pass")
_UNDECIDED: Final = Verdict(False, "This test could not judge your work: a person decides")
_NOT_TRUSTED: Final = Verdict(False, "The result of this test could not be trusted: a person decides")


@dataclass(frozen=True)
class _Before:
    """Cells up to the present one, hidden lines left out: the visible lines of locked ones, and all."""

    trusted: list[str]
    every: list[str]


def grade(session: Session, job: Job, report: Report, separate: Mapping[int, Session] | None = None) -> None:
    """Run and mark every cell; each record is reported as soon as it is made.

    `separate` holds a fresh session for each cell of `job.separate`, by its index.
    """
    canaries = _Canaries(session)
    before = _Before([], [])
    own = OwnNames(job.assignment.open_sources)
    for cell in job.cells:
        if cell.left_out:
            report(CellRecord(cell.index, cell.name, [dict(_LEFT_OUT)]))
            if cell.locked:
                before.trusted.append(split(cell.source).visible)
            continue
        started = time.monotonic()
        names = (own.used(cell.visible), own.defined(cell.visible)) if cell.locked else ((), ())
        result = session.run_cell(cell.visible, cell.directives.cpu_seconds or session.limits.cell, names=names)
        record = CellRecord(cell.index, cell.name, result.outputs, result.execution_count)
        record.no_python = result.error is not None and not cell.locked and not can_be_read(cell.visible)
        record.findings += [Finding("output", text, cell.name) for text in result.dropped]
        if result.stop is not None:
            record.findings.append(Finding.of(result.stop, cell.name))
        before.every.append(cell.visible)
        if cell.locked:
            before.trusted.append(split(cell.source).visible)
        if cell.locked and cell.points is not None:
            if cell.hidden:
                other = (separate or {}).get(cell.index)
                record.mark = _examined(session, other, job, cell, result, before, record)
            else:
                record.mark = _in_process(cell, result, record, canaries)
        record.seconds = time.monotonic() - started
        report(record)


# ---------------------------------------------------------------- hidden lines


def _examined(
    session: Session,
    other: Session | None,
    job: Job,
    cell: CellJob,
    result: CellResult,
    before: _Before,
    record: CellRecord,
) -> Mark:
    """Full marks iff the visible lines ended without an error and the hidden ones passed in the examiner.

    The hidden lines speak to `other`, if it is there, and else to the notebook's own process.
    """
    mark = _lost(cell, "examiner")
    if session.dead is not None:
        return replace(mark, verdict=_NO_PROCESS)
    if result.error is not None:
        return replace(mark, verdict=_NOT_VISIBLE)
    parts = split(cell.source)
    seconds = cell.directives.cpu_seconds or session.limits.cell
    if other is not None:
        verdict = _examined_separately(session, other, job, cell, before, seconds)
    else:
        call = max(session.limits.call, cell.directives.cpu_seconds or 0.0)
        verdict = examine(session, parts.hidden, before.trusted, job.assignment.open_sources, seconds, call)
    mark = replace(mark, verdict=verdict)
    if verdict.unusable:
        text = f"the hidden tests of cell {cell.name} are no plain Python and could not be run: a person has to mark it"
        record.findings.append(Finding("mark", text, cell.name))
        return replace(mark, score=None, reached="manual")
    stop = session.dead or verdict.stop
    if stop is not None:
        record.findings.append(Finding.of(stop, cell.name))
    if verdict.undecided and not verdict.passed:
        return undecided(record, mark, verdict.undecided)
    if not verdict.passed:
        _show(record, verdict)
        return mark
    if not parts.last_hidden or verdict.value is None:
        return replace(mark, score=mark.max_score)
    score, remark = in_process.credit(verdict.value, mark.max_score)
    if remark:
        record.findings.append(Finding("mark", remark, cell.name))
    return replace(mark, score=score)


def _examined_separately(
    session: Session, other: Session, job: Job, cell: CellJob, before: _Before, seconds: float
) -> Verdict:
    hidden = split(cell.source).hidden
    names = asked_names(hidden, before.trusted, job.assignment.open_sources)
    failed = move(session, other, names, before.every, seconds)
    verdict = examine(other, hidden, before.trusted, job.assignment.open_sources, seconds)
    other.close()
    if verdict.passed:
        return verdict
    details = f"{verdict.details}\nNot to be had in a process of its own:\n{failed}" if failed else verdict.details
    own = verdict.student_error
    if own:
        packages = ", ".join(cell.directives.without or ()) or "packages that are out of reach"
        own = f"{own}\n{ABOUT_SEPARATE.format(packages=packages)}"
    return replace(verdict, details=details, student_error=own)


def _lost(cell: CellJob, reached: Reached) -> Mark:
    assert cell.points is not None
    assert cell.grade_id is not None
    return Mark(cell.grade_id, cell.points, 0.0, reached)


# ---------------------------------------------------------------- no hidden lines


class _Canaries:
    """Run before the first cell that is marked in process; what they find once holds for the rest of the notebook."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rng = random.SystemRandom()
        self.warning = ""

    def find(self) -> bool:
        """Whether something new was found."""
        if self.warning:
            return False
        self.warning = in_process.tampered(self._session, self._rng)
        return bool(self.warning)


def _in_process(cell: CellJob, result: CellResult, record: CellRecord, canaries: _Canaries) -> Mark:
    if canaries.find():
        text = f"in-process tests cannot be trusted: {canaries.warning}. A person has to mark them"
        record.findings.append(Finding("canary", text, cell.name))
    mark = _lost(cell, "in-process")
    score, remark = in_process.points(result.outputs, cell.source, mark.max_score)
    record.outputs = in_process.without_hidden(result.outputs, cell.source, split(cell.source).visible)
    if remark:
        record.findings.append(Finding("mark", remark, cell.name))
    if canaries.warning and score:
        return replace(mark, score=None, verdict=_NOT_TRUSTED)
    return replace(mark, score=score)


# ---------------------------------------------------------------- what is shown


def undecided(cell: CellRecord, mark: Mark, why: str) -> Mark:
    """The mark of a cell that has failed for a reason that need not be the student's: a person has to give it. The
    student is not told that the work is wrong."""
    cell.findings.append(Finding("mark", f"cell {cell.name}: {why}. A person has to mark it", cell.name))
    found = mark.verdict or _UNDECIDED
    verdict = replace(_UNDECIDED, details=found.details, printed=found.printed)
    if found.undecided:  # then the error is about what stands in the finding
        verdict = replace(verdict, student_error=found.student_error, stop=found.stop, undecided=found.undecided)
    _show(cell, verdict)
    return replace(mark, score=None, reached="manual", verdict=verdict)


def add_hints(cells: Iterable[CellRecord], mistakes: Sequence[RecognisedMistake]) -> None:
    """Give failed hidden tests the hints of the known mistakes of their exercise that break their aspect."""
    for cell in cells:
        test = TestCell.parse(cell.name)
        verdict = cell.mark.verdict if cell.mark else None
        if test is None or cell.mark is None or verdict is None or not cell.told:
            continue
        hints = [
            row.hint
            for row in mistakes
            if row.exercise == test.exercise and test.aspect in row.breaks and row.hint not in verdict.hint
        ]
        if hints:
            text = "\n".join(dict.fromkeys([*hints, verdict.hint] if verdict.hint else hints))
            verdict = replace(verdict, hint=text)
            cell.mark = replace(cell.mark, verdict=verdict)
            _show(cell, verdict)


def _show(cell: CellRecord, verdict: Verdict) -> None:
    """The failed hidden test as the last output of the cell: what a student may know of it."""
    told = {"output_type": "error", "ename": _FAILED, "evalue": verdict.title, "traceback": verdict.lines()}
    if cell.told:
        cell.outputs.pop()
    cell.outputs.append(told)
    cell.told = True
