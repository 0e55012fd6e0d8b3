"""Where a course lies on GitHub, if its `pyproject.toml` says so, and what follows from that: links to servers, and the
lines of a notebook that install `nbcore` on a server that has none."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")


class Address(NamedTuple):
    """A repository of GitHub's."""

    owner: str
    project: str

    @property
    def package(self) -> str:
        """What pip takes for the students' package."""
        return f"nbcore @ git+https://github.com/{self.owner}/{self.project}#subdirectory=nbcore"

    @property
    def install(self) -> str:
        """Lines for the beginning of a notebook. Where `nbcore` is there, they do nothing."""
        return (
            "try:\n"
            "    import nbcore\n"
            "except ModuleNotFoundError:  # on a server such as Colab\n"
            "    import subprocess, sys\n"
            f'    nbcore = "{self.package}"\n'
            '    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", nbcore], check=True)\n'
        )


def address(root: Path) -> Address | None:
    """That of [project.urls], Repository; None where nothing is written there, or another server."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        found = _GITHUB.fullmatch(project["urls"]["Repository"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Address(*found.groups()) if found else None
