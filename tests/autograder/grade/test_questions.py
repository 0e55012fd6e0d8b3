"""As nbgrader grades: questions on the student's own code come with the feedback, unless the settings say otherwise."""

import pytest
from mistakes.course import NAME, write_course

from autograder.course.percent import source_notebook
from autograder.mistakes.recording import prepared

from .course import ThrowAwayCourse

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    """A course with a bank, and a student whose answers are the author's."""
    banked = write_course(tmp_path_factory.mktemp("banked"))
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    made.config.Examine.recording = str(prepared(banked, NAME))
    notebook = source_notebook(banked, NAME)
    made.release("hw", notebook)
    made.submit("hw", "ada", notebook)
    return made


@pytest.mark.slow
def test_they_are_asked_unless_the_settings_say_otherwise(made: ThrowAwayCourse) -> None:
    made.run("hw", "ada")
    marks = [(mark.cell, mark.score) for mark in made.record("hw", "ada").marks]
    assert {one.exercise for one in made.record("hw", "ada").questions} == {"norm"}
    assert "Questions on your own code" in made.feedback("hw", "ada")

    made.config.Examine.questions = False
    made.run("hw", "ada")
    assert made.record("hw", "ada").questions == []
    assert [(mark.cell, mark.score) for mark in made.record("hw", "ada").marks] == marks
    assert "Questions on your own code" not in made.feedback("hw", "ada")
