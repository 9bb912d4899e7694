"""Printed source runs with NumPy alone, and computes what the engine computes, to the last bit."""

import subprocess
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.steps import STEPS, Classifier, classes, floats, loaded, parameters, prepared, state_by_name
from tinygrad_edu import func
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.comparing import same
from tinygrad_edu.program.printing import operators
from tinygrad_edu.program.printing.verifying import SourceError
from tinygrad_edu.program.tracing.arrays import TraceError

# Steps


def run_beside_the_engine(name, text, sizes):
    """Do steps with printed source and with the engine; compare losses, and in the end all that they change."""
    model, optimizer, step, batch = prepared(name)
    step(*map(tg.tensor, batch(5, seed=0)))  # what an optimizer keeps is there
    printed, state = loaded(text), state_by_name(model, optimizer)
    for seed, n in enumerate(sizes, start=2):
        x, y = batch(n, seed)
        values = state | {"x": x, "y": y}
        ours = printed(*(values[key] for key in parameters(text)))
        assert same(ours, step(tg.tensor(x), tg.tensor(y)))
    after = state_by_name(model, optimizer)
    for key in set(parameters(text)) - {"x", "y", "generator"}:
        assert same(state[key], after[key]), key
    assert state["generator"].bit_generator.state == after["generator"].bit_generator.state


@pytest.mark.parametrize("name", STEPS)
def test_a_printed_step_trains_bit_for_bit_as_the_engine_does(name):
    _, _, step, batch = prepared(name)
    text = func.source(step, *map(tg.tensor, batch(5, seed=1)))
    run_beside_the_engine(name, text, [5, 5, 5, 5])


@pytest.mark.parametrize("name", STEPS)
def test_a_printed_step_holds_for_other_sizes_of_the_batch(name):
    _, _, step, batch = prepared(name)
    text = func.source(step, *map(tg.tensor, batch(5, seed=1)))
    run_beside_the_engine(name, text, [3, 9, 2, 12])


def test_it_needs_numpy_alone(tmp_path):
    _, _, step, batch = prepared("convolution")
    (tmp_path / "printed.py").write_text(func.source(step, *map(tg.tensor, batch(5, seed=1))))
    code = "import sys, printed; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "numpy" in result.stdout.split() and "tinygrad_edu" not in result.stdout.split()


def test_derivatives_do_not_load_it():
    code = "import sys, tinygrad_edu.func as f; print('source' in dir(f), 'tinygrad_edu.program.source' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "False"]


@pytest.mark.parametrize("name", ["adam", "dropout", "batch norm"])
def test_nothing_is_changed(name):
    model, optimizer, step, batch = prepared(name)
    before = {key: x.array.copy() for key, x in model.state_dict().items()}
    arrays = [x.array for x in model.parameters()]
    random = tg.get_rng_state()
    func.source(step, *map(tg.tensor, batch(5, seed=1)))
    assert all(np.array_equal(x.array, before[key]) for key, x in model.state_dict().items())
    assert all(x.array is array for x, array in zip(model.parameters(), arrays, strict=True))
    assert all(x.grad is None for x in model.parameters())
    assert not optimizer.state
    assert tg.get_rng_state() == random


def test_what_a_function_counts_is_put_back():
    counts, seen = np.zeros(3, np.float32), []

    def f(x):
        nonlocal counts
        counts += 1
        seen.append(1)
        return x * counts

    text = func.source(f, floats(3))
    assert np.array_equal(counts, np.zeros(3)) and seen == []
    ours = counts.copy()
    assert same(loaded(text)(floats(3), ours), floats(3))
    assert np.array_equal(ours, np.ones(3))


def test_gradients_that_no_update_uses_are_returned():
    model = Classifier()

    def compute(x, y):
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        return loss

    x, y = floats(5, 4), classes(5)
    text = func.source(compute, x, y)
    values = {"x": x, "y": y} | {key.replace(".", "_"): p.array for key, p in model.named_parameters()}
    loss, *gradients = loaded(text)(*(values[key] for key in parameters(text)))
    assert same(loss, compute(tg.tensor(x), tg.tensor(y)))
    assert all(same(g, p.grad) for g, p in zip(gradients, model.parameters(), strict=True))


# Functions


