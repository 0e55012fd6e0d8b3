"""What right functions of earlier exercises are asked is written down, and spares students of all notebooks later marks."""

import ast
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from autograder.course.bank import Variant, read_bank, substitute
from autograder.course.code import definitions
from autograder.course.contract import read_contract
from autograder.course.markup import HIDDEN_TESTS, outside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.mistakes.earlier import Asked, Rights, earlier
from autograder.mistakes.hint_table import hint_table
from autograder.mistakes.record import recorded
from nbcore.hints.earlier import Earlier, Points
from nbcore.probe.call import NoStandIn, Probe, recorder
from nbcore.probe.outcome import digest

X = np.array([1.0, -3.0])
PROBE = Probe("value", lambda x: x, [X], {})


def double(x, by=2.0):
    return by * np.asarray(x, dtype=float)


def total(x):
    if np.ndim(x) == 0:
        raise ValueError("no array")
    return float(np.sum(x))


def slope(f, x, eps=0.5):
    return (f(x + eps) - f(x - eps)) / (2 * eps)


def answers(*calls, right: tuple = (double, total, slope)) -> Earlier:
    """What is stored after a function under test has made these calls: (name, arguments)."""
    asked = Asked()
    functions = asked.stand_ins(PROBE, {f.__name__: f for f in right})
    for name, *args in calls:
        with suppress(ValueError):
            functions[name](*args)
    return earlier(asked.rows, [], asked.signatures)


def stored(found: Earlier) -> dict:
    return found.answers.get(("<lambda>", digest([X], {})), {})


def played(found: Earlier) -> dict:
    return found.stand_ins("<lambda>", digest([X], {}))


# ---------------------------------------------------------------- one call of a check


def test_a_function_that_treats_each_number_alike_is_stored_by_points_and_nearby_ones() -> None:
    found = answers(("double", [7.0]), ("double", X[:1]))
    (points,) = stored(found)["double"]
    assert isinstance(points, Points)
    near = {n * x for x in X for n in (1, -1, 2, -2, 0.5, -0.5)}
    assert set(points.result["points"]) == {7.0} | near
    assert played(found)["double"]([[7], [-6]]).tolist() == [[14.0], [-12.0]]


def test_other_arguments_have_points_of_their_own() -> None:
    found = answers(("double", X), ("double", X, 3))
    assert played(found)["double"](1.0, by=3) == 3.0
    assert played(found)["double"](1.0, 2) == 2.0


def test_a_function_of_whole_arrays_is_stored_answer_by_answer() -> None:
    found = answers(("total", X), ("total", [4.0]), ("total", X + 1e-16))
    assert len(stored(found)["total"]) == 2
    assert played(found)["total"](X) == -2.0
    with pytest.raises(NoStandIn):
        played(found)["total"](-X)


def test_a_function_that_is_no_more_than_one_number_to_one_number_is_not_taken_for_elementwise() -> None:
    def span(x):
        return np.max(x) - np.min(x) + 0.0 * np.sum(x)

    found = answers(("span", np.float64(3.0)), right=(span,))
    assert not isinstance(stored(found)["span"][0], Points)


def test_errors_are_answers() -> None:
    found = answers(("total", 3.0))
    with pytest.raises(ValueError, match="no array"):
        played(found)["total"](3)


def test_what_a_function_asks_of_another_tells_which_one_it_was() -> None:
    found = answers(("slope", np.square, 3.0), ("slope", np.square, 3.0), ("slope", np.exp, 3.0))
    assert len(stored(found)["slope"]) == 2
    assert played(found)["slope"](lambda x: x**2, 3.0) == 6.0
    with pytest.raises(NoStandIn):
        played(found)["slope"](np.sin, 3.0)


@pytest.mark.parametrize("large", [np.zeros(10_000), object()], ids=["too large", "an object"])
def test_where_one_answer_cannot_be_stored_none_is(large) -> None:
    def size(x):
        return float(np.size(x))

    assert stored(answers(("size", X), ("size", large), right=(size,)))["size"] == []


def test_a_function_that_changes_its_arguments_is_not_stored() -> None:
    def fill(x):
        x[:] = 0
        return x

    assert stored(answers(("fill", X.copy()), right=(fill,)))["fill"] == []


def test_one_that_gives_something_else_each_time_is_not_stored() -> None:
    def noise(x):
        return np.sum(x) + np.random.default_rng().normal()

    assert stored(answers(("noise", X), ("noise", X), right=(noise,)))["noise"] == []


