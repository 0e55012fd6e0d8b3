"""A failed check names the mistake that gives the same answer, and keeps quiet where it cannot tell."""

import json
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import nbcore.hints
from nbcore import check
from nbcore.check import _attempt
from nbcore.hints import ALONE, GIVEN, Entry, Hint, Table, use
from nbcore.probe.call import Probe, recorder
from nbcore.probe.outcome import (
    RTOL,
    Leaf,
    NotPlain,
    Outcome,
    digest,
    leaves,
    observe,
    pack,
    pack_outcome,
    same,
    unpack,
    unpack_outcome,
)

X = np.array([-2.0, 1.0, 3.0])
HALF = np.array([0.5])


def double(x):
    return 2 * np.asarray(x, dtype=float)


def square(x):
    return np.asarray(x, dtype=float) ** 2


def plus_two(x):
    return np.asarray(x, dtype=float) + 2


def negative(x):
    return -2 * np.asarray(x, dtype=float)


def quarter_of(x):
    return np.asarray(x, dtype=float) / 4


def in_place(x):
    x *= 2
    return x


def refuses(x):
    raise TypeError("only numbers up to 7 are known")


def overflowing(x):
    return double(x) + 0 * np.exp(np.abs(x) * 1000)


WRONG = {
    "squares": square,
    "adds two": plus_two,
    "loses the sign": negative,
    "divides": quarter_of,
    "writes": in_place,
    "refuses": refuses,
    "overflows": overflowing,
}
TEXT = {name: f"about: {name}" for name in WRONG}


def named(function, name="double"):
    """A copy of a function that has the name that students give it."""

    def twin(*args, **kwargs):
        return function(*args, **kwargs)

    twin.__name__ = name
    return twin


def table(calls=(X, HALF), names=tuple(WRONG), kinds=("value",), text=TEXT) -> Table:
    """What the build would store of these mistakes on these calls."""
    entries = []
    stored = {}
    for kind in kinds:
        for x in calls:
            rows: list = []
            right = observe(Probe(kind, double, [x], {}))
            for number, name in enumerate(names):
                outcome = observe(Probe(kind, WRONG[name], [x], {}))
                assert outcome is not None
                if not same(outcome, right):
                    rows.append((outcome, [(number,)]))
            entries.append(Entry(kind, "double", digest([x], {}), {ALONE: rows}))
            stored[digest([x], {})] = ([pack(x)], {})
    return Table("01_test", [Hint("double", name, text[name]) for name in names], entries, stored)


def failure(run, *args, **kwargs) -> check.CheckFailed:
    with pytest.raises(check.CheckFailed) as caught:
        run(*args, **kwargs)
    return caught.value


def said(failed: check.CheckFailed) -> list[str]:
    return [hint.mistake for hint in failed.hints]


# ---------------------------------------------------------------- a failed check


@pytest.mark.parametrize("name", ["squares", "adds two", "loses the sign", "divides", "refuses"])
def test_each_known_mistake_gets_its_hint(name: str) -> None:
    with use([table()]):
        failed = failure(check.value, named(WRONG[name]), X, expected=2 * X)
    assert said(failed) == [name]
    assert str(failed).endswith(f"Hint: {TEXT[name]}")


def test_a_long_hint_is_broken_into_lines_that_fit_a_notebook() -> None:
    text = "Your result is the square of each entry, so that a negative one comes out positive. " * 2 + "Why?"
    with use([table(text=TEXT | {"squares": text})]):
        failed = failure(check.value, named(square), X, expected=2 * X)
    hint = str(failed)[str(failed).index("Hint: ") :].splitlines()
    assert " ".join(hint) == f"Hint: {text}"
    assert 80 < max(map(len, hint)) <= 96


