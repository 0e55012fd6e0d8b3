"""The tables "In PyTorch" that close the notebooks, each row against an installation of PyTorch.

PyTorch is large and no part of the environment, so the rows are tried where it is installed: `pip install torch`, then
`pytest tests/nbcore/test_against_pytorch.py`. That each row has its claim here, and that each table names the release
they were tried with, is tested everywhere.
"""

import re
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import solved

RELEASE = "2.13"
TABLE = re.compile(r"^# \| (?:here|what).*\n# \|---.*\n((?:# \|.*\n)+)", re.M)

ACTIVATIONS = solved.functions("01_activations")
FORWARD = solved.functions("02_forward")
LOSSES = solved.functions("03_losses")
BACKPROP = solved.functions("04_backprop")
DEPTH = solved.functions("05_depth")
OPTIMIZERS = solved.functions("06_optimizers")
REGULARIZATION = solved.functions("07_regularization")
CAPSTONE = solved.functions("08_capstone")

Claim = Callable[[], None]
CLAIMS: dict[tuple[str, str], Claim] = {}
OF_TORCHVISION = {("08", "`standardize`")}


def claim(number: int, row: str) -> Callable[[Claim], Claim]:
    """The function holds what a row of the table of that notebook says; row: how its first column begins."""

    def keep(function: Claim) -> Claim:
        CLAIMS[f"{number:02}", row] = function
        return function

    return keep


def tables() -> dict[str, tuple[str, list[str]]]:
    """Two digits of a notebook -> what stands above its table, and the first column of each row."""
    found = {}
    for path in sorted((solved.COURSE.root / "solutions").glob("[0-9]*.py")):
        text = path.read_text("utf-8")
        start = text.find("In PyTorch")
        table = TABLE.search(text, start)
        assert table, path
        rows = [line.split(" | ")[1] for line in table[1].splitlines()]
        found[path.name[:2]] = text[start : table.start(1)], rows
    return found


@pytest.mark.parametrize(("notebook", "table"), tables().items())
def test_every_row_has_a_claim_and_every_table_names_its_release(notebook: str, table: tuple[str, list[str]]) -> None:
    above, rows = table
    assert f"PyTorch {RELEASE}" in above
    tried = [(notebook, row) for row in rows if (notebook, row) not in OF_TORCHVISION]
    assert tried == [key for key in CLAIMS if key[0] == notebook]


def pytest_generate_tests(metafunc: Any) -> None:
    if "key" in metafunc.fixturenames:
        metafunc.parametrize("key", list(CLAIMS), ids=lambda key: f"{key[0]}-{key[1]}")


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_row(key: tuple[str, str]) -> None:
    import torch

    assert torch.__version__.startswith(f"{RELEASE}."), "name the new release in the tables and here"
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CLAIMS[key]()


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape)


def tensor(values: Any, grad: bool = False) -> Any:
    import torch

    return torch.tensor(values, dtype=torch.float64, requires_grad=grad)


def same(ours: Any, theirs: Any, rtol: float = 1e-12) -> None:
    theirs = theirs.detach().numpy() if hasattr(theirs, "detach") else theirs
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-14)


