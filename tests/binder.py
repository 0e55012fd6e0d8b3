"""Reads a folder by the code with which Binder makes an image of a repository."""

import json
import subprocess
import sys
from pathlib import Path

READ = """
import json
from repo2docker.app import Repo2Docker
app = Repo2Docker()
pack = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
(_, installs), = pack.get_assemble_scripts()
assert pack.get_preassemble_script_files() == {}, "files of the repository are there when it is installed"
print(json.dumps([type(pack).__name__, pack.python_version, installs]))
"""


def as_binder_reads(folder: Path, scratch: Path) -> tuple[str, str, str]:
    """The kind of image, its Python, and the lines that install what it needs. scratch: a folder for Binder's code."""
    subprocess.run([sys.executable, "-m", "venv", str(scratch / "binder")], check=True)
    python = scratch / "binder" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "jupyter-repo2docker"]
    subprocess.run(install, check=True, timeout=600)
    done = subprocess.run([python, "-c", READ], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    kind, version, installs = json.loads(done.stdout)
    return kind, version, installs