def test_the_hint_stands_in_place_of_the_general_advice_and_facts_stay() -> None:
    with use([]):
        plain = failure(check.value, named(quarter_of), np.array([4.0, 8.0]), expected=np.array([4.0, 8.0]))
    assert plain.advice
    assert plain.advice in str(plain)
    with use([table(calls=[np.array([4.0, 8.0])])]):
        hinted = failure(check.value, named(quarter_of), np.array([4.0, 8.0]), expected=np.array([4.0, 8.0]))
    assert plain.advice not in str(hinted)
    assert str(hinted) == str(plain).replace(plain.advice, f"Hint: {TEXT['divides']}")
    with use([table()]):
        slope = failure(check.gradient, square, named(negative), X)
    assert "Numerical derivative" in str(slope)
    assert str(slope).endswith(TEXT["loses the sign"])


def test_a_long_hint_stands_in_lines_that_fit_a_notebook() -> None:
    text = "Your result is the square of what it should be, and " * 6 + "what else?"
    with use([table(text=TEXT | {"squares": text})]):
        failed = failure(check.value, named(square), X, expected=2 * X)
    lines = str(failed).split("Hint: ")[1].splitlines()
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= 96


def test_an_answer_that_no_mistake_gives_keeps_the_pattern() -> None:
    with use([table()]):
        failed = failure(check.value, named(lambda x: 7 * double(x)), X, expected=2 * X)
    assert said(failed) == []
    assert "7 times too large" in str(failed)


@pytest.mark.parametrize("of_type", [np.float32, np.ndarray.tolist], ids=["float32", "list"])
def test_a_mistake_is_known_whatever_the_type_of_its_numbers(of_type) -> None:
    with use([table()]):
        float64 = failure(check.value, named(square, "double"), X, expected=2 * X)
        other = failure(check.value, named(lambda x: of_type(square(x)), "double"), X, expected=2 * X)
    assert said(other) == said(float64) != []


def test_a_coincidence_on_one_call_is_no_match() -> None:
    # 4 is the double and the square of 2, and 2 plus 2: only other calls can tell what this function does
    def strange(x):
        return np.where(np.asarray(x) == 0.5, 0.25, 11.0)

    with use([table()]):
        failed = failure(check.value, named(strange), HALF, expected=2 * HALF)
    assert said(failed) == []


def test_other_calls_tell_two_mistakes_apart() -> None:
    two = np.array([1.0])  # its square is 1, and so is minus one squared
    same_here = {"squares": "squares", "cubes": "cubes"}
    WRONG["cubes"] = lambda x: np.asarray(x, dtype=float) ** 3
    try:
        both = table(calls=(two, X), names=("squares", "cubes"), text=same_here)
    finally:
        cube = WRONG.pop("cubes")
    with use([both]):
        assert said(failure(check.value, named(square), two, expected=2 * two)) == ["squares"]
        assert said(failure(check.value, named(cube), two, expected=2 * two)) == ["cubes"]
    both.calls.clear()  # nothing left to call: both are possible, so neither is said
    with use([both]):
        assert said(failure(check.value, named(square), two, expected=2 * two)) == []


def test_more_than_two_possible_mistakes_are_kept_to_oneself_unless_they_share_a_hint() -> None:
    x = np.array([0.0])
    (entry,) = table(calls=[x], names=("adds two",)).entries
    ((outcome, _),) = entry.wrong[ALONE]
    entry.wrong[ALONE] = [(outcome, [(0,), (1,), (2,)])]
    hints = [Hint("double", name, name) for name in ("a", "b", "c")]
    with use([Table("01_test", hints, [entry], {})]):
        assert said(failure(check.value, named(plus_two), x, expected=x)) == []
    shared = [Hint("double", name, "one text") for name in ("a", "b", "c")]
    with use([Table("01_test", shared, [entry], {})]):
        failed = failure(check.value, named(plus_two), x, expected=x)
    assert str(failed).count("one text") == 1


def test_a_pair_of_mistakes_gets_the_hint_of_the_first_and_a_single_one_goes_first() -> None:
    one = table(names=("squares", "adds two", "loses the sign"))
    entry = one.entries[0]
    outcome = observe(Probe("value", lambda x: square(x) + 2, [X], {}))
    assert outcome is not None
    entry.wrong[ALONE].append((outcome, [(0, 1)]))
    with use([one]):
        failed = failure(check.value, named(lambda x: square(x) + 2), X, expected=2 * X)
        assert said(failed) == ["squares"]
        assert str(failed).endswith(f"Hint: {TEXT['squares']}")
    entry.wrong[ALONE][-1] = (outcome, [(0, 1), (2,)])
    one.calls.clear()
    with use([one]):
        assert said(failure(check.value, named(lambda x: square(x) + 2), X, expected=2 * X)) == ["loses the sign"]


