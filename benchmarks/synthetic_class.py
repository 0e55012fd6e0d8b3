"""A class of 500 made-up students drawn from the bank: does the class report recover who made which mistake?

    python benchmarks/synthetic_class.py [NN_name] [--students 500] [--careless 0.5]

Each student makes zero to three known mistakes, or two in one exercise, and writes accepted variants in about every
second other exercise. All are graded in sandbox and examiner, without the cells that only draw; their marks go into a
gradebook and their records beside it, in build/synthetic/, and the class report is made from these. Prints the
confusion table: what was made and what was named.

Students write a mistake as the bank does, which is easier to recognise than what real ones write. With --careless a
share of those who make a mistake has another trouble in the same functions that no bank knows: they fail for lists and
numbers.
"""

import argparse
import ast
import shutil
import subprocess
import time
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from nbgrader.api import Gradebook
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.audit.trials import Trial, run_graded
from autograder.course.bank import Variant, read_bank, substitute
from autograder.course.code import definitions
from autograder.course.contract import Contract, read_contract
from autograder.course.paths import RECORD_SUFFIX, Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.engine.record import NotebookRecord
from autograder.mistakes.recording import prepared
from autograder.report.write import write_report
from autograder.sample.demo import run_nbgrader

TWO_IN_ONE = 0.15  # of the exercises with a mistake get a second one, where another definition is left for it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", default="01_activations")
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--careless", type=float, default=0.0, metavar="SHARE")
    arguments = parser.parse_args()

    course, name = Course.find(), arguments.name
    contract, bank = read_contract(course, name), read_bank(course, name)
    source = source_notebook(course, name)
    plan = Plan.of(source.cells)
    solutions = plan.solutions
    rng = np.random.default_rng(2026)
    written = [draw(rng, bank.variants, solutions) for _ in range(arguments.students)]
    careless = rng.random(len(written)) < arguments.careless
    trials = [
        Trial(f"s{n:03d}", in_place(chosen, solutions, careless=bool(careless[n])), frozenset(plan.tests))
        for n, chosen in enumerate(written)
    ]
    console, started = Console(width=110), time.perf_counter()
    recording = prepared(course, name)
    prepared_in, started = time.perf_counter() - started, time.perf_counter()
    graded = run_graded(plan, trials, recording=recording, points=contract.test_points)
    runs = [run for _, run in track(graded, total=len(trials), description="grading", console=console)]
    graded_in = time.perf_counter() - started

    scratch = write_course(course, name, course.root / "build" / "synthetic")
    enter_marks(scratch, name, runs)
    page, _ = write_report(scratch, name, scratch.root / "reports")
    print_confusion(console, contract, written, runs)
    per_student = graded_in / len(runs)
    console.print(f"{len(runs)} graded in {graded_in:.0f} s by the clock, {per_student:.2f} s each.")
    console.print(f"Recording the bank before took {prepared_in:.0f} s. Class report: {page.relative_to(course.root)}")


# ---------------------------------------------------------------- the class


def draw(rng: np.random.Generator, variants: tuple[Variant, ...], solutions: dict[str, str]) -> list[Variant]:
    """What one student writes: up to three mistakes, and accepted variants of other exercises."""
    exercises = sorted({variant.exercise for variant in variants})
    wrong = set(rng.choice(exercises, size=min(int(rng.poisson(1.0)), 3), replace=False))
    chosen = []
    for exercise in exercises:
        kind = [
            v for v in variants if v.exercise == exercise and v.recognisable and v.accepted == (exercise not in wrong)
        ]
        if kind and (exercise in wrong or rng.random() < 0.5):
            first = kind[rng.integers(len(kind))]
            chosen.append(first)
            others = [v for v in kind if not changed(v, solutions) & changed(first, solutions)]
            if exercise in wrong and others and rng.random() < TWO_IN_ONE:
                chosen.append(others[rng.integers(len(others))])
    return chosen


def changed(variant: Variant, solutions: dict[str, str]) -> set[str]:
    """The definitions of the exercise that a variant brings along."""
    return definitions(variant.code).keys() & definitions(solutions[variant.exercise]).keys()


CARELESS = """
def arrays_only(function):
    def careless(x, *args, **kwargs):
        x.shape  # there is none in a list, nor in a plain number
        return function(x, *args, **kwargs)

    return careless
"""


def in_place(chosen: list[Variant], solutions: dict[str, str], *, careless: bool) -> dict[str, str]:
    """The code of the exercises that a student has not written as the solution is."""
    code: dict[str, str] = {}
    for variant in chosen:
        code[variant.exercise] = substitute(code.get(variant.exercise, solutions[variant.exercise]), variant.code)
    for exercise in {variant.exercise for variant in chosen if not variant.accepted} if careless else ():
        functions = [
            name for name, (_, node) in definitions(code[exercise]).items() if isinstance(node, ast.FunctionDef)
        ]
        code[exercise] += CARELESS + "".join(f"\n\n{name} = arrays_only({name})\n" for name in functions)
    return code


