"""Makes a submitted notebook gradable again: damaged files, and cells deleted, doubled, retyped, moved or re-labelled.

Pure functions of the text of a file, or of a notebook and its released cells. What the cells should be is never taken
from the submission. Each repair is a sentence; `preprocessors` makes findings on that one submission of them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from ..course.markup import HIDDEN_TESTS, MARK_SCHEME, flags, grade_id, outside
from ..engine.record import ReleasedCell
from .sanitize import IMAGES

CELL_TYPES = ("code", "markdown", "raw")
CELL_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")

# A notebook without outputs has some 100 kB. Above this the file is not read: parsing JSON takes ten times its size.
MAX_BYTES = 50_000_000


# -- reading ---------------------------------------------------------------------------------------------------------


def read_notebook(text: str) -> tuple[NotebookNode, list[str]]:
    """A valid notebook from whatever a submitted file holds, and what had to be left out."""
    findings: list[str] = []
    if len(text) > MAX_BYTES:
        return _empty(), [f"the file has {len(text):,} characters, more than a notebook can have: nothing was read"]
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raw = {"nbformat": 4, "cells": list(_whole_cells(text))}
        findings.append(f"the file is no valid JSON ({error}): {len(raw['cells'])} whole cells were read from it")
    if not isinstance(raw, dict):
        return _empty(), ["the file holds no notebook"]
    raw, notes = _as_version_4(raw)
    notebook = _empty()
    metadata = raw.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("kernelspec"), dict):
        notebook.metadata = nbformat.from_dict({"kernelspec": metadata["kernelspec"]})
    cells = raw.get("cells")
    for position, cell in enumerate(cells if isinstance(cells, list) else []):
        clean = _clean_cell(cell)
        if clean is None:
            findings.append(f"cell {position} of the file is no cell: left out")
        else:
            notebook.cells.append(clean)
    _make_ids_unique(notebook)
    return notebook, findings + notes


def _make_ids_unique(notebook: NotebookNode) -> None:
    """Keeps the ids of the submission where they are valid, so that grading twice gives the same file."""
    seen: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        if cell.id in seen:
            cell.id = f"cell-{position}-{len(seen)}"
        seen.add(cell.id)


def _empty() -> NotebookNode:
    return nbformat.v4.new_notebook()


def _as_version_4(raw: dict) -> tuple[dict, list[str]]:
    version = raw.get("nbformat")
    if version == 4:
        return raw, []
    try:
        return nbformat.convert(nbformat.from_dict(raw), 4), [f"the file had notebook format {version}: converted to 4"]
    except Exception as error:
        # nbformat raises many types on a malformed old notebook, KeyError and AttributeError among them.
        return raw, [f"the file has the unknown notebook format {version!r} ({type(error).__name__}): read as format 4"]


def _whole_cells(text: str) -> Iterator[Any]:
    """The cells that are complete in a truncated file."""
    decoder = json.JSONDecoder()
    start = text.find('"cells"')
    position = text.find("[", start) + 1 if start >= 0 else 0
    while position > 0:
        position = text.find("{", position)
        if position < 0:
            return
        try:
            cell, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield cell


def _clean_cell(cell: Any) -> NotebookNode | None:
    """A valid cell with the same text, or None where there is no text."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in CELL_TYPES:
        return None
    source = cell.get("source", "")
    if _is_lines(source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    source = source.encode("utf-8", errors="replace").decode()
    labels = cell.get("metadata", {}).get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    metadata = {"nbgrader": labels} if isinstance(labels, dict) else {}
    cell_id = cell["id"] if isinstance(cell.get("id"), str) and CELL_ID.match(cell["id"]) else "cell"
    if cell["cell_type"] == "code":
        clean = nbformat.v4.new_code_cell(source=source, metadata=metadata, id=cell_id)
        outputs = cell.get("outputs")
        clean.outputs = [output for output in outputs if _is_output(output)] if isinstance(outputs, list) else []
        return clean
    make = nbformat.v4.new_markdown_cell if cell["cell_type"] == "markdown" else nbformat.v4.new_raw_cell
    clean = make(source=source, metadata=metadata, id=cell_id)
    attachments = _clean_attachments(cell.get("attachments"))
    if attachments:
        clean.attachments = nbformat.from_dict(attachments)
    return clean


def _clean_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """Images that were pasted into a written answer."""
    found = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        parts = {kind: bundle[kind] for kind in IMAGES if kind in bundle} if isinstance(bundle, dict) else {}
        whole = {kind: "".join(data) if _is_lines(data) else data for kind, data in parts.items()}
        images = {kind: data for kind, data in whole.items() if isinstance(data, str) and data.isascii()}
        if images:
            found[name.encode("utf-8", errors="replace").decode()] = images
    return found


def _is_lines(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(line, str) for line in data)


def _is_output(output: Any) -> bool:
    try:
        nbformat.v4.nbbase.validate(output, ref="output")
    except Exception:
        # A malformed output can make the validator itself fail; outputs of a submission decide nothing.
        return False
    return True


# -- cells -----------------------------------------------------------------------------------------------------------


def repair_cells(notebook: NotebookNode, expected: Sequence[ReleasedCell]) -> list[str]:
    """Brings the marked cells in order, in place; returns what was done, a sentence each.

    `expected` holds the cells of the gradebook in the order of the released notebook.
    """
    by_name = {cell.name: cell for cell in expected}
    findings = [
        *_drop_foreign_metadata(notebook, by_name),
        *_drop_duplicates(notebook),
        *_restore(notebook, by_name),
        *_add_missing(notebook, expected),
        *_move_behind_predecessors(notebook, expected),
    ]
    _make_ids_unique(notebook)
    return findings


def _new_cell(known: ReleasedCell) -> NotebookNode:
    make = nbformat.v4.new_code_cell if known.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(source=known.source, metadata={"nbgrader": known.flags()}, id=known.name)


def _drop_foreign_metadata(notebook: NotebookNode, by_name: Mapping[str, ReleasedCell]) -> Iterator[str]:
    """Cell metadata can make the runner skip a cell or hide its errors, so none of it survives but the grade_id."""
    for cell in notebook.cells:
        found = flags(cell)
        name = found.get("grade_id")
        known = by_name.get(name) if isinstance(name, str) else None
        if found and not known:
            yield f"a cell carried the unknown grade_id {str(name)[:80]!r}: treated as an ordinary cell"
        if found and known and (wrong := _changed_flags(found, known)):
            yield f"cell {name} had other metadata ({', '.join(wrong)}): put right"
        cell.metadata = nbformat.from_dict({"nbgrader": {"grade_id": name}} if known else {})


def _changed_flags(own: Mapping[str, Any], known: ReleasedCell) -> list[str]:
    """Names of the flags that are not as they were released. The checksum is left out: it is never the gradebook's."""
    right = known.flags()
    kept = ("schema_version", "grade", "locked", "solution", "task", *(["points"] if known.grade or known.task else []))
    found = {"task": False, **own}
    # nbgrader goes by the other flags there, and releases whatever the author wrote.
    if (known.grade or known.solution) and isinstance(found.get("locked"), bool):
        found["locked"] = right["locked"]
    # True is no 1 here: nbgrader's own check of the metadata makes the difference, and stops at it.
    return [name for name in kept if name not in found or not _same(found[name], right[name])]


def _same(value: Any, right: Any) -> bool:
    if isinstance(right, bool) or isinstance(value, bool):
        return value is right
    return isinstance(value, int | float) and value == right


def _drop_duplicates(notebook: NotebookNode) -> Iterator[str]:
    """Of two cells with one grade_id the later one counts, as in nbgrader: it is the one that ran last."""
    seen: set[str] = set()
    for cell in reversed(notebook.cells):
        name = grade_id(cell)
        if name in seen:
            cell.metadata = nbformat.from_dict({})
            yield f"cell {name} stands in the notebook more than once: the last one counts"
        elif name is not None:
            seen.add(name)


def _restore(notebook: NotebookNode, by_name: Mapping[str, ReleasedCell]) -> Iterator[str]:
    for position, cell in enumerate(notebook.cells):
        name = grade_id(cell)
        if name is None:
            continue
        known = by_name[name]
        if cell.cell_type != known.cell_type:
            yield f"cell {name} was turned from {known.cell_type} into {cell.cell_type}: turned back"
            turned = _new_cell(known)
            turned.source = cell.source
            notebook.cells[position] = turned
        repaired = notebook.cells[position]
        if known.locked and repaired.source not in (_released(known.source), known.source):
            yield f"cell {name} is locked and was changed: restored"
        if known.locked:
            repaired.source = known.source
        repaired.metadata = nbformat.from_dict({"nbgrader": known.flags()})


def _released(source: str) -> str:
    """A locked cell as the student got it: without its hidden tests."""
    try:
        return "\n".join(outside(source, HIDDEN_TESTS, MARK_SCHEME))
    except ValueError:
        return source


def _add_missing(notebook: NotebookNode, expected: Sequence[ReleasedCell]) -> Iterator[str]:
    for index, known in enumerate(expected):
        positions = _positions(notebook)
        if known.name in positions or not known.must_exist:
            continue
        before = [positions[cell.name] for cell in expected[:index] if cell.name in positions]
        notebook.cells.insert(max(before, default=-1) + 1, _new_cell(known))
        yield f"cell {known.name} was missing: put back"


def _move_behind_predecessors(notebook: NotebookNode, expected: Sequence[ReleasedCell]) -> Iterator[str]:
    """A test cell runs after the cells that it tests, wherever it was moved."""
    for index, known in enumerate(expected):
        positions = _positions(notebook)
        if not known.locked or known.name not in positions:
            continue
        here = positions[known.name]
        last = max((positions[cell.name] for cell in expected[:index] if cell.name in positions), default=-1)
        if last > here:
            notebook.cells.insert(last, notebook.cells.pop(here))
            yield f"cell {known.name} stood before cells that it builds on: moved behind them"


def _positions(notebook: NotebookNode) -> dict[str, int]:
    return {name: n for n, cell in enumerate(notebook.cells) if (name := grade_id(cell)) is not None}
