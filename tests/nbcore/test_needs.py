"""A notebook says which nbcore it was made for, and an older one says so with the line that brings a newer one."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import nbcore
from autograder.course.address import address
from autograder.course.code import parsed
from autograder.course.paths import Course
from autograder.course.percent import MADE_FOR, source_notebook

RELEASED = sorted(Path(__file__).parents[2].glob("notebooks/*/*.ipynb"))


@pytest.mark.parametrize(
    ("wanted", "installed", "is_old"),
    [
        ("0.2", "0.2.0", False),
        ("0.2", "0.2.7", False),
        ("0.2", "0.1.9", True),
        ("0.10", "0.9.0", True),
        ("0.9", "0.10.0", False),
        ("1.0", "0.10.0", True),
        ("0.3", "0.3.0rc1", False),
        ("0.2.1", "0.2.0", True),
        ("1.1", "1", True),
    ],
)
def test_an_older_nbcore_says_so_and_what_to_do(
    wanted: str, installed: str, is_old: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(nbcore, "__version__", installed)
    nbcore.needs(wanted)
    said = capsys.readouterr().out
    assert bool(said) == is_old
    assert max(map(len, said.splitlines()), default=0) <= 96  # a line without a scroll bar
    assert not is_old or (wanted in said and installed in said and nbcore.UPDATE in said)


def test_the_line_to_copy_is_one_of_the_readme_of_students() -> None:
    """A terminal knows no `pip` of the course: the environment is not activated there."""
    readme = (Path(__file__).parents[2] / "autograder/release/for_students/README.md.j2").read_text(encoding="utf-8")
    lines = readme.splitlines()
    for system, prefix in (("posix", "/home/ada/course/.venv"), ("nt", r"C:\Users\ada\course\.venv")):
        told = f"import os, sys; os.name = {system!r}; sys.prefix = {prefix!r}; import nbcore; print(nbcore.UPDATE)"
        done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
        assert f"    {done.stdout.strip()}" in lines


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_a_notebook_says_first_what_it_was_made_for(path: Path) -> None:
    first = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    major, minor, *_ = nbcore.__version__.split(".")
    assert first.source.split("\n")[0] == f'import nbcore; nbcore.needs("{major}.{minor}")'


def test_the_line_of_a_notebook_speaks_under_an_older_nbcore(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(MADE_FOR, {})
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(nbcore, "__version__", "0.1.0")
    exec(MADE_FOR, {})
    assert capsys.readouterr().out.startswith("Made for nbcore 0.")


@pytest.fixture
def published(tmp_path: Path) -> Course:
    """A course of one cell, of which pyproject.toml says where it is."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01_small.py").write_text("# %%\nfrom nbcore import check\n")
    urls = '[project.urls]\nRepository = "https://github.com/ada/course"\n'
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\n{urls}')
    return Course(tmp_path)


def test_where_nbcore_is_missing_the_first_cell_of_a_published_course_installs_it(
    published: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cell,) = source_notebook(published, "01_small").cells
    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: ran.append(command))
    exec(cell.source, {})
    assert ran == []
    monkeypatch.setitem(sys.modules, "nbcore", None)
    with pytest.raises(ModuleNotFoundError, match="nbcore"):  # as nothing has been installed
        exec(cell.source, {})
    where = address(published.root)
    assert where is not None
    assert ran == [[sys.executable, "-m", "pip", "install", "--quiet", where.package]]
    assert max(map(len, cell.source.splitlines())) <= 96
    assert parsed(cell.source) is not None


def test_a_course_that_is_published_nowhere_has_no_such_lines(published: Course) -> None:
    (published.root / "pyproject.toml").unlink()
    (cell,) = source_notebook(published, "01_small").cells
    assert cell.source == f"{MADE_FOR}from nbcore import check"
