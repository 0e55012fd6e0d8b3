"""The two pages of a graded notebook: the instructor's in formgrader shows everything, the student's what is theirs to
see, and nothing of a student's runs on either."""

import base64
import copy
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.server_extensions.formgrader import handlers

from autograder.grade.sanitize import clean, html_of, rendered, takes_something

from .course import ThrowAwayCourse, code, flags, graded_cell, open_cell
from .page import active_parts

pytestmark = pytest.mark.filterwarnings("ignore")

SECRET = "71355"
HIDDEN = (
    "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nfrom nbcore import check\nprint('PRINTED BY THE TEST')\n"
    f"with check.part('doubles larger numbers', 'think of carrying'):\n    assert f({SECRET}) == 142710, 'EXPECTATION'\n"
    "### END HIDDEN TESTS"
)
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n a picture of one pixel").decode()
OUTPUTS = """
from IPython.display import HTML, Javascript, Latex, Markdown, SVG, display
display(HTML("<script>evil(1)</script><b>bold</b><img src=x onerror='evil(2)'><table class=t><tr><td>cell</td></tr></table>"))
display(Javascript("evil(3)"))
display(Markdown("*words* [a](javascript:evil(4))"))
display(Latex(r"$\\\\href{javascript:evil(5)}{x}$"))
display({"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='evil(6)'/>"}, raw=True)
display({"application/x-own": "evil(7)", "application/json": {"evil": 8}}, raw=True)
display({"text/html": "<p>plain</p>", "text/plain": "plain"}, raw=True)
print("<script>evil(9)</script>")
raise ValueError("<script>evil(10)</script>")
"""
ANSWER = (
    "# Heading\n\n<script>evil(11)</script>\n\n<img src=x onerror='evil(12)'> [a](javascript:evil(13)) **strong**\n\n"
    "$\\href{javascript:evil(14)}{x}$ $a_1$\n\n![p](attachment:p.png)\n\n![q](/evil/logout)\n\n![r](https://evil.example/r.png)\n\n"
    "<iframe srcdoc='<script>evil(15)</script>'></iframe><form action='/evil'><input class='score'></form>\n\n"
    "```python\nprint('<script>')\n\nx = 1\n```\n"
)


MODEL = (
    "Why?\n### BEGIN SOLUTION\n**Model answer.** Two is *even*.\n\n**Mark scheme.** 1 point: even.\n### END SOLUTION"
)


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            open_cell("f", "def f(x):\n    return 2 * x"),
            graded_cell("hidden", HIDDEN, 3),
            graded_cell("visible", "assert f(2) == 4", 1),
            nbformat.v4.new_markdown_cell(MODEL, metadata=flags("why", grade=True, solution=True, points=2)),
            code("1 + 1"),
        ]
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    made.release("hw", source())
    notebook = made.released("hw")
    notebook.cells[0].source = "def f(x):\n    return 2 * x if x < 10 else {}[x // 10**9]"
    notebook.cells[3].source = ANSWER
    notebook.cells[3].attachments = {
        "p.png": {"image/png": PIXEL},
        "evil": {"text/html": "<script>evil(16)</script>"},
    }
    notebook.cells.append(nbformat.v4.new_code_cell(OUTPUTS))
    notebook.cells.append(nbformat.v4.new_raw_cell("<script>evil(17)</script>"))
    made.submit("hw", "s", notebook)
    made.autograde("hw", "s")
    return made


def instructors_page(course: ThrowAwayCourse, **options: object) -> str:
    """As formgrader makes it; test_formgrader_view does it with formgrader itself."""
    config = copy.deepcopy(course.config)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    for name, value in options.items():
        config.HTMLExporter[name] = value
    resources = {
        "submission_id": "1",
        "index": 0,
        "total": 1,
        "base_url": "",
        "notebook_id": "p",
        "assignment_id": "hw",
    }
    resources |= {"student": "s", "last_name": None, "first_name": None, "notebook_path": "p"}
    path = course.root / "autograded/s/hw/p.ipynb"
    return str(HTMLExporter(config=config).from_filename(str(path), resources=resources)[0])


@pytest.fixture(scope="module")
def shown(course: ThrowAwayCourse) -> str:
    return instructors_page(course)


def test_nothing_of_the_students_acts_on_the_instructors_page(course: ThrowAwayCourse, shown: str) -> None:
    assert active_parts(shown) == []
    assert "evil.example" not in "".join(part for part in shown.split("<pre>")[:1])
    assert '<input class="score"' not in shown.replace('class="score tabbable"', "")
    plain = instructors_page(course, preprocessors=[])
    assert len(active_parts(plain)) >= 6  # nbgrader's own page runs them: so the reader of pages can see them


