"""Points from outputs, as nbgrader gives them, and where its reading is mended."""

import re
from typing import Any

import nbformat
import pytest
from grade.course import flags
from IPython.core.interactiveshell import InteractiveShell
from nbgrader.utils import determine_grade

from autograder.course.markup import split
from autograder.engine.in_process import points, without_hidden


def result(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": text}, "metadata": {}}


def stream(name: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": "x\n"}


ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}

SAME = [
    ([], 5.0),
    ([stream("stdout")], 5.0),
    ([ERROR], 0.0),
    ([result("2")], 2.0),
    ([result("2.5")], 2.5),
    ([result("0")], 0.0),
    ([result("'done'")], 5.0),
    ([result("[1, 2]")], 5.0),
    ([ERROR, result("3")], 0.0),
]
# (outputs, ours, nbgrader's)
MENDED = [
    ([stream("stderr")], 5.0, 0.0),
    ([result("nan")], 0.0, 5.0),
    ([result("-1")], 0.0, 5.0),
    ([result("np.float64(2.5)")], 2.5, 5.0),
    ([result("False")], 0.0, 5.0),
    ([result("np.False_")], 0.0, 5.0),
    ([result("True")], 5.0, 5.0),
    ([result("'ok'"), ERROR], 0.0, 5.0),
    ([result("7")], 5.0, ValueError),
]


def stock(outputs: list[dict[str, Any]]) -> float:
    metadata = flags("t", grade=True, locked=True, points=5)
    cell = nbformat.v4.new_code_cell("f()", metadata=metadata, outputs=[nbformat.from_dict(o) for o in outputs])
    return float(determine_grade(cell)[0])


@pytest.mark.parametrize(("outputs", "score"), SAME)
def test_the_same_as_nbgrader(outputs: list[dict[str, Any]], score: float) -> None:
    assert points(outputs, "f()", 5.0)[0] == stock(outputs) == score


@pytest.mark.parametrize(("outputs", "ours", "theirs"), MENDED)
def test_where_nbgrader_errs(outputs: list[dict[str, Any]], ours: float, theirs: float | type[Exception]) -> None:
    assert points(outputs, "f()", 5.0)[0] == ours
    if isinstance(theirs, float):
        assert stock(outputs) == theirs
    else:
        with pytest.raises(theirs):
            stock(outputs)


def test_a_result_of_a_cell_that_does_not_end_in_an_expression_is_somebody_elses() -> None:
    assert points([result("1")], "assert f(1)", 5.0) == (5.0, "")


@pytest.mark.parametrize("colours", ["nocolor", "linux"])
def test_a_traceback_shows_no_hidden_line(colours: str) -> None:
    source = (
        "def g(x):\n    return 1 / x\ng(2)\n### BEGIN HIDDEN TESTS\nassert g(4) == 0.25\ng(0)\n### END HIDDEN TESTS"
    )
    shell = InteractiveShell(colors=colours)
    shell.showtraceback = lambda *_, **__: None  # it need not print
    error = shell.run_cell(source).error_in_exec
    assert error is not None
    lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    before = [{"output_type": "error", "ename": "E", "evalue": str(error), "traceback": lines}, stream("stdout")]
    assert "g(0)" in re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))
    failed, other = without_hidden(before, source, split(source).visible)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(failed["traceback"]))
    assert not [line for line in ("g(0)", "0.25", "HIDDEN") if line in shown]
    assert "return 1 / x" in shown
    assert "ZeroDivisionError" in shown
    assert other == stream("stdout")
