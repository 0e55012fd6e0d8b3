"""Mechanical mutants of a solution: one small change each, as the `ast` module finds them.

A mutant that the tests do not notice shows what they miss, unless it computes the same: such mutants are listed by the
author with the reason, beside the bank.
"""

import ast
import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from ..course.paths import CourseError, shown

SWAPPED_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Div,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
SWAPPED_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
SWAPPED_NAMES = {
    "maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "sum": "mean", "mean": "sum",
    "all": "any", "any": "all", "zeros_like": "ones_like", "ones_like": "zeros_like", "zeros": "ones", "ones": "zeros",
    "abs": "negative", "exp": "expm1", "log": "log1p", "log1p": "log", "sqrt": "square", "floor": "ceil",
    "outer": "inner", "argmax": "argmin", "cos": "sin",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A solution cell with one change: the line as it was and as it is."""

    exercise: str
    was: str
    now: str
    code: str
    number: int

    @property
    def key(self) -> str:
        return f"{self.exercise}, mutant {self.number}: {self.was}  ->  {self.now}"


def mutants(exercise: str, solution: str) -> list[Mutant]:
    """All mutants of one solution cell (without its markers), in the order of the text; none equals another."""
    tree = ast.parse(solution)
    plain = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for changed in _changed_trees(tree):
        code = ast.unparse(ast.fix_missing_locations(changed))
        if code != plain and code not in found:
            was, now = _changed_line(plain, code)
            found[code] = Mutant(exercise, was, now, code, len(found) + 1)
    return list(found.values())


def _changed_line(plain: str, code: str) -> tuple[str, str]:
    """The first line in which the two differ."""
    for was, now in zip(plain.split("\n"), code.split("\n"), strict=False):
        if was != now:
            return was.strip(), now.strip()
    return plain.split("\n")[-1].strip(), ""


def _changed_trees(tree: ast.Module) -> Iterator[ast.Module]:
    """A copy of the tree for every single change that can be made to it."""
    nodes = list(ast.walk(tree))
    for position, node in enumerate(nodes):
        for change in _changes(node):
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[position])
            yield changed


def _changes(node: ast.AST) -> Iterator:
    """The changes that can be made to one node, each a function that makes it on the same node of a copy."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        for operator in SWAPPED_OPERATORS.get(type(node.op), ()):
            yield lambda n, new=operator: setattr(n, "op", new())
    if isinstance(node, ast.Compare):
        for comparison in SWAPPED_COMPARISONS.get(type(node.ops[0]), ()):
            yield lambda n, new=comparison: n.ops.__setitem__(0, new())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Constant):
        for value in _other_constants(node.value):
            yield lambda n, new=value: setattr(n, "value", new)
    if isinstance(node, ast.Attribute) and node.attr in SWAPPED_NAMES:
        yield lambda n: setattr(n, "attr", SWAPPED_NAMES[n.attr])
    if isinstance(node, ast.Call):
        yield from _call_changes(node)
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    yield from _dropped_statements(node)


def _other_constants(value: object) -> list:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if abs(value) <= 2 else [value + 1]
    if isinstance(value, float):
        return [value + 1.0, value / 2 if value else 0.5]
    return []


def _call_changes(node: ast.Call) -> Iterator:
    """Leaves out each keyword argument but `dtype` (that is a known mistake of its own), and swaps two arguments."""
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None and keyword.arg != "dtype":
            yield lambda n, i=index: n.keywords.pop(i)
    if len(node.args) == 3:
        yield lambda n: n.args.__setitem__(slice(1, 3), [n.args[2], n.args[1]])


def _dropped_statements(node: ast.AST) -> Iterator:
    """Leaves out one statement of a body; docstrings, definitions and returns stay."""
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if not isinstance(body, list) or isinstance(node, ast.Module | ast.ClassDef):
            continue
        for index, statement in enumerate(body):
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.For | ast.If | ast.Raise):
                yield lambda n, f=field, i=index: getattr(n, f).__setitem__(i, ast.Pass())


# -- mutants that compute the same -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equivalent:
    """A mutant that the author has found to be right as well."""

    exercise: str
    was: str
    now: str
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        return (self.exercise, self.was, self.now) == (mutant.exercise, mutant.was, mutant.now)


def read_equivalents(path: Path) -> list[Equivalent]:
    """The author's list, a TOML file with `[[mutant]]` tables; empty where there is no file. Raises CourseError, naming
    the file, where it cannot be read."""
    if not path.exists():
        return []
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(found, dict[Literal["mutant"], list[Equivalent]]).get("mutant", [])
    except ValueError as error:
        raise CourseError(f"{shown(path)}: {error}") from error
