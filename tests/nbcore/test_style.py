"""Legible colours, no trace in pyplot or in the settings of the reader, and pictures that carry their words."""

import base64
import html
import io
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from nbcore import plots
from nbcore.plots import _style


def small_picture(alt: str = "A rising line.") -> plots.Picture:
    fig, ax = plots.figure(width=4, height=2)
    with plots.style():
        ax.plot([0, 1], [0, 1], **plots.series(0))
    return plots.Picture(fig, alt)


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.1."""
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("color", [*plots.PALETTE, plots.NEUTRAL])
def test_every_colour_keeps_a_contrast_of_3_to_1_on_white(color: str) -> None:
    assert round(1.05 / (luminance(color) + 0.05), 1) >= 3.0


def test_series_differ_by_more_than_colour() -> None:
    looks = [plots.series(i) for i in range(5)]
    for cue in ("color", "linestyle", "marker"):
        assert len({str(look[cue]) for look in looks}) == 5
    assert len({str(plots.series(i)) for i in range(25)}) == 25
    assert plots.TRAIN != plots.VALIDATION != plots.TEST
    assert len(set(plots.CLASS_COLORS)) == len(set(plots.CLASS_MARKERS)) == 2


def test_style_sets_and_gives_back_and_is_the_same_under_any_settings_of_the_reader() -> None:
    before = dict(mpl.rcParams)
    first = small_picture().png()
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9, "savefig.bbox": "tight"}):
        assert small_picture().png() == first
    with plots.style():
        assert mpl.rcParams["font.size"] >= 11
        assert mpl.rcParams["backend"] == before["backend"]


def test_letters_are_never_smaller_than_11_points() -> None:
    sizes = [value for key, value in _style.STYLE.items() if key.endswith("size") and "marker" not in key]
    assert min(sizes) >= 11


def test_figures_are_unknown_to_pyplot() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    small_picture().png()
    assert plt.get_fignums() == before


def test_figure_takes_the_arguments_of_subplots() -> None:
    fig, axes = plots.figure(2, 3, width=6, height=4, sharey=True, width_ratios=[1, 2, 1])
    assert axes.shape == (2, 3)
    assert fig.get_size_inches().tolist() == [6, 4]
    assert axes[0, 0].get_shared_y_axes().joined(axes[0, 0], axes[1, 2])
    assert plots.figure(2)[0].get_size_inches().tolist() == [8, 6.4]
    assert plots.figure(squeeze=False)[1].shape == (1, 1)


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_without_words_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="alt text"):
        small_picture(alt)


def test_a_picture_is_an_image_with_its_alt_text() -> None:
    alt = 'f(z) < "1" & rising'
    bundle = small_picture(alt)._repr_mimebundle_()
    assert bundle["text/plain"] == alt
    shown = bundle["text/html"]
    found = re.search(r'alt="([^"]*)" width="(\d+)".*src="data:image/png;base64,([^"]*)"', shown)
    assert found is not None
    assert html.unescape(found[1]) == alt
    with Image.open(io.BytesIO(base64.b64decode(found[3]))) as image:
        assert image.size == (420, 210)
        assert image.size[0] == int(found[2])


def test_equal_pictures_are_equal_bytes() -> None:
    assert small_picture().png() == small_picture().png()


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_a_picture_is_saved_in_the_format_of_the_name(tmp_path: Path, name: str, start: bytes) -> None:
    small_picture().save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_importing_the_base_loads_no_matplotlib_and_changes_no_setting() -> None:
    heavy = "('sklearn', 'ipywidgets', 'matplotlib', 'scipy', 'PIL')"
    code = f"import sys, nbcore.data, nbcore.plots._style; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