def test_nothing_is_lost_from_the_instructors_page(shown: str) -> None:
    for number in range(1, 18):
        if number not in (6, 8, 16):
            assert f"evil({number})" in shown, number
    assert "data:image/svg+xml" in shown  # as an image: nothing runs in it
    assert '"evil": 8' in shown.replace("&quot;", '"')
    for kept in ("<b>bold</b>", "<td>cell</td>", "<strong>strong</strong>", "<em>words</em>", "$a_1$", "evil.example"):
        assert kept in shown, kept
    assert f"data:image/png;base64,{PIXEL}" in shown


def test_the_original_stands_only_where_something_was_taken_away(shown: str) -> None:
    assert (
        shown.count("The original, as text") == 5
    )  # HTML, Markdown and LaTeX outputs, the written answer, and the raw cell
    assert shown.count("not run here") == 3


def test_who_marks_an_answer_sees_the_model_beside_it_and_the_student_does_not(
    course: ThrowAwayCourse, shown: str
) -> None:
    folded = shown[shown.index("Model answer and mark scheme") :].partition("</details>")[0]
    assert "<strong>Model answer.</strong> Two is <em>even</em>." in folded
    assert "<strong>Mark scheme.</strong> 1 point" in folded
    assert "Why?" not in folded
    question = shown[shown.index("The question, which the student has replaced") :].partition("</details>")[0]
    assert "Why?" in question
    assert (
        shown.index("The question")
        < shown.index("<strong>strong</strong>", shown.index("The question"))
        < shown.index(folded)
    )
    for page in (course.feedback("hw", "s"), course.released("hw").cells[3].source):
        assert "Model answer" not in page


def test_the_instructor_sees_the_examiners_error_and_the_student_does_not(course: ThrowAwayCourse, shown: str) -> None:
    assert "For you alone" in shown
    for only in (SECRET, "EXPECTATION", "PRINTED BY THE TEST", "HIDDEN TESTS"):
        assert only in shown, only
    feedback = course.feedback("hw", "s")
    for only in (SECRET, "EXPECTATION", "PRINTED BY THE TEST", "HIDDEN TESTS", "For you alone", "not run here"):
        assert only not in feedback, only
    for both in ("doubles larger numbers", "think of carrying", "KeyError", "<b>bold</b>", f"base64,{PIXEL}"):
        assert both in shown
        assert both in feedback
    assert active_parts(feedback) == []
    stored = (course.root / "autograded/s/hw/p.ipynb").read_text()
    assert "EXPECTATION" not in json.dumps([cell.get("outputs") for cell in json.loads(stored)["cells"]])


def test_what_was_seen_stands_above_the_notebook(shown: str) -> None:
    assert "Graded with isolation" in shown
    assert shown.index("Graded with isolation") < shown.index("<h1>Heading")


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "cells": [1], "findings": []}',
        '{"marks": [1], "findings": [], "missing_layers": []}',
        "\x00",
    ],
)
def test_a_record_that_is_none_leaves_the_page_without_it(course: ThrowAwayCourse, record: str) -> None:
    path = course.root / "autograded/s/hw/p.record.json"
    mode, kept = path.stat().st_mode, path.read_text()
    path.chmod(0o644)
    try:
        path.write_text(record)
        page = instructors_page(course)
    finally:
        path.write_text(kept)
        path.chmod(mode)
    assert "bold" in page
    assert "For you alone" not in page


def test_other_pages_of_the_same_exporter_are_left_as_they_are(course: ThrowAwayCourse, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("<script>1</script>")])
    page, _ = HTMLExporter(config=course.config).from_notebook_node(notebook)
    assert "<script>1</script>" in page


