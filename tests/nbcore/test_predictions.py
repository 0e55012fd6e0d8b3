"""A question before an experiment: what is kept of the guess, and what the answer says of it."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import IPython.display
import numpy as np
import pytest

from nbcore import widgets
from nbcore.probe import session
from nbcore.widgets import predictions
from nbcore.widgets.predictions import FILE, MIME, Prediction

QUESTION = "Every example twice: dW ..."
CHOICES = ["doubles", "stays", "halves"]
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the notebook, and a kernel that remembers nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predictions, "_chosen", {})
    return tmp_path


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The outputs of a notebook, as they are now."""
    given: list[dict[str, Any]] = []

    class Handle:
        def __init__(self, place: int) -> None:
            self.display_id, self.place = f"{place}", place

        def update(self, data: dict[str, Any], raw: bool) -> None:
            given[self.place] = data

    def display(data: dict[str, Any], raw: bool, display_id: Any = None) -> Handle:
        given.append(data)
        return Handle(len(given) - 1)

    monkeypatch.setattr(IPython.display, "display", display)
    return given


def control(asked: Prediction) -> Any:
    """The radio buttons, or the field for a number, and the line that is spoken."""
    return predictions._buttons(asked).children[:2]


def said(outputs: list[dict[str, Any]]) -> str:
    return outputs[-1]["text/plain"]


def choose(asked: Prediction, value: Any) -> None:
    control(asked)[0].value = value


def test_the_notebook_keeps_question_and_guess_as_text_and_as_data(outputs: list[dict[str, Any]]) -> None:
    asked = widgets.predict(QUESTION, CHOICES)
    asked._ipython_display_()
    kept, buttons = outputs
    assert kept[MIME] == {"question": QUESTION, "choices": CHOICES, "guess": None}
    assert buttons[VIEW]["model_id"]
    choose(asked, "stays")
    kept, _ = outputs
    assert kept[MIME] == {"question": QUESTION, "choices": CHOICES, "guess": "stays"}
    assert "Your guess: stays" in kept["text/plain"]
    assert "Your guess: stays" in kept["text/html"].partition("</style>")[2]
    assert json.loads(json.dumps(kept)) == kept


def test_the_guess_is_spoken_and_the_buttons_have_the_name_of_the_question() -> None:
    buttons, text = control(widgets.predict('Is "dW" <twice> as large?', CHOICES))
    assert buttons.index is None
    buttons.value = "halves"
    assert 'role="status" data-question="Is &quot;dW&quot; &lt;twice&gt; as large?"' in text.value
    assert "Your guess: halves." in text.value


@pytest.mark.parametrize(
    ("guess", "verdict"),
    [
        ("stays", "Your guess: stays, right."),
        ("doubles", "Your guess: doubles, wrong."),
        (None, "You have not guessed."),
    ],
)
def test_the_answer_says_what_is_right_what_was_guessed_and_why(
    outputs: list[dict[str, Any]], guess: str | None, verdict: str
) -> None:
    asked = widgets.predict(QUESTION, CHOICES, guess=guess)
    asked.answer("stays", because="the mean <halves> each term")
    assert said(outputs).startswith("Answer: stays.\n")
    assert verdict in said(outputs)
    assert said(outputs).endswith("Why: the mean <halves> each term.")
    assert "the mean &lt;halves&gt; each term" in outputs[-1]["text/html"]
    assert verdict in outputs[-1]["text/html"]
    assert ("<details><summary>" in outputs[-1]["text/html"]) is (
        guess is None
    )  # who has not guessed sees no answer yet


@pytest.mark.parametrize(
    ("guess", "right", "verdict"),
    [
        (5.0, 11.6, "too small by a factor of 2.3"),
        (1160, np.float64(11.6), "too large by a factor of 100"),
        (12, np.array(11.6), "right to a tenth of it"),
        (-4.0, np.array([-2.0]), "too large by a factor of 2"),
        (3.0, 0.0, "too large by 3"),
        (-1.0, 2.5, "too small by 3.5"),
        (0.0, 0, "exactly right"),
        (1.0, np.nan, "there is no number to compare it with"),
        (1.0, np.inf, "there is no number to compare it with"),
    ],
)
def test_a_guessed_number_is_compared_with_the_measured_one(
    outputs: list[dict[str, Any]], guess: float, right: Any, verdict: str
) -> None:
    with warnings.catch_warnings(action="error"):
        widgets.predict("How often?", unit="times", guess=guess).answer(right)
    assert said(outputs).startswith("Measured: ")
    assert said(outputs).endswith(verdict + ".")


def test_numbers_are_shown_short_and_with_their_unit(outputs: list[dict[str, Any]]) -> None:
    widgets.predict("What share?", unit="%", guess=20).answer(12.3456)
    assert said(outputs) == "Measured: 12.3 %.\nYour guess: 20 %, too large by a factor of 1.6."
    widgets.predict("How many?", guess=1).answer(12345)
    assert said(outputs).startswith("Measured: 12345.\n")


