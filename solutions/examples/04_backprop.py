# Examples of 04_backprop, from small to large: the first that is wrong is what a student sees.

# %%
ONE = ["[[2.0]]", "[1.0]"]
HALF = ["[[0.5]]", "[0.0]"]
MINUS = ["[[-1.0]]", "[0.5]"]
WIDE = ["[[1.0], [-0.5]]", "[0.0, 0.5]"]
TURN = ["[[0.0, 1.0], [0.5, 0.0]]", "[0.5, -0.5]"]
FROM_THREE = ["[[1.0, 0.0, -0.5], [0.5, 0.0, 1.0]]", "[0.0, 0.5]"]
BOTH = ["[[1.0, -0.5]]", "[0.5]"]
TWO = ["[[1.0, -0.5], [0.0, 1.0]]", "[0.5, 0.0]"]
THREE = ["[[1.0], [0.0], [-1.0]]", "[0.0, 0.5, 0.0]"]


def network(*layers, backwards=False):
    """The text of a dict with these weights and biases, a line for each layer."""
    lines = [f'"W{k}": np.array({W}), "b{k}": np.array({b})' for k, (W, b) in enumerate(layers, 1)]
    return "params = {" + ",\n          ".join(lines[::-1] if backwards else lines) + "}\n"


TEN = (
    'params = {}\nfor k in range(10, 0, -1):\n    params |= {f"W{k}": np.array([[1.0]]), f"b{k}": np.array([k / 10])}\n'
)


def arrays(*texts):
    return ", ".join(f"np.array({text})" for text in texts)


# %% exercise="numerical-gradient"
def examples():
    for f, x in [
        ("lambda x: 3 * x[0]", "[1.0]"),
        ("lambda x: x[0] ** 2", "[1.0]"),
        ("lambda x: x[0] ** 3", "[2.0]"),
        ("np.sum", "[1.0, 2.0]"),
        ("np.prod", "[2.0, 3.0]"),
        ("lambda x: x[0] ** 2", "[2]"),
        ("np.prod", "[2, 3]"),
        ("lambda x: x[0] + 2 * x[1]", "[0.0, 0.0]"),
        ("lambda x: x.ndim * np.sum(x)", "[[3.0]]"),
        ("lambda x: x[0, 0] + 2 * x[0, 1]", "[[0.0, 0.0]]"),
        ("lambda x: x[0, 0] * x[1, 0]", "[[2.0], [3.0]]"),
        ("np.prod", "[[1.0, 2.0], [3.0, 4.0]]"),
        ("lambda x: x ** 2", "3.0"),
    ]:
        yield "value", f"numerical_gradient({f}, np.array({x}))"
    for eps in ("0.1", "0.5"):
        yield "value", f"numerical_gradient(lambda x: x[0] ** 3, np.array([2.0]), eps={eps})"
    for shape in ("(2, 2)", "(2, 1, 2)"):
        yield (
            "value",
            f"C = np.arange(4.0).reshape{shape}\nnumerical_gradient(lambda x: np.sum(C * x), np.zeros({shape}))",
        )
    for x in ("np.array([[1.0, 2.0], [3.0, 4.0]]).T", "np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])[:, ::2]"):
        yield "value", f"numerical_gradient(lambda x: x[0, 1] ** 2, {x})"
    yield "value", "np.sum(numerical_gradient(np.sum, np.zeros(120)))"
    for start in ("[1.0]", "[0.5, 0.1]", "[0.5, 0.1, 1e6]", "[[0.3], [0.7]]", "[0.1, 0.2, 0.3, 1e3]"):
        yield "purity", f"x = np.array({start})\nnumerical_gradient(np.sum, x)\nx == np.array({start})"


CALLS = [
    "numerical_gradient(lambda x: np.sum(x ** 2), np.ones((2, 3)))",
]


