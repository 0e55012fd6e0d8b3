"""Why a test failed, where its own error is what follows from another: a name is not there, because the student's cell
that should define it could not be read by Python, ended in an error, was stopped, or is not written yet.

Pure functions of the graded notebook and its record.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nbformat import NotebookNode

from ..course.markup import grade_id, is_locked
from ..engine.record import NotebookRecord, ReleasedCell
from .matching import bound, wanted

TIMES: Final = ("cpu", "wall", "cell", "call")  # the limits of time
_NO_NAME: Final = re.compile(r"\bNameError: name '(\w+)' is not defined")
_PLACE: Final = re.compile(r" \([^()]*, (line \d+)\)$")  # IPython names a file that is none
_MAGIC: Final = re.compile(r"^\s*[%!?]", re.MULTILINE)


@dataclass(frozen=True)
class FailedCell:
    """A student's cell that did not end well. place: in the notebook. names: that it defines, or should. how: it ended,
    as the end of a sentence; "" where it is not written yet."""

    place: int
    name: str
    source: str
    names: frozenset[str]
    how: str


def failed_cells(
    nb: NotebookNode, record: NotebookRecord | None, released: tuple[ReleasedCell, ...]
) -> list[FailedCell]:
    """In the order of the notebook."""
    return list(_failed_cells(nb, record, wanted(released)))


def _failed_cells(
    nb: NotebookNode, record: NotebookRecord | None, names: dict[str, frozenset[str]]
) -> Iterator[FailedCell]:
    done = {cell.index: cell for cell in record.cells} if record else {}
    for place, cell in enumerate(nb.cells):
        if cell.cell_type != "code" or is_locked(cell):
            continue
        error = next((output for output in cell.get("outputs", ()) if output.output_type == "error"), None)
        known = done.get(place)
        stop = next((one.stop for one in known.findings if one.stop is not None), None) if known else None
        if error is None and stop is None:
            continue
        name = grade_id(cell) or ""
        if stop is not None and stop.kind in TIMES:
            how = f"was stopped after {stop.amount or 0:g} seconds: does every loop come to an end?"
        elif error is None:
            continue  # its process has ended, which stands above all
        elif error.ename == "NotImplementedError":
            how = ""
        elif error.ename in ("SyntaxError", "IndentationError", "TabError") and known and known.no_python:
            how = f"ended in {error.ename}: {_not_read(cell.source, error.evalue)}"
        else:
            how = f"ended in {error.ename}: {(error.evalue.splitlines() or [''])[0]}".removesuffix(": ")
        yield FailedCell(place, name, cell.source, frozenset(bound(cell.source) | names.get(name, frozenset())), how)


def _not_read(source: str, said: str) -> str:
    """What Python does not read, and in which line. It says more than IPython, and knows no magics."""
    try:
        if not _MAGIC.search(source):
            ast.parse(source)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError):
        pass
    return _PLACE.sub(r" (\1)", (said.splitlines() or [""])[0])


def cause(said: str, place: int, exercise: str, failed: list[FailedCell]) -> str:
    """A sentence on the cell that explains why a test in this place has failed; "" where none does. said: what the
    test says. exercise: the name of the student's cell that it tests."""
    missing = _NO_NAME.search(said)
    if missing is None:
        return ""
    name = missing[1]
    before = [cell for cell in failed if cell.place < place]
    named = re.compile(rf"\b{re.escape(name)}\b")
    found = [cell for cell in before if name in cell.names] or [
        cell for cell in before if cell.name == exercise and named.search(cell.source)
    ]
    if not found:
        return ""
    # A stub says nothing where the student has written the function in another cell.
    cell = ([cell for cell in found if cell.how] or found)[-1]
    if not cell.how:
        return f"{name} is not written yet."
    own = "of this exercise" if cell.name == exercise else cell.name or "above this test"
    return f"Your cell {own} {cell.how}"
