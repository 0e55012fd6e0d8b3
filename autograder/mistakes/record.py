"""Records an assignment: runs the versions of its bank, each in one way, and files what they give.

`recorded` is what the build and the audit ask. `python -m autograder.mistakes.record COURSE NN_name` is for those who
must not fork: `recording.prepared` starts it.
"""

import ast
import difflib
import io
import itertools
import os
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from nbcore.probe.examples import Example, Ran, run_text
from nbcore.probe.outcome import Outcome, same

from ..course.bank import Bank, Variant, read_bank, substitute
from ..course.code import definitions, methods_called
from ..course.markup import TestCell
from ..course.paths import Course, CourseError
from ..course.percent import source_notebook
from ..course.plan import Plan
from ..processes import fork_map, warm_up
from .differing import differing
from .earlier import earlier
from .recording import (
    ExerciseRecording,
    KnownMistake,
    Numbers,
    PackedCall,
    Recording,
    Traces,
    current_fingerprint,
    is_current,
)
from .sound import unsound
from .trace import LocalSession, OutOfTime, Trace, Tracer, right_namespace, run_tests, stopped_after, test_namespace
from .visible import Seen, see
from .written import WrittenExample, read_calls, read_examples

Progress = Callable[[str, int, int], None]
UNSTEADY = "a visible check makes another call in each run: give it numbers, or a generator with a seed"
# CPU time of one version: those of all exercises but the training of a classifier take under one second.
SECONDS: Final = 6.0
_BATCH: Final = 64  # a version takes milliseconds, and a process more


def recorded(
    course: Course, assignment: str, *, jobs: int | None = None, progress: Progress = lambda *_: None
) -> Recording:
    """The recording of an assignment, made now if what is stored is not up to date.

    Raises CourseError where the bank or the examples do not fit the contract, or an example does not run.
    """
    path, made_from = course.recording(assignment), current_fingerprint(course, assignment)
    if not is_current(path, made_from):
        plan = Plan.of(source_notebook(course, assignment).cells).marked()
        bank = read_bank(course, assignment)
        if wrong := unsound(plan, bank):
            raise CourseError("\n".join(wrong))
        examples = record_examples(plan, read_examples(course, assignment))
        calls = read_calls(course, assignment)
        record_examples(plan, [WrittenExample(name, "", code) for name, codes in calls.items() for code in codes])
        made = record(plan, bank, jobs, progress)
        for exercise, rows in examples.items():
            made.exercises[exercise].examples = rows
        for exercise, codes in calls.items():
            made.exercises[exercise].calls = codes
        add_what_examples_show(made, bank, jobs)
        made.write(path, made_from)
    return Recording.read(path)


# ---------------------------------------------------------------- versions


@dataclass(frozen=True)
class Version:
    """One version of an exercise: code that replaces solutions, by exercise, and the mistakes that are in it.

    target: the definition that is looked at, with the right ones around it; without one the exercise is looked at as it
    stands. run: the number of the run, which is the seed of the old global generators: what a version draws from them
    differs from run to run, and is the same on every machine.
    """

    exercise: str
    code: Mapping[str, str]
    numbers: Numbers = ()
    target: str | None = None
    run: int = 0


def versions(exercise: str, solution: str, mistakes: Sequence[Variant]) -> Iterator[Version]:
    """The solution, each mistake, and pairs of them; twice where a run may differ from the next.

    A pair of mistakes is made in one of two ways. What visible tests see of an exercise as it stands may come from two
    of its functions, and has a hint for each: so the definitions of the second mistake go over those of the first. A
    single definition is wrong in two ways where two changes of it do not touch: so they are merged. Neither rule finds
    the pairs of the other.
    """
    numbered = list(enumerate(mistakes))
    alone: dict[Numbers, str] = {(i,): substitute(solution, mistake.code) for i, mistake in numbered}
    pairs: dict[Numbers, str] = {
        (i, j): substitute(alone[(i,)], second.code)
        for (i, first), (j, second) in itertools.permutations(numbered, 2)
        if _overlap(solution, (i, first), (j, second))
    }
    right: dict[Numbers, str] = {(): solution}
    looked_at: list[tuple[str | None, dict[Numbers, str]]] = [(None, right | alone | pairs)]
    for name, (_, node) in definitions(solution).items():
        base = tokens_of(node)
        changed = {n: own for n, mistake in numbered if mistake.recognisable and (own := _changes(name, base, mistake))}
        merged: dict[Numbers, str] = {}
        for (i, one), (j, other) in itertools.combinations(changed.items(), 2):
            both = merge(base, one, other)
            if both is not None:
                merged[(i, j)] = substitute(substitute(alone[(i,)], mistakes[j].code), both)
        looked_at.append((name, right | {(n,): alone[(n,)] for n in changed} | merged))
    for target, codes in looked_at:
        for numbers, code in codes.items():
            runs = 2 if not numbers or any(mistakes[n].may_vary for n in numbers) else 1
            for run in range(runs):
                yield Version(exercise, {exercise: code}, numbers, target, run)


