"""Locks the current process in: called once, in the forked child, before it reads a byte of the submission.

The new root is an empty tmpfs of limited size. Into it come, read-only, the paths of the Python environment, and a copy
of the submission's own files. What is not listed is not there. Where the kernel refuses, `lock` raises OSError and the
caller decides; `limit` (resource limits alone) works everywhere.
"""

import hashlib
import os
import resource
import shutil
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from io import BufferedReader
from pathlib import Path
from typing import Final

from ..limits import Limits, bound
from . import linux, seccomp

HOME: Final = "/home/student"
SCRATCH: Final = "/home/student/submission"
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_PASSWD: Final = "root:x:0:0:root:/:/bin/false\nstudent:x:{uid}:{gid}:student:/home/student:/bin/sh\n"
_GROUP: Final = "root:x:0:\nstudent:x:{gid}:\n"
# Far from every range that distributions hand out; one number per child keeps their process counts apart.
_FIRST_UID: Final = 0x6A000000
_UIDS: Final = 1_000_000
_NOBODY: Final = 65534


@dataclass(frozen=True)
class Enclosure:
    """What the child sees. `visible` and `hidden` are absolute paths of the host."""

    root: str  # an empty directory of the host where the new root is mounted
    submission: str | None
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    limits: Limits
    number: int  # of the child, for its uid
    skip: tuple[str, ...] = ()  # patterns of file names that stay behind


def lock(enclosure: Enclosure) -> list[str]:
    """Namespaces, new root, limits, an ordinary uid, no capabilities, the filter. Returns what had to be left out."""
    missing: list[str] = []
    as_root = os.geteuid() == 0 and _is_initial_user_namespace()
    uid, gid = (_FIRST_UID + enclosure.number % _UIDS,) * 2 if as_root else (os.getuid(), os.getgid())
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    _build_root(enclosure, uid, gid, missing)
    linux.pivot_root(enclosure.root)
    if not as_root and "proc" not in missing:
        _own_user_namespace(uid, gid)
    limit(enclosure.limits)
    if as_root:
        os.setgroups([])
        linux.drop_bounding_set()
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    linux.drop_capabilities()
    linux.no_new_privileges()
    with suppress(OSError):
        linux.die_with_parent(signal.SIGKILL)
    linux.dumpable()
    program = seccomp.program()
    if program is None:
        missing.append("seccomp")
    else:
        linux.install_filter(program)
    os.chdir(SCRATCH)
    return missing


def confine(enclosure: Enclosure, folder: str) -> list[str]:
    """What there is without namespaces: limits, an ordinary uid where this process is root, and the filter, which
    leaves no sockets but local ones. `folder` is given to that uid. Returns what had to be left out."""
    missing = ["namespaces"]
    limit(enclosure.limits)
    if os.geteuid() == 0 and not _become_ordinary(enclosure, folder):
        missing.append("ordinary-user")
    program = seccomp.program() if linux.AVAILABLE else None
    if program is None:
        missing.append("seccomp")
        return missing
    with suppress(OSError):
        linux.die_with_parent(signal.SIGKILL)
    linux.dumpable()
    try:
        linux.no_new_privileges()
        linux.install_filter(program)
    except OSError:
        missing.append("seccomp")
    return missing


def _become_ordinary(enclosure: Enclosure, folder: str) -> bool:
    """Whether this process has given up being root. It stays root where nobody else could read the environment."""
    if not all(map(_open_to_all, enclosure.visible)):
        return False
    # In a container few numbers may exist.
    for number in (_FIRST_UID + enclosure.number % _UIDS, _NOBODY - 1 - enclosure.number % 512, _NOBODY):
        try:
            for path, _, names in os.walk(folder):
                for one in (path, *(os.path.join(path, name) for name in names)):
                    os.chown(one, number, number, follow_symlinks=False)
            os.setgroups([])
            os.setresgid(number, number, number)
            os.setresuid(number, number, number)
        except OSError:
            continue
        return True
    return False


def _open_to_all(path: str) -> bool:
    real = Path(path).resolve()
    try:
        return all(place.stat().st_mode & 0o001 for place in real.parents) and bool(real.stat().st_mode & 0o004)
    except FileNotFoundError:  # a link that leads nowhere
        return True


def limit(limits: Limits) -> None:
    """Resource limits of the kernel. They are per process; the template watches the sums."""
    for what, value in (
        (resource.RLIMIT_AS, limits.memory + _mapped()),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CPU, int(limits.cpu) + 1),
    ):
        bound(what, value)


def _mapped() -> int:
    """Bytes of address space that are no memory of this process and cannot become it: libraries, mostly.

    What it may write to counts as memory, written to or not: the kernel may give it pages unasked (huge ones). So an
    allocation fails before the sum that the template watches is reached.
    """
    try:
        with open("/proc/self/statm") as file:
            pages = [int(number) for number in file.read().split()]
    except (OSError, ValueError):
        return 0
    size, writable = pages[0], pages[5]
    return max(0, size - writable) * resource.getpagesize()


