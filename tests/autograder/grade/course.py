"""A throw-away nbgrader course, driven in this process: sources in, submissions in, marks out."""

import logging
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.paths import RECORD_SUFFIX
from autograder.engine.record import NotebookRecord
from autograder.grade import configure


def flags(
    grade_id: str, *, grade: bool = False, solution: bool = False, locked: bool = False, points: float = 0
) -> dict[str, Any]:
    found = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    if grade:
        found["points"] = points
    return {"nbgrader": found}


def code(source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata or {})


def open_cell(grade_id: str, solution: str, stub: str = "def f(x): raise NotImplementedError") -> NotebookNode:
    return code(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION", flags(grade_id, solution=True))


def graded_cell(grade_id: str, source: str, points: float) -> NotebookNode:
    return code(source, flags(grade_id, grade=True, locked=True, points=points))


class ThrowAwayCourse:
    """A course directory. `examiner=False` leaves nbgrader as it is."""

    def __init__(self, root: Path, *, examiner: bool = True, **options: Any) -> None:
        self.root = root
        self.config = Config()
        if examiner:
            configure(self.config, **options)
        self.config.CourseDirectory.root = str(root)
        # nbgrader creates its database with a program that must be on the path.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        logging.getLogger("traitlets").setLevel(logging.ERROR)

    def release(self, assignment: str, notebook: NotebookNode | Path, files: Mapping[str, Path] | None = None) -> None:
        folder = self.root / "source" / assignment
        folder.mkdir(parents=True)
        if isinstance(notebook, Path):
            shutil.copy(notebook, folder / "p.ipynb")
        else:
            nbformat.write(notebook, folder / "p.ipynb")
        for name, path in (files or {}).items():
            shutil.copy(path, folder / name)
        self.generate(assignment)

    def generate(self, assignment: str) -> None:
        """Release an assignment whose source is in place."""
        self._check(self._api().generate_assignment(assignment, force=True, create=True))

    def released(self, assignment: str) -> NotebookNode:
        return nbformat.read(self.root / "release" / assignment / "p.ipynb", 4)

    def submit(self, assignment: str, student: str, notebook: NotebookNode | Path) -> Path:
        folder = self.root / "submitted" / student / assignment
        folder.mkdir(parents=True)
        if isinstance(notebook, Path):
            shutil.copy(notebook, folder / "p.ipynb")
        else:
            nbformat.write(notebook, folder / "p.ipynb")
        return folder

    def autograde(self, assignment: str, student: str) -> dict[str, float | None]:
        """Marks per cell."""
        self.run(assignment, student)
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            grades = gradebook.find_submission_notebook("p", assignment, student).grades
            return {grade.cell.name: grade.auto_score for grade in grades}

    def run(self, assignment: str, student: str) -> None:
        """Grade one submission."""
        self._check(self._api().autograde(assignment, student, force=True, create=True))

    def feedback(self, assignment: str, student: str) -> str:
        self._check(self._api().generate_feedback(assignment, student, force=True))
        return (self.root / "feedback" / student / assignment / "p.html").read_text()

    def graded(self, assignment: str, student: str) -> NotebookNode:
        return nbformat.read(self.root / "autograded" / student / assignment / "p.ipynb", 4)

    def record(self, assignment: str, student: str) -> NotebookRecord:
        path = self.root / "autograded" / student / assignment / f"p{RECORD_SUFFIX}"
        found = NotebookRecord.read(path)
        assert found is not None
        return found

    def _api(self) -> NbGraderAPI:
        return NbGraderAPI(CourseDirectory(config=self.config), config=self.config)

    @staticmethod
    def _check(result: dict[str, Any]) -> None:
        assert result["success"], result.get("error") or result.get("log")
