"""The three descriptions of the environment say the same, and name no package registry."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest

import nbcore

ROOT = Path(__file__).parent.parent
# What a declared library is known for bringing, and what is used where it happens to be there.
BROUGHT = {"nbcore": ["matplotlib", "ipywidgets"], "autograder": ["nbgrader", "nbconvert", "nbcore"]}
OPTIONAL = {"nbcore": {"nbformat"}, "autograder": {"distributed", "dask"}}
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


@pytest.fixture(scope="module")
def students() -> dict:
    return tomllib.loads((ROOT / "nbcore" / "pyproject.toml").read_text())["project"]


def test_conda_gives_what_pip_gives(project: dict, students: dict) -> None:
    lines = (ROOT / "environment.yml").read_text().splitlines()
    conda = bounds(
        [line.strip()[2:] for line in lines if re.match(r"^  - [a-z0-9-]+(>=|$)", line) and "conda-forge" not in line]
    )
    conda = {CONDA_NAMES.get(name, name): bound for name, bound in conda.items()}
    pip = bounds(students["dependencies"] + project["dependencies"] + project["optional-dependencies"]["lab"])
    del pip["nbcore"]  # from this folder
    assert {name: bound for name, bound in conda.items() if name not in ONLY_CONDA} == pip
    assert "  - python=3.12" in lines  # Binder takes a lower bound for none


def test_a_student_gets_only_what_notebooks_need(students: dict) -> None:
    names = set(bounds(students["dependencies"]))
    assert names == {"numpy", "scipy", "matplotlib", "seaborn", "scikit-learn", "threadpoolctl", "ipywidgets"}
    assert set(students["optional-dependencies"]) == {"lab", "validate"}


def test_both_packages_have_one_version(project: dict, students: dict) -> None:
    assert project["dynamic"] == students["dynamic"] == ["version"]
    wanted = bounds(project["dependencies"])["nbcore"].removeprefix(">=")
    assert nbcore.__version__.split(".")[:2] == wanted.split(".")
    for name in ("nbcore", "nbcore-autograder"):
        assert version(name) == nbcore.__version__


@pytest.mark.parametrize("package", ["nbcore", "autograder"])
def test_what_is_imported_is_declared(package: str, project: dict, students: dict) -> None:
    declared = {"nbcore": students, "autograder": project}[package]
    names = set(bounds(declared["dependencies"])) | OPTIONAL[package]
    names |= {re.split(r"[^A-Za-z0-9_.-]", need)[0] for by in BROUGHT[package] for need in requires(by) or []}
    imported = {
        name.split(".")[0]
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    }
    found = {name for name in imported if name not in sys.stdlib_module_names and name != package}
    modules = packages_distributions()
    canonical = {name.lower().replace("_", "-") for name in names}
    wrong = {n for n in found if not canonical & {d.lower().replace("_", "-") for d in modules.get(n, [n])}}
    assert not wrong


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def test_the_locks_pin_every_dependency_with_hashes(project: dict, students: dict) -> None:
    extras = project["optional-dependencies"]
    needed = [*students["dependencies"], *project["dependencies"], *extras["lab"]]
    pins = {}
    for file, wanted in (("requirements.lock", needed), ("requirements-dev.lock", needed + extras["dev"])):
        lock = (ROOT / file).read_text()
        found = re.findall(r"^([a-z0-9_.-]+)(?:\[[a-z,-]+\])?==(\S+)", lock, flags=re.MULTILINE)
        assert bounds(wanted).keys() - {"nbcore"} <= dict(found).keys()
        pins[file] = set(found)
        blocks = re.split(r"\n(?=[a-z0-9_.-]+(?:\[[a-z,-]+\])?==)", lock)[1:]
        assert all("--hash=sha256:" in block for block in blocks)
    assert pins["requirements.lock"] < pins["requirements-dev.lock"]


def test_the_lock_of_the_site_pins_its_tools_with_hashes() -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["site"]
    lock = (ROOT / "requirements-site.lock").read_text()
    blocks = dict(re.findall(r"^([a-z0-9_.-]+)==(.*(?:\n .*)*)", lock, flags=re.MULTILINE))
    assert {re.split(r"[<>=]", need)[0] for need in group} <= blocks.keys()
    assert all("--hash=sha256:" in block for block in blocks.values())


def test_no_file_names_a_package_registry() -> None:
    pattern = re.compile(r"(index-url|find-links|resolved)[\"= :]+(https?|file)://")
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-site.lock",
        "environment.yml",
        "pyproject.toml",
        "nbcore/pyproject.toml",
        "Makefile",
        ".ci/run",
    ):
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


@pytest.mark.slow
def test_a_clone_of_a_git_that_writes_other_line_ends_builds_without_complaint(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    clone = tmp_path / "clone"
    command = ["git", "clone", "--quiet", "--depth=1", "--config", "core.autocrlf=true", ROOT.as_uri(), str(clone)]
    subprocess.run(command, capture_output=True, text=True, check=True)
    assert b"\r" not in (clone / "solutions/01_activations.py").read_bytes()
    for command in (
        [sys.executable, "-m", "autograder.cli", "build", "01_activations", "--check", "--no-proof"],
        ["git", "status", "--porcelain"],
    ):
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


def test_opening_the_course_builds_nothing() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("lab:"))
    needed = lines[at].partition("##")[0].split()[1:]
    assert (needed, lines[at + 1 : at + 3]) == (["$(READY)"], ["\t@$(BIN)/jupyter lab", ""])
