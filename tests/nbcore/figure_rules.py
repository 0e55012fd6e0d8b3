"""What every figure of the course keeps to; each rule gives the sentences that say where it is broken."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import matplotlib as mpl
from colour_vision import APART, least_difference
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer

from nbcore.plots import Picture


@dataclass(frozen=True)
class Look:
    """How one series is drawn: its colour, and every cue beside it."""

    label: str  # "" where the legend does not name it
    color: str
    cue: tuple[Any, ...]

    @property
    def grey(self) -> bool:
        """Reference lines, contours, and marks without a series are black, grey or white."""
        red, green, blue = mpl.colors.to_rgb(self.color)
        return max(red, green, blue) - min(red, green, blue) < 0.02


def looks(ax: Axes) -> list[Look]:
    """All lines, scatters and bars of the axes."""
    found = []
    bars_of = {box.lines[0]: box for box in ax.containers if isinstance(box, ErrorbarContainer)}
    for line in ax.lines:
        marker = line.get_marker() if line.get_marker() not in ("None", None) else ""
        cue = ("line", str(line.get_linestyle()), str(marker), line.get_fillstyle() if marker else "")
        found.append(Look(_named(bars_of.get(line, line)), mpl.colors.to_hex(line.get_color()), cue))
    for dots in ax.collections:
        if isinstance(dots, PathCollection) and len(dots.get_facecolor()):
            cue = ("dots", dots.get_paths()[0].vertices.tobytes())
            found.append(Look(_named(dots), mpl.colors.to_hex(dots.get_facecolor()[0]), cue))
    for bars in ax.containers:
        if isinstance(bars, BarContainer):
            cue = ("bars", bars.patches[0].get_hatch() or "")
            found.append(Look(_named(bars), mpl.colors.to_hex(bars.patches[0].get_facecolor()), cue))
    return found


def _named(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def shown(picture: Picture) -> list[Axes]:
    """The axes that have axes: no hidden ones, as those of images."""
    return [ax for ax in picture.fig.axes if ax.axison]


def _name(ax: Axes) -> str:
    return f"panel {ax.get_title(loc='left') or ax.get_xlabel()!r}"


def unlabelled(picture: Picture) -> Iterator[str]:
    """Both axes of every panel say what they show, apart from inner panels that share the axis of the outer ones."""
    for ax in shown(picture):
        below = ax.xaxis.get_tick_params()  # Matplotlib 3.8 calls the sides of this axis left and right as well
        if not ax.get_xlabel() and below.get("labelbottom", below.get("labelleft")) and ax.get_label() != "<colorbar>":
            yield f"{_name(ax)} has no label below"
        if not ax.get_ylabel() and ax.yaxis.get_tick_params().get("labelleft", True):
            yield f"{_name(ax)} has no label at its side"


def unexplained(picture: Picture) -> Iterator[str]:
    """Where a panel has more than one colour, a legend names each of them."""
    legends = [legend for ax in picture.fig.axes if (legend := ax.get_legend())] + list(picture.fig.legends)
    for legend in legends:
        texts = [text.get_text() for text in legend.get_texts()]
        if len(set(texts)) < len(texts) or "" in texts:
            yield f"a legend with the entries {texts}"
    in_figure = {look.color for ax in picture.fig.axes for look in looks(ax) if look.label} if legends else set()
    for ax in shown(picture):
        drawn = {look.color for look in looks(ax) if not look.grey}
        explained = {look.color for look in looks(ax) if look.label} if ax.get_legend() else in_figure
        if len(drawn) > 1 and drawn - explained:
            yield f"{_name(ax)}: no legend says what {sorted(drawn - explained)} are"


def confusable(picture: Picture) -> Iterator[str]:
    """Two series of a panel differ in marker, line or hatching, so that no reader depends on their colours."""
    for ax in shown(picture):
        named = [look for look in looks(ax) if look.label]
        for first, second in combinations(named, 2):
            if first.cue == second.cue:
                apart = least_difference(first.color, second.color)
                yield f"{_name(ax)}: {first.label!r} and {second.label!r} differ by colour alone, and by {apart:.1f}"


def confusable_shades(picture: Picture) -> Iterator[str]:
    """Colour maps keep their low, middle and high values apart for every reader."""
    for ax in picture.fig.axes:
        for mappable in [*ax.images, *ax.collections]:
            if mappable.get_array() is None:
                continue
            shades = [mappable.get_cmap()(at) for at in (0.0, 0.5, 1.0)]
            if len(set(shades)) == 1:  # contours of one colour
                continue
            least = min(least_difference(a, b) for a, b in combinations(shades, 2))
            if least < APART:
                yield f"{_name(ax)}: shades of {mappable.get_cmap().name} differ by {least:.1f}"


def wordless(picture: Picture) -> Iterator[str]:
    """The alt text says something, with a number of the arrays in it, and none that is not a number."""
    if len(picture.alt) < 60:
        yield f"an alt text of {len(picture.alt)} characters"
    if not any(letter.isdigit() for letter in picture.alt):
        yield "an alt text without a number"
    if any(word.strip(".,;:()") in ("nan", "inf", "-inf") for word in picture.alt.split()):
        yield "an alt text with nan or inf"


RULES = (unlabelled, unexplained, confusable, confusable_shades, wordless)
