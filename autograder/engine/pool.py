"""Several graders side by side, behind the interface of `concurrent.futures.Executor`.

`pool.submit(grade, job)` is all that a caller needs; the audit grades its variants so. How one notebook is graded is
the business of `grader`.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from ..limits import Limits
from .cells import Job
from .grader import Run, Supervisor

_own = threading.local()


class Pool(ThreadPoolExecutor):
    """Threads that have a grader each, one a core unless told otherwise. The graders end with the pool."""

    def __init__(self, graders: int | None = None) -> None:
        self._graders: list[Supervisor] = []
        super().__init__(graders or os.cpu_count() or 1, "grader", self._start_grader)

    def _start_grader(self) -> None:
        _own.grader = Supervisor()
        self._graders.append(_own.grader)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        for grader in self._graders:
            grader.close()


def grade(job: Job, limits: Limits | None = None) -> Run:
    """Grades one notebook with the grader of this thread of a pool."""
    grader: Supervisor = _own.grader
    return grader.run(job, limits or Limits())
