"""Experiments of the notebook on backpropagation: numerical derivatives, checks that fail, training, cost.

Every function is pure, apart from those that measure time, and gives a frozen record of arrays, which
`nbcore.plots.backprop` draws. Forward and backward pass, loss, training and checks are the student's and come in as
arguments.
"""

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._clock import spent
from nbcore.experiments._student import experiment
from nbcore.experiments._threads import one_thread
from nbcore.experiments.by_hand import Case

# scikit-learn takes seconds to load, so functions import it when they are called.

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Arrays = dict[str, FloatArray]
Activations = Mapping[str, tuple[Function, Function]]
"""`{name: (function, derivative)}`, both elementwise."""

ROUNDING = 2.0**-53
"""Largest relative error of one rounded operation in float64."""

WHY = {
    "best step": "eps**2/6 + u/eps has the derivative eps/3 - u/eps**2, which is 0 where eps**3 = 3*u, at 7e-6; there "
    "the two terms add up to 2e-11. Round-off is a bound, so the measured error is somewhat below",
    "price": "each of the 1.8 million parameters takes two forward passes. A backward pass has twice the products of "
    "a forward pass, at any depth. Its time can be less than twice: the forward pass alone evaluates the sigmoid of "
    "the output, a part of its time that is small in deep networks",
    "passes wrong": "there the comparison is blind: NaN is never greater than a limit, a row and a vector broadcast "
    "without a difference, one norm drowns a small block; or the mistake does not show at that point, as 2 * 0 is 0. "
    "In the other four the numerical derivative is the wrong one",
    "deep sigmoid": "its gradients are so small that the round-off of the loss shows: the formula of 4.2 gives its "
    "size. A larger step makes that smaller; a wrong formula would keep its error",
    "hiding": "the biases are 1/m of the truth, an error of 1 - 1/6 = 0.83 for six examples and of 0 for one; and for "
    "ReLU the slope at f(z) is the slope at z",
    "sklearn": "both do the same sums in float64",
    "equal rows": "equal units get equal gradients, so no step makes them different: four equal units are one unit",
    "no weights": "hidden units give 0, so dW2 is 0; W2 is 0, so nothing comes back to W1. The classes are equally "
    "many, so p stays 1/2, and the loss is ln 2",
    "slow": "its slope is 1/4 at most, and on the way through two hidden layers two slopes are multiplied, so the "
    "first layer hardly moves for a long time. Notebook 5 measures it",
}
"""What is said beside the answers: here, as beside the questions it would give them away."""

# Numerical derivatives -----------------------------------------------------------------------------------------------

STEPS = {
    "u**(1/2)": ROUNDING ** (1 / 2),
    "(3*u)**(1/2)": (3 * ROUNDING) ** (1 / 2),
    "(3*u)**(1/3)": (3 * ROUNDING) ** (1 / 3),
    "(6*u)**(1/3)": (6 * ROUNDING) ** (1 / 3),
}
"""Steps for a central difference: the best for one-sided ones is near the first two, and at the last one truncation
and rounding are equal."""


@dataclass(frozen=True)
class StepErrors:
    """Error of three numerical derivatives of exp, relative to the derivative, against the step."""

    eps: FloatArray  # (n_steps,), falling
    central: FloatArray  # (n_steps,): of the student's function, median over the points
    one_sided: FloatArray  # (n_steps,)
    complex_step: FloatArray  # (n_steps,), largest over the points
    truncation: FloatArray  # (n_steps,): eps**2 / 6
    rounding: FloatArray  # (n_steps,): ROUNDING / eps

    @property
    def complex_below(self) -> float:
        """Largest error of the complex step for all eps up to 1e-8."""
        return float(self.complex_step[self.eps < 1.01e-8].max())

    def best(self, name: str) -> float:
        """The step with the smallest error of "central" or "one_sided"."""
        return float(self.eps[np.argmin(getattr(self, name))])

    def least(self) -> str:
        """The one of `STEPS` at which truncation plus rounding is smallest."""
        return min(STEPS, key=lambda name: STEPS[name] ** 2 / 6 + ROUNDING / STEPS[name])

    @property
    def theory_best(self) -> float:
        """Where truncation plus rounding is smallest: (3 * ROUNDING)**(1/3) when f = f' = f'''."""
        return float(np.cbrt(3 * ROUNDING))

    @property
    def theory_least(self) -> float:
        """Truncation plus rounding at that step."""
        return self.theory_best**2 / 6 + ROUNDING / self.theory_best

    def table(self) -> str:
        """A line for each of the three derivatives, and what theory says of the first."""
        return "\n".join(
            (
                f"central difference: best at eps = {self.best('central'):.0e}, error {self.central.min():.0e}",
                f"            theory: (3 * 2^-53)^(1/3) = {self.theory_best:.0e}, error {self.theory_least:.0e}",
                f"one-sided:          best at eps = {self.best('one_sided'):.0e}, error {self.one_sided.min():.0e}",
                f"complex step:       error {self.complex_below:.0e} at most for every eps up to 1e-8",
            )
        )


@experiment
def step_errors(numerical_gradient: Function, *, n_points: int = 15) -> StepErrors:
    """Differentiates exp at points between 0.5 and 1.5 with steps from 0.1 down to 1e-13.

    The complex step is the imaginary part of `f(x + i*eps)`, over eps: no difference is taken (Squire and Trapp 1998).
    """
    eps = np.logspace(-1, -13, 49)
    x = np.linspace(0.5, 1.5, n_points)

    def central(step: float) -> FloatArray:
        return np.array([np.ravel(numerical_gradient(_exp_of_one, np.array([at]), step))[0] for at in x])

    return StepErrors(
        eps=eps,
        central=np.array([np.median(np.abs(central(float(step)) / np.exp(x) - 1)) for step in eps]),
        one_sided=np.array([np.median(np.abs((np.exp(x + step) - np.exp(x)) / step / np.exp(x) - 1)) for step in eps]),
        complex_step=np.array([np.max(np.abs(np.exp(x + 1j * step).imag / step / np.exp(x) - 1)) for step in eps]),
        truncation=eps**2 / 6,
        rounding=ROUNDING / eps,
    )


