"""Whether calls of a notebook's functions can leave anything behind that another call sees, by their text.

Then what a test finds does not depend on the other tests, and it may be run alone. Everything is refused that is not
known to be harmless: where this says no, a function may be stateless all the same.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .code import imports_of, is_too_deep, names_of, parsed, statements
from .needed import changes_what_is_not_its_own, reaches_unseen

# Modules whose functions give the same for the same arguments, whoever was asked before. `nbcore.mine` gives the right
# functions of earlier exercises where notebooks are graded.
_MODULES: Final = (
    r"(?:numpy|math|cmath|itertools|functools|operator|typing|collections|scipy|scipy\.special|nbcore\.mine)"
)
_IMPORT: Final = re.compile(rf"import {_MODULES}( as \w+)?|from {_MODULES} import (?!.*\b(random|\w*cache)\b).*")
# Functions that know more than their arguments, or change what they are given by its name.
_NOT_PURE: Final = {
    "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "hash", "help", "id", "input",
    "locals", "memoryview", "object", "open", "quit", "setattr", "super", "vars", "__import__",
}  # fmt: skip
# Attributes of modules that do so. A cache keeps what it was asked.
_STATE: Final = {
    "cache", "cached_property", "fromfile", "fromregex", "genfromtxt", "get_printoptions", "geterr", "load", "loadtxt",
    "lru_cache", "memmap", "singledispatch",
}  # fmt: skip
# As modules are called by convention: `np.add` is no method that changes `np`.
_USUAL: Final = frozenset({"np", "numpy", "math", "cmath", "scipy", "special", "itertools", "functools", "operator"})
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class _Cell:
    """What is known of the names of a cell. read: by its functions. usable: those that it binds to a function, a
    number, a text, or what a harmless module holds, and other: those that it binds to something else."""

    leaves_nothing: bool
    read: frozenset[str]
    usable: frozenset[str]
    other: frozenset[str]


def are_stateless(sources: Iterable[str]) -> bool:
    """sources: of all cells of a notebook but its tests. A cell that is no Python defines nothing."""
    cells = list(map(_cell, sources))
    usable = frozenset().union(*(cell.usable for cell in cells)) - frozenset().union(*(cell.other for cell in cells))
    return all(cell.leaves_nothing and cell.read <= usable for cell in cells)


def data_names(sources: Iterable[str]) -> frozenset[str]:
    """Names of what cells compute: no functions, and nothing imported. Two tests may change it one after the other."""
    every = (one for text in sources for one in statements(text))
    found = (
        one.bound for one in every if not (_is_function(one.node) or isinstance(one.node, ast.Import | ast.ImportFrom))
    )
    return frozenset().union(*found)


@lru_cache(maxsize=2000)
def _cell(text: str) -> _Cell:
    tree = parsed(text)
    if tree is None or is_too_deep(text) or reaches_unseen(text):
        harmless = tree is None and not is_too_deep(text)
        return _Cell(harmless, frozenset(), frozenset(), frozenset())
    usable: set[str] = set()
    other: set[str] = set()
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            (usable if _is_function(node) or _is_constant(node) else other).update(names_of(node)[1])
    for name, lines in imports_of(tree).items():
        (usable if all(map(_IMPORT.fullmatch, lines.splitlines())) else other).add(name)
    read = frozenset().union(*(names_of(node)[0] for node in tree.body if _is_function(node)))
    return _Cell(_leaves_nothing(tree), read, frozenset(usable), frozenset(other))


def _is_function(node: ast.stmt) -> bool:
    """Or a class."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Lambda)
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and _cannot_change(node.value)


def _cannot_change(node: ast.expr | None) -> bool:
    """Whether this is made of numbers and texts alone."""
    if isinstance(node, ast.UnaryOp):
        return _cannot_change(node.operand)
    if isinstance(node, ast.BinOp):
        return _cannot_change(node.left) and _cannot_change(node.right)
    if isinstance(node, ast.Tuple):
        return all(map(_cannot_change, node.elts))
    return node is None or isinstance(node, ast.Constant)


def _leaves_nothing(tree: ast.Module) -> bool:
    of_objects: set[ast.AST] = set()  # attributes that methods give to their own object
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal):
            return False
        if isinstance(node, ast.ClassDef):
            if not _is_plain(node):
                return False
            for method in node.body:
                of_objects |= _own_attributes(method)
        elif isinstance(node, ast.Attribute):
            changes = not isinstance(node.ctx, ast.Load) and node not in of_objects
            if changes or (node.attr.startswith("__") and node.attr.endswith("__")):
                return False
        elif isinstance(node, _DEFINITIONS) and not _keeps_nothing(node):
            return False
    return True


def _is_plain(node: ast.ClassDef) -> bool:
    """Whether a class holds methods and values that cannot change, and nothing that its objects share."""
    return not (node.decorator_list or node.bases or node.keywords) and all(
        isinstance(part, ast.FunctionDef | ast.Pass)
        or (isinstance(part, ast.Expr) and _cannot_change(part.value))
        or (isinstance(part, ast.Assign | ast.AnnAssign) and _cannot_change(part.value))
        for part in node.body
    )


def _own_attributes(method: ast.stmt) -> set[ast.AST]:
    """`self.x` wherever it is set in a method."""
    if not isinstance(method, ast.FunctionDef) or not method.args.args:
        return set()
    own = method.args.args[0].arg
    attributes = (node for node in ast.walk(method) if isinstance(node, ast.Attribute))
    return {node for node in attributes if isinstance(node.value, ast.Name) and node.value.id == own}


def _keeps_nothing(function: _Function) -> bool:
    """Whether it changes nothing but what it has made or was given, and knows nothing else."""
    if getattr(function, "decorator_list", []):
        return False
    defaults = (*function.args.defaults, *function.args.kw_defaults)
    if not all(isinstance(default, ast.Name) or _cannot_change(default) for default in defaults):
        return False
    inside = [node for part in ast.iter_child_nodes(function) for node in ast.walk(part)]
    own = {node.arg for node in inside if isinstance(node, ast.arg)} | _USUAL
    own |= {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    generators = {node.value for node in inside if isinstance(node, ast.Attribute) and node.attr == "default_rng"}
    return not any(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Name) and node.id in _NOT_PURE)
        or (isinstance(node, ast.Attribute) and node.attr in _STATE)
        or (isinstance(node, ast.Attribute) and _is_module_of_chance(node) and node not in generators)
        or changes_what_is_not_its_own(node, own)
        for node in inside
    )


def _is_module_of_chance(node: ast.Attribute) -> bool:
    """`np.random`, not `rng.random`."""
    return node.attr == "random" and isinstance(node.value, ast.Name) and node.value.id in _USUAL
