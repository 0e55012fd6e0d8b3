"""A browser, a scratch copy of the course, and a JupyterLab server over it, each started once for this folder.

Without a browser the tests are skipped, unless REQUIRE_BROWSER=1 says that one must be there. Screenshots go to
`build/screenshots/`: those that the tests ask for, and one of each page on which a test failed.
"""

import os
from collections.abc import Iterator

import pytest
from lab_driver import (
    ANSWER,
    HOW_TO_GET_CHROMIUM,
    LabServer,
    Notebook,
    find_chromium,
    lab_server,
    launch,
    new_context,
    screenshot,
)
from playwright.sync_api import Browser, Page, expect, sync_playwright
from scratch_course import NAME, copy_course, formgrader_command

from autograder.course.paths import Course
from autograder.sample.demo import run_nbgrader

expect.set_options(timeout=ANSWER * 1000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once for all tests."""
    executable = find_chromium()
    if executable is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, but {HOW_TO_GET_CHROMIUM}", pytrace=False)
        pytest.skip(HOW_TO_GET_CHROMIUM)
    with sync_playwright() as playwright:
        chromium = launch(playwright, executable)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def course(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A scratch copy of the course with a gradebook, as the demo leaves one.

    It asks for the browser first, so that nothing is done without one.
    """
    course = copy_course(tmp_path_factory.mktemp("lab") / "course")
    assert run_nbgrader(course.root, ["generate_assignment", NAME]) == 0, (course.root / "nbgrader.log").read_text()
    return course


@pytest.fixture(scope="session")
def lab(course: Course) -> Iterator[LabServer]:
    """JupyterLab over the scratch course, by the command that the demo prints. Its kernels take warnings for errors."""
    private = course.root.parent / "private"
    settings = private / "ipython" / "profile_default" / "ipython_config.py"
    settings.parent.mkdir(parents=True)
    strict = "import warnings; warnings.simplefilter('error'); warnings.filterwarnings('ignore', module='ipykernel')"
    settings.write_text(f"get_config().InteractiveShellApp.exec_lines = [{strict!r}]\n")
    with lab_server(course.root, private, *formgrader_command(course)[1:]) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without cookies of any other."""
    with new_context(browser) as context:
        yield context.new_page()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Brings together the tests of a module that work on the same notebook, so that it is opened and run once."""
    order = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}

    def place(item: pytest.Item) -> tuple[int, str]:
        callspec = getattr(item, "callspec", None)
        return order[item.path], callspec.params.get("notebook", "") if callspec else ""

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Shows with each failure what the server said, and keeps a picture of the page."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, LabServer):
                report.sections.append(("JupyterLab's log", value.said()))
            if isinstance(value, Page | Notebook):
                path = screenshot(value if isinstance(value, Page) else value.page, f"FAILED-{item.name}")
                report.sections.append(("Screenshot", str(path)))
    return report
