# Examples of 06_optimizers, from small to large: the first that is wrong is what a student sees.

# %%
def steps(optimizer, gradients, key="x", start="[1.0]"):
    """The text of a step for each of the gradients; its last line is the parameter."""
    lines = [f'params, optimizer = {{"{key}": np.array({start})}}, {optimizer}']
    lines += [f'optimizer.step(params, {{"{key}": np.array({g})}})' for g in gradients]
    return "\n".join([*lines, f'params["{key}"]'])


def values(name, settings, gradients, start="[1.0]"):
    for some in gradients:
        for options in settings:
            yield "value", steps(f"{name}({options})", some, start=start)


ONE, TWO, THREE = [["[2.0]"]], [["[2.0]", "[1.0]"], ["[2.0]", "[0.0]"]], [["[2.0]", "[1.0]", "[1.0]"]]
COLUMN = ["[[1.0], [-2.0]]", "[[2.0], [0.0]]"]


def two_parameters(aspect, optimizer, calls=1):
    """Two of different shapes, with gradients in another order."""
    for a, b in [("[1.0]", "[2.0]"), ("[1.0]", "[[2.0], [3.0]]")]:
        start = f'params, optimizer = {{"a": np.array({a}), "b": np.array({b})}}, {optimizer}\n'
        step = f'optimizer.step(params, {{"b": np.array({b}), "a": np.array({a})}})\n'
        for count in range(1, calls + 1):
            yield aspect, start + step * count + "params"


def two_objects(aspect, name, options):
    first, second = (f'{name}({options}).step(params, {{"x": np.array([{g}])}})' for g in (2.0, 1.0))
    yield aspect, f'params = {{"x": np.array([1.0])}}\n{first}\n{second}\nparams["x"]'


def in_place(aspect, optimizer):
    yield aspect, f'x = np.array([1.0])\n{optimizer}.step({{"x": x}}, {{"x": np.array([2.0])}})\nx'
    start = 'params, grads = {"x": np.array([1.0])}, {"x": np.array([2.0])}\n'
    yield aspect, f"{start}{optimizer}.step(params, grads)\ngrads"
    yield aspect, f'{start}x = params["x"]\n{optimizer}.step(params, grads)\nparams["x"] is x'
    yield aspect, f"{start}optimizer = {optimizer}\noptimizer.step(params, grads)\noptimizer.step(params, grads)\ngrads"
    for name in ("W1", "b1"):
        yield (
            aspect,
            "W1, b1 = np.array([[1.0]]), np.array([2.0])\n"
            f'{optimizer}.step({{"W1": W1, "b1": b1}}, {{"W1": np.array([[2.0]]), "b1": np.array([3.0])}})\n{name}',
        )


def stays_apart(name, options):
    """What is kept is a copy of the gradient, not the caller's array."""
    yield (
        "state",
        f'params, optimizer, g = {{"x": np.array([1.0])}}, {name}({options}), np.array([2.0])\n'
        'optimizer.step(params, {"x": g})\ng[0] = 7.0\noptimizer.step(params, {"x": np.array([0.0])})\nparams["x"]',
    )


# %% exercise="sgd"
def examples():
    rates = ("lr=1.0", "lr=0.5", "0.2")
    yield from values("SGD", rates, [*ONE, *TWO, *THREE])
    for count in (2, 3):
        yield from values("SGD", rates, [["[2.0]"] * count])
    yield from values("SGD", rates, [["[1.0, -2.0]"]], "[1.0, 2.0]")
    yield from values("SGD", rates, [["[[1.0, -2.0], [3.0, 0.0]]"]], "[[1.0, 2.0], [0.0, 1.0]]")
    yield from two_parameters("value", "SGD(lr=0.5)", 2)
    for start in ("np.array([[1.0, 2.0], [3.0, 4.0]]).T", "np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[:, ::2]"):
        yield "value", f'params = {{"x": {start}}}\nSGD(lr=0.5).step(params, {{"x": np.ones((2, 2))}})\nparams["x"]'
    yield from in_place("purity", "SGD(lr=0.5)")


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'grads = {"b1": np.ones(2), "W1": np.full((2, 3), 0.5)}\n'
    "optimizer = SGD(lr=0.5)\n"
    "for _ in range(4):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]


