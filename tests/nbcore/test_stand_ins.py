"""A visible check that fails takes what right earlier functions gave, in the calls that are stored and in no others."""

import functools
import inspect
import json

import numpy as np
import pytest

import nbcore.hints
from nbcore import check
from nbcore.hints import ALONE, Entry, Hint, Table, use
from nbcore.hints.earlier import Answer, Call, Earlier, Points, distance, question, signature_data, signature_of
from nbcore.probe.call import NoStandIn, Probe, globals_of
from nbcore.probe.outcome import NotPlain, digest, observe, outline, pack

X = np.array([-2.0, 1.0, 3.0])
WRONG = "def half(z): return z / 3\n"
RIGHT = "def half(z): return np.asarray(z) / 2\n"


def notebook(source: str) -> dict:
    """A namespace as a notebook's, with these definitions."""
    space = {"np": np}
    exec(source, space)
    return space


def half(z):
    return np.asarray(z, dtype=float) / 2


def slope(f, x, eps=0.5):
    """The central difference."""
    return (f(x + eps) - f(x - eps)) / (2 * eps)


def half_at(*points: float) -> Points:
    return Points(question([]), {"points": list(points), "values": [x / 2 for x in points]})


def answer(function, *values, calls=()) -> Answer:
    return Answer(question(values), pack(function(*values)), calls)


def slope_at(f, x: float, eps: float = 0.5) -> Answer:
    """The answer of `slope`, with the calls that it makes of f."""
    calls = tuple(Call(0, [pack(z)], outline(f(z))) for z in (x + eps, x - eps))
    return Answer(question([f, x, eps]), pack(slope(f, x, eps)), calls)


def table(function: str, args: list, **answers: list[Answer]) -> Table:
    """What is stored for one call of a function under test."""
    signatures = {"half": inspect.signature(half), "slope": inspect.signature(slope)}
    return Table("01_test", [], [], {}, Earlier(signatures, {(function, digest(args, {})): answers}))


def failure(run, *args, **kwargs) -> check.CheckFailed:
    with pytest.raises(check.CheckFailed) as caught:
        run(*args, **kwargs)
    return caught.value


# ---------------------------------------------------------------- in a check


USES_HALF = "def quarter(z): return half(half(z))\n"
QUARTERS = table("quarter", [X], half=[half_at(*X, *X / 2)])


@pytest.mark.parametrize(
    "source",
    [WRONG, "def half(z): return z @ 'x'\n", "def half(z): raise NotImplementedError\n", "def half(z): pass\n", ""],
    ids=["wrong", "raising", "stub", "none", "missing"],
)
def test_a_wrong_earlier_function_does_not_cost_a_later_one(source: str, capsys) -> None:
    space = notebook(source + USES_HALF)
    before = space.get("half")
    with use([QUARTERS]):
        check.value(space["quarter"], X, expected=X / 4)
    assert capsys.readouterr().out.endswith("(with the right half in place of yours)\n")
    assert space.get("half") is before
    assert ("half" in space) == (source != "")


@pytest.mark.parametrize("z", [np.array([[1.0], [2.0]]), 2.0], ids=["a column", "a number"])
def test_one_value_at_each_number_serves_every_shape(z, capsys) -> None:
    with use([table("quarter", [z], half=[half_at(0.5, 1.0, 2.0)])]):
        check.value(notebook("def half(z): raise NotImplementedError\n" + USES_HALF)["quarter"], z, expected=z / 4)
    assert "with the right half" in capsys.readouterr().out


def test_a_check_that_passes_looks_nothing_up(monkeypatch, capsys) -> None:
    monkeypatch.setattr(nbcore.hints, "tables", lambda: pytest.fail("looked up"))
    check.value(notebook(RIGHT + USES_HALF)["quarter"], X, expected=X / 4)
    assert "in place" not in capsys.readouterr().out


def test_the_functions_own_mistake_is_told_as_such() -> None:
    space = notebook(WRONG + "def quarter(z): return 5 * half(half(z))\n")
    with use([QUARTERS]):
        failed = failure(check.value, space["quarter"], X, expected=X / 4)
    assert "every value is 5 times too large" in str(failed)
    assert str(failed).endswith("the mistake is in quarter itself.")


