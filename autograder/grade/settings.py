"""Settings with which submissions would run outside the sandbox, or hidden lines would get into a page, are refused in
words before the first notebook is converted: in `nbgrader_config.py` a line behind `configure(c)` can undo what that
has set."""

import functools
from typing import Any, Final

from nbgrader.converters import NbGraderException
from nbgrader.converters.base import BaseConverter
from traitlets.config import Config

from ..course.paths import RECORD_SUFFIX

_NEEDED: Final = (
    ("Autograde.exporter_class", "autograder.grade.preprocessors.RepairingExporter"),
    ("Autograde.sanitize_preprocessors", "autograder.grade.preprocessors.RepairCells"),
    ("Autograde.autograde_preprocessors", "autograder.grade.preprocessors.Examine"),
    ("GenerateFeedback.preprocessors", "autograder.grade.views.StudentView"),
    ("HTMLExporter.preprocessors", "autograder.grade.views.InstructorView"),
)


def examined(config: Config) -> bool:
    """Whether a course grades with the examiner at all."""
    return any(step in _text(config, setting) for setting, step in _NEEDED)


def undone(config: Config) -> str:
    """What is left of the settings of `configure` where some are gone, in words; else nothing."""
    missing = [(setting, step) for setting, step in _NEEDED if step not in _text(config, setting)]
    if not missing or len(missing) == len(_NEEDED):
        return ""
    setting, step = missing[0]
    what = "add steps to the list in place of writing it anew"
    if setting.endswith("_class"):
        what = "take out the line that sets another one"
    return f"c.{setting} leaves out {step}, which configure(c) has put there: {what}"


def install() -> None:
    """Has every command of nbgrader that converts notebooks look at its settings first."""
    start = BaseConverter.start
    if hasattr(start, "looks_first"):
        return

    @functools.wraps(start)
    def look_first(self: Any) -> None:
        if message := undone(self.config):
            self.log.error(message)
            raise NbGraderException(message)
        # Records hold what hidden tests expect; nbgrader copies every file beside a notebook into the feedback.
        records = f"*{RECORD_SUFFIX}"
        if records not in self.coursedir.ignore:
            self.coursedir.ignore = [*self.coursedir.ignore, records]
        start(self)

    look_first.looks_first = True  # type: ignore[attr-defined]
    BaseConverter.start = look_first


def _text(config: Config, setting: str) -> str:
    """The value of a setting, classes by their names."""
    section, name = setting.split(".")
    return str(config[section].get(name, ""))
