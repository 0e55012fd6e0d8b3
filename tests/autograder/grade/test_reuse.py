"""A mended test is run alone only where no mark can depend on the others: a mark that is kept is the mark that grading
from nothing gives, whatever a student's code keeps, draws, reads or changes."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.course.markup import is_autograded
from autograder.course.needed import Tagged
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.stateless import are_stateless
from autograder.engine.grader import Grader
from autograder.engine.record import Assignment, CellJob, Job, NotebookRecord, ReleasedCell
from autograder.grade import reuse

HIDDEN = "\n### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
GIVEN = "import numpy as np\ntable = [1, 2]"
TESTS = {
    "test-double-value": "assert double(1) == 2\nprint('by hand')" + HIDDEN.format("assert double(3) == 6"),
    "test-shift-value": "assert shift(1) == 2" + HIDDEN.format("assert shift(4) == 5"),
    "test-both-value": "seen = double(shift(0))" + HIDDEN.format("assert double(shift(2)) == 6\nassert seen == 2"),
}
DOUBLE = HIDDEN.format("for n in (5, 2):\n    assert double(n) == 2 * n")
# Each with whether a right function passes.
EDITS = {
    "other numbers": ("test-double-value", TESTS["test-double-value"].replace("double(3) == 6", "double(8) == 16")),
    "a wrong number": ("test-double-value", TESTS["test-double-value"].replace("double(3) == 6", "double(8) == 17")),
    "more calls": ("test-double-value", "assert double(1) == 2\nprint('by hand')" + DOUBLE),
    "a visible line": ("test-double-value", TESTS["test-double-value"].replace("by hand", "by heart")),
    "the second": ("test-shift-value", TESTS["test-shift-value"].replace("shift(4) == 5", "shift(7) == 8")),
    "the last": ("test-both-value", TESTS["test-both-value"].replace("double(shift(2)) == 6", "double(shift(9)) == 20")),
    "a name of the student's": ("test-double-value", TESTS["test-double-value"].replace("assert double(3)", "shift = abs; assert double(3)")),
    "a patch": ("test-double-value", TESTS["test-double-value"].replace("assert double(3)", "np.seterr(all='raise'); assert double(3)")),
    "a patched module": ("test-double-value", TESTS["test-double-value"].replace("assert double(3)", "import math; math.floor = abs; assert double(3)")),
    "a global of a function": ("test-double-value", TESTS["test-double-value"].replace("assert double(3)", "def patch():\n    global shift\n    shift = abs\npatch()\nassert double(3)")),
    "given data": ("test-shift-value", TESTS["test-shift-value"].replace("assert shift(4)", "table.append(3); assert shift(4)")),
}  # fmt: skip
HONEST = {
    "right": "def double(n):\n    return 2 * n\ndef shift(n):\n    return n + 1",
    "with a helper": "ONE = 1\ndef add(a, b):\n    return a + b\ndef double(n):\n    return add(n, n)\nshift = lambda n: n + ONE",
    "with lists": "def double(n):\n    found = []\n    found.append(n)\n    found[0] += n\n    return sum(found)\n"
    "def shift(n):\n    d = {}\n    d.update(n=n + 1)\n    return d['n']",
    "wrong shift": "def double(n):\n    return 2 * n\ndef shift(n):\n    return n",
    "arrays": "def double(n):\n    z = np.array([n])\n    z[z < 0] *= 1\n    return int(2 * z[0])\ndef shift(n):\n    return n + 1",
}  # fmt: skip
COUNT = "    {}\n    return 2 * n if {} else 0\ndef shift(n):\n    return n + 1"
# double (or shift) is right for some of the calls only.
TRAPS = {
    "a global": "k = 0\ndef double(n):\n    global k\n" + COUNT.format("k += 1", "k < 4"),
    "a list": "seen = []\ndef double(n):\n" + COUNT.format("seen.append(n)", "len(seen) < 4"),
    "a dict": "seen = {}\ndef double(n):\n" + COUNT.format("seen[len(seen)] = n", "len(seen) < 3"),
    "a default": "def double(n, seen=[]):\n" + COUNT.format("seen.append(n)", "len(seen) < 4"),
    "a default dict": "def double(n, seen={}):\n" + COUNT.format("seen[n] = 1", "len(seen) < 3"),
    "an attribute": "def double(n):\n    double.k = getattr(double, 'k', 0) + 1\n    return 2 * n if double.k < 4 else 0\ndef shift(n):\n    return n + 1",
    "an alias": "def double(n):\n    f = shift\n    f.k = f.k + 1\n    return 2 * n if f.k < 4 else 0\ndef shift(n):\n    return n + 1\nshift.k = 0",
    "a cache": "import functools\n@functools.lru_cache\ndef double(n):\n    return 2 * n\ndef shift(n):\n    return n + 1 if double.cache_info().currsize < 3 else 0",
    "a generator": "import itertools\nk = itertools.count()\ndef double(n):\n" + COUNT.format("at = next(k)", "at < 3"),
    "a closure": "def make():\n    k = 0\n    def f(n):\n        nonlocal k\n        k += 1\n        return 2 * n if k < 4 else 0\n    return f\ndouble = make()\ndef shift(n):\n    return n + 1",
    "an object": "class Double:\n    k = 0\n    def __call__(self, n):\n        self.k += 1\n        return 2 * n if self.k < 4 else 0\ndouble = Double()\ndef shift(n):\n    return n + 1",
    "a class": "class Seen:\n    all = []\ndef double(n):\n" + COUNT.format("Seen.all.append(n)", "len(Seen.all) < 4"),
    "a file": "def double(n):\n    with open('seen', 'a') as f:\n        f.write('.')\n    return 2 * n if len(open('seen').read()) < 4 else 0\ndef shift(n):\n    return n + 1",
    "a path": "from pathlib import Path\ndef double(n):\n" + COUNT.format("p = Path('seen'); p.write_text(p.read_text() + '.') if p.exists() else p.write_text('.')", "len(Path('seen').read_text()) < 4"),
    "the environment": "import os\ndef double(n):\n" + COUNT.format("os.environ['k'] = os.environ.get('k', '') + '.'", "len(os.environ['k']) < 4"),
    "random numbers": "np.random.seed(1)\ndef double(n):\n" + COUNT.format("r = np.random.random()", "r > 0.2"),
    "the random module": "import random\nrandom.seed(2)\ndef double(n):\n" + COUNT.format("r = random.random()", "r < 0.96"),
    "a kept generator": "rng = np.random.default_rng(3)\ndef double(n):\n" + COUNT.format("r = rng.random()", "r > 0.15"),
    "settings of numpy": "def double(n):\n    old = np.seterr(all='ignore')['over']\n    return 2 * n if old == 'warn' or n < 3 else 0\ndef shift(n):\n    return n + 1",
    "a patched module": "def double(n):\n    np.k = getattr(np, 'k', 0) + 1\n    return 2 * n if np.k < 4 else 0\ndef shift(n):\n    return n + 1",
    "given data": "def double(n):\n    table.append(n)\n    return 2 * n if len(table) < 6 else 0\ndef shift(n):\n    return n + 1",
    "the dictionary of names": "def double(n):\n    g = globals()\n    g['k'] = g.get('k', 0) + 1\n    return 2 * n if g['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "dunder names": "def double(n):\n    d = double.__dict__\n    d['k'] = d.get('k', 0) + 1\n    return 2 * n if d['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "another function": "k = [0]\ndef double(n):\n    k[0] += 1\n    return 2 * n\ndef shift(n):\n    return n + 1 if k[0] < 3 else 0",
    "a walrus": "k = 0\ndef double(n):\n    [k := k2 for k2 in range(3)]\n    globals()['k3'] = 1\n    return 2 * n\ndef shift(n):\n    return n + 1",
    "a name that IPython asks about": "k = [0]\nprint?\ndef double(n):\n    k[0] += 1\n    return 2 * n if k[0] < 5 else 0\ndef shift(n):\n    return n + 1",
    "a command within a line": "k = [0]\nx = !ls\ndef double(n):\n    k[0] += 1\n    return 2 * n if k[0] < 5 else 0\ndef shift(n):\n    return n + 1",
    "a class as its own object": "class C:\n    k = 0\n    def go(me):\n        me.k = me.k + 1\n        return me.k\ndef double(n):\n" + COUNT.format("at = C.go(C)", "at < 4"),
    "a table of a module": "def double(n):\n    d = np.typecodes\n    d['k'] = d.get('k', 0) + 1\n    return 2 * n if d['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "a table of a module as a default": "from numpy import typecodes\ndef double(n, d=typecodes):\n    d['k'] = d.get('k', 0) + 1\n    return 2 * n if d['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "an item that is set by a function": "import operator\ndef double(n):\n" + COUNT.format("operator.setitem(np.typecodes, 'k', np.typecodes.get('k', '') + '.')", "len(np.typecodes['k']) < 4"),
    "a private name of a module": "import collections\ndef double(n):\n" + COUNT.format("collections._sys.path.append('k')", "collections._sys.path.count('k') < 4"),
    "an attribute by its name": "import operator\ndef double(n):\n    d = operator.attrgetter('__dict__')(double)\n    d['k'] = d.get('k', 0) + 1\n    return 2 * n if d['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "the names of a frame": "def double(n):\n    g = (i for i in ()).gi_frame.f_back.f_globals\n    g['k'] = g.get('k', 0) + 1\n    return 2 * n if g['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "a pattern": "def double(n):\n    match double:\n        case object(__dict__=d):\n            d['k'] = d.get('k', 0) + 1\n    return 2 * n if d['k'] < 4 else 0\ndef shift(n):\n    return n + 1",
    "another name of numpy": "import numpy as nump\nnump.random.seed(1)\ndef double(n):\n" + COUNT.format("r = nump.random.rand()", "r > 0.2"),
    "a file by numpy": "def double(n):\n    m = np.lib.format.open_memmap(f'seen{n}', mode='w+', shape=(1,))\n    return 2 * n\ndef shift(n):\n    return n + 1",
}  # fmt: skip


def cells(tests: dict[str, str], answer: str) -> tuple[CellJob, ...]:
    graded = (CellJob(n, source, name, 2.0, locked=True) for n, (name, source) in enumerate(tests.items(), start=2))
    return (CellJob(0, GIVEN, "given", None, locked=True), CellJob(1, answer, "answer"), *graded)


def job(tests: dict[str, str], answer: str) -> Job:
    made = cells(tests, answer)
    flags = {"locked": True, "grade": True, "points": 2.0}
    released = [ReleasedCell("given", "code", GIVEN, locked=True), ReleasedCell("answer", "code", "", solution=True)]
    released += [ReleasedCell(name, "code", source, **flags) for name, source in tests.items()]  # type: ignore[arg-type]
    return Job(made, Assignment("hw", "p", tuple(released)), student="ann")


def notebook(of: Job, record: NotebookRecord) -> NotebookNode:
    """As it was graded."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in of.cells])
    for done in record.cells:
        made.cells[done.index].outputs = [nbformat.from_dict(output) for output in done.outputs]
    return made


