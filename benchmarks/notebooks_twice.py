"""Runs each solved notebook twice in a row, in one kernel, with warnings as errors, and measures the CPU seconds.

    python benchmarks/notebooks_twice.py [NOTEBOOK ...]

A notebook stands alone, may be run again without a restart, and takes less than 60 seconds of CPU each time. Prints a
row per notebook; ends with 1 if a cell fails, writes to stderr, or a run takes longer.
"""

import sys
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.markup import label
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.release.proofs import run

LIMIT = 60.0
CLOCK = "import os as _os\nprint(sum(_os.times()[:4]))"


def twice(source: NotebookNode) -> tuple[list[float], list[str]]:
    """CPU seconds of the kernel in the first and the second run, and the cells that failed or wrote to stderr."""
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    cells = [new_code_cell(CLOCK)]
    for _ in range(2):  # new cells, as ids may not come twice
        cells += [new_code_cell(cell.source, metadata=cell.metadata) for cell in code] + [new_code_cell(CLOCK)]
    done = run(new_notebook(cells=cells, metadata=source.metadata), warnings_are_errors=True)
    at, problems = [], []
    for cell in done.cells:
        if cell.source == CLOCK:
            at.append(float(cell.outputs[0].text))
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"cell {label(cell)}: {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr":
                problems.append(f"cell {label(cell)}: {output.text.strip()[:100]}")
    return [later - earlier for earlier, later in pairwise(at)], problems


def main() -> int:
    course = Course.find(Path(__file__).parent)
    bad = False
    print(f"{'notebook':<20} {'first run':>9} {'second run':>10}   CPU seconds")
    for name in course.select(sys.argv[1:]):
        seconds, problems = twice(source_notebook(course, name))
        print(f"{name:<20} {seconds[0]:9.1f} {seconds[1]:10.1f}", flush=True)
        for problem in problems:
            print(f"  {problem}")
        bad = bad or bool(problems) or max(seconds) > LIMIT
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
