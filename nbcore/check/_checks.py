"""The checks themselves: value, shape, gradient, purity, stability, raises, and `part` around several of them.

Test cells call them through `nbcore.check`. They hold no expected value and no solution: both come from the caller.
Each takes a title first, if it is given one: "by hand: passed" says more than the fourth line like the one before.
"""

import functools
import inspect
import linecache
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import numpy as np

from ..probe.call import Function, Probe, first_change, fresh
from ..probe.cells import line_of
from ..probe.layouts import MIXED, TRANSPOSED, Layout, other_layouts
from ._attempt import (
    attempt,
    call,
    call_with,
    error_in_student_code,
    error_text,
    is_student_file,
)
from ._compare import (
    Problem,
    Rules,
    as_array,
    compare,
    dtype_problem,
    not_finite_problem,
    shape_problem,
    values_problem,
    wrong_entries,
)
from ._message import (
    MAX_LINES,
    CheckFailed,
    Message,
    argument,
    argument_names,
    call_lines,
    digits_to_tell_apart,
    index_text,
    name_of,
    number,
    plural,
    short_call,
    subject,
    wrapped,
)
from ._student import changed_by_student, in_part, view

Given = Mapping[str, Function]
_title: ContextVar[str] = ContextVar("the title of the check that runs, if it has one", default="")


def _titled(check: Callable[..., None]) -> Callable[..., None]:
    """The check, which may be given a title first, as in check.value("by hand", f, x, expected=y): a pass prints it,
    and a failure begins with it."""

    @functools.wraps(check)
    def run(*args: Any, **kwargs: Any) -> None:
        named = bool(args) and type(args[0]) is str  # a proxy of a student's object may say that it is one
        token = _title.set(args[0] if named else "")
        try:
            check(*args[named:], **kwargs)
        except CheckFailed as failure:
            if named:
                failure.begin(f"{args[0]}: failed")
            raise
        finally:
            _title.reset(token)

    return run


