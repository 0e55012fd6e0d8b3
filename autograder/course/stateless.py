"""Whether calls of a notebook's functions can leave anything behind that another call sees, by their text.

Then what a test finds does not depend on the other tests, and it may be run alone. Everything is refused that is not
known to be harmless: where this says no, a function may be stateless all the same.
"""

import ast
import builtins
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from nbcore import given

from .code import imports_of, names_of, parsed, statements
from .needed import changes_what_is_not_its_own, reaches_unseen

# Whose functions give the same for the same arguments, whoever was asked before, if they do not stand in _NOT_PURE.
_MODULES: Final = ("numpy", "numpy.linalg", "math", "itertools", "scipy.special")
_NAMES: Final = {"np": "numpy", "numpy": "numpy", "math": "math", "special": "scipy.special", "itertools": "itertools"}
_GIVEN: Final = "nbcore.mine"  # the right functions of earlier exercises, where notebooks are graded
_NOT_PURE: Final = {
    "frombuffer", "fromfile", "frompyfunc", "fromregex", "genfromtxt", "getbufsize", "geterr", "geterrcall",
    "get_include", "get_printoptions", "info", "load", "loadtxt", "memmap", "nditer", "ndarray", "nested_iters", "save",
    "savetxt", "savez", "savez_compressed", "set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config",
    "show_runtime", "test",
}  # fmt: skip
_BUILTINS: Final = {
    "abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate", "filter", "float", "frozenset", "int",
    "isinstance", "iter", "len", "list", "map", "max", "min", "next", "pow", "print", "range", "repr", "reversed",
    "round", "set", "slice", "sorted", "str", "sum", "tuple", "zip",
}  # fmt: skip
# Attributes of arrays, lists, dicts, texts and random generators.
_ATTRIBUTES: Final = {
    "T", "add", "all", "any", "append", "argmax", "argmin", "argsort", "astype", "choice", "clear", "clip", "conj",
    "copy", "count", "cumprod", "cumsum", "diagonal", "discard", "dot", "dtype", "endswith", "extend", "fill",
    "flatten", "format", "get", "imag", "index", "insert", "integers", "item", "items", "join", "keys", "lower", "max",
    "mean", "min", "ndim", "nonzero", "normal", "permutation", "permuted", "pop", "popitem", "prod", "random", "ravel",
    "real", "remove", "repeat", "replace", "reshape", "reverse", "round", "searchsorted", "setdefault", "shape",
    "shuffle", "size", "sort", "split", "squeeze", "standard_normal", "startswith", "std", "strip", "sum", "swapaxes",
    "take", "tolist", "trace", "transpose", "uniform", "update", "upper", "values", "var",
}  # fmt: skip
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_REFUSED: Final = (ast.Global, ast.Nonlocal, ast.Match, ast.NamedExpr, ast.Await, ast.AsyncFor, ast.AsyncWith)
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class _Cell:
    """What is known of the names of a cell. read: by its functions. usable: those that it binds to a function, a
    number, a text, or what a harmless module holds, and other: those that it binds to something else. classes: those
    that it defines, and handed_on: names that it uses in another way than in a call of them."""

    leaves_nothing: bool
    read: frozenset[str] = frozenset()
    usable: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    handed_on: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()  # that it asks for
    own: frozenset[str] = frozenset()  # attributes that its classes have


def are_stateless(sources: Iterable[str]) -> bool:
    """sources: of all cells of a notebook but its tests. A cell that is no Python defines nothing."""
    cells = list(map(_cell, sources))

    def every(field: str) -> frozenset[str]:
        return frozenset().union(*(getattr(cell, field) for cell in cells))

    usable = every("usable") - every("other")
    return (
        all(cell.leaves_nothing and cell.read <= usable for cell in cells)
        and not every("classes") & every("handed_on")
        and every("attributes") <= _ATTRIBUTES | _of_given_classes() | every("own")
    )


def data_names(sources: Iterable[str]) -> frozenset[str]:
    """Names of what cells compute: no functions, and nothing imported. Two tests may change it one after the other."""
    every = (one for text in sources for one in statements(text))
    return frozenset().union(*(one.bound for one in every if not (_is_function(one.node) or _is_import(one.node))))


@cache
def _of_given_classes() -> frozenset[str]:
    found = (vars(value) for value in vars(given).values() if isinstance(value, type))
    return frozenset(name for names in found for name in names if not name.startswith("_"))


@lru_cache(maxsize=2000)
def _cell(text: str) -> _Cell:
    tree = parsed(text)
    if reaches_unseen(text):
        return _Cell(False)
    if tree is None:
        return _Cell(True)
    usable: set[str] = set()
    other: set[str] = set()
    for node in tree.body:
        if not _is_import(node):
            (usable if _is_function(node) or _is_constant(node) else other).update(names_of(node)[1])
    for name, lines in imports_of(tree).items():
        (usable if all(_is_harmless_import(line, name) for line in lines.splitlines()) else other).add(name)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    own = {
        node.attr if isinstance(node, ast.Attribute) else node.name
        for part in classes
        for node in ast.walk(part)
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load))
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    return _Cell(
        _leaves_nothing(tree, functions),
        frozenset().union(*(names_of(node)[0] for node in tree.body if _is_function(node))),
        frozenset(usable),
        frozenset(other),
        frozenset(node.name for node in classes),
        _handed_on(tree),
        frozenset(_asked_of_objects(functions)),
        frozenset(own),
    )


