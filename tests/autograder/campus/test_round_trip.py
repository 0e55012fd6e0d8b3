"""From the archive of each campus system to a graded class of 01_activations, and from there to the system's table."""

import csv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.course.bank import read_bank
from autograder.course.contract import read_contract
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.sample.demo import _scratch_course, run_nbgrader
from autograder.sample.students import sample_class

from .conftest import NAME

pytestmark = pytest.mark.slow  # a class is graded
PROJECT = Course(Path(__file__).parents[3])
SETTINGS = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
DUE = "2026-11-27 12:00 UTC"
AFTER = (2026, 11, 30, 8, 0, 0)
# By system: the list of students, and by person of the sample class the name of the file in the archive.
CANVAS_LIST = """Student,ID,SIS User ID,SIS Login ID,Section,01_activations (77)
    Points Possible,,,,,
"Müller, ""Ada"" L.",901,0011,ada,"A, 1",
"=Boole, George",902,0012,boole,A,
"Nobody, New",903,0013,nobody,A,
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (submission),Last modified (grade)
Participant 501,Carla O'Neil,carla@x.org,Submitted,,31.00,"Wednesday, 25 November 2026, 2:14 PM",-
Participant 502,李 Dmitri,dmitri@x.org,Submitted,,31.00,"Saturday, 28 November 2026, 1:00 AM",-
"""
BRIGHTSPACE_LIST = """OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#0021,#emmy,Noether,Emmy,emmy@x.org,#
#0022,#farid,محمد,Farid,farid@x.org,#
"""
SYSTEMS = {
    "canvas": (
        CANVAS_LIST,
        {"ada": "mullerada_901_1_01_activations-2.ipynb", "boole": "boolegeorge_LATE_902_2_01_activations (1).ipynb"},
    ),
    "moodle": (
        WORKSHEET,
        {
            "carla": "Carla O'Neil_501_assignsubmission_file_/01_activations(1).ipynb",
            "dmitri": "李 Dmitri_502_assignsubmission_file_/01_activations.ipynb",
        },
    ),
    "brightspace": (
        BRIGHTSPACE_LIST,
        {
            "emmy": "41-7 - Emmy Noether - Nov 26, 2026 905 AM/01_activations.ipynb",
            "farid": "42-7 - Farid محمد - Nov 28, 2026 905 AM/work.ipynb",
        },
    ),
    "nbgrader": ("id,first_name\ngrace,Grace\n", {"grace": f"grace+{NAME}+2026-11-26 09:00:00 UTC/{NAME}.ipynb"}),
}
CALLED = {"carla": "carla@x.org", "dmitri": "dmitri@x.org"}  # the others by their names
LATE = {"boole", "dmitri", "farid"}


