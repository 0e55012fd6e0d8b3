"""The over-fitting explorer: each control moves picture and words, the target can be reached, a move is fast."""

import re
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.course.paths import Course
from autograder.course.percent import source_notebook
from autograder.course.plan import Plan
from nbcore import widgets
from nbcore.experiments import regularization as experiments
from nbcore.widgets import regularization
from nbcore.widgets._explorer import Explorer


@pytest.fixture(scope="module")
def networks() -> experiments.Grid:
    source = source_notebook(Course.find(Path(__file__)), "07_regularization")
    provided = next(cell.source for cell in source.cells if "from nbcore.mine import" in cell.source)
    space: dict[str, Any] = {}
    for code in [provided, *Plan.of(source.cells).solutions.values()]:
        exec(code, space)
    tools = experiments.Tools(**{name: space[name] for name in experiments.Tools.__dataclass_fields__})
    task = experiments.moons_task(space["train_val_split"], 0)
    own = (space["add_l2_grads"], space["dropout_forward"], space["dropout_backward"])
    return experiments.grid(tools, task, *own)


MOVES: list[tuple[dict[str, Any], str, Any]] = [
    ({}, "lam", "0.01"),
    ({}, "p", 0.4),
    ({}, "epoch", 40),
    ({"lam": "0.003", "p": 0.2}, "epoch", 0),
]


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


@pytest.mark.parametrize(("first", "control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    networks: experiments.Grid,
    first: dict[str, Any],
    control: str,
    value: Any,
    capfd: pytest.CaptureFixture[str],
) -> None:
    explorer = widgets.overfitting_explorer(networks, **first)
    before, frame = shown(explorer), explorer.frame()
    text, old = explorer.alt, explorer.values[control]
    assert explorer._panel is not None
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer.alt != text
    assert f"{control}={value!r}" in explorer.command
    again = eval(explorer.command, {"widgets": widgets, "networks": networks})
    assert again.frame() == explorer.frame()
    explorer.set(**{control: old})
    assert explorer.frame() == frame
    assert capfd.readouterr() == ("", "")


def test_the_axes_stay_where_they_are(networks: experiments.Grid) -> None:
    explorer = widgets.overfitting_explorer(networks)
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for _, control, value in MOVES:
        explorer.set(**{control: value})
        explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before
    assert all(ax.get_xlabel() for ax in axes)


def test_the_numbers_are_those_of_the_network(networks: experiments.Grid) -> None:
    fit = regularization.simulate_overfitting(networks, lam="0.01", p=0.2, epoch=500)
    params = networks.snapshots[2][1][-1]
    score = experiments.score(networks.tools, networks.task, params)
    assert fit.losses[:, fit.at].tolist() == [score.train_loss, score.val_loss, score.test_loss]
    points = fit.boundary[:, ~np.isnan(fit.boundary).any(axis=0)].T
    assert np.abs(experiments.logits(networks.tools, points, params)).max() < 0.1
    assert np.abs(fit.chance).max() <= 4


def test_the_target_needs_a_penalty_and_the_last_epoch(networks: experiments.Grid) -> None:
    def reached(**values: Any) -> bool:
        return regularization.overfitting_target(
            regularization.simulate_overfitting(networks, **({"lam": "0", "p": 0.0, "epoch": 500} | values))
        ).reached

    assert not reached()
    assert not any(reached(p=p) for p in networks.probabilities)  # dropout alone does not reach it
    assert [lam for lam in networks.strengths if reached(lam=f"{lam:g}")] == [0.003, 0.01]  # as the text says
    assert not any(reached(lam=f"{lam:g}", epoch=100) for lam in networks.strengths)


def test_an_early_stop_is_named_as_such(networks: experiments.Grid) -> None:
    best = networks.losses[:, :, 1, :-1]
    i, j, k = np.unravel_index(best.argmin(), best.shape)
    lam, p, epoch = f"{networks.strengths[i]:g}", networks.probabilities[j], int(networks.epochs[k])
    target = regularization.overfitting_target(regularization.simulate_overfitting(networks, lam=lam, p=p, epoch=epoch))
    assert not target.reached
    assert "stopped early" in target.note


def test_a_larger_penalty_has_shorter_weights_and_a_larger_training_loss(networks: experiments.Grid) -> None:
    fits = [
        regularization.simulate_overfitting(networks, lam=f"{lam:g}", p=0.0, epoch=500) for lam in networks.strengths
    ]
    norms, losses = [fit.norm for fit in fits], [fit.losses[0, -1] for fit in fits]
    assert norms == sorted(norms, reverse=True)
    assert losses == sorted(losses)


def test_a_map_without_a_boundary_is_drawn_too(networks: experiments.Grid) -> None:
    z = np.ones((5, 5))
    line = regularization._zero_line(np.arange(5.0), np.arange(5.0), z)
    assert line.shape == (2, 1)
    assert np.isnan(line).all()


def test_a_setting_that_is_not_there_is_refused(networks: experiments.Grid) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        widgets.overfitting_explorer(networks, lam="7")


def test_a_page_without_a_kernel_shows_stills(networks: experiments.Grid) -> None:
    html = widgets.overfitting_explorer(networks).still_html()
    assert html.count("<img alt=") == 4
    assert len(set(re.findall(r"L2 strength [^:]*", html))) == 4


def test_a_move_takes_the_kernel_a_fraction_of_the_time_of_a_full_drawing(networks: experiments.Grid) -> None:
    explorer = widgets.overfitting_explorer(networks)
    explorer.widget  # noqa: B018

    def seconds(action: Any) -> float:
        begin = time.process_time()  # not by the clock: other programs may want the processor too
        action()
        return time.process_time() - begin

    moves = [seconds(lambda epoch=epoch: explorer.set(epoch=epoch)) for epoch in range(0, 480, 20)]
    whole = [seconds(lambda: explorer.picture().png()) for _ in range(3)]
    assert statistics.median(moves) < 0.5 * statistics.median(whole)
    assert statistics.median(moves) < 0.25  # about 0.015 on an idle machine
