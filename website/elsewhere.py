"""Links that open a notebook on other people's servers, where the project says where its repository is."""

from pathlib import Path

from autograder.course.address import address


def elsewhere(root: Path, name: str) -> str:
    """Markdown with links to a notebook in Binder and Colab; "" unless the repository is one of GitHub's."""
    found = address(root)
    if found is None:
        return ""
    file = f"notebooks/{name}/{name}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{found.owner}/{found.project}/HEAD?labpath={file.replace('/', '%2F')}"
    colab = f"https://colab.research.google.com/github/{found.owner}/{found.project}/blob/main/{file}"
    return f"On other servers: [Binder]({binder}), or [Colab]({colab}).\n"
