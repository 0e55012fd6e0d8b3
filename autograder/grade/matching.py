"""Finds the cells of an assignment again in a notebook that has lost their labels.

Many tools that save a notebook drop nbgrader's metadata, and some drop the ids of cells too; others reformat the code.
A cell is found by its id, by its words, by what it defines, by its heading, or because it is the only one in its place.
The text of a submission is read by regular expressions and the tokenizer alone: it may be no Python at all.
"""

import io
import re
import tokenize
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from nbformat import NotebookNode

from ..course.code import statements
from ..course.markup import HIDDEN_TESTS, MARK_SCHEME, grade_id, outside
from ..engine.record import ReleasedCell

_BOUND: Final = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(.*\S)", re.MULTILINE)
_SPACE: Final = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_QUOTED: Final = re.compile(r"""^(\w*)("{3}|'{3}|"|')(.*)\2$""", re.DOTALL)


def released(source: str) -> str:
    """A locked cell as the student got it: without its hidden tests."""
    try:
        return "\n".join(outside(source, HIDDEN_TESTS, MARK_SCHEME))
    except ValueError:
        return source


def same_words(one: str, other: str, cell_type: str = "code") -> bool:
    """Whether two texts differ at most by what a formatter changes: white space, quotes, brackets around a whole
    expression, commas at the end, semicolons between statements."""
    if "".join(one.split()) == "".join(other.split()):
        return True
    return cell_type == "code" and _words(one) == _words(other)


def _words(source: str) -> list[str]:
    words: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.string in ")]}" and words and words[-1] == ",":
                words.pop()
            if token.type in _SPACE or token.string in "();":
                continue
            words.append(_word(token))
    except (tokenize.TokenError, SyntaxError):
        return source.split()
    return [word for at, word in enumerate(words) if word != "," or at + 1 < len(words)]


