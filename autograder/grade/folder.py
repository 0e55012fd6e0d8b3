"""Takes out of a submission what would hurt when nbgrader copies it or reads its date.

nbgrader follows links when it copies: one to the password file or to a fellow student's notebook would be copied into
the graded folder and on into the feedback, and one to /dev/zero would never end. A date that cannot be read ends the
whole run. nbgrader calls `remove_links` as its hook before each submission.
"""

import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any, Final

from nbgrader.utils import parse_utc

from ..course.paths import RECORD_SUFFIX

removed: Final[dict[str, list[str]]] = {}  # folder of a submission -> what was taken out of it, for its records

_LINK: Final = "was a link or a special file and was taken out"
# nbgrader would look up a time zone of any other name among the files of this machine.
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?( ?([A-Z]{1,5}|[+-]\d\d:?\d\d))?")
_LONGEST_DATE: Final = 64


def remove_links(assignment: str, student: str, notebooks: list[str], **_: Any) -> None:
    for folder in {os.path.dirname(os.path.abspath(name)) for name in notebooks}:
        removed[folder] = clean(Path(folder))


def clean(folder: Path) -> list[str]:
    """What was taken out, a sentence each, with names relative to `folder`.

    That is all that is neither a plain file nor a folder, folders whose names nbgrader writes files under, and a date
    that is none. A notebook that is a link or a folder becomes an empty file, which the repair of damaged notebooks
    takes from there.
    """
    found = []
    for place, folders, files in os.walk(folder, followlinks=False):
        for name in [*folders, *files]:
            path = Path(place) / name
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                found.append(f"{path.relative_to(folder)} {_LINK}")
                path.unlink()
            elif stat.S_ISDIR(mode) and name.endswith((".ipynb", RECORD_SUFFIX)):
                found.append(f"{path.relative_to(folder)} was a folder and was taken out")
                folders.remove(name)
                shutil.rmtree(path)
            else:
                continue
            if name.endswith(".ipynb"):
                path.touch()
    return sorted([*found, *_bad_date(folder / "timestamp.txt")])


def _bad_date(path: Path) -> list[str]:
    if not path.exists():
        return []
    if path.is_dir():
        shutil.rmtree(path)
        return ["timestamp.txt was a folder and was taken out"]
    with open(path, "rb") as file:
        text = file.read(_LONGEST_DATE + 1).decode("utf-8", "replace").strip()
    # An empty file is no date either, but nbgrader says so and goes on.
    if not text or (len(text) <= _LONGEST_DATE and _DATE.fullmatch(text) and _in_calendar(text)):
        return []
    path.unlink()
    return ["timestamp.txt held no date and was taken out"]


def _in_calendar(text: str) -> bool:
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return False
    return True
