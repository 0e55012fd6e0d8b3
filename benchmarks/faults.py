"""Whether a class gets the same marks when a process of `autograder grade` is killed in the middle.

`python benchmarks/faults.py [--students 30] [--moments 20] [--seed N]` grades a class undisturbed. Then, for each kind
of process, it grades copies of the same course, kills one process with SIGKILL at a moment drawn at random, and runs
`autograder grade` once more. It compares all marks byte by byte, and says who was left out, whose whole record was made
anew without need, and which processes and temporary files have stayed. The seed is printed; with it the moments are
the same. A run of 20 moments takes half an hour or more for each kind; the exit status is 1 if anything was found.
"""

import argparse
import csv
import io
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from class_run import command, hand_in, servers, tree, workers
from grading import ASSIGNMENT, prepare

from autograder.course.paths import RECORD_SUFFIX, Course
from autograder.sandbox import scratch
from autograder.sandbox.linux import adopt_orphans
from autograder.sandbox.watch import children

MARKS = """
    select s.id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade,
           (select o.auto_comment from comment o where o.cell_id = c.id and o.notebook_id = n.id)
    from grade g join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id
    join submitted_assignment a on a.id = n.assignment_id join student s on s.id = a.student_id order by s.id, c.name
"""
MOST = 600.0  # seconds of one run, beyond which it is taken to hang
PATIENCE = 60.0  # seconds for what is left of a killed run to end


# ---------------------------------------------------------------- which process


def templates(run: int, isolation: str) -> list[int]:
    """Those of all workers, without the processes that they have forked for a submission."""
    ours = [pid for worker in workers(run) for pid in children(worker) if "autograder.sandbox.template" in command(pid)]
    found = [pid for pid in ours if f'"isolation": "{isolation}"' in command(pid)]
    # The sandbox's is two: one that stays outside its namespaces, and one within.
    return found if isolation == "trusted" else found + [pid for one in found for pid in children(one)]


KINDS: dict[str, Callable[[int], list[int]]] = {
    "coordinator": lambda run: [run],
    "worker": workers,
    "sandbox's template": lambda run: templates(run, "namespaces"),
    "examiner's template": lambda run: templates(run, "trusted"),
    "server of the workers": servers,
}


# ---------------------------------------------------------------- one run


@dataclass
class Trial:
    """What came of one killed run and the next. moment: seconds after its start."""

    kind: str
    moment: float
    status: int = 0
    whole: int = 0
    again: int = 0
    found: list[str] = field(default_factory=list)


def grade(root: Path, kill: Callable[[subprocess.Popen[bytes]], None] | None = None) -> tuple[int, str, float]:
    """(exit status, what was said, seconds) of one run."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment["TMPDIR"] = str(root.with_name("temporary"))
    started = time.monotonic()
    with (
        open(root.with_name("said"), "wb") as said,
        subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", "grade", ASSIGNMENT],
            cwd=root,
            env=environment,
            stdout=said,
            stderr=said,
        ) as run,
    ):
        if kill is not None:
            kill(run)
        try:
            run.wait(max(1.0, MOST - (time.monotonic() - started)))
        except subprocess.TimeoutExpired:
            run.kill()
    return run.returncode, root.with_name("said").read_text(), time.monotonic() - started


def killer(rng: random.Random, kind: str, moment: float) -> Callable[[subprocess.Popen[bytes]], None]:
    """Kills one of the processes of this kind at the moment, or as soon as there is one."""

    def kill(run: subprocess.Popen[bytes]) -> None:
        time.sleep(moment)
        while run.poll() is None:
            if able := sorted(KINDS[kind](run.pid)):
                with suppress(ProcessLookupError):
                    os.kill(rng.choice(able), signal.SIGKILL)
                return
            time.sleep(0.05)

    return kill


def marks(root: Path) -> bytes:
    """All marks and automatic comments as CSV."""
    text = io.StringIO()
    with closing(sqlite3.connect(root / "gradebook.db")) as database:
        csv.writer(text).writerows(database.execute(MARKS))
    return text.getvalue().encode()


def records(root: Path) -> dict[str, tuple[int, int]]:
    """Of those that are there: which file it is, and when it was written."""
    found = {}
    for path in (root / "autograded").glob(f"*/*/*{RECORD_SUFFIX}"):
        state = path.stat()
        found[path.parents[1].name] = state.st_ino, state.st_mtime_ns
    return found


def wait_for_ends() -> list[str]:
    """The command lines of what a run has left behind, as far as it does not end in time. All of it is ours by now."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.1)
        except ChildProcessError:
            return []
    left = [pid for pid in tree(os.getpid()) if pid != os.getpid()]
    said = [command(pid)[:60] for pid in left]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return said


