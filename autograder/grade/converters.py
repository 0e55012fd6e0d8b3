"""What three commands of nbgrader do otherwise here. It has no setting for any of this, so methods are wrapped.

- `autograde` grades copies of what was handed in (see `intake`), and grades a submission again that an earlier run,
  killed in the middle, has left without its record.
- `generate_assignment` writes beside the released notebooks and replaces them when all went well.
- `validate`, and the button of that name, say so where a notebook has lost its labels, has a cell twice, or is damaged.
"""

import functools
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.converters import Autograde, GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.validator import Validator
from traitlets import TraitError
from traitlets.utils.importstring import import_item

from ..course.markup import SOLUTION, flags, grade_id, is_autograded
from ..course.paths import RECORD_SUFFIX
from ..course.work import WORK, has_work, keep_copy
from ..engine.record import NotebookRecord
from ..sandbox import scratch
from . import gradebook, settings
from .delimiters import Delimiters
from .intake import Released, take_in
from .reading import read_file

NOBODY_HAS_A_MARK: Final = "No submission of {} has a mark: the grader failed each time"
UNFINISHED: Final = f".unfinished{RECORD_SUFFIX}"  # of a record whose submission is not done yet


def install() -> None:
    """Wraps the methods, once a process."""
    settings.install()  # first: commands have the method that it wraps from their base class
    gradebook.install()
    for owner, name, wrapper in (
        (Autograde, "start", _grade_copies),
        (Autograde, "init_destination", _grade_what_was_left),
        (Autograde, "convert_single_notebook", _finish_record),
        (GenerateAssignment, "start", _write_beside),
        (Validator, "validate", _say_what_is_wrong),
    ):
        inner = getattr(owner, name)
        if not hasattr(inner, "autograder"):
            wrapped = functools.wraps(inner)(functools.partial(wrapper, inner))
            setattr(owner, name, _method(wrapped))


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return function(self, *arguments, **options)

    method.autograder = function  # type: ignore[attr-defined]
    return method


def plain(method: Callable[..., Any]) -> Callable[..., Any]:
    """nbgrader's own method behind one that is wrapped here."""
    return method.autograder.__wrapped__  # type: ignore[attr-defined]


# ---------------------------------------------------------------- autograde


def refuse_settings(self: Autograde) -> None:
    """What would fail for each submission is said once, before the first."""
    if "RepairingExporter" not in str(self.exporter_class):
        return  # plain nbgrader, in the same process
    for step in self.autograde_preprocessors:
        try:
            (import_item(step) if isinstance(step, str) else step)(parent=self)
        except TraitError as error:
            self.log.error(str(error))
            raise NbGraderException(str(error)) from error


def _grade_copies(start: Callable[[Any], None], self: Autograde) -> None:
    refuse_settings(self)
    coursedir = self.coursedir
    submitted, assignment = coursedir.submitted_directory, coursedir.assignment_id
    folders = [Path(found) for found in glob(self._format_source(assignment, coursedir.student_id))]
    usual = Delimiters(self).usual_cells
    found = gradebook.released_notebooks(coursedir.db_url, assignment)
    released = {name: usual(cells) for name, cells in found.items()}
    scratch.sweep()
    taken_in, lock = scratch.make()
    # In the middle of a path, the whole path of a folder stands within the course: with two slashes nbgrader does not
    # find there what it has looked for.
    within = not coursedir.directory_structure.startswith("{nbgrader_step}")
    coursedir.submitted_directory = step = taken_in.lstrip(os.sep) if within else taken_in
    copies: list[Path] = []
    try:
        for folder in folders:
            student = student_of(submitted, coursedir, folder)
            if student is not None and folder.is_dir():
                copies.append(Path(coursedir.format_path(step, student, assignment)))
                take_in(folder, copies[-1], released)
        for text in tests_changed(coursedir, found):
            self.log.warning(text)
        start(self)
    finally:
        coursedir.submitted_directory = submitted
        records = _records(coursedir, folders, submitted, released)
        scratch.remove(taken_in)
        os.close(lock)
        # A course that names its steps in the middle of a path has the copies within its own folder.
        above = {place for copy in copies for place in copy.parents if place.name == Path(taken_in).name}
        for place in [place for place in above if place.exists()]:
            scratch.remove(str(place))
            with suppress(OSError):  # those of its parents that are empty
                os.removedirs(place.parent)
    if records and all(map(has_no_marks, records)):
        message = NOBODY_HAS_A_MARK.format(assignment)
        self.log.error(message)
        raise NbGraderException(message)


