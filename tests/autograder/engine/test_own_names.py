"""Locked cells find the names that they have defined, whatever a student has called the own things."""

import pytest

from autograder.engine.grader import Grader
from autograder.engine.record import Assignment, CellJob, Job, ReleasedCell
from autograder.examiner.program import OwnNames

SETUP = (
    "import math\n"
    "from nbcore import check\n"
    "import numpy as np\n"
    "def provided(x):\n    return 2 * x\n"
    "class Kind:\n    pass\n"
    "start = [1.0]"
)
RIGHT = "def f(x):\n    return 2 * x"
TEST = """
with check.part("doubles"):
    assert f(2) == provided(2) == 4 and isinstance(Kind(), Kind)
assert np.all([f(number) == 2 * number for number in (1, 2)]) and math.pi > 3
check.value(f, np.array([1.0]), expected=np.array([2.0]))
""".strip()
HIDDEN = f"{TEST}\n### BEGIN HIDDEN TESTS\nwith check.part('more'):\n    assert f(3) == 6 and np.pi > 3\n### END HIDDEN TESTS"
STUB = "def f(x):\n    raise NotImplementedError"


def job(*students: str, setup: str = SETUP, test: str = TEST) -> Job:
    middle = [CellJob(n, source, "f" if n == 1 else None) for n, source in enumerate(students, 1)]
    last = len(students) + 1
    cells = (
        CellJob(0, setup, "setup", locked=True),
        *middle,
        CellJob(last, test, "plain", 1.0, True),
        CellJob(last + 1, HIDDEN if test == TEST else test, "hidden", 2.0, True),
    )
    return Job(cells, Assignment(cells=(ReleasedCell("f", "code", STUB, solution=True),)))


def scores(grader: Grader, asked: Job) -> list[float | None]:
    return [mark.score for mark in grader.grade(asked).marks]


@pytest.mark.parametrize(
    "taken",
    [
        "check = f(1.0)",
        "def check(what, got):\n    print(what, got == 2)\ncheck('one', f(1))",
        "np = 3",
        "from numpy.random import default_rng as np",
        "math = provided = Kind = None",
        "class Kind:\n    def __init__(self, x): pass",
        "del check, np",
        "globals()['check'] = 1",
    ],
)
def test_a_name_that_the_tests_use_may_be_taken(grader: Grader, taken: str) -> None:
    assert scores(grader, job(f"{RIGHT}\n\n{taken}")) == [1.0, 2.0]
    assert scores(grader, job(RIGHT, taken)) == [1.0, 2.0]


def test_functions_of_the_student_go_on_with_their_own(grader: Grader) -> None:
    helper = "def check(x):\n    return x + 0\n\ndef f(x):\n    return 2 * check(x)"
    assert scores(grader, job(helper)) == [1.0, 2.0]


def test_a_later_cell_of_the_student_finds_the_own_name(grader: Grader) -> None:
    run = grader.grade(Job((*job(f"{RIGHT}\ncheck = 5").cells, CellJob(9, "print(check)"))))
    assert run.cells[-1].outputs[0]["text"] == "5\n"


def test_the_feedback_says_which_cell_took_which_name(grader: Grader) -> None:
    run = grader.grade(job(f"{RIGHT}\ncheck = 5"))
    assert "use the name `check` for nbcore.check, and this cell" in run.cells[1].outputs[0]["text"]


def test_a_wrong_answer_stays_wrong(grader: Grader) -> None:
    assert scores(grader, job("def f(x):\n    return 3 * x\ncheck = 1")) == [0.0, 0.0]


def test_what_an_exercise_asks_to_define_or_to_change_is_the_student_s(grader: Grader) -> None:
    setup = "def f(x):\n    return 0\nstart = [1.0]"
    test = "assert f(2) == 4 and start == 7"
    assert scores(grader, job(f"{RIGHT}\nstart = 7", setup=setup, test=test)) == [1.0, 2.0]


def test_the_names_are_those_of_imports_functions_and_classes_that_no_open_cell_binds() -> None:
    own = OwnNames([STUB, "import json"])
    assert own.used("np.pi") == ()
    assert own.defined("import numpy as np, json\ndef f(x): pass\ndef g(x): pass\na = 1") == ("g", "json", "np")
    assert own.used("print(np.pi, json, f, g, a)") == ("g", "json", "np")
    assert own.used("def h(np):\n    return np + g") == ("g",)  # bound in the cell itself
    assert own.defined("np = 3\ng = g(1)") == ()
    assert own.used("np, g, json") == ("json",)


def test_locked_cells_that_are_no_python_are_run_as_they_are() -> None:
    own = OwnNames([])
    assert own.defined("not python at all") == own.used("not python at all") == ()


def test_without_a_taken_name_nothing_is_renamed(grader: Grader) -> None:
    run = grader.grade(job(RIGHT, "print([name for name in globals() if ' ' in name])"))
    assert [mark.score for mark in run.marks] == [1.0, 2.0]
    assert run.cells[2].outputs[0]["text"] == "[]\n"
