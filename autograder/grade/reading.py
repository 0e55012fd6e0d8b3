"""Reads a submitted file as a notebook, however damaged it is: every cell that is whole is kept.

Pure functions of the bytes of a file. What had to be left out is said in sentences, which become findings on that one
submission.
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from nbformat.validator import get_validator

from ..engine.record import writable
from .sanitize import IMAGES

CELL_TYPES = ("code", "markdown", "raw")
CELL_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")

# A notebook without outputs has some 100 kB. Parsing JSON takes ten times its size: of a file above the first limit one
# cell is parsed at a time, and its outputs are left out; one above the second is not read.
MAX_BYTES = 50_000_000
MOST_BYTES = 1_000_000_000

_ENCODINGS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_KEYS: Final = "attachments|cell_type|execution_count|id|metadata|outputs|source"
_CELL: Final = re.compile(rf'\{{\s*"(?:{_KEYS})"\s*:')
# Where in a conflict a line of git's leads, by its first characters.
_CONFLICT: Final = {
    "both": {"<<<<<<<": "ours"},
    "ours": {"|||||||": "base", "=======": "theirs"},
    "base": {"=======": "theirs"},
    "theirs": {">>>>>>>": "both"},
}
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")  # where half of a surrogate pair may stand
# A place that looks like a cell may be read in vain up to the end of the file.
_MOST_IN_VAIN: Final = 20 * MAX_BYTES
_TOO_DEEP: Final = 100_000  # as many characters take as long as brackets within brackets that stop the parser
_MOST_OUTPUTS: Final = 20_000  # of a notebook; each is compared with the format


def read_file(path: Path) -> tuple[NotebookNode, list[str]]:
    """As `read_notebook`, without taking a file of any size into memory."""
    with open(path, "rb") as stream:
        return read_notebook(stream.read(MOST_BYTES + 1))


def read_notebook(data: bytes) -> tuple[NotebookNode, list[str]]:
    """A valid notebook from whatever a submitted file holds, and what had to be left out."""
    if len(data) > MOST_BYTES:
        return _empty(), [f"the file has over {MOST_BYTES:,} bytes, more than a notebook can have: nothing was read"]
    text = decode(data)
    findings: list[str] = []
    raw: Any
    if len(data) > MAX_BYTES:
        raw = {"nbformat": 4, "cells": list(_whole_cells(text, with_outputs=False))}
        findings.append(f"the file has {len(data):,} bytes: its outputs were left out")
    else:
        raw, findings = _parse(text)
    if not isinstance(raw, dict):
        return _empty(), ["the file holds no notebook"]
    raw, notes = _as_version_4(raw)
    notebook = _empty()
    metadata = raw.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("kernelspec"), dict):
        notebook.metadata = nbformat.from_dict({"kernelspec": metadata["kernelspec"]})
    cells = raw.get("cells")
    left = _MOST_OUTPUTS
    for position, cell in enumerate(cells if isinstance(cells, list) else []):
        clean = _clean_cell(cell, max(left, 0))
        if clean is None:
            findings.append(f"cell {position} of the file is no cell: left out")
        else:
            left -= len(cell["outputs"]) if isinstance(cell.get("outputs"), list) else 0
            notebook.cells.append(clean)
    if left < 0:
        findings.append(f"the notebook has more than {_MOST_OUTPUTS:,} outputs: those behind them were left out")
    make_ids_unique(notebook)
    return notebook, findings + notes


def decode(data: bytes) -> str:
    """The text of a file. UTF-16 and a byte order mark are encodings, not damage; what is no text is replaced."""
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if data[1:2] == b"\0" and data[:1] != b"\0":  # "{" in UTF-16 without a mark
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0" and data[1:2] != b"\0":
        return data.decode("utf-16-be", "replace")
    return data.decode("utf-8", "replace")


def make_ids_unique(notebook: NotebookNode) -> None:
    """Keeps the ids of the submission where they are valid, so that grading twice gives the same file."""
    seen: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        if cell.id in seen:
            cell.id = f"cell-{position}-{len(seen)}"
        seen.add(cell.id)


def _empty() -> NotebookNode:
    return nbformat.v4.new_notebook()


def _parse(text: str) -> tuple[Any, list[str]]:
    try:
        data = json.loads(text)
        return (writable(data) if _HALF.search(text) else data), []
    except (ValueError, RecursionError) as error:
        damage = str(error)
    if (sides := _sides(text)) is not None:
        return {"nbformat": 4, "cells": sides}, [
            "the file holds a conflict that git could not merge: the cells of both sides were read"
        ]
    cells = list(_whole_cells(text))
    return {"nbformat": 4, "cells": cells}, [f"the file is damaged ({damage}): {len(cells)} whole cells were read"]


def _sides(text: str) -> list[Any] | None:
    """The cells of both sides of a merge that was left undone, one after the other where they differ; None where the
    file holds no such marks, or one of its sides is no notebook."""
    lines: dict[str, list[str]] = {"ours": [], "theirs": []}
    here, marks = "both", 0
    for line in text.replace("\r\n", "\n").split("\n"):
        if (after := _CONFLICT[here].get(line[:7])) and line[7:8] in ("", " "):
            here, marks = after, marks + 1
            continue
        for side in lines:
            if here in ("both", side):
                lines[side].append(line)
    if not marks or here != "both":
        return None
    try:
        ours, theirs = (writable(json.loads("\n".join(side))["cells"]) for side in lines.values())
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return None
    merged: list[Any] = []
    for place in range(max(len(ours), len(theirs))):
        pair = [cells[place] for cells in (ours, theirs) if place < len(cells)]
        same = len(pair) == 2 and _text(pair[0]) == _text(pair[1])
        merged += pair[:1] if same else pair
    return merged


def _text(cell: Any) -> Any:
    return _joined(cell.get("source")) if isinstance(cell, dict) else cell


def _as_version_4(raw: dict) -> tuple[dict, list[str]]:
    version = raw.get("nbformat")
    if version == 4:
        return raw, []
    try:
        return nbformat.convert(nbformat.from_dict(raw), 4), [f"the file had notebook format {version}: converted to 4"]
    except Exception as error:
        # nbformat raises many types on a malformed old notebook, KeyError and AttributeError among them.
        return raw, [f"the file has the unknown notebook format {version!r} ({type(error).__name__}): read as format 4"]


def _whole_cells(text: str, with_outputs: bool = True) -> Iterator[Any]:
    """The cells that can be read whole, behind the damage too."""
    decoder = json.JSONDecoder()
    position, in_vain = 0, 0
    while in_vain < _MOST_IN_VAIN and (found := _CELL.search(text, position)):
        try:
            cell, position = decoder.raw_decode(text, found.start())
        except ValueError as error:
            in_vain += getattr(error, "pos", len(text)) - found.start()
            position = found.start() + 1
        except RecursionError:
            in_vain += _TOO_DEEP
            position = found.start() + 1
        else:
            if cell.get("cell_type") in CELL_TYPES:
                if not with_outputs:
                    cell.pop("outputs", None)
                yield writable(cell)


def _clean_cell(cell: Any, most: int) -> NotebookNode | None:
    """A valid cell with the same text and at most so many outputs, or None where there is no text."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in CELL_TYPES:
        return None
    source = writable(_joined(cell.get("source", "")))
    if source is None:
        return None
    labels = cell.get("metadata", {}).get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    metadata = {"nbgrader": labels} if isinstance(labels, dict) else {}
    cell_id = cell["id"] if isinstance(cell.get("id"), str) and CELL_ID.match(cell["id"]) else "cell"
    clean = {"cell_type": cell["cell_type"], "id": cell_id, "metadata": metadata, "source": source}
    if cell["cell_type"] == "code":
        outputs = cell.get("outputs")
        kept = [output for output in outputs[:most] if _is_output(output)] if isinstance(outputs, list) else []
        clean |= {"execution_count": None, "outputs": kept}
    elif attachments := _clean_attachments(cell.get("attachments")):
        clean["attachments"] = attachments
    return nbformat.from_dict(clean)  # nbformat's functions for new cells check each against the schema: 0.1 s in all


def _joined(source: Any) -> str | None:
    """The text of a cell. Some tools leave the line ends out of the list of its lines."""
    if isinstance(source, list) and _is_lines(source):
        ends = any(line.endswith("\n") for line in source[:-1])
        return ("" if ends else "\n").join(source)
    return source if isinstance(source, str) else None


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
    cell: dict[str, Any] = {"cell_type": "code", "id": "cell", "metadata": {}, "source": "", "execution_count": None}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell | {"outputs": [output]}]}
    try:
        get_validator(4, 5).validate(notebook)  # six times as fast as asking for a part of the format by its name
    except Exception:
        # A malformed output can make the validator itself fail; outputs of a submission decide nothing.
        return False
    return True
