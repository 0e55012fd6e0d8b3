"""The audit finds every way in which tests, bank and hints can be wrong, and nothing where they are right."""

from collections.abc import Callable
from dataclasses import replace

import pytest

import nbcore.hints._table
from autograder.audit import audit as report
from autograder.audit import hints as hint_audit
from autograder.audit.audit import audit
from autograder.audit.result import Audit
from autograder.audit.show import show_audit, show_result
from autograder.audit.trials import Trial, graded_results, run_graded, run_here, run_solution
from autograder.course.paths import Course
from autograder.course.plan import Plan
from autograder.mistakes.recognise import RecognisedMistake
from autograder.release.build import build

Change = Callable[[str, str], None]
Add = Callable[..., None]


def problems(result: Audit) -> list[str]:
    return [f"{finding.what} {finding.problem}" for finding in result.findings]


def found(course: Course, *, with_mutants: bool = False) -> list[str]:
    return problems(audit(course, "01_small", with_mutants=with_mutants, with_examiner=False))


def test_nothing_is_found_where_all_is_well(banked: Course) -> None:
    result = audit(banked, "01_small")
    assert problems(result) == []
    (row,) = result.exercises.values()
    assert (row.mistakes, row.mistakes_right, row.accepted, row.accepted_right) == (4, 4, 1, 1)
    assert row.mutants == row.mutants_caught > 5
    assert (row.hinted, row.hinted_right, row.accepted_misled, row.mutants_misled) == (4, 4, 0, 0)
    assert result.share_of_right_hints == result.share_of_mutants_caught == 1.0
    assert result.share_of_misled_mutants == 0.0


# ---------------------------------------------------------------- tests that are too weak or too strict


def test_a_test_cell_weakened_on_purpose_is_found(banked: Course, in_source: Change) -> None:
    # at 2 the double, the square and two more are all 4
    in_source("check.value(double, np.array([1.0, -2.0, 3.0]), expected=np.array([2.0, -4.0, 6.0]))", "double(2.0)")
    in_source(
        "check.value(half, np.array([1.0, 4.0]), expected=np.array([0.5, 2.0]))",
        "check.value(double, 2.0, expected=4.0)",
    )
    in_source("np.array([[0.5], [7.0], [-3.0]]), expected=np.array([[1.0], [14.0], [-6.0]])", "2.0, expected=4.0")
    in_source("check.value(double, [1, 2], expected=np.array([2.0, 4.0]))", "check.value(double, 2, expected=4.0)")
    said = found(banked, with_mutants=True)
    assert "mistake 'squares' keeps the points of test-double-value" in said
    assert "mistake 'adds two' keeps the points of test-double-value" in said
    assert "mistake 'halves twice' keeps the points of test-double-value" in said
    assert any(problem.startswith("mutant") and "passes all tests" in problem for problem in said)


def test_a_removed_test_is_found(banked: Course, in_source: Change) -> None:
    in_source("check.purity(double, np.array([1.0, 2.0]))", "double(1.0)")
    in_source("    check.purity(double, np.array([[5.0], [2.0]]))", "    double(1.0)")
    assert found(banked) == ["mistake 'writes into x' keeps the points of test-double-purity"]


def test_an_accepted_variant_that_loses_points_is_found(banked: Course, add_variant: Add) -> None:
    add_variant("accepted", "as a list", "def double(x):\n    return [2.0 * v for v in np.ravel(x)]")
    problems = [problem.split(": ")[0] for problem in found(banked)]
    assert problems == [
        f"accepted variant 'as a list' loses the points of test-double-{aspect}" for aspect in ("purity", "value")
    ]


def test_a_mistake_that_loses_more_than_its_aspect_is_found(banked: Course, add_variant: Add) -> None:
    code = "def double(x):\n    x = np.asarray(x, dtype=float)\n    x *= 3\n    return x"
    add_variant("mistake", "triples in place", code, 'breaks=["purity"]\n# Twice.')
    (problem,) = found(banked)
    assert problem.startswith("mistake 'triples in place' loses the points of test-double-value")


