"""The student's cell as questions see it: its simple statements, each with the lines that it takes, and its nodes as
`runner.watch` numbers them. Nothing is run here."""

import ast
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from ..course.code import without_magics

_LONGEST: Final = 20_000  # characters of a cell
_LINES, _LETTERS = 4, 400  # of a statement
_SIMPLE: Final = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Return,
    ast.Expr,
    ast.Raise,
    ast.Pass,
    ast.Break,
    ast.Continue,
)
_HEADS: Final = (ast.If, ast.While)
_OWN_SCOPE: Final = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, eq=False)
class Line:
    """A simple statement, alone on its lines, or the head of an `if` or a `while`. function: the outermost one that it
    stands in. depth: loops around it. chosen: whether an `if` inside the innermost loop decides whether it runs."""

    node: ast.stmt
    number: int
    function: str
    text: str
    depth: int
    chosen: bool

    @property
    def first(self) -> int:
        return self.node.lineno

    @property
    def head(self) -> bool:
        return isinstance(self.node, _HEADS)

    @property
    def several(self) -> bool:
        return "\n" in self.text


Place = tuple[int, int, int, int]  # from a line and a column of bytes to others


def place_of(node: ast.expr | ast.keyword) -> Place:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


@dataclass(frozen=True)
class Cell:
    """numbers: of the nodes, as `ast.walk` finds them. starts: of its lines, counted in bytes, as `ast` counts."""

    source: str
    lines: list[Line]
    numbers: dict[ast.AST, int]
    starts: list[int]

    @classmethod
    def of(cls, source: str) -> "Cell | None":
        """None for a cell that is no Python, or too long, or nested too deeply, or whose lines may be others for
        Python."""
        source = source.replace("\r\n", "\n")
        if len(source) > _LONGEST or "\r" in source or "\f" in source:
            return None
        try:
            source, tree = _parsed(source)
            numbers = {node: number for number, node in enumerate(ast.walk(tree))}
            rows = list(_lines(tree.body, source.split("\n"), numbers, "", 0, False))
            lengths = [len(line.encode()) + 1 for line in source.split("\n")]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        taken = Counter(node.lineno for node in numbers if isinstance(node, ast.stmt))
        lines = [row for row in rows if taken[row.first] == 1 and row.text]
        return cls(source, lines, numbers, [0, *accumulate(lengths)])

    def text(self, node: ast.expr) -> str:
        """What stands in the cell for this expression."""
        return self._bytes[self._slice(place_of(node))].decode()

    def changed(self, place: Place, old: str, new: str) -> str:
        """The source with something else there."""
        there, whole = self._slice(place), self._bytes
        put = whole[there].replace(old.encode(), new.encode(), 1)
        return (whole[: there.start] + put + whole[there.stop :]).decode()

    @cached_property
    def _bytes(self) -> bytes:
        return self.source.encode()

    def _slice(self, place: Place) -> slice:
        first, start, last, end = place
        return slice(self.starts[first - 1] + start, self.starts[last - 1] + end)

    def parts(self, node: ast.expr) -> Iterator[ast.expr]:
        """The expression and those in it, from the outside; without those that are evaluated somewhere else."""
        yield node
        for child in self.within(node):
            yield from self.parts(child)

    def within(self, node: ast.expr) -> list[ast.expr]:
        """The expressions of which this one is made."""
        if node not in self._made_of:
            own = [] if isinstance(node, _OWN_SCOPE) else ast.iter_child_nodes(node)
            parts = [child.value if isinstance(child, ast.keyword) else child for child in own]
            self._made_of[node] = [part for part in parts if isinstance(part, ast.expr)]
        return self._made_of[node]

    @cached_property
    def _made_of(self) -> dict[ast.expr, list[ast.expr]]:
        return {}


def _parsed(source: str) -> tuple[str, ast.Module]:
    """The source without its magics, and its tree."""
    plain = without_magics(source)
    return plain, ast.parse(plain)


def value_of(line: Line) -> ast.expr | None:
    """The expression of a statement."""
    value = getattr(line.node, "test" if line.head else "value", None)
    return value if isinstance(value, ast.expr) else None


def _lines(
    body: list[ast.stmt], text: list[str], numbers: dict[ast.AST, int], function: str, depth: int, chosen: bool
) -> Iterator[Line]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            within = function if function and not function.endswith(".") else f"{function}{node.name}"
            within += "." if isinstance(node, ast.ClassDef) and not function else ""
            yield from _lines(node.body, text, numbers, within, 0, False)
        elif isinstance(node, _SIMPLE):
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if function and not function.endswith(".") and not docstring:
                yield Line(node, numbers[node], function, _shown(text, node, node.end_lineno), depth, chosen)
        else:
            if isinstance(node, _HEADS) and function and not function.endswith("."):
                yield Line(node, numbers[node], function, _shown(text, node, node.test.end_lineno), depth, chosen)
            loop, branch = isinstance(node, ast.For | ast.While), isinstance(node, ast.If)
            deeper, decided = depth + loop, (branch and depth > 0) or (chosen and not loop)
            for block in ("body", "orelse", "finalbody"):
                yield from _lines(getattr(node, block, []), text, numbers, function, deeper, decided)
            for other in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from _lines(other.body, text, numbers, function, deeper, decided)


def _shown(text: list[str], node: ast.stmt, last: int | None) -> str:
    """The lines from the start of a statement to the last one; "" where they are long."""
    lines = text[node.lineno - 1 : last]
    shown = textwrap.dedent("\n".join(lines)).rstrip()
    return shown if len(lines) <= _LINES and len(shown) <= _LETTERS else ""
