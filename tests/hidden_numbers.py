"""The numbers that hidden lines of tests hold or draw, as a student must not get to see them."""

import ast
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.course.markup import split
from autograder.course.plan import Plan
from autograder.mistakes.trace import right_namespace
from autograder.processes import fork_map, run_cell, warm_up
from nbcore import check
from nbcore.probe.call import Probe, recorder
from nbcore.probe.outcome import NotPlain, outline

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?(?:e[-+]?\d+)?(?!\w|\.\d)")


@dataclass(frozen=True)
class _Heard:
    """The numbers of some test cells, with hidden lines and without."""

    whole: list[float]
    visible: list[float]


def hidden_numbers(plan: Plan, seeds: Iterable[int], digits: int = 9) -> set[float]:
    """Those that tell something, of the hidden lines alone: what checks are given there with these seeds, and what
    stands in the lines. What students get, visible tests and provided cells, is not among them."""
    warm_up(plan)
    ((heard,),) = fork_map(lambda plan: _asked(plan, seeds), [plan], _Heard)
    given = [number for _, kind, source in plan.cells if kind == "setup" for number in literals(source)]
    return telling(heard.whole, digits) - telling([*heard.visible, *given], digits)


def telling(numbers: Iterable[float], digits: int = 9) -> set[float]:
    """Those with more than three digits, to so many of them: 2, 0.875 and 1e4 stand everywhere."""
    rounded = {float(f"{abs(x):.{digits}g}") for x in numbers if math.isfinite(x)}
    return {x for x in rounded if x != float(f"{x:.3g}")}


def literals(source: str) -> Iterator[float]:
    """The numbers in a piece of code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield float(node.value)


def in_words(text: str) -> Iterator[float]:
    """The numbers in a text of any kind."""
    return map(float, _NUMBER.findall(text))


def _asked(plan: Plan, seeds: Iterable[int]) -> Iterator[_Heard]:
    """What the calls of checks are given, and the numbers that stand in the cells."""

    def numbers(hidden: bool) -> list[float]:
        found: list[float] = []

        def hear(probes: Sequence[Probe], given: Any) -> None:
            for value in (value for probe in probes for value in (*probe.args, *probe.kwargs.values())):
                try:
                    found.extend(outline(value)[1])
                except NotPlain:
                    continue

        for seed in seeds:
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

    yield _Heard(numbers(hidden=True), numbers(hidden=False))