@pytest.mark.parametrize(("typed", "guess"), [("2,5", 2.5), ("0,125", 0.125), (" 1e-3", 1e-3), ("20 %", 20.0)])
def test_a_number_is_typed_as_people_write_it(typed: str, guess: float) -> None:
    asked = widgets.predict("How large?", unit="%")
    choose(asked, typed)
    assert asked.guess == guess


@pytest.mark.parametrize("typed", ["many", "nan", "inf", "", "1,000", "1,000 %", "12,345,678"])
def test_what_is_no_number_is_said_and_changes_no_guess(typed: str) -> None:
    asked = widgets.predict("How large?", guess=3)
    field, text = control(asked)
    field.value = typed
    assert asked.guess == 3
    assert "That is no number." in text.value


def test_an_answer_or_a_guess_that_is_no_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="'grows' is not among the choices: doubles, stays, halves"):
        widgets.predict(QUESTION, CHOICES).answer("grows")
    with pytest.raises(ValueError, match="not among the choices"):
        widgets.predict(QUESTION, CHOICES, guess="stay")
    with pytest.raises(ValueError, match="one number"):
        widgets.predict(QUESTION).answer([1.0, 2.0])


@pytest.mark.parametrize("choices", ["ab", ["one"], ["a", "b", "c", "d", "e"], ["a", "a"], []])
def test_choices_are_two_to_four_different_texts(choices: Any) -> None:
    with pytest.raises(ValueError, match="two to four"):
        widgets.predict(QUESTION, choices)


def test_the_cell_run_again_keeps_the_guess_and_so_does_another_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(widgets.predict(QUESTION, CHOICES), "halves")
    choose(widgets.predict("How often?"), "7")
    assert control(widgets.predict(QUESTION, CHOICES))[0].value == "halves"
    monkeypatch.setattr(predictions, "_chosen", {})
    assert widgets.predict(QUESTION, CHOICES).guess == "halves"
    assert control(widgets.predict("How often?"))[0].value == "7"
    assert widgets.predict("Another question", CHOICES).guess is None
    assert widgets.predict(QUESTION, ["other", "choices"]).guess is None
    assert widgets.predict(QUESTION, CHOICES, guess="stays").guess == "stays"


def test_without_a_file_to_write_the_kernel_remembers(folder: Path) -> None:
    FILE.mkdir()
    choose(widgets.predict(QUESTION, CHOICES), "halves")
    assert widgets.predict(QUESTION, CHOICES).guess == "halves"


@pytest.mark.parametrize("content", ["", "[1]", json.dumps({QUESTION: ["stays"]}), "[" * 100_000, "\x00"])
def test_a_file_that_is_none_of_ours_does_no_harm(content: str) -> None:
    FILE.write_text(content)
    assert widgets.predict(QUESTION, CHOICES).guess is None
    choose(widgets.predict(QUESTION, CHOICES), "stays")
    assert json.loads(FILE.read_text())[QUESTION] == "stays"


def test_nothing_is_written_until_something_is_chosen(folder: Path, outputs: list[dict[str, Any]]) -> None:
    asked = widgets.predict(QUESTION, CHOICES, guess="stays")
    asked._ipython_display_()
    asked.answer("stays")
    assert list(folder.iterdir()) == []


def test_without_ipywidgets_the_question_says_how_to_guess(
    outputs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    widgets.predict(QUESTION, CHOICES)._ipython_display_()
    (kept,) = outputs
    assert "guess='doubles'" in kept["text/html"].replace("&#x27;", "'")
    assert "doubles / stays / halves" in kept["text/plain"]


def test_where_styles_are_taken_away_choices_and_guess_are_shown(outputs: list[dict[str, Any]]) -> None:
    widgets.predict(QUESTION, CHOICES, guess="stays")._ipython_display_()
    left = outputs[0]["text/html"].partition("</style>")[2]
    assert "hidden" not in left
    assert "none" not in left


def test_while_a_function_behind_it_fails_its_test_there_is_no_answer(
    outputs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(z: float) -> float:
        return z / 2

    def third(z: float) -> float:
        return z / 3

    monkeypatch.setattr(session, "_failures", {})
    asked = widgets.predict(QUESTION, CHOICES, guess="stays")
    session.failed("its test", [half], "half: the value is 2.0")
    asked.answer("halves", of={"half": (half, third)})
    assert capsys.readouterr().out == f"{QUESTION}\nNo answer yet, because your half fails its test.\n"
    asked.answer(None, of=[half])  # what a wrong function gives may be no answer at all
    session.failed("another", [third], "third: the value is 2.0")
    asked.answer("halves", of=[half, third])
    assert capsys.readouterr().out.endswith("\nNo answer yet, because your half and third fail their tests.\n")
    assert outputs == []
    session.passed("its test")
    asked.answer("halves", of=half)
    assert said(outputs) == "Answer: halves.\nYour guess: stays, wrong."
