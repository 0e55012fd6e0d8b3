"""The part of the site in which notebooks run: JupyterLite, with Pyodide as its kernel and `nbcore` in it.

JupyterLite and Pyodide do the work; here stands which files they get, and their settings. The notebooks are those that
are handed out, byte for byte.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

from autograder.course.paths import Course
from autograder.release.wheels import build_wheel

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv-site" / "bin"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"

# What Pyodide brings. All of it is loaded before the first cell, side by side: what nbcore imports later it would miss.
IN_PYODIDE = ("micropip", "ssl", "sqlite3", "ipython", "jedi", "numpy", "scipy", "matplotlib", "scikit-learn", "pandas")
# What it lacks, with the lock file that pins it. They come without what they need, which stands in these two lists.
WHEELS = {
    "comm": "requirements-site.lock",
    "ipywidgets": "requirements-site.lock",
    "jupyterlab-widgets": "requirements-site.lock",
    "seaborn": "requirements.lock",
}
# JupyterLite has a command to download, but it stands in no menu; and it cannot interrupt.
DOWNLOAD = "docmanager:download"
LOOKS = {
    "@jupyterlab/mainmenu-extension:plugin": {
        "menus": [{"id": "jp-mainmenu-file", "items": [{"command": DOWNLOAD, "rank": 6}]}]
    },
    "@jupyterlab/notebook-extension:panel": {
        "toolbar": [
            {"name": "download", "command": DOWNLOAD, "label": "Download", "icon": "", "rank": 11},
            {"name": "interrupt", "disabled": True},
        ]
    },
}
FROM_WORKER = "../../../../pypi/"
"""From the script that loads Pyodide, which lies in extensions/@jupyterlite/pyodide-kernel-extension/static: a way that
is right under any address of the site."""


class SiteError(Exception):
    """What stands in the way of making the site."""


def build_lite(course: Course, names: list[str], out: Path, work: Path, pyodide: Path | None) -> None:
    """Makes JupyterLite in the folder `out`, with these notebooks. pyodide: a folder with it to be served, or None."""
    shutil.rmtree(work, ignore_errors=True)
    wheels, files = work / "pypi", work / "files"
    wheels.mkdir(parents=True)
    files.mkdir()
    for name in names:
        shutil.copy(course.release_notebook(name), files)
    build_wheel(course.root / "nbcore", wheels)
    _download(course.root, work / "wheels.lock", wheels)
    settings = _settings(sorted(path.name for path in wheels.iterdir()), pyodide is not None)
    (work / "jupyter-lite.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    (work / "overrides.json").write_text(json.dumps(LOOKS, indent=2), encoding="utf-8")
    tool = [str(TOOLS / "jupyter"), "lite", "build", "--lite-dir", str(work), "--contents", str(files)]
    _run([*tool, "--output-dir", str(out), "--apps", "lab", "--no-sourcemaps"], work)
    if pyodide is not None:
        shutil.copytree(pyodide, out / "static" / "pyodide")


def _settings(wheels: list[str], own_pyodide: bool) -> dict[str, object]:
    """What JupyterLite reads."""
    kernel: dict[str, object] = {
        "disablePyPIFallback": True,  # nothing but Pyodide comes from outside
        "loadPyodideOptions": {"packages": [*IN_PYODIDE, *(FROM_WORKER + wheel for wheel in wheels)]},
    }
    if own_pyodide:
        kernel["pyodideUrl"] = "./static/pyodide/pyodide.js"
    data = {"appName": "Neural networks by hand", "litePluginSettings": {KERNEL: kernel}}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}


def _download(root: Path, lock: Path, folder: Path) -> None:
    """Fetches the wheels as the locks pin them."""
    pins = "\n".join(pinned((root / file).read_text(encoding="utf-8"), name) for name, file in WHEELS.items())
    lock.write_text(pins, encoding="utf-8")
    pip = [str(TOOLS / "python"), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*pip, "--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "-r", str(lock)], root)


def pinned(lock: str, name: str) -> str:
    """The lines of a lock file that pin a package, with its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n .*)*", lock, re.MULTILINE)
    if found is None:
        raise SiteError(f"{name} is in no lock file: run `make lock`")
    return found[0]


def _run(command: list[str], folder: Path) -> None:
    """Runs a tool; what it says is shown only where it fails."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SiteError(f"{' '.join(command[:5])} ... ended with status {done.returncode}:\n{done.stdout[-4000:]}")
