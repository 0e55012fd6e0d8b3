"""Recognises known mistakes in a graded notebook, for the class report and for feedback. It decides no mark.

With the bank of the course at hand, the student's functions run through the tests of an exercise once more, with the
right ones in place of those of other exercises, and what they give is compared with what each known mistake gives. In a
course without a bank nothing is recognised.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..engine.cells import Job
from ..examiner.examine import consult
from ..examiner.session import Session

if TYPE_CHECKING:
    from .recording import Knowledge
    from .trace import Trace

_SECONDS: Final = 8.0  # for the tests of one definition: most take less than a second
_DEFINITION_SECONDS: Final = 2.0  # for the student's cell, which only defines things
_SHARE: Final = 0.5  # of the CPU time of a submission: beyond it nothing more is asked, lest its limit is reached here


def recognise(session: Session, job: Job, lost: Iterable[str]) -> list[dict[str, str]]:
    """Exercise, name and hint of each mistake that explains test cells without their points.

    `lost` names the cells, test-EXERCISE-ASPECT. Other names, and notebooks of which nothing is known, give nothing.
    """
    aspects: dict[str, set[str]] = {}
    for cell in lost:
        exercise, _, aspect = cell.removeprefix("test-").rpartition("-")
        if cell.startswith("test-") and exercise:
            aspects.setdefault(exercise, set()).add(aspect)
    if not aspects or job.knowledge is None:
        return []
    return _by_knowledge(session, job, Path(job.knowledge), aspects)


def ready(path: Path) -> None:
    """Read what is known, and compile its cells, ahead of the first submission. Executes none of them."""
    from ..course.code import compiled, compiled_statements, defined_in
    from .recording import Knowledge

    with suppress(OSError, ValueError, KeyError, StopIteration, SyntaxError):
        for name, kind, source in Knowledge.read(path).cells:
            if kind == "test":
                compiled_statements(name, source)
            else:
                compiled(name, source)
                defined_in(source)


def _by_knowledge(session: Session, job: Job, path: Path, lost: Mapping[str, set[str]]) -> list[dict[str, str]]:
    from .explain import explain
    from .recording import Knowledge
    from .trace import right_namespace

    try:
        knowledge = Knowledge.read(path)
    except (OSError, ValueError, KeyError, StopIteration):
        return []
    right = right_namespace(knowledge.cells)
    found = []
    for exercise, lesson in knowledge.lessons.items():
        if exercise not in lost:
            continue
        if session.cpu() > _SHARE * session.limits.cpu:
            break
        _define_anew(session, job, exercise)
        traces = {}
        for name in lesson.definitions:
            # Twice where a mistake draws numbers of its own: it is known by giving something else each time.
            runs = [
                _trace(session, knowledge, right, exercise, name, set(lost)) for _ in range(1 + lesson.unsteady(name))
            ]
            if runs[0] is not None:
                traces[name] = runs[0].after(*runs[1:])
        found += [
            {"exercise": exercise, "name": known.name, "hint": known.hint}
            for known in explain(lesson, traces, lost[exercise])
        ]
    return found


def _define_anew(session: Session, job: Job, exercise: str) -> None:
    """Run the student's cell once more: a class or a default argument may hold what the tests have left in it."""
    for cell in job.cells:
        if cell.grade_id == exercise and not cell.locked and session.dead is None:
            session.run_cell(cell.source, _DEFINITION_SECONDS, history=False)


def _trace(
    session: Session, knowledge: "Knowledge", right: Mapping[str, Any], exercise: str, name: str, wrong: set[str]
) -> "Trace | None":
    """What the student's definition gives in the tests of its exercise; None where there is none."""
    from ..course.code import defined_in
    from .trace import Stop, Trace, Tracer, run_tests, test_namespace

    if session.dead is not None:
        return None
    # Functions of exercises that kept their points are right already.
    others = {
        other: right[other]
        for cell, kind, source in knowledge.cells
        if kind == "solution" and cell in wrong
        for other in defined_in(source)
        if other != name and other in right and not isinstance(right[other], type)
    }
    tracer = Tracer(session, _SECONDS)

    def use(own: dict[str, Any]) -> "Trace":
        if name not in own:
            return Trace()
        target = tracer.adopt(own[name])
        try:
            with _standing_in(own.values(), others):
                namespace = test_namespace(knowledge.cells, right, {name: target})
                return run_tests(knowledge.tests(exercise), namespace, tracer)
        except Stop:  # while the student's own functions were put back: their process is gone
            return tracer.trace

    return consult(session, (name, *others), _SECONDS, use) or tracer.trace


@contextmanager
def _standing_in(functions: Iterable[Any], others: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """These functions in place of the student's of the same names, for all that the notebook has defined."""
    from nbcore.probe.call import in_place

    space = next((function for function in functions if _has_globals(function)), None)
    with in_place([space] if space is not None else [], others):
        yield


def _has_globals(function: Any) -> bool:
    try:
        return "__name__" in function.__globals__
    except Exception:  # a class, or an object that stands for a function
        return False
