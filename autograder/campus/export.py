"""`autograder export`: marks in the columns that a campus system's import takes, and for Moodle the feedback pages.

With a list of students that the system itself has exported, its lines are filled in: numbers and names stay as they are
there, and a student without a mark keeps the one that stands there.
"""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory

from ..course.paths import RECORD_SUFFIX, Course, CourseError, write_atomically
from ..engine.record import NotebookRecord
from ..grade import gradebook
from ..grade.config import course_directory
from ..grade.converters import folders_of
from ..grade.counted import counted
from ..grade.gradebook import Standing
from ..grade.intake import digest
from ..grade.spreadsheet import plain_text
from .roster import Person, Roster, letters, title_of
from .systems import BRIGHTSPACE, CANVAS, END_OF_LINE, EXCHANGE, MOODLE, POINTS_POSSIBLE, SYSTEMS, System, plain

CSV: Final = "csv"
_COLUMNS: Final = (
    "assignment",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "state",
)
# Of Moodle's grading worksheet: what mod/assign/feedback/offline/importgradeslib.php needs, and who it is.
_IDENTIFIER, _GRADE, _MAXIMUM = "Identifier", "Grade", "Maximum Grade"
_WORKSHEET: Final = (_IDENTIFIER, "Full name", "ID number", "Email address", _GRADE, _MAXIMUM, "Last modified (grade)")

MARKED, UNMARKED, UNGRADED, NOTHING = "graded", "to be marked by a person", "not graded", "nothing handed in"
CHANGED: Final = "handed in again since it was graded"


@dataclass
class Export:
    """What was written, and what there is to say."""

    written: list[Path] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Marks:
    """Of one assignment: by student what the gradebook says, and in which state it is. title: of its column."""

    assignment: str
    title: str
    most: float
    standings: dict[str, Standing]
    states: dict[str, str]
    partial: bool

    def mark(self, student: str) -> str:
        """As a number with a point; nothing where there is no mark yet."""
        standing = self.standings.get(student)
        if standing is None or not standing.graded or (standing.unmarked and not self.partial):
            return ""
        return number(standing.score)


def number(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".")


def export(
    course: Course,
    names: Sequence[str],
    target: str,
    roster: Roster | None = None,
    into: Path | None = None,
    *,
    title: str | None = None,
    partial: bool = False,
) -> Export:
    """Writes the marks of these assignments, or of all that are graded. title: of the column in the system, if it is
    not the name of the assignment. partial: with the points so far where a person has to give some. Raises CourseError
    where that cannot be done."""
    directory = course_directory(course.root)
    if not gradebook.exists(directory.db_url):
        raise CourseError("there is no gradebook yet: run autograder grade first")
    found = Export()
    wanted = names or gradebook.assignments_of(directory.db_url)
    if title and len(wanted) != 1:
        raise CourseError("--column names one column: name the one assignment that it is for")
    all_marks = [_marks(directory, name, title or name, partial) for name in wanted]
    all_marks = [marks for marks in all_marks if names or any(one.graded for one in marks.standings.values())]
    if not all_marks:
        raise CourseError("nothing is graded yet: run autograder grade first")
    people = list(roster.people) if roster else _people(all_marks)
    system = SYSTEMS.get(target)
    if roster:
        _refuse(roster, system, all_marks)
    rows = _rows(system, all_marks, people, roster, found) if system else _plain_rows(all_marks, people)
    _say_states(all_marks, people, found)
    name = all_marks[0].assignment if len(all_marks) == 1 else "marks"
    path = into or course.root / "reports" / f"{name}-{target}.csv"
    pages = path.with_name(f"{path.stem}-feedback.zip")
    if into and any(one.exists() for one in (path, *([pages] if target == MOODLE.name else []))):
        raise CourseError(f"{path} or {pages.name} exists: name another file with --into, or take it away first")
    write_atomically(path, _text(rows))
    found.written.append(path)
    if target == MOODLE.name and len(all_marks) == 1:
        _write_feedback(directory, all_marks[0].assignment, roster, pages, found)
    return found


def _refuse(roster: Roster, system: System | None, all_marks: Sequence[Marks]) -> None:
    """A list whose numbers are those of another system, or in which nobody of the course stands. Raises CourseError."""
    theirs = roster.system
    if system and theirs not in (None, system, EXCHANGE) and _columns_of(theirs, roster) > _columns_of(system, roster):
        raise CourseError(
            f"the list is one of {theirs.name}, whose numbers are not those of {system.name}: "
            f"give the list that {system.name} exports"
        )
    listed = {person.student for person in roster.people}
    there = {student for marks in all_marks for student, state in marks.states.items() if state != NOTHING}
    if there and not there & listed:
        raise CourseError(
            f"nobody in the list has handed in anything, and nobody who has is in the list. It calls students "
            f"{_few(listed)}; the gradebook calls them {_few(there)}"
        )