# %% exercise="relative-error"
def examples():
    for a, b in [
        ("[1.0]", "[2.0]"),
        ("[2.0]", "[1.0]"),
        ("[1.0]", "[-1.0]"),
        ("[0.0]", "[0.0]"),
        ("[0.0]", "[1.0]"),
        ("[-1.0]", "[-2.0]"),
        ("[1.0, 4.0]", "[2.0, 4.0]"),
        ("[1.0, 4.0]", "[2.0, 8.0]"),
        ("[1.0, 2.0, -4.0]", "[1.0, 2.5, -5.0]"),
        ("[0.001, 10.0]", "[0.003, 10.0]"),
        ("[1e-9]", "[2e-9]"),
        ("[1e-11]", "[2e-11]"),
        ("[[1.0, -2.0]]", "[[2.0, -4.0]]"),
        ("[np.nan]", "[1.0]"),
        ("[1.0]", "[np.nan]"),
        ("[1.0, np.nan]", "[1.0, 2.0]"),
        ("[1.0, 2.0]", "[1.0, np.nan]"),
    ]:
        yield "value", f"relative_error({arrays(a, b)})"
    for place in (2, 90, 155, 250):
        yield "value", f"a, b = np.ones(300), np.ones(300)\nb[{place}] = 3.0\nrelative_error(a, b)"
    for name in "ab":
        yield "value", f"a, b = np.array([1.0, -2.0]), np.array([-3.0, 0.5])\nrelative_error(a, b)\n{name}"
    for a, b in ["22", "12"], ["2", "21"], ["3", "31"], ["3", "1"], ["23", "32"], ["12", "21"], ["2", "3"]:
        shapes = [f"({', '.join(shape)},)" for shape in (a, b)]
        yield "errors", f"relative_error(np.ones({shapes[0]}), np.ones({shapes[1]}))"


CALLS = [
    "relative_error(np.array([[1.0, 2.0, -4.0]]), np.array([[1.0, 2.5, -5.0]]))",
]


# %% exercise="linear-backward"
def examples():
    layers = [
        ("[[1.0]]", "[[2.0]]", "[[3.0]]"),
        ("[[1.0], [2.0]]", "[[3.0], [4.0]]", "[[5.0]]"),
        ("[[1.0]]", "[[2.0, 3.0]]", "[[4.0, 5.0]]"),
        ("[[1.0, -2.0]]", "[[3.0]]", "[[4.0], [5.0]]"),
        ("[[1.0], [-2.0]]", "[[1.0, 2.0], [3.0, 4.0]]", "[[5.0, 6.0]]"),
        ("[[1.0, -2.0]]", "[[3.0, 4.0]]", "[[1.0, 2.0], [5.0, -1.0]]"),
        ("[[1.0, -2.0], [0.0, 3.0]]", "[[3.0, 4.0], [1.0, 0.0]]", "[[1.0, 2.0], [5.0, -1.0]]"),
    ]
    slope = "[np.sum(dZ * ({} - {})) / 2e-6 for h in 1e-6 * np.eye({})]"  # of a loss whose gradient at Z is dZ
    for layer in layers:
        code, one_unit = f"dZ, A, W = {arrays(*layer)}\nlinear_backward(dZ, A, W)", "], [" not in layer[2]
        yield "value", f"{code}[1]", slope.format("A @ (W + h).T", "A @ (W - h).T", "W.size") if one_unit else ""
        yield "value", f"{code}[2]", slope.format("(A @ W.T + h)", "(A @ W.T - h)", "len(W)")
    for layer in layers:
        code, one_row = f"dZ, A, W = {arrays(*layer)}\nlinear_backward(dZ, A, W)", "], [" not in layer[1]
        yield "gradient", f"{code}[0]", slope.format("(A + h) @ W.T", "(A - h) @ W.T", "A.size") if one_row else ""
    for layer in layers:
        for name in ("dZ", "A", "W"):
            yield "value", f"dZ, A, W = {arrays(*layer)}\nlinear_backward(dZ, A, W)\n{name}"


CALLS = [
    "dZ = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0], [1.0, 1.0]])\n"
    "A, W = np.ones((4, 3)), np.ones((2, 3))\n"
    "linear_backward(dZ, A, W)",
]


