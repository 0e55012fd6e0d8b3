"""Which lines of a test cell are hidden, and whose the names in them are."""

import ast

import pytest

from autograder.course.markup import split
from autograder.examiner.program import prelude

HIDDEN = "### BEGIN HIDDEN TESTS\nassert f(2) == 4\n### END HIDDEN TESTS"


def test_the_parts_keep_their_line_numbers() -> None:
    parts = split(f"assert f(1) == 2\n{HIDDEN}\nprint('end')")
    assert parts.visible.split("\n") == ["assert f(1) == 2", "", "", "", "print('end')"]
    assert parts.hidden.split("\n") == ["", "", "assert f(2) == 4", "", ""]
    assert not parts.last_hidden


def test_a_cell_without_a_block_has_no_hidden_lines() -> None:
    assert split("assert f(1) == 2").hidden == ""


def test_a_block_that_is_not_ended_is_hidden_to_the_end() -> None:
    parts = split("x = 1\n### BEGIN HIDDEN TESTS\nassert f(2)")
    assert "f(2)" not in parts.visible
    assert "f(2)" in parts.hidden


def test_a_block_inside_a_function_is_run_with_the_lines_around_it() -> None:
    source = (
        "def test():\n    assert f(1)\n    ### BEGIN HIDDEN TESTS\n    assert f(2)\n    ### END HIDDEN TESTS\ntest()"
    )
    parts = split(source)
    assert not parts.whole  # both parts stand on their own
    lonely = split("for x in (1, 2):\n    ### BEGIN HIDDEN TESTS\n    assert f(x)\n    ### END HIDDEN TESTS")
    assert lonely.whole
    assert lonely.visible == ""
    assert "for x" in lonely.hidden


# (hidden lines, locked cells, open cells, statements taken from locked cells, names asked for)
NAMES = [
    ("assert f(1)", [], ["def f(x): ..."], [], {"f"}),
    ("import numpy as np\nassert np.all(f(1))", [], [], [], {"f"}),
    ("assert np.all(f(1))", ["import numpy as np"], [], ["import numpy as np"], {"f"}),
    ("assert np.all(f(1))", [], ["import numpy as np\ndef f(x): ..."], ["import numpy as np"], {"f"}),
    ("assert np.all(f(1))", [], [], ["import numpy as np"], {"f"}),
    ("check(f)", ["def check(g):\n    assert near(g(1), 2)", "def near(a, b): return abs(a - b) < 1e-9"], [], 2, {"f"}),
    ("check(f)", ["def check(g): assert g(1) == expected"], ["expected = 1"], 1, {"f", "expected"}),
    ("assert f(x) == 1", ["x = 3"], [], ["x = 3"], {"f"}),
    ("assert f(x) == 1", ["import numpy as np\nx = np.ones(3)"], [], 2, {"f"}),
    ("assert f(x) == 1", ["x = f(3)"], [], [], {"f", "x"}),
    ("assert f(x) == 1", ["x = 3\nx = 4"], [], [], {"f", "x"}),
    ("assert f(x) == 1", ["x = 3"], ["x = 3"], [], {"f", "x"}),
    ("x = 1\nassert f(x)", [], [], [], {"f"}),
    ("x = x + 1\nassert x", [], [], [], {"x"}),
    ("_f = f\nassert [y for y in _f(1)] and (lambda z: z)(1)", [], [], [], {"f"}),
    ("def helper(a):\n    b = a\n    return f(b)\nassert helper(1)", [], [], [], {"f"}),
    ("class T:\n    def m(self): return g(self)\nT().m()", [], [], [], {"g"}),
    ("try:\n    f(1)\nexcept ValueError as e:\n    print(e)", [], [], [], {"f"}),
    ("def rec(n): return rec(n - 1) if n else f(n)\nrec(3)", [], [], [], {"f"}),
    ("for x in (1, 2):\n    e = 2 * x\n    assert f(x) == e", [], [], [], {"f"}),
    ("with open('a') as file:\n    t = file.read()\nassert f(t)", [], [], [], {"f"}),
    ("if f(1):\n    y = 1\nelse:\n    y = 2\nassert y", [], [], [], {"f"}),
    ("assert abs(f(1)) < 1", [], ["def f(x): ..."], [], {"f"}),
    # What only an annotation, a pattern, or the body of a class shows
    ("t(f)", ["from typing import Any", "def t(g: Any): return g(1)"], [], 2, {"f"}),
    ("def t(g: Kind) -> int: return g(1)\nt(f)", ["class Kind: ..."], [], ["class Kind:\n    ..."], {"f"}),
    ("match f(1):\n    case Point(x=0): pass", ["class Point: ..."], [], ["class Point:\n    ..."], {"f"}),
    ("match f(1):\n    case [a, *b]: assert a == b", [], [], [], {"f"}),
    ("match f(1):\n    case (a, 0) if a > 1:\n        assert g(a)", [], [], [], {"f", "g"}),
    ("try:\n    f(1)\nexcept g.Error as e:\n    assert e.args", [], [], [], {"f", "g"}),
    ("class T:\n    f = f\n    rate = f(rate)\nT()", ["rate = 3"], [], ["rate = 3"], {"f"}),
    # What Python's symbol table does not call a reading
    ("n += 1\nassert n", [], [], [], {"n"}),
    ("del n\nassert f(1)", [], [], [], {"f", "n"}),
    ("def t():\n    global n\n    n += 1\nt()", [], [], [], {"n"}),
    # A name of a function's own is nobody else's, also where it is counted up
    ("def t():\n    n = 0\n    n += f(1)\n    return n\nassert t()", [], [], [], {"f"}),
]


@pytest.mark.parametrize(("hidden", "locked", "open_", "taken", "asked"), NAMES)
def test_whose_names(hidden: str, locked: list[str], open_: list[str], taken: object, asked: set[str]) -> None:
    before, names = prelude(hidden, locked, open_)
    assert names == asked
    statements = [ast.unparse(statement) for statement in before.body]
    assert (len(statements) if isinstance(taken, int) else statements) == taken
