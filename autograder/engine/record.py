"""What is known of a submission after grading: plain dataclasses, written as JSON beside the autograded notebook."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

SUFFIX: Final = ".record.json"
Reached = Literal["examiner", "in-process", "manual"]


@dataclass(frozen=True)
class Finding:
    """Something worth knowing. `kind` is one of: limit, protocol, canary, mark, output, repair, isolation."""

    kind: str
    text: str
    cell: str | None = None


@dataclass
class Mark:
    """The mark of one cell. `score` is None where a person has to decide.

    `title`, `hint` and `student_error` may be shown to the student; `details` and `printed` may not.
    """

    cell: str
    max_score: float
    score: float | None
    reached: Reached
    title: str = ""
    hint: str = ""
    student_error: str = ""
    details: str = ""
    printed: str = ""
    asked: tuple[str, ...] = ()


@dataclass
class CellOutcome:
    """What running one code cell gave. `index` counts the cells of the notebook."""

    index: int
    outputs: list[dict[str, Any]]
    execution_count: int | None
    seconds: float
    mark: Mark | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Record:
    """One notebook of one submission. Times in seconds, memory in bytes (the largest process)."""

    student: str
    assignment: str
    notebook: str
    isolation: str
    missing_layers: tuple[str, ...] = ()
    marks: list[Mark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    limits_hit: list[str] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0
    students_own_seconds: float = 0.0
    calls: int = 0
    mistakes: list[dict[str, str]] = field(default_factory=list)  # exercise, name, hint of each that was recognised

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_dict(), indent=1, ensure_ascii=True) + "\n")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Record":
        fields = dict(data)
        fields["marks"] = [Mark(**{**mark, "asked": tuple(mark["asked"])}) for mark in data["marks"]]
        fields["findings"] = [Finding(**finding) for finding in data["findings"]]
        fields["missing_layers"] = tuple(data["missing_layers"])
        return cls(**fields)
