"""A damaged submission is made gradable again, and says what was wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from autograder.engine.record import ReleasedCell
from autograder.grade.reading import read_file, read_notebook
from autograder.grade.repair import Repairs, repair_cells


def known(name: str, source: str = "", **kinds: bool) -> ReleasedCell:
    flags = {"locked": False, "grade": False, "solution": False, "task": False, **kinds}
    return ReleasedCell(name, "code", source or f"# {name}", "0" * 32, points=2.0 if flags["grade"] else 0.0, **flags)


EXPECTED = [
    known("imports", "import math", locked=True),
    known("double", "def double(x): ...", solution=True),
    known(
        "test-double",
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS",
        locked=True,
        grade=True,
    ),
    known("triple", "def triple(x): ...", solution=True),
    known("test-triple", "assert triple(2) == 6", locked=True, grade=True),
]
RELEASED = {**{cell.name: cell.source for cell in EXPECTED}, "test-double": "assert double(2) == 4"}


def submission() -> NotebookNode:
    """The released notebook, with an ordinary cell of the student's behind each marked one."""
    notebook = nbformat.v4.new_notebook()
    for cell in EXPECTED:
        new = nbformat.v4.new_code_cell(RELEASED[cell.name], metadata={"nbgrader": cell.flags()})
        notebook.cells += [new, nbformat.v4.new_code_cell(f"mine = '{cell.name}'")]
    return notebook


def marked(notebook: NotebookNode) -> list[str]:
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]


