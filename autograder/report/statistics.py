"""Numbers of the class report: pure functions over `ClassData`."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from .collect import ClassData, Item, Submission

# Fewer submissions say nothing about how well an item separates.
MIN_FOR_DISCRIMINATION = 5
# An item that the better half of the class does not pass more often is worth a look by its author.
WEAK_DISCRIMINATION = 0.1


@dataclass(frozen=True)
class ItemRow:
    """How one test cell went: who passed, and how well it separates.

    difficulty: mean share of its points that was earned, 1 is easy. discrimination: correlation of its score with the
    rest of the marks (corrected item-total correlation, Crocker and Algina 1986, section 14); None where either is
    constant or the class is small.
    """

    item: Item
    passed: int
    n: int
    difficulty: float
    discrimination: float | None

    @property
    def share(self) -> float:
        return self.passed / self.n if self.n else 0.0


@dataclass(frozen=True)
class MistakeRow:
    """A known mistake, and who made it."""

    exercise: str
    name: str
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """A submission that a person should look at first, and why."""

    submission: Submission
    reasons: tuple[str, ...]


def item_rows(data: ClassData) -> list[ItemRow]:
    """One row per autograded cell, in the order of the notebook."""
    return [_item_row(data, item) for item in data.test_items]


def _item_row(data: ClassData, item: Item) -> ItemRow:
    scores = np.array([submission.scores.get(item.cell) or 0.0 for submission in data.submissions])
    rest = np.array(data.totals) - scores
    discrimination = None
    if len(scores) >= MIN_FOR_DISCRIMINATION and np.ptp(scores) > 0 and np.ptp(rest) > 0:
        discrimination = float(np.corrcoef(scores, rest)[0, 1])
    passed = int(np.sum(scores >= item.max_score))
    difficulty = float(np.mean(scores) / item.max_score) if item.max_score else 1.0
    return ItemRow(item, passed, len(scores), difficulty, discrimination)


def mistake_rows(data: ClassData) -> list[MistakeRow]:
    """Every mistake that was recognised, the most frequent first."""
    students: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for submission in data.submissions:
        for mistake in submission.mistakes:
            students[mistake.exercise, mistake.name, mistake.hint].append(submission.student)
    rows = [MistakeRow(*key, tuple(sorted(set(who)))) for key, who in students.items()]
    return sorted(rows, key=lambda row: (-len(row.students), row.exercise, row.name))


def look_first(data: ClassData) -> list[Look]:
    """Submissions with limits hit, suspicious findings, unexplained failures or written answers to mark."""
    looks = [Look(submission, tuple(_reasons(data, submission))) for submission in data.submissions]
    order = {"broke": 0, "a limit": 1, "marks lost": 2, "test": 3, "written": 4}

    def urgency(look: Look) -> int:
        return min(
            (rank for reason in look.reasons for word, rank in order.items() if reason.startswith(word)), default=9
        )

    return sorted((look for look in looks if look.reasons), key=lambda look: (urgency(look), look.submission.student))


SUSPICIOUS = {"protocol", "canary", "isolation", "examiner"}


def _reasons(data: ClassData, submission: Submission) -> list[str]:
    reasons = [f"broke a rule of the sandbox: {text}" for kind, text in submission.findings if kind in SUSPICIOUS]
    reasons += [f"a limit was hit: {text}" for text in dict.fromkeys(submission.limits_hit)]
    known = {mistake.exercise for mistake in submission.mistakes}
    lost = {
        item.exercise
        for item in data.test_items
        if (submission.scores.get(item.cell) or 0.0) < item.max_score and item.exercise not in known
    }
    if lost and submission.total(data.test_items) >= data.max_score / 2:
        reasons.append(f"marks lost by no known mistake: {', '.join(sorted(lost))}")
    undecided = [item.cell for item in data.test_items if submission.scores.get(item.cell) is None]
    if undecided:
        reasons.append(f"test cells without a mark: {', '.join(undecided)}")
    if any(item.written and submission.scores.get(item.cell) is None for item in data.items):
        reasons.append("written answers to mark")
    return reasons


def pseudonyms(data: ClassData) -> dict[str, str]:
    """A name for each student that says nothing about them: numbers in the order of the marks."""
    ranked = sorted(zip(data.totals, data.submissions, strict=True), key=lambda pair: (-pair[0], pair[1].student))
    return {submission.student: f"student {number}" for number, (_, submission) in enumerate(ranked, 1)}
