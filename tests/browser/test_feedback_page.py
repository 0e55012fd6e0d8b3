"""The feedback pages of the made-up class in a browser: readable on a phone and in the dark, nothing loaded from
elsewhere, and no violation of the rules of accessibility that axe-core knows."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hidden_numbers import hidden_numbers, in_words, telling
from lab_driver import screenshot, violations
from playwright.sync_api import Browser, Page
from scratch_course import NAME, ROOT

import autograder.grade
from autograder.course.paths import RECORD_SUFFIX
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.engine.record import NotebookRecord
from autograder.grade.notebook_html import shown_cells
from autograder.grade.sanitize import rendered
from autograder.sample.demo import run_demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STUDENTS = ("ada", "boole", "carla", "dmitri", "emmy", "farid", "grace", "hedy", "ivan", "jun", "kofi", "lin")
IN_THE_DARK = ("farid", "ivan")  # contrast takes long to measure; these pages have all colours
TEMPLATE = Path(autograder.grade.__file__).with_name("feedback.html.j2")
DIGITS = 6  # of a number, as pages show them
PAPER = 680  # pixels: an A4 page is 210 mm wide and has margins of 15 mm, at 96 pixels an inch
# The texts of elements that are wider inside than outside, where what is beyond cannot be scrolled to.
CUT_OFF = """[...document.querySelectorAll('body *')]
    .filter(each => each.clientWidth && each.scrollWidth > each.clientWidth + 1
        && getComputedStyle(each).overflowX !== 'visible')
    .map(each => each.outerHTML.slice(0, 200))"""
OPEN = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.fixture(scope="module")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pages of the demo."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    said = io.StringIO()
    with redirect_stdout(said):
        assert run_demo(ROOT, NAME, folder) == 0
    places = re.findall(r"^(?:feedback|report|marks|log): +(.+)$", said.getvalue(), flags=re.MULTILINE)
    assert len(places) == 4
    assert [place for place in places if not Path(place).is_file()] == [], "the demo says where to look"
    return folder / "feedback"


@pytest.mark.parametrize("student", STUDENTS)
def test_each_kind_of_page_can_be_read_by_everyone(page: Page, pages: Path, student: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = (pages / student / NAME / f"{NAME}.html").as_uri()
    page.goto(address)
    screenshot(page, f"feedback-{student}")
    page.evaluate(OPEN)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert violations(page, {"rules": {"color-contrast": {"enabled": False}}}) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    if student in IN_THE_DARK:
        page.emulate_media(color_scheme="dark")
        assert violations(page, {"runOnly": ["color-contrast"]}) == []
    assert [url for url in asked if url != address and not url.startswith("data:")] == []


def test_no_page_shows_a_number_of_the_hidden_tests(pages: Path) -> None:
    plan = Plan.of(source_notebook(ROOT, NAME).cells).marked()
    for student in STUDENTS:
        record = NotebookRecord.read(pages.parent / "autograded" / student / NAME / f"{NAME}{RECORD_SUFFIX}")
        assert record is not None
        text = (pages / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        shown = re.sub(r"<style>.*?</style>|<[^>]*>", "", text, flags=re.DOTALL)
        hidden = hidden_numbers(plan, [record.seed], DIGITS)
        assert len(hidden) > 10
        assert not telling(in_words(shown), DIGITS) & hidden, student


@pytest.mark.parametrize("student", STUDENTS)
def test_a_page_without_its_figures_is_small(pages: Path, student: str) -> None:
    text = (pages / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert len(re.sub(r'"data:[^"]*"', "", text).encode()) <= 300_000


def test_on_a_phone_the_reason_stands_in_a_line_of_its_own(page: Page, pages: Path) -> None:
    page.goto((pages / "farid" / NAME / f"{NAME}.html").as_uri())
    row = page.locator(".marks tbody tr").filter(has=page.locator(".bad")).first
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        title, why = (row.locator(cell).first.bounding_box() for cell in ("td", ".why"))
        assert title is not None
        assert why is not None
        if width > 360:
            assert why["y"] == title["y"]
        else:
            assert why["y"] >= title["y"] + title["height"]
            assert why["width"] > 300
    screenshot(page, "feedback-farid-phone")
    right = page.locator(".marks tbody tr").filter(has=page.locator(".good")).first
    assert not right.locator(".why").is_visible()


@pytest.mark.parametrize("student", ["emmy", "farid", "ivan"])
def test_nothing_is_cut_off_on_paper(page: Page, pages: Path, student: str) -> None:
    page.goto((pages / student / NAME / f"{NAME}.html").as_uri())
    page.evaluate(OPEN)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER
    assert page.evaluate(CUT_OFF) == []
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_answers_to_questions_are_folded_and_open_with_the_keyboard(page: Page, pages: Path) -> None:
    page.goto((pages / "ada" / NAME / f"{NAME}.html").as_uri())
    page.get_by_role("link", name="questions on your own code").press("Enter")
    folded = page.locator(".questions details")
    assert folded.count() >= 8
    answer = folded.first.locator("p")
    assert not answer.is_visible()
    page.emulate_media(media="print")
    assert not answer.is_visible()
    folded.first.locator("summary").press("Enter")
    assert answer.is_visible()


def test_who_made_all_pages_is_all_of_the_class(pages: Path) -> None:
    assert {path.name for path in pages.iterdir()} == set(STUDENTS)


def test_formulas_have_a_height_and_links_go_to_their_cells(page: Page, pages: Path) -> None:
    page.goto((pages / "farid" / NAME / f"{NAME}.html").as_uri())
    formulas = page.locator("math")
    assert formulas.count() > 50
    assert formulas.nth(3).evaluate("each => each.getBoundingClientRect().height") > 10
    for link in page.locator("a[href^='#']").all():
        assert page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']").count() == 1


@pytest.mark.parametrize("name", ROOT.assignments())
def test_the_texts_of_every_notebook_fit_a_phone_and_a_sheet_of_paper(page: Page, name: str) -> None:
    notebook = source_notebook(ROOT, name)
    for cell in notebook.cells:
        cell.source = rendered(cell.source) if cell.cell_type == "markdown" else cell.source
    texts = "".join(f'<div class="cell">{cell.source}</div>' for cell in shown_cells(notebook, {}))
    style = re.search("<style>.*?</style>", TEMPLATE.read_text(encoding="utf-8"), re.DOTALL)
    assert style is not None
    page.set_viewport_size({"width": 360, "height": 800})
    page.set_content(f"<!DOCTYPE html><html><head>{style[0]}</head><body>{texts}</body></html>")
    assert page.locator("math").count() > 10
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER
    assert page.evaluate(CUT_OFF) == []
