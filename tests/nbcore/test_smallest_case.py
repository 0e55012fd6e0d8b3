"""A check that fails on a large input shows a small one first, on which the student's function is wrong as well."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import solved
from told import plan_of, told

from autograder.course.bank import read_bank, substitute
from autograder.course.code import defined_in
from autograder.mistakes.trace import right_namespace
from nbcore import check
from nbcore.check import _attempt, _smallest
from nbcore.hints import Example, Table, tables, use
from nbcore.probe import session
from nbcore.probe.call import globals_of
from nbcore.probe.examples import run_text

LARGE, SMALL = np.arange(-10.0, 10.0), np.array([-1.0, 3.0])
TITLE = "  a smaller case that fails too:"


def negative(z):
    return -np.asarray(z)


def example(code: str, **right: Callable[..., Any]) -> Example:
    ran = run_text(code, {"np": np, **right})
    assert ran.outcome.leaves
    return Example("", code, ran.outcome, ran.text, ran.text)


def table(*codes: str, called: str = "f") -> Table:
    return Table("01_test", [], [], examples={called: [example(code, f=negative) for code in codes]})


def students(body: str, name: str = "f", **others: Any) -> Callable[..., Any]:
    """A function as it stands in a notebook: `body` comes behind `def f(z):`."""
    space: dict[str, Any] = {"np": np, **others}
    exec(f"def {name}(z):\n    {body}", space)
    return space[name]


def said(function: Callable[..., Any], z: np.ndarray, expected: Any = None) -> str:
    with pytest.raises(check.CheckFailed) as caught:
        check.value(function, z, expected=-z if expected is None else expected)
    return str(caught.value)


ONE, TWO = "f(np.array([0.0]))", "z = np.array([[1.0, -2.0]])\nf(z)"


@pytest.fixture(autouse=True)
def _with_a_table(monkeypatch):
    monkeypatch.setattr(_attempt, "PATIENCE", 600.0)
    monkeypatch.setattr(session, "_failures", {})
    with use([table(ONE, TWO)]):
        yield


def test_it_stands_behind_the_headline_with_what_is_given_and_what_is_right() -> None:
    lines = said(students("return np.where(z > 0, z, -z)"), LARGE).splitlines()
    assert lines[0].startswith("f: ")
    assert lines[1:8] == [
        "",
        TITLE,
        "    z = np.array([[1.0, -2.0]])",
        "    f(z)",
        "  gives  array([[1., 2.]])",
        "  right  array([[-1.,  2.]])",
        "",
    ]
    assert lines[8].startswith("  called    f(")


def test_the_title_of_a_check_stays_in_front() -> None:
    with pytest.raises(check.CheckFailed) as caught:
        check.value("many numbers", students("return z + 1"), LARGE, expected=-LARGE)
    first, second, *rest = str(caught.value).splitlines()
    assert first == "many numbers: failed"
    assert second.startswith("f: ")
    assert rest[:3] == ["", TITLE, "    f(np.array([0.0]))"]


def test_other_checks_of_values_show_it_too() -> None:
    wrong = students("return 3 * z")
    with use([table(TWO)]):
        with pytest.raises(check.CheckFailed, match=TITLE):
            check.gradient(lambda z: -0.5 * z**2, wrong, LARGE)
        with pytest.raises(check.CheckFailed, match=TITLE):
            check.stability(wrong, LARGE, expected=-LARGE)


def test_a_small_input_needs_none() -> None:
    assert TITLE not in said(students("return z"), SMALL)


@pytest.mark.parametrize(
    "body",
    ["return 1 / 0", "return None", "return 'text'", "return z[:3]", "return [z, z]", "return z + 1j", "pass"],
)
def test_an_error_or_a_result_of_another_form_says_enough(body: str) -> None:
    assert TITLE not in said(students(body), LARGE)


@pytest.mark.parametrize("odd", ["z[0, 0]", "np.zeros(3)", "None", "[z, z]"])
def test_where_it_raises_or_gives_another_form_the_next_one_is_shown(odd: str) -> None:
    message = said(students(f"return {odd} if z.size == 1 else z"), LARGE)
    assert f"{TITLE}\n    z = np.array([[1.0, -2.0]])\n    f(z)\n  gives  array([[ 1., -2.]])" in message


def test_another_form_is_shown_where_no_numbers_are_wrong() -> None:
    message = said(students("return z if z.size > 5 else -z.ravel()"), LARGE)
    assert "  gives  array([-1.,  2.]), shape (2,)\n  right  array([[-1.,  2.]]), shape (1, 2)\n" in message


def test_an_error_in_small_is_none() -> None:
    assert TITLE not in said(students("return z if z.size > 5 else undefined"), LARGE)


def test_without_a_difference_in_small_there_is_none() -> None:
    assert TITLE not in said(students("return -z if z.size < 5 else z"), LARGE)


def test_a_difference_that_six_digits_do_not_show_is_none() -> None:
    assert TITLE not in said(students("return -z * (1 + 1e-7 * z.size)"), LARGE)


def test_an_earlier_function_that_fails_its_test_may_be_to_blame() -> None:
    earlier = students("return z", "g")
    later = students("return g(z)", g=earlier)
    with pytest.raises(check.CheckFailed):
        check.value(earlier, SMALL, expected=-SMALL)
    assert TITLE not in said(later, LARGE)
    globals_of(later)["g"] = negative
    assert TITLE in said(students("return -g(z)", g=negative), LARGE)


def test_nothing_is_shown_with_right_functions_in_place_of_wrong_ones() -> None:
    later = students("return 2 * g(z)", g=students("return z", "g"))
    with pytest.raises(check.CheckFailed) as caught:
        check.value(later, LARGE, expected=-LARGE, given={"g": negative})
    assert "the mistake is in f itself" in str(caught.value)
    assert TITLE not in str(caught.value)


def test_functions_of_earlier_notebooks_in_a_text_are_right_ones() -> None:
    text = "f(relu(np.array([-1.0])) + 1.0)"
    wrong = students("return z + 1.0", relu=lambda z: 1 / 0, np=None)
    one = example(text, f=negative, relu=lambda z: np.maximum(z, 0.0))
    with use([Table("01_test", [], [], examples={"f": [one]})]):
        assert f"{TITLE}\n    {text}\n  gives  array([2.])\n  right  array([-1.])\n" in said(wrong, LARGE)


def test_a_text_that_calls_another_function_of_the_students_is_not_run() -> None:
    with use([table("f(np.array([0.0])) + 1", called="f g")]):
        assert TITLE not in said(students("return z + 1"), LARGE)


def test_a_hidden_test_shows_none() -> None:
    with pytest.raises(check.CheckFailed) as caught, check.part("a part"):
        check.value(students("return z"), LARGE, expected=-LARGE)
    assert TITLE not in caught.value.details


def test_the_notebook_is_as_it_was(capsys) -> None:
    wrong = students("print('loud'); np.log(0.0 * z); np.random.seed(3); return z")
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    space = globals_of(wrong)
    space["z"] = "mine"
    before = dict(space)
    lines = _smallest.smallest_case(_attempt.Probe("value", wrong, [LARGE], {}))
    assert lines[0] == TITLE
    assert capsys.readouterr() == ("", "")
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    assert {name: value for name, value in space.items() if name != "__warningregistry__"} == before


def test_a_text_that_never_ends_delays_no_message(monkeypatch) -> None:
    monkeypatch.setattr(_smallest, "SECONDS", 0.05)
    tracer = sys.gettrace()
    body = "while z.size < 5:\n        z = z + 1\n    return z"
    endless = students(body)
    assert TITLE not in said(endless, LARGE)
    assert sys.gettrace() is tracer


def test_a_function_of_which_nothing_is_known_is_no_trouble() -> None:
    class Odd:
        def __call__(self, z):
            return z

    for odd in (Odd(), np.abs, np.vectorize(abs), lambda z: z):
        with pytest.raises(check.CheckFailed) as caught:
            check.value(odd, LARGE, expected=-LARGE)
        assert TITLE not in str(caught.value)


# ---------------------------------------------------------------- the course

STORED = {known.notebook: known for known in tables()}
WIDEST = 88
SHARE = 0.5  # of the failures on large inputs


def cases(message: str) -> list[tuple[str, str, str]]:
    """Code, what is given, and what is right, of each case that a message shows."""
    found = []
    for part in message.split(f"{TITLE}\n")[1:]:
        assert max(map(len, part.split("\n\n")[0].splitlines())) <= WIDEST
        code, _, rest = part.split("\n\n")[0].partition("\n  gives  ")
        yours, _, right = rest.partition("\n  right  ")
        unindented = ["\n".join(line.removeprefix(" " * 9) for line in text.split("\n")) for text in (yours, right)]
        found.append(("\n".join(line.removeprefix("    ") for line in code.split("\n")), *unindented))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("notebook", [name for name, known in STORED.items() if known.examples])
def test_the_case_that_a_known_mistake_is_shown_is_true(notebook: str, monkeypatch) -> None:
    monkeypatch.setattr(_smallest, "SECONDS", 600.0)
    spaces: list[dict[str, Any]] = []
    count: Counter[str] = Counter()

    def look(probe, look=_smallest.smallest_case):
        functions, large = _smallest._under_test(probe)
        lines = look(probe)
        count["large"] += large
        count["shown"] += bool(lines)
        assert large or not lines
        spaces.extend(globals_of(functions[0]) for _ in lines[:1])
        return lines

    monkeypatch.setattr(_attempt, "smallest_case", look)
    plan, bank = plan_of(notebook), read_bank(solved.COURSE, notebook)
    names = {name for called in STORED[notebook].examples for name in called.split()}
    exercises = [name for name, source in plan.solutions.items() if names & set(defined_in(source))]
    right = right_namespace(plan.cells)
    with use(list(STORED.values())):
        for variant in [*bank.mistakes, *bank.accepted]:
            if variant.exercise not in exercises:
                continue
            session._failures.clear()
            spaces.clear()
            code = substitute(plan.solutions[variant.exercise], variant.code)
            shown = [case for said in told(notebook, code, variant.exercise).values() for case in cases(said)]
            assert len(shown) == len(spaces)
            assert not shown or variant in bank.mistakes, variant.key
            for (text, yours, rights), space in zip(shown, spaces, strict=True):
                theirs = {name: space[name] for name in defined_in(plan.solutions[variant.exercise]) if name in space}
                for said_of_it, ran in ((yours, run_text(text, {**right, **theirs})), (rights, run_text(text, right))):
                    assert re.sub(r", shape \([\d, ]*\)$", "", said_of_it) == ran.text, variant.key
                assert yours != rights, variant.key
    print(f"{notebook}: {count['shown']} of {count['large']} failures on large inputs show a small case")
    assert count["shown"] >= SHARE * count["large"]
