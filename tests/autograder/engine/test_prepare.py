"""What all submissions of an assignment share is made once, in the templates, and changes no mark."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.engine.cells import grade
from autograder.engine.grader import Grader
from autograder.engine.record import Assignment, CellJob, Job, ReleasedCell
from autograder.engine.worker import prepare
from autograder.examiner import program as program_module
from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.sandbox import Template, TemplateError
from autograder.wire import Channel, WireLimits

HELPER = "import math\ndef twice(x):\n    return 2 * x"
TEST = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(3) == twice(3)\nassert f(math.pi) > 6\n### END HIDDEN TESTS"
OTHER = TEST.replace("f(1) == 2", "f(2) == 4")


def job(test: str = TEST, code: str = "def f(x):\n    return 2 * x") -> Job:
    cells = (CellJob(0, HELPER, "helper", locked=True), CellJob(1, code, "f"), CellJob(2, test, "t", 2.0, True))
    released = ReleasedCell("f", "code", "def f(x):\n    raise NotImplementedError", solution=True)
    return Job(cells, Assignment(cells=(released,)))


@pytest.fixture(autouse=True)
def nothing_prepared(grader: Grader) -> None:
    """As of a new grader: it asks its template anew, whatever that has prepared for other tests."""
    grader._prepared.clear()


def scores(grader: Grader, asked: Job) -> list[float | None]:
    return [mark.score for mark in grader.grade(asked).marks]


def test_a_template_does_it_once_for_all_that_look_alike(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[Any] = []
    inner = Template.prepare
    monkeypatch.setattr(Template, "prepare", lambda self, entry, task: tasks.append(task) or inner(self, entry, task))
    assert scores(grader, job()) == [2.0]
    assert scores(grader, job(code="def f(x):\n    return x + x")) == [2.0]
    assert scores(grader, job(code="def f(x):\n    return 2")) == [0.0]
    assert len(tasks) == 1
    assert "return 2 * x" not in str(tasks).replace(HELPER.replace("\n", "\\n"), "")  # nothing of the student's
    assert scores(grader, job(OTHER)) == [2.0]
    assert len(tasks) == 2


def test_what_is_prepared_is_what_grading_asks_for(new_session: Callable[[], Session]) -> None:
    asked = job()
    program_module._program.cache_clear()
    cells = [(cell.source, cell.points is not None) for cell in asked.cells if cell.locked]
    prepare({"cells": cells, "open_sources": asked.assignment.open_sources, "recording": None})
    assert program_module._program.cache_info().misses == 1
    marks: list[Any] = []
    grade(new_session(), asked, lambda cell: marks.append(cell.mark))
    assert [mark.score for mark in marks if mark] == [2.0]
    assert program_module._program.cache_info()[:2] == (1, 1)  # found, made


def test_hidden_lines_that_are_no_python_are_for_a_person_still(grader: Grader) -> None:
    broken = TEST.replace("assert f(3) == twice(3)", "assert f(3) ==")
    assert scores(grader, job(broken)) == [None]


def test_one_run_of_the_hidden_lines_leaves_nothing_for_the_next(grader: Grader) -> None:
    spoils = (
        "### BEGIN HIDDEN TESTS\nmath.pi = 3\nimport json\njson.spoiled = 1\nassert f(3) == 6\n### END HIDDEN TESTS"
    )
    looks = "### BEGIN HIDDEN TESTS\nimport json\nassert not hasattr(json, 'spoiled') and math.pi > 3.1\nassert f(1) == 2\n### END HIDDEN TESTS"
    assert scores(grader, job(spoils)) == [2.0]
    assert scores(grader, job(looks)) == [2.0]


# ---------------------------------------------------------------- the template's own part


@pytest.fixture(scope="module")
def trusted() -> Iterator[Template]:
    with Template("autograder.runner.serve:main", isolation="trusted", preload=["autograder.runner.serve"]) as running:
        yield running


def printed(template: Template, source: str) -> str:
    child = template.fork({}, Limits())
    session = Session(Channel(child.wire, WireLimits().frame_bytes), child, Limits())
    outputs = session.run_cell(source).outputs
    session.close()
    child.close()
    child.wait(5.0)
    return "".join(output.get("text", "") for output in outputs)


def test_children_find_what_a_template_has_prepared(trusted: Template) -> None:
    assert trusted.prepare("sys:setrecursionlimit", 4321) == ""
    for _ in range(2):
        assert printed(trusted, "import sys; print(sys.getrecursionlimit())") == "4321\n"


def test_a_long_task_arrives_whole(trusted: Template) -> None:
    """Longer than a message over the control socket may be."""
    assert trusted.prepare("gettext:textdomain", "x" * 3_000_000) == ""
    assert printed(trusted, "import gettext; print(len(gettext.textdomain()))") == "3000000\n"


@pytest.mark.parametrize("entry", ["random:no_such_function", "no_such_module:f", "math:sqrt"])
def test_what_cannot_be_prepared_is_told_and_costs_nothing(trusted: Template, entry: str) -> None:
    assert "Error" in trusted.prepare(entry, "no number")
    assert printed(trusted, "print(1)") == "1\n"


def test_a_template_that_is_gone_says_so() -> None:
    with Template("autograder.runner.serve:main", isolation="trusted") as gone:
        gone._process.kill()
        gone._process.wait()
        with pytest.raises(TemplateError):
            gone.prepare("builtins:len", [])


def test_grading_goes_on_where_nothing_could_be_prepared(
    grader: Grader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Template, "prepare", lambda self, entry, task: "no room")
    never_seen = TEST.replace("f(1) == 2", "f(5) == 10")
    assert scores(grader, job(never_seen)) == [2.0]
    assert "no room" in caplog.text