def test_a_mistake_in_values_may_lose_what_counts_beside_right_values(banked: Course, add_variant: Add) -> None:
    code = "def double(x):\n    x = np.asarray(x, dtype=float)\n    x *= 3\n    return x"
    add_variant("mistake", "triples in place", code, 'breaks=["value"]\n# Twice.')
    assert found(banked) == []


def test_a_version_that_does_nothing_and_earns_a_point_is_found(banked: Course, in_source: Change) -> None:
    in_source("check.value(double, np.array([[5.0], [2.0]]), expected=np.array([[10.0], [4.0]]))\n", "")
    assert found(banked) == [
        f"a version that {what} keeps the points of test-double-purity"
        for what in ("returns 0.0", "returns None", "returns its argument")
    ]


def test_a_version_that_refuses_every_call_and_earns_a_point_is_found(banked: Course, in_source: Change) -> None:
    refused = 'check.raises(ValueError, double, np.ones((2, 0)), mentions=["(2, 0)"])\n'
    in_source(
        "    return 2 * np.asarray",
        "    if 0 in np.shape(x):\n        raise ValueError(np.shape(x))\n    return 2 * np.asarray",
    )
    in_source("check.purity(double, np.array([1.0, 2.0]))\n", refused)
    in_source("    check.purity(double, np.array([[5.0], [2.0]]))\n", f"    {refused}")
    in_source("check.value(double, np.array([[5.0], [2.0]]), expected=np.array([[10.0], [4.0]]))\n", "")
    assert "a version that refuses every call keeps the points of test-double-purity" in found(banked)


def test_mistakes_that_no_visible_line_catches_are_named(banked: Course, add_variant: Add) -> None:
    code = "def double(x):\n    x = np.asarray(x, dtype=float)\n    return np.where(x == 7, 0.0, 2 * x)"
    add_variant("mistake", "seven", code, 'breaks=["value"]\n# Any number.')
    row = audit(banked, "01_small", with_examiner=False, with_mutants=False).exercises["double"]
    assert (row.mistakes, row.hidden_alone) == (5, ["seven"])


def test_a_test_that_some_draws_do_not_pass_is_found(banked: Course, in_source: Change) -> None:
    some = "    assert not 0.26 < check.rng(4).random() < 0.29"  # the seeds 4 and 5
    in_source("    check.value(double, [1, 2], expected=np.array([2.0, 4.0]))", some)
    (problem,) = found(banked)
    assert problem.startswith("the solution does not pass: with seed ")
    in_source(some, f"{some} or 'float64' in double.__code__.co_names")  # as in the solution alone
    (problem,) = found(banked)
    assert problem.startswith("accepted variant 'by a sum' loses the points of test-double-value: with seed")


def test_a_solution_that_fails_its_own_tests_is_found(banked: Course, in_source: Change) -> None:
    in_source("    return double(x) / 4", "    return double(x) / 4.5")
    assert any(problem.startswith("the solution does not pass: ") for problem in found(banked))


def test_of_a_solution_that_fails_nothing_else_is_said(banked: Course, in_source: Change, capsys) -> None:
    in_source("    check.purity(double, np.array([[5.0], [2.0]]))", "    assert doble(3) == double(3)")
    said = "the solution does not pass: CheckFailed: double leaves its argument alone\nNameError: name 'doble' is not defined"
    assert found(banked) == [said]
    assert show_audit(banked, "01_small", with_mutants=False, with_examiner=False) == 1
    printed = capsys.readouterr().out
    assert f"\ncell test-double-purity: {said}" in f"\n{printed}"
    assert "so nothing else was run" in printed
    assert "graded right" not in printed
    (problem,) = build(banked, "01_small", with_solved=False, progress=lambda _: None).problems[-1:]
    assert f", cell test-double-purity: {said}" in problem


