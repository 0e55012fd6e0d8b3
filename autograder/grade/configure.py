"""The one call that a course's nbgrader_config.py makes to grade with the examiner.

from autograder.grade import configure
c = get_config()
configure(c)
"""

from typing import Any

from ..repair import configure_repair
from .record import SUFFIX

_STOCK = {
    "nbgrader.preprocessors.Execute": "autograder.grade.preprocessors.Examine",
    "nbgrader.preprocessors.SaveAutoGrades": "autograder.grade.preprocessors.SaveMarks",
    "nbgrader.preprocessors.CheckCellMetadata": "autograder.grade.preprocessors.CheckMetadata",
}
_AUTOGRADE = (
    "nbgrader.preprocessors.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_FEEDBACK = ("nbgrader.preprocessors.GetGrades", "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor")
_IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")


def configure(c: Any, **options: Any) -> None:
    """Set up nbgrader's configuration `c`. `options` are traits of `Examine`, as in configure(c, memory_gib=4.0)."""
    c.Autograde.autograde_preprocessors = [_STOCK.get(name, name) for name in _AUTOGRADE]
    configure_repair(c)
    c.Autograde.sanitize_preprocessors = [_STOCK.get(name, name) for name in c.Autograde.sanitize_preprocessors]
    c.Autograde.pre_convert_hook = "autograder.grade.links.remove_links"
    # Formgrader and the feedback share this exporter; the view acts on formgrader's pages alone.
    c.HTMLExporter.preprocessors = ["autograder.grade.instructor.InstructorView"]
    c.GenerateFeedback.preprocessors = ["autograder.grade.feedback.StudentView", *_FEEDBACK]
    # Records hold what hidden tests expect; nbgrader copies every file beside a notebook into the feedback.
    c.CourseDirectory.ignore = [*_IGNORED, f"*{SUFFIX}"]
    for name, value in options.items():
        setattr(c.Examine, name, value)
