"""nbgrader's settings: `configure` for any course that grades with the examiner, `configure_course` for a directory
laid out as this one is. A course's nbgrader_config.py calls one of them:

    from autograder.grade import configure
    c = get_config()
    configure(c)
"""

import functools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, JSONFileConfigLoader, PyFileConfigLoader
from traitlets.config.loader import ConfigFileNotFound

from ..course.paths import Course
from . import converters

_STOCK = {
    "nbgrader.preprocessors.Execute": "autograder.grade.preprocessors.Examine",
    "nbgrader.preprocessors.SaveAutoGrades": "autograder.grade.preprocessors.SaveMarks",
    "nbgrader.preprocessors.CheckCellMetadata": "autograder.grade.preprocessors.CheckMetadata",
}
_SANITIZE = (
    "nbgrader.preprocessors.ClearOutput",
    "autograder.grade.preprocessors.RepairCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograder.grade.preprocessors.OverwriteKnownCells",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_AUTOGRADE = (
    "nbgrader.preprocessors.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_RELEASE = (*GenerateAssignment.preprocessors.default(), "autograder.grade.preprocessors.ForStudents")
_IGNORED = CourseDirectory.ignore.default()

# The text that students find in place of a solution.
STUB = '# YOUR CODE HERE\nraise NotImplementedError("not written yet: replace this line")'
WRITTEN_STUB = "YOUR ANSWER HERE"
# Folders beside the sources: known mistakes, what shows them, what hidden tests share.
NO_ASSIGNMENTS = {"misconceptions", "examples", "helpers"}


def configure(c: Any, **options: Any) -> None:
    """Set up nbgrader's configuration `c`. `options` are traits of `Examine`, as in configure(c, memory_gib=4.0)."""
    c.Autograde.autograde_preprocessors = [_STOCK.get(name, name) for name in _AUTOGRADE]
    c.GenerateAssignment.preprocessors = list(_RELEASE)
    c.Autograde.exporter_class = "autograder.grade.preprocessors.RepairingExporter"
    c.Autograde.sanitize_preprocessors = [_STOCK.get(name, name) for name in _SANITIZE]
    # Other conversions to HTML share this exporter with formgrader; the view acts on formgrader's pages alone.
    c.HTMLExporter.preprocessors = ["autograder.grade.views.InstructorView"]
    c.GenerateFeedback.preprocessors = ["autograder.grade.views.StudentView"]
    c.GenerateFeedback.exporter_class = "autograder.grade.page.FeedbackPage"
    for name, value in options.items():
        setattr(c.Examine, name, value)
    converters.install()


def configure_course(config: Any, root: str) -> None:
    """Sets the source step to `solutions/` and the release step to `notebooks/` in nbgrader's configuration."""
    course = Course(Path(root))
    configure(config)
    config.CourseDirectory.source_directory = course.solutions.name
    config.CourseDirectory.release_directory = course.notebooks.name
    # With the pattern "*" nbgrader makes room by deleting the whole folder of an assignment, README and data included.
    # With any other pattern it deletes the notebooks that it is about to write, and no more.
    config.CourseDirectory.notebook_id = "[!.]*"
    # The notebooks are committed, so they are always there: without this nbgrader would skip every assignment.
    config.GenerateAssignment.force = True
    # nbgrader releases every file that lies beside the source notebook. Only the folder `data` is meant for students.
    beside_source = os.path.join(root, course.solutions.name, ".", "*")
    config.CourseDirectory.ignore = [
        *_IGNORED,
        *(os.path.join(beside_source, pattern) for pattern in everything_but("data")),
    ]
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = WRITTEN_STUB
    # Outputs of a cell that has ended come late on a busy machine; nbclient gives them four seconds.
    config.Execute.iopub_timeout = 60
    _list_assignments_only()
    _refresh(course)


def course_directory(root: Path) -> CourseDirectory:
    """Where nbgrader's settings say that things lie: the folders of a course and its gradebook. nbgrader reads them
    from Jupyter's folders and then from the course's, each time a .py file and then a .json file."""
    config = Config()
    for folder in (*reversed(jupyter_config_path()), str(root)):
        for loader, ending in ((PyFileConfigLoader, "py"), (JSONFileConfigLoader, "json")):
            with suppress(ConfigFileNotFound):
                config.merge(loader(f"nbgrader_config.{ending}", path=folder).load_config())
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(root)
    return CourseDirectory(config=config)


def everything_but(name: str) -> list[str]:
    """Glob patterns that together match every file name except one."""
    shorter = [name[:n] for n in range(1, len(name))]
    other_letter = [f"{name[:n]}[!{letter}]*" for n, letter in enumerate(name)]
    return [".*", *shorter, *other_letter, f"{name}?*"]


def _list_assignments_only() -> None:
    """Formgrader takes every folder of the source step for an assignment; nbgrader has no setting for it."""
    listed: Callable[[Any], set[str]] = NbGraderAPI.get_source_assignments
    if getattr(listed, "assignments_only", False):
        return

    @functools.wraps(listed)
    def get_source_assignments(api: Any) -> set[str]:
        return listed(api) - NO_ASSIGNMENTS

    get_source_assignments.assignments_only = True  # type: ignore[attr-defined]
    NbGraderAPI.get_source_assignments = get_source_assignments


def _refresh(course: Course) -> None:
    if not course.solutions.is_dir():
        return
    # jupytext is imported only where there is something to build.
    from ..course.percent import refresh_sources

    for problem in refresh_sources(course):
        print(f"autograder: the source notebook could not be made. {problem}", file=sys.stderr)
