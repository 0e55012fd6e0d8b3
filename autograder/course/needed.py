"""Which cells of a handed-in notebook no mark depends on, so that grading may leave them out.

An author gives such a cell, an experiment or a figure, the tag "no-marks" in the source notebook. A student may have
written into it, or use what it defines: then it runs as any other.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from nbformat import from_dict

from .code import Statement, imports_of, is_too_deep, only_ipython_reads, parsed, statements
from .markup import NO_MARKS, grade_id, has_tag

# What can reach a name without saying it.
_DYNAMIC: Final = {"eval", "exec", "globals", "locals", "vars", "get_ipython", "__import__", "__dict__", "__globals__"}
# What changes the state of a library or of the process, whoever is asked for it.
_OF_THE_PROCESS: Final = {
    "seed", "set_state", "seterr", "seterrcall", "setbufsize", "set_printoptions", "filterwarnings", "simplefilter",
    "resetwarnings", "setrecursionlimit", "chdir", "environ", "putenv", "save", "savez", "savez_compressed", "savetxt",
    "tofile", "dump", "write_text", "write_bytes", "open", "setattr", "delattr",
}  # fmt: skip
# What changes an object in place, if it is asked for it.
_IN_PLACE: Final = {
    "append", "extend", "insert", "pop", "popitem", "remove", "clear", "sort", "reverse", "update", "setdefault", "add",
    "discard", "fill", "put", "itemset", "resize", "setflags", "partition", "copyto", "place", "putmask",
    "fill_diagonal", "shuffle", "step",
}  # fmt: skip
_MAGICS: Final = ("%matplotlib", "%config")  # that bind no name


@dataclass(frozen=True)
class CodeCell:
    """A code cell as it will run. test: worth points; what it defines is not used elsewhere. same: names that it gives
    the meaning which they have wherever they have one."""

    source: str
    name: str | None = None
    locked: bool = False
    test: bool = False
    same: frozenset[str] = frozenset()

    @property
    def fixed(self) -> bool:
        return self.locked or self.test

    @property
    def read(self) -> frozenset[str]:
        """Names that it takes from before it, or that its functions take when others call them."""
        return _read(self.source, not self.test)

    @property
    def bound(self) -> frozenset[str]:
        """Names that it gives a value of its own."""
        return _bound(self.source) - self.same


@dataclass(frozen=True)
class Tagged:
    """Cells that no mark depends on, as they were released: their texts, without white space, and their names."""

    texts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cells: Iterable[Any]) -> "Tagged":
        """Those of a source notebook, whose cells may be nbformat's or plain JSON."""
        found = [cell for cell in map(from_dict, cells) if cell.cell_type == "code" and has_tag(cell, NO_MARKS)]
        named = {name for cell in found if (name := grade_id(cell))}
        return cls(frozenset(_text("".join(cell.source)) for cell in found), frozenset(named))


def left_out(cells: Sequence[CodeCell], tagged: Tagged, also: Collection[int] = ()) -> frozenset[int]:
    """The positions of the cells that need not run. None where one that runs may reach names unseen.

    also: of cells of which the caller knows that they need not run, but for the names that others take from them."""
    free = {
        n
        for n, cell in enumerate(cells)
        if not cell.fixed
        and (_text(cell.source) in tagged.texts or (cell.name in tagged.names and is_harmless(cell.source)))
    } | set(also)
    while True:
        runs = [cell for n, cell in enumerate(cells) if n not in free]
        if any(reaches_unseen(cell.source) for cell in runs if not cell.fixed):
            return frozenset()
        read = set().union(*(cell.read for cell in runs))
        wanted = {n for n in free if not read.isdisjoint(cells[n].bound)}
        if not wanted:
            return frozenset(free)
        free -= wanted


def used(cells: Sequence[CodeCell], tagged: Tagged) -> dict[int, set[str]]:
    """The tagged cells, by position, that have to run in spite of their tag, each with names of it that others use."""
    free = left_out(cells, tagged)
    wrong = [
        n for n, cell in enumerate(cells) if not cell.fixed and _text(cell.source) in tagged.texts and n not in free
    ]
    read = set().union(*(cell.read for n, cell in enumerate(cells) if n not in free and n not in wrong))
    return {n: read & cells[n].bound for n in wrong}


