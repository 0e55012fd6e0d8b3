"""Experiments and figures of the notebook on depth: the numbers that its prose quotes, and every figure."""

import inspect
from functools import partial
from typing import Any

import numpy as np
import pytest
import solved

from nbcore import data
from nbcore.experiments import depth as experiments
from nbcore.experiments.depth import Chain, DepthTrains, DyingUnits, Flow, Kind, Revival, Scales, Untrained
from nbcore.plots import Picture
from nbcore.plots import depth as plots

Functions = dict[str, Any]


@pytest.fixture(scope="module")
def course() -> Functions:
    """The functions of the solutions, with those that the notebook provides, and its chain of normalized layers."""
    return solved.functions("05_depth", "forward", "backward")


@pytest.fixture(scope="module")
def kinds(course: Functions) -> dict[str, Kind]:
    relu = course["relu"], course["relu_prime"]
    return {
        "sigmoid, Xavier": Kind(course["sigmoid"], course["sigmoid_prime"], "xavier"),
        "tanh, Xavier": Kind(course["tanh"], course["tanh_prime"], "xavier"),
        "ReLU, Xavier": Kind(*relu, "xavier"),
        "ReLU, He": Kind(*relu, "he"),
        "ReLU, large": Kind(*relu, "large"),
    }


@pytest.fixture(scope="module")
def passes(course: Functions) -> list[Any]:
    return [course[name] for name in ("mlp_forward", "mlp_backward", "layer_gradient_norms", "sigmoid")]


@pytest.fixture(scope="module")
def flow(kinds: dict[str, Kind], passes: list[Any]) -> Flow:
    return experiments.flow(kinds, *passes)


@pytest.fixture(scope="module")
def trained(course: Functions, kinds: dict[str, Kind]) -> DepthTrains:
    return experiments.depth_trains(kinds, course["fit"])


@pytest.fixture(scope="module")
def before(course: Functions) -> Untrained:
    return experiments.untrained(course["relu"], course["dead_fraction"])


def dying_units(course: Functions, **settings: Any) -> DyingUnits:
    names = ("fit", "mlp_forward", "init_params", "relu", "relu_prime", "sigmoid", "dead_fraction")
    return experiments.dying_units(*(course[name] for name in names), **settings)


@pytest.fixture(scope="module")
def dying(course: Functions) -> DyingUnits:
    return dying_units(course)


@pytest.fixture(scope="module")
def revived(course: Functions) -> Revival:
    names = {"ReLU": "relu", "leaky ReLU": "leaky_relu", "SiLU": "silu"}
    return experiments.revival({name: (course[f], course[f"{f}_prime"]) for name, f in names.items()})


@pytest.fixture(scope="module")
def chain(course: Functions) -> Chain:
    return Chain(*(course[name] for name in ("forward", "backward", "bce_with_logits", "bce_with_logits_grad")))


@pytest.fixture(scope="module")
def start(course: Functions, chain: Chain) -> Scales:
    return experiments.scales(chain, course["init_params"])


@pytest.fixture(scope="module")
def pictures(
    flow: Flow, trained: DepthTrains, before: Untrained, dying: DyingUnits, revived: Revival, start: Scales
) -> dict[str, Picture]:
    return {
        "flow": plots.flow(flow, trained),
        "dying": plots.dying_units(before, dying, revived),
        "scales": plots.scales(start),
    }


# Signals and gradients -----------------------------------------------------------------------------------------------


def test_the_way_back_counts_the_units_that_an_input_feeds() -> None:
    """The numbers of the cell below the tests of gradient-norms."""
    rng = np.random.default_rng(0)
    W = rng.normal(0.0, np.sqrt(1 / 50), size=(200, 50))
    a, dz = rng.normal(size=(1000, 50)), rng.normal(size=(1000, 200))
    assert np.mean((a @ W.T) ** 2) == pytest.approx(1, abs=0.05)  # n_in * Var(w)
    assert np.mean((dz @ W) ** 2) == pytest.approx(4, abs=0.1)  # n_out * Var(w)
    assert np.linalg.norm(dz @ W) / np.linalg.norm(dz) == pytest.approx(1, abs=0.01)  # root of n_in * Var(w)


