"""The course of nbgrader's own manual, and its notebooks for single preprocessors, get the marks that nbgrader gives."""

import shutil
from pathlib import Path

import nbgrader
import pytest
from nbgrader.api import Gradebook

from .course import ThrowAwayCourse

PACKAGE = Path(nbgrader.__file__).parent
GUIDE = PACKAGE / "docs/source/user_guide"
FILES = PACKAGE / "tests/preprocessors/files"

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

# None: a person has to mark it. The manual's gradebook gives 1.5 and 3 points in all.
MANUAL: dict[str, dict[str, float | None]] = {
    "bitdiddle": {
        "correct_squares": 0, "squares_invalid_input": 1, "correct_sum_of_squares": 0, "sum_of_squares_uses_squares": 0.5,
        "sum_of_squares_equation": None, "sum_of_squares_application": 0, "jupyter": None, "task": None,
    },
    "hacker": {
        "correct_squares": 1, "squares_invalid_input": 1, "correct_sum_of_squares": 0.5, "sum_of_squares_uses_squares": 0.5,
        "sum_of_squares_equation": None, "sum_of_squares_application": None,
    },
}  # fmt: skip
TOTALS = {"bitdiddle": 1.5, "hacker": 3.0}


@pytest.fixture
def course(tmp_path: Path) -> ThrowAwayCourse:
    return ThrowAwayCourse(tmp_path)


def marks(course: ThrowAwayCourse, assignment: str, student: str) -> dict[str, dict[str, float | None]]:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        notebooks = gradebook.find_submission(assignment, student).notebooks
        return {book.name: {grade.name: grade.auto_score for grade in book.grades} for book in notebooks}


@pytest.mark.skipif(not GUIDE.is_dir(), reason="this nbgrader comes without its manual")
def test_the_course_of_the_manual(course: ThrowAwayCourse) -> None:
    shutil.copytree(GUIDE / "source/ps1", course.root / "source/ps1")
    for student in TOTALS:
        shutil.copytree(GUIDE / f"submitted/{student}/ps1", course.root / f"submitted/{student}/ps1")
    course.generate("ps1")
    for student, total in TOTALS.items():
        course.run("ps1", student)
        found = marks(course, "ps1", student)
        every = {**found["problem1"], **found["problem2"]}
        assert sum(mark or 0.0 for mark in every.values()) == total
        known = {name: mark for name, mark in MANUAL[student].items() if name in every}
        assert {name: every[name] for name in known} == known


def test_task_cells_are_left_to_a_person(course: ThrowAwayCourse) -> None:
    course.release("tasks", FILES / "test_taskcell.ipynb")
    course.submit("tasks", "s", course.released("tasks"))
    found = course.autograde("tasks", "s")
    assert found
    stock = ThrowAwayCourse(course.root / "stock", examiner=False)
    shutil.copytree(course.root / "source", stock.root / "source")
    stock.generate("tasks")
    stock.submit("tasks", "s", stock.released("tasks"))
    assert stock.autograde("tasks", "s") == found


@pytest.mark.parametrize("name", ["infinite-recursion", "long-output", "manually-graded-code-cell"])
def test_a_notebook_for_one_preprocessor_ends_with_bounded_outputs(course: ThrowAwayCourse, name: str) -> None:
    assignment = name.replace("-", "")
    course.release(assignment, FILES / f"{name}.ipynb")
    course.submit(assignment, "s", course.released(assignment))
    marks = course.autograde(assignment, "s")
    assert {mark.cell: mark.score for mark in course.record(assignment, "s").marks} == marks
    outputs = [o for cell in course.graded(assignment, "s").cells for o in cell.get("outputs", [])]
    assert max((len(o.get("text", "")) for o in outputs), default=0) < 200_000
