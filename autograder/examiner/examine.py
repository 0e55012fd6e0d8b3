"""Runs the hidden lines of one test cell and gives the verdict.

The lines are the course author's. They run here, in the trusted process, in a fresh namespace, with proxies for the
student's names. What they print and what they expect stays on this side.
"""

import ast
import contextlib
import io
import linecache
import random
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Final, TypeVar

import numpy as np

from nbcore import check
from nbcore.probe.examples import hide_numbers

from ..limits import Stop
from ..wire import WireError
from .program import FILE, program
from .proxies import CallTimeout, ResultTooLarge, SandboxDied
from .session import Session

_MAX_DETAILS: Final = 20_000
_DRAWN: Final = "a locked cell draws random numbers without a seed: those of the examiner are others"
_MAX_PARTS: Final = 10
T = TypeVar("T")


@dataclass(frozen=True)
class FailedPart:
    """What a student may know of one part of the hidden lines that failed."""

    title: str = ""
    hint: str = ""
    student_error: str = ""


@dataclass(frozen=True)
class Verdict:
    """Outcome of the hidden lines of one cell.

    `title`, `hint` and `student_error` may be shown to students, and of the other parts that failed `more`; `details`
    and `printed` are the instructor's.
    `value` is the number that the last line evaluates to, if it does: points, as in nbgrader. `stop` is the limit that
    was reached, if one was. With `unusable` the lines cannot be run here at all, and a person has to mark the cell.
    `undecided` says why lines that fail here may pass in the student's process, or the other way round.
    """

    passed: bool
    title: str = ""
    hint: str = ""
    student_error: str = ""
    details: str = ""
    printed: str = ""
    value: float | None = None
    stop: Stop | None = None
    unusable: bool = False
    undecided: str = ""
    more: tuple[FailedPart, ...] = ()

    def lines(self) -> list[str]:
        """All that a student may know of it; what several parts have in common stands there once."""
        parts = (FailedPart(self.title, self.hint, self.student_error), *self.more)
        texts = [text for part in parts for text in (part.title, part.hint, part.student_error) if text]
        return "\n".join(dict.fromkeys(texts)).splitlines()


class _HiddenTimeoutError(Exception):
    pass


ENDS: Final = (SandboxDied, CallTimeout, _HiddenTimeoutError)  # no further line would get an answer in time


def asked_names(hidden: str, trusted: Sequence[str], open_sources: Sequence[str]) -> tuple[str, ...]:
    """The names that the hidden lines ask the student's process for. None where they are no Python."""
    try:
        return program(hidden, trusted, open_sources).asked
    except (SyntaxError, ValueError):
        return ()


def examine(
    session: Session,
    hidden: str,
    trusted: Sequence[str],
    open_sources: Sequence[str],
    seconds: float,
    call: float | None = None,
) -> Verdict:
    """The verdict on `hidden`, which may take `seconds`, and each call `call`, by default the usual limit. Raises
    nothing: whatever happens is a verdict."""
    printed = io.StringIO()
    try:
        ready = program(hidden, trusted, open_sources)
    except (SyntaxError, ValueError) as error:
        return Verdict(False, "The hidden tests of this cell cannot be run", details=f"{error}", unusable=True)
    # So that the traceback for the instructor shows the lines.
    linecache.cache[FILE] = (len(hidden), None, hidden.splitlines(keepends=True), FILE)
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    # A name that the hidden lines bind themselves is theirs, whatever the student's process says of it.
    shared = set(ready.asked) - ready.bound

    def rebound(name: str, value: Any) -> None:
        if name in shared:
            namespace[name] = value

    # Lines that catch what fails want to see it, to give a part of the points say.
    goes_on = not any(isinstance(node, ast.Try | ast.TryStar) for node in ast.walk(ast.parse(hidden)))
    failures: list[check.CheckFailed] = []
    drawn = ""

    def hear(failure: check.CheckFailed) -> bool:
        failures.append(failure)
        return goes_on and not any(isinstance(cause, ENDS) for cause in _chain(failure))

    with session.block(seconds, call=call, on_rebound=rebound):
        try:
            with _deadline(session, seconds), _quiet(printed):
                namespace.update(session.names(ready.asked))
                session.mirror(namespace, set(ready.asked) & ready.bound)
                with check.all_parts(hear):
                    before = _random_state()
                    ready.start(namespace)
                    drawn = _DRAWN if _random_state() != before else ""
                    value = ready.run(namespace)
            if failures and goes_on:
                raise failures[0]
            text = _short(printed.getvalue())
            return Verdict(True, printed=text, value=_points(value), undecided=drawn)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # What comes behind a part that has failed may fail because of that, unless it ends everything.
            first = failures[0] if failures and goes_on and not isinstance(error, ENDS) else error
            verdict = _failed(first, _short(printed.getvalue()), seconds, session.limits.memory)
            undecided = drawn or _undecided(first, verdict, session)
            return replace(verdict, more=_more(failures, first) if goes_on else (), undecided=undecided)


