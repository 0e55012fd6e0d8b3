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
from nbgrader.api import Gradebook

from autograder.course.markup import flags, grade_id
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.engine.record import ReleasedCell
from autograder.grade.reading import decode, read_notebook
from autograder.grade.repair import Repairs, repair_cells

from .course import ThrowAwayCourse, code
from .course import flags as labels
from .saved_by import LOST, TOOLS, WAYS, WITHOUT_MARKERS, Book, Saved

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


@cache
def given(name: str) -> frozenset[str]:
    """The texts of the author, as grading knows them."""
    return frozenset("".join(cell.source.split()) for book in (source(name), released(name)) for cell in book.cells)


def graded_cells(
    data: bytes, known: tuple[ReleasedCell, ...], name: str = NAMES[0]
) -> tuple[list[tuple[str, str]], Repairs]:
    """Name and text of each marked cell in order, as grading finds them."""
    notebook, damage = read_notebook(data)
    repairs = repair_cells(notebook, known, damaged=bool(damage), given=given(name))
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
    right, nothing = graded_cells(Saved()(book), known, name)
    assert nothing == Repairs([])
    found, repairs = graded_cells(TOOLS[tool](book), known, name)
    assert found == right
    assert repairs.unsure == ()
    if labels_left(TOOLS[tool](book)) == len(known) and tool != "notebook format 3":
        assert repairs.findings == []


def labels_left(data: bytes) -> int:
    raw = json.loads(decode(data))
    return sum("nbgrader" in cell["metadata"] for cell in raw.get("cells") or raw["worksheets"][0]["cells"])


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
        labelled = labels_left(data)
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
    found, repairs = graded_cells(LOST(book), known)
    assert {"test-tanh-value", "test-tanh-gradient"} <= set(repairs.unsure)
    assert not {"test-sigmoid-value", "test-relu-value", "explain-activation"} & set(repairs.unsure)
    assert dict(found)["explain-activation"] == "myownwords"  # all other texts there are the author's
    assert "tanh" in repairs.findings[-1]
    assert "A person has to look" in repairs.findings[-1]


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"my homework"])
def test_a_file_that_holds_no_notebook_is_left_to_a_person(text: bytes) -> None:
    known = expected(NAMES[0])
    _, repairs = graded_cells(text, known)
    assert {cell.name for cell in known if cell.grade} <= set(repairs.unsure)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_the_authors_is_taken_for_an_answer(name: str) -> None:
    """A student has deleted the answer's cell; the author's next text stands in its place."""
    known, book = expected(name), handed_in(name)
    (gone,) = [cell.name for cell in known if cell.cell_type != "code" and cell.solution]
    book["cells"] = [cell for cell in book["cells"] if grade_id(cell) != gone]
    for save in (Saved(), LOST):
        found, repairs = graded_cells(save(book), known, name)
        assert NOT_WRITTEN.replace(" ", "") in dict(found)[gone]
        assert (gone in repairs.unsure) == (save is LOST)


@pytest.mark.parametrize("save", [Saved(), LOST], ids=["labels kept", "labels lost"])
def test_a_function_that_is_defined_again_at_the_end_is_no_answer(save: Saved) -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    right, _ = graded_cells(Saved()(book), known)
    book["cells"].append(
        nbformat.v4.new_code_cell("def sigmoid(z):\n    return z\ndef sigmoid_prime(z):\n    return z")
    )
    found, repairs = graded_cells(save(book), known)
    assert found == right
    assert repairs.unsure == ()


def pasted(name: str, *others: str) -> NotebookNode:
    """A fresh notebook with the answers alone, and other cells of code behind them."""
    answers = [code(text) for text in solutions(name).values()]
    return nbformat.v4.new_notebook(cells=[*answers, *(code(text) for text in others)])


def test_answers_pasted_into_a_fresh_notebook_are_found() -> None:
    known = expected(NAMES[0])
    found, repairs = graded_cells(nbformat.writes(pasted(NAMES[0])).encode(), known)
    right = dict(graded_cells(Saved()(handed_in(NAMES[0])), known)[0])
    assert {name: text for name, text in found if name in solutions(NAMES[0])} == {
        name: text for name, text in right.items() if name in solutions(NAMES[0])
    }
    order = [name for name, _ in found]
    assert all(order.index(f"test-{name}-value") > order.index(name) for name in ("sigmoid", "tanh", "softmax"))
    assert repairs.unsure == tuple(cell.name for cell in known if cell.cell_type != "code" and cell.solution)


