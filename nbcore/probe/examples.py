"""Runs the text of an example in a namespace, and puts into words what its last line gives.

Words are made of numbers, arrays, shapes and errors alone: what a student's code says of itself is not shown. Right
answers are recorded, and those of students compared with them, by the same function.
"""

import ast
import io
import math
import re
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any, Final

import numpy as np

from .outcome import FLOATING_POINT, NUMBERS, Leaf, Outcome, leaves

_RTOL, _ATOL = 1e-7, 1e-9  # as those of a check of values
_DIGITS, _EXACT = 6, 12  # shown; and where that many digits tell no difference
_NOISE: Final = 1e-12  # of the largest entry: what is left of a difference of equal numbers
_WIDTH, _LINES, _LETTERS = 79, 5, 400
_PARTS: Final = 8  # of a list or a dict
_SHORT_NAME: Final = re.compile(r"[A-Za-z]{1,2}\d{0,2}")
_ENTRIES: Final = 24  # of an array; of a larger one the first and the last few are shown
_NUMBER: Final = re.compile(
    r"(?P<count>"
    r"\(\d{1,4}(?:, ?(?:\d{1,4}|newaxis))*,?\)"  # a shape
    r"|\b(?:axis|base|but|dim|dimension|expected|from|got|has|index|is|length|line|missing|operand|shape|size|takes|than|with)"
    r" \d{1,4}(?!\w|\.\d)"
    r"|(?<![\w.])\d{1,4}(?=-dimensional| (?:\(dim|dimension|element|positional|required|value|were))"
    r")|(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?j?(?!\w)"
    r"|\d+(?:\.\d+)?[eE][-+]\d+|\d+\.\d+|\d{5,}"  # in a word: W10 and float64 are none
)
"""A number, and whether it is a shape or a count, as in the words in which Python and NumPy tell of an error."""


@dataclass(frozen=True)
class Ran:
    """What the last line of a text gave: to compare, and in words, with few digits and with many.

    words: the texts in it. names: of the error that ended the text, and of the classes that it belongs to. empty:
    whether that was the error of an exercise which is not written yet.
    """

    outcome: Outcome
    text: str
    exact: str
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    empty: bool = False


@dataclass(frozen=True)
class Example:
    """A text with what is right, as it is recorded.

    words: texts that may be shown. warns: whether the tests of its aspect look at warnings; if not, none counts.
    """

    aspect: str
    code: str
    right: Outcome
    text: str
    exact: str
    witness: str = ""
    words: tuple[str, ...] = ()
    warns: bool = False

    def differs(self, ran: Ran) -> bool:
        """Whether this is something else than what is right."""
        if self.right.error is not None or ran.outcome.error is not None:
            return self.right.error is None or self.right.error[0] not in ran.names
        if self.warns and set(ran.outcome.warnings) - set(self.right.warnings):
            return True
        return not _agree(ran.outcome.leaves or (), self.right.leaves or ())

    def has_other_numbers(self, ran: Ran) -> bool:
        """Whether this has the form of what is right, and differs in a number."""
        ours, right = ran.outcome.leaves or (), self.right.leaves or ()
        alike = [(leaf.path, leaf.shape) for leaf in ours] == [(leaf.path, leaf.shape) for leaf in right]
        return alike and all(leaf.numbers for leaf in ours) and not _agree(ours, right)

    def in_words(self, ran: Ran) -> tuple[str, str]:
        """What a student has and what is right, with enough digits to tell them apart, and their shapes."""
        words = (ran.text, self.text) if ran.text != self.text else (ran.exact, self.exact)
        shapes = [outcome.leaves[0].shape for outcome in (ran.outcome, self.right) if outcome.leaves]
        if len(set(shapes)) > 1 and all(text.startswith("array(") for text in words):
            words = f"{words[0]}, shape {shapes[0]}", f"{words[1]}, shape {shapes[1]}"
        return words


# ---------------------------------------------------------------- running a text


@cache
def _compiled(code: str) -> tuple[CodeType, CodeType]:
    body = ast.parse(code).body
    last = body[-1]
    if not isinstance(last, ast.Expr):
        raise ValueError("the last line is no expression")
    return (
        compile(ast.Module(body[:-1], []), "<example>", "exec"),
        compile(ast.Expression(last.value), "<example>", "eval"),
    )


def run_text(
    code: str,
    namespace: Mapping[str, Any],
    words: Container[str] = (),
    ends: tuple[type[BaseException], ...] = (),
) -> Ran:
    """What the last line gives in a copy of this namespace. Raises the errors of these types, which end it all, and no
    other Exception.

    words: texts in it that may be shown.
    """
    first, last = _compiled(code)
    space = dict(namespace)
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("always")
        try:
            exec(first, space)
            value = eval(last, space)
            found, named = tuple(leaves(_as_array(value))), tuple(dict.fromkeys(_texts(value)))
            text, exact = (_bounded(_text(value, digits, words)) for digits in (_DIGITS, _EXACT))
        except ends:
            raise
        except (Exception, SystemExit) as error:
            return _failed(error)
    kinds = tuple(kind for kind in FLOATING_POINT if any(kind in str(w.message) for w in caught))
    warned = "".join(f"\nRuntimeWarning: {kind}" for kind in kinds)
    return Ran(Outcome(found, None, kinds), text + warned, exact + warned, named)


