"""Experiments and figures of the notebook on regularization: the numbers that its prose quotes, and every figure."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import solved

from nbcore.experiments import regularization as experiments
from nbcore.experiments.regularization import Comparison, Curve, Decay, DoubleDescent, Method, Task, Tools
from nbcore.plots import Picture
from nbcore.plots import regularization as plots

Functions = dict[str, Any]
CHANCE = 2.6  # standard errors, in the mean of six pairs


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides."""
    return solved.functions("07_regularization")


@pytest.fixture(scope="module")
def tools(course: Functions) -> Tools:
    return Tools(**{name: course[name] for name in Tools.__dataclass_fields__})


@pytest.fixture(scope="module")
def tasks(course: Functions) -> list[Task]:
    return [experiments.moons_task(course["train_val_split"], seed) for seed in range(6)]


@pytest.fixture(scope="module")
def baseline(tools: Tools, tasks: list[Task]) -> experiments.Overfitting:
    return experiments.overfitting(tools, tasks)


@pytest.fixture(scope="module")
def results(course: Functions, tools: Tools, tasks: list[Task]) -> Comparison:
    l2 = partial(course["add_l2_grads"], lam=0.01)
    sgd = partial(course["SGD"], lr=0.3)
    dropout = partial(experiments.Dropout, course["dropout_forward"], course["dropout_backward"])
    methods = {
        "none": Method(),
        "L2": Method(penalty=l2),
        "strong L2": Method(penalty=partial(course["add_l2_grads"], lam=0.1)),
        "SGD alone": Method(optimizer=sgd),
        "SGD, L1, subgradient": Method(optimizer=sgd, penalty=partial(experiments.l1_grads, lam=0.003)),
        "SGD, L1, proximal": Method(optimizer=sgd, after=partial(experiments.shrink, amount=0.0009)),
        "SGD, L2": Method(optimizer=sgd, penalty=l2),
        "dropout 0.5": Method(dropout=dropout(0.5)),
        "dropout 0.8": Method(dropout=dropout(0.8)),
        "AdamW 3": Method(optimizer=partial(course["AdamW"], lr=0.01, weight_decay=3.0)),
    }
    early = {"early stopping": Method()}
    stopper = partial(course["EarlyStopping"], patience=20)
    return experiments.compare(tools, tasks, methods) | experiments.compare(tools, tasks, early, stopper=stopper)


@pytest.fixture(scope="module")
def decayed(course: Functions) -> Decay:
    l2 = partial(course["add_l2_grads"], lam=0.2)
    return experiments.decay(
        {
            "SGD with L2": (partial(course["SGD"], lr=0.01), l2),
            "Adam with L2": (partial(course["Adam"], lr=0.01), l2),
            "AdamW": (partial(course["AdamW"], lr=0.01, weight_decay=0.2), None),
        }
    )


@pytest.fixture(scope="module")
def three(course: Functions, tools: Tools, tasks: list[Task]) -> tuple[Curve, Curve, Curve]:
    both = {"none": Method(), "L2": Method(penalty=partial(course["add_l2_grads"], lam=0.01))}
    capacity = experiments.capacity_curve(tools, tasks[:2], both, widths=(1, 4, 32), epochs=300)
    learning = experiments.learning_curve(tools, course["train_val_split"], both, rows=(30, 300), n_seeds=2, epochs=200)
    depth = experiments.depth_curve(tools, partial(course["EarlyStopping"], patience=30))
    assert depth.x.tolist() == [0, 1, 2, 4]
    return capacity, learning, depth


@pytest.fixture(scope="module")
def descent(course: Functions) -> DoubleDescent:
    return experiments.double_descent(course["relu"])


@pytest.fixture(scope="module")
def pictures(
    baseline: experiments.Overfitting,
    results: Comparison,
    decayed: Decay,
    three: tuple[Curve, Curve, Curve],
    descent: DoubleDescent,
) -> dict[str, Picture]:
    sweep = results.only("none", "L2", "strong L2")
    kinds = results.only("SGD alone", "SGD, L2", "SGD, L1, subgradient", "SGD, L1, proximal")
    return {
        "overfitting": plots.overfitting(baseline),
        "penalties": plots.penalties(sweep, [0, 0.01, 0.1], kinds),
        "comparison": plots.comparison(results),
        "decay": plots.decay(decayed),
        "curves": plots.curves(*three),
        "double descent": plots.double_descent(descent),
    }


