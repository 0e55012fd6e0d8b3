"""What is there for other tools: a workflow, a container, and a page of commands. Each names things that exist."""

import argparse
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autograder import cli

ROOT = Path(__file__).parent.parent


def test_the_workflow_calls_what_continuous_integration_calls() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    run = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in workflow["jobs"].items()}
    assert run == {
        "checks": ["bash .ci/run"],
        "fresh": ["bash .ci/run fresh"],
        "bounds": ["make bounds-${{ matrix.versions }}"],
    }
    assert (ROOT / ".ci" / "run").is_file()
    bounds = workflow["jobs"]["bounds"]
    given = re.search(r"^BOUNDS \?= (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert given is not None
    assert bounds["strategy"]["matrix"]["versions"] == given[1].split()


def test_the_container_installs_both_packages_from_what_it_copies() -> None:
    lines = (ROOT / "docker" / "Dockerfile").read_text().replace("\\\n", "").splitlines()
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
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied.values())


BINDER = """
import json
from repo2docker.app import Repo2Docker
app = Repo2Docker()
pack = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
(_, installs), = pack.get_assemble_scripts()
print(json.dumps([type(pack).__name__, pack.python_version, pack.get_preassemble_script_files(), installs]))
"""


@pytest.mark.fresh
def test_binder_makes_its_image_of_the_environment_with_all_files_there(tmp_path: Path) -> None:
    """By the code with which Binder reads a repository. A Dockerfile in the root would take the environment's place,
    and a .dockerignore there would leave notebooks out."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    python = tmp_path / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "jupyter-repo2docker"]
    subprocess.run(install, check=True, timeout=600)
    done = subprocess.run([python, "-c", BINDER], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    kind, version, before_the_files, installs = json.loads(done.stdout)
    assert (kind, version, before_the_files) == ("CondaBuildPack", "3.12", {})
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
