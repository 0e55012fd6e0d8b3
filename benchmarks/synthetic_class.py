"""A class of 500 made-up students drawn from the bank: does the class report recover who made which mistake?

    python benchmarks/synthetic_class.py [NN_name] [--students 500]

Each student makes zero to three known mistakes, in different exercises, or writes an accepted variant. Every notebook
is graded by the examiner, without its experiments. Prints the confusion table and writes the report of this class to
build/synthetic/.
"""

import argparse
from collections import Counter

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.audit.examined import grade_trials
from autograder.audit.trial import Plan, Trial
from autograder.bank import Variant, read_bank, solution_cells, substitute
from autograder.build.contract import read_contract
from autograder.build.source import source_notebook
from autograder.paths import Course
from autograder.report.collect import ClassData, Item, Mistake, Submission
from autograder.report.write import render_page, render_table


def draw(rng: np.random.Generator, variants: tuple[Variant, ...]) -> list[Variant]:
    """What one student writes: up to three mistakes, and an accepted variant in about every second other exercise."""
    exercises = sorted({variant.exercise for variant in variants})
    wrong = set(rng.choice(exercises, size=min(int(rng.poisson(1.0)), 3), replace=False))
    chosen = []
    for exercise in exercises:
        kind = [v for v in variants if v.exercise == exercise and v.accepted == (exercise not in wrong)]
        if kind and (exercise in wrong or rng.random() < 0.5):
            chosen.append(kind[rng.integers(len(kind))])
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", default="01_activations")
    parser.add_argument("--students", type=int, default=500)
    arguments = parser.parse_args()

    course = Course.find()
    contract, bank = read_contract(course, arguments.name), read_bank(course, arguments.name)
    source = source_notebook(course, arguments.name)
    solutions, plan = solution_cells(source), Plan.of(source)
    rng = np.random.default_rng(2026)
    written = [draw(rng, bank.variants) for _ in range(arguments.students)]
    trials = [
        Trial(
            f"s{n:03d}", {v.exercise: substitute(solutions[v.exercise], v.code) for v in chosen}, frozenset(plan.tests)
        )
        for n, chosen in enumerate(written)
    ]

    points = contract.test_points
    submissions, made_and_named = [], Counter()
    right = missed = invented = 0
    graded = track(grade_trials(plan, trials), total=len(trials), description="grading")
    for chosen, (trial, run) in zip(written, graded, strict=True):
        scores = {o.mark.cell: points[o.mark.cell] * (o.mark.score or 0) for o in run.outcomes if o.mark}
        named = [Mistake(**row) for row in run.mistakes]
        made = {(v.exercise, v.name) for v in chosen if not v.accepted}
        found = {(mistake.exercise, mistake.name) for mistake in named}
        right, missed, invented = right + len(made & found), missed + len(made - found), invented + len(found - made)
        for exercise, mistake in made - found:
            others = sorted(name for where, name in found - made if where == exercise)
            made_and_named[f"{exercise}: {mistake}", ", ".join(others) or "(nothing)"] += 1
        used = run.ended
        submissions.append(
            Submission(trial.key, trial.key, dict(scores), False, tuple(named), cpu=used.cpu, wall=used.wall,
                       memory=used.memory, isolation=run.isolation)
        )  # fmt: skip

    console = Console()
    table = Table(title="mistakes that were not named as what they are", title_justify="left")
    for column in ("made", "named instead", "students"):
        table.add_column(column)
    for (made_key, named_key), count in made_and_named.most_common():
        table.add_row(made_key, named_key, str(count))
    console.print(table)
    total = right + missed
    innocent = sum(all(v.accepted for v in chosen) for chosen in written)
    console.print(
        f"{arguments.students} students, {total} mistakes: {right} recognised ({right / total:.1%}), {missed} missed;"
    )
    console.print(f"{invented} named that were not made; {innocent} students made no mistake.")

    items = [Item(cell, worth, False) for cell, worth in points.items()]
    data = ClassData(arguments.name, items, submissions)
    folder = course.root / "build" / "synthetic"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{arguments.name}.html").write_text(render_page(data), encoding="utf-8")
    (folder / f"{arguments.name}.csv").write_text(render_table(data), encoding="utf-8")
    console.print(f"class report: {folder / f'{arguments.name}.html'}")


if __name__ == "__main__":
    main()