def test_what_two_examples_differ_in_shrinks_behind_sigmoids_as_delta_does(course: Functions, flow: Flow) -> None:
    """The length of the signal stays, as its entries lie near 1/2."""
    rng = np.random.default_rng(0)
    a, spread, length = rng.normal(size=(50, 100)), [], []
    for _ in range(20):
        a = course["sigmoid"](a @ rng.normal(0, np.sqrt(1 / 100), size=(100, 100)).T)
        spread.append(np.sqrt(a.var(axis=0).sum()))
        length.append(np.linalg.norm(a, axis=1).mean())
    assert (spread[-1] / spread[4]) ** (1 / 15) == pytest.approx(flow.factor[0], abs=0.01)
    assert min(length) > 0.9 * length[0]


def test_each_layer_leaves_of_a_gradient_what_theory_says(flow: Flow) -> None:
    assert flow.factor == pytest.approx([0.233, 0.911, 0.702, 0.993, 1.405], abs=0.005)
    assert flow.predicted == pytest.approx(flow.factor, abs=0.015)


def test_tanh_with_xavier_weights_has_no_constant_factor(flow: Flow, kinds: dict[str, Kind], passes: list[Any]) -> None:
    """The smaller the signal, the closer to 1; ReLU feels no scale."""
    steps = np.array([flow.signal_factor(*ends) for ends in ((0, 5), (5, 10), (10, 20))])
    assert steps[:, 1] == pytest.approx([0.80, 0.93, 0.96], abs=0.01)
    assert np.ptp(steps[:, 2:], axis=0).max() < 0.03
    small = experiments.flow({"tanh": kinds["tanh, Xavier"]}, *passes, scale=0.2)
    assert small.signal_factor(0, 20)[0] == pytest.approx(0.972, abs=0.005)
    assert small.factor[0] == pytest.approx(0.970, abs=0.005)
    assert small.steps("tanh").endswith("0.97 in 1-5, 0.98 in 11-20")


def test_the_norm_of_dw_hides_what_delta_shows(flow: Flow) -> None:
    assert (len(flow.names), flow.n_layers) == (5, 20)  # "twenty layers, five kinds of network"
    assert inspect.signature(experiments.flow).parameters["width"].default == 100
    row = flow.names.index("ReLU, Xavier")
    assert 3e-4 < flow.delta_ratio[row] < 3e-3  # "a factor of a thousand"
    assert flow.weight_ratio[row] == pytest.approx(1.2, abs=0.05)
    assert 1 / flow.delta_ratio[row] == pytest.approx(761, abs=1)  # "a little more" than 724
    assert int(2**9.5) == 724


def test_eulers_identity_holds_for_relu_and_fixes_no_norm(flow: Flow) -> None:
    relu = np.array([name.startswith("ReLU") for name in flow.names])
    assert flow.euler[relu].max() < 1e-12
    assert flow.euler[~relu].min() > 0.01
    assert np.abs(np.log(flow.weights[relu][:, :, 0])).max() > 0.5  # the norms of single networks differ


def test_the_ratios_of_relu_are_alike_and_the_sizes_a_million_apart(flow: Flow) -> None:
    relu = np.array([name.startswith("ReLU") for name in flow.names])
    assert flow.weight_ratio[relu] == pytest.approx([1.2] * 3, abs=0.05)
    assert flow.first_norm[relu][-1] > 1e5 * flow.first_norm[relu][0]


def test_deep_sigmoid_networks_do_not_train_and_deep_relu_networks_do(trained: DepthTrains) -> None:
    assert trained.depths[-1] == 10
    stuck = {name: row.tolist() for name, row in zip(trained.names, trained.stuck, strict=True)}
    assert stuck["sigmoid, Xavier"] == [0.0, 1.0, 1.0]
    assert stuck["ReLU, He"] == stuck["tanh, Xavier"] == [0.0, 0.0, 0.0]


def test_large_relu_networks_are_stuck_where_a_whole_layer_has_died(trained: DepthTrains) -> None:
    stuck = trained.losses > 0.95 * np.log(2)
    row = trained.names.index("ReLU, large")
    assert stuck[row, -1].sum() == 2
    assert np.array_equal(trained.dead_layer[row], stuck[row])
    assert not np.delete(trained.dead_layer, row, axis=0).any()
    assert "10: 2 of 3 (with a layer that is all dead: 2)" in trained.table()


def test_four_layers_of_sigmoids_learn_with_ten_times_as_many_steps(course: Functions, kinds: dict[str, Kind]) -> None:
    one = {"sigmoid, Xavier": kinds["sigmoid, Xavier"]}
    found = experiments.depth_trains(one, course["fit"], depths=(4,), epochs=2000, n_seeds=2)
    assert found.losses.max() < 0.3


