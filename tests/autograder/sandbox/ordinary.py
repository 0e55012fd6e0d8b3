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
        _open_path(sys.base_prefix, aside)
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


def _open_path(path: str, aside: str) -> None:
    """Where a folder above `path` is closed to others (root's home), show the same path through an open one."""
    closed = next((str(p) for p in reversed(Path(path).parents) if not p.stat().st_mode & 0o005), None)
    if closed is None:
        return
    linux.mount(path, aside, "", linux.MS_BIND | linux.MS_REC)
    linux.mount("tmpfs", closed, "tmpfs", 0, "mode=755")
    os.makedirs(path)
    linux.mount(aside, path, "", linux.MS_BIND | linux.MS_REC)
