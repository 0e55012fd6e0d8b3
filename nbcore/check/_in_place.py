"""The check of what is to be written into an argument, as an optimizer does: the arrays stay the same objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..probe.call import Function, Probe, array_parts, first_change, fresh
from ._attempt import attempt, call_with
from ._checks import _passed, require_unchanged
from ._message import CheckFailed, Message, argument_names, call_lines, short_call
from ._student import view

NEW = "it is another array than before"
SAME = "no number in it has changed"
ADDED = "it was not there before"
ADVICE = {
    NEW: "Write into the array that is there: x -= ... or x[...] = ... does, x = x - ... makes a new one.",
    ADDED: "What a caller hands over is to be changed, and nothing is to be put beside it: keep it elsewhere.",
    SAME: "The caller looks into the arrays that were handed over: what is not written there is lost.",
}


def in_place(function: Function, /, *args: Any, given: Mapping[str, Function] | None = None, **kwargs: Any) -> None:
    """The call writes into every array of its first argument, which stay where they are; the rest is as it was."""

    def trial() -> None:
        memo: dict[int, Any] = {}
        mine, by_name = [fresh(a, memo) for a in args], {k: fresh(v, memo) for k, v in kwargs.items()}
        held = dict(array_parts(mine[0]))
        call_with(function, mine, by_name, args, kwargs)
        now = dict(array_parts(mine[0]))
        for path, before in array_parts(args[0]):
            if now.get(path) is not held[path]:
                raise _failure(function, args, kwargs, path, NEW)
            if first_change(before, held[path]) is None:
                raise _failure(function, args, kwargs, path, SAME)
        if added := [path for path in now if path not in held]:
            raise _failure(function, args, kwargs, added[0], ADDED)
        require_unchanged(function, args, kwargs, [args[0], *mine[1:]], by_name)

    note = attempt([Probe("in_place", function, args, kwargs)], trial, given)
    _passed(lambda: f"{short_call(function, args, kwargs)} works in place, and changes nothing else{note}")


def _failure(function: Function, args: Sequence[Any], kwargs: dict[str, Any], path: str, wrong: str) -> CheckFailed:
    seen = view(function, args, kwargs)
    name = argument_names(seen.called[0], 1)[0] + path
    message = Message(f"{seen.name}: the call should change {name} in place.")
    message.add("called", call_lines(*seen.called)).add("after it", f"{name}: {wrong}")
    message.remarks.append(ADVICE[wrong])
    return CheckFailed(message.text(), pattern="not-in-place", advice=ADVICE[wrong])
