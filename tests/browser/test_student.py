"""What a student meets: the notebook opens, runs up to the first exercise, and Validate says what is missing."""

import re
import shutil

import pytest
from lab_driver import PANEL, RUN_ALL, LabServer, Notebook, errors, screenshot, stderr, wait_until
from playwright.sync_api import Locator, Page, expect
from scratch_course import NAME, write_filled

from autograder.course.markup import is_autograded, is_solution
from autograder.course.paths import Course

pytestmark = pytest.mark.browser

STOPPED_AT_AN_ERROR = f"""async () => {{
    {PANEL}
    const failed = (cell) => cell.outputs?.some((output) => output.output_type === 'error');
    return panel.content.model.toJSON().cells.some(failed) && panel.sessionContext.session.kernel.status === 'idle';
}}"""


def test_run_all_stops_at_the_first_stub_and_says_that_it_is_not_written(
    page: Page, lab: LabServer, course: Course
) -> None:
    notebook = Notebook.open(page, lab, str(course.release_notebook(NAME).relative_to(course.root)))
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    wait_until(page, STOPPED_AT_AN_ERROR, timeout=RUN_ALL)

    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    stop = next(n for n, cell in enumerate(code) if errors(cell))
    stub = next(n for n, cell in enumerate(code) if is_solution(cell))
    (error,) = errors(code[stop])
    assert re.search("^NotImplementedError: .*not written yet", error)
    assert stub < stop
    assert not any(is_autograded(cell) for cell in code[:stop]), "a test cell passed before the first stub"
    assert [cell["execution_count"] for cell in code] == [*range(1, stop + 2), *[None] * (len(code) - stop - 1)]
    assert "".join(map(stderr, code)) == ""

    cell = notebook.show(notebook.cells.index(code[stop]))
    expect(cell.locator(".jp-OutputArea")).to_contain_text("not written yet")
    screenshot(page, "student-first-stub")


def test_validate_names_every_test_that_an_untouched_notebook_fails(page: Page, lab: LabServer, course: Course) -> None:
    shutil.copy(course.release_notebook(NAME), course.root / "untouched.ipynb")
    notebook = Notebook.open(page, lab, "untouched.ipynb")
    dialog = validate(page)
    screenshot(page, "validate-untouched")

    text = dialog.inner_text()
    tests = [cell for cell in notebook.cells if is_autograded(cell)]
    assert tests
    for cell in tests:
        for line in filter(str.strip, cell["source"].split("\n")):
            assert line in text, f"{cell['metadata']['nbgrader']['grade_id']} is not named"
    assert text.count("The following cell failed") >= len(tests)
    assert "not written yet" in text
    assert "error running the validate command" not in text


def test_validate_is_content_with_a_solved_notebook(page: Page, lab: LabServer, course: Course) -> None:
    Notebook.open(page, lab, write_filled(course))
    dialog = validate(page)
    screenshot(page, "validate-solved")
    expect(dialog).to_contain_text("Success! Your notebook passes all the tests.")


def validate(page: Page) -> Locator:
    """Presses nbgrader's button and waits for its answer."""
    page.get_by_text("Validate", exact=True).click()
    dialog = page.locator(".jp-Dialog-content")
    expect(dialog).to_contain_text("Validation Results", timeout=RUN_ALL * 1000)
    return dialog
