"""What is wrong with a variant of a bank, whatever the tests say of it: its author has mistyped something.

A mistake that names what is not there loses its points as well, and would pass for the mistake that it should be. One
that changes nothing keeps them. Only the import statements of notebook and variant are run.
"""

import ast
import copy
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from ..course.bank import Bank, Variant
from ..course.code import definitions, imports_of, names_of
from ..course.plan import Plan


def unsound(plan: Plan, bank: Bank) -> list[str]:
    """A sentence for each variant that names what is not there, defines nothing of its exercise, or changes nothing."""
    trees = [ast.parse(source) for _, kind, source in plan.cells if kind != "test"]
    defined = set().union(*(names_of(tree)[1] for tree in trees))
    imports = {name: text for tree in trees for name, text in imports_of(tree).items()}
    return [
        f"{variant.place}, {variant.name!r} of {variant.exercise}: {said}"
        for variant in bank.variants
        if variant.exercise in plan.solutions
        for said in (*_changes_nothing(variant, plan.solutions), *_not_there(variant, defined, imports))
    ]


def _changes_nothing(variant: Variant, solutions: dict[str, str]) -> Iterator[str]:
    own, new = definitions(solutions[variant.exercise]), definitions(variant.code)
    if not own.keys() & new.keys():
        yield f"defines none of {', '.join(own)}"
    elif not variant.accepted and new.keys() <= own.keys() and all(_bare(own[n][1]) == _bare(new[n][1]) for n in new):
        yield "is the solution itself"


def _bare(node: ast.stmt) -> str:
    """A definition without its docstrings, however it is laid out."""
    node = copy.deepcopy(node)
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
    return ast.dump(node)


def _not_there(variant: Variant, defined: set[str], imports: dict[str, str]) -> Iterator[str]:
    tree = ast.parse(variant.code)
    read, bound = names_of(tree)
    for name in sorted(read - bound - defined):
        yield f"nothing defines {name}"
    modules: dict[str, Any] = {}
    for name, text in {name: text for name, text in imports.items() if name in read}.items() | _own_imports(tree):
        try:
            found: dict[str, Any] = {}
            exec(text, found)
        except ImportError as error:
            yield f"{text}: {error}"
        else:
            modules |= {name: found[name]} if isinstance(found[name], ModuleType) else {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            module = _value(node.value, modules)
            if isinstance(module, ModuleType) and not hasattr(module, node.attr):
                yield f"there is no {ast.unparse(node)}"


def _own_imports(tree: ast.Module) -> set[tuple[str, str]]:
    """Those of the variant, wherever they stand, with the names that they bind."""
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return set(imports_of(ast.Module(list(statements), [])).items())


def _value(node: ast.expr, modules: dict[str, Any]) -> Any:
    """What a dotted name stands for, where it begins with a module; else None."""
    if isinstance(node, ast.Name):
        return modules.get(node.id)
    return getattr(_value(node.value, modules), node.attr, None) if isinstance(node, ast.Attribute) else None
