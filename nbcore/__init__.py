"""What the notebooks of the course import: data sets, figures, widgets and checks.

It holds no solution of any exercise, and knows nothing of the autograder. IPython, ipywidgets, Matplotlib, SciPy and
scikit-learn are imported inside the functions that use them: they are slow to load, and some are not everywhere.
"""

import os
import sys

__version__ = "0.2.0"

_IN_ITS_OWN = sys.prefix.replace("\\", "/").endswith("/.venv")  # as the README of students has it
_PYTHON = (r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python") if _IN_ITS_OWN else "python"
UPDATE = f"{_PYTHON} -m pip install -r requirements.txt"
"""What brings a newer version, in the folder of the new release: a line for a terminal."""


def needs(version: str) -> None:
    """Print what to do where the notebook was made for a newer nbcore than this one. `version` is as in "0.2"."""
    wanted = made_for(version)
    if wanted > made_for(__version__)[: len(wanted)]:
        print(f"Made for nbcore {version}, not {__version__}. In a terminal, in the folder with requirements.txt:")
        print(f"    {UPDATE}")
        print("Then restart the kernel.")


def made_for(version: str) -> tuple[int, ...]:
    """A version to compare: what stands behind its numbers is left out."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
        if digits != part:
            break
    return tuple(numbers)
