"""What campus systems give lands in each student's folder, with its time, and nothing of anybody's is lost."""

import os
import stat
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder.campus import archive as archives
from autograder.campus import collect as collecting
from autograder.campus.archive import read_archive
from autograder.campus.collect import NEW, OLDER, REPLACES, SAME, Collection, Found, _free, _same, say, zone
from autograder.campus.roster import read_roster, safe_id
from autograder.cli import main
from autograder.course.paths import Course, CourseError

from .conftest import AFTER, NAME, notebook

Zipped = Callable[..., Path]
Listed = Callable[..., Path]
UTC = ZoneInfo("UTC")
CANVAS_LIST = """Student,ID,SIS User ID,SIS Login ID,Section,01_activations (77)
    Points Possible,,,,,5
"Müller, Ann",11,u11,ann,A,
"O'Neil, Bob",12,u12,bob,A,
"=SUM(1), Cy",13,u13,cy,A,
"Late, Dan",14,u14,dan,A,
"Student, Test",99,,,A,
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (submission),Last modified (grade)
Participant 501,Ann Müller,ann@x.org,Submitted,,5.00,"Wednesday, 25 November 2026, 2:14 PM",-
Participant 502,Bob O'Neil,bob@x.org,Submitted,,5.00,"Saturday, 28 November 2026, 1:00 AM",-
Participant 503,Cy 李,cy@x.org,No submission,,5.00,-,-
"""


def collect(course: Course, *paths: Path, roster: Path | None = None, **options: object) -> Found:
    known = read_roster(roster) if roster else None
    dry_run = bool(options.pop("dry_run", False))
    options.setdefault("timezone", UTC)
    return Collection(course, NAME, known, **options).collect(paths, dry_run=dry_run)  # type: ignore[arg-type]


def laid(course: Course) -> dict[str, str]:
    """Every file of `submitted/`, a notebook by its first line."""
    return {
        str(path.relative_to(course.root / "submitted")): path.read_text(errors="replace")
        for path in sorted((course.root / "submitted").rglob("*"))
        if path.is_file()
    }


def time_of(course: Course, student: str) -> str:
    return (course.root / "submitted" / student / NAME / "timestamp.txt").read_text().strip()


def of(course: Course, student: str, file: str = f"{NAME}.ipynb") -> bytes:
    return (course.root / "submitted" / student / NAME / file).read_bytes()


# ---------------------------------------------------------------- each system


def test_canvas_by_the_number_of_the_list_with_copies_and_late_marks(
    course: Course, zipped: Zipped, listed: Listed
) -> None:
    path = zipped(
        {
            "mullerann_11_901_01_activations-2.ipynb": notebook("ann"),
            "oneilbob_12_902_01_activations (1).ipynb": notebook("bob 1"),
            "oneilbob_12_905_01_activations-1.ipynb": notebook("bob 2"),
            "sum1cy_13_text.html": b"<p>typed</p>",
            "latedan_LATE_14_904_01_activations.ipynb": notebook("dan"),
        }
    )
    found = collect(course, path, roster=listed(CANVAS_LIST))
    assert of(course, "ann") == notebook("ann")
    assert of(course, "bob") == notebook("bob 2")  # the later attachment
    assert of(course, "bob", "01_activations (1).ipynb") == notebook("bob 1")
    assert found.done == {NEW: ["ann", "bob", "dan"]}
    # The times in the archive are those of the download: on time is on time, and late is late.
    assert time_of(course, "ann") == "2026-11-27 12:00:00 UTC"
    assert time_of(course, "dan") == "2026-11-30 08:00:00 UTC"
    assert any("marked as late: dan" in text for text in found.findings)
    assert any("typed text" in text for text in found.findings)
    assert found.faults == ["cy: there is no file"]
    assert found.missing == []  # the test student of Canvas is nobody
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        known = {row.id: (row.first_name, row.last_name, row.lms_user_id) for row in book.students}
    assert known["ann"] == ("Ann", "Müller", "11")
    assert "99" not in known
    assert known["bob"] == ("Bob", "O'Neil", "12")


