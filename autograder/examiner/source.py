"""Splits the source of a test cell into the lines that students see and the hidden ones, and finds out which names of
the hidden lines are the student's.

Pure functions over text; nothing is executed here.
"""

import ast
import builtins
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "display", "get_ipython"}


@dataclass(frozen=True)
class Split:
    """`visible` and `hidden` have a blank line for each line of the other part. `hidden` is "" without a hidden block.

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
    visible, hidden = [], []
    inside = found = False
    for line in source.split("\n"):
        is_begin, is_end = BEGIN in line, END in line
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
    whole = not _parses(visible_text) or not _parses(textwrap.dedent(hidden_text))
    last = next((number for number in range(len(hidden) - 1, -1, -1) if hidden[number] or visible[number].strip()), 0)
    last_hidden = whole or bool(hidden[last].strip())
    if whole:
        return Split(visible_text if _parses(visible_text) else "", source, True, last_hidden)
    return Split(visible_text, textwrap.dedent(hidden_text), False, last_hidden)


def _parses(text: str) -> bool:
    return _parsed(text) is not None


@cache
def _parsed(text: str) -> ast.Module | None:
    """Without cell and line magics: they are no Python, and in visible lines IPython's business. None: no Python."""
    lines = [("" if line.lstrip().startswith(("%", "!")) else line) for line in text.split("\n")]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return None


# ---------------------------------------------------------------------------------------------------------- names


class _Names(ast.NodeVisitor):
    """Names that a piece of code reads from outside itself, and names that it binds at its top level."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.bound: set[str] = set()
        self._locals: list[set[str]] = []

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if not any(node.id in scope for scope in self._locals):
                self.read.add(node.id)
        elif not self._locals:
            if isinstance(node.ctx, ast.Del):
                self.read.add(node.id)
            self.bound.add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read.add(node.target.id)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        if not self._locals:
            self.bound.update((alias.asname or alias.name).split(".")[0] for alias in node.names)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name and not self._locals:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if not self._locals:
            self.bound.add(node.name)
        for outer in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(outer)
        self._scope(_locals_of(node), node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for outer in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(outer)
        self._scope(_arguments(node.args), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if not self._locals:
            self.bound.add(node.name)
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outer)
        self._scope(set(_assigned(node.body)), node.body)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        names = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self._scope(names, [node])

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def _scope(self, names: set[str], body: Iterable[ast.AST]) -> None:
        self._locals.append(names)
        for child in body:
            if isinstance(child, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                self.generic_visit(child)
            else:
                self.visit(child)
        self._locals.pop()


def _arguments(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument}


def _locals_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    outer = {name for child in ast.walk(node) if isinstance(child, ast.Global) for name in child.names}
    return (_arguments(node.args) | set(_assigned(node.body))) - outer


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    """Names bound in a block, nested blocks included and nested functions left out."""
    queue: list[ast.AST] = list(body)
    while queue:
        node = queue.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        queue.extend(ast.iter_child_nodes(node))


def names_of(tree: ast.AST) -> tuple[set[str], set[str]]:
    """(read, bound) at the top level of a module or a statement; built-in names that it does not bind are left out."""
    visitor = _Names()
    visitor.visit(tree)
    return visitor.read - (_BUILTINS - visitor.bound), visitor.bound


# ---------------------------------------------------------------------------------------------------------- prelude


class _Statement:
    """A statement of a cell: what it binds, and, once somebody asks, what it reads from outside itself."""

    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.bound = {node.name}  # most are needed by no hidden test: their bodies are not read here
        else:
            self.bound = names_of(node)[1]

    @cached_property
    def read(self) -> set[str]:
        return names_of(self.node)[0]


@cache  # each test cell of a notebook asks for all the cells before it
def _statements(source: str) -> tuple[_Statement, ...]:
    tree = _parsed(source)
    return tuple(map(_Statement, tree.body)) if tree else ()


# What these names mean unless the notebook says otherwise: the import may stand in a cell of the student's own.
_CONVENTIONS = (
    "import math",
    "import random",
    "import itertools",
    "import numpy",
    "import numpy as np",
    "import matplotlib.pyplot as plt",
)
_PURE_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def prelude(hidden: str, trusted: Iterable[str], open_sources: Iterable[str]) -> tuple[ast.Module, set[str]]:
    """What to execute in the examiner before the hidden lines, and the names to ask the student's process for.

    `trusted` are the sources of the locked cells before this one, this one's visible lines last, as the gradebook has
    them; `open_sources` are the released sources of the cells that students fill in. A name that locked cells define
    and no open cell does is taken from there: an import, a function, a class, or an assignment that needs nothing of
    the student's. So a student who replaces a helper of the tests, or `np`, replaces it for nobody else.
    """
    students: set[str] = set()
    imports: list[_Statement] = [*chain.from_iterable(map(_statements, _CONVENTIONS))]
    for statement in chain.from_iterable(map(_statements, open_sources)):
        if isinstance(statement.node, ast.Import | ast.ImportFrom):
            imports.append(statement)
        else:
            students |= statement.bound
    definitions: dict[str, list[_Statement]] = {}
    order: dict[_Statement, int] = {}
    for number, statement in enumerate([*imports, *chain.from_iterable(map(_statements, trusted))]):
        order[statement] = number
        for name in statement.bound:
            definitions.setdefault(name, []).append(statement)
    tree = ast.parse(hidden)
    read, bound = names_of(tree)
    wanted = read - _bound_before_read(tree, bound)
    taken: dict[str, _Statement] = {}
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


def _bound_before_read(tree: ast.Module, bound: set[str]) -> set[str]:
    """Names that the hidden lines themselves bind before anything of theirs reads them."""
    known: set[str] = set()
    asked: set[str] = set()
    _flow(tree.body, bound, known, asked)
    return known


def _flow(body: list[ast.stmt], bound: set[str], known: set[str], asked: set[str]) -> None:
    """Follow the statements in order. Branches count as taken: a name bound in one is the hidden lines' own."""
    for statement in body:
        blocks = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or not any(blocks):
            read, binds = names_of(statement)
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                read -= binds  # a function that calls itself
            asked |= (read & bound) - known
            known |= binds - asked
            continue
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, ast.expr | ast.withitem):  # the head: what it loops over, tests, or enters
                read, binds = names_of(part)
                asked |= (read & bound) - known
                known |= binds - asked
        for handler in getattr(statement, "handlers", []):
            known |= {handler.name} - asked - {None}
        for block in (blocks[0], *(handler.body for handler in getattr(statement, "handlers", [])), *blocks[1:]):
            _flow(block, bound, known, asked)


def _trusted_definition(name: str, definitions: dict[str, list[_Statement]], students: set[str]) -> _Statement | None:
    if name in students or not definitions.get(name):
        return None
    statement = definitions[name][-1]
    if isinstance(statement.node, _PURE_DEFINITIONS):
        return statement
    if len(definitions[name]) > 1 or not isinstance(statement.node, ast.Assign | ast.AnnAssign):
        return None
    return statement if _independent(statement, definitions, students, set()) else None


def _independent(
    statement: _Statement, definitions: dict[str, list[_Statement]], students: set[str], seen: set[str]
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
