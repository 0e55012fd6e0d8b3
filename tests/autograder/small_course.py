"""A course of one small assignment, and plain nbgrader commands in a course directory."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from autograder.course.paths import Course

LADDER = """
# %% [markdown] ladder="double"
# 1. Where does it grow?
#
# 2. The same number is added to itself, or it is multiplied. Both ways lead there, and neither needs a loop over anything,
# since arrays can do such things by themselves, in a single expression without further help at all.
#
# 3. Imagine three apples beside three pears. Counting fruit on your table gives six pieces, exactly what was wanted before
# somebody removed half of them. Which operation would you write between those numbers, and why that one?
#
# 4. Mind the name:
#
#     def double(x):
#         y = 2 * x
#         y = x**2  # wrong
#         return y

"""

SOURCE = (
    '''
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Doubling
# A short text of six words.

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    result = 2 * x
    return result
    ### END SOLUTION


def helper(x, scale=1.0):
    """Twice x, scaled."""
    ### BEGIN SOLUTION
    return scale * double(x)
    ### END SOLUTION
'''
    + LADDER
    + """
# %% nbgrader={"grade": true, "grade_id": "test-double-value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert double(2) == 4, "twice two is four"
### BEGIN HIDDEN TESTS
for _x in range(-5, 6):
    assert double(_x) == _x + _x
assert helper(3, scale=2.0) == 12
### END HIDDEN TESTS

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-double", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Adding a number to itself doubles it.
# ### END SOLUTION
"""
)

CONTRACT = """
[01_small.exercises.double]
definitions = ["double(x)", "helper(x, scale=1.0)"]
points = {value = 2}

[01_small.written]
explain-double = 1
"""

CONFIG = """
import os
from autograder.grade import configure_course
c = get_config()
configure_course(c, os.path.dirname(os.path.abspath(__file__)))
"""


def write_small_course(root: Path) -> Course:
    """A course directory with the assignment `01_small`."""
    course = Course(root)
    course.solutions.mkdir(parents=True)
    course.percent("01_small").write_text(SOURCE.lstrip())
    course.contract.write_text(textwrap.dedent(CONTRACT))
    course.config.write_text(textwrap.dedent(CONFIG))
    return course


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A plain nbgrader command in the course directory. nbgrader looks for its database tool on the PATH."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command, cwd=course.root, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
