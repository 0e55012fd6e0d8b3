"""Tests in the styles of other courses: the author's solution has full marks, whatever its tests do, and no honest student
has less than under plain nbgrader."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from .course import ThrowAwayCourse, code, flags, graded_cell

DOCS = Path(__file__).parents[3] / "docs/instructors.md"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@dataclass(frozen=True)
class Style:
    """A test of two points with hidden lines, its solution, and a wrong answer. The wrong one has no points either way.
    `behind` is one more test, of one point, which the solution passes under plain nbgrader. `files` lie beside the
    notebook."""

    name: str
    solution: str
    wrong: str
    hidden: str
    visible: str = ""
    setup: str = ""
    behind: str = ""
    examined: bool = True  # whether the examiner can grade it
    files: Mapping[str, str] = field(default_factory=dict)


DOUBLE = ("def f(x):\n    return 2 * x", "def f(x):\n    return 2 + x")
STYLES = [
    Style("values", *DOUBLE, "assert [f(n) for n in range(5)] == [0, 2, 4, 6, 8]"),
    Style("approximate values", *DOUBLE, "import math\nassert math.isclose(f(0.1), 0.2)"),
    Style("arrays", *DOUBLE, "np.testing.assert_allclose(f(np.ones(3)), 2 * np.ones(3))", setup="import numpy as np"),
    Style("unittest", *DOUBLE, "import unittest\nt = unittest.TestCase()\nt.assertEqual(f(3), 6)"),
    Style("a loop with a message", *DOUBLE, "for n in range(9):\n    assert f(n) == 2 * n, f'f({n}) is wrong'"),
    Style("a helper in the hidden lines", *DOUBLE, "def expect(n):\n    return n + n\nassert f(7) == expect(7)"),
    Style("the source of a function", "def f(x):\n    return x + x", "def f(x):\n    return 2 * x",
          "import inspect\nassert '*' not in inspect.getsource(f)", examined=False),
    Style("eval of a name", *DOUBLE, "assert eval('f(4)') == 8", examined=False),
    Style("a name in globals()", *DOUBLE, "assert 'f' in globals() and globals()['f'](4) == 8", examined=False),
    Style("an operator of a class", "class V:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return V(self.x + o.x)",
          "class V:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return V(self.x)",
          "assert (V(1) + V(2)).x == 3", examined=False),
    Style("a class compared", "class V:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x",
          "class V:\n    def __init__(self, x): self.x = x", "assert V(1) == V(1)", examined=False),
    Style("a subclass in the test", "class A:\n    def g(self): return self.h() + 1", "class A:\n    def g(self): return self.h()",
          "class B(A):\n    def h(self): return 1\nassert B().g() == 2", examined=False),
    Style("a data frame", "import pandas as pd\ndef f():\n    return pd.DataFrame({'a': [1, 2]})",
          "import pandas as pd\ndef f():\n    return pd.DataFrame({'a': [1, 3]})",
          "import pandas as pd\npd.testing.assert_frame_equal(f(), pd.DataFrame({'a': [1, 2]}))", examined=False),
    Style("a fraction", "from fractions import Fraction\ndef f():\n    return Fraction(1, 3)",
          "from fractions import Fraction\ndef f():\n    return Fraction(1, 4)",
          "from fractions import Fraction\nassert f() * 3 == 1 and isinstance(f(), Fraction)"),
    Style("a date", "import datetime\ndef f():\n    return datetime.date(2026, 1, 2)",
          "import datetime\ndef f():\n    return datetime.date(2026, 2, 1)",
          "import datetime\nassert f() == datetime.date(2026, 1, 2)"),
    Style("what is printed", "def f():\n    print('hello')", "def f():\n    print('hallo')",
          "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    f()\nassert out.getvalue() == 'hello\\n'",
          examined=False),
    Style("input replaced", "def f():\n    return int(input()) + 1", "def f():\n    return input() + '1'",
          "from unittest import mock\nwith mock.patch('builtins.input', return_value='4'):\n    assert f() == 5", examined=False),
    Style("a helper of the student's replaced", "def g():\n    return 1\ndef f():\n    return g() + 1", "def g():\n    return 1\ndef f():\n    return 2",
          "kept = g\ng = lambda: 10\ntry:\n    assert f() == 11\nfinally:\n    g = kept",
          behind="assert g() == 1\n### BEGIN HIDDEN TESTS\nassert f() == 2\n### END HIDDEN TESTS"),
    Style("one that is deleted and bound anew", "def g():\n    return 1\ndef f():\n    return g() + 1", "def g():\n    return 1\ndef f():\n    return 2",
          "kept = g\ndef g():\n    return 5\nassert f() == 6\ndel g\ng = kept",
          behind="assert g() == 1\n### BEGIN HIDDEN TESTS\nassert f() == 2\n### END HIDDEN TESTS"),
    Style("a global of the student's rebound", "rate = 2\ndef f(x):\n    return rate * x", "rate = 2\ndef f(x):\n    return 2 * x",
          "rate = 5\nassert f(2) == 10\nrate = 2", examined=False),
    Style("a value", "answer = sum(range(10))", "answer = sum(range(11))", "assert answer == 45"),
    Style("a dictionary", "table = {'a': [1, 2], 'b': (3, 4)}", "table = {'a': [1, 2]}", "assert table['b'] == (3, 4)"),
    Style("an exception", "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x", "def f(x):\n    return x",
          "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no error')"),
    Style("a generator", "def f(n):\n    for i in range(n): yield i", "def f(n):\n    yield 0", "assert list(f(3)) == [0, 1, 2]"),
    Style("a random seed", "import random\ndef f():\n    return random.random()", "def f():\n    return 0.5",
          "import random\nrandom.seed(3)\na = random.random()\nrandom.seed(3)\nassert f() == a", examined=False),
    Style("NumPy's random seed", "def f():\n    return np.random.rand()", "def f():\n    return 0.5",
          "np.random.seed(3)\na = np.random.rand()\nnp.random.seed(3)\nassert f() == a", setup="import numpy as np", examined=False),
    Style("the type of a function", "f = lambda x: 2 * x", "f = 3", "import types\nassert isinstance(f, types.FunctionType)", examined=False),
    Style("the signature", "def f(x, y=2):\n    return x", "def f(x):\n    return x", "import inspect\nassert inspect.signature(f).parameters['y'].default == 2",
          examined=False),
    Style("the doc string", "def f(x):\n    '''Doubles.'''\n    return x", "def f(x):\n    return x", "assert f.__doc__ == 'Doubles.'"),
    Style("recursion counted", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)", "def f(n):\n    return 24",
          "assert f(5) == 120"),
    Style("the text of an object", "from pathlib import Path\ndef f():\n    return Path('a') / 'b'", "from pathlib import Path\ndef f():\n    return Path('a')",
          "assert str(f()) == 'a/b' and f'{f()}' == 'a/b'"),
    Style("partial credit", "def f(x):\n    return 2 * x", "def f(x):\n    return 0 * x - 1",
          "sum([f(1) == 2, f(2) == 4])"),
    Style("a name that the hidden lines define for the next cell", *DOUBLE, "n_tests = 3\nassert f(n_tests) == 6", examined=False,
          behind="assert n_tests == 3\n### BEGIN HIDDEN TESTS\nassert f(n_tests) == 6\n### END HIDDEN TESTS"),
    Style("an import of the hidden lines that the next cell uses", *DOUBLE, "import textwrap\nassert f(3) == 6", examined=False,
          behind="assert textwrap.dedent(' a') == 'a'\n### BEGIN HIDDEN TESTS\nassert f(2) == 4\n### END HIDDEN TESTS"),
    Style("visible lines behind the hidden ones", *DOUBLE, examined=False,
          hidden="n = 3\n### END HIDDEN TESTS\nassert f(n) == 6\n### BEGIN HIDDEN TESTS\nassert f(1) == 2"),
    Style("`from numpy import random`", "def f(n):\n    return random.rand(n)", "def f(n):\n    return 0",
          "random.seed(0)\nassert f(3).shape == (3,)", setup="from numpy import random"),
    Style("a locked cell that draws without a seed", "answer = 'heads' if coin else 'tails'", "answer = None",
          "assert answer == ('heads' if coin else 'tails')", setup="import random\ncoin = random.random() < 0.5", examined=False),
    Style("a locked cell that draws with a seed", "answer = x.max()", "answer = x.max() + 1",
          "assert answer == x.max()", setup="import numpy as np\nx = np.random.default_rng(3).random(5)"),
    Style("a large array", "def f(n):\n    return np.ones(n)", "def f(n):\n    return np.ones(n - 1)",
          "assert f(25_000_000).sum() == 25_000_000", setup="import numpy as np"),
    Style("many lists", "def f(n):\n    return [[i] for i in range(n)]", "def f(n):\n    return [[n]]", "assert len(f(50_000)) == 50_000"),
    Style("deep nesting", "def f(v):\n    return 1 + f(v[0]) if v else 0", "def f(v):\n    return 1",
          "v = []\nfor _ in range(60):\n    v = [v]\nassert f(v) == 60"),
    Style("memoized recursion", "def f(g):\n    c = {}\n    def h(n):\n        if n not in c: c[n] = g(n)\n        return c[n]\n    return h",
          "def f(g):\n    return lambda n: n", "fib = f(lambda n: n if n < 2 else fib(n - 1) + fib(n - 2))\nassert fib(30) == 832040"),
    Style("a doctest", 'def f(x):\n    """\n    >>> f(2)\n    4\n    """\n    return 2 * x', 'def f(x):\n    """\n    >>> f(2)\n    4\n    """\n    return x',
          "import doctest\nrunner = doctest.DocTestRunner(verbose=False)\nfor t in doctest.DocTestFinder().find(f, 'f', globs={'f': f}):\n    runner.run(t)\n"
          "assert (runner.tries, runner.failures) == (1, 0)"),
    Style("`mock.patch` of a name of the notebook", "def g():\n    return 1\ndef f():\n    return g() + 1", "def g():\n    return 1\ndef f():\n    return 2",
          "from unittest import mock\nwith mock.patch('__main__.g', return_value=4):\n    assert f() == 5", examined=False),
    Style("pickle", "class V:\n    def __init__(self, x): self.x = x", "class V:\n    def __init__(self, x): self.x = 0",
          "import pickle\nassert pickle.loads(pickle.dumps(V(3))).x == 3", examined=False),
    Style("await", "async def f():\n    return 4", "async def f():\n    return 5", "assert await f() == 4", examined=False),
    Style("captured output", "def f():\n    print('hello')", "def f():\n    print('hallo')",
          "from IPython.utils.capture import capture_output\nwith capture_output() as out:\n    f()\nassert out.stdout == 'hello\\n'", examined=False),
    Style("get_ipython", *DOUBLE, "assert get_ipython().user_ns['f'](3) == 6", examined=False),
    Style("a shell command", *DOUBLE, "out = !echo 6\nassert f(3) == int(out[0])", examined=False),
    Style("timeit", *DOUBLE, "t = %timeit -o -q -n 1 -r 1 f(2)\nassert t.best < 1000 and f(3) == 6", examined=False),
    Style("a pool of processes", *DOUBLE, "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n    assert pool.map(f, [1, 3]) == [2, 6]",
          examined=False),
    Style("a database", "def f(c):\n    return c.execute('select 2').fetchone()[0]", "def f(c):\n    return 3",
          "import sqlite3\nassert f(sqlite3.connect(':memory:')) == 2", examined=False),
    Style("a file that is written", "def f(name):\n    with open(name, 'w') as out: out.write('ab')", "def f(name):\n    open(name, 'w').close()",
          "f('a.txt')\nassert open('a.txt').read() == 'ab'", examined=False),
    Style("a locked class whose objects come back", "def f():\n    return Node(1, [Node(2), Node(3)])", "def f():\n    return (1, [2, 3])",
          "tree = f()\nassert isinstance(tree, Node) and all(isinstance(child, Node) for child in tree.children)\n"
          "assert [child.value for child in tree.children] == [2, 3]",
          setup="class Node:\n    def __init__(self, value, children=()):\n        self.value, self.children = value, list(children)", examined=False),
    Style("a data file that a locked cell reads", "def f():\n    return sum(rows)", "def f():\n    return len(rows)",
          "assert f() == sum(rows) == 60", setup="rows = [int(line) for line in open('rows.txt')]", examined=False, files={"rows.txt": "10\n20\n30\n"}),
    Style("`print` replaced", "def f():\n    print('hello')", "def f():\n    print('hallo')",
          "import builtins\nsaid, kept = [], print\nbuiltins.print = lambda *words: said.append(words)\ntry:\n    f()\nfinally:\n"
          "    builtins.print = kept\nassert said == [('hello',)]", examined=False),
    Style("`sys.stdout` replaced", "def f():\n    print('hello')", "def f():\n    print('hallo')",
          "import io, sys\nkept, sys.stdout = sys.stdout, io.StringIO()\ntry:\n    f()\n    said = sys.stdout.getvalue()\nfinally:\n"
          "    sys.stdout = kept\nassert said == 'hello\\n'", examined=False),
    Style("`time.time` replaced", "import time\ndef f():\n    return time.time() + 1", "import time\ndef f():\n    return time.time()",
          "import time\nkept, time.time = time.time, lambda: 5.0\ntry:\n    assert f() == 6.0\nfinally:\n    time.time = kept", examined=False),
    Style("a column of a data frame", "import pandas as pd\ndef f():\n    return pd.Series([1, 2], name='a')",
          "import pandas as pd\ndef f():\n    return pd.Series([1, 3], name='a')",
          "import pandas as pd\npd.testing.assert_series_equal(f(), pd.Series([1, 2], name='a'))", examined=False),
    Style("the fields of a named tuple", "from collections import namedtuple\nPoint = namedtuple('Point', 'x y')\ndef f():\n    return Point(1, 2)",
          "from collections import namedtuple\nPoint = namedtuple('Point', 'x y')\ndef f():\n    return Point(2, 1)",
          "p = f()\nassert (p.x, p.y) == (1, 2) == p and p._fields == ('x', 'y')", examined=False),
    Style("an array of strings", "def f():\n    return np.array(['a', 'b'])", "def f():\n    return np.array(['a', 'c'])",
          "np.testing.assert_array_equal(f(), np.array(['a', 'b']))", setup="import numpy as np"),
    Style("a sparse matrix", "def f():\n    return sparse.csr_array(np.eye(2))", "def f():\n    return sparse.csr_array(np.ones((2, 2)))",
          "assert (f() != sparse.csr_array(np.eye(2))).nnz == 0", setup="import numpy as np\nfrom scipy import sparse", examined=False),
    Style("the numbers of a sparse matrix", "def f():\n    return sparse.csr_array(np.eye(2))", "def f():\n    return sparse.csr_array(np.ones((2, 2)))",
          "out = f()\nassert out.shape == (2, 2)\nnp.testing.assert_array_equal(out.toarray(), np.eye(2))",
          setup="import numpy as np\nfrom scipy import sparse"),
]  # fmt: skip


def notebook(style: Style) -> nbformat.NotebookNode:
    hidden = f"{style.visible}\n### BEGIN HIDDEN TESTS\n{style.hidden}\n### END HIDDEN TESTS"
    cells = [
        code(style.setup or "pass", flags("setup", locked=True)),
        code(f"### BEGIN SOLUTION\n{style.solution}\n### END SOLUTION", flags("s", solution=True)),
        graded_cell("t", hidden, 2),
        *([graded_cell("behind", style.behind, 1)] if style.behind else []),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def beside(folder: Path, *styles: Style) -> dict[str, Path]:
    """The files of these styles, written in a folder."""
    found = {}
    for name, text in {name: text for style in styles for name, text in style.files.items()}.items():
        found[name] = folder / name
        found[name].write_text(text)
    return found


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> tuple[ThrowAwayCourse, ThrowAwayCourse]:
    """(with the examiner, plain nbgrader)"""
    ours, plain = (tmp_path_factory.mktemp(name) for name in ("ours", "plain"))
    return ThrowAwayCourse(ours), ThrowAwayCourse(plain, examiner=False)


def marks(course: ThrowAwayCourse, assignment: str, student: str, answer: str | None) -> dict[str, float | None]:
    book = course.released(assignment)
    if answer is not None:
        book.cells[1].source = answer
    course.submit(assignment, student, book)
    return course.autograde(assignment, student)


def submit(course: ThrowAwayCourse, assignment: str, student: str, answer: str | None) -> float | None:
    return marks(course, assignment, student, answer)["t"]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_the_solution_has_all_and_wrong_work_has_nothing(
    courses: tuple[ThrowAwayCourse, ThrowAwayCourse], style: Style, tmp_path: Path
) -> None:
    ours, _ = courses
    assignment = f"a{STYLES.index(style)}"
    ours.release(assignment, notebook(style), beside(tmp_path, style))
    found = marks(ours, assignment, "solution", style.solution)
    assert found == {"t": 2.0, **({"behind": 1.0} if style.behind else {})}
    assert submit(ours, assignment, "stub", None) == 0.0
    assert submit(ours, assignment, "wrong", style.wrong) == 0.0
    (mark,) = (mark for mark in ours.record(assignment, "solution").marks if mark.cell == "t")
    assert mark.reached == ("examiner" if style.examined else "in-process")
    stored = json.loads((ours.root / "build" / "proofs" / assignment / "p.json").read_text())
    assert set(stored["in_process"]) == (set() if style.examined else set(found))


def test_the_instructors_page_lists_each_style() -> None:
    rows = [line.split(" | ") for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    listed = {name: row[1] for row in rows for name in row[0].removeprefix("| ").split("; ")}
    for style in STYLES:
        assert listed.get(style.name) == ("in the examiner" if style.examined else "in process"), style.name


def test_a_right_answer_in_another_type_of_number_has_all_points(
    courses: tuple[ThrowAwayCourse, ThrowAwayCourse],
) -> None:
    ours, _ = courses
    ours.release(
        "half",
        notebook(Style("half", "def f(a):\n    return a / 2", "", "assert f(1) == 0.5\nassert abs(f(4) - 2) < 1e-9")),
    )
    assert (
        submit(ours, "half", "fraction", "from fractions import Fraction\ndef f(a):\n    return Fraction(a, 2)") == 2.0
    )
    ours.release("twice", notebook(Style("twice", DOUBLE[0], "", "assert f(3) == 6 and int(f(4)) == 8")))
    assert submit(ours, "twice", "decimal", "from decimal import Decimal\ndef f(a):\n    return Decimal(2) * a") == 2.0


# A right answer of another form than the author's: what the examiner cannot see in it, a person does.
OTHER_FORMS = [
    ("import re\ndef f(s):\n    return re.fullmatch('[a-z]+', s) is not None", "import re\ndef f(s):\n    return re.fullmatch('[a-z]+', s)",
     ("assert f('ab')", "assert bool(f('ab')) is True", "assert all(f(s) for s in ['a', 'b'])", "import unittest\nunittest.TestCase().assertTrue(f('ab'))")),
    ("def f(n):\n    return list(range(n))", "from collections import deque\ndef f(n):\n    return deque(range(n))", ("assert not f(0)",)),
    ("def f(n):\n    return list(range(n))", "from collections import UserList\ndef f(n):\n    return UserList(range(n))",
     ("assert f(2) == [0, 1]", "assert f(2)[::-1] == [1, 0]", "assert f(1) + [1] == [0, 1]", "assert [9] + f(1) == [9, 0]")),
    ("def f(d):\n    return set(d.items())", "def f(d):\n    return d.items()", ("assert f({'a': 1}) == {('a', 1)}",)),
    ("def f(x):\n    return (x, x)", "class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return tuple(o) == (self.x, self.x)\ndef f(x):\n    return P(x)",
     ("assert f(1) == (1, 1)", "assert (1, 1) == f(1)", "assert not f(1) != (1, 1)")),
    ("def f(n):\n    return (0,) * n", "def f(n):\n    return [[]] * (n // 2) + [[[]] for _ in range(n // 2)]", ("assert len(f(500_000)) == 500_000",)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(OTHER_FORMS)))
def test_a_right_answer_of_another_form_is_never_told_to_be_wrong(
    courses: tuple[ThrowAwayCourse, ThrowAwayCourse], number: int
) -> None:
    solution, answer, tests = OTHER_FORMS[number]
    cells = [code(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION", flags("s", solution=True))]
    for place, test in enumerate(tests):
        hidden = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
        cells.append(graded_cell(f"t{place}", hidden, 2))
    for course in courses:
        course.release(f"form{number}", nbformat.v4.new_notebook(cells=cells))
        book = course.released(f"form{number}")
        book.cells[0].source = answer
        course.submit(f"form{number}", "s", book)
    ours, plain = (course.autograde(f"form{number}", "s") for course in courses)
    assert set(plain.values()) == {2.0}
    assert set(ours.values()) == {None}
    record = courses[0].record(f"form{number}", "s")
    assert {mark.reached for mark in record.marks} == {"manual"}
    assert len([finding for finding in record.all_findings if "A person has to mark it" in finding.text]) == len(tests)
    told = courses[0].graded(f"form{number}", "s").cells[1].outputs[-1]
    assert told.evalue == "This test could not judge your work: a person decides"


# What a sandbox does not have. Under plain nbgrader these pass.
ONLY_THERE = {
    "a file elsewhere": (
        "rows = open('OUTSIDE').read().split()",
        "def f():\n    return len(rows)",
        "2",
        "FileNotFoundError",
    ),
    "memory": (
        "import numpy as np",
        "def f():\n    return np.ones(100_000_000).size",
        "100_000_000",
        "emory",
    ),
    "a server": (
        "import socket",
        "def f():\n    s = socket.create_server(('127.0.0.1', 0))\n    return socket.create_connection(s.getsockname()).getpeername()[0]",
        "'127.0.0.1'",
        "Error",
    ),
}


@pytest.mark.parametrize("name", ONLY_THERE)
def test_what_only_the_sandbox_lacks_is_said_before_a_student_loses_by_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    course = ThrowAwayCourse(tmp_path / "course")
    (tmp_path / "rows.txt").write_text("a b")
    course.config.Examine.memory_gib = 0.5
    setup, solution, value, error = ONLY_THERE[name]
    setup = setup.replace("OUTSIDE", str(tmp_path / "rows.txt"))
    course.release("hw", notebook(Style(name, solution, "", f"assert f() == {value}", setup=setup)))
    for student in ("ann", "bob"):
        assert submit(course, "hw", student, f"# mine\n{solution}") is None
        (found,) = (f.text for f in course.record("hw", student).all_findings if "the author's own" in f.text)
        assert error in found
    said = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(said) == 1  # once a run
    assert "hw/p: the source's own solution passes test cell t in a plain kernel" in said[0].getMessage()
    (shown,) = (cell for cell in course.graded("hw", "ann").cells if cell.metadata.nbgrader.grade)
    assert "rows" not in str(shown.outputs)


def test_a_solution_that_fails_everywhere_leaves_marks_as_they_are(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", notebook(Style("wrong", DOUBLE[0], "", "assert f(2) == 5")))
    assert submit(course, "hw", "s", DOUBLE[0]) == 0.0
    assert submit(course, "hw", "other", "def f(x):\n    return 5") == 2.0


def test_without_the_source_every_record_says_that_nothing_was_tried(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", notebook(Style("plain", *DOUBLE, "assert f(2) == 4")))
    (tmp_path / "source" / "hw" / "p.ipynb").unlink()
    for student in ("ann", "bob"):
        assert submit(course, "hw", student, DOUBLE[0]) == 2.0
        assert any("nobody has tried" in finding.text for finding in course.record("hw", student).findings)
    said = [record for record in caplog.records if record.getMessage().startswith("hw/p: nobody has tried")]
    assert [record.levelname for record in said] == ["WARNING"]


@pytest.mark.parametrize("source", [True, False], ids=["with the source", "without"])
def test_a_name_that_hidden_lines_miss_is_nothing_that_a_student_hears_of(tmp_path: Path, source: bool) -> None:
    course = ThrowAwayCourse(tmp_path)
    course.release("hw", notebook(Style("misses", DOUBLE[0], "", "assert f(2) == 4\nassert f(3) == never_defined")))
    if not source:
        (tmp_path / "source" / "hw" / "p.ipynb").unlink()
    for student, answer in (("right", "def f(x):\n    return x + x"), ("untouched", None)):
        assert submit(course, "hw", student, answer) == 0.0
        (shown,) = (cell for cell in course.graded("hw", student).cells if cell.metadata.nbgrader.grade)
        page = course.feedback("hw", student)
        for text in (str(shown.outputs), page):
            assert "NameError" not in text
            assert "never_defined" not in text
            assert student == "untouched" or "Not implemented yet" not in text
    (mark,) = course.record("hw", "right").marks
    assert "NameError" in mark.verdict.details


def test_what_a_locked_cell_draws_is_the_same_for_the_test_and_the_student(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    setup = "import numpy as np\nx = np.random.randint(0, 2, size=1)"
    course.release("hw", notebook(Style("draws", "m = x.max()", "", "assert m == x.max()", setup=setup)))
    assert [submit(course, "hw", f"s{n}", "m = int(max(x))") for n in range(8)] == [2.0] * 8


def test_in_one_notebook_of_all_styles_nobody_has_less_than_under_plain_nbgrader(
    courses: tuple[ThrowAwayCourse, ThrowAwayCourse], tmp_path: Path
) -> None:
    cells = []
    for number, style in enumerate(STYLES):
        _, answer, *tests = notebook(style).cells
        answer.source = f"{style.setup}\n{answer.source}"
        answer.metadata.nbgrader.grade_id += str(number)
        for test in tests:
            test.metadata.nbgrader.grade_id += str(number)
        cells += [answer, *tests]
    answers = {
        "solution": [style.solution for style in STYLES],
        "partly": [(style.wrong, style.solution)[number % 2] for number, style in enumerate(STYLES)],
        "otherwise": [(style.solution, style.wrong)[number % 2] for number, style in enumerate(STYLES)],
        "stub": [None] * len(STYLES),
    }
    found = []
    for course in courses:
        course.release("all", nbformat.v4.new_notebook(cells=cells), beside(tmp_path, *STYLES))
        for student, given in answers.items():
            book = course.released("all")
            places = [cell for cell in book.cells if cell.metadata.nbgrader.solution]
            for cell, style, source in zip(places, STYLES, given, strict=True):
                cell.source = cell.source if source is None else f"{style.setup}\n{source}"
            course.submit("all", student, book)
        found.append({student: course.autograde("all", student) for student in answers})
    ours, plain = found
    for student in answers:
        # More is right: a test that fails before it has put a name back spoils the next cell under plain nbgrader.
        assert {cell for cell, mark in plain[student].items() if ours[student][cell] < mark} == set(), student
    assert ours["solution"] == plain["solution"]
    assert ours["stub"] == plain["stub"]
    assert sum(plain["solution"].values()) == 2 * len(STYLES) + sum(bool(style.behind) for style in STYLES)
    assert 0 < sum(plain["partly"].values()) < sum(plain["solution"].values())


def test_a_cell_behind_one_that_ends_the_process_is_still_examined(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    cells = [
        code("### BEGIN SOLUTION\ndef f(x):\n    return 2 * x\n### END SOLUTION", flags("s", solution=True)),
        graded_cell("eval", "### BEGIN HIDDEN TESTS\nassert eval('f(2)') == 4\n### END HIDDEN TESTS", 2),
        graded_cell("plain", "### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS", 1),
    ]
    course.release("hw", nbformat.v4.new_notebook(cells=cells))
    book = course.released("hw")
    book.cells[0].source = "def f(x):\n    return x + x"
    course.submit("hw", "s", book)
    assert course.autograde("hw", "s") == {"eval": 2.0, "plain": 1.0}
    assert {mark.cell: mark.reached for mark in course.record("hw", "s").marks} == {
        "eval": "in-process",
        "plain": "examiner",
    }


def test_the_proof_is_stored_and_made_anew_when_the_source_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    course = ThrowAwayCourse(tmp_path)
    style = next(style for style in STYLES if style.name == "eval of a name")
    course.release("hw", notebook(style))
    for student in ("ann", "bob"):
        assert submit(course, "hw", student, style.solution) == 2.0
    said = [record.getMessage() for record in caplog.records if "its own solution loses points" in record.getMessage()]
    assert len(said) == 1
    assert "hw/p: test cell t is graded in the student's process" in said[0]


def test_a_course_can_be_tried_before_the_first_student(tmp_path: Path) -> None:
    course = ThrowAwayCourse(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(
        "from autograder.grade import configure\nc = get_config()\nconfigure(c)\n"
    )
    cells = [
        code("### BEGIN SOLUTION\ndef f(x):\n    return 2 * x\n### END SOLUTION", flags("s", solution=True)),
        graded_cell("eval", "### BEGIN HIDDEN TESTS\nassert eval('f(2)') == 4\n### END HIDDEN TESTS", 2),
        graded_cell("plain", "### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS", 1),
    ]

    def tried() -> tuple[int, str, str]:
        command = [sys.executable, "-m", "autograder.cli", "try", "hw"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert tried() == (2, "", "autograder: nbgrader does not know hw: run nbgrader generate_assignment hw first\n")
    course.release("hw", nbformat.v4.new_notebook(cells=cells))
    status, said, complaints = tried()
    assert (status, complaints) == (0, "")
    first, second = said.splitlines()
    assert first == "p: 2 test cells; the solution has all points"
    assert second.startswith("  eval will be graded in process, where its hidden lines can be read: ")
    assert tried() == (status, said, "")  # as stored

    cells[2].source = cells[2].source.replace("6", "7")
    (tmp_path / "source" / "hw" / "p.ipynb").unlink()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "source" / "hw" / "p.ipynb")
    course.generate("hw")
    status, said, _ = tried()
    assert status == 1
    assert "the solution FAILS 1 of them\n  plain fails in the examiner and in process: " in said
