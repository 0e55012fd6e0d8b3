"""Writes the class report: one self-contained page, and the marks of every student and cell as CSV beside it."""

import csv
import io
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from ..paths import Course
from .collect import ClassData, Submission, collect
from .figures import items_figure, marks_figure, mistakes_figure
from .statistics import WEAK_DISCRIMINATION, item_rows, look_first, mistake_rows, pseudonyms

MIB = 1 << 20


def write_report(course: Course, assignment: str, folder: Path, *, anonymous: bool = False) -> tuple[Path, Path]:
    """Writes `folder/ASSIGNMENT.html` and `.csv`; with `anonymous`, names and ids of students appear in neither."""
    data = collect(course, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    page, table = folder / f"{assignment}.html", folder / f"{assignment}.csv"
    page.write_text(render_page(data, anonymous=anonymous), encoding="utf-8")
    table.write_text(render_table(data, anonymous=anonymous), encoding="utf-8")
    return page, table


def _names(data: ClassData, anonymous: bool) -> dict[str, str]:
    if anonymous:
        return pseudonyms(data)
    return {submission.student: submission.name for submission in data.submissions}


def render_page(data: ClassData, *, anonymous: bool = False) -> str:
    """The page as text. Whatever comes from a submission is escaped."""
    names = _names(data, anonymous)
    items, mistakes = item_rows(data), mistake_rows(data)
    pictures = {
        "marks": _image(marks_figure(data.totals, data.max_score)),
        "cells": _image(items_figure(items)),
        "mistakes": _image(mistakes_figure(mistakes)) if mistakes else "",
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    exercises = list(dict.fromkeys(item.exercise for item in data.test_items))
    return environment.get_template("page.html.j2").render(
        data=data,
        anonymous=anonymous,
        names=names,
        median=float(np.median(data.totals)),
        full=sum(total >= data.max_score for total in data.totals),
        zero=sum(total == 0 for total in data.totals),
        n_mistakes=sum(len(row.students) for row in mistakes),
        looks=look_first(data),
        mistakes=mistakes,
        items=items,
        pictures=pictures,
        weak=WEAK_DISCRIMINATION,
        findings=[(s.student, kind, text) for s in data.submissions for kind, text in s.findings],
        times=_times(data),
        isolation=", ".join(sorted({s.isolation for s in data.submissions if s.isolation})) or "unknown",
        exercises=exercises,
        students=_students(data, names, exercises),
    )


def _image(picture) -> Markup:  # type: ignore[no-untyped-def]
    return Markup(picture._repr_mimebundle_()["text/html"])


def _students(data: ClassData, names: dict[str, str], exercises: list[str]) -> list[dict]:
    rows = [
        {
            "name": names[submission.student],
            "total": submission.total(data.test_items),
            "scores": [_of_exercise(data, submission, exercise) for exercise in exercises],
        }
        for submission in data.submissions
    ]
    return sorted(rows, key=lambda row: (-row["total"], row["name"]))


def _of_exercise(data: ClassData, submission: Submission, exercise: str) -> float:
    return sum(submission.scores.get(item.cell) or 0.0 for item in data.test_items if item.exercise == exercise)


def _times(data: ClassData) -> list[tuple[str, str, float, float, str]]:
    timed = [submission for submission in data.submissions if submission.wall > 0]
    rows = []
    for what, unit, values in (
        ("time for the notebook", "s", [s.wall for s in timed]),
        ("CPU time", "s", [s.cpu for s in timed]),
        ("memory", "MiB", [s.memory / MIB for s in timed]),
    ):
        if values:
            largest = int(np.argmax(values))
            rows.append((what, unit, float(np.median(values)), values[largest], timed[largest].student))
    return rows


def render_table(data: ClassData, *, anonymous: bool = False) -> str:
    """CSV, one row per student: points per cell, mistakes, findings and limits."""
    names = _names(data, anonymous)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    cells = [item.cell for item in data.items]
    writer.writerow(
        ["student", "points", *cells, "mistakes", "findings", "limits_hit", "cpu_s", "wall_s", "memory_mib"]
    )
    for submission in data.submissions:
        writer.writerow(
            [
                _safe(names[submission.student] if anonymous else submission.student),
                submission.total(data.test_items),
                *("" if submission.scores.get(cell) is None else submission.scores[cell] for cell in cells),
                _safe("; ".join(f"{mistake.exercise}: {mistake.name}" for mistake in submission.mistakes)),
                _safe("; ".join(text for _, text in submission.findings)),
                _safe("; ".join(submission.limits_hit)),
                f"{submission.cpu:.2f}",
                f"{submission.wall:.2f}",
                f"{submission.memory / MIB:.0f}",
            ]
        )
    return out.getvalue()


def _safe(text: str) -> str:
    """A spreadsheet takes a cell that starts like a formula for one; the text may come from a student's file."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
