"""A large or odd value of an honest student's is no breach: the call ends in an error that names the limit, and the
next call is answered."""

from collections.abc import Callable

import pytest

from autograder.examiner.examine import examine
from autograder.examiner.session import Session
from autograder.limits import Limits

Notebook = Callable[[str], Session]
LIMITS = Limits(cell=60.0, call=60.0, grace=0.5, wall=240.0)  # what is large takes its time on a busy machine

RESULTS = {
    "[0] * 6_000_000": "more than 5000000 values in one message",
    "[np.float64(0)] * 5_100_000": "more than 5000000 values in one message",
    "dict.fromkeys(range(2_600_000), 0)": "more than 5000000 values in one message",
    "(0,) * 5_100_000": "more than 5000000 values in one message",
    "nested(120)": "values nested more than 100 deep",
    "nested(120, lambda v: (v,))": "values nested more than 100 deep",
    "nested(120, lambda v: {0: v})": "values nested more than 100 deep",
    "nested(60, lambda v: ([v],))": "values nested more than 100 deep",
    "nested(120, lambda v: Many([v]))": "values nested more than 100 deep",
    "nested(40, lambda v: [v, v])": "more than 5000000 values in one message",
    "itself()": "a value that contains itself",
    "[[] for _ in range(210_000)]": "more than 200000 lists, dicts, sets and arrays in one message",
    "np.zeros(34_000_000)": "a message of 272000",
    "1 << 800_000": "an integer of 100001 bytes, where 65536 are the limit",
    "np.zeros((1,) * 40)": "an array of 40 dimensions",
    "[print_nothing() for _ in range(20_001)]": "more than 20000 functions, classes and objects in one test",
}
STUDENT = """
import numpy as np
class Many(list): pass
class Thing: pass
def nested(depth, more=lambda v: [v]):
    value = 0
    for _ in range(depth): value = more(value)
    return value
def itself():
    value = []
    value.append(value)
    return value
def print_nothing(): return lambda: None
"""


@pytest.mark.parametrize("result", RESULTS)
def test_a_result_that_is_too_large_names_the_limit_and_the_next_call_is_answered(
    notebook: Notebook, result: str
) -> None:
    session = notebook(f"{STUDENT}\ndef f(): return {result}\ndef g(x): return x + 1")
    verdict = examine(session, "f()", [], [], 60.0)
    assert not verdict.passed
    assert verdict.stop is not None
    assert verdict.stop.kind == "size"
    assert RESULTS[result] in verdict.student_error
    assert session.dead is None
    assert examine(session, "assert g(1) == 2", [], [], 60.0).passed


# What a student's function does to what it was given, and what hidden lines may see of it.
IN_PLACE = {
    "def f(x): x.extend([0] * 6_000_000)": "x = [1]\ntry: f(x)\nexcept Exception as e: assert 'more than 5000000' in str(e)\nassert g(x) == 2",
    "def f(x): x.append(x)": "x = [1]\ntry: f(x)\nexcept Exception as e: assert 'contains itself' in str(e)\nassert g(x) == 2",
    "def f(x): x.resize(9, refcheck=False)": "import numpy as np\nx = np.ones(3)\ntry: f(x)\nexcept TypeError as e: assert 'its size' in str(e)\nassert g(x) == 2",
    "def f(x): return x(nested(120))": "try: f(lambda v: v)\nexcept Exception as e: assert 'nested more than 100' in str(e)\nassert g([1]) == 2",
    "def f(x):\n    try: x(nested(120))\n    except Exception: return x(2)": "assert f(lambda v: v + 1) == 3",
    "t = Thing()\ndef f(x): return [t, nested(120)] if x else t": "try: f(1)\nexcept Exception as e: assert 'nested' in str(e)\nassert f(0) is f(0)",
    "def f(x): x[0] = 7": "import numpy as np\nx = np.zeros(3)\nx.flags.writeable = False\ntry: f(x)\nexcept ValueError as e: assert 'read-only' in str(e)\nassert g(x) == 1\nx.flags.writeable = True\nx[0] = 1\nassert g(x) == 2",
}


