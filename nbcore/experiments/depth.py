"""Experiments of the notebook on depth: signals and gradients by layer, units that die, batch normalization,
the gain of an activation, and what helps a deep network.

Every function is pure, apart from a limit of CPU time, and gives a frozen record of arrays, which `nbcore.plots.depth`
draws; `table` of a record is what a notebook prints. Norms, counts and normalized layers are the student's and come in
as arguments, and so are the functions of earlier notebooks.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._clock import spent
from nbcore.experiments._student import experiment
from nbcore.experiments._threads import one_thread

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Function = Callable[..., Any]
Arrays = dict[str, FloatArray]
Functions = Mapping[str, tuple[Function, Function]]
"""`{name: (function, derivative)}`, both elementwise."""


# Signals and gradients by layer --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A hidden activation and the size of its random weights.

    `scheme` is "xavier", variance `2 / (n_in + n_out)` (Glorot and Bengio 2010, eq. 12), "he", variance `2 / n_in` (He
    et al. 2015, eq. 10), or "large", variance `4 / n_in`.
    """

    function: Function
    derivative: Function
    scheme: str

    def variance(self, n_in: int, n_out: int) -> float:
        """Variance of each weight of a layer. ValueError for an unknown scheme."""
        variances = {"xavier": 2 / (n_in + n_out), "he": 2 / n_in, "large": 4 / n_in}
        if self.scheme not in variances:
            raise ValueError(f"scheme must be 'xavier', 'he' or 'large', got {self.scheme!r}")
        return variances[self.scheme]

    def draw(self, sizes: Sequence[int], rng: np.random.Generator) -> Arrays:
        """Parameters of a network with normal weights and zero biases."""
        params = {}
        for layer, (n_in, n_out) in enumerate(itertools.pairwise(sizes), 1):
            params[f"W{layer}"] = rng.normal(0.0, np.sqrt(self.variance(n_in, n_out)), size=(n_out, n_in))
            params[f"b{layer}"] = np.zeros(n_out)
        return params


Kinds = Mapping[str, Kind]

WHY = {
    "one row": "a batch of one row has x equal to its mean, so every row gets the same answer, right for one of the "
    "two classes",
    "scale": "behind the normalization nothing has changed, so 10 times the weights have a tenth of the gradient: of "
    "their size, a hundredth",
    "48 layers": "without a skip path all examples arrive nearly alike at the last block, as in 5.2, and are hard to "
    "tell apart; without a normalization the sum of 24 blocks grows so much that the larger rate diverges. At the "
    "smaller one the residual network alone is ahead: the ranking depends on the rate",
}
"""Why an answer of the notebook is right, where its code would give the answer away."""


@dataclass(frozen=True)
class Flow:
    """One example on its way through random networks that have not been trained, and its gradient on the way back.

    Rows are kinds, in the order of `names`; then come seeds and layers.
    """

    names: tuple[str, ...]
    signals: FloatArray  # (n_kinds, n_seeds, n_layers + 1): |a_l| over |a_0|, the input first
    deltas: FloatArray  # (n_kinds, n_seeds, n_layers): |delta_l| over |delta| of the last hidden layer
    weights: (
        FloatArray  # (n_kinds, n_seeds, n_layers + 1): |dW_l| over |dW| of the last hidden layer; output layer last
    )
    predicted: FloatArray  # (n_kinds,): of |delta| per layer, by n_out * Var(w) * E[f'^2] in each layer
    first_norm: FloatArray  # (n_kinds,): |dW_1| itself, median over the seeds
    euler: FloatArray  # (n_kinds,): spread of sum(W_l * dW_l) over all layers, relative to the largest, median

    @property
    def n_layers(self) -> int:
        """Number of hidden layers."""
        return self.deltas.shape[2]

    @property
    def factor(self) -> FloatArray:
        """`(n_kinds,)`: factor of |delta| per layer on the way back, geometric mean over layers and seeds."""
        mean: FloatArray = np.exp(np.log(self.deltas[:, :, 0]).mean(axis=1) / (self.n_layers - 1))
        return mean

    def signal_factor(self, first: int, last: int) -> FloatArray:
        """`(n_kinds,)`: factor of |a| per layer on the way forward, geometric mean from layer `first` to `last`."""
        logs = np.log(self.signals[:, :, [first, last]]).mean(axis=1)
        mean: FloatArray = np.exp((logs[:, 1] - logs[:, 0]) / (last - first))
        return mean

    @property
    def delta_ratio(self) -> FloatArray:
        """`(n_kinds,)`: first hidden layer over last, median over the seeds."""
        ratio: FloatArray = np.median(self.deltas[:, :, 0], axis=1)
        return ratio

    @property
    def weight_ratio(self) -> FloatArray:
        """`(n_kinds,)`: the same for the weight gradients."""
        ratio: FloatArray = np.median(self.weights[:, :, 0], axis=1)
        return ratio

    def table(self) -> str:
        """A line a kind: factors of delta, ratios of the first layer to a last one, |dW_1|, Euler's sums."""
        lines = [
            f"{'':<16} factor of |delta|     first over last hidden             sums of W*dW:",
            f"{'network':<16} by E[f'^2]  measured  |delta|   |dW|         |dW_1|    relative spread",
        ]
        for i, name in enumerate(self.names):
            lines.append(
                f"{name:<16} {self.predicted[i]:10.3f}  {self.factor[i]:8.3f}  {self.delta_ratio[i]:<8.1e}  "
                f"{self.weight_ratio[i]:<11.2g}  {self.first_norm[i]:<8.0e}  {self.euler[i]:.0e}"
            )
        return "\n".join(lines)

    def steps(self, name: str) -> str:
        """What a layer of this kind leaves of the signal, early and late."""
        row = self.names.index(name)
        parts = [f"{self.signal_factor(*ends)[row]:.2f} in {ends[0] + 1}-{ends[1]}" for ends in ((0, 5), (10, 20))]
        return f"{name}, |a| per layer: {', '.join(parts)}"


