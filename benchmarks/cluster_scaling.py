"""How well the workers of a cluster are kept at work: simulated submissions on 1, 2, 4 and 8 Dask workers.

`python benchmarks/cluster_scaling.py [--submissions 400] [--seconds 1] [--workers 1 2 4 8]` starts a scheduler and
workers of one thread, each a process of this machine, and gives them tasks through `grade.cluster`, as `autograder
grade --scheduler` does. A task carries a notebook, waits, and gives back a graded notebook; the bundle is as large as
that of a notebook of the course. Nothing is computed, so more workers than cores do no harm. The efficiency is the time
that so many workers need at least, by the time they took.
"""

import argparse
import importlib
import logging
import os
import tempfile
import time
from collections import deque
from pathlib import Path

from distributed import Client, LocalCluster
from traitlets.config import Config

from autograder.grade.cluster import cluster_workers
from autograder.grade.task import Bundle, Graded, Task
from autograder.sandbox import best_isolation

KIB = 1 << 10


def ready() -> str:
    """Imports what a task needs, once in each worker, and finds out how submissions would be isolated."""
    importlib.import_module(cluster_workers.__module__)
    return best_isolation()[0]


def simulated(seconds: float, size: int) -> object:
    """What a worker does with a task."""

    def graded(_: object, task: Task) -> Graded:
        with task.unpacked() as folder:
            (notebook,) = folder.glob("*.ipynb")
            data = notebook.read_bytes()
            time.sleep(seconds)
        return Graded(task.student, {"p.ipynb": data + os.urandom(size)}, seconds=seconds)

    return graded


def measure(count: int, options: argparse.Namespace, folder: Path) -> float:
    """Seconds of all submissions on so many workers, whose start does not count."""
    work = simulated(options.seconds, options.graded_kib * KIB)
    bundle = Bundle("hw", str(folder), Config(), b"", {"source/hw/p.ipynb": os.urandom(options.bundle_kib * KIB)})
    tasks = deque(Task(f"student{number:04}", str(folder)) for number in range(options.submissions))
    cluster = LocalCluster(
        n_workers=count, threads_per_worker=1, processes=not options.one_process, host="127.0.0.1", protocol="tcp://",
        dashboard_address=None, silence_logs=logging.ERROR,
    )  # fmt: skip
    with cluster, Client(cluster) as client:
        client.wait_for_workers(count, timeout=300)
        isolated = set(client.run(ready).values()) == {"namespaces"}
        with cluster_workers(cluster.scheduler_address, isolated=isolated) as workers:
            started = time.monotonic()
            done = {
                task.student for task, found in workers.each(work, workers.share(bundle), tasks) if found is not None
            }
            seconds = time.monotonic() - started
    assert len(done) == options.submissions
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--one-process", action="store_true", help="workers that are no processes of their own")
    parser.add_argument("--notebook-kib", type=int, default=60, help="what a task carries")
    parser.add_argument("--graded-kib", type=int, default=200, help="what it gives back")
    parser.add_argument("--bundle-kib", type=int, default=2000, help="what all tasks share")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "p.ipynb").write_bytes(os.urandom(options.notebook_kib * KIB))
        for count in options.workers:
            rows.append((count, measure(count, options, Path(folder))))
            print(f"  {count} workers: {rows[-1][1]:.1f} s", flush=True)
    print(f"\n| {options.submissions} submissions of {options.seconds:g} s | seconds | at least | efficiency |")
    print("|---|---|---|---|")
    for count, seconds in rows:
        least = options.seconds * -(-options.submissions // count)
        print(f"| {count} workers | {seconds:.1f} | {least:.1f} | {least / seconds:.0%} |")
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
