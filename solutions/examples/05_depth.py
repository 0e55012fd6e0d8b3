# Examples of 05_depth, from small to large: the first that is wrong is what a student sees.

# %%
import re


def slopes(forward, dout, of="x"):
    """The text of central differences of sum(dout * out) with respect to one argument, entry by entry."""
    moved = [re.sub(rf"\b{of}\b", f"{of} {sign} h", forward) for sign in "+-"]
    both = [f"np.sum(np.array({dout}) * {call}[0])" for call in moved]
    return f"[({both[0]}\n  - {both[1]}) / 2e-6\n for h in 1e-6 * np.eye({of}.size).reshape(-1, *{of}.shape)]"


# %% exercise="gradient-norms"
def examples():
    for grads in [
        '{"W1": np.array([[2.0]]), "b1": np.array([0.0])}',
        '{"W1": np.array([[-2.0]]), "b1": np.array([1.0])}',
        '{"W1": np.array([[3.0, 4.0]]), "b1": np.array([1.0])}',
        '{"W1": np.array([[3.0], [4.0]]), "b1": np.array([1.0, 0.0])}',
        '{"W1": np.array([[3.0, 0.0], [0.0, 4.0]]), "b1": np.array([1.0, 2.0])}',
        '{"W1": np.array([[1.0]]), "b1": np.array([0.0]),\n         "W2": np.array([[2.0]]), "b2": np.array([0.0])}',
        '{"W2": np.array([[2.0]]), "b2": np.array([0.0]),\n         "W1": np.array([[1.0]]), "b1": np.array([0.0])}',
        '{"W1": np.array([[0.0]]), "b1": np.array([0.0])}',
        '{"W1": np.array([[3e-12, 4e-12]]), "b1": np.array([0.0])}',
        '{f"W{k}": np.array([[1.0 * k]]) for k in range(1, 12)}',
        '{f"W{k}": np.array([[1.0 * k]]) for k in range(11, 0, -1)}',
    ]:
        yield "value", f"grads = {grads}\nlayer_gradient_norms(grads)"
        yield "value", f"grads = {grads}\nlayer_gradient_norms(grads)\nlen(grads)"
    for factor in ("1e9", "1e12"):
        yield (
            "value",
            f'grads = {{"W1": np.array([[3.0, 4.0]]) / {factor}, "b1": np.zeros(1)}}\n{factor} * layer_gradient_norms(grads)',
        )
    yield "value", 'grads = {"W1": np.array([[-1.0, 2.0]]), "b1": np.ones(1)}\nlayer_gradient_norms(grads)\ngrads["W1"]'


CALLS = [
    'grads = {"W1": np.ones((4, 3)), "b1": np.ones(4)}\n'
    'grads |= {"W2": np.ones((2, 4)), "b2": np.ones(2)}\n'
    "layer_gradient_norms(grads)",
]


# %% exercise="dead-units"
def examples():
    for Z in [
        "[[1.0]]",
        "[[-1.0]]",
        "[[0.0]]",
        "[[1.0, -1.0]]",
        "[[1.0], [-1.0]]",
        "[[-1.0], [-2.0]]",
        "[[-1.0, 2.0], [-2.0, -1.0]]",
        "[[-1.0, 2.0, 1.0], [-2.0, -1.0, 3.0]]",
        "[[-2.0, -1.0], [1.0, -1.0]]",
        "[[-1.0, 2.0], [-2.0, -1.0], [-1.0, 3.0]]",
        "[[-1.0, -1.0], [0.01, -1.0], [-1.0, -1.0]]",
        "[[-1.0, -1.0], [0.5, -1.0], [-1.0, -1.0]]",
        "[[0.0, -1.0], [0.0, 1.0]]",
        "[[-9.0, -1.0], [2.0, -1.0]]",
    ]:
        yield "value", f"dead_fraction(np.array({Z}))"
    for Z in (
        "np.array([[-1.0, 2.0], [-2.0, 1.0]]).T",
        "np.array([[-1.0, 2.0], [-2.0, -1.0], [3.0, 1.0]]).T",
        "np.array([[1.0, -1.0, 2.0, 3.0], [-1.0, -1.0, -3.0, 4.0]])[:, ::2]",
    ):
        yield "value", f"dead_fraction({Z})"
    for Z in ("[[-1.0, 2.0], [-2.0, -1.0]]", "[[-1.0, 2.0]]"):
        yield "value", f"Z = np.array({Z})\ndead_fraction(Z)\nZ"


