"""What figures and widgets know of the functions behind them: which fail a test, and which are the present ones."""

import linecache
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nbcore import check, widgets
from nbcore.experiments import capstone
from nbcore.experiments._student import experiment
from nbcore.probe import session

X = np.array([1.0, 2.0])
_cells = count()


@pytest.fixture
def space(monkeypatch) -> dict[str, Any]:
    """A notebook, in a session in which nothing has failed yet."""
    monkeypatch.setattr(session, "_failures", {})
    return {"np": np, "check": check}


def run(source: str, space: dict[str, Any]) -> None:
    file = f"/ipykernel_{next(_cells)}/session.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)


HALF, WRONG_HALF = "def half(z):\n    return z / 2", "def half(z):\n    return z / 3"
QUARTER = "def quarter(z):\n    return half(half(z))"
TEST = "check.value(half, np.array([1.0, 2.0]), expected=np.array([0.5, 1.0]))"


def fails(source: str, space: dict[str, Any]) -> None:
    with pytest.raises(check.CheckFailed):
        run(source, space)


@experiment
def curve(f):
    return f(X)


@experiment
def nested(methods):
    return methods["a"][0](X)


def test_a_figure_says_that_a_function_behind_it_fails_its_test(space, capsys) -> None:
    run(WRONG_HALF, space)
    run(QUARTER, space)
    fails(TEST, space)
    curve(space["quarter"])
    assert capsys.readouterr().out == "Computed with your half, which fails its test.\n"
    nested({"a": (space["half"], None)})
    assert capsys.readouterr().out == "Computed with your half, which fails its test.\n"
    curve(np.tanh)
    assert capsys.readouterr().out == ""


def test_within_one_cell_the_same_functions_are_named_once(space, capsys) -> None:
    run(WRONG_HALF, space)
    fails(TEST, space)
    for _ in range(2):
        session.cell_begins()
        curve(space["half"])
        curve(space["half"])
        assert capsys.readouterr().out == "Computed with your half, which fails its test.\n"
        session.cell_ends()
    curve(space["half"])
    assert capsys.readouterr().out == "Computed with your half, which fails its test.\n"


def test_a_mistake_behind_a_helper_of_the_test_is_said_to_be_the_students(space) -> None:
    run(WRONG_HALF, space)
    run("def quarter(z):\n    return 5 * half(half(z))", space)
    test = "def seen(z):\n    return quarter(z) + 0\n\n\nright = {'half': lambda z: z / 2}\n"
    with pytest.raises(check.CheckFailed) as caught:
        run(f"{test}check.value(seen, np.array([1.0, 2.0]), expected=np.array([0.25, 0.5]), given=right)", space)
    assert str(caught.value).endswith("the mistake is in quarter itself.")


def test_a_function_that_only_a_function_inside_names_counts_as_behind_it(space) -> None:
    run(WRONG_HALF, space)
    run("def trained():\n    def predict(z):\n        return half(z)\n    return predict", space)
    fails(TEST, space)
    assert list(session.failing(space["trained"])) == ["half"]


def test_a_schedule_and_a_count_that_fail_are_named_beside_their_figures(space, capsys) -> None:
    run("def decay(t, lr):\n    return lr", space)
    fails("check.value(decay, 1, 0.1, expected=0.05)", space)
    assert nested({"a": [partial(space["decay"], lr=0.1)]}) == 0.1
    assert capsys.readouterr().out == "Computed with your decay, which fails its test.\n"
    run("def count(y, predicted, k):\n    return np.ones((k, k))", space)
    fails("check.value(count, X, X, 2, expected=np.eye(2))", space | {"X": X})
    found = SimpleNamespace(y=X, predicted=X)
    assert capstone.confusion(space["count"], found).shape == (10, 10)
    assert capsys.readouterr().out == "Computed with your count, which fails its test.\n"


WALK = """class Walk:
    def __init__(self):
        self.by = 2

    def step(self, z):
        return z + self.by"""


def test_steps_are_not_compared_with_a_class_that_fails_and_its_methods_go_by_its_name(space, capsys) -> None:
    run(WALK, space)
    test = "def walked(z):\n    return Walk().step(z)\n\n\ncheck.value(walked, X, expected=X + 1)"
    fails(test, space | {"X": X})
    assert list(session.failing(space["Walk"])) == ["Walk"]
    check.derivation(lambda: {"slope": 1.0}, numerical={"slope": 1.5}, of=[space["Walk"]])
    said = capsys.readouterr().out
    assert said.endswith("is not compared: your Walk fails its test, and the steps are held against what it does.\n")
    curve(space["Walk"]().step)
    assert capsys.readouterr().out == "Computed with your Walk, which fails its test.\n"


def test_a_function_that_was_mended_is_not_held_against_the_figure(space, capsys) -> None:
    run(WRONG_HALF, space)
    fails(TEST, space)
    run(HALF, space)
    curve(space["half"])  # not tested yet: nothing is known of it
    assert capsys.readouterr().out == ""
    run(TEST, space)
    assert session.failing(space["half"]) == {}
    assert not session.anything_failed()