def test_moodle_by_name_and_number_with_the_times_of_the_worksheet(
    course: Course, zipped: Zipped, listed: Listed
) -> None:
    path = zipped(
        {
            "Ann Müller_501_assignsubmission_file_/01_activations.ipynb": notebook("ann"),
            "Ann Müller_501_assignsubmission_file_/data/more.txt": b"more",
            "Bob O'Neil_502_assignsubmission_file/01_activations(2).ipynb": notebook("bob"),
            "Bob O'Neil_502_assignsubmission_onlinetext/onlinetext.html": b"typed",
        }
    )
    berlin = zone("Europe/Berlin")
    found = collect(course, path, roster=listed(WORKSHEET), timezone=berlin)
    assert found.done == {NEW: ["ann@x.org", "bob@x.org"]}
    assert found.missing == ["cy@x.org"]
    assert found.faults == []
    assert of(course, "ann@x.org", "data/more.txt") == b"more"
    assert of(course, "bob@x.org") == notebook("bob")
    assert time_of(course, "ann@x.org") == "2026-11-25 13:14:00 UTC"
    assert time_of(course, "bob@x.org") == "2026-11-28 00:00:00 UTC"  # late


def test_moodle_without_folders_and_with_the_numbers_of_another_assignment(
    course: Course, zipped: Zipped, listed: Listed
) -> None:
    path = zipped(
        {
            "Bob ONeil_501_assignsubmission_file_01_activations.ipynb": notebook("bob"),  # 501 is Ann's in the list
            "Cy 李_777_assignsubmission_file_01_activations.ipynb": notebook("cy"),
            "Eve_503_assignsubmission_file_01_activations.ipynb": notebook("eve"),  # nobody of the list
        }
    )
    found = collect(course, path, roster=listed(WORKSHEET))
    assert found.done == {NEW: ["bob@x.org", "cy@x.org"]}
    assert of(course, "bob@x.org") == notebook("bob")
    assert found.faults == ["Eve (503) is not in the list of students"]
    assert found.missing == ["ann@x.org"]


BRIGHTSPACE_LIST = """OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#0011,#ann,Smith,Mary-Ann,ann@x.org,#
#0012,#bob,Doe,John,bob@x.org,#
"""


def test_brightspace_the_last_of_several_counts(course: Course, zipped: Zipped, listed: Listed) -> None:
    path = zipped(
        {
            "index.html": b"<html>",
            "31-7 - Mary-Ann Smith - Nov 24, 2026 926 PM/01_activations.ipynb": notebook("first"),
            "31-7 - Mary-Ann Smith - Nov 25, 2026 1012 AM/01_activations (1).ipynb": notebook("second"),
            "31-7 - Mary-Ann Smith - Nov 26, 2026 1012 AM/notes.pdf": b"pdf",
            "32-7 - bob John Doe- Nov 28, 2026 1201 AM - 01_activations.ipynb": notebook("bob"),
        }
    )
    found = collect(course, path, roster=listed(BRIGHTSPACE_LIST))
    assert found.done == {NEW: ["ann", "bob"]}
    assert of(course, "ann") == notebook("second")
    assert time_of(course, "ann") == "2026-11-25 10:12:00 UTC"
    assert time_of(course, "bob") == "2026-11-28 00:01:00 UTC"
    assert not any("index.html" in text for text in found.findings)
    assert any("of 3 hand-ins" in text for text in found.findings)


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("Nov 24, 2026 926 PM", "2026-11-24 21:26:00 UTC"),
        ("24 Nov 2026 2126", "2026-11-24 21:26:00 UTC"),
        ("24 nov. 2026 1204 AM", "2026-11-24 00:04:00 UTC"),
        ("24 novembre 2026 2126", "2026-11-27 12:00:00 UTC"),  # in French: the time of the file, as far as it is fair
    ],
)
@pytest.mark.parametrize("name", ["31-7 - N0123 - Ann Lee - {}/w.ipynb", "31-7 - N0123 Ann Lee- {} - w.ipynb"])
def test_dates_and_numbers_in_the_names_of_brightspace(
    course: Course, zipped: Zipped, listed: Listed, name: str, stated: str, time: str
) -> None:
    roster = listed("OrgDefinedId,Username,Last Name,First Name\n#N0123,#ann,Lee,Ann\n#N0124,#an2,Lee,Ann\n")
    found = collect(course, zipped({name.format(stated): notebook()}), roster=roster)
    assert found.done == {NEW: ["ann"]}
    assert time_of(course, "ann") == time


