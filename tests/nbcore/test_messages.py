"""Wrong code in, the message that a student reads out: of the visible tests of the course, with the mistakes that the
hints know in place."""

import ast
import re

import pytest
import solved
from told import plan_of, told

from autograder.course.bank import read_bank, substitute
from nbcore.check import _attempt
from nbcore.hints import tables


def hint(exercise: str, mistake: str) -> str:
    """The line of a message with the hint of this mistake, before it is wrapped."""
    known = [hint for table in tables() for hint in table.mistakes]
    (text,) = [hint.text for hint in known if (hint.exercise, hint.mistake) == (exercise, mistake)]
    return f"Hint: {text}"


BACKWARD = "return dZ @ W, dZ.T @ A_prev, dZ.sum(axis=0)"
BATCHNORM = "return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)"
STEP = "params[key] -= self.lr * grads[key]"
SLOPE = "return sigmoid(z) + z * sigmoid_prime(z)"

# notebook, exercise, test, a line of the solution, what stands there instead, what is said, what is not
CASES = {
    "SiLU's slope without a term": (
        ("01_activations", "silu", "gradient"),
        (SLOPE, "return z * sigmoid_prime(z)"),
        ["silu_prime: the value is 0.", hint("silu", "forgets the product rule")],
        ["whole number"],
    ),
    "a step for SiLU's slope": (
        ("01_activations", "silu", "gradient"),
        (SLOPE, "return np.where(z > 0, 1.0, 0.0)"),
        ["silu_prime: the value is 0."],
        ["whole number", "integers"],
    ),
    "zero for batch norm's dx": (
        ("05_depth", "batchnorm", "gradient"),
        (BATCHNORM, BATCHNORM.replace("dx,", "0 * dx,")),
        ["batchnorm_backward: in dx, the first result, every value is 0."],
        ["whole number", "gradients:"],
    ),
    "one result of three": (
        ("05_depth", "batchnorm", "gradient"),
        (BATCHNORM, "return dx"),
        ["batchnorm_backward: it returned one thing, it should return 3 results: dx, dgamma, dbeta."],
        ["keepdims", "2 results, it", "gradients:"],
    ),
    "one gradient of three": (
        ("04_backprop", "linear-backward", "value"),
        (BACKWARD, "return dZ.T @ A_prev"),
        ["linear_backward: it returned one thing, it should return 3 results: dA_prev, dW, db."],
        ["keepdims", "0 results"],
    ),
    "a wrong dW of one example": (
        ("04_backprop", "linear-backward", "value"),
        (BACKWARD, "return dZ @ W, np.abs(dZ).T @ A_prev, dZ.sum(axis=0)"),
        ["linear_backward: in dW, the second result,", "called    linear_backward(dZ, A_prev, W)"],
        ["keepdims", "factor of its own", "weight_gradients", "result[0]"],
    ),
    "W @ A in a row layout": (
        ("04_backprop", "linear-backward", "value"),
        (BACKWARD, "return W @ dZ, dZ.T @ A_prev, dZ.sum(axis=0)"),
        [
            "linear_backward: the call raised ValueError.",
            "W has shape (3, 2) and dZ has shape (1, 3). In A @ B,",
        ],
        ["weight_gradients:", "of weight_gradients"],
    ),
    "gradients that pile up": (
        ("04_backprop", "mlp-backward", "value"),
        ("    grads = {}", "    grads = mlp_backward.__dict__\n    grads = _Sum(grads)"),
        ["The same call gives something else each time."],
        ["factor 2", "Hint:", "in place of yours"],
    ),
    "a return inside the loop over epochs": (
        ("02_forward", "perceptron", "value"),
        ("    return w, b, mistakes", "        return w, b, mistakes"),
        ["perceptron_fit: in w, the first result,", "of perceptron_fit returns in the first pass of the loop"],
        ["weights_and_bias:", "the one before", "result[0]"],
    ),
    "no return in some case": (
        ("02_forward", "perceptron", "state"),
        ("    return w, b, mistakes", "    if len(mistakes) > 1:\n        return w, b, mistakes"),
        ["perceptron_fit: the result is None: is a return missing?"],
        ["NoneType", "mistakes_of"],
    ),
    "the slope of tanh in every training": (
        ("04_backprop", "fit", "state"),
        ("mlp_backward(y, cache, params, hidden_prime)", "mlp_backward(y, cache, params, tanh_prime)"),
        ["fit: in params['W1'] after the call, "],
        ["params_after_fit", "argument 4"],
    ),
    "a key counted from 0": (
        ("02_forward", "mlp-forward", "value"),
        ("range(1, ", "range(0, "),
        ["mlp_forward: the call raised KeyError.", "params has no key 'W0'. Its keys: 'W1', 'b1'"],
        ["outputs"],
    ),
    "np.max of two": (
        ("01_activations", "relu", "value"),
        ("return np.maximum(z, 0.0)", "return np.max(0, z)"),
        ["np.max(a, axis) looks at one array; np.maximum(a, b) compares two, entry by entry."],
        [],
    ),
    "math.exp of an array": (
        ("01_activations", "softmax", "value"),
        None,
        ["math.exp takes a single number: np.exp takes arrays."],
        [],
    ),
    "a list times 2": (
        ("03_losses", "mse", "gradient"),
        None,
        ["a list times 2 is repeated, an array times 2 is doubled."],
        [],
    ),
    "a loss kept now and then": (
        ("04_backprop", "fit", "value"),
        ("        losses.append(bce(y, p))", "        if _ % 100 == 0:\n            losses.append(bce(y, p))"),
        ["The first value is right, the others are missing: is each one kept?"],
        ["too few"],
    ),
    "return for yield": (
        ("06_optimizers", "minibatches", "value"),
        ("yield ", "return "),
        ["of minibatches returns in the first pass of the loop: yield goes on where return ends."],
        [],
    ),
    "an argument changed, below a helper": (
        ("05_depth", "batchnorm", "gradient"),
        (BATCHNORM, BATCHNORM.replace("return", "result =") + "\n    dout[:] = 0.0\n    return result"),
        ["batchnorm_backward: the call changed its argument dout.", "called    batchnorm_backward(dout, cache)"],
        ["The function", "gradients:", "gradients("],
    ),
    "gain without a generator of its own": (
        ("05_depth", "gain", "value"),
        ("rng = np.random.default_rng() if rng is None else rng", "pass"),
        ["without rng: failed", " of gain: z = rng", hint("gain", "no generator of its own")],
        ["z + 1: failed"],
    ),
    "the mean of f(z) in place of that of its square": (
        ("05_depth", "gain", "value"),
        ("f(z) ** 2", "f(z)"),
        ["the value is 1.582, it should be 1.414.", hint("gain", "square forgotten")],
        [],
    ),
    "layer norm's means over the first axis on the way back": (
        ("05_depth", "layernorm", "gradient"),
        ("(part.mean(axis=-1, keepdims=True)", "(part.mean(axis=0)"),
        ["by hand: failed", hint("layernorm", "means of dx over the first axis")],
        [],
    ),
    "an argument changed, below a generator": (
        ("06_optimizers", "minibatches", "state"),
        ("    order = rng", "    y += 1.0\n    order = rng"),
        ["minibatches: the call changed its argument y.", "called    minibatches(X, y, batch_size, rng)"],
        ["The function"],
    ),
    "a training that keeps the best loss nowhere": (
        ("07_regularization", "early-stopping", "state"),
        ("self.best_loss, self.best_step = loss, self.step", "self.best_step = self.step"),
        ["EarlyStopping.update: in self.best_loss after the call, the result is inf"],
        ["remembered:", "0/0", "result["],
    ),
    "a step of Adam that counts parameters": (
        ("06_optimizers", "adam", "value"),
        None,
        ["Adam.step: in params['x'] after the call, ", "called    adam_steps("],
        ["walk", "Adam object", "result["],
    ),
    "a result that the test cannot use": (
        ("02_forward", "relu-fit", "value"),
        None,
        ["relu_interpolant: the test cannot use what it returned: ValueError.", "the test  line 4 of interpolant_at: "],
        ["your code", "seen through"],
    ),
    "a claim of the test's about what was returned": (
        ("05_depth", "batchnorm", "state"),
        ('    mean, var = state["mean"]', '    state["count"] = 1\n    mean, var = state["mean"]'),
        ["batchnorm_forward: state has other keys than before."],
        ["your code", "seen through", "AssertionError, "],
    ),
    "gradients that are changed, not parameters": (
        ("06_optimizers", "sgd", "purity"),
        (STEP, "grads[key] *= self.lr\n            params[key] -= grads[key]"),
        ["SGD.step: the call changed its argument grads.", "grads['b1'][0]: it was 4.0 and is now 0.4"],
        ["its argument params"],
    ),
    "an argument that the object keeps": (
        ("06_optimizers", "sgd", "purity"),
        (STEP, STEP.replace("self.lr", "lr")),
        ["SGD.step: the call raised NameError.", "There is no `lr`: the object keeps it. Write `self.lr`."],
        ["run the cell"],
    ),
    "an argument that nobody keeps": (
        ("06_optimizers", "sgd", "purity"),
        ("self.lr = lr", "pass"),
        ["SGD.step: the call raised AttributeError.", "`self.lr = lr` there, and `self.lr` here."],
        [],
    ),
    "a method without its object": (
        ("06_optimizers", "sgd", "value"),
        ("def step(self, params, grads)", "def step(params, grads)"),
        ["SGD.step: the call raised TypeError.", "the test  line", "`def step(self, params, grads)`."],
        ["__init__", "your code"],
    ),
    "a misspelt __init__": (
        ("06_optimizers", "sgd", "value"),
        ("def __init__(self, lr)", "def _init_(self, lr)"),
        ["SGD: the call raised TypeError.", "the test  line", "`SGD` has `_init_`: is `__init__` meant?"],
        ["your code"],
    ),
    "a method that is not written": (
        ("06_optimizers", "sgd", "value"),
        (STEP, "raise NotImplementedError"),
        ["NotImplementedError: SGD.step: not written yet"],
        [],
    ),
    "the larger of two arrays": (
        ("01_activations", "relu", "value"),
        ("return np.maximum(z, 0.0)", "return max(z, 0)"),
        ["relu: the call raised ValueError.", "np.maximum(a, b) compares two arrays entry by entry."],
        [],
    ),
    "a condition on an array": (
        ("01_activations", "relu", "value"),
        ("return np.maximum(z, 0.0)", "return z if z > 0 else 0 * z"),
        ["relu: the call raised ValueError.", "np.where(condition, a, b) chooses entry by entry"],
        [],
    ),
    "a power that is none": (
        ("01_activations", "silu", "value"),
        ("return z * sigmoid(z)", "return z^2 * sigmoid(z)"),
        ["silu: the call raised TypeError.", "`x**2` is the square of x."],
        [],
    ),
}
WHOLE = {
    "math.exp of an array": "import math\ndef softmax(z):\n    e = math.exp(z)\n    return e / e.sum()\n"
    "def softmax_vjp(upstream, p):\n    return p",
    "a step of Adam that counts parameters": "{solution}\n_step = Adam.step\n"
    "def step(self, params, grads):\n    self.lr = 2 * self.lr\n    _step(self, params, grads)\nAdam.step = step\n",
    "a result that the test cannot use": "{solution}\n_right = relu_interpolant\ndef relu_interpolant(x, y):\n"
    "    w, knots, bias = _right(x, y)\n    return w[1:], knots, bias\n",
    "a list times 2": "def mse(y, y_hat):\n    return np.mean((y - y_hat) ** 2)\n"
    "def mse_grad(y, y_hat):\n    return list((y_hat - y) / len(y)) * 2",
    "gradients that pile up": "kept = {}\n{solution}\n_right = mlp_backward\n"
    "def mlp_backward(y, cache, params, hidden_prime):\n"
    "    for key, grad in _right(y, cache, params, hidden_prime).items():\n"
    "        kept[key] = kept.get(key, 0) + grad\n    return dict(kept)\n",
}


