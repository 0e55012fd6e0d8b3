"""Notebook 02: its solutions agree with scikit-learn, NumPy and SciPy, and its experiments and figures hold the numbers
that the prose states. The solutions are read from the notebook's source and run here; `nbcore` holds none of them."""

import ast
import inspect
import re
from typing import Any

import numpy as np
import pytest
import solved
from scipy import special, stats
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.neural_network import MLPClassifier

from nbcore import data
from nbcore.experiments import forward as experiments
from nbcore.plots import forward as plots

S = solved.functions("02_forward", "pocket")
HIDDEN = {"identity": lambda z: z, "sigmoid": S["sigmoid"], "tanh": S["tanh"], "relu": S["relu"]}
OUTPUTS = {"two classes": S["sigmoid"], "three classes": S["softmax"], "regression": lambda z: z}


# The solutions against independent ones ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_perceptron_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    y[0] = 0  # scikit-learn counts a score of 0 as a mistake for both classes; ours is one for class 0 only
    other = Perceptron(penalty=None, shuffle=False, eta0=1.0, tol=None, max_iter=7).fit(X, y)
    w, b, mistakes = S["perceptron_fit"](X, y, epochs=7)
    assert len(mistakes) == 7
    assert w == pytest.approx(other.coef_[0], abs=1e-12)
    assert b == pytest.approx(other.intercept_[0], abs=1e-12)


def test_the_forward_pass_gives_the_predictions_of_scikit_learn_to_1e_12() -> None:
    rows = experiments.agreement(S["predict_proba"], S["predict"], HIDDEN, OUTPUTS)
    assert len(rows) == 12
    assert max(row.difference for row in rows) < 1e-12
    assert all(row.same_labels == 1 for row in rows if row.task != "regression")


def test_the_agreement_sees_a_wrong_forward_pass() -> None:
    def wrong(X: Any, params: Any, hidden: Any, output: Any) -> Any:
        return S["predict_proba"](X, params | {"b1": params["b1"] + 1e-9}, hidden, output)

    rows = experiments.agreement(wrong, S["predict"], {"tanh": np.tanh}, {"two classes": S["sigmoid"]})
    assert rows[0].difference > 1e-12


def test_the_examples_of_initialization_by_hand() -> None:
    assert np.sqrt(6 / (2 + 4)) == np.sqrt(2 / 2) == 1
    many = S["init_params"]([2, 4], "xavier", np.random.default_rng(0))["W1"]
    assert np.abs(many).max() <= 1
    assert np.sqrt(2 / 50) == pytest.approx(0.2)  # of the network that explodes in the notebook on optimizers


@pytest.mark.parametrize("seed", range(3))
def test_initial_weights_have_the_distributions_that_scipy_knows(seed: int) -> None:
    sizes = [300, 70]
    W = S["init_params"](sizes, "xavier", np.random.default_rng(seed))["W1"]
    limit = np.sqrt(6 / 370)
    assert stats.kstest(W.ravel(), stats.uniform(-limit, 2 * limit).cdf).pvalue > 0.01
    W = S["init_params"](sizes, "he", np.random.default_rng(seed))["W1"]
    assert stats.kstest(W.ravel(), stats.norm(0, np.sqrt(2 / 300)).cdf).pvalue > 0.01
    assert stats.kstest(W.ravel(), stats.norm(0, np.sqrt(2 / 70)).cdf).pvalue < 1e-6


def test_the_interpolant_is_that_of_numpy() -> None:
    rng = np.random.default_rng(0)
    x, y = np.cumsum(rng.uniform(0.1, 1, 20)), rng.normal(size=20)
    w, knots, bias = S["relu_interpolant"](x, y)
    grid = np.linspace(x[0], x[-1], 500)
    assert bias + S["relu"](grid[:, None] - knots) @ w == pytest.approx(np.interp(grid, x, y), abs=1e-12)


