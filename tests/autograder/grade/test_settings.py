"""A course's own marks around hidden tests are followed; what an instructor changes after the release, and an answer that
stands in the wrong cell, cost no student anything."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from .course import ThrowAwayCourse, flags, graded_cell, open_cell

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

BEGIN, END = "# >>> only for the graders", "# <<< only for the graders"
RIGHT = "def f(x):\n    return x * x"


def source(
    points: float = 2,
    test: str = "assert f(5) == 25",
    begin: str = "### BEGIN HIDDEN TESTS",
    end: str = "### END HIDDEN TESTS",
) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_markdown_cell("Square a number."),
        open_cell("f", RIGHT),
        graded_cell("t", f"assert f(2) == 4\n{begin}\n{test}\n{end}", points),
        nbformat.v4.new_markdown_cell("YOUR ANSWER HERE", metadata=flags("why", grade=True, solution=True, points=3)),
        nbformat.v4.new_markdown_cell("What comes next."),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def submit(course: ThrowAwayCourse, student: str, answer: str = RIGHT, below: str | None = None) -> None:
    book = course.released("hw")
    book.cells[1].source = answer
    if below is not None:
        book.cells.insert(4, nbformat.v4.new_markdown_cell(below))
    course.submit("hw", student, book)


def test_other_delimiters_keep_hidden_tests_hidden(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.config.ClearHiddenTests.begin_test_delimeter = BEGIN
    course.config.ClearHiddenTests.end_test_delimeter = END
    course.release("hw", source(test="top_secret = 1369\nassert f(37) == top_secret", begin=BEGIN, end=END))
    submit(course, "right")
    submit(course, "wrong", "def f(x):\n    return x + x")
    assert course.autograde("hw", "right")["t"] == 2.0
    assert course.autograde("hw", "wrong")["t"] == 0.0
    for student in ("right", "wrong"):
        assert course.record("hw", student).findings == []
        assert "top_secret" not in course.feedback("hw", student)
    (mark, *_) = course.record("hw", "right").marks
    assert mark.reached == "examiner"


@pytest.mark.parametrize(
    ("structure", "steps"),
    [
        ("{assignment_id}/{nbgrader_step}/{student_id}", ["autograded", "release", "source", "submitted"]),
        ("{student_id}/{nbgrader_step}/{assignment_id}", ["autograded", "submitted"]),
    ],
)
def test_a_course_with_its_steps_in_the_middle_of_a_path_is_left_as_it_was(
    tmp_path: Path, structure: str, steps: list[str]
) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.config.CourseDirectory.directory_structure = structure

    def place(step: str, student: str) -> Path:
        return tmp_path / structure.format(assignment_id="hw", nbgrader_step=step, student_id=student)

    place("source", ".").mkdir(parents=True)
    nbformat.write(source(), place("source", ".") / "p.ipynb")
    course.generate("hw")
    for student in ("ann", "bob"):
        place("submitted", student).mkdir(parents=True)
        shutil.copy(place("release", ".") / "p.ipynb", place("submitted", student))
    course.run("hw", "*")
    for student in ("ann", "bob"):
        assert (place("autograded", student) / "p.ipynb").exists()
        assert sorted(path.name for path in place("autograded", student).parents[1].iterdir()) == steps


STOCK = ["nbgrader.preprocessors.GetGrades", "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor"]


@pytest.mark.parametrize(
    ("section", "setting", "value"),
    [
        ("Autograde", "sanitize_preprocessors", ["nbgrader.preprocessors.OverwriteCells"]),
        ("Autograde", "autograde_preprocessors", ["nbgrader.preprocessors.Execute"]),
        ("Autograde", "exporter_class", "nbconvert.exporters.NotebookExporter"),
        ("GenerateFeedback", "preprocessors", STOCK),
        ("HTMLExporter", "preprocessors", []),
    ],
)
def test_steps_that_leave_out_the_graders_own_are_refused_before_the_first_student(
    tmp_path: Path, section: str, setting: str, value: object
) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", source())
    submit(course, "ann")
    course.config[section][setting] = value
    result = course._api().autograde("hw", "*", force=True, create=True)
    assert not result["success"]
    assert f"c.{section}.{setting} leaves out autograder.grade." in result["log"]
    assert not (tmp_path / "autograded").exists()


def test_feedback_with_steps_that_show_hidden_lines_is_refused_and_records_stay_here(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.config.CourseDirectory.ignore = ["*.pyc"]
    course.release("hw", source())
    submit(course, "ann")
    course.autograde("hw", "ann")
    course.feedback("hw", "ann")
    assert [path.name for path in (tmp_path / "feedback/ann/hw").iterdir()] == ["p.html"]
    course.config.GenerateFeedback.preprocessors = STOCK
    result = course._api().generate_feedback("hw", "ann", force=True)
    assert not result["success"]
    assert "c.GenerateFeedback.preprocessors leaves out autograder.grade.views.StudentView" in result["log"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("isolation", "docker"),
        ("memory_gib", 0.001),
        ("kernel_name", "python2"),
        ("extra_arguments", ["--InteractiveShellApp.exec_lines=k = 5"]),
    ],
)
def test_an_option_that_no_submission_could_be_graded_with_is_refused_once(
    tmp_path: Path, option: str, value: object
) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", source())
    for student in ("ann", "bob"):
        submit(course, student)
    course.config.Examine[option] = value
    result = course._api().autograde("hw", "*", force=True, create=True)
    assert not result["success"]
    assert option in result["error"]
    assert result["log"].count(option) == 1
    assert not (tmp_path / "autograded").exists()


def test_a_change_of_the_instructors_is_no_finding_against_students(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", source(points=2))
    for student in ("ann", "bob"):
        submit(course, student)
    assert course.autograde("hw", "ann")["t"] == 2.0
    mended = source(points=5, test="assert f(6) == 36").cells
    mended[2].source = mended[2].source.replace("f(2) == 4", "f(3) == 9")
    nbformat.write(nbformat.v4.new_notebook(cells=mended), course.root / "source/hw/p.ipynb")
    course.generate("hw")
    for student in ("ann", "bob"):
        assert course.autograde("hw", student)["t"] == 5.0
        assert course.record("hw", student).findings == []


def test_an_answer_in_a_cell_below_goes_to_a_person(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", source())
    submit(course, "below", below="Because the slope is small.")
    submit(course, "nothing")
    assert course.autograde("hw", "below")["why"] is None
    assert course.autograde("hw", "nothing")["why"] == 0.0
    assert [finding.text for finding in course.record("hw", "below").findings] == [
        "the answer to why may stand in another cell: 'Because the slope is small.'"
    ]
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        needs = {
            student: gradebook.find_submission("hw", student).needs_manual_grade for student in ("below", "nothing")
        }
        comments = gradebook.find_submission_notebook("p", "hw", "below").comments
        assert [comment.auto_comment for comment in comments if comment.name == "why"] == [None]
    assert needs == {"below": True, "nothing": False}
