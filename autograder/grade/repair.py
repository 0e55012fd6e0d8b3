"""Makes a submitted notebook gradable again: cells deleted, doubled, retyped, moved, re-labelled, or without labels.

Pure functions of a notebook and its released cells. What the cells should be is never taken from the submission. Each
repair is a sentence; `preprocessors` makes findings on that one submission of them. What cannot be repaired with
certainty goes to a person.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from ..course.markup import flags, grade_id
from ..engine.record import ReleasedCell
from .matching import bound, filled_in, find_lost, of_students, released, same_words, unsure, used
from .reading import make_ids_unique

# To the student, who reads it on the page.
_SAVE_AGAIN: Final = (
    "answers may be missing because the file could not be read as a whole. "
    "Save the notebook in JupyterLab once more and hand in that .ipynb file"
)


_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Repairs:
    """What was done, a sentence each, and the cells whose lost points a person has to decide on."""

    findings: list[str]
    unsure: tuple[str, ...] = ()
    damaged: bool = False  # a part of the file could not be read


def repair_cells(
    notebook: NotebookNode,
    expected: Sequence[ReleasedCell],
    damaged: bool = False,
    given: Collection[str] = (),
) -> Repairs:
    """Brings the marked cells in order, in place.

    `expected` holds the cells of the gradebook in the order of the released notebook; `damaged` says that a part of the
    file could not be read; `given` are the texts of all cells of the author's notebook without white space, or none.
    """
    known = tuple(expected)
    by_name = {cell.name: cell for cell in known}
    as_released = {id(cell) for cell in notebook.cells if _is_as_released(cell)}
    findings = [*_drop_foreign_metadata(notebook, by_name), *_drop_duplicates(notebook, by_name)]
    found, doubtful = find_lost(notebook, known, given)
    if found:
        findings.append(_found_again(found))
    there = _positions(notebook)
    own = of_students(notebook, known, given)
    missing = [cell.name for cell in known if cell.solution and cell.name not in there]
    in_doubt = tuple(unsure([*missing, *doubtful], known)) if damaged or found or own or not there else ()
    below = _answers_elsewhere(notebook, by_name, own) if given else {}
    findings += [
        *_keep_what_stands_in_questions(notebook, by_name),
        *_drop_untouched_copies(notebook, by_name),
        *_restore(notebook, by_name, as_released),
        *_add_missing(notebook, known),
        *_move_behind_predecessors(notebook, known),
    ]
    if in_doubt and missing:
        findings.append(f"not found: {', '.join(missing)}. A person has to look at what depends on it")
    if damaged and missing:
        findings.append(_SAVE_AGAIN)
    if doubtful:
        findings.append(f"more than one cell could be meant by: {', '.join(doubtful)}. The last one was taken")
    findings += [f"the answer to {name} may stand in another cell: {text[:200]!r}" for name, text in below.items()]
    make_ids_unique(notebook)
    return Repairs(findings, (*in_doubt, *below))


def _found_again(found: list[str]) -> str:
    names = ", ".join(found) if len(found) <= 3 else f"{', '.join(found[:2])} and {len(found) - 2} more"
    return f"cells without their labels were found again by their text or by what they define: {names}"


def _is_as_released(cell: NotebookNode) -> bool:
    """Whether a cell is as some release has handed it out, which need not be the last: its checksum says so. It tells
    nothing of who has changed what, as anybody can compute it; so it decides what is said, and nothing else."""
    try:
        points = flags(cell).get("points", 0)
        return type(points) in (int, float) and bool(flags(cell).get("checksum") == compute_checksum(cell))
    except Exception:
        return False  # the flags of a submission may be anything


def _answers_elsewhere(
    notebook: NotebookNode, by_name: Mapping[str, ReleasedCell], own: Sequence[NotebookNode]
) -> dict[str, str]:
    """Name -> text for each answer that a person marks and that was left as it was, while the student has written
    something beside it, or at the end of the notebook."""
    students = {id(cell) for cell in own}
    labelled = [at for at, cell in enumerate(notebook.cells) if grade_id(cell)]
    found = {}
    for at in labelled:
        cell = notebook.cells[at]
        known = by_name[grade_id(cell) or ""]
        if not (known.grade and known.solution) or known.locked or filled_in(cell, known):
            continue
        before = max((n for n in labelled if n < at), default=-1)
        behind = min((n for n in labelled if n > at), default=len(notebook.cells))
        places = [*range(at + 1, behind)]
        if cell.cell_type != "code":
            places += [*range(before + 1, at), *range(labelled[-1] + 1, len(notebook.cells))]
        beside = [notebook.cells[n] for n in places if id(notebook.cells[n]) in students]
        texts = [one.source for one in beside if (one.cell_type == "code") == (cell.cell_type == "code")]
        below = [one.source for one in notebook.cells[at + 1 : at + 2] if id(one) in students]  # of any kind
        if texts or below:
            found[known.name] = (texts or below)[0]
    return found


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
            yield f"a cell carried the unknown label {str(name)[:80]!r}: treated as an ordinary cell"
        wrong = _changed_flags(found, known) if found and known else []
        if wrong and not (wrong == ["points"] and _is_as_released(cell)):
            yield f"cell {name} had other settings of the grader ({', '.join(wrong)}): put right"
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


def _drop_duplicates(notebook: NotebookNode, by_name: Mapping[str, ReleasedCell]) -> Iterator[str]:
    """Of several cells with one grade_id the last one counts, as in nbgrader: it is the one that ran last. But one that
    was filled in counts before one that was not."""
    copies: dict[str, list[NotebookNode]] = {}
    for cell in notebook.cells:
        if (name := grade_id(cell)) is not None:
            copies.setdefault(name, []).append(cell)
    for name, cells in copies.items():
        if len(cells) == 1:
            continue
        filled = [cell for cell in cells if not by_name[name].locked and filled_in(cell, by_name[name])]
        counts = (filled or cells)[-1]
        for cell in cells:
            if cell is not counts:
                cell.metadata = nbformat.from_dict({})
        which = "the last one counts" if counts is cells[-1] else "the last one that was filled in counts"
        yield f"cell {name} stands in the notebook more than once: {which}"


def _drop_untouched_copies(notebook: NotebookNode, by_name: Mapping[str, ReleasedCell]) -> Iterator[str]:
    """A stub that stands beside its solution would define the function anew."""
    done = {name for cell in notebook.cells if (name := grade_id(cell)) and filled_in(cell, by_name[name])}
    stubs = {name: by_name[name] for name in done if by_name[name].solution and by_name[name].cell_type == "code"}
    for cell in [cell for cell in notebook.cells if grade_id(cell) is None]:
        for name, stub in stubs.items():
            if stub.source.strip() and not filled_in(cell, stub):
                notebook.cells = [one for one in notebook.cells if one is not cell]
                yield f"an untouched copy of cell {name} was left out"
                break


def _keep_what_stands_in_questions(notebook: NotebookNode, by_name: Mapping[str, ReleasedCell]) -> Iterator[str]:
    """An answer that was written into the locked text which asks for it gets a cell of its own, below."""
    for cell in list(notebook.cells):
        known = by_name.get(grade_id(cell) or "")
        if known is None or not known.locked or known.cell_type != "markdown":
            continue
        lines = {"".join(line.split()) for line in known.source.split("\n")}
        own = [line for line in cell.source.split("\n") if "".join(line.split()) not in lines]
        text = "\n".join(own).strip()
        if set(_WORD.findall(text)) - set(_WORD.findall(known.source)):  # a tool that sets it in another way adds none
            notebook.cells.insert(notebook.cells.index(cell) + 1, nbformat.v4.new_markdown_cell(text))
            yield f"what was written into {known.name} stands in a cell of its own below it: {text[:200]!r}"


def _restore(
    notebook: NotebookNode, by_name: Mapping[str, ReleasedCell], as_released: Collection[int]
) -> Iterator[str]:
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
        if (
            known.locked
            and id(cell) not in as_released
            and not any(
                same_words(repaired.source, text, known.cell_type) for text in (released(known.source), known.source)
            )
        ):
            yield f"cell {name} is locked and was changed: restored"
        if known.locked:
            repaired.source = known.source
        repaired.metadata = nbformat.from_dict({"nbgrader": known.flags()})


def _add_missing(notebook: NotebookNode, expected: tuple[ReleasedCell, ...]) -> Iterator[str]:
    """Behind the cells that stood before it, and behind the last one that defines what it uses."""
    for index, known in enumerate(expected):
        positions = _positions(notebook)
        if known.name in positions or not known.must_exist:
            continue
        names = used(known, expected) if known.locked else set()
        before = [positions[cell.name] for cell in expected[:index] if cell.name in positions]
        before += [
            n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code" and bound(cell.source) & names
        ]
        notebook.cells.insert(max(before, default=-1) + 1, _new_cell(known))
        yield f"cell {known.name} was not found: put back"


def _move_behind_predecessors(notebook: NotebookNode, expected: tuple[ReleasedCell, ...]) -> Iterator[str]:
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
