"""What `nbcore.given` holds: the right version of each function that a later notebook uses."""

import ast
import base64
from dataclasses import dataclass
from typing import Final

from .code import definitions, imports_of, names_of, parsed
from .markup import SOLUTION, BuildError, Cell, TestCell, grade_id, is_locked, is_solution, label, strip_markers
from .paths import Course
from .percent import read_percent

MINE: Final = "nbcore.mine"


@dataclass(frozen=True)
class _Taught:
    """A definition of a solution cell, or of a locked one that its notebook provides: this has no exercise."""

    assignment: str
    exercise: str
    code: str
    names: frozenset[str]
    imports: dict[str, str]


def given_module(course: Course) -> str:
    """The text of the module. Raises BuildError where a notebook asks for what no earlier one teaches."""
    found: dict[str, _Taught] = {}
    provided: dict[tuple[str, str], _Taught] = {}
    wanted: set[str] = set()
    for assignment in course.assignments():
        cells = [cell for cell in read_percent(course.percent(assignment)).cells if cell.cell_type == "code"]
        for cell in cells:
            asked = asked_of_students(cell.source)
            if asked and (not is_locked(cell) or is_solution(cell)):
                raise BuildError(label(cell), f"imports from {MINE}: only a locked cell that is no solution may")
            if missing := [name for name in asked if name not in found]:
                raise BuildError(f"{label(cell)} of {assignment}", f"no earlier notebook teaches {', '.join(missing)}")
            wanted.update(asked)
        imports = {bound: text for cell in cells for bound, text in _imports(cell.source).items()}
        for cell in cells:
            for name, (code, node) in definitions(strip_markers(cell.source, SOLUTION)).items():
                used = frozenset(names_of(node)[0])
                if is_solution(cell):
                    found[name] = _Taught(assignment, grade_id(cell) or "", code, used, imports)
                elif is_locked(cell) and TestCell.parse(grade_id(cell) or "") is None:
                    provided[assignment, name] = _Taught(assignment, "", code, used, imports)
    taken = _with_what_they_use(wanted, found)
    helpers = _helpers_of(taken, provided)
    parts = [*dict(sorted(helpers.items())).values(), *taken.values()]
    needed = {text for taught in parts for bound, text in taught.imports.items() if bound in taught.names}
    table = "".join(f'    "{name}": ("{taught.assignment}", "{taught.exercise}"),\n' for name, taught in taken.items())
    taught_in = f'TAUGHT: dict[str, tuple[str, str]] = {{\n{table}}}\n"""The assignment and the exercise of each."""'
    return (
        "\n\n".join(["\n".join(sorted(needed)), taught_in]) + "".join(f"\n\n\n{taught.code}" for taught in parts) + "\n"
    )


def _with_what_they_use(wanted: set[str], found: dict[str, _Taught]) -> dict[str, _Taught]:
    """The definitions of these names and of all that they use, in the order of the course."""
    taken, waiting = set(wanted), list(wanted)
    while waiting:
        new = (found[waiting.pop()].names & found.keys()) - taken
        taken |= new
        waiting += new
    return {name: taught for name, taught in found.items() if name in taken}


def _helpers_of(taken: dict[str, _Taught], provided: dict[tuple[str, str], _Taught]) -> dict[str, _Taught]:
    """The provided functions that these use, each from its own notebook. Raises BuildError where two have one name."""
    helpers: dict[str, _Taught] = {}
    waiting = list(taken.values())
    while waiting:
        user = waiting.pop()
        used = {name: provided[user.assignment, name] for name in user.names if (user.assignment, name) in provided}
        for name, helper in used.items():
            other = helpers.get(name) or taken.get(name) or helper
            if other is not helper:
                both = " and ".join(sorted([other.assignment, helper.assignment]))
                why = f"{both} each have one, and a later notebook needs both: give one of them another name"
                raise BuildError(f"that defines {name}", why)
        waiting += [helper for name, helper in used.items() if name not in helpers]
        helpers |= used
    return helpers


def packed(text: str) -> bytes:
    """The text as `nbcore.given` reads it: base64 in lines, so that nobody meets a solution by opening a file."""
    return base64.encodebytes(text.encode())


def asking_for_changed(course: Course, old: bytes, text: str) -> list[str]:
    """The assignments that ask for a function which, itself or in what it uses, is another one than it was.

    old: the module as it is packed, which may be none; text: that of the new one.
    """
    try:
        before = definitions(base64.decodebytes(old).decode())
    except (ValueError, SyntaxError):
        before = {}
    now = definitions(text)
    changed = {name for name, (code, _) in now.items() if name not in before or before[name][0] != code}
    while more := {name for name, (_, node) in now.items() if names_of(node)[0] & changed} - changed:
        changed |= more
    asked = {
        assignment: {name for cell in read_percent(course.percent(assignment)).cells for name in _asked(cell)}
        for assignment in course.assignments()
    }
    return [assignment for assignment, names in asked.items() if names & changed]


def _asked(cell: Cell) -> list[str]:
    return asked_of_students(cell.source) if cell.cell_type == "code" else []


def asked_of_students(source: str) -> list[str]:
    """The names that a cell imports from `nbcore.mine`."""
    tree = parsed(source)
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
    return [alias.name for node in froms if node.module == MINE for alias in node.names]


def _imports(source: str) -> dict[str, str]:
    """The import statements of a cell by the names that they bind, but for those of a student's own functions."""
    tree = parsed(source)
    own = f"from {MINE} import "
    return {name: text for name, text in imports_of(tree).items() if not text.startswith(own)} if tree else {}