def copy_submission(
    source: Path, target: Path, limits: Limits, skip: tuple[str, ...], owner: tuple[int, int] | None
) -> None:
    """Copy what comes along of a submission."""
    for relative, file, mode in _comes_along(source, limits, skip):
        there = target / relative
        if file is None:
            there.mkdir(exist_ok=True)
            if owner:
                os.chown(there, *owner)
            continue
        with open(there, "xb") as copy:
            shutil.copyfileobj(file, copy)
            os.fchmod(copy.fileno(), mode)
            if owner:
                os.fchown(copy.fileno(), *owner)


def fingerprint(source: Path, limits: Limits, skip: tuple[str, ...]) -> str:
    """Of all that a process can read in the copy: two folders have the same one only if their copies are the same."""
    found = hashlib.sha256()
    for relative, file, mode in _comes_along(source, limits, skip):
        content = hashlib.file_digest(file, "sha256").hexdigest() if file else ""
        found.update(os.fsencode(relative) + f"\0{mode:o}\0{content}\0".encode())
    return found.hexdigest()


def _comes_along(
    source: Path, limits: Limits, skip: tuple[str, ...]
) -> Iterator[tuple[Path, BufferedReader | None, int]]:
    """Folders (no file) and plain files with their modes, by name, within the limits. Links, devices, pipes and what
    matches `skip` stay behind."""
    room, files = limits.files_size, limits.files
    for directory, folders, names in os.walk(source, followlinks=False):
        here = Path(directory)
        inside = here.relative_to(source)
        folders[:] = sorted(name for name in folders if not (here / name).is_symlink() and name != ".ipynb_checkpoints")
        files -= here != source  # a folder takes an inode, as a file does
        if files < 0:
            return
        yield inside, None, 0o755
        for name in sorted(names):
            if any(fnmatch(name, pattern) for pattern in skip):
                continue
            try:
                fd = os.open(here / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                continue
            with open(fd, "rb") as file:
                status = os.fstat(fd)
                if not stat.S_ISREG(status.st_mode):
                    continue
                files -= 1
                room -= status.st_size
                if files < 0 or room < 0:
                    return
                yield inside / name, file, 0o755 if status.st_mode & 0o100 else 0o644


def _is_initial_user_namespace() -> bool:
    try:
        return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]
    except OSError:
        return False


def write_id_maps(uid: int, gid: int) -> None:
    """In a new user namespace, the same ids as outside and no others."""
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _own_user_namespace(uid: int, gid: int) -> None:
    """A user namespace per child, because the kernel counts processes per user and user namespace."""
    linux.unshare(linux.CLONE_NEWUSER)
    write_id_maps(uid, gid)


def _build_root(enclosure: Enclosure, uid: int, gid: int, missing: list[str]) -> None:
    root = Path(enclosure.root)
    options = f"size={enclosure.limits.disk},nr_inodes={4 * enclosure.limits.files},mode=755"
    linux.mount("tmpfs", enclosure.root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
    _bind_paths(root, enclosure.visible, enclosure.hidden)
    (root / "dev").mkdir(exist_ok=True)
    for name in _DEVICES:
        (root / "dev" / name).touch()
        linux.mount(f"/dev/{name}", str(root / "dev" / name), "", linux.MS_BIND)
    for link, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (root / "dev" / link).symlink_to(f"/proc/self/fd{target}")
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text(_PASSWD.format(uid=uid, gid=gid))
    (root / "etc/group").write_text(_GROUP.format(gid=gid))
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "proc").mkdir(exist_ok=True)
    try:
        linux.mount("proc", str(root / "proc"), "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    except OSError:
        missing.append("proc")
    for name in ("tmp", "dev/shm", "var/tmp", HOME[1:], SCRATCH[1:]):
        (root / name).mkdir(parents=True, exist_ok=True)
        os.chown(root / name, uid, gid)
    for name in ("tmp", "dev/shm", "var/tmp"):
        os.chmod(root / name, 0o1777)
    os.chmod(root / HOME[1:], 0o700)
    if enclosure.submission:
        copy_submission(Path(enclosure.submission), root / SCRATCH[1:], enclosure.limits, enclosure.skip, (uid, gid))


def _bind_paths(root: Path, visible: tuple[str, ...], hidden: tuple[str, ...]) -> None:
    bound: list[str] = []
    actions = [(path, True) for path in visible] + [(path, False) for path in hidden]
    # Shorter paths first, so that a visible path inside a hidden one, or the reverse, lies on top.
    for path, show in sorted(set(actions), key=lambda action: (len(Path(action[0]).parts), action)):
        inside = [other for other in bound if Path(path).is_relative_to(other)]
        if not os.path.lexists(path) or (not show and not inside):
            continue
        target = root / path[1:]
        if os.path.islink(path):
            if not os.path.lexists(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(os.readlink(path))
            continue
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if os.path.isdir(path):
                target.mkdir()
            else:
                target.touch()
        if show:
            linux.bind_read_only(path, str(target))
            bound.append(path)
        elif os.path.isdir(path):
            linux.mount("tmpfs", str(target), "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64k,mode=755")
            bound.append(path)
        else:
            linux.mount("/dev/null", str(target), "", linux.MS_BIND)