def test_what_is_not_stored_is_not_held_against_the_student() -> None:
    space = notebook(WRONG + "def quarter(z): return half(half(z + 1) - 0.5)\n")
    with use([QUARTERS]):  # asks half of other numbers
        failed = failure(check.value, space["quarter"], X, expected=X / 4)
    assert "in place of" not in str(failed)
    with use([QUARTERS]):  # another call of the function under test
        failed = failure(check.value, notebook(WRONG + USES_HALF)["quarter"], X + 1, expected=(X + 1) / 4)
    assert failed.pattern == "constant-factor"


@pytest.mark.parametrize("handler", ["except Exception", "except LookupError"])
def test_code_under_test_cannot_handle_that_nothing_is_stored(handler: str) -> None:
    source = f"def quarter(z):\n    try:\n        return half(z + 7)\n    {handler}:\n        return z / 4\n"
    with use([QUARTERS]):
        failed = failure(check.value, notebook(WRONG + source)["quarter"], X, expected=X / 4)
    assert "in place of" not in str(failed)


def test_hidden_tests_bring_their_own(capsys) -> None:
    space = notebook(WRONG + USES_HALF)
    with use([QUARTERS]):
        with pytest.raises(check.CheckFailed), check.part("quarters"):
            check.value(space["quarter"], X, expected=X / 4)
        with check.part("quarters"):
            check.value(space["quarter"], X, expected=X / 4, given={"half": half})
        failure(check.value, space["quarter"], X, expected=X / 4, given={})


@pytest.mark.parametrize(
    "run",
    [
        lambda f: check.shape(f, X, expected=(3,)),
        lambda f: check.gradient(lambda z: z**2 / 8, f, X),
        lambda f: check.purity(f, X),
        lambda f: check.stability(f, X),
    ],
    ids=["shape", "gradient", "purity", "stability"],
)
def test_every_check_looks_up(run, capsys) -> None:
    with use([QUARTERS]):
        run(notebook("def half(z): raise NotImplementedError\n" + USES_HALF)["quarter"])
    assert "with the right half" in capsys.readouterr().out


def test_an_error_that_an_earlier_function_should_raise_is_raised(capsys) -> None:
    refused = Answer(question([X]), {"e": ["ValueError", "three numbers"]})
    with use([table("quarter", [X], half=[refused])]):
        check.raises(ValueError, notebook(WRONG + USES_HALF)["quarter"], X, mentions="three")
    assert "with the right half" in capsys.readouterr().out


def test_a_notebook_may_provide_what_is_too_large_to_be_stored(monkeypatch, capsys) -> None:
    monkeypatch.setattr(nbcore.hints, "_provided", {})
    check.provide(half=half, third=half)
    with use([table("quarter", [X], half=[])]):
        check.value(notebook(WRONG + USES_HALF)["quarter"], X, expected=X / 4)
        assert capsys.readouterr().out.endswith("(with the right half in place of yours)\n")
        failure(check.value, notebook(WRONG)["half"], X, expected=X / 2)  # itself under test


def test_damaged_answers_leave_the_failure_as_it_is(monkeypatch) -> None:
    monkeypatch.setattr(nbcore.hints, "stand_ins", lambda probe: 1 / 0)
    failed = failure(check.value, notebook(WRONG + USES_HALF)["quarter"], X, expected=X / 4)
    assert failed.pattern == "constant-factor"


# ---------------------------------------------------------------- with hints


def test_an_earlier_mistake_is_not_blamed_and_a_hint_is_for_the_function_itself() -> None:
    both = table("quarter", [X], half=[half_at(*X, *X / 2)])
    twice = observe(Probe("value", lambda z: z / 2, [X], {}))
    both.mistakes.append(Hint("quarter", "once", "halved once"))
    both.entries.append(Entry("value", "quarter", digest([X], {}), {ALONE: [(twice, [(0,)])]}))
    both.calls[digest([X], {})] = ([pack(X)], {})
    with use([both]):
        once = notebook(WRONG + "def quarter(z): return half(z)\n")["quarter"]
        failed = failure(check.value, once, X, expected=X / 4)
        assert [hint.mistake for hint in failed.hints] == ["once"]
        by_two = notebook(WRONG + "def quarter(z): return 1.5 * half(half(z))\n")["quarter"]
        assert failure(check.value, by_two, X, expected=X / 4).hints == ()


