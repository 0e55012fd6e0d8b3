"""The ladder of hints: `check.hint("softmax")` shows the next rung.

What was shown is an output of its own, which the saved notebook keeps: the grader reads there how far a student went,
and a kernel that was restarted finds where it was.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import hints
from ..hints import Ladder
from . import _notebook
from ._ladder import Climb, climbs
from ._puzzle import show_puzzle

HINT_MIME = "application/vnd.nbcore.hint+json"
"""Of the output that holds a hint: the exercise, the rung, and what the test cells said. A program reads it."""

LARGEST = 50_000_000  # bytes of a notebook that is read
AGAIN = "Change your code and run the test cell again: then the next hint opens."
LAST = "This is the last hint."
PASS = "All visible tests of {} pass: you need no hint here."
WHICH = 'Name an exercise, as in check.hint("softmax"). There are hints for {}.'
NONE = "This release has no hints."
UNKNOWN = "There are no hints for {!r}; there are some for {}."
RUN_FIRST = "Run a test cell first: then the exercises of this notebook are named here."
UNRUN = "There are no hints for {!r}. Run a test cell first: then the exercises of this notebook are named here."


def hint(exercise: str | Callable[..., Any] = "") -> None:
    """Show the next hint for an exercise.

    There are four: a question, the idea, a small case in numbers, and lines of a solution in another order with a wrong
    one among them, which can be moved in the page. Where a test has recognised a mistake, the first hint begins with
    it. The next hint opens when your functions give something else in the test cells than they did when you saw the
    last one. Asked before that, it shows the same hint again. Hints cost no marks. A grader that runs the notebook
    shows none.

    exercise: its name, as the message of a failed test gives it, or one of its functions. Without it, the names of this
    notebook's exercises are shown.
    """
    if _notebook.graded():
        return
    known = hints.ladders()
    asked = exercise if isinstance(exercise, str) else str(getattr(exercise, "__name__", exercise))
    name = asked.replace("_", "-")
    if name not in known:
        name = next((table.taught[asked] for table in hints.tables() if asked in table.taught), name)
    if name not in known:
        here = _of_this_notebook()
        others = ", ".join(here)
        if not known:
            _show(NONE)
        elif not here:
            _show(UNRUN.format(asked) if asked else RUN_FIRST)
        elif asked:
            _show(UNKNOWN.format(asked, others))
        else:
            _show(WHICH.format(others))
        return
    ladder, climb = known[name], climbs.get(name) or _saved(name)
    climbs[name] = climb
    now = {cell: _notebook.ran[cell].outcome for cell in ladder.cells if cell in _notebook.ran}
    text = _next(name, ladder, climb, now)
    kept = {HINT_MIME: {"exercise": name, "rung": climb.rung, "first": climb.first}} if climb.rung else {}
    _show(text, kept)
    if ladder.rungs[-1] in text:
        show_puzzle(ladder)


def _next(name: str, ladder: Ladder, climb: Climb, now: dict[str, str]) -> str:
    """Climbs where the next rung is open, and says what is to be seen."""
    if ladder.cells and all(cell in now and _notebook.ran[cell].passed for cell in ladder.cells):
        return PASS.format(name)
    last, note = len(ladder.rungs), ""
    if climb.rung < last and (not climb.rung or climb.has_changed(now)):
        climb.step(ladder.cells, now)
    else:
        note = LAST if climb.rung >= last else AGAIN
        for cell, outcome in now.items():
            climb.first.setdefault(cell, outcome)
    known = _recognised(name, ladder) if climb.rung == 1 else []
    heading = f"**Hint {climb.rung} of {last}, {name}.**"
    return "\n\n".join([heading, *known, ladder.rungs[climb.rung - 1], *([f"*{note}*"] if note else [])])


def _recognised(name: str, ladder: Ladder) -> list[str]:
    """The hints of the known mistakes of this exercise that its test cells have recognised in their last runs."""
    runs = [_notebook.ran[cell] for cell in ladder.cells if cell in _notebook.ran]
    return list(dict.fromkeys(found.text for run in runs for found in run.hints if found.exercise == name))


def _of_this_notebook() -> list[str]:
    """The exercises of the notebook of which test cells were run, or of the only one that there is."""
    every = hints.tables()
    here = every if len(every) == 1 else [t for t in every if any(row.digest in _notebook.ran for row in t.tests)]
    return [name for table in here for name in table.rungs]


def _saved(name: str) -> Climb:
    """The highest rung of an exercise in the outputs of the notebook's file, where that can be read."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    # Jupyter's server gives its kernels the one name, VS Code the other.
    path = os.environ.get("JPY_SESSION_NAME") or getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__")
    try:
        file = Path(str(path))
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"] if file.stat().st_size <= LARGEST else []
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        found = [output["data"][HINT_MIME] for output in outputs if HINT_MIME in output.get("data", {})]
        climbed = [Climb(row["rung"], dict(row["first"])) for row in found if row["exercise"] == name]
        last = len(hints.ladders()[name].rungs)
        return max((climb for climb in climbed if climb.rung in range(1, last + 1)), key=lambda c: c.rung)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Climb()


def _show(text: str, kept: dict[str, Any] | None = None) -> None:
    """As Markdown in a notebook, with its text beside it; elsewhere it is printed."""
    python = sys.modules.get("IPython")
    if python is None or python.get_ipython() is None:
        print(text)
        return
    plain = text.replace("**", "", 2)  # of the heading
    python.display.display({"text/markdown": text, "text/plain": plain, **(kept or {})}, raw=True)
