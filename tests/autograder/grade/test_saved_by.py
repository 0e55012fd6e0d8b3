"""Whatever tool has saved a notebook, it is graded as if JupyterLab had: each cell is found again, in its place.

The marks hang on the code that is run and on its order, so that is compared; a few notebooks are graded as well.
"""

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.course.markup import flags, grade_id
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.engine.record import ReleasedCell
from autograder.grade.reading import decode, read_notebook
from autograder.grade.repair import Repairs, repair_cells

from .course import ThrowAwayCourse, code
from .course import flags as labels
from .saved_by import LOST, TOOLS, WAYS, Book, Saved

COURSE = Course.find(Path(__file__).parent)
NAMES = COURSE.assignments()
NOT_WRITTEN = "YOUR ANSWER HERE"
ANSWER = "Because each layer multiplies the gradient by at most a quarter."


@cache
def source(name: str) -> NotebookNode:
    return source_notebook(COURSE, name)


@cache
def solutions(name: str) -> dict[str, str]:
    return Plan.of(source(name).cells).solutions


def released(name: str) -> NotebookNode:
    return nbformat.read(COURSE.release_notebook(name), 4)


@cache
def expected(name: str) -> tuple[ReleasedCell, ...]:
    """The cells as the gradebook has them: as released, but for the hidden tests."""
    tests = {grade_id(cell): cell.source for cell in source(name).cells}
    found = []
    for cell in released(name).cells:
        own = flags(cell)
        if own:
            text = tests[own["grade_id"]] if own["locked"] else cell.source
            kinds = {kind: bool(own.get(kind)) for kind in ("locked", "grade", "solution", "task")}
            found.append(
                ReleasedCell(
                    own["grade_id"], cell.cell_type, text, own["checksum"], points=own.get("points", 0), **kinds
                )
            )
    return tuple(found)


def handed_in(name: str, solved: Callable[[int], bool] = lambda _: True) -> Book:
    """A solved notebook; `solved` says which exercises, by number."""
    answers = solutions(name)
    book = released(name)
    number = 0
    for cell in book.cells:
        if cell.cell_type == "code" and flags(cell).get("solution"):
            cell.source = answers[grade_id(cell)] if solved(number) else cell.source
            number += 1
        elif flags(cell).get("solution"):
            cell.source = cell.source.replace(NOT_WRITTEN, ANSWER)
    return nbformat.from_dict(book)


def graded_cells(data: bytes, known: tuple[ReleasedCell, ...]) -> tuple[list[tuple[str, str]], Repairs]:
    """Name and text of each marked cell in order, as grading finds them."""
    notebook, damage = read_notebook(data)
    repairs = repair_cells(notebook, known, damaged=bool(damage))
    nbformat.validate(notebook)
    cells = [(name, words(cell.source)) for cell in notebook.cells if (name := grade_id(cell))]
    return cells, Repairs([*damage, *repairs.findings], repairs.unsure)


def words(text: str) -> str:
    """Without what a formatter changes, roughly."""
    return "".join(text.replace("'", '"').split()).translate(str.maketrans("", "", "(),\\"))


def half(number: int) -> bool:
    return number % 2 == 0


NONE, ALL = (lambda _: False), (lambda _: True)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("name", "solved"),
    [*((name, half) for name in NAMES), (NAMES[0], NONE), (NAMES[0], ALL)],
    ids=[*NAMES, f"{NAMES[0]}, untouched", f"{NAMES[0]}, solved"],
)
def test_every_cell_is_found_again(name: str, tool: str, solved: Callable[[int], bool]) -> None:
    known, book = expected(name), handed_in(name, solved)
    right, nothing = graded_cells(Saved()(book), known)
    assert nothing == Repairs([])
    found, repairs = graded_cells(TOOLS[tool](book), known)
    assert found == right
    assert repairs.unsure == ()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.labels}, {way.ids}, 4.{way.minor}, {way.sources}")
def test_whatever_is_lost_every_cell_is_found_again(way: Saved) -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0], half)
    right, _ = graded_cells(Saved()(book), known)
    found, repairs = graded_cells(way(book), known)
    assert found == right
    assert repairs.unsure == ()


def table() -> str:
    """The matrix of docs/saved_by.md: what each tool loses of the first notebook, and what becomes of its marks."""
    known = expected(NAMES[0])
    books = [handed_in(NAMES[0]), handed_in(NAMES[0], half)]
    ids = {cell["id"] for cell in books[0]["cells"] if flags(cell)}
    rows = [
        "| saved by | labels | ids of cells | format | right notebook | every other exercise |",
        "|---|---|---|---|---|---|",
    ]
    for tool, save in TOOLS.items():
        data = save(books[0])
        raw = json.loads(decode(data))
        cells = raw.get("cells") or raw["worksheets"][0]["cells"]
        labelled = sum("nbgrader" in cell["metadata"] for cell in cells)
        left = [cell.get("id") for cell in cells]
        kept = "kept" if ids <= set(left) else "none" if not any(left) else "others"
        label = "kept" if labelled == len(known) else "lost" if not labelled else f"{labelled} of {len(known)}"
        ends = []
        for book in books:
            same = graded_cells(save(book), known)[0] == graded_cells(Saved()(book), known)[0]
            ends.append("all marks" if same else "to a person")
        rows.append(
            f"| {tool} | {label} | {kept} | {raw['nbformat']}.{raw.get('nbformat_minor', 0)} | {ends[0]} | {ends[1]} |"
        )
    return "\n".join(rows)


def test_the_matrix_in_the_docs_is_what_comes_out() -> None:
    assert table() in (COURSE.root / "docs/saved_by.md").read_text()


