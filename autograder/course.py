"""nbgrader's settings for a course directory laid out as this one is.

`nbgrader_config.py` calls `configure_course`. What nbgrader would release or delete by its defaults, and must not, is
closed here.
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .grade import configure as configure_grading
from .paths import Course

# The text that students find in place of a solution.
STUB = '# YOUR CODE HERE\nraise NotImplementedError("not written yet: replace this line")'
WRITTEN_STUB = "YOUR ANSWER HERE"
NO_ASSIGNMENTS = {"misconceptions", "helpers"}  # folders beside the sources: known mistakes, what hidden tests share


def configure_course(config: Any, root: str) -> None:
    """Sets the source step to `solutions/` and the release step to `notebooks/` in nbgrader's configuration."""
    course = Course(Path(root))
    configure_grading(config)
    config.CourseDirectory.source_directory = course.solutions.name
    config.CourseDirectory.release_directory = course.notebooks.name
    # With the pattern "*" nbgrader makes room by deleting the whole folder of an assignment, README and data included.
    # With any other pattern it deletes the notebooks that it is about to write, and no more.
    config.CourseDirectory.notebook_id = "[!.]*"
    # The notebooks are committed, so they are always there: without this nbgrader would skip every assignment.
    config.GenerateAssignment.force = True
    # nbgrader releases every file that lies beside the source notebook. Only the folder `data` is meant for students.
    beside_source = os.path.join(root, course.solutions.name, ".", "*")
    config.CourseDirectory.ignore = [
        *config.CourseDirectory.ignore,
        *(os.path.join(beside_source, pattern) for pattern in everything_but("data")),
    ]
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = WRITTEN_STUB
    _list_no_bank()
    _refresh(course)


def everything_but(name: str) -> list[str]:
    """Glob patterns that together match every file name except one."""
    shorter = [name[:n] for n in range(1, len(name))]
    other_letter = [f"{name[:n]}[!{letter}]*" for n, letter in enumerate(name)]
    return [".*", *shorter, *other_letter, f"{name}?*"]


def _list_no_bank() -> None:
    """Formgrader takes every folder of the source step for an assignment; nbgrader has no setting for it."""
    from nbgrader.apps import NbGraderAPI

    listed: Callable[[Any], set[str]] = NbGraderAPI.get_source_assignments
    if getattr(listed, "without_bank", False):
        return

    @functools.wraps(listed)
    def get_source_assignments(api: Any) -> set[str]:
        return listed(api) - NO_ASSIGNMENTS

    get_source_assignments.without_bank = True  # type: ignore[attr-defined]
    NbGraderAPI.get_source_assignments = get_source_assignments


def _refresh(course: Course) -> None:
    if not course.solutions.is_dir():
        return
    # jupytext is imported only where there is something to build.
    from .build import refresh_sources

    for problem in refresh_sources(course):
        print(f"autograder: the source notebook could not be made. {problem}", file=sys.stderr)
