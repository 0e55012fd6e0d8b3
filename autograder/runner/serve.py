"""The request loop of a submission's process: run a cell, call a function, read an attribute, one at a time.

It trusts its caller and nobody trusts it. The template calls `main` in the forked child.
"""

import ast
import linecache
import os
import signal
import socket
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from typing import Any, Final

import msgpack
import numpy as np

from ..wire import (
    BUILTIN_ERRORS,
    OUTPUT,
    WARNING_CATEGORIES,
    Channel,
    ChannelClosed,
    Codec,
    TooLarge,
    WireError,
    WireLimits,
)
from .operations import operations
from .room import keep_room, use_room
from .shell import Capture, Shell, Sink, Stream, make_shell, warm_up
from .watch import compare, watch

_MAX_WARNINGS: Final = 50
_MAX_TEXT: Final = 4000
_MAX_DOC: Final = 2000
_MISSING: Final = object()

_shell: Shell = make_shell()
warm_up(_shell)


class Handles:
    """Numbers for the student's functions, classes and objects, so that the examiner can name them on the wire.

    They are never reused within a process. An object is described once, in the first message that mentions it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: list[int] = []  # described in the message under way
        self._objects: dict[int, Any] = {}
        self._number_of: dict[int, int] = {}
        self._next = 1

    def describe(self, value: Any) -> bytes:
        """The bytes that stand for `value`: its number, its kind, and on first sight its name and docstring."""
        number = self._number_of.get(id(value))
        if number is not None:
            return bytes(msgpack.packb((number,)))
        if len(self._objects) >= self._most:
            raise TooLarge("objects", self._most)
        number = self._next
        self._next += 1
        self._new.append(number)
        self._objects[number] = value
        self._number_of[id(value)] = number
        name = getattr(value, "__name__", type(value).__name__)
        doc = getattr(value, "__doc__", None)
        return bytes(
            msgpack.packb((number, _kind(value), str(name)[:200], None if doc is None else str(doc)[:_MAX_DOC]))
        )

    def sent(self) -> None:
        """The message under way is on the wire."""
        self._new.clear()

    def unsent(self) -> None:
        """The message under way will not be sent: who was described in it is unknown at the other end."""
        for number in self._new:
            del self._number_of[id(self._objects.pop(number))]
        self._new.clear()

    def adopt(self, callback: Any, number: int) -> None:
        """On its way back to the examiner, a function of the examiner's is recognised by its own number."""
        self._number_of[id(callback)] = number

    def __getitem__(self, number: int) -> Any:
        return self._objects[number]

    def clear(self) -> None:
        self._objects.clear()
        self._number_of.clear()


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return "class"
    if isinstance(value, Iterator):
        return "iterator"
    if callable(value):
        return "function"
    return "object"


