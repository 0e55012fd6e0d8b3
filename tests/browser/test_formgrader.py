"""What an instructor meets: formgrader on a course directory with a gradebook, by the command that the demo prints."""

import io
import re
import shlex
from collections.abc import Iterator

import pytest
from lab_driver import PAGE_LOAD, LabServer, lab_server, screenshot
from playwright.sync_api import Browser, Page, expect
from rich.console import Console
from scratch_course import NAME, copy_course

from autograder.course.paths import Course
from autograder.sample.demo import _print_places, run_nbgrader

pytestmark = pytest.mark.browser


def formgrader_command(course: Course) -> list[str]:
    """The arguments of `jupyter` in the command that the demo prints for this course."""
    said = io.StringIO()
    _print_places(Console(file=said, width=200), course, NAME)
    line = next(line for line in said.getvalue().splitlines() if line.startswith("formgrader:"))
    words = shlex.split(line)
    return words[words.index("jupyter") + 1 :]


@pytest.fixture
def formgrader(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """The server of a course with a gradebook, as the demo leaves one."""
    folder = tmp_path_factory.mktemp("formgrader")
    course = copy_course(folder / "course")
    assert run_nbgrader(course.root, ["generate_assignment", NAME]) == 0, (course.root / "nbgrader.log").read_text()
    options = formgrader_command(course)[1:]
    with lab_server(course.root, folder / "private", *options) as server:
        yield server


def test_the_address_of_the_server_leads_to_the_list_of_assignments(page: Page, formgrader: LabServer) -> None:
    page.goto(formgrader.url("/"), timeout=PAGE_LOAD * 1000)
    expect(page).to_have_url(re.compile("/formgrader"))
    row = page.locator("tr", has_text=NAME)
    expect(row).to_have_count(1, timeout=30_000)
    screenshot(page, "formgrader")
