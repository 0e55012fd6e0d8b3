"""The code that students see fits into a narrow window beside the text."""

import ast
import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.code import names_of
from autograder.course.markup import label
from autograder.course.percent import MADE_FOR
from nbcore.probe.cells import may_be_graded

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9]*.py"))
WIDEST = 88


def too_wide(notebook: NotebookNode) -> list[str]:
    """Lines of code cells that are longer than `WIDEST` characters."""
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return [line for source in code for line in source.split("\n") if len(line) > WIDEST]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_line_of_code_is_wider_than_88_characters(name: str) -> None:
    assert too_wide(nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_column_of_a_table_has_a_heading(name: str) -> None:
    """Who hears the page read aloud hears it before each entry."""
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    lines = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.split("\n")]
    heads = [head for head, rule in itertools.pairwise(lines) if re.fullmatch(r"\|[ :|-]+\|", rule)]
    assert heads
    assert [head for head in heads if "" in map(str.strip, head.strip().strip("|").split("|"))] == []


LONGEST, LONGEST_TEST = 25, 20
"""Lines of a code cell, and of a test cell, at most. The line that the build adds does not count."""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_cell_of_code_is_longer_than_a_student_reads(name: str) -> None:
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    code = {label(cell): cell.source.removeprefix(MADE_FOR) for cell in cells if cell.cell_type == "code"}
    lines = {name: source.count("\n") + 1 for name, source in code.items()}
    limits = {key: LONGEST_TEST if key.startswith("test-") else LONGEST for key in lines}
    assert [key for key, count in lines.items() if count > limits[key]] == []


def made_too_late(codes: list[str]) -> set[str]:
    """Names that a cell binds behind its first check, which may fail, and that a later cell reads."""
    late: set[str] = set()
    found: set[str] = set()
    for tree in map(ast.parse, codes):
        early: set[str] = set()
        behind: set[str] = set()
        checked = False
        for statement in tree.body:
            read, bound = names_of(ast.Module([statement], []))
            found |= read & late - early - behind - bound
            checked |= not isinstance(statement, ast.FunctionDef) and may_be_graded(ast.unparse(statement))
            (behind if checked else early).update(bound)
        late = (late | behind) - early
    return found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_check_that_fails_takes_no_name_from_a_later_cell(name: str) -> None:
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    assert made_too_late([cell.source for cell in cells if cell.cell_type == "code"]) == set()


def test_a_name_that_comes_too_late_is_found() -> None:
    early, late = "a = 1\ncheck.value(f, a)", "check.value(f, 2)\na = 1"
    assert made_too_late([early, "print(a)"]) == set()
    assert made_too_late([late, "print(a)"]) == {"a"}
    assert made_too_late([late, "a = 2\nprint(a)", "print(a)"]) == set()


def shared_by_chance(codes: list[str]) -> set[str]:
    """Names that a test cell takes from another test cell, and that further cells bind otherwise.

    A student who repairs one exercise runs its cell and a test again, not all cells between them.
    """
    bindings: dict[str, set[tuple[str, ...]]] = {}
    wanted: set[str] = set()
    given: set[str] = set()
    for tree in map(ast.parse, codes):
        is_test, own = may_be_graded(ast.unparse(tree)), dict[str, tuple[str, ...]]()
        for statement in tree.body:
            read, bound = names_of(ast.Module([statement], []))
            wanted |= read - set(own) - bound if is_test else set()
            own |= {name: (*own.get(name, ()), ast.unparse(statement)) for name in bound}
        given |= set(own) if is_test else set()
        for name, statements in own.items():
            bindings.setdefault(name, set()).add(statements)
    return {name for name in wanted & given if len(bindings[name]) > 1}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_test_cells_run_in_any_order(name: str) -> None:
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    assert shared_by_chance([cell.source for cell in cells if cell.cell_type == "code"]) == set()


def test_a_name_of_two_values_that_a_test_takes_is_found() -> None:
    first, second, third = "a = 1\ncheck.value(f, a)", "a = 2\ncheck.value(f, a)", "check.value(f, a)"
    assert shared_by_chance([first, third]) == set()
    assert shared_by_chance([first, second]) == set()
    assert shared_by_chance([first, first, third]) == set()
    assert shared_by_chance([first, second, third]) == {"a"}
    assert shared_by_chance([first, "a = 2", third]) == {"a"}


def test_there_are_eight_notebooks() -> None:
    assert len(NOTEBOOKS) == 8


def test_a_wide_line_is_found() -> None:
    cells = [new_markdown_cell("long " * 30), new_code_cell("x = 1"), new_code_cell("\n" + "x" * 89)]
    assert too_wide(new_notebook(cells=cells)) == ["x" * 89]
