"""`autograder collect`: lays down what a campus system gives as nbgrader wants to find it, a folder a student.

nbgrader's `zip_collect` has plug-ins for this. They match one expression of the instructor's with each name, end the
whole run at one date or at one file that is there twice, and know no list of students: they are not used.
"""

import os
import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.coursedir import CourseDirectory
from rich.progress import track

from ..course.paths import Course, CourseError
from ..grade import gradebook
from ..grade.config import course_directory
from ..grade.converters import folders_of
from ..grade.counted import counted
from ..grade.intake import read_date
from .archive import Archive, Entry, inner, read_archive, shown
from .roster import Roster, safe_id
from .systems import BRIGHTSPACE, CANVAS, EXCHANGE, SYSTEMS, System

STUDENT_BYTES: Final = 500 << 20  # of all that one student hands in at a time
STUDENT_FILES: Final = 2_000
REPLACED: Final = "replaced"  # the folder for hand-ins that later ones have replaced
TIMESTAMP: Final = "timestamp.txt"
_EARLIEST: Final = datetime.min
# What browsers and systems append to the name of a file that is there already, and what tools append to a notebook's.
_COPY: Final = r"(?P<copy>(?:[ _-]*(?:\(\d+\)|copy|\d+))*)\.ipynb(?:\.(?:txt|json|html))?"
_NO_NAME: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


@dataclass
class HandIn:
    """What one student has handed in at one time. person: the system's number of the student. made: the time of the
    files in the archive. time: of the hand-in, if `sure`. All in UTC."""

    system: System
    person: str
    key: str
    name: str
    stated: str = ""  # the time in the name
    late: bool = False
    files: list[tuple[tuple[str, ...], int, Entry]] = field(default_factory=list)
    made: datetime | None = None
    time: datetime | None = None
    sure: bool = True

    @property
    def shown(self) -> str:
        return shown(" ".join(filter(None, (self.name, f"({self.key})" if self.key else ""))))

    @property
    def order(self) -> tuple[bool, datetime, datetime]:
        """Of several the latest counts that has a notebook in it."""
        notebooks = any(parts[-1].casefold().endswith((".ipynb", ".zip")) for parts, *_ in self.files)
        return notebooks, self.time or self.made or _EARLIEST, self.made or _EARLIEST


@dataclass
class Found:
    """What became of the archives. done: the students by what was done. lines: of each, in words. faults: work that was
    not taken."""

    done: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


NEW, REPLACES, SAME, OLDER = "new", "later than what was there", "there already", "not later than what is there"


