"""Hostile notebooks earn nothing, harm nobody, and end in time with a record."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grade.notebook import CellJob, Job
from autograder.grade.supervisor import Run, Supervisor
from autograder.limits import MIB, Limits

from .attacks import ATTACKS, SLOW

LIMITS = Limits(memory=600 * MIB, cpu=4.0, wall=15.0, cell=1.5, call=1.0, grace=0.3, processes=20)
HONEST = "import numpy as np\ndef f(x):\n    return np.asarray(x, float) ** 2"
STUB = "def f(x):\n    raise NotImplementedError"

TESTS = (
    CellJob(
        1,
        "assert callable(f)\n### BEGIN HIDDEN TESTS\n_secret = 5\n_expected = 25\nassert f(_secret) == _expected\n"
        "assert all(map(lambda n: f(n) == n * n, range(3, 6)))\n### END HIDDEN TESTS",
        "t1",
        5.0,
        True,
    ),
    CellJob(
        2,
        "def close(a, b):\n    return bool(abs(a - b) < 1e-9)\n### BEGIN HIDDEN TESTS\nimport numpy as np\n"
        "_secret = np.random.default_rng().normal(size=3)\nnp.testing.assert_allclose(f(_secret), _secret ** 2)\n"
        "assert close(f(3.5), 12.25)\n### END HIDDEN TESTS",
        "t2",
        3.0,
        True,
    ),
    CellJob(
        3,
        "### BEGIN HIDDEN TESTS\nfrom nbcore import check\nimport numpy as np\n"
        "check.value(f, np.array([2.0, 3.0]), expected=np.array([4.0, 9.0]))\n2.0\n### END HIDDEN TESTS",
        "t3",
        2.0,
        True,
    ),
)


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    running = Supervisor()
    if running.isolation == "none":
        pytest.skip("no isolation here: hostile code is not run")
    yield running
    running.close()


def run(supervisor: Supervisor, solution: str, folder: Path) -> tuple[float, Run]:
    result = supervisor.run(Job((CellJob(0, solution, "f"), *TESTS), (STUB,)), LIMITS, str(folder))
    return sum(outcome.mark.score or 0.0 for outcome in result.outcomes if outcome.mark), result


def harmless(folder: Path) -> bool:
    names = [path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline")]
    return (
        not Path("/tmp/pwned").exists() and os.listdir(folder) == ["data.txt"] and not any("pwned" in n for n in names)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("1\n")
    return tmp_path


def test_honest_work_gets_all_and_the_stub_nothing(supervisor: Supervisor, folder: Path) -> None:
    assert run(supervisor, HONEST, folder)[0] == 10.0
    assert run(supervisor, STUB, folder)[0] == 0.0


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing(supervisor: Supervisor, folder: Path, name: str) -> None:
    score, result = run(supervisor, ATTACKS[name], folder)
    assert score == 0.0
    assert len(result.outcomes) == 4
    assert result.ended.wall < 12.0
    assert harmless(folder)


@pytest.mark.parametrize("name", SLOW)
def test_exhaustion_ends_in_time_and_is_recorded(supervisor: Supervisor, folder: Path, name: str) -> None:
    score, result = run(supervisor, SLOW[name], folder)
    assert score == 0.0
    assert result.limits_hit
    assert result.ended.wall < 18.0
    assert harmless(folder)


def test_the_others_of_the_batch_lose_nothing(supervisor: Supervisor, folder: Path) -> None:
    assert run(supervisor, HONEST, folder)[0] == 10.0
