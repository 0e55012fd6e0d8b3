"""Experiments of the notebook on optimizers: quadratics, a curved valley, rates, schedules, batches, landscapes.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.optimizers` draws them. Optimizers, schedules,
clipping, mini-batches and the gradients of networks are the student's and come in as arguments. Printed, a record gives
its numbers as a table.

An optimizer class is called as `SGD(rate)`, the momentum methods also as `Momentum(rate, beta)`; its objects have
`step(params, grads)`, which changes the arrays in `params` in place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment

FloatArray = npt.NDArray[np.float64]
Params = dict[str, FloatArray]
Maker = Callable[..., Any]
Optimizers = Mapping[str, Maker]
"""`{"SGD": SGD, "Momentum": Momentum, "Nesterov": Nesterov, "RMSProp": RMSProp, "Adam": Adam}`, or some of them."""
LossAndGrads = Callable[[Params, FloatArray, FloatArray], tuple[float, Params]]
"""`(params, X, y)` to the loss and the gradients of a network."""
InitParams = Callable[..., Params]
"""`init_params(sizes, scheme, rng)` of notebook 02."""

WHY = {
    "longer": "m and the root of v grow by the same factor",
    "growth": "theory says the root of 100, and for SGD 100, if beta is chosen anew. A little more is "
    "measured: at the best beta both roots r have one size, so the distance falls like t*r^t",
    "turned": "Adam scales each axis; the turned valley lies across them",
    "hovers": "its steps do not become shorter when the gradient does, so it hovers at about 0.7 times its rate. To "
    "stay within 0.001 it needs a rate of 0.001",
    "rolls": "the average of the last gradients carries it over low ripples. At rates up to 0.45 it stays where it "
    "starts: 16 %",
    "wider": "on the regression a rate 100 times too large makes the gradients 100 times as large, and Adam divides by "
    "them. On the network its range is as wide as momentum's",
    "early": "its rate starts at 0.1 and is about 0.024 by then. Constant 0.01 is still on its way; step decay, at "
    "0.05, and cosine, at 0.096, have higher floors. The floor follows the rate of the moment: at the end cosine "
    "leads, as its rate goes to 0",
    "epochs": "an epoch of small batches holds 16 updates, not one",
    "saves": "unclipped it learns at rates from 1e-5 to 1e-3, clipped to 1 from 0.01 to 1. Clipping limits the length "
    "of a step, so larger rates become possible; a rate that is too small stays too small",
    "between": "unit by unit the two solutions do different jobs, so half way they are mixed. Once the units are "
    "renamed (order and sign) the second solution is the first one, and the barrier is gone",
}
"""Reasons that a prediction gives after the guess."""

TOO_LARGE = 1e12  # of a parameter: the run has diverged, and there is nothing more to see


def _silent() -> np.errstate:
    """Runs that diverge are part of the experiments, so their floating-point warnings are no news."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")


@_silent()
def descend(
    optimizer: Any,
    start: FloatArray,
    gradient: Callable[[FloatArray], FloatArray],
    n_steps: int,
    done: Callable[[FloatArray], bool] = lambda x: False,
) -> FloatArray:
    """The points that an optimizer visits, `(n_steps + 1, *start.shape)`; infinite from where it has diverged.

    done: when true of a point, the walk ends there and the path is shorter.
    """
    x = np.array(start, dtype=np.float64)
    path = np.full((n_steps + 1, *x.shape), np.inf)
    path[0] = x
    for step in range(1, n_steps + 1):
        optimizer.step({"x": x}, {"x": gradient(x)})
        if not np.abs(x).max() < TOO_LARGE:
            return path
        path[step] = x
        if done(x):
            return path[: step + 1]
    return path


def beside_alone(maker: Callable[[], Any], gradients: Sequence[float]) -> float:
    """How much further a parameter moves beside a second one than alone, when its gradients come in one array that is
    written anew before each step. 0 where both are NaN.
    """
    alone, beside = {"a": np.zeros(1)}, {"a": np.zeros(1), "b": np.zeros(1)}
    one, two = maker(), maker()
    grads = {"b": np.zeros(1), "a": np.zeros(1)}
    for g in gradients:
        one.step(alone, {"a": np.array([g])})
        grads["b"][...], grads["a"][...] = -g, g
        two.step(beside, grads)
    same = np.array_equal(alone["a"], beside["a"], equal_nan=True)
    return 0.0 if same else float(beside["a"][0] - alone["a"][0])


