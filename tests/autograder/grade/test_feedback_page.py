"""The page that a student gets back: what it says of the marks, in which order, and that nothing of it acts or is
loaded."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.course.paths import Course, CourseError
from autograder.engine.record import CellRecord, Finding, Mark, NotebookRecord
from autograder.examiner.examine import FailedPart, Verdict
from autograder.grade import feedback
from autograder.grade.feedback import FeedbackRun
from autograder.grade.formulas import mathml, with_mathml
from autograder.grade.gradebook import CellMark, NotebookMarks
from autograder.grade.notebook_html import heading_of
from autograder.grade.page import _first_reason, _missing, _without_hints, ending, exercises_of, with_code
from autograder.grade.sanitize import rendered
from autograder.grade.workers import local_workers
from autograder.limits import GIB, Stop
from autograder.mistakes.counter_examples import CounterExample
from autograder.mistakes.recognise import RecognisedMistake
from autograder.questions.rules import Question
from nbcore.check._smallest import _lines

from .course import ThrowAwayCourse, code, flags, graded_cell, open_cell
from .page import active_parts

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.filterwarnings("ignore")

SECRET = "71355"
VALUE = (
    "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nfrom nbcore import check\n"
    f"with check.part('doubles larger numbers', 'think of carrying'):\n    assert double({SECRET}) == 142710\n"
    "### END HIDDEN TESTS"
)
WHY = "## 1.3 Explain\n\nWhy?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
PURITY = "from nbcore import check\ncheck.purity(double, 3)"


def source() -> nbformat.NotebookNode:
    markdown = nbformat.v4.new_markdown_cell
    return nbformat.v4.new_notebook(
        cells=[
            markdown("# A course\n\n#### Far below\n\nWith $x^2$."),
            markdown("## 1.1 Doubling"),
            open_cell("double", "def double(x):\n    return x + x  # AUTHOR"),
            graded_cell("test-double-value", VALUE, 3),
            graded_cell("test-double-purity", PURITY, 1),
            markdown("## 1.2 Two in one"),
            open_cell("left", "def left(x):\n    return x"),
            graded_cell("try-left", "assert left(2) == 2", 1),
            open_cell("right", "def right(x):\n    return x"),
            graded_cell("try-right", "assert right(2) == 2", 5),
            markdown(WHY, metadata=flags("why", grade=True, solution=True, points=2)),
            code("1 + 1"),
        ]
    )


def answers(notebook: nbformat.NotebookNode, **sources: str) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = sources.get(name, cell.source)
    return notebook


WRONG = {
    "double": "def double(x):\n    return 2 * x if x < 10 else x",
    "left": "def left(x):\n    return x",
    "right": "def right(x):\n    return -x  # <script>evil(1)</script>",
    "why": "Because $a<b$, <b>really</b> <script>evil(2)</script>.",
}


STUDENTS = ("wrong", "ends", "repaired", "damaged")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    made.release("hw", source())
    made.submit("hw", "wrong", answers(made.released("hw"), **WRONG))
    made.submit("hw", "ends", answers(made.released("hw"), double="import os\nos._exit(3)"))
    repaired = answers(made.released("hw"), **WRONG)
    repaired.cells = [
        cell for cell in repaired.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "try-left"
    ]
    made.submit("hw", "repaired", repaired)
    (made.submit("hw", "damaged", made.released("hw")) / "p.ipynb").write_text("{ not JSON")
    for student in STUDENTS:
        made.run("hw", student)
    with Gradebook(f"sqlite:///{made.root}/gradebook.db") as gradebook:
        comment = gradebook.find_comment("right", "p", "hw", "wrong")
        comment.manual_comment = "Look at the sign,\nplease <i>."
        grade = gradebook.find_grade("why", "p", "hw", "repaired")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    return made


@pytest.fixture(scope="module")
def page(course: ThrowAwayCourse) -> str:
    return course.feedback("hw", "wrong")


class Text(HTMLParser):
    """What a reader sees, and the levels of the headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.levels, self._hidden = "", list[int](), False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden = tag == "style"
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def test_the_mark_comes_first_then_each_exercise_by_its_title(page: str) -> None:
    text = " ".join(Text(page).text.split())
    order = [
        "2 of 12 points so far",
        "1.1 Doubling",
        "1 of 4",
        "value",
        "1.2 Two in one (left)",
        "1 of 1",
        "1.2 Two in one (right)",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_what_is_not_marked_yet_is_said_and_not_counted_as_lost(course: ThrowAwayCourse, page: str) -> None:
    assert "because a person has to mark: 1.3 Explain (2)." in page  # the answer stands in place of its heading
    assert 'id="card-cell-why"' not in page
    assert "a person has to mark" not in course.feedback("hw", "repaired")
    assert "points so far" not in course.feedback("hw", "repaired")


def test_cards_begin_with_the_largest_loss_and_hold_hint_and_code(page: str) -> None:
    cards = re.findall(r'<section class="card".*?</section>', page, re.DOTALL)
    assert ["1.2 Two in one (right): 0 of 5" in cards[0], "1.1 Doubling (double): 1 of 4" in cards[1]] == [True, True]
    assert len(cards) == 2
    assert "doubles larger numbers" in cards[1]
    assert "think of carrying" in cards[1]
    assert "x &lt; 10" in Text(cards[1]).text.replace("<", "&lt;")
    assert "AUTHOR" not in page


def test_code_is_highlighted(page: str) -> None:
    card = page[page.index('id="card-cell-double"') : page.index("<h2>Your notebook</h2>")]
    assert re.search('<span class="k">def</span>.*<span class="nf">double</span>', card)
    assert re.search(r"\.code \.k\b[^{}]*\{ color:", page)


@pytest.mark.parametrize(
    ("said", "left", "hints", "of_hidden"),
    [
        ("by hand: failed\n\nHint: One\ntwo?\n\nmore", "by hand: failed\n\nmore", ["One two?"], []),
        ("a\nHint: One\nHint: Two", "a", ["One", "Two"], []),
        ("title\nhidden hint\nValueError: x", "title\nValueError: x", [], ["hidden hint"]),
        ("title\nhidden hint\nlast\nof the last", "title\nlast", [], ["hidden hint"]),
        ("no hint", "no hint", [], []),
    ],
)
def test_hints_are_told_from_what_a_test_says(said: str, left: str, hints: list[str], of_hidden: list[str]) -> None:
    verdict = Verdict(False, "title", "hidden hint", more=(FailedPart("last", "of the last"),))
    assert _without_hints(said, Mark("t", 1, 0, "examiner", verdict)) == (left, hints, of_hidden)


def test_what_is_known_of_a_mistake_comes_in_place_of_the_hint_of_a_hidden_test() -> None:
    mark = Mark("test-double-value", 3, 0, "examiner", Verdict(False, "large numbers", "think of carrying"))
    record = NotebookRecord("s", "a", "n", "none", cells=[CellRecord(0, mark.cell, mark=mark)])
    (double, *_) = exercises_of(source(), _marks(), record, ())
    assert double.lost[0].hints == ("think of carrying",)
    record.mistakes = [RecognisedMistake("double", "adds one", "One too many.", ("value",))]
    (double, *_) = exercises_of(source(), _marks(), record, ())
    assert double.lost[0].hints == ("One too many.",)
    record.mistakes = [RecognisedMistake("double", "writes into x", "Whose array?", ("purity",))]
    (double, *_) = exercises_of(source(), _marks(), record, ())
    assert [lost.hints for lost in double.lost] == [("think of carrying",), ("Whose array?",)]


def test_an_example_of_another_aspect_stands_where_there_is_no_other_and_once() -> None:
    def codes(*examples: CounterExample) -> list[list[str]]:
        record = NotebookRecord("s", "a", "n", "none", examples=list(examples))
        (double, *_) = exercises_of(source(), _marks(), record, ())
        return [[one.code for one in lost.examples] for lost in double.lost]

    value = CounterExample("test-double-value", "double(1)", "1", "2", aspect="value")
    beside = CounterExample("test-double-purity", "double(2)", "2", "4", aspect="value")
    purity = replace(beside, code="double(x)\nx", aspect="purity")
    assert codes(value, purity) == [["double(1)"], ["double(x)\nx"]]
    assert codes(value, beside) == [["double(1)"], []]
    assert codes(beside) == [[], ["double(2)"]]
    assert codes(replace(value, aspect="purity"), beside) == [["double(1)"], []]
    assert codes(value, replace(beside, aspect="")) == [["double(1)"], ["double(2)"]]  # as graded by an earlier version


def test_an_example_comes_in_place_of_the_smallest_case_of_a_visible_test() -> None:
    small = _lines("f(1)\ng(2)", "array([1,\n       2])", "3")
    said = "\n".join(["by hand: failed", "f: wrong.", "", *small, "", "  called    f(100)"])
    notebook = source()
    cell = next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test-double-value"
    )
    cell.outputs = [nbformat.v4.new_output("error", ename="CheckFailed", evalue="", traceback=[said])]
    example = CounterExample("test-double-value", "double(1)", "1", "2", aspect="value")
    for examples, shown in ([], said), ([example], "by hand: failed\nf: wrong.\n\n  called    f(100)"):
        record = NotebookRecord("s", "a", "n", "none", examples=examples)
        (double, *_) = exercises_of(notebook, _marks(), record, ())
        assert double.lost[0].said == shown


