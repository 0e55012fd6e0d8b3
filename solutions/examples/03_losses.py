# Examples of 03_losses, from small to large: the first that is wrong is what a student sees.

# %%
PAIRS = [  # targets and predictions
    ("[0.0]", "[1.0]"),
    ("[1.0]", "[-1.0]"),
    ("[3.0]", "[1.0]"),
    ("[1.0, 2.0]", "[2.0, 2.0]"),
    ("[1.0, 2.0]", "[2.0, 4.0]"),
    ("[[1.0, 2.0]]", "[[2.0, 4.0]]"),
    ("[[1.0], [2.0]]", "[[2.0], [4.0]]"),
    ("[[1.0, 0.0], [2.0, -1.0]]", "[[2.0, 0.0], [2.0, 1.0]]"),
    ("[[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]]", "[[2.0, 0.0, 0.0], [2.0, 1.0, 3.0]]"),
]
PROBABILITIES = [  # targets 0 and 1, and probabilities
    ("[1.0]", "[0.5]"),
    ("[0.0]", "[0.5]"),
    ("[1.0]", "[0.25]"),
    ("[0.0]", "[0.25]"),
    ("[1.0, 0.0]", "[0.5, 0.75]"),
    ("[[1.0, 0.0]]", "[[0.5, 0.75]]"),
    ("[[1.0], [0.0]]", "[[0.5], [0.75]]"),
    ("[[1.0, 0.0], [0.0, 0.0]]", "[[0.5, 0.75], [0.25, 0.5]]"),
]
EDGES = [
    ("[1.0]", "[0.0]"),
    ("[0.0]", "[1.0]"),
    ("[0.0]", "[0.0]"),
    ("[1.0]", "[1.0]"),
    ("[1.0]", "[1e-9]"),
    ("[1.0]", "[1e-11]"),
    ("[0.0]", "[1 - 1e-11]"),
    ("[1.0, 0.0]", "[0.0, 1.0]"),
]
LOGITS = [  # targets 0 and 1, and logits
    ("[0.0]", "[0.0]"),
    ("[1.0]", "[0.0]"),
    ("[0.0]", "[1.0]"),
    ("[1.0]", "[1.0]"),
    ("[1.0]", "[-2.0]"),
    ("[1.0, 0.0]", "[1.0, -1.0]"),
    ("[[1.0, 0.0]]", "[[1.0, -1.0]]"),
    ("[[1.0], [0.0]]", "[[1.0], [-1.0]]"),
    ("[[1.0, 0.0], [0.0, 0.0]]", "[[1.0, -1.0], [2.0, 0.0]]"),
]
CLASSES = [  # one-hot targets and logits
    ("[[0.0, 1.0]]", "[[0.0, 0.0]]"),
    ("[[1.0, 0.0]]", "[[1.0, 0.0]]"),
    ("[[0.0, 1.0]]", "[[2.0, 0.0]]"),
    ("[[0.0, 1.0, 0.0]]", "[[0.0, 1.0, 2.0]]"),
    ("[[1.0, 0.0], [0.0, 1.0]]", "[[1.0, 0.0], [0.0, 0.0]]"),
    ("[[1.0, 0.0], [1.0, 0.0]]", "[[1.0, 0.0], [3.0, 0.0]]"),
    ("[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]", "[[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]]"),
    ("[[1.0], [1.0]]", "[[3.0], [-1.0]]"),
]
SHAPES = [
    ("(2,)", "(2, 1)"),
    ("(2, 1)", "(2,)"),
    ("(2, 1)", "(2, 2)"),
    ("(2, 2)", "(2, 1)"),
    ("(2,)", "(2, 2)"),
    ("(2,)", "(1, 2)"),
    ("(2,)", "(3,)"),
    ("(1, 2)", "(2, 1)"),
    ("(2, 3)", "(3, 2)"),
]


def loss(name, pairs, more=""):
    for y, x in pairs:
        yield "value", f"{name}(np.array({y}), np.array({x}){more})"


def gradient(name, pairs, x="y_hat", more=""):
    """With central differences of the loss, for a single row."""
    of = name.removesuffix("_grad")
    for y, prediction in pairs:
        code = f"y, {x} = np.array({y}), np.array({prediction})\n{name}(y, {x}{more})"
        size = prediction.count(",") + 1
        both = f"({of}(y, {x} + h{more}) - {of}(y, {x} - h{more}))"
        witness = f"[{both} / 2e-6 for h in 1e-6 * np.eye({size})]"
        yield ("gradient", code) if "], [" in y else ("gradient", code, witness)


def unchanged(aspect, call, pairs, x="y_hat"):
    for y, prediction in pairs:
        for name in ("y", x):
            yield aspect, f"y, {x} = np.array({y}), np.array({prediction})\n{call}\n{name}"


