"""Gradescope: the zip that its autograder takes, and what that does with each submission.

The zip holds both packages as wheels, what they need as a lock file, and one assignment as a worker of a cluster gets
it. Gradescope unpacks it to /autograder/source, runs `setup.sh` once, and for each submission, as root in a fresh
container, `run_autograder`, which calls this module there. Source of what is known of Gradescope:
https://gradescope-autograders.readthedocs.io/en/latest/specs/ and its pages beside.
"""

import json
import os
import pickle
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import Any, Final

import nbformat
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets.config import Config
from traitlets.utils.importstring import import_item

import nbcore

from ..course.paths import RECORD_SUFFIX, Course, CourseError, write_atomically
from ..engine.record import NotebookRecord
from ..grade import gradebook
from ..grade.counted import counted
from ..grade.gradebook import CellMark, NotebookMarks
from ..grade.page import Exercise, Lost, ending, exercises_of
from ..grade.preprocessors import Examine
from ..grade.run import ClassRun
from ..grade.task import Bundle, Graded, Task, grade_submission
from ..grade.views import StudentView
from ..grade.workers import local_workers
from ..limits import GIB
from ..sandbox import doctor
from .wheels import build_wheel

_PROJECT: Final = Path(__file__).parents[2]
_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = {"setup.sh": "gradescope_setup.sh", "run_autograder": "gradescope_run.sh"}
_LOCK: Final = "requirements.lock"
_BUNDLE: Final = "assignment.pickle"
_SETTINGS: Final = "settings.json"
_OWN_FOLDERS: Final = ("source", "results", "submission")
_METADATA: Final = "submission_metadata.json"
# What the doctor must find refused before a submission runs beside hidden tests and results.
_HARMFUL: Final = {"signal the parent", "write into the Python environment", "become root", "read your files"}
_GRADERS_MEMORY: Final = 0.75  # GiB that this program needs beside a submission
_LEAST_MEMORY: Final = 0.5
_LONGEST: Final = 20_000  # characters of the text of one exercise

# ---------------------------------------------------------------- the zip


def write_zip(course: Course, assignment: str, into: Path, *, visibility: str = "visible") -> Path:
    """The zip for one assignment that nbgrader knows, written to the file `into`.

    visibility: when students see the marks and what the tests say. Raises CourseError for what is missing.
    """
    if into.is_dir() or (into.exists() and not _is_ours(into)):
        raise CourseError(f"{into} is there and is no zip that this command has made: name another file with --into")
    lock = _PROJECT / _LOCK
    if not lock.is_file():
        raise CourseError(f"there is no {lock}: this command works in a clone of the project")
    bundle = _bundle(course, assignment)
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        half = Path(folder) / "half.zip"
        wheels = [build_wheel(project, Path(folder)) for project in (_PROJECT / "nbcore", _PROJECT)]
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, script in _SCRIPTS.items():
                _add(archive, name, (_HERE / script).read_bytes(), 0o755)
            for file in (lock, *wheels):
                _add(archive, file.name, file.read_bytes())
            _add(archive, _SETTINGS, json.dumps({"visibility": visibility}).encode())
            _add(archive, _BUNDLE, pickle.dumps(bundle))
        write_atomically(into, half.read_bytes())
    return into


def _is_ours(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return {*_SCRIPTS, _BUNDLE} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100000 | mode) << 16
    archive.writestr(entry, data)


def _bundle(course: Course, assignment: str) -> Bundle:
    run = ClassRun(course, assignment, lambda _: local_workers(1))
    for warning in run.warnings:
        print(f"autograder: {warning}", file=sys.stderr)
    with local_workers(1) as workers:
        bundle = run.bundle(workers)
    return replace(bundle, course="", config=_for_grading(bundle.config))


def _for_grading(config: Config) -> Config:
    """Of a course's settings those that grading reads, and no others: they may hold passwords."""
    steps = [
        config.Autograde.exporter_class,
        *config.Autograde.get("sanitize_preprocessors", ()),
        *config.Autograde.get("autograde_preprocessors", ()),
    ]
    classes = [import_item(step) if isinstance(step, str) else step for step in steps]
    classes += [Autograde, GenerateFeedback, HTMLExporter, ClearSolutions, ClearHiddenTests, ClearMarkScheme]
    names = {base.__name__ for one in classes for base in one.__mro__}
    kept = Config({name: config[name] for name in config if name in names})
    own = config.CourseDirectory
    kept.CourseDirectory = Config({name: own[name] for name in ("notebook_id",) if name in own})
    if "ignore" in own:  # patterns of whole paths name places of this machine
        kept.CourseDirectory.ignore = [pattern for pattern in own.ignore if not os.path.isabs(pattern)]
    return kept


# ---------------------------------------------------------------- there


def run(root: Path) -> int:
    """Grades the submission in the folder that Gradescope has laid out. Exit status 1, and no results, where that
    cannot be done: Gradescope tells the instructor so."""
    started = time.monotonic()
    source = root / "source"
    for name in _OWN_FOLDERS:
        (root / name).mkdir(exist_ok=True)
        os.chmod(root / name, 0o700)
    with suppress(FileNotFoundError):
        os.chmod(root / _METADATA, 0o600)
    os.chdir(source)
    os.environ["HOME"] = str(source)  # nobody else's business, and the doctor looks whether a submission can read there
    found = doctor.report()
    print(found.describe())
    if harm := sorted(_HARMFUL.intersection(found.open)):
        print(f"No submission is run here, as it could {' and '.join(harm)}.")
        return 1
    bundle: Bundle = replace(pickle.loads((source / _BUNDLE).read_bytes()), course=str(source))
    bundle.config.Examine.isolation = found.isolation
    _fit_memory(bundle.config)
    graded = grade_submission(bundle, Task("student", str(root / "submission")))
    for warning in dict.fromkeys(graded.warnings):
        print(warning)
    if graded.error:
        print(graded.error)
        return 1
    settings = json.loads((source / _SETTINGS).read_bytes())
    made = results(bundle, graded, settings["visibility"])
    made["execution_time"] = round(time.monotonic() - started)
    write_atomically(root / "results" / "results.json", json.dumps(made, indent=1).encode())
    return 0


