"""The code that students see fits into a narrow window beside the text."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*/*.ipynb"))
WIDEST = 88


def too_wide(notebook: NotebookNode) -> list[str]:
    """Lines of code cells that are longer than `WIDEST` characters."""
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return [line for source in code for line in source.split("\n") if len(line) > WIDEST]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_line_of_code_is_wider_than_88_characters(name: str) -> None:
    assert too_wide(nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)) == []


SHORT = {"06_optimizers": (25, 20), "07_regularization": (25, 20)}
"""Lines of a code cell, and of a test cell, at most; notebooks join as they become short."""


@pytest.mark.parametrize("name", SHORT)
def test_no_cell_of_code_is_longer_than_a_student_reads(name: str) -> None:
    longest, longest_test = SHORT[name]
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    lines = {
        cell.metadata.get("nbgrader", {}).get("grade_id", cell.source[:40]): cell.source.count("\n") + 1
        for cell in cells
        if cell.cell_type == "code"
    }
    limits = {key: longest_test if key.startswith("test-") else longest for key in lines}
    assert [key for key, count in lines.items() if count > limits[key]] == []


def test_there_are_eight_notebooks() -> None:
    assert len(NOTEBOOKS) == 8


def test_a_wide_line_is_found() -> None:
    cells = [new_markdown_cell("long " * 30), new_code_cell("x = 1"), new_code_cell("\n" + "x" * 89)]
    assert too_wide(new_notebook(cells=cells)) == ["x" * 89]