def _exp_of_one(x: FloatArray) -> float:
    return float(np.exp(x[0]))


def intermediate_gradients(
    numerical_gradient: Function,
    y: FloatArray,
    cache: Mapping[str, Sequence[FloatArray]],
    params: Mapping[str, FloatArray],
    *,
    linear_forward: Function,
    hidden: Function,
    output: Function,
    loss: Function,
) -> Arrays:
    """Numerical gradient of the loss with respect to every quantity of a network.

    Each quantity in turn is exchanged in the forward pass, and what comes after it is computed anew.

    Returns:
        `{"A0", "Z1", "A1", ..., "W1", "b1", ...}`, each in the shape of its quantity.
    """
    n_layers = len(cache["Z"])

    def rest(name: str, value: FloatArray) -> float:
        here = {**params, name: value}
        A: Any = here.get("A0", cache["A"][0])
        for layer in range(1, n_layers + 1):
            Z = here.get(f"Z{layer}", linear_forward(A, here[f"W{layer}"], here[f"b{layer}"]))
            A = here.get(f"A{layer}", (output if layer == n_layers else hidden)(Z))
        return float(loss(y, A))

    quantities = {f"A{i}": A for i, A in enumerate(cache["A"])} | {f"Z{i}": Z for i, Z in enumerate(cache["Z"], 1)}
    quantities |= dict(params)
    return {
        name: np.asarray(numerical_gradient(lambda v, name=name: rest(name, v), block))
        for name, block in quantities.items()
    }


def _last_first(pair: tuple[str, Any]) -> tuple[int, int]:
    """The place of a quantity on the way back: A2, Z2, W2, b2, A1, and so on."""
    return -int(pair[0][1:]), "AZWb".index(pair[0][0])


EQUATIONS = (
    "In general dZ_L = (A_L - y)/m for the last layer L, and then for l = L, ..., 1:",
    "  dW_l = dZ_l^T A_(l-1),  db_l = column sums of dZ_l,  dA_(l-1) = dZ_l W_l,",
    "  dZ_(l-1) = dA_(l-1) * f'(Z_(l-1)), entry by entry, down to l = 2.",
)
"""The backward pass, for those who have written it."""


@dataclass(frozen=True)
class Graph:
    """The quantities of the worked example, forward, and the gradients of the loss, by three ways."""

    case: Case
    loss: float
    numerical: Arrays
    yours: Arrays  # of the parameters only

    def table(self) -> str:
        """A line for each quantity, last first: its gradient by hand and how far the other ways are from it."""
        lines = ["d loss/d   by hand                        apart: numerical   yours"]
        for name, exact in sorted((self.case.grads | self.case.inner).items(), key=_last_first):
            apart = [
                f"{np.max(np.abs(way[name] - exact)):.0e}" if name in way else "-"
                for way in (self.numerical, self.yours)
            ]
            lines.append(f"{name:>8}   {np.array2string(exact.ravel(), precision=4):<30} {apart[0]:>16} {apart[1]:>7}")
        if all(np.allclose(self.yours[name], exact, rtol=1e-6) for name, exact in self.case.grads.items()):
            lines += EQUATIONS
        return "\n".join(lines)


@experiment
def graph(
    case: Case,
    mlp_backward: Function,
    numerical_gradient: Function,
    *,
    linear_forward: Function,
    hidden: tuple[Function, Function],
    output: tuple[Function, Function],
    loss: Function,
) -> Graph:
    """Every gradient of the worked example: numerically, and the student's."""
    numerical = intermediate_gradients(
        numerical_gradient,
        *case.args,
        linear_forward=linear_forward,
        hidden=hidden[0],
        output=output[0],
        loss=loss,
    )
    yours = mlp_backward(*case.args, hidden[1])
    return Graph(case, float(loss(case.y, case.cache["A"][-1])), numerical, yours)


@experiment
def layer_entries(
    numerical_gradient: Function, dZ: FloatArray, A: FloatArray, W: FloatArray, i: int, j: int, k: int
) -> dict[str, float]:
    """Numerical derivatives of the loss `sum(dZ * (A @ W.T + b))` of one layer, by an entry of each quantity."""
    return {
        "dW[j, k]": numerical_gradient(lambda w: float(np.sum(dZ * (A @ w.T))), W)[j, k],
        "db[j]": numerical_gradient(lambda b: float(np.sum(dZ * (A @ W.T + b))), np.zeros(len(W)))[j],
        "dA[i, k]": numerical_gradient(lambda a: float(np.sum(dZ * (a @ W.T))), A)[i, k],
    }


def last_first(*args: Any, **forward: Any) -> Arrays:
    """What `intermediate_gradients` gives without output and input, on the way back: dZ2, dW2, db2, dA1, ..."""
    found = intermediate_gradients(*args, **forward)
    return {f"d{name}": block for name, block in sorted(found.items(), key=_last_first)[1:-1]}


# Gradient checks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """What a gradient check says of a network whose gradients are taken to be right."""

    sizes: tuple[int, ...]
    activation: str
    worst: str  # key of the block with the largest error
    error: float
    size: float  # largest entry of the gradient in that block
    eps: float
    roundoff: float  # the error that round-off of the loss makes in that block, by the formula of the text
    n_params: int
    n_forward: int  # forward passes of the check
    times_slower: float  # the time of the check over that of one forward and one backward pass

    @property
    def verdict(self) -> str:
        """ "silent" or "alarm", by `error <= LIMIT`."""
        return "silent" if self.error <= LIMIT else "alarm"

    def told(self) -> str:
        """The error beside that of round-off alone."""
        return (
            f"{len(self.sizes) - 2} hidden layers, {self.activation}, eps = {self.eps:.0e}: error {self.error:.1e}, "
            f"{self.verdict}; round-off alone, by 4.2: {self.roundoff:.1e}"
        )


