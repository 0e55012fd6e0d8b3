"""Notebooks in which somebody has worked: how they are told from released ones, and how a copy of one is kept."""

import time
from pathlib import Path
from typing import Final

import nbformat
from nbgrader.utils import compute_checksum

from .markup import flags
from .paths import write_atomically

WORK: Final = ".work-"  # in the name of a copy, before its time


def has_work(data: bytes) -> bool:
    """Whether a notebook is surely not as some build has released it: one of its cells was run, or filled in."""
    try:
        cells = nbformat.reads(data.decode(), as_version=4).cells
    except (ValueError, nbformat.ValidationError):
        return True
    return any(
        cell.get("outputs")
        or cell.get("execution_count")
        or ("checksum" in flags(cell) and flags(cell)["checksum"] != compute_checksum(cell))
        for cell in cells
    )


def keep_copy(notebook: Path) -> Path:
    """Copies a notebook to a file beside it, whose name says when."""
    copy = notebook.with_name(f"{notebook.stem}{WORK}{time.strftime('%Y%m%d-%H%M%S')}.ipynb")
    write_atomically(copy, notebook.read_bytes())
    return copy
