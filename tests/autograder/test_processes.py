"""Forked children give what the function gives, in order; what is stopped or ends by itself costs nobody else a result."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder import processes
from autograder.course.plan import Plan
from autograder.processes import fork_map, run_cell, warm_up


@dataclass(frozen=True)
class Row:
    number: int
    value: float
    process: int


def squares(number: int) -> Iterator[Row]:
    """A row for each number up to this one; three of them have troubles of their own."""
    for n in range(number):
        yield Row(n, float("nan") if n == 2 else float(n * n), os.getpid())
    if number == 5:
        while True:
            pass
    if number == 6:
        os._exit(1)
    if number == 7:
        raise ValueError("seven")


def test_what_versions_import_is_there_before_a_clock_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    plan = Plan((("imports", "setup", "import math"), ("f", "solution", "def f():\n    pass")))
    warm_up(plan, ["import no_such_module", "import slow_to_import\nraise ValueError"])
    assert "slow_to_import" in sys.modules
    monkeypatch.delitem(sys.modules, "slow_to_import")


def values(rows: list[Row]) -> list[int]:
    return [row.number for row in rows]


@pytest.mark.parametrize("batch", [1, 3, 20])
def test_rows_come_in_the_order_of_the_items(batch: int) -> None:
    found = list(fork_map(squares, [4, 0, 1, 3, 2], Row, batch, jobs=2))
    assert [values(rows) for rows in found] == [[0, 1, 2, 3], [], [0], [0, 1, 2], [0, 1]]
    assert found[0][2].value != found[0][2].value  # a NaN arrives as one
    assert found[0][3] == Row(3, 9.0, found[0][3].process)
    children = {row.process for rows in found for row in rows}
    assert os.getpid() not in children
    assert len(children) == {1: 4, 3: 2, 20: 1}[batch]


@pytest.mark.parametrize("batch", [1, 3, 20])
@pytest.mark.parametrize("trouble", [5, 6, 7])
def test_what_was_given_before_a_stop_counts_and_the_others_are_whole(
    trouble: int, batch: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "SECONDS", 0.5)
    found = list(fork_map(squares, [2, trouble, 1, 3], Row, batch, jobs=2))
    assert [values(rows) for rows in found] == [[0, 1], list(range(trouble)), [0], [0, 1, 2]]
    assert ("seven" in capfd.readouterr().err) == (trouble == 7)


def test_children_end_with_whoever_asked() -> None:
    stream = fork_map(squares, [1, 5, 5, 5], Row, jobs=4)
    assert values(next(stream)) == [0]
    stream.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_a_cell_may_end_in_anything() -> None:
    space: dict = {}
    assert run_cell("one", "x = 3\nprint(x)", space) == (None, ())
    assert space["x"] == 3
    assert run_cell("two", "import sys\nsys.exit(1)", space)[0] == "SystemExit: SystemExit: 1"
    error, hints = run_cell("three", "error = ValueError('no')\nerror.hints = ()\nraise error", space)
    assert (error, hints) == ("ValueError: ValueError: no", ())
    assert (run_cell("four", "def (", space)[0] or "").startswith("SyntaxError: ")
