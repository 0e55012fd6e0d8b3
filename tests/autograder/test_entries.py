"""What is named by a string is there: entries of processes, preloads, `python -m`, nbgrader's class paths, templates.

No import shows these names, so nothing else would miss one that has moved. The strings are found in the source.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

PACKAGE = Path(__file__).parents[2] / "autograder"
ENTRY = re.compile(r"(autograder|nbcore)(\.\w+)+(:\w+)?")


def strings() -> Iterator[tuple[str, str]]:
    """Each string in the source that is a dotted name of ours, with the file in which it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ENTRY.fullmatch(node.value):
                yield node.value, str(path.relative_to(PACKAGE))


FOUND = sorted(dict(strings()).items())


def resolve(name: str) -> object:
    """The module, or what stands in it. Raises ImportError or AttributeError."""
    module, _, attribute = name.partition(":")
    if attribute:
        return getattr(importlib.import_module(module), attribute)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize(("name", "file"), FOUND)
def test_what_a_string_names_is_there(name: str, file: str) -> None:
    found = resolve(name)
    if ":" in name:
        assert callable(found), (name, file)


@pytest.mark.parametrize(
    "name",
    [
        "autograder.runner.serve:main",
        "autograder.engine.worker:main",
        "autograder.engine.worker:prepare",
        "autograder.sandbox.template",
        "autograder.mistakes.record",
        "autograder.grade.preprocessors.Examine",
        "autograder.grade.views.StudentView",
    ],
)
def test_the_search_finds_the_strings_that_matter(name: str) -> None:
    assert name in dict(FOUND)


@pytest.mark.parametrize("name", ["autograder.engine.worker:gone", "autograder.gone", "autograder.grade.views.Gone"])
def test_a_name_that_is_gone_is_noticed(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolve(name)


def test_templates_are_found_where_their_loader_looks() -> None:
    loaders = [
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "PackageLoader"
    ]
    assert loaders
    for loader in loaders:
        package, folder = (ast.literal_eval(argument) for argument in loader.args)
        assert jinja2.PackageLoader(package, folder).list_templates()
