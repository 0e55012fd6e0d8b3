"""`autograder feedback`: the pages of a class side by side, each made by nbgrader's own command."""

import glob
import logging
import os
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from nbgrader.converters import GenerateFeedback, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from ..course.paths import Course, CourseError
from . import converters
from .config import course_directory
from .converters import folders_of
from .task import heard
from .workers import TRIES, LocalWorkers

_FEW: Final = 60  # pages; each takes a thirtieth of a second
_LOST: Final = f"the process that made the page ended {TRIES} times"


@dataclass(frozen=True)
class Pages:
    """What all pages of an assignment share. with_solution: whether they show solutions."""

    root: str
    assignment: str
    with_solution: bool = False


class FeedbackRun:
    """The pages of the submissions of an assignment that are graded."""

    def __init__(self, course: Course, assignment: str, *, with_solution: bool = False) -> None:
        os.chdir(course.root)  # as for nbgrader, whose settings may count from there
        self._folder = course_directory(course.root)
        self._folder.assignment_id = assignment
        self._pages = Pages(str(course.root), assignment, with_solution)
        self.assignment = assignment

    def students(self, wanted: Sequence[str] = ()) -> list[str]:
        """All that are graded if none is wanted. Raises CourseError for one that is not graded."""
        graded = list(folders_of(self._folder, self._folder.autograded_directory))
        if missing := [student for student in wanted if student not in graded]:
            raise CourseError(f"{self.assignment} is not graded for {', '.join(missing)}: autograder grade does it")
        if not graded:
            raise CourseError(f"nothing of {self.assignment} is graded: run autograder grade {self.assignment} first")
        return list(wanted or graded)

    def make(
        self,
        students: Sequence[str],
        workers: Callable[[], AbstractContextManager[LocalWorkers]],
        watch: Callable[[str, str], None],
    ) -> None:
        """Writes the page of each student anew; `watch` hears of each, with the reason where there is none. A few are
        made in this process, in less time than others take to start."""
        if len(students) <= _FEW:
            for student in students:
                watch(student, make_page(self._pages, student))
            return
        with workers() as pool:
            for student, error in pool.each(make_page, self._pages, deque(students)):
                watch(student, _LOST if error is None else error)

    def place(self, student: str) -> str:
        """The folder with the page of a student."""
        return self._folder.format_path(self._folder.feedback_directory, student, self.assignment)


def make_page(pages: Pages, student: str) -> str:
    """Makes the page of one student; gives the reason where that fails."""
    config = Config(_config(pages.root))
    config.CourseDirectory.assignment_id = pages.assignment
    config.CourseDirectory.student_id = glob.escape(student)
    if pages.with_solution:
        config.FeedbackPage.with_solution = True
    coursedir = CourseDirectory(config=config)
    with heard() as said:
        try:
            GenerateFeedback(coursedir=coursedir, config=config, force=True).start()
        except NbGraderException:
            return "\n".join(text for level, text in said if level >= logging.ERROR)
        except Exception as problem:  # of this program: the others go on
            return "".join(traceback.format_exception(problem))
    return ""


@cache
def _config(root: str) -> Config:
    os.chdir(root)
    converters.install()
    return course_directory(Path(root)).config
