"""Experiments of the notebook on regularization: over-fitting, what helps against it, capacity, and double descent.

Every function is pure and gives a frozen record of arrays; `nbcore.plots.regularization` draws them. Whatever trains a
network or keeps it from over-fitting is the student's, or comes from an earlier notebook, and is handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nbcore import data
from nbcore.experiments._student import experiment
from nbcore.experiments._threads import one_thread

# scikit-learn takes seconds to load, so functions import it when they are called.

FloatArray = npt.NDArray[np.float64]
Function = Callable[..., Any]
Params = dict[str, FloatArray]

SIZES = (2, 32, 32, 1)
EPOCHS = 500
LEARNING_RATE = 0.01
NOISE = 0.35
ALONE = 4
"""Test rows that arrive together where batch normalization is left in training mode."""
SMALL = 0.01
"""A weight is called small below this."""

WHY = {
    "rise": "the network makes a few more mistakes, and above all it becomes sure of them: a sure mistake has a large "
    "loss",
    "helps": "L2 keeps the weights small, and so the network less sure: see the norms. Its lead over AdamW may be "
    "chance",
    "strength": "a weak penalty leaves the noise in, a strong one takes the pattern out as well: the training loss, "
    "which grows throughout, is then high too",
    "switch": "half of the units are missing, different ones for each row",
    "noise": "Adam divides the penalty by the size of the gradients, noise included: the weights shrink too fast where "
    "it is small, and hardly where it is large",
    "more features": "with more features there are more exact fits, and the smallest norm among them is smaller. But "
    "here the error ends above that of the best small model, and the ridge beats both: more features repair what the "
    "exact fit has broken at N = 40, no more",
}
"""Why the answers to the notebook's questions are what they are."""

_ORDER = "Does the loop ask watch before the step, and is relu_prime(Z) in the backward pass?"
_LOOP_ADVICE: dict[tuple[str, ...], str] = {
    ("L2",): "Is the gradient of the penalty added before the step?",
    ("dropout",): "Is the validation loss taken without dropout, and does the backward pass use the same mask?",
    ("early stopping",): "Does the loop end as soon as watch.update says True?",
}


def _loop_advice(wrong: Sequence[str]) -> str:
    """Where to look in a loop of one's own, by what differs from `loop_weights`; "" if that says nothing."""
    if "no remedy" in wrong:
        return _ORDER
    return _LOOP_ADVICE.get(tuple(name for name in wrong if name != "one step"), "")


LOOP: dict[str, Any] = {"against": "nbcore", "advice": _loop_advice}
"""How `check.derivation` speaks of a loop that is compared with `loop_weights`."""


@dataclass(frozen=True)
class Tools:
    """What the earlier notebooks give for training a network with one sigmoid output and cross-entropy."""

    init_params: Function
    mlp_forward: Function
    mlp_backward: Function
    relu: Function
    relu_prime: Function
    sigmoid: Function
    bce_with_logits: Function
    Adam: Function


@dataclass(frozen=True)
class Task:
    """Two moons in three parts; the labels are columns."""

    X_train: FloatArray  # (n_train, 2)
    y_train: FloatArray  # (n_train, 1)
    X_val: FloatArray  # (n_val, 2)
    y_val: FloatArray  # (n_val, 1)
    X_test: FloatArray  # (n_test, 2)
    y_test: FloatArray  # (n_test, 1)


@experiment
def moons_task(train_val_split: Function, seed: int, *, n_train: int = 60, n_val: int = 60) -> Task:
    """Moons with noise 0.35, dealt to training and validation by `train_val_split`; the 2000 test rows never change."""
    return _moons(train_val_split, seed, n_train, n_val)


@experiment
def moons_tasks(train_val_split: Function, n_tasks: int) -> list[Task]:
    """The tasks of the seeds 0 to `n_tasks - 1`."""
    return [_moons(train_val_split, seed) for seed in range(n_tasks)]


def _moons(train_val_split: Function, seed: int, n_train: int = 60, n_val: int = 60) -> Task:
    X, y = data.moons(n_train + n_val, noise=NOISE, rng=seed)
    X_test, y_test = data.moons(2000, noise=NOISE, rng=12345)
    parts = train_val_split(X, y[:, None], n_val / (n_train + n_val), np.random.default_rng(seed))
    X_train, y_train, X_val, y_val = (np.asarray(part, dtype=np.float64) for part in parts)
    return Task(X_train, y_train, X_val, y_val, X_test, y_test[:, None].astype(np.float64))


# Training ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dropout:
    """The student's dropout, applied after every hidden layer with probability `p` to drop."""

    forward: Function
    backward: Function
    p: float


@dataclass(frozen=True)
class Method:
    """One way to train.

    Args:
        penalty: called as `penalty(grads, params)` before each step; adds to `grads` in place.
        dropout: after each hidden layer, in training only.
        optimizer: makes the optimizer; Adam with learning rate 0.01 unless given.
        after: called as `after(params)` after each step; changes `params` in place.
    """

    penalty: Function | None = None
    dropout: Dropout | None = None
    optimizer: Function | None = None
    after: Function | None = None


@dataclass(frozen=True)
class Score:
    """Loss (cross-entropy) and accuracy on the three parts of a task."""

    train_loss: float
    val_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float


@dataclass(frozen=True)
class Run:
    """One trained network."""

    score: Score
    params: Params
    epochs: FloatArray  # the epochs that were recorded
    losses: FloatArray  # (3, n_recorded): training, validation, test
    accuracy: FloatArray  # (n_recorded,): on the test rows
    last_epoch: int
    outputs: FloatArray  # (n_test,): probabilities on the test rows
    snapshots: tuple[Params, ...] = ()  # copies of the parameters at these epochs, if asked for

    @property
    def weights(self) -> FloatArray:
        """All weights in one array, without biases."""
        return np.concatenate([W.ravel() for key, W in self.params.items() if key.startswith("W")])