# %% exercise="momentum"
def examples():
    settings = ("lr=1.0, beta=0.5", "lr=0.5, beta=0.75", "lr=1.0, beta=0.0", "lr=1.0", "0.5, 0.5")
    yield from values("Momentum", settings, [*ONE, *TWO, *THREE])
    yield from values("Momentum", settings, [COLUMN[:1], COLUMN], "[[1.0], [2.0]]")
    yield from two_objects("value", "Momentum", "lr=1.0, beta=0.5")
    yield from in_place("state", "Momentum(lr=0.5)")
    yield from two_parameters("state", "Momentum(lr=1.0, beta=0.5)", 2)
    yield from two_objects("state", "Momentum", "lr=1.0, beta=0.5")
    yield from stays_apart("Momentum", "lr=1.0, beta=0.5")


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'grads = {"b1": np.ones(2), "W1": np.full((2, 3), 0.5)}\n'
    "optimizer = Momentum(lr=0.5, beta=0.5)\n"
    "for _ in range(4):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]


# %% exercise="nesterov"
def examples():
    settings = ("lr=0.1, beta=0.5", "lr=0.5, beta=0.75", "lr=0.1, beta=0.0", "lr=1.0", "0.5, 0.5")
    yield from values("Nesterov", settings, [*ONE, *TWO, *THREE])
    yield from values("Nesterov", settings, [COLUMN[:1], COLUMN], "[[1.0], [2.0]]")
    yield from two_objects("value", "Nesterov", "lr=0.1, beta=0.5")
    yield from in_place("state", "Nesterov(lr=0.5)")
    yield from two_parameters("state", "Nesterov(lr=0.1, beta=0.5)", 2)
    yield from two_objects("state", "Nesterov", "lr=0.1, beta=0.5")
    yield from stays_apart("Nesterov", "lr=0.1, beta=0.5")


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'grads = {"b1": np.ones(2), "W1": np.full((2, 3), 0.5)}\n'
    "optimizer = Nesterov(lr=0.5, beta=0.5)\n"
    "for _ in range(4):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]


# %% exercise="rmsprop"
def examples():
    settings = (
        "lr=0.3, beta=0.75, eps=0.0",
        "lr=0.3, beta=0.75, eps=0.5",
        "lr=0.3, beta=0.0",
        "lr=1.0",
        "0.3, 0.5, 1.0",
    )
    yield from values("RMSProp", settings, [*ONE, *TWO, *THREE, ["[2.0]", "[0.0]", "[1.0]"]])
    yield from values("RMSProp", settings[1:], [["[0.0]"], ["[100.0]"]])
    yield from values("RMSProp", settings[1:], [COLUMN[:1], COLUMN[:1] * 2], "[[1.0], [2.0]]")
    yield from values("RMSProp", ["lr=1.0"], [["[1e-8]"], ["[0.0]"]])
    yield from two_objects("value", "RMSProp", "lr=0.3, beta=0.75")
    yield from in_place("state", "RMSProp(lr=0.5)")
    yield from two_parameters("state", "RMSProp(lr=0.3, beta=0.75)", 2)
    yield from two_objects("state", "RMSProp", "lr=0.3, beta=0.75")


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'grads = {"b1": np.ones(2), "W1": np.full((2, 3), 0.5)}\n'
    "optimizer = RMSProp(lr=0.5, beta=0.5)\n"
    "for _ in range(4):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]