@pytest.mark.slow
def test_where_the_solved_notebook_fails_the_build_says_no_more(banked: Course, in_source: Change) -> None:
    in_source("    check.purity(double, np.array([[5.0], [2.0]]))", "    assert doble(3) == double(3)")
    (problem,) = build(banked, "01_small", progress=lambda _: None).problems
    assert "cell test-double-purity: the solved notebook fails here with CheckFailed: double leaves" in problem


def test_an_endless_loop_is_stopped_and_counts_as_caught_and_its_run_is_not_kept(
    banked: Course, add_variant: Add, monkeypatch
) -> None:
    monkeypatch.setattr("autograder.processes.SECONDS", 0.5)
    code = "def half(x):\n    while True:\n        pass"
    add_variant("mistake", "never ends", code, 'breaks=["value", "purity"]\n# When does it stop?')
    assert found(banked) == []
    assert not banked.results("01_small").exists()


# ---------------------------------------------------------------- the bank


def test_a_bank_that_is_too_small_is_found(banked: Course, monkeypatch) -> None:
    monkeypatch.setattr(report, "MIN_MISTAKES", 8)
    monkeypatch.setattr(report, "MIN_ACCEPTED", 4)
    assert found(banked) == ["the bank has 4 mistakes and 1 accepted variants; at least 8 and 4 are needed"]


def test_a_stale_equivalent_is_found_and_a_valid_one_is_left_out(banked: Course) -> None:
    path = banked.mistakes("01_small").with_suffix(".equivalent.toml")
    row = '[[mutant]]\nexercise = "double"\nwas = "{was}"\nnow = "{now}"\nreason = "the same"\n'
    was = "return 2 * np.asarray(x, dtype=np.float64)"
    path.write_text(row.format(was=was, now=was.replace("2", "3")) + row.format(was="return x", now="return -x"))
    result = audit(banked, "01_small", with_examiner=False)
    assert problems(result) == ["equivalent mutant no such mutant any more: return x -> return -x"]
    assert result.exercises["double"].equivalent == 1


# ---------------------------------------------------------------- hints


def test_a_hint_of_another_mistake_is_found(banked: Course, monkeypatch) -> None:
    right = report.hint_table

    def swapped(recorded):
        table = right(recorded)
        table.mistakes[0], table.mistakes[1] = table.mistakes[1], table.mistakes[0]
        return table

    monkeypatch.setattr(report, "hint_table", swapped)
    result = audit(banked, "01_small", with_mutants=False, with_examiner=False)
    assert "mistake 'squares' is told the hint of another: Twice, not two more." in problems(result)
    assert "mistake 'squares' does not get its hint" in problems(result)
    assert result.share_of_right_hints == 0.5


def test_too_few_hints_are_found(banked: Course, monkeypatch) -> None:
    right = report.hint_table

    def empty_entries(recorded):
        table = right(recorded)
        table.calls.clear()
        for entry in table.entries:
            entry.digest = "unknown"
        return table

    monkeypatch.setattr(report, "hint_table", empty_entries)
    assert "mistake 'squares' does not get its hint" in found(banked)


def test_an_accepted_variant_that_is_told_a_hint_is_found(banked: Course, add_variant: Add) -> None:
    add_variant("accepted", "a power", "def double(x):\n    return np.asarray(x, dtype=float) ** 2")
    assert "accepted variant 'a power' is told a hint: Twice, not to the power of two." in found(banked)


