"""How long grading takes: the sample class through the examiner and through plain nbgrader, on the same machine.

Run it on a quiet machine: `python benchmarks/grading.py`. It makes two scratch courses, grades the same submissions in
both with `nbgrader autograde`, and prints what each adds to the time of the students' own code.

The experiments of the notebook take seconds, and as long as it wants: a tenth of a second that is added drowns in how
much they vary. So the class is graded twice: whole, for the share of the students' own code, and with the cells of the
experiments taken out, for what is added. There the time of the own code is that of all cells, hidden tests and all, run
by IPython in one process that has imported everything before.
"""

import argparse
import inspect
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.bank import read_bank
from autograder.course.paths import RECORD_SUFFIX, Course
from autograder.course.percent import source_notebook
from autograder.sample.students import sample_class

ASSIGNMENT = "01_activations"
# The endless loop measures the time limit, and plain nbgrader stops at a doubled test cell.
LEFT_OUT = {"jun", "lin"}
FIRST = "ada"
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of one `nbgrader autograde`."""

    wall: float
    cpu: float
    parts: dict[str, float]


def nbgrader(root: Path, *arguments: str, timed: Path | None = None) -> Cost:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    inside = [__file__, "--inside", str(timed)] if timed else ["-m", "nbgrader"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, *inside, *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"nbgrader {' '.join(arguments)}: {done.stderr[-3000:]}")
    parts = json.loads(timed.read_text()) if timed else {}
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, parts)


def prepare(course: Course, folder: Path, count: int | None, bare: bool = False) -> tuple[Path, Path, list[str]]:
    """Two course directories with the same submissions: (the examiner's, plain nbgrader's, the students).

    bare: without the cells that nbgrader does not know, which hold the experiments."""
    ours, stock = folder / "ours", folder / "stock"
    scratch = Course(ours)
    for find in (Course.mistakes, Course.examples):
        find(scratch, ASSIGNMENT).parent.mkdir(parents=True)
        shutil.copy(find(course, ASSIGNMENT), find(scratch, ASSIGNMENT))
    shutil.copy(course.config, scratch.config)
    shutil.copy(course.contract, scratch.contract)
    shutil.copy(course.percent(ASSIGNMENT), scratch.percent(ASSIGNMENT))
    nbgrader(ours, "generate_assignment", ASSIGNMENT)
    bank, source = read_bank(scratch, ASSIGNMENT), source_notebook(scratch, ASSIGNMENT)
    released = nbformat.read(scratch.release_notebook(ASSIGNMENT), as_version=4)
    students = [student for student in sample_class(bank) if student.name not in LEFT_OUT][:count]
    (stock / "solutions").mkdir(parents=True)
    (stock / "nbgrader_config.py").write_text(STOCK)
    shutil.copytree(ours / "solutions" / ASSIGNMENT, stock / "solutions" / ASSIGNMENT)
    nbgrader(stock, "generate_assignment", ASSIGNMENT)
    for student in students:
        notebook = student.submission(released, source, bank)
        if bare:
            notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        for root in (ours, stock):
            path = root / "submitted" / student.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)
    return ours, stock, [student.name for student in students]


def own(root: Path, students: list[str], what: str) -> float:
    """Mean seconds that the students' own cells and functions took, from the records. `what` is a field of them."""
    paths = (root / "autograded" / name / ASSIGNMENT / f"{ASSIGNMENT}{RECORD_SUFFIX}" for name in students)
    return statistics.mean(json.loads(path.read_text())[what] for path in paths)


def cells_alone(root: Path, students: list[str]) -> tuple[float, float]:
    """Mean (wall, CPU) seconds of the cells, hidden tests included, in a fork of a process that has all imports."""
    code = "import sys\nfrom pathlib import Path\nfrom benchmarks.grading import run_cells\n"
    code += "run_cells([Path(path) for path in sys.argv[1:]])"
    paths = [str(root / "autograded" / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb") for name in students]
    repository = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], cwd=repository, env=environment, capture_output=True, check=True
    )
    rows = json.loads(done.stdout)
    return statistics.mean(wall for wall, _ in rows), statistics.mean(cpu for _, cpu in rows)


