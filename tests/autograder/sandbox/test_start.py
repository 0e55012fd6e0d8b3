"""A template that is slow is waited for; one that stands still or ends is given up, and said to be."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job
from autograder.limits import Limits
from autograder.sandbox import Template, TemplateError, client, jail, template

HERE = "tests.autograder.sandbox"


def start(module: str) -> Template:
    return Template("builtins:print", isolation="trusted", preload=[module])


def test_a_slow_start_is_waited_for_by_cpu_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_SECONDS", 1.0)
    begun = time.monotonic()
    with start(f"{HERE}.slow_start"):
        assert time.monotonic() - begun > 3.0


def test_a_start_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_SECONDS", 1.0)
    with pytest.raises(TemplateError, match="did not start in time"):
        start(f"{HERE}.stands_still")


def test_a_start_that_fails_says_so() -> None:
    with pytest.raises(TemplateError, match="ended while it started, with status 1"):
        start("autograder.no_such_module")


def test_folders_count_among_the_files_that_come_along(tmp_path: Path) -> None:
    """Each takes an inode of the sandbox's file system, which has four for each file that may come along."""
    for number in range(30):
        (tmp_path / "source" / f"a{number:02d}" / "b" / "c").mkdir(parents=True)
        (tmp_path / "source" / f"a{number:02d}" / "b" / "c" / "x.txt").touch()
    target = tmp_path / "target"
    target.mkdir()
    jail.copy_submission(tmp_path / "source", target, Limits(files=40), (), None)
    assert 30 < sum(1 for _ in target.rglob("*")) <= 40


def test_the_time_of_processes_whose_end_nobody_waits_for_counts() -> None:
    """As where SIGCHLD is ignored: then their time is in no sum of the kernel's."""
    child = template.Served(1, 1, Limits(), 0.0)
    for seen in (1.0, 5.0, 1.5, 1.5, 4.0, 1.5, 1.5, 2.0):  # two children of 4 and 2.5 seconds
        child.count(seen)
    assert child.cpu == pytest.approx(2.0 + 3.5 + 2.5)


def test_one_that_is_waited_for_between_two_lines_of_a_look_counts_once() -> None:
    child = template.Served(1, 1, Limits(), 0.0)
    for seen in (1.0, 5.0, 1.0, 5.1, 5.2):
        child.count(seen)
    assert child.cpu == pytest.approx(5.2)


def test_that_a_process_has_ended_is_said_before_its_files_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    ours, theirs = socket.socketpair()
    server = template.Server(ours, {"isolation": "trusted", "entry": "builtins:print"})
    child = subprocess.Popen(["sleep", "0"])
    served = template.Served(1, child.pid, Limits(), 0.0, "/nowhere", pidfd=os.pidfd_open(child.pid))
    server._children[1] = served
    monkeypatch.setattr(template, "_send", lambda control, event: events.append(event["event"]))
    monkeypatch.setattr(template.shutil, "rmtree", lambda *_, **__: events.append("removed"))
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status  # Popen need not wait for it
    server._ended(served, status, usage)
    assert events == ["ended", "removed"]
    ours.close()
    theirs.close()


def test_after_two_failures_the_next_submission_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    grader = Grader()
    job = Job((CellJob(0, "x = 1"),))
    with monkeypatch.context() as broken:
        broken.setattr("autograder.engine.grader._USUAL", ("autograder.no_such_module",))
        for _ in range(2):
            with pytest.raises(TemplateError, match="ended while it started"):
                grader.grade(job)
    try:
        assert grader.grade(job).ended is None
    finally:
        grader.close()


def test_a_lower_limit_of_memory_that_holds_already_is_kept() -> None:
    """As `ulimit -v` sets it, on a shared machine."""
    code = (
        "import resource\nfrom autograder.engine.grader import Grader\nfrom autograder.engine.record import CellJob, Job\n"
        "resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))\n"
        "test = 'assert f(1) == 2\\n### BEGIN HIDDEN TESTS\\nassert f(2) == 4\\n### END HIDDEN TESTS'\n"
        "cells = (CellJob(0, 'def f(x): return 2 * x', 'f'), CellJob(1, test, 't', 2.0, True))\n"
        "grader = Grader()\nprint(*[mark.score for mark in grader.grade(Job(cells)).marks])\ngrader.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2.0"], done.stderr
