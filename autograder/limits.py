"""The limits of a submission's processes, in one place, each with its reason; and `Stop`: why something was stopped.

The limits of one message are in `wire.codec`. The sandbox enforces them, the examiner keeps to them, the records name
them. Only `Stop.sentence` puts a stop into words, and nothing decides by the words.
"""

import resource
import signal
from dataclasses import asdict, dataclass
from typing import Any, Literal

MIB = 1 << 20
GIB = 1 << 30


def bound(what: int, value: int) -> None:
    """Bounds a resource of this process (`resource.RLIMIT_...`), for good. A lower bound that it has already stays."""
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


@dataclass(frozen=True)
class Limits:
    """Budget of one submission. Times are seconds, sizes are bytes."""

    memory: int = 2 * GIB  # the course's largest cell needs 0.4 GiB; below 0.5 GiB NumPy itself may not start
    cpu: float = 120.0  # all processes of the submission together
    wall: float = 300.0
    cell: float = 30.0  # nbgrader's own default for a cell
    call: float = 30.0  # one call from a hidden test
    patience: float = 4.0  # times `cell` or `call` that may pass on a busy machine, before their CPU time is used up
    example: float = 0.3  # of CPU time, to look for what shows a mistake, for each test cell that has lost points
    grace: float = 5.0  # between the interrupt and the kill; compiled code takes a while to listen
    # What is printed or shown beyond these is cut off, and the notebook runs on.
    output: int = 8 * MIB  # all outputs of the notebook; a figure takes about 50 kB
    cell_output: int = 2 * MIB
    outputs_per_cell: int = 1000
    processes: int = 64
    disk: int = 64 * MIB  # scratch, home and temporary files together
    open_files: int = 256
    files: int = 4096  # files that a submission may bring

    @property
    def files_size(self) -> int:
        """Of the files that a submission may bring: the other half is left to what it writes."""
        return self.disk // 2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Kind = Literal[
    "memory", "cpu", "wall", "cell", "call", "size", "protocol", "closed", "exit", "signal", "grader"
]  # fmt: skip


@dataclass(frozen=True)
class Stop:
    """Why a process, a cell or a call was stopped, or ended by itself.

    amount: the limit that was reached (bytes, seconds), the exit status, or the number of the signal. detail: what else
    a person may want to know.
    """

    kind: Kind
    amount: float | None = None
    detail: str = ""

    def finding(self) -> Literal["limit", "protocol"]:
        """The kind of finding that this is."""
        return "protocol" if self.kind == "protocol" else "limit"

    def sentence(self, cell: str | None = None) -> str:
        """In words, with the cell in which it happened where that is known."""
        amount = self.amount or 0
        match self.kind:
            case "memory":
                text = f"memory limit of {amount / GIB:g} GiB reached"
            case "cpu":
                text = f"CPU limit of {amount:g} s reached"
            case "wall":
                text = f"time limit of {amount:g} s for the notebook reached"
            case "cell" | "call":
                text = f"time limit of {amount:g} s reached"
            case "size":
                text = "a value was too large to be handed over"
            case "protocol" | "closed":
                text = "the notebook's process ended"
            case "exit":
                text = f"the process ended itself with status {amount:g}"
            case "signal":
                text = f"the process was ended by signal {amount:g}{_name(int(amount))}"
            case "grader":
                text = "the grader gave up"
        if cell:
            text = f"{text} in cell {cell}"
        if self.kind == "protocol":
            text = f"{text}, for it broke the rules of its conversation with the examiner"
        return f"{text}: {self.detail}" if self.detail else text


def _name(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