@_titled
def value(
    function: Function,
    /,
    *args: Any,
    expected: Any,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    given: Given | None = None,
    **kwargs: Any,
) -> None:
    """`function(*args, **kwargs)` has the shape and the values of `expected`; of which type the numbers are is free.

    So it has where these arrays are transposed, or slices with a step: in a part, the first three calls are tried so.

    expected: a number, an array, or a dict, tuple or list of expectations. For an array, or a list or tuple of numbers,
        an array, a list and a tuple will do; a number takes any scalar or 0-d array, and no array of shape (1,).
    rtol, atol: an entry passes when |result - expected| <= atol + rtol*|expected|; NaN only where NaN is expected.
    given: right versions of earlier exercises' functions by name, used when the call fails with the student's own. They
        are set in the globals of `function`, so hand over the student's function itself and not a lambda of a hidden
        test around it. Visible tests need none: what earlier exercises give there is looked up.
    """
    rules = Rules(rtol, atol, [*args, *kwargs.values()])
    layouts = _layouts_to_try("value", function, args, kwargs, TRANSPOSED, MIXED)

    def trial() -> None:
        result = call(function, args, kwargs)
        _fail(compare(result, expected, rules), function, args, kwargs, result)
        for words, mine, mine_by_name in other_layouts(args, kwargs, layouts):
            result = call_with(function, mine, mine_by_name, args, kwargs, f"with {words}")
            problem = compare(result, expected, rules)
            if problem is not None:
                sentence = f"with {words}, {problem.sentence}"
                problem = replace(
                    problem, sentence=sentence, pattern="memory-layout", remarks=[LAYOUT_ADVICE], values=False
                )
                _fail(problem, function, args, kwargs, result)

    note = attempt([Probe("value", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} gives the expected result", note)


LAYOUTS_IN_A_PART = 3
_tried_layouts: ContextVar[Counter[tuple[str, ...]]] = ContextVar(
    "calls in other layouts, by check, function and layout"
)
LAYOUT_ADVICE = (
    "With arrays that lie in memory row by row the result is right: go through them by index, or by reshape."
)


def _layouts_to_try(
    check: str, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], *layouts: Layout
) -> list[Layout]:
    """Those in which these arguments lie otherwise: in a part the first calls do, for each asks the function again."""
    tried, chosen = _tried_layouts.get(Counter()), []
    for layout in layouts:
        key = check, name_of(function), layout[0]
        if tried[key] < LAYOUTS_IN_A_PART and any(other_layouts(args, kwargs, [layout])):
            tried[key] += 1
            chosen.append(layout)
    return chosen


@_titled
def shape(
    function: Function, /, *args: Any, expected: tuple[int, ...], given: Given | None = None, **kwargs: Any
) -> None:
    """The result has the shape `expected`; () stands for a single number."""

    def trial() -> None:
        got = as_array(call(function, args, kwargs))
        if not isinstance(got, Problem):
            if got.shape == tuple(expected):
                return
            got = shape_problem(got, np.broadcast_to(np.nan, expected), values=False)
        _fail(got, function, args, kwargs)

    note = attempt([Probe("value", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} has the shape {tuple(expected)}", note)


@_titled
def gradient(
    function: Function,
    derivative: Function,
    x: Any,
    /,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    eps: float = 1e-5,
    given: Given | None = None,
    **kwargs: Any,
) -> None:
    """`derivative(x)` is the derivative of `function` at `x`, by central differences.

    If `function(x)` has the shape of x, the function is taken to be elementwise, and the derivative too. If it is a
    single number, every entry of the gradient is computed on its own. Keep x away from kinks by more than eps.
    kwargs go to both functions.

    Error of the difference quotient: eps**2/6 times the third derivative, plus rounding of about 1e-16/eps; at eps=1e-5
    both lie near 1e-11, far below rtol. Where `function` gives float32, with its rounding of 6e-8, eps and rtol are at
    least 1e-3, and atol is at least 1e-3 of the largest value.
    """
    x = np.array(x, dtype=float)

    def trial() -> None:
        step, relative, absolute = eps, rtol, atol
        at_x = _values_at(function, x, kwargs)
        if at_x.dtype == np.float32:
            step, relative = max(eps, 1e-3), max(rtol, 1e-3)
            absolute = max(atol, 1e-3 * float(np.max(np.abs(at_x), initial=0.0)))
        elementwise = at_x.shape == x.shape
        numerical = _numerical(function, x, step, kwargs, elementwise=elementwise)
        result = as_array(call(derivative, [x], kwargs))
        problem = result if isinstance(result, Problem) else None
        if isinstance(result, np.ndarray):
            problem = _gradient_problem(result, numerical, x, relative, absolute, averages=not elementwise)
        if problem is not None:
            f = name_of(function) if name_of(function) != "the function" else "f"
            problem.notes.append(f"Numerical derivative: ({f}(x + {step:g}) - {f}(x - {step:g})) / {2 * step:g}.")
            _fail(problem, derivative, [x], kwargs)

    probes = [Probe("value", function, [x], kwargs), Probe("value", derivative, [x], kwargs)]
    note = attempt(probes, trial, given)
    at = plural(x.size, "point") if x.size != 1 else f"x = {number(x.ravel()[0])}"
    d, f = name_of(derivative), name_of(function)
    _passed(lambda: f"{d} is the derivative of {f} at {at}, by central differences", note)


def _values_at(function: Function, point: np.ndarray, kwargs: Mapping[str, Any]) -> np.ndarray:
    """What a function gives that can be differentiated: a value for each entry of the point, or a single number."""
    result = as_array(call(function, [point], kwargs))
    if not isinstance(result, Problem):
        if result.shape not in (point.shape, ()):
            result = shape_problem(result, np.broadcast_to(np.nan, point.shape), values=False)
        elif result.dtype.kind in "biu" or result.dtype in (np.float32, np.float64):
            return result
        else:
            result = dtype_problem(result)
    raise _failure(result, function, [point], kwargs)


def _numerical(
    function: Function, x: np.ndarray, eps: float, kwargs: Mapping[str, Any], *, elementwise: bool
) -> np.ndarray:
    """Central differences in the shape of x."""

    def f(point: np.ndarray) -> np.ndarray:
        return _values_at(function, point, kwargs).astype(np.float64)

    if elementwise:
        upper, lower = x + eps, x - eps
        return np.asarray((f(upper) - f(lower)) / (upper - lower))
    slope = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        upper, lower = x.copy(), x.copy()
        upper[index] += eps
        lower[index] -= eps
        slope[index] = (f(upper) - f(lower)) / (upper[index] - lower[index])
    return slope


def _gradient_problem(
    result: np.ndarray, numerical: np.ndarray, x: np.ndarray, rtol: float, atol: float, *, averages: bool
) -> Problem | None:
    if result.shape != x.shape:
        return shape_problem(result, np.broadcast_to(np.nan, x.shape), values=False)
    wrong = wrong_entries(result, numerical, rtol, atol)
    if not wrong.any():
        return None
    problem = values_problem(result, numerical, wrong, [x], labels=("returned", "numerical"), averages=averages)
    if x.ndim:
        with np.errstate(all="ignore"):
            apart = np.where(wrong, np.abs(result - numerical), -1.0)
            apart = np.where(wrong & np.isnan(apart), np.inf, apart)
            at = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), x.shape))
            ratio = result[at] / numerical[at]
        digits = digits_to_tell_apart([(result[at], numerical[at])])
        line = f"{index_text(at)}: input {number(x[at])}, returned {number(result[at], digits)}, "
        line += f"numerical {number(numerical[at], digits)}"
        line += f", ratio {number(ratio, 4)}" if np.isfinite(ratio) else ""
        problem.blocks[2:] = [("worst at", [line])]
    return problem


