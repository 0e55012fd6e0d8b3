"""A hint in the page: Markdown with formulas, and the last one with lines to move. A restarted kernel goes on where the
saved notebook was."""

from pathlib import Path

import nbformat
import pytest
from lab_driver import LabServer, Notebook, screenshot
from playwright.sync_api import Page, expect

from autograder.course.paths import Course
from autograder.course.percent import ladders
from nbcore.check import HINT_MIME

pytestmark = pytest.mark.browser

COURSE = Course.find(Path(__file__))
NAME, PUZZLE = "hints.ipynb", "puzzle.ipynb"
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


def test_the_last_hint_is_a_puzzle_that_can_be_solved_from_the_keyboard(
    page: Page, lab: LabServer, course: Course
) -> None:
    lines, right = puzzle_of("tanh")
    path = course.root / PUZZLE
    released = nbformat.read(course.release_notebook("01_activations"), as_version=4)
    by_name = {cell.id: cell for cell in released.cells}
    test = by_name["test-tanh-value"]
    cells = [by_name["imports"]]
    for body in ("z", "2 * z", "3 * z", "4 * z"):
        cells.append(nbformat.v4.new_code_cell(WRITTEN.format(body)))
        cells.append(nbformat.v4.new_code_cell(test.source, metadata=test.metadata | {"nbgrader": {}}))
        cells.append(nbformat.v4.new_code_cell('check.hint("tanh")'))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=released.metadata), path)
    notebook = Notebook.open(page, lab, PUZZLE)
    notebook.run_all()
    cell = notebook.show(12)
    expect(cell.locator(".jp-RenderedMarkdown strong")).to_have_text("Hint 4 of 4, tanh.")
    rows, status = cell.locator(".widget-vbox .widget-hbox"), cell.get_by_role("status")
    expect(rows).to_have_count(len(lines))
    assert rows.locator("code").all_text_contents() == lines
    check = cell.get_by_role("button", name="Check")
    check.click()
    count = len(right)
    expect(status).to_contain_text(f"of {count} lines")
    expect(status).to_contain_text("No line is marked as wrong yet.")
    screenshot(page, "puzzle")

    order, wanted = list(lines), [lines[n] for n in right]
    (wrong,) = [line for line in lines if line not in wanted]
    for place, line in enumerate(wanted):
        at = order.index(line)
        if at > place:
            rows.nth(at).get_by_role("button", name="Up").focus()
        while at > place:
            page.keyboard.press("Enter" if at % 2 else "Space")
            order[at - 1], order[at] = order[at], order[at - 1]
            at -= 1
            expect(rows.nth(at).locator("code")).to_have_text(line)
            expect(rows.nth(at).get_by_role("button", name="Up" if at else "Down")).to_be_focused()
    assert rows.locator("code").all_text_contents() == [*wanted, wrong]
    expect(rows.first.get_by_role("button", name="Up")).to_be_disabled()
    expect(rows.first.get_by_role("button", name="Down")).to_have_attribute(
        "title", f"Move down line 1: {wanted[0].strip()}"
    )
    tick = rows.last.get_by_role("checkbox", name="this line is wrong")
    tick.focus()
    page.keyboard.press("Space")
    check.focus()
    page.keyboard.press("Enter")
    expect(status).to_have_text(f"All {count} lines are in their place, and the wrong one is found.")
    screenshot(page, "puzzle_solved")
    notebook.save()
    notebook.shut_down()
    page.goto("about:blank")

    notebook = Notebook.open(page, lab, PUZZLE)
    cell = notebook.show(12)
    expect(cell.locator(".jp-RenderedMarkdown pre")).to_contain_text(f"1  {lines[0]}")
    error = cell.get_by_text("Error displaying widget")
    expect(error).to_be_attached()
    expect(error).to_be_hidden()
    screenshot(page, "puzzle_reopened")


def puzzle_of(exercise: str) -> tuple[list[str], list[int]]:
    """The lines as they are shown, and the places of the right ones in their order."""
    (ladder,) = [one for one in ladders(COURSE, "01_activations") if one.exercise == exercise]
    shown = ladder.rungs[-1].split("```text\n")[1].split("\n")[:-1]
    return [line[3:] for line in shown], [number - 1 for number in ladder.order]
