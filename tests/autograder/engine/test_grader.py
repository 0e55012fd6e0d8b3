"""One notebook through both templates, also where nothing isolates, and the wall between two submissions."""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sandbox.ordinary import run_as_ordinary_user

from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job, NotebookRecord, to_data
from autograder.sandbox import linux, watch

TEST = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS"
JOB = Job((CellJob(0, "def f(x):\n    return 2 * x", "f"), CellJob(1, TEST, "t", 2.0, True)))

AS_OTHER = """
from autograder.engine.record import CellJob, Job
from autograder.engine.grader import Grader
from autograder.limits import Limits
grader = Grader()
job = Job((CellJob(0, "def f(x):\\n    return 2 * x", "f"), CellJob(1, {test!r}, "t", 2.0, True)))
run = grader.grade(job)
print(run.isolation, [mark.score for mark in run.marks])
grader.close()
"""


def test_without_isolation_the_marks_are_the_same_and_a_warning_is_given(caplog: pytest.LogCaptureFixture) -> None:
    grader = Grader("none")
    try:
        run = grader.grade(JOB)
    finally:
        grader.close()
    assert "WITHOUT ISOLATION" in caplog.text
    assert run.isolation == "none"
    assert [mark.score for mark in run.marks] == [2.0]


@pytest.mark.skipif(not linux.AVAILABLE, reason="needs Linux")
def test_an_ordinary_user_can_grade() -> None:
    done = run_as_ordinary_user(AS_OTHER.format(test=TEST))
    assert done.stdout.split() == ["namespaces", "[2.0]"], done.stderr


def test_a_submission_leaves_nothing_for_the_next(grader: Grader, tmp_path: Path) -> None:
    writes = "open('left', 'w').close(); open('/tmp/left', 'w').close()\nimport numpy as np\nnp.left = 1\ndef f(x): return 2 * x"
    looks = (
        "import os, numpy as np\nseen = os.path.exists('left') or os.path.exists('/tmp/left') or hasattr(np, 'left')"
    )
    grader.grade(Job((CellJob(0, writes),), files=str(tmp_path)))
    run = grader.grade(Job((CellJob(0, looks), CellJob(1, "print(seen)")), files=str(tmp_path)))
    if grader.isolation == "namespaces":
        assert run.cells[1].outputs[0]["text"] == "False\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("which", ["_students", "_examiners"])
def test_a_killed_template_costs_nobody_the_grade(grader: Grader, which: str) -> None:
    grader.grade(JOB)
    process = getattr(grader, which)._process
    process.kill()
    process.wait()
    run = grader.grade(JOB)
    assert [mark.score for mark in run.marks] == [2.0]
    assert getattr(grader, which)._process is not process


@pytest.mark.parametrize(("times", "score"), [(1, 2.0), (2, None)])
def test_a_template_killed_with_a_submission_costs_no_mark(
    grader: Grader, monkeypatch: pytest.MonkeyPatch, times: int, score: float | None
) -> None:
    collect, killed = Grader._collect, []

    def kill_first(*everything: Any) -> None:
        if len(killed) < times:  # the student's process is there, and the examiner knows no cell yet
            assert grader._students is not None
            killed.append(grader._students._process)
            below = watch.descendants(killed[-1].pid)
            killed[-1].kill()
            killed[-1].wait()
            while any(Path(f"/proc/{pid}").exists() for pid in below):  # they end soon, but not at once
                time.sleep(0.01)
        collect(*everything)

    monkeypatch.setattr(Grader, "_collect", staticmethod(kill_first))
    run = grader.grade(JOB)
    assert [mark.score for mark in run.marks] == [score]
    assert len(killed) == times
    said = [finding.text for finding in run.findings if finding.kind == "examiner"]
    assert [("was killed, twice" in text) for text in said] == [True] * (times - 1)


ENDS = {
    "os._exit(3)": "ended itself with status 3 in cell t",
    "os.abort()": r"was ended by signal (6 \(SIGABRT\)|11 \(SIGSEGV\)) in cell t",
    "os.execv('/bin/true', ['true'])": "ended itself with status 0 in cell t",
    "__import__('ctypes').string_at(0)": r"was ended by signal 11 \(SIGSEGV\) in cell t",
}


@pytest.mark.parametrize("ends", ENDS)
def test_the_end_of_a_process_is_told_with_its_cell(grader: Grader, ends: str) -> None:
    job = Job(
        (
            CellJob(0, f"import os\ndef f(x):\n    if x == 3: {ends}\n    return 2 * x", "f"),
            CellJob(1, TEST, "t", 2.0, True),
        )
    )
    run = grader.grade(job)
    assert any(re.search(ENDS[ends], text) for text in run.limits_hit), run.limits_hit


HALF = {
    "in an output": 'display({"application/json": "\\ud800", "text/plain": "\\ud800"}, raw=True)',
    "in a name": 'display({"application/json": {"\\ud800": ["\\ud800"]}}, metadata={"\\ud800": "\\ud800"}, raw=True)',
    "in an error": 'raise ValueError("\\ud800")',
    "in a hidden call": 'def f(x):\n    if x == 3:\n        raise ValueError("\\ud800")\n    return 2 * x',
    "in a class": 'def f(x):\n    if x == 3:\n        raise type("\\ud800", (Exception,), {})\n    return 2 * x',
}


@pytest.mark.parametrize("where", HALF)
def test_a_text_that_no_file_can_hold_leaves_a_notebook_and_a_record(grader: Grader, where: str) -> None:
    run = grader.grade(replace(JOB, cells=(*JOB.cells[:1], CellJob(1, HALF[where]), replace(JOB.cells[1], index=2))))
    assert [mark.score for mark in run.marks] == [0.0 if "def f" in HALF[where] else 2.0]
    outputs = [nbformat.from_dict(output) for cell in run.cells for output in cell.outputs]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    assert nbformat.writes(notebook).encode()
    assert json.dumps(to_data(run), ensure_ascii=False).encode()
    assert NotebookRecord.decoded(run.encoded()) is not None


def test_an_examiner_whose_grader_is_gone_ends_without_a_word() -> None:
    """As where a class is stopped by a full disk."""
    code = """
import socket
from autograder.engine import worker
ours, theirs = socket.socketpair()
theirs.close()
worker.main([ours.detach()], {})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
