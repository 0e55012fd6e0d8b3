"""Updates the notebooks of a folder from a new release: a notebook, a folder or a zip archive.

A file is written only after a copy of it lies beside it, and so that no reader ever sees half of it. What cannot be
updated stays as it is.
"""

import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from .. import made_for
from ._cells import clean, is_answer, label
from ._merge import Merged, UpdateError, cells_of, merge

BEFORE: Final = ".before-update"
"""In the name of the copy of a file as it was."""

REQUIREMENTS: Final = "requirements.txt"
"""In the folder of a release: what pip installs, the wheel of nbcore beside it."""

LARGEST: Final = 50_000_000  # bytes of a file that is read
MOST_FILES: Final = 2000  # of a release
_NUMBERED: Final = re.compile(r"[ _-]*\(\d+\)$")  # as a browser names a second download
_NEEDS: Final = re.compile(r"nbcore\.needs\([\"']([\d.]+)[\"']\)")

Files = dict[PurePosixPath, Callable[[], bytes]]


@dataclass
class Report:
    """What an update did, by notebook."""

    merged: dict[str, Merged] = field(default_factory=dict)  # that were written
    same: list[str] = field(default_factory=list)  # that were up to date
    added: list[str] = field(default_factory=list)  # that were not there
    data: list[Path] = field(default_factory=list)  # other files that were written

    @property
    def brings_nbcore(self) -> bool:
        """Whether an nbcore was among them, which is to be installed."""
        return any(path.suffix == ".whl" for path in self.data)

    copies: list[Path] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # and why


def update(release: Path, mine: Path | None = None, into: Path | None = None) -> Report:
    """Takes a newer release, and keeps the student's work.

    Args:
        release: a notebook, or a folder or a zip archive with the notebooks of the course.
        mine: the student's notebook, where `release` is one; else it is looked for in `into` by its name.
        into: the folder with the student's notebooks; the working directory if not given.

    Raises UpdateError where there is nothing that could be updated. What is refused is in the report.
    """
    into = Path.cwd() if into is None else into
    if not release.exists():
        raise UpdateError(f"{release} does not exist: name the new release, a notebook, a folder or a zip file")
    if into.exists() and not into.is_dir():
        raise UpdateError(f"{into} is no folder")
    report = Report()
    if release.is_dir() or zipfile.is_zipfile(release):
        if mine is not None:
            raise UpdateError("name your folder after --into, where the new release is a folder or a zip file")
        _update_all(_files(release), into, report)
        return report
    if release.suffix == ".zip":
        raise UpdateError(f"{release} is damaged: download it again")
    if release.suffix != ".ipynb":
        raise UpdateError(f"{release} is no notebook, no folder and no zip file")
    name = _NUMBERED.sub("", release.stem)
    mine = _place(into, name) if mine is None else mine
    if mine is None or not mine.is_file():
        raise UpdateError(f"there is no {mine or name + '.ipynb'}: name your notebook behind the new release")
    if mine.samefile(release):
        raise UpdateError(f"{mine} is the notebook itself: name the new release first, then your notebook")
    _update_one(release.read_bytes, mine, report)
    return report


def _update_all(files: Files, into: Path, report: Report) -> None:
    found = _notebooks(files)
    if not found:
        raise UpdateError("there is no notebook NN_name/NN_name.ipynb in the new release")
    if into.resolve().name in found and (into / f"{into.resolve().name}.ipynb").is_file():
        into = into.resolve().parent  # called in the folder of one notebook
    places = {name: _place(into, name) for name in found}
    there = next((place for place in places.values() if place), None)
    if there is None:
        raise UpdateError(f"there is no notebook of yours in {into}: name the folder that holds them after --into")
    is_flat = there.parent.name != there.stem
    home = there.parent if is_flat else there.parent.parent
    for name, path in found.items():
        mine = places[name] or (home / f"{name}.ipynb" if is_flat else home / name / f"{name}.ipynb")
        _update_one(files[path], mine, report)
        if path.parent.name == name and name not in report.refused:
            for other in _data_of(path.parent, files):
                _take(files[other], mine.parent.joinpath(*other.relative_to(path.parent).parts), report)
    if len(report.refused) < len(found) and (home / REQUIREMENTS).is_file():  # the folder began as such a release
        for other in _beside(next(iter(found.values())), files):
            _take(files[other], home / other.name, report)


