"""Widgets of the course: pictures that sliders move, over the functions that the student has written, and questions.

Notebooks import from here. Each call gives an `Explorer`, `predict` a `Prediction`; the last line of a cell shows it.
"""

from nbcore.widgets._explorer import Explorer
from nbcore.widgets.activations import activation_explorer, depth_explorer
from nbcore.widgets.backprop import step_explorer, training_player
from nbcore.widgets.capstone import error_browser
from nbcore.widgets.forward import perceptron_explorer, signal_explorer
from nbcore.widgets.losses import loss_explorer
from nbcore.widgets.optimizers import learning_rate_explorer, momentum_explorer, register_game
from nbcore.widgets.predictions import predict
from nbcore.widgets.regularization import overfitting_explorer
from nbcore.widgets.training import training_explorer

__all__ = [
    "Explorer",
    "activation_explorer",
    "depth_explorer",
    "error_browser",
    "learning_rate_explorer",
    "loss_explorer",
    "momentum_explorer",
    "overfitting_explorer",
    "perceptron_explorer",
    "predict",
    "register_game",
    "signal_explorer",
    "step_explorer",
    "training_explorer",
    "training_player",
]
