"""The three explorers of the notebook on optimizers: controls, presets, the game, targets, and broken code."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nbcore import widgets
from nbcore.widgets import optimizers
from nbcore.widgets._explorer import Explorer


class Plain:
    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        for key in params:
            params[key] -= self.lr * grads[key]


class Rolling(Plain):
    def __init__(self, lr: float, beta: float = 0.9) -> None:
        super().__init__(lr)
        self.beta, self.v = beta, 0.0

    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        self.v = self.beta * self.v + (1 - self.beta) * grads["x"]
        params["x"] -= self.lr * self.v


class Stub(Plain):
    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        raise NotImplementedError


class Broken(Plain):
    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        raise KeyError("W1")


class Replacing(Plain):
    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        params["x"] = params["x"] - self.lr * grads["x"]


CLASSES = {"plain": Plain, "rolling": Rolling, "stub": Stub, "broken": Broken, "replacing": Replacing}
MAKERS: dict[str, Callable[..., Explorer]] = {
    "rate": lambda **v: widgets.learning_rate_explorer(CLASSES, **v),
    "bend": lambda **v: widgets.learning_rate_explorer(CLASSES, surface="rosenbrock", **v),
    "momentum": lambda **v: widgets.momentum_explorer(Rolling, **v),
    "game": lambda **v: widgets.register_game(Plain, **v),
}
MOVES = [
    ("rate", {}, "rate", 1.0),
    ("rate", {}, "name", "rolling"),
    ("rate", {"name": "rolling"}, "beta", 0.5),
    ("rate", {}, "preset", "diverges"),
    ("bend", {}, "rate", 0.001),
    ("momentum", {}, "rate", 10.0),
    ("momentum", {}, "beta", 0.67),
    ("momentum", {}, "condition", "10"),
    ("game", {}, "rate", 1.5),
    ("game", {}, "depth", 4),
    ("game", {}, "records", "1.9 0.9 - - - -"),
]


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


@pytest.mark.parametrize(("kind", "start", "control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    kind: str, start: dict[str, Any], control: str, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = MAKERS[kind](**start)
    before, alt = shown(explorer), explorer.alt
    assert explorer._panel is not None
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer.alt != alt
    assert explorer.values[control] == value
    assert f"{control}={value!r}" in explorer.command
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("kind", "start", "control", "value"), MOVES)
def test_the_command_gives_the_same_picture_again(kind: str, start: dict[str, Any], control: str, value: Any) -> None:
    explorer = MAKERS[kind](**start)
    explorer.set(**{control: value})
    names = {"widgets": widgets, "optimizers": CLASSES, "Momentum": Rolling, "SGD": Plain}
    again = eval(explorer.command, names)
    assert again.values == explorer.values
    assert again.frame() == explorer.frame()


@pytest.mark.parametrize("kind", MAKERS)
def test_axes_stay_where_they_are_whatever_moves(kind: str) -> None:
    explorer = MAKERS[kind]()
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for moved, _, control, value in MOVES:
        if moved == kind:
            explorer.set(**{control: value})
            explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before


@pytest.mark.parametrize("kind", MAKERS)
def test_it_stands_still_where_there_is_no_kernel(kind: str) -> None:
    explorer = MAKERS[kind]()
    page = explorer.still_html()
    assert page.count("<img") == len(explorer.stills) == 3
    assert explorer.picture().alt == explorer.alt


def test_presets_choose_a_rate_on_either_side_of_the_good_ones() -> None:
    explorer = widgets.learning_rate_explorer(CLASSES)
    first = explorer.arrays.values[0]
    rates = {}
    for preset in ("too small", "diverges"):
        explorer.set(preset=preset)
        rates[preset] = explorer.values["rate"]
        assert explorer.values["preset"] == preset
        assert explorer.arrays.diverged == (preset == "diverges")
        assert explorer.arrays.values[-1] > first / 2
    assert rates["too small"] < 1 < 2 < rates["diverges"]  # the steepest curvature is 1
    explorer.set(rate=0.3)
    assert explorer.values["preset"] == "own choice"


@pytest.mark.parametrize("surface", optimizers.SURFACES)
@pytest.mark.parametrize("name", ["plain", "rolling"])
def test_no_preset_reaches_the_target(surface: str, name: str) -> None:
    explorer = widgets.learning_rate_explorer(CLASSES, surface=surface, name=name)
    presets = next(control.options for control in explorer.controls if control.name == "preset")
    for preset in presets:
        explorer.set(preset=preset)
        assert "Not yet." in explorer.alt


def test_a_preset_stays_when_the_page_sends_the_rate_back_with_all_its_digits() -> None:
    explorer = widgets.learning_rate_explorer(CLASSES)
    explorer.widget  # noqa: B018  made on first use
    controls = explorer._panel.controls
    for preset, power in (("too small", -2.5), ("diverges", 0.5)):
        controls["preset"].value = preset
        assert controls["rate"].value == explorer.values["rate"] != 10**power
        controls["rate"].value = 10**power
        assert explorer.values["preset"] == controls["preset"].value == preset
    controls["rate"].value = 10**0.3
    assert explorer.values["preset"] == controls["preset"].value == "own choice"


def test_a_preset_follows_the_optimizer_and_says_so_when_nothing_diverges() -> None:
    explorer = widgets.learning_rate_explorer(CLASSES, preset="diverges")
    plain = explorer.values["rate"]
    explorer.set(name="rolling")
    assert explorer.values["preset"] == "diverges"
    assert explorer.values["rate"] > plain
    assert "No rate up to 10 makes it diverge" in explorer.alt
    assert explorer.enabled is not None
    assert explorer.enabled(explorer.arrays) == {"beta": True}


def test_the_target_of_the_rates_is_reached_by_a_good_one_alone() -> None:
    assert "Reached." in widgets.learning_rate_explorer(CLASSES, rate=1.8).alt
    assert "Not yet." in widgets.learning_rate_explorer(CLASSES, rate=0.001).alt
    assert "Not yet." in widgets.learning_rate_explorer(CLASSES, rate=3.0).alt


@pytest.mark.parametrize(
    ("name", "said"),
    [("stub", "not written yet"), ("broken", "raises KeyError"), ("replacing", "does step change the arrays")],
)
def test_broken_code_is_named_and_reaches_no_target(name: str, said: str) -> None:
    explorer = widgets.learning_rate_explorer(CLASSES, name=name)
    assert said in explorer.alt
    assert "Not yet." in explorer.alt
    assert explorer.frame().startswith(b"\x89PNG")
    assert said in widgets.momentum_explorer(lambda lr, beta: CLASSES[name](lr)).alt
    game = widgets.register_game(CLASSES[name])
    assert said in game.alt
    game.set(register=True)
    assert game.values["records"] == "- - - - - -"


def test_momentum_reaches_its_target_where_theory_says_and_not_without_momentum() -> None:
    explorer = widgets.momentum_explorer(Rolling, rate=10.0, beta=0.67)
    assert "Reached." in explorer.alt
    assert explorer.arrays.radius == pytest.approx(np.sqrt(0.67), abs=1e-3)
    explorer.set(condition="10")
    assert "Choose condition 100." in explorer.alt
    assert "Not yet." in widgets.momentum_explorer(Rolling, rate=1.98, beta=0.0).alt


def test_the_factor_of_theory_is_that_of_the_walk() -> None:
    walk = optimizers.simulate_momentum(Rolling, rate=1.5, beta=0.0, condition="10")
    assert walk.distance[-1] / walk.distance[-2] == pytest.approx(walk.radius, rel=1e-6)
    assert optimizers.simulate_momentum(Rolling, rate=2.1, beta=0.0, condition="10").radius > 1


def test_the_game_keeps_a_rate_that_converges_and_goes_on() -> None:
    game = widgets.register_game(Plain, rate=1.8)
    shown(game)
    assert game._panel is not None
    game._panel.controls["register"].value = True
    assert game.values["records"] == "1.8 - - - - -"
    assert game.values["depth"] == 2
    assert game._panel.controls["register"].value is False
    game._panel.controls["register"].value = True  # 1.8 is too large for depth 2
    assert game.values["records"] == "1.8 - - - - -"
    assert game.values["depth"] == 2
    assert "register=" not in game.command


def test_the_game_is_won_near_two_over_depth() -> None:
    game = widgets.register_game(Plain)
    for depth in optimizers.DEPTHS:
        game.set(depth=depth, rate=1.88 / depth)
        assert game.arrays.converged
        game.set(register=True)
    assert "Reached." in game.alt
    largest = game.arrays.largest
    assert largest == pytest.approx([2 / d for d in optimizers.DEPTHS], rel=0.06)
    game.set(records="1.8 0.2 - - - -")
    assert "Larger ones exist for depth 2." in game.alt


def test_the_game_takes_no_rate_that_is_typed_and_does_not_converge() -> None:
    game = widgets.register_game(Plain, records="1.8 9 0.6 0.45 0.37 0.31")
    assert "Not yet. Not taken, as it does not converge: the rate of depth 2." in game.alt
    assert "depth 2: 9" not in game.alt


def test_the_game_does_not_tell_its_law_before_three_rates_are_registered() -> None:
    game = widgets.register_game(Plain, records="1.8 0.9 - - - -")
    axes = game._drawn().fig.axes[1]

    def told() -> str:
        game.frame()
        return " ".join(text.get_text() for text in [*axes.get_legend().get_texts(), *axes.texts])

    assert "2 / depth" not in told() + game.alt + game.still_html()
    game.set(records="1.8 0.9 0.6 - - -")
    assert "2 / depth" in told()


@pytest.mark.parametrize(
    ("text", "kept"), [("", "- - - - - -"), ("1.9 x -1 nan 2", "1.9 - - - 2 -"), ("1 2 3 4 5 6 7", "1 2 3 4 5 6")]
)
def test_records_are_cleaned(text: str, kept: str) -> None:
    assert widgets.register_game(Plain, records=text).values["records"] == kept


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        widgets.learning_rate_explorer({})
    with pytest.raises(ValueError, match="plateau"):
        widgets.learning_rate_explorer(CLASSES, surface="plateau")
    with pytest.raises(ValueError, match="'Adam'"):
        widgets.learning_rate_explorer(CLASSES, name="Adam")
    with pytest.raises(ValueError, match="best"):
        widgets.learning_rate_explorer(CLASSES, preset="best")
