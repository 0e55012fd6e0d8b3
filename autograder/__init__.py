"""Builds the notebooks of the course, and grades what comes back.

It needs Linux, whose namespaces are the walls around a submission.
"""

import sys

NEEDS_LINUX = (
    ""
    if sys.platform == "linux"
    else "this needs Linux. On Windows use WSL 2; on macOS a container, a virtual machine or a server. "
    "nbcore, which the notebooks import, runs everywhere"
)
