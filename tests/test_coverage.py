"""Every place that docs/coverage.md names exists: the section in the notebook's source, or the function."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (?P<id>[GQRS][\d.]+) \| (?P<topic>[^|]+) \| (?P<where>.+) \|$", re.M)
SECTION = re.compile(r"^`(?P<notebook>\d\d_\w+)`: (?P<title>.+)$")
FUNCTION = re.compile(r"^`(?P<name>(nbcore|autograder)\.[\w.]+)`$")

ROWS = {m["id"]: m["where"] for m in ROW.finditer((ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"))}
COUNTS = {"G": 9, "Q1": 31, "Q2": 24, "Q3": 30, "R": 8, "S": 37}


def problem(where: str, sources: Path) -> str:
    """What is wrong with one named place, or ""."""
    if section := SECTION.match(where):
        source = sources / f"{section['notebook']}.py"
        if not source.exists():
            return f"no notebook {section['notebook']}"
        titles = re.findall(r"^# ## (.+)$", source.read_text(encoding="utf-8"), re.M)
        return "" if section["title"] in titles else f"{section['notebook']} has no section {section['title']!r}"
    if function := FUNCTION.match(where):
        module, _, name = function["name"].rpartition(".")
        try:
            return "" if callable(getattr(importlib.import_module(module), name, None)) else f"no function {name}"
        except ImportError as error:
            return str(error)
    return f"{where!r} is neither a section nor a function"


def places(where: str) -> list[str]:
    """The places of one row: a title may hold a semicolon-free sentence, so the separator is a semicolon."""
    return where.split("; ")


@pytest.mark.parametrize("row", ROWS)
def test_every_named_place_exists(row: str) -> None:
    where = ROWS[row]
    assert [found for place in places(where) if (found := problem(place, ROOT / "solutions"))] == []


def test_every_topic_has_its_row() -> None:
    for group, count in COUNTS.items():
        prefix = f"{group}." if group[0] == "Q" else group
        wanted = {f"{prefix}{number}" for number in range(1, count + 1)}
        assert {row for row in ROWS if row.startswith(prefix)} == wanted


@pytest.mark.parametrize(
    "where",
    [
        "`01_activations`: 1.1 Sigmiod",
        "`09_none`: 9.1 Nothing",
        "`nbcore.plots.activations.none`",
        "`nbcore.no.f`",
        "1.1",
    ],
)
def test_a_place_that_does_not_exist_is_found(where: str) -> None:
    assert problem(where, ROOT / "solutions")
