"""Marks stand in the columns that a campus system's import takes, each with its person, and no name is a formula."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.campus.export import Export, export
from autograder.campus.roster import read_roster
from autograder.cli import main
from autograder.course.paths import Course, CourseError

from .conftest import NAME

Listed = Callable[..., Path]
# By student: points of the test, points that a person gave, and what lateness costs. None: not given yet.
MARKS: dict[str, tuple[float | None, float | None, float]] = {
    "ann": (2, 1.5, 0),
    "bob": (1, 3, 3.25),
    "cy": (2, None, 0),
    "dan": (2, 3, 9),
    "fay": (None, None, 0),  # an extension and nothing else
}
NAMES = {
    "ann": ("Ann", 'Müller, the "first"'),
    "bob": ("=HYPERLINK(1)", "@bob"),
    "cy": ("小龍", "李\nLee"),
    "dan": ("محمد", "-Dan"),
    "eve": ("Eve", "O'Neil"),
    "fay": ("Fay", "+1"),
}


@pytest.fixture
def graded(course: Course) -> Course:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book, book.db.no_autoflush:
        for number, (student, (first, last)) in enumerate(NAMES.items(), 11):
            book.add_student(
                student, first_name=first, last_name=last, email=f"{student}@x.org", lms_user_id=str(number)
            )
        for student, (test, written, late) in MARKS.items():
            submission = book.add_submission(NAME, student)
            submission.notebooks[0].late_submission_penalty = late
            for name, points in (("test-f-values", test), ("explain-f", written)):
                grade = book.find_grade(name, NAME, NAME, student)
                if name.startswith("test"):
                    grade.auto_score, grade.needs_manual_grade = points, points is None
                else:
                    grade.manual_score, grade.needs_manual_grade = points, points is None
        book.db.commit()
    for student in ("eve", "ann"):
        folder = course.root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text("{}")
    return course


def table(course: Course, target: str, roster: Path | None = None, **options: object) -> tuple[list[list[str]], Export]:
    found = export(course, [NAME], target, read_roster(roster) if roster else None, **options)  # type: ignore[arg-type]
    with open(found.written[0], encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream)), found


# ---------------------------------------------------------------- from the gradebook


def test_canvas_from_the_gradebook(graded: Course) -> None:
    rows, found = table(graded, "canvas")
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert rows[1] == ["    Points Possible", "", "", "", "", "5"]
    by_login = {row[3]: row for row in rows[2:]}
    assert {login: row[-1] for login, row in by_login.items()} == {
        "ann": "3.5",
        "bob": "0.75",
        "cy": "",
        "dan": "0",  # never below
        "eve": "",
        "fay": "",
    }
    assert by_login["ann"][:2] == ['Müller, the "first", Ann', "11"]
    assert by_login["bob"][0] == "'@bob, =HYPERLINK(1)"
    assert by_login["cy"][0] == "李\nLee, 小龍"
    assert by_login["dan"][0] == "'-Dan, محمد"
    assert found.findings == [
        f"{NAME}: to be marked by a person, no mark: cy",
        f"{NAME}: not graded, no mark: eve",
        f"{NAME}: nothing handed in, no mark: fay",
    ]


def test_points_so_far_are_written_when_asked_for(graded: Course) -> None:
    rows, found = table(graded, "csv", partial=True)
    marks = {row["student_id"]: row for row in (dict(zip(rows[0], row, strict=True)) for row in rows[1:])}
    assert (marks["cy"]["score"], marks["cy"]["state"]) == ("2", "to be marked by a person")
    assert marks["fay"]["score"] == marks["eve"]["score"] == ""  # of whom nothing is graded
    assert f"{NAME}: to be marked by a person: cy" in found.findings
    assert marks["bob"]["raw_score"] == "4"
    assert marks["bob"]["late_submission_penalty"] == "3.25"
    assert marks["bob"]["score"] == "0.75"


def test_marks_are_those_of_nbgraders_own_export(graded: Course) -> None:
    with Gradebook(f"sqlite:///{graded.root}/gradebook.db") as book:
        for student in book.students:
            student.first_name = student.last_name = ""  # nbgrader quotes nothing
        book.db.commit()
        CsvExportPlugin(to=str(graded.root / "theirs.csv")).export(book)
    with open(graded.root / "theirs.csv") as stream:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}
    rows, _ = table(graded, "csv", partial=True)
    ours = {row[rows[0].index("student_id")]: row[rows[0].index("score")] for row in rows[1:]}
    assert {student: float(mark) for student, mark in ours.items() if mark} == {
        student: theirs[student] for student in ("ann", "bob", "cy", "dan")
    }
    assert {theirs[student] for student, mark in ours.items() if not mark} == {0.0}


def test_brightspace_from_the_gradebook(graded: Course) -> None:
    rows, _ = table(graded, "brightspace", title="Homework 1")
    assert rows[0] == ["OrgDefinedId", "Username", "Homework 1 Points Grade", "End-of-Line Indicator"]
    assert rows[1] == ["#11", "#ann", "3.5", "#"]
    assert rows[3] == ["#13", "#cy", "", "#"]


# ---------------------------------------------------------------- filled in

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Other (5),01_activations (77),Final Score
    Points Possible,,,,,10,100,(read only)
"Müller, the ""first"", Ann",901,0011,ann,"A, B",1,,
"@bob, =HYPERLINK(1)",902,0012,bob,A,1,4,
"李, 小龍",903,0013,cy,A,1,2.5,
"New, Nobody",904,0014,nobody,A,,EX,
"""


