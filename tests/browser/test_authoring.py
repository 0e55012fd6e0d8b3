"""What an author meets: the percent file opens as a notebook, and nbgrader's panel writes points back into it."""

import difflib

import pytest
from lab_driver import LabServer, Notebook, screenshot
from playwright.sync_api import Page, expect
from scratch_course import NAME

from autograder.course.contract import read_contract
from autograder.course.paths import Course

pytestmark = pytest.mark.browser

TEST_CELL = "test-sigmoid-value"


def test_points_changed_in_the_create_assignment_panel_come_back_into_the_percent_file(
    page: Page, lab: LabServer, course: Course
) -> None:
    percent = course.percent(NAME)
    before = percent.read_text(encoding="utf-8").splitlines()
    notebook = Notebook.open_with(page, lab, str(percent.relative_to(course.root)), "Jupytext Notebook")
    notebook.command("nbgrader:open-create-assignment")
    cells = page.locator(".nbgrader-CellWidget")
    expect(cells).to_have_count(len(notebook.cells))

    shown = {
        cell.locator(".nbgrader-CellId input").input_value(): cell.locator(".nbgrader-CellPoints input")
        for cell in cells.all()
    }
    contract = read_contract(course, NAME)
    points = contract.test_points | contract.written
    assert {name: float(shown[name].input_value()) for name in points} == points

    changed = points[TEST_CELL] + 3
    shown[TEST_CELL].fill(f"{changed:g}")
    shown[TEST_CELL].press("Tab")
    expect(page.locator(".nbgrader-TotalPointsInput")).to_have_value(f"{sum(points.values()) + 3:g}")
    screenshot(page, "author-create-assignment")
    notebook.save()

    after = percent.read_text(encoding="utf-8").splitlines()
    difference = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    old = next(line for line in before if f'"{TEST_CELL}"' in line)
    new = old.replace(f'"points": {points[TEST_CELL]:g},', f'"points": {changed:g},')
    assert difference == [f"- {old}", f"+ {new}"]
