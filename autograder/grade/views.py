"""The two pages that nbgrader makes of a graded notebook: the student's feedback, and the instructor's in formgrader.

The student sees it without hidden tests, and without anything that a browser would run. The instructor sees everything,
and nothing of it acts: student HTML is cleaned, and where that takes something away the original stands below as text;
scripts and whatever else a browser would run stand there as text only. From the record beside the notebook come the
examiner's own messages and what was seen of the submission. They are put into the instructor's page and never into the
graded notebook, from which feedback is made.
"""

import json
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode, v4
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import List as ListTrait

from ..course.markup import (
    MARK_SCHEME,
    SOLUTION,
    Region,
    flags,
    grade_id,
    is_marked_by_a_person,
    outside,
    split,
    within,
)
from ..course.paths import RECORD_SUFFIX
from ..engine.record import Mark, NotebookRecord
from ..limits import MIB
from . import gradebook
from .delimiters import Delimiters
from .sanitize import IMAGES, block, clean, html_of, picture, rendered, takes_something

_PLAIN: Final = ("text/plain", *IMAGES)
_NOT_NBCONVERTS: Final = ("image/gif", "image/webp")  # it has no place for them
_TAKEN: Final = "The original, as text: cleaning has taken something away"
_MODEL: Final = "Model answer and mark scheme, which students do not see"
_SCHEME: Final = "How this is marked"
_QUESTION: Final = "The question, which the student has replaced"
_MAX_TEXT: Final = 100_000

# ---------------------------------------------------------------- the student's page


class StudentView(NbGraderPreprocessor):
    """Drops hidden test lines, and keeps of outputs and written answers only what is safe to show. A mark scheme is
    shown with the mark, and not before a person has given it."""

    display_data_priority = ListTrait([], help="Unused; the converter to HTML hands it to every preprocessor.").tag(
        config=True
    )

    @cached_property
    def _delimiters(self) -> Delimiters:
        return Delimiters(self)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        nb, resources = super().preprocess(nb, resources)
        nb.metadata.pop("widgets", None)
        return nb, resources

    def _is_marked(self, cell: NotebookNode, where: Any) -> bool:
        """Whether a person has marked a cell, as far as there is a gradebook."""
        if not where:
            return False
        marks = gradebook.marks_of(where["db_url"], where["notebook"], where["assignment"], where["student"]).marks
        mark = marks.get(grade_id(cell) or "")
        return mark is not None and not mark.unmarked

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code":
            if flags(cell).get("grade"):
                cell.source = split(self._delimiters.usual(cell.source)).visible.rstrip()
            cell.outputs = [_safe(output) for output in cell.outputs]
        else:
            source = self._delimiters.usual(cell.source)
            if MARK_SCHEME.begin in source:
                is_marked = self._is_marked(cell, resources.get("nbgrader"))
                scheme = within(source, MARK_SCHEME) if is_marked else ""
                cell.source = without(source, MARK_SCHEME) + (f"\n\n**{_SCHEME}**\n\n{scheme}" if scheme else "")
            cell.source = rendered(cell.source, cell.pop("attachments", None))
        return cell, resources


def _safe(output: NotebookNode) -> NotebookNode:
    data = output.get("data")
    if data is None:
        return output
    texts = _texts(data)
    kept: dict[str, Any] = {mime: texts[mime] for mime in _PLAIN if mime in texts}
    for mime, make in (("text/html", clean), ("text/markdown", rendered), ("text/latex", _formula)):
        if mime in texts:
            kept[mime] = make(str(texts[mime]))
    _add_pictures(kept)
    if not kept:
        kept["text/plain"] = "(an output that is not shown here: " + escape(", ".join(data)) + ")"
    output.data = NotebookNode(kept)
    output.metadata = NotebookNode()
    return output


def _texts(data: dict[str, Any]) -> dict[str, Any]:
    return {mime: "".join(value) if isinstance(value, list) else value for mime, value in data.items()}


def _formula(text: str) -> str:
    """LaTeX as HTML that shows it: the sign < is no tag there."""
    return clean(escape(text, quote=False))