# ---------------------------------------------------------------- the stand-ins


def stand_in(name: str, *answers: Answer):
    return table("f", [], **{name: list(answers)}).earlier.stand_ins("f", digest([], {}))[name]


def test_points_serve_numbers_and_arrays_of_any_shape() -> None:
    f = stand_in("half", half_at(1.0, 2.0, -np.inf))
    assert f(2) == 1.0
    assert f([[1], [2]]).tolist() == [[0.5], [1.0]]
    assert f(np.float32(1.0)) == 0.5
    assert f(-np.inf) == -np.inf
    assert f(2 * (1 + 1e-10)) == 1.0
    for other in (2 * (1 + 1e-8), np.nan, [1.0, 3.0], "two", None):
        with pytest.raises(NoStandIn):
            f(other)


def test_points_are_those_of_the_other_arguments() -> None:
    by_alpha = [Points(question([alpha]), {"points": [1.0], "values": [alpha]}) for alpha in (0.1, 0.2)]
    earlier = Earlier({"times": inspect.signature(lambda z, alpha=0.2: alpha * z)}, {("f", "d"): {"times": by_alpha}})
    f = earlier.stand_ins("f", "d")["times"]
    assert [f(1, 0.1), f(1, alpha=0.1), f(z=1), f(1, 0.2)] == [0.1, 0.1, 0.2, 0.2]
    with pytest.raises(NoStandIn):
        f(1, 0.3)
    with pytest.raises(TypeError):
        f(1, beta=0.1)


def test_arguments_are_the_same_by_their_numbers_and_shapes() -> None:
    f = stand_in("half", answer(half, np.array([1.0, 2.0])))
    assert f([1, 2]).tolist() == [0.5, 1.0]
    assert f(np.array([1, 2 + 1e-10])).tolist() == [0.5, 1.0]
    for other in ([[1, 2]], [1, 2 + 1e-7], [1, 2, 3], 1, None, object()):
        with pytest.raises(NoStandIn):
            f(other)


def test_the_nearest_answer_is_given_and_nobody_can_change_it() -> None:
    near = Answer(question([np.array([1.0])]), pack(np.array([7.0])))
    nearer = Answer(question([np.array([1.0 + 1e-11])]), pack(np.array([8.0])))
    f = stand_in("half", near, nearer)
    assert f(np.array([1.0 + 2e-11])) == 8.0
    f(np.array([1.0]))[0] = 0.0
    assert f(np.array([1.0])) == 7.0


def test_a_function_among_the_arguments_is_known_by_what_it_gives() -> None:
    f = stand_in("slope", slope_at(np.square, 3.0), slope_at(np.exp, 3.0))
    assert f(lambda x: x * x, 3.0) == 6.0
    assert f(np.exp, x=3) == slope(np.exp, 3.0)
    for other in (lambda x: x * x + 1e-6 * x, lambda x: [x, x], lambda x: "text", None):
        with pytest.raises(NoStandIn):
            f(other, 3.0)
    with pytest.raises(ZeroDivisionError):  # the caller's own error
        f(lambda x: 1 / 0, 3.0)


# ---------------------------------------------------------------- files


def test_answers_survive_the_way_through_their_file() -> None:
    one = table("f", [X], half=[half_at(1.0, np.inf)], slope=[slope_at(np.square, 3.0), answer(slope, abs, 0.0)])
    data = json.loads(json.dumps(one.to_data(), allow_nan=False))
    again = Table.from_data(data).earlier
    assert again.to_data() == one.earlier.to_data()
    found = again.stand_ins("f", digest([X], {}))
    assert found["half"](np.inf) == np.inf
    assert found["slope"](np.square, 3.0) == 6.0
    assert again.stand_ins("f", "another") == {}


