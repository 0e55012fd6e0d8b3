"""What functions of earlier exercises give in the calls of the visible tests: the stand-ins that `nbcore.hints` stores.

While `visible` records a version, the right functions take the place of its own and write down what they are asked;
`hint_table` puts the answers of all versions together.
"""

import builtins
import inspect
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbcore.hints.earlier import Answer, Call, Earlier, Points, distance, question, signature_data, signature_of
from nbcore.probe.call import Function, Probe, first_change, fresh, name_and_call
from nbcore.probe.outcome import NotPlain, digest, outline, pack, unpack

from ..course.code import defined_in
from .trace import Cells

# A student may write a function by another identity than the bank does: tanh(z) = 2 sigmoid(2z) - 1, for instance. So
# where a function treats each number alike, its values at these multiples of the numbers in a test's call are stored.
MULTIPLES = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
MOST_POINTS = 200
MOST_CALLS = 100  # of a function among the arguments
SAME = 1e-13  # the questions of two versions that ask the same differ by rounding alone
ALIKE = 1e-6  # their answers may differ by more: the relative error of two numbers that are nearly the same, say

# Function under test, digest of its arguments, earlier function, its answer, and the answer as points. Points nearby
# answer nothing; a call that cannot be stored has neither.
Row = list[Any]


@dataclass(frozen=True)
class Rights:
    """Right functions of a notebook: `own` are those of an exercise, `earlier` those of the exercises before it."""

    own: dict[str, Function]
    earlier: dict[str, Function]

    @classmethod
    def until(cls, exercise: str, cells: Cells, right: Mapping[str, Any]) -> "Rights":
        """right: the names of the notebook in which every exercise is solved."""
        earlier: dict[str, Function] = {}
        for name, kind, source in cells:
            functions = {n: right[n] for n in defined_in(source) if inspect.isfunction(right.get(n))}
            if kind == "solution" and name == exercise:
                return cls(functions, earlier)
            earlier |= functions if kind == "solution" else {}
        raise ValueError(f"there is no exercise {exercise}")

    def beside(self, function: str) -> dict[str, Function]:
        """Those that may be taken for granted where this function is tested.

        A function of the test's own calls those of the exercise, so that they are what it tests.
        """
        siblings = {name: f for name, f in self.own.items() if name != function} if function in self.own else {}
        return self.earlier | siblings


class Asked:
    """Right functions that write down what they are asked while a function under test runs.

    questions: their number. rows: a row or more for each, JSON data. signatures: of the functions, JSON data.
    """

    def __init__(self) -> None:
        self.questions = 0
        self.rows: list[Row] = []
        self.signatures: dict[str, Any] = {}

    def stand_ins(self, probe: Probe, right: Mapping[str, Function]) -> dict[str, Function]:
        """These functions, for one call of a check."""
        name, _, args, kwargs, state = name_and_call(probe)
        called = digest(args, kwargs, state)
        near = [n * x for x in _numbers_in([*args, *kwargs.values()]) for n in MULTIPLES]
        return {other: self._noting([name, called, other], near, f) for other, f in right.items()}

    def _noting(self, key: list[str], near: Sequence[float], function: Function) -> Function:
        def noting(*args: Any, **kwargs: Any) -> Any:
            self.questions += 1
            try:
                signature = inspect.signature(function)
                self.signatures[key[-1]] = signature_data(signature)
            except (NotPlain, ValueError):
                self.rows.append([*key, None, None])
                return function(*args, **kwargs)
            heard = _hear(function, signature.bind(*args, **kwargs))
            try:
                rows = list(_rows(function, heard.values, heard.answer(), near))
            except NotPlain:
                rows = [[None, None]]
            self.rows += [key + row for row in rows]
            if heard.error is not None:
                raise heard.error
            return heard.result

        noting.__name__ = key[-1]
        return noting


@dataclass
class _Heard:
    """A question and what came of it. values, after: the arguments before and after the call.

    calls: those of functions among the arguments, None for one that cannot be stored.
    """

    values: list[Any]
    after: list[Any]
    calls: list[Call | None]
    result: Any = None
    error: Exception | None = None

    def answer(self) -> Answer:
        """Raises NotPlain where it cannot be stored."""
        calls = tuple(call for call in self.calls if call is not None)
        if len(calls) < len(self.calls) or len(calls) > MOST_CALLS or first_change(self.values, self.after) is not None:
            raise NotPlain
        return Answer(question(self.values), self._plain(), calls)

    def _plain(self) -> Any:
        if self.error is None:
            outline(self.result)  # so that it can be compared
            return pack(self.result)
        kind = type(self.error)
        if getattr(builtins, kind.__name__, None) is not kind:
            raise NotPlain
        return {"e": [kind.__name__, str(self.error)]}


