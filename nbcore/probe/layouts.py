"""The same numbers in other memory layouts: what `Z.T` and `Z[:, ::2]` are, which a function has to take as well.

Code that goes through memory instead of through indices (`ravel(order="K")`, or a write into an `x.reshape(-1)` that
is a copy) is right for arrays that lie row by row, and wrong for these.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from .call import fresh

Copy = Callable[[np.ndarray], np.ndarray]
Layout = tuple[str, Callable[[], Copy]]


def _transposed(array: np.ndarray) -> np.ndarray:
    return array.copy(order="F")


def _stepped(array: np.ndarray) -> np.ndarray:
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array.copy()


def _mixed() -> Copy:
    """One table a slice, the next one transposed: memory that two of them go through together does not fit."""
    turns = itertools.cycle([_stepped, _transposed])
    return lambda array: next(turns)(array) if array.ndim > 1 else _stepped(array)


TRANSPOSED: Final[Layout] = ("transposed arrays, as Z.T is one", lambda: _transposed)
MIXED: Final[Layout] = ("slices with a step and transposed arrays, as Z[:, ::2] and Z.T are", _mixed)


def other_layouts(
    args: Sequence[Any], kwargs: Mapping[str, Any], layouts: Sequence[Layout]
) -> Iterator[tuple[str, list[Any], dict[str, Any]]]:
    """Words for a layout, and fresh arguments in it, for each in which an array of theirs lies otherwise than usual."""
    for words, make in layouts:
        memo: dict[int, Any] = {}
        copied = make()
        mine = [fresh(value, memo, copied) for value in args]
        mine_by_name = {name: fresh(value, memo, copied) for name, value in kwargs.items()}
        if any(isinstance(value, np.ndarray) and not value.flags.c_contiguous for value in memo.values()):
            yield words, mine, mine_by_name