class Runner:
    """One end of the wire, and the namespace of the notebook."""

    def __init__(self, channel: Channel, shell: Shell) -> None:
        self._channel = channel
        self._shell = shell
        limits = WireLimits()
        self._handles = Handles(limits.objects)
        self._codec = Codec(1, self._handles.describe, self._callback_from, limits, lenient=True)
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._token: Any = None
        self._busy = False  # sending, or between two requests: not the moment for an interrupt
        self._interrupted = False
        self._running_cell = False
        self._text_room = self._text_left = 0  # what the examiner keeps of a cell's text, and what is left of it
        # Threads print as well: one message at a time, and none behind the reply of the cell.
        self._sending = threading.RLock()
        self._sender = 0  # the thread that is sending an output
        self._process = os.getpid()  # it owns the wire: a fork made by the student's code must not write there
        self._later: list[tuple[Any, ...]] = []  # what it has printed meanwhile, in a signal's handler
        self._watched: dict[str, Any] = {}
        self._own: dict[str, Any] = {}  # what locked cells have defined
        self._operations: dict[str, Callable[..., Any]] = {
            **operations(shell.user_ns),
            "call": self._call,
            "names": self._names,
            "name-set": self._name_set,
            "name-del": self._name_del,
            "watch": lambda source, calls: watch(source, calls, self._shell.user_ns),
            "compare": lambda source, others, call: compare(source, others, call, self._shell.user_ns),
            "forget": self._forget,
        }

    def serve(self) -> None:
        self._busy = True
        signal.signal(signal.SIGINT, self._on_interrupt)
        Sink.emit = self._emit
        while True:
            head, body = self._codec.decode(self._channel.receive())
            if head[0] == "stop":
                return
            self._handle(head, body)

    # ------------------------------------------------------------------ requests

    def _handle(self, head: tuple[Any, ...], body: Any) -> None:
        outer = self._token
        self._token = head[1]
        try:
            if head[0] == "run":
                self._run_cell(*body)
                return
            self._operate(head, body)
        finally:
            self._token = outer

    def _run_cell(
        self, source: str, history: bool, text_room: int, uses: tuple[str, ...], defines: tuple[str, ...]
    ) -> None:
        """Executes one cell; outputs go out as they come, then the reply says whether the cell ended in an error.

        uses: names of earlier locked cells that mean in this one what they meant there. defines: names that this one
        gives to later ones.
        """
        self._text_room = self._text_left = text_room
        self._running_cell = True
        error: tuple[str, str] | None = None
        try:
            self._interrupted = False  # it was meant for the cell before; one for this cell is said again
            self._busy = False
            with self._with_own(uses):
                result = self._shell.run_cell(source, store_history=history)
            failure = result.error_before_exec or result.error_in_exec
            if failure is not None:
                error = (type(failure).__name__, _text(failure))
        except BaseException as problem:
            error = (type(problem).__name__, _text(problem))
        self._busy = True
        with suppress(Exception):
            Capture.collect()
        count = self._shell.execution_count - 1
        namespace = self._shell.user_ns
        self._own.update({name: namespace[name] for name in defines if name in namespace})
        with self._sending:
            self._running_cell = False
        self._reply("return", (count, error))

    @contextmanager
    def _with_own(self, names: tuple[str, ...]) -> Iterator[None]:
        """The cell that runs meanwhile reads what locked cells have defined, wherever the student has given the name to
        something else; functions of the student's read the student's."""
        namespace = self._shell.user_ns
        own = {name: self._own[name] for name in names if name in self._own}
        taken = {name for name, value in own.items() if namespace.get(name, _MISSING) is not value}
        if not taken:
            yield
            return
        namespace.update({_Renamed.own(name): own[name] for name in taken})
        renamed = _Renamed(taken)
        self._shell.ast_transformers.append(renamed)
        try:
            yield
        finally:
            with suppress(ValueError):  # IPython takes out one that fails
                self._shell.ast_transformers.remove(renamed)

    def _operate(self, head: tuple[Any, ...], body: Any) -> None:
        operation, error_state = self._operations[head[0]], head[2]
        seen: list[tuple[str, str]] = []
        self._interrupted = False
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    keep_room()
                    self._busy = False
                    if error_state is None:
                        result = operation(*body)
                    else:
                        with np.errstate(**dict(error_state)):
                            result = operation(*body)
                finally:
                    self._busy = True
                    use_room()
                    seen = [_warning(item) for item in caught[:_MAX_WARNINGS]]
            reply: tuple[str, tuple[Any, ...]] = ("return", (result, tuple(seen), self._rebound()))
        except _Stopped:
            raise
        except BaseException as problem:
            self._busy = True
            reply = ("error", (*_describe(problem), tuple(seen), self._rebound()))
        with suppress(Exception):
            Capture.collect()
        try:
            self._reply(*reply)
        except TooLarge as problem:
            self._reply_instead("too-large", problem.reason)
        except WireError as problem:
            self._reply_instead("error", ("TypeError", "TypeError", str(problem), "", tuple(seen), ()))

    def _reply_instead(self, kind: str, body: Any) -> None:
        """An answer in place of one that could not be sent."""
        try:
            self._reply(kind, body)
        except WireError:
            # Then it is not the result, but a value that both ends keep in step: they go separate ways.
            self._codec.forget_all()
            self._reply(kind, body)

    def _call(self, function: Any, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> Any:
        own = self._codec.own
        return function(*map(own, args), **{name: own(value) for name, value in kwargs})

    def _names(self, *names: str) -> tuple[Any, ...]:
        """(name, value) of those that the notebook has defined; they are watched from now on."""
        namespace = self._shell.user_ns
        self._watched = {name: namespace[name] for name in names if name in namespace}
        return tuple(self._watched.items())

    def _rebound(self) -> tuple[Any, ...]:
        """The watched names that the notebook has bound to something else since, with their new values."""
        namespace = self._shell.user_ns
        found = []
        for name, value in self._watched.items():
            now = namespace.get(name, _MISSING)
            if now is not value and now is not _MISSING:
                self._watched[name] = now
                found.append((name, now))
        return tuple(found)

    def _name_set(self, name: str, value: Any) -> None:
        self._shell.user_ns[name] = value
        self._watched.pop(name, None)

    def _name_del(self, name: str) -> None:
        self._shell.user_ns.pop(name, None)
        self._watched.pop(name, None)

    def _forget(self) -> None:
        self._handles.clear()
        self._callbacks.clear()
        self._watched = {}

    # ------------------------------------------------------------------ callbacks

    def _callback_from(self, data: bytes) -> Any:
        """A number of ours is an object of ours; a negative one is a function of the examiner's."""
        number = int.from_bytes(data[:8], "little", signed=True)
        if number > 0:
            return self._handles[number]
        if number not in self._callbacks:
            name = data[8:].decode("utf-8", "replace") or "function"

            def callback(*args: Any, **kwargs: Any) -> Any:
                return self._call_back(number, args, kwargs)

            callback.__name__ = callback.__qualname__ = name
            self._callbacks[number] = callback
            self._handles.adopt(callback, number)
        return self._callbacks[number]

    def _call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if number not in self._callbacks:
            raise RuntimeError("this function belongs to a test that has ended")
        self._busy = True
        try:
            self._say(("callback", self._token), (number, args, tuple(kwargs.items())))
            while True:
                head, body = self._codec.decode(self._channel.receive())
                if head[0] == "callback-return":
                    return body
                if head[0] == "callback-error":
                    name, message = body
                    raise BUILTIN_ERRORS.get(name, RuntimeError)(message)
                self._handle(head, body)  # the examiner's function calls the student's code in its turn
        except ChannelClosed:
            raise _Stopped from None
        finally:
            self._busy = False
            self._check_interrupt()

    # ------------------------------------------------------------------ sending and interrupts

    def _reply(self, kind: str, body: Any) -> None:
        self._say((kind, self._token), body)

    def _say(self, head: tuple[Any, ...], body: Any) -> None:
        try:
            frame = self._codec.encode(head, body)
        except WireError:
            self._handles.unsent()
            raise
        self._handles.sent()
        self._channel.send(frame)

    def _emit(self, event: tuple[Any, ...]) -> None:
        """Sends an output of a cell. A print inside a call from a hidden test would tell the test's inputs."""
        if not self._running_cell or os.getpid() != self._process:
            return
        thread = threading.get_ident()
        if thread == self._sender:
            self._later.append(event)
            return
        # Interrupts reach the main thread alone, and so may what holds them off.
        main = threading.current_thread() is threading.main_thread()
        if main:
            before, self._busy = self._busy, True
        try:
            with self._sending:
                self._sender = thread
                try:
                    self._send_output(event)
                    while self._later:
                        self._send_output(self._later.pop(0))
                finally:
                    self._sender = 0
        finally:
            if main:
                self._busy = before
                self._check_interrupt()

    def _send_output(self, event: tuple[Any, ...]) -> None:
        """What the examiner would cut off stays here: sending it would only take time."""
        if not self._running_cell:
            return
        if event[0] == "clear":
            self._text_left = self._text_room
        if event[0] == "stream":
            if self._text_left < 0:
                return
            kind, name, text = event
            event = (kind, name, text[: self._text_left + 1])
            self._text_left -= len(text)
        try:
            self._say((OUTPUT, self._token), event)
        except (WireError, ValueError):  # too large for a message
            self._say((OUTPUT, self._token), ("cut",))

    def _on_interrupt(self, number: int, frame: Any) -> None:
        if self._busy:
            self._interrupted = True
            return
        raise KeyboardInterrupt

    def _check_interrupt(self) -> None:
        if self._interrupted and not self._busy:
            self._interrupted = False
            raise KeyboardInterrupt


class _Renamed(ast.NodeTransformer):
    """Has a cell read these names elsewhere: under a text that no program can spell as a name."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    @staticmethod
    def own(name: str) -> str:
        return f"{name} of a locked cell"

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id in self._names:
            node.id = self.own(node.id)
        return node


class _OutOfReach(MetaPathFinder):
    """Says why a package cannot be imported. The sandbox, not this, is what keeps its files away."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] in self._packages:
            raise ModuleNotFoundError(f"No module named {name!r}: out of reach while this is graded", name=name)


def _take_away(packages: Sequence[str]) -> None:
    """Forget what the template has imported of these packages, and import no more of them."""
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]
    sys.meta_path.insert(0, _OutOfReach(packages))


