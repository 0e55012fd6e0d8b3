"""The students' table of wrong answers: a projection of the recording of an assignment, with no right answer in it.

For each mistake of the bank, and each pair of mistakes of one exercise, the table holds what the visible tests see of
it, where that is not what they see of the solution. The build writes it to `nbcore/hints/`; the audit measures what it
is worth.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbcore.hints import ALONE, GIVEN, Entry, Hint, MarkedCell, Numbers, Table
from nbcore.hints.earlier import Earlier
from nbcore.probe.cells import cell_digest
from nbcore.probe.outcome import Outcome, same

from ..course.ladders import LadderCell
from ..course.markup import HIDDEN_TESTS, Cell, flags, is_autograded, is_locked, is_marked_by_a_person, outside
from ..course.paths import write_atomically
from .recording import ExerciseRecording, Recording
from .trace import Trace
from .visible import Call, Key

Rows = list[tuple[Outcome, list[Numbers]]]  # wrong outcomes, each with the mistakes that lead to it
MAX_BYTES = 300_000  # of a file: students load it with the package


def hint_table(recording: Recording, cells: Iterable[Cell] = (), ladders: Iterable[LadderCell] = ()) -> Table:
    """The table of an assignment: what is wrong, and nothing that is right. cells: of its source notebook. ladders: of
    its percent file."""
    entries: dict[Key, Entry] = {}
    hints: list[Hint] = []
    for exercise in recording.exercises.values():
        _add_exercise(entries, exercise, len(hints))
        hints += [Hint(exercise.exercise, mistake.name, mistake.hint) for mistake in exercise.mistakes]
    kept = [entry for entry in entries.values() if any(entry.wrong.values())]
    used = {entry.digest for entry in kept}
    calls = {digest: call for digest, call in recording.arguments.items() if digest in used}
    earlier, cells = Earlier.from_data(recording.earlier), list(cells)
    rungs = {ladder.exercise: ladder.rungs for ladder in ladders}
    return Table(recording.assignment, hints, kept, calls, earlier, _tests(cells), _provided(cells), rungs)


def _tests(cells: Iterable[Cell]) -> list[MarkedCell]:
    """The cells with points; test cells with a digest of what students see of them."""
    rows = []
    for cell in cells:
        if is_autograded(cell) or is_marked_by_a_person(cell):
            seen = cell_digest("\n".join(outside(cell.source, HIDDEN_TESTS))) if is_autograded(cell) else ""
            rows.append(MarkedCell(flags(cell)["grade_id"], flags(cell)["points"], seen))
    return rows


def _provided(cells: Iterable[Cell]) -> list[str]:
    """Digests of the locked cells without points that define functions, which are none of the student's."""
    locked = (cell.source for cell in cells if is_locked(cell) and not is_autograded(cell))
    return [cell_digest(source) for source in locked if re.search(r"^def ", source, re.MULTILINE)]


def _add_exercise(entries: dict[Key, Entry], exercise: ExerciseRecording, first: int) -> None:
    """first: the number that the first mistake of the exercise has in the table."""
    numbered = {tuple(first + n for n in numbers): trace for numbers, trace in exercise.visible.wrong.items()}
    for place, right in exercise.visible.right.outcomes.items():
        call = Call.at(place)
        entry = entries.setdefault(call.key, Entry(*call.key))
        rows = entry.wrong.setdefault(call.way, [])
        for numbers, wrong in _wrong(place, right, numbered):
            _add(rows, wrong, numbers)
    for entry in entries.values():
        if GIVEN in entry.wrong and _same_rows(entry.wrong[GIVEN], entry.wrong.get(ALONE, [])):
            del entry.wrong[GIVEN]  # right functions beside it make no difference: ALONE serves for both


def _wrong(place: str, right: Outcome, traces: Mapping[Numbers, Trace]) -> Iterable[tuple[Numbers, Outcome]]:
    """The outcomes at a place that are not right; for a pair only those that neither of its halves gives."""
    found: dict[Numbers, Outcome] = {}
    for numbers, trace in traces.items():
        outcome = trace.outcomes.get(place)
        if outcome is None or place in trace.unsteady or same(outcome, right):
            continue
        halves = [found[(number,)] for number in numbers if (number,) in found] if len(numbers) > 1 else []
        if any(same(outcome, half) for half in halves):
            continue
        found[numbers] = outcome
        yield numbers, _without_right_values(outcome, right)


def _same_rows(one: Rows, other: Rows) -> bool:
    return len(one) == len(other) and all(
        mine == theirs and same(outcome, its) for (outcome, mine), (its, theirs) in zip(one, other, strict=True)
    )


def _without_right_values(outcome: Outcome, right: Outcome) -> Outcome:
    """An outcome with the right value is wrong by its warnings; the value itself is not stored."""
    values_only = Outcome(right.leaves)
    if outcome.warnings and outcome.error is None and same(Outcome(outcome.leaves), values_only):
        return Outcome(warnings=outcome.warnings)
    return outcome


def _add(rows: Rows, outcome: Outcome, numbers: Numbers) -> None:
    for stored, all_of in rows:
        if same(stored, outcome):
            all_of.append(numbers)
            return
    rows.append((outcome, [numbers]))


# ---------------------------------------------------------------- the file


def table_bytes(table: Table) -> bytes:
    """The file of a table: the same table gives the same bytes; a line an entry, so that a change can be read."""
    data = table.to_data()

    def line(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    def section(value: Any) -> str:
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{line(key)}:{line(entry)}" for key, entry in value.items()) + "\n}"
        return "[\n" + ",\n".join(map(line, value)) + "\n]" if isinstance(value, list) else line(value)

    return ("{" + ",\n".join(f"{line(name)}:{section(value)}" for name, value in data.items()) + "}\n").encode()


def same_table(one: bytes, other: bytes) -> bool:
    """Whether two files say the same: the last digits may differ between machines."""
    if one == other:
        return True
    try:
        return _alike(json.loads(one), json.loads(other))
    except ValueError:
        return False


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) or isinstance(b, float):
        numbers = isinstance(a, int | float) and isinstance(b, int | float)
        return numbers and math.isclose(a, b, rel_tol=1e-8, abs_tol=1e-12)
    return type(a) is type(b) and a == b


def write_table(path: Path, data: bytes) -> bool:
    """Writes the file unless it says the same already; returns whether it was written."""
    if path.exists() and same_table(path.read_bytes(), data):
        return False
    write_atomically(path, data)
    return True
