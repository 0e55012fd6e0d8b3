"""Every solved notebook in JupyterLab: it runs clean, is readable, and its explorers can be worked by keyboard."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from lab_driver import WINDOW, LabServer, Notebook, errors, eventually, new_context, picture_hash, screenshot, stderr
from nbconvert import HTMLExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from scratch_course import ROOT, widgets_in, write_solved

from autograder.course.markup import is_autograded
from autograder.course.paths import Course
from autograder.grade.views import InstructorView, StudentView
from autograder.release.proofs import not_right
from nbcore import widgets

pytestmark = pytest.mark.browser

NOTEBOOKS = ROOT.assignments()
CALLS = [(name, widget) for name in NOTEBOOKS for widget in widgets_in(name)]
PRESSES = 5
SENTENCE = 6  # words
SLIDER = 400  # pixels
WIDTHS = "sliders => sliders.map(slider => slider.getBoundingClientRect().width)"
PRINTED = 96  # characters of a printed line that the column holds beside the file browser; longer ones break anywhere
CONTROLS = "select, button, input, [role=slider], [contenteditable=true]"

# For each explorer with a target: what to do until the readout says that it is reached. Each step is the name of a
# control, the key to press on it, and how often at most.
REACH: dict[str, list[tuple[str, str, int]]] = {
    "depth_explorer": [("Layers", "ArrowLeft", 30)],
    "error_browser": [("Image", "ArrowRight", 60)],
    "learning_rate_explorer": [("Learning rate", "End", 1), ("Learning rate", "ArrowLeft", 20)],
    "loss_explorer": [("Residual or logit", "Home", 1), ("Residual or logit", "ArrowRight", 70)],
    "momentum_explorer": [
        ("Learning rate", "End", 1),
        ("Learning rate", "ArrowLeft", 20),
        ("Momentum beta", "Home", 1),
        ("Momentum beta", "PageUp", 13),
        ("Momentum beta", "ArrowRight", 5),
    ],
    "overfitting_explorer": [("Dropout p", "Home", 1), ("Epoch", "End", 1), ("L2 strength", "ArrowDown", 5)],
    "perceptron_explorer": [
        ("Weight w1", "ArrowRight", 15),
        ("Weight w2", "ArrowLeft", 5),
        ("Bias b", "ArrowRight", 20),
    ],
    "register_game": [],  # has a test of its own
    "signal_explorer": [("Gain", "ArrowRight", 20)],
    "step_explorer": [("Step eps", "ArrowLeft", 60)],
    "training_explorer": [
        ("First optimizer", "ArrowDown", 1),
        ("Its learning rate", "End", 1),
        ("Its learning rate", "ArrowLeft", 12),
        ("Its rate", "ArrowRight", 13),
        ("Epoch", "ArrowRight", 20),
    ],
    "training_player": [("Epoch", "ArrowRight", 60)],
}

UNREADABLE = r"""() => {
    const found = [];
    const said = (part, text) => found.push(`${text}: ${part.textContent.trim().slice(0, 80)}`);
    const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
    for (const part of panel.querySelectorAll('.jp-RenderedMarkdown, .jp-OutputArea-output, .widget-vbox, pre'))
        if (part.scrollWidth > part.clientWidth + 1)
            said(part, `${part.scrollWidth} pixels in a column of ${part.clientWidth}`);
    panel.querySelectorAll('mjx-merror, [data-mml-node=merror]').forEach((part) => said(part, 'no formula'));
    for (const part of panel.querySelectorAll('.jp-RenderedMarkdown')) {
        const text = part.cloneNode(true);
        text.querySelectorAll('code, pre, mjx-container').forEach((code) => code.remove());
        if (/\$|\\[a-z]+/.test(text.textContent)) said(text, 'formula not set');
    }
    return found;
}"""
NUMBERS_OF_LISTS = """(cell) => [...cell.querySelectorAll('ol')].flatMap(
    (list) => [...list.querySelectorAll(':scope > li')].map((_, place) => list.start + place))"""


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all notebooks, so that JupyterLab is fetched once."""
    with new_context(browser) as context:
        yield context


