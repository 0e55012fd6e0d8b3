"""The cells of a notebook, by their code: which lines are the student's, and which those of a test."""

import ast
import hashlib
import linecache
import re
import traceback
from functools import cache
from types import FrameType, TracebackType

CHECKS = re.compile(r"^ *check\.(?!hint\b)\w+\(", re.MULTILINE)
_NO_TESTS = r"(?!credit|derivation|hint|summary|provide|rng|seeded)"
_TESTS = re.compile(rf"^ *((with )?check\.{_NO_TESTS}\w+\(|assert\b)", re.MULTILINE)

# Digests of the locked cells that define functions and make no checks: `nbcore.hints` fills it from its tables.
provided: set[str] = set()


@cache
def without_magics(source: str) -> str:
    """The code of a cell with blank lines in the places of IPython's magics, which Python cannot read.

    A line that begins with `%` is none where it goes on with the line above, as in `n = (i` and `% m)`, or stands in a
    string.
    """
    lines = source.split("\n")
    for _ in lines:
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if at not in range(len(lines)) or not lines[at].lstrip().startswith(("%", "!")):
                break
            lines[at] = ""
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            break
    return "\n".join(lines)


def is_cell(file: str) -> bool:
    """Whether code of this file stands in a notebook."""
    return "ipykernel_" in file or file.startswith("<ipython-input")


def is_test_cell(file: str) -> bool:
    """Whether a cell makes checks, or provides what checks use, so that its lines are not the student's."""
    if not is_cell(file):
        return False
    source = "".join(linecache.getlines(file))
    return bool(CHECKS.search(source)) or cell_digest(source) in provided


def is_students(file: str) -> bool:
    return is_cell(file) and not is_test_cell(file)


def may_be_graded(source: str) -> bool:
    """Whether a cell tests anything at all, so that its errors must be seen as such."""
    return bool(_TESTS.search(source))


def cell_digest(source: str) -> str:
    """Tells a cell by its text, whatever its white space."""
    return hashlib.sha256("".join(source.split()).encode()).hexdigest()[:16]


def names_bound(source: str) -> set[str]:
    """The variables that a cell would make."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def unwritten(error: BaseException) -> str:
    """The function or class that has raised a NotImplementedError, where a notebook defines it; or else ""."""
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not codes or not is_cell(codes[-1].co_filename) or not codes[-1].co_name.isidentifier():
        return ""
    return codes[-1].co_qualname.removesuffix(".__init__")


def tell(error: BaseException, lines: list[str]) -> None:
    """A notebook shows these lines of an error, in place of the way to it, and goes on where the cell tests nothing."""
    error.told = lines  # type: ignore[attr-defined]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]


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
