"""The instructor's page of a hostile submission, in formgrader and a browser: all of it is shown, none of it runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from lab_driver import PAGE_LOAD, LabServer, lab_server, screenshot
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, Route, expect

from autograder.sample.demo import run_nbgrader

pytestmark = pytest.mark.browser

CONFIG = """
from autograder.grade import configure
c = get_config()
configure(c)
"""
HIDDEN = "### BEGIN HIDDEN TESTS\nassert f(71355) == 142710, 'EXPECTATION'\n### END HIDDEN TESTS"
RUNS = "window.ran = (window.ran || []).concat({})"
OUTPUTS = f"""
from IPython.display import HTML, Javascript, Markdown, display
display(HTML("<script>{RUNS.format(1)}</script><img src=x onerror='{RUNS.format(2)}'><b>bold</b>"))
display(Javascript("{RUNS.format(3)}"))
display(Markdown("<img src=y onerror='{RUNS.format(4)}'>"))
display({{"text/html": "<svg onload='{RUNS.format(5)}'></svg>"}}, raw=True)
"""
ANSWER = f"""**strong**

<script>{RUNS.format(6)}</script><img src=z onerror='{RUNS.format(7)}'>
<a href='javascript:{RUNS.format(8)}'>press here</a><img src='/evil-logout'><input class='score' id='t' value='3'>

<details ontoggle='{RUNS.format(9)}' open>d</details>
"""


MODEL = "why\n### BEGIN SOLUTION\n**Model answer.** Because.\n### END SOLUTION"


def metadata(name: str, **flags: object) -> dict[str, object]:
    found = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": found | flags}


def make_course(root: Path) -> None:
    """A course with one assignment and one hostile submission, graded."""
    cells = [
        nbformat.v4.new_code_cell(
            "### BEGIN SOLUTION\nf = abs\n### END SOLUTION", metadata=metadata("f", solution=True)
        ),
        nbformat.v4.new_code_cell(HIDDEN, metadata=metadata("t", grade=True, locked=True, points=3)),
        nbformat.v4.new_markdown_cell(MODEL, metadata=metadata("why", grade=True, solution=True, points=2)),
    ]
    folder = root / "source/hw"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "p.ipynb")
    assert run_nbgrader(root, ["generate_assignment", "hw"]) == 0, (root / "nbgrader.log").read_text()
    notebook = nbformat.read(root / "release/hw/p.ipynb", 4)
    notebook.cells[0].source = f"def f(x): return {{}}[x]\n{OUTPUTS}"
    notebook.cells[2].source = ANSWER
    submitted = root / "submitted/eve/hw"
    submitted.mkdir(parents=True)
    nbformat.write(notebook, submitted / "p.ipynb")
    assert run_nbgrader(root, ["autograde", "hw"]) == 0, (root / "nbgrader.log").read_text()


@pytest.fixture(scope="module")
def graded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("view") / "course"
    root.mkdir()
    make_course(root)
    return root


@contextmanager
def formgrader(root: Path, private: Path) -> Iterator[LabServer]:
    with lab_server(root, private, "--LabApp.default_url=/formgrader") as server:
        yield server


def open_submission(page: Page, server: LabServer, root: Path) -> list[str]:
    """Opens the page of the submission; returns the list that the addresses asked for go into."""
    asked: list[str] = []

    def on_request(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url.startswith(f"http://127.0.0.1:{server.port}/"):
            route.continue_()
        else:  # MathJax from the internet
            route.abort()

    page.route("**/*", on_request)
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        number = gradebook.find_submission_notebook("p", "hw", "eve").id
    page.goto(server.url("/formgrader"), timeout=PAGE_LOAD * 1000)  # logs in
    page.goto(server.url(f"/formgrader/submissions/{number}/"), timeout=PAGE_LOAD * 1000)
    # Formgrader puts the automatic mark there once its own program runs.
    expect(page.locator("input.score").first).to_have_attribute("placeholder", "0", timeout=PAGE_LOAD * 1000)
    return asked


def test_formgrader_shows_everything_and_runs_nothing(page: Page, graded: Path, tmp_path: Path) -> None:
    with formgrader(graded, tmp_path / "private") as server:
        asked = open_submission(page, server, graded)
        screenshot(page, "formgrader-view")
        assert page.evaluate("window.ran") is None
        assert not [address for address in asked if "evil" in address]
        assert page.locator("a", has_text="press here").get_attribute("href") is None
        assert page.locator("input.score").count() == 2  # those of formgrader alone
        for shown in ("bold", "strong"):
            expect(page.get_by_text(shown, exact=True)).to_be_visible()
        original = page.locator("details", has_text="application/javascript, not run here")
        original.locator("summary").click()
        expect(original.locator("pre")).to_have_text(RUNS.format(3))
        assert page.locator("details pre", has_text=re.compile(r"window\.ran")).count() == 5
        verdict = page.locator("details", has_text="For you alone")
        verdict.locator("summary").click()
        expect(verdict.get_by_text("assert f(71355) == 142710, 'EXPECTATION'")).to_be_visible()
        expect(page.get_by_text("Graded with isolation")).to_be_visible()
        model = page.locator("details", has_text="Model answer and mark scheme")
        expect(model.get_by_text("Because.")).to_be_hidden()
        model.locator("summary").click()
        expect(model.get_by_text("Because.")).to_be_visible()
        screenshot(page, "formgrader-model-answer")
        with page.expect_response(lambda answer: answer.request.method == "PUT" and "/api/grade/" in answer.url):
            page.locator("input.score").first.fill("2")
            page.locator("input.score").first.press("Tab")
    with Gradebook(f"sqlite:///{graded}/gradebook.db") as gradebook:
        assert gradebook.find_submission("hw", "eve").score == 2  # the page can be marked on
    assert run_nbgrader(graded, ["generate_feedback", "hw"]) == 0
    feedback = (graded / "feedback/eve/hw/p.html").read_text()
    for hidden in ("71355 ==", "142710", "EXPECTATION", "For you alone"):
        assert hidden not in feedback


def test_without_the_view_formgrader_runs_it(page: Page, graded: Path, tmp_path: Path) -> None:
    """Or the test above could not see it."""
    config = graded / "nbgrader_config.py"
    config.write_text(CONFIG + "c.HTMLExporter.preprocessors = []\n")
    try:
        with formgrader(graded, tmp_path / "private") as server:
            asked = open_submission(page, server, graded)
            assert {1, 2, 3, 4, 5, 6, 7, 9} <= set(page.evaluate("window.ran"))
            assert [address for address in asked if "evil" in address]
    finally:
        config.write_text(CONFIG)
