"""What the right solution and the known mistakes of an assignment give in its tests, recorded once and stored.

The file lies in the course's `build` folder, is made anew when anything that it depends on has changed, and holds what
students must not see: solutions, hidden tests and right answers. The examiner reads it, and so do the build and the
audit; `record` makes it.
"""

import gc
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from nbcore.probe.examples import Example

from ..course.fingerprint import fingerprint
from ..course.paths import Course, write_atomically
from ..course.plan import Plan
from .trace import Difference, Trace

FORMAT: Final = 4
Numbers = tuple[int, ...]  # of the mistakes of an exercise that are made together: none, one or two
PackedCall = tuple[list[Any], dict[str, Any]]  # arguments, by place and by name

_log: Final = logging.getLogger("autograder")
_RECORDING_SECONDS: Final = 900.0
_MADE_BY: Final = ("mistakes", "processes.py", "course", "examiner/proxies.py")


@dataclass(frozen=True)
class KnownMistake:
    """A mistake of the bank: its name, the aspects whose points it loses, and the hint for it."""

    name: str
    breaks: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class Traces:
    """What one way of running gives: the trace of the right version, and where those of wrong ones differ from it.

    differences: by the numbers of the mistakes.
    """

    right: Trace = field(default_factory=Trace)
    differences: tuple[tuple[Numbers, Difference], ...] = ()

    @classmethod
    def of(cls, right: Trace, wrong: Mapping[Numbers, Trace]) -> Self:
        return cls(right, tuple((numbers, trace.minus(right)) for numbers, trace in wrong.items()))

    @cached_property
    def wrong(self) -> dict[Numbers, Trace]:
        """The traces of the wrong versions, by the numbers of their mistakes."""
        return {numbers: self.right.plus(difference) for numbers, difference in self.differences}

    @cached_property
    def unlike(self) -> dict[Numbers, frozenset[str]]:
        """The places where the mistakes of these numbers do not give what is right."""
        return {numbers: frozenset(difference.outcomes) for numbers, difference in self.differences}

    @property
    def unsteady(self) -> bool:
        """Whether a mistake gives something else in each run."""
        return any(difference.unsteady for _, difference in self.differences)


@dataclass
class ExerciseRecording:
    """All that is recorded of one exercise.

    alone: for each definition (function or class) what it gives in all tests of the exercise with the right ones around
    it. visible: what the visible lines of the tests see of the exercise as it stands. large: the mistakes that fail
    first on a large input. shows: for each of the examples the mistakes that give something else there, and no error.
    calls: what students with all points are asked about.
    """

    exercise: str
    mistakes: list[KnownMistake]
    alone: dict[str, Traces] = field(default_factory=dict)
    visible: Traces = field(default_factory=Traces)
    large: list[int] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    shows: list[list[int]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


@dataclass
class Recording:
    """All that is recorded of one assignment.

    arguments: of the calls that the visible tests write themselves, by digest. earlier: what functions of earlier
    exercises give there, as `nbcore.hints.earlier` stores it. unsteady: test cells whose visible lines make other calls
    in each run.
    """

    assignment: str
    plan: Plan
    exercises: dict[str, ExerciseRecording]
    arguments: dict[str, PackedCall] = field(default_factory=dict)
    earlier: dict[str, Any] = field(default_factory=dict)
    unsteady: tuple[str, ...] = ()

    def write(self, path: Path, fingerprint: str) -> None:
        """fingerprint: of what the recording was made from; it stands in the first line."""
        text = f"{_header(fingerprint)}\n{json.dumps(msgspec.to_builtins(self))}\n"
        write_atomically(path, text.encode())

    @classmethod
    def read(cls, path: Path) -> "Recording":
        """The file is read again when it has changed. Raises OSError, or ValueError where it is none of these files."""
        return _read(path, path.stat().st_mtime_ns)

    @classmethod
    def found(cls, path: Path | None) -> "Recording | None":
        """None where there is no such file."""
        try:
            return cls.read(path) if path is not None else None
        except (OSError, ValueError):
            return None


# ---------------------------------------------------------------- the file


def _header(fingerprint: str) -> str:
    return json.dumps({"format": FORMAT, "fingerprint": fingerprint})


@lru_cache(maxsize=8)  # notebooks that are graded in turn
def _read(path: Path, changed: int) -> Recording:
    header, _, text = path.read_text(encoding="utf-8").partition("\n")
    head = json.loads(header)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError(f"{path} is not of format {FORMAT}")
    with _no_collection():
        return msgspec.convert(json.loads(text), Recording)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A million small tuples are made at once: the garbage collector would look at all of them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def current_fingerprint(course: Course, assignment: str) -> str:
    """Of all that a recording depends on, as it is now."""
    return fingerprint(course, assignment, _MADE_BY)


def is_current(path: Path, fingerprint: str) -> bool:
    """Whether there is a recording that was made from this."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\n") == _header(fingerprint)
    except OSError:
        return False


def prepared(course: Course, assignment: str) -> Path | None:
    """The file for this assignment, made now if need be; None where there is no bank, or it cannot be made.

    For those who must not fork: it is made in a process of its own.
    """
    if not course.mistakes(assignment).is_file():
        return None
    try:
        return _prepared(course, assignment, current_fingerprint(course, assignment))
    except OSError as error:
        _log.warning("Mistakes in %s will not be recognised: %s", assignment, error)
        return None


def _last_line(text: str) -> str:
    """Of a traceback, the error."""
    return text.strip().rpartition("\n")[2]


@cache  # what could not be made is tried again once something has changed
def _prepared(course: Course, assignment: str, fingerprint: str) -> Path | None:
    try:
        path = course.recording(assignment)
        if is_current(path, fingerprint):
            return path
        _log.info("Recording what the known mistakes of %s give: once, for up to a minute", assignment)
        command = [sys.executable, "-m", "autograder.mistakes.record", str(course.root), assignment]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RECORDING_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("Mistakes in %s will not be recognised: %s", assignment, error)
        return None
    if done.returncode != 0:
        _log.warning("Mistakes in %s will not be recognised: %s", assignment, _last_line(done.stderr))
        return None
    return path