def marks(record: NotebookRecord) -> list[tuple[str, float | None]]:
    return [(mark.cell, mark.score) for mark in record.marks]


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with_packages = Grader()
    yield with_packages
    with_packages.close()


def edited(edit: str) -> dict[str, str]:
    name, source = EDITS[edit]
    assert TESTS[name] != source
    return {**TESTS, name: source}


def graded_before(grader: Grader, answer: str) -> tuple[NotebookRecord, NotebookNode]:
    old = job(TESTS, answer)
    record = grader.grade(old)
    record.basis = reuse.basis(old, b"", ())
    return record, notebook(old, record)


def stays(grader: Grader, answer: str, tests: dict[str, str], record: NotebookRecord, before: NotebookNode) -> bool:
    new = job(tests, answer)
    changed = reuse.mended(record, reuse.basis(new, b"", ()))
    assert changed
    one = reuse.alone(record, before, new, Tagged(), changed)
    return one is not None and reuse.stay(before, grader.grade(one), changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*HONEST, *TRAPS])
def test_a_mark_that_is_kept_is_the_mark_of_a_run_from_nothing(grader: Grader, name: str) -> None:
    answer = (HONEST | TRAPS)[name]
    record, before = graded_before(grader, answer)
    kept = set()
    for edit in EDITS:
        tests = edited(edit)
        if stays(grader, answer, tests, record, before):
            kept.add(edit)
            assert marks(grader.grade(job(tests, answer))) == marks(record), edit
    if name in TRAPS:
        assert kept == ({"the second"} if name == "an object" else set())  # which its calls do not reach
    else:  # it is worth its place: what passes as before is seen without a whole run
        expected = {"other numbers", "more calls", "the second", "the last"}
        assert kept == ({"other numbers", "more calls"} if name == "wrong shift" else expected)