def _add_pictures(kept: dict[str, Any]) -> None:
    for mime in _NOT_NBCONVERTS:
        if mime in kept and (html := picture(mime, str(kept.pop(mime)))):
            kept.setdefault("text/html", html)


# ---------------------------------------------------------------- the instructor's page


class InstructorView(NbGraderPreprocessor):
    """Acts on formgrader's pages alone: other conversions to HTML share their configuration with it."""

    display_data_priority = ListTrait([], help="Unused; the converter to HTML hands it to every preprocessor.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if "submission_id" not in resources:
            return nb, resources
        nb.metadata.pop("widgets", None)
        authors = self._authors_cells(resources)
        for cell in nb.cells:
            source = authors.get(grade_id(cell) or "", "")
            model = _inner(source)
            if cell.cell_type == "code":
                cell.outputs = [shown for output in cell.outputs for shown in _shown(output)]
                cell.outputs += [_display(_folded(_MODEL, _pre(model)))] if model else []
            else:
                question = "\n".join(outside(source, SOLUTION, MARK_SCHEME))
                is_there = "".join(question.split()) in "".join(cell.source.split())
                cell.source = _markdown(cell.source, cell.pop("attachments", None))
                if model and not is_there:
                    cell.source = block(_folded(_QUESTION, rendered(question))) + "\n\n" + cell.source
                cell.source += "\n\n" + block(_folded(_MODEL, rendered(model))) if model else ""
        record = record_beside(resources)
        if record is not None:
            _add_record(nb, record)
        return nb, resources

    def _authors_cells(self, resources: Any) -> dict[str, str]:
        """By name what the course's source notebook holds in the cells that a person marks: the question, the model
        answer, and how to mark."""
        cells = authors_cells(self, resources.get("assignment_id", ""), resources.get("notebook_id", ""))
        return {grade_id(cell) or "": cell.source for cell in cells if is_marked_by_a_person(cell)}


def authors_cells(parent: Any, assignment: str, notebook: str, step: str | None = None) -> list[NotebookNode]:
    """The cells of the course's source notebook, or of that in another step of nbgrader's, with the usual marks; none
    where it is not at hand. parent: any of nbgrader's objects that has the configuration."""
    folder = CourseDirectory(parent=parent)
    path = Path(folder.format_path(step or folder.source_directory, ".", assignment)) / f"{notebook}.ipynb"
    try:
        cells = nbformat.read(path, as_version=4).cells
    except (OSError, ValueError):  # no such file, or none of that form
        return []
    delimiters = Delimiters(parent)
    for cell in cells:
        cell.source = delimiters.usual(cell.source)
    return list(cells)


def _inner(source: str) -> str:
    """What the source has between its marks, which students do not get; all of it where there are none."""
    return "\n\n".join(filter(None, (within(source, region) for region in (SOLUTION, MARK_SCHEME)))) or source


def released_text(source: str) -> str:
    """What the source of a text has outside the regions that students do not get."""
    for region in (SOLUTION, MARK_SCHEME):
        source = without(source, region)
    return source


def without(source: str, region: Region) -> str:
    """A text may be a student's, in which marks need not pair up: all behind one that is not ended goes."""
    kept, inside = [], False
    for line in source.split("\n"):
        if line.strip() in (region.begin, region.end):
            inside = line.strip() == region.begin
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def record_beside(resources: Any) -> NotebookRecord | None:
    """The record beside the notebook that a page is made of; None where there is none, or none of ours."""
    where = resources.get("metadata", {})
    return NotebookRecord.read(Path(where.get("path") or ".") / f"{where.get('name')}{RECORD_SUFFIX}")


# ---------------------------------------------------------------- the student's parts


def _markdown(source: str, attachments: Any) -> str:
    safe = rendered(source, attachments)
    if not takes_something(html_of(source), safe):
        return safe
    return block(safe + _original(source))


def _shown(output: NotebookNode) -> list[NotebookNode]:
    """The output with what is safe of it, and after it the rest as text."""
    data = output.get("data")
    if data is None:
        return [output]
    texts = _texts(data)
    kept: dict[str, Any] = {mime: texts.pop(mime) for mime in _PLAIN if mime in texts}
    originals = []
    for mime, make in (("text/html", _html), ("text/markdown", _markdown_output), ("text/latex", _latex)):
        if mime in texts:
            text = str(texts.pop(mime))
            kept[mime], before = make(text)
            if takes_something(before, kept[mime]):
                originals.append(_original(text, mime))
    _add_pictures(kept)
    for mime, value in texts.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=1, default=repr)
        originals.append(_original(text, mime, "not run here"))
    output.data = NotebookNode(kept or {"text/plain": "(see below)"})
    output.metadata = NotebookNode()
    return [output, *(_display(html) for html in originals)]


