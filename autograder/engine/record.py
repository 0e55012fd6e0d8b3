"""All that goes into the grading of a notebook and all that comes out: one record a cell and one a notebook, from the
examiner's process to the file beside the graded notebook, with one encoder and one decoder.

Plain dataclasses; nothing is graded here. The engine fills them; nbgrader's plug-ins, pages and the report read them.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

import msgspec

from ..course.markup import Directives, directives, split
from ..examiner.examine import Verdict
from ..limits import Limits, Stop
from ..mistakes.counter_examples import CounterExample
from ..mistakes.recognise import RecognisedMistake
from ..questions.rules import Question

FORMAT: Final = 2  # of the file; one of another format is not read
T = TypeVar("T")

# ---------------------------------------------------------------- what goes in


@dataclass(frozen=True)
class ReleasedCell:
    """A cell that nbgrader knows, as it was released."""

    name: str
    cell_type: str
    source: str
    checksum: str = ""
    locked: bool = False
    grade: bool = False
    solution: bool = False
    task: bool = False
    points: float = 0.0

    @property
    def must_exist(self) -> bool:
        """A solution cell that is gone may have been rewritten elsewhere; its empty stub must not undo that."""
        return self.locked or self.grade or self.task

    def flags(self) -> dict[str, Any]:
        """Its metadata as nbgrader writes them."""
        flags: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.name,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
            "locked": self.locked,
            "grade": self.grade,
            "solution": self.solution,
            "task": self.task,
        }
        if self.grade or self.task:
            flags["points"] = self.points
        return flags


@dataclass(frozen=True)
class Assignment:
    """What all submissions of a notebook share: its released cells, and the file of what known mistakes give there."""

    name: str = ""
    notebook: str = ""
    cells: tuple[ReleasedCell, ...] = ()
    recording: str | None = None

    @property
    def open_sources(self) -> list[str]:
        """The released sources of the code cells that students fill in."""
        return [cell.source for cell in self.cells if not cell.locked and cell.cell_type == "code"]


Mode = Literal["examiner", "in-process"]


@dataclass(frozen=True)
class CellJob:
    """One code cell. `points` is None unless it is an autograded test cell; `locked` says that its source is ours.

    A test cell of mode "in-process" is run whole by the student's process, as plain nbgrader runs every one. One that
    is left out is not run: no mark depends on it.
    """

    index: int
    source: str
    grade_id: str | None = None
    points: float | None = None
    locked: bool = False
    mode: Mode = "examiner"
    left_out: bool = False

    @property
    def name(self) -> str:
        return self.grade_id or f"number {self.index + 1}"

    @property
    def visible(self) -> str:
        """What the student's process gets of it."""
        return split(self.source).visible if self.locked and self.mode == "examiner" else self.source

    @property
    def hidden(self) -> str:
        """What the examiner runs of it."""
        return split(self.source).hidden if self.mode == "examiner" else ""

    @property
    def directives(self) -> Directives:
        """What the author asks for. Nothing where that cannot be understood: `examine` says so."""
        if not self.locked or self.points is None:
            return Directives()
        try:
            found = directives(split(self.source).hidden)
        except ValueError:
            return Directives()
        return found if self.mode == "examiner" else replace(found, without=None)


@dataclass(frozen=True)
class Job:
    """A submission to grade: its code cells in order, its limits, and the folder with its files, of which the grader
    puts down the fingerprint, `beside`. questions: whether some are asked on the student's own code."""

    cells: tuple[CellJob, ...]
    assignment: Assignment = field(default_factory=Assignment)
    limits: Limits = field(default_factory=Limits)
    files: str | None = None
    student: str = ""
    beside: str = ""
    questions: bool = False

    @property
    def separate(self) -> list[CellJob]:
        """The test cells whose hidden lines want a process of their own."""
        return [cell for cell in self.cells if cell.directives.separate]

    @cached_property
    def seed(self) -> int:
        """Of what hidden tests draw: it depends on all that the student has handed in and code can read, and on
        nothing else."""
        written = "\0".join(cell.source for cell in self.cells if not cell.locked) + self.beside
        return int.from_bytes(hashlib.sha256(written.encode("utf-8", "replace")).digest()[:4], "big") | 1

    @cached_property
    def whole_limits(self) -> Limits:
        """Those of the notebook's own process: cells that may take longer do so at nobody's cost."""
        more = sum(cell.directives.cpu_seconds or 0.0 for cell in self.cells)
        usual = self.limits
        return replace(usual, cpu=usual.cpu + more, wall=usual.wall + usual.patience * more)

    def separate_limits(self, cell: CellJob) -> Limits:
        """Those of the process of this cell alone; it exists, idle, from the start of the notebook."""
        seconds = cell.directives.cpu_seconds or self.limits.cell
        return replace(self.limits, cpu=2 * seconds, wall=self.whole_limits.wall, cell=seconds, call=seconds)


# ---------------------------------------------------------------- what comes out

Reached = Literal["examiner", "in-process", "manual"]


