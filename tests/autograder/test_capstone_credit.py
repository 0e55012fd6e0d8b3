"""The points of the last notebook's classifier: by accuracy, in the steps of the contract, as nbgrader reads them."""

from pathlib import Path

import numpy as np
import pytest

from autograder.course.markup import HIDDEN_TESTS, grade_id, inside
from autograder.course.paths import Course
from autograder.course.percent import source_notebook

COURSE = Course(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def hidden():
    cells = {grade_id(cell): cell.source for cell in source_notebook(COURSE, "08_capstone").cells}
    return "\n".join(inside(cells["test-train-classifier-value"], HIDDEN_TESTS))


def classifier(spoilt, **extra):
    """Kernel ridge regression, about 99 % right, which gives wrong labels for a share of the rows."""

    def train_classifier(X, y, rng):
        def kernel(A):
            return np.exp(-0.4 * ((A[:, None] - X[None]) ** 2).sum(axis=2) / 256)

        weights = np.linalg.solve(kernel(X) + 1e-2 * np.eye(len(X)), np.eye(10)[y])

        def predict(X_new):
            labels = (kernel(X_new) @ weights).argmax(axis=1)
            unlucky = (X_new @ np.arange(64.0) ** 2 % 1000) < 1000 * spoilt
            return np.where(unlucky, (labels + 1) % 10, labels)

        return predict

    return train_classifier


def points(hidden, train_classifier):
    """What the last line of the cell evaluates to."""
    namespace = {"__name__": "__main__", "train_classifier": train_classifier}
    *lines, last = hidden.rstrip().split("\n")
    exec("\n".join(lines), namespace)
    return eval(last, namespace), namespace["_accuracy"]


@pytest.mark.parametrize(("spoilt", "earned"), [(0.0, 6), (0.03, 4), (0.05, 2)])
def test_points_follow_the_accuracy(hidden, spoilt, earned):
    got, accuracy = points(hidden, classifier(spoilt))
    assert (got, type(got)) == (earned, int), accuracy  # nbgrader reads the printed number, so no NumPy scalar
    assert got == 2 * sum(accuracy >= step for step in (0.93, 0.95, 0.97))


def test_below_the_first_step_the_cell_fails(hidden):
    with pytest.raises(AssertionError, match="accuracy on images never seen"):
        points(hidden, classifier(0.2))


def test_scikit_learn_is_out_of_reach_and_comes_back(hidden):
    def borrowed(X, y, rng):
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=500).fit(X, y).predict

    with pytest.raises(AssertionError, match="accuracy on images never seen"):
        points(hidden, borrowed)
    from sklearn.linear_model import LogisticRegression  # the process can import it again

    assert LogisticRegression().max_iter == 100
