# Examples of 02_forward, from small to large: the first that is wrong is what a student sees.

# %%
DATA = [  # rows and labels
    ("[[1.0]]", "[1]"),
    ("[[1.0]]", "[0]"),
    ("[[2.0, 1.0]]", "[0]"),
    ("[[2.0], [-1.0]]", "[0, 1]"),
    ("[[1.0], [2.0]]", "[1, 0]"),
    ("[[1.0], [3.0]]", "[0, 1]"),
    ("[[2.0, 1.0], [1.0, 2.0]]", "[0, 0]"),
    ("[[2.0, 1.0], [1.0, 2.0]]", "[0, 1]"),
    ("[[0.0, 1.0], [2.0, 0.0], [1.0, 1.0]]", "[1, 0, 1]"),
    ("[[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]", "[1, 0, 0]"),
    ("[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]", "[0, 1, 1, 1]"),
    ("[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]", "[0, 0, 0, 1]"),
    ("[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]", "[1, 0, 0, 1]"),
]
LAYERS = [  # A, W, b
    ("[[2.0]]", "[[3.0]]", "[1.0]"),
    ("[[-2.0]]", "[[3.0]]", "[0.0]"),
    ("[[1.0, 2.0]]", "[[3.0, 4.0]]", "[5.0]"),
    ("[[1.0], [2.0]]", "[[3.0]]", "[-1.0]"),
    ("[[1.0]]", "[[2.0], [3.0]]", "[0.0, 1.0]"),
    ("[[1.0, 2.0]]", "[[1.0, 0.0], [3.0, -1.0]]", "[0.0, 1.0]"),
    ("[[1.0, 2.0], [0.0, -1.0]]", "[[1.0, 0.0], [3.0, -1.0]]", "[0.0, 1.0]"),
    ("[[1.0, 2.0], [0.0, -1.0], [2.0, 0.0]]", "[[1.0, 0.0], [3.0, -1.0]]", "[0.0, 1.0]"),
]


def arrays(texts):
    return ", ".join(f"np.array({text})" for text in texts)


def network(*layers, backwards=False):
    """The text of a dict with these weights and biases, a line for each layer."""
    numbered = list(enumerate(layers, 1))
    lines = [f'"W{k}": np.array({W}), "b{k}": np.array({b})' for k, (W, b) in numbered]
    return "params = {" + ",\n          ".join(lines[::-1] if backwards else lines) + "}\n"


ONE = ("[[2.0]]", "[1.0]")
UP = ("[[1.0], [-1.0]]", "[0.0, 1.0]")
TURN = ("[[0.0, 1.0], [2.0, 0.0]]", "[1.0, -1.0]")
DOWN = ("[[1.0, -2.0]]", "[0.5]")
TEN = (
    "params = {}\nfor k in range(10, 0, -1):\n"
    '    params |= {f"W{k}": np.array([[1.0]]), f"b{k}": np.array([1.0 * k])}\n'
)
NETWORKS = [  # X, params
    ("[[3.0]]", network(ONE)),
    ("[[-3.0]]", network(ONE)),
    ("[[3.0]]", network(ONE, ("[[-1.0]]", "[2.0]"))),
    ("[[3.0]]", network(("[[-1.0]]", "[2.0]"), ONE)),
    ("[[2.0], [-1.0]]", network(UP, DOWN)),
    ("[[2.0]]", network(UP, DOWN, backwards=True)),
    ("[[2.0]]", network(UP, TURN, DOWN)),
    ("[[2.0], [-1.0]]", network(UP, TURN, DOWN, backwards=True)),
    ("[[1.0, 2.0]]", network(TURN, TURN, TURN)),
    ("[[1.0]]", TEN),
]


# %% exercise="perceptron"
def examples():
    for part, aspect in (("[:2]", "value"), ("[2]", "state")):
        for options in (", epochs=1", "", ", lr=0.5, epochs=1", ", lr=0.5", ", epochs=3"):
            for data in DATA:
                X, y = map("np.array({})".format, data)
                yield aspect, f"X = {X}\ny = {y}\nperceptron_fit(X, y{options}){part}"
    for data in DATA[6:]:
        for name in ("X", "y"):
            yield "purity", f"X, y = {arrays(data)}\nperceptron_fit(X, y, epochs=2)\n{name}"


