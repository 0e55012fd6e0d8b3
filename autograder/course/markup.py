"""Every piece of mark-up in a notebook: the flags of a cell, the regions that students must not see, the names of test
cells, and what an author asks for in comment lines. It is read here and nowhere else; nothing is executed.

Regions are read in two ways. The build is strict: nbgrader looks for the delimiters as parts of a line and says nothing
of one that is misspelt, so that its region is released to the students. `split` is as tolerant as nbgrader itself is.
"""

import difflib
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol, Self

from .code import parsed
from .paths import CourseError


class BuildError(CourseError):
    """A notebook source is wrong: says which cell and why. place: its file and line, where they are known."""

    def __init__(self, cell: str, problem: str, place: str = "") -> None:
        super().__init__(f"{place}{', ' * bool(place)}cell {cell}: {problem}")
        self.cell = cell
        self.problem = problem


@dataclass(frozen=True)
class Region:
    """A kind of region: its two delimiters."""

    begin: str
    end: str


SOLUTION = Region("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = Region("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
MARK_SCHEME = Region("### BEGIN MARK SCHEME", "### END MARK SCHEME")
REGIONS = (SOLUTION, HIDDEN_TESTS, MARK_SCHEME)
DELIMITERS = tuple(text for region in REGIONS for text in (region.begin, region.end))
NO_MARKS: Final = "no-marks"  # the tag of a cell that no mark depends on
TAGS: Final = (NO_MARKS, "raises-exception")  # all that something reads; the second is Jupyter's

# How alike the words of a line must be to those of a delimiter, to be taken for a misspelling of it.
NEAR_MISS = 0.75


# ---------------------------------------------------------------- cells


class Cell(Protocol):
    """A cell as nbformat gives it."""

    cell_type: str
    source: str
    metadata: Any


def flags(cell: Cell) -> Mapping[str, Any]:
    """What nbgrader has written into the metadata of a cell; empty where it has not, or where that is no table."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def tags(cell: Cell) -> list[Any]:
    found = cell.metadata.get("tags")
    return found if isinstance(found, list) else []


def has_tag(cell: Cell, tag: str) -> bool:
    return tag in tags(cell)


def grade_id(cell: Cell) -> str | None:
    found = flags(cell).get("grade_id")
    return found if isinstance(found, str) else None


def is_locked(cell: Cell) -> bool:
    return bool(flags(cell).get("locked"))


def is_solution(cell: Cell) -> bool:
    return bool(flags(cell).get("solution"))


def is_autograded(cell: Cell) -> bool:
    """A test cell: graded by running it."""
    return bool(flags(cell).get("grade")) and not is_solution(cell)


def is_written(cell: Cell) -> bool:
    """An answer that a person marks."""
    return bool(flags(cell).get("grade")) and is_solution(cell)


def is_marked_by_a_person(cell: Cell) -> bool:
    """A written answer, or a task."""
    return is_written(cell) or bool(flags(cell).get("task"))


def label(cell: Cell) -> str:
    """How messages name a cell: its grade_id, or its first line."""
    return grade_id(cell) or f"that starts {cell.source.strip().split(chr(10))[0][:60]!r}"


@dataclass(frozen=True)
class TestCell:
    """What the name of a test cell says: `test-EXERCISE-ASPECT`."""

    exercise: str
    aspect: str

    __test__ = False  # pytest takes it for a test otherwise

    @property
    def name(self) -> str:
        return f"test-{self.exercise}-{self.aspect}"

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """None where the cell has a name of another form, as in courses of other people."""
        exercise, _, aspect = name.removeprefix("test-").rpartition("-")
        return cls(exercise, aspect) if name.startswith("test-") and exercise else None


def exercise_of(name: str) -> str:
    """The exercise of a test cell; a cell with a name of another form is its own."""
    test = TestCell.parse(name)
    return test.exercise if test else name


# ---------------------------------------------------------------- regions


def regions(source: str, kind: Region) -> Iterator[tuple[int, int]]:
    """Line numbers (from 0) of the delimiters of each region; raises ValueError where they do not pair up."""
    begin, lines = None, source.split("\n")
    for number, line in enumerate(lines):
        if line.strip() == kind.begin:
            if begin is not None:
                raise ValueError(f"{kind.begin!r} without {kind.end!r} after it, {_where(lines, begin)}")
            begin = number
        elif line.strip() == kind.end:
            if begin is None:
                raise ValueError(f"{kind.end!r} without {kind.begin!r} before it")
            yield begin, number
            begin = None
    if begin is not None:
        raise ValueError(f"{kind.begin!r} without {kind.end!r} after it, {_where(lines, begin)}")


def _where(lines: Sequence[str], number: int) -> str:
    """The definition in which this line stands, or its number in the cell."""
    heads = [line.strip() for line in lines[:number] if line.lstrip().startswith(("def ", "class "))]
    return f"behind {heads[-1]!r}" if heads else f"in line {number + 1} of the cell"


def inside(source: str, kind: Region) -> list[str]:
    """The lines inside the regions of one kind."""
    lines = source.split("\n")
    return [line for begin, end in regions(source, kind) for line in lines[begin + 1 : end]]


def outside(source: str, *kinds: Region) -> list[str]:
    """The lines outside the regions of these kinds."""
    lines = source.split("\n")
    dropped = {n for kind in kinds for begin, end in regions(source, kind) for n in range(begin, end + 1)}
    return [line for number, line in enumerate(lines) if number not in dropped]


def strip_markers(source: str, kind: Region) -> str:
    """The source with the delimiters of one kind left out and what is between them kept."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in (kind.begin, kind.end))


def within(source: str, kind: Region) -> str:
    """What stands between the delimiters of one kind."""
    kept, inside = [], False
    for line in source.split("\n"):
        if line.strip() in (kind.begin, kind.end):
            inside = line.strip() == kind.begin
        elif inside:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def misspelt_delimiters(source: str) -> list[tuple[str, str]]:
    """Lines that look like a delimiter and are none, each with the delimiter that was meant."""
    lines = (line.strip() for line in source.split("\n"))
    return [(line, meant) for line in lines if line not in DELIMITERS and (meant := _meant(line))]


def _meant(line: str) -> str | None:
    """The delimiter that a comment resembles word by word."""
    words = re.findall(r"[A-Z]+", line.upper())
    if not line.startswith("#") or len(words) < 2:
        return None
    for delimiter in DELIMITERS:
        verb, what = delimiter.strip("# ").split(" ", 1)
        if _alike(words[0], verb) and _alike("".join(words[1:]), what.replace(" ", "")):
            return delimiter
    return None


def _alike(word: str, wanted: str) -> bool:
    return difflib.SequenceMatcher(None, word, wanted).ratio() >= NEAR_MISS


# ---------------------------------------------------------------- as nbgrader


@dataclass(frozen=True)
class Split:
    """A test cell as nbgrader splits it. `visible` and `hidden` have a blank line for each line of the other part;
    `hidden` is "" without a hidden block.

    `whole` says that the hidden lines make sense only together with the visible ones: the examiner runs both.
    `last_hidden` says that the last statement of the cell is a hidden one, whose value may be points.
    """

    visible: str
    hidden: str
    whole: bool = False
    last_hidden: bool = False


@cache
def split(source: str) -> Split:
    """A region that is begun and not ended is hidden up to the end of the cell."""
    begin, end = (text.removeprefix("### ") for text in (HIDDEN_TESTS.begin, HIDDEN_TESTS.end))
    visible, hidden = [], []
    inside = found = False
    for line in source.split("\n"):
        is_begin, is_end = begin in line, end in line
        if is_begin or is_end:
            inside, found = is_begin, True
            visible.append("")
            hidden.append("")
            continue
        visible.append("" if inside else line)
        hidden.append(line if inside else "")
    visible_text, hidden_text = "\n".join(visible), "\n".join(hidden)
    if not found or not hidden_text.strip():
        return Split(visible_text, "")
    whole = parsed(visible_text) is None or parsed(textwrap.dedent(hidden_text)) is None
    last = next((number for number in range(len(hidden) - 1, -1, -1) if hidden[number] or visible[number].strip()), 0)
    last_hidden = whole or bool(hidden[last].strip())
    if whole:
        return Split("" if parsed(visible_text) is None else visible_text, source, True, last_hidden)
    return Split(visible_text, textwrap.dedent(hidden_text), False, last_hidden)


# ---------------------------------------------------------------- directives

# `# provided from helpers: _steps` among hidden lines.
PROVIDED: Final = re.compile(r"^# provided from helpers: (?P<names>[\w, ]+)$")
_ASKS: Final = "provided from helpers"
_FOR_THE_EXAMINER: Final = re.compile(r"^\s*#\s*examiner\s*:(.*)$", re.MULTILINE)


def asks_for_helpers(line: str) -> bool:
    """Whether a comment asks for helpers, or looks as if it were meant to: in other words, or with a typing error."""
    if not line.strip().startswith("#"):
        return False
    words = line.strip(" #\t").lower()
    meant = words.startswith("provided") and any(part in words for part in (":", "from", "helper"))
    return meant or _alike(words.partition(":")[0][: len(_ASKS) + 3], _ASKS)


@dataclass(frozen=True)
class Directives:
    """What an author asks of the examiner for the hidden lines of a cell, in comment lines that plain nbgrader skips:

        # examiner: without = ["sklearn"]
        # examiner: cpu_seconds = 130

    `without`: packages that are out of reach of the student's functions, or None where the cell needs no process of its
    own. `cpu_seconds`: CPU time for the visible lines, and again for the hidden ones, in place of the usual limit.
    """

    without: tuple[str, ...] | None = None
    cpu_seconds: float | None = None

    @property
    def separate(self) -> bool:
        return self.without is not None


def directives(hidden: str) -> Directives:
    """The directives in the hidden lines of a cell. Raises ValueError where they cannot be understood."""
    try:
        found = tomllib.loads("\n".join(_FOR_THE_EXAMINER.findall(hidden)))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the directives to the examiner are no TOML: {error}") from None
    without, seconds = found.pop("without", None), found.pop("cpu_seconds", None)
    if found:
        raise ValueError(f"the examiner knows no directive {', '.join(map(repr, found))}")
    if without is not None:
        if not (isinstance(without, list) and all(isinstance(name, str) and name.isidentifier() for name in without)):
            raise ValueError("the directive 'without' is no list of import packages")
        without = tuple(without)
    if seconds is not None:
        if type(seconds) not in (int, float) or not 0 < seconds <= 3600:
            raise ValueError("the directive 'cpu_seconds' is no number of seconds from 0 to 3600")
        seconds = float(seconds)
    return Directives(without, seconds)