def run_cells(paths: list[Path]) -> None:
    """Prints the seconds of each notebook as JSON. For a process of its own."""
    import nbcore.check
    import nbcore.plots
    import nbcore.widgets  # noqa: F401
    from autograder.runner.shell import make_shell, warm_up

    shell = make_shell()
    warm_up(shell)
    rows = []
    for path in paths:
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        readable, writable = os.pipe()
        if os.fork() == 0:
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            wall, cpu = time.perf_counter(), time.process_time()
            for source in cells:
                shell.run_cell(source)
            row = time.perf_counter() - wall, time.process_time() - cpu
            os.write(writable, json.dumps(row).encode())
            os._exit(0)
        os.close(writable)
        os.wait()
        rows.append(json.loads(os.read(readable, 1000)))
        os.close(readable)
    print(json.dumps(rows))


def wire_call_microseconds() -> tuple[float, float]:
    """(median of one call with an array of 10 numbers, the same call without the wire)."""
    import numpy as np

    from autograder.examiner.session import Session
    from autograder.limits import Limits
    from autograder.sandbox import Template, best_isolation
    from autograder.wire import Channel, WireLimits

    array = np.arange(10.0)
    entry, preload = "autograder.runner.serve:main", ["autograder.runner.serve"]
    with Template(entry, isolation=best_isolation()[0], preload=preload) as template:
        child = template.fork({}, Limits())
        session = Session(Channel(child.wire, WireLimits().frame_bytes), child, Limits())
        session.run_cell("def f(x):\n    return 2 * x")
        with session.block(60.0):
            function = session.names(("f",))["f"]
            with_wire = median_of(lambda: function(array))
        session.close()
        child.close()
        child.wait(5.0)
    return with_wire, median_of(lambda: 2 * array)


def median_of(action: Callable[[], Any], count: int = 2000) -> float:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return 1e6 * statistics.median(times)


# ------------------------------------------------------------------------------------------ where the time goes


