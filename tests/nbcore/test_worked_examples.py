"""The worked examples in the docstrings of the exercises: the solutions give what they show."""

import ast
import doctest
from typing import Any

import pytest
import solved

from autograder.course.percent import source_notebook
from autograder.course.plan import Plan

NOTEBOOKS = solved.COURSE.assignments()


def written(notebook: str) -> list[str]:
    """Names of the functions and classes that the exercises of a notebook define."""
    cells = Plan.of(source_notebook(solved.COURSE, notebook).cells).solutions.values()
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [part.name for text in cells for part in ast.parse(text).body if isinstance(part, kinds)]


def examples(space: dict[str, Any], names: list[str]) -> list[doctest.DocTest]:
    """Of the functions and classes of these names that have some; methods come with their class."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in names for test in finder.find(space[name], name, module=False, globs=space)]
    return [test for test in found if test.examples]


def failures(tests: list[doctest.DocTest]) -> str:
    """What doctest says of the examples that give something else; "" if all are right."""
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test, out=said.append, clear_globs=False)
    return "".join(said)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_worked_example_is_right(notebook: str) -> None:
    tests = examples(solved.functions(notebook), written(notebook))
    assert len(tests) >= 2
    assert failures(tests) == ""


def test_a_wrong_example_is_found() -> None:
    def double(z: float) -> float:
        """Twice.

        >>> double(2)
        5
        """
        return 2 * z

    assert "Expected:\n    5\nGot:\n    4" in failures(examples({"double": double}, ["double"]))
