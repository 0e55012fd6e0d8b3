"""What to do about an error of NumPy or Python, where the line that raised it shows it beyond doubt.

It reads the line and the names that it uses, and runs nothing: no call, and no operator of an object of the student's.
"""

import ast
import builtins
import difflib
import linecache
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import FrameType, FunctionType, ModuleType, TracebackType
from typing import Any

import numpy as np

from ..probe.cells import is_cell, is_test_cell


def advice(error: BaseException) -> str:
    """A sentence or two, or ""."""
    if isinstance(error, NameError):
        return "" if isinstance(error, UnboundLocalError) else of_name(error)
    if said := _no_object(error):
        return said
    trace = _last_of_the_student(error.__traceback__)
    if trace is None:
        return ""
    frame = trace.tb_frame
    names = {**frame.f_globals, **frame.f_locals}
    line = _statement(linecache.getline(frame.f_code.co_filename, trace.tb_lineno))
    if line is None:
        return ""
    return next((said for rule in RULES if (said := rule(error, line, names))), "")


_REFUSED = re.compile(r"((?:\w+\.)*\w+)\(\) (?:takes|missing|got an? )")


def refusing(error: BaseException) -> str:
    """The function that was called with arguments that it does not take: no line of its own has run."""
    found = _REFUSED.match(str(error)) if isinstance(error, TypeError) else None
    return found[1] if found else ""


def _no_object(error: BaseException) -> str:
    """A class whose methods cannot be called as methods are."""
    owner, _, method = refusing(error).rpartition(".")
    trace = _end(error.__traceback__)
    held = trace.tb_frame.f_globals.get(owner or method) if trace is not None and method else None
    if not isinstance(held, type):
        return ""
    if not owner:
        near = difflib.get_close_matches("__init__", [name for name in vars(held) if name != "__init__"], 1, 0.7)
        return f"`{method}` has `{near[0]}`: is `__init__` meant?" if near and "__init__" not in vars(held) else ""
    code = getattr(vars(held).get(method), "__code__", None)
    if code is None or (code.co_argcount and code.co_varnames[0] == "self"):
        return ""
    wanted = ", ".join(["self", *code.co_varnames[: code.co_argcount]])
    return f"The first argument of a method is the object itself: `def {method}({wanted})`."


def of_name(error: NameError, names: Mapping[str, Any] | None = None) -> str:
    """For a name that is not defined: what there is instead, or what to run. names: of the notebook."""
    trace = _end(error.__traceback__)
    if trace is None or not error.name:
        return ""
    missing, frame = error.name, trace.tb_frame
    inside = {} if frame.f_locals is frame.f_globals else frame.f_locals
    if said := _of_the_object(missing, frame):
        return said
    of_notebook = names or frame.f_globals
    functions = {n: v for n, v in of_notebook.items() if isinstance(v, FunctionType | type)} | inside
    wanted = is_test_cell(frame.f_code.co_filename)
    if near := _nearest(missing, functions):
        do = "give it the name that is asked for, and run its cell again." if wanted else "is the name misspelt here?"
        return f"There is no `{missing}`, but you have `{near}`: {do}"
    line = linecache.getline(frame.f_code.co_filename, trace.tb_lineno)
    in_numpy = getattr(np, missing, None)
    if missing in sys.stdlib_module_names and re.search(rf"\b{missing}\s*\.", line):
        if isinstance(in_numpy, ModuleType):
            return f"There is no `{missing}`: is `np.{missing}` meant, or `import {missing}` missing?"
        return f"There is no `{missing}`: `import {missing}` comes first."
    called = re.search(rf"\b{missing}\s*\(", line)
    if not wanted and called and callable(in_numpy):
        return f"There is no `{missing}`: is `np.{missing}` meant, or is a cell not run yet?"
    usual = [name for name, value in vars(builtins).items() if called and callable(value) and name.islower()]
    if not wanted and (near := _nearest(missing, of_notebook) or _nearest(missing, usual)):
        return f"There is no `{missing}`, but there is `{near}`: is it misspelt here, or a cell not run yet?"
    said = "run the cell that defines it (or all cells above this one), then this one again."
    return f"There is no `{missing}`: {said}"


