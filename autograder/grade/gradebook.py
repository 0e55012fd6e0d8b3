"""All that is read from and written to nbgrader's gradebook, as plain data. No other module has a query.

The gradebook is nbgrader's: its tables, its rules. nbgrader's plug-ins, the report and the demo ask here.
"""

import functools
import json
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import nbgrader.api
from nbgrader.api import Base, BaseCell, Comment, Grade, Gradebook, MissingEntry
from sqlalchemy import Engine, NullPool, event, insert, make_url, select

from ..course.markup import TestCell, exercise_of
from ..course.paths import CourseError
from ..engine.record import ReleasedCell
from ..sandbox import scratch

Scores = Mapping[str, float | None]  # by cell; None where a person has to decide

# Released cells by gradebook, notebook and assignment, where a release is known to stay as it is.
Kept = dict[tuple[str, str, str], tuple[ReleasedCell, ...]]
_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)
_LOCKED: Final = 120.0  # seconds to wait while another program holds the gradebook; SQLite itself waits five


def install() -> None:
    """Has nbgrader do once a process what it does anew for each `Gradebook`, of which it opens a dozen a submission."""
    create, version = nbgrader.api.create_engine, nbgrader.api.get_alembic_version
    if not hasattr(version, "cache_info"):
        file = functools.cache(functools.partial(create, poolclass=NullPool, connect_args={"timeout": _LOCKED}))
        nbgrader.api.create_engine = functools.partial(_engine, create, file)
        nbgrader.api.get_alembic_version = functools.cache(_version)


def _engine(create: Callable[..., Engine], file: Callable[..., Engine], url: str, **options: Any) -> Engine:
    """One for each file: an engine keeps the queries that it has compiled, which is most of the work of a query.

    No connection outlives its gradebook, so the file may be replaced.
    """
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:"):
        return file(url, **options)
    return create(url, **options)


def _version() -> str:
    """Of the tables of a new gradebook, by alembic itself; nbgrader starts its command, which takes a second."""
    from alembic.script import ScriptDirectory  # only where a gradebook is made
    from nbgrader.dbutil import ALEMBIC_DIR

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


def released_cells(url: str, notebook: str, assignment: str) -> tuple[ReleasedCell, ...]:
    """The cells of a notebook that nbgrader knows, in released order. Raises nbgrader's MissingEntry where it does not
    know the notebook."""
    kept = _kept.get()
    if kept is None:
        return _released_cells(url, notebook, assignment)
    if (url, notebook, assignment) not in kept:
        kept[url, notebook, assignment] = _released_cells(url, notebook, assignment)
    return kept[url, notebook, assignment]


def _released_cells(url: str, notebook: str, assignment: str) -> tuple[ReleasedCell, ...]:
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
    """The cells of each notebook of an assignment; empty where nbgrader does not know it. No gradebook is made."""
    if not exists(url):
        return {}
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
        found = {name: (score, score is None) for name, score in scores.items()}
        _set(gradebook, submission, NotebookRows(found, dict(comments)))
        gradebook.db.commit()


def settled(url: str, assignment: str, student: str) -> dict[str, set[str]]:
    """By notebook, the cells whose mark a person gave, and need not look at again."""
    found = rows_of(url, assignment, student) or SubmissionRows()
    return {name: {cell for cell in rows.manual if not rows.scores[cell][1]} for name, rows in found.notebooks.items()}


def keep_marks(url: str, notebook: str, assignment: str, student: str, same: Collection[str]) -> None:
    """Of these cells the answer is the one that a person has marked: nobody need look again."""
    with Gradebook(url) as gradebook:
        submission = gradebook.find_submission_notebook(notebook, assignment, student)
        for name, grade in _named(gradebook, Grade, submission):
            if name in same and grade.manual_score is not None:
                grade.needs_manual_grade = False
        gradebook.db.commit()