# %%
def backward(function, y, X, params, output, loss, hidden="tanh", part=""):
    """The gradients of a network, with a central difference for its first weight or bias."""
    code = (
        f"{params}A, cache = mlp_forward({arrays(X)}, params, {hidden}, {output})\n"
        f"{function}({arrays(y)}, cache, params, {hidden}_prime){part}"
    )
    if loss is None or not part:
        return code, ""
    key = part.strip("[]")
    moved = [loss(y, X, f"params | {{{key}: params[{key}] {sign} h}}", hidden, output) for sign in "+-"]
    block = f"params[{key}]"
    steps = "[1e-6]" if output == "sigmoid" else f"1e-6 * np.eye({block}.size).reshape(-1, *{block}.shape)"
    return code, f"[({moved[0]}\n  - {moved[1]}) / 2e-6\n for h in {steps}]"


def unchanged(function, y, X, params, output):
    """That it leaves its arguments alone."""
    code, _ = backward(function, y, X, params, output, None)
    for name in ("y", "cache", "params"):
        yield "value", f"y = {arrays(y)}\n{code.replace(f'({arrays(y)}, cache', '(y, cache')}\n{name}"


def binary(y, X, params, hidden, output):
    return f"bce({arrays(y)}, mlp_forward({arrays(X)}, {params}, {hidden}, {output})[0])"


def categorical(y, X, params, hidden, output):
    return f"-np.sum({arrays(y)} * np.log(mlp_forward({arrays(X)}, {params}, {hidden}, {output})[0])) / {y.count('], [') + 1}"


# %% exercise="mlp-backward"
def examples():
    single = [(ONE,), (HALF, MINUS), (MINUS, HALF), (HALF, MINUS, ONE), (MINUS, ONE, MINUS, HALF)]
    for aspect, layers in [("gradient", single[:1]), ("value", single[1:3]), ("gradient", single[3:])]:
        for chain in layers:
            for k in range(len(chain), 0, -1):
                for letter in "Wb":
                    for y in ("[[1.0]]", "[[0.0]]"):
                        yield (
                            aspect,
                            *backward(
                                "mlp_backward",
                                y,
                                "[[1.0]]",
                                network(*chain),
                                "sigmoid",
                                binary,
                                part=f'["{letter}{k}"]',
                            ),
                        )
    flat = [("[[1.0], [0.0]]", "[[1.0], [2.0]]", network(ONE)), ("[[1.0, 0.0]]", "[[1.0, 2.0]]", network(TWO))]
    flat += [("[[1.0, 0.0], [0.0, 0.0]]", "[[1.0, 2.0], [-1.0, 0.0]]", network(TWO))]
    flat += [("[[1.0, 0.0]]", "[[1.0, 2.0, 0.0]]", network(FROM_THREE))]
    wide = [("[[1.0]]", "[[2.0]]", network(WIDE, BOTH)), ("[[1.0], [0.0]]", "[[1.0], [-1.0]]", network(WIDE, BOTH))]
    wide += [("[[1.0, 0.0], [0.0, 0.0]]", "[[1.0], [-1.0]]", network(WIDE, TWO))]
    wide += [("[[1.0], [0.0]]", "[[1.0], [-1.0]]", network(WIDE, BOTH, backwards=True))]
    wide += [("[[1.0, 0.0]]", "[[1.0, 2.0, 0.0]]", network(FROM_THREE, TWO))]
    deep = [("[[1.0]]", "[[2.0]]", network(WIDE, TURN, BOTH)), ("[[1.0]]", "[[1.0]]", TEN)]
    for aspect, cases in [("gradient", flat), ("value", wide), ("gradient", deep)]:
        for y, X, params in cases:
            yield aspect, *backward("mlp_backward", y, X, params, "sigmoid", binary)
    for y, X, params in wide:
        yield from unchanged("mlp_backward", y, X, params, "sigmoid")
    for shape in ("(1,)", "(1, 2)", "(2,)", "(2, 2)", "(1, 1)", "(3, 1)"):
        for X in ("[[1.0]]", "[[1.0], [-1.0]]"):
            if (X, shape) != ("[[1.0]]", "(1, 1)"):
                yield (
                    "errors",
                    f"{network(ONE)}A, cache = mlp_forward(np.array({X}), params, tanh, sigmoid)\n"
                    f"mlp_backward(np.ones({shape}), cache, params, tanh_prime)",
                )