# ---------------------------------------------------------------- names


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


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


def _is_harmless_import(line: str, name: str) -> bool:
    """Of a module under the name that it usually has, or of a function of one."""
    (node,) = ast.parse(line).body
    if isinstance(node, ast.Import):
        return _NAMES.get(name) == node.names[0].name
    if not isinstance(node, ast.ImportFrom):
        return False
    wanted = node.names[0].name
    if f"{node.module}.{wanted}" in _MODULES:
        return _NAMES.get(name) == f"{node.module}.{wanted}"
    return node.module == _GIVEN or (node.module in _MODULES and _is_pure(node.module or "", wanted))


@cache
def _is_pure(module: str, name: str) -> bool:
    """Whether this is a function or a number of a module, and known to depend on its arguments alone."""
    found: Any = getattr(importlib.import_module(module), name, None)
    return name not in _NOT_PURE and not name.startswith("_") and (callable(found) or isinstance(found, float | int))


def _handed_on(tree: ast.Module) -> frozenset[str]:
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return frozenset(node.id for node in names if node not in called)


# ---------------------------------------------------------------- what functions do


def _leaves_nothing(tree: ast.Module, functions: list[_Function]) -> bool:
    of_objects: set[ast.AST] = set()  # attributes that methods give to their own object
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            if not _is_plain(node):
                return False
            for method in node.body:
                of_objects |= _own_attributes(method)
    return not any(
        isinstance(node, _REFUSED)
        or (isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and node not in of_objects)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("_"))
        for node in ast.walk(tree)
    ) and all(map(_keeps_nothing, functions))


def _is_plain(node: ast.ClassDef) -> bool:
    """Whether a class holds methods and values that cannot change, and nothing that its objects share."""
    return not (node.decorator_list or node.bases or node.keywords) and all(
        isinstance(part, ast.FunctionDef | ast.Pass)
        or (isinstance(part, ast.Expr) and _cannot_change(part.value))
        or (isinstance(part, ast.Assign | ast.AnnAssign) and _cannot_change(part.value))
        for part in node.body
    )


def _own_attributes(method: ast.stmt) -> set[ast.AST]:
    """`self.x` wherever it is set in a method that keeps its object."""
    if not isinstance(method, ast.FunctionDef) or not method.args.args:
        return set()
    own, inside = method.args.args[0].arg, list(ast.walk(method))
    if any(isinstance(node, ast.Name) and node.id == own and not isinstance(node.ctx, ast.Load) for node in inside):
        return set()
    attributes = (node for node in inside if isinstance(node, ast.Attribute))
    return {node for node in attributes if isinstance(node.value, ast.Name) and node.value.id == own}


def _keeps_nothing(function: _Function) -> bool:
    """Whether it changes nothing but what it has made or was given, and knows nothing else."""
    if getattr(function, "decorator_list", []):
        return False
    defaults = (*function.args.defaults, *function.args.kw_defaults)
    if not all(isinstance(default, ast.Name) or _cannot_change(default) for default in defaults):
        return False
    inside = [node for part in ast.iter_child_nodes(function) for node in ast.walk(part)]
    own = {node.arg for node in inside if isinstance(node, ast.arg)}
    own |= {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    if own & _NAMES.keys():
        return False
    chains = {node: chain for node in inside if isinstance(node, ast.Attribute) and (chain := _chain(node))}
    return not any(
        _is_import(node)  # type: ignore[arg-type]
        or (isinstance(node, ast.Name) and node.id not in own and _is_impure_builtin(node.id))
        or (node in chains and not _may_be_asked(chains[node]))
        or changes_what_is_not_its_own(node, own | _NAMES.keys())
        for node in inside
    )


def _is_impure_builtin(name: str) -> bool:
    known = getattr(builtins, name, None)
    is_error = isinstance(known, type) and issubclass(known, BaseException)
    return known is not None and name not in _BUILTINS and not is_error and not isinstance(known, bool)


def _chain(node: ast.AST) -> tuple[str, ...]:
    """("np", "linalg", "norm"), where the first is the usual name of a module."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) and node.id in _NAMES else ()


def _may_be_asked(chain: tuple[str, ...]) -> bool:
    module, *names = _NAMES[chain[0]], *chain[1:]
    if module == "numpy" and names[0] == "random":  # a generator of its own
        return names[1:] in ([], ["default_rng"], ["Generator"])
    if f"{module}.{names[0]}" in _MODULES:
        return len(names) == 1 or (len(names) == 2 and _is_pure(f"{module}.{names[0]}", names[1]))
    is_method = len(names) == 1 or (len(names) == 2 and names[1] in {"at", "reduce", "accumulate", "outer", "eps"})
    return is_method and _is_pure(module, names[0])


def _asked_of_objects(functions: list[_Function]) -> Iterable[str]:
    inside = (node for function in functions for part in ast.iter_child_nodes(function) for node in ast.walk(part))
    return (node.attr for node in inside if isinstance(node, ast.Attribute) and not _chain(node))
