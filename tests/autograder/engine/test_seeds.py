"""What hidden tests draw belongs to the submission: a table of what an earlier hand-in was given is of no use."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.course.markup import HIDDEN_TESTS, grade_id, inside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job, NotebookRecord
from autograder.examiner.examine import _student_error
from nbcore import check

COURSE = Course(Path(__file__).parents[3])
TEST = """### BEGIN HIDDEN TESTS
from nbcore import check
z = check.rng(7).normal(size=3)
check.value(f, z, expected=2 * z)
### END HIDDEN TESTS"""
SHOWS = "def f(z):\n    seen.append(z.tolist())\n    return 2 * z\nseen = []"


def run(grader: Grader, source: str, more: str = "", files: Path | None = None) -> NotebookRecord:
    cells = (CellJob(0, source, "f"), CellJob(1, TEST, "t", 2.0, True), CellJob(2, f"print(seen){more}"))
    return grader.grade(Job(cells, files=str(files) if files else None))


def seen(record: NotebookRecord) -> str:
    return str(record.cells[-1].outputs[0]["text"])


# Cells of the course whose hidden lines make a generator that is not of the submission, and why.
FIXED = {
    "test-gain-value": "the seed is drawn from check.rng",
    "test-train-classifier-value": "an accuracy that only some draws meet",
}


@pytest.mark.parametrize("name", COURSE.assignments())
def test_generators_of_the_course_belong_to_the_submission(name: str) -> None:
    made = re.compile(r"default_rng\(|RandomState\(|random\.seed\(|\brng=\d")
    cells = source_notebook(COURSE, name).cells
    found = {
        grade_id(cell): [line for line in inside(cell.source, HIDDEN_TESTS) if made.search(line)] for cell in cells
    }
    assert {cell: lines for cell, lines in found.items() if lines and cell not in FIXED} == {}


def test_without_a_grader_the_number_alone_decides() -> None:
    first, again, other = (check.rng(number).normal() for number in (7, 7, 8))
    assert first == again != other
    with check.seeded(3):
        assert check.rng(7).normal() != first
    assert check.rng(7).normal() == first


def test_the_same_submission_is_given_the_same_numbers_and_another_one_others(grader: Grader) -> None:
    first, again, other = run(grader, SHOWS), run(grader, SHOWS), run(grader, SHOWS, "  # handed in anew")
    assert [mark.score for record in (first, again, other) for mark in record.marks] == [2.0] * 3
    assert seen(first) == seen(again)
    assert seen(first) != seen(other)
    assert first.seed == again.seed != other.seed
    assert seen(first) != f"{[check.rng(7).normal(size=3).tolist()]}\n"


def test_a_table_of_the_hand_in_before_earns_nothing(grader: Grader) -> None:
    table = seen(run(grader, SHOWS)).strip()
    copied = f"def f(z):\n    return 2 * np.array(min({table}, key=lambda row: abs(row - z).sum()))\nimport numpy as np\nseen = []"
    assert [mark.score for mark in run(grader, copied).marks] == [0.0]


def as_a_file(folder: Path, name: str, table: str) -> None:
    (folder / name).write_text(table)


def as_a_folder(folder: Path, name: str, table: str) -> None:
    (folder / name / table).mkdir(parents=True)


@pytest.mark.parametrize("put", [as_a_file, as_a_folder])
def test_a_table_in_files_beside_the_notebook_earns_nothing(
    grader: Grader, tmp_path: Path, put: Callable[[Path, str, str], None]
) -> None:
    reads = """import json, os
beside = [name for name in os.listdir(".") if name.startswith("table")]
rows = []
for name in beside:
    rows = json.loads(open(name).read() if os.path.isfile(name) else os.listdir(name)[0])
seen = []
def f(z):
    seen.append(z.tolist())
    return [2 * a for row in rows for a in row if abs(row[0] - z[0]) < 1e-6]
"""
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    first, again = run(grader, reads, files=empty), run(grader, reads, files=Path(shutil.copytree(empty, full)))
    assert first.seed == again.seed
    put(full, "table", seen(first).strip())
    second = run(grader, reads, files=full)
    assert [mark.score for record in (first, second) for mark in record.marks] == [0.0, 0.0]
    assert second.seed == run(grader, reads, files=full).seed != first.seed


def test_the_text_of_an_exception_carries_no_number_out(grader: Grader) -> None:
    record = run(grader, "def f(z):\n    raise ValueError(f'{z} {z[0]:e} {z.tolist()} of shape {z.shape}')\nseen = []")
    verdict = record.marks[0].verdict
    assert verdict is not None
    text = "\n".join(verdict.lines())
    assert "ValueError: [# # #] # [#, #, #] of shape (3,)" in text
    assert "# stands for a number" in text


def told(run: str) -> str:
    """What an error tells in words, as Python and NumPy say it."""
    with pytest.raises(Exception, match=r"\w") as caught:
        exec(run, {"np": np, "f": lambda a, b: a})
    return f"{caught.type.__name__}: {caught.value}"


@pytest.mark.parametrize(
    "run",
    [
        "f()",
        "f(1, 2, 3)",
        "a, b = 1, 2, 3",
        "a, b, c = 1, 2",
        "{}['W3']",
        "np.ones((200, 10)) + np.ones((10, 200))",
        "np.ones((2, 3)) @ np.ones((4, 3))",
        "np.ones((3, 4, 5)) @ np.ones((2, 5, 6))",
        "np.dot(np.ones(3), np.ones(4))",
        "np.ones(3)[3]",
        "np.ones(3)[1, 2]",
        "np.ones(3)[np.array([True, False])]",
        "np.ones((2, 3)).sum(axis=2)",
        "np.arange(6).reshape(2, 2)",
        "np.zeros(3)[:] = np.ones(4)",
        "np.concatenate([np.ones((2, 3)), np.ones((2, 4))])",
        "np.concatenate([np.ones((2, 3)), np.ones(4)])",
        "np.array([[1, 2], [3]])",
        "np.broadcast_to(np.ones(3), (2, 4))",
        "np.einsum('ij,jk', np.ones((2, 3)), np.ones((4, 3)))",
        "np.ones(3).item()",
        "int('a')",
    ],
)
def test_the_shapes_and_counts_of_an_error_are_told(run: str) -> None:
    assert _student_error(with_text(told(run))) == told(run)


@pytest.mark.parametrize(
    "text", ["[0 2 1]", "(0.5, -2)", "label 3", "is 0.5", "got -3", "12345", "1e-05", "[1+2j]", "3 4 5"]
)
def test_no_other_number_is_told(text: str) -> None:
    shown = _student_error(with_text(f"ValueError: {text}")).partition("\n")[0]
    assert "#" in shown
    assert not any(letter.isdigit() for letter in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("E_0p8865099103273867: no", "E_0p#: no"),
        ("KeyError: 'W0.0584'", "KeyError: 'W#'"),
        ("ValueError: x1e-05, y2.5e+16px", "ValueError: x#, y#px"),
        ("KeyError: 'W10'", "KeyError: 'W10'"),
        ("Layer2Error: float64, ascii, W1 and b1", "Layer2Error: float64, ascii, W1 and b1"),
    ],
)
def test_digits_in_words_are_told_where_they_are_names(text: str, shown: str) -> None:
    assert _student_error(with_text(text)).partition("\n")[0] == shown


def with_text(text: str) -> Exception:
    """An exception of the student's, as the examiner raises it anew."""
    error = ValueError()
    error.student_error = text  # type: ignore[attr-defined]
    return error
