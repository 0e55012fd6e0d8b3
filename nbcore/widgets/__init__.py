"""Widgets of the course: pictures that sliders move, over the functions that the student has written.

Notebooks import from here. Each call gives an `Explorer`; the last line of a cell shows it.
"""

from nbcore.widgets._explorer import Explorer
from nbcore.widgets.activations import activation_explorer, depth_explorer

__all__ = ["Explorer", "activation_explorer", "depth_explorer"]