@dataclass
class Graded:
    """A course with a graded class. expected: the points of each person's tests, late or not."""

    course: Course
    expected: dict[str, float]

    def run(self, *command: str) -> None:
        status = run_nbgrader(self.course.root, list(command), program="autograder")
        assert status == 0, (self.course.root / "nbgrader.log").read_text()[-3000:]

    def mark(self, person: str) -> float:
        return 0.0 if person in LATE else self.expected[person]

    def table(self, system: str) -> list[list[str]]:
        into = self.course.root / f"to-{system}.csv"
        for path in self.course.root.glob(f"to-{system}*"):
            path.unlink()
        more = ["--roster", f"{system}-list.csv"] if system in SYSTEMS else []
        self.run("export", NAME, "--to", system, "--partial", "--into", str(into), *more)
        with open(into, encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    scratch = _scratch_course(PROJECT, NAME, tmp_path_factory.mktemp("round") / "course")
    scratch.config.write_text(scratch.config.read_text() + SETTINGS)
    bank, contract = read_bank(scratch, NAME), read_contract(scratch, NAME)
    sample = {student.name: student for student in sample_class(bank)}
    made = Graded(scratch, {name: sum(student.expected(contract, bank).values()) for name, student in sample.items()})
    assert run_nbgrader(scratch.root, ["generate_assignment", NAME]) == 0
    with Gradebook(f"sqlite:///{scratch.root}/gradebook.db") as book:
        book.update_or_create_assignment(NAME, duedate=DUE)
    source, released = source_notebook(scratch, NAME), nbformat.read(scratch.release_notebook(NAME), as_version=4)
    for system, (roster, people) in SYSTEMS.items():
        (scratch.root / f"{system}-list.csv").write_text(roster, encoding="utf-8")
        with zipfile.ZipFile(scratch.root / f"{system}.zip", "w") as archive:
            for person, file in people.items():
                text = nbformat.writes(sample[person].submission(released, source, bank))
                archive.writestr(zipfile.ZipInfo(file, AFTER), text)
        made.run("collect", NAME, f"{system}.zip", "--roster", f"{system}-list.csv", "--timezone", "Europe/Berlin")
    made.run("grade", NAME)
    made.run("feedback", NAME)
    return made


def test_each_submission_has_its_folder_and_its_time(graded: Graded) -> None:
    times = {
        path.parents[1].name: path.read_text().strip()
        for path in (graded.course.root / "submitted").glob(f"*/{NAME}/timestamp.txt")
    }
    assert times == {
        "ada": "2026-11-27 12:00:00 UTC",
        "boole": "2026-11-30 07:00:00 UTC",
        "carla@x.org": "2026-11-25 13:14:00 UTC",
        "dmitri@x.org": "2026-11-28 00:00:00 UTC",
        "emmy": "2026-11-26 08:05:00 UTC",
        "farid": "2026-11-28 08:05:00 UTC",
        "grace": "2026-11-26 09:00:00 UTC",
    }


def test_the_gradebook_has_the_expected_points_less_what_lateness_costs(graded: Graded) -> None:
    rows = graded.table("csv")
    scores = {row[rows[0].index("student_id")]: row[rows[0].index("score")] for row in rows[1:]}
    assert scores.pop("nobody") == ""
    people = [person for _, files in SYSTEMS.values() for person in files]
    assert {student: float(score) for student, score in scores.items()} == {
        CALLED.get(person, person): graded.mark(person) for person in people
    }
    assert len({graded.mark(person) for person in people}) > 3  # not all the same


@pytest.mark.parametrize(
    ("system", "key", "column", "people"),
    [
        ("canvas", "SIS Login ID", "01_activations (77)", {"ada": "ada", "boole": "boole", "nobody": None}),
        ("moodle", "Identifier", "Grade", {"Participant 501": "carla", "Participant 502": "dmitri"}),
        ("brightspace", "Username", f"{NAME} Points Grade", {"#emmy": "emmy", "#farid": "farid"}),
    ],
)
def test_the_table_of_a_system_has_the_mark_of_each_person(
    graded: Graded, system: str, key: str, column: str, people: dict[str, str | None]
) -> None:
    rows = graded.table(system)
    by_key = {row[rows[0].index(key)]: row[rows[0].index(column)] for row in rows[1:]}
    maximum = by_key.pop("", None)  # the row of Canvas with the points
    assert {who: None if mark == "" else float(mark) for who, mark in by_key.items()} == {
        who: None if person is None else graded.mark(person) for who, person in people.items()
    }
    if maximum is not None:
        assert float(maximum) > graded.expected["ada"]  # written answers count too


def test_moodle_gets_each_persons_page(graded: Graded) -> None:
    graded.run("export", NAME, "--to", "moodle", "--roster", "moodle-list.csv")
    with zipfile.ZipFile(graded.course.root / "reports" / f"{NAME}-moodle-feedback.zip") as archive:
        pages = {name: archive.read(name) for name in archive.namelist()}
    made = {
        student: (graded.course.root / "feedback" / student / NAME / f"{NAME}.html").read_bytes()
        for student in ("carla@x.org", "dmitri@x.org")
    }
    assert pages == {
        f"Carla O'Neil_501_assignfeedback_file_/{NAME}.html": made["carla@x.org"],
        f"李 Dmitri_502_assignfeedback_file_/{NAME}.html": made["dmitri@x.org"],
    }


def test_a_resubmission_is_graded_again_and_the_old_one_is_kept(graded: Graded, zipped: Callable[..., Path]) -> None:
    submitted = graded.course.root / "submitted"
    better = (submitted / "ada" / NAME / f"{NAME}.ipynb").read_bytes()
    file = {"41-7 - Emmy Noether - Nov 27, 2026 905 AM/01_activations (3).ipynb": better}
    before = (submitted / "emmy" / NAME / f"{NAME}.ipynb").read_bytes()
    graded.run("collect", NAME, str(zipped(file)), "--roster", "brightspace-list.csv")
    assert (graded.course.root / "replaced" / NAME / "emmy" / "1" / f"{NAME}.ipynb").read_bytes() == before
    log = graded.course.root / "nbgrader.log"
    graded.table("brightspace")
    assert f"{NAME}: handed in again since it was graded: emmy" in log.read_text()
    graded.run("grade", NAME)
    assert f"{NAME}: 1 graded in" in log.read_text()
    rows = graded.table("brightspace")
    assert {row[1]: float(row[2]) for row in rows[1:]} == {"#emmy": graded.expected["ada"], "#farid": 0.0}