# ---------------------------------------------------------------- its gradebook


def write_course(course: Course, name: str, folder: Path) -> Course:
    """A course directory of its own with the assignment in its gradebook."""
    shutil.rmtree(folder, ignore_errors=True)
    scratch = Course(folder)
    scratch.mistakes(name).parent.mkdir(parents=True)
    for there, here in ((course.config, scratch.config), (course.contract, scratch.contract)):
        shutil.copy(there, here)
    for other in course.assignments():
        if other <= name:
            shutil.copy(course.percent(other), scratch.percent(other))
    if run_nbgrader(folder, ["generate_assignment", name]):
        raise subprocess.SubprocessError(f"nbgrader generate_assignment failed: see {folder / 'nbgrader.log'}")
    return scratch


def enter_marks(course: Course, name: str, runs: list[NotebookRecord]) -> None:
    """Marks into the gradebook and records beside it, as `nbgrader autograde` leaves them."""
    with warnings.catch_warnings(), Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        warnings.simplefilter("ignore")  # of the database's library, about how nbgrader adds a submission
        for number, run in enumerate(runs):
            student = f"s{number:03d}"
            gradebook.add_student(student, first_name="Student", last_name=f"{number:03d}")
            submission = gradebook.add_submission(name, student)
            marks = {mark.cell: mark for mark in run.marks}
            for grade in submission.notebooks[0].grades:
                mark = marks.get(grade.name)
                grade.auto_score = mark.score if mark else None
                grade.needs_manual_grade = grade.auto_score is None
            folder = course.root / "autograded" / student / name
            folder.mkdir(parents=True)
            record = replace(run, student=student, assignment=name, notebook=name)
            record.write(folder / f"{name}{RECORD_SUFFIX}")
        gradebook.db.commit()


# ---------------------------------------------------------------- what was made and what was named


@dataclass
class Row:
    """Mistakes of one exercise that were made: named alone, named beside another one, another named, nothing named."""

    made: int = 0
    right: int = 0
    beside: int = 0
    other: int = 0
    nothing: int = 0


def print_confusion(
    console: Console, contract: Contract, written: list[list[Variant]], runs: list[NotebookRecord]
) -> None:
    rows = {exercise.name: Row() for exercise in contract.exercises}
    missed: Counter[tuple[str, str]] = Counter()
    accused = invented = 0
    for chosen, run in zip(written, runs, strict=True):
        made = {(v.exercise, v.name) for v in chosen if not v.accepted}
        found = {(mistake.exercise, mistake.name) for mistake in run.mistakes}
        invented += len(found - made)
        accused += not made and bool(found)
        for exercise, mistake in made:
            row, others = rows[exercise], sorted(name for where, name in found - made if where == exercise)
            row.made += 1
            if (exercise, mistake) in found:
                row.right, row.beside = row.right + (not others), row.beside + bool(others)
            else:
                row.other, row.nothing = row.other + bool(others), row.nothing + (not others)
            if others or (exercise, mistake) not in found:
                how = " + ".join([mistake, *others] if (exercise, mistake) in found else others) or "(nothing)"
                missed[f"{exercise}: {mistake}", how] += 1
    table = Table(title="mistakes that were made, and what was named", title_justify="left")
    table.add_column("exercise")
    for column in ("made", "named rightly", "with another", "another name", "not named"):
        table.add_column(column, justify="right")
    for exercise, row in rows.items():
        table.add_row(exercise, *map(str, (row.made, row.right, row.beside, row.other, row.nothing)))
    total = Row(*(sum(getattr(row, key) for row in rows.values()) for key in Row.__annotations__))
    table.add_section()
    table.add_row("all", *map(str, (total.made, total.right, total.beside, total.other, total.nothing)))
    console.print(table)
    if missed:
        details = Table(title="not named as what it is, and no more", title_justify="left")
        for column in ("made", "named", "students"):
            details.add_column(column)
        for (mistake, how), count in missed.most_common():
            details.add_row(mistake, how, str(count))
        console.print(details)
    innocent = sum(all(v.accepted for v in chosen) for chosen in written)
    share = (total.right + total.beside) / total.made if total.made else 1.0
    named = total.right + total.beside
    console.print(f"{named} of {total.made} mistakes named ({share:.1%}); {invented} names too many.")
    console.print(f"Of {innocent} students without a mistake {accused} were accused of one.")


if __name__ == "__main__":
    main()
