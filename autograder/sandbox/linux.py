"""The Linux system calls that Python 3.11 has no function for, by ctypes. Each raises OSError on failure.

Only the sandbox uses them. Nothing here decides what to isolate: see `jail`.
"""

import ctypes
import os
import platform
import struct
import sys
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH: Final = 2

_AT_RECURSIVE: Final = 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3: Final = 0x20080522
_LAST_CAPABILITY: Final = 40
_SYS_MOUNT_SETATTR: Final = 442  # the same number on every architecture
_SYS_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_SYS_CAPSET: Final = {"x86_64": 126, "aarch64": 91}

AVAILABLE: Final = sys.platform == "linux" and platform.machine() in _SYS_PIVOT_ROOT
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, what: str, *arguments: object) -> int:
    assert _libc is not None
    return _check(_libc.syscall(ctypes.c_long(number), *arguments), what)


def unshare(flags: int) -> None:
    assert _libc is not None
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, flags: int) -> None:
    assert _libc is not None
    _check(_libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    assert _libc is not None
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, f"mount {kind or 'bind'} on {target}")


def unmount(target: str) -> None:
    assert _libc is not None
    _check(_libc.umount2(target.encode(), ctypes.c_int(MNT_DETACH)), f"unmount {target}")


def bind_read_only(source: str, target: str) -> None:
    """Bind `source` and what is mounted below it, all of it read-only and without set-uid programs and devices."""
    mount(source, target, "", MS_BIND | MS_REC)
    attributes = struct.pack("=QQQQ", _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    _syscall(
        _SYS_MOUNT_SETATTR,
        f"mount_setattr {target}",
        ctypes.c_int(-100),
        ctypes.c_char_p(target.encode()),
        ctypes.c_uint(_AT_RECURSIVE),
        buffer,
        ctypes.c_size_t(len(attributes)),
    )


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root and let the old one go."""
    os.chdir(new_root)
    _syscall(_SYS_PIVOT_ROOT[platform.machine()], "pivot_root", ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))
    unmount(".")
    os.chdir("/")


def prctl(option: int, value: int = 0, *more: int) -> None:
    assert _libc is not None
    arguments = [ctypes.c_ulong(v) for v in (value, *more, 0, 0, 0)][:4]
    _check(_libc.prctl(ctypes.c_int(option), *arguments), f"prctl {option}")


def no_new_privileges() -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def dumpable() -> None:
    """After a change of the uid a process may not read its own /proc/self; it may from now on."""
    prctl(_PR_SET_DUMPABLE, 1)


def die_with_parent(signal_number: int) -> None:
    prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Processes below this one whose parent ends become its children, instead of the first process's."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def drop_bounding_set() -> None:
    for capability in range(_LAST_CAPABILITY + 24):
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            return


def drop_capabilities() -> None:
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), 8)
    nothing = ctypes.create_string_buffer(24)
    _syscall(_SYS_CAPSET[platform.machine()], "capset", header, nothing)


def install_filter(program: bytes) -> None:
    """Install a seccomp program (an array of struct sock_filter). It holds for this process and all its children."""
    instructions = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    holder = Program(len(program) // 8, ctypes.cast(instructions, ctypes.c_void_p))
    assert _libc is not None
    result = _libc.prctl(
        ctypes.c_int(_PR_SET_SECCOMP), ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(holder), 0, 0
    )
    _check(result, "seccomp")
