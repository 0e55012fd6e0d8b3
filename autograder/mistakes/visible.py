"""Records what the visible tests of an exercise see of one version of its solution.

The checks make their calls known in place of judging them, and each line of a test cell is run by itself, so that one
that fails hides none of those after it.
"""

import ast
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbcore.hints import ALONE, GIVEN
from nbcore.probe.call import Probe, StandIn, name_and_call, recorder
from nbcore.probe.outcome import NotPlain, Outcome, digest, observe, pack, pack_outcome, unpack_outcome

from ..course.markup import HIDDEN_TESTS, outside
from ..course.plan import Plan
from ..processes import run_cell

Key = tuple[str, str, str]  # kind, function, digest of the arguments


@dataclass
class Recording:
    """The outcomes of one version, by call and way of calling; `calls` are the packed arguments by digest.

    cells: the test cell in which a call stands.
    """

    outcomes: dict[Key, dict[str, Outcome]] = field(default_factory=dict)
    calls: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    cells: dict[Key, str] = field(default_factory=dict)

    def leave_out(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.outcomes.pop(key, None)

    def to_data(self) -> list[Any]:
        rows = [
            [*key, {way: pack_outcome(o) for way, o in ways.items()}, self.cells.get(key)]
            for key, ways in self.outcomes.items()
        ]
        return [rows, self.calls]

    @classmethod
    def from_data(cls, rows: list[Any], calls: dict[str, Any]) -> "Recording":
        outcomes = {(row[0], row[1], row[2]): {way: unpack_outcome(o) for way, o in row[3].items()} for row in rows}
        cells = {(row[0], row[1], row[2]): row[4] for row in rows}
        return cls(outcomes, {name: (args, kwargs) for name, (args, kwargs) in calls.items()}, cells)


def record(plan: Plan, replaced: Mapping[str, str], tests: frozenset[str]) -> Recording:
    """Runs the notebook with these solutions, and records the calls of the visible lines of these test cells.

    A call that occurs with two different outcomes, such as one of an object that keeps a state, is left out.
    """
    made = Recording()
    doubtful: set[Key] = set()
    cell = ""
    # Forked processes share the state of the old generators: numbers drawn from them would look the same in each run.
    random.seed()
    np.random.seed(random.getrandbits(32))  # noqa: NPY002

    def note(probes: Sequence[Probe], given: Mapping[str, StandIn] | None) -> None:
        functions = [probe.function for probe in probes]
        for probe in probes:
            _note(made, doubtful, cell, probe, given, functions)

    namespace: dict[str, Any] = {"__name__": "__main__"}
    for name, kind, source in plan.cells:
        if kind != "test":
            run_cell(name, replaced.get(name, source), namespace)
        elif name in tests:
            cell = name
            token = recorder.set(note)
            try:
                _run_by_line(name, "\n".join(outside(source, HIDDEN_TESTS)), namespace)
            finally:
                recorder.reset(token)
    made.leave_out(doubtful)
    return made


def _note(
    made: Recording,
    doubtful: set[Key],
    cell: str,
    probe: Probe,
    given: Mapping[str, StandIn] | None,
    functions: Sequence[Any],
) -> None:
    name, function, args, kwargs, state = name_and_call(probe)
    if not name:
        return
    called = digest(args, kwargs, state)
    call = Probe(probe.kind, function, args, kwargs)
    ways = {ALONE: observe(call)} | ({GIVEN: observe(call, given, functions)} if given else {})
    found = {way: outcome for way, outcome in ways.items() if outcome is not None}
    key = (probe.kind, name, called)
    made.cells.setdefault(key, cell)
    if made.outcomes.setdefault(key, found) != found:
        doubtful.add(key)
    if state is None:
        space = getattr(function, "__globals__", None)
        try:
            made.calls[called] = ([pack(a, space) for a in args], {k: pack(v, space) for k, v in kwargs.items()})
        except NotPlain:
            return


def _run_by_line(name: str, source: str, namespace: dict[str, Any]) -> None:
    for statement in ast.parse(source).body:
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                exec(compile(ast.Module([statement], []), f"<{name}>", "exec"), namespace)
        except BaseException:  # a wrong version may fail in any way; the next line may work
            continue
