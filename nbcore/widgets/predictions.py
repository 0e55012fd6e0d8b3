"""A question before an experiment, and its answer after it. It costs no marks.

    guess = widgets.predict("Every example twice: dW ...", ["doubles", "stays", "halves"])
    guess  # shows the question with its choices; without choices it asks for a number
    guess.answer("stays", because="...", of=linear_backward)  # in a later cell

The question and the guess are an output of their own, which the saved notebook keeps. The buttons below it are a
widget; where there is none, `predict(..., guess="stays")` says the same. A guess is also kept in a file beside the
notebook, so that it outlives the kernel; the grader puts what it finds in the outputs there too.
"""

import html
import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np

from nbcore.probe.page import FULL, LOST, NOTICE, REACHED, live_html, wiring
from nbcore.probe.session import failing, listed

Guess = str | float

MIME = "application/vnd.nbcore.prediction+json"
"""Of the output that holds the question, its choices and the guess: what a program reads."""

FILE = Path(".predictions.json")
"""Beside the notebook: by question, what was guessed."""

CLOSE = 1.1
"""A guess within this factor of the measured number is right."""

WIDEST = 96
"""Characters of a printed line that a notebook shows without a scroll bar."""

NO_GUESS = "No guess yet. Guess above, run that cell, then run this one again."
RESTARTED = "The kernel has been restarted. To choose again, run this cell."
STYLE = f"""<style>
.jp-OutputArea:has(.nbcore-buttons) .nbcore-guess {{ display: none }}
.jp-OutputArea:has(.nbcore-guess) {LOST} {{ display: none }}
</style>"""
"""The choices and the guess are hidden beside the buttons, which show both. Where JupyterLab and Notebook 7 write an
error in place of the buttons, they are shown and the error is not; so they are where a page takes styles away.
"""

_chosen: dict[str, Guess] = {}  # by question, in this kernel: where no file can be written it has to do


def predict(
    question: str, choices: Sequence[str] | None = None, *, unit: str = "", guess: Guess | None = None
) -> "Prediction":
    """A question to show as the last line of a cell: what will the experiment give?

    Args:
        choices: two to four of them; without any, the answer is a number.
        unit: of the number, as in "%".
        guess: the guess, where there are no buttons to choose it. ValueError if it cannot be one.
    """
    texts = () if choices is None else tuple(choices)
    if choices is not None and (isinstance(choices, str) or not 2 <= len(set(texts)) == len(texts) <= 4):
        raise ValueError(f"choices must be two to four different texts, got {choices!r}")
    asked = Prediction(question, texts, unit)
    if guess is not None:
        asked.guess = asked._finite(guess)
    else:
        with suppress(ValueError):  # the question has other choices now, or the file is not ours
            found = {**_read(), **_chosen}.get(question)
            asked.guess = None if found is None else asked._finite(found)
    return asked


