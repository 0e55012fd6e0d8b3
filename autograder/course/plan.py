"""The cells of a notebook that grading depends on: setup, solutions and tests, in their order, as plain data.

The audit and the recording of mistakes run them with one solution or another in place. Nothing is run here.
"""

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from .code import names_of
from .markup import (
    NO_MARKS,
    SOLUTION,
    Cell,
    TestCell,
    grade_id,
    has_tag,
    is_autograded,
    is_locked,
    is_solution,
    strip_markers,
)

PlannedCell = tuple[str, str, str]  # grade_id, kind (setup, solution or test), source


@dataclass(frozen=True)
class Plan:
    """The cells in the order of the notebook. Solutions are without their markers, tests with their hidden lines.

    free: the names of solutions that no mark depends on.
    """

    cells: tuple[PlannedCell, ...]
    free: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Plan":
        """The plan of a source notebook. Code cells that students may change without a mark do not count."""
        rows = []
        free = set()
        for cell in cells:
            name = grade_id(cell) or ""
            if cell.cell_type != "code":
                continue
            if is_solution(cell):
                rows.append((name, "solution", strip_markers(cell.source, SOLUTION)))
                if has_tag(cell, NO_MARKS):
                    free.add(name)
            elif is_autograded(cell):
                rows.append((name, "test", cell.source))
            elif is_locked(cell):
                rows.append((name, "setup", cell.source))
        return cls(tuple(rows), frozenset(free))

    def marked(self) -> "Plan":
        """Without the solutions that no mark depends on."""
        return Plan(tuple(row for row in self.cells if row[0] not in self.free))

    @property
    def solutions(self) -> dict[str, str]:
        """The code of each exercise."""
        return {name: source for name, kind, source in self.cells if kind == "solution"}

    @property
    def tests(self) -> list[str]:
        return [name for name, kind, _ in self.cells if kind == "test"]

    def tests_of(self, exercise: str) -> dict[str, str]:
        """The test cells of an exercise, by name."""
        rows = {name: source for name, kind, source in self.cells if kind == "test"}
        return {
            name: source
            for name, source in rows.items()
            if (cell := TestCell.parse(name)) and cell.exercise == exercise
        }

    def tests_from(self, exercise: str) -> frozenset[str]:
        """The tests that stand behind the cell of this exercise, and those before it whose names they use."""
        start = next(n for n, (name, kind, _) in enumerate(self.cells) if (name, kind) == (exercise, "solution"))
        return self.with_needed([name for name, kind, _ in self.cells[start:] if kind == "test"])

    def with_needed(self, tests: Collection[str]) -> frozenset[str]:
        """These tests, and those before them whose names they use."""
        wanted: set[str] = set()
        found = set()
        for name, kind, source in reversed(self.cells):
            if kind == "test":
                read, bound = _names(source)
                if name in tests or bound & wanted:
                    found.add(name)
                    wanted |= read - bound
        return frozenset(found)


@cache
def _names(source: str) -> tuple[set[str], set[str]]:
    return names_of(ast.parse(source))
