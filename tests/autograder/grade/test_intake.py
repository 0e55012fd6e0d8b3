"""Submissions are taken in as they are, whatever their files are called; what was handed in stays as it was."""

import json
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

import autograder.grade.intake
from autograder.course.paths import RECORD_SUFFIX, Course
from autograder.engine.grader import Grader
from autograder.engine.record import CellRecord, Finding, Job, Mark, NotebookRecord, ReleasedCell
from autograder.examiner.examine import Verdict
from autograder.grade.intake import Intake, digest, read_date, take_in
from autograder.grade.progress import grade_class, regrade_class
from autograder.grade.task import Bundle, Task
from autograder.report.collect import collect

from .course import ThrowAwayCourse, code, graded_cell, open_cell
from .course import flags as labels

CELLS = (
    ReleasedCell("f", "code", "def f(x):\n    raise NotImplementedError", solution=True),
    ReleasedCell("t", "code", "assert f(1) == 2", locked=True, grade=True, points=2.0),
)
RELEASED = {"p": CELLS}
SOLVED = "def f(x):\n    return 2 * x"
Files = dict[str, str]


def book(answer: str = SOLVED) -> str:
    cells = [
        code(answer, labels("f", solution=True)),
        code(CELLS[1].source, labels("t", grade=True, locked=True, points=2)),
    ]
    for cell in cells:
        cell.id = cell.metadata.nbgrader.grade_id
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def taken(
    tmp_path: Path, files: Files, released: dict[str, tuple[ReleasedCell, ...]] | None = None
) -> tuple[Files, Intake]:
    submitted, copy = tmp_path / "submitted", tmp_path / "taken" / "hw"
    for name, text in files.items():
        (submitted / name).parent.mkdir(parents=True, exist_ok=True)
        (submitted / name).write_text(text)
    before = {path: path.read_bytes() for path in submitted.rglob("*") if path.is_file()}
    take_in(submitted, copy, RELEASED if released is None else released)
    assert {path: path.read_bytes() for path in submitted.rglob("*") if path.is_file()} == before
    found = {str(path.relative_to(copy)): path.read_text() for path in copy.rglob("*") if path.is_file()}
    done = Intake.beside(copy / "p.ipynb")
    assert done.digest == digest(submitted)
    return found, replace(done, digest="")


def test_what_has_its_names_is_copied_as_it_is(tmp_path: Path) -> None:
    files = {"p.ipynb": book(), "data/a.csv": "1,2", "notes.txt": "x"}
    assert taken(tmp_path, files) == (files, Intake())


def test_files_of_any_size_fill_neither_memory_nor_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograder.grade.intake, "MOST_BYTES", 10_000)
    submitted = tmp_path / "submitted"
    submitted.mkdir()
    for name in ("a.bin", "p (1).ipynb"):
        with open(submitted / name, "wb") as file:
            file.truncate(1 << 40)
    (submitted / "b.csv").write_text("1," * 4000)
    (submitted / "c.csv").write_text("1," * 4000)
    (submitted / "p.ipynb").write_text(book())
    copy = tmp_path / "taken/hw"
    first = digest(submitted)
    take_in(submitted, copy, RELEASED)
    kept = {path.name: path.stat().st_size for path in copy.iterdir()}
    assert kept == {"p.ipynb": len(book()), "b.csv": 8000, "p (1).ipynb": 0}
    said = Intake.beside(copy / "p.ipynb").findings
    assert [text.split(" could")[0] for text in said] == ["a.bin", "c.csv", "p (1).ipynb"]
    assert all("more than 10,000 bytes" in text for text in said)
    os.truncate(submitted / "a.bin", 2 << 40)
    assert digest(submitted) != first


@pytest.mark.parametrize(
    "name",
    ["p (1).ipynb", "Copy of p.ipynb", "12345_smith_p.ipynb", "P.ipynb", "p.IPYNB", "p.ipynb.txt", "p.ipynb.json",
     "work/p.ipynb", "homework.ipynb", "Untitled3.ipynb"],
)  # fmt: skip
def test_a_notebook_is_found_under_another_name(tmp_path: Path, name: str) -> None:
    found, intake = taken(tmp_path, {name: book()})
    assert found["p.ipynb"] == book()
    assert intake == Intake([f"p.ipynb was not handed in: {name} was taken for it"])


