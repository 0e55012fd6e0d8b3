"""A course directory whose gradebook knows one assignment, and archives as campus systems make them."""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.course.paths import Course
from autograder.grade import gradebook

NAME = "01_activations"


def notebook(text: str = "x = 1") -> bytes:
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="one")])).encode()


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that knows the assignment."""
    gradebook.install()
    path = tmp_path_factory.mktemp("known") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as book:
        book.add_assignment(NAME, duedate="2026-11-27 12:00 UTC")
        book.add_notebook(NAME, NAME)
        for cell, points in (("test-f-values", 2), ("explain-f", 3)):
            book.add_grade_cell(cell, NAME, NAME, max_score=points, cell_type="code")
    return path


@pytest.fixture
def course(known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    root = tmp_path / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text("")
    shutil.copy(known, root / "gradebook.db")
    monkeypatch.chdir(root)
    return Course(root)


Time = tuple[int, int, int, int, int, int]
AFTER: Time = (2026, 11, 30, 8, 0, 0)  # when an archive was downloaded


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    def make(files: Mapping[str, bytes], name: str = "archive.zip", time: Time = AFTER) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for title, data in files.items():
                archive.writestr(zipfile.ZipInfo(title, time), data)
        return path

    return make


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a list of students."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write