# The experiments -----------------------------------------------------------------------------------------------------


def test_the_task_is_the_one_that_the_prose_describes(tasks: list[Task], tools: Tools) -> None:
    task = tasks[0]
    assert [len(part) for part in (task.X_train, task.y_train, task.X_val, task.X_test)] == [60, 60, 60, 2000]
    assert task.y_train.shape == (60, 1)
    params = tools.init_params(list(experiments.SIZES), "he", np.random.default_rng(0))
    assert sum(value.size for value in params.values()) == 1185
    assert np.array_equal(tasks[0].X_test, tasks[5].X_test)


def test_validation_chooses_the_strength_that_the_model_answer_quotes(
    course: Functions, tools: Tools, tasks: list[Task]
) -> None:
    strengths = (0.003, 0.01, 0.03)
    sweep = experiments.compare(
        tools, tasks, {f"{lam:g}": Method(penalty=partial(course["add_l2_grads"], lam=lam)) for lam in strengths}
    )
    assert sweep.names[sweep.val_loss.mean(axis=1).argmin()] == "0.01"


def test_the_penalised_loss_passes_the_gradient_check(course: Functions, tools: Tools, tasks: list[Task]) -> None:
    X, y = tasks[0].X_train, tasks[0].y_train
    params = tools.init_params([2, 5, 1], "xavier", np.random.default_rng(0))

    def loss(params: dict[str, np.ndarray]) -> float:
        logits = tools.mlp_forward(X, params, np.tanh, lambda z: z)[0]
        return float(tools.bce_with_logits(y, logits) + course["l2_penalty"](params, 0.5))

    _, cache = tools.mlp_forward(X, params, np.tanh, tools.sigmoid)
    grads = tools.mlp_backward(y, cache, params, lambda z: 1 - np.tanh(z) ** 2)
    course["add_l2_grads"](grads, params, 0.5)
    gradient_check = solved.functions("04_backprop")["gradient_check"]
    assert max(gradient_check(loss, params, grads).values()) < 1e-7


def test_the_experiments_are_as_large_as_the_prose_says(
    baseline: experiments.Overfitting, decayed: Decay, descent: DoubleDescent
) -> None:
    assert (experiments.SIZES[1], experiments.EPOCHS) == (32, 500)
    assert baseline.losses.shape[1] == 6
    assert baseline.epochs[-1] == 500
    assert decayed.scales[[0, -1]] == pytest.approx([0.01, 10])
    assert decayed.pure == pytest.approx((1 - 0.01 * 0.2) ** 300)
    assert descent.n_rows == 40


def test_without_regularization_the_networks_over_fit(baseline: experiments.Overfitting) -> None:
    train, val, test = baseline.losses[:, :, -1].mean(axis=1)
    assert train < 0.03
    assert 1.3 < test < 2.6
    assert 3.5 < val / baseline.losses[1].min(axis=1).mean() < 7  # "five times as high as at its best"
    assert 0.79 < baseline.accuracy[:, -1].mean() < 0.84
    assert baseline.train_accuracy.mean() > 0.98
    by_test = baseline.epochs[baseline.losses[2].argmin(axis=1)]
    assert np.ptp(baseline.best) > 1.7 * np.ptp(by_test)  # "twice as wide by the validation rows"


def test_the_networks_without_remedy_are_those_of_the_comparison(
    baseline: experiments.Overfitting, results: Comparison
) -> None:
    assert baseline.end.names == ("none",)
    for name in ("train_loss", "val_loss", "test_loss", "accuracy", "norm", "small", "zero", "last_epoch"):
        np.testing.assert_array_equal(getattr(baseline.end, name)[0], getattr(results, name)[results.row("none")])
    np.testing.assert_array_equal(baseline.accuracy[:, -1], baseline.end.accuracy[0])


