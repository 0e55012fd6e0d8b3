"""Length-prefixed frames over a stream socket, with a deadline for each one.

It knows nothing of what a frame means. The examiner and the runner each own one end.
"""

import math
import os
import select
import socket
import struct
import time
from typing import Final

_HEADER: Final = struct.Struct("<I")
_CHUNK: Final = 1 << 18
_TRIES: Final = 60  # to read before going to sleep; some 50 microseconds together
_SWITCH: Final = 1e-5  # seconds: a yield that takes longer has let another process run
_SOON: Final = 2e-4  # seconds of sleep: looking for the next answer is worth it after a shorter one only


class ChannelClosed(Exception):  # noqa: N818  (says what happened)
    """The other end is gone. The text is empty, or the kernel's reason."""


class FrameTooLong(ChannelClosed):
    """The other end announces a frame that is longer than the limit: nothing that comes after it can be read."""


class DeadlineExceeded(Exception):  # noqa: N818  (says what happened)
    """No complete frame came in time."""


class Channel:
    """One end of the wire. `deadline` is a value of time.monotonic() in seconds, or None for no deadline."""

    def __init__(self, sock: socket.socket, frame_bytes: int) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._frame_bytes = frame_bytes
        self._buffer = bytearray()
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sock, select.POLLOUT)
        self._tries = _TRIES

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Send one frame. Raises ValueError when it is too long, else ChannelClosed or DeadlineExceeded."""
        if len(frame) > self._frame_bytes:
            raise ValueError(f"a frame of {len(frame)} bytes is longer than the limit of {self._frame_bytes}")
        data = memoryview(_HEADER.pack(len(frame)) + frame)
        while data:
            try:
                data = data[self._sock.send(data) :]
            except BlockingIOError:
                _wait(self._writable, deadline)
            except OSError as error:
                raise ChannelClosed(_why(error)) from None

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame. Raises ChannelClosed or DeadlineExceeded; after the latter it may be asked again."""
        buffer = self._buffer
        while len(buffer) < _HEADER.size:
            self._fill(deadline)
        (length,) = _HEADER.unpack_from(buffer)
        if length > self._frame_bytes:
            raise FrameTooLong(f"a frame of {length} bytes is longer than the limit of {self._frame_bytes}")
        end = _HEADER.size + length
        while len(buffer) < end:
            self._fill(deadline)
        frame = bytes(memoryview(buffer)[_HEADER.size : end])
        del buffer[:end]
        return frame

    def pending(self) -> bool:
        """True when bytes have arrived that nobody asked for: between two requests the other end must be silent."""
        if self._buffer:
            return True
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        except OSError as error:
            raise ChannelClosed(_why(error)) from None

    def close(self) -> None:
        self._sock.close()

    def _fill(self, deadline: float | None) -> None:
        # Memory grows with what arrives, not with what a hostile header announces.
        tries = 0
        while True:
            try:
                data = self._sock.recv(_CHUNK)
            except BlockingIOError:
                # Most answers come within microseconds, and the kernel takes longer to wake who sleeps. Yielding lets
                # the other end run where the two share a core; where it lets others run, the machine is busy. Where
                # the last answer took long, so will the next: looking for it would only take the core from others.
                before = time.perf_counter()
                if tries < self._tries:
                    os.sched_yield()
                    tries = tries + 1 if time.perf_counter() - before < _SWITCH else _TRIES
                else:
                    _wait(self._readable, deadline)
                    self._tries = _TRIES if time.perf_counter() - before < _SOON else 0
                continue
            except OSError as error:
                raise ChannelClosed(_why(error)) from None
            if not data:
                raise ChannelClosed
            self._buffer += data
            return


def _why(error: OSError) -> str:
    return "" if isinstance(error, ConnectionError) else os.strerror(error.errno or 0)


def _wait(ready: select.poll, deadline: float | None) -> None:
    if deadline is None:
        ready.poll()
        return
    left = deadline - time.monotonic()
    if left <= 0 or not ready.poll(math.ceil(left * 1000)):
        raise DeadlineExceeded