@dataclass(frozen=True)
class Finding:
    """Something worth knowing of a submission."""

    kind: Literal["limit", "protocol", "canary", "mark", "output", "repair", "examiner"]
    text: str
    cell: str | None = None
    stop: Stop | None = None

    @classmethod
    def of(cls, stop: Stop, cell: str | None = None) -> Self:
        """What stopped something, as a finding."""
        return cls(stop.finding(), stop.sentence(cell), cell, stop)


@dataclass(frozen=True)
class Mark:
    """The mark of one cell, with the verdict where there is one. `score` is None where a person has to decide."""

    cell: str
    max_score: float
    score: float | None
    reached: Reached
    verdict: Verdict | None = None

    @property
    def lost(self) -> bool:
        """Whether points are missing."""
        return self.score is not None and self.score < self.max_score


@dataclass
class CellRecord:
    """What became of one code cell. `index` counts the cells of the notebook. `no_python`: whether it is a student's
    that Python cannot read. `told`: whether the last output is what a student may know of a failed hidden test."""

    index: int
    name: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    execution_count: int | None = None
    no_python: bool = False
    told: bool = False
    seconds: float = 0.0
    mark: Mark | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass
class NotebookRecord:
    """What became of one notebook of a submission. Times in seconds, memory in bytes (the largest process).

    ended: why its process was ended, if it was. students_own_seconds: time in which the student's code ran. seed: of
    what the hidden tests drew. examples: calls that show what is wrong. questions: on the student's own code, for
    exercises with all their points. guesses: by question, what the student guessed before the experiment. hints_taken:
    by exercise, how many of its hints the student saw. handed_in: the digest of the folder that was handed in. basis:
    digests of what else the result depends on, as `grade.reuse` makes them. answers: by cell that a person marks, the
    digest of what stands there.
    """

    student: str
    assignment: str
    notebook: str
    isolation: str
    missing_layers: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    cells: list[CellRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ended: Stop | None = None
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0
    students_own_seconds: float = 0.0
    calls: int = 0
    seed: int = 0
    mistakes: list[RecognisedMistake] = field(default_factory=list)
    examples: list[CounterExample] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    guesses: dict[str, str] = field(default_factory=dict)
    hints_taken: dict[str, int] = field(default_factory=dict)
    handed_in: str = ""
    basis: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    def same_answers(self, before: "NotebookRecord | None") -> set[str]:
        """The cells with points whose answers are those of an earlier record: a mark that a person gave still holds."""
        if before is None:
            return set()
        same_code = self.seed == before.seed != 0
        tests = {mark.cell for mark in self.marks if mark.cell not in self.answers} if same_code else set()
        return tests | {cell for cell, digest in self.answers.items() if before.answers.get(cell) == digest}

    @property
    def marks(self) -> list[Mark]:
        return [cell.mark for cell in self.cells if cell.mark is not None]

    @property
    def all_findings(self) -> list[Finding]:
        """Those of the notebook, then those of its cells."""
        return [*self.findings, *(finding for cell in self.cells for finding in cell.findings)]

    @property
    def repairs(self) -> list[str]:
        """What was put right or noted before the notebook was graded, in words for a student."""
        return [finding.text for finding in self.findings if finding.kind == "repair"]

    @property
    def limits_hit(self) -> list[str]:
        return [finding.text for finding in self.all_findings if finding.kind == "limit"]

    def encoded(self) -> bytes:
        """The file of the record: without the outputs, which stand in the graded notebook."""
        data = {"format": FORMAT, **to_data(self)}
        for cell in data["cells"]:
            del cell["outputs"]
            cell.pop("told", None)  # a record that was read has no defaults of its own
        return (json.dumps(data, indent=1, ensure_ascii=True) + "\n").encode()

    def write(self, path: Path) -> None:
        path.write_bytes(self.encoded())

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None where there is no file, or none that was written in this form."""
        try:
            return cls.decoded(path.read_bytes())
        except OSError:
            return None

    @classmethod
    def decoded(cls, data: bytes) -> Self | None:
        """The record that a file holds; None where that was not written in this form."""
        try:
            found = json.loads(data)
            return from_data(found, cls) if found.pop("format") == FORMAT else None
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


# ---------------------------------------------------------------- plain data


def to_data(value: Any) -> Any:
    """A record as JSON data. The bytes are the standard library's business: outputs hold NaN, lone surrogates and
    integers of any length, at which faster encoders stop."""
    return msgspec.to_builtins(value)


def from_data(data: Any, kind: type[T]) -> T:
    """The record of this type from JSON data. Raises msgspec.ValidationError, a ValueError, that names the field."""
    return msgspec.convert(data, kind)


def writable(data: Any) -> Any:
    """JSON data with question marks for what no file in UTF-8 can hold: halves of surrogate pairs. Python's texts may
    contain them, and so what a student's code says; so may the JSON of a notebook in which an emoji was cut in two."""
    if type(data) is str:
        return data if data.isascii() else data.encode("utf-8", "replace").decode()
    if type(data) is list:
        return [writable(item) for item in data]
    return {writable(name): writable(item) for name, item in data.items()} if type(data) is dict else data
