"""The page that a student of a course without bank and without names of ours gets: causes instead of what follows from
them, rows by the released headings, and what was not handed in."""

import re

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.engine.record import CellRecord, Finding, Mark, NotebookRecord
from autograder.grade.gradebook import CellMark, NotebookMarks
from autograder.grade.page import Exercise, exercises_of
from autograder.limits import Stop

from .course import ThrowAwayCourse, code, flags, graded_cell, open_cell
from .test_feedback_page import Text

pytestmark = pytest.mark.filterwarnings("ignore")

SECRET = "71355"
SCHEME = "one point for each axis"


def markdown(text: str, name: str = "", *, task: bool = False, points: float = 2) -> NotebookNode:
    found = flags(name, grade=not task, solution=not task, locked=task, points=points) if name else {}
    if task:
        found["nbgrader"] |= {"task": True, "points": points}
    return nbformat.v4.new_markdown_cell(text, metadata=found)


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            markdown("# Lines"),
            markdown("## 1. Fit a line"),
            open_cell("fit_line", "def fit_line(x):\n    return x"),
            graded_cell("fit_line_basic", "assert fit_line(1) == 1", 2),
            graded_cell(
                "fit_line_hidden", f"### BEGIN HIDDEN TESTS\nassert fit_line({SECRET}) == {SECRET}\n### END HIDDEN TESTS", 3
            ),
            markdown("## 2. Read"),
            open_cell("read", "def read():\n    return 1"),
            graded_cell("read_value", "assert read() == 1", 1),
            markdown("## 3. Count"),
            open_cell("count", "def count(x):\n    return x"),
            graded_cell("count_some", "n = 0\nn += count(1) == 1\nn += count(2) == 2\nn", 2),
            markdown("## 4. Elsewhere"),
            open_cell("other", "def other():\n    return 1"),
            graded_cell("other_value", "assert other() == 1", 1),
            markdown("## 5. Say"),
            markdown("Why?\n\n### BEGIN SOLUTION\n## A model answer\n### END SOLUTION", "why"),
            markdown("How?", "how"),
            markdown("## 6. Draw"),
            markdown(f"Draw it.\n\n### BEGIN MARK SCHEME\n{SCHEME}\n### END MARK SCHEME", "draw", task=True, points=3),
        ]
    )  # fmt: skip


