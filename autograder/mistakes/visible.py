"""What the visible tests of an exercise see of one version of its solution, as it stands.

The checks make their calls known in place of judging them, and each line of a test cell is run by itself, so that one
that fails hides none of those after it. `trace` looks at single definitions, and at hidden lines too; what a student is
told may come from here alone.
"""

import io
import random
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from nbcore.hints import ALONE, GIVEN
from nbcore.probe.call import Function, Probe, is_large, name_and_call, recorder
from nbcore.probe.outcome import NotPlain, Outcome, digest, observe, pack

from ..course.code import compiled_statements
from ..course.markup import HIDDEN_TESTS, outside
from ..course.plan import Plan
from ..processes import run_cell
from .earlier import Asked, Rights, Row
from .recording import PackedCall
from .trace import OutOfTime, Trace

Key = tuple[str, str, str]  # a call, whatever its way
VALUES = ("value", "stability")  # kinds of checks that compare what comes out


class Call(NamedTuple):
    """What is looked at (`kind`), of which function, with which arguments, in which way: ALONE or GIVEN."""

    kind: str
    function: str
    digest: str
    way: str

    @property
    def key(self) -> Key:
        return self.kind, self.function, self.digest

    @property
    def place(self) -> str:
        """In a trace."""
        return " ".join(self)

    @classmethod
    def at(cls, place: str) -> "Call":
        return cls(*place.split(" "))


@dataclass
class Seen:
    """What the visible tests see of a version: its trace, and for each place the test cell in which the call stands.

    calls: the packed arguments by digest. asked: what the version asked functions of earlier exercises, whose
    `signatures` these are. large: the places of calls that are asked for values and have a large argument.
    """

    trace: Trace = field(default_factory=Trace)
    cells: dict[str, str] = field(default_factory=dict)
    calls: dict[str, PackedCall] = field(default_factory=dict)
    asked: list[Row] = field(default_factory=list)
    signatures: dict[str, Any] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)


def see(plan: Plan, exercise: str, code: Mapping[str, str], right: Mapping[str, Any], run: int = 0) -> Seen:
    """Runs the notebook with this code in place of solutions, and notes the calls of the visible tests of the exercise.

    A call that occurs with two different outcomes, such as one of an object that keeps a state, is left out.
    right: the names of the notebook in which every exercise is solved; its functions are in place of those beside the
    one under test where a call is made in the way GIVEN. run: the seed of the old global generators.
    """
    tests = plan.tests_of(exercise)
    needed = plan.with_needed(tests)
    look = _Look(Rights.until(exercise, plan.cells, right))
    random.seed(run)
    np.random.seed(run)  # noqa: NPY002
    namespace: dict[str, Any] = {"__name__": "__main__"}
    last = max((number for number, (name, _, _) in enumerate(plan.cells) if name in tests), default=-1)
    for name, kind, source in plan.cells[: last + 1]:
        if kind != "test":
            run_cell(name, code.get(name, source), namespace)
        elif name in needed:
            look.cell = name
            token = recorder.set(look.note if name in tests else _ignore)
            try:
                _run_by_line(name, "\n".join(outside(source, HIDDEN_TESTS)), namespace)
            finally:
                recorder.reset(token)
    return look.seen()


def _ignore(probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
    """In earlier tests, which run for the names that they define."""


def _run_by_line(name: str, source: str, namespace: dict[str, Any]) -> None:
    for statement in compiled_statements(name, source):
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                exec(statement, namespace)
        except OutOfTime:
            raise
        except BaseException:  # a wrong version may fail in any way; the next line may work
            continue


class _Look:
    """Notes the calls of checks while test cells run; `cell` is the one under way."""

    def __init__(self, rights: Rights) -> None:
        self.cell = ""
        self._rights = rights
        self._asked = Asked()
        self._calls: dict[str, PackedCall] = {}
        self._cells: dict[Key, str] = {}
        self._found: dict[Key, dict[str, Outcome]] = {}
        self._doubtful: set[Key] = set()
        self._large: set[Key] = set()

    def note(self, probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
        """In place of a check."""
        functions = [probe.function for probe in probes]
        for probe in probes:
            self._note(probe, given, functions)

    def _note(self, probe: Probe, given: Mapping[str, Function] | None, functions: Sequence[Any]) -> None:
        name, function, args, kwargs, state = name_and_call(probe)
        if not name:
            return
        called = digest(args, kwargs, state)
        call = Probe(probe.kind, function, args, kwargs)
        right = self._rights.beside(name) if given is None else given
        questions = self._asked.questions
        with_right = observe(call, self._asked.stand_ins(call, right), functions)
        # Where nothing was asked of the right functions, the version's own would give the same.
        alone = observe(call) if self._asked.questions > questions else with_right
        found = {way: outcome for way, outcome in ((GIVEN, with_right), (ALONE, alone)) if outcome is not None}
        key = (probe.kind, name, called)
        self._cells.setdefault(key, self.cell)
        if probe.kind in VALUES and is_large(args, kwargs):
            self._large.add(key)
        if self._found.setdefault(key, found) != found:
            self._doubtful.add(key)
        if state is None:
            space = getattr(function, "__globals__", None)
            with suppress(NotPlain):
                packed = [pack(a, space) for a in args], {k: pack(v, space) for k, v in kwargs.items()}
                self._calls[called] = packed

    def seen(self) -> Seen:
        ways = {
            Call(*key, way): outcome
            for key, found in self._found.items()
            for way, outcome in found.items()
            if key not in self._doubtful
        }
        return Seen(
            Trace({call.place: outcome for call, outcome in ways.items()}),
            {call.place: self._cells[call.key] for call in ways},
            self._calls,
            self._asked.rows,
            self._asked.signatures,
            {call.place for call in ways if call.key in self._large},
        )
