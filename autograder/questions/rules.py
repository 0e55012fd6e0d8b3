"""Which questions a watched call gives rise to, by fixed rules, and their words. The keys are what was seen.

A shape that can be read off the line without a thought is not asked for: that of `z > 0` is that of `z`.
"""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

import msgspec

from ..runner.watch import unpacked
from .code import Cell, Line, value_of

_WIDE: Final = 60  # characters of an expression that is asked for
_OFTEN: Final = 60
_FEW_DIGITS: Final = 5
_LEFT_OUT: Final = 4  # statements that do not run, at most
_RANK: Final = 4  # axes of an array
_OF_A_KIND: Final = 0.5  # of its worth, which a question loses for each one of its kind before

# ---------------------------------------------------------------- what was seen

Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Kind = Literal["array", "mask", "number"]


class Seen(msgspec.Struct, array_like=True, frozen=True):
    """What an expression gave, for the first time, and whether it always gave the same."""

    node: Number
    times: Number
    same: bool
    kind: Kind
    numbers: Annotated[tuple[int | float, ...], msgspec.Meta(max_length=40)]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array; () where what is told of it makes no sense."""
        found = () if self.kind == "number" else self.numbers[1:]
        shape = tuple(number for number in found if type(number) is int and 0 <= number < 10**6)
        return shape if len(shape) == len(found) <= _RANK else ()


class Watched(msgspec.Struct, frozen=True):
    """What one call did. ran: how often each statement ran."""

    ran: Annotated[tuple[tuple[Number, Number], ...], msgspec.Meta(max_length=20_000)]
    seen: Annotated[tuple[Seen, ...], msgspec.Meta(max_length=20_000)]


# ---------------------------------------------------------------- a question


@dataclass(frozen=True)
class Question:
    """A question on a line of the student's cell, with its answer.

    code: the call, as lines for the notebook. line: its number in the cell, 0 where the question is on no single line;
    text: what stands there. because: why the answer is what it is, where that can be said. Names and expressions stand
    between backticks.
    """

    exercise: str
    kind: str
    code: str
    line: int
    text: str
    question: str
    answer: str
    because: str = ""


@dataclass(frozen=True)
class Candidate:
    """A question that could be asked, and how good it is."""

    worth: float
    question: Question


class Rules:
    """The questions on one call. cell: the student's."""

    def __init__(self, exercise: str, cell: Cell, code: str, watched: Watched) -> None:
        self._cell, self.code = cell, code
        self._exercise = exercise
        self._ran = dict(watched.ran)
        self._seen = {seen.node: seen for seen in watched.seen}

    def running(self) -> list[Line]:
        """The lines that the call runs."""
        return [line for line in self._cell.lines if self._ran.get(line.number)]

    def candidates(self) -> Iterator[Candidate]:
        for line in self.running():
            if line.head:
                continue
            yield from self._often(line)
            yield from self._values(line)
        yield from self._left_out()

    def ask(
        self, worth: float, kind: str, line: Line | None, question: str, answer: str, because: str = ""
    ) -> Candidate:
        first, text = (line.first, line.text) if line else (0, "")
        return Candidate(worth, Question(self._exercise, kind, self.code, first, text, question, answer, because))

    # ------------------------------------------------------------------ how often

    def _often(self, line: Line) -> Iterator[Candidate]:
        times = self._ran[line.number]
        if line.depth and 1 < times <= _OFTEN and not isinstance(line.node, ast.Pass | ast.Continue | ast.Break):
            worth = 4.0 if line.chosen else 3.5 if line.depth > 1 else 2.0
            yield self.ask(worth, "often", line, f"How often {_does(line)} run?", f"{times} times")

    def _left_out(self) -> Iterator[Candidate]:
        """Lines that do not run, of a function of which others do."""
        for function in dict.fromkeys(line.function for line in self._cell.lines):
            own = [line for line in self._cell.lines if line.function == function and not line.head]
            idle = [line for line in own if not self._ran.get(line.number)]
            if 1 <= len(idle) <= _LEFT_OUT and len(own) - len(idle) >= 2:
                names = [f"line {line.first}, `{line.text.splitlines()[0]}`" for line in idle if "`" not in line.text]
                if len(names) == len(idle):
                    yield self.ask(1.5, "left out", None,
                                   f"Which statements of `{function}` do not run?",
                                   _sentence(", and ".join(names)))  # fmt: skip

    # ------------------------------------------------------------------ what expressions give

    def _values(self, line: Line) -> Iterator[Candidate]:
        value = value_of(line)
        if value is None or isinstance(line.node, ast.Raise):
            return
        named = dict(_named(line.node))
        for node in self._cell.parts(value):
            name, text = named.get(node), self._cell.text(node)
            if name and not isinstance(node, ast.Name):
                yield from self._given(line, node, node, f"`{name}` after {_this(line)}", True)
            elif not name and _can_be_asked(node, text):
                yield from self._given(line, node, node, f"`{text}` in {_this(line)}", False)
        for target in unpacked(line.node):
            yield from self._given(line, target, value, f"`{target.id}` after {_this(line)}", True)

    def _given(self, line: Line, node: ast.expr, value: ast.expr, what: str, named: bool) -> Iterator[Candidate]:
        """On what `node` gives, or is given: `value`, or a part of it."""
        seen = self._seen.get(self._cell.numbers[node])
        if seen is None or _drawn(self._cell.text(value)):
            return
        if not seen.same:
            if seen.times != self._ran[line.number]:
                return  # as in `f(x) if last else g(x)`: it need not be evaluated at the first time
            what += f" when {_it(line)} for the first time"
        if seen.kind == "number":
            yield from self._number(line, node, seen, what)
            return
        yield from self._count(line, seen, what)
        yield from self._shape(line, value, seen, what, named)

    def _number(self, line: Line, node: ast.expr, seen: Seen, what: str) -> Iterator[Candidate]:
        number = seen.numbers[0] if len(seen.numbers) == 1 else None
        if number is None or isinstance(node, ast.UnaryOp) or _of_self(node):
            return
        whole, short = isinstance(number, int), len(repr(number)) <= _FEW_DIGITS and "e" not in repr(number)
        if (whole and 2 <= number < 10_000) or (not whole and number not in (0.0, 1.0) and short):
            yield self.ask(3.0 if whole else 2.5, "value", line, f"What is the value of {what}?", f"{number}")

    def _count(self, line: Line, seen: Seen, what: str) -> Iterator[Candidate]:
        """How many entries are true, or 0. Of numbers that are drawn nobody can know."""
        size, filled, mask = math.prod(seen.shape), seen.numbers[0], seen.kind == "mask"
        if isinstance(filled, int) and 0 < filled < size and "rng" not in self.code:
            count, are = (filled, "true") if mask else (size - filled, "0")
            yield self.ask(3.0 if mask else 1.8, "count", line, f"How many of the {size} entries of {what} are {are}?",
                           f"{count}")  # fmt: skip

    def _shape(self, line: Line, node: ast.expr, seen: Seen, what: str, named: bool) -> Iterator[Candidate]:
        shape = seen.shape
        of = dict(self._operands(node))
        if not shape or (shape in of.values() and len(set(of.values())) < 2) or (not of and not named):
            return
        worth = 2.0 + 1.5 * (bool(of) and shape not in of.values()) + (len(shape) > 1) + 0.5 * (len(set(shape)) > 1)
        worth += 0.5 * named - 1.5 * (not of)
        words = [f"`{text}` has the shape {own}" for text, own in of.items()][:3]
        yield self.ask(worth, "shape", line, f"What is the shape of {what}?", f"{shape}", _sentence(", ".join(words)))

    def _operands(self, node: ast.expr) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The arrays of which an expression is made, the largest parts of it that can be named."""
        for child in self._cell.within(node):
            seen, text = self._seen.get(self._cell.numbers[child]), self._cell.text(child)
            if isinstance(child, ast.Name | ast.Attribute | ast.Subscript) and seen and seen.shape and _plain(text):
                yield text, seen.shape
            else:
                yield from self._operands(child)


def _named(node: ast.stmt) -> Iterator[tuple[ast.expr, str]]:
    """Expressions of an assignment with the name that each is given."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name):
            yield value, target.id
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for name, part in zip(target.elts, value.elts, strict=True):
                if isinstance(name, ast.Name) and not isinstance(part, ast.Starred):
                    yield part, name.id


