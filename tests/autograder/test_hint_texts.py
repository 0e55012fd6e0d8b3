"""The hints of known mistakes as texts: long enough to say what is seen and to ask, and none is the solution."""

from pathlib import Path

import pytest

from autograder.course.bank import read_bank
from autograder.course.markup import SOLUTION, grade_id, inside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook

COURSE = Course(Path(__file__).parents[2])
FEWEST, MOST = 20, 60  # words
TELLING = 10  # characters: a shorter line of a solution, as `return w`, gives nothing away


def given_away(hint: str, solution: list[str]) -> list[str]:
    """The lines of a solution that stand in a hint, without the word return and however they are spaced."""
    told = "".join(hint.split())
    lines = [line.split("#")[0].strip().removeprefix("return ") for line in solution]
    return [line for line in lines if len(line) >= TELLING and "".join(line.split()) in told]


@pytest.fixture(scope="module", params=COURSE.assignments())
def notebook(request: pytest.FixtureRequest) -> str:
    return request.param


def test_each_hint_says_what_is_seen_and_asks_in_a_few_sentences(notebook: str) -> None:
    lengths = {mistake.key: len(mistake.hint.split()) for mistake in read_bank(COURSE, notebook).mistakes}
    assert {key: length for key, length in lengths.items() if not FEWEST <= length <= MOST} == {}


def test_no_hint_holds_a_line_of_the_solution(notebook: str) -> None:
    cells = source_notebook(COURSE, notebook).cells
    solutions = {grade_id(cell): inside(cell.source, SOLUTION) for cell in cells if cell.cell_type == "code"}
    mistakes = read_bank(COURSE, notebook).mistakes
    assert all(solutions[mistake.exercise] for mistake in mistakes)
    told = {mistake.key: given_away(mistake.hint, solutions[mistake.exercise]) for mistake in mistakes}
    assert {key: lines for key, lines in told.items() if lines} == {}


def test_a_line_of_the_solution_is_found_in_a_hint_however_it_is_spaced() -> None:
    solution = ["e = np.exp(-z)", "return 1 / (1 + e)", "return e"]
    assert given_away("Your result is 0. Is it 1/(1+e) or e?", solution) == ["1 / (1 + e)"]
    assert given_away("Your result is 0. Which exponential e stays small?", solution) == []
