"""What a student meets: the notebook opens, runs to its end, says where to go on, and Validate says what is missing."""

import re
import shutil

import pytest
from lab_driver import (
    PANEL,
    RUN_ALL,
    LabServer,
    Notebook,
    errors,
    follow_the_summary,
    screenshot,
    stderr,
    wait_until,
)
from playwright.sync_api import Locator, Page, expect
from scratch_course import NAME, write_filled

from autograder.course.markup import is_autograded
from autograder.course.paths import Course

pytestmark = pytest.mark.browser

AT_THE_END = f"""async () => {{
    {PANEL}
    const last = panel.content.model.toJSON().cells.at(-1);
    return last.outputs.length > 0 && panel.sessionContext.session.kernel.status === 'idle';
}}"""


def test_run_all_of_an_untouched_notebook_reaches_its_end_and_says_where_to_go_on(
    page: Page, lab: LabServer, course: Course
) -> None:
    shutil.copy(course.release_notebook(NAME), course.root / "run_all.ipynb")  # a session of its own
    notebook = Notebook.open(page, lab, "run_all.ipynb")
    screenshot(page, "student-opened")
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    wait_until(page, AT_THE_END, timeout=RUN_ALL)

    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    tests = [cell for cell in code if is_autograded(cell)]
    assert [cell["id"] for cell in code if errors(cell)] == [cell["id"] for cell in tests]
    assert all(re.search("^NotImplementedError: .*not written yet", *errors(cell)) for cell in tests)
    assert "".join(map(stderr, code)) == ""
    screenshot(page, "student-summary")
    follow_the_summary(notebook)
    screenshot(page, "student-first-stub")


def test_provided_code_is_folded(page: Page, lab: LabServer, course: Course) -> None:
    notebook = Notebook.open(page, lab, str(course.release_notebook(NAME).relative_to(course.root)))
    cell = notebook.show(next(n for n, cell in enumerate(notebook.cells) if cell["id"] == "imports"))
    expect(cell.locator(".jp-Placeholder")).to_be_visible()
    expect(cell.locator(".jp-InputArea-editor")).to_have_count(0)


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
