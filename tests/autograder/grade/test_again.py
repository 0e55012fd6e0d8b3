"""After random edits of tests, what is said to keep its marks has those of a run from nothing."""

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course.paths import RECORD_SUFFIX
from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job, NotebookRecord
from autograder.grade.again import Before, gives_the_same

pytestmark = pytest.mark.slow  # some hundred small notebooks are graded

HIDDEN = "\n### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
TESTS = {
    "t1": "x = 3\nassert f(1) == 2" + HIDDEN.format("assert f(x) == 6\nassert f(-4) == -8"),
    "t2": "y = f(2)\nassert y == 4" + HIDDEN.format("from nbcore import check\ncheck.value(f, 5.0, expected=10.0)"),
    "t3": "assert y + 1 == 5" + HIDDEN.format("assert g(2) == 4\nassert g(0) == 0"),
    "t4": "total = sum(f(n) for n in range(3))" + HIDDEN.format("for _n in range(3):\n    assert f(_n) == 2 * _n"),
    "t5": "assert g(1) == 1" + HIDDEN.format("assert g(f(1)) == 4\nassert numbers == [1, 2]"),
}
G = "\n\n\ndef g(x):\n    return x * x"
HONEST = {
    "right": f"def f(x):\n    return 2 * x{G}",
    "wrong for negative ones": f"def f(x):\n    return 2 * abs(x){G}",
    "g is wrong": "def f(x):\n    return 2 * x\n\n\ndef g(x):\n    return x + x",
    "not written": f"def f(x):\n    raise NotImplementedError{G}",
}
# Right until they have been called so often.
COUNTING = {
    "a list": "n = []\ndef f(x):\n    n.append(x)\n    return 2 * x if len(n) < {0} else 0" + G,
    "a default": "def f(x, n=[]):\n    n.append(x)\n    return 2 * x if len(n) < {0} else 0" + G,
    "global": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return 2 * x if n < {0} else 0" + G,
    "a class": "class C:\n    n = 0\ndef f(x):\n    C.n += 1\n    return 2 * x if C.n < {0} else 0" + G,
    "a closure": "def make():\n    n = []\n    def h(x):\n        n.append(x)\n        return 2 * x if len(n) < {0} else 0\n"
    "    return h\nf = make()" + G,
    "two functions": "n = []\ndef f(x):\n    n.append(x)\n    return 2 * x\ndef g(x):\n    return x * x if len(n) < {0} else 0",
    "a file": "def f(x):\n    with open('n', 'a+') as file:\n        file.write('1')\n"
    "        return 2 * x if file.tell() < {0} else 0" + G,
    "what the test has": "def f(x):\n    numbers.append(x)\n    return 2 * x if len(numbers) < {0} else 0" + G,
}
LINES = ["assert f(7) == 14", "assert f(0) == 0", "assert g(3) == 9", "f(1), f(2), f(3)", "numbers.append(3)", "x = 4"]


def edited(tests: dict[str, str], draw: random.Random) -> dict[str, str]:
    """One test is another one: a number in it, a line more or less, a name."""
    name = draw.choice(sorted(tests))
    lines = tests[name].split("\n")
    at = draw.randrange(len(lines))
    kind = draw.choice(["number", "line", "hidden line", "less", "name"])
    if kind == "number":
        lines = re.sub(r"\b\d\b", lambda m: str(draw.choice([int(m[0]), int(m[0]) + 1])), tests[name]).split("\n")
    elif kind == "line":
        lines.insert(0, draw.choice(LINES))
    elif kind == "hidden line":
        lines.insert(len(lines) - 1, draw.choice(LINES))
    elif kind == "less" and not lines[at].startswith(("#", "for", "from")):
        del lines[at]
    elif kind == "name":
        lines.insert(0, draw.choice(["y = 4", "total = 1", "z = f(1)", "f_of_1 = f(1)"]))
    return tests | {name: "\n".join(lines)}


def job(source: str, tests: dict[str, str]) -> Job:
    first = (CellJob(0, "numbers = [1, 2]", "numbers", None, True), CellJob(1, source, "f"))
    return Job(first + tuple(CellJob(2 + n, text, name, 1.0, True) for n, (name, text) in enumerate(tests.items())))


def marks(record: NotebookRecord) -> dict[str, float | None]:
    return {mark.cell: mark.score for mark in record.marks}


def test_whatever_is_edited_no_mark_is_kept_that_is_another_one(grader: Grader) -> None:
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    kept = {True: 0, False: 0}
    for number in range(50):
        before = TESTS if draw.random() < 0.5 else edited(TESTS, draw)
        after = edited(before, draw)
        honest = draw.sample(sorted(HONEST.values()), 2)
        counting = [text.format(draw.randrange(2, 14)) for text in draw.sample(sorted(COUNTING.values()), 4)]
        for source in (*honest, *counting):
            record = grader.grade(job(source, before))
            if gives_the_same(job(source, after), record, before, grader.grade):
                kept[source in honest] += after != before
                anew = grader.grade(job(source, after))
                assert marks(anew) == marks(record), f"seed {seed}, edit {number}:\n{source}\n{before}\n{after}"
    assert kept[True] > 20, f"seed {seed}: what is always graded anew is right, and of no use"


def test_what_ends_a_process_or_is_left_to_a_person_is_graded_anew(grader: Grader) -> None:
    after = TESTS | {"t1": TESTS["t1"].replace("-4", "-3").replace("-8", "-6")}
    right = job(HONEST["right"], TESTS)
    record = grader.grade(right)
    assert gives_the_same(job(HONEST["right"], after), record, TESTS, grader.grade)
    for mark in (replace(record.cells[2].mark, score=None), replace(record.cells[2].mark, reached="manual")):  # type: ignore[type-var]
        cells = [*record.cells]
        cells[2] = replace(cells[2], mark=mark)
        from_a_person = replace(record, cells=cells)
        assert not gives_the_same(job(HONEST["right"], after), from_a_person, TESTS, grader.grade)
    ends = TESTS | {"t1": TESTS["t1"].replace("assert f(-4) == -8", "assert f(10**8) == 2 * 10**8")}
    slow = "def f(x):\n    while abs(x) > 10**6:\n        pass\n    return 2 * x" + G
    limits = replace(right.limits, cell=1.0, call=1.0)
    record = grader.grade(replace(job(slow, TESTS), limits=limits))
    assert not gives_the_same(replace(job(slow, ends), limits=limits), record, TESTS, grader.grade)


def test_a_worker_reads_the_same_with_the_folder_and_without(tmp_path: Path) -> None:
    for name in ("p.ipynb", "p.marks.json", f"p{RECORD_SUFFIX}", "large.csv"):
        (tmp_path / name).write_text(name)
    there = Before("ann", str(tmp_path))
    packed = there.pack()
    assert [name for name, _ in packed.packed or ()] == ["p.ipynb", f"p{RECORD_SUFFIX}"]
    for name in ("p.ipynb", f"p{RECORD_SUFFIX}", "missing"):
        assert there.read(name) == packed.read(name) == (b"" if name == "missing" else name.encode())
