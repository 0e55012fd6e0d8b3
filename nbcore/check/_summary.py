"""What `check.summary()` shows at the end of a notebook: the points of the visible tests that have passed in this
kernel, and where to go on. It knows the test cells by their texts, from the file that the build makes for the hints.
"""

import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import hints
from ..hints import MarkedCell
from . import _notebook
from ._notebook import Ran

MOST = 3  # cells to go on with
HIDDEN = "Grading adds hidden tests, which try the same functions on other inputs: they decide the mark."


@dataclass(frozen=True)
class Summary:
    """Lines of text, each a list of words and of links to cells, (words, id of the cell)."""

    lines: tuple[tuple[str | tuple[str, str], ...], ...]
    with_links: bool = False

    def __repr__(self) -> str:
        return "\n".join("".join(part if isinstance(part, str) else part[0] for part in line) for line in self.lines)

    def _repr_html_(self) -> str:
        return "".join(f"<div>{''.join(map(self._html, line))}</div>" for line in self.lines)

    def _html(self, part: str | tuple[str, str]) -> str:
        if isinstance(part, str):
            return html.escape(part)
        words, cell = part
        if not self.with_links:
            return html.escape(words)
        return f'<a href="#cell-id={html.escape(cell)}">{html.escape(words)}</a>'


def summary() -> Summary | None:
    """The last cell of a notebook: points by the visible tests, and what comes next. None where a grader runs it."""
    if _notebook.graded():
        return None
    rows = max((table.tests for table in hints.tables()), key=_seen, default=[])
    if not _seen(rows):
        return Summary(tuple(_without_a_table(_notebook.ran)))
    # Jupyter's server, whose pages follow links to cells, gives its kernels this name.
    return Summary(tuple(_lines(rows, _notebook.ran)), "JPY_SESSION_NAME" in os.environ)


def _seen(rows: Sequence[MarkedCell]) -> int:
    return sum(row.digest in _notebook.ran for row in rows)


def _lines(rows: Sequence[MarkedCell], ran: Mapping[str, Ran]) -> list[tuple[str | tuple[str, str], ...]]:
    tests = [row for row in rows if row.digest]
    earned = {row.name: _earned(row, ran.get(row.digest)) for row in tests}
    waiting = sum(row.digest not in ran for row in tests)
    first = f"{sum(earned.values()):g} of {_points(tests)} points by the visible tests."
    if waiting:
        first += f" {waiting} test {'cell has' if waiting == 1 else 'cells have'} not been run yet, or been changed."
    lines: list[tuple[str | tuple[str, str], ...]] = [(first,)]
    to_do = [row for row in tests if earned[row.name] < row.points][:MOST]
    if to_do:
        words: list[str | tuple[str, str]] = ["Next: "]
        for row in to_do:
            words += [(_name(row.name), row.name), ", "]
        lines.append((*words[:-1], "."))
    if written := [row for row in rows if not row.digest]:
        lines.append((f"Marked by a person: {_points(written)} points.",))
    return [*lines, (HIDDEN,)]


def _earned(row: MarkedCell, run: Ran | None) -> float:
    """All points of a test cell that has passed, or as many as it has given itself."""
    if run is None or not run.passed:
        return 0.0
    return row.points if run.points is None else min(run.points, row.points)


def _points(rows: Sequence[MarkedCell]) -> str:
    return f"{sum(row.points for row in rows):g}"


def _name(grade_id: str) -> str:
    """ "softmax (value)" for the cell test-softmax-value."""
    exercise, _, aspect = grade_id.removeprefix("test-").rpartition("-")
    return f"{exercise} ({aspect})" if exercise else grade_id


def _without_a_table(ran: Mapping[str, Ran]) -> list[tuple[str]]:
    """For a notebook of which nothing is known."""
    tests = [run for run in ran.values() if run.is_test]
    if not tests:
        return [("No test cell has been run in this kernel yet.",)]
    red = [f"[{run.number}]" for run in tests if not run.passed]
    line = f"{len(tests) - len(red)} of the {len(tests)} test cells that were run in this kernel pass."
    return [(line,), *([(f"Those that fail: {', '.join(red)}.",)] if red else [])]
