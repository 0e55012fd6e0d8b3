"""Who does the tasks of a class: processes of this machine, behind the interface that a cluster's workers have too."""

import gc
import pickle
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool

from ..sandbox import scratch
from ..sandbox.linux import die_with_parent
from .task import Bundle, Shared, grade_submission

TRIES: Final = 3  # of a task that ends its worker
Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Any, Item], Result]


class Workers(Protocol):
    """Does tasks that share a bundle."""

    def share(self, bundle: Bundle) -> Any:
        """The bundle as `each` wants it."""

    def each(self, work: Work[Item, Result], shared: Any, tasks: "deque[Item]") -> Iterator[tuple[Item, Result | None]]:
        """Each task with its result as soon as that is there; None where it has ended its worker again and again."""


def each(
    submit: Callable[[Item], Future[Result]],
    tasks: "deque[Item]",
    at_once: Callable[[], int],
    lost: type[Exception],
    tries: int,
) -> Iterator[tuple[Item, Result | None]]:
    """The loop of all workers: so many tasks are out at once, and one whose worker is lost is given out again. So are
    all that are out when the workers break as a whole, which is nobody's fault; again and again, it is raised."""
    tried: Counter[Item] = Counter()
    broken: Counter[Item] = Counter()
    running: dict[Future[Result], Item] = {}
    while tasks or running:
        while tasks and len(running) < at_once():
            task = tasks.popleft()
            running[submit(task)] = task
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            try:
                found: Result | None = future.result()
            except lost:
                tried[task] += 1
                if tried[task] < tries:
                    tasks.appendleft(task)
                    continue
                found = None
            except BrokenExecutor:
                broken[task] += 1
                if broken[task] == TRIES:
                    raise
                tasks.appendleft(task)
                continue
            yield task, found


def _begin() -> None:
    """In each worker, before its first task."""
    die_with_parent(signal.SIGKILL)
    gc.freeze()  # what is imported is shared with the others as long as no collection walks through it


class LocalWorkers:
    """Processes of this machine. What they share goes to them as a file."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self._jobs, self._folder = jobs, folder
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        context = get_context("forkserver")
        context.set_forkserver_preload([grade_submission.__module__])  # no effect where it runs, as in the command
        return ProcessPool(self._jobs, context=context, initializer=_begin)

    def end(self, *, at_once: bool) -> None:
        """at_once: whatever is at work."""
        if at_once:
            self._pool.stop()
        else:
            self._pool.close()
        self._pool.join()

    def share(self, bundle: Bundle) -> Shared:
        file = self._folder / bundle.digest
        file.write_bytes(pickle.dumps(bundle))
        return str(file)

    def each(self, work: Work[Item, Result], shared: Any, tasks: "deque[Item]") -> Iterator[tuple[Item, Result | None]]:
        def submit(task: Item) -> Future[Result]:
            try:
                return self._pool.schedule(work, args=[shared, task])
            except RuntimeError:  # a worker that is killed before it has said what it does breaks the pool
                self.end(at_once=True)
                self._pool = self._new_pool()
                return self._pool.schedule(work, args=[shared, task])

        # One more each than are at work, so that nobody waits for the next.
        return each(submit, tasks, lambda: 2 * self._jobs, ProcessExpired, TRIES)


@contextmanager
def local_workers(jobs: int) -> Iterator[LocalWorkers]:
    """Processes that share what they have imported. However this run ends, they end too: their parent sees to it."""
    with scratch.folder() as folder:
        workers = LocalWorkers(jobs, folder)
        try:
            yield workers
        except BaseException:
            workers.end(at_once=True)
            raise
        workers.end(at_once=False)