DATA = f"data:image/png;base64,{PIXEL}"
SVG = "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>"
STAYS = [
    "<b>x</b>",
    f'<img alt="a" width="9" src="{DATA}">',
    *(f'<img src="data:image/{kind};base64,AAAA">' for kind in ("jpeg", "gif", "webp", "svg+xml")),
    '<audio controls=""><source src="data:audio/wav;base64,AAAA" type="audio/wav"></audio>',
    '<img src="plot.png">',
    '<img src="images/a plot.png">',
    '<table border="1"><thead><tr><th style="text-align:right">a</th></tr></thead></table>',
    '<table><tbody><tr><td style="color:red;background-color:#fff" valign="top">1</td></tr></tbody></table>',
    '<details open=""><summary>more</summary>text</details>',
    '<section><center><font color="red">x</font></center></section>',
    '<progress value="3" max="9"></progress>',
    '<ol start="3" type="a"><li value="5">x</li></ol>',
    "<code>C:\\data\\style</code> and <pre>\\href{a}{b}</pre>",
]
GOES = [
    ("<b>x</b><script>evil()</script>", "<b>x</b>"),
    ("$\\href{x}{y}$ $\\hreflike$", "$\\text{x}{y}$ $\\hreflike$"),
    ('<b title="<pre>">$\\href{x}{y}$</b>', '<b title="&lt;pre&gt;">$\\text{x}{y}$</b>'),
    ("<code>a</code>$\\href{x}{y}$", "<code>a</code>$\\text{x}{y}$"),
    ('<a href="JaVaScript:evil()">x</a>', '<a rel="noopener noreferrer">x</a>'),
    ('<a href="data:text/html,evil">x</a>', '<a rel="noopener noreferrer">x</a>'),
    ('<a href="da\nta:text/html,evil">x</a>', '<a rel="noopener noreferrer">x</a>'),
    *(
        (f'<img src="{address}">', "<img>")
        for address in (
            "https://evil.example/x.png",
            "ht\ntps://evil.example/x.png",
            "\x01https://evil.example/x.png",
            "//evil.example/x",
            "\t//evil.example/x",
            "\\\\evil.example/x",
            "/logout",
            "../../logout",
            "%2e%2e/logout",
            "a/%2E%2e/logout",
            "data:text/html,evil",
            "blob:evil",
        )
    ),
    ('<video poster="https://evil.example" src="https://evil.example"></video>', "<video></video>"),
    ("<form action='/evil'><input class='score' value='3'>x</form>", "x"),
    ("<svg onload='evil()'><path d=''/></svg>", ""),
    ("<svg><text>a & b</text></svg>", ""),
    ("<svg><rect width=3 /></svg>x", "x"),
    (f"{SVG}<svg><g></svg>", f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}">'),
]


@pytest.mark.parametrize("html", STAYS)
def test_what_can_neither_run_nor_call_out_stays(html: str) -> None:
    assert clean(html) == html
    assert not takes_something(html, clean(html))


@pytest.mark.parametrize(("html", "left"), GOES)
def test_what_runs_or_calls_out_goes_and_the_reader_is_told(html: str, left: str) -> None:
    assert clean(html) == left
    assert takes_something(html, left)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a < b", "a &lt; b"),
        ('<p class="score" id="t" data-x="1" style="position:fixed">x</p>', '<p style="">x</p>'),
        ('<p style="color:red;background-color:url(//evil.example)">x</p>', "<p>x</p>"),
        ("<style>p { background: url(//evil.example) }</style>x", "x"),
        (f'<img src="data:image/png;base64,\n{PIXEL}\n">', f'<img src="{DATA}">'),
        (
            "<img src='data:image/svg+xml;utf8,<svg></svg>'>",
            '<img src="data:image/svg+xml;utf8,&lt;svg&gt;&lt;/svg&gt;">',
        ),
        (
            '<a name="x">y</a><label for="x">z</label><img loading="lazy">',
            '<a rel="noopener noreferrer">y</a><label>z</label><img>',
        ),
        ('<input type="radio" checked>x<input type=radio>y', "\u25c9x\u25cby"),
        ('<input type="checkbox" checked disabled>x<input disabled type=checkbox>y', "\u2611x\u2610y"),
        (
            f"<p>{SVG}</p>",
            f'<p><img alt="" src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"></p>',
        ),
    ],
)
def test_looks_go_and_other_forms_come_without_a_word(html: str, left: str) -> None:
    assert clean(html) == left
    assert not takes_something(html, left)


@pytest.mark.parametrize(
    "one",
    ["<div>", "<div></x>", "<DIV >", "<p><b>", "<ul><li>", "<table><tr><td>", "<x-y>", "<dt><li>", "<li><dd>",
     '<div title="</div>">', "<div><!--</div>-->", "<div><object></div></object>", "<div><marquee></div></marquee>",
     "<b><table><td></b></table>", "<p><b>x</p>", "<div/>"],
)  # fmt: skip
def test_what_is_nested_too_deeply_is_shown_as_text(one: str) -> None:
    assert clean(one * 100_000).startswith("&lt;")  # takes minutes where each is opened within the one before
    assert not clean(one * 150 + "end").startswith("&lt;")


