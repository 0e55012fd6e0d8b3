"""One thread for the linear algebra of an experiment.

For networks as small as those of the course, more threads only wait for each other; and times of passes can only be
compared when each has the same single thread.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


@contextmanager
def one_thread(*modules: str) -> Iterator[None]:
    """Keeps BLAS and OpenMP to one thread; also a decorator, `@one_thread()`.

    modules: loaded first, since the limit reaches only libraries that are there when it is set.
    """
    for module in modules:
        importlib.import_module(module)
    with threadpool_limits(1):
        yield
