"""A term on a JupyterHub that is set up as docs/jupyterhub.md says: an instructor and two students."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_course import write_small_course

from .machine import USERS, Machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "HUB" not in os.environ,
        reason="minutes long and needs packages that the tests do without: make hub",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for the accounts of three users"),
]
RIGHT = "def double(x):\n    return 2 * x\ndef helper(x, scale=1.0):\n    return 2 * scale * x"
WRONG = "def double(x):\n    return x**2\ndef helper(x, scale=1.0):\n    return 2 * scale * x"
COURSE = "neural_networks"
ASSIGNMENT = "01_small"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("hub"))
    made.set_up()
    write_small_course(made.folder / "home/instructor/course")
    for place, _, names in os.walk(made.folder / "home/instructor"):
        for path in (Path(place), *(Path(place) / name for name in names)):
            shutil.chown(path, USERS["instructor"], USERS["instructor"])
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Student:
    """What a student does in the browser, as the requests that it makes."""

    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.name, self.token = machine, name, machine.token(name)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        done = self.machine.ask(method, f"user/{self.name}/{path}", self.token, **more)
        done.raise_for_status()
        return done.json()

    def assignments(self) -> list[dict[str, Any]]:
        found = self.ask("GET", f"assignments?course_id={COURSE}")
        assert found["success"], found
        return list(found["value"])

    def act(self, action: str) -> None:
        found = self.ask("POST", f"assignments/{action}", data={"course_id": COURSE, "assignment_id": ASSIGNMENT})
        assert found["success"], found

    def write(self, code: str) -> None:
        path = f"api/contents/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
        notebook = nbformat.from_dict(self.ask("GET", path)["content"])
        (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double"]
        cell.source = code
        self.ask("PUT", path, json={"type": "notebook", "format": "json", "content": notebook})

    def validate(self) -> Any:
        return self.ask("POST", "assignments/validate", data={"path": f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"})


def test_a_term(machine: Machine) -> None:
    course = "/home/instructor/course"

    def teach(*command: str) -> str:
        return machine.run("instructor", *command, where=course)

    ada, ben = Student(machine, "ada"), Student(machine, "ben")
    assert ada.assignments() == []
    teach("nbgrader", "generate_assignment", ASSIGNMENT)
    teach("nbgrader", "release_assignment", ASSIGNMENT)
    assert [one["assignment_id"] for one in ada.assignments()] == [ASSIGNMENT]

    for student, code in ((ada, RIGHT), (ben, WRONG)):
        student.act("fetch")
        failed = student.validate()
        assert failed["success"]
        assert "NotImplementedError" in str(failed["value"])
        student.write(code)
        student.act("submit")
    right = ada.validate()
    assert "NotImplementedError" not in str(right["value"])
    assert "twice two" not in str(right["value"])

    # Nobody else's server, home or submission is open to a student.
    assert machine.ask("GET", "user/ben/api/contents", ada.token).status_code == 403
    assert machine.ask("GET", "user/instructor/api/contents", ada.token).status_code == 403
    machine.run("ada", "ls", "/home/ben", fails=True)
    machine.run("ada", "cat", f"{course}/solutions/{ASSIGNMENT}.py", fails=True)
    machine.run("ada", "ls", f"/srv/course/exchange/{COURSE}/inbound", fails=True)

    teach("nbgrader", "collect", ASSIGNMENT)
    teach("autograder", "grade", ASSIGNMENT)
    teach("autograder", "feedback", ASSIGNMENT)
    teach("nbgrader", "release_feedback", ASSIGNMENT)

    for student, points in ((ada, "2 of 3 points"), (ben, "0 of 3 points")):
        student.act("fetch_feedback")
        pages = list((machine.folder / "home" / student.name / ASSIGNMENT / "feedback").glob("*/*.html"))
        assert len(pages) == 1
        page = pages[0].read_text()
        assert f"Feedback for {student.name}" in page
        assert points in page
        assert "HIDDEN" not in page


def test_the_instructor_has_formgrader_in_a_frame_and_students_have_none(machine: Machine) -> None:
    teacher, student = machine.token("instructor"), machine.token("ada")
    shown = machine.ask("GET", "user/instructor/formgrader/manage_assignments", teacher)
    assert shown.status_code == 200
    assert shown.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    listed = machine.ask("GET", "user/instructor/formgrader/api/assignments", teacher).json()
    assert [one["name"] for one in listed] == [ASSIGNMENT]  # of the course, wherever the server was started
    assert machine.ask("GET", "user/ada/formgrader/manage_assignments", student).status_code == 404


def test_students_see_the_assignment_list_alone(machine: Machine) -> None:
    def hidden(user: str) -> list[str]:
        page = machine.ask("GET", f"user/{user}/lab", machine.token(user)).text
        return sorted(json.loads(re.findall(r'"disabledExtensions": (\[[^]]*\])', page)[0]))

    instructors = ["course-list", "create-assignment", "formgrader"]
    assert hidden("ada") == [f"@jupyter/nbgrader:{name}" for name in instructors]
    assert hidden("instructor") == []
