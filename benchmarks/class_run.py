"""How fast a class is graded, and its feedback made: plain nbgrader against `autograder grade` and `autograder
feedback`, the same submissions, in one run.

Run it on a quiet machine: `python benchmarks/class_run.py [--students 60] [--rounds 3]`. It makes two scratch courses,
one of plain nbgrader, and grades the class in each in turn, as whole commands, start-up and all. The class is the
sample class, without its endless loop, and one student for each known mistake. It prints seconds by the clock and of
CPU, their ratios, whether every mark is equal, how much memory the run has used, and what the gradebook costs. With
`--only grade "grade --jobs 1"` it says what one more job takes and gives, and with `--students 1000` whether the
coordinating process grows. `regrade` runs in a copy of the course in which a part of the first hidden test is let go.
"""

import argparse
import itertools
import os
import re
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import nbformat
from grading import ASSIGNMENT, LEFT_OUT, nbgrader, prepare

from autograder.course.bank import read_bank
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.grade import gradebook
from autograder.sample.students import Student, sample_class
from autograder.sandbox.linux import adopt_orphans
from autograder.sandbox.watch import children, descendants

KINDS = {
    "plain nbgrader autograde": ("stock", ["-m", "nbgrader", "autograde", ASSIGNMENT, "--force"]),
    "nbgrader autograde, examiner": ("ours", ["-m", "nbgrader", "autograde", ASSIGNMENT, "--force"]),
    "grade --run all": ("ours", ["-m", "autograder.cli", "grade", ASSIGNMENT, "--force", "--run", "all"]),
    "grade": ("ours", ["-m", "autograder.cli", "grade", ASSIGNMENT, "--force"]),
    "grade --jobs 1": ("ours", ["-m", "autograder.cli", "grade", ASSIGNMENT, "--force", "--jobs", "1"]),
    "grade, nothing has changed": ("ours", ["-m", "autograder.cli", "grade", ASSIGNMENT]),
    "regrade --dry-run, a mended test": ("mended", ["-m", "autograder.cli", "regrade", ASSIGNMENT, "--dry-run"]),
    "plain nbgrader generate_feedback": ("stock", ["-m", "nbgrader", "generate_feedback", ASSIGNMENT, "--force"]),
    "nbgrader generate_feedback, our page": ("ours", ["-m", "nbgrader", "generate_feedback", ASSIGNMENT, "--force"]),
    "feedback": ("ours", ["-m", "autograder.cli", "feedback", ASSIGNMENT]),
}
PLAIN = [kind for kind in KINDS if kind.startswith("plain")]  # each stands before those that are compared with it
SCORES = """
    select s.id, c.name, g.auto_score from grade g join base_cell c on c.id = g.cell_id
    join submitted_notebook n on n.id = g.notebook_id join submitted_assignment a on a.id = n.assignment_id
    join student s on s.id = a.student_id where g.auto_score is not null and s.id != 'kofi'
"""


def hand_in(course: Course, roots: dict[str, Path], count: int) -> None:
    """Adds students to the sample class, each with the next known mistake, until there are so many."""
    bank, source = read_bank(course, ASSIGNMENT), source_notebook(course, ASSIGNMENT)
    released = nbformat.read(course.release_notebook(ASSIGNMENT), as_version=4)
    wrong = (Student("", "", ((variant.exercise, variant.name),)) for variant in itertools.cycle(bank.mistakes))
    known = [student for student in sample_class(bank) if student.name not in LEFT_OUT]
    for number in range(len(known), count):
        student = replace(next(wrong), name=f"student{number:04}")
        notebook = student.submission(released, source, bank)
        for root in roots.values():
            path = root / "submitted" / student.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)


class Memory(threading.Thread):
    """Looks at the memory of a process and of those below it: (done since it began, bytes of its own, bytes of all by
    shares), and at the bytes that each of its jobs, all processes together, has of its own."""

    def __init__(self, pid: int, done: Path) -> None:
        super().__init__(daemon=True)
        self._pid, self._done = pid, done
        self.rows: list[tuple[int, int, int]] = []
        self.jobs: list[int] = []

    def run(self) -> None:
        began = time.time()
        while Path(f"/proc/{self._pid}").exists():
            with suppress(OSError):
                below = [share(number) for number in tree(self._pid)]
                done = sum(path.stat().st_mtime > began for path in self._done.glob("*/*/*.record.json"))
                self.rows.append((done, own(self._pid), sum(below)))
                if done:
                    self.jobs += [sum(map(own, tree(worker))) for worker in workers(self._pid)]
            time.sleep(1.0)


def own(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))


def share(pid: int) -> int:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return 1024 * next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return 0


def tree(pid: int) -> list[int]:
    return [pid, *descendants(pid)]


def command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    return ""


def servers(run: int) -> list[int]:
    """The process from which the workers are forked."""
    return [pid for pid in children(run) if "multiprocessing.forkserver" in command(pid)]


def workers(run: int) -> list[int]:
    return [pid for server in servers(run) for pid in children(server)]


