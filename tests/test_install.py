"""What is installed: a student needs no grading tool, and the commands say what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GRADING = ("nbgrader", "jupytext", "nbclient", "nbformat", "msgpack", "nh3", "rich", "sqlalchemy")

BLOCKED = f"""
import sys
for name in {GRADING!r}:
    sys.modules[name] = None
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", BLOCKED + code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_nbcore_works_without_the_grading_tools() -> None:
    done = run("from nbcore import check, data, plots, widgets, experiments; print('ok')")
    assert done.stdout == "ok\n", done.stderr


@pytest.mark.parametrize("command", ["build", "audit", "demo"])
def test_a_command_without_its_tools_says_what_to_install(command: str) -> None:
    done = run(f"from autograder.cli import main; sys.exit(main([{command!r}]))")
    assert done.returncode == 2
    assert "pip install ./nbcore ." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_outside_a_course_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograder.cli", "build"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "is not inside a course directory" in done.stderr


def test_an_unknown_assignment_is_named_with_the_known_ones() -> None:
    command = [sys.executable, "-m", "autograder.cli", "build", "99_none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "no assignment called 99_none" in done.stderr
    assert "01_activations" in done.stderr


def test_nbcore_imports_in_under_a_second_beside_an_import_of_numpy() -> None:
    """A bound that a slow machine keeps too: the modules that must stay unloaded are what costs time."""
    done = run(
        "from nbcore import check, data, plots, widgets, experiments\n"
        "slow = ('matplotlib.pyplot', 'sklearn', 'scipy', 'pandas', 'ipywidgets', 'IPython')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    assert done.stdout == "[]\n", done.stdout + done.stderr
