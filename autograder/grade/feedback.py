"""What students get to see: the graded notebook without hidden tests, and without anything that a browser would run.

nbgrader runs it before it turns a graded notebook into HTML. The instructor's page is made by `instructor`.
"""

import html
from typing import Any, Final

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import List as ListTrait

from ..course.markup import split
from .sanitize import IMAGES, clean, rendered

_PLAIN: Final = ("text/plain", *IMAGES)


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
            cell.source = rendered(cell.source, cell.pop("attachments", None))
        return cell, resources


def _safe(output: NotebookNode) -> NotebookNode:
    data = output.get("data")
    if data is None:
        return output
    kept = {mime: data[mime] for mime in _PLAIN if mime in data}
    for mime, make in (("text/html", clean), ("text/markdown", rendered), ("text/latex", clean)):
        if mime in data:
            text = data[mime]
            kept[mime] = make("".join(text) if isinstance(text, list) else str(text))
    if not kept:
        kept["text/plain"] = "(an output that is not shown here: " + html.escape(", ".join(data)) + ")"
    output.data = NotebookNode(kept)
    output.metadata = NotebookNode()
    return output
