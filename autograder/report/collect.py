"""Brings together what the gradebook and the records of an assignment say, as plain dataclasses.

The only module of the report that reads files. A submission without a record (graded by stock nbgrader) is taken from
the gradebook alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory

from ..course.paths import RECORD_SUFFIX, Course, CourseError
from ..engine.record import NotebookRecord, ReleasedCell
from ..grade import gradebook, reuse
from ..grade.config import course_directory
from ..grade.converters import UNFINISHED
from ..grade.delimiters import Delimiters
from ..grade.gradebook import GradedCell, GradedSubmission, graded
from ..grade.handed_in import missing, others_than
from ..mistakes.recognise import RecognisedMistake

MISSING: Final = "missing"  # the kind of finding that is no grader's


@dataclass(frozen=True)
class Submission:
    """One student's submission. A score is None where a person has yet to decide."""

    student: str
    name: str
    scores: dict[str, float | None]
    needs_marking: bool
    mistakes: tuple[RecognisedMistake, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    limits_hit: tuple[str, ...] = ()
    isolation: str = ""
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0
    guesses: tuple[tuple[str, str], ...] = ()  # question and guess
    hints_taken: tuple[tuple[str, int], ...] = ()  # exercise and how many
    no_python: tuple[str, ...] = ()  # the cells that Python cannot read
    feedback: Path | None = None  # the student's page, or the folder of several
    outdated: bool = False  # whether it was graded with other tests or points than those of the release

    def total(self, items: list[GradedCell]) -> float:
        return sum(self.scores.get(item.name) or 0.0 for item in items)


@dataclass(frozen=True)
class ClassData:
    """All submissions of an assignment, and its graded cells in the order of the notebook. bank: whether the course
    knows mistakes, of which one that was made could have been named."""

    assignment: str
    items: list[GradedCell]
    submissions: list[Submission] = field(default_factory=list)
    absent: tuple[str, ...] = ()  # the names of those who have an extension, say, and have handed in nothing
    bank: bool = True

    @property
    def test_items(self) -> list[GradedCell]:
        return [item for item in self.items if not item.written]

    @property
    def written_items(self) -> list[GradedCell]:
        return [item for item in self.items if item.written]

    @property
    def max_score(self) -> float:
        return sum(item.max_score for item in self.test_items)

    @property
    def totals(self) -> list[float]:
        """Points of the autograded cells, a number per submission."""
        return [submission.total(self.test_items) for submission in self.submissions]


def collect(course: Course, assignment: str) -> ClassData:
    """Reads gradebook and records; raises CourseError where the assignment was never graded."""
    directory = course_directory(course.root)
    if not gradebook.exists(directory.db_url):
        raise CourseError(f"there is no {directory.db_url}: run autograder grade {assignment} first")
    _, submissions = graded(directory.db_url, assignment)
    usual = Delimiters(directory).usual_cells
    found = gradebook.released_notebooks(directory.db_url, assignment)
    released = {name: usual(cells) for name, cells in found.items()}
    absent = [row for row in submissions if not _handed_in(directory, assignment, row)]
    there = [_submission(directory, assignment, row, released) for row in submissions if row not in absent]
    if not there:
        raise CourseError(f"no submission of {assignment} has been graded: run autograder grade {assignment} first")
    items = [
        GradedCell(cell.name, cell.points, written=cell.task or cell.solution)
        for cells in released.values()
        for cell in cells
        if cell.grade or cell.task
    ]
    bank = course.mistakes(assignment).exists()
    return ClassData(assignment, items, there, tuple(row.full_name for row in absent), bank)


def _handed_in(directory: CourseDirectory, assignment: str, row: GradedSubmission) -> bool:
    """Whether there is anything that could be graded: the gradebook also has a row for who has an extension."""
    steps = (directory.submitted_directory, directory.autograded_directory)
    return any(row.scores.values()) or any(
        Path(directory.format_path(step, row.student, assignment)).is_dir() for step in steps
    )


def _submission(
    directory: CourseDirectory, assignment: str, row: GradedSubmission, released: Mapping[str, tuple[ReleasedCell, ...]]
) -> Submission:
    folder = Path(directory.format_path(directory.autograded_directory, row.student, assignment))
    records = [record for path in _record_files(folder) if (record := NotebookRecord.read(path)) is not None]
    findings: list[tuple[str, str]] = []
    for record in records:
        put_back = {cell.name for cell in released.get(record.notebook, ()) if cell.must_exist}
        names = (cell.name for cell in record.cells)
        instead = others_than(directory, row.student, assignment, record.notebook, names, put_back)
        if instead:  # all else that was put right follows from that
            findings.append((MISSING, f"{record.notebook}.ipynb was not found; the files found are: {instead}"))
        findings += [(one.kind, one.text) for one in record.all_findings if not instead or one.kind != "repair"]
    findings += [
        (MISSING, f"{name}.ipynb was not handed in") for name in missing(directory, row.student, assignment, released)
    ]
    return Submission(
        student=row.student,
        name=row.full_name,
        scores=row.scores,
        needs_marking=row.needs_marking,
        mistakes=tuple(mistake for record in records for mistake in record.mistakes),
        findings=tuple(dict.fromkeys(findings)),  # what is said of the folder stands in each record
        guesses=tuple(pair for record in records for pair in record.guesses.items()),
        hints_taken=tuple(pair for record in records for pair in record.hints_taken.items()),
        limits_hit=tuple(text for record in records for text in record.limits_hit),
        no_python=tuple(cell.name for record in records for cell in record.cells if cell.no_python),
        feedback=_feedback(directory, row.student, assignment),
        outdated=any(_outdated(record, released.get(record.notebook, ())) for record in records),
        isolation=", ".join(sorted({record.isolation for record in records})),
        cpu=sum(record.cpu for record in records),
        wall=sum(record.wall for record in records),
        memory=max((record.memory for record in records), default=0),
    )


def _outdated(record: NotebookRecord, released: tuple[ReleasedCell, ...]) -> bool:
    """Whether the points of the released cells, or the texts of the tests, are others than a notebook was graded with.
    Records of earlier versions do not say with which texts."""
    points = {cell.name: cell.points for cell in released if cell.grade}
    if {mark.cell: mark.max_score for mark in record.marks} != points:
        return True
    tests = [cell for cell in released if cell.grade and not cell.solution and cell.cell_type == "code"]
    now = reuse.of_tests({cell.name: cell.source for cell in tests})
    return any(record.basis.get(name, digest) != digest for name, digest in now.items())


def _feedback(directory: CourseDirectory, student: str, assignment: str) -> Path | None:
    """The page of the student's feedback, or the folder where there are several."""
    folder = Path(directory.format_path(directory.feedback_directory, student, assignment))
    pages = list(folder.glob("*.html"))
    return (pages[0] if len(pages) == 1 else folder) if pages else None


def _record_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{RECORD_SUFFIX}") if not path.name.endswith(UNFINISHED))
