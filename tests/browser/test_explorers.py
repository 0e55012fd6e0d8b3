"""The solved notebook in the browser: it runs clean, its pictures have alt texts, and its sliders move its pictures."""

from collections.abc import Iterator

import pytest
from lab_driver import LabServer, Notebook, errors, new_context, picture_hash, screenshot, stderr
from playwright.sync_api import Browser, Locator, expect
from scratch_course import write_solved

from autograder.paths import Course

pytestmark = pytest.mark.browser

WIDGETS = ("activation_explorer", "depth_explorer")
PRESSES = 5
SENTENCE = 6  # words
REACH = 30  # the depth slider ends there


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: LabServer, course: Course) -> Iterator[Notebook]:
    """The solved notebook after Run All."""
    with new_context(browser) as context:
        notebook = Notebook.open(context.new_page(), lab, write_solved(course))
        notebook.run_all()
        yield notebook


def widget(notebook: Notebook, name: str) -> Locator:
    """The output of the cell that calls `widgets.NAME(`, scrolled to."""
    number = notebook.find(f"widgets.{name}(")
    box = notebook.show(number).locator(".jp-OutputArea-output .widget-vbox").first
    box.scroll_into_view_if_needed()
    expect(box.locator("img")).to_be_visible()
    return box


def focus_slider_by_keyboard(notebook: Notebook, box: Locator) -> Locator:
    """From the list of choices, the first control, one Tab leads to the first slider."""
    box.locator("select").focus()
    notebook.page.keyboard.press("Tab")
    handle = box.locator("[role=slider]").first
    expect(handle).to_be_focused()
    return handle


def test_every_cell_runs_without_error_or_warning(notebook: Notebook) -> None:
    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert [problem for cell in code for problem in errors(cell)] == []
    assert "".join(map(stderr, code)) == ""


def test_every_picture_has_an_alt_text_or_a_readout_beside_it(notebook: Notebook) -> None:
    pictures = notebook.page.locator(".jp-OutputArea-output img")
    still = pictures.evaluate_all("all => all.filter(i => !i.closest('.widget-vbox')).map(i => i.alt)")
    html = [output["data"].get("text/html", "") for cell in notebook.cells for output in cell.get("outputs", [])
            if "data" in output and "application/vnd.jupyter.widget-view+json" not in output["data"]]  # fmt: skip
    assert len(still) == sum("".join(text).count("<img") for text in html) > 0
    assert [alt for alt in still if len(alt.split()) < SENTENCE] == []  # JupyterLab writes "Image" where there is none
    for name in WIDGETS:  # an ipywidgets Image has no alt: its readout speaks for it, and says so when it changes
        readout = widget(notebook, name).locator("[role=status]")
        expect(readout).to_have_attribute("aria-live", "polite")
        assert any(character.isdigit() for character in readout.inner_text())


@pytest.mark.parametrize("name", WIDGETS)
def test_arrow_keys_on_a_slider_move_the_picture_and_not_the_page(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    screenshot(notebook.page, f"{name}-before")
    picture, readout, handle = box.locator("img"), box.locator("[role=status]"), focus_slider_by_keyboard(notebook, box)
    place, said, shown = picture.bounding_box(), readout.inner_text(), {picture_hash(picture)}
    for _ in range(PRESSES):
        source = picture.get_attribute("src")
        handle.press("ArrowRight")
        expect(picture).not_to_have_attribute("src", source or "")
        shown.add(picture_hash(picture))
    assert len(shown) == PRESSES + 1, "two positions of the slider show the same picture"
    assert readout.inner_text() != said
    assert picture.bounding_box() == place
    assert len(box.locator("img").all()) == 1
    screenshot(notebook.page, f"{name}-after")


def test_the_target_of_the_depth_explorer_can_be_reached_with_the_keyboard(notebook: Notebook) -> None:
    box = widget(notebook, "depth_explorer")
    readout, handle = box.locator("[role=status]"), focus_slider_by_keyboard(notebook, box)
    handle.press("Home")
    for depth in range(1, REACH + 1):
        expect(readout).to_contain_text(f"depth {depth},")
        if "Reached." in readout.inner_text():
            break
        handle.press("ArrowRight")
    expect(readout).to_contain_text("Reached.")
    screenshot(notebook.page, "depth_explorer-reached")