def test_of_two_answers_without_any_place_a_person_decides() -> None:
    book = pasted(NAMES[0], "def relu(z):\n    return z\ndef relu_prime(z):\n    return z")
    _, repairs = graded_cells(nbformat.writes(book).encode(), expected(NAMES[0]))
    assert {"test-relu-value", "test-relu-gradient"} <= set(repairs.unsure)
    assert "test-sigmoid-value" not in repairs.unsure


def test_a_cell_is_found_by_its_id_whatever_it_holds() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    for cell in book["cells"]:
        if cell["id"] == "tanh":
            cell["source"] = "from my_file import *"
    found, repairs = graded_cells(Saved("lost")(book), known)
    assert dict(found)["tanh"] == "frommy_fileimport*"
    assert repairs.unsure == ()


def test_a_missing_test_stands_behind_the_last_cell_that_defines_what_it_uses() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    cells = [cell for cell in book["cells"] if not flags(cell).get("locked")]
    (answer,) = [cell for cell in cells if grade_id(cell) == "sigmoid"]
    book["cells"] = [*(cell for cell in cells if cell is not answer), code("x = 1"), code(answer["source"])]
    notebook, _ = read_notebook(Saved()(book))
    repair_cells(notebook, known, given=given(NAMES[0]))
    places = [at for at, cell in enumerate(notebook.cells) if "def sigmoid(" in cell.source]
    tests = [at for at, cell in enumerate(notebook.cells) if (grade_id(cell) or "").startswith("test-sigmoid")]
    assert min(tests) > max(places)


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


def test_what_depends_on_a_damaged_cell_goes_to_a_person() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    data = Saved()(book)
    at = data.index(b"def sigmoid(")
    _, repairs = graded_cells(data[:at] + b'"' + data[at:], known)
    tests = {cell.name for cell in known if cell.name.startswith("test-sigmoid")}
    assert tests <= set(repairs.unsure)
    assert "test-relu-value" not in repairs.unsure


def test_utf_16_needs_no_mark() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    right, _ = graded_cells(Saved()(book), known)
    for encoding in ("utf-16-le", "utf-16-be"):
        assert graded_cells(json.dumps(book).encode(encoding), known) == (right, Repairs([]))