def test_a_table_compares_in_pairs_with_one_method(results: Comparison) -> None:
    ranked = results.by_loss()
    assert (np.diff(ranked.test_loss.mean(axis=1)) > 0).all()
    lines = ranked.table(against="L2").splitlines()
    mean, error = experiments.paired(results.test_loss[results.row("none")] - results.test_loss[results.row("L2")])
    assert next(line for line in lines if line.startswith("none")).endswith(f"{mean:+.3f} ± {error:.3f}")
    assert "±" not in next(line for line in lines if line.startswith("L2"))[-10:]
    assert max(map(len, lines)) <= 96


def test_the_methods_help_as_the_model_answer_says(results: Comparison) -> None:
    loss = dict(zip(results.names, results.test_loss.mean(axis=1), strict=True))
    assert min(loss, key=lambda name: loss[name]) == "L2"
    assert loss["L2"] == pytest.approx(0.33, abs=0.02)
    assert loss["L2"] < loss["AdamW 3"] < loss["early stopping"] < loss["dropout 0.8"] < loss["dropout 0.5"]
    for name, losses in zip(results.names, results.test_loss, strict=True):
        more, error = experiments.paired(losses - results.test_loss[results.row("L2")])
        assert name in ("L2", "AdamW 3", "SGD, L2") or more > 2 * error, name
    assert loss["none"] == pytest.approx(1.8, abs=0.15)
    assert loss["dropout 0.5"] == pytest.approx(0.6, abs=0.06)
    assert loss["dropout 0.8"] == pytest.approx(0.4, abs=0.05)
    train = dict(zip(results.names, results.train_loss.mean(axis=1), strict=True))
    assert train["none"] == pytest.approx(0.02, abs=0.006)
    assert train["L2"] == pytest.approx(0.2, abs=0.02)
    assert loss["strong L2"] > 1.2 * loss["L2"]  # too strong: both losses rise
    assert train["strong L2"] > 1.5 * train["L2"]
    norm = dict(zip(results.names, results.norm.mean(axis=1), strict=True))
    four = (norm["none"], norm["L2"], norm["dropout 0.5"], norm["dropout 0.8"])
    assert four == pytest.approx((24, 5, 17, 13), abs=1.0)
    assert np.ptp(results.accuracy.mean(axis=1)) < 0.06
    assert results.accuracy[results.row("L2")].mean() > results.accuracy[results.row("none")].mean() + 0.02


def test_what_l2_takes_away_is_variance(results: Comparison, tasks: list[Task]) -> None:
    y = tasks[0].y_test.ravel()
    found = {n: experiments.error_parts(P, y) for n, P in zip(results.names, results.outputs, strict=True)}
    mean, variance, whole = ({name: parts[i] for name, parts in found.items()} for i in range(3))
    assert all(whole[name] == pytest.approx(mean[name] + variance[name]) for name in whole)
    assert (whole["none"], variance["none"]) == pytest.approx((0.16, 0.07), abs=0.005)
    assert (variance["L2"], variance["dropout 0.5"]) == pytest.approx((0.012, 0.023), abs=0.002)
    assert (mean["none"], mean["L2"]) == pytest.approx((0.09, 0.09), abs=0.003)  # the same: no bias without a penalty
    assert mean["strong L2"] == pytest.approx(0.13, abs=0.005)
    assert variance["strong L2"] < 0.005
    lines = results.only("none", "L2").parts(tasks[0].y_test).splitlines()
    assert lines[1].split()[1:] == [f"{whole['none']:.3f}", "=", f"{mean['none']:.3f}", "+", f"{variance['none']:.3f}"]
    assert max(map(len, lines)) <= 96


def test_the_parts_of_the_error_are_those_of_all_data_sets_on_average() -> None:
    """Bias 2, variance 9: their estimates from six sets each time, on average over many times."""
    P = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 200_000))
    bias, variance, whole = experiments.error_parts(P, np.zeros(P.shape[1]))
    assert (bias, variance) == pytest.approx((4, 9), rel=0.01)
    assert whole == pytest.approx(bias + variance)
    just_these = experiments.split_error(P, np.zeros(P.shape[1]))
    assert just_these["1. squared bias"] == pytest.approx(bias + variance / 6)
    assert just_these["3. mean squared error"] == whole
    one = experiments.error_parts(P[:1], np.zeros(P.shape[1]))
    assert one[1] == 0


