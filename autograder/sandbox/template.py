"""The template process: imports what submissions need once, then forks a child for each.

It holds no submission, runs one thread, and executes nothing of a student's. `client.Template`
starts it as `python -m autograder.sandbox.template`, and talks to it in JSON over a socket that carries descriptors.
The examiner's own processes come from a second template that isolates nothing.
"""

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ..limits import Limits, Stop
from . import jail, linux, watch
from .scratch import remove

_TICK: Final = 0.1  # seconds between two looks at the children's memory
_MAX_FDS: Final = 250  # the kernel hands over 253 at a time
# Of one process alone the limit of its address space comes first, so that it hears of it. Pages of libraries that the
# loader has written to before they were closed again are beyond that limit, and would end it.
_RELOCATED: Final = 64 << 20
_ROUNDS: Final = 100  # of killing what a child has left, which may fork meanwhile


@dataclass
class Served:
    """A child, as the template sees it."""

    number: int
    pid: int
    limits: Limits
    started: float
    scratch: str | None = None
    stop: Stop | None = None
    peak_memory: int = 0
    cpu: float = 0.0  # seconds, of all that were seen
    lost: float = 0.0  # of them, those of processes that are gone and that no other has waited for
    last: float = 0.0  # what the last look has given
    pidfd: int = field(default=-1)

    def count(self, cpu: float) -> None:
        """Takes in what is seen of the CPU time. It falls where a process ends for whose end nobody waits, as where
        SIGCHLD is ignored; and for one look, where somebody waits between two lines of that look."""
        now = cpu + self.lost
        before, self.last = self.last, now
        if max(before, now) < self.cpu:
            self.lost += self.cpu - max(before, now)
        self.cpu = max(self.cpu, now)