@pytest.fixture(scope="module")
def notebook(
    request: pytest.FixtureRequest, profile: BrowserContext, lab: LabServer, course: Course
) -> Iterator[Notebook]:
    """One of the solved notebooks, after Run All."""
    notebook = Notebook.open(profile.new_page(), lab, write_solved(course, request.param))
    notebook.run_all()
    yield notebook
    notebook.shut_down()
    notebook.page.close(run_before_unload=False)


each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, indirect=True)
each_widget = pytest.mark.parametrize(("notebook", "name"), CALLS, indirect=["notebook"], ids=lambda value: value)


def widget(notebook: Notebook, name: str) -> Locator:
    """The output of the cell that calls `widgets.NAME(`, scrolled to. A question may stand above it."""
    number = notebook.find(f"widgets.{name}(")
    box = notebook.show(number).locator(".jp-OutputArea-output .widget-vbox:not(.nbcore-buttons)").first
    box.scroll_into_view_if_needed()
    expect(box.locator("img")).to_be_visible()
    return box


def readout(box: Locator) -> Locator:
    return box.locator("[role=status]")


def command(box: Locator) -> str:
    return box.locator("code").inner_text()


def labelled(box: Locator, label: str) -> Locator:
    """The control with this label. It is marked when found: to look for a label takes longer than to press a key."""
    box.get_by_label(label, exact=True).evaluate("(control, label) => { control.dataset.label = label }", label)
    return box.locator(f'[data-label="{label}"]')


def tab_to(notebook: Notebook, box: Locator, target: Locator) -> None:
    """From the first control of the widget, the Tab key leads to this one."""
    box.locator(CONTROLS).first.focus()
    for _ in range(box.locator(CONTROLS).count()):
        if target.evaluate("control => control === document.activeElement"):
            return
        notebook.page.keyboard.press("Tab")
    expect(target).to_be_focused()


def at_end(control: Locator) -> bool:
    return control.evaluate("c => [c.ariaValueMin, c.ariaValueMax].includes(c.ariaValueNow)")


def position(control: Locator) -> str | None:
    """Of a slider; None of another control."""
    return control.evaluate("c => c.ariaValueNow")


def press(box: Locator, control: Locator, key: str) -> None:
    """Presses a key on a control and waits until the widget has answered, unless a slider stands at its end already."""
    before, stood = command(box), position(control)
    control.press(key)
    if stood is None or position(control) != stood or not at_end(control):
        expect(box.locator("code"), f"{key} did nothing").not_to_have_text(before)


def test_every_explorer_of_the_library_is_in_a_notebook_and_every_target_has_a_way_to_it() -> None:
    assert {name for _, name in CALLS} == set(widgets.__all__) - {"Explorer", "predict"}
    assert set(REACH) <= set(widgets.__all__)


@pytest.mark.parametrize("view", [StudentView, InstructorView])
@each_notebook
def test_each_figure_is_seen_in_the_feedback_and_in_formgrader(
    notebook: Notebook, page: Page, tmp_path: Path, view: type[NbGraderPreprocessor]
) -> None:
    book = notebook.file
    outputs = [output.data for cell in book.cells for output in cell.get("outputs", []) if "data" in output]
    drawn = sum("".join(data.get("text/html", "")).count("<img") or "image/png" in data for data in outputs)
    exporter = HTMLExporter()
    exporter.register_preprocessor(view(), enabled=True)
    html, _ = exporter.from_notebook_node(book, resources={"submission_id": "1", "metadata": {"path": str(tmp_path)}})
    (tmp_path / "page.html").write_text(html)
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto((tmp_path / "page.html").as_uri())
    images = page.locator("img")
    expect(images).to_have_count(drawn)
    assert drawn
    for image in images.all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


@each_notebook
def test_every_cell_runs_without_error_or_warning(notebook: Notebook) -> None:
    code = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert [problem for cell in code for problem in errors(cell)] == []
    assert "".join(map(stderr, code)) == ""


@each_notebook
def test_the_solution_is_right_with_warnings_as_errors(notebook: Notebook) -> None:
    assert notebook.evaluate("'error' in {action for action, *_ in __import__('warnings').filters}")
    assert not_right(notebook.file) == []
    assert any(map(is_autograded, notebook.file.cells))