def _marks() -> NotebookMarks:
    return NotebookMarks({"test-double-value": CellMark(0, 3), "test-double-purity": CellMark(0, 1)}, {})


def test_exercises_under_one_heading_have_their_names_behind_it() -> None:
    cells = source().cells[:2]
    cells[1].source = "## 1.1 Left, right and more"
    for name in ("left", "right"):
        cells += [open_cell(name, "pass"), graded_cell(f"test-{name}-value", "pass", 1)]
    marks = NotebookMarks({f"test-{name}-value": CellMark(1, 1) for name in ("left", "right")}, {})
    cells[1].source = rendered(cells[1].source)
    notebook = nbformat.v4.new_notebook(cells=cells)
    titles = [row.title for row in exercises_of(notebook, marks, None, ())]
    assert titles == ["1.1 Left, right and more (left)", "1.1 Left, right and more (right)"]
    del marks.marks["test-right-value"]
    assert [row.title for row in exercises_of(notebook, marks, None, ())] == ["1.1 Left, right and more"]


def test_a_docstring_that_is_no_longer_in_a_cell_is_shown() -> None:
    released = (
        'class A:\n    """Of A."""\n\n    def f(self):\n        r"""Two\n        \\lines."""\n\n\ndef g(x):\n    pass'
    )
    assert list(_missing(released, released)) == []
    assert list(_missing(released, released.replace("        ", "    ").replace('"""', "'''"))) == []
    assert list(_missing(released, "class A:\n    def f(self) ->")) == [("A", "Of A."), ("f", "Two\n\\lines.")]
    assert list(_missing("no Python (", "")) == list(_missing("", "x\0")) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "by hand: failed\nf: the value is 1.0, it should be 2.0.\n\n  called  f(1)",
            "f: the value is 1.0, it should be 2.0.",
        ),
        ("NotImplementedError: relu: not written yet: replace this line", "relu is not written yet."),
        ("NotImplementedError: relu: not written yet", "relu is not written yet."),
        ("NotImplementedError: not written yet", "This is not written yet."),
        ("NotImplementedError: __init__: not written yet", "This is not written yet."),
        ("NotImplementedError", "This is not written yet."),
        ("Not implemented yet\nNotImplementedError: x", "This is not written yet."),
        ("by hand: failed\nf: Not implemented yet, it says", "f: Not implemented yet, it says"),
        ("ValueError: NotImplementedError", "ValueError: NotImplementedError"),
        ("x" * 200, "x" * 160 + " ..."),
        ("", ""),
    ],
)
def test_the_first_reason_is_one_line_in_plain_words(said: str, reason: str) -> None:
    assert _first_reason(said) == reason


