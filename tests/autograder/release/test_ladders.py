"""Ladders of hints: what authors write, what students get of it, and what the build refuses."""

import ast
import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from small_course import LADDER as CELL

from autograder.audit.trials import Trial, run_here
from autograder.course.bank import read_bank
from autograder.course.ladders import WRONG, LadderCell
from autograder.course.markup import BuildError
from autograder.course.paths import Course
from autograder.course.percent import ladders, source_notebook
from autograder.course.plan import Plan
from autograder.release.build import build
from autograder.release.proofs import bad_ladders, run
from nbcore.check import HINT_MIME

COURSE = Course.find(Path(__file__))
NAME = "01_small"
LADDER = "\n".join(line[2:] for line in CELL.strip().split("\n")[1:])
SECOND, THIRD = re.split(r"\n\n\d\. ", LADDER)[1:3]


def cell(text: str, exercise: str = "double") -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata={"ladder": exercise})


def with_ladder(course: Course, text: str) -> Course:
    """Writes this ladder behind the solution of the small course."""
    lines = "\n".join(f"# {line}".rstrip() for line in text.splitlines())
    path = course.percent(NAME)
    first, head, rest = path.read_text().partition('# %% [markdown] ladder="double"\n')
    path.write_text(f"{first}{head}{lines}\n\n{rest[rest.index('# %%') :]}")
    return course


def test_the_lines_come_in_another_order_and_without_the_mark() -> None:
    ladder = LadderCell.of(cell(LADDER))
    assert ladder.exercise == "double"
    assert ladder.rungs[:3] == ["Where does it grow?", SECOND, THIRD]
    words, puzzle, code = ladder.rungs[3].split("\n\n")
    assert words == "Mind the name:"
    assert "one of them is wrong" in puzzle
    shown = [line[3:] for line in code.split("\n")[1:-1]]
    right = ["def double(x):", "    y = 2 * x", "    return y"]
    assert sorted(shown) == sorted([*right, "    y = x**2"])
    assert [line for line in shown if line in right] != right
    assert LadderCell.of(cell(LADDER)) == ladder


@pytest.mark.parametrize("exercise", [f"exercise-{n}" for n in range(20)])
def test_two_lines_are_never_in_right_order(exercise: str) -> None:
    last = LadderCell.of(
        cell("1. a\n\n2. b\n\n3. c\n\n4.\n\n    x = 1\n    x += 1\n    x = 3  # wrong", exercise)
    ).rungs[3]
    assert last.index("x += 1") < last.index("x = 1")


@pytest.mark.parametrize("exercise", [f"exercise-{n}" for n in range(20)])
def test_no_other_order_with_the_same_meaning_is_shown(exercise: str) -> None:
    lines = "    a = x + 1\n    b = x - 1\n    return a * b\n    return a  # wrong"
    last = LadderCell.of(cell(f"1. a\n\n2. b\n\n3. c\n\n4.\n\n{lines}", exercise)).rungs[3]
    assert last.index("return a * b") < max(last.index("a = x + 1"), last.index("b = x - 1"))


def test_lines_without_a_wrong_order_are_refused() -> None:
    with pytest.raises(BuildError, match="every order of its lines is right"):
        LadderCell.of(cell("1. a\n\n2. b\n\n3. c\n\n4.\n\n    x = 1\n    y = 2\n    y = 3  # wrong"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3. ", "5. "),
        ("2. ", "- "),
        ("Where does it grow?", ""),
        ("  # wrong", ""),
        ("return y", "return y  # wrong"),
        ("        return y", ""),
    ],
)
def test_a_ladder_of_another_form_is_refused(old: str, new: str) -> None:
    assert old in LADDER
    with pytest.raises(BuildError, match="with the ladder of double: needs"):
        LadderCell.of(cell(LADDER.replace("    def double(x):\n", "").replace(old, new)))


def test_students_get_a_notebook_without_the_ladder(small_course: Course) -> None:
    assert build(small_course, NAME, prove=False).problems == []
    for path in (small_course.source_notebook(NAME), small_course.release_notebook(NAME)):
        assert "def double" in path.read_text()
        assert "Where does it grow?" not in path.read_text()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Both ways", "result = 2 * x", "hint 2 holds a line of the solution: 'result = 2 * x'"),
        (SECOND, "Add it to itself.", "hint 2 has 4 words, where 30 to 120 are wanted"),
        (THIRD, f"{THIRD} " * 5, "hint 3 has 180 words, where 30 to 120 are wanted"),
        (THIRD, SECOND, "hint 3 repeats too many words of the one before: added, anything, arrays"),
    ],
)
def test_a_ladder_that_says_too_much_or_too_little_is_found(
    small_course: Course, old: str, new: str, problem: str
) -> None:
    assert old in LADDER
    report = build(with_ladder(small_course, LADDER.replace(old, new)), NAME, prove=False)
    assert f"exercise double: {problem}" in "\n".join(report.problems)


