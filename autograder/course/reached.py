"""Which test cells a change of some of them can reach, told from the text alone: what is not reached keeps its mark.

A test may depend on another through names that one binds and the other reads, and through what stays behind a call: a
value in a global variable, in a class, in a file. Where the student's code is not seen to keep nothing, nobody can say.
"""

import ast
import builtins
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Final

import numpy as np

from .code import names_of, parsed, statements
from .markup import split
from .needed import CodeCell, is_dynamic, names_read

_BUILTINS: Final = """
abs all any bool bytes callable chr complex dict divmod enumerate filter float format frozenset int isinstance
issubclass iter len list map max min next object ord pow print range repr reversed round set slice sorted str sum
tuple zip
"""
_FUNCTIONS: Final = """
all allclose amax amin any append apply_along_axis apply_over_axes arange argmax argmin argpartition argsort argwhere
array array_equal array_split asarray ascontiguousarray asfarray atleast_1d atleast_2d atleast_3d average bincount
block broadcast_arrays broadcast_shapes broadcast_to c_ clip column_stack concatenate convolve copy corrcoef
count_nonzero cov cross cumprod cumsum diag diag_indices diagflat diagonal diff digitize dot dstack dtype e ediff1d
einsum empty empty_like errstate expand_dims eye finfo flatnonzero flip fliplr flipud full full_like geomspace
gradient histogram hsplit hstack identity iinfo in1d indices inf inner insert interp intersect1d isclose iscomplexobj
isin isrealobj isscalar issubdtype kron lexsort linspace logspace mask_indices matrix_transpose max mean median
meshgrid mgrid min moveaxis nan nan_to_num nanargmax nanargmin nanmax nanmean nanmin nanstd nansum nanvar ndarray
ndenumerate ndim ndindex newaxis nonzero number ogrid ones ones_like outer pad partition percentile pi prod ptp
quantile r_ ravel ravel_multi_index repeat reshape resize result_type roll rollaxis rot90 round searchsorted select
shape size sort split squeeze stack std sum swapaxes take take_along_axis tensordot tile trace transpose trapezoid
trapz tri tril tril_indices triu triu_indices union1d unique unravel_index vander var vdot vsplit vstack where zeros
zeros_like
"""
_ERRORS: Final = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
}
_KEEPS_NOTHING: Final = _ERRORS | set(_BUILTINS.split())
_OF_NUMPY: Final = set(_FUNCTIONS.split()) | {
    name
    for name, value in vars(np).items()
    if isinstance(value, np.ufunc | type) and name not in ("memmap", "DataSource")
}
_PARTS_OF_NUMPY: Final = {"linalg": None, "random": {"default_rng", "Generator"}, "fft": None}  # None: all of it
_MODULES: Final = {"numpy", "math", "itertools", "functools", "collections", "typing", "nbcore", "matplotlib"}
_OUTSIDE: Final = "the world outside"  # a name that no code can spell: of tests that reach beyond their names


class _DoubtError(Exception):
    """Something in a cell may keep a value between two calls."""


def reached(cells: Sequence[CodeCell], changed: Collection[str], before: Iterable[str] = ()) -> frozenset[str] | None:
    """The names of the test cells whose marks may be others once the cells `changed` are as they are here; None where
    all may be.

    before: what stood in the changed cells. A cell that is not a test and uses the name of a changed one reaches all.
    """
    try:
        known = _known(cells)
    except _DoubtError:
        return None
    kept = {name for name, kind in known.items() if kind == "value"} | {_OUTSIDE}
    texts: dict[str, list[str]] = {cell.name: [cell.source] for cell in cells if cell.test and cell.name}
    if not set(changed) <= texts.keys():
        return None
    for source in before:  # which of them it was does not matter
        for name in changed:
            texts[name].append(source)
    reads = {name: frozenset().union(*(_reads(text) for text in found)) for name, found in texts.items()}
    binds = {name: frozenset().union(*(_binds(text, known) for text in found)) for name, found in texts.items()}
    others = frozenset().union(*(cell.read for cell in cells if not cell.test))
    if any(binds[name] & others for name in changed):
        return None
    found = set(changed) | {name for name in texts if binds[name] & others}
    while True:
        read, bound = (frozenset().union(*(of[name] for name in found)) for of in (reads, binds))
        new = {
            name
            for name in texts.keys() - found
            if binds[name] & read or reads[name] & bound or reads[name] & read & kept
        }
        if not new:
            return frozenset(found)
        found |= new


