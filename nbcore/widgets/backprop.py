"""Two explorers for the notebook on backpropagation: the step of a numerical derivative, and a network while it trains.

The first shows the student's `numerical_gradient`, the second the student's `fit`, both handed in. If they are not
written yet, or fail, the readout says so.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.plots import CLASS_COLORS, CLASS_MARKERS, DIVERGING, NEUTRAL, PALETTE
from nbcore.widgets._explorer import Artists, Choice, Explorer, Slider, Target, over_functions

if TYPE_CHECKING:  # matplotlib, contourpy and ipywidgets are slow to load and wait for the first picture
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A function of one variable, differentiated at 1."""

    function: Callable[[Any], Any]
    value: float  # f(1)
    slope: float  # f'(1)
    third: float  # f'''(1)
    limit: float  # the error to get below; about ten times what is possible


E = math.e
EXAMPLES = {
    "exp(x)": Example(np.exp, E, E, E, 1e-9),
    "sin(x)": Example(np.sin, float(np.sin(1)), float(np.cos(1)), -float(np.cos(1)), 1e-9),
    "x**3": Example(lambda x: x**3, 1.0, 3.0, 6.0, 1e-9),
    "1000 + exp(x)": Example(lambda x: 1000 + np.exp(x), 1000 + E, E, E, 1e-8),
}
EPS_LOW, EPS_HIGH = 1e-13, 1.0
STEPS = np.logspace(-13, 0, 53)
X = np.linspace(-0.2, 2.2, 121)
ROUNDING = 2.0**-53
ERROR_LOW, ERROR_HIGH = 1e-13, 30.0


@dataclass(frozen=True)
class StepView:
    """One function, one step; errors are relative to the derivative, NaN where the student's code gives no number."""

    name: str
    eps: float
    slope: float  # the student's
    error: float
    errors: FloatArray  # (53,): on `STEPS`
    truncation: FloatArray  # (53,): eps**2 |f'''| / 6, over |f'|
    rounding: FloatArray  # (53,): ROUNDING |f| / eps, over |f'|
    trouble: str  # why numbers are missing, or ""


def simulate_step(
    numerical_gradient: Callable[..., Any], *, name: str, eps: float, errors: FloatArray | None = None
) -> StepView:
    """The student's derivative of the function `name` at 1 with step `eps`.

    errors: those on `STEPS`, if they are known from an earlier call.
    """
    example = EXAMPLES[name]
    slope, trouble = derivative(numerical_gradient, example, eps)
    if errors is None:
        slopes = np.array([derivative(numerical_gradient, example, float(step))[0] for step in STEPS])
        errors = np.abs(slopes / example.slope - 1)
    return StepView(
        name=name,
        eps=eps,
        slope=slope,
        error=abs(slope / example.slope - 1),
        errors=errors,
        truncation=STEPS**2 * abs(example.third / example.slope) / 6,
        rounding=ROUNDING * abs(example.value / example.slope) / STEPS,
        trouble=trouble,
    )


def derivative(numerical_gradient: Callable[..., Any], example: Example, eps: float) -> tuple[float, str]:
    """The student's derivative of the example at 1, and what went wrong: then the number is NaN."""
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(
                numerical_gradient(lambda x: float(example.function(x[0])), np.ones(1), eps), dtype=float
            )
    except NotImplementedError:
        return np.nan, "numerical_gradient is not written yet."
    except Exception as error:
        return np.nan, f"numerical_gradient raises {type(error).__name__}: {error}."
    if result.shape != (1,) or not np.isfinite(result[0]):
        return np.nan, "numerical_gradient gives no finite array of shape (1,)."
    return float(result[0]), ""