def test_the_interpolant_by_hand_has_the_weights_in_the_text() -> None:
    w, knots, bias = S["relu_interpolant"](np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 2.0]))
    assert (w.tolist(), knots.tolist(), bias) == ([2, -2.5, 0.5], [0, 1, 3], 1)


def test_the_network_by_hand_in_the_text_computes_xor() -> None:
    params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0]), "W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    out, cache = S["mlp_forward"](corners, params, S["relu"], lambda z: z)
    assert out.ravel().tolist() == [0, 1, 1, 0]
    assert cache["A"][1].tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        (0, lambda u, w, x, e, R, gamma: u @ x),
        (1, lambda u, w, x, e, R, gamma: 2 * w @ x + x @ x),
        (0, lambda u, w, x, e, R, gamma: gamma),
        (1, lambda u, w, x, e, R, gamma: R**2),
        (2, lambda u, w, x, e, R, gamma: R / gamma),
    ],
)
def test_a_wrong_step_of_the_proof_is_seen_by_one_of_the_probes(step: int, wrong: Any) -> None:
    u = np.array([0.6, 0.8])
    probes = [
        (u, np.array([2.0, -1.0]), np.array([1.0, 3.0]), 1, 5.0, 0.5),
        (u, np.array([3.0, 0.0]), np.array([1.0, -3.0]), -1, 6.0, 0.4),
    ]
    rights = [list(experiments.one_mistake(*probe).values())[step] for probe in probes]
    assert [wrong(*probe) for probe in probes] != pytest.approx(rights)


PROBES = [(100, 0.07, 5.0, 2.5), (25, 0.3, 2.0, 0.4)]


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        (0, lambda n, v, a, r: n * v),
        (0, lambda n, v, a, r: n * v * a**2),
        (0, lambda n, v, a, r: n * v**2 * a),
        (0, lambda n, v, a, r: 1 / v),
        (2, lambda n, v, a, r: 0.2 * v),
        (2, lambda n, v, a, r: 1 / n),
        (3, lambda n, v, a, r: r),
        (3, lambda n, v, a, r: 2 * r / 3),
        (3, lambda n, v, a, r: r**2 / 12),
    ],
)
def test_a_wrong_step_of_the_initialization_is_seen_with_each_probe(step: int, wrong: Any) -> None:
    for probe in PROBES:
        right = list(experiments.random_layers(*probe).values())[step]
        assert wrong(*probe) != pytest.approx(right, rel=0.05)
        assert list(S["init_steps"](*probe).values())[step] == pytest.approx(right, rel=0.05)


def test_numbers_copied_from_the_first_probe_are_wrong_with_the_second() -> None:
    first, second = (experiments.random_layers(*probe) for probe in PROBES)
    assert [key for key in first if first[key] == pytest.approx(second[key], rel=0.05)] == ["2. share"]


@pytest.mark.parametrize("seed", range(5))
def test_the_steps_of_the_proof_hold_for_every_mistake(seed: int) -> None:
    rng = np.random.default_rng(seed)
    u, w, x = rng.normal(size=(3, 4))
    e = -1 if w @ x >= 0 else 1  # a mistake: the answer is on the wrong side
    one, two, three = S["bound_steps"](u, w, x, e, 3.0, 0.5).values()
    moved = w + e * x
    assert one == pytest.approx(u @ moved - u @ w)
    assert two == pytest.approx(moved @ moved - w @ w)
    assert two <= x @ x  # one term is never positive
    assert three == 36


def test_the_steps_of_the_initialization_hold_for_many_random_layers() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(1000, 50))
    steps = S["init_steps"](50, 0.3, 1.0, 2.0)
    found = np.mean((z @ rng.normal(0, np.sqrt(0.3), size=(2000, 50)).T) ** 2)
    assert steps["1. E[z^2]"] == pytest.approx(found, rel=0.03)
    assert steps["2. share"] == pytest.approx(np.mean(S["relu"](z) ** 2) / np.mean(z**2), rel=0.03)
    weights = rng.normal(0, np.sqrt(steps["3. variance"]), size=(2000, 50))
    assert np.mean((S["relu"](z) @ weights.T) ** 2) == pytest.approx(np.mean(z**2), rel=0.03)
    assert steps["4. uniform"] == stats.uniform(-2, 4).var()


