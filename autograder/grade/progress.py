"""What `autograder grade`, `regrade` and `feedback` say while they run and when they are done."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from ..course.paths import Course, CourseError
from .converters import NOBODY_HAS_A_MARK
from .counted import counted
from .feedback import FeedbackRun
from .regrade import Change, changes, keep, kept, shown, write_table
from .run import ClassRun, Compare, FindWorkers, Progress, alone
from .task import Graded
from .workers import LocalWorkers

_SLOWEST = 10
_NAMED = 12  # students in a line
_SHOWN = 40  # changes; all of them stand in the table that is written


def grade_class(
    course: Course,
    assignment: str,
    wanted: Sequence[str],
    workers: FindWorkers,
    *,
    cells: str = "needed",
    force: bool = False,
    verbose: bool = False,
) -> int:
    """Grades what is new or changed, all of it with `force`.

    cells: that run, needed or all. Exit status: 0, or 1 where a submission could not be graded, or none has a mark.
    """
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    with alone(course):
        run = ClassRun(course, assignment, workers, cells=cells)
        folders = run.students(wanted)
        new = folders if force else {s: f for s, f in folders.items() if not run.is_graded(s, f)}
        progress = _watched(console, run, new, verbose=verbose)
    _summary(console, assignment, progress, len(folders) - len(new), time.monotonic() - started)
    return _status(console, assignment, progress)


def regrade_class(
    course: Course,
    assignment: str,
    wanted: Sequence[str],
    workers: FindWorkers,
    into: Path,
    *,
    cells: str = "needed",
    dry_run: bool = False,
) -> int:
    """Grades again what is graded, with the tests as they are now, and says whose marks change and why. The list goes
    into a table in the folder `into` too. dry_run: nothing else is written. Exit status as of `grade_class`."""
    console = Console(highlight=False, soft_wrap=True)
    unlisted = course.regraded(assignment)
    changed: dict[Change, None] = {}  # in the order in which they came, each once

    def compare(*each: Any) -> None:
        new = [change for change in changes(*each) if change not in changed]
        if new and not dry_run:
            keep(new, unlisted)  # before a mark is written
        changed.update(dict.fromkeys(new))

    with alone(course):
        if not dry_run:
            changed.update(dict.fromkeys(kept(unlisted)))
        interrupted = len(changed)
        run = ClassRun(course, assignment, workers, cells=cells)
        if run.warnings:  # what was mended would not be tried
            raise CourseError("\n".join(run.warnings))
        folders = run.students(wanted)
        graded = {s: f for s, f in folders.items() if run.is_graded(s, f)}
        progress = _watched(console, run, graded, compare, write=not dry_run)
        found = sorted(changed, key=lambda change: (change.student, change.cell))
        path = write_table(found, into / f"{assignment}-regraded.csv")
        if not dry_run:
            unlisted.unlink(missing_ok=True)
    students = {change.student for change in found}
    count = len(students | graded.keys())
    change = "changes" if len(found) == 1 else "change"
    console.print(f"{assignment}: {counted(len(found), 'mark')} of {len(students)} of {count} students {change}")
    if interrupted:
        console.print(f"{interrupted} of them were found by an earlier run, which was ended before it wrote this list")
    if found:
        console.print(_table(found[:_SHOWN]))
    if len(found) > _SHOWN:
        console.print(f"and {len(found) - _SHOWN} more")
    console.print(f"The whole list: {path}", markup=False)
    if len(graded) < len(folders):
        count = len(folders) - len(graded)
        left = f"{count} {'is' if count == 1 else 'are'} new, changed or half graded and"
        console.print(f"{left} left out: autograder grade {assignment} grades what is missing")
    _failures(console, progress)
    if dry_run:
        console.print(f"No mark was written. To write them: autograder regrade {assignment}")
    return _status(console, assignment, progress)


def make_feedback(
    course: Course,
    assignment: str,
    wanted: Sequence[str],
    workers: Callable[[], AbstractContextManager[LocalWorkers]],
    *,
    with_solution: bool = False,
) -> int:
    """Writes the pages of all that are graded, or of those wanted. Exit status: 0, or 1 where a page is missing."""
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    failed: dict[str, str] = {}
    with alone(course), _bar(console) as bar:
        run = FeedbackRun(course, assignment, with_solution=with_solution)
        students = run.students(wanted)
        shown = bar.add_task(assignment, total=len(students))

        def watch(student: str, error: str) -> None:
            bar.advance(shown)
            if error:
                failed[student] = error

        run.make(students, workers, watch)
    made = len(students) - len(failed)
    pages = "1 page" if made == 1 else f"{made} pages"
    console.print(f"{assignment}: {pages} in {time.monotonic() - started:.0f} s, in {run.place('STUDENT')}")
    for student, why in failed.items():
        console.print(f"{student} has no page: {why}", markup=False, style="bold red")
    return 1 if failed else 0


def _watched(
    console: Console,
    run: ClassRun,
    folders: dict[str, Path],
    compare: Compare | None = None,
    *,
    write: bool = True,
    verbose: bool = False,
) -> Progress:
    """Grades these behind a progress bar, where there is a terminal."""
    _warn(console, run)
    with _bar(console) as bar:
        shown = bar.add_task(run.assignment, total=len(folders))

        def watch(progress: Progress, graded: Graded) -> None:
            failed = f", {len(progress.failed)} failed" if progress.failed else ""
            bar.update(shown, completed=progress.total - progress.left, description=f"{run.assignment}{failed}")
            if verbose:
                lines = [f"{graded.student}: {graded.seconds:.1f} s", *(f"  {text}" for text in graded.warnings)]
                console.print("\n".join(lines), markup=False)

        try:
            progress = run.grade(folders, watch, compare, write=write)
        except KeyboardInterrupt:
            console.print("Interrupted. What was graded is kept; the same command goes on with the rest.")
            raise
    _warn(console, run)
    return progress


def _bar(console: Console) -> Bar:
    """Where there is a terminal; else nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), _Rate())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    return Bar(*columns, *times, console=console, disable=not console.file.isatty(), transient=True)


