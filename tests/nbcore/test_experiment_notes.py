"""An error of a student's function inside an experiment says that it comes from there."""

import ast
import importlib
import inspect
import pkgutil
from typing import Any

import numpy as np
import pytest
from solved import COURSE

from autograder.course.code import definitions
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from nbcore import experiments
from nbcore.experiments import backprop, losses
from nbcore.experiments._student import experiment


def test_an_error_keeps_its_type_and_message_and_gets_one_note() -> None:
    def wrong(f, x, eps):  # type: ignore[no-untyped-def]
        raise IndexError("too many indices")

    with pytest.raises(IndexError, match="too many indices") as caught:
        backprop.step_errors(wrong)
    (note,) = caught.value.__notes__
    assert "the experiment step_errors" in note
    assert "correct the first one that fails" in note


def test_an_error_of_a_stub_names_what_is_not_written() -> None:
    space: dict[str, Any] = {}
    stub = "class Stub:\n    def step(self):\n        raise NotImplementedError('not written yet: replace this line')"
    exec(compile(stub, "/ipykernel_1/stub.py", "exec"), space)
    with pytest.raises(NotImplementedError, match="not written yet") as caught:
        backprop.step_errors(lambda f, x, eps: space["Stub"]().step())
    (note,) = caught.value.__notes__
    assert "This cell calls" in note
    assert "Stub.step, which is not written yet" in note


def test_an_experiment_in_an_experiment_adds_no_second_note() -> None:
    def wrong(y, z):  # type: ignore[no-untyped-def]
        raise ValueError("shapes")

    with pytest.raises(ValueError, match="shapes") as caught:
        losses.escape({"wrong": losses.Loss(wrong, wrong, "logit")})
    assert [("shapes" in note, "escape" in note) for note in caught.value.__notes__] == [(True, False)]


def test_what_is_not_wrong_is_passed_on() -> None:
    @experiment
    def twice(x: int, *, times: int = 2) -> int:
        """Twice."""
        return times * x

    assert twice(4, times=3) == 12
    assert (twice.__name__, twice.__doc__) == ("twice", "Twice.")


def test_every_experiment_that_takes_functions_has_the_note() -> None:
    """Those of a notebook's functions, and the optimizers, come in as arguments of these types."""
    without = []
    for module in pkgutil.iter_modules(experiments.__path__):
        if module.name.startswith("_"):
            continue
        for name, function in vars(importlib.import_module(f"nbcore.experiments.{module.name}")).items():
            if name.startswith("_") or not inspect.isfunction(function) or not _takes_functions(function):
                continue
            if function.__globals__["__name__"] != "nbcore.experiments._student":
                without.append(f"{module.name}.{name}")
    # Steps of experiments, which are called from within, and what a check compares with.
    assert set(without) == {
        "regularization.train",
        "regularization.logits",
        "regularization.score",
        "capstone.train",
        "optimizers.descend",
        "backprop.intermediate_gradients",
        "optimizers.beside_alone",
        "regularization.loop_weights",
        "regularization.one_decay",
        "activations.takes_alpha",
    }


@pytest.mark.parametrize("notebook", COURSE.assignments())
def test_every_figure_shows_what_experiments_gave_so_that_a_function_that_fails_is_said_beside_it(
    notebook: str,
) -> None:
    source = source_notebook(COURSE, notebook)
    written = {name for code in Plan.of(source.cells).solutions.values() for name in definitions(code)}
    behind: dict[str, set[str]] = {}
    for cell in source.cells:
        nodes = list(ast.walk(ast.parse(cell.source))) if cell.cell_type == "code" else []
        for node in nodes:
            if isinstance(node, ast.Assign):
                behind |= {name: _names(node.value) for target in node.targets for name in _changed(target)}
        for call in nodes:
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("plots."):
                waiting, seen = _names(call), set()
                while waiting - seen:
                    seen.add(name := (waiting - seen).pop())
                    waiting |= behind.get(name, set())
                assert seen & written == set(), ast.unparse(call)


def _changed(target: ast.expr) -> set[str]:
    """The variables of an assignment; of `methods[name] = ...` that is `methods`."""
    if isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        return _changed(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return set().union(*map(_changed, target.elts))
    return _names(target)


def _names(node: ast.AST) -> set[str]:
    """The names in it, but for those that an experiment is given: it says itself which of them fails."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("experiments."):
        return set()
    inside = (_names(child) for child in ast.iter_child_nodes(node))
    return set().union({node.id} if isinstance(node, ast.Name) else set(), *inside)


def _takes_functions(function) -> bool:  # type: ignore[no-untyped-def]
    text = str(inspect.signature(function))
    return any(word in text for word in ("Callable", "Tools", "Loss]", "Method]"))


def test_there_are_experiments_to_look_at() -> None:
    assert _takes_functions(backprop.cost)
    assert not _takes_functions(np.ones)
