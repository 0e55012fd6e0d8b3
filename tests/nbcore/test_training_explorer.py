"""The explorer in which two optimizers train the student's own network: state, command, broken code, and time."""

from typing import Any

import numpy as np
import pytest
import solved

from nbcore import widgets
from nbcore.widgets import training
from nbcore.widgets.backprop import Player

F = solved.functions("06_optimizers", "train", "predict")
CLASSES = {name: F[name] for name in ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam")}
MOVES = [("first", "Momentum"), ("first_rate", 3.0), ("second", "SGD"), ("second_rate", 0.5), ("points", "circles")]


def explorer(**given: Any) -> Player:
    return widgets.training_explorer(CLASSES, F["train"], F["predict"], F["init_params"], **{"epoch": 50} | given)


@pytest.mark.parametrize(("control", "value"), [*MOVES, ("epoch", 100)])
def test_each_control_moves_the_picture_and_the_command_gives_it_again(control: str, value: Any) -> None:
    duel = explorer()
    before, alt = duel.frame(), duel.alt
    duel.set(**{control: value})
    assert duel.frame() != before
    assert duel.alt != alt
    names = {"widgets": widgets, "optimizers": CLASSES} | {k: F[k] for k in ("train", "predict", "init_params")}
    again = eval(duel.command, names)
    assert again.values == duel.values
    assert again.frame() == duel.frame()


def test_both_networks_start_from_the_same_parameters_and_play_goes_on_by_epochs() -> None:
    duel = explorer(epoch=0)
    first, second = duel.arrays.runs
    for key, array in first.states[0].items():
        np.testing.assert_array_equal(array, second.states[0][key])
    assert first.losses[0] == second.losses[0]
    assert duel.widget.children[0].children[0].step == training.EVERY


def test_the_losses_are_those_of_the_students_own_loop() -> None:
    duel = explorer(first="Adam", first_rate=0.5)
    X, y = training.points_of("moons", 0)
    params = F["init_params"]([2, 8, 1], "xavier", np.random.default_rng(0))
    losses = F["train"](F["Adam"](0.5), params, X, y[:, None].astype(float), training.EPOCHS + 1)
    np.testing.assert_array_equal(duel.arrays.runs[0].losses, losses)


def test_the_target_needs_two_optimizers_and_both_losses_low_in_time() -> None:
    assert "Not yet." in explorer(epoch=100).alt
    good = {"first": "Momentum", "first_rate": 30.0, "second": "Adam", "second_rate": 0.5}
    assert "Reached." in explorer(**good, epoch=100).alt
    assert "Not yet." in explorer(**good, epoch=150).alt
    alone = {"first": "Adam", "first_rate": 0.5, "second": "Adam", "second_rate": 0.5}
    assert "Choose two optimizers." in explorer(**alone, epoch=100).alt


def test_a_run_that_diverges_says_so_and_draws_what_there_is() -> None:
    class Wild(F["SGD"]):  # type: ignore[misc, name-defined]
        def step(self, params: Any, grads: Any) -> None:
            for array in params.values():
                array[...] = -1e200 * array

    duel = widgets.training_explorer({"Wild": Wild, **CLASSES}, F["train"], F["predict"], F["init_params"], epoch=100)
    assert "it has diverged" in duel.alt
    assert duel.frame().startswith(b"\x89PNG")


def stub(*args: Any) -> Any:
    raise NotImplementedError


def broken(*args: Any) -> Any:
    raise KeyError("W1")


@pytest.mark.parametrize(
    ("train", "said"),
    [(stub, "not written yet"), (broken, "raises KeyError"), (lambda *args: None, "gives no list of 5 losses")],
)
def test_broken_code_is_named_and_reaches_no_target(train: Any, said: str) -> None:
    duel = widgets.training_explorer(CLASSES, train, F["predict"], F["init_params"], epoch=50)
    assert said in duel.alt
    assert "Not yet." in duel.alt
    assert duel.frame().startswith(b"\x89PNG")


def test_an_optimizer_that_replaces_the_arrays_is_told_that_nothing_moved() -> None:
    class Replacing(F["SGD"]):  # type: ignore[misc, name-defined]
        def step(self, params: Any, grads: Any) -> None:
            params |= {key: array.copy() for key, array in params.items()}

    one = {"Replacing": Replacing}
    assert "has not moved" in widgets.training_explorer(one, F["train"], F["predict"], F["init_params"]).alt


def test_no_optimizers_and_unknown_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        widgets.training_explorer({}, F["train"], F["predict"], F["init_params"])
    with pytest.raises(ValueError, match="'Adam'"):
        explorer(first="Adagrad")


def test_a_move_of_the_epoch_trains_nothing() -> None:
    calls = []

    def counted(*args: Any) -> Any:
        calls.append(args)
        return F["train"](*args)

    duel = widgets.training_explorer(CLASSES, counted, F["predict"], F["init_params"])
    trained = len(calls)
    duel.set(epoch=100)
    assert len(calls) == trained
    duel.set(first_rate=1.0)
    assert len(calls) == trained + training.EPOCHS // training.EVERY + 1
