"""The lines of the last hint, to be put in order: what is said of an order, and what the buttons do."""

import base64
import itertools
import sys
from typing import Any

import pytest

from nbcore.check import _puzzle
from nbcore.check._puzzle import _Rows, lines_of, show_puzzle, verdict
from nbcore.hints import Ladder, ladders
from nbcore.hints.orders import orders

LINES = ["    y = 2 * x", "y = 7", "return y", "def f(x):"]
RIGHT = [3, 0, 2]
ORDER = base64.b64encode(b"4 1 3").decode()
RUNG = "Some words.\n\n```text\n" + "\n".join(f"{n}  {line}" for n, line in enumerate(LINES, 1)) + "\n```"
LADDER = Ladder(("Where?", RUNG), (), ORDER)
DONE = "All 3 lines are in their place, and the wrong one is found."


@pytest.mark.parametrize(
    ("order", "marked", "said"),
    [
        ([0, 1, 2, 3], [], "0 of 3 lines are in their place. No line is marked as wrong yet."),
        ([1, 0, 3, 2], [1], "1 of 3 lines is in its place. The wrong line is found."),
        ([1, 3, 0, 2], [], "3 of 3 lines are in their place. No line is marked as wrong yet."),
        ([3, 0, 2, 1], [2], "3 of 3 lines are in their place. The line that is marked as wrong is a right one."),
        ([3, 0, 2, 1], [1, 2], "3 of 3 lines are in their place. 2 lines are marked as wrong, and only one is."),
        ([3, 0, 2, 1], [1], DONE),
        ([3, 1, 0, 2], [1], DONE),
    ],
)
def test_what_is_said_of_an_order(order: list[int], marked: list[int], said: str) -> None:
    assert verdict(LINES, RIGHT, order, marked) == said


def test_lines_with_one_text_stand_for_each_other() -> None:
    lines = ["a += 1", "b += 2", "a += 1", "c += 3"]
    for order in ([0, 1, 2, 3], [2, 1, 0, 3], [3, 2, 1, 0]):
        assert verdict(lines, [0, 1, 2], order, [3]).startswith("All 3 lines")
    twins = ["a += 1", "b += 2", "a += 1"]  # one of them is the wrong one
    assert verdict(twins, [0, 1], [0, 1, 2], [2]).startswith("All 2 lines")
    assert verdict(twins, [0, 1], [0, 1, 2], [0]).startswith(
        "0 of 2 lines are in their place. The wrong line is found."
    )
    assert verdict(twins, [0, 1], [0, 2, 1], [0]).startswith("All 2 lines")


def test_nothing_said_before_the_end_tells_the_order() -> None:
    for order in itertools.permutations(range(4)):
        for marked in ([], [0], [1], [0, 1]):
            said = verdict(LINES, RIGHT, order, marked)
            assert not any(line.strip() in said for line in LINES)
            assert (said == DONE) == ([n for n in order if n != 1] == RIGHT and marked == [1])


DW, DB = "dW = dZ.T @ A", "db = dZ.sum(axis=0)"


def test_every_order_with_the_same_meaning_counts_as_right() -> None:
    lines, right = [DB, "return dA, dW, db", "dA = dZ @ W", DW, DW.replace(".T", "")], [2, 3, 0, 1]
    for first in itertools.permutations([0, 2, 3]):
        assert verdict(lines, right, [*first, 1, 4], [4]).startswith("All 4 lines are in their place")
        assert verdict(lines, right, [*first, 4, 1], []).startswith("4 of 4 lines")
        assert verdict(lines, right, [1, *first, 4], [4]).startswith(("0 of 4", "1 of 4", "2 of 4"))
    assert verdict(lines, right, [0, 2, 1, 3, 4], [4]).startswith("2 of 4 lines")


def test_orders_of_the_course_give_the_same_program() -> None:
    """The shipped programs with more than one order, by exercise. Each was looked at by a person."""
    found = {}
    for exercise, ladder in ladders().items():
        lines, right = lines_of(ladder.rungs[-1]), _puzzle._unpacked(ladder.order)
        found[exercise] = len(orders([lines[n] for n in right]))
    assert found["linear-backward"] == 6
    assert found["momentum"] == 4
    assert found["adam"] == 2
    assert found["one-hot"] == found["fit"] == found["clip"] == 1