def train(
    tools: Tools,
    task: Task,
    method: Method | None = None,
    *,
    sizes: Sequence[int] = SIZES,
    epochs: int = EPOCHS,
    seed: int = 0,
    record: Sequence[int] = (),
    snapshots: bool = False,
    stopper: Any = None,
) -> Run:
    """Trains a ReLU network on all training rows at once, from He weights.

    The losses are recorded at the epochs of `record`, without dropout; `snapshots` keeps the parameters of these epochs
    too. `stopper.update` hears the validation loss
    before every step and ends the training when it says so; the score is then that of `stopper.best_params`.
    """
    method = method or Method()
    params: Params = tools.init_params(list(sizes), "he", np.random.default_rng([seed, 1]))
    optimizer = tools.Adam(lr=LEARNING_RATE) if method.optimizer is None else method.optimizer()
    hidden, hidden_prime = _hidden(tools, method.dropout, np.random.default_rng([seed, 2]))
    wanted, losses, kept, epoch = set(record), [], [], 0
    for epoch in range(epochs + 1):
        if epoch in wanted:
            score_now = score(tools, task, params)
            losses.append((score_now.train_loss, score_now.val_loss, score_now.test_loss, score_now.test_accuracy))
            if snapshots:
                kept.append({key: value.copy() for key, value in params.items()})
        if stopper is not None and stopper.update(_loss(tools, task.X_val, task.y_val, params), params):
            break
        if epoch == epochs:
            break
        _, cache = tools.mlp_forward(task.X_train, params, hidden, tools.sigmoid)
        grads = tools.mlp_backward(task.y_train, cache, params, hidden_prime)
        if method.penalty is not None:
            method.penalty(grads, params)
        optimizer.step(params, grads)
        if method.after is not None:
            method.after(params)
    best = params if stopper is None else stopper.best_params
    recorded = np.array(losses, dtype=np.float64).reshape(-1, 4).T
    return Run(
        score=score(tools, task, best),
        params=best,
        epochs=np.array([e for e in sorted(wanted) if e <= epoch], dtype=np.float64),
        losses=recorded[:3],
        accuracy=recorded[3],
        last_epoch=epoch,
        outputs=np.ravel(tools.sigmoid(logits(tools, task.X_test, best))),
        snapshots=tuple(kept),
    )


def _hidden(tools: Tools, dropout: Dropout | None, rng: np.random.Generator) -> tuple[Function, Function]:
    """Activation of the hidden layers and its derivative, with dropout if there is one.

    The masks lie on a stack: the pass back meets the layers in the opposite order.
    """
    if dropout is None:
        return tools.relu, tools.relu_prime
    masks: list[FloatArray] = []

    def hidden(z: FloatArray) -> FloatArray:
        out, mask = dropout.forward(tools.relu(z), dropout.p, rng, True)
        masks.append(mask)
        return out

    def hidden_prime(z: FloatArray) -> FloatArray:
        return dropout.backward(tools.relu_prime(z), masks.pop())

    return hidden, hidden_prime


def _same(z: FloatArray) -> FloatArray:
    return z


def logits(tools: Tools, X: FloatArray, params: Params) -> FloatArray:
    """`(m, 1)` logits of the network, without dropout."""
    z, _ = tools.mlp_forward(X, params, tools.relu, _same)
    return np.asarray(z, dtype=np.float64)


def _loss(tools: Tools, X: FloatArray, y: FloatArray, params: Params) -> float:
    return float(tools.bce_with_logits(y, logits(tools, X, params)))


def score(tools: Tools, task: Task, params: Params) -> Score:
    """Losses and accuracies of a network on a task."""
    parts = ((task.X_train, task.y_train), (task.X_val, task.y_val), (task.X_test, task.y_test))
    outputs = [logits(tools, X, params) for X, _ in parts]
    loss = [float(tools.bce_with_logits(y, z)) for (_, y), z in zip(parts, outputs, strict=True)]
    right = [float(np.mean((z >= 0) == (y > 0.5))) for (_, y), z in zip(parts, outputs, strict=True)]
    return Score(loss[0], loss[1], loss[2], right[0], right[2])


# Over-fitting and what helps -----------------------------------------------------------------------------------------


def l1_grads(grads: Params, params: Params, lam: float) -> None:
    """Adds the subgradient of `lam * sum |w|`, weights only, to `grads` in place; 0 where a weight is 0."""
    for key, W in params.items():
        if key.startswith("W"):
            grads[key] += lam * np.sign(W)


def shrink(params: Params, amount: float) -> None:
    """Soft threshold, in place: each weight moves `amount` towards 0 and stays there if it arrives.

    The proximal step of `amount * |w|` (Daubechies, Defrise and De Mol 2004), which makes exact zeros.
    """
    for key, W in params.items():
        if key.startswith("W"):
            W[...] = np.sign(W) * np.maximum(np.abs(W) - amount, 0.0)


