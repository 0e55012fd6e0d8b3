"""Every class that nbgrader instantiates to grade, thin: what they do is done elsewhere.

In the sanitizing step `RepairingExporter` and `RepairCells` mend what was handed in. In the grading step `Examine` runs
the notebook in place of nbgrader's `Execute`, and `SaveMarks` writes the marks in place of its `SaveAutoGrades`.
"""

import json
import logging
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import nbformat
from jsonschema.validators import validator_for
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.nbgraderformat.common import BaseMetadataValidator
from nbgrader.preprocessors import CheckCellMetadata, Execute, NbGraderPreprocessor, OverwriteCells, SaveAutoGrades
from traitlets import Bool, Enum, Float, Integer, TraitError, Unicode, validate
from traitlets import List as ListTrait

from ..course.fingerprint import of_the_program
from ..course.markup import flags, grade_id, is_autograded
from ..course.needed import CodeCell, Tagged, left_out
from ..course.paths import Course
from ..engine.cells import undecided
from ..engine.grader import NOT_COPIED, Grader
from ..engine.in_process import points
from ..engine.record import Assignment, CellJob, CellRecord, Finding, Job, Mark, NotebookRecord, ReleasedCell
from ..examiner.examine import Verdict
from ..limits import GIB, MIB, Limits
from ..mistakes.recording import prepared
from . import gradebook, reuse
from .converters import UNFINISHED
from .delimiters import Delimiters
from .guesses import guesses, hints_taken, put_beside
from .intake import Intake
from .proof import UNTRIED, Proof, Reasons, passing_in_a_kernel, proof, say_once, with_modes
from .reading import MOST_BYTES, read_notebook
from .repair import Repairs, repair_cells

_KEY: Final = "autograder"  # in the resources that nbgrader hands on, and in the metadata of a repaired notebook
_GUESSES: Final = "guesses"  # in the metadata, between the two readings
_HINTS: Final = "hints taken"
_HANDED_IN: Final = "handed_in"  # as well
EVERY: Final = ("*",)  # as unsure: all cells
FOLDED: Final = ("imports", "provided")  # cells that students need not read
KERNELS: Final = {"ir": "R", "julia": "Julia"}  # other languages by the names of their kernels
_graders: dict[tuple[Any, ...], Grader] = {}

# ---------------------------------------------------------------- releasing


class ForStudents(NbGraderPreprocessor):
    """What students' tools go by in a released notebook: provided code is folded, and "Run All" goes on behind any
    other cell that fails. It is no part of a cell's checksum, and grading takes no notice of it."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code":
            if grade_id(cell) in FOLDED:
                cell.metadata["jupyter"] = {**cell.metadata.get("jupyter", {}), "source_hidden": True}
            else:
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", ()), "raises-exception"})
        return cell, resources


# ---------------------------------------------------------------- sanitizing


class RepairingExporter(NotebookExporter):
    """nbconvert's notebook exporter, which reads damaged files as far as they go.

    nbgrader reads a submission twice: as it was handed in, and, once sanitized, as this exporter has written it.
    """

    optimistic_validation = Bool(True, help="Validate the notebook after the last preprocessor only.").tag(config=True)

    def from_file(self, file_stream: Any, resources: Any = None, **kwargs: Any) -> Any:
        if not getattr(self.parent, "_sanitizing", True):
            return super().from_file(file_stream, resources=resources, **kwargs)
        data = file_stream.buffer.read(MOST_BYTES + 1)  # nbconvert opens it as text, whatever it is
        notebook, damage = read_notebook(data)
        intake = Intake.beside(Path(file_stream.name))
        tied = EVERY if Path(file_stream.name).stem in intake.tied else ()
        if damage or intake.findings:
            _note(notebook, Repairs([*intake.findings, *damage], tied, damaged=bool(damage)))
        notebook.metadata[_GUESSES] = guesses(notebook)
        notebook.metadata[_HINTS] = hints_taken(notebook)
        notebook.metadata[_HANDED_IN] = intake.digest
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


class RepairCells(NbGraderPreprocessor):
    """Repairs the cells of a submission and notes in the notebook's metadata what was done."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        found = gradebook.released_cells(where["db_url"], where["notebook"], where["assignment"])
        expected, before = Delimiters(self).usual_cells(found), _noted(notebook)
        repairs = repair_cells(notebook, expected, damaged=before.damaged, given=self._given(where))
        unsure = tuple(cell.name for cell in expected) if before.unsure == EVERY else repairs.unsure
        _note(notebook, Repairs([*before.findings, *repairs.findings], unsure))
        return notebook, resources

    def _given(self, where: Any) -> frozenset[str]:
        """The texts of all cells of the source and of the release, as far as they are here."""
        folder = CourseDirectory(parent=self)
        texts: list[str] = []
        for directory in (folder.source_directory, folder.release_directory):
            place = Path(folder.format_path(directory, ".", where["assignment"]))
            with suppress(OSError, ValueError, KeyError, TypeError):
                cells = json.loads((place / f"{where['notebook']}.ipynb").read_bytes())["cells"]
                texts += ["".join("".join(cell["source"]).split()) for cell in cells]
        return frozenset(texts)


