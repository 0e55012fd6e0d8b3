"""The steps of a derivation that a student fills in, held against numbers.

No point hangs on them, so nothing is raised: one line a step says whether it agrees.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..probe.call import fresh
from ._attempt import error_text
from ._compare import Rules, compare


def derivation(
    steps: Callable[..., Any],
    /,
    *args: Any,
    numerical: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> None:
    """Prints a line for each step: whether `steps(*args)`, a dict, has what the numbers say.

    numerical: step -> number or array, in the order of the derivation, or a function that gives it, where an exercise
        is measured that may not be written yet. A step that is missing or None is not written.
    """
    name = getattr(steps, "__name__", "the function")
    try:
        found = steps(*map(fresh, args))
    except NotImplementedError:
        found = {}
    except Exception as error:
        print(f"{name} has stopped: {error_text(error)}")
        return
    try:
        right = numerical() if callable(numerical) else numerical
    except NotImplementedError as error:
        print(f"{name} is held against a measurement: {error_text(error)}")
        return
    except Exception as error:
        print(f"{name} is held against a measurement, which has stopped: {error_text(error)}")
        return
    if not isinstance(found, Mapping):
        print(f"{name} should return a dict with the keys {', '.join(right)}.")
        return
    if found and not set(found) & set(right):
        print(f"The keys of {name} are {', '.join(map(str, found))}; they should be {', '.join(right)}.")
        return
    for step, expected in right.items():
        print(f"{step}: {_verdict(found.get(step), np.asarray(expected), Rules(rtol, atol))}")


def _verdict(found: Any, expected: np.ndarray, rules: Rules) -> str:
    if found is None:
        return "not written yet"
    problem = compare(found, expected, rules)
    if problem is None:
        return "right"
    blocks = dict(problem.blocks)
    said = f"not yet: {problem.sentence}."
    if expected.ndim and len(blocks.get("returned", [])) == len(blocks.get("expected", [])) == 1:
        said += f"\n  yours      {blocks['returned'][0]}\n  numerical  {blocks['expected'][0]}"
    return said
