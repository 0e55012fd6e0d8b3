"""What a failing check looks up: hints of known mistakes that give the same, and stand-ins for earlier exercises.

Beside this file lies one file for each notebook, made by the build: numbers, no right answer of what a check judges, a
few small calls with theirs, and the ladders of hints that authors write. Without the files there are no hints and no
stand-ins, and everything else works.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..probe import cells
from ..probe.call import Function, Probe, name_and_call, names_in_the_notebook
from ..probe.examples import Example
from ..probe.outcome import Outcome, digest, observe, same
from ._table import ALONE, GIVEN, Entry, Hint, Ladder, Look, MarkedCell, Numbers, Table, looker

__all__ = [
    "ALONE",
    "GIVEN",
    "Entry",
    "Example",
    "Hint",
    "Ladder",
    "MarkedCell",
    "Numbers",
    "Table",
    "examples",
    "explain",
    "ladders",
    "provide",
    "stand_ins",
    "tables",
    "use",
]

FOLDER = Path(__file__).parent
_in_use: ContextVar[tuple[Table, ...] | None] = ContextVar("tables in use", default=None)
_provided: dict[str, Function] = {}


def tables() -> list[Table]:
    """The tables of all notebooks, read on the first call; a file that cannot be read counts as missing."""
    in_use = _in_use.get()
    return _stored() if in_use is None else list(in_use)


@functools.cache
def _stored() -> list[Table]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        try:
            found.append(Table.from_data(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        cells.provided.update(found[-1].provided)
    return found


def ladders() -> dict[str, Ladder]:
    """The ladders of all notebooks, by exercise."""
    return {exercise: ladder for table in tables() for exercise, ladder in table.ladders().items()}


def examples(names: Set[str]) -> list[Example]:
    """Short texts that call these functions and no other ones of the student's, small ones first."""
    return [
        one
        for table in tables()
        for called, rows in table.examples.items()
        if set(called.split()) <= names
        for one in rows
    ]


@contextmanager
def use(replacement: Sequence[Table]) -> Iterator[None]:
    """Within the block these tables are in place of the stored ones."""
    token = _in_use.set(tuple(replacement))
    try:
        yield
    finally:
        _in_use.reset(token)


def provide(**functions: Function) -> None:
    """Take these functions in place of a student's earlier ones where a visible check fails with his own.

    For a notebook whose calls are too large for their answers to be stored; elsewhere the stored answers serve.
    """
    _provided.update(functions)


def stand_ins(probe: Probe) -> Mapping[str, Function]:
    """For the functions of earlier exercises that are asked in this call; most often none."""
    name, _, args, kwargs, state = name_and_call(probe)
    called, names = digest(args, kwargs, state), [name, *names_in_the_notebook(probe.function)]
    asked = ((table, name) for name in names for table in tables())
    return next((found for table, name in asked if (found := table.earlier.stand_ins(name, called, _provided))), {})


def explain(pattern: str | None, probes: Sequence[Probe], given: Mapping[str, Function] | None) -> list[Hint]:
    """Hints for a failed check. probes: the calls that it made, the function under test last; given: as for a check."""
    functions = [probe.function for probe in probes]
    for probe in reversed(probes):
        name, function, args, kwargs, state = name_and_call(probe)
        call, called = Probe(probe.kind, function, args, kwargs), digest(args, kwargs, state)
        known = [table for table in tables() if name in table.functions()]
        alone = observe(call) if known else None
        for table in known:
            right = functools.partial(_stand_ins, table, name, given)
            outcome = observe(call, right(called), functions) if right(called) else None
            if outcome is None:  # there are no stand-ins, or they do not know what this function asks
                right = functools.partial(_stand_ins, table, name, {})
            trusted = outcome is not None and alone is not None and same(outcome, alone)
            others = looker(table, function, right, functions, trusted)
            seen = functools.partial(_seen, others, (probe.kind, called), outcome or alone, outcome is not None)
            found = table.explain_failure(name, probe.kind, called, pattern, seen)
            if found:
                return found
    return []


def _stand_ins(table: Table, name: str, given: Mapping[str, Function] | None, digest: str) -> Mapping[str, Function]:
    # Not those that a notebook provides: they need not give what the right functions gave when the table was made.
    return table.earlier.stand_ins(name, digest) if given is None else given


def _seen(
    others: Look, failed: tuple[str, str], outcome: Outcome | None, given: bool, entry: Entry
) -> tuple[Outcome, str] | None:
    """The outcome of the call that has failed, which need not be made again; other calls are made."""
    if (entry.kind, entry.digest) != failed:
        return others(entry)
    return None if outcome is None else (outcome, entry.way(given))