def _text(source: str) -> str:
    return "".join(source.split())


def imported_alike(sources: Iterable[str]) -> frozenset[str]:
    """The names that these cells bind by one and the same import, each time that they do."""
    lines: dict[str, set[str]] = {}
    for source in sources:
        tree = parsed(source)
        imports = imports_of(tree) if tree is not None else {}
        every = (one for one in statements(source) if not isinstance(one.node, ast.Import | ast.ImportFrom))
        for name in set().union(*(one.bound for one in every)):
            lines.setdefault(name, set()).add("")
        for name, line in imports.items():
            lines.setdefault(name, set()).add(line)
    return frozenset(name for name, found in lines.items() if len(found) == 1 and "" not in found)


@cache
def _bound(source: str) -> frozenset[str]:
    return frozenset().union(*(statement.bound for statement in statements(source)))


@cache
def _read(source: str, called_later: bool) -> frozenset[str]:
    return frozenset(_outside([statement.node for statement in statements(source)], set(), called_later))


def _outside(nodes: Iterable[ast.stmt], bound: set[str], called_later: bool) -> set[str]:
    """Names that these statements read before they bind them, in order; `bound` grows by what they bind for certain.

    called_later: their functions may be called when other cells have bound names anew.
    """
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.With | ast.For):
            empty = {"body": [ast.Pass()]} | ({"orelse": []} if isinstance(node, ast.For) else {})
            head = Statement(ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **empty}), node))
            found |= head.read - bound
            within = bound | head.bound
            found |= _outside(node.body, within, called_later)
            found |= _outside(getattr(node, "orelse", []), within, called_later)
            if isinstance(node, ast.With) or not called_later:
                bound |= within
            continue
        statement = Statement(node)
        found |= statement.read - (set() if called_later and _has_functions(node) else bound)
        if not (called_later and isinstance(node, ast.If | ast.While | ast.Try | ast.Match)):
            bound |= statement.bound
    return found


def _has_functions(node: ast.stmt) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    return any(isinstance(part, kinds) for part in ast.walk(node))


@cache
def is_harmless(source: str) -> bool:
    """Whether a cell does nothing but bind names and call functions, as far as its text says."""
    if reaches_unseen(source):
        return False
    tree = parsed(source)
    if tree is None:
        return True  # it ends in an error
    imported = imports_of(tree).keys()
    own = _bound(source) - imported
    return not any(
        isinstance(node, ast.Global) or changes_what_is_not_its_own(node, own, imported) for node in ast.walk(tree)
    )


def changes_what_is_not_its_own(node: ast.AST, own: Collection[str], imported: Collection[str] = ()) -> bool:
    """Whether this may change what the code that binds the names `own` has not made itself. imported: names of modules
    that it binds; `np.add` is no method that changes `np`."""
    if isinstance(node, ast.Name):
        return node.id in _OF_THE_PROCESS and node.id not in own
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return False
    if isinstance(node, ast.Attribute) and (node.attr in _OF_THE_PROCESS or _is_of_the_old_generator(node)):
        return True
    root = _root(node)
    is_own = root in own or not root
    asks = isinstance(node, ast.Attribute) and node.attr in _IN_PLACE and not _is_function_of(node, imported)
    return not is_own and (asks or not isinstance(node.ctx, ast.Load))


def _is_function_of(node: ast.Attribute, imported: Collection[str]) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in imported


def _is_of_the_old_generator(node: ast.Attribute) -> bool:
    """`np.random.normal`: the generator that all share."""
    parent = node.value
    return (
        isinstance(parent, ast.Attribute) and parent.attr == "random" and node.attr not in {"default_rng", "Generator"}
    )


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@cache
def reaches_unseen(source: str) -> bool:
    """Whether a cell may reach names that do not stand in its text."""
    if is_too_deep(source) or only_ipython_reads(source):
        return True
    magics = (line for line in source.split("\n") if line.lstrip().startswith(("%", "!")))
    if any(not line.lstrip().startswith(_MAGICS) for line in magics):
        return True
    tree = parsed(source)
    return tree is not None and any(name in _DYNAMIC for name in _spelled(tree))


def _spelled(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield "globals"
