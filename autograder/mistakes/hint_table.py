"""From the bank of an assignment to its table of wrong answers, and its file.

For each mistake of the bank, and each pair of mistakes of one exercise, the table holds what the visible tests would
see of it, where that is not what they see of the solution. The build calls this; the audit measures what it is worth.
"""

import ast
import functools
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from nbcore.hints import ALONE, GIVEN, Entry, Hint, Numbers, Table
from nbcore.hints.earlier import Earlier
from nbcore.probe.outcome import Outcome, same

from ..course.bank import Bank, Variant, substitute
from ..course.code import definitions
from ..course.contract import Contract
from ..course.plan import Plan
from ..processes import fork_map, warm_up
from .earlier import Row, earlier
from .trace import right_namespace
from .visible import Key, Recording, record

Progress = Callable[[str, int, int], None]
Version = tuple[str, dict[str, str]]  # the exercise whose tests are run, and the solutions that are replaced
MAX_BYTES = 300_000  # of a file: students load it with the package
BATCH = 12
UNSTEADY = "cell {cell}: a visible check makes another call in each run: give it numbers, or a generator with a seed"


@dataclass(frozen=True)
class Recorded:
    """What the visible tests see, by exercise, of the solution, and of each mistake and pair of mistakes.

    accepted: the recordings of accepted variants. known: digests of the arguments that the tests write themselves;
    others come from a solution. unsteady: test cells whose visible lines make other calls in each run.
    """

    bank: Bank
    right: dict[str, Recording]
    wrong: dict[tuple[str, Numbers], Recording]
    accepted: list[Recording]
    known: frozenset[str]
    unsteady: tuple[str, ...] = ()


def record_bank(source: NotebookNode, contract: Contract, bank: Bank, progress: Progress = lambda *_: None) -> Recorded:
    """Runs the solution, every variant and every pair of mistakes of an assignment, in child processes.

    What may give something else in each run is run twice, and what does so is left out.
    """
    solutions = Plan.of(source.cells).solutions
    rows: list[tuple[str, Numbers, str]] = [(e.name, (), solutions[e.name]) for e in contract.exercises]
    rows += [(v.exercise, (i,), substitute(solutions[v.exercise], v.code)) for i, v in enumerate(bank.mistakes)]
    rows += list(_pairs(bank.mistakes, solutions))
    untouched = {exercise: stub(code) for exercise, code in solutions.items()}
    again = [row for row in rows if not row[1] or any(bank.mistakes[i].may_vary for i in row[1])]
    versions: list[Version] = [(exercise, {exercise: code}) for exercise, _, code in rows + again]
    versions += [(exercise.name, untouched) for exercise in contract.exercises]
    versions += [(v.exercise, {v.exercise: substitute(solutions[v.exercise], v.code)}) for v in bank.accepted]
    recordings = []
    for count, recording in enumerate(record_versions(source, contract, versions), 1):
        progress("wrong answers", count, len(versions))
        recordings.append(recording)
    done = {(e, numbers): r for (e, numbers, _), r in zip(rows, recordings, strict=False) if r is not None}
    unsteady = set()
    for (exercise, numbers, _), second in zip(again, recordings[len(rows) :], strict=False):
        first = done.get((exercise, numbers))
        if first is not None and second is not None:
            if not numbers:
                cells = first.cells | second.cells
                unsteady |= {cells[key] for key in first.outcomes.keys() ^ second.outcomes.keys()}
            pairs = [(key, ways, second.outcomes.get(key)) for key, ways in first.outcomes.items()]
            first.leave_out([key for key, ways, others in pairs if not _same_ways(ways, others)])
    rest = recordings[len(rows) + len(again) :]
    stubs, accepted = rest[: len(contract.exercises)], rest[len(contract.exercises) :]
    return Recorded(
        bank,
        {exercise: r for (exercise, numbers), r in done.items() if not numbers},
        {key: r for key, r in done.items() if key[1]},
        [r for v, r in zip(bank.accepted, accepted, strict=True) if r is not None and not v.may_vary],
        frozenset(name for r in stubs if r is not None for name in r.calls),
        tuple(sorted(unsteady)),
    )


def _same_ways(one: dict[str, Outcome], other: dict[str, Outcome] | None) -> bool:
    return other is not None and one.keys() == other.keys() and all(same(one[way], other[way]) for way in one)


def stub(solution: str) -> str:
    """The definitions of a solution with nothing in them, as students find them."""
    tree = ast.parse(solution)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = ast.parse("raise NotImplementedError").body
    return ast.unparse(tree)


