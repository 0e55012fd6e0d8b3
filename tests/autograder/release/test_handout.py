"""What students get: it holds no secret, and its README can be followed word by word."""

import ast
import base64
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from binder import as_binder_reads

import nbcore
from autograder.course.given import asked_of_students
from autograder.course.markup import HIDDEN_TESTS, MARK_SCHEME, SOLUTION, inside, is_solution, outside, strip_markers
from autograder.course.paths import Course, CourseError
from autograder.course.percent import source_notebook
from autograder.release import handout as of_the_handout
from autograder.release.handout import _wheel_of_nbcore, handout
from autograder.release.wheels import build_wheel
from nbcore import hints

ROOT = Path(__file__).parents[3]
COURSE = Course(ROOT)
NAME = "01_activations"
TELLING = 25  # characters of a line that is somebody's own


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of all notebooks, unpacked."""
    into = tmp_path_factory.mktemp("handout")
    _, packed = handout(COURSE, [], into)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(into / "unpacked")
    return into / "unpacked" / "neural_networks"


def strings(data: Any) -> Iterator[str]:
    match data:
        case str():
            yield data
        case list():
            yield "\n".join(filter(lambda item: isinstance(item, str), data))
            for item in data:
                yield from strings(item)
        case dict():
            for item in data.values():
                yield from strings(item)


def texts(folder: Path) -> dict[str, str]:
    """All text of the handout, members of the wheel and strings of JSON files included."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    wheel = next(name for name in found if name.endswith(".whl"))
    with zipfile.ZipFile(folder / wheel) as archive:
        found |= {f"{wheel}/{name}": archive.read(name) for name in archive.namelist()}
    del found[wheel]
    read = {name: data.decode() for name, data in found.items()}
    return {
        name: "\n".join(strings(json.loads(text))) if name.endswith((".json", ".ipynb")) else text
        for name, text in read.items()
    }


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def runs(text: str) -> set[tuple[str, ...]]:
    """Each three lines that follow each other, empty ones left out."""
    lines = list(filter(None, lines_of(text)))
    return {row for row in zip(lines, lines[1:], lines[2:], strict=False) if len("".join(row)) > TELLING}


def secret() -> tuple[set[str], set[tuple[str, ...]]]:
    """Lines of hidden tests and mark schemes that stand nowhere else in a percent file; and three lines in their order
    of those and of solutions."""
    hidden: set[str] = set()
    hidden_runs: set[tuple[str, ...]] = set()
    shown: set[str] = set()
    shown_runs: set[tuple[str, ...]] = set()
    for name in COURSE.assignments():
        for cell in source_notebook(COURSE, name).cells:
            for kind in (HIDDEN_TESTS, MARK_SCHEME, SOLUTION):
                text = "\n".join(inside(cell.source, kind))
                hidden_runs |= runs(text)
                if kind is not SOLUTION:  # a line of which may stand in a hint
                    hidden.update(lines_of(text))
            public = "\n".join(outside(cell.source, SOLUTION, HIDDEN_TESTS, MARK_SCHEME))
            shown.update(lines_of(public))
            shown_runs |= runs(public)
    return {line for line in hidden - shown if len(line) > TELLING}, hidden_runs - shown_runs


def test_no_line_of_a_solution_a_hidden_test_or_a_mark_scheme_is_in_it(given: Path) -> None:
    lines, in_order = secret()
    assert len(lines) > 1000
    assert len(in_order) > 1500
    for name, text in texts(given).items():
        assert not in_order & runs(text), name
        if not name.endswith(".py"):  # the package's own code has common lines, such as imports
            assert not lines & set(lines_of(text)), name


def test_the_right_versions_in_the_wheel_are_of_what_later_notebooks_build_on(given: Path) -> None:
    """They are encoded, so the search above does not see them."""
    (wheel,) = given.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        text = base64.decodebytes(archive.read("nbcore/given.txt")).decode()
        packed = [name for name in archive.namelist() if not name.endswith((".py", ".json", ".typed"))]
    assert [name for name in packed if ".dist-info/" not in name] == ["nbcore/given.txt"]
    defined = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    cells = [cell for notebook in COURSE.assignments() for cell in source_notebook(COURSE, notebook).cells]
    reached = {name for cell in cells if cell.cell_type == "code" for name in asked_of_students(cell.source)}
    assert len(reached) > 10
    waiting = [*reached]
    while waiting:
        used = {node.id for node in ast.walk(defined[waiting.pop()]) if isinstance(node, ast.Name)}
        new = (used & defined.keys()) - reached
        reached |= new
        waiting += new
    assert reached == set(defined)


def test_assistants_get_the_first_two_hints_and_no_more(given: Path) -> None:
    """The third works a case out in numbers, and the fourth holds lines of a solution."""
    text = (given / "AGENTS.md").read_text(encoding="utf-8")
    ladders = [ladder for table in hints.tables() for ladder in table.ladders().values()]
    assert len(ladders) > 40
    for ladder in ladders:
        assert ladder.rungs[0] in text
        assert ladder.rungs[1] in text
        assert not [rung for rung in ladder.rungs[2:] if rung in text]