class Levels(list[Level]):
    """One level a network, from the shortest to the longest of each activation."""

    def deepest(self, activation: str) -> Level:
        """That of the network with the most layers."""
        return max((row for row in self if row.activation == activation), key=lambda row: len(row.sizes))

    def table(self) -> str:
        """A line a network, and the price of the last check."""
        lines = [
            f"{row.sizes!s:>24} {row.activation:>7}: {row.n_params:3} parameters, error {row.error:.1e} in "
            f"{row.worst}, gradient to {row.size:.0e}: {row.verdict}"
            for row in self
        ]
        last = self[-1]
        lines.append(
            f"Price of the last check: {last.n_forward} forward passes where one backward pass does; "
            f"{last.times_slower:.0f} times the time."
        )
        return "\n".join(lines)


@experiment
def check_levels(
    gradient_check: Function,
    mlp_backward: Function,
    mlp_forward: Function,
    init_params: Function,
    loss: Function,
    output: Function,
    activations: Activations,
    *,
    architectures: Sequence[tuple[int, ...]] = ((3, 5, 1), (3, 8, 8, 1), (3, 8, 8, 8, 8, 8, 8, 1)),
    eps: float = 1e-5,
) -> Levels:
    """Checks every parameter of networks of several depths on 20 examples; the biases are not 0, because of kinks."""
    levels = Levels()
    for sizes in architectures:
        for name, (hidden, derivative) in activations.items():
            rng = np.random.default_rng(45)
            params = init_params(sizes, rng=rng)
            params |= {key: rng.normal(size=np.shape(b)) for key, b in params.items() if key.startswith("b")}
            X = rng.normal(size=(20, sizes[0]))
            y = (X[:, :1] + X[:, 1:2] > 0).astype(np.float64)

            def loss_of(p: Arrays, X: FloatArray = X, y: FloatArray = y, hidden: Function = hidden) -> float:
                return float(loss(y, mlp_forward(X, p, hidden, output)[0]))

            start = time.perf_counter()
            grads = mlp_backward(y, mlp_forward(X, params, hidden, output)[1], params, derivative)
            one = time.perf_counter() - start
            start = time.perf_counter()
            report = gradient_check(loss_of, params, grads, eps)
            whole = time.perf_counter() - start
            worst = max(report, key=lambda key: report[key])
            n_params = sum(np.size(block) for block in params.values())
            size, error = float(np.max(np.abs(grads[worst]))), float(report[worst])
            roundoff = ROUNDING * abs(loss_of(params)) / (eps * max(size, 1e-12))
            levels.append(Level(sizes, name, worst, error, size, eps, roundoff, n_params, 2 * n_params, whole / one))
    return levels


LIMIT = 1e-7
"""Relative error above which a check raises an alarm: the limit of the text."""


@dataclass(frozen=True)
class Situation:
    """One situation in which a careless check misjudges a gradient, and what a careful one says."""

    name: str
    right: bool  # whether the code of the gradient is right
    careless_name: str
    careless: float
    careful_name: str
    careful: float  # infinity where it refuses with a ValueError
    refused: bool = False

    @property
    def careless_verdict(self) -> str:
        """ "alarm" or "silent", by `error > LIMIT`, as careless code asks."""
        return "alarm" if self.careless > LIMIT else "silent"

    @property
    def careful_verdict(self) -> str:
        """ "alarm" or "silent", by `not error <= LIMIT`."""
        return "silent" if self.careful <= LIMIT else "alarm"

    @property
    def careful_text(self) -> str:
        error = "a ValueError" if self.refused else f"{self.careful:.0e}"
        return f"{error}, {self.careful_verdict}{' (' + self.careful_name + ')' if self.careful_name else ''}"


@dataclass(frozen=True)
class FailingChecks:
    """The situations in the order of the notebook."""

    cases: tuple[Situation, ...]

    def numbers(self, verdict: str) -> list[int]:
        """The situations, counted from 1, in which the careless check is "silent", or gives an "alarm"."""
        return [i for i, case in enumerate(self.cases, 1) if case.careless_verdict == verdict]

    def table(self) -> str:
        """Two lines a situation."""
        lines = []
        for i, case in enumerate(self.cases, 1):
            lines.append(f"{i}. {case.name}: the code is {'right' if case.right else 'wrong'}.")
            lines.append(
                f"   {case.careless_name}: {case.careless:.0e}, {case.careless_verdict}. Careful: {case.careful_text}."
            )
        return "\n".join(lines)


def _squares(x: npt.NDArray[Any]) -> Any:
    return np.sum(np.tanh(x) ** 2)


def _slope(x: npt.NDArray[Any]) -> Any:
    return 2 * np.tanh(x) * (1 - np.tanh(x) ** 2)


