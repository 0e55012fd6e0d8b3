"""Hostile cells run in a real sandbox, one process per cell; prints what came of them as JSON.

A program of its own, so that the same list runs as root and as an ordinary user.
"""

import json
import sys
import time
from dataclasses import replace

from autograder.examiner.session import Session
from autograder.limits import MIB, Limits
from autograder.sandbox import Template
from autograder.wire import Channel, WireLimits

# Of CPU time little, as some cells use all that they get; by the clock so much that no other limit comes later.
LIMITS = Limits(memory=700 * MIB, cpu=2, wall=240, cell=60, grace=0.5, processes=20, disk=16 * MIB)

CELLS = {
    "honest": "import numpy as np; print(np.ones((300, 300)).dot(np.ones((300, 300))).sum())",
    "memory": "x = []\nwhile True: x.append(bytearray(1 << 24))",
    "memory of many": (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        x = bytearray(300 << 20); time.sleep(30)\ntime.sleep(30)"
    ),
    "shared memory of many": (
        "import mmap, os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        m = mmap.mmap(-1, 300 << 20)\n"
        "        for i in range(0, len(m), 4096): m[i] = 1\n        time.sleep(30)\ntime.sleep(30)"
    ),
    "processor": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "processor of many": (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        while True: pass\ntime.sleep(30)"
    ),
    "fork bomb": (
        "import os\ncount = 0\ntry:\n    while count < 500:\n        if os.fork() == 0:\n            import time; time.sleep(60)\n"
        "        count += 1\nexcept OSError as e: print('refused after', count, e.errno)"
    ),
    "disk": "f = open('big', 'wb')\nfor _ in range(100): f.write(bytes(1 << 20))",
    "many files": "import os\nfor n in range(10**6): open(f'f{n}', 'w').close()",
    "shared memory": "import mmap\nm = [mmap.mmap(-1, 1 << 28) for _ in range(8)]",
    "hidden memory": "import os\nos.memfd_create('x')",
    "descriptors": "x = [open('/dev/null') for _ in range(10**4)]",
    "output": "while True: print('x' * 10**5)",
    "raw output": "import os\nwhile True: os.write(1, b'x' * 10**5)",
    "exit": "import os\nos._exit(0)",
    "kill parent": "import os\nos.kill(os.getppid(), 9)",
    "kill group": "import os\nos.kill(0, 9)",
    "kill all": "import os\nos.kill(-1, 9)\nprint('alive')",
    "crash": "import ctypes\nctypes.string_at(0)",
    "outlive": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        import ctypes; ctypes.CDLL(None).prctl(1, 0)\n        open('/proc/self/comm', 'w').write('outliver')\n"
        "        time.sleep(600)\n    os._exit(0)\nprint('started')"
    ),
    "see": "import os\nprint(sorted(p for p in os.listdir('/proc') if p.isdigit()))",
    "course": "import os\nprint(os.path.exists({course!r}), os.path.exists({source!r}))",
    "network": "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)",
    "unix socket": "import socket, os\nprint(os.path.exists('/run'), os.path.exists('/var/run/docker.sock'))",
    "environment": "import os\nprint(sorted(k for k in os.environ if 'SECRET' in k))",
    "write environment": "import numpy\nopen(numpy.__file__, 'a')",
    "interrupt": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
}


def main() -> None:
    course = sys.argv[1] if len(sys.argv) > 1 else "/nonexistent"
    found = {}
    with Template(
        "autograder.runner.serve:main", preload=["autograder.runner.serve"], packages=("nbcore",), course=course
    ) as template:
        for name, source in CELLS.items():
            limits = replace(LIMITS, cpu=30) if "memory" in name else LIMITS  # a busy machine takes long to give pages
            child = template.fork({}, limits)
            session = Session(Channel(child.wire, WireLimits().frame_bytes), child, limits)
            started = time.monotonic()
            filled = source.replace("{course!r}", repr(course)).replace("{source!r}", repr(__file__))
            result = session.run_cell(filled)
            dead = session.dead
            session.close()
            ended = child.wait(5.0)
            child.close()
            text = "".join(o.get("text", "") for o in result.outputs if o["output_type"] == "stream")
            found[name] = {
                "error": result.error,
                "text": text[:300],
                "dead": dead.kind if dead else None,
                "stop": ended.stop.kind if ended.stop else None,
                "status": ended.status,
                "cpu": ended.cpu,
                "seconds": time.monotonic() - started,
                "bytes": len(text),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
