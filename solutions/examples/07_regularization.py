# Examples of 07_regularization, from small to large: the first that is wrong is what a student sees.

# %%
def weights(count, backwards=False):
    """The text of a dict of `count` layers of one unit, with the weights 1, 2, ... and the biases 1, 2, ..."""
    order = f"range({count}, 0, -1)" if backwards else f"range(1, {count + 1})"
    return f'{{f"{{letter}}{{k}}": np.array([[1.0 * k]]) for letter in "Wb" for k in {order}}}'


# %% exercise="split"
def examples():
    sizes = [
        (2, "0.5"),
        (3, "0.5"),
        (4, "0.25"),
        (4, "0.0"),
        (4, "1.0"),
        (10, "0.3"),
        (9, "0.25"),
        (11, "0.25"),
        (5, "0.3"),
        (7, "0.5"),
    ]
    start = "X, y, rng = np.arange({0}.0).reshape({1}, 2), np.arange({1}.0), np.random.default_rng(0)\n"
    call = "X_tr, y_tr, X_val, y_val = train_val_split(X, y, {}, rng)\n"
    for m, share in sizes:
        yield "value", start.format(2 * m, m) + f"[part.shape for part in train_val_split(X, y, {share}, rng)]"
    many = start.format(80, 40)
    yield (
        "value",
        f"{many}rows = sorted(train_val_split(X, y, 0.5, rng)[3].tolist())\n"
        "rows == list(range(20)) or rows == list(range(20, 40))",
    )
    for seeds in ("(1, 1)", "(1, 2)"):
        yield (
            "value",
            f"{many}parts = [train_val_split(X, y, 0.5, np.random.default_rng(s))[3].tolist() for s in {seeds}]\n"
            "sorted(parts[0]) == sorted(parts[1])",
        )
    for m, share in sizes:
        yield "value", start.format(2 * m, m) + call.format(share) + "np.sort(np.concatenate([y_tr, y_val]))"
        yield "value", start.format(2 * m, m) + call.format(share) + "X_tr[:, 0] - 2 * y_tr"
        yield "value", start.format(2 * m, m) + call.format(share) + "X_val[:, 0] - 2 * y_val"
    for m, share in sizes[:4]:
        yield (
            "value",
            start.format(2 * m, m)
            + f"[part.shape for part in train_val_split(X, np.column_stack([y, -y]), {share}, rng)]",
        )
    for part in (1, 3):
        yield (
            "value",
            many + f"y_part = train_val_split(X, y, 0.5, rng)[{part}]\nnp.min(y_part) < 10 and np.max(y_part) >= 30",
        )
    for m, share in sizes[:3]:
        for name in "Xy":
            yield "value", start.format(2 * m, m) + call.format(share) + name


CALLS = [
    "X, y = np.arange(30.0).reshape(10, 3), np.arange(10)\ntrain_val_split(X, y, 0.3, np.random.default_rng(0))",
]


