"""Measures the hints: who is shown the right one, and who is shown that of a mistake which is not made.

The right hint for a mistake is its own. An accepted variant must be shown nothing. A mutant may be shown the hint of a
mistake with which it agrees on every visible call of one function that is made to look at one thing (its values, its
stability, its arguments), and of no other: only then it makes that mistake as far as the visible tests can see.
"""

from collections.abc import Sequence

from nbformat import NotebookNode

from nbcore.hints import tables
from nbcore.probe.outcome import Outcome, same

from ..course.contract import Contract
from ..mistakes.hint_table import Recorded, record_versions
from ..mistakes.visible import Recording
from .mutants import Mutant
from .result import Audit, AuditFinding

RIGHT_HINTS = 0.90
MISLED_MUTANTS = 0.02

Shown = Sequence[tuple[str, ...]]  # the hints of each test cell that shows one


def judge_variants(result: Audit, recorded: Recorded, shown: dict[str, list[tuple[str, ...]]]) -> None:
    """Counts right and wrong hints for the variants of the bank. shown: by key of the variant."""
    bank = recorded.bank
    (table,) = tables()
    seen = {m for entry in table.entries for rows in entry.wrong.values() for _, all_of in rows for m in all_of}
    missed = []
    for number, mistake in enumerate(bank.mistakes):
        hints = shown[mistake.key]
        row = result.exercises[mistake.exercise]
        for wrong in (texts for texts in hints if mistake.hint not in texts):
            result.findings.append(AuditFinding.of(mistake, f"is told the hint of another: {' / '.join(wrong)}"))
        if (number,) in seen and mistake.recognisable:
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


def judge_mutants(
    result: Audit,
    source: NotebookNode,
    contract: Contract,
    recorded: Recorded,
    hinted: Sequence[tuple[Mutant, Shown]],
) -> None:
    """Counts mutants that are shown the hint of a mistake which they do not make. hinted: those that are shown any."""
    versions = [(mutant.exercise, {mutant.exercise: mutant.code}) for mutant, _ in hinted]
    wrong = []
    for (mutant, shown), recording in zip(hinted, record_versions(source, contract, versions), strict=True):
        made = _mistakes_made(recorded, mutant.exercise, recording) if recording is not None else set()
        misleading = [texts for texts in shown if not made.intersection(texts)]
        result.exercises[mutant.exercise].mutants_misled += bool(misleading)
        wrong += [
            AuditFinding(
                mutant.exercise, f"mutant {mutant.number}", f"{mutant.was}  ->  {mutant.now}: is told {texts[0]!r}"
            )
            for texts in misleading
        ]
    if result.share_of_misled_mutants >= MISLED_MUTANTS:
        result.findings += wrong


def _mistakes_made(recorded: Recorded, exercise: str, recording: Recording) -> set[str]:
    """Hints of the mistakes with which this version agrees on all calls of a kind of one function, not all right."""
    right = recorded.right[exercise]
    groups = {(kind, name) for kind, name, _ in right.outcomes}
    made: set[str] = set()
    for (where, numbers), wrong in recorded.wrong.items():
        if where == exercise and any(
            not _agree(wrong, right, group) and _agree(wrong, recording, group) for group in groups
        ):
            made |= {recorded.bank.mistakes[number].hint for number in numbers}
    return made


def _agree(one: Recording, other: Recording, group: tuple[str, str]) -> bool:
    keys = [key for key in one.outcomes.keys() | other.outcomes.keys() if key[:2] == group]
    return all(_same_ways(one.outcomes.get(key, {}), other.outcomes.get(key, {})) for key in keys)


def _same_ways(one: dict[str, Outcome], other: dict[str, Outcome]) -> bool:
    return one.keys() == other.keys() and all(same(one[way], other[way]) for way in one)
