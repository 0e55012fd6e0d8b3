"""Takes submissions in: copies what was handed in to a folder of the grader's, as nbgrader wants to find it.

nbgrader follows links when it copies, stops the whole run at a date that it cannot read, and passes over a student
whose file has another name than the one that was released. So it grades copies: plain files only, each notebook under
its name, the date in one form. Nothing in `submitted/` is ever changed. What was done lies beside each copy; the record
of that submission says it.
"""

import errno
import filecmp
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import dateutil.parser

from nbcore.update import BEFORE

from ..course.markup import grade_id
from ..course.paths import RECORD_SUFFIX
from ..engine.record import ReleasedCell, from_data
from .matching import filled_in, wanted
from .reading import MAX_BYTES, MOST_BYTES, decode, read_file
from .repair import repair_cells

Released = Mapping[str, tuple[ReleasedCell, ...]]  # the cells of each notebook of an assignment

_NOTEBOOK: Final = re.compile(r"\.ipynb(\.(txt|json|html))?$|\.json$", re.IGNORECASE)
_OFFSET: Final = re.compile(
    r"(.*(?::|T\d).*?)\s*(?:UTC|GMT)?\s*([+-])(0?\d|1[0-4])(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE
)
_DEFAULTS: Final = (datetime(2000, 1, 1), datetime(2001, 2, 2))
_LONGEST_DATE: Final = 64
_TIMESTAMP: Final = "timestamp.txt"
_MAY_BE_ANSWERS: Final = (".doc", ".docx", ".html", ".md", ".odt", ".pdf", ".py", ".qmd", ".rtf", ".txt")
_DEEPEST: Final = 50  # folders within each other; Python 3.11 itself walks no thousand
_LEFT_OUT: Final = (".ipynb_checkpoints", "__pycache__")


@dataclass
class Intake:
    """What was done with one submission. `tied` are notebooks of which several files could be the one to grade;
    `digest` is that of all that was handed in."""

    findings: list[str] = field(default_factory=list)
    tied: list[str] = field(default_factory=list)
    digest: str = ""

    @classmethod
    def beside(cls, notebook: Path) -> "Intake":
        """What was noted for the folder in which a copy lies; nothing where it is none."""
        try:
            return from_data(json.loads(_note(notebook.parent).read_text()), cls)
        except (OSError, ValueError):
            return cls()


