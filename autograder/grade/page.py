"""The page that a student gets back: the mark, an exercise a row, a card for each exercise that lost points, what a
person wrote, the notebook, and questions on the student's own code.

`FeedbackPage` is what nbgrader's `generate_feedback` calls; it gets the notebook as `StudentView` has left it, in which
all that is the student's own is safe to show. Nothing on the page is loaded from elsewhere, and nothing runs.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape
from nbconvert.exporters import Exporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool

from ..course.markup import (
    SOLUTION,
    TestCell,
    grade_id,
    is_autograded,
    is_marked_by_a_person,
    is_solution,
    is_written,
    within,
)
from ..engine.record import Mark, NotebookRecord
from ..limits import GIB, Stop
from ..mistakes.counter_examples import CounterExample
from ..questions.rules import Question
from . import gradebook, handed_in
from .causes import TIMES, FailedCell, cause, failed_cells
from .counted import counted
from .gradebook import CellMark, NotebookMarks, ReleasedCell
from .notebook_html import anchor_of, heading_of, highlighted, shown_cells
from .sanitize import rendered
from .views import authors_cells, record_beside, released_text

_TITLE_LINE: Final = re.compile(r".*: failed$")
_HINT: Final = re.compile(r"^Hint: (.*(?:\n(?!Hint: |\n).+)*)\n?", re.MULTILINE)  # to the end of its paragraph
_SMALLER: Final = re.compile(
    r"^  a smaller case that fails too:\n(?:(?:    |  gives  |  right  ).*\n)+\n?", re.MULTILINE
)
_UNWRITTEN: Final = re.compile(r"NotImplementedError(?:: (?P<name>[A-Za-z]\w*): )?|Not implemented yet$")
_AT: Final = re.compile(r"^-+> *\d+ (.*\S)", re.MULTILINE)  # the line at which a frame of a traceback stands
_DEAD: Final = "DeadKernelError"  # of a cell whose process has ended, now or before
_LONG: Final = 160  # characters of a reason in one line

# ---------------------------------------------------------------- what the page says


@dataclass(frozen=True)
class Lost:
    """A cell that lost points. because: what the tests themselves do not say. said: what they say, line by line."""

    name: str
    aspect: str
    mark: CellMark
    why: str = ""
    because: str = ""
    said: str = ""
    hints: tuple[str, ...] = ()
    examples: tuple[CounterExample, ...] = ()


@dataclass
class Exercise:
    """An exercise, or a written answer. code: the student's, as HTML. missing: names and docstrings that are no longer
    in its cell. anchor: of the first of its cells on the page."""

    name: str
    title: str
    anchor: str = ""
    marks: list[CellMark] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    code: Markup | None = None
    missing: tuple[tuple[str, str], ...] = ()
    solution: Markup | None = None
    written: bool = False

    @property
    def score(self) -> float:
        return sum(mark.score for mark in self.marks)

    @property
    def points(self) -> float:
        return sum(mark.max_score for mark in self.marks)

    @property
    def unmarked(self) -> bool:
        return any(mark.unmarked for mark in self.marks)

    @property
    def aspects(self) -> str:
        return ", ".join(dict.fromkeys(lost.aspect for lost in self.lost if lost.aspect))

    @property
    def why(self) -> str:
        return next((lost.why for lost in self.lost if lost.why), "")


def exercises_of(
    nb: NotebookNode,
    marks: NotebookMarks,
    record: NotebookRecord | None,
    released: Iterable[ReleasedCell],
    authors: Sequence[NotebookNode] = (),
) -> list[Exercise]:
    """What has points, in the order of the notebook.

    released: the cells that nbgrader knows. authors: all cells of the notebook as it was released, if it is at hand:
    headings are taken from there, for a student may have changed, moved or lost them.
    """
    found: dict[str, Exercise] = {}
    known = tuple(released)
    names = {grade_id(cell) for cell in nb.cells}
    by_cell = {mark.cell: mark for mark in record.marks} if record else {}
    headings = _headings(nb.cells, known) | _headings(authors, known)
    failed = failed_cells(nb, record, known)
    own = ((grade_id(cell) or "", is_solution(cell) and not is_written(cell)) for cell in nb.cells)
    answers = _answers(own) | _answers((cell.name, cell.solution and not cell.grade) for cell in known)
    for place, cell in enumerate(nb.cells):
        name = grade_id(cell) or ""
        if name not in marks.marks:
            continue
        test = TestCell.parse(name)
        key = test.exercise if test else name if is_marked_by_a_person(cell) else answers[name] or name
        if key not in found:
            title = headings.get(key) or headings.get(name)
            found[key] = Exercise(key, title or key, anchor_of(name), written=not is_autograded(cell))
        mark = marks.marks[name]
        found[key].marks.append(mark)
        if mark.score < mark.max_score and not mark.unmarked and is_autograded(cell):
            found[key].lost.append(_lost(nb, place, key, mark, by_cell.get(name), record, failed))
    for key, exercise in found.items():
        if key in names:
            exercise.anchor = anchor_of(key)
    _tell_apart(found.values())
    for exercise in found.values():
        exercise.lost = list(_each_hint_once(_own_examples(exercise.lost)))
    return list(found.values())


def _answers(cells: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """By name of a cell the last one up to it that students fill in: each with whether it is such a one."""
    answer = ""
    found: dict[str, str] = {}
    for name, is_open in cells:
        answer = name if is_open else answer
        found[name] = answer
    return found


def _headings(cells: Iterable[NotebookNode], released: Iterable[ReleasedCell]) -> dict[str, str]:
    """By name of a cell the last heading above it, or its own. released: a student may have written an answer in place
    of a heading; it is found there."""
    own = {
        cell.name: heading_of(rendered(released_text(cell.source)))
        for cell in released
        if cell.cell_type == "markdown" and (cell.grade or cell.task)
    }
    heading = ""
    found: dict[str, str] = {}
    for cell in cells:
        name = grade_id(cell) or ""
        if cell.cell_type == "markdown":
            heading = own.get(name) or heading_of(cell.source) or heading
        if name:
            found[name] = heading
    return found


def questions_of(exercises: Iterable[Exercise], record: NotebookRecord | None) -> list[tuple[Exercise, list[Question]]]:
    """The questions on each exercise that has full points, also after a person has looked at it."""
    asked: dict[str, list[Question]] = {}
    for question in record.questions if record else ():
        asked.setdefault(question.exercise, []).append(question)
    return [(one, asked[one.name]) for one in exercises if one.name in asked and one.score >= one.points]


def with_code(text: str) -> Markup:
    """A sentence in which code stands between backticks, as HTML."""
    parts = text.split("`")
    marked = (Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts))
    return Markup("").join(marked)


def _tell_apart(exercises: Iterable[Exercise]) -> None:
    """Exercises have their names behind the heading above them, where it does not name them or stands above several."""
    titles = Counter(exercise.title for exercise in exercises)
    written = Counter(exercise.title for exercise in exercises if exercise.written)
    for exercise in exercises:
        title = exercise.title
        if title == exercise.name:
            continue
        if exercise.written:
            exercise.title += ": written answer" if titles[title] > 1 else ""
            exercise.title += f" ({exercise.name})" if written[title] > 1 else ""
        elif _words(exercise.name) not in _words(title) or titles[title] > 1:
            exercise.title += f" ({exercise.name})"


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").casefold()


def _own_examples(cells: Sequence[Lost]) -> list[Lost]:
    """Each cell with the examples of its own aspect. One of another aspect shows why the points of that are lost; it
    stands here where there is no other, and once. Records of earlier versions do not say of which aspect it is."""
    own = [
        replace(lost, examples=tuple(one for one in lost.examples if one.aspect in ("", lost.aspect))) for lost in cells
    ]
    if any(lost.examples for lost in own):
        return own
    first = next((lost for lost in cells if lost.examples), None)
    return [lost if lost is first else replace(lost, examples=()) for lost in cells]


def _each_hint_once(cells: Iterable[Lost]) -> Iterator[Lost]:
    seen: set[str] = set()
    for lost in cells:
        new = tuple(hint for hint in dict.fromkeys(lost.hints) if hint not in seen)
        seen.update(new)
        yield replace(lost, hints=new)


def _lost(
    nb: NotebookNode,
    place: int,
    exercise: str,
    mark: CellMark,
    graded: Mark | None,
    record: NotebookRecord | None,
    failed: list[FailedCell],
) -> Lost:
    name = grade_id(nb.cells[place]) or ""
    test = TestCell.parse(name)
    said, hints, of_hidden = _without_hints(_said(nb, place, graded), graded)
    mistakes = record.mistakes if record else []
    known = [row.hint for row in mistakes if test and row.exercise == test.exercise and test.aspect in row.breaks]
    # A hidden test has one hint for all that can be wrong: what is known of this mistake is better.
    hints += known or of_hidden
    examples = tuple(one for one in record.examples if one.cell == name) if record else ()
    if examples:
        said = _SMALLER.sub("", said)  # which is of the same kind
    # Which name a hidden test lacks stands in the examiner's words alone; no more of them is shown than that.
    details = (graded.verdict.details if graded and graded.verdict else "").rstrip().rpartition("\n")[2]
    because = (
        _stopped(name, record)
        or _not_run(nb.cells[place], record)
        or cause(f"{said}\n{details}", place, exercise, failed)
    )
    if not because and not said and (graded is None or graded.score == mark.score):
        because = f"The test gave {mark.score:g} of {counted(mark.max_score, 'point')}."
    why = _first_reason(because or said)
    return Lost(name, test.aspect if test else "", mark, why, because, said, tuple(hints), examples)


def _not_run(cell: NotebookNode, record: NotebookRecord | None) -> str:
    """What is to be said of a test whose process was gone; what to do about it stands above all."""
    if record is None or record.ended is None or all(one.get("ename") != _DEAD for one in cell.get("outputs", ())):
        return ""
    where = _where(record.ended, record)
    if where == grade_id(cell):
        return "The notebook's process ended during this test."
    return f"This test was not run: the notebook's process had ended{_in(where)}."


def _stopped(name: str, record: NotebookRecord | None) -> str:
    """What is to be said of a cell that has reached a limit of time: its own message is about an interrupt."""
    stops = (finding.stop for finding in (record.all_findings if record else ()) if finding.cell == name)
    stop = next((stop for stop in stops if stop is not None and stop.kind in TIMES), None)
    return f"Stopped after {stop.amount or 0:g} seconds: does every loop come to an end?" if stop else ""


def _without_hints(said: str, graded: Mark | None) -> tuple[str, list[str], list[str]]:
    """What the tests say, the hints of visible tests that stood in it, which begin with "Hint:", and the hint of the
    first part of the hidden ones that failed: what fails behind it may fail because of that."""
    hints = [" ".join(found.split()) for found in _HINT.findall(said)]
    verdict = graded.verdict if graded else None
    first = verdict.hint.splitlines() if verdict else []
    others = [line for part in (verdict.more if verdict else ()) for line in part.hint.splitlines()]
    lines = [line for line in _HINT.sub("", said).splitlines() if line not in {*first, *others}]
    left = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n"))
    return left, hints, [line for line in first if line in said]


def _said(nb: NotebookNode, place: int, graded: Mark | None) -> str:
    """What the tests say: the messages that ended the cell, as in the notebook."""
    errors = [output for output in nb.cells[place].get("outputs", ()) if output.output_type == "error"]
    told = [strip_ansi("\n".join(output.traceback)) for output in errors]
    texts = [text for text in told if text and "Traceback (most recent call last)" not in text]
    texts += [
        f"{error.ename}: {error.evalue or _unsaid(nb, error.ename, text)}".removesuffix(": ")
        for error, text in zip(errors, told, strict=True)
        if text not in texts
    ]
    if not texts and graded and graded.verdict and not graded.verdict.passed:
        texts = ["\n".join(graded.verdict.lines())]
    return "\n\n".join(texts)


def _unsaid(nb: NotebookNode, kind: str, traceback: str) -> str:
    """In place of the message that an error does not have. A line of code is shown where it stands on the page."""
    if kind != "AssertionError":
        return "not written yet" if kind == "NotImplementedError" else ""
    at = _AT.findall(traceback)
    line = at[-1].strip() if at else ""
    shown = {text.strip() for cell in nb.cells if cell.cell_type == "code" for text in cell.source.splitlines()}
    return line if line in shown else "an assertion failed"


def _first_reason(said: str) -> str:
    """One line of what the tests say, without the title of the check."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if len(lines) > 1 and _TITLE_LINE.match(lines[0]):
        lines = lines[1:]
    if lines and (unwritten := _UNWRITTEN.match(lines[0])):
        return f"{unwritten['name']} is not written yet." if unwritten["name"] else "This is not written yet."
    return lines[0] if lines and len(lines[0]) <= _LONG else f"{lines[0][:_LONG]} ..." if lines else ""