class StepScene:
    """Left the function with its tangent and the secant of the step, right the error against the step."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2)
        left.set(title="Tangent and secant at 1", xlabel="x", ylabel="f(x) - f(1)", xlim=(-0.2, 2.2), ylim=(-3, 6))
        left.axhline(0, color=NEUTRAL, linewidth=1)
        right.set(
            title="Error against the step",
            xlabel="step eps",
            ylabel="relative error",
            xscale="log",
            yscale="log",
            xlim=(EPS_LOW / 2, EPS_HIGH * 2),
            ylim=(ERROR_LOW, ERROR_HIGH),
        )
        right.set_xticks([1e-12, 1e-9, 1e-6, 1e-3, 1.0])
        right.minorticks_off()
        color, other, third = PALETTE[:3]
        artists = {
            "function": left.plot([], [], color=color, linestyle="-", linewidth=2.5, label="f")[0],
            "tangent": left.plot([], [], color=NEUTRAL, linestyle="--", label="tangent")[0],
            "secant": left.plot([], [], color=other, linestyle="-.", marker="o", markersize=7, label="secant")[0],
            "truncation": right.plot([], [], color=NEUTRAL, linestyle="--", label="truncation")[0],
            "rounding": right.plot([], [], color=third, linestyle=":", label="round-off")[0],
            "errors": right.plot([], [], color=color, linestyle="-", linewidth=2.5, label="yours")[0],
            "here": right.plot([], [], color=other, marker="o", markersize=10, linestyle="")[0],
            "name": left.text(0.98, 0.05, "", transform=left.transAxes, ha="right", weight="bold"),
        }
        left.legend(loc="upper left")
        right.legend(loc="upper center")
        return artists

    def update(self, artists: Artists, arrays: StepView) -> None:
        example = EXAMPLES[arrays.name]
        lines: dict[str, Any] = artists
        lines["function"].set_data(X, example.function(X) - example.value)
        lines["tangent"].set_data(X, example.slope * (X - 1))
        ends = np.array([1 - arrays.eps, 1 + arrays.eps])
        lines["secant"].set_data(ends, example.function(ends) - example.value)
        lines["truncation"].set_data(STEPS, arrays.truncation)
        lines["rounding"].set_data(STEPS, arrays.rounding)
        larger = arrays.eps < STEPS  # from here on: the whole curve would show the best step before it is looked for
        errors = np.append(arrays.error, arrays.errors[larger])
        lines["errors"].set_data(np.append(arrays.eps, STEPS[larger]), np.clip(errors, ERROR_LOW, ERROR_HIGH))
        lines["here"].set_data([arrays.eps], [np.clip(arrays.error, ERROR_LOW, ERROR_HIGH)])
        lines["name"].set_text(arrays.name)


def describe_step(arrays: StepView) -> list[str]:
    """The derivative and its error, which of the two sources of error is the larger one here, and once the target is
    reached the best step."""
    at = f"{arrays.name} at x = 1 with eps = {arrays.eps:.2g}"
    if arrays.trouble:
        return [f"{at}: {arrays.trouble}", "", ""]
    example = EXAMPLES[arrays.name]
    truncation = arrays.eps**2 * abs(example.third / example.slope) / 6
    rounding = ROUNDING * abs(example.value / example.slope) / arrays.eps
    larger = "truncation" if truncation > rounding else "round-off"
    best = (3 * ROUNDING * abs(example.value / example.third)) ** (1 / 3)
    why = f"Round-off grows with |f|, here {abs(example.value):.4g}: by theory the best step is {best:.0e}."
    return [
        f"{at}: derivative {arrays.slope:.12g}, true {example.slope:.12g}, relative error {arrays.error:.1e}.",
        f"Theory: truncation {truncation:.1e}, round-off about {rounding:.1e}: {larger} decides.",
        why if step_target(arrays).reached else "",
    ]


def step_target(arrays: StepView) -> Target:
    """A step that is good enough for the function shown."""
    limit = EXAMPLES[arrays.name].limit
    return Target(f"find a step with an error below {limit:.0e} for {arrays.name}.", bool(arrays.error < limit))


@over_functions
def step_explorer(numerical_gradient: Callable[..., Any], *, name: str = "exp(x)", eps: float = 0.5) -> Explorer:
    """The error of the central difference as a function of its step, with a step to find.

    Args:
        numerical_gradient: the student's, called as `numerical_gradient(f, x, eps)` with x of shape (1,).
        name: the function to differentiate, one of `EXAMPLES`.
        eps: the step, 1e-13 to 1.
    """
    known: dict[str, FloatArray] = {}

    def simulate(*, name: str, eps: float) -> StepView:
        view = simulate_step(numerical_gradient, name=name, eps=eps, errors=known.get(name))
        known[name] = view.errors
        return view

    return Explorer(
        call="widgets.step_explorer(numerical_gradient",
        controls=[
            Choice("name", "Function", tuple(EXAMPLES), "Which function to differentiate at 1."),
            Slider("eps", "Step eps", EPS_LOW, EPS_HIGH, 0.1, "Distance to each side of 1.", log=True),
        ],
        values={"name": name, "eps": eps},
        scene=StepScene(),
        simulate=simulate,
        describe=describe_step,
        stills=[{"eps": 0.5}, {"eps": 6.3e-6}, {"eps": 1e-11}],
        target=step_target,
    )


# Training ------------------------------------------------------------------------------------------------------------

EPOCHS, EVERY = 300, 5
LEARNING_RATE = 0.5
SIDE = np.linspace(-2.6, 2.6, 45)
DATA: dict[str, Callable[..., tuple[FloatArray, data.IntArray]]] = {
    "moons": data.moons,
    "circles": data.circles,
    "xor": data.xor,
}
GOAL = 0.95


@dataclass(frozen=True)
class Course:
    """A training run: the state of the network every `EVERY` epochs."""

    X: FloatArray  # (m, 2), standardised
    y: data.IntArray  # (m,)
    losses: FloatArray  # (EPOCHS + 1,), before each step and after the last; NaN where the student's code failed
    probability: FloatArray  # (n_states, 45, 45), on the square of `SIDE`
    accuracy: FloatArray  # (n_states,)
    trouble: str


@dataclass(frozen=True)
class Moment:
    """A training run at one epoch."""

    course: Course
    hidden: str
    points: str
    epoch: int

    @property
    def state(self) -> int:
        return self.epoch // EVERY


@dataclass(frozen=True)
class Parts:
    """The functions that train: all of them the student's, or provided by the notebook."""

    fit: Callable[..., Any]
    mlp_forward: Callable[..., Any]
    init_params: Callable[..., Any]
    activations: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]]
    output: Callable[..., Any]


