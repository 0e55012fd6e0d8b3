"""The class report in a browser: complete without a network, as wide as the window, and short on paper."""

import re
from pathlib import Path

import numpy as np
import pytest
from lab_driver import screenshot
from playwright.sync_api import Page

from autograder.grade.gradebook import GradedCell
from autograder.mistakes.recognise import RecognisedMistake
from autograder.report.collect import ClassData, Submission
from autograder.report.write import render_page

pytestmark = pytest.mark.browser

ITEMS = [GradedCell(f"test-exercise-{n}-{aspect}", 2.0, False) for n in range(7) for aspect in ("value", "gradient")]


def large_class(count: int) -> ClassData:
    rng = np.random.default_rng(6)
    students = []
    for n in range(count):
        scores = {item.name: float(2 * (rng.random() < 0.8)) for item in ITEMS}
        lost = sorted({item.exercise for item in ITEMS if not scores[item.name]})
        mistakes = tuple(
            RecognisedMistake(e, f"mistake {rng.integers(9)} with a long name", "A hint of some length.") for e in lost
        )
        slow = (("limit", f"time limit reached in cell {ITEMS[n % 14].name}"),) if n % 9 == 0 else ()
        students.append(
            Submission(
                f"s{n:03d}", f"Student Number{n:03d}", dict(scores), False, mistakes, slow, tuple(t for _, t in slow),
                "namespaces", rng.random(), 1 + rng.random(), 90 << 20,
            )
        )  # fmt: skip
    return ClassData("01_sample", ITEMS, students)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "01_sample.html"
    path.write_text(render_page(large_class(500)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1200, 390])
def test_it_fits_the_window_and_asks_nobody(page: Page, report: Path, width: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    for image in page.locator("img").all():
        assert len(image.get_attribute("alt") or "") > 20
        assert image.evaluate("image => image.naturalWidth") > 800
    screenshot(page, f"report-{width}")


def test_what_is_folded_opens(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    last = page.locator("tr").filter(has_text="Number").last
    assert not last.is_visible()
    page.get_by_text("500 students, the best first").click()
    assert last.is_visible()
    names = page.locator("td.who details").first
    hidden = names.text_content() or ""
    names.locator("summary").click()
    assert "Number" in hidden
    assert names.get_attribute("open") is not None


def test_on_paper_it_takes_a_few_pages(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    screenshot(page, "report-print")
    printed = page.pdf(format="A4", margin={"top": "15mm", "bottom": "15mm", "left": "10mm", "right": "10mm"})
    assert 3 <= len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 8
