"""Questions come from what a call does in the student's process: which are asked, in which words, and that a process that
does not play along gains and breaks nothing."""

import time
from collections.abc import Callable

import pytest

from autograder.examiner.session import Session
from autograder.limits import Limits
from autograder.questions import ask
from autograder.questions.ask import questions
from autograder.questions.rules import Candidate, Question, best

LIMITS = Limits(cell=5.0, call=2.0, grace=0.5, wall=60.0)
LAYER = """
def layer(X, W, b):
    '''One layer.'''
    Z = X @ W.T + b
    return Z.sum(axis=0)
"""
CALL = "import numpy as np\nlayer(np.ones((4, 3)), np.ones((2, 3)), np.zeros(2))"
Ask = Callable[..., list[Question]]


@pytest.fixture
def asked(new_session: Callable[[], Session]) -> Ask:
    """The questions on a cell and a call; before them other cells run."""

    def asked(code: str, call: str, *before: str) -> list[Question]:
        session = new_session()
        for cell in ("import numpy as np", *before):
            session.run_cell(cell)
        return questions(session, {"one": [call]}, {"one": code})

    return asked


def test_a_shape_and_a_change_with_their_keys(asked: Ask) -> None:
    shape, change = asked(LAYER, CALL)
    assert shape == Question(
        "one", "shape", CALL, 4, "Z = X @ W.T + b", "What is the shape of `Z` after this line?", "(4, 2)",
        "`X` has the shape (4, 3), `W.T` has the shape (3, 2), `b` has the shape (2,).",
    )  # fmt: skip
    assert (change.kind, change.line, change.text) == ("what if", 5, "return Z.sum(axis=0)")
    assert change.question.startswith("Suppose that this line had `mean` in place of `sum`.")
    assert change.answer == "A multiple, divided by 4."


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("return np.sum(X, axis=1, keepdims=True) + X", "A multiple, divided by 3."),
        ("return X - X.max(axis=1, keepdims=True)", "An error: ValueError."),
        ("return X.max(axis=0)", "Another shape, (2,) in place of (3,)."),
        ("return {'a': X.max(axis=0), 'b': 1.0}", "`['a']` of the result: another shape, (2,) in place of (3,). The rest: the same."),
        ("return X.T @ X", "An error: ValueError."),
        ("return np.where(X >= 0, 1.0, 0.5)", "Other numbers in 3 of 6 entries."),
        ("return np.where(X > 9, 1.0, 0.5)", "The same: here this makes no difference."),
        ("return float(np.mean(X)) + 1", None),
        ("return float(np.mean(X)) / 3", "A multiple, multiplied by 6."),
        ("return 1 - X**2", "Other numbers in 3 of 6 entries."),
        ("return np.zeros(X.shape) + X", None),
        ("return X + np.zeros(3)", "The same: here this makes no difference."),
        ("return X - 1 - X", None),
        ("return -X + 1", "Other numbers in 6 of 6 entries."),
        ("return (X  # a + b\n        + 1)", None),
    ],
)  # fmt: skip
def test_one_thing_changed_in_a_line(line: str, answer: str | None, asked: Ask) -> None:
    call = "f(np.array([[0.0, 1.0, 2.0], [0.0, -1.0, 0.0]]))"
    if "keepdims=True) + X" in line:
        call, line = "f(np.ones((2, 3)))", line.replace(" + X", "")
    found = [one for one in asked(f"def f(X):\n    {line}", call) if one.kind == "what if"]
    assert [one.answer for one in found] == ([answer] if answer else [])


def test_no_sign_is_changed_where_a_loop_may_have_no_end(asked: Ask) -> None:
    for body in (
        "while n < 3:\n        n = n + 1",
        "while 0 < n - 1:\n        n -= 1",
        "for k in range(3):\n        n = n + k",
    ):
        found = asked(f"def f(n):\n    {body}\n    return np.ones(2) * n", "f(2)")
        assert not [one for one in found if "`-`" in one.question], body


