"""Cells that no mark depends on are left out when a class is graded, and only where that is certain."""

from pathlib import Path

import nbformat
import pytest

from autograder.course.markup import NO_MARKS, grade_id, is_autograded, is_locked
from autograder.course.needed import CodeCell, Tagged, left_out
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.release.proofs import bad_tags

FIGURE = "z = np.linspace(0, 1)\nplots.show(f(z))"
STEPS = "def steps(z):\n    return z"
TAGGED = Tagged(frozenset({"".join(FIGURE.split())}), frozenset({"steps"}))
TEST = CodeCell("z = 2.0\nassert f(z) == 4.0", "t", locked=True, test=True)


def out(*cells: CodeCell) -> set[int]:
    return set(left_out(cells, TAGGED))


def test_a_figure_is_left_out_whatever_its_white_space() -> None:
    assert out(CodeCell("def f(x): return 2 * x", "f"), CodeCell(FIGURE), TEST) == {1}
    assert out(CodeCell("def f(x): return 2 * x", "f"), CodeCell(f"\n{FIGURE}  \n"), TEST) == {1}


def test_a_changed_cell_without_a_name_runs() -> None:
    assert out(CodeCell("def f(x): return 2 * x", "f"), CodeCell(f"{FIGURE}\nk = 2"), TEST) == set()


def test_the_steps_of_a_derivation_are_known_by_name() -> None:
    assert out(CodeCell(f"{STEPS}\nsteps(3)", "steps"), TEST) == {0}
    usual = "rows = []\nfor k in range(3):\n    rows.append(np.random.default_rng(k).normal())\nprint(np.mean(rows))"
    assert out(CodeCell(f"{STEPS}\n{usual}", "steps"), TEST) == {0}


@pytest.mark.parametrize(
    "changed",
    [
        "K = 2.0",  # used below
        "table['f'] = 2",
        "np.random.default_rng = None",
        "del table[0]",
        "globals()['K'] = 2.0",
        "%run mine.py",
        "np.seterr(all='ignore')",  # or the warning of an exercise below costs its point
        "np.random.seed(3)",
        "np.random.normal()",
        "import warnings\nwarnings.simplefilter('ignore')",
        "from sys import setrecursionlimit as deeper\nimport sys\nsys.setrecursionlimit(9000)",
        "with open('table.txt', 'w') as file:\n    file.write('2')",
        "table.append(3)",
        "table['a'].update(b=2)",
        "np.save('table', [2])",
    ],
)
def test_steps_that_reach_further_run(changed: str) -> None:
    answer = CodeCell("def f(x): return K * x", "f")
    assert out(CodeCell(f"{STEPS}\n{changed}", "steps"), answer, TEST) == set()


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x): return x * z[-1]",
        "def f(x):\n    z\n    return 2 * x",
        "w = z\ndef f(x): return 2 * x",
        "f = lambda x: z + x",
        "class f:\n    def __call__(self, x): return z",
        "z = 1\ndef f(x): return z * x",  # a figure behind it gives z another value
        "if False:\n    z = 1\nw = z",
        "for z in []: pass\nw = z",
        "from mine import *",
        "def f(x): return eval('z') * x",
        "def f(x): return globals()['z']",
        "def f(x): return get_ipython().user_ns['z']",
        "%run mine.py",
        "!cat mine.py",
        "z += 1",
    ],
)
def test_a_figure_runs_where_the_answer_may_use_what_it_defines(answer: str) -> None:
    assert out(CodeCell(FIGURE), CodeCell(answer, "f"), TEST) == set()


def test_figures_that_build_on_each_other_go_or_stay_together() -> None:
    first, second = CodeCell("a = 1", "steps"), CodeCell(FIGURE)
    other = CodeCell("b = a", "steps")
    assert out(first, other, second, TEST) == {0, 1, 2}
    assert out(first, other, CodeCell("def f(x): return b * x", "f"), second, TEST) == {3}


def test_fixed_cells_run_whatever_their_text() -> None:
    assert out(CodeCell(FIGURE, "setup", locked=True)) == set()
    assert out(CodeCell(FIGURE, "t", test=True)) == set()


def test_a_cell_that_is_no_python_hides_nothing() -> None:
    assert out(CodeCell(FIGURE), CodeCell("def f(x", "f"), CodeCell("%matplotlib inline"), TEST) == {0}


COURSE = Course.find(Path(__file__))


@pytest.mark.parametrize("name", COURSE.assignments())
def test_all_tagged_cells_of_the_course_are_left_out(name: str) -> None:
    source = source_notebook(COURSE, name)
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    code = [CodeCell(cell.source, grade_id(cell), is_locked(cell), is_autograded(cell)) for cell in cells]
    tagged = {n for n, cell in enumerate(cells) if NO_MARKS in cell.metadata.get("tags", ())}
    assert len(tagged) > 4
    assert left_out(code, Tagged.of(source.cells)) == tagged
    assert bad_tags(source) == []


def test_the_build_names_a_cell_that_marks_depend_on() -> None:
    tags = {"tags": [NO_MARKS]}
    cells = [nbformat.v4.new_code_cell("K = 2", metadata=tags), nbformat.v4.new_code_cell("print(K)")]
    found = bad_tags(nbformat.v4.new_notebook(cells=cells))
    assert found == [f"cell that starts 'K = 2': has the tag {NO_MARKS}, and other cells use K of it"]


DEEP = {
    "a long sum": "x = " + " + ".join(["1"] * 900),
    "a longer one": "x = " + " + ".join(["1"] * 20_000),
    "a chain of branches": "if a: pass\n" + "elif a: pass\n" * 5_000,
    "a row of signs": "x = " + "-" * 100_000 + "1",
    "a path of attributes": "x = a" + ".b" * 50_000,
    "lambdas": "x = " + "lambda: " * 3_000 + "1",
}


@pytest.mark.parametrize("written", DEEP.values(), ids=DEEP)
def test_all_run_beside_code_that_is_too_deep_to_read(written: str) -> None:
    answer = CodeCell("def f(x): return 2 * x", "f")
    assert out(answer, CodeCell(FIGURE), CodeCell(written), TEST) == set()
    assert out(CodeCell(f"{STEPS}\n{written}", "steps"), answer, CodeCell(FIGURE), TEST) == set()


@pytest.mark.parametrize("written", ["x = '\0'", "x = '\ud800'", "x = = 1"])
def test_what_is_no_python_ends_in_an_error_and_hides_no_name(written: str) -> None:
    assert out(CodeCell("def f(x): return 2 * x", "f"), CodeCell(FIGURE), CodeCell(written), TEST) == {1}