# The numbers of the prose --------------------------------------------------------------------------------------------


def test_no_run_makes_more_mistakes_than_the_bound() -> None:
    runs = experiments.convergence(S["perceptron_fit"])
    assert runs.holds
    assert runs.clean
    assert (np.diff(runs.bound.min(axis=1)) < 0).all()
    assert (np.diff(runs.mistakes.mean(axis=1)) < 0).all()


def test_the_bound_of_the_cell_is_that_of_the_experiment() -> None:
    one = data.separable(100, margin=1 / 32, rng=0)
    R, gamma = np.sqrt(np.max(np.sum(one.X**2, axis=1)) + 1), one.margin / np.sqrt(1 + one.b**2)
    runs = experiments.convergence(S["perceptron_fit"], n_seeds=1)
    assert (R / gamma) ** 2 == pytest.approx(runs.bound[0, 0])
    assert runs.margins[0] == one.margin


def test_the_bound_is_seen_to_fail_where_it_does() -> None:
    def careless(X: Any, y: Any, lr: float = 1.0, epochs: int = 100) -> Any:
        w, b, mistakes = S["perceptron_fit"](X, y, lr, epochs)
        return w, b, [10**6, *mistakes]

    assert not experiments.convergence(careless, n_seeds=2).holds


def test_half_the_margin_doubles_the_mistakes_and_multiplies_the_bound_as_the_question_says() -> None:
    runs = experiments.convergence(S["perceptron_fit"])
    assert runs.growth[0] == pytest.approx(2.0, abs=0.05)
    assert runs.growth_error < 0.05
    assert "the lowest bound grows 2.6 to 3.9 times" in runs.table()
    medians = np.median(runs.mistakes, axis=1)
    assert (medians[0] / medians[-1]) ** (1 / 6) == pytest.approx(1.9, abs=0.05)


def test_xor_cycles_as_the_model_answer_says() -> None:
    runs = experiments.runs(S["perceptron_fit"], S["pocket"])
    assert runs.cycles
    assert (runs.cycle_w[0].tolist(), runs.cycle_b[0]) == ([-1, 0], 0)
    assert runs.end == "return to where they were"
    assert runs.mistakes.tolist() == [3, 3] + 18 * [4]
    assert "XOR, mistakes of each epoch: 3, 3, 4, 4" in runs.table()


def test_random_rows_find_the_best_line_for_the_pocket_on_xor_and_do_not_keep_it() -> None:
    runs = experiments.runs(S["perceptron_fit"], S["pocket"])
    for name, best in {"XOR": 0.25, "overlapping clouds": 0.18}.items():
        assert runs.pocket[name][-1] == pytest.approx(best)
        assert (runs.pocket[name] == np.minimum.accumulate(runs.wrong[name])).all()
        assert runs.wrong[name][60:].max() >= best + 0.25


def test_the_pocket_is_not_better_than_logistic_regression_by_more_than_a_row() -> None:
    runs = experiments.runs(S["perceptron_fit"], S["pocket"])
    rows = experiments.N_CLOUDS * (runs.logistic - runs.pocket["overlapping clouds"][-1])
    assert rows == pytest.approx(1)
    assert "Logistic regression on the same 100 rows of the clouds: 19% wrong. One row is 1%," in runs.table()


def test_twenty_relu_layers_shrink_with_xavier_and_not_with_he() -> None:
    signals = experiments.signals(S["init_params"], S["mlp_forward"], S["relu"])
    assert signals.rms["xavier"][-1] == pytest.approx(2.0**-10, rel=0.3)
    assert signals.xavier == "about 1/1000"
    assert signals.rms["he"] == pytest.approx(1, abs=0.3)
    swapped = {"he": signals.rms["xavier"], "xavier": signals.rms["he"]}
    assert experiments.Signals(swapped, signals.width, signals.n_draws).xavier == "about 1"
    assert "layer 20" in signals.table()


