"""Recognises known mistakes in a graded notebook, for the class report and for feedback. It decides no mark.

With the bank of the course at hand, the student's functions run through the tests of an exercise once more, with the
right ones in place of those of other exercises, and what they give is compared with what each known mistake gives. In a
course without a bank nothing is recognised.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nbcore.probe.call import in_place

from ..course.code import compiled, compiled_statements, defined_in
from ..course.markup import TestCell
from ..course.plan import Plan
from ..examiner.examine import consult
from ..examiner.session import Session
from .explain import explain
from .recording import Recording
from .trace import OutOfTime, Trace, Tracer, right_namespace, run_tests, test_namespace

_SECONDS: Final = 8.0  # for the tests of one definition: most take less than a second
_DEFINITION_SECONDS: Final = 2.0  # for the student's cell, which only defines things
SHARE: Final = 0.5  # of the CPU time of a submission: beyond it nothing more is asked, lest its limit is reached here


@dataclass(frozen=True)
class RecognisedMistake:
    """A mistake of the bank that explains lost points of an exercise: those of the aspects that it breaks."""

    exercise: str
    name: str
    hint: str
    breaks: tuple[str, ...] = ()


def recognise(
    session: Session, recording: Recording | None, answers: Mapping[str, str], lost: Iterable[str]
) -> list[RecognisedMistake]:
    """Each mistake that explains test cells without their points.

    recording: what known mistakes give, if that is known. answers: the student's cells by exercise. lost: the test
    cells. Names that are not test-EXERCISE-ASPECT, and notebooks without a recording, give nothing.
    """
    aspects: dict[str, set[str]] = {}
    for test in filter(None, map(TestCell.parse, lost)):
        aspects.setdefault(test.exercise, set()).add(test.aspect)
    if not aspects or recording is None:
        return []
    right = right_of(recording.plan)
    found = []
    for exercise, recorded in recording.exercises.items():
        if exercise not in aspects or not recorded.alone:
            continue
        if session.cpu() > SHARE * session.limits.cpu:
            break
        define_again(session, answers, exercise)
        traces = {}
        for name, of_name in recorded.alone.items():
            # Twice where a mistake draws numbers of its own: it is known by giving something else each time.
            times = 2 if of_name.unsteady else 1
            runs = [_trace(session, recording.plan, right, exercise, name, set(aspects)) for _ in range(times)]
            if runs[0] is not None:
                traces[name] = runs[0].after(*runs[1:])
        found += [
            RecognisedMistake(exercise, known.name, known.hint, known.breaks)
            for known in explain(recorded, traces, aspects[exercise])
        ]
    return found


@lru_cache(1)
def right_of(plan: Plan) -> Mapping[str, Any]:
    """The names of a notebook in which every exercise is solved, made once a process."""
    return right_namespace(plan.cells)


def prepare_recording(path: Path) -> None:
    """Read the recording, and compile its cells, ahead of the first submission. Executes none of them."""
    with suppress(OSError, ValueError, SyntaxError):
        for name, kind, source in Recording.read(path).plan.cells:
            if kind == "test":
                compiled_statements(name, source)
            else:
                compiled(name, source)
                defined_in(source)


def define_again(session: Session, answers: Mapping[str, str], exercise: str) -> None:
    """Run the student's cell once more: a class or a default argument may hold what the tests have left in it."""
    if exercise in answers and session.dead is None:
        session.run_cell(answers[exercise], _DEFINITION_SECONDS, history=False)


def _trace(
    session: Session, plan: Plan, right: Mapping[str, Any], exercise: str, name: str, wrong: set[str]
) -> Trace | None:
    """What the student's definition gives in the tests of its exercise; None where there is none."""
    if session.dead is not None:
        return None
    # Functions of exercises that kept their points are right already.
    others = {
        other: right[other]
        for cell, source in plan.solutions.items()
        if cell in wrong
        for other in defined_in(source)
        if other != name and other in right and not isinstance(right[other], type)
    }
    tracer = Tracer(session, _SECONDS)

    def use(own: dict[str, Any]) -> Trace:
        if name not in own:
            return Trace()
        target = tracer.adopt(own[name])
        try:
            with standing_in(own.values(), others):
                namespace = test_namespace(plan.cells, right, {name: target})
                return run_tests(plan.tests_of(exercise), namespace, tracer)
        except OutOfTime:  # while the student's own functions were put back: their process is gone
            return tracer.trace

    return consult(session, (name, *others), _SECONDS, use) or tracer.trace


@contextmanager
def standing_in(functions: Iterable[Any], others: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """These functions in place of the student's of the same names, for all that the notebook has defined."""
    space = next((function for function in functions if _has_globals(function)), None)
    with in_place([space] if space is not None else [], others):
        yield


def _has_globals(function: Any) -> bool:
    try:
        return "__name__" in function.__globals__
    except Exception:  # a class, or an object that stands for a function
        return False
