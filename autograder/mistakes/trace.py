"""What a function or class gives, request by request, while the test cells of its exercise run: a trace.

The tests speak to proxies, whether the function is a student's in the sandbox or that of a known mistake in this
process, so that both leave traces of one kind. Checks make their calls and judge nothing, so that a failure hides
nothing of what comes after it.
"""

import io
import itertools
import operator
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

import numpy as np

from nbcore.probe.call import Function, Probe, first_change, fresh, recorder
from nbcore.probe.outcome import (
    FLOATING_POINT,
    Leaf,
    Outcome,
    leaves,
    same,
    text_digest,
)

from ..course.code import compiled, compiled_statements, defined_in
from ..course.plan import PlannedCell
from ..examiner.proxies import Answers, CallableProxy, CallTimeout, Proxy, SandboxDied, StudentError
from ..runner.operations import operations

_NOTED: Final = ("call", "get", "iter", "next", "len", "text", "item")
_MOST: Final = 3000  # entries of a trace: a test that asks more often repeats itself
_MOST_PARTS: Final = 100
_PLAIN: Final = (
    type(None), bool, int, float, complex, str, bytes, range, slice, set, frozenset, np.generic, np.ndarray,
    np.random.Generator, np.dtype,
)  # fmt: skip


class OutOfTime(BaseException):
    """The time is up, or the process of the student's is gone. No test may catch it."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in the block after so much CPU time of this process."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@dataclass(frozen=True)
class Difference:
    """Where one trace differs from another: its outcomes there, None for a place that it lacks."""

    outcomes: dict[str, Outcome | None]
    whole: bool
    unsteady: frozenset[str]


@dataclass
class Trace:
    """What came out, by place: cell, statement and number of the request, or what `visible` looks at.

    whole: unless the run had to be stopped. unsteady: places where another run gave something else.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    whole: bool = True
    unsteady: frozenset[str] = frozenset()

    @property
    def untouched(self) -> bool:
        """Whether every call said that it is not implemented yet."""
        errors = [o.error for place, o in self.outcomes.items() if not place.endswith("end")]
        return all(error is not None and error[0] == "NotImplementedError" for error in errors)

    def places_unlike(self, other: "Trace") -> set[str]:
        """Where the two differ."""
        mine, theirs = self.outcomes, other.outcomes
        both = mine.keys() & theirs.keys()
        return (mine.keys() ^ theirs.keys()) | {place for place in both if not same(mine[place], theirs[place])}

    def after(self, *others: "Trace | None") -> "Trace":
        """This trace, with the places at which the traces of other runs differ from it."""
        unlike = [self.places_unlike(other) for other in others if other is not None and other.whole]
        return Trace(self.outcomes, self.whole, frozenset().union(*unlike))

    def leave_out(self, places: Iterable[str]) -> None:
        for place in places:
            self.outcomes.pop(place, None)

    def minus(self, other: "Trace") -> Difference:
        return Difference(
            {place: self.outcomes.get(place) for place in sorted(self.places_unlike(other))}, self.whole, self.unsteady
        )

    def plus(self, difference: Difference) -> "Trace":
        """The trace whose difference to this one `minus` gave."""
        merged = self.outcomes | difference.outcomes
        kept = {place: outcome for place, outcome in merged.items() if outcome is not None}
        return Trace(kept, difference.whole, difference.unsteady)


# ---------------------------------------------------------------- functions of this process behind proxies


class LocalSession:
    """Answers for functions of this process as a session does for those in the sandbox."""

    def __init__(self) -> None:
        self._number = itertools.count(1)
        self._proxies: dict[int, Proxy] = {}
        self._operations = operations({})
        self._targets: dict[int, Any] = {}  # by number; they live as long as their proxies, so that no id comes again

    def proxy(self, value: Any) -> Proxy:
        """The proxy that stands for a function, class or object: always the same."""
        if id(value) not in self._proxies:
            kind = "class" if isinstance(value, type) else "iterator" if hasattr(value, "__next__") else "object"
            kind = "function" if kind == "object" and callable(value) else kind
            maker = CallableProxy if kind in ("function", "class") else Proxy
            number = next(self._number)
            name = str(getattr(value, "__name__", type(value).__name__))
            self._proxies[id(value)] = maker(self, number, kind, name, None)
            self._targets[number] = value
        return self._proxies[id(value)]

    def request(self, operation: str, arguments: tuple[Any, ...], *, ends: bool = False) -> Any:
        return self._outward(self._operations[operation](*(self._inward(argument) for argument in arguments)))

    def cpu(self) -> float:
        return time.process_time()

    def has_no_form(self, what: str) -> None:
        pass

    def _inward(self, value: Any) -> Any:
        return replaced(value, _is_proxy, lambda proxy: self._targets[object.__getattribute__(proxy, "_p_number")])

    def _outward(self, value: Any) -> Any:
        return replaced(value, lambda part: not isinstance(part, (*_PLAIN, Proxy)), self.proxy)