def _overlap(solution: str, first: tuple[int, Variant], second: tuple[int, Variant]) -> bool:
    """Whether something is left of both mistakes when the definitions of the second go over those of the first.

    A variant may repeat a right definition, so that two mistakes in different functions overlap: both orders are tried
    then, and one where the order makes no difference.
    """
    (i, one), (j, other) = first, second
    own = definitions(solution).keys()
    changed, over = definitions(one.code).keys() & own, definitions(other.code).keys() & own
    return not changed <= over and (bool(changed & over) or i < j)


Token = tuple[int, str]
Hunk = tuple[int, int, list[Token]]  # from here to there, what stands there instead


def _changes(name: str, base: list[Token], mistake: Variant) -> list[Hunk]:
    """What a mistake changes of the definition of this name, whose tokens are `base`."""
    own = definitions(mistake.code).get(name)
    return hunks(base, tokens_of(own[1])) if own is not None else []


def merge(base: list[Token], first: list[Hunk], second: list[Hunk]) -> str | None:
    """The text of `base` with both changes; None where they touch the same place, or make no sense."""
    if any(a_start <= b_end and b_start <= a_end for a_start, a_end, _ in first for b_start, b_end, _ in second):
        return None
    tokens = list(base)
    for start, end, new in sorted(first + second, key=lambda hunk: hunk[:2], reverse=True):
        tokens[start:end] = new
    with suppress(SyntaxError, ValueError, tokenize.TokenError):
        return ast.unparse(ast.parse(tokenize.untokenize(tokens)))
    return None


def tokens_of(node: ast.stmt) -> list[Token]:
    """Of a definition without its docstrings, in one way of writing."""
    tree = ast.parse(ast.unparse(node))
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
    text = ast.unparse(tree) + "\n"
    return [(token.type, token.string) for token in tokenize.generate_tokens(io.StringIO(text).readline)]


