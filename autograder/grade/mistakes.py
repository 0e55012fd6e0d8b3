"""Recognises known mistakes in a graded notebook, for the class report and for feedback. It decides no mark.

The hint tables hold what each known mistake gives on the calls of the visible tests; the student's functions are asked
the same, over the wire.
"""

import ast
from collections.abc import Iterable
from typing import Any, Final

from ..examiner.examine import consult
from ..examiner.session import Session
from .notebook import Job

_SECONDS: Final = 5.0  # a table has some twenty calls, of which each takes less than a millisecond


def recognise(session: Session, job: Job, lost: Iterable[str]) -> list[dict[str, str]]:
    """Exercise, name and hint of each mistake that explains a test cell without points.

    `lost` names the cells, test-EXERCISE-ASPECT. Other names, and notebooks without a hint table, give nothing.
    """
    exercises = sorted({cell.removeprefix("test-").rpartition("-")[0] for cell in lost if cell.startswith("test-")})
    found: dict[tuple[str, str], dict[str, str]] = {}
    for exercise in exercises:
        names = _definitions(job.open_cells.get(exercise, ""))
        if not names or session.dead is not None:
            continue
        for hint in consult(session, names, _SECONDS, _diagnose) or []:
            row = {"exercise": hint.exercise, "name": hint.mistake, "hint": hint.text}
            found[hint.exercise, hint.mistake] = row
    return [row for row in found.values() if row["exercise"] in exercises]


def _diagnose(functions: dict[str, Any]) -> list[Any]:
    try:
        from nbcore.hints import diagnose
    except ImportError:  # another course, without this one's package
        return []
    return diagnose(functions)


def _definitions(source: str) -> list[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
