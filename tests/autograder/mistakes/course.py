"""A small course with three exercises, of which later ones use earlier ones, and a bank of mistakes in them."""

from pathlib import Path

from autograder.course.paths import Course

NAME = "01_small"
CELL = '# %% nbgrader={{"grade": {grade}, "grade_id": "{name}", "locked": {locked}, {points}"schema_version": 3, "solution": {solution}, "task": false}}'


def _cell(name: str, source: str, kind: str) -> str:
    true = {True: "true", False: "false"}
    head = CELL.format(
        name=name,
        grade=true[kind == "test"],
        locked=true[kind != "solution"],
        points='"points": 1, ' if kind == "test" else "",
        solution=true[kind == "solution"],
    )
    return f"{head}\n{source.strip()}\n"


IMPORTS = """
import numpy as np

from nbcore import check
"""

SCALE = '''
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2.0 * np.asarray(x, dtype=np.float64)
    ### END SOLUTION


def half(x):
    """Half of x."""
    ### BEGIN SOLUTION
    return double(x) / 4.0
    ### END SOLUTION
'''

SCALE_VALUE = """
check.value(double, np.array([1.0, -2.0]), expected=np.array([2.0, -4.0]), given={"half": lambda x: x / 2})
check.value(half, 3.0, expected=1.5, given={"double": lambda x: 2 * x})
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

_rng = np.random.default_rng(5)
with check.part("double and half of other numbers", hint="Try some."):
    for _x in (_rng.normal(size=(2, 3)), np.array([5, 7]), np.float32(1.5), [1, 2, 3]):
        _expected = 2.0 * np.asarray(_x, dtype=np.float64)
        check.value(double, _x, expected=_expected)
        check.value(half, _x, expected=_expected / 4, given={"double": lambda x: 2.0 * np.asarray(x, dtype=np.float64)})
### END HIDDEN TESTS
"""

SCALE_PURITY = """
check.purity(double, np.array([1.0, 2.0]))
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

with check.part("the argument stays"):
    check.purity(double, np.array([[5.0], [2.0]]))
    check.purity(half, np.array([[5.0], [2.0]]), given={"double": lambda x: 2.0 * x})
### END HIDDEN TESTS
"""

NORM = '''
def norm(x):
    """Half of the sum of the doubled squares."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=np.float64)
    total = float(np.sum(double(x * x)))
    return half(total)
    ### END SOLUTION
'''

NORM_VALUE = """
given = {"double": lambda x: 2.0 * np.asarray(x), "half": lambda x: np.asarray(x) / 2.0}
check.value(norm, np.array([3.0, 4.0]), expected=25.0, given=given)
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

_given = {"double": lambda x: 2.0 * np.asarray(x, dtype=float), "half": lambda x: np.asarray(x, dtype=float) / 2.0}
with check.part("norm of other arrays", hint="Each entry counts once."):
    for _x in (np.array([1.0, 2.0, -2.0]), np.array([[0.5, 1.5], [2.0, -1.0]]), [2, 3]):
        check.value(norm, _x, expected=float(np.sum(np.square(np.asarray(_x, dtype=float)))), given=_given)
### END HIDDEN TESTS
"""

WALK = '''
class Walk:
    """Moves params against grads, with a memory."""

    def __init__(self, lr):
        ### BEGIN SOLUTION
        self.lr = lr
        self.steps = 0
        ### END SOLUTION

    def step(self, params, grads):
        ### BEGIN SOLUTION
        self.steps += 1
        for key in params:
            params[key] -= self.lr * grads[key] / self.steps
        ### END SOLUTION
'''