def _is_proxy(value: Any) -> bool:
    return isinstance(value, Proxy)


def replaced(value: Any, chosen: Callable[[Any], bool], change: Callable[[Any], Any]) -> Any:
    """The value with `change` made of all that is chosen in it; the same object where there is nothing."""
    for plain in (list, tuple):
        if isinstance(value, plain):
            parts = [replaced(part, chosen, change) for part in value]
            return value if type(value) is plain and all(map(operator.is_, parts, value)) else plain(parts)
    if isinstance(value, dict):
        table = {key: replaced(part, chosen, change) for key, part in value.items()}
        return value if type(value) is dict and all(table[key] is value[key] for key in value) else table
    return change(value) if chosen(value) else value


# ---------------------------------------------------------------- the trace


_PATIENCE: Final = 3.0  # times as long, by the clock, where the machine is busy or the code sleeps


class Tracer:
    """Stands between proxies and those who answer for them, and notes each answer."""

    def __init__(self, answers: Answers, seconds: float) -> None:
        self.trace = Trace()
        self._answers = answers
        self._seconds, self._cpu = seconds, answers.cpu()
        self._ends = time.monotonic() + seconds
        self._last = time.monotonic() + _PATIENCE * seconds
        self._place = ""
        self._count = 0

    def adopt(self, value: Any) -> Any:
        """The value, with its proxies asking this tracer from now on."""
        return replaced(value, _is_proxy, self._adopted)

    def _adopted(self, proxy: Proxy) -> Proxy:
        object.__setattr__(proxy, "_p_session", self)
        return proxy

    def cpu(self) -> float:
        return self._answers.cpu()

    def has_no_form(self, what: str) -> None:
        self._answers.has_no_form(what)

    def at(self, place: str) -> None:
        """From now on this statement runs."""
        self._place, self._count = place, 0

    def ended(self, error: BaseException) -> None:
        """The statement ended with this error."""
        self._note("end", Outcome(error=(_kind(error), 0)))

    def stop_in_time(self) -> None:
        """Raises OutOfTime when the time is up: that of the processor, but not for ever by the clock."""
        now = time.monotonic()
        if now > self._ends:
            left = self._seconds - (self._answers.cpu() - self._cpu)
            if now > self._last or left < 0.1 * self._seconds:
                self.trace.whole = False
                raise OutOfTime
            self._ends = now + left

    def request(self, operation: str, arguments: tuple[Any, ...], *, ends: bool = False) -> Any:
        """As a session's, noted."""
        if operation not in _NOTED:
            return self.adopt(self._asked(operation, arguments, ends=ends))
        self.stop_in_time()
        number = str(self._count)
        self._count += 1
        given = _given(arguments) if operation == "call" else []
        memo: dict[int, Any] = {}
        before, parts = [fresh(value, memo) for value in given], dict(_parts(given))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = self._asked(operation, arguments, ends=ends)
            except Exception as error:
                self._note(number, Outcome(error=(_kind(error), _message_digest(error))))
                raise
        floating = {kind for w in caught for kind in FLOATING_POINT if kind in str(w.message)}
        content = tuple(leaves(_without_things(result)))
        self._note(number, Outcome(content, None, tuple(sorted(floating)), _changes(before, parts, given)))
        return self.adopt(result)

    def _asked(self, operation: str, arguments: tuple[Any, ...], *, ends: bool) -> Any:
        try:
            return self._answers.request(operation, arguments, ends=ends)
        except (CallTimeout, SandboxDied):
            self.trace.whole = False
            raise OutOfTime from None

    def _note(self, number: str, outcome: Outcome) -> None:
        if len(self.trace.outcomes) < _MOST:
            self.trace.outcomes[f"{self._place}/{number}"] = outcome


