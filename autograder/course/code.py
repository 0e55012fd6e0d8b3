"""What can be said of Python text without running it: names read and bound, definitions, signatures, compiled cells.

Cells may hold IPython's magics, which are left out, and text that is no Python at all. What is asked often is cached:
each test cell of a notebook asks for all the cells before it. Everybody who reads code uses it.
"""

import ast
import builtins
import copy
import symtable
from collections.abc import Iterator
from functools import cache, cached_property
from types import CodeType

from IPython.core.inputtransformer2 import TransformerManager

from nbcore.probe.cells import without_magics

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "display", "get_ipython"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TOO_DEEP = (RecursionError, MemoryError)  # what Python's parser raises for code that is nested thousands of times


@cache
def parsed(text: str) -> ast.Module | None:
    """The text without its magics; None where it is no Python, or cannot be read."""
    try:
        return ast.parse(without_magics(text))
    except (SyntaxError, ValueError, *_TOO_DEEP):
        return None


def can_be_read(text: str) -> bool:
    """Whether this is Python, magics apart; what is nested too deeply for this process may be."""
    try:
        _compile(text)
    except (SyntaxError, ValueError):
        return False
    except _TOO_DEEP:
        return True
    return True


@cache
def syntax_error(text: str, first: int) -> SyntaxError | None:
    """What is wrong with a cell that should be Python, magics apart. first: the number of its first line."""
    try:
        _compile(text, first)
    except SyntaxError as error:
        return error
    return None


def _compile(text: str, first: int = 1) -> None:
    """As a notebook does with a cell. Raises what Python's compiler raises."""
    lines = "\n" * (first - 1) + without_magics(text)
    compile(lines, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


@cache
def only_ipython_reads(text: str) -> bool:
    """Whether this is no Python, and IPython makes some of it: magics within a line, `name?`, indented or prompted
    lines."""
    if parsed(text) is not None or is_too_deep(text):
        return False
    try:
        ast.parse(TransformerManager().transform_cell(text))
    except (SyntaxError, ValueError, *_TOO_DEEP):
        return False
    return True


@cache
def is_too_deep(text: str) -> bool:
    """Whether this may be Python, but is nested too deeply to be read here: nobody knows which names it uses."""
    try:
        _names_of(ast.parse(without_magics(text)))
    except _TOO_DEEP:
        return True
    except (SyntaxError, ValueError):
        return False
    return False


# ---------------------------------------------------------------- names


def names_of(tree: ast.Module | ast.stmt) -> tuple[set[str], set[str]]:
    """(read, bound): the names that this code reads from outside itself, and those that it binds at its top level.

    Python's own symbol table says so, but for three things that it does not tell: `n += 1` and `del n` read n, and so
    does the body of a class that reads a name before it binds it. Built-in names that the code does not bind are left
    out. Code that cannot be compiled reads and binds nothing, and no more does what is nested too deeply.
    """
    try:
        return _names_of(tree)
    except (SyntaxError, ValueError, *_TOO_DEEP):  # a name that is local and global at once, for one
        return set(), set()


def _names_of(tree: ast.Module | ast.stmt) -> tuple[set[str], set[str]]:
    table = _symbols_of(tree)
    symbols = table.get_symbols()
    bound = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    read = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    for scope in _scopes_within(table):
        read |= {symbol.get_name() for symbol in scope.get_symbols() if _from_outside(symbol)}
    for node in _of_this_scope(tree if isinstance(tree, ast.Module) else ast.Module([tree], [])):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            read.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            read |= _read_before_bound(node)
    return read - (_BUILTINS - bound), bound


@cache
def names_from_outside(source: str) -> frozenset[str]:
    """Names that a cell reads and binds in none of its scopes. None where it is no Python."""
    tree = parsed(source)
    if tree is None:
        return frozenset()
    try:
        table = _symbols_of(tree)
    except (SyntaxError, ValueError, *_TOO_DEEP):
        return frozenset()
    symbols = [symbol for scope in (table, *_scopes_within(table)) for symbol in scope.get_symbols()]
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_parameter()}
    return frozenset(names_of(tree)[0] - bound)


