"""A class whose notebooks have damaged metadata, graded by one `nbgrader autograde`: the run goes on, right work keeps
its marks, and each record says what was put right."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.engine.record import NotebookRecord

from .course import ThrowAwayCourse, flags, graded_cell, open_cell

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

HIDDEN = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS"
FULL = {"hidden": 3.0, "visible": 1.0, "partial": 0.5, "why": None}
RIGHT = "def f(x):\n    return x + x"
TESTS = ("hidden", "visible", "partial")
Raw = dict[str, Any]


def source() -> NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("Write the double."),
            open_cell("f", "def f(x):\n    return 2 * x"),
            graded_cell("hidden", HIDDEN, 3),
            graded_cell("visible", "assert f(2) == 4", 1),
            graded_cell("partial", "0.5 if f(3) == 6 else 0", 2),
            nbformat.v4.new_markdown_cell("why", metadata=flags("why", grade=True, solution=True, points=2)),
        ]
    )


# ---------------------------------------------------------------------------------------------- damages, on plain JSON


def cell(notebook: Raw, name: str) -> Raw:
    for found in notebook["cells"]:
        data = found["metadata"].get("nbgrader") if isinstance(found["metadata"], dict) else None
        if isinstance(data, dict) and data.get("grade_id") == name:
            whole: Raw = found
            return whole
    raise KeyError(name)


def nbgrader_data(notebook: Raw, name: str) -> Raw:
    data: Raw = cell(notebook, name)["metadata"]["nbgrader"]
    return data


def missing(name: str, *keys: str) -> Callable[[Raw], None]:
    def damage(notebook: Raw) -> None:
        data = nbgrader_data(notebook, name)
        for key in keys:
            del data[key]

    return damage


def other(names: tuple[str, ...] | str, **values: Any) -> Callable[[Raw], None]:
    def damage(notebook: Raw) -> None:
        for name in [names] if isinstance(names, str) else names:
            nbgrader_data(notebook, name).update(values)

    return damage


def metadata(names: tuple[str, ...] | str, value: Any) -> Callable[[Raw], None]:
    """Another value in place of the metadata of a cell, or of nbgrader's part of it."""

    def damage(notebook: Raw) -> None:
        for found in [cell(notebook, name) for name in ([names] if isinstance(names, str) else names)]:
            if isinstance(value, tuple):
                found["metadata"] = value[0]
            else:
                found["metadata"]["nbgrader"] = value

    return damage


def retyped(name: str, kind: Any) -> Callable[[Raw], None]:
    def damage(notebook: Raw) -> None:
        cell(notebook, name)["cell_type"] = kind

    return damage


def copied_to(name: str, kind: str, text: str, where: int) -> Callable[[Raw], None]:
    """One more cell that says it is `name`."""

    def damage(notebook: Raw) -> None:
        extra = json.loads(json.dumps(cell(notebook, name)))
        extra.update(cell_type=kind, source=text, id=f"extra-{kind}")
        if kind != "code":
            extra.pop("outputs", None)
            extra.pop("execution_count", None)
        notebook["cells"].insert(where if where >= 0 else len(notebook["cells"]), extra)

    return damage


def swapped(first: str, second: str) -> Callable[[Raw], None]:
    def damage(notebook: Raw) -> None:
        a, b = nbgrader_data(notebook, first), nbgrader_data(notebook, second)
        a["grade_id"], b["grade_id"] = b["grade_id"], a["grade_id"]

    return damage


def old_format(notebook: Raw) -> None:
    """Format 4.4 has no ids, and a test of another type has no valid form there."""
    notebook["nbformat_minor"] = 4
    for found in notebook["cells"]:
        found.pop("id", None)
    cell(notebook, "hidden")["cell_type"] = "markdown"


def everything(notebook: Raw) -> None:
    other(TESTS, points=None, schema_version="x", grade=[], task=3)(notebook)
    metadata("f", 3)(notebook)
    retyped("why", "raw")(notebook)


@dataclass(frozen=True)
class Damage:
    """`seen`: a finding that the record must have. `marks`: other than full ones."""

    name: str
    change: Callable[[Raw], None]
    seen: str = "had other settings of the grader"
    marks: dict[str, float | None] | None = None


