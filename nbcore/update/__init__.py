"""Takes a newer release of a notebook, and keeps what the student has written in it.

It needs Python's own library only, so that it runs wherever a notebook runs.
"""

from ._files import BEFORE, Report, update
from ._merge import Merged, UpdateError, merge

__all__ = ["BEFORE", "Merged", "Report", "UpdateError", "merge", "update"]
