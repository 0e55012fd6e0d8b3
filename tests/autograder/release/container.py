"""A stand-in for a container of Gradescope's: its folders in /autograder, root with the rights that Docker leaves it, and
a kernel that refuses new namespaces. https://gradescope-autograders.readthedocs.io/en/latest/specs/"""

import configparser
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from sandbox.ordinary import open_path
from sandbox.refused import refuse

from autograder.sandbox import linux

ROOT = Path("/autograder")
# Those of root in a container that Docker starts: https://docs.docker.com/engine/security/#linux-kernel-capabilities
RIGHTS = (
    "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw",
    "sys_chroot", "mknod", "audit_write", "setfcap",
)  # fmt: skip
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container:
    """Built from a zip as Gradescope builds an image; `grade` runs a submission in it. Holds what lies in /autograder in
    the folder `place`."""

    def __init__(self, file: Path, place: Path) -> None:
        self.place = place
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                path = Path(archive.extract(entry, place / "source"))
                path.chmod(entry.external_attr >> 16)
        shutil.copy(place / "source" / "run_autograder", place / "run_autograder")
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        path = f"{sys.base_prefix}/bin:{PLAIN_PATH}"
        self.built = self._run(["bash", "/autograder/source/setup.sh"], {"PATH": path, "HOME": "/root", **pip})

    def attempt(self, code: str) -> subprocess.CompletedProcess[str]:
        """Runs Python code as root, outside the sandbox."""
        return self._run(["/autograder/environment/bin/python", "-c", code], {"PATH": PLAIN_PATH})

    def grade(
        self, files: dict[str, str], *, open_python: bool = True
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, Any] | None]:
        """What `run_autograder` says, and its results; None where there are none."""
        for name in ("submission", "results"):
            shutil.rmtree(self.place / name, ignore_errors=True)
            (self.place / name).mkdir(mode=0o755)
        for name, text in files.items():
            path = self.place / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.place / "submission_metadata.json").write_text(json.dumps({"users": [{"email": "ada@example.com"}]}))
        done = self._run(
            ["/autograder/run_autograder"],
            {"PATH": PLAIN_PATH, "HOME": "/root"},
            as_there=True,
            open_python=open_python,
        )
        results = self.place / "results" / "results.json"
        return done, json.loads(results.read_bytes()) if results.exists() else None

    def _run(
        self, command: list[str], environment: dict[str, str], *, as_there: bool = False, open_python: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """as_there: with Docker's rights. open_python: the Python is no part of root's home."""
        aside = tempfile.mkdtemp()
        made = not ROOT.exists()
        ROOT.mkdir(exist_ok=True)

        def prepare() -> None:
            linux.unshare(linux.CLONE_NEWNS)
            linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
            linux.mount(str(self.place), str(ROOT), "", linux.MS_BIND)
            if open_python:
                open_path(self._python(), aside)
            if as_there:
                refuse()
            os.chdir(ROOT)

        if as_there:
            command = ["setpriv", "--inh-caps=-all", f"--bounding-set=-all,+{',+'.join(RIGHTS)}", *command]
        try:
            return subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=900, check=False, preexec_fn=prepare
            )
        finally:
            os.rmdir(aside)
            if made:
                ROOT.rmdir()

    def _python(self) -> str:
        """The folder of the Python from which the environment was made."""
        settings = configparser.ConfigParser()
        settings.read_string(f"[all]\n{(self.place / 'environment' / 'pyvenv.cfg').read_text()}")
        return str(Path(settings["all"]["home"]).parent)