def _word(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "#" + token.string.lstrip("#").strip()
    if token.type == tokenize.STRING and (parts := _QUOTED.match(token.string)):
        inner = "\n".join(line.strip() for line in parts[3].strip().split("\n"))
        return f"{parts[1].lower()}'{inner.replace(chr(92), '')}'"
    return token.string.lower() if token.type == tokenize.NUMBER else token.string


def bound(source: str) -> set[str]:
    """The names that a cell of a submission binds at its top level."""
    return {name for pair in _BOUND.findall(source) for name in pair if name}


@cache
def wanted(expected: tuple[ReleasedCell, ...]) -> dict[str, frozenset[str]]:
    """For each cell that students fill with code, the names that it has to define: those that its released text
    and no other cell defines, or else those that the tests behind it read and no other cell binds."""
    given = {name for cell in expected if cell.locked for one in statements(cell.source) for name in one.bound}
    times = Counter(name for cell in expected if _is_code(cell) for name in bound(cell.source))
    found: dict[str, frozenset[str]] = {}
    for place, cell in enumerate(expected):
        if _is_code(cell):
            mine = bound(cell.source)
            own = {name for name in mine if times[name] == 1 and name not in given}
            names = own or mine or _read_behind(expected[place + 1 :]) - given
            found[cell.name] = frozenset(names)
    return found


def used(known: ReleasedCell, expected: tuple[ReleasedCell, ...]) -> set[str]:
    """The names of solutions that a locked cell reads."""
    mine = {name for names in wanted(expected).values() for name in names}
    return {name for one in statements(known.source) for name in one.read} & mine


def _is_code(known: ReleasedCell) -> bool:
    return known.solution and known.cell_type == "code"


def _read_behind(cells: Sequence[ReleasedCell]) -> set[str]:
    read: set[str] = set()
    for cell in cells:
        if _is_code(cell):
            break
        if cell.grade:
            read |= {name for one in statements(cell.source) for name in one.read}
    return read


def of_students(
    notebook: NotebookNode, expected: tuple[ReleasedCell, ...], given: Collection[str]
) -> list[NotebookNode]:
    """The cells without a label that hold something, and nothing that the author or the release has put there.

    given: the texts of all cells of the author's notebook, without white space; none where it is not known.
    """
    stubs = {"".join(cell.source.split()) for cell in expected if cell.solution}
    return [
        cell
        for cell in notebook.cells
        if grade_id(cell) is None and (text := "".join(cell.source.split())) and (text in stubs or text not in given)
    ]


def find_lost(
    notebook: NotebookNode, expected: tuple[ReleasedCell, ...], given: Collection[str]
) -> tuple[list[str], list[str]]:
    """Labels the cells that are found again. Each other cell keeps the label that it has.

    given: as for `of_students`. Returns: the names of the cells that were found, and of those among them that could be
    another cell of the notebook as well.
    """
    lost = {cell.name: cell for cell in expected}
    for cell in notebook.cells:
        lost.pop(grade_id(cell) or "", None)
    found: list[str] = []
    doubtful: list[str] = []
    for find in (_by_id, _by_words, _by_names, _by_heading, _by_place):
        for known in list(lost.values()):
            if find in (_by_id, _by_words):
                free = [cell for cell in notebook.cells if grade_id(cell) is None and cell.source.strip()]
            else:
                free = of_students(notebook, expected, given)
            cells = find(known, free, notebook, expected)
            if cells:
                cells[0].metadata["nbgrader"] = {"grade_id": known.name}
                found.append(known.name)
                del lost[known.name]
            if len(cells) > 1:
                doubtful.append(known.name)
    return found, doubtful


# Each gives the cell that is meant, and behind it others that could be meant as well; nothing where there is none.


def _by_id(known: ReleasedCell, free: Sequence[NotebookNode], *_: object) -> list[NotebookNode]:
    return [cell for cell in free if cell.id == known.name][:1]


def _by_words(known: ReleasedCell, free: Sequence[NotebookNode], *_: object) -> list[NotebookNode]:
    if not known.locked:
        return []
    text = released(known.source)
    return [c for c in free if c.cell_type == known.cell_type and same_words(c.source, text, c.cell_type)][:1]


def _by_names(
    known: ReleasedCell, free: Sequence[NotebookNode], notebook: NotebookNode, expected: tuple[ReleasedCell, ...]
) -> list[NotebookNode]:
    """Of the cells that define what it should, the last one in its place, else the last one anywhere. One that was
    filled in counts before one that was not, and one that defines more."""
    names = wanted(expected).get(known.name)
    if not names:
        return []
    fits = [cell for cell in free if cell.cell_type == "code" and bound(cell.source) & names]
    worth = {id(cell): (filled_in(cell, known), len(bound(cell.source) & names)) for cell in fits}
    best = [cell for cell in fits if worth[id(cell)] == max(worth.values())]
    between = _between(known, notebook, expected)
    here = [cell for cell in best if any(cell is one for one in between)]
    if here and between[-1] is not notebook.cells[-1]:  # what stands behind is known, and runs after all of these
        return here[-1:]
    return list(reversed(here or best))


def filled_in(cell: NotebookNode, known: ReleasedCell) -> bool:
    """Whether a cell is not as it was released."""
    return "".join(cell.source.split()) != "".join(known.source.split())


def _by_heading(known: ReleasedCell, free: Sequence[NotebookNode], *_: object) -> list[NotebookNode]:
    if known.cell_type == "code" or not (heading := _HEADING.search(known.source)):
        return []
    fits = [c for c in free if c.cell_type != "code" and heading[1] in _HEADING.findall(c.source)]
    return ([cell for cell in fits if filled_in(cell, known)] or fits)[-1:]


def _by_place(
    known: ReleasedCell, free: Sequence[NotebookNode], notebook: NotebookNode, expected: tuple[ReleasedCell, ...]
) -> list[NotebookNode]:
    """In their order, where between two cells that are known as many of a kind are left as are missing."""
    if known.locked or wanted(expected).get(known.name):
        return []
    there = {grade_id(cell) for cell in notebook.cells}
    if there.isdisjoint(cell.name for cell in expected):
        return []
    at = expected.index(known)
    known_ones = [n for n, cell in enumerate(expected) if cell.name in there]
    first = max((n for n in known_ones if n < at), default=-1)
    last = min((n for n in known_ones if n > at), default=len(expected))
    is_code = known.cell_type == "code"
    missing = [cell for cell in expected[first + 1 : last] if (cell.cell_type == "code") == is_code]
    between = [cell for cell in _between(known, notebook, expected) if (cell.cell_type == "code") == is_code]
    left = [cell for cell in between if any(cell is one for one in free)]
    return [left[missing.index(known)]] if len(left) == len(missing) else []


def _between(known: ReleasedCell, notebook: NotebookNode, expected: tuple[ReleasedCell, ...]) -> Sequence[NotebookNode]:
    """The cells between those before and behind it that are known."""
    position = {grade_id(cell): at for at, cell in enumerate(notebook.cells)}
    order = [cell.name for cell in expected]
    at = order.index(known.name)
    before = next((position[name] for name in reversed(order[:at]) if name in position), -1)
    behind = next((position[name] for name in order[at + 1 :] if name in position), None)
    found: Sequence[NotebookNode] = notebook.cells[before + 1 : behind]
    return found


def unsure(missing: Iterable[str], expected: tuple[ReleasedCell, ...]) -> Iterator[str]:
    """The marks that depend on cells that were not found: theirs, and those of the tests that use what they define."""
    gone = set(missing)
    names = {name for cell in gone for name in wanted(expected).get(cell, ())}
    near = False  # behind a missing cell of which nobody knows what it defines
    for cell in expected:
        if _is_code(cell):
            near = cell.name in gone and not wanted(expected)[cell.name]
        if (cell.name in gone and not cell.locked) or (cell.grade and (near or used(cell, expected) & names)):
            yield cell.name
