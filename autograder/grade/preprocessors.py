"""The plug-ins that nbgrader runs in place of its `Execute` and `SaveAutoGrades`.

Each does one thing: the first runs a notebook through sandbox and examiner, the second writes the marks.
"""

import logging
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema.validators import validator_for
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.nbgraderformat.common import BaseMetadataValidator
from nbgrader.preprocessors import CheckCellMetadata, Execute, SaveAutoGrades
from traitlets import Enum, Float, Integer, Unicode
from traitlets import List as ListTrait

from ..course.paths import Course
from ..engine import marks
from ..engine.cells import CellJob, Job
from ..engine.grader import Run, Supervisor
from ..engine.record import SUFFIX, Finding, Mark, Record
from ..limits import GIB, MIB, Limits
from ..mistakes.recording import prepared
from . import folder as links_module
from .repair import FINDINGS

_KEY: Final = "autograder"  # in the resources that nbgrader passes from one preprocessor to the next
_supervisors: dict[tuple[Any, ...], Supervisor] = {}


class Examine(Execute):
    """Runs the student's cells in a sandbox and the hidden tests in the examiner."""

    isolation = Enum(
        ["auto", "namespaces", "none"],
        "auto",
        help="How to isolate submissions; auto takes the best this machine gives.",
    ).tag(config=True)
    memory_gib = Float(2.0, help="Memory of one submission, in GiB.").tag(config=True)
    cpu_seconds = Float(120.0, help="CPU time of one notebook, all its processes together.").tag(config=True)
    wall_seconds = Float(300.0, help="Time for one notebook.").tag(config=True)
    processes = Integer(64, help="Processes and threads of one submission.").tag(config=True)
    disk_mib = Integer(64, help="Disk space of one submission, in MiB.").tag(config=True)
    packages = ListTrait(
        Unicode(),
        ["nbcore"],
        help="Import packages that notebooks need and that lie outside the environment's folders.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> tuple[NotebookNode, Any]:
        _log_with(self.log)
        job = self._job(nb, resources)
        limits = self._limits()
        run = self._supervisor().run(job, limits, os.path.abspath(resources["metadata"]["path"] or "."))
        for outcome in run.outcomes:
            cell = nb.cells[outcome.index]
            cell.outputs = [NotebookNode(_node(output)) for output in outcome.outputs]
            cell.execution_count = outcome.execution_count
        record = self._record(run, limits, resources)
        record.marks += _manual_marks(nb)
        repairs = [*nb.metadata.get(FINDINGS, {}).get("findings", []), *self._removed(resources)]
        record.findings[:0] = [Finding("repair", str(text)) for text in repairs]
        resources[_KEY] = {"marks": {mark.cell: mark for mark in record.marks}}
        names = resources["nbgrader"]
        record.write(Path(resources["metadata"]["path"] or ".") / f"{names['notebook']}{SUFFIX}")
        for finding in record.findings:
            self.log.warning("%s/%s: %s", names["student"], names["notebook"], finding.text)
        return nb, resources

    def _removed(self, resources: Any) -> list[str]:
        """What the hook took out of this submission's folder, if it ran."""
        names = resources["nbgrader"]
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.submitted_directory, names["student"], names["assignment"])
        return links_module.removed.get(os.path.abspath(folder), [])

    def _supervisor(self) -> Supervisor:
        key = (self.isolation, tuple(self.packages), os.getcwd())
        if key not in _supervisors:
            isolation = None if self.isolation == "auto" else self.isolation
            _supervisors[key] = Supervisor(isolation, packages=self.packages, course=os.getcwd())
        return _supervisors[key]

    def _limits(self) -> Limits:
        cell = float(self.timeout) if self.timeout and self.timeout > 0 else self.wall_seconds
        return Limits(
            memory=int(self.memory_gib * GIB),
            cpu=self.cpu_seconds,
            wall=self.wall_seconds,
            cell=cell,
            call=cell,
            processes=self.processes,
            disk=self.disk_mib * MIB,
        )

    def _job(self, nb: NotebookNode, resources: Any) -> Job:
        """The locked cells' sources are the gradebook's, whatever the notebook says."""
        names = resources["nbgrader"]
        released: dict[str, Any] = {}
        with Gradebook(names["db_url"]) as gradebook:
            try:
                for cell in gradebook.find_notebook(names["notebook"], names["assignment"]).source_cells:
                    released[cell.name] = (cell.source, cell.locked, cell.cell_type)
            except MissingEntry:
                self.log.warning("Notebook %s is not in the gradebook", names["notebook"])
        jobs = []
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            source, locked, _ = released.get(grade_id, (cell.source, False, "code"))
            is_test = locked and utils.is_grade(cell) and not utils.is_solution(cell)
            points = float(cell.metadata["nbgrader"]["points"]) if is_test else None
            jobs.append(CellJob(index, source if locked else cell.source, grade_id, points, bool(locked)))
        open_cells = {name: row[0] for name, row in released.items() if not row[1] and row[2] == "code"}
        knowledge = prepared(Course(Path(CourseDirectory(parent=self).root)), names["assignment"])
        return Job(jobs, open_cells, self._limits().cell, str(knowledge) if knowledge else None)

    def _record(self, run: Run, limits: Limits, resources: Any) -> Record:
        names = resources["nbgrader"]
        return Record(
            names["student"],
            names["assignment"],
            names["notebook"],
            run.isolation,
            run.missing,
            [outcome.mark for outcome in run.outcomes if outcome.mark],
            run.findings,
            limits.to_dict(),
            run.limits_hit,
            run.ended.cpu,
            run.ended.wall,
            run.ended.memory,
            run.waited,
            run.calls,
            run.mistakes,
        )


