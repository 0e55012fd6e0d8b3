"""Right versions of what 07_regularization asks for, and checks of what its functions keep and change.

Hidden test cells get these definitions from the build.
"""

import numpy as np

from .layers import _random_params

# ---------------------------------------------------------------- L2


def _l2_penalty(params, lam):
    return lam / 2 * sum(float(np.vdot(block, block)) for key, block in params.items() if key.startswith("W"))


def _with_l2_grads(grads, params, lam):
    """The gradients of loss and penalty, given those of the loss."""
    return {key: g + (lam * params[key] if key.startswith("W") else 0.0) for key, g in grads.items()}


def _params_far_from_0(rng, sizes):
    """Normal weights, and biases around 3: a penalty must not see them."""
    return {key: block + 3 * key.startswith("b") for key, block in _random_params(rng, sizes).items()}