def test_what_the_prose_reads_off_the_table(results: Comparison) -> None:
    loss, accuracy = results.mean("test_loss"), results.mean("accuracy")
    assert loss["dropout 0.5"] > loss["AdamW 3"] + 0.1  # the panels rank differently
    assert accuracy["dropout 0.5"] > accuracy["AdamW 3"]
    row = dict(zip(results.names, results.test_loss, strict=True))
    for name, other in (("AdamW 3", "L2"), ("SGD, L1, proximal", "SGD, L2"), ("SGD, L2", "L2")):
        more, error = experiments.paired(row[name] - row[other])
        assert abs(more) < CHANCE * error, name
    more, error = experiments.paired(row["SGD, L1, proximal"] - row["L2"])  # so L1 is compared with other lines of SGD
    assert more > 4 * error
    assert results.only("none", "L2", "strong L2").moves() == "falls, then grows"
    assert results.only("none", "L2").moves() == "falls"
    assert results.only("L2", "none").moves() == "grows"
    assert results.only("L2", "none").winner() == "L2"
    assert results.only("dropout 0.5", "none").winner() == "dropout"
    assert results.only("early stopping", "none").winner() == "early stopping"


def test_six_pairs_without_a_difference_pass_the_limit_in_a_twentieth_of_the_cases() -> None:
    pairs = np.random.default_rng(0).normal(size=(100_000, 6))
    ratio = np.abs(pairs.mean(axis=1)) / (pairs.std(axis=1, ddof=1) / np.sqrt(6))
    assert np.mean(ratio > CHANCE) == pytest.approx(0.05, abs=0.005)
    assert np.mean(ratio > 2) > 0.09


def test_a_bias_can_make_a_network_steeper_but_not_than_the_product_of_the_norms() -> None:
    x = np.linspace(-3, 3, 601)
    W1, W2 = np.array([1.0, -1.0]), np.array([1.0, -1.0])
    steepest = []
    for b in (-1.0, 1.0):
        y = np.maximum(np.outer(x, W1) + b, 0) @ W2
        steepest.append(np.abs(np.diff(y) / np.diff(x)).max())
    assert steepest == pytest.approx([1, 2])
    assert max(steepest) <= np.linalg.norm(W1) * np.linalg.norm(W2) + 1e-9


def test_a_penalty_looks_like_an_early_epoch_without_it(course: Functions, tools: Tools, tasks: list[Task]) -> None:
    own = (course[name] for name in ("add_l2_grads", "dropout_forward", "dropout_backward"))
    found = experiments.grid(tools, tasks[0], *own, probabilities=(0.0,))
    X = np.stack(np.meshgrid(np.linspace(-2, 3, 40), np.linspace(-1.5, 2, 40)), axis=-1).reshape(-1, 2)
    maps = [[tools.sigmoid(experiments.logits(tools, X, params)) for params in row[0]] for row in found.snapshots]
    for strength, row in zip(found.strengths, maps, strict=True):
        if strength in (0.003, 0.01):  # those that reach the target
            apart = [np.mean(np.abs(early - row[-1])) for early in maps[0]]
            assert 20 <= found.epochs[int(np.argmin(apart))] <= 80


def test_only_the_proximal_step_gives_exact_zeros(results: Comparison) -> None:
    zero = dict(zip(results.names, results.zero.mean(axis=1), strict=True))
    small = dict(zip(results.names, results.small.mean(axis=1), strict=True))
    assert zero["SGD, L1, proximal"] > 0.7
    assert zero["SGD, L1, subgradient"] == zero["L2"] == zero["SGD, L2"] == 0
    assert small["SGD, L1, subgradient"] > 0.8
    assert small["SGD, L2"] < 0.2  # with one optimizer for all, L2 makes few weights small


