"""Every figure function of the course called once, on small experiments with the solved notebooks' functions."""

from collections.abc import Callable
from functools import partial

import numpy as np
import solved

from nbcore.experiments import (
    activations,
    backprop,
    by_hand,
    capstone,
    depth,
    forward,
    losses,
    optimizers,
    regularization,
)
from nbcore.plots import Picture
from nbcore.plots import activations as activations_plots
from nbcore.plots import backprop as backprop_plots
from nbcore.plots import capstone as capstone_plots
from nbcore.plots import depth as depth_plots
from nbcore.plots import forward as forward_plots
from nbcore.plots import losses as losses_plots
from nbcore.plots import optimizers as optimizers_plots
from nbcore.plots import regularization as regularization_plots

Pictures = dict[str, Picture]


def of_activations() -> Pictures:
    f = solved.functions("01_activations", "hidden", "train")
    names = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu", "leaky ReLU": "leaky_relu", "SiLU": "silu"}
    pairs = {name: (f[key], f[f"{key}_prime"]) for name, key in names.items()}
    networks = {"tanh": (np.tanh, 1), "no f": (np.positive, 1), "no f, 3 layers": (np.positive, 3)}
    return {
        "neuron_and_network": activations_plots.neuron_and_network(),
        "chain": activations_plots.chain(),
        "boundaries": activations_plots.boundaries(activations.classify(networks, f["hidden"], f["train"])),
        "five_functions": activations_plots.five_functions(activations.five_functions()),
        "activation_curves": activations_plots.activation_curves(activations.curves(pairs, alpha=0.1)),
        "outputs": activations_plots.outputs(activations.outputs(pairs)),
        "softmax_bars": activations_plots.softmax_bars(activations.shares(f["softmax"])),
    }


XOR_NETWORK = {"W1": np.ones((2, 2)), "b1": np.array([0.0, -1.0]), "W2": np.array([[1.0, -2.0]]), "b2": np.zeros(1)}
LETTER = [[0, 0], [0, 3], [1, 1], [2, 3], [2, 0]]


def of_forward() -> Pictures:
    f = solved.functions("02_forward", "drawing_network", "pocket")
    hidden = {"identity": lambda z: z, "sigmoid": f["sigmoid"], "tanh": f["tanh"], "relu": f["relu"]}
    two = {"tanh": f["tanh"], "ReLU": f["relu"]}
    predicted = f["predict_proba"], f["predict"]
    return {
        "punched_cards": forward_plots.punched_cards(forward.punched_cards(f["perceptron_fit"], n_seeds=2)),
        "convergence": forward_plots.convergence(forward.convergence(f["perceptron_fit"], n_seeds=2)),
        "xor_cycle": forward_plots.xor_cycle(forward.runs(f["perceptron_fit"], f["pocket"], n_visits=60)),
        "neuron": forward_plots.neuron(),
        "network": forward_plots.network(),
        "fold": forward_plots.fold(forward.fold(f["mlp_forward"], f["relu"], XOR_NETWORK)),
        "data_sets": forward_plots.data_sets(forward.sets()),
        "boundaries": forward_plots.boundaries(
            forward.boundaries(*predicted, hidden, f["sigmoid"], n_seeds=1, n_grid=21)
        ),
        "widths": forward_plots.widths(forward.widths(f["predict"], f["tanh"], f["sigmoid"], n_starts=4, n_seeds=1)),
        "approximation": forward_plots.approximation(
            forward.approximation(f["relu_interpolant"], f["relu"], two | {"cubic": lambda z: z**3}, n_seeds=2)
        ),
        "drawing": forward_plots.drawing(
            forward.drawing(f["mlp_forward"], f["relu"], f["relu_interpolant"], f["drawing_network"], LETTER)
        ),
    }


def of_losses() -> Pictures:
    f = solved.functions("03_losses", "squared", "squared_grad")
    on_residuals = {
        "MSE": losses.Loss(f["mse"], f["mse_grad"]),
        "Huber 1": losses.Loss(f["huber"], f["huber_grad"]),
        "Huber 0.3": losses.Loss(partial(f["huber"], delta=0.3), partial(f["huber_grad"], delta=0.3)),
        "MAE": losses.MAE,
    }
    on_logits = {
        "BCE": losses.Loss(f["bce_with_logits"], f["bce_with_logits_grad"], "logit"),
        "MSE of sigmoid": losses.Loss(f["squared"], f["squared_grad"], "logit"),
    }
    return {
        "robustness": losses_plots.robustness(
            losses.shapes(on_residuals), losses.outliers(on_residuals, n_seeds=2, n_clean=2)
        ),
        "escape": losses_plots.escape(losses.escape(on_logits)),
        "origin": losses_plots.origin(losses.origin()),
        "graph": losses_plots.graph(
            losses.graph(*(f[name] for name in ("bce", "bce_grad", "sigmoid", "sigmoid_prime")))
        ),
    }


