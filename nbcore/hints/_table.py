"""The stored wrong answers of the known mistakes, and which mistakes explain what a function gives.

A table holds, for each call that the visible tests of a notebook make, what comes out with each mistake (and with each
pair of mistakes) where that is not the right answer. It holds no code, and no right answer of a function under test;
beside it stands what functions of earlier exercises give there (`earlier`), a few small calls with what is right, and
the ladder of hints of each exercise, whose last rung alone has lines of code, in another order and with a wrong one
among them; the right order is packed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..probe.call import Function, Probe, globals_of
from ..probe.examples import Example
from ..probe.outcome import (
    NotPlain,
    Outcome,
    finite,
    observe,
    pack_outcome,
    same,
    same_numbers,
    unpack,
    unpack_outcome,
)
from .earlier import Earlier

FORMAT = 2
ALONE, GIVEN = "alone", "given"  # the student's functions as they are; with stand-ins for earlier exercises
# Other calls are made to tell mistakes apart: they stop after this time, so that a slow function delays no message.
SECONDS = 1.0

Numbers = tuple[int, ...]  # of the mistakes that are made together: one or two


@dataclass(frozen=True)
class Hint:
    """A known mistake that explains what a function gives. text: what the student is told."""

    exercise: str
    mistake: str
    text: str


class MarkedCell(NamedTuple):
    """A cell with points. name: its grade_id, and its id too. digest: of what students see of a test cell; "" for a
    written answer."""

    name: str
    points: float
    digest: str

    @property
    def exercise(self) -> str:
        """That of a test cell, test-EXERCISE-ASPECT; "" for a cell with a name of another form."""
        return self.name.removeprefix("test-").rpartition("-")[0] if self.name.startswith("test-") else ""


class Ladder(NamedTuple):
    """The hints of an exercise, from the first rung, in Markdown. cells: the digests of its test cells. order: the
    numbers of the right lines of the last rung in their order, packed."""

    rungs: tuple[str, ...]
    cells: tuple[str, ...]
    order: str = ""


@dataclass
class Entry:
    """One call that the visible tests make: what is looked at, the function, the arguments if they can be stored.

    wrong: by way of calling, ALONE or GIVEN, the outcomes that are not right, each with the mistakes that lead to it.
    """

    kind: str
    function: str
    digest: str
    wrong: dict[str, list[tuple[Outcome, list[Numbers]]]] = field(default_factory=dict)

    def way(self, given: bool) -> str:
        """Under which name to look up a call that was made with stand-ins, or without."""
        return GIVEN if given and GIVEN in self.wrong else ALONE

    def wrong_by(self, way: str) -> list[tuple[Outcome, list[Numbers]]]:
        return self.wrong.get(way, [])


# What a call of an entry gives with the function in question, and the way it was called; None where it cannot be made.
Look = Callable[[Entry], tuple[Outcome, str] | None]


@dataclass
class Table:
    """All that is stored for one notebook."""

    notebook: str
    mistakes: list[Hint]
    entries: list[Entry]
    calls: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # packed arguments by digest
    earlier: Earlier = field(default_factory=Earlier)
    tests: list[MarkedCell] = field(default_factory=list)  # the cells with points, in the order of the notebook
    provided: list[str] = field(default_factory=list)  # digests of the other locked cells that define functions
    rungs: dict[str, list[str]] = field(default_factory=dict)  # by exercise, its ladder of hints
    orders: dict[str, str] = field(default_factory=dict)  # by exercise, the order of the lines of its last hint, packed
    # by the names of the functions that they call, with a space between; small ones first
    examples: dict[str, list[Example]] = field(default_factory=dict)
    taught: dict[str, str] = field(default_factory=dict)  # functions and classes to write, each with its exercise

    # ------------------------------------------------------------ there and back

    def to_data(self) -> dict[str, Any]:
        entries = []
        for entry in self.entries:
            wrong = {
                way: [[pack_outcome(o), [list(m) for m in all_of]] for o, all_of in rows]
                for way, rows in entry.wrong.items()
            }
            entries.append([entry.kind, entry.function, entry.digest, wrong])
        mistakes = [[hint.exercise, hint.mistake, hint.text] for hint in self.mistakes]
        calls = {digest: list(call) for digest, call in sorted(self.calls.items())}
        return {
            "format": FORMAT,
            "notebook": self.notebook,
            "mistakes": mistakes,
            "entries": entries,
            "calls": calls,
            **self.earlier.to_data(),
            "tests": [list(row) for row in self.tests],
            "provided": self.provided,
            "ladders": self.rungs,
            "orders": self.orders,
            "examples": {
                names: [[one.code, one.text, pack_outcome(one.right)] for one in rows]
                for names, rows in self.examples.items()
            },
            "taught": self.taught,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Table":
        """Raises ValueError for a file of another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"format {data.get('format')!r}, where {FORMAT} is known")
        entries = []
        for kind, function, digest, ways in data["entries"]:
            wrong = {
                way: [(unpack_outcome(o), [tuple(m) for m in all_of]) for o, all_of in rows]
                for way, rows in ways.items()
            }
            entries.append(Entry(kind, function, digest, wrong))
        calls = {digest: (args, kwargs) for digest, (args, kwargs) in data["calls"].items()}
        hints = [Hint(*row) for row in data["mistakes"]]
        tests = [MarkedCell(*row) for row in data.get("tests", ())]
        earlier = Earlier.from_data(data)
        rungs = {exercise: list(texts) for exercise, texts in data.get("ladders", {}).items()}
        examples = {
            names: [Example("", code, unpack_outcome(right), text, text) for code, text, right in rows]
            for names, rows in data.get("examples", {}).items()
        }
        provided = data.get("provided", [])
        orders = dict(data.get("orders", {}))
        taught = dict(data.get("taught", {}))
        return cls(data["notebook"], hints, entries, calls, earlier, tests, provided, rungs, orders, examples, taught)

    # ------------------------------------------------------------ questions

    def ladders(self) -> dict[str, Ladder]:
        """By exercise."""
        return {
            exercise: Ladder(
                tuple(rungs),
                tuple(row.digest for row in self.tests if row.exercise == exercise),
                self.orders.get(exercise, ""),
            )
            for exercise, rungs in self.rungs.items()
        }

    def functions(self) -> set[str]:
        return {entry.function for entry in self.entries}

    def of_function(self, name: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.function == name]

    def probe(self, entry: Entry, function: Function) -> Probe | None:
        """The call of an entry with this function; None where its arguments are not stored."""
        if entry.digest not in self.calls:
            return None
        args, kwargs = self.calls[entry.digest]
        space = globals_of(function)
        try:
            unpacked = [unpack(a, space) for a in args], {k: unpack(v, space) for k, v in kwargs.items()}
        except NotPlain:
            return None
        return Probe(entry.kind, function, *unpacked)

    def explain_failure(self, name: str, kind: str, digest: str, pattern: str | None, look: Look) -> list[Hint]:
        """Hints for a check of `kind` that has failed on the call `digest` of the function `name`.

        pattern: that of the failure; "warning" says that the value was right. A call that is not stored, as that of a
        hidden test, gets none: no stored answer says whether it is this mistake. After grading the record tells.
        """
        entries = self.of_function(name)
        failed = next((entry for entry in entries if (entry.kind, entry.digest) == (kind, digest)), None)
        if failed is None:
            return []
        seen = look(failed)
        if seen is None:
            return []
        outcome, way = seen
        rows = failed.wrong_by(way)
        matching = [m for stored, all_of in rows if _matches(outcome, stored, pattern) for m in all_of]
        if matching:
            return self._answer(self._explaining(entries, failed, matching, look))
        # The right kind of wrong: an argument was changed, or no error was raised. A hint that speaks of this is true.
        alike = [m for stored, all_of in rows if _category(outcome, kind) == _category(stored, kind) for m in all_of]
        return self._answer(alike) if _category(outcome, kind) else []

    # ------------------------------------------------------------ the comparison

    def _explaining(
        self, entries: Sequence[Entry], failed: Entry, possible: Sequence[Numbers], look: Look
    ) -> list[Numbers]:
        """Of the mistakes that explain the failed call, those that no other call contradicts.

        Calls of the same kind count in full. Of another kind only this counts: who makes a mistake that changes an
        argument, or fails, must do so too.
        """
        standing = list(dict.fromkeys(possible))
        deadline = time.monotonic() + SECONDS
        for entry in entries:
            if entry is failed or not standing or time.monotonic() > deadline:
                continue
            seen = look(entry)
            if seen is None:
                continue
            outcome, rows = seen[0], entry.wrong_by(seen[1])
            stored = {m: o for o, all_of in rows for m in all_of}
            hit = {m for o, all_of in rows if _matches(outcome, o, None) for m in all_of}
            if entry.kind == failed.kind:
                standing = [m for m in standing if m in hit or not _contradicts(outcome, m, hit, stored)]
            else:
                standing = [m for m in standing if m in hit or m not in stored or not _lacks(outcome, stored[m])]
        return standing

    def _answer(self, explaining: Sequence[Numbers]) -> list[Hint]:
        """The hint of what explains it, unless there are several: one hint, and of two mistakes that of the first."""
        left: Sequence[Numbers] = [
            m for m in explaining if len(m) == 1
        ] or explaining  # one mistake is likelier than two
        if len({frozenset(self.mistakes[i].text for i in m) for m in left}) != 1:
            return []
        return [self.mistakes[min(left[0])]]


