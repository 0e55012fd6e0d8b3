"""The cells of a graded notebook as HTML, for the page that its student gets. Pure functions over cells of which all
that is the student's own is safe to show."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final

from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ..course.markup import TestCell, grade_id, is_locked
from ..engine.cells import LEFT_OUT
from .counted import counted
from .formulas import with_mathml
from .gradebook import CellMark
from .sanitize import picture

_HEADING: Final = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h[1-6]>", re.DOTALL)
_ANCHOR: Final = re.compile(r'<a [^>]*class="anchor-link"[^>]*>.*?</a>|<a href="#[^"]*"[^>]*>\N{PILCROW SIGN}</a>')
_TAG: Final = re.compile(r"<[^>]*>")
_SECTION: Final = "2"
_UNDER: Final = 2  # levels at which the notebook's headings stand below the page's
_SCROLLS: Final = '<div class="wide" tabindex="0">'
_PICTURES: Final = ("image/png", "image/jpeg", "image/svg+xml")
_HTML: Final = ("text/html", "text/markdown", "text/latex")


@dataclass(frozen=True)
class ShownCell:
    """A cell of the notebook. fold: what its folded form says; "" where it is open."""

    anchor: str
    kind: str  # markdown, passed, failed or code
    head: str
    source: Markup
    outputs: tuple[Markup, ...] = ()
    fold: str = ""


def heading_of(html: str) -> str:
    """The text of the last heading in some HTML, of those of sections if there is one; "" where there is none."""
    found = _HEADING.findall(html)
    sections = [text for level, text in found if level <= _SECTION]
    last = (sections or [text for _, text in found] or [""])[-1]
    return unescape(_TAG.sub("", _ANCHOR.sub("", last))).replace("\N{PILCROW SIGN}", "").strip()


def anchor_of(name: str) -> str:
    """The id of a cell on the page."""
    return "cell-" + re.sub(r"[^\w.-]", "_", name)


def shown_cells(nb: NotebookNode, marks: Mapping[str, CellMark]) -> Iterator[ShownCell]:
    """The cells as HTML, in their order. What passed, what was provided and what was not run is folded."""
    level = _UNDER
    for number, cell in enumerate(nb.cells, 1):
        name = grade_id(cell) or ""
        anchor = anchor_of(name or str(number))
        if cell.cell_type == "markdown":
            html, level = _under(_wide(with_mathml(cell.source)), level)
            head = _points(marks[name]) if name in marks else ""
            yield ShownCell(anchor, "markdown", head, Markup(html))
            continue
        if cell.cell_type != "code":
            yield ShownCell(anchor, "code", "", Markup(f"<pre>{escape(cell.source)}</pre>"))
            continue
        outputs = tuple(filter(None, (_output(output, number) for output in cell.outputs)))
        kind, head, fold = "code", "", ""
        if name in marks:
            passed = marks[name].score >= marks[name].max_score
            kind = "passed" if passed else "failed"
            head = f"{label_of(name)}: {_points(marks[name])}"
            fold = head if passed and is_locked(cell) else ""
        elif is_locked(cell):
            fold = f"Provided: {name}"
        elif any(LEFT_OUT in output for output in outputs):
            fold = "Not run when it was graded: no mark depends on it"
        yield ShownCell(anchor, kind, head, highlighted(cell.source), outputs, fold)


def label_of(name: str) -> str:
    """ "Test of softmax (value)" for the cell test-softmax-value."""
    test = TestCell.parse(name)
    return f"Test of {test.exercise} ({test.aspect})" if test else name


def _points(mark: CellMark) -> str:
    if mark.unmarked:
        return f"not marked yet, {counted(mark.max_score, 'point')}"
    return f"{mark.score:g} of {counted(mark.max_score, 'point')}"


def _under(html: str, level: int) -> tuple[str, int]:
    """With its headings below those of the page, one level at a time, for readers who go from heading to heading."""

    def lower(found: re.Match[str]) -> str:
        nonlocal level
        level = min(int(found[1]) + _UNDER, level + 1, 6)
        return f"<h{level}>{_ANCHOR.sub('', found[2])}</h{level}>"

    return _HEADING.sub(lower, html), level


@lru_cache(2048)
def highlighted(source: str) -> Markup:
    """Python code as HTML."""
    html = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return Markup(f'<pre class="code">{html.rstrip()}</pre>')


def _output(output: NotebookNode, number: int) -> Markup:
    if output.output_type == "stream":
        return _pre(_text(output.text))
    if output.output_type == "error":
        return _pre("\n".join(output.traceback), "error")
    data = output.get("data", {})
    for kind in _HTML:
        if kind in data:
            return Markup(f'<div class="html">{_wide(with_mathml(_text(data[kind])))}</div>')
    for kind in _PICTURES:
        if kind in data:
            return Markup(picture(kind, _text(data[kind])).replace('alt=""', f'alt="Output of cell {number}"'))
    return _pre(_text(data["text/plain"])) if "text/plain" in data else Markup()


def _pre(text: str, kind: str = "output") -> Markup:
    """Text without its colours, which are made for a terminal and hard to read on a page."""
    return Markup(f'<pre class="{kind}">{escape(strip_ansi(text).rstrip())}</pre>')


def _wide(html: str) -> str:
    """What may be wider than the page scrolls by itself, also with the keyboard."""
    return html.replace("<table", f"{_SCROLLS}<table").replace("</table>", "</table></div>")


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