def test_formatting_that_each_block_opens_again_does_not_fill_the_memory() -> None:
    bomb = "".join(f'<p><b title="{n}">x</p>' for n in range(20_000))
    assert clean(bomb).startswith("&lt;")
    assert len(clean(bomb[:4000])) < 1_000_000


def test_what_is_long_is_not_deep() -> None:
    script = "<script>" + "for(var i=0;i<n;i++){if(a<b)x()}" * 2000 + "</script>"
    assert clean(f"<div>ok</div>{script}") == "<div>ok</div>"
    assert clean("<b>hi</b>" + "<!-- <div> -->" * 2000) == "<b>hi</b>"
    odd = "<svg viewBox=0>" + '<path d="M0 0"/>' * 2000 + "</svg>"
    assert clean(f"<b>hi</b>{odd}").startswith("<b>hi</b>")
    assert clean("<ul>" + "<li><b>a</b><p>b" * 2000 + "</ul>").startswith("<ul>")
    assert clean("<dl>" + "<dt>a<dd>b" * 2000).startswith("<dl>")
    assert clean("<p><b>Title</p><p>text</p>" * 150).startswith("<p>")
    rows = "".join(f"<tr><td>{n}<td><br><img>" for n in range(3000))
    paths = "".join(f'<path d="M{n} 0"/>' for n in range(3000))
    assert clean(f"<table>{rows}</table>").count("<tr>") == 3000
    assert clean("<p>a<li>b" * 3000).startswith("<p>")
    assert clean(f"<div><svg>{paths}</svg></div>").startswith("<div><img ")


def test_a_drawing_within_a_drawing_is_part_of_one_picture() -> None:
    html = '<svg><svg width="1"></svg><use xlink:href="#a"></use></svg>'
    (drawn,) = re.findall(r'^<img alt="" src="data:image/svg\+xml;base64,([^"]*)">$', clean(html))
    names = [one.tag.partition("}")[2] for one in ElementTree.fromstring(base64.b64decode(drawn)).iter()]
    assert names == ["svg", "svg", "use"]
    assert not takes_something(html, clean(html))


MARKDOWN = {
    "- [x] done\n- [ ] open": ("\u2611", "\u2610"),
    "| a | b |\n|:--|--:|\n| 1 | 2 |": ("<table>", '<td style="text-align:right">2</td>'),
    "![p](attachment:a%20%26%20b.png)": (f'src="{DATA}"',),
    "<img src='attachment:a%20%26%20b.png' width=100>": (f'src="{DATA}"', 'width="100"'),
    f"![p]({DATA})": (f'src="{DATA}"',),
    "~~x~~ <details><summary>s</summary>t</details>": ("<del>x</del>", "<summary>s</summary>"),
    "```\na\n\n\nb\n```": ("a&#10;&#10;\nb",),
    "$a<b$": ("$a&lt;b$",),
    "> q\n\n1. a\n\n   b\n\n---\n<kbd>k</kbd><sup>2</sup>": ("<blockquote>", "<ol>", "<hr>", "<kbd>k</kbd>"),
    'In `C:\\data` lies [it](data/x.csv "here")': ("C:\\data", 'href="data/x.csv"', 'title="here"'),
}


@pytest.mark.parametrize("text", MARKDOWN)
def test_every_kind_of_markdown_is_shown(text: str) -> None:
    page = rendered(text, {"a & b.png": {"image/png": PIXEL}})
    for part in MARKDOWN[text]:
        assert part in page
    assert "\n\n" not in page
    assert not takes_something(html_of(text), page)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<b>x</b>", "<b>x</b>", False),
        ("<b style='x' class='y'>x</b><style>.a{}</style>", "<b>x</b>", False),
        ("<b onclick='x'>x</b>", "<b>x</b>", True),
        ("<i>x</i><i>y</i>", "<i>x</i>", True),
        ("\\href{a}{b}", "\\text{a}{b}", True),
    ],
)
def test_whether_something_was_taken_away(before: str, after: str, expected: bool) -> None:
    assert takes_something(before, after) is expected


@pytest.mark.parametrize("text", [">" * 5000 + " x", "- " * 3000, "![x](attachment:gone.png)", "[" * 5000, "\x00"])
def test_text_that_the_converter_cannot_take_is_shown_all_the_same(text: str) -> None:
    assert rendered(text).startswith("<div>")


def test_an_attachment_that_is_no_picture_is_not_shown() -> None:
    for bundle in ({}, {"image/png": '&" onerror=evil()'}, {"text/html": PIXEL}, {"image/png": 3}):
        page = rendered("![x](attachment:a.png)", {"a.png": bundle})
        assert "evil" not in page
        assert "base64" not in page