def _html(text: str) -> tuple[str, str]:
    return clean(text), text


def _markdown_output(text: str) -> tuple[str, str]:
    return rendered(text), html_of(text)


def _latex(text: str) -> tuple[str, str]:
    return _formula(text), escape(text, quote=False)


def _original(text: str, mime: str = "", why: str = "") -> str:
    head = f"{mime}, {why}" if why else f"{_TAKEN} ({mime})" if mime else _TAKEN
    return _folded(head, _pre(text))


def _folded(head: str, html: str) -> str:
    """Formgrader's style takes the triangle from a summary that says that there is more."""
    return f"<details><summary>\N{BLACK RIGHT-POINTING SMALL TRIANGLE} {escape(head)}</summary>{html}</details>"


def _pre(text: str) -> str:
    """Text as it is, in one line of HTML, which neither Markdown nor MathJax touches."""
    if len(text) > _MAX_TEXT:
        text = f"{text[:_MAX_TEXT]}\n... {len(text) - _MAX_TEXT} more characters stand in the graded notebook"
    return "<pre>" + escape(text).replace("\n", "&#10;").replace("\r", "&#13;") + "</pre>"


def _display(html: str) -> NotebookNode:
    return v4.new_output("display_data", data={"text/html": html})


# ---------------------------------------------------------------- the examiner's parts


def _add_record(nb: NotebookNode, record: NotebookRecord) -> None:
    marks = {mark.cell: mark for mark in record.marks}
    for cell in nb.cells:
        mark = marks.get(grade_id(cell) or "")
        if mark is not None and cell.cell_type == "code" and mark.reached != "manual":
            cell.outputs.append(_display(_verdict(mark)))
    nb.cells.insert(0, v4.new_markdown_cell(block(_summary(record))))


def _verdict(mark: Mark) -> str:
    """What the outputs above do not say: title, hint and the student's own error stand there."""
    score = "no mark" if mark.score is None else f"{mark.score:g} of {mark.max_score:g}"
    where = "by the examiner" if mark.reached == "examiner" else "in the student's process"
    verdict = mark.verdict
    title = f". {verdict.title}" if verdict and verdict.title else ""
    head = f"<p>{escape(f'Mark: {score}, reached {where}{title}.')}</p>"
    texts = (verdict.details, verdict.printed) if verdict else ("", "")
    rows = zip(("The examiner's error", "Printed by the hidden lines"), texts, strict=True)
    lines = [f"<p>{escape(name)}</p>{_pre(text)}" for name, text in rows if text]
    return head + (_folded("For you alone, not in the feedback", "".join(lines)) if lines else "")


def _summary(record: NotebookRecord) -> str:
    """What was seen of this submission, in a few lines above the notebook."""
    seconds = f"{record.cpu:.1f} s of CPU time, {record.wall:.1f} s in all, {record.memory / MIB:.0f} MiB"
    parts = [f"<p>Graded with isolation: {escape(record.isolation)}; {seconds}.</p>"]
    findings = [f"{finding.kind}: {finding.text}" for finding in record.all_findings]
    mistakes = [f"{row.exercise}: {row.name}" for row in record.mistakes]
    for title, rows in (("Findings", findings), ("Known mistakes", mistakes)):
        if rows:
            items = "".join(f"<li>{_inline(row)}</li>" for row in rows[:100])
            parts.append(f"<p>{title}: {len(rows)}</p><ul>{items}</ul>")
    return "\n".join(parts)


def _inline(text: str) -> str:
    """Text within a line, in which no formula is looked for."""
    return f"<code>{escape(text[:1000]).replace(chr(10), '&#10;')}</code>"
