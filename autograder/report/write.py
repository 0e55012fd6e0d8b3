"""Writes the class report: one self-contained page, and the marks of every student and cell as CSV beside it."""

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import jinja2
import numpy as np
from markupsafe import Markup

from nbcore.plots import DPI, Picture, image_html
from nbcore.plots import style as figure_style

from ..course.paths import Course
from ..grade.counted import counted
from ..grade.spreadsheet import plain_text
from ..limits import MIB
from .collect import ClassData, Submission, collect
from .figures import MAX_BARS, items_figure, marks_figure, mistakes_figure
from .statistics import (
    MIN_FOR_DISCRIMINATION,
    WEAK_DISCRIMINATION,
    anonymised,
    finding_rows,
    guess_rows,
    item_rows,
    look_first,
    mistake_rows,
    time_rows,
    to_mark,
    unmarked,
)

# A printed page has three times as many dots to the inch as a screen.
SHARPNESS = 2


@dataclass(frozen=True)
class Shown:
    """How much of a list the page shows before the rest is folded away; paper shows no more than that."""

    names: int = 6
    looks: int = 20
    mistakes: int = MAX_BARS
    findings: int = 20
    questions: int = 20
    guesses: int = 6
    students: int = 60


def write_report(course: Course, assignment: str, folder: Path, *, anonymous: bool = False) -> tuple[Path, Path]:
    """Writes `folder/ASSIGNMENT.html` and `.csv`; with `anonymous`, names and ids of students appear in neither."""
    data = collect(course, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    page, table = folder / f"{assignment}.html", folder / f"{assignment}.csv"
    page.write_text(render_page(data, folder, anonymous=anonymous), encoding="utf-8")
    table.write_text(render_table(data, anonymous=anonymous), encoding="utf-8")
    return page, table


def render_page(data: ClassData, folder: Path | None = None, *, anonymous: bool = False) -> str:
    """The page as text. Whatever comes from a submission is escaped. folder: where it will lie; names lead from there
    to the students' feedback."""
    data = anonymised(data) if anonymous else data
    items, mistakes = item_rows(data), mistake_rows(data)
    pictures = {
        "marks": _image(marks_figure(data.totals, data.max_score)),
        "cells": _image(items_figure(items)) if items else "",
        "mistakes": _image(mistakes_figure(mistakes)) if mistakes else "",
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    exercises = list(dict.fromkeys(item.exercise for item in data.test_items))
    return environment.get_template("page.html.j2").render(
        data=data,
        n=len(data.submissions),
        anonymous=anonymous,
        shown=Shown(),
        names={submission.student: _name(submission, folder) for submission in data.submissions},
        median=float(np.median(data.totals)),
        full=sum(total >= data.max_score for total in data.totals),
        zero=sum(total == 0 for total in data.totals),
        n_mistakes=sum(len(row.students) for row in mistakes),
        to_mark=to_mark(data),
        outdated=sum(submission.outdated for submission in data.submissions),
        counted=counted,
        looks=look_first(data),
        mistakes=mistakes,
        items=items,
        pictures=pictures,
        weak=WEAK_DISCRIMINATION,
        least=MIN_FOR_DISCRIMINATION,
        findings=finding_rows(data),
        questions=guess_rows(data),
        times=time_rows(data),
        isolation=", ".join(sorted({s.isolation for s in data.submissions if s.isolation})) or "unknown",
        exercises=exercises,
        students=_students(data, exercises),
    )


def _image(picture: Picture) -> Markup:
    buffer = io.BytesIO()
    with figure_style():
        picture.fig.savefig(buffer, format="png", dpi=SHARPNESS * DPI, metadata={"Software": None})
    return Markup(image_html(buffer.getvalue(), picture.alt, round(picture.fig.get_figwidth() * DPI)))


def _name(submission: Submission, folder: Path | None) -> str:
    if submission.feedback is None or folder is None:
        return submission.name
    place = quote(Path(os.path.relpath(submission.feedback, folder)).as_posix())
    return Markup('<a href="{}">{}</a>').format(place, submission.name)


def _students(data: ClassData, exercises: list[str]) -> list[dict]:
    rows = [
        {
            "student": submission.student,
            "total": submission.total(data.test_items),
            "scores": [_of_exercise(data, submission, exercise) for exercise in exercises],
        }
        for submission in data.submissions
    ]
    return sorted(rows, key=lambda row: -row["total"])


def _of_exercise(data: ClassData, submission: Submission, exercise: str) -> float:
    return sum(submission.scores.get(item.name) or 0.0 for item in data.test_items if item.exercise == exercise)


def render_table(data: ClassData, *, anonymous: bool = False) -> str:
    """CSV, one row per student: points of the tests, of the written answers and per cell, mistakes, findings, limits.
    What a person has yet to mark is empty."""
    data = anonymised(data) if anonymous else data
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    cells, exercises = [item.name for item in data.items], {item.exercise for item in data.test_items}
    writer.writerow(
        [
            "student",
            "test_points",
            "written_points",
            *cells,
            "mistakes",
            "hints_taken",
            "findings",
            "limits_hit",
            "cpu_s",
            "wall_s",
            "memory_mib",
        ]
    )
    for submission in data.submissions:
        writer.writerow(
            [
                plain_text(submission.student),
                submission.total(data.test_items),
                "" if unmarked(data, submission) else submission.total(data.written_items),
                *("" if submission.scores.get(cell) is None else submission.scores[cell] for cell in cells),
                plain_text("; ".join(f"{mistake.exercise}: {mistake.name}" for mistake in submission.mistakes)),
                plain_text(
                    "; ".join(f"{name}: {count}" for name, count in submission.hints_taken if name in exercises)
                ),
                plain_text("; ".join(text for _, text in submission.findings)),
                plain_text("; ".join(submission.limits_hit)),
                f"{submission.cpu:.2f}",
                f"{submission.wall:.2f}",
                f"{submission.memory / MIB:.0f}",
            ]
        )
    return out.getvalue()