def _fit_memory(config: Config) -> None:
    """A submission gets no more memory than the container has beside the grader: Gradescope ends one that has used
    all, and then nobody hears why."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            there = int(Path(file).read_text()) / GIB
            wanted = config.Examine.get("memory_gib", Examine.memory_gib.default_value)
            if there - _GRADERS_MEMORY < wanted:
                config.Examine.memory_gib = max(_LEAST_MEMORY, there - _GRADERS_MEMORY)
                print(
                    f"This container has {there:.2f} GiB of memory, so a submission may use "
                    f"{config.Examine.memory_gib:.2f} and not {wanted:g}: choose a larger one in the settings of the "
                    "assignment, Autograder Settings."
                )
            return


# ---------------------------------------------------------------- what Gradescope shows


def results(bundle: Bundle, graded: Graded, visibility: str) -> dict[str, Any]:
    """What Gradescope shows: a test for each exercise, with what the feedback page says of it."""
    tests, notes, isolation = [], [], {}
    for name, exercises, record in _graded_notebooks(bundle, graded):
        several = f"{name}: " if len(graded.rows.notebooks if graded.rows else ()) > 1 else ""
        tests += [_test(exercise, several, visibility) for exercise in exercises]
        repairs = record.repairs if record else []
        notes += [f"{several}{text}" for text in (*repairs, ending(record)) if text]
        if record is not None:
            isolation[name] = [record.isolation, *record.missing_layers]
    score = sum(test.get("score", 0.0) for test in tests)
    return {
        "score": score,
        "output": _plain("\n".join(notes)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {"autograder": nbcore.__version__, "isolation": isolation},
        "tests": tests,
    }


def _graded_notebooks(bundle: Bundle, graded: Graded) -> Iterator[tuple[str, list[Exercise], NotebookRecord | None]]:
    """By notebook what the page of nbgrader's feedback lists."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "gradebook.db"
        book.write_bytes(bundle.gradebook)
        released = gradebook.released_notebooks(f"sqlite:///{book}", bundle.assignment)
    for name, cells in released.items():
        rows = graded.rows.notebooks.get(name) if graded.rows else None
        data = graded.files.get(f"{name}.ipynb")
        if rows is None or data is None:
            continue
        most = {cell.name: cell.points for cell in cells}
        marks = {
            cell: CellMark(score or 0.0, most.get(cell, 0.0), unsure) for cell, (score, unsure) in rows.scores.items()
        }
        nb, _ = StudentView(config=bundle.config).preprocess(nbformat.reads(data.decode(), as_version=4), {})
        record = NotebookRecord.decoded(graded.files.get(f"{name}{RECORD_SUFFIX}", b""))
        yield name, exercises_of(nb, NotebookMarks(marks, {}), record, cells), record


def _test(exercise: Exercise, before: str, visibility: str) -> dict[str, Any]:
    """One exercise. A written answer has no score here: Gradescope has its own manual grading."""
    found: dict[str, Any] = {
        "name": _plain(before + exercise.title),
        "output": _plain(_told(exercise))[:_LONGEST],
        "visibility": visibility,
    }
    if not exercise.written:
        found |= {"score": exercise.score, "max_score": exercise.points}
        found["status"] = "passed" if exercise.score >= exercise.points else "failed"
    return found


def _told(exercise: Exercise) -> str:
    """What the card of the feedback page says of an exercise, as text."""
    if exercise.written and not exercise.unmarked:
        return f"{exercise.score:g} of {counted(exercise.points, 'point')}"
    open_points = sum(mark.max_score - mark.score for mark in exercise.marks if mark.unmarked)
    parts = [part for lost in exercise.lost for part in _told_of(lost)]
    if open_points:
        parts.append(f"{counted(open_points, 'point')} not given yet: a person has to mark this.")
    return "\n\n".join(parts) or "All points."


def _told_of(lost: Lost) -> Iterator[str]:
    yield f"{lost.aspect.capitalize() or lost.name}: {lost.mark.score:g} of {counted(lost.mark.max_score, 'point')}"
    for example in lost.examples:
        yield f"Try it in your notebook:\n{_inset(example.code)}"
        yield f"Your code gives\n{_inset(example.yours)}"
        yield f"Right is\n{_inset(example.right)}"
        yield from filter(None, (example.witness, example.note))
    yield from (f"Hint: {hint}" for hint in lost.hints)
    if lost.because:
        yield lost.because
    if lost.said:
        yield f"The test says\n{_inset(lost.said)}"


def _inset(text: str) -> str:
    return indent(text, "    ")


def _plain(text: str) -> str:
    """Without what a database or a page may stumble over: a student's code can print any character."""
    clean = text.encode("utf-8", "replace").decode()
    return "".join(letter for letter in clean if letter in "\n\t" or letter.isprintable())


def main(argv: Sequence[str] | None = None) -> int:
    """What `run_autograder` calls, with the folder."""
    (root,) = sys.argv[1:] if argv is None else argv
    return run(Path(root))


if __name__ == "__main__":
    raise SystemExit(main())
