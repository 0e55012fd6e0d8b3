"""What is known of a bank is recorded once, made anew when something has changed, and tells every mistake from the rest."""

import itertools
import json
from pathlib import Path

import pytest

from autograder.course.bank import Bank
from autograder.course.code import definitions
from autograder.course.paths import Course
from autograder.course.plan import Plan
from autograder.mistakes import recording as module
from autograder.mistakes.record import hunks, merge, recorded, tokens_of
from autograder.mistakes.recording import Recording, prepared

from .course import NAME, write_course


@pytest.fixture(scope="module")
def known(recording_file: Path) -> Recording:
    return Recording.read(recording_file)


def test_it_holds_every_mistake_of_every_definition_that_it_changes(known: Recording, bank: Bank) -> None:
    assert list(known.exercises) == ["scale", "norm", "walk", "draw"]
    scale = known.exercises["scale"]
    assert [mistake.name for mistake in scale.mistakes] == [v.name for v in bank.mistakes if v.exercise == "scale"]
    assert list(scale.alone) == ["double", "half"]
    assert {n for n in scale.alone["double"].wrong if len(n) == 1} == {(0,), (1,), (2,)}
    assert {n for n in scale.alone["half"].wrong if len(n) == 1} == {(3,), (4,)}
    assert known.plan.tests_of("scale").keys() == {"test-scale-value", "test-scale-purity"}


def test_no_mistake_looks_right_and_none_like_another(known: Recording) -> None:
    for exercise in known.exercises.values():
        for traces in exercise.alone.values():
            for trace in traces.wrong.values():
                assert trace.places_unlike(traces.right)
            for one, other in itertools.combinations(traces.wrong.values(), 2):
                assert one.places_unlike(other)


def test_a_mistake_that_draws_is_known_to_differ_from_run_to_run(known: Recording) -> None:
    draw = known.exercises["draw"].alone["draw"]
    assert draw.wrong[(0,)].unsteady
    assert not draw.wrong[(1,)].unsteady
    assert not draw.right.unsteady


def test_a_file_is_read_once_and_again_when_it_has_changed(known: Recording, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    known.write(path, "x")
    first = Recording.read(path)
    assert Recording.read(path) is first
    assert first == known
    Recording(NAME, known.plan, {"walk": known.exercises["walk"]}).write(path, "x")
    assert list(Recording.read(path).exercises) == ["walk"]


def test_it_is_recorded_once_and_anew_when_the_bank_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = write_course(tmp_path / "course")
    runs = []
    run = module.subprocess.run
    monkeypatch.setattr(module.subprocess, "run", lambda *a, **k: runs.append(a) or run(*a, **k))

    def made() -> int:
        module._prepared.cache_clear()
        assert prepared(course, NAME) == course.recording(NAME)
        return len(runs)

    assert (made(), made()) == (1, 1)
    bank = course.mistakes(NAME)
    bank.write_text(bank.read_text().replace("# Sum.", "# All of them."))
    assert (made(), made()) == (2, 2)
    norm = json.loads(course.recording(NAME).read_text().splitlines()[1])["exercises"]["norm"]
    assert "All of them." in {mistake["hint"] for mistake in norm["mistakes"]}


def test_a_bank_that_does_not_fit_is_a_warning_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    course = write_course(tmp_path / "course")
    bank = course.mistakes(NAME)
    bank.write_text(bank.read_text().replace('exercise="norm"', 'exercise="form"', 1))
    assert prepared(course, NAME) is None
    assert "no such exercise" in caplog.text


def test_hidden_tests_that_draw_afresh_are_left_out(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course")
    path = course.percent(NAME)
    path.write_text(path.read_text().replace("_rng = np.random.default_rng(5)", "_rng = np.random.default_rng()"))
    right = recorded(course, NAME).exercises["scale"].alone["double"].right
    assert right.unsteady
    assert not right.unsteady & right.outcomes.keys()
    assert right.outcomes


def test_a_mistake_that_never_ends_is_recorded_as_far_as_it_goes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("autograder.mistakes.record.SECONDS", 0.5)
    course = write_course(tmp_path / "course")
    bank = course.mistakes(NAME)
    loop = '\n\n# %% mistake="loops" exercise="norm" breaks=["value"]\n# End.\ndef norm(x):\n    while True:\n        pass\n'
    bank.write_text(bank.read_text() + loop)
    norm = recorded(course, NAME).exercises["norm"]
    number = [mistake.name for mistake in norm.mistakes].index("loops")
    wrong = norm.alone["norm"].wrong
    assert not wrong[(number,)].whole
    assert all(trace.whole for numbers, trace in wrong.items() if number not in numbers)
    assert (number,) not in norm.visible.wrong
    assert norm.visible.wrong.keys() == {(n,) for n in range(number)}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (
            "def f(x):\n    y = x + 2\n    return y * y",
            "def f(x):\n    y = x + 1\n    return y",
            "x + 2\n    return y\n",
        ),
        ("def f(x):\n    y = x + 2\n    return y * y", "def f(x):\n    y = x + 3\n    return y * y", None),
        ("def f(x):\n    return (x + 1) ** 2", "def f(x):\n    y = x + 1\n    return y", None),
    ],
)
def test_two_changes_of_one_function_are_made_together_where_they_do_not_touch(one, other, both) -> None:
    base = 'def f(x):\n    """Text."""\n    y = x + 1\n    return y * y\n'
    tokens, *changed = [tokens_of(definitions(source)["f"][1]) for source in (base, one, other)]
    merged = merge(tokens, *(hunks(tokens, own) for own in changed))
    assert (merged is None) == (both is None)
    assert both is None or merged == "def f(x):\n    y = " + both.rstrip("\n")


def test_the_cells_of_the_file_are_those_of_the_notebook(known: Recording, plan: Plan, course: Course) -> None:
    assert known.plan == plan
    assert course.recording(NAME).is_relative_to(course.root / "build")


def test_a_solution_cell_may_print(tmp_path: Path, capfd) -> None:
    course = write_course(tmp_path / "course")
    path = course.percent(NAME)
    text, end = path.read_text(), "### END SOLUTION\n"
    assert end in text
    path.write_text(text.replace(end, f'{end}\n\nprint("said by a cell")\n', 1))
    recorded(course, NAME)
    assert "said by a cell" not in capfd.readouterr().out
