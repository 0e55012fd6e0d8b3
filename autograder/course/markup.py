"""nbgrader's mark-up inside a cell: the regions that students must not see, and the flags of a cell.

nbgrader looks for the delimiters as parts of a line and says nothing of one that is misspelt: the region is then
released to the students. So near misses are errors here.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode


class BuildError(Exception):
    """A notebook source is wrong: says which cell and why."""

    def __init__(self, cell: str, problem: str) -> None:
        super().__init__(f"cell {cell}: {problem}")
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

# How alike the words of a line must be to those of a delimiter, to be taken for a misspelling of it.
NEAR_MISS = 0.75


def flags(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def grade_id(cell: NotebookNode) -> str | None:
    return flags(cell).get("grade_id")


def is_solution(cell: NotebookNode) -> bool:
    return bool(flags(cell).get("solution"))


def is_autograded(cell: NotebookNode) -> bool:
    """A test cell: graded by running it."""
    return bool(flags(cell).get("grade")) and not is_solution(cell)


def is_written(cell: NotebookNode) -> bool:
    """An answer that a person marks."""
    return bool(flags(cell).get("grade")) and is_solution(cell)


def label(cell: NotebookNode) -> str:
    """How messages name a cell: its grade_id, or its first line."""
    return grade_id(cell) or f"that starts {cell.source.strip().split(chr(10))[0][:60]!r}"


def regions(source: str, kind: Region) -> Iterator[tuple[int, int]]:
    """Line numbers (from 0) of the delimiters of each region; raises ValueError where they do not pair up."""
    begin = None
    for number, line in enumerate(source.split("\n")):
        if line.strip() == kind.begin:
            if begin is not None:
                raise ValueError(f"{kind.begin!r} stands twice before {kind.end!r}")
            begin = number
        elif line.strip() == kind.end:
            if begin is None:
                raise ValueError(f"{kind.end!r} without {kind.begin!r} before it")
            yield begin, number
            begin = None
    if begin is not None:
        raise ValueError(f"{kind.begin!r} without {kind.end!r} after it")


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
