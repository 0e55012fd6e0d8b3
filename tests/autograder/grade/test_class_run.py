"""`autograder grade` gives a class what `nbgrader autograde` gives it, whatever ends it in the middle."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import nbformat
import pytest
from distributed import Client
from nbgrader.api import Gradebook
from pebble import ProcessExpired, ProcessPool
from traitlets.config import Config

from autograder import cli
from autograder.course.paths import RECORD_SUFFIX, Course, CourseError
from autograder.engine.record import NotebookRecord
from autograder.grade.cluster import ClusterWorkers, cluster_workers
from autograder.grade.converters import UNFINISHED
from autograder.grade.gradebook import NotebookRows, SubmissionRows, marks_of, standings, writing
from autograder.grade.intake import digest
from autograder.grade.regrade import Change, kept, write_table
from autograder.grade.run import ClassRun, alone
from autograder.grade.task import Bundle, Graded, Task
from autograder.grade.workers import TRIES, each, local_workers

from .class_of_ten import CLASS, grade, make, marks

pytestmark = pytest.mark.slow  # a class is graded
VOLATILE = {"seconds", "cpu", "wall", "memory", "students_own_seconds"}


def plainly(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "hw"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


def steady(data: Any) -> Any:
    """Without what differs from run to run."""
    if isinstance(data, dict):
        return {key: steady(value) for key, value in data.items() if key not in VOLATILE}
    return [steady(value) for value in data] if isinstance(data, list) else data


def files(root: Path) -> dict[str, Any]:
    found = {}
    for path in sorted((root / "autograded").rglob("*")):
        if path.is_file():
            text = path.read_text()
            shown = steady(json.loads(text)) if path.suffix in (".ipynb", ".json") else text
            found[str(path.relative_to(root))] = (oct(path.stat().st_mode), shown)
    return found


def begin(root: Path, module: str, *arguments: str) -> subprocess.Popen[str]:
    """A command that is not waited for, as a terminal begins it: with a group of its own, and heeding Ctrl-C. What a
    shell begins in the background, such as these tests, ignores that, and so would the command."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)


def records(root: Path) -> dict[str, tuple[int, int]]:
    """Of those that are there: which file it is, and when it was written."""
    found = {path: path.stat() for path in (root / "autograded").glob(f"*/*/*{RECORD_SUFFIX}")}
    return {path.parts[-3]: (state.st_ino, state.st_mtime_ns) for path, state in found.items()}


def reached(root: Path, count: int) -> bool:
    """Whether so many are graded."""
    return len(records(root)) >= count


def wait_for(there: Callable[[], Any], run: subprocess.Popen[str]) -> Any:
    """What is there as soon as it is, while a command runs."""
    while run.poll() is None:
        if found := there():
            return found
        time.sleep(0.02)
    raise AssertionError(run.communicate()[0])


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("course") / "c").root


@pytest.fixture
def copy(course: Path, tmp_path: Path) -> Path:
    """A course in which nothing is graded yet."""
    return Path(shutil.copytree(course, tmp_path / "c"))


