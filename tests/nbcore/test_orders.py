"""Which lines of a program may change places: those that do not need each other, and only where that is sure."""

import pytest

from nbcore.hints.orders import orders

DW, DB = "dW = dZ.T @ A", "db = dZ.sum(axis=0)"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (DW, DB),
        ("self.lr, self.beta = lr, beta", "self.v = {}"),
        ("a = x[0]", "b = np.maximum(x, y)"),
        ("def f(x):\n    return g(x)", "def g(x):\n    y = f(x)\n    return y"),
    ],
)
def test_lines_that_do_not_need_each_other_may_stand_in_either_order(first: str, second: str) -> None:
    one, other = first.split("\n"), second.split("\n")
    assert orders([*one, *other]) == [[*one, *other], [*other, *one]]
    around = ["if x:", *[f"    {line}" for line in [*one, *other]], "return x"]
    assert len(orders(around)) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (DW, "dW = dW / 2"),
        (DW, "dA = dW"),
        ("x = x + 1", DW.replace("dZ", "x")),
        (DW, DW.replace("A", "B")),  # the last one counts
        ("self.a = b", "c = self.a"),
        ("self.a = b", "c = d = self"),
        ("a = f(x)", "b = x"),
        ("a = rng.normal()", "b = rng.normal()"),
        ("a = x.pop()", "b = 1"),
        ("a = np.exp(x, out=x)", "b = x"),
        ("a = np.exp(x, **more)", "b = x"),
        ("a = (b := 1)", "c = b"),
        ("a = lambda: b", "b = 1"),
        ("a = yield", "b = 1"),
        ("x[0] = 1", "y = 2"),
        ("x.a = 1", "y = 2"),
        ("[x[0], y] = z", "y = 2"),
        ("x += 1", "y = 2"),
        ("return a", "b = 1"),
        ("a =", "b = 1"),
        ("a = 1", "else:\n    b = 1"),
        ("a = 1", "for b in c:\n    d = 1"),
        ("a = 1", "def f(x=a):\n    return x"),
        ("def f(x):\n    return x", "def f(y):\n    return y"),
        ("def f(x):\n    return x", "a = f"),
        ("a = [", "    b = 1"),
    ],
)
def test_lines_that_may_need_each_other_have_one_order(first: str, second: str) -> None:
    program = [*first.split("\n"), *second.split("\n")]
    assert orders(program) == [program]


def test_only_neighbours_change_places() -> None:
    assert sorted(orders(["a = 1", "f(x)", "b = 2", "c = 3"])) == [
        ["a = 1", "f(x)", "b = 2", "c = 3"],
        ["a = 1", "f(x)", "c = 3", "b = 2"],
    ]
    assert len(orders(["a = 1", "b = 2", "c = 3"])) == 6
    assert orders([]) == [[]]
    many = [f"a{n} = {n}" for n in range(12)]  # twelve lines in any order: not all are looked for
    assert 500 < len(orders(many)) < 600
