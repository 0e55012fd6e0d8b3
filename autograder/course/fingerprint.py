"""A digest of all that a result about an assignment depends on: its sources, bank and examples, this package, the
libraries.

A result that is kept with its fingerprint holds as long as the fingerprint is the same.
"""

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbcore

from .paths import Course

_PROGRAM = Path(__file__).parent.parent
_LIBRARIES = ("numpy", "scipy", "matplotlib", "ipython", "nbgrader", "jupytext", "scikit-learn")


def fingerprint(course: Course, name: str, modules: tuple[str, ...] = ("",)) -> str:
    """Hexadecimal; the same for the same text of every file that counts.

    modules: files and folders of this package on which the result depends, all of it if none is named. The students'
    package counts as a whole.
    """
    found = hashlib.sha256(of_the_program(modules).encode())
    earlier = [course.percent(other) for other in course.assignments() if other <= name]
    bank = course.mistakes(name)
    own = (bank, bank.with_suffix(".equivalent.toml"), course.examples(name))
    texts = (*earlier, *course.helpers(), course.contract, *own)
    for path in (*texts, *_data(course, name)):
        shown = path.relative_to(course.root) if path.is_relative_to(course.root) else path.name
        found.update(f"{shown}\0".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def _data(course: Course, name: str) -> Iterator[Path]:
    yield from sorted(path for path in course.data(name).rglob("*") if path.is_file())


@cache
def of_the_program(modules: tuple[str, ...] = ("",)) -> str:
    """That of the libraries, of files and folders of this package, and of the students' package."""
    found = hashlib.sha256(sys.version.encode())
    for library in _LIBRARIES:
        try:
            found.update(f"{library} {importlib.metadata.version(library)}\0".encode())
        except importlib.metadata.PackageNotFoundError:
            continue
    students = Path(nbcore.__file__).parent
    for place in (*(_PROGRAM / module for module in modules), students):
        if not place.exists():
            raise FileNotFoundError(f"{place} is not a module of this package")
        for path in [place] if place.is_file() else sorted([*place.rglob("*.py"), *place.glob("given.txt")]):
            found.update(f"{path.relative_to(place)}\0".encode() + path.read_bytes())
    return found.hexdigest()
