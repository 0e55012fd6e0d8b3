"""How a check calls a student's function: with errors put into words, with stand-ins and with hints if need be.

It knows nothing of values and tolerances. `_checks` calls it.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from .. import hints
from ..probe import session
from ..probe.call import Function, NoStandIn, Probe, fresh, in_place, name_and_call, recorder, unwrapped
from ..probe.cells import is_cell, is_test_cell, line_of, lines_on_the_way
from ..probe.outcome import digest, message_of, observe, same
from . import _errors as errors
from . import _source
from ._message import CheckFailed, Message, argument, call_lines, name_of, wrapped
from ._smallest import smallest_case
from ._student import in_part, students_functions, view

# A hint takes a few more calls of the function: after a trial that took longer than this (seconds) none is looked for.
PATIENCE = 2.0
SLOW = 5.0  # seconds, after which a call says that it still runs
SAY_ALL = ("cut-short", "repeated")  # patterns whose sentence needs no hint


# ---------------------------------------------------------------- the call


def call(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result for fresh copies of the arguments; see `call_with`."""
    mine, mine_by_name = fresh((list(args), dict(kwargs)))
    return call_with(function, mine, mine_by_name, args, kwargs)


def call_with(
    function: Function,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    shown_args: Sequence[Any],
    shown_kwargs: Mapping[str, Any],
    expected: str = "",
) -> Any:
    """Call with exactly these arguments. NotImplementedError passes; another error becomes a CheckFailed that tells it.

    shown_args, shown_kwargs: what the message shows, since the call may change the arguments themselves. expected: what
    it shows as such.
    """
    if not callable(function):
        raise _no_function(function)
    try:
        return function(*args, **kwargs)
    except (CheckFailed, NotImplementedError):
        raise
    except (Exception, SystemExit) as error:
        raise error_in_student_code(error, function, shown_args, shown_kwargs, expected) from error


def _no_function(value: object) -> CheckFailed:
    """Where a test hands over a value in place of a function: a name of the notebook has been given another meaning."""
    frame, names = sys._getframe(), list[str]()
    while frame.f_back is not None and not names:
        frame = frame.f_back
        if is_cell(frame.f_code.co_filename):
            names = [name for name, bound in frame.f_globals.items() if bound is value and not name.startswith("_")]
    name = names[0] if len(names) == 1 else ""
    message = Message(f"{name or 'What is tested'} is of type {type(value).__name__} now, and no function.")
    example = f", as in `{name} = ...`" if name else ""
    advice = f"Was it given another value{example}? Then run the cell with its def again."
    message.remarks.append(advice)
    return CheckFailed(message.text(), pattern="no-function", advice=advice)


class _Trial(NamedTuple):
    """A trial of the main thread that runs. told_at: by `time.monotonic`."""

    function: Function
    told_at: float


class _Watch:
    """Says after some seconds what runs: nobody else tells an endless loop from a slow one.

    One thread watches the trials of these seconds: to start one takes longer than many a trial.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._trial: _Trial | None = None
        self._watcher: threading.Thread | None = None
        self._wakes = 0.0

    @contextmanager
    def over(self, function: Function) -> Iterator[None]:
        """Watches the trial in the block."""
        in_browser = sys.platform == "emscripten"  # which has no threads
        if in_browser or in_part.get() or threading.current_thread() is not threading.main_thread():
            yield
            return
        with self._changed:
            before, self._trial = self._trial, _Trial(function, time.monotonic() + SLOW)
            if self._watcher is None or not self._watcher.is_alive():  # a fork takes no threads along
                self._watcher = threading.Thread(target=self._run, daemon=True)
                self._watcher.start()
            elif self._trial.told_at < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._trial = before

    def _run(self) -> None:
        while (trial := self._due()) is not None:
            lines = lines_on_the_way(sys._current_frames().get(threading.main_thread().ident or 0))
            at = f", at {lines[-1]}" if lines else ""
            running = f"{name_of(trial.function)} has been running for {SLOW:g} seconds"
            print(f"{running}{at}\n(to stop it: Kernel, Interrupt)")

    def _due(self) -> _Trial | None:
        """The next trial of which it is to be told; None when none runs: the next one starts another thread."""
        with self._changed:
            while (trial := self._trial) is not None:
                self._wakes = trial.told_at
                if (left := trial.told_at - time.monotonic()) <= 0:
                    self._trial = None
                    return trial
                self._changed.wait(left)
            self._watcher = None
            return None


_watch = _Watch()


def _shorten(error: NotImplementedError) -> None:
    """Makes IPython show one line, which names the function that is still to do, in place of the way there."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    name = frames[-1].f_code.co_qualname.rpartition("<locals>.")[2] if frames else "this function"
    text = f"NotImplementedError: {name}: {error_text(error).partition(': ')[2] or 'not written yet'}"
    with suppress(AttributeError):  # a proxy's error may take no attributes
        error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]


