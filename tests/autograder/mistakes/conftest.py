"""A course whose bank is recorded once, and notebooks in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.course.bank import Bank, read_bank
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.mistakes.recording import prepared
from autograder.sandbox import Template, best_isolation
from autograder.wire import Channel, WireLimits

from .course import NAME, write_course

LIMITS = Limits(cell=5.0, call=2.0, grace=0.5, wall=60.0)


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return write_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def bank(course: Course) -> Bank:
    return read_bank(course, NAME)


@pytest.fixture(scope="session")
def solutions(course: Course) -> dict[str, str]:
    return Plan.of(source_notebook(course, NAME).cells).solutions


@pytest.fixture(scope="session")
def plan(course: Course) -> Plan:
    return Plan.of(source_notebook(course, NAME).cells)


@pytest.fixture(scope="session")
def knowledge_file(course: Course) -> Path:
    path = prepared(course, NAME)
    assert path is not None
    return path


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    isolation, _ = best_isolation()
    with Template(
        "autograder.runner.serve:main", isolation=isolation, preload=["autograder.runner.serve"], packages=("nbcore",)
    ) as running:
        yield running


@pytest.fixture
def notebook(template: Template, solutions: dict[str, str]) -> Iterator[Callable[..., Session]]:
    """A function that runs a notebook, solved but for the exercises given, in a fresh process, and gives the session."""
    open_: list[tuple[Session, object]] = []

    def start(**replaced: str) -> Session:
        child = template.fork({}, LIMITS)
        session = Session(Channel(child.wire, WireLimits().frame_bytes), child, LIMITS)
        open_.append((session, child))
        session.run_cell("import numpy as np")
        for code in (solutions | replaced).values():
            session.run_cell(code)
        return session

    yield start
    for session, child in open_:
        session.close()
        child.close()  # type: ignore[attr-defined]
        child.wait(5.0)  # type: ignore[attr-defined]
