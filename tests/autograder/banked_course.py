"""The text of the small course with a bank, which each test breaks in one place."""

from small_course import LADDER

from autograder.course.paths import Course

SOURCE = (
    '''
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from nbcore import check

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * np.asarray(x, dtype=np.float64)
    ### END SOLUTION


def half(x):
    """Half of x."""
    ### BEGIN SOLUTION
    return double(x) / 4
    ### END SOLUTION
'''
    + LADDER
    + """
# %% nbgrader={"grade": true, "grade_id": "test-double-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.value(double, np.array([1.0, -2.0, 3.0]), expected=np.array([2.0, -4.0, 6.0]))
check.value(half, np.array([1.0, 4.0]), expected=np.array([0.5, 2.0]))
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

with check.part("double of other numbers", hint="Try some numbers."):
    check.value(double, np.array([[0.5], [7.0], [-3.0]]), expected=np.array([[1.0], [14.0], [-6.0]]))
    check.value(double, [1, 2], expected=np.array([2.0, 4.0]))
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-double-purity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.purity(double, np.array([1.0, 2.0]))
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

check.value(double, np.array([[5.0], [2.0]]), expected=np.array([[10.0], [4.0]]))
with check.part("double leaves its argument alone"):
    check.purity(double, np.array([[5.0], [2.0]]))
### END HIDDEN TESTS
"""
)

CONTRACT = """
[01_small.exercises.double]
definitions = ["double(x)", "half(x)"]
points = {value = 2, purity = 1}
"""

BANK = """
# %%
import numpy as np

# %% mistake="squares" exercise="double" breaks=["value"]
# Twice, not to the power of two.
def double(x):
    return np.asarray(x, dtype=float) ** 2


# %% mistake="adds two" exercise="double" breaks=["value"]
# Twice, not two more.
def double(x):
    return np.asarray(x, dtype=float) + 2


# %% mistake="halves twice" exercise="double" breaks=["value"]
# How often do you divide?
def half(x):
    return double(x) / 8


# %% mistake="writes into x" exercise="double" breaks=["purity"]
# Whose array is it?
def double(x):
    x = np.asarray(x, dtype=float)
    if x.ndim:
        x *= 2
    return x


def half(x):
    return np.array(x, dtype=float) / 2


# %% accepted="by a sum" exercise="double"
def double(x):
    x = np.asarray(x, dtype=float)
    return x + x
"""

MORE = """

# %% {kind}="{name}" exercise="double" {data}
{code}
"""


def add_bank(course: Course) -> None:
    """Gives the small course tests that talk to students, and a bank of four mistakes and an accepted variant."""
    course.percent("01_small").write_text(SOURCE.lstrip())
    course.contract.write_text(CONTRACT)
    course.mistakes("01_small").parent.mkdir()
    course.mistakes("01_small").write_text(BANK.lstrip())