@experiment
def flow(
    kinds: Kinds,
    mlp_forward: Function,
    mlp_backward: Function,
    layer_gradient_norms: Function,
    output: Function,
    *,
    n_layers: int = 20,
    width: int = 100,
    n_seeds: int = 30,
    scale: float = 1.0,
) -> Flow:
    """Sends one example through each random network and back, and measures signal, delta and dW in every layer.

    For a single example the gradient of the biases of a layer is its delta, so `mlp_backward` gives both.

    Args:
        scale: standard deviation of the inputs.
    """
    runs = [
        [
            _flow(kind, mlp_forward, mlp_backward, layer_gradient_norms, output, n_layers, width, seed, scale)
            for seed in range(n_seeds)
        ]
        for kind in kinds.values()
    ]
    slopes = np.array([[run["mean_square"] for run in row] for row in runs]).mean(axis=1)
    size = np.array([width * kind.variance(width, width) for kind in kinds.values()])
    return Flow(
        names=tuple(kinds),
        signals=np.array([[run["signals"] for run in row] for row in runs]),
        deltas=np.array([[run["deltas"] for run in row] for row in runs]),
        weights=np.array([[run["weights"] for run in row] for row in runs]),
        predicted=np.exp(np.log(size[:, None] * slopes).mean(axis=1) / 2),
        first_norm=np.array([np.median([run["first_norm"] for run in row]) for row in runs]),
        euler=np.array([np.median([run["spread"] for run in row]) for row in runs]),
    )


def _flow(
    kind: Kind,
    mlp_forward: Function,
    mlp_backward: Function,
    layer_gradient_norms: Function,
    output: Function,
    n_layers: int,
    width: int,
    seed: int,
    scale: float,
) -> dict[str, Any]:
    """What `Flow` holds, of one network; mean_square: of the slopes that delta passes, first to last but one layer."""
    rng = np.random.default_rng(seed)
    params = kind.draw([width] * (n_layers + 1) + [1], rng)
    p, cache = mlp_forward(scale * rng.normal(size=(1, width)), params, kind.function, output)
    y = np.where(np.asarray(p) < 0.5, 1.0, 0.0)  # the other class: a certain and right answer would have no gradient
    grads = mlp_backward(y, cache, params, kind.derivative)
    signals = np.array([np.linalg.norm(A) for A in cache["A"][:-1]])
    deltas = np.array([np.linalg.norm(grads[f"b{layer}"]) for layer in range(1, n_layers + 1)])
    weights = np.asarray(layer_gradient_norms(grads), dtype=np.float64)[: n_layers + 1]
    slopes = [np.asarray(kind.derivative(Z), dtype=np.float64) for Z in cache["Z"][:-1]]
    products = [np.sum(params[f"W{layer}"] * grads[f"W{layer}"]) for layer in range(1, n_layers + 2)]
    return {
        "signals": signals / signals[0],
        "deltas": deltas / deltas[-1],
        "weights": weights / weights[-2],
        "mean_square": [float(np.mean(slope**2)) for slope in slopes[:-1]],
        "first_norm": float(weights[0]),
        "spread": float((max(products) - min(products)) / np.max(np.abs(products))),
    }