WALK_VALUE = """
def walked(lr, params, gradients):
    walk = Walk(lr)
    for grads in gradients:
        walk.step(params, grads)
    return params


w, g = np.array([1.0, 2.0]), np.array([2.0, 4.0])
check.value(walked, 0.5, {"w": w}, [{"w": g}, {"w": g}], expected={"w": np.array([-0.5, -1.0])})
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

with check.part("three steps", hint="Count them."):
    _params = {"w": np.zeros((2, 2)), "b": np.ones(2)}
    _walk = Walk(lr=0.1)
    for _ in range(3):
        _walk.step(_params, {"w": np.ones((2, 2)), "b": np.full(2, 2.0)})
    assert np.allclose(_params["b"], 1 - 0.2 * (1 + 1 / 2 + 1 / 3))
    assert _walk.steps == 3
### END HIDDEN TESTS
"""

WALK_STATE = """
params = {"w": np.array([1.0, 2.0])}
array = params["w"]
Walk(0.1).step(params, {"w": np.array([1.0, 1.0])})
assert params["w"] is array
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

with check.part("in place"):
    _params = {"w": np.array([1.0, 2.0])}
    _array = _params["w"]
    Walk(0.2).step(_params, {"w": np.array([1.0, 1.0])})
    assert _params["w"] is _array and _array[0] == 0.8
### END HIDDEN TESTS
"""

DRAW = '''
def draw(n, rng):
    """n numbers from rng."""
    ### BEGIN SOLUTION
    return rng.normal(size=n)
    ### END SOLUTION
'''

DRAW_VALUE = """
check.value(draw, 3, np.random.default_rng(1), expected=np.random.default_rng(1).normal(size=3))
### BEGIN HIDDEN TESTS
import numpy as np
from nbcore import check

with check.part("draws from the generator", hint="Which generator?"):
    check.value(draw, 5, np.random.default_rng(2), expected=np.random.default_rng(2).normal(size=5))
### END HIDDEN TESTS
"""

CELLS = [
    _cell("imports", IMPORTS, "setup"),
    _cell("scale", SCALE, "solution"),
    _cell("test-scale-value", SCALE_VALUE, "test"),
    _cell("test-scale-purity", SCALE_PURITY, "test"),
    _cell("norm", NORM, "solution"),
    _cell("test-norm-value", NORM_VALUE, "test"),
    _cell("walk", WALK, "solution"),
    _cell("test-walk-value", WALK_VALUE, "test"),
    _cell("test-walk-state", WALK_STATE, "test"),
    _cell("draw", DRAW, "solution"),
    _cell("test-draw-value", DRAW_VALUE, "test"),
]

CONTRACT = """
[01_small.exercises.scale]
definitions = ["double(x)", "half(x)"]
points = {value = 1, purity = 1}

[01_small.exercises.norm]
definitions = ["norm(x)"]
points = {value = 1}

[01_small.exercises.walk]
definitions = ["Walk(lr)", "Walk.step(params, grads)"]
points = {value = 1, state = 1}

[01_small.exercises.draw]
definitions = ["draw(n, rng)"]
points = {value = 1}
"""