def _columns_of(system: System, roster: Roster) -> int:
    return len({system.field_of(header) for header in roster.headers} - {None})


def _few(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")


def _text(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


# ---------------------------------------------------------------- what there is


def _marks(directory: CourseDirectory, assignment: str, title: str, partial: bool) -> Marks:
    most, standings = gradebook.standings(directory.db_url, assignment)
    directory.assignment_id = assignment
    submitted = folders_of(directory, directory.submitted_directory)
    done = folders_of(directory, directory.autograded_directory)
    states = {}
    for student in standings.keys() | submitted.keys():
        standing = standings.setdefault(student, Standing(student))
        if not standing.graded:
            states[student] = UNMARKED if student in done else UNGRADED if student in submitted else NOTHING
        elif student in submitted and _changed(submitted[student], done.get(student)):
            states[student] = CHANGED
        else:
            states[student] = UNMARKED if standing.unmarked else MARKED
    return Marks(assignment, title, most, standings, states, partial)


def _changed(submitted: Path, done: Path | None) -> bool:
    """Whether something else was handed in than was graded, as far as the records say."""
    records = [NotebookRecord.read(path) for path in sorted(done.glob(f"*{RECORD_SUFFIX}"))] if done else []
    known = {record.handed_in for record in records if record and record.handed_in}
    return bool(known) and known != {digest(submitted)}


def _people(all_marks: Sequence[Marks]) -> list[Person]:
    """All students that the gradebook knows."""
    found: dict[str, Person] = {}
    for marks in all_marks:
        for student, one in sorted(marks.standings.items()):
            fields = {"login": student, "first": one.first, "last": one.last, "email": one.email}
            found.setdefault(student, Person(student, fields | {"key": one.lms_user_id, "number": one.lms_user_id}))
    return list(found.values())


def _say_states(all_marks: Sequence[Marks], people: Sequence[Person], found: Export) -> None:
    listed = {person.student for person in people}
    tests = {person.student for person in people if person.is_test}
    for marks in all_marks:
        by_state: dict[str, list[str]] = {}
        for student in sorted(listed | marks.states.keys()):
            state = marks.states.get(student, NOTHING)
            if student in tests and state == NOTHING:
                continue
            if student in listed and state != MARKED:
                by_state.setdefault(state if marks.mark(student) else f"{state}, no mark", []).append(student)
            elif student not in listed and state != NOTHING:
                by_state.setdefault("not in the list of students, so not in the file", []).append(student)
        found.findings += [f"{marks.assignment}: {state}: {', '.join(each)}" for state, each in by_state.items()]


# ---------------------------------------------------------------- columns


def _plain_rows(all_marks: Sequence[Marks], people: Sequence[Person]) -> list[list[str]]:
    """The columns of nbgrader's own export, and the state."""
    rows = [list(_COLUMNS)]
    for marks in all_marks:
        for person in people:
            one, mark = marks.standings.get(person.student, Standing(person.student)), marks.mark(person.student)
            first, last = person.names
            shown = [str(one.timestamp or ""), person.student, last, first, person.get("email")]
            points = [number(one.raw_score), number(one.late_penalty), mark] if mark else ["", "", ""]
            state = marks.states.get(person.student, NOTHING)
            rows.append([marks.assignment, *map(plain_text, shown), *points, number(marks.most), state])
    return rows


def _rows(
    system: System, all_marks: Sequence[Marks], people: Sequence[Person], roster: Roster | None, found: Export
) -> list[list[str]]:
    """The table of a system: those of its columns that its import needs, and one for each assignment."""
    own = roster if roster and roster.system is system else None
    headers = own.headers if own else ()
    if own and plain(_IDENTIFIER) in map(plain, headers):
        return _worksheet(own, all_marks, found)
    places = [_place(own, marks, system) for marks in all_marks]
    fields = [(header, name) for header, name in system.marks if not own or name in map(system.field_of, headers)]
    if own and system is CANVAS:  # all up to the section, in the order in which they stand
        until = max((n for n, header in enumerate(headers) if plain(header) == "section"), default=len(fields) - 1)
        kept = list(range(until + 1))
    else:
        kept = [[system.field_of(header) for header in headers].index(name) for _, name in fields] if own else []
    end = [END_OF_LINE] if system is BRIGHTSPACE else []
    table = [[headers[n] for n in kept] if own else [header for header, _ in fields]]
    for marks, place in zip(all_marks, places, strict=True):
        table[0].append(system.title.format(marks.title) if place is None else headers[place])
        if maximum := re.search(r"<Numeric MaxPoints:([\d.,]+)", table[0][-1]):  # of Brightspace
            _compare(maximum[1], marks, found)
    table[0] += [header for header, _ in end]
    table[0] = [plain_text(header) for header in table[0]]
    if system is CANVAS:
        table.append(_maxima(own, len(table[0]), all_marks, places, found))
    for person in people:
        row = [person.cells[n] for n in kept] if own else [_cell(system, person, name) for _, name in fields]
        row = [plain_text(cell) for cell in row]
        for marks, place in zip(all_marks, places, strict=True):
            row.append(marks.mark(person.student) or ("" if place is None else plain_text(person.cells[place])))
        table.append(row + [mark for _, mark in end])
    return table


def _place(own: Roster | None, marks: Marks, system: System) -> int | None:
    """The column of the list that holds the marks of an assignment, if there is one."""
    found = title_of(own.headers if own else (), system.title.format(marks.title))
    if len(found) > 1:
        raise CourseError(f"the list has {len(found)} columns for {marks.title}: name the whole column with --column")
    return found[0] if found else None


def _cell(system: System, person: Person, name: str) -> str:
    if name == "full":
        first, last = person.names
        return ", ".join(filter(None, (last, first))) or person.student
    text = person.get(name)
    # As Brightspace writes it: a spreadsheet leaves the zeros before such a number.
    return f"#{text}" if text and system is BRIGHTSPACE else text


def _maxima(
    own: Roster | None, width: int, all_marks: Sequence[Marks], places: Sequence[int | None], found: Export
) -> list[str]:
    """The row of the points of each column. Canvas would change its own where another number stood there."""
    row = [f"    {POINTS_POSSIBLE}", *[""] * (width - 1 - len(places))]
    for marks, place in zip(all_marks, places, strict=True):
        there = own.maxima[place].strip() if own and own.maxima and place is not None else ""
        _compare(there, marks, found)
        row.append(there or number(marks.most))
    return row


def _compare(there: str, marks: Marks, found: Export) -> None:
    """Says so where the system counts other points: marks are never scaled here."""
    try:
        differs = bool(there) and abs(float(there.replace(",", ".")) - marks.most) > 0.005
    except ValueError:
        return
    if differs:
        found.findings.append(
            f"{marks.assignment} has {counted(marks.most, 'point')} here and {there} in the list. "
            f"Marks are not scaled: set the assignment to {counted(marks.most, 'point')} in the campus system"
        )


def _worksheet(own: Roster, all_marks: Sequence[Marks], found: Export) -> list[list[str]]:
    """Moodle's grading worksheet, filled in. Comments stay out: Moodle would take them for new ones."""
    if len(all_marks) != 1:
        raise CourseError("a grading worksheet is that of one assignment: name the assignment")
    marks = all_marks[0]
    at = {plain(header): n for n, header in enumerate(own.headers)}
    kept = [at[plain(header)] for header in _WORKSHEET if plain(header) in at]
    if (grade := at.get(plain(_GRADE))) is None:
        raise CourseError("the grading worksheet has no column Grade: download it anew from the assignment")
    maximum = at.get(plain(_MAXIMUM))
    if own.people and maximum is not None:
        _compare(own.people[0].cells[maximum], marks, found)
    table = [[own.headers[n] for n in kept]]
    for person in own.people:
        mark = marks.mark(person.student)
        table.append([mark if n == grade and mark else plain_text(person.cells[n]) for n in kept])
    return table


# ---------------------------------------------------------------- feedback


def _write_feedback(
    directory: CourseDirectory, assignment: str, roster: Roster | None, path: Path, found: Export
) -> None:
    """A zip for "Upload multiple feedback files in a zip": name, participant number, type and name of the plug-in, as
    mod/assign/feedback/file/importziplib.php of moodle/moodle reads them."""
    numbers = {one.student: one for one in roster.people if one.get("key").isdecimal()} if roster else {}
    directory.assignment_id = assignment
    pages = {
        student: sorted(folder.glob("*.html"))
        for student, folder in folders_of(directory, directory.feedback_directory).items()
    }
    if not roster or roster.system is not MOODLE or not numbers:
        found.findings.append(
            "No zip with feedback was made: it needs the participant numbers of the grading worksheet. Download that "
            "in the assignment and give it with --roster"
        )
        return
    if not any(pages.get(student) for student in numbers):
        found.findings.append(f"No zip with feedback was made: there are no pages. autograder feedback {assignment}")
        return
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, person in numbers.items():
            # Moodle splits at "_"; it goes by the number, the name is for people.
            name = " ".join("".join(c if letters(c) or c in " -'." else " " for c in person.shown).split()) or "Student"
            for page in pages.get(student, []):
                archive.write(page, f"{name}_{person.get('key')}_assignfeedback_file_/{page.name}")
    write_atomically(path, text.getvalue())
    found.written.append(path)
    if without := [student for student in numbers if not pages.get(student)]:
        found.findings.append(f"no feedback page: {', '.join(without)}")