def test_a_mutant_that_is_told_of_a_mistake_which_it_does_not_make_is_found(banked: Course, monkeypatch) -> None:
    # A table that says of a mistake what a mutant gives: 3*x is told that it squares.
    right = report.hint_table

    def wrong_table(recorded):
        table = right(recorded)
        for entry in table.entries:
            for rows in entry.wrong.values():
                rows[:] = [(outcome, [(0,)]) for outcome, _ in rows]
        return table

    monkeypatch.setattr(report, "hint_table", wrong_table)
    monkeypatch.setattr(nbcore.hints._table, "same", lambda a, b: True)
    result = audit(banked, "01_small", with_examiner=False)
    assert result.share_of_misled_mutants > hint_audit.MISLED_MUTANTS
    assert any(
        problem.startswith("mutant") and "is told 'Twice, not to the power" in problem for problem in problems(result)
    )


def test_a_mutant_that_makes_a_mistake_may_be_told_so(banked: Course) -> None:
    # x + 2 is a mutant of 2 * x and a mistake of the bank
    result = audit(banked, "01_small", with_examiner=False)
    assert result.exercises["double"].mutants_misled == 0


# ---------------------------------------------------------------- what is printed


@pytest.mark.parametrize(("weaken", "status"), [(False, 0), (True, 1)])
def test_the_exit_status_says_whether_something_was_found(
    banked: Course, in_source: Change, capsys, weaken, status
) -> None:
    if weaken:
        in_source("check.purity(double", "print(double")
    assert show_audit(banked, "01_small", with_mutants=False, with_examiner=False) == status
    printed = capsys.readouterr().out
    assert "right hints" in printed
    assert "right hint for 100.0 % of the mistakes that visible tests tell apart" in printed
    assert ("nothing found" in printed) == (status == 0)


@pytest.mark.slow
def test_a_mark_that_the_examiner_gives_otherwise_is_found(banked: Course, add_variant: Add) -> None:
    code = "def half(x):\n    x = np.asarray(x, dtype=float)\n    return x if 'get_ipython' in globals() else x / 2"
    add_variant("accepted", "right outside of IPython only", code)
    assert found(banked) == []
    result = audit(banked, "01_small", with_mutants=False)
    assert any("in the examiner only" in text for text in problems(result))


# ---------------------------------------------------------------- what is kept from run to run


@pytest.fixture
def runs(monkeypatch) -> list[int]:
    """How many variants each run of them had."""
    seen = []
    run = report.run_here
    monkeypatch.setattr(report, "run_here", lambda *given: seen.append(len(given[1])) or run(*given))
    return seen


def variants_run(course: Course, runs: list[int], **options: bool) -> tuple[bool, list[str]]:
    """Whether the variants were run, and what was found."""
    runs.clear()
    result = audit(course, "01_small", with_mutants=False, with_examiner=False, **options)
    assert result.reused == (5 not in runs)
    return not result.reused, problems(result)


def test_variants_are_run_again_only_when_something_has_changed(banked: Course, in_source: Change, runs) -> None:
    assert variants_run(banked, runs) == (True, [])
    assert variants_run(banked, runs) == (False, [])
    assert variants_run(banked, runs, anew=True) == (True, [])
    in_source("    check.purity(double, np.array([[5.0], [2.0]]))", "    double(1.0)")
    in_source("check.purity(double, np.array([1.0, 2.0]))", "double(1.0)")
    weak = ["mistake 'writes into x' keeps the points of test-double-purity"]
    assert variants_run(banked, runs) == (True, weak)
    assert variants_run(banked, runs) == (False, weak)
    bank = banked.mistakes("01_small")
    bank.write_text(bank.read_text().replace("/ 8", "/ 9"))
    assert variants_run(banked, runs)[0]
    kept = banked.results("01_small")
    kept.write_text(kept.read_text()[:-20])
    assert variants_run(banked, runs)[0]


def test_another_version_of_the_program_runs_them_again(banked: Course, runs, monkeypatch) -> None:
    assert variants_run(banked, runs)[0]
    monkeypatch.setattr("autograder.course.fingerprint.of_the_program", lambda modules: "another")
    assert variants_run(banked, runs)[0]