def test_answers_of_mistakes_are_added_and_take_nothing_away() -> None:
    asked, other = Asked(), Asked()
    asked.stand_ins(PROBE, {"total": total})["total"](X)
    for x in (X + 1, np.zeros(10_000)):
        other.stand_ins(PROBE, {"total": total})["total"](x)
    found = earlier(asked.rows, other.rows, asked.signatures)
    assert [played(found)["total"](x) for x in (X, X + 1)] == [-2.0, 0.0]


# ---------------------------------------------------------------- which functions


def test_siblings_stand_in_but_for_what_a_function_of_the_test_calls() -> None:
    cells = [
        ("a", "solution", "def one(x): ...\ndef two(x): ...\nclass K: ..."),
        ("b", "solution", "def three(x): ..."),
    ]
    right = {name: (lambda x: x) for name in ("one", "two", "three")} | {"K": object}
    rights = Rights.until("a", cells, right)
    assert rights.beside("one").keys() == {"two"}
    assert rights.beside("of_the_test").keys() == set()
    rights = Rights.until("b", cells, right)
    assert rights.beside("three").keys() == rights.beside("of_the_test").keys() == {"one", "two"}
    with pytest.raises(ValueError, match="no exercise c"):
        Rights.until("c", cells, right)


def test_the_table_holds_what_the_visible_calls_of_a_course_ask(banked: Course) -> None:
    table = hint_table(recorded(banked, "01_small"))
    called = digest([np.array([1.0, 4.0])], {})
    assert table.earlier.answers.keys() == {("half", called)}
    assert table.earlier.stand_ins("half", called)["double"]([1, 8]).tolist() == [2.0, 16.0]


# ---------------------------------------------------------------- the shipped notebooks

COURSE = Course.find(Path(__file__).parent)


class Shipped:
    """A notebook of the course, and its exercises with wrong earlier ones."""

    def __init__(self, name: str) -> None:
        source = source_notebook(COURSE, name)
        self.plan, self.bank = Plan.of(source.cells), read_bank(COURSE, name)
        self.solutions = self.plan.solutions
        self.tests = {e.name: [e.test_cell(a) for a in e.points] for e in read_contract(COURSE, name).exercises}

    def cases(self) -> Iterator[tuple[str, str, Variant]]:
        """An exercise, a right version of it, and a mistake in an earlier exercise of which the version calls functions.

        Two mistakes for each earlier exercise, of those that give wrong values.
        """
        order = list(self.solutions)
        for exercise in filter(self.tests.get, order):  # steps of a derivation have no tests
            accepted = [v.code for v in self.bank.accepted if v.exercise == exercise]
            for code in [self.solutions[exercise], *(substitute(self.solutions[exercise], code) for code in accepted)]:
                read = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
                for before in order[: order.index(exercise)]:
                    wrong = (m for m in self.bank.mistakes if m.exercise == before and self._spoils(m, read))
                    yield from ((exercise, code, mistake) for mistake, _ in zip(wrong, range(2), strict=False))

    def _spoils(self, mistake: Variant, names: set[str]) -> bool:
        """Whether it gives wrong values in a function with one of these names."""
        right, wrong = definitions(self.solutions[mistake.exercise]), definitions(mistake.code)
        functions = [
            name for name in names & wrong.keys() & right.keys() if isinstance(right[name][1], ast.FunctionDef)
        ]
        changed = [name for name in functions if ast.unparse(right[name][1].body) != ast.unparse(wrong[name][1].body)]
        return bool(changed) and bool({"value", "gradient"} & set(mistake.breaks))

    def failures(self, exercise: str, replaced: dict[str, str]) -> Iterator[str]:
        """What the visible lines of the exercise's tests raise."""
        namespace: dict = {"__name__": "__main__"}
        needed, last = self.plan.tests_from(exercise), self.tests[exercise][-1]
        for name, kind, source in self.plan.cells:
            visible = "\n".join(outside(source, HIDDEN_TESTS))
            token = recorder.set(None if name in self.tests[exercise] else lambda *_: None)
            try:
                with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                    if kind != "test" or name in needed:
                        exec(compile(replaced.get(name, visible), f"<{name}>", "exec"), namespace)
            except BaseException as error:
                yield f"{name}: {error}"
            finally:
                recorder.reset(token)
            if name == last:
                return


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignments())
def test_a_wrong_earlier_exercise_costs_no_visible_test_of_a_later_one(name: str) -> None:
    shipped = Shipped(name)
    failed = []
    for exercise, code, mistake in shipped.cases():
        wrong = substitute(shipped.solutions[mistake.exercise], mistake.code)
        problems = list(shipped.failures(exercise, {exercise: code, mistake.exercise: wrong}))
        failed += [(exercise, mistake.key, problem) for problem in problems]
    assert failed == []
