"""The audit of an assignment: do its tests catch every known mistake, and let every right answer pass?"""

import time
from collections.abc import Iterator

import nbcore.hints

from ..course.bank import Bank, Variant, read_bank, solution_cells, substitute
from ..course.contract import Contract, read_contract
from ..course.paths import Course
from ..course.percent import source_notebook
from ..course.plan import Plan
from ..mistakes.hint_table import UNSTEADY, Recorded, hint_table, record_bank
from ..mistakes.recording import prepared
from .hints import judge_mutants, judge_variants
from .mutants import Equivalent, Mutant, mutants, read_equivalents
from .result import Audit, AuditFinding, ExerciseAudit, Progress
from .trials import TestResult, Trial, graded_results, run_graded, run_here, store_results, stored_results


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
    recorded: what `record_bank` gives, where that is known already. jobs: processes at a time, one a core unless told
    otherwise.
    """
    started = time.perf_counter()
    source = source_notebook(course, name)
    contract, bank, plan = read_contract(course, name), read_bank(course, name), Plan.of(source.cells)
    solutions = solution_cells(source)
    result = Audit(name, {exercise.name: ExerciseAudit(exercise.name) for exercise in contract.exercises})
    result.findings += list(_too_few(bank, contract))
    recorded = recorded or record_bank(source, contract, bank, progress)
    result.findings += [
        AuditFinding(cell, "the visible tests", UNSTEADY.format(cell=cell)) for cell in recorded.unsteady
    ]
    with nbcore.hints.use([hint_table(recorded)]):
        variants = [
            Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, plan.tests_from(v.exercise))
            for v in bank.variants
        ]
        known = None if anew else stored_results(course, name, [trial.key for trial in variants])
        result.reused = known is not None
        if known is None:
            known = dict(_run_variants(plan, variants, jobs, progress))
            store_results(course, name, known)
        shown = {}
        for variant in bank.variants:
            _judge_variant(result, contract, variant, known[variant.key])
            shown[variant.key] = _shown(contract, variant.exercise, known[variant.key])
        result.findings += list(_judge_solution(plan))
        if with_examiner:
            _judge_examiner(result, course, plan, bank, variants, known, jobs, progress)
        judge_variants(result, recorded, shown)

        if with_mutants:
            equivalents = read_equivalents(course.mistakes(name).with_suffix(".equivalent.toml"))
            made = [
                mutant for exercise in contract.exercises for mutant in mutants(exercise.name, solutions[exercise.name])
            ]
            shown = _judge_mutants(result, contract, plan, made, equivalents, jobs, progress)
            judge_mutants(result, source, contract, recorded, [(m, shown[m.key]) for m in made if shown.get(m.key)])
    result.seconds = time.perf_counter() - started
    return result


def _run_variants(
    plan: Plan, trials: list[Trial], jobs: int | None, progress: Progress
) -> Iterator[tuple[str, list[TestResult]]]:
    for count, (trial, results) in enumerate(run_here(plan, trials, jobs), 1):
        progress("variants", count, len(trials))
        yield trial.key, results


def _shown(contract: Contract, exercise: str, results: list[TestResult]) -> list[tuple[str, ...]]:
    """What the failed test cells of an exercise tell, where they tell a hint."""
    own = {contract.exercise(exercise).test_cell(aspect) for aspect in contract.exercise(exercise).points}
    return [test.hints for test in results if test.cell in own and test.hints]


def _solution(plan: Plan) -> Trial:
    return Trial("the solution", {}, frozenset(plan.tests))


# Of the mistakes that cost points, the share that must be named rightly after grading.
RECOGNISED = 0.95
# Fewer than these say little about the tests of an exercise.
MIN_MISTAKES = 8
MIN_ACCEPTED = 4


def _too_few(bank: Bank, contract: Contract) -> Iterator[AuditFinding]:
    for exercise in contract.exercises:
        mistakes = sum(variant.exercise == exercise.name for variant in bank.mistakes)
        accepted = sum(variant.exercise == exercise.name for variant in bank.accepted)
        if mistakes < MIN_MISTAKES or accepted < MIN_ACCEPTED:
            yield AuditFinding(
                exercise.name,
                "the bank",
                f"{mistakes} mistakes and {accepted} accepted variants; "
                f"at least {MIN_MISTAKES} and {MIN_ACCEPTED} are needed",
            )


def _judge_solution(plan: Plan) -> Iterator[AuditFinding]:
    for _, results in run_here(plan, [_solution(plan)]):
        for test in results:
            if not test.passed:
                yield AuditFinding(test.cell, "the solution", f"does not pass {test.cell}: {test.error}")


def _judge_examiner(
    result: Audit,
    course: Course,
    plan: Plan,
    bank: Bank,
    trials: list[Trial],
    known: dict[str, list[TestResult]],
    jobs: int | None,
    progress: Progress,
) -> None:
    """The examiner must give each version the marks that a kernel gives, and may go on where a trial was stopped.

    It must also recognise the mistakes, and accuse no accepted variant.
    """
    missed = []
    graded = run_graded(plan, [_solution(plan), *trials], jobs, recording=prepared(course, bank.assignment))
    _, solved = next(graded)
    result.findings += [
        AuditFinding(test.cell, "the solution", f"fails ({test.error}) {test.cell} in the examiner")
        for test in graded_results(solved)
        if not test.passed
    ]
    for count, (variant, (trial, run)) in enumerate(zip(bank.variants, graded, strict=True), 1):
        progress("in the examiner", count, len(trials))
        here = {test.cell: test for test in known[variant.key]}
        there = {test.cell: test.error for test in graded_results(run)}
        what = f"{'accepted variant' if variant.accepted else 'mistake'} {variant.name!r}"
        for cell in sorted(trial.tests):
            error = there.get(cell, "was not run")
            if (error is None) != here[cell].passed and not here[cell].stopped:
                how = "passes" if error is None else f"fails ({error})"
                result.findings.append(AuditFinding(variant.exercise, what, f"{how} {cell} in the examiner only"))
        named = [row.name for row in run.mistakes if row.exercise == variant.exercise]
        row = result.exercises[variant.exercise]
        if variant.accepted:
            result.findings += [
                AuditFinding(variant.exercise, what, f"is taken for the mistake {name!r}") for name in named
            ]
        elif variant.recognisable:
            row.recognisable += 1
            row.recognised += variant.name in named
            if variant.name not in named:
                missed.append(AuditFinding(variant.exercise, what, f"is recognised as {' and '.join(named) or 'none'}"))
    if result.share_recognised < RECOGNISED:
        result.findings += missed


def _judge_variant(result: Audit, contract: Contract, variant: Variant, results: list[TestResult]) -> None:
    row = result.exercises[variant.exercise]
    exercise = contract.exercise(variant.exercise)
    lost = {test.cell: test.error for test in results if not test.passed}
    wanted = {exercise.test_cell(aspect) for aspect in variant.breaks}
    problems = [f"keeps the points of {cell}" for cell in sorted(wanted - lost.keys())]
    problems += [f"loses the points of {cell}: {lost[cell]}" for cell in sorted(lost.keys() - wanted)]
    kind = "accepted variant" if variant.accepted else "mistake"
    result.findings += [AuditFinding(variant.exercise, f"{kind} {variant.name!r}", problem) for problem in problems]
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
    """Counts the mutants that are caught; returns the hints that each was shown, by key."""
    shown = {}
    own = {e.name: frozenset(e.test_cell(aspect) for aspect in e.points) for e in contract.exercises}
    tested = [mutant for mutant in made if not any(e.covers(mutant) for e in equivalents)]
    for mutant in made:
        result.exercises[mutant.exercise].equivalent += mutant not in tested
    trials = [Trial(mutant.key, {mutant.exercise: mutant.code}, own[mutant.exercise]) for mutant in tested]
    for count, (mutant, (_, results)) in enumerate(zip(tested, run_here(plan, trials, jobs), strict=True), 1):
        progress("mutants", count, len(trials))
        row = result.exercises[mutant.exercise]
        row.mutants += 1
        shown[mutant.key] = _shown(contract, mutant.exercise, results)
        if all(test.passed for test in results):
            result.findings.append(
                AuditFinding(
                    mutant.exercise, f"mutant {mutant.number}", f"passes all tests: {mutant.was}  ->  {mutant.now}"
                )
            )
        else:
            row.mutants_caught += 1
    stale = [e for e in equivalents if not any(e.covers(mutant) for mutant in made)]
    result.findings += [
        AuditFinding(e.exercise, "equivalent mutant", f"no such mutant any more: {e.was} -> {e.now}") for e in stale
    ]
    return shown
