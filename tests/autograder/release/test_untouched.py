"""What a student sees who opens a notebook and runs all of it: it reaches its end, and says what there is to do."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.course.markup import is_autograded
from autograder.course.paths import Course

COURSE = Course.find(Path(__file__))

pytestmark = pytest.mark.slow


def run_all(notebook: NotebookNode) -> NotebookNode:
    """Runs it as JupyterLab does, which stops at an error of a cell without the tag for that."""
    NotebookClient(notebook, timeout=120, shutdown_kernel="immediate").execute()
    return notebook


def output(cell: NotebookNode) -> str:
    return "".join(o.get("text") or o.get("evalue") or o["data"].get("text/plain", "") for o in cell.outputs)


@pytest.mark.parametrize("name", COURSE.assignments())
def test_an_untouched_notebook_runs_to_its_end_and_only_tests_fail(name: str) -> None:
    done = run_all(nbformat.read(COURSE.release_notebook(name), as_version=4))
    code = [cell for cell in done.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    failed = [cell for cell in code if any(o.output_type == "error" for o in cell.outputs)]
    assert [cell.id for cell in failed] == [cell.id for cell in code if is_autograded(cell)]
    first, then, *_ = output(code[-1]).splitlines()
    points = sum(cell.metadata.nbgrader.points for cell in failed)
    assert first == f"0 of {points:g} points by the visible tests."
    assert then.count("(") == 3