def _notebooks(files: Files) -> dict[str, PurePosixPath]:
    """The notebooks of a release by name: those in a folder of their name, or else those that begin with a number."""
    found: dict[str, list[PurePosixPath]] = {}
    for path in files:
        name = _NUMBERED.sub("", path.stem)
        is_named = path.parent.name == name or (re.match(r"\d\d_", name) and path.parent.name[:3] != name[:3])
        if path.suffix == ".ipynb" and is_named and BEFORE not in path.name:
            found.setdefault(name, []).append(path)
    chosen = {}
    for name, paths in sorted(found.items()):
        depth = min(len(path.parts) for path in paths)
        first, *others = sorted(path for path in paths if len(path.parts) == depth)
        if any(files[other]() != files[first]() for other in others):
            raise UpdateError(
                f"the new release has two notebooks {name}, {first} and {others[0]}: name the folder of one"
            )
        chosen[name] = first
    return chosen


def _beside(notebook: PurePosixPath, files: Files) -> list[PurePosixPath]:
    """The files of a release that stand beside the folders of its notebooks: what to install, and how to begin."""
    top = notebook.parent.parent
    return sorted(path for path in files if path.parent == top and top / REQUIREMENTS in files)


def _data_of(folder: PurePosixPath, files: Files) -> list[PurePosixPath]:
    return sorted(path for path in files if folder in path.parents and path.suffix != ".ipynb")


def _place(into: Path, name: str) -> Path | None:
    """Where a student has a notebook: in a folder of its name, or not."""
    file = f"{name}.ipynb"
    places = (into / name / file, into / file, into / "notebooks" / name / file)
    return next((place for place in places if place.is_file()), None)


# ---------------------------------------------------------------- reading


def _files(release: Path) -> Files:
    """The files of a folder or an archive, but for hidden ones. UpdateError where the archive is damaged."""
    found: Files = {}
    path: PurePosixPath
    if release.is_dir():
        for folder, folders, names in os.walk(release):
            folders[:] = sorted(name for name in folders if _is_wanted(name))
            for name in filter(_is_wanted, names):
                file = Path(folder, name)
                found[PurePosixPath(file.relative_to(release).as_posix())] = file.read_bytes
                _refuse_too_many(found)
        return found
    try:
        archive = zipfile.ZipFile(release)
        for info in archive.infolist():
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if not info.is_dir() and not path.is_absolute() and all(map(_is_wanted, path.parts)):
                found[path] = _Entry(archive, info)
                _refuse_too_many(found)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UpdateError(f"{release} cannot be read ({error}): download it again") from None
    return found


def _is_wanted(name: str) -> bool:
    """Not what is hidden, what macOS adds to archives, and names that lead out of the folder."""
    return not name.startswith((".", "__MACOSX", "__pycache__")) and ":" not in name


def _refuse_too_many(found: Files) -> None:
    if len(found) > MOST_FILES:
        raise UpdateError("the new release has too many files: name the folder that holds its notebooks")


@dataclass
class _Entry:
    """Reads a file of an archive."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def __call__(self) -> bytes:
        try:
            with self.archive.open(self.info) as stream:
                return stream.read(LARGEST + 1)
        except (RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UpdateError(f"{self.info.filename} cannot be read ({error}): download the release again") from None


def read(read_bytes: Callable[[], bytes], what: str) -> Any:
    """A notebook's file as data. UpdateError where it is none."""
    data = read_bytes()
    if len(data) > LARGEST:
        raise UpdateError(f"{what} is too large: clear its outputs and save it, then try again")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UpdateError(f"{what} is damaged: it is no file of a notebook") from None


# ---------------------------------------------------------------- writing