def gradient(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """By autograd, of the sum of f(x)."""
    z = tensor(x, grad=True)
    f(z).sum().backward()
    return z.grad.numpy()


# 01 ------------------------------------------------------------------------------------------------------------------


@claim(1, "`sigmoid(z)`, `tanh(z)`")
def _() -> None:
    import torch

    z = draw(5, 4)
    same(ACTIVATIONS["sigmoid"](z), torch.sigmoid(tensor(z)))
    same(ACTIVATIONS["tanh"](z), torch.tanh(tensor(z)))
    assert torch.zeros(1).dtype == torch.float32
    steps = np.arange(10.0, 40.0, 0.25)
    theirs = steps[(torch.sigmoid(torch.tensor(steps, dtype=torch.float32)) == 1).numpy()][0]
    ours = steps[ACTIVATIONS["sigmoid"](steps) == 1][0]
    assert 16 <= theirs <= 17.5
    assert 36.5 <= ours <= 37


@claim(1, "`relu(z)`")
def _() -> None:
    import torch

    z = draw(5, 4)
    same(ACTIVATIONS["relu"](z), torch.relu(tensor(z)))
    assert gradient(torch.relu, np.zeros(1))[0] == 0 == ACTIVATIONS["relu_prime"](np.zeros(1))[0]
    same(gradient(lambda x: torch.nn.ReLU(inplace=True)(2 * x), z), gradient(lambda x: torch.relu(2 * x), z))
    x = tensor([-2.0, 3.0])
    same(np.array([-2.0, 6.0]), torch.relu(x) + x)
    same(np.array([0.0, 6.0]), torch.nn.ReLU(inplace=True)(x) + x)


@claim(1, "`leaky_relu(z, alpha)`")
def _() -> None:
    from torch.nn import functional

    z = draw(5, 4)
    same(ACTIVATIONS["leaky_relu"](z, 0.2), functional.leaky_relu(tensor(z), negative_slope=0.2))
    same(ACTIVATIONS["leaky_relu"](z), functional.leaky_relu(tensor(z)))


@claim(1, "`silu(z)`")
def _() -> None:
    from torch.nn import functional

    same(ACTIVATIONS["silu"](draw(5, 4)), functional.silu(tensor(draw(5, 4))))


@claim(1, "`softmax(z)`")
def _() -> None:
    import torch

    z = draw(5, 4)
    same(ACTIVATIONS["softmax"](z), torch.softmax(tensor(z), dim=-1))
    with pytest.raises(TypeError):
        torch.softmax(tensor(z))
    with pytest.warns(UserWarning, match="dim"):
        torch.nn.functional.softmax(tensor(z))


@claim(1, "`softmax_vjp`, `sigmoid_prime`, ...")
def _() -> None:
    import torch

    z, g = draw(5, 4), draw(5, 4)[::-1].copy()
    same(ACTIVATIONS["sigmoid_prime"](z), gradient(torch.sigmoid, z))
    theirs = gradient(lambda x: torch.softmax(x, dim=-1) * tensor(g), z)
    same(ACTIVATIONS["softmax_vjp"](g, ACTIVATIONS["softmax"](z)), theirs)


# 02 ------------------------------------------------------------------------------------------------------------------


@claim(2, "`linear_forward(A, W, b)`")
def _() -> None:
    import torch

    layer = torch.nn.Linear(3, 2)
    assert layer.weight.shape == (2, 3)
    assert layer.weight.dtype == torch.float32
    layer = layer.double()
    found = FORWARD["linear_forward"](draw(4, 3), layer.weight.detach().numpy(), layer.bias.detach().numpy())
    same(found, layer(tensor(draw(4, 3))))


@claim(2, "`init_params`, Xavier")
def _() -> None:
    import torch

    ours = FORWARD["init_params"]([300, 200], "xavier", np.random.default_rng(0))["W1"]
    theirs = torch.nn.init.xavier_uniform_(torch.empty(200, 300))
    limit = np.sqrt(6 / 500)
    for weights in (np.abs(ours), theirs.abs().numpy()):
        assert 0.999 * limit < weights.max() <= limit * (1 + 1e-6)


@claim(2, "`init_params`, He")
def _() -> None:
    import torch

    ours = FORWARD["init_params"]([300, 200], "he", np.random.default_rng(0))["W1"]
    weights = torch.empty(200, 300)
    assert torch.nn.init.kaiming_normal_(weights, nonlinearity="relu") is weights
    for deviation in (ours.std(), float(weights.std())):
        assert abs(deviation / np.sqrt(2 / 300) - 1) < 0.02
    layer = torch.nn.Linear(400, 300)
    for part in (layer.weight, layer.bias):
        assert 0.9 / 20 < part.abs().max().item() <= 1 / 20 + 1e-7
    assert not torch.nn.init.zeros_(layer.bias).any()


@claim(2, "`mlp_forward`")
def _() -> None:
    from torch import nn

    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).double()
    names = {"0.weight": "W1", "0.bias": "b1", "2.weight": "W2", "2.bias": "b2"}
    params = {names[name]: value.detach().numpy() for name, value in model.named_parameters()}
    found, _cache = FORWARD["mlp_forward"](draw(5, 2), params, ACTIVATIONS["relu"], lambda z: z)
    same(found, model(tensor(draw(5, 2))))


