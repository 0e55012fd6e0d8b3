"""An IPython shell without a kernel: hands every output of a cell to one callback, in the form of nbformat 4.

It decides nothing about marks. `serve` makes one per process.
"""

import base64
import builtins
import getpass
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from nbcore import hints

from .room import keep_room, use_room

Emit = Callable[[tuple[Any, ...]], None]
_NO_STDIN: Final = (
    "raw_input was called, but this frontend does not support input requests."  # the words of Jupyter's own kernel
)


class Sink:
    """Where outputs go; replaced by the server before the first cell."""

    emit: Emit = staticmethod(lambda event: None)


def _bundle(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """A MIME bundle as pairs of strings: binary data in base64, JSON kinds as JSON text."""
    pairs = []
    for mime, value in data.items():
        if isinstance(value, bytes):
            text = base64.b64encode(value).decode("ascii")
        elif isinstance(value, str) and not str(mime).endswith("json"):
            text = value
        else:
            text = json.dumps(value, default=repr)
        pairs.append((str(mime), text))
    return tuple(pairs)


class Publisher(DisplayPublisher):
    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        _flush()
        name = (transient or {}).get("display_id")
        metadata_text = json.dumps(metadata or {}, default=repr)
        Sink.emit(("display", _bundle(data), metadata_text, None if name is None else str(name), bool(update)))

    def clear_output(self, wait: bool = False) -> None:
        _flush()
        Sink.emit(("clear", bool(wait)))


class Hook(DisplayHook):
    """Emits the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        self._data: tuple[Any, ...] = ()

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        metadata = json.dumps(md_dict or {}, default=repr)
        self._data = (int(self.prompt_count), _bundle(format_dict), metadata)

    def finish_displayhook(self) -> None:
        _flush()
        if self._data:
            Sink.emit(("result", *self._data))
        self._is_active = False


class Shell(InteractiveShell):
    """`InteractiveShell` with the outputs of a kernel and no front end."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def enable_gui(self, gui: Any = None) -> None:
        """No event loop: figures are drawn inline."""

    def init_io(self) -> None:
        pass

    def _tee(self, channel: str) -> AbstractContextManager[None]:
        """IPython keeps a copy of all that is printed, for good; here it would count as the student's memory."""
        return nullcontext()

    async def run_code(self, *args: Any, **kwargs: Any) -> Any:
        keep_room()
        try:
            return await super().run_code(*args, **kwargs)
        finally:
            use_room()

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """An interrupt is said again until the cell has ended, so one may come while another is being shown: it is
        the same one, and dropped. Other errors are shown by the student's own `__str__`, which may need it."""
        use_room()
        if sys.exc_info()[0] is not KeyboardInterrupt:
            super().showtraceback(*args, **kwargs)
            return
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            super().showtraceback(*args, **kwargs)
        finally:
            signal.signal(signal.SIGINT, handler)

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        _flush()
        with suppress(Exception):
            text = str(evalue)
            Sink.emit(("error", str(getattr(etype, "__name__", etype)), text, tuple(str(line) for line in stb)))

    def ask_exit(self) -> None:
        pass

    def system(self, cmd: str) -> None:
        """`!command`: its output becomes the cell's."""
        expanded = self.var_expand(cmd, depth=1)
        done = subprocess.run(
            expanded,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        # A terminal's line ends, as a kernel writes them.
        sys.stdout.write(done.stdout.decode("utf-8", "replace").replace("\n", "\r\n"))
        self.user_ns["_exit_code"] = done.returncode


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError(_NO_STDIN)


class Stream:
    """Stands in for sys.stdout or sys.stderr."""

    encoding = "utf-8"
    errors = "replace"
    newlines = None
    closed = False
    mode = "w"

    def __init__(self, name: str, number: int) -> None:
        self.name = f"<{name}>"
        self._name = name
        self._number = number

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        Capture.collect()
        if text:
            Sink.emit(("stream", self._name, text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        Capture.collect()

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    @property
    def buffer(self) -> Any:
        return _Buffer(self)


class _Buffer:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        pass


class Capture:
    """What is written to the descriptors 1 and 2, by libraries in C and by other processes."""

    _files: tuple[tuple[str, int], ...] = ()
    _seen: dict[int, int] = {}  # noqa: RUF012  (one process, one capture)
    _reading = threading.RLock()

    @classmethod
    def start(cls) -> None:
        files = []
        for name, number in (("stdout", 1), ("stderr", 2)):
            path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f".{name}-{os.getpid()}")
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            os.unlink(path)
            os.dup2(fd, number)
            files.append((name, fd))
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        cls._files = tuple(files)
        cls._seen = {fd: 0 for _, fd in files}

    @classmethod
    def collect(cls) -> None:
        # Where another thread is at it, it finds what is there now; a child has no such thread, but the lock.
        if cls._reading.acquire(blocking=False):
            try:
                cls._collect()
            finally:
                cls._reading.release()

    @classmethod
    def _collect(cls) -> None:
        for name, fd in cls._files:
            seen = cls._seen[fd]
            try:
                size = os.fstat(fd).st_size
                if size == seen:
                    continue
                cls._seen[fd] = size
                data = os.pread(fd, min(size - seen, 1 << 22), seen)
            except OSError:
                continue
            if data:
                Sink.emit(("stream", name, data.decode("utf-8", "replace")))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def make_shell() -> Shell:
    """The shell, prepared for a fork: no history file, no threads, the imports of a first figure and a first error."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config)
    shell.colors = "linux"
    builtins.input = _no_input
    getpass.getpass = _no_input  # type: ignore[assignment]
    return shell


def warm_up(shell: Shell) -> None:
    """Do once in the template what every child would do again: draw a figure, format an error."""
    module = {name: value for name, value in shell.user_ns.items() if name.startswith("__")}
    for code in (
        "import matplotlib.pyplot as plt\nplt.plot([0, 1], label='a'); plt.title('t'); plt.legend(); plt.show()\n",
        "raise ValueError('warm up')",
    ):
        shell.run_cell(code, store_history=False)
    shell.reset(new_session=True)
    shell.user_ns.update(module)  # as in a kernel, where `__main__` has a `__spec__`
    sys.modules["matplotlib.pyplot"].close("all")


def read_hints(_: None) -> None:
    """Read in the template what every child with a failing check would read: the hints of known mistakes."""
    hints.tables()
