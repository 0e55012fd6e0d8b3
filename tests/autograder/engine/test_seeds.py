"""What hidden tests draw belongs to the submission: a table of what an earlier hand-in was given is of no use."""

from autograder.engine.grader import Grader
from autograder.engine.record import CellJob, Job, NotebookRecord
from nbcore import check

TEST = """### BEGIN HIDDEN TESTS
from nbcore import check
z = check.rng(7).normal(size=3)
check.value(f, z, expected=2 * z)
### END HIDDEN TESTS"""
SHOWS = "def f(z):\n    seen.append(z.tolist())\n    return 2 * z\nseen = []"


def run(grader: Grader, source: str, more: str = "") -> NotebookRecord:
    cells = (CellJob(0, source, "f"), CellJob(1, TEST, "t", 2.0, True), CellJob(2, f"print(seen){more}"))
    return grader.grade(Job(cells))


def seen(record: NotebookRecord) -> str:
    return str(record.cells[-1].outputs[0]["text"])


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


def test_the_text_of_an_exception_carries_no_number_out(grader: Grader) -> None:
    record = run(grader, "def f(z):\n    raise ValueError(f'{z} {z[0]:e} {z.tolist()} of shape {z.shape}')\nseen = []")
    verdict = record.marks[0].verdict
    assert verdict is not None
    text = "\n".join(verdict.lines())
    assert "ValueError: [# # #] # [#, #, #] of shape (3,)" in text
    assert "# stands for a number" in text
