"""Each lost test cell gets lines that show a fault, the smallest first; what the student's process does costs nothing."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.audit.trials import Trial, run_graded
from autograder.course.bank import Bank, substitute
from autograder.course.plan import Plan
from autograder.examiner.session import Session
from autograder.mistakes import counter_examples as module
from autograder.mistakes.counter_examples import CounterExample, counter_examples
from autograder.mistakes.differing import differing
from autograder.mistakes.recording import Recording

Notebook = Callable[..., Session]
SQUARES = "def double(x):\n    return np.asarray(x, dtype=float) ** 2\n\n\ndef half(x):\n    return np.asarray(x) / 2"


@pytest.fixture
def shown(recording_file: Path) -> Callable[..., list[CounterExample]]:
    """The counter-examples where these cells have lost their points."""

    def ask(session: Session, *lost: str) -> list[CounterExample]:
        return counter_examples(session, Recording.read(recording_file), {}, lost)

    return ask


def test_the_smallest_input_that_shows_it_comes_first(notebook: Notebook, shown) -> None:
    session = notebook(scale=SQUARES)
    (one,) = shown(session, "test-scale-value")
    assert one == CounterExample("test-scale-value", "double(1.0)", "1.0", "2.0", aspect="value")


def test_a_witness_stands_beside_it(notebook: Notebook, shown) -> None:
    code = "def double(x):\n    return 2.0 * np.asarray(x, dtype=float)\n\n\ndef half(x):\n    return x / 4"
    (one,) = shown(notebook(scale=code), "test-scale-value")
    assert (one.code, one.yours, one.right, one.witness) == (
        "half(1.0)",
        "0.25",
        "0.5",
        "The same in another way, with right functions: `1.0 / 2` gives 0.5.",
    )


def test_a_changed_argument_and_a_new_array_are_shown(notebook: Notebook, shown, bank: Bank, solutions) -> None:
    scale = substitute(solutions["scale"], bank.find("scale", "writes into x").code)
    walk = substitute(solutions["walk"], bank.find("walk", "new arrays").code)
    purity, state = shown(notebook(scale=scale, walk=walk), "test-scale-purity", "test-walk-state")
    assert (purity.code, purity.yours) == ("x = np.array([1.0, 2.0])\ndouble(x)\nx", "array([2., 4.])")
    assert purity.right == "array([1., 2.])"
    assert (state.yours, state.right) == ("False", "True")
    assert state.code.endswith('params["w"] is w')


def test_an_error_is_shown(notebook: Notebook, shown) -> None:
    session = notebook(norm="def norm(x):\n    raise ValueError('no 0.31 here')")
    assert [(one.yours, one.right) for one in shown(session, "test-norm-value")] == [("ValueError: no # here", "0.0")]


def test_two_cells_of_an_exercise_get_two_examples_where_there_are_two(notebook: Notebook, shown) -> None:
    code = SQUARES.replace("    return np.asarray(x, dtype=float) ** 2", "    x *= 3\n    return x")
    first, second = shown(notebook(scale=code), "test-scale-value", "test-scale-purity")
    assert (first.cell, first.code.splitlines()[-1]) == ("test-scale-purity", "x")
    assert (second.cell, second.code) == ("test-scale-value", "double(1.0)")
    # the purity of a function that leaves its argument alone is lost beside the values: there is another example
    first, second = shown(notebook(scale=SQUARES), "test-scale-value", "test-scale-purity")
    assert first.code != second.code
    assert (first.aspect, second.aspect) == ("value", "value")


def test_one_example_for_two_cells_is_better_than_none(notebook: Notebook, shown, recording_file: Path) -> None:
    code = "class Walk(object):\n    def __init__(self, lr):\n        raise ValueError\n"
    rows = shown(notebook(walk=code), "test-walk-value", "test-walk-state")
    assert [one.cell for one in rows] == ["test-walk-state", "test-walk-value"]
    constant = "def draw(n, rng):\n    return rng.normal(size=2)"
    rows = shown(notebook(draw=constant), "test-draw-value", "test-draw-state")
    assert [one.code for one in rows] == ["draw(1, np.random.default_rng(0))"] * 2


def test_a_search_that_is_made_again_finds_the_same(notebook: Notebook, shown, bank: Bank, solutions) -> None:
    wrong = {
        "scale": SQUARES,
        "norm": substitute(solutions["norm"], bank.find("norm", "mean").code),
        "walk": COUNTS.replace("{count}", "1"),
        "draw": "def draw(n, rng):\n    return rng.random(size=n)",
    }
    lost = [f"test-{name}-value" for name in wrong]
    session = notebook(**wrong)
    found = shown(session, *lost)
    assert [one.cell for one in found] == lost
    assert shown(session, *reversed(lost)) == found
    assert shown(notebook(**wrong), *lost) == found


# ---------------------------------------------------------------- behind a wrong earlier exercise


def test_another_wrong_exercise_is_replaced_and_the_note_says_so(notebook: Notebook, shown, bank, solutions) -> None:
    norm = substitute(solutions["norm"], bank.find("norm", "mean").code)
    session = notebook(scale=SQUARES, norm=norm)
    scale, norm = shown(session, "test-scale-value", "test-norm-value")
    assert scale.note == ""
    assert (norm.code, norm.yours, norm.right) == ("norm(np.array([1.0, 2.0]))", "2.5", "5.0")
    assert norm.note == "These lines used a right `double` and `half` in place of yours."
    # the student's own functions are back
    assert session.run_cell("assert double(3.0) == 9.0").error is None


def test_no_note_where_the_students_own_functions_show_the_same(notebook: Notebook, shown) -> None:
    norm = "def norm(x):\n    return 7.0 + 0 * half(1.0)"
    _, one = shown(notebook(scale=SQUARES, norm=norm), "test-scale-value", "test-norm-value")
    assert (one.yours, one.note) == ("7.0", "")


def test_a_cell_that_calls_another_exercise_when_it_runs(notebook: Notebook, recording_file: Path) -> None:
    norm = "def norm(x):\n    return 7.0\n\n\nseen = double(1.0)"
    session = notebook(scale=SQUARES, norm=norm)
    answers = {"scale": SQUARES, "norm": norm}
    rows = counter_examples(session, Recording.read(recording_file), answers, ["test-scale-value", "test-norm-value"])
    assert [(one.cell, one.yours) for one in rows] == [("test-scale-value", "1.0"), ("test-norm-value", "7.0")]
    assert session.dead is None


def test_right_functions_behind_a_wrong_one_have_no_example(notebook: Notebook, shown) -> None:
    rows = shown(notebook(scale=SQUARES), "test-scale-value", "test-norm-value")
    assert [one.cell for one in rows] == ["test-scale-value"]


# ---------------------------------------------------------------- nothing to show


def test_right_answers_and_those_that_are_not_written_have_none(notebook: Notebook, shown) -> None:
    assert shown(notebook()) == []
    assert shown(notebook(), "test-scale-value", "test-walk-state", "other", "test-other-value") == []
    todo = "def norm(x):\n    raise NotImplementedError('later')"
    assert shown(notebook(norm=todo, draw="pass"), "test-norm-value", "test-draw-value") == []


def test_without_a_recording_there_are_none(notebook: Notebook, tmp_path: Path) -> None:
    session = notebook(scale=SQUARES)
    for path in (None, tmp_path / "nowhere"):
        assert counter_examples(session, Recording.found(path), {}, ["test-scale-value"]) == []


# ---------------------------------------------------------------- students' code that does not play along


def test_an_endless_loop_takes_its_time_and_no_more(notebook: Notebook, shown) -> None:
    session = notebook(norm="def norm(x):\n    while True: pass", draw="def draw(n, rng):\n    return 1.0")
    started = time.monotonic()
    rows = shown(session, "test-norm-value", "test-draw-value")
    assert [one.cell for one in rows] == ["test-draw-value"]
    assert time.monotonic() - started < 60.0


def test_a_process_that_does_not_listen_is_ended(notebook: Notebook, shown) -> None:
    stubborn = (
        "def norm(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass"
    )
    session = notebook(norm=stubborn, scale=SQUARES)
    started = time.monotonic()
    rows = shown(session, "test-scale-value", "test-norm-value")
    assert [one.cell for one in rows] == ["test-scale-value"]
    assert time.monotonic() - started < 60.0


def test_slow_functions_do_not_use_more_than_they_may(notebook: Notebook, shown, monkeypatch) -> None:
    tried = []
    monkeypatch.setattr(
        module, "run_text", lambda code, *args, run=module.run_text: (tried.append(code), run(code, *args))[1]
    )
    slow = "def norm(x):\n    import time\n    end = time.process_time() + 0.2\n    while time.process_time() < end: pass\n    return float(np.sum(np.square(x)))"
    session = notebook(norm=slow)
    before = session.cpu()
    assert shown(session, "test-norm-value") == []
    assert 1 <= len(tried) < 4
    # a call that has begun when the time is up comes to its end, and the search has work of its own
    assert session.cpu() - before < session.limits.example + 0.2 + 0.2


def test_a_notebook_has_an_allowance_too(notebook: Notebook, shown, monkeypatch) -> None:
    monkeypatch.setattr(module, "_CELLS", 0)
    assert shown(notebook(scale=SQUARES), "test-scale-value") == []


def test_most_of_the_time_of_a_submission_is_left_alone(notebook: Notebook, shown, monkeypatch) -> None:
    monkeypatch.setattr(module, "SHARE", -1.0)
    assert shown(notebook(scale=SQUARES), "test-scale-value") == []


def test_a_process_that_ends_is_no_error(notebook: Notebook, shown) -> None:
    session = notebook(norm="import os\n\ndef norm(x):\n    os._exit(3)", scale=SQUARES)
    rows = shown(session, "test-scale-value", "test-norm-value", "test-draw-value")
    assert [one.cell for one in rows] == ["test-scale-value"]
    assert shown(session, "test-scale-value") == []


@pytest.mark.parametrize(
    "code",
    ["norm = 3", "norm = lambda *args: (yield)", "class norm: __call__ = None", "norm = type", "norm = [].append"],
)
def test_whatever_stands_in_place_of_a_function_is_no_error(code: str, notebook: Notebook, shown) -> None:
    (one,) = shown(notebook(norm=code), "test-norm-value")
    assert one.yours != one.right


def test_what_a_function_remembers_of_the_tests_is_no_text(notebook: Notebook, shown) -> None:
    code = "heard = []\n\ndef norm(x):\n    heard.append(x)\n    return {cell}"
    for given, text in [("str(heard)", "a text"), ("type(str(heard), (), {})()", "an object")]:
        session = notebook(norm=code.replace("{cell}", given))
        session.run_cell("norm(0.8312)")
        assert [one.yours for one in shown(session, "test-norm-value")] == [text]


COUNTS = """
class Walk:
    count = 0

    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        Walk.count += 1
        for key in params:
            params[key] -= self.lr * grads[key] / {count}