@cache
def _reads(source: str) -> frozenset[str]:
    """What a test takes from outside itself. One that reaches beyond its names reads `_OUTSIDE`."""
    tree = parsed(source)
    outside = {_OUTSIDE} if tree is None or is_dynamic(source) or any(map(_reaches_out, ast.walk(tree))) else set()
    return names_read(source, called_later=False, strict=True) | outside


def _reaches_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] not in _MODULES for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] not in _MODULES
    if isinstance(node, ast.Attribute):  # the state that all of NumPy shares
        return node.attr == "random" or not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Name) and node.id in {"open", "setattr", "delattr", "input"}


# ---------------------------------------------------------------- what keeps a value


def _known(cells: Sequence[CodeCell]) -> dict[str, str]:
    """What each name stands for that cells bind which are no tests: "function", "class", "module NAME", "constant", or
    "value", which may keep something. _DoubtError where a student's cell keeps something, or uses what does."""
    trees = [(cell, parsed(cell.source)) for cell in cells if not cell.test]
    if any(tree is None or is_dynamic(cell.source) for cell, tree in trees):
        raise _DoubtError
    nodes = [(node, cell.locked) for cell, tree in trees if tree is not None for node in tree.body]
    # A function may call one that is defined below it. Whether that keeps something is seen when it is its turn.
    known = {node.name: "function" for node, _ in nodes if isinstance(node, ast.FunctionDef)}
    known |= {node.name: "class" for node, _ in nodes if isinstance(node, ast.ClassDef)}
    values: set[str] = set()
    for node, locked in nodes:
        try:
            kinds = _kinds(node, known)
        except _DoubtError:
            if not locked:
                raise
            kinds = dict.fromkeys(names_of(ast.Module([node], []))[1], "value")
        values |= {name for name, kind in kinds.items() if kind == "value" or known.get(name, kind) != kind}
        known |= kinds | dict.fromkeys(values, "value")
    if any(cell.read & values for cell in cells if not cell.fixed):
        raise _DoubtError
    return known


def _binds(source: str, known: Mapping[str, str]) -> set[str]:
    """The names that a test gives a meaning of its own, not those that it imports as other cells do. What hidden lines
    bind stays with the examiner, and with this test."""
    found: set[str] = set()
    for statement in statements(split(source).visible):
        with suppress(_DoubtError):
            if isinstance(statement.node, ast.Import | ast.ImportFrom):
                kinds = _kinds(statement.node, {})
                found |= {name for name, kind in kinds.items() if known.get(name, kind) != kind}
                continue
        found |= statement.bound
    return found


def _kinds(node: ast.stmt, known: Mapping[str, str]) -> dict[str, str]:
    """What the names stand for that a statement at the top level of a cell binds; `known` says it of earlier ones.
    _DoubtError where running it, or calling what it defines, may leave something behind."""
    match node:
        case ast.Import():
            if any(a.name.partition(".")[0] not in _MODULES or ("." in a.name and not a.asname) for a in node.names):
                raise _DoubtError
            return {alias.asname or alias.name: f"module {alias.name}" for alias in node.names}
        case ast.ImportFrom(module=str(module), level=0):
            return {alias.asname or alias.name: _imported(module, alias.name) for alias in node.names}
        case ast.FunctionDef():
            _keeps_nothing(node, {**known, node.name: "function"})
            return {node.name: "function"}
        case ast.ClassDef():
            _keeps_nothing(node, {**known, node.name: "class"})
            return {node.name: "class"}
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if _is_constant(value):
                return {name: "constant"}
            _keeps_nothing(node, known)
            return {name: "value"}
        case ast.Expr() | ast.Pass():
            _keeps_nothing(node, known)
            return {}
    raise _DoubtError


def _imported(module: str, name: str) -> str:
    top = module.partition(".")[0]
    if top not in _MODULES or name == "*" or (module == "numpy" and name not in _OF_NUMPY):
        raise _DoubtError
    return f"module {module}.{name}" if module in ("nbcore", "matplotlib") else "function"


def _is_constant(value: ast.expr) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case ast.Tuple(elts=elements):
            return all(map(_is_constant, elements))
    return False


_NEVER: Final = (
    ast.Global, ast.Nonlocal, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await, ast.Match,
    ast.Import, ast.ImportFrom,
)  # fmt: skip
_FILES: Final = {"tofile", "dump"}  # methods of arrays


