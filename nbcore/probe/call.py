"""Calls of a student's function: the probe that a check is made of, fresh arguments, what a call changed, stand-ins.

It neither judges nor words anything, and knows no mistakes. `nbcore.check`, `nbcore.hints` and the grader call it.
"""

import copy
import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Function = Callable[..., Any]
LARGE = 12  # entries of an argument: of a larger one a message shows a smaller case as well


# ---------------------------------------------------------------- arguments


def _as_it_lies(array: np.ndarray) -> np.ndarray:
    return array.copy(order="K")


def fresh(
    value: Any, memo: dict[int, Any] | None = None, copied: Callable[[np.ndarray], np.ndarray] = _as_it_lies
) -> Any:
    """A copy of an argument as deep as arrays, lists, tuples, dicts and generators go; anything else is passed as is.

    Within one call, what was the same object stays the same object (`cache["A"][0] is X`). copied: makes a new array.
    """
    memo = {} if memo is None else memo
    if id(value) not in memo:
        memo[id(value)] = _copy(value, memo, copied)
    return memo[id(value)]


def _copy(value: Any, memo: dict[int, Any], copied: Callable[[np.ndarray], np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        return copied(value)
    if type(value) is list:
        return [fresh(v, memo, copied) for v in value]
    if type(value) is tuple:
        return tuple(fresh(v, memo, copied) for v in value)
    if type(value) is dict:
        return {k: fresh(v, memo, copied) for k, v in value.items()}
    if isinstance(value, np.random.Generator):
        # deepcopy would do, but is ten times slower; the state is all there is to a bit generator
        bits = type(value.bit_generator)()
        bits.state = value.bit_generator.state
        return np.random.Generator(bits)
    return value


def first_change(before: Any, after: Any, path: str = "") -> tuple[str, str] | None:
    """Where and how `after` differs from `before` in any bit, as (path, words); None if it does not."""
    if isinstance(before, np.ndarray):
        return _array_change(before, after, path)
    if before is None and after is not None:
        return path, f"it was None and is now {_short(after)}"
    if isinstance(before, dict):
        if not isinstance(after, dict):
            return path, f"it was a dict and is now {_short(after)}"
        if gone := [k for k in before if k not in after]:
            return path, f"the key {gone[0]!r} is gone"
        if new := [k for k in after if k not in before]:
            return path, f"the key {new[0]!r} was added"
        return _any_change((before[k], after[k], f"{path}[{k!r}]") for k in before)
    if isinstance(before, list | tuple):
        if not isinstance(after, list | tuple):
            return path, f"it was a {type(before).__name__} and is now {_short(after)}"
        if len(before) != len(after):
            return path, f"the length was {len(before)} and is now {len(after)}"
        return _any_change((b, a, f"{path}[{i}]") for i, (b, a) in enumerate(zip(before, after, strict=True)))
    if isinstance(before, bool | int | float | str | np.generic):
        same = type(before) is type(after) and (before == after or (before != before and after != after))
        return None if same else (path, f"it was {before!r} and is now {_short(after)}")
    return None


def array_parts(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """The arrays in an argument, with their paths."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, dict | list | tuple):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from array_parts(entry, f"{path}[{key!r}]")


def entries(value: Any) -> int:
    """How many numbers there are in an argument."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict | list | tuple):
        return sum(map(entries, value.values() if isinstance(value, dict) else value))
    return int(isinstance(value, int | float))


def is_large(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether an argument is too large to see by eye what comes out."""
    return any(entries(value) > LARGE for value in (*args, *kwargs.values()))


def _any_change(entries: Iterator[tuple[Any, Any, str]]) -> tuple[str, str] | None:
    return next((change for b, a, path in entries if (change := first_change(b, a, path)) is not None), None)


def _array_change(before: np.ndarray, after: Any, path: str) -> tuple[str, str] | None:
    if not isinstance(after, np.ndarray):
        return path, f"it was an array and is now a {type(after).__name__}"
    if before.shape != after.shape:
        return path, f"its shape was {before.shape} and is now {after.shape}"
    if before.dtype != after.dtype:
        return path, f"its dtype was {before.dtype} and is now {after.dtype}"
    # bit for bit: NaN equals itself, and -0.0 is not 0.0
    raw = [np.frombuffer(a.tobytes(), np.uint8).reshape(*a.shape, a.dtype.itemsize) for a in (before, after)]
    places = np.argwhere((raw[0] != raw[1]).any(axis=-1))
    if not len(places):
        return None
    at = tuple(int(i) for i in places[0])
    more = f" ({len(places)} of {before.size} entries changed)" if len(places) > 1 else ""
    where = path + (f"[{', '.join(map(str, at))}]" if at else "")
    return where, f"it was {_short(before[at])} and is now {_short(after[at])}{more}"


def _short(value: Any) -> str:
    if isinstance(value, np.generic):
        return repr(value.item())
    if value is None:
        return "None"
    return repr(value) if isinstance(value, bool | int | float | str) else f"a {type(value).__name__}"


# ---------------------------------------------------------------- what a check looks at


@dataclass(frozen=True)
class Probe:
    """One call that a check makes. kind: what is looked at, "value", "stability", "purity", "in_place" or "raises"."""

    kind: str
    function: Function
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def own_function(self) -> Function:
        """The function; a method comes with a copy of its object, so that calling it leaves the object as it is, unless
        it stands for a function in the notebook."""
        if not isinstance(self.function, types.MethodType) or bound_name(self.function):
            return self.function
        try:
            return copy.deepcopy(self.function)
        except Exception:  # an object that cannot be copied
            return self.function

    def before_the_call(self) -> "Probe":
        return replace(self, function=self.own_function())


Recorder = Callable[[Sequence[Probe], Mapping[str, Function] | None], None]


def unwrapped(function: Any) -> Any:
    """The Python function inside a partial, a np.vectorize, a decorator's wrapper or an object that can be called."""
    for _ in range(10):  # an object may be called by an object
        if isinstance(function, types.FunctionType) and "__wrapped__" in vars(function):
            function = vars(function)["__wrapped__"]
        elif isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, np.vectorize):
            function = function.pyfunc
        elif hasattr(type(function), "__globals__"):  # a function, or a proxy for one
            break
        else:
            method = inspect.getattr_static(type(function), "__call__", None)
            if not isinstance(method, types.FunctionType):
                break
            function = method
    return function


def globals_of(function: Any) -> Any:
    """The names that a function sees: its notebook's, or a proxy for these. None for one that is built in."""
    # What a decorator gave back lies in the decorator's module; what only stands for a function says where that lies.
    own = None if isinstance(function, types.FunctionType) else getattr(function, "__globals__", None)
    return getattr(unwrapped(function), "__globals__", None) if own is None else own


def names_in_the_notebook(function: Any) -> list[str]:
    """Its own name first, if it has one there, and then the others: `silu = my_silu` is silu as well."""
    space, own = globals_of(function), getattr(function, "__name__", None)
    names = [name for name, value in space.items() if value is function] if type(space) is dict else []
    return sorted(names, key=lambda name: (name != own, name.startswith("_")))  # `_` and `_5` are IPython's


def bound_name(function: Any) -> str | None:
    """The name in the notebook of what has none of its own there: that of `silu = lambda z: ...`, of what a decorator
    gave back, of `silu = np.vectorize(one_silu)`."""
    if isinstance(function, type):
        return None
    name = next(iter(names_in_the_notebook(function)), None)
    return None if name == getattr(function, "__name__", None) else name


def name_and_call(probe: Probe) -> tuple[str, Function, list[Any], dict[str, Any], Any]:
    """Name, function, arguments and, for a method, the state of its object; a partial's arguments are the call's."""
    function, args, kwargs = probe.function, list(probe.args), dict(probe.kwargs)
    bound = bound_name(function)
    if bound is not None:
        return bound, function, args, kwargs, None
    while isinstance(function, functools.partial):
        args, kwargs = [*function.args, *args], {**function.keywords, **kwargs}
        function = function.func
    name = getattr(function, "__name__", None)
    name = name if isinstance(name, str) else ""
    owner = getattr(function, "__self__", None)
    if owner is None or isinstance(function, np.ufunc) or not hasattr(owner, "__dict__") or isinstance(owner, type(np)):
        return name, function, args, kwargs, None
    return f"{type(owner).__name__}.{name}", function, args, kwargs, vars(owner)


# Set while the wrong answers of known mistakes are recorded: a check then makes its calls known and judges nothing.
recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


# ---------------------------------------------------------------- stand-ins for earlier exercises


class NoStandIn(BaseException):
    """A stand-in is asked what it does not know. Not an Exception, so that no code under test handles it."""


@contextmanager
def in_place(functions: Sequence[Function], right: Mapping[str, Function]) -> Iterator[None]:
    """Set names in the globals of the functions, and put the old values back, whatever happens.

    The globals may be a proxy: only `in`, `[]`, `[] =` and `del` are used.
    """
    spaces: list[Any] = []
    for function in functions:
        space = globals_of(function)
        if space is not None and not any(space is s for s in spaces):
            spaces.append(space)
    undo: list[Callable[[], None]] = []
    try:
        for space in spaces:
            for name, function in right.items():
                undo.append(_restorer(space, name))
                space[name] = function
        yield
    finally:
        for step in reversed(undo):
            step()


def _restorer(space: Any, name: str) -> Callable[[], None]:
    if name in space:
        old = space[name]

        def restore() -> None:
            space[name] = old

    else:

        def restore() -> None:
            if name in space:
                del space[name]

    return restore
