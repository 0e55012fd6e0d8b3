"""Every figure function of `nbcore.plots`: labels, legend, alt text, and colours for colour-blind readers."""

import importlib
import inspect
import pkgutil
from functools import cache

import colour_vision
import gallery
import matplotlib as mpl
import numpy as np
import pytest
from figure_rules import RULES, confusable, confusable_shades, unexplained, unlabelled, wordless

from nbcore import plots
from nbcore.plots import Picture


def figure_functions() -> list[tuple[str, str]]:
    """Module and name of every public function of `nbcore.plots` that gives a Picture."""
    found = []
    for module in pkgutil.iter_modules(plots.__path__):
        if module.name.startswith("_"):
            continue
        for name, function in vars(importlib.import_module(f"nbcore.plots.{module.name}")).items():
            if inspect.isfunction(function) and function.__annotations__.get("return") is Picture:
                found.append((module.name, name))
    return found


FIGURES = figure_functions()


@cache
def pictures(module: str) -> gallery.Pictures:
    return gallery.MAKERS[module]()


def test_the_gallery_holds_every_figure_function() -> None:
    assert len(FIGURES) >= 33
    shown = {(module, name) for module in gallery.MAKERS for name in pictures(module)}
    assert shown == set(FIGURES)


@pytest.mark.parametrize(("module", "name"), FIGURES, ids=[f"{module}.{name}" for module, name in FIGURES])
def test_a_figure_keeps_every_rule(module: str, name: str) -> None:
    picture = pictures(module)[name]
    assert [problem for rule in RULES for problem in rule(picture)] == []
    assert picture.png().startswith(b"\x89PNG")


# The rules find what they are for -------------------------------------------------------------------------------------


def drawn(*looks: dict, legend: bool = True, labels: bool = True, alt: str = "Lines, 1 to 2. " * 5) -> Picture:
    fig, ax = plots.figure()
    for i, look in enumerate(looks):
        ax.plot([0, 1], [i, i + 1], **{"label": f"series {i}", "linestyle": "-"} | look)
    if legend:
        ax.legend()
    if labels:
        ax.set(xlabel="x", ylabel="y")
    return Picture(fig, alt)


RED, GREEN = "#cc3333", "#668822"
"""Alike for readers with deuteranopia, and only for them."""


def test_lines_that_differ_by_colour_alone_are_found() -> None:
    (problem,) = confusable(drawn({"color": RED}, {"color": GREEN}))
    assert "differ by colour alone, and by 1.4" in problem
    assert list(confusable(drawn({"color": RED, "marker": "o"}, {"color": GREEN, "marker": "s"}))) == []
    assert list(confusable(drawn({"color": RED}, {"color": GREEN, "linestyle": "--"}))) == []
    assert len(list(confusable(drawn({"color": plots.PALETTE[0]}, {"color": plots.PALETTE[1]})))) == 1


def test_missing_labels_and_legends_are_found() -> None:
    two = {"color": plots.PALETTE[0]}, {"color": plots.PALETTE[1]}
    assert list(unlabelled(drawn(*two))) == list(unexplained(drawn(*two))) == []
    assert len(list(unlabelled(drawn(*two, labels=False)))) == 2
    assert len(list(unexplained(drawn(*two, legend=False)))) == 1
    assert list(unexplained(drawn(two[0], legend=False))) == []
    assert len(list(unexplained(drawn(two[0], two[1] | {"label": "_hidden"})))) == 1
    assert len(list(unexplained(drawn(two[0], two[1] | {"label": "series 0"})))) == 1


def test_bars_and_dots_count_as_series() -> None:
    fig, ax = plots.figure()
    ax.scatter([0, 1], [0, 1], color=RED, label="a")
    ax.scatter([0, 1], [1, 0], color=GREEN, label="b")
    ax.bar([0, 1], [1, 1], color=RED, label="c")
    ax.bar([2, 3], [1, 1], color=GREEN, label="d")
    assert len(list(confusable(Picture(fig, "alt")))) == 2


def test_a_colour_map_from_red_to_green_is_found() -> None:
    fig, ax = plots.figure()
    ax.imshow(np.eye(3), cmap="RdYlGn")
    assert len(list(confusable_shades(Picture(fig, "alt")))) == 1


@pytest.mark.parametrize(
    "alt", ["short 1", "x" * 80, "The loss is nan, which is no number at all, not even the number 1."]
)
def test_alt_texts_that_say_nothing_are_found(alt: str) -> None:
    assert len(list(wordless(drawn({}, alt=alt)))) == 1


# Colour vision --------------------------------------------------------------------------------------------------------


# From table 1 of Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula".
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
        ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_published_table(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    assert colour_vision.difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=6e-5)
    assert colour_vision.difference(np.array(second), np.array(first)) == pytest.approx(expected, abs=6e-5)


def test_greys_look_the_same_to_all_and_red_and_green_do_not() -> None:
    for kind in colour_vision.SEEN_BY:
        assert colour_vision.lab("#808080", kind) == pytest.approx(colour_vision.lab("#808080"), abs=0.1)
    assert colour_vision.lab("white") == pytest.approx([100, 0, 0], abs=1e-6)
    assert colour_vision.lab("red") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    red, green = ({kind: colour_vision.lab(c, kind) for kind in colour_vision.SEEN_BY} for c in (RED, GREEN))
    seen = {kind: colour_vision.difference(red[kind], green[kind]) for kind in colour_vision.SEEN_BY}
    assert seen["deuteranopia"] < 3 < 15 < min(seen["all"], seen["protanopia"], seen["tritanopia"])


def test_the_palette_is_told_apart_by_every_reader() -> None:
    """No two of its colours are near enough to be taken for each other; series differ in line and marker as well."""
    differences = [difference for _, _, difference in colour_vision.too_close(list(plots.PALETTE))]
    assert min(differences, default=10.0) > 9.0
    assert colour_vision.too_close([*plots.CLASS_COLORS, plots.NEUTRAL]) == []
    assert mpl.colors.to_hex(plots.TRAIN["color"]) == plots.CLASS_COLORS[0]
