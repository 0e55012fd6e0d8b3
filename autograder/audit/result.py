"""What an audit found: counts by exercise, and findings. The audit fills it, `show` prints it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from ..course.bank import Variant

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class AuditFinding:
    """Something that the audit does not accept: what was run, and what is wrong with how it was graded.

    place: the exercise, or the cell, as a message names it.
    """

    place: str
    what: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.problem}"

    @classmethod
    def of(cls, variant: Variant, problem: str) -> Self:
        """What is wrong with how a variant of the bank was graded."""
        kind = "accepted variant" if variant.accepted else "mistake"
        return cls(f"exercise {variant.exercise}", f"{kind} {variant.name!r}", problem)


@dataclass
class ExerciseAudit:
    """Counts for one exercise."""

    exercise: str
    mistakes: int = 0
    mistakes_right: int = 0
    hidden_alone: list[str] = field(default_factory=list)  # mistakes that no visible line catches
    accepted: int = 0
    accepted_right: int = 0
    mutants: int = 0
    mutants_caught: int = 0
    equivalent: int = 0
    hinted: int = 0  # mistakes that the visible tests tell from those with another hint
    hinted_right: int = 0
    accepted_misled: int = 0  # misled: shown a hint on a mistake that is not made
    mutants_misled: int = 0
    recognisable: int = 0  # mistakes that the examiner was shown
    recognised: int = 0
    lost: int = 0  # test cells in which the examiner gave a mistake no points
    exampled: int = 0  # those of them with a counter-example
    bare: list[str] = field(default_factory=list)  # mistakes without one, each with its test cell


@dataclass
class Audit:
    """The result for one assignment."""

    assignment: str
    exercises: dict[str, ExerciseAudit]
    findings: list[AuditFinding] = field(default_factory=list)
    seconds: float = 0.0
    solved: bool = True  # else the solution fails its own tests, and nothing else was run
    reused: bool = False  # the variants were not run: an earlier run with the same sources has shown all of it

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def share_of_mutants_caught(self) -> float:
        """Of the mutants that are not listed as equivalent; 1.0 where there are none."""
        total = sum(row.mutants for row in self.exercises.values())
        caught = sum(row.mutants_caught for row in self.exercises.values())
        return caught / total if total else 1.0

    @property
    def share_of_right_hints(self) -> float:
        """Of the mistakes that the visible tests tell apart; 1.0 where there are none."""
        total = sum(row.hinted for row in self.exercises.values())
        return sum(row.hinted_right for row in self.exercises.values()) / total if total else 1.0

    @property
    def share_of_misled_mutants(self) -> float:
        """Mutants that are shown a wrong hint, of all that are not equivalent to the solution."""
        total = sum(row.mutants for row in self.exercises.values())
        return sum(row.mutants_misled for row in self.exercises.values()) / total if total else 0.0

    @property
    def share_recognised(self) -> float:
        """Of the mistakes that the examiner was shown, those that it named after grading; 1.0 where there are none."""
        total = sum(row.recognisable for row in self.exercises.values())
        return sum(row.recognised for row in self.exercises.values()) / total if total else 1.0

    @property
    def share_exampled(self) -> float:
        """Of the test cells without their points, those with a counter-example; 1.0 where there are none."""
        total = sum(row.lost for row in self.exercises.values())
        return sum(row.exampled for row in self.exercises.values()) / total if total else 1.0
