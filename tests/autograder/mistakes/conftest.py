"""A course whose bank is recorded once, and notebooks in processes of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.bank import Bank, read_bank
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.examiner.session import Session
from autograder.mistakes.recording import prepared

from .course import NAME, write_course


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
def recording_file(course: Course) -> Path:
    path = prepared(course, NAME)
    assert path is not None
    return path


@pytest.fixture
def notebook(new_session: Callable[[], Session], solutions: dict[str, str]) -> Callable[..., Session]:
    """A function that runs a notebook, solved but for the exercises given, in a fresh process, and gives the session."""

    def start(**replaced: str) -> Session:
        session = new_session()
        session.run_cell("import numpy as np")
        for code in (solutions | replaced).values():
            session.run_cell(code)
        return session

    return start
