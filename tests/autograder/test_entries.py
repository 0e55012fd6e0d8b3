"""What is named by a string is there: entries of processes, preloads, `python -m`, nbgrader's class paths, templates.

No import shows these names, so nothing else would miss one that has moved. The strings are found in the source.
"""

import ast
import json
import re
import subprocess
import sys
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


FOUND = dict(strings())


SCRIPT = """
import json, pkgutil, sys
errors = {}
for name in json.load(sys.stdin):
    try:
        if not (callable(pkgutil.resolve_name(name)) or ":" not in name):
            errors[name] = "cannot be called"
    except (ImportError, AttributeError) as error:
        errors[name] = str(error)
json.dump(errors, sys.stdout)
"""


def unresolved(names: list[str]) -> dict[str, str]:
    """What is wrong with which name. They are looked up in a process of their own: an entry of a submission's process
    makes an IPython shell when it is imported, which takes the place of `__main__`."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=json.dumps(names), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_what_a_string_names_is_there() -> None:
    assert {name: (FOUND[name], error) for name, error in unresolved(list(FOUND)).items()} == {}


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
    assert name in FOUND


def test_a_name_that_is_gone_is_noticed() -> None:
    gone = {"autograder.engine.worker:gone", "autograder.gone", "autograder.grade.views.Gone"}
    assert unresolved(["autograder.engine.worker:main", *gone]).keys() == gone


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