@claim(2, "`predict`, one output")
def _() -> None:
    import torch

    z = np.array([[-1.0], [0.0], [2.0]])
    theirs = (tensor(z) >= 0).long()
    assert theirs.shape == (3, 1)
    assert theirs.dtype == torch.int64
    np.testing.assert_array_equal(theirs.numpy(), (ACTIVATIONS["sigmoid"](z) >= 0.5).astype(int))


@claim(2, "`predict`, several")
def _() -> None:
    z = draw(20, 5)
    np.testing.assert_array_equal(tensor(z).argmax(dim=1).numpy(), ACTIVATIONS["softmax"](z).argmax(axis=1))


# 03 ------------------------------------------------------------------------------------------------------------------

Y, PREDICTED = draw(6, 4), draw(6, 4)[::-1].copy()
COINS, SHARES = (Y > 0).astype(np.float64), 1 / (1 + np.exp(-PREDICTED))


def refuses(f: Callable[..., Any]) -> None:
    """A loss of torch.nn.functional refuses targets whose shape only broadcasts."""
    with pytest.raises((ValueError, RuntimeError)):
        f(tensor(SHARES[:, :1]), tensor(COINS[:, 0]))


@claim(3, "`mse`")
def _() -> None:
    from torch.nn import functional

    same(LOSSES["mse"](Y, PREDICTED) * 2 / 4, functional.mse_loss(tensor(PREDICTED), tensor(Y)))
    for loss in (functional.mse_loss, functional.huber_loss):
        with pytest.warns(UserWarning, match="target size"):
            loss(tensor(Y[:, :1]), tensor(Y[:, 0]))


@claim(3, "`huber(..., delta)`")
def _() -> None:
    from torch.nn import functional

    ours = LOSSES["huber"](Y, PREDICTED, delta=0.7) / 4
    same(ours, functional.huber_loss(tensor(PREDICTED), tensor(Y), delta=0.7))
    same(ours / 0.7, functional.smooth_l1_loss(tensor(PREDICTED), tensor(Y), beta=0.7))


@claim(3, "`bce`")
def _() -> None:
    from torch.nn import functional

    same(LOSSES["bce"](COINS, SHARES) / 4, functional.binary_cross_entropy(tensor(SHARES), tensor(COINS)))
    assert functional.binary_cross_entropy(tensor([[0.0]]), tensor([[1.0]])) == 100
    refuses(functional.binary_cross_entropy)


@claim(3, "`bce_with_logits`")
def _() -> None:
    from torch.nn import functional

    theirs = functional.binary_cross_entropy_with_logits(tensor(PREDICTED), tensor(COINS))
    same(LOSSES["bce_with_logits"](COINS, PREDICTED) / 4, theirs)
    refuses(functional.binary_cross_entropy_with_logits)


@claim(3, "`log_softmax`")
def _() -> None:
    from torch.nn import functional

    same(LOSSES["log_softmax"](PREDICTED), functional.log_softmax(tensor(PREDICTED), dim=-1))


@claim(3, "`one_hot`")
def _() -> None:
    import torch

    theirs = torch.nn.functional.one_hot(torch.tensor([2, 0]), 3)
    same(LOSSES["one_hot"](np.array([2, 0]), 3), theirs)
    assert theirs.dtype == torch.int64


@claim(3, "`cross_entropy(one_hot(labels, k), z)`")
def _() -> None:
    import torch

    labels, f = np.array([0, 3, 1, 1, 2, 0]), torch.nn.functional.cross_entropy
    targets = LOSSES["one_hot"](labels, 4)
    ours = LOSSES["cross_entropy"](targets, PREDICTED)
    same(ours, f(tensor(PREDICTED), torch.tensor(labels)))
    same(ours, f(tensor(PREDICTED), tensor(targets)))
    assert abs(f(torch.softmax(tensor(PREDICTED), dim=-1), torch.tensor(labels)).item() - ours) > 0.01
    refuses(f)


# 04 ------------------------------------------------------------------------------------------------------------------


