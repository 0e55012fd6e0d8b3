"""Mistakes that cost marks in hidden lines stop at a visible one: no student is green here and loses marks later."""

from pathlib import Path

import pytest

from autograder.audit.trials import Trial, run_here
from autograder.course.bank import read_bank, substitute
from autograder.course.markup import split
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan

COURSE = Course.find(Path(__file__))
# By notebook: mistakes of the bank.
SEEN = {
    "01_activations": ["softmax: one maximum for all rows"],
    "02_forward": [
        "perceptron: learning rate not used for the bias",
        "mlp-forward: sorts the keys as text",
        "mlp-forward: takes the keys in their order",
        "mlp-forward: two layers only",
    ],
    "03_losses": [
        "mse: mean over examples and outputs",
        "mse: gradient over examples and outputs",
        "huber: mean over examples and outputs",
        "bce: mean over examples and outputs",
        "bce-logits: mean over examples and outputs",
        "log-softmax: one maximum for all rows",
        "cross-entropy: one maximum for all rows",
    ],
    "04_backprop": [
        "numerical-gradient: does not restore x",
        "mlp-backward: sorts the names",
        "mlp-backward: always two layers",
        "gradient-check: always two layers",
        "fit: always ReLU",
        "fit: always tanh",
        "fit: slope of another activation",
    ],
    "05_depth": ["gradient-norms: sorts the names", "gradient-norms: order of the dict"],
    "07_regularization": [
        "early-stopping: NaN counts as better",
        "l2: two layers only",
        "adamw: decays two layers only",
    ],
}
# No comparison with NaN is true: once it is the best loss, no later one is better.
NONE_AT_FIRST = """
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_step, self.best_params = None, None, None
        self.step = self.waited = 0

    def update(self, loss, params):
        if self.best_loss is None or loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step = loss, self.step
            self.best_params = {key: value.copy() for key, value in params.items()}
            self.waited = 0
        else:
            self.waited += 1
        self.step += 1
        return self.waited >= self.patience
"""


@pytest.mark.slow
@pytest.mark.parametrize("notebook", SEEN)
def test_a_visible_line_catches_what_would_cost_marks(notebook: str) -> None:
    plan = Plan.of(source_notebook(COURSE, notebook).cells)
    bank = read_bank(COURSE, notebook)
    codes = {key: bank.find(*key.split(": ", 1)).code for key in SEEN[notebook]}
    if notebook == "07_regularization":
        codes["early-stopping: None at first"] = NONE_AT_FIRST
    visible = {name: split(source).visible for name, kind, source in plan.cells if kind == "test"}
    right, trials = set(), []
    for key, code in codes.items():
        exercise = key.partition(":")[0]
        tests = frozenset(plan.tests_of(exercise))
        right |= tests
        trials.append(Trial(key, {**visible, exercise: substitute(plan.solutions[exercise], code)}, tests))
    trials.append(Trial("the solution", visible, frozenset(right)))
    caught = {trial.key: [one.cell for one in results if not one.passed] for trial, results in run_here(plan, trials)}
    assert caught.pop("the solution") == []
    assert [key for key, cells in caught.items() if not cells] == []
