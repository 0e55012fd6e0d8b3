"""Compares what a student's definitions gave in the tests with what known mistakes give there.

An entry of a trace counts where the student or the mistake is wrong. A mistake explains a student as far as the two
agree in the entries that count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbcore.probe.outcome import NUMBERS, Outcome, same, same_leaves

from .recording import ExerciseRecording, KnownMistake, Numbers
from .trace import Trace

# The share of agreement from which on a mistake explains a student. Mechanical mutants, which are wrong in ways that
# nobody has named, seldom come near it unless they do what the mistake does.
ENOUGH: Final = 0.8
# In part: nearly all that the mistake makes wrong is wrong in this way, where the student's own code raised no error.
_CONTRADICTED: Final = 0.05
_SEEN: Final = 0.3
_MOST_NAMES: Final = 2  # of mistakes that explain a student equally well: with more of them nothing is known
_MISSING: Final = 0.05  # weight of an entry that is missing: a test that stopped before it says little of why
_END: Final = 0.25  # weight of the error with which a statement of the tests ended: many mistakes end it
# What an entry is worth in which the wrong numbers agree and something else does not.
_OTHER_MESSAGE, _OTHER_EFFECTS, _ROUNDING = 0.8, 0.5, 0.9
_ALIKE: Final = 0.5
_FLOAT32: Final = 1e-5  # relative error of a short computation in float32


Place = tuple[str, str]  # definition, and place in its trace


@dataclass(frozen=True)
class _Compared:
    """What a mistake, or two, makes of the student's definitions.

    share: of agreement, over all entries that count. agreed: where it is wrong and the student is alike. against: where
    it is wrong and the student is not so, and raised no error that may be a mistake of another kind. size: how many
    entries it has wrong.
    """

    numbers: Numbers
    breaks: frozenset[str]
    share: float
    agreed: frozenset[Place]
    against: frozenset[Place]
    size: int


def explain(recording: ExerciseRecording, traces: Mapping[str, Trace], lost: Iterable[str]) -> list[KnownMistake]:
    """The mistakes that the student has made in this exercise, as far as they are known; seldom more than two.

    traces: what the student's definitions gave. lost: the aspects without points: a mistake loses the points of all the
    aspects that it breaks.
    """
    lost = frozenset(lost)
    written = {name: trace for name, trace in traces.items() if name in recording.alone and not trace.untouched}
    compared = _compare(recording, written)
    found = _of_all(compared, lost) or _in_part(compared, lost, frozenset())
    if len(found) <= 1 and not any(one.share == 1.0 for one in found):
        explained = found[0].agreed if found else frozenset()
        others = _in_others(recording, written, lost, explained)
        second = _in_part(compared, lost, explained) if found and not others else []
        found = [*found, *others, *(second if len(second) == 1 else [])]
    numbers = {number for one in found for number in one.numbers}
    return [recording.mistakes[number] for number in sorted(numbers)]


def _of_all(compared: Iterable[_Compared], lost: frozenset[str]) -> list[_Compared]:
    """What explains all that is wrong, or nearly; where several do equally well, all of them."""

    def rank(one: _Compared) -> tuple[float, bool, int]:
        return round(one.share, 6), one.breaks == lost, -len(one.numbers)

    return _first([one for one in compared if one.share >= ENOUGH and one.breaks & lost], rank)


def _in_part(compared: Iterable[_Compared], lost: frozenset[str], explained: frozenset[Place]) -> list[_Compared]:
    """What is to be seen beside something else that is wrong, of which `explained` is known already."""
    possible = [
        one
        for one in compared
        if one.breaks <= lost
        and len(one.numbers) == 1
        and one.agreed - explained
        and len(one.agreed) >= _SEEN * one.size
        and len(one.against - explained) <= _CONTRADICTED * one.size
    ]
    return _first(possible, lambda one: len(one.agreed - explained))


def _in_others(
    recording: ExerciseRecording, traces: Mapping[str, Trace], lost: frozenset[str], explained: frozenset[Place]
) -> list[_Compared]:
    """What explains all that is wrong in a definition of which nothing is explained yet, looked at alone."""
    found = []
    for name, trace in traces.items():
        if all(name != where for where, _ in explained) and trace.places_unlike(recording.alone[name].right):
            alone = _of_all(_compare(recording, {name: trace}), lost)
            found += alone if len(alone) == 1 and alone[0].breaks <= lost else []
    return found


def _first(possible: Sequence[_Compared], rank: Callable[[_Compared], Any]) -> list[_Compared]:
    """Those that rank highest; none where they are too many."""
    best = max(map(rank, possible), default=None)
    ties = [one for one in possible if rank(one) == best]
    return ties if len(ties) <= _MOST_NAMES else []


def _compare(recording: ExerciseRecording, traces: Mapping[str, Trace]) -> list[_Compared]:
    """How each mistake, and each pair, fits these definitions."""
    unlike = {name: trace.places_unlike(recording.alone[name].right) for name, trace in traces.items()}
    found = []
    for numbers in dict.fromkeys(numbers for name in traces for numbers in recording.alone[name].wrong):
        share = every = 0.0
        size = 0
        agreed, against = set(), set()
        for name, trace in traces.items():
            recorded = recording.alone[name]
            right = recorded.right
            known = recorded.wrong.get(numbers, right)
            theirs = recorded.unlike.get(numbers, frozenset())
            for place in theirs | unlike[name]:
                one, other = trace.outcomes.get(place), known.outcomes.get(place)
                if one is None and not trace.whole:
                    continue
                if one is None or other is None:
                    every += _MISSING
                    share += _MISSING * (one is other)
                    continue
                if place in known.unsteady or place in trace.unsteady:
                    both = place in known.unsteady and place in trace.unsteady
                    agreement = float(both and _same_form(one, other))
                else:
                    agreement = _agreement(one, other, right.outcomes.get(place))
                weight = _END if place.endswith("/end") else 1.0
                every, share = every + weight, share + weight * agreement
                if place in theirs and weight == 1.0:
                    size += 1
                    if agreement >= _ALIKE and not one.error:
                        agreed.add((name, place))
                    elif agreement < _ALIKE and (not one.error or other.error):
                        against.add((name, place))
        breaks = frozenset(broken for number in numbers for broken in recording.mistakes[number].breaks)
        if share > 0:
            found.append(_Compared(numbers, breaks, share / every, frozenset(agreed), frozenset(against), size))
    return found


def _agreement(one: Outcome, other: Outcome, right: Outcome | None) -> float:
    """From 0 to 1: how far two outcomes are alike, of which at least one is not right."""
    if same(one, other):
        return 1.0
    if one.error or other.error:
        return _OTHER_MESSAGE if one.error and other.error and one.error[0] == other.error[0] else 0.0
    mine, theirs = one.leaves or (), other.leaves or ()
    if not same_leaves(mine, theirs):
        # Computed in float32: how it is rounded differs from machine to machine, and so does where the numbers lie.
        return _ROUNDING if right is not None and _rounded(one, right) and _rounded(other, right) else 0.0
    if right is not None and same_leaves(mine, right.leaves or ()):
        return 0.0  # the numbers are right: what is wrong is the very thing in which they differ
    return _OTHER_EFFECTS  # the warnings or the changed arguments differ, or else the two were the same


def _rounded(one: Outcome, right: Outcome) -> bool:
    """Whether the numbers are nearly right, and not quite."""
    mine, its = one.leaves or (), right.leaves or ()
    return same_leaves(mine, its, rtol=_FLOAT32) and not same_leaves(mine, its)


def _same_form(one: Outcome, other: Outcome) -> bool:
    """Whether the results, whatever their numbers and the types of these, have the same parts and shapes."""

    def form(outcome: Outcome) -> list[tuple[str, str, tuple[int, ...]]]:
        return [(n.path, "" if n.kind in NUMBERS else n.kind, n.shape) for n in outcome.leaves or ()]

    return form(one) == form(other) and (one.error is None) == (other.error is None)
