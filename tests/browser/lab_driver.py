"""Drives a real JupyterLab in a real Chromium: finds the browser, runs a server, works a notebook as a person would.

Holds no test and asserts nothing about the course. The browser tests and `benchmarks/slider_latency.py` call it. The
server keeps all its settings in a folder of its own, so neither reads nor changes anything of the user's.
"""

import ast
import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import matplotlib.font_manager
import nbformat
from axe_playwright_python.sync_playwright import Axe
from nbformat import NotebookNode
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, ViewportSize
from playwright.sync_api import Error as PlaywrightError

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_CHROMIUM = (
    f"no browser found: none of {', '.join(CHROMIUM_NAMES)} is on the PATH and CHROMIUM does not name one. "
    "Debian and Ubuntu: apt-get install chromium. Elsewhere: install Chromium or Chrome and set CHROMIUM to its path."
)

SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"

# Seconds. A busy machine is many times slower than an idle one; what takes longer than these hangs.
SERVER_START = 300
PAGE_LOAD = 300
RUN_ALL = 600
ANSWER = 120  # of the page or the kernel to a single press

ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"  # a note of its own, which covers buttons


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome, None where there is none; the variable CHROMIUM comes first."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    """A headless browser with an empty profile."""
    flags = ["--disable-gpu", "--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium's own sandbox refuses to start as root, as in a container
    return playwright.chromium.launch(executable_path=executable, headless=True, args=flags)


WINDOW: ViewportSize = {"width": 1240, "height": 800}
TALL_WINDOW: ViewportSize = {"width": 1240, "height": 1500}


def new_context(browser: Browser) -> BrowserContext:
    """A profile of its own, with a window of its own."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(ANSWER * 1000)
    return context


