"""A scratch copy of the course for a server to work on, and the notebooks in it that a solver would have.

Nothing here touches the checkout. The fixtures of this folder and `benchmarks/slider_latency.py` call it.
"""

import io
import re
import shlex
import shutil
from pathlib import Path

import nbformat
from rich.console import Console

from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.sample.demo import _print_places
from autograder.sample.students import fill

ROOT = Course(Path(__file__).parent.parent.parent)
NAME = "01_activations"


def copy_course(folder: Path) -> Course:
    """A copy of what an author has: settings, sources and student notebooks."""
    course = Course(folder)
    shutil.copytree(ROOT.solutions, course.solutions, ignore=shutil.ignore_patterns("*.ipynb", ".built", "__pycache__"))
    shutil.copytree(ROOT.notebooks, course.notebooks, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT.config, course.config)
    return course


def formgrader_command(course: Course) -> list[str]:
    """The arguments of `jupyter` in the command that the demo prints for this course."""
    said = io.StringIO()
    _print_places(Console(file=said, width=200), course, NAME)
    line = next(line for line in said.getvalue().splitlines() if line.startswith("formgrader:"))
    words = shlex.split(line)
    return words[words.index("jupyter") + 1 :]


def widgets_in(name: str) -> list[str]:
    """The explorers that a notebook shows, in order: every `widgets.NAME(` in a line of code of its source."""
    source = ROOT.percent(name).read_text(encoding="utf-8")
    return re.findall(r"^[^#\n]*\bwidgets\.(?!predict\b)(\w+)\(", source, re.MULTILINE)


def write_solved(course: Course, name: str = NAME) -> str:
    """Writes a notebook with solutions and hidden tests in it; returns its path below the root of the course."""
    return _write(course, f"solved_{name}.ipynb", source_notebook(course, name))


def write_filled(course: Course) -> str:
    """Writes the student notebook with every exercise solved; returns its path below the root of the course."""
    notebook = nbformat.read(course.release_notebook(NAME), as_version=4)
    fill(notebook, Plan.of(source_notebook(course, NAME).cells).solutions)
    return _write(course, "filled.ipynb", notebook)


def _write(course: Course, name: str, notebook: nbformat.NotebookNode) -> str:
    nbformat.write(notebook, course.root / name)
    return name
