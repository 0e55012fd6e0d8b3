"""The table of wrong answers: what stands in it, what does not, and that the build keeps it up to date."""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.audit.audit import audit
from autograder.course.paths import Course
from autograder.mistakes.hint_table import hint_table, same_table, table_bytes
from autograder.mistakes.record import recorded, stub
from autograder.release.build import build
from nbcore.hints import Table
from nbcore.probe.outcome import digest

OURS = Course.find(Path(__file__).parent)


def table_of(course: Course) -> Table:
    name = "01_small"
    return hint_table(recorded(course, name))


def numbers_of(table: Table, function: str, kind: str, args: list) -> dict[tuple[int, ...], list[float]]:
    (entry,) = [e for e in table.entries if (e.kind, e.function, e.digest) == (kind, function, digest(args, {}))]
    return {
        numbers: [x for leaf in outcome.leaves or () for x in leaf.numbers]
        for outcome, all_of in entry.wrong["alone"]
        for numbers in all_of
    }


def test_it_holds_what_each_mistake_gives_where_that_is_wrong(banked: Course) -> None:
    table = table_of(banked)
    assert [hint.mistake for hint in table.mistakes] == ["squares", "adds two", "halves twice", "writes into x"]
    on_double = numbers_of(table, "double", "value", [np.array([1.0, -2.0, 3.0])])
    assert on_double == {(0,): [1, 4, 9], (1,): [3, 0, 5]}
    on_half = numbers_of(table, "half", "value", [np.array([1.0, 4.0])])
    assert {numbers: on_half[numbers] for numbers in [(0,), (1,), (2,)]} == {
        (0,): [0.25, 4.0],
        (1,): [0.75, 1.5],
        (2,): [0.25, 1.0],
    }


def test_a_pair_is_stored_where_it_gives_something_of_its_own(banked: Course) -> None:
    on_half = numbers_of(table_of(banked), "half", "value", [np.array([1.0, 4.0])])
    assert on_half[(0, 2)] == [0.125, 2.0]  # squares, then an eighth
    assert on_half[(1, 2)] == [0.375, 0.75]
    assert (0, 1) not in on_half  # both are in one function


def test_no_right_answer_and_no_code_stands_in_it(banked: Course) -> None:
    text = table_bytes(table_of(banked)).decode()
    right = {"[2,-4,6]", "[2.0,-4.0,6.0]", "[0.5,2]", "[0.5,2.0]"}
    assert not any(numbers in text for numbers in right)
    assert "def " not in text
    assert "np." not in text


def test_arguments_that_come_from_a_solution_are_not_stored(banked: Course, in_source) -> None:
    in_source("check.value(half, np.array([1.0, 4.0])", "check.value(half, double(np.array([0.5, 2.0]))")
    table = table_of(banked)
    (entry,) = [entry for entry in table.entries if entry.function == "half"]
    assert entry.digest == digest([np.array([1.0, 4.0])], {})
    assert entry.digest not in table.calls


def test_every_line_of_a_test_cell_is_recorded_after_one_that_fails(banked: Course, in_source) -> None:
    in_source("check.value(half,", "assert float(double(1.0)) == 2.0\ncheck.value(half,")
    assert (0,) in numbers_of(table_of(banked), "half", "value", [np.array([1.0, 4.0])])


def test_a_mistake_that_never_ends_is_left_out_and_spoils_no_other(banked: Course, add_variant, monkeypatch) -> None:
    monkeypatch.setattr("autograder.processes.SECONDS", 0.5)
    add_variant("mistake", "loops", "def half(x):\n    while True:\n        pass", 'breaks=["value"]\n# End.')
    stored = {m for e in table_of(banked).entries for rows in e.wrong.values() for _, all_of in rows for m in all_of}
    assert {(0,), (1,), (2,), (3,)} <= stored
    assert (4,) not in stored


def test_the_same_bank_gives_the_same_bytes(banked: Course) -> None:
    one, other = table_bytes(table_of(banked)), table_bytes(table_of(banked))
    assert one == other
    assert table_bytes(Table.from_data(json.loads(one))) == one


