# Examples of 01_activations, from small to large: the first that is wrong is what a student sees.

# %%
SMALL = [
    "np.array(1.0)",
    "np.array(-1.0)",
    "np.array(0.0)",
    "np.array(2.0)",
    "np.array(-2.0)",
    "np.array([1.0])",
    "np.array([-1.0, 2.0])",
    "np.array([0.0, -3.0])",
    "np.array([[1.0, -2.0]])",
    "np.array([[-1.0, 2.0], [3.0, 0.0]])",
    "np.array([[-1.0, 2.0], [3.0, 0.0]]).T",
    "np.array([[-1.0, 2.0, 3.0, 0.0]])[:, ::2]",
    "np.array(5.0)",
    "np.array(-5.0)",
]
LARGE = [f"np.array({z})" for z in [20.0, -20.0, 50.0, -50.0, 100.0, -100.0, 500.0, -500.0, 1000.0, -1000.0]] + [
    "np.array([[-1000.0, 0.0, 1000.0]])",
    "np.array([-10000.0, 10000.0])",
]


def values(aspect, call, inputs):
    """call: with `z` for each of the inputs in turn."""
    for z in inputs:
        yield aspect, call.replace("(z", f"({z}")


def slopes(call, function, inputs):
    """With a central difference of the function, but where it may have a kink."""
    difference = f"({function.replace('z', 'z + 1e-6')} - {function.replace('z', 'z - 1e-6')}) / 2e-6"
    for z in inputs:
        code = f"z = {z}\n{call}"
        yield ("gradient", code) if "0.0" in z else ("gradient", code, difference)


def unchanged(aspect, call):
    for z in ("[-1.0]", "[2.0]", "[-1.0, 2.0]", "[[0.0, -2.0], [3.0, 1.0]]"):
        yield aspect, f"z = np.array({z})\n{call}\nz"


# %% exercise="sigmoid"
def examples():
    yield from values("value", "sigmoid(z)", SMALL)
    yield from unchanged("value", "sigmoid(z)")
    yield from slopes("sigmoid_prime(z)", "sigmoid(z)", SMALL)
    yield from unchanged("gradient", "sigmoid_prime(z)")
    yield from values("stability", "sigmoid(z)", LARGE)
    yield from values("stability", "sigmoid_prime(z)", LARGE)


CALLS = [
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nsigmoid(z)",
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nsigmoid_prime(z)",
]


# %% exercise="tanh"
def examples():
    yield from values("value", "tanh(z)", SMALL + LARGE)
    yield from unchanged("value", "tanh(z)")
    yield from slopes("tanh_prime(z)", "tanh(z)", SMALL)
    yield from values("gradient", "tanh_prime(z)", LARGE)
    yield from unchanged("gradient", "tanh_prime(z)")


CALLS = [
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\ntanh(z)",
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\ntanh_prime(z)",
]


# %% exercise="relu"
def examples():
    yield from values("value", "relu(z)", SMALL + LARGE)
    yield from slopes("relu_prime(z)", "relu(z)", SMALL)
    yield from values("gradient", "relu_prime(z)", LARGE)
    for call in ("relu(z)", "relu_prime(z)"):
        yield from unchanged("purity", call)


CALLS = [
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nrelu(z)",
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nrelu_prime(z)",
]


# %% exercise="leaky-relu"
def examples():
    for alpha in ("", ", alpha=0.5", ", 0.1", ", alpha=0.0"):
        yield from values("value", f"leaky_relu(z{alpha})", SMALL)
    yield from values("value", "leaky_relu(z)", LARGE)
    yield from unchanged("value", "leaky_relu(z)")
    for alpha in ("", ", alpha=0.5", ", 0.1", ", alpha=0.0"):
        yield from slopes(f"leaky_relu_prime(z{alpha})", f"leaky_relu(z{alpha})", SMALL)
    yield from values("gradient", "leaky_relu_prime(z)", LARGE)
    yield from unchanged("gradient", "leaky_relu_prime(z)")