@dataclass(frozen=True)
class Comparison:
    """Several ways of training on the same tasks; a row is a method, a column a seed."""

    names: tuple[str, ...]
    train_loss: FloatArray  # (n_methods, n_seeds)
    val_loss: FloatArray  # (n_methods, n_seeds)
    test_loss: FloatArray  # (n_methods, n_seeds)
    accuracy: FloatArray  # (n_methods, n_seeds): on the test rows
    norm: FloatArray  # (n_methods, n_seeds): root of the sum of the squared weights
    small: FloatArray  # (n_methods, n_seeds): share of the weights below SMALL in size
    zero: FloatArray  # (n_methods, n_seeds): share of the weights that are exactly 0
    last_epoch: FloatArray  # (n_methods, n_seeds)
    outputs: FloatArray  # (n_methods, n_seeds, n_test): probabilities on the test rows

    def row(self, name: str) -> int:
        """Which row a method has."""
        return self.names.index(name)

    def mean(self, of: str) -> dict[str, float]:
        """Method -> the mean of one of the arrays over the networks."""
        return dict(zip(self.names, getattr(self, of).mean(axis=1).tolist(), strict=True))

    def lowest(self) -> str:
        """The method with the lowest mean loss in validation: a choice that leaves the test rows alone."""
        return self.names[self.val_loss.mean(axis=1).argmin()]

    def winner(self) -> str:
        """The method with the lowest mean test loss, without its strength."""
        best = self.by_loss().names[0]
        name, _, strength = best.rpartition(" ")
        return name if strength.replace(".", "").isdigit() else best

    def moves(self) -> str:
        """Where the mean test loss goes from the first row to the last one: "falls", "grows", "falls, then grows"."""
        low = self.test_loss.mean(axis=1).argmin()
        return "grows" if low == 0 else "falls" if low == len(self.names) - 1 else "falls, then grows"

    def by_loss(self) -> "Comparison":
        """The same rows, the lowest mean test loss first."""
        return self.only(*(self.names[i] for i in self.test_loss.mean(axis=1).argsort()))

    def table(self, against: str | None = None) -> str:
        """A line a method: means and standard deviations over the networks.

        against: a method; the last column is then the test loss minus that of it, in pairs.
        """
        head = (
            f"mean ± standard deviation of {self.test_loss.shape[1]} networks; "
            "norm: root of the sum of all squared weights"
        )
        last = ""
        if against is not None:
            head += ";\ntest loss minus that of the method named last: mean of the pairs ± standard error"
            last = f"  {'- ' + against:>13}"
        lines = [head, f"{'':<21} training  validation    test loss  test accuracy    norm{last}"]
        for i, name in enumerate(self.names):
            loss, accuracy = self.test_loss[i], self.accuracy[i]
            more = ""
            if against not in (None, name):
                mean, error = paired(loss - self.test_loss[self.row(str(against))])
                more = f"  {mean:+.3f} ± {error:.3f}"
            lines.append(
                f"{name:<21} {self.train_loss[i].mean():8.3f}  {self.val_loss[i].mean():10.2f}"
                f"  {loss.mean():.2f} ± {loss.std(ddof=1):.2f}"
                f"  {accuracy.mean():.3f} ± {accuracy.std(ddof=1):.3f}  {self.norm[i].mean():6.1f}{more}"
            )
        return "\n".join(lines)

    def sparsity(self) -> str:
        """A line a method: the share of small weights, and of those that are exactly 0."""
        return "\n".join(
            f"{name:<20} {small:.0%} of the weights below {SMALL:g}, {zero:.0%} exactly 0"
            for name, small, zero in zip(self.names, self.small.mean(axis=1), self.zero.mean(axis=1), strict=True)
        )

    def parts(self, y: FloatArray) -> str:
        """A line a method: the squared error of the probabilities is that of their mean, plus their variance.

        y: labels of the test rows, which are the same for all networks. The mean is that over all data sets, as
        `error_parts` estimates it from these.
        """
        lines = ["squared error of the probabilities = that of the mean network + variance of the networks"]
        for name, P in zip(self.names, self.outputs, strict=True):
            first, variance, total = error_parts(P, np.ravel(y))
            lines.append(f"{name:<21} {total:.3f} = {first:.3f} + {variance:.3f}")
        return "\n".join(lines)

    def __or__(self, other: "Comparison") -> "Comparison":
        """The rows of both."""
        arrays = {
            name: np.vstack([getattr(self, name), getattr(other, name)])
            for name in self.__dataclass_fields__
            if name != "names"
        }
        return Comparison(names=self.names + other.names, **arrays)

    def only(self, *names: str) -> "Comparison":
        """The rows of these methods, in this order."""
        rows = [self.row(name) for name in names]
        arrays = {name: getattr(self, name)[rows] for name in self.__dataclass_fields__ if name != "names"}
        return Comparison(names=names, **arrays)

    @classmethod
    def of(cls, runs: Mapping[str, Sequence[Run]]) -> "Comparison":
        """That of `{method: its runs}`."""

        def table(number: Callable[[Run], float]) -> FloatArray:
            return np.array([[number(run) for run in row] for row in runs.values()], dtype=np.float64)

        return cls(
            names=tuple(runs),
            train_loss=table(lambda run: run.score.train_loss),
            val_loss=table(lambda run: run.score.val_loss),
            test_loss=table(lambda run: run.score.test_loss),
            accuracy=table(lambda run: run.score.test_accuracy),
            norm=table(lambda run: float(np.linalg.norm(run.weights))),
            small=table(lambda run: float(np.mean(np.abs(run.weights) < SMALL))),
            zero=table(lambda run: float(np.mean(run.weights == 0))),
            last_epoch=table(lambda run: run.last_epoch),
            outputs=np.array([[run.outputs for run in row] for row in runs.values()]),
        )


@dataclass(frozen=True)
class Overfitting:
    """Loss curves of networks trained without any regularization, one network a seed."""

    epochs: FloatArray  # (n_recorded,)
    losses: FloatArray  # (3, n_seeds, n_recorded): training, validation, test
    accuracy: FloatArray  # (n_seeds, n_recorded): on the test rows
    train_accuracy: FloatArray  # (n_seeds,): at the end
    end: "Comparison"  # one row, "none"

    @property
    def best(self) -> FloatArray:
        """`(n_seeds,)`: the recorded epoch with the lowest validation loss."""
        return self.epochs[self.losses[1].argmin(axis=1)]

    @property
    def rise(self) -> float:
        """How many times as high as at its lowest the validation loss ends; means over the networks."""
        return float(self.losses[1, :, -1].mean() / self.losses[1].min(axis=1).mean())

    def table(self) -> str:
        """Losses and accuracies at the end, and where the validation loss was lowest."""
        train, val, test = self.losses[:, :, -1].mean(axis=1)
        seeds, at = np.arange(len(self.accuracy)), self.losses[1].argmin(axis=1)
        by_test = self.epochs[self.losses[2].argmin(axis=1)]
        return (
            f"epoch {self.epochs[-1]:.0f}: loss {train:.3f} in training, {val:.2f} in validation, {test:.2f} in the "
            f"test;\n  accuracy {self.train_accuracy.mean():.3f} in training, {self.accuracy[:, -1].mean():.3f} in the "
            f"test\nlowest validation loss {self.losses[1].min(axis=1).mean():.2f} (mean), at epoch "
            f"{np.median(self.best):.0f} (median); at the end {self.rise:.1f} times as high\n"
            f"  there: loss {self.losses[2, seeds, at].mean():.2f}, accuracy {self.accuracy[seeds, at].mean():.3f} in "
            f"the test\nbest epochs: {self.best.min():.0f} to {self.best.max():.0f} by the validation rows, "
            f"{by_test.min():.0f} to {by_test.max():.0f} by the test rows"
        )


