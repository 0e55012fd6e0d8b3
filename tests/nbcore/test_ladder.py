"""The ladder of hints: a rung opens after a changed attempt, and the saved notebook says how far a student went."""

import atexit
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.course.code import defined_in
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from nbcore import check, given, hints
from nbcore.check import HINT_MIME, CheckFailed, _hint, _ladder, _notebook
from nbcore.hints import Hint, MarkedCell, Table
from nbcore.probe import session
from nbcore.probe.cells import cell_digest, is_test_cell, may_be_graded

STUB = "def half(z):\n    raise NotImplementedError('not written yet')"
VALUE = "check.value('by hand', half, 2.0, expected=1.0)"
PURITY = "import numpy as np\ncheck.purity(half, np.array([2.0]))"
TABLE = Table(
    "01_test",
    [],
    [],
    tests=[
        MarkedCell("test-my-half-value", 2, cell_digest(VALUE)),
        MarkedCell("test-my-half-purity", 1, cell_digest(PURITY)),
    ],
    rungs={"my-half": ["Where?", "Divide.", "$4/2$ is 2.", "```text\n1  return z ** 2\n```"]},
)
OFFER = 'check.hint("my-half") gives the next hint.'
Run = Callable[[str], Any]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a cell of a fresh notebook, and gives its result as a kernel does."""
    restart(monkeypatch)
    monkeypatch.setattr(session, "_failures", {})
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    python = InteractiveShell(colors="nocolor")
    _notebook._Watch(python)
    python.run_cell("from nbcore import check", store_history=True)
    with hints.use([TABLE]):
        yield lambda source: python.run_cell(source, store_history=True)
    atexit.unregister(python.atexit_operations)


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets what a kernel knows."""
    monkeypatch.setattr(_notebook, "ran", {})
    monkeypatch.setattr(_ladder, "climbs", {})
    monkeypatch.setattr(_hint, "climbs", _ladder.climbs)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was shown, and what the notebook keeps of it."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)  # another test may have left it
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(_hint, "_show", lambda text, kept=None: found.append((text, (kept or {}).get(HINT_MIME, {}))))
    return found


def halves(way: str) -> str:
    return f"def half(z):\n    return {way}"


def test_a_rung_opens_when_the_function_gives_something_else(shell: Run, shown: list) -> None:
    def asked() -> tuple[int, bool]:
        check.hint("my_half")
        text, kept = shown[-1]
        return kept["rung"], _hint.AGAIN in text

    shell(halves("z"))
    shell(VALUE)
    assert asked() == (1, False)
    assert asked() == (1, True)
    shell(VALUE)
    assert asked() == (1, True), "the same test of the same function"
    shell(halves("z + 0.0  # another text"))
    shell(VALUE)
    assert asked() == (1, True), "another text of the same function"
    shell(halves("2 * z"))
    assert asked() == (1, True), "the test was not run again"
    shell(VALUE)
    assert asked() == (2, False)
    shell(PURITY)
    assert asked() == (2, True), "a test that was not run before"
    shell(halves("z / 3"))
    shell(VALUE)
    assert asked() == (3, False)
    shell("def half(z):\n    z[...] = 0")
    shell(PURITY)
    assert asked() == (4, False)
    check.hint("my-half")
    assert _hint.LAST in shown[-1][0]
    assert [text.split("\n\n")[1] for text, kept in shown if kept["rung"] == 3] == ["$4/2$ is 2."]


def test_a_first_attempt_after_a_hint_is_a_changed_one_and_a_stub_is_none(shell: Run, shown: list) -> None:
    for source, rung in ((STUB, 1), (STUB, 1), (halves("z"), 2), (STUB, 2)):
        shell(source)
        shell(VALUE)
        check.hint("my-half")
        assert shown[-1][1]["rung"] == rung
    del shown[:]


def test_a_line_that_moves_is_no_other_behaviour(shell: Run) -> None:
    outcomes = []
    for lines in ("", "    # a comment\n", "    z = z\n    z = z[0]\n"):
        shell(f"def half(z):\n{lines}    return z.none")
        shell(VALUE)
        outcomes.append(_notebook.ran[cell_digest(VALUE)].outcome)
    assert outcomes[0] == outcomes[1] != outcomes[2]


def test_an_exercise_that_passes_needs_no_hint(shell: Run, shown: list) -> None:
    shell(halves("z / 2"))
    shell(VALUE)
    check.hint("my-half")
    assert shown[-1][1]["rung"] == 1, "one of its tests was not run"
    shell(PURITY)
    check.hint("my-half")
    assert shown[-1] == (_hint.PASS.format("my-half"), shown[0][1])