def _set(gradebook: Gradebook, notebook: Any, rows: "NotebookRows", same: Collection[str] = ()) -> bool:
    """What grading writes of a submitted notebook. same: cells of which a person may have marked this very answer. Says
    whether a person has marked another one."""
    outdated = False
    for name, grade in _named(gradebook, Grade, notebook):
        marked, before = grade.manual_score is not None, grade.needs_manual_grade
        if name in rows.scores:
            grade.auto_score, unsure = rows.scores[name]
            grade.needs_manual_grade = marked or unsure
        if marked and name in same:
            grade.needs_manual_grade = before
        outdated = outdated or (marked and bool(grade.needs_manual_grade))
    for name, comment in _named(gradebook, Comment, notebook):
        if name in rows.comments:
            comment.auto_comment = rows.comments[name]
    return outdated


def _named(gradebook: Gradebook, kind: Any, notebook: Any) -> list[tuple[str, Any]]:
    """The grades or comments of a submitted notebook, each with the name of its cell, which it would ask for anew."""
    rows = gradebook.db.execute(
        select(BaseCell.name, kind).join(BaseCell, kind.cell_id == BaseCell.id).where(kind.notebook_id == notebook.id)
    )
    return [(name, row) for name, row in rows]


# ---------------------------------------------------------------- a class graded elsewhere


@dataclass(frozen=True)
class NotebookRows:
    """What grading writes of one notebook: by cell the automatic score, and whether a person has to decide; by cell
    the automatic comment. `manual` are the scores that a person gave, which it never writes."""

    scores: dict[str, tuple[float | None, bool]] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    manual: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SubmissionRows:
    """What grading writes of one submission."""

    timestamp: datetime | None = None
    notebooks: dict[str, NotebookRows] = field(default_factory=dict)


def release_alone(url: str, assignment: str) -> bytes:
    """A gradebook, as the bytes of an SQLite file, that holds the release of one assignment and no student. Raises
    nbgrader's MissingEntry where the gradebook does not know the assignment."""
    tables = Base.metadata.tables
    with scratch.folder() as folder:
        file = folder / "gradebook.db"
        with Gradebook(url) as old, Gradebook(f"sqlite:///{file}") as new:
            known = old.find_assignment(assignment)
            notebooks = [notebook.id for notebook in known.notebooks]
            base = tables["base_cell"]
            cells = list(old.db.scalars(select(base.c.id).where(base.c.notebook_id.in_(notebooks))))
            for name, column, wanted in (
                ("course", "id", [known.course_id]),
                ("assignment", "id", [known.id]),
                ("notebook", "id", notebooks),
                ("base_cell", "id", cells),
                *((name, "id", cells) for name in ("grade_cells", "solution_cells", "task_cells")),
                ("source_cell", "notebook_id", notebooks),
            ):
                table = tables[name]
                rows = [
                    dict(row) for row in old.db.execute(select(table).where(table.c[column].in_(wanted))).mappings()
                ]
                if name == "course":
                    there = set(new.db.scalars(select(table.c.id)))
                    rows = [row for row in rows if row["id"] not in there]
                if rows:
                    new.db.execute(insert(table), rows)
            new.db.commit()
        return file.read_bytes()


def known_of(url: str, assignment: str) -> dict[str, tuple[datetime | None, timedelta | None]]:
    """By student: when a submission was handed in, as far as the gradebook knows, and its extension."""
    with Gradebook(url) as gradebook:
        return {
            row.student_id: (row.timestamp, row.extension) for row in gradebook.find_assignment(assignment).submissions
        }


@contextmanager
def of_one_release(kept: Kept) -> Iterator[None]:
    """For a process whose gradebooks all are copies of one that `release_alone` has made, and go when it does: their
    tables are there, the release is always the same, and no write need reach the disk. nbgrader opens a dozen
    gradebooks a submission and looks each time. kept: what is known of the release."""
    replaced = ((Base.metadata, "create_all"), (Gradebook, "check_course"))
    before = [(owner, name, getattr(owner, name)) for owner, name in replaced]
    for owner, name in replaced:
        setattr(owner, name, lambda *_, **__: None)
    event.listen(Engine, "connect", _careless)
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)
        event.remove(Engine, "connect", _careless)
        for owner, name, value in before:
            setattr(owner, name, value)


