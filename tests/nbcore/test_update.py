"""A newer release of a notebook keeps what the student has typed, whatever has happened to the cells."""

import copy
import itertools
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.utils import compute_checksum

import nbcore
from autograder.course.percent import set_cell_ids
from nbcore import command
from nbcore.check import HINT_MIME
from nbcore.update import UpdateError, merge, update
from nbcore.update._cells import OURS, checksum, digest, id_digest, label
from nbcore.update._files import to_bytes
from nbcore.widgets.predictions import MIME

ROOT = Path(__file__).parents[2]
RELEASED = sorted(ROOT.glob("notebooks/*/*.ipynb"))
Notebook = dict[str, Any]

STUB = '    # YOUR CODE HERE\n    raise NotImplementedError("not written yet: replace this line")'


def prose(text: str) -> Notebook:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text: str) -> Notebook:
    return {"cell_type": "code", "metadata": {"tags": ["no-marks"]}, "source": text, "outputs": []} | {
        "execution_count": None
    }


def labelled(name: str, cell: Notebook, *, solution: bool = False, points: int | None = None) -> Notebook:
    flags = {"grade_id": name, "solution": solution, "locked": not solution, "grade": points is not None}
    flags |= {"schema_version": 3, "task": False} | ({} if points is None else {"points": points})
    return {**cell, "metadata": {"nbgrader": flags}}


