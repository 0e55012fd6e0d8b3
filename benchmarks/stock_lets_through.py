"""What plain nbgrader lets through, and what the examiner does: the same hostile notebooks through both.

Only attacks whose worst effect is a forged mark, a dead kernel or a damaged scratch course are run, each kind in a
temporary course, with limits on memory, processes, file sizes and time, without a network, and with the rest of the
machine read-only where this user may arrange that. It prints a table in Markdown.
"""

import argparse
import fcntl
import os
import resource
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
SECONDS = 900
_SET_FLAGS, _UP = 0x8914, 0x1


@dataclass(frozen=True)
class Outcome:
    """Marks of the attacker, None where the submission was not graded, and whether the honest one kept its marks."""

    points: float | None
    honest: float | None


def bound(folder: str) -> None:
    """In the child, before nbgrader starts: limits, no network, and everything but `folder` read-only."""
    for what, value in (
        (resource.RLIMIT_AS, 4 * GIB),
        (resource.RLIMIT_FSIZE, GIB // 4),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))
    os.setsid()
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


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
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
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False,
        preexec_fn=(lambda: bound(str(root.parent))) if stock else None,
    )  # fmt: skip


def prepare(root: Path, config: str) -> nbformat.NotebookNode:
    (root / "source" / ASSIGNMENT).mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(config)
    nbformat.write(assignment(), root / "source" / ASSIGNMENT / "p.ipynb")
    done = nbgrader(root, "generate_assignment", ASSIGNMENT)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
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
    for student in ("aa-honest", "zz-honest"):
        path = root / "submitted" / student / ASSIGNMENT
        path.mkdir(parents=True)
        nbformat.write(honest, path / "p.ipynb")
    for attack in attacks:
        path = root / "submitted" / attack.student / ASSIGNMENT
        path.mkdir(parents=True)
        attack.submit(released, path, places)
    nbgrader(root, "autograde", ASSIGNMENT)
    found = points(root)
    done = {path.parent.parent.name for path in (root / "autograded").glob(f"*/{ASSIGNMENT}/p.ipynb")}
    marks = {student: found.get(student) if student in done else None for student in (*found, "aa-honest", "zz-honest")}
    keeps = min((marks[name] if marks[name] is not None else -1.0) for name in ("aa-honest", "zz-honest"))
    most = max(found.get(name) or 0.0 for name in ("aa-honest", "zz-honest"))
    honest_points = keeps if keeps < sum(POINTS.values()) else most
    return {a.name: Outcome(marks.get(a.student), None if honest_points < 0 else honest_points) for a in attacks}


def shown(outcome: Outcome) -> str:
    whole = sum(POINTS.values())
    text = "no grade at all" if outcome.points is None else f"{outcome.points:g} of {whole:g}"
    if outcome.honest != whole:
        lost = "no grade" if outcome.honest is None else f"{outcome.honest:g}"
        text += f"; an honest fellow gets {lost}"
    return text


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
    batches = [[a for a in chosen if not a.alone], *([a] for a in chosen if a.alone)]
    rows: list[tuple[Attack, Outcome, Outcome]] = []
    for batch in batches:
        outcomes = []
        for config in (STOCK, OURS):
            with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as folder:
                outcomes.append(graded(Path(folder), config, batch))
                subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        for attack in batch:
            both = " / ".join(shown(outcome[attack.name]) for outcome in outcomes)
            print(f"{attack.name}: {both}", file=sys.stderr, flush=True)
        rows += [(attack, outcomes[0][attack.name], outcomes[1][attack.name]) for attack in batch]
    print("| technique | attack | plain nbgrader | examiner |\n|---|---|---|---|")
    for attack, stock, ours in sorted(rows, key=lambda row: -(row[1].points or 0.0)):
        print(f"| {', '.join(attack.covers)} | {attack.name} | {shown(stock)} | {shown(ours)} |")
    whole = sum(POINTS.values())
    forged = sum(bool(stock.points) for _, stock, _ in rows)
    lost = sum(stock.points is None for _, stock, _ in rows)
    hurt = sum(stock.honest != whole for _, stock, _ in rows)
    bad = sum(bool(ours.points) or ours.points is None or ours.honest != whole for *_, ours in rows)
    print(
        f"\nOf {len(rows)} attacks, plain nbgrader gives points to {forged}, no grade at all to {lost}, and lets "
        f"{hurt} cost a fellow student marks; with the examiner all three together are {bad}."
    )


if __name__ == "__main__":
    main()
