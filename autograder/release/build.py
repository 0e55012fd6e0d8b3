"""The build: percent file -> nbgrader's source notebook -> the student's notebook, then the proofs.

A build writes only files that it made: a source that was changed by hand since stops it, and of a student's notebook in
which somebody has worked it keeps a copy.
"""

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from ..audit.audit import audit
from ..course.contract import departures, read_contract
from ..course.given import asking_for_changed, given_module, packed
from ..course.ladders import LadderCell
from ..course.markup import BuildError
from ..course.paths import Course, CourseError, shown, write_atomically
from ..course.percent import (
    copy_data,
    ladders,
    lines_of_cells,
    source_notebook,
    to_bytes,
    write_if_changed,
    write_source,
)
from ..course.work import WORK, has_work, keep_copy
from ..mistakes.hint_table import MAX_BYTES, hint_table, same_table, table_bytes, write_table
from ..mistakes.record import UNSTEADY, recorded
from ..mistakes.recording import Recording
from .proofs import (
    Size,
    bad_ladders,
    bad_markup,
    bad_metadata,
    bad_tags,
    idle_tests,
    leaks,
    size,
    solved_is_right,
    stub_is_wrong,
    too_long,
)

Progress = Callable[[str], None]


@dataclass
class BuildReport:
    """What the build of one assignment did and found. again: those that should be built again because of it."""

    name: str
    written: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    size: Size | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problems


def build(
    course: Course,
    name: str,
    *,
    check: bool = False,
    prove: bool = True,
    with_solved: bool = True,
    with_bank: bool = True,
    progress: Progress = print,
) -> BuildReport:
    """Builds and proves one assignment.

    With `check` the student's notebook is compared with the one that lies in the course, and not written.
    Without `prove` the two runs of the notebook are left out; the proofs that need no run are always made.
    Without `with_solved` the run of the solved notebook is left to the tests, which look at it in a browser as well.
    Without `with_bank` the variants of the bank are left to the audit, which runs them through the tests as well.
    """
    started = time.perf_counter()
    report = BuildReport(name)
    try:
        _build(
            course, report, check=check, prove=prove, with_solved=with_solved, with_bank=with_bank, progress=progress
        )
    except CourseError as error:
        report.problems.append(str(error))
    report.problems = _placed(course, name, report.problems)
    report.seconds = time.perf_counter() - started
    return report


def _placed(course: Course, name: str, problems: Sequence[str]) -> list[str]:
    """The problems, those of a cell with file and line of its header."""
    path = course.percent(name)
    try:
        lines = lines_of_cells(path) if problems else {}
    except CourseError:  # the problem itself, which has its line
        return list(problems)
    places = {f"cell {cell}: ": f"{shown(path)}:{line}, " for cell, line in lines.items()}
    return [next((at for head, at in places.items() if said.startswith(head)), "") + said for said in problems]


def build_given(course: Course, *, check: bool = False) -> BuildReport:
    """Makes `nbcore.given`, which all notebooks share, or with `check` compares it with the one there."""
    report = BuildReport("nbcore.given")
    try:
        text = given_module(course)
    except CourseError as error:
        report.problems.append(str(error))
        return report
    data = packed(text)
    if not check:
        if course.given.exists():
            report.again = asking_for_changed(course, course.given.read_bytes(), text)
        report.written += write_if_changed(course.given, data)
    elif not course.given.exists() or course.given.read_bytes() != data:
        report.problems.append(f"{course.given} is not what solutions/ gives: run `make notebooks` and commit")
    return report


def _build(
    course: Course,
    report: BuildReport,
    *,
    check: bool,
    prove: bool,
    with_solved: bool,
    with_bank: bool,
    progress: Progress,
) -> None:
    name = report.name
    progress(f"{name}: reading the source")
    climbs = ladders(course, name)
    source = source_notebook(course, name)
    report.problems += bad_metadata(source) + (bad_markup(source) or idle_tests(source)) + bad_tags(source)
    report.problems += departures(read_contract(course, name), source)
    if report.problems:
        return
    data = to_bytes(source)
    report.written += write_source(course, name, data)

    progress(f"{name}: making the student notebook")
    student_data = release_notebook(course, name, data)
    student = nbformat.reads(student_data.decode(), as_version=4)
    report.size = size(student)
    report.problems += leaks(source, student) + too_long(student) + bad_ladders(source, climbs)
    if report.problems:  # what follows takes a minute
        return
    if check:
        report.problems += _not_committed(course, name, student_data)
    else:
        report.written += _write_release(course, name, student_data)

    recording = None
    if course.mistakes(name).exists():
        progress(f"{name}: running the known mistakes")
        recording = recorded(course, name)
        report.problems += _hints(course, report, recording, source, climbs, check=check)

    if prove:
        if with_solved:
            progress(f"{name}: running the solved notebook")
            if wrong := solved_is_right(source):  # then all that follows fails as well
                report.problems += wrong
                return
        progress(f"{name}: running the untouched notebook")
        report.problems += stub_is_wrong(source)
        if with_bank and recording is not None:
            report.problems += _audit_problems(course, name, progress)


