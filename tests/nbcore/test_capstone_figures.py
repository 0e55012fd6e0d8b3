"""Experiments, figures and the browser of the last notebook, run on a small classifier that the tests bring along."""

from dataclasses import replace

import numpy as np
import pytest
import solved

from autograder.course.percent import source_notebook
from nbcore import widgets
from nbcore.experiments import capstone as experiments
from nbcore.plots import capstone as plots
from nbcore.probe import session
from nbcore.widgets.capstone import ORDERS

# Right functions, as a student may write them; nbcore holds none.


def standardize(X_train, X_test):
    constant = np.ptp(X_train, axis=0) == 0
    mean, deviation = np.mean(X_train, axis=0), np.where(constant, 1.0, np.std(X_train, axis=0))
    return (X_train - mean) / deviation, (X_test - mean) / deviation


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(z):
    return np.maximum(z, 0.0)


def init_params(sizes, scheme, rng):
    assert scheme == "he"
    (n, h, k) = sizes
    W1, W2 = rng.normal(0, np.sqrt(2 / n), size=(h, n)), rng.normal(0, np.sqrt(2 / h), size=(k, h))
    return {"W1": W1, "b1": np.zeros(h), "W2": W2, "b2": np.zeros(k)}


def mlp_forward(X, params, hidden, output):
    Z1 = X @ params["W1"].T + params["b1"]
    A1 = hidden(Z1)
    Z2 = A1 @ params["W2"].T + params["b2"]
    A2 = output(Z2)
    return A2, {"A": [X, A1, A2], "Z": [Z1, Z2]}


def mlp_backward(y, cache, params, hidden_prime):
    dZ2 = (cache["A"][-1] - y) / len(y)
    dZ1 = dZ2 @ params["W2"] * hidden_prime(cache["Z"][0])
    return {"W1": dZ1.T @ cache["A"][0], "b1": dZ1.sum(0), "W2": dZ2.T @ cache["A"][1], "b2": dZ2.sum(0)}


def cross_entropy(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - np.sum(y * shifted, axis=1)))


def minibatches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


TOOLS = experiments.Tools(
    init_params=init_params,
    mlp_forward=mlp_forward,
    mlp_backward=mlp_backward,
    relu=relu,
    relu_prime=lambda z: np.heaviside(z, 0.0),
    softmax=softmax,
    dead_fraction=lambda Z: float(np.mean(np.all(Z <= 0, axis=0))),
    cross_entropy=cross_entropy,
    one_hot=lambda labels, n_classes: np.eye(n_classes)[labels],
    minibatches=minibatches,
    SGD=SGD,
)


