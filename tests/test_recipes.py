"""What is there for other tools: a workflow, a container, and a page of commands. Each names things that exist."""

import argparse
import re
import shlex
from pathlib import Path

import yaml

from autograder import cli

ROOT = Path(__file__).parent.parent


def test_the_workflow_calls_what_continuous_integration_calls() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["checks"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()


def test_the_container_installs_both_packages_from_what_it_copies() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    copied = {}
    for instruction, rest in steps:
        if instruction == "COPY":
            *sources, target = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                copied[f"{target.rstrip('/')}/{source}" if target.endswith("/") else target] = source
    assert copied["/project/nbcore"] == "nbcore"
    assert {"/project/pyproject.toml", "/project/autograder", "/project/README.md"} <= copied.keys()
    (install,) = [rest for instruction, rest in steps if instruction == "RUN"]
    assert shlex.split(install) == ["pip", "install", "--no-cache-dir", "/project/nbcore", "/project[lab]"]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied.values())


def commands() -> set[str]:
    parser = cli._parser()
    (choices,) = (a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return set(choices)


def test_the_page_of_commands_names_all_of_them_and_no_others() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`autograder ([a-z]+)", page)) == commands() - {"demo"}  # make demo
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", page)) <= targets
