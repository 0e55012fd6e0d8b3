"""Tries an assignment's own solution before any student is graded: `autograder try` prints what comes of it."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass

from ..course.paths import Course, CourseError
from . import gradebook
from .config import course_directory
from .delimiters import Delimiters
from .preprocessors import Examine
from .proof import Proof


@dataclass(frozen=True)
class Tried:
    """What came of one notebook, which has so many autograded test cells."""

    notebook: str
    tests: int
    proof: Proof

    @property
    def ok(self) -> bool:
        """Whether the solution has all points."""
        return not self.proof.failing and not self.proof.only_here

    def describe(self) -> str:
        """Lines for a terminal."""
        inside, failing, only_here = self.proof.in_process, self.proof.failing, self.proof.only_here
        lost = len(failing) + len(only_here)
        said = f"FAILS {lost} of them" if lost else "has all points"
        lines = [f"{self.notebook}: {self.tests} test cells; the solution {said}"]
        lines += [f"  {cell} fails in the examiner and in process: {why}" for cell, why in failing.items()]
        lines += [
            f"  {cell} passes in a plain kernel and fails in the sandbox; points lost there are left to a person: {why}"
            for cell, why in only_here.items()
        ]
        lines += [
            f"  {cell} will be graded in process, where its hidden lines can be read: {why}"
            for cell, why in inside.items()
        ]
        return "\n".join(lines)


def try_assignment(course: Course, name: str) -> Iterator[Tried]:
    """Each notebook of a released assignment. Raises CourseError where nbgrader or the source folder lacks one."""
    os.chdir(course.root)  # as for nbgrader, whose settings may count from there
    logging.getLogger("autograder").setLevel(logging.ERROR)  # the same would be said twice
    folder = course_directory(course.root)
    known = gradebook.released_notebooks(folder.db_url, name)
    if not known:
        raise gradebook.unknown(name)
    source = folder.format_path(folder.source_directory, ".", name)
    for notebook, cells in known.items():
        if not os.path.isfile(os.path.join(source, f"{notebook}.ipynb")):
            raise CourseError(f"there is no solution to try: {os.path.join(source, notebook)}.ipynb is missing")
        examine = Examine(config=folder.config)
        released = Delimiters(examine).usual_cells(cells)
        where = {"db_url": folder.db_url, "assignment": name, "notebook": notebook}
        tests = sum(cell.grade and not cell.solution for cell in released)
        yield Tried(notebook, tests, examine.proof(where, released))
