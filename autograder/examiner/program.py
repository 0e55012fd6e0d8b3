"""The hidden lines of a test cell, ready to run, and the names of theirs that are the student's. Nothing is executed
here but by a `Program`.

All submissions of an assignment have the same hidden lines: the template of the examiner's processes prepares them once
(`autograder.engine.worker.prepare`), and each process finds them there.
"""

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import CodeType
from typing import Any, Final

from ..course.code import Statement, names_from_outside, names_of, statements
from ..course.markup import directives

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

    def start(self, namespace: dict[str, Any]) -> None:
        """What is to be there before the lines run."""
        exec(self.before, namespace)

    def run(self, namespace: dict[str, Any]) -> Any:
        """The value is that of the last line if it is an expression."""
        exec(self.lines, namespace)
        return None if self.last is None else eval(self.last, namespace)


def program(hidden: str, trusted: Sequence[str], open_sources: Sequence[str]) -> Program:
    """The hidden lines, ready to be executed, from what `prelude` takes. Raises SyntaxError where the lines are no
    Python, ValueError where their directives are none."""
    return _program(hidden, tuple(trusted), tuple(open_sources))


@cache
def _program(hidden: str, trusted: tuple[str, ...], open_sources: tuple[str, ...]) -> Program:
    directives(hidden)
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


# ---------------------------------------------------------------- prelude


# What these names mean unless the notebook says otherwise: the import may stand in a cell of the student's own.
_CONVENTIONS = (
    "import math",
    "import random",
    "import itertools",
    "import numpy",
    "import numpy as np",
    "import matplotlib.pyplot as plt",
)
DEFINITIONS: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def prelude(hidden: str, trusted: Iterable[str], open_sources: Iterable[str]) -> tuple[ast.Module, set[str]]:
    """What to execute in the examiner before the hidden lines, and the names to ask the student's process for.

    `trusted` are the sources of the locked cells before this one, this one's visible lines last, as the gradebook has
    them; `open_sources` are the released sources of the cells that students fill in. A name that locked cells define
    and no open cell does is taken from there: an import, a function, a class, or an assignment that needs nothing of
    the student's. So a student who replaces a helper of the tests, or `np`, replaces it for nobody else.
    """
    imports: list[Statement] = [*chain.from_iterable(map(statements, _CONVENTIONS))]
    imports += [one for one in chain.from_iterable(map(statements, open_sources)) if _is_import(one)]
    students = _students(open_sources)
    definitions: dict[str, list[Statement]] = {}
    order: dict[Statement, int] = {}
    for number, statement in enumerate([*imports, *chain.from_iterable(map(statements, trusted))]):
        order[statement] = number
        for name in statement.bound:
            definitions.setdefault(name, []).append(statement)
    tree = ast.parse(hidden)
    read, bound = names_of(tree)
    wanted = read - _bound_before_read(tree, bound)
    taken: dict[str, Statement] = {}
    asked: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in taken or name in asked:
            continue
        definition = _trusted_definition(name, definitions, students)
        if definition is None:
            asked.add(name)
            continue
        taken.update(dict.fromkeys(definition.bound, definition))
        wanted |= definition.read
    body = [statement.node for statement in sorted(set(taken.values()), key=order.__getitem__)]
    return ast.Module(body, type_ignores=[]), asked - set(taken)


def _is_import(statement: Statement) -> bool:
    return isinstance(statement.node, ast.Import | ast.ImportFrom)


def _students(open_sources: Iterable[str]) -> set[str]:
    """The names that students are asked to define."""
    found = (one for one in chain.from_iterable(map(statements, open_sources)) if not _is_import(one))
    return set().union(*(statement.bound for statement in found))


class OwnNames:
    """The names of locked cells for their imports, functions and classes, in the student's process: as in `prelude`, a
    student who gives one of them to something else does so for the own code alone. What locked cells compute is not
    among them: it may be meant to be changed.
    """

    def __init__(self, open_sources: Iterable[str]) -> None:
        self._students = _students(open_sources)
        self._names: set[str] = set()

    def used(self, source: str) -> tuple[str, ...]:
        """Those that this locked cell uses."""
        return tuple(sorted(names_from_outside(source) & self._names))

    def defined(self, source: str) -> tuple[str, ...]:
        """Those that this locked cell defines, which later ones may use."""
        own = set[str]()
        for statement in statements(source):
            own = own | statement.bound if isinstance(statement.node, DEFINITIONS) else own - statement.bound
            self._names -= statement.bound
        own -= self._students
        self._names |= own
        return tuple(sorted(own))


def _bound_before_read(tree: ast.Module, bound: set[str]) -> set[str]:
    """Names that the hidden lines themselves bind before anything of theirs reads them."""
    known: set[str] = set()
    asked: set[str] = set()
    _flow(tree.body, bound, known, asked)
    return known


def _flow(body: list[ast.stmt], bound: set[str], known: set[str], asked: set[str]) -> None:
    """Follow the statements in order. Branches count as taken: a name bound in one is the hidden lines' own."""
    for statement in body:
        blocks = _blocks(statement)
        for head in _heads(statement) if blocks else [statement]:
            read, binds = names_of(head)
            if isinstance(head, ast.FunctionDef | ast.ClassDef):
                read -= binds  # a function that calls itself
            asked |= (read & bound) - known
            known |= binds - asked
        for block in blocks:
            _flow(block, bound, known, asked)


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks that run with this statement: none for a definition, and none for a simple statement."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    inner = [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    first, *others = (getattr(statement, field, []) for field in ("body", "orelse", "finalbody"))
    return [block for block in (first, *(part.body for part in inner), *others) if block]


def _heads(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What a compound statement tests, loops over, enters, catches or matches, with nothing in its blocks."""
    nothing: list[ast.stmt] = [ast.Pass()]
    if isinstance(statement, ast.If | ast.While):
        yield ast.Expr(statement.test)
    elif isinstance(statement, ast.Match):
        patterns = [ast.match_case(case.pattern, None, nothing) for case in statement.cases]
        yield ast.Match(statement.subject, patterns)
        yield from (ast.Expr(case.guard) for case in statement.cases if case.guard)
    elif isinstance(statement, ast.Try | ast.TryStar):
        handlers = [ast.ExceptHandler(handler.type, handler.name, nothing) for handler in statement.handlers]
        yield from [ast.Try(nothing, handlers, [], [])] if handlers else []
    elif isinstance(statement, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith):
        head = copy.copy(statement)
        head.body = nothing
        if isinstance(head, ast.For | ast.AsyncFor):
            head.orelse = []
        yield head


def _trusted_definition(name: str, definitions: dict[str, list[Statement]], students: set[str]) -> Statement | None:
    if name in students or not definitions.get(name):
        return None
    statement = definitions[name][-1]
    if isinstance(statement.node, DEFINITIONS):
        return statement
    if len(definitions[name]) > 1 or not isinstance(statement.node, ast.Assign | ast.AnnAssign):
        return None
    return statement if _independent(statement, definitions, students, set()) else None


def _independent(
    statement: Statement, definitions: dict[str, list[Statement]], students: set[str], seen: set[str]
) -> bool:
    """True when evaluating the statement touches nothing of the student's, at any remove."""
    for name in statement.read:
        if name in seen:
            continue
        seen.add(name)
        if name in students or name not in definitions:
            return False
        other = definitions[name][-1]
        if isinstance(other.node, ast.Import | ast.ImportFrom):
            continue
        if len(definitions[name]) > 1 or not _independent(other, definitions, students, seen):
            return False
    return True