@each_notebook
def test_every_picture_has_an_alt_text(notebook: Notebook) -> None:
    pictures = notebook.page.locator(".jp-OutputArea-output img")
    still = pictures.evaluate_all("all => all.filter(i => !i.closest('.widget-vbox')).map(i => i.alt)")
    html = [output["data"].get("text/html", "") for cell in notebook.cells for output in cell.get("outputs", [])
            if "data" in output and "application/vnd.jupyter.widget-view+json" not in output["data"]]  # fmt: skip
    assert len(still) == sum("".join(text).count("<img") for text in html) > 0
    assert [alt for alt in still if len(alt.split()) < SENTENCE] == []  # JupyterLab writes "Image" where there is none


@each_notebook
def test_nothing_is_cut_off_and_formulas_and_lists_are_set(notebook: Notebook, request: pytest.FixtureRequest) -> None:
    notebook.photograph(request.node.callspec.params["notebook"])
    eventually(notebook.page, lambda: notebook.page.evaluate(UNREADABLE), [])
    for number, cell in enumerate(notebook.cells):
        printed = "".join(output.get("text", "") for output in cell.get("outputs", []))
        assert [line for line in printed.split("\n") if len(line) > PRINTED and not line.startswith("passed: ")] == []
        if cell["cell_type"] == "markdown":
            written = [int(text) for text in re.findall(r"^(\d+)\. ", cell["source"], re.MULTILINE)]
            shown = notebook.show(number)
            eventually(notebook.page, partial(shown.evaluate, NUMBERS_OF_LISTS), written)


