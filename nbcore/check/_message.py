"""How a failed check is worded: the exception, and short readable text for numbers, arrays and arguments.

It decides nothing about right or wrong. The other modules of this package call it, nobody else does.
"""

import functools
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..probe.call import bound_name

WIDTH = 100  # columns: a message fits a notebook cell on a laptop
MAX_LINES = 15  # a longer message is not read; it is shortened where that is possible
MAX_ROWS = 4  # a matrix with more rows is abbreviated
MAX_COLUMNS = 8
LABEL = 10  # "returned", "expected" and "called" are padded to this


class CheckFailed(AssertionError):  # noqa: N818  (reads as a sentence in a notebook's output)
    """A check did not pass.

    Attributes
    ----------
    details: the long text: call, input, result, expectation, pattern.
    pattern: name of the recognised pattern of the difference, or None.
    title, hint: set by `part`; then `str()` shows these and the student's own error, and never the details.
    student_error: type and text of the exception that the student's code raised, or "".
    advice: the sentences of `details` that are general and give way to the hints of a recognised mistake.
    hints: what is known of the mistake (`nbcore.hints.Hint`), most often nothing.
    values: whether a result of the right form came out, with wrong numbers in it.
    """

    def __init__(
        self,
        details: str,
        *,
        pattern: str | None = None,
        title: str = "",
        hint: str = "",
        student_error: str = "",
        advice: str = "",
        values: bool = False,
    ) -> None:
        super().__init__(details)
        self.details = details
        self.pattern = pattern
        self.title = title
        self.hint = hint
        self.student_error = student_error
        self.advice = advice
        self.values = values
        self.hints: tuple[Any, ...] = ()

    def advise(self, hints: Sequence[Any]) -> None:
        """Put the hints of recognised mistakes, each with its text in `.text`, in place of the general advice."""
        if not hints:
            return
        self.hints = tuple(hints)
        texts = dict.fromkeys(hint.text for hint in hints)
        self.say("\n".join(line for text in texts for line in wrapped(f"Hint: {text}")))

    def begin(self, line: str) -> None:
        """Put this line before the details."""
        self.details = f"{line}\n{self.details}"
        self.args = (self.details,)

    def put_first(self, lines: Sequence[str]) -> None:
        """Put these lines before all that the headline is followed by."""
        headline, _, rest = self.details.partition("\n")
        self.details = "\n".join([headline, "", *lines, rest])
        self.args = (self.details,)

    def end(self, line: str) -> None:
        """Put this line behind the details."""
        self.details += f"\n\n{line}"
        self.args = (self.details,)

    def say(self, advice: str) -> None:
        """Put this in place of the general advice."""
        start = self.details.rfind(self.advice) if self.advice else -1
        if start >= 0:
            self.details = self.details[:start] + advice + self.details[start + len(self.advice) :]
        else:
            self.details += "\n\n" + advice
        self.advice = advice
        self.args = (self.details,)

    def __str__(self) -> str:
        if not self.title:
            return self.details
        return "\n".join(line for line in (self.title, self.hint, self.student_error) if line)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: students need the message, not the inside of this package."""
        return str(self).splitlines()


@dataclass
class Message:
    """A headline of one sentence, labelled blocks of text under it, and closing remarks."""

    headline: str
    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, label: str, text: str | Sequence[str]) -> "Message":
        """Append a labelled block; its further lines are aligned with the first."""
        self.blocks.append((label, [text] if isinstance(text, str) else list(text)))
        return self

    def text(self) -> str:
        indent = max([LABEL, *(len(label) + 2 for label, _ in self.blocks)])
        lines = [self.headline]
        if self.blocks:
            lines.append("")
        for label, block in self.blocks:
            lines += [f"  {label if i == 0 else '':<{indent}}{line}".rstrip() for i, line in enumerate(block)]
        if self.remarks:
            lines.append("")
            lines += self.remarks
        return "\n".join(lines)


def name_of(function: object) -> str:
    """The name by which the message calls a function; the function may be a proxy without one."""
    if (bound := bound_name(function)) is not None:
        return bound
    if isinstance(function, functools.partial):
        return name_of(function.func)
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else "the function"


def subject(function: object) -> str:
    """How a headline begins."""
    return capital(name_of(function)) if name_of(function) == "the function" else name_of(function)


def wrapped(text: str) -> list[str]:
    """A text of any length, a hint or an error message of somebody else's, in lines of readable length."""
    return [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH - LABEL) or [""]] or [""]


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def number(value: object, digits: int = 6) -> str:
    """One number, as a student would type it: 0.25, 1.0, nan, -3, True."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, complex | np.complexfloating):
        return f"{complex(value):.{digits}g}"
    real = float(value)  # type: ignore[arg-type]
    if not math.isfinite(real):
        return str(real)
    text = f"{real:.{digits}g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


def digits_to_tell_apart(pairs: Sequence[tuple[object, object]], least: int = 4) -> int:
    """The fewest significant digits with which both numbers of every pair look different."""
    for digits in range(least, 17):
        if all(number(a, digits) != number(b, digits) for a, b in pairs):
            return digits
    return 17


def index_text(index: Iterable[int]) -> str:
    return "[" + ", ".join(str(int(i)) for i in index) + "]"


def _entries(arrays: Sequence[np.ndarray], digits: int) -> list[list[str]]:
    """The numbers of several arrays as text: with a common number of decimals, unless their sizes differ too much."""
    values = [v for a in arrays for v in a.ravel().tolist()]
    sizes = [abs(v) for v in values if isinstance(v, float) and v != 0 and math.isfinite(v)]
    if not sizes or min(sizes) < 1e-3 or max(sizes) >= 1e4 or digits > 6:
        return [[number(v, digits) for v in a.ravel()] for a in arrays]
    free = [[number(v, digits) for v in a.ravel().tolist()] for a in arrays]
    least = next((d for d in (1, 2, 3) if all(round(v, d) == v for v in sizes)), 4)
    for decimals in range(least, 9):
        fixed = [
            [
                f"{v:.{decimals}f}" if isinstance(v, float) and math.isfinite(v) else number(v)
                for v in a.ravel().tolist()
            ]
            for a in arrays
        ]
        if _tells_as_much(fixed, free):
            return fixed
    return free


def _tells_as_much(fixed: list[list[str]], free: list[list[str]]) -> bool:
    """Whether entries that differ in one notation differ in the other too."""
    rows = zip(zip(*fixed, strict=False), zip(*free, strict=False), strict=True)
    return all(len(set(texts)) >= len(set(others)) for texts, others in rows)


class ArrayBlock(NamedTuple):
    """An array as lines of text. abbreviated: it is too large, and one line gives its shape and first entries."""

    lines: list[str]
    abbreviated: bool = False


def array_blocks(arrays: Sequence[np.ndarray], digits: int) -> list[ArrayBlock]:
    """Several arrays as text with common column widths, so that they can be compared by eye.

    All of them are abbreviated, or none.
    """
    if any(a.ndim > 2 or a.size > MAX_ROWS * MAX_COLUMNS or (a.ndim == 2 and len(a) > MAX_ROWS) for a in arrays):
        return [ArrayBlock([summary(a, digits)], abbreviated=True) for a in arrays]
    texts = _entries(arrays, digits)
    width = max((len(t) for column in texts for t in column), default=0)
    if any(a.ndim and (width + 2) * a.shape[-1] > WIDTH - LABEL for a in arrays):
        return [ArrayBlock([summary(a, digits)], abbreviated=True) for a in arrays]
    blocks = []
    for a, entries in zip(arrays, texts, strict=True):
        if a.ndim == 0:
            blocks.append(ArrayBlock([entries[0]]))
            continue
        padded = [t.rjust(width) for t in entries]
        if a.ndim == 1:
            blocks.append(ArrayBlock(["[" + ", ".join(padded) + "]"]))
            continue
        n = a.shape[1]
        rows = ["[" + ", ".join(padded[i * n : (i + 1) * n]) + "]" for i in range(len(a))]
        lines = [("[" if i == 0 else " ") + r + ("]" if i == len(rows) - 1 else ",") for i, r in enumerate(rows)]
        blocks.append(ArrayBlock(lines))
    return blocks


def summary(a: np.ndarray, digits: int = 4) -> str:
    """A large array in one line."""
    if a.dtype.kind not in "biufc":
        return f"array of shape {a.shape}, {a.dtype}: {', '.join(argument(v, 20) for v in a.ravel()[:4])}"
    first = ", ".join(number(v, min(digits, 6)) for v in a.ravel()[:4])
    return f"array of shape {a.shape}, {a.dtype}, first entries {first}{', ...' if a.size > 4 else ''}"


def _nested(a: np.ndarray) -> str:
    if a.ndim == 0:
        exact = number(a[()], 6)
        return exact if a.dtype.kind != "f" or float(exact) == float(a) else number(a[()], 4)
    return "[" + ", ".join(_nested(part) for part in a) + "]"


def _literal(a: np.ndarray, room: int) -> str | None:
    """The array as one would type it; None if this takes more than `room` characters."""
    if a.size > 24 or a.dtype.kind not in "biufc":
        return None
    default = a.dtype in (np.dtype(float), np.dtype(np.int64), np.dtype(bool))
    text = f"np.array({_nested(a)}{'' if default else f', dtype=np.{a.dtype}'})"
    return text if len(text) <= room else None


def argument(value: object, room: int = 60) -> str:
    """An argument of a call in at most about `room` characters; small arrays so that they can be pasted into a cell."""
    if isinstance(value, np.ndarray):
        return _literal(value, room) or (f"array {value.shape}" if room < 50 else summary(value))
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return number(value, 10)
    if value is None or isinstance(value, str):
        return repr(value) if value is None or len(value) <= room else repr(value[: room - 3] + "...")
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        inside = _items([argument(v, 24) for v in value], room - 2)
        return opening + inside + ("," if isinstance(value, tuple) and len(value) == 1 else "") + closing
    if isinstance(value, dict):
        return "{" + _items([f"{k!r}: {argument(v, 24)}" for k, v in value.items()], room - 2) + "}"
    if isinstance(value, np.random.Generator):
        return "rng"
    if callable(value):
        name = name_of(value)
        return name if name != "the function" else "a function"
    return _object(value)


def _object(value: object) -> str:
    """An object with the numbers that it keeps under the names of its own settings, or the name of its class alone."""
    name, kept = type(value).__name__, getattr(value, "__dict__", None)
    code = getattr(getattr(type(value), "__init__", None), "__code__", None)
    settings = code.co_varnames[1 : code.co_argcount] if code is not None else ()
    if type(kept) is not dict or not settings or any(type(kept.get(s)) not in (int, float) for s in settings):
        return f"{name} object"
    return f"{name}({', '.join(f'{s}={number(kept[s], 10)}' for s in settings)})"


def _items(texts: list[str], room: int) -> str:
    shown = list(texts)
    while len(shown) > 1 and len(", ".join(shown)) > room:
        shown.pop()
    return ", ".join(shown) + (", ..." if len(shown) < len(texts) else "")


def argument_names(function: object, n: int) -> list[str]:
    """Names of the positional arguments: the function's own where it is a plain one, else "argument 1", ..."""
    while isinstance(function, functools.partial) and not function.args:
        function = function.func
    code = getattr(function, "__code__", None) if type(function) is type(lambda: None) else None
    known = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    return [known[i] if i < len(known) else f"argument {i + 1}" for i in range(n)]