def test_a_changed_argument_matches_as_such() -> None:
    with use([table(kinds=("purity",))]):
        assert said(failure(check.purity, named(in_place), X)) == ["writes"]

        def zeroes(x):
            x[:] = 0
            return x

        assert said(failure(check.purity, named(zeroes), X)) == ["writes"]


def test_what_is_written_in_place_matches_without_its_numbers() -> None:
    def own(params):
        params["w"] = params["w"] * 2

    def other(params):
        params["w"] = params["w"] + 7

    def right(params):
        params["w"] *= 2

    probes = [Probe("in_place", function, [{"w": X}], {}) for function in (own, other, right)]
    assert observe(probes[0]) == observe(probes[1]) == Outcome(changed=(Leaf("[0]['w']", "another array", (), ()),))
    assert observe(probes[2]) == Outcome(changed=(Leaf("[0]['w']", "written", (), ()),))


def test_a_warning_matches_where_the_value_was_right() -> None:
    with use([table(kinds=("stability",), names=("overflows", "squares"))]):
        with np.errstate(all="ignore"):
            wrong_value = failure(check.stability, named(overflowing), X, expected=2 * X)
        assert said(wrong_value) == ["overflows"]


def test_an_error_needs_the_same_message_apart_from_numbers() -> None:
    def other_error(x):
        raise TypeError("something else")

    def same_error(x):
        raise TypeError("only numbers up to 99 are known")

    with use([table()]):
        assert said(failure(check.value, named(other_error), X, expected=2 * X)) == []
        assert said(failure(check.value, named(same_error), X, expected=2 * X)) == ["refuses"]


def test_stand_ins_come_first_so_that_an_earlier_mistake_is_not_blamed() -> None:
    space: dict = {"np": np, "base": lambda x: np.asarray(x) * 5.0}
    exec("def double(x):\n    return base(x) ** 2", space)
    one = table()
    one.entries[0].wrong[GIVEN] = one.entries[0].wrong[ALONE]
    given = {"base": lambda x: np.asarray(x) * 1.0}
    with use([one]):
        failed = failure(check.value, space["double"], X, expected=2 * X, given=given)
    assert said(failed) == ["squares"]
    assert "in place of yours" in str(failed)
    assert str(failed).count("Hint:") == 1


def test_the_arguments_of_a_partial_are_those_of_its_call() -> None:
    def scaled(x, by):
        return by * np.asarray(x, dtype=float)

    wrong = observe(Probe("value", lambda x, by: by + np.asarray(x), [X], {"by": 2}))
    entry = Entry("value", "scaled", digest([X], {"by": 2}), {ALONE: [(wrong, [(0,)])]})
    with use([Table("01_test", [Hint("scaled", "adds", "adds")], [entry], {})]):
        function = partial(named(lambda x, by: by + np.asarray(x), "scaled"), by=2)
        assert said(failure(check.value, function, X, expected=scaled(X, 2))) == ["adds"]


def test_a_method_is_called_on_the_object_as_it_was() -> None:
    class Counter:
        def __init__(self):
            self.n = 3.0

        def step(self):
            self.n += 2  # should be 1
            return self.n

    one = Counter()
    wrong = Outcome(tuple(leaves(5.0)))
    entry = Entry("value", "Counter.step", digest([], {}, {"n": 3.0}), {ALONE: [(wrong, [(0,)])]})
    with use([Table("01_test", [Hint("counter", "two", "steps by two")], [entry], {})]):
        assert said(failure(check.value, one.step, expected=4.0)) == ["two"]
    assert one.n == 5.0


def test_in_a_part_the_hint_of_the_mistake_takes_the_place_of_the_general_one() -> None:
    def shown(function, x):
        with use([table()]), check.part("double of arrays", hint="Look again."):
            check.value(function, x, expected=2 * x)

    assert str(failure(shown, named(square), X)) == f"double of arrays\n{TEXT['squares']}"
    assert str(failure(shown, named(lambda x: 7 * double(x)), X)) == "double of arrays\nLook again."