def test_how_often_which_not_and_how_many(asked: Ask) -> None:
    code = """
def count(rows, limit):
    found = []
    for row in rows:
        if row in limit:
            found.append(row)
    if not found:
        return None
    return found
"""
    often, idle = asked(code, "count([1, 5, 2, 7, 9], (5, 7, 9))")
    assert (often.kind, often.line, often.question, often.answer) == (
        "often",
        6,
        "How often does this line run?",
        "3 times",
    )
    assert (idle.kind, idle.line, idle.question) == ("left out", 0, "Which statements of `count` do not run?")
    assert idle.answer == "Line 8, `return None`."
    mask, _ = asked("def f(z):\n    on = z > 0\n    return z * on", "f(np.array([[1.0, 0.0, 3.0]]))")
    assert mask.kind == "what if"
    (only,) = asked("def f(z):\n    on = np.isfinite(z)\n    return on", "f(np.array([1.0, np.nan, 3.0]))")
    assert (only.question, only.answer) == ("How many of the 3 entries of `on` after this line are true?", "2")


def test_the_first_time_is_named_where_there_are_several(asked: Ask) -> None:
    code = "def f(n):\n    for k in range(n):\n        block = np.ones((k + 2, 3)) @ np.ones((3, 4))\n    return n"
    found = {one.kind: one for one in asked(code, "f(2)")}
    assert found["shape"].question == "What is the shape of `block` after this line when it runs for the first time?"
    assert found["shape"].answer == "(2, 4)"


def test_what_need_not_be_evaluated_each_time_has_no_first_time(asked: Ask) -> None:
    line = "x = np.ones((2, k + 2)).T @ np.ones((2, k + 2)) if k else np.ones(2)"
    found = asked(f"def f(n):\n    for k in range(n):\n        {line}\n    return x", "f(3)")
    assert found
    assert not [one for one in found if "@" in one.question]


def test_what_an_assignment_unpacks_or_adds_is_asked_for_too(asked: Ask) -> None:
    code = "def f(rows):\n    table, n = build(rows)\n    n += 3\n    return table"
    build = "def build(rows):\n    return rows @ np.ones((3, 5)), 4"
    shape, value = asked(code, "f(np.ones((2, 3)))", build)
    assert (shape.question, shape.answer) == ("What is the shape of `table` after this line?", "(2, 5)")
    assert (value.line, value.question, value.answer) == (3, "What is the value of `n` after this line?", "7")


def test_lines_are_counted_with_magics_and_several_belong_together(asked: Ask) -> None:
    code = "%matplotlib inline\n\ndef f(X):\n    return (X\n            @ X.T)"
    (one, *_) = [one for one in asked(code, "f(np.ones((2, 3)))") if one.kind == "shape"]
    assert (one.line, one.text) == (4, "return (X\n        @ X.T)")
    assert one.question.endswith(" in these lines?")


def test_methods_and_helpers_of_the_cell_are_asked_about(asked: Ask) -> None:
    code = """
RATE = 0.5

def twice(x):
    return 2 * x

class Walk:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params):
        for key in params:
            params[key] -= twice(RATE) * self.lr
"""
    call = 'params = {"a": np.ones(2), "b": np.zeros(3)}\nwalk = Walk(0.5)\nfor _ in range(2):\n    walk.step(params)\nparams'
    value, often = asked(code, call)
    assert (value.line, value.question) == (13, "What is the value of `twice(RATE) * self.lr` in this line?")
    assert value.answer == "0.5"
    assert (often.line, often.answer) == (13, "4 times")


# ---------------------------------------------------------------- nothing to ask


@pytest.mark.parametrize(
    "code",
    [
        "",
        "def f(:",
        "x = 3",
        "def f(z):\n    return z",
        "def f(z): return np.sum(z) / 2; x = 1",
        "def f(z):\n    raise ValueError('no')",
        "def f(z):\n    return np.random.default_rng().normal(size=int(np.random.default_rng().integers(100)))",
        "def f(z):\n    while True:\n        z = z + 1",
        "def f(z):\n    return " + "-" * 5000 + "z",
        "def f(z):\n    return z" + ".T" * 5000,
        "def f(z):\n    return 0" + " + z" * 6000,
        "def f(z):\n    yield z",
        "f = lambda z: z.sum(axis=0)",
        "\0",
        "def g(z):\n    return z.sum(axis=0)",
    ],
)
def test_an_answer_without_a_good_question_has_none(code: str, asked: Ask) -> None:
    assert asked(code, "f(np.ones((2, 3)))") == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("def f(z):\r\n    return z.sum(axis=0)", "return z.sum(axis=0)"),
        ("def f(z):\n    ü = 'ä'\n    return z.sum(axis=0)  # größer: '€'", "return z.sum(axis=0)  # größer: '€'"),
        ("def f(z):\n    w, größe = 3, z.sum(axis=0)\n    return größe", "w, größe = 3, z.sum(axis=0)"),
        ("def f(z):\n    m = (len(z)\n    % 7)\n    return z.sum(axis=0) * m", "m = (len(z)\n% 7)"),
        ("def f(z):\n    return z.sum(axis=0) + len('" + "x" * 500 + "')", None),
        ("def f(z):\r    return z.sum(axis=0)", None),
        ("def f(z):\n    return z.sum(axis=0) + len('\ud800')", None),
    ],
)  # fmt: skip
def test_texts_of_all_kinds(code: str, text: str | None, asked: Ask) -> None:
    found = [one.text for one in asked(code, "f(np.ones((2, 3)))")]
    assert text in found if text else not found


