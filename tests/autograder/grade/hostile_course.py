"""The small course that the hostile class is graded in, and the watches around it.

Everything that must not be touched lies in `World`: files with tokens that may not turn up anywhere, a home, two
listening sockets, and the course itself.
"""

import ctypes
import hashlib
import os
import secrets
import select
import socket
import sqlite3
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .course import code, flags, graded_cell, open_cell

ASSIGNMENT = "hw"
SOLUTION = "import numpy as np\n\ndef f(x):\n    return np.asarray(x, float) ** 2"

T1 = """assert callable(f)
### BEGIN HIDDEN TESTS
_secret = 5
_expected = 25
assert f(_secret) == _expected
assert all(map(lambda n: f(n) == n * n, range(3, 6)))
### END HIDDEN TESTS"""
T2 = """def close(a, b):
    return bool(abs(a - b) < 1e-9)
### BEGIN HIDDEN TESTS
import numpy as np
_secret = np.random.default_rng().normal(size=3)
np.testing.assert_allclose(f(_secret), _secret ** 2)
assert close(f(3.5), 12.25)
### END HIDDEN TESTS"""
T3 = """### BEGIN HIDDEN TESTS
import numpy as np
_secret = np.array([2.0, 3.0])
_error = np.max(np.abs(np.asarray(f(_secret), float) - [4.0, 9.0]))
float(np.clip(2.0 - _error, 0.0, 2.0))
### END HIDDEN TESTS"""
T4 = """### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check
_secret = np.random.default_rng().normal(size=(2, 3))
check.value(f, _secret, expected=_secret * _secret)
### END HIDDEN TESTS"""
POINTS = {"t1": 5.0, "t2": 3.0, "t3": 2.0, "t4": 2.0}

# Fellow students, spread over the alphabet so that attackers are graded between them.
FELLOWS = {
    "aa-honest": ("def f(x):\n    import numpy as np\n    return np.square(np.asarray(x, float))", POINTS),
    "xm-half-way": ("def f(x):\n    return x * x if x is 5 or isinstance(x, int) else abs(x) * 2", {"t1": 5.0}),
    "zz-honest": ("def f(x):\n    return x ** 2", POINTS),
}


