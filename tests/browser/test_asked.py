"""A question before an experiment, worked by keyboard: the saved file holds the guess, and the page shows it again."""

import json

import nbformat
import pytest
from lab_driver import LabServer, Notebook, eventually, screenshot
from playwright.sync_api import Page, expect

from autograder.course.paths import Course
from nbcore.widgets.predictions import FILE, MIME

pytestmark = pytest.mark.browser

NAME = "questions.ipynb"
QUESTION = "Every example twice: dW ..."
CELLS = [
    f"""from nbcore import widgets
guess = widgets.predict("{QUESTION}", ["doubles", "stays", "halves"])
guess""",
    """number = widgets.predict("How large is the sum of 1 to 4?", unit="apples")
number""",
    """guess.answer("stays", because="the sum has twice as many terms, and the mean halves each of them")
number.answer(sum(range(5)))""",
]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
DARK = "() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"


@pytest.mark.parametrize("open_notebook", [Notebook.open, Notebook.open_in_notebook7], ids=["lab", "notebook7"])
def test_a_guess_made_with_the_keyboard_is_answered_saved_and_seen_again(
    page: Page, lab: LabServer, course: Course, open_notebook, request: pytest.FixtureRequest
) -> None:
    if open_notebook == Notebook.open_in_notebook7:
        pytest.importorskip("notebook")
    (course.root / FILE).unlink(missing_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), course.root / NAME)
    notebook = open_notebook(page, lab, NAME)
    notebook.run_all()
    asked = notebook.show(0)
    expect(asked.get_by_text(QUESTION, exact=True)).to_have_count(1)
    expect(asked.locator(".nbcore-guess")).to_be_hidden()
    group = asked.get_by_role("radiogroup", name=QUESTION)
    group.get_by_role("radio", name="doubles").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(group.get_by_role("radio", name="stays")).to_be_checked()
    expect(asked.locator("[aria-live=polite] [role=status]")).to_have_text("Your guess: stays.")
    field = notebook.show(1).get_by_role("textbox", name="How large is the sum of 1 to 4?")
    field.fill("20")
    field.press("Enter")
    expect(notebook.show(1).locator("[role=status]")).to_have_text("Your guess: 20 apples.")

    notebook.show(2)
    notebook.command("notebook:run-cell")
    answer = notebook.show(2).locator(".jp-OutputArea-output")
    expect(answer.first).to_contain_text("Answer: stays.Your guess: stays, right.Why: the sum has twice as many")
    expect(answer.last).to_contain_text("Measured: 10 apples.Your guess: 20 apples, too large by a factor of 2.")
    screenshot(page, f"prediction-{request.node.callspec.id}")
    if open_notebook == Notebook.open:
        page.evaluate(DARK)
        expect(page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
        page.wait_for_timeout(500)
        screenshot(page, "prediction-dark")
        page.evaluate(DARK.replace("Dark", "Light"))

    notebook.save()
    kept = nbformat.read(course.root / NAME, as_version=4).cells[0].outputs[0].data
    assert kept[MIME] == {"question": QUESTION, "choices": ["doubles", "stays", "halves"], "guess": "stays"}
    assert "Your guess: stays" in kept["text/plain"]
    assert json.loads((course.root / FILE).read_text())[QUESTION] == "stays"

    notebook.shut_down()
    page.goto("about:blank")
    notebook = open_notebook(page, lab, NAME)
    asked = notebook.show(0)
    expect(asked.get_by_text(QUESTION, exact=True)).to_be_visible()
    expect(asked.get_by_text("Your guess: stays.")).to_be_visible()
    eventually(page, page.get_by_text("Error displaying widget").count, 2)
    for error in page.get_by_text("Error displaying widget").all():
        expect(error).to_be_hidden()
    screenshot(page, f"prediction-reopened-{request.node.callspec.id}")
    notebook.run_all()
    expect(notebook.show(0).get_by_role("radio", name="stays")).to_be_checked()
    eventually(page, lambda: "right" in json.dumps(notebook.cells[2]["outputs"]), True)
