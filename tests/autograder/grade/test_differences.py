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
FULL: Marks = {"passes": 1.0, "credit": 4.0, "last": 1.0, "hidden": 1.0}
RIGHT = "def f(x):\n    return 2 * x\ndef g():\n    return 4"


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            open_cell("f", RIGHT, "def f(x): raise NotImplementedError"),
            graded_cell("passes", "assert f(1) == 2", 1),
            graded_cell("credit", "g()", 4),
            graded_cell("last", "assert f(2) == 4", 1),
            graded_cell(
                "hidden", "### BEGIN HIDDEN TESTS\nassert f(3) == 6 and len(f([0])) > 0\n### END HIDDEN TESTS", 1
            ),
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


def in_f(line: str) -> str:
    """A right function whose result in the hidden test takes this line."""
    return f"import socket\nimport numpy as np\ndef f(x):\n    if x in (3, [0]):\n        {line}\n    return 2 * x\ndef g():\n    return 4"


NO_CREDIT = {**FULL, "credit": 0.0}
NOTHING: Marks = dict.fromkeys(FULL, 0.0)
UNDECIDED: Marks = {**FULL, "hidden": None}
NOT_REACHED: Marks = {"passes": 1.0, "credit": 0.0, "last": 0.0, "hidden": 0.0}
LOST: Marks = {**FULL, "hidden": 0.0}
DIFFERENCES = [
    Difference("NaN as partial credit", gives("float('nan')"), NO_CREDIT, FULL),
    Difference("negative partial credit", gives("-1"), NO_CREDIT, FULL),
    Difference("`np.float64` as partial credit", gives("np.float64(2.5)"), {**FULL, "credit": 2.5}, FULL),
    Difference("`False` as partial credit", gives("False"), NO_CREDIT, FULL),
    Difference("more partial credit than there are points", gives("7"), FULL, None),
    Difference(
        "a warning on stderr", "import warnings\ndef f(x):\n    warnings.warn('slow')\n    return 2 * x\ndef g():\n    return 4",
        FULL, {**FULL, "passes": 0.0, "last": 0.0, "hidden": 0.0},
    ),
    Difference(
        "a process that dies", "import os\ndef f(x):\n    return 2 * x\ndef g():\n    os._exit(1)",
        NOT_REACHED, None,
    ),
    Difference(
        "an endless loop that ignores the interrupt",
        "import signal\ndef f(x):\n    return 2 * x\ndef g():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass",
        NOT_REACHED, None,
    ),
    Difference(
        "an error after a result", "import sys\ndef f(x):\n    sys.displayhook('ok')\n    return 0\ndef g():\n    return 0",
        NOTHING, {**FULL, "credit": 0.0},
    ),
    Difference("a deleted test cell", RIGHT, FULL, {**FULL, "passes": None}, deleted),
    Difference("a doubled test cell", RIGHT, FULL, None, doubled),
    Difference("a test cell that is no longer marked as one", RIGHT, FULL, {**FULL, "passes": None}, unmarked),
    Difference("damaged metadata of a test cell", RIGHT, FULL, None, foreign_flags),
    Difference("tags that skip a test cell", "f = g = None", NOTHING, FULL, skipped),
    Difference(
        "the truth, a comparison or an operator of an object, where the author has a plain value",
        in_f("class Six:\n            def __eq__(self, o): return o == 6\n            def __len__(self): return 1\n        return Six()"),
        UNDECIDED, FULL,
    ),
    Difference("a value too large to be handed over", in_f("return 6 if x == 3 else np.zeros(34_000_000)"), UNDECIDED, FULL),
    Difference("a file outside the notebook's folder", in_f("open('OUTSIDE').close()"), LOST, FULL),
    Difference("more memory than a submission may have", in_f("np.zeros(400_000_000)"), LOST, FULL),
    Difference("a server on the same machine", in_f("s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"), LOST, FULL),
    Difference(
        "a builtin function replaced", "import builtins\nbuiltins.sum = lambda *a: 0\ndef f(x):\n    return 2 * x\ndef g():\n    return 4",
        {**dict.fromkeys(FULL), "hidden": 1.0}, FULL,
    ),
]  # fmt: skip


@pytest.fixture(scope="module", params=["examiner", "plain"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp(request.param), examiner=request.param == "examiner")
    made.config.Execute.timeout = 10  # a value too large takes seconds on a busy machine
    made.release("hw", source())
    return made


@pytest.mark.parametrize("number", range(len(DIFFERENCES)), ids=lambda n: DIFFERENCES[n].name)
def test_both_give_the_marks_that_the_list_says(course: ThrowAwayCourse, number: int, tmp_path: Path) -> None:
    difference = DIFFERENCES[number]
    notebook = course.released("hw")
    (tmp_path / "file").touch()
    notebook.cells[0].source = difference.solution.replace("OUTSIDE", str(tmp_path / "file"))
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


def test_the_instructors_page_lists_these_and_no_others() -> None:
    table = DOCS.read_text(encoding="utf-8").partition("| what a submission does |")[2].partition("\n\n")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]
    assert rows == [difference.name for difference in DIFFERENCES]
