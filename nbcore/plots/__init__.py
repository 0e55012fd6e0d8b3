"""Figures of the course: one function a figure, each over arrays from `nbcore.experiments`, each giving a `Picture`.

Notebooks import from here; what is shared by all figures (style, palette, `figure`, `Picture`) is in `_style`.
"""

from nbcore.plots._style import (
    CLASS_COLORS,
    CLASS_MARKERS,
    DIVERGING,
    DPI,
    LINE_STYLES,
    MARKERS,
    NEUTRAL,
    PALETTE,
    SEQUENTIAL,
    TEST,
    TRAIN,
    VALIDATION,
    Picture,
    figure,
    image_html,
    series,
    style,
)

__all__ = [
    "CLASS_COLORS",
    "CLASS_MARKERS",
    "DIVERGING",
    "DPI",
    "LINE_STYLES",
    "MARKERS",
    "NEUTRAL",
    "PALETTE",
    "SEQUENTIAL",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "Picture",
    "figure",
    "image_html",
    "series",
    "style",
]
