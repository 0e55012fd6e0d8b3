"""Measures the hints: who is shown the right one, and who is shown that of a mistake which is not made.

The right hint for a mistake is its own; where one with another hint gives the same, none. An accepted variant must be
shown nothing. A mutant may be shown the hint of a mistake with which it agrees on every visible call of one function
that is made to look at one thing (its values, its stability, its arguments), and of no other: only then it makes that
mistake as far as the visible tests can see.
"""

from collections.abc import Sequence

from nbcore.hints import Table, tables
from nbcore.probe.outcome import same

from ..course.bank import Bank
from ..mistakes.record import Version, run_versions
from ..mistakes.recording import ExerciseRecording, Recording
from ..mistakes.trace import Trace
from ..mistakes.visible import Call
from .mutants import Mutant
from .result import Audit, AuditFinding

RIGHT_HINTS = 0.90
MISLED_MUTANTS = 0.01

Shown = Sequence[tuple[str, ...]]  # the hints of each test cell that shows one


def judge_variants(result: Audit, bank: Bank, shown: dict[str, list[tuple[str, ...]]]) -> None:
    """Counts right and wrong hints for the variants of the bank. shown: by key of the variant."""
    (table,) = tables()
    visible = _told_apart(table)
    missed = []
    for mistake in bank.mistakes:
        hints = shown[mistake.key]
        row = result.exercises[mistake.exercise]
        for wrong in (texts for texts in hints if mistake.hint not in texts):
            result.findings.append(AuditFinding.of(mistake, f"is told the hint of another: {' / '.join(wrong)}"))
        if (mistake.exercise, mistake.name) in visible and mistake.recognisable:
            row.hinted += 1
            row.hinted_right += any(mistake.hint in texts for texts in hints)
            if not any(mistake.hint in texts for texts in hints):
                missed.append(AuditFinding.of(mistake, "does not get its hint"))
    if result.share_of_right_hints < RIGHT_HINTS:
        result.findings += missed

    for variant in bank.accepted:
        wrong_hints = {text for texts in shown[variant.key] for text in texts}
        result.exercises[variant.exercise].accepted_misled += bool(wrong_hints)
        result.findings += [AuditFinding.of(variant, f"is told a hint: {text}") for text in sorted(wrong_hints)]


def _told_apart(table: Table) -> set[tuple[str, str]]:
    """Exercise and name of the mistakes that give, in some visible call, what none with another hint gives."""
    found = set()
    for entry in table.entries:
        for _, all_of in (row for rows in entry.wrong.values() for row in rows):
            alone = [table.mistakes[m[0]] for m in all_of if len(m) == 1]
            if len({hint.text for hint in alone}) == 1:
                found |= {(hint.exercise, hint.mistake) for hint in alone}
    return found


def judge_mutants(
    result: Audit, recording: Recording, hinted: Sequence[tuple[Mutant, Shown]], jobs: int | None = None
) -> None:
    """Counts mutants that are shown the hint of a mistake which they do not make. hinted: those that are shown any."""
    versions = [Version(mutant.exercise, {mutant.exercise: mutant.code}) for mutant, _ in hinted]
    wrong = []
    for (mutant, shown), seen in zip(hinted, run_versions(recording.plan, versions, jobs), strict=True):
        made = _hints_of_mistakes_made(recording.exercises[mutant.exercise], seen.trace) if seen is not None else set()
        misleading = [texts for texts in shown if not made.intersection(texts)]
        result.exercises[mutant.exercise].mutants_misled += bool(misleading)
        wrong += [
            AuditFinding(
                f"exercise {mutant.exercise}",
                f"mutant {mutant.number}",
                f"{mutant.was}  ->  {mutant.now}: is told {texts[0]!r}",
            )
            for texts in misleading
        ]
    if result.share_of_misled_mutants >= MISLED_MUTANTS:
        result.findings += wrong


def _hints_of_mistakes_made(exercise: ExerciseRecording, trace: Trace) -> set[str]:
    """Of the mistakes with which this version agrees on all calls of a kind of one function, not all right."""
    right = exercise.visible.right
    groups = {_group(place) for place in right.outcomes}
    made: set[str] = set()
    for numbers, wrong in exercise.visible.wrong.items():
        if any(not _agree(wrong, right, group) and _agree(wrong, trace, group) for group in groups):
            made |= {exercise.mistakes[number].hint for number in numbers}
    return made


def _group(place: str) -> tuple[str, str]:
    call = Call.at(place)
    return call.kind, call.function


def _agree(one: Trace, other: Trace, group: tuple[str, str]) -> bool:
    places = [place for place in one.outcomes.keys() | other.outcomes.keys() if _group(place) == group]
    return all(
        place in one.outcomes and place in other.outcomes and same(one.outcomes[place], other.outcomes[place])
        for place in places
    )