def test_the_fold_takes_both_corners_of_class_1_to_one_place() -> None:
    params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0]), "W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
    fold = experiments.fold(S["mlp_forward"], S["relu"], params)
    assert fold.n_places == 3
    assert fold.hidden.tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert ((fold.output >= 0.5) == (fold.labels == 1)).all()
    assert fold.mapped @ fold.w + fold.b == pytest.approx(fold.plane)


def test_a_network_draws_a_line_through_its_points() -> None:
    f = solved.functions("02_forward", "drawing_network")
    points = np.array([[0, 0], [0, 3], [1, 1], [2, 3], [2, 0]])
    drawn = experiments.drawing(S["mlp_forward"], S["relu"], S["relu_interpolant"], f["drawing_network"], points)
    assert drawn.line[::40] == pytest.approx(points, abs=1e-12)
    assert drawn.line[20] == pytest.approx([0, 1.5])
    assert str(drawn) == "5 points: 4 hidden units, 18 weights and biases."


@pytest.mark.parametrize("gate", ["AND", "OR"])
def test_the_other_gates_are_learned(gate: str) -> None:
    mistakes = S["perceptron_fit"](experiments.CORNERS, experiments.GATES[gate])[2]
    assert mistakes[-1] == 0


def test_one_of_four_wrong_is_the_best_that_a_line_can_do_on_xor() -> None:
    angles, shifts = np.meshgrid(np.linspace(0, 2 * np.pi, 361), np.linspace(-3, 3, 121))
    w = np.stack([np.cos(angles).ravel(), np.sin(angles).ravel()])
    wrong = ((experiments.CORNERS @ w + shifts.ravel() >= 0) != experiments.GATES["XOR"][:, None]).sum(axis=0)
    assert wrong.min() == 1


def test_the_machine_learns_the_cards() -> None:
    cards = experiments.punched_cards(S["perceptron_fit"])
    assert cards.weights.size == 400  # "cards of 400 places"
    means = dict(zip(cards.n_cards.tolist(), cards.accuracy.mean(axis=1), strict=True))
    assert means[5] < 0.75
    assert means[15] < 0.9 < means[20]
    assert means[200] > 0.99
    assert cards.enough == pytest.approx(17, abs=1)
    assert cards.enough_in_words == "about 20"
    assert cards.table().endswith("Nine of ten fresh cards are right after about 17 cards.")
    assert cards.mistakes[-1].mean() < 10  # "a few mistakes are enough"
    assert (np.diff(cards.mistakes, axis=0) >= 0).all()
    assert cards.weights[:, :10].mean() < 0 < cards.weights[:, 10:].mean()


def test_a_machine_that_does_not_learn_needs_more_cards_than_were_shown() -> None:
    cards = experiments.punched_cards(lambda X, y, **_: (np.zeros(400), 0.0, [0]), n_seeds=2)
    assert cards.enough_in_words == "more than 200"
    assert cards.table().endswith("± standard error.")


def test_hidden_units_solve_what_a_line_cannot() -> None:
    result = experiments.widths(S["predict"], S["tanh"], S["sigmoid"])
    solved_by = dict(zip(result.xor_widths.tolist(), result.solved, strict=True))
    assert solved_by[2] == pytest.approx(0.55, abs=0.03)  # "from about half of the starts"
    assert solved_by[2] == result.solved_by(2)
    assert solved_by[8] == 1  # "eight from all"
    assert solved_by[4] == 1  # "with four from all"
    assert (np.diff(result.solved[:3]) > 0).all()  # "more units leave more ways out"
    assert (experiments.GOOD, result.n_starts) == (0.94, 200)  # "from 1 of 10 (moons, accuracy above 0.94)"
    assert result.good.tolist() == [0, 1, 10, 10, 10, 10, 10]  # "few starts find them; three from nearly every start"
    assert result.compared == "the same to 0.01"
    assert "± 3.5%" in result.table()
    accuracy = dict(zip(result.moons_widths.tolist(), result.accuracy.mean(axis=1), strict=True))
    assert accuracy[2] < 0.92 < 0.95 < accuracy[3]
    assert abs(accuracy[64] - accuracy[3]) < 0.01  # "the same to 0.01"


