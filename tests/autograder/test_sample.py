"""The made-up class: submissions are made from the solution and the bank, and marks that differ are seen."""

from pathlib import Path

import nbformat
import pytest

from autograder.course.bank import Bank, read_bank, substitute
from autograder.course.contract import Contract, read_contract
from autograder.course.markup import grade_id
from autograder.course.paths import Course, CourseError
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.sample.demo import MARKER, Outcome, _scratch_course, run_demo, verdict
from autograder.sample.students import Student, sample_class

COURSE = Course(Path(__file__).parents[2])
NAME = "01_activations"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return read_bank(COURSE, NAME)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_contract(COURSE, NAME)


@pytest.fixture(scope="module")
def students(bank: Bank) -> dict[str, Student]:
    return {student.name: student for student in sample_class(bank)}


def submission(student: Student, bank: Bank) -> nbformat.NotebookNode:
    released = nbformat.read(COURSE.release_notebook(NAME), as_version=4)
    return student.submission(released, source_notebook(COURSE, NAME), bank)


def test_there_are_twelve_students_of_the_kinds_asked_for(students: dict[str, Student]) -> None:
    assert len(students) == 12
    assert sum(not student.started for student in students.values()) == 1
    assert sum(student.damage is not None for student in students.values()) == 2
    assert sum(bool(student.code) for student in students.values()) == 2
    assert sum(1 <= len(s.variants) <= 2 for s in students.values()) == 5


def test_every_submission_is_a_valid_notebook_without_a_solution_marker(
    students: dict[str, Student], bank: Bank
) -> None:
    for student in students.values():
        notebook = submission(student, bank)
        nbformat.validate(notebook)
        text = nbformat.writes(notebook)
        assert "BEGIN SOLUTION" not in text
        assert "BEGIN HIDDEN" not in text
        assert ("not written yet" in text) == (not student.started), student.name


def test_expected_marks_follow_from_the_aspects_that_a_mistake_breaks(
    students: dict[str, Student], bank: Bank, contract: Contract
) -> None:
    full = contract.test_points
    assert students["ada"].expected(contract, bank) == full
    assert sum(students["hedy"].expected(contract, bank).values()) == 0
    lost = {cell for cell, points in students["emmy"].expected(contract, bank).items() if points < full[cell]}
    assert lost == {"test-relu-purity", "test-relu-gradient"}
    lost = {cell for cell, points in students["ivan"].expected(contract, bank).items() if points == 0}
    assert lost == {"test-tanh-value", "test-tanh-gradient"}


def test_damage_is_done(students: dict[str, Student], bank: Bank) -> None:
    kofi = [grade_id(cell) for cell in submission(students["kofi"], bank).cells]
    assert "test-relu-value" not in kofi
    lin = [grade_id(cell) for cell in submission(students["lin"], bank).cells]
    assert lin.count("test-softmax-value") == 2


def test_a_variant_replaces_its_own_definitions_and_keeps_the_rest(bank: Bank) -> None:
    solution = Plan.of(source_notebook(COURSE, NAME).cells).solutions["relu"]
    code = substitute(solution, bank.find("relu", "slope 1 at zero").code)
    names: dict = {}
    exec("import numpy as np\n" + code, names)
    assert names["relu_prime"](0.0) == 1.0
    assert names["relu"](-3.0) == 0.0


def test_helpers_of_a_variant_come_with_it(bank: Bank) -> None:
    solution = Plan.of(source_notebook(COURSE, NAME).cells).solutions["sigmoid"]
    code = substitute(solution, bank.find("sigmoid", "one number at a time").code)
    names: dict = {}
    exec("import math\nimport numpy as np\n" + code, names)
    assert names["sigmoid"](0.0) == 0.5


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('mistake="x" exercise="double" breaks=["value"]', "a mistake needs a hint"),
        ('mistake="x" exercise="double"\n# h', "must name aspects"),
        ('mistake="x" exercise="double" breaks=["purity"]\n# h', "must name aspects"),
        ('mistake="x" exercise="triple" breaks=["value"]\n# h', "no such exercise"),
        ('exercise="double"', "needs an exercise and one name"),
        ('mistake="x" accepted="y" exercise="double"', "needs an exercise and one name"),
    ],
)
def test_a_bank_that_does_not_fit_the_contract_is_refused(small_course: Course, header: str, expected: str) -> None:
    small_course.mistakes("01_small").parent.mkdir()
    small_course.mistakes("01_small").write_text(f"# %% {header}\ndef double(x):\n    return x\n")
    with pytest.raises(CourseError, match=expected):
        read_bank(small_course, "01_small")


def test_a_variant_that_is_no_python_is_refused_with_its_line(small_course: Course) -> None:
    small_course.mistakes("01_small").parent.mkdir()
    cell = '# Mistakes.\n\n# %% mistake="x" exercise="double" breaks=["value"]\n# h\ndef double(x):\n    return (x\n'
    small_course.mistakes("01_small").write_text(cell)
    with pytest.raises(CourseError) as caught:
        read_bank(small_course, "01_small")
    assert str(caught.value) == "solutions/misconceptions/01_small.py:6, cell x of double: '(' was never closed"


def test_a_name_that_stands_twice_in_a_bank_is_refused(small_course: Course) -> None:
    cell = '# %% mistake="x" exercise="double" breaks=["value"]\n# h\ndef double(x):\n    return x\n'
    small_course.mistakes("01_small").parent.mkdir()
    small_course.mistakes("01_small").write_text(cell + "\n" + cell)
    with pytest.raises(CourseError, match="stand there twice"):
        read_bank(small_course, "01_small")


@pytest.mark.parametrize(
    ("got", "expected", "students", "status"),
    [
        ({"a": 2.0}, {"a": 2.0}, 1, 0),
        ({"a": 1.0}, {"a": 2.0}, 1, 1),
        ({"a": 2.0}, {"a": 1.0}, 1, 1),
        ({"a": None}, {"a": 0.0}, 1, 1),
        ({"a": 2.0}, {"a": 2.0}, 2, 1),
    ],
)
def test_the_demo_fails_unless_every_mark_is_the_expected_one(
    got: dict, expected: dict, students: int, status: int
) -> None:
    outcomes = [Outcome("ada", "all right", got, expected)]
    assert verdict(outcomes, students)[0] == status


def test_the_demo_clears_only_folders_that_it_made(small_course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.tex").write_text("precious")
    with pytest.raises(CourseError, match="was not made by the demo"):
        _scratch_course(small_course, "01_small", folder)
    assert (folder / "thesis.tex").exists()
    assert MARKER not in [path.name for path in folder.iterdir()]


def test_the_class_of_another_assignment_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="has handed in 01_activations alone"):
        run_demo(COURSE, "04_backprop", tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
