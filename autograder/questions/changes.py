"""Questions of the kind "what if": a line with one thing changed, and what becomes of the result. The key is found by
running the cell with that change."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from ..wire import BUILTIN_ERRORS
from .code import Cell, Line, Place, place_of, value_of

Difference = tuple[
    Annotated[str, msgspec.Meta(max_length=40)],
    str,
    Annotated[tuple[int | float, ...], msgspec.Meta(max_length=40)],
]
Compared = list[Difference] | str | None
QUESTION: Final = (
    "Suppose that {where} had `{new}` in place of `{old}`. "
    "What would the result be: the same, a multiple of it, other numbers, another shape, or an error?"
)
_STRICT: Final = {ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<")}
_NAMES: Final = {"sum": "mean", "mean": "sum"}
_AXES: Final = {0: 1, 1: 0, -1: 0}
_SIGNS: Final = {ast.Add: ("+", "-"), ast.Sub: ("-", "+")}


@dataclass(frozen=True)
class Change:
    """worth: how good a question it makes. old, new: what stands in this place of the cell, and what could."""

    worth: float
    line: Line
    place: Place
    old: str
    new: str

    @property
    def of_sign(self) -> bool:
        return self.old in ("+", "-")


def changes(cell: Cell, lines: Sequence[Line]) -> Iterator[Change]:
    """One change each, in these lines."""
    for line in lines:
        value = value_of(line)
        if line.several and "#" in line.text:
            continue  # between two operands a comment may stand, with the same sign in it
        for node in ast.walk(value) if value is not None else ():
            for worth, old, new, place in _changed(cell, node):
                change = Change(worth, line, place, old, new)
                if change.of_sign and (line.depth or line.head):
                    continue  # a loop that counts the other way may have no end
                pattern = rf"\.{old}\(" if old in _NAMES else rf"(?<!\w){re.escape(old)}(?!\w|=)"
                if len(re.findall(pattern, line.text)) == 1:
                    yield change


def _changed(cell: Cell, node: ast.AST) -> Iterator[tuple[float, str, str, Place]]:
    """What stands there, what could, and where."""
    match node:
        case ast.Call(func=ast.Attribute(attr="sum" | "mean" as name) as function):
            yield 5.0, name, _NAMES[name], _ending(function, name)
        case ast.keyword(arg="keepdims", value=ast.Constant(value=True)):
            yield 4.5, "keepdims=True", "keepdims=False", place_of(node)
        case ast.keyword(arg="axis", value=value) if (axis := _whole(value)) in _AXES:
            yield 4.2, f"axis={axis}", f"axis={_AXES[axis]}", place_of(node)
        case ast.Attribute(attr="T"):
            text = cell.text(node)
            if re.fullmatch(r"[\w.]+\.T", text):
                yield 4.0, text, text.removesuffix(".T"), place_of(node)
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _STRICT:
            end = (left.end_lineno or 0, left.end_col_offset or 0)
            yield 4.0, *_STRICT[type(operator)], (*end, right.lineno, right.col_offset)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SIGNS:
            end = (left.end_lineno or 0, left.end_col_offset or 0)
            yield 3.2, *_SIGNS[type(operator)], (*end, right.lineno, right.col_offset)


def _whole(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) is int else None


def _ending(node: ast.expr, name: str) -> Place:
    line, column = node.end_lineno or 0, node.end_col_offset or 0
    return line, column - len(name), line, column


# ---------------------------------------------------------------- what comes of it, in words


def in_words(compared: Compared, of_sign: bool = False) -> str:
    """The answer; "" where there is none that can be said. A multiple is none where a sign was changed: a single number
    is a multiple of any other."""
    if not compared:
        return ""
    if of_sign and not isinstance(compared, str) and any(kind == "times" for _, kind, _ in compared):
        return ""
    if isinstance(compared, str):
        return f"An error: {compared}." if compared in BUILTIN_ERRORS else ""
    if all(kind == "same" for _, kind, _ in compared):
        return "The same: here this makes no difference."
    said = [(path, _difference(kind, numbers)) for path, kind, numbers in compared if kind != "same"]
    if not all(words for _, words in said) or not all(re.fullmatch(r"(\[('\w+'|\d+)\])*", path) for path, _ in said):
        return ""
    if len(compared) == 1:
        return said[0][1][0].upper() + said[0][1][1:] + "."
    parts = " ".join(f"`{path}` of the result: {words}." for path, words in said)
    return parts if len(said) == len(compared) else f"{parts} The rest: the same."


def _difference(kind: str, numbers: tuple[int | float, ...]) -> str:
    match kind, numbers:
        case "times", (factor,) if factor and abs(factor) < 10**6:
            by, size = ("divided", 1 / factor) if abs(factor) < 1 else ("multiplied", factor)
            text = f"{size:.4g}"
            return f"a multiple, {by} by {text}" if abs(float(text) - size) < 1e-6 * abs(size) else ""
        # A single number is a multiple of any other: that question has no clear answer.
        case "entries", (count, size) if type(count) is int and type(size) is int and 0 < count <= size < 10**6:
            return f"other numbers in {count} of {size} entries" if size > 1 else ""
        case "shape", (axes, *lengths) if type(axes) is int and all(type(n) is int and 0 <= n < 10**6 for n in lengths):
            before, after = tuple(lengths[:axes]), tuple(lengths[axes:])
            return f"another shape, {after} in place of {before}" if len(before) == axes <= 4 >= len(after) else ""
    return ""
