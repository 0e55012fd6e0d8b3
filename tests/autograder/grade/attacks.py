"""Hostile solution cells, by name. Each defines `f` wrongly and tries to get points, to read, or to do harm.

The notebook around them asks f for the square of a number. None of them may earn a point.
"""

WRONG = "\ndef f(x):\n    return 0\n"
PATCH = "import IPython\nip = IPython.get_ipython()\n"

ATTACKS: dict[str, str] = {
    # outputs and the shell
    "displayhook": "import sys\ndef f(x):\n    sys.displayhook('ok')\n    return 0",
    "displayhook with the points": "import sys\ndef f(x):\n    sys.displayhook(3)\n    return 0",
    "always equal": "class A:\n    def __eq__(s, o): return True\n    def __ne__(s, o): return False\ndef f(x): return A()",
    "equal in numpy": (
        "import numpy as np\nclass A(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "def f(x): return np.zeros(np.shape(x)).view(A)"
    ),
    "array function": (
        "import numpy as np\nclass A(np.ndarray):\n    def __array_function__(self, *a, **k): return True\n"
        "def f(x): return np.zeros(np.shape(x)).view(A)"
    ),
    "nan points": "def f(x): return float('nan')",
    "infinite": "def f(x): return float('inf')",
    "a float that lies": (
        "class A(float):\n    def __eq__(s, o): return True\n    def __sub__(s, o): return 0.0\n    def __rsub__(s, o): return 0.0\n"
        "    def __abs__(s): return 0.0\ndef f(x): return A(1)"
    ),
    "an int that answers differently": (
        "class A:\n    n = 0\n    def __index__(s):\n        A.n += 1\n        return A.n\n    __int__ = __float__ = __index__\ndef f(x): return A()"
    ),
    "a class that lies": "class A:\n    __class__ = float\n    def __eq__(s, o): return True\ndef f(x): return A()",
    "array interface": "class A:\n    __array_interface__ = {'shape': (9,), 'typestr': '<f8', 'data': (1, False), 'version': 3}\ndef f(x): return A()",
    "array protocol": "import numpy as np\nclass A:\n    def __array__(s, *a, **k): return np.ones(3)\ndef f(x): return A()",
    "lazily evaluated": "class A:\n    def __getattr__(s, n): return lambda *a: True\ndef f(x): return A()",
    "reduce": "import os\nclass A:\n    def __reduce__(s): return (os.system, ('touch /tmp/pwned',))\ndef f(x): return A()",
    "metaclass": "class M(type):\n    def __instancecheck__(c, o): return True\n    def __eq__(c, o): return True\n    __hash__ = type.__hash__\nclass A(metaclass=M): pass\ndef f(x): return A",
    "ast transformer": PATCH
    + "import ast\nclass D(ast.NodeTransformer):\n    def visit_Assert(s, n): return ast.Pass()\nip.ast_transformers.append(D())"
    + WRONG,
    "input transformer": PATCH + "ip.input_transformers_cleanup.append(lambda lines: ['pass\\n'])" + WRONG,
    "run_code": PATCH + "async def run_code(*a, **k): return False\ntype(ip).run_code = run_code" + WRONG,
    "run_cell": PATCH
    + "class R:\n    error_before_exec = error_in_exec = None\ntype(ip).run_cell = lambda *a, **k: R()"
    + WRONG,
    "showtraceback": PATCH + "ip.showtraceback = None" + WRONG,
    "showtraceback quiet": PATCH + "ip.showtraceback = lambda *a, **k: None" + WRONG,
    "custom exception handler": PATCH + "ip.set_custom_exc((Exception,), lambda *a, **k: None)" + WRONG,
    "clear output": PATCH
    + "from IPython.display import clear_output\nip.events.register('post_run_cell', lambda *a: clear_output())"
    + WRONG,
    "success property": "from IPython.core.interactiveshell import ExecutionResult\nExecutionResult.success = True\nExecutionResult.error_in_exec = property(lambda s: None, lambda s, v: None)"
    + WRONG,
    "history": PATCH + "def f(x):\n    for v in ip.user_ns.get('In', []):\n        if 'HIDD' 'EN' in v.replace("
    "HIDD"
    "EN"
    ", '') or '_sec' 'ret =' in v: return x * x\n    return 0",
    "inspect": "import linecache\ndef f(x):\n    for v in linecache.cache.values():\n        if '_sec' 'ret =' in str(v): return x * x\n    return 0",
    # what tests compute with
    "numpy.testing": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\nnp.allclose = lambda *a, **k: True"
    + WRONG,
    "builtins": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.all = lambda x: True\nbuiltins.isinstance = lambda *a: True"
    + WRONG,
    "norm": "import numpy as np\nnp.linalg.norm = lambda *a, **k: 0.0" + WRONG,
    "random": "import numpy as np\nnp.random.default_rng = lambda *a: None\nnp.random.seed = np.zeros" + WRONG,
    "check": "import nbcore.check as c\nfor n in dir(c):\n    if not n.startswith('_'): setattr(c, n, lambda *a, **k: None)"
    + WRONG,
    "helper of the tests": "def close(a, b): return True" + WRONG,
    # reaching out
    "frames": (
        "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n        for space in (frame.f_globals, frame.f_locals):\n"
        "            for name in ('_secret', '_expected', 'close'):\n                if name in space and name != 'close': return space[name]\n"
        "        frame = frame.f_back\n    return 0"
    ),
    "gc": "import gc\ndef f(x):\n    for o in gc.get_objects():\n        if type(o) is dict and '_secret' in o: return o['_secret'] and x * x\n    return 0",
    "modules": "import sys\ndef f(x):\n    return x * x if any('examiner.examine' in m for m in sys.modules) else 0",
    "solution files": "import glob\ndef f(x):\n    return x * x if glob.glob('../../../source/*') or glob.glob('*.ipynb') or glob.glob('@COURSE@/source/*') else 0",
    "gradebook": "import os\ndef f(x):\n    return x * x if any('gradebook.db' in n and 'site-packages' not in d for d, _, n in os.walk('/')) else 0",
    "other records": "import glob\ndef f(x):\n    return x * x if glob.glob('*.record.json') else 0",
    "proc": "import glob\ndef f(x):\n    return x * x if len(glob.glob('/proc/[0-9]*')) > 1 else 0",
    "environment": "import os\ndef f(x):\n    return x * x if any('gradebook' in v for v in os.environ.values()) else 0",
    "a module of numpy's name": "open('numpy.py', 'w').write('raise SystemExit')\nopen('nbcore.py', 'w').write('')"
    + WRONG,
    "start-up file": "import os\nos.makedirs(os.path.expanduser('~/.ipython/profile_default/startup'), exist_ok=True)"
    + WRONG,
    # the wire
    "descriptors written": "import os\ndef f(x):\n    for fd in range(3, 64):\n        try: os.write(fd, b'\\xff' * 64)\n        except OSError: pass\n    return 0",
    "descriptors closed": "import os\ndef f(x):\n    os.closerange(3, 256)\n    return 0",
    "descriptors swapped": "import os, socket\ndef f(x):\n    a, b = socket.socketpair()\n    for fd in range(3, 20):\n        try: os.dup2(a.fileno(), fd)\n        except OSError: pass\n    return 0",
    "runner patched": (
        "import gc\nfrom autograder.runner.serve import Runner\nRunner._run_cell = lambda s, *a: s._reply('return', (1, None))\n"
        "Runner._operate = lambda s, h, b: s._reply('return', (True, (), ()))" + WRONG
    ),
    "codec patched": "from autograder.wire import Codec\nCodec.encode = lambda s, h, b: b'\\x93'" + WRONG,
    "replies before the question": (
        "from autograder.runner.serve import Runner\nold = Runner._operate\ndef twice(s, h, b):\n    old(s, h, b)\n"
        "    s._reply('return', (25, (), ()))\nRunner._operate = twice" + WRONG
    ),
    "callbacks never asked for": (
        "from autograder.runner.serve import Runner\ndef ask(s, h, b):\n    s._channel.send(s._codec.encode(('callback', s._token), (-1, (), ())))\n"
        "Runner._operate = ask" + WRONG
    ),
    "names bound anew from outside": (
        "from autograder.runner.serve import Runner\n"
        "Runner._rebound = lambda s: (('_secret', 0), ('close', print), ('check', print), ('_expected', 0))" + WRONG
    ),
    "a function that is another": "from autograder.runner.serve import Handles\nHandles.describe = lambda s, v: b'\\x91\\x01'"
    + WRONG,
    "deep": "def f(x):\n    v = 0\n    for _ in range(900): v = (v,)\n    return v",
    "huge": "def f(x): return 1 << (1 << 24)",
    "huge array": "import numpy as np\ndef f(x): return np.zeros(1 << 24)",
    "itself": "def f(x):\n    v = []\n    v.append(v)\n    return v",
    "shared": "def f(x):\n    v = [0]\n    for _ in range(40): v = [v, v]\n    return v",
    "colliding keys": "def f(x): return {n * ((1 << 61) - 1): 0 for n in range(20000)}",
    # ends
    "stop iteration": "def f(x): raise StopIteration",
    "system exit": "def f(x): raise SystemExit(0)",
    "keyboard interrupt": "def f(x): raise KeyboardInterrupt",
    "assertion error": "def f(x): raise AssertionError('passed')",
    "own base exception": "class B(BaseException): pass\ndef f(x): raise B",
    "exit": "import os\ndef f(x): os._exit(0)",
    "exit with a status": "import os\ndef f(x): os._exit(3)",
    "exit of a thread": "import os, threading, time\ndef f(x):\n    threading.Thread(target=lambda: os._exit(4)).start()\n    time.sleep(3)",
    "exit by a signal": "import os, signal\nsignal.signal(signal.SIGTERM, lambda *a: os._exit(5))\ndef f(x): os.kill(os.getpid(), signal.SIGTERM)",
    "exit by a crash's handler": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\nhandler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda n: libc._exit(6))\n"
        "libc.signal(11, handler)\ndef f(x): os.kill(os.getpid(), 11)"
    ),
    "abort": "import os\ndef f(x): os.abort()",
    "division by zero": "import faulthandler\ndef f(x): faulthandler._sigfpe()",
    "another program": "import os\ndef f(x): os.execv('/bin/true', ['true'])",
    "another program that stays": "import os\ndef f(x): os.execv('/bin/sleep', ['sleep', '100'])",
    "a limit of its own": "import resource\ndef f(x):\n    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    while True: pass",
    "killed by a child": "import os\ndef f(x):\n    if os.fork() == 0:\n        os.kill(os.getppid(), 9)\n        os._exit(0)\n    os.wait()\n    return 0",
    "stopped": "import os, signal\ndef f(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    os.killpg(0, signal.SIGTSTP)\n    return 0",
    "segfault": "import ctypes\ndef f(x): ctypes.string_at(0)",
    "kill": "import os\ndef f(x):\n    os.kill(os.getppid(), 9)\n    os.kill(0, 9)\n    return 0",
    "raise in parts": "import threading\nthreading.Thread(target=lambda: print('x')).start()" + WRONG,
    "atexit": "import atexit\natexit.register(lambda: print(3))" + WRONG,
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(300)\n    os._exit(0)" + WRONG,
    "recursion": "import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return f(x)",
    "memory": "def f(x): return [bytearray(1 << 26) for _ in range(1000)]",
    "output": "def f(x):\n    for _ in range(10**4): print('x' * 10**4)\n    return 0",
}

# These take as long as the limits let them.
SLOW: dict[str, str] = {
    "endless": "def f(x):\n    while True: pass",
    "endless and deaf": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ndef f(x):\n    while True: pass",
    "sleep": "import time\ndef f(x): time.sleep(1000)",
    "fork bomb": "import os\ndef f(x):\n    while True:\n        try: os.fork()\n        except OSError: pass",
    "regular expression": "import re\ndef f(x): return re.match('(a+)+b', 'a' * 60)",
}