@pytest.mark.slow
def test_several_mended_tests_are_run_together(grader: Grader) -> None:
    record, before = graded_before(grader, HONEST["right"])
    for one, other in itertools.permutations(("other numbers", "the second", "the last"), 2):
        tests = {**TESTS, **dict([EDITS[one], EDITS[other]])}
        assert stays(grader, HONEST["right"], tests, record, before)
    tests = {**TESTS, **dict([EDITS["the second"], EDITS["a wrong number"]])}
    assert not stays(grader, HONEST["right"], tests, record, before)


@pytest.mark.slow
def test_what_one_test_makes_and_another_changes_ties_them_together(grader: Grader) -> None:
    tests = {
        "test-x-value": "x = np.array([1])" + HIDDEN.format("assert double(np.array([2]))[0] == 4"),
        "test-y-value": "assert double(x)[0] == 2" + HIDDEN.format("assert shift(1) == 2"),
        "test-z-value": "assert x[0] == 2" + HIDDEN.format("assert shift(2) == 3"),
    }
    answer = "def double(n):\n    n *= 2\n    return n\ndef shift(n):\n    return n + 1"
    old = job(tests, answer)
    record = grader.grade(old)
    assert {score for _, score in marks(record)} == {2.0}
    record.basis = reuse.basis(old, b"", ())
    mended = {**tests, "test-y-value": "double(x)\nassert double(x)[0] == 4" + HIDDEN.format("assert shift(1) == 2")}
    assert not stays(grader, answer, mended, record, notebook(old, record))
    assert marks(grader.grade(job(mended, answer))) != marks(record)