@contextmanager
def clocks(target: Path) -> Iterator[None]:
    """Adds up the time in the parts of a run of nbgrader in this process, and writes the sums to `target`."""
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, OverwriteCells, OverwriteKernelspec

    from autograder.engine.grader import Grader
    from autograder.grade.preprocessors import Examine, RepairCells, SaveMarks
    from autograder.sandbox import Template

    sums: dict[str, float] = {}

    def timed(owner: Any, name: str, label: str) -> None:
        inner = getattr(owner, name)
        is_static = isinstance(inspect.getattr_static(owner, name), staticmethod)

        def outer(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                sums[label] = sums.get(label, 0.0) + time.perf_counter() - started

        setattr(owner, name, staticmethod(outer) if is_static else outer)

    timed(Autograde, "init_assignment", "nbgrader: files and rows of the submission")
    timed(Autograde, "convert_single_notebook", "one notebook, all of it")
    timed(RepairCells, "preprocess", "repair of the notebook")
    for kind in (OverwriteCells, OverwriteKernelspec, CheckCellMetadata, AssignLatePenalties):
        timed(kind, "preprocess", "nbgrader: its other preprocessors")
    timed(Examine, "preprocess", "sandbox and examiner, all of it")
    timed(Grader, "_templates", "start of the templates")
    timed(Grader, "_prepare", "reading the hidden tests in the templates")
    timed(Grader, "_collect", "cells, calls and hidden tests")
    timed(Template, "fork", "forking and isolating two processes")
    timed(Template, "wait", "waiting for their end")
    timed(SaveMarks, "preprocess", "marks into the gradebook")
    try:
        yield
    finally:
        target.write_text(json.dumps(sums))


def inside(target: Path, arguments: list[str]) -> None:
    """Run nbgrader in this process with clocks."""
    from nbgrader.apps.nbgraderapp import NbGraderApp

    with clocks(target):
        NbGraderApp.launch_instance(arguments)


# ------------------------------------------------------------------------------------------ the table


Row = tuple[float, ...]  # stock wall, stock CPU, ours wall, ours CPU, own wall, own CPU


def measure(ours: Path, stock: Path, students: list[str], rounds: int, bare: bool) -> Row:
    """Seconds per submission, start-up apart: medians over the rounds."""
    rows: list[Row] = []
    others = [name for name in students if name != FIRST]
    nbgrader(ours, "autograde", ASSIGNMENT, "--force", "--student", FIRST)  # records once what the mistakes give
    for _ in range(rounds):
        costs: dict[Path, tuple[float, float]] = {}
        for root in (stock, ours):
            one = nbgrader(root, "autograde", ASSIGNMENT, "--force", "--student", FIRST)
            every = nbgrader(root, "autograde", ASSIGNMENT, "--force")
            costs[root] = ((every.wall - one.wall) / len(others), (every.cpu - one.cpu) / len(others))
        alone = (
            cells_alone(stock, others)
            if bare
            else (own(ours, others, "students_own_seconds"), own(ours, others, "cpu"))
        )
        rows.append((*costs[stock], *costs[ours], *alone))
        print(f"  stock, ours (wall, CPU); own wall, own CPU: {[round(number, 3) for number in rows[-1]]}", flush=True)
    return tuple(statistics.median(column) for column in zip(*rows, strict=True))


def print_table(title: str, row: Row) -> None:
    stock_wall, stock_cpu, our_wall, our_cpu, own_wall, own_cpu = row
    print(f"\n| {title} | plain nbgrader | examiner | ratio |")
    print("|---|---|---|---|")
    print(f"| wall | {stock_wall:.2f} s | {our_wall:.2f} s | {stock_wall / our_wall:.1f} |")
    print(f"| CPU | {stock_cpu:.2f} s | {our_cpu:.2f} s | {stock_cpu / our_cpu:.1f} |")
    print(f"| the students' own code, wall | {own_wall:.2f} s | {own_wall:.2f} s | |")
    print(f"| the students' own code, CPU | {own_cpu:.2f} s | {own_cpu:.2f} s | |")


def print_added(row: Row) -> None:
    stock_wall, stock_cpu, our_wall, our_cpu, own_wall, own_cpu = row
    for name, of_stock, of_ours in (
        ("wall", stock_wall - own_wall, our_wall - own_wall),
        ("CPU", stock_cpu - own_cpu, our_cpu - own_cpu),
    ):
        print(f"| added to it, {name} | {of_stock:.2f} s | {of_ours:.2f} s | {of_stock / max(of_ours, 1e-9):.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--students", type=int, help="only so many of the class")
    parser.add_argument("--bare-only", action="store_true", help="leave the whole class out, which takes longest")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.inside:
        inside(options.inside, rest)
        return
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        ours, stock, students = prepare(Course.find(), Path(folder) / "bare", options.students, bare=True)
        row = measure(ours, stock, students, options.rounds, bare=True)
        every = nbgrader(ours, "autograde", ASSIGNMENT, "--force", timed=Path(folder) / "parts.json")
        call, without = wire_call_microseconds()
        title = f"per submission, {len(students)} students of {ASSIGNMENT}, start-up apart"
        if not options.bare_only:
            ours, stock, students = prepare(Course.find(), Path(folder) / "whole", options.students)
            whole = measure(ours, stock, students, options.rounds, bare=False)
            print_table(title, whole)
            print_added(whole)
            _, stock_cpu, _, our_cpu, _, own_cpu = whole
            print(f"| share of the students' own code, CPU | {own_cpu / stock_cpu:.0%} | {own_cpu / our_cpu:.0%} | |")
    print_table(f"{title}, without the experiments", row)
    print_added(row)
    print(f"\none call over the wire, array of 10: {call:.0f} microseconds (the same without: {without:.1f})\n")
    print("| where the examiner's time goes, a submission without the experiments | ms |")
    print("|---|---|")
    for label, seconds in sorted(every.parts.items(), key=lambda item: -item[1]):
        unit = " (once)" if "templates" in label else ""
        print(f"| {label}{unit} | {1000 * seconds / (1 if unit else len(students)):.0f} |")
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