def test_a_stale_copy_of_the_released_notebook_below_the_solved_one_costs_nothing() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    right, _ = graded_cells(Saved()(book), known)
    for stale in (released(NAMES[0]), nbformat.from_dict({**released(NAMES[0]), "metadata": {}})):
        both = copy.deepcopy(book)
        both["cells"] += copy.deepcopy(stale.cells)
        for save in (Saved(), LOST):
            found, repairs = graded_cells(save(both), known)
            assert sorted(found) == sorted(right)
            assert repairs.unsure == ()
            notebook, _ = read_notebook(save(both))
            repair_cells(notebook, known)
            stubs = [
                cell
                for cell in notebook.cells
                if cell.cell_type == "code" and "raise NotImplementedError" in cell.source
            ]
            assert not stubs


def test_a_word_that_was_changed_in_a_test_is_a_finding_and_white_space_is_none() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    test = next(cell for cell in book["cells"] if grade_id(cell) == "test-sigmoid-value")
    before = test["source"]
    for text, findings in ((f"{before}\n\n", 0), (before.replace("(", "( "), 0), (before.replace("0.75", "0.5"), 1)):
        test["source"] = text
        assert len(graded_cells(Saved()(book), known)[1].findings) == findings, text


def test_work_that_is_not_found_is_left_to_a_person() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    for cell in book["cells"]:
        if grade_id(cell) == "tanh":
            cell["source"] = "from my_file import tanh, tanh_prime"
        if grade_id(cell) == "explain-activation":
            cell["source"] = "my own words"
    _, repairs = graded_cells(LOST(book), known)
    assert {"test-tanh-value", "test-tanh-gradient", "explain-activation"} <= set(repairs.unsure)
    assert not {"test-sigmoid-value", "test-relu-value"} & set(repairs.unsure)
    assert "tanh" in repairs.findings[-1]
    assert "A person has to look" in repairs.findings[-1]


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"my homework"])
def test_a_file_that_holds_no_notebook_is_left_to_a_person(text: bytes) -> None:
    known = expected(NAMES[0])
    _, repairs = graded_cells(text, known)
    assert {cell.name for cell in known if cell.grade} <= set(repairs.unsure)


def damaged(data: bytes, at: int) -> bytes:
    """Without one comma between two cells, the way a bad merge leaves a file."""
    places = [n for n in range(len(data)) if data.startswith(b'}, {"cell_type"', n)]
    return data[: places[at] + 1] + data[places[at] + 2 :]


@pytest.mark.parametrize("at", [0, 2, 20])
def test_cells_behind_the_damage_are_read_too(at: int) -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    right, _ = graded_cells(Saved()(book), known)
    found, repairs = graded_cells(damaged(Saved()(book), at), known)
    assert found == right
    assert repairs.unsure == ()


def test_a_conflict_that_git_left_gives_the_cells_of_both_sides() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    text = nbformat.writes(nbformat.from_dict(book))
    line = next(line for line in text.splitlines() if "return" in line and "tanh" in line)
    other = line.replace("return", "return 2 *")
    text = text.replace(line, f"<<<<<<< HEAD\n{other}\n=======\n{line}\n>>>>>>> work", 1)
    found, repairs = graded_cells(text.encode(), known)
    assert found == graded_cells(Saved()(book), known)[0]
    assert "conflict" in repairs.findings[0]


def test_a_file_full_of_outputs_is_read_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grade.reading.MAX_BYTES", 200_000)
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    right, _ = graded_cells(Saved()(book), known)
    printed: dict[str, Any] = {"output_type": "stream", "name": "stdout", "text": "x" * 300_000}
    next(cell for cell in book["cells"] if cell["cell_type"] == "code")["outputs"] = [printed]
    found, repairs = graded_cells(Saved()(book), known)
    assert found == right
    assert "its outputs were left out" in repairs.findings[0]


# -- graded ----------------------------------------------------------------------------------------------------------

SOURCE = nbformat.v4.new_notebook(
    cells=[
        code("import math", labels("setup", locked=True)),
        code("### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION", labels("one", solution=True)),
        code("assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(math.pi) > 6\n### END HIDDEN TESTS",
             labels("t1", grade=True, locked=True, points=2)),
        code("def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION", labels("two", solution=True)),
        code("assert half(4) == 2\n### BEGIN HIDDEN TESTS\nassert half(5) == 2.5\n### END HIDDEN TESTS",
             labels("t2", grade=True, locked=True, points=3)),
        nbformat.v4.new_markdown_cell("YOUR ANSWER HERE", metadata=labels("why", grade=True, solution=True, points=1)),
    ]
)  # fmt: skip
RIGHT = {"one": "def double(x):\n    return x + x", "two": "def half(x):\n    return x / 2", "why": "It is."}
WRONG = {**RIGHT, "two": "def half(x):\n    return x // 2"}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_marks_are_those_of_the_notebook_with_its_labels(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", SOURCE)
    lost = course.root / "lost.ipynb"
    for number, (answers, total) in enumerate(((RIGHT, 5.0), (WRONG, 2.0))):
        book = course.released("hw")
        for cell in book.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        lost.write_bytes(LOST(nbformat.from_dict(book)))
        course.submit("hw", f"lost{number}", lost)
        course.submit("hw", f"kept{number}", book)
        marks = course.autograde("hw", f"kept{number}")
        assert course.autograde("hw", f"lost{number}") == marks
        assert sum(mark or 0 for mark in marks.values()) == total
        assert marks["why"] is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_was_not_found_needs_a_person_in_the_gradebook(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", SOURCE)
    empty = course.root / "empty.ipynb"
    empty.write_text("")
    course.submit("hw", "s", empty)
    assert course.autograde("hw", "s") == {"t1": None, "t2": None, "why": None}
