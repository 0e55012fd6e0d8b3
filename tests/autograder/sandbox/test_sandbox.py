"""What hostile cells can do in the sandbox: nothing that outlasts them, as root and as an ordinary user."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import linux, report, seccomp

from .ordinary import run_as_ordinary_user

SCENARIO = Path(__file__).with_name("scenario.py")
ROOT = str(Path(__file__).resolve().parents[3])

pytestmark = pytest.mark.skipif(not linux.AVAILABLE or not report().ok, reason="this kernel gives no namespaces")


def run_as_root() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCENARIO), ROOT],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, "HOME": os.path.expanduser("~"), "MY_SECRET": "1"},
    )


def run_as_other() -> subprocess.CompletedProcess[str]:
    start = f"import sys\nsys.argv = ['scenario', {ROOT!r}]\n__file__ = {str(SCENARIO)!r}\n"
    return run_as_ordinary_user(start + SCENARIO.read_text(), timeout=900)


@pytest.fixture(scope="module", params=["root", "an ordinary user"])
def found(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    done = run_as_root() if request.param == "root" else run_as_other()
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


REFUSED = {
    "disk": "No space left",
    "many files": "No space left",
    "shared memory": "Cannot allocate memory",
    "hidden memory": "not permitted",
    "descriptors": "Too many open files",
    "raw output": "No space left",
    "network": "",
    "write environment": "",
}


def test_honest_work_runs(found: dict[str, Any]) -> None:
    assert found["honest"]["text"] == "27000000.0\n"
    assert found["honest"]["error"] is None


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_an_error_that_the_cell_sees(found: dict[str, Any], name: str) -> None:
    assert found[name]["error"] is not None
    assert REFUSED[name] in found[name]["error"][1]
    assert found[name]["dead"] is None


def test_memory_is_limited_for_one_process_and_for_many(found: dict[str, Any]) -> None:
    assert found["memory"]["error"][0] == "MemoryError"
    assert found["memory of many"]["stop"] == "memory"
    assert found["shared memory of many"]["stop"] == "memory"


@pytest.mark.parametrize("name", ["processor", "interrupt"])
def test_an_endless_loop_ends_whatever_it_ignores(found: dict[str, Any], name: str) -> None:
    assert found[name]["error"]
    assert found[name]["seconds"] < 240  # its limit is 2 s of CPU time


def test_processor_time_counts_for_all_processes_together(found: dict[str, Any]) -> None:
    assert found["processor of many"]["error"]
    assert found["processor of many"]["cpu"] < 6


def test_a_fork_bomb_is_refused(found: dict[str, Any]) -> None:
    assert "refused after" in found["fork bomb"]["text"]
    assert int(found["fork bomb"]["text"].split()[2]) < 20


def test_a_flood_of_output_is_cut_off(found: dict[str, Any]) -> None:
    assert found["output"]["stop"] == "cpu"  # and by nothing before
    assert found["output"]["bytes"] <= 2 << 20


@pytest.mark.parametrize("name", ["exit", "crash"])
def test_a_process_that_ends_is_noticed_at_once(found: dict[str, Any], name: str) -> None:
    assert found[name]["dead"]
    assert found[name]["seconds"] < 60  # before any of its limits


@pytest.mark.parametrize("name", ["kill parent", "kill group", "kill all"])
def test_signals_reach_nobody_else(found: dict[str, Any], name: str) -> None:
    assert found["see"]["text"] == "['1']\n"  # asked later, of the same template
    assert found[name]["seconds"] < 60  # before any of its limits


def test_no_process_outlives_its_submission(found: dict[str, Any]) -> None:
    assert found["outlive"]["text"] == "started\n"
    names = [path.read_text().strip() for path in Path("/proc").glob("[0-9]*/comm")]
    assert "outliver" not in names


def test_the_course_the_sockets_of_services_and_the_callers_variables_are_not_to_be_seen(found: dict[str, Any]) -> None:
    assert found["course"]["text"].split()[1] == "False"
    assert found["unix socket"]["text"] == "False False\n"
    assert found["environment"]["text"] == "[]\n"


def test_the_doctor_says_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    result = report()
    assert result.ok
    assert "become root" in result.held
    assert not result.open


def test_a_filter_exists_for_the_two_common_machines_and_no_other() -> None:
    for machine in ("x86_64", "aarch64"):
        program = seccomp.program(machine)
        assert program is not None
        assert len(program) % 8 == 0
    assert seccomp.program("mips") is None
