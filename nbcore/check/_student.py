"""Which function of the student's a check is about, where a test cell puts a function of its own around it.

A test's helper such as `weights_and_bias` means nothing to who wrote `perceptron_fit`. The call is made once more, and
what the helper calls is looked at: the student's function, its arguments, and what came back.
"""

import ast
import dis
import operator
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from io import StringIO
from types import FrameType, FunctionType
from typing import Any

from ..hints import tables
from ..probe.call import Function, first_change, fresh, unwrapped
from ..probe.cells import is_students, is_test_cell
from ..probe.session import listed
from ._message import subject

# Inside `part` the lines of the checks that pass are not printed, since they would show the inputs of hidden tests; and
# no stand-ins are looked up, since hidden tests bring the right functions with them.
in_part: ContextVar[bool] = ContextVar("in a part", default=False)

ORDINALS = ("first", "second", "third", "fourth", "fifth")
RESULTS = re.compile(r"Returns:\s*\(([\w\s,]+)\)")
LENGTH = re.compile(r"m|n|k|n_\w+")  # names of an axis: a shape stands there, and not several results


@dataclass
class StudentCall:
    """A call of a function of the student's. args: by name, before and after it; kept so that what a helper hands on is
    recognised. owner: the object of a method. returned: None as well where it raised, which `ended` tells apart."""

    name: str
    function: Any
    before: dict[str, Any]
    after: dict[str, Any]
    owner: Any = None
    returned: Any = None
    ended: bool = False

    def shown(self) -> tuple[Function, Sequence[Any], dict[str, Any]]:
        """For `call_lines`. Of a method the arguments are named, as its first is the object."""
        method = self.owner is not None
        return self.function, () if method else list(self.before.values()), self.before if method else {}

    def place_of(self, result: Any, path: str) -> str | None:
        """Where a part of a helper's result came from, in words: "dW, the second result"; None if not from here."""
        keys, value = _keys(path), _at(result, path)
        if keys and type(keys[0]) is str and keys[0] in getattr(self.owner, "__dict__", {}):
            return f"self.{keys[0]}{''.join(f'[{key!r}]' for key in keys[1:])} after the call"
        handed_on = type(result) is type(self.returned) is tuple and all(map(operator.is_, result, self.returned))
        if handed_on and keys:
            return place(self.function, path, result)
        if value is None or isinstance(value, bool | int | str):
            return None  # there is but one 0
        if value is self.returned:
            return ""
        if isinstance(self.returned, tuple):
            found = {n: _inside(entry, value) for n, entry in enumerate(self.returned[: len(ORDINALS)])}
            known = [n for n, inside in found.items() if inside is not None]
            if known:
                number = next((n for n in known if keys and n == keys[0]), known[0])
                return _named_result(result_names(self.function), number, found[number] or "")
        elif (inside := _inside(self.returned, value)) is not None:
            return f"result{inside}"
        for name, argument in self.after.items():
            inside = _inside(argument, value)
            if inside is not None:
                return f"{name}{inside} after the call"
        return None


def place(function: Any, path: str, result: Any) -> str:
    """Words for a path into the result of a function: "dW, the second result", or "result['W1']"."""
    names = result_names(function)
    number = re.match(r"\[(\d+)\]", path)
    if number and int(number[1]) < len(ORDINALS) and isinstance(result, tuple):
        return _named_result(names, int(number[1]), path[number.end() :])
    return f"result{path}" if path else ""


def _named_result(names: Sequence[str], number: int, inside: str) -> str:
    name = f"{names[number]}{inside}, " if number < len(names) else f"{'result'}{inside}, " if inside else ""
    return f"{name}the {ORDINALS[number]} result" if number < len(ORDINALS) else f"result[{number}]{inside}"


def _inside(holder: Any, value: Any, path: str = "", depth: int = 3) -> str | None:
    if holder is value:
        return path
    if depth and type(holder) in (list, tuple, dict):
        items = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, entry in items:
            found = _inside(entry, value, f"{path}[{key!r}]", depth - 1)
            if found is not None:
                return found
    return None


def result_names(function: Any) -> list[str]:
    """The names that the docstring gives to several results: "Returns: (dA_prev, dW, db)"."""
    found = RESULTS.search(getattr(function, "__doc__", None) or "")
    names = [name.strip() for name in found[1].split(",") if name.strip()] if found else []
    shape = len(names) < 2 or len(set(names)) < len(names) or any(LENGTH.fullmatch(name) for name in names)
    return [] if shape else names


def is_helper(function: Any) -> bool:
    """Whether a function was written in a test cell, or provided for one, around the student's."""
    code = getattr(unwrapped(function), "__code__", None)
    tables()  # they know the cells of the course
    return code is not None and is_test_cell(code.co_filename)


