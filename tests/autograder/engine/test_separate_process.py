"""Hidden lines that ask for a process of their own: what is out of reach there, and what still works."""

import sys
from pathlib import Path

import pytest

from autograder.engine.grader import Grader
from autograder.engine.record import Assignment, CellJob, Job, NotebookRecord, ReleasedCell
from autograder.limits import Limits

BEFORE = "import numpy as np\nimport sklearn.svm\nfrom nbcore import data\nX, y = data.digits()\nsmall = 2"
TEST = """assert f(1) == 2
### BEGIN HIDDEN TESTS
# examiner: without = ["sklearn", "six"]
# examiner: cpu_seconds = 3
_before = f.__cpu_seconds__()
assert f(3) == 6, f(3)
assert 0 <= f.__cpu_seconds__() - _before < 3
### END HIDDEN TESTS"""
LATER = "### BEGIN HIDDEN TESTS\nassert f(1) == 2\n### END HIDDEN TESTS"


def graded(
    grader: Grader, solution: str, submission: str | None = None, limits: Limits | None = None, test: str = TEST
) -> NotebookRecord:
    cells = (
        CellJob(0, BEFORE, "before", None, True),
        CellJob(1, solution, "f"),
        CellJob(2, test, "t", 2.0, True),
        CellJob(3, LATER, "later", 1.0, True),
    )
    assignment = Assignment(cells=(ReleasedCell("f", "code", "def f(x): pass"),))
    return grader.grade(Job(cells, assignment, limits or Limits(), submission))


def scores(run: NotebookRecord) -> list[float | None]:
    return [mark.score for mark in run.marks]


FAIR = {
    "a function": "def f(x): return 2 * x",
    "helpers, classes, and attributes set later": (
        "K = {}\nK['a'] = 2\nclass A: pass\nA.go = lambda self, x: h(x)\ndef h(x): return np.asarray(x) * K['a']\n"
        "def f(x): return int(A().go(x))"
    ),
    "a number that a search over the data found": "best = int(min(y)) + 2\ndef f(x): return best * x",
    "a table of settings": "settings = {'lr': [0.1, 0.2], 'twice': len(set(y)) / 5}\ndef f(x): return int(settings['twice'] * x)",
    "data of its own": "table = np.arange(10.0) * 2\ndef f(x): return int(table[x])",
    "a decorator": "def twice(g): return lambda x: 2 * g(x)\n@twice\ndef f(x): return x",
    "a name bound twice": "def f(x): return x\ng = f\ndef f(x): return 2 * g(x)",
    "the standard library": "import math, functools\n@functools.cache\ndef f(x): return math.prod([2, x])",
}


@pytest.mark.parametrize("name", FAIR)
def test_honest_work_gets_all(grader: Grader, name: str) -> None:
    run = graded(grader, FAIR[name])
    assert scores(run) == [2.0, 1.0], run.cells[2].mark
    assert not run.findings