def edges_stay(aspect, name):
    yield aspect, f"p = np.array([1.0, 0.0])\n{name}(np.array([1.0, 0.0]), p)\np == np.array([1.0, 0.0])"


def refuses(*names):
    for name in names:
        for y, x in SHAPES:
            yield "errors", f"{name}(np.zeros({y}), np.full({x}, 0.5))"
    for name in names:
        for y, x in SHAPES[:1]:
            yield (
                "errors",
                f"try:\n    {name}(np.zeros({y}), np.full({x}, 0.5))\n"
                f'except ValueError as error:\n    message = str(error)\n"{y}" in message and "{x}" in message',
            )


# %% exercise="mse"
def examples():
    yield from loss("mse", PAIRS)
    yield from unchanged("value", "mse(y, y_hat)", PAIRS[2:3] + PAIRS[-3:])
    yield "value", "y, y_hat = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[1.0, 3.0], [2.0, 0.0]]).T\nmse(y, y_hat)"
    yield from gradient("mse_grad", PAIRS)
    yield from unchanged("gradient", "mse_grad(y, y_hat)", PAIRS[2:3] + PAIRS[-3:])
    yield from refuses("mse", "mse_grad")
    for pair in PAIRS:
        for name in ("mse", "mse_grad"):
            yield "errors", f"{name}({', '.join(f'np.array({text})' for text in pair)})"


CALLS = [
    "y, y_hat = np.array([[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]]), np.array([[2.0, 0.5, 2.0], [2.0, 1.0, 3.0]])\n"
    "mse(y, y_hat)",
    "y, y_hat = np.array([[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]]), np.array([[2.0, 0.5, 2.0], [2.0, 1.0, 3.0]])\n"
    "mse_grad(y, y_hat)",
]


# %% exercise="huber"
def examples():
    small = [
        ("[0.0]", "[0.5]"),
        ("[0.0]", "[2.0]"),
        ("[0.0]", "[-2.0]"),
        ("[0.0]", "[-3.0]"),
        ("[0.0, 0.0]", "[0.5, -3.0]"),
        ("[[0.0, 0.0]]", "[[0.5, -3.0]]"),
    ]
    for more in ("", ", delta=2.0", ", 0.5"):
        yield from loss("huber", small + PAIRS, more)
    yield from unchanged("value", "huber(y, y_hat)", small[1:2] + small[4:] + PAIRS[-3:])
    for more in ("", ", delta=2.0", ", 0.5"):
        yield from gradient("huber_grad", small + PAIRS, more=more)
    yield "gradient", "huber_grad(np.array([1.0]), np.array([1.0]))"
    yield "gradient", "huber_grad(np.array([1.0, 2.0]), np.array([1.0, 2.0]))"
    yield from unchanged("gradient", "huber_grad(y, y_hat)", small[1:2] + small[4:] + PAIRS[-3:])
    yield from refuses("huber", "huber_grad")


CALLS = [
    "y, y_hat = np.array([[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]]), np.array([[2.0, 0.5, 2.0], [2.0, 1.0, 3.0]])\n"
    "huber(y, y_hat)",
    "y, y_hat = np.array([[1.0, 0.0, 2.0], [2.0, -1.0, 0.0]]), np.array([[2.0, 0.5, 2.0], [2.0, 1.0, 3.0]])\n"
    "huber_grad(y, y_hat)",
]


# %% exercise="bce"
def examples():
    yield from loss("bce", PROBABILITIES + EDGES)
    yield from unchanged("value", "bce(y, p)", PROBABILITIES[4:6], "p")
    yield from gradient("bce_grad", PROBABILITIES, "p")
    yield from edges_stay("value", "bce")
    yield from edges_stay("gradient", "bce_grad")
    for y, p in EDGES:
        yield "gradient", f"bce_grad(np.array({y}), np.array({p}))"
    yield from unchanged("gradient", "bce_grad(y, p)", PROBABILITIES[4:6], "p")
    yield from refuses("bce", "bce_grad")


CALLS = [
    "y, p = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), np.array([[0.5, 0.25, 0.75], [0.5, 0.75, 0.25]])\nbce(y, p)",
    "y, p = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), np.array([[0.5, 0.25, 0.75], [0.5, 0.75, 0.25]])\n"
    "bce_grad(y, p)",
]


# %% exercise="bce-logits"
def examples():
    yield from loss("bce_with_logits", LOGITS)
    yield from unchanged("value", "bce_with_logits(y, z)", LOGITS[5:], "z")
    yield from gradient("bce_with_logits_grad", LOGITS, "z")
    yield from unchanged("gradient", "bce_with_logits_grad(y, z)", LOGITS[5:], "z")
    for name in ("bce_with_logits", "bce_with_logits_grad"):
        for z in ("40.0", "100.0", "1000.0", "10000.0"):
            for y in ("0.0", "1.0"):
                for sign in ("", "-"):
                    yield "stability", f"{name}(np.array([{y}]), np.array([{sign}{z}]))"
    yield from refuses("bce_with_logits", "bce_with_logits_grad")


