"""What an instructor meets: formgrader on a course directory with a gradebook, by the command that the demo prints."""

import re

import pytest
from lab_driver import PAGE_LOAD, LabServer, screenshot
from playwright.sync_api import Page, expect
from scratch_course import NAME

pytestmark = pytest.mark.browser


def test_the_address_of_the_server_leads_to_the_list_of_assignments(page: Page, lab: LabServer) -> None:
    page.goto(lab.url("/"), timeout=PAGE_LOAD * 1000)
    expect(page).to_have_url(re.compile("/formgrader"))
    row = page.locator("tr", has_text=NAME)
    expect(row).to_have_count(1)
    screenshot(page, "formgrader")
