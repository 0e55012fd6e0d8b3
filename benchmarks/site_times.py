"""How long a notebook takes in the browser's Python, and in JupyterLab on the same machine.

    python benchmarks/site_times.py [--presses 40] [NOTEBOOK ...]

It makes the JupyterLite of the site with a Pyodide of its own, so without a network, and JupyterLab over a scratch copy
of the course. In each it opens every notebook (or those named) in an empty browser, writes the solutions into it, and
prints a table in Markdown, one row a notebook, with two numbers in each column, browser / JupyterLab: seconds from the
address to the first test that has passed, seconds that all cells take, and the 95th percentile of milliseconds from a
key on the first slider to the new picture. Single runs differ by a quarter, and more on a busy machine; it is no test.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Page, sync_playwright
from slider_latency import latencies

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
sys.path.insert(0, str(Path(__file__).parent.parent / "website"))

from lab_driver import HOW_TO_GET_CHROMIUM, Notebook, errors, find_chromium, lab_server, launch, new_context
from lite import build_lite
from lite_driver import LiteNotebook, fetch_pyodide, fill_in, look_inside, run_to_the_end, served
from scratch_course import ROOT, copy_course, widgets_in

from autograder.course.markup import is_autograded


def measured(chromium: Browser, name: str, opened: Callable[[Page], Notebook], presses: int) -> tuple[float, ...]:
    """The numbers of one notebook in one of the two; NaN for a slider where there is none."""
    with new_context(chromium) as context:
        page = context.new_page()
        start = monotonic()
        notebook = opened(page)
        fill_in(notebook, name)
        first = next(number for number, cell in enumerate(notebook.cells) if is_autograded(cell))
        page.evaluate(
            """async (first) => {
                const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
                const code = content.widgets.slice(0, first + 1).filter((cell) => cell.model.type === 'code');
                for (const cell of code) {
                    content.activeCellIndex = content.widgets.indexOf(cell);
                    await window.jupyterapp.commands.execute('notebook:run-cell');
                }
            }""",
            first,
        )
        to_first = monotonic() - start
        if "passed" not in json.dumps(notebook.cells[first]["outputs"]):
            raise RuntimeError(f"{name}: its first test does not pass: {notebook.cells[first]['outputs']}")
        start = monotonic()
        run_to_the_end(notebook)
        whole = monotonic() - start
        if problems := [problem for cell in notebook.cells for problem in errors(cell)]:
            raise RuntimeError(f"{name} does not run: {problems[0]}")
        p95 = float("nan")
        if widgets := widgets_in(name):
            box = notebook.show(notebook.find(f"widgets.{widgets[0]}(")).locator(".widget-vbox").first
            handle = box.locator(".noUi-target:not([disabled]) [role=slider]").first
            p95 = statistics.quantiles(latencies(page, box, handle, presses), n=20)[-1]
        return to_first, whole, p95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--presses", type=int, default=40, help="presses of a key on the slider (default 40)")
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names such as 01_activations (default: all)")
    arguments = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        print(HOW_TO_GET_CHROMIUM, file=sys.stderr)
        return 1
    names = ROOT.select(arguments.notebooks)
    with tempfile.TemporaryDirectory(prefix="site-times-") as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        build_lite(ROOT, names, folder / "site" / "lite", folder / "work", fetch_pyodide())
        look_inside(folder / "site")
        course = copy_course(folder / "course")
        chromium = launch(playwright, executable)
        print("| notebook | first test passed, s | all cells, s | slider p95, ms |\n|---|---|---|---|", flush=True)
        with served(folder / "site") as site, lab_server(course.root, folder / "private") as server:
            for name in names:
                path = str(course.release_notebook(name).relative_to(course.root))

                def in_lite(page: Page, name: str = name) -> Notebook:
                    page.goto(f"{site}lite/lab/index.html?path={name}.ipynb")
                    return LiteNotebook.opened(page, name)

                def in_lab(page: Page, path: str = path) -> Notebook:
                    return Notebook.open(page, server, path)

                pairs = zip(
                    *(measured(chromium, name, way, arguments.presses) for way in (in_lite, in_lab)), strict=True
                )
                cells = [f"{lite:.0f} / {lab:.0f}" for lite, lab in pairs]
                print("|", " | ".join([name, *cells]), "|", flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
