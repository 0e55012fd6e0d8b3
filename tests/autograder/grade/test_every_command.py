"""Each command goes by the settings of the course: where folders lie and what they are called, and where the marks are."""

import csv
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from .course import ThrowAwayCourse, graded_cell, open_cell

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

DIRECTORIES = {
    "source": "of-the-author",
    "release": "to-students",
    "submitted": "from-students",
    "autograded": "marked",
    "feedback": "pages",
}
MARKS = "sqlite:///marks/class.db"  # from the course's folder on
CONFIG = "from autograder.grade import configure\nc = get_config()\nconfigure(c)\n" + "".join(
    f"c.CourseDirectory.{name} = {value!r}\n"
    for name, value in {
        "db_url": MARKS,
        "course_id": "course-3",
        **{f"{step}_directory": folder for step, folder in DIRECTORIES.items()},
    }.items()
)


@pytest.fixture
def course(tmp_path: Path) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path / "course")
    (made.root / "marks").mkdir(parents=True)
    (made.root / "nbgrader_config.py").write_text(CONFIG)
    hidden = "assert f(2) == 4\n### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS"
    source = nbformat.v4.new_notebook(
        cells=[open_cell("f", "def f(x):\n    return 2 * x"), graded_cell("t", hidden, 3)]
    )
    folder = made.root / DIRECTORIES["source"] / "hw"
    folder.mkdir(parents=True)
    nbformat.write(source, folder / "p.ipynb")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "hw", "--create"]
    done = subprocess.run(command, cwd=made.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def hand_in(course: ThrowAwayCourse, inbound: Path, student: str, answer: str) -> None:
    """As nbgrader's exchange keeps it."""
    book = nbformat.read(course.root / DIRECTORIES["release"] / "hw" / "p.ipynb", 4)
    book.cells[0].source = answer
    folder = inbound / f"{student}+hw+2026-11-25 10:00:00.500000 UTC+abc"
    folder.mkdir(parents=True)
    nbformat.write(book, folder / "p.ipynb")


def test_every_command_follows_the_settings_from_wherever_it_is_run(course: ThrowAwayCourse, tmp_path: Path) -> None:
    root = course.root
    hand_in(course, tmp_path / "inbound", "ann", "def f(x):\n    return x + x")
    hand_in(course, tmp_path / "inbound", "bob", "def f(x):\n    return 4")
    for command in (
        ["try", "hw"],
        ["handout", "hw"],
        ["collect", "hw", str(tmp_path / "inbound")],
        ["grade", "hw", "--jobs", "1"],
        ["regrade", "hw", "--dry-run", "--jobs", "1"],
        ["feedback", "hw"],
        ["report", "hw"],
        ["export", "hw", "--to", "csv"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "autograder.cli", *command],
            cwd=root / DIRECTORIES["source"] / "hw", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    for student in ("ann", "bob"):
        for step, name in (("submitted", "p.ipynb"), ("autograded", "p.record.json"), ("feedback", "p.html")):
            assert (root / DIRECTORIES[step] / student / "hw" / name).is_file(), (student, step)
    assert sorted(path.name for path in root.iterdir()) == sorted(
        [*DIRECTORIES.values(), "build", "marks", "nbgrader_config.py", "reports"]
    )
    assert [path.name for path in (root / "marks").iterdir()] == ["class.db"]
    assert [path.name for path in (root / DIRECTORIES["source"] / "hw").iterdir()] == ["p.ipynb"]
    assert (root / "build" / "handout" / "course-3" / "hw" / "p.ipynb").is_file()
    with open(root / "reports" / "hw-csv.csv", encoding="utf-8", newline="") as stream:
        assert {row["student_id"]: row["score"] for row in csv.DictReader(stream)} == {"ann": "3", "bob": "0"}
    with Gradebook(f"sqlite:///{root}/marks/class.db") as gradebook:
        marks = {one.student.id: one.score for one in gradebook.assignment_submissions("hw")}
    assert marks == {"ann": 3.0, "bob": 0.0}
    page = (root / "reports" / "hw.html").read_text(encoding="utf-8")
    assert all(f'"../{DIRECTORIES["feedback"]}/{student}/hw/p.html"' in page for student in ("ann", "bob"))
