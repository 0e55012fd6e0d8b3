"""The smallest case: where a check has failed on a large input, a short text on which the student's function gives
something else than is right, as a feedback page shows it. The texts come with the tables of `nbcore.hints`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import given, hints
from ..probe import session
from ..probe.call import Probe, globals_of, is_large
from ..probe.examples import Example, run_text
from ..probe.within import Late, within
from ._student import calls_of, is_helper

SECONDS = 0.3  # for all texts


def smallest_case(probe: Probe) -> list[str]:
    """The lines that show it; none where the call is not large, no text differs, or an earlier function may be to
    blame."""
    functions, large = _under_test(probe)
    names = {session.title(function) for function in functions}
    if not functions or not large or set(session.failing(functions)) - names:
        return []
    space = globals_of(functions[0])
    if type(space) is not dict:  # a proxy's
        return []
    right = {name: getattr(given, name) for name in given.TAUGHT if name not in names}
    return _first_that_differs(hints.examples(names), {**space, **right, "np": np})


def _under_test(probe: Probe) -> tuple[list[Any], bool]:
    """The student's functions that a check is about, and whether the call of any is large."""
    large = is_large(probe.args, probe.kwargs)
    if not is_helper(probe.function):
        return [probe.function], large
    calls = [call for call in calls_of(probe.function, probe.args, probe.kwargs)[1] if call.function]
    return [call.function for call in calls], large or any(is_large((), call.before) for call in calls)


def _first_that_differs(examples: Sequence[Example], space: Mapping[str, Any]) -> list[str]:
    """The lines of the first with other numbers, as in the call that has failed, or else of one with another form."""
    other_form: list[str] = []
    drawn = np.random.get_state()  # noqa: NPY002
    try:
        with within(SECONDS):  # no text may make a failed check run on and on
            for example in examples:
                ran = run_text(example.code, space)
                if ran.outcome.error is not None or not example.differs(ran) or ran.text == example.text:
                    continue
                lines = _lines(example.code, *example.in_words(ran))
                if example.has_other_numbers(ran):
                    return lines
                other_form = other_form or lines
    except Late:
        pass
    finally:
        np.random.set_state(drawn)  # noqa: NPY002
    return other_form


def _lines(code: str, yours: str, right: str) -> list[str]:
    shown = [f"    {line}" for line in code.split("\n")]
    for label, text in (("gives", yours), ("right", right)):
        first, *rest = text.split("\n")
        shown += [f"  {label}  {first}", *(f"         {line}" for line in rest)]
    return ["  a smaller case that fails too:", *shown]
