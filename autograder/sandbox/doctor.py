"""Finds out what isolation this machine gives, by trying it, and says why. `autograder doctor` prints the report.

A child tries to get out of the sandbox. Each of its attempts is harmless when it succeeds.
"""

import json
import os
import platform
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..limits import Limits
from . import linux, seccomp
from .client import Isolation, Template, TemplateError

# Why something is missing where nothing isolates; what `jail.confine` calls it.
_MISSING: Final = {
    "ordinary-user": "submissions run as root: other users cannot read the folders of this Python environment",
    "seccomp": "no filter of system calls",
}


@dataclass(frozen=True)
class Report:
    """`isolation` is "namespaces" or "none"; `held` and `open` name what a hostile child tried in vain, or not."""

    isolation: str
    user: str
    kernel: str
    held: tuple[str, ...]
    open: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return self.isolation == "namespaces" and not self.open

    def describe(self) -> str:
        """The report as lines for a terminal."""
        lines = [f"isolation: {self.isolation}, as {self.user}, kernel {self.kernel}"]
        lines += [f"  refused: {name}" for name in self.held]
        lines += [f"  POSSIBLE for a submission: {name}" for name in self.open]
        lines += [f"  note: {reason}" for reason in self.reasons]
        return "\n".join(lines)


def report() -> Report:
    """Starts a child with full isolation, lets it try to get out, and reports. Takes about half a second."""
    user = "root" if os.geteuid() == 0 else f"an ordinary user (uid {os.geteuid()})"
    reasons: list[str] = []
    if not linux.AVAILABLE:
        reasons.append(f"namespaces are a Linux feature; this is {sys.platform} on {platform.machine()}")
        return _without_namespaces(user, reasons)
    if seccomp.program() is None:
        reasons.append(f"no filter of system calls for {platform.machine()}")
    try:
        held, left_open, missing = _try_to_get_out(Limits(wall=20.0))
    except TemplateError as error:
        return _without_namespaces(user, [*reasons, *_why(error)])
    reasons += [f"not available here: {name}" for name in missing]
    return Report("namespaces", user, platform.release(), held, left_open, tuple(reasons))


def _without_namespaces(user: str, reasons: list[str]) -> Report:
    """What an ordinary uid and the filter of system calls still hold, where there are these."""
    try:
        held, left_open, missing = _try_to_get_out(Limits(wall=20.0), "none")
    except TemplateError as error:
        reasons.append(str(error).strip().splitlines()[-1])
        return Report("none", user, platform.release(), (), tuple(_NAMES), tuple(reasons))
    reasons += [_MISSING[name] for name in missing if name in _MISSING]
    return Report("none", user, platform.release(), held, left_open, tuple(reasons))


def best_isolation() -> tuple[Isolation, str]:
    """("namespaces", "") where a child can be isolated, else ("none", why)."""
    if not linux.AVAILABLE:
        return "none", f"namespaces are a Linux feature; this is {sys.platform}"
    try:
        with Template(_ENTRY) as template:
            child = template.fork({}, Limits(wall=20.0))
            child.close()
            child.wait(5)
    except TemplateError as error:
        return "none", "; ".join(_why(error))
    return "namespaces", ""


def _why(error: TemplateError) -> list[str]:
    """Why there is no isolation, and what can be done."""
    what = [str(error).strip().splitlines()[-1], *_kernel_settings()]
    if any(os.path.exists(path) for path in _CONTAINER):
        what.append(
            "in a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "(Docker, Podman), so that it may make namespaces"
        )
    return what


def _kernel_settings() -> list[str]:
    found = []
    for name, bad, why in (
        ("kernel/unprivileged_userns_clone", "0", "the kernel setting {} forbids user namespaces to ordinary users"),
        ("user/max_user_namespaces", "0", "the kernel setting {} allows no user namespace"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "the setting {} lets AppArmor restrict user namespaces"),
    ):
        try:
            with open(f"/proc/sys/{name}") as file:
                value = file.read().strip()
        except OSError:
            continue
        if value == bad:
            found.append(why.format(name.replace("/", ".")))
    return found


# -------------------------------------------------------------------- the child that tries

_ENTRY: Final = "autograder.sandbox.doctor:main"
_CONTAINER: Final = ("/.dockerenv", "/run/.containerenv")


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


def _remount() -> bool:
    linux.mount("", "/usr", "", linux.MS_REMOUNT | linux.MS_BIND)
    return True


def _new_namespace() -> bool:
    linux.unshare(linux.CLONE_NEWUSER)
    return True


def _become_root() -> bool:
    os.setuid(0)
    return True


_ATTEMPTS: Final[dict[str, Callable[[], bool]]] = {
    "see other processes": _see_processes,
    "signal the parent": _signal_parent,
    "reach the network": _network,
    "write into the Python environment": _write_environment,
    "read the password file": _read_shadow,
    "remount a folder": _remount,
    "open a new user namespace": _new_namespace,
    "become root": _become_root,
}
_FILES: Final = "read your files"
_NAMES: Final = (*_ATTEMPTS, _FILES)


def main(fds: list[int], task: dict[str, Any]) -> None:
    """In the child: try everything and report what worked."""
    worked = []
    for name, attempt in _ATTEMPTS.items():
        with suppress(OSError):
            if attempt():
                worked.append(name)
    if any(os.access(marker, os.R_OK) for marker in task.get("markers", ())):
        worked.append(_FILES)
    # Nobody listens where only the start of a child was tried.
    with socket.socket(fileno=fds[0]) as sock, suppress(BrokenPipeError):
        sock.sendall(json.dumps(worked).encode())


@contextmanager
def _markers() -> Iterator[list[str]]:
    """A file in the home and one in the present folder, as others of the user's lie there."""
    with ExitStack() as stack:
        found = []
        for folder in (os.path.expanduser("~"), os.getcwd()):
            with suppress(OSError):
                file = stack.enter_context(tempfile.NamedTemporaryFile(prefix=".autograder-doctor-", dir=folder))
                os.chmod(file.name, 0o644)
                found.append(file.name)
        yield found


_Listed = tuple[str, ...]


def _try_to_get_out(limits: Limits, isolation: Isolation = "namespaces") -> tuple[_Listed, _Listed, _Listed]:
    """(what was refused, what worked, which layers are missing here)."""
    signal.siginterrupt(signal.SIGINT, True)
    with _markers() as markers, Template(_ENTRY, isolation=isolation, course=os.getcwd()) as template:
        child = template.fork({"markers": markers}, limits)
        child.wire.settimeout(limits.wall)
        data = b""
        while chunk := child.wire.recv(4096):
            data += chunk
        child.close()
        child.wait(5)
    worked = tuple(name for name in _NAMES if name in json.loads(data))
    return tuple(name for name in _NAMES if name not in worked), worked, child.missing