class Server:
    """The loop of the template. `isolation` is "namespaces", "none" or "trusted"."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self._control = control
        self._settings = settings
        self._isolation = settings["isolation"]
        self._main = _entry(settings["entry"])
        self._children: dict[int, Served] = {}
        self._own_pid_namespace = -1
        self._next_watch = 0.0
        if self._isolation == "namespaces":
            self._own_pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        if self._isolation == "none" and linux.AVAILABLE:
            linux.adopt_orphans()
            os.chmod(settings["folder"], 0o711)  # the children's own folders lie in it

    def run(self) -> None:
        while True:
            # A descriptor of a process becomes readable when it ends.
            watched: list[Any] = [self._control, *(child.pidfd for child in self._children.values())]
            ready, _, _ = select.select(watched, [], [], _TICK if self._children else None)
            if self._control in ready:
                message, fds = _receive(self._control)
                if message is None:
                    break
                if message["op"] == "fork":
                    self._fork(message, fds)
                elif message["op"] == "prepare":
                    self._prepare(message, fds)
                elif message["op"] == "kill" and message["number"] in self._children:
                    self._kill(self._children[message["number"]], Stop(**message["stop"]))
            self._look()
        for child in self._children.values():
            self._kill(child, Stop("grader", detail="the grader itself ended"))
            with suppress(OSError):
                os.waitpid(child.pid, 0)
        self._children.clear()
        self._end_orphans()

    def _prepare(self, message: dict[str, Any], fds: list[int]) -> None:
        """Call a function here, for the children that come after. Its task lies in a file: it may be long."""
        reason = ""
        try:
            with open(fds[0], encoding="utf-8") as file:
                task = json.load(file)
            _entry(message["entry"])(task)
        except Exception:
            reason = traceback.format_exc()[-3000:]
        gc.freeze()
        _send(self._control, {"event": "prepared", "reason": reason})

    def _fork(self, message: dict[str, Any], fds: list[int]) -> None:
        number, limits = message["number"], Limits(**message["limits"])
        scratch = tempfile.mkdtemp(prefix="child-", dir=self._settings["folder"]) if self._isolation == "none" else None
        ready_read, ready_write = os.pipe()
        try:
            if self._isolation == "namespaces":
                linux.unshare(linux.CLONE_NEWPID)
            pid = os.fork()
        except OSError as error:
            _send(self._control, {"event": "failed", "number": number, "reason": str(error)})
            for fd in (ready_read, ready_write, *fds):
                os.close(fd)
            if scratch:
                shutil.rmtree(scratch, ignore_errors=True)
            if self._isolation == "namespaces":
                linux.setns(self._own_pid_namespace, linux.CLONE_NEWPID)
            return
        if pid == 0:
            os.close(ready_read)
            self._child(message, limits, fds, ready_write, scratch)
        for fd in (ready_write, *fds):
            os.close(fd)
        if self._isolation == "namespaces":
            linux.setns(self._own_pid_namespace, linux.CLONE_NEWPID)
        report = b""
        while chunk := os.read(ready_read, 4096):
            report += chunk
        os.close(ready_read)
        child = Served(number, pid, limits, time.monotonic(), scratch)
        self._children[number] = child
        child.pidfd = os.pidfd_open(pid)
        isolated = json.loads(report) if report else {"error": "it ended at once", "missing": []}
        _send(self._control, {"event": "started", "number": number, **isolated}, [child.pidfd])

    def _child(self, message: dict[str, Any], limits: Limits, fds: list[int], ready: int, scratch: str | None) -> None:
        status = 70
        try:
            self._control.close()
            for child in self._children.values():
                os.close(child.pidfd)
            if self._own_pid_namespace >= 0:
                os.close(self._own_pid_namespace)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            missing = self._isolate(message, limits, scratch)
            os.write(ready, json.dumps({"error": "", "missing": missing}).encode())
            os.close(ready)
            ready = -1
            self._main(fds, message["task"])
            status = 0
        except BaseException:
            with suppress(OSError):
                os.write(ready, json.dumps({"error": traceback.format_exc()[-3000:], "missing": []}).encode())
            with suppress(BaseException):
                traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)

    def _isolate(self, message: dict[str, Any], limits: Limits, scratch: str | None) -> list[str]:
        if self._isolation == "trusted":
            return []
        os.umask(0o022)
        # A group of its own: signals to a process group cross the borders of PID namespaces.
        os.setsid()
        submission, skip = message["submission"], tuple(message["skip"])
        enclosure = jail.Enclosure(
            self._settings["root"],
            submission,
            tuple(self._settings["visible"]),
            (*self._settings["hidden"], *message["hidden"]),
            limits,
            message["number"],
            skip,
        )
        if self._isolation == "namespaces":
            missing = jail.lock(enclosure)
            home, temporary = jail.HOME, "/tmp"
        else:
            assert scratch is not None
            home = temporary = scratch
            folder = Path(scratch) / "submission"
            folder.mkdir()
            if submission:
                jail.copy_submission(Path(submission), folder, limits, skip, None)
            os.chdir(folder)
            missing = jail.confine(enclosure, scratch)
        os.environ.update(HOME=home, TMPDIR=temporary, MPLCONFIGDIR=f"{home}/.config/matplotlib", USER="student")
        tempfile.tempdir = None
        return missing

    def _look(self) -> None:
        watch_now = time.monotonic() >= self._next_watch
        if watch_now:
            self._next_watch = time.monotonic() + _TICK
        for child in list(self._children.values()):
            if watch_now:
                self._watch(child)
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                self._ended(child, status, usage)

    def _watch(self, child: Served) -> None:
        if self._isolation == "trusted":
            return
        seen = watch.tree(child.pid)
        memory, most = seen.memory, child.limits.memory
        if seen.processes == 1:
            most += _RELOCATED
        elif memory > most:
            exact = watch.exact_memory(child.pid)
            memory = memory if exact is None else exact
        child.peak_memory = max(child.peak_memory, memory)
        child.count(seen.cpu)
        if child.stop:
            return
        if memory > most:
            self._kill(child, Stop("memory", child.limits.memory))
        elif child.cpu > child.limits.cpu:
            self._kill(child, Stop("cpu", child.limits.cpu))
        elif time.monotonic() - child.started > child.limits.wall:
            self._kill(child, Stop("wall", child.limits.wall))

    def _kill(self, child: Served, stop: Stop) -> None:
        child.stop = child.stop or stop
        # The first process of a PID namespace takes all others with it. Without one, the group and what is known.
        descendants = watch.descendants(child.pid) if self._isolation == "none" else []
        with suppress(OSError):
            signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
        for pid in descendants:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def _ended(self, child: Served, status: int, usage: Any) -> None:
        if self._isolation == "none":
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
        del self._children[child.number]
        self._end_orphans()
        os.close(child.pidfd)
        event = {
            "event": "ended",
            "number": child.number,
            "status": os.waitstatus_to_exitcode(status),
            "stop": asdict(child.stop) if child.stop else None,
            "cpu": max(usage.ru_utime + usage.ru_stime, child.cpu),
            "memory": max(usage.ru_maxrss * 1024, child.peak_memory),
            "wall": time.monotonic() - child.started,
        }
        _send(self._control, event)
        if child.scratch:  # after the grader knows: of a million files it takes a while
            shutil.rmtree(child.scratch, ignore_errors=True)

    def _end_orphans(self) -> None:
        """Without PID namespaces: end the processes that children have left behind, which this one has adopted."""
        if self._isolation != "none":
            return
        known = {child.pid for child in self._children.values()}
        for _ in range(_ROUNDS):
            orphans = [pid for pid in watch.children(os.getpid()) if pid not in known]
            if not orphans:
                return
            for pid in (one for orphan in orphans for one in (orphan, *watch.descendants(orphan))):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            for orphan in orphans:
                with suppress(OSError):
                    os.waitpid(orphan, os.WNOHANG)
            time.sleep(0.01)


def load(modules: list[str]) -> None:
    """Import modules that the children to come find in memory: at the start, or later, as an entry to prepare."""
    for module in modules:
        importlib.import_module(module)


def _entry(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _send(control: socket.socket, message: dict[str, Any], fds: list[int] | None = None) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        socket.send_fds(control, [json.dumps(message).encode()], fds or [])


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    try:
        data, fds, _, _ = socket.recv_fds(control, 1 << 18, _MAX_FDS)
    except ConnectionResetError:  # the grader was ended before it had read all that was said to it
        return None, []
    for fd in fds:
        os.set_inheritable(fd, False)
    return (json.loads(data) if data else None), fds


def _enter_namespaces(folder: str) -> None:
    """A PID namespace of the template's own: when the template dies, for whatever reason, every child dies too. The
    process that stays outside removes the folder then: the grader may be gone."""
    uid, gid = os.getuid(), os.getgid()
    flags = linux.CLONE_NEWPID | linux.CLONE_NEWNS
    try:
        linux.unshare(flags)
    except PermissionError:
        linux.unshare(flags | linux.CLONE_NEWUSER)
        jail.write_id_maps(uid, gid)
    pid = os.fork()
    if pid:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _, status = os.waitpid(pid, 0)
        remove(folder)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    linux.die_with_parent(signal.SIGKILL)
    linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    # A fresh /proc that counts as this namespace does. Refused inside some containers: then the sums go unwatched.
    with suppress(OSError):
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if settings["isolation"] == "namespaces":
        try:
            _enter_namespaces(settings["folder"])
        except OSError as error:
            _send(control, {"event": "refused", "reason": f"{error.strerror or error}"})
            return
    load(settings["preload"])
    server = Server(control, settings)
    # What is here now lives as long as the children: their garbage collector need not look at it, nor copy its pages.
    gc.collect()
    gc.freeze()
    _send(control, {"event": "ready"})
    try:
        server.run()
    finally:
        if settings["isolation"] != "namespaces":
            remove(settings["folder"])


if __name__ == "__main__":
    main()
