"""Brings together what the gradebook and the records of an assignment say, as plain dataclasses.

The only module of the report that reads files. A submission without a record (graded by stock nbgrader) is taken from
the gradebook alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from ..course.paths import Course, CourseError
from ..engine.record import SUFFIX, Record


@dataclass(frozen=True)
class Item:
    """One graded cell of the assignment. `written` cells are marked by a person."""

    cell: str
    max_score: float
    written: bool

    @property
    def exercise(self) -> str:
        return self.cell.removeprefix("test-").rsplit("-", 1)[0] if self.cell.startswith("test-") else self.cell

    @property
    def aspect(self) -> str:
        return self.cell.rsplit("-", 1)[1] if self.cell.startswith("test-") else "written"


@dataclass(frozen=True)
class Mistake:
    """A known mistake that was recognised in a submission."""

    exercise: str
    name: str
    hint: str


@dataclass(frozen=True)
class Submission:
    """One student's submission. A score is None where a person has yet to decide."""

    student: str
    name: str
    scores: dict[str, float | None]
    needs_marking: bool
    mistakes: tuple[Mistake, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    limits_hit: tuple[str, ...] = ()
    isolation: str = ""
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0

    def total(self, items: list[Item]) -> float:
        return sum(self.scores.get(item.cell) or 0.0 for item in items)


@dataclass(frozen=True)
class ClassData:
    """All submissions of an assignment, and its graded cells in the order of the notebook."""

    assignment: str
    items: list[Item]
    submissions: list[Submission] = field(default_factory=list)

    @property
    def test_items(self) -> list[Item]:
        return [item for item in self.items if not item.written]

    @property
    def max_score(self) -> float:
        return sum(item.max_score for item in self.test_items)

    @property
    def totals(self) -> list[float]:
        """Points of the autograded cells, a number per submission."""
        return [submission.total(self.test_items) for submission in self.submissions]


def collect(course: Course, assignment: str) -> ClassData:
    """Reads gradebook and records; raises CourseError where the assignment was never graded."""
    database = course.root / "gradebook.db"
    if not database.exists():
        raise CourseError(f"{database} does not exist: run `nbgrader autograde {assignment}` first")
    with Gradebook(f"sqlite:///{database}") as gradebook:
        try:
            row = gradebook.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(f"the gradebook has no assignment {assignment}") from None
        written = {cell.name for notebook in row.notebooks for cell in notebook.solution_cells}
        items = [
            Item(cell.name, float(cell.max_score), cell.name in written)
            for notebook in row.notebooks
            for cell in _in_notebook_order(notebook)
        ]
        submissions = [_submission(course, assignment, row) for row in gradebook.assignment_submissions(assignment)]
    if not submissions:
        raise CourseError(f"no submission of {assignment} has been graded")
    return ClassData(assignment, items, sorted(submissions, key=lambda submission: submission.student))


def _in_notebook_order(notebook) -> Iterator:  # type: ignore[no-untyped-def]
    graded = {cell.name: cell for cell in notebook.grade_cells}
    yield from (graded[cell.name] for cell in notebook.source_cells if cell.name in graded)


def _submission(course: Course, assignment: str, row) -> Submission:  # type: ignore[no-untyped-def]
    student = row.student
    grades = [grade for notebook in row.notebooks for grade in notebook.grades]
    scores = {grade.name: None if grade.needs_manual_grade else float(grade.score) for grade in grades}
    records = list(_records(course.root / "autograded" / student.id / assignment))
    name = " ".join(part for part in (student.first_name, student.last_name) if part) or student.id
    return Submission(
        student=student.id,
        name=name,
        scores=scores,
        needs_marking=bool(row.needs_manual_grade),
        mistakes=tuple(Mistake(**mistake) for record in records for mistake in record.mistakes),
        findings=tuple((finding.kind, finding.text) for record in records for finding in record.findings),
        limits_hit=tuple(text for record in records for text in record.limits_hit),
        isolation=", ".join(sorted({record.isolation for record in records})),
        cpu=sum(record.cpu for record in records),
        wall=sum(record.wall for record in records),
        memory=max((record.memory for record in records), default=0),
    )


def _records(folder: Path) -> Iterator[Record]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        yield Record.from_dict(json.loads(path.read_text()))
