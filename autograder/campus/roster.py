"""Lists of students, as campus systems export them, and whom a name in an archive means."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..course.paths import CourseError
from .systems import CANVAS, EXCHANGE, MOODLE, POINTS_POSSIBLE, SYSTEMS, System, plain

MOST_BYTES: Final = 20_000_000
_LONGEST: Final = 100  # characters of what a student is called; nbgrader's table takes 128
_NAMED: Final = ("login", "number", "email", "key")  # the first of these that a list has is what a student is called
_TEST_STUDENT: Final = "Student, Test"  # so public programs of instructors read it in the lists of Canvas


@dataclass(frozen=True)
class Person:
    """A line of a list. student: what nbgrader calls the person. cells: of the line, as they stand there."""

    student: str
    fields: dict[str, str]
    cells: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def names(self) -> tuple[str, str]:
        """First and last name, as far as they are known."""
        if self.get("first") or self.get("last"):
            return self.get("first"), self.get("last")
        last, comma, first = self.get("full").partition(", ")  # as Canvas sorts
        return (first.strip(), last.strip()) if comma else ("", self.get("full"))

    @property
    def is_test(self) -> bool:
        """Whether this is Canvas's own test student. A person of that name has a number of the institution."""
        return self.get("full") == _TEST_STUDENT and not self.get("number")

    @property
    def shown(self) -> str:
        return " ".join(filter(None, self.names)) or self.student


@dataclass(frozen=True)
class Roster:
    """A list of students. maxima: the row of Canvas that holds the points of each column."""

    people: tuple[Person, ...] = ()
    system: System | None = None
    headers: tuple[str, ...] = ()
    maxima: tuple[str, ...] = ()
    _by: dict[str, dict[str, list[Person]]] = field(default_factory=dict)

    def find(self, system: System, key: str, name: str) -> list[Person]:
        """Whom an archive of a system means: by its number where the list has that, else by the name. Moodle counts
        anew in each assignment, so the name has to agree. A user name or number ahead of the name has to be that
        person's."""
        if system is EXCHANGE:
            return self._by.get("student", {}).get(key.casefold(), [])
        if self.system is system or (system, self.system) == (CANVAS, EXCHANGE):
            found = self._by.get("key", {}).get(key.casefold(), [])
            found = [one for one in found if system is CANVAS or letters(name) in _orders(one) or not one.names[1]]
            if found or (system is CANVAS and "key" in self._by):
                return found
        named = self._by.get("name", {})
        first, _, rest = name.partition(" ")
        ahead = named.get(letters(rest.removeprefix("- ")), [])
        return named.get(letters(name)) or [
            one for one in ahead if first.casefold() in (one.get("login").casefold(), one.get("number").casefold())
        ]


def read_roster(path: Path) -> Roster:
    """Raises CourseError where the file cannot be read, or has no column that says who is who."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CourseError(f"{path} could not be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise CourseError(f"{path} has more than {MOST_BYTES:,} bytes, which is no list of students")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not in UTF-8: save it as CSV in UTF-8, so that names are right") from None
    system, rows = _table(text)
    headers = tuple(rows[0]) if rows else ()
    places = {name: n for n, header in reversed(list(enumerate(headers))) if (name := system.field_of(header))}
    if not any(name in places for name in _NAMED):
        wanted = "; ".join(
            f"{one.name}: {', '.join(header for name in _NAMED for header in one.columns.get(name, ()))}"
            for one in SYSTEMS.values()
        )
        raise CourseError(f"{path} has no column that says who is who. Known are, as exported in English, {wanted}")
    return _roster(path, system, headers, places, rows[1:])


def _table(text: str) -> tuple[System, list[list[str]]]:
    """The rows of a CSV file, and the system whose columns it has."""
    best: tuple[int, System, list[list[str]]] = (-1, next(iter(SYSTEMS.values())), [])
    csv.field_size_limit(MOST_BYTES)
    for delimiter in ",;\t":
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
        for system in SYSTEMS.values():
            known = len({system.field_of(header) for header in rows[0]} - {None}) if rows else 0
            if known > best[0]:
                best = (known, system, rows)
    return best[1:]


def _roster(
    path: Path, system: System, headers: tuple[str, ...], places: dict[str, int], rows: Iterable[list[str]]
) -> Roster:
    people: dict[str, Person] = {}
    maxima: tuple[str, ...] = ()
    for row in rows:
        cells = tuple((row + [""] * len(headers))[: len(headers)])
        fields = {name: _clean(cells[place]) for name, place in places.items()}
        if system is CANVAS and POINTS_POSSIBLE in cells[0]:
            maxima = cells
            continue
        if system is MOODLE:
            fields["key"] = re.sub(r"^\D+(?=\d+$)", "", fields.get("key", ""))  # Participant 123
        # Brightspace puts "#" before numbers and user names, so that a spreadsheet leaves them as they are.
        fields |= {name: fields.get(name, "").removeprefix("#") for name in ("login", "number")}
        called = next((fields[name] for name in _NAMED if fields.get(name)), "")
        if not (student := safe_id(called)):
            continue
        person = Person(student, fields, cells)
        other = people.setdefault(student.casefold(), person)
        if other.fields != fields:
            raise CourseError(
                f"{path}: {other.shown} and {person.shown} would both be called {student}: their lines differ. "
                "Take one of them out, or give each another login"
            )
    roster = Roster(tuple(people.values()), system, headers, maxima)
    for person in roster.people:
        for kind, texts in (
            ("student", {person.student.casefold(), person.get("login").casefold()}),
            ("key", {person.get("key").casefold()}),
            ("name", _orders(person)),
        ):
            for text in texts - {""}:
                roster._by.setdefault(kind, {}).setdefault(text, []).append(person)
    return roster


def _orders(person: Person) -> set[str]:
    """The letters of a name, given name first and family name first."""
    first, last = person.names
    return {letters(first + last), letters(last + first), letters(person.get("full"))}


def letters(name: str) -> str:
    """What is left of a name in the name of a file: systems leave out other signs than letters, each in its way."""
    text = unicodedata.normalize("NFKC", name)
    return "".join(sign for sign in text if unicodedata.category(sign)[0] in "LNM").casefold()


def _clean(text: str) -> str:
    """Without signs that no name holds, and that a database or a screen takes amiss."""
    return " ".join("".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text).split())


def safe_id(called: str) -> str:
    """What a student is called in `submitted/`: letters, digits and ". @ + - _", any other sign as "_"; nothing where
    there is neither letter nor digit."""
    text = unicodedata.normalize("NFC", called.strip())[:_LONGEST]
    text = "".join(sign if sign in ".@+-_" or unicodedata.category(sign)[0] in "LNM" else "_" for sign in text)
    text = text.lstrip(".-")
    while len(text.encode()) > 2 * _LONGEST:  # a file's name holds 255 bytes
        text = text[:-1]
    return text if any(sign.isalnum() for sign in text) else ""


def title_of(headers: Iterable[str], title: str) -> list[int]:
    """The columns that hold the marks of an assignment, behind whose name systems write a number or more."""
    wanted = plain(title)
    pattern = re.compile(rf"{re.escape(wanted)}(?: \(\d+\)| <[^>]*>)?")
    return [place for place, header in enumerate(headers) if pattern.fullmatch(plain(header))]
