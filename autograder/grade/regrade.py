"""What mended tests change: the marks of a graded class before and now, cell by cell, each with the reason."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from nbformat import from_dict

from ..course.markup import exercise_of, flags, grade_id, is_autograded, is_locked
from ..course.paths import RECORD_SUFFIX, write_atomically
from ..engine.record import Mark, NotebookRecord
from .counted import counted
from .gradebook import SubmissionRows
from .spreadsheet import plain_text
from .task import Graded

Released = tuple[str, float | None]  # a cell's text and its points
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
        tests = _released(done / f"{notebook}.ipynb")
        new_tests = _released_of(graded.files.get(f"{notebook}.ipynb", b""))
        for cell, (score, _) in rows.scores.items():
            known = old.scores.get(cell, (None, True))[0]
            if known == score:
                continue
            why = [
                _cause(cell, tests, new_tests),
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


def _cause(cell: str, before: Mapping[str, Released], now: Mapping[str, Released]) -> str:
    """What has changed in the release, in words: the test, or what else its mark may depend on."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if cell not in changed:
        others = f"; changed: {', '.join(changed)}" if changed else ""
        return f"the test is the same{others}"
    (text, _), (new, points) = before.get(cell, ("", None)), now.get(cell, ("", None))
    return "the test has changed" if text != new else f"the test is the same, worth {counted(points or 0, 'point')} now"


def _released(notebook: Path) -> dict[str, Released]:
    try:
        return _released_of(notebook.read_bytes())
    except OSError:
        return {}


def _released_of(notebook: bytes) -> dict[str, Released]:
    """The cells that no student may change, by name."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {
        grade_id(cell) or "": ("".join(cell.source), flags(cell).get("points"))
        for cell in map(from_dict, cells)
        if is_locked(cell) or is_autograded(cell)
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


# Marks that a run has written which was ended before it wrote its list stand in the list of the next one.


def keep(found: Iterable[Change], path: Path) -> None:
    """Adds to the file of changes that no list has yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        file.writelines(f"\n{json.dumps(asdict(change))}" for change in found)  # behind half a line too


def kept(path: Path) -> list[Change]:
    found = []
    with suppress(OSError):
        for line in path.read_text().splitlines():
            with suppress(ValueError, TypeError):  # half a line
                found.append(Change(**json.loads(line)))
    return found