CALLS = [
    "X, y = np.ones((4, 3)), np.array([[1.0], [0.0], [1.0], [1.0]])\n"
    'params = {"W1": np.full((5, 3), 0.1), "b1": np.zeros(5)}\n'
    'params |= {"W2": np.ones((1, 5)), "b2": np.zeros(1)}\n'
    "A, cache = mlp_forward(X, params, tanh, sigmoid)\n"
    "mlp_backward(y, cache, params, tanh_prime)",
]


# %% exercise="gradient-check"
def examples():
    rounded = (
        "errors = gradient_check({}, params, grads{})\n{{key: np.round(error, 6) for key, error in errors.items()}}"
    )
    line, cube = 'lambda p: 3 * p["W1"][0, 0] + 2 * p["b1"][0]', 'lambda p: np.sum(p["W1"] ** 3) + np.sum(p["b1"])'
    square = "lambda p: sum(np.sum(block ** 2) for block in p.values())"
    start = 'params = {{"W1": np.array({}), "b1": np.array({})}}\ngrads = {{"W1": np.array({}), "b1": np.array({})}}\n'
    for key, x, f, *slopes in [
        ("b1", "[1.0]", '2 * p["b1"][0]', "[2.0]", "[4.0]", "[-2.0]", "[np.nan]"),
        ("W1", "[[1.0]]", '3 * p["W1"][0, 0]', "[[3.0]]", "[[6.0]]", "[[1.5]]"),
        ("W1", "[[1.0]]", 'np.sum(p["W1"] ** 3)', "[[3.0]]", "[[6.0]]"),
    ]:
        for slope in slopes:
            for eps in ("", ", eps=0.1"):
                yield (
                    "value",
                    f'params, grads = {{"{key}": np.array({x})}}, {{"{key}": np.array({slope})}}\n'
                    f'errors = gradient_check(lambda p: {f}, params, grads{eps})\nnp.round(errors["{key}"], 6)',
                )
    for loss, *numbers in [
        (line, "[[1.0]]", "[1.0]", "[[3.0]]", "[2.0]"),
        (line, "[[1.0]]", "[1.0]", "[[3.0]]", "[4.0]"),
        (line, "[[1.0]]", "[1.0]", "[[6.0]]", "[2.0]"),
        (line, "[[1.0]]", "[1.0]", "[[1.5]]", "[-2.0]"),
        (line, "[[1.0]]", "[1.0]", "[[3.0]]", "[np.nan]"),
        (cube, "[[1.0]]", "[1.0]", "[[3.0]]", "[1.0]"),
        (cube, "[[1.0, 2.0]]", "[1.0]", "[[3.0, 24.0]]", "[1.0]"),
        (cube, "[[1.0], [2.0]]", "[1.0]", "[[3.0], [24.0]]", "[1.0]"),
        (cube, "[[1.0], [2.0]]", "[1.0]", "[[3.0], [12.0]]", "[1.0]"),
        (square, "[[1.0, 1.0]]", "[1.0]", "[[2.0, 1.0]]", "[1.0]"),
        (square, "[[1.0, 2.0]]", "[3.0]", "[[2.0, 4.0]]", "[6.0]"),
    ]:
        yield "value", start.format(*numbers) + rounded.format(loss, "")
        yield "value", start.format(*numbers) + rounded.format(loss, ", eps=0.1")
    backwards = 'params = {{"W1": np.array([[1.0]]), "b1": np.array([1.0])}}\ngrads = {{"b1": np.array([{}]), "W1": np.array([[{}]])}}\n'
    for numbers in (("2.0", "3.0"), ("4.0", "3.0")):
        yield "value", backwards.format(*numbers) + rounded.format(line, "")
    yield (
        "value",
        'params = {"W1": np.array([[1.0]]), "b1": np.array([1.0]), "W2": np.array([[1.0]])}\n'
        'grads = {"W1": np.array([[3.0]]), "b1": np.array([2.0]), "W2": np.array([[0.0]])}\n'
        + rounded.format(line, ""),
    )
    for size, wrong in (("(4, 6)", 5), ("(4, 6)", 13), ("(4, 6)", 20), ("(20, 10)", 137), ("(20, 10)", 199)):
        yield (
            "value",
            f'params = {{"W1": np.ones({size}), "b1": np.ones(1)}}\ngrads = {{key: 2 * block for key, block in params.items()}}\n'
            f'grads["W1"].flat[{wrong}] = 6.0\n' + rounded.format(square, ""),
        )
    for small in ("1.00001", "1.0001"):
        yield (
            "value",
            start.format("[[1.0]]", "[1.0]", "[[3.0]]", f"[{small}]")
            + (
                f"errors = gradient_check({cube}, params, grads, eps=0.01)\n"
                '[np.round(errors["W1"], 9), np.round(errors["b1"], 9)]'
            ),
        )
    yield (
        "value",
        'params = {f"W{k}": np.ones((1, 1)) for k in range(1, 12)}\ngrads = {key: np.full((1, 1), 2.0) for key in params}\n'
        'grads["W10"] = np.array([[6.0]])\n' + rounded.format(square, ""),
    )
    yield (
        "value",
        'params = {"W1": np.array([[10.0]]), "b1": np.array([1.0])}\ngrads = {"W1": np.array([[300.0]]), "b1": np.array([1.0])}\n'
        f'errors = gradient_check({cube}, params, grads)\nerrors["W1"] < 1e-9',
    )
    shapes = [
        ("[3.0]", "[2.0]"),
        ("[[3.0]]", "[[2.0]]"),
        ("[[3.0]]", "[2.0, 2.0]"),
        ("[[3.0, 3.0]]", "[2.0]"),
        ("3.0", "[2.0]"),
    ]
    for shape in shapes:
        yield "errors", start.format("[[1.0]]", "[1.0]", *shape) + f"gradient_check({line}, params, grads)"
    yield (
        "errors",
        start.format("[[1.0, 1.0]]", "[1.0]", "[[2.0], [2.0]]", "[2.0]") + f"gradient_check({square}, params, grads)",
    )
    yield (
        "errors",
        start.format("[[1.0, 1.0]]", "[1.0]", "[2.0, 2.0]", "[2.0]") + f"gradient_check({square}, params, grads)",
    )
    for W, b in ("[[1.0]]", "[1.0]"), ("[[0.1]]", "[0.5]"), ("[[0.1, 1e6]]", "[0.5]"), ("[[0.1, 0.2, 0.3]]", "[0.7]"):
        for name, now in (("W1", W), ("b1", b)):
            yield (
                "purity",
                f'params = {{"W1": np.array({W}), "b1": np.array({b})}}\n'
                f'gradient_check({line}, params, params)\nparams["{name}"] == np.array({now})',
            )


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.ones(2)}\n'
    'gradient_check(lambda p: np.sum(p["W1"]) + np.sum(p["b1"]), params, params)',
]


