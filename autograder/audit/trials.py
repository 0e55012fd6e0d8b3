"""Runs the test cells of an assignment on one version of its solutions.

Each trial runs in a process of its own, forked from one that has imported NumPy: a variant cannot spoil the next one,
and an endless loop is killed. What is run here is the course's own code, so it needs no sandbox.
"""

import ast
import functools
import io
import json
import math
import multiprocessing
import os
import resource
import select
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TextIO

from nbformat import NotebookNode

from ..course.code import compiled, names_of
from ..course.markup import SOLUTION, flags, grade_id, is_autograded, is_solution, strip_markers

# Of CPU time. A trial of the slowest notebook takes four. A mutant that loops is caught as well when it is stopped.
TRIAL_SECONDS = 30.0
# By the clock, times as long: for a child that only sleeps, however busy the machine is.
PATIENCE = 10.0
MEMORY = 4 << 30
STOPPED = "Stopped"

Work = Callable[[TextIO], None]  # runs in a child, and writes what it has to tell


@dataclass(frozen=True)
class Verdict:
    """What one test cell said: `error` is None where it passed, else the name of the error and its text."""

    cell: str
    error: str | None
    seconds: float = 0.0
    hints: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Plan:
    """The cells of a notebook that a trial runs: (grade_id, kind, source), kind one of setup, solution, test."""

    cells: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, source: NotebookNode) -> "Plan":
        rows = []
        for cell in source.cells:
            if cell.cell_type != "code":
                continue
            if is_solution(cell):
                rows.append((grade_id(cell) or "", "solution", strip_markers(cell.source, SOLUTION)))
            elif is_autograded(cell):
                rows.append((grade_id(cell) or "", "test", cell.source))
            elif flags(cell).get("locked"):
                rows.append((grade_id(cell) or "", "setup", cell.source))
        return cls(tuple(rows))

    @property
    def tests(self) -> list[str]:
        return [name for name, kind, _ in self.cells if kind == "test"]

    def tests_from(self, exercise: str) -> frozenset[str]:
        """The tests that stand behind the cell of this exercise, and those before it whose names they use."""
        cells = list(enumerate(self.cells))
        start = next(n for n, (name, kind, _) in cells if (name, kind) == (exercise, "solution"))
        wanted: set[str] = set()
        found = set()
        for number, (name, kind, source) in reversed(cells):
            if kind == "test":
                read, bound = _names(source)
                if number < start and not bound & wanted:
                    continue
                found.add(name)
                wanted |= read - bound
        return frozenset(found)


@functools.cache
def _names(source: str) -> tuple[set[str], set[str]]:
    return names_of(ast.parse(source))


@dataclass(frozen=True)
class Trial:
    """One version: code that replaces solutions, by exercise, and the test cells to run."""

    key: str
    replaced: dict[str, str]
    tests: frozenset[str]


def run_trials(plan: Plan, trials: Sequence[Trial], jobs: int | None = None) -> Iterator[tuple[Trial, list[Verdict]]]:
    """Runs each trial in a child process, `jobs` at a time, and yields them in the order given."""

    def work(trial: Trial) -> Work:
        return lambda stream: run_plan(plan, trial, lambda verdict: _tell(stream, verdict))

    warm_up(plan)
    for trial, text in zip(trials, in_children([work(trial) for trial in trials], jobs), strict=True):
        yield trial, _verdicts(plan, trial, text)


def _tell(stream: TextIO, verdict: Verdict) -> None:
    stream.write(json.dumps([verdict.cell, verdict.error, verdict.seconds, verdict.hints]) + "\n")


def _verdicts(plan: Plan, trial: Trial, text: str) -> list[Verdict]:
    """One verdict for each test cell asked for; a cell that said nothing did not pass."""
    rows = [json.loads(line) for line in text.split("\n")[:-1]]
    said = [Verdict(cell, error, seconds, tuple(hints)) for cell, error, seconds, hints in rows]
    silent = [name for name in plan.tests if name in trial.tests and name not in {verdict.cell for verdict in said}]
    return said + [Verdict(name, f"{STOPPED}: the process ended or ran out of time") for name in silent]


def in_children(tasks: Sequence[Work], jobs: int | None = None) -> Iterator[str]:
    """Runs each task in a forked child, `jobs` at a time, and yields the text that each wrote, in the order given.

    One thread starts, reads and stops the children: forking beside other threads could copy a lock that is held.
    """
    jobs = jobs or os.cpu_count() or 1
    waiting = deque(enumerate(tasks))
    running: dict[int, _Child] = {}
    done: dict[int, str] = {}
    following = 0
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.popleft()
                running[number] = _Child(task)
            for number in _ended(running):
                done[number] = running.pop(number).ended()
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for child in running.values():
            child.stop()


def _ended(running: "dict[int, _Child]") -> list[int]:
    """Numbers of the children that are through, after reading what the others have said since."""
    ready, _, _ = select.select([child.pipe for child in running.values()], [], [], 0.2)
    return [number for number, child in running.items() if (child.pipe in ready and child.read()) or child.overdue]


def warm_up(plan: Plan) -> None:
    """Imports and compiles once what every child needs. Nothing is run that starts threads: a forked child could not
    use them."""
    import matplotlib
    import numpy  # noqa: F401
    import scipy.special  # noqa: F401

    import nbcore.hints

    matplotlib.use("agg")
    nbcore.hints.tables()
    for name, kind, source in plan.cells:
        compiled(name, source)
        if kind == "setup":
            for statement in ast.parse(source).body:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    exec(compile(ast.Module([statement], []), "<imports>", "exec"), {})


class _Child:
    """A running task, and what it has written so far."""

    def __init__(self, task: Work) -> None:
        self.deadline = time.monotonic() + PATIENCE * TRIAL_SECONDS
        self.text = b""
        receiver, sender = os.pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_child, args=(task, sender))
        self.process.start()
        os.close(sender)
        self.pipe = os.fdopen(receiver, "rb")

    @property
    def overdue(self) -> bool:
        return time.monotonic() > self.deadline

    def read(self) -> bool:
        """Takes what lies in the pipe; returns whether the child has closed it."""
        part = os.read(self.pipe.fileno(), 65536)
        self.text += part
        return not part

    def stop(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.pipe.close()

    def ended(self) -> str:
        """What the child wrote, up to the last whole line if it had to be stopped."""
        self.stop()
        return self.text.decode()


def _child(task: Work, sender: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seconds = math.ceil(TRIAL_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with os.fdopen(sender, "w", buffering=1) as stream:
        task(stream)


def run_plan(plan: Plan, trial: Trial, report: Callable[[Verdict], object]) -> None:
    """Runs the cells in notebook order in one namespace, and reports each test cell that the trial asks for."""
    namespace: dict = {"__name__": "__main__"}
    for name, kind, source in plan.cells:
        if kind == "test" and name not in trial.tests:
            continue
        started = time.perf_counter()
        error, hints = run_cell(name, trial.replaced.get(name, source), namespace)
        if kind == "test":
            report(Verdict(name, error, time.perf_counter() - started, hints))


def run_cell(name: str, source: str, namespace: dict) -> tuple[str | None, tuple[str, ...]]:
    """Runs a cell; returns the error that it ended with, and the hints that the error carries."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            exec(compiled(name, source), namespace)
        except BaseException as error:
            # A cell may end in anything, SystemExit included; all of it means that the cell did not pass.
            text = f"{type(error).__name__}: {''.join(traceback.format_exception_only(error)).strip()[:500]}"
            return text, tuple(dict.fromkeys(hint.text for hint in getattr(error, "hints", ())))
    return None, ()