def _careless(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=MEMORY")


def begin(url: str, assignment: str, student: str, timestamp: datetime | None, extension: timedelta | None) -> None:
    """Adds a submission with what another gradebook knows of it."""
    with Gradebook(url) as gradebook, gradebook.db.no_autoflush:
        gradebook.update_or_create_student(student)
        more = {"timestamp": timestamp} if timestamp else {}
        gradebook.update_or_create_submission(assignment, student, extension=extension, **more)


def rows_of(url: str, assignment: str, student: str) -> SubmissionRows | None:
    """What grading has written; None where nothing was."""
    with Gradebook(url) as gradebook:
        return _rows(gradebook, assignment, student)


def _rows(gradebook: Gradebook, assignment: str, student: str) -> SubmissionRows | None:
    try:
        row = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
    return SubmissionRows(
        row.timestamp,
        {notebook.name: _notebook_rows(gradebook, notebook) for notebook in row.notebooks},
    )


def _notebook_rows(gradebook: Gradebook, notebook: Any) -> NotebookRows:
    grades = _named(gradebook, Grade, notebook)
    return NotebookRows(
        {name: (grade.auto_score, bool(grade.needs_manual_grade)) for name, grade in grades},
        {name: comment.auto_comment for name, comment in _named(gradebook, Comment, notebook)},
        {name: grade.manual_score for name, grade in grades if grade.manual_score is not None},
    )


class Writer:
    """Writes the marks of a class, a transaction a submission, over one connection; `writing` makes one."""

    def __init__(self, gradebook: Gradebook, assignment: str) -> None:
        self._gradebook = gradebook
        self._assignment = assignment

    def write(self, student: str, rows: SubmissionRows, same: Mapping[str, Collection[str]] | None = None) -> bool:
        """Marks and automatic comments of a submission. Marks that a person gave stay. same: by notebook the cells
        whose answers are what they were. Says whether a person has to look again elsewhere."""
        try:
            return self._write(student, rows, same or {})
        finally:
            self._gradebook.db.expunge_all()  # a class of thousands would stay in memory

    def _write(self, student: str, rows: SubmissionRows, same: Mapping[str, Collection[str]]) -> bool:
        book = self._gradebook
        book.update_or_create_student(student)
        more = {"timestamp": rows.timestamp} if rows.timestamp else {}
        with book.db.no_autoflush:  # it warns of rows that are half made
            submission = book.update_or_create_submission(self._assignment, student, **more)
        outdated = [
            _set(book, notebook, rows.notebooks.get(notebook.name, NotebookRows()), same.get(notebook.name, ()))
            for notebook in submission.notebooks
        ]
        book.db.commit()
        return any(outdated)

    def rows(self, student: str) -> SubmissionRows:
        """What the gradebook says of a submission."""
        return _rows(self._gradebook, self._assignment, student) or SubmissionRows()

    def may_be_late(self, student: str) -> list[str]:
        """The notebooks of a submission whose penalty has to be looked at."""
        row = self._gradebook.find_submission(self._assignment, student)
        late = row.total_seconds_late > 0
        return [notebook.name for notebook in row.notebooks if late or notebook.late_submission_penalty]


@contextmanager
def writing(url: str, course: str, assignment: str) -> Iterator[Writer]:
    """The one place from which the marks of a class are written. `course` is nbgrader's id of the course."""
    log = nbgrader.api.app_log
    log.addFilter(_without_traceback)  # the error is raised too
    try:
        with Gradebook(url, course) as gradebook:
            yield Writer(gradebook, assignment)
    finally:
        log.removeFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    return not record.exc_info


# ---------------------------------------------------------------- what was graded


@dataclass(frozen=True)
class CellMark:
    """What the gradebook says of a cell with points. unmarked: whether a person has to give the score, and has not
    yet, or has for another answer."""

    score: float
    max_score: float
    unmarked: bool = False


@dataclass(frozen=True)
class NotebookMarks:
    """What the gradebook says of a submitted notebook: by cell the mark, and what a person or nbgrader wrote."""

    marks: dict[str, CellMark]
    comments: dict[str, str]
    late_penalty: float = 0.0

    @property
    def score(self) -> float:
        return sum(mark.score for mark in self.marks.values()) - self.late_penalty

    @property
    def max_score(self) -> float:
        return sum(mark.max_score for mark in self.marks.values())


def marks_of(url: str, notebook: str, assignment: str, student: str) -> NotebookMarks:
    """Of one notebook, in a few queries. Raises nbgrader's MissingEntry where it was not graded."""
    most = {cell.name: cell.points for cell in released_cells(url, notebook, assignment) if cell.grade or cell.task}
    with Gradebook(url) as gradebook:
        row = gradebook.find_submission_notebook(notebook, assignment, student)
        comments = {name: text.comment for name, text in _named(gradebook, Comment, row) if text.comment}
        marks = {
            name: CellMark(
                float((grade.auto_score if grade.needs_manual_grade else grade.score) or 0.0),
                most.get(name, 0.0),
                bool(grade.needs_manual_grade),
            )
            for name, grade in _named(gradebook, Grade, row)
        }
        return NotebookMarks(marks, comments, float(row.late_submission_penalty or 0.0))


@dataclass(frozen=True)
class GradedCell:
    """A cell of an assignment that has points. `written` cells are marked by a person."""

    name: str
    max_score: float
    written: bool

    @property
    def exercise(self) -> str:
        return exercise_of(self.name)

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
            raise unknown(assignment) from None
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


# ---------------------------------------------------------------- campus systems


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of a student in an assignment. graded: whether any cell has points. unmarked: whether a
    person has to give some, and has not yet, or has for another answer. score: with what lateness costs taken off, as
    nbgrader exports it."""

    student: str
    first: str = ""
    last: str = ""
    email: str = ""
    lms_user_id: str = ""
    graded: bool = False
    unmarked: bool = False
    raw_score: float = 0.0
    late_penalty: float = 0.0
    timestamp: datetime | None = None

    @property
    def score(self) -> float:
        return max(0.0, self.raw_score - self.late_penalty)


def unknown(assignment: str) -> CourseError:
    """What to say where nbgrader does not know an assignment."""
    return CourseError(f"nbgrader does not know {assignment}: run nbgrader generate_assignment {assignment} first")


def exists(url: str) -> bool:
    """Whether there is a gradebook: nbgrader makes a file where there is none."""
    parts = make_url(url)
    return parts.get_backend_name() != "sqlite" or os.path.exists(parts.database or "")


def enrol(url: str, course: str, students: Mapping[str, Mapping[str, str]]) -> None:
    """Adds students, or what is new of them. `course` is nbgrader's id of the course."""
    with Gradebook(url, course) as gradebook:
        for student, known in students.items():
            gradebook.update_or_create_student(student, **{name: text for name, text in known.items() if text})


def due_date(url: str, assignment: str) -> datetime | None:
    """In UTC; None where there is none."""
    with Gradebook(url) as gradebook:
        return gradebook.find_assignment(assignment).duedate


def assignments_of(url: str) -> list[str]:
    """The names of all that the gradebook knows."""
    with Gradebook(url) as gradebook:
        return sorted(row.name for row in gradebook.assignments)


def standings(url: str, assignment: str) -> tuple[float, dict[str, Standing]]:
    """The points of an assignment, and what there is of each student of the course. Raises CourseError where the
    gradebook has no such assignment."""
    with Gradebook(url) as gradebook:
        try:
            most = float(gradebook.find_assignment(assignment).max_score)
        except MissingEntry:
            raise unknown(assignment) from None
        found = {
            row.id: Standing(row.id, row.first_name or "", row.last_name or "", row.email or "", row.lms_user_id or "")
            for row in gradebook.students
        }
        for row in gradebook.assignment_submissions(assignment):
            grades = [grade for notebook in row.notebooks for grade in notebook.grades]
            found[row.student_id] = replace(
                found[row.student_id],
                # An extension alone makes a submission whose grades are empty, each left to a person.
                graded=any((grade.auto_score, grade.manual_score) != (None, None) for grade in grades),
                unmarked=any(grade.needs_manual_grade for grade in grades),
                raw_score=float(row.score),
                late_penalty=float(row.late_submission_penalty or 0.0),
                timestamp=row.timestamp,
            )
    return most, found
