"""A student's own functions, in the notebooks that come after: `from nbcore.mine import relu, mlp_forward`.

They are looked up in the student's notebooks that lie beside this one, of which only the definitions are run. What
passes the visible tests of its exercise is taken. In place of what fails or is missing, the right function of
`nbcore.given` is taken. Grading always takes the right ones, so that no mark depends on an earlier notebook.
"""

import ast
import dis
import io
import json
import linecache
import os
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext, redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from . import given, hints
from .probe.cells import without_magics
from .probe.within import IN_THE_BROWSER, Late, within

WIDTH = 96  # characters of a line in a notebook beside the file browser
LARGEST = 50_000_000  # bytes of a notebook that is read
SECONDS = 10  # for a visible test of it; the slowest takes less than one
GRADING = "NBGRADER_EXECUTION"  # nbgrader sets it while it grades and validates

_asked: dict[str, str] = {}  # what this session has imported -> why it is not the student's, or ""


def report(function: Callable[..., Any] | None = None) -> None:
    """Print which functions are the student's own, and which are provided instead, and why.

    They are those that this session has imported, or those that a function takes from earlier notebooks, itself or
    through others.
    """
    reasons = _asked if function is None else _taken_by(function)
    taken = "this notebook takes over" if function is None else f"{function.__name__} takes from earlier notebooks"
    own = [name for name, reason in reasons.items() if not reason]
    if own and len(own) == len(reasons):
        _say(f"All functions that {taken} ({len(own)}) are your own: {', '.join(own)}.")
    elif own:
        _say(f"Your own functions, {len(own)} of the {len(reasons)} that {taken}: {', '.join(own)}.")
    elif not reasons and function is not None:
        _say(f"{function.__name__} takes no function from earlier notebooks.")
    elif function is not None:
        _say(f"None of the functions that {taken} ({len(reasons)}) is your own.")
    for reason in dict.fromkeys(filter(None, reasons.values())):
        names = [name for name, other in reasons.items() if other == reason]
        _say(f"Provided, as {reason}: {', '.join(names)}.")


def _taken_by(function: Callable[..., Any]) -> dict[str, str]:
    """What a function uses of earlier notebooks -> why it is not the student's, or "". Provided ones count as one."""
    students = {function.__module__, *(assignment for assignment, _ in given.TAUGHT.values())}
    found: dict[str, str] = {}
    waiting, seen = [function], {id(function)}
    while waiting:
        for name, used in _globals_of(waiting.pop()):
            if name in given.TAUGHT and used is getattr(given, name):
                found[name] = _asked.get(name) or _find(name)[1] or "they were taken over before yours passed"
                continue
            if name in given.TAUGHT:
                found.setdefault(name, "")
            if id(used) not in seen and getattr(used, "__module__", None) in students:
                seen.add(id(used))
                waiting.append(used)
    return {name: found[name] for name in given.TAUGHT if name in found}


def _globals_of(function: Any) -> Iterator[tuple[str, Any]]:
    """The global names that a function, or the methods of a class and of its bases, read, with their values."""
    parts = [part for base in function.__mro__ for part in vars(base).values()] if isinstance(function, type) else []
    for part in filter(lambda part: isinstance(part, FunctionType), [function, *parts]):
        for name in _reads(part.__code__):
            if name in part.__globals__:
                yield name, part.__globals__[name]


def _reads(code: CodeType) -> Iterator[str]:
    yield from (step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _reads(constant)


def _say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, subsequent_indent="    ", break_on_hyphens=False))


def __getattr__(name: str) -> Any:
    if name not in given.TAUGHT:
        raise AttributeError(f"no exercise of the course is called {name}")
    value, _asked[name] = _find(name)
    return value


def _find(name: str) -> tuple[Any, str]:
    """The function to use under this name, and why it is not the student's, or ""."""
    assignment, _ = given.TAUGHT[name]
    if os.environ.get(GRADING):
        return getattr(given, name), "in all grading"
    if (path := _beside(assignment)) is None:
        return getattr(given, name), "their notebooks do not lie beside this one"
    return _Notebook.read(assignment, path).version(name)


def _beside(assignment: str) -> Path | None:
    """The student's notebook of an assignment, where the course or a download has put it."""
    here, file = Path.cwd(), f"{assignment}.ipynb"
    places = (here / file, here.parent / assignment / file, here / assignment / file, here.parent / file)
    return next((path for path in places if path.is_file() and path.stat().st_size <= LARGEST), None)


