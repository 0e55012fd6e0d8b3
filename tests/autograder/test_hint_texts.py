"""The hints of known mistakes as texts: long enough to say what is seen and to ask, and none is the solution."""

from pathlib import Path

import pytest

from autograder.course.bank import read_bank
from autograder.course.markup import SOLUTION, grade_id, inside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook

COURSE = Course(Path(__file__).parents[2])
FEWEST, MOST = 20, 60  # words
# One mistake in several exercises has one text. By notebook, those that have more: what the student sees differs, in the
# numbers of the docstring, in the name of an array, in the axis, or in which of the own functions helps.
OWN_WORDS = {
    "01_activations": {
        "overflows",
        "infinity over infinity",
        "takes the activation",
        "returns the function",
        "derivative overflows",
        "slope 1 at zero",
    },
    "02_forward": {"no bias", "bias as a column"},
    "03_losses": {
        "works in place",
        "gradient with the wrong sign",
        "broadcasts",
        "compares length and number of axes",
        "adds a small number",
        "clips the probability",
        "logarithm of softmax",
        "one maximum for all rows",
    },
    "04_backprop": {
        "ignores eps",
        "ratio of norms",
        "absolute error",
        "no look at the shapes",
        "slope of the wrong layer",
        "always two layers",
    },
    "05_depth": {
        "statistics over everything",
        "sample variance",
        "forgets gamma and beta",
        "mean and variance as constants",
        "path of the mean missing",
        "path of the variance missing",
    },
    "06_optimizers": {
        "new arrays instead of in place",
        "weights only",
        "writes into a flat copy",
        "corrected for the start",
        "no root",
        "product instead of power",
    },
    "07_regularization": {"uses the global generator", "seeds its own generator", "state shared by all objects"},
}
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


def test_one_mistake_in_several_exercises_has_one_text(notebook: str) -> None:
    texts: dict[str, set[str]] = {}
    for mistake in read_bank(COURSE, notebook).mistakes:
        texts.setdefault(mistake.name, set()).add(mistake.hint)
    assert {name for name, found in texts.items() if len(found) > 1} == OWN_WORDS.get(notebook, set())


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