def _note(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.intake.json")


def take_in(submitted: Path, copy: Path, released: Released) -> None:
    """Copies the folder of one submission, and notes beside the copy what was done."""
    done = Intake(digest=digest(submitted))  # before the copy: what is handed in meanwhile is graded the next time
    copy.mkdir(parents=True)
    if submitted.is_symlink():
        done.findings.append("the folder was a link and was left out")
        files: list[Path] = []
    else:
        files = sorted(_taken(submitted, done))
    large = too_large(plain_files(submitted))
    for file in list(files):
        target = copy / _shown(file, submitted)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if target == copy / _TIMESTAMP:
                _copy_date(file, target, done)
            elif file in large:
                raise OSError(errno.EFBIG, f"with it the submission has more than {MOST_BYTES:,} bytes")
            else:
                shutil.copyfile(file, target)
        except OSError as error:
            files.remove(file)
            if target.suffix == ".ipynb":
                target.touch()  # an empty one goes to a person
            done.findings.append(f"{_shown(file, submitted)} could not be read ({error.strerror}) and was left out")
    _find_notebooks(submitted, copy, files, released, done)
    done.findings.sort()
    _note(copy).write_text(json.dumps(asdict(done)))


def digest(submitted: Path) -> str:
    """Of the names and contents of what was handed in: another one means that something was handed in anew. Of a file
    that is too large to be copied, the size stands for the contents."""
    found, files = hashlib.sha256(), plain_files(submitted)
    large = too_large(files)
    for path in files:
        with suppress(OSError), open(path, "rb") as stream:
            is_large = path in large
            data = b"%d" % path.stat().st_size if is_large else hashlib.file_digest(stream, "sha256").digest()
            found.update(os.fsencode(path.relative_to(submitted)) + b"\0" + data)
    return found.hexdigest()


def plain_files(submitted: Path) -> list[Path]:
    """All of a submission, in the order of their paths: no links, and no special files."""
    return sorted(path for path in entries(submitted) if path.is_file() and not path.is_symlink())


def too_large(files: Iterable[Path]) -> set[Path]:
    """Those of a submission's files for which there is no room. The date and notebooks come first."""
    left, found = MOST_BYTES, set()
    for path in sorted(files, key=lambda path: (path.name != _TIMESTAMP, not _NOTEBOOK.search(path.name), path)):
        size = path.lstat().st_size
        if size > left:
            found.add(path)
        else:
            left -= size
    return found


def entries(folder: Path) -> Iterator[Path]:
    """What lies in a folder and in those within it, as deep as anybody works; no link is followed."""
    left = [(folder, 0)]
    while left:
        here, depth = left.pop()
        with suppress(OSError):
            for path in sorted(here.iterdir()):
                yield path
                if depth < _DEEPEST and path.is_dir() and not path.is_symlink():
                    left.append((path, depth + 1))


def _shown(file: Path, folder: Path) -> str:
    """A path within the folder. The name of a file may be no text: an archive of another system holds such names."""
    return os.fsencode(file.relative_to(folder)).decode("utf-8", "replace")


def _taken(folder: Path, done: Intake) -> Iterator[Path]:
    out: set[Path] = set()  # folders of which nothing comes along
    for path in entries(folder):
        mode = path.lstat().st_mode
        if path.name in _LEFT_OUT or path.parent in out:
            out.add(path)
        elif stat.S_ISREG(mode):
            yield path
        elif not stat.S_ISDIR(mode):
            done.findings.append(f"{_shown(path, folder)} was a link or a special file and was left out")
        elif path.name.endswith((".ipynb", RECORD_SUFFIX)) or path == folder / _TIMESTAMP:
            # nbgrader writes files under such names.
            done.findings.append(f"{_shown(path, folder)} was a folder and was left out")
            out.add(path)
        elif len(path.relative_to(folder).parts) > _DEEPEST:
            done.findings.append(f"{_shown(path, folder)} lies too deep and was left out")


# ---------------------------------------------------------------- notebooks


def _find_notebooks(submitted: Path, copy: Path, files: list[Path], released: Released, done: Intake) -> None:
    """Puts the file that holds the work under the name of its notebook, where it has another."""
    exact = {name for name in released if submitted / f"{name}.ipynb" in files}
    others = [
        file for file in files if _NOTEBOOK.search(file.name) and not (file.parent == submitted and file.stem in exact)
    ]
    left = {file for file in files if file in others or file.suffix.casefold() in _MAY_BE_ANSWERS} - {
        submitted / _TIMESTAMP
    }
    for name, cells in released.items():
        found = [file for file in others if _may_be(file, name, cells)]
        if name in exact:
            # The work may stand in a copy beside it, as JupyterLab's "Duplicate" makes one. A stub of an
            # earlier release looks like work: what an update has kept counts only where there is nothing else.
            work = _work(submitted / f"{name}.ipynb", cells) if found else 0  # most often nothing else is there
            found = [f for f in found if _work(f, cells) > work and not (work and BEFORE in f.name)]
            if found and work:
                done.tied.append(name)
                done.findings.append(f"{name}.ipynb was graded: {_shown(found[0], submitted)} holds more work")
                continue
        elif not found and len(released) == len(others) == 1:
            found = others
        if not found:
            continue
        chosen, tie = _choose(found, cells)
        left.discard(chosen)
        shutil.copyfile(chosen, copy / f"{name}.ipynb")
        where = _shown(chosen, submitted)
        fault = "has no work in it" if name in exact else "was not handed in"
        done.findings.append(f"{name}.ipynb {fault}: {where} was taken for it")
        if tie:
            done.tied.append(name)
            done.findings.append(f"{name}.ipynb: {_shown(tie, submitted)} could be meant as well")
    missing = [name for name in released if not (copy / f"{name}.ipynb").exists()]
    there = ", ".join(sorted(_shown(file, submitted) for file in files)[:10]) or "nothing"
    for name in missing:
        # So that its points are not 0 without a word: an empty file goes to a person.
        if len(missing) == len(released) or left or any(_holds(file, released[name]) for file in copy.glob("*.ipynb")):
            (copy / f"{name}.ipynb").touch()
            done.findings.append(f"{name}.ipynb was not found; the folder holds: {there}")


def _holds(notebook: Path, cells: tuple[ReleasedCell, ...]) -> bool:
    """Whether cells of another notebook stand in this one."""
    there, _damage = read_file(notebook)
    return not {grade_id(cell) for cell in there.cells}.isdisjoint(cell.name for cell in cells)


def _may_be(file: Path, name: str, cells: tuple[ReleasedCell, ...]) -> bool:
    """Whether a file is named like the notebook, or holds cells of it."""
    if _letters(name) in _letters(file.name):
        return True
    with open(file, "rb") as stream:
        text = decode(stream.read(MAX_BYTES))
    ids = {match[1] for match in re.finditer(r'"grade_id"\s*:\s*"([\w-]+)"', text)}
    names = set().union(*wanted(cells).values())
    defined = set(re.findall(r"(?:def|class)\s+(\w+)", text))
    return bool(ids & {cell.name for cell in cells}) or len(names & defined) * 2 > len(names)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _choose(files: list[Path], cells: tuple[ReleasedCell, ...]) -> tuple[Path, Path | None]:
    """The newest file with work in it, and another one that is as new and differs, if there is one."""
    order = sorted(files, key=lambda file: (_work(file, cells) > 0, int(file.stat().st_mtime)), reverse=True)
    best = order[0]
    alike = [
        file
        for file in order[1:]
        if int(file.stat().st_mtime) == int(best.stat().st_mtime)
        and _work(file, cells) > 0
        and not filecmp.cmp(file, best, shallow=False)
    ]
    return best, alike[0] if alike else None


def _work(file: Path, cells: tuple[ReleasedCell, ...]) -> int:
    """How many cells were filled in."""
    by_name = {cell.name: cell for cell in cells if cell.solution}
    notebook, damage = read_file(file)
    repair_cells(notebook, cells, damaged=bool(damage))
    return sum((known := by_name.get(grade_id(c) or "")) is not None and filled_in(c, known) for c in notebook.cells)


# ---------------------------------------------------------------- dates


def _copy_date(file: Path, target: Path, done: Intake) -> None:
    with open(file, "rb") as stream:
        text = decode(stream.read(4 * _LONGEST_DATE)).strip()
    if not text:
        return
    date = read_date(text)
    if date is None:
        done.findings.append(f"{_TIMESTAMP} holds no date: a person has to say whether this was handed in late")
    else:
        target.write_text(f"{date.isoformat(sep=' ')} UTC\n")


def read_date(text: str) -> datetime | None:
    """The time in UTC, without a time zone, of any form that nbgrader writes or reads; None where it is none.

    A time zone is an offset from UTC, or a name of the time zone database. One that nobody knows is taken for UTC, as
    nbgrader does. Of "+08" and "GMT+8" dateutil makes something else, and nbgrader yet another thing.
    """
    if len(text) > _LONGEST_DATE:
        return None
    if (match := _OFFSET.fullmatch(text)) and (date := _read_date(match[1])):
        hours, minutes = (timedelta(hours=int(match[3])), timedelta(minutes=int(match[4] or 0)))
        return date - int(f"{match[2]}1") * (hours + minutes)
    before, _, last = text.strip().rpartition(" ")
    name = last.strip("()")
    if ("/" in name or name.isupper()) and name in available_timezones() and (found := _read_date(before)):
        return found.replace(tzinfo=ZoneInfo(name)).astimezone(UTC).replace(tzinfo=None)
    return _read_date(text)


def _read_date(text: str) -> datetime | None:
    try:
        # What is not the same is not said in the text.
        zone = {"tzinfos": lambda _name, offset: offset or 0}
        found, other = (dateutil.parser.parse(text, default=day, **zone).astimezone(UTC) for day in _DEFAULTS)
        return found.replace(tzinfo=None) if found == other else None
    except (ValueError, OverflowError, TypeError):
        return None
