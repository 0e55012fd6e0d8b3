"""What the text of a student's function shows beyond doubt: a loop that ends in its first pass, an argument that is not
used."""

import ast
import linecache
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..probe.call import unwrapped


def advice(function: Any) -> str:
    """A sentence, or ""."""
    code = getattr(unwrapped(function), "__code__", None)
    if code is None:
        return ""
    try:
        tree = ast.parse(textwrap.dedent("".join(linecache.getlines(code.co_filename))))
    except SyntaxError:
        return ""
    space = getattr(unwrapped(function), "__globals__", None)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and _first_line(node) == code.co_firstlineno:
            return _of_definition(node) or _unused(node, space if type(space) is dict else {})
    return ""


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _of_definition(definition: ast.FunctionDef) -> str:
    nodes: list[ast.AST] = list(definition.body)
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.For | ast.While) and not any(isinstance(n, ast.Continue) for n in ast.walk(node)):
            ends = [statement for statement in node.body if isinstance(statement, ast.Return)]
            if ends:
                said = f"Line {ends[0].lineno} of {definition.name} returns in the first pass of the loop"
                doc = (ast.get_docstring(definition) or "").lower()
                return f"{said}: {'yield goes on where return ends.' if 'yield' in doc else 'is it indented too far?'}"
        nodes += ast.iter_child_nodes(node)
    return ""


def _unused(definition: ast.FunctionDef, notebook: Mapping[str, Any]) -> str:
    """Said where the first argument stands nowhere, and a number or an array of the notebook does."""
    first = next((a.arg for a in definition.args.args if a.arg not in ("self", "cls")), "_")
    names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
    used, own = {node.id for node in names}, {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    if first.startswith("_") or first in used or "locals" in used:
        return ""
    own |= {a.arg for a in (*definition.args.posonlyargs, *definition.args.args, *definition.args.kwonlyargs)}
    values = [name for name in sorted(used - own) if type(notebook.get(name)) in (int, float, np.float64, np.ndarray)]
    if not values:
        return ""
    return f"{definition.name} never uses its argument {first}; the {values[0]} in it is the notebook's."
