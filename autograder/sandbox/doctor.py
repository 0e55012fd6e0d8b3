"""Finds out what isolation this machine gives, by trying it, and says why. `autograder doctor` prints the report."""

import os
import platform
import sys
from dataclasses import dataclass
from typing import Final

from ..limits import Limits
from . import linux, probe, seccomp
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
        held, left_open, missing = probe.attempt(Limits(wall=20.0))
    except TemplateError as error:
        return _without_namespaces(user, [*reasons, str(error).strip().splitlines()[-1], *_kernel_settings()])
    reasons += [f"not available here: {name}" for name in missing]
    return Report("namespaces", user, platform.release(), held, left_open, tuple(reasons))


def _without_namespaces(user: str, reasons: list[str]) -> Report:
    """What an ordinary uid and the filter of system calls still hold, where there are these."""
    try:
        held, left_open, missing = probe.attempt(Limits(wall=20.0), "none")
    except TemplateError as error:
        reasons.append(str(error).strip().splitlines()[-1])
        return Report("none", user, platform.release(), (), tuple(probe.NAMES), tuple(reasons))
    reasons += [_MISSING[name] for name in missing if name in _MISSING]
    return Report("none", user, platform.release(), held, left_open, tuple(reasons))


def best_isolation() -> tuple[Isolation, str]:
    """("namespaces", "") where a child can be isolated, else ("none", why)."""
    if not linux.AVAILABLE:
        return "none", f"namespaces are a Linux feature; this is {sys.platform}"
    try:
        with Template(probe.ENTRY) as template:
            child = template.fork({}, Limits(wall=20.0))
            child.close()
            child.wait(5)
    except TemplateError as error:
        return "none", str(error).strip().splitlines()[-1]
    return "namespaces", ""


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