class _Situations:
    """One method a situation, which gives the error of a careless check and that of the student's careful one."""

    def __init__(
        self,
        numerical_gradient: Function,
        relative_error: Function,
        gradient_check: Function,
        relu: Function,
        relu_prime: Function,
    ) -> None:
        self._numerical, self._relative_error, self._check = numerical_gradient, relative_error, gradient_check
        self._relu, self._relu_prime = relu, relu_prime
        rng = np.random.default_rng(45)
        self._short = rng.normal(size=5).astype(np.float32)
        self._x = rng.normal(size=5)
        self._blocks = {"W1": 1e4 * rng.normal(size=(10, 5)), "b1": 1e-3 * np.ones(2)}
        self._logits = rng.normal(size=(4, 3))
        self._weights = {"W1": rng.normal(size=(3, 1)), "W2": rng.normal(size=(1, 3))}

    def _error(self, f: Function, gradient: Any, x: Any, eps: float = 1e-5) -> float:
        return float(self._relative_error(gradient, self._numerical(f, x, eps)))

    def _worst(self, loss: Function, params: Arrays, grads: Arrays) -> float:
        return float(max(self._check(loss, params, grads).values()))

    def integers(self) -> tuple[float, float]:
        return self._by_type(np.array([1, -1, 2]))

    def float32(self) -> tuple[float, float]:
        return self._by_type(self._short)

    def _by_type(self, x: npt.NDArray[Any]) -> tuple[float, float]:
        """The careful check converts the numbers itself: it asks of no function what types of numbers it takes."""
        exact = x.astype(np.float64)
        return _careless(_squares, _slope(x), x), self._error(_squares, _slope(exact), exact)

    def kink(self) -> tuple[float, float]:
        def kinked(x: FloatArray) -> float:
            return float(np.sum(self._relu(x)))

        at = np.array([0.0, 1.0, -1.0])
        careless, careful = (self._error(kinked, self._relu_prime(x), x) for x in (at, at + 0.01))
        return careless, careful

    def nan(self) -> tuple[float, float]:
        right = _slope(self._x)
        poisoned = np.where(np.arange(5) == 2, np.nan, right)
        with np.errstate(invalid="ignore"):
            careless = float(np.max(np.abs(poisoned - right)) / np.max(np.abs(right)))
        return careless, self._error(_squares, poisoned, self._x)

    def shapes(self) -> tuple[float, float, bool]:
        """The third value says whether the student's check refuses to compare them."""
        right = self._x[:3]
        row = right[None]  # what a sum with keepdims=True gives
        careless = float(np.max(np.abs(right - row)) / np.max(np.abs(right)))
        try:
            return careless, float(self._relative_error(right, row)), False
        except ValueError:
            return careless, math.inf, True

    def one_norm(self) -> tuple[float, float]:
        blocks = self._blocks

        def linear(params: Mapping[str, FloatArray]) -> float:
            return float(sum(np.sum(c * (params[key] - c)) for key, c in blocks.items()))

        flipped = blocks | {"b1": -blocks["b1"]}
        apart = np.sqrt(sum(np.sum((flipped[key] - blocks[key]) ** 2) for key in blocks))
        size = np.sqrt(sum(np.sum(block**2) for block in blocks.values()))
        return float(apart / (2 * size)), self._worst(linear, blocks, flipped)

    def zero_weights(self) -> tuple[float, float]:
        def two_layers(params: Mapping[str, FloatArray]) -> float:
            return float(np.sum(params["W2"] @ np.tanh(params["W1"])))

        def doubled(params: Mapping[str, FloatArray]) -> Arrays:
            h = np.tanh(params["W1"])
            return {"W1": 2 * params["W2"].T * (1 - h**2), "W2": h.T}

        zero = {key: np.zeros_like(block) for key, block in self._weights.items()}
        careless, careful = (self._worst(two_layers, at, doubled(at)) for at in (zero, self._weights))
        return careless, careful

    def cancelling_bias(self) -> tuple[float, float]:
        """Cross-entropies of a softmax do not feel a bias that is added to all its inputs.

        The careful check divides by the size of the other gradients, those with respect to the inputs.
        """
        z = self._logits

        def loss(bias: FloatArray) -> float:
            moved = z + bias[:, None]
            return float(np.sum(np.log(np.sum(np.exp(moved), axis=1)) - moved[:, 0]))

        found = self._numerical(loss, np.ones(len(z)))
        p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
        zero = np.zeros(len(z))
        return float(self._relative_error(zero, found)), float(np.max(np.abs(found)) / np.max(p))


# Name, whether the code is right, what the careless check does and what the careful one, and the errors of both.
_CASES: tuple[tuple[str, bool, str, str, Function], ...] = (
    ("integers", True, "x[i] + eps in an integer array", "float64 first", _Situations.integers),
    ("float32", True, "all in float32, eps = 1e-5", "float64 first", _Situations.float32),
    ("kink", True, "a ReLU at exactly 0", "moved by 0.01", _Situations.kink),
    ("NaN", False, "error > limit", "", _Situations.nan),
    ("shapes", False, "(3,) minus (1, 3)", "", _Situations.shapes),
    ("one norm for all", False, "blocks of 1e-3 and 1e4, wrong sign", "block by block", _Situations.one_norm),
    ("zero weights", False, "a factor 2 too much, at W = 0", "at random weights", _Situations.zero_weights),
    ("cancelling bias", True, "0 against round-off", "beside the other gradients", _Situations.cancelling_bias),
)


@experiment
def failing_checks(
    numerical_gradient: Function,
    relative_error: Function,
    gradient_check: Function,
    relu: Function,
    relu_prime: Function,
) -> FailingChecks:
    """Eight situations in which a check misleads: four false alarms, four wrong gradients that pass."""
    situations = _Situations(numerical_gradient, relative_error, gradient_check, relu, relu_prime)
    cases = []
    for name, right, careless_name, careful_name, errors in _CASES:
        careless, careful, *refused = errors(situations)
        cases.append(Situation(name, right, careless_name, careless, careful_name, careful, *refused))
    return FailingChecks(tuple(cases))


def _careless(f: Function, gradient: npt.NDArray[Any], x: npt.NDArray[Any]) -> float:
    """Relative error against central differences that keep the dtype of x, as careless code does."""
    numerical = np.zeros(x.shape)
    moved = x.copy()
    with np.errstate(all="ignore"):
        for i, old in enumerate(x):
            moved[i] = np.asarray(old + np.float32(1e-5) if x.dtype == np.float32 else old + 1e-5).astype(x.dtype)
            upper = f(moved)
            moved[i] = np.asarray(old - np.float32(1e-5) if x.dtype == np.float32 else old - 1e-5).astype(x.dtype)
            numerical[i] = (upper - f(moved)) / 2e-5
            moved[i] = old
    return float(np.max(np.abs(gradient - numerical)) / max(np.max(np.abs(gradient)), np.max(np.abs(numerical))))


