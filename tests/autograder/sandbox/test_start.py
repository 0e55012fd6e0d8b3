"""A template that is slow is waited for; one that stands still or ends is given up, and said to be."""

import subprocess
import sys
import time

import pytest

from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job
from autograder.sandbox import Template, TemplateError, client

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
