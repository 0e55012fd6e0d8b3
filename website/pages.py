"""The notebooks as pages to read: what is handed out, with the figures that a finished one shows.

A finished notebook is run, and its outputs are put behind the cells of the one that is handed out, but for those of
tests and of answers. No line of a solution gets into a page; the one that holds one stops the build.
"""

import re
from html import unescape
from typing import Any

import nbformat
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from autograder.course.markup import grade_id, is_autograded
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.grade.formulas import with_mathml
from autograder.release.proofs import run
from autograder.sample.students import fill

KEPT = "nbcore-last"  # the picture that a notebook keeps for the day when its kernel is gone
ANSWERS = ("Answer: ", "Measured: ")
NO_LINE = 12  # characters: a shorter line of a solution says nothing
HEADING = re.compile(r'<h([1-3])[^>]* id="([^"]*)"[^>]*>(.*?)</h\1>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
NOTE = (
    "The figures of this page come from a finished notebook, and its sliders stand still. Where you work on it, in the "
    "browser or on your own machine, the figures are those of your functions, and the sliders move them."
)


class LeakError(Exception):
    """A line of a solution would stand in a page."""


class Page(HTMLExporter):
    """A notebook as the inside of a page, with formulas as MathML: no script is needed to show them."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """A cell of text as HTML."""
        return with_mathml(super().markdown2html(context, source))


def title_of(notebook: NotebookNode) -> str:
    """The first heading."""
    return str(notebook.cells[0].source).partition("\n")[0].removeprefix("# ")


def notebook_page(course: Course, name: str) -> str:
    """The inside of the page of one notebook, as HTML."""
    released = nbformat.read(course.release_notebook(name), as_version=4)
    solutions = Plan.of(source_notebook(course, name).cells).solutions
    shown = with_outputs(released, solutions)
    exporter = Page(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(shown)
    if told := leaks(released, solutions, body):
        raise LeakError(f"{name}: the page would show {told[0]!r} of the solution")
    body = body.replace("<pre>", '<pre tabindex="0">')  # the keyboard reaches what can be scrolled
    return f'<div class="notebook">\n{body}\n</div>\n'


def with_outputs(released: NotebookNode, solutions: dict[str, str]) -> NotebookNode:
    """The notebook that is handed out with the figures of the finished one."""
    finished = nbformat.from_dict(released)
    fill(finished, solutions)
    finished = run(finished)
    shown = nbformat.from_dict(released)
    for cell, done in zip(shown.cells, finished.cells, strict=True):
        if cell.cell_type == "code":
            only_figures = grade_id(cell) in solutions
            outputs = [] if is_autograded(cell) else list(map(_still, done.outputs))
            cell.outputs = [out for out in outputs if out is not None and ("data" in out or not only_figures)]
    return shown


def _still(output: NotebookNode) -> NotebookNode | None:
    """An output as it is without a kernel, None for one that only a kernel gives a meaning."""
    if output.output_type == "error":
        raise ValueError(f"a finished notebook does not run: {output.ename}: {output.evalue}")
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    page = output.data.get("text/html", "")
    if not page and "application/vnd.jupyter.widget-view+json" in output.data:
        return None
    if KEPT in page:
        return None
    if str(output.data.get("text/plain", "")).startswith(ANSWERS):
        page = f"<details><summary>The answer to the question above</summary>{page}</details>"
    kept = {"text/html": page} if page else dict(output.data)
    return nbformat.v4.new_output("display_data", data=kept)


def leaks(released: NotebookNode, solutions: dict[str, str], body: str) -> list[str]:
    """The lines of the solutions that a page shows and the notebook that is handed out does not."""
    known = _in_one_line("\n".join(cell.source for cell in released.cells))
    text = _in_one_line(unescape(TAG.sub("", body)))
    lines = [_in_one_line(line) for code in solutions.values() for line in code.split("\n")]
    return [line for line in lines if len(line) >= NO_LINE and line not in known and line in text]


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def headings(page: str) -> list[tuple[int, str, str]]:
    """Level, anchor and text of each heading."""
    found = HEADING.findall(page)
    return [(int(level), anchor, unescape(TAG.sub("", text)).rstrip("¶").strip()) for level, anchor, text in found]


def link_to(name: str) -> str:
    """Where a notebook opens in JupyterLite, from the root of the site."""
    return f"lite/lab/index.html?path={name}.ipynb"
