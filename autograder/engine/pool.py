"""Several graders side by side, behind the interface of `concurrent.futures.Executor`.

`pool.submit(grade, job)` is all that a caller needs; the audit grades its variants so. How one notebook is graded is
the business of `grader`.
"""

import os
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

from .grader import Grader
from .record import Job, NotebookRecord

_own = threading.local()
# Kept for the next pool: the templates of a grader take seconds to start. They end with this process.
_idle: queue.SimpleQueue[Grader] = queue.SimpleQueue()


class Pool(ThreadPoolExecutor):
    """Threads that have a grader each, one a core unless told otherwise."""

    def __init__(self, graders: int | None = None) -> None:
        self._graders: list[Grader] = []
        super().__init__(graders or os.cpu_count() or 1, "grader", self._begin)

    def _begin(self) -> None:
        """In each thread, before its first job."""
        try:
            _own.grader = _idle.get_nowait()
        except queue.Empty:
            _own.grader = Grader()
        self._graders.append(_own.grader)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        while self._graders:
            _idle.put(self._graders.pop())


def grade(job: Job) -> NotebookRecord:
    """Grades one notebook with the grader of this thread of a pool."""
    grader: Grader = _own.grader
    return grader.grade(job)
