"""`autograder grade`: a class side by side, with the marks that `nbgrader autograde` gives, and with its files.

Workers return data (see `task`); this process alone writes, one submission after the other: its files, its marks in
one transaction, and last its record. A submission without a record is graded by the next run, whatever ended this one.
"""

import fcntl
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import find_all_files

from ..course.paths import RECORD_SUFFIX, Course, CourseError, write_atomically
from ..engine.record import Finding, NotebookRecord
from ..limits import Limits
from ..mistakes.recording import prepared
from . import gradebook
from .config import course_directory
from .converters import UNFINISHED, folders_of, refuse_settings, tests_changed
from .gradebook import NotebookRows, SubmissionRows, Writer
from .intake import digest
from .settings import examined
from .task import Bundle, Graded, Task, grade_submission, prove
from .workers import TRIES, Workers

_ENDED: Final = f"the grader's own process ended {TRIES} times"
_LOST: Final = f"{_ENDED} while it graded this submission: a person has to mark it"


@dataclass
class Progress:
    """What a run has come to. done: without their files. failed: by student, why."""

    total: int = 0
    done: list[Graded] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def to_mark(self) -> list[str]:
        return [graded.student for graded in self.done if graded.to_mark]

    @property
    def with_findings(self) -> list[str]:
        return [graded.student for graded in self.done if graded.warnings]

    @property
    def left(self) -> int:
        return self.total - len(self.done) - len(self.failed)


FindWorkers = Callable[[bool], AbstractContextManager[Workers]]  # gets whether they have to isolate
Watch = Callable[[Progress, Graded], None]  # hears of each submission as soon as it is written
Compare = Callable[[Path, SubmissionRows, Graded], None]  # gets what was graded before, its folder and marks, and now


