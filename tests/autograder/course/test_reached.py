"""Of a changed test it is told which other tests it can reach, and what keeps a value is never overlooked."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from autograder.course.markup import SOLUTION, grade_id, is_autograded, is_locked, is_solution, strip_markers
from autograder.course.needed import CodeCell, Tagged, left_out
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.reached import reached

COURSE = Course(Path(__file__).parents[3])
IMPORTS = CodeCell("import numpy as np\nimport math\nfrom nbcore import check", "imports", locked=True)
TEST = CodeCell("check.value(f, 1.0, expected=2.0)", "test-f-value", locked=True, test=True)
OTHER = CodeCell("check.value(f, 3.0, expected=6.0)", "test-f-other", locked=True, test=True)

# Students' cells in which `f` gives something else when it is called again: the value is kept somewhere.
KEEPS = {
    "a global number": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n",
    "a global list": "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)",
    "a global dictionary": "kept = {}\ndef f(x):\n    kept[len(kept)] = x\n    return len(kept)",
    "a global array": "a = np.zeros(1)\ndef f(x):\n    a[0] += 1\n    return float(a[0])",
    "a global set": "s = set()\ndef f(x):\n    s.add(len(s))\n    return len(s)",
    "a global generator": "g = iter(range(9))\ndef f(x):\n    return next(g)",
    "a global generator of random numbers": "r = np.random.default_rng(0)\ndef f(x):\n    return r.random()",
    "an object": "class C:\n    n = 0\nc = C()\ndef f(x):\n    c.n += 1\n    return c.n",
    "a class": "class C:\n    n = 0\ndef f(x):\n    C.n += 1\n    return C.n",
    "a class, under another name": "class C:\n    n = 0\ndef f(x):\n    k = C\n    k.n += 1\n    return C.n",
    "a list in a class": "class C:\n    a = []\ndef f(x):\n    C.a.append(x)\n    return len(C.a)",
    "a list in a class, by an instance": "class C:\n    a = []\ndef f(x):\n    C().a.append(x)\n    return len(C().a)",
    "the class of an instance": "class C:\n    n = 0\n    def up(self):\n        self.__class__.n += 1\n"
    "        return self.n\ndef f(x):\n    return C().up()",
    "the type of an instance": "class C:\n    n = 0\ndef f(x):\n    type(C()).n += 1\n    return C.n",
    "a method called with a function": "class C:\n    def put(self, v):\n        self.n = v\ndef g():\n    pass\ng.n = 0\n"
    "def f(x):\n    C.put(g, g.n + 1)\n    return g.n",
    "a class method": "class C:\n    n = 0\n    @classmethod\n    def up(cls):\n        cls.n += 1\n        return cls.n\n"
    "def f(x):\n    return C.up()",
    "a default list": "def f(x, a=[]):\n    a.append(x)\n    return len(a)",
    "a default dictionary": "def f(x, *, d={}):\n    d[len(d)] = 1\n    return len(d)",
    "a default array": "def f(x, a=np.zeros(1)):\n    a += 1\n    return float(a[0])",
    "a default object": "class C:\n    pass\ndef f(x, c=C()):\n    c.n = getattr(c, 'n', 0) + 1\n    return c.n",
    "a default that a call gives": "def make():\n    return [0]\ndef f(x, a=make()):\n    a[0] += 1\n    return a[0]",
    "a default of a method": "class C:\n    def up(self, a=[]):\n        a.append(1)\n        return len(a)\n"
    "def f(x):\n    return C().up()",
    "an attribute of the function": "def f(x):\n    f.n += 1\n    return f.n\nf.n = 0",
    "its dictionary": "def f(x):\n    d = f.__dict__\n    d['n'] = d.get('n', 0) + 1\n    return d['n']",
    "vars of the function": "def f(x):\n    d = vars(f)\n    d['n'] = d.get('n', 0) + 1\n    return d['n']",
    "setattr": "def f(x):\n    setattr(f, 'n', getattr(f, 'n', 0) + 1)\n    return f.n",
    "its defaults": "def f(x, n=0):\n    f.__defaults__ = (n + 1,)\n    return n",
    "another function's attribute": "def g():\n    pass\ng.n = 0\ndef f(x):\n    g.n += 1\n    return g.n",
    "a closure": "def make():\n    n = [0]\n    def inner(x):\n        n[0] += 1\n        return n[0]\n    return inner\nf = make()",
    "a closure with nonlocal": "def make():\n    n = 0\n    def inner(x):\n        nonlocal n\n        n += 1\n        return n\n"
    "    return inner\nf = make()",
    "a closure under a decorator": "def count(g):\n    n = [0]\n    def inner(x):\n        n[0] += 1\n        return n[0]\n"
    "    return inner\n@count\ndef f(x):\n    return x",
    "a callable object": "class C:\n    def __init__(self):\n        self.n = 0\n    def __call__(self, x):\n"
    "        self.n += 1\n        return self.n\nf = C()",
    "a bound method": "class C:\n    def __init__(self):\n        self.n = 0\n    def up(self, x):\n        self.n += 1\n"
    "        return self.n\nf = C().up",
    "a lambda with a default": "f = lambda x, a=[]: (a.append(x), len(a))[1]",
    "globals": "def f(x):\n    globals()['n'] = globals().get('n', 0) + 1\n    return n",
    "exec": "n = 0\ndef f(x):\n    exec('global n\\nn += 1')\n    return n",
    "the builtins": "import builtins\ndef f(x):\n    builtins.n = getattr(builtins, 'n', 0) + 1\n    return builtins.n",
    "a module": "def f(x):\n    math.n = getattr(math, 'n', 0) + 1\n    return math.n",
    "a module, under another name": "def f(x):\n    m = np\n    m.n = getattr(m, 'n', 0) + 1\n    return m.n",
    "a module of another file": "import sys\ndef f(x):\n    sys.n = getattr(sys, 'n', 0) + 1\n    return sys.n",
    "a module imported inside": "def f(x):\n    import os\n    os.environ['F'] = os.environ.get('F', '') + '1'\n"
    "    return len(os.environ['F'])",
    "the old generator": "np.random.seed(0)\ndef f(x):\n    return np.random.random()",
    "the old generator, under another name": "draw = np.random\ndef f(x):\n    return draw.random()",
    "the old generator, imported": "from numpy import random\ndef f(x):\n    return random.random()",
    "the module random": "import random\ndef f(x):\n    return random.random()",
    "a part of NumPy inside": "def f(x):\n    r = np.random\n    return r.random()",
    "the error state": "def f(x):\n    return np.seterr(over=['warn', 'ignore'][np.geterr()['over'] == 'warn'])['over']",
    "a file": "def f(x):\n    with open('n', 'a+') as file:\n        file.write('1')\n        return file.tell()",
    "a file of NumPy": "def f(x):\n    a = np.memmap('m', shape=(1,), mode='w+' if x is None else 'r+')\n    a[0] += 1\n"
    "    return int(a[0])",
    "the clock": "import time\ndef f(x):\n    return time.perf_counter()",
    "a cache": "from functools import lru_cache\nimport itertools\ncount = itertools.count()\n@lru_cache\ndef g(n):\n"
    "    return next(count)\ndef f(x):\n    g.cache_clear()\n    return g(0)",
    "a counter": "import itertools\ncount = itertools.count()\ndef f(x):\n    return next(count)",
    "a partial": "import functools\ndef g(a, x):\n    a.append(x)\n    return len(a)\nf = functools.partial(g, [])",
    "a name that an inner function hides": "kept = []\ndef f(x):\n    kept.append(x)\n    inner = lambda kept: kept\n"
    "    return inner(len(kept))",
    "a name that a comprehension hides": "kept = []\ndef f(x):\n    kept.append(x)\n    return max([len(kept), *[0 for kept in [1]]])",
    "a loop at the top": "for a in [[]]:\n    def f(x):\n        a.append(x)\n        return len(a)",
    "a branch at the top": "if True:\n    kept = []\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "two names at once": "kept = other = []\ndef f(x):\n    kept.append(x)\n    return len(other)",
    "unpacked": "kept, n = [], 0\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "annotated": "kept: list = []\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "a walrus": "print(kept := [])\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "a walrus in a default": "def f(x, a=(b := [])):\n    b.append(x)\n    return len(b)",
    "a base class": "class L(list):\n    pass\nkept = L()\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "a nested class": "def f(x):\n    class C:\n        n = 0\n    C.n += 1\n    f.__dict__.update(n=vars(f).get('n', 0) + C.n)\n"
    "    return f.n",
    "iadd of a global": "kept = np.zeros(1)\ndef f(x):\n    np.add(kept, 1, out=kept)\n    return float(kept[0])",
    "an alias of a global": "kept = [0]\ndef f(x):\n    mine = kept\n    mine[0] += 1\n    return mine[0]",
    "given to a helper": "kept = [0]\ndef g(a):\n    a[0] += 1\n    return a[0]\ndef f(x):\n    return g(kept)",
    "a generator function that lives on": "def numbers():\n    n = 0\n    while True:\n        n += 1\n        yield n\n"
    "them = numbers()\ndef f(x):\n    return next(them)",
    "a name that is deleted": "n = 0\ndef f(x):\n    global n\n    try:\n        del n\n        return 0\n    except NameError:\n"
    "        n = 1\n        return 1",
    "a magic": "%precision 3\nkept = []\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    "a star import": "from math import *\nkept = []\ndef f(x):\n    kept.append(x)\n    return len(kept)",
}


ALL = {"test-f-value", "test-f-other"}


@pytest.mark.parametrize("source", KEEPS.values(), ids=KEEPS.keys())
def test_what_keeps_a_value_is_not_overlooked(source: str) -> None:
    """Nobody can say, or all that use it are reached."""
    assert reached([IMPORTS, CodeCell(source, "f"), TEST, OTHER], {"test-f-value"}) in (None, ALL)
    # With something harmless before it, and in two cells.
    around = "def double(z):\n    return 2 * z\n\n\n" + source
    first, *rest = source.split("\ndef ", 1)
    for cells in ([CodeCell(around, "f")], [CodeCell(first, "a"), *(CodeCell(f"def {text}", "f") for text in rest)]):
        assert reached([IMPORTS, *cells, TEST, OTHER], {"test-f-value"}) in (None, ALL)


@pytest.mark.parametrize("source", KEEPS.values(), ids=KEEPS.keys())
def test_each_of_these_does_keep_one(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else the test above would say nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("F", "")
    space: dict = {}
    with np.errstate(), warnings.catch_warnings():  # what it keeps there is not kept for other tests
        exec(IMPORTS.source, space)
        exec(source.replace("%precision 3\n", ""), space)
        function = space["f"]
        given = [function(None), *(function(1.0) for _ in range(4))]
    for module in ("builtins", "math", "numpy", "sys"):
        vars(__import__(module)).pop("n", None)
    assert len({repr(one) for one in given}) > 1


# What students write who keep nothing.
KEEPS_NOTHING = {
    "a formula": "def f(x):\n    return 2 * x",
    "a helper": "def helper(x):\n    return np.exp(x)\ndef f(x):\n    return helper(x)",
    "a helper below": "def f(x):\n    return helper(x)\ndef helper(x):\n    return np.exp(x)",
    "a mask": "def f(x):\n    out = np.zeros_like(x)\n    out[x > 0] = x[x > 0]\n    out *= 2\n    return out",
    "a loop": "def f(x):\n    total = 0\n    for i, v in enumerate(x):\n        total += v\n    return total",
    "a dictionary that is given": "def f(state, g):\n    state['v'] = 0.9 * state['v'] + g\n    return state",
    "a constant": "EPS = 1e-8\ndef f(x):\n    return x / (x + EPS)",
    "an error": "def f(x):\n    if np.ndim(x) != 1:\n        raise ValueError(f'{x!r} has no length')\n    return x",
    "errstate": "def f(x):\n    with np.errstate(over='ignore'):\n        return 1 / (1 + np.exp(-x))",
    "a class": "class C:\n    'Stops.'\n    limit = 3\n    def __init__(self, p=1):\n        self.p = p\n"
    "        self.seen = []\n    def step(self, x):\n        self.seen.append(x)\n        self.p += 1\n"
    "        return len(self.seen) > self.limit\ndef f(x):\n    return C(x).step(x)",
    "a function that is given": "def g(x):\n    return x\ndef f(x, h=g):\n    return h(x)",
    "a function within": "def f(x):\n    parts = []\n    def add(part):\n        parts.append(part)\n    add(x)\n"
    "    return parts",
    "a comprehension": "def f(x):\n    return [v for row in x for v in row if v > 0]",
    "a generator": "def f(x, rng):\n    for i in rng.permutation(len(x)):\n        yield x[i]",
    "a draw": "def f(shape, rng=None):\n    rng = rng or np.random.default_rng()\n    return rng.normal(size=shape)",
    "a print": "def f(x):\n    print('called with', x.shape)\n    return x\nprint(f(np.ones(3)))",
    "not written yet": "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError('not written yet')",
    "a norm": "def f(x):\n    return np.linalg.norm(x, axis=1).max()",
    "the mathematics": "from math import exp\ndef f(x):\n    return exp(x) + math.pi",
}


@pytest.mark.parametrize("source", KEEPS_NOTHING.values(), ids=KEEPS_NOTHING.keys())
def test_usual_code_is_seen_to_keep_nothing(source: str) -> None:
    assert reached([IMPORTS, CodeCell(source, "f"), TEST, OTHER], {"test-f-value"}) == {"test-f-value"}


# What a changed test reaches: lines of it, of another test, and whether that is reached.
RELATIONS = {
    "names of its own": ("x = 1\ncheck.value(f, x)", "x = 2\ncheck.value(f, x)", False),
    "a name that the other reads": ("limit = 1", "check.value(f, limit)", True),
    "a name that the other may read": ("limit = 1", "if f(1):\n    limit = 2\ncheck.value(f, limit)", True),
    "a function that the other calls": ("def g(x):\n    return f(x)", "check.value(g, 1)", True),
    "a value of a locked cell": ("check.value(f, network)", "check.value(f, network)", True),
    "a constant of a locked cell": ("check.value(f, SIZE)", "check.value(f, SIZE)", False),
    "a function of a locked cell": ("check.value(f, data(3))", "check.value(f, data(3))", False),
    "files": ("open('a', 'w').write('1')", "check.value(f, open('a').read())", True),
    "modules that keep something": ("import os\nos.environ['A'] = '1'", "import os\nf(os.environ)", True),
    "the old generator": ("np.random.seed(1)", "check.value(f, np.random.normal())", True),
    "an attribute of NumPy": ("np.e = 3", "import os\nf(np.e)", True),
    "the same import": ("import numpy as np\nf(np.ones(1))", "import numpy as np\nf(np.ones(1))", False),
    "another import of that name": ("import math as np\nf(np.pi)", "f(np.pi)", True),
}
LOCKED = CodeCell("SIZE = 3\nnetwork = [0.0]\ndef data(n):\n    return np.arange(n)", "provided", locked=True)
PLAIN = CodeCell(KEEPS_NOTHING["a formula"], "f")


@pytest.mark.parametrize(("changed", "other", "expected"), RELATIONS.values(), ids=RELATIONS.keys())
def test_a_changed_test_reaches_those_that_share_something(changed: str, other: str, expected: bool) -> None:
    def told(first: str, second: str, name: str, before: str = "") -> bool:
        cells = [CodeCell(first, "one", locked=True, test=True), CodeCell(second, "two", locked=True, test=True)]
        return reached([IMPORTS, LOCKED, PLAIN, *cells], {name}, [before]) in (None, {"one", "two"})

    assert told(changed, other, "one") == expected
    assert told(changed, other, "two") == expected
    assert told("f(1)", other, "one", changed) == expected, "what stood there before counts too"


def test_a_cell_of_the_student_that_uses_a_name_of_a_test_reaches_all() -> None:
    test = CodeCell("limit = 1\ncheck.value(f, limit)", "one", locked=True, test=True)
    other = CodeCell("check.value(f, 2)", "two", locked=True, test=True)
    for source in ("print(limit)", "def g(x):\n    return limit"):
        cells = [IMPORTS, PLAIN, test, CodeCell(source, "g"), other]
        assert reached(cells, {"one"}) is None
        assert reached(cells, {"two"}) in (None, {"one", "two"})
    assert reached([IMPORTS, PLAIN, test, other], {"no such test"}) is None


@pytest.mark.parametrize("name", ["01_activations", "03_losses", "05_depth", "06_optimizers", "08_capstone"])
def test_of_the_solutions_of_the_course_most_tests_reach_few(name: str) -> None:
    """Falling back to all of them every time would be right, and of no use."""
    notebook = [cell for cell in source_notebook(COURSE, name).cells if cell.cell_type == "code"]
    texts = [strip_markers(cell.source, SOLUTION) if is_solution(cell) else cell.source for cell in notebook]
    cells = [
        CodeCell(text, grade_id(cell), is_locked(cell), is_autograded(cell))
        for text, cell in zip(texts, notebook, strict=True)
    ]
    free = left_out(cells, Tagged.of(notebook))
    cells = [cell for n, cell in enumerate(cells) if n not in free]
    tests = [cell.name for cell in cells if cell.test and cell.name]
    counts = [len(found) for test in tests if (found := reached(cells, {test})) is not None]
    assert len(counts) == len(tests)
    assert sum(counts) <= 0.5 * len(tests) ** 2