# %% exercise="early-stopping"
def examples():
    one = '{"W1": np.ones((1, 1))}'
    runs = [
        ("[1.0]", "1"),
        ("[2.0, 1.0]", "1"),
        ("[1.0, 2.0]", "1"),
        ("[1.0, 1.0]", "1"),
        ("[1.0, 2.0]", "2"),
        ("[1.0, 2.0, 2.0]", "2"),
        ("[3.0, 4.0, 2.0, 3.0]", "2"),
        ("[1.0, 3.0, 2.0]", "2"),
        ("[0.0, 1.0]", "1"),
        ("[0.0, 0.5, 0.25]", "2"),
        ("[2.0, np.nan]", "1"),
        ("[np.nan, 2.0, 1.0]", "2"),
        ("[1000.0, 900.0]", "1"),
        ("[1e12, 1e11]", "1"),
        ("[-1.0, -2.0]", "1"),
        ("[2.0, 1.9]", "1, 0.25"),
        ("[2.0, 1.5]", "1, 0.25"),
        ("[2.0, 1.75]", "1, min_delta=0.25"),
        ("[2.0, 1.875, 1.75, 1.625]", "3, min_delta=0.25"),
        ("[2.0, 2.1]", "1, 0.25"),
    ]
    for losses, options in runs:
        yield "value", f"watch = EarlyStopping({options})\n[watch.update(loss, {one}) for loss in {losses}]"
    yield (
        "value",
        f"first, second = EarlyStopping(1), EarlyStopping(1)\nfirst.update(1.0, {one})\nsecond.update(2.0, {one})",
    )
    yield (
        "value",
        f"first = EarlyStopping(2)\nfirst.update(1.0, {one})\nfirst.update(2.0, {one})\nsecond = EarlyStopping(2)\n[second.update(loss, {one}) for loss in [3.0, 4.0]]",
    )
    yield (
        "value",
        "first, second = EarlyStopping(2), EarlyStopping(2)\n"
        f"[watch.update(loss, {one}) for loss in [1.0, 2.0] for watch in (first, second)]",
    )
    run = 'watch, params = EarlyStopping({}), {{"W1": np.zeros((1, 1))}}\nsteps = [watch.update(loss, params) for loss in {}]\n'
    step = (
        'watch, params = EarlyStopping({}), {{"W1": np.zeros((1, 1)), "b1": np.zeros(1)}}\n'
        "for number, loss in enumerate({}):\n"
        '    params["W1"][...] = params["b1"][...] = number\n    watch.update(loss, params)\n'
    )
    for losses, options in runs:
        for name in ("best_loss", "best_step"):
            yield "state", run.format(options.replace("1", "9", 1), losses) + f"watch.{name}"
    for losses, options in runs:
        for key in ("W1", "b1"):
            yield "state", step.format(options.replace("1", "9", 1), losses) + f'watch.best_params["{key}"]'
    yield "state", f"params = {one}\nEarlyStopping(2).update(1.0, params)\nparams"


CALLS = [
    'watch, params = EarlyStopping(2), {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    "[watch.update(loss, params) for loss in [3.0, 2.0, 2.0, 1.0, 4.0, 5.0]]",
]


# %% exercise="l2"
def examples():
    cases = [
        '{"W1": np.array([[1.0]]), "b1": np.array([0.0])}',
        '{"W1": np.array([[2.0]]), "b1": np.array([3.0])}',
        '{"W1": np.array([[-2.0]]), "b1": np.array([3.0])}',
        '{"W1": np.array([[1.0, 2.0]]), "b1": np.array([3.0])}',
        '{"W1": np.array([[1.0, 2.0], [0.0, -1.0]]), "b1": np.array([3.0, 4.0])}',
        '{"W1": np.array([[1.0]]), "b1": np.array([0.0]),\n          "W2": np.array([[2.0]]), "b2": np.array([3.0])}',
        '{"W1": np.array([[1.0], [2.0]]), "b1": np.array([0.0, 1.0]),\n          "W2": np.array([[2.0, 0.0]]), "b2": np.array([3.0])}',
        weights(3),
        weights(3, backwards=True),
        weights(11),
        weights(11, backwards=True),
    ]
    for lam in ("1.0", "0.5", "0.0"):
        for params in cases:
            yield "value", f"params = {params}\nl2_penalty(params, {lam})"
    for params in cases[:5]:
        yield "value", f"params = {params}\nl2_penalty(params, 0.5)\nparams"
    grads = "grads = {key: np.ones(value.shape) for key, value in params.items()}\n"
    for lam in ("1.0", "0.5"):
        for params in cases[:2]:
            moved = [f'l2_penalty({{"W1": params["W1"] {sign} 1e-6}}, {lam})' for sign in "+-"]
            yield (
                "gradient",
                f'params, dW = {params}, np.ones((1, 1))\nadd_l2_grads({{"W1": dW, "b1": np.ones(1)}}, params, {lam})\ndW',
                f"1 + ({moved[0]} - {moved[1]}) / 2e-6",
            )
    for lam in ("1.0", "0.5", "0.0"):
        for params in cases[:-2]:
            yield "gradient", f"params = {params}\n{grads}add_l2_grads(grads, params, {lam})\ngrads"
    for k in (10, 11):
        yield "gradient", f'params = {weights(11)}\n{grads}add_l2_grads(grads, params, 1.0)\ngrads["W{k}"]'
    for params in cases[:5]:
        yield (
            "gradient",
            f'params = {params}\n{grads}W = grads["W1"]\nadd_l2_grads(grads, params, 0.5)\ngrads["W1"] is W',
        )
        yield "gradient", f"params = {params}\n{grads}add_l2_grads(grads, params, 0.5)\nparams"
    for start in ("np.array([[1.0, 2.0], [3.0, 4.0]]).T", "np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[:, ::2]"):
        yield (
            "gradient",
            f'params = {{"W1": np.ones((2, 2)), "b1": np.ones(2)}}\ngrads = {{"W1": {start}, "b1": np.zeros(2)}}\nadd_l2_grads(grads, params, 1.0)\ngrads["W1"]',
        )