def _failed(error: BaseException) -> Ran:
    kind = getattr(error, "kind", type(error).__name__)
    said = getattr(error, "student_error", None)
    if not isinstance(said, str):
        message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        said = f"{kind}: {message}" if message else kind
    text = _bounded(_plain(hide_numbers(said[:_LETTERS])))
    names = (kind, *(base.__name__ for base in type(error).__mro__))
    return Ran(Outcome(error=(kind, 0)), text, text, (), names, isinstance(error, NotImplementedError))


def hide_numbers(text: str) -> str:
    """Shapes and counts stay, for they explain an error. Other numbers may be what the test has drawn: a function that
    raises them would carry them out."""
    return _NUMBER.sub(lambda number: number["count"] or "#", text)


def _as_array(value: Any) -> Any:
    """A nested list of numbers counts as the array that it holds."""
    if isinstance(value, list | tuple):
        with suppress(ValueError):  # rows of different lengths
            array = np.array(value)
            return array if array.dtype.kind in "biufc" else value
    return value


def _agree(ours: Sequence[Leaf], right: Sequence[Leaf]) -> bool:
    return len(ours) == len(right) and all(map(_same, ours, right))


def _same(own: Leaf, right: Leaf) -> bool:
    """Values count, types of numbers do not."""
    alike = own.kind == right.kind or (own.kind in NUMBERS and right.kind in NUMBERS)
    if not alike or (own.path, own.shape, len(own.numbers)) != (right.path, right.shape, len(right.numbers)):
        return False
    return all(map(_near, own.numbers, right.numbers))


def _near(x: float, right: float) -> bool:
    if not (math.isfinite(x) and math.isfinite(right)):
        return x == right or (x != x and right != right)
    return abs(x - right) <= _ATOL + _RTOL * abs(right)


# ---------------------------------------------------------------- values in words


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _texts(part)


def _text(value: Any, digits: int, words: Container[str]) -> str:
    """words: texts that are shown, as are names such as W10; of others it is only said that they are texts."""
    if isinstance(value, np.ndarray | np.generic):
        return _array(np.array(value, subok=False), digits)
    if value is None:
        return str(value)
    if isinstance(value, int | float | complex):
        return _number(value, digits)
    if isinstance(value, str):
        return repr(value) if value in words or _SHORT_NAME.fullmatch(value) else "a text"
    if isinstance(value, dict):
        rows = [f"{_text(key, digits, words)}: {_text(part, digits, words)}" for key, part in _first(value.items())]
        return _joined("{", rows, len(value), "}")
    if isinstance(value, list | tuple):
        begin, end = "[]" if isinstance(value, list) else "()"
        rows = [_text(part, digits, words) for part in _first(value)]
        return _joined(begin, rows, len(value), ",)" if end == ")" and len(value) == 1 else end)
    if isinstance(value, type):
        return "a class"
    return "a function" if callable(value) else "an object"


def _first(parts: Any) -> Iterator[Any]:
    return (part for _, part in zip(range(_PARTS), parts, strict=False))


def _joined(begin: str, rows: list[str], size: int, end: str) -> str:
    rows = [*rows, "..."] if size > len(rows) else rows
    line = begin + ", ".join(rows) + end
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return begin + ",\n".join(rows).replace("\n", "\n ") + end


def _array(array: np.ndarray, digits: int) -> str:
    if array.dtype.kind not in "biufc":
        return f"an array of shape {array.shape} that holds no numbers"
    if array.ndim == 0:
        return _number(array.item(), digits)
    if array.ndim > 3:
        return f"an array of shape {array.shape}"
    if array.dtype.kind == "f" and digits == _DIGITS:
        largest = np.max(np.abs(array), initial=0.0, where=np.isfinite(array))
        array = np.where(np.abs(array) < _NOISE * largest, 0.0, array)
    with np.printoptions(precision=digits, threshold=_ENTRIES, edgeitems=2, linewidth=_WIDTH, suppress=False):
        return repr(array + 0.0 if array.dtype.kind == "f" else array)  # 0.0 in place of -0.0


def _number(value: complex, digits: int) -> str:
    if isinstance(value, bool):
        return str(value)
    if value == 0:
        value = abs(value)  # 0.0 in place of -0.0
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value)
    if isinstance(value, complex):
        return f"{value:.{digits}g}"
    try:
        return repr(float(f"{float(value):.{digits}g}"))
    except OverflowError:
        return "an integer of many digits"


def _plain(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter == "\n" or letter.isprintable() else "?" for letter in text)


def _bounded(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], "..."]
    short = "\n".join(lines)
    return short if len(short) <= _LETTERS else short[: _LETTERS - 3] + "..."