def test_a_list_of_canvas_is_filled_in(graded: Course, listed: Listed) -> None:
    rows, found = table(graded, "canvas", listed(CANVAS))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01_activations (77)"],
        ["    Points Possible", "", "", "", "", "100"],
        ['Müller, the "first", Ann', "901", "0011", "ann", "A, B", "3.5"],
        ["'@bob, =HYPERLINK(1)", "902", "0012", "bob", "A", "0.75"],
        ["李, 小龍", "903", "0013", "cy", "A", "2.5"],  # what stands there stays
        ["New, Nobody", "904", "0014", "nobody", "A", "EX"],
    ]
    assert any("has 5 points here and 100 in the list" in text for text in found.findings)
    assert any("not in the list of students, so not in the file: dan, eve" in text for text in found.findings)


BRIGHTSPACE = """OrgDefinedId;Username;Last Name;First Name;Email;01_activations Points Grade <Numeric MaxPoints:5 Weight:1>;X
#0011;#ann;Müller;Ann;ann@x.org;;
#0012;#bob;B;B;bob@x.org;1;
"""


def test_a_list_of_brightspace_is_filled_in(graded: Course, listed: Listed) -> None:
    rows, found = table(graded, "brightspace", listed(BRIGHTSPACE, "utf-8-sig"))
    title = "01_activations Points Grade <Numeric MaxPoints:5 Weight:1>"
    assert rows == [
        ["OrgDefinedId", "Username", title, "End-of-Line Indicator"],
        ["#0011", "#ann", "3.5", "#"],
        ["#0012", "#bob", "0.75", "#"],
    ]
    assert not any("points here" in text for text in found.findings)


WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments
Participant 501,Ann_Müller,ann,Submitted,,5.00,Yes,-,- good
Participant 502,"=Bob, ""the second"" B",bob,Submitted,1.00,5.00,Yes,"Monday, 2 March 2026, 1:00 PM",
Participant 503,李 小龍,cy,Submitted,2.00,5.00,Yes,-,
"""


def test_a_worksheet_of_moodle_is_filled_in_and_the_pages_are_packed(graded: Course, listed: Listed) -> None:
    for student in ("ann", "cy", "dan"):
        folder = graded.root / "feedback" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.html").write_text(f"page of {student}")
    rows, found = table(graded, "moodle", listed(WORKSHEET))
    assert rows == [
        ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)"],
        ["Participant 501", "Ann_Müller", "ann", "3.5", "5.00", "-"],
        ["Participant 502", '\'=Bob, "the second" B', "bob", "0.75", "5.00", "Monday, 2 March 2026, 1:00 PM"],
        ["Participant 503", "李 小龍", "cy", "2.00", "5.00", "-"],
    ]
    with zipfile.ZipFile(found.written[1]) as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert pages == {
        f"Ann Müller_501_assignfeedback_file_/{NAME}.html": "page of ann",
        f"李 小龍_503_assignfeedback_file_/{NAME}.html": "page of cy",
    }
    assert "no feedback page: bob" in found.findings


def test_moodles_gradebook_without_numbers_of_participants(graded: Course, listed: Listed) -> None:
    names = "First name,Last name,ID number,Email address\nAnn,Müller,ann,a@x.org\nBob,B,bob,b@x.org\n"
    rows, found = table(graded, "moodle", listed(names), title="Homework 1")
    assert rows[0] == ["First name", "Last name", "ID number", "Email address", "Homework 1"]
    assert rows[1] == ["Ann", "Müller", "ann", "a@x.org", "3.5"]
    assert len(found.written) == 1
    assert any("participant numbers of the grading worksheet" in text for text in found.findings)


# ---------------------------------------------------------------- what is refused


def test_lists_that_say_nothing_are_refused(listed: Listed, tmp_path: Path) -> None:
    for text in ("", "\n\n", "Name,Grade\nAnn,1\n", "First name,Last name\nAnn,Lee\n"):
        with pytest.raises(CourseError, match="no column that says who is who"):
            read_roster(listed(text))
    with pytest.raises(CourseError, match="is not in UTF-8"):
        read_roster(listed("First name,Email address\nJörg,j@x.org\n", "latin-1"))
    with pytest.raises(CourseError, match="could not be read"):
        read_roster(tmp_path / "gone.csv")
    with pytest.raises(CourseError, match="would both be called A_B"):
        read_roster(listed("id,first_name\na/b,Ann\nA_B,Bob\n"))


def test_other_encodings_and_separators_are_read(listed: Listed) -> None:
    text = "First name\tLast name\tID number\nJörg\tWeiß\t0012\n"
    (person,) = read_roster(listed(text, "utf-16")).people
    assert (person.student, person.names) == ("0012", ("Jörg", "Weiß"))
    twice = "id,first_name\nann,Ann\nann,Ann\n"  # one line twice, as from two sections
    assert [person.student for person in read_roster(listed(twice)).people] == ["ann"]


def test_nothing_is_overwritten_and_the_command_says_what_is_wrong(
    graded: Course, listed: Listed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = listed(CANVAS)
    assert main(["export", NAME, "--to", "canvas", "--roster", str(roster), "--into", str(roster)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert roster.read_text() == CANVAS
    assert main(["export", "02_forward", "--to", "csv"]) == 2
    assert (
        "nbgrader does not know 02_forward: run nbgrader generate_assignment 02_forward first"
        in capsys.readouterr().err
    )
    assert main(["export", NAME, "02_forward", "--to", "csv", "--column", "x"]) == 2
    assert "name the one assignment" in capsys.readouterr().err
    assert main(["export", "--to", "csv", "--into", str(tmp_path / "new.csv")]) == 0
    assert f"wrote {tmp_path / 'new.csv'}" in capsys.readouterr().out
    (graded.root / "gradebook.db").unlink()
    assert main(["export", "--to", "csv"]) == 2
    assert "autograder grade first" in capsys.readouterr().err


def test_a_list_of_another_system_or_of_another_course_is_refused(
    graded: Course, listed: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "First name,Last name,Username,ID number\nAnn,M,ann,0011\n"  # its numbers are Moodle's
    strangers = 'Student,ID,SIS User ID,SIS Login ID,Section\nPoints Possible,,,,\n"A, B",1,2,x1,A\n'
    for text, target, said in (
        (other, "canvas", "the list is one of moodle, whose numbers are not those of canvas"),
        (strangers, "canvas", "It calls students x1; the gradebook calls them ann, bob, cy, ..."),
        (strangers, "csv", "nobody who has is in the list"),
    ):
        assert main(["export", NAME, "--to", target, "--roster", str(listed(text))]) == 2
        assert said in capsys.readouterr().err
    assert not (graded.root / "reports").exists()
    assert main(["export", NAME, "--to", "csv", "--roster", str(listed(other))]) == 0
    plain = "Username,First Name,Last Name\nann,Ann,M\n"  # of Brightspace or of Moodle
    assert main(["export", NAME, "--to", "brightspace", "--roster", str(listed(plain))]) == 0


def test_the_test_student_of_canvas_has_handed_in_nothing_without_a_word(graded: Course, listed: Listed) -> None:
    _, found = table(graded, "canvas", listed(f'{CANVAS}"Student, Test",905,,a1b2c3,A,,,\n'))
    assert not any("a1b2c3" in text for text in found.findings)
    assert any("nobody" in text for text in found.findings)


def test_two_columns_of_one_assignment_are_left_to_a_person(graded: Course, listed: Listed) -> None:
    text = "Student,ID,SIS Login ID,Section,01_activations (1),01_activations (2)\nAnn,1,ann,A,,\n"
    with pytest.raises(CourseError, match="2 columns"):
        table(graded, "canvas", listed(text))
    rows, _ = table(graded, "canvas", listed(text), title="01_activations (2)")
    assert rows[0][-1] == "01_activations (2)"