SITUATIONS = ("tanh, 6 examples", "tanh, 1 example", "ReLU, 6 examples", "ReLU, 1 example")
"""Of `reports`, in its order."""


class Reports(dict[str, dict[str, float]]):
    """Reports of a gradient check by situation: block -> relative error."""

    def table(self) -> str:
        """A line a situation, last layer first: where one starts to look."""
        return "\n".join(
            f"{name + ':':<17} " + "  ".join(f"{key} {error:.0e}" for key, error in reversed(report.items()))
            for name, report in self.items()
        )

    def silent(self) -> str:
        """The situation in which the largest error is smallest."""
        return min(self, key=lambda name: max(self[name].values(), default=0.0))


@experiment
def reports(
    gradient_check: Function,
    backward: Function,
    mlp_forward: Function,
    init_params: Function,
    cross_entropy: Function,
    softmax: Function,
    activations: Activations,
    *,
    batches: Sequence[int] = (6, 1),
) -> Reports:
    """`gradient_check` on `backward` for networks 2-4-4-3 of tanh or ReLU with a softmax output and random biases."""
    found = Reports()
    for name in ("tanh", "ReLU"):
        hidden, derivative = activations[name]
        for m in batches:
            rng = np.random.default_rng(46)
            params = init_params([2, 4, 4, 3], rng=rng)
            params |= {key: rng.normal(size=np.shape(b)) for key, b in params.items() if key.startswith("b")}
            X, y = rng.normal(size=(m, 2)), np.eye(3)[rng.integers(0, 3, size=m)]

            def loss(p: Arrays, X: FloatArray = X, y: FloatArray = y, hidden: Function = hidden) -> float:
                return float(cross_entropy(y, mlp_forward(X, p, hidden, softmax)[1]["Z"][-1]))

            cache = mlp_forward(X, params, hidden, softmax)[1]
            report = gradient_check(loss, params, backward(y, cache, params, derivative))
            found[f"{name}, {m} example{'s' if m > 1 else ''}"] = dict(report)
    return found


# Training ------------------------------------------------------------------------------------------------------------

APART = ((1e-12, "below 1e-12"), (1e-4, "about 1e-6"), (np.inf, "about 1e-2"))
"""Differences of two trainings, and words for those below each limit."""


class Falls(dict[str, tuple[float, ...]]):
    """Losses by name of the backward pass: before the first step, and after each quarter of the training."""

    steps: tuple[int, ...] = ()

    def table(self) -> str:
        """The steps at which the losses were taken, and a line a backward pass."""
        return "\n".join(
            [f"Loss after {', '.join(map(str, self.steps[:-1]))} and {self.steps[-1]} steps:"]
            + [f"{name:>16}: {' -> '.join(f'{x:.2f}' for x in ends)}" for name, ends in self.items()]
        )


