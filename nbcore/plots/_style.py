"""The one look of the course: style, palette, `figure()` to build under it and `Picture` to show what was built.

It draws no data itself; the modules beside it do, one per notebook. Nothing here goes through `matplotlib.pyplot`, so
no figure stays registered, nothing is shown twice, and an import changes no setting of the reader's session.
"""

import base64
import html
import io
import logging
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # matplotlib is most of the import time of the course, so it is loaded when the first figure is built
    from matplotlib.figure import Figure

if sys.platform == "emscripten":  # in the browser fonts are looked for at every start, and each time a line says so
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

Share = bool | Literal["none", "all", "row", "col"]

DPI = 105
"""Pixels per inch of a shown picture: one image pixel per CSS pixel, so that text stays sharp."""

# The first five colours of seaborn's "colorblind" palette that keep a contrast of 3:1 against white (WCAG 2.1, 1.4.11).
PALETTE = ("#0173b2", "#d55e00", "#029e73", "#cc78bc", "#949494")
LINE_STYLES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (7, 2, 1, 2, 1, 2)))
MARKERS = ("o", "s", "^", "D", "v")

NEUTRAL = "#4d4d4d"
"""Reference lines, axes of symmetry, annotations: present, but not a series."""

SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"
"""Colour maps for heat maps; give a diverging one symmetric `vmin`, `vmax`. Low is class 0, high is class 1."""


def series(i: int) -> dict[str, Any]:
    """Colour, line style and marker of the i-th series, as keyword arguments of `Axes.plot`.

    No two of the first 25 are alike, and the first five differ in all three cues, so colour is never the only one.
    """
    n = len(PALETTE)
    shifted = (i + i // n) % n
    return {"color": PALETTE[i % n], "linestyle": LINE_STYLES[shifted], "marker": MARKERS[shifted]}


TRAIN = series(0)
VALIDATION = series(1)
TEST = series(2)
"""Looks of the three parts of a data set, the same in every figure."""

CLASS_COLORS = PALETTE[:2]
CLASS_MARKERS = MARKERS[:2]
"""Looks of the points of class 0 and class 1. For more classes go on in `PALETTE` and `MARKERS`."""

# Settings of the session rather than of the look: `style` leaves them as they are.
NOT_STYLE = ("backend", "interactive", "toolbar", "timezone", "webagg", "keymap", "savefig.directory", "docstring")

STYLE: dict[str, Any] = {
    "figure.dpi": DPI,
    "savefig.dpi": "figure",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.title_fontsize": 11,
    "figure.titlesize": 14,
    "axes.edgecolor": "#808080",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "grid.color": "#e0e0e0",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "#cccccc",
    "image.cmap": SEQUENTIAL,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw under the style of the course; also a decorator, `@style()`, for a function that draws.

    It starts from matplotlib's defaults, so that a figure looks the same whatever the reader's own settings are, and
    gives those back at the end. Lines and legends read their settings when they are made, so plotting belongs inside.
    """
    import matplotlib as mpl

    present: Any = mpl.rcParams
    # To set a value takes longer than to see that it stands already.
    with mpl.rc_context({key: value for key, value in _settings().items() if present[key] != value}):
        yield


@cache
def _settings() -> Any:
    import matplotlib as mpl
    from cycler import cycler

    cycle = cycler(color=PALETTE) + cycler(linestyle=LINE_STYLES)
    defaults = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(NOT_STYLE)}
    return {**defaults, **STYLE, "axes.prop_cycle": cycle}


def figure(
    nrows: int = 1,
    ncols: int = 1,
    *,
    width: float = 8.0,
    height: float | None = None,
    sharex: Share = False,
    sharey: Share = False,
    squeeze: bool = True,
    width_ratios: list[float] | None = None,
    height_ratios: list[float] | None = None,
) -> tuple["Figure", Any]:
    """A new figure and its axes, in the style of the course and unknown to pyplot.

    Args:
        width: inches; 8 fills the column of a notebook.
        height: inches; 3.2 a row unless given.
        sharex, sharey, squeeze, width_ratios, height_ratios: as in `matplotlib.pyplot.subplots`.

    Returns:
        The figure, and one `Axes` or an array of them, as `matplotlib.pyplot.subplots` gives it.
    """
    from matplotlib.figure import Figure

    with style():
        fig = Figure(figsize=(width, 3.2 * nrows if height is None else height), dpi=DPI, layout="constrained")
        axes = fig.subplots(
            nrows,
            ncols,
            sharex=sharex,
            sharey=sharey,
            squeeze=squeeze,
            width_ratios=width_ratios,
            height_ratios=height_ratios,
        )
    return fig, axes


def png_bytes(fig: "Figure") -> bytes:
    """The figure as PNG; equal figures give equal bytes, as the file carries no date and no version."""
    buffer = io.BytesIO()
    with style():
        fig.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


@dataclass(frozen=True)
class Picture:
    """A finished figure with the sentence that tells what it shows; the last line of a cell shows it.

    JupyterLab, Notebook, VS Code, Colab and nbconvert all keep the `alt` of an HTML image, which they do not do for a
    plain PNG output, hence the HTML.

    Args:
        fig: the figure; draw nothing more into it.
        alt: what a reader who does not see the figure should know. ValueError if it is blank.
    """

    fig: "Figure"
    alt: str

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError("a Picture needs an alt text: one or two sentences that say what the figure shows")

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        return png_bytes(self.fig)

    def save(self, path: str | Path) -> None:
        """Write the picture to `path`; the ending chooses the format (.png, .svg, .pdf)."""
        with style():
            self.fig.savefig(path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/html": image_html(self.png(), self.alt, round(self.fig.get_figwidth() * DPI)),
            "text/plain": self.alt,
        }


def image_html(png: bytes, alt: str, width: int) -> str:
    """An HTML image that holds the PNG itself; `width` in CSS pixels."""
    data = base64.b64encode(png).decode("ascii")
    across, down = struct.unpack(">II", png[16:24])  # in the header of a PNG
    # With both sizes the page keeps the place, so that a link to a cell below leads where it should.
    size = f'width="{width}" height="{round(width * down / across)}"'
    return (
        f'<img alt="{html.escape(alt)}" {size} style="max-width: 100%; height: auto" '
        f'src="data:image/png;base64,{data}">'
    )
