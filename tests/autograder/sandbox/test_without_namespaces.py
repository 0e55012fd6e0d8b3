"""What holds where namespaces do not: an ordinary user number, the filter of system calls, nothing left running."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import linux, seccomp
from autograder.sandbox.doctor import _without_namespaces, report

from .ordinary import run_as_ordinary_user, run_with_open_environment

pytestmark = pytest.mark.skipif(not linux.AVAILABLE, reason="needs Linux")

# Each tells what it has seen by an output. None signals a process that is not its own.
CELLS = {
    "user": "import os\nprint(os.getuid(), os.getgid(), os.getgroups())",
    "own folder": "import os\nopen('x', 'w').write('x')\nprint(os.path.exists('x'), os.getcwd() != '/')",
    "network": "import socket\nsocket.socket(socket.AF_INET)",
    "grader's file": "open({mine!r}, 'a')",
    "fellow's folder": "import os\nprint(os.listdir(os.path.dirname(os.environ['HOME'])))",
    "become root": "import os\nos.setuid(0)",
    "all of its own": "import os\nif os.getuid() >= 0x6A000000:\n    os.kill(-1, 9)\nprint('alive')",
    "outlive": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        open('/proc/self/comm', 'w').write('{name}')\n        time.sleep(100)\n    os._exit(0)\nos.wait()"
    ),
    "honest": "import numpy as np, matplotlib.pyplot as plt, json\nplt.plot([1, 2])\nplt.show()\nprint(np.arange(3).sum())",
}
PROGRAM = """
import json
from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.sandbox import Template
from autograder.wire import Channel, WireLimits
found = {}
with Template("autograder.runner.serve:main", isolation="none", preload=["autograder.runner.serve"], packages=("nbcore",)) as template:
    for name, source in CELLS.items():
        child = template.fork({}, Limits(wall=300))
        session = Session(Channel(child.wire, WireLimits().frame_bytes), child, Limits(wall=300))
        result = session.run_cell(source)
        text = "".join(o.get("text", "") for o in result.outputs)
        session.close()
        ended = child.wait(5.0)
        child.close()
        found[name] = {"error": result.error, "text": text, "status": ended.status, "missing": child.missing}
print(json.dumps(found))
"""


@pytest.fixture(scope="module", params=["root", "an ordinary user"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    mine = tmp_path_factory.mktemp("mine") / "grades"
    mine.write_text("1")
    as_root = request.param == "root"
    if as_root and os.geteuid() != 0:
        pytest.skip("needs root")
    cells = {
        name: source.replace("{mine!r}", repr(str(mine))).replace("{name}", f"outl-{request.param[:7]}")
        for name, source in CELLS.items()
    }
    code = f"CELLS = {cells!r}\n{PROGRAM}"
    done = run_with_open_environment(code) if as_root else run_as_ordinary_user(code)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    result["root"] = as_root
    return result


def test_honest_work_runs(found: dict[str, Any]) -> None:
    assert found["honest"]["error"] is None
    assert found["honest"]["text"].endswith("3\n")
    assert found["own folder"]["text"] == "True True\n"


def test_a_submission_is_not_root(found: dict[str, Any]) -> None:
    user, group, *groups = found["user"]["text"].split(maxsplit=2)
    assert int(user) > 0
    assert int(group) > 0
    if found["root"]:
        assert int(user) >= 0x6A000000
        assert groups == ["[]\n"]
        assert found["grader's file"]["error"][0] == "PermissionError"
        assert found["fellow's folder"]["error"][0] == "PermissionError"
        assert found["all of its own"]["text"] == "alive\n"  # it is alone with its number, and no signal reaches itself
    assert found["become root"]["error"][0] == "PermissionError"
    assert found["user"]["missing"] == ["namespaces"]


def test_the_filter_leaves_no_network(found: dict[str, Any]) -> None:
    assert "not supported" in found["network"]["error"][1]


def test_no_process_outlives_its_submission(found: dict[str, Any]) -> None:
    assert found["outlive"]["error"] is None
    deadline = time.monotonic() + 120
    while left := [
        p
        for p in Path("/proc").glob("[0-9]*/comm")
        if comm(p).startswith(f"outl-{'root' if found['root'] else 'an ordi'}")
    ]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def comm(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def test_where_others_cannot_read_the_environment_submissions_stay_root_and_the_record_says_so() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    # One more folder that notebooks are to see, which only its owner can read.
    closed = "import os, tempfile\nimport autograder.sandbox.client as c\nclosed, before = tempfile.mkdtemp(), c.visible_paths\n"
    closed += "c.visible_paths = lambda *packages: (*before(*packages), closed)\n"
    program = f"CELLS = {{'user': {CELLS['user']!r}}}\n{PROGRAM}"
    done = run_with_open_environment(f"{closed}{program}\nos.rmdir(closed)")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["user"]["text"].startswith("0 0 ")
    assert found["user"]["missing"] == ["namespaces", "ordinary-user"]


def test_the_doctor_tells_what_is_left_without_namespaces() -> None:
    said = _without_namespaces("somebody", ["a reason"])
    assert said.isolation == "none"
    assert not said.ok
    assert said.reasons[0] == "a reason"
    if seccomp.program() is not None:
        assert {"reach the network", "remount a folder", "open a new user namespace"} <= set(said.held)
    assert "see other processes" in said.open
    assert "POSSIBLE for a submission: see other processes" in said.describe()
    code = "from autograder.sandbox.doctor import _without_namespaces\nprint(_without_namespaces('', []).describe())"
    if os.geteuid() == 0:
        done = run_with_open_environment(code)
        assert done.returncode == 0, done.stderr
        for name in ("become root", "write into the Python environment", "read the password file", "signal the parent"):
            assert f"refused: {name}" in done.stdout


def test_why_there_is_no_isolation_is_said_in_one_line() -> None:
    code = (
        "import logging\nlogging.basicConfig()\nfrom autograder.engine.grader import Grader\nGrader().close()\n"
        "from autograder.sandbox.doctor import report\nprint(report().describe())"
    )
    command = [sys.executable, str(Path(__file__).with_name("refused.py")), sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (warning,) = done.stderr.splitlines()
    assert "WITHOUT ISOLATION" in warning
    assert "this machine refuses namespaces (unshare: Operation not permitted)" in warning
    assert "note: this machine refuses namespaces (unshare: Operation not permitted)" in done.stdout


def test_whether_files_can_be_read_is_tried_with_one() -> None:
    assert report().held[-1] == "read your files"
    code = (
        "import os, tempfile\nfrom autograder.sandbox.doctor import _without_namespaces\n"
        "with tempfile.TemporaryDirectory() as home:\n    os.environ['HOME'] = home\n    os.chdir(home)\n"
        "    os.chmod(home, {mode})\n    print(_without_namespaces('', []).describe())\n    os.chdir('/')"
    )
    if os.geteuid() == 0:  # submissions run as an ordinary user then
        assert "refused: read your files" in run_with_open_environment(code.format(mode="0o700")).stdout
        assert (
            "POSSIBLE for a submission: read your files" in run_with_open_environment(code.format(mode="0o755")).stdout
        )


def test_run_helpers_do_not_hide_a_failure() -> None:
    done = (
        run_with_open_environment("raise SystemExit(3)")
        if os.geteuid() == 0
        else run_as_ordinary_user("raise SystemExit(3)")
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 3
