"""Numbers of the class report: pure functions over `ClassData`."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from ..grade.counted import counted
from ..grade.gradebook import GradedCell
from ..limits import MIB
from .collect import MISSING, ClassData, Submission

# Fewer submissions say nothing about how well an item separates.
MIN_FOR_DISCRIMINATION = 5
# An item that the better half of the class does not pass more often is worth a look by its author.
WEAK_DISCRIMINATION = 0.1


@dataclass(frozen=True)
class ItemRow:
    """How one test cell went: who passed, and how well it separates.

    difficulty: mean share of its points that was earned, 1 is easy. discrimination: correlation of its score with the
    rest of the marks (corrected item-total correlation, Crocker and Algina 1986, section 14); None where either is
    constant or the class is small. hints: of its exercise, the number of hints of each student who asked for some.
    """

    item: GradedCell
    passed: int
    n: int
    difficulty: float
    discrimination: float | None
    hints: tuple[int, ...] = ()

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


def _item_row(data: ClassData, item: GradedCell) -> ItemRow:
    scores = np.array([submission.scores.get(item.name) or 0.0 for submission in data.submissions])
    rest = np.array(data.totals) - scores
    discrimination = None
    if len(scores) >= MIN_FOR_DISCRIMINATION and np.ptp(scores) > 0 and np.ptp(rest) > 0:
        discrimination = float(np.corrcoef(scores, rest)[0, 1])
    passed = int(np.sum(scores >= item.max_score))
    difficulty = float(np.mean(scores) / item.max_score) if item.max_score else 1.0
    hints = tuple(n for submission in data.submissions for name, n in submission.hints_taken if name == item.exercise)
    return ItemRow(item, passed, len(scores), difficulty, discrimination, hints)


def mistake_rows(data: ClassData) -> list[MistakeRow]:
    """Every mistake that was recognised, the most frequent first."""
    students: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for submission in data.submissions:
        for mistake in submission.mistakes:
            students[mistake.exercise, mistake.name, mistake.hint].append(submission.student)
    rows = [MistakeRow(*key, tuple(dict.fromkeys(who))) for key, who in students.items()]
    return sorted(rows, key=lambda row: (-len(row.students), row.exercise, row.name))


class Gravity(IntEnum):
    """What a submission to look at may have, from the gravest."""

    BROKE = 0
    NOT_GRADED = 1
    LIMIT = 2
    MISSING = 3
    NO_POINTS = 4
    NO_PYTHON = 5
    FAR_BELOW = 6
    REPAIRED = 7
    LOST = 8
    NO_MARK = 9


# Share of the median under which a mark needs a look, where nothing explains it: the file may be to blame.
FAR_BELOW = 0.5
SUSPICIOUS = {"protocol", "canary"}


def look_first(data: ClassData) -> list[Look]:
    """Submissions with suspicious findings, limits hit, a notebook that is missing, no points or far fewer than the
    class, code that is no Python, repairs, or unexplained failures; the gravest first."""
    middle = float(np.median(data.totals))
    found = [(submission, _reasons(data, submission, middle)) for submission in data.submissions]
    ranked = sorted((row for row in found if row[1]), key=lambda row: row[1][0][0])
    return [Look(submission, tuple(text for _, text in reasons)) for submission, reasons in ranked]


def _reasons(data: ClassData, submission: Submission, middle: float) -> list[tuple[Gravity, str]]:
    broke = [text for kind, text in submission.findings if kind in SUSPICIOUS]
    reasons = [(Gravity.BROKE, f"broke a rule of the sandbox: {text}") for text in broke]
    failed = [text for kind, text in submission.findings if kind == "examiner"]
    reasons += [(Gravity.NOT_GRADED, f"the grader failed, not the student: {text}") for text in failed]
    reasons += [(Gravity.LIMIT, f"a limit was hit: {text}") for text in dict.fromkeys(submission.limits_hit)]
    reasons += [(Gravity.MISSING, text) for kind, text in submission.findings if kind == MISSING]
    total = submission.total(data.test_items)
    if total == 0:
        reasons.append((Gravity.NO_POINTS, "no points in any test"))
    if submission.no_python:
        text = f"Python cannot read the code (a syntax error): {', '.join(submission.no_python)}"
        reasons.append((Gravity.NO_PYTHON, text))
    if 0 < total < FAR_BELOW * middle and not submission.mistakes:
        which = " with no known mistake" if data.bank else ""
        text = f"far below the class{which}: {counted(total, 'point')}; half the class has {middle:g} or more"
        reasons.append((Gravity.FAR_BELOW, text))
    repairs = [text for kind, text in submission.findings if kind == "repair"]
    reasons += [(Gravity.REPAIRED, f"put right before grading: {text}") for text in repairs]
    known = {mistake.exercise for mistake in submission.mistakes}
    lost = [
        item.exercise
        for item in data.test_items
        if (submission.scores.get(item.name) or 0.0) < item.max_score and item.exercise not in known
    ]
    if data.bank and lost and total >= data.max_score / 2:
        text = f"marks lost by no known mistake: {', '.join(dict.fromkeys(lost))}"
        reasons.append((Gravity.LOST, text))
    undecided = [item.name for item in data.test_items if submission.scores.get(item.name) is None]
    if undecided:
        reasons.append((Gravity.NO_MARK, f"test cells without a mark: {', '.join(undecided)}"))
    return reasons


def to_mark(data: ClassData) -> int:
    """How many submissions have written answers that nobody has marked yet."""
    return sum(unmarked(data, submission) for submission in data.submissions)


def unmarked(data: ClassData, submission: Submission) -> bool:
    """Whether a person has yet to mark some of it."""
    return any(submission.scores.get(item.name) is None for item in data.written_items)


@dataclass(frozen=True)
class FindingRow:
    """Something that was seen, and in whose submissions."""

    kind: str
    text: str
    students: tuple[str, ...]


def finding_rows(data: ClassData) -> list[FindingRow]:
    """Every finding once, in the order of the gravity of its kind, the rarest first: that is what needs a look."""
    students: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for submission in data.submissions:
        for finding in submission.findings:
            students[finding][submission.student] = None
    rows = [FindingRow(kind, text, tuple(who)) for (kind, text), who in students.items()]
    return sorted(rows, key=lambda row: (row.kind not in SUSPICIOUS, row.kind, len(row.students), row.text))


@dataclass(frozen=True)
class GuessRow:
    """A question before an experiment, and how many guessed what, the most frequent first."""

    question: str
    guesses: tuple[tuple[str, int], ...]

    @property
    def n(self) -> int:
        return sum(count for _, count in self.guesses)


def guess_rows(data: ClassData) -> list[GuessRow]:
    """In the order of the notebook, as nearly as those who guessed have it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for submission in data.submissions:
        for question, guess in submission.guesses:
            counts[question][guess] += 1
    return [GuessRow(question, tuple(found.most_common())) for question, found in counts.items()]


