"""Runs the course's own code (solutions, variants, mutants), here or in forked children.

Children are forked from a process that has imported and compiled all they need, so one takes milliseconds. No sandbox:
students' code never runs here. The audit and the recording of mistakes call it.
"""

import ast
import io
import json
import math
import multiprocessing
import os
import resource
import select
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from types import CodeType
from typing import Any, Final, TypeVar

import matplotlib.pyplot
import msgspec
import scipy.special  # noqa: F401  (as pyplot, once for all children, which would import them when they first draw)

from .course.code import compiled
from .course.plan import Plan
from .limits import GIB, bound

# CPU time of a child. A trial of the slowest notebook takes four seconds. A mutant that loops is caught as well when it
# is stopped.
SECONDS = 30.0
# By the clock, times as long: for a child that only sleeps, however busy the machine is.
_PATIENCE: Final = 10.0
_MEMORY: Final = 4 * GIB

Item = TypeVar("Item")
Row = TypeVar("Row")


def run_cell(name: str, source: str, namespace: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """Runs a cell; returns the error that it ended with, and the hints that the error carries."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            exec(compiled(name, source), namespace)
        except BaseException as error:
            # A cell may end in anything, SystemExit included; all of it means that the cell did not pass.
            text = f"{type(error).__name__}: {''.join(traceback.format_exception_only(error)).strip()[:500]}"
            return text, tuple(dict.fromkeys(hint.text for hint in getattr(error, "hints", ())))
    return None, ()


def warm_up(plan: Plan, versions: Iterable[str] = ()) -> None:
    """Imports and compiles once what every child needs. Nothing is run that starts threads: a forked child could not
    use them.

    versions: code that children run against a clock. An import that is stopped half way leaves half a module behind.
    """
    matplotlib.use("agg")
    for name, kind, source in plan.cells:
        compiled(name, source)
        if kind == "setup":
            for code in _imports(source):
                exec(code, {})
    for source in dict.fromkeys(versions):
        for code in _imports(source):
            with suppress(ImportError):  # of a version that is wrong so
                exec(code, {})


def _imports(source: str) -> Iterator[CodeType]:
    """The imports at the top of a cell, each to be run alone."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield compile(ast.Module([statement], []), "<imports>", "exec")


def fork_map(
    function: Callable[[Item], Iterable[Row]],
    items: Sequence[Item],
    kind: type[Row],
    batch: int = 1,
    jobs: int | None = None,
) -> Iterator[list[Row]]:
    """For each item, in the order given, the rows that the function makes of it in a forked child.

    kind: the type of a row; it must have a form as plain data. batch: how many items share a child, which is stopped
    after SECONDS of CPU time. What a batch could not finish is run again, each item in a child of its own; of an item
    whose own child was stopped the rows that it had given by then are all there is. jobs: children at a time, one a
    core unless told otherwise.

    One thread starts, reads and stops the children: forking beside other threads could copy a lock that is held.
    """
    jobs = jobs or os.cpu_count() or 1
    waiting = deque(range(start, min(start + batch, len(items))) for start in range(0, len(items), batch))
    running: list[_Forked] = []
    done: dict[int, list[Row]] = {}
    following = 0
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                numbers = waiting.popleft()
                running.append(_Forked(function, [items[number] for number in numbers], numbers))
            for child in _ended(running):
                running.remove(child)
                *whole, rest = child.rows(kind)
                if len(child.numbers) == 1:
                    whole = whole or [rest]
                done.update(zip(child.numbers, whole, strict=False))
                again = child.numbers[len(whole) :]
                waiting.extendleft(range(number, number + 1) for number in reversed(again))
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for child in running:
            child.stop()


def _ended(running: "Sequence[_Forked]") -> "list[_Forked]":
    """The children that are through, after reading what the others have said since."""
    ready, _, _ = select.select([child.pipe for child in running], [], [], 0.2)
    return [child for child in running if (child.pipe in ready and child.read()) or child.overdue]


class _Forked:
    """A child at work on some items, and what it has written so far: a line a row, and an empty one after an item."""

    def __init__(self, function: Callable[[Any], Iterable[Any]], items: Sequence[Any], numbers: range) -> None:
        self.numbers = numbers
        self.deadline = time.monotonic() + _PATIENCE * SECONDS
        self.text = b""
        receiver, sender = os.pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_work, args=(function, items, sender))
        self.process.start()
        os.close(sender)
        self.pipe = os.fdopen(receiver, "rb")

    @property
    def overdue(self) -> bool:
        return time.monotonic() > self.deadline

    def read(self) -> bool:
        """Takes what lies in the pipe; returns whether the child has closed it."""
        part = os.read(self.pipe.fileno(), 1 << 16)
        self.text += part
        return not part

    def stop(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.pipe.close()

    def rows(self, kind: type[Row]) -> list[list[Row]]:
        """By item what the ended child has given: the last entry is of the item that it was at, or empty."""
        self.stop()
        found: list[list[Row]] = [[]]
        for line in self.text.split(b"\n")[:-1]:
            if line:
                found[-1].append(msgspec.convert(json.loads(line), kind))
            else:
                found.append([])
        return found


def _work(function: Callable[[Any], Iterable[Any]], items: Sequence[Any], sender: int) -> None:
    bound(resource.RLIMIT_AS, _MEMORY)
    bound(resource.RLIMIT_CPU, math.ceil(SECONDS))
    with os.fdopen(sender, "w", buffering=1) as stream:
        try:
            for item in items:
                for row in function(item):
                    stream.write(json.dumps(msgspec.to_builtins(row)) + "\n")
                stream.write("\n")
        except Exception:
            traceback.print_exc()  # while the pipe is open: this process is ended as soon as it is closed
