"""Hints for students whose answer is that of a known mistake. Checks ask here when they fail.

Beside this file lies one table of wrong answers for each notebook, made by the build: numbers, no code, no right
answers. Without the tables there are no hints, and everything else works.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..probe.call import Probe, StandIn, name_and_call
from ..probe.outcome import Outcome, digest, observe, same
from ._table import ALONE, GIVEN, Entry, Hint, Look, Numbers, Table, looker

__all__ = ["ALONE", "GIVEN", "Entry", "Hint", "Numbers", "Table", "explain", "tables", "use"]

FOLDER = Path(__file__).parent
_in_use: ContextVar[tuple[Table, ...] | None] = ContextVar("tables in use", default=None)


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
    return found


@contextmanager
def use(replacement: Sequence[Table]) -> Iterator[None]:
    """Within the block these tables are in place of the stored ones."""
    token = _in_use.set(tuple(replacement))
    try:
        yield
    finally:
        _in_use.reset(token)


def explain(pattern: str | None, probes: Sequence[Probe], given: Mapping[str, StandIn] | None) -> list[Hint]:
    """Hints for a failed check. probes: the calls that it made, the function under test last; given: as for a check."""
    functions = [probe.function for probe in probes]
    for probe in reversed(probes):
        name, function, args, kwargs, state = name_and_call(probe)
        known = [table for table in tables() if name in table.functions()]
        if not known:
            continue
        call, called = Probe(probe.kind, function, args, kwargs), digest(args, kwargs, state)
        alone = observe(call)
        outcome = observe(call, given, functions) if given else None
        right = given if outcome is not None else None  # None too where a table of values does not cover the call
        trusted = outcome is not None and alone is not None and same(outcome, alone)
        outcome = outcome or alone
        for table in known:
            others = looker(table, function, right, functions, trusted)
            seen = functools.partial(_seen, others, (probe.kind, called), outcome, bool(right))
            found = table.explain_failure(name, probe.kind, called, pattern, seen)
            if found:
                return found
    return []


def _seen(
    others: Look, failed: tuple[str, str], outcome: Outcome | None, given: bool, entry: Entry
) -> tuple[Outcome, str] | None:
    """The outcome of the call that has failed, which need not be made again; other calls are made."""
    if (entry.kind, entry.digest) != failed:
        return others(entry)
    return None if outcome is None else (outcome, entry.way(given))