def assignment(tests: dict[str, str] | None = None) -> NotebookNode:
    """The source notebook of the assignment."""
    tests = tests or {"t1": T1, "t2": T2, "t3": T3, "t4": T4}
    cells = [
        nbformat.v4.new_markdown_cell("Write the square."),
        open_cell("f", SOLUTION),
        *(graded_cell(name, source, POINTS[name]) for name, source in tests.items()),
        code("print('the end')"),
        nbformat.v4.new_markdown_cell("why", metadata=flags("why", grade=True, solution=True, points=1)),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return nbformat.v4.new_notebook(cells=cells)


# ------------------------------------------------------------------------------------------ the world outside


@dataclass
class World:
    """A folder with a course, a home and other people's files. `token` stands in every file that is secret."""

    root: Path
    token: str = field(default_factory=lambda: f"CANARY{secrets.token_hex(8)}")

    def __post_init__(self) -> None:
        self.course, self.home, self.outside = (self.root / name for name in ("course", "home", "outside"))
        for folder in (self.course, self.home / ".ssh", self.home / ".ipython/profile_default/startup", self.outside):
            folder.mkdir(parents=True)
        self.secrets = [
            self.outside / "secret.txt",
            self.home / ".ssh/id_ed25519",
            self.home / ".netrc",
            self.course / "notes.txt",
            self.course / "submitted/aa-honest/other/notes.txt",
        ]
        for path in self.secrets:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{self.token}\n")
        # Everybody may write here: what is refused is refused by the sandbox.
        for folder in (self.root, self.outside, self.home):
            folder.chmod(0o777)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.tcp.getsockname()[1]))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(self.outside / "s"))
        self.unix.listen()
        for sock in (self.tcp, self.udp, self.unix):
            sock.setblocking(False)

    @property
    def places(self) -> dict[str, str]:
        site = next(path for path in sys.path if path.endswith("site-packages"))
        return {
            "COURSE": str(self.course),
            "OUTSIDE": str(self.outside),
            "HOME": str(self.home),
            "PORT": str(self.tcp.getsockname()[1]),
            "SOCKET": str(self.outside / "s"),
            "SITE": site,
            "PREFIX": sys.prefix,
        }

    def connections(self) -> list[str]:
        """Which of the sockets somebody has reached."""
        ready, _, _ = select.select([self.tcp, self.udp, self.unix], [], [], 0)
        return [str(sock.getsockname()) for sock in ready]

    def checksums(self) -> dict[str, str]:
        """Of every file but the gradebook, what nbgrader makes, and the attackers' own folders."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            ours = name.startswith(
                ("course/autograded", "course/feedback", "course/gradebook.db", "course/submitted/x-")
            )
            if not ours and path.is_file() and not name.startswith(("home/.cache", "home/.config", "home/.local")):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def leaked(self) -> list[str]:
        """Graded notebooks, records and feedback that hold a secret's token or the gradebook's first bytes."""
        needles = (self.token.encode(), b"SQLite format 3")
        made = [path for step in ("autograded", "feedback") for path in (self.course / step).rglob("*")]
        return [str(path) for path in made if path.is_file() and any(n in path.read_bytes() for n in needles)]

    def close(self) -> None:
        for sock in (self.tcp, self.udp, self.unix):
            sock.close()


def environment_state(places: dict[str, str]) -> dict[str, tuple[int, int, int]]:
    """Size, time and mode of what a hostile cell would change in the Python environment."""
    site, prefix = Path(places["SITE"]), Path(places["PREFIX"])
    paths = [site, site / "numpy", *site.iterdir(), site / "numpy/__init__.py", prefix / "bin/python"]
    paths += (prefix / "share/jupyter/kernels/python3").glob("*")
    return {str(p): ((s := p.stat()).st_size, s.st_mtime_ns, s.st_mode) for p in paths if p.exists()}


def gradebook_rows(path: Path, students: list[str]) -> dict[str, list[tuple[object, ...]]]:
    """What attackers may not change: sources, points, other people's grades, and additions to marks."""
    queries = {
        "sources": "SELECT name, source, locked FROM source_cell ORDER BY name",
        "points": "SELECT base_cell.name, max_score FROM grade_cells JOIN base_cell USING (id) ORDER BY base_cell.name",
        "additions": "SELECT COUNT(*) FROM grade WHERE extra_credit IS NOT NULL AND extra_credit != 0 OR manual_score IS NOT NULL",
        "students": "SELECT id FROM student WHERE id NOT LIKE 'x-%' ORDER BY id",
    }
    with closing(sqlite3.connect(path)) as base:
        return {name: base.execute(query).fetchall() for name, query in queries.items()}


# ------------------------------------------------------------------------------------------ watches


class Watch:
    """Tells who was opened or changed, by inode: it sees through bind mounts, links and namespaces."""

    _OPEN, _CHANGE = 0x1 | 0x20, 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._paths: dict[int, str] = {}

    def add(self, path: Path, *, opening: bool) -> None:
        mask = self._CHANGE | (self._OPEN if opening else 0)
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(path), ctypes.c_uint32(mask))
        assert number >= 0, path
        self._paths[number] = str(path)

    def events(self) -> list[tuple[str, str]]:
        return list(self._read())

    def _read(self) -> Iterator[tuple[str, str]]:
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                return
            while data:
                number, mask, _, length = struct.unpack_from("iIII", data)
                name = data[16 : 16 + length].rstrip(b"\0").decode(errors="replace")
                yield f"{self._paths.get(number)}/{name}".rstrip("/"), hex(mask)
                data = data[16 + length :]

    def close(self) -> None:
        os.close(self._fd)


def adopt_orphans(on: bool) -> None:
    """Orphans below this process become its children instead of the first process's: so none is lost sight of."""
    ctypes.CDLL(None).prctl(36, int(on), 0, 0, 0)


def children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(number) for number in (task / "children").read_text().split()}
    return found