CALLS = [
    "dead_fraction(np.array([[-1.0, 2.0, 0.0, -3.0], [-2.0, -1.0, -1.0, 0.0], [0.0, 1.0, -2.0, -1.0]]))",
]


# %% exercise="gain"
def examples():
    functions = [
        "lambda z: 2 * z",
        "lambda z: -3 * z",
        "relu",
        "np.abs",
        "np.sign",
        "lambda z: z + 1",
        "np.sin",
        "np.tanh",
        "lambda z: z**2",
    ]
    for f in functions:
        yield "value", f"round(gain({f}, rng=np.random.default_rng(0)), 1)"
    for f in functions:
        right = f"right = 1 / np.sqrt(np.mean(({f})(np.random.default_rng(1).normal(size=10**6)) ** 2))\n"
        yield "value", f"{right}abs(gain({f}, rng=np.random.default_rng(0)) / right - 1) < 0.02"
    yield "value", "gain(relu) > 0"


CALLS = [
    "gain(relu, 1000, np.random.default_rng(0))",
    "gain(lambda z: 3 * np.sign(z), 1000, np.random.default_rng(0))",
]


# %% exercise="batchnorm"
def examples():
    start = 'state = {{"mean": np.array({}), "var": np.array({})}}\n'
    inputs = "x, gamma, beta = np.array({}), np.array({}), np.array({})\n"
    cases = [
        ("[[1.0], [3.0]]", "[1.0]", "[0.0]", "[0.0]", "[1.0]"),
        ("[[1.0], [3.0]]", "[4.0]", "[1.0]", "[0.0]", "[1.0]"),
        ("[[1.0], [3.0]]", "[1.0]", "[0.0]", "[5.0]", "[6.0]"),
        ("[[1.0], [3.0], [8.0]]", "[2.0]", "[1.0]", "[5.0]", "[6.0]"),
        ("[[1.0, 0.0], [3.0, 4.0]]", "[1.0, 2.0]", "[0.0, 1.0]", "[0.0, 0.0]", "[1.0, 1.0]"),
        ("[[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]", "[1.0, 2.0]", "[0.0, -1.0]", "[0.0, 2.0]", "[1.0, 2.0]"),
    ]
    for x, gamma, beta, mean, var in cases:
        for eps in (", eps=3.0", ""):
            text = start.format(mean, var) + inputs.format(x, gamma, beta)
            yield "value", f"{text}batchnorm_forward(x, gamma, beta, state, True{eps})[0]"
            yield "value", f"{text}batchnorm_forward(x, gamma, beta, state, False{eps})[0]"
    for x in ("[[1.0]]", "[[3.0]]"):
        text = start.format("[5.0]", "[6.0]") + inputs.format(x, "[4.0]", "[1.0]")
        for training in ("False", "True"):
            yield "value", f"{text}batchnorm_forward(x, gamma, beta, state, {training}, eps=3.0)[0]"
    for x, gamma, beta, mean, var in cases[3:]:
        text = start.format(mean, var) + inputs.format(x, gamma, beta)
        for name in ("x", "gamma", "beta"):
            for training in ("True", "False"):
                yield "value", f"{text}batchnorm_forward(x, gamma, beta, state, {training})\n{name}"
    more = [("[[1.0], [0.0]]", *case) for case in cases[:3]] + [("[[1.0], [0.0], [2.0]]", *cases[3])]
    more += [
        ("[[1.0, 0.0], [0.0, 0.0]]", *cases[4]),
        ("[[1.0, 0.0], [2.0, 1.0]]", *cases[4]),
        ("[[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]", *cases[5]),
    ]
    more += [("[[1.0, 0.0], [2.0, 1.0]]", cases[4][0], "[0.0, 2.0]", *cases[4][2:])]
    more += [("[[1.0]]", "[[3.0]]", "[1.0]", "[0.0]", "[5.0]", "[6.0]")]
    forward = "batchnorm_forward(x, gamma, beta, state, True, eps=3.0)"
    for part, of in enumerate(("x", "gamma", "beta")):
        for dout, x, gamma, beta, mean, var in more:
            text = start.format(mean, var) + inputs.format(x, gamma, beta)
            code = f"{text}out, cache = {forward}\nbatchnorm_backward(np.array({dout}), cache)[{part}]"
            yield "gradient", code, slopes(forward, dout, of) if x.count(",") < 4 else ""
    for dout, x, gamma, beta, mean, var in more[1:4]:
        text = start.format(mean, var) + inputs.format(x, gamma, beta) + f"dout = np.array({dout})\n"
        for part in (0, 1, 2):
            yield (
                "gradient",
                f"{text}out, cache = {forward}\nother = batchnorm_forward(x**2, gamma, beta, state, True)\nbatchnorm_backward(dout, cache)[{part}]",
            )
            yield (
                "gradient",
                f"{text}out, cache = {forward}\nfirst = batchnorm_backward(dout, cache)\nbatchnorm_backward(dout, cache)[{part}]",
            )
        yield "gradient", f"{text}out, cache = {forward}\nbatchnorm_backward(dout, cache)\ndout"
    for x, gamma, beta, mean, var in [*cases, ("[[3.0]]", "[1.0]", "[0.0]", "[5.0]", "[6.0]")]:
        given = ", ".join(f"np.array({text})" for text in (x, gamma, beta))
        for options in ("True", "False", "True, momentum=0.5"):
            yield "state", f"{start.format(mean, var)}batchnorm_forward({given}, state, {options})\nstate"
    for x, gamma, beta, mean, var in cases[:2]:
        text = start.format(mean, var) + inputs.format(x, gamma, beta)
        for name in ("mean", "var"):
            yield (
                "state",
                f'{text}array = state["{name}"]\nbatchnorm_forward(x, gamma, beta, state, True)\nstate["{name}"] is array',
            )
        yield (
            "state",
            f"{text}batchnorm_forward(x, gamma, beta, state, True)\nbatchnorm_forward(2 * x, gamma, beta, state, True)\nstate",
        )


