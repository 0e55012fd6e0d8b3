"""Grades one submission in a worker process of `autograder grade`, on this machine or another.

nbgrader's own converter runs there, in a folder laid out as a course, on a gradebook that holds the release of the
assignment and nothing else; what it has written goes back as plain data. No worker sees the course or its gradebook.
"""

import hashlib
import io
import logging
import os
import pickle
import shutil
import tarfile
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from ..course.markup import grade_id, is_autograded
from ..course.paths import RECORD_SUFFIX, Course
from ..engine.record import NotebookRecord
from ..sandbox import scratch
from . import converters, gradebook
from .delimiters import Delimiters
from .intake import entries, plain_files, take_in, too_large
from .preprocessors import Examine

_STEPS: Final = ("source", "release", "submitted", "autograded")
_RECORDING: Final = "recording.json"
_GRADED: Final = "graded"


@dataclass(frozen=True)
class Bundle:
    """What all submissions of an assignment share: the settings, the release, the author's files.

    course: its folder, which no submission may see. files: by their paths in a course laid out as nbgrader's
    documentation has it. recording: what known mistakes give.
    """

    assignment: str
    course: str
    config: Config
    gradebook: bytes
    files: dict[str, bytes]
    recording: bytes | None = None

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(pickle.dumps([getattr(self, name.name) for name in fields(self)])).hexdigest()


@dataclass(frozen=True)
class Task:
    """One submission. timestamp and extension: what the gradebook knows of it. graded: the folder of what was graded
    before, where that may stay as it is. packed: the files of both folders, for a worker that does not see them; large:
    the sizes of those that are not in it."""

    student: str
    folder: str
    timestamp: datetime | None = None
    extension: timedelta | None = None
    graded: str = ""
    packed: bytes | None = None
    large: tuple[tuple[str, int], ...] = ()

    def pack(self) -> "Task":
        """With the files. Links stay links, as they lie there; of a file that is too large to be taken in, its size."""
        data, folder = io.BytesIO(), Path(self.folder)
        large = {self._name_of(path): path.lstat().st_size for path in too_large(plain_files(folder))}
        with tarfile.open(fileobj=data, mode="w") as archive:

            def bounded(member: tarfile.TarInfo) -> tarfile.TarInfo:
                archive.inodes.clear()  # type: ignore[attr-defined]  # a second name of a file is one like the first
                member.size = 0 if member.name in large else member.size
                return member

            for path in (folder, *entries(folder)):
                archive.add(path, arcname=self._name_of(path), recursive=False, filter=bounded)
            if self.graded:
                archive.add(self.graded, arcname=_GRADED)
        return replace(self, packed=data.getvalue(), large=tuple(large.items()))

    def _name_of(self, path: Path) -> str:
        return str("submission" / path.relative_to(self.folder))

    @contextmanager
    def unpacked(self) -> Iterator["Task"]:
        """With folders in which the files are."""
        if self.packed is None:
            yield self
            return
        with scratch.folder() as folder:
            with tarfile.open(fileobj=io.BytesIO(self.packed)) as archive:
                archive.extractall(folder, filter=_as_packed)
            for name, size in self.large:
                os.truncate(folder / name, size)  # which takes no room
            graded = str(folder / _GRADED) if self.graded else ""
            yield replace(self, folder=str(folder / "submission"), graded=graded, packed=None, large=())


def _as_packed(member: tarfile.TarInfo, _folder: str) -> tarfile.TarInfo | None:
    """Files, folders and links, which nobody follows; no devices, and no owner or rights but ours."""
    if not (member.isfile() or member.isdir() or member.issym()):
        return None
    mode = 0o700 if member.isdir() else 0o600
    return member.replace(mode=mode, uid=None, gid=None, uname=None, gname=None, deep=False)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Graded:
    """What came of a submission. files: those of its folder of graded work. limits: at which it was stopped. error: why
    there are no files, in words. to_mark: whether a person has to decide on a test, or anew on an answer. no_marks:
    whether the grader itself has failed on all that could be marked. stays: whether all marks are what they were, and
    the files are those that say more now."""

    student: str
    files: dict[str, bytes] = field(default_factory=dict)
    rows: gradebook.SubmissionRows | None = None
    warnings: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0
    to_mark: bool = False
    no_marks: bool = False
    stays: bool = False