class _Notebook:
    """The definitions of one notebook, each exercise tried once by its visible tests."""

    def __init__(self, assignment: str, path: Path) -> None:
        self._assignment = assignment
        self._space: dict[str, Any] = {"__name__": assignment}
        self._tests: dict[str, list[tuple[str, str]]] = {}  # by exercise: name and source
        self._reasons: dict[str, str] = {}  # by exercise
        self._of_tests: dict[str, Any] = {}
        for number, (name, is_solution, source) in enumerate(_code_cells(path)):
            if name.startswith("test-"):
                exercise = name.removeprefix("test-").rpartition("-")[0]
                self._tests.setdefault(exercise, []).append((name, source))
            else:
                self._define(f"<{assignment}: {name or f'cell {number + 1}'}>", source, is_solution)

    @classmethod
    def read(cls, assignment: str, path: Path) -> "_Notebook":
        """The notebook as it was last saved."""
        return _read(assignment, path, path.stat().st_mtime_ns)

    def version(self, name: str) -> tuple[Any, str]:
        """The function to use under this name, and why it is not the student's, or ""."""
        exercise = given.TAUGHT[name][1]
        # An exercise may use those before it: each is tried with functions that are right.
        for assignment, earlier in dict.fromkeys(given.TAUGHT.values()):
            if assignment == self._assignment and earlier not in self._reasons:
                self._reasons[earlier] = self._why_not(earlier)
                if self._reasons[earlier]:
                    self._space.update({n: getattr(given, n) for n in _names(assignment, earlier)})
            if (assignment, earlier) == given.TAUGHT[name]:
                break
        return self._space[name], self._reasons[exercise]

    def _why_not(self, exercise: str) -> str:
        if missing := [name for name in _names(self._assignment, exercise) if name not in self._space]:
            return f"{self._assignment} does not define {', '.join(missing)}"
        for name, source in self._tests.get(exercise, []):
            file = f"<{self._assignment}: {name}>"
            space = self._of_tests | self._space  # a test may use what an earlier one has made, but not its functions
            try:
                _run(file, source, space)
            except NotImplementedError:
                return f"not written yet in {self._assignment}"
            except Late:
                return f"{name} of {self._assignment} does not end within {SECONDS} seconds"
            except (Exception, SystemExit) as error:
                if not (isinstance(error, NameError) and _raised_in(error) == file):
                    return f"{name} of {self._assignment} fails"
            self._of_tests = space
        return ""

    def _define(self, file: str, source: str, is_solution: bool) -> None:
        """Run the definitions of a cell. What does not run is missing afterwards."""
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)  # for errors, and for `name??`
        for statement in _definitions(source, is_solution):
            try:
                _run(file, ast.Module([statement], []), self._space)
            except (Exception, SystemExit, Late):
                continue


@cache
def _read(assignment: str, path: Path, saved: int) -> _Notebook:
    return _Notebook(assignment, path)


def _names(assignment: str, exercise: str) -> list[str]:
    return [name for name, taught in given.TAUGHT.items() if taught == (assignment, exercise)]


def _code_cells(path: Path) -> Iterator[tuple[str, bool, str]]:
    """grade_id or "", whether it is a solution cell, and the source; none where the file is no notebook."""
    # Not by nbformat, which the browser's Python has not.
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        read = [(cell["metadata"].get("nbgrader") or {}, "".join(cell["source"])) for cell in code]
        named = [(str(flags.get("grade_id", "")), bool(flags.get("solution")), source) for flags, source in read]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    for name, is_solution, source in named:
        yield name, is_solution, without_magics(source)


def _definitions(source: str, is_solution: bool) -> Iterator[ast.stmt]:
    """What a cell defines: functions, classes, imports, and numbers and the like that are written down; of a solution
    cell whatever is assigned."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return
    yield from (statement for statement in statements if _defines(statement, is_solution))


_PLAIN = (
    ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.unaryop, ast.expr_context,
)  # fmt: skip
_NAMES = (ast.Name, ast.Tuple, ast.expr_context)


def _defines(statement: ast.stmt, is_solution: bool) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        value = statement.value
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        named = all(isinstance(node, _NAMES) for target in targets for node in ast.walk(target))
        plain = value is not None and all(isinstance(node, _PLAIN) for node in ast.walk(value))
        return is_solution or (named and (plain or isinstance(value, ast.Lambda)))
    if isinstance(statement, ast.Try):
        parts = [statement.body, statement.orelse, statement.finalbody, *(one.body for one in statement.handlers)]
        return all(isinstance(one, ast.Pass) or _defines(one, is_solution) for part in parts for one in part)
    return isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _raised_in(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename if trace is not None else ""


def _run(file: str, code: str | ast.Module, space: dict[str, Any]) -> None:
    asked = dict(_asked)  # what a notebook that is read takes over itself does not count here
    drawn, here, said = np.random.get_state(), Path.cwd(), io.StringIO()  # noqa: NPY002
    try:
        quiet = redirect_stdout(said), redirect_stderr(said)
        with warnings.catch_warnings(), np.errstate(all="ignore"), quiet[0], quiet[1], hints.use(()):
            warnings.simplefilter("ignore")
            program = compile(code, file, "exec")
            with nullcontext() if IN_THE_BROWSER else within(SECONDS):  # there a limit takes too long itself
                exec(program, space)
    finally:
        np.random.set_state(drawn)  # noqa: NPY002
        with suppress(OSError):  # the folder may be gone
            os.chdir(here)
        _asked.clear()
        _asked.update(asked)