def test_early_stopping_stops_early_and_scores_the_best_parameters(
    course: Functions, tools: Tools, tasks: list[Task], results: Comparison
) -> None:
    assert results.last_epoch[results.row("early stopping")].max() < 200
    watch = course["EarlyStopping"](patience=20)
    run = experiments.train(tools, tasks[0], stopper=watch)
    assert run.score == experiments.score(tools, tasks[0], watch.best_params)
    assert run.last_epoch == watch.best_step + 20
    assert run.score.val_loss == pytest.approx(watch.best_loss)


def test_dropout_trains_with_the_masks_of_its_own_forward_pass(
    course: Functions, tools: Tools, tasks: list[Task]
) -> None:
    """With p = 0 nothing is dropped, so the network is the one without dropout, to the last bit."""
    off = experiments.Dropout(course["dropout_forward"], course["dropout_backward"], 0.0)
    plain, dropped = (experiments.train(tools, tasks[0], m, epochs=30) for m in (Method(), Method(dropout=off)))
    assert all(np.array_equal(plain.params[key], dropped.params[key]) for key in plain.params)


def test_records_and_snapshots_are_those_of_the_epochs_asked_for(tools: Tools, tasks: list[Task]) -> None:
    run = experiments.train(tools, tasks[0], epochs=10, record=(0, 5, 10), snapshots=True)
    assert run.epochs.tolist() == [0, 5, 10]
    assert run.losses.shape == (3, 3)
    assert len(run.snapshots) == 3
    last = experiments.score(tools, tasks[0], run.snapshots[-1])
    assert last == run.score
    assert run.losses[:, -1].tolist() == [last.train_loss, last.val_loss, last.test_loss]


def test_only_adam_with_l2_shrinks_by_the_size_of_the_gradient(decayed: Decay) -> None:
    sgd, adam, adamw = decayed.left
    assert sgd == pytest.approx(decayed.pure, abs=0.05)
    assert adamw == pytest.approx(decayed.pure, abs=0.02)
    assert adam[0] < 0.01
    assert adam[-1] > 0.9


def test_batch_normalization_regularizes_by_the_noise_of_small_batches(
    course: Functions, tools: Tools, tasks: list[Task]
) -> None:
    names = ("linear_forward", "linear_backward", "batchnorm_forward", "batchnorm_backward", "bce_with_logits_grad")
    found = experiments.normalized(tools, experiments.Layers(*(course[name] for name in names)), tasks)
    assert found.batch_sizes == (60, 10)
    (_, train), (_, train_error) = found.added(found.train)
    (whole, test), (whole_error, test_error) = found.added(found.test)
    assert train > 5 * train_error  # "the training loss rises,
    assert test < -5 * test_error  # the test loss falls, both by many standard errors"
    assert abs(whole) < CHANCE * whole_error  # "with all rows at once neither effect is clear"
    assert abs(found.added(found.train)[0][0]) < CHANCE * found.added(found.train)[1][0]
    assert f"{test:+.2f} ± {test_error:.2f}" in found.table().splitlines()[4]
    more, error = found.apart(found.test)
    assert abs(more) < error  # "the two effects on the test loss differ by less than a standard error,
    assert f"{more:+.2f} ± {error:.2f}" in found.table().splitlines()[5]
    more, error = found.apart(found.train)
    assert more > 5 * error  # only those on the training loss by many"
    assert max(map(len, found.table().splitlines())) <= 96
    assert found.table().splitlines()[-1] == "(differences: means of 6 pairs ± standard error)"
    for right, wrong in zip(found.test[:, 1], found.left_on[:, 1], strict=True):  # a forgotten switch costs
        more, error = experiments.paired(wrong - right)
        assert more > 5 * error
        assert f"{more:+.2f} ± {error:.2f}" in found.table()


def _trained(course: Functions, tasks: list[Task], seed: int = 0, patience: int = 300, **settings: float) -> Any:
    start = course["init_params"]([2, 32, 1], "he", np.random.default_rng([seed, 1]))
    watch = course["EarlyStopping"](patience)
    return course["train"](start, tasks[seed], watch, np.random.default_rng([seed, 2]), **settings)