def of_backprop() -> Pictures:
    f = solved.functions("04_backprop")
    relu = f["relu"], f["relu_prime"]
    checks = ("numerical_gradient", "relative_error", "gradient_check", "relu", "relu_prime")
    timed = ("mlp_forward", "mlp_backward", "init_params", "relu", "relu_prime", "sigmoid")
    named = {"tanh": (f["tanh"], f["tanh_prime"]), "ReLU": relu, "sigmoid": (f["sigmoid"], f["sigmoid_prime"])}
    both = {"hidden": named["tanh"], "output": named["sigmoid"]}
    graph = backprop.graph(
        by_hand.one_example(),
        f["mlp_backward"],
        f["numerical_gradient"],
        linear_forward=f["linear_forward"],
        loss=f["bce"],
        **both,
    )
    folding = backprop.folding(f["fit"], f["mlp_forward"], f["init_params"], f["bce"], *named["tanh"], f["sigmoid"])
    return {
        "layer_backward": backprop_plots.layer_backward(),
        "graph": backprop_plots.graph(graph),
        "folding": backprop_plots.folding(folding),
        "failing_checks": backprop_plots.failing_checks(backprop.failing_checks(*(f[name] for name in checks))),
        "training": backprop_plots.training(backprop.against_sklearn(f["fit"], named, epochs=30)),
        "cost": backprop_plots.cost(
            backprop.cost(
                *(f[name] for name in timed), depths=(1, 2, 4), width=64, batch=32, batches=(1, 4, 32), repeats=3
            )
        ),
    }


def of_depth() -> Pictures:
    f = solved.functions("05_depth", "forward", "backward", "mean_squares", "stack_forward", "stack_backward")
    relu = f["relu"], f["relu_prime"]
    kinds = {
        "sigmoid, Xavier": depth.Kind(f["sigmoid"], f["sigmoid_prime"], "xavier"),
        "tanh, Xavier": depth.Kind(f["tanh"], f["tanh_prime"], "xavier"),
        "ReLU, Xavier": depth.Kind(*relu, "xavier"),
        "ReLU, He": depth.Kind(*relu, "he"),
        "ReLU, large": depth.Kind(*relu, "large"),
    }
    passes = (f[name] for name in ("mlp_forward", "mlp_backward", "layer_gradient_norms", "sigmoid"))
    trained = (f[name] for name in ("fit", "mlp_forward", "init_params", "relu", "relu_prime", "sigmoid"))
    units = {"ReLU": relu, "leaky ReLU": (f["leaky_relu"], f["leaky_relu_prime"]), "SiLU": (f["silu"], f["silu_prime"])}
    chain = depth.Chain(f["forward"], f["backward"], f["bce_with_logits"], f["bce_with_logits_grad"])
    networks = {"ReLU, gain 1.41": (f["relu"], 2**0.5), "ReLU, gain 1": (f["relu"], 1.0)}
    deep = {"plain": depth.Deep(), "residual": depth.Deep(skip=True)}
    parts = (f[name] for name in ("stack_forward", "stack_backward", "bce_with_logits", "bce_with_logits_grad"))
    return {
        "flow": depth_plots.flow(
            depth.flow(kinds, *passes, n_layers=6, n_seeds=4), depth.depth_trains(kinds, f["fit"], n_seeds=2, epochs=30)
        ),
        "dying_units": depth_plots.dying_units(
            depth.untrained(f["relu"], f["dead_fraction"], n_seeds=2),
            depth.dying_units(*trained, f["dead_fraction"], n_seeds=2, epochs=50),
            depth.revival(units),
        ),
        "scales": depth_plots.scales(depth.scales(chain, f["init_params"], n_steps=30, n_seeds=1)),
        "gain_signal": depth_plots.gain_signal(depth.gain_signal(f["mean_squares"], networks, n_seeds=2)),
        "which_axis": depth_plots.which_axis(),
        "residual_block": depth_plots.residual_block(),
        "what_helps": depth_plots.what_helps(
            depth.what_helps(deep, *parts, rates=(0.01, 0.3), n_blocks=4, n_steps=10, n_seeds=2)
        ),
    }


