"""Where things run: the students' package everywhere, the grader on Linux, which says so elsewhere.

Other systems are simulated: their name, and without the modules and functions that they have not got.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.markup import HIDDEN_TESTS, SOLUTION, outside, strip_markers
from autograder.course.paths import Course
from autograder.course.percent import source_notebook

ROOT = Path(__file__).parent.parent
MODULES = ("fcntl", "resource", "termios", "pwd", "grp", "_posixsubprocess", "posix")
WINDOWS = {
    "os": (
        "fork",
        "getuid",
        "geteuid",
        "setsid",
        "sched_getaffinity",
        "killpg",
        "wait4",
        "nice",
        "uname",
        "pidfd_open",
    ),
    "signal": ("SIGKILL", "SIGALRM", "setitimer", "alarm", "pthread_sigmask", "SIGHUP", "SIGUSR1"),
    "time": ("tzset", "clock_gettime"),
    "socket": ("AF_UNIX", "socketpair"),
}
MACOS = {
    "os": ("sched_getaffinity", "pidfd_open", "memfd_create", "unshare"),
    "signal": ("pidfd_send_signal", "sigtimedwait"),
    "select": ("epoll",),
}
LIBRARIES = """
import IPython.display, ipywidgets, matplotlib.pyplot, numpy, scipy.optimize, scipy.special, seaborn, sklearn.datasets
import sklearn.linear_model, sklearn.metrics, sklearn.neural_network, threadpoolctl, contourpy
matplotlib.use("agg")
"""


def elsewhere(platform: str) -> str:
    """Code that makes this interpreter look like one of another system. The libraries, which know their systems, are
    imported before."""
    missing, modules = (WINDOWS, MODULES) if platform == "win32" else (MACOS, ())
    lines = [LIBRARIES, "import sys, os, signal, time, socket, select", f"sys.platform = {platform!r}"]
    lines += [f"sys.modules[{name!r}] = None" for name in modules]
    lines += [f"vars({module}).pop({name!r}, None)" for module, names in missing.items() for name in names]
    return "\n".join(lines) + "\n"


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_every_module_of_the_students_package_is_imported(platform: str) -> None:
    code = """
import pkgutil, importlib, nbcore
names = [m.name for m in pkgutil.walk_packages(nbcore.__path__, "nbcore.") if m.name != "nbcore.__main__"]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
    done = run(elsewhere(platform) + code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


SOLVE = """
import json, traceback
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for code in json.load(open(sys.argv[1])):
    result = shell.run_cell(code, store_history=False)
    assert result.success, code
    plt = sys.modules["matplotlib.pyplot"]
    plt.close("all")
print("all cells passed")
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["01_activations", "04_backprop", "07_regularization"])
def test_a_solved_notebook_passes_its_tests_on_windows(name: str, tmp_path: Path) -> None:
    cells = [cell.source for cell in source_notebook(Course(ROOT), name).cells if cell.cell_type == "code"]
    codes = tmp_path / "codes.json"
    codes.write_text(json.dumps(["\n".join(outside(strip_markers(text, SOLUTION), HIDDEN_TESTS)) for text in cells]))
    done = run(elsewhere("win32") + SOLVE, str(codes))
    assert done.stdout.endswith("all cells passed\n"), done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("platform", ["win32", "darwin"])
@pytest.mark.parametrize("command", [["grade", "01_activations"], ["build"], ["doctor"]])
def test_the_grader_says_that_it_needs_linux(command: list[str], platform: str) -> None:
    done = run(elsewhere(platform) + f"from autograder.cli import main\nsys.exit(main({command!r}))")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("autograder: this needs Linux. On Windows use WSL 2; on macOS a container")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_so_do_the_settings_of_a_course(platform: str) -> None:
    done = run(elsewhere(platform) + "from autograder.grade import configure")
    assert "ImportError: autograder: this needs Linux." in done.stderr
