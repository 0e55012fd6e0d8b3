"""The map in docs/architecture.md is the house as it stands: its figure, its table and its walks."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
FLOORS = [
    [part.strip() for part in floor.split("|")]
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for floor in contract["layers"]
]


def test_the_figure_shows_every_package_on_its_floor() -> None:
    figure = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8")
    places = {
        name: float(y) for y, name in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*font-weight="bold">(\w+)<', figure)
    }
    assert places.keys() == {name for floor in FLOORS for name in floor}
    for floor in FLOORS:
        assert len({places[name] for name in floor}) == 1, floor
    autograder = [places[floor[0]] for floor in FLOORS if floor[0] != "data"][: FLOORS.index(["limits"]) + 1]
    nbcore = [places[floor[0]] for floor in FLOORS[FLOORS.index(["limits"]) + 1 :]]
    assert autograder == sorted(autograder)
    assert nbcore == sorted(nbcore)


def test_the_table_has_a_line_for_every_package() -> None:
    named = set(re.findall(r"`(?:autograder\.|nbcore\.)?(\w+)`", "\n".join(re.findall(r"^\| (`[^|]*) \|", PAGE, re.M))))
    assert named == {name for floor in FLOORS for name in floor}


@pytest.mark.parametrize("walk", re.findall(r"^\*\*A[^*]*\*\*[\s\S]*?(?=\n\n|\Z)", PAGE, re.M))
def test_a_walk_is_short_and_names_what_is_there(walk: str) -> None:
    assert walk.count("\n") < 10
    packages = {path.name for path in (ROOT / "autograder").iterdir() if path.is_dir()}
    named = [name.split(".") for name in re.findall(r"`([a-z_.]+)`", walk) if name.split(".")[0] in packages]
    assert named
    for package, *module in named:
        folder = ROOT / "autograder" / package
        assert not module or (folder / f"{module[0]}.py").is_file() or hasattr_of(folder, module[0]), (package, module)


def hasattr_of(folder: Path, name: str) -> bool:
    """Whether a module of the package defines this name."""
    return any(re.search(rf"^(?:def|class) {name}\b", path.read_text(), re.M) for path in folder.glob("*.py"))


SLOW_TO_LOAD = {"IPython", "ipywidgets", "matplotlib", "cycler", "contourpy", "seaborn", "scipy", "sklearn"}


def imports_within(path: Path) -> list[tuple[str, int]]:
    """What functions of a module import, and in which line."""
    found = []
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    found += [(alias.name, node.lineno) for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    found.append((node.module or "", node.lineno))
    return found


def test_a_function_imports_what_is_slow_to_load_and_nothing_else() -> None:
    """In nbcore its own docstring says why, in `cli` that of the module; elsewhere a comment stands beside it."""
    inside = {path: imports_within(path) for path in (ROOT / "nbcore").rglob("*.py")}
    assert {name.partition(".")[0] for found in inside.values() for name, _ in found} <= SLOW_TO_LOAD
    without = []
    for path in (ROOT / "autograder").rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        without += [
            f"{path.relative_to(ROOT)}:{number}: {name}"
            for name, number in imports_within(path)
            if path.name != "cli.py" and not any("#" in line for line in lines[number - 2 : number])
        ]
    assert without == []


def test_there_are_six_walks() -> None:
    assert len(re.findall(r"^\*\*A ", PAGE, re.M)) == 6