@pytest.mark.parametrize(
    "draw", ["np.random.default_rng().normal(size=3)", "np.random.normal(size=3)", "time.perf_counter()"]
)
def test_a_visible_check_that_draws_afresh_is_named_and_stops_the_build(banked: Course, in_source, draw: str) -> None:
    in_source("check.purity(double, np.array([1.0, 2.0]))", f"import time\ncheck.purity(double, np.atleast_1d({draw}))")
    report = build(banked, "01_small", prove=False, progress=lambda _: None)
    said = "a visible check makes another call in each run: give it numbers, or a generator with a seed"
    (problem,) = report.problems
    assert problem.endswith(f", cell test-double-purity: {said}")
    assert not banked.hints("01_small").exists()
    result = audit(banked, "01_small", with_mutants=False, with_examiner=False)
    assert said in [finding.problem for finding in result.findings]


def test_a_visible_check_with_a_seed_is_as_good_as_numbers(banked: Course, in_source) -> None:
    in_source(
        "check.purity(double, np.array([1.0, 2.0]))", "check.purity(double, np.random.default_rng(3).normal(size=3))"
    )
    assert build(banked, "01_small", prove=False, progress=lambda _: None).problems == []
    assert build(banked, "01_small", prove=False, progress=lambda _: None).written == []


@pytest.mark.parametrize(
    "drawn",
    [
        "np.random.normal()",
        # In the call that is asked for, the same in the first two runs.
        "(np.random.randint(8) >= 4 if np.size(x) == 3 else np.random.normal())",
    ],
)
def test_what_a_mistake_draws_itself_does_not_stand_in_the_table(banked: Course, add_variant, drawn: str) -> None:
    code = f"def double(x):\n    return 2 * np.asarray(x, dtype=float) + {drawn}"
    add_variant("mistake", "adds noise", code, 'breaks=["value"]\n# Noise?')
    table = table_of(banked)
    assert (4,) not in numbers_of(table, "double", "value", [np.array([1.0, -2.0, 3.0])])
    assert table_bytes(table) == table_bytes(table_of(banked))


def test_an_argument_that_is_emptied_stands_in_the_table(banked: Course, in_source, add_variant) -> None:
    in_source("check.purity(double, np.array([1.0, 2.0]))", "check.purity(double, [1.0, 2.0])")
    code = "def double(x):\n    out = 2 * np.array(x, dtype=float)\n    if isinstance(x, list):\n        x.clear()\n    return out"
    add_variant("mistake", "takes all", code, 'breaks=["purity"]\n# Whose list?')
    (entry,) = [e for e in table_of(banked).entries if (e.kind, e.digest) == ("purity", digest([[1.0, 2.0]], {}))]
    assert [all_of for outcome, all_of in entry.wrong["alone"] if outcome.changed] == [[(4,)]]


def test_files_are_the_same_up_to_the_last_digits() -> None:
    assert same_table(b'{"a":[1.0,"x"]}', b'{"a":[1.00000000001,"x"]}')
    assert not same_table(b'{"a":[1.0,"x"]}', b'{"a":[1.0001,"x"]}')
    assert not same_table(b'{"a":[1.0,"x"]}', b'{"a":[1.0,"y"]}')
    assert not same_table(b'{"a":[1.0]}', b'{"a":[1.0,2.0]}')
    assert not same_table(b"{", b"{}")


def test_a_stub_keeps_the_names_and_nothing_else() -> None:
    code = stub("K = 3\n\n\nclass A:\n    def f(self, x):\n        return x\n\n\ndef g(y=K):\n    return y * 7\n")
    assert code.count("raise NotImplementedError") == 2
    assert "7" not in code


@pytest.mark.slow
def test_the_build_writes_the_table_and_check_notices_an_old_one(banked: Course) -> None:
    report = build(banked, "01_small", prove=False, progress=lambda _: None)
    assert report.problems == []
    assert banked.hints("01_small") in report.written
    assert build(banked, "01_small", prove=False, progress=lambda _: None).written == []
    assert build(banked, "01_small", prove=False, check=True, progress=lambda _: None).ok
    bank = banked.mistakes("01_small")
    bank.write_text(bank.read_text().replace("** 2", "** 3"))
    (problem,) = build(banked, "01_small", prove=False, check=True, progress=lambda _: None).problems
    assert "01_small.json is not what" in problem
    bank.write_text(bank.read_text().replace('exercise="double"', 'exercise="treble"', 1))
    (problem,) = build(banked, "01_small", prove=False, progress=lambda _: None).problems
    assert "no such exercise" in problem


