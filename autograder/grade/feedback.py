"""What students get to see: the graded notebook without hidden tests, and without anything that a browser would run.

nbgrader runs it before it turns a graded notebook into HTML. The instructor's own view is not touched.
"""

import html
import re
from typing import Any, Final

import nh3
from nbconvert.filters import markdown2html
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import List as ListTrait

from ..examiner.source import split

# Commands of MathJax that put links, identifiers or styles into the page.
_ACTIVE_MATHS: Final = re.compile(r"\\(?:href|require|cssId|class|style|data|html[A-Za-z]*)(?![A-Za-z])")
_PLAIN: Final = ("text/plain", "image/png", "image/jpeg", "image/gif")


class StudentView(NbGraderPreprocessor):
    """Drops hidden test lines, and keeps of outputs and written answers only what is safe to show."""

    display_data_priority = ListTrait([], help="Unused; the converter to HTML hands it to every preprocessor.").tag(
        config=True
    )

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code":
            if utils.is_grade(cell):
                cell.source = split(cell.source).visible.rstrip()
            cell.outputs = [_safe(output) for output in cell.outputs]
        else:
            cell.source = _rendered(cell.source)
            cell.pop("attachments", None)
        return cell, resources


def _rendered(text: str) -> str:
    """Markdown as clean HTML in one block. Markdown itself cannot be cleaned: it spells a link in too many ways."""
    lines = _clean(markdown2html(text)).splitlines()
    # A blank line would end the block, and what follows would be read as Markdown once more.
    return "<div>\n" + "\n".join(line for line in lines if line.strip()) + "\n</div>"


def _clean(text: str) -> str:
    """Text for a browser: no element that acts, and no formula that makes a link."""
    return _ACTIVE_MATHS.sub(r"\\text", nh3.clean(text) if "<" in text else text)


def _safe(output: NotebookNode) -> NotebookNode:
    data = output.get("data")
    if data is None:
        return output
    kept = {mime: data[mime] for mime in _PLAIN if mime in data}
    for mime, clean in (("text/html", _clean), ("text/markdown", _rendered), ("text/latex", _clean)):
        if mime in data:
            text = data[mime]
            kept[mime] = clean("".join(text) if isinstance(text, list) else str(text))
    if not kept:
        kept["text/plain"] = "(an output that is not shown here: " + html.escape(", ".join(data)) + ")"
    output.data = NotebookNode(kept)
    output.metadata = NotebookNode()
    return output
