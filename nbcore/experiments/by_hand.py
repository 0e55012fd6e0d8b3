"""Small networks computed by hand: examples of the notebooks on the forward pass and on backpropagation.

Nothing is computed from a student's functions here. The gradients stand in the order in which one looks for a mistake:
the last layer first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Arrays = dict[str, FloatArray]


@dataclass(frozen=True)
class Case:
    """What a backward pass is given, and what it should give."""

    y: FloatArray
    cache: dict[str, list[FloatArray]]
    params: Arrays
    grads: Arrays  # of the parameters, last layer first
    inner: Arrays = field(default_factory=dict)  # of pre-activations and activations, last first

    @property
    def args(self) -> tuple[FloatArray, dict[str, list[FloatArray]], Arrays]:
        """The first three arguments of `mlp_backward`."""
        return self.y, self.cache, self.params

    def of(self, letter: str) -> Arrays:
        """The gradients of the weights, "W", or of the biases, "b"."""
        return {key: grad for key, grad in self.grads.items() if key.startswith(letter)}


def one_example() -> Case:
    """The example of the text: layers 2-2-1, tanh inside, a sigmoid at the end, x = (1, 2) with y = 1."""
    return Case(
        y=np.array([[1.0]]),
        cache={
            "A": [np.array([[1.0, 2.0]]), np.array([[0.6, 0.8]]), np.array([[0.25]])],
            "Z": [np.log([[2.0, 3.0]]), -np.log([[3.0]])],
        },
        params={
            "W1": np.array([[2.0, -1.0], [-2.0, 1.0]]),
            "b1": np.log([2.0, 3.0]),
            "W2": np.array([[2.0, -1.5]]),
            "b2": -np.log([3.0]),
        },
        grads={
            "W2": np.array([[-0.45, -0.6]]),
            "b2": np.array([-0.75]),
            "W1": np.array([[-0.96, -1.92], [0.405, 0.81]]),
            "b1": np.array([-0.96, 0.405]),
        },
        inner={
            "A2": np.array([[-4.0]]),
            "Z2": np.array([[-0.75]]),
            "A1": np.array([[-1.5, 1.125]]),
            "Z1": np.array([[-0.96, 0.405]]),
            "A0": np.array([[-2.73, 1.365]]),
        },
    )


def two_examples() -> Case:
    """The same network with a second example of the same Z1: x = (0, 0), y = 0. The loss is the mean of the two."""
    first = one_example()
    cache = {name: [np.repeat(part, 2, axis=0) for part in parts] for name, parts in first.cache.items()}
    cache["A"][0] = np.array([[1.0, 2.0], [0.0, 0.0]])
    return Case(
        y=np.array([[1.0], [0.0]]),
        cache=cache,
        params=first.params,
        grads={
            "W2": np.array([[-0.15, -0.2]]),
            "b2": np.array([-0.25]),
            "W1": np.array([[-0.48, -0.96], [0.2025, 0.405]]),
            "b1": np.array([-0.32, 0.135]),
        },
    )


def two_targets() -> Case:
    """The hidden layer of `two_examples` under two outputs: the loss is a mean over the examples, not over all of y."""
    below = two_examples()
    p = np.array([[0.25, 0.75]] * 2)
    return Case(
        y=np.array([[1.0, 1.0], [0.0, 0.0]]),
        cache={"A": [*below.cache["A"][:2], p], "Z": [below.cache["Z"][0], np.log(3.0) * np.array([[-1.0, 1.0]] * 2)]},
        params=below.params | {"W2": np.array([[2.0, -1.5], [-2.0, 1.5]]), "b2": np.log([1 / 3, 3.0])},
        grads={
            "W2": np.array([[-0.15, -0.2], [0.15, 0.2]]),
            "b2": np.array([-0.25, 0.25]),
            "W1": np.array([[-0.32, -0.64], [0.135, 0.27]]),
            "b1": np.array([-0.64, 0.27]),
        },
    )


def one_layer() -> Case:
    """Logistic regression with three inputs and two outputs: no slope fits below it.

    The loss is a mean over the examples, not over all entries of y.
    """
    return Case(
        y=np.array([[1.0, 1.0], [0.0, 1.0]]),
        cache={"A": [np.array([[1.0, 2.0, 1.0], [3.0, 4.0, -1.0]]), np.full((2, 2), 0.5)], "Z": [np.zeros((2, 2))]},
        params={"W1": np.zeros((2, 3)), "b1": np.zeros(2)},
        grads={"W1": np.array([[0.5, 0.5, -0.5], [-1.0, -1.5, 0.0]]), "b1": np.array([0.0, -0.5])},
    )


def eleven_layers(slope: str = "1") -> Case:
    """Eleven layers of one unit without activation: z = x * (product of all w), here ln 3, and p = 3/4.

    slope: "1", or "1/z", the slope at z that `np.reciprocal` gives: it is 1/2 in the layers 2 to 9, and 1 in the layers
    1 and 10. The keys of params come in another order.
    """
    w = dict.fromkeys(range(1, 12), 1.0) | {2: 2.0, 10: 0.5, 11: float(np.log(3.0))}
    signal = np.cumprod([1.0, *w.values()])  # A_0, then Z_1 to Z_11
    Z = [np.array([[z]]) for z in signal[1:]]
    params = {f"b{layer}": np.zeros(1) for layer in w} | {f"W{layer}": np.array([[w[layer]]]) for layer in reversed(w)}
    grads: Arrays = {}
    delta = -0.25
    for layer in reversed(w):
        grads |= {f"W{layer}": np.array([[delta * signal[layer - 1]]]), f"b{layer}": np.array([delta])}
        delta *= w[layer] / (signal[layer - 1] if slope == "1/z" else 1.0)
    cache = {"A": [np.ones((1, 1)), *Z[:-1], np.array([[0.75]])], "Z": Z}
    return Case(np.array([[1.0]]), cache, params, grads)


def softmax_regression() -> Case:
    """One layer under three classes: two examples, p = (0.5, 0.3, 0.2) for both."""
    p = np.array([[0.5, 0.3, 0.2]] * 2)
    return Case(
        y=np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        cache={"A": [np.array([[2.0], [4.0]]), p], "Z": [np.log(p)]},
        params={"W1": np.zeros((3, 1)), "b1": np.zeros(3)},
        grads={"W1": np.array([[0.5], [0.9], [-1.4]]), "b1": np.array([0.0, 0.3, -0.3])},
    )


def ten_layers() -> Arrays:
    """Parameters of ten layers of one unit, weights 1 and biases 1 to 10; the keys stand as b9, ..., b10, b1, W9."""
    layers = range(1, 11)
    params = {f"b{k}": np.array([float(k)]) for k in layers} | {f"W{k}": np.array([[1.0]]) for k in layers}
    return {key: params[key] for key in sorted(params, reverse=True)}


def three_classes() -> Case:
    """The hidden layer of `two_examples` under three classes."""
    below = two_examples()
    p = np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    return Case(
        y=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
        cache={"A": [*below.cache["A"][:2], p], "Z": [below.cache["Z"][0], np.log(p)]},
        params=below.params | {"W2": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), "b2": np.zeros(3)},
        grads={
            "W2": np.array([[-0.09, -0.12], [-0.15, -0.2], [0.24, 0.32]]),
            "b2": np.array([-0.15, -0.25, 0.4]),
            "W1": np.array([[-0.096, -0.192], [0.09, 0.18]]),
            "b1": np.array([0.16, 0.054]),
        },
    )


def three_layers() -> Case:
    """Three layers of one unit with A = Z + 2 inside, to be given the slope 1/z at z."""
    return Case(
        y=np.array([[1.0]]),
        cache={
            "A": [np.array([[a]]) for a in (1.0, 3.0, 4.0, 0.75)],
            "Z": [np.array([[z]]) for z in (1.0, 2.0, 5.0)],
        },
        params={f"W{k}": np.ones((1, 1)) for k in (1, 2, 3)} | {f"b{k}": np.zeros(1) for k in (1, 2, 3)},
        grads={
            "W3": np.array([[-1.0]]),
            "b3": np.array([-0.25]),
            "W2": np.array([[-0.375]]),
            "b2": np.array([-0.125]),
            "W1": np.array([[-0.125]]),
            "b1": np.array([-0.125]),
        },
    )


@dataclass(frozen=True)
class Fitting:
    """What `fit` is given before the activation, and what a training gives, by hand."""

    X: FloatArray
    y: FloatArray
    params: Arrays
    rate: float
    losses: list[float]
    after: Arrays  # the parameters after `steps` steps
    steps: int = 1

    def args(self, epochs: int) -> tuple[FloatArray, FloatArray, Arrays, float, int]:
        """The first five arguments of `fit`."""
        return self.X, self.y, self.params, self.rate, epochs


def one_unit() -> Fitting:
    """One unit at 0 with x = 2 and y = 1: a step of rate 2 leads to w = 2, b = 1, and z = 5."""
    return Fitting(
        X=np.array([[2.0]]),
        y=np.array([[1.0]]),
        params={"W1": np.zeros((1, 1)), "b1": np.zeros(1)},
        rate=2.0,
        losses=[np.log(2.0), np.log1p(np.exp(-5.0))],
        after={"W1": np.array([[2.0]]), "b1": np.array([1.0])},
    )


def two_outputs() -> Fitting:
    """Two examples and two outputs: a step of rate 2 leads to w = 1 and to w = -1."""
    return Fitting(
        X=np.array([[1.0], [-1.0]]),
        y=np.array([[1.0, 0.0], [0.0, 1.0]]),
        params={"W1": np.zeros((2, 1)), "b1": np.zeros(2)},
        rate=2.0,
        losses=[2 * np.log(2.0), 2 * np.log1p(np.exp(-1.0))],
        after={"W1": np.array([[1.0], [-1.0]]), "b1": np.zeros(2)},
    )


def three_doubling_layers() -> Fitting:
    """Three layers, f(z) = 2z inside. A step of rate 1/4 leads to W1 = b1 = 1/2, b2 = 1/4, b3 = 1/8, and z = 37/8."""
    params = {"W1": np.zeros((1, 1)), "W2": np.ones((1, 1)), "W3": np.ones((1, 1))}
    return Fitting(
        X=np.array([[1.0]]),
        y=np.array([[1.0]]),
        params=params | {f"b{k}": np.zeros(1) for k in (1, 2, 3)},
        rate=0.25,
        losses=[np.log(2.0), np.log1p(np.exp(-37 / 8))],
        after={
            "W1": np.full((1, 1), 0.5),
            "b1": np.full(1, 0.5),
            "W2": np.ones((1, 1)),
            "b2": np.full(1, 0.25),
            "W3": np.ones((1, 1)),
            "b3": np.full(1, 0.125),
        },
    )


def rising_loss() -> Fitting:
    """A rate so large that the loss rises twice. Two examples with x = 1, one of each class, and p = 3/4 for both.

    The first step leads from z = ln 3 to -2 ln 3, where p = 1/10, and the second one to 2.8 ln 3. Any step leads
    from z to z - 6 ln 3 (2p - 1), one half of it by w and one half by b. Then the loss falls and rises by turns.
    """
    first, z = float(np.log(3.0)), [float(np.log(3.0))]
    for _ in range(5):
        z.append(z[-1] - 6 * first * float(np.tanh(z[-1] / 2)))  # 2p - 1
    return Fitting(
        X=np.ones((2, 1)),
        y=np.array([[1.0], [0.0]]),
        params={"W1": np.full((1, 1), first), "b1": np.zeros(1)},
        rate=6 * first,
        losses=[float(np.log1p(np.exp(-abs(at))) + abs(at) / 2) for at in z[:4]],
        after={"W1": np.full((1, 1), (z[5] + first) / 2), "b1": np.full(1, (z[5] - first) / 2)},
        steps=5,
    )


@dataclass(frozen=True)
class Claim:
    """Gradients that somebody claims for a loss, and the report that `gradient_check` should give."""

    loss: Callable[[Arrays], float]
    params: Arrays
    grads: Arrays
    report: dict[str, float]
    eps: float = 1e-5

    @property
    def args(self) -> tuple[Callable[[Arrays], float], Arrays, Arrays, float]:
        """The arguments of `gradient_check`."""
        return self.loss, self.params, self.grads, self.eps


def squares(p: Arrays) -> float:
    """The sum of all squares: its gradient is twice the parameters."""
    return float(sum(np.sum(block**2) for block in p.values()))


def cubes(p: Arrays) -> float:
    """The sum of all cubes: its gradient is 3 at 1, and its central difference there is 3 + eps**2."""
    return float(sum(np.sum(block**3) for block in p.values()))


def claims() -> dict[str, Claim]:
    """By title. In the first the weights are doubled; in the last two a single entry is three times too large."""
    column = {"W1": np.ones((2, 1)), "b1": np.ones(1)}
    deep = {f"W{layer}": np.ones((1, 2)) for layer in range(1, 12)}
    wide = {"W1": np.ones((4, 6)), "b1": np.ones(1)}
    one_wrong = {key: 2 * block for key, block in wide.items()}
    one_wrong["W1"][2, 1] = 6.0
    return {
        "a column": Claim(
            cubes, column, {"W1": np.array([[3.0], [6.0]]), "b1": np.array([3.0])}, {"W1": 0.5, "b1": 0.0}
        ),
        "eps = 0.1": Claim(
            cubes,
            column,
            {"W1": np.full((2, 1), 3.0), "b1": np.array([3.0])},
            {"W1": 0.01 / 3.01, "b1": 0.01 / 3.01},
            0.1,
        ),
        "eleven layers": Claim(
            squares,
            deep,
            {key: 2 * block for key, block in deep.items()} | {"W10": np.array([[6.0, 2.0]])},
            dict.fromkeys(deep, 0.0) | {"W10": 2 / 3},
        ),
        "one wrong entry of 24": Claim(squares, wide, one_wrong, {"W1": 2 / 3, "b1": 0.0}),
    }
