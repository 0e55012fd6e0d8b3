"""What later notebooks import is the student's own where it passes the visible tests, and the right one elsewhere."""

import os
import textwrap
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder.course.markup import HIDDEN_TESTS, outside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.release.build import build_given
from nbcore import given, mine

COURSE = Course.find(Path(__file__))
SIGMOID = """def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))"""
RELU = "def relu(z):\n    return np.maximum(z, 0)\n\ndef relu_prime(z):\n    return np.where(z > 0, 1.0, 0.0)"
TESTS = {
    "test-sigmoid-value": "zero = np.zeros(2)\ncheck.value(sigmoid, zero, expected=np.full(2, 0.5))",
    "test-sigmoid-gradient": "check.value(sigmoid_prime, zero, expected=np.full(2, 0.25))",
    "test-relu-value": "check.value(relu, np.array([-1.0, 2.0]), expected=np.array([0.0, 2.0]))",
}


@pytest.fixture(autouse=True)
def later_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a later notebook, in a new session."""
    (tmp_path / "04_backprop").mkdir()
    monkeypatch.chdir(tmp_path / "04_backprop")
    monkeypatch.setattr(mine, "_asked", {})
    monkeypatch.delenv(mine.GRADING, raising=False)


def save(*sources: str, path: str = "../01_activations/01_activations.ipynb", **solutions: str) -> None:
    """A notebook of a student's: imports, solutions by exercise, the tests, and more cells."""
    cells = [nbformat.v4.new_code_cell("%matplotlib inline\nimport numpy as np\nfrom nbcore import check")]
    for name, source in (solutions | TESTS).items():
        flags = {"grade_id": name.replace("_", "-"), "solution": name in solutions}
        cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": flags}))
    cells += map(nbformat.v4.new_code_cell, sources)
    file = Path(path)
    file.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)


def taken(*names: str) -> dict[str, str]:
    """For each name where its function comes from: "own", or why it is provided."""
    for name in names:
        function: Any = getattr(mine, name)
        assert (function is getattr(given, name)) == bool(mine._asked[name])
    return {name: reason or "own" for name, reason in mine._asked.items()}


def test_what_passes_its_visible_tests_is_the_students() -> None:
    save(sigmoid=SIGMOID, relu=RELU)
    names = ("sigmoid", "sigmoid_prime", "relu", "relu_prime")
    assert taken(*names) == dict.fromkeys(names, "own")
    from nbcore.mine import sigmoid

    assert sigmoid(np.array([0.0])) == 0.5


def test_what_fails_is_provided_and_the_test_is_named() -> None:
    save(sigmoid=SIGMOID, relu=RELU.replace("maximum", "minimum"))
    assert taken("sigmoid", "relu", "relu_prime") == {
        "sigmoid": "own",
        "relu": "test-relu-value of 01_activations fails",
        "relu_prime": "test-relu-value of 01_activations fails",
    }


def test_what_is_not_written_or_not_there_is_provided() -> None:
    save(sigmoid="def sigmoid(z):\n    raise NotImplementedError()\n\ndef sigmoid_prime(z):\n    return z")
    assert taken("sigmoid", "relu", "mlp_forward") == {
        "sigmoid": "not written yet in 01_activations",
        "relu": "01_activations does not define relu, relu_prime",
        "mlp_forward": "their notebooks do not lie beside this one",
    }


def test_what_does_not_end_is_provided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mine, "SECONDS", 0.2)
    save(
        sigmoid=f"{SIGMOID}\nforever = [0 for _ in iter(int, 1)]",
        relu=RELU.replace("return np.maximum(z, 0)", "while 1: z"),
    )
    late = "test-relu-value of 01_activations does not end within 0.2 seconds"
    assert taken("sigmoid", "relu", "relu_prime") == {"sigmoid": "own", "relu": late, "relu_prime": late}


def test_a_function_that_uses_a_wrong_one_is_tried_with_the_right_one() -> None:
    relu = RELU.replace("np.maximum(z, 0)", "z * np.round(sigmoid(40 * z))")
    save(sigmoid="def sigmoid(z):\n    return z\n\ndef sigmoid_prime(z):\n    return z", relu=relu)
    assert taken("relu") == {"relu": "own"}
    assert mine.__getattr__("relu")(np.array([-3.0, 3.0])).tolist() == [0.0, 3.0]


