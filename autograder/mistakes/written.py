"""Reads the examples of an assignment: short texts, from small to large, that show what is wrong with an answer.

They stand in a percent file, `solutions/examples/NN_name.py`, with one code cell for each exercise:

    # %% exercise="leaky-relu"
    def examples():
        for z in (-1.0, 2.0):
            yield "value", f"leaky_relu(np.array({z}), alpha=0.5)"

Each text is ready for the notebook, and its last line is an expression: what that gives is compared. A third entry is a
witness, an expression that says in another way what is right. Cells without an exercise hold what others share.
"""

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..course.contract import Contract, read_contract
from ..course.paths import Course, CourseError
from ..course.percent import read_percent


class WrittenExample(NamedTuple):
    """A text, the aspect of an exercise that it may show to be wrong, and its witness, if it has one."""

    exercise: str
    aspect: str
    code: str
    witness: str = ""


def read_examples(course: Course, assignment: str) -> list[WrittenExample]:
    """In the order in which the generators give them; none where there is no file. Raises CourseError, naming the
    exercise, where one does not fit the contract."""
    path = course.examples(assignment)
    if not path.is_file():
        return []
    contract = read_contract(course, assignment)
    shared: dict[str, Any] = {}
    found: list[WrittenExample] = []
    for cell in read_percent(path).cells:
        exercise = cell.metadata.get("exercise")
        if cell.cell_type == "code" and exercise is None:
            exec(compile(cell.source, str(path), "exec"), shared)
        elif cell.cell_type == "code":
            found += _generated(exercise, compile(cell.source, f"{path}: {exercise}", "exec"), shared, contract)
    return found


def _generated(exercise: str, cell: Any, shared: dict[str, Any], contract: Contract) -> Iterator[WrittenExample]:
    if exercise not in [known.name for known in contract.exercises]:
        raise CourseError(f"examples for {exercise}: there is no such exercise")
    aspects = contract.exercise(exercise).points
    namespace = dict(shared)
    exec(cell, namespace)
    seen = set()
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