def train(parts: Parts, hidden: str, points: str, seed: int) -> Course:
    """Trains a 2-8-8-1 network by full-batch gradient descent, stopping every `EVERY` epochs to look at it."""
    rng = np.random.default_rng(seed)
    X, y = DATA[points](120, rng=rng)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    targets = y[:, None].astype(np.float64)
    square = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    n_states = EPOCHS // EVERY + 1
    losses, accuracy = np.full(EPOCHS + 1, np.nan), np.full(n_states, np.nan)
    probability = np.full((n_states, SIDE.size, SIDE.size), 0.5)
    function, derivative = parts.activations[hidden]

    def p(X: FloatArray) -> FloatArray:
        return np.asarray(parts.mlp_forward(X, params, function, parts.output)[0], dtype=np.float64)

    try:
        with np.errstate(all="ignore"):
            params = parts.init_params([2, 8, 8, 1], rng=rng)
            for state in range(n_states):
                probability[state] = p(square).reshape(SIDE.size, SIDE.size)
                accuracy[state] = np.mean((p(X)[:, 0] >= 0.5) == (y == 1))
                first, steps = state * EVERY, EVERY if state < n_states - 1 else 1
                answer = parts.fit(X.copy(), targets.copy(), params, LEARNING_RATE, steps, function, derivative)
                if np.shape(answer) != (steps,):
                    trouble = f"fit gives {shorten(repr(answer), 40)} for {steps} epochs, not one loss for each."
                    return Course(X, y, losses, probability, accuracy, trouble)
                losses[first : first + steps] = answer
    except NotImplementedError:
        return Course(X, y, losses, probability, accuracy, "fit, or a function that it calls, is not written yet.")
    except Exception as error:
        return Course(X, y, losses, probability, accuracy, f"fit raises {type(error).__name__}: {error}.")
    return Course(X, y, losses, probability, accuracy, "")


class TrainingScene:
    """Left the probability of class 1 over the plane with its 0.5 line and the points, right the loss up to now."""

    def setup(self, fig: "Figure") -> Artists:
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.1])
        limits = (float(SIDE[0]), float(SIDE[-1]))
        left.set(title="Probability of class 1", xlabel="feature 1", ylabel="feature 2", xlim=limits, ylim=limits)
        left.grid(False)
        right.set(title="Loss", xlabel="epoch", ylabel="loss", xlim=(-0.02 * EPOCHS, 1.02 * EPOCHS), ylim=(0, 1.0))
        image = left.imshow(
            np.full((SIDE.size, SIDE.size), 0.5),
            origin="lower",
            extent=(*limits, *limits),
            vmin=0,
            vmax=1,
            cmap=DIVERGING,
            alpha=0.55,
            interpolation="bilinear",
            aspect="auto",
        )
        artists: Artists = {"image": image}
        for label, (color, marker) in enumerate(zip(CLASS_COLORS, CLASS_MARKERS, strict=True)):
            artists[f"class {label}"] = left.plot(
                [], [], marker, color=color, markeredgecolor="white", markersize=6, label=f"class {label}"
            )[0]
        artists["border"] = left.plot([], [], color="black", linewidth=2, label="p = 0.5")[0]
        artists["loss"] = right.plot([], [], color=PALETTE[0], linestyle="-", label="training loss")[0]
        artists["now"] = right.plot([], [], color=PALETTE[1], marker="o", markersize=9, linestyle="")[0]
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, columnspacing=1.2)
        right.legend(loc="upper right")
        return artists

    def update(self, artists: Artists, arrays: Moment) -> None:
        course, state = arrays.course, arrays.state
        lines: dict[str, Any] = artists
        lines["image"].set_data(course.probability[state])
        for label in (0, 1):
            lines[f"class {label}"].set_data(*course.X[course.y == label].T)
        lines["border"].set_data(*border(course.probability[state]))
        lines["loss"].set_data(np.arange(arrays.epoch + 1), course.losses[: arrays.epoch + 1])
        lines["now"].set_data([arrays.epoch], [course.losses[arrays.epoch]])