@dataclass(frozen=True)
class TimeRow:
    """Something that was measured: median, what nine of ten stay under, the largest and whose it is."""

    what: str
    unit: str
    digits: int
    median: float
    most: float
    largest: float
    student: str


def time_rows(data: ClassData) -> list[TimeRow]:
    """Time and memory of the submissions that have a record; none where no one has."""
    timed = [submission for submission in data.submissions if submission.wall > 0]
    if not timed:
        return []
    rows = []
    for what, unit, digits, values in (
        ("time for the notebook", "s", 1, [s.wall for s in timed]),
        ("CPU time", "s", 1, [s.cpu for s in timed]),
        ("memory", "MiB", 0, [s.memory / MIB for s in timed]),
    ):
        largest = int(np.argmax(values))
        middle, most = (float(share) for share in np.percentile(values, [50, 90]))
        rows.append(TimeRow(what, unit, digits, middle, most, values[largest], timed[largest].student))
    return rows


def anonymised(data: ClassData) -> ClassData:
    """The same class with numbers for names and ids, in the order of the marks, also in what the findings say.

    Among equal marks the order is that of a digest, so that it says nothing of the names either.
    """
    ranked = sorted(
        zip(data.totals, data.submissions, strict=True),
        key=lambda pair: (-pair[0], hashlib.sha256(pair[1].student.encode()).digest()),
    )
    numbered = [
        _renamed(submission, f"student {number:0{len(str(len(ranked)))}d}")
        for number, (_, submission) in enumerate(ranked, 1)
    ]
    return replace(data, submissions=numbered)


def _renamed(submission: Submission, number: str) -> Submission:
    own = {
        unicodedata.normalize("NFC", word) for word in (submission.student, submission.name, *submission.name.split())
    }
    words = "|".join(re.escape(word) for word in sorted(own, key=len, reverse=True) if len(word) > 1)
    # An underscore parts words too: a finding names files, as in Lee_Ann_02.ipynb.
    pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE) if words else re.compile("(?!)")

    def without_name(text: str) -> str:
        return pattern.sub(number, unicodedata.normalize("NFC", text))

    return replace(
        submission,
        student=number,
        name=number,
        feedback=None,
        findings=tuple((kind, without_name(text)) for kind, text in submission.findings),
        guesses=tuple((without_name(question), without_name(guess)) for question, guess in submission.guesses),
        limits_hit=tuple(map(without_name, submission.limits_hit)),
    )
