"""Starts a program in which the kernel refuses new namespaces, as in a container: `python refused.py PROGRAM ...`."""

import ctypes
import os
import platform
import struct
import sys

_UNSHARE = {"x86_64": 272, "aarch64": 97}[platform.machine()]
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _NOT_PERMITTED = 0x7FFF0000, 0x00050001


def refuse() -> None:
    """A filter of system calls that answers `unshare` with EPERM, for this process and all that it starts."""
    lines = [(_LOAD, 0, 0, 0), (_EQUALS, 0, 1, _UNSHARE), (_RETURN, 0, 0, _NOT_PERMITTED), (_RETURN, 0, 0, _ALLOW)]
    program = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, filter_):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse()
    os.execvp(sys.argv[1], sys.argv[1:])
