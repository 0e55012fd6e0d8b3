"""Says when a cell takes a name away from the tests: `check = sigmoid(z)` after `from nbcore import check`.

What the tests say afterwards, that an array has no attribute `value`, leads nobody to the cell that did it.
"""

import sys
from types import ModuleType
from typing import Any

_MESSAGE = (
    "The tests of this notebook use the name `{name}` for {module}, and this cell has given it to something else.\n"
    "Call yours otherwise, then run this cell and the one with the imports again."
)


class _Watch:
    """The names of modules in a notebook, looked at before and after each cell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._modules: dict[str, ModuleType] = {}
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)

    def before(self, info: Any = None) -> None:
        self._modules = {name: value for name, value in self._shell.user_ns.items() if isinstance(value, ModuleType)}

    def after(self, result: Any = None) -> None:
        if sys.modules.get("nbcore.check") not in self._modules.values():
            return
        for name, module in self._modules.items():
            now = self._shell.user_ns.get(name, module)
            if not name.startswith("_") and not isinstance(now, ModuleType):
                print(_MESSAGE.format(name=name, module=module.__name__))


def watch() -> None:
    """Begins to watch the notebook that this runs in, if it runs in one."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    if shell is not None:
        _Watch(shell)
