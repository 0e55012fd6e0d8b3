"""Experiments and figures of the notebook on optimizers: quoted numbers."""

import dataclasses
from functools import partial
from typing import Any

import numpy as np
import pytest
from test_optimizers_reference import COURSE

from nbcore.experiments import optimizers as experiments
from nbcore.plots import Picture
from nbcore.plots import optimizers as plots

OPTIMIZERS = {name: COURSE[name] for name in ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam")}
SGD, ADAM = COURSE["SGD"], COURSE["Adam"]
N_UPDATES = 60 * 32
SCHEDULES = {
    "constant 0.1": lambda t: 0.1,
    "constant 0.01": lambda t: 0.01,
    "step decay": partial(COURSE["step_decay"], lr=0.1, drop=0.5, every=240),
    "warm-up, cosine": partial(COURSE["warmup_cosine"], total=N_UPDATES, lr_max=0.1, warmup=100),
    "like 1/t": lambda t: 0.1 / (1 + t / 100),
}


def accuracy(params: Any, X: Any, y: Any) -> float:
    return float(np.mean((COURSE["mlp_forward"](X, params, COURSE["relu"], COURSE["sigmoid"])[0] >= 0.5) == y))


@pytest.fixture(scope="module")
def race() -> experiments.Quadratics:
    return experiments.quadratics(OPTIMIZERS)


@pytest.fixture(scope="module")
def bend() -> experiments.Valley:
    return experiments.valley(OPTIMIZERS)


@pytest.fixture(scope="module")
def linear() -> experiments.Sensitivity:
    return experiments.linear_sensitivity(OPTIMIZERS)


@pytest.fixture(scope="module")
def moons() -> experiments.Sensitivity:
    return experiments.network_sensitivity(OPTIMIZERS, COURSE["network"], COURSE["init_params"], n_seeds=2)


@pytest.fixture(scope="module")
def tested() -> experiments.RangeTest:
    return experiments.range_test(SGD, COURSE["network"], COURSE["init_params"])


@pytest.fixture(scope="module")
def exploded() -> experiments.Exploding:
    network = partial(COURSE["network"], hidden=COURSE["relu"], hidden_prime=COURSE["relu_prime"])
    return experiments.exploding(SGD, COURSE["clip_by_global_norm"], network, accuracy, COURSE["init_params"])


@pytest.fixture(scope="module")
def noise() -> experiments.NoiseFloor:
    return experiments.noise_floor(SGD, COURSE["minibatches"], SCHEDULES)


@pytest.fixture(scope="module")
def batches() -> experiments.BatchSizes:
    return experiments.batch_sizes(SGD, COURSE["minibatches"])


@pytest.fixture(scope="module")
def land() -> experiments.Landscape:
    return experiments.landscape(ADAM, COURSE["network"], COURSE["init_params"])


@pytest.fixture(scope="module")
def pictures(race, bend, linear, moons, tested, exploded, noise, batches, land) -> dict[str, Picture]:
    return {
        "race": plots.quadratics(race),
        "bend": plots.valley(bend, experiments.ripples({"Momentum": OPTIMIZERS["Momentum"]})),
        "sensitivity": plots.sensitivity(linear, moons),
        "tools": plots.training_tools(tested, exploded, noise),
        "noise": plots.noise_floor(noise, batches),
        "land": plots.landscape(land),
    }


def test_the_steps_on_quadratics_are_those_that_the_model_answer_quotes(race):
    steps = {name: [int(s) for s in race.steps[:, i]] for i, name in enumerate(race.names)}
    assert steps["SGD"] == [35, 346, 3454]
    assert steps["Momentum"] == [15, 54, 190]
    assert steps["Adam"] == [121, 121, 121]
    assert race.steps_rotated[-1, 4] == 419


def test_momentum_moves_away_before_it_comes_near(race):
    far = race.distances[:, 1].max(axis=1)
    assert far[-1] == pytest.approx(5.3, abs=0.06)  # condition 1000
    assert race.distances[-1, 1, :30].max() > 1
    assert f"1 at first: {far[0]:.2g} / {far[1]:.2g} / {far[2]:.2g}." in str(race)
    assert max(map(len, str(race).splitlines())) <= 96


def test_the_questions_on_rates_have_answers_in_the_tables(linear, moons):
    assert linear.widest == ["Adam"]
    assert moons.widest == [n for n, own in zip(moons.names, moons.decades, strict=True) if own == max(moons.decades)]
    assert str(linear).endswith("The widest range of good rates: Adam.")
    shares = np.mean(moons.final <= moons.target, axis=2)
    mixed = moons.rates[(shares[0] > 0) & (shares[0] < 1)]
    assert mixed.size > 0
    assert ", ".join(f"{rate:.2g}" for rate in mixed) in moons.starts().splitlines()[2]
    assert max(map(len, moons.starts().splitlines())) <= 96


def test_the_schedule_that_is_lowest_early_is_not_the_one_that_is_lowest_at_the_end(noise):
    early, late = noise.excess[:, :, [experiments.EARLY - 1, -1]].mean(axis=1).T
    assert early.argmin() != late.argmin()
    assert "epoch 10  last epoch" in str(noise)


def test_measured_factors_are_those_of_theory(race):
    known = ~np.isnan(race.theory)
    assert known.sum() == 9
    np.testing.assert_allclose(race.measured[known], race.theory[known], atol=0.02)
    np.testing.assert_allclose(race.measured[:, 0], race.theory[:, 0], rtol=1e-9)  # SGD: exact
    assert race.theory[1, :2] == pytest.approx([0.980, 0.818], abs=5e-4)


def test_turning_the_valley_matters_to_adam_alone(race):
    np.testing.assert_array_equal(race.steps[:, :3], race.steps_rotated[:, :3])
    assert race.steps_rotated[-1, 4] > 3 * race.steps[-1, 4]


def test_rmsprop_hovers_at_seven_tenths_of_its_rate_and_adam_comes_back(race):
    rmsprop, adam = race.names.index("RMSProp"), race.names.index("Adam")
    assert race.hovers[:, rmsprop] == pytest.approx(0.7 * np.array(experiments.HOVER), rel=0.05)
    rest, far, step = race.returns[adam]
    assert rest < 1e-40
    assert far == pytest.approx(0.088, abs=5e-4)
    assert step == 6777
    assert f"2e-46 away at step 2000, and 0.088 at step {step:.0f}" in str(race)
    assert race.first_within[rmsprop] == 15  # there early, at rate 0.1, and not to stay
    assert "RMSProp (rate 0.001)" in str(race)
    assert "in steps 3901 to 4000" in str(race)
    assert np.isfinite(race.steps_rotated).all()  # RMSProp arrives too, when it is watched long enough
    assert np.isnan(race.hovers[:, 0]).all()  # theory chose its rate
    # so its rate in the race follows from the target, and is no end of the search
    assert experiments.SEARCHED[0] < race.rates[:, rmsprop].max() < experiments.SEARCHED[-1]
    assert race.steps[0, rmsprop] == pytest.approx(1040, abs=2)


def steps_to(optimizer: Any, condition: float, most: int) -> float:
    walk = experiments._walk(optimizer, np.diag([1 / condition, 1.0]), experiments.START, most)
    return float(experiments._steps_to(walk, 1e-3))


def test_with_one_beta_the_steps_of_momentum_do_not_grow_like_the_root():
    rates = np.geomspace(1, 39, 40)
    least = [min(steps_to(COURSE["Momentum"](r, beta=0.9), k, 3000) for r in rates) for k in (10.0, 1000.0, 10000.0)]
    assert least[1] < 1.25 * least[0]  # beta 0.9 holds both
    assert least[2] > 8 * least[1]
    assert 1400 < experiments.forms(COURSE["Momentum"], COURSE["Nesterov"]).range < 1500


def test_a_larger_rate_brings_nesterov_near_momentum(race):
    best = min(steps_to(COURSE["Nesterov"](1.2, beta=b), 100.0, 300) for b in np.linspace(0.7, 0.85, 61))
    assert best < 0.75 * race.steps[1, race.names.index("Nesterov")]
    assert best < 1.15 * race.steps[1, race.names.index("Momentum")]


def test_nesterov_damps_steep_directions_which_the_heavy_ball_does_not():
    found = experiments.factors(0.81)
    low, high = found.limits
    assert (low, high) == pytest.approx((0.01, 3.61))
    inside = (found.a_h > low) & (found.a_h < high)
    np.testing.assert_allclose(found.heavy_ball[inside], 0.9, atol=1e-6)
    assert (found.heavy_ball[~inside] > 0.9 - 1e-6).all()
    assert (found.nesterov[(found.a_h > 0.05) & (found.a_h < 1)] < 0.9).all()
    walk = experiments.descend(COURSE["Nesterov"](0.3, beta=0.81), np.ones(1), lambda x: x, 200)[:, 0]
    measured = np.abs(walk[140:160]).max() / np.abs(walk[40:60]).max()
    assert measured ** (1 / 100) == pytest.approx(found.nesterov[found.a_h.searchsorted(0.3)], rel=0.01)


def test_with_changing_rates_gradient_descent_comes_near_momentum():
    factor = experiments.changing_rates(SGD)
    assert factor == pytest.approx(0.827, abs=5e-4)
    constant, momentum = (experiments.best_setting(name, 100.0)[2] for name in ("SGD", "Momentum"))
    assert constant > 0.98 > factor > momentum > 0.818


def test_the_forms_of_momentum_walk_as_the_prose_says():
    forms = experiments.forms(COURSE["Momentum"], COURSE["Nesterov"])
    np.testing.assert_allclose(forms.averaging, forms.heavy_ball, atol=1e-13)
    assert np.abs(forms.averaging - forms.same_rate).max() > 0.1
    assert forms.radius == pytest.approx(np.sqrt(0.9))
    assert forms.memory.tolist() == [2, 10, 100]  # 1/(1 - beta)
    assert abs(forms.nesterov[20]) < 0.01 < 0.1 < abs(forms.averaging[20])


@pytest.mark.parametrize(("h", "beta", "condition"), [(0.5, 0.81, 100.0), (1.0, 0.5, 10.0), (0.2, 0.9, 1000.0)])
def test_the_steps_to_the_root_of_the_condition_number_agree_with_numbers(h, beta, condition):
    found = experiments.measured_root(COURSE["Momentum"], rate=2.0, h=h, beta=beta, condition=condition)
    own = COURSE["root_steps"](2.0 * (1 - beta), h, beta, condition)
    assert list(own) == list(found)
    for step, value in own.items():
        np.testing.assert_allclose(value, found[step], rtol=1e-6, atol=1e-8, err_msg=step)


def test_the_steps_to_nesterov_agree_with_numbers_and_with_the_exercise():
    phi, v, h, lr, beta = 1.0, -2.0, 0.5, 0.1, 0.9
    found = experiments.measured_look_ahead(phi=phi, v=v, h=h, rate=lr, beta=beta)
    own = COURSE["ahead_steps"](phi, v, h * found["1. point ahead"], lr, beta)
    assert own == pytest.approx(found)
    # the exercise from a state with this v: gradients that make v, then the one at the point ahead
    x, optimizer = np.zeros(1), COURSE["Nesterov"](lr, beta)
    optimizer.step({"x": x}, {"x": np.array([v])})
    before = x.copy()
    optimizer.step({"x": x}, {"x": np.array([h * found["1. point ahead"]])})
    assert (x - before)[0] == pytest.approx(found["4. its move"])


def test_the_first_steps_say_who_feels_the_size_of_a_gradient():
    found = experiments.first_steps(OPTIMIZERS)
    grows = dict(zip(found.names, found.lengths[:, 1] / found.lengths[:, 0], strict=True))
    assert grows["SGD"] == grows["Momentum"] == pytest.approx(1000)
    assert grows["Adam"] == pytest.approx(1)
    assert found.uncorrected == pytest.approx(3.16, abs=0.005)


def test_a_gradient_of_the_curved_valley_is_the_slope_of_its_value():
    from scipy.optimize import rosen, rosen_der

    for x in np.random.default_rng(0).normal(size=(5, 2)):
        assert experiments.rosenbrock(x) == pytest.approx(rosen(x))
        assert experiments.rosenbrock_gradient(x) == pytest.approx(rosen_der(x))


def test_in_the_bend_momentum_and_adam_come_far_below_sgd(bend):
    ends = dict(zip(bend.names, bend.values[:, -1], strict=True))
    assert ends["Momentum"] < 1e-4 * ends["SGD"]
    assert ends["Adam"] < 1e-3 * ends["SGD"]


def test_momentum_leaves_some_local_minima_at_some_rates():
    found = experiments.ripples({name: OPTIMIZERS[name] for name in ("SGD", "Momentum")})
    assert found.share[0].max() == pytest.approx(0.16, abs=0.01)
    assert 0.2 < found.share[1].max() < 0.4
    assert found.share[1, 0] == pytest.approx(found.share[0, 0], abs=0.01)
    assert abs(found.walk[-1]) < 0.01 < 9 < abs(found.walk[0])


def test_nesterov_leaves_local_minima_too_at_a_rate_of_the_table():
    found = experiments.ripples({"Nesterov": OPTIMIZERS["Nesterov"]})
    assert found.share[0].max() > 0.2


def test_divergence_is_kept_and_shown(linear):
    assert linear.final.shape == (5, 25, 10)
    assert np.isinf(linear.final[0, -1]).all()
    assert linear.diverged[0, -1]
    assert not linear.diverged[:, 0].any()
    assert linear.rates[[0, -1]] == pytest.approx([1e-3, 1e3])


def test_the_grid_of_rates_holds_the_best_of_every_optimizer_inside(linear, moons):
    for found in (linear, moons):
        assert (found.lowest > 0).all()
        assert (found.lowest < found.rates.size - 1).all()
        assert not found.good[:, 0].any()
        assert found.good.any(axis=1).all()
    assert moons.rates[moons.lowest[1]] > 10  # Momentum, far beyond the old end of the grid


def test_epochs_stand_beside_the_rate_at_which_they_were_counted(linear, moons):
    for found in (linear, moons):
        for i in range(len(found.names)):
            for chosen in (found.lowest[i], found.fastest[i]):
                at = np.full(len(found.names), chosen)
                counted = np.median(np.where(np.isnan(found.epochs[i, chosen]), np.inf, found.epochs[i, chosen]))
                assert found.epochs_at(at)[i] == counted
    rmsprop = linear.names.index("RMSProp")
    assert linear.lowest[rmsprop] != linear.fastest[rmsprop]
    assert linear.epochs_at(linear.lowest)[rmsprop] > 2 * linear.epochs_at(linear.fastest)[rmsprop]
    assert linear.good[rmsprop, linear.fastest[rmsprop]]  # passing the target on the way is not enough


def test_adams_range_has_no_upper_end_on_the_linear_problem_and_one_on_the_network(linear, moons):
    assert linear.decades.argmax() == 4
    assert linear.good[4, -1]
    assert not moons.good[4, -1]
    assert moons.decades[4] < 1.6


def test_a_range_of_good_rates_is_as_wide_as_its_ends_say(linear, moons):
    for found in (linear, moons):
        for good, decades in zip(found.good, found.decades, strict=True):
            own = found.rates[good]
            assert decades == pytest.approx(np.log10(own[-1] / own[0]))
    assert linear.decades[0] == pytest.approx(0.25)  # 1 to 1.8
    assert np.isnan(dataclasses.replace(linear, target=0.0).decades).all()


def test_adam_has_the_wider_range_on_the_regression_only(linear, moons):
    assert experiments.wider(linear, moons, "Adam", "Momentum") == "on the regression only"
    assert experiments.wider(moons, linear, "Adam", "Momentum") == "on the network only"
    assert experiments.wider(linear, linear, "Adam", "Momentum") == "on both problems"
    assert experiments.wider(linear, linear, "SGD", "SGD") == "on neither"


def test_momentum_rolls_out_and_rmsprop_hovers_as_the_reasons_say(race):
    found = experiments.ripples({"Momentum": OPTIMIZERS["Momentum"]})
    assert [f"{share:.0%}" for share in found.share[0, :4]] == ["16%", "16%", "16%", "30%"]
    assert race.hovers[0, race.names.index("RMSProp")] == pytest.approx(0.07, rel=0.05)


def test_a_rate_far_too_large_costs_adam_little_on_a_quadratic_and_the_gradient_in_a_network(linear):
    epochs = {f"{rate:.3g}": n for rate, n in zip(linear.rates, linear.epochs_median[4], strict=True)}
    assert epochs["100"] < 4 * epochs["1"]
    parts, y = experiments.two_moons()
    slopes, saturated = [], []
    for rate in (0.5, 100.0):
        params = COURSE["init_params"]([2, 8, 1], "xavier", np.random.default_rng(0))
        optimizer = ADAM(rate)
        for _ in range(60):
            grads = COURSE["network"](params, parts.X_train, y)[1]
            optimizer.step(params, grads)
        slopes.append(np.abs(COURSE["network"](params, parts.X_train, y)[1]["W1"]).max())
        saturated.append(np.mean(np.abs(np.tanh(parts.X_train @ params["W1"].T + params["b1"])) > 0.999))
    assert saturated[0] < 0.5 < 0.95 < saturated[1]
    assert slopes[1] < 1e-5 * slopes[0]


def test_the_linear_problem_is_as_ill_conditioned_as_the_prose_says(linear):
    assert linear.condition == pytest.approx(88, abs=2)  # "about 90"
    # Gradient descent diverges above 2/L: the largest curvature is about 1, and the slowest direction needs long.
    limit = linear.rates[~linear.diverged[0]].max()
    assert 1 < limit < 2.6
    assert linear.constant == pytest.approx(0.5)
    assert np.nanmin(linear.epochs[0]) > 20


def test_epochs_to_the_target_are_nan_where_it_is_not_reached(linear, moons):
    assert np.isnan(linear.epochs[0, 0]).all()
    assert np.isfinite(linear.epochs_at(linear.fastest)).all()
    assert moons.epochs.shape == (5, 25, 2)


def test_the_range_test_finds_rates_that_work(tested):
    assert 1 < tested.steepest <= tested.lowest < 30
    assert tested.losses[np.searchsorted(tested.rates, tested.lowest)] < tested.losses[0] / 2
    assert tested.losses[-5:].max() > tested.losses[0]


def test_the_rate_at_which_the_loss_falls_fastest_is_a_good_one_of_the_same_network(tested, moons):
    nearest = np.abs(np.log(moons.rates / tested.steepest)).argmin()
    assert moons.good[0, nearest]


def test_clipping_moves_the_rates_at_which_a_network_with_huge_weights_learns(exploded):
    assert exploded.first_norm > 1000
    assert 10 < exploded.first_loss < -np.log(1e-12)  # clipped: it would be thousands
    raw, clipped = (exploded.rates[learns].tolist() for learns in exploded.learns)
    assert raw == [1e-5, 1e-4, 1e-3]
    assert clipped == [0.01, 0.1, 1.0]
    assert np.isinf(exploded.losses[0, -3:]).all()
    assert exploded.saved_by(0.01, 0.001) == "each of the two"
    assert exploded.saved_by(0.001, 1e-6) == "neither"
    assert str(exploded).splitlines()[-1].split() == [
        "clipped",
        "to",
        "norm",
        "1",
        "0.53",
        "0.53",
        "0.53",
        "0.53",
        "1.00",
        "1.00",
        "1.00",
    ]
    assert str(exploded).splitlines()[-2].split()[-4:] == ["1.00", "-", "-", "-"]


def test_a_layer_of_deviation_1_enlarges_a_signal_five_times():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 50))
    y = COURSE["relu"](x @ rng.normal(size=(50, 50)).T)
    assert np.sqrt(2 / 50) == pytest.approx(0.2)  # He
    assert np.sqrt(np.mean(y**2) / np.mean(x**2)) == pytest.approx(5, abs=0.5)
    x = rng.normal(size=(400, 2))  # the first layer, whose inputs are two, does not
    assert np.sqrt(np.mean(COURSE["relu"](x @ rng.normal(size=(50, 2)).T) ** 2) / np.mean(x**2)) < 1.5