class ClassRun:
    """Grades the submissions of an assignment of one course that are new or changed."""

    def __init__(self, course: Course, assignment: str, workers: FindWorkers, *, cells: str = "needed") -> None:
        """Raises CourseError where the course does not grade with the examiner, or nbgrader lacks the assignment."""
        self._course = course
        self.assignment = assignment
        self._workers = workers
        os.chdir(course.root)  # as for nbgrader, whose settings may count from there
        self._folder: CourseDirectory = course_directory(course.root)
        self._folder.assignment_id = assignment
        config = self._folder.config
        config.Examine.run = cells
        if not examined(config):
            raise CourseError("this course grades with plain nbgrader: its nbgrader_config.py needs configure(c)")
        self._autograde = Autograde(coursedir=self._folder, config=config)
        try:
            refuse_settings(self._autograde)
        except NbGraderException as error:
            raise CourseError(str(error)) from None
        self._released = gradebook.released_notebooks(self._folder.db_url, assignment)
        if not self._released:
            raise gradebook.unknown(assignment)
        self.warnings = list(tests_changed(self._folder, self._released))

    # ------------------------------------------------------------ what there is to do

    def students(self, wanted: Sequence[str] = ()) -> dict[str, Path]:
        """The folders that were handed in, by student; all if none is wanted. Raises CourseError for one that is not
        there."""
        step = self._folder.submitted_directory
        found = folders_of(self._folder, step)
        missing = [student for student in wanted if student not in found]
        if missing:
            raise CourseError(f"nothing of {self.assignment} was handed in by {', '.join(missing)}")
        if not found:
            places = self._folder.format_path(step, "*", self.assignment)
            raise CourseError(f"nothing of {self.assignment} was handed in: there is no {places}")
        return {student: found[student] for student in wanted or found}

    def is_graded(self, student: str, folder: Path) -> bool:
        """Whether what lies in this folder is what was graded last."""
        done = self._done(student)
        names = {path.stem for path in done.glob("*.ipynb")} & self._released.keys()
        known = [_handed_in(done / f"{name}{RECORD_SUFFIX}") for name in names]
        return (
            bool(known)
            and None not in known
            and set(known) <= {"", digest(folder)}
            and not self._is_newer(folder, done)
        )

    def _is_newer(self, folder: Path, done: Path) -> bool:
        """nbgrader's rule, for what was graded before digests were kept."""
        try:
            new, old = (self._folder.get_existing_timestamp(str(place)) for place in (folder, done))
        except ValueError:
            return False
        return new is not None and old is not None and new > old

    def _done(self, student: str) -> Path:
        return Path(self._folder.format_path(self._folder.autograded_directory, student, self.assignment))

    # ------------------------------------------------------------ doing it

    def grade(
        self, folders: dict[str, Path], watch: Watch, compare: Compare | None = None, *, write: bool = True
    ) -> Progress:
        """Grades these submissions and writes what comes of each; or writes nothing.

        compare: of submissions that are graded, hears what changes, before it is written. Where the mended tests leave
        all marks as they are, it hears nothing.
        """
        progress = Progress(len(folders))
        if not folders:
            return progress
        config = self._folder.config.Examine
        known = gradebook.known_of(self._folder.db_url, self.assignment)
        config.marks_alone = not write
        nothing: tuple[None, None] = (None, None)
        tasks = deque(
            Task(student, str(folder), *known.get(student, nothing), str(self._done(student)) if compare else "")
            for student, folder in folders.items()
        )
        if write:
            self._autograde.run_pre_convert_hook()
        with (
            gradebook.writing(self._folder.db_url, self._folder.course_id, self.assignment) as writer,
            self._workers(config.get("isolation") != "none") as workers,
        ):
            bundle = workers.share(self.bundle(workers))
            for task, found in workers.each(grade_submission, bundle, tasks):
                graded = found or self._set_aside(task)
                if graded.stays:
                    if write:
                        self._renew(graded)
                elif not self._stays(graded):
                    if compare is not None:
                        compare(self._done(task.student), writer.rows(task.student), graded)
                    if write and self._write(writer, graded):
                        graded = replace(graded, to_mark=True)
                if graded.error:
                    progress.failed[task.student] = graded.error
                else:
                    progress.done.append(replace(graded, files={}, rows=None))
                watch(progress, graded)
        if write:
            self._autograde.run_post_convert_hook()
        return progress

    def bundle(self, workers: Workers) -> Bundle:
        """What all submissions share. Of another course the own solution is tried before the first student, once."""
        bundle = self._bundle()
        if self._course.mistakes(self.assignment).exists():
            return bundle
        ((_, found),) = workers.each(prove, workers.share(bundle), deque(["the solution"]))
        if found is None:
            raise CourseError(f"the own solution of {self.assignment} could not be tried: {_ENDED}")
        files, said = found
        for name, data in files.items():
            write_atomically(self._course.root / name, data)
        self.warnings += said
        return replace(bundle, files=bundle.files | files)

    def _bundle(self) -> Bundle:
        files: dict[str, bytes] = {}
        for step in ("source", "release"):
            # As nbgrader writes the path: its patterns of what to ignore are compared with that.
            there = self._folder.format_path(getattr(self._folder, f"{step}_directory"), ".", self.assignment)
            beside = find_all_files(there, [*self._folder.ignore, "*.ipynb"]) if step == "source" else []
            for path in (*glob(os.path.join(there, "*.ipynb")), *beside):
                files[f"{step}/{self.assignment}/{os.path.relpath(path, there)}"] = Path(path).read_bytes()
        bank, recording = self._course.mistakes(self.assignment), None
        if bank.exists():
            files[str(bank.relative_to(self._course.root))] = bank.read_bytes()
            if not self._folder.config.Examine.get("marks_alone"):
                recording = prepared(self._course, self.assignment)
        for notebook in self._released:
            proof = self._course.proof(self.assignment, notebook)
            if proof.is_file():
                files[str(proof.relative_to(self._course.root))] = proof.read_bytes()
        return Bundle(
            self.assignment,
            str(self._course.root),
            self._folder.config,
            gradebook.release_alone(self._folder.db_url, self.assignment),
            files,
            recording.read_bytes() if recording else None,
        )

    def _stays(self, graded: Graded) -> bool:
        """Whether grading failed, for want of room or of processes, where something was graded before: that stays."""
        before = (path.name for path in self._done(graded.student).glob("*"))
        return bool(graded.error) and not _whole(graded.files) and _whole(before)

    def _write(self, writer: Writer, graded: Graded) -> bool:
        """The record last: without it the submission counts as not graded. Says whether a mark that a person gave is
        for another answer than this."""
        outdated = False
        done = self._done(graded.student)
        same = dict(_same_answers(done, graded))
        if done.exists():
            _make_writable(done)
            shutil.rmtree(done)
        records = [name for name in graded.files if name.endswith(RECORD_SUFFIX)]
        for name in sorted(graded.files.keys() - records):
            path = done / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(graded.files[name])
        if graded.rows is not None:
            outdated = writer.write(graded.student, graded.rows, same)
            for notebook in writer.may_be_late(graded.student):
                self._assign_penalty(graded.student, notebook)
        for name in records:
            write_atomically(done / name, graded.files[name])
        if graded.files:
            self._autograde.set_permissions(self.assignment, graded.student)
        return outdated

    def _renew(self, graded: Graded) -> None:
        """Files that say what they said, and with which tests: the record last here too."""
        done = self._done(graded.student)
        _make_writable(done)
        for name in sorted(graded.files, key=lambda name: name.endswith(RECORD_SUFFIX)):
            write_atomically(done / name, graded.files[name])
        self._autograde.set_permissions(self.assignment, graded.student)

    def _assign_penalty(self, student: str, notebook: str) -> None:
        """By nbgrader's step, which knows the marks that a person gave."""
        where = {
            "student": student,
            "assignment": self.assignment,
            "notebook": notebook,
            "db_url": self._folder.db_url,
        }
        if any("AssignLatePenalties" in str(step) for step in self._autograde.autograde_preprocessors):
            step = AssignLatePenalties(config=self._folder.config)
            step.preprocess(nbformat.v4.new_notebook(), {"nbgrader": where})

    def _set_aside(self, task: Task) -> Graded:
        """All points to a person, with a record, so that the next run does not try it again."""
        files, rows = {}, {}
        handed_in = digest(Path(task.folder))
        for name, cells in self._released.items():
            record = NotebookRecord(task.student, self.assignment, name, "none", limits=Limits(), handed_in=handed_in)
            record.findings.append(Finding("examiner", _LOST))
            files[f"{name}{RECORD_SUFFIX}"] = record.encoded()
            files[f"{name}.ipynb"] = nbformat.writes(_empty(cells)).encode()
            rows[name] = NotebookRows({cell.name: (None, True) for cell in cells if cell.grade or cell.task})
        return Graded(task.student, files, SubmissionRows(task.timestamp, rows), error=_LOST)


