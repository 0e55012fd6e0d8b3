"""Where the tests of this folder run nbgrader."""

from collections.abc import Iterator
from contextlib import chdir

import pytest


@pytest.fixture(scope="package", autouse=True)
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In the folder that holds the courses of all tests: a grader hides the folder that it was started from, and is kept
    for the next course that is graded from there."""
    with chdir(tmp_path_factory.getbasetemp()):
        yield


@pytest.fixture(autouse=True)
def same_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader's validator leaves two variables behind where it raises, by which checks know that they are graded."""
    for name in ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
