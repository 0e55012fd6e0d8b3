"""How a check calls a student's function: with fresh copies, with errors put into words, with stand-ins if need be.

It knows nothing of values and tolerances. `_checks` calls it.
"""

import copy
import functools
import linecache
import time
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._message import CheckFailed, Message, call_lines, name_of, subject, wrapped

Function = Callable[..., Any]
StandIn = Function | Mapping[float, float]


# ---------------------------------------------------------------- arguments


def fresh(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A copy of an argument as deep as arrays, lists, tuples, dicts and generators go; anything else is passed as is.

    Within one call, what was the same object stays the same object (`cache["A"][0] is X`).
    """
    memo = {} if memo is None else memo
    if id(value) not in memo:
        memo[id(value)] = _copy(value, memo)
    return memo[id(value)]


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if type(value) is list:
        return [fresh(v, memo) for v in value]
    if type(value) is tuple:
        return tuple(fresh(v, memo) for v in value)
    if type(value) is dict:
        return {k: fresh(v, memo) for k, v in value.items()}
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
    if isinstance(before, dict):
        if gone := [k for k in before if k not in after]:
            return path, f"the key {gone[0]!r} is gone"
        if new := [k for k in after if k not in before]:
            return path, f"the key {new[0]!r} was added"
        return _any_change((before[k], after[k], f"{path}[{k!r}]") for k in before)
    if isinstance(before, list | tuple):
        if len(before) != len(after):
            return path, f"the length was {len(before)} and is now {len(after)}"
        return _any_change((b, a, f"{path}[{i}]") for i, (b, a) in enumerate(zip(before, after, strict=True)))
    if isinstance(before, bool | int | float | str | np.generic):
        same = type(before) is type(after) and (before == after or (before != before and after != after))
        return None if same else (path, f"it was {before!r} and is now {_short(after)}")
    return None


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
    return where, f"it was {before[at].item()!r} and is now {after[at].item()!r}{more}"


def _short(value: Any) -> str:
    return repr(value) if isinstance(value, bool | int | float | str) else f"a {type(value).__name__}"


# ---------------------------------------------------------------- the call


def call(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result for fresh copies of the arguments; see `call_with`."""
    memo: dict[int, Any] = {}
    return call_with(
        function, [fresh(a, memo) for a in args], {k: fresh(v, memo) for k, v in kwargs.items()}, args, kwargs
    )


def call_with(
    function: Function,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    shown_args: Sequence[Any],
    shown_kwargs: Mapping[str, Any],
) -> Any:
    """Call with exactly these arguments. NotImplementedError passes; another error becomes a CheckFailed that tells it.

    shown_args, shown_kwargs: what the message shows, since the call may change the arguments themselves.
    """
    try:
        return function(*args, **kwargs)
    except NotImplementedError as error:
        shorten(error)
        raise
    except CheckFailed:
        raise
    except (Exception, SystemExit) as error:
        raise error_in_student_code(error, function, shown_args, shown_kwargs) from error


def shorten(error: NotImplementedError) -> None:
    """Makes IPython show one line, which names the function that is still to do, in place of the way there."""
    frames = traceback.extract_tb(error.__traceback__)
    name = frames[-1].name if frames else "this function"
    text = f"NotImplementedError: {name}: {error_text(error).partition(': ')[2] or 'not written yet'}"
    with suppress(AttributeError):  # a proxy's error may take no attributes
        error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]


def error_in_student_code(
    error: BaseException, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], expected: str = ""
) -> CheckFailed:
    """The failure that reports an exception of the student's code."""
    said = error_text(error)
    wanted = f", {expected}" if expected else ""
    message = Message(f"{subject(function)}: the call raised {type(error).__name__}{wanted}.")
    message.add("called", call_lines(function, args, dict(kwargs))).add("error", wrapped(said))
    if lines := own_lines(error, function):
        message.add("your code", lines)
    return CheckFailed(message.text(), pattern="exception", student_error=said)


def error_text(error: BaseException) -> str:
    """Type and message, the message cut to a readable length."""
    text = str(error)
    lines = [line[:200] for line in text.splitlines()[:4]]
    return f"{type(error).__name__}: " + "\n".join(lines) if lines else type(error).__name__


def own_lines(error: BaseException, function: Function) -> list[str]:
    """The lines of the student's code on the way to the error, outermost first; if there are none, the error's notes.

    The student's code is what stands in notebook cells, and in the file that defines the function.
    """
    own_file = getattr(getattr(_unwrap(function), "__code__", None), "co_filename", None)
    frames = [(f.f_code.co_filename, n, f.f_code.co_name) for f, n in traceback.walk_tb(error.__traceback__)]
    lines = [own_line(file, n, name) for file, n, name in frames if file == own_file or _is_cell(file)]
    if len(lines) > 3:
        lines = [lines[0], "...", *lines[-2:]]
    if not lines:
        lines = [line for note in getattr(error, "__notes__", ()) for line in str(note).splitlines()][-6:]
    return lines


