"""What a student is told by the visible tests of an exercise: for tests that judge messages, not marks."""

import linecache
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from itertools import count
from typing import Any

import solved

from autograder.course.markup import HIDDEN_TESTS, outside
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan

_numbers = count()


@cache
def plan_of(notebook: str) -> Plan:
    return Plan.of(source_notebook(solved.COURSE, notebook).cells)


def told(notebook: str, code: str, exercise: str = "", **others: str) -> dict[str, str]:
    """By test cell of the exercise, what it prints and how it fails, where `code` is the answer and all else is solved.

    exercise: unless given, the one whose solution defines the first function of `code`.
    others: answers to further exercises, by exercise with _ for -.
    """
    plan = plan_of(notebook)
    first = code.split("def ", 1)[1].split("(")[0] if "def " in code else ""
    exercise = exercise or next(name for name, text in plan.solutions.items() if f"def {first}(" in text)
    tests = plan.tests_of(exercise)
    needed = plan.with_needed(list(tests))
    answers = {exercise: code} | {name.replace("_", "-"): text for name, text in others.items()}
    space: dict[str, Any] = {"__name__": "__main__", "display": print}
    shown = {}
    for name, kind, source in plan.cells:
        if kind == "test" and name not in needed:
            continue
        text = answers.get(name, source) if kind == "solution" else "\n".join(outside(source, HIDDEN_TESTS))
        said = run(text, space)
        if name in tests:
            shown[name.removeprefix(f"test-{exercise}-")] = said
    return shown


def run(source: str, space: dict[str, Any]) -> str:
    """What a cell prints, and what it says when it fails."""
    file = f"/ipykernel_{next(_numbers)}/cell.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    out = StringIO()
    with redirect_stdout(out):
        try:
            exec(compile(source, file, "exec"), space)
        except Exception as error:
            render = getattr(error, "_render_traceback_", None)
            print("\n".join(render()) if render else f"{type(error).__name__}: {error}")
    return out.getvalue()
