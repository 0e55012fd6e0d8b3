"""Fixtures of all tests of the autograder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from banked_course import MORE, add_bank
from small_course import write_small_course

from autograder.course.paths import Course
from autograder.engine.grader import Grader
from autograder.engine.record import Job
from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.sandbox import Child, Template
from autograder.wire import Channel, WireLimits

LIMITS = Limits(cell=5.0, call=2.0, grace=0.5, wall=60.0)


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """Its templates take seconds to start, so all tests that change nothing in them share it."""
    running = Grader()
    yield running
    running.close()


@pytest.fixture
def template(grader: Grader) -> Template:
    """Of processes for students' code."""
    students, _ = grader._templates(Job(()))
    return students


@pytest.fixture
def new_session(template: Template, request: pytest.FixtureRequest) -> Iterator[Callable[[], Session]]:
    """A function that starts a process and gives the session with it; all are ended after the test. A module may have
    LIMITS of its own."""
    started: list[tuple[Session, Child]] = []
    limits = getattr(request.module, "LIMITS", LIMITS)

    def start() -> Session:
        child = template.fork({}, limits)
        session = Session(Channel(child.wire, WireLimits().frame_bytes), child, limits)
        started.append((session, child))
        return session

    yield start
    for session, child in started:
        session.close()
        child.close()
        child.wait(5.0)


@pytest.fixture
def small_course(tmp_path: Path) -> Course:
    """A course directory with the assignment `01_small`, written anew for each test that wants to break it."""
    return write_small_course(tmp_path / "course")


@pytest.fixture
def banked(small_course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The small course with tests that talk to students, and a bank of four mistakes; the audit finds nothing in it."""
    add_bank(small_course)
    monkeypatch.setattr("autograder.audit.audit.MIN_MISTAKES", 3)
    monkeypatch.setattr("autograder.audit.audit.MIN_ACCEPTED", 1)
    return small_course


Change = Callable[[str, str], None]


@pytest.fixture
def in_source(banked: Course) -> Change:
    """Replaces a text of the percent file that occurs in it."""
    path = banked.percent("01_small")

    def change(old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


@pytest.fixture
def add_variant(banked: Course) -> Callable[..., None]:
    """Appends a variant to the bank."""
    path = banked.mistakes("01_small")

    def add(kind: str, name: str, code: str, data: str = "") -> None:
        path.write_text(path.read_text() + MORE.format(kind=kind, name=name, code=code.strip(), data=data))

    return add
