"""What plain nbgrader lets through, and what the examiner does: the same hostile notebooks through both.

Only attacks whose worst effect is a forged mark, a dead kernel or a damaged scratch course are run, each kind in a
temporary course, with limits on memory, processes, file sizes and time, without a network, and with the rest of the
machine read-only where this user may arrange that. It prints a table in Markdown.
"""

import argparse
import fcntl
import hashlib
import os
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "autograder"))

from grade.hostile import HOSTILE, Attack, solution_cell  # noqa: E402
from grade.hostile_course import ASSIGNMENT, POINTS, assignment  # noqa: E402
from grade.page import active_parts  # noqa: E402

from autograder.sandbox import linux  # noqa: E402

HONEST = "def f(x):\n    return x ** 2"
STOCK = """
c = get_config()
c.ExecutePreprocessor.timeout = 10
c.Execute.timeout = 10
c.Execute.shutdown_kernel = "immediate"
"""
OURS = """
from autograder.grade import configure
c = get_config()
configure(c, memory_gib=0.6, cpu_seconds=4.0, wall_seconds=20.0, processes=24, disk_mib=16, timeout=2)
"""
GIB = 1 << 30
SECONDS = 300  # for one batch
BATCH = 10
FELLOWS = ("aa-honest", "zz-honest")
WHOLE = sum(POINTS.values())
_SET_FLAGS, _UP = 0x8914, 0x1


@dataclass(frozen=True)
class Outcome:
    """What came of one attack.

    `points` are the attacker's, None where the submission was not graded; `honest` those of the fellow who fares worst,
    or best where all keep theirs. `changed` names what else of the course is no longer as it was. `script`: something
    of the attacker's runs in the feedback page. `tests`: the page shows hidden tests.
    """

    points: float | None
    honest: float | None
    ended: bool
    changed: tuple[str, ...]
    script: bool
    tests: bool

    @property
    def whole(self) -> bool:
        """Nobody and nothing but the attacker was touched."""
        return self.honest == WHOLE and self.ended and not self.changed


def bound(folder: str) -> None:
    """In the child, before nbgrader starts: limits, no network, and everything but `folder` read-only."""
    for what, value in (
        (resource.RLIMIT_AS, 4 * GIB),
        (resource.RLIMIT_FSIZE, GIB // 4),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))
    if os.geteuid() == 0 and linux.AVAILABLE:
        linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC)
        linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
        with socket.socket() as sock:  # kernels talk over the loopback device, which is down in a new namespace
            fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))
        linux.mount(folder, folder, "", linux.MS_BIND)
        for place in ("/", *(f"/{name}" for name in os.listdir("/"))):
            if not folder.startswith(f"{place}/") and place not in ("/proc", "/dev", "/"):
                with suppress(OSError):
                    linux.bind_read_only(place, place)


def nbgrader(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str] | None":
    """None where the command did not end in time; it is killed then, with what it has started."""
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "r"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    stock = "autograder" not in (root / "nbgrader_config.py").read_text()
    process = subprocess.Popen(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", start_new_session=True,
        preexec_fn=(lambda: bound(str(root.parent))) if stock else None,  # noqa: PLW1509  (there is one thread)
    )  # fmt: skip
    try:
        _, said = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None
    return subprocess.CompletedProcess(process.args, process.returncode, "", said)


def prepare(root: Path, config: str) -> nbformat.NotebookNode:
    (root / "source" / ASSIGNMENT).mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(config)
    nbformat.write(assignment(), root / "source" / ASSIGNMENT / "p.ipynb")
    done = nbgrader(root, "generate_assignment", ASSIGNMENT)
    if done is None or done.returncode:
        raise SystemExit(done.stderr[-3000:] if done else "nbgrader generate_assignment did not end")
    return nbformat.read(root / "release" / ASSIGNMENT / "p.ipynb", 4)


def points(root: Path) -> dict[str, float | None]:
    """Automatic, manual and extra points of every student's test cells; None where no mark was written."""
    query = (
        "SELECT submitted_assignment.student_id, grade.auto_score, grade.manual_score, grade.extra_credit FROM grade "
        "JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
        "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
        "JOIN base_cell ON grade.cell_id = base_cell.id WHERE base_cell.name LIKE 't_'"
    )
    found: dict[str, float | None] = {}
    with closing(sqlite3.connect(root / "gradebook.db")) as base:
        for student, auto, manual, extra in base.execute(query):
            score = auto if manual is None else manual
            before = found.get(student)
            if score is not None:
                found[student] = (before or 0.0) + score + (extra or 0.0)
            else:
                found.setdefault(student, None)
    return found


