"""What a notebook says around its cells: of names that are missing or taken, of calls that take long, of interrupts."""

import atexit
import threading
import time

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbcore.check import _attempt
from nbcore.check._notebook import _Watch

IMPORTS = "import numpy as np\nfrom nbcore import check"
TURN = "def turn(n):\n    while n:\n        n = n + stop(n)\n    return n"


@pytest.fixture
def run(capfd):
    """Runs a cell, and gives what it shows."""
    shell = InteractiveShell(colors="nocolor")
    _Watch(shell)

    def run_cell(source: str) -> str:
        shell.run_cell(source)
        return "".join(capfd.readouterr())

    run_cell(IMPORTS)
    yield run_cell
    atexit.unregister(shell.atexit_operations)


def test_a_function_of_another_name_is_found(run) -> None:
    run("def sigmiod(z):\n    return z")
    said = run("check.value(sigmoid, 0.0, expected=0.5)")
    assert "There is no `sigmoid`, but you have `sigmiod`: give it the name that is asked for" in said
    assert len(said.splitlines()) <= 8


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "print(X_trian)",
            "There is no `X_trian`, but there is `X_train`: is it misspelt here, or a cell not run yet?",
        ),
        ("pritn(3)", "There is no `pritn`, but there is `print`: is it misspelt here, or a cell not run yet?"),
        ("exp(-1.0)", "There is no `exp`: is `np.exp` meant, or is a cell not run yet?"),
        ("math.exp(1.0)", "There is no `math`: `import math` comes first."),
        ("random.normal()", "There is no `random`: is `np.random` meant, or `import random` missing?"),
        ("y_hat_of_mine", "There is no `y_hat_of_mine`: run the cell that defines it"),
        ("print(rng, mean)", "There is no `rng`: run the cell that defines it"),
        ("print(mean + signal)", "There is no `mean`: run the cell that defines it"),
        ("one + half", "There is no `one`: run the cell that defines it"),
    ],
)
def test_a_name_that_is_not_there_is_explained_with_its_line(run, line: str, said: str) -> None:
    run("X_train = np.ones(3)")
    error, where, told = run(f"y = 2\n{line}").strip().splitlines()
    assert error.startswith("NameError")
    assert where == f"line 2: {line}"
    assert told.startswith(said)


def test_a_function_that_was_given_another_value_is_named(run) -> None:
    run("def relu(z):\n    return np.maximum(0, z)\nrelu = relu(np.ones(2))")
    said = run("check.value(relu, np.ones(2), expected=np.ones(2))")
    assert "relu is of type ndarray now, and no function." in said
    assert "as in `relu = ...`" in said


def test_a_name_of_the_notebook_in_place_of_the_argument_is_seen(run) -> None:
    run("z = np.float64(0.0)\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-z))")
    said = run("check.value(sigmoid, np.array([0.0, 1.0]), expected=np.array([0.5, 0.7310585786]))")
    assert "sigmoid never uses its argument x; the z in it is the notebook's." in said
    run("def zero(x):\n    return np.zeros(2)")
    assert "never uses" not in run("check.value(zero, np.ones(2), expected=np.ones(2))")


def test_an_axis_that_a_sum_takes_away_is_named(run) -> None:
    run("def softmax(z):\n    e = np.exp(z)\n    return e / np.sum(e, axis=-1)")
    said = run("check.value(softmax, np.zeros((2, 3)), expected=np.full((2, 3), 1 / 3))")
    assert "with keepdims=True it stays, with length 1." in said


def test_a_cell_that_was_not_run_is_to_be_run(run) -> None:
    assert "There is no `tanh`: run the cell that defines it" in run("check.value(tanh, 0.0, expected=0.5)")


def test_a_name_that_is_misspelt_in_use_is_said_in_the_check(run) -> None:
    run("def sigmoid(z):\n    return z")
    run("def silu(z):\n    return z * sigmiod(z)")
    said = run("check.value(silu, 1.0, expected=0.5)")
    assert "There is no `sigmiod`, but you have `sigmoid`: is the name misspelt here?" in said


def test_a_name_of_the_tests_that_is_taken_is_said(run) -> None:
    assert "use the name `check`" in run("check = 1.0")


def test_a_call_that_takes_long_says_what_runs_and_an_interrupt_takes_five_lines(run, monkeypatch) -> None:
    monkeypatch.setattr(_attempt, "SLOW", 0.2)
    run("import time\ndef stop(n):\n    time.sleep(0.7)\n    raise KeyboardInterrupt")
    run(TURN)
    said = run("check.value(turn, 1.0, expected=0.5)")
    assert "turn has been running for 0.2 seconds, at line 3 of stop: time.sleep(0.7)" in said
    shown = said[said.index("KeyboardInterrupt") :].splitlines()
    assert "line 3 of turn: n = n + stop(n)" in shown[1]
    assert len(shown) <= 5


def test_a_quick_call_says_nothing_of_its_time(run, monkeypatch) -> None:
    monkeypatch.setattr(_attempt, "SLOW", 2.0)  # more than a call takes on a machine that is busy
    run("def half(z):\n    return z / 2")
    assert run("check.value(half, 1.0, expected=0.5)") == "passed: half(1.0) gives the expected result\n"
    time.sleep(2.5)
    assert run("") == ""


def test_one_thread_watches_all_calls_and_none_is_left_to_watch_nothing(run, monkeypatch) -> None:
    monkeypatch.setattr(_attempt, "SLOW", 0.3)
    run("import time\ndef half(z):\n    return z / 2\ndef turn(n):\n    time.sleep(0.6)\n    return n")
    before = {*threading.enumerate()}
    for _ in range(20):
        run("check.value(half, 1.0, expected=0.5)")
    (watcher,) = {*threading.enumerate()} - before
    assert "turn has been running for 0.3 seconds" in run("check.value(turn, 1, expected=1)")
    watcher.join(10)
    assert not watcher.is_alive()
    assert "turn has been running" in run("check.value(turn, 1, expected=1)"), "the next one has another thread"


def test_np_where_and_its_other_branch(run) -> None:
    run("def safe(z):\n    return np.where(z > 0, 1.0, np.exp(z))")
    said = run("check.stability(safe, np.array([-1.0, 1000.0]))")
    assert "np.where computes both of its branches everywhere" in said


@pytest.mark.parametrize("cell", ["print(sigmoid(0.0))", "check.value(sigmoid, 0.0, expected=0.5)"])
def test_of_a_function_of_another_name_two_lines_are_shown(run, cell: str) -> None:
    run("def sigmiod(z):\n    return z")
    error, said = run(cell).strip().splitlines()
    assert error == "NameError: name 'sigmoid' is not defined"
    assert said.startswith("There is no `sigmoid`, but you have `sigmiod`: ")