_OTHER_CELLS: Final = (
    "nbgrader refuses to add or to remove cells once a submission was graded. Put the new lines into a test that is "
    "there, and give 0 points to one that should not count"
)


def tests_changed(coursedir: CourseDirectory, released: Released) -> Iterator[str]:
    """Test cells of the source that are not those of the gradebook, by which submissions are graded, nor have their
    points."""
    folder = Path(coursedir.format_path(coursedir.source_directory, ".", coursedir.assignment_id))
    for name, cells in released.items():
        known = {cell.name: (cell.source, cell.points) for cell in cells if cell.grade and cell.locked}
        try:
            notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
            tests = {grade_id(cell) or "": cell for cell in notebook.cells if is_autograded(cell)}
            there = {test: (cell.source, float(flags(cell)["points"])) for test, cell in tests.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError):
            continue  # a grader need not have the sources
        # What nbgrader itself writes or takes away there differs without end.
        changed = [
            test
            for test, found in there.items()
            if found != known.get(test) and not any(text in found[0] for text in ("AUTOTEST", SOLUTION.begin))
        ]
        if changed:
            assignment, differ = coursedir.assignment_id, "differs" if len(changed) == 1 else "differ"
            yield (
                f"{name}: {', '.join(changed)} in the source {differ} from the gradebook, whose tests are used. "
                f"To use the new ones, run `nbgrader generate_assignment {assignment} --force` first"
            )
            if there.keys() - known.keys():
                yield f"{name}: {_OTHER_CELLS}"


def _records(coursedir: CourseDirectory, folders: list[Path], submitted: str, released: Released) -> list[Any]:
    places = [
        Path(coursedir.format_path(coursedir.autograded_directory, student, coursedir.assignment_id))
        for folder in folders
        if (student := student_of(submitted, coursedir, folder)) is not None
    ]
    found = (NotebookRecord.read(place / f"{name}{RECORD_SUFFIX}") for place in places for name in released)
    return [record for record in found if record is not None]


def has_no_marks(record: NotebookRecord) -> bool:
    """Whether the grader itself has failed on a notebook."""
    tests = [mark for mark in record.marks if mark.verdict is not None]
    failed = any(finding.kind == "examiner" for finding in record.findings)
    return failed and bool(tests) and all(mark.score is None for mark in tests)


def student_of(submitted: str, coursedir: CourseDirectory, folder: Path) -> str | None:
    """The id of the student whose folder this is."""
    pattern = coursedir.format_path(submitted, "(?P<student>.*)", coursedir.assignment_id, escape=True)
    match = re.fullmatch(pattern, str(folder))
    return match["student"] if match else None


def folders_of(coursedir: CourseDirectory, step: str) -> dict[str, Path]:
    """By student, but for those whom the course leaves out, the folder of its assignment in a step of nbgrader's."""
    places = coursedir.format_path(step, "*", coursedir.assignment_id)
    excluded = _excluded(coursedir)
    found = {student_of(step, coursedir, Path(place)): Path(place) for place in sorted(glob(places))}
    return {
        student: place
        for student, place in found.items()
        if student is not None and student not in excluded and place.is_dir()
    }


def _grade_what_was_left(
    init_destination: Callable[[Any, str, str], bool], self: Autograde, assignment: str, student: str
) -> bool:
    records = [_record(self, assignment, student, notebook) for notebook in self.notebooks]
    self.before = {record.name: NotebookRecord.read(record) for record in records}
    graded_before = any(record is not None for record in self.before.values())
    self.settled = gradebook.settled(self.coursedir.db_url, assignment, student) if graded_before else {}
    wanted = init_destination(self, assignment, student)
    if not wanted and not all(record.exists() for record in records) and student not in _excluded(self.coursedir):
        self.log.warning("%s: an earlier run has not finished this submission, so it is graded again", student)
        wanted = True
    if wanted:
        for record in records:
            record.unlink(missing_ok=True)
    return wanted


