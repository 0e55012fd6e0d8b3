"""How many hints a student saw is read from the notebook that was handed in, whatever else stands there."""

from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.grade.guesses import hints_taken
from nbcore.check import HINT_MIME


def notebook(*found: Any) -> NotebookNode:
    cell = nbformat.v4.new_code_cell("check.hint('relu')")
    cell.outputs = [nbformat.v4.new_output("display_data", data={HINT_MIME: data, "text/plain": "?"}) for data in found]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("words"), cell])


def test_the_highest_rung_counts() -> None:
    shown = [("relu", 1), ("relu", 3), ("relu", 2), ("leaky-relu", 4)]
    asked = notebook(*({"exercise": name, "rung": rung, "first": {}} for name, rung in shown))
    assert hints_taken(asked) == {"relu": 3, "leaky-relu": 4}


@pytest.mark.parametrize(
    "data",
    [
        "text",
        {},
        {"exercise": "relu"},
        {"exercise": "relu", "rung": 0},
        {"exercise": "relu", "rung": 5},
        {"exercise": "relu", "rung": True},
        {"exercise": "relu", "rung": 1.0},
        {"exercise": ["relu"], "rung": 1},
        {"exercise": "<b>relu</b>", "rung": 1},
        {"exercise": "r" * 1000, "rung": 1},
    ],
)
def test_what_is_no_hint_is_passed_over(data: Any) -> None:
    assert hints_taken(notebook(data)) == {}


def test_a_flood_of_exercises_is_cut_off() -> None:
    assert len(hints_taken(notebook(*({"exercise": f"e{n}", "rung": 1} for n in range(1000))))) == 50