def train_classifier(X, y, rng):
    """Nearest of a random half of the rows, so that trainings differ."""
    rows = rng.permutation(len(X))[: max(len(X) // 2, 1)]
    table, labels = X[rows], y[rows]
    squares = (table**2).sum(axis=1)
    return lambda X_new: labels[np.argmin(squares - 2 * X_new @ table.T, axis=1)]


@pytest.fixture(scope="module")
def parts():
    return experiments.digits_task()


@pytest.fixture(scope="module")
def base(parts):
    return experiments.baselines(parts, n_seeds=2)


@pytest.fixture(scope="module")
def checked(parts):
    return experiments.checklist(TOOLS, standardize, parts)


@pytest.fixture(scope="module")
def found(parts, base):
    return experiments.errors(train_classifier, parts, base.probabilities, n_trainings=3)


@pytest.fixture(scope="module")
def curves(parts):
    rows = experiments.learning_curve(train_classifier, parts, sizes=(50, 200, 5000), n_seeds=2)
    return rows, experiments.width_curve(TOOLS, standardize, parts, widths=(2, 32), n_seeds=2)


def test_the_three_parts_share_no_row_and_hold_every_digit_alike(parts):
    sizes = [len(y) for y in (parts.y_train, parts.y_val, parts.y_test)]
    assert sizes == [1079, 359, 359]
    assert np.bincount(parts.y_test).min() >= 34


def test_the_digits_are_what_the_prose_says_of_them(parts):
    from sklearn.datasets import load_digits

    said = " ".join(load_digits().DESCR.split())
    assert "30 contributed to the training set and different 13 to the test set" in said  # bundled is the test set
    assert sum(len(y) for y in (parts.y_train, parts.y_val, parts.y_test)) / 13 == pytest.approx(140, abs=5)
    assert 0 < np.sum(parts.X_train.max(axis=0) == 0) < 10
    hundred = np.random.default_rng(0).permutation(len(parts.y_train))[:100]
    counts = np.bincount(parts.y_train[hundred])
    assert 4 <= counts.min() < counts.max() <= 17  # "about ten of each digit"


def test_the_notebook_trains_a_classifier_more_than_25_times(parts, base):
    calls = []

    def count(X, y, rng):
        calls.append(len(X))
        return lambda X_new: np.zeros(len(X_new), dtype=int)

    experiments.learning_curve(count, parts)
    experiments.errors(count, parts, base.probabilities)
    experiments.right_rows(count, parts)
    by_tests = 6  # three times the cell of the values, two or more that of purity, and the one that measures the time
    assert 25 < len(calls) + by_tests < 30


def test_the_votes_stand_beside_the_first_network_of_the_baselines(parts, base, found):
    alone = experiments.errors(train_classifier, parts, n_trainings=3)
    np.testing.assert_array_equal(alone.baseline, found.baseline)
    np.testing.assert_array_equal(alone.y, found.y)


def test_baselines_are_as_strong_as_the_prose_says(base):
    accuracy = dict(zip(base.names, base.validation, strict=True))
    assert accuracy["most frequent class"] == pytest.approx(0.1, abs=0.01)
    assert accuracy["logistic regression"] == pytest.approx(0.96, abs=0.012)
    assert accuracy["MLPClassifier"] > 0.95
    right = base.validation[3] - base.validation[2]
    assert base.gain == pytest.approx(right)
    assert 0 < base.gain_error < np.hypot(*base.error[2:])  # the same rows: less than as if the two were apart
    assert base.error[2] == pytest.approx(
        np.sqrt(accuracy["logistic regression"] * (1 - accuracy["logistic regression"]) / 359)
    )


def test_every_line_of_the_checklist_holds_without_the_fault_and_fails_with_it(checked):
    assert [line.name for line in checked.lines if not line.holds(line.good)] == []
    assert [line.name for line in checked.lines if line.holds(line.bad)] == []
    assert checked.caught == len(checked.lines) == 12


def test_the_first_loss_is_that_of_chance(checked):
    assert checked.lines[0].good == pytest.approx(np.log(10), abs=0.05)


def test_scaling_with_the_held_out_rows_changes_little_here(checked):
    assert abs(checked.leak) < 0.02


def test_choosing_inputs_by_all_rows_predicts_coin_flips(checked):
    selection = checked.lines[-1]
    assert selection.good == pytest.approx(0.5, abs=0.05)
    assert selection.bad > 0.6


def test_a_measure_that_is_not_a_number_holds_nowhere(checked):
    assert not any(line.holds(np.nan) for line in checked.lines)


def test_more_rows_and_more_units_help(curves):
    rows, widths = curves
    assert rows.values.tolist() == [50, 200, 1079]
    assert np.all(np.diff(rows.validation.mean(axis=1)) > 0)
    assert widths.validation[1].min() > 0.9 > widths.validation[0].max()


def test_a_slow_classifier_is_trained_less_often(parts):
    calls = []

    def count(X, y, rng):
        calls.append(len(X))
        return train_classifier(X, y, rng)

    experiments.learning_curve(count, parts, sizes=(50, 100), n_seeds=3, seconds=-1.0)
    assert calls == [50]
    single = experiments.errors(count, parts, np.full((359, 10), 0.1), seconds=-1.0).single
    assert single.size == 1


def test_mistakes_come_first_and_the_surest_before_the_others(found):
    n = int(found.wrong.sum())
    assert n > 0
    assert found.wrong[:n].all()
    assert not found.wrong[n:].any()
    assert np.all(np.diff(found.votes.max(axis=1)[:n]) <= 0)
    assert np.all(found.votes.sum(axis=1) == pytest.approx(1))
    assert found.accuracy == pytest.approx(1 - n / 359)


@pytest.fixture(scope="module")
def pictures(parts, base, checked, curves, found):
    counts = np.zeros((10, 10))
    np.add.at(counts, (found.y, found.predicted), 1)
    return {
        "baselines": plots.baselines(base),
        "checklist": plots.checklist(checked),
        "curves": plots.validation_curves(*curves),
        "confusion": plots.confusion(counts),
        "digits": plots.digits(parts.X_train, parts.y_train),
    }


def test_alt_texts_state_the_numbers_of_the_arrays(pictures, parts, base):
    assert f"logistic regression {base.validation[2]:.3f}" in pictures["baselines"].alt
    assert f"{base.gain:+.3f} ± {base.gain_error:.3f}" in pictures["baselines"].alt
    assert f"deviation is {parts.X_train.std(axis=0).max():.1f}" in pictures["digits"].alt


def test_a_ring_of_the_checklist_is_where_the_value_is_measured(checked):
    for line in checked.lines:
        if line.at is not None:
            assert line.good_curve[line.at] == pytest.approx(line.good, rel=0.6, abs=1e-9), line.name
    assert [line.name for line in checked.lines if line.at is None] == ["direction of a step", "stop by validation"]


def test_a_matrix_without_mistakes_can_be_drawn():
    assert "0 beside it" in plots.confusion(np.diag([3, 4, 5])).alt


def test_the_browser_walks_through_all_mistakes(found):
    explorer = widgets.error_browser(found)
    n = int(found.wrong.sum())
    seen = []
    for order in ORDERS:
        for number in range(1, n + 1):
            explorer.set(order=order, number=number)
            assert explorer.arrays.y != explorer.arrays.voted
            seen.append((order, explorer.alt.split("Target")[0]))
    assert len(set(seen)) > n
    assert explorer.frame().startswith(b"\x89PNG")


def test_the_target_of_the_browser_is_a_look_alike_of_the_voted_class(found):
    explorer = widgets.error_browser(found)
    reached = []
    for number in range(1, int(found.wrong.sum()) + 1):
        explorer.set(number=number)
        view = explorer.arrays
        reached.append(view.distance_voted < view.distance_true)
        assert explorer.target(view).reached == reached[-1]
    assert any(reached)


def test_the_command_of_the_browser_gives_its_state_again(found):
    explorer = widgets.error_browser(found, number=2)
    again = eval(explorer.command, {"widgets": widgets, "found": found})
    assert again.values == explorer.values


def test_a_classifier_without_mistakes_shows_its_doubts(parts):
    truth = {tuple(row): label for row, label in zip(parts.X_test, parts.y_test, strict=True)}
    perfect = experiments.errors(
        lambda X, y, rng: lambda rows: np.array([truth[tuple(row)] for row in rows]),
        parts,
        np.full((359, 10), 0.1),
        n_trainings=1,
    )
    assert "No mistakes" in widgets.error_browser(perfect).alt
    assert not perfect.varies
    assert "only one was made" in perfect.agreement


def test_a_classifier_without_chance_is_told_so_and_gets_no_share(parts):
    def nearest_mean(X, y, rng):
        means = np.array([X[y == label].mean(axis=0) for label in range(10)])
        return lambda rows: ((rows[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)

    same = experiments.errors(nearest_mean, parts, np.full((359, 10), 0.1), n_trainings=2)
    assert not same.varies
    assert "makes no use of rng: nothing to compare" in same.agreement
    assert "%" not in same.agreement


def test_probabilities_in_place_of_labels_are_told_in_words_by_every_experiment(parts):
    def probabilities(X, y, rng):
        return lambda rows: np.zeros((len(rows), 10))

    for trial in (
        lambda: experiments.learning_curve(probabilities, parts, sizes=(50,)),
        lambda: experiments.errors(probabilities, parts, np.full((359, 10), 0.1)),
        lambda: experiments.right_rows(probabilities, parts),
        lambda: experiments.accuracy(probabilities(0, 0, 0), parts.X_val, parts.y_val),
    ):
        with pytest.raises(ValueError, match="one label a row is wanted"):
            trial()


# The trial of a classifier --------------------------------------------------------------------------------------------


def test_turned_images_are_other_rows_with_other_names(parts):
    other = experiments.turned(parts)
    np.testing.assert_array_equal(other.X_val[0].reshape(8, 8), parts.X_val[0].reshape(8, 8).T)
    assert not np.any(other.y_val == parts.y_val)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "return predict"),
        (np.zeros(3), "the function predict"),
        (lambda X: np.zeros((len(X), 10)), "which column"),
        (lambda X: 3, "which axis"),
        (lambda X: np.zeros(len(X)), "whole numbers"),
    ],
)
def test_what_is_no_label_a_row_is_told_in_words(given, said):
    with pytest.raises((TypeError, ValueError), match=said):
        experiments.labels(given, np.zeros((4, 64)))


def test_a_classifier_that_reads_what_is_not_there_in_grading_is_told_so(parts):
    space = {"np": np, "digits": parts, "rates": [0.1, 0.2]}
    source = """
def inside(X, y, rng):
    def predict(X_new):
        return {}
    return predict
"""
    for code, name in (("digits.y_val", "digits"), ("__import__('os')", ""), ("rates", "")):
        exec(source.format(code), space)
        if name:
            with pytest.raises(NameError, match=f"inside uses {name}"):
                experiments.require_alone(space["inside"])
        else:
            experiments.require_alone(space["inside"])
    exec("def borrowed(X, y, rng):\n    from sklearn import svm\n    return svm", space)
    with pytest.raises(NameError, match="borrowed uses sklearn"):
        experiments.require_alone(space["borrowed"])
    experiments.require_alone(train_classifier)


def test_the_accuracy_in_points_is_that_of_the_steps():
    for accuracy, points in ((0.92, 0), (0.93, 2), (0.95, 4), (0.97, 6)):
        assert f"would earn {points} of 6" in experiments.worth(accuracy, 359)
        assert experiments.earned(accuracy)[0] == points
        assert f"in grading {points} of 6" in experiments.earned(accuracy)[1]
    assert experiments.worth(0.978, 359).endswith("0.963 to 0.993.")
    assert experiments.worth(0.999, 359).endswith("to 1.000.")


def test_a_classifier_that_fails_its_test_is_promised_no_points():
    session.failed("a check", [train_classifier], "wrong")
    try:
        assert experiments.worth(0.99, 359, of=train_classifier).startswith("Your train_classifier fails its test")
    finally:
        session.passed("a check")


def test_a_drawing_is_read_as_an_image_and_one_of_another_size_is_refused_in_words():
    seen = []
    drawing = "\n".join(["#......."] + ["........"] * 6 + [".......#"])
    assert experiments.read_drawing(lambda X: seen.append(X) or np.array([7]), drawing) == 7
    assert seen[0].shape == (1, 64)
    assert np.flatnonzero(seen[0]).tolist() == [0, 63]
    assert seen[0].max() == 16
    with pytest.raises(ValueError, match="8 lines of 8 characters, and its lines have 3, 2"):
        experiments.read_drawing(lambda X: np.array([7]), "...\n..")


def test_the_drawing_of_the_notebook_is_read_rightly_with_every_seed(solution, parts):
    source = next(
        cell.source for cell in source_notebook(solved.COURSE, "08_capstone").cells if "drawing =" in cell.source
    )
    drawing = source.split('"""')[1]
    for seed in range(3):
        predict = solution["train_classifier"](parts.X_train, parts.y_train, np.random.default_rng(seed))
        assert experiments.read_drawing(predict, drawing) == 7


def test_images_move_by_one_pixel_and_zeros_come_in():
    image = np.zeros((8, 8))
    image[2, 3] = image[0, 7] = 1.0
    seen = []
    experiments.shifted(
        lambda X: seen.append(X[0].reshape(8, 8)) or np.zeros(1, dtype=int), image.reshape(1, 64), np.zeros(1)
    )
    right, left, down, up = seen
    assert right[2, 4] == left[2, 2] == down[3, 3] == up[1, 3] == 1
    assert [moved.sum() for moved in seen] == [1, 2, 2, 1]


def test_single_trainings_are_compared_with_logistic_regression_on_the_same_rows(found):
    assert found.gains.mean() == pytest.approx(found.single.mean() - found.linear)
    assert found.linear == pytest.approx(0.958, abs=0.006)


def test_a_gain_within_its_errors_is_called_unclear(base):
    assert base.verdict("large", "small", "unclear") == "unclear"
    assert replace(base, gain=0.1, gain_error=0.01).verdict("large", "small", "unclear") == "large"


# The numbers of the model answer, by the solution --------------------------------------------------------------------


@pytest.fixture(scope="module")
def solution():
    return solved.functions("08_capstone")


@pytest.fixture(scope="module")
def judged(solution, parts, base):
    return experiments.errors(solution["train_classifier"], parts, base.probabilities)


def test_the_curves_of_the_solution_are_those_of_the_model_answer(solution, parts):
    rows = experiments.learning_curve(solution["train_classifier"], parts)
    assert rows.train.min() == 1
    validation = rows.validation.mean(axis=1)
    assert validation[0] == pytest.approx(0.75, abs=0.03)
    assert validation[-1] == pytest.approx(0.97, abs=0.01)
    assert validation[-1] - validation[-2] == pytest.approx(0.003, abs=0.002)  # "The last 379 rows add 0.003"
    tools = experiments.Tools(**{name: solution[name] for name in experiments.Tools.__dataclass_fields__})
    widths = experiments.width_curve(tools, solution["standardize"], parts)
    means = widths.validation.mean(axis=1)
    assert widths.values[np.argmax(means >= 0.9)] == 8
    assert means[2] < 0.89  # 4 units miss 0.9, and 8 reach it, by more than one standard error of 359 rows
    assert means[3] > 0.93
    assert widths.train[3].min() > 0.99  # "so long that 8 units fit the training rows"
    assert rows.last_gain == pytest.approx((0.003, 0.005), abs=1e-3)  # "The last 379 rows add 0.003 ± 0.005"
    assert widths.last_gain == pytest.approx((0, 0.003), abs=1e-3)  # "the last doubling of the units 0.000 ± 0.003"
    assert "no rise is shown" in rows.rises("rows")
    assert replace(rows, right=rows.right[:-1]).last_gain == pytest.approx((0.029, 0.0076), abs=2e-3)


def test_what_the_prose_says_of_rates_dead_units_and_shifts(solution, parts):
    tools = experiments.Tools(**{name: solution[name] for name in experiments.Tools.__dataclass_fields__})
    X, X_val = solution["standardize"](parts.X_train, parts.X_val)
    scaled = experiments.Labelled(X, parts.y_train, X_val, parts.y_val)
    ends = {}
    for rate in (0.1, 0.2, 0.4, 0.8, 1.6, 0.5):
        runs = [experiments.train(tools, scaled, experiments.Recipe(learning_rate=rate), seed=s) for s in range(3)]
        ends[rate] = [run.losses[-20:].mean() for run in runs]
    assert max(max(losses) for rate, losses in ends.items() if rate < 1.6) < 0.2
    assert min(ends[1.6]) > 2  # "from 0.1: 1.6 explodes"
    raw = experiments.Labelled(parts.X_train, parts.y_train, parts.X_val, parts.y_val)
    dead = [experiments.train(tools, raw, experiments.Recipe(), seed=seed).dead[-1] for seed in range(6)]
    assert min(dead) == pytest.approx(0.2, abs=0.03)  # units die, though line 9 passes
    assert 0.4 < max(dead) < 0.5
    predict = solution["train_classifier"](parts.X_train, parts.y_train, np.random.default_rng(0))
    assert experiments.shifted(predict, parts.X_val, parts.y_val)["right"] == pytest.approx(0.43, abs=0.01)


def test_the_nearest_image_is_as_good_as_the_prose_says_raw_and_standardized(parts):
    def accuracy(X, X_val):
        nearest = [((X - row) ** 2).sum(axis=1).argmin() for row in X_val]
        return np.mean(parts.y_train[nearest] == parts.y_val)

    train, val = standardize(parts.X_train, parts.X_val)
    assert accuracy(parts.X_train, parts.X_val) == pytest.approx(0.99, abs=0.003)
    assert accuracy(train, val) == pytest.approx(0.97, abs=0.003)
    assert val.max() == pytest.approx(46, abs=0.5)  # "one validation value becomes 46"


def test_the_mistakes_of_the_solution_are_those_of_the_model_answer(judged):
    assert judged.accuracy == pytest.approx(0.967, abs=0.003)
    assert experiments.standard_error(judged.accuracy, len(judged.y)) == pytest.approx(0.009, abs=6e-4)
    assert np.mean(judged.votes.max(axis=1)[judged.wrong] > 0.99) > 0.5  # the same in all five trainings
    pairs = list(zip(judged.y[judged.wrong].tolist(), judged.predicted[judged.wrong].tolist(), strict=True))
    assert sum(pair in ((3, 5), (3, 2)) for pair in pairs) >= 3
    assert sum(true in (8, 4) for true, _ in pairs) >= len(pairs) / 2
    assert 0.003 < np.ptp(judged.single) < 0.02  # "about a percent"


def test_three_networks_are_a_little_better_and_steadier_than_one(solution, parts):
    scaled, held_out = solution["standardize"](parts.X_train, parts.X_val)
    targets, alone, together = solution["one_hot"](parts.y_train, 10), [], []
    for seed in range(6):
        rng, probabilities = np.random.default_rng(seed), []
        for _ in range(3):
            params = solution["init_params"]([64, 64, 10], "he", rng)
            optimizer = solution["AdamW"](lr=5e-3, weight_decay=0.1)
            for _ in range(20):
                for X, y in solution["minibatches"](scaled, targets, 64, rng):
                    _, cache = solution["mlp_forward"](X, params, solution["relu"], solution["softmax"])
                    optimizer.step(params, solution["mlp_backward"](y, cache, params, solution["relu_prime"]))
            probabilities.append(solution["predict_proba"](held_out, params, solution["relu"], solution["softmax"]))
        alone.append(np.mean(probabilities[0].argmax(axis=1) == parts.y_val))
        together.append(np.mean(sum(probabilities).argmax(axis=1) == parts.y_val))
    assert np.mean(alone) < np.mean(together) < np.mean(alone) + 0.02  # two standard errors of 359 rows
    assert np.std(together) < np.std(alone)
    assert np.ptp(alone) == pytest.approx(0.017, abs=1e-3)  # "of one network moves, of the mean of three less"
    assert np.ptp(together) == pytest.approx(0.008, abs=1e-3)
