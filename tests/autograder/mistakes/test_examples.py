"""What an example gives is put into words that hold values alone, and compared as the checks compare."""

from pathlib import Path

import numpy as np
import pytest

from autograder.course.paths import Course, CourseError
from autograder.course.plan import Plan
from autograder.mistakes import recording
from autograder.mistakes.record import record_examples, recorded
from autograder.mistakes.recording import Recording, prepared
from autograder.mistakes.written import read_calls, read_examples
from nbcore.probe.examples import Example, run_text

from .course import EXAMPLES, NAME, write_course

ROOT = Path(__file__).parents[3]
# Where the first example of an aspect has more than three lines, and why.
LONGER = {
    ("04_backprop", "mlp-backward", "value"): "what one layer cannot show has two, a line each",
    ("05_depth", "batchnorm", "gradient"): "state, input, the way forward, the way back",
    ("05_depth", "residual", "gradient"): "two layers, the way forward, the way back",
    ("05_depth", "residual", "purity"): "two layers, the call, what it has changed",
    ("07_regularization", "adamw", "state"): "a start, two steps, what has come of it",
}


def gives(code: str, **names: object) -> str:
    return run_text(code, {"np": np, **names}).text


def raising(error: BaseException):
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1 / 3", "0.333333"),
        ("np.array(2.0)", "2.0"),
        ("np.float32(0.5)", "0.5"),
        ("-0.0", "0.0"),
        ("False", "False"),
        ("np.float64(1.0) < 0", "False"),
        ("np.array([-0.0, 1.0])", "array([0., 1.])"),
        ("10**40", "1e+40"),
        ("10**400", "an integer of many digits"),
        ("1 / 3 + 2j", "0.333333+2j"),
        ("np.array([1 / 3, 2.0])", "array([0.333333, 2.      ])"),
        ("None", "None"),
        ("(True, [1])", "(True, [1])"),
        ("(1,)", "(1,)"),
        ("list(range(20))", "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ("{'W': 1.5}", "{'W': 1.5}"),
        ("np.zeros((2, 2, 2, 2))", "an array of shape (2, 2, 2, 2)"),
        ("np.array(['a'])", "an array of shape (1,) that holds no numbers"),
        ("int", "a class"),
        ("len", "a function"),
        ("object()", "an object"),
        ("undefined", "NameError: name 'undefined' is not defined"),
        ("x = 1\nx += 1\nx", "2"),
        ("np.array([1.0]) / 0", "array([inf])\nRuntimeWarning: divide by zero"),
    ],
)
def test_a_value_in_words(code: str, text: str) -> None:
    assert gives(code) == text


def test_texts_of_the_code_under_test_are_not_shown() -> None:
    space = {"secret": lambda: "0.123", "keys": lambda: {"0.123": 1.0, "W10": [2.0], "right": 3.0}}
    assert run_text("secret()", space).text == "a text"
    ran = run_text("keys()", space)
    assert ran.text == "{a text: 1.0, 'W10': [2.0], a text: 3.0}"
    assert ran.words == ("0.123", "W10", "right")
    assert run_text("keys()", space, ("right",)).text == "{a text: 1.0, 'W10': [2.0], 'right': 3.0}"


def test_numbers_in_a_message_are_not_shown_but_shapes_are() -> None:
    assert gives("f()", f=raising(ValueError("0.8312 in (3, 4)"))) == "ValueError: # in (3, 4)"
    assert gives("f()", f=raising(KeyError("W0"))) == "KeyError: W0"


def test_words_have_a_largest_size_and_no_letters_that_cannot_be_shown() -> None:
    for code in ("np.ones((9, 9))", "[np.ones((3, 3))] * 9", "list(range(10**9, 10**9 + 99))"):
        text = gives(code)
        assert len(text) <= 400, text
        assert text.count("\n") < 5, text
    text = gives("f()", f=raising(ValueError("\ud800\x1b[31m" + "x" * 9999)))
    assert text.startswith("ValueError: ??[31mxxx"), text
    assert len(text) <= 400


