"""What is there for other tools: a workflow, a container, and a page of commands. Each names things that exist."""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from binder import as_binder_reads

from autograder import cli

ROOT = Path(__file__).parent.parent


def test_the_workflow_calls_what_continuous_integration_calls() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    run = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in workflow["jobs"].items()}
    trust = 'git config --global --add safe.directory "$GITHUB_WORKSPACE"'  # or Git refuses another user's clone
    assert run == {
        "checks": [trust, "bash .ci/run"],
        "fresh": [trust, "bash .ci/run fresh"],
        "pythons": [trust, "make check proofs"],
        "bounds": [trust, "make bounds-${{ matrix.versions }}"],
    }
    assert (ROOT / ".ci" / "run").is_file()
    bounds = workflow["jobs"]["bounds"]
    given = re.search(r"^BOUNDS \?= (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert given is not None
    assert bounds["strategy"]["matrix"]["versions"] == given[1].split()
    first, *others = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert f"python:{first}-bookworm" == workflow["jobs"]["checks"]["container"]["image"]
    assert workflow["jobs"]["pythons"]["strategy"]["matrix"]["python"] == others


def test_the_makefile_uses_nothing_that_came_after_make_3_81() -> None:
    """The make of macOS. 3.82 has brought .ONESHELL, .SHELLFLAGS, `private` and `undefine`; 4.0 `!=`, `::=` and
    $(file); 4.3 `&:` (NEWS of GNU make). Nor is there a sed, whose options differ."""
    makefile = (ROOT / "Makefile").read_text()
    newer = r"^\.ONESHELL|\.SHELLFLAGS|^(?:override |export )?(?:private|undefine)\b|^\w+ *(?:!=|::=|:::=)|\$\(file |&:"
    assert not re.findall(newer, makefile, flags=re.MULTILINE)
    assert "sed " not in makefile


def steps() -> list[list[str]]:
    """The instructions of the Dockerfile, each with what stands behind it."""
    lines = (ROOT / "docker" / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


def copied() -> dict[str, str]:
    """What is copied into the container, by its name here -> the place there."""
    found = {}
    for rest in (rest for instruction, rest in steps() if instruction == "COPY"):
        *sources, target = rest.split()
        for source in sources:
            found[source] = f"{target.rstrip('/')}/{source}" if target.endswith("/") else target
    return found


def test_the_container_installs_both_packages_from_what_it_copies() -> None:
    there = copied()
    assert [source for source in there if not (ROOT / source).exists()] == []
    assert there["nbcore"] == "/project/nbcore"
    assert {"/project/pyproject.toml", "/project/autograder", "/project/README.md"} <= set(there.values())
    (install,) = [rest for instruction, rest in steps() if instruction == "RUN"]
    assert shlex.split(install) == ["pip", "install", "--no-cache-dir", "/project/nbcore", "/project[lab]"]
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(there)


@pytest.mark.fresh
def test_the_steps_of_the_container_give_a_grader(tmp_path: Path) -> None:
    """What it copies, installed in an environment of its own as its RUN line says, outside a container."""
    project = tmp_path / "project"
    for source, target in copied().items():
        place = project / Path(target).relative_to("/project")
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, place)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    (install,) = [rest for instruction, rest in steps() if instruction == "RUN"]
    words = [word.replace("/project", str(project), 1) for word in shlex.split(install)]
    subprocess.run([tmp_path / "venv" / "bin" / "python", "-m", *words, "--quiet"], check=True, timeout=900)
    (command,) = [json.loads(rest) for instruction, rest in steps() if instruction == "CMD"]
    program = [tmp_path / "venv" / "bin" / command[0], *command[1:]]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "isolation" in done.stdout.lower(), done.stdout + done.stderr


@pytest.mark.fresh
def test_binder_makes_its_image_of_the_environment_with_all_files_there(tmp_path: Path) -> None:
    """By the code with which Binder reads a repository. A Dockerfile in the root would take the environment's place,
    and a .dockerignore there would leave notebooks out."""
    kind, version, installs = as_binder_reads(ROOT, tmp_path)
    assert (kind, version) == ("CondaBuildPack", "3.12")
    assert '--file "environment.yml"' in installs
    assert not any((ROOT / name).exists() for name in (".dockerignore", ".containerignore", "binder", ".binder"))


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
