"""The audit of an assignment: do its tests catch every known mistake, and let every right answer pass?"""

import time
from collections.abc import Iterator

import nbcore.hints

from ..course.bank import Bank, Variant, read_bank, solution_cells, substitute
from ..course.contract import Contract, read_contract
from ..course.paths import Course
from ..course.percent import source_notebook
from ..mistakes.hint_table import UNSTEADY, Recorded, hint_table, record_bank
from ..mistakes.recording import prepared
from .examined import grade_trials, verdicts_of
from .hints import judge_mutants, judge_variants
from .kept import keep_verdicts, kept_verdicts
from .mutants import Equivalent, Mutant, mutants, read_equivalents
from .result import Audit, ExerciseAudit, Finding, Progress
from .trials import STOPPED, Plan, Trial, Verdict, run_trials


def audit(
    course: Course,
    name: str,
    *,
    with_mutants: bool = True,
    with_examiner: bool = True,
    anew: bool = False,
    recorded: Recorded | None = None,
    jobs: int | None = None,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Audits one assignment. Every finding stands in the result; nothing is raised for a test that is too weak.

    Without `with_examiner` all trials run in plain processes; with it the variants are graded as submissions as well.
    Tests that stand before a changed exercise are run once, with the solution: nothing that a version of a later cell
    does can reach them. Variants that were run before, with all that counts unchanged, are run again only with `anew`.
    recorded: what `record_bank` gives, where that is known already. jobs: processes at a time (one for each core).
    """
    started = time.perf_counter()
    source = source_notebook(course, name)
    contract, bank, plan = read_contract(course, name), read_bank(course, name), Plan.of(source)
    solutions = solution_cells(source)
    result = Audit(name, {exercise.name: ExerciseAudit(exercise.name) for exercise in contract.exercises})
    result.findings += list(_too_few(bank, contract))
    recorded = recorded or record_bank(source, contract, bank, progress)
    result.findings += [Finding(cell, "the visible tests", UNSTEADY.format(cell=cell)) for cell in recorded.unsteady]
    with nbcore.hints.use([hint_table(recorded)]):
        everything = frozenset(plan.tests)
        variants = [
            Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, plan.tests_from(v.exercise))
            for v in bank.variants
        ]
        known = None if anew else kept_verdicts(course, name, [trial.key for trial in variants])
        result.reused = known is not None
        if known is None:
            known = dict(_run_variants(plan, variants, jobs, progress))
            keep_verdicts(course, name, known)
        told = {}
        for variant in bank.variants:
            _judge_variant(result, contract, variant, known[variant.key])
            told[variant.key] = _told(contract, variant.exercise, known[variant.key])
        result.findings += list(_judge_solution(plan, everything))
        if with_examiner:
            _judge_examiner(result, course, plan, bank, variants, known, jobs, progress)
        judge_variants(result, recorded, told)

        if with_mutants:
            equivalents = read_equivalents(course.mistakes(name).with_suffix(".equivalent.toml"))
            made = [
                mutant for exercise in contract.exercises for mutant in mutants(exercise.name, solutions[exercise.name])
            ]
            told = _judge_mutants(result, contract, plan, made, equivalents, jobs, progress)
            judge_mutants(result, source, contract, recorded, [(m, told[m.key]) for m in made if told.get(m.key)])
    result.seconds = time.perf_counter() - started
    return result


def _run_variants(
    plan: Plan, trials: list[Trial], jobs: int | None, progress: Progress
) -> Iterator[tuple[str, list[Verdict]]]:
    for count, (trial, verdicts) in enumerate(run_trials(plan, trials, jobs), 1):
        progress("variants", count, len(trials))
        yield trial.key, verdicts


def _told(contract: Contract, exercise: str, verdicts: list[Verdict]) -> list[tuple[str, ...]]:
    """What the failed test cells of an exercise tell, where they tell a hint."""
    own = {contract.exercise(exercise).test_cell(aspect) for aspect in contract.exercise(exercise).points}
    return [verdict.hints for verdict in verdicts if verdict.cell in own and verdict.hints]


# Of the mistakes that cost points, the share that must be named rightly after grading.
RECOGNISED = 0.95
# Fewer than these say little about the tests of an exercise.
MIN_MISTAKES = 8
MIN_ACCEPTED = 4


def _too_few(bank: Bank, contract: Contract) -> Iterator[Finding]:
    for exercise in contract.exercises:
        mistakes = sum(variant.exercise == exercise.name for variant in bank.mistakes)
        accepted = sum(variant.exercise == exercise.name for variant in bank.accepted)
        if mistakes < MIN_MISTAKES or accepted < MIN_ACCEPTED:
            yield Finding(
                exercise.name,
                "the bank",
                f"{mistakes} mistakes and {accepted} accepted variants; "
                f"at least {MIN_MISTAKES} and {MIN_ACCEPTED} are needed",
            )


def _judge_solution(plan: Plan, tests: frozenset[str]) -> Iterator[Finding]:
    for _, verdicts in run_trials(plan, [Trial("the solution", {}, tests)]):
        for verdict in verdicts:
            if not verdict.passed:
                yield Finding(verdict.cell, "the solution", f"does not pass {verdict.cell}: {verdict.error}")


def _judge_examiner(
    result: Audit,
    course: Course,
    plan: Plan,
    bank: Bank,
    trials: list[Trial],
    known: dict[str, list[Verdict]],
    jobs: int | None,
    progress: Progress,
) -> None:
    """The examiner must give each version the marks that a kernel gives, and may go on where a trial was stopped.

    It must also recognise the mistakes, and accuse no accepted variant.
    """
    missed = []
    versions = [Trial("the solution", {}, frozenset(plan.tests)), *trials]
    graded = grade_trials(plan, versions, jobs, knowledge=prepared(course, bank.assignment))
    _, solved = next(graded)
    result.findings += [
        Finding(verdict.cell, "the solution", f"fails ({verdict.error}) {verdict.cell} in the examiner")
        for verdict in verdicts_of(solved)
        if not verdict.passed
    ]
    for count, (variant, (trial, run)) in enumerate(zip(bank.variants, graded, strict=True), 1):
        progress("in the examiner", count, len(trials))
        there, here = {verdict.cell: verdict.error for verdict in known[variant.key]}, verdicts_of(run)
        passed = {verdict.cell: verdict.error for verdict in here}
        what = f"{'accepted variant' if variant.accepted else 'mistake'} {variant.name!r}"
        for cell in sorted(trial.tests):
            error = passed.get(cell, "was not run")
            if (error is None) != (there[cell] is None) and not str(there[cell]).startswith(STOPPED):
                how = "passes" if error is None else f"fails ({error})"
                result.findings.append(Finding(variant.exercise, what, f"{how} {cell} in the examiner only"))
        named = [row["name"] for row in run.mistakes if row["exercise"] == variant.exercise]
        row = result.exercises[variant.exercise]
        if variant.accepted:
            result.findings += [Finding(variant.exercise, what, f"is taken for the mistake {name!r}") for name in named]
        elif variant.recognisable:
            row.recognisable += 1
            row.recognised += variant.name in named
            if variant.name not in named:
                missed.append(Finding(variant.exercise, what, f"is recognised as {' and '.join(named) or 'none'}"))
    if result.share_recognised < RECOGNISED:
        result.findings += missed


def _judge_variant(result: Audit, contract: Contract, variant: Variant, verdicts: list[Verdict]) -> None:
    row = result.exercises[variant.exercise]
    exercise = contract.exercise(variant.exercise)
    lost = {verdict.cell: verdict.error for verdict in verdicts if not verdict.passed}
    wanted = {exercise.test_cell(aspect) for aspect in variant.breaks}
    problems = [f"keeps the points of {cell}" for cell in sorted(wanted - lost.keys())]
    problems += [f"loses the points of {cell}: {lost[cell]}" for cell in sorted(lost.keys() - wanted)]
    kind = "accepted variant" if variant.accepted else "mistake"
    result.findings += [Finding(variant.exercise, f"{kind} {variant.name!r}", problem) for problem in problems]
    if variant.accepted:
        row.accepted += 1
        row.accepted_right += not problems
    else:
        row.mistakes += 1
        row.mistakes_right += not problems


def _judge_mutants(
    result: Audit,
    contract: Contract,
    plan: Plan,
    made: list[Mutant],
    equivalents: list[Equivalent],
    jobs: int | None,
    progress: Progress,
) -> dict[str, list[tuple[str, ...]]]:
    """Counts the mutants that are caught; returns the hints that each was told, by key."""
    told = {}
    own = {e.name: frozenset(e.test_cell(aspect) for aspect in e.points) for e in contract.exercises}
    tested = [mutant for mutant in made if not any(e.covers(mutant) for e in equivalents)]
    for mutant in made:
        result.exercises[mutant.exercise].equivalent += mutant not in tested
    trials = [Trial(mutant.key, {mutant.exercise: mutant.code}, own[mutant.exercise]) for mutant in tested]
    for count, (mutant, (_, verdicts)) in enumerate(zip(tested, run_trials(plan, trials, jobs), strict=True), 1):
        progress("mutants", count, len(trials))
        row = result.exercises[mutant.exercise]
        row.mutants += 1
        told[mutant.key] = _told(contract, mutant.exercise, verdicts)
        if all(verdict.passed for verdict in verdicts):
            result.findings.append(
                Finding(mutant.exercise, f"mutant {mutant.number}", f"passes all tests: {mutant.was}  ->  {mutant.now}")
            )
        else:
            row.mutants_caught += 1
    stale = [e for e in equivalents if not any(e.covers(mutant) for mutant in made)]
    result.findings += [
        Finding(e.exercise, "equivalent mutant", f"no such mutant any more: {e.was} -> {e.now}") for e in stale
    ]
    return told
