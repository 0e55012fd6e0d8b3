"""`nbgrader validate`, and the button, say what is wrong with a notebook that they cannot check."""

import json
from io import StringIO
from pathlib import Path

import nbformat
import pytest
from nbgrader.validator import Validator
from traitlets.config import Config

from autograder.grade import configure

from .course import code, flags, graded_cell

pytestmark = pytest.mark.filterwarnings("ignore")


def said(path: Path, notebook: nbformat.NotebookNode | str | bytes) -> str:
    text = notebook if isinstance(notebook, str | bytes) else nbformat.writes(notebook)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    configure(Config())
    stream = StringIO()
    validator = Validator()
    validator.stream = stream
    validator.validate_and_print(str(path))
    return " ".join(stream.getvalue().split())


def notebook(answer: str = "def f(x):\n    return 2 * x") -> nbformat.NotebookNode:
    cells = [code(answer, flags("f", solution=True)), graded_cell("t", "assert f(1) == 2", 1)]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_notebook_without_labels_is_no_success(tmp_path: Path) -> None:
    lost = notebook()
    for cell in lost.cells:
        cell.metadata = {}
    text = said(tmp_path / "p.ipynb", lost)
    assert "Success" not in text
    assert "No cell of this notebook has a label" in text
    assert "can be handed in as it is" in text


def test_a_split_cell_is_named(tmp_path: Path) -> None:
    split = notebook()
    split.cells.insert(1, code("y = f(3)", flags("f", solution=True)))
    text = said(tmp_path / "p.ipynb", split)
    assert "Cell f stands in this notebook more than once" in text


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    text = said(tmp_path / "p.ipynb", nbformat.writes(notebook())[:-40])
    assert "file is damaged" in text


def test_a_notebook_without_a_labelled_test_is_no_success(tmp_path: Path) -> None:
    lost = notebook()
    lost.cells[1].metadata = {}
    text = said(tmp_path / "p.ipynb", lost)
    assert "Success" not in text
    assert "No test cell of this notebook has a label" in text


def retyped() -> str:
    book = json.loads(nbformat.writes(notebook()))
    del book["cells"][1]["metadata"]["nbgrader"]["schema_version"]
    return json.dumps(book)


@pytest.mark.parametrize(
    "text", [nbformat.writes(notebook()).encode("utf-16"), b"\xef\xbb\xbf" + nbformat.writes(notebook()).encode(), retyped()],
    ids=["UTF-16", "a byte order mark", "metadata"],
)  # fmt: skip
def test_what_nbgrader_cannot_read_is_said_in_words(tmp_path: Path, text: bytes | str) -> None:
    text = said(tmp_path / "p.ipynb", text)
    assert "cannot check this notebook as it is saved" in text
    assert "Traceback" not in text


@pytest.mark.slow
def test_a_sound_notebook_is_checked_as_ever(tmp_path: Path) -> None:
    assert "Success! Your notebook passes all the tests." in said(tmp_path / "p.ipynb", notebook())
    assert "assert f(1) == 2" in said(tmp_path / "p.ipynb", notebook("def f(x):\n    return x"))


@pytest.mark.slow
def test_a_test_that_may_fail_without_stopping_run_all_is_checked_as_ever(tmp_path: Path) -> None:
    wrong = notebook("def f(x):\n    return x")
    for cell in wrong.cells:
        cell.metadata["tags"] = ["raises-exception"]
    assert "assert f(1) == 2" in said(tmp_path / "p.ipynb", wrong)