def _can_be_asked(node: ast.expr, text: str) -> bool:
    return _plain(text) and not isinstance(node, ast.Name | ast.Constant)


def _of_self(node: ast.expr) -> bool:
    """Whether this is what an object was given, as `self.lr`."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _drawn(text: str) -> bool:
    """Whether an expression draws random numbers: nobody can know what it gives."""
    return "rng" in text or "random" in text


def _plain(text: str) -> bool:
    return 0 < len(text) <= _WIDE and "\n" not in text and "`" not in text


# ---------------------------------------------------------------- words


def _this(line: Line) -> str:
    return "these lines" if line.several else "this line"


def _does(line: Line) -> str:
    return "do these lines" if line.several else "does this line"


def _it(line: Line) -> str:
    return "they run" if line.several else "it runs"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def best(candidates: Sequence[Candidate], before: Sequence[Question], most: int = 2) -> list[Question]:
    """At most two questions of different kinds: the best, and the best of the others. On another line is better than
    on the same, and what was asked before is worth less each time: the same in other numbers, or of the same kind."""
    often = Counter(_without_numbers(question.question) for question in before)
    kinds = Counter(question.kind for question in before)

    def left_of(one: Candidate) -> float:
        return one.worth - often[_without_numbers(one.question.question)] - _OF_A_KIND * kinds[one.question.kind]

    left = [replace(one, worth=left_of(one)) for one in candidates]
    found: list[Question] = []
    while left and len(found) < most:
        one = max(left, key=lambda candidate: candidate.worth).question
        found.append(one)
        others = [other for other in left if other.question.kind != one.kind]
        left = [replace(other, worth=other.worth - (other.question.line == one.line)) for other in others]
    return found


def _without_numbers(question: str) -> str:
    return re.sub(r"\d+", "", question)
