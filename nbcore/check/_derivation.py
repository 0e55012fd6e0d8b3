"""The steps of a derivation that a student fills in, held against numbers.

No point hangs on them, so nothing is raised: one line a step says whether it agrees.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..probe.call import fresh
from ..probe.cells import unwritten
from ..probe.session import failing, listed
from ._attempt import error_text, own_lines
from ._compare import Rules, as_array, compare, wrong_entries
from ._message import digits_to_tell_apart, index_text, number

RIGHT, UNWRITTEN = "right", "not written yet"
SHOWN = 8  # entries of an array, of which a line shows all


def derivation(
    steps: Callable[..., Any],
    /,
    *args: Any,
    numerical: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    rtol: float = 1e-6,
    atol: float = 1e-8,
    picture: Callable[[], Any] | None = None,
    of: Any = (),
    against: str = "numerical",
    advice: Callable[[Sequence[str]], str] | None = None,
) -> None:
    """Prints a line for each step: whether `steps(*args)`, a dict, has what the numbers say.

    numerical: step -> number or array, in the order of the derivation, or a function that gives it, where an exercise
        is measured that may not be written yet. A step that is missing, None or ... is not written.
    picture: makes the figure that is shown once all steps are right, as it would give them away before.
    of: the student's functions that are measured, alone or in a list. While one of them fails its test nothing is
        compared with what it does.
    against: what the right arrays come from.
    advice: of the steps that are wrong, in the order of the derivation: where to look, or "".
    """
    name = getattr(steps, "__name__", "the function")
    try:
        found = steps(*map(fresh, args))
    except NotImplementedError:
        found = {}
    except Exception as error:
        print("\n  ".join([f"{name} has stopped: {error_text(error)}", *own_lines(error, steps)]))
        print("Steps that you leave out of the dict count as not written: the others are then checked.")
        return
    if red := list(failing(of)):
        fail, it = ("fails its test", "it does") if len(red) == 1 else ("fail their tests", "they do")
        print(f"{name} is not compared: your {listed(red)} {fail}, and the steps are held against what {it}.")
        return
    try:
        right = numerical() if callable(numerical) else numerical
    except NotImplementedError as error:
        print(f"Write {unwritten(error) or 'the functions above'} first: {name} is compared with what it measures.")
        return
    except Exception as error:
        print(f"{name} cannot be checked yet: it is compared with what your code above does, and that has stopped.")
        print(f"Correct the first test above that fails. ({error_text(error)})")
        return
    if not isinstance(found, Mapping):
        print(f"{name} should return a dict with the keys {', '.join(right)}.")
        return
    if found and not found.keys() & right.keys():
        print(f"The keys of {name} are {', '.join(map(str, found))}; they should be {', '.join(right)}.")
        return
    rules = Rules(rtol, atol)
    verdicts = {step: _verdict(found.get(step), np.asarray(value), rules, against) for step, value in right.items()}
    for step, verdict in verdicts.items():
        print(f"{step}: {verdict}")
    for key in [key for key in found if key not in right]:
        print(f"{key!r} is none of the steps: copy their names as they stand.")
    wrong = [step for step, verdict in verdicts.items() if verdict not in (RIGHT, UNWRITTEN)]
    if wrong and advice is not None and (said := advice(wrong)):
        print(said)
    if picture is not None and set(verdicts.values()) == {RIGHT}:
        from IPython import display, get_ipython

        if get_ipython() is not None:  # elsewhere nobody sees it, and matplotlib is slow to load
            display.display(picture())


def _verdict(found: Any, expected: np.ndarray, rules: Rules, against: str) -> str:
    if found is None or found is ...:
        return UNWRITTEN
    problem = compare(found, expected, rules)
    if problem is None:
        return RIGHT
    blocks = dict(problem.blocks)
    said = f"not yet: {problem.sentence}."
    mine, right = blocks.get("returned", []), blocks.get("expected", [])
    if expected.ndim and len(mine) == len(right) == 1 and mine != right:  # large arrays are shown in part
        width = max(len("yours"), len(against))
        said += f"\n  {'yours':<{width}}  {mine[0]}\n  {against:<{width}}  {right[0]}"
    return said + _worst(found, expected, rules)


def _worst(found: Any, expected: np.ndarray, rules: Rules) -> str:
    """The entry that is furthest off, of arrays too large to be shown whole."""
    got = as_array(found)
    if expected.size <= SHOWN or not isinstance(got, np.ndarray) or got.shape != expected.shape:
        return ""
    differences = np.abs(np.subtract(got, expected, dtype=np.result_type(got, expected, float)))
    apart = np.where(wrong_entries(got, expected, rules.rtol, rules.atol), differences, -1.0)
    at = tuple(int(i) for i in np.unravel_index(int(np.nan_to_num(apart, nan=np.inf).argmax()), apart.shape))
    digits = digits_to_tell_apart([(got[at], expected[at])])
    return f"\n  furthest off at {index_text(at)}: {number(got[at], digits)}, not {number(expected[at], digits)}"