BANK = """
# %%
import numpy as np

# %% mistake="squares" exercise="scale" breaks=["value"]
# Twice.
def double(x):
    return np.asarray(x, dtype=np.float64) ** 2


# %% mistake="loses the sign" exercise="scale" breaks=["value"]
# Which sign?
def double(x):
    return 2 * np.abs(x)


# %% mistake="writes into x" exercise="scale" breaks=["purity"]
# Whose array is it?
def double(x):
    x = np.asarray(x, dtype=np.float64)
    if x.ndim:
        x *= 2.0
        return x
    return 2.0 * x


# %% mistake="a quarter" exercise="scale" breaks=["value"]
# How often?
def half(x):
    return double(x) / 8.0


# %% mistake="rounds down" exercise="scale" breaks=["value"]
# Which division?
def half(x):
    return double(x) // 4.0


# %% mistake="without the square" exercise="norm" breaks=["value"]
# Squares.
def norm(x):
    x = np.asarray(x, dtype=np.float64)
    total = float(np.sum(double(np.abs(x))))
    return half(total)


# %% mistake="mean" exercise="norm" breaks=["value"]
# Sum.
def norm(x):
    x = np.asarray(x, dtype=np.float64)
    total = float(np.mean(double(x * x)))
    return half(total)


# %% mistake="not halved" exercise="norm" breaks=["value"]
# Half.
def norm(x):
    x = np.asarray(x, dtype=np.float64)
    total = float(np.sum(double(x * x)))
    return total


# %% mistake="never slower" exercise="walk" breaks=["value"]
# Which step is it?
class Walk:
    def __init__(self, lr):
        self.lr = lr
        self.steps = 0

    def step(self, params, grads):
        self.steps += 1
        for key in params:
            params[key] -= self.lr * grads[key]


# %% mistake="new arrays" exercise="walk" breaks=["state"]
# Whose array changes?
class Walk:
    def __init__(self, lr):
        self.lr = lr
        self.steps = 0

    def step(self, params, grads):
        self.steps += 1
        for key in params:
            params[key] = params[key] - self.lr * grads[key] / self.steps


# %% mistake="uphill" exercise="walk" breaks=["value", "state"]
# Which sign?
class Walk:
    def __init__(self, lr):
        self.lr = lr
        self.steps = 0

    def step(self, params, grads):
        self.steps += 1
        for key in params:
            params[key] += self.lr * grads[key] / self.steps


# %% mistake="a generator of its own" exercise="draw" breaks=["value"]
# Whose generator?
def draw(n, rng):
    return np.random.default_rng().normal(size=n)


# %% mistake="uniform numbers" exercise="draw" breaks=["value"]
# Which distribution?
def draw(n, rng):
    return rng.random(size=n)


# %% accepted="by a sum" exercise="scale"
def double(x):
    x = np.asarray(x, dtype=np.float64)
    return x + x


# %% accepted="by the dot product" exercise="norm"
def norm(x):
    x = np.ravel(x).astype(np.float64)
    return float(x @ x)


# %% accepted="with a list of steps" exercise="walk"
class Walk:
    def __init__(self, lr):
        self.lr, self.seen = lr, []

    @property
    def steps(self):
        return len(self.seen)

    def step(self, params, grads):
        self.seen.append(None)
        for key in params:
            np.subtract(params[key], self.lr / len(self.seen) * grads[key], out=params[key])
"""


EXAMPLES = """
# %%
NUMBERS = (1.0, 2.0, -3.0)


# %% exercise="scale"
def examples():
    for number in NUMBERS:
        yield "value", f"double({number})"
        yield "value", f"half({number})", f"{number} / 2"
    yield "purity", "x = np.array([1.0, 2.0])\\ndouble(x)\\nx"
    yield "purity", "x = np.array([[1.0, 2.0]])\\ndouble(x)\\nx"


# %% exercise="norm"
def examples():
    for x in ([0.0], [1.0], [1.0, 2.0], [1.0, -2.0, 3.0]):
        yield "value", f"norm(np.array({x}))"


CALLS = ["norm(np.array([[1.0, -2.0, 3.0], [0.0, 1.0, 2.0]]))"]


# %% exercise="walk"
def examples():
    start = 'walk, params = Walk(0.5), {"w": np.array([1.0])}\\n'
    for count in (1, 2):
        yield "value", start + 'walk.step(params, {"w": np.array([2.0])})\\n' * count + 'params["w"]'
    yield "state", start + 'w = params["w"]\\nwalk.step(params, {"w": np.array([2.0])})\\nparams["w"] is w'


# %% exercise="draw"
def examples():
    for n in (1, 2):
        yield "value", f"draw({n}, np.random.default_rng(0))"
"""


def write_course(root: Path) -> Course:
    """A course directory with the assignment, its bank and its examples."""
    course = Course(root)
    course.mistakes(NAME).parent.mkdir(parents=True)
    course.examples(NAME).parent.mkdir()
    course.examples(NAME).write_text(EXAMPLES.lstrip())
    course.percent(NAME).write_text("\n".join(CELLS))
    course.contract.write_text(CONTRACT)
    course.mistakes(NAME).write_text(BANK.lstrip())
    return course
