"""Known mistakes are recognised in a student's process, alone, in pairs, and behind others; right work is accused of none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.audit.trials import Trial, run_graded
from autograder.course.bank import Bank, read_bank, substitute
from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from autograder.examiner.session import Session
from autograder.mistakes import recognise as mistakes
from autograder.mistakes.recognise import recognise
from autograder.mistakes.recording import Recording, prepared

from .course import BANK, NAME, write_course

Notebook = Callable[..., Session]


@pytest.fixture
def named(recording_file: Path) -> Callable[..., list[str]]:
    """The names of the mistakes that are recognised when these cells have lost their points."""

    def ask(session: Session, *lost: str) -> list[str]:
        rows = recognise(session, Recording.read(recording_file), {}, lost)
        assert all(row.exercise and row.hint and row.breaks for row in rows)
        return [row.name for row in rows]

    return ask


def variants(accepted: bool) -> list[str]:
    """Keys of the bank's variants, read from its text: the course itself is made later."""
    word = "accepted" if accepted else "mistake"
    heads = [line for line in BANK.splitlines() if line.startswith(f'# %% {word}="')]
    parts = [head.split('"') for head in heads]  # the name is the first string of a head, the exercise the second
    return [f"{part[3]}: {part[1]}" for part in parts]


def code_of(key: str, bank: Bank, solutions: dict[str, str]) -> dict[str, str]:
    exercise, _, name = key.partition(": ")
    variant = bank.find(exercise, name)
    return {exercise: substitute(solutions[exercise], variant.code)}


# ---------------------------------------------------------------- one mistake


@pytest.mark.parametrize("key", variants(accepted=False))
def test_a_mistake_is_recognised(key: str, bank: Bank, solutions, notebook: Notebook, named) -> None:
    exercise, _, name = key.partition(": ")
    cells = [f"test-{exercise}-{aspect}" for aspect in bank.find(exercise, name).breaks]
    assert named(notebook(**code_of(key, bank, solutions)), *cells) == [name]


@pytest.mark.parametrize("key", variants(accepted=True))
def test_an_accepted_variant_is_accused_of_nothing(key: str, bank: Bank, solutions, notebook: Notebook, named) -> None:
    session = notebook(**code_of(key, bank, solutions))
    assert named(session) == []
    # nor where a cell has lost its points for another reason, such as a limit
    assert named(session, "test-scale-value", "test-norm-value", "test-walk-value", "test-walk-state") == []


def test_a_mistake_that_nobody_knows_has_no_name(notebook: Notebook, named) -> None:
    code = "def double(x):\n    return 7.0 * np.asarray(x) - 1\n\ndef half(x):\n    return np.asarray(x) / 2.0"
    assert named(notebook(scale=code), "test-scale-value") == []


def test_a_mistake_is_recognised_however_it_is_written(notebook: Notebook, named) -> None:
    code = "def double(x):\n    x = np.array(x, dtype=float)\n    return x * x\n\ndef half(x):\n    return 0.25 * double(x)"
    assert named(notebook(scale=code), "test-scale-value") == ["squares"]


def test_a_mistake_is_recognised_beside_a_trouble_of_another_kind(notebook: Notebook, named) -> None:
    # no lists, and no numbers: the bank knows nothing of that
    code = "def double(x):\n    return x.astype(float) ** 2\n\ndef half(x):\n    return np.asarray(x) / 2.0"
    assert named(notebook(scale=code), "test-scale-value") == ["squares"]


def test_what_has_kept_its_points_is_no_mistake(solutions, bank: Bank, notebook: Notebook, named) -> None:
    session = notebook(**code_of("walk: uphill", bank, solutions))
    assert named(session, "test-walk-value", "test-walk-state") == ["uphill"]
    assert named(session, "test-draw-value") == []


def test_an_exercise_that_is_not_written_is_passed_over(notebook: Notebook, named) -> None:
    todo = "def norm(x):\n    raise NotImplementedError('later')"
    assert named(notebook(norm=todo, draw="pass"), "test-norm-value", "test-draw-value") == []


def test_what_the_tests_have_left_in_a_class_changes_nothing(notebook: Notebook, recording_file: Path) -> None:
    code = (
        "class Walk:\n    all_steps = []\n\n    def __init__(self, lr):\n        self.lr, self.steps = lr, 0\n\n"
        "    def step(self, params, grads):\n        self.all_steps.append(1)\n        self.steps += 1\n"
        "        if len(self.all_steps) > 15:\n            return\n"
        "        for key in params:\n            params[key] += self.lr * grads[key] / self.steps"
    )
    session = notebook(walk=code)
    session.run_cell("for _ in range(20): Walk(0.1).step({}, {})")
    rows = recognise(session, Recording.read(recording_file), {"walk": code}, ["test-walk-value", "test-walk-state"])
    assert [row.name for row in rows] == ["uphill"]


# ---------------------------------------------------------------- two mistakes


def test_two_mistakes_in_two_functions(solutions, bank: Bank, notebook: Notebook, named) -> None:
    code = solutions["scale"]
    for name in ("loses the sign", "rounds down"):
        code = substitute(code, bank.find("scale", name).code)
    assert named(notebook(scale=code), "test-scale-value") == ["loses the sign", "rounds down"]


