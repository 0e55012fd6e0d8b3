"""What a submission is shown of this machine: the Python environment, and never a home."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from autograder.sandbox import environment

ROOT = Path(__file__).parents[3]
ASK = "import json; from autograder.sandbox.environment import visible_paths; print(json.dumps(visible_paths()))"


def made_through_a_link(home: Path, where: str) -> Path:
    """A Python environment that was made with a link in the home, as tools make it that put interpreters there."""
    link = home / where / "python3"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.realpath(sys.executable))
    (home / ".ssh").mkdir()
    made = home / "course" / "v"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(made)
    python = made / "bin" / "python3"
    for name in ("python", "python3", f"python3.{sys.version_info.minor}"):
        (made / "bin" / name).unlink(missing_ok=True)
        (made / "bin" / name).symlink_to(link)
    return python


@pytest.mark.parametrize("where", ["bin", ".local/bin"])
def test_an_environment_made_through_a_link_in_the_home_shows_no_home(tmp_path: Path, where: str) -> None:
    home = tmp_path / "home"
    python = made_through_a_link(home, where)
    variables = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([python, "-c", ASK], env=variables, capture_output=True, text=True, check=True)
    shown = [Path(path) for path in json.loads(done.stdout)]
    assert home / "course" / "v" in shown
    assert home / where / "python3" in shown
    assert not [path for path in shown if not path.is_symlink() and (home / ".ssh").is_relative_to(path.resolve())]
    assert not [path for path in shown if path == home / ".local"]


@pytest.mark.parametrize("path", ["~", "~/..", "/home", "/root", "/home/somebody"])
def test_a_home_or_a_folder_above_one_is_seen_as_such(
    path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "a" / "me"))
    assert environment._shows_a_home(os.path.expanduser(path))
    assert not environment._shows_a_home(str(tmp_path / "a" / "me" / "v"))
