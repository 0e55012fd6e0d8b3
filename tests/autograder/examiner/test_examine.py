"""Hidden tests get the same answers from the student's functions over the wire as they would in the same process."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autograder.examiner.examine import consult, examine
from autograder.examiner.session import Session
from autograder.limits import GIB, Stop

Notebook = Callable[[str], Session]

IMPORTS = "import numpy as np\n"

# (what, student's cell, hidden lines): hidden lines that pass
PASS = [
    ("a number", "def f(x): return 2 * x", "assert f(3) == 6"),
    ("keyword arguments", "def f(x, *, scale=1): return x * scale", "assert f(3, scale=4) == 12"),
    ("a plain variable", "answer = 42", "assert answer == 42 and type(answer) is int"),
    ("an exact type", "def f(): return np.float64(1.5)", "import numpy as np\nassert type(f()) is np.float64"),
    (
        "an array",
        "def f(x): return x.astype(float) + 1",
        "import numpy as np\nr = f(np.arange(3))\nassert r.dtype == np.float64 and r.tolist() == [1, 2, 3]",
    ),
    (
        "a list of arrays and a dict",
        "def f(p): return [p['W'], {'n': (1, 'a')}]",
        "import numpy as np\nw = np.ones(2)\nr = f({'W': w})\nassert r[0] is w and r[1] == {'n': (1, 'a')}",
    ),
    (
        "in place, the same array",
        "def step(params): params['W'] -= 0.5",
        "import numpy as np\np = {'W': np.ones(2)}\nw = p['W']\nstep(p)\nassert p['W'] is w and w[0] == 0.5",
    ),
    (
        "an array that is bound anew is another array",
        "def step(params): params['W'] = params['W'] - 0.5",
        "import numpy as np\np = {'W': np.ones(2)}\nw = p['W']\nstep(p)\nassert p['W'] is not w and w[0] == 1",
    ),
    (
        "a list and a dict that grow",
        "def f(a, b):\n    a.append(4)\n    b['k'] = a",
        "a, b = [1], {}\nf(a, b)\nassert a == [1, 4] and b == {'k': [1, 4]} and b['k'] is a",
    ),
    (
        "one array twice",
        "def f(a, b): return a is b",
        "import numpy as np\nx = np.ones(2)\nassert f(x, x) is True and f(x, x.copy()) is False",
    ),
    (
        "what the student keeps without a copy changes with the test's own array",
        "class Keep:\n    def see(self, p): self.best = p",
        "import numpy as np\nk = Keep()\np = {'W': np.ones(2)}\nk.see(p)\np['W'] += 1\nassert k.best['W'][0] == 2",
    ),
    (
        "what the student copies stays",
        "class Keep:\n    def see(self, p): self.best = {k: v.copy() for k, v in p.items()}",
        "import numpy as np\nk = Keep()\np = {'W': np.ones(2)}\nk.see(p)\np['W'] += 1\nassert k.best['W'][0] == 1",
    ),
    (
        "a callback",
        "def num(f, x, eps=1e-5):\n    g = np.zeros_like(x)\n    for i in range(len(x)):\n        o = x[i]; x[i] = o + eps; a = f(x)\n"
        "        x[i] = o - eps; b = f(x); x[i] = o\n        g[i] = (a - b) / (2 * eps)\n    return g",
        "import numpy as np\nx = np.arange(3.0)\nbefore = x.tobytes()\n"
        "assert np.allclose(num(lambda z: float((z ** 2).sum()), x), [0, 2, 4]) and x.tobytes() == before",
    ),
    (
        "callbacks several levels deep",
        "def apply(f, x): return f(x)",
        "assert apply(lambda x: apply(lambda y: apply(lambda z: z + 1, y) * 2, x), 3) == 8",
    ),
    (
        "a student's function handed back to the student",
        "def g(x): return x + 1\ndef h(f, x): return f(x)",
        "assert h(g, 1) == 2",
    ),
    (
        "a function that comes back is itself",
        "def same(f): return f",
        "f = lambda: 0\nassert same(f) is f and same(same) is same",
    ),
    (
        "a class with methods and attributes",
        "class SGD:\n    def __init__(self, lr): self.lr, self.seen = lr, []\n"
        "    def step(self, p, g):\n        for k in p: p[k] -= self.lr * g[k]",
        "import numpy as np\no = SGD(0.5)\np = {'W': np.ones(2)}\no.step(p, {'W': np.ones(2)})\n"
        "assert p['W'].tolist() == [0.5, 0.5] and o.lr == 0.5\no.lr = 1.0\nassert o.lr == 1.0\n"
        "assert isinstance(o, SGD) and not hasattr(o, 'missing') and o.seen == []",
    ),
    (
        "two handles to one object",
        "class A: pass\na = A()\ndef get(): return a",
        "assert get() is get() and get() is a",
    ),
    (
        "a generator",
        "def batches(n):\n    for i in range(n): yield i, i * i",
        "assert list(batches(3)) == [(0, 0), (1, 1), (2, 4)]",
    ),
    (
        "an iterator by hand",
        "def two():\n    yield 1\n    yield 2",
        "it = two()\nassert next(it) == 1 and next(it) == 2 and next(it, 0) == 0",
    ),
    (
        "a built-in exception",
        "def f(x): raise ValueError(f'bad {x}')",
        "try:\n    f(3)\nexcept ValueError as e:\n    assert type(e) is ValueError and str(e) == 'bad 3'\nelse:\n    assert False",
    ),
    (
        "a subclass of a built-in exception",
        "class Mine(ValueError): pass\ndef f(): raise Mine('oh')",
        "try:\n    f()\nexcept ValueError as e:\n    assert 'oh' in str(e)\nelse:\n    assert False",
    ),
    (
        "NumPy's warnings",
        "def f(x): return np.exp(x)",
        "import numpy as np, warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n"
        "    f(np.array([1e4]))\nassert [i.category for i in w] == [RuntimeWarning] and 'overflow' in str(w[0].message)",
    ),
    (
        "silenced warnings",
        "def f(x):\n    with np.errstate(over='ignore'): return np.exp(x)",
        "import numpy as np, warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n"
        "    f(np.array([1e4]))\nassert not w",
    ),
    (
        "errstate of the test's",
        "def f(x): return np.exp(x)",
        "import numpy as np\ntry:\n    with np.errstate(all='raise'): f(np.array([1e4]))\nexcept FloatingPointError: pass\n"
        "else: assert False",
    ),
    (
        "a random generator",
        "def draw(rng): return rng.random(3)",
        "import numpy as np\na, b = np.random.default_rng(1), np.random.default_rng(1)\n"
        "assert (draw(a) == b.random(3)).all() and a.random() == b.random()",
    ),
    (
        "a global that is bound anew",
        "count = 0\ndef f():\n    global count\n    count += 1",
        "f()\nf()\nassert count == 2",
    ),
    (
        "a global list that grows",
        "log = []\ndef f(x): log.append(x)",
        "f(1)\nf(2)\nassert log == [1, 2]",
    ),
    (
        "a signature",
        "def f(x, alpha=0.01): pass",
        "import inspect\nassert list(inspect.signature(f).parameters) == ['x', 'alpha']",
    ),
    ("name and docstring", "def f():\n    'Doc.'", "assert f.__name__ == 'f' and f.__doc__ == 'Doc.'"),
    (
        "a name set in the student's globals and put back",
        "def g(x): return -1\ndef f(x): return g(x)",
        "old = f.__globals__['g']\nassert 'g' in f.__globals__ and 'zz' not in f.__globals__\nf.__globals__['g'] = lambda x: x + 1\n"
        "assert f(1) == 2\nf.__globals__['g'] = old\nassert f(1) == -1",
    ),
    (
        "a name of the student's deleted and put back",
        "def g(n): return n\ndef f(n): return g(n)",
        "kept = g\ndel g\ntry:\n    f(1)\nexcept NameError:\n    pass\nelse:\n    raise AssertionError('f does not use g')\n"
        "finally:\n    g = kept\nassert f(1) == 1",
    ),
    (
        "a name of the student's replaced",
        "def g(n): return n\ndef f(n): return g(n)",
        "assert f(1) == 1\nkept, g = g, lambda n: 10 * n\nassert f(1) == 10\ng = kept\nassert f(1) == 1",
    ),
    ("None as a result", "def f(): pass", "assert f() is None"),
    ("a large integer", "def f(n): return 2 ** n", "assert f(500) == 1 << 500"),
    ("a set and a range", "def f(s): return s | {3}, range(4)", "assert f({1}) == ({1, 3}, range(4))"),
    (
        "types as arguments",
        "def f(t): return np.zeros(2, dtype=t)",
        "import numpy as np\nassert f(np.float32).dtype == np.float32",
    ),
]

FAIL = [
    ("a wrong value", "def f(x): return 3 * x", "assert f(3) == 6"),
    ("an untouched stub", "def f(x): raise NotImplementedError", "assert f(3) == 6"),
    ("a missing name", "", "assert f(3) == 6"),
    ("always equal", "class L:\n    def __eq__(s, o): return True\ndef f(x): return L()", "assert f(3) == 6"),
    (
        "always equal, in numpy",
        "class L:\n    def __eq__(s, o): return True\ndef f(x): return L()",
        "import numpy as np\nnp.testing.assert_allclose(f(3), 6)",
    ),
    ("a lying float", "class L(float):\n    def __eq__(s, o): return True\ndef f(x): return L(1)", "assert f(3) == 6"),
    (
        "a lying array",
        "class L(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return np.True_\n    def __eq__(s, o): return np.True_\n"
        "def f(x): return np.zeros(3).view(L)",
        "import numpy as np\nassert np.all(f(3) == 6)",
    ),
    (
        "an array interface",
        "class L:\n    __array_interface__ = {'shape': (1,), 'typestr': '<f8', 'data': (0, False), 'version': 3}\ndef f(x): return L()",
        "import numpy as np\nassert float(np.asarray(f(3))[0]) == 6",
    ),
    (
        "__array__",
        "class L:\n    def __array__(self, *a, **k): return np.array([6.0])\ndef f(x): return L()",
        "import numpy as np\nassert np.asarray(f(3))[0] == 6",
    ),
    ("an object for True", "class L: pass\ndef f(x): return L()", "assert f(3)"),
    ("a lying class", "class L:\n    __class__ = bool\ndef f(x): return L()", "assert isinstance(f(3), bool)"),
    ("StopIteration ends a map", "def f(x): raise StopIteration", "assert all(map(lambda x: f(x) == x, [1, 2]))"),
    ("GeneratorExit", "def f(x): raise GeneratorExit", "assert all(map(lambda x: f(x) == x, [1, 2]))"),
    ("SystemExit", "def f(x): raise SystemExit(0)", "assert f(1) == 1"),
    ("KeyboardInterrupt", "def f(x): raise KeyboardInterrupt", "assert f(1) == 1"),
    ("os._exit", "import os\ndef f(x): os._exit(0)", "assert f(1) == 1"),
    ("an endless call", "def f(x):\n    while True: pass", "assert f(1) == 1"),
    ("an endless generator", "def f(x):\n    while True: yield 1", "assert list(f(1)) == [1]"),
    (
        "a text that is equal to everything",
        "class T(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__\n"
        "class O:\n    def __str__(self): return T('no')\ndef f(x): return O()",
        "assert str(f(1)) == 'yes'",
    ),
    (
        "a text that never ends",
        "class O:\n    def __str__(self):\n        while True: pass\ndef f(x): return O()",
        "str(f(1))",
    ),
    (
        "numpy replaced in the process",
        "np.allclose = lambda *a, **k: True\ndef f(x): return 0",
        "import numpy as np\nassert np.allclose(f(3), 6)",
    ),
    (
        "frames",
        "import sys\ndef f(x):\n    g = sys._getframe(1).f_globals\n    g['expected'] = 0\n    return 0",
        "expected = 6\nassert f(3) == expected",
    ),
    (
        "builtins replaced",
        "import builtins\nbuiltins.abs = lambda x: 0\nabs = lambda x: 0\ndef f(x): return 0",
        "assert abs(f(3) - 6) < 1e-9",
    ),
    (
        "an argument changed",
        "def f(x):\n    x += 1\n    return x",
        "import numpy as np\nx = np.zeros(2)\nf(x)\nassert not x.any()",
    ),
    (
        "a variable of the test's overwritten",
        "def f(x):\n    global expected\n    expected = 0\n    return 0",
        "for x in (1, 2):\n    expected = 2 * x\n    assert f(x) == expected",
    ),
    (
        "a loop variable overwritten",
        "x = 0\ndef f(y):\n    global x\n    x = 0\n    return 0",
        "for x in (1, 2):\n    assert f(x) == 2 * x",
    ),
    ("callbacks without end", "def f(g):\n    return g(g)", "def h(k): return f(h)\nf(h)"),
]


@pytest.mark.parametrize(("student", "hidden"), [case[1:] for case in PASS], ids=[case[0] for case in PASS])
def test_honest_work_passes(notebook: Notebook, student: str, hidden: str) -> None:
    verdict = examine(notebook(IMPORTS + student), hidden, [], [student], 5.0)
    assert verdict.passed, verdict.details


@pytest.mark.parametrize(("student", "hidden"), [case[1:] for case in FAIL], ids=[case[0] for case in FAIL])
def test_wrong_work_fails_whatever_it_does(notebook: Notebook, student: str, hidden: str) -> None:
    verdict = examine(notebook(IMPORTS + student), hidden, [], [student], 5.0)
    assert not verdict.passed
    assert verdict.title


def test_the_student_sees_title_hint_and_the_own_error_and_no_test(notebook: Notebook) -> None:
    session = notebook("def f(x):\n    return [][x]")
    hidden = "from nbcore import check\nwith check.part('doubles', 'look at x'):\n    assert f(12345) == 24690"
    verdict = examine(session, hidden, [], ["def f(x): ..."], 5.0)
    assert (verdict.title, verdict.hint) == ("doubles", "look at x")
    assert "IndexError: list index out of range" in verdict.student_error
    assert "return [][x]" in verdict.student_error
    assert "12345" not in verdict.student_error + verdict.title + verdict.hint


PART = "with check.part('{0}', 'hint of {0}'):\n    {1}\n"


def parts(**lines: str) -> str:
    return "from nbcore import check\n" + "".join(PART.format(*item) for item in lines.items())


def test_all_failed_parts_are_listed_and_what_they_share_once(notebook: Notebook) -> None:
    session = notebook("def f(x): return x\ndef g(x): return [][x]")
    hidden = parts(
        first="assert f(1) == 2", good="assert f(1) == 1", second="assert g(1) == 2", third="assert g(2) == 2"
    )
    verdict = examine(session, hidden, [], ["def f(x): ...\ndef g(x): ..."], 5.0)
    assert not verdict.passed
    assert (verdict.title, verdict.hint) == ("first", "hint of first")
    assert [part.title for part in verdict.more] == ["second", "third"]
    lines = verdict.lines()
    assert [line for line in lines if line.startswith("hint of")] == [
        "hint of first",
        "hint of second",
        "hint of third",
    ]
    assert lines.count("IndexError: list index out of range") == 1


def test_a_part_that_only_lacks_a_name_from_a_failed_one_is_not_listed(notebook: Notebook) -> None:
    hidden = parts(first="y = f(1)", second="assert y == 2", third="assert f(1) == 2") + "assert y == 3"
    verdict = examine(notebook("def f(x): return [][x]"), hidden, [], ["def f(x): ..."], 5.0)
    assert verdict.title == "first"
    assert [part.title for part in verdict.more] == ["third"]
    own = examine(notebook("def f(x): return nowhere"), parts(a="f(1)", b="f(2)"), [], ["def f(x): ..."], 5.0)
    assert [part.title for part in own.more] == ["b"]


def test_after_a_call_that_does_not_end_no_part_is_tried(notebook: Notebook) -> None:
    session = notebook("def f(x):\n    while x: pass\n    return 1")
    verdict = examine(session, parts(first="assert f(0) == 2", second="f(1)", third="f(0) == 3"), [], [], 8.0)
    assert {verdict.title, *(part.title for part in verdict.more)} == {"first", "second"}


def test_lines_that_catch_a_failed_part_give_their_points(notebook: Notebook) -> None:
    hidden = "from nbcore import check\npoints = 1\ntry:\n    with check.part('a'):\n        assert f(1) == 2\n    points += 1\n"
    verdict = examine(notebook("def f(x): return x"), hidden + "except AssertionError: pass\npoints", [], [], 5.0)
    assert verdict.passed
    assert verdict.value == 1.0


def test_what_a_function_prints_during_a_hidden_test_is_seen_by_nobody(notebook: Notebook) -> None:
    session = notebook("def f(x):\n    print('got', x)\n    return x")
    assert examine(session, "assert f(987654) == 987654", [], [], 5.0).passed
    shown = session.run_cell("1").outputs
    assert "987654" not in str(shown)


def test_the_hidden_source_is_nowhere_in_the_students_process(notebook: Notebook) -> None:
    spy = (
        "import sys\ndef f(x):\n    frame, names = sys._getframe(), []\n    while frame:\n"
        "        names.append(repr(frame.f_locals) + repr(frame.f_globals)); frame = frame.f_back\n"
        "    return ('MARK' + 'ER') in ''.join(names)"
    )
    assert examine(notebook(spy), "_secret = 'MARKER'\nassert f(1) is False", [], [], 5.0).passed


def test_a_call_after_a_timeout_still_works(notebook: Notebook) -> None:
    session = notebook("def slow():\n    while True: pass\ndef fast(): return 1")
    assert examine(session, "slow()", [], [], 8.0).stop == Stop("call", session.limits.call)
    assert examine(session, "assert fast() == 1", [], [], 5.0).passed


DEAF = '''
import time

def deaf(*functions):
    """Does not listen for four seconds: on a busy machine others take that long."""
    end = time.monotonic() + 4
    while time.monotonic() < end:
        try:
            for function in functions:
                function()
            while time.monotonic() < end:
                pass
        except KeyboardInterrupt:
            pass

def fast():
    return 1
'''


def test_a_call_that_outlasts_the_block_is_waited_for_and_no_breach(notebook: Notebook) -> None:
    session = notebook(DEAF)
    session.limits = replace(session.limits, grace=10.0)
    assert consult(session, ["deaf"], 0.1, lambda values: values["deaf"]()) is None
    assert session.dead is None
    assert not examine(session, "deaf()", [], [], 0.1).passed
    assert session.dead is None
    assert examine(session, "assert fast() == 1", [], [], 5.0).passed


@pytest.mark.parametrize(
    ("hidden", "limit"), [("while True: pass", "cell"), ("def g():\n    while True: pass\ndeaf(g)", "call")]
)
def test_hidden_lines_without_end_are_stopped_in_calls_back_too(notebook: Notebook, hidden: str, limit: str) -> None:
    session = notebook(DEAF)
    verdict = examine(session, hidden, [], [], 0.1)
    seconds = session.limits.call if limit == "call" else 0.1
    assert (verdict.passed, verdict.stop) == (False, Stop("call", seconds))
    assert session.dead is None
    assert examine(session, "assert fast() == 1", [], [], 5.0).passed


def test_a_handed_out_function_is_void_after_its_test(notebook: Notebook) -> None:
    session = notebook("kept = []\ndef f(g):\n    kept.append(g)\n    return g(1)\ndef use(x): return kept[0](x)")
    assert examine(session, "assert f(lambda x: x + 1) == 2", [], [], 5.0).passed
    verdict = examine(session, "assert use(5) == 6", [], [], 5.0)
    assert not verdict.passed


def test_memory_that_runs_out_in_a_call_is_a_limit_reached(notebook: Notebook) -> None:
    session = notebook("def f(): return bytearray(1 << 40)")
    verdict = examine(session, "f()", [], [], 5.0)
    assert verdict.stop == Stop("memory", 2 * GIB)
    assert verdict.title == "This test ran out of memory"
    assert "MemoryError" in verdict.student_error
    wrapped = "from nbcore import check\ncheck.value(f, expected=1)"
    assert examine(session, wrapped, [], [], 5.0).stop == Stop("memory", 2 * GIB)
    assert examine(session, "raise MemoryError", [], [], 5.0).stop is None


def test_hidden_lines_that_are_no_plain_python_give_no_verdict(notebook: Notebook) -> None:
    verdict = examine(notebook("def f(): return 1"), "%timeit f()\nassert f() == 1", [], [], 5.0)
    assert verdict.unusable
    assert not verdict.passed


@pytest.mark.parametrize(
    "hidden",
    [
        "check.value(step, Momentum(0.5), np.ones(3), expected=3 * np.ones(3))",
        "check.value(lambda: Momentum(0.5).step(np.ones(3)), expected=np.zeros(3))",
        "with check.part('twice'):\n    m = Momentum(0.5)\n    assert step(m, 1.0) == 7",
        "raise NotImplementedError",
    ],
)
def test_a_wrong_value_is_wrong_where_an_object_is_only_on_its_way(notebook: Notebook, hidden: str) -> None:
    student = (
        "class Momentum:\n    def __init__(self, rate): self.rate = rate\n    def step(self, x): return self.rate * x\n"
        "def step(m, x): return m.step(x)"
    )
    verdict = examine(notebook(student), f"import numpy as np\nfrom nbcore import check\n{hidden}", [], [], 5.0)
    assert not verdict.passed
    assert verdict.undecided == ""
    assert verdict.title != "Not implemented yet"  # that is said of the student's code alone
