"""Finds a counter-example for each test cell without its points: lines that the student can run, what they give with
the student's code, and what is right. It decides no mark.

The lines are the recorded examples of the exercise, tried from small to large. None of them comes from a hidden test.
"""

import itertools
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from nbcore.probe.examples import Example, Ran, run_text

from ..course.code import defined_in, names_from_outside
from ..course.markup import TestCell
from ..course.plan import Plan
from ..examiner.examine import ENDS, consult
from ..examiner.session import Session
from .recognise import SHARE, define_again, right_of, standing_in
from .recording import ExerciseRecording, Recording
from .trace import test_namespace

_CELLS: Final = 10  # for so many test cells of a notebook there is time
_CANDIDATES: Final = 4  # examples of which one may show the same without stand-ins


@dataclass(frozen=True)
class CounterExample:
    """Lines on small inputs that show a fault.

    cell: the test cell without its points. code: lines for the notebook; what the last one gives is compared. yours,
    right: what it gives, as text. witness: another reason why that is right, such as a central difference of the loss.
    note: what was not the student's own when the lines ran. aspect: what the lines are an example of, which need not be
    the aspect of the cell.
    """

    cell: str
    code: str
    yours: str
    right: str
    witness: str = ""
    note: str = ""
    aspect: str = ""


def counter_examples(
    session: Session, recording: Recording | None, answers: Mapping[str, str], lost: Iterable[str]
) -> list[CounterExample]:
    """One for each test cell without its points, as far as one is found.

    recording: with the examples, if there is one. answers: the student's cells by exercise. lost: the cells.
    """
    cells: dict[str, list[TestCell]] = {}
    for test in filter(None, map(TestCell.parse, sorted(lost))):
        cells.setdefault(test.exercise, []).append(test)
    if not cells or recording is None:
        return []
    allowance = _Allowance(session, _CELLS * session.limits.example)
    found: list[CounterExample] = []
    for name, exercise in recording.exercises.items():
        if name not in cells or not exercise.examples:
            continue
        if session.dead is not None or allowance.spent or session.cpu() > SHARE * session.limits.cpu:
            break
        found += _of_exercise(session, recording.plan, right_of(recording.plan), exercise, answers, cells, allowance)
    return found


class _Allowance:
    """CPU time of the student's process that may be used, and by the clock `patience` times as much.

    whole: the allowance of which this one is a part.
    """

    def __init__(self, session: Session, seconds: float, whole: "_Allowance | None" = None) -> None:
        self._session, self._seconds, self._whole = session, seconds, whole
        self._started, self._cpu = time.monotonic(), session.cpu()

    @property
    def spent(self) -> bool:
        if self._whole is not None and self._whole.spent:
            return True
        passed = time.monotonic() - self._started  # asked first, because it takes no time
        if passed <= self._seconds:
            return False
        return passed > self._session.limits.patience * self._seconds or self._session.cpu() - self._cpu > self._seconds


@dataclass(frozen=True)
class _Found:
    """An example that gives something else than what is right. used: right functions in place of the student's."""

    example: Example
    ran: Ran
    used: tuple[str, ...]


@dataclass
class _Search:
    """Tries examples, each of them once, in a namespace of its own.

    anew: gives one, with the student's cell run once more: the examples before may have left something in a class.
    standing: puts the stand-ins in place; not while the cell runs, as code of a cell may not call back. asked: the
    stand-ins that were called. stand_ins: the names of all.
    """

    anew: Callable[[], Mapping[str, Any]]
    standing: Callable[[], AbstractContextManager[None]]
    asked: set[str]
    stand_ins: Iterable[str]
    _tried: dict[str, _Found | None] = field(default_factory=dict)

    def candidates(self, examples: Sequence[Example], shown: Container[str], allowance: _Allowance) -> list[_Found]:
        """The first of these that differs, or a few if stand-ins are used; before those that are shown already."""
        found: list[_Found] = []
        for example in sorted(examples, key=lambda example: example.code in shown):
            if allowance.spent:
                break
            if example.code not in self._tried:
                self._tried[example.code] = self._try(example)
            one = self._tried[example.code]
            found += [one] if one is not None else []
            if one is not None and (not one.used or len(found) == _CANDIDATES):
                break
        return found

    def _try(self, example: Example) -> _Found | None:
        space = self.anew()
        self.asked.clear()
        with self.standing():
            ran = run_text(example.code, space, example.words, ENDS)
        if not example.differs(ran) or ran.empty:
            return None
        used = self.asked | (names_from_outside(example.code) & set(self.stand_ins))
        return _Found(example, ran, tuple(sorted(used)))