CALLS = [
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nleaky_relu(z, alpha=0.5)",
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nleaky_relu_prime(z, alpha=0.5)",
]


# %% exercise="silu"
def examples():
    yield from values("value", "silu(z)", SMALL + LARGE)
    yield from unchanged("value", "silu(z)")
    yield from slopes("silu_prime(z)", "silu(z)", SMALL)
    yield from values("gradient", "silu_prime(z)", LARGE)
    yield from unchanged("gradient", "silu_prime(z)")


CALLS = [
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nsilu(z)",
    "z = np.array([[-2.0, 0.0, 3.0], [1.0, 0.0, -1.0]])\nsilu_prime(z)",
]


# %% exercise="softmax"
def examples():
    for z in [
        "[2.0]",
        "[0.0, 0.0]",
        "[1.0, 0.0]",
        "[0.0, 1.0, 2.0]",
        "[[1.0, 0.0]]",
        "[[0.0, 1.0], [2.0, 0.0]]",
        "[[1.0, 1.0], [0.0, 2.0], [3.0, 0.0]]",
        "[[2.0], [-1.0]]",
        "[[-18.0, 2.0]]",
        "[[20.0, 0.0], [0.0, -20.0]]",
    ]:
        yield "value", f"softmax(np.array({z}))"
    for u, p in [
        ("[1.0, 0.0]", "[0.5, 0.5]"),
        ("[1.0, 2.0]", "[0.25, 0.75]"),
        ("[1.0, 0.0, 2.0]", "[0.5, 0.25, 0.25]"),
        ("[[1.0, 0.0]]", "[[0.5, 0.5]]"),
        ("[[1.0, 0.0], [0.0, 2.0]]", "[[0.5, 0.5], [0.25, 0.75]]"),
        ("[[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]", "[[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]]"),
        ("[[1.0, 1.0]]", "[[0.0, 1.0]]"),
        ("[1.0, 2.0]", "[1.0, 0.0]"),
        ("[[0.0, 0.0]]", "[[0.5, 0.5]]"),
        ("[[3.0]]", "[[1.0]]"),
    ]:
        # The logits that give p are its logarithms, and a loss whose gradient is u is the sum of u * p.
        moved = " - ".join(f"np.sum(u * softmax(np.log(p) {sign} h))" for sign in "+-")
        smooth = "0.0" not in p and "], [" not in p
        witness = f"[({moved}) / 2e-6 for h in 1e-6 * np.eye(p.size)]" if smooth else ""
        yield "gradient", f"u, p = np.array({u}), np.array({p})\nsoftmax_vjp(u, p)", witness
    for z in [
        "[[1000.0, 0.0]]",
        "[[0.0, 1000.0], [1000.0, 0.0]]",
        "[[-1000.0, -999.0]]",
        "[[1000.0, 0.0], [0.0, 1.0]]",
        "[[-1000.0, -999.0], [0.0, 1.0], [1000.0, 1001.0]]",
        "[[10000.0, -10000.0]]",
    ]:
        yield "stability", f"softmax(np.array({z}))"
    for z in ("[100.0, 0.0]", "[1000.0, 900.0]"):
        yield "stability", f"softmax(np.array({z}))[1] * 1e40"
    for z in (
        "np.array([-1.0, 2.0])",
        "np.array([[1.0, -2.0], [0.0, 3.0]])",
        "np.array([[1.0, -2.0, 0.0], [0.0, 3.0, 2.0]]).T",
    ):
        yield "purity", f"z = {z}\nsoftmax(z)\nz"
    for u, p in [("[1.0, 0.0]", "[0.5, 0.5]"), ("[[1.0, 0.0], [0.0, 2.0]]", "[[0.5, 0.5], [0.25, 0.75]]")]:
        for name in "up":
            yield "purity", f"u, p = np.array({u}), np.array({p})\nsoftmax_vjp(u, p)\n{name}"


CALLS = [
    "softmax(np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]]))",
    "u, p = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), np.array([[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]])\n"
    "softmax_vjp(u, p)",
]