def test_hidden_lines_and_what_acts_are_not_on_the_page(page: str) -> None:
    assert SECRET not in page
    assert "142710" not in page
    assert active_parts(page) == []
    assert not re.search(r"<script|<link|https?://", page)


def test_what_a_person_wrote_stands_on_the_page_as_text(page: str) -> None:
    assert "Look at the sign,\nplease &lt;i&gt;." in page


def test_cells_that_passed_are_folded_and_others_are_not(page: str) -> None:
    assert "<details><summary>Test of double (purity): 1 of 1 point</summary>" in page
    assert "<summary>Test of double (value)" not in page


def test_repairs_stand_above_all(course: ThrowAwayCourse, page: str) -> None:
    found = course.feedback("hw", "repaired")
    assert found.index("try-left") < found.index('<p class="mark">')
    assert "this was put right or noted" not in page


def test_a_file_that_cannot_be_read_is_said_to_be_one_with_what_to_do(course: ThrowAwayCourse) -> None:
    found = course.feedback("hw", "damaged")
    said = " ".join(Text(found).text.split())
    assert "the file is damaged" in said
    assert "Save the notebook in JupyterLab once more and hand in that .ipynb file" in said
    assert "Save the notebook" not in course.feedback("hw", "repaired")  # whole, with a cell deleted
    assert found.index("Save the notebook in JupyterLab") < found.index('<p class="mark">')