def own_line(file: str, number: int, name: str = "") -> str:
    within = f" of {name}" if name.isidentifier() else ""
    return f"line {number}{within}: {linecache.getline(file, number).strip()}"


def _is_cell(file: str) -> bool:
    return "ipykernel_" in file or file.startswith("<ipython-input")


def is_student_file(file: str, function: Function) -> bool:
    """Whether a file name is a notebook cell or the file of the function."""
    return _is_cell(file) or file == getattr(getattr(_unwrap(function), "__code__", None), "co_filename", None)


def _unwrap(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


# ---------------------------------------------------------------- what a check looks at


@dataclass(frozen=True)
class Probe:
    """One call that a check makes. kind: what is looked at, "value", "stability", "purity" or "raises"."""

    kind: str
    function: Function
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def own_function(self) -> Function:
        """The function; a method comes with a copy of its object, so that calling it leaves the object as it is."""
        if not isinstance(self.function, types.MethodType):
            return self.function
        try:
            return copy.deepcopy(self.function)
        except Exception:  # an object that cannot be copied
            return self.function

    def before_the_call(self) -> "Probe":
        return replace(self, function=self.own_function())


Recorder = Callable[[Sequence[Probe], Mapping[str, StandIn] | None], None]

# A hint takes a few more calls of the function: after a trial that took longer than this (seconds) none is looked for.
PATIENCE = 2.0

# Set while the wrong answers of known mistakes are recorded: a check then makes its calls known and judges nothing.
recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


# ---------------------------------------------------------------- stand-ins for earlier exercises


def attempt(probes: Sequence[Probe], trial: Callable[[], None], given: Mapping[str, StandIn] | None) -> str:
    """Run `trial`; when it fails, run it again with the given functions in place of the student's.

    probes: the calls that the trial makes, the one under test last; the globals of their functions receive the
    stand-ins. Returns the remark for the line that a passing check prints. A failure leaves with the hints of the
    known mistakes that give the same.
    """
    record = recorder.get()
    if record is not None:
        record(probes, given)
        return ""
    before = [probe.before_the_call() for probe in probes]
    started = time.monotonic()
    try:
        return _attempt([probe.function for probe in probes], trial, given)
    except CheckFailed as failure:
        if time.monotonic() - started < PATIENCE:
            _add_hints(failure, before, given)
        raise


def _add_hints(failure: CheckFailed, probes: Sequence[Probe], given: Mapping[str, StandIn] | None) -> None:
    try:
        from .. import hints  # read on failure only

        failure.advise(hints.explain(failure.pattern, probes, given))
    except Exception:  # a hint is an extra: without it the message stands as it is
        return


def _attempt(functions: Sequence[Function], trial: Callable[[], None], given: Mapping[str, StandIn] | None) -> str:
    """Each stand-in is tried alone first, so that the remark names only those that were needed."""
    first = _outcome(trial)
    if first is None:
        return ""
    if not given:
        raise first
    missing: list[float] = []
    right = {name: f if callable(f) else lookup(name, f, missing) for name, f in given.items()}
    last: Exception | None = first
    for names in [[name] for name in right] + ([list(right)] if len(right) > 1 else []):
        with in_place(functions, {name: right[name] for name in names}):
            last = _outcome(trial)
        if last is None:
            return f" (with the right {_and(names)} in place of yours)"
    told = isinstance(last, CheckFailed) and not missing and str(last) != str(first)
    if isinstance(last, CheckFailed) and told:
        name = name_of(functions[-1])
        last.details += (
            f"\n\nThis call used the right {_and(list(right))} in place of yours: the mistake is in {name} itself."
        )
        last.args = (last.details,)
        raise last
    raise first


def _outcome(trial: Callable[[], None]) -> CheckFailed | NotImplementedError | None:
    try:
        trial()
    except (CheckFailed, NotImplementedError) as error:
        return error
    return None


def lookup(name: str, table: Mapping[float, float], missing: list[float]) -> Function:
    """An elementwise function from a table of inputs and values. An input that is not in it is noted in `missing`."""
    inputs = np.array(sorted(table), dtype=float)
    values = np.array([table[k] for k in sorted(table)], dtype=float)

    def stand_in(z: Any) -> Any:
        x = np.asarray(z, dtype=float)
        nearest = np.abs(inputs[:, None] - x.reshape(1, -1)).argmin(axis=0)
        apart = np.abs(inputs[nearest] - x.ravel())
        if (apart > 1e-12 * np.maximum(1, np.abs(x.ravel()))).any():
            missing.extend(x.ravel()[apart > 0].tolist())
            raise LookupError(f"the table of {name} has no value for {missing[0]!r}")
        return values[nearest].reshape(x.shape)[()]

    stand_in.__name__ = name
    return stand_in


@contextmanager
def in_place(functions: Sequence[Function], right: Mapping[str, Function]) -> Iterator[None]:
    """Set names in the globals of the functions, and put the old values back, whatever happens.

    The globals may be a proxy: only `in`, `[]`, `[] =` and `del` are used.
    """
    spaces: list[Any] = []
    for function in functions:
        space = getattr(_unwrap(function), "__globals__", None)
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


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
