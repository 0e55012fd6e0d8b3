"""Which tests run first, and which stay together on one worker when several run side by side.

The longest files come first, so that no worker is left alone with one at the end. The tests of a file stay together, as
they share what was started for them. Those of the browser share one JupyterLab and one Chromium: all but the explorers,
which alone take as long as all the others, and the site, which needs no JupyterLab.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent


class Scheduling(LoadFileScheduling):
    """Hands out whole files, and most of the browser's as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        alone = "explorers" in file or "site" in file
        return "tests/browser" if file.startswith("tests/browser/") and not alone else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto`: one more than there are cores, as some tests only wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Takes the place of the scheduling that `--dist` names."""
    config.option.loadscopereorder = False  # by number of tests, which says nothing of how long they take
    return Scheduling(config, log)


# The files that take longest come first, in this order.
LONGEST = (
    "test_proof", "test_class_run", "test_hostile_class", "test_textbook", "test_platforms", "test_saved_by",
    "test_round_trip", "test_example_numbers", "test_tutorial", "test_audit", "test_every_command", "test_every_figure",
    "test_shipped", "test_differences", "test_damaged", "test_recognise", "test_postgresql", "test_shipped_course",
    "test_forward_experiments", "test_separate_process", "test_against_jax", "test_intake", "test_sandbox",
    "test_widgets", "test_plugin", "test_regularization_figures", "test_outputs", "test_nbgrader",
    "test_optimizers_widgets",
)  # fmt: skip
# Files that take more than five seconds on a quiet machine: `make check` leaves them out. Single slow tests of other
# files carry the mark themselves, and so do whole files that say why.
SLOW = {
    "test_against_jax", "test_audit", "test_backprop_figures", "test_backprop_widget", "test_capstone_credit",
    "test_capstone_figures", "test_every_figure", "test_forward_experiments", "test_forward_widgets", "test_grader",
    "test_hint_tables", "test_hostile_class", "test_killed", "test_losses_widget", "test_optimizers_figures",
    "test_optimizers_widgets", "test_outputs", "test_plugin", "test_pool", "test_recognise", "test_recording",
    "test_regularization_figures", "test_regularization_widget", "test_report", "test_sandbox", "test_saved_by",
    "test_separate_process", "test_settings", "test_start", "test_untouched_widgets", "test_views", "test_widgets",
    "test_without_browser", "test_without_namespaces",
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests first, then the longest files, then others by the number of their slow tests."""
    place = {stem: number for number, stem in enumerate(LONGEST)}
    slow: dict[Path, int] = {}
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
        slow[item.path] = slow.get(item.path, 0) + bool(item.get_closest_marker("slow"))

    def order(item: pytest.Item) -> tuple[bool, int, int]:
        return not item.get_closest_marker("browser"), place.get(item.path.stem, len(place)), -slow[item.path]

    items.sort(key=order)
