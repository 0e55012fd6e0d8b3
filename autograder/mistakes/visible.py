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
from nbcore.probe.call import Function, Probe, name_and_call, recorder
from nbcore.probe.outcome import NotPlain, Outcome, digest, observe, pack, pack_outcome, unpack_outcome

from ..course.markup import HIDDEN_TESTS, outside
from ..course.plan import Plan
from ..processes import run_cell
from .earlier import Asked, Rights, Row

Key = tuple[str, str, str]  # kind, function, digest of the arguments


@dataclass
class Recording:
    """The outcomes of one version, by call and way of calling; `calls` are the packed arguments by digest.

    cells: the test cell in which a call stands. asked: what the version asked functions of earlier exercises, whose
    `signatures` these are.
    """

    outcomes: dict[Key, dict[str, Outcome]] = field(default_factory=dict)
    calls: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    cells: dict[Key, str] = field(default_factory=dict)
    asked: list[Row] = field(default_factory=list)
    signatures: dict[str, Any] = field(default_factory=dict)

    def leave_out(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.outcomes.pop(key, None)

    def to_data(self) -> list[Any]:
        rows = [
            [*key, {way: pack_outcome(o) for way, o in ways.items()}, self.cells.get(key)]
            for key, ways in self.outcomes.items()
        ]
        return [rows, self.calls, self.asked, self.signatures]

    @classmethod
    def from_data(
        cls, rows: list[Any], calls: dict[str, Any], asked: list[Row], signatures: dict[str, Any]
    ) -> "Recording":
        outcomes = {(row[0], row[1], row[2]): {way: unpack_outcome(o) for way, o in row[3].items()} for row in rows}
        cells = {(row[0], row[1], row[2]): row[4] for row in rows}
        packed = {name: (args, kwargs) for name, (args, kwargs) in calls.items()}
        return cls(outcomes, packed, cells, asked, signatures)


def record(
    plan: Plan, exercise: str, replaced: Mapping[str, str], tests: frozenset[str], right: Mapping[str, Any]
) -> Recording:
    """Runs the notebook with these solutions, and records the calls of the visible lines of these test cells.

    A call that occurs with two different outcomes, such as one of an object that keeps a state, is left out.
    right: the names of the notebook in which every exercise is solved; its functions are in place of those beside the
    one under test where a call is made in the way GIVEN.
    """
    made = Recording()
    asked, rights = Asked(), Rights.until(exercise, plan.cells, right)
    needed = plan.tests_from(exercise)
    doubtful: set[Key] = set()
    cell = ""
    # Forked processes share the state of the old generators: numbers drawn from them would look the same in each run.
    random.seed()
    np.random.seed(random.getrandbits(32))  # noqa: NPY002

    def note(probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
        functions = [probe.function for probe in probes]
        for probe in probes:
            right = rights.beside(name_and_call(probe)[0]) if given is None else given
            _note(made, doubtful, cell, probe, right, functions, asked)

    namespace: dict[str, Any] = {"__name__": "__main__"}
    last = max(number for number, (name, _, _) in enumerate(plan.cells) if name in tests)
    for name, kind, source in plan.cells[: last + 1]:
        if kind != "test":
            run_cell(name, replaced.get(name, source), namespace)
        elif name in tests | needed:
            cell = name
            token = recorder.set(note if name in tests else _ignore)
            try:
                _run_by_line(name, "\n".join(outside(source, HIDDEN_TESTS)), namespace)
            finally:
                recorder.reset(token)
    made.leave_out(doubtful)
    made.asked, made.signatures = asked.rows, asked.signatures
    return made


def _ignore(probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
    """In earlier tests, which run for the names that they define."""


def _note(
    made: Recording,
    doubtful: set[Key],
    cell: str,
    probe: Probe,
    right: Mapping[str, Function],
    functions: Sequence[Any],
    asked: Asked,
) -> None:
    name, function, args, kwargs, state = name_and_call(probe)
    if not name:
        return
    called = digest(args, kwargs, state)
    call = Probe(probe.kind, function, args, kwargs)
    questions = asked.questions
    with_right = observe(call, asked.stand_ins(call, right), functions)
    # Where nothing was asked of the right functions, the version's own would give the same.
    ways = {GIVEN: with_right, ALONE: observe(call) if asked.questions > questions else with_right}
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