class _Place:
    """The folder in which a worker grades the submissions of one bundle. It goes when the worker does."""

    def __init__(self, bundle: Bundle) -> None:
        converters.install()
        self.bundle = bundle
        self._kept: gradebook.Kept = {}
        scratch.sweep()
        folder, self._lock = scratch.make()
        self.root = Path(folder) / "course"
        for name, data in bundle.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.config = Config(bundle.config)
        own = self.config.CourseDirectory
        own.root = str(self.root)
        own.db_url = f"sqlite:///{self.root / 'gradebook.db'}"
        own.assignment_id = bundle.assignment
        own.directory_structure = CourseDirectory.directory_structure.default_value
        for step in _STEPS:
            own[f"{step}_directory"] = step
        for hook in ("pre_convert_hook", "post_convert_hook"):  # the one who hands out the work runs them, once
            self.config.Autograde.pop(hook, None)
        self.config.Examine.course = bundle.course
        if bundle.recording is not None:
            recording = self.root.with_name(_RECORDING)
            recording.write_bytes(bundle.recording)
            self.config.Examine.recording = str(recording)
        self.root.mkdir(exist_ok=True)
        self._fresh_gradebook()
        found = gradebook.released_notebooks(own.db_url, bundle.assignment)
        usual = Delimiters(Examine(config=self.config)).usual_cells
        self.released = {name: usual(cells) for name, cells in found.items()}

    def _fresh_gradebook(self) -> None:
        (self.root / "gradebook.db").write_bytes(self.bundle.gradebook)

    def grade(self, task: Task) -> Graded:
        started = time.monotonic()
        with task.unpacked() as unpacked:
            graded = self._kept_as_it_is(unpacked) if unpacked.graded else None
            graded = graded or self._graded(unpacked)
        return replace(graded, seconds=time.monotonic() - started)

    def _kept_as_it_is(self, task: Task) -> Graded | None:
        """Where the tests that were mended since leave all marks of a submission as they are."""
        examine = Examine(config=self.config)
        files: dict[str, bytes] = {}
        with gradebook.of_one_release(self._kept), heard():
            for name in self.released:
                kept = self._notebook_as_it_is(examine, task, name)
                if kept is None:
                    return None
                files |= kept
        return Graded(task.student, files, stays=True)

    def _notebook_as_it_is(self, examine: Examine, task: Task, name: str) -> dict[str, bytes] | None:
        done = Path(task.graded)
        record = NotebookRecord.read(done / f"{name}{RECORD_SUFFIX}")
        where = {**self._where(name), "student": task.student}
        try:
            notebook = nbformat.read(done / f"{name}.ipynb", as_version=4)
            now = examine.stays(where, notebook, record, done) if record is not None else None
        except Exception:  # of a file that was damaged since: it is graded again as a whole
            return None
        if record is None or now is None:
            return None
        if examine.marks_alone:  # nothing is written
            return {}
        tests = {cell.name: cell for cell in gradebook.released_cells(where["db_url"], name, self.bundle.assignment)}
        for cell in notebook.cells:
            test = tests.get(grade_id(cell) or "")
            if is_autograded(cell) and test is not None:
                cell.source, cell.metadata["nbgrader"]["checksum"] = test.source, test.checksum
        record.basis = now
        return {f"{name}.ipynb": nbformat.writes(notebook).encode(), f"{name}{RECORD_SUFFIX}": record.encoded()}

    def _where(self, notebook: str) -> dict[str, str]:
        db_url = self.config.CourseDirectory.db_url
        return {"db_url": db_url, "assignment": self.bundle.assignment, "notebook": notebook, "student": ""}

    def _graded(self, task: Task) -> Graded:
        self._fresh_gradebook()
        config = Config(self.config)
        config.CourseDirectory.student_id = task.student
        coursedir = CourseDirectory(config=config)
        names = coursedir.db_url, self.bundle.assignment, task.student
        if task.timestamp or task.extension:
            gradebook.begin(*names, task.timestamp, task.extension)
        copy, done = (
            Path(coursedir.format_path(step, task.student, self.bundle.assignment))
            for step in (coursedir.submitted_directory, coursedir.autograded_directory)
        )
        error = ""
        with gradebook.of_one_release(self._kept), heard() as said, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of rows that nbgrader has half made
            try:
                take_in(Path(task.folder), copy, self.released)
                converters.plain(Autograde.start)(Autograde(coursedir=coursedir, config=config))
            except NbGraderException:
                error = "\n".join(text for level, text in said if level >= logging.ERROR)
            except Exception as problem:  # of this program: the others go on
                error = "".join(traceback.format_exception(problem))
        try:
            records = self._records(done)
            tests = (mark for found in records for mark in found.marks if mark.verdict is not None)
            return Graded(
                task.student,
                {str(path.relative_to(done)): path.read_bytes() for path in done.rglob("*") if path.is_file()},
                gradebook.rows_of(*names),
                [text for level, text in said if level == logging.WARNING],
                [text for found in records for text in found.limits_hit],
                error,
                to_mark=any(mark.score is None for mark in tests),
                no_marks=bool(records) and all(map(converters.has_no_marks, records)),
            )
        finally:
            for folder in (copy.parent, done.parent):
                shutil.rmtree(folder, ignore_errors=True)

    def _records(self, done: Path) -> list[NotebookRecord]:
        found = (NotebookRecord.read(done / f"{name}{RECORD_SUFFIX}") for name in self.released)
        return [record for record in found if record is not None]

    def prove(self) -> dict[str, bytes]:
        """What comes of the author's own solution, as files of the course."""
        course = Course(self.root)
        examine = Examine(config=self.config)
        for notebook, cells in self.released.items():
            examine.proof(self._where(notebook), cells)
        found = [course.proof(self.bundle.assignment, notebook) for notebook in self.released]
        return {str(file.relative_to(self.root)): file.read_bytes() for file in found if file.is_file()}