def test_schedules_lie_below_the_noise_floor_of_constant_rates(noise):
    floors = noise.excess[:, :, -1].mean(axis=1)
    assert floors[0] > 10 * floors[1] > 100 * max(floors[2:4])
    assert floors[4] == pytest.approx(3.4e-5, rel=0.1)  # between the constant rates and the two schedules
    assert noise.excess[:, :, 9].mean(axis=1).argmin() == 4  # after ten epochs it is the lowest
    assert floors.argmin() == 3
    assert noise.leader(noise.names) == noise.names[4]
    assert noise.leader(noise.names[:2]) == noise.names[1]


def test_the_reason_for_the_leader_after_ten_epochs_names_the_rates_of_then():
    t = 319  # the last update of ten epochs of 32 batches
    why, cosine = experiments.WHY["early"], COURSE["warmup_cosine"](t, total=1920, lr_max=0.1, warmup=100)
    for rate in (0.1 / (1 + t / 100), COURSE["step_decay"](t, lr=0.1, drop=0.5, every=240), cosine):
        assert f"{rate:.2g}" in why


def test_a_constant_rate_has_no_noise_floor_where_every_row_fits(noise):
    assert noise.exact[:, -1].max() < 1e-12 < 1e-4 * noise.excess[0, :, -1].min()


