"""The solved notebooks are right. Where there is a browser, its tests run them and say so; here they run without one."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.release.proofs import solved_is_right

COURSE = Course.find(Path(__file__))
BROWSERS = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(any(shutil.which(name) for name in BROWSERS if name), reason="the tests of the browser run them")
@pytest.mark.parametrize("name", COURSE.assignments())
def test_the_solution_is_right_with_warnings_as_errors(name: str) -> None:
    assert solved_is_right(source_notebook(COURSE, name)) == []