"""


def test_what_the_tests_and_other_examples_have_left_in_a_class_changes_nothing(
    notebook: Notebook, recording_file: Path
) -> None:
    for count, steps in [("Walk.count", None), ("(2 * Walk.count)", 1), ("max(1, Walk.count - 1)", 2)]:
        code = COUNTS.replace("{count}", count)
        session = notebook(walk=code)
        session.run_cell("for _ in range(7): Walk(0.1).step({}, {})")
        rows = counter_examples(session, Recording.read(recording_file), {"walk": code}, ["test-walk-value"])
        # all objects share the count, which starts anew for each example
        assert [one.code.count("walk.step") for one in rows] == ([steps] if steps else []), count
        session.run_cell(code)
        for one in rows:  # what is shown is what the student gets
            first, last = one.code.rsplit("\n", 1)
            assert session.run_cell(f"{first}\nassert repr({last}) == {one.yours!r}").error is None


# ---------------------------------------------------------------- as a submission is graded


@pytest.mark.slow
def test_graded_as_a_submission_each_lost_cell_has_one(
    bank: Bank, solutions: dict[str, str], plan: Plan, recording_file: Path
) -> None:
    examples = {name: one.examples for name, one in Recording.read(recording_file).exercises.items()}
    here = {
        variant.key: {one.code: one.yours for one in rows} for variant, rows in differing(plan, examples, bank.variants)
    }
    trials = [
        Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, frozenset(plan.tests))
        for v in bank.variants
    ]
    for variant, (_, record) in zip(bank.variants, run_graded(plan, trials, recording=recording_file), strict=True):
        assert bool(here[variant.key]) is not variant.accepted, variant.key
        lost = sorted(mark.cell for mark in record.marks if mark.lost)
        assert [one.cell for one in record.examples] == lost, variant.key
        for one in record.examples:
            assert one.yours != one.right, variant.key
            # in a plain process too; the generator of this one is never the same
            assert variant.may_vary or here[variant.key][one.code] == one.yours, variant.key
