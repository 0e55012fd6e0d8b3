"""Stand-ins for functions of earlier exercises: what the right ones gave in the calls of the visible tests.

The build asks the right functions and writes down their answers, numbers and no code. A check that fails plays them
back, so that a wrong earlier exercise costs no later one. It knows nothing of mistakes.
"""

import builtins
import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..probe.call import Function, NoStandIn
from ..probe.outcome import NotPlain, outline, pack, short, unpack

# Numbers that a student computes by another formula differ by less, those of another call by more. The offset is for
# numbers near 0.
CLOSE, OFFSET = 1e-9, 1e-3
PLAIN = inspect.Parameter.POSITIONAL_OR_KEYWORD

Outlined = tuple[str, list[float]]


def question(values: Sequence[Any]) -> Outlined:
    """The outline of arguments, without the functions among them; raises NotPlain."""
    return outline([None if callable(value) else value for value in values])


def distance(one: Outlined, other: Outlined) -> float:
    """Between the numbers of two outlines; infinite where these differ."""
    if one[0] != other[0]:
        return np.inf
    return float(_apart(np.array(one[1]), np.array(other[1])).max(initial=0.0))


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Relative distance of each two numbers; 0 for two infinities or NaN alike."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(a - b) / (OFFSET + np.abs(b))
    apart = np.where(np.isnan(apart), np.inf, apart)
    return np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, apart)


@dataclass(frozen=True)
class Call:
    """A call that a right function made of a function among its arguments. result: its outline."""

    place: int
    args: list[Any]  # as plain data
    result: Outlined

    def agrees(self, values: Sequence[Any]) -> bool:
        """Whether the function at the same place among these arguments gives the same."""
        function = values[self.place]
        if not callable(function):
            return False
        try:
            return distance(outline(function(*map(unpack, self.args))), self.result) <= CLOSE
        except NotPlain:
            return False


@dataclass(frozen=True)
class Answer:
    """What a function gives for one question: the result, as plain data, or the error `{"e": [type, text]}`.

    calls: what it asked functions among its arguments. Where these answer alike, the result is the same.
    """

    question: Outlined
    result: Any
    calls: tuple[Call, ...] = ()

    def to(self, values: Sequence[Any]) -> Any:
        """The result for arguments that have this question; raises NoStandIn where functions among them differ."""
        if not all(call.agrees(values) for call in self.calls):
            raise NoStandIn
        if isinstance(self.result, dict) and "e" in self.result:
            name, text = self.result["e"]
            raise getattr(builtins, name)(text)
        return unpack(self.result)

    def to_data(self) -> list[Any]:
        calls = [[call.place, call.args, *_outlined_data(call.result)] for call in self.calls]
        return [*_outlined_data(self.question), self.result, *([calls] if calls else [])]

    @staticmethod
    def from_data(data: Sequence[Any]) -> "Answer":
        """An answer or points."""
        text, numbers, result, *calls = data
        asked = _outlined(text, numbers)
        if isinstance(result, dict) and "points" in result:
            return Points(asked, {name: [float(x) for x in row] for name, row in result.items()})
        made = [Call(place, args, _outlined(*returned)) for place, args, *returned in (calls[0] if calls else [])]
        return Answer(asked, result, tuple(made))


@dataclass(frozen=True)
class Points(Answer):
    """The same for a function that treats each number of its first argument alike.

    question: of the other arguments. result: "points", and the "values" there.
    """

    def to(self, values: Sequence[Any]) -> Any:
        try:
            x = np.asarray(values[0], dtype=float)
        except (TypeError, ValueError):
            raise NoStandIn from None
        apart = _apart(np.array(self.result["points"])[:, None], x.reshape(1, -1))
        if (apart.min(axis=0) > CLOSE).any():
            raise NoStandIn
        return np.array(self.result["values"])[apart.argmin(axis=0)].reshape(x.shape)[()]

    def to_data(self) -> list[Any]:
        return [*_outlined_data(self.question), {name: short(row) for name, row in self.result.items()}]


def _outlined_data(outlined: Outlined) -> list[Any]:
    return [outlined[0], short(outlined[1])]


def _outlined(text: str, numbers: Sequence[Any]) -> Outlined:
    return text, [float(x) for x in numbers]


@dataclass
class Earlier:
    """The answers that are stored for one notebook.

    signatures: of the earlier functions. answers: by function under test and digest of its arguments, those of each
    earlier function that is asked there, all of one kind; none where they could not be stored.
    """

    signatures: dict[str, inspect.Signature] = field(default_factory=dict)
    answers: dict[tuple[str, str], dict[str, list[Answer]]] = field(default_factory=dict)

    def stand_ins(
        self, function: str, digest: str, provided: Mapping[str, Function] | None = None
    ) -> dict[str, Function]:
        """By name, what stands in for earlier functions in this call of a function under test.

        Those that play back answers raise NoStandIn for other questions. provided: what to take where none are stored.
        """
        known = self.answers.get((function, digest), {})
        stored = {name: _stand_in(name, self.signatures[name], answers) for name, answers in known.items() if answers}
        return {name: f for name, f in {**(provided or {}), **stored}.items() if name in known}

    def to_data(self) -> dict[str, Any]:
        signatures = {name: signature_data(signature) for name, signature in self.signatures.items()}
        answers = [
            [*key, {name: [answer.to_data() for answer in answers] for name, answers in known.items()}]
            for key, known in self.answers.items()
        ]
        return {"signatures": signatures, "earlier": answers}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Earlier":
        signatures = {name: signature_of(parameters) for name, parameters in data["signatures"].items()}
        answers = {
            (function, digest): {name: list(map(Answer.from_data, rows)) for name, rows in known.items()}
            for function, digest, known in data["earlier"]
        }
        return cls(signatures, answers)


def _stand_in(name: str, signature: inspect.Signature, answers: Sequence[Answer]) -> Function:
    elementwise = isinstance(answers[0], Points)

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = list(bound.arguments.values())
        try:
            asked = question(values[1:] if elementwise else values)
        except NotPlain:
            raise NoStandIn from None
        apart = [(distance(answer.question, asked), answer) for answer in answers]
        close = [answer for d, answer in sorted(apart, key=lambda pair: pair[0]) if d <= CLOSE]
        for answer in close:
            with suppress(NoStandIn):
                return answer.to(values)
        raise NoStandIn

    stand_in.__name__ = name
    return stand_in


def signature_data(signature: inspect.Signature) -> list[list[Any]]:
    """Names and defaults of the parameters; raises NotPlain where they are of another kind."""
    if not signature.parameters or any(p.kind != PLAIN for p in signature.parameters.values()):
        raise NotPlain
    return [[p.name, *([] if p.default is p.empty else [pack(p.default)])] for p in signature.parameters.values()]


def signature_of(data: Sequence[Sequence[Any]]) -> inspect.Signature:
    """The signature that `signature_data` wrote."""
    parameters = [
        inspect.Parameter(name, PLAIN, default=unpack(default[0]) if default else inspect.Parameter.empty)
        for name, *default in data
    ]
    return inspect.Signature(parameters)
