"""Folders for temporary files that do not outlive their owner, however it ends.

Who makes a folder holds a lock in it. The template removes its folder when the grader is gone; where both were killed,
the next grader finds a folder whose lock nobody holds, and removes it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "autograder-"
_LOCK: Final = "lock"


def make() -> tuple[str, int]:
    """A new folder, and the descriptor that holds its lock; close it after `remove`."""
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    # Held before it can be seen under its name.
    early = os.path.join(folder, "early")
    lock = os.open(early, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.rename(early, os.path.join(folder, _LOCK))
    return folder, lock


def remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for as long as the block takes."""
    made, lock = make()
    try:
        yield Path(made)
    finally:
        remove(made)
        os.close(lock)


def sweep() -> list[str]:
    """Remove the folders of graders that are gone, and return their names. Those of other users are left alone."""
    removed = []
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.is_symlink() or path.lstat().st_uid != os.geteuid():
                continue
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(str(path))
                removed.append(path.name)
            finally:
                os.close(lock)
    return removed