# %% exercise="find-the-bug"
def examples():
    softmax = [
        ("[[1.0, 0.0]]", "[[1.0]]", network(WIDE)),
        ("[[0.0, 1.0]]", "[[2.0]]", network(WIDE)),
        ("[[1.0, 0.0], [0.0, 1.0]]", "[[1.0], [-2.0]]", network(WIDE)),
        ("[[1.0, 0.0]]", "[[1.0]]", network(ONE, WIDE)),
        ("[[1.0, 0.0], [0.0, 1.0]]", "[[1.0], [-2.0]]", network(HALF, WIDE)),
        ("[[0.0, 1.0, 0.0]]", "[[1.0]]", network(HALF, MINUS, THREE)),
        ("[[1.0, 0.0]]", "[[1.0]]", network(HALF, MINUS, ONE, WIDE)),
    ]
    for aspect, letter in (("value", "W"), ("gradient", "b")):
        for y, X, params in softmax:
            for k in range(params.count(letter), 0, -1):
                part = f'["{letter}{k}"]'
                yield aspect, *backward("fixed_backward", y, X, params, "softmax", categorical, part=part)
        for y, X, params in softmax:
            code, _ = backward("grads = fixed_backward", y, X, params, "softmax", None)
            yield aspect, f'{code}\n{{key: grad for key, grad in grads.items() if key[0] == "{letter}"}}'
    for y, X, params in softmax[3:5]:
        yield from unchanged("fixed_backward", y, X, params, "softmax")


