"""Grades submissions: runs a notebook through sandbox and examiner, marks it, and plugs into nbgrader.

`configure(c)` is all that a course's nbgrader_config.py needs.
"""

from .configure import configure

__all__ = ["configure"]
