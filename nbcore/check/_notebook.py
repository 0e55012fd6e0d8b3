"""What the tests add to a notebook around its cells: a word on a name that is missing or taken, and short interrupts.

What Python says by itself, that an array has no attribute `value` or that `sigmoid` is not defined, leads nobody to
the cell that did it; and sixty lines say no more of an endless loop than the line that was running.
"""

import sys
from types import ModuleType, TracebackType
from typing import Any

from ..probe.cells import lines_on_the_way
from . import _errors

_TAKEN = (
    "The tests of this notebook use the name `{name}` for {module}, and this cell has given it to something else.\n"
    "Call yours otherwise, then run this cell and the one with the imports again."
)


class _Watch:
    """The names of modules in a notebook, looked at before and after each cell; and how its cells failed."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._modules: dict[str, ModuleType] = {}
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)
        if not shell.custom_exceptions:
            shell.set_custom_exc((KeyboardInterrupt,), interrupted)

    def before(self, info: Any = None) -> None:
        self._modules = {name: value for name, value in self._shell.user_ns.items() if isinstance(value, ModuleType)}

    def after(self, result: Any = None) -> None:
        error = getattr(result, "error_in_exec", None)
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            print(_errors.of_name(error, self._shell.user_ns))
        if sys.modules.get("nbcore.check") not in self._modules.values():
            return
        for name, module in self._modules.items():
            now = self._shell.user_ns.get(name, module)
            if not name.startswith("_") and not isinstance(now, ModuleType):
                print(_TAKEN.format(name=name, module=module.__name__))


def interrupted(
    shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Shows an interrupt in five lines at most."""
    lines = ["KeyboardInterrupt: the cell was stopped.", *(f"  {line}" for line in lines_on_the_way(trace)[-3:])]
    lines.append("If it was not to run so long: does every loop on this way come to an end?")
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))


def watch() -> None:
    """Begins to watch the notebook that this runs in, if it runs in one."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    if shell is not None:
        _Watch(shell)
