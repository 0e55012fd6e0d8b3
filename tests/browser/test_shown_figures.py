"""A solved notebook's figures, as the student and the instructor see them after grading: none is missing or broken.

The first notebook goes the whole way; of the others `test_explorers` looks at the two pages without grading them.
"""

import base64
import re

import nbformat
import pytest
from lab_driver import PAGE_LOAD, LabServer, screenshot
from nbgrader.api import Gradebook
from playwright.sync_api import Page, Route, expect
from scratch_course import ROOT

from autograder.course.markup import is_written
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.sample.demo import run_nbgrader
from autograder.sample.students import fill

pytestmark = pytest.mark.browser

STUDENT = "figures"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
PASTED = "\n\n![pasted](attachment:a%20picture.png)\n\n- [x] looked at it\n"


@pytest.fixture(scope="module", params=ROOT.assignments()[:1])
def notebook(request: pytest.FixtureRequest, course: Course) -> str:
    """The name of a notebook that one student has solved, with a picture pasted into the written answers: graded, with
    its feedback."""
    name: str = request.param
    assert run_nbgrader(course.root, ["generate_assignment", name]) == 0, (course.root / "nbgrader.log").read_text()
    solved = nbformat.read(course.release_notebook(name), as_version=4)
    fill(solved, Plan.of(source_notebook(course, name).cells).solutions)
    for cell in filter(is_written, solved.cells):
        cell.source += PASTED
        cell.attachments = {"a picture.png": {"image/png": base64.b64encode(PIXEL).decode()}}
    folder = course.root / "submitted" / STUDENT / name
    folder.mkdir(parents=True)
    nbformat.write(solved, folder / f"{name}.ipynb")
    for command in ("autograde", "generate_feedback"):
        arguments = [command, name, "--student", STUDENT]
        assert run_nbgrader(course.root, arguments) == 0, (course.root / "nbgrader.log").read_text()
    return name


def pictures(course: Course, name: str) -> int:
    """How many pictures the graded notebook holds, in outputs and in written answers."""
    graded = nbformat.read(course.root / "autograded" / STUDENT / name / f"{name}.ipynb", as_version=4)
    outputs = [output.data for cell in graded.cells for output in cell.get("outputs", []) if "data" in output]
    drawn = sum(data.get("text/html", "").count("<img") or "image/png" in data for data in outputs)
    return drawn + sum(map(is_written, graded.cells))


def see(page: Page, course: Course, name: str) -> None:
    """Every picture of the page has been loaded and has a size, and there are as many as in the notebook."""
    images = page.locator("img")
    expect(images).to_have_count(pictures(course, name))
    for image in images.all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert image.evaluate("image => image.getBoundingClientRect().width") > 0
    assert images.count() > 0
    expect(page.get_by_text(re.compile("base64,"))).to_have_count(0)


def test_each_figure_is_seen_in_feedback_and_in_formgrader(
    page: Page, lab: LabServer, course: Course, notebook: str
) -> None:
    outside: list[str] = []

    def on_request(route: Route) -> None:
        if re.match(rf"file:|data:|http://127\.0\.0\.1:{lab.port}/", route.request.url):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page.route("**/*", on_request)
    page.goto((course.root / "feedback" / STUDENT / notebook / f"{notebook}.html").as_uri())
    see(page, course, notebook)
    page.locator("img").first.scroll_into_view_if_needed()
    screenshot(page, f"figures-feedback-{notebook}")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        number = gradebook.find_submission_notebook(notebook, notebook, STUDENT).id
    page.goto(lab.url("/formgrader"), timeout=PAGE_LOAD * 1000)  # logs in
    page.goto(lab.url(f"/formgrader/submissions/{number}/"), timeout=PAGE_LOAD * 1000)
    see(page, course, notebook)
    expect(page.get_by_text("cleaning has taken something away")).to_have_count(0)
    page.locator("img").first.scroll_into_view_if_needed()
    screenshot(page, f"figures-formgrader-{notebook}")
    assert not [address for address in outside if "mathjax" not in address.lower()]