def error_in_student_code(
    error: BaseException, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], expected: str = ""
) -> CheckFailed:
    """The failure that reports an exception of the student's code."""
    said, seen = error_text(error), view(function, args, kwargs)
    if seen.missing is not None:
        sentence, returned = seen.missing
        end = "" if sentence.endswith("?") else "."
        message = Message(f"{seen.name}: {sentence}{end}").add("called", call_lines(*seen.called))
        return CheckFailed(message.add("returned", argument(returned, 80)).text(), pattern="count", student_error=said)
    wanted = f", {expected}" if expected else ""
    headline, label = f"the call raised {type(error).__name__}{wanted}", "your code"
    lines, ours = own_lines(error, function), test_lines(error)
    name = (errors.refusing(error) if ours else "") or seen.name
    if ours and (seen.returned or name != seen.name):
        lines, label = ours, "the test"
    if seen.returned and ours and name == seen.name:  # what a helper of the test did next has failed
        own = str(error) if isinstance(error, AssertionError) else ""
        headline = own or f"the test cannot use what it returned: {type(error).__name__}"
    message = Message(f"{name}: {headline}.").add("called", call_lines(*seen.called)).add("error", wrapped(said))
    if lines:
        message.add(label, lines)
    advice = errors.advice(error)
    message.remarks += [advice] if advice else []
    return CheckFailed(message.text(), pattern="exception", student_error=said, advice=advice)


def error_text(error: BaseException) -> str:
    """Type and message, the message cut to a readable length."""
    lines = [line[:200] for line in message_of(error).splitlines()[:4]]
    return f"{type(error).__name__}: " + "\n".join(lines) if lines else type(error).__name__


def own_lines(error: BaseException, function: Function) -> list[str]:
    """The lines of the student's code on the way to the error, outermost first; if there are none, the error's notes.

    The student's code is what stands in notebook cells, and in the file that defines the function.
    """
    own_file = getattr(getattr(unwrapped(function), "__code__", None), "co_filename", None)
    own = [row for row in _frames(error) if row[0] == own_file or is_cell(row[0])]
    # what a test cell does on the way is not the student's, unless the function stands there itself
    lines = [line_of(*row) for row in [row for row in own if not is_test_cell(row[0])] or own[-1:]]
    if len(lines) > 3:
        lines = [lines[0], "...", *lines[-2:]]
    if not lines:
        lines = [line for note in getattr(error, "__notes__", ()) for line in str(note).splitlines()][-6:]
    return lines


def test_lines(error: BaseException) -> list[str]:
    """The line of a test cell that has failed, unless the error comes from further down."""
    rows = [row for row in _frames(error) if is_cell(row[0])][-1:]
    return [line_of(*row) for row in rows if is_test_cell(row[0])]


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    return [(f.f_code.co_filename, n, f.f_code.co_name) for f, n in traceback.walk_tb(error.__traceback__)]


