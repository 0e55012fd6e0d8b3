"""What the experiments of the notebooks do with wrong functions: runs each with each known mistake, under a limit.

    python benchmarks/wrong_experiments.py [NOTEBOOK ...] [--seconds 10] [--only TEXT]

A student who has a mistake in a function and goes on reading runs the experiments with it. They may then show nonsense
or stop with an error, but they may not take minutes or draw thousands of lines. A notebook is run once, solved; then
each mistake of its bank takes the place of its solution in a forked copy, and the cells that depend on it run again.

Prints one line for each mistake and cell that ends with an error, and marks with !! what is slow (CPU seconds), draws
too much, or is stopped. Ends with 1 if there is such a line.
"""

import argparse
import ast
import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # more threads do not survive a fork
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from autograder.course.bank import read_bank, substitute
from autograder.course.contract import read_contract
from autograder.course.markup import HIDDEN_TESTS, is_autograded, is_solution, outside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan

MAX_ARTISTS = 500


def cells_of(course: Course, notebook: str) -> list[tuple[str, str, str]]:
    """Kind ("setup", "solution", "test", "experiment"), title and code of every cell that a student sees."""
    found, title = [], ""
    source = source_notebook(course, notebook)
    solutions = Plan.of(source.cells).solutions
    by_code = {code: name for name, code in solutions.items()}
    for cell in source.cells:
        if cell.cell_type == "markdown":
            headings = [line for line in cell.source.split("\n") if line.startswith("## ")]
            title = headings[0][3:] if headings else title
        elif is_solution(cell):
            code = solutions[cell.metadata["nbgrader"]["grade_id"]]
            found.append(("solution", by_code[code], code))
        elif is_autograded(cell):
            found.append(("test", title, "\n".join(outside(cell.source, HIDDEN_TESTS))))
        else:
            kind = "setup" if "grade_id" in cell.metadata.get("nbgrader", {}) else "experiment"
            found.append((kind, title, cell.source))
    return found


def names_in(code: str) -> tuple[set[str], set[str]]:
    """Names that the code uses, and names that it binds at top level."""
    tree = ast.parse(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return used, bound


def dependent(cells: list[tuple[str, str, str]], exercise: str) -> list[int]:
    """Experiment cells whose result a mistake in the exercise may change."""
    reached: set[str] = set()
    found = []
    for i, (kind, title, code) in enumerate(cells):
        used, bound = names_in(code)
        if kind == "solution" and title == exercise:
            reached |= bound
        elif used & reached:
            reached |= bound
            if kind == "experiment":
                found.append(i)
    return found


def run_cell(code: str, space: dict[str, Any]) -> int:
    """Runs a cell and shows what its last line gives, as Jupyter would; returns the number of artists drawn."""
    artists = 0

    def display(*objects: Any) -> None:
        nonlocal artists
        for thing in objects:
            if hasattr(thing, "_repr_mimebundle_"):
                thing._repr_mimebundle_()
            for ax in thing.fig.axes if hasattr(thing, "fig") else []:
                artists += sum(map(len, (ax.lines, ax.collections, ax.patches, ax.texts, ax.images)))

    space["display"] = display
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), space)
    if last is not None:
        display(eval(compile(ast.Expression(last.value), "<cell>", "eval"), space))
    return artists


def in_copy(cells: list[tuple[str, str, str]], which: list[int], space: dict[str, Any], code: str, seconds: int) -> str:
    """Runs the mistake's code and then the cells in a forked copy of this process; gives lines of JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as out:
            try:
                silent = io.StringIO()
                with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
                    exec(code, space)
                    for i in which:
                        print(json.dumps(measured(i, cells[i][2], space, seconds)), file=out, flush=True)
            finally:
                os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def measured(i: int, code: str, space: dict[str, Any], seconds: int) -> dict[str, Any]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"stopped after {seconds} s of CPU time")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    started, error, artists = time.process_time(), "", 0
    try:
        artists = run_cell(code, space)
    except BaseException as caught:
        frames = traceback.extract_tb(caught.__traceback__)
        place = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames) if "nbcore" in f.filename), "")
        error = f"{type(caught).__name__}: {str(caught)[:110]!r} {place}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = time.process_time() - started
    return {"cell": i, "seconds": spent, "artists": artists, "error": error, "megabytes": memory}


def lines_of(course: Course, notebook: str, seconds: int, only: str) -> Iterator[tuple[bool, str]]:
    """What is worth a line, and whether it is beyond a limit."""
    cells = cells_of(course, notebook)
    space: dict[str, Any] = {"__name__": "__main__"}
    for kind, title, code in cells:
        started = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            artists = run_cell(code, space)
        if kind == "experiment":
            spent = time.process_time() - started
            slow = spent > seconds or artists > MAX_ARTISTS
            yield slow, f"{notebook}, solved: {title}: {spent:.1f} s, {artists} artists"
    solutions = {title: code for kind, title, code in cells if kind == "solution"}
    bank = read_bank(course, notebook)
    for exercise in read_contract(course, notebook).exercises:
        which = dependent(cells, exercise.name)
        for mistake in [m for m in bank.mistakes if m.exercise == exercise.name and only in m.key]:
            text = in_copy(cells, which, space, substitute(solutions[exercise.name], mistake.code), 3 * seconds)
            rows = [json.loads(line) for line in text.splitlines()]
            for row in rows:
                beyond = row["seconds"] > seconds or row["artists"] > MAX_ARTISTS or row["megabytes"] > 2000
                if beyond or row["error"]:
                    numbers = f"{row['seconds']:.1f} s, {row['artists']} artists, {row['megabytes']} MB"
                    yield beyond, f"{mistake.key} | {cells[row['cell']][1]}: {numbers} {row['error']}"
            if len(rows) < len(which):
                yield True, f"{mistake.key} | {cells[which[len(rows)]][1]}: the process ended"


def main() -> int:
    course = Course.find()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", default=[])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", default="", help="mistakes whose name contains this")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    bad = 0
    for notebook in course.select(options.notebooks):
        for beyond, line in lines_of(course, notebook, options.seconds, options.only):
            bad += beyond
            print("!! " if beyond else "   ", line, sep="", flush=True)
    print(f"{bad} beyond a limit")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
