"""What nbgrader's two converters do otherwise here. It has no setting for any of this, so their methods are wrapped.

- `autograde` grades copies of what was handed in (see `intake`), and grades a submission again that an earlier run,
  killed in the middle, has left without its record.
- `generate_assignment` writes beside the released notebooks and replaces them when all went well.
"""

import functools
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any, Final

from nbgrader.converters import Autograde, GenerateAssignment

from ..course.paths import RECORD_SUFFIX
from . import gradebook
from .intake import take_in

UNFINISHED: Final = f".unfinished{RECORD_SUFFIX}"  # of a record whose submission is not done yet


def install() -> None:
    """Wraps the methods, once a process."""
    for owner, name, wrapper in (
        (Autograde, "start", _grade_copies),
        (Autograde, "init_destination", _grade_what_was_left),
        (Autograde, "convert_single_notebook", _finish_record),
        (GenerateAssignment, "start", _write_beside),
    ):
        inner = getattr(owner, name)
        if not hasattr(inner, "autograder"):
            wrapped = functools.wraps(inner)(functools.partial(wrapper, inner))
            setattr(owner, name, _method(wrapped))


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return function(self, *arguments, **options)

    method.autograder = True  # type: ignore[attr-defined]
    return method


# ---------------------------------------------------------------- autograde


def _grade_copies(start: Callable[[Any], None], self: Autograde) -> None:
    coursedir = self.coursedir
    submitted, assignment = coursedir.submitted_directory, coursedir.assignment_id
    folders = [Path(found) for found in glob(self._format_source(assignment, coursedir.student_id))]
    released = gradebook.released_notebooks(coursedir.db_url, assignment)
    with tempfile.TemporaryDirectory(prefix="submitted-") as taken_in:
        coursedir.submitted_directory = taken_in
        try:
            for folder in folders:
                student = _student(submitted, self, folder)
                if student is not None and folder.is_dir():
                    take_in(folder, Path(coursedir.format_path(taken_in, student, assignment)), released)
            start(self)
        finally:
            coursedir.submitted_directory = submitted


def _student(submitted: str, self: Autograde, folder: Path) -> str | None:
    """The id of the student whose folder this is."""
    pattern = self.coursedir.format_path(submitted, "(?P<student>.*)", self.coursedir.assignment_id, escape=True)
    match = re.fullmatch(pattern, str(folder))
    return match["student"] if match else None


def _grade_what_was_left(
    init_destination: Callable[[Any, str, str], bool], self: Autograde, assignment: str, student: str
) -> bool:
    records = [_record(self, assignment, student, notebook) for notebook in self.notebooks]
    wanted = init_destination(self, assignment, student)
    if not wanted and not all(record.exists() for record in records) and student not in _excluded(self):
        self.log.warning("%s: an earlier run has not finished this submission, so it is graded again", student)
        wanted = True
    if wanted:
        for record in records:
            record.unlink(missing_ok=True)
    return wanted


def _excluded(self: Autograde) -> list[str]:
    return (self.coursedir.student_id_exclude or "").split(",")


def _record(self: Autograde, assignment: str, student: str, notebook: str) -> Path:
    folder = self.coursedir.format_path(self.coursedir.autograded_directory, student, assignment)
    return Path(folder) / f"{Path(notebook).stem}{RECORD_SUFFIX}"


def _finish_record(convert: Callable[[Any, str], None], self: Autograde, notebook: str) -> None:
    """The record gets its name when the marks are saved and the graded notebook is written."""
    convert(self, notebook)
    folder = Path(self.writer.build_directory)
    unfinished = folder / f"{Path(notebook).stem}{UNFINISHED}"
    if unfinished.exists():
        unfinished.replace(folder / f"{Path(notebook).stem}{RECORD_SUFFIX}")


# ---------------------------------------------------------------- generate_assignment


def _write_beside(start: Callable[[Any], None], self: GenerateAssignment) -> None:
    coursedir = self.coursedir
    release, whole = coursedir.release_directory, coursedir.notebook_id == "*"
    there = Path(coursedir.format_path(release, ".", coursedir.assignment_id))
    if not (self.force and there.exists()):
        start(self)
        return
    with tempfile.TemporaryDirectory(prefix=".release-", dir=coursedir.root) as beside:
        coursedir.release_directory = os.path.basename(beside)
        try:
            start(self)
        finally:
            coursedir.release_directory = release
        made = Path(coursedir.format_path(os.path.basename(beside), ".", coursedir.assignment_id))
        if whole:  # nbgrader's rule: all that lay there goes
            shutil.rmtree(there)
        for file in [file for file in made.rglob("*") if file.is_file()]:
            target = there / file.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