def call_lines(
    function: Callable[..., object], args: Sequence[object], kwargs: dict[str, object], compact: bool = False
) -> list[str]:
    """The call that was made: in one line when it fits, else one line for each argument.

    Small matrices take a line for each row, unless compact.
    """
    if isinstance(function, functools.partial) and bound_name(function) is None:
        args, kwargs = (*function.args, *args), {**function.keywords, **kwargs}
        function = function.func
    name = name_of(function).replace("the function", "function")
    texts = [argument(a, 70) for a in args] + [f"{k}={argument(v, 40)}" for k, v in kwargs.items()]
    line = f"{name}({', '.join(texts)})"
    abbreviated = any(isinstance(a, np.ndarray) and _literal(a, 70) is None for a in args)
    if len(line) <= WIDTH - LABEL - 2 and not (abbreviated and len(texts) > 1):
        return [line]
    names = argument_names(function, len(args)) + list(kwargs)
    outline = [n.replace(" ", "") for n in names[: len(args)]] + [f"{k}={k}" for k in kwargs]
    pad = max(map(len, names))
    values = [*args, *kwargs.values()]
    listed: list[str] = []
    for i, (n, v) in enumerate(zip(names, values, strict=True)):
        if i == 5 and len(values) > 6:
            listed.append(f"  and {len(values) - 5} more arguments")
            break
        width = WIDTH - LABEL - pad - 9
        lines = [argument(v, width)]
        if not compact and isinstance(v, np.ndarray) and v.ndim == 2 and _literal(v, width) is None:
            rows = array_blocks([v], 4)[0].lines
            room = 11 - len(listed) - (len(values) - i)  # a line is kept for each argument to come
            lines = rows if len(rows) <= max(room, 1) else lines
        listed += [f"  {n if j == 0 else '':<{pad}} {'=' if j == 0 else ' '} {line}" for j, line in enumerate(lines)]
    heading = f"{name}({', '.join(outline)}) with"
    return [heading if len(heading) <= WIDTH - LABEL else f"{name}(...) with", *listed]


def short_call(function: Callable[..., object], args: Sequence[object], kwargs: dict[str, object]) -> str:
    """The call in one line of at most 70 characters, for the line that a passing check prints."""
    lines = call_lines(function, args, kwargs)
    if len(lines) == 1 and len(lines[0]) <= 70:
        return lines[0]
    return f"{name_of(function)}(...)"
