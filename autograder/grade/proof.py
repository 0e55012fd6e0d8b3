"""Finds out before the first student what the examiner cannot grade: an assignment's own solution goes through it.

Where that loses points which it has under plain nbgrader, the fault lies with neither: hidden lines can do things that
have no form between two processes. Such a test cell is graded in process for the whole class, as plain nbgrader does.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode

from ..course.fingerprint import of_the_program
from ..course.paths import Course, write_atomically
from ..engine.record import Job, Mark, NotebookRecord, ReleasedCell

log: Final = logging.getLogger("autograder")
# Each round finds the cells that fail once those before them are graded in process.
_MOST_ROUNDS: Final = 8

Reasons = dict[str, str]  # by test cell: why the examiner cannot grade it
Try = Callable[[NotebookNode, Reasons], NotebookRecord]


@dataclass(frozen=True)
class Proof:
    """in_process: the test cells of a notebook to grade in process. failing: those that its own solution fails however
    it is graded. Each with the reason."""

    in_process: Reasons = field(default_factory=dict)
    failing: Reasons = field(default_factory=dict)


def proof(
    course: Course, assignment: str, name: str, source: Path, released: tuple[ReleasedCell, ...], grade: Try
) -> Proof:
    """What becomes of a notebook's own solution; it is found once and stored.

    `source` is the author's notebook, which need not be there; `grade` grades a notebook with some cells in process.
    """
    if not source.is_file():
        log.info("%s/%s: without its source nobody has tried whether its solution passes", assignment, name)
        return Proof()
    data, file = source.read_bytes(), course.proof(assignment, name)
    digest = _digest(data, released)
    try:
        stored = json.loads(file.read_text())
        if stored["digest"] == digest:
            return Proof(stored["in_process"], stored["failing"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    log.info("%s/%s: trying its own solution, once", assignment, name)
    found = prove(nbformat.reads(data.decode(), as_version=4), grade)
    for cell, why in found.in_process.items():
        log.warning(
            "%s/%s: test cell %s is graded in the student's process, as plain nbgrader grades it, for the whole class: "
            "in the examiner its own solution loses points (%s). docs/instructors.md says how to write such a test so "
            "that it stays hidden.",
            assignment, name, cell, why,
        )  # fmt: skip
    for cell, why in found.failing.items():
        log.warning("%s/%s: the source's own solution fails test cell %s (%s)", assignment, name, cell, why)
    write_atomically(file, json.dumps({"digest": digest, **asdict(found)}, indent=1).encode())
    return found


def _digest(source: bytes, released: tuple[ReleasedCell, ...]) -> str:
    found = hashlib.sha256(source)
    for text in (of_the_program(), *(cell.source for cell in released)):
        found.update(f"{text}\0".encode())
    return found.hexdigest()


def prove(notebook: NotebookNode, grade: Try) -> Proof:
    """Grades the solution, then again with the cells in process that have lost points, until no more do."""
    reasons: Reasons = {}
    before: dict[str, float] = {}
    record = grade(notebook, reasons)
    for _ in range(_MOST_ROUNDS):
        lost = [mark for mark in record.marks if mark.verdict and mark.cell not in reasons and _has_lost(mark)]
        if not lost:
            break
        # Behind the end of the process every test fails.
        for mark in lost[:1] if record.ended is not None else lost:
            reasons[mark.cell] = _why(mark)
            before[mark.cell] = mark.score or 0.0
        record = grade(notebook, reasons)
    after = {mark.cell: mark.score or 0.0 for mark in record.marks}
    better = {cell: why for cell, why in reasons.items() if after.get(cell, 0.0) > before[cell]}
    lost = [mark for mark in record.marks if _has_lost(mark) and mark.cell not in better]
    if not lost:
        return Proof(better)
    found = Proof(better, {mark.cell: reasons.get(mark.cell) or _why(mark) for mark in lost})
    return _with_earlier(found, reasons, record, notebook, grade)


def _with_earlier(found: Proof, reasons: Reasons, record: NotebookRecord, notebook: NotebookNode, grade: Try) -> Proof:
    """Cells that fail either way may need what the hidden lines of earlier ones leave behind. If they pass with all of
    those in process, that many go there as are needed, the nearest first."""
    order = [mark.cell for mark in record.marks]
    before = record.marks[: max(map(order.index, found.failing))]
    earlier = [mark.cell for mark in before if mark.reached == "examiner"]
    why = f"what its hidden lines leave behind is needed by {', '.join(found.failing)}"

    def tried(count: int) -> tuple[Proof, int]:
        modes = {**reasons, **dict.fromkeys(earlier[len(earlier) - count :], why)}
        lost = {mark.cell for mark in grade(notebook, modes).marks if _has_lost(mark)}
        failing = {cell: why for cell, why in found.failing.items() if cell in lost}
        return Proof({cell: why for cell, why in modes.items() if cell not in failing}, failing), len(lost)

    wide, fewest = tried(len(earlier)) if earlier else (found, len(order))
    if fewest >= sum(map(_has_lost, record.marks)):
        return found
    for count in range(1, len(earlier)):
        narrow, lost = tried(count)
        if lost <= fewest:
            return narrow
    return wide


def _has_lost(mark: Mark) -> bool:
    return mark.reached != "manual" and mark.lost if mark.verdict is None else mark.score is None or mark.lost


def _why(mark: Mark) -> str:
    if mark.verdict is None:
        return "it fails in the student's process"
    lines = [line for line in (mark.verdict.student_error or mark.verdict.details).splitlines() if line.strip()]
    return f"{mark.verdict.title}: {lines[-1].strip()}" if lines else mark.verdict.title


def with_modes(job: Job, reasons: Mapping[str, str]) -> Job:
    """The job with these cells graded in process."""
    cells = tuple(replace(cell, mode="in-process") if cell.grade_id in reasons else cell for cell in job.cells)
    return replace(job, cells=cells)