def _of_the_object(missing: str, frame: FrameType) -> str:
    """Where a method asks for what its class was given as an argument of `__init__`."""
    code = frame.f_code
    own = code.co_varnames[0] if code.co_argcount else ""
    owner = frame.f_locals.get(own)
    if owner is None or not isinstance(getattr(type(owner), code.co_name, None), FunctionType):
        return ""
    if missing in _dict_of(owner):
        return f"There is no `{missing}`: the object keeps it. Write `{own}.{missing}`."
    return _to_keep(type(owner), missing, own)


def _to_keep(owner: type, name: str, own: str = "self") -> str:
    code = getattr(vars(owner).get("__init__"), "__code__", None)
    if code is None or name not in code.co_varnames[1 : code.co_argcount]:
        return ""
    keep = f"`{own}.{name} = {name}` there, and `{own}.{name}` here"
    return f"`{name}` is an argument of `{owner.__name__}.__init__`, which has to keep it: {keep}."


def _dict_of(value: Any) -> Mapping[str, Any]:
    """What an object keeps, without running code of its class."""
    with suppress(AttributeError):
        found = object.__getattribute__(value, "__dict__")
        return found if type(found) is dict else {}
    return {}


def _not_kept(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    if not isinstance(error, AttributeError) or error.obj is None or not error.name:
        return ""
    return _to_keep(type(error.obj), error.name)


def _one_answer_each(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    """Python asks an array whether it is true."""
    if not isinstance(error, ValueError) or "truth value of an array" not in str(error):
        return ""
    for node in ast.walk(line):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("max", "min"):
            of_two = f"np.{called.id}imum(a, b) compares two arrays entry by entry"
            instead = of_two if len(node.args) > 1 else f"np.{called.id}(a) takes an array"
            return f"Python's {called.id} compares single numbers; {instead}."
    return (
        "A condition on an array has an answer for each entry, and here a single one is needed.\n"
        "np.where(condition, a, b) chooses entry by entry; np.any(condition) asks whether one of them is true."
    )


def _no_power(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    is_xor = any(
        isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.BitXor) for node in ast.walk(line)
    )
    return "`^` is no power in Python: `x**2` is the square of x." if is_xor and isinstance(error, TypeError) else ""


def _nearest(name: str, there: Iterable[str]) -> str:
    """The name that is most like it, if one is."""
    found = difflib.get_close_matches(name, [n for n in there if not n.startswith("_")], 1, 0.75)
    return found[0] if found else ""


def _end(trace: TracebackType | None) -> TracebackType | None:
    """Where the error arose."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def _last_of_the_student(trace: TracebackType | None) -> TracebackType | None:
    found = None
    while trace is not None:
        if is_cell(trace.tb_frame.f_code.co_filename):
            found = trace
        trace = trace.tb_next
    return found


def _statement(text: str) -> ast.AST | None:
    text = textwrap.dedent(text).strip()
    for attempt in (text, f"{text} pass", text.rstrip("\\,([{"), f"{text})", f"({text}"):
        try:
            return ast.parse(attempt)
        except SyntaxError:
            continue
    return None


def _called(line: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """Calls such as np.max(...): the module, the function, the node."""
    for node in ast.walk(line):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield node.func.value.id, node.func.attr, node


def _largest_of_two(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    for module, name, node in _called(line):
        if names.get(module) is np and name in ("max", "min", "amax", "amin") and len(node.args) == 2:
            short = name.removeprefix("a")
            return f"np.{short}(a, axis) looks at one array; np.{short}imum(a, b) compares two, entry by entry."
    return ""


def _one_number(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    if not isinstance(error, TypeError):
        return ""
    for module, name, _ in _called(line):
        if getattr(names.get(module), "__name__", "") == "math":
            also = f": np.{name} takes arrays" if hasattr(np, name) else ""
            return f"math.{name} takes a single number{also}."
    return ""


def _absent_key(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    if not isinstance(error, KeyError) or not error.args:
        return ""
    for node in ast.walk(line):
        if isinstance(node, ast.Subscript):
            held = _plain(node.value, names)
            if type(held) is dict and error.args[0] not in held:
                keys = ", ".join(map(repr, list(held)[:8])) or "none"
                return f"{ast.unparse(node.value)} has no key {error.args[0]!r}. Its keys: {keys}."
    return ""


def _shapes(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    if not isinstance(error, ValueError):
        return ""
    for node in ast.walk(line):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            pair = (node.target, node.value) if isinstance(node, ast.AugAssign) else (node.left, node.right)
            a, b = (_array(side, names) for side in pair)
            if a is None or b is None or _fit(a.shape, b.shape, isinstance(node.op, ast.MatMult)):
                continue
            said = " and ".join(f"{ast.unparse(s)} has shape {v.shape}" for s, v in zip(pair, (a, b), strict=True))
            rule = ""
            if isinstance(node.op, ast.MatMult):
                rule = " In A @ B, the last number of A's shape must be the first of B's."
            return f"{said}.{rule}"
    return ""


_REDUCTIONS = frozenset({"sum", "mean", "max", "min", "amax", "amin", "std", "var", "prod", "median", "average"})


def _dropped_axis(error: BaseException, line: ast.AST, names: Mapping[str, Any]) -> str:
    """A sum along an axis, whose result no longer fits what it was made from."""
    shapes = [tuple(map(int, re.findall(r"\d+", text))) for text in re.findall(r"\(([\d, ]+)\)", str(error))]
    if not isinstance(error, ValueError) or len(shapes) != 2 or "broadcast" not in str(error):
        return ""
    long, short = sorted(shapes, key=len, reverse=True)
    if all(long[:n] + long[n + 1 :] != short for n in range(len(long))):
        return ""
    for node in ast.walk(line):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        given = {keyword.arg for keyword in node.keywords}
        if node.func.attr in _REDUCTIONS and "axis" in given and "keepdims" not in given:
            return (
                "A sum, mean or maximum along an axis takes that axis away; with keepdims=True it stays, with length 1."
            )
    return ""


def _fit(a: tuple[int, ...], b: tuple[int, ...], product: bool) -> bool:
    if product:
        return bool(a and b) and a[-1] == b[-2 if len(b) > 1 else 0]
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


def _array(node: ast.AST, names: Mapping[str, Any]) -> np.ndarray | None:
    """The array that a plain expression stands for: a name, its transpose, an entry of a dict or list."""
    value = _plain(node, names)
    return value if type(value) is np.ndarray else None


def _plain(node: ast.AST, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts = [_plain(p.value if isinstance(p, ast.FormattedValue) else p, names) for p in node.values]
        return "".join(map(str, parts)) if all(isinstance(p, str | int) for p in parts) else None
    if isinstance(node, ast.Attribute) and node.attr == "T":
        value = _plain(node.value, names)
        return value.T if type(value) is np.ndarray else _dict_of(value).get("T")
    if isinstance(node, ast.Attribute):
        return _dict_of(_plain(node.value, names)).get(node.attr)
    if isinstance(node, ast.Subscript):
        value, key = _plain(node.value, names), _plain(node.slice, names)
        known = type(value) is dict and key in value if isinstance(key, str | int) else False
        known = known or (
            type(value) in (list, tuple, np.ndarray) and isinstance(key, int) and -len(value) <= key < len(value)
        )
        return value[key] if known else None
    return None


RULES = (
    _largest_of_two, _one_number, _absent_key, _not_kept, _one_answer_each, _no_power, _shapes, _dropped_axis
)  # fmt: skip
