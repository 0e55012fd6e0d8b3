"""Cells of a notebook as plain data, and what can be said of one without the release that it is from.

nbgrader writes a checksum into each cell with a label, and the build gives each cell without one a digest of its text
as id. Both stay as they were while a student types, so they tell what a student has changed, and what a release has.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

Cell = dict[str, Any]

OURS: Final = "application/vnd.nbcore."
"""So begins the type of an output that holds a guess or a hint: they stay, whatever becomes of the cell."""

OF_RELEASE: Final = ("nbgrader", "tags", "deletable", "editable", "jupyter")
"""The metadata of a cell that a release sets."""

_OUTPUTS: Final[dict[str, dict[str, Any]]] = {
    "stream": {"name": None, "text": None},
    "error": {"ename": None, "evalue": None, "traceback": None},
    "display_data": {"data": None, "metadata": {}},
    "execute_result": {"data": None, "metadata": {}, "execution_count": 0},
}  # by type, the keys with what stands in for one that is missing: None where nothing can
_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_DIGEST: Final = re.compile(r"([0-9a-f]{12})(-\d+)?")
_STUB: Final = re.compile(r"# YOUR CODE HERE|raise NotImplementedError\b.*|YOUR ANSWER HERE")
_NAME: Final = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(.*\S)", re.MULTILINE)


def clean(cell: Any) -> Cell:
    """A copy that is valid in format 4.5, but for its id, which may be "". ValueError where it is no cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise ValueError("is no cell")
    source, metadata = cell.get("source", ""), cell.get("metadata", {})
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        # Some tools leave the line ends out.
        source = ("" if any(line.endswith("\n") for line in source[:-1]) else "\n").join(source)
    if not isinstance(source, str) or not isinstance(metadata, dict):
        raise ValueError("has no text")
    name = cell.get("id", metadata.get("id"))  # Colab keeps it in the metadata
    found: Cell = {
        "cell_type": cell["cell_type"],
        "id": name if isinstance(name, str) and _ID.fullmatch(name) else "",
        "metadata": dict(metadata),
        "source": source,
    }
    if found["cell_type"] == "code":
        outputs, count = cell.get("outputs"), cell.get("execution_count")
        found["outputs"] = [one for raw in outputs if (one := _output(raw))] if isinstance(outputs, list) else []
        found["execution_count"] = count if type(count) is int and count >= 0 else None
    elif isinstance(cell.get("attachments"), dict):
        found["attachments"] = cell["attachments"]
    return found


def _output(raw: Any) -> dict[str, Any] | None:
    """What some tools add to an output is left out; so is what is no output."""
    if not isinstance(raw, dict) or not isinstance(raw.get("output_type"), str):
        return None
    keys = _OUTPUTS.get(raw["output_type"])
    if keys is None or any(fallback is None and key not in raw for key, fallback in keys.items()):
        return None
    found = {"output_type": raw["output_type"]} | {key: raw.get(key, fallback) for key, fallback in keys.items()}
    if "data" in keys and not (isinstance(found["data"], dict) and isinstance(found["metadata"] or {}, dict)):
        return None
    if "metadata" in keys:
        found["metadata"] = found["metadata"] or {}
    if "execution_count" in keys:
        found["execution_count"] = raw.get("execution_count")
    return found


def flags(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata; empty where there is none."""
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, dict) else {}


def label(cell: Cell) -> str:
    """nbgrader's name of the cell, or ""."""
    name = flags(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_answer(cell: Cell) -> bool:
    """Whether students write into it."""
    return bool(label(cell)) and bool(flags(cell).get("solution"))


def checksum(cell: Cell, source: str, cell_type: str) -> str:
    """nbgrader's checksum of this text under the label of this cell. ValueError where its flags are none."""
    of, name = flags(cell), label(cell)
    grade, solution = of.get("grade", False), of.get("solution", False)
    locked = False if solution else True if grade else of.get("locked", False)
    parts = [_unix(source), cell_type, str(grade), str(solution), str(locked), name]
    if grade:
        try:
            parts.append(str(float(of["points"])))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ValueError("no number of points") from None
    return hashlib.md5("".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def was_released_with(cell: Cell, source: str, cell_type: str) -> bool | None:
    """Whether the release that this cell is from had this text in it; None where that is not known."""
    known = flags(cell).get("checksum")
    if not isinstance(known, str):
        return None
    try:
        return known == checksum(cell, source, cell_type)
    except ValueError:
        return None


def digest(cell: Cell) -> str:
    """What the build gives a cell of this text as id, where it has no label."""
    text = f"{cell['cell_type']}:{_unix(cell['source'])}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def id_digest(cell: Cell) -> str:
    """The digest that is the id of this cell, as of one that a release brought; "" where it is another kind of id."""
    found = _DIGEST.fullmatch(cell["id"])
    return found[1] if found else ""


def _unix(source: str) -> str:
    return source.replace("\r\n", "\n")


def same_words(one: Cell, other: Cell) -> bool:
    """Whether two texts differ at most by what tools change that save a notebook: empty lines and white space at the
    end of a line, in prose all white space."""
    if "code" not in (one["cell_type"], other["cell_type"]):
        return bool(one["source"].split() == other["source"].split())
    lines = [[line.rstrip() for line in cell["source"].split("\n") if line.strip()] for cell in (one, other)]
    return lines[0] == lines[1]


def same(one: Cell, other: Cell) -> bool:
    """Whether two cells are of one type and have the same words."""
    return one["cell_type"] == other["cell_type"] and same_words(one, other)


def holds(text: str, stub: str) -> bool:
    """Whether all lines of a stub that are to stay stand in the text, in their order."""
    lines = iter([line.strip() for line in text.split("\n")])
    return all(line in lines for line in _fixed(stub))


def is_made_of(text: str, stub: str) -> bool:
    """Whether a text is surely an answer in this stub."""
    return bool(_fixed(stub)) and holds(text, stub)


def _fixed(stub: str) -> list[str]:
    lines = [line.strip() for line in stub.split("\n")]
    return [line for line in lines if line and not _STUB.fullmatch(line)]


def defined(cell: Cell) -> set[str]:
    """The functions and classes that a cell of code defines; the headings of another."""
    return set((_NAME if cell["cell_type"] == "code" else _HEADING).findall(cell["source"]))


def ours(cell: Cell) -> list[Any]:
    """The outputs that hold a guess or a hint."""
    return [one for one in cell.get("outputs", []) if any(str(kind).startswith(OURS) for kind in one.get("data", {}))]


def make_ids_unique(cells: Iterable[Cell], reserved: Iterable[str]) -> None:
    """Gives an id to each cell whose id is missing, or is that of a cell before it or a reserved one."""
    taken = set(reserved)
    for cell in cells:
        if not cell["id"] or cell["id"] in taken:
            base, count = f"own-{digest(cell)}", 1
            cell["id"] = base
            while cell["id"] in taken:
                count += 1
                cell["id"] = f"{base}-{count}"
        taken.add(cell["id"])
