"""Ladders of hints as authors write them: one markdown cell of the percent file behind the solution of an exercise.

    # %% [markdown] ladder="softmax"
    # 1. A question that points at the place.
    #
    # 2. The idea.
    #
    # 3. A small case in numbers.
    #
    # 4. Then the lines of the solution in right order, and a wrong one behind the one whose place it takes:
    #
    #     e = np.exp(z)
    #     return e / np.sum(e, axis=-1, keepdims=True)
    #     return e / np.sum(e)  # wrong

The cell is no part of the notebook. What students see of the lines is another order of them, without the mark.
"""

import base64
import hashlib
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from nbcore.hints.orders import orders

from .markup import BuildError, Cell

KEY: Final = "ladder"
RUNGS: Final = 4
WRONG: Final = "  # wrong"
PUZZLE: Final = (
    "These are lines of a solution in another order, and one of them is wrong. Which one? Put the others in order."
)
_NUMBER: Final = re.compile(r"^(\d)\.\s", re.MULTILINE)


def is_ladder(cell: Cell) -> bool:
    return KEY in cell.metadata


@dataclass(frozen=True)
class LadderCell:
    """The ladder of an exercise, as students see it: four texts in Markdown. lines: the code of the last one as its
    author wrote it, in right order and with the mark. order: the numbers under which students see the right ones."""

    exercise: str
    rungs: list[str]
    lines: list[str] = field(default_factory=list)
    order: list[int] = field(default_factory=list)

    @property
    def packed_order(self) -> str:
        """As a notebook gets it: no secret, and nothing that one reads by accident."""
        return base64.b64encode(" ".join(map(str, self.order)).encode()).decode()

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """Raises BuildError where the cell has another form."""
        exercise = str(cell.metadata[KEY])
        where = f"with the ladder of {exercise}"
        _, *parts = _NUMBER.split(cell.source)
        if parts[::2] != [str(n + 1) for n in range(RUNGS)]:
            raise BuildError(where, f"needs {RUNGS} parts that begin with 1. to {RUNGS}.")
        texts = [textwrap.dedent(f"   {part}").strip() for part in parts[1::2]]
        words, lines = _words_and_lines(parts[-1])
        if not all([*texts[:-1], len(lines) > 2]) or sum(line.endswith(WRONG) for line in lines) != 1:
            raise BuildError(where, f"needs words in each part, three lines of code, and one that ends with {WRONG!r}")
        width = len(str(len(lines)))
        shown = list(enumerate(_shuffled(exercise, lines), 1))
        numbered = "\n".join(f"{n:{width}}  {line}" for n, line in shown)
        last = "\n\n".join(filter(None, [words, PUZZLE, f"```text\n{numbered}\n```"]))
        return cls(exercise, [*texts[:-1], last], lines, _order(lines, shown))


def _words_and_lines(part: str) -> tuple[str, list[str]]:
    """Of the last part: its words, and its lines of code, which are indented."""
    first, *rest = part.rstrip().split("\n")
    code = textwrap.dedent("\n".join(line for line in rest if line.startswith("    ")))
    words = [line.strip() for line in (first, *rest) if not line.startswith("    ")]
    return " ".join(filter(None, words)), code.split("\n") if code else []


def _shuffled(exercise: str, lines: Sequence[str]) -> list[str]:
    """The lines without the mark in an order that is not right, the same whenever it is made."""
    right = [line for line in lines if not line.endswith(WRONG)]
    good = orders(right)
    for turn in range(100):
        order = [line for _, line in sorted((_digest(f"{exercise} {turn} {line}"), line) for line in lines)]
        if [line for line in order if line in right] not in good:
            return [line.removesuffix(WRONG) for line in order]
    raise BuildError(f"with the ladder of {exercise}", "every order of its lines is right")


def _order(lines: Sequence[str], shown: Sequence[tuple[int, str]]) -> list[int]:
    """The numbers of the right lines, in right order. shown: the lines without the mark, each with its number."""
    left, found = list(shown), []
    for line in sorted(lines, key=lambda line: line.endswith(WRONG)):  # the wrong one takes what the others leave
        place = next(n for n, (_, other) in enumerate(left) if other == line.removesuffix(WRONG))
        found.append(left.pop(place)[0])
    return found[:-1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
