"""What an author has mistyped in a bank is said of the variant, and is no mistake that a test has caught."""

import pytest

from autograder.course.bank import Bank, Variant
from autograder.course.paths import Course, CourseError
from autograder.course.plan import Plan
from autograder.mistakes.record import recorded
from autograder.mistakes.sound import unsound

PLAN = Plan(
    (
        ("imports", "setup", "import numpy as np\nimport scipy\nN = 3"),
        ("scale", "solution", 'def double(x):\n    """Twice x."""\n    return 2 * np.asarray(x)\n\ndef half(x):\n    return x / 2'),
        ("test-scale-value", "test", "limit = 3"),
    )
)  # fmt: skip


def said(code: str, *, accepted: bool = False) -> list[str]:
    variant = Variant("one", "scale", code, accepted, ("value",), "Why?", place="bank.py:3")
    return unsound(PLAN, Bank("01_small", (variant,)))


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def double(x):\n    return np.clp(x, 0, 1)", "there is no np.clp"),
        ("def double(x):\n    return scipy.special.expt(x)", "there is no scipy.special.expt"),
        ("import math\ndef double(x):\n    return math.squrt(x)", "there is no math.squrt"),
        ("def double(x):\n    y = 3 * x\n    return yy", "nothing defines yy"),
        ("def double(x):\n    return limit * x", "nothing defines limit"),
        ("from numpy import clp\ndef double(x):\n    return clp(x, 0, 1)", "from numpy import clp: cannot import"),
        ("def double(x):\n    from nowhere import f\n    return f(x)", "from nowhere import f: No module named"),
        ("def dobule(x):\n    return 3 * x", "defines none of double, half"),
        ('def double(x):\n    """Two."""\n    return 2*np.asarray( x )  # so', "is the solution itself"),
    ],
)
def test_what_is_mistyped_is_named(code: str, problem: str) -> None:
    (found,) = said(code)
    assert found.startswith(f"bank.py:3, 'one' of scale: {problem}")


@pytest.mark.parametrize(
    "code",
    [
        "def double(x):\n    return np.add(x, N)",
        "def double(x):\n    return half(4 * x.real)",
        "def _own(x):\n    return 3 * x\n\ndef double(x):\n    return _own(x)",
        "from scipy import special\ndef double(x):\n    return special.expit(x)",
        "def double(x):\n    import numpy.linalg\n    return numpy.linalg.norm(x)",
        "class double:\n    def __init__(self, x):\n        self.np = x\n        self.np.whatever = 3",
    ],
)
def test_what_is_merely_wrong_is_none_of_that(code: str) -> None:
    assert said(code) == []


def test_an_accepted_version_may_be_the_solution() -> None:
    assert said("def half(x):\n    return x / 2", accepted=True) == []


def test_it_stops_the_recording(banked: Course, add_variant) -> None:
    add_variant("mistake", "clips", "def double(x):\n    return np.clp(x, 0, 1)", 'breaks=["value"]\n# Why?')
    add_variant("mistake", "renames", "def dbl(x):\n    return 3 * x", 'breaks=["value"]\n# Why?')
    with pytest.raises(CourseError) as caught:
        recorded(banked, "01_small")
    first, second = str(caught.value).split("\n")
    assert first.startswith("solutions/misconceptions/01_small.py:")
    assert first.endswith(", 'clips' of double: there is no np.clp")
    assert second.endswith(", 'renames' of double: defines none of double, half")
