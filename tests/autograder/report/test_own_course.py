"""The report of a course without a bank of mistakes: tasks, a notebook that was not handed in, and a release that is
another one than that by which the class was graded."""

import csv
from pathlib import Path

import nbformat
import pytest
from grade.course import ThrowAwayCourse, flags, graded_cell, open_cell

from autograder.course.paths import Course
from autograder.report.collect import collect
from autograder.report.write import write_report

CONFIG = "from autograder.grade import configure\nc = get_config()\nconfigure(c)\n"


def task(name: str, points: float) -> nbformat.NotebookNode:
    found = flags(name, locked=True)
    found["nbgrader"] |= {"task": True, "points": points}
    return nbformat.v4.new_markdown_cell("Draw it.", metadata=found)


def write(made: ThrowAwayCourse, points: float, test: str) -> None:
    cells = [open_cell("f", "def f(x):\n    return 2 * x"), graded_cell("f_basic", test, points), task("draw", 3)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), made.root / "source" / "hw" / "p.ipynb")
    made.generate("hw")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_differs_from_the_release_or_is_missing_is_said(tmp_path: Path) -> None:
    made = ThrowAwayCourse(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    folder = tmp_path / "source" / "hw"
    folder.mkdir(parents=True)
    other = [open_cell("g", "g = 1"), graded_cell("g_basic", "assert g == 1", 1)]
    nbformat.write(nbformat.v4.new_notebook(cells=other), folder / "strings.ipynb")
    write(made, 2, "assert f(2) == 4")
    book = made.released("hw")
    book.cells[0].source = "def f(x):\n    return x + x"
    made.submit("hw", "ann", book)  # one of two notebooks
    made.run("hw", "ann")
    course = Course.find(tmp_path, sources=False)

    pdf = tmp_path / "submitted" / "pia" / "hw" / "answers.pdf"
    pdf.parent.mkdir(parents=True)
    pdf.touch()
    made.run("hw", "pia")
    ann, pia = collect(course, "hw").submissions
    assert pia.findings == tuple(
        ("missing", f"{name}.ipynb was not found; the files found are: answers.pdf") for name in ("p", "strings")
    )
    assert ann.findings == (("missing", "strings.ipynb was not handed in"),)
    assert not ann.outdated
    page, table = write_report(course, "hw", tmp_path / "reports")
    text = page.read_text()
    assert "<li>strings.ipynb was not handed in</li>" in text
    assert "no bank of known mistakes" in text
    assert "known mistake:" not in text
    assert "have changed" not in text
    with open(table) as stream:
        row, _ = csv.DictReader(stream)
    assert (row["test_points"], row["written_points"], row["draw"]) == ("2.0", "", "")

    write(made, 1, "assert f(2) == 4")
    warning = "have changed since 2 of 2 submissions were graded"
    page, _ = write_report(course, "hw", tmp_path / "reports")
    assert warning in page.read_text()
    assert "<code>autograder regrade hw</code>" in page.read_text()
    write(made, 2, "assert f(3) == 6")
    assert collect(course, "hw").submissions[0].outdated
    write(made, 2, "assert f(2) == 4")
    assert not collect(course, "hw").submissions[0].outdated