@pytest.mark.slow
def test_the_audit_takes_over_what_the_build_has_run_and_the_build_runs_all(banked: Course, runs) -> None:
    build_report = build(banked, "01_small", progress=lambda _: None)
    assert build_report.problems == []
    assert 5 in runs
    assert variants_run(banked, runs) == (False, [])
    assert build(banked, "01_small", check=True, progress=lambda _: None).ok
    assert 5 in runs


# ---------------------------------------------------------------- recognition after grading


@pytest.mark.slow
def test_the_examiner_recognises_the_mistakes_and_accuses_no_accepted_variant(banked: Course, monkeypatch) -> None:
    result = audit(banked, "01_small", with_mutants=False)
    (row,) = result.exercises.values()
    assert (row.recognised, row.recognisable, result.share_recognised) == (4, 4, 1.0)
    graded = report.run_graded

    def all_squares(*arguments, **options):
        for trial, run in graded(*arguments, **options):
            run.mistakes = [RecognisedMistake("double", "squares", "")]
            yield trial, run

    monkeypatch.setattr(report, "run_graded", all_squares)
    result = audit(banked, "01_small", with_mutants=False)
    assert result.share_recognised == 0.25
    said = problems(result)
    assert "accepted variant 'by a sum' is taken for the mistake 'squares'" in said
    assert "mistake 'adds two' is recognised as squares" in said
    assert not any(problem.startswith("mistake 'squares'") for problem in said)


# ---------------------------------------------------------------- counter-examples after grading

EXAMPLES = """
# %% exercise="double"
def examples():
    for x in (1.0, 3.0):
        yield "value", f"double(np.array([{x}]))"
    for x in (1.0, 3.0):
        yield "value", f"half(np.array([{x}]))"
    yield "purity", "x = np.array([1.0, 2.0])\\ndouble(x)\\nx"
"""


def write_examples(course: Course, text: str) -> None:
    course.examples("01_small").parent.mkdir(exist_ok=True)
    course.examples("01_small").write_text(text)


@pytest.mark.slow
def test_each_lost_cell_must_have_a_counter_example(banked: Course, monkeypatch, capsys) -> None:
    write_examples(banked, EXAMPLES)
    result = audit(banked, "01_small", with_mutants=False)
    assert problems(result) == []
    (row,) = result.exercises.values()
    assert (row.exampled, row.lost, result.share_exampled) == (6, 6, 1.0)
    # one mistake is right in all of them
    write_examples(banked, EXAMPLES.replace("half", "double"))
    result = audit(banked, "01_small", with_mutants=False)
    assert problems(result) == ["mistake 'halves twice' has no counter-example for test-double-value"]
    show_result(result)
    said = "\nexercise double: without a counter-example: halves twice (test-double-value)\n"
    assert said in capsys.readouterr().out
    assert result.share_exampled == 5 / 6
    # the examiner says another thing than what a plain process gives
    write_examples(banked, EXAMPLES)
    graded = report.run_graded

    def another(*arguments, **options):
        for trial, run in graded(*arguments, **options):
            run.examples = [replace(example, yours="7.0") for example in run.examples]
            yield trial, run

    monkeypatch.setattr(report, "run_graded", another)
    said = problems(audit(banked, "01_small", with_mutants=False))
    assert len(said) == 6
    first = "mistake 'squares' gives array([1.]), and is shown 7.0 for test-double-value, in\ndouble(np.array([1.0]))"
    assert first in said


@pytest.mark.slow
def test_an_example_in_which_a_right_answer_differs_is_found(banked: Course) -> None:
    write_examples(banked, EXAMPLES + "    yield 'value', '\"float64\" in double.__code__.co_names'")
    said = problems(audit(banked, "01_small", with_mutants=False))
    assert [problem for problem in said if problem.startswith("accepted variant 'by a sum' gives ")], said


