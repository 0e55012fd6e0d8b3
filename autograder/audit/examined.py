"""Runs the trials of an audit through sandbox and examiner, exactly as a student's submission is graded.

`trial` runs the same cells in one process, which is faster and can be asked for hints; the two must agree.
"""

import os
import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from ..engine.cells import CellJob, Job
from ..engine.grader import Run, Supervisor
from ..limits import Limits
from .trials import Plan, Trial, Verdict


def grade_trials(
    plan: Plan,
    trials: Sequence[Trial],
    jobs: int | None = None,
    *,
    knowledge: Path | None = None,
    points: Mapping[str, float] | None = None,
) -> Iterator[tuple[Trial, Run]]:
    """Grades each trial in a sandbox, `jobs` at a time, and yields them in the order given.

    knowledge: the file by which known mistakes are recognised, if they shall be. points: of each test cell, 1 if not
    given.
    """
    jobs = jobs or os.cpu_count() or 1
    idle: queue.SimpleQueue[Supervisor] = queue.SimpleQueue()
    for number in range(jobs):
        idle.put(_supervisor(number))

    def one(trial: Trial) -> Run:
        supervisor = idle.get()
        try:
            return supervisor.run(_job(plan, trial, knowledge, points or {}), Limits())
        finally:
            idle.put(supervisor)

    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(trials, pool.map(one, trials), strict=True)


@cache
def _supervisor(number: int) -> Supervisor:
    """Kept for the next notebook: its templates take seconds to start. It closes itself at the end of this process."""
    return Supervisor()


def _job(plan: Plan, trial: Trial, knowledge: Path | None, worth: Mapping[str, float]) -> Job:
    cells = []
    for index, (name, kind, source) in enumerate(plan.cells):
        if kind != "test" or name in trial.tests:
            points = worth.get(name, 1.0) if kind == "test" else None
            cells.append(CellJob(index, trial.replaced.get(name, source), name, points, locked=kind != "solution"))
    open_cells = {name: source for name, kind, source in plan.cells if kind == "solution"}
    return Job(cells, open_cells, knowledge=str(knowledge) if knowledge else None)


def verdicts_of(run: Run) -> list[Verdict]:
    """The verdict of the examiner on each test cell."""
    found = []
    for outcome in run.outcomes:
        mark = outcome.mark
        if mark is not None:
            passed = mark.score == mark.max_score
            reason = " ".join(part for part in (mark.title, mark.student_error) if part)[:500]
            found.append(Verdict(mark.cell, None if passed else reason or "no points", outcome.seconds))
    return found
