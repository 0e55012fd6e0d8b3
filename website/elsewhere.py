"""Links that open a notebook on other people's servers, where the project says where its repository is."""

import re
import tomllib
from pathlib import Path

GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")


def repository(root: Path) -> str:
    """The address under [project.urls] in pyproject.toml, "" where there is none."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project.get("urls", {}).get("Repository", ""))


def elsewhere(address: str, name: str) -> str:
    """Markdown with links to a notebook in Binder and Colab; "" unless the repository is one of GitHub's."""
    found = GITHUB.fullmatch(address)
    if found is None:
        return ""
    owner, project = found.groups()
    file = f"notebooks/{name}/{name}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{owner}/{project}/HEAD?labpath={file.replace('/', '%2F')}"
    colab = f"https://colab.research.google.com/github/{owner}/{project}/blob/main/{file}"
    package = f"git+https://github.com/{owner}/{project}#subdirectory=nbcore"
    return (
        f"On other servers: [Binder]({binder}), or [Colab]({colab}), where a cell with\n"
        f'`%pip install "nbcore @ {package}"` has to be run first.\n'
    )