def test_the_loop_of_the_solution_trains_as_the_experiments_do(
    course: Functions, tools: Tools, tasks: list[Task]
) -> None:
    half = experiments.Dropout(course["dropout_forward"], course["dropout_backward"], 0.5)
    wanted = experiments.loop_weights(tools, tasks, course["add_l2_grads"], half, course["EarlyStopping"])
    settings: dict[str, Any] = {
        "no remedy": {"epochs": 20},
        "L2": {"epochs": 20, "lam": 0.1},
        "dropout": {"epochs": 20, "p": 0.5},
        "early stopping": {"seed": 2, "patience": 1},
        "one step": {"epochs": 2, "lam": 0.1, "p": 0.5},
    }
    assert list(wanted) == list(settings)
    for name, how in settings.items():
        assert _trained(course, tasks, **how)["W1"] == pytest.approx(wanted[name], rel=1e-6), name
    endless = _trained(course, tasks, 2)
    assert not np.allclose(endless["W1"], wanted["early stopping"])  # a loop that never stops is seen
    start = course["init_params"]([2, 32, 1], "he", np.random.default_rng([0, 1]))
    assert not np.allclose(start["W1"], wanted["one step"])
    assert not np.allclose(wanted["no remedy"], wanted["L2"])
    assert not np.allclose(wanted["no remedy"], wanted["dropout"])


def test_dropout_left_on_costs_accuracy(course: Functions) -> None:
    many = experiments.moons_tasks(course["train_val_split"], 24)
    networks = [_trained(course, many, seed, p=0.5) for seed in range(len(many))]
    found = experiments.forgotten_switch(course["predict"], course["bce_with_logits"], networks, many, 0.5)
    worse, error = found.worse
    assert worse > 4 * error
    more, error = experiments.paired((found.on - found.off)[:, 0])
    assert more > 4 * error
    assert f"{worse:.1f}" in found.table()
    assert found.table().endswith("(means of 24 paired differences ± standard error)")


def test_the_first_tasks_are_the_same_however_many_there_are(course: Functions, tasks: list[Task]) -> None:
    for one, other in zip(experiments.moons_tasks(course["train_val_split"], 8), tasks, strict=False):
        assert np.array_equal(one.X_train, other.X_train)
        assert np.array_equal(one.y_val, other.y_val)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (["L2", "one step"], "penalty"),
        (["dropout", "one step"], "mask"),
        (["dropout"], "mask"),
        (["early stopping"], "end"),
        (["no remedy", "L2", "dropout", "early stopping", "one step"], "relu_prime"),
        (["one step"], ""),
        (["L2", "dropout", "one step"], ""),
    ],
)
def test_the_advice_for_a_loop_goes_by_what_is_wrong(wrong: list[str], word: str) -> None:
    said = experiments.LOOP["advice"](wrong)
    assert word in said
    assert bool(said) == bool(word)


def test_the_steps_of_the_derivations_agree_with_measurements(course: Functions) -> None:
    assert course["dropout_steps"](3.0, 0.2) == pytest.approx(experiments.mask_moments(3.0, 0.2))
    optimizers = (course[name] for name in ("SGD", "Adam", "AdamW", "add_l2_grads"))
    assert course["error_steps"](*experiments.SETS) == pytest.approx(experiments.SPLIT)
    assert course["decay_steps"](2.0, 0.1, 0.3) == pytest.approx(experiments.one_decay(*optimizers))


def test_width_and_rows_and_depth(three: tuple[Curve, Curve, Curve]) -> None:
    capacity, learning, depth = three
    none, l2 = capacity.test.mean(axis=-1)
    assert none[-1] > 1.3 * none[0]
    assert l2[-1] < l2[0]
    none, l2 = learning.test.mean(axis=-1)
    assert none[0] > 2 * none[-1]
    assert none[0] - l2[0] > 5 * (none[-1] - l2[-1])
    assert depth.validation is not None
    for losses in (depth.test, depth.validation):  # a hidden layer pays on the nonlinear problem only; one is best
        assert losses.mean(axis=-1).argmin(axis=1).tolist() == [0, 1]
    (linear, nonlinear), (of_linear, of_nonlinear) = depth.over_first
    assert (linear[1:] > 2 * of_linear[1:]).all()
    assert nonlinear[1] < -2 * of_nonlinear[1]