@dataclass(frozen=True)
class DepthTrains:
    """Loss after training by number of hidden layers; rows are kinds."""

    names: tuple[str, ...]
    depths: tuple[int, ...]
    losses: FloatArray  # (n_kinds, n_depths, n_seeds): after the last step but one
    dead_layer: npt.NDArray[np.bool_]  # (n_kinds, n_depths, n_seeds): a hidden layer passes no gradient of any example

    @property
    def stuck(self) -> FloatArray:
        """`(n_kinds, n_depths)`: share of the networks within 5 % of ln 2, the loss of guessing, or above it."""
        share: FloatArray = np.mean(self.losses > 0.95 * np.log(2), axis=2)
        return share

    def table(self) -> str:
        """A line a kind: how many networks are stuck, by depth, and in how many of them a whole layer is dead."""
        n = self.losses.shape[2]
        lines = ["Networks that have learned nothing, by number of hidden layers"]
        for name, row, dead in zip(self.names, self.stuck, self.dead_layer.sum(axis=2), strict=True):
            parts = [f"{depth}: {share * n:.0f} of {n}" for depth, share in zip(self.depths, row, strict=True)]
            said = f" (with a layer that is all dead: {dead[-1]})" if dead[-1] else ""
            lines.append(f"{name:<16} " + ", ".join(parts) + said)
        return "\n".join(lines)


@experiment
def depth_trains(
    kinds: Kinds,
    fit: Function,
    *,
    depths: Sequence[int] = (1, 4, 10),
    width: int = 10,
    n_seeds: int = 3,
    epochs: int = 200,
    learning_rate: float = 0.3,
    seconds: float = 4.0,
) -> DepthTrains:
    """Trains networks of several depths on moons by `fit`.

    A slow `fit` gets fewer seeds: after `seconds` of CPU time no further one is begun.
    """
    X, y = data.moons(100, rng=4)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = y[:, None].astype(np.float64)

    def trained(kind: Kind, depth: int, seed: int) -> tuple[float, bool]:
        params = kind.draw([2] + [width] * depth + [1], np.random.default_rng(seed))
        loss = float(fit(X, y, params, learning_rate, epochs, kind.function, kind.derivative)[-1])
        return loss, _has_dead_layer(X, params, kind, depth)

    started = spent()
    runs: list[list[list[tuple[float, bool]]]] = []  # by seed, kind, depth
    while len(runs) < n_seeds and (not runs or spent() - started < seconds):
        runs.append([[trained(kind, depth, len(runs)) for depth in depths] for kind in kinds.values()])
    found = np.moveaxis(np.array(runs), 0, 2)  # kind, depth, seed, then loss and layer
    return DepthTrains(tuple(kinds), tuple(depths), found[..., 0], found[..., 1] > 0)


def _has_dead_layer(X: FloatArray, params: Arrays, kind: Kind, n_hidden: int) -> bool:
    """Whether the slopes of a whole hidden layer are 0 for every example."""
    A = X
    for layer in range(1, n_hidden + 1):
        Z = A @ params[f"W{layer}"].T + params[f"b{layer}"]
        if not np.any(kind.derivative(Z.copy())):
            return True
        A = np.asarray(kind.function(Z), dtype=np.float64)
    return False


# Dead units ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Untrained:
    """Examples on their way through random ReLU layers: how alike they become, and what share of the units is dead."""

    cosine: FloatArray  # (n_layers + 1,): mean cosine between the signals of two examples, the inputs first
    dead: FloatArray  # (n_layers,): dead share of each layer
    always_on: FloatArray  # (n_layers,): share of the units of each layer that are on for every example

    def table(self, layers: Sequence[int] = (1, 2, 5, 10, 20)) -> str:
        """A line for the inputs and for each of the layers."""
        lines = [f"inputs:   mean cosine {self.cosine[0]:.2f}"]
        lines += [
            f"layer {k:2}: mean cosine {self.cosine[k]:.2f}, {self.dead[k - 1]:5.1%} of the units dead, "
            f"{self.always_on[k - 1]:5.1%} on for all examples"
            for k in layers
        ]
        return "\n".join([*lines, f"all {self.dead.size} layers: {self.dead.mean():.1%} of the units dead"])


@experiment
def untrained(
    relu: Function,
    dead_fraction: Function,
    *,
    n_layers: int = 20,
    width: int = 100,
    n_examples: int = 32,
    n_seeds: int = 30,
) -> Untrained:
    """Standardized moons through ReLU layers with He weights and no biases, which nobody has trained."""
    cosine, (dead, always_on) = np.zeros((n_seeds, n_layers + 1)), np.zeros((2, n_seeds, n_layers))
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        X, _ = data.moons(n_examples, rng=rng)
        signal = (X - X.mean(axis=0)) / X.std(axis=0)
        cosine[seed, 0] = _mean_cosine(signal)
        for layer in range(n_layers):
            n_in = signal.shape[1]
            z = signal @ rng.normal(0.0, np.sqrt(2 / n_in), size=(width, n_in)).T
            dead[seed, layer] = dead_fraction(z.copy())
            always_on[seed, layer] = np.mean((z > 0).all(axis=0))
            signal = np.asarray(relu(z), dtype=np.float64)
            cosine[seed, layer + 1] = _mean_cosine(signal)
    return Untrained(cosine.mean(axis=0), dead.mean(axis=0), always_on.mean(axis=0))