def test_of_several_the_newest_with_work_in_it_is_taken(tmp_path: Path) -> None:
    stub = book(CELLS[0].source)
    for at, (name, text) in enumerate(
        {"p (1).ipynb": book("old = 1\n" + SOLVED), "p (2).ipynb": book(), "p (3).ipynb": stub}.items()
    ):
        (tmp_path / "submitted").mkdir(exist_ok=True)
        (tmp_path / "submitted" / name).write_text(text)
        os.utime(tmp_path / "submitted" / name, (1000 * at, 1000 * at))
    found, intake = taken(tmp_path, {})
    assert found["p.ipynb"] == book()
    assert intake.tied == []


def test_work_in_a_copy_beside_the_untouched_notebook_is_taken(tmp_path: Path) -> None:
    stub = book(CELLS[0].source)
    found, intake = taken(tmp_path, {"p.ipynb": stub, "p-Copy1.ipynb": book(), "p-Copy2.ipynb": stub})
    assert found["p.ipynb"] == book()
    assert intake == Intake(["p.ipynb has no work in it: p-Copy1.ipynb was taken for it"])


def test_work_under_the_right_name_stays_whatever_lies_beside_it(tmp_path: Path) -> None:
    files = {"p.ipynb": book(), "p-Copy1.ipynb": book("y = 1\n" + SOLVED)}
    found, intake = taken(tmp_path, files)
    assert (found, intake) == (files, Intake())
    stub = book(CELLS[0].source)
    shutil.rmtree(tmp_path / "taken")
    shutil.rmtree(tmp_path / "submitted")
    found, intake = taken(tmp_path, {"p.ipynb": stub, "p-Copy1.ipynb": stub})
    assert (found["p.ipynb"], intake) == (stub, Intake())


def test_a_tie_goes_to_a_person(tmp_path: Path) -> None:
    files = {"p (1).ipynb": book(), "p (2).ipynb": book("y = 1\n" + SOLVED)}
    (tmp_path / "submitted").mkdir()
    for name, text in files.items():
        (tmp_path / "submitted" / name).write_text(text)
        os.utime(tmp_path / "submitted" / name, (1000, 1000))
    _, intake = taken(tmp_path, {})
    assert intake.tied == ["p"]
    assert any("could be meant as well" in text for text in intake.findings)


def test_a_student_without_a_notebook_is_not_absent(tmp_path: Path) -> None:
    found, intake = taken(tmp_path, {"report.pdf": "x"})
    assert found["p.ipynb"] == ""
    assert intake.findings == ["p.ipynb was not found; the folder holds: report.pdf"]


THREE: dict[str, tuple[ReleasedCell, ...]] = {
    **RELEASED,
    "q": (
        ReleasedCell("q1", "code", "x = ...", solution=True),
        ReleasedCell("q2", "code", "x", locked=True, grade=True),
    ),
    "essay": (ReleasedCell("why", "markdown", "YOUR ANSWER HERE", solution=True, grade=True, points=3.0),),
}
ANSWER = nbformat.v4.new_markdown_cell("Because.", metadata=labels("why", solution=True, grade=True, points=3))