def _keeps_nothing(node: ast.stmt, known: Mapping[str, str]) -> None:
    """_DoubtError where a statement, or what it defines, may keep a value in something that outlives a call.

    What a call makes itself may be changed, and what it is given: both are seen by whoever calls, and nobody else.
    """
    outside = names_of(ast.Module([node], []))[0]
    defined = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    for name in outside - {defined}:
        if known.get(name, "value") == "value":
            raise _DoubtError
    instances = _of_class(node, known) if isinstance(node, ast.ClassDef) else {}
    if isinstance(node, ast.FunctionDef):
        _plain_defaults(node, known)
    by_name = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    by_name |= {part.value for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    for part in ast.walk(node):
        if isinstance(part, _NEVER) or getattr(part, "decorator_list", None):
            raise _DoubtError
        if isinstance(part, ast.ClassDef) and part is not node:
            raise _DoubtError
        if isinstance(part, ast.Name):
            _name(part, outside | {defined}, known, named_alone=part not in by_name)
        elif isinstance(part, ast.Attribute):
            _attribute(part, outside, known, instances, by_name)
        elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load) and _root(part) in outside:
            raise _DoubtError


def _of_class(node: ast.ClassDef, known: Mapping[str, str]) -> dict[ast.AST, str]:
    """The names that stand for the instance in the methods of a class, by node of the method's body."""
    if node.keywords or node.bases:
        raise _DoubtError
    instances: dict[ast.AST, str] = {}
    for part in node.body:
        match part:
            case ast.FunctionDef(args=ast.arguments(args=[ast.arg(arg=first), *_])):
                _plain_defaults(part, known)
                inner = [*ast.walk(part)][1:]
                names = [n for n in inner if isinstance(n, ast.Name) and n.id == first]
                again = [n for n in inner if isinstance(n, ast.arg) and n.arg == first]
                if len(again) == 1 and all(isinstance(name.ctx, ast.Load) for name in names):
                    instances |= dict.fromkeys(inner, first)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Assign(targets=[ast.Name()], value=value) if _is_constant(value):
                pass
            case _:
                raise _DoubtError
    return instances


def _plain_defaults(node: ast.FunctionDef, known: Mapping[str, str]) -> None:
    """The values of arguments that are not given outlive a call."""
    for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
        is_function = isinstance(default, ast.Name) and known.get(default.id) == "function"
        if not _is_constant(default) and not is_function:
            raise _DoubtError


def _name(node: ast.Name, outside: Collection[str], known: Mapping[str, str], *, named_alone: bool) -> None:
    """named_alone: it is neither called nor asked for an attribute."""
    if node.id in outside:
        kind = known[node.id]
        if named_alone and (kind == "class" or kind.startswith("module ")):
            raise _DoubtError  # under another name nobody follows it
    elif node.id in vars(builtins) and node.id not in _KEEPS_NOTHING:
        raise _DoubtError


def _attribute(
    node: ast.Attribute,
    outside: Collection[str],
    known: Mapping[str, str],
    instances: Mapping[ast.AST, str],
    by_name: Collection[ast.AST],
) -> None:
    if node.attr.startswith("_") or node.attr in _FILES:
        raise _DoubtError
    if not isinstance(node.ctx, ast.Load):
        if not isinstance(node.value, ast.Name) or node.value.id != instances.get(node):
            raise _DoubtError
        return
    root = _root(node)
    if root not in outside:
        return
    kind = known[root]
    if kind == "module numpy":
        if not _is_of_numpy(node, goes_on=node in by_name):
            raise _DoubtError
    elif kind.partition(".")[0] in ("module nbcore", "module matplotlib"):
        if kind != "module nbcore.check":
            raise _DoubtError
    elif not kind.startswith("module "):
        raise _DoubtError


def _is_of_numpy(node: ast.Attribute, *, goes_on: bool) -> bool:
    """goes_on: an attribute of this is taken. Each part of `np.linalg.norm` is asked about."""
    if isinstance(node.value, ast.Name):
        return goes_on if node.attr in _PARTS_OF_NUMPY else node.attr in _OF_NUMPY
    if isinstance(node.value, ast.Attribute) and isinstance(node.value.value, ast.Name):
        allowed = _PARTS_OF_NUMPY.get(node.value.attr)
        return allowed is None or node.attr in allowed
    return True


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