def _hear(function: Function, bound: inspect.BoundArguments) -> _Heard:
    bound.apply_defaults()
    values = list(bound.arguments.values())
    heard = _Heard(fresh(values), values, [])
    for place, (name, value) in enumerate(list(bound.arguments.items())):
        bound.arguments[name] = _listening(value, place, heard.calls) if callable(value) else value
    try:
        heard.result = function(*bound.args, **bound.kwargs)
    except Exception as error:
        heard.error = error
    return heard


def _listening(function: Function, place: int, calls: list[Call | None]) -> Function:
    def listening(*args: Any, **kwargs: Any) -> Any:
        before = fresh(list(args))
        result = function(*args, **kwargs)
        try:
            calls.append(None if kwargs else Call(place, list(map(pack, before)), outline(result)))
        except NotPlain:
            calls.append(None)
        return result

    return listening


def _numbers_in(values: Sequence[Any]) -> list[float]:
    numbers: list[float] = []
    for value in values:
        with suppress(NotPlain):
            numbers += outline(value)[1]
    return numbers


def _rows(function: Function, values: Sequence[Any], answer: Answer, near: Sequence[float]) -> Iterator[Row]:
    first, *rest = values
    points = nearby = None
    if not any(map(callable, values)):
        points = _points(function, first, rest)
        nearby = points and _points(function, np.array(near), rest)
    yield [answer.to_data(), points.to_data() if points and nearby else None]
    if nearby:
        yield [None, nearby.to_data()]


def _points(function: Function, first: Any, rest: Sequence[Any]) -> Points | None:
    """What the function gives there number by number; None unless it gives the same for each number alone."""
    with suppress(Exception), np.errstate(all="ignore"):
        x, y = np.asarray(first), np.asarray(function(first, *rest))
        if x.dtype.kind in "biuf" and y.dtype == np.float64 and x.shape == y.shape and x.size <= MOST_POINTS:
            values = dict(zip(x.ravel().astype(float).tolist(), y.ravel().tolist(), strict=True))
            alone = [float(function(np.float64(one), *rest)) for one in values]
            if np.allclose(alone, list(values.values()), rtol=1e-12, atol=1e-12, equal_nan=True):
                return Points(question(rest), {"points": list(values), "values": list(values.values())})
    return None


# ---------------------------------------------------------------- putting together


def earlier(right: Iterable[Row], wrong: Iterable[Row], signatures: Mapping[str, Any]) -> Earlier:
    """All answers. right: to what right versions ask, wrong: to what those with a mistake ask.

    Where an answer that right versions need cannot be stored, because it is too large or not the same each time, no
    answer of the function is.
    """
    rows = [(row, True) for row in right] + [(row, False) for row in wrong]
    whole = {name for (*_, name, answer, points), _ in rows if answer is not None and points is None}
    found = Earlier()
    incomplete: list[list[Answer]] = []
    for (function, called, name, answer, points), is_right in rows:
        if not is_right and answer is points is None:
            continue
        known = found.answers.setdefault((function, called), {}).setdefault(name, [])
        data = answer if name in whole else points
        if data is None:
            incomplete += [known] if answer is points is None else []
            continue
        found.signatures.setdefault(name, signature_of(signatures[name]))
        new = Answer.from_data(data)
        same = next((old for old in known if _same_question(old, new)), None)
        if same is None:
            known.append(new)
        elif isinstance(same, Points):
            _join(same, new)
        elif is_right and not _same_result(same.result, new.result):
            incomplete.append(known)
    for known in incomplete:
        known.clear()
    return found


def _same_question(one: Answer, other: Answer) -> bool:
    """Whether the arguments are the same, and the functions among them give the same."""
    return (
        distance(one.question, other.question) <= SAME
        and len(one.calls) == len(other.calls)
        and all(distance(a.result, b.result) <= SAME for a, b in zip(one.calls, other.calls, strict=True))
    )


def _same_result(one: Any, other: Any) -> bool:
    errors = [isinstance(result, dict) and "e" in result for result in (one, other)]
    return one == other if any(errors) else distance(outline(unpack(one)), outline(unpack(other))) < ALIKE


def _join(points: Points, more: Answer) -> None:
    """Adds the numbers that are not there yet."""
    there, values = points.result["points"], points.result["values"]
    for x, y in zip(more.result["points"], more.result["values"], strict=True):
        if not any(math.isclose(x, known, rel_tol=SAME, abs_tol=SAME) for known in there):
            there.append(x)
            values.append(y)