def test_where_xor_is_not_solved_training_has_ended() -> None:
    longer = [
        experiments._fit(experiments._classifier((2,), "tanh", seed, max_iter=n, alpha=1e-4), experiments.CORNERS, xor)
        for xor in [experiments.GATES["XOR"]]
        for seed in range(40)
        for n in (100, 3000)
    ]
    right = [np.array_equal(net.predict(experiments.CORNERS), experiments.GATES["XOR"]) for net in longer]
    assert right[::2] == right[1::2]
    assert 0 < sum(right) < len(right)


def test_two_lines_can_follow_the_moons_and_few_starts_find_them() -> None:
    X, y = data.moons(rng=0)
    shares = {}
    for width in (2, 3):
        scores = []
        for split in range(4):
            parts = data.standardised(data.split(X, y, validation=0, test=0.3, rng=split))
            fits = (
                experiments._fit(experiments._classifier((width,), "tanh", k), parts.X_train, parts.y_train)
                for k in range(10)
            )
            scores.append([net.score(parts.X_test, parts.y_test) for net in fits])
        shares[width] = np.mean(np.array(scores) > experiments.GOOD)
        assert (np.max(scores, axis=1) > experiments.GOOD).all()  # in each split some start is good
    assert shares[2] < 0.3 < 0.9 < shares[3]


def test_a_network_of_identities_is_logistic_regression() -> None:
    result = experiments.boundaries(S["predict_proba"], S["predict"], HIDDEN, S["sigmoid"], n_grid=21)
    identity = result.accuracy[:, result.activations.index("identity")]
    assert identity == pytest.approx(result.baseline, abs=0.03)
    moons = dict(zip(result.activations, result.accuracy[1].mean(axis=1), strict=True))
    assert moons["identity"] < 0.92 < 0.94 < min(moons["tanh"], moons["relu"])
    assert result.separated("identity") == "linear only"
    assert result.separated("tanh") == "all three"
    # The last digit differs from processor to processor.
    assert re.search(r"mean -?0\.00[0-4], standard error 0\.00[1-4]", result.compared("moons", "tanh", "relu"))
    ahead = result.difference("sigmoid", "relu")[1]
    assert 0.005 < ahead.mean() < 0.012  # "almost 0.01"
    assert ahead.mean() > 2 * ahead.std(ddof=1) / np.sqrt(ahead.size)
    paired = result.difference("tanh", "relu")[1]
    assert abs(paired.mean()) < 2 * paired.std(ddof=1) / np.sqrt(paired.size)  # "did not differ by more than chance"
    assert result.accuracy[2, 2:].min() > 0.97
    assert identity[2].mean() == pytest.approx(0.51, abs=0.02)  # circles: guessing
    assert result.accuracy[2, 1:].min() == 1  # no network with an activation is stopped on a plateau
    words = result.undecided("circles", "identity")
    assert words.endswith("accuracies from 0.300 to 0.620.")
    assert "between 0.45 and 0.56" in words


def test_the_collapsed_identity_network_has_the_weights_of_logistic_regression() -> None:
    X, y = data.moons(200, rng=0)
    network = MLPClassifier(
        (3,), activation="identity", solver="lbfgs", alpha=0, max_iter=5000, tol=1e-10, random_state=0
    )
    params = experiments.parameters_of(network.fit(X, y))
    w = params["W2"] @ params["W1"]
    other = LogisticRegression(C=1e10, tol=1e-10, max_iter=5000).fit(X, y)
    assert w == pytest.approx(other.coef_, rel=1e-3)