def _mean_cosine(signal: FloatArray) -> float:
    """Mean cosine of the angle between two different rows."""
    units = signal / np.maximum(np.linalg.norm(signal, axis=1, keepdims=True), 1e-300)
    n = len(units)
    return float((np.sum(units @ units.T) - np.sum(units * units)) / (n * (n - 1)))


@dataclass(frozen=True)
class DyingUnits:
    """Dead units of trained networks 2-10-5-1; a row is a learning rate, a column a seed or a hidden layer."""

    learning_rates: FloatArray  # (n_rates,)
    before: FloatArray  # (n_seeds,): dead share before training
    share: FloatArray  # (n_rates, n_seeds): dead share after training
    accuracy: FloatArray  # (n_rates, n_seeds): on the training data
    majority: float  # accuracy of always predicting the more frequent class
    ever: IntArray  # (n_rates, 2): units of each hidden layer that were dead at some time, all seeds together
    back: IntArray  # (n_rates, 2): those of them that were alive again later

    @property
    def stuck(self) -> FloatArray:
        """`(n_rates,)`: share of the networks that predict no better than the majority class."""
        share: FloatArray = np.mean(self.accuracy <= self.majority, axis=1)
        return share

    def table(self) -> str:
        """Two lines a learning rate: dead units at the end, and how many came back, by layer."""
        lines = [f"untrained: {self.before.mean():.1%} of the hidden units dead, mean of {self.before.size} networks"]
        for i, rate in enumerate(self.learning_rates):
            came = "; ".join(f"{self.back[i, k]} of {self.ever[i, k]} in layer {k + 1}" for k in range(2))
            lines.append(
                f"rate {rate:4g}: {self.share[i].mean():5.1%} dead, accuracy {self.accuracy[i].mean():.3f}, "
                f"{self.stuck[i]:.0%} of the networks no better than guessing\n"
                f"           of the units that died, came back to life: {came}"
            )
        return "\n".join(lines)


SIZES = (2, 10, 5, 1)


