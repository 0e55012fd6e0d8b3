"""The list of what a mended test changes: which cell, of which exercise, and why; and none of it is lost."""

import csv
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.paths import RECORD_SUFFIX
from autograder.engine.record import NotebookRecord
from autograder.grade.gradebook import NotebookRows, SubmissionRows
from autograder.grade.regrade import Change, changes, keep, kept, write_table
from autograder.grade.task import Graded

from .course import code, flags, graded_cell

TEST = "test-relu-edges"
CHANGE = Change("ann", "p", TEST, 0.0, 3.0, "why")


def notebook(
    setup: str = "k = 1", test: str = "assert f(1)", points: float = 3, answer: str = "f = abs"
) -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            code(setup, flags("setup", locked=True)),
            code(answer, flags("f", solution=True)),
            graded_cell("test-relu-shape", "assert f(2)", 1),
            graded_cell(TEST, test, points),
            nbformat.v4.new_markdown_cell(answer, metadata=flags("written", grade=True, solution=True, points=1)),
        ]
    )


def found(folder: Path, before: NotebookNode, now: NotebookNode) -> list[Change]:
    """The changes where the student has lost the test before, and has its points now."""
    nbformat.write(before, folder / "p.ipynb")
    record = NotebookRecord("ann", "hw", "p", "none").encoded()
    (folder / f"p{RECORD_SUFFIX}").write_bytes(record)
    rows = {"p": NotebookRows({TEST: (3.0, False), "test-relu-shape": (1.0, False)})}
    files = {"p.ipynb": nbformat.writes(now).encode(), f"p{RECORD_SUFFIX}": record}
    old = SubmissionRows(None, {"p": NotebookRows({TEST: (0.0, False), "test-relu-shape": (1.0, False)})})
    return list(changes(folder, old, Graded("ann", files, SubmissionRows(None, rows))))


def why(folder: Path, now: NotebookNode) -> str:
    (change,) = found(folder, notebook(), now)
    return change.why.split("; before: ")[0]


def test_the_list_names_the_exercise_of_each_cell(tmp_path: Path) -> None:
    path = write_table(found(tmp_path, notebook(), notebook(test="assert f(3)")), tmp_path / "list.csv")
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["exercise"], row["cell"], row["before"], row["now"]) == ("relu", TEST, "0", "3")
    assert row["why"] == "the test has changed; before: not graded; now: not graded"


def test_where_the_test_is_the_same_the_list_names_the_released_cells_that_have_changed(tmp_path: Path) -> None:
    assert why(tmp_path, notebook(setup="k = 2")) == "the test is the same; changed: setup"
    assert why(tmp_path, notebook(setup="k = 2", test="assert f(3)")) == "the test has changed"
    more = notebook()
    more.cells[2].source = "assert f(4)"
    more.cells.insert(1, code("m = 1", flags("more", locked=True)))
    del more.cells[0]
    assert why(tmp_path, more) == "the test is the same; changed: setup, test-relu-shape, more"


def test_what_a_student_wrote_is_no_released_cell(tmp_path: Path) -> None:
    assert why(tmp_path, notebook(answer="f = max")) == "the test is the same"


def test_points_that_have_changed_are_said(tmp_path: Path) -> None:
    assert why(tmp_path, notebook(points=4)) == "the test is the same, worth 4 points now"


def test_a_notebook_that_cannot_be_read_hides_no_change(tmp_path: Path) -> None:
    (tmp_path / "p.ipynb").write_text("{")
    before, now = ({"p": NotebookRows({TEST: (score, False)})} for score in (0.0, 3.0))
    graded = Graded("ann", {"p.ipynb": b"{"}, SubmissionRows(None, now))
    (change,) = changes(tmp_path, SubmissionRows(None, before), graded)
    assert (change.cell, change.after) == (TEST, 3.0)


def test_changes_that_stand_in_no_list_yet_are_kept_whatever_ends_their_run(tmp_path: Path) -> None:
    path = tmp_path / "build" / "hw.jsonl"
    assert kept(path) == []
    other = Change("bob", "p", TEST, None, 1.5, "ein Wort\nzwei")
    keep([CHANGE], path)
    with open(path, "a") as file:
        file.write('\n{"student": "cy", "notebo')  # killed while it wrote
    keep([other], path)
    assert kept(path) == [CHANGE, other]