def _same_answers(done: Path, graded: Graded) -> Iterator[tuple[str, set[str]]]:
    """By notebook, the cells of which a person may have marked this very answer."""
    for notebook in graded.rows.notebooks if graded.rows else ():
        name = f"{notebook}{RECORD_SUFFIX}"
        before = NotebookRecord.read(done / name)
        record = NotebookRecord.decoded(graded.files.get(name, b"")) if before is not None else None
        if record is not None:
            yield notebook, record.same_answers(before)


def _whole(names: Iterable[str]) -> bool:
    """Whether a record is among the files of a graded submission, and so all of it."""
    return any(name.endswith(RECORD_SUFFIX) and not name.endswith(UNFINISHED) for name in names)


def _handed_in(record: Path) -> str | None:
    """The digest of what a record is about; None where there is no whole record."""
    try:
        return str(json.loads(record.read_bytes()).get("handed_in", ""))
    except (OSError, ValueError, AttributeError):
        return None


def _empty(cells: Any) -> Any:
    """A notebook of the released cells, for a person to look at."""
    made = nbformat.v4.new_notebook()
    for cell in cells:
        new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        made.cells.append(new(cell.source, metadata={"nbgrader": cell.flags()}))
    return made


def _make_writable(folder: Path) -> None:
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Two runs would grade the same submissions twice. Raises CourseError where another one is under way."""
    path = course.root / "build" / "grading.lock"
    path.parent.mkdir(exist_ok=True)
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError("another run of autograder grade is at work in this course: wait for its end") from None
        yield
