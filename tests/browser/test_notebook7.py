"""The same notebook in Notebook 7, the other page that a Jupyter server offers: it runs, and its explorers move.

Notebook 7 looks for shortcuts before the controls of a page see a key, so a slider moves by keys only if it says so.
"""

from collections.abc import Iterator

import pytest
from lab_driver import LabServer, Notebook, errors, follow_the_summary, new_context, screenshot, stderr
from playwright.sync_api import Browser, Locator, Page, expect
from scratch_course import NAME, write_solved

from autograder.course.paths import Course

pytest.importorskip("notebook")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: LabServer, course: Course) -> Iterator[Notebook]:
    """The first notebook, solved, in Notebook 7 after Run All."""
    with new_context(browser) as context:
        notebook = Notebook.open_in_notebook7(context.new_page(), lab, write_solved(course))
        notebook.run_all()
        yield notebook
        notebook.shut_down()


def test_the_summary_leads_to_the_first_test_that_is_to_be_passed(page: Page, lab: LabServer, course: Course) -> None:
    path = course.release_notebook(NAME).relative_to(course.root)
    notebook = Notebook.open_in_notebook7(page, lab, str(path))
    notebook.run_all()
    follow_the_summary(notebook)
    screenshot(page, "notebook7-summary")


@pytest.fixture
def box(notebook: Notebook) -> Locator:
    """The activation explorer, scrolled to."""
    number = notebook.find("widgets.activation_explorer(")
    box = notebook.show(number).locator(".jp-OutputArea-output .widget-vbox").first
    box.scroll_into_view_if_needed()
    expect(box.locator("img")).to_be_visible()
    return box


def test_every_cell_runs_without_error_or_warning(notebook: Notebook) -> None:
    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert [problem for cell in code for problem in errors(cell)] == []
    assert "".join(map(stderr, code)) == ""


def test_arrow_keys_move_the_slider_and_its_picture_and_not_the_selection(notebook: Notebook, box: Locator) -> None:
    handle, picture = box.get_by_role("slider", name="Point z"), box.locator("img")
    box.get_by_label("Activation", exact=True).focus()
    notebook.page.keyboard.press("Tab")
    expect(handle).to_be_focused()
    source, place = picture.get_attribute("src"), picture.bounding_box()
    for press in range(1, 4):
        notebook.page.keyboard.press("ArrowRight")
        expect(box.locator("[role=status]")).to_contain_text(f"at z = 0.{press}:")
    expect(handle).to_be_focused()
    expect(picture).not_to_have_attribute("src", source or "")
    assert picture.bounding_box() == place
    screenshot(notebook.page, "notebook7-arrow-keys")


def test_arrow_keys_choose_from_a_list(notebook: Notebook, box: Locator) -> None:
    choice, status = box.get_by_label("Activation", exact=True), box.locator("[role=status]")
    choice.focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(status).to_contain_text("tanh at z =")
    expect(choice).to_be_focused()
    notebook.page.keyboard.press("ArrowUp")
    expect(status).to_contain_text("sigmoid at z =")


def test_the_mouse_drags_the_slider_and_moves_its_picture(notebook: Notebook, box: Locator) -> None:
    handle, picture = box.get_by_role("slider", name="Point z"), box.locator("img")
    handle.press("Home")
    expect(box.locator("[role=status]")).to_contain_text("at z = -6:")
    source, place, start = picture.get_attribute("src"), picture.bounding_box(), handle.bounding_box()
    assert start is not None
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 60, y, steps=6)
    notebook.page.mouse.up()
    expect(picture).not_to_have_attribute("src", source or "")
    end = handle.bounding_box()
    assert end is not None
    assert end["x"] - start["x"] == pytest.approx(60, abs=3)
    assert picture.bounding_box() == place
    screenshot(notebook.page, "notebook7-dragged")