@each_widget
def test_every_control_and_the_picture_have_a_name(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    for control in box.locator(CONTROLS).all():
        expect(control).to_have_accessible_name(re.compile(r"\w\w"))
    labels = box.locator(".widget-label:visible").all_inner_texts()
    named = [control.evaluate("c => c.ariaLabel || c.labels?.[0]?.innerText")
             for control in box.locator("select, input, [role=slider]").all()]  # fmt: skip
    assert named == labels
    lines = map(str.strip, readout(box).inner_text().split("\n"))  # an empty line keeps its place by a space
    assert box.locator("img").get_attribute("alt") == " ".join(filter(None, lines))
    assert box.locator("[aria-live=polite]").first.locator("[role=status]").count() == 1
    assert min(box.locator(".slider").evaluate_all(WIDTHS)) >= SLIDER


@each_widget
def test_arrow_keys_on_a_slider_move_the_picture_and_not_the_page(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    picture, handle = box.locator("img"), box.locator("[role=slider]").first
    tab_to(notebook, box, handle)
    low, now, high = (float(handle.get_attribute(f"aria-value{which}") or "nan") for which in ("min", "now", "max"))
    key = "ArrowRight" if now < (low + high) / 2 else "ArrowLeft"
    screenshot(notebook.page, f"{name}-before")
    place, said, shown = picture.bounding_box(), readout(box).inner_text(), {picture_hash(picture)}
    while len(shown) <= PRESSES and (len(shown) < 2 or not at_end(handle)):
        source, count = picture.get_attribute("src"), len(shown)
        notebook.page.keyboard.press(key)
        expect(picture).not_to_have_attribute("src", source or "")
        shown.add(picture_hash(picture))
        assert len(shown) == count + 1, "two positions of the slider show the same picture"
    assert len(shown) > 2
    assert readout(box).inner_text() != said
    assert picture.bounding_box() == place
    assert box.locator("img").count() == 1
    expect(handle).to_be_focused()
    screenshot(notebook.page, f"{name}-after")


@each_widget
def test_arrow_keys_choose_from_a_list(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    for choice in box.locator("select").all():
        tab_to(notebook, box, choice)
        first = choice.input_value()
        there, back = "ArrowDown", "ArrowUp"
        if choice.evaluate("c => c.selectedIndex === c.options.length - 1"):
            there, back = back, there
        press(box, choice, there)
        notebook.evaluate("0")  # what the page has sent until now is done
        assert choice.input_value() != first
        assert repr(choice.input_value()) in command(box)
        press(box, choice, back)
        assert choice.input_value() == first
        expect(choice).to_be_focused()


@each_widget
def test_the_line_of_code_gives_the_same_picture_again(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    line = command(box)
    assert line.startswith(f"widgets.{name}(")
    again = notebook.evaluate(f"__import__('hashlib').sha256(({line}).frame()).hexdigest()")
    assert picture_hash(box.locator("img")) == again


@each_widget
def test_the_target_can_be_reached_with_the_keyboard(notebook: Notebook, name: str) -> None:
    box = widget(notebook, name)
    assert ("Target:" in readout(box).inner_text()) == (name in REACH)
    for label, key, most in REACH.get(name, []):
        control = labelled(box, label)
        tab_to(notebook, box, control)
        for _ in range(most):
            if "Reached." in readout(box).inner_text():
                break
            press(box, control, key)
    if REACH.get(name):
        expect(readout(box)).to_contain_text("Reached.")
        screenshot(notebook.page, f"{name}-reached")


@each_widget
def test_the_words_and_the_picture_are_in_view_with_each_slider(notebook: Notebook, name: str) -> None:
    """In the window of a laptop: whoever moves a slider sees what it does and whether the target is reached."""
    box = widget(notebook, name)
    notebook.page.set_viewport_size({"width": 1400, "height": 900})
    try:
        box.evaluate("box => box.scrollIntoView({ block: 'start' })")
        for handle in box.locator(".noUi-target:not([disabled]) [role=slider]").all():
            handle.scroll_into_view_if_needed()
            for seen, share in ((handle, 1.0), (readout(box).first, 1.0), (box.locator("img"), 0.4)):
                expect(seen).to_be_in_viewport(ratio=share)
    finally:
        notebook.page.set_viewport_size(WINDOW)


@pytest.mark.parametrize("notebook", ["06_optimizers"], indirect=True)
def test_the_game_can_be_won_with_the_keyboard(notebook: Notebook) -> None:
    box = widget(notebook, "register_game")
    depth, rate = (labelled(box, label) for label in ("Depth", "Learning rate"))
    depth.press("Home")
    rate.press("End")
    expect(readout(box)).to_contain_text("Depth 1, rate 10:")
    for number in range(1, 7):
        expect(readout(box)).to_contain_text(f"Depth {number},")
        while "It converges." not in readout(box).inner_text():
            press(box, rate, "PageDown")  # five steps, which is 11 %
        while "It converges." in readout(box).inner_text():
            press(box, rate, "ArrowRight")
        press(box, rate, "ArrowLeft")
        press(box, box.get_by_role("button", name="Register this rate"), "Space")
        expect(readout(box)).to_contain_text(f"depth {number}: ")
    expect(readout(box)).to_contain_text("Reached.")
    screenshot(notebook.page, "register_game-reached")


@pytest.mark.parametrize("notebook", ["04_backprop"], indirect=True)
def test_play_pause_step_and_stop_move_the_epoch(notebook: Notebook) -> None:
    box = widget(notebook, "training_player")
    handle, picture = box.get_by_role("slider", name="Epoch"), box.locator("img")

    def epoch() -> int:
        return round(float(handle.get_attribute("aria-valuenow") or "nan"))

    def button(name: str) -> Locator:
        return box.get_by_role("button", name=name, exact=True)

    button("Back to the start").press("Enter")
    expect(readout(box)).to_contain_text("epoch 0:")
    source, place = picture.get_attribute("src"), picture.bounding_box()
    button("Play").press("Space")
    expect(readout(box)).to_contain_text(re.compile(r"epoch ([2-9]\d|[12]\d\d):"))
    button("Pause").press("Space")
    expect(button("Play")).to_be_focused()
    notebook.evaluate("0")  # what the page has sent until now is done
    paused = epoch()
    expect(readout(box)).to_contain_text(f"epoch {paused}:")
    assert picture.get_attribute("src") != source
    assert picture.bounding_box() == place
    notebook.page.wait_for_timeout(600)  # four times the interval of the player
    assert epoch() == paused, "it went on after the pause"
    screenshot(notebook.page, "training_player-paused")
    button("Step").press("Enter")
    expect(readout(box)).to_contain_text(f"epoch {paused + 5}:")
    button("Back to the start").press("Space")
    expect(readout(box)).to_contain_text("epoch 0:")
