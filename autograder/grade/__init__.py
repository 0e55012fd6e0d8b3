"""What nbgrader calls: the repair of submissions, the grading of a notebook, the gradebook, and the pages.

`configure(c)` is all that a course's nbgrader_config.py needs; `configure_course` is for a folder laid out as this one.
"""

from .. import NEEDS_LINUX

if NEEDS_LINUX:
    raise ImportError(f"autograder: {NEEDS_LINUX}")

from .config import configure, configure_course  # below, as it needs Linux

__all__ = ["configure", "configure_course"]