class Collection:
    """The hand-ins of an assignment of one course."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        roster: Roster | None = None,
        system: str | None = None,
        timezone: ZoneInfo | None = None,
    ) -> None:
        """timezone: of times that state none; if none is given, that of this machine. Raises CourseError where nbgrader
        lacks the assignment."""
        self._course = course
        self._roster = roster
        self._systems = [SYSTEMS[system]] if system else list(SYSTEMS.values())
        self._timezone = timezone
        self._folder: CourseDirectory = course_directory(course.root)
        self._folder.assignment_id = self.assignment = assignment
        url = self._folder.db_url
        self._notebooks = list(gradebook.released_notebooks(url, assignment))
        if not self._notebooks:
            raise gradebook.unknown(assignment)
        self.due = gradebook.due_date(url, assignment)

    def collect(self, archives: Sequence[Path], *, dry_run: bool = False, progress: bool = False) -> Found:
        """Lays down the latest hand-in of each student in these archives. dry_run: only says what would be done."""
        found = Found()
        hand_ins: list[HandIn] = []
        for path in archives:
            archive = read_archive(path)
            found.findings += archive.findings
            hand_ins += self._hand_ins(archive, path, found)
        by_student = self._by_student(hand_ins, found)
        if not dry_run:
            self._enrol(by_student)
        for student, each in track(sorted(by_student.items()), self.assignment, transient=True, disable=not progress):
            latest = max(each, key=lambda one: one.order)
            if len(each) > 1:
                found.findings.append(f"{student}: of {len(each)} hand-ins the last one with a notebook counts")
            try:
                self._take(student, latest, found, dry_run=dry_run)
            except (CourseError, OSError) as error:
                found.faults.append(f"{student}: {error}")
        self._say_times(by_student, found)
        there = folders_of(self._folder, self._folder.submitted_directory)
        people = [one for one in self._roster.people if not one.is_test] if self._roster else []
        found.missing = [one.student for one in people if one.student not in by_student and one.student not in there]
        return found

    def _enrol(self, by_student: dict[str, list[HandIn]]) -> None:
        """Puts the list into the gradebook; without one the numbers of Canvas, so that it knows the marks again."""
        if self._roster:
            known = _known(self._roster, by_student)
        else:
            canvas = {student: each[0] for student, each in by_student.items() if each[0].system is CANVAS}
            known = {student: {"lms_user_id": one.key} for student, one in canvas.items()}
        gradebook.enrol(self._folder.db_url, self._folder.course_id, known)

    # ------------------------------------------------------------ what there is

    def _hand_ins(self, archive: Archive, path: Path, found: Found) -> Iterable[HandIn]:
        """The files of an archive by student and time."""
        system, depth = self._recognised(archive, path)
        hand_ins: dict[tuple[str, ...], HandIn] = {}
        others = []
        for entry in archive.entries:
            match = system.pattern.fullmatch(entry.parts[depth]) if depth < len(entry.parts) else None
            told = match.groupdict("") if match else {}
            if match is None or told.get("assignment", self.assignment) != self.assignment:
                others.append(entry)
                continue
            key, name, stated = (told.get(group, "").strip() for group in ("key", "name", "time"))
            person = told.get("user") or key
            one = hand_ins.setdefault(
                (person, name, stated), HandIn(system, person, key, name, stated, bool(told.get("late")))
            )
            if time := entry.time or self._utc(entry.local):
                one.made = max(one.made or _EARLIEST, time.replace(microsecond=0))
            parts = tuple(part for part in (told.get("file", ""), *entry.parts[depth + 1 :]) if part)
            if told.get("kind") not in (None, "", "file"):
                found.findings.append(f"{one.shown}: typed text is no notebook and was left out")
            elif parts:
                one.files.append((parts, int(told.get("attachment") or 0), entry))
        others = [other for other in others if other.parts[-1] != "index.html"]  # Brightspace adds one
        if others:
            names = ", ".join(shown(other.name) for other in others[:5]) + (", ..." if len(others) > 5 else "")
            found.findings.append(f"{path.name}: files that are no hand-in of {self.assignment} were left out: {names}")
        return hand_ins.values()

    def _recognised(self, archive: Archive, path: Path) -> tuple[System, int]:
        """The system whose names most files have, and how deep in the archive they stand."""
        best: tuple[int, System, int] | None = None
        for system in self._systems:
            depths = Counter(
                next((n for n, part in enumerate(entry.parts) if system.pattern.fullmatch(part)), -1)
                for entry in archive.entries
            )
            depth = min((depth for depth in depths if depth >= 0), default=-1)
            if depth >= 0 and (best is None or depths[depth] > best[0]):
                best = (depths[depth], system, depth)
        if best is None:
            names = " or ".join(system.name for system in self._systems)
            raise CourseError(f"{path} holds no file that is named as {names} does it: give the archive as it came")
        return best[1:]

    def _by_student(self, hand_ins: Iterable[HandIn], found: Found) -> dict[str, list[HandIn]]:
        """By what nbgrader calls the student, with the times. Where two people may be meant, nothing is taken."""
        by_student: dict[str, list[HandIn]] = {}
        same: dict[str, str] = {}  # names that differ in capital letters alone are one on some disks
        for one in hand_ins:
            if not (student := self._student(one, found)):
                continue
            by_student.setdefault(same.setdefault(student.casefold(), student), []).append(one)
        for student, each in list(by_student.items()):
            if len({one.system.name for one in each}) < len({(one.system.name, one.person) for one in each}):
                names = ", ".join(f"{one.shown} [{one.person}]" for one in each)
                found.faults.append(f"{names}: two people, who both would be {student}")
                del by_student[student]
        return by_student

    def _student(self, one: HandIn, found: Found) -> str:
        """What nbgrader calls the student, or nothing; sets the time."""
        handed_in = ""
        if self._roster is None:
            student = safe_id(one.key if one.system in (CANVAS, EXCHANGE) else one.name)
            if not student:
                found.faults.append(f"{one.shown}: no folder can be called so. Give a list with --roster")
        else:
            people = self._roster.find(one.system, one.key, one.name)
            student = people[0].student if len(people) == 1 else ""
            if not people:
                found.faults.append(f"{one.shown} is not in the list of students")
            elif len(people) > 1:
                names = ", ".join(person.student for person in people)
                found.faults.append(f"{one.shown} may be {names}")
            elif one.system is self._roster.system:
                handed_in = people[0].get("handed_in")
        one.time = self._stated(one, handed_in)
        one.sure = one.time is not None
        if one.time is None:
            one.time = one.made
            if one.time and self.due and one.time > self.due and not one.late:
                one.time = self.due
        return student

    # ------------------------------------------------------------ when

    def _stated(self, one: HandIn, handed_in: str) -> datetime | None:
        if one.system is EXCHANGE:
            return read_date(one.stated)
        text = re.sub(r"(20\d\d,? )(\d{1,2})(\d\d)\b", r"\1\2:\3", one.stated) or handed_in  # 926 PM, of Brightspace
        return self._utc(read_date(text)) if text else None

    def _utc(self, local: datetime | None) -> datetime | None:
        if local is None:
            return None
        try:
            return local.replace(tzinfo=self._timezone).astimezone(UTC).replace(tzinfo=None)
        except (OverflowError, ValueError, OSError):
            return None

    def _say_times(self, by_student: dict[str, list[HandIn]], found: Found) -> None:
        latest = {student: max(each, key=lambda one: one.order) for student, each in by_student.items()}
        unsure = {student: one for student, one in latest.items() if not one.sure}
        if not unsure:
            return
        late = [student for student, one in unsure.items() if one.late]
        where = "is when the archive was made" if any(one.system.made for one in unsure.values()) else "may be another"
        found.findings.append(
            f"{counted(len(unsure), 'hand-in')} {'states' if len(unsure) == 1 else 'state'} no time that can be read. "
            f"That of the file was taken, which {where}"
            + (f"; without a mark as late, no later than the due date, {self.due} UTC" if self.due else "")
        )
        if not self.due:
            found.findings.append(
                "The gradebook has no due date. Where late work costs points, set it in formgrader before you collect: "
                "then what is not marked as late counts as on time"
            )
        if late:
            found.findings.append(f"marked as late: {', '.join(late)}. If hours count, correct their {TIMESTAMP}")

    # ------------------------------------------------------------ laying down

    def _take(self, student: str, one: HandIn, found: Found, *, dry_run: bool) -> None:
        place = Path(self._folder.format_path(self._folder.submitted_directory, student, self.assignment))
        home = place.parent
        if other := _otherwise_written(home):
            raise CourseError(f"{other.parent.name}/{other.name} is there, which some disks take for the same folder")
        if place.is_symlink() or home.is_symlink() or (place.exists() and not place.is_dir()):
            raise CourseError(f"{place} is a link or a file")
        names = self._named(student, one, found)
        beside = Path(tempfile.mkdtemp()) if dry_run else home / f".{self.assignment}.collected"
        shutil.rmtree(beside, ignore_errors=True)  # what an interrupted run has left
        beside.mkdir(parents=True)
        try:
            for name, entry in names:
                target = beside / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(entry.read())
                if time := entry.time or self._utc(entry.local):
                    os.utime(target, (_seconds(time),) * 2)
            what = self._compared(beside, place, one)
            if one.time:
                (beside / TIMESTAMP).write_text(f"{one.time.isoformat(sep=' ')} UTC\n")
            found.done.setdefault(what, []).append(student)
            when = f"{one.time:%Y-%m-%d %H:%M} UTC" if one.time else "no time"
            found.lines.append(f"{student}: {when}, {what}: {', '.join(name for name, _ in names)}")
            if not dry_run and what in (NEW, REPLACES):
                if place.exists():
                    self._keep(student, place)
                beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _compared(self, new: Path, old: Path, one: HandIn) -> str:
        if not old.exists() or not any(old.iterdir()):
            return NEW
        files, others = (
            {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()} - {TIMESTAMP}
            for place in (new, old)
        )
        if files == others and all((new / name).read_bytes() == (old / name).read_bytes() for name in files):
            return SAME
        made = max((datetime.fromtimestamp((old / name).lstat().st_mtime, UTC) for name in others), default=None)
        last = made.replace(tzinfo=None) if made else _EARLIEST
        try:
            time = read_date((old / TIMESTAMP).read_text(errors="replace").strip())
        except OSError:
            time = None
        _, *order = one.order
        return REPLACES if order > [time or last, last.replace(microsecond=0)] else OLDER

    def _keep(self, student: str, place: Path) -> None:
        """Moves what a later hand-in replaces to a folder of its own."""
        kept = self._course.root / REPLACED / self.assignment / student
        kept.mkdir(parents=True, exist_ok=True)
        number = 1
        while (kept / str(number)).exists():
            number += 1
        shutil.move(place, kept / str(number))

    def _named(self, student: str, one: HandIn, found: Found) -> list[tuple[str, Entry]]:
        """The files of a hand-in under names that are safe, each notebook under its own."""
        files = list(_unpacked(student, one, found))
        if not files:
            raise CourseError("there is no file")
        if len(files) > STUDENT_FILES or sum(entry.size for *_, entry in files) > STUDENT_BYTES:
            raise CourseError(f"it has more than {STUDENT_FILES:,} files or {STUDENT_BYTES >> 20} MiB")
        taken = {TIMESTAMP}
        named: list[tuple[str, Entry]] = []
        for notebook in self._notebooks:
            if chosen := self._chosen(notebook, one, files):
                files.remove(chosen)
                name = f"{notebook}.ipynb"
                taken.add(_same(name))
                named.append((name, chosen[2]))
        named += [(_free(parts, taken), entry) for parts, _, entry in files]
        for notebook in self._notebooks:
            if f"{notebook}.ipynb" not in dict(named):
                there = ", ".join(name for name, _ in named[:5])
                found.findings.append(f"{student}: no file is called {notebook}.ipynb; there is {there}")
        return named

    def _chosen(
        self, notebook: str, one: HandIn, files: Sequence[tuple[tuple[str, ...], int, Entry]]
    ) -> tuple[tuple[str, ...], int, Entry] | None:
        """The file that is this notebook: of several of its name the last one."""
        pattern = re.compile(re.escape(notebook) + _COPY, re.IGNORECASE)
        others = {_same(f"{name}.ipynb") for name in self._notebooks} - {_same(f"{notebook}.ipynb")}
        order = []
        for file in files:
            parts, attachment, entry = file
            match = pattern.fullmatch(unicodedata.normalize("NFC", parts[-1]))
            if match and _same(parts[-1]) not in others:
                time = _EARLIEST if one.system.made else entry.time or entry.local or _EARLIEST
                copies = [int(number) for number in re.findall(r"\d{1,9}", match["copy"])]
                order.append((-len(parts), time, attachment, copies, file))
        if order:
            return max(order, key=lambda each: each[:-1])[-1]
        notebooks = [file for file in files if file[0][-1].casefold().endswith(".ipynb")]
        return notebooks[0] if len(notebooks) == len(self._notebooks) == 1 else None


def zone(name: str | None) -> ZoneInfo | None:
    """Raises CourseError for a time zone that nobody knows."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CourseError(f"{name} is no time zone: names are as Europe/Berlin or America/New_York") from None


