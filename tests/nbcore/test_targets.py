"""Targets of widgets and the steps of their sliders: with right functions, what is asked for can be reached."""

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import solved

from nbcore import data, widgets
from nbcore.experiments import losses, regularization
from nbcore.experiments.forward import CORNERS, GATES
from nbcore.widgets import Explorer, activations, optimizers
from nbcore.widgets._explorer import Choice, Slider
from nbcore.widgets.backprop import DATA

PAIRS = [("sigmoid", "sigmoid"), ("tanh", "tanh"), ("ReLU", "relu"), ("leaky ReLU", "leaky_relu"), ("SiLU", "silu")]
OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam")


def pairs(f: dict[str, Any]) -> dict[str, Any]:
    return {name: (f[key], f[f"{key}_prime"]) for name, key in PAIRS if key in f}


@cache
def maker(name: str) -> Any:
    """The function that gives the widget over the solutions, as its notebook calls it."""
    if name == "depth_explorer":
        functions = pairs(solved.functions("01_activations"))
        return lambda **given: widgets.depth_explorer(functions, **{"depth": 20} | given)
    if name == "perceptron_explorer":
        sample = data.separable(16, margin=0.35, rng=3)
        sets = {"clouds": (sample.X + 1, sample.y), "XOR": (CORNERS, GATES["XOR"])}
        return lambda **given: widgets.perceptron_explorer(sets, **{"w1": -1.0} | given)
    if name == "signal_explorer":
        f = solved.functions("02_forward")
        return lambda **given: widgets.signal_explorer(
            f["mlp_forward"], {"tanh": f["tanh"], "ReLU": f["relu"]}, **given
        )
    if name == "loss_explorer":
        f = solved.functions("03_losses")
        found = {
            "BCE": losses.Loss(f["bce_with_logits"], f["bce_with_logits_grad"], "logit"),
            "MSE of sigmoid": losses.Loss(*squares_of(f["sigmoid"]), "logit"),
            "MSE": losses.Loss(f["mse"], f["mse_grad"]),
            "Huber": losses.Loss(f["huber"], f["huber_grad"]),
            "MAE": losses.MAE,
        }
        return lambda **given: widgets.loss_explorer(found, **given)
    if name in ("step_explorer", "training_player"):
        f = solved.functions("04_backprop")
        if name == "step_explorer":
            return lambda **given: widgets.step_explorer(f["numerical_gradient"], **given)
        three = {key: (f[key], f[f"{key}_prime"]) for key in ("tanh", "relu", "sigmoid")}
        parts = [f[key] for key in ("fit", "mlp_forward", "init_params")]
        return lambda **given: widgets.training_player(*parts, three, f["sigmoid"], **given)
    if name in ("learning_rate_explorer", "momentum_explorer", "register_game"):
        f = solved.functions("06_optimizers")
        if name == "learning_rate_explorer":
            return lambda **given: widgets.learning_rate_explorer({key: f[key] for key in OPTIMIZERS}, **given)
        one = f["Momentum" if name == "momentum_explorer" else "SGD"]
        return lambda **given: getattr(widgets, name)(one, **given)
    if name == "training_explorer":
        f = solved.functions("06_optimizers", "train", "predict")
        classes = {key: f[key] for key in OPTIMIZERS}
        return lambda **given: widgets.training_explorer(classes, f["train"], f["predict"], f["init_params"], **given)
    f = solved.functions("07_regularization")
    tools = regularization.Tools(**{key: f[key] for key in regularization.Tools.__dataclass_fields__})
    own = [f[key] for key in ("add_l2_grads", "dropout_forward", "dropout_backward")]
    networks = regularization.grid(tools, regularization.moons_task(f["train_val_split"], 0), *own)
    return lambda **given: widgets.overfitting_explorer(networks, **given)


def squares_of(sigmoid: Any) -> Any:
    def squared(y: Any, z: Any) -> Any:
        return np.mean((sigmoid(z) - y) ** 2) / 2

    def slope(y: Any, z: Any) -> Any:
        p = sigmoid(z)
        return (p - y) * p * (1 - p) / np.size(z)

    return squared, slope


def goals(explorer: Explorer, moved: list[str]) -> Iterator[tuple[str, bool]]:
    """Each goal that is asked for when these controls take all their values, and whether the state reaches it."""
    controls = {control.name: control for control in explorer.controls}
    values = [c.options if isinstance(c := controls[name], Choice) else c.steps for name in moved]
    for state in itertools.product(*values):
        aim = explorer.target(explorer.simulate(**explorer.values | dict(zip(moved, state, strict=True))))
        if aim.possible:
            yield aim.goal, aim.reached


