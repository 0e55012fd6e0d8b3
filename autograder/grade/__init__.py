"""What nbgrader calls: the repair of submissions, the grading of a notebook, the gradebook, and the pages.

`configure(c)` is all that a course's nbgrader_config.py needs; `configure_course` is for a folder laid out as this one.
"""

from .config import configure, configure_course

__all__ = ["configure", "configure_course"]