def record_versions(
    source: NotebookNode, contract: Contract, versions: Sequence[Version]
) -> Iterator[Recording | None]:
    """What the visible tests of its exercise see of each version; None for one that had to be stopped.

    A version takes milliseconds and a process more, so they share one in batches.
    """
    plan = Plan.of(source.cells)
    tests = {e.name: frozenset(e.test_cell(aspect) for aspect in e.points) for e in contract.exercises}

    @functools.cache
    def right() -> dict[str, Any]:
        """In a child, for all versions of its batch."""
        return right_namespace(plan.cells)

    def run(version: Version) -> Iterator[Any]:
        exercise, replaced = version
        yield record(plan, exercise, replaced, tests[exercise], right()).to_data()

    warm_up(plan)
    for rows in fork_map(run, versions, list, BATCH):
        yield Recording.from_data(*rows[0]) if rows else None


def _pairs(mistakes: Sequence[Variant], solutions: dict[str, str]) -> Iterable[tuple[str, Numbers, str]]:
    """Two mistakes of one exercise in one solution: the second one's definitions go over those of the first.

    A pair of which nothing would be left of one half is no pair. A variant may repeat a right definition, so that two
    mistakes in different functions overlap: both orders are tried then.
    """
    numbered = list(enumerate(mistakes))
    for (i, first), (j, second) in itertools.permutations(numbered, 2):
        if first.exercise != second.exercise:
            continue
        solution = solutions[first.exercise]
        own = definitions(solution).keys()
        one, other = (definitions(variant.code).keys() & own for variant in (first, second))
        if one <= other or (not one & other and i > j):
            continue
        yield first.exercise, (i, j), substitute(substitute(solution, first.code), second.code)


def hint_table(recorded: Recorded) -> Table:
    """The table of an assignment: what is wrong, and nothing that is right."""
    entries: dict[Key, Entry] = {}
    calls: dict[str, tuple[Any, Any]] = {}
    for exercise, right in recorded.right.items():
        own = {numbers: recording for (where, numbers), recording in recorded.wrong.items() if where == exercise}
        for key, ways in right.outcomes.items():
            entry = entries.setdefault(key, Entry(*key))
            for way, outcome in ways.items():
                rows = entry.wrong.setdefault(way, [])
                for numbers, wrong in _wrong(key, way, outcome, own):
                    _add(rows, wrong, numbers)
            if entry.wrong.get(GIVEN) == entry.wrong.get(ALONE):
                entry.wrong.pop(GIVEN, None)
        calls |= right.calls
    kept = [entry for entry in entries.values() if any(entry.wrong.values())]
    used = recorded.known & {entry.digest for entry in kept}
    hints = [Hint(variant.exercise, variant.name, variant.hint) for variant in recorded.bank.mistakes]
    used_calls = {name: call for name, call in calls.items() if name in used}
    return Table(recorded.bank.assignment, hints, kept, used_calls, _earlier(recorded))


def _earlier(recorded: Recorded) -> Earlier:
    """What functions of earlier exercises give; nothing that a version asks which may ask something else next time."""
    right = [*recorded.right.values(), *recorded.accepted]
    mistakes = recorded.bank.mistakes
    wrong = [r for (_, n), r in recorded.wrong.items() if len(n) == 1 and not mistakes[n[0]].may_vary]
    signatures = {name: data for recording in [*right, *wrong] for name, data in recording.signatures.items()}
    return earlier(_asked(right), _asked(wrong), signatures)


def _asked(recordings: Iterable[Recording]) -> Iterator[Row]:
    return (row for recording in recordings for row in recording.asked)


def _wrong(
    key: Key, way: str, right: Outcome, recordings: dict[Numbers, Recording]
) -> Iterable[tuple[Numbers, Outcome]]:
    """The outcomes of a call that are not right; for a pair only those that neither of its halves gives."""
    found: dict[Numbers, Outcome] = {}
    for numbers, recording in recordings.items():
        outcome = recording.outcomes.get(key, {}).get(way)
        if outcome is None or same(outcome, right):
            continue
        halves = [found[(number,)] for number in numbers if (number,) in found] if len(numbers) > 1 else []
        if any(same(outcome, half) for half in halves):
            continue
        found[numbers] = outcome
        yield numbers, _without_right_values(outcome, right)


def _without_right_values(outcome: Outcome, right: Outcome) -> Outcome:
    """An outcome with the right value is wrong by its warnings; the value itself is not stored."""
    values_only = Outcome(right.leaves)
    if outcome.warnings and outcome.error is None and same(Outcome(outcome.leaves), values_only):
        return Outcome(warnings=outcome.warnings)
    return outcome


def _add(rows: list[tuple[Outcome, list[Numbers]]], outcome: Outcome, numbers: Numbers) -> None:
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
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new")
    half.write_bytes(data)
    half.replace(path)
    return True