def test_a_check_that_passes_does_not_clear_another(space) -> None:
    run(WRONG_HALF, space)
    fails(TEST, space)
    run("check.value(half, 0.0, expected=0.0)", space)
    assert list(session.failing(space["half"])) == ["half"]


def test_the_function_that_a_helper_of_the_test_calls_is_the_one_that_fails(space) -> None:
    run(WRONG_HALF, space)
    fails("def twice(z):\n    return 2 * half(z)\n\ncheck.value(twice, 3.0, expected=3.0)", space)
    assert session.failing(space["half"]) == {"half": "half: in twice(...), the value is 2.0, it should be 3.0."}


def test_an_experiment_that_stops_says_why_in_five_lines(space) -> None:
    run("def half(z):\n    return None", space)
    run("def third(z):\n    return half(z) + [1.0]", space)
    fails(TEST, space)
    with pytest.raises(TypeError) as caught:
        curve(space["third"])
    lines = caught.value._render_traceback_()
    assert lines == [
        "The experiment curve has stopped: TypeError: unsupported operand type(s) for +: 'NoneType' and 'list'",
        "  line 2 of third: return half(z) + [1.0]",
        "It calls your half, which fails its test: correct that first.",
        "half: the result is None: is a return missing?",
    ]


def test_an_experiment_names_all_functions_that_fail_and_says_which_comes_first(space) -> None:
    run("def half(z):\n    return None", space)
    run("def third(z):\n    return half(z) + [1.0]", space)
    fails(TEST, space)
    fails("check.value(third, 2.0, expected=1.0)", space)
    with pytest.raises(TypeError) as caught:
        curve(space["third"])
    said = caught.value._render_traceback_()
    assert "It calls your half and third, which fail their tests: correct half first." in said


def test_an_experiment_with_a_stub_says_what_is_to_be_written(space) -> None:
    run("def half(z):\n    raise NotImplementedError", space)
    with pytest.raises(NotImplementedError) as caught:
        curve(space["half"])
    (line,) = caught.value._render_traceback_()
    assert line == "This cell calls half, which is not written yet: write it first."


PRIME = "def half_prime(z):\n    return np.full(np.shape(z), 0.5)"


def test_a_widget_looks_its_functions_up_when_it_moves(space) -> None:
    run("def half(z):\n    raise NotImplementedError", space)
    run(PRIME, space)
    explorer = widgets.activation_explorer({"half": (space["half"], space["half_prime"])})
    assert "not written yet" in explorer.alt
    run(HALF, space)
    explorer.set(z=2.0)
    assert "not written yet" not in explorer.alt
    assert "f(z) = 1" in explorer.alt


def test_a_widget_says_that_a_function_behind_it_fails_its_test(space) -> None:
    run(WRONG_HALF, space)
    run(PRIME, space)
    fails(TEST, space)
    explorer = widgets.activation_explorer({"half": (space["half"], space["half_prime"])})
    assert explorer.lines[-1] == "Computed with your half, which fails its test."
    run(HALF, space)
    explorer.set(z=1.0)
    assert "fails" not in explorer.alt


def test_present_functions_and_classes_are_found_in_what_holds_them(space) -> None:
    run("class SGD:\n    def step(self):\n        return 1\n\n" + HALF, space)
    held = {"a": (space["half"], [space["SGD"], np.tanh]), "b": 3}
    assert session.present(held) is held
    run("class SGD:\n    def step(self):\n        return 2\n\n" + HALF, space)
    assert session.present(held) == {"a": (space["half"], [space["SGD"], np.tanh]), "b": 3}


HALVES = "class Halves:\n    def __init__(self):\n        self.seen = 0\n\n    def step(self, z):\n        return {}\n"
AFTER = "def after(z):\n    return Halves().step(z)\n\n\ncheck.value(after, np.array([2.0]), expected=np.array([1.0]))"


@experiment
def stepped(maker):
    return maker().step(X) + 1


def test_of_a_method_the_class_is_named(space, capsys) -> None:
    run(HALVES.format("z / 3"), space)
    fails(AFTER, space)
    stepped(space["Halves"])
    assert capsys.readouterr().out == "Computed with your Halves, which fails its test.\n"
    run(HALVES.format("undefined"), space)
    fails(AFTER, space)
    with pytest.raises(NameError) as caught:
        stepped(space["Halves"])
    lines = caught.value._render_traceback_()
    assert lines[2].startswith("It calls your Halves, which fails its test: correct that first.")
    assert lines[3] == "Halves.step: the call raised NameError."


def test_of_a_lambda_the_name_in_the_notebook_is_named(space, capsys) -> None:
    run("half = lambda z: z / 3", space)
    fails(TEST, space)
    curve(space["half"])
    assert capsys.readouterr().out == "Computed with your half, which fails its test.\n"