def test_exercises_without_an_answer_or_a_call_have_none(new_session: Callable[[], Session]) -> None:
    session = new_session()
    assert questions(session, {"one": [], "two": [CALL]}, {"one": LAYER}) == []
    assert questions(session, {}, {"one": LAYER}) == []


def test_what_was_asked_before_is_worth_less(new_session: Callable[[], Session]) -> None:
    session = new_session()
    session.run_cell("import numpy as np")
    code = "def f(y):\n    m = len(y)\n    n = 5 * m\n    return [n for _ in y]"
    names = ("a", "b", "c")
    found = questions(session, {name: ["f([1, 2, 3])"] for name in names}, dict.fromkeys(names, code))
    assert [one.text for one in found] == ["m = len(y)", "n = 5 * m", "m = len(y)"]


# ---------------------------------------------------------------- students' code that does not play along

GOOD = "def good(X):\n    return X.sum(axis=0) / len(X)"


@pytest.fixture
def beside(new_session: Callable[[], Session]) -> Callable[..., tuple[Session, list[Question]]]:
    """The questions on a cell, and on one that is right behind it; the cell has run before."""

    def beside(code: str, *before: str) -> tuple[Session, list[Question]]:
        session = new_session()
        for cell in ("import numpy as np", GOOD, *before):
            session.run_cell(cell)
        calls = {"bad": ["f(np.ones((2, 3)))"], "good": ["good(np.ones((2, 3)))"]}
        return session, questions(session, calls, {"bad": code, "good": GOOD})

    return beside


@pytest.mark.parametrize(
    "code",
    [
        "def f(z):\n    print('[null]')\n    print('{\"ran\": []}')\n    raise ValueError",
        "import sys\ndef f(z):\n    sys.settrace(lambda *a: None)\n    sys.setprofile(None)\n    return z",
        "def f(z):\n    print('x' * 10**6)\n    return z",
        "def f(z):\n    raise SystemExit",
        "def f(z):\n    raise KeyboardInterrupt",
        "def f(z):\n    raise type('<b>bad</b>', (Exception,), {})",
        "def f(z):\n    return f(z)",
        "def f(z):\n    import signal\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    return z",
    ],
)
def test_the_next_exercise_is_asked_about_all_the_same(
    code: str, beside: Callable[..., tuple[Session, list[Question]]]
) -> None:
    session, found = beside(code)
    assert {one.exercise for one in found} == {"good"}
    assert len(found) == 2
    assert session.dead is None


@pytest.mark.parametrize(
    "code",
    [
        "def f(z):\n    while True: pass",
        "import time\ndef f(z):\n    time.sleep(100)",
        "def f(z):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "import os\ndef f(z):\n    os._exit(3)",
        "def f(z):\n    return np.ones((10**6, 10**6)) + np.ones((10**6, 10**6))",
        "@print\nclass X:\n    pass\nwhile True: pass\ndef f(z): return z",
    ],
)
def test_nothing_takes_longer_than_it_may(code: str, beside: Callable[..., tuple[Session, list[Question]]]) -> None:
    started = time.monotonic()
    _, found = beside(code)
    assert all(one.exercise == "good" for one in found)
    assert time.monotonic() - started < 30.0


HTML = "<script>alert(1)</script>"
FORGED = [
    "null",
    '"x"',
    "[]",
    "[null, null]",
    "[" * 100_000,
    '[{"ran": [[3, 1]], "seen": [[9, 1, true, "array", [NaN, 2, 3]]]}]',
    '[{"ran": [[3, -1]], "seen": []}]',
    '[{"ran": [], "seen": [[9, 1, true, "' + HTML + '", [2, 3]]]}]',
    '[{"ran": [], "seen": [[9, 1, true, "array", ["' + HTML + '"]]]}]',
    '[["[' + HTML + ']", "times", [0.5]]]',
    '["' + HTML + '"]',
    "x" * 600_000,
    '[{"ran": [' + "[1, 1]," * 30_000 + '[1, 1]], "seen": []}]',
]


