"""Whether the examiner pays for a small class too: three submissions of a small notebook, start-up and all.

`python benchmarks/small_class.py` makes two scratch courses, one of plain nbgrader and one with the examiner, and
grades the same three submissions in both with `nbgrader autograde`, in turn. The first run of the examiner tries the
author's own solution as well. It prints CPU seconds of all processes, their ratio, and seconds by the clock.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

CONFIG = {"plain": "", "examiner": "from autograder.grade import configure\nconfigure(get_config())\n"}
STUDENTS = ("ann", "bob", "eve")
TESTS = 6


def source() -> NotebookNode:
    def cell(text: str, **flags: object) -> NotebookNode:
        usual = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        return nbformat.v4.new_code_cell(text, metadata={"nbgrader": usual | flags} if flags else {})

    hidden = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f({n}) == {twice}\n### END HIDDEN TESTS"
    return nbformat.v4.new_notebook(
        cells=[
            cell("import numpy as np\nimport matplotlib.pyplot as plt"),
            cell("### BEGIN SOLUTION\ndef f(x):\n    return 2 * x\n### END SOLUTION", grade_id="f", solution=True),
            *[
                cell(hidden.format(n=n, twice=2 * n), grade_id=f"t{n}", grade=True, locked=True, points=1)
                for n in range(TESTS)
            ],
        ]
    )


def make(root: Path, config: str) -> None:
    """A course with the notebook released, and three submissions of it."""
    (root / "source" / "hw").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(config)
    nbformat.write(source(), root / "source" / "hw" / "p.ipynb")
    nbgrader(root, "generate_assignment", "hw")
    for student in STUDENTS:
        notebook = nbformat.read(root / "release" / "hw" / "p.ipynb", 4)
        notebook.cells[1].source = "def f(x):\n    return x + x"
        folder = root / "submitted" / student / "hw"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "p.ipynb")


def nbgrader(root: Path, *arguments: str) -> tuple[float, float]:
    """CPU seconds and seconds by the clock of one command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - started


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for kind, config in CONFIG.items():
            with tempfile.TemporaryDirectory() as folder:
                make(Path(folder), config)
                found.setdefault((kind, "first run"), []).append(nbgrader(Path(folder), "autograde", "hw"))
                again = nbgrader(Path(folder), "autograde", "hw", "--force")
                found.setdefault((kind, "once more"), []).append(again)
    print(f"medians of {rounds} rounds, {len(STUDENTS)} submissions; CPU seconds (by the clock)")
    for when in ("first run", "once more"):
        plain, ours = (
            [statistics.median(row[column] for row in found[kind, when]) for column in (0, 1)] for kind in CONFIG
        )
        print(
            f"{when}: plain nbgrader {plain[0]:.1f} ({plain[1]:.1f}), the examiner {ours[0]:.1f} ({ours[1]:.1f}), "
            f"ratio {ours[0] / plain[0]:.2f}"
        )


if __name__ == "__main__":
    main()