@experiment
@one_thread()
def dying_units(
    fit: Function,
    mlp_forward: Function,
    init_params: Function,
    relu: Function,
    relu_prime: Function,
    sigmoid: Function,
    dead_fraction: Function,
    *,
    learning_rates: Sequence[float] = (0.1, 1.0, 3.0, 10.0),
    n_seeds: int = 12,
    epochs: int = 300,
    every: int = 5,
) -> DyingUnits:
    """Trains small ReLU networks on moons from He weights by `fit`, and looks every few steps which units are dead.

    `dead_fraction` is asked of each unit by itself, so that a unit can be followed.
    """
    X, y = data.moons(300, rng=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    target = y[:, None].astype(np.float64)
    hidden = SIZES[1:-1]

    def dead(params: Arrays) -> npt.NDArray[np.bool_]:
        _, cache = mlp_forward(X, params, relu, sigmoid)
        columns = [Z[:, [unit]] for Z in cache["Z"][:-1] for unit in range(Z.shape[1])]
        return np.array([dead_fraction(column) > 0.5 for column in columns])

    before = np.empty(n_seeds)
    share, accuracy = np.empty((2, len(learning_rates), n_seeds))
    ever, back = np.zeros((2, len(learning_rates), len(hidden)), dtype=np.int64)
    places = np.repeat(np.arange(len(hidden)), hidden)
    for i, rate in enumerate(learning_rates):
        for seed in range(n_seeds):
            params = init_params(list(SIZES), "he", np.random.default_rng(seed))
            was = now = dead(params)
            returned = np.zeros_like(was)
            before[seed] = was.mean()
            for _ in range(epochs // every):
                fit(X, target, params, rate, every, relu, relu_prime)
                now = dead(params)
                returned |= was & ~now
                was = was | now
            share[i, seed] = now.mean()
            accuracy[i, seed] = np.mean((mlp_forward(X, params, relu, sigmoid)[0] >= 0.5) == target)
            ever[i] += np.bincount(places[was], minlength=len(hidden))
            back[i] += np.bincount(places[returned], minlength=len(hidden))
    rates = np.array(learning_rates, dtype=np.float64)
    return DyingUnits(rates, before, share, accuracy, float(np.bincount(y).max() / len(y)), ever, back)


@dataclass(frozen=True)
class Revival:
    """Loss of single units that start inactive, before each step; rows in the order of `names`."""

    names: tuple[str, ...]
    losses: FloatArray  # (n_units, n_steps)

    def steps_to(self, share: float = 0.1) -> list[int | None]:
        """First step at which the loss is below `share` of the first loss, per unit; None where it never is."""
        below = self.losses < share * self.losses[:, :1]
        return [int(np.argmax(row)) if row.any() else None for row in below]

    def table(self) -> str:
        """A line a unit: how long it takes to a tenth of its first loss."""
        reached = zip(self.names, self.steps_to(0.1), strict=True)
        never = f"not there after {self.losses.shape[1]} steps"
        return "\n".join(
            f"{n:>11}: {never if k is None else f'a tenth of the loss after {k} steps'}" for n, k in reached
        )


@experiment
def revival(functions: Functions, *, learning_rate: float = 0.5, n_steps: int = 600) -> Revival:
    """Gradient descent on one unit `f(w*x + b)` that starts with a negative pre-activation for every example.

    41 inputs x from -1 to 1, targets `1.5 + x/2`, which are positive; the loss is half the mean square. The unit starts
    at `w = 0.5`, `b = -2`, so its pre-activations lie between -2.5 and -1.5.
    """
    x = np.linspace(-1.0, 1.0, 41)
    target = 1.5 + x / 2
    losses = np.empty((len(functions), n_steps))
    for row, (f, derivative) in zip(losses, functions.values(), strict=True):
        w, b = 0.5, -2.0
        for step in range(n_steps):
            z = w * x + b
            error = np.asarray(f(z.copy()), dtype=np.float64) - target
            row[step] = np.mean(error**2) / 2
            pull = error * np.asarray(derivative(z), dtype=np.float64)
            w -= learning_rate * float(np.mean(pull * x))
            b -= learning_rate * float(np.mean(pull))
    return Revival(tuple(functions), losses)


# Batch normalization -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chain:
    """A ReLU network with normalized layers, put together in the notebook, and the loss behind it.

    forward: `(X, params, states, training)` to `(logits, kept)`; it normalizes each hidden layer that has a state, and
        none where `states` is empty. `params` has `gamma1`, `beta1` and so on beside the weights.
    backward: `(dZ, kept, params)` to the gradients.
    """

    forward: Function
    backward: Function
    loss: Function
    loss_grad: Function


@dataclass(frozen=True)
class Scales:
    """Training losses of deep networks whose initial hidden weights are a factor too small or too large.

    A loss that is no number any more is infinite, and so are the later ones.
    """

    factors: FloatArray  # (n_factors,)
    plain: FloatArray  # (n_factors, n_seeds, n_steps)
    normalized: FloatArray  # (n_factors, n_seeds, n_steps)
    first_change: FloatArray  # (n_factors, n_seeds): |dW_1| over |W_1| before the first step, with normalization

    @property
    def slower(self) -> float:
        """How many times more slowly `W_1` learns, relative to its size, at the last factor than at the first."""
        relative = self.first_change.mean(axis=1)
        return float(relative[0] / relative[-1])

    def table(self) -> str:
        """First and last loss for each factor, without normalization and with it; the gradient relative to W_1."""
        lines = []
        for title, losses in (("without normalization", self.plain), ("with", self.normalized)):
            parts = []
            for factor, first, last in zip(self.factors, losses[:, :, 0], losses[:, :, -1], strict=True):
                lost = int(np.isinf(last).sum())
                end = f"and {lost} of {last.size} diverge" if lost else f"to {last.mean():.2g}"
                start = f"{first.mean():.2g}" if first.mean() < 100 else f"{first.mean():.0f}"
                parts.append(f"{factor:g}: {start} {end}")
            lines.append(f"{title:>21}, He times " + "; ".join(parts))
        pairs = zip(self.factors, self.first_change.mean(axis=1), strict=True)
        change = "; ".join(f"{factor:g}: {ratio:.2g}" for factor, ratio in pairs)
        lines.append(f"first |dW_1| / |W_1|, with normalization: He times {change}")
        return "\n".join(lines)


N_HIDDEN, WIDTH = 8, 16


def _trained(
    chain: Chain, init_params: Function, factor: float, normalize: bool, seed: int, n_steps: int, learning_rate: float
) -> tuple[list[float], Arrays, list[Arrays]]:
    """Losses, parameters and running statistics of one network on moons, trained by plain gradient descent."""
    X, y = data.moons(128, rng=0)
    target = y[:, None].astype(np.float64)
    params = init_params([2, *[WIDTH] * N_HIDDEN, 1], "he", np.random.default_rng(seed))
    for key in params:
        # The output layer stays: no normalization is behind it
        params[key] *= factor if key.startswith("W") and key != f"W{N_HIDDEN + 1}" else 1.0
    states = [{"mean": np.zeros(WIDTH), "var": np.ones(WIDTH)} for _ in range(N_HIDDEN)] if normalize else []
    for layer in range(1, len(states) + 1):
        params[f"gamma{layer}"], params[f"beta{layer}"] = np.ones(WIDTH), np.zeros(WIDTH)
    losses: list[float] = []
    with np.errstate(all="ignore"):  # weights that are too large leave the range of numbers
        while len(losses) < n_steps:
            logits, kept = chain.forward(X, params, states, True)
            losses.append(float(chain.loss(target, logits)))
            if not np.isfinite(losses[-1]):
                losses[-1:] = [np.inf] * (n_steps - len(losses) + 1)
                break
            grads = chain.backward(chain.loss_grad(target, logits), kept, params)
            for key in params:
                params[key] -= learning_rate * grads[key]
    return losses, params, states


@experiment
@one_thread()
def scales(
    chain: Chain,
    init_params: Function,
    *,
    factors: Sequence[float] = (0.3, 1.0, 3.0),
    n_steps: int = 120,
    n_seeds: int = 2,
    learning_rate: float = 0.1,
) -> Scales:
    """Trains deep networks from He weights, the hidden ones times a factor, with batch normalization and without."""
    curves = np.array(
        [
            [
                [_trained(chain, init_params, f, normalize, s, n_steps, learning_rate)[0] for s in range(n_seeds)]
                for f in factors
            ]
            for normalize in (False, True)
        ]
    )

    def change(factor: float, seed: int) -> float:
        """One step is the learning rate times the gradient."""
        ends = [_trained(chain, init_params, factor, True, seed, n, learning_rate)[1]["W1"] for n in (0, 1)]
        return float(np.linalg.norm(ends[1] - ends[0]) / np.linalg.norm(ends[0]) / learning_rate)

    first_change = np.array([[change(factor, seed) for seed in range(n_seeds)] for factor in factors])
    return Scales(np.array(factors, dtype=np.float64), curves[0], curves[1], first_change)


@dataclass(frozen=True)
class Modes:
    """One normalized network on new data: by running statistics, and by those of the batch at hand."""

    evaluation: float  # accuracy by the running statistics, whatever the batch
    whole: float  # accuracy by the statistics of the batch, all rows at once
    alone: float  # accuracy by the statistics of the batch, each row a batch of its own
    moved: float  # spread of the logit of a row over the batches that it is in: median standard deviation
    moved_evaluation: float  # the same by the running statistics

    def table(self) -> str:
        """A line for the running statistics, one for those of the batch."""
        return (
            f"evaluation: accuracy {self.evaluation:.3f}; a logit varies by {self.moved_evaluation:.2f}\n"
            f"training:   accuracy {self.whole:.3f} all rows at once, {self.alone:.3f} row by row; "
            f"a logit varies by {self.moved:.2f}\n"
            "(the standard deviation of the logit of a row over other batches of 10 rows)"
        )


@experiment
@one_thread()
def modes(
    chain: Chain, init_params: Function, *, n_steps: int = 120, n_new: int = 200, learning_rate: float = 0.1
) -> Modes:
    """Trains one normalized network, and lets it predict new rows in both of its modes.

    Training mode gets a copy of the running statistics each time, so that nothing is left of it.
    """
    _, params, states = _trained(chain, init_params, 1.0, True, 0, n_steps, learning_rate)
    X, y = data.moons(n_new, rng=1)

    def logits(rows: FloatArray, training: bool) -> FloatArray:
        copies = [{key: value.copy() for key, value in state.items()} for state in states]
        found: FloatArray = np.asarray(chain.forward(rows, params, copies, training)[0], dtype=np.float64)
        return found[:, 0]

    def accuracy(found: FloatArray) -> float:
        return float(np.mean((found > 0) == y))

    def spread(training: bool) -> float:
        rng = np.random.default_rng(2)
        found = np.empty((20, n_new))
        for row in found:
            for batch in np.array_split(rng.permutation(n_new), n_new // 10):
                row[batch] = logits(X[batch], training)
        return float(np.median(found.std(axis=0)))

    return Modes(
        evaluation=accuracy(logits(X, False)),
        whole=accuracy(logits(X, True)),
        alone=accuracy(np.concatenate([logits(X[[i]], True) for i in range(n_new)])),
        moved=spread(True),
        moved_evaluation=spread(False),
    )


# The gain ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GainSignal:
    """Mean squares of the pre-activations by layer, in the order of `names`."""

    names: tuple[str, ...]
    squares: FloatArray  # (n_names, n_seeds, n_layers)

    @property
    def median(self) -> FloatArray:
        """`(n_names, n_layers)`: over the seeds."""
        return np.median(self.squares, axis=1)

    def table(self) -> str:
        """The last layer over the first, a line a network."""
        head = f"{'network':<22} mean square of z: layer 1   layer {self.squares.shape[2]}"
        rows = zip(self.names, self.median, strict=True)
        return "\n".join([head, *(f"{name:<22} {row[0]:>25.3g} {row[-1]:>10.3g}" for name, row in rows)])


@experiment
@one_thread()
def gain_signal(
    mean_squares: Function, networks: Mapping[str, tuple[Function, float]], *, n_seeds: int = 10
) -> GainSignal:
    """Runs `mean_squares(f, g, rng)` for each activation f and gain g, from the same seeds."""
    squares = [
        [np.asarray(mean_squares(f, g, np.random.default_rng(seed)), dtype=np.float64) for seed in range(n_seeds)]
        for f, g in networks.values()
    ]
    return GainSignal(tuple(networks), np.array(squares))


# What helps ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deep:
    """How a stack of blocks differs from the plain one.

    gain: of the weights behind a ReLU, which have the standard deviation gain/sqrt(n_in); all others have 1/sqrt(n_in).
    norm: layer normalization before each block. skip: each block adds its input to what it gives.
    """

    gain: float = 1.0
    norm: bool = False
    skip: bool = False


@dataclass(frozen=True)
class WhatHelps:
    """Networks that differ in their remedies, from the same random numbers; the first one is the plain one."""

    names: tuple[str, ...]
    rates: tuple[float, ...]
    n_steps: int
    gradients: (
        FloatArray  # (n_names, n_seeds, n_blocks + 1): at the input of each block and at the output, over the last
    )
    losses: FloatArray  # (n_names, n_rates, n_seeds): after the last step; infinity where a run has diverged
    cosines: FloatArray  # (n_names, n_seeds): mean cosine of two examples behind the last block, before training

    @property
    def first_over_last(self) -> FloatArray:
        """`(n_names,)`: of the gradient, median over the seeds."""
        return np.median(self.gradients[:, :, 0], axis=1)

    @property
    def less_than_plain(self) -> tuple[FloatArray, FloatArray]:
        """`(n_names, n_rates)` each: loss of the plain network minus that of this one from the same seed, mean and
        standard error; NaN where a run has diverged."""
        runs = np.where(np.isfinite(self.losses), self.losses, np.nan)
        less = runs[0] - runs
        return less.mean(axis=2), less.std(axis=2, ddof=1) / np.sqrt(less.shape[2])

    @property
    def best(self) -> IntArray:
        """`(n_names,)`: index of the rate with the lowest mean loss."""
        return self.losses.mean(axis=2).argmin(axis=1)

    @property
    def less_at_best(self) -> tuple[FloatArray, FloatArray]:
        """`(n_names,)` each: as `less_than_plain`, each network at the best of these rates."""
        runs = self.losses[np.arange(len(self.names)), self.best]
        runs = np.where(np.isfinite(runs), runs, np.nan)
        less = runs[0] - runs
        return less.mean(axis=1), less.std(axis=1, ddof=1) / np.sqrt(less.shape[1])

    @property
    def winner(self) -> str:
        """The network with the lowest mean loss, each at the best of these rates."""
        return self.names[self.losses.mean(axis=2).min(axis=1).argmin()]

    def lines(self) -> str:
        """The number of layers in the blocks, the mean losses by rate, and how alike the examples become."""
        found = [f"{2 * (self.gradients.shape[2] - 1)} layers, mean loss of {self.losses.shape[2]} seeds"]
        for i, rate in enumerate(self.rates):
            losses = (f"{name} {in_words(row[i])}" for name, row in zip(self.names, self.losses, strict=True))
            found.append(f"  rate {rate:g}: {', '.join(losses)}")
        alike = (f"{name} {row.mean():.3f}" for name, row in zip(self.names, self.cosines, strict=True))
        found.append(f"mean cosine of two examples behind the last block, before training\n  {', '.join(alike)}")
        return "\n".join(found)

    def table(self) -> str:
        """The gradient, the losses by rate, and the paired differences by rate and at the best of these rates."""
        seeds = self.losses.shape[2]
        head = "".join(f"{f'rate {rate:g}':>16}" for rate in self.rates)
        lines = [
            f"Gradient, first over last; mean loss after {self.n_steps} steps, {seeds} seeds",
            f"{'':<24}{head}",
            *(
                f"{name:<17}{ratio:>7.2g}" + "".join(f"{in_words(row):>16}" for row in losses)
                for name, ratio, losses in zip(self.names, self.first_over_last, self.losses, strict=True)
            ),
            "By how much less than the plain network, in pairs of equal seeds, +- standard error",
            f"{'':<24}{head}{'best of these':>16}",
        ]
        pairs = (np.column_stack(part) for part in zip(self.less_than_plain, self.less_at_best, strict=True))
        for name, *row in list(zip(self.names, *pairs, strict=True))[1:]:
            lines.append(f"{name:<24}" + "".join(f"{pair:>16}" for pair in map(_in_pairs, *row)))
        return "\n".join(lines)


def _in_pairs(less: float, error: float) -> str:
    return f"{less:.3f} +- {error:.3f}" if np.isfinite(less) else "-"


def in_words(losses: FloatArray) -> str:
    """The mean, or how many runs have diverged."""
    lost = int(np.isinf(losses).sum())
    return f"{lost} of {losses.size} diverge" if lost else f"{losses.mean():.3f}"


@experiment
@one_thread()
def what_helps(
    networks: Mapping[str, Deep],
    stack_forward: Function,
    stack_backward: Function,
    loss: Function,
    loss_grad: Function,
    *,
    rates: Sequence[float] = (0.015, 0.03, 0.25),
    n_blocks: int = 12,
    width: int = 16,
    n_steps: int = 80,
    n_seeds: int = 5,
    seconds: float = 20.0,
) -> WhatHelps:
    """Trains each network on moons by gradient descent, at each rate and from each seed.

    Between a layer from 2 inputs to `width` and one to a single output lie the blocks. `stack_forward(h, blocks, norm,
    skip)` gives `(h, caches)`, `stack_backward(dh, caches, norm, skip)` the gradients at the input of each block and
    at the output, and those of the parameters, a dict for each block. Slow functions get fewer seeds: after `seconds`
    of CPU time no further one is begun, but two are.
    """
    X, y = data.moons(100, rng=4)
    X, target = (X - X.mean(axis=0)) / X.std(axis=0), y[:, None].astype(np.float64)

    def train(deep: Deep, rate: float, seed: int) -> tuple[FloatArray, float, float]:
        blocks, first, last = _drawn(deep, n_blocks, width, np.random.default_rng(seed))
        lengths, value, cosine = np.full(n_blocks + 1, np.nan), np.inf, np.nan
        for step in range(n_steps + 1):
            h, caches = stack_forward(X @ first.T, blocks, deep.norm, deep.skip)
            value = float(loss(target, h @ last.T))
            if not np.isfinite(value):
                return lengths, np.inf, cosine
            dz = loss_grad(target, h @ last.T)
            signals, grads = stack_backward(dz @ last, caches, deep.norm, deep.skip)
            if step == 0:
                lengths = np.array([np.linalg.norm(signal) for signal in signals])
                cosine = _mean_cosine(h)
            last = last - rate * dz.T @ h
            first = first - rate * signals[0].T @ X
            blocks = [
                {key: block[key] - rate * grad[key] for key in block} for block, grad in zip(blocks, grads, strict=True)
            ]
        return lengths / lengths[-1], value, cosine

    started = spent()
    runs: list[list[list[tuple[FloatArray, float, float]]]] = []  # by seed, network, rate
    with np.errstate(all="ignore"):  # a run that diverges overflows on its way
        while len(runs) < n_seeds and (len(runs) < 2 or spent() - started < seconds):
            runs.append([[train(deep, rate, len(runs)) for rate in rates] for deep in networks.values()])
    gradients = np.array([[of_rates[0][0] for of_rates in of_seed] for of_seed in runs])
    losses = np.array([[[value for _, value, _ in of_rates] for of_rates in of_seed] for of_seed in runs])
    cosines = np.array([[of_rates[0][2] for of_rates in of_seed] for of_seed in runs])
    return WhatHelps(
        tuple(networks), tuple(rates), n_steps, np.moveaxis(gradients, 0, 1), np.moveaxis(losses, 0, 2), cosines.T
    )


def _drawn(
    deep: Deep, n_blocks: int, width: int, rng: np.random.Generator
) -> tuple[list[Arrays], FloatArray, FloatArray]:
    """Blocks, and the weights of the first and the last layer. All networks draw the same numbers."""

    def weights(n_out: int, n_in: int, gain: float = 1.0) -> FloatArray:
        return gain / np.sqrt(n_in) * rng.normal(size=(n_out, n_in))

    first, last = weights(width, 2), weights(1, width)
    blocks = [
        {
            "W1": weights(width, width),
            "b1": np.zeros(width),
            "W2": weights(width, width, deep.gain),
            "b2": np.zeros(width),
        }
        for _ in range(n_blocks)
    ]
    return blocks, first, last