def hunks(base: list[Token], changed: list[Token]) -> list[Hunk]:
    matcher = difflib.SequenceMatcher(None, base, changed, autojunk=False)
    return [(i1, i2, changed[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]


def stub(solution: str) -> str:
    """The definitions of a solution with nothing in them, as students find them."""
    tree = ast.parse(solution)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = ast.parse("raise NotImplementedError").body
    return ast.unparse(tree)


# ---------------------------------------------------------------- running them


def run_versions(plan: Plan, them: Sequence[Version], jobs: int | None = None) -> Iterator[Seen | None]:
    """What each version gives, in their order, made by child processes.

    None for one that ended its process, and for an exercise as it stands that came to no end.
    """

    @cache
    def right() -> dict[str, Any]:
        """In a child, for all versions of its batch."""
        return right_namespace(plan.cells)

    def run(version: Version) -> Iterator[Seen]:
        if version.target is not None:
            yield Seen(_alone(plan, right(), version, version.target))
            return
        with suppress(OutOfTime), stopped_after(SECONDS):
            yield see(plan, version.exercise, version.code, right(), version.run)

    warm_up(plan, (code for version in them for code in version.code.values()))
    for rows in fork_map(run, them, Seen, _BATCH, jobs):
        yield rows[0] if rows else None


def _alone(plan: Plan, right: dict[str, Any], version: Version, target: str) -> Trace:
    """What one definition of a version gives: all around it is right."""
    np.random.seed(version.run)  # noqa: NPY002
    own = dict(right)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        exec(compile(version.code[version.exercise], f"<{version.exercise}>", "exec"), own)
    value = own[target]
    for solution in plan.solutions.values():
        own |= {name: right[name] for name in definitions(solution) if name in right and name != target}
    session = LocalSession()
    tracer = Tracer(session, SECONDS)
    namespace = test_namespace(plan.cells, right, {target: tracer.adopt(session.proxy(value))})
    with suppress(OutOfTime), stopped_after(SECONDS):
        run_tests(plan.tests_of(version.exercise), namespace, tracer)
    return tracer.trace


# ---------------------------------------------------------------- examples


@dataclass(frozen=True)
class _RunExample:
    """problem: what is wrong with the example itself, in a few words, or nothing."""

    exercise: str
    example: Example
    problem: str


def _with_right(written: WrittenExample, right: Mapping[str, Any], test: str) -> _RunExample:
    """The example with what right functions give.

    test: the source of the test cell of its aspect. An error is meant where that asks for errors.
    """
    asked = methods_called(test)
    words = run_text(written.code, right).words
    ran = run_text(written.code, right, words)
    problem = ""
    if ran.outcome.error is not None and "raises" not in asked:
        problem = f"ends with {ran.text}"
    elif ran.outcome.warnings:
        problem = f"warns of {', '.join(ran.outcome.warnings)}"
    witness = ""
    if written.witness:
        said = run_text(f"{written.code}\n{written.witness}", right)
        witness = f"The same in another way, with right functions: `{written.witness}` gives {said.text}."
        ours, theirs = _numbers(said), _numbers(ran)
        if len(ours) != len(theirs) or not np.allclose(ours, theirs, rtol=1e-3, atol=1e-6):
            problem = problem or f"gives {ran.text}, and its witness gives {said.text}"
    error = ran.names[0] if ran.names else ""  # that one is raised is right; its message is the student's to choose
    text, exact = (error, error) if error else (ran.text, ran.exact)
    outcome = Outcome(ran.outcome.leaves, (error, 0) if error else None)
    example = Example(written.aspect, written.code, outcome, text, exact, witness, words, "stability" in asked)
    return _RunExample(written.exercise, example, problem)


def _numbers(ran: Ran) -> list[float]:
    found = [number for leaf in ran.outcome.leaves or () for number in leaf.numbers]
    return found or [np.inf]


def record_examples(plan: Plan, written: Sequence[WrittenExample]) -> dict[str, list[Example]]:
    """The examples of each exercise, with what right versions give. Raises CourseError for those that do not run."""
    tests = {name: source for name, kind, source in plan.cells if kind == "test"}

    def rows_of(plan: Plan) -> Iterator[_RunExample]:
        right = right_namespace(plan.cells)
        for one in written:
            test = tests.get(TestCell(one.exercise, one.aspect).name, "")
            yield _with_right(one, right, test)

    warm_up(plan)
    (rows,) = fork_map(rows_of, [plan], _RunExample) if written else ([],)
    if len(rows) < len(written):
        raise CourseError(f"an example of {written[len(rows)].exercise} came to no end:\n{written[len(rows)].code}")
    if problems := [f"{row.exercise}: {row.problem}:\n{row.example.code}" for row in rows if row.problem]:
        raise CourseError("examples that do not run with right answers:\n\n" + "\n\n".join(problems))
    found: dict[str, list[Example]] = {}
    for row in rows:
        found.setdefault(row.exercise, []).append(row.example)
    return found


def add_what_examples_show(recording: Recording, bank: Bank, jobs: int | None = None) -> None:
    """Runs the mistakes of exercises with large visible calls: a student is then shown small ones."""
    those = {name: exercise for name, exercise in recording.exercises.items() if exercise.large and exercise.examples}
    mistakes = [variant for variant in bank.mistakes if variant.exercise in those]
    examples = {name: exercise.examples for name, exercise in those.items()}
    numbers: dict[str, int] = {}
    for exercise in those.values():
        exercise.shows = [[] for _ in exercise.examples]
    for variant, rows in differing(recording.plan, examples, mistakes, jobs):
        number = numbers[variant.exercise] = numbers.get(variant.exercise, -1) + 1
        shown = {(row.aspect, row.code) for row in rows if not row.raised}
        for example, all_of in zip(examples[variant.exercise], those[variant.exercise].shows, strict=True):
            if (example.aspect, example.code) in shown:
                all_of.append(number)


# ---------------------------------------------------------------- filing what they give


@dataclass
class _Filed:
    """What the versions of one exercise gave in one way of running, and what those gave that ran more than once."""

    first: dict[Numbers, Seen] = field(default_factory=dict)
    more: dict[Numbers, list[Seen]] = field(default_factory=dict)

    def add(self, numbers: Numbers, seen: Seen) -> None:
        if numbers in self.first:
            self.more.setdefault(numbers, []).append(seen)
        else:
            self.first[numbers] = seen

    def trace(self, numbers: Numbers) -> Trace:
        """That of the first run, with the places at which others differ from it."""
        return self.first[numbers].trace.after(*(seen.trace for seen in self.more.get(numbers, ())))

    def varies(self, numbers: Numbers) -> bool:
        return numbers in self.first and bool(self.trace(numbers).unsteady)

    def traces(self) -> Traces:
        """Places where the right version gives something else in each run are left out of all."""
        found = {numbers: self.trace(numbers) for numbers in self.first}
        right = found.pop((), None)
        if right is None:
            return Traces()
        for trace in (right, *found.values()):
            trace.leave_out(right.unsteady)
        return Traces.of(right, found)

    def fail_on_large(self) -> list[int]:
        """The mistakes that fail in some test cell, and there first in a call with a large argument."""
        right, found = self.first.get((), Seen()), list[int]()
        for numbers, seen in self.first.items():
            gave = seen.trace.outcomes
            wrong = [p for p, outcome in right.trace.outcomes.items() if p not in gave or not same(gave[p], outcome)]
            stops = {right.cells[place]: place for place in reversed(wrong)}
            if len(numbers) == 1 and right.large.intersection(stops.values()):
                found += numbers
        return found

    def other_calls(self) -> set[str]:
        """The test cells in which the right version made other calls in another run."""
        found: set[str] = set()
        for other in self.more.get((), ()):
            one = self.first[()]
            cells = one.cells | other.cells
            found |= {cells[place] for place in one.trace.outcomes.keys() ^ other.trace.outcomes.keys()}
        return found


def record(plan: Plan, bank: Bank, jobs: int | None = None, progress: Progress = lambda *_: None) -> Recording:
    """Runs the solution, the mistakes and pairs of mistakes of each exercise, and files what they give."""
    mistakes = {name: [v for v in bank.mistakes if v.exercise == name] for name in plan.solutions}
    them = [version for name, code in plan.solutions.items() for version in versions(name, code, mistakes[name])]
    filed: dict[tuple[str, str | None], _Filed] = {}
    for count, (version, seen) in enumerate(zip(them, run_versions(plan, them, jobs), strict=True), 1):
        progress("wrong answers", count, len(them))
        if seen is not None:
            filed.setdefault((version.exercise, version.target), _Filed()).add(version.numbers, seen)
    # What draws numbers of its own may give the same count or share twice by chance: it runs again, and again.
    unsteady = [v for v in them if v.run == 1 and filed.get((v.exercise, v.target), _Filed()).varies(v.numbers)]
    again = [replace(version, run=run) for version in unsteady for run in (2, 3)]
    for version, seen in zip(again, run_versions(plan, again, jobs), strict=True):
        if seen is not None:
            filed[(version.exercise, version.target)].add(version.numbers, seen)
    visible = {name: filed.get((name, None), _Filed()) for name in plan.solutions}
    exercises = {
        name: ExerciseRecording(
            name,
            [KnownMistake(v.name, v.breaks, v.hint) for v in mistakes[name]],
            {target: of.traces() for (where, target), of in filed.items() if where == name and target is not None},
            visible[name].traces(),
            visible[name].fail_on_large(),
        )
        for name in plan.solutions
    }
    right = [seen for of in visible.values() if (seen := of.first.get(()))]
    # Nothing is stored for a version that may ask something else next time.
    alike = [
        Version(v.exercise, {v.exercise: substitute(plan.solutions[v.exercise], v.code)})
        for v in bank.accepted
        if not v.may_vary
    ]
    also_right = [seen for seen in run_versions(plan, alike, jobs) if seen is not None]
    wrong = [
        seen
        for name, of in visible.items()
        for numbers, seen in of.first.items()
        if len(numbers) == 1 and not mistakes[name][numbers[0]].may_vary
    ]
    return Recording(
        bank.assignment,
        plan,
        exercises,
        _own_arguments(plan, right, jobs),
        _asked_of_earlier([*right, *also_right], wrong),
        tuple(sorted(set().union(*(of.other_calls() for of in visible.values())))),
    )


def _own_arguments(plan: Plan, right: Iterable[Seen], jobs: int | None) -> dict[str, PackedCall]:
    """The arguments that the visible tests write themselves: those that come from a solution are not among them."""
    untouched = {exercise: stub(code) for exercise, code in plan.solutions.items()}
    them = [Version(exercise, untouched) for exercise in plan.solutions]
    written = {digest for seen in run_versions(plan, them, jobs) if seen is not None for digest in seen.calls}
    return {digest: call for seen in right for digest, call in seen.calls.items() if digest in written}


def _asked_of_earlier(right: Sequence[Seen], wrong: Sequence[Seen]) -> dict[str, Any]:
    """What functions of earlier exercises give where these versions call them."""
    signatures = {name: data for seen in (*right, *wrong) for name, data in seen.signatures.items()}
    asked_by_right, asked_by_wrong = ([row for seen in of for row in seen.asked] for of in (right, wrong))
    return earlier(asked_by_right, asked_by_wrong, signatures).to_data()


def main(root: str, assignment: str) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    recorded(Course(Path(root)), assignment)


if __name__ == "__main__":
    main(*sys.argv[1:])