@experiment
@one_thread()
def overfitting(tools: Tools, tasks: Sequence[Task], *, epochs: int = EPOCHS) -> Overfitting:
    """Trains one network per task and records its losses, often at first and seldom later."""
    record = [*range(0, 40, 2), *range(40, epochs + 1, 20)]
    runs = [train(tools, task, seed=i, epochs=epochs, record=record) for i, task in enumerate(tasks)]
    return Overfitting(
        epochs=runs[0].epochs,
        losses=np.array([run.losses for run in runs]).transpose(1, 0, 2),
        accuracy=np.array([run.accuracy for run in runs]),
        train_accuracy=np.array([run.score.train_accuracy for run in runs]),
        end=Comparison.of({"none": runs}),
    )


@experiment
@one_thread()
def compare(
    tools: Tools,
    tasks: Sequence[Task],
    methods: Mapping[str, Method],
    *,
    stopper: Function | None = None,
    sizes: Sequence[int] = SIZES,
    epochs: int = EPOCHS,
) -> Comparison:
    """Trains one network per method and task; the networks of a task start from the same weights.

    stopper: makes a fresh object for early stopping, for every run.
    """
    return Comparison.of(
        {
            name: [
                train(
                    tools,
                    task,
                    method,
                    sizes=sizes,
                    epochs=epochs,
                    seed=seed,
                    stopper=None if stopper is None else stopper(),
                )
                for seed, task in enumerate(tasks)
            ]
            for name, method in methods.items()
        }
    )


def paired(difference: npt.ArrayLike) -> tuple[float, float]:
    """Mean of paired differences, and its standard error."""
    numbers = np.asarray(difference, dtype=np.float64)
    return float(numbers.mean()), float(numbers.std(ddof=1) / np.sqrt(numbers.size))


def stopping_table(baseline: Overfitting, early: Comparison, patience: int) -> str:
    """The best epochs of early stopping, and its mistakes beside those of the same networks without it, in pairs."""
    best = early.last_epoch[0] - patience
    errors = 100 * (1 - baseline.end.accuracy[0])
    fewer, error = paired(errors - 100 * (1 - early.accuracy[0]))
    return (
        f"best epoch: {np.median(best):.0f} (median), from {best.min():.0f} to {best.max():.0f}\n"
        f"test loss {early.test_loss.mean():.2f}, without stopping {baseline.end.test_loss.mean():.2f}\n"
        f"mistakes in the test: {errors.mean():.1f} % without stopping, {errors.mean() - fewer:.1f} % with it; "
        f"{fewer:.1f} ± {error:.1f} points fewer\n  (mean of the paired differences and its standard error)\n"
        f"epochs trained: {early.last_epoch.mean():.0f} of {baseline.epochs[-1]:.0f}"
    )


def loop_weights(
    tools: Tools, tasks: Sequence[Task], add_l2_grads: Function, dropout: Dropout, EarlyStopping: Function
) -> dict[str, FloatArray]:
    """Remedy -> `W1` of a network with one hidden layer, by `train`: what a loop of one's own should give.

    `train` asks the stopper once more than it makes steps, so 19 steps are 20 rounds of a loop that asks first. Early
    stopping has task 2, where the first valley of the validation loss is not the lowest: a loop that goes on is seen.
    """

    def first_weights(
        method: Method | None = None, *, seed: int = 0, epochs: int = 19, patience: int = 300
    ) -> FloatArray:
        stopper, shape = EarlyStopping(patience), (2, 32, 1)
        run = train(tools, tasks[seed], method, sizes=shape, epochs=epochs, seed=seed, stopper=stopper)
        return run.params["W1"]

    def penalty(grads: Params, params: Params) -> None:
        add_l2_grads(grads, params, 0.1)

    return {
        "no remedy": first_weights(),
        "L2": first_weights(Method(penalty)),
        "dropout": first_weights(Method(dropout=dropout)),
        "early stopping": first_weights(seed=2, epochs=299, patience=1),
        "one step": first_weights(Method(penalty, dropout), epochs=1),
    }


@dataclass(frozen=True)
class Switch:
    """Test rows through networks that were trained with dropout, with the switch set right and left on."""

    off: FloatArray  # (n_tasks, 2): test loss and accuracy in evaluation mode
    on: FloatArray  # (n_tasks, 2): the same, one draw of the masks

    @property
    def worse(self) -> tuple[float, float]:
        """Points of accuracy that the forgotten switch costs: mean of the paired differences, standard error."""
        return paired(100 * (self.off - self.on)[:, 1])

    def table(self) -> str:
        """Loss and accuracy of both modes, and their paired differences."""
        (loss, accuracy), (loss_on, accuracy_on) = self.off.mean(axis=0), self.on.mean(axis=0)
        (more, error), (worse, of_worse) = paired((self.on - self.off)[:, 0]), self.worse
        return (
            f"test loss {loss:.2f} in evaluation mode, {loss_on:.2f} with dropout left on: {more:+.2f} ± {error:.2f}\n"
            f"accuracy {accuracy:.3f} and {accuracy_on:.3f}: {worse:.1f} ± {of_worse:.1f} points fewer\n"
            f"(means of {len(self.off)} paired differences ± standard error)"
        )


@experiment
@one_thread()
def forgotten_switch(
    predict: Function, loss: Function, networks: Sequence[Params], tasks: Sequence[Task], p: float
) -> Switch:
    """Evaluates each network with dropout off, as it should be, and left on; `predict(params, X, p, rng, training)`."""
    rows: list[list[tuple[float, float]]] = [[], []]
    for seed, (params, task) in enumerate(zip(networks, tasks, strict=True)):
        for training, found in zip((False, True), rows, strict=True):
            z = predict(params, task.X_test, p, np.random.default_rng([seed, 3]), training)
            right = float(np.mean((z >= 0) == (task.y_test > 0.5)))
            found.append((float(loss(task.y_test, z)), right))
    return Switch(*map(np.array, rows))