class OverwriteKnownCells(OverwriteCells):
    """As nbgrader's, which asks the gradebook for each cell anew."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if self.add_missing_cells:
            return super().preprocess(nb, resources)
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id = where["notebook"], where["assignment"]
        self.gradebook = _Known(gradebook.released_cells(where["db_url"], self.notebook_id, self.assignment_id))
        return NbGraderPreprocessor.preprocess(self, nb, resources)


class _Known:
    """The released cells of one notebook, as a gradebook gives them."""

    def __init__(self, cells: tuple[ReleasedCell, ...]) -> None:
        self._cells = {cell.name: cell for cell in cells}

    def find_source_cell(self, name: str, *_: str) -> ReleasedCell:
        if name not in self._cells:
            raise MissingEntry(f"No such source cell: {name}")
        return self._cells[name]

    def find_graded_cell(self, name: str, *_: str) -> Any:
        cell = self.find_source_cell(name)
        if not (cell.grade or cell.task):
            raise MissingEntry(f"No such graded cell: {name}")
        return SimpleNamespace(max_score=cell.points)


def _source(parent: Any, where: Any) -> Path:
    """The author's notebook, which need not be there."""
    folder = CourseDirectory(parent=parent)
    return Path(folder.format_path(folder.source_directory, ".", where["assignment"])) / f"{where['notebook']}.ipynb"


def _note(notebook: NotebookNode, repairs: Repairs) -> None:
    """For the second reading: nbgrader hands on nothing but the notebook."""
    notebook.metadata[_KEY] = nbformat.from_dict(asdict(repairs))


def _noted(notebook: NotebookNode) -> Repairs:
    found = notebook.metadata.get(_KEY, {})
    texts, unsure = (tuple(map(str, found.get(key, ()))) for key in ("findings", "unsure"))
    return Repairs(list(texts), unsure, damaged=bool(found.get("damaged")))


class _Once(BaseMetadataValidator):
    def validate_cell(self, cell: NotebookNode) -> None:
        found = flags(cell)
        if found.get("schema_version") != self.schema_version or not _schema().is_valid(found):
            super().validate_cell(cell)


@cache
def _schema() -> Any:
    schema = MetadataValidator().schema
    return validator_for(schema)(schema)


class _Validator(MetadataValidator, _Once):
    """nbgrader's own, which checks the schema anew for every cell: 35 ms a submission."""