def unrolled(w):
    total = w
    for _ in range(3):
        total = np.sin(total) * w + total
    return np.sum(total)


def in_place(x):
    y = x * 2
    y[0] = 1
    y += x
    return y


def tree(x, extra):
    return {"twice": 2 * x, "pair": (x + extra[0], extra[1])}


def heads(x, query_weight, key_weight, value_weight):
    """Use an input three times: its gradient is a sum of three, which are matrix products, and reshaped."""
    weights = query_weight, key_weight, value_weight
    return sum(F.linear(x, weight, weight[0]).sum() for weight in weights)


FUNCTIONS = {
    "one expression": (lambda w: np.sum(np.tanh(w) ** 2), [floats(3, 4)]),
    "gradient": (func.grad(lambda w: np.sum(np.tanh(w) ** 2)), [floats(3, 4)]),
    "gradients of both": (func.grad(lambda x, y: np.sum(x * y + np.exp(x)), argnums=(0, 1)), [floats(3), floats(3)]),
    "value and gradient": (func.value_and_grad(lambda w: np.mean(w @ w.T)), [floats(3, 4)]),
    "second derivative": (func.grad(lambda x: np.sum(func.grad(lambda v: np.sum(v**3))(x) ** 2)), [floats(3)]),
    "curvature": (func.elementwise_grad(func.elementwise_grad(np.tanh)), [floats(4, dtype=np.float64)]),
    "loop": (func.grad(unrolled), [floats(3)]),
    "0-d": (func.grad(lambda x, y: x * y + np.exp(x), argnums=(0, 1)), [np.array(2.0), np.array(3.0)]),
    "no elements": (lambda x: F.relu(x) * 2, [tg.tensor(floats(0, 4))]),
    "whole numbers": (lambda a, b: tg.where(a > b, a, b).sum(), [tg.tensor([1, 5, 2]), tg.tensor([3, 1, 2])]),
    "truth": (lambda a, b: (a & ~b) | (a ^ b), [tg.tensor([True, False, True]), tg.tensor([True, True, False])]),
    "double": (func.grad(lambda a: np.linalg.slogdet(a @ a.T + np.eye(3))[1]), [floats(3, 3, dtype=np.float64)]),
    "in place": (lambda x: in_place(x), [tg.tensor(floats(4))]),
    "trees": (tree, [floats(3), [floats(3, seed=1), floats(2)]]),
    "keywords": (lambda x, *, scale: x * scale, [floats(3)], {"scale": floats(1)}),
    "an index": (lambda table, rows: table[rows].sum(0), [tg.tensor(floats(7, 2)), tg.tensor([1, 5, 5])]),
    "softmax": (lambda x: F.softmax(x, dim=-1), [tg.tensor(floats(5, 3))]),
    "a view": (lambda x: x.reshape(2, 6).T[1:, ::2], [tg.tensor(floats(3, 4))]),
    "a long sum": (func.grad(heads), [tg.tensor(floats(2, 3, 4)), *(tg.tensor(floats(4, 4)) for _ in range(3))]),
    "powers": (lambda x: (x**2 + x**3 - (-x) ** 2) / x**-1, [tg.tensor(floats(3))]),
}


def plain(x):
    return x.array if isinstance(x, tg.Tensor) else x


def other(x):
    """Return other data of the same shape and type."""
    if isinstance(x, list):
        return [other(part) for part in x]
    array = np.flip(plain(x)).copy() if np.ndim(plain(x)) else plain(x) * 0.5
    return tg.tensor(array) if isinstance(x, tg.Tensor) else array


def flat(x):
    """Return nested arguments as a list of arrays."""
    return [part for each in x for part in (flat(each) if isinstance(each, list) else [plain(each)])]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_printed_function_computes_the_same_on_other_data(name):
    f, args, *rest = FUNCTIONS[name]
    kwargs = rest[0] if rest else {}
    text = func.source(f, *args, **kwargs)
    args, kwargs = other(args), {key: other(x) for key, x in kwargs.items()}
    expected = f(*args, **kwargs)
    assert same(loaded(text)(*flat(args), *map(plain, kwargs.values())), expected)


def test_a_value_is_computed_before_what_it_is_made_of_changes():
    def f(w):
        before = [w * 3]  # has no name, and is used once
        w += 1
        return before[0] + w

    ours, w = loaded(func.source(f, floats(3))), floats(3, seed=1)
    assert same(ours(w.copy()), f(w.copy()))


