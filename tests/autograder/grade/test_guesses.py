"""What a student guessed before an experiment is seen in the feedback and kept in the record, and costs no marks."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.grade.guesses import guesses, put_beside
from nbcore.check import HINT_MIME
from nbcore.widgets.predictions import FILE, MIME

from .course import ThrowAwayCourse, code, graded_cell, open_cell

ASK = (
    "from nbcore import widgets\nguess = widgets.predict('Every example twice: dW ...', ['doubles', 'stays'])\n"
    "number = widgets.predict('How much?', unit='%')\ndisplay(number)\nguess"
)
ANSWER = "guess.answer('stays', because='of the mean')\nnumber.answer(10)"


def output(**asked: Any) -> NotebookNode:
    return nbformat.v4.new_output("display_data", data={MIME: asked, "text/plain": "?"})


def notebook(*outputs: NotebookNode) -> NotebookNode:
    cell = code("")
    cell.outputs = list(outputs)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("words"), cell])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_guess_of_the_notebook_that_was_handed_in_is_answered_in_the_feedback(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    cells = [code(ASK), open_cell("f", "def f(x):\n    return 2 * x"), graded_cell("visible", "assert f(2) == 4", 3)]
    course.release("hw", nbformat.v4.new_notebook(cells=[*cells, code(ANSWER)]))
    book = course.released("hw")
    book.cells[1].source = "def f(x):\n    return x + x"
    for student, guess in (("ann", "doubles"), ("bob", None)):
        book.cells[0].outputs = [
            output(question="Every example twice: dW ...", choices=["doubles", "stays"], guess=guess),
            output(question="How much?", choices=[], guess=guess and 20.0),
            nbformat.v4.new_output("display_data", data={HINT_MIME: {"exercise": "f", "rung": 2}, "text/plain": "?"}),
        ]
        course.submit("hw", student, book)
        assert course.autograde("hw", student) == {"visible": 3.0}
    page = course.feedback("hw", "ann")
    assert "Your guess: doubles, wrong." in page
    assert "Your guess: 20 %, too large by a factor of 2." in page
    assert page.count("Every example twice: dW ...</div>") == 1
    assert "Your guess: doubles." in page
    assert course.record("hw", "ann").guesses == {"Every example twice: dW ...": "doubles", "How much?": "20"}
    assert "No guess yet" in course.feedback("hw", "bob")
    assert course.record("hw", "bob").guesses == {}
    assert course.record("hw", "ann").hints_taken == {"f": 2}
    assert not {"guesses", "hints taken"} & course.graded("hw", "ann").metadata.keys()


def test_only_what_was_chosen_is_read() -> None:
    asked = notebook(
        output(question="one", choices=["a", "b"], guess="b"),
        output(question="two", choices=["a", "b"], guess="c"),
        output(question="three", choices=["a", "b"], guess=None),
        output(question="four", choices=[], guess=0.25),
        output(question="five", choices=[], guess=7),
    )
    assert guesses(asked) == {"one": "b", "four": "0.25", "five": "7"}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"question": "q", "guess": True},
        {"question": "q", "guess": 10**400},
        {"question": "q", "choices": "abc", "guess": "b"},
        {"question": "q", "choices": [["x"]], "guess": ["x"]},
        {"question": "q" * 1000, "choices": [], "guess": 1},
        {"question": ["q"], "choices": [], "guess": 1},
        {"question": "q", "choices": ["g" * 1000], "guess": "g" * 1000},
    ],
)
def test_what_is_no_guess_is_passed_over(asked: dict[str, Any]) -> None:
    assert guesses(notebook(output(**asked))) == {}


def test_a_flood_of_guesses_is_cut_off() -> None:
    flood = [output(question=f"q{number}", choices=[], guess=1) for number in range(1000)]
    assert len(guesses(notebook(*flood))) == 50


def test_outputs_of_another_form_are_passed_over() -> None:
    odd = NotebookNode(output_type="display_data", metadata={}, data=[MIME])
    text = nbformat.v4.new_output("display_data", data={MIME: "text", "text/plain": "?"})
    stream = nbformat.v4.new_output("stream", text="printed")
    asked = notebook(text, stream)
    asked.cells[1].outputs.append(odd)
    assert guesses(asked) == {}


def test_the_file_of_the_student_is_left_as_it_is(tmp_path: Path) -> None:
    put_beside(tmp_path, {})
    assert not (tmp_path / FILE).exists()
    put_beside(tmp_path, {"q": "a"})
    put_beside(tmp_path, {"q": "b"})
    assert json.loads((tmp_path / FILE).read_text()) == {"q": "a"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    put_beside(tmp_path, {"q": "a"})
    assert not (tmp_path / "elsewhere").exists()
