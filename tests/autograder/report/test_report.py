"""The class report says what the class understood, from whom it knows it, and nothing that a student wrote runs in it."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.grade.gradebook import GradedCell
from autograder.mistakes.recognise import RecognisedMistake
from autograder.report.collect import ClassData, Submission
from autograder.report.figures import items_figure, marks_figure, mistakes_figure
from autograder.report.statistics import (
    anonymised,
    finding_rows,
    guess_rows,
    item_rows,
    look_first,
    mistake_rows,
    time_rows,
    to_mark,
)
from autograder.report.write import Shown, render_page, render_table

ITEMS = [
    GradedCell("test-sigmoid-value", 2.0, False),
    GradedCell("test-sigmoid-gradient", 2.0, False),
    GradedCell("test-leaky-relu-value", 1.0, False),
    GradedCell("explain-flow", 3.0, True),
]
OVERFLOWS = RecognisedMistake("sigmoid", "overflows", "What is exp(1000)?")


def submission(student: str, *scores: float | None, **more: object) -> Submission:
    cells = dict(zip((item.name for item in ITEMS), scores, strict=False))
    return Submission(student, student.title(), cells, False, **more)  # type: ignore[arg-type]


@pytest.fixture
def data() -> ClassData:
    return ClassData(
        "01_small",
        ITEMS,
        [
            submission("ada", 2.0, 2.0, 1.0, 3.0, wall=2.0, cpu=1.0, memory=200 << 20, isolation="namespaces"),
            submission("bob", 0.0, 2.0, 1.0, 0.0, mistakes=(OVERFLOWS,), wall=4.0),
            submission(
                "eve", 0.0, 2.0, 1.0, None, mistakes=(OVERFLOWS,), findings=(("protocol", "wrote on the wire"),)
            ),
            submission("jun", 2.0, 0.0, 0.0, 0.0, limits_hit=("time limit reached in cell test-sigmoid-gradient",)),
            submission("kim", 2.0, 0.0, 1.0, 0.0),
            submission("lea", 2.0, 2.0, 1.0, 2.0),
        ],
    )


def test_a_submission_that_was_put_right_is_to_be_looked_at() -> None:
    repaired = submission("ann", 2.0, 2.0, 1.0, 3.0, findings=(("repair", "p.ipynb was not handed in: x was taken"),))
    (look,) = look_first(ClassData("01_small", ITEMS, [repaired, submission("bob", 2.0, 2.0, 1.0, 3.0)]))
    assert look.submission.student == "ann"
    assert look.reasons == ("put right before grading: p.ipynb was not handed in: x was taken",)


def test_code_that_python_cannot_read_is_to_be_looked_at() -> None:
    broken = submission("ann", 2.0, 2.0, 0.0, 3.0, no_python=("leaky-relu",), mistakes=(OVERFLOWS,))
    (look,) = look_first(ClassData("01_small", ITEMS[:2], [broken, submission("bob", 2.0, 2.0)]))
    assert look.submission.student == "ann"
    assert look.reasons == ("Python cannot read the code (a syntax error): leaky-relu",)


def test_names_lead_to_the_feedback_and_not_where_they_are_left_out(data: ClassData, tmp_path: Path) -> None:
    page = tmp_path / "feedback" / "ada" / "01_small" / "it's 50 %.html"
    students = [replace(data.submissions[0], feedback=page), *data.submissions[1:]]
    linked = replace(data, submissions=students)
    text = render_page(linked, tmp_path / "reports")
    assert '<a href="../feedback/ada/01_small/it%27s%2050%20%25.html">Ada</a>' in text
    assert text.count("<a ") == text.count(">Ada</a>")
    assert "<a " not in render_page(linked, tmp_path / "reports", anonymous=True)


def test_exercise_and_aspect_come_from_the_name_of_the_cell() -> None:
    assert [(item.exercise, item.aspect) for item in ITEMS] == [
        ("sigmoid", "value"), ("sigmoid", "gradient"), ("leaky-relu", "value"), ("explain-flow", "written")
    ]  # fmt: skip


def test_share_difficulty_and_discrimination_of_an_item(data: ClassData) -> None:
    rows = {row.item.name: row for row in item_rows(data)}
    assert list(rows) == ["test-sigmoid-value", "test-sigmoid-gradient", "test-leaky-relu-value"]
    value = rows["test-sigmoid-value"]
    assert (value.passed, value.n) == (4, 6)
    assert value.difficulty == pytest.approx(8 / 12)
    scores, rest = np.array([2, 0, 0, 2, 2, 2]), np.array([3, 3, 3, 0, 1, 3])
    assert value.discrimination == pytest.approx(np.corrcoef(scores, rest)[0, 1])


def test_an_item_that_all_pass_has_no_discrimination(data: ClassData) -> None:
    same = ClassData("01_small", ITEMS, [submission(f"s{n}", 2.0, 2.0, 1.0, 0.0) for n in range(6)])
    assert [row.discrimination for row in item_rows(same)] == [None, None, None]


def test_mistakes_are_counted_with_their_students(data: ClassData) -> None:
    (row,) = mistake_rows(data)
    assert (row.exercise, row.name, row.students) == ("sigmoid", "overflows", ("bob", "eve"))


def test_submissions_to_look_at_come_with_the_reason_the_gravest_first(data: ClassData) -> None:
    looks = {look.submission.student: look.reasons for look in look_first(data)}
    assert list(looks) == ["eve", "jun", "kim"]
    assert looks["eve"] == ("broke a rule of the sandbox: wrote on the wire",)
    assert "a limit was hit: time limit reached in cell test-sigmoid-gradient" in looks["jun"]
    assert looks["kim"] == ("marks lost by no known mistake: sigmoid",)


def test_a_failure_of_the_grader_is_no_fault_of_the_students() -> None:
    failed = submission("fay", 2.0, 2.0, 1.0, 3.0, findings=(("examiner", "its process ended early"),))
    (look,) = look_first(ClassData("01_small", ITEMS, [failed]))
    assert look.reasons == ("the grader failed, not the student: its process ended early",)


def test_written_answers_are_counted_and_hide_no_other_submission(data: ClassData) -> None:
    assert to_mark(data) == 1
    unmarked = ClassData("01_small", ITEMS, [submission(f"s{n}", 2.0, 2.0, 1.0, None) for n in range(500)])
    assert (to_mark(unmarked), look_first(unmarked)) == (500, [])
    assert "In 500 of them written answers are still to be marked" in render_page(unmarked)


GUESSED = ("Every example twice?", "doubles")


def test_who_asked_for_hints_is_counted_by_exercise() -> None:
    students = [
        submission("ada", 2.0, hints_taken=(("sigmoid", 1), ("other", 4))),
        submission("bob", 2.0, hints_taken=(("sigmoid", 4),)),
        submission("eve", 2.0),
    ]
    data = ClassData("01_small", ITEMS, students)
    assert [row.hints for row in item_rows(data)] == [(1, 4), (1, 4), ()]
    page = re.sub(r"\s+", " ", render_page(data))
    assert page.count('<td class="n">2, 2.5 each</td>') == 2
    assert "asked for hints</th>" in page
    rows = list(csv.DictReader(io.StringIO(render_table(data))))
    assert [row["hints_taken"] for row in rows] == ["sigmoid: 1", "sigmoid: 4", ""]


def test_what_the_class_guessed_is_counted_by_question() -> None:
    stays = ("Every example twice?", "stays")
    some = [
        submission("ada", 2.0, guesses=(GUESSED, ("How much?", "5"))),
        submission("bob", 2.0, guesses=(stays, ("How much?", "7"))),
        submission("eve", 2.0, guesses=(stays,)),
        submission("jun", 2.0),
    ]
    data = ClassData("01_small", ITEMS, some)
    twice, much = guess_rows(data)
    assert (twice.question, twice.n, twice.guesses) == ("Every example twice?", 3, (("stays", 2), ("doubles", 1)))
    assert much.n == 2
    assert "stays (2), doubles (1)" in render_page(data)


def test_a_class_that_guessed_nothing_has_no_section_for_it(data: ClassData) -> None:
    assert guess_rows(data) == []
    assert "believed before" not in render_page(data)


def test_hostile_guesses_are_escaped_and_folded_away_and_lose_the_name() -> None:
    flood = tuple((f"<script>evil({number})</script>", "Eve & <b>") for number in range(50))
    many = [submission(f"s{number}", 2.0, guesses=(("q", f"{number}"),)) for number in range(30)]
    data = ClassData("01_small", ITEMS, [*many, submission("eve", 2.0, guesses=flood)])
    page = render_page(data, anonymous=True)
    assert "<script>evil" not in page
    assert "&lt;script&gt;evil(0)" in page
    assert not re.search(r"\bEve\b", page)
    assert "and 24 other guesses" in page
    assert page.index("<summary>31 more</summary>") < page.index("evil(40)")


def test_a_submission_without_points_is_looked_at(data: ClassData) -> None:
    with_zero = ClassData("01_small", ITEMS, [*data.submissions, submission("ned", 0.0, 0.0, 0.0, 0.0)])
    looks = {look.submission.student: look.reasons for look in look_first(with_zero)}
    assert looks["ned"] == ("no points in any test",)
    assert list(looks) == ["eve", "jun", "ned", "kim"]


def test_a_mark_far_below_the_class_is_looked_at_unless_a_known_mistake_explains_it(data: ClassData) -> None:
    low = [submission("low", 1.0, 0.0, 0.0), submission("let", 1.0, 0.0, 0.0, mistakes=(OVERFLOWS,))]
    looks = {
        look.submission.student: look.reasons
        for look in look_first(ClassData("01_small", ITEMS, [*data.submissions, *low]))
    }
    assert looks["low"] == ("far below the class with no known mistake: 1 point; half the class has 3 or more",)
    assert "let" not in looks


def test_a_finding_stands_once_with_all_whom_it_concerns(data: ClassData) -> None:
    limit = ("limit", "too slow")
    more = [submission(f"s{n}", 2.0, 2.0, 1.0, 0.0, findings=(limit, limit)) for n in range(3)]
    rows = finding_rows(ClassData("01_small", ITEMS, [*data.submissions, *more]))
    assert [(row.kind, row.text, row.students) for row in rows] == [
        ("protocol", "wrote on the wire", ("eve",)),
        ("limit", "too slow", ("s0", "s1", "s2")),
    ]


def test_times_are_those_of_the_submissions_that_have_a_record(data: ClassData) -> None:
    wall, cpu, memory = time_rows(data)
    assert (wall.median, wall.most, wall.largest, wall.student) == (3.0, pytest.approx(3.8), 4.0, "bob")
    assert (cpu.largest, cpu.student, memory.largest) == (1.0, "ada", 200.0)


def test_pseudonyms_follow_the_marks_and_say_nothing_of_the_name(data: ClassData) -> None:
    hidden = anonymised(data)
    assert [s.student for s in hidden.submissions] == [f"student {n}" for n in range(1, 7)]
    assert [s.name for s in hidden.submissions] == [s.student for s in hidden.submissions]
    assert hidden.totals == sorted(data.totals, reverse=True)
    # those with equal marks do not stand in the order of their names
    class_of_100 = [submission(f"s{n:03d}", 2.0, float(n % 2), 1.0, 0.0, cpu=float(n)) for n in range(100)]
    order = [s.cpu for s in anonymised(ClassData("01_small", ITEMS, class_of_100)).submissions]
    assert sorted(order) == list(range(100))
    assert order[:50] != sorted(order[:50])


@pytest.mark.parametrize("anonymous", [False, True])
def test_page_and_table_hold_names_only_if_they_may(data: ClassData, anonymous: bool) -> None:
    text = render_page(data, anonymous=anonymous) + render_table(data, anonymous=anonymous)
    for student in ("ada", "bob", "eve", "jun", "kim", "lea"):
        assert bool(re.search(rf"\b{student}\b", text, re.IGNORECASE)) != anonymous, student


def test_a_name_in_a_finding_is_left_out_too(data: ClassData) -> None:
    told = (
        ("repair", "removed the link /course/submitted/ann-lee/01 of Ann Lee, at Annapolis"),
        ("repair", "Lee_Ann_02.ipynb was taken for it"),
    )
    ann = Submission("ann-lee", "Ann Lee", {item.name: 1.0 for item in ITEMS}, False, (), told, ("lee: too slow",))
    secret = ClassData("01_small", ITEMS, [*data.submissions, ann])
    text = render_page(secret, anonymous=True) + render_table(secret, anonymous=True)
    assert not re.search(r"(?<![^\W_])(ann|lee|ann-lee)(?![^\W_])", text, re.IGNORECASE)
    assert "Annapolis" in text
    assert "ann-lee" in render_page(secret)


def test_a_name_is_left_out_however_its_letters_are_composed() -> None:
    told = (("repair", "Mu\u0308ller.ipynb was taken for it"),)
    one = replace(submission("m1", 1.0, 1.0), name="Ida M\u00fcller", findings=told)
    text = render_page(ClassData("01_small", ITEMS[:2], [one]), anonymous=True)
    assert "ller" not in text
    assert "student 1.ipynb was taken for it" in text


def test_long_lists_are_folded_and_complete() -> None:
    limits = Shown()
    count = 3 * limits.students
    students = [
        submission(
            f"s{n:03d}",
            2.0,
            0.0,
            1.0,
            0.0,
            mistakes=(OVERFLOWS, *([RecognisedMistake("leaky-relu", f"mistake {n}", "Hint.")] if n < 60 else [])),
            findings=(("limit", f"limit {n}"),),
            limits_hit=(f"limit {n}",),
        )
        for n in range(count)
    ]
    page = render_page(ClassData("01_small", ITEMS, students))
    assert f"and {count - limits.names} more" in page
    assert f"{61 - limits.mistakes} more, each made by 1 or fewer" in page
    assert f"{count - limits.looks} more</summary>" in page
    assert f"{count - limits.findings} more</summary>" in page
    assert "<details><summary>180 students, the best first" in page
    for n in (0, count - 1):
        assert f"S{n:03d}" in page
    unfolded = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    assert unfolded.count("<tr>") < 2 * (limits.looks + limits.mistakes + limits.findings)
    assert "<details open><summary>6 students" in render_page(ClassData("01_small", ITEMS, students[:6]))


def test_the_page_needs_nothing_from_outside(data: ClassData) -> None:
    page = render_page(data)
    assert not re.search(r"(src|href)=[\"'](?!data:)", page)
    assert "<script" not in page
    assert len(re.findall(r'<img alt="[^"]{20,}"', page)) == 3


def test_what_a_submission_says_is_escaped(data: ClassData) -> None:
    nasty = submission("mal", 2.0, 2.0, 1.0, 0.0, findings=(("output", "<script>alert(1)</script>"),))
    page = render_page(ClassData("01_small", ITEMS, [*data.submissions, nasty]))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_table_has_a_row_per_student_and_no_formula(data: ClassData) -> None:
    nasty = submission("=cmd()", 2.0, 2.0, 1.0, 0.0)
    rows = list(csv.DictReader(io.StringIO(render_table(ClassData("01_small", ITEMS, [*data.submissions, nasty])))))
    assert [row["student"] for row in rows] == ["ada", "bob", "eve", "jun", "kim", "lea", "'=cmd()"]
    assert rows[1]["mistakes"] == "sigmoid: overflows"
    assert [rows[0]["test_points"], rows[0]["written_points"]] == ["5.0", "3.0"]
    assert rows[2]["written_points"] == ""  # not marked yet
    assert rows[2]["explain-flow"] == ""


def test_figures_have_labels_and_alt_text_with_their_numbers(data: ClassData) -> None:
    marks = marks_figure(data.totals, data.max_score)
    assert "Median 3" in marks.alt
    items = items_figure(item_rows(data))
    assert "sigmoid" in items.alt
    mistakes = mistakes_figure(mistake_rows(data))
    assert "made by 2 students" in mistakes.alt
    for picture in (marks, items, mistakes):
        for axes in picture.fig.axes:
            assert axes.get_xlabel()
            assert axes.get_ylabel()


def test_a_test_cell_without_an_aspect_has_its_name_alone(data: ClassData) -> None:
    one = replace(item_rows(data)[0], item=GradedCell("fit_line_basic", 2.0, False))
    picture = items_figure([one])
    assert [label.get_text() for label in picture.fig.axes[0].get_yticklabels()] == ["fit_line_basic"]
    assert "Bars for 1 test cell: share of the class that passed. Lowest: fit_line_basic, with" in picture.alt


def test_nothing_is_said_of_known_mistakes_where_there_is_no_bank(data: ClassData) -> None:
    page = render_page(replace(data, submissions=data.submissions[3:], bank=False))
    assert "known mistakes</dt>" not in page
    assert "no bank of known mistakes" in page
    assert "no known mistake:" not in page
    assert "by no known mistake" not in page


def test_one_of_a_thing_is_no_plural(data: ClassData) -> None:
    one = ClassData("01_small", ITEMS[2:3], [submission("ada", 2.0, 2.0, 1.0, mistakes=(OVERFLOWS,), outdated=True)])
    page = render_page(one)
    for text in (
        "1 submission, 1 test cell, 1 point from tests",
        "1 of 1 submission was graded",
        "1 student, the best",
    ):
        assert text in page
    assert not re.search(r"\b1 (students|points|test cells|submissions|known mistakes)\b", page)


def test_a_course_of_written_answers_alone_is_reported(data: ClassData) -> None:
    assert "<h2>Marks</h2>" in render_page(replace(data, items=ITEMS[3:]))


def test_one_test_cell_and_one_mistake_make_a_figure_without_a_warning(data: ClassData) -> None:
    for figure, rows in (
        (items_figure, item_rows(data)),
        (mistakes_figure, mistake_rows(data)),
    ):
        assert figure(rows[:1]).png()  # warnings are errors


def test_a_class_without_records_is_reported_too(data: ClassData) -> None:
    bare = ClassData("01_small", ITEMS, [submission("ada", 2.0, 2.0, 1.0, 0.0)])
    page = render_page(bare)
    assert "No records of time" in page
    assert "No known mistake was recognised" in page