CALLS = [
    "y, z = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, -2.0], [3.0, 0.0, 1.0]])\n"
    "bce_with_logits(y, z)",
    "y, z = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, -2.0], [3.0, 0.0, 1.0]])\n"
    "bce_with_logits_grad(y, z)",
]


# %% exercise="log-softmax"
def examples():
    for z in [
        "[0.0]",
        "[0.0, 0.0]",
        "[1.0, 0.0]",
        "[0.0, 1.0, 2.0]",
        "[[1.0, 0.0]]",
        "[[0.0, 1.0], [2.0, 0.0]]",
        "[[0.0, 1.0], [0.0, 3.0]]",
        "[[1.0, 2.0], [0.0, 0.0], [3.0, 0.0]]",
        "[[2.0], [-1.0]]",
    ]:
        yield "value", f"log_softmax(np.array({z}))"
    for z in ("[1.0, 2.0]", "[[1.0, 2.0], [0.0, 3.0]]"):
        yield "value", f"z = np.array({z})\nlog_softmax(z)\nz"
    for z in [
        "[100.0, 0.0]",
        "[1000.0, 0.0]",
        "[0.0, 1000.0]",
        "[-1000.0, -1000.0]",
        "[1000.0, 1001.0]",
        "[1000.0, -1000.0]",
        "[-1000.0, 1000.0]",
        "[-1000.0, 0.0, 0.0]",
        "[[1000.0, 0.0], [0.0, 1.0]]",
        "[[1000.0, 0.0], [0.0, 1000.0]]",
        "[[-1000.0, -1001.0], [0.0, 1.0]]",
        "[10000.0, 0.0, -10000.0]",
    ]:
        yield "stability", f"log_softmax(np.array({z}))"


CALLS = [
    "log_softmax(np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]))",
]


# %% exercise="one-hot"
def examples():
    for labels, n in [
        ("[0]", 1),
        ("[0]", 2),
        ("[1]", 2),
        ("[1, 0]", 2),
        ("[2, 0]", 3),
        ("[1, 1]", 3),
        ("[0, 0, 1]", 2),
        ("[0, 0]", 1),
        ("[0, 1, 2]", 4),
    ]:
        yield "value", f"one_hot(np.array({labels}), {n})"
    yield "value", "labels = np.array([1, 0])\none_hot(labels, 2)\nlabels"
    for labels in (
        "[2]",
        "[-1]",
        "[3]",
        "[-2]",
        "[0, 2]",
        "[2, 0]",
        "[-1, 0]",
        "[0, -1]",
        "[-1, -1]",
        "[0, 2, 0]",
        "[0, -1, 0]",
        "[0, 5, 1]",
        "[2, 3]",
    ):
        yield "errors", f"one_hot(np.array({labels}), 2)"


CALLS = [
    "one_hot(np.array([2, 0, 1, 2]), 3)",
]


# %% exercise="cross-entropy"
def examples():
    yield from loss("cross_entropy", CLASSES)
    yield from unchanged("value", "cross_entropy(y, z)", CLASSES[3:6], "z")
    yield from gradient("cross_entropy_grad", CLASSES, "z")
    yield from unchanged("gradient", "cross_entropy_grad(y, z)", CLASSES[3:6], "z")
    for name in ("cross_entropy", "cross_entropy_grad"):
        for y, z in [
            ("[[0.0, 1.0]]", "[[100.0, 0.0]]"),
            ("[[0.0, 1.0]]", "[[1000.0, 0.0]]"),
            ("[[1.0, 0.0]]", "[[1000.0, 0.0]]"),
            ("[[1.0, 0.0]]", "[[-1000.0, -1000.0]]"),
            ("[[1.0, 0.0]]", "[[-1000.0, 1000.0]]"),
            ("[[1.0, 0.0], [0.0, 1.0]]", "[[1000.0, 0.0], [1.0, 1.0]]"),
            ("[[1.0, 0.0], [0.0, 1.0]]", "[[1.0, 1.0], [-1000.0, -1001.0]]"),
            ("[[0.0, 0.0, 1.0]]", "[[10000.0, 0.0, -10000.0]]"),
        ]:
            yield "stability", f"{name}(np.array({y}), np.array({z}))"
    yield from refuses("cross_entropy", "cross_entropy_grad")


CALLS = [
    "y, z = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]])\n"
    "cross_entropy(y, z)",
    "y, z = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]])\n"
    "cross_entropy_grad(y, z)",
]
