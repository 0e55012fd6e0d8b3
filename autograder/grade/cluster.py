"""The tasks of a class on the workers of a Dask cluster, which need this package and nothing of the course.

Where the workers come from (other machines over SSH, SLURM, Kubernetes, processes here) is Dask's business. A lost
worker's tasks go to others. One whose machine gives no isolation gets none, unless the course's settings ask for none.
"""

import pickle
import socket
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from ..course.paths import CourseError
from ..sandbox import best_isolation
from .task import Bundle, Task
from .workers import Item, Result, Work, each

try:
    import dask
    from distributed import Client
    from distributed.scheduler import KilledWorker
except ModuleNotFoundError as error:
    raise CourseError(f"{error.name} is not installed. A cluster needs: pip install .[cluster]") from None


_SECONDS: Final = 60.0  # to wait for a scheduler, or for a first worker


class ClusterWorkers:
    """Those of a scheduler. Dask itself gives a task out anew whose worker is lost, three times."""

    def __init__(self, client: Client, *, isolated: bool, seconds: float = _SECONDS) -> None:
        """Raises CourseError where no worker comes in time, or none may get a task."""
        self._client = client
        self._executor = client.get_executor(pure=False)
        try:
            client.wait_for_workers(1, timeout=seconds)
        except TimeoutError:
            raise CourseError("the scheduler has no workers") from None
        isolation = client.run(_isolation) if isolated else {}
        able = [worker for worker, found in isolation.items() if found == "namespaces"]
        if isolated and not able:
            raise CourseError(
                f"none of the {len(isolation)} workers isolates submissions: autograder doctor says why, over there"
            )
        # Where all do, workers that come later are welcome.
        self.options: dict[str, Any] = {"workers": able} if len(able) < len(isolation) else {}
        self._checks = isolated

    def share(self, bundle: Bundle) -> Any:
        """As a task of its own: Dask can make it again for a new worker, when all that had it are gone."""
        shared = self._client.submit(pickle.loads, pickle.dumps(bundle), pure=False, **self.options)
        # Dask gives a task to a worker that has its data: else one would get all, and the others only what they steal.
        self._client.replicate([shared], **self.options)
        return shared

    def each(self, work: Work[Item, Result], shared: Any, tasks: "deque[Item]") -> Iterator[tuple[Item, Result | None]]:
        def submit(task: Item) -> Future[Result]:
            sent = task.pack() if isinstance(task, Task) else task
            found: Future[Result] = self._executor.submit(_checked, self._checks, work, shared, sent, **self.options)
            return found

        def at_once() -> int:
            return max(2, 2 * sum(self._client.nthreads().values()))

        return each(submit, tasks, at_once, KilledWorker, 1)


@cache  # to find out takes a process, and each task asks
def _isolation() -> str:
    return best_isolation()[0]


def _checked(check: bool, work: Work[Item, Result], shared: Any, task: Item) -> Result:
    if check and _isolation() != "namespaces":
        raise CourseError(f"a worker on {socket.gethostname()} isolates nothing: autograder doctor says why, there")
    return work(shared, task)


@contextmanager
def cluster_workers(address: str, *, isolated: bool, seconds: float = _SECONDS) -> Iterator[ClusterWorkers]:
    """The workers of the scheduler at this address, or of the one that Dask's configuration names where it is empty.
    seconds: to wait for it. Raises CourseError where there is none."""
    address = address or dask.config.get("scheduler-address", None) or ""
    if not address:
        raise CourseError("no scheduler: name one, --scheduler tcp://HOST:8786, or set scheduler-address for Dask")
    try:
        client = Client(address, timeout=seconds)
    except (OSError, ValueError) as error:
        raise CourseError(f"no scheduler answers at {address}: {error}") from None
    with client:
        yield ClusterWorkers(client, isolated=isolated, seconds=seconds)
