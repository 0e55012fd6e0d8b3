"""The process of its own that an author can ask for with the directive `without`.

The student's functions run there in a fresh sandbox that lacks these packages, without the files of the submission, and
with nothing of the notebook but the definitions that the functions need.
"""

import ast
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..course.code import names_of, parsed, without_magics
from .program import DEFINITIONS
from .proxies import SandboxDied
from .session import Session

# Enough for the settings that a search has found, and too little for the labels of a data set.
_CARRIED: Final = 64
ABOUT_SEPARATE: Final = (
    "In this test your functions run in a process of their own: with the imports, functions and classes of the "
    "notebook that they need, and without what was computed from the data, files, and {packages}."
)


# ---------------------------------------------------------------- what to run


@dataclass(frozen=True)
class Piece:
    """A statement of the notebook that the tested functions need, padded so that its line numbers stay."""

    text: str
    bound: frozenset[str]
    definition: bool


def needed(names: Iterable[str], sources: Sequence[str]) -> list[Piece]:
    """The statements of `sources` that these names depend on, at any remove, in their order."""
    statements = [(source, node) for source in sources for node in _body(source)]
    facts = [_facts(node) for _, node in statements]
    wanted, known, taken = list(names), set(names), set[int]()
    while wanted:
        name = wanted.pop()
        for number, (read, bound) in enumerate(facts):
            if name in bound and number not in taken:
                taken.add(number)
                more = read - known
                wanted += more
                known |= more
    return [_piece(*statements[number], facts[number][1]) for number in sorted(taken)]


def _body(source: str) -> list[ast.stmt]:
    tree = parsed(source)
    return tree.body if tree else []


def _facts(node: ast.stmt) -> tuple[set[str], set[str]]:
    """Names that a statement reads, and names that it binds or changes: `a`, `b` and `c` in `a = b.x = c[0] = 1`."""
    read, bound = names_of(node)
    if not read and not bound:  # as where it is nested too deeply
        return set(), set()
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    return read, bound | {name for target in targets if (name := _root(target))}


def _root(target: ast.expr) -> str:
    """The name that `name.attribute[key]` begins with."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _piece(source: str, node: ast.stmt, bound: set[str]) -> Piece:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    lines = without_magics(source).split("\n")[first - 1 : node.end_lineno]
    whole = "\n".join(lines)
    # Statements that share a line, and strings that hold a magic: written out anew.
    text = whole if _is_same(whole, node) else ast.unparse(node)
    return Piece("\n" * (first - 1) + text, frozenset(bound), isinstance(node, DEFINITIONS))


def _is_same(text: str, node: ast.stmt) -> bool:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(body) == 1 and ast.dump(body[0]) == ast.dump(node)


# ---------------------------------------------------------------- running it


def move(here: Session, there: Session, names: Iterable[str], cells: Sequence[str], seconds: float) -> str:
    """Give the fresh process `there` what these names of the student's need; returns what failed, a line each, for the
    instructor.

    `cells` are the notebook's code cells up to here, hidden lines left out. Definitions and what else these names need
    run again; plain numbers, texts and short tables come with the values that they have in `here`, so that a search in
    the notebook need not be repeated. Raises nothing: a process that dies is found dead by the test.
    """
    pieces = needed(names, cells)
    carried = _plain_values(here, {name for piece in pieces if not piece.definition for name in piece.bound}, seconds)
    failed = []
    _set(there, carried, seconds)
    for piece in pieces:
        if there.dead is not None:
            break
        if not piece.definition and piece.bound <= carried.keys():
            continue
        result = there.run_cell(piece.text, seconds, history=False)
        if result.error is not None:
            first = piece.text.strip().split("\n")[0]
            failed.append(f"{first[:80]}: {result.error[0]}: {result.error[1]}"[:300])
    _set(there, carried, seconds)
    return "\n".join(failed)


def _plain_values(session: Session, names: set[str], seconds: float) -> dict[str, Any]:
    """The student's values of those names that hold little, as many as there is room for."""
    if not names or session.dead is not None:
        return {}
    room, found = float(_CARRIED), dict[str, Any]()
    with session.block(seconds):
        for name in sorted(names):
            # One by one: a value that cannot cross the wire must not cost the others.
            try:
                values = session.names((name,))
            except SandboxDied:
                return {}
            except Exception:
                continue
            weight = _weight(values.get(name, ...), room)
            if weight <= room:
                room -= weight
                found.update(values)
    return found


def _weight(value: Any, room: float) -> float:
    """How many numbers a plain value holds; infinite for arrays, bytes, and whatever lives in the student's process."""
    if value is None or type(value) in (bool, float, complex) or isinstance(value, np.bool_ | np.integer | np.floating):
        return 1
    if type(value) is int:
        return 1 + value.bit_length() // 64
    if type(value) is str:
        return 1 + len(value) // 8
    if type(value) in (list, tuple, dict):
        parts = [*value.keys(), *value.values()] if type(value) is dict else value
        if len(parts) <= room:
            return 1 + sum(_weight(part, room) for part in parts)
    return float("inf")


def _set(session: Session, values: dict[str, Any], seconds: float) -> None:
    if not values or session.dead is not None:
        return
    # A process that is dead, or will not listen: the test finds out.
    with session.block(seconds), suppress(Exception):
        for name, value in values.items():
            session.request("name-set", (name, value))