def _known(roster: Roster, there: Container[str]) -> dict[str, dict[str, str]]:
    """What goes into the gradebook, by student; its columns take 128 signs. there: who has handed in something."""
    number = "key" if roster.system in (CANVAS, EXCHANGE) else "number"
    return {
        one.student: {
            name: text[:128]
            for name, text in (
                ("first_name", one.names[0]),
                ("last_name", one.names[1]),
                ("email", one.get("email")),
                ("lms_user_id", one.get(number)),
            )
        }
        for one in roster.people
        if not one.is_test or one.student in there
    }


def _unpacked(student: str, one: HandIn, found: Found) -> Iterator[tuple[tuple[str, ...], int, Entry]]:
    """The files of a hand-in, with those of the zip files in it."""
    for parts, attachment, entry in one.files:
        if (one.system, parts) in ((BRIGHTSPACE, ("index.html",)), (EXCHANGE, (TIMESTAMP,))):
            continue
        if parts[-1].casefold().endswith(".zip"):
            try:
                unpacked = inner(entry)
            except CourseError as error:
                found.findings.append(f"{student}: {error}")
            else:
                found.findings += [f"{student}: {text}" for text in unpacked.findings]
                yield from ((parts[:-1] + each.parts, attachment, each) for each in unpacked.entries)
                continue
        yield parts, attachment, entry