@pytest.mark.parametrize("student", IN_PLACE)
def test_what_cannot_be_told_of_an_argument_is_an_error_of_the_call(notebook: Notebook, student: str) -> None:
    session = notebook(f"{STUDENT}\n{student}\ndef g(x): return x[0] + 1")
    verdict = examine(session, IN_PLACE[student], [], [], 60.0)
    assert verdict.passed, verdict.details
    assert session.dead is None


def test_a_cell_that_is_too_long_is_an_error_of_that_cell(notebook: Notebook) -> None:
    session = notebook("x = 1")
    result = session.run_cell("x = '" + "2" * (257 << 20) + "'")
    assert result.stop is not None
    assert result.stop.kind == "size"
    assert result.error is not None
    assert session.run_cell("assert x == 1").error is None


def test_a_function_of_a_test_that_has_ended_is_an_error_of_the_student_s_call(notebook: Notebook) -> None:
    session = notebook("kept = []\ndef f(x):\n    kept.append(x)\n    return sum(k(1) for k in kept)")
    assert examine(session, "assert f(lambda v: v) == 1", [], [], 60.0).passed
    verdict = examine(session, "f(lambda v: v)", [], [], 60.0)
    assert "RuntimeError: this function belongs to a test that has ended" in verdict.student_error
    assert session.run_cell("kept[0](1)").error == ("RuntimeError", "this function belongs to a test that has ended")
    assert session.dead is None


# What a course of programming asks for.
WITHIN = {
    "f(25_000_000).sum() == 25_000_000": "def f(n): return np.ones(n)",
    "f(50_000) == [[i] for i in range(50_000)]": "def f(n): return [[i] for i in range(n)]",
    "len(f(2_100_000)) == 2_100_000": "def f(n): return [0.5] * n",
    "f(60)[0][0] != 0": "def f(n): return nested(n)",
    "depth(nested(60)) == 60": "def depth(v): return 1 + depth(v[0]) if v else 0",
    "depth([[]] * 60_000) == 60_000": "def depth(v): return len(v)",
    "depth(np.ones(9_000_000)) == 9_000_000": "def depth(v): return v.size",
    "fib(30) == 832040": "def memo(g):\n    c = {}\n    def h(n):\n        if n not in c: c[n] = g(n)\n        return c[n]\n    return h",
}
TEST = """
import numpy as np
def nested(depth):
    value = 0
    for _ in range(depth): value = [value]
    return value
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
"""


@pytest.mark.parametrize("test", WITHIN)
def test_what_is_within_the_limits_passes(notebook: Notebook, test: str) -> None:
    session = notebook(f"{STUDENT}\n{WITHIN[test]}")
    memo = "fib = memo(fib)\n" if "fib" in test else ""
    verdict = examine(session, f"{TEST}{memo}assert {test}", [], [], 20.0, 20.0)
    assert verdict.passed, verdict.details


@pytest.mark.parametrize(
    ("handed", "limit"),
    [
        ("nested(120)", "nested more than 100 deep"),
        ("[[] for _ in range(210_000)]", "more than 200000 lists"),
        ("np.ones(34_000_000)", "a message of 272000"),
        ("(0,) * 5_100_000", "more than 5000000 values"),
    ],
)
def test_a_test_that_hands_over_too_much_is_told_so_and_ends_no_process(
    notebook: Notebook, handed: str, limit: str
) -> None:
    session = notebook("def f(v): return 1")
    verdict = examine(session, f"{TEST}f({handed})", [], [], 60.0)
    assert not verdict.passed
    assert verdict.undecided.startswith("the test hands over what cannot be sent: ")
    assert limit in verdict.undecided
    assert verdict.student_error == ""
    assert session.dead is None
    assert examine(session, "assert f(2) == 1", [], [], 60.0).passed