def test_a_test_that_lacks_what_another_makes_decides_nothing() -> None:
    save(sigmoid=SIGMOID + "\nzero = 1", relu=RELU)
    path = Path("../01_activations/01_activations.ipynb")
    path.write_text(path.read_text().replace("zero = np.zeros(2)", "other = np.zeros(2)").replace("zero, ", "nought, "))
    assert taken("sigmoid", "relu") == {"sigmoid": "own", "relu": "own"}


@pytest.mark.parametrize(
    "line",
    [
        "EPS = 2 * 1e-8",
        "EPS = -500",
        "EPS = np.pi",
        "EPS, TOP = (1, 2)",
        "try:\n    import nope\nexcept ImportError:\n    EPS = 1",
    ],
)
def test_numbers_that_stand_beside_the_functions_come_along(line: str) -> None:
    save(line, sigmoid=SIGMOID.replace("(-z)", "(-z) + 0 * EPS"))
    assert taken("sigmoid") == {"sigmoid": "own"}


@pytest.mark.parametrize("line", ["import sys; sys.exit('stop')", "raise SystemExit"])
def test_code_that_ends_python_ends_no_notebook(line: str) -> None:
    save(sigmoid=SIGMOID.replace("    return 1", f"    {line}\n    return 1"))
    assert taken("sigmoid") == {"sigmoid": "test-sigmoid-value of 01_activations fails"}
    mine._read.cache_clear()
    save(sigmoid=f"{SIGMOID}\nx = exit()")
    assert taken("sigmoid") == {"sigmoid": "own"}


def test_a_notebook_that_is_read_leaves_the_session_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    save("np.mean.__doc__ = 'gone'", "np.my_own = (1, 2)", "BIG = 9**9**9", sigmoid=SIGMOID)
    assert taken("sigmoid") == {"sigmoid": "own"}
    assert not hasattr(np, "my_own")
    mine._read.cache_clear()
    noisy = "    import os, sys; os.chdir('/'); np.random.seed(7); print('dbg', file=sys.stderr)\n    return 1"
    save(sigmoid=SIGMOID.replace("    return 1", noisy))
    here, drawn = Path.cwd(), np.random.get_state()[1].copy()  # noqa: NPY002
    assert taken("sigmoid") == {"sigmoid": "own"}
    assert Path.cwd() == here
    assert (np.random.get_state()[1] == drawn).all()  # noqa: NPY002
    assert capsys.readouterr().err == ""


def test_only_definitions_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    save(
        "raise ValueError('an experiment')\nprint('run')",
        "Path('made').touch()",
        "this is no Python",
        "def helper(z):\n    return EPS + z",
        "EPS = 0.0",
        sigmoid=f"print('run')\nLIMIT = float('inf')\n{SIGMOID.replace('-z', '-helper(np.minimum(z, LIMIT))')}",
        relu="from functools import partial\nrelu = partial(np.maximum, 0)\nrelu_prime = lambda z: np.heaviside(z, 0)",
    )
    assert taken("sigmoid", "relu") == {"sigmoid": "own", "relu": "own"}
    assert capsys.readouterr().out == ""
    assert not Path("made").exists()


@pytest.mark.parametrize("folder", ["", "01_activations/", "../"])
def test_a_notebook_is_found_where_downloads_put_it(folder: str) -> None:
    save(sigmoid=SIGMOID, path=f"{folder}01_activations.ipynb")
    assert taken("sigmoid") == {"sigmoid": "own"}


def test_a_notebook_that_is_saved_anew_is_read_anew() -> None:
    save(sigmoid="def sigmoid(z):\n    return z\n\ndef sigmoid_prime(z):\n    return z")
    assert taken("sigmoid") == {"sigmoid": "test-sigmoid-value of 01_activations fails"}
    save(sigmoid=SIGMOID)
    os.utime("../01_activations/01_activations.ipynb", ns=(1, 1))
    assert taken("sigmoid") == {"sigmoid": "own"}


@pytest.mark.parametrize("text", ["", "{", '{"cells": [1]}', "\0"])
def test_a_damaged_notebook_does_no_harm(text: str) -> None:
    save()
    Path("../01_activations/01_activations.ipynb").write_text(text)
    assert taken("sigmoid") == {"sigmoid": "01_activations does not define sigmoid, sigmoid_prime"}


def test_grading_takes_the_right_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    save(sigmoid=SIGMOID)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert taken("sigmoid") == {"sigmoid": "in all grading"}