def timed(root: Path, command: list[str]) -> tuple[float, float, Memory]:
    """(seconds by the clock, seconds of CPU, memory) of a whole command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        memory = Memory(run.pid, root / "autograded")
        memory.start()
        _, said = run.communicate()
    wall = time.perf_counter() - started
    # Workers and templates end a moment after the run, and are ours then.
    with suppress(ChildProcessError):
        while True:
            os.wait()
    if run.returncode:
        sys.exit(f"{command}: {said[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def scores(root: Path) -> set[tuple[object, ...]]:
    """All automatic marks, but for the student who has deleted a test cell: plain nbgrader gives no mark there."""
    with closing(sqlite3.connect(root / "gradebook.db")) as database:
        return set(database.execute(SCORES))


def mend(ours: Path, root: Path) -> None:
    """A copy of the course, all of it graded and then released with a hidden test that tries less."""
    timed(ours, ["-m", "autograder.cli", "grade", ASSIGNMENT])
    shutil.copytree(ours, root)
    source = Course(root).percent(ASSIGNMENT)
    part = re.compile(r"\nwith check\.part\(.*?(?=\n[^ )])", re.DOTALL)  # the first one of the first hidden test
    source.write_text(part.sub("", source.read_text(), count=1))
    nbgrader(root, "generate_assignment", ASSIGNMENT)


def gradebook_work(root: Path, folder: Path) -> tuple[float, float]:
    """Milliseconds by the clock and of CPU in which the marks of a submission are written, each for the first time."""
    gradebook.install()
    url, file = f"sqlite:///{root}/gradebook.db", folder / "gradebook.db"
    rows = {path.name: gradebook.rows_of(url, ASSIGNMENT, path.name) for path in (root / "autograded").iterdir()}
    file.write_bytes(gradebook.release_alone(url, ASSIGNMENT))
    wall, cpu = time.perf_counter(), time.process_time()
    with gradebook.writing(f"sqlite:///{file}", "", ASSIGNMENT) as writer:
        for student, known in rows.items():
            writer.write(student, known or gradebook.SubmissionRows())
            writer.may_be_late(student)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return 1000 * wall / len(rows), 1000 * cpu / len(rows)


def usual_memory(rounds: list[tuple[float, float, Memory]]) -> float:
    """Median bytes of a run and all below it, from the first submission that is graded to the last."""
    every = [row for _, _, memory in rounds for row in memory.rows]
    most = max(row[0] for row in every)
    return statistics.median(row[2] for row in every if 0 < row[0] < most)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    adopt_orphans()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    found: dict[str, list[tuple[float, float, Memory]]] = {kind: [] for kind in options.only}
    with tempfile.TemporaryDirectory() as folder:
        ours, stock, _ = prepare(Course.find(), Path(folder), None)
        roots = {"ours": ours, "stock": stock}
        hand_in(Course(ours), roots, options.students)
        timed(ours, ["-m", "autograder.cli", "grade", ASSIGNMENT, "--students", "ada"])  # records the mistakes, once
        for kind in options.only * options.rounds:
            where, command = KINDS[kind]
            if where not in roots:
                roots[where] = Path(folder) / where
                mend(ours, roots[where])
            found[kind].append(timed(roots[where], command))
            print(f"  {kind}: {found[kind][-1][0]:.1f} s, CPU {found[kind][-1][1]:.1f} s", flush=True)
            if found.get("plain nbgrader autograde") and where == "ours" and "feedback" not in kind:
                same = scores(ours) == scores(stock)
                print(
                    "  every mark is equal" if same else f"  MARKS DIFFER: {scores(ours) ^ scores(stock)}", flush=True
                )
            if where == "mended":
                changed = (roots[where] / "reports" / f"{ASSIGNMENT}-regraded.csv").read_text().splitlines()[1:]
                print(f"  {len(changed)} marks would change", flush=True)
        clock, work = gradebook_work(ours, Path(folder))
    print(f"\n| {options.students} students of {ASSIGNMENT} | seconds | CPU | times faster | most memory |")
    print("|---|---|---|---|---|")
    first = float("nan")
    for kind, rows in found.items():
        if kind in PLAIN:
            first = statistics.median(wall for wall, _, _ in rows)
        wall, cpu = (statistics.median(row[n] for row in rows) for n in (0, 1))
        most = max((row[2] for _, _, memory in rows for row in memory.rows), default=0) / 2**20
        print(f"| {kind} | {wall:.1f} | {cpu:.1f} | {first / wall:.1f} | {most:.0f} MiB |")
    for kind, rows in found.items():
        seen = [row for row in rows[-1][2].rows if row[0] >= min(100, options.students // 2)]
        if seen:
            before, last = (f"{row[1] / 2**20:.0f} MiB" for row in (seen[0], seen[-1]))
            jobs = rows[-1][2].jobs
            if jobs:
                usual, most = statistics.median(jobs) / 2**20, max(jobs) / 2**20
                print(f"{kind}: a job has {usual:.0f} MiB of its own, {most:.0f} at most")
            print(f"{kind}: own memory {before} when {seen[0][0]} were graded, {last} when {seen[-1][0]} were")
    print(f"gradebook: {clock:.1f} ms a submission, {work:.1f} ms of CPU")
    if "grade" in found and "grade --jobs 1" in found and (os.cpu_count() or 1) > 1:
        quick, slow = (statistics.median(wall for wall, _, _ in found[kind]) for kind in ("grade", "grade --jobs 1"))
        print(f"{os.cpu_count()} jobs: {slow / quick:.2f} times as fast as one")
        many, one = (usual_memory(found[kind]) for kind in ("grade", "grade --jobs 1"))
        print(f"one more job: {(many - one) / ((os.cpu_count() or 1) - 1) / 2**20:.0f} MiB")
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