# %% exercise="adam"
def examples():
    settings = (
        "lr=0.1, beta1=0.5, beta2=0.75, eps=0.0",
        "lr=0.1, beta1=0.5, beta2=0.75, eps=1.0",
        "lr=0.1, beta1=0.0, beta2=0.0",
        "lr=0.1",
        "",
        "0.1, 0.75, 0.5, 0.5",
    )
    yield from values("Adam", settings, [*ONE, *TWO, *THREE])
    yield from values("Adam", settings[1:], [COLUMN[:1], COLUMN], "[[1.0], [2.0]]")
    yield from values("Adam", settings[1:], [["[0.0]"]])
    yield from values("Adam", ["lr=0.1"], [["[1e-8]"], ["[1e-8]", "[1e-8]"]])
    yield from two_objects("value", "Adam", "lr=0.1")
    yield from in_place("state", "Adam(lr=0.5)")
    yield from two_parameters("state", "Adam(lr=0.1, beta1=0.5, beta2=0.75)", 2)
    yield (
        "state",
        'params, optimizer = {"a": np.array([1.0]), "b": np.array([1.0])}, Adam(lr=0.1, beta1=0.5, beta2=0.75)\n'
        'optimizer.step(params, {"a": np.array([2.0]), "b": np.array([2.0])})\n'
        'optimizer.step(params, {"a": np.array([1.0]), "b": np.array([1.0])})\nparams',
    )
    yield from two_objects("state", "Adam", "lr=0.1")


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'grads = {"b1": np.ones(2), "W1": np.full((2, 3), 0.5)}\n'
    "optimizer = Adam(lr=0.5, beta1=0.5, beta2=0.5)\n"
    "for _ in range(4):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]


# %% exercise="clip"
def examples():
    cases = [
        ("[[3.0]]", "[4.0]", "1.0"),
        ("[[3.0]]", "[4.0]", "10.0"),
        ("[[3.0]]", "[4.0]", "5.0"),
        ("[[-3.0]]", "[4.0]", "2.5"),
        ("[[0.0]]", "[0.0]", "1.0"),
        ("[[3.0, 0.0]]", "[4.0]", "1.0"),
        ("[[1.0, -5.0], [3.0, 1.0]]", "[8.0, 0.0]", "5.0"),
    ]
    for W, b, most in cases:
        grads = f'grads = {{"W1": np.array({W}), "b1": np.array({b})}}\n'
        yield "value", f"{grads}clip_by_global_norm(grads, {most})"
        yield "value", f"{grads}clip_by_global_norm(grads, {most})\ngrads"
    for start in (
        "np.array([[3.0, 0.0], [4.0, 0.0]]).T",
        "np.array([[3.0, 9.0, 4.0]])[:, ::2]",
        "np.array([[3.0, 9.0, 4.0], [0.0, 9.0, 0.0]])[:, ::2]",
    ):
        yield "value", f'grads = {{"W1": {start}}}\nclip_by_global_norm(grads, 1.0)\ngrads["W1"]'
    for W, b, most in cases:
        for name in ("W1", "b1"):
            blocks = f"W1, b1 = np.array({W}), np.array({b})\n"
            yield "purity", f'{blocks}clip_by_global_norm({{"W1": W1, "b1": b1}}, {most})\n{name}'
            grads = f'grads = {{"W1": np.array({W}), "b1": np.array({b})}}\ng = grads["{name}"]\n'
            yield "purity", f'{grads}clip_by_global_norm(grads, {most})\ngrads["{name}"] is g'
    yield (
        "purity",
        'grads = {"b1": np.array([0.3, -0.4])}\nclip_by_global_norm(grads, 1.0)\ngrads["b1"] == np.array([0.3, -0.4])',
    )


CALLS = [
    'grads = {"W1": np.ones((4, 3)), "b1": np.ones(4)}\nclip_by_global_norm(grads, 2.0), grads',
]