def consult(
    session: Session,
    names: Sequence[str],
    seconds: float,
    use: Callable[[dict[str, Any]], T],
    call: float | None = None,
) -> T | None:
    """What `use` makes of the student's values of these names; None where that fails or takes too long.

    For questions that decide no mark. Nothing that the student's code does is raised. call: seconds for each call, by
    default the usual limit.
    """
    with session.block(seconds, call=call):
        try:
            with _deadline(session, seconds), _quiet(io.StringIO()):
                return use(session.names(tuple(names)))
        except Exception:
            return None


def _points(value: Any) -> float | None:
    # A plain True is no number of points: `check(...)` as the last line is a test, not a score.
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    return float(value)


def _failed(error: BaseException, printed: str, seconds: float, memory: int) -> Verdict:
    details = "".join(traceback.format_exception(error))[-_MAX_DETAILS:]
    title, hint = str(getattr(error, "title", "")), str(getattr(error, "hint", ""))
    own, stop = _student_error(error), None
    if isinstance(error, SandboxDied):
        title, stop = title or "The notebook's process ended during this test", error.stop
    elif isinstance(error, CallTimeout | _HiddenTimeoutError):
        stop = error.stop if isinstance(error, CallTimeout) else Stop("call", seconds)
        title, own = title or "This test did not end in time", own or str(error)
    elif too_large := next((cause for cause in _chain(error) if isinstance(cause, ResultTooLarge)), None):
        stop = too_large.stop
    elif own and isinstance(error, NotImplementedError):
        title = title or "Not implemented yet"
    elif own and any(isinstance(cause, MemoryError) for cause in _chain(error)):
        title, stop = title or "This test ran out of memory", Stop("memory", memory)
    title = title or "A hidden test of this cell failed"
    return Verdict(False, title, hint, own, details, printed, None, stop)


def _undecided(error: BaseException, verdict: Verdict, session: Session) -> str:
    """Why an answer that fails here may be right."""
    if verdict.stop is not None:
        return verdict.stop.sentence() if verdict.stop.kind == "size" else ""
    if verdict.student_error:
        return ""
    for cause in _chain(error):
        if isinstance(cause, WireError):
            return f"the test hands over what cannot be sent: {cause}"
    return f"the test asks for {session.formless}, which has no form here" if session.formless else ""


def _random_state() -> tuple[Any, ...]:
    """Of the generators that a whole process shares."""
    state: Any = np.random.get_state()  # noqa: NPY002
    return random.getstate(), state[1].tobytes(), state[2:]


def _more(failures: Sequence[check.CheckFailed], told: BaseException) -> tuple[FailedPart, ...]:
    """The other parts that failed, without those that only lack a name from an earlier part that did."""
    shown = [failure for failure in failures if failure is not told and not _lacks_a_name(failure)][:_MAX_PARTS]
    return tuple(FailedPart(failure.title, failure.hint, _student_error(failure)) for failure in shown)


def _lacks_a_name(failure: check.CheckFailed) -> bool:
    return isinstance(failure.__cause__, NameError) and not hasattr(failure.__cause__, "student_traceback")


def _student_error(error: BaseException) -> str:
    """The student's own exception, if one lies in the chain that led here, with the student's own lines."""
    first = ""
    for current in _chain(error):
        if isinstance(current, ResultTooLarge):
            return current.student_error  # our own words
        text, trace = getattr(current, "student_error", ""), getattr(current, "student_traceback", "")
        if type(text) is str and text:
            text = _without_numbers(text)
            if trace:
                return f"{text}\n{trace}"
            first = first or text
    return first


def _without_numbers(text: str) -> str:
    left = hide_numbers(text)
    return text if left == text else f"{left}\n(# stands for a number: those of hidden tests are not shown.)"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, once each."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _short(text: str) -> str:
    return text[-_MAX_DETAILS:]


@contextlib.contextmanager
def _quiet(printed: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _deadline(session: Session, seconds: float) -> Iterator[None]:
    """Raise in the middle of the hidden lines' own work, once they have taken `patience` times `seconds` by the clock.
    Main thread only.

    A call has a deadline of its own. It is never left here: its answer, coming late, would be taken for a breach.
    """

    def ring(number: int, frame: FrameType | None) -> None:
        if not session.engaged:
            raise _HiddenTimeoutError("the test did not end in time")

    try:
        before = signal.signal(signal.SIGALRM, ring)
    except ValueError:  # not the main thread: the deadlines of the calls have to do
        yield
        return
    # A little later than the calls' own deadline, which can tell more.
    signal.setitimer(signal.ITIMER_REAL, session.limits.patience * seconds + 2.0, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