@_titled
def purity(function: Function, /, *args: Any, given: Given | None = None, **kwargs: Any) -> None:
    """The call leaves every argument as it was, bit for bit: arrays, lists, dicts, and what is in them."""
    layouts = _layouts_to_try("purity", function, args, kwargs, TRANSPOSED)

    def trial() -> None:
        mine, mine_by_name = fresh((list(args), kwargs))
        call_with(function, mine, mine_by_name, args, kwargs)
        require_unchanged(function, args, kwargs, mine, mine_by_name)
        for words, mine, mine_by_name in other_layouts(args, kwargs, layouts):
            call_with(function, mine, mine_by_name, args, kwargs, f"with {words}")
            require_unchanged(function, args, kwargs, mine, mine_by_name, f", with {words}")

    note = attempt([Probe("purity", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} leaves its arguments as they were", note)


def require_unchanged(
    function: Function,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    mine: Sequence[Any],
    mine_by_name: Mapping[str, Any],
    layout: str = "",
) -> None:
    """What the function was called with is as `args` and `kwargs` are; of a test's helper, the student's call is named
    that did not leave it so."""
    names = [*argument_names(function, len(args)), *kwargs]
    pairs = zip([*args, *kwargs.values()], [*mine, *mine_by_name.values()], strict=True)
    for at, (name, (before, after)) in enumerate(zip(names, pairs, strict=True)):
        change = first_change(before, after)
        if change is not None:
            found = changed_by_student(function, args, kwargs, at)
            changed, (path, words) = (found.argument, found.change) if found else (name, change)
            named = f"argument {changed}" if changed.isidentifier() else changed
            whose = found.call.name if found else subject(function)
            message = Message(f"{whose}: the call changed its {named}{layout}.")
            message.add("called", call_lines(*(found.call.shown() if found else (function, args, kwargs))))
            message.add("changed", f"{changed}{path}: {words}")
            message.remarks.append("Make a new array, or work on a copy.")
            raise CheckFailed(message.text(), pattern="changed-argument", advice="\n".join(message.remarks))


FLOATING_POINT = {
    "overflow": "a number becomes too large for float64 on the way",
    "invalid value": "an operation on the way has no result, such as 0/0 or inf - inf",
    "divide by zero": "there is a division by zero, or the logarithm of 0, on the way",
}


@_titled
def stability(
    function: Function,
    /,
    *args: Any,
    expected: Any = None,
    rtol: float = 1e-7,
    atol: float = 1e-15,
    given: Given | None = None,
    **kwargs: Any,
) -> None:
    """No overflow, invalid value or division by zero in the call, and a finite result; underflow is allowed.

    expected: if given, the result has these values too; an infinity or NaN in it is then allowed in the same place.
    """

    def trial() -> None:
        # Recorded, not raised: a call into another process reports the warnings of that process in the same way.
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            result = call(function, args, kwargs)
        floating = [w for w in caught if any(kind in str(w.message) for kind in FLOATING_POINT)]
        problem = _not_finite(result, [*args, *kwargs.values()]) if expected is None else None
        if problem is None and expected is not None:
            problem = compare(result, expected, Rules(rtol, atol, [*args, *kwargs.values()]))
        if problem is None and floating:
            text = str(floating[0].message)
            problem = Problem(next(words for kind, words in FLOATING_POINT.items() if kind in text), "warning")
            problem.remarks.append("The result may look right, but the formula is not safe for numbers of this size.")
            if any("np.where(" in linecache.getline(w.filename, w.lineno) for w in floating):
                problem.remarks[:] = [
                    "np.where computes both of its branches everywhere, also the one that it does not take."
                ]
        if problem is None:
            return
        for w in floating[:1]:
            problem.blocks.append(("warning", wrapped(str(w.message))))
            if is_student_file(w.filename, function):
                problem.blocks.append(("your code", [line_of(w.filename, w.lineno)]))
        _fail(problem, function, args, kwargs)

    note = attempt([Probe("stability", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} is finite, without overflow", note)


def _not_finite(result: Any, args: Sequence[Any]) -> Problem | None:
    for path, leaf in _leaves(result):
        got = as_array(leaf)
        if isinstance(got, Problem):
            return replace(got, path=path)
        if not np.isfinite(got).all():
            return replace(not_finite_problem(got, args), path=path)
    return None


@_titled
def raises(
    error_type: type[BaseException],
    function: Function,
    /,
    *args: Any,
    mentions: str | Sequence[str] = (),
    given: Given | None = None,
    **kwargs: Any,
) -> None:
    """The call raises `error_type`, and the message contains every string of `mentions` (spaces and case aside).

    A NotImplementedError passes through, as everywhere, unless it is the type asked for.
    """
    wanted = [mentions] if isinstance(mentions, str) else list(mentions)

    def trial() -> None:
        mine, mine_by_name = fresh((list(args), kwargs))
        try:
            result = function(*mine, **mine_by_name)
        except NotImplementedError:
            if error_type is not NotImplementedError:
                raise
        except error_type as error:
            _require_mentions(error, wanted, function, args, kwargs)
        except (Exception, SystemExit) as error:
            expected = f"{error_type.__name__} was expected"
            raise error_in_student_code(error, function, args, kwargs, expected) from error
        else:
            message = Message(f"{subject(function)}: the call should raise {error_type.__name__}, and did not.")
            message.add("called", call_lines(function, args, kwargs)).add("returned", argument(result, 80))
            message.add("expected", f"raise {error_type.__name__}(...)")
            if isinstance(result, BaseException):
                message.remarks.append("An error is raised, not returned: raise ends the call at once.")
            elif inspect.isgenerator(result):
                message.remarks.append("A function with yield runs only when somebody goes through what it gives.")
            raise CheckFailed(message.text(), pattern="no-exception")

    note = attempt([Probe("raises", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} raises {error_type.__name__}", note)


def _require_mentions(
    error: BaseException, wanted: Sequence[str], function: Function, args: Sequence[Any], kwargs: dict[str, Any]
) -> None:
    text = _squeezed(str(error))
    missing = [w for w in wanted if _squeezed(w) not in text]
    if missing:
        said = error_text(error)
        headline = f"{subject(function)}: the message of the {type(error).__name__} should name {missing[0]}."
        message = Message(headline).add("called", call_lines(function, args, kwargs)).add("raised", wrapped(said))
        message.add("expected", f"a message that contains {' and '.join(wanted)}")
        raise CheckFailed(message.text(), pattern="error-message", student_error=said)


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()


# Hears of a part that has failed, and says whether the lines behind it run all the same.
_hear_failure: ContextVar[Callable[[CheckFailed], bool] | None] = ContextVar("hears of failed parts", default=None)


@contextmanager
def all_parts(hear: Callable[[CheckFailed], bool]) -> Iterator[None]:
    """For a grader, which tells of all parts that fail: what fails in a `part` goes to `hear` first, and is raised only
    where that says False."""
    token = _hear_failure.set(hear)
    try:
        yield
    finally:
        _hear_failure.reset(token)


@contextmanager
def part(title: str, hint: str = "") -> Iterator[None]:
    """Name a group of checks: whatever fails inside leaves as a CheckFailed with this title and hint.

    For hidden tests: `str()` of the failure is then title, hint and the student's own error, and `details` holds the
    rest. The hint of a recognised mistake takes the place of the part's own. One line is printed for the whole part.
    NotImplementedError passes through.
    """
    try:
        with _named(title, hint):
            yield
    except CheckFailed as failure:
        hear = _hear_failure.get()
        if hear is None or not hear(failure):
            raise
    else:
        if not in_part.get():
            print(f"{title}: passed")


@contextmanager
def _named(title: str, hint: str) -> Iterator[None]:
    token, tried = in_part.set(True), _tried_layouts.set(Counter())
    try:
        yield
    except NotImplementedError:
        raise
    except CheckFailed as failure:
        if not failure.title:  # the innermost part has the last word
            failure.title = title
            failure.hint = "\n".join(dict.fromkeys(known.text for known in failure.hints)) or hint
        raise
    except AssertionError as error:
        raise CheckFailed(str(error) or "an assertion failed", title=title, hint=hint) from error
    except (Exception, SystemExit) as error:
        said = error_text(error)
        raise CheckFailed(said, pattern="exception", title=title, hint=hint, student_error=said) from error
    finally:
        in_part.reset(token)
        _tried_layouts.reset(tried)


# ---------------------------------------------------------------- shared


def _leaves(result: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays and numbers of a nested result; a list of numbers is one leaf."""
    if isinstance(result, dict):
        for key, entry in dict.items(result):
            yield from _leaves(entry, f"{path}[{key!r}]")
    elif isinstance(result, tuple | list) and any(isinstance(v, np.ndarray | dict | list | tuple) for v in result):
        for i, entry in enumerate(result):
            yield from _leaves(entry, f"{path}[{i}]")
    else:
        yield path, result


def _failure(
    problem: Problem, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any = None
) -> CheckFailed:
    seen = view(function, args, kwargs, problem.path, result)
    if seen.missing is not None:
        sentence, returned = seen.missing
        problem = Problem(sentence, "count", [("returned", [argument(returned, 80)])])
    if problem.pattern == "not-finite" and seen.place.startswith("self."):
        problem = replace(problem, remarks=[])  # an attribute is inf because it was set so, or never set
    text = problem.message(seen.name, call_lines(*seen.called), seen.place)
    if len(text.splitlines()) > MAX_LINES:
        text = problem.message(seen.name, call_lines(*seen.called, compact=True), seen.place)
    return CheckFailed(text, pattern=problem.pattern, advice="\n".join(problem.remarks), values=problem.values)


def _fail(
    problem: Problem | None, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any = None
) -> None:
    if problem is not None:
        raise _failure(problem, function, args, kwargs, result)


def _passed(line: Callable[[], str], note: str = "") -> None:
    """Prints the title of the check, or else the line, which is made only then: to show large arguments in short takes
    longer than to check them. note: of stand-ins."""
    if not in_part.get():
        print(f"{title}: passed{note}" if (title := _title.get()) else f"passed: {line()}{note}")