Shared = str | Bundle  # a bundle, or the file that holds it
_places: dict[str, _Place] = {}
_one_at_a_time: Final = threading.Lock()  # nbgrader changes the folder of its process


def grade_submission(bundle: Shared, task: Task) -> Graded:
    """The marks and files of one submission."""
    with _one_at_a_time:
        return _place(bundle).grade(task)


def prove(bundle: Shared, _: str) -> tuple[dict[str, bytes], list[str]]:
    """What becomes of the author's own solution: files to keep in the course, and what has to be said."""
    with _one_at_a_time, heard() as said:
        files = _place(bundle).prove()
    return files, [text for _, text in said]


def _place(shared: Shared) -> _Place:
    bundle = _loaded(shared) if isinstance(shared, str) else shared
    if bundle.digest not in _places:
        _places[bundle.digest] = _Place(bundle)
    return _places[bundle.digest]


@cache
def _loaded(file: str) -> Bundle:
    found = pickle.loads(Path(file).read_bytes())
    assert isinstance(found, Bundle)
    return found


@contextmanager
def heard() -> Iterator[list[tuple[int, str]]]:
    """What nbgrader and the grader log meanwhile, from warnings on: (level, text)."""
    said: list[tuple[int, str]] = []
    handler: Any = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append((record.levelno, record.getMessage()))  # while its objects are there
    loggers = [logging.getLogger(name) for name in ("traitlets", "autograder")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield said
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
