"""The site without a network: pages to read, and notebooks that run, test and come back out of the browser.

Two of the notebooks are enough here; `SITE_NOTEBOOKS=all pytest tests/browser/test_site.py` takes every one.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lab_driver import Notebook, errors, eventually, new_context, picture_hash, screenshot, stderr, violations
from lite_driver import LiteNotebook, build_site, fill_in, run_to_the_end, served, write
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, BrowserContext, Page, expect
from scratch_course import NAME, ROOT

from autograder.course.contract import read_contract
from autograder.course.paths import Course
from autograder.sample.demo import run_nbgrader

pytestmark = [pytest.mark.browser, pytest.mark.fresh]

FEW = ["01_activations", "04_backprop"]
NOTEBOOKS = ROOT.assignments() if os.environ.get("SITE_NOTEBOOKS") == "all" else FEW
PAGES = ["index", "students", "tutorial_student", "check"]
WRONG = "def tanh(z):\n    return z\n\n\ndef tanh_prime(z):\n    return z"


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with these notebooks, in a folder of the server. It needs a Pyodide, fetched once."""
    folder = tmp_path_factory.mktemp("site")
    try:
        build_site(folder / "a course" / "site", *NOTEBOOKS)
    except OSError as error:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, but {error}", pytrace=False)
        pytest.skip(str(error))
    with served(folder, "/a%20course/site/") as address:
        yield address


@pytest.fixture
def offline(browser: Browser, site: str) -> Iterator[Page]:
    """A page that reaches the site and nothing else; whoever asks for something else fails the test."""
    with new_context(browser) as context:
        outside = watched(context, site)
        yield context.new_page()
        assert outside == []


def watched(context: BrowserContext, site: str) -> list[str]:
    """Keeps a browser's profile on the site; a list that gets the other addresses that its pages ask for."""
    outside: list[str] = []

    def refuse(route: object) -> None:
        outside.append(route.request.url)  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    host = site.split("/")[2]
    context.route(lambda url: url.split("/")[2:3] != [host] and url.startswith("http"), refuse)
    return outside