@pytest.mark.parametrize(("where", "change", "said", "unsaid"), CASES.values(), ids=CASES)
def test_the_message_says_what_is_wrong(where, change, said, unsaid, request, monkeypatch) -> None:
    monkeypatch.setattr(_attempt, "PATIENCE", 600.0)  # a hint, however busy the machine
    notebook, exercise, test = where
    solution = plan_of(notebook).solutions[exercise]
    name = request.node.callspec.id
    if name in WHOLE:
        code = WHOLE[name].replace("{solution}", solution)
    else:
        assert change[0] in solution
        code = solution.replace(*change)
    message = told(notebook, code, exercise)[test]
    lines = [line for line in message.splitlines() if not line.startswith("passed: ")]
    message = "\n".join(lines)
    for words in said:
        assert " ".join(words.split()) in " ".join(message.split())
    for words in unsaid:
        assert words not in message
    assert message.count("Hint:") <= 1
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 120


RANDOM = """def init_params(sizes, scheme="xavier", rng=None):
    params = {}
    for layer, (n_in, n_out) in enumerate(zip(sizes, sizes[1:]), start=1):
        params[f"W{layer}"] = np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)
        params[f"b{layer}"] = np.zeros(n_out)
    return params
"""


def test_where_an_error_is_asked_for_nothing_is_said_of_results_that_differ() -> None:
    said = told("02_forward", RANDOM, "init-params")
    assert "the call should raise ValueError, and did not." in said["errors"]
    assert "The same call gives something else" not in said["errors"]


@pytest.mark.parametrize("notebook", ["02_forward", "06_optimizers", "07_regularization"])
def test_no_message_speaks_of_a_helper_as_if_it_were_the_students(notebook: str) -> None:
    plan, bank = plan_of(notebook), read_bank(solved.COURSE, notebook)
    cells = [ast.walk(ast.parse(source)) for _, kind, source in plan.cells if kind != "solution"]
    helpers = {node.name for nodes in cells for node in nodes if isinstance(node, ast.FunctionDef)}
    wrong, failed = [], 0
    for mistake in bank.mistakes:
        code = substitute(plan.solutions[mistake.exercise], mistake.code)
        for said in told(notebook, code, mistake.exercise).values():
            headline = re.search(r"^.*: failed\n(.*)$", said, re.MULTILINE)
            if headline is None:
                continue
            failed += 1
            subject = headline[1].partition(":")[0]
            theirs = [line for line in said.splitlines() if "your code" in line]
            if (
                subject in helpers
                or re.search(r"result\[\d\]", headline[1])
                or any(f"of {helper}:" in line for helper in helpers for line in theirs)
            ):
                wrong.append((mistake.key, headline[1]))
    assert wrong == []
    assert failed > 100
