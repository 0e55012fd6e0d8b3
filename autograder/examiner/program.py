"""The hidden lines of a test cell, made ready to run. Making them ready executes nothing.

All submissions of an assignment have the same hidden lines: the template of the examiner's processes makes them ready
once (`autograder.engine.worker.prepare`), and each process finds them made.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any, Final

from .separate import orders_of
from .source import names_of, prelude

FILE: Final = "<hidden tests>"  # what tracebacks call the hidden lines


@dataclass(frozen=True)
class Program:
    """Code to run before the hidden lines, the lines, and their last expression, if the last statement is one.

    `asked` are the names to ask the student's process for; `bound` those that the hidden lines bind.
    """

    before: CodeType
    lines: CodeType
    last: CodeType | None
    asked: tuple[str, ...]
    bound: frozenset[str]

    def run(self, namespace: dict[str, Any]) -> Any:
        """The value is that of the last line if it is an expression."""
        exec(self.before, namespace)
        exec(self.lines, namespace)
        return None if self.last is None else eval(self.last, namespace)


def program(hidden: str, trusted: Sequence[str], open_sources: Sequence[str]) -> Program:
    """As `prelude`. Raises SyntaxError where the lines are no Python, ValueError where their orders are none."""
    return _program(hidden, tuple(trusted), tuple(open_sources))


@cache
def _program(hidden: str, trusted: tuple[str, ...], open_sources: tuple[str, ...]) -> Program:
    orders_of(hidden)
    before, asked = prelude(hidden, trusted, open_sources)
    tree = ast.parse(hidden, FILE)
    bound = frozenset(names_of(tree)[1])
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    return Program(
        compile(before, "<locked cells>", "exec"),
        compile(tree, FILE, "exec"),
        compile(ast.Expression(last.value), FILE, "eval") if isinstance(last, ast.Expr) else None,
        tuple(sorted(asked)),
        bound,
    )
