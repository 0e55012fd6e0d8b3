"""Code as published courses write it, without any conversion of numbers, earns all points."""

import ast
from functools import cache, partial
from pathlib import Path

import nbformat
import pytest

from autograder.audit.trials import Trial, graded_results, run_graded
from autograder.course.bank import Variant, read_bank, substitute
from autograder.course.code import defined_in
from autograder.course.contract import read_contract
from autograder.course.markup import grade_id
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.release.proofs import solved_is_right

COURSE = Course.find(Path(__file__))
NOTEBOOKS = COURSE.assignments()
STYLES = 2  # of each exercise, at least
DRAWN = [(notebook, 0) for notebook in NOTEBOOKS[:3]]  # whose figures are drawn, which takes longer than all tests
ONE = {"train-classifier"}  # a design of one's own: no course prescribes a code

CONVERTING = {"array", "asarray", "asanyarray", "ascontiguousarray", "float", "float32", "float64", "int", "list"}


def converts(code: str) -> bool:
    """Whether a function converts one of its arguments to another type of numbers, or to an array."""
    for function in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)):
        arguments = {argument.arg for argument in function.args.args}
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            of = call.func.value if name == "astype" and isinstance(call.func, ast.Attribute) else (*call.args, None)[0]
            if (name in CONVERTING or name == "astype") and isinstance(of, ast.Name) and of.id in arguments:
                return True
    return False


bank_of = cache(partial(read_bank, COURSE))


def textbook(notebook: str, exercise: str) -> list[Variant]:
    """The accepted versions that hold all of an exercise and convert nothing, those of textbooks first."""
    own = {name.split("(")[0] for name in definitions(notebook)[exercise]}
    alike = [variant for variant in bank_of(notebook).accepted if variant.exercise == exercise]
    whole = [v for v in alike if own <= set(defined_in(v.code)) and not converts(v.code)]
    return sorted(whole, key=lambda variant: not variant.name.startswith("textbook"))


def definitions(notebook: str) -> dict[str, tuple[str, ...]]:
    """The functions and classes of each exercise, with their arguments; methods come with their class."""
    return {
        exercise.name: tuple(name for name in exercise.definitions if "." not in name.split("(")[0])
        for exercise in read_contract(COURSE, notebook).exercises
    }


EXERCISES = [(notebook, exercise) for notebook in NOTEBOOKS for exercise in definitions(notebook)]


@pytest.mark.parametrize(("notebook", "exercise"), EXERCISES, ids=[" ".join(row) for row in EXERCISES])
def test_each_exercise_has_textbook_versions_in_two_styles(notebook: str, exercise: str) -> None:
    named = [variant.name for variant in textbook(notebook, exercise) if variant.name.startswith("textbook")]
    assert len(named) >= (1 if exercise in ONE else STYLES)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_no_version_that_is_called_textbook_converts_numbers(notebook: str) -> None:
    called = [variant for variant in bank_of(notebook).accepted if variant.name.startswith("textbook")]
    assert [variant.name for variant in called if converts(variant.code)] == []


@pytest.mark.parametrize(
    "line", ["np.asarray(z)", "np.array(z, dtype=float)", "z.astype(float)", "float(z)", "np.float64(z)", "list(z)"]
)
def test_a_conversion_is_seen(line: str) -> None:
    assert converts(f"def f(z):\n    return {line}")


@pytest.mark.parametrize("line", ["np.tanh(z)", "(z > 0).astype(float)", "float(np.sum(z))", "np.array([z[0], 1])"])
def test_the_conversion_of_a_result_is_none(line: str) -> None:
    assert not converts(f"def f(z):\n    return {line}")


@pytest.mark.slow
@pytest.mark.parametrize("style", range(STYLES))
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_of_textbook_code_earns_all_points(notebook: str, style: int) -> None:
    source = source_notebook(COURSE, notebook)
    plan = Plan.of(source.cells)
    written = {
        exercise: substitute(plan.solutions[exercise], textbook(notebook, exercise)[style].code)
        for exercise in definitions(notebook)
    }
    trial = Trial("textbook", written, frozenset(plan.tests))
    ((_, record),) = run_graded(plan, [trial], jobs=1)
    assert [(result.cell, result.error) for result in graded_results(record) if not result.passed] == []
    plain = nbformat.from_dict(source)
    for cell in plain.cells:
        if grade_id(cell) in written and cell.cell_type == "code":
            cell.source = written[grade_id(cell)]
    if (notebook, style) not in DRAWN:
        plain.cells = [cell for cell in plain.cells if grade_id(cell)]
    assert solved_is_right(plain) == []