def of_optimizers() -> Pictures:
    f = solved.functions("06_optimizers")
    rules = {name: f[name] for name in ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam")}
    network, init_params = f["network"], f["init_params"]
    relu_network = partial(network, hidden=f["relu"], hidden_prime=f["relu_prime"])
    schedules = {
        "constant 0.1": lambda t: 0.1,
        "constant 0.01": lambda t: 0.01,
        "step decay": partial(f["step_decay"], lr=0.1, drop=0.5, every=40),
        "warm-up, cosine": partial(f["warmup_cosine"], total=320, lr_max=0.1, warmup=20),
        "like 1/t": lambda t: 0.1 / (1 + t / 20),
    }
    linear = optimizers.linear_sensitivity(rules, n_seeds=3)
    few = optimizers.network_sensitivity(rules, network, init_params, n_seeds=2, n_epochs=40)
    noise = optimizers.noise_floor(f["SGD"], f["minibatches"], schedules, n_epochs=10, n_seeds=2)
    return {
        "quadratics": optimizers_plots.quadratics(optimizers.quadratics(rules, most=4000)),
        "valley": optimizers_plots.valley(
            optimizers.valley(rules), optimizers.ripples({name: rules[name] for name in ("SGD", "Momentum")})
        ),
        "factors": optimizers_plots.factors(optimizers.factors(0.81)),
        "sensitivity": optimizers_plots.sensitivity(linear, few),
        "seeds": optimizers_plots.seeds(few),
        "training_tools": optimizers_plots.training_tools(
            optimizers.range_test(f["SGD"], network, init_params),
            optimizers.exploding(f["SGD"], f["clip_by_global_norm"], relu_network, f["accuracy"], init_params),
            noise,
        ),
        "noise_floor": optimizers_plots.noise_floor(
            noise, optimizers.batch_sizes(f["SGD"], f["minibatches"], n_updates=300)
        ),
        "landscape": optimizers_plots.landscape(
            optimizers.landscape(f["Adam"], network, init_params, n_starts=3, n_epochs=60)
        ),
    }


def of_regularization() -> Pictures:
    f = solved.functions("07_regularization")
    tools = regularization.Tools(**{name: f[name] for name in regularization.Tools.__dataclass_fields__})
    tasks = [regularization.moons_task(f["train_val_split"], seed) for seed in range(2)]
    method = regularization.Method
    l2 = partial(f["add_l2_grads"], lam=0.01)
    compare = partial(regularization.compare, tools, tasks, epochs=60)
    sweep = compare({"L2 0": method(), "L2 0.01": method(penalty=l2)})
    shrink = partial(regularization.shrink, amount=0.0009)
    kinds = compare(
        {"none": method(), "L2": method(penalty=l2), "L1": method(optimizer=partial(f["SGD"], lr=0.3), after=shrink)}
    )
    decay = regularization.decay(
        {
            "SGD with L2": (partial(f["SGD"], lr=0.01), l2),
            "Adam with L2": (partial(f["Adam"], lr=0.01), l2),
            "AdamW": (partial(f["AdamW"], lr=0.01, weight_decay=0.2), None),
        }
    )
    both = {"none": method(), "L2": method(penalty=l2)}
    few = {"epochs": 40}
    return {
        "overfitting": regularization_plots.overfitting(regularization.overfitting(tools, tasks, epochs=100)),
        "thinned": regularization_plots.thinned(),
        "penalties": regularization_plots.penalties(sweep, [0, 0.01], kinds),
        "comparison": regularization_plots.comparison(kinds),
        "decay": regularization_plots.decay(decay),
        "curves": regularization_plots.curves(
            regularization.capacity_curve(tools, tasks, both, widths=(1, 8), **few),
            regularization.learning_curve(tools, f["train_val_split"], both, rows=(30, 100), n_seeds=1, **few),
            regularization.depth_curve(tools, partial(f["EarlyStopping"], patience=10), depths=(1, 2), n_seeds=1),
        ),
        "double_descent": regularization_plots.double_descent(regularization.double_descent(f["relu"], n_sets=5)),
    }


def of_capstone() -> Pictures:
    f = solved.functions("08_capstone")
    tools = capstone.Tools(**{name: f[name] for name in capstone.Tools.__dataclass_fields__})
    parts = capstone.digits_task()
    base = capstone.baselines(parts, n_seeds=1)
    few = {"n_seeds": 1}
    found = capstone.errors(f["train_classifier"], parts, base.probabilities, n_trainings=1)
    return {
        "baselines": capstone_plots.baselines(base),
        "checklist": capstone_plots.checklist(capstone.checklist(tools, f["standardize"], parts)),
        "validation_curves": capstone_plots.validation_curves(
            capstone.learning_curve(f["train_classifier"], parts, sizes=(50, 200), **few),
            capstone.width_curve(tools, f["standardize"], parts, widths=(2, 16), **few),
        ),
        "confusion": capstone_plots.confusion(f["confusion_matrix"](found.y, found.predicted, 10)),
        "digits": capstone_plots.digits(parts.X_train, parts.y_train),
        "three_parts": capstone_plots.three_parts(parts),
    }


MAKERS: dict[str, Callable[[], Pictures]] = {
    "activations": of_activations,
    "forward": of_forward,
    "losses": of_losses,
    "backprop": of_backprop,
    "depth": of_depth,
    "optimizers": of_optimizers,
    "regularization": of_regularization,
    "capstone": of_capstone,
}
"""Module of `nbcore.plots` -> what makes its pictures, by the names of its functions."""
