"""What the right solution and each known mistake give in the tests of their exercise, recorded once and kept in a file.

The file lies in the course's `build` folder, is made anew when anything that it depends on has changed, and holds what
students must not see: solutions, hidden tests and right answers. Only the grader reads it.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from ..course.paths import Course
from .trace import Trace

log: Final = logging.getLogger("autograder")
_RECORDING_SECONDS: Final = 900.0
_MADE_BY: Final = ("mistakes", "processes.py", "course", "examiner/proxies.py")

Numbers = tuple[int, ...]  # of the mistakes that are made together: one or two
Cell = tuple[str, str, str]  # name, kind (setup, solution, test) and source, as in a plan


@dataclass(frozen=True)
class Known:
    """A mistake of the bank: its name, the aspects whose points it loses, and the hint for it."""

    name: str
    breaks: tuple[str, ...]
    hint: str


@dataclass
class Lesson:
    """All that is known of one exercise.

    right: the trace of each definition (function or class), alone, with the right ones around it. wrong: for the
    mistakes that change this definition, and for pairs of them in one definition, theirs.
    """

    exercise: str
    mistakes: list[Known]
    right: dict[str, Trace] = field(default_factory=dict)
    wrong: dict[str, dict[Numbers, Trace]] = field(default_factory=dict)
    _unlike: dict[tuple[str, Numbers], set[str]] = field(default_factory=dict)

    @property
    def definitions(self) -> list[str]:
        return list(self.right)

    def unlike(self, definition: str, numbers: Numbers) -> set[str]:
        """The places where the trace of these mistakes is not the right one."""
        key = definition, numbers
        if key not in self._unlike:
            self._unlike[key] = self.wrong[definition][numbers].places_unlike(self.right[definition])
        return self._unlike[key]

    def unsteady(self, definition: str) -> bool:
        """Whether a mistake in it gives something else in each run."""
        return any(trace.unsteady for trace in self.wrong[definition].values())

    def to_data(self) -> dict[str, Any]:
        """Of the wrong traces only what differs from the right ones."""
        return {
            "exercise": self.exercise,
            "mistakes": [[known.name, known.breaks, known.hint] for known in self.mistakes],
            "right": {name: trace.to_data() for name, trace in self.right.items()},
            "wrong": {
                name: [[list(numbers), trace.minus(self.right[name])] for numbers, trace in rows.items()]
                for name, rows in self.wrong.items()
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Lesson":
        right = {name: Trace.from_data(packed) for name, packed in data["right"].items()}
        wrong = {
            name: {tuple(numbers): right[name].plus(packed) for numbers, packed in rows}
            for name, rows in data["wrong"].items()
        }
        return cls(data["exercise"], [Known(n, tuple(b), h) for n, b, h in data["mistakes"]], right, wrong)


@dataclass
class Knowledge:
    """What is known of one assignment: the cells that a trial of it runs, and its exercises."""

    cells: list[Cell]
    lessons: dict[str, Lesson]

    def tests(self, exercise: str) -> dict[str, str]:
        """The test cells of an exercise, by name."""
        found = {name: source for name, kind, source in self.cells if kind == "test"}
        return {name: source for name, source in found.items() if name.rpartition("-")[0] == f"test-{exercise}"}

    def write(self, path: Path, fingerprint: str) -> None:
        """The first line says what it was made from, the next holds the cells, then comes a line for each exercise."""
        lines = [fingerprint, json.dumps(self.cells)]
        lines += [f"{name}\t{json.dumps(lesson.to_data())}" for name, lesson in self.lessons.items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.new")
        half.write_text("\n".join(lines) + "\n", encoding="utf-8")
        half.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Knowledge":
        """A file of some megabytes takes a second or two; it is read again when it has changed."""
        return _read(path, path.stat().st_mtime_ns)


# ---------------------------------------------------------------- the file


@lru_cache(maxsize=8)  # notebooks that are graded in turn
def _read(path: Path, changed: int) -> Knowledge:
    with path.open(encoding="utf-8") as file:
        next(file)
        cells = [(name, kind, source) for name, kind, source in json.loads(next(file))]
        rows = (line.partition("\t") for line in file)
        return Knowledge(cells, {name: Lesson.from_data(json.loads(data)) for name, _, data in rows})


def prepared(course: Course, assignment: str) -> Path | None:
    """The file for this assignment, made now if need be; None where there is no bank, or it cannot be made."""
    if not course.mistakes(assignment).is_file():
        return None
    return _prepared(course, assignment)


@cache
def _prepared(course: Course, assignment: str) -> Path | None:
    from ..course.fingerprint import fingerprint

    try:
        wanted = fingerprint(course, assignment, _MADE_BY)
        path = course.knowledge(assignment)
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                if file.readline().strip() == wanted:
                    return path
        log.info("Recording what the known mistakes of %s give: once, for up to a minute", assignment)
        command = [sys.executable, "-m", "autograder.mistakes.record", str(course.root), assignment, wanted]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RECORDING_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("Mistakes in %s will not be recognised: %s", assignment, error)
        return None
    if done.returncode != 0:
        log.warning("Mistakes in %s will not be recognised: %s", assignment, done.stderr.strip()[-2000:])
        return None
    return path