CALLS = [
    'params = {"W1": np.ones((4, 3)), "b1": np.ones(4)}\n'
    'params |= {"W2": np.ones((2, 4)), "b2": np.ones(2)}\n'
    "l2_penalty(params, 0.5)",
    'params = {"W1": np.ones((4, 3)), "b1": np.ones(4)}\n'
    'params |= {"W2": np.ones((2, 4)), "b2": np.ones(2)}\n'
    "grads = {key: np.ones(value.shape) for key, value in params.items()}\n"
    "add_l2_grads(grads, params, 0.5)\n"
    "grads",
]


# %% exercise="dropout"
def examples():
    for A in ("[[1.0]]", "[[1.0, 2.0]]", "[1.0, 2.0]", "[[1.0, 2.0], [3.0, 4.0]]"):
        for part in (0, 1):
            yield "value", f"dropout_forward(np.array({A}), 0.5, None, training=False)[{part}]"
    draw = "A, rng = np.full((100, 100), {}), np.random.default_rng(0)\nout, mask = dropout_forward(A, {}, rng, True)\n"
    for p in ("0.5", "0.2", "0.8"):
        for last in (
            "np.unique(np.round(mask * 1.0, 9))",
            "np.unique(np.round(out, 9))",
            "np.max(np.abs(out - A * mask))",
            "len(np.unique(mask, axis=0))",
            "len(np.unique(mask, axis=1))",
            "np.round(np.mean(mask == 0), 1)",
            "np.round(np.mean(mask * 1.0), 1)",
            "mask.shape, out.shape",
        ):
            yield "value", draw.format("4.0", p) + last
    yield "value", draw.format("0.0", "0.2") + "np.round(np.mean(mask == 0), 1)"
    masks = "masks = [dropout_forward(np.ones((8, 9)), 0.5, np.random.default_rng(s), True)[1] for s in {}]\n"
    yield "value", masks.format("(1, 1)") + "np.array_equal(*masks)"
    yield "value", masks.format("(1, 2)") + "np.array_equal(*masks)"
    yield "value", masks.format("range(20)") + "len({int(np.sum(mask == 0)) for mask in masks}) > 1"
    yield "value", "A = np.ones((2, 3))\ndropout_forward(A, 0.5, np.random.default_rng(0), True)\nA"
    yield "value", "A = np.full((3, 3), 2.0)\ndropout_forward(A, 0.5, np.random.default_rng(0), True)\nA"
    for dout, mask in [
        ("[[3.0]]", "[[2.0]]"),
        ("[[3.0]]", "[[0.0]]"),
        ("[[3.0]]", "[[1.0]]"),
        ("[[3.0, 4.0]]", "[[0.0, 1.25]]"),
        ("[3.0, 4.0]", "[2.0, 0.0]"),
        ("[[0.0, 4.0]]", "[[2.0, 2.0]]"),
        ("[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]", "[0.0, 2.0, 2.0, 0.0, 2.0, 0.0]"),
    ]:
        given = f"dout, mask = np.array({dout}), np.array({mask})\n"
        moved = " - ".join(f"np.sum(dout * (1 {sign} h) * mask)" for sign in "+-")  # of a loss whose gradient is dout
        witness = f"[({moved}) / 2e-6 for h in 1e-6 * np.eye(mask.size)]"
        yield "gradient", f"{given}dropout_backward(dout, mask)", witness
    for name in ("dout", "mask"):
        yield (
            "gradient",
            f"dout, mask = np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])\ndropout_backward(dout, mask)\n{name}",
        )
    for p in ("1.0", "2.0", "-0.5"):
        yield "errors", f"dropout_forward(np.ones((1, 2)), {p}, np.random.default_rng(0), True)"
    for p in ("1.5", "-0.1"):
        yield "errors", f"dropout_forward(np.ones((1, 2)), {p}, np.random.default_rng(0), False)"
    for part in (0, 1):
        yield "errors", f"dropout_forward(np.ones((1, 2)), 0.0, np.random.default_rng(0), True)[{part}]"
    yield "errors", "dropout_forward(np.ones((1, 2)), 0.9, np.random.default_rng(0), True)[0].shape"


