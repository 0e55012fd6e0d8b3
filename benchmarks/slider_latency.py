"""Measures, in a real browser, the time from an arrow key on a slider of a widget to the new picture on the screen.

    python benchmarks/slider_latency.py [--presses 40] [NOTEBOOK ...]

It starts JupyterLab over a scratch copy of the course, runs each solved notebook (or those named), and prints a table
in Markdown, one row per slider of each widget that it shows: the median and the 95th percentile in milliseconds, and
how many presses of a key held down arrive (30 a second, which is how fast a keyboard repeats). Single runs differ by a
quarter, and more on a busy machine; it is no test.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))

from lab_driver import HOW_TO_GET_CHROMIUM, Notebook, errors, find_chromium, lab_server, launch, new_context
from scratch_course import ROOT, copy_course, widgets_in, write_solved

HELD = 20
REPEAT_MS = 1000 / 30
GIVE_UP_MS = 3000  # two positions may have one picture, which is then not sent

# From the key's own event to the end of the frame that paints the decoded picture: a message that is posted while a
# frame is prepared arrives when it is done.
WATCH = """([image, handle]) => {
    window.latencies = [];
    let pressed = null;
    const painted = new MessageChannel();
    painted.port1.onmessage = (event) => latencies.push(performance.now() - event.data);
    handle.addEventListener('keydown', () => { pressed = performance.now(); }, { capture: true });
    new MutationObserver(async () => {
        const start = pressed;
        pressed = null;
        if (start === null) return;
        await image.decode();
        requestAnimationFrame(() => painted.port2.postMessage(start));
    }).observe(image, { attributes: true, attributeFilter: ['src'] });
}"""


def position(handle: Locator) -> tuple[float, float, float]:
    """Lowest value, value now, and highest value of a slider; the two ends are rounded to one digit by the page."""
    low, now, high = (float(handle.get_attribute(f"aria-value{which}") or "nan") for which in ("min", "text", "max"))
    return low, now, high


def to_and_fro(handle: Locator) -> Iterator[str]:
    """Arrow keys that move the slider at every press: on to its end, or nearly, then back."""
    key = "ArrowRight"
    while True:
        low, now, high = position(handle)
        if round(now, 1) >= high or round(now, 1) <= low:
            key = "ArrowLeft" if round(now, 1) >= high else "ArrowRight"
        yield key


def latencies(page: Page, box: Locator, handle: Locator, presses: int) -> list[float]:
    """Milliseconds from key to picture, one per press that changes it; each waits for the picture of the one before."""
    page.evaluate(WATCH, [box.locator("img").element_handle(), handle.element_handle()])
    handle.focus()
    keys = to_and_fro(handle)
    for _ in range(presses):
        seen = page.evaluate("latencies.length")
        page.keyboard.press(next(keys))
        try:
            page.wait_for_function("n => latencies.length > n", arg=seen, timeout=GIVE_UP_MS)
        except PlaywrightError:
            continue
    return page.evaluate("latencies")


def held(page: Page, handle: Locator) -> float:
    """Share of the key presses that a slider keeps when they come as fast as from a key held down; NaN if too short."""
    handle.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    low, start, high = position(handle)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    step = position(handle)[1] - start
    if low + (HELD + 1) * step > high:
        return float("nan")
    for _ in range(HELD):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(REPEAT_MS)
    page.wait_for_timeout(1500)
    return (position(handle)[1] - start - step) / (HELD * step)


def measure(notebook: Notebook, name: str, presses: int) -> None:
    """Prints the rows of one notebook."""
    page = notebook.page
    for widget in widgets_in(name):
        box = notebook.show(notebook.find(f"widgets.{widget}(")).locator(".widget-vbox").first
        for handle in box.locator(".noUi-target:not([disabled]) [role=slider]").all():
            label = handle.get_attribute("aria-label")
            times = latencies(page, box, handle, presses)
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            kept = held(page, handle)
            share = "too short" if kept != kept else f"{kept:.0%}"
            row = (name, widget, label, len(times), f"{p50:.0f}", f"{p95:.0f}", share)
            print("|", " | ".join(map(str, row)), "|", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--presses", type=int, default=40, help="presses per slider (default 40)")
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names such as 01_activations (default: all)")
    arguments = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        print(HOW_TO_GET_CHROMIUM, file=sys.stderr)
        return 1
    print("| notebook | widget | slider | presses | p50 ms | p95 ms | key held: kept |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        course = copy_course(Path(folder) / "course")
        with lab_server(course.root, Path(folder) / "private") as server, sync_playwright() as playwright:
            chromium = launch(playwright, executable)
            for name in ROOT.select(arguments.notebooks):
                notebook = Notebook.open(new_context(chromium).new_page(), server, write_solved(course, name))
                notebook.run_all()
                if problems := [problem for cell in notebook.cells for problem in errors(cell)]:
                    print(f"The solved notebook {name} does not run: {problems[0]}", file=sys.stderr)
                    return 1
                measure(notebook, name, arguments.presses)
                notebook.shut_down()
                notebook.page.context.close()
            chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
