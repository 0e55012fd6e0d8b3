"""How many hints of each exercise a student saw, read from the outputs of the notebook that was handed in.

The grader runs the notebook anew, and shows no hints. What is read are a student's words: the name of an exercise and a
small number. No mark depends on it.
"""

import re
from typing import Final

from nbformat import NotebookNode

from nbcore.check import HINT_MIME

from .guesses import tables_in

_MOST: Final = 50  # exercises of a notebook
_NAME: Final = re.compile(r"[a-z0-9-]{1,60}")


def hints_taken(notebook: NotebookNode) -> dict[str, int]:
    """By exercise, the highest rung that an output shows."""
    found: dict[str, int] = {}
    for shown in tables_in(notebook, HINT_MIME):
        name, rung = shown.get("exercise"), shown.get("rung")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or type(rung) is not int or not 1 <= rung <= 4:
            continue
        if name in found or len(found) < _MOST:
            found[name] = max(found.get(name, 0), rung)
    return found