def test_the_exchange_of_nbgrader(course: Course, tmp_path: Path) -> None:
    inbound = tmp_path / "inbound"
    for name, text in (
        ("ann+01_activations+2026-11-25 10:00:00.500000 UTC+abc", "first"),
        ("ann+01_activations+2026-11-26 10:00:00.500000 UTC+def", "second"),
        ("ann+02_forward+2026-11-26 10:00:00.500000 UTC+def", "another"),
    ):
        (inbound / name).mkdir(parents=True)
        (inbound / name / "01_activations.ipynb").write_bytes(notebook(text))
        (inbound / name / "timestamp.txt").write_text("2020-01-01 UTC")
    found = collect(course, inbound)
    assert laid(course).keys() == {f"ann/{NAME}/{NAME}.ipynb", f"ann/{NAME}/timestamp.txt"}
    assert of(course, "ann") == notebook("second")
    assert time_of(course, "ann") == "2026-11-26 10:00:00.500000 UTC"
    assert any("02_forward" in text for text in found.findings)


def test_an_archive_that_was_unpacked_in_a_folder(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "downloads" / "submissions"
    folder.mkdir(parents=True)
    (folder / "mullerann_11_901_01_activations.ipynb").write_bytes(notebook("ann"))
    os.utime(folder / "mullerann_11_901_01_activations.ipynb", (1_795_500_000,) * 2)  # 24 November 2026
    collect(course, folder.parent)
    assert of(course, "11") == notebook("ann")  # without a list: the number of Canvas
    assert time_of(course, "11") == "2026-11-24 06:00:00 UTC"
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert book.find_student("11").lms_user_id == "11"  # by which Canvas knows the marks again


def test_names_without_the_mark_of_utf_8(course: Course, tmp_path: Path) -> None:
    name = "Jörg Weiß_5_assignsubmission_file_/01_activations.ipynb"
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, notebook())
    data = bytearray(made.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        (flags,) = struct.unpack_from("<H", data, at)
        struct.pack_into("<H", data, at, flags & ~0x800)
    path = tmp_path / "old.zip"
    path.write_bytes(data)
    assert collect(course, path).done == {NEW: ["Jörg_Weiß"]}


# ---------------------------------------------------------------- who


def test_two_of_one_name_are_left_to_a_person(course: Course, zipped: Zipped, listed: Listed) -> None:
    names = "First name,Last name,ID number,Email address\nAnn,Lee,1,a@x.org\nAnn,Lee,2,b@x.org\nBo,Ek,3,c@x.org\n"
    path = zipped(
        {
            "Ann Lee_7_assignsubmission_file_/01_activations.ipynb": notebook(),
            "Bo Ek_8_assignsubmission_file_/01_activations.ipynb": notebook("one"),
            "Bo Ek_9_assignsubmission_file_/01_activations.ipynb": notebook("another of this name"),
        }
    )
    found = collect(course, path, roster=listed(names))
    assert found.done == {}
    assert found.faults[0] == "Ann Lee (7) may be 1, 2"
    assert "two people, who both would be 3" in found.faults[1]
    assert laid(course) == {}


@pytest.mark.parametrize("name", ["..", ". ", "...", "-", "//", "  "])
def test_a_name_that_is_no_name_leads_nowhere(course: Course, zipped: Zipped, name: str) -> None:
    path = zipped(
        {
            f"{name}_7_assignsubmission_file_01_activations.ipynb": notebook(),
            "Bo_8_assignsubmission_file_01_activations.ipynb": notebook(),
        }
    )
    found = collect(course, path)
    assert found.done == {NEW: ["Bo"]}
    assert len(found.faults) + len([text for text in found.findings if "left out" in text]) >= 1
    assert {path.name for path in (course.root / "submitted").iterdir()} == {"Bo"}


def test_two_ids_of_which_disks_make_one(course: Course, tmp_path: Path, zipped: Zipped) -> None:
    for user in ("Ann", "ann"):
        folder = tmp_path / "in" / f"{user}+{NAME}+2026-11-25 10:00:00 UTC"
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(notebook(user))
    found = collect(course, tmp_path / "in")
    assert found.done == {}
    assert "two people" in found.faults[0]
    (course.root / "submitted" / "BO").mkdir(parents=True)
    found = collect(course, zipped({"bo_8_assignsubmission_file_01_activations.ipynb": notebook()}))
    assert "submitted/BO is there" in found.faults[0]


def test_an_archive_of_no_system_is_refused(course: Course, zipped: Zipped, tmp_path: Path) -> None:
    for path in (zipped({"01_activations.ipynb": notebook()}), zipped({}, "empty.zip")):
        with pytest.raises(CourseError, match="holds no file that is named as"):
            collect(course, path)
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(CourseError, match="no zip file"):
        collect(course, tmp_path / "no.zip")
    with pytest.raises(CourseError, match="does not exist"):
        collect(course, tmp_path / "gone.zip")
    with pytest.raises(CourseError, match="named as moodle does it"):
        collect(course, zipped({"a_1_2_01_activations.ipynb": notebook()}), system="moodle")


def test_what_nbgrader_does_not_know_is_refused(course: Course) -> None:
    with pytest.raises(CourseError, match="nbgrader generate_assignment 02_forward first"):
        Collection(course, "02_forward")
    (course.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="generate_assignment"):
        Collection(course, NAME)
    assert not (course.root / "gradebook.db").exists()


# ---------------------------------------------------------------- again


def test_a_later_hand_in_replaces_and_keeps_the_earlier_one(course: Course, zipped: Zipped) -> None:
    name = "31-7 - Bo Ek - Nov {}, 2026 900 AM/01_activations.ipynb"
    first, second, third = (zipped({name.format(day): notebook(str(day))}, f"{day}.zip") for day in (20, 21, 22))
    assert collect(course, second).done == {NEW: ["Bo_Ek"]}
    assert collect(course, second).done == {SAME: ["Bo_Ek"]}
    assert collect(course, first).done == {OLDER: ["Bo_Ek"]}
    assert of(course, "Bo_Ek") == notebook("21")
    (course.root / "submitted/Bo_Ek" / NAME / "note.txt").write_text("the instructor's")
    assert collect(course, third).done == {REPLACES: ["Bo_Ek"]}
    assert of(course, "Bo_Ek") == notebook("22")
    kept = course.root / "replaced" / NAME / "Bo_Ek" / "1"
    assert (kept / f"{NAME}.ipynb").read_bytes() == notebook("21")
    assert (kept / "note.txt").read_text() == "the instructor's"
    assert time_of(course, "Bo_Ek") == "2026-11-22 09:00:00 UTC"


def test_of_two_downloads_that_state_no_time_the_later_one_counts(course: Course, zipped: Zipped) -> None:
    early = zipped({"ek_8_1_01_activations.ipynb": notebook("early")}, "1.zip", (2026, 11, 28, 9, 0, 0))
    late = zipped({"ek_8_2_01_activations.ipynb": notebook("late")}, "2.zip", (2026, 11, 29, 9, 0, 0))
    collect(course, early)
    assert collect(course, late).done == {REPLACES: ["8"]}
    assert collect(course, early).done == {OLDER: ["8"]}
    assert of(course, "8") == notebook("late")
    assert time_of(course, "8") == "2026-11-27 12:00:00 UTC"  # not late, whenever it was downloaded


def test_a_dry_run_writes_nothing(
    course: Course, zipped: Zipped, listed: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in course.root.rglob("*")}
    path = zipped({"mullerann_11_901_01_activations.ipynb": notebook(), "evil_66_1_x.ipynb": notebook()})
    arguments = ["collect", NAME, str(path), "--roster", str(listed(CANVAS_LIST)), "--dry-run"]
    assert main(arguments) == 1  # one is unknown
    said = capsys.readouterr().out
    assert f"ann: 2026-11-27 12:00 UTC, new: {NAME}.ipynb" in said
    assert "not taken: evil (66) is not in the list" in said
    assert "3 of the list have handed in nothing: bob, cy, dan" in said
    assert "Nothing was written." in said
    assert {path: path.stat().st_mtime_ns for path in course.root.rglob("*")} == before


def test_the_command_takes_paths_from_where_it_is_called(
    course: Course, zipped: Zipped, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.root / "below").mkdir()
    path = zipped({"ek_8_1_01_activations.ipynb": notebook()})
    path.rename(course.root / "below" / "a.zip")
    monkeypatch.chdir(course.root / "below")
    assert main(["collect", NAME, "a.zip"]) == 0
    assert "01_activations: 1 new" in capsys.readouterr().out
    monkeypatch.chdir(course.root / "below")
    assert main(["collect", NAME, "a.zip", "--timezone", "Mars/Base"]) == 2
    assert "no time zone" in capsys.readouterr().err


def test_what_an_interrupted_run_has_left_is_no_hand_in(course: Course, zipped: Zipped) -> None:
    left = course.root / "submitted" / "8" / f".{NAME}.collected"
    left.mkdir(parents=True)
    (left / "half.ipynb").write_text("half")
    collect(course, zipped({"ek_8_1_01_activations.ipynb": notebook()}))
    assert laid(course).keys() == {f"8/{NAME}/{NAME}.ipynb", f"8/{NAME}/timestamp.txt"}


# ---------------------------------------------------------------- hostile


def test_names_that_lead_out_and_links_are_left_out(course: Course, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    folder = "Bo_8_assignsubmission_file_"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}/01_activations.ipynb", notebook())
        for name in (f"{folder}/../../../evil.ipynb", "/etc/evil", "C:\\evil.ipynb", f"{folder}/..\\..\\evil.ipynb"):
            archive.writestr(name, b"evil")
        link = zipfile.ZipInfo(f"{folder}/link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"{folder}/{'n' * 300}.ipynb", b"long")
        archive.writestr(f"{folder}/" + "d/" * 40 + "deep.ipynb", b"deep")
    found = collect(course, path)
    assert laid(course).keys() == {f"Bo/{NAME}/{NAME}.ipynb", f"Bo/{NAME}/timestamp.txt"}
    assert len([text for text in found.findings if "left out" in text]) == 7
    assert not list(tmp_path.rglob("evil*"))


def test_links_in_a_folder_are_left_out(course: Course, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x.ipynb").write_text("secret")
    folder = tmp_path / "in" / "Bo_8_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes(notebook())
    (folder / "x.ipynb").symlink_to(secret / "x.ipynb")
    (folder / "all").symlink_to(secret)
    os.mkfifo(folder / "pipe.ipynb")
    found = collect(course, tmp_path / "in")
    assert laid(course).keys() == {f"Bo/{NAME}/{NAME}.ipynb", f"Bo/{NAME}/timestamp.txt"}
    assert len([text for text in found.findings if "link or a special file" in text]) == 3


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "x.ipynb"
    file.write_text("x" * 20)
    (entry,) = read_archive(tmp_path / "in").entries
    (tmp_path / "secret").write_text("secret")
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    with pytest.raises(CourseError, match="could not be read"):
        entry.read()


def test_bombs_are_bounded(course: Course, zipped: Zipped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FILE_BYTES", 1_000_000)
    monkeypatch.setattr(collecting, "STUDENT_BYTES", 3_000_000)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"{n}.bin", bytes(900_000))
        archive.writestr("large.bin", bytes(2_000_000))
    found = collect(
        course,
        zipped(
            {
                "a_1_1_01_activations.zip": bomb.getvalue(),
                "b_2_1_01_activations.ipynb": notebook(),
                "c_3_1_01_activations.ipynb": bytes(1_000_001),
            }
        ),
    )
    assert found.done == {NEW: ["2"]}
    assert any(text.startswith("1: it has more than") for text in found.faults)
    assert any("large.bin has more than" in text for text in found.findings)
    assert any("01_activations.ipynb has more than" in text for text in found.findings)
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    with pytest.raises(CourseError, match="more than 2 files"):
        collect(course, zipped({f"a_{n}_1_x.ipynb": b"" for n in range(3)}))


def test_a_file_larger_than_it_says_is_one_students_trouble(course: Course, tmp_path: Path) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a_1_1_01_activations.ipynb", bytes(100_000))
        archive.writestr("b_2_1_01_activations.ipynb", notebook())
    data = bytearray(made.getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)  # the size that the first one states
    path = tmp_path / "lies.zip"
    path.write_bytes(data)
    found = collect(course, path)
    assert found.done == {NEW: ["2"]}
    assert found.faults[0].startswith("1: a_1_1_01_activations.ipynb ")
    assert "1" not in {path.parent.name for path in (course.root / "submitted").rglob(NAME)}


def test_zip_files_of_students_are_unpacked_once(course: Course, zipped: Zipped) -> None:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("hw/01_activations.ipynb", notebook("inside"))
        archive.writestr("hw/../../out.ipynb", b"evil")
        archive.writestr("__MACOSX/hw/._01_activations.ipynb", b"rest")
        archive.writestr("hw/.ipynb_checkpoints/01_activations-checkpoint.ipynb", notebook("old"))
        archive.writestr("hw/again.zip", b"PK")
    found = collect(course, zipped({"a_1_1_w.zip": inner.getvalue(), "b_2_1_01_activations.zip": b"broken"}))
    assert of(course, "1") == notebook("inside")
    assert laid(course).keys() == {
        f"1/{NAME}/{NAME}.ipynb",
        f"1/{NAME}/timestamp.txt",
        f"1/{NAME}/hw/again.zip",
        f"2/{NAME}/01_activations.zip",
        f"2/{NAME}/timestamp.txt",
    }
    assert any(text.startswith("2: b_2_1_01_activations.zip is no zip file") for text in found.findings)


def test_clashes_within_one_hand_in_lose_nothing(course: Course, zipped: Zipped) -> None:
    folder = "Bo_8_assignsubmission_file_"
    files = {
        "01_activations.ipynb": notebook("right"),
        "01_ACTIVATIONS.ipynb": notebook("shouted"),
        "timestamp.txt": b"1999-01-01",
        "a": b"file",
        "a/b": b"below",
        "A/c": b"beside",
        "x:y?.txt": b"1",
        "x_y_.txt": b"2",
        "NUL\x01.txt": b"3",
    }
    found = collect(course, zipped({f"{folder}/{name}": data for name, data in files.items()}))
    assert found.faults == []
    there = {name.removeprefix(f"Bo/{NAME}/"): text for name, text in laid(course).items()}
    assert time_of(course, "Bo") == "2026-11-27 12:00:00 UTC"
    assert sorted(text.encode() for name, text in there.items() if name != "timestamp.txt") == sorted(files.values())
    assert len({name.casefold() for name in there}) == len(there)


PARTS = st.one_of(
    st.sampled_from(
        [
            "a",
            "A",
            "a.",
            " a",
            "ä",
            "a\u0308",
            ".x",
            "timestamp.txt",
            "TIMESTAMP.TXT",
            "n" * 254,
            "界" * 85,
            "界" * 70 + "." + "界" * 14,
        ]
    ),
    st.text("aAÄ.:*\x00\n -_1界\u202e\ud800", min_size=1, max_size=5),
)


UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNTIMED
@given(st.lists(st.lists(PARTS, min_size=1, max_size=4), min_size=1, max_size=12))
def test_any_names_stay_apart_and_within_the_folder(names: list[list[str]]) -> None:
    taken = {"timestamp.txt"}
    paths = [_free(parts, taken) for parts in names]
    assert len({_same(path) for path in paths} | {"timestamp.txt"}) == len(paths) + 1
    folders = {_same("/".join(path.split("/")[:n])) for path in paths for n in range(1, path.count("/") + 1)}
    assert folders.isdisjoint({_same(path) for path in paths} | {"timestamp.txt"})
    for path in paths:
        assert not path.startswith("/")
        for part in path.split("/"):
            assert part not in ("", ".", "..")
            assert len(part.encode()) <= 255


@UNTIMED
@given(st.text(max_size=150))
def test_what_a_student_is_called_is_a_plain_name(called: str) -> None:
    student = safe_id(called)
    assert "/" not in student
    assert not student.startswith((".", "-"))
    assert len(student.encode()) <= 200
    assert student == safe_id(student)


def test_one_students_trouble_is_said_and_the_others_go_on(
    course: Course, zipped: Zipped, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "8").symlink_to(tmp_path)
    path = zipped({"ek_8_1_01_activations.ipynb": notebook(), "ek_9_1_01_activations.ipynb": notebook()})
    collection = Collection(course, NAME)
    assert say(collection, collection.collect([path])) == 1
    said = capsys.readouterr().out
    assert "01_activations: 1 new" in said
    assert "not taken: 8: " in said
    assert not (tmp_path / NAME).exists()


def test_times_that_cannot_be_are_none(course: Course, tmp_path: Path) -> None:
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ek_8_1_01_activations.ipynb", AFTER), notebook())
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 12), (b"PK\x01\x02", 14)):
        struct.pack_into("<H", data, data.index(signature) + offset, 0)  # the zeroth of the zeroth month
    path.write_bytes(data)
    assert collect(course, path).done == {NEW: ["8"]}
    assert laid(course).keys() == {f"8/{NAME}/{NAME}.ipynb"}