def test_a_slow_fit_is_run_from_fewer_starts(course: Functions, kinds: dict[str, Kind]) -> None:
    one = {"ReLU, He": kinds["ReLU, He"]}
    found = [experiments.depth_trains(one, course["fit"], depths=(1,), epochs=5, seconds=s) for s in (-1.0, 60.0)]
    assert [record.losses.shape for record in found] == [(1, 1, 1), (1, 1, 3)]
    assert found[0].losses[0, 0, 0] == found[1].losses[0, 0, 0]


def test_weights_of_the_schemes_have_the_variances_of_the_papers(course: Functions) -> None:
    relu = course["relu"], course["relu_prime"]
    variances = {scheme: Kind(*relu, scheme).variance(30, 10) for scheme in ("xavier", "he")}
    assert variances == pytest.approx({"xavier": 1 / 20, "he": 1 / 15})
    with pytest.raises(ValueError, match="kaiming"):
        Kind(*relu, "kaiming").draw([2, 2], np.random.default_rng(0))


# Dead units ----------------------------------------------------------------------------------------------------------


def test_signals_grow_alike_and_units_die_before_any_training(before: Untrained) -> None:
    assert before.cosine[[1, -1]] == pytest.approx([0.40, 0.95], abs=0.01)
    assert (np.diff(before.cosine) > 0).all()
    assert before.dead[[0, -1]] == pytest.approx([0, 0.35], abs=0.01)
    assert before.dead.mean() == pytest.approx(0.25, abs=0.01)
    assert before.always_on[[0, -1]] == pytest.approx([0, 0.35], abs=0.01)  # the last third is on for some


def test_dead_units_come_back_in_the_second_layer_and_never_in_the_first(dying: DyingUnits) -> None:
    assert dying.back[:, 0].max() == 0
    assert dying.ever[2:, 0].min() > 0
    assert (2 * dying.back[:3, 1] >= dying.ever[:3, 1]).all()  # about half of them
    assert (dying.back <= dying.ever).all()


def test_units_die_at_a_large_learning_rate(dying: DyingUnits) -> None:
    assert dying.share.shape == (4, 12)
    assert dying.share[-1].mean() > 3 * dying.share[1].mean()
    assert dying.stuck[-1] == 1
    assert dying.majority == 0.5


