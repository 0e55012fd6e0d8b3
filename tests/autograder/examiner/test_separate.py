"""What an author may ask for in hidden lines, and which statements of a notebook a tested function needs."""

import pytest

from autograder.course.markup import Directives, directives
from autograder.examiner.examine import examine
from autograder.examiner.separate import needed


def test_directives_are_read_from_comments_of_the_hidden_lines() -> None:
    assert directives("assert f(1) == 2\n# examiners like comments") == Directives()
    hidden = '# examiner: without = ["sklearn", "scipy"]\nassert f(1)\n    #examiner : cpu_seconds = 130\n'
    assert directives(hidden) == Directives(("sklearn", "scipy"), 130.0)
    assert directives("# examiner: without = []").separate
    assert not directives("# examiner: cpu_seconds = 1.5").separate


@pytest.mark.parametrize(
    "line",
    ["without = sklearn", "without = 'sklearn'", "without = ['../x']", "cpu_seconds = -1", "cpu_seconds = nan",
     "cpu_seconds = true", "with_out = []", "cpu_seconds = 1\n# examiner: cpu_seconds = 2"],
)  # fmt: skip
def test_a_directive_that_cannot_be_understood_leaves_the_cell_to_a_person(line: str) -> None:
    hidden = f"# examiner: {line}\nassert True"
    with pytest.raises(ValueError, match="directive"):
        directives(hidden)
    verdict = examine(None, hidden, [], [], 1.0)  # type: ignore[arg-type]  # the session is not asked
    assert verdict.unusable


CELLS = [
    "import numpy as np\nfrom sklearn import svm\nimport math as m, os",
    "def unused(): return svm\nWIDTH = 3; DEPTH = 4\nclass Net:\n    size = WIDTH",
    "%matplotlib inline\nNet.forward = lambda self, x: helper(x)\nfor n in range(3):\n    total = n",
    "@decorate\ndef helper(x):\n    digits = x\n    return np.dot(digits, table[0])\ntable = {}\ntable[0] = 5",
    "broken = (",
    "def f(x):\n    return Net().forward(x)\ndef decorate(g): return g\nf = decorate(f)\nprint(f(1))",
]


def test_what_a_function_needs_and_nothing_else() -> None:
    found = [piece.text.strip() for piece in needed({"f"}, CELLS)]
    assert found == [
        "import numpy as np",
        "WIDTH = 3",
        "class Net:\n    size = WIDTH",
        "Net.forward = lambda self, x: helper(x)",
        "@decorate\ndef helper(x):\n    digits = x\n    return np.dot(digits, table[0])",
        "table = {}",
        "table[0] = 5",
        "def f(x):\n    return Net().forward(x)",
        "def decorate(g): return g",
        "f = decorate(f)",
    ]


@pytest.mark.parametrize(
    "lines",
    ["a = (\n    i\n    % n\n)", "a = (i\n% n)", 'a = """\n% n"""', "%matplotlib inline\na = (\n    i\n    % n\n)",
     "def a():\n    return (i\n    % n)\n!ls"],
)  # fmt: skip
def test_a_line_that_begins_with_the_remainder_is_no_magic(lines: str) -> None:
    (piece,) = needed({"a"}, [lines])
    assert "% n" in piece.text
    assert "matplotlib" not in piece.text


def test_statements_keep_their_line_numbers() -> None:
    text = next(piece.text for piece in needed({"helper"}, CELLS) if "def helper" in piece.text)
    assert text.split("\n").index("def helper(x):") == 1
    text = next(piece.text for piece in needed({"f"}, CELLS) if "f = decorate" in piece.text)
    assert text.split("\n").index("f = decorate(f)") == 3


@pytest.mark.parametrize(
    "deep", ["a" + ".b" * 1000, "-" * 20_000 + "1", "1" + "+1" * 50_000, "(" * 5000, "\0", "f'{" * 500]
)
def test_a_source_that_is_too_deep_costs_only_itself(deep: str) -> None:
    texts = [piece.text for piece in needed({"f", "g"}, [f"g = {deep}", "def f(): return 1"])]
    assert "def f(): return 1" in texts