class _Rate(ProgressColumn):
    """How many are done in a minute."""

    def render(self, task: Any) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{60 * speed:.0f}/min" if speed else "")


def _warn(console: Console, run: ClassRun) -> None:
    """Says what the run has found so far that an instructor has to know."""
    for text in run.warnings:
        console.print(f"warning: {text}", markup=False)
    run.warnings.clear()


def _table(found: Sequence[Change]) -> Table:
    table = Table()
    for name, justify in (
        ("student", "left"),
        ("cell", "left"),
        ("before", "right"),
        ("now", "right"),
        ("why", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for change in found:
        table.add_row(change.student, change.cell, shown(change.before), shown(change.after), Text(change.why))
    return table


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
    for what, students in (
        ("A person has to decide on tests or changed answers of", progress.to_mark),
        ("With findings", progress.with_findings),
    ):
        if students:
            more = f" and {len(students) - _NAMED} more" if len(students) > _NAMED else ""
            console.print(f"{what}: {', '.join(students[:_NAMED])}{more}", markup=False)
    if progress.to_mark or progress.with_findings:
        console.print(f"autograder report {assignment} says why; so does --verbose while it grades", markup=False)
    _failures(console, progress)


def _status(console: Console, assignment: str, progress: Progress) -> int:
    """The exit status, and why, where no line of a student says so."""
    if progress.done and all(graded.no_marks for graded in progress.done):
        console.print(NOBODY_HAS_A_MARK.format(assignment), markup=False, style="bold red")
        return 1
    return 1 if progress.failed else 0


def _failures(console: Console, progress: Progress) -> None:
    for student, why in progress.failed.items():
        console.print(f"{student} could not be graded: {why}", markup=False, style="bold red")
