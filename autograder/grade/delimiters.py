"""The marks around solutions, hidden tests and mark schemes, which nbgrader lets a course choose, as the usual ones.

The rest of this package knows those alone: what comes from the gradebook or stands on a page is put into them first.
"""

from dataclasses import replace
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

from ..course.markup import HIDDEN_TESTS, MARK_SCHEME, SOLUTION
from ..engine.record import ReleasedCell


class Delimiters:
    """Those of a course, as its configuration says; `parent` is any of nbgrader's objects that has it."""

    def __init__(self, parent: Any) -> None:
        tests, schemes = ClearHiddenTests(parent=parent), ClearMarkScheme(parent=parent)
        solutions = ClearSolutions(parent=parent)
        own = {
            solutions.begin_solution_delimeter: SOLUTION.begin,
            solutions.end_solution_delimeter: SOLUTION.end,
            tests.begin_test_delimeter: HIDDEN_TESTS.begin,
            tests.end_test_delimeter: HIDDEN_TESTS.end,
            schemes.begin_mark_scheme_delimeter: MARK_SCHEME.begin,
            schemes.end_mark_scheme_delimeter: MARK_SCHEME.end,
        }
        self._own = {mark: usual for mark, usual in own.items() if mark != usual}

    def usual(self, source: str) -> str:
        """The text with the usual marks. As in nbgrader, a line counts that holds a mark anywhere."""
        if not self._own:
            return source
        return "\n".join(self._line(line) for line in source.split("\n"))

    def _line(self, line: str) -> str:
        found = next((usual for mark, usual in self._own.items() if mark and mark in line), None)
        return line if found is None else found

    def usual_cells(self, cells: tuple[ReleasedCell, ...]) -> tuple[ReleasedCell, ...]:
        """Released cells with the usual marks."""
        return tuple(replace(cell, source=self.usual(cell.source)) for cell in cells) if self._own else cells
