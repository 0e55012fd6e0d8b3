"""The last hint as a puzzle: its lines can be moved up and down, and one be marked as wrong.

The numbered text above it is an output of its own, which the saved notebook keeps and which has to do where there are
no ipywidgets. The right order comes packed with the tables of `nbcore.hints`, so that no search shows a solution by
accident.
"""

import base64
import html
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ..hints import Ladder
from ..hints.orders import orders
from ..probe.page import FULL, LOST, live_html, wiring

RESTARTED = "The kernel has been restarted. To go on, run this cell."
ABOUT = (
    "Mark the wrong line, and move the others into the order of the solution. Either order counts where two lines "
    "behind each other assign names that the other does not use, and where two functions stand behind each other."
)
STYLE = f'<style>.jp-OutputArea:has(.nbcore-puzzle) {LOST} {{ display: none }}</style><div class="nbcore-puzzle"></div>'
"""In place of the error that JupyterLab and Notebook 7 write for a widget whose kernel is gone, nothing."""
_LINES = re.compile(r"```text\n(.*?)\n```", re.DOTALL)


def show_puzzle(ladder: Ladder) -> None:
    """Below the text of the last hint, in a kernel with ipywidgets, where the hint has such lines."""
    python = sys.modules.get("IPython")
    if python is None or getattr(python.get_ipython(), "kernel", None) is None:
        return
    lines, right = lines_of(ladder.rungs[-1]), _unpacked(ladder.order)
    if sorted({*right}) != sorted(right) or len(lines) != len(right) + 1 or not {*right} < {*range(len(lines))}:
        return
    with suppress(ImportError):
        model = _Rows(lines, right).box.model_id
        view = {"version_major": 2, "version_minor": 0, "model_id": model}
        display = python.display.display
        display({"text/html": STYLE, "text/plain": ""}, raw=True)
        display({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, raw=True)


def lines_of(rung: str) -> list[str]:
    """The lines of code in the text of the last hint, without their numbers."""
    found = _LINES.search(rung)
    numbered = found[1].split("\n") if found else []
    return [line[len(str(len(numbered))) + 2 :] for line in numbered]


def _unpacked(order: str) -> list[int]:
    """The places of the right lines, in right order, counted from 0; none where the text is none of ours."""
    try:
        return [int(number) - 1 for number in base64.b64decode(order, validate=True).split()]
    except ValueError:
        return []


def verdict(lines: Sequence[str], right: Sequence[int], order: Sequence[int], marked: Sequence[int]) -> str:
    """How far the puzzle is solved, in words. Lines with the same text may stand for each other, and any order with
    the meaning of the right one counts that `orders` finds.

    lines: as they were shown. right: which of them are right, in right order. order: how they stand now. marked: those
    that are said to be wrong.
    """
    (wrong,) = {*range(len(lines))} - {*right}
    found = len(marked) == 1 and lines[marked[0]] == lines[wrong]
    now = [lines[n] for n in order if n != (marked[0] if found else wrong)]
    count = len(right)
    in_place = max(sum(map(str.__eq__, one, now)) for one in orders([lines[n] for n in right]))
    if found and in_place == count:
        return f"All {count} lines are in their place, and the wrong one is found."
    places = f"{in_place} of {count} lines {'is in its' if in_place == 1 else 'are in their'} place."
    if found:
        return f"{places} The wrong line is found."
    if not marked:
        return f"{places} No line is marked as wrong yet."
    if len(marked) > 1:
        return f"{places} {len(marked)} lines are marked as wrong, and only one is."
    return f"{places} The line that is marked as wrong is a right one."


class _Rows:
    """The widget. Each row holds another line after a move, and is never moved itself: the page keeps its buttons."""

    def __init__(self, lines: Sequence[str], right: Sequence[int]) -> None:
        import ipywidgets

        self._lines, self._right = lines, right
        self._order, self._marked = list(range(len(lines))), [False] * len(lines)
        narrow = ipywidgets.Layout(width="5em")
        self._texts = [ipywidgets.HTML(layout=ipywidgets.Layout(flex="1 1 auto", overflow="auto")) for _ in lines]
        self._ups = [ipywidgets.Button(description="Up", layout=narrow) for _ in lines]
        self._downs = [ipywidgets.Button(description="Down", layout=narrow) for _ in lines]
        wide = ipywidgets.Layout(width="11em")
        self._ticks = [ipywidgets.Checkbox(description="this line is wrong", indent=False, layout=wide) for _ in lines]
        self._status = ipywidgets.HTML(_status(""))
        check = ipywidgets.Button(description="Check", tooltip="How far is it solved?")
        check.on_click(self._judge)
        for row in range(len(lines)):
            self._ups[row].on_click(partial(self._move, row, -1))
            self._downs[row].on_click(partial(self._move, row, 1))
            self._ticks[row].observe(partial(self._tick, row), names="value")
        parts = zip(self._ups, self._downs, self._ticks, self._texts, strict=True)
        rows = [ipywidgets.HBox(row, layout=ipywidgets.Layout(width=FULL)) for row in parts]
        self.box = ipywidgets.VBox([ipywidgets.HTML(ABOUT), *rows, check, self._status, wiring()])
        self._show()

    def _show(self) -> None:
        """Brings every row to the line that stands there now."""
        for row, number in enumerate(self._order):
            line = self._lines[number]
            code = f'<code style="white-space: pre; font-family: monospace">{html.escape(line)}</code>'
            self._texts[row].value = code
            named = f"line {row + 1}: {line.strip()}"
            self._ups[row].tooltip, self._downs[row].tooltip = f"Move up {named}", f"Move down {named}"
            tick = self._ticks[row]
            setattr(tick, "tooltip" if tick.has_trait("tooltip") else "description_tooltip", f"Wrong is {named}")
            tick.value = self._marked[number]
            self._ups[row].disabled, self._downs[row].disabled = row == 0, row == len(self._order) - 1

    def _move(self, row: int, step: int, button: Any = None) -> None:
        other = row + step
        if not 0 <= other < len(self._order):
            return
        self._order[row], self._order[other] = self._order[other], self._order[row]
        self._show()
        self._status.value = _status("")
        there = (self._ups if step < 0 else self._downs)[other]
        with suppress(AttributeError):  # ipywidgets 7 has no way to ask for it
            (there if not there.disabled else (self._downs if step < 0 else self._ups)[other]).focus()

    def _tick(self, row: int, change: Any) -> None:
        if self._marked[self._order[row]] != change["new"]:  # not where a move brings it here
            self._marked[self._order[row]] = change["new"]
            self._status.value = _status("")

    def _judge(self, button: Any = None) -> None:
        marked = [number for number, mark in enumerate(self._marked) if mark]
        self._status.value = _status(verdict(self._lines, self._right, self._order, marked))


def _status(words: str) -> str:
    return live_html(RESTARTED, f'<div role="status">{html.escape(words)}</div>')
