"""What a student's function is given back is the student's own object, whatever it is a subclass of."""

from collections.abc import Callable

import pytest

from autograder.examiner.examine import examine
from autograder.examiner.session import Session

CELL = """
import numpy as np
from collections import namedtuple
Named = namedtuple("Named", ["x", "scale"])
class Open(dict):
    __getattr__ = dict.__getitem__
class Listed(list):
    x = property(lambda self: self[0])
    scale = property(lambda self: self[1])
class Masked(np.ma.MaskedArray):
    x = property(lambda self: self.filled(7.0))
    scale = 2.0
def forward(x):
    return 2 * x, MADE
def backward(dout, cache):
    return dout * cache.x * cache.scale
"""
MADE = {
    "a namedtuple": "Named(x, 2.0)",
    "a dict with attributes": "Open(x=x, scale=2.0)",
    "a list with names": "Listed([x, 2.0])",
    "a masked array": "Masked(x, mask=[False, True])",
}
FIRST = {"a masked array": [2.0, 14.0]}


@pytest.mark.parametrize("made", MADE)
def test_a_cache_comes_back_as_it_was_made(notebook: Callable[[str], Session], made: str) -> None:
    session = notebook(CELL.replace("MADE", MADE[made]))
    hidden = f"""import numpy as np
_, cache = forward(np.array([1.0, 3.0]))
found = backward(np.ones(2), cache).tolist()
assert found == {FIRST.get(made, [2.0, 6.0])}, found"""
    verdict = examine(session, hidden, [], [], 10.0)
    assert verdict.passed, verdict.details


WRONG_SIGMOID = """
import functools
import numpy as np
def sigmoid(z): return z * 0 + 0.25
def _silu(z, scale=1.0): return z * sigmoid(scale * z)
class Silu:
    def __call__(self, z): return z * sigmoid(z)
"""
SILU = ["np.vectorize(_silu)", "functools.partial(_silu, scale=1.0)", "Silu()", "Silu().__call__", "lambda z: _silu(z)"]


@pytest.mark.parametrize("made", SILU)
def test_a_right_earlier_function_reaches_what_is_no_plain_function(
    notebook: Callable[[str], Session], made: str
) -> None:
    session = notebook(f"{WRONG_SIGMOID}\nsilu = {made}")
    hidden = """import numpy as np
from nbcore import check
def right(z): return 1 / (1 + np.exp(-z))
z = np.array([-1.0, 2.0])
with check.part("values"):
    check.value(silu, z, expected=z * right(z), given={"sigmoid": right})
assert sigmoid(0.0) == 0.25"""
    verdict = examine(session, hidden, [], [], 10.0)
    assert verdict.passed, verdict.details


def test_a_call_that_asks_back_often_keeps_in_step_what_the_test_still_holds_and_no_more(
    notebook: Callable[[str], Session],
) -> None:
    session = notebook(
        "def f(g, kept):\n    for i in range(300):\n        g({'W': [float(i)]})\n    kept.append(g({}))"
    )
    hidden = "kept, seen = [], []\ndef g(p):\n    seen.append(len(p))\n    return sum(seen)\nf(g, kept)\nassert kept == [300], kept"
    encode, largest = session._codec.encode, []

    def noted(*message: object) -> bytes:
        largest.append(len(session._codec._known))
        return encode(*message)  # type: ignore[arg-type]

    session._codec.encode = noted  # type: ignore[method-assign, assignment]
    verdict = examine(session, hidden, [], [], 10.0)
    assert verdict.passed, verdict.details
    assert len(largest) > 300
    assert max(largest) < 10
