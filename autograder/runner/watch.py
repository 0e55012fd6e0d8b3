"""Watches the student's own functions at work: which statements run in a call, how often, and what expressions give.

The text of a cell is changed before it is compiled: each statement of a function, and each expression in it, reports
what it gives. Nothing is evaluated twice, and no hook of the interpreter is used. `serve` calls it, once the notebook
is graded; what it finds goes out as JSON, and nobody trusts it.
"""

import ast
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any, Final

import numpy as np

# Names that no program can spell.
_AT: Final = "a statement runs"
_SEEN: Final = "an expression gives"
_STEPS: Final = 20_000  # statements and expressions of one call
_PARTS: Final = 12  # of a result
_SIZE: Final = 100_000  # numbers of a part
_FEW: Final = 10**6  # larger whole numbers are not told
_SIMPLE: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
_DEEPER: Final = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Tuple, ast.List, ast.Dict)
_TOLD: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare)

# What a value is: an array or a mask (how many entries are not 0, its shape), or a number.
Fact = tuple[str, tuple[float, ...]]


def watch(source: str, calls: Sequence[str], namespace: Mapping[str, Any]) -> str:
    """What these calls do in the functions of a cell, as JSON: a list of null, or {"ran": [[node, times], ...],
    "seen": [[node, times, always the same, kind, numbers], ...]}, for each of them.

    Nodes are numbered as `ast.walk` finds them. A call that fails, or does something else in a second run, gives null.
    """
    code = _compiled(_reporting(source))
    return json.dumps([_watched(code, call, namespace) for call in calls])


def compare(source: str, others: Sequence[str], call: str, namespace: Mapping[str, Any]) -> str:
    """What a call gives with other texts of the cell, against what it gives with this one, as JSON: for each of them
    null, or the name of an error, or a list of [path, what is different, numbers]."""
    try:
        code = _compiled(ast.parse(source))
        before, again = (_result(code, call, dict(namespace)) for _ in range(2))
        steady = all(kind == "same" for _, kind, _ in _differences(before, again))
    except Exception:
        steady = False
    return json.dumps([_compared(before, other, call, namespace) if steady else None for other in others])


# ---------------------------------------------------------------- what runs, and what it gives


class _TooLong(BaseException):
    """A call of more steps than anybody counts."""


class _Recorder:
    def __init__(self) -> None:
        self.ran: Counter[int] = Counter()
        self.seen: dict[int, tuple[int, bool, Fact]] = {}
        self._left = _STEPS

    def at(self, node: int) -> None:
        self._step()
        self.ran[node] += 1

    def gives(self, node: int, value: Any) -> Any:
        self._step()
        fact = _fact(value)
        times, same, first = self.seen.get(node, (0, True, fact))
        self.seen[node] = times + 1, same and fact == first, first
        return value

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooLong

    def found(self) -> dict[str, Any]:
        told = {node: row for node, row in self.seen.items() if row[2][0]}
        seen = [[node, times, same, kind, numbers] for node, (times, same, (kind, numbers)) in told.items()]
        return {"ran": list(self.ran.items()), "seen": seen}


def _fact(value: Any) -> Fact:
    if isinstance(value, np.ndarray) and value.ndim:
        filled = int(np.count_nonzero(value))
        return "mask" if value.dtype.kind == "b" else "array", (filled, *value.shape)
    if isinstance(value, bool | np.bool_):
        return "", ()
    if isinstance(value, int | float | np.integer | np.floating):
        number = value.item() if isinstance(value, np.generic) else value
        return "number", (number,) if abs(number) < _FEW else ()
    return "", ()


def _watched(code: CodeType, call: str, namespace: Mapping[str, Any]) -> dict[str, Any] | None:
    found = []
    for _ in range(2):
        recorder = _Recorder()
        try:
            _result(code, call, {**namespace, _AT: recorder.at, _SEEN: recorder.gives})
        except (Exception, _TooLong):
            return None
        found.append(recorder.found())
    return found[0] if json.dumps(found[0]) == json.dumps(found[1]) else None


def _result(code: CodeType, call: str, space: dict[str, Any]) -> Any:
    """What the last line of the call gives, with these definitions."""
    exec(code, space)
    before, last = _lines(call)
    exec(before, space)
    return eval(last, space)


@cache
def _lines(call: str) -> tuple[CodeType, CodeType]:
    *before, last = ast.parse(call).body
    assert isinstance(last, ast.Expr)
    return (
        compile(ast.Module(before, []), "<call>", "exec"),
        compile(ast.Expression(last.value), "<call>", "eval"),
    )


# ---------------------------------------------------------------- a cell that reports


def _compiled(tree: ast.Module) -> CodeType:
    """What a cell defines, and its constants: nothing that works. All else is in the notebook already."""
    return compile(ast.Module([node for node in tree.body if _defines(node)], []), "<cell>", "exec")


