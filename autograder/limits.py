"""The limits of one submission, in one place, each with its reason.

The sandbox enforces them, the examiner keeps to them, the records name them.
"""

from dataclasses import asdict, dataclass
from typing import Any

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Budget of one submission. Times are seconds, sizes are bytes."""

    memory: int = 2 * GIB  # the course's largest cell needs 0.4 GiB; below 0.5 GiB NumPy itself may not start
    cpu: float = 120.0  # all processes of the submission together
    wall: float = 300.0
    cell: float = 30.0  # nbgrader's own default for a cell
    call: float = 30.0  # one call from a hidden test
    patience: float = 4.0  # times `cell` or `call` that may pass on a busy machine, before their CPU time is used up
    grace: float = 5.0  # between the interrupt and the kill; compiled code takes a while to listen
    output: int = 8 * MIB  # all outputs of the notebook; a figure takes about 50 kB
    cell_output: int = 2 * MIB
    outputs_per_cell: int = 1000
    processes: int = 64
    disk: int = 64 * MIB  # scratch, home and temporary files together
    open_files: int = 256
    files: int = 4096  # files that a submission may bring

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