@dataclass(frozen=True)
class Grid:
    """Networks for every pair of a penalty and a dropout probability, with their way through the training."""

    tools: Tools
    task: Task
    strengths: tuple[float, ...]
    probabilities: tuple[float, ...]
    epochs: FloatArray  # (n_recorded,)
    losses: FloatArray  # (n_strengths, n_probabilities, 3, n_recorded): training, validation, test
    snapshots: tuple[tuple[tuple[Params, ...], ...], ...]  # parameters, [strength][probability][epoch]


@experiment
@one_thread()
def grid(
    tools: Tools,
    task: Task,
    add_l2_grads: Function,
    dropout_forward: Function,
    dropout_backward: Function,
    *,
    strengths: Sequence[float] = (0.0, 0.003, 0.01, 0.03),
    probabilities: Sequence[float] = (0.0, 0.2, 0.4, 0.6),
    epochs: int = EPOCHS,
    every: int = 20,
) -> Grid:
    """Trains one network for each pair and keeps it at every `every`-th epoch, for a picture that moves at once."""

    def run(lam: float, p: float) -> Run:
        method = Method(
            penalty=(lambda grads, params: add_l2_grads(grads, params, lam)) if lam else None,
            dropout=Dropout(dropout_forward, dropout_backward, p) if p else None,
        )
        return train(tools, task, method, epochs=epochs, record=range(0, epochs + 1, every), snapshots=True)

    runs = [[run(lam, p) for p in probabilities] for lam in strengths]
    return Grid(
        tools=tools,
        task=task,
        strengths=tuple(strengths),
        probabilities=tuple(probabilities),
        epochs=runs[0][0].epochs,
        losses=np.array([[run.losses for run in row] for row in runs]),
        snapshots=tuple(tuple(run.snapshots for run in row) for row in runs),
    )


# Weight decay under Adam ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decay:
    """What is left of weights of size 1 whose loss gradient is noise, by the size of that noise."""

    scales: FloatArray  # (n_scales,): standard deviation of the gradient
    names: tuple[str, ...]
    left: FloatArray  # (n_names, n_scales): mean weight after the last step
    pure: float  # (1 - learning rate * strength) ** n_steps: decay and nothing else

    def table(self) -> str:
        """What each optimizer leaves, at the smallest and at the largest noise."""
        lines = [
            f"{name:<13} leaves {left[0]:.2f} at noise {self.scales[0]:g}, {left[-1]:.2f} at noise {self.scales[-1]:g}"
            for name, left in zip(self.names, self.left, strict=True)
        ]
        return "\n".join([f"decay alone leaves {self.pure:.2f}", *lines])


@experiment
def decay(
    optimizers: Mapping[str, tuple[Function, Function | None]],
    *,
    learning_rate: float = 0.01,
    strength: float = 0.2,
    n_steps: int = 300,
    n_weights: int = 400,
) -> Decay:
    """Weights start at 1; each step brings them an independent normal gradient of mean 0, and the decay.

    A penalty should pull a weight to 0 at a pace that depends on the weight alone, since the noise averages out.

    Args:
        optimizers: `{name: (make, penalty)}`; `make()` gives an optimizer, `penalty(grads, params)` adds to the
            gradients before each step, or is None.
    """
    scales = np.logspace(-2, 1, 7)
    left = np.empty((len(optimizers), scales.size))
    for row, (make, penalty) in zip(left, optimizers.values(), strict=True):
        for i, scale in enumerate(scales):
            rng = np.random.default_rng(i)
            params, optimizer = {"W1": np.ones((1, n_weights))}, make()
            for _ in range(n_steps):
                grads = {"W1": scale * rng.normal(size=(1, n_weights))}
                if penalty is not None:
                    penalty(grads, params)
                optimizer.step(params, grads)
            row[i] = params["W1"].mean()
    return Decay(scales, tuple(optimizers), left, (1 - learning_rate * strength) ** n_steps)


def mask_moments(x: float, p: float) -> dict[str, float]:
    """Moments of `mask * x` over the two values that it takes, weighted by their probabilities."""
    values, chances = np.array([0.0, x / (1 - p)]), np.array([p, 1 - p])
    mean = float(np.average(values, weights=chances))
    return {
        "1. mean": mean,
        "2. mean of the square": float(np.average(values**2, weights=chances)),
        "3. variance": float(np.average((values - mean) ** 2, weights=chances)),
    }


def one_decay(
    SGD: Function,
    Adam: Function,
    AdamW: Function,
    add_l2_grads: Function,
    *,
    w: float = 2.0,
    lr: float = 0.1,
    lam: float = 0.3,
) -> dict[str, float]:
    """What one step without a loss gradient leaves of the weight `w`, by optimizer; Adam without its eps."""
    left = {}
    for name, optimizer, penalised in (
        ("1. SGD with L2", SGD(lr=lr), True),
        ("2. Adam with L2", Adam(lr=lr, eps=0.0), True),
        ("3. AdamW", AdamW(lr=lr, weight_decay=lam), False),
    ):
        params, grads = {"W1": np.array([w])}, {"W1": np.zeros(1)}
        if penalised:
            add_l2_grads(grads, params, lam)
        optimizer.step(params, grads)
        left[name] = float(params["W1"][0])
    return left


# Batch normalization -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layers:
    """Both passes of a linear layer and of batch normalization, and the gradient of the loss behind them."""

    linear_forward: Function
    linear_backward: Function
    batchnorm_forward: Function
    batchnorm_backward: Function
    loss_grad: Function