@pytest.mark.parametrize("said", FORGED, ids=range(len(FORGED)))
def test_forged_answers_give_no_question(said: str, beside: Callable[..., tuple[Session, list[Question]]]) -> None:
    """The student's code has all of its process in its hands."""
    session, found = beside(GOOD, f"import json\njson.dumps = lambda *args, **kwargs: {said!r}")
    assert found == []
    assert session.run_cell("1 + 1").error is None


FORGE = """
import json
real, forged = json.dumps, {forged!r}
def dumps(value, **more):
    if isinstance(value, list) and isinstance(value[0], {kind}):
        return "[" + ", ".join([forged] * len(value)) + "]"
    return real(value)
json.dumps = dumps
"""


def test_a_forged_key_is_made_of_numbers_and_the_examiners_words(
    beside: Callable[..., tuple[Session, list[Question]]],
) -> None:
    """Whoever forges gets a wrong key to a question on the own code, and nothing else."""
    seen = ", ".join(f'[{node}, 1, true, "array", [1, 10, 20]]' for node in range(60))
    ran = ", ".join(f"[{node}, 7]" for node in range(60))
    _, found = beside(GOOD, FORGE.format(forged=f'{{"ran": [{ran}], "seen": [{seen}]}}', kind="dict"))
    assert {one.answer for one in found} == {"A multiple, divided by 2.", "199"}
    assert all(one.text in GOOD for one in found)


@pytest.mark.parametrize(
    ("forged", "answer"),
    [
        ('"MemoryError"', "An error: MemoryError."),
        ('"Mine"', None),
        ("[[\"['a']\", \"times\", [0.5]], [\"\", \"same\", []]]",
         "`['a']` of the result: a multiple, divided by 2. The rest: the same."),
        ('[["<b>", "times", [0.5]], ["", "same", []]]', None),
        ('[["", "times", [0]]]', None),
        ('[["", "times", [2, 3]]]', None),
        ('[["", "shape", [1, 2, 3]]]', "Another shape, (3,) in place of (2,)."),
        ('[["", "shape", [-1, 2, 3]]]', None),
        ('[["", "shape", [1, 2.5, 3]]]', None),
        ('[["", "shape", []]]', None),
        ('[["", "entries", [7, 3]]]', None),
        ('[["", "gone", []]]', None),
        ("[]", None),
        ("7", None),
    ],
)  # fmt: skip
def test_a_forged_comparison_too(
    forged: str, answer: str | None, beside: Callable[..., tuple[Session, list[Question]]]
) -> None:
    _, found = beside(GOOD, FORGE.format(forged=forged, kind="list | str"))
    assert [one.answer for one in found if one.kind == "what if"] == ([answer] if answer else [])


def test_a_notebook_has_an_allowance(new_session: Callable[[], Session], monkeypatch: pytest.MonkeyPatch) -> None:
    session = new_session()
    session.run_cell("import numpy as np")
    calls, answers = {"one": [CALL]}, {"one": LAYER}
    assert questions(session, calls, answers)
    for name, value in (("_SHARE", -1.0), ("_ALL_SECONDS", -1.0)):
        with monkeypatch.context() as patched:
            patched.setattr(ask, name, value)
            assert questions(session, calls, answers) == []


def test_the_notebook_is_as_it_was(new_session: Callable[[], Session]) -> None:
    session = new_session()
    code = "seen = []\n\ndef f(z):\n    seen.append(1)\n    global last\n    last = z\n    return z.sum(axis=0)"
    session.run_cell("import numpy as np")
    session.run_cell(code)
    assert questions(session, {"one": ["f(np.ones((2, 3)))"]}, {"one": code})
    assert session.run_cell("assert seen == [] and 'last' not in globals()").error is None


def test_a_page_does_not_ask_the_same_again_and_again() -> None:
    def candidates(number: int) -> list[Candidate]:
        rows = [(3.5, "entries", f"How many of the {number} entries?"), (3.0, "shape", f"Which shape has `{number}`?")]
        return [Candidate(worth, Question("one", kind, "f()", 1, "", text, "")) for worth, kind, text in rows]

    found: list[Question] = []
    for number in range(6):
        found += best(candidates(number), found, most=1)
    assert [one.kind for one in found] == ["entries", "shape", "entries", "shape", "entries", "shape"]
