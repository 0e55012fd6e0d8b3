"""Marks of test cells without hidden lines, which are reached in the student's own process, and called so.

Points are read from the outputs, as nbgrader reads them, with its errors mended. Around such cells run canaries: cells
that must fail, or give a known result, in a process that is still honest about outcomes, with fresh numbers each time.
A student's code can fool them with effort; hidden tests do not rely on them.
"""

import ast
import math
import random
import re
from collections.abc import Iterable
from typing import Any, Final

from ..course.code import parsed
from ..examiner.session import Session

_NUMPY_NUMBER: Final = re.compile(r"np\.(?:float|int|uint)\d+\((?P<number>[^()]+)\)")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_NUMBER: Final = re.compile(r"^-*>? *\d+ ")  # of a line in a traceback, with its arrow
_NUMPY_BOOL: Final = {"np.True_": "True", "np.False_": "False"}


def partial_credit(text: str, max_score: float) -> tuple[float, str]:
    """(score, remark) for a last line that shows `text`.

    A number from 0 to `max_score` is the score. True and False are all and nothing. Other text is full marks, as in
    nbgrader. NaN and negative numbers earn nothing, and more than `max_score` earns `max_score`, each with a remark;
    nbgrader gives full marks for the former two and stops at the latter.
    """
    text = text.strip()
    number = _NUMPY_NUMBER.fullmatch(text)
    text = number["number"] if number else _NUMPY_BOOL.get(text, text)
    if text in ("True", "False"):
        return (max_score if text == "True" else 0.0), ""
    try:
        value = float(text)
    except ValueError:
        return max_score, ""
    return credit(value, max_score)


def credit(value: float, max_score: float) -> tuple[float, str]:
    if math.isnan(value):
        return 0.0, "the cell gives NaN for points"
    if value < 0:
        return 0.0, f"the cell gives negative points ({value:g})"
    if value > max_score:
        return max_score, f"the cell gives {value:g} points of {max_score:g}"
    return value, ""


def points(outputs: Iterable[dict[str, Any]], source: str, max_score: float) -> tuple[float, str]:
    """(score, remark) of a test cell from its outputs and the source that it should have.

    Any error is no points, wherever it stands. Text on stderr is no error. Only a cell whose last line is an
    expression can give partial credit: other results were shown by somebody else.
    """
    shown = list(outputs)
    if any(output["output_type"] == "error" for output in shown):
        return 0.0, ""
    results = [output for output in shown if output["output_type"] == "execute_result"]
    if not results or not ends_in_expression(source):
        return max_score, ""
    text = results[-1].get("data", {}).get("text/plain", "")
    return partial_credit("".join(text) if isinstance(text, list) else str(text), max_score)


def without_hidden(outputs: Iterable[dict[str, Any]], source: str, visible: str) -> list[dict[str, Any]]:
    """The outputs of a cell without the lines of its source that are not visible. Tracebacks show lines around an
    error, and feedback holds no hidden test."""
    own, shown = ({line.strip() for line in text.split("\n")} for text in (source, visible))
    lines = own - shown - {""}
    return [
        {**output, "traceback": [_without(text, lines) for text in output["traceback"]]}
        if lines and output["output_type"] == "error"
        else output
        for output in outputs
    ]


def _without(text: str, lines: set[str]) -> str:
    return "\n".join(
        line for line in text.split("\n") if _NUMBER.sub("", _COLOUR.sub("", line).strip()).strip() not in lines
    )


def ends_in_expression(source: str) -> bool:
    tree = parsed(source)
    return tree is None or (bool(tree.body) and isinstance(tree.body[-1], ast.Expr))


def tampered(session: Session, rng: random.Random) -> str:
    """What is wrong with the process, or "". Says nothing about a process that is dead."""
    a, b = rng.sample(range(1000, 100_000), 2)
    failing = (
        ("assert", f"assert {a} == {b}"),
        ("numpy.testing", f"__import__('numpy').testing.assert_allclose([{a}.0], [{b}.0])"),
    )
    for name, source in failing:
        result = session.run_cell(source, 5.0, history=False)
        if session.dead is not None:
            return ""
        if result.error is None:
            return f"a failed test passes ({name})"
    # Written past the student's names, his settings of the display, and `_`: an own `sum` or `max` is no forgery.
    found = (
        f"[b.abs(-{a}.5), b.max({a}, {b}), {a} == {b}, b.__import__('math').isclose({a}, {b}), "
        f"b.bool(b.__import__('numpy').allclose([{a}.0], [{b}.0])), b.sum([{a}, {b}]), "
        f"b.float(b.__import__('numpy').linalg.norm([3.0 * {a}, 4.0 * {a}]))]"
    )
    # A thread of the student's may print meanwhile: the line is known by what stands around it.
    around = f"{rng.getrandbits(64):x}"
    line = f"'{around}' + b.repr({found}) + '{around}'"
    source = f"if (lambda b: b.__import__('os').write(1, ({line}).encode()))(__import__('builtins')): pass"
    expected = f"{around}{[a + 0.5, max(a, b), False, False, False, a + b, 5.0 * a]!r}{around}"
    outputs = session.run_cell(source, 5.0, history=False).outputs
    if session.dead is not None:
        return ""
    shown = "".join(output.get("text", "") for output in outputs if output["output_type"] == "stream")
    return "" if expected in shown else "the functions that tests compute with give other results"
