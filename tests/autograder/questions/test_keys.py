"""The key of each question, for every solution and every accepted variant of the course's banks, is what a plain
interpreter gives: in which a line is added to the text of the cell, or one word of it is changed by hand."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from autograder.course.bank import read_bank, substitute
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.mistakes.trace import right_namespace
from autograder.mistakes.written import read_calls
from autograder.questions.ask import questions
from autograder.questions.rules import Question

ROOT = Path(__file__).parents[3]
LIMITS = Limits(cell=60.0, wall=900.0, cpu=1000.0)
# Exercises without CALLS: this one trains for seconds, and nobody follows that in his head.
WITHOUT = {"08_capstone": {"train-classifier"}}
# Right answers of an exercise with CALLS on which there is no question: all that they do stands in one expression or in
# a function of a library, so no line has a name, a shape or a count that can be asked for; or what they give is drawn.
BARE = {
    "04_backprop": {"find-the-bug: calls mlp_backward", "gradient-check: in one comprehension"},
    "05_depth": {"gain: textbook: one line", "gradient-norms: sorted by number"},
}
FIRST = " for the first time"


class Plain:
    """Runs a cell and a call in a copy of a solved notebook, with lines added to the text of the cell."""

    def __init__(self, right: dict[str, Any], source: str, question: Question) -> None:
        self.right, self.source, self.question = right, source, question

    def last(self, source: str) -> Any:
        """What the last line of the call gives."""
        self.found: list[Any] = []
        space = {**self.right, "noted_by_the_test": self.found}
        exec(compile(source, "<plain>", "exec"), space)
        *before, last = ast.parse(self.question.code).body
        exec(compile(ast.Module(before, []), "<call>", "exec"), space)
        return eval(compile(ast.unparse(last), "<call>", "eval"), space)

    def noted(self, expression: str, after: bool) -> list[Any]:
        """What an expression gives, each time before or after the line in question."""
        lines = self.source.split("\n")
        first = self.question.line - 1
        assert lines[first].strip() == self.question.text.split("\n")[0]
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        at = first + (self.question.text.count("\n") + 1 if after else 0)
        lines.insert(at, f"{indent}noted_by_the_test.append({expression})")
        self.last("\n".join(lines))
        return self.found

    def lines_that_run(self) -> set[int]:
        ran = set()

        def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
            if frame.f_code.co_filename == "<plain>":
                ran.add(frame.f_lineno)
            return trace

        sys.settrace(trace)
        try:
            self.last(self.source)
        finally:
            sys.settrace(None)
        return ran


def expected(plain: Plain) -> str:
    """The answer, found in this other way."""
    question = plain.question
    if question.kind == "often":
        return f"{len(plain.noted('1', after=False))} times"
    if question.kind == "what if":
        return changed(plain)
    pattern = r"`(?P<what>.+)` (?P<where>after|in) th(is line|ese lines)"
    asked = re.search(pattern, question.question)
    assert asked is not None, question
    what, after = asked["what"], asked["where"] == "after"
    if question.kind == "shape":
        found = [str(shape) for shape in plain.noted(f"np.shape({what})", after)]
    elif question.kind == "value":
        found = [str(np.asarray(value).item()) for value in plain.noted(what, after)]
    else:
        assert question.kind == "count", question
        size = re.search(r"of the (\d+) entries", question.question)
        pairs = plain.noted(f"(np.size({what}), np.count_nonzero({what}))", after)
        assert size is not None
        assert pairs[0][0] == int(size[1])
        found = [
            str(filled if question.question.endswith(("true?", f"true{FIRST}?")) else n - filled) for n, filled in pairs
        ]
    assert FIRST in question.question or len(set(found)) == 1, found
    return found[0]


def changed(plain: Plain) -> str:
    """In words, with the change made in the text of the line."""
    asked = re.search(r"had `(.+)` in place of `(.+)`\.", plain.question.question)
    assert asked is not None
    new, old = asked[1], asked[2]
    there = rf"{re.escape(old)}(?![=\w])"
    if old in ("sum", "mean"):
        new, there = f".{new}(", rf"\.{old}\("
    lines = plain.source.split("\n")
    first, many = plain.question.line - 1, plain.question.text.count("\n") + 1
    text = "\n".join(lines[first : first + many])
    lines[first : first + many] = [re.sub(there, new, text, count=1)]
    before = dict(parts(plain.last(plain.source)))
    try:
        after = dict(parts(plain.last("\n".join(lines))))
    except Exception as error:
        return f"An error: {type(error).__name__}."
    assert before.keys() == after.keys()
    said = {path: difference(before[path], after[path]) for path in before}
    if not any(said.values()):
        return "The same: here this makes no difference."
    if len(said) == 1:
        (words,) = said.values()
        return words[0].upper() + words[1:] + "."
    texts = [f"`{path}` of the result: {words}." for path, words in said.items() if words]
    return " ".join(texts + ["The rest: the same."] * (not all(said.values())))


def parts(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, dict | list | tuple):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from parts(value[key], f"{path}[{key!r}]")
    else:
        yield path, np.asarray(value, dtype=float)


def difference(before: np.ndarray, after: np.ndarray) -> str:
    if before.shape != after.shape:
        return f"another shape, {after.shape} in place of {before.shape}"
    if np.allclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True):
        return ""
    factor = np.nansum(after * before) / np.nansum(before * before)
    if factor and np.isfinite([before, after]).all() and np.allclose(after, factor * before, rtol=1e-9, atol=0.0):
        larger = abs(factor) >= 1
        return f"a multiple, {'multiplied' if larger else 'divided'} by {factor if larger else 1 / factor:.4g}"
    count = np.sum(~np.isclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True))
    return f"other numbers in {count} of {before.size} entries"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", Course(ROOT).assignments())
def test_every_key_is_what_a_plain_interpreter_gives(name: str, new_session: Callable[[], Session]) -> None:
    course = Course(ROOT)
    plan = Plan.of(source_notebook(course, name).cells).marked()
    calls = read_calls(course, name)
    right, session = right_namespace(plan.cells), new_session()
    for cell, kind, source in plan.cells:
        if kind != "test":
            assert session.run_cell(source).error is None, cell
    assert session.run_cell("import scipy.integrate, scipy.stats").error is None  # as the answer's cell has done
    bank = read_bank(course, name)
    codes = [(f"{exercise}: solution", exercise, plan.solutions[exercise]) for exercise in calls]
    codes += [(v.key, v.exercise, substitute(plan.solutions[v.exercise], v.code)) for v in bank.variants if v.accepted]
    asked = 0
    bare: set[str] = set()
    for key, exercise, code in codes:
        if exercise in calls:
            found = questions(session, {exercise: calls[exercise]}, {exercise: code})
            assert len({question.kind for question in found}) == len(found) <= 2
            for question in found:
                assert check(Plain(right, code, question)), (key, question)
            asked += len(found)
            bare |= set() if found else {key}
    print(f"{name}: {asked} questions on {len(codes)} answers, none on {sorted(bare)}")
    assert asked >= len(codes)
    assert plan.solutions.keys() - calls.keys() == WITHOUT.get(name, set())
    assert bare == BARE.get(name, set())


def check(plain: Plain) -> bool:
    if plain.question.kind == "left out":
        ran = plain.lines_that_run()
        named = {int(number) for number in re.findall(r"[Ll]ine (\d+), `", plain.question.answer)}
        return bool(named) and not named & ran
    return expected(plain) == plain.question.answer
