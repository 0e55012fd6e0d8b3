"""The audit of an assignment: do its tests catch every known mistake, and let every right answer pass?"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..bank import Bank, Variant, read_bank, solution_cells, substitute
from ..build.contract import Contract, read_contract
from ..build.source import source_notebook
from ..paths import Course
from .mutants import Equivalent, Mutant, mutants, read_equivalents
from .trial import Plan, Trial, Verdict, run_trials

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Finding:
    """Something that the audit does not accept: what was run, and what is wrong with how it was graded."""

    exercise: str
    what: str
    problem: str


@dataclass
class ExerciseAudit:
    """Counts for one exercise."""

    exercise: str
    mistakes: int = 0
    mistakes_right: int = 0
    accepted: int = 0
    accepted_right: int = 0
    mutants: int = 0
    mutants_caught: int = 0
    equivalent: int = 0


@dataclass
class Audit:
    """The result for one assignment."""

    assignment: str
    exercises: dict[str, ExerciseAudit]
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def share_of_mutants_caught(self) -> float:
        """Of the mutants that are not listed as equivalent; 1.0 where there are none."""
        total = sum(row.mutants for row in self.exercises.values())
        caught = sum(row.mutants_caught for row in self.exercises.values())
        return caught / total if total else 1.0


def audit(course: Course, name: str, *, with_mutants: bool = True, progress: Progress = lambda *_: None) -> Audit:
    """Audits one assignment. Every finding stands in the result; nothing is raised for a test that is too weak."""
    started = time.perf_counter()
    source = source_notebook(course, name)
    contract, bank, plan = read_contract(course, name), read_bank(course, name), Plan.of(source)
    solutions = solution_cells(source)
    result = Audit(name, {exercise.name: ExerciseAudit(exercise.name) for exercise in contract.exercises})
    result.findings += list(_too_few(bank, contract))

    everything = frozenset(plan.tests)
    variants = [
        Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, everything) for v in bank.variants
    ]
    for count, (variant, (_, verdicts)) in enumerate(zip(bank.variants, run_trials(plan, variants), strict=True), 1):
        progress("variants", count, len(variants))
        _judge_variant(result, contract, variant, verdicts)
    result.findings += list(_judge_solution(plan, everything))

    if with_mutants:
        equivalents = read_equivalents(course.mistakes(name).with_suffix(".equivalent.toml"))
        made = [
            mutant for exercise in contract.exercises for mutant in mutants(exercise.name, solutions[exercise.name])
        ]
        _judge_mutants(result, contract, plan, made, equivalents, progress)
    result.seconds = time.perf_counter() - started
    return result


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
                f"{mistakes} mistakes and {accepted} accepted variants; at least {MIN_MISTAKES} and {MIN_ACCEPTED} are needed",
            )


def _judge_solution(plan: Plan, tests: frozenset[str]) -> Iterator[Finding]:
    for _, verdicts in run_trials(plan, [Trial("the solution", {}, tests)]):
        for verdict in verdicts:
            if not verdict.passed:
                yield Finding(verdict.cell, "the solution", f"does not pass {verdict.cell}: {verdict.error}")


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
) -> None:
    own = {e.name: frozenset(e.test_cell(aspect) for aspect in e.points) for e in contract.exercises}
    tested = [mutant for mutant in made if not any(e.covers(mutant) for e in equivalents)]
    for mutant in made:
        result.exercises[mutant.exercise].equivalent += mutant not in tested
    trials = [Trial(mutant.key, {mutant.exercise: mutant.code}, own[mutant.exercise]) for mutant in tested]
    for count, (mutant, (_, verdicts)) in enumerate(zip(tested, run_trials(plan, trials), strict=True), 1):
        progress("mutants", count, len(trials))
        row = result.exercises[mutant.exercise]
        row.mutants += 1
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