def test_batches_are_unbiased_and_single_rows_never_reach_the_target(batches):
    assert batches.bias < 1e-14
    assert np.isnan(batches.to_target[-1])
    assert np.isfinite(batches.to_target[:3]).all()
    assert batches.epochs_to_target[0] > 4 * batches.epochs_to_target[2]
    floors = batches.excess[:, -100:].mean(axis=1)
    assert (np.diff(floors) > 0).all()  # the smaller the batch, the higher the floor


def test_the_landscape_has_a_barrier_a_saddle_and_a_minimum(land):
    assert land.barrier > 0.05  # what the notebook calls one; how high it is differs from processor to processor
    assert land.barrier_renamed < 1e-3
    assert land.slope_at_zero < 1e-12
    assert (land.at_zero < 0).sum() == 4
    assert (land.at_zero > 0).sum() == 13
    assert land.slopes.max() < 1e-5
    assert land.at_solution.min() > 9e-4
    assert "all weights 0" in str(land).lower()
    assert land.ends.size == 12
    assert land.ends[-1] < 1.01 * land.ends[0]
    at = np.interp([0, 1], land.along, land.line)
    assert at == pytest.approx(land.ends[:2])


def test_a_point_that_has_diverged_is_infinite_and_the_path_ends_where_it_is_done():
    path = experiments.descend(SGD(3.0), np.array([1.0]), lambda x: x, 200)
    assert np.isinf(path[-1]).all()
    assert path[1] == pytest.approx(-2)
    short = experiments.descend(SGD(0.5), np.array([1.0]), lambda x: x, 200, done=lambda x: bool(x[0] < 0.1))
    assert short[:, 0] == pytest.approx([1, 0.5, 0.25, 0.125, 0.0625])