def test_a_mistake_that_was_recognised_comes_first(shell: Run, shown: list, monkeypatch: pytest.MonkeyPatch) -> None:
    def advise(failure: CheckFailed, *_: Any) -> None:
        failure.advise([Hint("my-half", "doubles", "Twice?"), Hint("other", "doubles", "Not yours.")])

    monkeypatch.setattr("nbcore.check._attempt._add_hints", advise)
    shell(halves("2 * z"))
    shell(VALUE)
    check.hint("my-half")
    assert shown[-1][0] == "**Hint 1 of 4, my-half.**\n\nTwice?\n\nWhere?"
    shell(halves("3 * z"))
    shell(VALUE)
    check.hint("my-half")
    assert shown[-1][0] == "**Hint 2 of 4, my-half.**\n\nDivide."


def test_a_failed_check_ends_with_one_line_on_hints(
    shell: Run, shown: list, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(source: str) -> str:
        capsys.readouterr()
        shell(source)
        return capsys.readouterr().out.rstrip()

    shell(halves("z"))
    failure = said(VALUE)
    assert failure.endswith(OFFER)
    assert failure.count("check.hint") == 1
    assert OFFER not in said(VALUE.replace("2.0", "3.0")), "no test cell of an exercise"
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert "check.hint" not in said(VALUE)
    monkeypatch.delenv("NBGRADER_EXECUTION")
    _ladder.climbs["my-half"] = _ladder.Climb(4)
    assert "check.hint" not in said(VALUE), "there is no next hint"
    shell(STUB)
    assert "check.hint" not in said(VALUE)


def test_a_restarted_kernel_goes_on_where_the_saved_notebook_was(
    shell: Run, shown: list, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for way in ("z", "2 * z"):
        shell(halves(way))
        shell(VALUE)
        check.hint("my-half")
    outputs = [{"output_type": "display_data", "data": {HINT_MIME: kept}} for _, kept in shown]
    file = tmp_path / "mine.ipynb"
    file.write_text(json.dumps({"cells": [{}, {"outputs": [{"output_type": "stream"}, *outputs]}]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    for way, rung in (("2 * z", 2), ("3 * z", 3)):
        restart(monkeypatch)
        shell(halves(way))
        shell(VALUE)
        check.hint("my-half")
        assert shown[-1][1]["rung"] == rung


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"cells": [{"outputs": 3}]}',
        json.dumps({"cells": [{"outputs": [{"data": {HINT_MIME: {"exercise": "my-half", "rung": 9, "first": {}}}}]}]}),
        json.dumps({"cells": [{"outputs": [{"data": {HINT_MIME: {"exercise": "other", "rung": 2, "first": {}}}}]}]}),
    ],
)
def test_a_notebook_that_says_nothing_begins_at_the_first_rung(
    shell: Run, shown: list, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "mine.ipynb").write_text(text)
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "mine.ipynb"))
    check.hint("my-half")
    assert shown[-1][1]["rung"] == 1


def test_a_name_that_is_not_known_gets_those_that_are(shell: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def said() -> str:
        capsys.readouterr()
        check.hint("quarter")
        return capsys.readouterr().out

    with hints.use([TABLE, Table("02_other", [], [], rungs={"third": ["Where?"]})]):
        first = "Run a test cell first: then the exercises of this notebook are named here.\n"
        assert said() == f"There are no hints for 'quarter'. {first}"
        check.hint()
        assert capsys.readouterr().out == first
        shell(VALUE)
        assert said() == "There are no hints for 'quarter'; there are some for my-half.\n"
    with hints.use([]):
        assert said() == "This release has no hints.\n"
        check.hint()
        assert capsys.readouterr().out == "This release has no hints.\n"


def test_every_function_of_the_course_leads_to_the_hints_of_its_exercise() -> None:
    course = Course(Path(__file__).parents[2])
    for assignment in course.assignments():
        source = source_notebook(course, assignment)
        (table,) = [table for table in hints.tables() if table.notebook == assignment]
        written = {
            name: cell.metadata.nbgrader.grade_id
            for cell in source.cells
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade_id") in table.rungs
            for name in defined_in(cell.source)
        }
        assert table.taught == written
        assert set(written.values()) == set(table.rungs)


def test_an_exercise_is_named_by_its_function_too(shown: list) -> None:
    def prime_of_half(z: float) -> float:
        return 0.5

    names = {"sigmoid_prime": "sigmoid", given.sigmoid_prime: "sigmoid", "clip_by_global_norm": "clip", "SGD": "sgd"}
    for asked, exercise in names.items():
        check.hint(asked)
        assert shown[-1][1]["exercise"] == exercise
    with hints.use([TABLE]):
        check.hint(prime_of_half)
        check.hint()
    assert [text for text, _ in shown[-2:]] == [
        "There are no hints for 'prime_of_half'; there are some for my-half.",
        'Name an exercise, as in check.hint("softmax"). There are hints for my-half.',
    ]


def test_a_grader_shows_no_hint(
    shell: Run, shown: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check.hint("my-half")
    assert shown == []


def test_a_cell_that_asks_for_a_hint_is_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    source = f'{halves("z")}\ncheck.hint("my-half")\n'
    monkeypatch.setattr("linecache.getlines", lambda _: source.splitlines(keepends=True))
    assert not is_test_cell("ipykernel_1")
    assert not may_be_graded(source)