def test_a_name_that_the_text_binds_is_gone_for_the_next() -> None:
    space = {"np": np}
    run_text("z = np.zeros(2)\nz", space)
    assert space == {"np": np}


def example(code: str, right: dict[str, object], warns: bool = False) -> Example:
    ran = run_text(code, {"np": np, **right})
    return Example("value", code, ran.outcome, ran.text, ran.exact, warns=warns)


def test_values_count_and_types_of_numbers_do_not() -> None:
    one = example("f()", {"f": lambda: np.array([[1.0, 0.0]])})
    for same in ([[1, 0]], [[True, False]], np.array([[1.0 + 1e-9, 1e-10]]), ((1, 0),)):
        assert not one.differs(run_text("f()", {"f": lambda same=same: same})), same
    for other in ([1, 0], [[1, 1e-6]], np.array([[np.nan, 0]]), None, "text", object(), [[1.00001, 0]]):
        assert one.differs(run_text("f()", {"f": lambda other=other: other})), other


def test_a_warning_counts_where_the_tests_look_at_it() -> None:
    for warns in (False, True):
        one = example("f()", {"f": lambda: np.inf}, warns)
        assert one.differs(run_text("f()", {"f": lambda: np.exp(np.float64(1e4))})) is warns


def test_an_error_is_right_by_its_type() -> None:
    class OwnError(ValueError):
        pass

    right = run_text("f()", {"f": raising(ValueError("x"))})
    one = Example("value", "f()", right.outcome, "ValueError", "ValueError")
    assert not one.differs(run_text("f()", {"f": raising(ValueError("other words"))}))
    assert not one.differs(run_text("f()", {"f": raising(OwnError())}))
    assert one.differs(run_text("f()", {"f": raising(TypeError("x"))}))
    assert one.differs(run_text("f()", {"f": lambda: None}))


def test_numbers_that_differ_late_are_shown_with_more_digits() -> None:
    one = example("f()", {"f": lambda: 0.25})
    assert one.in_words(run_text("f()", {"f": lambda: 0.5})) == ("0.5", "0.25")
    assert one.in_words(run_text("f()", {"f": lambda: 0.2500001})) == ("0.2500001", "0.25")


def test_the_first_example_of_a_gradient_has_a_witness() -> None:
    first: dict[tuple[str, str], str] = {}
    for name in Course(ROOT).assignments():
        for one in read_examples(Course(ROOT), name):
            if one.aspect == "gradient":
                first.setdefault((name, one.exercise), one.witness)
    assert len(first) > 15
    assert [place for place, witness in first.items() if not witness] == []


def test_the_first_example_of_an_aspect_has_three_lines_at_most() -> None:
    first: dict[tuple[str, str, str], int] = {}
    for name in Course(ROOT).assignments():
        for one in read_examples(Course(ROOT), name):
            first.setdefault((name, one.exercise, one.aspect), len(one.code.splitlines()))
    assert {place for place, lines in first.items() if lines > 3} == LONGER.keys()
    assert max(first.values()) == 4


# ---------------------------------------------------------------- recorded


