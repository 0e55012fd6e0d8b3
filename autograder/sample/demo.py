"""Grades the made-up class in a scratch course directory, with the commands of a term, and compares the marks.

`make demo` runs it. nbgrader's own output goes to a log file beside the gradebook.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..course.bank import read_bank
from ..course.contract import read_contract
from ..course.paths import Course, CourseError
from ..course.percent import source_notebook
from ..grade.gradebook import graded
from .students import OF, sample_class

MARKER = ".made-by-autograder-demo"
LOOK_AT = "grace"  # whose feedback has something to say
# Of CPU time. What marks depend on takes a third of a second a cell; the endless loop, which four cells call, should
# not hold up the class for longer.
CELL_TIMEOUT = 3
_MODULES = {"nbgrader": "nbgrader", "autograder": "autograder.cli"}


@dataclass(frozen=True)
class Outcome:
    """The marks of one student by exercise: what they got and what they should have got."""

    student: str
    story: str
    got: dict[str, float | None]
    expected: dict[str, float]

    @property
    def ok(self) -> bool:
        return self.got == self.expected


def run_demo(course: Course, assignment: str, folder: Path) -> int:
    """Builds, grades and reports the class; returns 0 if every mark is the expected one, else 1. Raises CourseError for
    another assignment than that of the class."""
    if assignment != OF:
        raise CourseError(f"the made-up class has handed in {OF} alone")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"A made-up class of twelve for {assignment}, graded in {folder}", highlight=False)
    started = time.perf_counter()
    scratch = _scratch_course(course, assignment, folder)
    with _progress(console) as progress:
        students = _hand_in(scratch, assignment, progress)
        names = [student.name for student in students]
        grade = ["grade", assignment, "--verbose"]
        _show(progress, scratch, "autograder", grade, r"(\w+): [\d.]+ s$", names)
        _show(progress, scratch, "autograder", ["feedback", assignment], None, [])
        _show(progress, scratch, "nbgrader", ["export"], None, [])
        _show(progress, scratch, "autograder", ["report", assignment], None, [])
    outcomes = _outcomes(scratch, assignment)
    _print_table(console, assignment, outcomes)
    _print_places(console, scratch, assignment)
    status, sentence = verdict(outcomes, len(students))
    console.print(
        f"{sentence} ({time.perf_counter() - started:.0f} s)", highlight=False, style="bold red" if status else None
    )
    return status


def verdict(outcomes: list[Outcome], n_students: int) -> tuple[int, str]:
    """Exit status and closing sentence: 0 only if every student has a mark in every exercise, and the expected one."""
    wrong = [outcome.student for outcome in outcomes if not outcome.ok]
    if len(outcomes) != n_students:
        return 1, f"Only {len(outcomes)} of {n_students} students were graded"
    if wrong:
        return 1, f"Not the expected marks: {', '.join(wrong)}"
    return 0, f"All {n_students} students have the expected marks"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<46}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _scratch_course(course: Course, assignment: str, folder: Path) -> Course:
    """A new course directory with the settings and sources of this one; an older demo there is removed."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARKER).exists():
            raise CourseError(f"{folder} exists and was not made by the demo: name another folder with --into")
        # nbgrader makes what it graded read-only.
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder)
    scratch = Course(folder.resolve())
    scratch.solutions.mkdir(parents=True)
    (folder / MARKER).touch()
    scratch.config.write_text(f"{course.config.read_text()}\nc.Execute.timeout = {CELL_TIMEOUT}\n")
    shutil.copy(course.contract, scratch.contract)
    for name in course.assignments():
        if name <= assignment:
            shutil.copy(course.percent(name), scratch.percent(name))
    for path in course.helpers():
        copy = scratch.solutions / path.relative_to(course.solutions)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    for find in (Course.mistakes, Course.examples):
        find(scratch, assignment).parent.mkdir()
        shutil.copy(find(course, assignment), find(scratch, assignment))
    if course.recording(assignment).exists():  # what known mistakes give; made anew where it is not of these sources
        scratch.recording(assignment).parent.mkdir(parents=True)
        shutil.copy(course.recording(assignment), scratch.recording(assignment))
    return scratch


def _hand_in(scratch: Course, assignment: str, progress: Progress) -> tuple:
    """Makes the student notebook with nbgrader, and one submission per student."""
    _show(progress, scratch, "nbgrader", ["generate_assignment", assignment], None, [])
    bank = read_bank(scratch, assignment)
    source = source_notebook(scratch, assignment)
    released = nbformat.read(scratch.release_notebook(assignment), as_version=4)
    students = sample_class(bank)
    for student in students:
        path = scratch.root / "submitted" / student.name / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(student.submission(released, source, bank), path)
    return students