def test_a_process_that_ended_is_told_in_words(course: ThrowAwayCourse) -> None:
    found = course.feedback("hw", "ends")
    assert "Your code ended the notebook's process" in Text(found).text
    assert found.index("Your code ended") < found.index('<p class="mark">')


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (Stop("memory", 2 * GIB), "more than 2 GiB of memory in the cell double and was stopped"),
        (Stop("cpu", 120), "stopped in the cell double after 120 seconds"),
        (Stop("signal", 11), "crashed in the cell double"),
        (Stop("protocol", detail="INTERNAL"), "ended in the cell double before all tests"),
    ],
)
def test_an_ending_names_the_cell_and_what_to_do(stop: Stop, words: str) -> None:
    record = NotebookRecord("s", "a", "n", "none", ended=stop, findings=[Finding.of(stop, "double")])
    assert words in ending(record)
    assert "INTERNAL" not in ending(record)
    assert ending(NotebookRecord("s", "a", "n", "none")) == ending(None) == ""


def test_the_last_heading_of_sections_is_the_title() -> None:
    assert (
        heading_of("<h1>3. Losses</h1><p>x</p><h2>3.1 Squared <em>error</em></h2><h3>By hand</h3>")
        == "3.1 Squared error"
    )
    assert heading_of("<h4>Small</h4>") == "Small"
    assert heading_of("<p>none</p>") == ""


def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = Text(page).levels
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_solution_is_shown_where_the_instructor_says_so(tmp_path: Path, course: ThrowAwayCourse) -> None:
    made = ThrowAwayCourse(course.root)
    made.config.FeedbackPage.with_solution = True
    found = made.feedback("hw", "wrong")
    assert found.count("AUTHOR") == 1  # of `double`: the others are right, or not of this course's own words
    assert "AUTHOR" not in course.feedback("hw", "wrong")


def test_the_command_shows_the_solution_when_it_is_told_to_and_not_again(
    course: ThrowAwayCourse, configured: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(configured.root)
    path = course.root / "feedback" / "wrong" / "hw" / "p.html"
    for more, shown in ([], 0), (["--with-solution"], 1), ([], 0):
        assert main(["feedback", "hw", "--students", "wrong", *more]) == 0
        assert path.read_text().count("AUTHOR") == shown


# ---------------------------------------------------------------- questions

LINE = "return np.sum(x < 3)  # <script>evil(3)</script>"
ASKED = [
    Question("left", "shape", "left(2)\nleft(3)", 2, LINE, "What is the shape of `x < 3` in this line?", "(2, 1)", "`x` has."),
    Question("left", "count", "left(2)\nleft(3)", 2, LINE, "How many of the 2 entries of `x < 3` are true?", "1"),
    Question("left", "left out", "left(2)\nleft(3)", 0, "", "Which statements do not run?", "Line 4, `y = <b>`."),
    Question("double", "value", "double(2)", 2, "return x", "What is the value of `x`?", "2"),
]  # fmt: skip


@pytest.fixture
def asked(course: ThrowAwayCourse) -> str:
    """The page of a student who lost the points of `double` and kept those of `left`, with questions on both."""
    path = course.root / "autograded" / "wrong" / "hw" / "p.record.json"
    before, record = path.read_bytes(), NotebookRecord.read(path)
    assert record is not None
    record.questions = ASKED
    path.chmod(0o644)
    record.write(path)
    try:
        return course.feedback("hw", "wrong")
    finally:
        path.write_bytes(before)


def test_questions_stand_at_the_end_with_their_answers_folded(asked: str, page: str) -> None:
    text = " ".join(Text(asked).text.split())
    assert text.index("Your notebook") < text.index("Questions on your own code These questions are optional")
    end = asked[asked.index('id="questions"') :]
    assert "<strong>What is the shape of <code>x &lt; 3</code> in this line?</strong>" in end
    assert "<details><summary>Answer</summary><p>(2, 1). <code>x</code> has.</p></details>" in end
    assert "Line 2 of your cell:" in end
    assert "<code>y = &lt;b&gt;</code>" in end
    assert end.count("<details>") == 3
    assert '<a href="#questions">' in asked
    assert "questions" not in Text(page).text.lower()


def test_an_exercise_without_all_its_points_is_not_asked_about(asked: str) -> None:
    assert "What is the value of" not in asked


def test_a_call_and_a_line_that_are_asked_about_twice_stand_there_once(asked: str) -> None:
    text = Text(asked).text[Text(asked).text.index("Questions on your own code") :]
    shown = ("left(2)\nleft(3)", LINE, "Think of the same call and the same line.", "Think of the same call.")
    assert [text.count(part) for part in shown] == [1, 1, 1, 1]


def test_nothing_of_a_question_acts(asked: str) -> None:
    assert active_parts(asked) == []
    assert "<script" not in asked
    assert "evil(3)" in Text(asked).text


def test_levels_of_headings_stay_in_order_with_questions(asked: str) -> None:
    levels = Text(asked).levels
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `b` c `<d>`", "a <code>b</code> c <code>&lt;d&gt;</code>"),
        ("<b>`", "&lt;b&gt;<code></code>"),
        ("", ""),
        ("{x} `{0}`", "{x} <code>{0}</code>"),
    ],
)
def test_code_in_sentences(text: str, html: str) -> None:
    assert with_code(text) == html


# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize("name", Course(ROOT).assignments())
def test_every_formula_of_the_course_is_shown_without_network(name: str) -> None:
    for cell in nbformat.read(Course(ROOT).release_notebook(name), as_version=4).cells:
        if cell.cell_type == "markdown":
            html = with_mathml(rendered(cell.source))
            assert 'class="tex"' not in html
            assert "$" not in re.sub(r"<(math|code|pre)\b.*?</\1>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$x^2$", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("gain$^2$", "gain<math"),
        ("$a,\\\nb$", "<mtext>&#x000A0;</mtext><mi>b</mi>"),
        ("$f'(z)$", "<mi>f</mi><mo lspace='0' rspace='0'>&#x02032;</mo>"),
        ("$$\\begin{aligned}a&=b\\end{aligned}$$", '<math tabindex="0" display="block">'),
        ("\\begin{align}a&=b\\end{align}", "<mtable"),
        ("$a<b$ and $c>d$", "</math> and <math"),
    ],
)
def test_formulas_become_mathml(text: str, shown: str) -> None:
    assert shown in with_mathml(rendered(text))


@pytest.mark.parametrize(
    "text",
    ["costs $5 and $6", "`$x$`", "a \\$ b", "$\\frac{1}{$", "$" + "{" * 3000 + "$", "$" + "x" * 5000 + "$"],
)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert "<math" not in with_mathml(rendered(text))


@pytest.mark.parametrize(
    "tex",
    ["\\text{<script>evil(1)</script>}", "\\href{javascript:evil(1)}{x}", "\\class{evil}{x}", "\\style{evil}{x}"],
)
def test_no_formula_acts(tex: str) -> None:
    found = mathml(tex) or ""
    assert "evil" not in found
    assert active_parts(with_mathml(rendered(f"a ${tex}$ b"))) == []


def test_a_formula_in_an_attribute_is_left_alone() -> None:
    assert 'title="$x$"' in with_mathml(rendered("<b title='$x$'>y</b>"))


# ---------------------------------------------------------------- a class side by side


@pytest.mark.slow
@pytest.mark.parametrize("few", [0, 60])
def test_pages_made_side_by_side_are_those_of_nbgrader(
    course: ThrowAwayCourse, configured: Course, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(feedback, "_FEW", few)
    plain = {student: course.feedback("hw", student) for student in STUDENTS}
    pages = {student: course.root / "feedback" / student / "hw" / "p.html" for student in plain}
    for path in pages.values():
        path.unlink()
    run = FeedbackRun(configured, "hw")
    said: dict[str, str] = {}
    run.make(run.students(), lambda: local_workers(2), said.__setitem__)
    assert said == dict.fromkeys(plain, "")
    assert {student: path.read_text() for student, path in pages.items()} == plain


@pytest.mark.slow
def test_a_page_that_cannot_be_made_leaves_the_others(course: ThrowAwayCourse, configured: Course) -> None:
    graded = course.root / "autograded" / "ends" / "hw" / "p.ipynb"
    before = graded.read_bytes()
    graded.chmod(0o644)
    graded.write_text("no notebook")
    try:
        said: dict[str, str] = {}
        FeedbackRun(configured, "hw").make(["ends", "wrong"], lambda: local_workers(1), said.__setitem__)
    finally:
        graded.write_bytes(before)
    assert said["wrong"] == ""
    assert said["ends"]


def test_a_student_who_is_not_graded_is_named(configured: Course) -> None:
    with pytest.raises(CourseError, match="not graded for nobody"):
        FeedbackRun(configured, "hw").students(["nobody"])
    with pytest.raises(CourseError, match="nothing of other is graded"):
        FeedbackRun(configured, "other").students()


@pytest.fixture(scope="module")
def configured(course: ThrowAwayCourse) -> Course:
    """The course with its settings in the file that commands read."""
    settings = course.root / "nbgrader_config.py"
    settings.write_text("from autograder.grade import configure\nconfigure(get_config())\n")
    return Course(course.root)
