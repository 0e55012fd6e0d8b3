"""The examples of the course tell nothing of the hidden tests: no number in them is one that hidden lines hold or draw."""

import ast
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.course.markup import split
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.mistakes.record import record_examples
from autograder.mistakes.trace import right_namespace
from autograder.mistakes.written import read_examples
from autograder.processes import fork_map, run_cell, warm_up
from nbcore import check
from nbcore.probe.call import Probe, recorder
from nbcore.probe.outcome import NotPlain, outline

COURSE = Course.find(Path(__file__).parent)
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Heard:
    """The numbers of some test cells, with hidden lines and without."""

    whole: list[float]
    visible: list[float]


def telling(numbers: Iterable[float]) -> set[float]:
    """Those with more than three digits, to nine of them: 2, 0.875 and 1e4 stand everywhere."""
    rounded = {float(f"{abs(x):.9g}") for x in numbers if math.isfinite(x)}
    return {x for x in rounded if x != float(f"{x:.3g}")}


def literals(source: str) -> Iterator[float]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield float(node.value)


def asked(plan: Plan) -> Iterator[Heard]:
    """What the calls of checks are given, with three seeds, and the numbers that stand in the cells."""

    def numbers(hidden: bool) -> list[float]:
        found: list[float] = []

        def hear(probes: Sequence[Probe], given: Any) -> None:
            for value in (value for probe in probes for value in (*probe.args, *probe.kwargs.values())):
                try:
                    found.extend(outline(value)[1])
                except NotPlain:
                    continue

        for seed in SEEDS:
            namespace = right_namespace(plan.cells)
            token = recorder.set(hear)
            for name, kind, source in plan.cells:
                lines = source if hidden else split(source).visible
                if kind == "test":
                    found.extend(literals(lines))
                    with check.seeded(seed):
                        run_cell(name, lines, namespace)
            recorder.reset(token)
        return found

    yield Heard(numbers(hidden=True), numbers(hidden=False))


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignments())
def test_no_number_of_an_example_is_one_of_the_hidden_tests(name: str) -> None:
    plan = Plan.of(source_notebook(COURSE, name).cells).marked()
    warm_up(plan)
    ((heard,),) = fork_map(asked, [plan], Heard)
    hidden = telling(heard.whole) - telling(heard.visible)
    assert len(hidden) > 10, name  # something was heard
    released = telling(number for _, kind, source in plan.cells if kind == "setup" for number in literals(source))
    examples = [one for rows in record_examples(plan, read_examples(COURSE, name)).values() for one in rows]
    assert len(examples) > 50, name
    for one in examples:
        written = [*literals(one.code), *(x for leaf in one.right.leaves or () for x in leaf.numbers)]
        assert not telling(written) & hidden - released, one.code