def _defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        try:
            ast.literal_eval(node.value)
        except (ValueError, TypeError, RecursionError, MemoryError):
            return False
        return True
    return isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _reporting(source: str) -> ast.Module:
    tree = ast.parse(source)
    numbers = {node: number for number, node in enumerate(ast.walk(tree))}
    for node in numbers:
        if isinstance(node, ast.FunctionDef):
            for part in _within(node):
                for name in ("body", "orelse", "finalbody"):
                    if lines := getattr(part, name, None):
                        setattr(part, name, list(_announced(lines, numbers)))
    return tree


def _within(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The function and all blocks in it, but for functions and classes in it."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        yield node
        blocks = [*getattr(node, "body", ()), *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
        blocks += [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
        waiting += [part for part in blocks if not isinstance(part, ast.FunctionDef | ast.ClassDef | ast.expr)]


def _announced(lines: Sequence[ast.stmt], numbers: Mapping[ast.AST, int]) -> Iterator[ast.stmt]:
    for line in lines:
        if line not in numbers or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)):
            yield line
            continue
        yield ast.Expr(_call(line, _AT, numbers[line]), **_place(line))
        if isinstance(line, _SIMPLE) and line.value is not None:
            line.value = _told(line.value, numbers)
        yield line
        for name in unpacked(line):
            yield ast.Expr(
                _call(line, _SEEN, numbers[name], ast.Name(name.id, ast.Load(), **_place(line))), **_place(line)
            )


def unpacked(line: ast.stmt) -> list[ast.Name]:
    """The names to which an assignment gives something that stands in no expression of its own."""
    if isinstance(line, ast.AugAssign):
        return [line.target] if isinstance(line.target, ast.Name) else []
    if isinstance(line, ast.Assign) and not isinstance(line.value, ast.Tuple):
        parts = [part for target in line.targets if isinstance(target, ast.Tuple) for part in target.elts]
        return [part for part in parts if isinstance(part, ast.Name)]
    return []


def _told(node: ast.expr, numbers: Mapping[ast.AST, int]) -> ast.expr:
    """The expression, which tells what it gives, and its parts what they give."""
    number = numbers[node]
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            node.func.value = _told(node.func.value, numbers)
        node.args = [_told(part, numbers) for part in node.args]
        for keyword in node.keywords:
            keyword.value = _told(keyword.value, numbers)
    elif isinstance(node, ast.Attribute | ast.Subscript):
        node.value = _told(node.value, numbers)
    elif isinstance(node, _DEEPER):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, _told(value, numbers))
            elif isinstance(value, list):
                setattr(node, name, [_told(v, numbers) if isinstance(v, ast.expr) else v for v in value])
    return _call(node, _SEEN, number, node) if isinstance(node, _TOLD) else node


def _call(at: ast.expr | ast.stmt, name: str, number: int, *args: ast.expr) -> ast.Call:
    place = _place(at)
    function = ast.Name(name, ast.Load(), **place)
    return ast.Call(function, [ast.Constant(number, **place), *args], [], **place)


def _place(node: ast.expr | ast.stmt) -> dict[str, Any]:
    """Cheaper than to have `ast` fill in what is missing in the whole tree."""
    return {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}


# ---------------------------------------------------------------- two results


def _compared(before: Any, other: str, call: str, namespace: Mapping[str, Any]) -> list[Any] | str | None:
    try:
        after = _result(_compiled(ast.parse(other)), call, dict(namespace))
    except Exception as error:
        return type(error).__name__
    try:
        return [list(row) for row in _differences(before, after)]
    except ValueError:
        return None


def _differences(before: Any, after: Any) -> list[tuple[str, str, tuple[float, ...]]]:
    """Part by part, what is different. Raises ValueError where a part is neither a number nor an array of numbers, or
    there are other parts."""
    ours, theirs = dict(_parts(before)), dict(_parts(after))
    if ours.keys() != theirs.keys() or not 0 < len(ours) <= _PARTS:
        raise ValueError("other parts")
    return [(path, *_difference(ours[path], theirs[path])) for path in ours]


def _parts(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, dict):
        for key in value:
            yield from _parts(value[key], f"{path}[{key!r}]")
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _parts(part, f"{path}[{place}]")
    else:
        array = np.array(value)
        if array.dtype.kind not in "biuf" or array.size > _SIZE:
            raise ValueError("not a number")
        yield path, array.astype(np.float64)


def _difference(before: np.ndarray, after: np.ndarray) -> tuple[str, tuple[float, ...]]:
    if before.shape != after.shape:
        return "shape", (before.ndim, *before.shape, *after.shape)
    alike = np.isclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True)
    if alike.all():
        return "same", ()
    filled = before != 0
    if filled.any() and not after[~filled].any() and np.isfinite(before).all() and np.isfinite(after).all():
        factors = after[filled] / before[filled]
        factor = float(factors[0])
        whole = factor if abs(factor) >= 1 else 1 / (factor or 1.0)
        # One number is a multiple of any other.
        if np.allclose(factors, factor, rtol=1e-9, atol=0.0) and (factors.size > 1 or np.isclose(whole, round(whole))):
            return "times", (factor,)
    return "entries", (int(np.count_nonzero(~alike)), before.size)