def _without_things(value: Any) -> Any:
    """The value without what is no plain one: proxies, and functions of the tests."""
    return replaced(value, lambda part: not isinstance(part, _PLAIN), lambda _: "thing")


def _given(arguments: tuple[Any, ...]) -> list[Any]:
    _, args, pairs = arguments
    return [*args, *(value for _, value in pairs)]


def _changes(before: Sequence[Any], parts: Mapping[str, Any], after: Sequence[Any]) -> tuple[Leaf, ...]:
    """The arguments whose content is not what it was, and the parts of them that are other objects now.

    parts: what the arguments were made of, by path.
    """
    found: list[Leaf] = []
    for place, (was, now) in enumerate(zip(before, after, strict=True)):
        if first_change(was, now) is not None:
            path = f"argument {place}"
            content = tuple(leaves(_without_things(now), path))
            found += content or (Leaf(path, "emptied", (), ()),)
    now_parts = dict(_parts(after))
    others = (path for path, part in parts.items() if path in now_parts and now_parts[path] is not part)
    return (*found, *(Leaf(path, "another object", (), ()) for path in others))


def _parts(values: Sequence[Any] | Mapping[Any, Any], path: str = "argument ") -> Iterator[tuple[str, Any]]:
    """Arrays, lists and dicts within these values, with their paths."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, np.ndarray | list | dict):
            yield f"{path}[{key!r}]", value
        if isinstance(value, list | tuple | dict) and len(value) < _MOST_PARTS:
            yield from _parts(value, f"{path}[{key!r}]")


def _kind(error: BaseException) -> str:
    return error.kind if isinstance(error, StudentError) else type(error).__name__


def _message_digest(error: BaseException) -> int:
    """Of the message as the wire brings it."""
    if isinstance(error, StopIteration):
        return 0
    text = getattr(error, "student_error", None)
    if not isinstance(text, str):
        message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        text = f"{_kind(error)}: {message}" if message else _kind(error)
    return text_digest(text)


def run_tests(tests: Mapping[str, str], namespace: dict[str, Any], tracer: Tracer) -> Trace:
    """Runs test cells, hidden lines and all, statement by statement, in a namespace with proxies of this tracer."""
    token = recorder.set(_make_calls)
    try:
        for cell, source in tests.items():
            for number, statement in enumerate(compiled_statements(cell, source)):
                tracer.at(f"{cell}/{number}")
                tracer.stop_in_time()
                with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        exec(statement, namespace)
                    except (Exception, SystemExit) as error:
                        tracer.ended(error)
    except OutOfTime:
        tracer.trace.whole = False
    finally:
        recorder.reset(token)
    return tracer.trace


def _make_calls(probes: Sequence[Probe], given: Mapping[str, Function] | None) -> None:
    """In place of a check: its calls, once each."""
    for probe in probes:
        memo: dict[int, Any] = {}
        args = [fresh(value, memo) for value in probe.args]
        kwargs = {name: fresh(value, memo) for name, value in probe.kwargs.items()}
        with suppress(Exception):
            probe.function(*args, **kwargs)


# ---------------------------------------------------------------- what the tests run in

Cells = Iterable[PlannedCell]


def right_namespace(cells: Cells) -> dict[str, Any]:
    """The names of a notebook in which every exercise is solved."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for name, kind, source in cells:
        if kind != "test":
            _run(name, source, namespace)
    return namespace


def test_namespace(cells: Cells, right: Mapping[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Where the tests of an exercise run: the setup anew, the right solutions, and `own` in place of some of them."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for name, kind, source in cells:
        if kind == "setup":
            _run(name, source, namespace)
        elif kind == "solution":
            namespace |= {defined: right[defined] for defined in defined_in(source) if defined in right} | own
    return namespace


def _run(name: str, source: str, namespace: dict[str, Any]) -> None:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), suppress(Exception):
        exec(compiled(name, source), namespace)
