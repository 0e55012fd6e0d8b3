"""Plain nbgrader commands over a class with broken submissions: each gets what it can earn, and costs nobody else."""

from collections.abc import Callable

import nbformat
import pytest
from nbgrader.api import Gradebook
from small_course import nbgrader, write_small_course

from autograder.course.paths import Course
from autograder.release.build import build

NAME = "01_small"
SOLVED = "def double(x):\n    return x + x\n\n\ndef helper(x, scale=1.0):\n    return scale * double(x)"


def solved(course: Course) -> nbformat.NotebookNode:
    notebook = nbformat.read(course.release_notebook(NAME), as_version=4)
    next(cell for cell in notebook.cells if cell.id == "double").source = SOLVED
    return notebook


def text_of(change: Callable[[nbformat.NotebookNode], object]) -> Callable[[Course], str]:
    def make(course: Course) -> str:
        notebook = solved(course)
        change(notebook)
        return nbformat.writes(notebook)

    return make


def test_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == "test-double-value")


test_cell.__test__ = False  # type: ignore[attr-defined]


def version_3(course: Course) -> str:
    """The same answer, saved by a tool that knows notebook format 3 only."""
    cells = [nbformat.v3.new_code_cell(input=SOLVED, metadata={"nbgrader": {"grade_id": "double"}})]
    return nbformat.v3.writes_json(nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=cells)]))


def truncated(course: Course) -> str:
    """Cut off in the test cell: the answer before it can still be read."""
    text = nbformat.writes(solved(course))
    return text[: text.index("twice two is four")]


SUBMISSIONS: dict[str, tuple[Callable[[Course], str], float]] = {
    "honest": (text_of(lambda nb: None), 2),
    "deleted": (text_of(lambda nb: nb.cells.remove(test_cell(nb))), 2),
    "doubled": (text_of(lambda nb: nb.cells.append(nbformat.from_dict({**test_cell(nb), "id": "copy"}))), 2),
    "retyped": (text_of(lambda nb: test_cell(nb).update(cell_type="raw")), 2),
    "moved": (text_of(lambda nb: nb.cells.insert(0, nb.cells.pop(nb.cells.index(test_cell(nb))))), 2),
    "points": (text_of(lambda nb: test_cell(nb).metadata.nbgrader.update(points=500)), 2),
    "skipped": (text_of(lambda nb: test_cell(nb).metadata.update(tags=["skip-execution"])), 2),
    "old": (version_3, 2),
    "truncated": (truncated, 2),
    "empty": (lambda course: "", None),  # nobody knows what it held: a person decides
    "garbage": (lambda course: "\x00\x01 no notebook", None),
    "unsolved": (lambda course: course.release_notebook(NAME).read_text(), 0),
    "unsolved-skipped": (
        lambda course: course.release_notebook(NAME).read_text().replace("raises-exception", "skip-execution"),
        0,
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str]:
    """A course with every kind of submission, graded once."""
    course = write_small_course(tmp_path_factory.mktemp("class") / "course")
    build(course, NAME, prove=False, progress=lambda _: None)
    assert nbgrader(course, "generate_assignment", NAME).returncode == 0
    for student, (make, _) in SUBMISSIONS.items():
        path = course.root / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(make(course))
    done = nbgrader(course, "autograde", NAME)
    assert done.returncode == 0, done.stderr[-3000:]
    return course, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("student", SUBMISSIONS)
def test_each_submission_gets_what_it_earned(graded: tuple[Course, str], student: str) -> None:
    course, _ = graded
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("test-double-value", NAME, NAME, student)
        assert grade.auto_score == SUBMISSIONS[student][1]
        assert grade.needs_manual_grade is (SUBMISSIONS[student][1] is None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "finding"),
    [
        ("deleted", "was not found: put back"),
        ("doubled", "more than once"),
        ("retyped", "was turned from code into raw"),
        ("moved", "moved behind them"),
        ("old", "format 3"),
        ("truncated", "file is damaged"),
        ("empty", "file is damaged"),
    ],
)
def test_what_was_repaired_stands_in_the_log_and_in_the_notebook(
    graded: tuple[Course, str], student: str, finding: str
) -> None:
    course, log = graded
    assert any(student in line and finding in line for line in log.splitlines())
    path = course.root / "autograded" / student / NAME / f"{NAME}.ipynb"
    findings = nbformat.read(path, as_version=4).metadata.autograder.findings
    assert any(finding in text for text in findings)


@pytest.mark.slow
def test_feedback_is_made_for_every_student(graded: tuple[Course, str]) -> None:
    course, _ = graded
    done = nbgrader(course, "generate_feedback", NAME)
    assert done.returncode == 0, done.stderr[-2000:]
    made = {path.parent.parent.name for path in (course.root / "feedback").rglob(f"{NAME}.html")}
    assert made == set(SUBMISSIONS)