def _same(name: str) -> str:
    """Equal for names that some disks take for the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _free(parts: Sequence[str], taken: set[str]) -> str:
    """A path that is neither taken, nor within a file, nor a folder of others."""
    safe = [_NO_NAME.sub("_", part.encode("utf-8", "replace").decode()).strip(" .") or "_" for part in parts]
    folder, name = "/".join(safe[:-1]), safe[-1]
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, _cut(dot + ending, 40)) if stem else (name, "")
    folders = [folder[:n] for n, sign in enumerate(f"{folder}/") if sign == "/" and n]
    if any(_same(each) in taken for each in folders):
        folder, folders, stem = "", [], f"{folder.replace('/', '_')}_{stem}"
    number, path = 1, ""
    while not path or _same(path) in taken or f"{_same(path)}/" in taken:
        path = "/".join(filter(None, (folder, f"{_cut(stem, 180)}{f'-{number}' if number > 1 else ''}{ending}")))
        number += 1
    taken.update({_same(path), *(f"{_same(each)}/" for each in folders)})
    return path


def _cut(text: str, most: int) -> str:
    """To so many bytes: a name has room for 255."""
    return text.encode()[:most].decode(errors="ignore")


def _otherwise_written(folder: Path) -> Path | None:
    """A folder whose name some disks take for this one's."""
    try:
        names = [] if folder.exists() else os.listdir(folder.parent)
    except OSError:
        return None
    return next((folder.with_name(name) for name in names if _same(name) == _same(folder.name)), None)


def _seconds(time: datetime) -> float:
    return time.replace(tzinfo=UTC).timestamp()


def say(collection: Collection, found: Found, *, dry_run: bool = False) -> int:
    """Prints what was done, or would be. Exit status: 0, or 1 where somebody's work was not taken."""
    counts = ", ".join(f"{len(found.done[what])} {what}" for what in (NEW, REPLACES, SAME, OLDER) if what in found.done)
    said = [*(found.lines if dry_run else []), f"{collection.assignment}: {counts or 'nothing was taken'}"]
    for what, where in ((REPLACES, f"what was there is kept in {REPLACED}/"), (OLDER, "what is there stays")):
        if what in found.done:
            said.append(f"{what}: {', '.join(found.done[what])} ({where})")
    if found.missing:
        have = "has" if len(found.missing) == 1 else "have"
        said.append(f"{len(found.missing)} of the list {have} handed in nothing: {', '.join(found.missing)}")
    said += [*found.findings, *(f"not taken: {text}" for text in found.faults)]
    for text in [*said, "Nothing was written."] if dry_run else said:
        print("".join(sign if sign.isprintable() else "?" for sign in text))
    return 1 if found.faults else 0
