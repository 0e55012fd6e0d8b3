"""What a student guessed before the experiments and how many hints they saw, read from the outputs of the notebook that
was handed in. No mark depends on it.

The grader runs the notebook anew, and nobody chooses there, nor are hints shown. So the guesses are put beside the copy
that is graded, where `nbcore.widgets.predict` finds them. All of it is the student's words: short texts, escaped where
they are shown, and small numbers.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode

from nbcore.check import HINT_MIME
from nbcore.widgets.predictions import FILE, MIME

_MOST: Final = 50  # questions, and exercises, of a notebook
_LONGEST: Final = 300  # characters of a question or a guess
_EXERCISE: Final = re.compile(r"[a-z0-9-]{1,60}")


def guesses(notebook: NotebookNode) -> dict[str, str]:
    """By question, in the order of the notebook, what was chosen. A number comes as its text."""
    found: dict[str, str] = {}
    for asked in _tables_in(notebook, MIME):
        if len(found) < _MOST:
            question, guess = asked.get("question"), _text(asked.get("guess"), asked.get("choices"))
            if isinstance(question, str) and 0 < len(question) <= _LONGEST and guess is not None:
                found[question] = guess
    return found


def hints_taken(notebook: NotebookNode) -> dict[str, int]:
    """By exercise, the highest rung that an output shows."""
    found: dict[str, int] = {}
    for shown in _tables_in(notebook, HINT_MIME):
        name, rung = shown.get("exercise"), shown.get("rung")
        if not isinstance(name, str) or not _EXERCISE.fullmatch(name) or type(rung) is not int or not 1 <= rung <= 4:
            continue
        if name in found or len(found) < _MOST:
            found[name] = max(found.get(name, 0), rung)
    return found


def _tables_in(notebook: NotebookNode, mime: str) -> Iterator[dict[str, Any]]:
    """The outputs of this kind that hold a table, in the order of the notebook. Anything may stand in them."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data")
            found = data.get(mime) if isinstance(data, dict) else None
            if isinstance(found, dict):
                yield found


def _text(guess: Any, choices: Any) -> str | None:
    if isinstance(guess, str) and isinstance(choices, list) and guess in choices and len(guess) <= _LONGEST:
        return guess
    return f"{guess:.6g}" if type(guess) is float or (type(guess) is int and abs(guess) < 10**9) else None


def put_beside(folder: Path, found: dict[str, str]) -> None:
    """Write the guesses where the notebook looks for them, unless its own file came along."""
    if found:
        with suppress(FileExistsError), open(folder / FILE, "x", encoding="utf-8") as file:
            json.dump(found, file)
