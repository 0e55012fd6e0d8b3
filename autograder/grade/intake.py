"""Takes submissions in: copies what was handed in to a folder of the grader's, as nbgrader wants to find it.

nbgrader follows links when it copies, stops the whole run at a date that it cannot read, and passes over a student
whose file has another name than the one that was released. So it grades copies: plain files only, each notebook under
its name, the date in one form. Nothing in `submitted/` is ever changed. What was done lies beside each copy; the record
of that submission says it.
"""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import dateutil.parser

from ..course.markup import grade_id
from ..course.paths import RECORD_SUFFIX
from ..engine.record import ReleasedCell, from_data
from .matching import filled_in, wanted
from .reading import MAX_BYTES, decode, read_notebook
from .repair import repair_cells

Released = Mapping[str, tuple[ReleasedCell, ...]]  # the cells of each notebook of an assignment

_NOTEBOOK: Final = re.compile(r"\.ipynb(\.(txt|json|html))?$|\.json$", re.IGNORECASE)
_DATE: Final = re.compile(r"(.*?\d)\s*(Z|[A-Za-z]+(?:/[\w+-]+)*|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_LONGEST_DATE: Final = 64
_TIMESTAMP: Final = "timestamp.txt"
_LEFT_OUT: Final = (".ipynb_checkpoints", "__pycache__")


@dataclass
class Intake:
    """What was done with one submission. `tied` are notebooks of which several files could be the one to grade."""

    findings: list[str] = field(default_factory=list)
    tied: list[str] = field(default_factory=list)

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
    done = Intake()
    copy.mkdir(parents=True)
    if submitted.is_symlink():
        done.findings.append("the folder was a link and was left out")
        files: list[Path] = []
    else:
        files = sorted(_plain_files(submitted, done))
    for file in files:
        if file.name == _TIMESTAMP and file.parent == submitted:
            _copy_date(file, copy, done)
            continue
        target = copy / file.relative_to(submitted)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    _find_notebooks(submitted, copy, files, released, done)
    done.findings.sort()
    _note(copy).write_text(json.dumps(asdict(done)))


def _plain_files(folder: Path, done: Intake) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, followlinks=False):
        for name in [*folders, *names]:
            path = Path(place) / name
            mode = path.lstat().st_mode
            if name in _LEFT_OUT:
                folders[:] = [one for one in folders if one != name]
            elif stat.S_ISREG(mode):
                yield path
            elif not stat.S_ISDIR(mode):
                done.findings.append(f"{path.relative_to(folder)} was a link or a special file and was left out")
                folders[:] = [one for one in folders if one != name]
            elif name.endswith((".ipynb", RECORD_SUFFIX)):
                # nbgrader writes files under such names.
                done.findings.append(f"{path.relative_to(folder)} was a folder and was left out")
                folders.remove(name)


# ---------------------------------------------------------------- notebooks


def _find_notebooks(submitted: Path, copy: Path, files: list[Path], released: Released, done: Intake) -> None:
    """Puts the file that holds the work under the name of its notebook, where it has another."""
    exact = {name for name in released if submitted / f"{name}.ipynb" in files}
    others = [
        file for file in files if _NOTEBOOK.search(file.name) and not (file.parent == submitted and file.stem in exact)
    ]
    for name, cells in released.items():
        found = [file for file in others if _may_be(file, name, cells)]
        if name in exact:
            # The work may stand in a copy beside it, as JupyterLab's "Duplicate" makes one.
            if not found or _work(submitted / f"{name}.ipynb", cells):
                continue
            found = [file for file in found if _work(file, cells)]
        if not found and len(released) == len(others) == 1 and not exact:
            found = others
        if not found:
            continue
        chosen, tie = _choose(found, cells)
        shutil.copyfile(chosen, copy / f"{name}.ipynb")
        where = chosen.relative_to(submitted)
        fault = "has no work in it" if name in exact else "was not handed in"
        done.findings.append(f"{name}.ipynb {fault}: {where} was taken for it")
        if tie:
            done.tied.append(name)
            done.findings.append(f"{name}.ipynb: {tie.relative_to(submitted)} could be meant as well")
    if released and not any((copy / f"{name}.ipynb").exists() for name in released):
        # So that the student is not absent: an empty file goes to a person.
        (copy / f"{next(iter(released))}.ipynb").touch()
        there = ", ".join(str(file.relative_to(submitted)) for file in files[:10]) or "nothing"
        done.findings.append(f"no notebook of this assignment was handed in; the folder holds: {there}")


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
        and file.read_bytes() != best.read_bytes()
    ]
    return best, alike[0] if alike else None


def _work(file: Path, cells: tuple[ReleasedCell, ...]) -> int:
    """How many cells were filled in."""
    by_name = {cell.name: cell for cell in cells if cell.solution}
    notebook, damage = read_notebook(file.read_bytes())
    repair_cells(notebook, cells, damaged=bool(damage))
    return sum((known := by_name.get(grade_id(c) or "")) is not None and filled_in(c, known) for c in notebook.cells)


# ---------------------------------------------------------------- dates


def _copy_date(file: Path, copy: Path, done: Intake) -> None:
    with open(file, "rb") as stream:
        text = decode(stream.read(4 * _LONGEST_DATE)).strip()
    if not text:
        return
    date = read_date(text)
    if date is None:
        done.findings.append(f"{_TIMESTAMP} holds no date: a person has to say whether this was handed in late")
    else:
        (copy / _TIMESTAMP).write_text(f"{date.isoformat(sep=' ')} UTC\n")


def read_date(text: str) -> datetime | None:
    """The time in UTC, without a time zone, of any form that nbgrader writes or reads; None where it is none.

    A time zone is an offset from UTC in hours and minutes, or a name of the time zone database. One of which that does
    not know is taken for UTC, as nbgrader does.
    """
    match = _DATE.fullmatch(text) if len(text) <= _LONGEST_DATE else None
    if match is None:
        return None
    zone = match[2] or "UTC"
    try:
        date = dateutil.parser.parse(match[1], ignoretz=True)
        if zone[0] in "+-":
            aware = datetime.fromisoformat(f"{date.isoformat()}{zone[:3]}:{zone[3:].lstrip(':') or '00'}")
        else:
            known = "/" in zone or zone.isupper()
            aware = date.replace(tzinfo=ZoneInfo(zone) if known and zone in available_timezones() else UTC)
        return aware.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, TypeError):
        return None
