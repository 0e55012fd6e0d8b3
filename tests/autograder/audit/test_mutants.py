"""Mechanical mutants differ from the solution in one place each."""

import ast
from pathlib import Path

import pytest

from autograder.audit.mutants import Equivalent, mutants, read_equivalents
from autograder.course.paths import CourseError

SOLUTION = '''
def relu_prime(z, alpha=0.0):
    """The slope of ReLU."""
    z = np.asarray(z, dtype=float)
    out = np.where(z > 0, 1.0, alpha)
    if z.ndim == 0:
        return -out
    out *= 2
    return out.sum(axis=-1, keepdims=True)
'''


def changed_lines() -> list[str]:
    return [mutant.now for mutant in mutants("relu", SOLUTION)]


@pytest.mark.parametrize(
    "line",
    [
        "out = np.where(z >= 0, 1.0, alpha)",
        "out = np.where(z <= 0, 1.0, alpha)",
        "out = np.where(z > 1, 1.0, alpha)",
        "out = np.where(z > 0, 2.0, alpha)",
        "out = np.where(z > 0, alpha, 1.0)",
        "if z.ndim != 0:",
        "if not z.ndim == 0:",
        "return +out",
        "out /= 2",
        "out *= 3",
        "return out.sum(axis=-2, keepdims=True)",
        "return out.sum(axis=-1, keepdims=False)",
        "return out.sum(keepdims=True)",
        "return out.sum(axis=-1)",
        "return out.mean(axis=-1, keepdims=True)",
        "pass",
    ],
)
def test_the_usual_slips_are_among_the_mutants(line: str) -> None:
    assert line in changed_lines()


def test_every_mutant_is_valid_python_and_none_is_the_solution_or_another() -> None:
    made = mutants("relu", SOLUTION)
    codes = [mutant.code for mutant in made]
    assert len(set(codes)) == len(codes) > 15
    assert ast.unparse(ast.parse(SOLUTION)) not in codes
    for code in codes:
        ast.parse(code)
    assert [mutant.number for mutant in made] == list(range(1, len(made) + 1))


def test_docstrings_and_the_dtype_are_left_alone() -> None:
    assert all('"""The slope of ReLU."""' in mutant.code for mutant in mutants("relu", SOLUTION))
    assert "z = np.asarray(z)" not in changed_lines()


def test_equivalent_mutants_are_named_by_their_lines(tmp_path) -> None:
    path = tmp_path / "equivalent.toml"
    assert read_equivalents(path) == []
    path.write_text(
        '[[mutant]]\nexercise = "relu"\nwas = "return -out"\nnow = "return +out"\nreason = "out is 0 there"\n'
    )
    (equivalent,) = read_equivalents(path)
    covered = [mutant for mutant in mutants("relu", SOLUTION) if equivalent.covers(mutant)]
    assert [mutant.was for mutant in covered] == ["return -out"]
    assert not Equivalent("tanh", "return -out", "return +out", "").covers(covered[0])


@pytest.mark.parametrize(
    "text", ["[[mutant]\n", "[[mutants]]\n", '[[mutant]]\nexercise = "double"\n', "[mutant]\nreason = 3\n"]
)
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "solutions" / "misconceptions" / "01_small.equivalent.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(CourseError, match=r"^solutions/misconceptions/01_small\.equivalent\.toml: "):
        read_equivalents(path)