def _show(
    progress: Progress, scratch: Course, program: str, command: list[str], pattern: str | None, names: list[str]
) -> None:
    """Runs one command behind a progress bar that counts the students it has come to."""
    title = f"{program} {command[0]}"
    task = progress.add_task(title, total=max(len(names), 1))
    seen: set[str] = set()

    def line_seen(line: str) -> None:
        match = re.search(pattern, line) if pattern else None
        if match and match[1] in names:
            seen.add(match[1])
            progress.update(task, completed=len(seen), description=f"{title}: {match[1]}")

    status = run_nbgrader(scratch.root, command, line_seen, program=program)
    progress.update(task, completed=max(len(names), 1), description=title)
    if status != 0:
        raise CourseError(f"{title} ended with exit status {status}: see {scratch.root / 'nbgrader.log'}")


def nbgrader_environment() -> dict[str, str]:
    """nbgrader finds `alembic` on the PATH, so the folder of this Python comes first there."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def run_nbgrader(
    root: Path, command: list[str], line_seen: Callable[[str], None] = lambda _: None, program: str = "nbgrader"
) -> int:
    """Runs `nbgrader COMMAND`, or one of autograder's, in a course directory; its output goes to `nbgrader.log` there,
    line by line."""
    with (
        open(root / "nbgrader.log", "a", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", _MODULES[program], *command],
            cwd=root, env=nbgrader_environment(), text=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            line_seen(line)
        return process.wait()


def _outcomes(scratch: Course, assignment: str) -> list[Outcome]:
    """Marks by exercise from the gradebook, beside the expected ones."""
    bank, contract = read_bank(scratch, assignment), read_contract(scratch, assignment)
    _, submissions = graded(f"sqlite:///{scratch.root / 'gradebook.db'}", assignment)
    scores = {submission.student: submission.scores for submission in submissions}
    outcomes = []
    for student in sample_class(bank):
        if student.name not in scores:
            continue
        expected = student.expected(contract, bank)
        got: dict[str, float | None] = {}
        wanted: dict[str, float] = {}
        for exercise in contract.exercises:
            cells = [exercise.test_cell(aspect) for aspect in exercise.points]
            marks = [scores[student.name].get(cell) for cell in cells]
            got[exercise.name] = None if None in marks else sum(mark for mark in marks if mark is not None)
            wanted[exercise.name] = sum(expected[cell] for cell in cells)
        outcomes.append(Outcome(student.name, student.story, got, wanted))
    return outcomes


def _print_table(console: Console, assignment: str, outcomes: list[Outcome]) -> None:
    table = Table(title=f"{assignment}: marks by exercise, as graded / as expected", title_justify="left")
    table.add_column("student")
    for exercise in outcomes[0].expected if outcomes else ():
        table.add_column(exercise, justify="right", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("what they handed in", max_width=30)
    for outcome in outcomes:
        cells = [_mark(outcome.got[exercise], wanted) for exercise, wanted in outcome.expected.items()]
        got = [mark for mark in outcome.got.values() if mark is not None]
        table.add_row(outcome.student, *cells, _mark(sum(got), sum(outcome.expected.values())), outcome.story)
    console.print(table)


def _mark(got: float | None, expected: float) -> str:
    text = f"{'-' if got is None else f'{got:g}'} / {expected:g}"
    return text if got == expected else f"[bold red]{text} ![/]"


def _print_places(console: Console, scratch: Course, assignment: str) -> None:
    jupyter = Path(sys.executable).parent / "jupyter"
    console.print("Look at these in a browser:", highlight=False)
    for what, where in (
        ("feedback", scratch.root / "feedback" / LOOK_AT / assignment / f"{assignment}.html"),
        ("report", scratch.root / "reports" / f"{assignment}.html"),
        ("marks", scratch.root / "grades.csv"),
        ("log", scratch.root / "nbgrader.log"),
    ):
        console.print(f"{what + ':':<12}{where}", highlight=False, soft_wrap=True)
    command = f"cd {scratch.root} && PATH={jupyter.parent}:$PATH jupyter lab --LabApp.default_url=/formgrader"
    console.print(f"{'formgrader:':<12}{command}", highlight=False, soft_wrap=True)
