"""Runs Python code as an ordinary user, or as root beside an environment that others can read, for tests that run as
root."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.sandbox import linux

NOBODY = 65534


def run_as_ordinary_user(code: str, timeout: float = 600.0) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new interpreter with uid 65534, whose environment is readable to it."""
    if os.geteuid() != 0:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout, check=False
        )
    return run_with_open_environment(code, timeout, NOBODY)


def run_with_open_environment(
    code: str, timeout: float = 600.0, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    """As root: run `code` where others can read the Python environment, as root or as another user."""
    aside = tempfile.mkdtemp()

    def prepare() -> None:
        linux.unshare(linux.CLONE_NEWNS)
        linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
        open_path(sys.base_prefix, aside)
        if user is not None:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)

    try:
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
                "HOME": "/nonexistent",
            },
            preexec_fn=prepare,
        )
    finally:
        os.rmdir(aside)


def open_path(path: str, *asides: str, more: tuple[str, ...] = ()) -> None:
    """Where a folder above `path`, or above one of `more`, is closed to others (root's home), show the same path through
    an open one. asides: an empty folder for each path."""
    closed: dict[str, tuple[str, str]] = {}
    for one, aside in zip((path, *more), asides, strict=True):
        folder = next((str(p) for p in reversed(Path(one).parents) if not p.stat().st_mode & 0o005), None)
        if folder is not None:
            linux.mount(one, aside, "", linux.MS_BIND | linux.MS_REC)
            closed[one] = (aside, folder)
    for folder in {folder for _, folder in closed.values()}:
        linux.mount("tmpfs", folder, "tmpfs", 0, "mode=755")
    for one, (aside, _) in closed.items():
        os.makedirs(one)
        linux.mount(aside, one, "", linux.MS_BIND | linux.MS_REC)
