"""The contract of an assignment, `solutions/contract.toml`: its exercises, their functions, and their points.

Submissions are written against it, so a notebook that departs from it does not build.
"""

import tomllib
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from nbformat import NotebookNode

from .code import signatures
from .markup import TestCell, flags, grade_id, is_autograded, is_solution, is_written
from .paths import Course, CourseError, shown

T = TypeVar("T")
ASPECTS = ("value", "gradient", "state", "stability", "purity", "errors")


@dataclass(frozen=True)
class Exercise:
    """One exercise: the definitions that its solution cell holds, as `name(arguments)`, and the points per aspect."""

    name: str
    definitions: tuple[str, ...]
    points: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.points.values())

    def test_cell(self, aspect: str) -> str:
        return TestCell(self.name, aspect).name


@dataclass(frozen=True)
class Contract:
    """All exercises of an assignment in the order of the notebook, the points of its written answers, and the cells in
    which a student fills in the steps of a derivation, without a mark."""

    assignment: str
    exercises: tuple[Exercise, ...]
    written: dict[str, float] = field(default_factory=dict)
    steps: tuple[str, ...] = ()

    @property
    def test_points(self) -> dict[str, float]:
        """Points of every autograded cell, by grade_id."""
        return {e.test_cell(aspect): points for e in self.exercises for aspect, points in e.points.items()}

    def exercise(self, name: str) -> Exercise:
        return next(exercise for exercise in self.exercises if exercise.name == name)


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """The table of an exercise."""

    definitions: tuple[str, ...]
    points: dict[str, int | float]


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    """The table of an assignment."""

    exercises: dict[str, Any] = {}
    written: dict[str, int | float] = {}
    steps: tuple[str, ...] = ()


def read_contract(course: Course, name: str) -> Contract:
    """The contract of one assignment; raises CourseError, naming the table, where it cannot be read, where there is
    none, or where it names an unknown aspect."""
    try:
        found = tomllib.loads(course.contract.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{shown(course.contract)}: {error}") from error
    if name not in found:
        raise CourseError(f"{shown(course.contract)} has no table [{name}]")
    table = _as(_Table, found[name], f"{shown(course.contract)}, [{name}]")
    exercises = []
    for exercise, row in table.exercises.items():
        where = f"{shown(course.contract)}, [{name}.exercises.{exercise}]"
        own = _as(_Row, row, where)
        unknown = own.points.keys() - set(ASPECTS)
        if unknown:
            raise CourseError(f"{where}: unknown aspects {sorted(unknown)}; known are {ASPECTS}")
        exercises.append(Exercise(exercise, own.definitions, own.points))
    return Contract(name, tuple(exercises), table.written, table.steps)


def _as(kind: type[T], row: Any, where: str) -> T:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise CourseError(f"{where}: {error}") from error


def departures(contract: Contract, notebook: NotebookNode) -> list[str]:
    """Where a source notebook departs from its contract, a sentence each."""
    cells = {name: cell for cell in notebook.cells if (name := grade_id(cell))}
    points = {key: float(flags(cell).get("points", 0)) for key, cell in cells.items() if is_autograded(cell)}
    written = {key: float(flags(cell).get("points", 0)) for key, cell in cells.items() if is_written(cell)}
    return [
        *_differences("points of test cell", contract.test_points, points),
        *_differences("points of written answer", contract.written, written),
        *(problem for exercise in contract.exercises for problem in _definition_departures(exercise, cells)),
        *_solution_departures(contract, cells),
    ]


def _differences(what: str, wanted: dict[str, float], found: dict[str, float]) -> list[str]:
    problems = []
    for key in sorted(wanted.keys() | found.keys()):
        if key not in found:
            problems.append(f"cell {key}: the contract has this cell ({wanted[key]:g} points), the notebook does not")
        elif key not in wanted:
            problems.append(f"cell {key}: the notebook has this graded cell, the contract does not")
        elif wanted[key] != found[key]:
            problems.append(f"cell {key}: {what} is {found[key]:g}, the contract says {wanted[key]:g}")
    return problems


def _definition_departures(exercise: Exercise, cells: dict) -> list[str]:
    cell = cells.get(exercise.name)
    if cell is None or not is_solution(cell):
        return [f"cell {exercise.name}: the contract has this exercise, the notebook has no solution cell of this name"]
    found = set(signatures(cell.source))
    return [
        f"cell {exercise.name}: the contract defines {wanted}, the cell defines {', '.join(sorted(found)) or 'nothing'}"
        for wanted in exercise.definitions
        if wanted not in found
    ]


def _solution_departures(contract: Contract, cells: dict) -> list[str]:
    solutions = {key for key, cell in cells.items() if is_solution(cell)}
    known = {exercise.name for exercise in contract.exercises} | contract.written.keys() | set(contract.steps)
    missing = [key for key in contract.steps if key not in solutions]
    return [
        *(f"cell {key}: not in the contract" for key in cells if key in solutions - known),
        *(f"cell {key}: the contract has these steps, the notebook has no such solution cell" for key in missing),
    ]
