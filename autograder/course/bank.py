"""Reads the bank of known mistakes and accepted variants of an assignment, and puts them into notebooks.

A bank is a percent file, `solutions/misconceptions/NN_name.py`. Each code cell of it is one variant of one exercise:

    # %% mistake="sums over the wrong axis" exercise="softmax" breaks=["value"]
    # The rows of your result do not sum to 1: you divide by sums down the columns. Which axis holds the classes?
    def softmax(x): ...

    # %% accepted="with a loop" exercise="softmax"

The cell defines what differs from the solution; the other definitions of the exercise are the solution's. The comment
above the code of a mistake is the hint that a student gets. Cells without an exercise hold imports: a variant gets
those that it uses.
"""

import ast
import re
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from .code import definitions, imports_of
from .contract import Contract, read_contract
from .paths import Course, CourseError, shown
from .percent import first_lines, read_percent

_VARYING = re.compile(r"\b(random|default_rng|time)\b")


@dataclass(frozen=True)
class Variant:
    """One way in which students write one exercise. place: file and line of its cell.

    A mistake is not `recognisable` where its exercise is marked by a result that many mistakes share, an accuracy say.
    """

    name: str
    exercise: str
    code: str
    accepted: bool
    breaks: tuple[str, ...] = ()
    hint: str = ""
    recognisable: bool = True
    place: str = ""

    @property
    def key(self) -> str:
        return f"{self.exercise}: {self.name}"

    @property
    def may_vary(self) -> bool:
        """Whether it may give something else in each run, because it draws numbers of its own or looks at the clock."""
        return bool(_VARYING.search(self.code))


@dataclass(frozen=True)
class Bank:
    """All variants of an assignment."""

    assignment: str
    variants: tuple[Variant, ...]

    @property
    def mistakes(self) -> list[Variant]:
        return [variant for variant in self.variants if not variant.accepted]

    @property
    def accepted(self) -> list[Variant]:
        return [variant for variant in self.variants if variant.accepted]

    def find(self, exercise: str, name: str) -> Variant:
        for variant in self.variants:
            if (variant.exercise, variant.name) == (exercise, name):
                return variant
        raise CourseError(f"the bank of {self.assignment} has no variant {name!r} of exercise {exercise}")


def read_bank(course: Course, assignment: str) -> Bank:
    """The bank of an assignment; raises CourseError, naming line and variant, where it does not fit the contract."""
    path = course.mistakes(assignment)
    contract = read_contract(course, assignment)
    cells = read_percent(path).cells
    imports = "\n".join(cell.source for cell in cells if cell.cell_type == "code" and not _is_variant(cell))
    variants = []
    for cell, line in zip(cells, first_lines(path.read_text(encoding="utf-8"), cells), strict=True):
        if cell.cell_type == "code" and _is_variant(cell):
            place = f"{shown(path)}:{line - 1}"
            try:
                variants.append(replace(_variant(cell, imports), place=place))
                _check(variants[-1], contract)
            except CourseError as error:
                raise CourseError(f"{place}, {error}") from error
    keys = [variant.key for variant in variants]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise CourseError(f"{shown(path)}: these variants stand there twice: {twice}")
    return Bank(assignment, tuple(variants))


def _is_variant(cell: NotebookNode) -> bool:
    return any(key in cell.metadata for key in ("exercise", "mistake", "accepted"))


def _with_imports(code: str, imports: str) -> str:
    """The code behind those of the import statements whose names it uses."""
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    needed = [text for name, text in imports_of(ast.parse(imports)).items() if name in used]
    return "\n".join([*needed, code])


def _variant(cell: NotebookNode, imports: str) -> Variant:
    data = cell.metadata
    name = data.get("mistake") or data.get("accepted")
    if not name or "exercise" not in data or ("mistake" in data) == ("accepted" in data):
        raise CourseError(f"a variant needs an exercise and one name, mistake=... or accepted=...: {dict(data)}")
    hint, code = _hint_above(cell.source.strip()) if "mistake" in data else ("", cell.source.strip())
    return Variant(
        name=name,
        exercise=data["exercise"],
        code=_with_imports(code, imports),
        accepted="accepted" in data,
        breaks=tuple(data.get("breaks", ())),
        hint=hint,
        recognisable=data.get("recognisable", True),
    )


def _hint_above(source: str) -> tuple[str, str]:
    """The comment above the code, in one line, and the code."""
    lines = source.split("\n")
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return " ".join(line.removeprefix("#").strip() for line in lines[:end]), "\n".join(lines[end:]).strip()


def _check(variant: Variant, contract: Contract) -> None:
    names = [exercise.name for exercise in contract.exercises]
    if variant.exercise not in names:
        raise CourseError(f"{variant.key}: no such exercise; there are {', '.join(names)}")
    aspects = contract.exercise(variant.exercise).points.keys()
    if not variant.accepted and (not variant.breaks or set(variant.breaks) - aspects):
        raise CourseError(f"{variant.key}: breaks={list(variant.breaks)} must name aspects of {list(aspects)}")
    if not variant.accepted and not variant.hint:
        raise CourseError(f"{variant.key}: a mistake needs a hint: a comment above its code")


def substitute(solution: str, variant: str) -> str:
    """The solution of an exercise with the variant's definitions in place of its own.

    What the variant defines beyond the solution (helpers, imports) comes first.
    """
    own = definitions(solution)
    new = definitions(variant)
    lines = variant.split("\n")
    first_statements = [node for node in ast.parse(variant).body if getattr(node, "name", None) not in own]
    extra = ["\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in first_statements]
    for name in own.keys() & new.keys():
        solution = solution.replace(own[name][0], new[name][0])
    return "\n\n\n".join([*extra, solution])