@pytest.mark.slow
def test_courses_without_examples_lack_nothing(banked: Course) -> None:
    result = audit(banked, "01_small", with_mutants=False)
    assert (result.share_exampled, problems(result)) == (1.0, [])


def test_tests_before_a_changed_exercise_run_only_where_later_ones_need_them() -> None:
    cells = (
        ("imports", "setup", "import numpy as np"),
        ("one", "solution", "def one(x): return x"),
        ("test-one-value", "test", "limit = 1e-9\nassert abs(one(3) - 3) < limit"),
        ("test-one-shape", "test", "array = np.zeros(3)\nassert one(array).shape == (3,)"),
        ("two", "solution", "def two(x): return 2 * one(x)"),
        ("test-two-value", "test", "array = np.ones(2)\nassert abs(two(array) - 2).max() < limit"),
        ("three", "solution", "def three(x): return 3 * x"),
        ("test-three-value", "test", "assert three(1) == 3"),
    )
    plan = Plan(cells)
    assert plan.tests_from("one") == {name for name, kind, _ in cells if kind == "test"}
    assert plan.tests_from("two") == {"test-one-value", "test-two-value", "test-three-value"}
    assert plan.tests_from("three") == {"test-three-value"}


def test_in_the_examiner_a_version_meets_the_tests_that_it_can_make_a_difference_to() -> None:
    cells = (
        ("one", "solution", "def one(x): return x"),
        ("test-one-value", "test", "assert one(3) == 3"),
        ("two", "solution", "def two(x): return 2 * one(x)"),
        ("test-two-value", "test", "limit = 9\nassert two(3) == 6"),
        ("three", "solution", "def three(x): return 3 * x"),
        ("test-three-value", "test", "assert three(1) < limit"),
        ("four", "solution", "FOUR = 4\ndef four(): return FOUR"),
        ("test-four-value", "test", "assert FOUR == 4"),
        ("five", "solution", "def five(): return 5"),
        ("test-five-value", "test", "raise ValueError('no')"),
        ("late", "setup", "nine = three(3)"),
        ("six", "solution", "def six(): return 6"),
        ("test-six-value", "test", "assert six() + three(0) < nine"),
    )
    results, reached = run_solution(Plan(cells))
    assert [(test.cell, test.error) for test in results if not test.passed] == [("test-five-value", "ValueError: no")]
    assert {exercise: sorted(tests) for exercise, tests in reached.items()} == {
        "one": ["test-one-value", "test-two-value"],
        "two": ["test-two-value"],
        "three": ["test-six-value", "test-three-value", "test-two-value"],
        "four": ["test-five-value", "test-four-value", "test-six-value"],
        "five": ["test-five-value"],
        "six": ["test-six-value"],
    }


def test_what_a_solution_that_never_ends_would_reach_is_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.processes.SECONDS", 0.5)
    cells = (
        ("one", "solution", "def one(): return 1"),
        ("test-one-value", "test", "while True: one()"),
        ("two", "solution", "def two(): return 2"),
        ("test-two-value", "test", "assert two() == 2"),
    )
    results, reached = run_solution(Plan(cells))
    assert [test.stopped for test in results] == [True, True]
    assert reached == {"one": {"test-one-value", "test-two-value"}, "two": {"test-two-value"}}


def test_what_tests_draw_is_the_same_in_both_ways() -> None:
    lines = "### BEGIN HIDDEN TESTS\nfrom nbcore import check\nassert check.rng(1).random() < 0.5\n### END HIDDEN TESTS"
    plan = Plan((("f", "solution", "a = 0"), ("test-f-value", "test", lines)))
    trials = [Trial(str(n), {"f": f"a = {n}"}, frozenset(plan.tests)) for n in range(10)]
    here = [[result.passed for result in said] for _, said in run_here(plan, trials)]
    there = [[result.passed for result in graded_results(record)] for _, record in run_graded(plan, trials)]
    assert here == there
    assert [True] in here
    assert [False] in here
