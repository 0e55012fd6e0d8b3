"""Takes links and special files out of a submission before nbgrader copies it.

nbgrader follows links when it copies: one to the password file or to a fellow student's notebook would be copied into
the graded folder and on into the feedback, and one to /dev/zero would never end. nbgrader calls `remove_links` as its
hook before each submission.
"""

import os
import stat
from pathlib import Path
from typing import Any, Final

removed: Final[dict[str, list[str]]] = {}  # folder of a submission -> what was taken out of it, for its records


def remove_links(assignment: str, student: str, notebooks: list[str], **_: Any) -> None:
    for folder in {os.path.dirname(os.path.abspath(name)) for name in notebooks}:
        removed[folder] = clean(Path(folder))


def clean(folder: Path) -> list[str]:
    """Names, relative to `folder`, of what is neither a plain file nor a folder. They are deleted.

    A notebook that is a link becomes an empty file, which the repair of damaged notebooks takes from there.
    """
    found = []
    for place, folders, files in os.walk(folder, followlinks=False):
        for name in [*folders, *files]:
            path = Path(place) / name
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                continue
            found.append(str(path.relative_to(folder)))
            path.unlink()
            if name.endswith(".ipynb"):
                path.touch()
    return sorted(found)