def test_a_conflict_that_git_left_gives_the_cells_of_both_sides() -> None:
    known, book = expected(NAMES[0]), handed_in(NAMES[0])
    text = nbformat.writes(nbformat.from_dict(book))
    line = next(line for line in text.splitlines() if "return" in line and "tanh" in line)
    other = line.replace("return", "return 2 *")
    text = text.replace(line, f"<<<<<<< HEAD\n{other}\n=======\n{line}\n>>>>>>> work", 1)
    found, repairs = graded_cells(text.encode(), known)
    assert found == graded_cells(Saved()(book), known)[0]
    assert "conflict" in repairs.findings[0]
    base = f"||||||| merged\n<<<<<<<<< a merge of bases\n{other}\n=========\n{line}\n>>>>>>>>> b\n=======\n"
    _, damage = read_notebook(text.replace("=======\n", base, 1).encode())
    assert "conflict" in damage[0]


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
        course.submit("hw", f"kept{number}", book)
        marks = course.autograde("hw", f"kept{number}")
        for student, save in ((f"lost{number}", LOST), (f"joined{number}", WITHOUT_MARKERS)):
            lost.write_bytes(save(nbformat.from_dict(book)))
            course.submit("hw", student, lost)
            assert course.autograde("hw", student) == marks, student
        assert sum(mark or 0 for mark in marks.values()) == total
        assert marks["why"] is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_class_in_which_everybody_has_another_tool_has_the_marks_of_the_matrix(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", SOURCE)
    saved = {}
    for number, (tool, save) in enumerate(TOOLS.items()):
        for answers, total in ((RIGHT, 5.0), (WRONG, 2.0)):
            book = course.released("hw")
            for cell in book.cells:
                cell.source = answers.get(grade_id(cell) or "", cell.source)
            student = f"s{number}-{total:.0f}"
            file = tmp_path / f"{student}.ipynb"
            file.write_bytes(save(nbformat.from_dict(book)))
            course.submit("hw", student, file)
            saved[student] = (tool, total)
    course.run("hw", "*")
    lines = (COURSE.root / "docs/saved_by.md").read_text(encoding="utf-8").splitlines()
    matrix = {row[0]: row[-2:] for line in lines if len(row := line.strip("| ").split(" | ")) == 6}
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for student, (tool, total) in saved.items():
            grades = gradebook.find_submission_notebook("p", "hw", student).grades
            marks = {grade.cell.name: grade.auto_score for grade in grades}
            said = {"all marks": {"t1": 2.0, "t2": total - 2.0}, "to a person": {"t1": None, "t2": None}}
            assert marks == {**said[matrix[tool][total < 5]], "why": None}, (tool, total)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_was_not_found_needs_a_person_in_the_gradebook(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", SOURCE)
    empty = course.root / "empty.ipynb"
    empty.write_text("")
    course.submit("hw", "s", empty)
    assert course.autograde("hw", "s") == {"t1": None, "t2": None, "why": None}


TEXTS = nbformat.v4.new_notebook(
    cells=[
        *SOURCE.cells[:3],
        nbformat.v4.new_markdown_cell("**Question 1.** Why?"),
        nbformat.v4.new_markdown_cell("YOUR ANSWER HERE", metadata=labels("q1", grade=True, solution=True, points=1)),
        nbformat.v4.new_markdown_cell("Draw it."),
        code("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", labels("plot", grade=True, solution=True, points=1)),
        nbformat.v4.new_markdown_cell("**Question 2.** How?"),
        nbformat.v4.new_markdown_cell("YOUR ANSWER HERE", metadata=labels("q2", grade=True, solution=True, points=1)),
        nbformat.v4.new_markdown_cell("The end."),
    ]
)
WRITTEN = {"q1": "Because.", "plot": "print('mine')", "q2": "By hand."}


def without_labels(*names: str) -> Callable[[list[NotebookNode]], None]:
    def change(cells: list[NotebookNode]) -> None:
        for number, cell in enumerate(cells):
            if grade_id(cell) in names:
                cell.metadata, cell.id = nbformat.from_dict({}), f"z{number}"

    return change


def at(cells: list[NotebookNode], name: str) -> int:
    return next(n for n, cell in enumerate(cells) if grade_id(cell) == name)


def split(cells: list[NotebookNode]) -> None:
    without_labels("plot")(cells)
    cells.insert(7, code("print('helper')"))


def turned_into_code(cells: list[NotebookNode]) -> None:
    cells[at(cells, "q1")] = code("Because.")


def elsewhere(step: int, *new: NotebookNode) -> Callable[[list[NotebookNode]], None]:
    """The answer to the first question is left as it was; what is new stands so many cells behind it."""

    def change(cells: list[NotebookNode]) -> None:
        place = at(cells, "q1")
        cells[place].source = "YOUR ANSWER HERE"
        cells[place + step : place + step] = new

    return change


def in_the_question(cells: list[NotebookNode]) -> None:
    place = at(cells, "q1")
    cells[place].source = "YOUR ANSWER HERE"
    cells[place - 1].source += "\n\nBecause."


def deleted(cells: list[NotebookNode]) -> None:
    del cells[at(cells, "q1")]


TO_A_PERSON: dict[str, Callable[[list[NotebookNode]], None]] = {
    "as_it_is": lambda cells: None,
    "q1": without_labels("q1"),
    "q2": without_labels("q2"),
    "both": without_labels("q1", "q2"),
    "plot": without_labels("plot"),
    "all": without_labels("one", "t1", "q1", "plot", "q2"),
    "split": split,
    "code": turned_into_code,
    "above": elsewhere(0, nbformat.v4.new_markdown_cell("Because.")),
    "below": elsewhere(1, code("2 + 2"), nbformat.v4.new_markdown_cell("Because.")),
    "in_code": elsewhere(1, code("'Because.'")),
    "at_the_end": elsewhere(6, nbformat.v4.new_markdown_cell("Because.")),
    "in_the_question": in_the_question,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_written_answer_ends_as_no_response(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", TEXTS)
    for student, change in {**TO_A_PERSON, "deleted": deleted}.items():
        book = course.released("hw")
        for cell in book.cells:
            cell.source = {**RIGHT, **WRITTEN}.get(grade_id(cell) or "", cell.source)
        change(book.cells)
        course.submit("hw", student, book)
    course.run("hw", "*")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for student in TO_A_PERSON:
            notebook = gradebook.find_submission_notebook("p", "hw", student)
            marks = {grade.cell.name: grade.auto_score for grade in notebook.grades}
            assert marks == {"t1": 2.0, "q1": None, "plot": None, "q2": None}, student
            assert not [comment.auto_comment for comment in notebook.comments if comment.auto_comment], student
        (found,) = [
            g.auto_score for g in gradebook.find_submission_notebook("p", "hw", "deleted").grades if g.cell.name == "q1"
        ]
        assert found == 0
