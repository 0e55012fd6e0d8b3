"""The cells of a notebook, by their code: which lines are the student's, and which those of a test."""

import linecache
import re
import traceback
from types import FrameType, TracebackType

CHECKS = re.compile(r"^ *check\.\w+\(", re.MULTILINE)


def is_cell(file: str) -> bool:
    """Whether code of this file stands in a notebook."""
    return "ipykernel_" in file or file.startswith("<ipython-input")


def is_test_cell(file: str) -> bool:
    """Whether a cell makes checks, so that its lines are not the student's."""
    return is_cell(file) and bool(CHECKS.search("".join(linecache.getlines(file))))


def is_students(file: str) -> bool:
    return is_cell(file) and not is_test_cell(file)


def line_of(file: str, number: int, name: str = "") -> str:
    """A line of code in words. name: of the function."""
    within = f" of {name}" if name.isidentifier() else ""
    return f"line {number}{within}: {linecache.getline(file, number).strip()}"


def lines_on_the_way(to: FrameType | TracebackType | None) -> list[str]:
    """The lines of the student's on the way to a frame or an error, outermost first."""
    if to is None:
        return []
    steps = traceback.walk_tb(to) if isinstance(to, TracebackType) else reversed(list(traceback.walk_stack(to)))
    rows = [(frame.f_code.co_filename, number, frame.f_code.co_name) for frame, number in steps]
    return [line_of(*row) for row in rows if is_students(row[0])]
