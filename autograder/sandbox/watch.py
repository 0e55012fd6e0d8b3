"""What a process and all its descendants use, read from /proc. The template looks several times a second."""

import os
from dataclasses import dataclass
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes, `cpu` in seconds, both summed over the processes.

    Memory is anonymous and shared anonymous pages. Pages that processes share count for each of them, the template's
    included (about 60 MB): with many processes the sum is too high. `exact_memory` decides then.
    """

    memory: int
    cpu: float
    processes: int


def children(pid: int) -> list[int]:
    """Process numbers of the children of `pid`. Empty where /proc does not say."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def descendants(pid: int) -> list[int]:
    """Process numbers below `pid`, without itself. Empty where /proc does not say."""
    found: list[int] = []
    queue = [pid]
    while queue and len(found) < 10_000:
        below = children(queue.pop())
        found += below
        queue += below
    return found


def tree(pid: int) -> Usage:
    memory, cpu, count = 0, 0.0, 0
    for number in (pid, *descendants(pid)):
        try:
            with open(f"/proc/{number}/status") as file:
                sizes = [int(line.split()[1]) for line in file if line.startswith(("RssAnon:", "RssShmem:"))]
            with open(f"/proc/{number}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        memory += sum(sizes) * 1024
        cpu += sum(map(int, fields[11:15])) / _TICKS
        count += 1
    return Usage(memory, cpu, count)


def cpu_of(pidfd: int) -> float:
    """CPU seconds of the process behind a descriptor and of its descendants; 0 where /proc does not say."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as file:
            pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
    except (OSError, StopIteration, ValueError):
        return 0.0
    return tree(pid).cpu if pid > 0 else 0.0


def exact_memory(pid: int) -> int | None:
    """Bytes of memory of the tree with shared pages divided among their users, less those of files. Slow: some
    milliseconds a process. None where the kernel does not say."""
    total = 0
    for number in (pid, *descendants(pid)):
        try:
            with open(f"/proc/{number}/smaps_rollup") as file:
                sizes = [int(line.split()[1]) for line in file if line.startswith(("Pss_Anon:", "Pss_Shmem:"))]
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError:
            return None
        total += sum(sizes) * 1024
    return total