WRITTEN = {
    "fit_line": "def fit_line(x):\n    y = 1\n    return (1",
    "read": "text = open('no.csv').read()\ndef read():\n    return 1",
    "count": "def count(x):\n    return 1",
    "why": "so",
    "how": "so",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    strings = [open_cell("up", "def up(x):\n    return x.upper()"), graded_cell("up_basic", "assert up('a') == 'A'", 1)]
    folder = made.root / "source" / "hw"
    folder.mkdir(parents=True)
    nbformat.write(source(), folder / "p.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=strings), folder / "strings.ipynb")
    made.generate("hw")
    book = made.released("hw")
    for cell in book.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = WRITTEN.get(name, cell.source).replace("## 2. Read", "## My own heading")
    book.cells.insert(1, code("def other():\n    return 1"))
    made.submit("hw", "hugo", book)  # one of two notebooks
    cut = made.submit("hw", "cut", book) / "p.ipynb"
    cut.write_text(cut.read_text().partition("## 5. Say")[0])
    nbformat.write(nbformat.v4.new_notebook(cells=strings), cut.with_name("strings.ipynb"))
    pdf = made.root / "submitted" / "pia" / "hw"
    pdf.mkdir(parents=True)
    (pdf / "answers.pdf").write_bytes(b"%PDF")
    (pdf / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC\n")
    for student in ("hugo", "cut", "pia"):
        made.run("hw", student)
    return made


def text_of(page: str) -> str:
    return " ".join(Text(page).text.partition("Your notebook")[0].split())


@pytest.fixture(scope="module")
def said(course: ThrowAwayCourse) -> str:
    return text_of(course.feedback("hw", "hugo"))


def test_the_cause_is_said_in_the_table_and_on_the_card(said: str) -> None:
    broken = "Your cell of this exercise ended in SyntaxError: '(' was never closed (line 3)"
    assert said.count(broken) == 3  # the row, and both tests
    lost = "Your cell of this exercise ended in FileNotFoundError: [Errno 2] No such file or directory: 'no.csv'"
    assert said.count(lost) == 2
    assert SECRET not in said


def test_partial_credit_is_said_to_be_that(said: str) -> None:
    assert said.count("The test gave 1 of 2 points.") == 2


def test_rows_have_the_released_headings(said: str, course: ThrowAwayCourse) -> None:
    assert "My own heading" not in said
    assert "A model answer" not in said
    rows = ["1. Fit a line (fit_line)", "2. Read", "3. Count", "4. Elsewhere (other)"]
    rows += ["5. Say: written answer (why)", "5. Say: written answer (how)", "6. Draw"]
    for student in ("hugo", "cut", "pia"):
        page = course.feedback("hw", student)
        table = page[page.index("<tbody") : page.index("</tbody>")]
        assert re.findall(r'<a href="#[^"]*">([^<]*)</a>', table) == rows


def test_no_response_is_not_said_of_what_was_written_elsewhere(said: str) -> None:
    assert "4. Elsewhere (other)1 of 1" in said.replace(" 1 of 1", "1 of 1")
    assert "No response." not in said


def test_a_notebook_that_was_not_handed_in_is_named(said: str, course: ThrowAwayCourse) -> None:
    assert "strings.ipynb was not handed in (1 point)." in said
    assert "was not handed in" not in text_of(course.feedback("hw", "cut"))


def test_no_notebook_at_all_is_one_sentence(course: ThrowAwayCourse) -> None:
    found = text_of(course.feedback("hw", "pia"))
    assert "p.ipynb was not found in what you handed in. The files found are: answers.pdf." in found
    for text in ("damaged", "put back", "timestamp.txt", "was not handed in"):
        assert text not in found
    assert "put back" in text_of(course.feedback("hw", "cut"))


def test_a_mark_scheme_is_shown_when_a_person_has_marked(course: ThrowAwayCourse) -> None:
    page = course.feedback("hw", "hugo")
    assert "Draw it." in page
    assert SCHEME not in page
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("draw", "p", "hw", "cut")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    page = course.feedback("hw", "cut")
    assert SCHEME in page
    assert "MARK SCHEME" not in page


# ---------------------------------------------------------------- causes, one by one


def failing(
    kind: str, value: str = "", *, answer: NotebookNode, record: NotebookRecord | None = None, traceback: str = ""
) -> Exercise:
    """The row of an exercise whose test has ended in this error."""
    test = graded_cell("f_test", "assert f(1)\nassert f(2)", 2)
    test.outputs = [_error(kind, value, traceback)]
    marks = NotebookMarks({"f_test": CellMark(0, 2)}, {})
    (found,) = exercises_of(nbformat.v4.new_notebook(cells=[answer, test]), marks, record, ())
    return found


def _error(kind: str, value: str, traceback: str = "") -> NotebookNode:
    lines = ["Traceback (most recent call last)", traceback, f"{kind}: {value}"]
    return nbformat.v4.new_output("error", ename=kind, evalue=value, traceback=lines)


def answered(text: str, kind: str = "", value: str = "", name: str = "f") -> NotebookNode:
    cell = code(text, flags(name, solution=True) if name else {})
    cell.outputs = [_error(kind, value)] if kind else []
    return cell


NO_F = "name 'f' is not defined"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (answered("import no\ndef f(): 1", "ImportError", "No module named 'no'\nmore"), "Your cell of this exercise ended in ImportError: No module named 'no'"),
        (answered("assert 0\nf = 1", "AssertionError"), "Your cell of this exercise ended in AssertionError"),
        (answered("1 / 0\na, f = 1, 2", "ZeroDivisionError", "z"), "Your cell of this exercise ended in ZeroDivisionError: z"),
        (answered("1 / 0\ndef f(): 1", "ZeroDivisionError", "z", name=""), "Your cell above this test ended in ZeroDivisionError: z"),
        (answered("raise NotImplementedError\ndef f(): 1", "NotImplementedError"), "f is not written yet."),
        (answered("def g(): 1"), f"NameError: {NO_F}"),
        (answered("def f(): 1"), f"NameError: {NO_F}"),
        (answered("1 / 0\ndef g(): 1", "ZeroDivisionError", "z"), f"NameError: {NO_F}"),
    ],
)  # fmt: skip
def test_a_name_that_is_missing_is_put_down_to_the_cell_that_should_define_it(answer: NotebookNode, why: str) -> None:
    assert failing("NameError", NO_F, answer=answer).why == why


def test_a_cell_of_another_exercise_is_named() -> None:
    other, test = answered("1 / 0\ndef f(): 1", "ZeroDivisionError", "z", name="g"), graded_cell("h_test", "h()", 1)
    test.outputs = [_error("NameError", NO_F)]
    nb = nbformat.v4.new_notebook(cells=[other, answered("def h(): return f()", name="h"), test])
    (found,) = exercises_of(nb, NotebookMarks({"h_test": CellMark(0, 1)}, {}), None, ())
    assert found.why == "Your cell g ended in ZeroDivisionError: z"


def test_a_stub_is_no_cause_where_the_function_was_written_in_another_cell() -> None:
    test = graded_cell("f_test", "f()", 1)
    test.outputs = [_error("NameError", NO_F)]
    elsewhere = answered("1 / 0\ndef f(): 1", "ZeroDivisionError", "z", name="")
    stub = answered("raise NotImplementedError\ndef f(): 1", "NotImplementedError")
    nb = nbformat.v4.new_notebook(cells=[elsewhere, stub, test])
    (found,) = exercises_of(nb, NotebookMarks({"f_test": CellMark(0, 1)}, {}), None, ())
    assert found.why == "Your cell above this test ended in ZeroDivisionError: z"


def test_other_errors_than_of_a_missing_name_speak_for_themselves() -> None:
    broken = answered("1 / 0\ndef f(): 1", "ZeroDivisionError", "z")
    assert failing("ValueError", "no", answer=broken).why == "ValueError: no"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("def f(:\n    pass", "SyntaxError: invalid syntax (line 1)"),
        ("%matplotlib inline\ndef f(:\n    pass", "SyntaxError: as IPython says (line 2)"),
        ("def f():\npass", "SyntaxError: expected an indented block after function definition on line 1 (line 2)"),
    ],
)
def test_what_python_cannot_read_is_named_with_its_line(text: str, how: str) -> None:
    broken = answered(text, "SyntaxError", "as IPython says (<ipython-input-1-107>, line 2)")
    record = NotebookRecord("s", "a", "n", "none", cells=[CellRecord(0, "f", no_python=True)])
    found = failing("NameError", NO_F, answer=broken, record=record)
    assert found.why == f"Your cell of this exercise ended in {how}"