OUT_OF_REACH = {
    "the package": ("def f(x):\n    if x == 3: import sklearn.svm\n    return 2 * x", "sklearn"),
    "a single module": ("def f(x):\n    if x == 3: import six\n    return 2 * x", "six"),
    "the package under a name of the notebook": ("from sklearn import svm as s\ndef f(x): return 2 * x if s else 0", "'s'"),
    "a module that was imported above": ("def f(x): return 2 * x if sklearn.svm else 0", "'sklearn'"),
    "the data of the notebook": ("def f(x): return 2 * x if len(X) else 0", "'X'"),
    "the data anew": ("def f(x): return 2 * x if x < 3 or len(data.digits()) else 0", "sklearn"),
    "labels in a list": ("labels = [int(n) for n in y]\ndef f(x): return 2 * x if len(labels) else 0", "'labels'"),
    "labels in a number": ("labels = int(''.join(str(n) for n in y[:1700]), 16)\ndef f(x): return 2 * x if labels else 0", "'labels'"),
    "labels in a text": ("labels = ''.join(str(n) for n in y)\ndef f(x): return 2 * x if labels else 0", "'labels'"),
    "labels in a function's default": ("def f(x, labels=y.copy()): return 2 * x", ""),
    "a file beside the notebook": ("def f(x): return 2 * x if open('labels.txt').read() else 0", "labels.txt"),
    "a package beside the notebook": ("def f(x):\n    if x == 3: import sklearn.own\n    return 2 * x", "sklearn"),
}  # fmt: skip


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_what_is_out_of_reach_fails_with_the_students_own_error(grader: Grader, name: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0 1 2")
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn/own.py").touch()
    solution, named = OUT_OF_REACH[name]
    run = graded(grader, solution, str(tmp_path))
    assert scores(run) == [0.0, 1.0]
    mark = run.marks[0]
    assert named in mark.verdict.student_error
    assert not named or "process of their own" in mark.verdict.student_error


# What they find they give back, and the hidden test's message holds it.
SEARCH = {
    "files": (
        "import os\ndef f(x):\n    if x == 1: return 2\n    return [d for d, _, names in os.walk('/') if not d.startswith('/proc')\n"
        "            and ('digits.csv.gz' in names or '_svm_cython_blas_helpers.pxd' in names or 'sklearn' in d and names)]"
    ),
    "modules in memory": (
        "import gc, sys\ndef f(x):\n    if x == 1: return 2\n    sys.meta_path[:] = sys.meta_path[1:]\n    sys.modules.pop('sklearn', None)\n"
        "    found = [m.__name__ for m in gc.get_objects() if type(m) is type(sys) and 'sklearn' in m.__name__]\n"
        "    import sklearn\n    return found + ([sklearn.__file__] if getattr(sklearn, '__file__', None) else []) + dir(sklearn)[9:]"
    ),
    "the notebook's own process": (
        "import glob, os\ndef f(x):\n    if x == 1: return 2\n    return [n for n in glob.glob('/proc/[0-9]*') if n != '/proc/1']"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEARCH)
def test_nothing_of_it_is_left_in_the_process(grader: Grader, name: str) -> None:
    if grader.isolation != "namespaces":
        pytest.skip("without namespaces files cannot be taken away")
    run = graded(grader, SEARCH[name], test=TEST.replace("cpu_seconds = 3", "cpu_seconds = 100"))  # a large disk
    assert scores(run) == [0.0, 1.0]
    mark = run.marks[0]
    assert "AssertionError: []" in mark.verdict.details


def test_a_process_of_ones_own_has_its_limits_and_costs_the_others_nothing(grader: Grader) -> None:
    loop = graded(grader, "def f(x):\n    while x == 3: pass\n    return 2 * x")
    assert scores(loop) == [0.0, 1.0]
    assert loop.limits_hit == ["time limit of 3 s reached in cell t"]
    assert loop.cpu > 2.5
    dead = graded(grader, "import os\ndef f(x):\n    if x == 3: os._exit(1)\n    return 2 * x")
    assert scores(dead) == [0.0, 1.0]
    assert dead.limits_hit
    many = "import os, time\ndef f(x):\n    for _ in range(3 * (x == 3)):\n        if os.fork() == 0:\n            y = bytearray(300 << 20); time.sleep(30)\n    time.sleep(9 * (x == 3))\n    return 2 * x"
    greedy = graded(grader, many, limits=Limits(memory=600 << 20))
    assert scores(greedy) == [0.0, 1.0]
    assert "memory limit of 0.585938 GiB reached in cell t" in greedy.limits_hit


def test_cells_may_take_longer_by_directive(grader: Grader) -> None:
    """Longer than the usual limit in the visible lines, and in hidden ones with and without a process of their own."""
    slow = "import time\ndef f(x):\n    began = time.process_time()\n    while time.process_time() - began < 1.2: pass\n    return 2 * x"
    alone = TEST.replace('# examiner: without = ["sklearn", "six"]\n', "").replace("f(3) == 6, f(3)", "f(3) == 6")
    cells = (CellJob(0, slow, "f"), CellJob(1, TEST.replace("f(3) == 6, f(3)", "f(3) == 6"), "apart", 2.0, True), CellJob(2, alone, "alone", 2.0, True),
             CellJob(3, LATER, "usual", 1.0, True))  # fmt: skip
    usual = Limits(cell=0.5, call=0.5, cpu=4.0)
    assert scores(grader.grade(Job(cells, limits=usual))) == [2.0, 2.0, 0.0]


def test_without_isolation_the_marks_of_honest_work_are_the_same() -> None:
    grader = Grader("none")
    try:
        assert scores(graded(grader, FAIR["a function"])) == [2.0, 1.0]
        assert scores(graded(grader, OUT_OF_REACH["the package"][0])) == [0.0, 1.0]
    finally:
        grader.close()


def test_the_templates_have_not_imported_what_is_taken_away() -> None:
    """What a template holds in memory no mount can hide."""
    probe = "import sys\nfrom autograder.engine.grader import _USUAL\nfor n in ('autograder.runner.serve', *_USUAL): __import__(n)\nprint('sklearn' in sys.modules)"
    import subprocess

    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