PUT_BACK = "was not found: put back"
FOUND = "found again by their text"
DAMAGES = [
    *(Damage(f"no {key}", missing("hidden", key), f"hidden had other settings of the grader \\({key}\\)") for key in
      ("schema_version", "grade", "locked", "solution", "points")),
    Damage("no grade_id", missing("hidden", "grade_id"), "unknown label 'None'"),
    Damage("no flags but the id", missing("hidden", "schema_version", "grade", "locked", "solution", "points", "task", "checksum", "cell_type")),
    Damage("no flags of the solution", missing("f", "schema_version", "grade", "locked", "solution"), "cell f had"),
    Damage("points negative", other(TESTS, points=-5), r"partial had other settings of the grader \(points\)"),
    Damage("points NaN", other(TESTS, points=float("nan"))),
    Damage("points infinite", other(TESTS, points=float("inf"))),
    Damage("points beyond a float", other(TESTS, points=10**400)),
    Damage("points as text", other(TESTS, points="3")),
    Damage("points null", other(TESTS, points=None)),
    Damage("points true", other("visible", points=True)),
    Damage("points in a list", other(TESTS, points=[3])),
    Damage("points of a written answer", other("why", points=500), "why had other settings of the grader"),
    Damage("schema of text", other(TESTS, schema_version="3")),
    Damage("schema 0", other(TESTS, schema_version=0)),
    Damage("schema 1", other(TESTS, schema_version=1)),
    Damage("schema 2", other(TESTS, schema_version=2)),
    Damage("schema 4", other(TESTS, schema_version=4)),
    Damage("schema null", other(TESTS, schema_version=None)),
    Damage("schema of the solution", other("f", schema_version=99), "cell f had"),
    # Of test cells nbgrader ignores it, and releases whatever the author wrote: no damage that could be told from that.
    Damage("not locked", other(TESTS, locked=False), ""),
    Damage("not locked, and changed", lambda n: (other("hidden", locked=False)(n), cell(n, "hidden").update(source="pass")), "hidden is locked and was changed"),
    Damage("locked as text", other(TESTS, locked="yes"), r"\(locked\)"),
    Damage("locked as number", other(TESTS, locked=1), r"\(locked\)"),
    Damage("not graded", other(TESTS, grade=False), r"\(grade\)"),
    Damage("a solution as well", other(TESTS, solution=True), r"\(solution\)"),
    Damage("a task as well", other(TESTS, task=True), r"\(task\)"),
    Damage("the solution is locked", other("f", locked=True, grade=True, points=99), "cell f had"),
    Damage("the answer is a test", other("why", solution=False, locked=True), "why had other settings of the grader"),
    Damage("id null", other("hidden", grade_id=None), "unknown label 'None'"),
    Damage("id of a number", other("hidden", grade_id=3), "unknown label '3'"),
    Damage("id of a list", other("hidden", grade_id=["hidden"]), "unknown label"),
    Damage("id of a table", other("hidden", grade_id={"hidden": 1}), "unknown label"),
    Damage("id empty", other("hidden", grade_id=""), "unknown label ''"),
    Damage("id of a path", other("hidden", grade_id="../hidden"), "unknown label"),
    Damage("id of the solution unknown", other("f", grade_id="g"), "unknown label 'g'"),
    Damage("id in other letters", other("hidden", grade_id="HIDDEN"), "unknown label"),
    Damage("id very long", other("hidden", grade_id="x" * 100_000), "unknown label 'x{80}'"),
    Damage("ids of tests swapped", swapped("hidden", "visible"), "hidden is locked and was changed"),
    Damage("ids of test and answer swapped", swapped("hidden", "why"), "hidden was turned from code into markdown", {**FULL, "why": None}),
    Damage("nbgrader is a list", metadata(TESTS, []), FOUND),
    Damage("nbgrader is text", metadata(TESTS, "x"), FOUND),
    Damage("nbgrader is a number", metadata(TESTS, 3), FOUND),
    Damage("nbgrader is null", metadata(TESTS, None), FOUND),
    Damage("nbgrader is empty", metadata(TESTS, {}), FOUND),
    Damage("metadata is a list", metadata(TESTS, ([],)), FOUND),
    Damage("metadata is null", metadata(TESTS, (None,)), FOUND),
    Damage("metadata is text", metadata("why", ("x",)), FOUND),
    Damage("metadata of the solution is null", metadata("f", (None,)), ""),
    Damage("id again on text before", copied_to("hidden", "markdown", "my notes", 0), "hidden stands in the notebook more than once"),
    Damage("id again on text after", copied_to("hidden", "markdown", "my notes", -1), "hidden stands in the notebook more than once"),
    Damage("id again on raw text", copied_to("visible", "raw", "...", -1), "visible stands in the notebook more than once"),
    Damage("id again on code before", copied_to("partial", "code", "2", 0), "partial stands in the notebook more than once"),
    Damage("id again on code after", copied_to("partial", "code", "2", -1), "partial is locked and was changed"),
    Damage("the solution again after the tests", copied_to("f", "code", RIGHT, -1), "f stands in the notebook more than once"),
    Damage("the solution's id on text", copied_to("f", "markdown", "What I did: nothing.", -1), "f was turned from code into markdown"),
    Damage("the answer again", copied_to("why", "markdown", "because, again", -1), "why stands in the notebook more than once"),
    Damage("a test is text", retyped("hidden", "markdown"), "hidden was turned from code into markdown"),
    Damage("a test is raw", retyped("partial", "raw"), "partial was turned from code into raw"),
    Damage("a test is a heading", retyped("hidden", "heading"), PUT_BACK),
    Damage("a test is of no type", retyped("hidden", None), PUT_BACK),
    Damage("a test is of a list", retyped("hidden", ["code"]), PUT_BACK),
    Damage("the solution is text", retyped("f", "markdown"), "f was turned from code into markdown"),
    Damage("the solution is raw", retyped("f", "raw"), "f was turned from code into raw"),
    Damage("the answer is code", retyped("why", "code"), "why was turned from markdown into code"),
    Damage("the answer is raw", retyped("why", "raw"), "why was turned from markdown into raw"),
    Damage("an older format, without ids", old_format, "turned from code into markdown"),
    Damage("everything at once", everything, "hidden had other settings of the grader"),
]  # fmt: skip


