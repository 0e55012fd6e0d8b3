"""A class of attackers and a few honest students, graded side by side by one `autograder grade`.

Nobody gets a point for an attack, nobody else loses one, nothing outside a submission's scratch is touched, and the run
ends in time with a record for everybody. The class is graded once; each test reads off one thing. The honest ones and
every tenth attacker are graded by `nbgrader autograde` too.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.course.paths import RECORD_SUFFIX
from autograder.engine.record import NotebookRecord
from autograder.sandbox import best_isolation

from .hostile import HOSTILE, Attack, solution_cell
from .hostile_course import (
    ASSIGNMENT,
    FELLOWS,
    POINTS,
    Watch,
    World,
    adopt_orphans,
    assignment,
    children,
    environment_state,
    gradebook_rows,
)
from .page import active_parts

CONFIG = """
from autograder.grade import configure
c = get_config()
configure(c, memory_gib=0.6, cpu_seconds=4.0, wall_seconds=7.0, processes=24, disk_mib=16, timeout=1)
"""
WALL = 7.0
# For one submission, whatever it does: the wall limit, the kill, and what a machine with other work adds.
LONGEST = 3 * WALL
# For the whole class, where all else of the tests runs beside it: a quiet machine takes a fifth.
WHOLE = 1200.0

Marks = dict[str, float | None]


@dataclass
class Class:
    """What was seen of the graded class."""

    world: World
    before: dict[str, Marks]  # of the fellows, graded without attackers
    marks: dict[str, Marks]
    seconds: float
    log: str
    status: int
    touched: list[tuple[str, str]]
    changed: dict[str, tuple[object, object]]
    rows: tuple[object, object]
    left_running: list[str]
    environment: tuple[object, object]

    def record(self, student: str) -> NotebookRecord:
        path = self.world.course / "autograded" / student / ASSIGNMENT / f"p{RECORD_SUFFIX}"
        found = NotebookRecord.read(path)
        assert found is not None
        return found


def nbgrader(world: World, *arguments: str, program: str = "nbgrader") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HOME": str(world.home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CANARY": world.token,
    }
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=world.course, env=environment, capture_output=True, text=True, errors="replace", timeout=WHOLE, check=False,
    )  # fmt: skip


def marks_of(world: World) -> dict[str, Marks]:
    with Gradebook(f"sqlite:///{world.course / 'gradebook.db'}") as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            grades = submission.notebooks[0].grades
            found[submission.student.id] = {
                grade.name: grade.score if grade.name == "why" else grade.auto_score for grade in grades
            }
        return found


def submit(world: World, student: str) -> Path:
    folder = world.course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    return folder


def prepare(world: World) -> nbformat.NotebookNode:
    (world.course / "nbgrader_config.py").write_text(CONFIG)
    source = world.course / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    nbformat.write(assignment(), source / "p.ipynb")
    done = nbgrader(world, "generate_assignment", ASSIGNMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    released = nbformat.read(world.course / "release" / ASSIGNMENT / "p.ipynb", 4)
    for student, (answer, _) in FELLOWS.items():
        notebook = nbformat.from_dict(released)
        solution_cell(notebook).source = answer
        nbformat.write(notebook, submit(world, student) / "p.ipynb")
    nbformat.write(nbformat.from_dict(released), submit(world, "ab-untouched") / "p.ipynb")
    return released


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    isolation, why = best_isolation()
    if isolation != "namespaces":
        pytest.skip(f"hostile code is not run without isolation: {why}")
    world = World(tmp_path_factory.mktemp("world"))
    released = prepare(world)
    done = nbgrader(world, "autograde", ASSIGNMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    before = marks_of(world)
    for attack in HOSTILE:
        attack.submit(released, submit(world, attack.student), world.places)

    watch = Watch()
    for path in world.secrets:
        watch.add(path, opening=True)
    for path in (world.outside, world.home, world.home / ".ipython/profile_default/startup", world.home / ".ssh", world.root,
                 world.course / "nbgrader_config.py", world.course / "source" / ASSIGNMENT,
                 *(world.course / "submitted" / student / ASSIGNMENT for student in FELLOWS)):  # fmt: skip
        watch.add(path, opening=False)
    sums, rows, state = (
        world.checksums(),
        gradebook_rows(world.course / "gradebook.db", []),
        environment_state(world.places),
    )
    watch.events()  # those of the checksums
    adopt_orphans(True)
    running = children()
    started = time.monotonic()
    done = nbgrader(world, "grade", ASSIGNMENT, "--force", "--run", "all", "--jobs", "4", program="autograder.cli")
    seconds = time.monotonic() - started
    deadline = time.monotonic() + 30.0  # workers and templates end a moment after the run
    while children() - running and time.monotonic() < deadline:
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.1)
    left = [name_of(number) for number in children() - running]
    adopt_orphans(False)
    touched = watch.events()
    after = world.checksums()
    result = Class(
        world, before, marks_of(world), seconds, done.stderr, done.returncode,
        touched=touched,
        changed={name: (sums.get(name), after.get(name)) for name in {*sums, *after} if sums.get(name) != after.get(name)},
        rows=(rows, gradebook_rows(world.course / "gradebook.db", [])),
        left_running=left,
        environment=(state, environment_state(world.places)),
    )  # fmt: skip
    watch.close()
    yield result
    world.close()


def name_of(number: int) -> str:
    with suppress(OSError):
        return f"{number}: {Path(f'/proc/{number}/cmdline').read_text()[:200]!r}"
    return str(number)


EACH = pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.name)


@EACH
def test_an_attack_earns_not_a_point_more_than_the_untouched_notebook(graded: Class, attack: Attack) -> None:
    untouched = graded.marks["ab-untouched"]
    assert not any(untouched.values())
    marks = graded.marks[attack.student]
    earned = {name: mark for name, mark in marks.items() if mark}
    if attack.solution is None and attack.damage is None:
        assert not earned
    assert not earned


@EACH
def test_an_attack_ends_in_time_with_a_record_that_says_what_was_seen(graded: Class, attack: Attack) -> None:
    record = graded.record(attack.student)
    assert record.isolation == "namespaces"
    assert record.missing_layers == ()
    assert record.wall < LONGEST
    assert set(POINTS) <= {mark.cell for mark in record.marks}
    said = "\n".join([*(f.text for f in record.all_findings), *(m.verdict.title for m in record.marks if m.verdict)])
    assert re.search(attack.seen, said), said


@pytest.mark.parametrize("student", FELLOWS)
def test_an_honest_student_keeps_every_mark(graded: Class, student: str) -> None:
    expected = {name: FELLOWS[student][1].get(name, 0.0) for name in POINTS}
    for marks in (graded.before[student], graded.marks[student]):
        assert {name: marks[name] for name in POINTS} == expected
    assert not [f for f in graded.record(student).all_findings if f.kind != "mark"]


def test_the_run_as_a_whole_ends_well_and_in_time(graded: Class) -> None:
    assert graded.status == 0, graded.log[-3000:]
    assert graded.seconds < WHOLE
    assert set(graded.marks) == {"ab-untouched", *FELLOWS, *(attack.student for attack in HOSTILE)}


def test_nbgrader_itself_gives_attackers_the_same_marks(graded: Class) -> None:
    records = partial((graded.world.course / "autograded").glob, f"*/*/*{RECORD_SUFFIX}")
    again, started = {attack.student for attack in HOSTILE[::10]}, max(path.stat().st_mtime for path in records())
    others = ",".join(sorted({path.name for path in (graded.world.course / "submitted").iterdir()} - again))
    done = nbgrader(graded.world, "autograde", ASSIGNMENT, "--force", f"--CourseDirectory.student_id_exclude={others}")
    assert done.returncode == 0, done.stderr[-3000:]
    graded_now = {path.parts[-3] for path in records() if path.stat().st_mtime > started}
    assert graded_now == again
    marks = marks_of(graded.world)
    assert [marks[attack.student] for attack in HOSTILE] == [graded.marks[attack.student] for attack in HOSTILE]


def test_nothing_outside_was_read_or_written(graded: Class) -> None:
    assert graded.touched == []
    assert set(graded.changed) <= {"course/build/grading.lock"}
    assert graded.world.leaked() == []
    assert graded.environment[0] == graded.environment[1]
    assert not Path("/tmp/pwned").exists()
    assert not list(graded.world.outside.glob("kept-*"))


def test_the_gradebook_has_no_row_that_an_attacker_wrote(graded: Class) -> None:
    assert graded.rows[0] == graded.rows[1]


def test_nothing_was_connected_to(graded: Class) -> None:
    assert graded.world.connections() == []


def test_no_process_is_left(graded: Class) -> None:
    assert graded.left_running == []
    course = str(graded.world.course)
    names = {path.parent.name: path.read_bytes().decode(errors="replace") for path in processes()}
    assert not [number for number, name in names.items() if course in name]


def processes() -> Iterator[Path]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            path.read_bytes()
            yield path


def test_the_page_reader_sees_what_is_active() -> None:
    for text in (
        "<script>evil()</script>",
        "<img src=x onerror=evil()>",
        "<a href='javascript:evil()'>",
        r"<p>$\href{x}{y}$</p>",
    ):
        assert len(active_parts(text)) == 1
    assert active_parts("<pre>&lt;script&gt;evil()&lt;/script&gt; \\href</pre><p>evil</p>") == []


def test_the_feedback_of_the_class_runs_nothing_and_shows_no_test(graded: Class) -> None:
    some = [
        "x-script-in-outputs-and-answers",
        "x-hidden-test-printed",
        "x-inputs-kept-for-a-fellow-student",
        "zz-honest",
    ]
    for student in some:
        done = nbgrader(graded.world, "generate_feedback", ASSIGNMENT, "--student", student)
        assert done.returncode == 0, done.stderr[-2000:]
        shown = (graded.world.course / "feedback" / student / ASSIGNMENT / "p.html").read_text()
        assert active_parts(shown) == []
        assert "_secret" not in shown.replace("_secret&#39;", "")
        assert "HIDDEN TESTS" not in shown


def test_the_watches_see_what_they_watch(tmp_path: Path) -> None:
    world, watch = World(tmp_path / "world"), Watch()
    try:
        for path in world.secrets:
            watch.add(path, opening=True)
        before = world.checksums()
        assert watch.events()
        assert not world.connections()
        assert world.secrets[0].read_text().strip() == world.token
        assert [path for path, _ in watch.events()][:1] == [str(world.secrets[0])]
        (world.home / "new").touch()
        assert world.checksums() != before
        import socket

        with socket.create_connection(world.tcp.getsockname()):
            assert len(world.connections()) == 1
        (world.course / "autograded").mkdir()
        (world.course / "autograded" / "p.ipynb").write_text(world.token)
        assert len(world.leaked()) == 1
    finally:
        watch.close()
        world.close()


@pytest.mark.parametrize("number", range(1, 49))
def test_every_known_technique_is_among_the_attacks(number: int) -> None:
    assert [attack.name for attack in HOSTILE if f"A{number}" in attack.covers]


def test_there_are_at_least_sixty_of_different_names() -> None:
    assert len({attack.student for attack in HOSTILE}) == len(HOSTILE) >= 60
