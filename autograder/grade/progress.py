"""What `autograder grade` says while it runs and when it is done."""

import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ..course.paths import Course
from .run import ClassRun, Progress, alone
from .task import Graded

_SLOWEST = 10


def grade_class(
    course: Course,
    assignment: str,
    wanted: Sequence[str],
    jobs: int,
    *,
    cells: str = "needed",
    force: bool = False,
    verbose: bool = False,
) -> int:
    """Grades what is new or changed, all of it with `force`.

    cells: that run, needed or all. Exit status: 0, or 1 where a submission could not be graded.
    """
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    with alone(course):
        run = ClassRun(course, assignment, cells=cells)
        folders = run.students(wanted)
        new = folders if force else {s: f for s, f in folders.items() if not run.is_graded(s, f)}
        unchanged = len(folders) - len(new)
        for text in run.warnings:
            console.print(f"warning: {text}", markup=False)
        run.warnings.clear()
        columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
        bar = Bar(*columns, TimeRemainingColumn(), console=console, disable=not sys.stdout.isatty(), transient=True)
        with bar:
            shown = bar.add_task(f"{assignment}", total=len(new))

            def watch(progress: Progress, graded: Graded) -> None:
                failed = f", {len(progress.failed)} failed" if progress.failed else ""
                bar.update(shown, completed=progress.total - progress.left, description=f"{assignment}{failed}")
                if verbose:
                    lines = [f"{graded.student}: {graded.seconds:.1f} s", *(f"  {text}" for text in graded.warnings)]
                    console.print("\n".join(lines), markup=False)

            try:
                progress = run.grade(new, jobs, watch)
            except KeyboardInterrupt:
                console.print("Interrupted. What was graded is kept; the same command goes on with the rest.")
                raise
    for text in run.warnings:
        console.print(f"warning: {text}", markup=False)
    _summary(console, assignment, progress, unchanged, time.monotonic() - started)
    return 1 if progress.failed else 0


def _summary(console: Console, assignment: str, progress: Progress, unchanged: int, seconds: float) -> None:
    count = len(progress.done)
    kept = f", {unchanged} had not changed" if unchanged else ""
    console.print(f"{assignment}: {count} graded in {seconds:.0f} s{kept}")
    limits = [graded for graded in progress.done if graded.limits]
    if limits:
        console.print("Stopped at a limit:")
        for graded in limits:
            console.print(f"  {graded.student}: {graded.limits[0]}", markup=False)
    if count > _SLOWEST:
        slowest = sorted(progress.done, key=lambda graded: graded.seconds, reverse=True)[:_SLOWEST]
        console.print("Slowest: " + ", ".join(f"{graded.student} {graded.seconds:.1f} s" for graded in slowest))
    for student, why in progress.failed.items():
        console.print(f"{student} could not be graded: {why}", markup=False, style="bold red")