def test_another_course_gives_out_the_nbcore_that_is_installed_here(tmp_path: Path) -> None:
    course = Course(tmp_path)
    course.config.write_text('c = get_config()\nc.CourseDirectory.release_directory = "notebooks"\n')
    folder = course.release_notebook("ps1").parent
    folder.mkdir(parents=True)
    cell = nbformat.v4.new_code_cell("from nbcore import check")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "ps1.ipynb")
    made, _ = handout(course, [], tmp_path / "out")
    (wheel,) = made.glob("*.whl")
    assert (made / "requirements.txt").read_text() == f"./{wheel.name}[lab]\n"
    assert f"%pip install {wheel.name}" in section(made, "Colab")
    (tmp_path / "pyproject.toml").write_text('[project.urls]\nRepository = "https://github.com/ann/course"\n')
    made, _ = handout(course, [], tmp_path / "with an address")
    assert "%pip" not in section(made, "Colab"), "the notebook has lines that install what is missing"


def test_an_nbcore_that_came_as_a_wheel_is_given_out_as_that_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = build_wheel(ROOT / "nbcore", tmp_path)
    installed = tmp_path / "site-packages" / "nbcore"
    monkeypatch.setattr(nbcore, "__file__", str(installed / "__init__.py"))
    monkeypatch.setattr(of_the_handout, "distribution", lambda _: From(wheel))
    (tmp_path / "into").mkdir()
    assert _wheel_of_nbcore(tmp_path, tmp_path / "into").read_bytes() == wheel.read_bytes()
    wheel.unlink()
    with pytest.raises(CourseError, match="what it was installed from is gone"):
        _wheel_of_nbcore(tmp_path, tmp_path / "into")


class From:
    """The metadata of a package that was installed from a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_text(self, name: str) -> str:
        assert name == "direct_url.json"
        return json.dumps({"url": self.path.as_uri()})


def section(folder: Path, title: str) -> str:
    return (folder / "README.md").read_text(encoding="utf-8").partition(f"## {title}")[2].partition("\n## ")[0]


def copied(folder: Path, title: str) -> list[str]:
    """The lines to copy."""
    return re.findall(r"^    (.+)$", section(folder, title), flags=re.MULTILINE)


def test_the_lines_for_each_system_are_those_that_were_tried(given: Path) -> None:
    """Those for Linux run in a test: the others differ in what a system calls Python and its folders."""
    linux = copied(given, "Linux")
    assert copied(given, "macOS") == linux
    windows = [line.replace("python3 ", "py ", 1).replace(".venv/bin/", ".venv\\Scripts\\") for line in linux]
    assert copied(given, "Windows") == windows
    environment = yaml.safe_load((given / "environment.yml").read_text(encoding="utf-8"))
    create, activate, lab = copied(given, "conda")
    assert create == "conda env create -f environment.yml"
    assert activate == f"conda activate {environment['name']}"
    assert lab == linux[-1].replace(".venv/bin/", "")
    (colab,) = copied(given, "Colab")
    assert (given / colab.removeprefix("%pip install ")).is_file()
    for page in (ROOT / "docs" / "students.md", ROOT / "README.md"):
        here, there = re.findall(
            r"((?:^    .*(?:venv|jupyter|pip).*\n){3})", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert there == here.replace("python3 ", "py ").replace(".venv/bin/", ".venv\\Scripts\\"), page.name


@pytest.mark.fresh
def test_the_folder_as_a_repository_is_read_by_binder(given: Path, tmp_path: Path) -> None:
    kind, version, installs = as_binder_reads(given, tmp_path)
    assert (kind, version) == ("CondaBuildPack", "3.12")
    assert '--file "environment.yml"' in installs
    environment = yaml.safe_load((given / "environment.yml").read_text(encoding="utf-8"))
    (wheel,) = given.glob("*.whl")
    assert environment["dependencies"][-1] == {"pip": [f"./{wheel.name}"]}


def test_what_is_no_release_is_not_given_out(tmp_path: Path) -> None:
    course = Course(tmp_path)
    course.config.write_text('c = get_config()\nc.CourseDirectory.release_directory = "notebooks"\n')
    with pytest.raises(CourseError, match="nothing is released"):
        handout(course, [], None)
    folder = course.release_notebook("ps1").parent
    folder.mkdir(parents=True)
    released = nbformat.read(ROOT / "examples" / "minimal_course" / "source" / "ps1" / "ps1.ipynb", as_version=4)
    nbformat.write(released, folder / "ps1.ipynb")
    with pytest.raises(CourseError, match="holds '### BEGIN SOLUTION'"):
        handout(course, [], None)
    for cell in released.cells:
        cell.source = "pass"
    nbformat.write(released, folder / "ps1.ipynb")
    with pytest.raises(CourseError, match="ps2 is not released"):
        handout(course, ["ps2"], None)
    (folder / ".predictions.json").write_text("{}")
    made, _ = handout(course, ["ps1"], tmp_path / "out")
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()) == [
        "AGENTS.md", "README.md", "environment.yml", "ps1/ps1.ipynb", "requirements.txt",
    ]  # fmt: skip
    with pytest.raises(CourseError, match="exists: name another folder"):
        handout(course, ["ps1"], tmp_path / "out")
    released.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(released, folder / "ps1.ipynb")
    with pytest.raises(CourseError, match="somebody has worked in it"):
        handout(course, ["ps1"], tmp_path / "elsewhere")
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("package", ["nbcore", "autograder"])
def test_a_wheel_holds_the_files_of_its_package_and_nothing_else(package: str, tmp_path: Path) -> None:
    wheel = build_wheel(ROOT / "nbcore" if package == "nbcore" else ROOT, tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    files = {path for path in (ROOT / package).rglob("*") if path.is_file() and path.suffix != ".pyc"}
    own = {str(path.relative_to(ROOT)) for path in files}
    assert packed == own - {f"nbcore/{name}" for name in ("pyproject.toml", "README.md", "LICENSE")}
    assert f"{package}/py.typed" in packed
    assert f"\nVersion: {nbcore.__version__}\n" in metadata


# ------------------------------------------------------------ a new computer


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has Python and nothing of this project."""
    home = tmp_path_factory.mktemp("home")
    python = home / "bin" / "python3"
    python.parent.mkdir()
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    python.write_text(f'#!/bin/sh\nexec {base} "$@"\n')
    python.chmod(0o755)
    path = f"{python.parent}:/usr/bin:/bin"
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG", "LC_"))}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HOME": str(home), "PATH": path}


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def started(given: Path, computer: dict[str, str]) -> Path:
    """The handout after the lines of its README for Linux, JupyterLab itself asked for its version only."""
    lines = copied(given, "Linux")
    assert len(lines) == 3  # with unzip and cd, five to the first check
    for line in lines:
        run(line.replace(f"lab {NAME}/{NAME}.ipynb", "lab --version"), given, computer)
    names = {line.split("==")[0].lower() for line in run(".venv/bin/pip freeze", given, computer).splitlines()}
    assert "jupyterlab" in names
    assert not names & {"nbgrader", "nbcore-autograder", "jupytext", "msgspec", "pytest"}, "a student gets no grader"
    return given