def students_functions(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The function itself, or those that a helper of a test calls."""
    if not is_helper(function):
        return [function]
    return list(dict.fromkeys(call.function for call in calls_of(function, args, kwargs)[1] if call.function))


@dataclass(frozen=True)
class View:
    """How a message speaks of a call: in whose name, of which call, of which part of the result.

    returned: whether all calls of the student's that a helper of a test makes came to an end.
    missing: where the student's function returns one thing and its docstring promises several: sentence, and result.
    """

    name: str
    called: tuple[Function, Sequence[Any], dict[str, Any]]
    place: str = ""
    missing: tuple[str, Any] | None = None
    returned: bool = False


def view(
    function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], path: str = "", result: Any = None
) -> View:
    """That of the student's function, where a helper of a test calls it. path: of the failure, inside the result."""
    own = View(subject(function), (function, args, dict(kwargs)), place(function, path, result))
    if in_part.get() or not is_helper(function):
        return own
    result, calls = calls_of(function, args, kwargs)
    for call in calls:
        names = result_names(call.function)
        if call.ended and names and not isinstance(call.returned, tuple | list):
            sentence = f"it returned one thing, it should return {len(names)} results: {', '.join(names)}"
            if call.returned is None:
                sentence = "the result is None: is a return missing?"
            return View(call.name, _shown(call, own), "", (sentence, call.returned))
    if calls and not calls[-1].ended:  # it raised
        return View(calls[-1].name, _shown(calls[-1], own))
    for call in reversed(calls):
        found = call.place_of(result, path)
        if found is not None:
            return View(call.name, _shown(call, own), found)
    names = [call.name for call in calls if not call.name.endswith(".__init__")] or [call.name for call in calls]
    if not names:
        return own
    through = f"result{path}" if own.name == "The function" and path else f"{own.name}(...){path}"
    return View(listed(list(dict.fromkeys(names))[-2:]), own.called, through, returned=True)


def _shown(call: StudentCall, own: View) -> tuple[Function, Sequence[Any], dict[str, Any]]:
    """For `call_lines`. What a method gives hangs on the calls before: the helper's call shows them all."""
    return call.shown() if call.owner is None else own.called


@dataclass(frozen=True)
class Changed:
    """A call of the student's that changed an argument; change: where in it, and how, as `first_change` says."""

    call: StudentCall
    argument: str
    change: tuple[str, str]


def changed_by_student(
    function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], number: int
) -> Changed | None:
    """Which call of the student's changed what a helper of a test was given as its argument `number`, of those by place
    and then by name; None if no helper, or no such call."""
    if in_part.get() or not is_helper(function):
        return None
    mine, by_name = fresh((list(args), dict(kwargs)))
    given = [*mine, *by_name.values()][number]
    for call in _heard(function, mine, by_name)[1]:
        for name, before in call.before.items():
            change = first_change(before, call.after[name])
            if change is not None and _inside(given, call.after[name]) is not None:
                return Changed(call, name, change)
    return None


def _keys(path: str) -> list[Any]:
    """Of a path such as "[0]['W1']"."""
    with suppress(ValueError, SyntaxError):
        return [ast.literal_eval(key) for key in re.findall(r"\[([^\]]+)\]", path)]
    return []


def _at(result: Any, path: str) -> Any:
    """What stands at a path such as "[0]['W1']"."""
    for key in _keys(path):
        try:
            result = result[key]
        except Exception:
            return None
    return result


def calls_of(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, list[StudentCall]]:
    """What a helper of a test returns, and the calls of the student's functions that it makes for that."""
    return _heard(function, *fresh((list(args), dict(kwargs))))


def _heard(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, list[StudentCall]]:
    listener = _Listener()
    result, before = None, sys.getprofile()
    with suppress(Exception), redirect_stdout(StringIO()):
        sys.setprofile(listener.hear)
        try:
            result = function(*args, **kwargs)
        finally:
            sys.setprofile(before)
    return result, listener.calls


class _Listener:
    """Hears of the calls of students' functions that do not come from students' functions."""

    def __init__(self) -> None:
        self._open: dict[FrameType, StudentCall] = {}
        self.calls: list[StudentCall] = []

    def hear(self, frame: FrameType, event: str, value: Any) -> None:
        if event == "call":
            above, code = frame.f_back, frame.f_code
            if (
                self._open
                or above is None
                or not is_students(code.co_filename)
                or is_students(above.f_code.co_filename)
            ):
                return
            given = {name: frame.f_locals[name] for name in code.co_varnames[: code.co_argcount]}
            owner = given.pop("self", None)
            name, function = _named(frame, owner)
            if name.startswith("<"):  # a piece of code without a name, and without one in the notebook
                return
            call = self._open[frame] = StudentCall(name, function, fresh(given), given, owner)
            self.calls.append(call)
        elif event == "return" and frame in self._open:
            call = self._open.pop(frame)
            operation = dis.opname[frame.f_code.co_code[frame.f_lasti]]
            call.returned, call.ended = value, operation.startswith(("RETURN", "YIELD"))


def _named(frame: FrameType, owner: Any) -> tuple[str, Any]:
    code = frame.f_code
    if owner is not None:
        return f"{type(owner).__name__}.{code.co_name}", getattr(type(owner), code.co_name, None)
    known = {n: f for n, f in frame.f_globals.items() if isinstance(f, FunctionType) and f.__code__ is code}
    name = code.co_name if code.co_name in known or not known else next(iter(known))
    return name, known.get(name)