def test_a_call_that_is_not_stored_gets_no_hint_for_no_stored_answer_speaks_of_it() -> None:
    unseen = np.array([4.0, -1.5])
    with use([table()]):
        assert said(failure(check.value, named(square), X, expected=2 * X)) == ["squares"]
        assert said(failure(check.value, named(square), unseen, expected=2 * unseen)) == []


def test_no_hint_is_looked_for_after_a_slow_trial(monkeypatch) -> None:
    monkeypatch.setattr("nbcore.check._attempt.PATIENCE", -1.0)
    with use([table()]):
        assert said(failure(check.value, named(square), X, expected=2 * X)) == []


def test_what_a_student_prints_in_other_calls_is_not_shown(capsys) -> None:
    def loud(x):
        print("called")
        warnings.warn("careful", stacklevel=1)
        return square(x)

    with use([table()]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        failure(check.value, named(loud), X, expected=2 * X)
    assert capsys.readouterr().out.count("called") == 1


def test_a_broken_table_never_breaks_a_check() -> None:
    broken = Table("01_test", [], table().entries, {digest([X], {}): ("nonsense", None)})
    with use([broken]):
        assert said(failure(check.value, named(square), X, expected=2 * X)) == []


# ---------------------------------------------------------------- recording


def test_while_recording_a_check_judges_nothing_and_ends_nothing() -> None:
    seen = []
    token = recorder.set(lambda probes, given: seen.append([p.kind for p in probes]))
    try:
        check.value(square, X, expected=2 * X)
        check.purity(in_place, X)
        check.in_place(in_place, X)
        check.stability(refuses, X)
        check.raises(ValueError, square, X)
        check.gradient(square, square, X)
    finally:
        recorder.reset(token)
    assert seen == [["value"], ["purity"], ["in_place"], ["stability"], ["raises"], ["value", "value"]]


# ---------------------------------------------------------------- files


def test_a_table_survives_the_way_through_its_file() -> None:
    one = table(kinds=("value", "purity", "stability"))
    data = json.loads(json.dumps(one.to_data(), allow_nan=False))
    again = Table.from_data(data)
    assert again.to_data() == one.to_data()
    with use([again]):
        assert said(failure(check.value, named(square), X, expected=2 * X)) == ["squares"]
    with pytest.raises(ValueError, match="format"):
        Table.from_data(data | {"format": 0})


def test_without_files_or_with_damaged_ones_there_are_no_hints(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "01_x.json").write_text("{")
    (tmp_path / "02_x.json").write_text('{"format": 99}')
    monkeypatch.setattr(nbcore.hints, "FOLDER", tmp_path)
    nbcore.hints._stored.cache_clear()
    try:
        assert nbcore.hints.tables() == []
        assert said(failure(check.value, named(square), X, expected=2 * X)) == []
    finally:
        nbcore.hints._stored.cache_clear()


def test_no_table_is_read_before_a_check_fails() -> None:
    nbcore.hints._stored.cache_clear()
    check.value(abs, -1.0, expected=1.0)
    assert nbcore.hints._stored.cache_info().currsize == 0
    failure(check.value, abs, -1.0, expected=-1.0)
    assert nbcore.hints._stored.cache_info().currsize == 1


@pytest.mark.parametrize("path", sorted(nbcore.hints.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_stored_tables_can_be_read_and_are_small(path: Path) -> None:
    one = Table.from_data(json.loads(path.read_text(encoding="utf-8")))
    assert one.notebook == path.stem
    assert one.entries
    assert path.stat().st_size < 300_000


# ---------------------------------------------------------------- plain data

ARGUMENTS = [
    3,
    -0.5,
    float("inf"),
    True,
    None,
    "text",
    np.float64(np.log(3.0)),
    np.array([[1, 2], [3, 4]], dtype=np.uint8),
    np.array([np.nan, -np.inf, 1.5], dtype=np.float32),
    np.zeros((0, 3)),
    [1, [2.5, X]],
    (1, {"W": X, 2: None}),
]


@pytest.mark.parametrize("value", ARGUMENTS, ids=repr)
def test_arguments_come_back_as_they_were(value) -> None:
    again = unpack(json.loads(json.dumps(pack(value), allow_nan=False)))
    assert digest([again], {}) == digest([value], {})
    assert type(again) is type(value)


def test_a_generator_comes_back_in_its_state() -> None:
    rng = np.random.default_rng(5)
    rng.random(3)
    assert unpack(json.loads(json.dumps(pack(rng)))).random() == rng.random()


def test_functions_objects_and_large_arrays_are_not_stored() -> None:
    for value in (abs, object(), np.zeros(10_000), [object()]):
        with pytest.raises(NotPlain):
            pack(value)


def test_a_function_is_stored_by_the_name_under_which_the_called_one_sees_it() -> None:
    space = {"square": square}
    assert pack((square, 2), space) == {"t": [{"n": "square"}, 2]}
    assert unpack({"n": "square"}, {"square": double}) is double
    with pytest.raises(NotPlain):
        pack(named(double, "square"), space)
    with pytest.raises(NotPlain):
        unpack({"n": "square"}, {})


def test_every_difference_in_type_shape_or_value_gives_another_digest() -> None:
    different = [X, X.astype(np.float32), X.reshape(3, 1), X + 1e-6, X.tolist(), tuple(X.tolist()), [-2, 1, 3], None]
    assert len({digest([value], {}) for value in different}) == len(different)
    assert digest([X], {"a": 1, "b": 2}) == digest([X], {"b": 2, "a": 1})
    assert digest([X * (1 + 1e-16)], {}) == digest([X], {})


def test_outcomes_agree_up_to_rounding_and_not_beyond() -> None:
    def outcome(x):
        return Outcome(tuple(leaves(x)))

    assert same(outcome(X), outcome(X * (1 + RTOL / 10)))
    assert not same(outcome(X), outcome(X * (1 + 10 * RTOL)))
    assert same(outcome(X), outcome(X.astype(np.float32)))
    assert same(outcome(X > 0), outcome((X > 0) * 1.0))
    assert same(outcome(X), outcome(X.tolist()))
    assert not same(outcome(X), outcome(X.reshape(3, 1)))
    assert same(outcome(np.float64(2.0)), outcome(2.0))
    assert same(outcome(np.array([np.nan])), outcome(np.array([np.nan])))
    assert not same(outcome({"a": X}), outcome({"b": X}))
    large = np.arange(1000.0)
    assert same(outcome(large), outcome(large + 0.0))
    assert not same(outcome(large), outcome(np.where(large == 7, 8.0, large)))
    assert len(outcome(large).leaves[0].numbers) == 15


def test_outcomes_survive_the_way_through_their_file() -> None:
    for outcome in (
        Outcome((Leaf("['a']", "f8", (2,), (1.5, float("nan"))),)),
        Outcome(error=("ValueError", 7)),
        Outcome(warnings=("overflow",)),
        Outcome(changed=(Leaf("argument 0", "f8", (1,), (float("-inf"),)),)),
    ):
        again = unpack_outcome(json.loads(json.dumps(pack_outcome(outcome), allow_nan=False)))
        assert same(again, outcome)


def test_of_a_key_that_is_missing_the_number_counts() -> None:
    def asks_for(key):
        return observe(Probe("value", lambda x: {}[key], [X], {}))

    assert same(asks_for("W2"), asks_for("W2"))
    assert not same(asks_for("W2"), asks_for("W0"))


def test_what_an_error_shows_for_sure_is_said_without_a_hint() -> None:
    def same_error(x):
        raise TypeError("only numbers up to 99 are known")

    with use([table()]):
        failed = failure(check.value, named(same_error), X, expected=2 * X)
        assert said(failed) == ["refuses"]
        failed.hints, failed.advice = (), "math.exp takes a single number: np.exp takes arrays."
        _attempt._add_hints(failed, [Probe("value", named(same_error), [X], {})], None)
        assert failed.hints == ()
