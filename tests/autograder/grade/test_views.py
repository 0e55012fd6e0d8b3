"""The two pages of a graded notebook: the instructor's in formgrader shows everything, the student's what is theirs to
see, and nothing of a student's runs on either."""

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.server_extensions.formgrader import handlers

from autograder.grade.sanitize import clean, rendered, takes_something

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


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            open_cell("f", "def f(x):\n    return 2 * x"),
            graded_cell("hidden", HIDDEN, 3),
            graded_cell("visible", "assert f(2) == 4", 1),
            nbformat.v4.new_markdown_cell("why", metadata=flags("why", grade=True, solution=True, points=2)),
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
    for number in range(1, 16):
        if number not in (6, 8):
            assert f"evil({number})" in shown, number
    assert "data:image/svg+xml" in shown  # as an image: nothing runs in it
    assert '"evil": 8' in shown.replace("&quot;", '"')
    for kept in ("<b>bold</b>", "<td>cell</td>", "<strong>strong</strong>", "<em>words</em>", "$a_1$", "evil.example"):
        assert kept in shown, kept
    assert f"data:image/png;base64,{PIXEL}" in shown


def test_the_original_stands_only_where_something_was_taken_away(shown: str) -> None:
    assert shown.count("The original, as text") == 4  # HTML, Markdown and LaTeX outputs, and the written answer
    assert shown.count("not run here") == 3


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
    # A student's own page may load the images that the answer names.
    assert [part for part in active_parts(feedback) if not part.startswith("img src=")] == []
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


CASES: list[tuple[Callable[[str], str], str, str]] = [
    (clean, "<b>x</b><script>evil()</script>", "<b>x</b>"),
    (clean, "a < b", "a &lt; b"),
    (clean, "$\\href{x}{y}$ $\\hreflike$", "$\\text{x}{y}$ $\\hreflike$"),
    (clean, '<a href="JaVaScript:evil()">x</a>', '<a rel="noopener noreferrer">x</a>'),
    (lambda text: clean(text, own_images=True), '<img src="//evil.example/x">', "<img>"),
    (lambda text: clean(text, own_images=True), '<img src="\\\\evil.example/x">', "<img>"),
    (lambda text: clean(text, own_images=True), '<img src="../../logout">', "<img>"),
    (lambda text: clean(text, own_images=True), '<img src="plot.png">', '<img src="plot.png">'),
    (clean, '<img src="https://example.org/x.png">', '<img src="https://example.org/x.png">'),
]


@pytest.mark.parametrize(("make", "text", "expected"), CASES)
def test_cleaning(make: Callable[[str], str], text: str, expected: str) -> None:
    assert make(text) == expected


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
    for bundle in ({}, {"image/png": '&" onerror=evil()'}, {"image/svg+xml": PIXEL}, {"image/png": 3}):
        page = rendered("![x](attachment:a.png)", {"a.png": bundle})
        assert "evil" not in page
        assert "base64" not in page