def _matches(outcome: Outcome, stored: Outcome, pattern: str | None) -> bool:
    if stored.leaves is None and stored.error is None and not stored.changed:
        # only warnings are stored: the value was right
        return outcome.warnings == stored.warnings and (pattern == "warning" if pattern else finite(outcome))
    return same(outcome, stored)


def _contradicts(outcome: Outcome, mistakes: Numbers, hit: set[Numbers], stored: Mapping[Numbers, Outcome]) -> bool:
    """Whether the mistakes, which do not lead to this outcome, are ruled out by it.

    A pair is stored where it differs from both of its parts, so elsewhere what one of its parts gives
    will do.
    """
    parts = [(part,) for part in mistakes] if len(mistakes) > 1 else []
    if any(part in hit for part in parts):
        return False
    if mistakes not in stored:
        return bool(hit)  # right here, or what a part gives; this outcome is known to be something else
    own = stored[mistakes]
    if outcome.error is not None:
        return own.error is None
    return own.error is not None or not same_numbers(outcome, own)


def _lacks(outcome: Outcome, stored: Outcome) -> bool:
    """Whether a call was better than the mistake lets it be: no error, no warning, no changed argument."""
    if outcome.error is not None:
        return False
    return any(
        bool(theirs) > bool(ours)
        for theirs, ours in (
            (stored.error, outcome.error),
            (stored.warnings, outcome.warnings),
            (stored.changed, outcome.changed),
        )
    )


def _category(outcome: Outcome, kind: str) -> tuple[str, ...]:
    if outcome.changed:
        return tuple(sorted({leaf.path.partition("[")[0] for leaf in outcome.changed}))
    return ("no exception",) if kind == "raises" and outcome.error is None and outcome.leaves is not None else ()


# ---------------------------------------------------------------- looking at functions


def looker(
    table: Table,
    function: Function,
    stand_ins: Callable[[str], Mapping[str, Function]],
    functions: Sequence[Any],
    trusted: bool = False,
) -> Look:
    """Calls `function` as the entries say, with the stand-ins for earlier functions that there are for their digests.

    trusted: the student's own earlier functions are right, as far as one can see: they serve where the stand-ins do not
    cover a call.
    """

    def look(entry: Entry) -> tuple[Outcome, str] | None:
        probe = table.probe(entry, function)
        if probe is None:
            return None
        right = stand_ins(entry.digest)
        if right:
            outcome = observe(probe, right, functions)
            if outcome is not None:
                return outcome, entry.way(True)
            if not trusted:
                return None
        outcome = observe(probe)
        return None if outcome is None else (outcome, ALONE)

    return look
