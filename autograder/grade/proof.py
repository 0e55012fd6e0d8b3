"""Finds out before the first student what the examiner cannot grade: an assignment's own solution goes through it.

Where that loses points which it has under plain nbgrader, the fault lies with neither: hidden lines can do things that
have no form between two processes. Such a test cell is graded in process for the whole class, as plain nbgrader does.
Where it loses them however it is graded, a plain kernel says whether the sandbox is to blame.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from ..course.fingerprint import of_the_program
from ..course.markup import flags, is_autograded
from ..course.paths import Course, write_atomically
from ..engine.in_process import points
from ..engine.record import CellRecord, Job, Mark, NotebookRecord, ReleasedCell

log: Final = logging.getLogger("autograder")
# Each round finds the cells that fail once those before them are graded in process.
_MOST_ROUNDS: Final = 8

Reasons = dict[str, str]  # by test cell: why the examiner cannot grade it
Try = Callable[[NotebookNode, Reasons], NotebookRecord]
Plain = Callable[[NotebookNode], set[str]]  # the test cells that have all points in a plain kernel
UNTRIED: Final = (
    "nobody has tried whether the author's solution passes, for its source is not here: a test that the examiner "
    "cannot grade takes points from right work"
)
_said: Final[set[str]] = set()  # in this run


@dataclass(frozen=True)
class Proof:
    """in_process: the test cells of a notebook to grade in process. failing: those that its own solution fails however
    it is graded. only_here: those that it fails here and passes in a plain kernel: there nobody can be graded, and
    points that are lost are left to a person. Each with the reason. untried: there was no solution to try."""

    in_process: Reasons = field(default_factory=dict)
    failing: Reasons = field(default_factory=dict)
    only_here: Reasons = field(default_factory=dict)
    untried: bool = False


def proof(
    course: Course,
    assignment: str,
    name: str,
    source: Path,
    released: tuple[ReleasedCell, ...],
    grade: Try,
    plain: Plain,
) -> Proof:
    """What becomes of a notebook's own solution; it is found once and stored.

    `source` is the author's notebook, which need not be there; `grade` grades a notebook with some cells in process.
    """
    if not source.is_file():
        return Proof(untried=True)
    data, file = source.read_bytes(), course.proof(assignment, name)
    digest = _digest(data, released)
    try:
        stored = json.loads(file.read_text())
        if stored["digest"] == digest:
            return Proof(stored["in_process"], stored["failing"], stored["only_here"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    log.info("%s/%s: trying its own solution, once", assignment, name)
    found = prove(nbformat.reads(data.decode(), as_version=4), grade, plain)
    for cell, why in found.in_process.items():
        log.warning(
            "%s/%s: test cell %s is graded in the student's process, as plain nbgrader grades it, for the whole class: "
            "in the examiner its own solution loses points (%s). docs/instructors.md says how to write such a test so "
            "that it stays hidden.",
            assignment, name, cell, why,
        )  # fmt: skip
    for cell, why in found.failing.items():
        log.warning("%s/%s: the source's own solution fails test cell %s (%s)", assignment, name, cell, why)
    write_atomically(file, json.dumps({"digest": digest, **asdict(found)}, indent=1).encode())
    return found


def say_once(found: Proof, where: str) -> None:
    """What an instructor has to know before any mark counts, once a run."""
    texts = {UNTRIED: logging.WARNING} if found.untried else {}
    for cell, why in found.only_here.items():
        text = (
            f"the source's own solution passes test cell {cell} in a plain kernel and fails it in the sandbox ({why}). "
            "Points that students lose there are left to a person. docs/instructors.md says what a sandbox lacks"
        )
        texts[text] = logging.ERROR
    for text, level in texts.items():
        if f"{where}: {text}" not in _said:
            _said.add(f"{where}: {text}")
            log.log(level, "%s: %s", where, text)


def _digest(source: bytes, released: tuple[ReleasedCell, ...]) -> str:
    found = hashlib.sha256(source)
    for text in (of_the_program(), *(cell.source for cell in released)):
        found.update(f"{text}\0".encode())
    return found.hexdigest()


def prove(notebook: NotebookNode, grade: Try, plain: Plain) -> Proof:
    """What the solution loses, and whether a plain kernel gives it."""
    found, record = _tried(notebook, grade)
    passing = plain(notebook) if found.failing else set()
    first = next((f"; {text}" for cell in record.cells if cell.mark is None and (text := _error(cell))), "")
    only_here = {cell: f"{why}{first}" for cell, why in found.failing.items() if cell in passing}
    failing = {cell: why for cell, why in found.failing.items() if cell not in passing}
    return replace(found, failing=failing, only_here=only_here)


def passing_in_a_kernel(notebook: NotebookNode, folder: Path, seconds: float) -> set[str]:
    """The test cells of the author's notebook that have all points where nothing is isolated, as under plain nbgrader.

    Each cell may take `seconds`; the files of the folder are copied.
    """
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    done: set[int] = set()
    with TemporaryDirectory() as scratch:
        shutil.copytree(folder, scratch, dirs_exist_ok=True)
        client = NotebookClient(
            notebook,
            timeout=int(seconds),
            interrupt_on_timeout=True,
            allow_errors=True,
            extra_arguments=["--HistoryManager.enabled=False", "--log-level=ERROR"],
            resources={"metadata": {"path": scratch}},
            on_cell_executed=lambda cell, cell_index, execute_reply: done.add(cell_index),
        )
        try:
            client.execute()
        except Exception as error:  # the kernel died, or there is none: cells that have ended count
            log.warning("a plain kernel ended early: %s", error)
    tests = [cell for index, cell in enumerate(notebook.cells) if index in done and is_autograded(cell)]
    return {flags(cell)["grade_id"] for cell in tests if _has_all(cell)}


def _has_all(cell: NotebookNode) -> bool:
    worth = float(flags(cell)["points"])
    return points(cell.outputs, cell.source, worth)[0] == worth


def _error(cell: CellRecord) -> str:
    errors = [output for output in cell.outputs if output["output_type"] == "error"]
    return f"cell {cell.name} ends with {errors[-1]['ename']}: {errors[-1]['evalue']}"[:300] if errors else ""


def _tried(notebook: NotebookNode, grade: Try) -> tuple[Proof, NotebookRecord]:
    """Grades the solution, then again with the cells in process that have lost points, until no more do."""
    reasons: Reasons = {}
    before: dict[str, float] = {}
    record = grade(notebook, reasons)
    for _ in range(_MOST_ROUNDS):
        lost = [mark for mark in record.marks if mark.verdict and mark.cell not in reasons and _is_unsure(mark)]
        if not lost:
            break
        # Behind the end of the process every test fails.
        for mark in lost[:1] if record.ended is not None else lost:
            reasons[mark.cell] = _why(mark)
            before[mark.cell] = mark.score or 0.0 if _has_lost(mark) else -1.0
        record = grade(notebook, reasons)
    after = {mark.cell: mark.score or 0.0 for mark in record.marks}
    better = {cell: why for cell, why in reasons.items() if after.get(cell, 0.0) > before[cell]}
    lost = [mark for mark in record.marks if _has_lost(mark) and mark.cell not in better]
    if not lost:
        return Proof(better), record
    found = Proof(better, {mark.cell: reasons.get(mark.cell) or _why(mark) for mark in lost})
    return _with_earlier(found, reasons, record, notebook, grade), record


def _with_earlier(found: Proof, reasons: Reasons, record: NotebookRecord, notebook: NotebookNode, grade: Try) -> Proof:
    """Cells that fail either way may need what the hidden lines of earlier ones leave behind. If they pass with all of
    those in process, that many go there as are needed, the nearest first."""
    order = [mark.cell for mark in record.marks]
    before = record.marks[: max(map(order.index, found.failing))]
    earlier = [mark.cell for mark in before if mark.reached == "examiner"]
    why = f"what its hidden lines leave behind is needed by {', '.join(found.failing)}"

    def tried(count: int) -> tuple[Proof, int]:
        modes = {**reasons, **dict.fromkeys(earlier[len(earlier) - count :], why)}
        lost = {mark.cell for mark in grade(notebook, modes).marks if _has_lost(mark)}
        failing = {cell: why for cell, why in found.failing.items() if cell in lost}
        return Proof({cell: why for cell, why in modes.items() if cell not in failing}, failing), len(lost)

    wide, fewest = tried(len(earlier)) if earlier else (found, len(order))
    if fewest >= sum(map(_has_lost, record.marks)):
        return found
    for count in range(1, len(earlier)):
        narrow, lost = tried(count)
        if lost <= fewest:
            return narrow
    return wide


def _has_lost(mark: Mark) -> bool:
    return mark.reached != "manual" and mark.lost if mark.verdict is None else mark.score is None or mark.lost


def _is_unsure(mark: Mark) -> bool:
    """Whether it has lost points, or may have them by luck."""
    return _has_lost(mark) or (mark.verdict is not None and bool(mark.verdict.undecided))


def _why(mark: Mark) -> str:
    if mark.verdict is None:
        return "it fails in the student's process"
    if mark.verdict.undecided:
        return mark.verdict.undecided
    told, seen = mark.verdict.student_error.splitlines()[:1], mark.verdict.details.strip().splitlines()[-1:]
    return ": ".join([mark.verdict.title, *(told or seen)])


def with_modes(job: Job, reasons: Mapping[str, str]) -> Job:
    """The job with these cells graded in process."""
    cells = tuple(replace(cell, mode="in-process") if cell.grade_id in reasons else cell for cell in job.cells)
    return replace(job, cells=cells)
