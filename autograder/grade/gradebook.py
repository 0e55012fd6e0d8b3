"""All that is read from and written to nbgrader's gradebook, as plain data. No other module has a query.

The gradebook is nbgrader's: its tables, its rules. nbgrader's plug-ins, the report and the demo ask here.
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbgrader.api
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import Engine, NullPool, make_url

from ..course.markup import TestCell
from ..course.paths import CourseError
from ..engine.record import ReleasedCell

Scores = Mapping[str, float | None]  # by cell; None where a person has to decide


def install() -> None:
    """Has nbgrader do once a process what it does anew for each `Gradebook`, of which it opens a dozen a submission."""
    create, version = nbgrader.api.create_engine, nbgrader.api.get_alembic_version
    if not hasattr(version, "cache_info"):
        nbgrader.api.create_engine = functools.partial(_engine, functools.cache(create))
        nbgrader.api.get_alembic_version = functools.cache(_version)


def _engine(create: Callable[..., Engine], url: str, **options: Any) -> Engine:
    """One for each file: an engine keeps the queries that it has compiled, which is most of the work of a query.

    No connection outlives its gradebook, so the file may be replaced.
    """
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:"):
        return create(url, poolclass=NullPool, **options)
    return create.__wrapped__(url, **options)  # type: ignore[attr-defined]


def _version() -> str:
    """Of the tables of a new gradebook, by alembic itself; nbgrader starts its command, which takes a second."""
    from alembic.script import ScriptDirectory  # only where a gradebook is made
    from nbgrader.dbutil import ALEMBIC_DIR

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


def released_cells(url: str, notebook: str, assignment: str) -> tuple[ReleasedCell, ...]:
    """The cells of a notebook that nbgrader knows, in released order. Raises nbgrader's MissingEntry where it does not
    know the notebook."""
    with Gradebook(url) as gradebook:
        row = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: float(cell.max_score) for cell in (*row.grade_cells, *row.task_cells)}
        graded = {cell.name for cell in row.grade_cells}
        tasks = {cell.name for cell in row.task_cells}
        solutions = {cell.name for cell in row.solution_cells}
        return tuple(
            ReleasedCell(
                name=cell.name,
                cell_type=cell.cell_type,
                source=cell.source,
                checksum=cell.checksum,
                locked=bool(cell.locked),
                grade=cell.name in graded,
                solution=cell.name in solutions,
                task=cell.name in tasks,
                points=points.get(cell.name, 0.0),
            )
            for cell in row.source_cells
        )


def kernel(url: str, notebook: str, assignment: str) -> dict[str, Any]:
    """The kernelspec with which a notebook was released; a submission may say what it likes."""
    with Gradebook(url) as gradebook:
        try:
            known = json.loads(gradebook.find_notebook(notebook, assignment).kernelspec or "{}")
        except (MissingEntry, ValueError):
            known = {}
    return known if isinstance(known, dict) else {}


def released_notebooks(url: str, assignment: str) -> dict[str, tuple[ReleasedCell, ...]]:
    """The cells of each notebook of an assignment; empty where nbgrader does not know it."""
    with Gradebook(url) as gradebook:
        try:
            names = [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
        except MissingEntry:
            return {}
    return {name: released_cells(url, name, assignment) for name in names}


def write(
    url: str, notebook: str, assignment: str, student: str, scores: Scores, comments: Mapping[str, str | None]
) -> None:
    """Marks and automatic comments of a submission, in one transaction: nbgrader's own way costs a join and a sync of
    the disk a cell. A mark that a person gave stays."""
    with Gradebook(url) as gradebook:
        submission = gradebook.find_submission_notebook(notebook, assignment, student)
        for grade in submission.grades:
            if grade.name in scores:
                grade.auto_score = scores[grade.name]
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in submission.comments:
            if comment.name in comments:
                comment.auto_comment = comments[comment.name]
        gradebook.db.commit()


@dataclass(frozen=True)
class GradedCell:
    """A cell of an assignment that has points. `written` cells are marked by a person."""

    name: str
    max_score: float
    written: bool

    @property
    def exercise(self) -> str:
        test = TestCell.parse(self.name)
        return test.exercise if test else self.name

    @property
    def aspect(self) -> str:
        test = TestCell.parse(self.name)
        return test.aspect if test else "written" if self.written else ""


@dataclass(frozen=True)
class GradedSubmission:
    """What the gradebook says of a submission."""

    student: str
    full_name: str
    scores: dict[str, float | None]
    needs_marking: bool


def graded(url: str, assignment: str) -> tuple[list[GradedCell], list[GradedSubmission]]:
    """The cells of an assignment that have points, in the order of the notebook, and its submissions by student.

    Raises CourseError where the gradebook has no such assignment.
    """
    with Gradebook(url) as gradebook:
        try:
            row = gradebook.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(f"the gradebook has no assignment {assignment}") from None
        cells = [cell for notebook in row.notebooks for cell in _graded_cells(notebook)]
        submissions = [_graded_submission(one) for one in gradebook.assignment_submissions(assignment)]
    return cells, sorted(submissions, key=lambda submission: submission.student)


def _graded_cells(notebook: Any) -> Iterator[GradedCell]:
    points = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    written = {cell.name for cell in notebook.solution_cells}
    for cell in notebook.source_cells:
        if cell.name in points:
            yield GradedCell(cell.name, points[cell.name], cell.name in written)


def _graded_submission(row: Any) -> GradedSubmission:
    grades = [grade for notebook in row.notebooks for grade in notebook.grades]
    names = (row.student.first_name, row.student.last_name)
    return GradedSubmission(
        student=row.student.id,
        full_name=" ".join(part for part in names if part) or row.student.id,
        scores={grade.name: None if grade.needs_manual_grade else float(grade.score) for grade in grades},
        needs_marking=bool(row.needs_manual_grade),
    )
