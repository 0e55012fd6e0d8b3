"""Which orders of the lines of a program give the same program, as far as simple rules tell."""

import ast
import re
from collections.abc import Sequence

_MOST = 500  # orders of one program
_CHANGES = (ast.NamedExpr, ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom)
_NAMES = """
    abs all any arange argmax array asarray astype clip copy cos diff dict empty exp float get int len list log
    log1p log2 max maximum mean min minimum ones ones_like range ravel reshape round sign sin sqrt std sum tanh
    tuple var where zeros zeros_like zip
"""
_QUIET = frozenset(_NAMES.split())
"""Functions, those of NumPy, and methods that change nothing, whatever they get."""


def orders(program: Sequence[str]) -> list[list[str]]:
    """The program, and what it becomes when neighbours that do not need each other change places, lines with what is
    indented below them."""
    found = [[*program]]
    for now in found:
        for first, line in enumerate(now):
            second = _end(now, first)
            third = _end(now, second)
            if third > second and _indent(now[second]) == _indent(line):
                other = [*now[:first], *now[second:third], *now[first:second], *now[third:]]
                if other not in found and _independent(now[first:second], now[second:third]):
                    found.append(other)
        if len(found) > _MOST:
            break
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end(program: Sequence[str], begin: int) -> int:
    """Behind a line and all that is indented below it."""
    end = begin + 1
    while end < len(program) and _indent(program[end]) > _indent(program[begin]):
        end += 1
    return min(end, len(program))


def _independent(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two neighbours may change places: each sets names, and neither reads or sets those of the other."""
    one, other = _names(first), _names(second)
    return one is not None and other is not None and not (one[0] & (other[0] | other[1]) or other[0] & one[1])


def _names(block: Sequence[str]) -> tuple[set[str], set[str]] | None:
    """The names that a function or an assignment of one line sets, and those that it reads when it stands there. None
    for another statement, and where something may change that is no name: an entry, an argument of a call."""
    head = re.sub(r"\bself\.(?=[a-zA-Z_])", "self_", block[0].strip())  # an attribute is a name here
    try:
        (statement,) = ast.parse(f"{head} pass" if head.endswith(":") else head).body
    except (SyntaxError, ValueError):
        return None
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}, {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    if not isinstance(statement, ast.Assign) or len(block) > 1:
        return None
    nodes = list(ast.walk(statement))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    set_there = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    targets = [part for one in statement.targets for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
    if not all(isinstance(target, ast.Name) for target in targets) or any(isinstance(node, _CHANGES) for node in nodes):
        return None
    if any(isinstance(node, ast.Call) and not _quiet(node) for node in nodes) or "self" in {node.id for node in names}:
        return None
    return set_there, {node.id for node in names if isinstance(node.ctx, ast.Load)}


def _quiet(call: ast.Call) -> bool:
    """Whether a call changes nothing, by the name of what is called."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name in _QUIET and not any(keyword.arg in ("out", None) for keyword in call.keywords)