def test_signatures_are_stored_with_defaults_and_others_are_not() -> None:
    def f(a, b=2.5, c=None):
        return a

    assert str(signature_of(json.loads(json.dumps(signature_data(inspect.signature(f)))))) == "(a, b=2.5, c=None)"
    for other in (lambda *a: a, lambda **a: a, lambda *, a: a, lambda a=abs: a, lambda: 0):
        with pytest.raises(NotPlain):
            signature_data(inspect.signature(other))


def test_outlines_tell_structures_apart_and_not_types() -> None:
    alike = [[1, 2], (1.0, 2.0), np.array([1, 2], dtype=np.uint8)]
    assert len({outline(value)[0] for value in alike}) == 1
    others = [[[1, 2]], 1.5, {"a": 1}, {"b": 1}, None, True, "he", "xavier", [[1], [2, 3]], [None], [], {}]
    assert len({outline(value)[0] for value in others}) == len(others)
    assert outline({"b": 2, "a": 1}) == outline({"a": 1, "b": 2})
    for value in (object(), np.random.default_rng(0), np.zeros(10_000), [abs], np.array([1j])):
        with pytest.raises(NotPlain):
            outline(value)


def test_distances_are_relative_and_exact_for_what_is_not_finite() -> None:
    def apart(a, b):
        return distance(outline(a), outline(b))

    assert apart([1e6], [1e6 * (1 + 1e-10)]) < 1e-9
    assert apart([1e-9], [2e-9]) > 1e-9
    assert apart([0.0], [1e-13]) < 1e-9
    assert apart([np.inf, np.nan], [np.inf, np.nan]) == 0
    assert apart([np.inf], [-np.inf]) == apart([np.nan], [1.0]) == np.inf
    assert apart([], []) == 0


@pytest.mark.parametrize(
    "quarter",
    [
        "np.vectorize(one)",
        "functools.partial(one)",
        "Quarter()",
        "functools.partial(np.vectorize(one))",
        "lambda z: half(half(z))",
        "one",
        "plain(one)",
        "np.errstate(all='ignore')(one)",
        "Quarter().__call__",
    ],
)
def test_what_has_no_name_of_its_own_is_known_by_its_name_in_the_notebook(quarter: str, capsys) -> None:
    one = "def one(z): return half(half(z))\nclass Quarter:\n    def __call__(self, z): return half(half(z))\n"
    plain = "def plain(f):\n    def inner(*args): return f(*args)\n    return inner\n"
    space = notebook(f"import functools\n{WRONG}{one}{plain}quarter = {quarter}\n")
    with use([QUARTERS]):
        check.value(space["quarter"], X, expected=X / 4)
    said = capsys.readouterr().out
    assert said.startswith("passed: one(" if quarter == "one" else "passed: quarter(")
    assert said.endswith("(with the right half in place of yours)\n")


def test_a_function_without_a_name_of_its_own_is_the_same_argument(capsys) -> None:
    space = notebook("def plain(z): return z / 2\nhalf = lambda z: z / 2\ndef at(f, z): return f(z) + 1")
    named = digest([notebook("def half(z): return z")["half"]], {})
    assert digest([space["half"]], {}) == named
    assert pack(space["half"], space) == {"n": "half"}
    with pytest.raises(check.CheckFailed, match=r"at\(half, 1.0\)"):
        check.value(space["at"], space["half"], 1.0, expected=0.5)


class Standing:
    """As hidden lines wrap a student's function, to look at one part of what it returns."""

    def __init__(self, function) -> None:
        self.function, self.__globals__ = function, function.__globals__

    def __call__(self, *args):
        return self.function(*args)


def test_what_stands_for_a_function_says_in_whose_notebook_it_lies() -> None:
    space: dict = {}
    exec("def double(x): return 2 * x", space)
    wrapped = Standing(space["double"])
    assert globals_of(wrapped) is space
    assert globals_of(functools.partial(space["double"], 1)) is space
    assert globals_of(np.vectorize(space["double"])) is space