def border(probability: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The lines on which the probability is one half, with gaps between them."""
    from contourpy import contour_generator

    lines = contour_generator(SIDE, SIDE, probability).lines(0.5)
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([part for line in lines for part in (line, gap)]) if lines else gap
    return points[:, 0], points[:, 1]


def describe_training(arrays: Moment) -> list[str]:
    """Loss and accuracy at this epoch."""
    course, at = arrays.course, f"{arrays.hidden} on {arrays.points}, epoch {arrays.epoch}"
    if course.trouble:
        return [f"{at}: {course.trouble}"]
    return [f"{at}: loss {course.losses[arrays.epoch]:.3f}, accuracy {course.accuracy[arrays.state]:.1%}."]


def training_target(arrays: Moment) -> Target:
    """A state with the accuracy asked for."""
    goal = f"train to an accuracy of {GOAL:.0%} or more with {arrays.hidden} on {arrays.points}."
    good = np.flatnonzero(arrays.course.accuracy >= GOAL)
    if not good.size and not arrays.course.trouble:
        note = f"{arrays.hidden} on {arrays.points} does not get to {GOAL:.0%} in {EPOCHS} epochs. Choose another run."
        return Target(goal, False, note, possible=False)
    return Target(goal, bool(arrays.course.accuracy[arrays.state] >= GOAL))


@dataclass(eq=False, repr=False)
class Player(Explorer):
    """An explorer whose slider `epoch` also moves by itself: play, pause, stop and step, above the controls."""

    _buttons: Any = field(default=None, init=False)

    @property
    def widget(self) -> Any:
        """The ipywidgets box that is shown, made when first asked for. ImportError without ipywidgets."""
        box = super().widget
        if self._buttons is None:
            import ipywidgets

            assert self._panel is not None
            slider = self._panel.controls["epoch"]
            play = ipywidgets.Play(value=slider.value, min=slider.min, max=slider.max, step=EVERY, interval=150)
            ipywidgets.jslink((play, "value"), (slider, "value"))
            step = ipywidgets.Button(description="Step", layout=ipywidgets.Layout(width="5em"))
            step.on_click(lambda _: self.set(epoch=self.values["epoch"] + EVERY))
            self._buttons = ipywidgets.HBox([play, step])
            box.children = (self._buttons, *box.children)
        return box


@over_functions
def training_player(
    fit: Callable[..., Any],
    mlp_forward: Callable[..., Any],
    init_params: Callable[..., Any],
    activations: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]],
    output: Callable[..., Any],
    *,
    hidden: str | None = None,
    points: str = "moons",
    epoch: int = 0,
    seed: int = 0,
) -> Player:
    """The decision boundary of a small network while the student's `fit` trains it, with an epoch to find.

    Args:
        fit, mlp_forward, init_params, output: as in notebooks 02 and 04; `output` is the sigmoid.
        activations: `{name: (function, derivative)}`; `hidden` is the one to start with, the first unless given.
        points: "moons", "circles" or "xor".
        epoch: 0 to 300, in steps of 5.
        seed: of the points and the weights.
    """
    parts = Parts(fit, mlp_forward, init_params, activations, output)
    known: dict[tuple[str, str], Course] = {}

    def simulate(*, hidden: str, points: str, epoch: int) -> Moment:
        if (hidden, points) not in known:
            known[hidden, points] = train(parts, hidden, points, seed)
        return Moment(known[hidden, points], hidden, points, epoch)

    names = tuple(activations)
    return Player(
        call="widgets.training_player(fit, mlp_forward, init_params, activations, sigmoid"
        + (f", seed={seed}" if seed else ""),
        controls=[
            Choice("hidden", "Hidden activation", names, "The activation of the two hidden layers."),
            Choice("points", "Data", tuple(DATA), "The points to separate."),
            Slider("epoch", "Epoch", 0, EPOCHS, EVERY, "Steps of gradient descent so far.", integer=True),
        ],
        values={"hidden": names[0] if hidden is None else hidden, "points": points, "epoch": epoch},
        scene=TrainingScene(),
        simulate=simulate,
        describe=describe_training,
        stills=[{"epoch": 0}, {"epoch": 50}, {"epoch": EPOCHS}],
        target=training_target,
    )