def folder_of(root: Path, folder: Path) -> Path:
    """A copy of the course, with a folder of its own for temporary files beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root, folder / "course")
    (folder / "temporary").mkdir()
    return folder / "course"


def attempt(fresh: Path, folder: Path, trial: Trial, rng: random.Random, right: bytes, students: int) -> None:
    root = folder_of(fresh, folder)
    trial.status, said, seconds = grade(root, killer(rng, trial.kind, trial.moment))
    if seconds > MOST:
        trial.found.append("the killed run did not end")
    if trial.kind != "coordinator" and trial.status:
        trial.found.append(f"the run ended with {trial.status}: {said.strip().splitlines()[-1:]}")
    trial.found += [f"left by the killed run: {name}" for name in wait_for_ends()]
    before = records(root)
    trial.whole = len(before)
    status, said, seconds = grade(root)
    if seconds > MOST:
        trial.found.append("the next run did not end")
    if status:
        trial.found.append(f"the next run ended with {status}: {said.strip().splitlines()[-1:]}")
    trial.found += [f"left by the next run: {name}" for name in wait_for_ends()]
    match = re.search(r"(\d+) graded in", said)
    trial.again = int(match[1]) if match else -1
    after = records(root)
    if missing := students - len(after):
        trial.found.append(f"{missing} left out")
    if twice := sorted(name for name, known in before.items() if after.get(name) != known):
        trial.found.append(f"graded twice: {', '.join(twice)}")
    if (got := marks(root)) != right:
        lines, wrong = set(right.splitlines()), got.splitlines()
        other = sorted({line.split(b",")[0].decode() for line in wrong if line not in lines})
        trial.found.append(f"marks differ: {', '.join(other) or 'some are missing'}")
    temporary = root.with_name("temporary")
    with mock.patch.object(tempfile, "tempdir", str(temporary)):
        scratch.sweep()  # as the next run does: workers that are killed leave their folders to it
    # Python's own folder of a killed process holds a socket and nothing else.
    if stayed := sorted(path.name for path in temporary.iterdir() if not path.name.startswith("pymp-")):
        trial.found.append(f"temporary files stay: {', '.join(stayed)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--moments", type=int, default=20, help="for each kind")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    adopt_orphans()
    print(f"seed {options.seed}; load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    done: list[Trial] = []
    with tempfile.TemporaryDirectory() as place:
        ours, stock, _ = prepare(Course.find(), Path(place) / "made", None)
        shutil.rmtree(stock)
        hand_in(Course(ours), {"ours": ours}, options.students)
        fresh = Path(place) / "fresh"
        shutil.copytree(ours, fresh)
        recorded = folder_of(ours, Path(place) / "recorded")
        grade(recorded)  # records what the mistakes give, once
        shutil.copytree(recorded / "build", fresh / "build", dirs_exist_ok=True)
        shutil.rmtree(recorded.parent)
        undisturbed = folder_of(fresh, Path(place) / "undisturbed")
        status, said, seconds = grade(undisturbed)
        if status or len(records(undisturbed)) != options.students:
            sys.exit(f"the undisturbed run ended with {status}: {said}")
        right, usual = marks(undisturbed), wait_for_ends()
        if usual:
            sys.exit(f"the undisturbed run has left processes: {usual}")
        print(f"undisturbed: {options.students} students in {seconds:.1f} s, {len(right)} bytes of marks", flush=True)
        for kind in options.only:
            rng = random.Random(f"{options.seed} {kind}")
            for number in range(options.moments):
                trial = Trial(kind, rng.uniform(0.0, seconds))
                attempt(fresh, Path(place) / "trial", trial, rng, right, options.students)
                done.append(trial)
                said = "; ".join(trial.found) or "nothing found"
                print(
                    f"  {kind} {number + 1}: killed at {trial.moment:.1f} s, {trial.whole} whole, {trial.again} graded "
                    f"by the next run: {said}",
                    flush=True,
                )
    print("\n| killed | runs | graded by the killed run | graded by the next run | something found |")
    print("|---|---|---|---|---|")
    for kind in options.only:
        of = [trial for trial in done if trial.kind == kind]
        wrong = sum(bool(trial.found) for trial in of)
        print(f"| {kind} | {len(of)} | {sum(t.whole for t in of)} | {sum(t.again for t in of)} | {wrong} |")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    return int(any(trial.found for trial in done))


if __name__ == "__main__":
    sys.exit(main())
