"""Starts a template process and gives out its children. The grader and the tests use it; it runs no student code.

The children's ends come as `Ended` records. Nothing here raises because of what a child did.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from ..limits import Limits, Stop
from . import scratch
from .environment import clean_environment, hidden_paths, package_paths, visible_paths
from .watch import cpu_of, tree

Isolation = Literal["namespaces", "none", "trusted"]
# Of CPU time that a template may take for one answer, and by the clock without using any. Not by the clock alone: on a
# busy machine a start may take minutes.
_SECONDS: Final = 60.0
_LOOK: Final = 0.5
GONE: Final = Stop("grader", detail="the template process is gone")  # as the end of a child: it may have gone with it


class TemplateError(RuntimeError):
    """The template process could not be started, or is gone."""


@dataclass(frozen=True)
class Ended:
    """How a child ended. `status` as in subprocess (negative: a signal); `stop` is why it was ended, where it was."""

    status: int
    stop: Stop | None
    cpu: float
    memory: int
    wall: float

    @property
    def how(self) -> Stop:
        """Why it was ended, or how it ended by itself."""
        return self.stop or (Stop("exit", self.status) if self.status >= 0 else Stop("signal", -self.status))


class Child:
    """A forked process, with our end of its wire."""

    def __init__(self, template: "Template", number: int, wire: socket.socket, pidfd: int, missing: tuple[str, ...]):
        self._template = template
        self.number = number
        self.wire = wire
        self.pidfd = pidfd
        self.missing = missing

    def interrupt(self) -> None:
        with suppress(OSError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGINT)

    def kill(self, stop: Stop) -> None:
        self._template.kill(self.number, stop)

    def cpu(self) -> float:
        """Seconds that it and its descendants have used."""
        return cpu_of(self.pidfd)

    def wait(self, timeout: float) -> Ended:
        """How it ended. A child that has not after `timeout` seconds is killed."""
        return self._template.wait(self.number, timeout)

    def close(self) -> None:
        self.wire.close()
        with suppress(OSError):
            os.close(self.pidfd)


class Template:
    """A template process.

    `entry` is "module:function", called in each child with descriptors (the wire's first) and the task.
    """

    def __init__(
        self,
        entry: str,
        *,
        isolation: Isolation = "namespaces",
        preload: Iterable[str] = (),
        packages: tuple[str, ...] = (),
        course: str | None = None,
        wait: bool = True,
    ) -> None:
        """wait: until it has started; without, the first child waits for it."""
        self.isolation: Isolation = isolation
        self._visible = visible_paths(packages)
        self._ended: dict[int, Ended] = {}
        self._number = 0
        scratch.sweep()
        self._folder, self._lock = scratch.make()
        root = os.path.join(self._folder, "root")
        os.mkdir(root)
        settings = {
            "entry": entry,
            "isolation": isolation,
            "preload": list(preload),
            "visible": self._visible,
            "hidden": hidden_paths(course),
            "root": root,
            "folder": self._folder,
        }
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = clean_environment(self._folder)
        if isolation == "trusted":
            environment["MPLBACKEND"] = "agg"  # hidden tests draw for nobody
        # The package itself may be importable only because of where the grader was started.
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.sandbox.template", str(theirs.fileno()), json.dumps(settings)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )
        theirs.close()
        self._control = ours
        self._started = False
        if wait:
            self._await_start()

    def _await_start(self) -> None:
        if self._started:
            return
        message, _ = self._answer()
        if message is None:
            status = self._process.poll()
            self._process.kill()
            self.close()
            why = "did not start in time" if status is None else f"ended while it started, with status {status}"
            raise TemplateError(f"the template process {why}")
        if message["event"] == "refused":
            self.close()
            raise TemplateError(f"this machine refuses namespaces ({message['reason']})")
        self._started = True

    def fork(
        self,
        task: Any,
        limits: Limits,
        *,
        submission: str | None = None,
        skip: Iterable[str] = (),
        without: Iterable[str] = (),
        fds: Iterable[int] = (),
    ) -> Child:
        """A new child. `task` is plain JSON data for the entry; `submission` a folder whose plain files it gets, but
        for those whose names match `skip`; `without` are import packages that it does not see where namespaces
        isolate; `fds` are handed on after the wire's."""
        self._await_start()
        self._number += 1
        number = self._number
        ours, theirs = socket.socketpair()
        message = {
            "op": "fork",
            "number": number,
            "limits": limits.to_dict(),
            "submission": submission,
            "skip": list(skip),
            "hidden": package_paths(tuple(without), self._visible),
            "task": task,
        }
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], [theirs.fileno(), *fds])
        except OSError as error:
            ours.close()
            raise TemplateError(f"the template process is gone: {error}") from None
        finally:
            theirs.close()
        while True:
            reply, received = self._answer()
            if reply is None or reply["event"] == "failed":
                ours.close()
                raise TemplateError(f"no child: {reply['reason'] if reply else 'the template process is gone'}")
            if reply["event"] == "started":
                break
            self._note(reply)
        if reply["error"]:
            ours.close()
            os.close(received[0])
            raise TemplateError(f"the child could not be isolated: {reply['error']}")
        return Child(self, number, ours, received[0], tuple(reply["missing"]))

    def prepare(self, entry: str, task: Any) -> str:
        """Call `entry`, "module:function", with a task of plain JSON data in the template itself: all children to come
        find what it has left in memory. It must run no code of a submission. The text of its error, or nothing.

        Raises TemplateError where the template is gone, or does not answer.
        """
        self._await_start()
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(task).encode())
            file.seek(0)
            try:
                socket.send_fds(
                    self._control, [json.dumps({"op": "prepare", "entry": entry}).encode()], [file.fileno()]
                )
            except OSError as error:
                raise TemplateError(f"the template process is gone: {error}") from None
        while True:
            reply, _ = self._answer()
            if reply is None:
                raise TemplateError("the template process is gone, or does not answer")
            if reply["event"] == "prepared":
                return str(reply["reason"])
            self._note(reply)

    def kill(self, number: int, stop: Stop) -> None:
        with suppress(OSError):
            message = {"op": "kill", "number": number, "stop": asdict(stop)}
            socket.send_fds(self._control, [json.dumps(message).encode()], [])

    def wait(self, number: int, timeout: float) -> Ended:
        deadline = time.monotonic() + timeout
        killed = False
        while number not in self._ended:
            message, _ = self._receive(deadline)
            if message is not None:
                self._note(message)
            elif killed or self._process.poll() is not None:
                return Ended(-9, GONE, 0.0, 0, 0.0)
            else:
                killed = True
                self.kill(number, Stop("grader", detail="the process did not end"))
                deadline = time.monotonic() + 10.0
        return self._ended.pop(number)

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        scratch.remove(self._folder)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _note(self, message: dict[str, Any]) -> None:
        if message["event"] == "ended":
            stop = Stop(**message["stop"]) if message["stop"] else None
            self._ended[message["number"]] = Ended(
                message["status"], stop, message["cpu"], message["memory"], message["wall"]
            )

    def _answer(self) -> tuple[dict[str, Any] | None, list[int]]:
        """The next message; None where the template has ended, has used its seconds, or stands still."""
        if self._control.fileno() < 0:
            raise TemplateError("the template process was ended")
        before = used = tree(self._process.pid).cpu
        moved = time.monotonic()
        while True:
            ended = self._process.poll() is not None
            message, fds = self._receive(time.monotonic() + (0.0 if ended else _LOOK))
            if message is not None or ended:
                return message, fds
            if (now := tree(self._process.pid).cpu) > used:
                used, moved = now, time.monotonic()
            if used - before > _SECONDS or time.monotonic() - moved > _SECONDS:
                return None, []

    def _receive(self, deadline: float) -> tuple[dict[str, Any] | None, list[int]]:
        left = max(0.0, deadline - time.monotonic())
        if not select.select([self._control], [], [], left)[0]:
            return None, []
        try:
            data, fds, _, _ = socket.recv_fds(self._control, 1 << 18, 4)
        except ConnectionError:
            return None, []
        return (json.loads(data) if data else None), fds