class _AsGenerators(ast.NodeTransformer):
    """Comprehensions as generator expressions. From Python 3.12 on, the symbol table has no scope for the others, and
    what they bind stands there as if the code around them bound it."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.GeneratorExp:
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp  # noqa: N815

    def visit_DictComp(self, node: ast.DictComp) -> ast.GeneratorExp:
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def _symbols_of(tree: ast.Module | ast.stmt) -> symtable.SymbolTable:
    if any(isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp) for node in ast.walk(tree)):
        tree = _AsGenerators().visit(copy.deepcopy(tree))
    return symtable.symtable(ast.unparse(tree), "<names>", "exec")


def _scopes_within(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _scopes_within(child)


def _from_outside(symbol: symtable.Symbol) -> bool:
    """Whether a scope within takes this name from the top level; `global n` with `n += 1` counts as reading it."""
    return symbol.is_declared_global() or (symbol.is_global() and symbol.is_referenced())


def _of_this_scope(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are evaluated in this scope itself: not the bodies of functions and classes in it."""
    for child in ast.iter_child_nodes(tree):
        yield child
        if isinstance(child, (*_FUNCTIONS, ast.Lambda)):
            heads = [*getattr(child, "decorator_list", []), *child.args.defaults, *filter(None, child.args.kw_defaults)]
        elif isinstance(child, ast.ClassDef):
            heads = [*child.decorator_list, *child.bases, *(keyword.value for keyword in child.keywords)]
        else:
            heads = [child]
        for head in heads:
            yield from (head, *_of_this_scope(head)) if head is not child else _of_this_scope(head)


def _read_before_bound(node: ast.ClassDef) -> set[str]:
    """Names that the body of a class reads before it binds them itself, as in `y = y`: they come from outside."""
    bound: set[str] = set()
    found: set[str] = set()
    for statement in node.body:
        names = [part for part in _of_this_scope(ast.Module([statement], [])) if isinstance(part, ast.Name)]
        found |= {name.id for name in names if isinstance(name.ctx, ast.Load)} - bound
        bound |= {name.id for name in names if not isinstance(name.ctx, ast.Load)}
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            bound.add(statement.name)
    return found & bound


def imports_of(tree: ast.Module) -> dict[str, str]:
    """The import statements at top level by the names that they bind; several that bind one name are lines of one text.
    Relative ones are left out."""
    found: dict[str, list[str]] = {}
    for node in tree.body:
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            if isinstance(node, ast.Import):
                found.setdefault((alias.asname or alias.name).split(".")[0], []).append(
                    ast.unparse(ast.Import([alias]))
                )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                one = ast.ImportFrom(node.module, [alias], 0)
                found.setdefault(alias.asname or alias.name, []).append(ast.unparse(one))
    return {name: "\n".join(dict.fromkeys(texts)) for name, texts in found.items()}


def methods_called(source: str) -> set[str]:
    """The last names of calls such as `check.raises(...)` or `raises(...)`; none where it is no Python."""
    tree = parsed(source)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
    attributes = {called.attr for called in calls if isinstance(called, ast.Attribute)}
    return attributes | {called.id for called in calls if isinstance(called, ast.Name)}


class Statement:
    """A statement of a cell: what it binds, and, once somebody asks, what it reads from outside itself."""

    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            self.bound = {node.name}  # most are needed by no hidden test: their bodies are not read here
        else:
            self.bound = names_of(node)[1]

    @cached_property
    def read(self) -> set[str]:
        return names_of(self.node)[0]


@cache
def statements(source: str) -> tuple[Statement, ...]:
    """The statements of a cell; none where it is no Python."""
    tree = parsed(source)
    return tuple(map(Statement, tree.body)) if tree else ()


# ---------------------------------------------------------------- definitions


def each_definition(source: str) -> Iterator[tuple[str, tuple[str, ast.stmt]]]:
    """Name, text and syntax tree of each function and class at top level, one defined twice included."""
    lines = source.split("\n")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, ("\n".join(lines[first - 1 : node.end_lineno]), node)


def definitions(source: str) -> dict[str, tuple[str, ast.stmt]]:
    """Text and syntax tree of each function and class that the source defines at top level. Raises SyntaxError."""
    return dict(each_definition(source))


def signatures(source: str) -> list[str]:
    """`name(arguments)` of each function and class at top level; for a class the arguments of its constructor."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found.append(f"{node.name}({_arguments(node)})")
        elif isinstance(node, ast.ClassDef):
            methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
            for method in methods:
                prefix = node.name if method.name == "__init__" else f"{node.name}.{method.name}"
                found.append(f"{prefix}({_arguments(method, skip_self=True)})")
    return found


def _arguments(node: ast.FunctionDef, skip_self: bool = False) -> str:
    arguments = ast.arguments(**{name: getattr(node.args, name) for name in node.args._fields})
    bare = [ast.arg(arg=argument.arg) for argument in arguments.args]
    arguments.args = bare[1:] if skip_self else bare
    return ast.unparse(arguments)


# ---------------------------------------------------------------- code to run


@cache
def compiled(name: str, source: str) -> CodeType:
    """The code of a cell. Raises SyntaxError."""
    return compile(source, f"<{name}>", "exec")


@cache
def compiled_statements(cell: str, source: str) -> tuple[CodeType, ...]:
    """The code of each statement of a cell. Raises SyntaxError."""
    return tuple(compile(ast.Module([node], []), f"<{cell}>", "exec") for node in ast.parse(source).body)


@cache
def defined_in(source: str) -> tuple[str, ...]:
    """Functions and classes that a solution defines, in its order. Raises SyntaxError."""
    return tuple(definitions(source))