@dataclass(frozen=True)
class Normalized:
    """Networks with batch normalization beside the same ones without it; axes: batch size, without or with, task."""

    batch_sizes: tuple[int, ...]
    train: FloatArray  # (n_sizes, 2, n_tasks): training loss
    test: FloatArray  # (n_sizes, 2, n_tasks): test loss
    left_on: FloatArray  # (n_sizes, 2, n_tasks): test loss in training mode, in batches of `ALONE` rows

    def added(self, losses: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What normalization adds to the losses: mean of the paired differences, and its standard error; by size."""
        mean, error = np.transpose([paired(difference) for difference in losses[:, 1] - losses[:, 0]])
        return mean, error

    def apart(self, losses: FloatArray) -> tuple[float, float]:
        """What it adds with the last batch size minus that with the first: mean of the pairs, standard error."""
        added = losses[:, 1] - losses[:, 0]
        return paired(added[-1] - added[0])

    def table(self) -> str:
        """A line a batch size and part: the mean losses, and the paired difference with its standard error."""
        lines = []
        for part, losses in (("training", self.train), ("test", self.test)):
            for size, (plain, normalized), mean, error in zip(
                self.batch_sizes, losses.mean(axis=2), *self.added(losses), strict=True
            ):
                lines.append(
                    f"batches of {size:2}, {part:>8} loss: {plain:.2f} without, {normalized:.2f} with normalization; "
                    f"difference {mean:+.2f} ± {error:.2f}"
                )
            more, error = self.apart(losses)
            lines.append(
                f"  difference with batches of {self.batch_sizes[-1]} minus that with {self.batch_sizes[0]}: "
                f"{more:+.2f} ± {error:.2f}"
            )
        for size, right, wrong in zip(self.batch_sizes, self.test[:, 1], self.left_on[:, 1], strict=True):
            more, error = paired(wrong - right)
            lines.append(
                f"batches of {size:2}, left in training mode, test rows by {ALONE}: {wrong.mean():.2f}; "
                f"difference {more:+.2f} ± {error:.2f}"
            )
        lines.append(f"(differences: means of {self.test.shape[-1]} pairs ± standard error)")
        return "\n".join(lines)


@experiment
@one_thread()
def normalized(
    tools: Tools, layers: Layers, tasks: Sequence[Task], *, batch_sizes: Sequence[int] = (60, 10), n_steps: int = 500
) -> Normalized:
    """Trains each network by the same number of steps with batch normalization and without, for each batch size."""
    pairs = [
        [[_normalized(tools, layers, task, seed, with_it, size, n_steps) for seed, task in enumerate(tasks)]
         for with_it in (False, True)]
        for size in batch_sizes
    ]  # fmt: skip
    return Normalized(tuple(batch_sizes), *np.moveaxis(np.array(pairs), -1, 0))


def _normalized(
    tools: Tools, layers: Layers, task: Task, seed: int, with_it: bool, size: int, n_steps: int
) -> tuple[float, float, float]:
    """Training and test loss of one network in evaluation mode, and its test loss if it is left in training mode."""
    rng = np.random.default_rng(seed)
    params = tools.init_params(list(SIZES), "he", rng)
    states = [{"mean": np.zeros(n), "var": np.ones(n)} for n in SIZES[1:-1]] if with_it else []
    for k, state in enumerate(states, 1):
        params |= {f"gamma{k}": np.ones_like(state["mean"]), f"beta{k}": np.zeros_like(state["mean"])}
    last = len(SIZES) - 1

    def forward(X: FloatArray, training: bool) -> tuple[FloatArray, list[Any]]:
        A, kept = X, []
        for k in range(1, last):
            Z, cache = layers.linear_forward(A, params[f"W{k}"], params[f"b{k}"]), None
            if states:
                scale = params[f"gamma{k}"], params[f"beta{k}"]
                Z, cache = layers.batchnorm_forward(Z, *scale, states[k - 1], training)
            kept.append((A, Z, cache))
            A = tools.relu(Z)
        return layers.linear_forward(A, params[f"W{last}"], params[f"b{last}"]), [*kept, (A, None, None)]

    def backward(dZ: FloatArray, kept: list[Any]) -> Params:
        grads: Params = {}
        for k in range(last, 0, -1):
            A, _, cache = kept[k - 1]
            if cache is not None:
                dZ, grads[f"gamma{k}"], grads[f"beta{k}"] = layers.batchnorm_backward(dZ, cache)
            dA, grads[f"W{k}"], grads[f"b{k}"] = layers.linear_backward(dZ, A, params[f"W{k}"])
            dZ = dA if k == 1 else dA * tools.relu_prime(kept[k - 2][1])
        return grads

    optimizer, rows = tools.Adam(lr=LEARNING_RATE), np.array([], dtype=np.int64)
    for _ in range(n_steps):
        if rows.size < size:
            rows = rng.permutation(len(task.X_train))
        batch, rows = rows[:size], rows[size:]
        z, kept = forward(task.X_train[batch], True)
        optimizer.step(params, backward(layers.loss_grad(task.y_train[batch], z), kept))
    parts = (task.X_train, task.y_train), (task.X_test, task.y_test)
    train, test = (float(tools.bce_with_logits(y, forward(X, False)[0])) for X, y in parts)
    if not states:  # both modes are the same
        return train, test, test
    batches = [task.X_test[i : i + ALONE] for i in range(0, len(task.X_test), ALONE)]
    left_on = np.concatenate([forward(X, True)[0] for X in batches])
    return train, test, float(tools.bce_with_logits(task.y_test, left_on))


# Capacity and data ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """Losses against one number: width, rows, or layers."""

    x: FloatArray  # (n_points,)
    names: tuple[str, ...]
    train: FloatArray  # (n_names, n_points, n_seeds)
    test: FloatArray  # (n_names, n_points, n_seeds)
    validation: FloatArray | None = None  # (n_names, n_points, n_seeds), where something is chosen

    @property
    def over_first(self) -> tuple[FloatArray, FloatArray]:
        """`(n_names, n_points)` each: test loss minus that of the first point, mean over seeds and standard error."""
        more = self.test - self.test[:, :1]
        return more.mean(axis=2), more.std(axis=2, ddof=1) / np.sqrt(more.shape[2])

    def table(self, unit: str) -> str:
        """A line a method: the mean test loss at each point; where something is chosen, what chooses it as well."""

        def line(name: str, losses: FloatArray) -> str:
            return f"{name:>21}: " + ", ".join(f"{loss:.3f} at {x:g}" for x, loss in zip(self.x, losses, strict=True))

        lines = [line(name, losses) + unit for name, losses in zip(self.names, self.test.mean(axis=-1), strict=True)]
        if self.validation is not None:
            lines += map(line, (f"{n}, validation" for n in self.names), self.validation.mean(axis=-1))
            lines.append(f"test loss minus that at {self.x[0]:g}{unit}, with standard errors:")
            for name, added, error in zip(self.names, *self.over_first, strict=True):
                more = zip(self.x[1:], added[1:], error[1:], strict=True)
                lines.append(f"{name:>21}: " + ", ".join(f"{a:+.3f} ± {e:.3f} at {x:g}" for x, a, e in more))
        return "\n".join(lines)


@experiment
@one_thread()
def capacity_curve(
    tools: Tools,
    tasks: Sequence[Task],
    methods: Mapping[str, Method],
    *,
    widths: Sequence[int] = (1, 2, 8, 64),
    epochs: int = 300,
) -> Curve:
    """Networks with two hidden layers of each width."""
    found = [compare(tools, tasks, methods, sizes=(2, width, width, 1), epochs=epochs) for width in widths]
    return Curve(
        x=np.array(widths, dtype=np.float64),
        names=tuple(methods),
        train=np.stack([c.train_loss for c in found], axis=1),
        test=np.stack([c.test_loss for c in found], axis=1),
    )


@experiment
@one_thread()
def learning_curve(
    tools: Tools,
    train_val_split: Function,
    methods: Mapping[str, Method],
    *,
    rows: Sequence[int] = (30, 120, 600, 1500),
    n_seeds: int = 2,
    epochs: int = 300,
) -> Curve:
    """Networks of the usual size on more and more training rows."""
    found = []
    for n_train in rows:
        tasks = [_moons(train_val_split, seed, n_train, 30) for seed in range(n_seeds)]
        found.append(compare(tools, tasks, methods, epochs=epochs))
    return Curve(
        x=np.array(rows, dtype=np.float64),
        names=tuple(methods),
        train=np.stack([c.train_loss for c in found], axis=1),
        test=np.stack([c.test_loss for c in found], axis=1),
    )


@experiment
@one_thread()
def depth_curve(
    tools: Tools,
    stopper: Function,
    *,
    depths: Sequence[int] = (1, 2, 4),
    width: int = 20,
    n_seeds: int = 5,
    epochs: int = 300,
) -> Curve:
    """Test errors of regression networks by depth, each trained until early stopping ends it.

    Two data sets of 210 training, 70 validation and 120 test rows, standardised: one linear (5 features, noise), one
    that no linear model fits (Friedman 1991). The output has no activation. Its half mean square has the same gradient
    `(y_hat - y) / m` at the output as a sigmoid with cross-entropy, so `tools.mlp_backward` serves here as well.
    At 0 hidden layers stands the linear model, scikit-learn's `LinearRegression` on the same training rows.
    """
    from sklearn.linear_model import LinearRegression

    sets: dict[str, Callable[[int], tuple[FloatArray, FloatArray]]] = {
        "linear": _linear,
        "nonlinear": lambda seed: data.friedman1(400, rng=seed),
    }
    losses = np.empty((3, len(sets), 1 + len(depths), n_seeds))
    for i, make in enumerate(sets.values()):
        for seed in range(n_seeds):
            X, y = make(seed)
            parts = data.standardised(data.split(X, y, validation=0.175, test=0.3, rng=seed))
            shift, spread = parts.y_train.mean(), parts.y_train.std()
            y_train, y_val, y_test = (
                ((part - shift) / spread)[:, None] for part in (parts.y_train, parts.y_val, parts.y_test)
            )
            linear = LinearRegression().fit(parts.X_train, y_train)
            three = (parts.X_train, y_train), (parts.X_test, y_test), (parts.X_val, y_val)
            losses[:, i, 0, seed] = [np.mean((linear.predict(X) - y) ** 2) for X, y in three]
            for j, depth in enumerate(depths, 1):
                sizes = [X.shape[1], *[width] * depth, 1]
                params = tools.init_params(sizes, "he", np.random.default_rng([seed, depth]))
                optimizer, watch = tools.Adam(lr=LEARNING_RATE), stopper()
                for _ in range(epochs):
                    if watch.update(_mean_square(tools, parts.X_val, y_val, params), params):
                        break
                    _, cache = tools.mlp_forward(parts.X_train, params, tools.relu, _same)
                    optimizer.step(params, tools.mlp_backward(y_train, cache, params, tools.relu_prime))
                losses[:, i, j, seed] = [_mean_square(tools, X, y, watch.best_params) for X, y in three]
    return Curve(np.array([0, *depths], dtype=np.float64), tuple(sets), losses[0], losses[1], losses[2])


def _linear(seed: int) -> tuple[FloatArray, FloatArray]:
    made = data.regression(400, rng=seed)
    return made.X, made.y


def _mean_square(tools: Tools, X: FloatArray, y: FloatArray, params: Params) -> float:
    return float(np.mean((logits(tools, X, params) - y) ** 2))


# Bias and variance, double descent ------------------------------------------------------------------------------------


def split_error(P: FloatArray, truth: FloatArray) -> dict[str, float]:
    """Squared bias, variance, and mean squared error of just these predictions `P`, `(n_sets, n_points)`."""
    return {
        "1. squared bias": float(np.mean((P.mean(axis=0) - truth) ** 2)),
        "2. variance": float(np.mean(P.var(axis=0))),
        "3. mean squared error": float(np.mean((P - truth) ** 2)),
    }


def error_parts(P: FloatArray, truth: FloatArray) -> tuple[float, float, float]:
    """Squared bias, variance, and mean squared error, estimated for all data sets from the `n_sets` rows of `P`.

    The mean of `n_sets` predictions still varies, by the variance divided by `n_sets`, which `split_error` counts as
    bias. Here it is a part of the variance; the sum is the same.
    """
    squared_bias, variance, error = split_error(P, truth).values()
    moved = variance / (len(P) - 1) if len(P) > 1 else 0.0
    return squared_bias - moved, variance + moved, error


SETS = np.random.default_rng(7).normal(size=(4, 5)), np.linspace(-1, 2, 5)
"""Predictions from four data sets at five points, and the truth there."""

SPLIT = split_error(*SETS)
"""What the error of `SETS` splits into."""


@dataclass(frozen=True)
class DoubleDescent:
    """Least squares on random features: errors by the number of features; rows in the order of `ridges`."""

    n_features: FloatArray  # (n_points,)
    ridges: FloatArray  # (n_ridges,), 0 first
    n_rows: int
    train: FloatArray  # (n_ridges, n_points): median of the fits
    test: FloatArray  # (n_ridges, n_points): median of the fits, against new labels
    bias: FloatArray  # (n_ridges, n_points): squared bias, median of the draws; NaN where the variance hides it
    variance: FloatArray  # (n_ridges, n_points): variance, median of the draws
    norm: FloatArray  # (n_ridges, n_points): norm of the weights, median of the fits
    at_end: FloatArray  # (n_ridges, 2): squared bias and variance at the last point, means of the draws
    noise: float  # standard deviation of the noise in the labels

    @property
    def peak(self) -> int:
        """The point with the largest test error without ridge."""
        return int(self.test[0].argmax())

    def table(self) -> str:
        """The first minimum, the peak and the end without ridge, and the same points with it."""
        peak, n = self.peak, self.n_features.astype(int)
        first = int(self.test[0, :peak].argmin())
        lines = [
            f"{n[i]:4} features: test error {self.test[0, i]:7.3f}, with ridge {self.ridges[1]:g} "
            f"{self.test[1, i]:.3f}; norm of the weights {self.norm[0, i]:6.1f}"
            for i in (first, peak, n.size - 1)
        ]
        exact = n[self.train[0] < 1e-12].min()
        lines.append(f"{self.n_rows} rows are fitted exactly from {exact} features on, of those tried")
        lines.append(f"means at {n[-1]} features: test error = squared bias + variance + noise of the labels")
        for ridge, (bias, variance) in zip(self.ridges, self.at_end, strict=True):
            name = f"with ridge {ridge:g}" if ridge else "without ridge"
            whole = bias + variance + self.noise**2
            lines.append(f"  {name:<16} {whole:.3f} = {bias:.3f} + {variance:.3f} + {self.noise**2:.3f}")
        return "\n".join(lines)


@experiment
@one_thread()
def double_descent(
    relu: Function,
    *,
    n_features: Sequence[int] = (2, 4, 6, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 80, 120, 200, 400, 800),
    n_rows: int = 40,
    ridges: Sequence[float] = (0.0, 0.01),
    noise: float = 0.3,
    n_draws: int = 5,
    n_sets: int = 40,
) -> DoubleDescent:
    """Fits `relu(X @ V.T + c) @ w` with random `V`, `c`: only `w` is fitted, in closed form.

    Without ridge, `w` is the least squares solution of smallest norm; with ridge `r` it minimises
    `|F w - y|^2 + r |w|^2`. In each of `n_draws` draws of `V`, `c` the features stay and `n_sets` training sets change,
    so bias and variance are over the data (Belkin, Hsu, Ma and Mandal 2019, section 2; Geman, Bienenstock and Doursat
    1992 for the decomposition). One draw alone would tell its own luck where the features are few.

    Test errors are against new labels: the error against the truth, plus the variance of the noise, as the mean over
    many labels is. Errors are medians of all fits, since a few of them are enormous; bias and variance are parts of
    the mean (`error_parts`), of which the median draw is taken, so they do not add up to the median error. At the last
    point their means are kept, which do. The squared bias is shown where every draw gives more than 0.
    """
    rng, of_features = np.random.default_rng(0), np.random.default_rng(1)
    dimension, n_test = 3, 300

    def truth(X: FloatArray) -> FloatArray:
        return np.sin(2 * X[:, 0]) + X[:, 1] - 0.5 * X[:, 2] ** 2

    X_test = rng.uniform(-1, 1, size=(n_test, dimension))
    sets = rng.uniform(-1, 1, size=(n_draws * n_sets * n_rows, dimension))
    targets = (truth(sets) + noise * rng.normal(size=len(sets))).reshape(n_draws, n_sets, n_rows)
    sets, wanted = sets.reshape(n_draws, n_sets * n_rows, dimension), truth(X_test)
    fits = np.empty((3, len(ridges), len(n_features), n_draws, n_sets))  # training error, test error, norm
    parts = np.empty((2, len(ridges), len(n_features), n_draws))  # squared bias, variance
    for j, n in enumerate(n_features):
        for d in range(n_draws):
            V, c = of_features.normal(size=(n, dimension)), of_features.uniform(-1, 1, size=n)

            def features(X: FloatArray, V: FloatArray = V, c: FloatArray = c) -> FloatArray:
                return np.asarray(relu(X @ V.T + c), dtype=np.float64) / np.sqrt(len(V))

            F_test, y = features(X_test), targets[d]
            U, s, Vt = np.linalg.svd(features(sets[d]).reshape(n_sets, n_rows, n), full_matrices=False)
            inside = np.einsum("kij,ki->kj", U, y)
            keep = s > 1e-12 * s[:, :1]
            for i, ridge in enumerate(ridges):
                solved = np.where(keep, s / np.where(keep, s**2 + ridge, 1.0), 0.0) * inside
                w = np.einsum("kj,kjn->kn", solved, Vt)
                P = w @ F_test.T
                fits[0, i, j, d] = np.mean((np.einsum("kij,kj->ki", U, s * solved) - y) ** 2, axis=1)
                fits[1, i, j, d] = np.mean((P - wanted) ** 2, axis=1) + noise**2
                fits[2, i, j, d] = np.linalg.norm(w, axis=1)
                parts[:, i, j, d] = error_parts(P, wanted)[:2]
    bias, variances = np.median(parts, axis=-1)
    train, test, norm = np.median(fits, axis=(-2, -1))
    shown = np.where((parts[0] > 0).all(axis=-1), bias, np.nan)
    x, strengths = np.array(n_features, dtype=np.float64), np.array(ridges, dtype=np.float64)
    at_end = parts[:, :, -1].mean(axis=-1).T
    return DoubleDescent(x, strengths, n_rows, train, test, shown, variances, norm, at_end, noise)