def _missing(released: str, source: str) -> Iterator[tuple[str, str]]:
    """The docstrings of a released cell that the student's has no longer: hints speak of them."""
    kept = " ".join(source.split())
    try:
        nodes = list(ast.walk(ast.parse(released)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            written = ast.get_source_segment(released, node.body[0]) or text
            if " ".join(written.strip("rR\"'").split()) not in kept:
                yield node.name, text


# ---------------------------------------------------------------- how it ended


def ending(record: NotebookRecord | None) -> str:
    """What became of a notebook whose process was ended, and what to do, in words for a student; "" for others."""
    if record is None or record.ended is None:
        return ""
    why = _why(record.ended).format(where=_in(_where(record.ended, record)))
    return f"{why} What came after it could not be run and has no points."


def _where(stop: Stop, record: NotebookRecord) -> str:
    """The name of the cell in which a process was ended."""
    return next((f.cell for f in record.all_findings if f.stop is not None and f.stop.kind == stop.kind and f.cell), "")


def _in(cell: str) -> str:
    return f" in the cell {cell}" if cell else ""


def _why(stop: Stop) -> str:
    amount = stop.amount or 0
    match stop.kind:
        case "memory":
            return (
                f"Your notebook needed more than {amount / GIB:g} GiB of memory{{where}} and was stopped. Look for a "
                "list that grows in a loop, and for shapes such as (n, 1) and (n,), which together make (n, n)."
            )
        case kind if kind in TIMES:
            return (
                f"Your notebook was stopped{{where}} after {amount:g} seconds. Does every loop come to an end? Restart "
                "the kernel and run all cells: a cell that never ends shows [*]."
            )
        case "exit":
            return "Your code ended the notebook's process{where}. Take out exit(), quit() and sys.exit()."
        case "signal":
            return (
                "The notebook's process crashed{where}. Restart the kernel and run all cells to find the cell: "
                "recursion without an end and very large arrays do this."
            )
        case _:
            return "The notebook's process ended{where} before all tests were run."


# ---------------------------------------------------------------- the page


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.grade", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("feedback.html.j2")


class FeedbackPage(Exporter):
    """A graded notebook as the page for its student."""

    with_solution = Bool(
        False, help="Show the solution beside the answer of an exercise that lost points: after the deadline."
    ).tag(config=True)

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        where = resources["nbgrader"]
        marks = gradebook.marks_of(where["db_url"], where["notebook"], where["assignment"], where["student"])
        record = record_beside(resources)
        released = gradebook.released_cells(where["db_url"], where["notebook"], where["assignment"])
        folder = CourseDirectory(parent=self)
        authors = _as_released(self, where["assignment"], where["notebook"])
        exercises = exercises_of(nb, marks, record, released, authors)
        whose = (folder, where["student"], where["assignment"])
        put_back = {cell.name for cell in released if cell.must_exist}
        instead = handed_in.others_than(*whose, where["notebook"], map(grade_id, nb.cells), put_back)
        notebooks = gradebook.released_notebooks(where["db_url"], where["assignment"])
        others = handed_in.missing(*whose, [name for name in notebooks if name != where["notebook"]])
        self._add_code(exercises, nb, where, released)
        cards = sorted((one for one in exercises if one.lost), key=lambda one: one.score - one.points)
        names = {one.name: one.title for one in exercises}
        page = _template().render(
            notebook=where["notebook"],
            student=where["student"],
            marks=marks,
            exercises=exercises,
            cards=cards,
            others=[(f"{name}.ipynb", sum(cell.points for cell in notebooks[name])) for name in others],
            instead=instead,
            to_mark=[f"{one.title} ({one.points:g})" for one in exercises if one.unmarked],
            repairs=record.repairs if record and not instead else [],
            ending=ending(record),
            comments=[(names.get(name, name), anchor_of(name), text) for name, text in marks.comments.items()],
            cells=list(shown_cells(nb, marks.marks)),
            questions=questions_of(exercises, record),
            anchor_of=anchor_of,
            highlighted=highlighted,
            with_code=with_code,
            counted=counted,
        )
        return page, resources

    def _add_code(
        self, exercises: Sequence[Exercise], nb: NotebookNode, where: Any, released: Iterable[ReleasedCell]
    ) -> None:
        """The student's code, and the solution where that is to be shown, of exercises that lost points."""
        sources = {grade_id(cell): cell.source for cell in nb.cells if cell.cell_type == "code" and is_solution(cell)}
        authors = authors_cells(self, where["assignment"], where["notebook"]) if self.with_solution else []
        solutions = {grade_id(cell): within(cell.source, SOLUTION) for cell in authors if is_solution(cell)}
        begun = {cell.name: cell.source for cell in released if cell.solution and cell.cell_type == "code"}
        for exercise in exercises:
            if exercise.lost and exercise.name in sources:
                exercise.code = highlighted(sources[exercise.name])
                exercise.missing = tuple(_missing(begun.get(exercise.name, ""), sources[exercise.name]))
                solution = solutions.get(exercise.name)
                exercise.solution = highlighted(solution) if solution else None


def _as_released(parent: Any, assignment: str, notebook: str) -> list[NotebookNode]:
    """The cells of the released notebook, texts as HTML; those of its source where it is not at hand."""
    folder = CourseDirectory(parent=parent)
    steps = (folder.release_directory, folder.source_directory)
    cells = next(filter(None, (authors_cells(parent, assignment, notebook, step) for step in steps)), [])
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = rendered(released_text(cell.source))
    return cells