# %% exercise="schedules"
def examples():
    for lr, drop, every in (("1.0", "0.5", "2"), ("0.8", "0.5", "10"), ("1.0", "0.1", "3")):
        for t in sorted({0, 1, int(every) - 1, int(every), int(every) + 1, 2 * int(every), 3 * int(every) + 1}):
            yield "value", f"step_decay({t}, lr={lr}, drop={drop}, every={every})"
    for options in (
        "total=4, lr_max=1.0",
        "total=8, lr_max=1.0, lr_min=0.2",
        "total=4, lr_max=1.0, warmup=2",
        "total=8, lr_max=1.0, lr_min=0.2, warmup=4",
    ):
        for t in range(int(options[6]) + 1):
            yield "value", f"warmup_cosine({t}, {options})"


CALLS = [
    "step_decay(25, 0.1, 0.5, 10)",
    "warmup_cosine(7, 12, 1.0, warmup=2)",
    "warmup_cosine(2, 12, 1.0, warmup=4)",
]


# %% exercise="minibatches"
def examples():
    sizes = [(1, 1), (2, 1), (2, 2), (3, 2), (3, 5), (5, 2), (7, 3), (10, 4)]
    start = "X, y, rng = np.arange({0}.0).reshape({1}, 2), np.arange({1}.0), np.random.default_rng(0)\n"
    for m, size in sizes:
        yield "value", start.format(2 * m, m) + f"[X_b.shape for X_b, y_b in minibatches(X, y, {size}, rng)]"
        yield "value", start.format(2 * m, m) + f"[y_b.shape for X_b, y_b in minibatches(X, y, {size}, rng)]"
    for m, size in sizes:
        yield (
            "value",
            start.format(2 * m, m) + f"np.sort(np.concatenate([y_b for X_b, y_b in minibatches(X, y, {size}, rng)]))",
        )
        yield (
            "value",
            start.format(2 * m, m)
            + f"all(np.array_equal(X_b[:, 0], 2 * y_b) for X_b, y_b in minibatches(X, y, {size}, rng))",
        )
    for m, size in sizes:
        yield (
            "value",
            start.format(2 * m, m)
            + f"Y = np.column_stack([y, -y])\n[y_b.shape for X_b, y_b in minibatches(X, Y, {size}, rng)]",
        )
        yield (
            "value",
            start.format(2 * m, m)
            + f"Y = np.column_stack([y, -y])\nall(np.array_equal(X_b[:, 0], -2 * y_b[:, 1]) for X_b, y_b in minibatches(X, Y, {size}, rng))",
        )
    rows = start.format(100, 50) + "batches = [y_b for X_b, y_b in minibatches(X, y, 10, rng)]\n"
    yield "state", f"{rows}np.array_equal(np.concatenate(batches), y)"
    for again in (
        "rng)) for _ in range(2)",
        "np.random.default_rng(s))) for s in (1, 1)",
        "np.random.default_rng(s))) for s in (1, 2)",
    ):
        yield (
            "state",
            start.format(100, 50) + f"runs = [list(minibatches(X, y, 10, {again}]\n"
            "np.array_equal(*[np.concatenate([y_b for X_b, y_b in run]) for run in runs])",
        )
    yield "state", f"{rows}np.ptp(batches[0]) == 9"
    yield "state", f"{rows}np.array_equal(np.sort(np.concatenate(batches)), y)"
    yield "state", f"{rows}bool(np.all(np.isin(np.diff(np.concatenate(batches)), [1, -49])))"
    for name in "Xy":
        yield "state", start.format(6, 3) + f"batches = list(minibatches(X, y, 2, rng))\n{name}"
    yield (
        "state",
        start.format(6, 3) + "before = np.random.get_state()[1].tolist()\nbatches = list(minibatches(X, y, 2, rng))\n"
        "np.random.get_state()[1].tolist() == before",
    )


CALLS = [
    "X, y = np.arange(14.0).reshape(7, 2), np.arange(7)\n"
    "[len(rows) for rows, _ in minibatches(X, y, 3, np.random.default_rng(0))]",
]
