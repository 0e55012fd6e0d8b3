"""Runs the test cells of an assignment on versions of its solutions, in two ways that must agree.

Here, in plain processes forked for each version: that is fast, and tells which hints a student would see. And graded,
through sandbox and examiner, exactly as a submission is. What was run here is stored in the course's `build` folder, so
that the build and the audit after it need not both run it.
"""

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import msgspec

from nbcore import check

from ..course.code import defined_in, names_of
from ..course.fingerprint import fingerprint
from ..course.paths import Course, write_atomically
from ..course.plan import Plan
from ..engine.pool import Pool, grade
from ..engine.record import Assignment, CellJob, Job, NotebookRecord, ReleasedCell
from ..limits import Limits
from ..processes import fork_map, run_cell, warm_up


@dataclass(frozen=True)
class Trial:
    """One version: code that replaces solutions, by exercise, and the test cells to run.

    seeded: those of them that are run with more seeds as well, where they draw something.
    """

    key: str
    replaced: dict[str, str]
    tests: frozenset[str]
    seeded: frozenset[str] = frozenset()


# What is searched for after grading is found also where both cores have other work, which takes twice the CPU time.
_LIMITS = Limits(patience=20.0, wall=3600.0, example=1.5)
# With so many seeds of what tests draw, every right answer must pass.
SEEDS = 10


@dataclass(frozen=True)
class TestResult:
    """What one test cell said: `error` is None where it passed, else the name of the error and its text.

    stopped: the cell came to no end. hints: those that the error carries.
    """

    cell: str
    error: str | None
    hints: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def passed(self) -> bool:
        return self.error is None


# ---------------------------------------------------------------- here


def run_here(plan: Plan, trials: Sequence[Trial], jobs: int | None = None) -> Iterator[tuple[Trial, list[TestResult]]]:
    """Runs each trial in a child process, and yields them in the order given, with one result for each of its tests."""
    warm_up(plan, (code for trial in trials for code in trial.replaced.values()))
    for trial, said in zip(trials, fork_map(partial(_results, plan), trials, TestResult, jobs=jobs), strict=True):
        yield trial, _whole(plan, trial.tests, said)


def _whole(plan: Plan, tests: frozenset[str], said: list[TestResult]) -> list[TestResult]:
    """With a result for each test that came to no end."""
    silent = [name for name in plan.tests if name in tests and name not in {result.cell for result in said}]
    return said + [TestResult(name, "the process ended or ran out of time", stopped=True) for name in silent]


def _results(plan: Plan, trial: Trial) -> Iterator[TestResult]:
    """Runs the cells in notebook order in one namespace. What tests draw is what they draw in the examiner."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    drawn = _job(plan, trial).seed
    for name, kind, source in plan.cells:
        if kind != "test" or name in trial.tests:
            lines = trial.replaced.get(name, source)
            with check.seeded(drawn):
                error, hints = run_cell(name, lines, namespace)
            if kind == "test":
                if error is None and name in trial.seeded and "check.rng(" in lines:
                    error, hints = _with_seeds(name, lines, namespace)
                yield TestResult(name, _once(error), hints)


def _with_seeds(name: str, source: str, namespace: dict[str, object]) -> tuple[str | None, tuple[str, ...]]:
    for seed in range(1, SEEDS + 1):
        with check.seeded(seed):
            error, hints = run_cell(name, source, namespace)
        if error is not None:
            return f"with seed {seed}: {_once(error)}", hints
    return None, ()


def _once(error: str | None) -> str | None:
    """An error whose text begins with its name, which stands before it already, with the name alone."""
    name, _, text = (error or "").partition(": ")
    again, colon, rest = text.partition(":")
    return f"{name}{colon}{rest}" if name and again.rpartition(".")[2] == name else error


@dataclass(frozen=True)
class _Watched:
    """What a cell of the solved notebook did: its result if it is a test, and the exercises of which it ran code."""

    result: TestResult
    exercises: tuple[str, ...]


def run_solution(plan: Plan) -> tuple[list[TestResult], dict[str, frozenset[str]]]:
    """The results of the solution, and for each exercise the tests in which its functions are called.

    Where they are not, another version of them gives the same. The exercise's own tests count, and all behind a cell
    that is no test and calls them, or an exercise that defines something else than functions.
    """
    warm_up(plan)
    (rows,) = fork_map(_watched, [plan], _Watched)
    ran = {row.result.cell: row.exercises for row in rows}
    reached: dict[str, frozenset[str]] = {}
    for exercise, code in plan.solutions.items():
        tests = set(plan.tests_of(exercise))
        everywhere = bool(names_of(ast.parse(code))[1] - set(defined_in(code)))
        for name, kind, _ in plan.cells:
            called = exercise in ran.get(name, (exercise,))
            if kind == "test" and (called or everywhere):
                tests.add(name)
            everywhere = everywhere or (kind != "test" and called and name != exercise)
        reached[exercise] = plan.with_needed(tests) & plan.tests_from(exercise)
    said = [row.result for row in rows if row.result.cell in plan.tests]
    return _whole(plan, frozenset(plan.tests), said), reached


def _watched(plan: Plan) -> Iterator[_Watched]:
    """Runs the solved notebook. A function's file has the name of its cell."""
    files = {f"<{name}>": name for name in plan.solutions}
    namespace: dict[str, object] = {"__name__": "__main__"}
    for name, _, source in plan.cells:
        seen: set[str] = set()

        def note(frame: FrameType, event: str, argument: object, seen: set[str] = seen) -> None:
            seen.add(frame.f_code.co_filename)

        sys.setprofile(note)
        error, hints = run_cell(name, source, namespace)
        sys.setprofile(None)
        yield _Watched(TestResult(name, _once(error), hints), tuple(files[file] for file in seen & files.keys()))


