"""The same code leaves the same trace in this process and in the sandbox, and what differs is seen."""

import json
from collections.abc import Callable

import msgspec
import pytest

from autograder.examiner.examine import consult
from autograder.examiner.session import Session
from autograder.mistakes.trace import LocalSession, Trace, Tracer, run_tests

Notebook = Callable[..., Session]
IMPORTS = "import numpy as np\n"
CHECK = "import numpy as np\nfrom nbcore import check\n"

# (what, the student's definition of f, the test cell)
RUNS = [
    ("numbers", "def f(x): return 2 * x", "f(3)\nf(2.5)\nf(True)\nf(1j)"),
    ("an array", "def f(x): return x / 0", "f(np.array([1.0, -2.0]))\nf(np.zeros((2, 0)))"),
    ("nested results", "def f(x): return {'a': [x, (x, None)], 'b': 'text'}", "f(np.arange(3))"),
    ("a change of an argument", "def f(x):\n    x += 1\n    return x", "f(np.zeros(3))\nassert f(np.ones(2)).sum() == 4"),
    ("another array in a dict", "def f(p): p['w'] = p['w'] - 1", "p = {'w': np.ones(2)}\nf(p)\nf(p)"),
    ("an emptied dict", "def f(p): return [p.pop(k) for k in list(p)]", "f({'w': np.ones(2)})"),
    ("an error", "def f(x): raise ValueError(f'wrong: {x}')", "f(3)\nf(4)"),
    ("a missing key", "def f(p): return p['b']", "f({'a': 1})"),
    ("an error of its own type", "class Odd(Exception): pass\ndef f(x): raise Odd('so')", "f(3)"),
    ("no solution", "def f(x): raise NotImplementedError", "f(3)"),
    ("a warning", "def f(x): return np.exp(x)", "f(np.array([1000.0]))\ncheck.stability(f, 1000.0)"),
    ("checks that would fail", "def f(x): return x", "check.value(f, 2.0, expected=5.0)\ncheck.purity(f, np.ones(2))"),
    ("a gradient", "def f(x): return x ** 2", "check.gradient(f, lambda x: 3 * x, np.array([1.0, 2.0]))"),
    ("a callback", "def f(g, x): return g(x) + g(2 * x)", "f(lambda x: x ** 2, 3.0)\nf(np.sqrt, 4.0)"),
    ("itself", "def f(x): return 1 if x == 0 else x * f(x - 1)", "f(5)"),
    ("a generator", "def f(n):\n    for i in range(n): yield i, np.full(2, i)", "list(f(3))\nnext(iter(f(0)))"),
    (
        "a class",
        "class f:\n    def __init__(self, a): self.a, self.seen = a, []\n"
        "    def add(self, x):\n        self.seen.append(x)\n        self.a += x\n        return self\n"
        "    def __len__(self): return len(self.seen)\n    def __getitem__(self, i): return self.seen[i]",
        "o = f(3)\no.add(2.0).add(np.ones(2))\nassert len(o) == 2\no.a = 7\nassert o.a == 7\no[1]\no[5]\no.missing\nf()\n"
        "assert isinstance(o, f)",
    ),
    ("an object that is handed back", "class A: n = 3\ndef f(a=None): return A() if a is None else a.n", "f(f())"),
    ("what a function sees", "k = 1\ndef f(x, *, y=2): return x + k",
        "import inspect\nlist(inspect.signature(f).parameters)\nassert 'k' in f.__globals__ and 'm' not in f.__globals__\n"
        "f.__globals__['k'] = 5\nf(1)\nf.__globals__['k'] = 1\nf(1)"),
    ("a test that stops", "def f(x): return x", "for i in range(5):\n    f(i)\n    assert i < 3\nf(9)"),
    ("many parts", "def f(*a, **k): return [*a, *k.values()]", "f(1, [2, {'z': np.ones(1)}], k=(3,))"),
    ("subclasses of plain types", "from collections import OrderedDict\ndef f(x): return OrderedDict(a=x)", "f(1)"),
]  # fmt: skip


def here(source: str, test: str, seconds: float = 10.0) -> Trace:
    space: dict = {}
    exec(IMPORTS + source, space)
    answers = LocalSession()
    tracer = Tracer(answers, seconds)
    return run_tests({"t": CHECK + test}, {"f": tracer.adopt(answers.proxy(space["f"]))}, tracer)


def there(session: Session, test: str, seconds: float = 10.0) -> Trace:
    tracer = Tracer(session, seconds)
    found = consult(
        session, ("f",), seconds, lambda own: run_tests({"t": CHECK + test}, {"f": tracer.adopt(own["f"])}, tracer)
    )
    assert found is not None
    return found


@pytest.mark.parametrize(("source", "test"), [run[1:] for run in RUNS], ids=[run[0] for run in RUNS])
@pytest.mark.filterwarnings("ignore")
def test_the_sandbox_leaves_the_same_trace(source: str, test: str, notebook: Notebook) -> None:
    ours, theirs = here(source, test), there(notebook(own=IMPORTS + source), test)
    assert ours.outcomes
    assert ours.places_unlike(theirs) == set()
    assert ours.whole
    assert theirs.whole


@pytest.mark.parametrize(
    ("one", "other", "test"),
    [
        ("def f(x): return x", "def f(x): return x + 1e-6", "f(np.ones(2))"),
        ("def f(x): return x * 1.0", "def f(x):\n    np.log(x * 0)\n    return x * 1.0", "f(np.ones(2))"),
        ("def f(p): p['w'] -= 1", "def f(p): p['w'] = p['w'] - 1", "f({'w': np.ones(2)})"),
        ("def f(p): return p['w']", "def f(p): return p.pop('w')", "f({'w': np.ones(2)})"),
        ("def f(x): raise ValueError('a')", "def f(x): raise TypeError('a')", "f(1)"),
        ("def f(x): raise ValueError('a')", "def f(x): raise ValueError('b')", "f(1)"),
        ("class f:\n    a = 1", "class f:\n    a = 2", "f().a"),
    ],
)
def test_what_differs_is_seen(one: str, other: str, test: str) -> None:
    assert here(one, test).places_unlike(here(other, test))


@pytest.mark.parametrize("other", ["x.astype(np.float32)", "x.astype(int)", "x == 1", "x.tolist()"])
def test_the_type_of_a_number_is_no_difference(other: str) -> None:
    assert (
        here("def f(x): return x", "f(np.ones(2))").places_unlike(here(f"def f(x): return {other}", "f(np.ones(2))"))
        == set()
    )


def test_after_the_time_is_up_nothing_more_is_asked(notebook: Notebook) -> None:
    source, test = "import time\ndef f(x): time.sleep(0.05)", "for i in range(1000):\n    f(i)"
    for trace in (here(source, test, 0.3), there(notebook(own=IMPORTS + source), test, 0.3)):
        assert not trace.whole
        assert 0 < len(trace.outcomes) < 20


def test_only_the_difference_is_stored_and_gives_the_trace_back() -> None:
    test = "f(np.ones(1))\nf(np.ones(3))\nf(4)\nassert f(1) == 1"
    right, wrong = here("def f(x): return x", test), here("def f(x): return x * len(x)", test)
    wrong.unsteady = frozenset({"t/2/0"})
    difference = wrong.minus(right)
    assert len(difference.outcomes) < len(wrong.outcomes | right.outcomes)
    again = right.plus(difference)
    assert again.places_unlike(wrong) == set()
    assert (again.whole, again.unsteady) == (True, wrong.unsteady)
    read = msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(right))), Trace)
    assert read.places_unlike(right) == set()
