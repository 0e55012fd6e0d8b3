"""A notebook in which nothing is written yet: the cells with explorers say what is missing, and break nothing."""

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.paths import Course
from nbcore.widgets import Explorer

COURSE = Course(Path(__file__).parent.parent.parent)
NEEDS_NOTHING = {"perceptron_explorer"}


def run(source: str, names: dict[str, Any]) -> Any:
    """The value of the last line of a cell, as a notebook would show it; None where it is no expression."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


@pytest.mark.parametrize("name", COURSE.assignments())
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
        if widget := re.search(r"^[^#\n]*\bwidgets\.(\w+)\(", cell.source, re.MULTILINE):
            said[widget[1]] = result if error is None else error
    assert said
    for widget, answer in said.items():
        if isinstance(answer, NameError):  # made by a cell above, which has said that something is not written yet
            assert f"\n{answer.name} = " in COURSE.percent(name).read_text(encoding="utf-8")
        elif isinstance(answer, Explorer):
            assert answer.widget
            assert answer.still_html()
            assert widget in NEEDS_NOTHING or "not written yet" in answer.alt
        else:
            assert isinstance(answer, NotImplementedError)
            assert "not written yet" in str(answer)
    assert capfd.readouterr() == ("", "")
