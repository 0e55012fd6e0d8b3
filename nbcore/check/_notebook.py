"""What the tests add to a notebook around its cells: a word on a name that is missing or taken, short interrupts, an
end without an error where an experiment has to wait, and the memory of which cells have passed.

What Python says by itself, that an array has no attribute `value` or that `sigmoid` is not defined, leads nobody to
the cell that did it; and sixty lines say no more of an endless loop than the line that was running.
"""

import linecache
import os
import sys
import traceback
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

from ..hints import Hint
from ..probe import session
from ..probe.cells import cell_digest, line_of, lines_on_the_way, may_be_graded, names_bound, unwritten
from . import _errors, _ladder
from ._message import CheckFailed

_TAKEN = (
    "The tests of this notebook use the name `{name}` for {module}, and this cell has given it to something else.\n"
    "Call yours otherwise, then run this cell and the one with the imports again."
)
_UNWRITTEN = "This cell calls {name}, which is not written yet: write it first."
_WAITS = "This cell needs `{name}` from a cell above, which has stopped."


class Ran(NamedTuple):
    """The last run of a cell. is_test: whether it tests anything. points: by `check.credit`, or None. outcome: what it
    said, the same for the same. hints: of the known mistakes that it has recognised."""

    number: int | None
    passed: bool
    is_test: bool
    points: float | None = None
    outcome: str = _ladder.PASSED
    hints: tuple[Hint, ...] = ()


ran: dict[str, Ran] = {}  # the cells of this kernel, by the digests of their texts
_credits: list[float] = []  # of the cell that runs


def credit(points: float, said: str) -> None:
    """Prints `said`, and notes how many points the cell that runs is worth, for `check.summary()` to count."""
    _credits.append(points)
    print(said)


def graded() -> bool:
    """Whether a grader runs this notebook: it has to see errors as they are, and counts by itself."""
    return "NBGRADER_EXECUTION" in os.environ


class _Watch:
    """The names of modules in a notebook, looked at before and after each cell; and how its cells ended."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._modules: dict[str, ModuleType] = {}
        self._cell = ""
        self._told: BaseException | None = None
        self._shown: BaseException | None = None
        self._unmade: set[str] = set()  # names of cells that have stopped
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)
        if not shell.custom_exceptions:
            shell.set_custom_exc((KeyboardInterrupt,) if graded() else (KeyboardInterrupt, Exception), self.failed)

    def before(self, info: Any = None) -> None:
        self._modules = {name: value for name, value in self._shell.user_ns.items() if isinstance(value, ModuleType)}
        self._cell, self._told, self._shown = getattr(info, "raw_cell", None) or "", None, None
        _credits.clear()
        session.cell_begins()

    def after(self, result: Any = None) -> None:
        session.cell_ends()
        error = getattr(result, "error_in_exec", None)
        self._remember(result)
        if error is not None and error is self._told:
            result.error_in_exec = None  # so that "Run All" goes on
        elif error is not None and error is not self._shown and (said := self._of_name(error)):
            print(said)
        if sys.modules.get("nbcore.check") not in self._modules.values():
            return
        for name, module in self._modules.items():
            now = self._shell.user_ns.get(name, module)
            if not name.startswith("_") and not isinstance(now, ModuleType):
                print(_TAKEN.format(name=name, module=module.__name__))

    def _remember(self, result: Any) -> None:
        source = getattr(getattr(result, "info", None), "raw_cell", None)
        if source is not None:
            passed = bool(result.success)
            points = min(_credits, default=None)
            error, cell = result.error_in_exec or result.error_before_exec, cell_digest(source)
            outcome, known = _ladder.outcome(error), error.hints if isinstance(error, CheckFailed) else ()
            ran[cell] = Ran(result.execution_count, passed, may_be_graded(source), points, outcome, known)
            _ladder.has_run(cell, outcome)
            if not passed:
                self._unmade |= names_bound(source)

    def failed(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """In place of IPython, for an error that has left a cell."""
        if isinstance(error, CheckFailed) and not graded() and (line := _ladder.offer(cell_digest(self._cell))):
            error.end(line)
        lines = [] if graded() or may_be_graded(self._cell) else self._why_it_waits(error)
        missing = "" if graded() or _inside_a_call(trace) else self._of_name(error)
        if lines:
            self._told = error
            print(*lines, sep="\n")
        elif missing:
            self._shown = error
            *_, (frame, number) = traceback.walk_tb(trace)
            line = line_of(frame.f_code.co_filename, number, frame.f_code.co_name)
            elsewhere = "".join(linecache.getlines(frame.f_code.co_filename)).strip() != self._cell.strip()
            where = [line] if elsewhere or "\n" in self._cell.strip() else []
            error._render_traceback_ = lambda: [f"NameError: {error}", *where, missing]  # type: ignore[attr-defined]
            shell.showtraceback((kind, error, trace))
        elif isinstance(error, KeyboardInterrupt):
            interrupted(shell, kind, error, trace)
        else:
            shell.showtraceback((kind, error, trace), running_compiled_code=True)

    def _why_it_waits(self, error: BaseException) -> list[str]:
        """For a cell that tests nothing: what stands in its place until the exercises above are done; often nothing."""
        if told := getattr(error, "told", None):
            return list(told)
        if isinstance(error, NotImplementedError):
            name = unwritten(error)
            return [_UNWRITTEN.format(name=name)] if name else []
        if isinstance(error, NameError) and error.name in self._unmade:
            return [_WAITS.format(name=error.name)]
        return []

    def _of_name(self, error: BaseException) -> str:
        """For a name that is not defined, what there is instead, or what to run."""
        if not isinstance(error, NameError) or isinstance(error, UnboundLocalError):
            return ""
        return _errors.of_name(error, self._shell.user_ns)


def _inside_a_call(trace: TracebackType) -> bool:
    """Whether an error came up in a function, and not in a line of the cell itself."""
    (frame, _) = list(traceback.walk_tb(trace))[-1]
    return frame.f_locals is not frame.f_globals


def interrupted(
    shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Shows an interrupt in five lines at most."""
    lines = ["KeyboardInterrupt: the cell was stopped.", *(f"  {line}" for line in lines_on_the_way(trace)[-3:])]
    lines.append("If it should not take so long: does every loop here come to an end?")
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))


def watch() -> None:
    """Begins to watch the notebook that this runs in, if it runs in one."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    if shell is not None:
        _Watch(shell)