def _table(columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    """Words in columns, flush right; the names of the rows stand on the left."""
    lines = [["", *columns], *([name, *row] for name, row in rows.items())]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(text.rjust(w) for text, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def about(value: float, *numbers: float) -> str:
    """Which of the numbers a value is closest to, as a factor: "about 10"."""
    return f"about {min(numbers, key=lambda n: abs(np.log(value / n))):g}"


def _count(value: float) -> str:
    return "never" if np.isnan(value) else f"{value:.0f}"


# Quadratics -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quadratics:
    """Optimizers on f(x) = (x1**2 / condition + x2**2) / 2, each at a good rate for it.

    The rates (and beta) of SGD and of the momentum methods come from theory, those of the others from a search.
    """

    names: tuple[str, ...]
    conditions: FloatArray  # (n_conditions,)
    rates: FloatArray  # (n_conditions, n_optimizers)
    rates_rotated: FloatArray  # (n_conditions, n_optimizers): for `steps_rotated`
    betas: FloatArray  # (n_conditions, n_optimizers); NaN where a method keeps its default
    distances: FloatArray  # (n_conditions, n_optimizers, n_steps + 1): from the minimum, 1 at the start
    steps: FloatArray  # (n_conditions, n_optimizers): steps until it stays within `target` for `STAY` steps; NaN: never
    steps_rotated: FloatArray  # the same with the axes of the quadratic turned by 30 degrees
    theory: FloatArray  # (n_conditions, n_optimizers): factor per step in the long run; NaN where there is no theory
    measured: FloatArray  # (n_conditions, n_optimizers): factor per step over the second half of the way to `FAR_DOWN`
    paths: FloatArray  # (n_optimizers, n_steps + 1, 2): for the first condition number
    hovers: FloatArray  # (2, n_optimizers): furthest off in the last `LATE` of `most // 2` steps at `HOVER`, or NaN
    returns: FloatArray  # (n_optimizers, 3): at `HOVER[0]` the distance at `most // 4`, the largest after it, and when
    first_within: FloatArray  # (n_optimizers,): at `HOVER[0]` the first step within `target`, or NaN
    at_hover: FloatArray  # (n_conditions, n_optimizers, n_steps + 1): distances at `HOVER[0]`; NaN where theory chose
    target: float
    most: int  # steps of the longest run

    def __str__(self) -> str:
        conditions = [f"condition {k:g}" for k in self.conditions]
        pairs = np.dstack([self.steps, self.steps_rotated])
        steps = {
            self._at_rate(i): [f"{_count(along)} / {_count(turned)}" for along, turned in pairs[:, i]]
            for i, name in enumerate(self.names)
        }
        factors = {
            name: [f"{a:.4f} / {b:.4f}" for a, b in zip(self.theory[:, i], self.measured[:, i], strict=True)]
            for i, name in enumerate(self.names)
            if not np.isnan(self.theory[:, i]).any()
        }
        late = ", ".join(
            f"{name} {' / '.join(f'{far:.1g}' for far in row)}"
            for name, row in zip(self.names, self.hovers.T, strict=True)
            if np.isfinite(row).all()
        )
        back = "".join(
            f"\nIn a longer run {name} at rate {HOVER[0]:g} is {rest:.0e} away at step {self.most // 4}, "
            f"and {far:.2g} at step {step:.0f}."
            for name, (rest, far, step) in zip(self.names, self.returns, strict=True)
            if rest < FAR_DOWN
        )
        first = ", ".join(
            f"{name} after {step:.0f}" for name, step in zip(self.names, self.first_within, strict=True) if step > 0
        )
        end = self.most // 2
        furthest = "".join(
            f"Largest distance of momentum on the way, 1 at first: {' / '.join(f'{far:.2g}' for far in row)}.\n"
            for name, row in zip(self.names, self.distances.max(axis=2).T, strict=True)
            if name == "Momentum"
        )
        return (
            f"Steps until the distance, 1 at first, stays within {self.target:g}; valley along the axes / turned:\n"
            f"{_table(conditions, steps)}\nFactor per step, theory / measured:\n{_table(conditions, factors)}\n"
            f"{furthest}At rate {HOVER[0]:g} within {self.target:g} for the first time: {first} steps.\n"
            f"Distance in steps {end - LATE + 1} to {end}, at rate {' / '.join(map(str, HOVER))}: {late}.{back}"
        )

    def _at_rate(self, i: int) -> str:
        """The name, with the rates that the search has found, if there was one."""
        if self.names[i] in WITH_THEORY:
            return self.names[i]
        rates = np.unique([self.rates[:, i], self.rates_rotated[:, i]])
        between = f"{rates[0]:.2g}" if rates.size == 1 else f"{rates[0]:.2g} to {rates[-1]:.2g}"
        return f"{self.names[i]} (rate {between})"


START = np.array([2.0, 1.0]) / np.sqrt(5)
WITH_THEORY = ("SGD", "Momentum", "Nesterov")
SEARCHED = np.geomspace(1e-4, 1.0, 17)
HOVER = (0.1, 0.01)
LATE = STAY = 100
FAR_DOWN = 1e-10  # measured factors are taken over the second half of the way down to here


def best_setting(name: str, condition: float) -> tuple[float, float, float]:
    """Rate, beta and factor per step that theory gives for a quadratic with eigenvalues from 1/condition to 1.

    SGD: rate 2/(L + mu), factor (k - 1)/(k + 1), the best at one rate for
    all steps. Momentum: Polyak 1964, with the rate of the averaging form, factor
    (sqrt(k) - 1)/(sqrt(k) + 1). Nesterov: the usual rate 1/L, factor 1 - 1/sqrt(k) (Lessard, Recht and Packard 2016,
    table 1, which has a larger rate that is better on quadratics alone).
    KeyError for a method without such a theory.
    """
    root = float(np.sqrt(condition))
    q = (root - 1) / (root + 1)
    return {
        "SGD": (2 / (1 + 1 / condition), np.nan, (condition - 1) / (condition + 1)),
        "Momentum": (4 / (1 + 1 / root) ** 2 / (1 - q**2), q**2, q),
        "Nesterov": (1.0, q, 1 - 1 / root),
    }[name]


@experiment
def quadratics(
    optimizers: Optimizers,
    *,
    conditions: Sequence[float] = (10.0, 100.0, 1000.0),
    n_steps: int = 400,
    target: float = 1e-3,
    most: int = 8000,
) -> Quadratics:
    """Sends every optimizer down narrow valleys, along the axes and across them.

    Args:
        n_steps: of the curves and paths in the record.
        most: after so many steps a target counts as not reached, after half as many where a rate is searched.
        target: a distance from the minimum, relative to the first one.
    """
    turn = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])
    # (2, n_conditions, 2, 2): along the axes, and turned; optimizers take all of them as entries of one array.
    hessians = np.array([[t @ np.diag([1 / k, 1.0]) @ t.T for k in conditions] for t in (np.eye(2), turn)])
    starts = np.array([[t @ START for _ in conditions] for t in (np.eye(2), turn)])
    shape = (len(conditions), len(optimizers))
    rates, rates_rotated, betas, theory, measured = (np.full(shape, np.nan) for _ in range(5))
    steps = np.full((2, *shape), np.nan)
    distances = np.empty((*shape, n_steps + 1))
    paths = np.empty((len(optimizers), n_steps + 1, 2))
    hovers = np.full((len(HOVER), len(optimizers)), np.nan)
    returns = np.full((len(optimizers), 3), np.nan)
    first_within = np.full(len(optimizers), np.nan)
    at_hover = np.full((*shape, n_steps + 1), np.nan)
    for j, (name, maker) in enumerate(optimizers.items()):
        walks = {}
        if name not in WITH_THEORY:
            walks = {rate: _walk(maker(float(rate)), hessians, starts, most // 2) for rate in SEARCHED}
            counts = np.array([_steps_to(walk, target) for walk in walks.values()])  # (n_rates, 2, n_conditions)
            for k, rate in enumerate(HOVER):
                late = walks[SEARCHED[np.abs(SEARCHED - rate).argmin()]][-LATE:, 0, 0]
                hovers[k, j] = np.linalg.norm(late, axis=-1).max()
            usual = walks[SEARCHED[np.abs(SEARCHED - HOVER[0]).argmin()]][: n_steps + 1, 0]
            at_hover[:, j] = np.linalg.norm(usual, axis=-1).T
            steps[:, :, j] = np.where(np.isfinite(counts).any(axis=0), counts.min(axis=0), np.nan)
            away = np.linalg.norm(_walk(maker(HOVER[0]), hessians[0, 0], starts[0, 0], most), axis=-1)
            first_within[j] = np.argmax(away <= target) if (away <= target).any() else np.nan
            far = away[most // 4 :]
            returns[j] = far[0], far.max(), most // 4 + far.argmax()
        for i, condition in enumerate(conditions):
            if walks:
                rates[i, j], rates_rotated[i, j] = SEARCHED[counts[:, :, i].argmin(axis=0)]
                path = walks[rates[i, j]][: n_steps + 1, 0, i]
            else:
                rates[i, j], betas[i, j], theory[i, j] = best_setting(name, condition)
                rates_rotated[i, j] = rates[i, j]
                settings = {} if np.isnan(betas[i, j]) else {"beta": float(betas[i, j])}
                walk = _walk(maker(float(rates[i, j]), **settings), hessians[:, i], starts[:, i], most)
                steps[:, i, j] = _steps_to(walk, target)
                path = walk[: n_steps + 1, 0]
                near = np.linalg.norm(walk[:, 0], axis=1)
                length = int(np.argmax(near < FAR_DOWN)) if (near < FAR_DOWN).any() else len(near) - 1
                measured[i, j] = (near[length] / near[length // 2]) ** (1 / (length - length // 2))
            distances[i, j] = np.linalg.norm(path, axis=1)
            if i == 0:
                paths[j] = path
    steps[np.isinf(steps)] = np.nan
    return Quadratics(
        names=tuple(optimizers),
        conditions=np.array(conditions, dtype=np.float64),
        rates=rates,
        rates_rotated=rates_rotated,
        betas=betas,
        distances=distances,
        steps=steps[0],
        steps_rotated=steps[1],
        theory=theory,
        measured=measured,
        paths=paths,
        hovers=hovers,
        returns=returns,
        first_within=first_within,
        at_hover=at_hover,
        target=target,
        most=most,
    )


def _walk(optimizer: Any, hessians: FloatArray, starts: FloatArray, n_steps: int) -> FloatArray:
    return descend(optimizer, starts, lambda x: np.asarray((hessians @ x[..., None])[..., 0]), n_steps)


def _steps_to(walk: FloatArray, target: float) -> FloatArray:
    """Steps until a walk, `(n_steps + 1, ..., 2)`, is within `target` of 0 for `STAY` points; infinite if it never is.

    Not for good: Adam comes back, so that "for good" would depend on how long one watches.
    """
    near = np.linalg.norm(walk, axis=-1) <= target
    stays = np.lib.stride_tricks.sliding_window_view(near, STAY, axis=0).all(axis=-1)
    return np.where(stays.any(axis=0), stays.argmax(axis=0).astype(np.float64), np.inf)


@dataclass(frozen=True)
class FirstSteps:
    """How far the first step goes, for a gradient of 1 and for one of 1000."""

    names: tuple[str, ...]
    rate: float
    lengths: FloatArray  # (n_optimizers, 2)
    uncorrected: float  # Adam's without the correction for the start, over the rate, with its default betas

    def __str__(self) -> str:
        rows = {name: [f"{a:.3g}", f"{b:.3g}"] for name, (a, b) in zip(self.names, self.lengths, strict=True)}
        return (
            f"First step at rate {self.rate:g}\n{_table(['gradient 1', 'gradient 1000'], rows)}\n"
            f"Without its correction Adam's first step would be {self.uncorrected:.2f} times the rate."
        )


@experiment
def first_steps(optimizers: Optimizers, *, rate: float = 0.1) -> FirstSteps:
    """Which optimizers feel the size of a gradient."""
    lengths = [
        [-descend(maker(rate), np.zeros(1), lambda x, g=g: np.array([g]), 1)[1, 0] for g in (1.0, 1000.0)]  # type: ignore[misc]
        for maker in optimizers.values()
    ]
    return FirstSteps(tuple(optimizers), rate, np.array(lengths), float((1 - 0.9) / np.sqrt(1 - 0.999)))


@experiment
def changing_rates(sgd: Maker, *, condition: float = 100.0, n_steps: int = 64) -> float:
    """The mean factor per step of gradient descent whose rate changes from step to step as it is best.

    The rates are one over the roots of a Chebyshev polynomial on the range of curvatures (Young 1953); the factor nears
    that of momentum as the steps become more. In float64 their order matters on larger problems than this one.
    """
    h = np.array([1 / condition, 1.0])
    middle, half = h.mean(), (h[1] - h[0]) / 2
    x = START.copy()
    for i in range(n_steps):
        rate = 1 / (middle - half * np.cos(np.pi * (i + 0.5) / n_steps))
        sgd(float(rate)).step({"x": x}, {"x": h * x})
    return float(np.linalg.norm(x) ** (1 / n_steps))


@dataclass(frozen=True)
class Forms:
    """Momentum along one direction, f(x) = x**2 / 2: its averaging form, the heavy ball, and Nesterov's version."""

    rate: float  # of the averaging form; the two others have rate * (1 - beta)
    beta: float
    averaging: FloatArray  # (n_steps + 1,): by the student's Momentum
    heavy_ball: FloatArray  # (n_steps + 1,): v = beta*v + g
    same_rate: FloatArray  # (n_steps + 1,): the heavy ball with `rate` itself
    nesterov: FloatArray  # (n_steps + 1,): by the student's Nesterov
    radius: float  # spectral radius of the heavy ball's step
    betas: FloatArray  # (n_betas,)
    memory: FloatArray  # (n_betas,): steps until 1 - 1/e of the effect of one gradient has come

    @property
    def range(self) -> float:
        """The largest curvature over the smallest, of those with complex factors at one rate."""
        root = np.sqrt(self.beta)
        return float(((1 + root) / (1 - root)) ** 2)

    def __str__(self) -> str:
        a = self.rate * (1 - self.beta)
        ball, ahead = abs(self.averaging[20]), abs(self.nesterov[20])
        apart = np.abs(self.averaging - self.heavy_ball).max()
        steps = ", ".join(f"{n:.0f} (beta {beta:g})" for beta, n in zip(self.betas, self.memory, strict=True))
        return (
            f"Steps until 63 % of one gradient's effect: {steps}.\n"
            f"Averaging form at rate {self.rate:g}, heavy ball at {a:g}: {apart:.0e} apart.\n"
            f"Factor per step there: {self.radius:.4f}; sqrt(beta) is {np.sqrt(self.beta):.4f}.\n"
            f"With beta {self.beta:g} one rate gives this factor to curvatures up to {self.range:.0f} times apart.\n"
            f"Distance after 20 steps, from 1: heavy ball {ball:.2g}, Nesterov {ahead:.2g}."
        )


@experiment
def forms(
    momentum: Maker,
    nesterov: Maker,
    *,
    rate: float = 5.0,
    beta: float = 0.9,
    n_steps: int = 60,
    betas: Sequence[float] = (0.5, 0.9, 0.99),
) -> Forms:
    """Momentum on x**2 / 2 against the heavy ball, written as the two-step recurrence of its positions.

    x[k+1] = (1 + beta - a*h) x[k] - beta x[k-1] with h = 1 (Polyak 1964); the spectral radius of that linear map is
    sqrt(beta) wherever its eigenvalues are complex.
    """

    def recurrence(a: float) -> FloatArray:
        x = [1.0, 1.0 - a]
        for _ in range(n_steps - 1):
            x.append((1 + beta - a) * x[-1] - beta * x[-2])
        return np.array(x)

    def walked(optimizer: Any) -> FloatArray:
        return descend(optimizer, np.array([1.0]), lambda x: x, n_steps)[:, 0]

    a = rate * (1 - beta)
    return Forms(
        rate,
        beta,
        walked(momentum(rate, beta=beta)),
        recurrence(a),
        recurrence(rate),
        walked(nesterov(a, beta=beta)),
        radius(a, beta),
        np.array(betas),
        np.array([_memory(momentum(1.0, beta=beta)) for beta in betas]),
    )


def radius(a_h: float, beta: float) -> float:
    """What the heavy ball multiplies a distance by in the long run, per step. a_h: its rate times the curvature."""
    return float(np.abs(np.linalg.eigvals(np.array([[1 + beta - a_h, -beta], [1.0, 0.0]]))).max())


@dataclass(frozen=True)
class Factors:
    """What a step multiplies a distance by in the long run, against a*h: the heavy ball's rate times the curvature."""

    a_h: FloatArray  # (n_points,)
    sgd: FloatArray  # (n_points,)
    heavy_ball: FloatArray  # (n_points,)
    nesterov: FloatArray  # (n_points,)
    beta: float

    @property
    def limits(self) -> tuple[float, float]:
        """Between these a*h the heavy ball has the factor sqrt(beta)."""
        root = float(np.sqrt(self.beta))
        return (1 - root) ** 2, (1 + root) ** 2


def factors(beta: float, *, most: float = 4.0, n_points: int = 801) -> Factors:
    """By formula: |1 - a*h|, and the larger root of the quadratic equations of the heavy ball and of Nesterov."""
    a_h = np.linspace(0.0, most, n_points)
    ball = np.array([radius(p, beta) for p in a_h])
    # theta' = (1 + beta)*(1 - a*h)*theta - beta*(1 - a*h)*theta_before
    steps = [np.array([[(1 + beta) * (1 - p), -beta * (1 - p)], [1.0, 0.0]]) for p in a_h]
    ahead = np.array([np.abs(np.linalg.eigvals(step)).max() for step in steps])
    return Factors(a_h, np.abs(1 - a_h), ball, ahead, beta)


def _memory(optimizer: Any, n_steps: int = 1500) -> float:
    """Steps until 1 - 1/e of the way that one gradient of 1 causes at rate 1 has been gone."""
    x = np.zeros(1)
    for step in range(1, n_steps + 1):
        optimizer.step({"x": x}, {"x": np.array([float(step == 1)])})
        if x[0] <= -(1 - np.exp(-1)):
            return float(step)
    return np.nan


@experiment
def measured_root(momentum: Maker, *, rate: float, h: float, beta: float, condition: float) -> dict[str, Any]:
    """The steps from momentum to the root of the condition number as numbers, without the formulas that they check.

    The map is found from four points of a walk on h*x**2/2; the limits of a*h by trying where both factors have one
    size; the best beta for a condition number as the one whose limits have that ratio.
    """
    x = descend(momentum(rate, beta=beta), np.array([1.0]), lambda x: h * x, 3)[:, 0]
    row = np.linalg.solve(np.array([[x[1], x[0]], [x[2], x[1]]]), x[2:])
    step = np.array([row, [1.0, 0.0]])

    def one_size(a_h: float, beta: float) -> bool:
        sizes = np.abs(np.linalg.eigvals(np.array([[1 + beta - a_h, -beta], [1.0, 0.0]])))
        return bool(np.isclose(sizes[0], sizes[1], rtol=1e-9))

    def limits(beta: float) -> tuple[float, float]:
        return (_bisect(lambda p: one_size(p, beta), 1.0, 0.0), _bisect(lambda p: one_size(p, beta), 1.0, 4.0))

    def wide_enough(root: float) -> bool:
        low, high = limits(root**2)
        return high / low >= condition

    low, high = limits(beta)
    return {
        "1. one step": step,
        "2. |r|": float(np.abs(np.linalg.eigvals(step)).max()),
        "3. a*h from": low,
        "4. a*h to": high,
        "5. root of beta": _bisect(wide_enough, 0.999, 0.05),
    }


def _bisect(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """The end of the range in which something holds, to about 1e-9."""
    for _ in range(32):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside


@experiment
def measured_look_ahead(*, phi: float, v: float, h: float, rate: float, beta: float) -> dict[str, float]:
    """One step of the heavy ball with the gradient taken ahead, on h*x**2/2, and what it does to the point ahead."""
    ahead = phi - rate * beta * v
    new_v = beta * v + h * ahead
    new_phi = phi - rate * new_v
    new_ahead = new_phi - rate * beta * new_v
    return {
        "1. point ahead": float(ahead),
        "2. new v": float(new_v),
        "3. next point ahead": float(new_ahead),
        "4. its move": float(new_ahead - ahead),
    }


# A curved valley, and ripples -----------------------------------------------------------------------------------------


def rosenbrock(x: FloatArray) -> FloatArray:
    """(1 - x1)**2 + 100 (x2 - x1**2)**2 for points `(..., 2)`; smallest, 0, at (1, 1). (Rosenbrock 1960.)"""
    return np.asarray((1 - x[..., 0]) ** 2 + 100 * (x[..., 1] - x[..., 0] ** 2) ** 2)


def rosenbrock_gradient(x: FloatArray) -> FloatArray:
    """The gradient of `rosenbrock` at one point."""
    across = x[1] - x[0] ** 2
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * across, 200 * across])


@dataclass(frozen=True)
class Valley:
    """Optimizers in Rosenbrock's valley, each at the best of the rates that were tried."""

    names: tuple[str, ...]
    rates: FloatArray  # (n_optimizers,)
    paths: FloatArray  # (n_optimizers, n_steps + 1, 2)
    values: FloatArray  # (n_optimizers, n_steps + 1)
    tried: FloatArray  # (n_rates,)

    def __str__(self) -> str:
        rows = {
            name: [f"{rate:.2g}", f"{values[-1]:.1e}"]
            for name, rate, values in zip(self.names, self.rates, self.values, strict=True)
        }
        return (
            f"Rosenbrock's valley, after {self.values.shape[1] - 1} steps at the best rate:\n"
            f"{_table(['rate', 'height'], rows)}"
        )


@experiment
def valley(optimizers: Optimizers, *, n_steps: int = 500, start: tuple[float, float] = (-1.2, 1.0)) -> Valley:
    """Walks from (-1.2, 1), round the bend, to (1, 1); best is what stays lowest in the last 50 steps."""
    tried = np.geomspace(1e-4, 100.0, 25)
    rates, paths, values = [], [], []
    for maker in optimizers.values():
        walks = [descend(maker(float(rate)), np.array(start), rosenbrock_gradient, n_steps) for rate in tried]
        with _silent():
            ends = [rosenbrock(walk[-50:]).max() for walk in walks]
        best = int(np.nanargmin(np.where(np.isfinite(ends), ends, np.inf)))
        rates.append(tried[best])
        paths.append(walks[best])
        values.append(rosenbrock(walks[best]))
    return Valley(tuple(optimizers), np.array(rates), np.array(paths), np.array(values), tried)


@dataclass(frozen=True)
class Ripples:
    """Where walks end on a bowl with ripples, f(x) = x**2 / 20 + 1 - cos(2 x), whose lowest point is 0."""

    names: tuple[str, ...]
    rates: FloatArray  # (n_rates,)
    share: FloatArray  # (n_optimizers, n_rates): of the starts that end at the lowest point
    walk: FloatArray  # (n_points,): of `walker` at `walk_rate`, from the first start on the left that it leads there
    walker: str
    walk_rate: float

    def __str__(self) -> str:
        rows = {name: [f"{s:.0%}" for s in row] for name, row in zip(self.names, self.share, strict=True)}
        rates = [f"rate {rate:g}" for rate in self.rates]
        return f"Ripples, share of the starts that end in the lowest minimum:\n{_table(rates, rows)}"


def ripple(x: FloatArray) -> FloatArray:
    """A bowl with local minima; its lowest point is 0."""
    return np.asarray(x**2 / 20 + 1 - np.cos(2 * x))


@experiment
def ripples(
    optimizers: Optimizers,
    *,
    rates: Sequence[float] = (0.03, 0.3, 0.45, 2.5, 5.0, 8.0),
    n_starts: int = 400,
    n_steps: int = 800,
    walker: str = "Momentum",
    walk_rate: float = 2.5,
) -> Ripples:
    """Starts spread evenly over -10 to 10, one entry of an array each, as optimizers work on each entry for itself."""
    start = np.linspace(-10, 10, n_starts)
    share = np.zeros((len(optimizers), len(rates)))
    walk = np.zeros(0)
    for row, (name, maker) in zip(share, optimizers.items(), strict=True):
        for j, rate in enumerate(rates):
            path = descend(maker(rate), start, lambda x: x / 10 + 2 * np.sin(2 * x), n_steps)
            there = (np.abs(path[-20:]) < 0.8).all(axis=0)
            row[j] = np.mean(there)
            if (name, rate) == (walker, walk_rate):
                walk = path[:, int(there.argmax())]
    return Ripples(tuple(optimizers), np.array(rates), share, walk, walker, walk_rate)


# Sensitivity to the rate ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sensitivity:
    """Final losses by learning rate; arrays are `(n_optimizers, n_rates, n_seeds)` unless said otherwise."""

    problem: str
    names: tuple[str, ...]
    rates: FloatArray  # (n_rates,)
    final: FloatArray  # training loss after the last epoch; infinite where the run has diverged
    epochs: FloatArray  # first epoch at whose start the loss is at most `target`; NaN: not reached
    validation: FloatArray  # loss on the validation part, as `final`
    test: FloatArray  # loss on the test part, as `final`
    n_epochs: int
    target: float
    constant: float  # training loss of the best constant prediction: a finite loss is not yet a success
    condition: float = np.nan  # of the training loss, where it is a quadratic

    @property
    def median(self) -> FloatArray:
        """`(n_optimizers, n_rates)`: median of the final loss over the seeds; infinite where most have diverged."""
        return np.median(self.final, axis=2)

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """`(n_optimizers, n_rates)`: some run has diverged, or ended above ten times the loss of a constant."""
        return np.asarray((self.final > 10 * self.constant).any(axis=2))

    @property
    def best(self) -> npt.NDArray[np.int64]:
        """`(n_optimizers,)`: index of the rate with the smallest mean loss on the validation part."""
        return np.argmin(self.validation.mean(axis=2), axis=1)

    @property
    def lowest(self) -> npt.NDArray[np.int64]:
        """`(n_optimizers,)`: index of the rate with the smallest median loss."""
        return np.argmin(self.median, axis=1)

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """`(n_optimizers, n_rates)`: the median run ends at the target or below: one measure for all optimizers."""
        return np.asarray(self.median <= self.target)

    @property
    def decades(self) -> FloatArray:
        """`(n_optimizers,)`: from the lowest good rate to the highest one; NaN where no rate is good."""
        logs = [np.log10(self.rates[good]) for good in self.good]
        return np.array([np.ptp(own) if own.size else np.nan for own in logs])

    @property
    def epochs_median(self) -> FloatArray:
        """`(n_optimizers, n_rates)`: median epochs to the target; infinite where most runs do not reach it."""
        return np.median(np.where(np.isnan(self.epochs), np.inf, self.epochs), axis=2)

    @property
    def fastest(self) -> npt.NDArray[np.int64]:
        """`(n_optimizers,)`: index of the good rate at which the median run reaches the target first."""
        return np.argmin(np.where(self.good, self.epochs_median, np.inf), axis=1)

    def epochs_at(self, chosen: npt.NDArray[np.int64]) -> FloatArray:
        """`(n_optimizers,)`: median epochs to the target at these rates; NaN: never."""
        counts = self.epochs_median[np.arange(len(self.names)), chosen]
        return np.where(np.isfinite(counts), counts, np.nan)

    def __str__(self) -> str:
        columns = ["good rates", "decades", "lowest at", "epochs", "fastest at", "epochs"]
        both = [(chosen, self.epochs_at(chosen)) for chosen in (self.lowest, self.fastest)]
        rows = {}
        for i, name in enumerate(self.names):
            good = self.rates[self.good[i]]
            more = " or more" if self.good[i, -1] else ""
            row = [
                f"{good[0]:.2g} to {good[-1]:.2g}{more}" if good.size else "none",
                f"{self.decades[i]:.2f}" if good.size else "-",
            ]
            for chosen, epochs in both:
                row += [f"{self.rates[chosen[i]]:.2g}", _count(epochs[i])]
            rows[name] = row
        condition = "" if np.isnan(self.condition) else f", condition number {self.condition:.0f}"
        return (
            f"{self.problem.capitalize()}{condition}.\nGood rates end at a loss of {self.target:g} or below. "
            f"Epochs: until it is that low for the first time.\n{_table(columns, rows)}\n"
            f"The widest range of good rates: {', '.join(self.widest) or 'none'}."
        )

    @property
    def widest(self) -> list[str]:
        """The optimizers with the largest number of decades, all of them if several share it."""
        if np.isnan(self.decades).all():
            return []
        most = np.nanmax(self.decades)
        return [name for name, own in zip(self.names, self.decades, strict=True) if np.isclose(own, most)]

    @property
    def mixed(self) -> npt.NDArray[np.bool_]:
        """`(n_optimizers, n_rates)`: the start decides, some runs end at the target or below and others do not."""
        reached = self.final <= self.target
        return np.asarray(reached.any(axis=2) & ~reached.all(axis=2))

    def starts(self) -> str:
        """A line an optimizer: the rates at which the start decides, and those at which every start is good."""
        every = np.asarray((self.final <= self.target).all(axis=2))

        def words(chosen: npt.NDArray[np.bool_]) -> str:
            return ", ".join(f"{rate:.2g}" for rate in self.rates[chosen]) or "none"

        rows = {n: [words(m), words(e)] for n, m, e in zip(self.names, self.mixed, every, strict=True)}
        columns = ["only some starts reach it", "every start does"]
        return f"{self.problem.capitalize()}, rates by how many starts end at {self.target:g}\n{_table(columns, rows)}"

    def compared(self) -> str:
        """Losses on the test part at the rates that the validation part chose, and the paired differences to SGD."""
        losses = np.array([self.test[i, best] for i, best in enumerate(self.best)])
        rows = {}
        for name, own in zip(self.names, losses, strict=True):
            apart = own - losses[0]
            error = apart.std(ddof=1) / np.sqrt(apart.size)
            rows[name] = [f"{own.mean():.3f}", f"{apart.mean():+.3f}", f"{error:.3f}"]
        columns = ["test loss", f"minus {self.names[0]}", "standard error"]
        return f"{self.problem.capitalize()}, rates chosen by validation\n{_table(columns, rows)}"


def wider(regression: Sensitivity, network: Sensitivity, name: str, than: str) -> str:
    """On which of the two problems the good rates of one optimizer span more decades than those of another."""
    on = []
    for found in (regression, network):
        one, other = (found.decades[found.names.index(who)] for who in (name, than))
        on.append(bool(one > other + 0.01))
    words = ("on neither", "on the regression only", "on the network only", "on both problems")
    return words[on[0] + 2 * on[1]]


RATES = np.geomspace(1e-3, 1e3, 25)
"""Four to the decade; so wide that no optimizer is best at an end."""


@experiment
@_silent()
def linear_sensitivity(
    optimizers: Optimizers, *, n_seeds: int = 10, n_epochs: int = 200, target: float = 0.02
) -> Sensitivity:
    """Linear regression, all seeds at once: every seed is a column of the weights, and optimizers work entry by entry.

    The features have deviations from 1 down to 0.1, so the condition number is about 90 (100 with endless rows). The
    loss is half the mean square of standardised targets: the best constant prediction has 1/2. Seeds differ in their
    starting weights.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5)) * np.geomspace(1.0, 0.1, 5)
    y = X @ (rng.normal(size=5) / np.geomspace(1.0, 0.1, 5)) + 0.2 * rng.normal(size=300)
    parts = data.split(X, y, validation=1 / 3, test=1 / 3, rng=1)
    mean, scale = parts.y_train.mean(), parts.y_train.std()
    sets = [(X, ((y - mean) / scale)[:, None]) for X, y in _parts(parts)]
    # Half the mean square is a quadratic in w: w.H.w/2 - c.w + const, with one set of numbers for each part.
    forms = [(X.T @ X / len(X), X.T @ y / len(X), float(np.mean(y**2) / 2)) for X, y in sets]

    def loss(w: FloatArray, part: int) -> FloatArray:
        H, c, constant = forms[part]
        return np.asarray(np.sum(w * (H @ w), axis=-2) / 2 - (c.T @ w)[..., 0, :] + constant)

    start = np.random.default_rng(0).normal(size=(sets[0][0].shape[1], n_seeds))
    H, c, constant = forms[0]
    shape = (len(optimizers), len(RATES), n_seeds)
    final, validation, test = (np.full(shape, np.inf) for _ in range(3))
    epochs = np.full(shape, np.nan)
    for i, maker in enumerate(optimizers.values()):
        for j, rate in enumerate(RATES):
            path = descend(maker(float(rate)), start, lambda w: H @ w - c, n_epochs)
            losses = loss(path, 0)
            losses[~np.isfinite(losses)] = np.inf
            final[i, j] = losses[-1]
            epochs[i, j] = np.where((losses <= target).any(axis=0), (losses <= target).argmax(axis=0), np.nan)
            if np.isfinite(path[-1]).all():
                validation[i, j], test[i, j] = loss(path[-1], 1), loss(path[-1], 2)
    return Sensitivity(
        problem="linear regression",
        names=tuple(optimizers),
        rates=RATES,
        final=final,
        epochs=epochs,
        validation=validation,
        test=test,
        n_epochs=n_epochs,
        target=target,
        constant=constant,
        condition=float(np.linalg.cond(H)),
    )


def _parts(parts: data.Split) -> list[tuple[FloatArray, FloatArray]]:
    return [(parts.X_train, parts.y_train), (parts.X_val, parts.y_val), (parts.X_test, parts.y_test)]


@experiment
@_silent()
def network_sensitivity(
    optimizers: Optimizers,
    loss_and_grads: LossAndGrads,
    init_params: InitParams,
    *,
    sizes: Sequence[int] = (2, 8, 1),
    n_seeds: int = 8,
    n_epochs: int = 60,
    target: float = 0.1,
) -> Sensitivity:
    """A small network on moons, full batches; seeds differ in the first weights."""
    parts, _ = two_moons(noise=0.2)
    sets = [(X, y[:, None].astype(np.float64)) for X, y in _parts(parts)]
    shape = (len(optimizers), len(RATES), n_seeds)
    final, validation, test = (np.full(shape, np.inf) for _ in range(3))
    epochs = np.full(shape, np.nan)
    for i, maker in enumerate(optimizers.values()):
        for j, rate in enumerate(RATES):
            for seed in range(n_seeds):
                params = init_params(list(sizes), "xavier", np.random.default_rng(seed))
                optimizer = maker(float(rate))
                for epoch in range(n_epochs):
                    loss, grads = loss_and_grads(params, *sets[0])
                    if loss <= target and np.isnan(epochs[i, j, seed]):
                        epochs[i, j, seed] = epoch
                    optimizer.step(params, grads)
                    if not np.isfinite(loss):
                        break
                ends = [loss_and_grads(params, X, y)[0] for X, y in sets]
                ends = [end if np.isfinite(end) else np.inf for end in ends]
                final[i, j, seed], validation[i, j, seed], test[i, j, seed] = ends
    share = float(sets[0][1].mean())
    constant = -share * np.log(share) - (1 - share) * np.log(1 - share)
    return Sensitivity(
        "network on moons", tuple(optimizers), RATES, final, epochs, validation, test, n_epochs, target, float(constant)
    )


def two_moons(n_samples: int = 300, *, noise: float = 0.2) -> tuple[data.Split, FloatArray]:
    """Standardised moons, a third of the rows for each part; and y of the training part as a column."""
    X, y = data.moons(n_samples, noise=noise, rng=0)
    parts = data.standardised(data.split(X, y, validation=1 / 3, test=1 / 3, rng=0))
    return parts, parts.y_train[:, None].astype(np.float64)


# Range test, clipping, schedules --------------------------------------------------------------------------------------


SMOOTH = 7  # steps


@dataclass(frozen=True)
class RangeTest:
    """One short run during which the rate grows by a constant factor per step."""

    rates: FloatArray  # (n_steps,)
    losses: FloatArray  # (n_steps,): before the step at that rate; infinite after it has diverged
    smooth: FloatArray  # (n_steps,): mean over `SMOOTH` steps around each
    steepest: float  # the rate at which the smoothed loss falls fastest
    lowest: float  # the rate at which the smoothed loss is smallest

    def __str__(self) -> str:
        return (
            f"Range test, mean of {SMOOTH} steps: the loss falls fastest at rate {self.steepest:.2g} and is lowest at "
            f"{self.lowest:.2g}."
        )


@experiment
@_silent()
def range_test(
    sgd: Maker,
    loss_and_grads: LossAndGrads,
    init_params: InitParams,
    *,
    sizes: Sequence[int] = (2, 8, 1),
    n_steps: int = 140,
) -> RangeTest:
    """The learning-rate range test (Smith 2017) for plain gradient descent, whose objects keep no state.

    The network is that of `network_sensitivity`, so that the two can be compared.
    """
    parts, y = two_moons()
    rates = np.geomspace(1e-3, 1e2, n_steps)
    losses = np.full(n_steps, np.inf)
    params = init_params(list(sizes), "xavier", np.random.default_rng(0))
    for i, rate in enumerate(rates):
        losses[i], grads = loss_and_grads(params, parts.X_train, y)
        if not np.isfinite(losses[i]):
            break
        sgd(float(rate)).step(params, grads)
    shown = np.where(np.isfinite(losses), losses, np.nanmax(losses[np.isfinite(losses)]))
    smooth = np.convolve(np.pad(shown, SMOOTH // 2, mode="edge"), np.ones(SMOOTH) / SMOOTH, mode="valid")
    lowest = int(smooth.argmin())
    return RangeTest(
        rates, losses, smooth, float(rates[np.gradient(smooth)[: lowest + 1].argmin()]), float(rates[lowest])
    )


@dataclass(frozen=True)
class Exploding:
    """A deep ReLU network with weights of deviation 1, trained at several rates, as it is and with clipping."""

    names: tuple[str, str]
    rates: FloatArray  # (n_rates,)
    losses: FloatArray  # (2, n_rates): at the end; infinite after divergence
    accuracy: FloatArray  # (2, n_rates): on the training data at the end
    first_loss: float
    first_norm: float  # of the gradients

    @property
    def learns(self) -> npt.NDArray[np.bool_]:
        """`(2, n_rates)`: the run ends at an accuracy of 0.95 or above."""
        return np.asarray(np.isfinite(self.losses) & (self.accuracy >= 0.95))

    def saved_by(self, rate: float, smaller: float) -> str:
        """What lets the network learn that diverges at `rate`: the smaller rate, clipping, both or neither."""
        at, below = (int(np.abs(self.rates - r).argmin()) for r in (rate, smaller))
        words = ("neither", f"a rate of {smaller:g}", self.names[1].replace("clipped", "clipping"), "each of the two")
        return words[int(self.learns[0, below]) + 2 * int(self.learns[1, at])]

    def __str__(self) -> str:
        ends = np.isfinite(self.losses)
        losses = np.where(ends, [[f"{loss:.0e}" for loss in row] for row in self.losses], "diverges")
        right = np.where(ends, [[f"{share:.2f}" for share in row] for row in self.accuracy], "-")
        rates = [f"{rate:g}" for rate in self.rates]
        return (
            f"Explosion: at the start the loss is {self.first_loss:.1f}, the norm of the gradient "
            f"{self.first_norm:.0f}.\nLoss at the end, by rate:\n"
            f"{_table(rates, dict(zip(self.names, losses.tolist(), strict=True)))}\n"
            "Accuracy there (it has learned from 0.95 on):\n"
            f"{_table(rates, dict(zip(self.names, right.tolist(), strict=True)))}"
        )


@experiment
@_silent()
def exploding(
    sgd: Maker,
    clip_by_global_norm: Callable[[Params, float], float],
    loss_and_grads: LossAndGrads,
    accuracy: Callable[[Params, FloatArray, FloatArray], float],
    init_params: InitParams,
    *,
    rates: Sequence[float] = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0),
    max_norm: float = 1.0,
    n_epochs: int = 300,
) -> Exploding:
    """Gradient descent as it is and with clipping, at the same rates."""
    parts, y = two_moons()
    sizes = [2, *[50] * 5, 1]
    losses, accuracies = np.full((2, len(rates)), np.inf), np.zeros((2, len(rates)))
    for i, limit in enumerate((np.inf, max_norm)):
        for j, rate in enumerate(rates):
            params = init_params(sizes, "xavier", np.random.default_rng(0))
            rng = np.random.default_rng(1)
            for key, array in params.items():
                if key.startswith("W"):
                    array[...] = rng.normal(size=array.shape)
            optimizer = sgd(rate)
            for epoch in range(n_epochs + 1):
                loss, grads = loss_and_grads(params, parts.X_train, y)
                norm = clip_by_global_norm(grads, limit)
                if epoch == 0:
                    first = float(loss), float(norm)
                if not np.isfinite(loss) or not np.isfinite(norm):
                    break
                optimizer.step(params, grads)
            else:
                losses[i, j] = loss
            accuracies[i, j] = accuracy(params, parts.X_train, y)
    names = ("as it is", f"clipped to norm {max_norm:g}")
    return Exploding(names, np.array(rates), losses, accuracies, *first)


# Mini-batches ---------------------------------------------------------------------------------------------------------

Batches = Callable[..., Any]
Schedule = Callable[[int], float]
"""The rate for step t."""


EARLY = 10
"""The epoch at which schedules are compared for the first time."""


@dataclass(frozen=True)
class NoiseFloor:
    """Mini-batch descent on linear regression under several schedules; excess: the loss above the smallest one."""

    names: tuple[str, ...]
    rates: FloatArray  # (n_schedules, n_updates)
    excess: FloatArray  # (n_schedules, n_seeds, n_epochs): mean over the updates of an epoch
    exact: FloatArray  # (n_seeds, n_epochs): the first schedule where the model fits every row, without noise in y
    batch_size: int

    def leader(self, names: Sequence[str]) -> str:
        """Which of these schedules is lowest at epoch `EARLY`."""
        at = min(EARLY, self.excess.shape[2]) - 1
        return min(names, key=lambda name: float(self.excess[self.names.index(name), :, at].mean()))

    def __str__(self) -> str:
        at = [min(EARLY, self.excess.shape[2]) - 1, -1]
        means = zip(self.names, self.excess[:, :, at].mean(axis=1), strict=True)
        rows = {name: [f"{loss:.1e}" for loss in row] for name, row in means}
        rows[f"{self.names[0]}, every row fits"] = [f"{loss:.1e}" for loss in self.exact[:, at].mean(axis=0)]
        columns = [f"epoch {at[0] + 1}", "last epoch"]
        return f"Batches of {self.batch_size}, loss above the minimum\n{_table(columns, rows)}"


@dataclass(frozen=True)
class BatchSizes:
    """The same descent at one constant rate, with batches of several sizes."""

    sizes: tuple[int, ...]
    excess: FloatArray  # (n_sizes, n_updates + 1): loss above the smallest one
    to_target: FloatArray  # (n_sizes,): updates until the excess is at most `target`; NaN: never
    epochs_to_target: FloatArray  # (n_sizes,)
    target: float
    rate: float
    bias: float  # largest entry of |mean of the batch gradients - full gradient|, batches of 16

    def __str__(self) -> str:
        rows = {
            f"batches of {size}": [_count(updates), "never" if np.isnan(epochs) else f"{epochs:.1f}"]
            for size, updates, epochs in zip(self.sizes, self.to_target, self.epochs_to_target, strict=True)
        }
        return (
            f"Mean of the batch gradients minus the full gradient: {self.bias:.0e}\n"
            f"To {self.target:g} above the minimum, constant rate {self.rate:g}\n{_table(['updates', 'epochs'], rows)}"
        )


class _Regression:
    """A linear regression: loss, gradient and minimum, for the experiments on mini-batches. noise: deviation in y."""

    def __init__(self, noise: float = 1.0, *, m: int = 256, n: int = 5) -> None:
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(m, n))
        self.y = self.X @ rng.normal(size=n) + noise * rng.normal(size=m)
        self.lowest = self.loss(np.asarray(np.linalg.lstsq(self.X, self.y, rcond=None)[0], dtype=np.float64))

    def loss(self, w: FloatArray) -> float:
        return float(np.mean((self.X @ w - self.y) ** 2) / 2)

    def gradient(self, w: FloatArray, X: FloatArray, y: FloatArray) -> FloatArray:
        return np.asarray(X.T @ (X @ w - y) / len(X))

    def excess(self, w: FloatArray) -> float:
        return max(self.loss(w) - self.lowest, 1e-16) if np.isfinite(w).all() else np.inf


@experiment
@_silent()
def noise_floor(
    sgd: Maker,
    minibatches: Batches,
    schedules: Mapping[str, Schedule],
    *,
    batch_size: int = 8,
    n_epochs: int = 60,
    n_seeds: int = 5,
) -> NoiseFloor:
    """How far the noise of mini-batches keeps descent from the minimum, by schedule; seeds differ in the batches."""
    noisy, exact = _Regression(), _Regression(noise=0.0)
    per_epoch = -(-len(noisy.X) // batch_size)
    rates = np.array([[schedule(t) for t in range(per_epoch * n_epochs)] for schedule in schedules.values()])

    def descended(problem: _Regression, rates: FloatArray) -> FloatArray:
        excess = np.empty((n_seeds, n_epochs))
        for seed in range(n_seeds):
            rng, w = np.random.default_rng(seed), np.zeros(problem.X.shape[1])
            for epoch in range(n_epochs):
                met = []
                for X, y in minibatches(problem.X, problem.y, batch_size, rng):
                    met.append(problem.excess(w))
                    rate = float(rates[epoch * per_epoch + len(met) - 1])
                    sgd(rate).step({"w": w}, {"w": problem.gradient(w, X, y)})
                excess[seed, epoch] = np.mean(met)
        return excess

    excess = np.array([descended(noisy, row) for row in rates])
    return NoiseFloor(tuple(schedules), rates, excess, descended(exact, rates[0]), batch_size)


@experiment
@_silent()
def batch_sizes(
    sgd: Maker,
    minibatches: Batches,
    *,
    sizes: Sequence[int] = (256, 64, 16, 1),
    rate: float = 0.1,
    target: float = 0.005,
    n_updates: int = 500,
) -> BatchSizes:
    """Updates and epochs to a common target, and whether the gradients of equal batches average to the full one."""
    problem = _Regression()
    excess = []
    to_target = np.full((2, len(sizes)), np.nan)
    for i, size in enumerate(sizes):
        rng, w, optimizer = np.random.default_rng(0), np.zeros(problem.X.shape[1]), sgd(rate)
        curve, per_epoch = [problem.excess(w)], -(-len(problem.X) // size)
        while len(curve) <= n_updates:
            for X, y in minibatches(problem.X, problem.y, size, rng):
                optimizer.step({"w": w}, {"w": problem.gradient(w, X, y)})
                curve.append(problem.excess(w))
        curve = curve[: n_updates + 1]
        if min(curve) <= target:
            first = int(np.argmax(np.array(curve) <= target))
            to_target[:, i] = first, first / per_epoch
        excess.append(np.array(curve))
    w = np.ones(problem.X.shape[1])
    parts = [problem.gradient(w, X, y) for X, y in minibatches(problem.X, problem.y, 16, np.random.default_rng(0))]
    bias = float(np.abs(np.mean(parts, axis=0) - problem.gradient(w, problem.X, problem.y)).max())
    return BatchSizes(tuple(sizes), np.array(excess), to_target[0], to_target[1], target, rate, bias)


# Loss landscapes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Landscape:
    """The loss of a small network around and between solutions that training has found."""

    along: FloatArray  # (n_points,): 0 is the first solution, 1 the second
    line: FloatArray  # (n_points,): loss on the straight line through both
    grid: FloatArray  # (n_grid,): coordinates along two random directions of the length of the first solution
    plane: FloatArray  # (n_grid, n_grid): loss around the first solution; rows are the second direction
    ends: FloatArray  # (n_starts,): loss after training, one start each, sorted
    at_zero: FloatArray  # (n_params,): eigenvalues of the Hessian where all weights and hidden biases are 0
    at_solution: FloatArray  # (n_params,): eigenvalues of the Hessian at the best solution
    slopes: FloatArray  # (n_starts,): norm of the gradient after training, in the order of `ends`
    renamed: (
        FloatArray  # (n_points,): as `line`, to the second solution with its units renamed to be close to the first
    )
    slope_at_zero: float  # norm of the gradient there; the output bias is at its best

    @property
    def barrier(self) -> float:
        """The largest loss on the line between the solutions, less the larger one of its ends."""
        return self._barrier(self.line)

    @property
    def barrier_renamed(self) -> float:
        """The same after the renaming."""
        return self._barrier(self.renamed)

    def _barrier(self, line: FloatArray) -> float:
        between = line[(self.along >= 0) & (self.along <= 1)]
        return float(between.max() - max(between[0], between[-1]))

    def __str__(self) -> str:
        zero, top = self.at_zero, self.at_solution[-1]
        return (
            f"{self.ends.size} starts end at losses from {self.ends[0]:.4f} to {self.ends[-1]:.4f}, with gradients of "
            f"{self.slopes.max():.0e} or below.\nBarrier on the line: {self.barrier:.2f}; after renaming the units: "
            f"{self.barrier_renamed:.2f}.\n"
            f"All weights 0: gradient {self.slope_at_zero:.0e}, {np.sum(zero < -1e-6)} directions down, "
            f"{np.sum(zero > 1e-6)} up, {np.sum(np.abs(zero) <= 1e-6)} flat.\n"
            f"Best solution: eigenvalues from {self.at_solution[0]:.0e} to {top:.2f}, condition "
            f"{top / self.at_solution[0]:.0e}. SGD needs a rate below {2 / top:.1f}."
        )


@experiment
def landscape(
    adam: Maker,
    loss_and_grads: LossAndGrads,
    init_params: InitParams,
    *,
    sizes: Sequence[int] = (2, 4, 1),
    n_starts: int = 12,
    n_epochs: int = 300,
    penalty: float = 1e-3,
) -> Landscape:
    """Trains small networks from several starts, then looks at the loss between and around what they found.

    The slice uses two random directions of the solution's own length (compare Goodfellow, Vinyals and Saxe 2015; Li et
    al. 2018). Hessians are central differences of the gradients. The penalty, half of it times the sum of all squares,
    keeps the weights finite: without it there is no minimum at all.
    """
    parts, y = two_moons(noise=0.4)
    X = parts.X_train

    def penalised(params: Params) -> tuple[float, Params]:
        loss, grads = loss_and_grads(params, X, y)
        squares = sum(float(np.sum(array**2)) for array in params.values())
        return loss + penalty / 2 * squares, {key: grads[key] + penalty * params[key] for key in params}

    found, ends = [], []
    for seed in range(n_starts):
        params = init_params(list(sizes), "xavier", np.random.default_rng(seed))
        for rate in (0.1, 0.01, 0.001):
            optimizer = adam(rate)
            for _ in range(n_epochs):
                optimizer.step(params, penalised(params)[1])
        found.append(_flat(params, params))
        ends.append(penalised(params)[0])
    shapes = {key: array.shape for key, array in params.items()}

    def loss(theta: FloatArray) -> float:
        return penalised(_params(theta, shapes))[0]

    def slope(theta: FloatArray) -> FloatArray:
        return _flat(penalised(_params(theta, shapes))[1], shapes)

    order = np.argsort(ends)
    first, second = found[order[0]], found[order[1]]
    along = np.linspace(-0.5, 1.5, 81)
    named = min(_renamings(_params(second, shapes)), key=lambda theta: float(np.linalg.norm(theta - first)))
    line, renamed = (np.array([loss((1 - a) * first + a * end) for a in along]) for end in (second, named))
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2, first.size))
    directions *= np.linalg.norm(first) / np.linalg.norm(directions, axis=1, keepdims=True)
    grid = np.linspace(-1.0, 1.0, 31)
    plane = np.array([[loss(first + a * directions[0] + b * directions[1]) for a in grid] for b in grid])
    zero = np.zeros(first.size)
    for _ in range(20):  # Newton's method for the output bias, which comes last: the gradient is to be 0
        p = 1 / (1 + np.exp(-zero[-1]))
        zero[-1] -= (p - y.mean() + penalty * zero[-1]) / (p * (1 - p) + penalty)
    return Landscape(
        along=along,
        line=line,
        grid=grid,
        plane=plane,
        ends=np.sort(np.array(ends)),
        at_zero=np.asarray(np.linalg.eigvalsh(_hessian(slope, zero)), dtype=np.float64),
        at_solution=np.asarray(np.linalg.eigvalsh(_hessian(slope, first)), dtype=np.float64),
        slopes=np.array([np.linalg.norm(slope(found[i])) for i in order]),
        renamed=renamed,
        slope_at_zero=float(np.linalg.norm(slope(zero))),
    )


def _renamings(params: Params) -> Iterable[FloatArray]:
    """The parameters of all networks with one hidden layer of tanh that differ in the names of their units only: in
    their order, and in a sign before and behind the unit, as tanh is odd.
    """
    W1, b1, W2, b2 = params.values()
    for order in map(list, permutations(range(b1.size))):
        for sign in map(np.array, product([1.0, -1.0], repeat=b1.size)):
            parts = (sign[:, None] * W1[order], sign * b1[order], W2[:, order] * sign, b2)
            yield np.concatenate([np.ravel(part) for part in parts])


def _flat(arrays: Params, keys: Iterable[str]) -> FloatArray:
    """One long vector, in the order of `keys`: gradients may come in another order than their parameters."""
    return np.concatenate([np.ravel(arrays[key]) for key in keys])


def _params(theta: FloatArray, shapes: Mapping[str, tuple[int, ...]]) -> Params:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    return {
        key: part.reshape(shape).copy()
        for (key, shape), part in zip(shapes.items(), np.split(theta, ends[:-1]), strict=True)
    }


def _hessian(slope: Callable[[FloatArray], FloatArray], theta: FloatArray, eps: float = 1e-5) -> FloatArray:
    """Symmetric matrix of second derivatives by central differences of the gradient."""
    rows = [(slope(theta + eps * e) - slope(theta - eps * e)) / (2 * eps) for e in np.eye(theta.size)]
    H = np.array(rows)
    return np.asarray((H + H.T) / 2)
