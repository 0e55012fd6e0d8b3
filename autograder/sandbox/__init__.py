"""Runs a submission's process apart from everything else. It knows nothing of notebooks, tests or marks.

A template process (`template`) forks one child per submission; the child locks itself in (`jail`) before it reads a
byte of the submission. `client` is what the grader uses; `doctor` says what isolation this machine gives.
"""

from .client import GONE, Child, Ended, Isolation, Template, TemplateError
from .doctor import Report, best_isolation, report

__all__ = ["GONE", "Child", "Ended", "Isolation", "Report", "Template", "TemplateError", "best_isolation", "report"]
