# Examples of 08_capstone, from small to large: the first that is wrong is what a student sees.


# %% exercise="standardize"
def examples():
    cases = [
        ("[[1.0], [3.0]]", "[[2.0]]"),
        ("[[1.0], [3.0]]", "[[4.0], [5.0]]"),
        ("[[1.0], [3.0], [5.0]]", "[[7.0]]"),
        ("[[1.0, 40.0], [3.0, 20.0]]", "[[4.0, 60.0]]"),
        ("[[1.0, 40.0], [3.0, 20.0]]", "[[4.0, 60.0], [2.0, 30.0]]"),
        ("[[0.001], [0.003]]", "[[0.002]]"),
        ("[[1e-7], [3e-7]]", "[[2e-7]]"),
        ("[[1e-7], [3e-7], [5e-7]]", "[[7e-7]]"),
        ("[[1e-9], [3e-9]]", "[[4e-9]]"),
    ]
    for train, test in cases:
        for part in (0, 1):
            yield "value", f"standardize(np.array({train}), np.array({test}))[{part}]"
    for turned in ("np.array([[1.0, 3.0], [40.0, 20.0]]).T", "np.array([[1.0, 0.0, 40.0], [3.0, 0.0, 20.0]])[:, ::2]"):
        for part in (0, 1):
            yield "value", f"X = {turned}\nstandardize(X, X)[{part}]"
    for train, test in [
        ("[[5.0], [5.0]]", "[[5.0]]"),
        ("[[5.0, 0.0], [5.0, 1.0]]", "[[5.0, 1.0]]"),
        ("[[0.1], [0.1], [0.1]]", "[[0.1]]"),
        ("[[0.7, 1.0], [0.7, 2.0], [0.7, 3.0]]", "[[0.7, 2.0]]"),
        ("[[5.0], [5.0], [8.0]]", "[[5.0]]"),
        ("[[5.0], [8.0], [5.0]]", "[[5.0]]"),
        ("[[5.0], [5.0], [8.0], [5.0]]", "[[5.0]]"),
        *cases[:4],
    ]:
        for part in (0, 1):
            yield "stability", f"standardize(np.array({train}), np.array({test}))[{part}]"
    for train, test in [
        cases[0],
        cases[3],
        ("[[5.0, 0.0], [5.0, 1.0]]", "[[5.0, 1.0]]"),
        ("[[1.0, 7.0], [3.0, 7.0]]", "[[4.0, 9.0]]"),
    ]:
        for name in ("X", "X_new"):
            yield "purity", f"X, X_new = np.array({train}), np.array({test})\nstandardize(X, X_new)\n{name}"


CALLS = [
    "X_train = np.array([[1.0, 5.0, 40.0], [3.0, 5.0, 20.0], [5.0, 5.0, 30.0], [3.0, 5.0, 30.0]])\n"
    "standardize(X_train, np.array([[4.0, 5.0, 60.0], [2.0, 6.0, 30.0]]))",
]


# %% exercise="train-classifier"
def examples():
    few = "X, y = X_train[:20].copy(), y_train[:20].copy()\n"
    trained = "predict = train_classifier(X, y, np.random.default_rng(0))\n"
    for k in (1, 3):
        yield "value", f"{few}{trained}np.shape(predict(X_val[:{k}]))"
    yield "value", f'{few}{trained}np.asarray(predict(X_val[:3])).dtype.kind in "iu"'
    yield (
        "value",
        f"{few}one, other = (train_classifier(X, y, np.random.default_rng(0)) for _ in range(2))\n"
        "np.mean(one(X_val[:50]) == other(X_val[:50]))",
    )
    yield (
        "value",
        "X, y = np.tile(X_train[:20], (15, 1)), np.tile(y_train[:20], 15)\n"
        f"{trained}np.mean(predict(X[:20]) == y[:20])",
    )
    turned = "X, y = X_train[:300, ::-1].copy(), 9 - y_train[:300]\n"  # images turned by half, and other labels
    yield "value", f"{turned}{trained}round(np.mean(predict(X) == y), 1)"
    yield "value", f"{turned}{trained}round(np.mean([predict(X[k : k + 1])[0] == y[k] for k in range(50)]), 1)"
    two = "rows = y_train < 2\nX, y = X_train[rows], y_train[rows]\n"
    yield "value", f"{two}{trained}np.isin(predict(X_val), [0, 1]).all()"
    for name in "Xy":
        yield "purity", f"{few}{trained}np.array_equal({name}, {name}_train[:20])"
    yield "purity", f"{few}{trained}new = X_val[:3].copy()\npredict(new)\nnp.array_equal(new, X_val[:3])"


# %% exercise="confusion-matrix"
def examples():
    for y_true, y_pred, n in [
        ("[0]", "[0]", 1),
        ("[0]", "[0]", 2),
        ("[1]", "[0]", 2),
        ("[0]", "[1]", 2),
        ("[1, 1]", "[0, 0]", 2),
        ("[0, 1]", "[0, 1]", 2),
        ("[1]", "[0]", 3),
        ("[2]", "[1]", 3),
        ("[0, 2]", "[0, 0]", 3),
        ("[0, 0, 1]", "[0, 1, 1]", 2),
        ("[0, 0, 1, 2, 2, 2]", "[0, 1, 1, 2, 2, 0]", 3),
    ]:
        yield "value", f"confusion_matrix(np.array({y_true}), np.array({y_pred}), {n})"
    for name in ("y_true", "y_pred"):
        yield (
            "value",
            f"y_true, y_pred = np.array([1, 0]), np.array([1, 1])\nconfusion_matrix(y_true, y_pred, 2)\n{name}",
        )


CALLS = [
    "confusion_matrix(np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0]), 3)",
]
