"""Measures, in a real browser, the time from an arrow key on a slider of a widget to the new picture on the screen.

    python benchmarks/slider_latency.py [--presses 40]

It starts JupyterLab over a scratch copy of the course, runs the solved notebook, and prints one row per widget: the
median and the 95th percentile in milliseconds, and how many presses of a key held down arrive (30 a second, which is
how fast a keyboard repeats). Single runs differ by a quarter; it is no test.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))

from lab_driver import HOW_TO_GET_CHROMIUM, Notebook, errors, find_chromium, lab_server, launch, new_context
from scratch_course import copy_course, write_solved

WIDGETS = ("activation_explorer", "depth_explorer")
HELD = 20
REPEAT_MS = 1000 / 30

# From the key's own event to the frame after the one in which the decoded picture is painted.
WATCH = """([image, handle]) => {
    window.latencies = [];
    let pressed = null;
    handle.addEventListener('keydown', () => { pressed = performance.now(); }, { capture: true });
    new MutationObserver(async () => {
        const start = pressed;
        pressed = null;
        if (start === null) return;
        await image.decode();
        requestAnimationFrame(() => requestAnimationFrame(() => latencies.push(performance.now() - start)));
    }).observe(image, { attributes: true, attributeFilter: ['src'] });
}"""


def latencies(notebook: Notebook, box: Locator, presses: int) -> list[float]:
    """Milliseconds from key to picture, one per press; each press waits for the picture of the one before."""
    page, handle = notebook.page, box.locator("[role=slider]").first
    page.evaluate(WATCH, [box.locator("img").element_handle(), handle.element_handle()])
    handle.focus()
    for n in range(presses):
        page.keyboard.press("ArrowRight" if n // 20 % 2 == 0 else "ArrowLeft")  # to and fro, inside the range
        page.wait_for_function("n => latencies.length > n", arg=n)
    return page.evaluate("latencies")


def held(notebook: Notebook, box: Locator) -> float:
    """Share of the key presses that a slider keeps when they come as fast as from a key held down."""
    page, handle = notebook.page, box.locator("[role=slider]").first
    handle.focus()
    page.wait_for_timeout(500)
    start = float(handle.get_attribute("aria-valuenow") or "nan")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    step = float(handle.get_attribute("aria-valuenow") or "nan") - start
    for _ in range(HELD):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(REPEAT_MS)
    page.wait_for_timeout(1500)
    return (float(handle.get_attribute("aria-valuenow") or "nan") - start - step) / (HELD * step)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--presses", type=int, default=40, help="presses per widget (default 40)")
    presses = parser.parse_args().presses
    executable = find_chromium()
    if executable is None:
        print(HOW_TO_GET_CHROMIUM, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        course = copy_course(Path(folder) / "course")
        with lab_server(course.root, Path(folder) / "private") as server, sync_playwright() as playwright:
            chromium = launch(playwright, executable)
            notebook = Notebook.open(new_context(chromium).new_page(), server, write_solved(course))
            notebook.run_all()
            if problems := [problem for cell in notebook.cells for problem in errors(cell)]:
                print(f"The solved notebook does not run: {problems[0]}", file=sys.stderr)
                return 1
            print(f"{'widget':<22}{'presses':>8}{'p50 ms':>8}{'p95 ms':>8}{'key held: kept':>16}")
            for name in WIDGETS:
                box = notebook.show(notebook.find(f"widgets.{name}(")).locator(".widget-vbox").first
                times = sorted(latencies(notebook, box, presses))
                p95 = statistics.quantiles(times, n=20)[-1]
                kept = held(notebook, box)
                print(f"{name:<22}{len(times):>8}{statistics.median(times):>8.0f}{p95:>8.0f}{kept:>16.0%}", flush=True)
            chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
