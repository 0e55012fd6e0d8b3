"""A machine with a JupyterHub and three accounts, in a mount namespace: its homes, its accounts and its /srv lie in a
temporary folder, and nothing of it is seen from outside. It is set up with the files of docs/jupyterhub.md."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from sandbox.ordinary import open_path

from autograder.sandbox import linux

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs" / "jupyterhub.md").read_text()
ENVIRONMENT = Path("/srv/course/environment")
USERS = {"instructor": 61001, "ada": 61002, "ben": 61003}
TOKEN = "0123456789abcdef" * 2
# What the page leaves to the machine: ports, who may ask the hub for tokens, and a proxy that needs no Node.js.
MORE = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}]
scopes = ["admin:users", "admin:servers", "tokens", "access:servers"]
c.JupyterHub.load_roles = [{{"name": "test", "scopes": scopes, "services": ["test"]}}]
c.Spawner.http_timeout = c.Spawner.start_timeout = 300
"""


def code_of_page(begins: str) -> str:
    """The block of code of the page that begins so."""
    (found,) = [block for block in re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL) if block.startswith(begins)]
    return str(found)


class Machine:
    """Commands run on it as root or as one of its users; `start` starts the hub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = _free_ports(3)
        self._hub: subprocess.Popen[bytes] | None = None
        for name in ("srv/course", "srv/python", "srv/project", "home", "etc"):
            (folder / name).mkdir(parents=True)
        for name, number in USERS.items():
            home = folder / "home" / name
            home.mkdir(mode=0o755)
            os.chown(home, number, number)
        accounts = "".join(f"{name}:x:{number}:{number}::/home/{name}:/bin/bash\n" for name, number in USERS.items())
        groups = "".join(f"{name}:x:{number}:\n" for name, number in USERS.items())
        (folder / "etc" / "passwd").write_text(Path("/etc/passwd").read_text() + accounts)
        (folder / "etc" / "group").write_text(Path("/etc/group").read_text() + groups)

    # ------------------------------------------------------------ set-up

    def set_up(self) -> None:
        """As the page says, but that what this Python has installed is taken from there."""
        self.run("root", sys.base_prefix + "/bin/python3", "-m", "venv", str(ENVIRONMENT))
        here = self.folder / "srv/course/environment"
        (site,) = here.glob("lib/*/site-packages")
        (theirs,) = Path(sys.prefix).glob("lib/*/site-packages")
        (site / "course.pth").write_text(f"import site; site.addsitedir({str(theirs)!r})\n")
        for script in (Path(sys.prefix) / "bin").iterdir():
            if script.is_file() and not (here / "bin" / script.name).exists():
                text = script.read_bytes()
                if text.startswith(f"#!{sys.prefix}/bin/python".encode()):
                    first = f"#!{ENVIRONMENT}/bin/python\n".encode()
                    (here / "bin" / script.name).write_bytes(first + text.split(b"\n", 1)[1])
                    (here / "bin" / script.name).chmod(0o755)
        shutil.copytree(Path(sys.prefix) / "etc", here / "etc")
        (here / "share").mkdir(exist_ok=True)
        (here / "share/jupyter").symlink_to(Path(sys.prefix) / "share/jupyter")
        self.run("root", "python", "-m", "pip", "install", "--quiet", "jupyterhub", "configurable-http-proxy")
        for begins in ("mkdir -p /srv/course/exchange", "chmod 700 /home"):
            self.run("root", "bash", "-c", code_of_page(begins))
        all_, own = here / "etc/jupyter", self.folder / "home/instructor/.jupyter"
        menus, pages = code_of_page('{"disabledExtensions"'), code_of_page('{"ServerApp"')
        for path, text in {
            all_ / "nbgrader_config.py": code_of_page("# nbgrader_config.py of the environment"),
            own / "nbgrader_config.py": code_of_page("# nbgrader_config.py of the instructor"),
            all_ / "labconfig/page_config.json": menus,
            own / "labconfig/page_config.json": menus.replace("true", "false"),
            all_ / "jupyter_server_config.d/no_formgrader.json": pages,
            own / "jupyter_server_config.d/formgrader.json": pages.replace("false", "true"),
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        port, hub, api = self.ports
        config = code_of_page("# jupyterhub_config.py") + MORE.format(port=port, hub=hub, api=api, token=TOKEN)
        (self.folder / "srv/course/jupyterhub_config.py").write_text(config)

    def start(self) -> None:
        """The hub, and a server for each user."""
        with open(self.folder / "hub.log", "wb") as log:
            self._hub = subprocess.Popen(
                ["jupyterhub", "-f", "jupyterhub_config.py"],
                env=self._environment("root"),
                stdout=log,
                stderr=log,
                preexec_fn=lambda: self._enter("root", "/srv/course"),  # noqa: PLW1509  (no threads run here)
                start_new_session=True,
            )
        self._wait(lambda: self.ask("GET", "hub/api/").ok)
        for name in USERS:
            self.ask("POST", f"hub/api/users/{name}").raise_for_status()
            self.ask("POST", f"hub/api/users/{name}/server").raise_for_status()
        for name in USERS:
            self._wait(lambda name=name: self.ask("GET", f"hub/api/users/{name}").json()["servers"][""]["ready"])

    def stop(self) -> None:
        if self._hub is None:
            return
        for name in USERS:
            self.ask("DELETE", f"hub/api/users/{name}/server")
        self._hub.terminate()
        try:
            self._hub.wait(120)
        except subprocess.TimeoutExpired:
            self._hub.kill()
            self._hub.wait()

    def _wait(self, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 600
        while True:
            try:
                if there():
                    return
            except (requests.ConnectionError, KeyError):
                pass
            assert self._hub is not None
            log = (self.folder / "hub.log").read_text(errors="replace")[-5000:]
            assert self._hub.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.2)

    # ------------------------------------------------------------ use

    def ask(self, method: str, path: str, token: str = TOKEN, **more: Any) -> requests.Response:
        headers = {"Authorization": f"token {token}"}
        return requests.request(
            method,
            f"http://127.0.0.1:{self.ports[0]}/{path}",
            headers=headers,
            timeout=300,
            allow_redirects=False,
            **more,
        )

    def token(self, user: str) -> str:
        """One with which this user's browser could ask."""
        done = self.ask("POST", f"hub/api/users/{user}/tokens", json={"note": "test"})
        done.raise_for_status()
        return str(done.json()["token"])

    def run(self, user: str, *command: str, where: str = "/", fails: bool = False) -> str:
        """Runs a command as this user; gives what it says."""
        done = subprocess.run(
            command,
            env=self._environment(user),
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            preexec_fn=lambda: self._enter(user, where),
        )
        assert bool(done.returncode) == fails, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _environment(self, user: str) -> dict[str, str]:
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and user == "root"}
        home = "/root" if user == "root" else f"/home/{user}"
        return {
            "PATH": f"{ENVIRONMENT}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": home,
            "USER": user,
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            **pip,
        }

    def _enter(self, user: str, where: str) -> None:
        """In the new process: this machine's folders, and the user's rights."""
        linux.unshare(linux.CLONE_NEWNS)
        linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
        for name, place in (
            ("srv", "/srv"),
            ("home", "/home"),
            ("etc/passwd", "/etc/passwd"),
            ("etc/group", "/etc/group"),
        ):
            linux.mount(str(self.folder / name), place, "", linux.MS_BIND)
        linux.bind_read_only(sys.prefix, sys.prefix)  # this Python is others' too
        asides = ["/srv/python", "/srv/project"]
        open_path(sys.base_prefix, *asides, more=(str(PROJECT),))
        if user != "root":
            number = USERS[user]
            os.setgroups([])
            os.setresgid(number, number, number)
            os.setresuid(number, number, number)
        os.chdir(where)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