def test_every_network_that_is_stuck_at_the_largest_rate_gives_one_class(course: Functions, dying: DyingUnits) -> None:
    assert dying.share[-1].mean() == pytest.approx(0.5, abs=0.05)
    X, y = data.moons(300, rng=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    for seed in range(12):
        params = course["init_params"]([2, 10, 5, 1], "he", np.random.default_rng(seed))
        course["fit"](X, y[:, None].astype(float), params, 10.0, 300, course["relu"], course["relu_prime"])
        p, _ = course["mlp_forward"](X, params, course["relu"], course["sigmoid"])
        assert np.unique(p >= 0.5).size == 1


def test_a_dead_relu_stays_and_a_leaky_one_comes_back(revived: Revival) -> None:
    assert np.ptp(revived.losses[0]) == 0
    relu_steps, leaky_steps, silu_steps = revived.steps_to(0.1)
    assert relu_steps is None
    assert silu_steps is None
    assert leaky_steps is not None
    assert 100 < leaky_steps < 300


def test_a_larger_leak_revives_a_unit_sooner(course: Functions) -> None:
    leaks = {
        f"{alpha}": tuple(partial(course[f], alpha=alpha) for f in ("leaky_relu", "leaky_relu_prime"))
        for alpha in (0.01, 0.05, 0.2)
    }
    steps = experiments.revival(leaks).steps_to()
    assert steps == sorted(steps, reverse=True)


# Batch normalization -------------------------------------------------------------------------------------------------


def test_batch_normalization_takes_out_the_scale_of_the_initial_weights(start: Scales) -> None:
    assert start.plain[2, :, 0].min() > 100
    assert not np.isfinite(start.plain[2, :, -1]).any()
    assert start.plain[0, :, -1] == pytest.approx(np.log(2), abs=1e-3)
    assert start.normalized[:, :, 0].max() < 3
    # Chance has ln 2. Where exactly below that a training of many steps ends depends on how the processor rounds.
    assert start.normalized[:, :, -1].max() < np.log(2) / 4
    assert np.mean(start.normalized[:, :, -1]) < 0.1


def test_a_weight_of_a_larger_scale_changes_more_slowly_behind_a_normalization(start: Scales) -> None:
    ratio = start.first_change[0] / start.first_change[2]  # no weight is scaled without a normalization behind it
    assert ratio == pytest.approx(100, rel=0.02)  # "10 times the weights, a tenth of the gradient"
    assert start.slower == pytest.approx(100, rel=0.02)
    assert (np.diff(start.first_change, axis=0) < 0).all()
    assert "He times 0.3: 2.2; 1: 0.2; 3: 0.022" in start.table().splitlines()[-1]


def test_a_normalized_layer_does_not_see_the_scale_of_its_weights(course: Functions) -> None:
    x, gamma, beta = np.random.default_rng(0).normal(size=(8, 3)), np.ones(3), np.zeros(3)
    outs = [
        course["batchnorm_forward"](factor * x, gamma, beta, {"mean": np.zeros(3), "var": np.ones(3)}, True, eps=0.0)[0]
        for factor in (1.0, 3.0)
    ]
    np.testing.assert_allclose(*outs, rtol=1e-12)


def test_in_training_mode_a_row_depends_on_its_batch_and_in_evaluation_it_does_not(
    course: Functions, chain: Chain
) -> None:
    found = experiments.modes(chain, course["init_params"])
    assert found.alone == 0.5  # every row gets the same answer
    assert min(found.evaluation, found.whole) > 0.9
    assert found.moved > 1
    assert found.moved_evaluation < 1e-12


def test_the_chain_has_the_gradients_of_its_loss(course: Functions, chain: Chain) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 2)), rng.integers(0, 2, size=(6, 1)).astype(float)
    params = course["init_params"]([2, 4, 3, 1], "he", rng)
    params |= {f"{name}{k}": rng.normal(1, 0.3, size=n) for k, n in ((1, 4), (2, 3)) for name in ("gamma", "beta")}

    def logits(params: dict[str, np.ndarray]) -> tuple[np.ndarray, Any]:
        states = [{"mean": np.zeros(n), "var": np.ones(n)} for n in (4, 3)]
        result: tuple[np.ndarray, Any] = chain.forward(X, params, states, True)
        return result

    found, kept = logits(params)
    grads = chain.backward(chain.loss_grad(y, found), kept, params)
    assert set(grads) == set(params)
    direction = {key: rng.normal(size=value.shape) for key, value in params.items()}
    ends = [chain.loss(y, logits({k: params[k] + h * direction[k] for k in params})[0]) for h in (1e-5, -1e-5)]
    slope = sum(np.sum(grads[key] * direction[key]) for key in params)
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slope, rel=1e-6)


# All of them ---------------------------------------------------------------------------------------------------------


def test_experiments_repeat_and_leave_the_global_generator_alone(
    course: Functions, kinds: dict[str, Kind], passes: list[Any]
) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state that must not change
    few = [experiments.flow(kinds, *passes, n_layers=3, n_seeds=2).deltas for _ in range(2)]
    assert np.array_equal(*few)
    shares = [dying_units(course, n_seeds=2, epochs=10).share for _ in range(2)]
    assert np.array_equal(*shares)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_alt_texts_state_the_numbers_of_the_arrays(
    pictures: dict[str, Picture], flow: Flow, dying: DyingUnits, start: Scales
) -> None:
    assert f"ReLU, Xavier {flow.delta_ratio[2]:.0e}" in pictures["flow"].alt
    assert f"{dying.share[-1].mean():.0%} at 10" in pictures["dying"].alt
    assert "diverged for 3" in pictures["scales"].alt
    assert f"{start.normalized[0, :, -1].mean():.2f} for 0.3" in pictures["scales"].alt


def test_the_tables_of_the_notebook_state_the_numbers_of_the_arrays(
    flow: Flow, trained: DepthTrains, before: Untrained, dying: DyingUnits, revived: Revival, start: Scales
) -> None:
    assert f"{flow.factor[2]:.3f}" in flow.table().splitlines()[4]
    assert f"{flow.signal_factor(10, 20)[1]:.2f} in 11-20" in flow.steps("tanh, Xavier")
    assert trained.table().splitlines()[1].endswith("10: 3 of 3")
    assert f"all 20 layers: {before.dead.mean():.1%}" in before.table()
    assert f"0 of {dying.ever[3, 0]} in layer 1" in dying.table().splitlines()[-1]
    assert "ReLU: not there after 600 steps" in revived.table()
    assert "and 2 of 2 diverge" in start.table()
    for record in (flow, trained, before, dying, revived, start):
        assert max(map(len, record.table().split("\n"))) <= 96