# ---------------------------------------------------------------- graded


def run_graded(
    plan: Plan,
    trials: Sequence[Trial],
    jobs: int | None = None,
    *,
    recording: Path | None = None,
    points: Mapping[str, float] | None = None,
) -> Iterator[tuple[Trial, NotebookRecord]]:
    """Grades each trial as a submission, several at a time, and yields them in the order given.

    recording: the file by which known mistakes are recognised, if they shall be. points: of each test cell, 1 if not
    given.
    """
    with Pool(jobs) as pool:
        yield from zip(trials, pool.map(grade, [_job(plan, trial, recording, points) for trial in trials]), strict=True)


def _job(plan: Plan, trial: Trial, recording: Path | None = None, worth: Mapping[str, float] | None = None) -> Job:
    worth, cells = worth or {}, []
    for index, (name, kind, source) in enumerate(plan.cells):
        if kind != "test" or name in trial.tests:
            points = worth.get(name, 1.0) if kind == "test" else None
            cells.append(CellJob(index, trial.replaced.get(name, source), name, points, locked=kind != "solution"))
    released = tuple(
        ReleasedCell(name, "code", source, locked=kind != "solution", grade=kind == "test", solution=kind == "solution")
        for name, kind, source in plan.cells
    )
    assignment = Assignment(cells=released, recording=str(recording) if recording else None)
    return Job(tuple(cells), assignment, limits=_LIMITS)


def graded_results(record: NotebookRecord) -> list[TestResult]:
    """What the examiner says of each test cell."""
    found = []
    for mark in record.marks:
        said = (mark.verdict.title, mark.verdict.student_error) if mark.verdict else ()
        reason = " ".join(part for part in said if part)[:500]
        found.append(TestResult(mark.cell, None if mark.score == mark.max_score else reason or "no points"))
    return found


# ---------------------------------------------------------------- stored


@dataclass(frozen=True)
class _Stored:
    """fingerprint: of the sources, the bank, this package and the students', and the libraries."""

    fingerprint: str
    results: dict[str, list[TestResult]]  # by key of the variant


def stored_results(course: Course, name: str, keys: Sequence[str]) -> dict[str, list[TestResult]] | None:
    """What was stored for these variants; None where nothing was, or where it may no longer hold."""
    try:
        data = json.loads(course.results(name).read_text(encoding="utf-8"))
        stored = msgspec.convert(data, _Stored)
    except (OSError, ValueError, msgspec.ValidationError):
        return None
    if stored.fingerprint != fingerprint(course, name) or stored.results.keys() != set(keys):
        return None
    return {key: stored.results[key] for key in keys}


def store_results(course: Course, name: str, results: dict[str, list[TestResult]]) -> None:
    """Stores them for the next run, unless one was stopped: on an idle machine it might have come to its end."""
    if not any(result.stopped for row in results.values() for result in row):
        data = json.dumps(msgspec.to_builtins(_Stored(fingerprint(course, name), results)))
        write_atomically(course.results(name), data.encode())
