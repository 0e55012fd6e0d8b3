"""Runs the trials of an audit through sandbox and examiner, exactly as a student's submission is graded.

`trial` runs the same cells in one process, which is faster and can be asked for hints; the two must agree.
"""

import os
import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..engine.grader import Grader
from ..engine.record import Assignment, CellJob, Job, NotebookRecord, ReleasedCell
from .trials import Plan, Trial, Verdict


def grade_trials(
    plan: Plan,
    trials: Sequence[Trial],
    jobs: int | None = None,
    *,
    knowledge: Path | None = None,
    points: Mapping[str, float] | None = None,
) -> Iterator[tuple[Trial, NotebookRecord]]:
    """Grades each trial in a sandbox, `jobs` at a time, and yields them in the order given.

    knowledge: the file by which known mistakes are recognised, if they shall be. points: of each test cell, 1 if not
    given.
    """
    jobs = jobs or os.cpu_count() or 1
    idle: queue.SimpleQueue[Grader] = queue.SimpleQueue()
    supervisors = [Grader() for _ in range(jobs)]
    for supervisor in supervisors:
        idle.put(supervisor)

    def one(trial: Trial) -> NotebookRecord:
        supervisor = idle.get()
        try:
            return supervisor.grade(_job(plan, trial, knowledge, points or {}))
        finally:
            idle.put(supervisor)

    try:
        with ThreadPoolExecutor(jobs) as pool:
            yield from zip(trials, pool.map(one, trials), strict=True)
    finally:
        for supervisor in supervisors:
            supervisor.close()


def _job(plan: Plan, trial: Trial, knowledge: Path | None, worth: Mapping[str, float]) -> Job:
    cells = []
    for index, (name, kind, source) in enumerate(plan.cells):
        if kind != "test" or name in trial.tests:
            points = worth.get(name, 1.0) if kind == "test" else None
            cells.append(CellJob(index, trial.replaced.get(name, source), name, points, locked=kind != "solution"))
    released = tuple(
        ReleasedCell(name, "code", source, locked=kind != "solution", grade=kind == "test", solution=kind == "solution")
        for name, kind, source in plan.cells
    )
    return Job(tuple(cells), Assignment(cells=released, recording=str(knowledge) if knowledge else None))


def verdicts_of(run: NotebookRecord) -> list[Verdict]:
    """The verdict of the examiner on each test cell."""
    found = []
    for cell in run.cells:
        mark = cell.mark
        if mark is not None:
            passed = mark.score == mark.max_score
            said = (mark.verdict.title, mark.verdict.student_error) if mark.verdict else ()
            reason = " ".join(part for part in said if part)[:500]
            found.append(Verdict(mark.cell, None if passed else reason or "no points", cell.seconds))
    return found