def test_a_cell_that_took_too_long_is_named_with_the_limit() -> None:
    stop = Finding.of(Stop("cell", 30), "f")
    record = NotebookRecord("s", "a", "n", "none", cells=[CellRecord(0, "f", findings=[stop])])
    slow = answered("while True: pass\ndef f(): 1", "KeyboardInterrupt", "")
    found = failing("NameError", NO_F, answer=slow, record=record)
    assert found.why == "Your cell of this exercise was stopped after 30 seconds: does every loop come to an end?"


def test_a_test_that_was_not_run_names_the_cell_that_ended_the_process() -> None:
    stop = Stop("exit", 3)
    for cell, why in (
        ("f", "This test was not run: the notebook's process had ended in the cell f."),
        ("f_test", "The notebook's process ended during this test."),
    ):
        record = NotebookRecord("s", "a", "n", "none", ended=stop, findings=[Finding.of(stop, cell)])
        assert failing("DeadKernelError", "x", answer=answered("exit"), record=record).why == why


@pytest.mark.parametrize(
    ("kind", "traceback", "said", "why"),
    [
        ("NotImplementedError", "", "NotImplementedError: not written yet", "This is not written yet."),
        ("AssertionError", "", "AssertionError: an assertion failed", "AssertionError: an assertion failed"),
        ("AssertionError", "      1 assert f(1)\n----> 2 assert f(2)", "AssertionError: assert f(2)", "AssertionError: assert f(2)"),
        ("AssertionError", "----> 9 assert f(71355)", "AssertionError: an assertion failed", "AssertionError: an assertion failed"),
        ("ValueError", "", "ValueError", "ValueError"),
    ],
)  # fmt: skip
def test_an_error_without_a_message_is_put_into_words(kind: str, traceback: str, said: str, why: str) -> None:
    found = failing(kind, answer=answered("def f(): 1"), traceback=traceback)
    assert (found.lost[0].said, found.why) == (said, why)


def test_a_name_in_place_of_a_heading_is_said_once() -> None:
    test = graded_cell("fit_line_basic", "pass", 1)
    marks = NotebookMarks({"fit_line_basic": CellMark(1, 1)}, {})
    (found,) = exercises_of(nbformat.v4.new_notebook(cells=[test]), marks, None, ())
    assert found.title == "fit_line_basic"


def test_points_that_were_changed_by_a_person_are_not_said_to_be_the_tests() -> None:
    test = graded_cell("f_test", "1", 2)
    nb = nbformat.v4.new_notebook(cells=[test])
    for score, why in ((1.0, "The test gave 1 of 2 points."), (0.5, "")):
        mark = Mark("f_test", 2, score, "in-process")
        record = NotebookRecord("s", "a", "n", "none", cells=[CellRecord(0, "f_test", mark=mark)])
        (found,) = exercises_of(nb, NotebookMarks({"f_test": CellMark(1, 2)}, {}), record, ())
        assert found.why == why
