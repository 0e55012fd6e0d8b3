"""What was handed in of an assignment with several notebooks, as far as the folders of nbgrader's steps say."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory

from .intake import plain_files

_TIMESTAMP: Final = "timestamp.txt"


def missing(folder: CourseDirectory, student: str, assignment: str, notebooks: Iterable[str]) -> list[str]:
    """Those of the notebooks of which nothing was graded and no file is there. nbgrader gives no points for them, makes
    no page, and says nothing."""
    steps = (folder.autograded_directory, folder.submitted_directory)
    places = [Path(folder.format_path(step, student, assignment)) for step in steps]
    return [name for name in notebooks if not any((place / f"{name}.ipynb").exists() for place in places)]


def nothing_of(
    folder: CourseDirectory,
    student: str,
    assignment: str,
    notebook: str,
    graded: Iterable[str | None],
    put_back: Collection[str],
) -> str:
    """What to say of a notebook of which there is no file, nor anything in another file; "" for others. graded: the
    names of its cells as it was graded; put_back: of those that grading adds where they are missing."""
    submitted = Path(folder.format_path(folder.submitted_directory, student, assignment))
    there = [path.relative_to(submitted).as_posix() for path in plain_files(submitted)]
    name = f"{notebook}.ipynb"
    if not there or name in there or any(cell not in put_back for cell in graded):
        return ""
    others = ", ".join(path for path in there if path != _TIMESTAMP) or "nothing"
    return f"{name} was not found in what you handed in. The files found are: {others}."