# The widget, and one or more searches: the settings, and the controls to move over all of their values.
SEARCHES: list[tuple[str, list[tuple[dict[str, Any], list[str]]]]] = [
    ("depth_explorer", [({}, ["name", "depth"])]),
    ("perceptron_explorer", [({"w1": 1.0}, ["name", "w2", "b"])]),
    ("signal_explorer", [({}, ["gain"]), ({}, ["name"])]),
    ("loss_explorer", [({}, ["name"]), ({"name": "Huber", "x": 8.0}, ["delta"]), ({"name": "BCE"}, ["x"])]),
    ("step_explorer", [({}, ["name", "eps"])]),
    ("training_player", [({}, ["hidden", "points", "epoch"])]),
    *(("learning_rate_explorer", [({"surface": surface, "name": name}, ["rate"])])
      for surface in optimizers.SURFACES for name in OPTIMIZERS),
    ("momentum_explorer", [({"rate": 10.0}, ["condition", "beta"])]),
    ("training_explorer", [
        ({"points": points, "first": "Momentum", "second": "Adam", "second_rate": 0.5, "epoch": 100}, ["first_rate"])
        for points in DATA
    ]),
    ("overfitting_explorer", [({}, ["lam", "p"])]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "searches"), SEARCHES)
def test_every_target_that_is_asked_for_can_be_reached_with_the_sliders(
    name: str, searches: list[tuple[dict[str, Any], list[str]]]
) -> None:
    found: dict[str, bool] = {}
    for settings, moved in searches:
        for goal, reached in goals(maker(name)(**settings), moved):
            found[goal] = found.get(goal, False) or reached
    assert found
    assert [goal for goal, reached in found.items() if not reached] == []


def test_what_cannot_be_reached_is_not_asked_for() -> None:
    explorer = maker("depth_explorer")(name="ReLU", depth=activations.MAX_DEPTH)
    assert explorer.lines[-1].startswith("No target here: the best case of ReLU is not below 1e-6")
    player = maker("training_player")(hidden="sigmoid", points="circles")
    assert player.lines[-1].startswith("No target here: sigmoid on circles does not get to 95%")


def test_the_game_asks_for_rates_that_the_slider_has() -> None:
    game = maker("register_game")()
    rate = next(control for control in game.controls if control.name == "rate")
    sgd = solved.functions("06_optimizers")["SGD"]
    for depth in optimizers.DEPTHS:
        game.set(depth=depth, rate=max(r for r in rate.steps if r < 2 / depth), register=True)
    assert game.aim.reached
    assert all(optimizers._converges(sgd, d, float(r)) for d, r in enumerate(game.values["records"].split(), 1))


def test_a_target_that_no_state_reaches_has_other_words() -> None:
    aim = widgets._explorer.Target("touch the sky.", False, "it is too high.", possible=False)
    assert str(aim) == "No target here: it is too high."


# Steps of sliders ----------------------------------------------------------------------------------------------------

# Slider, where the text of its notebook speaks of a limit, and how near (as a share) steps stand on both sides of it.
LIMITS = [
    *(("register_game", {}, "rate", 2 / depth, 0.03) for depth in optimizers.DEPTHS),
    ("learning_rate_explorer", {}, "rate", 2.0, 0.13),  # 2 / the largest curvature of the bowl
    ("momentum_explorer", {}, "rate", 2.0, 0.13),  # without momentum
    ("signal_explorer", {}, "gain", np.sqrt(2), 0.03),  # He
    ("signal_explorer", {}, "gain", 1.0, 0.03),
    ("step_explorer", {}, "eps", np.cbrt(3 * 2.0**-53), 0.3),
    ("loss_explorer", {}, "delta", 1.0, 0.11),
    ("depth_explorer", {}, "depth", 10, 0.11),
]


@pytest.mark.parametrize(("name", "settings", "control", "limit", "near"), LIMITS)
def test_a_slider_has_steps_close_by_on_both_sides_of_a_limit(
    name: str, settings: dict[str, Any], control: str, limit: float, near: float
) -> None:
    slider = next(c for c in maker(name)(**settings).controls if c.name == control)
    steps = np.array(slider.steps, dtype=float)
    below, above = steps[steps < limit * (1 - 1e-6)].max(), steps[steps > limit * (1 + 1e-6)].min()
    assert limit * (1 - near) <= below < above <= limit * (1 + near)


def test_on_both_sides_of_the_limit_of_the_rate_the_walks_differ() -> None:
    explorer = maker("learning_rate_explorer")()
    slider = next(c for c in explorer.controls if c.name == "rate")
    below = max(rate for rate in slider.steps if rate < 2)
    above = min(rate for rate in slider.steps if rate > 2)
    ends = [explorer.simulate(**explorer.values | {"rate": rate}).diverged for rate in (below, above)]
    assert ends == [False, True]


@pytest.mark.parametrize("name", sorted({name for name, *_ in SEARCHES} | {"register_game"}))
def test_the_number_beside_a_slider_is_that_of_the_readout_at_every_step(name: str) -> None:
    for slider in maker(name)().controls:
        if isinstance(slider, Slider):
            form = slider.widget(slider.low).readout_format
            for value in slider.steps:
                assert float(format(value, form).replace(",", "")) == value, (slider.name, value)
