"""A class of ten: right, wrong, late and unreadable work, and a process that ends."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from .course import ThrowAwayCourse, code, graded_cell, open_cell
from .course import flags as labels

CONFIG = """
from autograder.grade import configure
c = get_config()
configure(c, memory_gib=0.6)
c.Execute.timeout = 20
c.LateSubmissionPlugin.penalty_method = "zero"
"""
RIGHT = "def f(x):\n    return 2 * x"
DUE = "2026-01-02 00:00 UTC"
# By student: the answer, and when it was handed in.
CLASS = {
    "ann": RIGHT,
    "bob": "def f(x):\n    return x + 1",
    "cy": "def f(x",
    "dan": f"{RIGHT}\nseen = K",  # uses what an experiment defines
    "eve": "import os\nos._exit(3)",
    "fay": RIGHT,
    "gus": "def f(x):\n    raise NotImplementedError",
    "hal": RIGHT,
}
LATE = {"fay": "2026-01-03 10:00 UTC", "hal": "2026-01-03 10:00 UTC", "ann": "2026-01-01 10:00 UTC"}
FIGURE = "K = 3\nprint('an experiment', f(K))"


def source() -> nbformat.NotebookNode:
    hidden = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f({0}) == {1}\n### END HIDDEN TESTS"
    return nbformat.v4.new_notebook(
        cells=[
            open_cell("f", RIGHT),
            code(FIGURE, {"tags": ["no-marks"]}),
            graded_cell("t1", hidden.format(5, 10), 2),
            graded_cell("t2", hidden.format(-4, -8), 3),
            nbformat.v4.new_markdown_cell("Why?", metadata=labels("why", grade=True, solution=True, points=4)),
        ]
    )


def make(root: Path, url: str = "") -> ThrowAwayCourse:
    """The course with all that was handed in. url: of its gradebook, if it is not the usual file. Where the database
    holds rows to their references, nbgrader needs the id of the course."""
    made = ThrowAwayCourse(root)
    root.mkdir()
    settings = {"db_url": url, "course_id": "course"} if url else {}
    made.config.CourseDirectory.update(settings)
    lines = [f"c.CourseDirectory.{name} = {value!r}\n" for name, value in settings.items()]
    (root / "nbgrader_config.py").write_text(CONFIG + "".join(lines))
    made.release("hw", source(), {"table.csv": Path(__file__).with_name("__init__.py")})
    for student, answer in CLASS.items():
        notebook = made.released("hw")
        notebook.cells[0].source = answer
        folder = made.submit("hw", student, notebook)
        if student in LATE:
            (folder / "timestamp.txt").write_text(LATE[student])
    shutil.copytree(root / "submitted" / "bob", root / "submitted" / "ida")
    (root / "submitted" / "ida" / "hw" / "p.ipynb").rename(root / "submitted" / "ida" / "hw" / "p (1).ipynb")
    (root / "submitted" / "kim" / "hw").mkdir(parents=True)
    (root / "submitted" / "kim" / "hw" / "p.ipynb").write_text("{ not JSON")
    with Gradebook(url or f"sqlite:///{root}/gradebook.db") as gradebook, gradebook.db.no_autoflush:
        gradebook.update_or_create_assignment("hw", duedate=DUE)
        gradebook.update_or_create_student("hal")
        gradebook.update_or_create_submission("hw", "hal")
        gradebook.grant_extension("hw", "hal", days=30)
    return made


def grade(root: Path, *arguments: str, command: str = "grade") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", command, "hw", *arguments],
        cwd=root, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


ROWS = """
    select s.id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade, n.late_submission_penalty, a.timestamp,
           (select o.auto_comment from comment o where o.cell_id = c.id and o.notebook_id = n.id)
    from grade g join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id
    join submitted_assignment a on a.id = n.assignment_id join student s on s.id = a.student_id order by s.id, c.name
"""


def marks(root: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(root / "gradebook.db")) as database:
        return database.execute(ROWS).fetchall()
