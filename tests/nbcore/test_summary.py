"""What `check.summary()` says at the end of a notebook, and cells that wait for an exercise without an error."""

import atexit
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbcore import check, hints
from nbcore.check import _notebook
from nbcore.hints import MarkedCell, Table
from nbcore.probe import session
from nbcore.probe.cells import cell_digest

STUB = "def half(z):\n    raise NotImplementedError('not written yet')"
HALF = "def half(z):\n    return z / 2"
VALUE = "check.value(half, 2.0, expected=1.0)"
PURITY = "check.purity(half, 2.0)"
CELLS = [
    MarkedCell("test-half-value", 2, cell_digest(VALUE)),
    MarkedCell("test-half-purity", 1, cell_digest(PURITY)),
    MarkedCell("test-square-value", 2.5, cell_digest("check.value(square, 2.0, expected=4.0)")),
    MarkedCell("explain-half", 3, ""),
]
HIDDEN = "Grading adds hidden tests, which try the same functions on other inputs: they decide the mark."
Run = Callable[[str], Any]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a cell of a fresh notebook, and gives its result as a kernel does."""
    monkeypatch.setattr(_notebook, "ran", {})
    monkeypatch.setattr(session, "_failures", {})
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    python = InteractiveShell(colors="nocolor")
    _notebook._Watch(python)
    python.run_cell("from nbcore import check\nfrom nbcore.experiments._student import experiment", store_history=True)
    with hints.use([Table("00_other", [], []), Table("01_test", [], [], tests=CELLS)]):
        yield lambda source: python.run_cell(source, store_history=True)
    atexit.unregister(python.atexit_operations)


def said() -> list[str]:
    return str(check.summary()).splitlines()


def test_points_are_those_of_the_visible_tests_that_have_passed(shell: Run) -> None:
    shell(HALF)
    shell(VALUE)
    assert said() == [
        "2 of 5.5 points by the visible tests. 2 test cells have not been run yet, or been changed.",
        "Next: half (purity), square (value).",
        "Marked by a person: 3 points.",
        HIDDEN,
    ]


def test_the_last_run_of_a_test_counts(shell: Run) -> None:
    for source in (STUB, VALUE, PURITY, HALF, VALUE, "def half(z):\n    z[0] = 1", PURITY):
        shell(source)
    assert said()[:2] == [
        "2 of 5.5 points by the visible tests. 1 test cell has not been run yet, or been changed.",
        "Next: half (purity), square (value).",
    ]


def test_a_test_that_was_changed_counts_as_not_run_and_white_space_is_no_change(shell: Run) -> None:
    shell(HALF)
    shell("check.value(half, 2.0,\n            expected=1.0)")
    shell(PURITY.replace("2.0", "0.0"))
    assert said()[0].startswith("2 of 5.5 points by the visible tests. 2 test cells have not")


def test_a_cell_whose_points_go_in_steps_counts_as_many_as_it_was_worth(
    shell: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = "check.value(half, 2.0, expected=1.0)\ncheck.credit(WORTH, 'worth it')"
    cells = [MarkedCell("test-half-value", 6, cell_digest(steps)), MarkedCell("test-half-purity", 1, "other")]
    with hints.use([Table("01_test", [], [], tests=cells)]):
        shell(HALF)
        for worth, points, to_do in ((0, 0, "half (value), half (purity)"), (4, 4, "half (value), half (purity)")):
            shell(f"WORTH = {worth}")
            shell(steps)
            assert said()[0].startswith(f"{points} of 7 points by the visible tests.")
            assert said()[1] == f"Next: {to_do}."
        shell("WORTH = 6")
        shell(steps)
        assert said()[0].startswith("6 of 7 points")
        assert said()[1] == "Next: half (purity)."
        shell("half = None")
        shell(steps)
        assert said()[0].startswith("0 of 7 points")
    assert "worth it" in capsys.readouterr().out


def test_cells_to_go_on_with_are_links_where_jupyter_shows_them(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shell(VALUE)
    summary = check.summary()
    assert summary is not None
    assert "href" not in summary._repr_html_()
    assert "Next: half (value), half (purity), square (value)." in summary._repr_html_()
    monkeypatch.setenv("JPY_SESSION_NAME", "first.ipynb")
    summary = check.summary()
    assert summary is not None
    assert '<div>Next: <a href="#cell-id=test-half-value">half (value)</a>, ' in summary._repr_html_()


def test_a_notebook_without_a_table_gets_the_number_of_tests_that_pass(shell: Run) -> None:
    assert said() == ["No test cell has been run in this kernel yet."]
    shell(HALF)
    shell("assert half(2) == 1")
    shell("assert half(2) == 2")
    shell("check.summary()")
    assert said() == ["1 of the 2 test cells that were run in this kernel pass.", "Those that fail: [4]."]


def test_a_grader_gets_no_summary_and_sees_every_error(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    shell(STUB)
    assert not shell("half(2)").success
    assert check.summary() is None


# ------------------------------------------------------------- cells that wait

CURVE = "@experiment\ndef curve(f):\n    return f(2.0)"


def test_an_experiment_that_waits_for_an_exercise_ends_in_one_line_and_no_error(
    shell: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    shell(STUB)
    shell(CURVE)
    assert shell("drawn = curve(half)").success
    assert capsys.readouterr().out == "This cell calls half, which is not written yet: write it first.\n"
    assert shell("print(half(2.0))").success
    assert capsys.readouterr().out == "This cell calls half, which is not written yet: write it first.\n"
    assert shell("print(drawn)").success
    assert capsys.readouterr().out == "This cell needs `drawn` from a cell above, which has stopped.\n"
    shell(HALF)
    assert shell("drawn = curve(half)").success
    assert shell("print(drawn)").success
    assert capsys.readouterr().out == "1.0\n"


def test_an_experiment_with_a_function_that_fails_says_where_it_has_stopped(
    shell: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    shell("def half(z):\n    return [] / z")
    shell(CURVE)
    assert shell("curve(half)").success
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("The experiment curve has stopped: TypeError: unsupported operand")
    assert len(more) <= 4


@pytest.mark.parametrize(
    "source",
    [
        VALUE,
        "assert half(2.0) == 1.0",
        "if True:\n    assert half(2.0) == 1.0",
        "with check.part('halves'):\n    half(2.0)",
        "drawn = curve(half)\ncheck.purity(half, drawn)",
        "1 / 0",
        "print(never_made)",
        "raise NotImplementedError('not by a function')",
        "raise KeyboardInterrupt",
    ],
)
def test_what_tests_and_what_is_no_stub_fails_as_ever(shell: Run, source: str) -> None:
    shell(STUB)
    shell(CURVE)
    assert not shell(source).success
