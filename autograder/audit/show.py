"""Prints an audit: progress while it runs, then a table and the findings. The `audit` command calls it.

In the table "misled" counts accepted variants + mutants that are told of a mistake which they do not make.
"""

import sys
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..course.paths import Course
from .audit import audit
from .result import Audit

COLUMNS = (
    "mistakes", "seen by visible lines", "accepted variants", "mutants caught", "equivalent mutants", "right hints",
    "misled", "recognised", "examples",
)  # fmt: skip


def show_audit(
    course: Course, name: str, *, with_mutants: bool = True, with_examiner: bool = True, anew: bool = False
) -> int:
    """Audits one assignment and prints the result; returns 0 if nothing was found, else 1."""
    console = _console()
    bar = (TextColumn("{task.description:<30}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bar, console=console) as progress:
        tasks = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(f"{name}: {what}", total=total)
            progress.update(tasks[what], completed=done)

        result = audit(course, name, with_mutants=with_mutants, with_examiner=with_examiner, anew=anew, progress=show)
    return show_result(result, with_mutants=with_mutants, with_examiner=with_examiner)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 140)


def show_result(result: Audit, *, with_mutants: bool = True, with_examiner: bool = True) -> int:
    """Prints the result of an audit; returns 0 if nothing was found, else 1."""
    console = _console()
    say = partial(console.print, highlight=False, markup=False, soft_wrap=True)
    if result.solved:
        console.print(_table(result))
    for row in result.exercises.values():
        if row.hidden_alone:
            say(f"exercise {row.exercise}: caught by hidden lines alone: {'; '.join(row.hidden_alone)}")
        if row.bare:
            say(f"exercise {row.exercise}: without a counter-example: {'; '.join(row.bare)}")
    for finding in result.findings:
        say(str(finding))
    if not result.solved:
        say(f"{result.assignment}: the solution fails its own tests, so nothing else was run; {result.seconds:.0f} s")
        return 1
    share = (
        f"{100 * result.share_of_mutants_caught:.1f} % of the mutants caught" if with_mutants else "mutants left out"
    )
    hints = f"right hint for {100 * result.share_of_right_hints:.1f} % of the mistakes that visible tests tell apart"
    if with_mutants:
        hints += f", a wrong one for {100 * result.share_of_misled_mutants:.1f} % of the mutants"
    if with_examiner:
        hints += f"; {100 * result.share_recognised:.1f} % of the mistakes recognised in the examiner"
        hints += f"; a counter-example for {100 * result.share_exampled:.1f} % of the lost test cells"
    if result.reused:
        hints += "; variants as they were last run, with the same sources"
    verdict = "nothing found" if result.ok else f"{len(result.findings)} findings"
    console.print(f"{result.assignment}: {verdict}; {share}; {hints}; {result.seconds:.0f} s", highlight=False)
    return 0 if result.ok else 1


def _table(result: Audit) -> Table:
    table = Table(title=f"{result.assignment}: graded right / all", title_justify="left")
    table.add_column("exercise")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for row in result.exercises.values():
        table.add_row(
            row.exercise,
            f"{row.mistakes_right} / {row.mistakes}",
            f"{row.mistakes - len(row.hidden_alone)} / {row.mistakes}",
            f"{row.accepted_right} / {row.accepted}",
            f"{row.mutants_caught} / {row.mutants}",
            str(row.equivalent),
            f"{row.hinted_right} / {row.hinted}",
            f"{row.accepted_misled} + {row.mutants_misled}",
            f"{row.recognised} / {row.recognisable}" if row.recognisable else "-",
            f"{row.exampled} / {row.lost}" if row.lost else "-",
        )
    return table
