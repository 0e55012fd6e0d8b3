"""Where plain nbgrader errs and the examiner's course does not: both on the same submissions, and the list of it in the
instructors' page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.course.paths import Course

from .course import ThrowAwayCourse, graded_cell, open_cell

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

DOCS = Course(Path(__file__).parents[3]).root / "docs/instructors.md"
Marks = dict[str, float | None]
FULL: Marks = {"passes": 1.0, "credit": 4.0, "last": 1.0}
RIGHT = "def f(x):\n    return 2 * x\ndef g():\n    return 4"


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            open_cell("f", RIGHT, "def f(x): raise NotImplementedError"),
            graded_cell("passes", "assert f(1) == 2", 1),
            graded_cell("credit", "g()", 4),
            graded_cell("last", "assert f(2) == 4", 1),
        ]
    )


def gives(value: str) -> str:
    return f"import numpy as np\ndef f(x):\n    return 2 * x\ndef g():\n    return {value}"


def deleted(notebook: NotebookNode) -> None:
    del notebook.cells[1]


def doubled(notebook: NotebookNode) -> None:
    notebook.cells.append(nbformat.from_dict({**notebook.cells[1], "id": "again"}))


def unmarked(notebook: NotebookNode) -> None:
    del notebook.cells[1].metadata["nbgrader"]


def foreign_flags(notebook: NotebookNode) -> None:
    notebook.cells[1].metadata["nbgrader"]["points"] = None


def skipped(notebook: NotebookNode) -> None:
    for cell in notebook.cells[1:]:
        cell.metadata["tags"] = ["skip-execution"]


def untouched(notebook: NotebookNode) -> None:
    pass


@dataclass(frozen=True)
class Difference:
    """`name` stands in the instructors' page. `stock` is None where plain nbgrader gives no grade at all."""

    name: str
    solution: str
    ours: Marks
    stock: Marks | None
    change: Callable[[NotebookNode], None] = untouched


NO_CREDIT = {**FULL, "credit": 0.0}
DIFFERENCES = [
    Difference("NaN as partial credit", gives("float('nan')"), NO_CREDIT, FULL),
    Difference("negative partial credit", gives("-1"), NO_CREDIT, FULL),
    Difference("`np.float64` as partial credit", gives("np.float64(2.5)"), {**FULL, "credit": 2.5}, FULL),
    Difference("`False` as partial credit", gives("False"), NO_CREDIT, FULL),
    Difference("more partial credit than there are points", gives("7"), FULL, None),
    Difference(
        "a warning on stderr", "import warnings\ndef f(x):\n    warnings.warn('slow')\n    return 2 * x\ndef g():\n    return 4",
        FULL, {**FULL, "passes": 0.0, "last": 0.0},
    ),
    Difference(
        "a process that dies", "import os\ndef f(x):\n    return 2 * x\ndef g():\n    os._exit(1)",
        {"passes": 1.0, "credit": 0.0, "last": 0.0}, None,
    ),
    Difference(
        "an endless loop that ignores the interrupt",
        "import signal\ndef f(x):\n    return 2 * x\ndef g():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass",
        {"passes": 1.0, "credit": 0.0, "last": 0.0}, None,
    ),
    Difference(
        "an error after a result", "import sys\ndef f(x):\n    sys.displayhook('ok')\n    return 0\ndef g():\n    return 0",
        {"passes": 0.0, "credit": 0.0, "last": 0.0}, {"passes": 1.0, "credit": 0.0, "last": 1.0},
    ),
    Difference("a deleted test cell", RIGHT, FULL, {**FULL, "passes": None}, deleted),
    Difference("a doubled test cell", RIGHT, FULL, None, doubled),
    Difference("a test cell that is no longer marked as one", RIGHT, FULL, {**FULL, "passes": None}, unmarked),
    Difference("damaged metadata of a test cell", RIGHT, FULL, None, foreign_flags),
    Difference("tags that skip a test cell", "f = g = None", {"passes": 0.0, "credit": 0.0, "last": 0.0}, FULL, skipped),
]  # fmt: skip


@pytest.fixture(scope="module", params=["examiner", "plain"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp(request.param), examiner=request.param == "examiner")
    made.config.Execute.timeout = 4
    made.release("hw", source())
    return made


@pytest.mark.parametrize("number", range(len(DIFFERENCES)), ids=lambda n: DIFFERENCES[n].name)
def test_both_give_the_marks_that_the_list_says(course: ThrowAwayCourse, number: int) -> None:
    difference = DIFFERENCES[number]
    notebook = course.released("hw")
    notebook.cells[0].source = difference.solution
    difference.change(notebook)
    folder = course.root / "submitted" / f"s{number}" / "hw"
    folder.mkdir(parents=True)
    (folder / "p.ipynb").write_text(nbformat.writes(notebook))
    examined = "examiner" in course.root.name
    expected = difference.ours if examined else difference.stock
    if expected is None:
        with pytest.raises(AssertionError):
            course.run("hw", f"s{number}")
        assert not (course.root / "autograded" / f"s{number}" / "hw").exists()
    else:
        assert course.autograde("hw", f"s{number}") == expected


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_the_instructors_page_lists_it(difference: Difference) -> None:
    assert f"| {difference.name} |" in DOCS.read_text(encoding="utf-8")
