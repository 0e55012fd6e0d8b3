"""The tutorial for authors does what it says, line by line."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FENCED = re.compile(r"```(diff|text)\n(.*?)```|^    (\S[^\n]*)$", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_the_tutorial_for_authors_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial_author.md").read_text(encoding="utf-8")
    clone = tmp_path / "clone"
    ours = shutil.ignore_patterns(".*", "build", "__pycache__", "submitted", "autograded", "feedback", "node_modules")
    shutil.copytree(ROOT, clone, ignore=ours)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(clone),  # in place of the package that is installed
    }
    said: list[subprocess.CompletedProcess[str]] = []
    shown = 0
    for kind, text, command in FENCED.findall(page):
        if kind == "diff":
            subprocess.run(["git", "apply", "-"], cwd=clone, input=text, text=True, check=True, timeout=60)
        elif kind == "text":
            expected = text.strip()
            lines = (said[-1].stdout + said[-1].stderr).splitlines()
            assert any(line.startswith(expected) for line in lines), "\n".join(lines)
            shown += 1
        elif command.startswith("autograder"):
            said.append(
                subprocess.run(
                    command.split(),
                    cwd=clone,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=900,
                )
            )
        else:
            assert command in ("make setup", "source .venv/bin/activate")  # this is the environment
    assert [done.returncode for done in said] == [1, 0]
    assert shown == 2
