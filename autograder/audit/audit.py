"""The audit of an assignment: do its tests catch every known mistake, and let every right answer pass?

It measures the hints and the recognition of mistakes as well. `autograder audit` prints the result (`show`), and the
build asks for the part that needs neither sandbox nor mutants.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import nbcore.hints
from nbcore.probe.examples import Example

from ..course.bank import Bank, Variant, read_bank, substitute
from ..course.code import defined_in
from ..course.contract import Contract, read_contract
from ..course.markup import split
from ..course.paths import Course
from ..course.plan import Plan
from ..engine.record import NotebookRecord
from ..mistakes.differing import Differing, differing
from ..mistakes.hint_table import hint_table
from ..mistakes.record import UNSTEADY, recorded
from .hints import judge_mutants, judge_variants
from .mutants import Mutant, mutants, read_equivalents
from .result import Audit, AuditFinding, ExerciseAudit, Progress
from .trials import TestResult, Trial, graded_results, run_graded, run_here, run_solution, store_results, stored_results
from .trivial import trivial_versions

# Of the mistakes that cost points, the share that must be named rightly after grading.
RECOGNISED = 0.95
# Of the test cells in which mistakes lose their points, the share that must have a counter-example.
EXAMPLED = 0.99
# Aspects that tests ask for beside right values.
BESIDE = ("purity", "stability", "errors")
# Fewer than these say little about the tests of an exercise.
MIN_MISTAKES = 8
MIN_ACCEPTED = 4


def audit(
    course: Course,
    name: str,
    *,
    with_mutants: bool = True,
    with_examiner: bool = True,
    anew: bool = False,
    jobs: int | None = None,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Audits one assignment. Every finding stands in the result; nothing is raised for a test that is too weak.

    Without `with_examiner` all trials run in plain processes; with it the variants are graded as submissions as well.
    Variants that were run before, with all that counts unchanged, are run again only with `anew`. jobs: processes at a
    time, one a core unless told otherwise.
    """
    started = time.perf_counter()
    contract, bank = read_contract(course, name), read_bank(course, name)
    recording = recorded(course, name, jobs=jobs, progress=progress)
    result = Audit(name, {exercise.name: ExerciseAudit(exercise.name) for exercise in contract.exercises})
    examples = {exercise.exercise: exercise.examples for exercise in recording.exercises.values()}
    this = _Audit(course, contract, bank, recording.plan, jobs, progress, result, examples)
    result.findings += this.too_few()
    result.findings += [AuditFinding(f"cell {cell}", "the visible tests:", UNSTEADY) for cell in recording.unsteady]
    with nbcore.hints.use([hint_table(recording)]):
        failed, reached = this.judge_solution()
        if failed:  # and with it nearly every variant
            result.findings, result.solved, result.seconds = failed, False, time.perf_counter() - started
            return result
        trials = this.trials(reached)
        results = this.run_variants(trials, anew)
        for variant in bank.variants:
            this.judge_variant(variant, results[variant.key])
        this.judge_visible()
        this.judge_trivial()
        if with_examiner:
            this.judge_examiner(trials, results)
        judge_variants(result, bank, {v.key: this.shown(v.exercise, results[v.key]) for v in bank.variants})
        if with_mutants:
            judge_mutants(result, recording, this.judge_mutants(), jobs)
    result.seconds = time.perf_counter() - started
    return result