CALLS = [
    "X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])\nperceptron_fit(X, np.array([0, 1, 1, 1]))",
]


# %% exercise="linear-forward"
def examples():
    for layer in LAYERS:
        yield "value", f"linear_forward({arrays(layer)})"
    for A in ("np.array([[1.0, 2.0], [3.0, 4.0]]).T", "np.array([[1.0, 5.0, 2.0]])[:, ::2]"):
        for W in ("np.array([[0.0, 1.0]])", "np.array([[1.0, 3.0], [0.0, -1.0]]).T"):
            yield "value", f"A, W = {A}, {W}\nlinear_forward(A, W, np.zeros(len(W)))"
    for name in "AWb":
        for layer in LAYERS:
            yield "value", f"A, W, b = {arrays(layer)}\nlinear_forward(A, W, b)\n{name}"


CALLS = [
    "A, W, b = np.ones((4, 3)), np.ones((2, 3)), np.zeros(2)\nlinear_forward(A, W, b)",
]


# %% exercise="mlp-forward"
def examples():
    for X, params in NETWORKS:
        for functions in ("relu, lambda z: -z", "lambda z: z + 1, relu", "relu, sigmoid"):
            yield "value", f"{params}mlp_forward(np.array({X}), params, {functions})[0]"
    yield "value", f"{TEN}mlp_forward(np.array([[1.0]]), params, lambda z: z / 2, relu)[0]"
    for X, params in NETWORKS:
        for functions in ("relu, lambda z: -z", "lambda z: z + 1, relu"):
            yield "state", f"{params}mlp_forward(np.array({X}), params, {functions})[1]"
    for X, params in NETWORKS[:7]:
        yield "purity", f"{params}mlp_forward(np.array({X}), params, relu, sigmoid)\nparams"
        yield "purity", f"X = np.array({X})\n{params}mlp_forward(X, params, relu, sigmoid)\nX"


CALLS = [
    'params = {"W1": np.ones((5, 3)), "b1": np.zeros(5)}\n'
    'params |= {"W2": np.ones((2, 5)), "b2": np.zeros(2)}\n'
    "mlp_forward(np.ones((4, 3)), params, relu, sigmoid)",
]


# %% exercise="init-params"
def examples():
    for sizes in ("[2, 3]", "[3, 1]", "[2, 3, 1]", "(2, 3)"):
        for scheme in ("xavier", "he"):
            call = f'params = init_params({sizes}, "{scheme}", np.random.default_rng(0))\n'
            yield "value", call + "{key: np.shape(value) for key, value in params.items()}"
    for sizes in ("[2, 3]", "[2, 3, 1]"):
        for scheme in ("xavier", "he"):
            call = f'params = init_params({sizes}, "{scheme}", np.random.default_rng(0))\n'
            yield "value", call + 'params["b1"]'
    for scheme, unit in (("he", "np.sqrt(2 / 900)"), ("xavier", "np.sqrt(2 / 1000)")):
        call = f'W = init_params([900, 100], "{scheme}", np.random.default_rng(0))["W1"]\n'
        yield "value", f"{call}np.round(np.mean(W) / {unit}, 1)"
        yield "value", f"{call}np.round(np.std(W) / {unit}, 1)"
        yield "value", f"{call}np.round(np.mean(np.abs(W) < {unit}), 1)"
    for scheme, unit in (("he", "np.sqrt(2 / 300)"), ("xavier", "np.sqrt(2 / 500)")):
        call = f'W = init_params([20, 300, 200], "{scheme}", np.random.default_rng(0))["W2"]\n'
        yield "value", f"{call}np.round(np.std(W) / {unit}, 1)"
    for scheme in ("xavier", "he"):
        draw = f'init_params([2, 1], "{scheme}", np.random.default_rng('
        yield "state", f'one, other = {draw}0)), {draw}0))\nnp.array_equal(one["W1"], other["W1"])'
        yield "state", f'one, other = {draw}0)), {draw}1))\nnp.array_equal(one["W1"], other["W1"])'
        yield (
            "state",
            f'one, other = init_params([2, 1], "{scheme}"), init_params([2, 1], "{scheme}")\n'
            'np.array_equal(one["W1"], other["W1"])',
        )
        yield (
            "state",
            f'params = init_params([2, 2, 2], "{scheme}", np.random.default_rng(0))\n'
            'np.array_equal(params["W1"], params["W2"])',
        )
    yield "state", "sizes = [2, 3]\ninit_params(sizes)\nsizes"
    for scheme in ("glorrot", "He", ""):
        yield "errors", f'init_params([2, 1], "{scheme}")'