CALLS = [
    'state = {"mean": np.zeros(2), "var": np.ones(2)}\n'
    "x, gamma, beta = np.arange(6.0).reshape(3, 2), np.ones(2), np.zeros(2)\n"
    "batchnorm_forward(x, gamma, beta, state, True)[0]",
    'state = {"mean": np.zeros(2), "var": np.ones(2)}\n'
    "x, gamma, beta = np.arange(6.0).reshape(3, 2), np.ones(2), np.zeros(2)\n"
    "out, cache = batchnorm_forward(x, gamma, beta, state, True)\n"
    "batchnorm_backward(np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]]), cache)",
]


# %% exercise="layernorm"
def examples():
    inputs = "x, gamma, beta = np.array({}), np.array({}), np.array({})\n"
    cases = [
        ("[[1.0, 3.0]]", "[1.0, 1.0]", "[0.0, 0.0]"),
        ("[[1.0, 3.0]]", "[4.0, 2.0]", "[1.0, 0.0]"),
        ("[1.0, 3.0]", "[4.0, 2.0]", "[1.0, 0.0]"),
        ("[[1.0, 3.0], [0.0, 8.0]]", "[4.0, 2.0]", "[1.0, 0.0]"),
        ("[[1.0, 3.0, 8.0]]", "[1.0, 2.0, 3.0]", "[0.0, 0.5, 0.0]"),
        ("[[1.0, 8.0, 3.0], [7.0, 7.0, 7.0]]", "[1.0, 2.0, 3.0]", "[0.5, 0.0, -1.0]"),
        ("[[[1.0, 3.0]], [[0.0, 8.0]]]", "[4.0, 2.0]", "[1.0, 0.0]"),
        ("[[[1.0, 3.0], [0.0, 8.0]]]", "[4.0, 2.0]", "[1.0, 0.0]"),
        ("[[[1.0, 3.0, 8.0], [0.0, 8.0, 4.0]]]", "[1.0, 2.0, 3.0]", "[0.0, 0.5, 0.0]"),
    ]
    for x, gamma, beta in cases:
        for eps in (", eps=3.0", ""):
            yield "value", f"{inputs.format(x, gamma, beta)}layernorm_forward(x, gamma, beta{eps})[0]"
    for shift in ("1e6", "1e8"):
        yield "value", inputs.format(*cases[0]) + f"layernorm_forward(x + {shift}, gamma, beta, eps=3.0)[0]"
    for case in cases[3:5]:
        for name in ("x", "gamma", "beta"):
            yield "value", f"{inputs.format(*case)}layernorm_forward(x, gamma, beta)\n{name}"
    ups = ["[[1.0, 0.0]]", "[[1.0, 0.0]]", "[1.0, 0.0]", "[[1.0, 0.0], [0.0, 2.0]]", "[[1.0, 0.0, 2.0]]"]
    ups += ["[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]", "[[[1.0, 0.0]], [[0.0, 2.0]]]", "[[[1.0, 0.0], [0.0, 2.0]]]"]
    ups += ["[[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]]"]
    more = [*zip(ups, cases, strict=True), (ups[4], (cases[4][0], "[1.0, 0.0, 2.0]", cases[4][2]))]
    more += [
        (
            "[[[[1.0, 0.0], [0.0, 2.0]]], [[[1.0, 1.0], [1.0, 0.0]]]]",
            ("[[[[1.0, 3.0], [0.0, 8.0]]], [[[2.0, 0.0], [1.0, 0.0]]]]", *cases[1][1:]),
        )
    ]
    more += [
        (
            "[[[1.0, 0.0], [0.0, 2.0]], [[1.0, 1.0], [1.0, 0.0]]]",
            ("[[[1.0, 3.0], [0.0, 8.0]], [[2.0, 0.0], [1.0, 0.0]]]", *cases[1][1:]),
        )
    ]
    forward = "layernorm_forward(x, gamma, beta, eps=3.0)"
    for part, of in enumerate(("x", "gamma", "beta")):
        for dout, case in more:
            code = f"{inputs.format(*case)}out, cache = {forward}\nlayernorm_backward(np.array({dout}), cache)[{part}]"
            yield "gradient", code, slopes(forward, dout, of) if case[0].count(",") < 4 else ""
    for dout, case in (more[1], more[4]):
        text = f"{inputs.format(*case)}dout = np.array({dout})\nout, cache = {forward}\n"
        for part in (0, 1, 2):
            yield (
                "gradient",
                f"{text}other = layernorm_forward(1 + x**2, gamma, beta)\nlayernorm_backward(dout, cache)[{part}]",
            )
            yield "gradient", f"{text}first = layernorm_backward(dout, cache)\nlayernorm_backward(dout, cache)[{part}]"
        for name in ("dout", "x", "gamma"):
            yield "gradient", f"{text}layernorm_backward(dout, cache)\n{name}"