def released(*cells: Notebook) -> Notebook:
    """A release as the build writes it: ids, and nbgrader's own checksums."""
    notebook = nbformat.from_dict(
        {"cells": copy.deepcopy([*cells]), "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}}
        | {"nbformat": 4, "nbformat_minor": 5}
    )
    set_cell_ids(notebook)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return json.loads(json.dumps(notebook))


TANH = f'def tanh(z):\n    """The hyperbolic tangent of z."""\n{STUB}'
SIGMOID = f'def sigmoid(z):\n    """The sigmoid of z."""\n{STUB}\n\n\ndef slope(z):\n{STUB}'
CELLS = (
    prose("# 1. Activation functions\n\nA neural network alternates two kinds of steps."),
    labelled("imports", code("import numpy as np\nfrom nbcore import check, widgets")),
    prose("## 1.1 Sigmoid\n\nThe sigmoid squeezes every number into the open interval."),
    code('deep = widgets.predict("What happens?", ["falls", "rises"])\ndeep'),
    labelled("sigmoid", code(SIGMOID), solution=True),
    labelled("test-sigmoid-value", code("check.value(sigmoid, 0.0, expected=0.5)"), points=2),
    labelled("tanh", code(TANH), solution=True),
    labelled("test-tanh-value", code("check.value(tanh, 0.0, expected=0.0)"), points=2),
    code("plots.curves(sigmoid, tanh)  # both in one figure\nprint(sigmoid(1.0))"),
    labelled("explain", prose("## 1.9 Explain\n\nWhy a slope?\n\nYOUR ANSWER HERE"), solution=True, points=3),
    prose("## 1.10 In PyTorch\n\nThe same there."),
    code("check.summary()"),
)
FIRST = released(*CELLS)


def changed(place: int, old: str, new: str) -> Notebook:
    """The first release with another text in a cell."""
    cells = copy.deepcopy(list(CELLS))
    assert old in cells[place]["source"]
    cells[place]["source"] = cells[place]["source"].replace(old, new)
    return released(*cells)


def worked(*changes: tuple[int, str, str], of: Notebook = FIRST) -> Notebook:
    """A release in which a student has replaced texts."""
    notebook = copy.deepcopy(of)
    for place, old, new in changes:
        assert old in notebook["cells"][place]["source"]
        notebook["cells"][place]["source"] = notebook["cells"][place]["source"].replace(old, new)
    return notebook


def of_id(notebook: Notebook, name: str) -> Notebook:
    (found,) = [cell for cell in notebook["cells"] if cell["id"] == name]
    return found


def text_of(cell: Notebook) -> str:
    return "".join(cell["source"])


def above(notebook: Notebook, name: str) -> Notebook:
    at = [cell["id"] for cell in notebook["cells"]].index(name)
    return notebook["cells"][at - 1]


ANSWER = (6, STUB, "    return np.tanh(z)")
GUESS = {"output_type": "display_data", "metadata": {}, "data": {MIME: {"question": "What happens?", "guess": "falls"}}}
HINT = {"output_type": "display_data", "metadata": {}, "data": {HINT_MIME: {"exercise": "tanh", "rung": 2}}}
PRINTED = {"output_type": "stream", "name": "stdout", "text": "passed\n"}


# ---------------------------------------------------------------- what cells say of themselves


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_a_released_cell_is_known_by_its_checksum_or_its_id(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if name := label(cell):
            assert checksum(cell, cell.source, cell.cell_type) == cell.metadata.nbgrader.checksum, name
        else:
            assert id_digest(cell) == digest(cell), cell.id


def test_guesses_and_hints_are_known_by_their_type() -> None:
    assert MIME.startswith(OURS)
    assert HINT_MIME.startswith(OURS)


# ---------------------------------------------------------------- one thing at a time


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_an_untouched_notebook_gives_the_release_byte_for_byte(path: Path) -> None:
    new = json.loads(path.read_bytes())
    old = released(*(c for n, c in enumerate(copy.deepcopy(nbformat.read(path, as_version=4).cells)) if n % 5))
    assert to_bytes(merge(new, old).notebook) == path.read_bytes()


def test_an_answer_stays_and_a_new_test_comes() -> None:
    new = changed(7, "0.0, expected=0.0", "1.0, expected=0.7615941559557649")
    done = merge(new, worked(ANSWER))
    assert of_id(done.notebook, "tanh")["source"] == TANH.replace(STUB, ANSWER[2])
    assert of_id(done.notebook, "test-tanh-value") == of_id(new, "test-tanh-value")
    assert (done.kept, done.new, done.conflicts, done.own) == (["tanh"], ["test-tanh-value"], [], 0)
    assert len(done.notebook["cells"]) == len(new["cells"])


def test_a_changed_exercise_with_an_answer_is_marked() -> None:
    done = merge(changed(6, "tangent of z", "tangent of every entry of z"), worked(ANSWER))
    note = above(done.notebook, "tanh")
    assert note["cell_type"] == "markdown"
    assert "Please compare: `tanh`" in note["source"]
    assert "tangent of every entry of z" in note["source"]
    assert of_id(done.notebook, "tanh")["source"] == TANH.replace(STUB, ANSWER[2])
    assert done.conflicts == ["tanh"]


def test_what_the_student_has_taken_over_already_is_no_conflict() -> None:
    mine = worked(ANSWER, (6, "tangent of z", "tangent of every entry of z"))
    assert merge(changed(6, "tangent of z", "tangent of every entry of z"), mine).conflicts == []


def test_another_word_for_not_written_yet_is_no_conflict() -> None:
    assert merge(changed(6, "not written yet", "still to be written"), worked(ANSWER)).conflicts == []


def test_of_two_notes_on_one_exercise_the_last_stays() -> None:
    second = merge(changed(6, "tangent of z", "second text"), worked(ANSWER)).notebook
    third = merge(changed(6, "tangent of z", "third text"), second).notebook
    assert "second text" not in json.dumps(third)
    assert "third text" in above(third, "tanh")["source"]
    typed = copy.deepcopy(second)
    above(typed, "tanh")["source"] += "\nmy own remark"
    assert "my own remark" in json.dumps(merge(changed(6, "tangent of z", "third text"), typed).notebook)


def test_a_locked_cell_comes_from_the_release_and_what_was_typed_is_shown_above() -> None:
    mine = worked((7, "expected=0.0)", "expected=0.0)\nprint(tanh(3.0))"))
    done = merge(FIRST, mine)
    assert of_id(done.notebook, "test-tanh-value") == of_id(FIRST, "test-tanh-value")
    assert "print(tanh(3.0))" in above(done.notebook, "test-tanh-value")["source"]
    assert done.conflicts == ["test-tanh-value"]


def test_an_experiment_that_only_the_student_has_changed_stays() -> None:
    mine = worked((8, "sigmoid(1.0)", "sigmoid(2.5)"))
    done = merge(changed(2, "squeezes", "brings"), mine)
    assert [c["source"] for c in done.notebook["cells"]][8] == mine["cells"][8]["source"]
    assert done.conflicts == []


def test_an_experiment_that_both_have_changed_is_marked() -> None:
    done = merge(changed(8, "both in one figure", "in one"), worked((8, "sigmoid(1.0)", "sigmoid(2.5)")))
    sources = [cell["source"] for cell in done.notebook["cells"]]
    assert "in one\nprint(sigmoid(1.0))" in sources[9]
    assert "print(sigmoid(2.5))" in sources[8]
    assert len(done.conflicts) == 1


def test_cells_of_the_student_stay_behind_the_cell_behind_which_they_stood() -> None:
    mine = worked(ANSWER)
    mine["cells"].insert(7, {**code("mine = 1"), "id": "one"})
    mine["cells"].insert(3, {**prose("my notes"), "id": "two"})
    mine["cells"].insert(0, {**prose("my name"), "id": "three"})
    new = changed(2, "## 1.1 Sigmoid", "## 1.1 The sigmoid")
    new["cells"].insert(7, {**prose("a new text"), "id": "new-text"})
    done = merge(new, mine)
    ids = [cell["id"] for cell in done.notebook["cells"]]
    assert ids[0] == "three"
    assert above(done.notebook, "two")["source"].startswith("## 1.1 The sigmoid")
    assert ids.index("one") == ids.index("tanh") + 1 == ids.index("new-text") - 1
    assert done.own == 3


def test_a_deleted_cell_comes_back_and_a_doubled_one_stands_once() -> None:
    mine = worked(ANSWER)
    double = copy.deepcopy(mine["cells"][6]) | {"id": "other", "source": "def tanh(z):\n    return 2.0"}
    mine["cells"][6:8] = [double, mine["cells"][6]]
    done = merge(FIRST, mine)
    assert [label(cell) for cell in done.notebook["cells"]].count("tanh") == 1
    assert of_id(done.notebook, "tanh")["source"].endswith("return np.tanh(z)")
    assert of_id(done.notebook, "other")["source"] == double["source"]
    assert of_id(done.notebook, "test-tanh-value") == of_id(FIRST, "test-tanh-value")


def test_an_untouched_copy_behind_an_answer_does_not_count() -> None:
    mine = worked(ANSWER)
    mine["cells"].insert(7, copy.deepcopy(FIRST["cells"][6]) | {"id": "other"})
    done = merge(FIRST, mine)
    assert "return np.tanh(z)" in of_id(done.notebook, "tanh")["source"]
    assert "other" not in [cell["id"] for cell in done.notebook["cells"]]


def test_an_exercise_that_the_release_has_left_out_keeps_the_work() -> None:
    new = released(*(cell for n, cell in enumerate(CELLS) if n not in (6, 7)))
    done = merge(new, worked(ANSWER))
    assert of_id(done.notebook, "tanh")["source"].endswith("return np.tanh(z)")
    assert not label(of_id(done.notebook, "tanh"))
    assert "no such cell any more" in above(done.notebook, "tanh")["source"]
    assert "test-tanh-value" not in [cell["id"] for cell in done.notebook["cells"]]


def test_an_answer_in_the_cell_of_another_exercise_is_pointed_out() -> None:
    mine = worked((4, STUB + "\n\n\ndef slope", "    return 1\n\n\ndef tanh(z):\n    return np.tanh(z)\n\n\ndef slope"))
    del mine["cells"][6]
    done = merge(FIRST, mine)
    assert "your cell `sigmoid` has `tanh` too" in above(done.notebook, "tanh")["source"]
    assert done.conflicts == ["tanh"]


def lose_labels(cell: Notebook) -> None:
    cell["metadata"] = {}


def lose_ids(cell: Notebook) -> None:
    del cell["id"]


def lose_both(cell: Notebook) -> None:
    cell["metadata"] = {}
    del cell["id"]


@pytest.mark.parametrize("lose", [lose_labels, lose_ids, lose_both])
def test_what_a_tool_takes_off_the_cells_is_found_again(lose: Callable[[Notebook], None]) -> None:
    mine = worked(ANSWER, (9, "YOUR ANSWER HERE", "As it is the rate."))
    for cell in mine["cells"]:
        lose(cell)
    mine["nbformat_minor"] = 5 if lose is lose_labels else 4
    done = merge(changed(7, "expected=0.0", "expected=0"), mine)
    assert "return np.tanh(z)" in of_id(done.notebook, "tanh")["source"]
    assert "As it is the rate." in of_id(done.notebook, "explain")["source"]
    names = [label(cell) for cell in done.notebook["cells"] if label(cell)]
    assert names == [label(cell) for cell in CELLS if label(cell)]
    nbformat.validate(done.notebook)


def test_outputs_of_cells_that_did_not_change_stay() -> None:
    mine = worked(ANSWER)
    for place in (5, 6, 7):
        mine["cells"][place] |= {"outputs": [PRINTED], "execution_count": place}
    done = merge(changed(7, "expected=0.0", "expected=0"), mine).notebook
    assert of_id(done, "test-sigmoid-value")["outputs"] == [PRINTED]
    assert of_id(done, "tanh")["execution_count"] == 6
    assert of_id(done, "test-tanh-value")["outputs"] == []
    assert of_id(done, "test-tanh-value")["execution_count"] is None


def outputs(notebook: Notebook) -> list[Any]:
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


@pytest.mark.parametrize(
    "text", ['deep = widgets.predict("What happens?", ["falls", "rises", "stays"])\ndeep', "new = 1"]
)
def test_a_guess_and_a_hint_outlive_the_cell_that_showed_them(text: str) -> None:
    mine = worked()
    mine["cells"][3]["outputs"] = [GUESS, PRINTED]
    mine["cells"][7] |= {"outputs": [HINT, PRINTED], "source": 'check.hint("tanh")'}
    done = merge(changed(3, CELLS[3]["source"], text), mine).notebook
    assert GUESS in outputs(done)
    assert HINT in outputs(done)
    assert all(PRINTED not in cell.get("outputs", []) for cell in done["cells"] if cell["source"] != CELLS[3]["source"])


def test_an_image_that_was_pasted_into_an_answer_stays() -> None:
    mine = worked((9, "YOUR ANSWER HERE", "![it](attachment:it.png)"))
    mine["cells"][9]["attachments"] = {"it.png": {"image/png": "iVBORw0KGgo="}}
    done = merge(changed(9, "Why a slope?", "Why is there a slope?"), mine).notebook
    assert of_id(done, "explain")["attachments"] == mine["cells"][9]["attachments"]


def test_kernel_and_widgets_are_the_students() -> None:
    mine = worked(ANSWER)
    mine["metadata"] |= {"kernelspec": {"name": "own", "display_name": "Own"}, "widgets": {"state": {}}}
    done = merge(changed(2, "squeezes", "brings"), mine).notebook
    assert done["metadata"] == mine["metadata"]


def test_text_with_fences_is_shown_in_a_longer_one() -> None:
    done = merge(FIRST, worked((7, "check", "# ````\ncheck")))
    assert above(done.notebook, "test-tanh-value")["source"].count("`````") == 2


def test_one_answer_is_taken_for_one_exercise() -> None:
    mine = worked((4, STUB + "\n\n\ndef slope", "    return 1\n\n\ndef tanh(z):\n    return np.tanh(z)\n\n\ndef slope"))
    del mine["cells"][6]
    for cell in mine["cells"]:
        lose_both(cell)
    done = merge(FIRST, mine).notebook
    assert "return np.tanh(z)" in of_id(done, "sigmoid")["source"]
    assert "return np.tanh(z)" not in of_id(done, "tanh")["source"]
    assert "has `tanh` too" in above(done, "tanh")["source"]


def test_a_hint_in_an_untouched_copy_stays() -> None:
    mine = worked(ANSWER)
    mine["cells"].insert(6, copy.deepcopy(FIRST["cells"][6]) | {"id": "other", "outputs": [HINT]})
    assert HINT in of_id(merge(FIRST, mine).notebook, "tanh")["outputs"]


def test_of_a_release_with_other_ids_both_texts_stay() -> None:
    new = copy.deepcopy(FIRST)
    new["cells"][8]["id"] = "figure"
    mine = copy.deepcopy(new)
    mine["cells"][8]["source"] = "plots.mine()"
    done = merge(new, mine).notebook
    assert of_id(done, "figure")["source"] == CELLS[8]["source"]
    assert "plots.mine()" in above(done, "figure")["source"]


def test_of_two_cells_with_one_id_both_stay() -> None:
    mine = worked((8, "sigmoid(1.0)", "sigmoid(2.5)"))
    mine["cells"].insert(9, {**code("mine = 1"), "id": mine["cells"][8]["id"]})
    done = merge(FIRST, mine).notebook
    assert [cell["source"] for cell in done["cells"]][8:10] == [mine["cells"][8]["source"], "mine = 1"]
    assert len({cell["id"] for cell in done["cells"]}) == len(done["cells"])


def test_what_is_marked_once_is_not_marked_again() -> None:
    mine = worked((7, "check", "# mine\ncheck"))
    once = merge(FIRST, mine).notebook
    of_id(once, "test-tanh-value")["source"] = mine["cells"][7]["source"]
    assert merge(FIRST, once).notebook["cells"] == merge(FIRST, mine).notebook["cells"]


def test_lines_without_their_ends_stay_lines() -> None:
    mine = worked(ANSWER)
    for cell in mine["cells"]:
        cell["source"] = cell["source"].split("\n")
    done = merge(FIRST, mine)
    assert of_id(done.notebook, "tanh")["source"] == TANH.replace(STUB, ANSWER[2])
    assert done.conflicts == []


def test_half_a_character_does_no_harm() -> None:
    mine = worked((6, STUB, "    return '\ud83d'"))
    done = json.loads(to_bytes(merge(FIRST, mine).notebook))
    assert "\ud83d" in text_of(of_id(done, "tanh"))


@pytest.mark.parametrize(
    ("release", "mine", "why"),
    [
        ([], FIRST, "new release is no notebook"),
        (FIRST, {"cells": {}}, "your notebook is no notebook"),
        (FIRST, {"worksheets": [], "nbformat": 3}, "old notebook format"),
        (FIRST, {"cells": [], "nbformat": True}, "old notebook format"),
        (FIRST, {"cells": [3], "nbformat": 4}, "damaged: part 1 of it is no cell"),
        (FIRST, {"cells": [{"cell_type": "code", "source": [1]}], "nbformat": 4}, "part 1 of it has no text"),
        (FIRST, released(prose("else")), "no cell in common"),
        (released(prose("else")), FIRST, "no notebook of the course"),
        (worked(ANSWER), FIRST, r"somebody has worked in the new release \(tanh\)"),
        ({**FIRST, "cells": FIRST["cells"] * 2}, FIRST, "twice"),
    ],
)
def test_what_does_not_fit_is_refused(release: Any, mine: Any, why: str) -> None:
    with pytest.raises(UpdateError, match=why):
        merge(release, mine)


def test_flags_and_outputs_that_are_none_do_no_harm() -> None:
    mine = worked(ANSWER)
    mine["cells"][5]["metadata"]["nbgrader"]["points"] = "many"
    mine["cells"][7]["metadata"]["nbgrader"] = {"grade_id": ["tanh"], "checksum": 3}
    mine["cells"][6]["outputs"] = [3, {"output_type": "none"}, {"output_type": "stream"}, PRINTED | {"extra": 1}]
    mine["cells"][6]["execution_count"] = "six"
    done = merge(FIRST, mine).notebook
    nbformat.validate(nbformat.from_dict(done))
    assert of_id(done, "tanh")["outputs"] == [PRINTED]


# ---------------------------------------------------------------- files


SECOND = changed(7, "expected=0.0", "expected=0")


def write(path: Path, notebook: Notebook) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_bytes(notebook))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder, with work in the first notebook and data beside it."""
    folder = tmp_path / "it's mine, ünï"
    write(folder / "01_first/01_first.ipynb", worked(ANSWER))
    (folder / "01_first/.predictions.json").write_text('{"What happens?": "falls"}')
    (folder / "01_first/data").mkdir()
    (folder / "01_first/data/points.csv").write_text("old")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def handout(tmp_path: Path) -> Path:
    folder = tmp_path / "handout"
    write(folder / "course/01_first/01_first.ipynb", SECOND)
    write(folder / "course/02_second/02_second.ipynb", FIRST)
    (folder / "course/01_first/data").mkdir()
    (folder / "course/01_first/data/points.csv").write_text("new")
    (folder / "course/01_first/data/more.csv").write_text("more")
    (folder / "course/01_first/.predictions.json").write_text("{}")
    (folder / "course/README.txt").write_text("read me")
    return folder


def zipped(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    return archive


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", [Path, zipped])
def test_a_folder_or_an_archive_updates_all_notebooks(home: Path, handout: Path, form: Any, capsys: Any) -> None:
    before = files(home)
    assert command.main(["update", str(form(handout))]) == 0
    said = capsys.readouterr().out.splitlines()
    there = files(home)
    assert b"return np.tanh(z)" in there["01_first/01_first.ipynb"]
    assert b"expected=0)" in there["01_first/01_first.ipynb"]
    assert there["01_first/01_first.before-update.ipynb"] == before["01_first/01_first.ipynb"]
    assert there["01_first/data/points.csv"] == b"new"
    assert there["01_first/data/points.before-update.csv"] == b"old"
    assert there["01_first/data/more.csv"] == b"more"
    assert there["01_first/.predictions.json"] == before["01_first/.predictions.json"]
    assert there["02_second/02_second.ipynb"] == to_bytes(FIRST)
    assert len(there) == 7
    assert len(said) == 5
    assert said[0] == "Updated: 01_first."
    assert said[2] == "New: 1 cell (test-tanh-value); notebooks: 02_second; 2 other files."
    assert command.main(["update", str(form(handout))]) == 0
    assert capsys.readouterr().out == "Up to date: 01_first, 02_second.\n"
    assert files(home) == there


def test_a_handout_brings_the_newer_nbcore_and_says_how_to_install_it(home: Path, handout: Path, capsys: Any) -> None:
    (home / "requirements.txt").write_text("./nbcore-0.2.0-py3-none-any.whl[lab]\n")
    for name in ("requirements.txt", "nbcore-0.3.0-py3-none-any.whl", "README.md"):
        (handout / "course" / name).write_text(f"new {name}")
    assert command.main(["update", str(zipped(handout))]) == 0
    assert f"To install the nbcore that came with it: {nbcore.UPDATE}" in capsys.readouterr().out.splitlines()
    there = files(home)
    assert there["requirements.txt"] == b"new requirements.txt"
    assert there["requirements.before-update.txt"] == b"./nbcore-0.2.0-py3-none-any.whl[lab]\n"
    assert there["nbcore-0.3.0-py3-none-any.whl"] == b"new nbcore-0.3.0-py3-none-any.whl"
    assert there["README.md"] == b"new README.md"


def test_a_release_that_is_older_brings_no_older_nbcore(home: Path, tmp_path: Path) -> None:
    made_for = labelled("made-for", code('import nbcore; nbcore.needs("0.9")'))
    write(home / "01_first/01_first.ipynb", released(made_for, *CELLS))
    (home / "requirements.txt").write_text("mine")
    write(tmp_path / "old/01_first/01_first.ipynb", FIRST)
    (tmp_path / "old/requirements.txt").write_text("old")
    assert [*update(tmp_path / "old").refused] == ["01_first"]
    assert (home / "requirements.txt").read_text() == "mine"


def test_a_home_is_known_by_its_sign_in_every_shell(home: Path, handout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(handout.parent))
    assert command.main(["update", "~/handout"]) == 0


def test_a_notebook_is_found_by_its_name_and_copies_are_numbered(home: Path, tmp_path: Path) -> None:
    mine = home / "01_first/01_first.ipynb"
    texts = []
    for number in range(3):
        new = write(tmp_path / "Downloads/01_first (1).ipynb", changed(2, "squeezes", f"brings {number}"))
        texts.append(mine.read_bytes())
        assert [*update(new).merged] == ["01_first"]
    copies = [home / f"01_first/01_first.before-update{number}.ipynb" for number in ("", "-2", "-3")]
    assert [path.read_bytes() for path in copies] == texts


def test_called_in_the_folder_of_a_notebook_it_updates_those_beside_it(
    home: Path, handout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home / "01_first")
    assert update(handout).added == ["02_second"]
    assert (home / "02_second/02_second.ipynb").is_file()


def test_notebooks_without_folders_stay_without(tmp_path: Path, handout: Path) -> None:
    write(tmp_path / "flat/01_first.ipynb", worked(ANSWER))
    update(handout, into=tmp_path / "flat")
    assert (tmp_path / "flat/02_second.ipynb").is_file()


def test_a_damaged_notebook_stays_and_the_others_are_updated(home: Path, handout: Path, capsys: Any) -> None:
    damaged = home / "02_second/02_second.ipynb"
    damaged.parent.mkdir()
    damaged.write_bytes(to_bytes(worked(ANSWER))[:-200])
    before = damaged.read_bytes()
    assert command.main(["update", str(handout)]) == 1
    assert "02_second was left as it was: your notebook is damaged" in capsys.readouterr().err
    assert damaged.read_bytes() == before
    assert [path.name for path in damaged.parent.iterdir()] == ["02_second.ipynb"]
    assert (home / "01_first/01_first.before-update.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.zip"], "none.zip does not exist"),
        (["01_first/01_first.ipynb"], "name the new release first"),
        (["01_first/.predictions.json"], "is no notebook, no folder and no zip file"),
        (["../handout", "01_first/01_first.ipynb"], "after --into"),
        (["../handout", "--into", ".."], "there is no notebook of yours in .."),
        (["../handout/course/02_second/02_second.ipynb"], "name your notebook behind the new release"),
        (["01_first/data"], "there is no notebook NN_name/NN_name.ipynb in the new release"),
    ],
)
def test_a_wrong_call_says_what_to_do(home: Path, handout: Path, arguments: list[str], why: str, capsys: Any) -> None:
    before = files(home)
    assert command.main(["update", *arguments]) == 2
    assert why in capsys.readouterr().err
    assert files(home) == before


def test_of_two_notebooks_of_a_name_none_is_taken(home: Path, handout: Path) -> None:
    write(handout / "solved/01_first/01_first.ipynb", worked(ANSWER))
    with pytest.raises(UpdateError, match="two notebooks 01_first"):
        update(handout)


def test_an_archive_writes_nowhere_else(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    names = ("../../out.txt", "/out.txt", "01_first/../../out.txt", "01_first\\..\\..\\out.txt", "C:/out.txt")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("01_first/01_first.ipynb", to_bytes(SECOND))
        for name in (*names, "01_first/in.txt", "__MACOSX/01_first/._01_first.ipynb"):
            file.writestr(name, "x")
    update(archive)
    assert list(tmp_path.rglob("*.txt")) == [home / "01_first/in.txt"]


def test_of_a_damaged_archive_nothing_damaged_is_taken(home: Path, handout: Path) -> None:
    archive, before = zipped(handout), files(home)
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-100])
    with pytest.raises(UpdateError, match="is damaged: download it again"):
        update(archive)
    assert whole.count(b"expected=0)") == 1
    archive.write_bytes(whole.replace(b"expected=0)", b"expected=1)"))
    report = update(archive)
    assert "download the release again" in report.refused["01_first"]
    assert report.added == ["02_second"]
    assert {name: data for name, data in files(home).items() if name in before} == before


def test_a_write_that_is_interrupted_leaves_the_notebook(home: Path, tmp_path: Path, monkeypatch: Any) -> None:
    new = write(tmp_path / "01_first.ipynb", SECOND)
    before = files(home)
    real, calls = os.replace, []

    def interrupted(source: Any, target: Any) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    assert command.main(["update", str(new)]) == 130
    after = files(home)
    assert after.pop("01_first/01_first.before-update.ipynb") == before["01_first/01_first.ipynb"]
    assert after == before
    monkeypatch.undo()
    os.chdir(home)
    update(new)
    assert "01_first/01_first.before-update-2.ipynb" not in files(home)


def test_a_link_to_a_notebook_stays_a_link(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.ipynb"
    link.symlink_to(home / "01_first/01_first.ipynb")
    update(write(tmp_path / "01_first.ipynb", SECOND), link)
    assert link.is_symlink()
    assert b"expected=0)" in link.read_bytes()


def test_a_release_that_is_older_is_refused(home: Path, tmp_path: Path) -> None:
    old, new = (
        changed(1, "import numpy", f'import nbcore; nbcore.needs("{v}")\nimport numpy') for v in ("0.9", "0.10")
    )
    mine = write(tmp_path / "mine.ipynb", worked(ANSWER, of=new))
    report = update(write(tmp_path / "old.ipynb", old), mine)
    assert "older than your notebook (made for nbcore 0.9, yours for 0.10)" in report.refused["mine"]
    assert not update(write(tmp_path / "new.ipynb", new), mine).refused


def test_outputs_that_are_nested_too_deep_are_refused(home: Path, tmp_path: Path) -> None:
    mine = home / "01_first/01_first.ipynb"
    nested = GUESS | {"data": {"application/json": "DEEP"}}
    text = to_bytes(worked(ANSWER)).decode().replace('"outputs": []', f'"outputs": [{json.dumps(nested)}]', 1)
    mine.write_text(text.replace('"DEEP"', "[" * 100_000 + "]" * 100_000), encoding="utf-8")
    before = files(home)
    report = update(write(tmp_path / "01_first.ipynb", SECOND))
    assert report.refused.keys() == {"01_first"}
    assert files(home) == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read(home: Path, tmp_path: Path, encoding: str) -> None:
    mine = home / "01_first/01_first.ipynb"
    mine.write_bytes(mine.read_text(encoding="utf-8").encode(encoding))
    update(write(tmp_path / "01_first.ipynb", SECOND))
    assert b"return np.tanh(z)" in mine.read_bytes()


BLOCKED = """
import runpy, sys
for name in ("nbformat", "nbgrader", "jupytext", "numpy", "IPython", "fcntl"):
    sys.modules[name] = None
sys.argv = ["nbcore", *sys.argv[1:]]
runpy.run_module("nbcore", run_name="__main__")
"""


def test_the_command_needs_pythons_own_library_only(home: Path, handout: Path) -> None:
    call = [sys.executable, "-W", "error", "-c", BLOCKED, "update", str(handout)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Updated: 01_first.\n")


def test_the_command_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--version"])
    assert capsys.readouterr().out == f"nbcore {nbcore.__version__}\n"


# ---------------------------------------------------------------- whatever happens


Step = tuple[int, int, int]
TYPED = (
    "x = {}",
    "``` {}",
    "# YOUR CODE HERE {}",
    "    return {}",
    "def f{}(): pass",
    "ümläut \u2028 {}",
    "## Notes {}",
    "{{{}}}",
)
SIZES = st.tuples(st.integers(0, 15), st.integers(0, 30), st.integers(0, 10))


def next_release(cells: list[Notebook], steps: list[Step], numbers: Any) -> list[Notebook]:
    """Cells of a release after some changes by its author."""
    cells = copy.deepcopy(cells)
    for kind, where, how in steps:
        at, number = where % len(cells), next(numbers)
        flags = cells[at]["metadata"].get("nbgrader", {})
        if kind % 6 == 0:
            lines = cells[at]["source"].split("\n")
            lines[how % len(lines)] += f"  # release {number}"
            cells[at]["source"] = "\n".join(lines)
        elif kind % 6 == 1 and len(cells) > 4 and [c for c in cells if c["metadata"].get("nbgrader")] != [cells[at]]:
            del cells[at]
        elif kind % 6 == 2:
            new = (prose(f"New text {number}"), code(f"new = {number}"), code(f"def new_{number}(z):\n{STUB}"))[how % 3]
            cells.insert(at, labelled(f"new-{number}", new, solution=True) if how % 3 == 2 else new)
        elif kind % 6 == 3:
            cells.insert(how % len(cells), cells.pop(at))
        elif kind % 6 == 4 and "points" in flags:
            flags["points"] += 1
        elif kind % 6 == 5 and flags:
            flags["grade_id"] = f"renamed-{number}"
    return cells


def live(notebook: Notebook, steps: list[Step], numbers: Any, typed: set[str]) -> None:
    """What a student and the tools do to a notebook."""
    cells = notebook["cells"]
    for kind, where, how in steps:
        number = next(numbers)
        line = TYPED[how % len(TYPED)].format(f"typed_{number}")
        typed.add(line)
        if not cells:
            cells.append({**code(line), "id": f"s{number}"})
        at = where % len(cells)
        cell = cells[at]
        lines = cell["source"].split("\n")
        if kind <= 2:  # types a line
            lines.insert(how % (len(lines) + 1), line)
            cell["source"] = "\n".join(lines)
        elif kind == 3:  # replaces a line
            lines[how % len(lines)] = line
            cell["source"] = "\n".join(lines)
        elif kind == 4:
            cell["source"] = line
        elif kind in (5, 6):
            cells.insert(at + 1, {**(code, prose)[kind - 5](line), "id": f"s{number}"})
        elif kind == 7:
            del cells[at]
        elif kind == 8:  # splits it: both parts have the label, the last one has the id
            cut = how % (len(lines) + 1)
            first = copy.deepcopy(cell) | {"source": "\n".join(lines[:cut]), "id": f"s{number}"}
            cell["source"] = "\n".join(lines[cut:])
            cells.insert(at, first)
        elif kind == 9:
            cells.insert(how % (len(cells) + 1), copy.deepcopy(cell) | {"id": f"s{number}"})
        elif kind == 10:
            cells.insert(how % len(cells), cells.pop(at))
        elif kind == 11 and at + 1 < len(cells):  # merges it with the next one
            cell["source"] += "\n" + cells.pop(at + 1)["source"]
        elif kind == 12:
            turned = (code, prose)[how % 2](cell["source"])
            cells[at] = turned | {"id": cell["id"], "metadata": cell["metadata"]}
        elif kind == 13 and cell["cell_type"] == "code":
            cell["outputs"] = [[PRINTED], [GUESS], [HINT]][how % 3]
        elif kind == 14:  # a tool takes labels or ids off
            for one in cells:
                if how % 2:
                    one["metadata"].pop("nbgrader", None)
                else:
                    one["id"] = f"t{next(numbers)}"
        elif kind == 15:
            cell["source"] = ""


def lines_of(notebook: Notebook) -> set[str]:
    return {line for cell in notebook["cells"] for line in cell["source"].split("\n")}


def kept_outputs(notebook: Notebook) -> set[str]:
    found = [output for output in outputs(notebook) if any(kind.startswith(OURS) for kind in output.get("data", {}))]
    return {json.dumps(output, sort_keys=True) for output in found}


def merged(new: Notebook, mine: Notebook) -> Notebook | None:
    """None where nothing of the release is left in a notebook."""
    try:
        return merge(new, mine).notebook
    except UpdateError as error:
        if "no cell in common" in str(error):
            return None
        raise


def assert_is_sound(new: Notebook, done: Notebook) -> None:
    nbformat.validate(nbformat.from_dict(done))
    ids = [cell["id"] for cell in done["cells"]]
    assert len(set(ids)) == len(ids)
    names = [label(cell) for cell in new["cells"] if label(cell)]
    assert [name for cell in done["cells"] if (name := label(cell))] == names
    for cell in new["cells"]:
        if label(cell) and not cell["metadata"]["nbgrader"]["solution"]:
            assert text_of(of_id(done, cell["id"])) == text_of(cell)


PROFILE = settings(max_examples=1000, derandomize=True, deadline=None, database=None)


@PROFILE
@given(st.lists(st.tuples(st.lists(SIZES, max_size=8), st.lists(SIZES, max_size=5)), min_size=1, max_size=3))
def test_nothing_that_was_typed_is_lost(history: list[tuple[list[Step], list[Step]]]) -> None:
    """Work and new releases by turns."""
    numbers, typed, cells = itertools.count(), set[str](), list(CELLS)
    notebook = copy.deepcopy(FIRST)
    for work, edition in history:
        live(notebook, work, numbers, typed)
        cells = next_release(cells, edition, numbers)
        new, before = released(*cells), copy.deepcopy(notebook)
        if (done := merged(new, notebook)) is None:
            return
        assert notebook == before
        assert_is_sound(new, done)
        assert typed & lines_of(before) <= lines_of(done)
        assert kept_outputs(before) <= kept_outputs(done)
        assert merge(new, done).notebook == done
        notebook = copy.deepcopy(done)


@PROFILE
@given(st.lists(SIZES, max_size=8), st.lists(SIZES, max_size=8))
def test_an_untouched_release_gives_the_next_one_exactly(first: list[Step], second: list[Step]) -> None:
    numbers = itertools.count()
    old = next_release(list(CELLS), first, numbers)
    new = released(*next_release(old, second, numbers))
    assert merged(new, released(*old)) in (None, new)