def _update_one(read_release: Callable[[], bytes], mine: Path, report: Report) -> None:
    """One notebook. What goes wrong with it is said in the report, and leaves the file as it was."""
    name = mine.stem
    try:
        release = read(read_release, "the new release")
        if not mine.exists():
            cells_of(release, "the new release")
            _write(mine, read_release())
            report.added.append(name)
            return
        mine = mine.resolve()
        there = read(mine.read_bytes, "your notebook")
        merged = merge(release, there)
        _refuse_older(release, there)
        if _is_equal(merged.notebook, there):
            report.same.append(name)
            return
        data = read_release() if merged.notebook is release else to_bytes(merged.notebook)
        report.copies.append(_keep_copy(mine))
        _write(mine, data)
        report.merged[name] = merged
    except UpdateError as error:
        report.refused[name] = str(error)
    except RecursionError:
        report.refused[name] = "its outputs are nested too deep: clear them and save it, then try again"
    except OSError as error:
        report.refused[name] = f"{error.filename or mine} cannot be read or written ({error.strerror})"


def _refuse_older(release: Any, mine: Any) -> None:
    """The version of nbcore that a notebook was made for stands in a cell of it."""
    versions = []
    for notebook in (release, mine):
        sources = (cell["source"] for cell in map(clean, notebook["cells"]) if label(cell) and not is_answer(cell))
        versions.append(next((found[1] for source in sources if (found := _NEEDS.search(source))), "0"))
    if made_for(versions[0]) < made_for(versions[1]):
        raise UpdateError(
            f"the release is older than your notebook (made for nbcore {versions[0]}, yours for {versions[1]}): "
            "download the new one"
        )


def _is_equal(one: Any, other: Any) -> bool:
    """Whether two notebooks hold the same, however their lines are written."""
    if one.get("metadata") != other.get("metadata") or other.get("nbformat_minor", 0) < 5:
        return False
    ids = [[cell.get("id") for cell in notebook["cells"]] for notebook in (one, other)]
    return ids[0] == ids[1] and [clean(c) for c in one["cells"]] == [clean(c) for c in other["cells"]]


def to_bytes(notebook: dict[str, Any]) -> bytes:
    """The file of a notebook, as nbformat writes it."""
    cells = [{**cell, "source": _lines(cell["source"])} for cell in notebook["cells"]]
    layout: dict[str, Any] = {"indent": 1, "sort_keys": True}
    try:
        text = json.dumps({**notebook, "cells": cells}, ensure_ascii=False, **layout)
        return f"{text}\n".encode()
    except UnicodeEncodeError:  # half of a character, as some editors leave it
        return f"{json.dumps({**notebook, 'cells': cells}, **layout)}\n".encode()


def _lines(source: Any) -> Any:
    return source.splitlines(True) if isinstance(source, str) else source


def _take(read_bytes: Callable[[], bytes], target: Path, report: Report) -> None:
    """A file of a release that is no notebook."""
    try:
        data = read_bytes()
        if len(data) > LARGEST:
            raise UpdateError("it is too large")
        if target.exists():
            target = target.resolve()
            if target.read_bytes() == data:
                return
            report.copies.append(_keep_copy(target))
        _write(target, data)
        report.data.append(target)
    except UpdateError as error:
        report.refused[target.name] = str(error)
    except OSError as error:
        report.refused[target.name] = f"it cannot be written ({error.strerror})"


def _keep_copy(path: Path) -> Path:
    """A copy of a file beside it; the one that is there already, where it is the same."""
    data, number = path.read_bytes(), 1
    while True:
        copy = path.with_name(f"{path.stem}{BEFORE}{'' if number == 1 else f'-{number}'}{path.suffix}")
        if not copy.exists():
            _write(copy, data)
            return copy
        if copy.is_file() and copy.read_bytes() == data:
            return copy
        number += 1


def _write(path: Path, data: bytes) -> None:
    """Writes a file, with the folders above it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new")
    try:
        half.write_bytes(data)
        if path.exists():
            with suppress(OSError):
                shutil.copymode(path, half)
        os.replace(half, path)
    finally:
        with suppress(OSError):
            half.unlink()