CALLS = [
    "x, gamma, beta = np.arange(24.0).reshape(2, 3, 4), np.ones(4), np.zeros(4)\nlayernorm_forward(x, gamma, beta)[0]",
    "x, gamma, beta = np.array([[1.0, 8.0, 3.0], [7.0, 5.0, 9.0]]), np.ones(3), np.zeros(3)\n"
    "out, cache = layernorm_forward(x, gamma, beta)\n"
    "layernorm_backward(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), cache)",
]


# %% exercise="residual"
def examples():
    names = ("x", "W1", "b1", "W2", "b2")
    cases = [
        ("[[1.0]]", "[[0.0]]", "[0.0]", "[[0.0]]", "[0.0]"),
        ("[[1.0]]", "[[2.0]]", "[0.0]", "[[3.0]]", "[0.0]"),
        ("[[1.0]]", "[[2.0]]", "[1.0]", "[[3.0]]", "[4.0]"),
        ("[[1.0]]", "[[-2.0]]", "[0.0]", "[[3.0]]", "[0.0]"),
        ("[[-1.0]]", "[[0.0]]", "[0.0]", "[[0.0]]", "[0.0]"),
        ("[[1.0]]", "[[2.0]]", "[0.0]", "[[-3.0]]", "[0.0]"),
        ("[[1.0]]", "[[2.0]]", "[-2.0]", "[[3.0]]", "[0.0]"),
        ("[[1.0], [2.0]]", "[[2.0]]", "[0.0]", "[[3.0]]", "[1.0]"),
        ("[[1.0]]", "[[2.0], [-1.0]]", "[0.0, 3.0]", "[[3.0, 1.0]]", "[0.0]"),
        ("[[1.0, 2.0]]", "[[1.0, 1.0]]", "[0.0]", "[[2.0], [-1.0]]", "[0.0, 0.0]"),
        ("[[1.0, 2.0]]", "[[1.0, 1.0], [1.0, -1.0]]", "[0.0, 0.0]", "[[2.0, 3.0], [-1.0, 4.0]]", "[0.5, 0.0]"),
        (
            "[[1.0, -2.0], [0.0, -1.0]]",
            "[[2.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]",
            "[0.0, 0.0, 0.0]",
            "[[1.0, 2.0, 3.0], [4.0, 5.0, -1.0]]",
            "[10.0, 20.0]",
        ),
    ]
    call = "residual_forward(x, W1, b1, W2, b2)"

    def given(case):
        pairs = list(zip(names, case, strict=True))
        lines = [pairs[:3], pairs[3:]]
        return "".join(
            f"{', '.join(name for name, _ in line)} = {', '.join(f'np.array({text})' for _, text in line)}\n"
            for line in lines
        )

    for case in cases:
        yield "value", f"{given(case)}{call}[0]"
    for of in names:
        part = "[0]" if of == "x" else f'[1]["{of}"]'
        for case in cases:
            dout = case[0].replace("-", "")
            code = f"{given(case)}out, cache = {call}\nresidual_backward(np.array({dout}), cache){part}"
            kinks = {"x": (6, 11), "W1": (0, 4, 6, 11), "b1": (0, 4, 6, 11)}.get(of, ())
            kink = case in [cases[k] for k in kinks]
            yield "gradient", code, "" if kink else slopes(call, dout, of)
        for case in cases[1:3]:
            code, dout = f"{given(case)}out, cache = {call}\n", "np.array([[-1.0]])"
            yield "gradient", f"{code}residual_backward({dout}, cache){part}"
            yield (
                "gradient",
                f"{code}other = residual_forward(1 + x**2, W1, b1, W2, b2)\nresidual_backward({dout}, cache){part}",
            )
            yield "gradient", f"{code}first = residual_backward({dout}, cache)\nresidual_backward({dout}, cache){part}"
            yield "gradient", f"{code}first = residual_backward(-{dout}, cache)\nresidual_backward({dout}, cache){part}"
    for case in (cases[2], cases[7], cases[10], cases[11]):
        for name in names:
            yield "purity", f"{given(case)}{call}\n{name}"
        for name in ("dout", *names):
            yield (
                "purity",
                f"{given(case)}dout = np.array({case[0]})\nout, cache = {call}\nresidual_backward(dout, cache)\n{name}",
            )


CALLS = [
    "x, W1, W2 = np.ones((4, 2)), np.ones((3, 2)), np.ones((2, 3))\n"
    "residual_forward(x, W1, np.zeros(3), W2, np.zeros(2))[0]",
    "x, W1, W2 = np.ones((4, 2)), np.ones((3, 2)), np.ones((2, 3))\n"
    "out, cache = residual_forward(x, W1, np.zeros(3), W2, np.zeros(2))\n"
    "residual_backward(np.ones((4, 2)), cache)",
]
