"""A child that tries to get out of the sandbox, for the doctor and for tests.

Each attempt is harmless when it succeeds.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..limits import Limits
from . import linux
from .client import Isolation, Template

ENTRY: Final = "autograder.sandbox.probe:main"


def _see_processes() -> bool:
    return len([name for name in os.listdir("/proc") if name.isdigit()]) > 1


def _signal_parent() -> bool:
    with suppress(OSError):
        os.kill(os.getppid() or -1, 0)
        return True
    return False


def _network() -> bool:
    with socket.socket(socket.AF_INET) as sock:
        sock.settimeout(1)
        sock.connect(("192.0.2.1", 9))
    return True


def _write_environment() -> bool:
    path = Path(sys.prefix) / "autograder-probe"
    path.write_text("")
    path.unlink()
    return True


def _read_shadow() -> bool:
    return bool(Path("/etc/shadow").read_bytes())


def _see_homes() -> bool:
    return any(set(os.listdir(home)) - {"student", ".pyenv"} for home in ("/root", "/home") if os.path.isdir(home))


def _remount() -> bool:
    linux.mount("", "/usr", "", linux.MS_REMOUNT | linux.MS_BIND)
    return True


def _new_namespace() -> bool:
    linux.unshare(linux.CLONE_NEWUSER)
    return True


def _become_root() -> bool:
    os.setuid(0)
    return True


ATTEMPTS: Final[dict[str, Callable[[], bool]]] = {
    "see other processes": _see_processes,
    "signal the parent": _signal_parent,
    "reach the network": _network,
    "write into the Python environment": _write_environment,
    "read the password file": _read_shadow,
    "see other people's files": _see_homes,
    "remount a folder": _remount,
    "open a new user namespace": _new_namespace,
    "become root": _become_root,
}
NAMES: Final = tuple(ATTEMPTS)


def main(fds: list[int], task: dict[str, Any]) -> None:
    """In the child: try everything and report what worked."""
    worked = []
    for name, attempt in ATTEMPTS.items():
        with suppress(OSError):
            if attempt():
                worked.append(name)
    # Nobody listens where only the start of a child was tried.
    with socket.socket(fileno=fds[0]) as sock, suppress(BrokenPipeError):
        sock.sendall(json.dumps(worked).encode())


_Listed = tuple[str, ...]


def attempt(limits: Limits, isolation: Isolation = "namespaces") -> tuple[_Listed, _Listed, _Listed]:
    """(what was refused, what worked, which layers are missing here)."""
    signal.siginterrupt(signal.SIGINT, True)
    with Template(ENTRY, isolation=isolation) as template:
        child = template.fork({}, limits)
        child.wire.settimeout(limits.wall)
        data = b""
        while chunk := child.wire.recv(4096):
            data += chunk
        child.close()
        child.wait(5)
    worked = tuple(name for name in NAMES if name in json.loads(data))
    return tuple(name for name in NAMES if name not in worked), worked, child.missing