def by_name(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


ALL = [cell.name for cell in EXPECTED]


def test_an_honest_submission_is_left_as_it_is() -> None:
    notebook = submission()
    before = [cell.source for cell in notebook.cells if "hidden" not in cell.source]
    assert repair_cells(notebook, EXPECTED) == Repairs([])
    assert marked(notebook) == ALL
    assert by_name(notebook, "test-double").source == EXPECTED[2].source
    assert [cell.source for cell in notebook.cells if cell.source in before] == [
        s for s in before if "double(2)" not in s
    ]


def delete(name: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        notebook.cells.remove(by_name(notebook, name))

    return change


def double_at_the_end(name: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        notebook.cells.append(nbformat.from_dict(json.loads(json.dumps(by_name(notebook, name)))))

    return change


def retype(name: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        cell = by_name(notebook, name)
        position = notebook.cells.index(cell)
        notebook.cells[position] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)

    return change


def move_to_the_top(name: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        cell = by_name(notebook, name)
        notebook.cells.remove(cell)
        notebook.cells.insert(0, cell)

    return change


def set_flag(name: str, key: str, value: object) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        by_name(notebook, name).metadata.nbgrader[key] = value

    return change


def edit_source(name: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        by_name(notebook, name).source = "pass"

    return change


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (delete("test-double"), "cell test-double was not found: put back"),
        (delete("imports"), "cell imports was not found: put back"),
        (delete("test-triple"), "cell test-triple was not found: put back"),
        (double_at_the_end("test-double"), "cell test-double stands in the notebook more than once"),
        (double_at_the_end("double"), "cell double stands in the notebook more than once"),
        (retype("test-double"), "was turned from code into markdown"),
        (move_to_the_top("test-triple"), "cell test-triple stood before cells that it builds on"),
        (edit_source("test-double"), "cell test-double is locked and was changed: restored"),
    ],
)
def test_damage_is_repaired_and_reported(damage: Callable[[NotebookNode], None], finding: str) -> None:
    notebook = submission()
    damage(notebook)
    findings = repair_cells(notebook, EXPECTED).findings
    assert finding in "\n".join(findings)
    assert sorted(marked(notebook)) == sorted(ALL)
    for cell in EXPECTED:
        found = by_name(notebook, cell.name)
        assert found.cell_type == "code"
        assert found.metadata.nbgrader == cell.flags()
        if cell.locked:
            assert found.source == cell.source
    for test, solution in (("test-double", "double"), ("test-triple", "triple")):
        assert marked(notebook).index(test) > marked(notebook).index(solution)
    nbformat.validate(notebook)


def test_an_answer_that_was_written_into_its_question_is_kept() -> None:
    question = ReleasedCell("q", "markdown", "Which axis?\n\nWhy?", "0" * 32, locked=True, task=True, points=2.0)
    for written, own in (
        ("Which axis?\n\nWhy?\n\nThe first one,\nas rows are examples.", "The first one,\nas rows are examples."),
        ("Which axis? The first.\n\nWhy?", "Which axis? The first."),
        ("Which  axis?\n\nWhy?\n", ""),
        ("* Which axis? *Why?*", ""),
    ):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell(written, metadata={"nbgrader": question.flags()})]
        )
        findings = "\n".join(repair_cells(notebook, [question]).findings)
        assert [cell.source for cell in notebook.cells] == [question.source, *([own] if own else [])]
        assert ("what was written into q stands in a cell of its own below it" in findings) == bool(own)


@pytest.mark.parametrize(
    ("key", "value"),
    [("points", 500), ("grade", False), ("solution", True), ("locked", False), ("unknown", 1), ("schema_version", 0)],
)
def test_flags_of_a_cell_are_those_of_the_gradebook(key: str, value: object) -> None:
    notebook = submission()
    set_flag("test-double", key, value)(notebook)
    repair_cells(notebook, EXPECTED)
    assert by_name(notebook, "test-double").metadata.nbgrader == EXPECTED[2].flags()


@pytest.mark.parametrize(
    "extra", [{"tags": ["skip-execution"]}, {"jupyter": {"source_hidden": True}}, {"slideshow": 1}]
)
def test_other_metadata_does_not_survive(extra: dict) -> None:
    notebook = submission()
    for cell in notebook.cells:
        cell.metadata.update(extra)
    repair_cells(notebook, EXPECTED)
    assert {key for cell in notebook.cells for key in cell.metadata} == {"nbgrader"}


@pytest.mark.parametrize(
    "flags", [{}, {"grade_id": "other"}, {"grade_id": 7}, {"grade_id": ["a"]}, {"grade": True}, "x"]
)
def test_a_cell_with_foreign_flags_becomes_an_ordinary_cell(flags: object) -> None:
    notebook = submission()
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0", metadata={"nbgrader": flags}))
    repair_cells(notebook, EXPECTED)
    assert marked(notebook) == ALL
    assert "nbgrader" not in notebook.cells[-1].metadata


def test_a_deleted_solution_cell_is_not_put_back_over_the_students_code() -> None:
    notebook = submission()
    delete("double")(notebook)
    repair_cells(notebook, EXPECTED)
    assert "double" not in marked(notebook)


def test_every_marked_cell_gone_gives_all_tests_back_in_order() -> None:
    notebook = nbformat.v4.new_notebook()
    assert len(repair_cells(notebook, EXPECTED).findings) == 4
    assert marked(notebook) == ["imports", "test-double", "test-triple"]


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_sound_file_is_read_without_findings() -> None:
    notebook, findings = read_notebook(nbformat.writes(submission()).encode())
    assert findings == []
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in submission().cells]


@pytest.mark.parametrize("damaged", [False, True])
def test_half_an_emoji_anywhere_in_a_file_is_replaced(damaged: bool) -> None:
    """As editors leave that cut a text by UTF-16 units."""
    book = submission()
    outputs = [{"output_type": "display_data", "metadata": {"half": "H"}, "data": {"text/plain": ["H"], "H": {"H": 1}}}]
    book.cells[1].source, book.cells[1].outputs = "H", nbformat.from_dict(outputs)
    text = nbformat.writes(book).replace('"H"', '"\\ud83d"')
    notebook, _ = read_notebook((text[:-1] if damaged else text).encode())
    assert notebook.cells[1].source == "?"
    assert "?" in nbformat.writes(notebook).encode().decode()