@experiment
def both_fall(
    backwards: Mapping[str, Function],
    mlp_forward: Function,
    init_params: Function,
    cross_entropy: Function,
    softmax: Function,
    hidden: Function,
    derivative: Function,
    *,
    epochs: int = 400,
) -> Falls:
    """Trains a network 2-8-8-3 with each backward pass from the same weights, on a circle of 30 points.

    Three classes take turns, 5 points each, twice round the circle. The steps are small: with a rate of 0.5 the wrong
    pass jumps about from step 200 on, and rounding alone, another with each NumPy, decides where it ends.
    """
    angle = 2 * np.pi * (np.arange(30) + 0.25) / 30
    X, y = 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1), np.eye(3)[np.arange(30) // 5 % 3]
    falls = Falls()
    falls.steps = tuple(range(0, epochs + 1, epochs // 4))
    for name, backward in backwards.items():
        params = init_params([2, 8, 8, 3], rng=np.random.default_rng(2))
        losses = []
        for step in range(epochs + 1):
            _, cache = mlp_forward(X, params, hidden, softmax)
            if step in falls.steps:
                losses.append(float(cross_entropy(y, cache["Z"][-1])))
            grads = backward(y, cache, params, derivative)
            params = {key: block - 0.2 * grads[key] for key, block in params.items()}
        falls[name] = tuple(losses)
    return falls


@dataclass(frozen=True)
class Xor:
    """The four points of XOR after a training."""

    losses: tuple[float, float]  # before the first step and before the last
    outputs: FloatArray  # (4,): for (0, 0), (0, 1), (1, 0), (1, 1)

    def table(self) -> str:
        return f"XOR: loss {self.losses[0]:.3f} -> {self.losses[1]:.3f}, outputs {np.round(self.outputs, 2)}"


@experiment
def xor(
    fit: Function,
    mlp_forward: Function,
    init_params: Function,
    hidden: Function,
    derivative: Function,
    output: Function,
    *,
    epochs: int = 1000,
) -> Xor:
    """Trains a network 2-4-1 on XOR with the rate 1."""
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
    params = init_params([2, 4, 1], rng=np.random.default_rng(0))
    losses = fit(X, y, params, 1.0, epochs, hidden, derivative)
    p = np.ravel(mlp_forward(X, params, hidden, output)[0])
    return Xor((float(losses[0]), float(losses[-1])), np.asarray(p, dtype=np.float64))


@dataclass(frozen=True)
class Patience:
    """A sigmoid network on circles after several numbers of steps."""

    epochs: tuple[int, ...]
    losses: FloatArray  # (n_times,)
    right: FloatArray  # (n_times,): share of the points that are classified right

    def verdict(self) -> str:
        """Whether the network is "slow" or "unable", in the words of the question."""
        return "slow" if self.right[-1] > 0.95 else "unable"

    def table(self) -> str:
        """A line a time."""
        return "\n".join(
            f"Sigmoid on circles, {epochs:4} steps: loss {loss:.3f}, {right:.0%} of the points right"
            for epochs, loss, right in zip(self.epochs, self.losses, self.right, strict=True)
        )


@experiment
def patience(
    fit: Function,
    mlp_forward: Function,
    init_params: Function,
    sigmoid: Function,
    derivative: Function,
    *,
    stops: Sequence[int] = (300, 3000),
) -> Patience:
    """Trains a sigmoid network on circles, as the player of the notebook does."""
    rng = np.random.default_rng(0)
    X, classes = data.circles(120, rng=rng)
    X, y = (X - X.mean(axis=0)) / X.std(axis=0), classes[:, None].astype(np.float64)
    params = init_params([2, 8, 8, 1], rng=rng)
    losses, right, done = [], [], 0
    for stop in stops:
        losses.append(float(fit(X, y, params, 0.5, stop - done, sigmoid, derivative)[-1]))
        right.append(np.mean((mlp_forward(X, params, sigmoid, sigmoid)[0] > 0.5) == (y > 0.5)))
        done = stop
    return Patience(tuple(stops), np.array(losses), np.array(right))


@dataclass(frozen=True)
class Training:
    """Loss curves from the same start on the same data; rows in the order of `names`."""

    names: tuple[str, ...]
    losses: FloatArray  # (n_networks, n_epochs): the student's
    sklearn: FloatArray  # (n_networks, n_epochs)

    @property
    def difference(self) -> FloatArray:
        """`(n_networks, n_epochs)`, absolute."""
        return np.abs(self.losses - self.sklearn)

    def apart(self) -> str:
        """The largest difference in words, as the question gives them."""
        return next(words for limit, words in APART if self.difference.max() < limit)

    def table(self) -> str:
        """A line a network: its losses, and how far scikit-learn's are from them."""
        return "\n".join(
            f"{name:>8}: loss {losses[0]:.3f} -> {losses[-1]:.3f}, largest difference to scikit-learn {apart.max():.0e}"
            for name, losses, apart in zip(self.names, self.losses, self.difference, strict=True)
        )


@experiment
def against_sklearn(
    fit: Function, activations: Activations, *, hidden_layers: tuple[int, ...] = (10, 5), epochs: int = 300
) -> Training:
    """Trains networks on moons with `fit` and with scikit-learn's `MLPClassifier` from the same weights.

    Plain gradient descent on all examples: no momentum, no penalty, no shuffling, learning rate 0.5.
    """
    X, y = data.moons(200, rng=4)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    losses, reference = [], []
    for name, (hidden, derivative) in activations.items():
        start = _sklearn_fit(X, y, name, hidden_layers, rate=1e-300, epochs=1)  # a step too small to change a weight
        params = {f"W{i}": np.ascontiguousarray(W.T) for i, W in enumerate(start.coefs_, 1)}
        params |= {f"b{i}": b.copy() for i, b in enumerate(start.intercepts_, 1)}
        losses.append(np.asarray(fit(X, y[:, None].astype(np.float64), params, 0.5, epochs, hidden, derivative)))
        reference.append(_sklearn_fit(X, y, name, hidden_layers, rate=0.5, epochs=epochs).loss_curve_)
    return Training(tuple(activations), np.array(losses, dtype=np.float64), np.array(reference))


def _sklearn_fit(
    X: FloatArray, y: data.IntArray, activation: str, hidden_layers: tuple[int, ...], *, rate: float, epochs: int
) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        hidden_layers,
        activation={"ReLU": "relu", "sigmoid": "logistic"}.get(activation, activation),
        solver="sgd",
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        batch_size=len(X),
        shuffle=False,
        learning_rate_init=rate,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=epochs + 1,
        random_state=42,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # both are to take the same number of steps
        return network.fit(X, y)


@dataclass(frozen=True)
class Symmetry:
    """Networks 2-4-1 whose first weights are all equal, beside one whose weights are drawn; rows as in `names`."""

    names: tuple[str, ...]
    gradient: FloatArray  # (n_starts,): largest entry of all dW before the first step
    apart: FloatArray  # (n_starts,): largest difference between two rows of W1 after training
    losses: FloatArray  # (n_starts,): before the last step

    def rows_of_equal_weights(self) -> str:
        """What has become of the rows of W1 that started equal, and not at 0, in the words of the question."""
        apart = self.apart[1]
        return "they stay equal" if apart < 1e-12 else "they differ slowly" if apart < 0.1 else "they differ at once"

    def table(self) -> str:
        """A line a start."""
        return "\n".join(
            f"Weights {name:>7}: dW up to {gradient:.0e} at first; at the end loss {loss:.3f}, "
            f"rows of W1 up to {apart:.0e} apart"
            for name, gradient, apart, loss in zip(self.names, self.gradient, self.apart, self.losses, strict=True)
        )


@experiment
def symmetry(
    fit: Function,
    mlp_forward: Function,
    mlp_backward: Function,
    init_params: Function,
    hidden: Function,
    derivative: Function,
    output: Function,
    *,
    constant: float = 0.5,
    epochs: int = 300,
) -> Symmetry:
    """Trains on moons from weights that are all 0, all `constant`, and drawn; the biases start at 0."""
    X, y = data.moons(100, rng=4)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    target = y[:, None].astype(np.float64)
    drawn = init_params([2, 4, 1], "xavier", np.random.default_rng(0))
    starts = {
        f"all {value:g}": {key: np.full_like(b, value * key.startswith("W")) for key, b in drawn.items()}
        for value in (0.0, constant)
    } | {"drawn": drawn}
    gradient, apart, losses = [], [], []
    for params in starts.values():
        _, cache = mlp_forward(X, params, hidden, output)
        grads = mlp_backward(target, cache, params, derivative)
        gradient.append(max(np.abs(grads[key]).max() for key in ("W1", "W2")))
        losses.append(float(fit(X, target, params, 0.5, epochs, hidden, derivative)[-1]))
        apart.append(np.ptp(params["W1"], axis=0).max())
    return Symmetry(tuple(starts), np.array(gradient), np.array(apart), np.array(losses))


@dataclass(frozen=True)
class Folding:
    """A network with two units in its last hidden layer, at several times of its training."""

    X: FloatArray  # (m, 2)
    y: FloatArray  # (m, 1), 0.0 or 1.0
    epochs: tuple[int, ...]
    losses: FloatArray  # (n_times,)
    right: FloatArray  # (n_times,): share of the points that are classified right
    side: FloatArray  # (n,): the grid, on both axes
    probability: FloatArray  # (n_times, n, n): over the grid, first the row of the second input
    last_hidden: FloatArray  # (n_times, m, 2)
    weights: FloatArray  # (n_times, 3): w1, w2 and b of the output

    def table(self) -> str:
        """A line a time."""
        return "\n".join(
            f"after {epochs:4} steps: loss {loss:.3f}, {right:.1%} of the points right"
            for epochs, loss, right in zip(self.epochs, self.losses, self.right, strict=True)
        )


@experiment
def folding(
    fit: Function,
    mlp_forward: Function,
    init_params: Function,
    loss: Function,
    hidden: Function,
    derivative: Function,
    output: Function,
    *,
    sizes: Sequence[int] = (2, 16, 2, 1),
    rate: float = 0.5,
    stops: Sequence[int] = (0, 100, 300, 1000),
    seed: int = 0,
    n_grid: int = 121,
) -> Folding:
    """Trains on two spirals, and keeps at each stop the boundary and what the last hidden layer makes of the points."""
    X, y = spirals()
    params = init_params(list(sizes), rng=np.random.default_rng(seed))
    side = np.linspace(-2.4, 2.4, n_grid)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    last = len(sizes) - 1
    losses, right, probability, inside, weights, done = [], [], [], [], [], 0
    for stop in stops:
        if stop > done:
            fit(X, y, params, rate, stop - done, hidden, derivative)
            done = stop
        p, cache = mlp_forward(X, params, hidden, output)
        losses.append(float(loss(y, p)))
        right.append(np.mean((p > 0.5) == (y > 0.5)))
        probability.append(np.reshape(mlp_forward(grid, params, hidden, output)[0], (n_grid, n_grid)))
        inside.append(np.array(cache["A"][last - 1], dtype=float))
        weights.append([*np.ravel(params[f"W{last}"]), *np.ravel(params[f"b{last}"])])
    return Folding(
        X,
        y,
        tuple(stops),
        np.array(losses),
        np.array(right),
        side,
        np.array(probability),
        np.array(inside),
        np.array(weights),
    )


def spirals(n: int = 100, *, turns: float = 1.25, noise: float = 0.04, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Two arms of `n` points that wind around each other: X of shape (2n, 2), y of shape (2n, 1), 0.0 or 1.0."""
    t = np.linspace(0.25, 1.0, n)
    arm = 2 * np.stack([t * np.cos(2 * np.pi * turns * t), t * np.sin(2 * np.pi * turns * t)], axis=1)
    X = np.concatenate([arm, -arm]) + noise * np.random.default_rng(seed).normal(size=(2 * n, 2))
    return X, np.repeat([0.0, 1.0], n)[:, None]


# Cost ----------------------------------------------------------------------------------------------------------------


SPANS = {"a minute": 60.0, "an hour": 3600.0, "a day": 86400.0, "a year": 365.25 * 86400}
"""Seconds by name."""


@dataclass(frozen=True)
class Cost:
    """Work and time of one forward and one backward pass, by the number of layers."""

    depths: tuple[int, ...]
    batch: int
    weights: npt.NDArray[np.int64]  # (n_depths,): W, without biases
    n_params: npt.NDArray[np.int64]  # (n_depths,)
    forward: FloatArray  # (n_depths,) seconds, the fastest of several runs
    backward: FloatArray  # (n_depths,) seconds
    products: FloatArray  # (2, n_depths) seconds of the matrix products alone, forward and backward
    output: float  # seconds of the activation of the output, which is in each forward pass
    batches: tuple[int, ...]  # sizes of batches, rising
    per_example: FloatArray  # (n_batches,) seconds of both passes through the second network, over the batch size
    cached: npt.NDArray[np.int64]  # (n_batches,): numbers in the cache of the second network

    @property
    def products_forward(self) -> npt.NDArray[np.int64]:
        """Multiplications of the matrix products: each weight once for each example."""
        return self.batch * self.weights

    @property
    def products_backward(self) -> npt.NDArray[np.int64]:
        """The same, backward: each weight once for dW and once for dA."""
        return 2 * self.batch * self.weights

    @property
    def ratio(self) -> FloatArray:
        """Backward over forward, in time."""
        return self.backward / self.forward

    @property
    def products_ratio(self) -> FloatArray:
        """The same of the matrix products alone."""
        return self.products[1] / self.products[0]

    @property
    def numerical(self) -> float:
        """Seconds that numerical gradients of the deepest network take: two forward passes for each parameter."""
        return float(2 * self.n_params[-1] * self.forward[-1])

    def nearest(self) -> str:
        """The one of `SPANS` that is nearest to these seconds, by their ratio."""
        return min(SPANS, key=lambda name: abs(math.log(SPANS[name] / self.numerical)))

    @property
    def r2_forward(self) -> float:
        """R squared of a straight line through the forward times against the weights."""
        return _r2(self.weights, self.forward)

    @property
    def r2_backward(self) -> float:
        """R squared of a straight line through the backward times against the weights."""
        return _r2(self.weights, self.backward)

    def table(self) -> str:
        """A line a depth, the price of numerical gradients, and a line a size of batch."""
        counted = self.products_backward / self.products_forward
        lines = ["layers  weights  multiplications: forward    backward  ratio  time: of products  of all"]
        lines += [
            f"{depth:>6} {self.weights[i]:>8} {self.products_forward[i]:>25} {self.products_backward[i]:>11} "
            f"{counted[i]:>6.2f} {self.products_ratio[i]:>18.2f} {self.ratio[i]:>7.2f}"
            for i, depth in enumerate(self.depths)
        ]
        lines.append(
            f"Sigmoid of the output: {1000 * self.output:.1f} ms of each forward pass, the shortest of which takes "
            f"{1000 * self.forward.min():.1f} ms."
        )
        both = 1000 * (self.forward[-1] + self.backward[-1])
        lines.append(
            f"Gradients of the deepest: by backpropagation {both:.0f} ms, with the forward pass; by the "
            f"{2 * self.n_params[-1]}\nforward passes of numerical gradients about {self.numerical / 3600:.0f} hours."
        )
        lines += [
            f"Batch of {size:>3}: {1e6 * seconds:6.0f} microseconds an example, {kept:>6} numbers in the cache"
            for size, seconds, kept in zip(self.batches, self.per_example, self.cached, strict=True)
        ]
        return "\n".join(lines)


@experiment
def cost(
    mlp_forward: Function,
    mlp_backward: Function,
    init_params: Function,
    hidden: Function,
    derivative: Function,
    output: Function,
    *,
    depths: Sequence[int] = (1, 2, 4, 6, 8, 12),
    width: int = 384,
    batch: int = 256,
    batches: Sequence[int] = (1, 4, 16, 64, 256),
    repeats: int = 7,
    seconds: float = 10.0,
) -> Cost:
    """Times both passes for networks of `width` units a layer, outputs included.

    On one thread; the depths take turns and the fastest run counts, so that other work on the machine matters little.
    After so many `seconds` no repetition begins: in a browser, products of matrices take much longer. The second
    of the networks is timed with batches of several sizes as well, none of them larger than `batch`.
    """
    started = spent()
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(batch, width)), rng.integers(0, 2, size=(batch, width)).astype(np.float64)
    networks = [init_params([width] * (depth + 1), rng=rng) for depth in depths]
    taken = np.full((2, len(depths)), np.inf)
    per_example = np.full(len(batches), np.inf)
    products, of_output = np.full((2, len(depths)), np.inf), np.inf

    def both(X: FloatArray, y: FloatArray, params: Arrays) -> tuple[float, float]:
        start = time.perf_counter()
        _, cache = mlp_forward(X, params, hidden, output)
        middle = time.perf_counter()
        mlp_backward(y, cache, params, derivative)
        return middle - start, time.perf_counter() - middle

    with one_thread():
        _keep_freed_memory()
        for done in range(repeats):
            if done and spent() - started > seconds:
                break
            for i, params in enumerate(networks):
                taken[:, i] = np.minimum(taken[:, i], both(X, y, params))
                products[:, i] = np.minimum(products[:, i], _products(X, y, params))
            start = time.perf_counter()
            output(X)
            of_output = min(of_output, time.perf_counter() - start)
            for i, size in enumerate(batches):
                per_example[i] = min(per_example[i], sum(both(X[:size], y[:size], networks[1])) / size)
    caches = [mlp_forward(X[:size], networks[1], hidden, output)[1] for size in batches]
    return Cost(
        depths=tuple(depths),
        batch=batch,
        weights=np.array([depth * width**2 for depth in depths]),
        n_params=np.array([sum(np.size(block) for block in params.values()) for params in networks]),
        forward=taken[0],
        backward=taken[1],
        products=products,
        output=of_output,
        batches=tuple(batches),
        per_example=per_example,
        cached=np.array([sum(np.size(kept) for part in cache.values() for kept in part) for cache in caches]),
    )


def _keep_freed_memory() -> None:
    """Has glibc keep what is freed from now on.

    It hands large arrays back to the system, and each new one then costs a page fault every 4 kB: a deep network was
    slower for each layer than a shallow one. Once an array of nearly 32 MiB was freed, it keeps all up to that size
    (mallopt(3), M_MMAP_THRESHOLD).
    """
    np.empty(32 * 2**20 // 8 - 1024)


def _products(X: FloatArray, dZ: FloatArray, params: Arrays) -> tuple[float, float]:
    """Seconds of the products of a network whose layers have one width: one for each W forward, two backward.

    dZ is another array than X: for `X.T @ X` NumPy computes one half and copies it to the other.
    """
    weights = [W for key, W in params.items() if key.startswith("W")]
    start = time.perf_counter()
    for W in weights:
        X @ W.T
    middle = time.perf_counter()
    for W in weights:
        dZ @ W, dZ.T @ X
    return middle - start, time.perf_counter() - middle


class Times(dict[str, tuple[float, float]]):
    """Seconds by name: of an activation, and of its slope."""

    def table(self) -> str:
        """A line an activation."""
        return "\n".join(
            f"A million entries, {name}: {1000 * function:.1f} ms, its slope {1000 * slope:.1f} ms"
            for name, (function, slope) in self.items()
        )


@experiment
def activation_times(activations: Activations, *, n_entries: int = 10**6, repeats: int = 5) -> Times:
    """Seconds that each activation and its derivative take for so many entries, the fastest of several runs."""
    z = np.random.default_rng(0).normal(size=n_entries)

    def fastest(function: Function) -> float:
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            function(z)
            times.append(time.perf_counter() - start)
        return min(times)

    with one_thread():
        return Times({name: (fastest(function), fastest(slope)) for name, (function, slope) in activations.items()})


def _r2(x: npt.NDArray[Any], y: FloatArray) -> float:
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    return float(1 - np.sum(rest**2) / np.sum((y - y.mean()) ** 2))
