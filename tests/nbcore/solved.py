"""The functions of a solved notebook, for the tests that hold them against something else."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

from autograder.course.code import definitions
from autograder.course.given import asked_of_students
from autograder.course.markup import is_autograded, is_locked
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan

COURSE = Course.find(Path(__file__))


@cache
def _codes(notebook: str) -> tuple[list[str], dict[str, str]]:
    """What the notebook provides and its solutions, to be run in this order; and its other definitions by name."""
    source = source_notebook(COURSE, notebook)
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    code = [cell.source for cell in cells]
    shown = [cell.source for cell in cells if not is_autograded(cell) and not is_locked(cell)]
    asked = ["import numpy as np", *(text for text in shown if asked_of_students(text))]
    others = {name: imports(cell) + text for cell in code for name, (text, _) in definitions(cell).items()}
    return [*asked, *(text for _, kind, text in Plan.of(source.cells).cells if kind != "test")], others


def imports(code: str) -> str:
    """The import statements at top level, a line each."""
    found = [node for node in ast.parse(code).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "".join(f"{ast.unparse(node)}\n" for node in found)


def functions(notebook: str, *others: str) -> dict[str, Any]:
    """Name -> function or class: what the notebook provides and what its solutions define, in a space of their own.

    others: names that other cells of the notebook define, to be there as well.
    """
    codes, by_name = _codes(notebook)
    space: dict[str, Any] = {}
    for code in [*codes, *(by_name[name] for name in others)]:
        exec(code, space)
    return space