# The server ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LabServer:
    """A running JupyterLab: where its root is, how to reach it, and what it has said."""

    root: Path
    port: int
    token: str
    log: Path

    def url(self, path: str = "/") -> str:
        """An address on this server, which lets the caller in."""
        return f"http://127.0.0.1:{self.port}{urllib.parse.quote(path)}?token={self.token}"

    def is_up(self) -> bool:
        """Whether the server answers."""
        try:
            with urllib.request.urlopen(self.url("/api/status"), timeout=30) as answer:
                return answer.status == 200
        except OSError:  # not listening yet, or not done with its start
            return False

    def said(self, lines: int = 40) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def lab_server(root: Path, private: Path, *options: str) -> Iterator[LabServer]:
    """JupyterLab over the folder `root`, ended on leaving; everything that it keeps lies in the folder `private`."""
    private.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = LabServer(root, port, secrets.token_hex(16), private / "server.log")
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={server.token}",
        f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True", *options,
    ]  # fmt: skip
    with open(server.log, "w") as log:
        process = subprocess.Popen(
            command, cwd=root, env=_environment(private), stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_up(server, process)
        yield server
    finally:
        _end(process)


def _environment(private: Path) -> dict[str, str]:
    """The environment of the server: its own home and settings, and the programs of this Python first on the PATH."""
    config = private / "config"
    (config / "labconfig").mkdir(parents=True, exist_ok=True)
    page_config = {"disabledExtensions": {ANNOUNCEMENTS: True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(page_config))
    folders = {
        "HOME": "home",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for folder in folders.values():
        (private / folder).mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST", "PYTHONW"))}
    return {
        **kept,
        **{name: str(private / folder) for name, folder in folders.items()},
        "JUPYTER_CONFIG_DIR": str(config),
        # nbgrader starts `alembic` by its name.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Matplotlib's list of fonts: made here if it must be, as in a new home it would be made in the first cell that
        # draws, which then says so on stderr.
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }


def _wait_until_up(server: LabServer, process: subprocess.Popen) -> None:
    deadline = monotonic() + SERVER_START
    while monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with status {process.returncode}:\n{server.said()}")
        if server.is_up():
            return
        sleep(0.1)
    raise TimeoutError(f"JupyterLab was not up after {SERVER_START} s:\n{server.said()}")


def _end(process: subprocess.Popen) -> None:
    """Ends the server, which ends its kernels, and waits for it; the rest of its group is killed."""
    if process.poll() is None:
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=ANSWER)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=ANSWER)


# The notebook in the page --------------------------------------------------------------------------------------------

# Scrolls to a page, a little less than a window further than the one before; whether it shows the end of the last cell.
TURN_PAGE = """(number) => {
    const outer = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer');
    outer.scrollTop = number * (outer.clientHeight - 60);
    const last = [...outer.querySelectorAll('.jp-Cell')].at(-1);
    return last.getBoundingClientRect().bottom <= outer.getBoundingClientRect().bottom;
}"""
MAX_PAGES = 40

# The notebook in front, from JupyterLab's own objects, which --expose-app-in-browser puts on the page.
PANEL = "const panel = window.jupyterapp.shell.currentWidget;"
READY = f"""async (path) => {{
    if (!window.jupyterapp) return false;
    await window.jupyterapp.restored;
    {PANEL}
    if (!panel?.sessionContext || panel.context.path !== path) return false;
    await panel.context.ready;
    await panel.revealed;
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) return false;
    await kernel.info;
    return kernel.status === 'idle';
}}"""


# What Chromium says of a question that a page leaves without an answer, because it loads anew.
CUT_OFF = ("context was destroyed", "promise was garbage collected")


def wait_until(page: Page, condition: str, arg: Any = None, timeout: float = PAGE_LOAD) -> None:
    """Waits until a JavaScript function that gives a promise gives one of a true value.

    `page.wait_for_function` takes the promise itself for true. A condition that never answers, or is cut off because
    the page loads anew, is asked again.
    """
    asked = f"(arg) => Promise.race([({condition})(arg), new Promise((answer) => setTimeout(answer, 3000, false))])"
    deadline = monotonic() + timeout
    while monotonic() < deadline:
        try:
            if page.evaluate(asked, arg):
                return
        except PlaywrightError as error:
            if not any(words in error.message for words in CUT_OFF):
                raise
        page.wait_for_timeout(100)
    raise TimeoutError(f"not true after {timeout} s: {condition}")


def go(page: Page, server: LabServer, path: str) -> None:
    """Loads JupyterLab with a file or folder open, in a workspace that no other page shares."""
    workspace = secrets.token_hex(4)  # "?reset" loads the page twice
    page.goto(server.url(f"/lab/workspaces/{workspace}/tree/{path}"), timeout=PAGE_LOAD * 1000)


@dataclass(frozen=True)
class Notebook:
    """An open notebook with a running kernel. Cells are numbered from 0, as in the file."""

    page: Page

    @classmethod
    def open(cls, page: Page, server: LabServer, path: str) -> "Notebook":
        """Opens the notebook at `path` below the server's root, and waits for its kernel.

        A Run All before the kernel has said who it is can get lost, hence the wait.
        """
        go(page, server, path)
        wait_until(page, READY, path)
        return cls(page)

    @classmethod
    def open_in_notebook7(cls, page: Page, server: LabServer, path: str) -> "Notebook":
        """Opens the notebook at `path` in Notebook 7, which the same server offers if it is installed."""
        page.goto(server.url(f"/notebooks/{path}"), timeout=PAGE_LOAD * 1000)
        wait_until(page, READY, path)
        return cls(page)

    @classmethod
    def open_with(cls, page: Page, server: LabServer, path: str, viewer: str) -> "Notebook":
        """Opens a file from the file browser with another viewer than its first one: its menu, then Open With."""
        folder, _, name = path.rpartition("/")
        go(page, server, folder)
        page.locator(f'.jp-DirListing-item[title*="Name: {name}"]').click(button="right")
        page.locator(".lm-Menu-itemLabel", has_text="Open With").hover()
        page.locator(".lm-Menu-itemLabel", has_text=viewer).click()
        wait_until(page, READY, path)
        return cls(page)

    def command(self, name: str, timeout: float = PAGE_LOAD) -> None:
        """Executes a command of JupyterLab and waits until it is done."""
        started = "(name) => { window.done = false; window.jupyterapp.commands.execute(name).then("
        self.page.evaluate(started + "() => { window.done = true }, (error) => { window.done = `${error}` }) }", name)
        self.page.wait_for_function("() => window.done !== false", timeout=timeout * 1000)
        if (outcome := self.page.evaluate("window.done")) is not True:
            raise RuntimeError(f"{name}: {outcome}")

    def run_all(self) -> None:
        """Runs all cells, up to the first error, and waits until the kernel has done them."""
        self.command("notebook:run-all-cells", RUN_ALL)

    def save(self) -> None:
        """Saves the notebook."""
        self.command("docmanager:save")

    def shut_down(self) -> None:
        """Ends the kernel."""
        self.page.evaluate(f"async () => {{ {PANEL} await panel.sessionContext.shutdown(); }}")

    def evaluate(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, which has to be a literal; the notebook stays as it is."""
        answer = self.page.evaluate(
            f"""async (expression) => {{
                {PANEL}
                const asked = {{ code: '', store_history: false, user_expressions: {{ answer: expression }} }};
                const reply = await panel.sessionContext.session.kernel.requestExecute(asked).done;
                return reply.content.user_expressions.answer;
            }}""",
            expression,
        )
        if answer["status"] != "ok":
            raise RuntimeError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        return ast.literal_eval(answer["data"]["text/plain"])

    def photograph(self, name: str) -> None:
        """Keeps pictures of all that can be read, page by page, without the code."""
        self.page.set_viewport_size(TALL_WINDOW)
        self.command("notebook:hide-all-cell-code")
        for number in range(MAX_PAGES):
            at_the_end = self.page.evaluate(TURN_PAGE, number)
            self.page.wait_for_timeout(200)
            screenshot(self.page, f"{name}-page-{number + 1:02d}")
            if at_the_end:
                break
        self.command("notebook:show-all-cell-code")
        self.page.set_viewport_size(WINDOW)

    @property
    def cells(self) -> list[NotebookNode]:
        """The cells as they are now, with execution counts and outputs, in the form of the file."""
        return nbformat.from_dict(self.page.evaluate(f"() => {{ {PANEL} return panel.content.model.toJSON().cells; }}"))

    @property
    def file(self) -> NotebookNode:
        """The notebook as a file, as it is now."""
        cells = [{key: value for key, value in cell.items() if value is not None} for cell in self.cells]
        return nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in cells])

    def show(self, number: int) -> Locator:
        """Scrolls to a cell and selects it, so that it is rendered whole; returns it."""
        self.page.evaluate(
            f"""async (number) => {{
                {PANEL}
                panel.content.activeCellIndex = number;
                await panel.content.scrollToItem(number, 'start');
            }}""",
            number,
        )
        cell = self.page.locator(f'.jp-Notebook:visible .jp-Cell[data-windowed-list-index="{number}"]')
        cell.wait_for()
        return cell

    def find(self, text: str, cell_type: str = "code") -> int:
        """Number of the first cell of this type that holds the text."""
        return next(n for n, c in enumerate(self.cells) if c["cell_type"] == cell_type and text in c["source"])


def eventually(page: Page, read: Callable[[], Any], expected: Any) -> None:
    """Asserts that `read()` gives the expected value, now or after the page has had its time to draw."""
    deadline = monotonic() + ANSWER
    while (found := read()) != expected and monotonic() < deadline:
        page.wait_for_timeout(100)
    assert found == expected, found


IN_VIEW = "cell => { const box = cell.getBoundingClientRect(); return box.bottom > 150 && box.top < innerHeight - 50 }"


def follow_the_summary(notebook: Notebook) -> None:
    """Clicks the first link in the last cell, and waits until the test cell that it names, or the exercise right above
    it, is to be seen: the page scrolls by the heights that it expects of cells which it has not drawn yet."""
    page, last = notebook.page, len(notebook.cells) - 1
    first = next(n for n, cell in enumerate(notebook.cells) if cell["id"].startswith("test-"))
    notebook.show(last).locator(".jp-OutputArea a").first.click()
    cells = [page.locator(f'.jp-Notebook:visible .jp-Cell[data-windowed-list-index="{n}"]') for n in (first - 1, first)]
    eventually(page, lambda: any(cell.count() and cell.evaluate(IN_VIEW) for cell in cells), True)


def errors(cell: NotebookNode) -> list[str]:
    """The errors among the outputs of a cell, as `Name: message`."""
    outputs = cell.get("outputs", [])
    return [f"{output['ename']}: {output['evalue']}" for output in outputs if output["output_type"] == "error"]


def stderr(cell: NotebookNode) -> str:
    """What a cell wrote to stderr."""
    return "".join(output["text"] for output in cell.get("outputs", []) if output.get("name") == "stderr")


def picture_hash(image: Locator) -> str:
    """SHA-256 of the bytes that an <img> shows now, once they are decoded."""
    data = image.evaluate(
        """async (image) => {
            await image.decode();
            const blob = await (await fetch(image.src)).blob();
            const reader = new FileReader();
            const read = new Promise((done) => { reader.onload = () => done(reader.result); });
            reader.readAsDataURL(blob);
            return await read;
        }"""
    )
    return hashlib.sha256(base64.b64decode(data.partition(",")[2])).hexdigest()


def screenshot(page: Page, name: str) -> Path:
    """Keeps a picture of what the page shows now; returns where."""
    path = SCREENSHOTS / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    return path


def violations(page: Page, options: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Rules of accessibility that axe-core finds broken, each with the first element that breaks it."""
    only = {"resultTypes": ["violations"]}  # to tell of each element that is right takes longer than to look at it
    found = Axe().run(page, options={**only, **(options or {})}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