def _of_exercise(
    session: Session,
    plan: Plan,
    right: Mapping[str, Any],
    exercise: ExerciseRecording,
    answers: Mapping[str, str],
    cells: Mapping[str, Sequence[TestCell]],
    whole: _Allowance,
) -> list[CounterExample]:
    """cells: those without their points, by exercise. Each gets an example of its aspect, or else one of another."""
    name, lost = exercise.exercise, cells[exercise.exercise]
    defined = defined_in(plan.solutions[name])
    # Functions of exercises that kept their points are right already.
    others = {
        function: right[function]
        for other, source in plan.solutions.items()
        if other in cells
        for function in defined_in(source)
        if function in right and function not in defined and not isinstance(right[function], type)
    }
    found: dict[TestCell, list[_Found]] = {}
    rows: list[CounterExample] = []

    def anew() -> dict[str, Any]:
        define_again(session, answers, name)
        return session.names(defined)

    def use(students: dict[str, Any]) -> None:
        own = anew()
        if not own:  # the cell did not run: its error stands in the notebook
            return
        asked: set[str] = set()
        stand_ins = {function: _noting(function, right[function], asked) for function in others}
        place = [*own.values(), *students.values()]
        space = _space(plan, {**right, **stand_ins}, own, defined)
        search = _Search(lambda: space | anew(), lambda: standing_in(place, stand_ins), asked, others)
        allowance = _Allowance(session, seconds, whole)
        with suppress(*ENDS):
            for own_aspect, cell in itertools.product((True, False), lost):
                shown = {candidates[0].example.code for candidates in found.values()}
                of_these = [one for one in exercise.examples if (one.aspect == cell.aspect) == own_aspect]
                if cell not in found and (candidates := search.candidates(of_these, shown, allowance)):
                    found[cell] = candidates
        without = _space(plan, right, students | own, defined) if others else {}
        rows.extend(_chosen(cell, found[cell], lambda: without | anew(), whole) for cell in lost if cell in found)

    seconds = session.limits.example * len(lost)
    consult(session, tuple(others), seconds, use, call=session.limits.example)
    return rows


def _noting(name: str, function: Callable[..., Any], asked: set[str]) -> Callable[..., Any]:
    """The function, which puts its name into `asked` when it is called."""

    @wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        asked.add(name)
        return function(*args, **kwargs)

    return noting


def _space(plan: Plan, right: Mapping[str, Any], own: Mapping[str, Any], defined: Iterable[str]) -> dict[str, Any]:
    """Where examples run; names of the exercise that the student has not defined are not there."""
    space = test_namespace(plan.cells, right, dict(own))
    return {name: value for name, value in space.items() if name in own or name not in defined}


def _chosen(
    cell: TestCell, candidates: Sequence[_Found], anew: Callable[[], Mapping[str, Any]], whole: _Allowance
) -> CounterExample:
    """The first that the student's own functions show alone, or the first with a note. anew: without stand-ins."""
    alone = next((found for found in candidates if not found.used or _alike(found, anew, whole)), None)
    found = alone or candidates[0]
    yours, right = found.example.in_words(found.ran)
    names = " and ".join(f"`{name}`" for name in found.used)
    note = "" if alone else f"These lines used a right {names} in place of yours."
    example = found.example
    return CounterExample(cell.name, example.code, yours, right, example.witness, note, example.aspect)


def _alike(found: _Found, anew: Callable[[], Mapping[str, Any]], whole: _Allowance) -> bool:
    try:
        if whole.spent:
            return False
        return run_text(found.example.code, anew(), found.example.words, ENDS).exact == found.ran.exact
    except ENDS:
        return False