def test_more_than_a_test_that_has_changed_is_no_case_for_it() -> None:
    old = job(TESTS, "")
    before = reuse.basis(old, b"source", ("1",))
    record = NotebookRecord("ann", "hw", "p", "none", basis=before)
    assert reuse.mended(record, before) == frozenset()
    assert reuse.mended(record, reuse.basis(job(edited("the last"), ""), b"source", ("1",))) == {"test-both-value"}
    (first, *others) = old.assignment.cells
    more_points = tuple(replace(cell, points=3.0) if cell.grade else cell for cell in old.assignment.cells)
    changes = {
        "a given cell": (replace(first, source="import numpy"), *others),
        "the points": more_points,
        "a cell less": tuple(others),
    }
    for what, released in changes.items():
        new = replace(old, assignment=replace(old.assignment, cells=released))
        assert reuse.mended(record, reuse.basis(new, b"source", ("1",))) is None, what
    assert reuse.mended(record, reuse.basis(old, b"other source", ("1",))) is None
    assert reuse.mended(record, reuse.basis(old, b"source", ("2",))) is None
    assert (
        reuse.mended(record, reuse.basis(replace(old, limits=replace(old.limits, cpu=1.0)), b"source", ("1",))) is None
    )
    assert reuse.mended(NotebookRecord("ann", "hw", "p", "none"), before) is None  # graded before this was kept


@pytest.mark.parametrize("name", sorted(TRAPS.keys() - {"an object"}))  # of which the tests are asked
def test_functions_that_know_more_than_their_arguments_are_seen(name: str) -> None:
    assert not are_stateless([GIVEN, TRAPS[name]])


@pytest.mark.parametrize("name", HONEST)
def test_functions_that_know_their_arguments_alone_are_seen(name: str) -> None:
    assert are_stateless([GIVEN, HONEST[name]])


def test_the_solutions_of_the_course_are_seen_to_keep_nothing() -> None:
    course = Course(Path(__file__).parents[3])
    found = {name: are_stateless(_own_cells(source_notebook(course, name))) for name in course.assignments()}
    # In 04 functions read a table that a provided cell makes: nobody knows who else has it.
    assert {name for name, yes in found.items() if not yes} == {"04_backprop"}


def _own_cells(source: NotebookNode) -> list[str]:
    tagged = Tagged.of(source.cells)
    code = [cell for cell in source.cells if cell.cell_type == "code" and not is_autograded(cell)]
    return [cell.source for cell in code if "".join(cell.source.split()) not in tagged.texts]
