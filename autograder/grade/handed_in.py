"""What was handed in of an assignment with several notebooks, as far as the folders of nbgrader's steps say."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory

from .intake import plain_files

_TIMESTAMP: Final = "timestamp.txt"
_MOST: Final = 10  # files that are named


def missing(folder: CourseDirectory, student: str, assignment: str, notebooks: Iterable[str]) -> list[str]:
    """Those of the notebooks of which nothing was graded and no file is there. nbgrader gives no points for them, makes
    no page, and says nothing."""
    steps = (folder.autograded_directory, folder.submitted_directory)
    places = [Path(folder.format_path(step, student, assignment)) for step in steps]
    return [name for name in notebooks if not any((place / f"{name}.ipynb").exists() for place in places)]


def others_than(
    folder: CourseDirectory,
    student: str,
    assignment: str,
    notebook: str,
    graded: Iterable[str | None],
    put_back: Collection[str],
) -> str:
    """The files that are there in place of a notebook of which there is nothing; "" where there is something. graded:
    the names of its cells as it was graded; put_back: of those that grading adds where they are missing."""
    submitted = Path(folder.format_path(folder.submitted_directory, student, assignment))
    if any(cell not in put_back for cell in graded) or submitted.is_symlink():
        return ""
    # The name of a file may be no text.
    there = [os.fsencode(path.relative_to(submitted)).decode("utf-8", "replace") for path in plain_files(submitted)]
    if not there or f"{notebook}.ipynb" in there:
        return ""
    others = [path for path in there if path != _TIMESTAMP]
    return ", ".join(others[:_MOST]) + (", ..." if len(others) > _MOST else "") or "nothing"
