"""The report of a course that is laid out otherwise, keeps its marks elsewhere, and has no `solutions/`."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from grade.course import ThrowAwayCourse, graded_cell, open_cell
from nbgrader.api import Gradebook

from autograder.course.paths import Course, CourseError
from autograder.report.collect import collect
from autograder.report.write import write_report

CONFIG = """
import os
from autograder.grade import configure
c = get_config()
configure(c)
"""
IN_PYTHON = """
c.CourseDirectory.db_url = "sqlite:///" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "marks", "class.db")
c.CourseDirectory.autograded_directory = "graded"
"""


@pytest.fixture(params=["py", "json", "Jupyter's folder"])
def course(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path)
    (tmp_path / "marks").mkdir()
    (tmp_path / "nbgrader_config.py").write_text(CONFIG + (IN_PYTHON if request.param == "py" else ""))
    if request.param != "py":
        folder = tmp_path if request.param == "json" else tmp_path / "home"
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "home"))
        places = {"db_url": f"sqlite:///{tmp_path}/marks/class.db", "autograded_directory": "graded"}
        (folder / "nbgrader_config.json").write_text(json.dumps({"CourseDirectory": places}))
    made.config.CourseDirectory.db_url = f"sqlite:///{tmp_path}/marks/class.db"
    made.config.CourseDirectory.autograded_directory = "graded"
    cells = [open_cell("f", "def f(x):\n    return 2 * x"), graded_cell("visible", "assert f(2) == 4", 3)]
    made.release("hw", nbformat.v4.new_notebook(cells=cells))
    return made


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_settings_of_the_course_are_followed(course: ThrowAwayCourse) -> None:
    book = course.released("hw")
    book.cells[0].source = "def f(x):\n    return x + x"
    course.submit("hw", "ann", book)
    course.run("hw", "ann")
    book.cells[0].source = "def f(x):\n    return x +"
    course.submit("hw", "bob", book)
    course.run("hw", "bob")
    page = course.root / "feedback" / "ann" / "hw" / "hw.html"
    page.parent.mkdir(parents=True)
    page.touch()
    found = Course.find(course.root, sources=False)
    data = collect(found, "hw")
    assert [one.no_python for one in data.submissions] == [(), ("f",)]
    assert [one.feedback for one in data.submissions] == [page, None]
    assert [(one.student, one.scores, one.isolation != "") for one in data.submissions] == [
        ("ann", {"visible": 3.0}, True),
        ("bob", {"visible": 0.0}, True),
    ]
    with Gradebook(course.config.CourseDirectory.db_url) as gradebook, gradebook.db.no_autoflush:
        gradebook.update_or_create_student("late")
        gradebook.update_or_create_submission("hw", "late")
        gradebook.grant_extension("hw", "late", days=2)
    assert collect(found, "hw") == replace(data, absent=("late",))
    page, table = write_report(found, "hw", course.root / "reports")
    assert "Nothing handed in: late." in page.read_text()
    assert "late" not in table.read_text()
    assert "ann" in page.read_text()
    assert "ann" in table.read_text()


def test_a_gradebook_that_is_not_there_is_named(course: ThrowAwayCourse) -> None:
    (course.root / "marks" / "class.db").unlink()
    with pytest.raises(CourseError, match=r"there is no sqlite:///\S*marks/class\.db: run autograder grade hw first"):
        collect(Course(course.root), "hw")


def test_a_folder_without_a_config_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no folder above it holds nbgrader_config\.py"):
        Course.find(tmp_path, sources=False)
