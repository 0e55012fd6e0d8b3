"""Points from the outputs of a test cell, as nbgrader reads them, with its errors mended. Pure functions.

For cells without hidden tests: their outputs come from the student's own process, so such a mark is called in-process.
"""

import ast
import math
import re
from collections.abc import Iterable
from typing import Any, Final

_NUMPY_NUMBER: Final = re.compile(r"np\.(?:float|int|uint)\d+\((?P<number>[^()]+)\)")
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


def in_process(outputs: Iterable[dict[str, Any]], source: str, max_score: float) -> tuple[float, str]:
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


def ends_in_expression(source: str) -> bool:
    lines = [("" if line.lstrip().startswith(("%", "!")) else line) for line in source.split("\n")]
    try:
        body = ast.parse("\n".join(lines)).body
    except SyntaxError:
        return True
    return bool(body) and isinstance(body[-1], ast.Expr)
