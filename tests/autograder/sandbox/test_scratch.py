"""No temporary folder outlives the grader, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import scratch

STARTS = """
import sys, time
from autograder.limits import Limits
from autograder.sandbox import Template, best_isolation
isolation = best_isolation()[0] if sys.argv[1] == "best" else sys.argv[1]
template = Template("autograder.sandbox.doctor:main", isolation=isolation)
child = template.fork({}, Limits(wall=60))
print(template._process.pid, template._folder, flush=True)
if sys.argv[2] == "close":
    template.close()
elif sys.argv[2] == "leave":
    sys.exit()
time.sleep(100)
"""


@pytest.fixture
def grader(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(
    grader: list[subprocess.Popen[str]], folder: Path, isolation: str, how: str
) -> tuple[subprocess.Popen[str], int, Path]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS, isolation, how], stdout=subprocess.PIPE, text=True, env=environment
    )
    grader.append(process)
    assert process.stdout is not None
    number, path = process.stdout.readline().split(maxsplit=1)
    return process, int(number), Path(path.strip())


def gone(path: Path, seconds: float = 120.0) -> bool:
    deadline = time.monotonic() + seconds
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not path.exists()


@pytest.mark.parametrize("isolation", ["best", "none", "trusted"])
@pytest.mark.parametrize("how", ["close", "leave", "kill", "terminate"])
def test_the_folder_goes_with_the_grader(
    grader: list[subprocess.Popen[str]], tmp_path: Path, isolation: str, how: str
) -> None:
    process, _, folder = start(grader, tmp_path, isolation, how)
    assert folder.parent == tmp_path
    if how in ("kill", "terminate"):
        assert folder.is_dir()
        process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGTERM)
    assert gone(folder)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("autograder")]


def test_what_a_killed_template_leaves_the_next_grader_sweeps(
    grader: list[subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, template, folder = start(grader, tmp_path, "none", "kill")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert scratch.sweep() == []  # its owner lives
    os.kill(template, signal.SIGKILL)
    process.kill()
    process.wait()
    assert folder.is_dir()
    assert scratch.sweep() == [folder.name]
    assert not folder.exists()


HOLDS = """
import time
from autograder.sandbox import scratch
with scratch.folder() as folder:
    (folder / "hidden tests").touch()
    print(folder, flush=True)
    time.sleep(100)
"""


def test_a_folder_of_a_killed_process_is_swept(
    grader: list[subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    grader.append(subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True, env=environment))
    assert grader[0].stdout is not None
    folder = Path(grader[0].stdout.readline().strip())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert scratch.sweep() == []
    grader[0].kill()
    grader[0].wait()
    assert scratch.sweep() == [folder.name]
    assert not list(tmp_path.iterdir())


def test_a_folder_goes_with_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch.folder() as folder:
        assert folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_the_sweep_touches_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine, lock = scratch.make()
    (tmp_path / "autograder-notes").mkdir()
    (tmp_path / "autograder-file").touch()
    other = tmp_path / "other"
    other.mkdir()
    (other / "lock").touch()
    (tmp_path / "autograder-link").symlink_to(other)
    assert scratch.sweep() == []
    os.close(lock)
    assert scratch.sweep() == [Path(mine).name]
    assert (other / "lock").exists()
    assert (tmp_path / "autograder-notes").exists()