def _hints(
    course: Course,
    report: BuildReport,
    recording: Recording,
    source: nbformat.NotebookNode,
    climbs: list[LadderCell],
    *,
    check: bool,
) -> list[str]:
    """Makes the table of wrong answers that the checks compare with, and of ladders, or with `check` compares it with
    the one there."""
    path = course.hints(report.name)
    if recording.unsteady:
        return [f"cell {cell}: {UNSTEADY}" for cell in recording.unsteady]
    data = table_bytes(hint_table(recording, source.cells, climbs))
    if len(data) > MAX_BYTES:
        return [f"{path} would have {len(data)} bytes, at most {MAX_BYTES} are allowed: make the visible tests smaller"]
    if not check:
        report.written += [path] if write_table(path, data) else []
        return []
    if not path.exists() or not same_table(path.read_bytes(), data):
        return [f"{path} is not what solutions/ gives: run `make notebooks` and commit"]
    return []


def _audit_problems(course: Course, name: str, progress: Progress) -> list[str]:
    """An exercise whose tests miss a known mistake, or refuse a right answer, does not build.

    What the run shows is kept for the audit, which need not run the variants again while nothing has changed.
    """
    progress(f"{name}: running known mistakes and accepted variants through the tests")
    result = audit(course, name, with_mutants=False, with_examiner=False, anew=True)
    return list(map(str, result.findings))


def _write_release(course: Course, name: str, data: bytes) -> list[Path]:
    target = course.release_notebook(name)
    written = _keep_work(course, name, data)
    written += write_if_changed(target, data) + copy_data(course.data(name), target.parent / "data")
    write_atomically(course.released(name), _digest(data))
    return written


def _keep_work(course: Course, name: str, data: bytes) -> list[Path]:
    """A copy of the notebook that is there, if it is not as it was released: somebody has worked in it."""
    path = course.release_notebook(name)
    there = path.read_bytes() if path.exists() else data
    known = course.released(name).read_bytes() if course.released(name).exists() else None
    if there == data or known == _digest(there):
        return []
    committed = _in_git(path)
    nobody_knows = known is None and committed is None
    return [keep_copy(path)] if there != committed and (has_work(there) or not nobody_knows) else []


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _in_git(path: Path) -> bytes | None:
    """The file as it was last committed; None where git has none."""
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    with suppress(OSError):
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None
    return None


def _not_committed(course: Course, name: str, data: bytes) -> list[str]:
    path = course.release_notebook(name)
    if not path.exists():
        return [f"{path} does not exist: run `make notebooks`"]
    problems = []
    if path.read_bytes() != data:
        problems.append(f"{path} is not what solutions/{name}.py gives: run `make notebooks` and commit")
    source = course.data(name)
    declared = {p.relative_to(source) for p in source.rglob("*") if p.is_file()} if source.is_dir() else set()
    released = {p.relative_to(path.parent) for p in path.parent.rglob("*") if p.is_file() and WORK not in p.name}
    allowed = {Path(path.name)} | {Path("data") / item for item in declared}
    problems += [f"{path.parent / item} is neither the notebook nor its data" for item in sorted(released - allowed)]
    return problems


# ---------------------------------------------------------------- nbgrader


def release_notebook(course: Course, name: str, source: bytes) -> bytes:
    """What `nbgrader generate_assignment` makes of a source notebook under the settings of this course.

    Raises BuildError where nbgrader refuses the notebook.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        root = Path(folder).resolve()
        shutil.copy(course.config, root)
        scratch = Course(root)
        scratch.source_notebook(name).parent.mkdir(parents=True)
        scratch.source_notebook(name).write_bytes(source)
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=_settings(root), assignment_id=name), config=_settings(root)
        )
        try:
            converter.start()
        except Exception as error:
            # The converter reports what is wrong with a cell as one of half a dozen exception types.
            raise BuildError(name, f"nbgrader cannot make the student notebook: {error}") from error
        if not scratch.release_notebook(name).exists():
            raise BuildError(name, "nbgrader made no student notebook")
        return scratch.release_notebook(name).read_bytes()


def _settings(root: Path) -> Config:
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    return config
