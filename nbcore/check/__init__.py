"""How the tests of a notebook talk to students: each check calls a student's function and says what is wrong with it.

It holds no expected value and no solution of an exercise; test cells bring both. It runs in the student's kernel and
in a process of its own alike: a function under test is only called.
"""

from ..hints import provide
from ._checks import all_parts, gradient, part, purity, raises, shape, stability, value
from ._derivation import derivation
from ._draws import rng, seeded
from ._hint import HINT_MIME, hint
from ._in_place import in_place
from ._message import CheckFailed
from ._notebook import credit, watch
from ._summary import summary

__all__ = [
    "HINT_MIME",
    "CheckFailed",
    "all_parts",
    "credit",
    "derivation",
    "gradient",
    "hint",
    "in_place",
    "part",
    "provide",
    "purity",
    "raises",
    "rng",
    "seeded",
    "shape",
    "stability",
    "summary",
    "value",
]

watch()