class CheckMetadata(CheckCellMetadata):
    """As nbgrader's, faster. What is wrong is for nbgrader to say."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        try:
            _Validator().validate_nb(nb)
        except Exception:
            return super().preprocess(nb, resources)
        return nb, resources


# ---------------------------------------------------------------- grading


class Examine(Execute):
    """Runs the student's cells in a sandbox and the hidden tests in the examiner."""

    isolation = Enum(
        ["auto", "namespaces", "none"],
        "auto",
        help="How to isolate submissions; auto takes the best this machine gives.",
    ).tag(config=True)
    memory_gib = Float(2.0, min=0.5, help="Memory of one submission, in GiB.").tag(config=True)
    cpu_seconds = Float(120.0, min=1.0, help="CPU time of one notebook, all its processes together.").tag(config=True)
    wall_seconds = Float(300.0, min=1.0, help="Time for one notebook.").tag(config=True)
    processes = Integer(64, min=1, help="Processes and threads of one submission.").tag(config=True)
    disk_mib = Integer(64, min=1, help="Disk space of one submission, in MiB.").tag(config=True)
    packages = ListTrait(
        Unicode(),
        ["nbcore"],
        help="Import packages that notebooks need and that lie outside the environment's folders.",
    ).tag(config=True)
    run = Enum(
        ["all", "needed"],
        "all",
        help="Which cells of a submission run: needed leaves out those that the author has tagged no-marks.",
    ).tag(config=True)
    questions = Bool(
        True, help="Put questions on the student's own code into the feedback, for exercises with full points."
    ).tag(config=True)
    course = Unicode("", help="The folder that no submission may see: the course's. Set by autograder grade.").tag(
        config=True
    )
    recording = Unicode("", help="The file of what known mistakes give. Set by autograder grade.").tag(config=True)
    marks_alone = Bool(
        False, help="Look for no known mistakes, examples and questions. Set by autograder regrade --dry-run."
    ).tag(config=True)

    @validate("kernel_name", "extra_arguments")
    def _no_kernel(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if value and value != "python3":
            raise TraitError(
                f"c.Execute.{name} has no effect: notebooks run in no kernel here. Take it out of your settings"
            )
        return value

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> tuple[NotebookNode, Any]:
        _log_with(self.log)
        where = resources["nbgrader"]
        path = Path(resources["metadata"]["path"] or ".")
        guessed = dict(nb.metadata.pop(_GUESSES, {}))
        hinted = dict(nb.metadata.pop(_HINTS, {}))
        handed_in = str(nb.metadata.pop(_HANDED_IN, ""))
        put_beside(path, guessed)
        limits = self._limits()
        too_many = _too_many_files(path, limits)
        job = self._job(nb, where, None if too_many else path, limits)
        language = self._language(where)
        if language.casefold() == "python":
            found = self._proof(where, job)
            record = self._grader().grade(with_modes(job, found.in_process))
            _apply(found, record)
        else:
            record = _not_graded(job, f"the notebook is written in {language}, and only Python can be graded here")
        for done in record.cells:
            cell = nb.cells[done.index]
            cell.outputs = [nbformat.from_dict(output) for output in done.outputs]
            cell.execution_count = done.execution_count
        record.guesses = guessed
        record.hints_taken = hinted
        record.handed_in = handed_in
        record.basis = self._basis(where, job)
        record.cells += _manual_cells(nb)
        record.answers = _answers(nb)
        repairs = _noted(nb)
        _leave_to_a_person(record, repairs.unsure)
        record.findings[:0] = [Finding("repair", text) for text in repairs.findings]
        record.findings += [Finding("limit", text) for text in too_many]
        resources[_KEY] = record
        for finding in record.all_findings:
            self.log.warning("%s/%s: %s", where["student"], where["notebook"], finding.text)
        return nb, resources

    @property
    def _course(self) -> Course:
        return Course(Path(CourseDirectory(parent=self).root))

    def _grader(self) -> Grader:
        course = self.course or os.getcwd()
        key = (self.isolation, tuple(self.packages), course)
        if key not in _graders:
            isolation = None if self.isolation == "auto" else self.isolation
            _graders[key] = Grader(isolation, packages=self.packages, course=course)
        return _graders[key]

    def _limits(self) -> Limits:
        cell = float(self.timeout) if self.timeout and self.timeout > 0 else self.wall_seconds
        usual = Limits()
        return Limits(
            memory=int(self.memory_gib * GIB),
            # Never below what a single cell may take.
            cpu=max(self.cpu_seconds, cell),
            wall=max(self.wall_seconds, usual.patience * cell),
            cell=cell,
            call=cell,
            processes=self.processes,
            disk=self.disk_mib * MIB,
        )

    def _language(self, where: Any) -> str:
        """In which a notebook was released. Colab names it nowhere in the kernelspec."""
        kernel = gradebook.kernel(where["db_url"], where["notebook"], where["assignment"])
        try:
            info = json.loads(_source(self, where).read_bytes())["metadata"]["language_info"]["name"]
        except (OSError, ValueError, KeyError, TypeError):
            info = None
        usual = KERNELS.get(str(kernel.get("name")).partition("-")[0], "python")
        return str(kernel.get("language") or info or usual)

    def _proof(self, where: Any, job: Job) -> Proof:
        """Which test cells the examiner cannot grade. A course with a bank has found out at its build and audit."""
        if self._course.mistakes(where["assignment"]).exists():
            return Proof()
        found = self.proof(where, job.assignment.cells)
        say_once(found, f"{where['assignment']}/{where['notebook']}")
        return found

    def proof(self, where: Any, released: tuple[ReleasedCell, ...]) -> Proof:
        """What becomes of the own solution of a notebook."""
        source = _source(self, where)

        def grade(nb: NotebookNode, reasons: Reasons) -> NotebookRecord:
            job = self._job(nb, {**where, "student": ""}, source.parent, self._limits())
            return self._grader().grade(with_modes(job, reasons))

        return proof(
            self._course, where["assignment"], where["notebook"],
            source, released, grade,
            lambda nb: passing_in_a_kernel(nb, source.parent, self._limits().cell),
        )  # fmt: skip

    def _basis(self, where: Any, job: Job) -> reuse.Basis:
        folder, source = CourseDirectory(parent=self), _source(self, where)
        bank = self._course.mistakes(where["assignment"])
        files = [bank, *map(Path, sorted(utils.find_all_files(str(source.parent), [*folder.ignore, "*.ipynb"])))]
        others = [f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in files if path.is_file()]
        others += [self._grader().isolation, *self.packages, of_the_program()]
        return reuse.basis(job, source.read_bytes() if source.is_file() else b"", others)

    def stays(self, where: Any, graded: NotebookNode, record: NotebookRecord, files: Path) -> reuse.Basis | None:
        """What the result now depends on, where the tests that were mended since leave all marks of a graded notebook
        as they are; None where they do not, or where in doubt.

        files: the folder with what was handed in beside it.
        """
        job = replace(self._job(graded, where, files, self._limits()), questions=False)
        now = self._basis(where, job)
        changed = reuse.mended(record, now)
        if not changed:
            return None if changed is None else now
        found = self._proof(where, job)
        if found.untried or changed & {*found.in_process, *found.only_here} or _too_many_files(files, job.limits):
            return None
        one = reuse.alone(record, graded, with_modes(job, found.in_process), self._tagged(where), changed)
        return now if one is not None and reuse.stay(graded, self._grader().grade(one), changed) else None

    def _tagged(self, where: Any) -> Tagged:
        """By the author's notebook: what a student's own says of its cells does not count."""
        try:
            return Tagged.of(json.loads(_source(self, where).read_bytes())["cells"])
        except (OSError, ValueError, KeyError, TypeError):
            return Tagged()

    def _job(self, nb: NotebookNode, where: Any, files: Path | None, limits: Limits) -> Job:
        """The locked cells' sources are the gradebook's, whatever the notebook says."""
        try:
            found = gradebook.released_cells(where["db_url"], where["notebook"], where["assignment"])
            released = Delimiters(self).usual_cells(found)
        except MissingEntry:
            released = ()
            self.log.warning("Notebook %s is not in the gradebook", where["notebook"])
        locked = {cell.name: cell.source for cell in released if cell.locked}
        jobs: list[CellJob] = []
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                name = grade_id(cell)
                worth = float(flags(cell)["points"]) if name in locked and is_autograded(cell) else None
                jobs.append(CellJob(index, locked.get(name or "", cell.source), name, worth, name in locked))
        if self.run == "needed":
            code = [CodeCell(job.source, job.grade_id, job.locked, job.points is not None) for job in jobs]
            free = left_out(code, self._tagged(where))
            jobs = [replace(job, left_out=n in free) for n, job in enumerate(jobs)]
        beside = os.path.abspath(files) if files else None
        asks = self.questions and bool(where["student"]) and not self.marks_alone
        assignment = Assignment(where["assignment"], where["notebook"], released, self._recording(where["assignment"]))
        return Job(tuple(jobs), assignment, limits, beside, where["student"], questions=asks)

    def _recording(self, assignment: str) -> str | None:
        if self.marks_alone:
            return None
        found = self.recording or prepared(self._course, assignment)
        return str(found) if found else None


def _not_graded(job: Job, why: str) -> NotebookRecord:
    """The record of a notebook that is left to a person as a whole."""
    names = job.assignment
    record = NotebookRecord(job.student, names.name, names.notebook, "none", limits=job.limits)
    record.findings.append(Finding("mark", f"{why}: a person has to mark it"))
    for cell in job.cells:
        if cell.points is not None:
            mark = Mark(cell.name, cell.points, None, "manual", Verdict(False, "This test could not be run"))
            record.cells.append(CellRecord(cell.index, cell.name, mark=mark))
    return record


def _too_many_files(folder: Path, limits: Limits) -> list[str]:
    """Why the files beside a notebook do not come along, if they do not: all of them do, or none."""
    files = [path for path in folder.rglob("*") if not path.name.endswith(NOT_COPIED)]
    size = sum(path.lstat().st_size for path in files if path.is_file())
    if size <= limits.files_size and len(files) <= limits.files:
        return []
    there = f"{len(files)} files and folders of {size / MIB:.0f} MiB"
    most = f"{limits.files} files of {limits.files_size / MIB:.0f} MiB (half of c.Examine.disk_mib)"
    return [f"none of the files beside the notebook came along: there are {there}, more than {most}"]


def _leave_to_a_person(record: NotebookRecord, unsure: Collection[str]) -> None:
    """Points that were lost where it is not sure that the student's work was found."""
    for cell in record.cells:
        if cell.mark is not None and cell.mark.cell in unsure and cell.mark.lost:
            cell.mark = replace(cell.mark, score=None, reached="manual")


def _apply(found: Proof, record: NotebookRecord) -> None:
    """Points that were lost where the author's own solution loses them too, for the sandbox's sake."""
    if found.untried:
        record.findings.append(Finding("mark", UNTRIED))
    for cell in record.cells:
        if cell.mark is not None and cell.mark.cell in found.only_here and cell.mark.lost:
            why = found.only_here[cell.mark.cell]
            cell.mark = undecided(cell, cell.mark, f"the author's own solution fails here too ({why})")


def _log_with(log: Any) -> None:
    """What this package has to say stands among nbgrader's own messages: recording known mistakes takes a while."""
    ours, theirs = logging.getLogger("autograder"), getattr(log, "logger", log)
    ours.parent = theirs
    ours.setLevel(theirs.level)


def _manual_cells(nb: NotebookNode) -> list[CellRecord]:
    """The marks of cells that a person decides."""
    found = []
    for index, cell in enumerate(nb.cells):
        if utils.is_grade(cell) and (utils.is_solution(cell) or cell.cell_type != "code"):
            score, most = utils.determine_grade(cell)
            name = flags(cell)["grade_id"]
            found.append(CellRecord(index, name, mark=Mark(name, most, score, "manual")))
    return found


def _answers(nb: NotebookNode) -> dict[str, str]:
    """Digests of what a person marks. The answer to a task stands in any cell that is nobody's."""
    own = [_written(cell) for cell in nb.cells if grade_id(cell) is None]
    return {
        flags(cell)["grade_id"]: sha256(json.dumps(own if utils.is_task(cell) else _written(cell)).encode()).hexdigest()
        for cell in nb.cells
        if utils.is_task(cell) or (utils.is_grade(cell) and utils.is_solution(cell))
    }


def _written(cell: NotebookNode) -> list[Any]:
    return [cell.source, cell.get("attachments", {})]


class SaveMarks(SaveAutoGrades):
    """Writes the marks that `Examine` reached; without it (`--no-execute`) those that the outputs show."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        record = resources.get(_KEY)
        marks = {mark.cell: mark for mark in record.marks} if isinstance(record, NotebookRecord) else {}
        scores: dict[str, float | None] = {}
        comments: dict[str, str | None] = {}
        unsure = _noted(nb).unsure
        answer = ""
        for cell in nb.cells:
            name = grade_id(cell) or ""
            answer = name if utils.is_solution(cell) else answer
            if utils.is_grade(cell):
                scores[name] = self._score(cell, marks.get(name))
                if name != answer and answer in comments and scores[name]:
                    comments[answer] = None  # the answer stands in another cell
            if (utils.is_solution(cell) or utils.is_task(cell)) and name not in unsure:
                untouched = flags(cell).get("checksum") == utils.compute_checksum(cell) and not utils.is_task(cell)
                comments[name] = "No response." if untouched else None
        gradebook.write(where["db_url"], where["notebook"], where["assignment"], where["student"], scores, comments)
        if isinstance(record, NotebookRecord):
            record.write(Path(resources["metadata"]["path"] or ".") / f"{where['notebook']}{UNFINISHED}")
        return nb, resources

    def _score(self, cell: NotebookNode, mark: Mark | None) -> float | None:
        if mark is not None:
            return mark.score if mark.score is None else min(mark.score, mark.max_score)
        if cell.cell_type == "code" and not utils.is_solution(cell):
            return points(cell.outputs, cell.source, float(flags(cell)["points"]))[0]
        return utils.determine_grade(cell, self.log)[0]