CALLS = [
    "dropout_forward(np.ones((2, 3)), 0.75, np.random.default_rng(0), True)",
    "dropout_backward(np.array([[3.0, 4.0, 1.0]]), np.array([[0.0, 4.0, 4.0]]))",
]


# %% exercise="adamw"
def examples():
    def run(settings, gradients, keys=("W1",), last=None):
        start = ", ".join(f'"{key}": np.array([[1.0]])' for key in keys)
        lines = [f"params, optimizer = {{{start}}}, AdamW({settings})"]
        for g in gradients:
            grads = ", ".join(f'"{key}": np.array([[{g}]])' for key in keys)
            lines.append(f"optimizer.step(params, {{{grads}}})")
        return "\n".join([*lines, last or (f'params["{keys[0]}"]' if len(keys) == 1 else "params")])

    settings = (
        "lr=0.1, weight_decay=0.5",
        "lr=0.1, weight_decay=0.0",
        "lr=0.1",
        "",
        "lr=0.1, eps=0.5, weight_decay=0.0",
    )
    for options in settings:
        for g in ("0.0", "2.0", "-2.0"):
            for key in ("W1", "b1"):
                yield "value", run(options, [g], [key])
    yield "value", run("lr=0.1, eps=0.001, weight_decay=0.0", ["0.001"])
    for keys in (("W1", "b1"), ("b1", "W1"), ("W1", "gamma1"), ("W1", "W2", "W3")):
        yield "value", run("lr=0.1, weight_decay=0.5", ["2.0"], keys)
    for name, g in (("W1", "0.0"), ("W1", "2.0"), ("b1", "2.0")):
        yield (
            "value",
            f'{name[0]} = np.array([[1.0]])\nparams = {{"{name}": {name[0]}}}\n'
            f'AdamW(lr=0.1, weight_decay=0.5).step(params, {{"{name}": np.array([[{g}]])}})\n{name[0]}',
        )
    yield (
        "value",
        'params, grads = {"W1": np.array([[1.0]])}, {"W1": np.array([[2.0]])}\n'
        "AdamW(lr=0.1, weight_decay=0.5).step(params, grads)\ngrads",
    )
    first, second = (f'AdamW(lr=0.1).step(params, {{"W1": np.array([[{g}]])}})' for g in (2.0, 1.0))
    two = f'params = {{"W1": np.array([[1.0]])}}\n{first}\n{second}\nparams["W1"]'
    yield "value", two
    for options in (
        "lr=0.1, weight_decay=0.5",
        "0.1, 0.5, 0.75, weight_decay=0.5",
        "lr=0.1, beta1=0.5, beta2=0.75, weight_decay=0.0",
    ):
        for gradients in (["2.0", "2.0"], ["2.0", "1.0"], ["0.0", "0.0"], ["2.0", "1.0", "1.0"]):
            for key in ("W1", "b1", "W12"):
                yield "state", run(options, gradients, [key])
            yield "state", run(options, gradients, ["W1", "b1"])
    yield (
        "state",
        'W = np.array([[1.0]])\nparams, optimizer = {"W1": W}, AdamW(lr=0.1, weight_decay=0.5)\n'
        'optimizer.step(params, {"W1": np.array([[2.0]])})\noptimizer.step(params, {"W1": np.array([[2.0]])})\nW',
    )
    yield "state", two


CALLS = [
    'params = {"W1": np.ones((2, 3)), "b1": np.zeros(2)}\n'
    'params |= {"W2": np.ones((1, 2)), "b2": np.zeros(1)}\n'
    "grads = {key: np.ones(value.shape) for key, value in params.items()}\n"
    "optimizer = AdamW(lr=0.5, weight_decay=0.5)\n"
    "for _ in range(3):\n"
    "    optimizer.step(params, grads)\n"
    "params",
]
