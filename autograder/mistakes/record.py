"""Records what is known of an assignment: `python -m autograder.mistakes.record COURSE NN_name FINGERPRINT`.

A process of its own, because it forks: `knowledge.prepared` starts it.
"""

import ast
import difflib
import io
import itertools
import os
import signal
import sys
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

import numpy as np

from ..course.bank import Variant, read_bank, substitute
from ..course.code import definitions
from ..course.paths import Course
from ..course.percent import source_notebook
from ..course.plan import Plan
from ..processes import fork_map, warm_up
from .recording import Knowledge, Known, Lesson, Numbers
from .trace import Here, Stop, Trace, Tracer, right_namespace, run_tests, test_namespace

SECONDS: Final = 6.0  # of one trace: those of all exercises but the training of a classifier take under one second
_BATCH: Final = 4  # a process of versions that never end is stopped when all of their time is over


@dataclass(frozen=True)
class Version:
    """One definition of an exercise in one way: the code is that of the whole exercise. Without numbers it is right."""

    exercise: str
    definition: str
    numbers: Numbers
    code: str


def record(course: Course, assignment: str) -> Knowledge:
    """Runs the tests of each exercise on its solution, on each mistake, and on pairs of mistakes in one definition."""
    source = source_notebook(course, assignment)
    bank, plan = read_bank(course, assignment), Plan.of(source.cells)
    lessons: dict[str, Lesson] = {}
    versions: list[Version] = []
    for exercise, solution in plan.solutions.items():
        mistakes = [v for v in bank.mistakes if v.exercise == exercise and v.recognisable]
        if mistakes:
            lessons[exercise] = Lesson(exercise, [Known(v.name, v.breaks, v.hint) for v in mistakes])
            versions += _versions(exercise, solution, mistakes)
    knowledge = Knowledge(list(plan.cells), lessons)
    for version, trace in zip(versions, _traces(knowledge, plan, versions), strict=True):
        if trace is None:
            continue
        lesson, name = lessons[version.exercise], version.definition
        wrong = lesson.wrong.setdefault(name, {})
        known = wrong.get(version.numbers) if version.numbers else lesson.right.get(name)
        if known is not None:
            known.unsteady = frozenset(trace.places_unlike(known))
        elif version.numbers:
            wrong[version.numbers] = trace
        else:
            lesson.right[name] = trace
    for lesson in lessons.values():
        for name, right in lesson.right.items():
            for trace in (right, *lesson.wrong[name].values()):
                trace.leave_out(right.unsteady)
    return knowledge


def _versions(exercise: str, solution: str, mistakes: Sequence[Variant]) -> Iterator[Version]:
    """Each definition right, and with each mistake that changes it; twice where a run may differ from the next."""
    right = definitions(solution)
    for name, (_, node) in right.items():
        yield Version(exercise, name, (), solution)
        yield Version(exercise, name, (), solution)
        changed = {}
        for number, mistake in enumerate(mistakes):
            own = definitions(mistake.code).get(name)
            if own is not None and _tokens(own[1]) != _tokens(node):
                changed[number] = own[1]
                version = Version(exercise, name, (number,), substitute(solution, mistake.code))
                yield from [version] * (2 if mistake.may_vary else 1)
        for (i, one), (j, other) in itertools.combinations(changed.items(), 2):
            merged = merge(node, one, other)
            if merged is not None:
                both = substitute(substitute(solution, mistakes[i].code), mistakes[j].code)
                yield Version(exercise, name, (i, j), substitute(both, merged))


Token = tuple[int, str]


def merge(base: ast.stmt, one: ast.stmt, other: ast.stmt) -> str | None:
    """The text of `base` with the changes of both to it; None where they touch the same place, or make no sense."""
    tokens = _tokens(base)
    first, second = _hunks(tokens, _tokens(one)), _hunks(tokens, _tokens(other))
    if any(a_start <= b_end and b_start <= a_end for a_start, a_end, _ in first for b_start, b_end, _ in second):
        return None
    for start, end, new in sorted(first + second, key=lambda hunk: hunk[:2], reverse=True):
        tokens[start:end] = new
    with suppress(SyntaxError, ValueError, tokenize.TokenError):
        return ast.unparse(ast.parse(tokenize.untokenize(tokens)))
    return None


def _tokens(node: ast.stmt) -> list[Token]:
    """Of a definition without its docstrings, in one way of writing."""
    tree = ast.parse(ast.unparse(node))
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
    text = ast.unparse(tree) + "\n"
    return [(token.type, token.string) for token in tokenize.generate_tokens(io.StringIO(text).readline)]


def _hunks(base: list[Token], changed: list[Token]) -> list[tuple[int, int, list[Token]]]:
    matcher = difflib.SequenceMatcher(None, base, changed, autojunk=False)
    return [(i1, i2, changed[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]


# ---------------------------------------------------------------- running them


def _traces(knowledge: Knowledge, plan: Plan, versions: Sequence[Version]) -> Iterator[Trace | None]:
    """The trace of each version, in their order, made by child processes; None for one that ended its process."""

    right: dict[str, Any] = {}

    def run(version: Version) -> Iterator[Any]:
        if not right:  # made once in each child
            right.update(right_namespace(knowledge.cells))
        yield _trace(knowledge, right, version).to_data()

    warm_up(plan)
    for rows in fork_map(run, versions, list, _BATCH):
        yield Trace.from_data(rows[0]) if rows else None


def _trace(knowledge: Knowledge, right: dict[str, Any], version: Version) -> Trace:
    """The definition under test is the version's, and all around it is right."""
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002  (forks share the legacy state)
    own = dict(right)
    exec(compile(version.code, f"<{version.exercise}>", "exec"), own)
    target = own[version.definition]
    for _, kind, source in knowledge.cells:
        if kind == "solution":
            own |= {name: right[name] for name in definitions(source) if name in right and name != version.definition}
    here = Here()
    tracer = Tracer(here, SECONDS)
    namespace = test_namespace(knowledge.cells, right, {version.definition: tracer.adopt(here.proxy(target))})
    _stop_after(SECONDS)
    try:
        return run_tests(knowledge.tests(version.exercise), namespace, tracer)
    except Stop:
        return tracer.trace
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop_after(seconds: float) -> None:
    def ring(number: int, frame: FrameType | None) -> None:
        raise Stop

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def main(root: str, assignment: str, fingerprint: str) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    course = Course(Path(root))
    record(course, assignment).write(course.knowledge(assignment), fingerprint)


if __name__ == "__main__":
    main(*sys.argv[1:])