# ---------------------------------------------------------------- small cases

EXAMPLES = """
# %% exercise="double"
def examples():
    yield "value", "half(np.array([8.0]))"
    for x in (2.0, 3.0, 0.0):
        yield "value", f"double(np.array([{x}]))"
    yield "value", "double(np.arange(3.0)[1:])"
    yield "value", "double(half(np.array([3.0])))"
    yield "value", "double(np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))"
    yield "value", "double(float(callable(check.value)))"
    yield "purity", "x = np.array([2.0])\\ndouble(x)\\nx"
"""
LARGE = "check.value(double, np.arange(20.0), expected=2 * np.arange(20.0))"


def small_cases(course: Course) -> dict[str, list[str]]:
    course.examples("01_small").parent.mkdir(exist_ok=True)
    course.examples("01_small").write_text(EXAMPLES)
    examples = table_of(course).examples
    return {names: [one.code for one in rows] for names, rows in examples.items()}


def test_an_exercise_without_large_visible_calls_has_no_small_cases(banked: Course, in_source) -> None:
    in_source("check.value(double, np.array([[5.0], [2.0]]), expected=np.array([[10.0], [4.0]]))", LARGE)
    assert small_cases(banked) == {}, "that call is a hidden one"


def test_small_cases_show_the_mistakes_that_fail_on_a_large_input_first(banked: Course, in_source) -> None:
    in_source("check.value(double, np.array([1.0, -2.0, 3.0]), expected=np.array([2.0, -4.0, 6.0]))", LARGE)
    found = small_cases(banked)
    assert found == {
        "double": [
            "double(np.array([2.0]))",
            "double(np.array([3.0]))",
            "double(np.array([0.0]))",
            "double(np.arange(3.0)[1:])",
            "x = np.array([2.0])\ndouble(x)\nx",
        ],
        "half": ["half(np.array([8.0]))"],
        "double half": ["double(half(np.array([3.0])))"],
    }, "not the one with thirteen numbers, and not the one that names `check`"
    table = table_of(banked)
    assert Table.from_data(json.loads(table_bytes(table))).examples == {
        names: [replace(one, aspect="", exact=one.text, words=()) for one in rows]
        for names, rows in table.examples.items()
    }


def test_the_best_small_cases_are_taken_where_there_are_many(banked: Course, in_source, monkeypatch) -> None:
    in_source("check.value(double, np.array([1.0, -2.0, 3.0]), expected=np.array([2.0, -4.0, 6.0]))", LARGE)
    monkeypatch.setattr("autograder.mistakes.hint_table.MAX_EXAMPLES", 2)
    both = {"half": ["half(np.array([8.0]))"], "double": ["x = np.array([2.0])\ndouble(x)\nx"]}
    assert small_cases(banked) == both, "the one shows three mistakes, the other the fourth"


def test_no_small_case_tells_of_an_aspect_that_hidden_tests_alone_look_at(banked: Course, in_source) -> None:
    in_source("check.value(double, np.array([1.0, -2.0, 3.0]), expected=np.array([2.0, -4.0, 6.0]))", LARGE)
    in_source("check.purity(double, np.array([1.0, 2.0]))\n", "double(1.0)\n")
    assert not any(code.endswith("x") for codes in small_cases(banked).values() for code in codes)


@pytest.mark.fresh
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other way to multiply is one of x86-64")
@pytest.mark.parametrize("name", OURS.assignments())
def test_the_table_is_the_same_where_a_machine_multiplies_in_another_way(tmp_path: Path, name: str) -> None:
    """OpenBLAS takes another kernel on each kind of processor, and rounds in another way. What grows from a rounding
    error, a training that diverges for one, is in no table: authors would be told that it is not up to date."""
    for folder in ("solutions", "notebooks", "nbcore/hints"):
        shutil.copytree(OURS.root / folder, tmp_path / folder)
    shutil.copy(OURS.config, tmp_path)
    shutil.copy(OURS.given, tmp_path / "nbcore")
    without_fma = {**os.environ, "OPENBLAS_CORETYPE": "Sandybridge"}
    command = [shutil.which("autograder") or "autograder", "build", "--check", "--no-proof", name]
    done = subprocess.run(command, cwd=tmp_path, env=without_fma, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