def small_network() -> tuple[Any, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """A network 3-4-2 of PyTorch with tanh, its params in our names, inputs and targets."""
    from torch import nn

    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    names = {"0.weight": "W1", "0.bias": "b1", "2.weight": "W2", "2.bias": "b2"}
    params = {names[name]: value.detach().numpy().copy() for name, value in model.named_parameters()}
    return model, params, draw(5, 3), (draw(5, 2) > 0).astype(np.float64)


def gradients(params: dict[str, np.ndarray], X: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    _A, cache = FORWARD["mlp_forward"](X, params, ACTIVATIONS["tanh"], ACTIVATIONS["sigmoid"])
    return BACKPROP["mlp_backward"](y, cache, params, ACTIVATIONS["tanh_prime"])


@claim(4, "`mlp_backward`")
def _() -> None:
    from torch.nn.functional import binary_cross_entropy_with_logits as loss

    model, params, X, y = small_network()
    optimizer = optim("SGD", lr=0.1)(list(model.parameters()))
    for times in (1, 2):
        (2 * loss(model(tensor(X)), tensor(y))).backward()  # its mean runs over the two outputs as well
        same(times * gradients(params, X, y)["W1"], model[0].weight.grad)
    optimizer.zero_grad()
    assert model[0].weight.grad is None


@claim(4, "the cache")
def _() -> None:
    x = tensor(draw(3), grad=True)
    kept = (x**2).sum()
    kept.backward(retain_graph=True)
    kept.backward()
    with pytest.raises(RuntimeError, match="second time"):
        kept.backward()


@claim(4, "`linear_backward`")
def _() -> None:
    import torch

    layer = torch.nn.Linear(3, 2).double()
    X, dZ = tensor(draw(4, 3), grad=True), draw(4, 2)
    (layer(X) * tensor(dZ)).sum().backward()
    ours = BACKPROP["linear_backward"](dZ, draw(4, 3), layer.weight.detach().numpy())
    for found, theirs in zip(ours, (X.grad, layer.weight.grad, layer.bias.grad), strict=True):
        same(found, theirs)
    assert layer.weight.shape == (2, 3)


@claim(4, "`sigmoid`, `bce`, and $(A_L - y)/m$")
def _() -> None:
    import torch

    theirs = gradient(lambda z: torch.nn.BCEWithLogitsLoss()(z, tensor(COINS)), PREDICTED)
    same((SHARES - COINS) / len(COINS) / 4, theirs)


@claim(4, "`gradient_check`")
def _() -> None:
    import inspect

    import torch

    given = inspect.signature(torch.autograd.gradcheck).parameters
    assert (given["eps"].default, given["atol"].default, given["rtol"].default) == (1e-6, 1e-5, 1e-3)

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, slope: float) -> Any:
            ctx.slope = slope
            return x * slope

        @staticmethod
        def backward(ctx: Any, out: Any) -> Any:
            return 2 * ctx.slope * out, None

    x = tensor(draw(3), grad=True)
    assert torch.autograd.gradcheck(lambda x: Twice.apply(x, 9e-6), x) is True
    with pytest.raises(RuntimeError, match="mismatch"):
        torch.autograd.gradcheck(lambda x: Twice.apply(x, 1.0), x)
    with pytest.warns(UserWarning, match="double precision"), pytest.raises(RuntimeError):
        torch.autograd.gradcheck(torch.exp, torch.full((3,), 5.0, requires_grad=True))


@claim(4, "the update in `fit`")
def _() -> None:
    import torch

    model, params, X, y = small_network()
    torch.nn.functional.binary_cross_entropy_with_logits(model(tensor(X)), tensor(y)).backward()
    torch.optim.SGD(model.parameters(), 0.3).step()
    same(params["W1"] - 0.3 * gradients(params, X, y)["W1"] / 2, model[0].weight)


# 05 ------------------------------------------------------------------------------------------------------------------


@claim(5, "`gain(f)`")
def _() -> None:
    from torch.nn.init import calculate_gain

    def ours(f: Callable[..., Any]) -> float:
        return DEPTH["gain"](f, rng=np.random.default_rng(0))

    assert abs(calculate_gain("relu") - ours(ACTIVATIONS["relu"])) < 0.01
    assert calculate_gain("tanh") == 5 / 3
    assert abs(ours(np.tanh) - 1.59) < 0.01


@claim(5, r"standard deviation gain$/\sqrt{n_{in}}$")
def _() -> None:
    import torch

    deviation = torch.nn.init.kaiming_normal_(torch.empty(300, 400), nonlinearity="relu").std().item()
    assert abs(deviation / (np.sqrt(2) / np.sqrt(400)) - 1) < 0.02
    assert abs(torch.nn.Linear(400, 300).weight.var().item() * 3 * 400 - 1) < 0.02


def batchnorm() -> None:
    """What 05 and 07 say of nn.BatchNorm1d."""
    import torch

    x, gamma, beta = draw(6, 3), np.ones(3), np.zeros(3)
    state = {"mean": np.zeros(3), "var": np.ones(3)}
    layer = torch.nn.BatchNorm1d(3, momentum=0.1).double()
    ours, _cache = DEPTH["batchnorm_forward"](x, gamma, beta, state, training=True, momentum=0.9)
    same(ours, layer(tensor(x)))
    same(state["mean"], layer.running_mean)
    same(0.9 + 0.1 * x.var(axis=0, ddof=1), layer.running_var)
    same(0.9 + 0.1 * x.var(axis=0), state["var"])


@claim(5, "`batchnorm_forward`")
def _() -> None:
    batchnorm()


@claim(5, "`training=True`, `False`")
def _() -> None:
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3))
    assert not model.eval()[1].training
    assert model.train()[1].training
    with pytest.raises(ValueError, match="more than 1 value"):
        model(torch.zeros(1, 3))
    assert model.eval()(torch.zeros(1, 3)).shape == (1, 3)