def test_experiments_leave_the_global_generator_alone_and_repeat():
    before = np.random.get_state()  # noqa: NPY002 - the state that must not change
    first, second = (experiments.noise_floor(SGD, COURSE["minibatches"], SCHEDULES, n_epochs=2) for _ in range(2))
    np.testing.assert_array_equal(first.excess, second.excess)
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_printed_records_fit_the_column_and_hold_their_numbers(
    race, bend, linear, moons, tested, exploded, noise, batches, land
):
    others = [experiments.forms(COURSE["Momentum"], COURSE["Nesterov"]), experiments.first_steps(OPTIMIZERS)]
    for record in (race, bend, linear, moons, tested, exploded, noise, batches, land, *others):
        assert [line for line in str(record).splitlines() if len(line) > 96] == []
    assert "346 / 346" in str(race)
    assert f"{exploded.first_norm:.0f}" in str(exploded)
    assert "never" in str(batches)
    assert moons.compared().count("+0.000") >= 1


def test_alt_texts_state_the_numbers_of_the_arrays(pictures, race, land, exploded):
    assert "SGD 346" in pictures["race"].alt
    assert f"barrier of {land.barrier:.2f}" in pictures["land"].alt
    assert "as it is: 1e-05, 0.0001, 0.001" in pictures["tools"].alt