@dataclass
class Prediction:
    """A question with what was guessed, None before that. Without choices the guess is a number."""

    question: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    guess: Guess | None = None
    _kept: Any = field(default=None, init=False, repr=False)  # the handle of the output that the notebook keeps

    def answer(self, right: Any, because: str = "", *, of: Any = ()) -> None:
        """Show what is right, what was guessed, and why; folded, where nothing was guessed. ValueError if it is not
        among the choices, or no number.

        of: the student's functions that the answer was measured with, alone or in a list or dict. While one of them
        fails its test there is no answer.
        """
        from IPython.display import display

        if red := list(failing(of)):
            fail = "fails its test" if len(red) == 1 else "fail their tests"
            print(shorten(self.question, WIDEST, placeholder=" ..."))
            print(f"No answer yet, because your {listed(red)} {fail}.")
            return
        right = self._clean(right)
        verdict, colours = self._verdict(right)
        lines = [f"{'Answer' if self.choices else 'Measured'}: {self._text(right)}.", verdict]
        lines += [f"Why: {because.strip().rstrip('.')}."] if because else []
        looks = [' style="font-weight: 600"', colours, ""]
        rows = "".join(f"<div{look}>{html.escape(line)}</div>" for look, line in zip(looks, lines, strict=False))
        page = f'<div style="line-height: 1.5; margin: .5em 0">{rows}</div>'
        if self.guess is None:
            page = f"<div>{NO_GUESS}</div><details><summary>Show the answer without a guess</summary>{page}</details>"
        display({"text/html": page, "text/plain": "\n".join(lines)}, raw=True)

    def _verdict(self, right: Guess) -> tuple[str, str]:
        """What is to be said of the guess, and its colours."""
        if self.guess is None:
            return "You have not guessed.", ""
        if isinstance(right, str) or isinstance(self.guess, str):
            is_right = self.guess == right
            words = "right" if is_right else "wrong"
        else:
            is_right, words = _compared(self.guess, right)
        return f"Your guess: {self._text(self.guess)}, {words}.", REACHED if is_right else NOTICE

    def _clean(self, value: Any) -> Guess:
        """The value as a choice, or as a number. ValueError if it is neither."""
        if self.choices:
            if isinstance(value, str) and value in self.choices:
                return str(value)
            raise ValueError(f"{value!r} is not among the choices: {', '.join(self.choices)}")
        try:
            return float(np.asarray(value, dtype=np.float64).item())
        except (TypeError, ValueError):
            raise ValueError(f"one number is needed here, got {value!r}") from None

    def _finite(self, value: Any) -> Guess:
        """The value as a guess, which is no infinity."""
        guess = self._clean(value)
        if not isinstance(guess, str) and not math.isfinite(guess):
            raise ValueError(f"a finite number is needed here, got {value!r}")
        return guess

    def _choose(self, value: Any) -> None:
        """The student's choice: kept in the notebook, in this kernel and beside the notebook."""
        self.guess = _chosen[self.question] = self._finite(value)
        with suppress(OSError):  # a folder that cannot be written to: the kernel remembers
            new = FILE.with_name(f"{FILE.name}.new")  # so that a crash leaves no half of the file
            new.write_text(json.dumps({**_read(), **_chosen}, indent=1), encoding="utf-8")
            new.replace(FILE)
        if self._kept is not None:
            self._kept.update(self._repr_mimebundle_(), raw=True)

    def _text(self, value: Guess) -> str:
        if isinstance(value, str):
            return value
        digits = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
        return f"{digits} {self.unit}".strip()

    @property
    def _said(self) -> str:
        return "Your guess: " + ("none yet" if self.guess is None else self._text(self.guess))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The output that the notebook keeps: question and guess, for people and for programs."""
        offered = " / ".join(self.choices) or "a number" + (f", in {self.unit}" if self.unit else "")
        example = self.choices[0] if self.choices else 1.5
        how = f" Where there are no buttons, write it into the call: guess={example!r}." if self.guess is None else ""
        rows = "".join(f"<div>{html.escape(line)}</div>" for line in (offered, f"{self._said}.{how}"))
        asked = f'<div style="font-weight: 600">{html.escape(self.question)}</div>'
        return {
            "text/html": f'{STYLE}{asked}<div class="nbcore-guess">{rows}</div>',
            "text/plain": f"{self.question}\n{offered}\n{self._said}",
            MIME: {"question": self.question, "choices": list(self.choices), "guess": self.guess},
        }

    def _ipython_display_(self) -> None:
        from IPython.display import display

        name = True if self._kept is None else self._kept.display_id  # shown again, it is one output in two places
        self._kept = display(self._repr_mimebundle_(), raw=True, display_id=name)
        with suppress(ImportError):
            view = {"version_major": 2, "version_minor": 0, "model_id": _buttons(self).model_id}
            display({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}, raw=True)


def _compared(guess: float, right: float) -> tuple[bool, str]:
    """Whether a number is close to the measured one, and by how much it differs."""
    if not math.isfinite(right):
        return False, "and there is no number to compare it with"
    if guess == right:
        return True, "exactly right"
    if guess * right <= 0:
        return False, f"too {'large' if guess > right else 'small'} by {abs(guess - right):.3g}"
    factor = max(guess / right, right / guess)
    if factor < CLOSE:
        return True, "right to a tenth of it"
    size = "large" if abs(guess) > abs(right) else "small"
    return (
        False,
        f"too {size} by a factor of {factor:.0f}" if factor >= 10 else f"too {size} by a factor of {factor:.2g}",
    )


def _read() -> dict[str, Guess]:
    """What was guessed before, by question; nothing if the file is missing or none of ours."""
    try:
        found = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _buttons(asked: Prediction) -> Any:
    """The ipywidgets box in which the student chooses. ImportError without ipywidgets."""
    import ipywidgets

    control: Any
    if asked.choices:
        index = None if asked.guess is None else asked.choices.index(str(asked.guess))
        layout = ipywidgets.Layout(width="auto", max_width=FULL)
        control = ipywidgets.RadioButtons(options=asked.choices, index=index, layout=layout)
    else:
        value = "" if asked.guess is None else f"{asked.guess:g}"
        unit = asked.unit and f"in {asked.unit}"
        hint = "a number, then Enter"
        control = ipywidgets.Text(value, description=unit, placeholder=hint, continuous_update=False)
    text = ipywidgets.HTML(_status(asked, f"{asked._said}."), layout=ipywidgets.Layout(width=FULL))

    def chosen(change: Any) -> None:
        try:
            asked._choose(change["new"] if asked.choices else _number(change["new"]))
            text.value = _status(asked, f"{asked._said}.")
        except ValueError:
            text.value = _status(asked, "That is no number. Write one like 1000 or 0.25.")

    control.observe(chosen, names="value")
    box = ipywidgets.VBox([control, text, wiring()])
    box.add_class("nbcore-buttons")
    return box


def _number(text: str) -> float:
    """What was typed, with a point or a comma before the decimals. ValueError for 1,000, which may mean either."""
    text = text.strip().rstrip("%").strip()
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def _status(asked: Prediction, words: str) -> str:
    question = html.escape(asked.question)
    return live_html(RESTARTED, f'<div role="status" data-question="{question}">{html.escape(words)}</div>')