@claim(5, "`layernorm_forward`")
def _() -> None:
    import torch

    x, gamma, beta = draw(2, 3, 4), draw(4), draw(4) + 1
    layer = torch.nn.LayerNorm(4, eps=1e-5).double()
    layer.weight.data, layer.bias.data = tensor(gamma), tensor(beta)
    same(DEPTH["layernorm_forward"](x, gamma, beta)[0], layer(tensor(x)))
    several = torch.nn.LayerNorm([3, 4]).double()(tensor(x)).detach().numpy()
    same(several.reshape(2, -1).mean(axis=1), np.zeros(2))


@claim(5, "`residual_forward`")
def _() -> None:
    from torch import nn

    x, W1, b1, W2, b2 = draw(5, 3), draw(4, 3), draw(4), draw(3, 4), draw(3)
    block = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)).double()
    for layer, weight, bias in ((block[0], W1, b1), (block[2], W2, b2)):
        layer.weight.data, layer.bias.data = tensor(weight), tensor(bias)
    same(DEPTH["residual_forward"](x, W1, b1, W2, b2)[0], tensor(x) + block(tensor(x)))
    assert not [name for name in dir(nn) if "residual" in name.lower()]


# 06 ------------------------------------------------------------------------------------------------------------------


def steps(ours: Any, make: Callable[[list[Any]], Any], name: str = "W1") -> tuple[np.ndarray, np.ndarray]:
    """A parameter after five steps of an optimizer of ours, and of the one of PyTorch that make(parameters) gives."""
    rng = np.random.default_rng(1)
    start, grads = rng.normal(size=3), rng.normal(size=(5, 3))
    params, theirs = {name: start.copy()}, tensor(start, grad=True)
    optimizer = make([theirs])
    for g in grads:
        ours.step(params, {name: g.copy()})
        theirs.grad = tensor(g)
        optimizer.step()
    return params[name], theirs.detach().numpy()


def optim(name: str, **settings: Any) -> Callable[[list[Any]], Any]:
    import torch

    return lambda parameters: getattr(torch.optim, name)(parameters, **settings)


@claim(6, "`SGD(lr)`")
def _() -> None:
    same(*steps(OPTIMIZERS["SGD"](0.1), optim("SGD", lr=0.1)))


@claim(6, "`Momentum(lr, beta)`")
def _() -> None:
    same(*steps(OPTIMIZERS["Momentum"](0.1, 0.8), optim("SGD", lr=0.1 * (1 - 0.8), momentum=0.8)))


@claim(6, "`Nesterov(lr, beta)`")
def _() -> None:
    same(*steps(OPTIMIZERS["Nesterov"](0.1, 0.8), optim("SGD", lr=0.1, momentum=0.8, nesterov=True)))


