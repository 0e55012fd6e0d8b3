"""The audit of an assignment: do its tests catch every known mistake, and let every right answer pass?"""

import time
from collections.abc import Iterator

import nbcore.hints

from ..bank import Bank, Variant, read_bank, solution_cells, substitute
from ..build.contract import Contract, read_contract
from ..build.source import source_notebook
from ..hints import hint_table, record_bank
from ..paths import Course
from .examined import examine_trials
from .hints import judge_mutants, judge_variants
from .mutants import Equivalent, Mutant, mutants, read_equivalents
from .result import Audit, ExerciseAudit, Finding, Progress
from .trial import STOPPED, Plan, Trial, Verdict, run_trials


def audit(
    course: Course,
    name: str,
    *,
    with_mutants: bool = True,
    with_examiner: bool = True,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Audits one assignment. Every finding stands in the result; nothing is raised for a test that is too weak.

    Without `with_examiner` all trials run in plain processes; with it the variants are graded as submissions as well.
    """
    started = time.perf_counter()
    source = source_notebook(course, name)
    contract, bank, plan = read_contract(course, name), read_bank(course, name), Plan.of(source)
    solutions = solution_cells(source)
    result = Audit(name, {exercise.name: ExerciseAudit(exercise.name) for exercise in contract.exercises})
    result.findings += list(_too_few(bank, contract))
    recorded = record_bank(source, contract, bank, progress)
    with nbcore.hints.use([hint_table(recorded)]):
        everything = frozenset(plan.tests)
        variants = [
            Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, everything) for v in bank.variants
        ]
        told = {}
        in_process: dict[str, dict[str, str | None]] = {}
        for count, (variant, (_, verdicts)) in enumerate(
            zip(bank.variants, run_trials(plan, variants), strict=True), 1
        ):
            progress("variants", count, len(variants))
            _judge_variant(result, contract, variant, verdicts)
            in_process[variant.key] = {verdict.cell: verdict.error for verdict in verdicts}
            told[variant.key] = _told(contract, variant.exercise, verdicts)
        result.findings += list(_judge_solution(plan, everything))
        if with_examiner:
            result.findings += list(_judge_examiner(plan, bank, variants, in_process, progress))
        judge_variants(result, source, contract, recorded, told)

        if with_mutants:
            equivalents = read_equivalents(course.mistakes(name).with_suffix(".equivalent.toml"))
            made = [
                mutant for exercise in contract.exercises for mutant in mutants(exercise.name, solutions[exercise.name])
            ]
            told = _judge_mutants(result, contract, plan, made, equivalents, progress)
            judge_mutants(result, source, contract, recorded, [(m, told[m.key]) for m in made if told.get(m.key)])
    result.seconds = time.perf_counter() - started
    return result


def _told(contract: Contract, exercise: str, verdicts: list[Verdict]) -> list[tuple[str, ...]]:
    """What the failed test cells of an exercise tell, where they tell a hint."""
    own = {contract.exercise(exercise).test_cell(aspect) for aspect in contract.exercise(exercise).points}
    return [verdict.hints for verdict in verdicts if verdict.cell in own and verdict.hints]


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
    plan: Plan, bank: Bank, trials: list[Trial], in_process: dict[str, dict[str, str | None]], progress: Progress
) -> Iterator[Finding]:
    """The examiner must give each version the marks that a kernel gives, and may go on where a trial was stopped."""
    for count, (variant, (trial, verdicts)) in enumerate(
        zip(bank.variants, examine_trials(plan, trials), strict=True), 1
    ):
        progress("in the examiner", count, len(trials))
        passed = {verdict.cell: verdict.error for verdict in verdicts}
        for cell in sorted(trial.tests):
            error = in_process[variant.key][cell]
            here, there = passed.get(cell, "was not run") is None, error is None
            if here != there and not str(error).startswith(STOPPED):
                how = "passes" if here else f"fails ({passed.get(cell)})"
                yield Finding(variant.exercise, f"variant {variant.name!r}", f"{how} {cell} in the examiner only")


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
    result: Audit, contract: Contract, plan: Plan, made: list[Mutant], equivalents: list[Equivalent], progress: Progress
) -> dict[str, list[tuple[str, ...]]]:
    """Counts the mutants that are caught; returns the hints that each was told, by key."""
    told = {}
    own = {e.name: frozenset(e.test_cell(aspect) for aspect in e.points) for e in contract.exercises}
    tested = [mutant for mutant in made if not any(e.covers(mutant) for e in equivalents)]
    for mutant in made:
        result.exercises[mutant.exercise].equivalent += mutant not in tested
    trials = [Trial(mutant.key, {mutant.exercise: mutant.code}, own[mutant.exercise]) for mutant in tested]
    for count, (mutant, (_, verdicts)) in enumerate(zip(tested, run_trials(plan, trials), strict=True), 1):
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
