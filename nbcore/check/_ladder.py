"""How far a student has come on the ladder of hints of each exercise, and what the test cells have said since.

The next rung opens after a changed attempt: a test cell of the exercise that says something else than it did when the
last rung was shown. Time opens none, and no more does a test cell that was not run again.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .. import hints
from ._message import CheckFailed

PASSED = "passed"
UNWRITTEN = "not written"
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


@dataclass
class Climb:
    """rung: the last one that was shown, 0 before the first. first: by test cell, its outcome when that was shown, or
    its first one since."""

    rung: int = 0
    first: dict[str, str] = field(default_factory=dict)

    def has_changed(self, now: Mapping[str, str]) -> bool:
        """Whether one of these outcomes is another one now, and something is written."""
        return any(outcome not in (UNWRITTEN, self.first.get(cell, outcome)) for cell, outcome in now.items())

    def step(self, cells: Sequence[str], now: Mapping[str, str]) -> None:
        """Show the next rung. Where none of the test cells was run, all of them stand for a function not written."""
        self.rung += 1
        self.first = dict(now) or dict.fromkeys(cells, UNWRITTEN)


climbs: dict[str, Climb] = {}  # by exercise, in this kernel


def outcome(error: BaseException | None) -> str:
    """What a test cell said of the student's functions, in short: the same as long as they give the same."""
    if error is None:
        return PASSED
    if isinstance(error, NotImplementedError | NameError):  # of a function that raises another, a check makes its own
        return UNWRITTEN
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, CheckFailed) and error.student_error:  # the details name lines, whose numbers may change
        said = error.details.partition("\n")[0] + error.student_error
    return hashlib.sha256(_ADDRESS.sub("", said).encode("utf-8", "replace")).hexdigest()[:16]


def has_run(cell: str, said: str) -> None:
    """A cell has been run, with this outcome."""
    for climb in climbs.values():
        climb.first.setdefault(cell, said)


def offer(cell: str) -> str:
    """The line that ends the message of a test cell that has failed, or ""."""
    for exercise, ladder in hints.ladders().items():
        if cell in ladder.cells and climbs.get(exercise, Climb()).rung < len(ladder.rungs):
            return f'check.hint("{exercise}") gives the next hint.'
    return ""