@claim(6, "`RMSProp(lr, beta)`")
def _() -> None:
    import inspect

    import torch

    same(*steps(OPTIMIZERS["RMSProp"](0.1, 0.8), optim("RMSprop", lr=0.1, alpha=0.8)))
    given = inspect.signature(torch.optim.RMSprop).parameters
    assert (given["alpha"].default, given["lr"].default) == (0.99, 0.01)


@claim(6, "`Adam()`")
def _() -> None:
    same(*steps(OPTIMIZERS["Adam"](eps=0.1), optim("Adam", betas=(0.9, 0.999), eps=0.1)))
    same(*steps(OPTIMIZERS["Adam"](), optim("Adam")))


@claim(6, "`clip_by_global_norm`")
def _() -> None:
    import torch

    grads, theirs = {"W1": np.array([3e-6, 0.0]), "b1": np.array([4e-6])}, []
    for g in grads.values():
        theirs.append(torch.nn.Parameter(tensor(g)))
        theirs[-1].grad = tensor(g)
    same(OPTIMIZERS["clip_by_global_norm"](grads, 1e-6), torch.nn.utils.clip_grad_norm_(theirs, 1e-6))
    same(grads["W1"] * 5e-6 / (5e-6 + 1e-6), theirs[0].grad)


def rates(make: Callable[[Any], Any], n: int) -> list[float]:
    """The learning rate of each of n steps under the scheduler that make(optimizer) gives."""
    import torch

    optimizer = torch.optim.SGD([tensor([0.0], grad=True)], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _step in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@claim(6, "`step_decay`")
def _() -> None:
    from torch.optim.lr_scheduler import StepLR

    theirs = rates(lambda optimizer: StepLR(optimizer, step_size=3, gamma=0.5), 10)
    same([OPTIMIZERS["step_decay"](t, 1.0, 0.5, 3) for t in range(10)], theirs)


@claim(6, "`warmup_cosine`")
def _() -> None:
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR

    def make(optimizer: Any) -> Any:
        up = LinearLR(optimizer, start_factor=1 / 4, total_iters=3)
        return SequentialLR(optimizer, [up, CosineAnnealingLR(optimizer, T_max=8)], milestones=[4])

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The epoch parameter")  # of SequentialLR's own making
        theirs = rates(make, 12)
    same([OPTIMIZERS["warmup_cosine"](t, 12, 1.0, 0.0, 4) for t in range(12)], theirs, rtol=1e-9)
    cycled = torch.optim.SGD([tensor([0.0], grad=True)], lr=1.0, momentum=0.9)
    OneCycleLR(cycled, max_lr=1.0, total_steps=12)
    assert cycled.param_groups[0]["momentum"] != 0.9
    assert cycled.param_groups[0]["lr"] != 1 / 4


@claim(6, "`minibatches`")
def _() -> None:
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(tensor(draw(5, 2)), tensor(np.arange(5.0)))
    batches = list(DataLoader(data, batch_size=2, shuffle=True))
    assert [len(y) for _X, y in batches] == [2, 2, 1]
    assert sorted(float(v) for _X, y in batches for v in y) == [0, 1, 2, 3, 4]
    assert [len(y) for _X, y in DataLoader(data, batch_size=2, drop_last=True)] == [2, 2]


# 07 ------------------------------------------------------------------------------------------------------------------


@claim(7, "`train_val_split`")
def _() -> None:
    from torch.utils.data import TensorDataset, random_split

    data = TensorDataset(tensor(draw(10, 2)))
    assert [len(part) for part in random_split(data, [7, 3])] == [7, 3]
    assert [len(part) for part in random_split(data, [0.7, 0.3])] == [7, 3]


@claim(7, "`dropout_forward(A, p, rng, training)`")
def _() -> None:
    import torch

    layer, x = torch.nn.Dropout(0.25), torch.ones(1000)
    assert set(layer(x).tolist()) == {0.0, float(np.float32(1 / 0.75))}
    assert torch.equal(layer.eval()(x), x)
    assert not torch.nn.Dropout(1)(x).any()
    with pytest.raises(ValueError, match="p must lie"):
        REGULARIZATION["dropout_forward"](np.ones(3), 1.0, np.random.default_rng(0), True)


class WithL2:
    """An optimizer of ours on gradients to which `add_l2_grads` has added the penalty."""

    def __init__(self, optimizer: Any, lam: float) -> None:
        self.optimizer, self.lam = optimizer, lam

    def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        REGULARIZATION["add_l2_grads"](grads, params, self.lam)
        self.optimizer.step(params, grads)


def decays(ours: Callable[[], Any], make: Callable[[list[Any]], Any]) -> None:
    """A weight moves alike here and there, and a bias does not: PyTorch decays it as well."""
    same(*steps(ours(), make))
    bias, theirs = steps(ours(), make, name="b1")
    assert np.abs(bias - theirs).max() > 1e-4


@claim(7, "`add_l2_grads` with `SGD`")
def _() -> None:
    decays(lambda: WithL2(OPTIMIZERS["SGD"](0.1), 0.3), optim("SGD", lr=0.1, weight_decay=0.3))


@claim(7, "`add_l2_grads` with `Adam`")
def _() -> None:
    decays(lambda: WithL2(OPTIMIZERS["Adam"](0.1), 0.3), optim("Adam", lr=0.1, weight_decay=0.3))


@claim(7, "`AdamW`")
def _() -> None:
    decays(lambda: REGULARIZATION["AdamW"](0.1, weight_decay=0.3), optim("AdamW", lr=0.1, weight_decay=0.3))


@claim(7, "`batchnorm_forward(..., momentum=0.9)`")
def _() -> None:
    batchnorm()


@claim(7, "`EarlyStopping`")
def _() -> None:
    import torch

    assert not [name for name in [*dir(torch), *dir(torch.optim), *dir(torch.utils)] if "earlystop" in name.lower()]


# 08 ------------------------------------------------------------------------------------------------------------------


@claim(8, "`minibatches`")
def _() -> None:
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(tensor(draw(100, 2)), tensor(np.arange(100.0)))
    orders = []
    for _ in range(2):
        torch.manual_seed(3)
        orders.append([float(v) for _X, y in DataLoader(data, batch_size=64, shuffle=True) for v in y])
    assert orders[0] == orders[1] != sorted(orders[0])


@claim(8, "`init_params`")
def _() -> None:
    from torch import nn

    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    assert abs(model[0].weight.var().item() * 3 * 64 - 1) < 0.1
    assert model[0].weight.abs().max().item() <= 1 / 8 + 1e-7


@claim(8, "NumPy arrays")
def _() -> None:
    import torch

    X, y = draw(5, 64), np.array([0, 1, 2, 3, 4])
    assert torch.tensor(y).dtype == torch.int64
    layer = torch.nn.Linear(64, 10)
    assert layer(torch.tensor(X, dtype=torch.float32)).shape == (5, 10)
    with pytest.raises(RuntimeError, match="dtype"):
        layer(torch.tensor(X))


@claim(8, "`softmax`, `cross_entropy`")
def _() -> None:
    import torch

    labels = np.array([0, 3, 1, 1, 2, 0])
    theirs = torch.nn.CrossEntropyLoss()(tensor(PREDICTED), torch.tensor(labels))
    same(LOSSES["cross_entropy"](LOSSES["one_hot"](labels, 4), PREDICTED), theirs)


@claim(8, "`mlp_backward`")
def _() -> None:
    CLAIMS["04", "`mlp_backward`"]()


@claim(8, "`AdamW`")
def _() -> None:
    CLAIMS["07", "`AdamW`"]()


@claim(8, "`predict_proba`, then `argmax`")
def _() -> None:
    import torch

    model = torch.nn.Linear(4, 3)
    with torch.no_grad():
        assert not model.eval()(torch.zeros(5, 4)).requires_grad
        assert model(torch.zeros(5, 4)).argmax(dim=1).shape == (5,)


@claim(8, "`confusion_matrix`")
def _() -> None:
    import torch

    y, p = np.arange(30) % 10, np.arange(30) // 3
    theirs = torch.bincount(10 * torch.tensor(y) + torch.tensor(p), minlength=100).reshape(10, 10)
    np.testing.assert_array_equal(CAPSTONE["confusion_matrix"](y, p, 10), theirs.numpy())
    assert not [name for name in dir(torch) if "confusion" in name]