@pytest.mark.fresh
def test_the_lines_of_the_readme_lead_to_passed_checks(given: Path, started: Path, computer: dict[str, str]) -> None:
    path = started / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    solved = {
        cell.metadata.nbgrader.grade_id: cell for cell in source_notebook(COURSE, NAME).cells if is_solution(cell)
    }
    for cell in notebook.cells:
        if is_solution(cell):
            cell.source = strip_markers(solved[cell.metadata.nbgrader.grade_id].source, SOLUTION)
    nbformat.write(notebook, path)
    run(f"{started}/.venv/bin/jupyter execute --inplace {path}", started, computer)
    outputs = nbformat.read(path, as_version=4).cells[-1].outputs
    (summary,) = (output.data["text/plain"] for output in outputs)
    assert re.match(r"(\d+) of \1 points by the visible tests", summary)
    students = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    (install,) = re.findall(r"`(\.venv/bin/python -m pip install nbgrader)`", students)
    run(install, started, computer)
    assert "Success!" in run(f".venv/bin/nbgrader validate {NAME}/{NAME}.ipynb", started, computer)
    (update,) = copied(given, "Work and hand in")
    run(update.replace("DOWNLOADED.zip", str(started.parent.parent / "neural_networks.zip")), started, computer)
    assert [cell.source for cell in nbformat.read(path, as_version=4).cells] == [cell.source for cell in notebook.cells]


@pytest.mark.fresh
def test_an_instructor_grades_the_example_with_nothing_but_the_two_packages(
    started: Path, computer: dict[str, str], tmp_path: Path
) -> None:
    wheel = build_wheel(ROOT, tmp_path)
    run(f".venv/bin/python -m pip install {wheel}", started, computer)
    course = tmp_path / "course"
    shutil.copytree(ROOT / "examples" / "minimal_course", course)
    readme = (course / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (.+)$", readme, flags=re.MULTILINE)
    assert "autograder grade ps1" in lines
    with_tools = {**computer, "PATH": f"{started}/.venv/bin:{computer['PATH']}"}
    for line in lines:
        run(line, course, with_tools)
    rows = csv.DictReader((course / "grades.csv").read_text(encoding="utf-8").splitlines())
    marks = sorted((row["student_id"], row["score"], row["max_score"]) for row in rows)
    assert marks == [("ada", "3.0", "3.0"), ("ben", "2.0", "3.0")]
    assert "ZeroDivisionError" in (course / "feedback" / "ben" / "ps1" / "ps1.html").read_text(encoding="utf-8")
    assert (course / "reports" / "ps1.html").is_file()
    assert "ps1: 0 graded" in run("autograder grade ps1", course, with_tools)
    with zipfile.ZipFile(course / "build" / "handout" / "minimal_course.zip") as archive:
        assert "mean([])" not in archive.read("minimal_course/ps1/ps1.ipynb").decode()
    version = run("autograder --version", course, with_tools)
    assert version == f"autograder {nbcore.__version__}\n"
