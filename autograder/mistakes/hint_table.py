"""The students' table of wrong answers: a projection of the recording of an assignment.

For each mistake of the bank, and each pair of mistakes of one exercise, the table holds what the visible tests see of
it, where that is not what they see of the solution. Of what is right there are only a few of the examples, for the
exercises whose visible tests make large calls. The build writes it to `nbcore/hints/`; the audit measures what it is
worth.
"""

import ast
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbcore.given import TAUGHT
from nbcore.hints import ALONE, GIVEN, Entry, Example, Hint, MarkedCell, Numbers, Table
from nbcore.hints.earlier import Earlier
from nbcore.probe.call import LARGE
from nbcore.probe.cells import CHECKS, cell_digest
from nbcore.probe.outcome import Outcome, same

from ..course.code import defined_in, names_from_outside
from ..course.ladders import LadderCell
from ..course.markup import (
    HIDDEN_TESTS,
    Cell,
    TestCell,
    flags,
    is_autograded,
    is_locked,
    is_marked_by_a_person,
    outside,
    split,
)
from ..course.paths import write_atomically
from ..course.plan import Plan
from .recording import ExerciseRecording, Recording
from .trace import Trace
from .visible import Call, Key

Rows = list[tuple[Outcome, list[Numbers]]]  # wrong outcomes, each with the mistakes that lead to it
MAX_BYTES = 300_000  # of a file: students load it with the package
MAX_EXAMPLES = 8  # of an exercise
MAX_LINES, MAX_WIDTH = 5, 84  # of the text of an example in a message
MAX_ROWS = 3  # lines of what is right


def hint_table(recording: Recording, cells: Iterable[Cell] = (), ladders: Iterable[LadderCell] = ()) -> Table:
    """The table of an assignment. cells: of its source notebook. ladders: of its percent file."""
    entries: dict[Key, Entry] = {}
    hints: list[Hint] = []
    for exercise in recording.exercises.values():
        _add_exercise(entries, exercise, len(hints))
        hints += [Hint(exercise.exercise, mistake.name, mistake.hint) for mistake in exercise.mistakes]
    kept = [entry for entry in entries.values() if any(entry.wrong.values())]
    used = {entry.digest for entry in kept}
    calls = {digest: call for digest, call in recording.arguments.items() if digest in used}
    earlier, cells = Earlier.from_data(recording.earlier), list(cells)
    ladders = list(ladders)
    rungs = {ladder.exercise: ladder.rungs for ladder in ladders}
    orders = {ladder.exercise: ladder.packed_order for ladder in ladders}
    examples = _examples(recording)
    return Table(
        recording.assignment, hints, kept, calls, earlier, _tests(cells), _provided(cells), rungs, orders, examples,
        _taught(cells, rungs),
    )  # fmt: skip


def _tests(cells: Iterable[Cell]) -> list[MarkedCell]:
    """The cells with points; test cells with a digest of what students see of them."""
    rows = []
    for cell in cells:
        if is_autograded(cell) or is_marked_by_a_person(cell):
            seen = cell_digest("\n".join(outside(cell.source, HIDDEN_TESTS))) if is_autograded(cell) else ""
            rows.append(MarkedCell(flags(cell)["grade_id"], flags(cell)["points"], seen))
    return rows


def _taught(cells: Iterable[Cell], exercises: Collection[str]) -> dict[str, str]:
    """What students write, by name, each with its exercise."""
    solutions = (cell for cell in cells if cell.cell_type == "code" and flags(cell).get("solution"))
    named = ((cell, flags(cell)["grade_id"]) for cell in solutions)
    return {name: exercise for cell, exercise in named if exercise in exercises for name in defined_in(cell.source)}


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


# ---------------------------------------------------------------- small cases


def _examples(recording: Recording) -> dict[str, list[Example]]:
    """A few examples of each exercise with large visible calls, by the names of its functions that they call."""
    found: dict[str, list[Example]] = {}
    for name, exercise in recording.exercises.items():
        own = frozenset(defined_in(recording.plan.solutions[name]))
        for example in _chosen(exercise, _shown_in_a_notebook(exercise, own, recording.plan)):
            called = " ".join(sorted(names_from_outside(example.code) & own))
            found.setdefault(called, []).append(example)
    return found


def _shown_in_a_notebook(exercise: ExerciseRecording, own: frozenset[str], plan: Plan) -> list[int]:
    """The numbers of the examples that a notebook can run, and that tell of no aspect which hidden tests alone look at.

    own: the names that the exercise defines. What else a text names, `nbcore` knows.
    """
    tests = {name: split(source).visible for name, kind, source in plan.cells if kind == "test"}
    aspects = {test.aspect for name, seen in tests.items() if (test := TestCell.parse(name)) and CHECKS.search(seen)}
    return [
        number
        for number, one in enumerate(exercise.examples)
        if one.aspect in aspects
        and one.right.leaves
        and _is_small(one)
        and names_from_outside(one.code) & own
        and names_from_outside(one.code) <= own | {"np", *TAUGHT}
    ]


def _is_small(example: Example) -> bool:
    lines = example.code.split("\n")
    fits = len(lines) <= MAX_LINES and max(map(len, lines)) <= MAX_WIDTH and example.text.count("\n") < MAX_ROWS
    constants = [node.value for node in ast.walk(ast.parse(example.code)) if isinstance(node, ast.Constant)]
    return fits and sum(isinstance(value, int | float) for value in constants) <= LARGE


def _chosen(exercise: ExerciseRecording, numbers: Sequence[int]) -> list[Example]:
    """Those that together show most of the mistakes which fail on a large input first, and then most of the others; in
    their order, small ones first."""
    if not exercise.large:
        return []
    first = set(exercise.large)
    others = set(range(len(exercise.mistakes))) - first
    chosen: list[int] = []
    while len(chosen) < min(MAX_EXAMPLES, len(numbers)):
        left = [number for number in numbers if number not in chosen]
        best = max(left, key=lambda n: [len(those.intersection(exercise.shows[n])) for those in (first, others)])
        chosen.append(best)
        first.difference_update(exercise.shows[best])
        others.difference_update(exercise.shows[best])
    return [exercise.examples[number] for number in sorted(chosen)]


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
