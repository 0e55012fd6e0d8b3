"""How a check calls a student's function: with errors put into words, with stand-ins and with hints if need be.

It knows nothing of values and tolerances. `_checks` calls it.
"""

import linecache
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from .. import hints
from ..probe.call import Function, NoStandIn, Probe, fresh, in_place, recorder, unwrapped
from ._message import CheckFailed, Message, call_lines, name_of, subject, wrapped

# A hint takes a few more calls of the function: after a trial that took longer than this (seconds) none is looked for.
PATIENCE = 2.0

# Inside `part` the lines of the checks that pass are not printed, since they would show the inputs of hidden tests; and
# no stand-ins are looked up, since hidden tests bring the right functions with them.
in_part: ContextVar[bool] = ContextVar("in a part", default=False)


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
    own_file = getattr(getattr(unwrapped(function), "__code__", None), "co_filename", None)
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
    return _is_cell(file) or file == getattr(getattr(unwrapped(function), "__code__", None), "co_filename", None)


# ---------------------------------------------------------------- stand-ins for earlier exercises


def attempt(probes: Sequence[Probe], trial: Callable[[], None], given: Mapping[str, Function] | None) -> str:
    """Run `trial`; when it fails, run it again with right functions in place of the student's earlier ones.

    probes: the calls that the trial makes, the one under test last; the globals of their functions receive the
    stand-ins. given: these; with None they are looked up. Returns the remark for the line that a passing check prints.
    A failure leaves with the hints of the known mistakes that give the same.
    """
    record = recorder.get()
    if record is not None:
        record(probes, given)
        return ""
    before = [probe.before_the_call() for probe in probes]
    started = time.monotonic()
    first = _outcome(trial)
    if first is None:
        return ""
    if given is None and in_part.get():
        given = {}
    right = _looked_up(before[-1]) if given is None else given
    try:
        return _attempt([probe.function for probe in probes], trial, first, right)
    except CheckFailed as failure:
        if time.monotonic() - started < PATIENCE:
            _add_hints(failure, before, given)
        raise


def _looked_up(probe: Probe) -> Mapping[str, Function]:
    try:
        return hints.stand_ins(probe)
    except Exception:  # without stand-ins the failure stands as it is
        return {}


def _add_hints(failure: CheckFailed, probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
    try:
        failure.advise(hints.explain(failure.pattern, probes, given))
    except Exception:  # a hint is an extra: without it the message stands as it is
        return


Failure = CheckFailed | NotImplementedError | NoStandIn


def _attempt(
    functions: Sequence[Function], trial: Callable[[], None], first: Failure, right: Mapping[str, Function]
) -> str:
    """Each stand-in is tried alone first, so that the remark names only those that were needed.

    first: how the trial has failed without them.
    """
    last = first
    for names in [[name] for name in right] + ([list(right)] if len(right) > 1 else []):
        with in_place(functions, {name: right[name] for name in names}):
            failure = _outcome(trial)
        if failure is None:
            return f" (with the right {_and(names)} in place of yours)"
        last = failure
    if isinstance(last, CheckFailed) and str(last) != str(first):
        name = name_of(functions[-1])
        last.details += (
            f"\n\nThis call used the right {_and(list(right))} in place of yours: the mistake is in {name} itself."
        )
        last.args = (last.details,)
        raise last
    raise first


def _outcome(trial: Callable[[], None]) -> Failure | None:
    try:
        trial()
    except (CheckFailed, NotImplementedError, NoStandIn) as error:
        return error
    return None


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
