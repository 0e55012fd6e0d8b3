"""A machine without a browser: the tests of this folder are skipped and say what to do, unless one must be there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def run_without_browser(**variables: str) -> subprocess.CompletedProcess:
    """pytest on one browser test, with no browser on the PATH."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CHROMIUM", "REQUIRE"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(TESTS / "test_student.py")],
        env={**kept, "PATH": str(TESTS), **variables}, cwd=TESTS,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "status", "outcome"), [({}, 0, "SKIPPED"), ({"REQUIRE_BROWSER": "1"}, 1, "ERROR")]
)
def test_a_missing_browser_is_a_skip_or_with_require_browser_a_failure(variables, status, outcome) -> None:
    done = run_without_browser(**variables)
    assert done.returncode == status, done.stdout
    assert outcome in done.stdout
    assert "apt-get install chromium" in done.stdout
