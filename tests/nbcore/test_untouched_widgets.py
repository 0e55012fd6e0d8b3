"""A notebook in which nothing is written yet: the cells with explorers say what is missing, and break nothing."""

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course.markup import is_solution
from autograder.course.paths import Course
from nbcore.widgets import Explorer

COURSE = Course(Path(__file__).parent.parent.parent)
NEEDS_NOTHING = {"perceptron_explorer"}
EXPLORER = re.compile(r"^[^#\n]*\bwidgets\.(?!predict\b)(\w+)\(", re.MULTILINE)


def run(source: str, names: dict[str, Any]) -> Any:
    """The value of the last line of a cell, as a notebook would show it; None where it is no expression."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


WITH_EXPLORERS = [name for name in COURSE.assignments() if EXPLORER.search(COURSE.percent(name).read_text())]


def test_most_notebooks_have_an_explorer() -> None:
    assert set(COURSE.assignments()) - set(WITH_EXPLORERS) <= {"05_depth"}


@pytest.mark.parametrize("name", WITH_EXPLORERS)
def test_each_explorer_says_what_is_not_written_yet(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    said = {}
    for cell in nbformat.read(COURSE.release_notebook(name), as_version=4).cells:
        if cell.cell_type != "code":
            continue
        result, error = None, None
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                result = run(cell.source, names)
            except Exception as raised:
                error = raised
        if widget := EXPLORER.search(cell.source):
            said[widget[1]] = result if error is None else error
    assert said
    for widget, answer in said.items():
        says_what_is_missing(widget, answer)
    assert capfd.readouterr() == ("", "")


def says_what_is_missing(widget: str, answer: Any) -> None:
    """An explorer says in its readout that something is not written yet, an error in its message."""
    if isinstance(answer, Explorer):
        assert answer.widget
        assert answer.still_html()
        assert widget in NEEDS_NOTHING or "not written yet" in answer.alt
    else:
        assert isinstance(answer, NotImplementedError)
        assert "not written yet" in str(answer)


@pytest.mark.parametrize("name", ["06_optimizers", "07_regularization", "08_capstone"])
def test_a_cell_with_an_explorer_runs_without_the_experiments_above_it(name: str) -> None:
    notebook = nbformat.read(COURSE.release_notebook(name), as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    defined: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        if is_solution(cell) or "from nbcore import" in cell.source:
            with contextlib.suppress(NotImplementedError):  # steps of a derivation are tried in their own cell
                run(cell.source, defined)
    with_explorers = [(cell, found[1]) for cell in cells if (found := EXPLORER.search(cell.source))]
    assert with_explorers
    for cell, widget in with_explorers:
        try:
            answer = run(cell.source, defined | {"display": lambda *shown: None})
        except NotImplementedError as error:
            answer = error
        says_what_is_missing(widget, answer)
        notes = getattr(answer, "__notes__", [])
        assert isinstance(answer, Explorer) or any("which is not written yet: write it first" in note for note in notes)
