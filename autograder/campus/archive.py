"""Reads archives that hold students' files: zip files and folders, as hostile input.

Nothing is ever unpacked to a path that an archive names: an entry is a tuple of plain names and some bytes, and who
asks for the bytes decides where they go. nbgrader's `ExtractorPlugin` unpacks whatever size there is, and follows links
in folders, so it is not used.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final

from ..course.paths import CourseError

MOST_FILES: Final = 50_000  # of an archive
MOST_BYTES: Final = 20 << 30  # of all files of an archive
FILE_BYTES: Final = 200 << 20  # of one file
INNER_BYTES: Final = 32 << 20  # of a zip file within an archive: a list of a million names is read as a whole
_LONGEST_NAME: Final = 255  # bytes, as file systems have it
_DEEPEST: Final = 20
_LEFT_OUT: Final = ("__MACOSX", "__pycache__", ".DS_Store", ".git", ".ipynb_checkpoints")  # no work of a student's
_FAULTS: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True)
class Entry:
    """A file of an archive. time: its own, in UTC; None where it has none. local: the same without a time zone, as zip
    files have it."""

    parts: tuple[str, ...]
    size: int
    opened: Callable[[], IO[bytes]]
    time: datetime | None = None
    local: datetime | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)

    def read(self) -> bytes:
        """Raises CourseError where the file is damaged, or larger than it says."""
        try:
            with self.opened() as stream:
                data = stream.read(self.size + 1)
        except _FAULTS as error:
            raise CourseError(f"{shown(self.name)} could not be read ({error})") from None
        if len(data) > self.size:
            raise CourseError(f"{shown(self.name)} is larger than it says")
        return data


@dataclass
class Archive:
    """What an archive holds, and what was left out of it, in words."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    total: int = 0

    def add(self, name: str, size: int, opened: Callable[[], IO[bytes]], **times: datetime | None) -> None:
        parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
        if any(part in _LEFT_OUT or part.startswith("._") for part in parts):
            return
        if fault := _fault(name, parts, size):
            self.findings.append(f"{shown(name)} {fault} and was left out")
            return
        self.total += size
        if self.total > MOST_BYTES or len(self.entries) >= MOST_FILES:
            raise CourseError(f"the archive has more than {MOST_FILES:,} files or {MOST_BYTES >> 30} GiB: split it")
        self.entries.append(Entry(parts, size, opened, **times))


def _fault(name: str, parts: tuple[str, ...], size: int) -> str:
    if name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":":
        return "leads out of the archive"
    if (
        not parts
        or len(parts) > _DEEPEST
        or any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts)
    ):
        return "has a name that no folder can hold"
    if size > FILE_BYTES:
        return f"has more than {FILE_BYTES >> 20} MiB"
    return ""


def shown(name: str) -> str:
    """For a line on a screen: what an archive names may hold anything."""
    text = "".join(sign if sign.isprintable() else "?" for sign in name)
    return text if len(text) <= 120 else f"{text[:117]}..."


def read_archive(path: Path) -> Archive:
    """What a zip file or a folder holds, in the order of its names. Raises CourseError where it is neither."""
    found = Archive()
    if path.is_dir():
        _add_folder(found, path)
    elif not path.exists():
        raise CourseError(f"{path} does not exist")
    else:
        _add_zip(found, path)
    found.entries.sort(key=lambda entry: entry.parts)
    return found


def inner(entry: Entry) -> Archive:
    """What a zip file within an archive holds: students hand such in. Zip files within it stay as they are. Raises
    CourseError where it cannot be read."""
    if entry.size > INNER_BYTES:
        raise CourseError(f"{shown(entry.name)} has more than {INNER_BYTES >> 20} MiB and was not unpacked")
    found = Archive()
    _add_zip(found, io.BytesIO(entry.read()), shown(entry.name))
    return found


def _add_folder(found: Archive, folder: Path) -> None:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in [*folders, *names]:
            path = Path(place, name)
            inside = os.fsencode(path.relative_to(folder)).decode("utf-8", "replace")
            info = path.lstat()
            if stat.S_ISREG(info.st_mode):
                time = datetime.fromtimestamp(info.st_mtime, UTC).replace(tzinfo=None)
                found.add(inside, info.st_size, partial(io.FileIO, path, opener=_open), time=time)
            elif not stat.S_ISDIR(info.st_mode):
                found.findings.append(f"{shown(inside)} is a link or a special file and was left out")


def _open(path: str, flags: int) -> int:
    """Students can write to nbgrader's exchange: a file may have become a link since it was looked at."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _add_zip(found: Archive, file: Path | BinaryIO, name: str = "") -> None:
    try:
        archive = zipfile.ZipFile(file)
    except _FAULTS as error:
        raise CourseError(f"{name or file} is no zip file that can be read ({error})") from None
    for info in archive.infolist():
        if info.is_dir():
            continue
        title = info.filename
        if not info.flag_bits & 0x800:  # names without the mark of UTF-8 are in it all the same, most often
            with suppress(UnicodeError):
                title = title.encode("cp437").decode("utf-8")
        if stat.S_ISLNK(info.external_attr >> 16):
            found.findings.append(f"{shown(title)} is a link and was left out")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 0x1:
            found.findings.append(f"{shown(title)} is packed in a way that is not read, or has a password: left out")
        else:
            found.add(title, info.file_size, partial(archive.open, info), local=_time(info))


def _time(info: zipfile.ZipInfo) -> datetime | None:
    """Without a time zone: a zip file has none."""
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None