@pytest.fixture(scope="module")
def plain(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as `nbgrader autograde` grades it."""
    root = Path(shutil.copytree(course, tmp_path_factory.mktemp("plain") / "c"))
    plainly(root)
    return root


@pytest.fixture(scope="module")
def ours(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class as `autograder grade` grades it."""
    root = Path(shutil.copytree(course, tmp_path_factory.mktemp("ours") / "c"))
    done = grade(root, "--jobs", "3", "--run", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hw: 10 graded in" in done.stdout
    return root


def test_marks_comments_dates_and_penalties_are_those_of_nbgrader(plain: Path, ours: Path) -> None:
    assert marks(ours) == marks(plain)
    found = {student: (late, score) for student, cell, score, _, _, late, *_ in marks(ours) if cell == "t1"}
    assert found["fay"] == (5.0, 2.0)  # late: all points
    assert found["hal"] == (None, 2.0)  # as late, with an extension
    assert found["bob"] == (None, 0.0)


def test_files_records_and_rights_are_those_of_nbgrader(plain: Path, ours: Path) -> None:
    assert files(ours) == files(plain)
    assert "autograded/ann/hw/table.csv" in files(ours)


def test_nbgrader_may_grade_others_at_the_same_time(copy: Path, plain: Path) -> None:
    begun = [
        begin(copy, "autograder.cli", "grade", "hw", "--run", "all", "--jobs", "1", "--students", "ann", "bob", "cy"),
        begin(copy, "nbgrader", "autograde", "hw", "--student=[d-k]*"),
    ]
    for run in begun:
        said, _ = run.communicate(timeout=300)
        assert run.returncode == 0, said
    assert marks(copy) == marks(plain)
    assert files(copy) == files(plain)


def test_the_others_are_untouched(course: Path, ours: Path) -> None:
    for step in ("submitted", "source", "release"):
        before, after = (
            {path.relative_to(root): path.read_bytes() for path in (root / step).rglob("*") if path.is_file()}
            for root in (course, ours)
        )
        assert before == after


def test_cells_without_marks_are_left_out_unless_an_answer_uses_them(copy: Path, plain: Path) -> None:
    done = grade(copy, "--students", "ann", "dan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row for row in marks(plain) if row[0] in ("ann", "dan")] == [r for r in marks(copy) if r[0] != "hal"]
    shown = {
        student: nbformat.read(copy / "autograded" / student / "hw" / "p.ipynb", 4).cells[1].outputs[0].text
        for student in ("ann", "dan")
    }
    assert shown == {
        "ann": "This cell was not run when the notebook was graded: no mark depends on it.\n",
        "dan": "an experiment 6\n",
    }


def test_only_what_is_new_or_changed_is_graded(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    assert re.search(r"hw: 0 graded in \d+ s, 10 had not changed", grade(root).stdout)
    notebook = root / "submitted" / "bob" / "hw" / "p.ipynb"
    notebook.write_text(notebook.read_text().replace("return x + 1", "return x + x"))
    (root / "autograded" / "gus" / "hw" / f"p{RECORD_SUFFIX}").unlink()
    done = grade(root, "--verbose")
    assert {line.partition(":")[0] for line in done.stdout.splitlines() if " s" in line} >= {"bob", "gus"}
    assert "hw: 2 graded in" in done.stdout
    assert "8 had not changed" in done.stdout
    changed = {row[:3] for row in marks(root)} - {row[:3] for row in marks(ours)}
    assert changed == {("bob", "t1", 2.0), ("bob", "t2", 3.0)}


def test_an_unchanged_class_starts_no_worker(
    ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(shutil.copytree(ours, tmp_path / "c")))
    started: list[object] = []
    monkeypatch.setattr(forkserver, "ensure_running", lambda: started.append("server"))
    monkeypatch.setattr(ProcessPool, "schedule", lambda *task, **_: started.append(task))
    assert cli.main(["grade", "hw", "--run", "all"]) == 0
    assert "10 had not changed" in capsys.readouterr().out
    assert started == []


def test_workers_start_at_once_where_somebody_has_no_graded_work(tmp_path: Path) -> None:
    def new(*students: str) -> bool:
        return cli._is_new(Course(tmp_path), "hw", students)

    assert not new()
    for place in ("submitted/ann/hw", "submitted/bob/hw", "submitted/cy/other", "autograded/ann/hw"):
        (tmp_path / place).mkdir(parents=True)
    assert new()
    assert new("bob")
    assert not new("ann")
    assert not new("cy", "zoe")


def test_what_nbgrader_has_graded_has_not_changed(plain: Path, tmp_path: Path) -> None:
    assert "0 graded in" in grade(Path(shutil.copytree(plain, tmp_path / "c"))).stdout


def test_marks_that_a_person_gave_stay(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        for name, points in (("why", 3.5), ("t1", 1.0)):
            row = gradebook.find_grade(name, "p", "hw", "bob")
            row.manual_score, row.needs_manual_grade = points, False
        gradebook.db.commit()
    assert grade(root, "--force", "--students", "bob").returncode == 0
    found = {cell: manual for student, cell, _, manual, *_ in marks(root) if student == "bob"}
    assert found == {"t1": 1.0, "t2": None, "why": 3.5}


@pytest.mark.parametrize("command", ["autograder.cli grade", "nbgrader autograde"])
def test_a_mark_that_a_person_gave_is_for_the_answer_that_it_was_given_for(
    ours: Path, tmp_path: Path, command: str
) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    url = f"sqlite:///{root}/gradebook.db"
    with Gradebook(url) as gradebook:
        for student, name in (("bob", "why"), ("fay", "why"), ("fay", "t1")):
            row = gradebook.find_grade(name, "p", "hw", student)
            row.manual_score, row.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    work = root / "submitted" / "fay" / "hw" / "p.ipynb"
    notebook = nbformat.read(work, as_version=4)
    notebook.cells[-1].source = "Because."
    nbformat.write(notebook, work)
    module, step = command.split()
    done = subprocess.run(
        [sys.executable, "-m", module, step, "hw", "--force"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

    def to_mark(student: str) -> set[str]:
        return {name for name, mark in marks_of(url, "p", "hw", student).marks.items() if mark.unmarked}

    assert to_mark("bob") == set()
    assert to_mark("fay") == {"why"}  # what counts for t1 is the same code
    assert marks_of(url, "p", "hw", "bob").marks["why"].score == 1.5
    assert marks_of(url, "p", "hw", "fay").marks["why"].score == 0.0  # no points yet for the new answer
    _, students = standings(url, "hw")
    assert {name: students[name].unmarked for name in ("bob", "fay")} == {"bob": False, "fay": True}
    again = subprocess.run(
        [sys.executable, "-m", module, step, "hw", "--force"], cwd=root, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert (to_mark("bob"), to_mark("fay")) == (set(), {"why"})  # nobody has looked
    if module == "autograder.cli":
        assert re.search(
            r"^A person has to decide on tests or changed answers of: .*\bfay\b", done.stdout, re.MULTILINE
        )
        assert not re.search(
            r"^A person has to decide on tests or changed answers of: .*\bbob\b", done.stdout, re.MULTILINE
        )
        assert re.search(r"^With findings: .*\bkim\b", done.stdout, re.MULTILINE)


def test_what_is_not_released_is_said_before_a_class_is_graded_again(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    path = root / "source" / "hw" / "p.ipynb"
    path.write_text(path.read_text().replace("assert f(-4) == -8", "assert f(-4) == -3"))
    done = grade(root, "--dry-run", command="regrade")
    assert done.returncode != 0
    assert "t2 in the source differs from the gradebook" in done.stdout + done.stderr
    assert "nbgrader generate_assignment hw --force" in done.stdout + done.stderr
    notebook = nbformat.read(path, as_version=4)
    more = nbformat.from_dict(notebook.cells[2])
    more.metadata.nbgrader["grade_id"], more["id"] = "t3", "another"
    notebook.cells.append(more)
    nbformat.write(notebook, path)
    done = grade(root, "--dry-run", command="regrade")
    assert "p: t2, t3 in the source differ from" in done.stdout + done.stderr
    assert "nbgrader refuses to add or to remove cells" in done.stdout + done.stderr


def mend(root: Path) -> None:
    """Another test in the source, released again: bob's f(-4) is right by it, and 2 * x is wrong."""
    path = root / "source" / "hw" / "p.ipynb"
    path.write_text(path.read_text().replace("assert f(-4) == -8", "assert f(-4) == -3"))
    released(root)


def released(root: Path) -> None:
    """The source, released again."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "hw", "--force"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_mended_test_shows_whose_marks_change_before_it_changes_them(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        row = gradebook.find_grade("t2", "p", "hw", "fay")
        row.manual_score, row.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    mend(root)
    before = marks(root)
    shown = grade(root, "--dry-run", "--run", "all", command="regrade")  # as they were graded
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert marks(root) == before
    assert "No mark was written" in shown.stdout
    rows = list(csv.DictReader((root / "reports" / "hw-regraded.csv").read_text().splitlines()))
    gains = {row["student"]: (row["cell"], row["before"], row["now"]) for row in rows}
    lose, gain = ("t2", "3", "0"), ("t2", "0", "3")
    assert gains == {"ann": lose, "dan": lose, "fay": lose, "hal": lose, "bob": gain, "ida": gain}
    why = {row["student"]: row["why"] for row in rows}
    assert why["bob"].startswith("the test has changed; before: ")
    assert why["bob"].endswith("; now: passed")
    assert why["fay"].endswith("; the mark of 2.5 that a person gave stays")
    assert {row["exercise"] for row in rows} == {"t2"}
    run = begin(root, "autograder.cli", "regrade", "hw")
    wait_for(lambda: kept(Course(root).regraded("hw")), run)
    run.kill()  # as soon as it knows of a change; what it writes then is whole or not there
    run.communicate()
    applied = grade(root, command="regrade")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "6 marks of 6 of 10 students change" in applied.stdout
    assert "of them were found by an earlier run" in applied.stdout
    assert list(csv.DictReader((root / "reports" / "hw-regraded.csv").read_text().splitlines())) == rows
    if "1 is new, changed or half graded and left out" in applied.stdout:
        assert grade(root).returncode == 0
    anew = Path(shutil.copytree(root, tmp_path / "anew"))
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "hw", "--force"],
        cwd=anew, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert marks(root) == marks(anew)
    assert "0 marks of 0 of 10 students change" in grade(root, "--dry-run", command="regrade").stdout


def test_an_exercise_is_taken_out_of_the_marks(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        before = {s.student.id: (s.score, s.max_score) for s in gradebook.assignment_submissions("hw")}
        earned = {student: score for student, cell, score, *_ in marks(root) if cell == "t2"}
    path = root / "source" / "hw" / "p.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "t2"]
    assert cell.metadata.nbgrader.points == 3
    cell.metadata.nbgrader.points = 0
    nbformat.write(notebook, path)
    released(root)
    done = grade(root, command="regrade")
    assert done.returncode == 0, done.stdout + done.stderr
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        now = {s.student.id: (s.score, s.max_score) for s in gradebook.assignment_submissions("hw")}
    assert now == {student: (had - (earned[student] or 0), of - 3) for student, (had, of) in before.items()}
    rows = list(csv.DictReader((root / "reports" / "hw-regraded.csv").read_text().splitlines()))
    assert {row["why"].partition(";")[0] for row in rows} == {"the test is the same, worth 0 points now"}
    assert not Course(root).regraded("hw").exists()
    assert set(earned.values()) > {0.0, 3.0}


def test_an_extension_as_the_docs_grant_it_takes_a_penalty_back(ours: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ours, tmp_path / "c"))
    page = (Path(__file__).parents[3] / "docs" / "instructors.md").read_text(encoding="utf-8")
    (recipe,) = [text for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "grant_extension" in text]
    for old, new in (("01_activations", "hw"), ('["ann", "bob"]', '["fay"]')):
        assert old in recipe
        recipe = recipe.replace(old, new)

    def penalty() -> float:
        (found,) = {late for student, _, _, _, _, late, *_ in marks(root) if student == "fay"}
        return found

    assert penalty() == 5  # all that was earned
    subprocess.run([sys.executable, "-c", textwrap.dedent(recipe)], cwd=root, check=True, timeout=100)
    assert grade(root, "--force", "--students", "fay").returncode == 0
    assert not penalty()


def test_a_name_that_is_a_formula_is_a_text_in_the_table(tmp_path: Path) -> None:
    found = [Change("=HYPERLINK(1)", "p", "t1", 2.0, None, "@why")]
    path = write_table(found, tmp_path / "list.csv")
    assert path.read_text().splitlines()[1] == "'=HYPERLINK(1),p,t1,t1,2,-,'@why"


def processes_of(root: Path) -> list[int]:
    """Those whose command line or folder names this course: the run, its workers and templates."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str(root) in (place / "cmdline").read_bytes().decode() or os.readlink(place / "cwd") == str(root):
                found.append(int(place.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("moment", [0.5, 2.0, 4.0, 6.0])
def test_after_a_kill_the_next_run_grades_the_rest(copy: Path, plain: Path, moment: float) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", "grade", "hw", "--jobs", "2", "--run", "all"],
        cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(moment)
    run.send_signal(signal.SIGKILL)
    run.wait()
    the_next_run_grades_the_rest(copy, plain)


def test_after_ctrl_c_the_next_run_grades_the_rest(copy: Path, plain: Path) -> None:
    run = begin(copy, "autograder.cli", "grade", "hw", "--jobs", "2", "--run", "all")
    wait_for(lambda: records(copy), run)
    os.killpg(run.pid, signal.SIGINT)
    said, _ = run.communicate(timeout=300)
    assert run.returncode == 130, said
    assert "Interrupted. What was graded is kept; the same command goes on with the rest." in said
    assert "Traceback" not in said
    the_next_run_grades_the_rest(copy, plain)


def the_next_run_grades_the_rest(root: Path, plain: Path) -> None:
    """And nothing else: what was graded stays the file that it was."""
    before = records(root)
    done = grade(root, "--run", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"hw: {10 - len(before)} graded in" in done.stdout
    assert {student: known for student, known in records(root).items() if student in before} == before
    assert marks(root) == marks(plain)
    assert files(root) == files(plain)
    deadline = time.monotonic() + 60
    while processes_of(root) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(root) == []


def templates_of(root: Path, isolation: str = "") -> dict[int, int]:
    """Templates of a run in this course, each with its worker."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            command = (place / "cmdline").read_bytes()
            named = b"autograder.sandbox.template" in command and isolation.encode() in command
            if named and str(root) in os.readlink(f"/proc/{parent}/cwd"):
                found[int(place.name)] = parent
        except OSError:
            continue
    return found


def test_a_killed_worker_costs_nobody_a_mark(copy: Path, plain: Path) -> None:
    run = begin(copy, "autograder.cli", "grade", "hw", "--jobs", "2", "--run", "all")
    killed = 0
    while run.poll() is None and killed < 2:
        time.sleep(1.0)
        for worker in list(templates_of(copy).values())[:1]:
            os.kill(worker, signal.SIGKILL)
            killed += 1
    said, _ = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert marks(copy) == marks(plain)


def test_a_killed_template_costs_nobody_a_mark(copy: Path, plain: Path) -> None:
    """The sandbox's when one submission is graded, the examiner's when three are."""
    run = begin(copy, "autograder.cli", "grade", "hw", "--jobs", "1", "--run", "all")
    for count, isolation in ((1, '"isolation": "namespaces"'), (3, '"isolation": "trusted"')):
        wait_for(partial(reached, copy, count), run)
        for template in wait_for(partial(templates_of, copy, isolation), run):
            with suppress(ProcessLookupError):  # it has gone with another
                os.kill(template, signal.SIGKILL)
    said, _ = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert len(records(copy)) == 10
    assert marks(copy) == marks(plain)
    assert files(copy) == files(plain)


def fatal(tries: str, task: Task) -> Graded:
    if task.student == "eve":
        with open(tries, "a") as file:
            file.write("1")
        os._exit(7)
    return Graded(task.student)


def test_a_submission_that_ends_its_worker_three_times_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    tasks = deque(Task(student, "") for student in CLASS)
    with local_workers(2) as workers:
        found = {task.student: graded for task, graded in workers.each(fatal, str(tmp_path / "tries"), tasks)}
    assert (tmp_path / "tries").read_text() == "111"
    assert {student for student, graded in found.items() if graded is None} == {"eve"}
    assert set(found) == set(CLASS)


def whose(_: object, task: str) -> tuple[str, int]:
    return task, os.getpid()


def test_a_worker_that_is_killed_while_it_has_nothing_to_do_ends_no_run() -> None:
    with local_workers(1) as workers:
        ((_, first),) = workers.each(whose, None, deque(["a"]))
        assert first is not None
        os.kill(first[1], signal.SIGKILL)
        deadline = time.monotonic() + 60
        while workers._pool.active and time.monotonic() < deadline:
            time.sleep(0.05)
        found = dict(workers.each(whose, None, deque(["b", "c"])))
    assert {task: result[0] for task, result in found.items() if result} == {"b": "b", "c": "c"}


@pytest.mark.parametrize("times", [2, 3])
def test_what_was_out_when_the_workers_broke_is_given_out_again(times: int) -> None:
    given: list[str] = []

    def submit(task: str) -> Future[str]:
        given.append(task)
        future: Future[str] = Future()
        if given.count(task) <= times:
            future.set_exception(BrokenProcessPool("All workers expired"))
        else:
            future.set_result(task.upper())
        return future

    found = each(submit, deque(["a", "b"]), lambda: 2, ProcessExpired, TRIES)
    if times < TRIES:
        assert dict(found) == {"a": "A", "b": "B"}
    else:
        with pytest.raises(BrokenProcessPool):
            dict(found)


def test_what_is_set_aside_goes_to_a_person_and_is_not_tried_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    run = ClassRun(Course(copy), "hw", lambda _: local_workers(1))
    task = Task("eve", str(copy / "submitted" / "eve" / "hw"))
    with writing(f"sqlite:///{copy}/gradebook.db", "", "hw") as writer:
        run._write(writer, run._set_aside(task))
    assert {(cell, score, needs) for student, cell, score, _, needs, *_ in marks(copy) if student == "eve"} == {
        ("t1", None, 1),
        ("t2", None, 1),
        ("why", None, 1),
    }
    record = NotebookRecord.read(copy / "autograded" / "eve" / "hw" / f"p{RECORD_SUFFIX}")
    assert record is not None
    assert "a person has to mark it" in record.findings[0].text
    assert run.is_graded("eve", Path(task.folder))


class NoRoom:
    """Workers for whom the disk is full."""

    def share(self, bundle: Bundle) -> Bundle:
        return bundle

    def each(self, work: Any, shared: Bundle, tasks: "deque[Task]") -> Iterator[tuple[Any, Any]]:
        for task in tasks:
            rows = SubmissionRows(None, {"p": NotebookRows({"t1": (None, True)})})
            unfinished = {f"p{UNFINISHED}": b"{}"}
            yield task, ({}, []) if task == "the solution" else Graded(task.student, unfinished, rows, error="no room")


def test_where_grading_fails_what_was_graded_before_stays(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert grade(copy, "--students", "ann").returncode == 0
    monkeypatch.chdir(copy)
    before = files(copy), marks(copy)
    run = ClassRun(Course(copy), "hw", lambda _: nullcontext(NoRoom()))
    compared: list[object] = []
    progress = run.grade(run.students(["ann", "eve"]), lambda *_: None, lambda *given: compared.append(given))
    assert progress.failed == {"ann": "no room", "eve": "no room"}
    assert len(compared) == 1  # that of eve, who had nothing before
    assert run.is_graded("ann", run.students()["ann"])
    assert not run.is_graded("eve", run.students()["eve"])
    ours = [{name: data for name, data in one.items() if "eve" not in name} for one in (before[0], files(copy))]
    assert ours[0] == ours[1]
    assert [row for row in marks(copy) if row[0] == "ann"] == [row for row in before[1] if row[0] == "ann"]


def test_a_dry_run_writes_nothing_and_calls_no_hook(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    run = ClassRun(Course(copy), "hw", lambda _: nullcontext(NoRoom()))
    called: list[str] = []
    run._autograde.pre_convert_hook = lambda **_: called.append("before")
    run._autograde.post_convert_hook = lambda **_: called.append("after")
    before = marks(copy)
    run.grade(run.students(["eve"]), lambda *_: None, write=False)
    assert (called, marks(copy), (copy / "autograded").exists()) == ([], before, False)
    run.grade(run.students(["eve"]), lambda *_: None)
    assert (called, marks(copy) == before) == (["before", "after"], False)


FULL = """
set -e
mount -t tmpfs -o size=60M tmpfs {disk}
cp -r {course} {disk}/c
cd {disk}/c
mkdir -p build
dd if=/dev/zero of=filling bs=1K 2> /dev/null || true    # to the last block
for room in 8 24 64 128; do    # KiB, of which a graded notebook takes 16 or so
  truncate -s $(( $(stat -c %s filling) - room * 1024 )) filling
  {grade} >> {said} 2>&1 && echo done >> {said}
done || true
ls autograded >> {said}
rm filling
{grade}
cp -r autograded gradebook.db {out}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_said_in_one_line_and_the_next_run_grades_the_rest(
    copy: Path, plain: Path, tmp_path: Path
) -> None:
    disk, out, said = tmp_path / "disk", tmp_path / "out", tmp_path / "said"
    disk.mkdir()
    out.mkdir()
    command = f"{sys.executable} -m autograder.cli grade hw --run all"
    script = FULL.format(disk=disk, course=copy, out=out, said=said, grade=command)
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = said.read_text().splitlines()
    errors = [line for line in lines if line.startswith("autograder: ")]
    assert errors
    assert {line.partition(". ")[0] for line in errors} <= {
        "autograder: No space left on device",
        "autograder: the gradebook: database or disk is full",
    }
    assert [line for line in lines if line.startswith("Traceback")] == []
    assert marks(out) == marks(plain)
    assert files(out) == files(plain)


def test_two_runs_at_once_are_one_too_many(copy: Path) -> None:
    with alone(Course(copy)):
        done = grade(copy)
    assert done.returncode == 2
    assert "another run of autograder grade is at work in this course" in done.stderr


HOLD = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=60)
sys.stdin.readline()
database.execute("begin exclusive")
print("held", flush=True)
time.sleep(20)  # SQLite itself waits for five
open(sys.argv[2], "x").close()
database.rollback()
"""


def test_a_gradebook_that_another_program_holds_is_waited_for(copy: Path, plain: Path, tmp_path: Path) -> None:
    free = tmp_path / "free"
    hold = [sys.executable, "-c", HOLD, str(copy / "gradebook.db"), str(free)]
    with subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        run = begin(copy, "autograder.cli", "grade", "hw", "--students", "ann", "bob")
        wait_for(lambda: templates_of(copy), run)  # nothing is written yet
        other.stdin.write("now\n")
        other.stdin.flush()
        assert other.stdout.readline() == "held\n"
        assert records(copy) == {}
        said, _ = run.communicate(timeout=300)
        assert free.exists()
    assert run.returncode == 0, said
    assert [row for row in marks(copy) if row[0] != "hal"] == [row for row in marks(plain) if row[0] in ("ann", "bob")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nbgrader does not know nowhere: run nbgrader generate_assignment nowhere first"),
        (["hw", "--students", "zoe"], "nothing of hw was handed in by zoe"),
    ],
)
def test_what_is_not_there_is_said_in_words(copy: Path, arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", *arguments],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_is_refused_leaves_no_empty_gradebook(copy: Path) -> None:
    (copy / "gradebook.db").unlink()
    command = [sys.executable, "-m", "autograder.cli", "grade", "hw"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert (done.returncode, (copy / "gradebook.db").exists()) == (2, False)
    assert "nbgrader does not know hw: run nbgrader generate_assignment hw first" in done.stderr


def test_a_course_of_plain_nbgrader_is_refused_in_words(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    (copy / "nbgrader_config.py").write_text("")
    with pytest.raises(CourseError, match="grades with plain nbgrader"):
        ClassRun(Course(copy), "hw", lambda _: local_workers(1))


# ---------------------------------------------------------------- a cluster


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with two workers of one thread, which run in a folder of their own."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    usual = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    one_thread = ["--nthreads", "1", "--nworkers", "2", "--local-directory", str(folder)]
    commands = (["dask_scheduler", "--port", "0", *usual], ["dask_worker", *one_thread, *usual])
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{name}", *more], cwd=folder, stderr=subprocess.DEVNULL
        )
        for name, *more in commands
    ]
    try:
        deadline = time.monotonic() + 120
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        address = json.loads(file.read_text())["address"]
        with Client(address) as client:
            client.wait_for_workers(2, timeout=120)
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(60)


def test_a_cluster_gives_the_marks_of_nbgrader(copy: Path, plain: Path, scheduler: str) -> None:
    done = grade(copy, "--scheduler", scheduler, "--run", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert marks(copy) == marks(plain)
    assert files(copy) == files(plain)


def test_a_lost_worker_s_submissions_go_to_others(copy: Path, plain: Path, scheduler: str) -> None:
    with Client(scheduler) as client:
        pids = client.run(os.getpid)
        run = subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", "grade", "hw", "--scheduler", scheduler, "--run", "all"],
            cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while not any(client.processing().values()) and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        said, _ = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert marks(copy) == marks(plain)


def test_a_submission_that_ends_workers_is_given_up(tmp_path: Path, scheduler: str) -> None:
    def ends(_: object, task: Task) -> Graded:  # within the test, for the workers have no tests to import it from
        if task.student == "eve":
            os._exit(7)
        return Graded(task.student)

    tasks = deque(Task(student, str(tmp_path)) for student in ("ann", "eve"))
    with cluster_workers(scheduler, isolated=False) as workers:
        found = {task.student: graded for task, graded in workers.each(ends, None, tasks)}
    assert found == {"ann": Graded("ann"), "eve": None}


def test_every_worker_has_what_all_tasks_share(scheduler: str) -> None:
    with Client(scheduler) as client:
        client.amm.stop()  # it takes copies away that no task waits for
        try:
            with cluster_workers(scheduler, isolated=False) as workers:
                shared = workers.share(Bundle("hw", "/course", Config(), b"", {}))
                assert set(client.who_has([shared])[shared.key]) == set(client.nthreads())
        finally:
            client.amm.start()


class NoIsolation:
    """A client whose workers isolate as the test says."""

    def __init__(self, isolation: dict[str, str]) -> None:
        self.isolation = isolation

    def get_executor(self, **_: object) -> None:
        return None

    def wait_for_workers(self, _: int, timeout: float) -> None:
        if not self.isolation:
            raise TimeoutError

    def run(self, _: object) -> dict[str, str]:
        return self.isolation


@pytest.mark.parametrize(
    ("isolation", "isolated", "options"),
    [
        ({"a": "none", "b": "namespaces"}, True, {"workers": ["b"]}),
        ({"a": "none", "b": "namespaces"}, False, {}),
        ({"a": "namespaces", "b": "namespaces"}, True, {}),
    ],
)
def test_a_worker_that_gives_no_isolation_gets_no_work_unless_told(
    isolation: dict[str, str], isolated: bool, options: dict[str, list[str]]
) -> None:
    client: Any = NoIsolation(isolation)
    assert ClusterWorkers(client, isolated=isolated).options == options


@pytest.mark.parametrize(
    ("isolation", "said"),
    [({"a": "none"}, "none of the 1 workers isolates submissions"), ({}, "the scheduler has no workers")],
)
def test_where_nobody_may_work_it_is_said_in_words(isolation: dict[str, str], said: str) -> None:
    client: Any = NoIsolation(isolation)
    with pytest.raises(CourseError, match=said):
        ClusterWorkers(client, isolated=True)


def test_a_scheduler_that_is_not_there_is_said_in_words(copy: Path) -> None:
    done = grade(copy, "--scheduler")
    assert (done.returncode, "no scheduler: name one" in done.stderr) == (2, True)
    with (
        pytest.raises(CourseError, match="no scheduler answers at tcp://127"),
        cluster_workers("tcp://127.0.0.1:9", isolated=True, seconds=1),
    ):
        pass


def test_a_worker_that_stays_tells_runs_with_other_settings_apart() -> None:
    settings = [Config({"Examine": {"run": cells}}) for cells in ("all", "needed", "all")]
    one, other, again = (Bundle("hw", "/course", config, b"", {}).digest for config in settings)
    assert one == again != other


def test_a_task_of_any_size_and_depth_takes_bounded_memory(tmp_path: Path) -> None:
    folder = tmp_path / "ann"
    deepest = folder.joinpath(*["d"] * 100)
    deepest.mkdir(parents=True)
    (deepest / "far.txt").write_text("down")
    with open(folder / "large.ipynb", "wb") as file:
        file.truncate(1 << 40)
    (folder / "small.ipynb").write_text("{}")
    with Task("ann", str(folder)).pack().unpacked() as task:
        found = Path(task.folder)
        sizes = {path.name: path.stat().st_size for path in found.iterdir() if path.is_file()}
        assert len(list(found.rglob("d"))) < 60
        assert digest(found) == digest(folder)
    assert sizes == {"large.ipynb": 1 << 40, "small.ipynb": 2}


def test_a_task_carries_files_and_links_as_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "hw"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.csv").write_text("1,2")
    (folder / "data" / "same.csv").hardlink_to(folder / "data" / "a.csv")
    (folder / "secret").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    name = os.fsdecode(b"caf\xe9.txt")
    (folder / name).write_text("x")
    with Task("ann", str(folder)).pack().unpacked() as task:
        found = Path(task.folder)
        assert found != folder
        there = {str(path.relative_to(found)) for path in found.rglob("*")}
        assert there == {"data", "data/a.csv", "data/same.csv", "secret", name}
        assert (found / "secret").is_symlink()
        assert (found / "data" / "a.csv").read_text() == (found / "data" / "same.csv").read_text() == "1,2"
    assert not found.exists()