def test_relu_by_hand_converges_with_order_two_and_a_cubic_is_stuck() -> None:
    units = {"tanh": S["tanh"], "ReLU": S["relu"], "cubic": lambda z: z**3}
    result = experiments.approximation(S["relu_interpolant"], S["relu"], units)
    assert result.order == pytest.approx(-2, abs=0.02)
    cubic = result.errors["cubic"][2:]
    assert cubic.min() == pytest.approx(cubic.max(), rel=1e-6)
    assert cubic.min() == pytest.approx(1.14, abs=0.01)
    assert np.median(result.errors["tanh"][-1]) < 1e-6
    assert (result.halved, result.beside("tanh"), result.beside("ReLU")) == (
        "a quarter",
        "more than 1000 times smaller",
        "larger",
    )
    assert "cubic stays at 1.1" in result.table()
    assert np.median(result.weights["tanh"][-1]) > 100 > np.abs(result.target).max()  # "terms that nearly cancel"
    random = np.median(result.errors["ReLU"], axis=1)
    assert random[-3:] == pytest.approx([0.25, 0.092, 0.030], rel=0.2)  # it goes on falling: no unit is left free
    assert (np.diff(result.by_hand[1:]) < 0).all()


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ValueError, match="no such task"):
        experiments._task("ranking")


def test_experiments_leave_the_global_generator_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    experiments.punched_cards(S["perceptron_fit"], n_cards=(5,), n_seeds=1)
    experiments.agreement(S["predict_proba"], S["predict"], {"tanh": S["tanh"]}, {"two classes": S["sigmoid"]})
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_the_experiments_hold_no_solution() -> None:
    tree = ast.parse(inspect.getsource(experiments))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not names & S.keys()
    assert not re.search(r"np\.tanh|expit|2 / n_in|\* error", inspect.getsource(experiments))
    assert special.expit(0) == S["sigmoid"](0)


# The figures ---------------------------------------------------------------------------------------------------------


def test_the_alt_text_of_a_bound_that_fails_says_so() -> None:
    runs = experiments.convergence(S["perceptron_fit"], n_seeds=1)
    assert "No run exceeds" in plots.convergence(runs).alt
    broken = experiments.Convergence(runs.margins, runs.mistakes + 10**6, runs.epochs, runs.bound, runs.clean)
    assert "Some run exceeds" in plots.convergence(broken).alt


def answers_0_at_a_score_of_0(X: Any, y: Any, lr: float = 1.0, epochs: int = 100) -> Any:
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            error = label - (w @ x + b > 0)
            w, b, count = w + lr * error * x, b + lr * error, count + int(error != 0)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def test_the_figures_of_the_perceptron_are_drawn_with_a_wrong_one() -> None:
    wrong = answers_0_at_a_score_of_0
    runs = experiments.runs(wrong, S["pocket"])
    assert np.abs(runs.cycle_b).max() >= 2  # one of its lines lies outside the frame
    cycle = plots.xor_cycle(runs)
    labels = [text.get_text() for text in cycle.fig.legends[0].get_texts()]
    assert "after visit 3: outside the frame" in labels
    assert plots.punched_cards(experiments.punched_cards(wrong, n_seeds=1)).png
    assert plots.convergence(experiments.convergence(wrong, n_seeds=1)).png
    assert cycle.png


def test_right_angles_are_right_on_the_page() -> None:
    params = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0]), "W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
    cycle = plots.xor_cycle(experiments.runs(S["perceptron_fit"], S["pocket"], n_visits=5))
    fold = plots.fold(experiments.fold(S["mlp_forward"], S["relu"], params))
    for ax in (cycle.fig.axes[0], *fold.fig.axes[:2]):
        assert ax.get_aspect() == 1


def test_the_table_of_the_agreement_has_both_shapes() -> None:
    rows = experiments.agreement(S["predict_proba"], S["predict"], {"tanh": S["tanh"]}, OUTPUTS)
    table = experiments.agreement_table(rows)
    assert "regression:    W1 is (10, 12) in scikit-learn, (12, 10) here" in table
    assert table.endswith("All below 1e-12: True.")
    assert len(table.splitlines()) == 4
