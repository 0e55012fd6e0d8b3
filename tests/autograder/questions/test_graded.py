"""As a submission is graded: questions stand in the record for exercises with full points, and change no mark."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mistakes.course import NAME, write_course

from autograder.audit.trials import Trial, _job
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.engine.grader import Grader
from autograder.engine.record import NotebookRecord
from autograder.mistakes.recording import prepared

Grade = Callable[..., NotebookRecord]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, grader: Grader) -> Grade:
    """The record of a submission with these answers and all else right."""
    course = write_course(tmp_path_factory.mktemp("course"))
    plan, path = Plan.of(source_notebook(course, NAME).cells), prepared(course, NAME)

    def grade(asks: bool = True, recording: Path | None = path, **answers: str) -> NotebookRecord:
        return grader.grade(replace(_job(plan, Trial("", answers, frozenset(plan.tests)), recording), questions=asks))

    return grade


def marks(record: NotebookRecord) -> list[tuple[str, float | None]]:
    return [(mark.cell, mark.score) for mark in record.marks]


@pytest.mark.slow
def test_exercises_with_full_points_are_asked_about(graded: Grade) -> None:
    record = graded()
    assert {one.exercise for one in record.questions} == {"norm"}
    assert [one.kind for one in record.questions] == ["what if", "value"]
    assert record.questions[0].text == "total = float(np.sum(double(x * x)))"
    assert NotebookRecord.decoded(record.encoded()) == replace(
        record, cells=[replace(c, outputs=[]) for c in record.cells]
    )
    without = graded(asks=False)
    assert without.questions == graded(recording=None).questions == []
    assert marks(without) == marks(record)


@pytest.mark.slow
def test_one_that_lost_points_is_not(graded: Grade) -> None:
    assert graded(norm="def norm(x):\n    return float(np.sum(x))").questions == []


@pytest.mark.slow
def test_a_process_that_ends_in_a_question_has_cost_nothing(graded: Grade) -> None:
    """The call with an array of 2 rows and 3 columns is the first that the tests do not make."""
    good = "    x = np.asarray(x, dtype=float)\n    return half(float(np.sum(double(x * x))))"
    for ends in ("os._exit(3)", "time.sleep(100)", "raise SystemExit"):
        code = f"import os, time\n\n\ndef norm(x):\n    if np.shape(x) == (2, 3):\n        {ends}\n{good}"
        record = graded(norm=code)
        assert record.questions == [], ends
        assert record.ended is None
        assert all(score == 1.0 for _, score in marks(record))
        assert record.all_findings == []


def test_a_record_without_questions_can_be_read() -> None:
    old = NotebookRecord("s", "a", "n", "none").encoded().replace(b' "questions": [],\n', b"")
    assert b"questions" not in old
    assert NotebookRecord.decoded(old) == NotebookRecord("s", "a", "n", "none")
