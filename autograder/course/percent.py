"""Turns a percent file into the notebook that nbgrader reads.

The result depends on the text of the percent files alone: the same text gives the same bytes, cell ids included.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from .markup import SOLUTION, BuildError, is_solution, strip_markers
from .paths import Course

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
PROVIDED = re.compile(r"^# provided from (?P<assignment>\w+): (?P<names>[\w, ]+)$")


def read_percent(path: Path) -> NotebookNode:
    """The percent file as a notebook, as jupytext reads it."""
    return jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")


def source_notebook(course: Course, name: str) -> NotebookNode:
    """The notebook of an assignment with solutions and hidden tests in it, and its "provided" cells filled.

    Raises BuildError, naming the cell, where the percent file is wrong.
    """
    notebook = read_percent(course.percent(name))
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
        if cell.cell_type == "code":
            cell.source = fill_provided(course, name, cell)
            cell.execution_count, cell.outputs = None, []
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    set_cell_ids(notebook)
    nbformat.validate(notebook)
    return notebook


def set_cell_ids(notebook: NotebookNode) -> None:
    """Gives each cell its grade_id as id, or, where it has none, a digest of its text."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell_id = grade_id or hashlib.sha256(f"{cell.cell_type}:{cell.source}".encode()).hexdigest()[:12]
        seen[cell_id] = seen.get(cell_id, 0) + 1
        if seen[cell_id] > 1 and grade_id:
            raise BuildError(grade_id, "two cells have this grade_id")
        cell.id = cell_id if seen[cell_id] == 1 else f"{cell_id}-{seen[cell_id]}"


def fill_provided(course: Course, name: str, cell: NotebookNode) -> str:
    """Text of a code cell; each line `# provided from 01_name: relu, tanh` is followed by those functions."""
    lines: list[str] = []
    for line in cell.source.split("\n"):
        lines.append(line)
        match = PROVIDED.match(line.strip())
        if not match:
            continue
        where = cell.metadata.get("nbgrader", {}).get("grade_id", "provided")
        earlier = match["assignment"]
        if earlier not in course.assignments() or earlier >= name:
            raise BuildError(where, f"{earlier} is not an assignment before {name}")
        if not cell.metadata.get("nbgrader", {}).get("locked") or is_solution(cell):
            raise BuildError(where, "a cell with provided functions must be locked and no solution cell")
        wanted = [part.strip() for part in match["names"].split(",")]
        lines.append(provided_code(course, earlier, wanted, where))
    return "\n".join(lines)


def provided_code(course: Course, earlier: str, wanted: list[str], where: str) -> str:
    """The solution of the functions or classes named, without its markers."""
    found: dict[str, tuple[str, ast.stmt]] = {}
    for cell in read_percent(course.percent(earlier)).cells:
        if cell.cell_type == "code" and is_solution(cell):
            found.update(definitions(strip_markers(cell.source, SOLUTION)))
    missing = [name for name in wanted if name not in found]
    if missing:
        raise BuildError(where, f"{earlier} has no solution of {', '.join(missing)}")
    for name in wanted:
        used = {node.id for node in ast.walk(found[name][1]) if isinstance(node, ast.Name)}
        needed = sorted((used & found.keys()) - set(wanted))
        if needed:
            raise BuildError(where, f"{name} calls {', '.join(needed)} of {earlier}: name it too")
    return "\n\n\n".join(found[name][0] for name in wanted)


def definitions(source: str) -> dict[str, tuple[str, ast.stmt]]:
    """Text and syntax tree of each function and class that the source defines at top level."""

    def parts() -> Iterator[tuple[str, tuple[str, ast.stmt]]]:
        lines = source.split("\n")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield node.name, ("\n".join(lines[first - 1 : node.end_lineno]), node)

    return dict(parts())


def to_bytes(notebook: NotebookNode) -> bytes:
    """The notebook file: one form for all that the build writes."""
    return nbformat.writes(notebook).encode() + b"\n"
