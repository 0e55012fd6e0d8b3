"""The three descriptions of the environment say the same, and name no package registry."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"msgpack-python": "msgpack"}
ONLY_CONDA = {"python", "pip"}


def bounds(requirements: list[str]) -> dict[str, str]:
    """Lower bound of each requirement, by name."""
    found = {}
    for requirement in requirements:
        match = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[[a-z,-]+\])?(>=.+)?", requirement.strip())
        assert match, f"not a name with a lower bound: {requirement!r}"
        found[match[1]] = match[2] or ""
    return found


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_conda_gives_what_pip_gives(project: dict) -> None:
    lines = (ROOT / "environment.yml").read_text().splitlines()
    conda = bounds(
        [line.strip()[2:] for line in lines if re.match(r"^  - [a-z0-9-]+(>=|$)", line) and "conda-forge" not in line]
    )
    conda = {CONDA_NAMES.get(name, name): bound for name, bound in conda.items()}
    pip = bounds(project["dependencies"] + project["optional-dependencies"]["grading"])
    assert {name: bound for name, bound in conda.items() if name not in ONLY_CONDA} == pip
    assert conda["python"] == project["requires-python"]


def test_a_student_gets_only_what_notebooks_need(project: dict) -> None:
    names = set(bounds(project["dependencies"]))
    assert names == {"numpy", "matplotlib", "seaborn", "scikit-learn", "ipywidgets", "jupyterlab"}


def test_the_lock_pins_every_dependency_with_hashes(project: dict) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9_.-]+)(?:\[[a-z,-]+\])?==", lock, flags=re.MULTILINE))
    extras = project["optional-dependencies"]
    for name in bounds(project["dependencies"] + extras["grading"] + extras["dev"]):
        assert name in pinned
    blocks = re.split(r"\n(?=[a-z0-9_.-]+(?:\[[a-z,-]+\])?==)", lock)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_no_file_names_a_package_registry() -> None:
    pattern = re.compile(r"(index-url|find-links|resolved)[\"= :]+(https?|file)://")
    for name in ("requirements.lock", "environment.yml", "pyproject.toml", "Makefile", ".ci/run"):
        assert not pattern.search((ROOT / name).read_text()), name


def test_nbcore_knows_nothing_of_the_autograder() -> None:
    for path in (ROOT / "nbcore").rglob("*.py"):
        assert not re.search(r"^\s*(from|import)\s+autograder", path.read_text(), flags=re.MULTILINE), path


def test_line_ends_are_the_same_on_every_system() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    files = [
        "notebooks/01_activations/01_activations.ipynb",
        "solutions/01_activations.py",
        "nbcore/hints/01_activations.json",
    ]
    done = subprocess.run(["git", "check-attr", "eol", *files], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{file}: eol: lf" for file in files]


def test_opening_the_course_builds_nothing() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("lab:"))
    needed = lines[at].partition("##")[0].split()[1:]
    assert (needed, lines[at + 1 : at + 3]) == (["$(READY)"], ["\t@jupyter lab", ""])
