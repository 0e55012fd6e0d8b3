"""A widget whose kernel is gone: its last picture stands in its place, and it says which cell to run."""

from collections.abc import Callable

import nbformat
import pytest
from lab_driver import LabServer, Notebook, eventually, screenshot
from playwright.sync_api import Locator, Page, expect

from autograder.course.paths import Course

pytestmark = pytest.mark.browser

NAME = "one_widget.ipynb"
CELL = """import numpy as np
from nbcore import widgets
widgets.activation_explorer({"sine": (np.sin, np.cos)})"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LAST = ".nbcore-last"


@pytest.fixture(params=[Notebook.open, Notebook.open_in_notebook7], ids=["lab", "notebook7"])
def opened(request: pytest.FixtureRequest, page: Page, lab: LabServer, course: Course) -> Callable[[], Notebook]:
    """Opens a notebook with one widget, in one of the two pages."""
    if request.param == Notebook.open_in_notebook7:
        pytest.importorskip("notebook")
    cells = [nbformat.v4.new_code_cell(CELL)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), course.root / NAME)
    return lambda: request.param(page, lab, NAME)


def moved(notebook: Notebook) -> Locator:
    """The widget, run, with its slider at 0.3."""
    notebook.run_all()
    box = notebook.show(0).locator(".widget-vbox").first
    handle = box.get_by_role("slider", name="Point z")
    for _ in range(3):
        handle.press("ArrowRight")
    expect(box.locator("[role=status]")).to_contain_text("at z = 0.3:")
    return box


def test_the_last_picture_is_seen_and_the_cell_to_run_is_said_when_the_notebook_is_opened_again(
    opened: Callable[[], Notebook], course: Course
) -> None:
    notebook = opened()
    page = notebook.page
    moved(notebook)
    expect(page.locator(LAST)).to_be_hidden()
    eventually(page, lambda: "at z = 0.3:" in page.locator(LAST).inner_html(), True)
    notebook.save()
    notebook.shut_down()
    page.goto("about:blank")

    notebook = opened()
    last = notebook.show(0).locator(LAST)
    expect(last).to_be_visible()
    expect(last).to_contain_text("run this cell")
    expect(last).to_contain_text("at z = 0.3:")
    expect(last.locator("img")).to_be_visible()
    assert last.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(page.get_by_text("Error displaying widget")).to_be_hidden()
    screenshot(page, "reopened")

    notebook.run_all()
    expect(notebook.show(0).locator(".widget-vbox img")).to_be_visible()
    expect(page.locator(LAST)).to_be_hidden()


def test_the_widget_says_that_its_kernel_was_restarted(opened: Callable[[], Notebook]) -> None:
    notebook = opened()
    box = moved(notebook)
    words = box.get_by_text("run this cell")
    expect(words).to_be_hidden()
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    expect(words).to_be_visible()
    box.get_by_role("slider", name="Point z").press("ArrowRight")
    expect(words).to_be_visible()
    screenshot(notebook.page, "restarted")
    notebook.run_all()
    expect(notebook.show(0).locator(".jupyter-widgets-disconnected")).to_have_count(0)
    for words in notebook.show(0).get_by_text("run this cell").all():
        expect(words).to_be_hidden()
