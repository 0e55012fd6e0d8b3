"""Reads the examples of an assignment: short texts, from small to large, that show what is wrong with an answer.

They stand in a percent file, `solutions/examples/NN_name.py`, with one code cell for each exercise:

    # %% exercise="leaky-relu"
    def examples():
        for z in (-1.0, 2.0):
            yield "value", f"leaky_relu(np.array({z}), alpha=0.5)"

Each text is ready for the notebook, and its last line is an expression: what that gives is compared. A third entry is a
witness, an expression that says in another way what is right. Cells without an exercise hold what others share.

A list CALLS in such a cell holds texts of the same form, about which students with full points are asked: see
`autograder.questions`.
"""

import ast
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..course.contract import Contract, read_contract
from ..course.paths import Course, CourseError, shown
from ..course.percent import first_lines, read_percent

_CALLS: Final = 3  # of an exercise


class WrittenExample(NamedTuple):
    """A text, the aspect of an exercise that it may show to be wrong, and its witness, if it has one."""

    exercise: str
    aspect: str
    code: str
    witness: str = ""


def read_examples(course: Course, assignment: str) -> list[WrittenExample]:
    """In the order in which the generators give them; none where there is no file. Raises CourseError, naming the
    exercise, where one does not fit the contract."""
    if not course.examples(assignment).is_file():
        return []
    contract, path = read_contract(course, assignment), course.examples(assignment)
    found: list[WrittenExample] = []
    for exercise, cell in _cells(course, assignment):
        with _blaming(path, exercise):
            found += _generated(exercise, cell, contract)
    return found


def read_calls(course: Course, assignment: str) -> dict[str, list[str]]:
    """The calls of each exercise that has some. Raises CourseError where there are too many, or one does not end with
    an expression."""
    found = {exercise: list(cell["CALLS"]) for exercise, cell in _cells(course, assignment) if cell.get("CALLS")}
    for exercise, calls in found.items():
        if len(calls) > _CALLS:
            raise CourseError(f"CALLS of {exercise} has {len(calls)} texts, and may have {_CALLS}: take some out")
        for code in calls:
            if not isinstance(code, str) or not _ends_with_an_expression(code):
                raise CourseError(f"a text in CALLS of {exercise} does not end with an expression:\n{code}")
    return found


def _cells(course: Course, assignment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each cell of an exercise defines, with the exercise."""
    path = course.examples(assignment)
    if not path.is_file():
        return
    shared: dict[str, Any] = {}
    cells = read_percent(path).cells
    for cell, line in zip(cells, first_lines(path.read_text(encoding="utf-8"), cells), strict=True):
        exercise = cell.metadata.get("exercise")
        if cell.cell_type == "code":
            namespace = shared if exercise is None else dict(shared)
            lines = "\n" * (line - 1) + cell.source  # an error then has the line of the file
            with _blaming(path, exercise or "of all exercises"):
                exec(compile(lines, str(path), "exec"), namespace)
            if exercise is not None:
                yield exercise, namespace


@contextmanager
def _blaming(path: Path, exercise: str) -> Iterator[None]:
    """Raises CourseError, naming file, line and cell, for an error of the author's code that runs here."""
    try:
        yield
    except CourseError as error:
        raise CourseError(f"{shown(path)}: {error}") from error
    except Exception as error:
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"{shown(path)}:{frames[-1]}" if frames else shown(path)
        raise CourseError(f"{place}, cell {exercise}: {type(error).__name__}: {error}") from error


def _generated(exercise: str, namespace: dict[str, Any], contract: Contract) -> Iterator[WrittenExample]:
    if exercise not in [known.name for known in contract.exercises]:
        raise CourseError(f"examples for {exercise}: there is no such exercise")
    aspects = contract.exercise(exercise).points
    seen = set()
    if not callable(namespace.get("examples")):
        raise CourseError(f"the examples for {exercise} have no function `examples`")
    for row in namespace["examples"]():
        example = WrittenExample(exercise, *row)
        if example.aspect not in aspects:
            raise CourseError(f"an example for {exercise} is of {example.aspect!r}, not of {', '.join(aspects)}")
        if not _ends_with_an_expression(example.code):
            raise CourseError(f"an example for {exercise} does not end with an expression:\n{example.code}")
        if example not in seen:
            yield example
        seen.add(example)


def _ends_with_an_expression(code: str) -> bool:
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return False
    return bool(body) and isinstance(body[-1], ast.Expr)