def test_two_mistakes_in_one_function(notebook: Notebook, named) -> None:
    code = "def norm(x):\n    x = np.asarray(x, dtype=np.float64)\n    return float(np.mean(double(x * x)))"
    assert named(notebook(norm=code), "test-norm-value") == ["mean", "not halved"]


def test_a_mistake_behind_a_wrong_earlier_exercise(solutions, bank: Bank, notebook: Notebook, named) -> None:
    scale = substitute(solutions["scale"], bank.find("scale", "squares").code)
    norm = substitute(solutions["norm"], bank.find("norm", "mean").code)
    session = notebook(scale=scale, norm=norm)
    assert named(session, "test-scale-value", "test-norm-value") == ["squares", "mean"]
    # what was put in place of the student's functions for this is gone again
    assert session.run_cell("assert double(3.0) == 9.0 and half(3.0) == 2.25").error is None


# ---------------------------------------------------------------- students' code that does not play along


def test_an_endless_loop_takes_its_time_and_no_more(notebook: Notebook, named, monkeypatch) -> None:
    monkeypatch.setattr(mistakes, "_SECONDS", 1.0)
    session = notebook(
        norm="def norm(x):\n    while True: pass", draw="def draw(n, rng):\n    return rng.random(size=n)"
    )
    assert named(session, "test-norm-value", "test-draw-value") in ([], ["uniform numbers"])


def test_a_process_that_ends_is_no_error(notebook: Notebook, named) -> None:
    session = notebook(norm="import os\n\ndef norm(x):\n    os._exit(3)")
    assert named(session, "test-norm-value", "test-draw-value") == []


@pytest.mark.parametrize(
    "code",
    ["norm = 3", "norm = lambda *args: (yield)", "class norm: __call__ = None", "norm = type", "norm = [].append"],
)
def test_whatever_stands_in_place_of_a_function_is_no_error(code: str, notebook: Notebook, named) -> None:
    assert named(notebook(norm=code), "test-norm-value") == []


def test_most_of_the_time_of_a_submission_is_left_alone(notebook: Notebook, named, monkeypatch) -> None:
    session = notebook(draw="def draw(n, rng):\n    return rng.random(size=n)")
    monkeypatch.setattr(mistakes, "SHARE", -1.0)
    assert named(session, "test-draw-value") == []


def test_cells_of_other_names_and_a_file_that_is_broken_give_nothing(notebook: Notebook, named, tmp_path: Path) -> None:
    session = notebook(draw="def draw(n, rng):\n    return rng.random(size=n)")
    assert named(session, "test-draw", "draw", "test-other-value", "") == []
    for text in ("", "x\n[]\ndraw\t{\n", "x\n{}\n", '{"format": 3}\n{}', '{"format": 1}\n{}', "[]\n{}"):
        (tmp_path / "broken").write_text(text)
        assert recognise(session, Recording.found(tmp_path / "broken"), {}, ["test-draw-value"]) == []
    assert recognise(session, Recording.found(tmp_path / "nowhere"), {}, ["test-draw-value"]) == []
    assert recognise(session, None, {}, ["test-draw-value"]) == []


# ---------------------------------------------------------------- as a submission is graded


@pytest.mark.slow
def test_graded_as_a_submission_every_mistake_stands_in_the_record(
    bank: Bank, solutions, plan: Plan, recording_file: Path
) -> None:
    trials = [Trial(v.key, code_of(v.key, bank, solutions), frozenset(plan.tests)) for v in bank.variants]
    graded = list(run_graded(plan, trials, recording=recording_file))
    hidden = 0
    for variant, (_, run) in zip(bank.variants, graded, strict=True):
        lost = {mark.cell for mark in run.marks if mark.score != mark.max_score}
        assert lost == {f"test-{variant.exercise}-{aspect}" for aspect in variant.breaks}, variant.key
        found = [(row.exercise, row.name, row.hint) for row in run.mistakes]
        assert found == ([] if variant.accepted else [(variant.exercise, variant.name, variant.hint)]), variant.key
        for outcome in run.cells:  # and its hint beside each hidden test that failed
            if outcome.outputs and outcome.outputs[-1].get("ename") == "HiddenTestFailed":
                shown = outcome.outputs[-1]["traceback"]
                assert shown.count(variant.hint) == 1, (variant.key, shown)
                hidden += 1
    assert hidden >= 1, hidden


@pytest.mark.slow
def test_the_shipped_course_names_its_mistakes(tmp_path: Path) -> None:
    course = Course.find(Path(__file__).parent)
    name = "01_activations"
    source, bank = source_notebook(course, name), read_bank(course, name)
    plan = Plan.of(source.cells)
    solutions = plan.solutions
    chosen = [mistake for mistake in bank.mistakes if mistake.recognisable][::5]
    trials = [
        Trial(v.key, {v.exercise: substitute(solutions[v.exercise], v.code)}, frozenset(plan.tests)) for v in chosen
    ]
    graded = run_graded(plan, trials, recording=prepared(course, name))
    missed = [
        (v.key, run.mistakes)
        for v, (_, run) in zip(chosen, graded, strict=True)
        if [(row.exercise, row.name) for row in run.mistakes] != [(v.exercise, v.name)]
    ]
    assert missed == []


def test_a_course_without_a_bank_is_not_asked(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course")
    course.mistakes(NAME).unlink()
    assert prepared(course, NAME) is None