def graded(folder: Path, config: str, attacks: list[Attack]) -> dict[str, Outcome]:
    root = folder / "course"
    released = prepare(root, config)
    places: Mapping[str, str] = {"COURSE": str(root), "OUTSIDE": str(folder), "HOME": str(folder / "home")}
    honest = nbformat.from_dict(released)
    solution_cell(honest).source = HONEST
    for student in FELLOWS:
        path = root / "submitted" / student / ASSIGNMENT
        path.mkdir(parents=True)
        nbformat.write(honest, path / "p.ipynb")
    for attack in attacks:
        path = root / "submitted" / attack.student / ASSIGNMENT
        path.mkdir(parents=True)
        attack.submit(released, path, places)
    before = checksums(root)
    done = nbgrader(root, "autograde", ASSIGNMENT)
    changed = tuple(name for name, sum_ in checksums(root).items() if before.get(name) != sum_)
    found = points(root)
    there = {path.parent.parent.name for path in (root / "autograded").glob(f"*/{ASSIGNMENT}/p.ipynb")}
    marks = {student: found.get(student) if student in there else None for student in (*found, *FELLOWS)}
    of_fellows = [marks[name] for name in FELLOWS]
    least = None if None in of_fellows else min(mark for mark in of_fellows if mark is not None)
    most = max(found.get(name) or 0.0 for name in FELLOWS)
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    pages = {}
    for path in (root / "feedback").glob(f"*/{ASSIGNMENT}/p.html"):
        pages[path.parent.parent.name] = path.read_text(errors="replace")
    return {
        attack.name: Outcome(
            marks.get(attack.student),
            most if least == WHOLE else least,
            done is not None,
            changed,
            bool(active_parts(pages.get(attack.student, ""))),
            "HIDDEN TESTS" in pages.get(attack.student, ""),
        )
        for attack in attacks
    }


def checksums(root: Path) -> dict[str, str]:
    """Of what an attacker has no business with: the course's settings and sources, and fellow students' work."""
    named = {
        "the course's settings": [root / "nbgrader_config.py"],
        "the sources": sorted((root / "source").rglob("*.ipynb")),
        "a fellow's submission": [root / "submitted" / name / ASSIGNMENT / "p.ipynb" for name in FELLOWS],
    }
    return {
        what: hashlib.sha256(b"".join(path.read_bytes() if path.exists() else b"gone" for path in paths)).hexdigest()
        for what, paths in named.items()
    }


def attempt(config: str, attacks: list[Attack]) -> dict[str, Outcome]:
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as folder:
        try:
            return graded(Path(folder), config, attacks)
        finally:
            subprocess.run(["chmod", "-R", "u+w", folder], check=False)


def outcomes(config: str, attacks: list[Attack]) -> dict[str, Outcome]:
    """Graded together; where somebody else was touched, each anew in a course of its own, to see who it was."""
    found = attempt(config, attacks)
    if len(attacks) > 1 and not all(outcome.whole for outcome in found.values()):
        for attack in attacks:
            found |= attempt(config, [attack])
    return found


def shown(outcome: Outcome) -> str:
    text = "no grade" if outcome.points is None else f"{outcome.points:g}"
    if outcome.honest != WHOLE:
        text += "; a fellow gets " + ("no grade" if outcome.honest is None else f"{outcome.honest:g}")
    if outcome.changed:
        text += "; changes " + " and ".join(outcome.changed)
    if outcome.script:
        text += "; its script runs in the feedback"
    return text if outcome.ended else text + "; the run does not end"


def summary(rows: list[tuple[Attack, Outcome, Outcome]]) -> str:
    def counts(number: int) -> list[int]:
        every = [row[number] for row in rows]
        return [
            sum(bool(outcome.points) for outcome in every),
            sum(outcome.points is None for outcome in every),
            sum(not outcome.whole for outcome in every),
            sum(outcome.script for outcome in every),
            sum(outcome.tests for outcome in every),
        ]

    what = (
        "earn points",
        "get no grade",
        "touch others or the course",
        "run script in the feedback",
        "see hidden tests",
    )
    lines = [f"{len(rows)} attacks, of which", "", "| | plain nbgrader | examiner |", "|---|---|---|"]
    lines += [f"| {name} | {stock} | {ours} |" for name, stock, ours in zip(what, counts(1), counts(2), strict=True)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each-once", action="store_true", help="one attack for each technique")
    options = parser.parse_args()
    chosen, seen = [], set()
    for attack in HOSTILE:
        new = set(attack.covers) - seen
        if attack.stock and (new or not options.each_once):
            seen |= set(attack.covers)
            chosen.append(attack)
    together = [attack for attack in chosen if not attack.alone]
    batches = [together[n : n + BATCH] for n in range(0, len(together), BATCH)] + [[a] for a in chosen if a.alone]
    rows: list[tuple[Attack, Outcome, Outcome]] = []
    for batch in batches:
        stock, ours = (outcomes(config, batch) for config in (STOCK, OURS))
        for attack in batch:
            rows.append((attack, stock[attack.name], ours[attack.name]))
            both = " / ".join(map(shown, rows[-1][1:]))
            print(f"{len(rows)} of {len(chosen)}: {attack.name}: {both}", file=sys.stderr, flush=True)
    print(f"Points of {WHOLE:g}.\n\n| attack | plain nbgrader | examiner |\n|---|---|---|")
    for attack, stock_, ours_ in sorted(rows, key=lambda row: (-(row[1].points or 0.0), row[1].whole)):
        print(f"| {attack.name} | {shown(stock_)} | {shown(ours_)} |")
    print(f"\n{summary(rows)}")


if __name__ == "__main__":
    main()