def _log_with(log: Any) -> None:
    """What this package has to say stands among nbgrader's own messages: recording known mistakes takes a while."""
    ours, theirs = logging.getLogger("autograder"), getattr(log, "logger", log)
    ours.parent = theirs
    ours.setLevel(theirs.level)


def _node(output: dict[str, Any]) -> dict[str, Any]:
    return {key: (NotebookNode(value) if isinstance(value, dict) else value) for key, value in output.items()}


def _manual_marks(nb: NotebookNode) -> list[Mark]:
    found = []
    for cell in nb.cells:
        if utils.is_grade(cell) and (utils.is_solution(cell) or cell.cell_type != "code"):
            score, most = utils.determine_grade(cell)
            found.append(Mark(cell.metadata["nbgrader"]["grade_id"], most, score, "manual"))
    return found


class _Once(BaseMetadataValidator):
    def validate_cell(self, cell: NotebookNode) -> None:
        found = cell.metadata.get("nbgrader", {})
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


class SaveMarks(SaveAutoGrades):
    """Writes the marks that `Examine` reached; without it (`--no-execute`) those that the outputs show."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """All cells in one transaction: nbgrader's own way costs a join and a sync of the disk a cell."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            submission = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
            self._grades = {grade.name: grade for grade in submission.grades}
            self._comments = {comment.name: comment for comment in submission.comments}
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, resources, index)
            gradebook.db.commit()
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        grade = self._grades[cell.metadata["nbgrader"]["grade_id"]]
        grade.auto_score = self._score(cell, resources)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None

    def _add_comment(self, cell: NotebookNode, resources: Any) -> None:
        flags = cell.metadata["nbgrader"]
        untouched = flags.get("checksum") == utils.compute_checksum(cell) and not utils.is_task(cell)
        self._comments[flags["grade_id"]].auto_comment = "No response." if untouched else None

    def _score(self, cell: NotebookNode, resources: Any) -> float | None:
        known = resources.get(_KEY, {}).get("marks", {})
        mark = known.get(cell.metadata["nbgrader"]["grade_id"])
        if mark is not None:
            return mark.score if mark.score is None else min(mark.score, mark.max_score)
        if cell.cell_type == "code" and not utils.is_solution(cell):
            score, _ = marks.in_process(cell.outputs, cell.source, float(cell.metadata["nbgrader"]["points"]))
            return score
        return utils.determine_grade(cell, self.log)[0]