class _Stopped(BaseException):
    """The examiner has closed the connection in the middle of a call."""


def _text(error: BaseException) -> str:
    with suppress(BaseException):
        return str(error)[:_MAX_TEXT]
    return ""


def _warning(item: warnings.WarningMessage) -> tuple[str, str]:
    for kind in item.category.__mro__:
        if kind.__name__ in WARNING_CATEGORIES:
            return kind.__name__, str(item.message)[:_MAX_TEXT]
    return "UserWarning", str(item.message)[:_MAX_TEXT]


def _describe(error: BaseException) -> tuple[str, str, str, str]:
    """(own type name, nearest built-in type, message, the traceback's part that lies in the notebook)."""
    base = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in BUILTIN_ERRORS), "Exception")
    if not isinstance(error, Exception):
        base = "Exception"
    message = _text(error)
    if isinstance(error, KeyError) and error.args:
        with suppress(Exception):
            message = str(error.args[0])[:_MAX_TEXT]
    lines = []
    with suppress(Exception):
        for frame in traceback.extract_tb(error.__traceback__)[-40:]:
            if "ipython-input" in frame.filename or frame.filename.startswith("<"):
                line = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
                lines.append(f"in {frame.name}, line {frame.lineno}: {line}")
    return type(error).__name__[:200], base, message, "\n".join(lines[-6:])[-_MAX_TEXT:]


def main(fds: list[int], task: dict[str, Any]) -> None:
    """Serve one submission over the socket `fds[0]` until the examiner says stop."""
    sock = socket.socket(fileno=fds[0])
    channel = Channel(sock, WireLimits().frame_bytes)
    Capture.start()
    sys.stdout, sys.stderr = Stream("stdout", 1), Stream("stderr", 2)
    sys.stdin = open(os.devnull)  # noqa: SIM115
    sys.path[:] = ["", *[path for path in sys.path if path not in ("", task.get("grader_path"))]]
    if task.get("without"):
        _take_away(task["without"])
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002  (forks share the legacy state)
    time.tzset()
    with suppress(ChannelClosed):
        Runner(channel, _shell).serve()