@pytest.mark.parametrize(
    ("files", "empty"),
    [
        ({}, []),
        ({"data.csv": "1,2"}, []),
        ({"Untitled.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[code("y = 1")]))}, ["essay", "q"]),
        ({"essay.pdf": "%PDF"}, ["essay", "q"]),
        ({"p.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[*nbformat.reads(book(), 4).cells, ANSWER]))}, ["essay"]),
    ],
)  # fmt: skip
def test_a_part_that_may_stand_elsewhere_goes_to_a_person(tmp_path: Path, files: Files, empty: list[str]) -> None:
    found, intake = taken(tmp_path, {"p.ipynb": book(), **files}, THREE)
    assert sorted(name for name, text in found.items() if not text) == [f"{name}.ipynb" for name in empty]
    assert [text.split(".ipynb was not found")[0] for text in intake.findings] == empty


def test_a_copy_with_more_work_beside_it_is_named_and_lost_points_go_to_a_person(tmp_path: Path) -> None:
    two = (*CELLS, ReleasedCell("g", "code", "def g(): ...", solution=True))
    more = nbformat.reads(book(), 4)
    more.cells += [code("def g(): return 1", labels("g", solution=True))]
    files = {"p.ipynb": book(), "p (1).ipynb": nbformat.writes(more)}
    found, intake = taken(tmp_path, files, {"p": two})
    assert found["p.ipynb"] == book()
    assert intake == Intake(["p.ipynb was graded: p (1).ipynb holds more work"], ["p"])


def test_what_an_update_has_kept_counts_where_there_is_no_other_work(tmp_path: Path) -> None:
    two = (*CELLS, ReleasedCell("g", "code", "def g(): ...", solution=True))
    old = nbformat.reads(book(), 4)
    old.cells += [code("def g(): # the stub of an earlier release", labels("g", solution=True))]
    files = {"p.ipynb": book(), "p.before-update.ipynb": nbformat.writes(old)}
    assert taken(tmp_path / "both", files, {"p": two}) == (files, Intake())
    found, intake = taken(tmp_path / "lost", {**files, "p.ipynb": book(CELLS[0].source)}, {"p": two})
    assert found["p.ipynb"] == files["p.before-update.ipynb"]
    assert intake == Intake(["p.ipynb has no work in it: p.before-update.ipynb was taken for it"])


def test_names_that_are_no_text_are_taken_in(tmp_path: Path) -> None:
    (tmp_path / "submitted").mkdir()
    for name in (b"p_M\xfcller.ipynb", b"L\xf6sung.pdf"):
        Path(os.fsdecode(os.fsencode(tmp_path / "submitted" / "x")[:-1] + name)).write_text(book())
    found, intake = taken(tmp_path, {})
    assert found["p.ipynb"] == book()
    assert intake.findings == ["p.ipynb was not handed in: p_M\ufffdller.ipynb was taken for it"]
    assert all(name.isprintable() for name in found)


def test_what_cannot_be_read_costs_nobody_else_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copyfile

    def refusing(source: Path, target: Path) -> None:
        if source.name in ("p.ipynb", "data.csv"):
            raise PermissionError(13, "Permission denied")
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", refusing)  # root may read everything
    found, intake = taken(tmp_path, {"p.ipynb": book(), "data.csv": "1", "notes.csv": "2", "timestamp.txt/a": "x"})
    assert (found["p.ipynb"], "data.csv" in found, found["notes.csv"]) == ("", False, "2")
    assert intake.findings == [
        "data.csv could not be read (Permission denied) and was left out",
        "p.ipynb could not be read (Permission denied) and was left out",
        "timestamp.txt was a folder and was left out",
    ]


def test_another_notebook_beside_it_is_not_taken_for_it(tmp_path: Path) -> None:
    other = nbformat.writes(nbformat.v4.new_notebook(cells=[code("x = 1")]))
    found, intake = taken(tmp_path, {"p.ipynb": book(), "scratch.ipynb": other})
    assert (found["p.ipynb"], intake) == (book(), Intake())


def test_links_and_special_files_are_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    submitted = tmp_path / "submitted"
    submitted.mkdir()
    (submitted / "p.ipynb").symlink_to(secret)
    (submitted / "all").symlink_to(tmp_path)
    os.mkfifo(submitted / "pipe")
    (submitted / "q.ipynb").mkdir()
    (submitted / f"p{RECORD_SUFFIX}").mkdir()
    found, intake = taken(tmp_path, {})
    assert found == {"p.ipynb": ""}
    assert sorted(os.listdir(submitted)) == ["all", "p.ipynb", f"p{RECORD_SUFFIX}", "pipe", "q.ipynb"]
    assert [text.split(" was ")[0] for text in intake.findings if " left out" in text] == [
        "all", "p.ipynb", f"p{RECORD_SUFFIX}", "pipe", "q.ipynb",
    ]  # fmt: skip


def test_folders_within_each_other_without_end_are_left_out(tmp_path: Path) -> None:
    submitted, copy = tmp_path / "submitted", tmp_path / "taken" / "hw"
    deep = submitted
    for _ in range(1200):
        deep = deep / "d"
        deep.mkdir(parents=True)
    (submitted / "p.ipynb").write_text(book())
    try:
        take_in(submitted, copy, RELEASED)
    finally:
        subprocess.run(["rm", "-r", str(submitted / "d")], check=True)  # Python 3.11 cannot
    assert [path.name for path in copy.iterdir()] == ["p.ipynb"]
    (finding,) = Intake.beside(copy / "p.ipynb").findings
    assert finding.endswith("d/d lies too deep and was left out")


def test_what_is_handed_in_while_it_is_taken_in_is_graded_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(*given: object) -> None:
        find(*given)
        (tmp_path / "submitted" / "p.ipynb").write_text(book("def f(x):\n    return 3 * x"))

    find = autograder.grade.intake._find_notebooks
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted" / "p.ipynb").write_text(book())
    monkeypatch.setattr("autograder.grade.intake._find_notebooks", later)
    take_in(tmp_path / "submitted", tmp_path / "taken" / "hw", RELEASED)
    assert Intake.beside(tmp_path / "taken" / "hw" / "p.ipynb").digest != digest(tmp_path / "submitted")


def test_a_folder_that_is_a_link_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "fellow").mkdir()
    (tmp_path / "fellow" / "p.ipynb").write_text(book())
    (tmp_path / "submitted").symlink_to(tmp_path / "fellow")
    take_in(tmp_path / "submitted", tmp_path / "taken" / "hw", RELEASED)
    assert (tmp_path / "taken" / "hw" / "p.ipynb").read_text() == ""
    assert "the folder was a link and was left out" in Intake.beside(tmp_path / "taken" / "hw" / "p.ipynb").findings


# -- dates -----------------------------------------------------------------------------------------------------------

NOON = datetime(2026, 2, 3, 12, 0)
FORMS = (
    "2026-02-03 {24}:00", "2026-02-03 {24}", "2026-02-03 {24}:00.000000", "2026-02-03T{24}:00", "20260203T{24}:00",
    "Feb 3 2026 {24}", "3 February 2026 {24}", "2/3/2026 {24}:00", "Tue Feb 03 {24}:00 2026", "2026-02-03 {12}",
    "Feb 3 2026 {12}",
)  # fmt: skip
ZONES = {
    "": 0, " UTC": 0, " GMT": 0, " (UTC)": 0, " XYZ": 0, " +0100": 1, " +01:00": 1, " +08": 8, " -03": -3, " +5": 5,
    " +05:30": 5.5, " GMT-0500": -5, " GMT+1": 1, " UTC+01:00": 1, " EST": -5, " EST5EDT": -5, " CET": 1,
    " America/Los_Angeles": -8, " Europe/Berlin": 1,
}  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_date_is_read(form: str, zone: str) -> None:
    there = NOON + timedelta(hours=ZONES[zone])
    times = {"{24}": f"{there:%H:%M}", "{12}": f"{there:%I:%M %p}"}
    text = form
    for name, time in times.items():
        text = text.replace(name, time)
    assert read_date(text + zone) == NOON
    if not zone and "{24}" in form:
        assert parse_utc(text) == NOON


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-02-03T12:00:00Z", NOON),
        ("2026-02-03 12:00Z", NOON),
        ("2026-02-03 1:00PM+01:00", NOON),
        ("2026-02-03", datetime(2026, 2, 3)),
        ("12:00 2026-02-03", NOON),
    ],
)
def test_dates_without_a_space_or_a_time_are_read(text: str, found: datetime) -> None:
    assert read_date(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "never",
        "Monday",
        "12:00",
        "12:00 +01:00",
        "2026-13-45 99:00:00",
        "9" * 60,
        "2026-02-03 12:00:00 ../../etc/passwd",
        "2026-02-03 12:00:00 " + "x" * 100,
        "0" * 64,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


def test_a_date_is_kept_and_one_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    found, intake = taken(tmp_path, {"p.ipynb": book(), "timestamp.txt": "2026-02-03 04:00:00 America/Los_Angeles\n"})
    assert found["timestamp.txt"] == "2026-02-03 12:00:00 UTC\n"
    assert intake == Intake()
    shutil.rmtree(tmp_path / "taken")
    found, intake = taken(tmp_path, {"timestamp.txt": "yesterday"})
    assert "timestamp.txt" not in found
    assert "handed in late" in intake.findings[0]


# -- in nbgrader -----------------------------------------------------------------------------------------------------

SOURCE = nbformat.v4.new_notebook(cells=[open_cell("f", SOLVED), graded_cell("t", "assert f(1) == 2", 2)])


@pytest.fixture
def course(tmp_path: Path) -> ThrowAwayCourse:
    course = ThrowAwayCourse(tmp_path / "course")
    course.root.mkdir()
    course.release("hw", SOURCE)
    return course


def score(course: ThrowAwayCourse, student: str) -> float | None:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        return gradebook.find_submission_notebook("p", "hw", student).grades[0].auto_score


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_class_with_files_of_other_names_is_graded_and_stays_as_it_was(course: ThrowAwayCourse) -> None:
    files = {
        "ann": "p (1).ipynb",
        "bob": "Copy of p.ipynb",
        "cy": "solution.pdf",
        "dan": "p.ipynb",
        "eve": "p (2).ipynb",
        "fay": "",
        "gus": "p.ipynb",
    }
    for student, name in files.items():
        folder = course.root / "submitted" / student / "hw"
        folder.mkdir(parents=True)
        if name:
            (folder / name).write_text(book() if name.endswith("ipynb") else "x")
        (folder / "timestamp.txt").write_text("2026-02-03 12:00:00 +08")
    (course.root / "submitted" / "gus" / "hw" / "p.ipynb").write_text("{ no notebook")
    tie = course.root / "submitted" / "eve" / "hw"
    for number in (1, 2):
        (tie / f"p ({number}).ipynb").write_text(book(f"def f(x):\n    return {number}"))
        os.utime(tie / f"p ({number}).ipynb", (1000, 1000))
    before = sorted((str(path), path.read_bytes()) for path in (course.root / "submitted").rglob("*") if path.is_file())
    result = course._api().autograde("hw", "*", force=True, create=True)
    assert result["success"], result["log"]
    assert "id you forget to run" not in result["log"]
    marks = {"ann": 2.0, "bob": 2.0, "cy": None, "dan": 2.0, "eve": None, "fay": None, "gus": None}
    assert {student: score(course, student) for student in files} == marks
    reported = {one.student: one for one in collect(Course(course.root), "hw").submissions}
    assert {student: one.scores["t"] for student, one in reported.items()} == marks
    unsure = {student for student, mark in marks.items() if mark is None}
    assert {student for student, one in reported.items() if one.needs_marking} == unsure
    assert all(reported[student].findings for student in unsure)
    assert course.record("hw", "dan").all_findings == []
    assert "was taken for it" in course.record("hw", "ann").findings[0].text
    assert before == sorted(
        (str(path), path.read_bytes()) for path in (course.root / "submitted").rglob("*") if path.is_file()
    )
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        found = gradebook.find_submission("hw", "ann").timestamp
    assert found == datetime(2026, 2, 3, 4, 0, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_submission_without_its_record_is_graded_again_without_being_asked(course: ThrowAwayCourse) -> None:
    for student in ("ann", "bob"):
        course.submit("hw", student, nbformat.reads(book(), 4))
    course.run("hw", "*")
    records = {s: course.root / "autograded" / s / "hw" / f"p{RECORD_SUFFIX}" for s in ("ann", "bob")}
    records["ann"].unlink()  # as a run leaves it that was killed in the middle
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for student in records:
            gradebook.find_submission_notebook("p", "hw", student).grades[0].auto_score = 0.0
        gradebook.db.commit()
    assert course._api().autograde("hw", "*", force=False)["success"]
    assert (score(course, "ann"), score(course, "bob")) == (2.0, 0.0)
    assert records["ann"].exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_release_that_fails_leaves_the_released_notebook_as_it_was(course: ThrowAwayCourse) -> None:
    course.submit("hw", "ann", nbformat.reads(book(), 4))
    course.run("hw", "ann")
    before = (course.root / "release/hw/p.ipynb").read_bytes()
    more = nbformat.v4.new_notebook(cells=[*SOURCE.cells, graded_cell("t2", "assert f(2) == 4", 2)])
    nbformat.write(more, course.root / "source/hw/p.ipynb")
    assert not course._api().generate_assignment("hw", force=True, create=True)["success"]
    assert (course.root / "release/hw/p.ipynb").read_bytes() == before
    assert json.loads(before)["nbformat"] == 4
    nbformat.write(SOURCE, course.root / "source/hw/p.ipynb")
    course.generate("hw")
    assert not list(course.root.glob(".release-*"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_release_keeps_a_copy_of_a_notebook_in_which_somebody_has_worked(course: ThrowAwayCourse) -> None:
    path = course.root / "release/hw/p.ipynb"
    (path.parent / "old.csv").write_text("1")
    released = path.read_bytes()
    course.generate("hw")
    assert [file.name for file in path.parent.iterdir()] == ["p.ipynb"]
    worked = course.released("hw")
    worked.cells[0].source = SOLVED
    nbformat.write(worked, path)
    for _ in range(2):  # a copy stays through the next release
        course.generate("hw")
        assert path.read_bytes() == released
        (copy,) = path.parent.glob("p.work-*.ipynb")
        assert SOLVED in nbformat.read(copy, 4).cells[0].source


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_test_that_was_mended_in_the_source_alone_is_named(
    course: ThrowAwayCourse, caplog: pytest.LogCaptureFixture
) -> None:
    course.submit("hw", "ann", nbformat.reads(book(), 4))
    course.run("hw", "ann")
    assert "from the gradebook" not in caplog.text
    mended = nbformat.v4.new_notebook(cells=[SOURCE.cells[0], graded_cell("t", "assert f(1) == 3", 2)])
    nbformat.write(mended, course.root / "source/hw/p.ipynb")
    course.run("hw", "ann")
    assert "p: t in the source differs from the gradebook" in caplog.text
    assert score(course, "ann") == 2.0


class Here:
    """Workers in this process."""

    def share(self, bundle: Bundle) -> Bundle:
        return bundle

    def each(self, work: Any, shared: Bundle, tasks: "deque[Task]") -> Iterator[tuple[Any, Any]]:
        for task in tasks:
            yield task, work(shared, task)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_class_of_which_nothing_could_be_graded_is_no_success(
    course: ThrowAwayCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.root / "nbgrader_config.py").write_text(
        "from autograder.grade import configure\nc = get_config()\nconfigure(c)\n"
    )
    course.submit("hw", "ann", nbformat.reads(book(), 4))

    def ended_early(self: Grader, job: Job) -> NotebookRecord:
        record = NotebookRecord("ann", "hw", "p", "none")
        record.findings.append(Finding("examiner", "the examiner's process ended early"))
        record.cells.append(CellRecord(1, "t", mark=Mark("t", 2.0, None, "manual", Verdict(False, "could not be run"))))
        return record

    monkeypatch.setattr(Grader, "grade", ended_early)
    result = course._api().autograde("hw", "*", force=True, create=True)
    assert not result["success"]
    assert "No submission of hw has a mark" in result["log"]
    monkeypatch.chdir(course.root)
    side_by_side = Course(course.root), "hw", [], lambda _: nullcontext(Here())
    assert grade_class(*side_by_side, force=True) == 1
    assert "No submission of hw has a mark" in capsys.readouterr().out
    assert regrade_class(*side_by_side, course.root / "reports") == 1
    monkeypatch.undo()
    monkeypatch.chdir(course.root)
    assert grade_class(*side_by_side, force=True) == 0