def test_the_error_peaks_where_the_rows_are_just_fitted(descent: DoubleDescent) -> None:
    peak = descent.n_features[descent.test[0].argmax()]
    assert 35 <= peak <= 50
    beyond = descent.n_features > descent.n_rows
    assert descent.train[0, beyond].max() < 1e-12
    assert (descent.train[0, descent.n_features < descent.n_rows] > 1e-3).all()
    assert descent.test[0, -1] < 0.1 * descent.test[0].max()
    assert descent.variance[0].max() > 5 * np.nanmax(descent.bias[0, beyond])
    shown = ~np.isnan(descent.bias)
    best = descent.test[0, ~beyond].min()
    assert descent.test[0, -1] > 1.3 * best  # "above that of the best small model, and the ridge beats both"
    assert descent.test[1, -1] < 0.8 * best
    assert (np.diff(descent.test[0, descent.n_features < 15]) < 0).all()  # no luck of one draw
    assert shown[:, [0, -1]].all()
    assert not shown[0, descent.test[0].argmax()]
    assert descent.test[1].max() < 0.9
    assert descent.test[1, beyond].max() < 0.2
    assert (descent.test > descent.noise**2).all()  # "no model gets below it"
    bias, variance = descent.at_end[0]
    whole = f"{bias + variance + 0.09:.3f} = {bias:.3f} + {variance:.3f} + 0.090"
    assert descent.noise == pytest.approx(0.3)
    assert f"without ridge    {whole}" in descent.table()
    assert descent.at_end[1].sum() < 0.5 * descent.at_end[0].sum()
    assert max(map(len, descent.table().splitlines())) <= 96


def test_least_squares_in_closed_form_agrees_with_scikit_learn(course: Functions) -> None:
    """One data set: training error of ridge, for few and for many features."""
    from sklearn.linear_model import Ridge

    found = experiments.double_descent(course["relu"], n_features=(10, 80), ridges=(0.0, 0.01), n_draws=1, n_sets=1)
    rng, of_features = np.random.default_rng(0), np.random.default_rng(1)
    rng.uniform(-1, 1, size=(300, 3))
    X = rng.uniform(-1, 1, size=(40, 3))
    y = np.sin(2 * X[:, 0]) + X[:, 1] - 0.5 * X[:, 2] ** 2 + 0.3 * rng.normal(size=40)
    for j, n in enumerate((10, 80)):
        V, c = of_features.normal(size=(n, 3)), of_features.uniform(-1, 1, size=n)
        F = np.maximum(X @ V.T + c, 0) / np.sqrt(n)
        fitted = Ridge(alpha=0.01, fit_intercept=False).fit(F, y).predict(F)
        assert found.train[1, j] == pytest.approx(np.mean((fitted - y) ** 2), rel=1e-6)
        shortest = np.linalg.lstsq(F, y, rcond=None)[0]
        assert found.norm[0, j] == pytest.approx(np.linalg.norm(shortest), rel=1e-6)


def test_two_runs_give_the_same_arrays_and_leave_the_global_generator_alone(
    course: Functions, tools: Tools, tasks: list[Task]
) -> None:
    before = np.random.get_state()  # noqa: NPY002 - the state that must not change
    drop = experiments.Dropout(course["dropout_forward"], course["dropout_backward"], 0.5)
    first, second = (experiments.compare(tools, tasks[:2], {"a": Method(dropout=drop)}, epochs=20) for _ in range(2))
    np.testing.assert_array_equal(first.test_loss, second.test_loss)
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


# The figures ---------------------------------------------------------------------------------------------------------


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], results: Comparison, descent: DoubleDescent, baseline: experiments.Overfitting
) -> None:
    assert f"L2 {results.test_loss[1].mean():.2f} and {results.accuracy[1].mean():.3f}" in pictures["comparison"].alt
    assert f"a peak of {descent.test[0].max():.1f}" in pictures["double descent"].alt
    assert f"test {baseline.losses[2, :, -1].mean():.2f}" in pictures["overfitting"].alt