CALLS = [
    "X, y = np.ones((4, 2)), np.eye(3)[[0, 2, 1, 0]]\n"
    'params = {"W1": np.full((5, 2), 0.1), "b1": np.zeros(5)}\n'
    'params |= {"W2": np.ones((3, 5)), "b2": np.zeros(3)}\n'
    "A, cache = mlp_forward(X, params, tanh, softmax)\n"
    "fixed_backward(y, cache, params, tanh_prime)",
]


# %% exercise="fit"
def examples():
    zero, zeros = ["[[0.0]]", "[0.0]"], ["[[0.0], [0.0]]", "[0.0, 0.0]"]
    cases = [
        ("[[1.0]]", "[[1.0]]", network(zero), "1.0"),
        ("[[2.0]]", "[[0.0]]", network(zero), "0.5"),
        ("[[1.0], [2.0]]", "[[1.0], [0.0]]", network(zero), "1.0"),
        ("[[1.0]]", "[[1.0, 0.0]]", network(zeros), "1.0"),
        ("[[1.0]]", "[[1.0]]", network(HALF, ONE), "1.0"),
        ("[[1.0], [-1.0]]", "[[1.0], [0.0]]", network(MINUS, ONE), "0.5"),
        ("[[1.0]]", "[[1.0]]", network(HALF, MINUS, ONE), "1.0"),
        ("[[1.0], [1.0]]", "[[1.0], [0.0]]", network(["[[1.0]]", "[0.0]"]), "7.0"),
    ]
    for hidden in ("tanh", "relu"):
        for epochs in ("1", "2", "3"):
            for X, y, params, lr in cases:
                start = f"X, y = {arrays(X, y)}\n{params}"
                yield "value", f"{start}fit(X, y, params, {lr}, {epochs}, {hidden}, {hidden}_prime)"
                call = f"fit({arrays(X, y)}, params, {lr}, {epochs}, {hidden}, {hidden}_prime)"
                yield "state", f"{params}{call}\nparams"
    X, y, params, lr = cases[-1]
    start = f"X, y = {arrays(X, y)}\n{params}"
    yield "value", f"{start}fit(X, y, params, {lr}, 5, tanh, tanh_prime)"
    yield "state", f"{start}fit(X, y, params, {lr}, 5, tanh, tanh_prime)\nparams"
    for X, y, params, lr in cases[:6]:
        start = f"X, y = {arrays(X, y)}\n{params}"
        yield "state", f'{start}W = params["W1"]\nfit(X, y, params, {lr}, 1, tanh, tanh_prime)\nparams["W1"] is W'
        for name in "Xy":
            yield "state", f"{start}fit(X, y, params, {lr}, 1, tanh, tanh_prime)\n{name}"
            yield "value", f"{start}fit(X, y, params, {lr}, 1, tanh, tanh_prime)\n{name}"


CALLS = [
    "X, y = np.ones((4, 3)), np.array([[1.0], [0.0], [1.0], [1.0]])\n"
    'params = {"W1": np.full((2, 3), 0.1), "b1": np.zeros(2)}\n'
    'params |= {"W2": np.ones((1, 2)), "b2": np.zeros(1)}\n'
    "fit(X, y, params, 0.1, 3, tanh, tanh_prime)",
]
