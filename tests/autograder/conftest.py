"""Fixtures of all tests of the autograder."""

from pathlib import Path

import pytest
from small_course import write_small_course

from autograder.course.paths import Course


@pytest.fixture
def small_course(tmp_path: Path) -> Course:
    """A course directory with the assignment `01_small`, written anew for each test that wants to break it."""
    return write_small_course(tmp_path / "course")
