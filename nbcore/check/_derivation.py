"""The steps of a derivation that a student fills in, held against numbers.

No point hangs on them, so nothing is raised: one line a step says whether it agrees.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..probe.call import fresh
from ..probe.cells import unwritten
from ._attempt import error_text
from ._compare import Rules, compare

RIGHT = "right"


def derivation(
    steps: Callable[..., Any],
    /,
    *args: Any,
    numerical: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    rtol: float = 1e-6,
    atol: float = 1e-8,
    picture: Callable[[], Any] | None = None,
) -> None:
    """Prints a line for each step: whether `steps(*args)`, a dict, has what the numbers say.

    numerical: step -> number or array, in the order of the derivation, or a function that gives it, where an exercise
        is measured that may not be written yet. A step that is missing, None or ... is not written.
    picture: makes the figure that is shown once all steps are right, as it would give them away before.
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
        print(f"Write {unwritten(error) or 'the functions above'} first: {name} is compared with what it measures.")
        return
    except Exception as error:
        print(f"{name} is compared with a measurement, which has stopped: {error_text(error)}")
        return
    if not isinstance(found, Mapping):
        print(f"{name} should return a dict with the keys {', '.join(right)}.")
        return
    if found and not found.keys() & right.keys():
        print(f"The keys of {name} are {', '.join(map(str, found))}; they should be {', '.join(right)}.")
        return
    verdicts = {step: _verdict(found.get(step), np.asarray(value), Rules(rtol, atol)) for step, value in right.items()}
    for step, verdict in verdicts.items():
        print(f"{step}: {verdict}")
    for key in [key for key in found if key not in right]:
        print(f"{key!r} is none of the steps: copy their names as they stand.")
    if picture is not None and set(verdicts.values()) == {RIGHT}:
        from IPython import display, get_ipython

        if get_ipython() is not None:  # elsewhere nobody sees it, and matplotlib is slow to load
            display.display(picture())


def _verdict(found: Any, expected: np.ndarray, rules: Rules) -> str:
    if found is None or found is ...:
        return "not written yet"
    problem = compare(found, expected, rules)
    if problem is None:
        return RIGHT
    blocks = dict(problem.blocks)
    said = f"not yet: {problem.sentence}."
    if expected.ndim and len(blocks.get("returned", [])) == len(blocks.get("expected", [])) == 1:
        said += f"\n  yours      {blocks['returned'][0]}\n  numerical  {blocks['expected'][0]}"
    return said