def test_whole_cells_of_a_truncated_file_are_read() -> None:
    text = nbformat.writes(submission())
    cut = text.index("mine = 'triple'")
    notebook, findings = read_notebook(text[:cut].encode())
    assert len(notebook.cells) == 7
    assert "file is damaged" in findings[0]


def test_what_takes_long_to_read_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    read_notebook(("<<<<<<< a\n" + "||||||| b\n" * 40_000).encode())  # takes days where each mark looks for its end
    monkeypatch.setattr("autograder.grade.reading._MOST_IN_VAIN", 500_000)
    deep = '{"source":' * 3000
    cells = json.dumps(submission().cells)
    notebook, findings = read_notebook((deep + cells).encode())
    assert notebook.cells == []
    assert "damaged" in findings[0]
    notebook, _ = read_notebook(('{"source":' * 3 + cells).encode())
    assert len(notebook.cells) == 2 * len(EXPECTED)


def test_so_many_outputs_are_kept_and_the_rest_is_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grade.reading._MOST_OUTPUTS", 5)
    whole = submission()
    for cell in whole.cells[:3]:
        cell.outputs = [nbformat.v4.new_output("stream", text="a")] * 2
    notebook, findings = read_notebook(nbformat.writes(whole).encode())
    assert [len(cell.outputs) for cell in notebook.cells[:4]] == [2, 2, 1, 0]
    assert "more than 5 outputs" in findings[0]
    whole.cells[2].outputs.pop()
    assert read_notebook(nbformat.writes(whole).encode())[1] == []
    whole.cells[0].outputs *= 3
    text = nbformat.writes(whole).replace('"output_type": "stream"', '"output_type": "none"')
    notebook, findings = read_notebook(text.encode())
    assert not any(cell.outputs for cell in notebook.cells)
    assert "more than 5 outputs" in findings[0]


def test_a_file_of_any_size_is_not_taken_into_memory(tmp_path: Path) -> None:
    large = tmp_path / "large.ipynb"
    with open(large, "wb") as file:
        file.truncate(1 << 40)
    notebook, findings = read_file(large)
    assert notebook.cells == []
    assert "nothing was read" in findings[0]


def test_an_old_notebook_is_converted() -> None:
    old = nbformat.v3.new_notebook(
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input="x = 1")])]
    )
    notebook, findings = read_notebook(nbformat.v3.writes_json(old).encode())
    assert [cell.source for cell in notebook.cells] == ["x = 1"]
    assert "format 3" in findings[0]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "7", '"x"', "{}", "[" * 100_000, '{"cells": 3}', '{"nbformat": 4, "cells": [3, null, {"cell_type": 1}]}',
     '{"nbformat": 99, "cells": []}', '{"nbformat": 3}', '{"nbformat": "4"}', '{"cells": [{"cell_type": "code", "source": [1]}]}',
     '{"nbformat": 4, "metadata": 3, "cells": [{"cell_type": "code", "metadata": 4, "source": "x", "outputs": [{"output_type": 3}]}]}',
     '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": 1}, {"cell_type": "code", "outputs": {"a": 1}}]}'],
)  # fmt: skip
def test_whatever_a_file_holds_a_valid_notebook_comes_out(text: str) -> None:
    notebook, _ = read_notebook(text.encode())
    nbformat.validate(notebook)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["code", "markdown", "cells"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "metadata", "outputs", "nbgrader", "grade_id"]), inner
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(json_values, max_size=5), version=st.sampled_from([4, 3, 2, None, "x"]))
def test_any_json_gives_a_notebook_that_can_be_repaired(cells: list, version: object) -> None:
    notebook, _ = read_notebook(json.dumps({"nbformat": version, "nbformat_minor": 5, "cells": cells}).encode())
    repair_cells(notebook, EXPECTED)
    nbformat.validate(notebook)
    assert {"imports", "test-double", "test-triple"} <= set(marked(notebook))