def is_student_file(file: str, function: Function) -> bool:
    """Whether a file name is a notebook cell or the file of the function."""
    return is_cell(file) or file == getattr(getattr(unwrapped(function), "__code__", None), "co_filename", None)


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
    with _watch.over(probes[-1].function):
        first = _outcome(trial)
    if first is None:
        _note(before[-1])
        return ""
    if given is None and in_part.get():
        given = {}
    right = _looked_up(before[-1]) if given is None else given
    try:
        passed = _attempt(probes, trial, first, right)
        _note(before[-1])
        return passed
    except CheckFailed as failure:
        _note(probes[-1], failure)
        if time.monotonic() - started < PATIENCE:
            if not in_part.get() and isinstance(first, CheckFailed) and (seen := _seen_in(probes[-1], before[-1])):
                first.say(seen)
                raise first from None
            if failure is first and failure.values:
                _add_smallest_case(failure, probes[-1])
            _add_hints(failure, before, given)
        raise


def _note(probe: Probe, failure: CheckFailed | None = None) -> None:
    """For what is drawn with the function later on: whether this check has passed."""
    if in_part.get() or (failure is None and not session.anything_failed()):
        return
    name, _, args, kwargs, _ = name_and_call(probe)
    key = (probe.kind, name, digest(args, kwargs))
    if failure is None:
        session.passed(key)
    else:
        functions = students_functions(probe.function, probe.args, probe.kwargs)
        session.failed(key, functions, str(failure).partition("\n")[0])


def _seen_in(probe: Probe, before: Probe) -> str:
    """What is wrong for sure, whatever came out; "" if nothing is. before: the probe before its call."""
    for function in students_functions(probe.function, probe.args, probe.kwargs):
        if said := _source.advice(function):
            return said
    if before.kind == "raises":  # what comes out is not asked for
        return ""
    once, again = observe(before), observe(before)
    if once is None or again is None or same(once, again):
        return ""
    return (
        "The same call gives something else each time. Is something kept from one call to the next, in a\n"
        "name outside the function or in a default value? Or drawn without the rng that is given?"
    )


def _looked_up(probe: Probe) -> Mapping[str, Function]:
    try:
        return hints.stand_ins(probe)
    except Exception:  # without stand-ins the failure stands as it is
        return {}


def _add_hints(failure: CheckFailed, probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
    if failure.pattern in SAY_ALL or (failure.pattern == "exception" and failure.advice):
        return  # the message says for sure what is wrong: a known mistake that gives the same is one guess more
    try:
        failure.advise(hints.explain(failure.pattern, probes, given))
    except Exception:  # a hint is an extra: without it the message stands as it is
        return


def _add_smallest_case(failure: CheckFailed, probe: Probe) -> None:
    if in_part.get():  # a hidden test's inputs stay hidden, and a grader finds its own examples
        return
    try:
        case = smallest_case(probe)
    except Exception:  # an extra, as a hint is
        return
    if case:
        failure.put_first(case)


Failure = CheckFailed | NotImplementedError | NoStandIn


def _attempt(probes: Sequence[Probe], trial: Callable[[], None], first: Failure, right: Mapping[str, Function]) -> str:
    """Each stand-in is tried alone first, so that the remark names only those that were needed.

    first: how the trial has failed without them.
    """
    last, functions = first, [probe.function for probe in probes]
    for names in [[name] for name in right] + ([list(right)] if len(right) > 1 else []):
        with in_place(functions, {name: right[name] for name in names}):
            failure = _outcome(trial)
        if failure is None:
            return f" (with the right {session.listed(names)} in place of yours)"
        last = failure
    if isinstance(last, CheckFailed) and str(last) != str(first):
        own = students_functions(probes[-1].function, probes[-1].args, probes[-1].kwargs)
        titles = list(dict.fromkeys(map(session.title, own)))
        name, others = titles[0] if len(titles) == 1 else name_of(functions[-1]), session.listed(list(right))
        last.details += f"\n\nThis call used the right {others} in place of yours: the mistake is in {name} itself."
        last.args = (last.details,)
        raise last
    raise first


def _outcome(trial: Callable[[], None]) -> Failure | None:
    try:
        trial()
    except NotImplementedError as error:
        _shorten(error)
        return error
    except (CheckFailed, NoStandIn) as error:
        return error
    return None