def test_a_name_that_nothing_teaches_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="nonsense"):
        exec("from nbcore.mine import nonsense")


def test_the_report_says_what_is_whose(capsys: pytest.CaptureFixture[str]) -> None:
    mine.report()
    assert capsys.readouterr().out == ""
    save(sigmoid=SIGMOID, relu="def relu(z):\n    return z\n\ndef relu_prime(z):\n    return z")
    taken("sigmoid", "relu", "bce", "mlp_forward")
    mine.report()
    assert capsys.readouterr().out == textwrap.dedent("""\
        Your own functions, 1 of the 4 that this notebook takes over: sigmoid.
        Provided, as test-relu-value of 01_activations fails: relu.
        Provided, as their notebooks do not lie beside this one: bce, mlp_forward.
        """)
    mine._asked.clear()
    taken("sigmoid")
    mine.report()
    assert capsys.readouterr().out == "All functions that this notebook takes over (1) are your own: sigmoid.\n"


def test_what_an_earlier_notebook_takes_over_does_not_count() -> None:
    save(sigmoid=SIGMOID, relu=RELU)
    source = "from nbcore.mine import relu\n\ndef mlp_forward(X, params, hidden, output):\n    return relu(X)"
    save("from nbcore.mine import sigmoid", mlp_forward=source, path="../02_forward/02_forward.ipynb")
    assert taken("mlp_forward") == {"mlp_forward": "own"}


CLASSIFIER = """
class Helper:
    def scale(self, z):
        return sigmoid(z) + np.tanh(z)

def train_classifier(X, y, rng):
    def predict(X_new):
        return relu(Helper().scale(X_new))

    return predict
"""


def reported(capsys: pytest.CaptureFixture[str], source: str) -> list[str]:
    """What the report says of the function that this notebook defines, which has imported some of earlier ones."""
    space: dict[str, Any] = {"np": np, "__name__": "__main__"}
    exec("from nbcore.mine import relu, relu_prime, sigmoid, sigmoid_prime, tanh" + source, space)
    mine.report(space["train_classifier"])
    return capsys.readouterr().out.replace("\n    ", " ").splitlines()


def test_the_report_of_a_function_counts_what_it_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    save(sigmoid=SIGMOID, relu=RELU.replace("maximum(z, 0)", "where(z > 0, z + 0 * sigmoid(z), 0)"))
    taken = "functions that train_classifier takes from earlier notebooks"
    assert reported(capsys, CLASSIFIER) == [f"All {taken} (2) are your own: sigmoid, relu."]
    assert reported(capsys, "\nsigmoid_prime = 1\ndef train_classifier(X, y, rng): return sigmoid_prime") == [
        f"All {taken} (1) are your own: sigmoid_prime."
    ]
    assert reported(capsys, "\ndef train_classifier(X, y, rng): return np.relu_prime") == [
        "train_classifier takes no function from earlier notebooks."
    ]


def test_the_report_of_a_function_finds_what_its_functions_call(capsys: pytest.CaptureFixture[str]) -> None:
    sigmoid = SIGMOID.replace("1 - sigmoid", "1 - np.tanh(0) - sigmoid")
    save(sigmoid=sigmoid, relu="def relu(z):\n    return z\n\ndef relu_prime(z):\n    return z")
    assert reported(capsys, CLASSIFIER.replace("sigmoid(z)", "sigmoid_prime(z)")) == [
        "Your own functions, 2 of the 3 that train_classifier takes from earlier notebooks: sigmoid, sigmoid_prime.",
        "Provided, as test-relu-value of 01_activations fails: relu.",
    ]
    source = "\ndef train_classifier(X, y, rng): return relu_prime"
    assert reported(capsys, source)[0] == (
        "None of the functions that train_classifier takes from earlier notebooks (1) is your own."
    )


def test_each_solution_of_the_course_is_taken_as_a_students_own() -> None:
    for name in COURSE.assignments():
        notebook = source_notebook(COURSE, name)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = "\n".join(outside(cell.source, HIDDEN_TESTS))
        Path("..", name).mkdir(exist_ok=True)
        nbformat.write(notebook, Path("..", name, f"{name}.ipynb"))
    assert taken(*given.TAUGHT) == dict.fromkeys(given.TAUGHT, "own")


def test_what_is_given_is_what_the_solutions_are() -> None:
    assert build_given(COURSE, check=True).problems == []
