"""`autograder handout`: the folder, and the zip of it, that an instructor gives to students.

It holds released notebooks with their data, the wheel of nbcore, and what says how to begin. Everything in it comes
from the release step of nbgrader or is public text: a notebook that holds hidden lines or somebody's work stops it.
The wheel brings right versions of what later notebooks build on, encoded: see `nbcore.given`.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import jinja2
from nbgrader.coursedir import CourseDirectory

import nbcore
from nbcore import hints

from ..course.address import address
from ..course.markup import DELIMITERS
from ..course.paths import Course, CourseError
from ..course.work import WORK, has_work
from ..grade.config import course_directory
from ..grade.delimiters import Delimiters
from .wheels import build_wheel

_TEXTS: Final = ("README.md", "AGENTS.md", "environment.yml")


@dataclass(frozen=True)
class _Hints:
    """The first two hints of an exercise."""

    exercise: str
    question: str
    idea: str


def handout(course: Course, names: Sequence[str], into: Path | None) -> tuple[Path, Path]:
    """Makes the folder and the zip beside it; names: assignments, all released ones where none is named.

    Raises CourseError where a notebook is not there or is not as released, and where `into` holds such a folder.
    """
    directory = course_directory(course.root)
    names = _released(directory, names)
    course_id = str(directory.course_id) or course.root.name
    parent = into or course.root / "build" / "handout"
    target = parent / course_id
    if into is not None and target.exists():
        raise CourseError(f"{target} exists: name another folder with --into, or take this one away")
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as scratch:
        fresh = Path(scratch) / course_id
        fresh.mkdir()
        for name in names:
            _copy(_step(directory, name), fresh / name, directory)
        uses_nbcore = any("nbcore" in path.read_text(encoding="utf-8") for path in fresh.rglob("*.ipynb"))
        wheel = ""
        installs_itself = address(course.root) is not None
        if uses_nbcore:
            wheel = _wheel_of_nbcore(course.root, fresh).name
        _write_texts(fresh, course_id, names, wheel, installs_itself=installs_itself)
        packed = Path(shutil.make_archive(str(Path(scratch) / f"{course_id}-zip"), "zip", scratch, course_id))
        if target.exists():
            shutil.rmtree(target)
        fresh.replace(target)
        return target, packed.replace(parent / f"{course_id}.zip")


def _wheel_of_nbcore(root: Path, into: Path) -> Path:
    """A wheel of the course's own nbcore, or of what the one that runs here was installed from."""
    places = [root / "nbcore", Path(nbcore.__file__).parent]
    with suppress(PackageNotFoundError, ValueError):
        origin = json.loads(distribution("nbcore").read_text("direct_url.json") or "{}")
        places.append(Path(url2pathname(urlsplit(origin.get("url", "")).path)))
    for place in places:
        if (place / "pyproject.toml").is_file():
            return build_wheel(place, into)
        if place.suffix == ".whl" and place.is_file():
            return Path(shutil.copy(place, into))
    raise CourseError(
        "the notebooks import nbcore, and what it was installed from is gone: install it with `pip install ./nbcore` "
        "in a clone of its repository, or put the clone's folder nbcore into the course"
    )


def _step(directory: CourseDirectory, name: str) -> Path:
    return Path(directory.format_path(directory.release_directory, ".", name))


def _released(directory: CourseDirectory, names: Sequence[str]) -> list[str]:
    step = _step(directory, "")
    known = sorted(path.name for path in step.glob("*") if list(path.glob("*.ipynb"))) if step.is_dir() else []
    if not known:
        raise CourseError(f"nothing is released in {step}: run `nbgrader generate_assignment ASSIGNMENT` first")
    if missing := [name for name in names if name not in known]:
        what = ", ".join(missing)
        raise CourseError(f"{what} is not released in {step}: run `nbgrader generate_assignment {missing[0]}` first")
    return list(names) or known


def _copy(source: Path, target: Path, directory: CourseDirectory) -> None:
    """The files of a released assignment, but for what nobody has released."""
    marks = Delimiters(directory)
    for path in sorted(source.glob("*.ipynb")):
        if WORK in path.name:
            continue
        data = path.read_bytes()
        if has_work(data):
            raise CourseError(
                f"{path} is not as it was released: somebody has worked in it. Put the work elsewhere, and run "
                f"`nbgrader generate_assignment {source.name} --force`"
            )
        text = "\n".join("".join(cell["source"]) for cell in json.loads(data)["cells"])
        if found := next((mark for mark in DELIMITERS if mark in marks.usual(text)), None):
            raise CourseError(f"{path} holds {found!r}: this is no student's notebook")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"*{WORK}*", ".*", "__pycache__"))


def _write_texts(fresh: Path, course_id: str, names: Sequence[str], wheel: str, *, installs_itself: bool) -> None:
    needs = [f"./{wheel}"] if wheel else ["numpy", "matplotlib"]
    words: dict[str, Any] = {
        "title": course_id.replace("_", " ").capitalize(),
        "names": names,
        "count": "One notebook is" if len(names) == 1 else f"{len(names)} notebooks are",
        "first": f"{names[0]}/{next(fresh.glob(f'{names[0]}/*.ipynb')).name}",
        "environment": course_id.replace("_", "-"),
        "wheel": wheel,
        "needs": needs,
        "installs_itself": installs_itself,
        "exercises": _first_hints(names),
    }
    for text in _TEXTS:
        (fresh / text).write_text(_texts().get_template(f"{text}.j2").render(**words), encoding="utf-8")
    lines = [f"./{wheel}[lab]"] if wheel else [*needs, "jupyterlab>=4.2"]
    (fresh / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _first_hints(names: Sequence[str]) -> list[tuple[str, list[_Hints]]]:
    """By notebook, for those that have ladders."""
    rows = [
        (table.notebook, _Hints(exercise, ladder.rungs[0], ladder.rungs[1]))
        for table in hints.tables()
        if table.notebook in names
        for exercise, ladder in table.ladders().items()
    ]
    return [(name, [row for _, row in found]) for name, found in groupby(rows, key=lambda row: row[0])]


@cache
def _texts() -> jinja2.Environment:
    loader = jinja2.PackageLoader("autograder.release", "for_students")
    return jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