def _excluded(coursedir: CourseDirectory) -> list[str]:
    return (coursedir.student_id_exclude or "").split(",")


def _record(self: Autograde, assignment: str, student: str, notebook: str) -> Path:
    folder = self.coursedir.format_path(self.coursedir.autograded_directory, student, assignment)
    return Path(folder) / f"{Path(notebook).stem}{RECORD_SUFFIX}"


def _finish_record(convert: Callable[[Any, str], None], self: Autograde, notebook: str) -> None:
    """The record gets its name when the marks are saved and the graded notebook is written."""
    convert(self, notebook)
    folder = Path(self.writer.build_directory)
    name = Path(notebook).stem
    unfinished, finished = folder / f"{name}{UNFINISHED}", folder / f"{name}{RECORD_SUFFIX}"
    if unfinished.exists():
        record = NotebookRecord.read(unfinished) if self.settled.get(name) else None
        if record is not None:
            same = record.same_answers(self.before.get(finished.name)) & self.settled[name]
            gradebook.keep_marks(self.coursedir.db_url, name, record.assignment, record.student, same)
        unfinished.replace(finished)


# ---------------------------------------------------------------- validate

_NO_LABELS: Final = """
No cell of this notebook has a label of nbgrader's: some tool took them off when it
saved the file, so no test was checked here. Grading finds the cells again: the
notebook can be handed in as it is, whatever stands above. To check it before, copy
your answers into a fresh copy of the assignment."""
_TWICE: Final = """
Cell {} stands in this notebook more than once: a cell that was split or copied
keeps its label. Grading takes the last one that was filled in. To check the
notebook here, join the parts into one cell, or delete one of them."""
_NO_TESTS: Final = """
No test cell of this notebook has a label of nbgrader's, so no test was checked
here. Grading puts the tests back: the notebook can be handed in as it is. To check
it before, copy your answers into a fresh copy of the assignment."""
_NOT_CHECKED: Final = """
nbgrader cannot check this notebook as it is saved: {}.
Open it in JupyterLab, save it again, and check once more. If that does not help,
copy your answers into a fresh copy of the assignment."""
_DAMAGED: Final = """
{}.
Open the file in JupyterLab and save it again, or take an older copy."""


def _say_what_is_wrong(
    validate: Callable[[Any, str], dict[str, Any]], self: Validator, filename: str
) -> dict[str, Any]:
    notebook, damage = read_file(Path(filename))
    names = [name for cell in notebook.cells if (name := grade_id(cell)) is not None]
    twice = sorted({name for name in names if names.count(name) > 1})
    if damage:
        said = [_DAMAGED.format(damage[0])]
    else:
        said = [_TWICE.format(name) for name in twice] if names else [_NO_LABELS]
    if not said and not any(is_autograded(cell) for cell in notebook.cells):
        said = [_NO_TESTS]
    if not said:
        try:
            return validate(self, filename)
        except Exception as error:  # of reading, of nbformat or of its schema
            said = [_NOT_CHECKED.format(f"{type(error).__name__}: {error}".split("\n")[0][:200])]
    return {
        "failed": [
            {"source": "(the whole notebook)", "error": text, "raw_error": text} for text in map(str.strip, said)
        ]
    }


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
        new = [file.relative_to(made) for file in made.rglob("*") if file.is_file()]
        old = [file.relative_to(there) for file in there.rglob("*") if file.is_file()]
        for name in [name for name in old if name.suffix == ".ipynb" and has_work((there / name).read_bytes())]:
            if WORK not in name.name and (name in new or whole):
                kept = keep_copy(there / name)
                self.log.warning("%s: somebody has worked in it; a copy is kept as %s", there / name, kept.name)
        for name in new:
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).replace(there / name)
        if whole:  # nbgrader's rule: all else that lay there goes
            for name in set(old) - set(new):
                if WORK not in name.name:
                    (there / name).unlink()
