"""A hint in the page: Markdown with formulas. A restarted kernel goes on where the saved notebook was."""

import nbformat
import pytest
from lab_driver import LabServer, Notebook, screenshot
from playwright.sync_api import Page, expect

from autograder.course.paths import Course
from nbcore.check import HINT_MIME

pytestmark = pytest.mark.browser

NAME = "hints.ipynb"
WRITTEN = "def tanh(z):\n    return {}\n\n\ndef tanh_prime(z):\n    return z"


def test_a_hint_is_shown_with_its_formulas_and_a_new_kernel_goes_on_behind_it(
    page: Page, lab: LabServer, course: Course
) -> None:
    path = course.root / NAME
    released = nbformat.read(course.release_notebook("01_activations"), as_version=4)
    by_name = {cell.id: cell for cell in released.cells}
    test = by_name["test-tanh-value"]
    cells = [nbformat.v4.new_code_cell(WRITTEN.format("z")), test, nbformat.v4.new_code_cell('check.hint("tanh")')]
    nbformat.write(nbformat.v4.new_notebook(cells=[by_name["imports"], *cells], metadata=released.metadata), path)
    notebook = Notebook.open(page, lab, NAME)
    notebook.run_all()
    hint = notebook.show(3).locator(".jp-RenderedMarkdown")
    expect(hint.locator("strong")).to_have_text("Hint 1 of 4, tanh.")
    expect(hint.locator("mjx-container")).to_have_count(2)
    screenshot(page, "hint")
    notebook.save()
    notebook.shut_down()
    page.goto("about:blank")

    saved = nbformat.read(path, as_version=4)
    assert saved.cells[3].outputs[0].data[HINT_MIME]["rung"] == 1
    saved.cells[1].source = WRITTEN.format("np.sin(z)")
    nbformat.write(saved, path)
    notebook = Notebook.open(page, lab, NAME)
    notebook.run_all()
    expect(notebook.show(3).locator(".jp-RenderedMarkdown strong")).to_have_text("Hint 2 of 4, tanh.")
