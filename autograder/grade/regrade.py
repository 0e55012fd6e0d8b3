"""What mended tests change: the marks of a graded class before and now, cell by cell, each with the reason."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..course.markup import exercise_of
from ..course.paths import RECORD_SUFFIX, write_atomically
from ..engine.record import Mark, NotebookRecord
from .gradebook import SubmissionRows
from .spreadsheet import plain_text
from .task import Graded

_COLUMNS: Final = ("student", "notebook", "exercise", "cell", "before", "now", "why")


@dataclass(frozen=True)
class Change:
    """The mark of one cell that is another one now; None where a person has to decide."""

    student: str
    notebook: str
    cell: str
    before: float | None
    after: float | None
    why: str

    @property
    def exercise(self) -> str:
        return exercise_of(self.cell)


def changes(done: Path, before: SubmissionRows, graded: Graded) -> Iterator[Change]:
    """Of one submission. done: the folder of what was graded before; before: its marks."""
    for notebook, rows in (graded.rows or SubmissionRows()).notebooks.items():
        old = before.notebooks.get(notebook)
        if old is None:
            continue
        name = f"{notebook}{RECORD_SUFFIX}"
        was, now = _marks(NotebookRecord.read(done / name)), _marks(NotebookRecord.decoded(graded.files.get(name, b"")))
        source, new_source = _tests(done / f"{notebook}.ipynb"), _tests_of(graded.files.get(f"{notebook}.ipynb", b""))
        for cell, (score, _) in rows.scores.items():
            known = old.scores.get(cell, (None, True))[0]
            if known == score:
                continue
            why = [
                "the test has changed" if source.get(cell) != new_source.get(cell) else "the test is the same",
                f"before: {_said(was.get(cell))}",
                f"now: {_said(now.get(cell))}",
            ]
            if cell in old.manual:
                why.append(f"the mark of {shown(old.manual[cell])} that a person gave stays")
            yield Change(graded.student, notebook, cell, known, score, "; ".join(why))


def _marks(record: NotebookRecord | None) -> dict[str, Mark]:
    return {mark.cell: mark for mark in record.marks} if record else {}


def _said(mark: Mark | None) -> str:
    """The verdict in words."""
    if mark is None:
        return "not graded"
    if mark.score == mark.max_score:
        return "passed"
    lines = mark.verdict.lines() if mark.verdict else []
    return ": ".join(["a person decides" if mark.score is None else "failed", *lines[:1]])


def _tests(notebook: Path) -> dict[str, str]:
    try:
        return _tests_of(notebook.read_bytes())
    except OSError:
        return {}


def _tests_of(notebook: bytes) -> dict[str, str]:
    """The texts of the graded cells, by name."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in cells
        if cell["metadata"].get("nbgrader", {}).get("grade")
    }


def shown(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"


def write_table(found: Iterable[Change], path: Path) -> Path:
    """The list as CSV, for a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    for change in found:
        names = map(plain_text, (change.student, change.notebook, change.exercise, change.cell))
        table.writerow([*names, shown(change.before), shown(change.after), plain_text(change.why)])
    write_atomically(path, text.getvalue().encode())
    return path
