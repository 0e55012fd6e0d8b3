"""The campus systems in one table: how each names what was handed in, the columns of its lists of students, and those
of the marks that it takes. Each fact has its source beside it."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class System:
    """pattern: of one part of a path in an archive. Its groups are `key` and `name` of the student, `time`, `late` and
    `file` of the hand-in, as far as the system gives them. made: whether the time of a file in an archive is when the
    archive was made.

    columns: by field, the headers of its lists of students: `login` is what one signs in with, `number` the number of
    the institution, `key` that of the system. marks: header and field of each column that its import takes, before
    those of the marks. title: of a column of marks.
    """

    name: str
    pattern: re.Pattern[str]
    made: bool
    columns: dict[str, tuple[str, ...]]
    marks: tuple[tuple[str, str], ...]
    title: str = "{}"

    def field_of(self, header: str) -> str | None:
        """Which field a column of a list holds."""
        wanted = plain(header)
        return next((name for name, headers in self.columns.items() if wanted in map(plain, headers)), None)


def plain(header: str) -> str:
    return " ".join(header.split()).casefold()


MOODLE: Final = System(
    "moodle",
    # Full name, participant number, type and name of the plug-in; since 4.1 without the last "_", and "as folders" is a
    # choice: mod/assign/classes/downloader.php (get_student_prefix, load_submissionplugin_filelist) of moodle/moodle.
    re.compile(r"(?P<name>[^_]*)_(?P<key>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL),
    # Moodle streams the archive and states no time: files/classes/local/archive_writer/zip_writer.php.
    made=True,
    columns={
        "login": ("Username",),
        "number": ("ID number",),
        "email": ("Email address",),
        "key": ("Identifier",),  # "Participant 123", mod/assign/feedback/offline/importgradeslib.php
        "first": ("First name",),
        "last": ("Last name", "Surname"),
        "full": ("Full name",),
        "handed_in": ("Last modified (submission)",),  # mod/assign/lang/en/assign.php
    },
    # The import of the gradebook lets one choose the columns: https://docs.moodle.org/311/en/Grade_import
    marks=(
        ("First name", "first"),
        ("Last name", "last"),
        ("Username", "login"),
        ("ID number", "number"),
        ("Email address", "email"),
    ),
)

BRIGHTSPACE: Final = System(
    "brightspace",
    # Number of the user and of the assignment, name (at some universities behind a user name or number), date, and the
    # file where there are no folders: "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM". D2L documents none of
    # it; a dozen public programs of instructors read such names, all with the date as "%b %d, %Y %I%M %p".
    re.compile(
        r"(?P<user>\d+)-\d+ - (?P<name>.+?) ?- (?P<time>[^-]*\b20\d\d\b[^-]*?)"
        r"(?: ?- (?P<file>.+))?",
        re.DOTALL,
    ),
    made=False,
    columns={
        "login": ("Username",),
        "number": ("OrgDefinedId", "Org Defined ID"),
        "email": ("Email",),
        "first": ("First Name",),
        "last": ("Last Name",),
    },
    # https://community.d2l.com/brightspace/kb/articles/3538-importing-grades; values begin with "#" in what it exports,
    # and the last column holds one: https://kb.wisc.edu/page.php?id=4330
    marks=(("OrgDefinedId", "number"), ("Username", "login")),
    title="{} Points Grade",
)
END_OF_LINE: Final = ("End-of-Line Indicator", "#")  # of Brightspace

EXCHANGE: Final = System(
    "nbgrader",
    # nbgrader/exchange/default/submit.py: user, assignment, time and a random text, joined by "+".
    re.compile(r"(?P<key>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>[^+]+)(?:\+[^+]*)?", re.DOTALL),
    made=False,
    # `nbgrader db student import`: the names of the columns of its table.
    columns={
        "login": ("id",),
        "email": ("email",),
        "key": ("lms_user_id",),
        "first": ("first_name",),
        "last": ("last_name",),
    },
    marks=(),
)

CANVAS: Final = System(
    "canvas",
    # Sortable name without its signs, LATE, user, attachment and file: lib/content_zipper.rb (get_filename,
    # add_upload_submission) of instructure/canvas-lms. A name never holds "_", digits and "_" (sanitize_user_name).
    # Typed text and links have no attachment.
    re.compile(
        r"(?:(?P<name>.*?)_)??(?:(?P<late>late|LATE)_)?(?P<key>\d+|anon_(?!\d+_)[0-9A-Za-z]{5})_"
        r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<kind>text|link)\.html)",
        re.DOTALL,
    ),
    # get_output_stream of rubyzip takes the present time where none is given.
    made=True,
    columns={
        "login": ("SIS Login ID",),
        "number": ("SIS User ID",),
        "key": ("ID",),
        "first": ("FirstName",),
        "last": ("LastName",),
        "full": ("Student",),
        "section": ("Section",),
    },
    # lib/gradebook_importer.rb (row_has_student_headers?, update_column_count)
    marks=(
        ("Student", "full"),
        ("ID", "key"),
        ("SIS User ID", "number"),
        ("SIS Login ID", "login"),
        ("Section", "section"),
    ),
)
POINTS_POSSIBLE: Final = "Points Possible"  # in the first column of the row of maxima of Canvas

# In the order in which they are tried: the names of Canvas are the least special.
SYSTEMS: Final = {system.name: system for system in (MOODLE, BRIGHTSPACE, EXCHANGE, CANVAS)}