def rows() -> Any:
    pytest.importorskip("ipywidgets")
    return _Rows(LINES, RIGHT)


def shown(puzzle: Any) -> list[str]:
    return [text.value.partition(">")[2].removesuffix("</code>") for text in puzzle._texts]


def test_buttons_move_a_line_with_its_tick_and_no_further_than_to_the_ends() -> None:
    puzzle = rows()
    puzzle._ticks[1].value = True
    puzzle._ups[1].click()
    assert shown(puzzle) == [LINES[n] for n in (1, 0, 2, 3)]
    assert [tick.value for tick in puzzle._ticks] == [True, False, False, False]
    assert puzzle._ups[0].disabled
    puzzle._ups[0].click()
    for row in (0, 1, 2, 3):
        puzzle._downs[row].click()
    assert shown(puzzle) == [LINES[n] for n in (0, 2, 3, 1)]
    assert [tick.value for tick in puzzle._ticks] == [False, False, False, True]
    assert puzzle._downs[3].disabled
    assert puzzle._ups[2].tooltip == "Move up line 3: def f(x):"


def test_check_says_how_far_it_is_and_a_change_takes_that_away() -> None:
    puzzle = rows()
    puzzle._judge()
    assert "0 of 3 lines are in their place." in puzzle._status.value
    puzzle._ticks[1].value = True
    assert "lines" not in puzzle._status.value
    for row in (3, 2, 1):
        puzzle._ups[row].click()
    puzzle._judge()
    assert DONE in puzzle._status.value
    puzzle._downs[0].click()
    assert DONE not in puzzle._status.value


def test_a_line_is_shown_as_it_is_written() -> None:
    pytest.importorskip("ipywidgets")
    puzzle = _Rows(["a < b", "    c & d", "<script>alert(1)</script>"], [1, 0])
    assert shown(puzzle) == ["a &lt; b", "    c &amp; d", "&lt;script&gt;alert(1)&lt;/script&gt;"]


class _Shell:
    kernel = object()


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a kernel shows."""
    found: list[dict[str, Any]] = []
    python = sys.modules.setdefault("IPython", pytest.importorskip("IPython"))
    monkeypatch.setattr(python, "get_ipython", _Shell)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: found.append(data))
    return found


def test_a_kernel_shows_a_widget_and_a_terminal_none(outputs: list[dict[str, Any]], monkeypatch) -> None:
    pytest.importorskip("ipywidgets")
    show_puzzle(LADDER)
    assert [sorted(data)[0] for data in outputs] == ["text/html", "application/vnd.jupyter.widget-view+json"]
    outputs.clear()
    monkeypatch.setattr(_Shell, "kernel", None)
    show_puzzle(LADDER)
    assert outputs == []


def test_without_ipywidgets_the_text_has_to_do(outputs: list[dict[str, Any]], monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    show_puzzle(LADDER)
    assert outputs == []


@pytest.mark.parametrize(
    ("rung", "order"),
    [
        (RUNG, ""),
        (RUNG, "no base64"),
        (RUNG, base64.b64encode(b"4 1 x").decode()),
        (RUNG, base64.b64encode(b"4 1 9").decode()),
        (RUNG, base64.b64encode(b"4 1 1").decode()),
        (RUNG, base64.b64encode(b"4 1").decode()),
        ("Some words.", ORDER),
        ("```text\n```", ORDER),
    ],
)
def test_an_order_that_does_not_fit_the_lines_shows_no_widget(
    rung: str, order: str, outputs: list[dict[str, Any]]
) -> None:
    show_puzzle(Ladder((rung,), (), order))
    assert outputs == []


def test_every_last_hint_of_the_course_can_be_solved() -> None:
    known = ladders()
    assert len(known) > 40
    for exercise, ladder in known.items():
        lines, right = lines_of(ladder.rungs[-1]), _puzzle._unpacked(ladder.order)
        (wrong,) = {*range(len(lines))} - {*right}
        assert verdict(lines, right, [*right, wrong], [wrong]).startswith("All "), exercise
        assert not verdict(lines, right, list(range(len(lines))), [wrong]).startswith("All "), exercise