def test_they_are_recorded_in_order_with_what_is_right(recording_file: Path) -> None:
    exercises = Recording.read(recording_file).exercises
    scale = exercises["scale"].examples
    assert [(one.aspect, one.code) for one in scale[:3]] == [
        ("value", "double(1.0)"),
        ("value", "half(1.0)"),
        ("value", "double(2.0)"),
    ]
    assert [one.text for one in scale[:3]] == ["2.0", "0.5", "4.0"]
    assert (scale[0].witness, scale[1].witness) == (
        "",
        "The same in another way, with right functions: `1.0 / 2` gives 0.5.",
    )
    assert exercises["walk"].examples[-1].text == "True"


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ('# %% exercise="other"\ndef examples():\n    yield "value", "1"', "no such exercise"),
        ('# %% exercise="norm"\ndef examples():\n    yield "purity", "norm(1)"', "of 'purity', not of value"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "x = 1"', "does not end with an expression"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "norm("', "does not end with an expression"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "norm(undefined)"', "ends with NameError"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "np.log(0.0)"', "warns of divide by zero"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "norm([1.0])", "x"', "witness gives"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "norm([1.0])", "2.0"', "its witness gives 2.0"),
        ('# %% exercise="norm"\ndef examples():\n    yield "value", "norm([1.0])", "[1.0, 1.0]"', "its witness gives"),
    ],
)
def test_what_does_not_fit_is_named(examples: str, said: str, plan: Plan, tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).write_text(examples)
    with pytest.raises(CourseError, match=said):
        record_examples(plan, read_examples(course, NAME))


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ("SMALL = (1\n", "solutions/examples/01_small.py:3, cell that starts '# Examples.': '(' was never closed"),
        ('\n# %% exercise="norm"\ndef examples():\n    yield (', ":6, cell norm: '(' was never closed"),
        (
            '\n# %% exercise="norm"\ndef exmples():\n    yield "value", "norm(1)"',
            "01_small.py: the examples for norm have no function `examples`",
        ),
        ('\n# %% exercise="norm"\ndef examples():\n    yield "value", SMAL', ":6, cell norm: NameError: name 'SMAL'"),
        ('\n# %% exercise="norm"\ndef examples():\n    yield 1', "01_small.py, cell norm: TypeError"),
        ("SMALL = SMAL\n", ":3, cell of all exercises: NameError: name 'SMAL'"),
    ],
)
def test_wrong_code_of_an_author_is_named_with_its_line(examples: str, said: str, tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).write_text(f"# Examples.\n\n{examples}")
    with pytest.raises(CourseError) as caught:
        read_examples(course, NAME)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_file_there_are_none_and_with_another_they_are_recorded_anew(tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).unlink()
    path = prepared(course, NAME)
    assert path is not None
    assert all(not exercise.examples for exercise in Recording.read(path).exercises.values())
    before = path.read_bytes()
    course.examples(NAME).write_text(EXAMPLES)
    recording._prepared.cache_clear()
    assert prepared(course, NAME) == path
    assert path.read_bytes() != before


# ---------------------------------------------------------------- calls to ask about


def test_calls_are_recorded_beside_the_examples(course: Course, recording_file: Path) -> None:
    calls = {name: one.calls for name, one in Recording.read(recording_file).exercises.items()}
    assert calls == {"scale": [], "walk": [], "draw": [], **read_calls(course, NAME)}
    assert len(calls["norm"]) == 1


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ('["x = norm([1.0])"]', "CALLS of norm does not end with an expression"),
        ('["norm("]', "CALLS of norm does not end with an expression"),
        ('[("value", "norm([1.0])")]', "CALLS of norm does not end with an expression"),
        ('["norm([1.0])"] * 4', "CALLS of norm has 4 texts, and may have 3: take some out"),
    ],
)
def test_calls_that_cannot_be_asked_about_are_named(calls: str, said: str, tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).write_text(f'# %% exercise="norm"\nCALLS = {calls}\n\ndef examples():\n    yield from ()')
    with pytest.raises(CourseError, match=said):
        read_calls(course, NAME)


def test_a_call_that_fails_with_right_answers_stops_the_recording(tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).write_text(
        '# %% exercise="norm"\nCALLS = ["norm(nothing)"]\n\ndef examples():\n    yield from ()'
    )
    with pytest.raises(CourseError, match="norm: ends with NameError"):
        recorded(course, NAME)


def test_without_a_file_there_are_no_calls(tmp_path: Path) -> None:
    course = write_course(tmp_path)
    course.examples(NAME).unlink()
    assert read_calls(course, NAME) == {}