@dataclass(frozen=True)
class _Audit:
    """An audit under way: what it is about, how many processes it may use, and the result that it fills."""

    course: Course
    contract: Contract
    bank: Bank
    plan: Plan
    jobs: int | None
    progress: Progress
    result: Audit
    examples: Mapping[str, Sequence[Example]]

    def too_few(self) -> Iterator[AuditFinding]:
        for exercise in self.contract.exercises:
            mistakes = sum(variant.exercise == exercise.name for variant in self.bank.mistakes)
            accepted = sum(variant.exercise == exercise.name for variant in self.bank.accepted)
            if mistakes < MIN_MISTAKES or accepted < MIN_ACCEPTED:
                problem = (
                    f"has {mistakes} mistakes and {accepted} accepted variants; "
                    f"at least {MIN_MISTAKES} and {MIN_ACCEPTED} are needed"
                )
                yield AuditFinding(f"exercise {exercise.name}", "the bank", problem)

    def shown(self, exercise: str, results: Iterable[TestResult]) -> list[tuple[str, ...]]:
        """The hints that the failed test cells of an exercise show, for each cell that shows one."""
        own = self.plan.tests_of(exercise)
        return [test.hints for test in results if test.cell in own and test.hints]

    # ------------------------------------------------------------ the variants of the bank

    def trials(self, reached: dict[str, frozenset[str]]) -> list[Trial]:
        """A trial for each variant, with the tests it can make a difference to. reached: those of each exercise."""
        home = {name: exercise for exercise, code in self.plan.solutions.items() for name in defined_in(code)}
        made = []
        for variant in self.bank.variants:
            # A helper of a variant may have the name of another exercise's function, and takes its place then.
            changed = {home[name] for name in defined_in(variant.code) if name in home} | {variant.exercise}
            tests = frozenset().union(*(reached[exercise] for exercise in changed))
            made.append(self.trial(variant, tests & self.plan.tests_from(variant.exercise)))
        return made

    def run_variants(self, trials: Sequence[Trial], anew: bool) -> dict[str, list[TestResult]]:
        """What the tests say of each variant, by its key; without `anew` what was stored, where that still holds."""
        name = self.bank.assignment
        stored = None if anew else stored_results(self.course, name, [trial.key for trial in trials])
        if stored is not None:
            self.result.reused = True
            return stored
        results = {}
        for count, (trial, said) in enumerate(run_here(self.plan, trials, self.jobs), 1):
            self.progress("variants", count, len(trials))
            results[trial.key] = said
        store_results(self.course, name, results)
        return results

    def trial(self, variant: Variant, tests: frozenset[str]) -> Trial:
        code = substitute(self.plan.solutions[variant.exercise], variant.code)
        seeded = frozenset(self.plan.tests_of(variant.exercise)) if variant.accepted else frozenset()
        return Trial(variant.key, {variant.exercise: code}, tests, seeded)

    def judge_variant(self, variant: Variant, results: Iterable[TestResult]) -> None:
        row = self.result.exercises[variant.exercise]
        exercise = self.contract.exercise(variant.exercise)
        lost = {test.cell: test.error for test in results if not test.passed}
        wanted = {exercise.test_cell(aspect) for aspect in variant.breaks}
        # These count beside right values only, so that doing nothing earns nothing.
        beside = {exercise.test_cell(aspect) for aspect in BESIDE} if set(variant.breaks) - set(BESIDE) else set()
        problems = [f"keeps the points of {cell}" for cell in sorted(wanted - lost.keys())]
        problems += [f"loses the points of {cell}: {lost[cell]}" for cell in sorted(lost.keys() - wanted - beside)]
        self.result.findings += [AuditFinding.of(variant, problem) for problem in problems]
        if variant.accepted:
            row.accepted += 1
            row.accepted_right += not problems
        else:
            row.mistakes += 1
            row.mistakes_right += not problems

    def judge_visible(self) -> None:
        """Which mistakes a student can know of before handing in."""
        trials = []
        for variant in self.bank.mistakes:
            own = self.plan.tests_of(variant.exercise)
            trial = self.trial(variant, frozenset(own))
            trials.append(
                replace(trial, replaced=trial.replaced | {test: split(source).visible for test, source in own.items()})
            )
        for variant, (_, results) in zip(self.bank.mistakes, run_here(self.plan, trials, self.jobs), strict=True):
            if all(test.passed for test in results):
                self.result.exercises[variant.exercise].hidden_alone.append(variant.name)

    def judge_trivial(self) -> None:
        """A version that does nothing must not earn a point."""
        trials = [
            Trial(f"{exercise.name}: {what}", {exercise.name: code}, frozenset(self.plan.tests_of(exercise.name)))
            for exercise in self.contract.exercises
            for what, code in trivial_versions(exercise)
        ]
        for trial, results in run_here(self.plan, trials, self.jobs):
            exercise, _, what = trial.key.partition(": ")
            self.result.findings += [
                AuditFinding(f"exercise {exercise}", f"a version that {what}", f"keeps the points of {test.cell}")
                for test in results
                if test.passed
            ]

    def judge_solution(self) -> tuple[list[AuditFinding], dict[str, frozenset[str]]]:
        """The solution must pass: where it does not, and the tests that a version of an exercise can make a difference
        to."""
        results, reached = run_solution(self.plan)
        own = {exercise.name: frozenset(self.plan.tests_of(exercise.name)) for exercise in self.contract.exercises}
        trials = [Trial(name, {}, self.plan.with_needed(tests), tests) for name, tests in own.items()]
        again = (test for _, said in run_here(self.plan, trials, self.jobs) for test in said)
        failed: dict[str, AuditFinding] = {}
        for test in (*results, *again):
            if not test.passed:
                finding = AuditFinding(f"cell {test.cell}", "the solution", f"does not pass: {test.error}")
                failed.setdefault(test.cell, finding)
        return list(failed.values()), reached

    # ------------------------------------------------------------ in the examiner

    def judge_examiner(self, variants: Sequence[Trial], results: dict[str, list[TestResult]]) -> None:
        """The examiner must give each version the marks that a kernel gives, and may go on where a trial was stopped.

        It must also recognise the mistakes, accuse no accepted variant, and show a counter-example for each test cell
        that is lost. results: of the plain runs, by key.
        """
        missed, bare = [], []
        wrong = dict(self.judge_examples())
        trials = [Trial("the solution", {}, frozenset(self.plan.tests)), *variants]
        graded = run_graded(self.plan, trials, self.jobs, recording=self.course.recording(self.bank.assignment))
        _, solved = next(graded)
        self.result.findings += [
            AuditFinding(f"cell {test.cell}", "the solution", f"fails in the examiner: {test.error}")
            for test in graded_results(solved)
            if not test.passed
        ]
        for count, (variant, (trial, record)) in enumerate(zip(self.bank.variants, graded, strict=True), 1):
            self.progress("in the examiner", count, len(self.bank.variants))
            here = {test.cell: test for test in results[variant.key]}
            there = {test.cell: test.error for test in graded_results(record)}
            for cell in sorted(trial.tests):
                error = there.get(cell, "was not run")
                if (error is None) != here[cell].passed and not here[cell].stopped:
                    how = "passes" if error is None else f"fails ({error})"
                    self.result.findings.append(AuditFinding.of(variant, f"{how} {cell} in the examiner only"))
            bare += self.judge_counter_examples(variant, record, wrong[variant.key])
            named = [row.name for row in record.mistakes if row.exercise == variant.exercise]
            row = self.result.exercises[variant.exercise]
            if variant.accepted:
                problems = [f"is taken for the mistake {name!r}" for name in named]
                self.result.findings += [AuditFinding.of(variant, problem) for problem in problems]
            elif variant.recognisable:
                row.recognisable += 1
                row.recognised += variant.name in named
                if variant.name not in named:
                    missed.append(AuditFinding.of(variant, f"is recognised as {' and '.join(named) or 'none'}"))
        if self.result.share_recognised < RECOGNISED:
            self.result.findings += missed
        if self.result.share_exampled < EXAMPLED:
            self.result.findings += bare

    def judge_examples(self) -> Iterator[tuple[str, list[Differing]]]:
        """By the key of each variant the examples in which it differs. An accepted one must differ in none."""
        for variant, found in differing(self.plan, self.examples, self.bank.variants, self.jobs):
            if variant.accepted:
                problems = [f"gives {one.yours} and not {one.right} in the example\n{one.code}" for one in found]
                self.result.findings += [AuditFinding.of(variant, problem) for problem in problems]
            yield variant.key, found

    def judge_counter_examples(
        self, variant: Variant, record: NotebookRecord, wrong: Sequence[Differing]
    ) -> list[AuditFinding]:
        """Counts the lost test cells of its exercise; returns those without a counter-example.

        Mistakes that are not recognisable do not count: no small input needs to show them. wrong: the examples in which
        the variant differs in a plain process, where it must give what is shown.
        """
        own = self.plan.tests_of(variant.exercise)
        shown = {example.cell: example for example in record.examples if example.cell in own}
        here = {one.code: one.yours for one in wrong}
        for example in () if variant.may_vary else shown.values():
            yours = here.get(example.code, example.right)
            if example.yours != yours:
                problem = f"gives {yours}, and is shown {example.yours} for {example.cell}, in\n{example.code}"
                self.result.findings.append(AuditFinding.of(variant, problem))
        if not variant.recognisable or not self.examples.get(variant.exercise):
            return []
        lost = [mark.cell for mark in record.marks if mark.lost and mark.cell in own]
        row = self.result.exercises[variant.exercise]
        row.lost += len(lost)
        row.exampled += len(shown)
        row.bare += [f"{variant.name} ({cell})" for cell in lost if cell not in shown]
        return [AuditFinding.of(variant, f"has no counter-example for {cell}") for cell in lost if cell not in shown]

    # ------------------------------------------------------------ mutants

    def judge_mutants(self) -> list[tuple[Mutant, list[tuple[str, ...]]]]:
        """Counts the mutants that are caught; returns those that are shown hints, with these."""
        equivalents = read_equivalents(self.course.mistakes(self.bank.assignment).with_suffix(".equivalent.toml"))
        made = [
            m
            for exercise in self.contract.exercises
            for m in mutants(exercise.name, self.plan.solutions[exercise.name])
        ]
        tested = [mutant for mutant in made if not any(e.covers(mutant) for e in equivalents)]
        for mutant in made:
            self.result.exercises[mutant.exercise].equivalent += mutant not in tested
        trials = [Trial(m.key, {m.exercise: m.code}, frozenset(self.plan.tests_of(m.exercise))) for m in tested]
        hinted = []
        for count, (mutant, (_, results)) in enumerate(
            zip(tested, run_here(self.plan, trials, self.jobs), strict=True), 1
        ):
            self.progress("mutants", count, len(trials))
            row = self.result.exercises[mutant.exercise]
            row.mutants += 1
            if hints := self.shown(mutant.exercise, results):
                hinted.append((mutant, hints))
            if all(test.passed for test in results):
                problem = f"passes all tests: {mutant.was}  ->  {mutant.now}"
                self.result.findings.append(
                    AuditFinding(f"exercise {mutant.exercise}", f"mutant {mutant.number}", problem)
                )
            else:
                row.mutants_caught += 1
        self.result.findings += [
            AuditFinding(f"exercise {e.exercise}", "equivalent mutant", f"no such mutant any more: {e.was} -> {e.now}")
            for e in equivalents
            if not any(e.covers(mutant) for mutant in made)
        ]
        return hinted