def student(damage: Damage) -> str:
    return re.sub(r"\W+", "-", damage.name)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayCourse:
    """Graded once, attackers and honest students in one run."""
    made = ThrowAwayCourse(tmp_path_factory.mktemp("course"))
    made.release("hw", source())
    for one in DAMAGES:
        submit(made, student(one), one.change)
    for honest in ("aa-honest", "zz-honest"):
        submit(made, honest, lambda notebook: None)
    made.run("hw", "*")
    return made


def submit(course: ThrowAwayCourse, student: str, change: Callable[[Raw], None]) -> None:
    notebook: Raw = json.loads((course.root / "release/hw/p.ipynb").read_text())
    cell(notebook, "f")["source"] = RIGHT
    cell(notebook, "why")["source"] = "because"
    change(notebook)
    folder = course.root / "submitted" / student / "hw"
    folder.mkdir(parents=True)
    (folder / "p.ipynb").write_text(json.dumps(notebook))


def marks(course: ThrowAwayCourse, student: str) -> dict[str, float | None]:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grades = gradebook.find_submission_notebook("p", "hw", student).grades
        return {grade.cell.name: grade.auto_score for grade in grades}


def record(course: ThrowAwayCourse, student: str) -> NotebookRecord:
    return course.record("hw", student)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_right_work_keeps_its_marks_and_the_record_says_what_was_put_right(
    course: ThrowAwayCourse, damage: Damage
) -> None:
    assert marks(course, student(damage)) == (damage.marks or FULL)
    repairs = [finding.text for finding in record(course, student(damage)).findings if finding.kind == "repair"]
    assert any(re.search(damage.seen, text) for text in repairs) or not damage.seen, repairs
    assert {mark.cell: mark.max_score for mark in record(course, student(damage)).marks} == {
        "hidden": 3, "visible": 1, "partial": 2, "why": 2,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["aa-honest", "zz-honest"])
def test_an_untouched_notebook_has_no_finding(course: ThrowAwayCourse, name: str) -> None:
    assert marks(course, name) == FULL
    assert record(course, name).all_findings == []


def test_every_submission_was_graded(course: ThrowAwayCourse) -> None:
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        graded = {submission.student.id for submission in gradebook.assignment_submissions("hw")}
    assert graded == {"aa-honest", "zz-honest", *map(student, DAMAGES)}


def test_feedback_can_be_made_of_every_one(course: ThrowAwayCourse) -> None:
    result = course._api().generate_feedback("hw", "*", force=True)
    assert result["success"], result
    assert len(list((course.root / "feedback").glob("*/hw/p.html"))) == len(DAMAGES) + 2
