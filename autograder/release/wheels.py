"""The two packages of this project as files that pip installs, for machines that have no clone."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ..course.paths import CourseError


def build_wheel(project: Path, into: Path) -> Path:
    """The wheel of the package whose pyproject.toml lies in the folder `project`, written to the folder `into`.

    Raises CourseError where there is no such file, or where it cannot be built.
    """
    if not (project / "pyproject.toml").is_file():
        raise CourseError(f"{project} holds no pyproject.toml: a wheel is made in a clone of the project")
    into.mkdir(parents=True, exist_ok=True)
    # A folder of its own: what else lies in `into` may have any name.
    with tempfile.TemporaryDirectory(dir=into) as fresh:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", fresh]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, errors="replace", check=False)
        made = list(Path(fresh).glob("*.whl"))
        if done.returncode or len(made) != 1:
            said = (done.stderr or done.stdout).strip().splitlines() or ["hatchling said nothing"]
            raise CourseError(f"no wheel of {project} could be built: {said[-1]}")
        wheel = into / made[0].name
        os.replace(made[0], wheel)
    return wheel