CALLS = [
    'init_params([4, 3, 2], "he", np.random.default_rng(0))',
    'init_params([5, 1], "xavier", np.random.default_rng(0))',
]


# %% exercise="predict"
def examples():
    one, two, three = (
        network((str([[float(i == j) for j in range(n)] for i in range(n)]), str([0.0] * n))) for n in (1, 2, 3)
    )
    for X in ("[[2.0]]", "[[0.5]]", "[[2.0], [-1.0]]"):
        for output in ("lambda z: z", "sigmoid"):
            yield "value", f"{one}predict_proba(np.array({X}), params, relu, {output})"
    for X in ("[[0.5, 0.25]]", "[[0.5, 0.25], [0.0, 1.0]]"):
        yield "value", f"{two}predict_proba(np.array({X}), params, relu, lambda z: z)"
    for options in ("", ", threshold=0.75", ", threshold=0.25", ", threshold=0.0", ", threshold=1.0"):
        for X in ("[[1.0]]", "[[0.0]]", "[[0.5]]", "[[0.25], [0.75]]"):
            yield "value", f"{one}predict(np.array({X}), params, relu, lambda z: z{options})"
    for X in (
        "[[0.0, 1.0]]",
        "[[1.0, 0.75]]",
        "[[0.25, 0.0]]",
        "[[0.25, 0.0], [0.0, 0.25]]",
        "[[0.75, 1.0], [0.25, 0.0]]",
    ):
        yield "value", f"{two}predict(np.array({X}), params, relu, lambda z: z)"
    for X in ("[[0.0, 1.0, 0.0]]", "[[0.0, 0.125, 0.25], [0.5, 0.0, 0.25]]"):
        yield "value", f"{three}predict(np.array({X}), params, relu, lambda z: z)"
    for function in ("predict_proba", "predict"):
        for name in ("X", "params"):
            yield (
                "value",
                f"X = np.array([[0.25], [0.75]])\n{one}{function}(X, params, relu, sigmoid)\n{name}",
            )


CALLS = [
    'params = {"W1": np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]), "b1": np.zeros(3)}\n'
    "X = np.array([[0.75, 0.25], [0.0, 1.0], [0.25, 0.5], [1.0, 0.5]])\n"
    "predict(X, params, relu, softmax)",
    'params = {"W1": np.array([[1.0]]), "b1": np.zeros(1)}\n'
    "predict(np.array([[0.75], [0.5], [0.25]]), params, relu, lambda z: z)",
]


# %% exercise="relu-fit"
def examples():
    at = (
        "w, knots, bias = relu_interpolant({})\n"
        "x = np.array({})\nbias + np.maximum(np.subtract.outer(x, knots), 0.0) @ w"
    )
    for x, y in [
        ("[0.0, 1.0]", "[0.0, 1.0]"),
        ("[0.0, 1.0]", "[1.0, 3.0]"),
        ("[0.0, 2.0]", "[1.0, 3.0]"),
        ("[-2.0, 0.0]", "[5.0, 4.0]"),
        ("[0.0, 1.0, 2.0]", "[0.0, 1.0, 0.0]"),
        ("[0.0, 1.0, 2.0]", "[1.0, 1.0, 1.0]"),
        ("[0.0, 1.0, 3.0]", "[1.0, 3.0, 2.0]"),
        ("[-1.0, 1.0, 2.0]", "[2.0, 0.0, 3.0]"),
        ("[0.0, 1.0, 3.0, 4.0]", "[1.0, 3.0, 2.0, 2.0]"),
    ]:
        yield "value", at.format(arrays([x, y]), x)
    for name in ("x", "y"):
        yield "value", f"x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])\nrelu_interpolant(x, y)\n{name}"


CALLS = [
    "x, y = np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 2.0])\nrelu_interpolant(x, y)",
]
