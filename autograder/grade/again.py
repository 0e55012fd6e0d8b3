"""Grades what a changed test reaches, and nothing else, to tell whether a graded submission keeps its marks.

Where that cannot be told it says no, and the whole submission is graded again: a mark is never guessed.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from traitlets.config import Config

from ..course.fingerprint import of_the_program
from ..course.markup import grade_id
from ..course.needed import CodeCell, Tagged
from ..course.paths import RECORD_SUFFIX
from ..course.reached import reached
from ..engine.grader import SKIP, fingerprint
from ..engine.record import Job, Mark, NotebookRecord, ReleasedCell
from .guesses import put_beside
from .preprocessors import Examine

HARMLESS: Final = {"output"}  # findings that say nothing of the marks
_OF_THE_RUN: Final = {"basis", "course", "recording", "questions"}  # settings on which no mark depends
_SHARE: Final = 0.5  # of the CPU time of a submission: with more, another test may be the one that has no time left


@dataclass(frozen=True)
class Before:
    """A graded submission: the folder with its notebooks and their records. packed: these files, for a worker that does
    not see the folder."""

    student: str
    folder: str
    packed: tuple[tuple[str, bytes], ...] | None = None

    def pack(self) -> "Before":
        """With the files."""
        paths = [path for suffix in (".ipynb", RECORD_SUFFIX) for path in Path(self.folder).glob(f"*{suffix}")]
        return replace(self, packed=tuple((path.name, path.read_bytes()) for path in paths))

    def read(self, name: str) -> bytes:
        """Nothing where there is no such file."""
        if self.packed is not None:
            return dict(self.packed).get(name, b"")
        path = Path(self.folder) / name
        return path.read_bytes() if path.is_file() else b""


def basis(config: Config, released: dict[str, tuple[ReleasedCell, ...]], files: dict[str, bytes]) -> str:
    """A digest of all that a mark depends on, but for the submission and the texts of the tests: this program and its
    libraries, the settings, the other cells, their order and points, and the files of the assignment."""
    found = hashlib.sha256(of_the_program().encode())
    for section in ("Execute", "Examine"):
        settings = {name: value for name, value in config.get(section, {}).items() if name not in _OF_THE_RUN}
        found.update(json.dumps(settings, default=str, sort_keys=True).encode())
    for name, cells in sorted(released.items()):
        found.update(f"{name}\0".encode())
        for cell in cells:
            is_test = cell.locked and cell.grade
            found.update(repr(replace(cell, source="", checksum="") if is_test else cell).encode())
    for name, data in sorted(files.items()):
        if not name.startswith(("source/", "release/")):
            continue  # what is known of the tests' own solution: it is asked about anew
        counts = repr(sorted(Tagged.of(json.loads(data)["cells"]).texts)).encode() if name.endswith(".ipynb") else data
        found.update(f"{name}\0".encode() + hashlib.sha256(counts).digest())
    return found.hexdigest()


def keeps_its_marks(examine: Examine, where: dict[str, str], released: Sequence[ReleasedCell], before: Before) -> bool:
    """Whether each test of a notebook that a change can have reached gives what it gave before.

    where: gradebook, assignment, notebook and student, as nbgrader names them.
    """
    record = NotebookRecord.decoded(before.read(f"{where['notebook']}{RECORD_SUFFIX}"))
    if record is None or not record.basis or record.basis != examine.basis:
        return False
    try:
        notebook = nbformat.reads(before.read(f"{where['notebook']}.ipynb").decode(), as_version=4)
    except (ValueError, nbformat.ValidationError):
        return False
    was = {name: cell.source for cell in notebook.cells if (name := grade_id(cell))}
    tests = {cell.name: cell.source for cell in released if cell.locked and cell.grade}
    if not tests.keys() <= was.keys():
        return False
    with tempfile.TemporaryDirectory() as folder:
        _put_files(examine, where, Path(folder))
        put_beside(Path(folder), record.guesses)
        job = examine.job(notebook, where, Path(folder))
        own = examine.proved(where, job)
        if own.in_process or own.only_here or own.untried:
            return False
        beside = fingerprint(Path(folder), job.whole_limits, SKIP)
        if replace(job, beside=beside).seed != record.seed:  # other files lay beside the notebook
            return False
        return gives_the_same(job, record, {name: was[name] for name in tests}, examine.grade)


def _put_files(examine: Examine, where: Mapping[str, str], folder: Path) -> None:
    """The files of the assignment, as nbgrader puts them beside a notebook. If others lay there too, it is seen."""
    course = CourseDirectory(parent=examine)
    source = course.format_path(course.source_directory, ".", where["assignment"])
    for name in find_all_files(source, [*course.ignore, "*.ipynb"]):
        path = folder / Path(name).relative_to(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, path)


def gives_the_same(
    job: Job, record: NotebookRecord, was: Mapping[str, str], grade: Callable[[Job], NotebookRecord]
) -> bool:
    """Whether each test that a change can have reached gives what it gave. record: of the job with other tests. was:
    the texts of these."""
    if not _is_plain(record):
        return False
    cells = [CodeCell(c.source, c.grade_id, c.locked, c.points is not None) for c in job.cells if not c.left_out]
    changed = {cell.name: was[cell.name] for cell in cells if cell.test and cell.name and cell.source != was[cell.name]}
    if not changed:
        return True
    asked = reached(cells, changed, changed.values())
    if asked is None:
        return False
    now = grade(_of(job, asked))
    return (
        _is_plain(now)
        and now.isolation == record.isolation
        and record.cpu + now.cpu < _SHARE * job.whole_limits.cpu
        and _outcomes(now) == {name: found for name, found in _outcomes(record).items() if name in asked}
    )


def _of(job: Job, tests: frozenset[str]) -> Job:
    """The job without its other tests, and without what is said of lost points."""
    cells = tuple(cell for cell in job.cells if cell.points is None or cell.grade_id in tests)
    return replace(job, cells=cells, questions=False, assignment=replace(job.assignment, recording=None))


def _is_plain(record: NotebookRecord) -> bool:
    """Whether nothing has happened that may have to do with another cell, or that a person has to look at."""
    return (
        record.ended is None
        and {finding.kind for finding in record.all_findings} <= HARMLESS
        and all(mark.reached == "examiner" and mark.score is not None for mark in _marks(record).values())
    )


def _outcomes(record: NotebookRecord) -> dict[str, Any]:
    """What came of each test: all but hints, which are looked for when a whole submission is graded."""
    return {
        name: (mark.score, mark.max_score, mark.verdict and replace(mark.verdict, hint="", more=(), asked=()))
        for name, mark in _marks(record).items()
    }


def _marks(record: NotebookRecord) -> dict[str, Mark]:
    """Those of test cells."""
    return {cell.name: cell.mark for cell in record.cells if cell.mark is not None and cell.mark.verdict is not None}
