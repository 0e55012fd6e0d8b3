"""The examples of the course tell nothing of the hidden tests: no number in them is one that hidden lines hold or draw."""

from pathlib import Path

import pytest
from hidden_numbers import hidden_numbers, in_words, literals, telling

from autograder.course.bank import read_bank
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.mistakes.differing import differing
from autograder.mistakes.record import record_examples
from autograder.mistakes.written import read_examples

COURSE = Course.find(Path(__file__).parent)
SEEDS = (1, 2, 3)
# In what wrong versions make of the numbers of a recorded text, these came out by chance: 1 less and 1 more than 10000,
# and 9/8. They are no longer than a number that an author writes; what is drawn has more digits.
BY_CHANCE = {1.125, 9999.0, 10001.0}


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignments())
def test_no_number_of_an_example_is_one_of_the_hidden_tests(name: str) -> None:
    plan = Plan.of(source_notebook(COURSE, name).cells).marked()
    hidden = hidden_numbers(plan, SEEDS)
    assert len(hidden) > 10, name  # something was heard
    examples = record_examples(plan, read_examples(COURSE, name))
    assert sum(map(len, examples.values())) > 50, name
    for one in (one for rows in examples.values() for one in rows):
        written = [*literals(one.code), *(x for leaf in one.right.leaves or () for x in leaf.numbers)]
        said = [*in_words(one.witness), *in_words(one.exact)]
        assert not telling([*written, *said]) & hidden, one.code
    shown = 0
    for variant, found in differing(plan, examples, read_bank(COURSE, name).variants):
        for row in found:
            assert not telling(in_words(row.yours)) & hidden - BY_CHANCE, (variant.key, row.code)
        shown += len(found)
    assert shown > 100, name