def test_it_is_for_what_was_decided():
    def f(x):
        return x * 2 if x.sum() > 0 else x / 2

    text = func.source(f, tg.ones(3))
    assert "It is for data with which this is True: return x * 2 if x.sum() > 0 else x / 2" in text
    ours = loaded(text)
    assert same(ours(np.ones(3, np.float32)), tg.ones(3) * 2)
    assert "/ 2" in func.source(f, -tg.ones(3))


def test_a_constant_that_is_long_is_a_parameter():
    table = floats(50)
    text = func.source(lambda x: x * table, tg.tensor(floats(50)))
    assert parameters(text) == ["x", "table"]
    assert same(loaded(text)(floats(50), table), tg.tensor(floats(50)) * table)


# What is refused


def test_a_function_of_numbers_alone_is_refused():
    with pytest.raises(TypeError, match=r"source: expected an array .* pass np.array\(2.0\)"):
        func.source(func.grad(lambda x: x**3), 2.0)


def test_a_long_loop_is_refused():
    def f(x):
        for _ in range(3000):
            x = x.sin()
        return x

    with pytest.raises(TraceError, match=r"a step of more than 2,000 NumPy calls is not traced .* loops are unrolled"):
        func.source(f, tg.ones(2))


def test_a_number_taken_out_is_refused():
    with pytest.raises(TraceError, match=r"float\(\) of a number that was computed cannot be traced"):
        func.source(lambda x: x * float(x.sum()), tg.ones(2))


def test_a_step_that_returns_nothing_is_printed():
    model = tg.nn.Linear(3, 1)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.1)

    def step(x):
        optimizer.zero_grad()
        model(x).pow(2).mean().backward()
        optimizer.step()

    x, printed = np.ones((4, 3), np.float32), {}
    weights = [p.detach().numpy().copy() for p in model.parameters()]
    exec(func.source(step, tg.tensor(x)), printed)
    assert printed["step"](x, *weights) is None
    step(tg.tensor(x))
    for mine, parameter in zip(weights, model.parameters(), strict=True):
        np.testing.assert_array_equal(mine, parameter.detach().numpy())


def test_a_step_that_is_another_one_each_time_is_refused():
    _, update, step, batch = prepared("sgd")
    schedule = tg.optim.lr_scheduler.ExponentialLR(update, 0.9)

    def scheduled(x, y):
        loss = step(x, y)
        schedule.step()
        return loss

    with pytest.raises(TraceError, match=r"source: scheduled makes something new .* Step a schedule outside"):
        func.source(scheduled, *map(tg.tensor, batch(5, seed=1)))
    assert update.param_groups[0]["lr"] == 0.1


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="source: expected a function or a Module, got Tensor"):
        func.source(tg.ones(2), tg.ones(2))


def test_all_derivatives_at_once_are_printed():
    def f(w):
        return np.sum(np.sin(w) * w)

    w = np.array([0.5, -1.5])
    along = lambda w: np.stack(func.jvp(np.sin, (w,), (2 * w,)))  # noqa: E731
    for derivative in (func.jacobian(f), func.jacobian(np.sin), func.hessian(f), along):
        printed = {}
        text = func.source(derivative, w)
        assert "?" not in text
        exec(text, printed)
        function = next(x for name, x in printed.items() if name not in ("np", "__builtins__"))
        np.testing.assert_array_equal(function(w + 1), derivative(w + 1))


def test_a_wrong_text_is_an_error(monkeypatch):
    monkeypatch.setitem(operators.BINARY, "subtract", ("+", operators.SUM))
    with pytest.raises(SourceError, match=r"the result differs from the engine's, first at: z = x \+ y; please"):
        func.source(lambda x, y: (z := x - y) * z, tg.ones(2), tg.ones(2))


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_wrong_update_is_an_error(name, monkeypatch):
    _, _, step, batch = prepared(name)
    monkeypatch.setitem(operators.BINARY, "multiply", ("/", operators.PRODUCT))
    with pytest.raises(SourceError, match=r"differs from the engine's, first at: \w+ = |stopped with"):
        func.source(step, *map(tg.tensor, batch(5, seed=1)))