@pytest.fixture(scope="module", params=NOTEBOOKS)
def solved(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[LiteNotebook]:
    """A notebook of the site, opened by its button, with every exercise solved, and run."""
    name = request.param
    with new_context(browser) as context:
        outside = watched(context, site)
        page = context.new_page()
        page.goto(f"{site}index.html")
        page.get_by_role("link", name=re.compile(f"^Open in the browser: {int(name[:2])}\\.")).click()
        notebook = LiteNotebook.opened(page, name)
        screenshot(page, f"lite-{name}-opened")
        assert parts(notebook.cells) == parts(nbformat.read(ROOT.release_notebook(name), as_version=4).cells)
        fill_in(notebook, name)
        run_to_the_end(notebook)
        yield notebook
        assert outside == []


def parts(cells: list[nbformat.NotebookNode]) -> list[tuple[object, ...]]:
    """What grading needs of each cell."""
    return [(cell["id"], cell["cell_type"], cell["source"], cell["metadata"].get("nbgrader")) for cell in cells]


def test_the_solved_notebook_passes_its_visible_tests(solved: LiteNotebook) -> None:
    code = [cell for cell in solved.cells if cell["cell_type"] == "code"]
    assert [problem for cell in code for problem in errors(cell)] == []
    assert "".join(map(stderr, code)) == ""
    points = re.match(r"(\S+) of (\S+) points by the visible tests\.\n(?!.*not been run)", said(code[-1]))
    assert points, said(code[-1])
    assert float(points[1]) == float(points[2]) > 0
    solved.show(len(solved.cells) - 1)
    screenshot(solved.page, "lite-summary")


def said(cell: nbformat.NotebookNode) -> str:
    """What a cell gives, as plain text."""
    return "".join(output["data"]["text/plain"] for output in cell["outputs"] if "data" in output)


@pytest.mark.parametrize("solved", [NAME], indirect=True)
def test_a_slider_moves_its_picture(solved: LiteNotebook) -> None:
    box = solved.show(solved.find("widgets.activation_explorer(")).locator(".widget-vbox").first
    handle, picture = box.locator("[role=slider]").first, box.locator("img")
    before = picture_hash(picture)
    handle.focus()
    for _ in range(3):
        solved.page.keyboard.press("ArrowRight")
    eventually(solved.page, lambda: picture_hash(picture) != before, True)
    screenshot(solved.page, "lite-slider")


@pytest.mark.parametrize("solved", [NAME], indirect=True)
def test_a_guess_is_taken_and_answered(solved: LiteNotebook) -> None:
    asked = solved.show(solved.find("as_deep = widgets.predict("))
    choice = asked.get_by_role("radio").first
    choice.check()
    expect(asked.get_by_role("status").first).to_contain_text("Your guess: ")
    number = solved.find("as_deep.answer(")
    solved.run(number)
    expect(solved.show(number)).to_contain_text("Your guess: ")
    screenshot(solved.page, "lite-guess")


@pytest.mark.parametrize("solved", [NAME], indirect=True)
def test_what_is_downloaded_gets_full_marks(solved: LiteNotebook, course: Course) -> None:
    path = course.root / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    download(solved, path)
    assert run_nbgrader(course.root, ["autograde", NAME]) == 0, (course.root / "nbgrader.log").read_text()
    full = read_contract(course, NAME).test_points
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        assert {name: gradebook.find_grade(name, NAME, NAME, "ada").auto_score for name in full} == full


def download(notebook: Notebook, path: Path) -> None:
    """Takes the notebook out of the browser by the button above it, as the docs say."""
    notebook.save()
    with notebook.page.expect_download() as started:
        notebook.page.get_by_role("button", name="Download").click()
    started.value.save_as(path)


# Changes the notebook, so it stands behind those that read it.
@pytest.mark.parametrize("solved", [NAME], indirect=True)
def test_a_wrong_answer_is_told_what_is_wrong_and_its_hints_open_one_by_one(solved: LiteNotebook) -> None:
    number = {cell["id"]: n for n, cell in enumerate(solved.cells)}
    write(solved, number["tanh"], WRONG)
    solved.run(number["tanh"])
    (error,) = errors(nbformat.from_dict({"outputs": solved.run(number["test-tanh-value"])}))
    assert "CheckFailed" in error
    assert "tanh" in error
    screenshot(solved.page, "lite-wrong")
    write(solved, number["test-tanh-value"] - 1, WRONG + '\n\n\ncheck.hint("tanh")')
    (hint,) = solved.run(number["test-tanh-value"] - 1)
    assert hint["data"]["text/plain"].startswith("Hint 1 of 4, tanh.")
    screenshot(solved.page, "lite-hint")


@pytest.mark.parametrize("solved", [NAME], indirect=True)
def test_work_is_still_there_when_the_page_is_opened_again(solved: LiteNotebook, site: str) -> None:
    at = next(n for n, cell in enumerate(solved.cells) if cell["id"] == "tanh")
    write(solved, at, "# mine")
    solved.save()
    solved.page.goto(f"{site}lite/lab/index.html?path={NAME}.ipynb")
    again = LiteNotebook.opened(solved.page, NAME)
    assert again.cells[at]["source"] == "# mine"


def test_pages_show_text_formulas_and_figures_and_name_every_picture(offline: Page, site: str) -> None:
    for name in NOTEBOOKS:
        offline.goto(f"{site}notebooks/{name}.html")
        expect(offline.locator("h1")).to_have_count(1)
        assert offline.locator("math").count() > 5
        assert offline.get_by_text(re.compile(r"\$[^$]*\\[a-z]+[^$]*\$")).count() == 0
        pictures = offline.locator(".notebook img")
        assert pictures.count() > 2
        assert pictures.evaluate_all("all => all.filter(image => image.naturalWidth === 0)") == []
        assert [alt for alt in pictures.evaluate_all("all => all.map(i => i.alt)") if len(alt.split()) < 6] == []
        screenshot(offline, f"site-{name}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, *(f"notebooks/{name}" for name in NOTEBOOKS)])
def test_pages_can_be_read_by_everyone(offline: Page, site: str, path: str, scheme: Any) -> None:
    offline.emulate_media(color_scheme=scheme)
    offline.goto(f"{site}{path}.html")
    # The theme gives the places of all its buttons for copying the same name.
    assert violations(offline, {"rules": {"landmark-unique": {"enabled": False}}}) == []


def test_docs_can_be_searched(offline: Page, site: str) -> None:
    offline.goto(f"{site}index.html")
    screenshot(offline, "site-front")
    offline.get_by_role("textbox", name="Search").click()
    offline.keyboard.type("sandbox")
    expect(offline.locator(".md-search-result__item h1", has_text="What the grader holds against")).to_be_visible()
    screenshot(offline, "site-search")


def test_a_page_names_nothing_outside_but_links_to_follow(site: str, offline: Page) -> None:
    pages = ["index", "students", "instructors", "authors", *(f"notebooks/{name}" for name in NOTEBOOKS)]
    for page in pages:
        offline.goto(f"{site}{page}.html")
        loaded = offline.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [address for address in loaded if not address.startswith((site, "data:"))] == []