def test_a_whole_solution_in_order_is_found(small_course: Course) -> None:
    source = source_notebook(small_course, NAME)
    ladder = LadderCell.of(cell(LADDER))
    lines = "1  result = 2 * x\n2  other\n3  return result\n4  return scale * double(x)"
    whole = LadderCell("double", [*ladder.rungs[:3], lines])
    assert bad_ladders(source, [whole]) == ["exercise double: the last hint holds the whole solution in order"]
    assert bad_ladders(source, [ladder]) == []


def test_each_exercise_with_tests_has_one_ladder(small_course: Course) -> None:
    source, one = source_notebook(small_course, NAME), LadderCell.of(cell(LADDER))
    other = LadderCell("explain-double", one.rungs)
    assert bad_ladders(source, [one, one]) == ["exercise double: 2 ladders of hints"]
    assert bad_ladders(source, [other]) == [
        "exercise double: 0 ladders of hints",
        "a ladder of hints for explain-double, which has no tests",
    ]


def test_the_table_of_the_students_holds_the_ladders() -> None:
    for name in COURSE.assignments():
        kept = json.loads(COURSE.hints(name).read_text()).get("ladders", {})
        assert kept == {ladder.exercise: ladder.rungs for ladder in ladders(COURSE, name)}


def with_lines(solution: str, lines: Sequence[str]) -> str:
    """The code of a solution with these lines as the bodies of its functions, or of the only one."""
    tree, whole = ast.parse(solution), lines[0].startswith("def ")
    given = ast.parse("\n".join(lines if whole else ["def _():", *(f"    {line}" for line in lines)]))
    bodies = {node.name: node.body for node in given.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree) if whole else tree.body:
        if isinstance(node, ast.FunctionDef) and (not whole or node.name in bodies):
            node.body = bodies[node.name if whole else "_"]
    return ast.unparse(tree)


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignments())
def test_the_lines_of_the_last_hints_are_right_without_the_wrong_one(name: str) -> None:
    plan = Plan.of(source_notebook(COURSE, name).cells)
    trials = []
    for ladder in ladders(COURSE, name):
        tests, solution = plan.with_needed(plan.tests_of(ladder.exercise)), plan.solutions[ladder.exercise]
        (at,) = (n for n, line in enumerate(ladder.lines) if line.endswith(WRONG))
        right = [*ladder.lines[:at], *ladder.lines[at + 1 :]]
        for key, lines in (("right", right), ("wrong", [*right[: at - 1], ladder.lines[at], *right[at:]])):
            trials.append(Trial(f"{ladder.exercise} {key}", {ladder.exercise: with_lines(solution, lines)}, tests))
    passed = {trial.key: all(result.passed for result in results) for trial, results in run_here(plan, trials, jobs=1)}
    assert {key for key, all_passed in passed.items() if all_passed} == {
        f"{ladder.exercise} right" for ladder in ladders(COURSE, name)
    }


@pytest.mark.slow
def test_a_notebook_shows_hints_as_markdown_and_keeps_how_far_it_went() -> None:
    notebook = nbformat.read(COURSE.release_notebook("01_activations"), as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    wrong = "def relu(z):\n    return np.abs(z)\n\n\ndef relu_prime(z):\n    return z"
    ask = nbformat.v4.new_code_cell('check.hint("relu")')
    solution = nbformat.v4.new_code_cell(wrong)
    asked = run(nbformat.v4.new_notebook(cells=[cells["imports"], solution, cells["test-relu-value"], ask]))
    failed, shown = asked.cells[2].outputs, asked.cells[3].outputs
    assert failed[-1].traceback[-1] == 'check.hint("relu") gives the next hint.'
    (output,) = shown
    text = output.data["text/markdown"]
    hint = read_bank(COURSE, "01_activations").find("relu", "absolute value").hint
    assert text.startswith(f"**Hint 1 of 4, relu.**\n\n{hint}\n\n")
    assert output.data["text/plain"] == text.replace("**", "")
    assert output.data[HINT_MIME]["exercise"] == "relu"
    assert output.data[HINT_MIME]["rung"] == 1


def test_the_order_of_the_right_lines_comes_packed() -> None:
    ladder = LadderCell.of(cell(LADDER))
    shown = [line[3:] for line in ladder.rungs[3].split("```text\n")[1].split("\n")[:-1]]
    assert [shown[number - 1] for number in ladder.order] == ["def double(x):", "    y = 2 * x", "    return y"]
    assert base64.b64decode(ladder.packed_order) == " ".join(map(str, ladder.order)).encode()


def test_a_wrong_line_with_the_text_of_a_right_one_takes_the_number_that_is_left() -> None:
    text = "1. a\n\n2. b\n\n3. c\n\n4.\n\n    x = 1\n    x += 1\n    x = 1  # wrong"
    ladder = LadderCell.of(cell(text))
    assert len({*ladder.order}) == len(ladder.order) == 2
